"""The schema: strict, append-only, built from nothing, brought forward with a copy kept."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from zlib import crc32

import pytest
from sqlite_utils import Database

from agir_cli.domain import commands as c
from agir_cli.failures import FileFailure
from agir_cli.store import lists, migrations
from agir_cli.store.driver import APPLICATION_ID
from agir_cli.store.file import open_file
from tests.store.faulty import digest, new_file, sql
from tests.usecases.filing import STANDING, File

DATA = Path(__file__).parents[2] / "data"
ORIGINAL_LISTS, ORIGINAL_NAMES = lists.STATEMENTS, lists.NAMES

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
    connection.execute(
        "INSERT INTO identities VALUES (1, 'P1', 'nom', 'B', 'A', 'r', 'a', NULL, 'E1')"
    )
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


@pytest.fixture
def file(tmp_path: Path) -> File:
    """A file with two dossiers, one of them diagnosed."""
    return _filled(tmp_path / "equipe.db")


def _second(db: Database) -> None:
    db["people"].add_column("lieu_naissance", str)  # type: ignore[union-attr]
    db.execute("CREATE TABLE absences (id TEXT PRIMARY KEY) STRICT")


@pytest.fixture
def second_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that has taken another step: a column of a table that stays, and a table."""
    steps = (*migrations.MIGRATIONS, migrations.Migration("0009_second", _second))
    monkeypatch.setattr(migrations, "MIGRATIONS", steps)


