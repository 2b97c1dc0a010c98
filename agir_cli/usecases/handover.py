"""Handing a whole file over: its tables as rows of texts, and an equal file built from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from agir_cli.failures import FileFailure
from agir_cli.store import journal, lists, settings, truth, whole
from agir_cli.store.driver import Connection, DatabaseError, explained, writing
from agir_cli.store.file import consulting, create_file
from agir_cli.store.soundness import UNREADABLE
from agir_cli.store.stamp import now
from agir_cli.usecases.ledger import Visitor
from agir_cli.usecases.upkeep import check

__all__ = ["Damaged", "Incoming", "Outgoing", "build", "exported", "now", "version"]

version = truth.version


class Outgoing(NamedTuple):
    """One table to write: its columns, and its rows as texts (read them before the next)."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[list[str]]


class Incoming(NamedTuple):
    """One table to build: the columns of its rows, the rows as texts, how many are expected."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[str]]
    expected: int


class Damaged(Exception):
    """What was given is not what an export writes; the message is for a person (French)."""


@contextmanager
def exported(path: Path) -> Iterator[Iterator[Outgoing]]:
    """Every table of the file, seen at one moment."""
    with consulting(path) as connection:
        yield (
            Outgoing(shape.name, shape.names, whole.written_rows(connection, shape))
            for shape in whole.shapes(connection)
        )


def build(visitor: Visitor, tables: Iterable[Incoming]) -> int:
    """Create the visitor's file from these tables; how many anomalies `check` finds in it.

    Its lists are folded from its journal: those of the export are for people to read. Raises
    `Damaged`, and leaves no file then; `FileFailure` when a file is already there.
    """
    connection = create_file(visitor.path)
    try:
        try:
            with writing(connection):
                _fill(connection, tables)
        except DatabaseError as error:
            raise explained(error, visitor.path) from None
        finally:
            connection.close()
        return len(_anomalies(visitor))
    except BaseException:
        visitor.path.unlink(missing_ok=True)
        raise


def _anomalies(visitor: Visitor) -> list[object]:
    found = check(visitor.path)
    if any(difference.what in UNREADABLE for difference in found):
        raise Damaged(_UNREADABLE)
    return [*found]


_UNREADABLE = "le journal dit ce qui ne peut pas se lire"


def _fill(connection: Connection, tables: Iterable[Incoming]) -> None:
    whole.links_later(connection)
    shapes = {shape.name: shape for shape in whole.shapes(connection)}
    for table in tables:
        if table.name in lists.NAMES:
            _counted(table, sum(1 for _ in table.rows))
            continue
        shape = shapes.get(table.name)
        if shape is None:
            raise Damaged(f"la table « {table.name[:40]} » n'existe pas dans un fichier agir")
        unknown = set(table.columns) - set(shape.names)
        if unknown:
            raise Damaged(f"table {shape.name} : colonne inconnue {', '.join(sorted(unknown))}")
        try:
            _counted(table, whole.fill(connection, shape, table.columns, table.rows))
        except whole.BadCell as fault:
            raise Damaged(str(fault)) from None
    if not whole.links_hold(connection):
        raise Damaged("des lignes parlent d'autres lignes qui n'y sont pas")
    try:
        journal.fold_again(connection, settings.rulebook_of(connection))
    except FileFailure:  # a journal that cannot be read
        raise Damaged(_UNREADABLE) from None


def _counted(table: Incoming, count: int) -> None:
    if count != table.expected:
        raise Damaged(f"table {table.name} : {count} lignes, {table.expected} annoncées")
