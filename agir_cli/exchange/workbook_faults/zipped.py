"""What calamine does not tell of an .xlsx or an .ods, which are archives of XML.

A sheet's XML is first searched for traces, in blocks; only where there is one is it parsed, as a
stream of events: memory grows with what is found, never with the sheet. Sources: ECMA-376 (.xlsx),
OpenDocument 1.3 (.ods).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from agir_cli.domain.reading import is_sheet_error
from agir_cli.exchange.cells import column_at, column_name

if TYPE_CHECKING:
    from pyexpat import XMLParserType

OTHER: Final = "#ERREUR!"
# What a formula without a stored result is called here, before it is OTHER.
UNSAVED: Final = ""

# First row and column, last row and column, all 0-based: as python-calamine gives them.
Corners = tuple[tuple[int, int], tuple[int, int]]
# Row (1-based), column (0-based), error as the file has it.
CellFaults = Iterator[tuple[int, int, str]]
# What is shown before a number, and how many digits it has at least.
Padding = tuple[str, int]
# By row (1-based), then column (0-based).
Zeros = dict[int, dict[int, Padding]]
T = TypeVar("T")

# At 32 bytes a cell, 2 GB.
_MOST_CELLS: Final = 64_000_000
_BLOCK: Final = 1 << 20
# Longer than a cell whose formula is (8,192 characters at most, some of them escaped).
_OVERLAP: Final = 1 << 14
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_CONTENT: Final = "content.xml"
_MANIFEST: Final = "META-INF/manifest.xml"
_STYLES: Final = "xl/styles.xml"

# Only beyond column Z, or from row 1,000,000 on, can a sheet be too far spread.
_FAR: Final = re.compile(rb"""\sr\s*=\s*["'](?:[a-z]{2,}\d|[a-z]*\d{7})""", re.IGNORECASE)
_FILLED: Final = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*["']([a-z]+)(\d+)["'][^>]*(?<!/)>""", re.IGNORECASE
)
_QUOTED_E: Final = (b'"e"', b"'e'")
_XLSX_ERROR: Final = re.compile(rb"""\st\s*=\s*["']e["']""")
# A cell that is no text, with a formula and no value: the result of a text formula may be empty.
_BARE: Final = (
    rb"""<%bc(?=[\s>])(?![^>]*\bt\s*=\s*["'](?:str|inlineStr)["'])[^>]*>\s*"""
    rb"""<%bf\b(?:[^>]*/>|[^>]*>[^<]*</%bf\s*>)\s*(?:<%bv\s*/>|<%bv\s*>\s*</%bv|</%bc)"""
)
_ROW: Final = re.compile(rb"<(?:\w+:)?row\s([^>]*)>")
_NUMBERED: Final = re.compile(rb"""(?:^|\s)r\s*=\s*["'](\d+)["']""")
_IS_HIDDEN: Final = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']""")
_SIXTY: Final = re.compile(
    rb"""\br\s*=\s*["']([A-Z]+)(\d+)["'][^>]*>\s*(?:<[^>]*f\b[^<]*<[^>]*f\s*>\s*)?<[^>]*v\s*>60<"""
)
_ODS_TRACE: Final = re.compile(
    rb"""value-type\s*=\s*["']error["']|>\s*(?:#|Err)"""
    rb"""|<table:table-row\s[^>]*visibility|number-rows-spanned\s*=\s*["'](?!1["'])"""
    rb"""|<table:covered-table-cell(?:\s[^>]*)?(?<!/)>|value-type\s*=\s*["']float["'][^>]*>\s*<text:p>0\d"""
    rb"""|<table:table-cell\s(?![^>]*value(?:-type\s*=\s*["']string|\s*=))"""
    rb"""[^>]*table:formula[^>]*(?:/>|>\s*</table:table-cell)"""
)
_BREAK: Final = re.compile(
    rb"<text:(tab|line-break)(?:\s[^>]*)?(?:/>|(?<!/)>\s*</text:(?:tab|line-break)\s*>)"
)
_DIGITS: Final = "0123456789"
_TEXTS: Final = frozenset(["str", "inlineStr"])
_VALUES: Final = tuple(
    f"office:{kind}value" for kind in ("", "string-", "date-", "time-", "boolean-")
)
# mmm-yy, the one such format that every workbook has.
_BUILT_IN: Final = {17: "mmm-yy"}
# What is in a format but no letter of it: quoted, escaped, a colour, a space as wide as a letter.
_ASIDE: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_BRACKETS: Final = re.compile(r"\[[^\]]*\]|[_*].")
_SIGN: Final = re.compile(r'"([^"]*)"|\\(.)|(.)')
_REFERENCE: Final = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Z]+)(\d+)["']""")
_TEXT: Final = re.compile(rb"""(?:^|\s)t\s*=\s*["'](?:s|str|inlineStr|b|e)["']""")
# What calamine gives for a day that only Excel has, and what Excel shows.
_BEFORE_LEAP: Final = "1900-02-28"
_LEAP: Final = "29/02/1900"
# How much of YYYY-MM-DD is shown.
_MONTH: Final = len("2023-09")
_YEAR: Final = len("2023")


