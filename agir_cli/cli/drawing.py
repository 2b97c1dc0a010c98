"""A sheet on a terminal, whatever its width: columns side by side, a card a row, or bars."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.cli.render import Drawing, cells_of
from agir_cli.cli.screen import RICH_ROWS, console, plain, plural, show, title_lines, wrapped
from agir_cli.reports.sheet import Column, Section, Sheet

if TYPE_CHECKING:
    from rich.console import RenderableType

    from agir_cli.cli.session import Session

_GAP = 2
_FOLDED = 10  # where words alone do not fit: the letters of one that stay together


class Heading(NamedTuple):
    """The heading of a column; ``short`` where the screen has no room for it."""

    full: str
    short: str = ""


def draw(
    session: Session, sheet: Sheet, sections: Sequence[Section], drawing: Drawing | None
) -> None:
    """Print the sections that have rows; ``drawing`` makes the body of a screen made by hand."""
    from rich.console import Group
    from rich.text import Text

    width = console().width
    told = title_lines([sheet.title, *sheet.notes], width)
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


def _section(section: Section, width: int) -> tuple[list[RenderableType], int]:
    """The body of a section. Beyond ``RICH_ROWS`` the rest is counted: nobody reads more."""
    from rich.text import Text

    if section.bars is not None:
        bars = [plain(line) for line in section.bars(width)]
        return [Text("\n".join(bars), overflow="fold")], len(bars)
    rows, below = list(section.rows), section.below
    if len(rows) > RICH_ROWS:
        more = len(rows) - RICH_ROWS
        rows = rows[:RICH_ROWS]
        below = f"… et {more} {plural(more, 'autre ligne')} : un filtre, ou --output FICHIER."
    body, lines = _best(section._replace(rows=rows), width)
    notes = [Text("\n".join(wrapped(plain(below), width)))] if below else []
    return [body, *notes], lines + len(notes)


def _best(section: Section, width: int) -> tuple[RenderableType, int]:
    """A line a row without the spare columns where it takes that; else as it fits."""
    if section.usual:
        section = _one_name(section)
    laid = _laid_out(section)
    if section.spare and not _fits(*laid, width):
        kept = [n for n, column in enumerate(section.columns) if column.name not in section.spare]
        rows = [[row[n] for n in kept] for row in section.rows]
        columns = [section.columns[n] for n in kept]
        laid = _laid_out(section._replace(columns=columns, rows=rows))
    return _body(*laid, width)


def _one_name(section: Section) -> Section:
    """Name and first names in one column, so that no word is cut on 80 columns."""
    names = [column.name for column in section.columns]
    if "prenoms" not in names:
        return section
    n = names.index("prenoms") - 1
    rows = [[*r[:n], " ".join(filter(None, r[n : n + 2])), *r[n + 2 :]] for r in section.rows]
    both = Column("nom", "Nom, prénoms")
    return section._replace(columns=[*section.columns[:n], both, *section.columns[n + 2 :]],
                            rows=rows)  # fmt: skip


Laid = tuple[list[Heading], list[list[str]], list[int]]


def _laid_out(section: Section) -> Laid:
    headings = [Heading(column.heading, column.short) for column in section.columns]
    cells = [[plain(text) for text in row] for row in cells_of(section)]
    return headings, cells, [n for n, column in enumerate(section.columns) if column.numeric]


def _fits(
    headings: Sequence[Heading], cells: Sequence[Sequence[str]], _right: Collection[int], width: int
) -> bool:
    """Whether a row takes a line, under the short headings if need be."""
    short = [heading.short or heading.full for heading in headings]
    room = width - _GAP * (len(short) - 1)
    return column_widths(short, cells, room, range(len(short))) is not None


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


# --- how wide the columns are: no word is cut while the screen has room for it -----------


def column_widths(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    room: int,
    whole: Collection[int] = (),
    longest: int | None = None,
) -> list[int] | None:
    """The width of each column, ``room`` in all at most; None where it cannot be.

    The widest columns give way first, each down to its longest word, or to ``longest`` letters
    of it; those at the positions ``whole`` never do.
    """
    columns = [{heading, *(row[n] for row in rows)} for n, heading in enumerate(headings)]
    widths = [max(map(_length, texts)) for texts in columns]
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


def in_words(text: str, width: int) -> str:
    """The text in lines of whole words, a word of a compound each; cut where one is too long."""
    from textwrap import wrap

    if len(text) <= width:
        return text
    return "\n".join(line for part in text.split("\n") for line in wrap(part, width) or [""])


def _longest_word(texts: Collection[str]) -> int:
    from textwrap import wrap

    words = (word for text in texts for word in wrap(text, 1, break_long_words=False))
    return max(map(_length, words), default=1)


def _length(text: str) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, text.split("\n")))
