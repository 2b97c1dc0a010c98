"""A timeline for people: drawn with Rich on a terminal, plain text elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.cli.report_output import Form, Section, place, print_sections, say_written
from agir_cli.cli.screen import console, plain, show, weekday_date
from agir_cli.domain.dates import french
from agir_cli.domain.vocabulary import Domain
from agir_cli.reports.texts import french_due
from agir_cli.reports.timeline import COLUMNS, Entry, Life, machine_rows

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from agir_cli.cli.session import Session

LABELS = {
    "date": "Date", "precision": "Précision", "domaine": "Domaine", "evenement": "Événement",
    "detail": "Détail", "source": "Source",
}  # fmt: skip
_DOMAINS = {domain.value: domain.label for domain in Domain} | {
    "parcours": "Parcours", "situation": "Situation", "suivi": "Suivi", "echeance": "Délai",
}  # fmt: skip
_USUAL = ("date", "domaine", "evenement", "detail")


class Look(NamedTuple):
    """How a kind of line is drawn: a mark that needs no colour, and a colour."""

    mark: str
    style: str


_LOOKS = {
    "parcours": Look("●", "bold"),
    "situation": Look("■", "cyan"),
    "suivi": Look("○", "cyan"),
    "echeance": Look("└", "dim"),
    "projet": Look("◆", "magenta"),
    "droits": Look("◆", "yellow"),
    "logement": Look("◆", "green"),
    "langue": Look("◆", "blue"),
    "formation": Look("◆", "blue"),
    "emploi": Look("◆", "red"),
    "social": Look("◆", "cyan"),
}
_PLANNED, _VOIDED = "◇", "✗"
_NARROW, _WIDE = 60, 120
_PICTURE = 100
_LONGEST_DATE = len("entre le 01/04/2023 et le 28/04/2023")


def print_life(
    session: Session, form: Form, found: Life, day: date, columns: Sequence[str]
) -> None:
    """Print a timeline."""
    if form.drawn and form.columns is None:
        show(session, drawing(found, day, console().width), lines=2 * len(found.entries) + 8)
        return
    names = columns if form.columns else _USUAL
    places = [COLUMNS.index(name) for name in names]
    rows = [
        [_shown(name, row[place], entry) for name, place in zip(names, places, strict=True)]
        for entry, row in zip(found.entries, machine_rows(found.entries), strict=True)
    ]
    section = Section("", [LABELS[name] for name in names], rows)
    target = form if not form.drawn else form._replace(format="plain")
    print_sections(target, _head(found, day), [section])


def _head(found: Life, day: date) -> list[str]:
    title = f"{found.reference}  {found.name or '(identité effacée)'}"
    about = f"{found.route} — étape : {found.stage} — au {weekday_date(day)}"
    return [line for line in (title, about, found.right) if line]


def _shown(name: str, value: str, entry: Entry) -> str:
    if name == "date":
        return _when(entry) or "sans date"
    return _DOMAINS.get(value, value) if name == "domaine" else value


def _when(entry: Entry) -> str:
    return french_due(entry.date) if entry.domaine == "echeance" else french(entry.on)


# --- on a terminal -----------------------------------------------------------------------


def drawing(found: Life, day: date, width: int) -> RenderableType:
    """The timeline as a Rich drawing: a heading, then one line an event, year by year."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    narrow, wide = width < _NARROW, width >= _WIDE
    dates = 10 if narrow else _LONGEST_DATE if wide else 15
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", width=dates, overflow="fold")
    grid.add_column(width=1)
    if not narrow:
        grid.add_column(width=9)
    grid.add_column(ratio=1, overflow="fold")
    for when, mark, domain, text in _lines(found.entries, day, dates):
        if narrow and domain.plain.strip("─"):
            text = Text.assemble(domain, " ", text)
        grid.add_row(*((when, mark, text) if narrow else (when, mark, domain, text)))
    title, *others = _head(found, day)
    heading = [Text(plain(title), style="bold"), *(Text(line) for line in others), Text("")]
    return Group(*heading, grid)