@pytest.fixture
def new_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program whose list of dossiers has a column more, and which has a list more."""
    first, *others = lists.STATEMENTS
    wider = first.replace("personne TEXT NOT NULL", "personne TEXT NOT NULL,\n    avis TEXT")
    more = "CREATE TABLE avis (dossier TEXT NOT NULL) STRICT"
    monkeypatch.setattr(lists, "STATEMENTS", (wider, *others, more))
    monkeypatch.setattr(lists, "NAMES", (*lists.NAMES, "avis"))


def lists_of(file: File) -> object:
    return file.picture(tuple(sorted({*STANDING} - {"people", "identities"})))


def test_an_older_file_is_brought_forward_and_a_checked_copy_is_kept(
    old_file: Path, tmp_path: Path
) -> None:
    before = digest(old_file)
    open_file(old_file, write=False).close()
    new = schema_of(new_file(tmp_path / "neuf.db"))
    assert [row for row in schema_of(old_file) if row[1] != "memoire"] == new
    copies = list(tmp_path.glob("sauvegardes/ancien-*-migration.db"))
    assert len(copies) == 1
    assert stat.S_IMODE(copies[0].stat().st_mode) == 0o600
    assert [row[1] for row in schema_of(copies[0])] == ["memoire"]
    assert before != digest(old_file)


def test_a_file_of_this_version_is_not_migrated_again(tmp_path: Path) -> None:
    path = new_file(tmp_path / "equipe.db")
    before = digest(path)
    open_file(path, write=True).close()
    assert digest(path) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["equipe.db", "equipe.db.sceau"]


DIRECTORY = ("departments", "sectors", "organisations", "communes")
OF_OFFICES = (
    "type", "organisation", "lieu", "adresse", "code_postal", "commune", "insee", "etat",
    "date_ouverture", "source", "remarque",
)  # fmt: skip


def from_before_the_seals(path: Path) -> Path:
    """A file as a program from before the seals has left it: events without hashes."""
    guard = (
        "CREATE TRIGGER events_never_change BEFORE UPDATE ON events\nBEGIN\n    SELECT RAISE("
        "ABORT, 'the journal is append-only');\nEND"
    )
    path.with_name(f"{path.name}.sceau").unlink()
    return sql(
        path, "DROP TABLE seals", "DROP TABLE referent_facts", "DROP TABLE final_memory",
        *(f"DROP TABLE {n}" for n in ("purge_notices", "statistics", "erasures", "durations",
                                      "beside_records", "withheld", "final_prints",
                                      "final_ends")),
        "DROP INDEX people_by_number",
        "DROP INDEX events_of_actions",
        "DROP INDEX events_voided",
        "DROP TRIGGER events_never_change",
        "UPDATE events SET salt = NULL, hash = NULL", guard,
        "DELETE FROM settings WHERE name = 'construction'",
        *(f"DROP VIEW {name}" for name in lists.VIEWS),
        "ALTER TABLE people DROP COLUMN adresse",
        *(f"DROP TABLE {name}" for name in DIRECTORY),
        *(f"ALTER TABLE offices DROP COLUMN {name}" for name in OF_OFFICES),
        "DELETE FROM _sqlite_migrations WHERE name >= '0003_seals'",
        "PRAGMA user_version = 2",
    )  # fmt: skip


def test_a_file_from_before_the_seals_is_chained(file: File) -> None:
    journal = "SELECT id, dossier, kind, payload, seq FROM events ORDER BY seq"
    before, folded = file.rows(journal), lists_of(file)
    told = file.rows("SELECT * FROM offices"), file.rows("SELECT * FROM organisations")
    sql(file.path, "UPDATE offices SET nom = 'Le centre' WHERE bureau = '44-C1'")
    from_before_the_seals(file.path)
    open_file(file.path, write=False).close()
    offices, organisations = (file.rows(f"SELECT * FROM {name}") for name in (
        "offices", "organisations",
    ))  # fmt: skip
    assert organisations == told[1]
    assert [row for row in offices if row not in told[0]] == [
        tuple("Le centre" if text == "Centre – Rezé" else text for text in row)
        for row in told[0] if row[0] == "44-C1"
    ]  # fmt: skip
    assert file.rows(journal) == before
    assert file.rows("SELECT count(*) FROM events WHERE length(hash) <> 20") == [(0,)]
    assert lists_of(file) == folded
    assert file.faults() == []
    file.does(c.AddStep, dossier="44-0001", etape="Cours de français", date_etape="03/2023")
    assert file.faults() == []


def test_a_migration_that_fails_leaves_the_old_schema(old_file: Path) -> None:
    """Between the old and the new schema there is nothing [faults, T11]."""
    sql(old_file, "CREATE TABLE batches (a)")
    before = schema_of(old_file)
    with pytest.raises(FileFailure):
        open_file(old_file, write=True)
    assert schema_of(old_file) == before
    connection = sqlite3.connect(old_file)
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    connection.close()


@pytest.mark.usefixtures("second_version")
def test_a_second_step_keeps_what_the_first_version_held(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:-1])
        file = _filled(tmp_path / "equipe.db")
        journal, folded = file.rows("SELECT * FROM events"), lists_of(file)
    assert file.faults() == []  # brought forward, and as a new file is built
    new = migrations.version()
    assert file.rows("PRAGMA user_version") == [(new,)]
    assert file.rows("SELECT * FROM events") == journal
    assert lists_of(file) == folded
    assert file.rows("SELECT nom, lieu_naissance FROM people ORDER BY nom")[0][1] is None
    assert len(list(tmp_path.glob("sauvegardes/equipe-*-migration.db"))) == 1
    assert _filled(tmp_path / "neuf.db").faults() == []


@pytest.mark.usefixtures("new_lists")
def test_a_new_column_and_a_new_list_need_no_migration(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "STATEMENTS", ORIGINAL_LISTS)
        patch.setattr(lists, "NAMES", ORIGINAL_NAMES)
        file = _filled(tmp_path / "equipe.db")
        folded = lists_of(file)
        sql(file.path, "DELETE FROM spans")  # what is folded again is not what was there
    assert file.faults() == []
    assert file.rows("SELECT avis FROM dossiers") == [(None,), (None,)]
    assert file.rows("SELECT * FROM avis") == []
    assert list(tmp_path.glob("*.avant-*")) == []
    with pytest.MonkeyPatch.context() as patch:  # the former program, on the file of the new one
        patch.setattr(lists, "STATEMENTS", ORIGINAL_LISTS)
        patch.setattr(lists, "NAMES", ORIGINAL_NAMES)
        assert file.faults() == []
        assert lists_of(file) == folded
        assert file.rows("SELECT name FROM sqlite_master WHERE name = 'avis'") == []


def test_a_file_from_before_the_lists_were_named_is_folded_again(file: File) -> None:
    """The first program made lists and tables that stay by one migration."""
    folded = lists_of(file)
    sql(file.path, "DELETE FROM settings WHERE name = 'listes'", "DELETE FROM spans")
    assert file.faults() == []
    assert lists_of(file) == folded


def test_the_lists_are_folded_again_before_anybody_reads_them(file: File) -> None:
    sql(file.path, "UPDATE settings SET value = '0 spans' WHERE name = 'listes'")
    sql(file.path, "DELETE FROM spans", "UPDATE dossiers SET etape = 'ofii'")
    open_file(file.path, write=False).close()
    assert file.faults() == []


def test_a_file_of_another_version_that_is_read_only_says_what_to_do(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql(file.path, f"DELETE FROM settings WHERE name = '{lists.SETTING}'")
    before = digest(file.path)
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    with pytest.raises(FileFailure, match="autre version d'agir, et il est en lecture seule"):
        open_file(file.path, write=False)
    assert digest(file.path) == before


def test_a_change_of_the_shipped_rules_raises_the_edition_of_the_lists() -> None:
    """Lists hold what the rules say of each dossier: under other rules they are folded again.

    Where this fails, raise `lists.EDITION` (unless only a source or a comment was changed) and
    write both numbers here.
    """
    shipped = sorted([*(DATA / "rules").glob("*.toml"), *DATA.glob("*.toml")])
    told = crc32(b"".join(path.read_bytes().replace(b"\r\n", b"\n") for path in shipped))
    assert (lists.EDITION, f"{told:08x}") == (10, "25ec226c")


KILLED = """
import os, signal, sys
from pathlib import Path
from agir_cli.store import lists, migrations
from agir_cli.store.file import open_file
def second(db):
    db.execute("CREATE TABLE absences (id TEXT PRIMARY KEY) STRICT")
    db["people"].add_column("lieu_naissance", str)
