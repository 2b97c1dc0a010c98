"""``agir report overdue`` for people: what a coordinator reads, drawn or as plain text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.cli.report_output import Form, Section, print_sections
from agir_cli.cli.screen import console, plain, show, show_table, title_lines, weekday_date
from agir_cli.domain.vocabulary import Nature
from agir_cli.reports.overdue import COLUMNS, DATE_COLUMNS, KINDS, WAITING, Found, Line
from agir_cli.reports.texts import french_due, french_text

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table
    from rich.text import Text

    from agir_cli.cli.session import Session
    from agir_cli.domain.rules import Clock
    from agir_cli.reports.runs import Since

LABELS = {
    "nature": "Nature", "dossier": "Dossier", "nom": "Nom", "prenoms": "Prénoms",
    "departement": "Dép.", "referent": "Référent", "depart": "Depuis quoi",
    "date_depart": "Depuis quand", "echeance": "Dernier jour", "retard_jours": "Retard (jours)",
    "certitude": "Certitude", "rdv": "RDV", "absences": "Absences", "a_faire": "À faire",
}  # fmt: skip
_NARROW = 72
NOTHING = "Aucun retard, et personne n'attend sans échéance."
Titled = tuple[str, Sequence[Line]]


class Night(NamedTuple):
    """What the report says beside who is late: what changed, one digest a référent."""

    since: Since | None = None
    by_referent: bool = False
    folder: Path | None = None


def print_overdue(
    session: Session,
    form: Form,
    found: Found,
    clock: Clock,
    columns: Sequence[str],
    *,
    contact: bool = False,
    night: Night = Night(),  # noqa: B008 - a value, never changed
) -> None:
    """Print the report for people; nothing at all when nobody is late or waits."""
    head = _head(found, clock)
    others: list[Section] = []
    titled = parts(found)
    if night.folder is not None:
        from agir_cli.cli.report_night import by_referent, write_digests

        write_digests(session, form, night.folder, head, by_referent(found))
        return
    if night.by_referent:
        from agir_cli.cli.report_night import by_referent

        titled = [
            (f"{digest.referent} — {title}", lines)
            for digest in by_referent(found)
            for title, lines in parts(digest.found)
        ]
    elif night.since is not None:
        from agir_cli.cli.report_night import changes, resolved_section

        titled, others = changes(night.since, found), [resolved_section(night.since)]
    if not any(lines for _, lines in titled) and not any(each.rows for each in others):
        if not form.to_file:
            return
        head = [*head, NOTHING]
    _print(session, form, head, titled, others, columns, contact, found.day)


def _print(
    session: Session,
    form: Form,
    head: Sequence[str],
    titled: Sequence[Titled],
    others: Sequence[Section],
    columns: Sequence[str],
    contact: bool,
    day: date,
) -> None:
    if not form.drawn:
        print_sections(form, head, [*sections_of(titled, form, columns), *others])
        return
    if form.columns is None:
        _draw(session, head, titled, contact, day)
    else:
        print(*head, sep="\n")
        others = [*sections_of(titled, form, columns), *others]
    for section in others:
        show_table(session, section.headings, section.rows, title=section.title)


def sections_of(
    titled: Sequence[Titled], form: Form | None = None, columns: Sequence[str] = COLUMNS
) -> list[Section]:
    """The titled lists as plain tables, with the columns that each needs or those asked."""
    asked = form is not None and form.columns is not None
    return [
        Section(title, [LABELS[name] for name in shown], [_cells(line, shown) for line in lines])
        for title, lines in titled
        if (shown := columns if asked else _usual(lines))
    ]


def _head(found: Found, clock: Clock) -> list[str]:
    start = {"commission": "de la commission", "diagnostic": "du diagnostic"}
    since = start.get(clock.start_event, clock.start_event)
    return [
        f"Retards au {weekday_date(found.day)}",
        f"Unité : échéance. Contractualisation : {clock.length.days} jours à compter {since},"
        " dernier jour inclus.",
    ]


def parts(found: Found) -> list[Titled]:
    """The late by kind, then the soon due, then who waits; empty ones included."""
    by_kind: list[Titled] = []
    for kind in KINDS:
        late = [line for line in found.late if line.nature == kind]
        by_kind.append((f"{Nature(kind).label} : {_counted(late)}", late))
    soon = f"Bientôt à échéance : {len(found.soon)}"
    waits = f"En attente, sans délai qui court : {len(found.waits)}"
    return [*by_kind, (soon, found.soon), (waits, found.waits)]


def _usual(lines: Sequence[Line]) -> tuple[str, ...]:
    """The columns that a section needs: its title says the kind, a wait has no last day."""
    waits = bool(lines) and lines[0].nature == WAITING
    left_out = ("nature", "echeance", "retard_jours", "certitude") if waits else ("nature",)
    return tuple(name for name in COLUMNS if name not in left_out)


def _counted(late: Sequence[Line]) -> str:
    possible = sum(line.certitude == "possible" for line in late)
    certain = len(late) - possible
    told = [f"{certain} en retard"] if certain else []
    if possible:
        told.append(f"{possible} peut-être en retard")
    return ", ".join(told)


def _cells(line: Line, columns: Sequence[str]) -> list[str]:
    values = dict(zip(COLUMNS, line, strict=False))
    return [_shown(name, values[name]) for name in columns]


def _shown(name: str, value: object) -> str:
    if value is None or value == "":
        return ""
    if name == "nature":
        return Nature(str(value)).label
    if name == "echeance":
        return french_due(str(value))
    return french_text(str(value)) if name in DATE_COLUMNS else str(value)


# --- on a terminal -----------------------------------------------------------------------


def _draw(
    session: Session, head: Sequence[str], titled: Sequence[Titled], contact: bool, day: date
) -> None:
    from rich.console import Group
    from rich.text import Text

    narrow = console().width < _NARROW
    drawings: list[object] = [*title_lines(head[:2], console().width)]
    lines = 2
    for title, some in titled:
        if not some:
            continue
        body = _cards(some, contact, day) if narrow else _table(some, contact, day)
        drawings += [Text(f"\n{title}", style="bold"), body]
        lines += 3 + 3 * len(some)
    show(session, Group(*drawings), lines=lines)  # type: ignore[arg-type]


def _table(lines: Sequence[Line], contact: bool, day: date) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=True)
    waits = lines[0].nature == WAITING
    table.add_column("Dossier", no_wrap=True)
    for heading, ratio in (("Personne", 3), ("Depuis" if waits else "Échéance", 3), ("À faire", 5)):
        table.add_column(heading, overflow="fold", ratio=ratio)
    for line in lines:
        table.add_row(*(part(line, day, contact) for part in _PARTS))
    return table


def _cards(lines: Sequence[Line], contact: bool, day: date) -> Text:
    from rich.text import Text

    blocks = [Text("\n").join(part(line, day, contact) for part in _PARTS) for line in lines]
    return Text("\n\n").join(blocks)


def _reference(line: Line, day: date, contact: bool) -> Text:
    from rich.text import Text

    return Text(line.dossier, style="bold")


def _person(line: Line, day: date, contact: bool) -> Text:
    from rich.text import Text

    name = " ".join(plain(part) for part in (line.nom, line.prenoms) if part)
    told = [name or "(identité effacée)"]
    if line.referent:
        told.append(f"réf. {plain(line.referent)}")
    if contact:
        told.append(f"tél. {plain(line.telephone)}" if line.telephone else "sans téléphone")
    return Text("\n".join(told))


def _due(line: Line, day: date, contact: bool) -> Text:
    from rich.text import Text

    start = french_text(line.date_depart) or "date inconnue"
    if line.nature == WAITING:
        return Text("\n".join([start, *_waited(line, day)]))
    text = Text(french_due(line.echeance) + "\n")
    text.append(_lateness(line), style="bold red" if (line.retard_jours or 0) > 0 else "")
    text.append(f"\n{line.depart} : {start}", style="dim")
    return text


def _lateness(line: Line) -> str:
    days = line.retard_jours or 0
    if days > 0:
        told = f"{days} jour{'s' if days > 1 else ''} de retard"
        return told if line.certitude == "certain" else f"peut-être {told}"
    return "aujourd'hui" if days == 0 else f"dans {-days} jour{'s' if days < -1 else ''}"


def _waited(line: Line, day: date) -> list[str]:
    if len(line.date_depart) != len("2023-10-09"):
        return []
    days = (day - date.fromisoformat(line.date_depart)).days
    return [f"{days} jour{'s' if days > 1 else ''}"]


def _to_do(line: Line, day: date, contact: bool) -> Text:
    from rich.text import Text

    text = Text()
    if line.nature == WAITING:
        text.append(line.depart + "\n")
    text.append(line.a_faire)
    notes = [f"RDV pris le {french_text(line.rdv)}"] if line.rdv else []
    if line.absences:
        notes.append(f"{line.absences} absence{'s' if line.absences > 1 else ''}")
    if notes:
        text.append("\n" + " ; ".join(notes), style="dim")
    return text


_PARTS: tuple[Callable[[Line, date, bool], Text], ...] = (_reference, _person, _due, _to_do)