Line = tuple["Text", "Text", "Text", "Text"]


def _lines(entries: Sequence[Entry], day: date, dates: int) -> list[Line]:
    lines: list[Line] = []
    year, past, dated = 0, True, True
    for entry in entries:
        if past and (entry.on is None or entry.on.earliest > day):
            past = False
            lines.append(_today(day, dates))
        if entry.on is None and dated:
            dated = False
            lines.append(_heading("sans date", ""))
        elif entry.on is not None and entry.on.earliest.year != year:
            year = entry.on.earliest.year
            lines.append(_heading(str(year), "│"))
        lines.append(_line(entry))
    return [*lines, _today(day, dates)] if past else lines


def _heading(text: str, mark: str) -> Line:
    from rich.text import Text

    return Text(text, style="bold"), Text(mark), Text(), Text()


def _today(day: date, dates: int) -> Line:
    from rich.text import Text

    told = Text(f"aujourd'hui, {weekday_date(day)}", style="italic")
    return Text("─" * dates), Text("┼"), Text("─" * 9), told


def _line(entry: Entry) -> Line:
    from rich.text import Text

    look = _LOOKS.get(entry.domaine, _LOOKS["parcours"])
    deadline = entry.domaine == "echeance"
    mark = _PLANNED if entry.planned and not deadline else look.mark
    if entry.voided:
        mark = _VOIDED
    text = Text(plain(entry.evenement), style=_style(entry))
    if entry.planned and not deadline:
        text.append(" (à venir)", style="not bold italic")
    if entry.detail:
        text.append(
            (" : " if deadline else " — ") + plain(entry.detail), style="not bold not strike"
        )
        text.highlight_regex("EN RETARD [^(;]*", "bold red")
    when = "" if deadline and not entry.planned else _when(entry)
    domain = "" if entry.domaine == "parcours" else _DOMAINS.get(entry.domaine, entry.domaine)
    return Text(when), Text(mark, style=look.style), Text(domain, style=look.style), text


def _style(entry: Entry) -> str:
    if entry.voided:
        return "strike"
    return "" if entry.domaine == "echeance" else "bold"


# --- as a picture or a page --------------------------------------------------------------


def write_page(form: Form, found: Life, day: date) -> None:
    """Write the timeline as a self-contained HTML page."""
    from agir_cli.exchange.life_page import Item, life_page

    items = [
        Item(
            str(entry.on.earliest.year) if entry.on is not None else "",
            _when(entry) or "",
            _DOMAINS.get(entry.domaine, entry.domaine),
            entry.evenement,
            entry.detail,
            _state(entry),
        )
        for entry in found.entries
    ]
    heading, *about = _head(found, day)
    with place(form) as out:
        out.write(life_page(heading, about, f"Au {weekday_date(day)}", items).encode())
    say_written(form)


def _state(entry: Entry) -> str:
    if entry.voided:
        return "voided"
    if entry.domaine == "echeance":
        return "deadline"
    return "planned" if entry.planned else "done"


def write_picture(form: Form, found: Life, day: date) -> None:
    """Write the timeline as an SVG picture, drawn by Rich; no font is fetched from elsewhere."""
    import io
    import re

    from rich._export_format import CONSOLE_SVG_FORMAT
    from rich.console import Console
    from rich.terminal_theme import DEFAULT_TERMINAL_THEME

    page = Console(
        record=True, width=_PICTURE, file=io.StringIO(), markup=False, emoji=False, highlight=False,
        force_terminal=True, color_system="truecolor",
    )  # fmt: skip
    page.print(drawing(found, day, _PICTURE))
    local = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    title = plain(found.reference)
    svg = page.export_svg(title=title, theme=DEFAULT_TERMINAL_THEME, code_format=local)
    with place(form) as out:
        out.write(svg.encode())
    say_written(form)
