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
from typing import Final, NamedTuple

from agir_cli.exchange.cells import unmark
from agir_cli.exchange.dialect import Layout, cut_in_two
from agir_cli.failures import RowsFailure

BLOCK: Final = 256
# A file with more broken rows is no table, and reading it again line by line would take hours.
BROKEN_ROWS: Final = 5_000

_TOTAL: Final = re.compile(r"(sous[\s-]*)?tota(l|ux)\b", re.IGNORECASE)
_AMOUNT: Final = re.compile(r"[-+]?(?:\d[\s.,]?){1,8}\s*[%€]?")
_WATCHED: Final = frozenset(
    ["", "\xa0", "\t", *(" " * n for n in range(1, 6))]
    + [form for word in ("total", "totau", "sous-", "sous ", "sous\xa0", "sous")
       for form in (word, word.capitalize(), word.upper())]
)
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_UNREADABLE: Final = re.compile("[\0\udc80-\udcff]")
_TWICE: Final = re.compile("[ÂÃÄÅØÙÚÛÐÑ][\x80-\xbf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6"
                           "\u2030\u0160\u2039\u0152\u017d\u2018\u2019\u201c\u201d\u2022\u2013"
                           "\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178\udc80-\udcff]")
_FIRST: Final = itemgetter(0)
_START: Final = itemgetter(slice(5))


class Row(NamedTuple):
    """One row below the header.

    ``line``: the physical line its first character stands on (1-based), or the sheet's row.
    ``cells``: as many as the header has, formula marks removed, unless ``fault`` says otherwise.
    ``fault``: ``None``, or why the row cannot be read and what was expected (French).
    """

    line: int
    cells: list[str]
    fault: str | None


_new_row: Final = partial(tuple.__new__, Row)


class Judge(NamedTuple):
    """What a row must be to pass, and where what was left out is noted."""

    width: int
    delimiter: str
    trims: bool
    suspect: bool
    marked: bool
    notes: list[str]

    def row(self, line: int, cells: list[str]) -> Row | None:
        """The row, whole or with its fault; ``None`` if it is blank or a totals row."""
        if not any(cells) or not "".join(cells).strip():
            return None
        if is_total(cells):
            self._note(line)
            return None
        fault = self._fault(cells)
        if fault is None:
            cells = cells[: self.width]
        if self.marked:
            cells = [unmark(c) if c[:1] == "'" else c for c in cells]
        return Row(line, cells, fault)

    def _note(self, line: int) -> None:
        if len(self.notes) < 20:
            self.notes.append(f"ligne {line} : ligne de total, laissée de côté")

    def _fault(self, cells: list[str]) -> str | None:
        if len(cells) != self.width:
            ragged = self._ragged(cells)
            if ragged:
                return ragged
        if self.suspect:
            return unreadable("\n".join(cells))
        return self._swallowed(cells)

    def _ragged(self, cells: list[str]) -> str | None:
        found, width = len(cells), self.width
        if found > width:
            extra = any(cell.strip() for cell in cells[width:])
            return too_many(found, width) if extra else None
        return None if self.trims else too_few(found, width)  # padded by _whole

    def _swallowed(self, cells: list[str]) -> str | None:
        """A quoted cell that holds whole rows: a quote opened by mistake and closed far below."""
        if self.width < 3:
            return None
        for cell in cells:
            if "\n" in cell or "\r" in cell:
                lines = _BREAK.split(cell)
                if any(one.count(self.delimiter) >= self.width - 1 for one in lines):
                    return (
                        f"une cellule entre guillemets contient {len(lines)} lignes du tableau : "
                        "un guillemet est ouvert par erreur, ou fermé trop loin"
                    )
        return None


def too_many(found: int, width: int) -> str:
    """The sentence for a row with more cells than the header."""
    return (
        f"{found} cellules trouvées, {width} attendues comme dans l'en-tête : un séparateur de "
        "trop, ou une cellule qui en contient un sans guillemets"
    )


