"""How much room a workbook asks for: counted in its XML, before anybody reads it.

A few kilobytes may hold gigabytes: blanks or texts that fold well, rows that are repeated, one cell
lost far away. calamine makes room for all of it, and the program ends without a word. A caseload of
100,000 rows has parts of 60 MB and two million cells.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from copy import copy
from typing import TYPE_CHECKING, BinaryIO, Final

from agir_cli.exchange.cells import column_at

if TYPE_CHECKING:
    from pyexpat import XMLParserType

_LARGEST: Final = 200 << 20
_LARGEST_ASIDE: Final = 20 << 20
"""Of the parts that say how the workbook is made."""
_READ_LATER: Final = ("xl/worksheets/", "xl/pivotcache/", "xl/drawings/", "xl/media/")
_SHARED: Final = "xl/sharedstrings.xml"
_MOST_ROWS: Final = 1_100_000
_MOST_CELLS: Final = 6_000_000
_MOST_TEXTS: Final = 2_000_000
_LONGEST: Final = 400_000
"""A text of 32,767 letters, the longest, with the marks of its forms."""
_LONG: Final = 100
"""Texts of so few letters take no more room than their cells."""
_MOST_LETTERS: Final = 250 << 20
_MOST_MERGED: Final = 2_200_000
_BLOCK: Final = 1 << 20

_TOO_LARGE: Final = "il serait trop grand une fois ouvert"
_TOO_MANY: Final = "il a trop de cellules"
_TOO_LONG: Final = "il a des textes trop longs"
_MERGED: Final = "trop de cellules y sont fusionnées"

_TAG: Final = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)")
_AT: Final = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]*)(\d+)["']""")
# Beyond column Z, or from row 100,000 on, the cells between the first and the last may be many.
_FAR: Final = re.compile(rb"""\sr\s*=\s*["'](?:[A-Za-z]{2,}\d|[A-Za-z]*\d{6})""")
_WANTED: Final = re.compile(rb"""\st\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v>\s*(\d+)""")
_MERGE: Final = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["'][A-Z]+(\d+):[A-Z]+(\d+)""")
_TABLE: Final = "table:table-"


class Swollen(Exception):
    """A workbook that asks for too much room; the message says why (French)."""


def check_parts(stream: BinaryIO) -> None:
    """Raise `Swollen` where a part that any reading of the workbook needs is too large."""
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            name = info.filename.replace("\\", "/").lower()
            if name == "content.xml":
                _check_ods(archive, info)
            elif name == _SHARED:
                _texts(archive, info)
            elif name.endswith((".xml", ".rels")) and not name.startswith(_READ_LATER):
                for _ in _blocks(archive, info, _LARGEST_ASIDE):
                    pass


def check_sheet(stream: BinaryIO, part: str) -> None:
    """Raise `Swollen` where a sheet of an .xlsx asks for too much room."""
    with zipfile.ZipFile(stream) as archive:
        info = archive.getinfo(part)
        lengths = [
            length
            for each in archive.infolist()
            if each.filename.replace("\\", "/").lower() == _SHARED
            for length in _texts(archive, each)
        ]
        longest = max(lengths, default=0)
        rows, cells, plain, letters, tall, far = 0, 0, True, 0, 0, False
        for text in _overlapping(archive, info):
            found = text.count(b"<c ") + text.count(b"<c>") + text.count(b"<c/")
            cells += found
            plain = plain and found == text.count(b'<c r="') and b":c " not in text
            far = far or _FAR.search(text) is not None
            rows += text.count(b"<row") + text.count(b":row ")
            if cells > _MOST_CELLS or rows > _MOST_ROWS:
                raise Swollen(_TOO_MANY)
            if longest > _LONG:
                wanted = map(int, _WANTED.findall(text))
                letters += sum(lengths[at] for at in wanted if at < len(lengths))
            if b"mergeCell " in text:
                tall += sum(int(end) - int(top) + 1 for top, end in _MERGE.findall(text))
            if letters > _MOST_LETTERS:
                raise Swollen(_TOO_LONG)
            if tall > _MOST_MERGED:
                raise Swollen(_MERGED)
        if far or not plain:
            _check_spread(archive, info)


