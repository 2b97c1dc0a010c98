"""``agir today``: one screen for a coordinator's morning, each line with what to type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, option
from agir_cli.cli.screen import console, plain
from agir_cli.failures import UsageFailure
from agir_cli.reports import today as report
from agir_cli.reports.selection import one_of

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

    from agir_cli.reports.sheet import Section, Sheet

app = Commands()
_SHOWN = 10
_WIDE = 128
_HEAD = 4
_INDENT = 10
_BESIDE = 96
"""What stands before the command on a wide screen, at most: reference, name, what is late."""


@o.report(app, rewound=True)
def today(
    r: o.Reading,
    *,
    list_of: str | None = o.list_of("Une seule rubrique, entière : retard, semaine...", "RUBRIQUE"),
    top: int | None = option("N", "Lignes par rubrique, au plus.", type=click.IntRange(1)),
) -> None:
    """Le matin d'une coordinatrice sur un écran, avec la commande à taper pour chaque ligne.

    Les retards, les échéances de la semaine, les rendez-vous, qui attend sans délai, ce qui est
    à compléter, qui vient d'arriver. Une rubrique vide n'est pas montrée ; ce qui ne tient pas
    sur l'écran est compté, avec la commande qui le montre. --referent me : celui qui tape, par
    son nom dans l'annuaire (--author, ou AGIR_AUTHOR).

    Exemples :
      agir today
      agir today --referent me
      agir --author "DURAND Anne" today --referent me
      agir today --list a_completer
      agir today --format csv
    """
    list_of = one_of("La rubrique", list_of, report.SECTIONS)
    if list_of and top:
        raise UsageFailure("--list montre toute la rubrique : retirez --top.")
    everyone = not r.form.human or list_of is not None
    most = None if everyone else top or (console().height if r.form.drawn else _SHOWN)
    fits = list_of is None and top is None
    parts = report.today(*r.whom, most)
    parts = [part for part in parts if list_of in (None, part.name)]
    referent = r.asked.filters.get("referent")

    def drawing(
        _sheet: Sheet, _sections: Sequence[Section], width: int
    ) -> tuple[RenderableType, int]:
        shown = fitted(parts) if fits else parts
        lines = 0 if fits else sum(3 * len(part.items) for part in parts)
        return _drawn(shown, r.day, referent, width), lines

    r.show(report.sheet(r.connection, r.day, parts, referent), drawing)


def fitted(parts: Sequence[report.Part]) -> list[report.Part]:
    """As many lines of each list as fit on the screen, one at least, shared in turn."""
    screen = console()
    left = screen.height - _HEAD - len(parts)
    taken = dict.fromkeys((part.name for part in parts), 0)
    growing = True
    while growing:
        growing = False
        for part in parts:
            shown = taken[part.name]
            if shown == len(part.items):
                continue
            # The line that counts the rest comes with the first, and goes with the last.
            rest = (shown == 0 and part.total > 1) - (shown > 0 and shown + 1 == part.total)
            cost = _height(part.items[shown], screen.width) + rest
            if shown == 0 or cost <= left:
                taken[part.name] += 1
                left -= cost
                growing = True
    return [part._replace(items=part.items[: taken[part.name]]) for part in parts]


def _height(item: report.Item, width: int) -> int:
    if width >= _WIDE:
        return -(-len(item.commande) // (width - _BESIDE))
    return 1 + -(-len(item.commande) // max(width - _INDENT, 1))


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
