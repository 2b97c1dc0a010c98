"""What lies beside a file: rolled back when it is its own, refused when it is not."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agir_cli.domain import commands as c
from agir_cli.failures import FileFailure
from agir_cli.store.file import open_file
from agir_cli.store.waiting import on_notice
from agir_cli.usecases.upkeep import check
from tests.store.crowd import count
from tests.store.faulty import ROOT, digest, run_agir
from tests.usecases.filing import File

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks are POSIX's")

# Writes, leaves what a kill -9 would leave in the middle of a COMMIT, or before it, and ends.
_KILLED = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.executescript("PRAGMA cache_spill = OFF; PRAGMA cache_size = -20")
if sys.argv[2] == "spilled":
    connection.executescript("PRAGMA cache_spill = ON; PRAGMA cache_size = 2")
connection.execute("BEGIN IMMEDIATE")
for n in range(int(sys.argv[3])):
    connection.execute("INSERT INTO settings VALUES (?, hex(randomblob(400)))", (f"essai{n}",))
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def file(tmp_path: Path) -> File:
    """A file in which something was acknowledged."""
    made = File(tmp_path / "equipe.db")
    made.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa")
    made.does(c.Enroll, nom="KARIMI-INVENTEE", prenoms="Zahra")
    return made


@pytest.fixture
def told() -> list[str]:
    """What was said of the file itself."""
    sentences: list[str] = []
    on_notice(sentences.append)
    yield sentences  # type: ignore[misc]
    on_notice(None)


def journal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


def hot(path: Path, how: str = "spilled", rows: int = 400) -> Path:
    """Leave the journal of a command that was killed."""
    subprocess.run([sys.executable, "-c", _KILLED, str(path), how, str(rows)], check=False)
    return journal_of(path)


@pytest.mark.parametrize(("how", "written"), [("spilled", True), ("before", False)])
def test_what_a_killed_command_had_begun_is_undone_and_said(
    file: File, told: list[str], how: str, written: bool
) -> None:
    before = file.picture()
    assert hot(file.path, how).stat().st_size > 0
    open_file(file.path, write=False).close()
    assert [("interrompue" in sentence) for sentence in told] == [True] * written
    assert journal_of(file.path).exists() is not written
    assert file.picture() == before
    assert check(file.path) == []


def _of_another_file(file: File, tmp_path: Path) -> bytes:
    other = File(tmp_path / "autre.db")
    other.does(c.Enroll, nom="AUTRE-INVENTEE")
    other.does(c.Enroll, nom="BARRY-INVENTE")
    return hot(other.path).read_bytes()


def _of_an_earlier_moment(file: File, tmp_path: Path) -> bytes:
    copy = Path(shutil.copy(file.path, tmp_path / "copie.db"))
    for number in range(3):
        file.does(c.Enroll, dossier="44-0001", telephone=f"061111111{number}")
    return hot(copy).read_bytes()


def _of_a_copy_that_went_on(file: File, tmp_path: Path) -> bytes:
    copy = File(Path(shutil.copy(file.path, tmp_path / "copie.db")))
    for number in range(3):
        copy.does(c.Enroll, dossier="44-0001", telephone=f"061111111{number}")
    return hot(copy.path).read_bytes()


def _of_the_last_command(file: File, tmp_path: Path) -> bytes:
    """Its journal, found again after what it did was acknowledged."""
    copy = Path(shutil.copy(file.path, tmp_path / "copie.db"))
    body = hot(copy).read_bytes()
    file.does(c.Enroll, dossier="44-0001", telephone="0611111111")
    return body


def _longer_than_the_file(file: File, tmp_path: Path) -> bytes:
    body = bytearray(_of_another_file(file, tmp_path))
    body[16:20] = (9999).to_bytes(4, "big")
    return bytes(body)


STRANGE: dict[str, Callable[[File, Path], bytes]] = {
    "un autre fichier": _of_another_file,
    "un moment d'avant": _of_an_earlier_moment,
    "une copie": _of_a_copy_that_went_on,
    "la dernière commande": _of_the_last_command,
    "plus grand": _longer_than_the_file,
}


@pytest.mark.parametrize("case", STRANGE)
def test_a_journal_that_is_not_of_this_moment_is_refused_and_nothing_changes(
    file: File, tmp_path: Path, case: str
) -> None:
    journal_of(file.path).write_bytes(STRANGE[case](file, tmp_path))
    before, beside = digest(file.path), digest(journal_of(file.path))
    for write in (False, True):
        with pytest.raises(FileFailure, match="n'est pas de ce fichier") as refused:
            open_file(file.path, write=write)
        assert refused.value.exit_code == 7
        assert any("mv " in line for line in refused.value.details)
    assert (digest(file.path), digest(journal_of(file.path))) == (before, beside)
    journal_of(file.path).rename(tmp_path / "ecarte")  # as it was told
    assert check(file.path) == []


def test_a_wal_beside_a_file_that_has_none_is_refused(file: File, tmp_path: Path) -> None:
    copy = Path(shutil.copy(file.path, tmp_path / "copie.db"))
    connection = sqlite3.connect(copy)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("DELETE FROM settings")
    connection.commit()
    wal = copy.with_name("copie.db-wal").read_bytes()
    connection.close()
    assert wal
    file.path.with_name("equipe.db-wal").write_bytes(wal)
    before = digest(file.path)
    with pytest.raises(FileFailure, match=r"equipe\.db-wal"):
        open_file(file.path, write=False)
    assert digest(file.path) == before


def test_the_journal_of_a_command_that_runs_is_left_to_it(file: File, told: list[str]) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(file.path)],
        stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "prêt\n"
    assert journal_of(file.path).stat().st_size > 0
    open_file(file.path, write=False).close()
    done = run_agir(file.path, "find", "diallo")
    assert done.returncode == 0, done.stderr
    holder.communicate("\n", timeout=30)
    assert told == []
    assert count(file.path, "settings WHERE name = 'essai'") == 1


_HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("INSERT INTO settings VALUES ('essai', '1')")
print("prêt", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""


@pytest.mark.parametrize("body", [b"", b"\0" * 600, b"texte", b"x" * 5000])
def test_what_no_engine_would_play_back_is_no_obstacle(file: File, body: bytes) -> None:
    journal_of(file.path).write_bytes(body)
    before = file.picture()
    open_file(file.path, write=False).close()
    assert file.picture() == before


# --- the file replaced ------------------------------------------------------------------------


def test_a_file_replaced_during_a_command_is_told_and_nothing_is_recorded(
    file: File, tmp_path: Path
) -> None:
    from agir_cli.store.file import recording

    other = Path(shutil.copy(file.path, tmp_path / "autre"))
    before = digest(other)
    with pytest.raises(FileFailure, match="rien n'a été enregistré"), recording(file.path) as held:  # noqa: PT012
        held.execute("UPDATE people SET telephone = '0611111111'")
        other.replace(file.path)
    assert digest(file.path) == before


def test_a_file_replaced_at_the_last_moment_keeps_what_was_acknowledged(
    file: File, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agir_cli.store import driver
    from agir_cli.store.file import recording

    other = Path(shutil.copy(file.path, tmp_path / "autre"))
    answers = iter([True, True, False])
    monkeypatch.setattr(driver.Connection, "is_there", lambda _: next(answers))
    with pytest.raises(FileFailure, match="l'ancien fichier") as told, recording(file.path) as held:  # noqa: PT012
        held.execute("UPDATE people SET telephone = '0611111111'")
        other.replace(file.path)
    (kept,) = tmp_path.glob("equipe.db.enregistre-*")
    assert kept.name in told.value.sentence
    assert count(kept, "people WHERE telephone = '0611111111'") == 2
    assert count(file.path, "people WHERE telephone = '0611111111'") == 0
