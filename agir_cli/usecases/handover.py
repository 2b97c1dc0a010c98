"""Handing a whole file over: its tables as rows of texts, and an equal file built from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from agir_cli.failures import FileFailure
from agir_cli.store import journal, lists, settings, truth, whole
from agir_cli.store.driver import Connection, DatabaseError, explained, writing
from agir_cli.store.file import appearing, consulting, create_file
from agir_cli.store.stamp import now
from agir_cli.store.whole import Damaged
from agir_cli.usecases.ledger import Visitor
from agir_cli.usecases.upkeep import check

__all__ = ["Damaged", "Table", "build", "exported", "now", "version"]

version = truth.version


class Table(NamedTuple):
    """One table: its columns, and its rows as texts (read them before the next table's)."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[str]]


@contextmanager
def exported(path: Path) -> Iterator[Iterator[Table]]:
    """Every table of the file, seen at one moment."""
    with consulting(path) as connection:
        yield (
            Table(shape.name, shape.names, whole.written_rows(connection, shape))
            for shape in whole.shapes(connection)
        )


def build(visitor: Visitor, tables: Iterable[Table]) -> int:
    """Create the visitor's file from these tables; how many anomalies `check` finds in it.

    Its lists are folded from its journal: those of the export are for people to read. Raises
    `Damaged`, and leaves no file then; `FileFailure` when a file is already there.
    """
    with appearing(visitor.path) as place:
        try:
            with closing(create_file(place, visitor.path)) as connection, writing(connection):
                _fill(connection, tables)
        except DatabaseError as error:
            raise explained(error, visitor.path) from None
    return len(check(visitor.path))


def _fill(connection: Connection, tables: Iterable[Table]) -> None:
    shapes = {shape.name: shape for shape in whole.shapes(connection)}
    with whole.links_later(connection):
        for name, columns, rows in tables:
            if name not in shapes:
                raise Damaged(f"la table « {name[:40]} » n'existe pas dans un fichier agir")
            if name not in lists.NAMES:
                whole.fill(connection, shapes[name], columns, rows)
    try:
        journal.fold_again(connection, settings.rulebook_of(connection))
    except FileFailure:  # a journal that cannot be read
        raise Damaged("le journal dit ce qui ne peut pas se lire") from None
