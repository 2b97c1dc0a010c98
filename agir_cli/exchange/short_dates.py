"""The date cells of an .xlsx that show a month or a year alone.

Excel makes a date of a typed « 09/2023 », the 1st of the month, and shows « sept-23 »: the day is
Excel's. calamine gives the whole date; the cell's number format tells what is shown (ECMA-376,
18.8.30 numFmt, 18.8.45 xf). Nothing is looked for in an .xls or an .ods.
"""

from __future__ import annotations

import re
import zipfile
from typing import BinaryIO, Final

from agir_cli.exchange.archives import column_at, is_ods, is_ole, overlapping, sheet_part

_STYLES: Final = "xl/styles.xml"
# mmm-yy, the one such format that every workbook has.
_BUILT_IN: Final = {17: "mmm-yy"}
# What is in a format but no letter of it: quoted, escaped, a colour, a space as wide as a letter.
_ASIDE: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_REFERENCE: Final = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Z]+)(\d+)["']""")
_TEXT: Final = re.compile(rb"""(?:^|\s)t\s*=\s*["'](?:s|str|inlineStr|b|e)["']""")
_MONTH: Final = len("2023-09")
_YEAR: Final = len("2023")

# How much of YYYY-MM-DD is shown, by row (1-based) and column (0-based).
Shown = dict[tuple[int, int], int]


class ShortDates:
    """The cells of one sheet that show less than a day, found when the first is asked for.

    Raises whatever a damaged file makes its readers raise.
    """

    def __init__(self, stream: BinaryIO, rank: int) -> None:
        self._stream, self._rank = stream, rank
        self._styles = _short_styles(stream)
        self._cells: Shown | None = None

    def __bool__(self) -> bool:
        """Whether the workbook has such a format at all: nearly none has."""
        return bool(self._styles)

    def shorten(self, line: int, first: int, cells: list[str]) -> None:
        """Cuts the dates of a row whose day, or month, Excel gave. ``first``: the column (0-based)
        of the first cell.

        Another day than the 1st was typed: it stays.
        """
        for place, text in enumerate(cells):
            if text[-3:] == "-01" and len(text) == 10:
                if self._cells is None:
                    self._cells = _short_cells(self._stream, self._rank, self._styles)
                kept = self._cells.get((line, first + place), len(text))
                if kept == _MONTH or text[-6:] == "-01-01":
                    cells[place] = text[:kept]


def _short_styles(stream: BinaryIO) -> dict[int, int]:
    """The cell styles, by their place, that show a month or a year alone."""
    if is_ole(stream):
        return {}
    with zipfile.ZipFile(stream) as archive:
        if is_ods(archive) or _STYLES not in archive.namelist():
            return {}
        from xml.etree.ElementTree import fromstring

        styles = fromstring(archive.read(_STYLES))
    formats = dict(_BUILT_IN)
    for one in styles.iterfind("{*}numFmts/{*}numFmt"):
        formats[int(one.get("numFmtId", 0))] = one.get("formatCode", "")
    places = enumerate(styles.iterfind("{*}cellXfs/{*}xf"))
    kept = ((at, _kept(formats.get(int(xf.get("numFmtId", 0)), ""))) for at, xf in places)
    return {at: length for at, length in kept if length}


def _kept(code: str) -> int:
    """How many characters of a date a format shows; 0: all of it, or it is no date."""
    letters = set(_ASIDE.sub("", code).partition(";")[0].lower())
    if "y" not in letters or letters & set("dhs0#?"):
        return 0
    return _MONTH if "m" in letters else _YEAR


def _short_cells(stream: BinaryIO, rank: int, styles: dict[int, int]) -> Shown:
    wanted = b"|".join(b"%d" % at for at in styles)
    style = re.compile(rb"""\ss\s*=\s*["'](%s)["']""" % wanted)
    cell = re.compile(rb"<(?:\w+:)?c(?=\s)([^>]*)>")
    found: Shown = {}
    with zipfile.ZipFile(stream) as archive:
        for text in overlapping(archive, sheet_part(archive, rank)):
            if not style.search(text):
                continue
            for has in cell.findall(text):
                styled, named = style.search(has), _REFERENCE.search(has)
                if styled and named and not _TEXT.search(has):
                    place = int(named.group(2)), column_at(named.group(1).decode())
                    found[place] = styles[int(styled.group(1))]
    return found
