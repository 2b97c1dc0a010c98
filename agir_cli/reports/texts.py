"""Dates, numbers and sentences of a report, in French.

Days of the projection are ISO texts, which compare as days do, or EDTF texts; only a partial date
is parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_EIGHTHS = " ▏▎▍▌▋▊▉"
_FROM = {"commission": "de la commission", "diagnostic": "du diagnostic"}


def edtf_of(first: str | None, last: str | None) -> str:
    """The EDTF text of two bounds; empty when the date is not known."""
    if first is None or last is None:
        return ""
    if first == last:
        return first
    from agir_cli.domain.dates import PartialDate, edtf

    return edtf(PartialDate(date.fromisoformat(first), date.fromisoformat(last)))


def latest_day(text: str | None) -> str | None:
    """The last possible day of an EDTF text, as ISO."""
    if text is None or len(text) == 10:
        return text
    from agir_cli.domain.dates import from_edtf

    return from_edtf(text).latest.isoformat()


def earliest_day(text: str | None) -> str | None:
    """The first possible day of an EDTF text, as ISO."""
    if text is None or len(text) == 10:
        return text
    from agir_cli.domain.dates import from_edtf

    return from_edtf(text).earliest.isoformat()


def french_text(text: str) -> str:
    """An EDTF date, or a moment (``2023-02-14 10:30``), as a French reader expects it."""
    if not text:
        return ""
    if len(text) == 10:
        return f"{text[8:]}/{text[5:7]}/{text[:4]}"
    if len(text) == 16 and text[10] == " ":
        return f"{french_text(text[:10])} à {text[11:]}"
    from agir_cli.domain.dates import french, from_edtf

    return french(from_edtf(text))


def french_due(text: str) -> str:
    """A last day in time; a partial one by its two bounds, since both are days that count."""
    if not text or len(text) == 10:
        return french_text(text)
    from agir_cli.domain.dates import french_between, from_edtf

    return french_between(*from_edtf(text))


def teach(connection: Connection) -> None:
    """Give the connection `earliest_day` and `latest_day`, for columns that hold EDTF texts."""
    connection.create_function("earliest_day", 1, earliest_day, deterministic=True)
    connection.create_function("latest_day", 1, latest_day, deterministic=True)


def short_date(day: date) -> str:
    """``09/10/2023``."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def weekday_date(day: date) -> str:
    """``lundi 09/10/2023``."""
    return f"{_WEEKDAYS[day.weekday()]} {short_date(day)}"


def full_name(nom: str | None, prenoms: str | None) -> str:
    """« DIALLO Awa »; « (identité effacée) » once nothing is left of it."""
    return " ".join(part for part in (nom, prenoms) if part) or "(identité effacée)"


# --- numbers -----------------------------------------------------------------------------


def number(value: int | None) -> str:
    """« 1 028 » with a no-break space; « masqué » for a hidden one."""
    return "masqué" if value is None else f"{value:,}".replace(",", "\u202f")


def number_if_any(value: int | None) -> str:
    """The same; empty for none."""
    return "" if value is None else number(value)


def number_or_word(value: int | str | None) -> str:
    """The same of a column in which words stand among numbers."""
    return value if isinstance(value, str) else number(value)


def half_days(days: float | None) -> str:
    """« 12,5 »; empty for none."""
    return "" if days is None else str(days).replace(".", ",")


def percent(value: float | None) -> str:
    """« 39,0 % »; empty for none."""
    return "" if value is None else f"{value:.1f} %".replace(".", ",")


def rate(part: int | None, total: int | None) -> float | None:
    """A part in percent, to one decimal; ``None`` of nobody, or where a count is hidden."""
    return round(100 * part / total, 1) if total and part is not None else None


def plural(count: int | None, words: str) -> str:
    """The words that follow a count, in the plural from two on: « 0 dossier », « 2 dossiers ».

    Every word takes its « s »; a count that is hidden (``None``) is taken for several.
    """
    return words if count is not None and abs(count) < 2 else words.replace(" ", "s ") + "s"


def lateness(days: int, *, certain: bool) -> str:
    """« peut-être 3 jours de retard » unless certain; before: « aujourd'hui », « dans 2 jours »."""
    told = f"{abs(days)} {plural(days, 'jour')}"
    if days > 0:
        return f"{'' if certain else 'peut-être '}{told} de retard"
    return "aujourd'hui" if days == 0 else f"dans {told}"


def overdue_told(days: int, *, certain: bool) -> str:
    """« EN RETARD de 21 jours », « peut-être en retard de 5 jours »."""
    late = "EN RETARD" if certain else "peut-être en retard"
    return f"{late} de {days} {plural(days, 'jour')}"


def bar(value: float, top: float, width: int) -> str:
    """A bar of ``width`` cells at most for ``top``; never empty for something above zero."""
    if value <= 0 or top <= 0:
        return ""
    eighths = max(1, round(8 * width * min(value, top) / top))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


# --- the clock that a report used: the source does not name its start --------------------


def contract_clock(connection: Connection, day: date) -> str:
    """« Contractualisation : 21 jours à compter de la commission, dernier jour inclus. »"""
    from agir_cli.domain.dates import exactly
    from agir_cli.store.settings import rulebook_of

    clock = rulebook_of(connection).clocks.at("contractualisation", exactly(day))
    start = _FROM.get(clock.start_event, clock.start_event)
    return f"Contractualisation : {clock.length.days} jours à compter {start}, dernier jour inclus."


def unit_and_clock(connection: Connection, day: date, unit: str) -> Iterator[str]:
    """The note of a report of deadlines: what a line is, and the clock; read when it is asked."""
    yield f"Unité : {unit}. {contract_clock(connection, day)}"
