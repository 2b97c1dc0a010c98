"""Waiting for another command: as long as was said, not in silence, and not for ever."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agir_cli.store import waiting
from agir_cli.store.driver import writing
from agir_cli.store.file import create_file, open_file
from agir_cli.store.waiting import on_waiting, patience, patiently
from tests.store.faulty import digest, run_agir


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 30), ("0", 0), ("5", 5), ("9999", 600), ("-1", 30), ("dix", 30)]
)
def test_patience_is_bounded(monkeypatch: pytest.MonkeyPatch, text: str, seconds: int) -> None:
    monkeypatch.setenv("AGIR_PATIENCE", text)
    assert patience() == seconds


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "equipe.db"
    create_file(path).close()
    return path


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What somebody was told of waiting."""
    monkeypatch.setattr(waiting, "SILENCE", 0)
    words: list[str] = []
    on_waiting(lambda _: words.append("wait"))
    yield words
    on_waiting(None)


def _held(path: Path) -> sqlite3.Connection:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other


@pytest.mark.parametrize("write", [False, True])
def test_who_waits_is_told_and_goes_on(db: Path, told: list[str], write: bool) -> None:
    other = _held(db)
    on_waiting(lambda _: (told.append("wait"), other.execute("ROLLBACK")))
    connection = open_file(db, write=write)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
    assert told == ["wait"]
    connection.close()
    other.close()


def test_who_does_not_wait_is_told_nothing(db: Path, told: list[str]) -> None:
    connection = open_file(db, write=True)
    with writing(connection):
        connection.execute("INSERT INTO settings VALUES ('essai', '1')")
    assert told == []
    assert connection.execute("PRAGMA busy_timeout").fetchone() == (30_000,)
    connection.close()


def test_who_is_hindered_by_a_reader_is_told_and_goes_on(db: Path, told: list[str]) -> None:
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM events").fetchall()
    on_waiting(lambda _: (told.append("wait"), other.execute("ROLLBACK")))
    connection = open_file(db, write=True)
    with writing(connection):
        connection.execute("INSERT INTO settings VALUES ('essai', '1')")
    assert told == ["wait"]
    assert connection.execute("SELECT * FROM settings WHERE name = 'essai'").fetchall()
    connection.close()
    other.close()


def test_patience_ends(db: Path, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    connection = open_file(db, write=True)
    other = _held(db)
    monkeypatch.setenv("AGIR_PATIENCE", "1")
    with pytest.raises(sqlite3.OperationalError), writing(connection):
        pytest.fail("the other one holds the file")
    assert told == ["wait"]  # once, however often it was tried
    other.close()
    connection.close()


def test_another_failure_is_not_waited_for(db: Path, told: list[str]) -> None:
    connection = open_file(db, write=True)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        patiently(connection, lambda: connection.execute("SELECT * FROM nowhere"))
    assert told == []
    connection.close()


_HOLDS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
connection.execute("SELECT * FROM settings").fetchall()
print("pris", flush=True)
sys.stdin.readline()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc dit qui tient le fichier")
@pytest.mark.parametrize("how", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_who_waited_in_vain_is_told_who_holds_the_file(db: Path, how: str) -> None:
    """[faults, T21]: one sentence, the process and since when, exit 7."""
    other = subprocess.Popen(
        [sys.executable, "-c", _HOLDS, str(db), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout is not None
        other.stdout.readline()
        before = digest(db)
        done = run_agir(db, "enroll", "--nom", "DIALLO-INVENTE", AGIR_PATIENCE="1")
        assert (done.returncode, digest(db)) == (7, before)
        assert "rien n'a été enregistré" in done.stderr
        assert re.search(
            rf"tenu par le processus {other.pid} \(« python.* », de \w+, depuis \d\d:", done.stderr
        )
        other.communicate(b"\n")
