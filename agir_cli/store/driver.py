"""The one function that connects to SQLite, its transactions, and what its failures mean.

The recipe is the design's: foreign keys and recursive triggers on, extra sync (what is
acknowledged outlives a power cut), secure delete, nothing trusted from the schema, a rollback
journal, thirty seconds of patience; sixteen megabytes of pages, so that a load keeps those of its
indexes, and thirty-two of changed ones before others are kept from reading. Reads do not import
sqlite-utils, which costs more than a whole report.

A file that is encrypted is SQLCipher's: the same statements, and errors that are sqlite3's too.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple, cast
from weakref import WeakSet

from agir_cli.drafts import is_draft, make_private
from agir_cli.failures import FileFailure, sqlite_words, to_install
from agir_cli.store import cipher
from agir_cli.store.seal import Sealing
from agir_cli.store.waiting import patience, patiently

APPLICATION_ID = 0x41474952  # "AGIR"
SAFE_WAL = (3, 51, 3)
"""The first SQLite whose WAL mode has no known corruption bug."""

# SQLite takes the last eight bits of `cache_spill` for a switch too: 8,192 would mean never.
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
PRAGMA cache_spill = 8191;
"""

DatabaseError = sqlite3.DatabaseError


class _OfFile:
    """What a connection knows of its file.

    ``path``: None for a base in memory. ``mode``: of its journal, for a private copy.
    ``sealing``: what marks the rows that it writes, made when it writes first. ``place``: which
    file stood at its path when it was opened. ``key``: empty where nothing is encrypted.
    """

    path: Path | None = None
    mode: str = ""
    sealing: Sealing | None = None
    place: tuple[int, int] | None = None
    key: bytes = b""

    @property
    def file(self) -> Path:
        """The path of a team's file, where it is sure to be one."""
        assert self.path is not None
        return self.path

    def close(self) -> None:
        """Let the file go."""
        _open.discard(self)
        super().close()  # type: ignore[misc]  # the engine's

    def is_there(self) -> bool:
        """Whether the file that is open is still the one at its path."""
        return self.path is None or self.place == _place(self.path)


class Connection(_OfFile, sqlite3.Connection):
    """A connection that knows its file."""


@cache
def _encrypting() -> type[Connection]:
    """The same connection on SQLCipher; raises `FileFailure` where it is not installed."""
    try:
        from sqlcipher3 import dbapi2
    except ImportError:
        raise FileFailure(
            "Ce fichier est chiffré, et ce poste n'a pas de quoi l'ouvrir : rien n'a été touché.",
            f"Installez-le : {to_install('secure')}",
        ) from None
    for name in (
        "InterfaceError", "DatabaseError", "DataError", "OperationalError", "IntegrityError",
        "InternalError", "ProgrammingError", "NotSupportedError",
    ):  # fmt: skip
        error = getattr(dbapi2, name)
        error.__bases__ = (error.__bases__[0], getattr(sqlite3, name))  # one `except` for both
    return cast("type[Connection]", type("Connection", (_OfFile, dbapi2.Connection), {}))


def _connected(database: str, key: bytes, *, able: bool = False) -> Connection:
    """A connection of the engine that the key wants, the key given; ``able``: to have another."""
    made: Any = _encrypting() if key or able else Connection
    connection: Connection = made(database, uri=True, isolation_level=None)
    if key:
        connection.key = key
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f'PRAGMA key = "{cipher.for_engine(key)}"')
    return connection


_open: WeakSet[_OfFile] = WeakSet()


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


def connect(path: Path, mode: str, key: bytes | None = None, *, able: bool = False) -> Connection:
    """Connect to a file that is there, with the recipe above; ``mode``: « rw » or « ro ».

    ``key``: of a file that is new and empty; any other names its own. ``able``: it is to be
    written with another key. Raises `FileFailure` where its key is not to be had, or where nothing
    of it can be read with it.
    """
    place = _place(path)
    own = _key_of(path, place) if key is None else key
    connection = _connected(f"{path.absolute().as_uri()}?mode={mode}", own, able=able)
    connection.path, connection.place = path, place
    _open.add(connection)
    first_page = "SELECT 1 FROM sqlite_schema LIMIT 1" if own else ""
    try:
        patiently(connection, partial(connection.executescript, _PRAGMAS + first_page))
    except BaseException as error:
        connection.close()
        if own and getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise _unreadable(path, own) from None
        raise
    return connection


def key_named(path: Path) -> str:
    """The name of the key of a file that this process has not opened; none of one in clear."""
    return cipher.named_by(_head(path))


def can_encrypt() -> bool:
    """Whether SQLCipher is installed here."""
    from importlib.util import find_spec

    return find_spec("sqlcipher3") is not None


def key_of_file(path: Path) -> bytes:
    """The key of a file, none of one in clear; `FileFailure` where it is not to be had."""
    return _key_of(path, _place(path))


