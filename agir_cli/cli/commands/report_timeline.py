"""``agir report timeline REF``: one dossier's life, as a list, a drawing, a page or a picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, option, reference
from agir_cli.cli.options import made
from agir_cli.cli.render import Form, Printed, form_with, place, say_written, show
from agir_cli.cli.screen import plain, weekday_date
from agir_cli.reports import timeline as report

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from agir_cli.cli.session import Session
    from agir_cli.reports.timeline import Entry, Life

app = Commands()


@made(app, "timeline", printed=True, formats=o.formats_with("svg"))
def timeline(
    session: Session,
    printed: Printed,
    *,
    ref: str = reference(),
    as_of: str | None = option("DATE", "Au jour dit ; sinon aujourd'hui."),
) -> None:
    """La frise d'un dossier : de l'arrivée en France à aujourd'hui, étape par étape.

    Les dates gardent leur précision (« février 2023 », « entre mars et avril 2023 ») ; chaque
    délai dit comment il a été tenu ; ce qui a été annulé reste visible, avec sa raison.

    Exemples :
      agir report timeline 44-0042
      agir report timeline "Madame B." --as-of 09/10/2023
      agir report timeline 44-0042 --format json
      agir report timeline 44-0042 --output frise.html
    """
    day = o.day_of(session, as_of)
    form = form_with("svg", printed)
    from agir_cli.store.file import consulting
    from agir_cli.store.lookup import find_one

    with consulting(session.db) as connection:
        dossier = find_one(connection, ref)
        found = report.life(connection, dossier, day, past=as_of is not None)
    if form.format == "svg":
        _write_picture(form, found, day)
        return
    if form.format == "html" and not (form.columns or form.hidden):
        _write_page(form, found, day)
        return
    lines = 2 * len(found.entries) + 8
    show(session, report.sheet(found, day), form,
         drawing=lambda _sheet, _sections, width: (_grid(found, day, width), lines))  # fmt: skip


# --- on a terminal -----------------------------------------------------------------------


_LOOKS = {
    "parcours": ("●", "bold"),
    "situation": ("■", "cyan"),
    "suivi": ("○", "cyan"),
    "echeance": ("└", "dim"),
    "projet": ("◆", "magenta"),
    "droits": ("◆", "yellow"),
    "logement": ("◆", "green"),
    "langue": ("◆", "blue"),
    "formation": ("◆", "blue"),
    "emploi": ("◆", "red"),
    "social": ("◆", "cyan"),
}
"""How each kind of line is drawn: a mark that needs no colour, and a colour."""

_PLANNED, _VOIDED = "◇", "✗"
_NARROW, _WIDE = 60, 120
_PICTURE = 100
_LONGEST_DATE = len("entre le 01/04/2023 et le 28/04/2023")


def drawing(found: Life, day: date, width: int) -> RenderableType:
    """The timeline as a Rich drawing: a heading, then one line an event, year by year."""
    from rich.console import Group
    from rich.text import Text

    title, *others = report.heading(found, day)
    told = [Text(plain(title), style="bold"), *(Text(line) for line in others)]
    return Group(*told, _grid(found, day, width))


def _grid(found: Life, day: date, width: int) -> RenderableType:
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
    return Group(Text(""), grid)


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

    usual, colour = _LOOKS.get(entry.domaine, _LOOKS["parcours"])
    deadline = entry.domaine == "echeance"
    mark = _PLANNED if entry.planned and not deadline else usual
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
    when = "" if deadline and not entry.planned else report.when(entry)
    domain = "" if entry.domaine == "parcours" else _domain(entry)
    return Text(when), Text(mark, style=colour), Text(domain, style=colour), text


def _domain(entry: Entry) -> str:
    return report.DOMAINS.get(entry.domaine, entry.domaine)


def _style(entry: Entry) -> str:
    if entry.voided:
        return "strike"
    return "" if entry.domaine == "echeance" else "bold"


# --- as a picture or a page --------------------------------------------------------------


def _write_page(form: Form, found: Life, day: date) -> None:
    """Write the timeline as a self-contained page, a list a year."""
    from agir_cli.exchange.pages import Moment, Page, Part, write_page

    years: dict[str, list[Moment]] = {}
    for entry in found.entries:
        year = str(entry.on.earliest.year) if entry.on is not None else "Sans date"
        told = (report.when(entry), _domain(entry), entry.evenement, entry.detail, _state(entry))
        years.setdefault(year, []).append(Moment(*told))
    heading, *about = report.heading(found, day)
    parts = [Part(year, moments=moments) for year, moments in years.items()]
    with place(form) as out:
        write_page(Page(heading, about, parts, foot=[f"Au {weekday_date(day)}"]), out)
    say_written(form)


def _state(entry: Entry) -> str:
    if entry.voided:
        return "voided"
    if entry.domaine == "echeance":
        return "deadline"
    return "planned" if entry.planned else "done"


def _write_picture(form: Form, found: Life, day: date) -> None:
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