def is_encrypted(stream: BinaryIO) -> bool:
    """Whether an .ods needs a password; an .xlsx that does is a compound file."""
    with zipfile.ZipFile(stream) as archive:
        part = _member(archive, _MANIFEST)
        return part in archive.namelist() and b"encryption-data" in archive.read(part)


def spaced_out(stream: BinaryIO) -> BinaryIO:
    """The file itself, or a copy of an .ods with a space for each tab and line break in a cell.

    calamine drops them, and glues the words they part.
    """
    with zipfile.ZipFile(stream) as archive:
        if not _is_ods(archive) or not _mentions(archive, _CONTENT, _BREAK):
            return stream
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w") as mended:
            for member in archive.infolist():
                data = archive.read(member)
                mended.writestr(member, data if member.filename != _CONTENT else _spaced(data))
    return copy


def _spaced(content: bytes) -> bytes:
    return _BREAK.sub(b" ", content)


def sheet_part(stream: BinaryIO, rank: int) -> str | None:
    """The member that holds the .xlsx sheet of that rank (0-based); None of an .ods."""
    with zipfile.ZipFile(stream) as archive:
        return None if _is_ods(archive) else _sheet_part(archive, rank)


def far_corner(stream: BinaryIO, rank: int) -> str | None:
    """The corner of an .xlsx sheet that is too far from its first cell, if it is."""
    with zipfile.ZipFile(stream) as archive:
        part = _sheet_part(archive, rank)
        if _is_ods(archive) or not _mentions(archive, part, _FAR):
            return None
        columns, rows = set[bytes](), set[int]()
        for text in _overlapping(archive, part):
            for letters, number in _FILLED.findall(text):
                columns.add(letters)
                rows.add(int(number))
    if not columns:
        return None
    across = {column_at(letters.decode()) for letters in columns}
    spread = (max(across) - min(across) + 1) * (max(rows) - min(rows) + 1)
    return f"{column_name(max(across))}{max(rows)}" if spread > _MOST_CELLS else None


def cell_faults(
    stream: BinaryIO,
    rank: int,
    last: int,
    columns: frozenset[int],
    hidden: set[int],
    merged: list[Corners],
    zeros: Zeros,
) -> CellFaults:
    """The error cells, and the formulas without a stored result (``UNSAVED``), of some columns.

    ``hidden`` receives the rows that are not shown, ``merged`` the merged ranges of an .ods,
    ``zeros`` the numbers that are shown with zeros before them.
    """
    with zipfile.ZipFile(stream) as archive:
        part = _sheet_part(archive, rank)
        if _is_ods(archive):
            if _mentions(archive, part, _ODS_TRACE):
                yield from _heard(archive, part, _Ods(rank, last, columns, hidden, merged, zeros))
            return
        padded = {at: found for at, code in _formats(archive) if (found := padding(code))}
        for line, column, found in _styled(archive, part, padded):
            zeros.setdefault(line, {})[column] = found
        if _is_to_be_parsed(archive, part, hidden):
            yield from _heard(archive, part, _Xlsx(columns))


def _is_to_be_parsed(archive: zipfile.ZipFile, part: str, hidden: set[int]) -> bool:
    """Whether a cell must be looked at, in one pass that notes the hidden rows.

    A plain search comes first: where nothing is found, it costs ten times less than a pattern.
    """
    plain, prefixed = (re.compile(_BARE.replace(b"%b", p)) for p in (b"", rb"(?:\w+:)"))
    wanted = False
    for text in _overlapping(archive, part):
        if b"hidden" in text:
            hidden.update(_hidden(text))
        wanted = wanted or (
            text.startswith(_UTF16)
            or (any(e in text for e in _QUOTED_E) and _XLSX_ERROR.search(text) is not None)
            or (b"<f" in text and plain.search(text) is not None)
            or (b":f" in text and prefixed.search(text) is not None)
        )
    return wanted