def too_few(found: int, width: int) -> str:
    """The sentence for a row with fewer cells than the header."""
    cells = "1 cellule trouvée" if found == 1 else f"{found} cellules trouvées"
    return (
        f"{cells}, {width} attendues comme dans l'en-tête : ligne incomplète, "
        "ou coupée par un saut de ligne sans guillemets"
    )


def unreadable(text: str) -> str | None:
    """The sentence for text with a NUL, an undecodable byte, or accents encoded twice."""
    found = _UNREADABLE.search(text)
    if found and found.group() == "\0":
        return "la ligne contient un caractère nul (octet 00) : fichier abîmé, ressaisissez-la"
    if found:
        code = ord(found.group()) - 0xDC00
        return (
            f"la ligne contient un octet illisible ({code:02X}) dans l'encodage du fichier : "
            "ressaisissez le caractère accentué et enregistrez en CSV UTF-8"
        )
    if _TWICE.search(text):
        return (
            "les accents de la ligne sont abîmés (« Ã© » pour « é ») : deux encodages sont mêlés "
            "dans le fichier ; enregistrez-le en CSV UTF-8"
        )
    return None


def is_total(cells: list[str]) -> bool:
    """Whether the row is a total: a label that says so, then amounts or nothing.

    A person named Total has a first name, a full date or a long number beside it, so is not one.
    """
    filled = [text for cell in cells if (text := cell.strip())]
    if not filled or not _TOTAL.match(filled[0]):
        return False
    return all(_AMOUNT.fullmatch(text) for text in filled[1:])


def rows_of(text: Iterator[str], layout: Layout, judge: Judge) -> Iterator[Row]:
    """The rows below the header of ``text``, an iterator of physical lines from the first.

    Raises ``RowsFailure`` where too many rows break the CSV grammar.
    """
    offset = sum(1 for _ in islice(text, layout.title_lines))
    rows = _blocks(text, layout, judge, offset)
    return _whole(rows, judge.width) if judge.trims else rows


def _blocks(
    text: Iterator[str], layout: Layout, judge: Judge, offset: int
) -> Iterator[Row]:
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
        and _WATCHED.isdisjoint(map(_START, map(_FIRST, block)))
    )
    if plain:
        return map(_new_row, zip(count(before + 1), block, repeat(None)))
    return _one_by_one(block, before, judge)


def _one_by_one(block: list[list[str]], before: int, judge: Judge) -> Iterator[Row]:
    width, watched = judge.width, _WATCHED
    careful = judge.suspect or judge.marked
    for cells in block:
        line = before + 1
        before += _lines((cells,))
        if not careful and before == line and len(cells) == width and cells[0][:5] not in watched:
            yield Row(line, cells, None)
        elif row := judge.row(line, cells):
            yield row


def _lines(block: list[list[str]] | tuple[list[str]]) -> int:
    """How many physical lines the rows stand on: one each, and one more for a quoted break."""
    total = len(block)
    for cells in block:
        text = "|".join(cells)
        if "\n" in text or "\r" in text:
            total += len(_BREAK.findall(text))
    return total


def _whole(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """The rows of a writer that leaves out empty cells, two halves of a cut row refused."""
    held: Row | None = None
    for row in rows:
        if held and cut_in_two(held.cells, row.cells, width):
            yield held._replace(fault=held.fault or too_few(len(held.cells), width))
            yield row._replace(fault=row.fault or too_few(len(row.cells), width))
            held = None
            continue
        if held:
            yield _padded(held, width)
        held = row
    if held:
        yield _padded(held, width)


def _padded(row: Row, width: int) -> Row:
    if row.fault or len(row.cells) == width:
        return row
    return row._replace(cells=row.cells + [""] * (width - len(row.cells)))


def _grammar(error: str) -> str:
    if "limit" in error:
        return "une cellule dépasse 131 072 caractères : un guillemet ouvert et jamais fermé ?"
    if "unexpected end" in error:
        return "un guillemet est ouvert et jamais fermé"
    return (
        "un guillemet est mal placé : doublez ceux qui sont dans le texte "
        '(""ainsi""), ou retirez-les'
    )
