"""Opening the file: the recipe on every connection, refusals, and errors without a name."""

from __future__ import annotations

import os
import sqlite3
import stat
from datetime import date
from pathlib import Path

import pytest

from agir_cli.failures import FileFailure
from agir_cli.store import driver, file, stamp
from agir_cli.store.driver import copy_to, kept, reading, writing
from agir_cli.store.file import create_file, open_file
from agir_cli.usecases.ledger import Visitor, transaction
from agir_cli.usecases.upkeep import init_file
from tests.store.faulty import ODD, digest, new_file, sql

RECIPE = {
    "foreign_keys": 1, "recursive_triggers": 1, "synchronous": 3, "secure_delete": 1,
    "temp_store": 2, "trusted_schema": 0, "cell_size_check": 1, "mmap_size": 0,
    "cache_spill": 8_191,
}  # fmt: skip


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return new_file(tmp_path / "equipe.db")


@pytest.mark.parametrize("write", [True, False], ids=["écriture", "lecture"])
@pytest.mark.parametrize("name", RECIPE)
def test_the_recipe_holds_on_every_connection(db: Path, name: str, write: bool) -> None:
    connection = open_file(db, write=write)
    row = connection.execute(f"PRAGMA {name}").fetchone()
    connection.close()
    assert row is None or row[0] == RECIPE[name]


def test_the_recipe_holds_on_a_new_file_and_journals_are_rolled_back(tmp_path: Path) -> None:
    connection = create_file(tmp_path / "neuf.db")
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()
    assert stat.S_IMODE((tmp_path / "neuf.db").stat().st_mode) == 0o600


def test_a_connection_for_reading_cannot_write(db: Path) -> None:
    connection = open_file(db, write=False)
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM settings")
    connection.close()


@pytest.mark.parametrize("write", [True, False], ids=["écriture", "lecture"])
@pytest.mark.parametrize("case", ODD)
def test_an_odd_file_is_refused_untouched(tmp_path: Path, case: str, write: bool) -> None:
    make, told = ODD[case]
    path = tmp_path / "bizarre.db"
    make(path)
    before = digest(path)
    with pytest.raises(FileFailure, match=told) as refused:  # noqa: PT012 - what fails, fails inside
        connection = open_file(path, write=write)
        try:
            connection.execute("SELECT * FROM events").fetchall()
        except sqlite3.DatabaseError as error:
            raise driver.explained(error, path) from None
        finally:
            connection.close()
    assert refused.value.exit_code == 7
    assert digest(path) == before


def test_a_write_is_whole_or_not_at_all(db: Path) -> None:
    connection = open_file(db, write=True)
    with pytest.raises(RuntimeError), writing(connection):  # noqa: PT012 - what fails, fails inside
        connection.execute("INSERT INTO settings VALUES ('essai', '1')")
        raise RuntimeError
    assert connection.execute("SELECT * FROM settings WHERE name = 'essai'").fetchall() == []
    assert not connection.in_transaction
    connection.close()


