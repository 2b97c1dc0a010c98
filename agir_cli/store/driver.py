"""The one function that opens an agir file, and what its failures mean in French.

The recipe is the design's: foreign keys and recursive triggers on, full sync, secure delete,
nothing trusted from the schema, a rollback journal, thirty seconds of patience; and sixteen
megabytes of pages at most, so that a load keeps those of its indexes. Reads do not
import sqlite-utils, which costs more than a whole report.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from agir_cli.failures import FileFailure, reason_of, sqlite_words
from agir_cli.store.waiting import patience, patiently

APPLICATION_ID = 0x41474952  # "AGIR"
SCHEMA_VERSION = 1
SAFE_WAL = (3, 51, 3)
"""The first SQLite whose WAL mode has no known corruption bug."""

_PRAGMAS = """
PRAGMA foreign_keys = ON;
PRAGMA recursive_triggers = ON;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA mmap_size = 0;
PRAGMA cache_size = -16384;
"""

Connection = sqlite3.Connection
DatabaseError = sqlite3.DatabaseError


def sqlite_version() -> tuple[int, int, int]:
    """The version of the SQLite library of this process."""
    return sqlite3.sqlite_version_info


def _connect(path: Path, mode: str) -> Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        patiently(connection, partial(connection.executescript, _PRAGMAS))
    except BaseException:
        connection.close()
        raise
    return connection


def open_file(path: Path, *, write: bool) -> Connection:
    """Open an existing agir file of this program's version.

    Raises `FileFailure` (exit 7) when it is missing, foreign, newer, damaged or read-only.
    """
    _must_exist(path)
    if not os.access(path, os.R_OK):
        raise _closed(path, PermissionError(errno.EACCES, "unreadable"))
    if write and not os.access(path, os.W_OK):
        raise FileFailure(
            f"Le fichier « {path.name} » est en lecture seule : rien n'a été enregistré.",
            "Demandez le droit d'écriture, ou travaillez sur un autre fichier (--db).",
        )
    connection = None
    try:
        connection = _connect(path, "rw" if os.access(path, os.W_OK) else "ro")
        if patiently(connection, partial(_verify, connection, path)) < SCHEMA_VERSION:
            _migrate(connection, path)
        if not write:
            connection.execute("PRAGMA query_only = ON")
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, DatabaseError):
            raise explained(error, path, write=write) from None
        raise
    return connection


def _must_exist(path: Path) -> None:
    try:
        there = path.exists()
    except OSError as error:
        raise _closed(path, error) from None
    if not there:
        raise FileFailure(
            f"Il n'y a pas de fichier agir à cet endroit : {path.absolute()}",
            "Créez-le : agir init --department 44   (ou essayez : agir demo)",
            "Un autre fichier se nomme avec --db FICHIER, ou la variable AGIR_DB.",
        )
    if path.is_dir():
        raise FileFailure(f"« {path.name} » est un dossier, pas un fichier agir.")
    if path.stat().st_nlink > 1:
        raise FileFailure(
            f"Le fichier « {path.name} » a plusieurs noms (lien dur) : l'ouvrir pourrait l'abîmer.",
            "Gardez-en un seul, puis recommencez.",
        )


def _closed(path: Path, error: OSError) -> FileFailure:
    return FileFailure(
        f"Le fichier « {path} » ne peut pas être ouvert : {reason_of(error)}.",
        "Vérifiez --db et AGIR_DB, et vos droits sur ce dossier.",
    )


def _verify(connection: Connection, path: Path) -> int:
    identity = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if identity != APPLICATION_ID:
        raise FileFailure(
            f"« {path.name} » n'est pas un fichier agir ; il n'a pas été touché.",
            "Vérifiez --db et AGIR_DB.",
        )
    if version > SCHEMA_VERSION:
        raise FileFailure(
            f"« {path.name} » a été écrit par une version plus récente d'agir"
            f" (schéma {version}, ici {SCHEMA_VERSION}) ; il n'a pas été touché.",
            "Mettez agir à jour sur ce poste.",
        )
    return version


def _migrate(connection: Connection, path: Path) -> None:
    from agir_cli.store.schema import migrate

    migrate(connection, path)


def _uncreated(path: Path, error: OSError) -> FileFailure:
    if error.errno == errno.ENOTDIR:
        why = "une partie de son chemin est un fichier, pas un dossier"
    else:
        why = reason_of(error, writing=True)
    return FileFailure(
        f"« {path} » ne peut pas être créé : {why}.", "Choisissez un autre endroit avec --db."
    )


def _taken(path: Path) -> FileFailure:
    if path.is_symlink() and not path.exists():
        return FileFailure(
            f"« {path.name} » est un lien vers un fichier qui n'existe pas : {path.readlink()}",
            "Retirez ce lien, ou nommez avec --db le fichier lui-même.",
        )
    return FileFailure(
        f"« {path.name} » existe déjà ; il n'a pas été touché.",
        "Choisissez un autre nom avec --db, ou continuez avec ce fichier.",
    )


def create_file(path: Path) -> Connection:
    """Create an empty file readable by its owner alone, with the whole schema.

    Raises `FileFailure` when something is already there: nothing is ever overwritten.
    """
    from agir_cli.store.schema import build

    if path.name.endswith(("-journal", "-wal", "-shm")):
        raise FileFailure(
            f"« {path.name} » est le nom du journal d'un autre fichier.", "Choisissez un autre nom."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except FileExistsError as error:
        raise _uncreated(path, NotADirectoryError(errno.ENOTDIR, str(error))) from None
    except OSError as error:
        raise _uncreated(path, error) from None
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise _uncreated(path, error) from None
    connection = _connect(path, "rw")
    try:
        build(connection)
    except BaseException as error:
        connection.close()
        path.unlink()
        if isinstance(error, DatabaseError):
            raise explained(error, path) from None
        raise
    return connection


_kept = 0


def kept() -> int:
    """How many transactions of this process have changed a file for good.

    A command whose screen fails afterwards must not let anybody believe that it did nothing.
    """
    return _kept


@contextmanager
def writing(connection: Connection) -> Iterator[Connection]:
    """One transaction that holds the write lock from its start; whole, or not at all."""
    global _kept
    patiently(connection, partial(connection.execute, "BEGIN IMMEDIATE"))
    before = connection.total_changes
    try:
        yield connection
        patiently(connection, partial(connection.execute, "COMMIT"))  # who reads may hinder it
        _kept += connection.total_changes > before
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
        return FileFailure(f"Le fichier « {path.name} » {told}.", words.advice)
    name = getattr(error, "sqlite_errorname", "")
    return FileFailure(
        f"Le fichier « {path.name} » a refusé l'opération ({name or 'erreur inconnue'}){nothing}.",
        "agir check dit si le fichier est sain.",
    )


def copy_to(connection: Connection, target: Path) -> None:
    """A whole, checked copy of an open file, readable by its owner alone (SQLite's backup API)."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    copy = _connect(target, "rw")
    try:
        connection.backup(copy)
        if copy.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise FileFailure(f"La copie « {target.name} » n'est pas saine ; rien n'a été changé.")
    finally:
        copy.close()
