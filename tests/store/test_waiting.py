"""Waiting for another command: as long as was said, not in silence, and not for ever."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agir_cli.store import waiting
from agir_cli.store.driver import create_file, open_file, writing
from agir_cli.store.waiting import on_waiting, patience, patiently


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
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """When somebody was told that they wait."""
    monkeypatch.setattr(waiting, "SILENCE", 0.1)
    times: list[float] = []
    on_waiting(lambda: times.append(time.monotonic()))
    yield times
    on_waiting(None)


def _held(path: Path) -> sqlite3.Connection:
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    return other


@pytest.mark.parametrize("write", [False, True])
def test_who_waits_is_told_once_and_goes_on(db: Path, told: list[float], write: bool) -> None:
    other = _held(db)
    threading.Timer(1, lambda: other.execute("ROLLBACK")).start()
    connection = open_file(db, write=write)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
    assert len(told) == 1
    connection.close()
    other.close()


def test_who_does_not_wait_is_told_nothing(db: Path, told: list[float]) -> None:
    connection = open_file(db, write=True)
    with writing(connection):
        connection.execute("INSERT INTO settings VALUES ('essai', '1')")
    assert told == []
    assert connection.execute("PRAGMA busy_timeout").fetchone() == (30_000,)
    connection.close()


def test_patience_ends(db: Path, told: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    connection = open_file(db, write=True)
    other = _held(db)
    monkeypatch.setenv("AGIR_PATIENCE", "1")
    begun = time.monotonic()
    with pytest.raises(sqlite3.OperationalError), writing(connection):
        pytest.fail("the other one holds the file")
    assert time.monotonic() - begun >= 1
    assert len(told) == 1
    other.close()
    connection.close()


def test_another_failure_is_not_waited_for(db: Path, told: list[float]) -> None:
    connection = open_file(db, write=True)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        patiently(connection, lambda: connection.execute("SELECT * FROM nowhere"))
    assert told == []
    connection.close()
