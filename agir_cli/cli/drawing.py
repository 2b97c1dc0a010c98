"""A sheet on a terminal, whatever its width: columns side by side, a card a row, or bars."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from agir_cli.cli.screen import console, paragraph, plain, plural, show, wrapped
from agir_cli.reports.sheet import Column, Section, Sheet

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from agir_cli.cli.session import Session

# Rich lays out a table cell by cell: beyond this many rows its cost is felt, and nobody
# reads a drawn table that long.
_RICH_ROWS = 300

_GAP = 2
_FOLDED = 10  # where words alone do not fit: the letters of one that stay together


Drawing = Callable[[Sheet, Sequence[Section], int], "tuple[RenderableType, int]"]
"""A screen made by hand: what is drawn of the sections that have rows, on a terminal of so many
columns, and about how many lines it is."""


def draw(
    session: Session, sheet: Sheet, sections: Sequence[Section], drawing: Drawing | None
) -> None:
    """Print the sections that have rows; ``drawing`` makes the body of a screen made by hand."""
    from rich.console import Group
    from rich.text import Text

    width = console().width
    told = _title_lines(sheet.title, sheet.notes, width)
    if drawing is not None:
        body, lines = drawing(sheet, sections, width)
        show(session, Group(*told, body), lines=lines and lines + len(told))
        return
    parts: list[RenderableType] = []
    lines = len(told) + len(sheet.below)
    for section in sections:
        drawn, more = _section(section, width)
        parts += [Text(f"\n{plain(section.title)}" if section.title else "", style="bold"), *drawn]
        lines += more + 2
    below = [Text("\n".join(wrapped(plain(note), width))) for note in sheet.below]
    show(session, Group(*told, *parts, *below), lines=lines)


def _title_lines(title: str, under: Iterable[str], width: int) -> list[Text]:
    """The lines above a drawn report, in whole words: its title, then what is said of it."""
    from rich.text import Text

    told = ((line, "dim") for line in under)
    return [
        Text("\n".join(wrapped(line, width)), style=style)
        for line, style in ((title, "bold"), *told)
        if line
    ]


def _section(section: Section, width: int) -> tuple[list[RenderableType], int]:
    """The body of a section. Beyond ``_RICH_ROWS`` the rest is counted: nobody reads more."""
    from rich.text import Text

    if section.bars is not None:
        bars = [plain(line) for line in section.bars(width)]
        return [Text("\n".join(bars), overflow="fold")], len(bars)
    if section.prose:
        told = [line for (text,) in section.cells() for line in paragraph(text, width)]
        return [Text("\n".join(told))], len(told)
    rows, below = list(section.rows), section.below
    if len(rows) > _RICH_ROWS:
        more = len(rows) - _RICH_ROWS
        rows = rows[:_RICH_ROWS]
        below = f"… et {more} {plural(more, 'autre ligne')} : un filtre, ou --output FICHIER."
    body, lines = table_of(section._replace(rows=rows), width)
    notes = [Text("\n".join(wrapped(plain(below), width)))] if below else []
    return [body, *notes], lines + len(notes)


def table_of(section: Section, width: int) -> tuple[RenderableType, int]:
    """A line a row without the spare columns where it takes that; else as it fits."""
    spare = section.spare
    if section.usual:
        section = _one_name(section.usual_alone())
    if spare and not _fits(section, width):
        names = [column.name for column in section.columns if column.name not in spare]
        section = section.with_columns(names)
    return _body(section, width)


def _one_name(section: Section) -> Section:
    """Name and first names in one column, so that no word is cut on 80 columns."""
    names = [column.name for column in section.columns]
    if ("nom", "prenoms") not in pairwise(names):
        return section
    n = names.index("nom")
    rows = [[*r[:n], " ".join(filter(None, r[n : n + 2])), *r[n + 2 :]] for r in section.rows]
    columns = [*section.columns[:n], Column("nom", "Nom, prénoms"), *section.columns[n + 2 :]]
    return section._replace(columns=columns, rows=rows)


def _cells(section: Section) -> list[list[str]]:
    return [[plain(text) for text in row] for row in section.cells()]


def _short(section: Section) -> list[str]:
    return [column.short or column.heading for column in section.columns]


def _fits(section: Section, width: int) -> bool:
    """Whether a row takes a line, under the short headings if need be."""
    short = _short(section)
    room = width - _GAP * (len(short) - 1)
    return column_widths(short, _cells(section), room, range(len(short))) is not None


def _body(section: Section, width: int) -> tuple[RenderableType, int]:
    """The widest way that fits: headings whole or short, words whole or folded; else cards."""
    full, short, cells = [c.heading for c in section.columns], _short(section), _cells(section)
    every = range(len(full))
    room = width - _GAP * (len(full) - 1)
    right = {place for place, column in enumerate(section.columns) if column.numeric}
    # A reference or a place at the head of a row stays whole; a mere label may take two lines.
    whole_ones = {0, *right} if section.columns[0].name else right
    ways = ((full, every, None), (short, every, None), (short, whole_ones, None),
            (short, whole_ones, _FOLDED))  # fmt: skip
    for names, whole, longest in ways:
        widths = column_widths(names, cells, room, whole, longest)
        if widths is not None:
            lines = 1 if whole is every else 2
            headings = [*map(_in_words, names, widths)]
            return _table(headings, cells, right, widths), lines * len(cells) + 4
    return _cards(full, cells), len(cells) * (len(full) + 1)


def _table(
    headings: Sequence[str],
    cells: Sequence[Sequence[str]],
    right: Collection[int],
    widths: Sequence[int],
) -> Table:
    """Cells under their headings, as text that is never markup, in columns of these widths."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for place, heading in enumerate(headings):
        table.add_column(
            Text(heading),
            justify="right" if place in right else "left",
            overflow="fold",
            width=widths[place],
        )
    for row in cells:
        table.add_row(*map(Text, map(_in_words, row, widths)))
    return table


