"""The schema: strict, append-only, built from nothing, brought forward with a copy kept."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from agir_cli.failures import FileFailure
from agir_cli.store.driver import APPLICATION_ID, SCHEMA_VERSION, open_file
from tests.store.faulty import digest, new_file, sql

EVENT = (
    "INSERT INTO events (id, dossier, kind, effective_from, effective_to, recorded_at, author,"
    " site, seq, payload) VALUES ('E1', 'D1', 'cir_signed', '2023-01-09', '2023-01-09',"
    " '2023-11-23T10:00:00Z', 'essai', 'A', 1, '{}')"
)


@pytest.fixture
def connection(tmp_path: Path) -> sqlite3.Connection:
    found = open_file(new_file(tmp_path / "equipe.db"), write=True)
    found.execute(EVENT)
    return found


def test_every_table_is_strict(connection: sqlite3.Connection) -> None:
    rows = connection.execute(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE '%sqlite%'"
    ).fetchall()
    assert len(rows) > 15
    assert [name for name, strict in rows if not strict] == []


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE events SET author = 'autre'", id="UPDATE"),
        pytest.param("UPDATE events SET author = author", id="UPDATE de rien"),
        pytest.param("DELETE FROM events", id="DELETE"),
        pytest.param("DELETE FROM events WHERE id = 'E1'", id="DELETE d'un seul"),
        pytest.param(EVENT.replace("INSERT", "INSERT OR REPLACE"), id="REPLACE"),
        pytest.param(EVENT.replace("'E1'", "'E2'").replace("INSERT", "REPLACE"), id="REPLACE seq"),
        pytest.param(EVENT + " ON CONFLICT (id) DO UPDATE SET author = 'autre'", id="upsert"),
    ],
)
def test_nothing_changes_or_deletes_an_event(
    connection: sqlite3.Connection, statement: str
) -> None:
    """A rewriting through REPLACE needs recursive triggers to be seen [faults, T53]."""
    before = connection.execute("SELECT * FROM events").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    assert connection.execute("SELECT * FROM events").fetchall() == before


@pytest.mark.parametrize(
    "values",
    [
        pytest.param("'E2', 'D1', 'k', '2023-02', '2023-02', 'r', 'a', 'A', 2, '{}'", id="date"),
        pytest.param(
            "'E2', 'D1', 'k', '2023-02-02', '2023-02-01', 'r', 'a', 'A', 2, '{}'", id="ordre"
        ),
        pytest.param("'E2', 'D1', 'k', '2023-02-02', NULL, 'r', 'a', 'A', 2, '{}'", id="une borne"),
        pytest.param("'E2', 'D1', 'k', NULL, NULL, 'r', 'a', 'A', 2, 'texte'", id="contenu"),
        pytest.param("'E2', 'D1', 'k', NULL, NULL, 'r', 'a', 'A', 'deux', '{}'", id="type"),
        pytest.param("'E2', 'D1', 'k', NULL, NULL, 'r', 'a', 'A', 1, '{}'", id="numéro repris"),
        pytest.param("'E2', 'D1', 'k', NULL, NULL, NULL, 'a', 'A', 2, '{}'", id="sans instant"),
    ],
)
def test_what_cannot_be_is_refused_by_the_table_itself(
    connection: sqlite3.Connection, values: str
) -> None:
    names = EVENT.partition("(")[2].partition(")")[0]
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(f"INSERT INTO events ({names}) VALUES ({values})")


def test_a_person_has_a_name(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO people (id, name_key) VALUES ('P1', '')")


def test_erasing_a_person_takes_former_identities_along(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO people (id, nom, name_key) VALUES ('P1', 'A', 'a')")
    connection.execute("INSERT INTO identities VALUES (1, 'P1', 'nom', 'B', 'A', 'r', 'a', NULL)")
    connection.execute("DELETE FROM people")
    assert connection.execute("SELECT * FROM identities").fetchall() == []


# --- migrations ------------------------------------------------------------------------------


def schema_of(path: Path) -> list[tuple[str, ...]]:
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    ).fetchall()
    connection.close()
    return rows


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """A file of agir from before its first migration."""
    path = tmp_path / "ancien.db"
    return sql(path, f"PRAGMA application_id = {APPLICATION_ID}", "CREATE TABLE memoire (a)")


def test_an_older_file_is_brought_forward_and_a_checked_copy_is_kept(
    old_file: Path, tmp_path: Path
) -> None:
    before = digest(old_file)
    open_file(old_file, write=False).close()
    new = schema_of(new_file(tmp_path / "neuf.db"))
    assert [row for row in schema_of(old_file) if row[1] != "memoire"] == new
    copies = list(tmp_path.glob("ancien.db.avant-*"))
    assert [c.name for c in copies] == [f"ancien.db.avant-v{SCHEMA_VERSION}-depuis-v0"]
    assert stat.S_IMODE(copies[0].stat().st_mode) == 0o600
    assert [row[1] for row in schema_of(copies[0])] == ["memoire"]
    assert before != digest(old_file)


def test_a_file_of_this_version_is_not_migrated_again(tmp_path: Path) -> None:
    path = new_file(tmp_path / "equipe.db")
    before = digest(path)
    open_file(path, write=True).close()
    assert digest(path) == before
    assert [p.name for p in tmp_path.iterdir()] == ["equipe.db"]


def test_a_migration_that_fails_leaves_the_old_schema(old_file: Path) -> None:
    """Between the old and the new schema there is nothing [faults, T11]."""
    sql(old_file, "CREATE TABLE steps (a)")
    before = schema_of(old_file)
    with pytest.raises(FileFailure):
        open_file(old_file, write=True)
    assert schema_of(old_file) == before
    connection = sqlite3.connect(old_file)
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    connection.close()
