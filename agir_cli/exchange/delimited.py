"""The rows of a delimited text, at nearly the speed of a bare ``csv.reader``.

Rows are read 256 at a time: a block in which every row is one line, of the right width and
does not begin like a blank or a totals row passes untouched; only other blocks are looked at row
by row. A row that the CSV grammar refuses becomes a fault for its first line alone, and reading
starts again at the next one: a stray quote never swallows what follows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import partial
from itertools import chain, count, islice, repeat, tee
from operator import itemgetter
from typing import Final

from agir_cli.exchange.dialect import Layout, cut_in_pieces
from agir_cli.exchange.rows import BREAK, Judge, Row, noted, too_few
from agir_cli.failures import RowsFailure

BLOCK: Final = 256
# A file with more broken rows is no table, and reading it again line by line would take hours.
BROKEN_ROWS: Final = 5_000
# A cell cut by more line breaks than this is a page of text.
_PIECES: Final = 20

# What the first cell of a row that is none may begin with: five characters, or two.
_WATCHED: Final = frozenset(
    ["", "\xa0", "\t", *(" " * n for n in range(1, 6))]
    + [
        form
        for word in ("total", "totau", "sous-", "sous ", "sous\xa0", "sous", "moyen", "média",
                     "media", "nombr", "effec", "somme", "cumul", "note", "note ", "note:",
                     "note\xa0", "notes", "nota ", "légen", "legen", "sourc", "remar", "avert")
        for form in (word, word.capitalize(), word.upper())
    ]
)  # fmt: skip
_PAIRS: Final = frozenset(
    ["\x1a", "nb", "NB", "Nb", "-", "--", "==", "__", "—", "——", "–", "––", "──", ":-", "+-", "+=",
     *(" " + start for start in "TtSsMmNnEeCc-:=")]
)  # fmt: skip
# A colon that is none of an hour.
_COLON: Final = re.compile(r"(?<!\d):|:(?!\d)")
_FIRST: Final = itemgetter(0)
_START: Final = itemgetter(slice(5))
_PAIR: Final = itemgetter(slice(2))
_new_row: Final = partial(tuple.__new__, Row)


def rows_of(text: Iterator[str], layout: Layout, judge: Judge) -> Iterator[Row]:
    """The rows below the header of ``text``, an iterator of physical lines from the first.

    Raises ``RowsFailure`` where too many rows break the CSV grammar.
    """
    offset = sum(1 for _ in islice(text, layout.title_lines))
    rows = _blocks(text, layout, judge, offset)
    return _whole(rows, judge.width, judge.notes) if judge.trims else rows


def _blocks(text: Iterator[str], layout: Layout, judge: Judge, offset: int) -> Iterator[Row]:
    base, shadow = tee(text)
    window = _Window(shadow, offset)
    pending: list[str] = []
    header_passed = False
    for _ in range(BROKEN_ROWS):
        reader = csv.reader(
            chain(pending, base),
            delimiter=layout.delimiter,
            skipinitialspace=layout.spaced,
            strict=True,
        )
        done, error = 0, ""
        while not error:
            block: list[list[str]] = []
            try:
                # extend keeps what came before an error; list() would lose it
                block.extend(islice(reader, BLOCK if header_passed else 1))
            except csv.Error as refusal:
                error = str(refusal)
            if block:
                if header_passed:
                    yield from _judged(block, offset + done, reader.line_num - done, judge, error)
                header_passed = True
                done = done + _lines(block) if error else reader.line_num
                window.advance(offset + done)
            elif not error:
                return
        pending = window.lines(offset + reader.line_num)
        offset += done + 1
        broken = pending.pop(0).rstrip("\r\n").split(layout.delimiter)
        if header_passed:
            yield Row(offset, broken, _grammar(error))
        header_passed = True
    raise RowsFailure(
        f"Plus de {BROKEN_ROWS} lignes aux guillemets mal placés : ce n'est pas un tableau CSV."
    )


class _Window:
    """The lines a reader has taken since its last good row, kept to be read again."""

    def __init__(self, shadow: Iterator[str], before: int) -> None:
        self._shadow = shadow
        self._before = before
        self._kept: list[str] = []

    def advance(self, line: int) -> None:
        """Forgets everything up to ``line``."""
        gone = line - self._before
        known = min(gone, len(self._kept))
        del self._kept[:known]
        next(islice(self._shadow, gone - known, gone - known), None)
        self._before = line

    def lines(self, last: int) -> list[str]:
        """The lines kept, and read up to ``last``; the first of them is forgotten."""
        self._kept.extend(islice(self._shadow, max(0, last - self._before - len(self._kept))))
        lines = self._kept[:]
        del self._kept[0]
        self._before += 1
        return lines


def _judged(
    block: list[list[str]], before: int, lines: int, judge: Judge, error: str
) -> Iterator[Row]:
    plain = (
        not (judge.suspect or judge.marked or error)
        and lines == len(block)
        and set(map(len, block)) == {judge.width}
        and bool(firsts := list(map(_FIRST, block)))
        and _WATCHED.isdisjoint(map(_START, firsts))
        and _PAIRS.isdisjoint(map(_PAIR, firsts))
        and not _may_be_note("\n".join(firsts))
        and judge.header[0] not in firsts
    )
    if plain:
        return map(_new_row, zip(count(before + 1), block, repeat(None)))
    return _one_by_one(block, before, judge)


def _one_by_one(block: list[list[str]], before: int, judge: Judge) -> Iterator[Row]:
    width = judge.width
    careful = judge.suspect or judge.marked
    for cells in block:
        line = before + 1
        before += _lines((cells,))
        if not careful and before == line and len(cells) == width and _is_plain(cells[0], judge):
            yield Row(line, cells, None)
        elif row := judge.row(line, cells):
            yield row


def _is_plain(first: str, judge: Judge) -> bool:
    return (
        first[:5] not in _WATCHED
        and first[:2] not in _PAIRS
        and not _may_be_note(first)
        and first != judge.header[0]
    )


def _may_be_note(firsts: str) -> bool:
    return "*" in firsts or (":" in firsts and _COLON.search(firsts) is not None)


def _lines(block: list[list[str]] | tuple[list[str]]) -> int:
    """How many physical lines the rows stand on: one each, and one more for a quoted break."""
    total = len(block)
    for cells in block:
        text = "|".join(cells)
        if "\n" in text or "\r" in text:
            total += len(BREAK.findall(text))
    return total


def _whole(rows: Iterator[Row], width: int, notes: list[str]) -> Iterator[Row]:
    """The rows of a writer that leaves out empty cells, the pieces of a cut row refused.

    A lone cell below a full row is the end of its last cell, not a person with a name alone: a
    name that is kept waiting is typed again, a false person is not seen. A note tells the rows
    that were completed.
    """
    completed: list[int] = []
    held: list[Row] = []
    below_full = False
    for row in rows:
        size = len(row.cells)
        if size >= width:
            yield from _flushed(held, width, completed)
            yield row
            below_full = True
        elif below_full and size == 1 and width > 2:
            yield _cut(row, width)
        else:
            below_full = False
            held.append(row)
            if cut_in_pieces([len(piece.cells) for piece in held], width):
                yield from [_cut(piece, width) for piece in held]
                held.clear()
            elif size > 1 or len(held) == _PIECES:
                last = held.pop()
                yield from _flushed(held, width, completed)
                held.append(last)
    yield from _flushed(held, width, completed)
    notes += noted(completed, *_COMPLETED)


def _cut(row: Row, width: int) -> Row:
    return row._replace(fault=row.fault or too_few(len(row.cells), width))


def _flushed(held: list[Row], width: int, completed: list[int]) -> Iterator[Row]:
    for row in held:
        if row.fault:
            yield row
        else:
            completed.append(row.line)
            yield row._replace(cells=row.cells + [""] * (width - len(row.cells)))
    held.clear()


_COMPLETED: Final = (
    "ligne {} : plus courte que l'en-tête, complétée par des cases vides",
    "{} lignes plus courtes que l'en-tête, complétées par des cases vides (lignes {})",
)


def _grammar(error: str) -> str:
    if "limit" in error:
        return "une cellule dépasse 131 072 caractères : un guillemet ouvert et jamais fermé ?"
    if "unexpected end" in error:
        return "un guillemet est ouvert et jamais fermé"
    return (
        "un guillemet est mal placé : doublez ceux qui sont dans le texte "
        '(""ainsi""), ou retirez-les'
    )
