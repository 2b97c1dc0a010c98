"""What python-calamine does not tell of an .xls: whether it is locked, its error cells, and the
numbers that are shown with zeros before them.

An .xls is a compound file (sectors chained by a table) whose stream ``Workbook`` (``Book`` before
Excel 97) is a list of records: type, length, data. Sources: [MS-CFB] and [MS-XLS], published by
Microsoft. Everything here raises ``ValueError``, ``IndexError`` or ``struct.error`` on a file that
is cut or damaged.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator
from typing import BinaryIO, Final

from agir_cli.exchange.workbook_faults.zipped import Padding, Zeros, padding

_BOF, _EOF, _SHEET, _LOCK, _FORMULA, _ERROR = 0x0809, 0x000A, 0x0085, 0x002F, 0x0006, 0x0205
_EXTENT, _MANY, _NUMBER, _SHORT = 0x0200, 0x00BD, 0x0203, 0x027E
_FORMAT, _STYLE = 0x041E, 0x00E0
# Records that begin with a row and a column: number, label, error or boolean, formula.
_CELLS: Final = frozenset([0x0203, 0x0204, 0x0205, 0x027E, 0x00D6, 0x00FD, 0x0006])
# A row of 256 numbers in one record: row, column, 256 times 6 bytes, last column.
_WIDEST: Final = 6 + 256 * 6
_CODES: Final = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
# The two records that can hold an error: a search in C spares most files the walk.
_TRACE: Final = re.compile(
    rb"\x05\x02\x08\x00.{6}[\x00\x07\x0f\x17\x1d\x24\x2a\x2b]\x01"
    rb"|\x06\x00.{8}\x02.[\x00\x07\x0f\x17\x1d\x24\x2a\x2b].{3}\xff\xff",
    re.DOTALL,
)


class Biff:
    """The records of an .xls, held whole as calamine holds them.

    ``locked``: a password is needed.
    """

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        parts = _Compound(stream.read())
        self._data = b""
        self._places: list[int] = []
        self._padded: dict[int, Padding] = {}
        self.locked = "encryptedpackage" in parts.names
        if not self.locked:
            self._data = parts.stream("workbook" if "workbook" in parts.names else "book")
            self._read_globals()

    def errors(self, at: int, columns: Collection[int]) -> Iterator[tuple[int, int, str]]:
        """The row (1-based), column (0-based) and name of each error of a sheet, in ``columns``."""
        start = self._places[at]
        if not _TRACE.search(self._data, start):
            return
        depth = 0
        for kind, data in self._records(start):
            depth += (kind == _BOF) - (kind == _EOF)
            if not depth:
                return
            if depth == 1 and kind in (_FORMULA, _ERROR):  # deeper: an embedded chart's own
                code = _error_code(kind, data)
                line, column = struct.unpack_from("<HH", data)
                if code is not None and column in columns:
                    yield line + 1, column, _CODES.get(code, "#N/A")

    def zeros(self, at: int) -> Zeros:
        """The numbers of a sheet that are shown with zeros before them."""
        found: Zeros = {}
        if not self._padded:
            return found
        depth = 0
        for kind, data in self._records(self._places[at]):
            depth += (kind == _BOF) - (kind == _EOF)
            if not depth:
                break
            if depth == 1 and kind in (_NUMBER, _SHORT, _FORMULA, _MANY):
                line, column = struct.unpack_from("<HH", data)
                styles = data[4:-2] if kind == _MANY else data[4:10]
                for place in range(0, len(styles) - 5, 6):
                    (style,) = struct.unpack_from("<H", styles, place)
                    if style in self._padded:
                        found.setdefault(line + 1, {})[column + place // 6] = self._padded[style]
        return found

    def is_sound(self) -> bool:
        """Whether every cell stands in the bounds of an .xls: 65,536 rows of 256 columns.

        A damaged place makes calamine ask for more memory than there is, which ends the program.
        """
        return all(map(self._is_bounded, self._places))

    def _is_bounded(self, start: int) -> bool:
        for kind, data in self._records(start):
            if kind == _EOF:
                return True
            if kind in _CELLS and data[3]:  # the high byte of the column
                return False
            if kind == _MANY and (data[3] or len(data) > _WIDEST):
                return False
            if kind == _EXTENT and not _is_extent(data):
                return False
        return False

    def _read_globals(self) -> None:
        wide, styles, padded = False, 0, dict[int, Padding]()
        for kind, data in self._records(0):
            if kind == _BOF:
                wide = data[1] >= 6  # Excel 97 and later
            elif kind == _LOCK:
                self.locked = True
            elif kind == _SHEET:
                self._places.append(struct.unpack_from("<I", data)[0])
            elif kind == _FORMAT and (found := padding(_format_text(data, wide))):
                padded[struct.unpack_from("<H", data)[0]] = found
            elif kind == _STYLE:
                used = padded.get(struct.unpack_from("<H", data, 2)[0])
                if used:
                    self._padded[styles] = used
                styles += 1
            if kind == _EOF or self.locked:
                return

    def _records(self, start: int) -> Iterator[tuple[int, bytes]]:
        data, end, header = self._data, len(self._data), struct.Struct("<HH")
        while start + 4 <= end:
            kind, size = header.unpack_from(data, start)
            yield kind, data[start + 4 : start + 4 + size]
            start += 4 + size
        raise ValueError("the records stop before their end")


class _Compound:
    """A compound file: its streams by name, in lower case."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._size = 1 << struct.unpack_from("<H", data, 30)[0]
        self._small = 1 << struct.unpack_from("<H", data, 32)[0]
        if self._size not in (512, 4096) or self._small != 64:
            raise ValueError("no such sector size")
        first, self._cutoff, minis = struct.unpack_from("<I4xII", data, 48)[:3]
        self._table = self._sector_table()
        self._entries = dict(self._directory(self._chained(first)))
        self.names = frozenset(self._entries)
        self._minis = self._chained(minis)

    def stream(self, name: str) -> bytes:
        if name not in self._entries:
            raise ValueError("no such stream")
        first, size = self._entries[name]
        if size >= self._cutoff:
            data = self._chained(first)
        else:
            data = self._chained_small(first)
        if len(data) < size:
            raise ValueError("the stream is cut")
        return data[:size]

    def _sector(self, at: int) -> bytes:
        place = (at + 1) * self._size
        found = self._data[place : place + self._size]
        if not found:
            raise ValueError("the file is cut")
        return found

    def _sector_table(self) -> list[int]:
        listed = list(struct.unpack_from("<109I", self._data, 76))
        more, left = struct.unpack_from("<II", self._data, 68)
        for _ in range(min(left, len(self._data) // self._size)):
            *further, more = _numbers(self._sector(more))
            listed += further
        used = (at for at in listed if at < 0xFFFFFFFA)
        return [number for at in used for number in _numbers(self._sector(at))]

    def _chained(self, first: int) -> bytes:
        return b"".join(map(self._sector, _chain(first, self._table)))

    def _chained_small(self, first: int) -> bytes:
        root, _ = self._entries["root entry"]
        held, size = self._chained(root), self._small
        chain = _chain(first, _numbers(self._minis))
        return b"".join(held[at * size : (at + 1) * size] for at in chain)

    @staticmethod
    def _directory(data: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
        for start in range(0, len(data) - 127, 128):
            length, kind = struct.unpack_from("<HB", data, start + 64)
            if kind in (2, 5) and 2 <= length <= 64:
                name = data[start : start + length - 2].decode("utf-16-le", "replace")
                yield name.lower(), struct.unpack_from("<II", data, start + 116)


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _chain(at: int, table: list[int]) -> Iterator[int]:
    for _ in range(len(table) + 1):
        if at >= 0xFFFFFFFA:
            return
        yield at
        at = table[at]
    raise ValueError("the chain of sectors turns round")


def _error_code(kind: int, data: bytes) -> int | None:
    if kind == _ERROR:
        return data[6] if data[7] else None
    return data[8] if data[6] == 2 and data[12:14] == b"\xff\xff" else None


def _format_text(data: bytes, wide: bool) -> str:
    """The text of a number format: two bytes, its length, a byte that says how, the letters."""
    if not wide:
        return data[3 : 3 + data[2]].decode("cp1252", "replace")
    length = struct.unpack_from("<H", data, 2)[0]
    if data[4] & 1:
        return data[5 : 5 + 2 * length].decode("utf-16-le", "replace")
    return data[5 : 5 + length].decode("latin-1")


def _is_extent(data: bytes) -> bool:
    """First row, row after the last, first column, column after the last."""
    top, bottom, left, right = struct.unpack_from("<IIHH" if len(data) > 10 else "<4H", data)
    return bool(top <= bottom <= 65_536 and left <= right <= 256)
