"""Workbooks read by python-calamine: .xlsx, .xls, .ods. One sheet, cells as plain text.

A date cell becomes ``YYYY-MM-DD`` (``YYYY-MM-DD HH:MM`` with a time of day; ``YYYY-MM`` or ``YYYY``
where an .xlsx shows no more), a whole number loses its ``.0``, a boolean is ``oui`` or ``non``.
Excel serial numbers outside date cells stay numbers. An error cell (``#N/A``) comes out of calamine
empty: ``error_cells`` finds it, and the cell holds the error as a spreadsheet shows it, as it does
in a CSV saved from it. Rows that are hidden, cells beside the table, and formulas whose result is
not in the file, are told by a note.
"""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator, Mapping
from itertools import count, islice
from typing import Any, BinaryIO, Final

from agir_cli.exchange.archives import column_name, is_ole
from agir_cli.exchange.books import cells_of, chosen, guarded, hushed, opened, others
from agir_cli.exchange.dialect import DELIMITERS, Known, header_index, trimmed_header
from agir_cli.exchange.error_cells import Place, leap_days, untold
from agir_cli.exchange.merges import Merges
from agir_cli.exchange.rows import Judge, Places, Row, noted
from agir_cli.exchange.sheet_events import Corners
from agir_cli.exchange.short_dates import ShortDates
from agir_cli.failures import RowsFailure

# calamine holds a whole sheet: a small archive that swells beyond this is refused.
LARGEST: Final = 2 << 30
_TOP: Final = 200
_BLOCK: Final = 256
_ANY_DAY: Final = datetime.date(2000, 1, 1)
# What calamine gives for a day that only Excel has, and what Excel shows.
_BEFORE_LEAP: Final = "1900-02-28"
_LEAP: Final = "29/02/1900"

# What is told of one line or cell, and of several (`rows.noted`).
_NOTHING_BUT_ERRORS: Final = (
    "ligne {} : rien que des erreurs de formule, laissée de côté",
    "lignes {first} à {last} : {} lignes n'ont que des erreurs de formule, laissées de côté",
)
_HIDDEN: Final = (
    "ligne {} : masquée ou filtrée dans la feuille, lue comme les autres",
    "{} lignes masquées ou filtrées dans la feuille, lues comme les autres (lignes {})",
)
_APART: Final = (
    "cellule {} : à côté du tableau, sous aucun titre, pas lue",
    "{} cellules à côté du tableau, sous aucun titre, ne sont pas lues ({})",
)
_SAVE_IT: Final = (
    "le fichier ne garde pas le résultat ({}) : ouvrez-le dans un tableur, enregistrez-le, et "
    "relancez la commande"
)
_NOT_STORED: Final = (f"une formule dont {_SAVE_IT}", f"{{}} formules dont {_SAVE_IT}")


