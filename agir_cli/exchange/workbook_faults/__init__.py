"""What python-calamine does not tell of a workbook: this room can leave when the library tells it.

calamine refuses a locked or damaged file without saying which, ends the program over one cell lost
in the far corner of a sheet, gives error cells and formulas without a result as empty, and does not
say which rows are hidden, which cells of an .ods are merged, that a date shows its month alone, or
a number zeros before it; it drops the tabs and line breaks of an .ods.

Nothing imports a module of this room from outside it. Every function raises whatever a damaged file
makes its readers raise.
"""

from __future__ import annotations

from typing import BinaryIO, Final, NamedTuple

from agir_cli.domain.reading import is_sheet_error
from agir_cli.exchange.workbook_faults.bounds import Swollen, check_parts, check_sheet
from agir_cli.exchange.workbook_faults.zipped import (
    OTHER,
    UNSAVED,
    Corners,
    ShownDates,
    Zeros,
    cell_faults,
    far_corner,
    is_encrypted,
    sheet_part,
    spaced_out,
)

__all__ = [
    "Corners", "SheetFaults", "far_cell", "faults_of", "is_locked", "is_ole", "is_unsound",
    "readable",
]  # fmt: skip

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What a French Excel shows for what its files hold in English.
_SHOWN: Final = {
    "#VALUE!": "#VALEUR!",
    "#NAME?": "#NOM?",
    "#NUM!": "#NOMBRE!",
    "#NULL!": "#NUL!",
}


class SheetFaults(NamedTuple):
    """The faults of one sheet. Rows are 1-based, columns 0-based.

    ``errors``: by row, then column, the error that a French spreadsheet shows in the cell.
    ``unsaved``: the cells whose formula has no stored result (they are among the errors too).
    ``hidden``: the rows that are not shown. ``merged``: the merged ranges of an .ods, which
    calamine does not give. ``dates``: cuts the dates that show less than a day. ``zeros``: by row,
    then column, what a number is shown with: the signs before it, its digits at least.
    """

    errors: dict[int, dict[int, str]]
    unsaved: list[tuple[int, int]]
    hidden: set[int]
    merged: list[Corners]
    dates: ShownDates
    zeros: Zeros


def faults_of(stream: BinaryIO, rank: int, last: int, columns: frozenset[int]) -> SheetFaults:
    """The faults of the sheet of that rank (0-based), of its rows up to ``last``.

    ``columns``: where errors are looked for. An error that no spreadsheet is known to show is
    ``#ERREUR!``: whoever reads the cell must see one.
    """
    old = is_ole(stream)
    faults = SheetFaults({}, [], set(), [], ShownDates(stream, rank, none=old), {})
    if old:
        from agir_cli.exchange.workbook_faults.biff import Biff

        book = Biff(stream)
        found = book.errors(rank, columns)
        faults.zeros.update(book.zeros(rank))
    else:
        found = cell_faults(stream, rank, last, columns, faults.hidden, faults.merged, faults.zeros)
    for line, column, error in found:
        shown = _SHOWN.get(error, error)
        faults.errors.setdefault(line, {})[column] = shown if is_sheet_error(shown) else OTHER
        if error == UNSAVED:
            faults.unsaved.append((line, column))
    return faults


def readable(stream: BinaryIO) -> BinaryIO:
    """The file as calamine reads the whole of it: itself, or a copy."""
    return stream if is_ole(stream) else spaced_out(stream)


def is_ole(stream: BinaryIO) -> bool:
    """Whether it is a compound file: an .xls, or another kind with a password."""
    stream.seek(0)
    return stream.read(len(_OLE)) == _OLE


def is_locked(stream: BinaryIO) -> bool:
    """Whether a password is needed."""
    if not is_ole(stream):
        return is_encrypted(stream)
    from agir_cli.exchange.workbook_faults.biff import Biff

    return Biff(stream).locked


def is_unsound(stream: BinaryIO) -> bool:
    """Whether opening the file would ask for more memory than there is: a damaged .xls."""
    if not is_ole(stream):
        return False
    from agir_cli.exchange.workbook_faults.biff import Biff

    return not Biff(stream).is_sound()


def too_much(stream: BinaryIO, rank: int | None = None) -> str | None:
    """Why the workbook, or its sheet of that rank, asks for more room than there is, if it does.

    To be asked before anything else is read.
    """
    if is_ole(stream):
        return None
    try:
        if rank is None:
            check_parts(stream)
        elif (part := sheet_part(stream, rank)) is not None:
            check_sheet(stream, part)
    except Swollen as fault:
        return str(fault)
    return None


def far_cell(stream: BinaryIO, rank: int) -> str | None:
    """The corner (``XFD1048576``) of the .xlsx sheet of that rank if it is too far, else ``None``.

    calamine makes room for every cell between a sheet's first and its last, and the program ends
    at once, without a word, where there is not that much memory. The sheets of an .xls cannot go
    that far, and for .ods calamine has a limit of its own.
    """
    return None if is_ole(stream) else far_corner(stream, rank)