def _hidden(text: bytes) -> Iterator[int]:
    for row in _ROW.findall(text):
        number = _NUMBERED.search(row)
        if number and _IS_HIDDEN.search(row):
            yield int(number.group(1))


def _heard(archive: zipfile.ZipFile, part: str, listener: _Xlsx | _Ods) -> CellFaults:
    from xml.parsers import expat

    parser = expat.ParserCreate()
    listener.listen(parser)
    for block in _blocks(archive, part):
        parser.Parse(block, False)
        yield from listener.heard
        listener.heard.clear()
    parser.Parse(b"", True)
    yield from listener.heard


class _Xlsx:
    """Cells of type ``e``, and formulas without a value; a cell without its reference follows the
    one before it.

    Ends and texts are heard inside such cells only: every event costs a call.
    """

    def __init__(self, columns: frozenset[int]) -> None:
        self.heard: list[tuple[int, int, str]] = []
        self._columns = columns
        self._line = 0
        self._column = -1
        self._kind = ""
        self._text: list[str] = []
        self._in_value = self._formula = False

    def listen(self, parser: XMLParserType) -> None:
        self._parser = parser
        parser.StartElementHandler = self._start

    def _start(self, tag: str, has: dict[str, str]) -> None:
        name = tag if len(tag) == 1 else tag.rpartition(":")[2]
        if name == "c":
            self._column = column_at(has["r"].rstrip(_DIGITS)) if "r" in has else self._column + 1
            self._kind = has.get("t", "n")
            if self._kind == "e":
                self._listen_inside(formula=False)
        elif name == "row":
            self._line = int(has["r"]) if "r" in has else self._line + 1
            self._column = -1
        elif name == "f":
            if self._kind not in _TEXTS:
                self._listen_inside(formula=True)
        else:
            self._in_value = name == "v"

    def _listen_inside(self, *, formula: bool) -> None:
        self._formula, self._in_value = formula, False
        if self._column in self._columns:
            self._text.clear()
            self._parser.EndElementHandler = self._end
            self._parser.CharacterDataHandler = self._data

    def _end(self, tag: str) -> None:
        self._in_value = False
        if tag.rpartition(":")[2] == "c":
            # calamine reads a cell of type e that holds nothing as an empty one
            text = "".join(self._text).strip()
            if (text and self._kind == "e") or (not text and self._formula):
                self.heard.append((self._line, self._column, text or UNSAVED))
            self._parser.EndElementHandler = self._parser.CharacterDataHandler = None

    def _data(self, text: str) -> None:
        if self._in_value:
            self._text.append(text)


class _Ods:
    """Cells that say they are errors, formulas whose text is one (older programs write 0) or that
    have no result at all; hidden rows and merged ranges go straight where they are gathered.
    """

    def __init__(
        self,
        rank: int,
        last: int,
        columns: frozenset[int],
        hidden: set[int],
        merged: list[Corners],
        zeros: Zeros,
    ) -> None:
        self.heard: list[tuple[int, int, str]] = []
        self._wanted, self._last, self._columns = rank, last, columns
        self._hidden, self._merged, self._zeros = hidden, merged, zeros
        self._rank, self._inside = -1, False
        self._path: list[str] = []
        self._line, self._column = 0, 0
        self._rows, self._cells = 1, 1
        self._formula = self._is_error = self._is_number = self._valued = False
        self._text: list[str] = []

    def listen(self, parser: XMLParserType) -> None:
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data

    def _start(self, tag: str, has: dict[str, str]) -> None:
        self._path.append(tag)
        if tag == "table:table":
            self._rank += self._path[-2:-1] == ["office:spreadsheet"]
            self._inside = self._rank == self._wanted
        elif not self._inside:
            return
        elif tag == "text:p":
            self._valued = True  # LibreOffice writes an empty text so, without a type
        elif tag == "table:table-row":
            self._rows = int(has.get("table:number-rows-repeated", 1))
            self._column = 0
            if has.get("table:visibility", "visible") != "visible":
                last = min(self._line + self._rows, self._last)
                self._hidden.update(range(self._line + 1, last + 1))
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self._cells = int(has.get("table:number-columns-repeated", 1))
            self._is_error = has.get("calcext:value-type") == "error"
            self._is_number = has.get("office:value-type") == "float"
            self._formula = "table:formula" in has
            self._valued = not has.keys().isdisjoint(_VALUES) or (
                has.get("office:value-type") == "string"
            )
            self._text.clear()
            self._note_range(has)

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
            if self._is_number and error[:1] == "0":
                self._note_zeros("".join(error.split()))
            if self._is_error or (self._formula and is_sheet_error(error)):
                self._note(error or OTHER)
            elif self._formula and not self._valued:
                self._note(UNSAVED)
            self._column += self._cells

    def _data(self, text: str) -> None:
        # Not the text of a comment, which stands deeper.
        if self._inside and self._path[-2:-1] == ["table:table-cell"]:
            self._text.append(text)

    def _note_range(self, has: dict[str, str]) -> None:
        down = int(has.get("table:number-rows-spanned", 1)) - 1
        across = int(has.get("table:number-columns-spanned", 1)) - 1
        if down > 0 or across > 0:
            top, left = self._line, self._column
            self._merged.append(((top, left), (top + down, left + across)))

    def _note_zeros(self, shown: str) -> None:
        if shown.isdigit():
            for line in range(self._line, min(self._line + self._rows, self._last)):
                self._zeros.setdefault(line + 1, {})[self._column] = "", len(shown)

    def _note(self, error: str) -> None:
        last = min(self._line + self._rows, self._last)
        columns = range(self._column, self._column + self._cells)
        touched = sorted(self._columns.intersection(columns))
        self.heard += ((line + 1, at, error) for line in range(self._line, last) for at in touched)


