"""Workbooks read by python-calamine: .xlsx, .xls, .ods. One sheet, cells as plain text.

A date cell becomes ``YYYY-MM-DD`` (``YYYY-MM-DD HH:MM`` with a time of day; ``YYYY-MM`` or ``YYYY``
where an .xlsx shows no more), a whole number loses its ``.0``, a boolean is ``oui`` or ``non``.
Excel serial numbers outside date cells stay numbers. An error cell (``#N/A``) holds the error as a
spreadsheet shows it, as it does in a CSV saved from it. A note names the rows that are hidden, the
cells beside the table, and the formulas whose result is not in the file. Whatever calamine raises
becomes one French sentence, and its panics stay off the screen.
"""

from __future__ import annotations

import datetime
import os
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from agir_cli.exchange import workbook_faults
from agir_cli.exchange.accents import may_be_damaged, mended, read_as, told
from agir_cli.exchange.cells import column_name
from agir_cli.exchange.dialect import DELIMITERS, Dialect
from agir_cli.exchange.row_kinds import (
    Header,
    IsHeading,
    header_index,
    is_heading,
    rows_above,
    trimmed_header,
)
from agir_cli.exchange.rows import Positions, Row, RowRules, noted, read_above
from agir_cli.failures import AgirFailure, RowsFailure, UsageFailure

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_TOP: Final = 200
_BLOCK: Final = 256
_ANY_DAY: Final = datetime.date(2000, 1, 1)

# What is noted of one line or cell, and of several (`rows.noted`).
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
_RESTORED: Final = (
    "zéro de tête rétabli, comme le format de la cellule le montre (ligne {})",
    "zéro de tête rétabli, comme le format des cellules le montre ({} lignes : {})",
)
_SAVE_IT: Final = (
    "le fichier ne garde pas le résultat ({}) : ouvrez-le dans un tableur, enregistrez-le, et "
    "relancez la commande"
)
_NOT_STORED: Final = (f"une formule dont {_SAVE_IT}", f"{{}} formules dont {_SAVE_IT}")


