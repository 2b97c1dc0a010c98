"""Building a file and bringing an older one forward: tables that stay migrate, lists are made anew.

A file says by `user_version` how many migrations it has been through, and by a setting which
definition its lists have (`lists.fingerprint`).
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from agir_cli.drafts import is_draft
from agir_cli.failures import FileFailure
from agir_cli.store import backup, dump, journal, lists, migrations, seal, settings
from agir_cli.store.driver import (
    APPLICATION_ID,
    Connection,
    connect,
    in_memory,
    writing,
)


def build(connection: Connection) -> None:
    """Build the whole schema in a new file, in one transaction."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    with writing(connection, act=False, sealed=False):
        _apply_migrations(connection)
        _make_lists(connection)
        _as_built(connection)
    _mark_first_page(connection)


def migrate(connection: Connection, path: Path) -> None:
    """Bring an older file to this version, in one transaction; a backup is taken before.

    The lists are folded again. Of several commands that find the file older, the first does it.
    """
    with writing(connection, act=False, sealed=False):
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version >= migrations.version():
            return
        _refuse_strangers(connection)
        if (known := seal.seal_of(connection)) is not None:
            seal.meet_witness(path, known)
        kept = _copied_before(path)
        lists.drop_views(connection)
        _apply_migrations(connection)
        _remake(connection)
        _as_built(connection)
        new = seal.seal_of(connection)
    if new is not None:
        seal.keep_witness(path, new)
    _mark_first_page(connection)
    if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        copy = "" if kept is None else f" ; la sauvegarde « {kept.path} » est saine"
        raise FileFailure(f"La mise à jour du fichier a échoué{copy}.")


def remake_lists(connection: Connection) -> None:
    """Drop the lists, make them as they are defined now, and fold the journal into them again."""
    with writing(connection, act=False):
        if not lists.are_current(connection):  # another command may have done it meanwhile
            _refuse_strangers(connection)
            _remake(connection)
            _keep_build(connection)


def repair(connection: Connection) -> None:
    """Make anew all that can be: the lists, their indexes and views, the journal's two guards.

    Raises `FileFailure`, and changes nothing, where something else has built in the file.
    """
    with writing(connection, act=False):
        _refuse_strangers(connection)
        for guard in migrations.APPEND_ONLY:
            connection.execute(guard.replace("CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS"))
        _remake(connection)
        connection.execute("REINDEX")
        _tell_steps(connection)
        if not departures(connection):
            _keep_build(connection)


_MARKED = 1 << 29
BUILT = "construction"
"""Where a file keeps which tables, indexes and triggers the program has built."""


def _as_built(connection: Connection) -> None:
    _keep_build(connection)
    seal.anew(connection)


def _mark_first_page(connection: Connection) -> None:
    """Give the file's first page a number of its own, by which another file's journal is known.

    By itself: a transaction that does other things must be known by its first page too.
    """
    if connection.execute("PRAGMA schema_version").fetchone()[0] < _MARKED:
        number = _MARKED + int.from_bytes(os.urandom(4), "big") % _MARKED
        connection.execute(f"PRAGMA schema_version = {number}")


def _keep_build(connection: Connection) -> None:
    settings.set_setting(connection, BUILT, fingerprint(connection))


def _refuse_strangers(connection: Connection) -> None:
    """What is about to be written would run somebody else's trigger."""
    query = "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"
    for kind, name in connection.execute(query).fetchall():
        if not name.startswith("events_never_") and name not in lists.VIEWS:
            raise _departed(told(kind, name, "added"))


def fingerprint(connection: Connection) -> str:
    """Identify the tables, indexes and triggers of a file: a write expects those it was built with.

    It costs a tenth of a millisecond, where `departures` costs a hundred.
    """
    made = connection.execute(f"{_MADE} ORDER BY 1, 2").fetchall()
    return f"{crc32(repr(made).encode()):08x}"


def is_as_kept(connection: Connection) -> bool:
    """Whether a file keeps the right marks of how it is built; one that keeps none is no fault."""
    kept = settings.settings(connection)
    right = kept.get(BUILT) in (None, fingerprint(connection))
    return right and kept.get(lists.SETTING) in (None, _listed())


def refuse_departures(connection: Connection) -> None:
    """Refuse to write to a file in which something else has built; `FileFailure` names it."""
    if settings.settings(connection).get(BUILT) == fingerprint(connection):
        return
    for departure in departures(connection):
        raise _departed(told(*departure))
    _keep_build(connection)


def _departed(what: str) -> FileFailure:
    return FileFailure(
        f"Un autre programme a changé la construction du fichier : {what}."
        " Rien n'a été enregistré.",
        "Un fichier sain se refait de celui-ci :",
        "agir export --to sortie, puis agir --db neuf.db init --from sortie",
    )


def _apply_migrations(connection: Connection, until: int | None = None) -> None:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    steps = Migrations("agir")
    for step in migrations.MIGRATIONS[:until]:
        steps(name=step.name)(step.apply)
    steps.apply(Database(connection))
    _tell_steps(connection, until)
    connection.execute(f"PRAGMA user_version = {migrations.version()}")


def _tell_steps(connection: Connection, until: int | None = None) -> None:
    """Have the file say the steps alone: a time that nobody reads, nobody would find changed."""
    connection.execute("DELETE FROM _sqlite_migrations")
    query = "INSERT INTO _sqlite_migrations VALUES (?, ?, ?, '')"
    connection.executemany(query, _steps(until))


def _steps(until: int | None = None) -> list[tuple[int, str, str]]:
    named = enumerate(migrations.MIGRATIONS[:until], 1)
    return [(number, "agir", step.name) for number, step in named]


def tells_its_steps(connection: Connection) -> bool:
    """Whether a file of this version says the steps that it has taken; older ones say when too."""
    when = "applied_at <> '' AND julianday(applied_at) IS NULL"
    query = f"SELECT id, migration_set, name, {when} FROM _sqlite_migrations ORDER BY id"
    return connection.execute(query).fetchall() == [(*step, 0) for step in _steps()]


def _make_lists(connection: Connection) -> None:
    for statement in lists.STATEMENTS:
        connection.execute(statement)
    settings.set_setting(connection, lists.SETTING, _listed())


def _listed() -> str:
    """What a file says of its lists: how they are defined, and their names."""
    return " ".join((lists.fingerprint(), *lists.NAMES))


def _remake(connection: Connection) -> None:
    lists.drop_views(connection)
    for name in dict.fromkeys((*lists.of_file(connection)[1:], *lists.NAMES)):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    _make_lists(connection)
    journal.fold_again(connection, settings.rulebook_of(connection))


def _copied_before(path: Path) -> backup.Backup | None:
    """Back the file up as it was, by another connection: that of the migration is writing."""
    if is_draft(path):
        return None
    with closing(connect(path, "ro")) as before:
        return backup.take(before, path, backup.MIGRATION)


def shapes_at(version: int) -> list[dump.Shape]:
    """The tables that stay, as a file of that version has them."""
    with in_memory() as model:
        _apply_migrations(model, version)
        return dump.shapes(model)


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


_KINDS = {
    "table": "la table", "index": "l'index", "trigger": "la protection", "view": "la vue",
}  # fmt: skip
_HOW = {
    "absent": "n'y est plus",
    "changed": "n'est pas celle du programme",
    "added": "n'est pas du programme",
}


def told(kind: str, name: str, how: str) -> str:
    """A departure in words (French)."""
    return f"{_KINDS.get(kind, kind)} « {name} » {_HOW[how]}"