class ShownDates:
    """The date cells of an .xlsx that show another day than calamine gives, or less than a day.

    Excel makes a date of a typed « 09/2023 », the 1st of the month, and shows « sept-23 »: the day
    is Excel's. The cell's number format tells what is shown (ECMA-376, 18.8.30 numFmt, 18.8.45
    xf). Excel's calendar has a 29/02/1900, the number 60: calamine gives the day before.

    ``none``: nothing is looked for (an .xls), nor in an .ods. Cells are found when the first is
    asked for.
    """

    def __init__(self, stream: BinaryIO, rank: int, *, none: bool) -> None:
        self._stream, self._rank, self._none = stream, rank, none
        self._styles = {} if none else _short_styles(stream)
        self._short: dict[tuple[int, int], int] | None = None
        self._leap: set[tuple[int, int]] | None = None

    def put(self, line: int, first: int, cells: list[str]) -> None:
        """Put into a row what its dates show. ``first``: the column (0-based) of its first cell."""
        if not self._none and _BEFORE_LEAP in cells:
            if self._leap is None:
                self._leap = set(_leap_days(self._stream, self._rank))
            for place in range(len(cells)):
                if (line, first + place) in self._leap:
                    cells[place] = _LEAP
        if self._styles:
            self._shorten(line, first, cells)

    def _shorten(self, line: int, first: int, cells: list[str]) -> None:
        """Cut the dates whose day, or month, Excel gave; another day than the 1st was typed."""
        for place, text in enumerate(cells):
            if text[-3:] == "-01" and len(text) == 10:
                if self._short is None:
                    self._short = dict(_short_cells(self._stream, self._rank, self._styles))
                kept = self._short.get((line, first + place), len(text))
                if kept == _MONTH or text[-6:] == "-01-01":
                    cells[place] = text[:kept]


def _leap_days(stream: BinaryIO, rank: int) -> Iterator[tuple[int, int]]:
    """The cells that hold the number 60."""
    with zipfile.ZipFile(stream) as archive:
        for text in _overlapping(archive, _sheet_part(archive, rank)):
            for letters, line in _SIXTY.findall(text):
                yield int(line), column_at(letters.decode())


def _short_styles(stream: BinaryIO) -> dict[int, int]:
    """The cell styles, by their place, that show a month or a year alone."""
    with zipfile.ZipFile(stream) as archive:
        return {at: length for at, code in _formats(archive) if (length := _kept(code))}


def _formats(archive: zipfile.ZipFile) -> list[tuple[int, str]]:
    """The cell styles of an .xlsx, by their place, with the number format of each."""
    part = _member(archive, _STYLES)
    if _is_ods(archive) or part not in archive.namelist():
        return []
    from xml.etree.ElementTree import fromstring

    styles = fromstring(archive.read(part))
    formats = dict(_BUILT_IN)
    for one in styles.iterfind("{*}numFmts/{*}numFmt"):
        formats[int(one.get("numFmtId", 0))] = one.get("formatCode", "")
    places = enumerate(styles.iterfind("{*}cellXfs/{*}xf"))
    return [(at, formats.get(int(xf.get("numFmtId", 0)), "")) for at, xf in places]