def _cards(names: Sequence[str], cells: Sequence[Sequence[str]]) -> RenderableType:
    from rich.text import Text

    cards = [
        "\n".join(f"{name} : {value}" for name, value in zip(names, row, strict=True) if value)
        for row in cells
    ]
    return Text("\n\n".join(cards), overflow="fold")


# --- how wide the columns are: no word is cut while the screen has room for it -----------


def column_widths(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    room: int,
    whole: Collection[int],
    longest: int | None = None,
) -> list[int] | None:
    """The width of each column, ``room`` in all at most; None where it cannot be.

    The widest columns give way first, each down to its longest word, or to ``longest`` letters
    of it; those at the positions ``whole`` never do.
    """
    columns = [{heading, *(row[n] for row in rows)} for n, heading in enumerate(headings)]
    widths = [max(map(_cell_length, texts)) for texts in columns]
    if sum(widths) <= room:
        return widths
    least = [
        width if place in whole else min(_longest_word(texts), longest or width)
        for place, (width, texts) in enumerate(zip(widths, columns, strict=True))
    ]
    if sum(least) > room:
        return None
    widths = [min(width, max(room, low)) for width, low in zip(widths, least, strict=True)]
    while sum(widths) > room:
        place = max((w, p) for p, w in enumerate(widths) if w > least[p])[1]
        widths[place] -= 1
    return widths


def _in_words(text: str, width: int) -> str:
    """The text in lines of whole words, a word of a compound each; cut where one is too long."""
    from textwrap import wrap

    if len(text) <= width:
        return text
    return "\n".join(line for part in text.split("\n") for line in wrap(part, width) or [""])


def _longest_word(texts: Collection[str]) -> int:
    from textwrap import wrap

    words = (word for text in texts for word in wrap(text, 1, break_long_words=False))
    return max(map(_cell_length, words), default=1)


def _cell_length(text: str) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, text.split("\n")))
