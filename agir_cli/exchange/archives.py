"""What a workbook's file says before it is opened: locked, too far spread, where a sheet stands.

python-calamine makes room for every cell between a sheet's first and its last, and the program
ends at once, without a word, where there is not that much memory. So one value lost in the far
corner of a sheet, or a damaged number, is looked for first, in .xls and .xlsx: for .ods calamine
has a limit of its own. Everything here raises whatever a damaged file makes its readers raise.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, Final

# At 32 bytes a cell, 2 GB.
MOST_CELLS: Final = 64_000_000
_BLOCK: Final = 1 << 20
# Longer than a cell whose formula is (8,192 characters at most, some of them escaped).
_OVERLAP: Final = 1 << 14
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_CONTENT: Final = "content.xml"
_MANIFEST: Final = "META-INF/manifest.xml"
# Only beyond column Z, or from row 1,000,000 on, can a sheet be too far spread.
_FAR: Final = re.compile(rb"""\sr\s*=\s*["'](?:[a-z]{2,}\d|[a-z]*\d{7})""", re.IGNORECASE)
_FILLED: Final = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*["']([a-z]+)(\d+)["'][^>]*(?<!/)>""", re.IGNORECASE
)


def is_ole(stream: BinaryIO) -> bool:
    """Whether it is a compound file: an .xls, or another kind with a password."""
    stream.seek(0)
    return stream.read(len(_OLE)) == _OLE


def is_ods(archive: zipfile.ZipFile) -> bool:
    """Whether it is an .ods rather than an .xlsx."""
    return _CONTENT in archive.namelist()


def is_locked(stream: BinaryIO) -> bool:
    """Whether a password is needed."""
    if is_ole(stream):
        from agir_cli.exchange.biff import Biff

        return Biff(stream).locked
    with zipfile.ZipFile(stream) as archive:
        return _MANIFEST in archive.namelist() and b"encryption-data" in archive.read(_MANIFEST)


def far_cell(stream: BinaryIO, rank: int) -> str | None:
    """The corner (``XFD1048576``) of the .xlsx sheet of that rank if it is too far, else ``None``.

    Not for an .xls, whose sheets cannot go that far, nor for an .ods.
    """
    if is_ole(stream):
        return None
    with zipfile.ZipFile(stream) as archive:
        part = sheet_part(archive, rank)
        if is_ods(archive) or not mentions(archive, part, _FAR):
            return None
        columns, rows = set[bytes](), set[int]()
        for text in overlapping(archive, part):
            for letters, number in _FILLED.findall(text):
                columns.add(letters)
                rows.add(int(number))
    if not columns:
        return None
    across = {column_at(letters.decode()) for letters in columns}
    spread = (max(across) - min(across) + 1) * (max(rows) - min(rows) + 1)
    return f"{column_name(max(across))}{max(rows)}" if spread > MOST_CELLS else None


def sheet_part(archive: zipfile.ZipFile, rank: int) -> str:
    """The member that holds the sheet of that rank (0-based); an .ods has one for all."""
    if is_ods(archive):
        return _CONTENT
    from xml.etree.ElementTree import fromstring

    book = fromstring(archive.read(_member(archive, "xl/workbook.xml")))
    sheet = list(book.iterfind("{*}sheets/{*}sheet"))[rank]
    named = next((value for name, value in sheet.items() if name.endswith("}id")), "")
    links = fromstring(archive.read(_member(archive, "xl/_rels/workbook.xml.rels")))
    target = next((one.get("Target", "") for one in links if one.get("Id") == named), "")
    return _member(archive, posixpath.normpath(posixpath.join("/xl", target))[1:])


def mentions(archive: zipfile.ZipFile, part: str, trace: re.Pattern[bytes]) -> bool:
    """Whether the text of ``part`` may hold ``trace``; one in UTF-16 always may."""
    texts = overlapping(archive, part)
    return any(trace.search(text) or text.startswith(UTF16) for text in texts)


def blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The bytes of ``part``, one mebibyte at a time."""
    with archive.open(part) as source:
        while block := source.read(_BLOCK):
            yield block


def overlapping(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The bytes of ``part`` in blocks to search: each begins with the end of the one before."""
    before = b""
    for block in blocks(archive, part):
        yield before + block
        before = block[-_OVERLAP:]


def _member(archive: zipfile.ZipFile, wanted: str) -> str:
    """Its name in the archive, where some programs change the case or the slashes."""
    names = archive.namelist()
    alike = (name for name in names if name.replace("\\", "/").lower() == wanted.lower())
    return next(alike, wanted)


def column_at(letters: str) -> int:
    """The place (0-based) of the column ``A``, ``Z``, ``AA``, in either case."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_name(at: int) -> str:
    """The letters of the column at a place (0-based)."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
