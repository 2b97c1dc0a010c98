"""The schema, as an ordered list of named migrations, applied with sqlite-utils.

Tables of truth: `events` (append-only journal), `people` and `texts` (erasable). Tables folded
from the journal, rebuilt at will: `dossiers`, `spans`, `situations`, `steps`, `interviews`,
`appointments`. The others are the directory and the book-keeping of files.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.failures import FileFailure
from agir_cli.store.driver import APPLICATION_ID, SCHEMA_VERSION, Connection
from agir_cli.store.tables import FIRST_TABLES
from agir_cli.store.waiting import patiently

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations


def _migrations() -> Migrations:
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("agir")

    @migrations(name="0001_first_tables")
    def first_tables(db: Database) -> None:
        for statement in FIRST_TABLES:
            db.execute(statement)

    return migrations


_DEFINED = re.compile(r"\s*CREATE (TABLE|INDEX|TRIGGER) (\w+)", re.IGNORECASE)


class Departure(NamedTuple):
    """Something of a file that the schema does not say. ``kind``: table, index, trigger, view.

    ``how``: « absent », « changed » or « added ».
    """

    kind: str
    name: str
    how: str


def departures(connection: Connection) -> list[Departure]:
    """Where a file of this version is not built as `build` builds it; nothing in a sound one."""
    wanted = {(kind, name): text for kind, name, text in map(_definition, FIRST_TABLES)}
    found = {
        (kind, name): _words(sql)
        for kind, name, sql in connection.execute(
            "SELECT type, name, coalesce(sql, '') FROM sqlite_master"
            " WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"
            " AND (type = 'trigger' OR tbl_name <> '_sqlite_migrations')"
        )
    }
    absent = [Departure(*key, "absent") for key in wanted if key not in found]
    added = [Departure(*key, "added") for key in found if key not in wanted]
    changed = [Departure(*k, "changed") for k in wanted if found.get(k, wanted[k]) != wanted[k]]
    return [*absent, *changed, *added]


def _definition(statement: str) -> tuple[str, str, str]:
    found = _DEFINED.match(statement)
    assert found is not None  # every statement of the schema makes one thing
    return found[1].lower(), found[2], _words(statement)


def _words(sql: str) -> str:
    return " ".join(sql.split())


def build(connection: Connection) -> None:
    """Build the whole schema in a new file, in one transaction."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    _apply(connection)


def migrate(connection: Connection, path: Path) -> None:
    """Bring an older file to this version; a verified copy is kept beside it before."""
    kept = _verified_copy(connection, path)
    _apply(connection)
    if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        raise FileFailure(
            f"La mise à jour du fichier a échoué ; la copie « {kept.name} » est saine."
        )


def _apply(connection: Connection) -> None:
    from sqlite_utils import Database

    patiently(connection, partial(connection.execute, "BEGIN IMMEDIATE"))
    try:
        _migrations().apply(Database(connection))
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _verified_copy(connection: Connection, path: Path) -> Path:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    copy = path.with_name(f"{path.name}.avant-v{SCHEMA_VERSION}-depuis-v{version}")
    from agir_cli.store.driver import copy_to

    copy_to(connection, copy)
    return copy
