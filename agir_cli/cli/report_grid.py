"""A report's table on a terminal, whatever its width: columns side by side, or a card a row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.cli.screen import RICH_ROWS, cell, console, plural, show, title_lines, wrapped
from agir_cli.cli.widths import column_widths, in_words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from agir_cli.cli.session import Session

_GAP = 2
_FOLDED = 10  # where words alone do not fit: the letters of one that stay together


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
    width = console().width
    body, lines = _body(headings, cells, right, width)
    told = title_lines(head, width)
    below = [Text("\n".join(wrapped(note, width))) for note in notes]
    show(session, Group(*told, Text(), body, *below), lines=lines + len(told) + len(notes))


def _body(
    headings: Sequence[Heading],
    cells: Sequence[Sequence[str]],
    right: Collection[int],
    width: int,
) -> tuple[RenderableType, int]:
    full = [heading.full for heading in headings]
    short = [heading.short or heading.full for heading in headings]
    every = range(len(full))
    room = width - _GAP * (len(full) - 1)
    ways = ((full, every, None), (short, every, None), (short, {0, *right}, None),
            (short, {0, *right}, _FOLDED))  # fmt: skip
    for names, whole, longest in ways:
        widths = column_widths(names, cells, room, whole, longest)
        if widths is not None:
            lines = 1 if whole is every else 2
            return _table(names, cells, right, widths), lines * len(cells) + 4
    return _cards(full, cells), len(cells) * (len(full) + 1)


def _table(
    names: Sequence[str],
    cells: Sequence[Sequence[str]],
    right: Collection[int],
    widths: Sequence[int],
) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for place, name in enumerate(names):
        table.add_column(
            Text(in_words(name, widths[place])),
            justify="right" if place in right else "left",
            overflow="fold",
            width=widths[place],
        )
    for row in cells:
        table.add_row(*map(Text, map(in_words, row, widths)))
    return table


def _cards(names: Sequence[str], cells: Sequence[Sequence[str]]) -> RenderableType:
    from rich.text import Text

    cards = [
        "\n".join(f"{name} : {value}" for name, value in zip(names, row, strict=True) if value)
        for row in cells
    ]
    return Text("\n\n".join(cards), overflow="fold")
