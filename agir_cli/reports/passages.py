"""How long each passage of the process took, and how many kept its deadline.

Only dossiers whose two days are known exactly are measured; the others are counted apart. A
deadline is kept when the step was surely done by the last day, included.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.reports.selection import Filters, counting, not_admitted
from agir_cli.reports.sheet import Sheet, columns, one_list
from agir_cli.reports.texts import half_days, weekday_date

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

PASSAGES = {
    "diagnostic": ("admis", "diagnostic", "diagnostic"),
    "commission": ("diagnostic", "commission", None),
    "contrat": ("commission", "contrat", "contractualisation"),
    "diagnostic-contrat": ("diagnostic", "contrat", None),
    "cloture": ("contrat", "cloture", None),
}
"""Each passage: the milestone it starts from, the one it ends with, the deadline it has."""

KEPT, LATE, UNKNOWN = "tenu", "depasse", "indetermine"


class Measured(NamedTuple):
    """One dossier's passage: its two days (ISO), the days between, how the deadline was kept.

    ``debut``, ``fin`` and ``jours`` are ``None`` when a day is not known exactly; ``delai`` is
    ``None`` where no deadline ran.
    """

    dossier: str
    departement: str
    debut: str | None
    fin: str | None
    jours: int | None
    delai: str | None


class Passage(NamedTuple):
    """A passage in numbers (dossiers, and days): those who made it, and how.

    ``mesures``: those whose two days are exact, of which the median (of an even number, the mean
    of the middle two) and the 90th percentile (the smallest number of days that nine in ten did
    not exceed). The last three are ``None`` for a passage that has no deadline.
    """

    passage: str
    dossiers: int | None
    mesures: int | None
    mediane_jours: float | None
    p90_jours: int | None
    tenus: int | None
    depasses: int | None
    indetermines: int | None


COLUMNS = Passage._fields

_QUERY = """SELECT d.dossier, d.departement,
    CASE WHEN {exact} THEN d.{start}_min END, CASE WHEN {exact} THEN d.{end}_min END,
    CASE WHEN {exact} THEN CAST(julianday(d.{end}_min) - julianday(d.{start}_min) AS INTEGER) END,
    {kept}
FROM dossiers AS d WHERE d.{end}_max <= :day AND d.{start}_max <= :day{filters}
ORDER BY d.dossier"""
_EXACT = (
    "(d.{start}_min = d.{start}_max AND d.{end}_min = d.{end}_max AND d.{start}_min > '0001-01-01'"
    " AND d.{end}_min > '0001-01-01')"
)
KEEPING = """(SELECT CASE WHEN d.{end}_max <= s.echeance_min THEN 'tenu'
        WHEN d.{end}_min > s.echeance_max THEN 'depasse' ELSE 'indetermine' END
    FROM spans AS s WHERE s.dossier = d.id AND s.nature = '{nature}' LIMIT 1)"""


def measured(
    connection: Connection, day: date, filters: Filters, passage: str
) -> Iterator[Measured]:
    """The dossiers that made a passage by ``day``, by reference."""
    start, end, nature = PASSAGES[passage]
    asked = counting(filters)
    query = _QUERY.format(
        start=start,
        end=end,
        exact=_EXACT.format(start=start, end=end),
        kept=KEEPING.format(end=end, nature=nature) if nature else "NULL",
        filters=asked.sql,
    )
    values = {"day": day.isoformat(), **asked.values}
    return map(Measured._make, connection.execute(query, values))


def passages(connection: Connection, day: date, filters: Filters) -> list[Passage]:
    """Every passage in numbers, in the order of the process."""
    return [_summed(name, measured(connection, day, filters, name)) for name in PASSAGES]


def _summed(name: str, rows: Iterator[Measured]) -> Passage:
    days: list[int] = []
    kept = dict.fromkeys((KEPT, LATE, UNKNOWN), 0)
    count = 0
    for row in rows:
        count += 1
        if row.jours is not None:
            days.append(row.jours)
        if row.delai is not None:
            kept[row.delai] += 1
    days.sort()
    numbers = kept.values() if PASSAGES[name][2] else (None, None, None)
    return Passage(name, count, len(days), median(days), nine_in_ten(days), *numbers)


def nine_in_ten(days: list[int]) -> int | None:
    """The nearest rank: the smallest of these sorted days that nine in ten do not exceed."""
    return days[-(-len(days) * 90 // 100) - 1] if days else None


def median(days: list[int]) -> float | None:
    """The median of these sorted days: a whole number where it is one."""
    if not days:
        return None
    twice = days[(len(days) - 1) // 2] + days[len(days) // 2]
    return twice / 2 if twice % 2 else twice // 2


# --- the sheets --------------------------------------------------------------------------

_TOLD = {
    "diagnostic": "orientation → diagnostic",
    "commission": "diagnostic → commission",
    "contrat": "commission → contrat",
    "diagnostic-contrat": "diagnostic → contrat",
    "cloture": "contrat → clôture",
}


_KEEPING = {None: "", KEPT: "dans le délai", LATE: "hors délai", UNKNOWN: "indéterminé"}
KNOWN = columns(COLUMNS, {"passage": _TOLD.__getitem__, "mediane_jours": half_days})
_KNOWN_MEASURED = columns(Measured._fields, {"delai": _KEEPING.__getitem__})


def sheet(connection: Connection, day: date, filters: Filters) -> Sheet:
    """The passages in numbers."""
    notes = [
        "Unités : dossiers, et jours (médiane ; 9 dossiers sur 10 n'ont pas dépassé).",
        "Mesurés : les deux jours sont connus. Derrière un nombre : --passages --list contrat.",
    ]
    title = f"Durée de chaque passage, au {weekday_date(day)}"
    return one_list(title, KNOWN, passages(connection, day, filters), notes=notes)


def sheet_behind(connection: Connection, day: date, filters: Filters, passage: str) -> Sheet:
    """The dossiers that made a passage. Raises `UsageFailure` for a word that is none."""
    if passage not in PASSAGES:
        raise not_admitted("Le passage", passage, PASSAGES)
    rows = measured(connection, day, filters, passage)
    title = f"{_TOLD[passage]}, au {weekday_date(day)} : {{count}} dossier{{s}}"
    return one_list(title, _KNOWN_MEASURED, rows)
