"""Handing a whole file over: its tables as rows of texts, and an equal file built from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from agir_cli.failures import FileFailure
from agir_cli.store import directory, dump, journal, migrations, schema, seal, settings
from agir_cli.store.driver import Connection, DatabaseError, explained, writing
from agir_cli.store.dump import Damaged
from agir_cli.store.file import apart, appearing, create_file, open_file
from agir_cli.store.soundness import journal_gaps
from agir_cli.store.stamp import now
from agir_cli.usecases.ledger import Visitor
from agir_cli.usecases.upkeep import check

__all__ = ["Damaged", "Incoming", "Outgoing", "Table", "build", "exported", "now", "version"]

version = migrations.version


class Table(NamedTuple):
    """One table: its columns, and its rows as texts (read them before the next table's)."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[str]]


class Outgoing(NamedTuple):
    """What is handed over: every table, and the seal of the whole.

    ``unread``: the tables of which damaged pages kept something, known once they were read.
    """

    tables: Iterable[Table]
    seal: str
    unread: list[str]

    @property
    def lost(self) -> bool:
        """Whether more is missing than lists, which are folded again from the journal."""
        return any(shape.name in self.unread for shape in schema.shapes_at(version()))


@contextmanager
def exported(path: Path, *, salvage: bool = False) -> Iterator[Outgoing]:
    """Every table of the file, seen at one moment; ``salvage``: damaged pages are passed over."""
    unread: list[str] = []
    with apart(path) as connection:
        tables = (
            Table(
                shape.name,
                shape.names,
                dump.written_rows(connection, shape, unread if salvage else None),
            )
            for shape in dump.shapes(connection)
        )
        known = seal.seal_of(connection)
        yield Outgoing(tables, known.content if known is not None else "", unread)


class Incoming(NamedTuple):
    """What is taken over: tables of a version of the schema, under the seal they had."""

    names: Collection[str]
    tables: Iterable[Table]
    version: int
    seal: str


class Built(NamedTuple):
    """A file that was made: its seal, how many anomalies `check` finds in it.

    ``equal``: it is proved that it holds what the other held; ``sealed``: a proof was there.
    """

    seal: str
    anomalies: int
    equal: bool
    sealed: bool


class Unproven(Exception):
    """The tables are not those that their seal stands for."""


def build(
    visitor: Visitor, incoming: Incoming, key: bytes = b"", *, unproven: bool = False
) -> Built:
    """Create the visitor's file from these tables, encrypted with ``key`` where there is one.

    Its lists are folded from its journal: those of the export are for people to read. Raises
    `Damaged`, and `Unproven` (unless ``unproven``: it is made all the same), and leaves no file
    then; `FileFailure` when a file is already there.
    """
    sealed = incoming.version >= migrations.FIRST_SEALED
    with appearing(visitor.path) as place:
        try:
            new = create_file(place, visitor.path, key)
            with closing(new) as connection, writing(connection):
                _fill(connection, incoming)
            with closing(open_file(place, write=False)) as connection:
                own = seal.seal_of(connection)
                whole_chain = _is_whole(connection)
        except DatabaseError as error:
            raise explained(error, visitor.path) from None
        content = own.content if own is not None else ""
        equal = sealed and whole_chain and content == incoming.seal
        if sealed and not (equal or unproven):
            raise Unproven
    return Built(content, len(check(visitor.path)), equal, sealed)


def _is_whole(connection: Connection) -> bool:
    """Whether each event follows from the one before, and none of the file's own is left out."""
    faults = (seal.broken, journal_gaps, seal.own_left_out)
    return all(next(iter(each(connection)), None) is None for each in faults)


def _fill(connection: Connection, incoming: Incoming) -> None:
    shapes = {shape.name: shape for shape in dump.shapes(connection)}
    wanted = {shape.name: shape for shape in schema.shapes_at(incoming.version)}
    for name in wanted:
        if name not in incoming.names:
            raise Damaged(f"il manque la table « {name} »")
    with dump.links_later(connection):
        for name, columns, rows in incoming.tables:
            if name in wanted:
                dump.fill(connection, wanted[name], columns, rows)
            elif name not in shapes:
                raise Damaged(f"la table « {name[:40]} » n'existe pas dans un fichier agir")
    if incoming.version < migrations.FIRST_SEALED:
        migrations.chain_anew(connection)
    else:
        seal.keep_links(connection)
    if "departments" not in wanted:  # an export from before the whole directory
        directory.seed(connection)
    try:
        journal.fold_again(connection, settings.rulebook_of(connection))
    except FileFailure:  # a journal that cannot be read
        raise Damaged("le journal dit ce qui ne peut pas se lire") from None
