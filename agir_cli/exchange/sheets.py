"""Workbooks read by python-calamine: .xlsx, .xls, .ods. One sheet, cells as plain text.

A date cell becomes ``YYYY-MM-DD`` (``YYYY-MM-DD HH:MM`` with a time of day), a whole number loses
its ``.0``, a boolean is ``oui`` or ``non``. Excel serial numbers outside date cells stay numbers.
An error cell (``#N/A``) comes out of calamine empty.
"""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from agir_cli.exchange.dialect import DELIMITERS, Known, header_index, trimmed_header
from agir_cli.exchange.rows import Judge, Row
from agir_cli.failures import AgirFailure, RowsFailure, UsageFailure

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

# calamine holds a whole sheet: a small archive that swells beyond this is refused.
LARGEST: Final = 2 << 30
_TOP: Final = 200
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def workbook_kind(stream: BinaryIO, name: str) -> str | None:
    """``xlsx``, ``xls`` or ``ods`` by the file's content, whatever its name; ``None`` otherwise.

    Raises ``RowsFailure`` for an archive too large to be a table.
    """
    stream.seek(0)
    start = stream.read(8)
    if start == _OLE:
        return "xls"
    if not start.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(stream) as archive:
            members = {one.filename: one.file_size for one in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if sum(members.values()) > LARGEST:
        raise RowsFailure(f"« {name} » est un classeur trop grand : donnez un CSV.")
    if any(member.startswith("xl/") for member in members):
        return "xlsx"
    return "ods" if "content.xml" in members else None


class Sheet:
    """One sheet of a workbook, open: ``name``, the lines above its header, its header, its rows."""

    def __init__(self, stream: BinaryIO, file: str, wanted: str | None, known: Known) -> None:
        book = _opened(stream, file)
        self.name = _chosen(book, file, wanted)
        with _guarded(file):
            self._sheet = book.get_sheet_by_name(self.name)
        self._file = file
        top = self._top()
        if not top:
            raise RowsFailure(f"« {file} » : la feuille « {self.name} » est vide.")
        at, _ = header_index([cells for _, cells in top], known)
        self.title_lines = top[at][0] - 1
        self.header = trimmed_header(top[at][1])

    def rows(self, notes: list[str], exact: bool) -> Iterator[Row]:
        """The rows below the header; ``line`` is the sheet's own row number."""
        judge = Judge(
            width=len(self.header),
            delimiter=DELIMITERS[0],
            trims=False,
            suspect=True,
            mixed=False,
            marked=True,
            exact=exact,
            notes=notes,
        )
        for line, cells in self._lines():
            if line > self.title_lines + 1 and (row := judge.row(line, cells)):
                yield row

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        with _guarded(self._file):
            values = iter(self._sheet.iter_rows())
        for line in count(1):
            with _guarded(self._file):
                row = next(values, None)
            if row is None:
                return
            yield line, [v if type(v) is str else as_text(v) for v in row]

    def _top(self) -> list[tuple[int, list[str]]]:
        top: list[tuple[int, list[str]]] = []
        for line, cells in self._lines():
            if any(cell.strip() for cell in cells):
                top.append((line, cells))
            if len(top) == _TOP:
                break
        return top


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
            midnight = value.time() == datetime.time.min
            return value.date().isoformat() if midnight else value.strftime("%Y-%m-%d %H:%M")
        case datetime.date():
            return value.isoformat()
        case datetime.time():
            return value.strftime("%H:%M")
    return str(value)


def _opened(stream: BinaryIO, file: str) -> CalamineWorkbook:
    try:
        import python_calamine
    except ImportError:
        raise UsageFailure(
            f"« {file} » est un classeur : pour le lire, installez le complément "
            '« xlsx » : pip install "agir-cli[xlsx]"'
        ) from None
    stream.seek(0)
    try:
        with _guarded(file):
            return python_calamine.CalamineWorkbook.from_filelike(stream)
    except python_calamine.PasswordError:
        raise RowsFailure(
            f"« {file} » est protégé par un mot de passe : enregistrez-le sans."
        ) from None


@contextmanager
def _guarded(file: str) -> Iterator[None]:
    """Turns whatever calamine raises into one sentence: it has a class a format, and panics."""
    from python_calamine import PasswordError

    try:
        yield
    except (AgirFailure, PasswordError):
        raise
    except Exception as error:
        raise _damaged(file) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(file) from error


def _chosen(book: CalamineWorkbook, file: str, wanted: str | None) -> str:
    names = book.sheet_names
    if not names:
        raise RowsFailure(f"« {file} » ne contient aucune feuille.")
    if wanted is None:
        return names[0]
    folded = {name.strip().casefold(): name for name in reversed(names)}
    found = wanted if wanted in names else folded.get(wanted.strip().casefold())
    if found is None:
        raise UsageFailure(
            f"« {file} » n'a pas de feuille « {wanted} ».",
            "Feuilles : " + ", ".join(f"« {name} »" for name in names),
        )
    return found


def _damaged(file: str) -> RowsFailure:
    return RowsFailure(
        f"« {file} » se présente comme un classeur mais ne peut pas être ouvert (fichier coupé ou "
        "abîmé) : enregistrez-le de nouveau."
    )
