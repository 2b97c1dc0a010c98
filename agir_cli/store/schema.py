"""Building a file and bringing an older one forward: tables that stay migrate, lists are made anew.

A file says by `user_version` how many migrations (`truth`) it has been through, and by a setting
which definition its lists have (`lists.fingerprint`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from agir_cli.failures import FileFailure
from agir_cli.store import journal, lists, settings, truth
from agir_cli.store.driver import APPLICATION_ID, Connection, copy_to, in_memory, writing


def build(connection: Connection) -> None:
    """Build the whole schema in a new file, in one transaction."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    with writing(connection, act=False):
        _apply_migrations(connection)
        _make_lists(connection)


def migrate(connection: Connection, path: Path) -> None:
    """Bring an older file to this version, in one transaction; a verified copy is kept before.

    The lists are folded again.
    """
    kept = _verified_copy(connection, path)
    with writing(connection, act=False):
        _apply_migrations(connection)
        _remake(connection)
    if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        raise FileFailure(
            f"La mise à jour du fichier a échoué ; la copie « {kept.name} » est saine."
        )


def remake_lists(connection: Connection) -> None:
    """Drop the lists, make them as they are defined now, and fold the journal into them again."""
    with writing(connection, act=False):
        if not lists.are_current(connection):  # another command may have done it meanwhile
            _remake(connection)


def _apply_migrations(connection: Connection) -> None:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    steps = Migrations("agir")
    for step in truth.MIGRATIONS:
        steps(name=step.name)(step.apply)
    steps.apply(Database(connection))
    connection.execute(f"PRAGMA user_version = {truth.version()}")


def _make_lists(connection: Connection) -> None:
    for statement in lists.STATEMENTS:
        connection.execute(statement)
    settings.set_setting(connection, lists.SETTING, " ".join((lists.fingerprint(), *lists.NAMES)))


def _remake(connection: Connection) -> None:
    for name in dict.fromkeys((*lists.of_file(connection)[1:], *lists.NAMES)):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    _make_lists(connection)
    journal.fold_again(connection, settings.rulebook_of(connection))


def _verified_copy(connection: Connection, path: Path) -> Path:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    copy = path.with_name(f"{path.name}.avant-v{truth.version()}-depuis-v{version}")
    copy_to(connection, copy)
    return copy


# --- comparing ---------------------------------------------------------------------------

_MADE = (
    "SELECT type, name, coalesce(sql, '') FROM sqlite_master"
    " WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    " AND (type = 'trigger' OR tbl_name <> '_sqlite_migrations')"
)


class Departure(NamedTuple):
    """Something of a file that the schema does not say. ``kind``: table, index, trigger, view.

    ``how``: « absent », « changed » or « added ».
    """

    kind: str
    name: str
    how: str


def departures(connection: Connection) -> list[Departure]:
    """Compare a file of this version with one made in memory; nothing in a sound one."""
    with in_memory() as model:
        build(model)
        wanted = _made(model)
    found = _made(connection)
    absent = [Departure(*key, "absent") for key in wanted if key not in found]
    added = [Departure(*key, "added") for key in found if key not in wanted]
    changed = [Departure(*k, "changed") for k in wanted if found.get(k, wanted[k]) != wanted[k]]
    return [*absent, *changed, *added]


def _made(connection: Connection) -> dict[tuple[str, str], str]:
    return {(kind, name): _words(sql) for kind, name, sql in connection.execute(_MADE)}


def _words(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()
