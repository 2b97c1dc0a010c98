"""A workbook opened by python-calamine: which of its sheets, and every way it can refuse.

Whatever calamine raises becomes one French sentence, and its panics stay off the screen.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from agir_cli.exchange.archives import far_cell, is_locked, is_ole
from agir_cli.failures import AgirFailure, RowsFailure, UsageFailure

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook


def opened(stream: BinaryIO, file: str) -> CalamineWorkbook:
    """The workbook. Raises ``UsageFailure`` without the extra, ``RowsFailure`` if it is locked or
    damaged.
    """
    try:
        import python_calamine
    except ImportError:
        raise UsageFailure(
            f"« {file} » est un classeur : pour le lire, installez le complément "
            '« xlsx » : pip install "agir-cli[xlsx]"'
        ) from None
    try:
        with guarded(file), hushed():
            # calamine tells a locked file from a damaged one only where it has a path
            if is_locked(stream):
                raise _locked(file)
            if is_ole(stream) and not _is_sound(stream):
                raise _damaged(file)
            stream.seek(0)
            return python_calamine.CalamineWorkbook.from_filelike(stream)
    except python_calamine.PasswordError:
        raise _locked(file) from None


def cells_of(book: CalamineWorkbook, stream: BinaryIO, file: str, name: str) -> CalamineSheet:
    """The sheet ``name``. Raises ``RowsFailure`` if a cell is lost too far from the others."""
    with guarded(file), hushed():
        corner = far_cell(stream, book.sheet_names.index(name))
        if corner:
            raise RowsFailure(
                f"« {file} » : la feuille « {name} » s'étend jusqu'à la cellule {corner}, "
                "trop loin pour être lue : effacez ce qui est hors du tableau, ou donnez un CSV."
            )
        return book.get_sheet_by_name(name)


def _is_sound(stream: BinaryIO) -> bool:
    from agir_cli.exchange.biff import Biff

    return Biff(stream).is_sound()


@contextmanager
def guarded(file: str) -> Iterator[None]:
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
def hushed() -> Iterator[None]:
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


def chosen(book: CalamineWorkbook, file: str, wanted: str | None) -> str:
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


def others(book: CalamineWorkbook) -> tuple[str, ...]:
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
