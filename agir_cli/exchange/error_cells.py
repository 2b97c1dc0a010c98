"""The error cells (``#N/A``, ``#REF!``) of one sheet, which python-calamine gives as empty.

A sheet's XML is first searched for the trace of an error, in blocks; only where there is one is
it parsed, as a stream of events: memory grows with the errors, never with the sheet. The records
of an .xls are read by ``biff``.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from agir_cli.domain.reading import is_sheet_error
from agir_cli.exchange.archives import blocks, column_at, is_ods, is_ole, mentions, sheet_part

if TYPE_CHECKING:
    from pyexpat import XMLParserType

# What a French Excel shows for what its files hold in English.
_SHOWN: Final = {
    "#VALUE!": "#VALEUR!",
    "#NAME?": "#NOM?",
    "#NUM!": "#NOMBRE!",
    "#NULL!": "#NUL!",
}
_OTHER: Final = "#ERREUR!"
_XLSX_TRACE: Final = re.compile(rb"""\st\s*=\s*["']e["']""")
_ODS_TRACE: Final = re.compile(rb"""value-type\s*=\s*["']error["']|>\s*(?:#|Err)""")


class Place(NamedTuple):
    """Where to look: a sheet by its rank (0-based), its last row (1-based), columns (0-based)."""

    rank: int
    last: int
    columns: frozenset[int]


_DIGITS: Final = "0123456789"

Found = Iterator[tuple[int, int, str]]


def error_cells(stream: BinaryIO, place: Place) -> dict[int, dict[int, str]]:
    """The error of each cell as a French spreadsheet shows it, by row (1-based), then column.

    One that no spreadsheet is known to show is ``#ERREUR!``: whoever reads the cell must see one.

    Raises whatever a damaged file makes its readers raise.
    """
    by_row: dict[int, dict[int, str]] = {}
    for line, column, error in _found(stream, place):
        shown = _SHOWN.get(error, error)
        by_row.setdefault(line, {})[column] = shown if is_sheet_error(shown) else _OTHER
    return by_row


def _found(stream: BinaryIO, place: Place) -> Found:
    if is_ole(stream):
        from agir_cli.exchange.biff import Biff

        yield from Biff(stream).errors(place.rank, place.columns)
        return
    with zipfile.ZipFile(stream) as archive:
        ods, part = is_ods(archive), sheet_part(archive, place.rank)
        if mentions(archive, part, _ODS_TRACE if ods else _XLSX_TRACE):
            yield from _heard(archive, part, _Ods(place) if ods else _Xlsx(place))


def _heard(archive: zipfile.ZipFile, part: str, listener: _Xlsx | _Ods) -> Found:
    from xml.parsers import expat

    parser = expat.ParserCreate()
    listener.listen(parser)
    for block in blocks(archive, part):
        parser.Parse(block, False)
        yield from listener.heard
        listener.heard.clear()
    parser.Parse(b"", True)
    yield from listener.heard


class _Xlsx:
    """Cells of type ``e``; one without its reference follows the one before it.

    Ends and texts are heard inside such a cell only: every event costs a call.
    """

    def __init__(self, place: Place) -> None:
        self.heard: list[tuple[int, int, str]] = []
        self._columns = place.columns
        self._line = 0
        self._column = -1
        self._text: list[str] = []
        self._in_value = False

    def listen(self, parser: XMLParserType) -> None:
        self._parser = parser
        parser.StartElementHandler = self._start

    def _start(self, tag: str, has: dict[str, str]) -> None:
        name = tag if len(tag) == 1 else tag.rpartition(":")[2]
        if name == "c":
            self._column = column_at(has["r"].rstrip(_DIGITS)) if "r" in has else self._column + 1
            if has.get("t") == "e" and self._column in self._columns:
                self._text.clear()
                self._parser.EndElementHandler = self._end
                self._parser.CharacterDataHandler = self._data
        elif name == "row":
            self._line = int(has["r"]) if "r" in has else self._line + 1
            self._column = -1
        else:
            self._in_value = name == "v"

    def _end(self, tag: str) -> None:
        self._in_value = False
        if tag.rpartition(":")[2] == "c":
            # calamine reads a cell of type e that holds nothing as an empty one
            if error := "".join(self._text).strip():
                self.heard.append((self._line, self._column, error))
            self._parser.EndElementHandler = self._parser.CharacterDataHandler = None

    def _data(self, text: str) -> None:
        if self._in_value:
            self._text.append(text)


class _Ods:
    """Cells that say they are errors, and formulas whose text is one (older programs write 0)."""

    def __init__(self, place: Place) -> None:
        self.heard: list[tuple[int, int, str]] = []
        self._place = place
        self._rank, self._inside = -1, False
        self._path: list[str] = []
        self._line, self._column = 0, 0
        self._rows, self._cells = 1, 1
        self._formula = self._told = False
        self._text: list[str] = []

    def listen(self, parser: XMLParserType) -> None:
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data

    def _start(self, tag: str, has: dict[str, str]) -> None:
        self._path.append(tag)
        if tag == "table:table":
            self._rank += self._path[-2:-1] == ["office:spreadsheet"]
            self._inside = self._rank == self._place.rank
        elif not self._inside:
            return
        elif tag == "table:table-row":
            self._rows = int(has.get("table:number-rows-repeated", 1))
            self._column = 0
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self._cells = int(has.get("table:number-columns-repeated", 1))
            self._told = has.get("calcext:value-type") == "error"
            self._formula = "table:formula" in has
            self._text.clear()

    def _end(self, tag: str) -> None:
        self._path.pop()
        if tag == "table:table":
            self._inside = False
        elif not self._inside:
            return
        elif tag == "table:table-row":
            self._line += self._rows
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            error = "".join(self._text).strip()
            if self._told or (self._formula and is_sheet_error(error)):
                self._tell(error)
            self._column += self._cells

    def _data(self, text: str) -> None:
        # Not the text of a comment, which stands deeper.
        if self._inside and self._path[-2:-1] == ["table:table-cell"]:
            self._text.append(text)

    def _tell(self, error: str) -> None:
        last = min(self._line + self._rows, self._place.last)
        columns = range(self._column, self._column + self._cells)
        touched = sorted(self._place.columns.intersection(columns))
        self.heard += ((line + 1, at, error) for line in range(self._line, last) for at in touched)
