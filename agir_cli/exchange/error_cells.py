"""What python-calamine does not tell of one sheet's cells: errors, results never stored, hidden
rows.

An error (``#N/A``, ``#REF!``) and a formula that a program wrote without its result both come out
of calamine empty. A sheet's XML is first searched for their traces, in blocks; only where there is
one is it parsed, as a stream of events: memory grows with what is found, never with the sheet. The
records of an .xls are read by ``biff``.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, Final

from agir_cli.domain.reading import is_sheet_error
from agir_cli.exchange.archives import (
    UTF16,
    blocks,
    column_at,
    is_ods,
    is_ole,
    mentions,
    overlapping,
    sheet_part,
)
from agir_cli.exchange.sheet_events import OTHER, UNSAVED, Ods, Place, Untold, Xlsx

__all__ = ["Place", "Untold", "untold"]

# What a French Excel shows for what its files hold in English.
_SHOWN: Final = {
    "#VALUE!": "#VALEUR!",
    "#NAME?": "#NOM?",
    "#NUM!": "#NOMBRE!",
    "#NULL!": "#NUL!",
}
_QUOTED_E: Final = (b'"e"', b"'e'")
_XLSX_ERROR: Final = re.compile(rb"""\st\s*=\s*["']e["']""")
# A cell that is no text, with a formula and no value: the result of a text formula may be empty.
_BARE: Final = (
    rb"""<%bc(?=[\s>])(?![^>]*\bt\s*=\s*["'](?:str|inlineStr)["'])[^>]*>\s*"""
    rb"""<%bf\b(?:[^>]*/>|[^>]*>[^<]*</%bf\s*>)\s*(?:<%bv\s*/>|<%bv\s*>\s*</%bv|</%bc)"""
)
_XLSX_ROW: Final = re.compile(rb"<(?:\w+:)?row\s([^>]*)>")
_ROW_NUMBER: Final = re.compile(rb"""(?:^|\s)r\s*=\s*["'](\d+)["']""")
_ROW_HIDDEN: Final = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']""")
_SIXTY: Final = re.compile(
    rb"""\br\s*=\s*["']([A-Z]+)(\d+)["'][^>]*>\s*(?:<[^>]*f\b[^<]*<[^>]*f\s*>\s*)?<[^>]*v\s*>60<"""
)
_ODS_TRACE: Final = re.compile(
    rb"""value-type\s*=\s*["']error["']|>\s*(?:#|Err)"""
    rb"""|<table:table-row\s[^>]*visibility|number-rows-spanned\s*=\s*["'](?!1["'])"""
    rb"""|<table:table-cell\s(?![^>]*value(?:-type\s*=\s*["']string|\s*=))"""
    rb"""[^>]*table:formula[^>]*(?:/>|>\s*</table:table-cell)"""
)

Found = Iterator[tuple[int, int, str]]


def untold(stream: BinaryIO, place: Place) -> Untold:
    """The errors of a sheet as a French spreadsheet shows them, and the rest of ``Untold``.

    An error that no spreadsheet is known to show is ``#ERREUR!``: whoever reads the cell must see
    one.

    Raises whatever a damaged file makes its readers raise.
    """
    told = Untold({}, [], set(), [])
    for line, column, error in _found(stream, place, told):
        shown = _SHOWN.get(error, error)
        text = shown if is_sheet_error(shown) else OTHER
        told.errors.setdefault(line, {})[column] = text
        if error == UNSAVED:
            told.unsaved.append((line, column))
    return told


def leap_days(stream: BinaryIO, rank: int) -> set[tuple[int, int]]:
    """The cells of an .xlsx that hold the number 60, row (1-based) and column (0-based).

    In a cell of dates it is 29/02/1900, a day that Excel has and no calendar: calamine gives the
    day before.
    """
    if is_ole(stream):
        return set()
    with zipfile.ZipFile(stream) as archive:
        part = sheet_part(archive, rank)
        found = (cell for text in overlapping(archive, part) for cell in _SIXTY.findall(text))
        return {(int(line), column_at(letters.decode())) for letters, line in found}


def _found(stream: BinaryIO, place: Place, told: Untold) -> Found:
    if is_ole(stream):
        from agir_cli.exchange.biff import Biff

        yield from Biff(stream).errors(place.rank, place.columns)
        return
    with zipfile.ZipFile(stream) as archive:
        part = sheet_part(archive, place.rank)
        if is_ods(archive):
            if mentions(archive, part, _ODS_TRACE):
                yield from _heard(archive, part, Ods(place, told))
        elif _searched(archive, part, told.hidden):
            yield from _heard(archive, part, Xlsx(place))


def _searched(archive: zipfile.ZipFile, part: str, hidden: set[int]) -> bool:
    """Whether a cell must be looked at, in one pass that notes the hidden rows.

    A plain search comes first: where nothing is found, it costs ten times less than a pattern.
    """
    plain, prefixed = (re.compile(_BARE.replace(b"%b", p)) for p in (b"", rb"(?:\w+:)"))
    wanted = False
    for text in overlapping(archive, part):
        if b"hidden" in text:
            hidden.update(_hidden(text))
        wanted = wanted or (
            text.startswith(UTF16)
            or (any(e in text for e in _QUOTED_E) and _XLSX_ERROR.search(text) is not None)
            or (b"<f" in text and plain.search(text) is not None)
            or (b":f" in text and prefixed.search(text) is not None)
        )
    return wanted


def _hidden(text: bytes) -> Iterator[int]:
    for row in _XLSX_ROW.findall(text):
        number = _ROW_NUMBER.search(row)
        if number and _ROW_HIDDEN.search(row):
            yield int(number.group(1))


def _heard(archive: zipfile.ZipFile, part: str, listener: Xlsx | Ods) -> Found:
    from xml.parsers import expat

    parser = expat.ParserCreate()
    listener.listen(parser)
    for block in blocks(archive, part):
        parser.Parse(block, False)
        yield from listener.heard
        listener.heard.clear()
    parser.Parse(b"", True)
    yield from listener.heard
