"""The one function that connects to SQLite, its transactions, and what its failures mean.

The recipe is the design's: foreign keys and recursive triggers on, extra sync (what is
acknowledged outlives a power cut), secure delete, nothing trusted from the schema, a rollback
journal, thirty seconds of patience; sixteen megabytes of pages, so that a load keeps those of its
indexes, and sixty-four of changed ones before others are kept from reading. Reads do not import
sqlite-utils, which costs more than a whole report.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from weakref import WeakSet

from agir_cli.drafts import is_draft
from agir_cli.failures import FileFailure, sqlite_words
from agir_cli.store.seal import Sealing
from agir_cli.store.waiting import patience, patiently

APPLICATION_ID = 0x41474952  # "AGIR"
SAFE_WAL = (3, 51, 3)
"""The first SQLite whose WAL mode has no known corruption bug."""

# SQLite takes the last eight bits of `cache_spill` for a switch too: 16,384 would mean never.
_PRAGMAS = """
PRAGMA foreign_keys = ON;
PRAGMA recursive_triggers = ON;
PRAGMA synchronous = EXTRA;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA mmap_size = 0;
PRAGMA cache_size = -16384;
PRAGMA cache_spill = 16383;
"""

DatabaseError = sqlite3.DatabaseError


class Connection(sqlite3.Connection):
    """A connection that knows its file.

    ``path``: None for a base in memory. ``mode``: of its journal, for a private copy.
    ``sealing``: what marks the rows that it writes, made when it writes first. ``place``: which
    file stood at its path when it was opened.
    """

    path: Path | None = None
    mode: str = ""
    sealing: Sealing | None = None
    place: tuple[int, int] | None = None

    def close(self) -> None:
        """Let the file go."""
        _open.discard(self)
        super().close()

    def is_there(self) -> bool:
        """Whether the file that is open is still the one at its path."""
        return self.path is None or self.place == _place(self.path)


_open: WeakSet[Connection] = WeakSet()


def is_open(path: Path) -> bool:
    """Whether this process has the file open: read by another way, it would lose its locks."""
    place = _place(path)
    return any(each.place == place for each in _open)


def _place(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def sqlite_version() -> tuple[int, int, int]:
    """The version of the SQLite library of this process."""
    return sqlite3.sqlite_version_info


def connect(path: Path, mode: str) -> Connection:
    """Connect to a file that is there, with the recipe above; ``mode``: « rw » or « ro »."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, factory=Connection)
    connection.path, connection.place = path, _place(path)
    _open.add(connection)
    try:
        patiently(connection, partial(connection.executescript, _PRAGMAS))
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def in_memory() -> Iterator[Connection]:
    """An empty base in memory, gone at the end: what `check` builds to compare a file with."""
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=Connection)
    try:
        yield connection
    finally:
        connection.close()


_kept = 0


def kept() -> int:
    """How many transactions of this process have changed a file for good.

    A command whose screen fails afterwards must not let anybody believe that it did nothing.
    """
    return _kept


def keep() -> None:
    """Count a change that is there for good."""
    global _kept
    _kept += 1


@contextmanager
def writing(
    connection: Connection, *, act: bool = True, sealed: bool = True
) -> Iterator[Connection]:
    """One transaction that holds the write lock from its start; whole, or not at all.

    ``act``: it is somebody's act, which `kept` tells of; not the upkeep of the file. What it
    changes is sealed, unless it changes how the file is built (``sealed`` is false).
    """
    if sealed and connection.sealing is None:  # its triggers outlive a transaction taken back
        connection.sealing = patiently(connection, partial(Sealing, connection, connection.path))
    patiently(connection, partial(connection.execute, "BEGIN IMMEDIATE"))
    before = connection.total_changes
    try:
        if connection.sealing is not None:
            connection.sealing.begin()
        yield connection
        changed = connection.total_changes > before
        if changed and connection.sealing is not None:
            connection.sealing.end()
        patiently(connection, partial(connection.execute, "COMMIT"))  # who reads may hinder it
        if changed and connection.sealing is not None:
            connection.sealing.committed()
        if act and changed and not (connection.path and is_draft(connection.path)):
            keep()
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def reading(connection: Connection) -> Iterator[Connection]:
    """One short read transaction: every query of a report sees the same file."""
    connection.execute("BEGIN")
    patiently(connection, partial(connection.execute, "SELECT 1 FROM sqlite_schema LIMIT 1"))
    try:
        yield connection
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def explained(error: DatabaseError, path: Path, *, write: bool = True) -> FileFailure:
    """The French sentence of an engine's error, without a word of what was being written.

    ``write``: something was to be recorded, and was not.
    """
    nothing = " : rien n'a été enregistré" if write else ""
    words = sqlite_words(error)
    if words is not None:
        told = words.of_file.format(seconds=patience(), nothing=nothing)
        held = [f"Il est tenu par le {each}." for each in getattr(error, "__notes__", ())]
        return FileFailure(f"Le fichier « {path.name} » {told}.", *held, words.advice)
    name = getattr(error, "sqlite_errorname", "")
    return FileFailure(
        f"Le fichier « {path.name} » a refusé l'opération ({name or 'erreur inconnue'}){nothing}.",
        "agir check dit si le fichier est sain.",
    )


# What a value is that its table does not admit: no page is lost by it.
_OF_A_VALUE = re.compile(r"constraint failed in|value in \w+\.")


def damaged(connection: Connection, seconds: float) -> bool:
    """Whether pages of the file are found damaged within so many seconds of looking."""
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    try:
        told = [str(row[0]) for row in connection.execute("PRAGMA quick_check(20)")]
        return any(each != "ok" and not _OF_A_VALUE.search(each) for each in told)
    except sqlite3.OperationalError:  # no time left: nothing is known
        return False
    finally:
        connection.set_progress_handler(None, 0)


def copy_to(connection: Connection, target: Path) -> None:
    """A whole, checked copy of an open file, readable by its owner alone (SQLite's backup API)."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    copy = connect(target, "rw")
    try:
        connection.backup(copy)
        if copy.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise FileFailure(f"La copie « {target.name} » n'est pas saine ; rien n'a été changé.")
    finally:
        copy.close()
