"""The file itself: create it, prove it, rebuild what is folded from its journal."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from agir_cli.domain.dossier import Dossier
from agir_cli.domain.folding import fold
from agir_cli.domain.rules import Rulebook
from agir_cli.store import journal, settings
from agir_cli.store.columns import DOSSIER_COLUMNS
from agir_cli.store.driver import SAFE_WAL, Connection, create_file, sqlite_version, writing
from agir_cli.store.projection import Rows, rows_of
from agir_cli.store.reference import load_offices
from agir_cli.usecases.office import DEFAULT_SITE, Visitor, at_desk, consulting

CHUNK = 2000


def init_file(path: Path, *, department: str | None, site: str | None, letter: str = "") -> None:
    """Create an empty file with its directory of offices."""
    connection = create_file(path)
    try:
        with writing(connection):
            settings.set_setting(connection, "site", site or DEFAULT_SITE)
            if department:
                settings.set_setting(connection, "departement", department)
            if letter:
                settings.set_setting(connection, "lettre", letter)
            connection.executemany(
                "INSERT INTO offices (bureau, departement, secteur, nom) VALUES (?, ?, ?, ?)",
                [(o.code, o.department, o.sector, o.name) for o in load_offices()],
            )
    finally:
        connection.close()


class Difference(NamedTuple):
    """A place where the file does not say what its journal says, or says what cannot be."""

    dossier: str
    what: str
    detail: str


def check(path: Path) -> list[Difference]:
    """Fold every dossier again and compare; look at the file itself too."""
    with consulting(path) as connection:
        rulebook = settings.rulebook_of(connection)
        return [
            *_file_differences(connection, path),
            *_projection_differences(connection, rulebook),
        ]


def _file_differences(connection: Connection, path: Path) -> Iterator[Difference]:
    for (problem,) in connection.execute("PRAGMA integrity_check(20)"):
        if problem != "ok":
            yield Difference("", "fichier endommagé", str(problem))
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield Difference("", "lien rompu", f"table {row[0]}, ligne {row[1]}")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Difference("", "droits du fichier", "d'autres que son propriétaire peuvent le lire")
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode == "wal" and sqlite_version() < SAFE_WAL:
        yield Difference("", "mode du fichier", "WAL : cette version de SQLite peut l'abîmer")
    for extra in sorted(path.parent.iterdir()):
        if mode != "wal" and extra.name in (f"{path.name}-wal", f"{path.name}-shm"):
            yield Difference("", "journal étranger", f"« {extra.name} » n'est pas de ce fichier")
        elif extra.name.startswith(path.stem) and "confli" in extra.name.lower():
            yield Difference("", "copie concurrente", f"« {extra.name} » est à côté du fichier")


def _projection_differences(connection: Connection, rulebook: Rulebook) -> Iterator[Difference]:
    seen: set[str] = set()
    for states in _chunks(filter(_opened, map(fold, journal.every(connection)))):
        seen.update(state.id for state in states)
        yield from _chunk_differences(connection, states, rulebook)
    for id_, reference in connection.execute("SELECT id, dossier FROM dossiers"):
        if id_ not in seen:
            yield Difference(reference, "dossier sans journal", "aucun événement ne l'ouvre")
    orphans = connection.execute(
        "SELECT dossier FROM dossiers WHERE personne NOT IN (SELECT id FROM people)"
    )
    for (reference,) in orphans:
        yield Difference(reference, "dossier sans personne", "l'identité a disparu")


def _opened(state: Dossier) -> bool:
    """Whether the dossier is there at all: `agir undo` may have voided its very opening."""
    return bool(state.id)


def _chunks(states: Iterable[Dossier]) -> Iterator[list[Dossier]]:
    chunk: list[Dossier] = []
    for state in states:
        chunk.append(state)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _chunk_differences(
    connection: Connection, states: list[Dossier], rulebook: Rulebook
) -> Iterator[Difference]:
    recorded = _recorded(connection, [state.id for state in states])
    for state in states:
        expected = rows_of(state, rulebook)
        found = recorded.get(state.id)
        name = state.reference or state.id
        if found is None:
            yield Difference(name, "dossier absent de la liste", "agir rebuild le remet")
            continue
        yield from _column_differences(name, expected, found)
        for table in ("spans", "situations", "steps", "interviews", "appointments"):
            if sorted(map(_comparable, getattr(expected, table))) != sorted(
                map(_comparable, getattr(found, table))
            ):
                yield Difference(name, f"table {table}", "différente de ce que dit le journal")
        for anomaly in state.anomalies:
            yield Difference(name, "anomalie", anomaly)


def _column_differences(name: str, expected: Rows, found: Rows) -> Iterator[Difference]:
    for column in DOSSIER_COLUMNS:
        wanted, kept = expected.dossier.get(column), found.dossier.get(column)
        if wanted != kept:
            yield Difference(name, f"colonne {column}", f"journal : {wanted} ; liste : {kept}")


def _comparable(row: tuple[Any, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, "" if value is None else str(value)) for value in row)


def _recorded(connection: Connection, ids: list[str]) -> dict[str, Rows]:
    import json

    wanted = json.dumps(ids)
    inside = "IN (SELECT value FROM json_each(?))"
    names = ", ".join(DOSSIER_COLUMNS)
    found = {
        row[0]: Rows(dict(zip(DOSSIER_COLUMNS, row, strict=True)), [], [], [], [], [])
        for row in connection.execute(f"SELECT {names} FROM dossiers WHERE id {inside}", (wanted,))
    }
    for table in ("spans", "situations", "steps", "interviews", "appointments"):
        for row in connection.execute(f"SELECT * FROM {table} WHERE dossier {inside}", (wanted,)):
            if row[0] in found:
                getattr(found[row[0]], table).append(tuple(row))
    return found


def rebuild(visitor: Visitor) -> int:
    """Fold the whole journal again into the tables of lists; the number of dossiers."""
    with at_desk(visitor) as desk:
        return fold_again(desk.connection, desk.context.rulebook)


def fold_again(connection: Connection, rulebook: Rulebook) -> int:
    """Fold the whole journal under these rules, inside a transaction already begun."""
    count = 0
    for table in ("dossiers", "spans", "situations", "steps", "interviews", "appointments"):
        connection.execute(f"DELETE FROM {table}")
    for states in _chunks(filter(_opened, map(fold, journal.every(connection)))):
        journal.project(connection, states, rulebook, fresh=True)
        count += len(states)
    return count
