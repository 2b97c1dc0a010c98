"""The error cells (``#N/A``, ``#REF!``) of one sheet, which python-calamine gives as empty.

A sheet's XML is first searched for the trace of an error, in blocks; only where there is one is
it parsed, as a stream of events: memory grows with the errors, never with the sheet. The records
of an .xls are read by ``biff``.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple, Protocol

# What a French Excel shows for what its files hold in English.
_SHOWN: Final = {
    "#VALUE!": "#VALEUR!",
    "#NAME?": "#NOM?",
    "#NUM!": "#NOMBRE!",
    "#NULL!": "#NUL!",
}
_BLOCK: Final = 1 << 20
_OVERLAP: Final = 64
_XLSX_TRACE: Final = re.compile(rb"""\st\s*=\s*["']e["']""")
_ODS_TRACE: Final = re.compile(rb"""value-type\s*=\s*["']error["']|>\s*(?:#|Err)""")
# LibreOffice shows « Err:508 » and, in French, « #VALEUR ! » with a space.
_ODS_ERROR: Final = re.compile(
    r"#(?:N/[AD]|DIV/0|REF|VALUE|VALEUR|NAME|NOM|NUM|NOMBRE|NULL?)\s?[!?]?|Err\s?:\s?\d+"
)
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_OLE: Final = b"\xd0\xcf\x11\xe0"
_CONTENT: Final = "content.xml"
_MANIFEST: Final = "META-INF/manifest.xml"


class Place(NamedTuple):
    """Where to look: a sheet by its rank (0-based), its last row (1-based), columns (0-based)."""

    rank: int
    last: int
    columns: frozenset[int]


Found = Iterator[tuple[int, int, str]]


def is_locked(stream: BinaryIO) -> bool:
    """Whether a password is needed. Raises whatever a damaged file makes its readers raise."""
    if _is_ole(stream):
        from agir_cli.exchange.biff import Biff

        return Biff(stream).locked
    with zipfile.ZipFile(stream) as archive:
        return _MANIFEST in archive.namelist() and b"encryption-data" in archive.read(_MANIFEST)


def error_cells(stream: BinaryIO, place: Place) -> dict[int, dict[int, str]]:
    """The error of each cell as a French spreadsheet shows it, by row (1-based), then column.

    Raises whatever a damaged file makes its readers raise.
    """
    by_row: dict[int, dict[int, str]] = {}
    for line, column, error in _found(stream, place):
        by_row.setdefault(line, {})[column] = _SHOWN.get(error, error)
    return by_row


def _found(stream: BinaryIO, place: Place) -> Found:
    if _is_ole(stream):
        from agir_cli.exchange.biff import Biff

        yield from Biff(stream).errors(place.rank, place.columns)
        return
    with zipfile.ZipFile(stream) as archive:
        is_ods = _CONTENT in archive.namelist()
        part = _CONTENT if is_ods else _sheet_part(archive, place.rank)
        if _mentions(archive, part, _ODS_TRACE if is_ods else _XLSX_TRACE):
            yield from _heard(archive, part, _Ods(place) if is_ods else _Xlsx(place))


def _is_ole(stream: BinaryIO) -> bool:
    stream.seek(0)
    return stream.read(len(_OLE)) == _OLE


def _sheet_part(archive: zipfile.ZipFile, rank: int) -> str:
    """The archive's member that holds the sheet of that rank in an .xlsx."""
    from xml.etree.ElementTree import fromstring

    book = fromstring(archive.read(_member(archive, "xl/workbook.xml")))
    sheet = list(book.iterfind("{*}sheets/{*}sheet"))[rank]
    named = next((value for name, value in sheet.items() if name.endswith("}id")), "")
    links = fromstring(archive.read(_member(archive, "xl/_rels/workbook.xml.rels")))
    target = next((one.get("Target", "") for one in links if one.get("Id") == named), "")
    return _member(archive, posixpath.normpath(posixpath.join("/xl", target))[1:])


def _member(archive: zipfile.ZipFile, wanted: str) -> str:
    """Its name in the archive, where some programs change the case or the slashes."""
    names = archive.namelist()
    alike = (name for name in names if name.replace("\\", "/").lower() == wanted.lower())
    return next(alike, wanted)


def _mentions(archive: zipfile.ZipFile, part: str, trace: re.Pattern[bytes]) -> bool:
    with archive.open(part) as source:
        before = b""
        while block := source.read(_BLOCK):
            if trace.search(before + block) or (not before and block.startswith(_UTF16)):
                return True
            before = block[-_OVERLAP:]
    return False


class _Listener(Protocol):
    """Hears the events of a sheet's XML; ``heard`` is emptied after each block."""

    heard: list[tuple[int, int, str]]

    def start(self, tag: str, has: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...


def _heard(archive: zipfile.ZipFile, part: str, listener: _Listener) -> Found:
    from xml.parsers import expat

    parser: Any = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = listener.start, listener.end
    parser.CharacterDataHandler = listener.data
    with archive.open(part) as source:
        while block := source.read(_BLOCK):
            parser.Parse(block, False)
            yield from listener.heard
            listener.heard.clear()
    parser.Parse(b"", True)
    yield from listener.heard


class _Xlsx:
    """Cells of type ``e``; one without its reference follows the one before it."""

    def __init__(self, place: Place) -> None:
        self.heard: list[tuple[int, int, str]] = []
        self._columns = place.columns
        self._line = 0
        self._column = -1
        self._text: list[str] | None = None
        self._in_value = False

    def start(self, tag: str, has: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "c":
                self._column = _column_of(has["r"]) if "r" in has else self._column + 1
                self._text = [] if has.get("t") == "e" and self._column in self._columns else None
            case "v":
                self._in_value = True
            case "row":
                self._line = int(has["r"]) if "r" in has else self._line + 1
                self._column = -1

    def end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "c" if self._text is not None:
                # calamine reads a cell of type e that holds nothing as an empty one
                if error := "".join(self._text).strip():
                    self.heard.append((self._line, self._column, error))
                self._text = None
            case "v":
                self._in_value = False

    def data(self, text: str) -> None:
        if self._in_value and self._text is not None:
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

    def start(self, tag: str, has: dict[str, str]) -> None:
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

    def end(self, tag: str) -> None:
        self._path.pop()
        if tag == "table:table":
            self._inside = False
        elif not self._inside:
            return
        elif tag == "table:table-row":
            self._line += self._rows
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            error = "".join(self._text).strip()
            if self._told or (self._formula and _ODS_ERROR.fullmatch(error)):
                self._tell(error or "erreur")
            self._column += self._cells

    def data(self, text: str) -> None:
        # Not the text of a comment, which stands deeper.
        if self._inside and self._path[-2:-1] == ["table:table-cell"]:
            self._text.append(text)

    def _tell(self, error: str) -> None:
        last = min(self._line + self._rows, self._place.last)
        columns = range(self._column, self._column + self._cells)
        touched = sorted(self._place.columns.intersection(columns))
        self.heard += ((line + 1, at, error) for line in range(self._line, last) for at in touched)


def _column_of(reference: str) -> int:
    number = 0
    for letter in reference.rstrip("0123456789").replace("$", ""):
        number = number * 26 + ord(letter.upper()) - 64
    return number - 1


def column_name(at: int) -> str:
    """The letters of a column (0-based): ``A``, ``Z``, ``AA``."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
