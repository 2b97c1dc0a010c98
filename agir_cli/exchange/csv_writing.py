"""Rows to CSV: RFC 4180, or what a French spreadsheet opens by double click."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import IO, Any, Final

from agir_cli.exchange.cells import WATCHED_FIRST, mark
from agir_cli.exchange.shapes import Cells, Shape, as_text, french_date, plain_text

_BLOCK: Final = 256


def write_csv(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    """Write rows of cells; where ``shape`` says what joins them, a row may be one text."""
    delimiter = ";" if shape.excel else ","
    lines: list[str] = []
    writer = csv.writer(_Lines(lines), delimiter=delimiter)
    joined = _Joined(shape, delimiter) if shape.joined_by is not None else None
    with as_text(out) as text:
        if shape.excel:
            text.write("\ufeff")
        writer.writerow(mark(heading) for heading in shape.headings)
        for block in _blocks(rows):
            others = joined.write(block, lines) if joined is not None else [block]
            for some in others:
                _write_cells(some, shape, delimiter, lines, writer)
            text.write("".join(lines))
            lines.clear()
        text.write("".join(lines))


class _Lines:
    """What `csv.writer` writes to. Joining is five times faster: the writer has the hard rows."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


class _Joined:
    """Rows that are one text: most are a line of CSV as soon as the delimiter joins their cells."""

    def __init__(self, shape: Shape, delimiter: str) -> None:
        self._between = between = shape.joined_by or ""
        self._delimiter = delimiter
        self._quick = not shape.excel and len(shape.columns) > 1
        watched = WATCHED_FIRST - {between}
        self._starts = tuple((first, between + first) for first in watched if first.isascii())
        odd = "".join(first for first in watched if not first.isascii())
        self._odd = re.compile(f"{re.escape(between)}[{odd}]")

    def write(self, block: list[Cells], lines: list[str]) -> Iterator[list[Cells]]:
        """Add the lines of the rows that need nothing; give the others, one by one, in turn."""
        for row in block:
            if not isinstance(row, str):
                yield [row]
            elif self._quick and self._is_plain(row):
                lines.append(row.replace(self._between, self._delimiter) + "\r\n")
            else:
                yield [row.split(self._between)]

    def _is_plain(self, row: str) -> bool:
        """Whether no cell has to be quoted or marked."""
        if self._delimiter in row or '"' in row or "\n" in row or "\r" in row:
            return False
        if row[:1] in WATCHED_FIRST:
            return False
        for first, start in self._starts:
            if first in row and start in row:  # one character is found ten times faster than two
                return False
        return row.isascii() or not self._odd.search(row)


def _write_cells(
    block: list[Cells], shape: Shape, delimiter: str, lines: list[str], writer: Any
) -> None:
    for row, line in _safe(block, shape, delimiter):
        if len(row) == 1 or '"' in line or "\n" in line or "\r" in line:
            writer.writerow(row)
            continue
        if line.count(delimiter) >= len(row):
            line = delimiter.join([f'"{cell}"' if delimiter in cell else cell for cell in row])
        lines.append(line + "\r\n")


def _safe(block: list[Any], shape: Shape, delimiter: str) -> Iterator[tuple[Sequence[str], str]]:
    """The rows as CSV shows them, and their cells joined, not yet quoted."""
    texts = _getter(shape.text_at)
    convert = _changed if shape.excel and shape.date_at else _all_text
    as_they_are = convert is _all_text and set(map(type, block[0])) == {str}
    for row in block:
        cells = row if as_they_are else convert(row, shape)
        try:
            line = delimiter.join(cells)
        except TypeError:  # not like the first of its block
            cells = convert(row, shape)
            line = delimiter.join(cells)
        for value in texts(cells):
            if value and value[0] in WATCHED_FIRST:
                cells = _changed(row, shape)
                line = delimiter.join(cells)
                break
        yield cells, line


def _all_text(row: Cells, _shape: Shape) -> list[str]:
    return [
        "" if cell is None else cell if cell.__class__ is str else plain_text(cell)
        for cell in row
    ]  # fmt: skip


def _getter(places: tuple[int, ...]) -> Callable[[Any], Iterable[Any]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: [row[place] for place in places]


def _changed(row: Cells, shape: Shape) -> list[str]:
    cells = [plain_text(value) for value in row]
    if shape.excel:
        for place in shape.date_at:
            cells[place] = french_date(cells[place])
    for place in shape.text_at:
        cells[place] = mark(cells[place])
    return cells


def _blocks(rows: Iterable[Cells]) -> Iterator[list[Cells]]:
    source = iter(rows)
    while block := list(islice(source, _BLOCK)):
        yield block