def _kept(code: str) -> int:
    """How many characters of a date a format shows; 0: all of it, or it is no date."""
    letters = set(_ASIDE.sub("", code).partition(";")[0].lower())
    if "y" not in letters or letters & set("dhs0#?"):
        return 0
    return _MONTH if "m" in letters else _YEAR


def padding(code: str) -> Padding | None:
    """What a number format puts before a whole number: signs, and zeros up to so many digits.

    « 0000000000 », « 0#" "##" "##" "##" "## », « "0"000000000 »; ``None`` where it adds nothing.
    """
    before, width, begun = "", 0, False
    for quoted, escaped, sign in _SIGN.findall(_BRACKETS.sub("", code).partition(";")[0]):
        if sign.isalpha() or sign in ("%", "/", "@"):
            return None
        if sign == ".":
            break
        if sign and sign in "0#?":
            begun = True
            width += sign == "0" or width > 0
        elif not begun:
            before += "".join(c for c in quoted + escaped + sign if c.isdigit() or c == "+")
    return (before, width) if begun and (before or width > 1) else None


def _short_cells(
    stream: BinaryIO, rank: int, styles: dict[int, int]
) -> Iterator[tuple[tuple[int, int], int]]:
    """How much of YYYY-MM-DD such a cell shows, by row (1-based) and column (0-based)."""
    with zipfile.ZipFile(stream) as archive:
        for line, column, length in _styled(archive, _sheet_part(archive, rank), styles):
            yield (line, column), length


def _styled(
    archive: zipfile.ZipFile, part: str, styles: dict[int, T]
) -> Iterator[tuple[int, int, T]]:
    """The row (1-based) and column (0-based) of each number in these styles, and what is theirs."""
    if not styles:
        return
    wanted = b"|".join(b"%d" % at for at in styles)
    style = re.compile(rb"""\ss\s*=\s*["'](%s)["']""" % wanted)
    cell = re.compile(rb"<(?:\w+:)?c(?=\s)([^>]*)>")
    for text in _overlapping(archive, part):
        if not style.search(text):
            continue
        for has in cell.findall(text):
            styled, named = style.search(has), _REFERENCE.search(has)
            if styled and named and not _TEXT.search(has):
                column = column_at(named.group(1).decode())
                yield int(named.group(2)), column, styles[int(styled.group(1))]


def _is_ods(archive: zipfile.ZipFile) -> bool:
    """Whether it is an .ods rather than an .xlsx."""
    return _CONTENT in archive.namelist()


def _sheet_part(archive: zipfile.ZipFile, rank: int) -> str:
    """The member that holds the sheet of that rank (0-based); an .ods has one for all."""
    if _is_ods(archive):
        return _CONTENT
    from xml.etree.ElementTree import fromstring

    book = fromstring(archive.read(_member(archive, "xl/workbook.xml")))
    sheet = list(book.iterfind("{*}sheets/{*}sheet"))[rank]
    named = next((value for name, value in sheet.items() if name.endswith("}id")), "")
    links = fromstring(archive.read(_member(archive, "xl/_rels/workbook.xml.rels")))
    target = next((one.get("Target", "") for one in links if one.get("Id") == named), "")
    return _member(
        archive, posixpath.normpath(posixpath.join("/xl", target.replace("\\", "/")))[1:]
    )


def _mentions(archive: zipfile.ZipFile, part: str, trace: re.Pattern[bytes]) -> bool:
    """Whether the text of ``part`` may hold ``trace``; one in UTF-16 always may."""
    texts = _overlapping(archive, part)
    return any(trace.search(text) or text.startswith(_UTF16) for text in texts)


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The bytes of ``part``, one mebibyte at a time."""
    with archive.open(part) as source:
        while block := source.read(_BLOCK):
            yield block


def _overlapping(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The bytes of ``part`` in blocks to search: each begins with the end of the one before."""
    before = b""
    for block in _blocks(archive, part):
        yield before + block
        before = block[-_OVERLAP:]


def _member(archive: zipfile.ZipFile, wanted: str) -> str:
    """Its name in the archive, where some programs change the case or the slashes."""
    names = archive.namelist()
    alike = (name for name in names if name.replace("\\", "/").lower() == wanted.lower())
    return next(alike, wanted)