def test_a_read_sees_one_state_of_the_file(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGIR_PATIENCE", "0")
    reader, writer = open_file(db, write=False), open_file(db, write=True)
    with reading(reader):
        before = reader.execute("SELECT count(*) FROM settings").fetchone()
        with pytest.raises(sqlite3.OperationalError), writing(writer):
            writer.execute("INSERT INTO settings VALUES ('essai', '1')")
        assert reader.execute("SELECT count(*) FROM settings").fetchone() == before
    with writing(writer):
        writer.execute("INSERT INTO settings VALUES ('essai', '1')")
    reader.close()
    writer.close()


def test_a_copy_is_whole_checked_and_private(db: Path, tmp_path: Path) -> None:
    connection = open_file(db, write=False)
    copy = tmp_path / "copie.db"
    copy_to(connection, copy)
    connection.close()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    other = open_file(copy, write=False)
    assert other.execute("SELECT value FROM settings WHERE name = 'departement'").fetchone() == (
        "44",
    )
    other.close()


SECRETS = ("NOURZAI-INVENTE", "0999888777")
FAULTY = (
    "INSERT INTO people (id, nom, name_key) VALUES ('P1', 'NOURZAI-INVENTE', NULL)",
    "INSERT INTO people (id, nom, sexe, name_key) VALUES ('P1', 'A', 'NOURZAI-INVENTE', '')",
    "INSERT INTO identities VALUES (1, 'NOURZAI-INVENTE', 'nom', '0999888777', '', '', '', '', '')",
    "INSERT INTO nowhere VALUES ('NOURZAI-INVENTE', '0999888777')",
    "INSERT INTO people (id, agdref, nom, name_key) VALUES ('P1', '0999888777', 'A', ''),"
    " ('P1', '0999888777', 'NOURZAI-INVENTE', '')",
    "INSERT INTO dossiers (id, dossier) VALUES ('NOURZAI-INVENTE', '0999888777')",
    "SELECT json('0999888777 NOURZAI-INVENTE')",
    "UPDATE events SET author = 'NOURZAI-INVENTE'",
)  # fmt: skip


@pytest.mark.parametrize("statement", FAULTY)
def test_an_error_never_holds_a_name_or_a_number(db: Path, statement: str) -> None:
    visitor = Visitor(db, date(2023, 11, 23), "essai")
    statements = [statement]
    if "events" in statement:
        statements.insert(
            0,
            "INSERT INTO events (id, dossier, kind, recorded_at, author, site, seq, payload)"
            " VALUES ('E', 'D', 'k', 'r', 'a', 's', 1, '{}')",
        )
    with pytest.raises(FileFailure) as failed, transaction(visitor) as ledger:  # noqa: PT012 - what fails, fails inside
        for each in statements:
            ledger.connection.execute(each)
    told = " ".join((failed.value.sentence, *failed.value.details, str(failed.value)))
    assert not any(secret in told for secret in SECRETS)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


def test_a_damaged_page_is_told_when_it_is_met(db: Path) -> None:
    sql(db, "INSERT INTO settings SELECT 'k' || value, hex(randomblob(900)) FROM"
        " (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 200)"
        " SELECT value FROM n)")  # fmt: skip
    content = bytearray(db.read_bytes())
    for page in range(len(content) // 4096 - 20, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    db.write_bytes(content)
    visitor = Visitor(db, date(2023, 11, 23), "essai")
    with pytest.raises(FileFailure, match="endommagé"), transaction(visitor) as ledger:
        ledger.connection.execute("SELECT sum(length(value)) FROM settings").fetchall()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("equipe.db/neuf.db", "est un fichier, pas un dossier", id="sous un fichier"),
        pytest.param("equipe.db/a/neuf.db", "est un fichier, pas un dossier", id="plus bas"),
        pytest.param("lien.db", "un lien vers un fichier qui n'existe pas", id="lien sans but"),
        pytest.param("equipe.db", "existe déjà", id="déjà là"),
        pytest.param("equipe.db-journal", "le nom du journal", id="nom d'un journal"),
        pytest.param("x" * 300, "le nom est trop long", id="nom trop long"),
    ],
)
def test_a_place_where_no_file_can_be_made_is_told(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "equipe.db").write_bytes(b"texte")
    (tmp_path / "lien.db").symlink_to("nulle-part")
    with pytest.raises(FileFailure, match=told) as failed:
        init_file(tmp_path / name, departments=("44",), site=None)
    assert "existe déjà" not in failed.value.sentence or name == "equipe.db"
    assert (tmp_path / "equipe.db").read_bytes() == b"texte"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may all")
@pytest.mark.parametrize("write", [True, False])
def test_a_file_that_may_not_be_read_is_named(db: Path, write: bool) -> None:
    db.chmod(0)
    with pytest.raises(FileFailure, match="pas le droit de le lire"):
        open_file(db, write=write)


def test_only_what_changed_the_file_counts_as_kept(db: Path) -> None:
    connection = open_file(db, write=True)
    before = kept()
    try:
        with writing(connection):
            connection.execute("DELETE FROM settings WHERE name = 'absent'")
        with pytest.raises(sqlite3.IntegrityError), writing(connection):
            connection.execute("INSERT INTO settings VALUES ('a', 'b'), ('c', NULL)")
        assert kept() == before
        with writing(connection):
            connection.execute("INSERT INTO settings VALUES ('a', 'b')")
        assert kept() == before + 1
    finally:
        connection.close()


def test_an_instant_that_is_shown_or_names_a_file_is_that_of_paris(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stamp, "now", lambda: "2026-07-01T22:30:00.000000Z")
    assert file._instant() == "20260702003000"
    assert stamp.paris_moment(stamp.now()) == "02/07/2026 à 00:30"
