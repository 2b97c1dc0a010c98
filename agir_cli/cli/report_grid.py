"""A report's table on a terminal, whatever its width: columns side by side, or a card a row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.cli.screen import RICH_ROWS, cell, console, plural, show

if TYPE_CHECKING:
    from rich.console import RenderableType

    from agir_cli.cli.session import Session

_GAP = 2
_FOLDED = 10  # a column of words may be folded down to this many letters


class Heading(NamedTuple):
    """The heading of a column; ``short`` where the screen has no room for it."""

    full: str
    short: str = ""


def draw_grid(
    session: Session,
    head: Sequence[str],
    headings: Sequence[Heading],
    rows: Sequence[Sequence[object]],
    *,
    right: Collection[int] = (),
    notes: Sequence[str] = (),
) -> None:
    """Print a heading, the rows, then notes. ``right``: columns of numbers, never folded.

    Beyond ``RICH_ROWS`` the rest is counted, and how to have it is said: nobody reads more.
    """
    if len(rows) > RICH_ROWS:
        more = len(rows) - RICH_ROWS
        rest = f"… et {more} {plural(more, 'autre ligne')} : un filtre, ou --output FICHIER."
        rows, notes = rows[:RICH_ROWS], [*notes, rest]
    from rich.console import Group
    from rich.text import Text

    cells = [[cell(value) for value in row] for row in rows]
    body, lines = _body(headings, cells, right, console().width)
    told = [Text(head[0], style="bold"), *(Text(line, style="dim") for line in head[1:])]
    show(
        session, Group(*told, Text(), body, *map(Text, notes)), lines=lines + len(told) + len(notes)
    )


def _body(
    headings: Sequence[Heading],
    cells: Sequence[Sequence[str]],
    right: Collection[int],
    width: int,
) -> tuple[RenderableType, int]:
    full = [heading.full for heading in headings]
    short = [heading.short or heading.full for heading in headings]
    for names in (full, short):
        if _least(names, cells, right, fold=False) <= width:
            return _table(names, cells, right), len(cells) + 4
    if _least(short, cells, right, fold=True) <= width:
        return _table(short, cells, right), 2 * len(cells) + 4
    return _cards(full, cells), len(cells) * (len(full) + 1)


def _least(
    names: Sequence[str], cells: Sequence[Sequence[str]], right: Collection[int], *, fold: bool
) -> int:
    widths = []
    for place, name in enumerate(names):
        widest = max([len(name), *(len(row[place]) for row in cells)])
        kept = not fold or place == 0 or place in right
        widths.append(widest if kept else min(widest, _FOLDED))
    return sum(widths) + _GAP * (len(names) - 1)


def _table(
    names: Sequence[str], cells: Sequence[Sequence[str]], right: Collection[int]
) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for place, name in enumerate(names):
        number = place in right
        table.add_column(
            Text(name),
            justify="right" if number else "left",
            no_wrap=number or place == 0,
            overflow="fold",
        )
    for row in cells:
        table.add_row(*map(Text, row))
    return table


def _cards(names: Sequence[str], cells: Sequence[Sequence[str]]) -> RenderableType:
    from rich.text import Text

    cards = [
        "\n".join(f"{name} : {value}" for name, value in zip(names, row, strict=True) if value)
        for row in cells
    ]
    return Text("\n\n".join(cards), overflow="fold")