def _key_of(path: Path, place: tuple[int, int] | None) -> bytes:
    """The key of a file; of one that is open already, read otherwise, the locks would be lost."""
    for each in _open:
        if each.place == place and place is not None:
            return each.key
    name = key_named(path)
    return cipher.key_of(path, name) if name else b""


def _head(path: Path) -> bytes:
    with suppress(OSError):  # whoever opens it says why not
        handle = os.open(path, os.O_RDONLY)
        try:
            return os.read(handle, cipher.HEAD)
        finally:
            os.close(handle)
    return b""


def _unreadable(path: Path, key: bytes) -> FileFailure:
    if key_named(path) != cipher.name_of(key):
        return replaced(path)
    return FileFailure(
        f"Le fichier « {path.name} » est endommagé : sa clé est la bonne, et sa première page ne"
        " se lit plus.",
        "Reprenez la dernière sauvegarde.",
    )


@contextmanager
def in_memory(key: bytes = b"") -> Iterator[Connection]:
    """An empty base in memory, gone at the end: what `check` builds to compare a file with.

    ``key``: that of the file of which it is to be a copy.
    """
    connection = _connected(":memory:", key)
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
        if not connection.is_there():  # before a journal bears the name of the other
            raise replaced(connection.path)
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


REPLACED = (
    "Un programme de synchronisation ou de restauration a sans doute agi : sortez le fichier de"
    " son dossier."
)


def replaced(path: Path | None) -> FileFailure:
    """The failure for a file in whose place another was put while a command worked."""
    return FileFailure(
        f"« {path.name if path else ''} » a été remplacé par un autre fichier pendant la commande :"
        " rien n'a été enregistré.",
        REPLACED,
    )


def explained(error: Exception, path: Path, *, write: bool = True) -> FileFailure:
    """The French sentence of an engine's error, without a word of what was being written.

    ``write``: something was to be recorded, and was not.
    """
    nothing = " : rien n'a été enregistré" if write else ""
    if isinstance(error, UnicodeDecodeError) or "decode" in str(error)[:30]:
        return FileFailure(
            f"Le fichier « {path.name} » est endommagé, un texte ne s'y lit plus{nothing}.",
            "Reprenez la dernière sauvegarde ; agir check dit ce qui est touché.",
        )
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB and key_named(path):
        return replaced(path)  # it was opened in clear, and has been encrypted meanwhile
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
    """A whole, checked copy of an open file, readable by its owner alone (SQLite's backup API).

    Of an encrypted file, encrypted with its key.
    """
    target.unlink(missing_ok=True)
    make_private(target)
    copy = connect(target, "rw", connection.key)
    try:
        connection.backup(copy)
        if copy.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            source = connection.path or target
            raise FileFailure(
                f"Le fichier « {source.name} » est endommagé : une copie n'en serait pas saine.",
                "Reprenez la dernière sauvegarde ; agir check dit tout ce qui est touché.",
            )
    finally:
        copy.close()


def upsert(table: str, columns: Iterable[str], *key: str) -> str:
    """The statement that inserts a row of these columns, or renews the row that has its key."""
    names = tuple(columns)
    renewed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        f" ON CONFLICT ({', '.join(key)}) DO {f'UPDATE SET {renewed}' if renewed else 'NOTHING'}"
    )


# --- many rows by one statement: a statement a row costs half as much again -----------------

# SQLite binds 32,766 values at most; beyond a few thousand there is nothing left to gain.
_AT_ONCE = 4_000

Columns = dict[str, Sequence[Any]]
"""The values of each column, one a row. A column that is not there is NULL in every row."""


class Rows(NamedTuple):
    """Rows of a table about some dossiers: the place of the one that each row is about."""

    name: str
    owners: Sequence[int]
    columns: Columns


def insert(connection: Connection, table: str, columns: Columns, conflict: str = "") -> None:
    """Insert the rows of these columns, in their order.

    ``conflict`` is the end of the statement (`ON CONFLICT …`).
    """
    # To bind a NULL takes three times as long as a text: columns that nobody fills are left out.
    said = {name: values for name, values in columns.items() if values.count(None) < len(values)}
    if not said:
        return
    names, width = tuple(said), len(said)
    values: list[Any] = [None] * (width * len(said[names[0]]))
    for place, column in enumerate(said.values()):
        values[place::width] = column
    most = max(1, _AT_ONCE // width) * width
    for start in range(0, len(values), most):
        part = values[start : start + most]
        connection.execute(_statement(table, names, len(part) // width, conflict), part)


@lru_cache(maxsize=64)
def _statement(table: str, columns: tuple[str, ...], rows: int, conflict: str) -> str:
    marks = f"({', '.join('?' * len(columns))})"
    values = ", ".join([marks] * rows)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values} {conflict}"