migrations.MIGRATIONS = (*migrations.MIGRATIONS, migrations.Migration("0009_second", second))
from agir_cli.store import journal, projection
left = int(sys.argv[2])
def dies(real):
    def work(*words, **said):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*words, **said)
    return work
from agir_cli.store import schema
for room, name in ((schema, "_make_lists"), (journal, "insert"), (journal, "projected")):
    setattr(room, name, dies(getattr(room, name)))
open_file(Path(sys.argv[1]), write=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("left", range(5))
def test_a_killed_migration_leaves_the_old_file_whole(tmp_path: Path, left: int) -> None:
    """The process dies on the way: the next one finds the version before, and brings it forward."""
    file = _filled(tmp_path / "equipe.db")
    before, folded = schema_of(file.path), lists_of(file)
    done = subprocess.run([sys.executable, "-c", KILLED, str(file.path), str(left)])
    assert done.returncode == -signal.SIGKILL
    assert schema_of(file.path) == before
    assert lists_of(file) == folded
    assert file.faults() == []
    subprocess.run([sys.executable, "-c", KILLED, str(file.path), "99"], check=True)
    assert file.rows("PRAGMA user_version") == [(migrations.version() + 1,)]
    assert lists_of(file) == folded


def _filled(path: Path) -> File:
    made = File(path)
    made.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa", date_cir="09/01/2023")
    made.does(c.Enroll, nom="KARIMI-INVENTEE", prenoms="Zahra")
    made.does(c.HoldDiagnosis, dossier="44-0001", date_diagnostic="25/01/2023")
    made.does(c.AddStep, dossier="44-0001", etape="Cours de français", date_etape="02/2023")
    return made