def _check_spread(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    """Count the cells between the first and the last, those without a reference in their order."""
    row, column, cells = 0, -1, 0
    top, bottom, left, right = 1 << 30, 0, 1 << 30, 0
    before = b""
    for block in _blocks(archive, info, _LARGEST):
        text = before + block
        end = text.rfind(b"<")
        text, before = text[:end], text[end:]
        for tag, has in _TAG.findall(text):
            named = _AT.search(has)
            if tag == b"row":
                row, column = (int(named[2]) if named else row + 1), -1
                continue
            column = column_at(named[1].decode()) if named and named[1] else column + 1
            if has.endswith(b"/"):
                continue  # shaped, and empty: nobody makes room for it
            cells += 1
            line = int(named[2]) if named else row
            top, bottom = min(top, line), max(bottom, line)
            left, right = min(left, column), max(right, column)
        spread = (bottom - top + 1) * (right - left + 1) if cells else 0
        if cells > _MOST_CELLS or spread > _MOST_CELLS:
            raise Swollen(_TOO_MANY)


def _texts(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> list[int]:
    """How long each shared text is, its marks included."""
    lengths: list[int] = []
    left = 0
    for block in _blocks(archive, info, _LARGEST):
        first, *others = block.replace(b":si", b"<si").split(b"<si")
        left += len(first)
        for other in others:
            lengths.append(left)
            left = len(other)
        if len(lengths) > 2 * _MOST_TEXTS or left > _LONGEST:
            raise Swollen(_TOO_LONG)
    lengths.append(left)
    if max(lengths[1:], default=0) > _LONGEST:
        raise Swollen(_TOO_LONG)
    return lengths[1:]


def _check_ods(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    from xml.parsers import expat

    parser = expat.ParserCreate()
    rows = _OdsRows(parser)
    try:
        for block in _blocks(archive, info, _LARGEST):
            parser.Parse(block, False)
            rows.check()
    except expat.ExpatError:
        return  # locked or damaged: it is told apart where it is opened
    rows.end_row()
    rows.check()


class _OdsRows:
    """What the rows of an .ods come to, each as often as it is repeated."""

    def __init__(self, parser: XMLParserType) -> None:
        self._parser = parser
        parser.StartElementHandler = self._start
        self._cells = self._letters = self._tall = 0
        self._again = self._wide = self._filled = self._long = 0
        self._cell_again, self._began = 0, 0

    def _start(self, tag: str, has: dict[str, str]) -> None:
        if tag == "text:p" or "office:value" in has or "office:string-value" in has:
            self._filled = self._wide + self._cell_again
        if not tag.startswith(_TABLE):
            return
        if tag == "table:table-row":
            self.end_row()
            self._again = int(has.get("table:number-rows-repeated", 1))
        elif tag.endswith("-cell"):
            self._end_cell()
            self._cell_again = int(has.get("table:number-columns-repeated", 1))
            self._tall += int(has.get("table:number-rows-spanned", 1)) - 1
            if has.keys() & _VALUED:
                self._filled = self._wide + self._cell_again

    def _end_cell(self) -> None:
        now = self._parser.CurrentByteIndex
        if self._filled == self._wide + self._cell_again:  # empty ones fill a row up to its end
            self._long += (now - self._began) * self._cell_again
        self._wide += self._cell_again
        self._began, self._cell_again = now, 0

    def end_row(self) -> None:
        """A row ends: its cells up to the last that is filled count, as often as it is repeated."""
        self._end_cell()
        if self._filled:
            self._cells += self._filled * self._again
            self._letters += self._long * self._again
        self._wide = self._filled = self._long = 0

    def check(self) -> None:
        """Raise `Swollen` where it comes to too much."""
        if self._cells > _MOST_CELLS:
            raise Swollen(_TOO_MANY)
        if self._letters > 4 * _MOST_LETTERS or self._long > _MOST_LETTERS:
            raise Swollen(_TOO_LONG)
        if self._tall > _MOST_MERGED:
            raise Swollen(_MERGED)


_VALUED: Final = {
    "office:value", "office:string-value", "office:date-value", "office:time-value",
    "office:boolean-value",
}  # fmt: skip


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """The bytes of a part, however many it says that it has; `Swollen` beyond ``most``."""
    if info.file_size > most:
        raise Swollen(_TOO_LARGE)
    unbound, count = copy(info), 0
    unbound.file_size = most + _BLOCK
    unbound.CRC = None  # type: ignore[assignment]
    with archive.open(unbound) as source:
        while block := source.read(_BLOCK):
            count += len(block)
            if count > most:
                raise Swollen(_TOO_LARGE)
            yield block


def _overlapping(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a part, cut between two tags."""
    before = b""
    for block in _blocks(archive, info, _LARGEST):
        text = before + block
        end = max(text.rfind(b"<c "), text.rfind(b"<row"), text.rfind(b"<mergeCell "))
        if end <= 0:
            end = len(text)
        before = text[end:]
        yield text[:end]
    yield before