def workbook_kind(stream: BinaryIO, name: str) -> str | None:
    """``xlsx``, ``xls`` or ``ods`` by the file's content, whatever its name; ``None`` otherwise.

    Raises ``RowsFailure`` for an .xlsb.
    """
    if workbook_faults.is_ole(stream):
        return "xls"
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04":
        return None
    try:
        with zipfile.ZipFile(stream) as archive:
            # Some programs write the separators of Windows; Excel opens the file.
            members = {name.replace("\\", "/").lstrip("/") for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if "xl/workbook.bin" in members:
        raise RowsFailure(f"« {name} » est un classeur binaire (.xlsb) : enregistrez-le en .xlsx.")
    if any(member.startswith("xl/") for member in members):
        return "xlsx"
    return "ods" if "content.xml" in members else None


class WorkbookSheet:
    """One sheet of a workbook: its header, how a CSV that stands in for it is written, its rows."""

    def __init__(
        self,
        stream: BinaryIO,
        kind: str,
        file: str,
        wanted: str | None,
        known: IsHeading,
    ) -> None:
        book = _opened(stream, file)
        name = _chosen(book, file, wanted)
        self._sheet = _cells_of(book, stream, file, name)
        self._file = file
        self._accents: dict[tuple[int, int], tuple[str, str]] = {}
        top = self._top()
        if not top:
            raise RowsFailure(f"« {file} » : la feuille « {name} » est vide.", *_others(book))
        at, hits = header_index([cells for _, cells in top], known)
        if wanted is None and not hits and _others(book):
            # A page of explanations stands before the table.
            told = "n'a qu'une ligne" if len(top) == 1 else "n'a aucun titre de colonne connu"
            raise RowsFailure(f"« {file} » : la feuille « {name} » {told}.", *_others(book))
        self._header_line = top[at][0]
        below = [cells for _, cells in top[at + 1 :]]
        self._header = Header(trimmed_header(top[at][1]), known, below)
        self._above = rows_above(top[:at], self._header, below, known)
        self.header = self._header.names
        self.dialect = Dialect(
            kind=kind,
            encoding="utf-8",
            bom=True,
            delimiter=DELIMITERS[0],
            newline="\r\n",
            title_lines=self._header_line - 1,
            sheet=name,
            unread=self._above.unread,
        )
        self._look(stream, book.sheet_names.index(name), known)
        self.others = () if wanted is not None else tuple(_unread(book, stream, file, name, known))

    def rows(self, notes: list[str], read: Positions) -> Iterator[Row]:
        """The rows below the header; ``line`` is the sheet's own row number.

        A row that holds nothing but errors (a formula drawn down below the table) is left out, with
        a note.
        """
        margin: list[str] = []
        rules = RowRules(
            header=self._header,
            delimiter=self.dialect.delimiter,
            notes=notes,
            read=read,
            first=self._first,
            margin=margin,
        )
        merges = _Merges(self._ranges, self._header_line, self._last, self._first, self._read)
        yield from read_above(self._above, self._header_line, rules)
        bare, hidden = list[int](), list[int]()
        self._restored = dict[int, list[int]]()
        for line, cells in self._below():
            broken = self._errors.get(line, {})
            _put(cells, dict.fromkeys(broken, ""))  # an old .ods gives 0 for an error
            row = rules.row(line, cells)
            if broken and not any(map(str.strip, cells[: len(self.header)])):
                if line not in self._unsaved:
                    bare.append(line)
                    continue
                row = Row(line, cells[: len(self.header)], None)
            if row:
                _put(row.cells, broken)
                if row.aside and broken:
                    row = Row(line, row.cells, None)
                if covered := merges.fault(line, cells):
                    row = Row(line, row.cells, covered)
                if line in self._faults.hidden:
                    hidden.append(line)
                yield row
        rules.close()
        notes += noted(bare, *_NOTHING_BUT_ERRORS) + noted(hidden, *_HIDDEN)
        notes += noted(margin, *_APART) + noted(self._named(read), *_NOT_STORED)
        for place, lines in self._restored.items():
            if place < len(self.header) and (read is None or place in read):
                notes += (f"« {self.header[place]} » : {n}" for n in noted(lines, *_RESTORED))

    def _look(self, stream: BinaryIO, rank: int, known: IsHeading) -> None:
        """Find what calamine does not tell, in the columns that have a heading."""
        # calamine leaves out the empty columns before the first one that is not
        first = self._first = (self._sheet.start or (0, 0))[1]
        self._last = (self._sheet.end or (0, 0))[0] + 1
        named = frozenset(first + at for at, heading in enumerate(self.header) if heading)
        with _guarded(self._file):
            faults = self._faults = workbook_faults.faults_of(stream, rank, self._last, named)
            ranges: list[workbook_faults.Corners] = (
                getattr(self._sheet, "merged_cell_ranges", None) or []
            )
        self._errors = {
            line: {column - first: error for column, error in errors.items()}
            for line, errors in faults.errors.items()
        }
        self._formulas = [(line, at) for line, at in faults.unsaved if line > self._header_line]
        self._unsaved = frozenset(line for line, _ in self._formulas)
        self._ranges = [*ranges, *faults.merged]
        read = frozenset(at for at, heading in enumerate(self.header) if known(heading))
        self._read = read or frozenset(at - first for at in named)

    def _named(self, read: Positions) -> list[str]:
        """The formulas without a result, by name, in the columns that are read."""
        return [
            f"{column_name(at)}{line}"
            for line, at in self._formulas
            if read is None or at - self._first in read
        ]

    def _below(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header, their dates as the sheet shows them."""
        for block in self._blocks():
            rows = [(line, cells) for line, cells in block if line > self._header_line]
            with _guarded(self._file):
                for line, cells in rows:
                    self._faults.dates.put(line, self._first, cells)
                    if line in self._faults.zeros:
                        self._restore(line, cells)
            yield from rows

    def _restore(self, line: int, cells: list[str]) -> None:
        """Put before numbers what their format shows before them."""
        for column, (before, width) in self._faults.zeros[line].items():
            place = column - self._first
            if place < len(cells) and cells[place].isdigit():
                shown = before + cells[place].zfill(width)
                if shown != cells[place]:
                    cells[place] = shown
                    self._restored.setdefault(place, []).append(line)

    def _blocks(self) -> Iterator[list[tuple[int, list[str]]]]:
        """The sheet's rows with their numbers, so many at a time."""
        lines = count(1)
        with _guarded(self._file), _hushed():
            values = iter(self._sheet.iter_rows())
        while True:
            with _guarded(self._file), _hushed():
                block = list(islice(values, _BLOCK))
            if not block:
                return
            rows = [
                (line, [v if type(v) is str else as_text(v) for v in row])
                for row, line in zip(block, lines, strict=False)
            ]
            if may_be_damaged("\n".join(chain.from_iterable(cells for _, cells in rows))):
                self._mend(rows)
            yield rows

    def _mend(self, rows: list[tuple[int, list[str]]]) -> None:
        """Put right the cells whose accents come back exactly."""
        for line, cells in rows:
            for place, cell in enumerate(cells):
                if not cell.isascii() and (back := mended(cell)) != cell:
                    cells[place] = back
                    self._accents[line, place] = (cell, back)

    def accents(self) -> tuple[str, ...]:
        """Which accents came back, in the rows that were read (French)."""
        if not self._accents:
            return ()
        count, example = len(self._accents), next(iter(self._accents.values()))
        cells = "1 cellule" if count == 1 else f"{count} cellules"
        return (told(f"{cells} {read_as(example[0])}", *example),)

    def _top(self) -> list[tuple[int, list[str]]]:
        top: list[tuple[int, list[str]]] = []
        for line, cells in chain.from_iterable(self._blocks()):
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


class _Merge(NamedTuple):
    top: int
    bottom: int
    cell: str
    shown: int
    places: tuple[int, ...]


class _Merges:
    """The merged cells that cover rows below the header, in the columns that are read.

    ``ranges``: as calamine gives them. ``header``: the row of the headings (1-based). ``last``: the
    sheet's last row. ``first``: the column of the rows' first cell (0-based). ``places``: which
    cells of a row are read.
    """

    def __init__(
        self,
        ranges: Iterable[workbook_faults.Corners],
        header: int,
        last: int,
        first: int,
        places: Collection[int],
    ) -> None:
        self._valued: dict[_Merge, bool] = {}
        self._at: dict[int, list[_Merge]] = {}
        for (top, left), (bottom, right) in ranges:
            inside = tuple(p for p in range(left - first, right - first + 1) if p in places)
            if header <= bottom and inside:
                cell = f"{column_name(left)}{top + 1}:{column_name(right)}{bottom + 1}"
                merge = _Merge(top + 1, bottom + 1, cell, left - first, inside)
                for line in range(max(merge.top, header + 1), min(merge.bottom, last) + 1):
                    self._at.setdefault(line, []).append(merge)

    def fault(self, line: int, cells: Sequence[str]) -> str | None:
        """Why the row cannot be taken: a cell of it is covered by a merged one.

        Rows are to be shown from the first to the last. A row is refused whatever the column: a
        name that is not there makes another person, a date that is not there makes somebody late;
        and what is hidden below a merged cell is nothing that anybody still sees.
        """
        for merge in self._at.get(line, ()):
            filled = [n for n in merge.places if n < len(cells) and cells[n].strip()]
            if any(line > merge.top or place != merge.shown for place in filled):
                return (
                    f"la cellule {merge.cell} est fusionnée, et une valeur y est cachée : "
                    "défusionnez-la, et gardez dans chaque case la bonne valeur"
                )
            if line == merge.top:
                self._valued[merge] = bool(filled)
            elif self._valued.get(merge):
                return (
                    f"la cellule {merge.cell} est fusionnée sur les lignes {merge.top} à "
                    f"{merge.bottom}, et seule la ligne {merge.top} a sa valeur : défusionnez-la, "
                    "et recopiez la valeur sur chaque ligne"
                )
        return None


def _opened(stream: BinaryIO, file: str) -> CalamineWorkbook:
    """The workbook. Raises ``UsageFailure`` without the extra, ``RowsFailure`` if it is locked or
    damaged.
    """
    try:
        import python_calamine
    except ImportError:
        raise UsageFailure(
            f"« {file} » est un classeur, et ce qui les lit n'est pas installé.",
            "Réinstallez agir, dans son dossier : pipx install --force .",
        ) from None
    try:
        with _guarded(file), _hushed():
            _refuse_too_much(file, workbook_faults.too_much(stream))
            # calamine tells a locked file from a damaged one only where it has a path
            if workbook_faults.is_locked(stream):
                raise _locked(file)
            if workbook_faults.is_unsound(stream):
                raise _damaged(file)
            whole = workbook_faults.readable(stream)
            whole.seek(0)
            return python_calamine.CalamineWorkbook.from_filelike(whole)
    except python_calamine.PasswordError:
        raise _locked(file) from None


def _refuse_too_much(file: str, why: str | None) -> None:
    if why is not None:
        raise RowsFailure(f"« {file} » ne peut pas être lu : {why}.", "Donnez un CSV du tableau.")


def _cells_of(book: CalamineWorkbook, stream: BinaryIO, file: str, name: str) -> CalamineSheet:
    """The sheet ``name``. Raises ``RowsFailure`` if a cell is lost too far from the others."""
    with _guarded(file), _hushed():
        rank = book.sheet_names.index(name)
        corner = workbook_faults.far_cell(stream, rank)
        if corner:
            raise RowsFailure(
                f"« {file} » : la feuille « {name} » s'étend jusqu'à la cellule {corner}, "
                "trop loin pour être lue : effacez ce qui est hors du tableau, ou donnez un CSV."
            )
        _refuse_too_much(f"{file} », feuille « {name}", workbook_faults.too_much(stream, rank))
        return book.get_sheet_by_name(name)


def _unread(
    book: CalamineWorkbook, stream: BinaryIO, file: str, read: str, known: IsHeading
) -> Iterator[tuple[str, int]]:
    """The other sheets that are shown and have known headings, with the rows below these.

    A sheet that cannot be read is none of them.
    """
    for name, shown in _names(book).items():
        if not shown or name == read:
            continue
        try:
            sheet = _cells_of(book, stream, file, name)
            with _guarded(file), _hushed():
                rows = ([as_text(value) for value in row] for row in sheet.iter_rows())
                filled = [row for row in islice(rows, _TOP) if any(map(str.strip, row))]
                more = sum(any(map(str.strip, row)) for row in rows)
        except AgirFailure:
            continue
        at, _ = header_index(filled, known)
        below = len(filled) - at - 1 + more
        if below > 0 and is_heading(filled[at], known):
            yield name, below


@contextmanager
def _guarded(file: str) -> Iterator[None]:
    """Turns whatever calamine raises into one sentence: it has a class a format, and panics."""
    from python_calamine import PasswordError

    try:
        yield
    except (AgirFailure, PasswordError):
        raise
    except Exception as error:
        raise _unknown_error(file, error) or _damaged(file) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(file) from error


@contextmanager
def _hushed() -> Iterator[None]:
    """Nothing on the screen: a panic of calamine writes its own English trace there."""
    try:
        screen = os.dup(2)
    except OSError:
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        yield
    finally:
        os.dup2(screen, 2)
        os.close(screen)


def _chosen(book: CalamineWorkbook, file: str, wanted: str | None) -> str:
    """The sheet named ``wanted`` (its case aside), else the first that is not hidden.

    Raises ``UsageFailure`` where there is none of that name: the sheets are listed.
    """
    names = _names(book)
    if not names:
        raise RowsFailure(f"« {file} » ne contient aucune feuille.")
    if wanted is None:
        return next((name for name, shown in names.items() if shown), next(iter(names)))
    folded = {name.strip().casefold(): name for name in reversed(names)}
    found = wanted if wanted in names else folded.get(wanted.strip().casefold())
    if found is None:
        raise UsageFailure(
            f"« {file} » n'a pas de feuille « {wanted} ».",
            "Feuilles : " + _listed(names),
        )
    return found


def _names(book: CalamineWorkbook) -> dict[str, bool]:
    """The sheets that hold cells, and whether each is shown."""
    return {
        sheet.name: str(sheet.visible).endswith("Visible")
        for sheet in book.sheets_metadata
        if str(sheet.typ).endswith("WorkSheet")
    }


def _listed(names: dict[str, bool]) -> str:
    return ", ".join(f"« {name} »{'' if shown else ' (masquée)'}" for name, shown in names.items())


def _others(book: CalamineWorkbook) -> tuple[str, ...]:
    """What to type for another sheet, where there is one."""
    names = _names(book)
    told = f"Une autre se choisit avec --sheet. Feuilles : {_listed(names)}"
    return (told,) if len(names) > 1 else ()


def _unknown_error(file: str, error: Exception) -> RowsFailure | None:
    """calamine refuses a whole sheet for one error cell that it has no name for."""
    found = re.search("Unsupported cell error value '(.*)'", str(error))
    return found and RowsFailure(
        f"« {file} » : une cellule de la feuille contient l'erreur « {found.group(1)} » : "
        "corrigez sa formule, ou mettez la valeur à sa place, et enregistrez."
    )


def _locked(file: str) -> RowsFailure:
    return RowsFailure(
        f"« {file} » est protégé par un mot de passe : ouvrez-le dans un tableur, "
        "et enregistrez-le sans mot de passe."
    )


def _damaged(file: str) -> RowsFailure:
    return RowsFailure(
        f"« {file} » se présente comme un classeur mais ne peut pas être ouvert (fichier coupé ou "
        "abîmé, ou cellule remplie très loin du tableau) : enregistrez-le de nouveau, ou donnez un "
        "CSV."
    )
