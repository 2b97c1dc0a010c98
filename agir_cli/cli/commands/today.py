"""``agir today``: one screen for a coordinator's morning, each line with what to type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, cycle, islice
from typing import TYPE_CHECKING

import click

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.prompt import asked
from agir_cli.cli.screen import console, plain, screen_height, warn
from agir_cli.cli.session import paris_today
from agir_cli.failures import UsageFailure
from agir_cli.reports import today as report
from agir_cli.reports.selection import one_or
from agir_cli.reports.texts import contract_clock
from agir_cli.store.backup import too_old

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table
    from rich.text import Text

    from agir_cli.cli.session import Session
    from agir_cli.reports.sheet import Section, Sheet

app = Commands()
_SHOWN = 10
_WIDE = 128
_INDENT = 10
_AROUND = 2
"""Lines of the screen that hold what was typed, and what is typed next."""
_DAY_SAID = 80
"""Letters in which a demonstration says its day."""
_TURNS = (
    report.LATE, report.VISITS, report.UNTOLD, report.DUE, report.LATE, report.COMING,
    report.RIGHTS, report.WAITING, report.MISSING, report.NEW,
)  # fmt: skip
"""The lists in the order in which each gets a line of the screen, then another."""


@o.report(app, rewound=True)
def today(
    r: o.Reading,
    *,
    list_of: str | None = o.list_of("Une seule rubrique, entière : retard, semaine...", "RUBRIQUE"),
    top: int | None = option("N", "Lignes par rubrique, au plus.", type=click.IntRange(1)),
    line: int | None = word(
        "[N°]", "Ouvrir le formulaire de cette ligne de l'écran", type=int, required=False
    ),
    go: bool = flag("Demander une ligne de l'écran, et ouvrir son formulaire."),
) -> None:
    """Le matin d'une coordinatrice sur un écran : combien, qui d'abord, et quoi taper.

    Les retards (les contrats d'abord), les échéances de la semaine, les rendez-vous, qui attend
    sans délai, ce qui est à compléter, qui vient d'arriver. Une rubrique vide n'est pas montrée.
    --referent me : celui qui tape, par son nom au répertoire (--author, ou AGIR_AUTHOR).

    Exemples :
      agir today
      agir today --go
      agir today --referent me
      agir --author "DURAND Anne" today --referent me
      agir today --list a_completer
      agir today --format csv
    """
    list_of = one_or(None, "La rubrique", list_of, report.SECTIONS, {"droit": report.RIGHTS})
    if list_of and top:
        raise UsageFailure("--list montre toute la rubrique : retirez --top.")
    everyone = not r.form.human or list_of is not None
    height = screen_height(r.session) if r.form.drawn else _SHOWN
    most = None if everyone else top or height
    fits = r.form.drawn and list_of is None and top is None
    go = go or line is not None
    if go and not (fits and asked()):
        raise UsageFailure("Ouvrir une ligne demande un terminal, et l'écran du matin entier.")
    parts = report.today(*r.whom, most)
    parts = [part for part in parts if list_of in (None, part.name)]
    referent = r.asked.filters.get("referent")
    sheet = report.sheet(r.connection, r.day, parts, referent)
    if fits:
        clock = contract_clock(r.connection, r.day).removesuffix(", dernier jour inclus.")
        titles = (f"{sheet.title} — {clock}", sheet.title)
        sheet = replace(
            sheet,
            notes=(),
            title=next((title for title in titles if len(title) <= console().width), sheet.title),
        )

    seen: list[report.Item] = []
    old = too_old(r.connection, r.session.db)

    def drawing(
        _sheet: Sheet, _sections: Sequence[Section], width: int
    ) -> tuple[RenderableType, int]:
        if not fits:
            lines = sum(3 * len(part.items) for part in parts)
            return _drawn(parts, r.day, referent, width), lines
        room = height - _AROUND - 1 - _said_before(r.session, width) - bool(r.asked.filters)
        room -= old is not None
        seen.extend(numbered(parts, width, room - len(parts))[0])
        return morning(parts, r.day, width, room), 0

    r.show(sheet, drawing)
    if old is not None:
        warn(r.session, f"{old} : agir backup")
    if go:
        _open_line(seen, line)


def _open_line(seen: Sequence[report.Item], number: int | None) -> None:
    """Open the form of a line of the screen, asked for where it was not typed."""
    from agir_cli.cli import prompt
    from agir_cli.cli.questions import open_form

    text = "" if number is None else str(number)
    with prompt.leaving("Abandonné : rien n'a été enregistré."):
        while (item := prompt.nth(seen, text)) is None:
            text = prompt.line(f"Quelle ligne ? (de 1 à {len(seen)} ; Ctrl-C pour quitter) : ")
    coming = item.rubrique == report.COMING
    open_form(report.typed_for(item).replace("REF", item.dossier) if coming else item.commande)


def _said_before(session: Session, width: int) -> int:
    """The lines above in which a demonstration says its day."""
    said = session.day is None and session.today != paris_today()
    return -(-_DAY_SAID // width) if said else 0


# --- one screen --------------------------------------------------------------------------


def morning(parts: Sequence[report.Part], day: date, width: int, room: int) -> RenderableType:
    """A line a list with its count; then persons, numbered, as many as fit; then what to type."""
    from rich.console import Group
    from rich.text import Text

    counts = [_count_line(part, width) for part in parts]
    items, below = numbered(parts, width, room - len(counts))
    lines = [_person_line(n, item, day, width) for n, item in enumerate(items, 1)]
    return Group(*counts, *([Text()] if lines else ()), *lines, *(Text(t, "cyan") for t in below))


def numbered(
    parts: Sequence[report.Part], width: int, room: int
) -> tuple[list[report.Item], list[str]]:
    """The persons that the screen numbers from 1, and the lines of commands under them.

    ``room``: the lines that are left for them, the blank one above included.
    """
    turns = [name for name in _TURNS if any(part.name == name for part in parts)]
    waiting = {part.name: list(reversed(part.items)) for part in parts}
    taken: dict[str, list[report.Item]] = {part.name: [] for part in parts}
    chosen: list[report.Item] = []
    below = _commands([], width)
    every = sum(len(part.items) for part in parts)
    for name in islice(cycle(turns), every * len(_TURNS)):
        if not waiting[name]:
            continue
        taken[name].append(waiting[name].pop())
        items = list(chain.from_iterable(taken.values()))
        under = _commands(items, width)
        if chosen and 1 + len(items) + len(under) > room:
            break
        chosen, below = items, under
    return chosen, below


def _commands(items: Sequence[report.Item], width: int) -> list[str]:
    """Each command once, after the numbers of its lines, as many a line as the width holds."""
    of: dict[str, list[int]] = {}
    for number, item in enumerate(items, 1):
        of.setdefault(report.typed_for(item), []).append(number)
    told = [f"{_numbers(numbers)} {command}" for command, numbers in of.items()]
    lines: list[str] = []
    section = items[0].rubrique if items else report.SECTIONS[0]
    for each in [*told, f"Une rubrique entière : agir today --list {section}"]:
        if lines and len(lines[-1]) + 3 + len(each) <= width:
            lines[-1] += f"   {each}"
        else:
            lines.append(each)
    return lines


def _numbers(numbers: Sequence[int]) -> str:
    """« 1-3,7 »."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _count_line(part: report.Part, width: int) -> Text:
    from rich.text import Text

    style = "bold red" if part.name == report.LATE else "bold"
    told = report.count_of(part, width - 9)
    line = Text(f"{part.total:>7}  ", style, no_wrap=True, overflow="ellipsis")
    line.append(told, style)
    gap = width - len(line) - len(part.name)
    return line.append(f"{'':{gap}}{part.name}", "dim") if gap > 1 else line


def _person_line(number: int, item: report.Item, day: date, width: int) -> Text:
    from rich.text import Text

    room = max(width // 4, 12)
    name = plain(report.name_of(item))
    name = name if len(name) <= room else f"{name[: room - 1]}…"
    line = Text(f"{number:>3}  ", no_wrap=True, overflow="ellipsis", end="\n")
    line.append(f"{item.dossier:<8}", "bold").append(f"  {name:<{room}}  ")
    line.append(plain(report.what_of(item, day)))
    if item.referent and width >= _WIDE:
        line.append(f"   {plain(item.referent)}", "dim")
    return line


# --- one list, or so many lines of each ---------------------------------------------------


def _drawn(
    parts: Sequence[report.Part], day: date, referent: str | None, width: int
) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    drawings: list[RenderableType] = []
    for part in parts:
        style = "bold red" if part.name == report.LATE else "bold"
        body = _wide(part, day) if width >= _WIDE else _narrow(part, day)
        drawings += [Text(report.title_of(part), style=style), body]
        rest = report.rest_of(part, referent)
        if rest:
            drawings.append(Text(f"  {plain(rest)}", style="italic"))
    return Group(*drawings)


def _wide(part: report.Part, day: date) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=34)
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=46)
    grid.add_column(overflow="fold")
    for item in part.items:
        reference, command = Text(f"  {item.dossier}", "bold"), Text(item.commande, "cyan")
        grid.add_row(
            reference,
            Text(plain(report.name_of(item))),
            Text(plain(report.what_of(item, day))),
            command,
        )
    return grid


def _narrow(part: report.Part, day: date) -> Group:
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    lines: list[Text | Padding] = []
    for item in part.items:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"  {item.dossier}", "bold")
        lines.append(
            line.append(f"  {plain(report.name_of(item))}, {plain(report.what_of(item, day))}")
        )
        lines.append(Padding(Text(item.commande, "cyan", overflow="fold"), (0, 0, 0, _INDENT)))
    return Group(*lines)