def workbook_kind(stream: BinaryIO, name: str) -> str | None:
    """``xlsx``, ``xls`` or ``ods`` by the file's content, whatever its name; ``None`` otherwise.

    Raises ``RowsFailure`` for an archive too large to be a table, and for an .xlsb.
    """
    if is_ole(stream):
        return "xls"
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04":
        return None
    try:
        with zipfile.ZipFile(stream) as archive:
            members = {one.filename: one.file_size for one in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if sum(members.values()) > LARGEST:
        raise RowsFailure(f"« {name} » est un classeur trop grand : donnez un CSV.")
    if "xl/workbook.bin" in members:
        raise RowsFailure(f"« {name} » est un classeur binaire (.xlsb) : enregistrez-le en .xlsx.")
    if any(member.startswith("xl/") for member in members):
        return "xlsx"
    return "ods" if "content.xml" in members else None


class Sheet:
    """One sheet of a workbook, open: ``name``, the lines above its header, its header, its rows."""

    def __init__(self, stream: BinaryIO, file: str, wanted: str | None, known: Known) -> None:
        book = opened(stream, file)
        self.name = chosen(book, file, wanted)
        self._sheet = cells_of(book, stream, file, self.name)
        self._file = file
        top = self._top()
        if not top:
            raise RowsFailure(f"« {file} » : la feuille « {self.name} » est vide.", *others(book))
        at, hits = header_index([cells for _, cells in top], known)
        if wanted is None and not hits and others(book):
            # A page of explanations stands before the table.
            told = "n'a qu'une ligne" if len(top) == 1 else "n'a aucun titre de colonne connu"
            raise RowsFailure(f"« {file} » : la feuille « {self.name} » {told}.", *others(book))
        self.title_lines = top[at][0] - 1
        self.header = trimmed_header(top[at][1])
        self._stream, self._rank = stream, book.sheet_names.index(self.name)
        self._look(known)

    def rows(self, notes: list[str], exact: bool, read: Places = None) -> Iterator[Row]:
        """The rows below the header; ``line`` is the sheet's own row number.

        A row that holds nothing but errors is left out (a formula drawn down below the table): a
        note.
        """
        judge = Judge(
            width=len(self.header),
            delimiter=DELIMITERS[0],
            trims=False,
            suspect=True,
            mixed=False,
            marked=True,
            exact=exact,
            notes=notes,
            first=self._first,
            read=read,
            header=self.header,
            margin=(margin := list[str]()),
        )
        merges = Merges(self._ranges, self.title_lines + 1, self._last, self._first, self._read)
        bare, hidden = list[int](), list[int]()
        for line, cells in self._below():
            broken = self._errors.get(line, {})
            _put(cells, dict.fromkeys(broken, ""))  # an old .ods gives 0 for an error
            row = judge.row(line, cells)
            if broken and not any(map(str.strip, cells[: judge.width])):
                if line not in self._unsaved:
                    bare.append(line)
                    continue
                row = Row(line, cells[: judge.width], None)
            if row:
                _put(row.cells, broken)
                row = row._replace(fault=row.fault or merges.fault(line, row.cells))
                if line in self._hidden:
                    hidden.append(line)
                yield row
        notes += noted(bare, *_NOTHING_BUT_ERRORS) + noted(hidden, *_HIDDEN)
        notes += noted(margin, *_APART) + noted(self._cells_of(read), *_NOT_STORED)

    def _look(self, known: Known) -> None:
        """Finds what calamine does not tell, in the columns that have a heading."""
        # calamine leaves out the empty columns before the first one that is not
        first = self._first = (self._sheet.start or (0, 0))[1]
        self._last = (self._sheet.end or (0, 0))[0] + 1
        named = frozenset(first + at for at, heading in enumerate(self.header) if heading)
        with guarded(self._file):
            told = untold(self._stream, Place(self._rank, self._last, named))
            self._short = ShortDates(self._stream, self._rank)
            ranges: list[Corners] = getattr(self._sheet, "merged_cell_ranges", None) or []
        self._errors = {
            line: {column - first: error for column, error in errors.items()}
            for line, errors in told.errors.items()
        }
        self._formulas = [(line, at) for line, at in told.unsaved if line > self.title_lines + 1]
        self._unsaved = frozenset(line for line, _ in self._formulas)
        self._hidden = frozenset(told.hidden)
        self._ranges = [*ranges, *told.merged]
        read = frozenset(at for at, heading in enumerate(self.header) if known(heading))
        self._read = read or frozenset(at - first for at in named)

    def _cells_of(self, read: Places) -> list[str]:
        """The formulas without a result, by name, in the columns that are read."""
        return [
            f"{column_name(at)}{line}"
            for line, at in self._formulas
            if read is None or at - self._first in read
        ]

    def _below(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header, a day that does not exist said as it is shown."""
        leap: set[tuple[int, int]] | None = None
        for line, cells in self._lines():
            if line <= self.title_lines + 1:
                continue
            if _BEFORE_LEAP in cells:
                if leap is None:
                    with guarded(self._file):
                        leap = leap_days(self._stream, self._rank)
                at = range(len(cells))
                _put(cells, {p: _LEAP for p in at if (line, p + self._first) in leap})
            if self._short:
                with guarded(self._file):
                    self._short.shorten(line, self._first, cells)
            yield line, cells

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        lines = count(1)
        with guarded(self._file), hushed():
            values = iter(self._sheet.iter_rows())
        while True:
            with guarded(self._file), hushed():
                block = list(islice(values, _BLOCK))
            if not block:
                return
            for row, line in zip(block, lines, strict=False):
                yield line, [v if type(v) is str else as_text(v) for v in row]

    def _top(self) -> list[tuple[int, list[str]]]:
        top: list[tuple[int, list[str]]] = []
        for line, cells in self._lines():
            if any(cell.strip() for cell in cells):
                top.append((line, cells))
            if len(top) == _TOP:
                break
        return top


def _put(cells: list[str], errors: Mapping[int, str]) -> None:
    for place, error in errors.items():
        if place < len(cells):
            cells[place] = error


def as_text(value: Any) -> str:
    """A cell's value as text: ISO dates, whole numbers without ``.0``, ``oui`` and ``non``."""
    match value:
        case str():
            return value
        case bool():
            return "oui" if value else "non"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime.datetime():
            moment = _to_the_second(value)
            midnight = moment.time() == datetime.time.min
            return moment.date().isoformat() if midnight else moment.strftime("%Y-%m-%d %H:%M")
        case datetime.date():
            return value.isoformat()
        case datetime.time():
            return _to_the_second(datetime.datetime.combine(_ANY_DAY, value)).strftime("%H:%M")
        case datetime.timedelta():
            minutes = round(value.total_seconds() / 60)
            return f"{minutes // 60:02}:{minutes % 60:02}"
    return str(value)


def _to_the_second(moment: datetime.datetime) -> datetime.datetime:
    """A day's fraction with few digits is a hair before the minute: 14:29:59.99 was 14:30."""
    if moment.microsecond < 500_000 or moment.year == datetime.MAXYEAR:
        return moment.replace(microsecond=0)
    return moment.replace(microsecond=0) + datetime.timedelta(seconds=1)
