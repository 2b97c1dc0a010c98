"""Several desks on one file, and processes that are killed: nothing lost, nothing in between.

The short form; `make torture` reaches the numbers of the list of faults.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from agir_cli.store import file
from agir_cli.store.file import apart, consulting, recording
from agir_cli.usecases.upkeep import check
from tests.store.crowd import count, crowd, flat, import_process, many_rows, writes_begun
from tests.store.faulty import ROOT, agir_process, new_file, run_agir

DESKS = 8


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return new_file(tmp_path / "equipe.db")


def test_eight_desks_write_at_once_none_locked_none_lost(db: Path) -> None:
    """Waiting, never « database is locked » [faults, T18]."""
    told = flat(crowd(db, "each", DESKS, 25))
    assert Counter(code for code, _ in told) == {"done": DESKS * 25}
    references = [reference for _, reference in told]
    assert len(set(references)) == DESKS * 25
    assert sorted(references)[-1] == f"44-{DESKS * 25:04d}", "no number is skipped"
    assert count(db, "dossiers") == count(db, "people") == DESKS * 25
    assert check(db) == []


def test_one_person_at_eight_desks_is_admitted_once_and_seven_are_told_by_whom(db: Path) -> None:
    """Exactly one accepted, seven told who did it [faults, T19]."""
    results = crowd(db, "same", DESKS, 5)
    for place in range(5):
        told = [result[place] for result in results]
        codes = Counter(code for code, _ in told)
        assert codes == {"done": 1, "deja_inscrit": DESKS - 1}
        winner = next(desk for desk, (code, _) in enumerate(told) if code == "done")
        for code, fact in told:
            assert code == "done" or f"saisi par poste-{winner}" in fact
    assert count(db, "dossiers") == 5


def test_an_import_that_is_killed_leaves_all_or_nothing(db: Path, tmp_path: Path) -> None:
    """kill -9 at ten moments of an import of 20,000 rows [faults, T01]."""
    rows = many_rows(tmp_path / "noms.csv", 20_000)
    killed = 0
    for moment in range(10):
        process = import_process(db, rows)
        killed += writes_begun(db, process, pages=1 + moment * 40)
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()
        assert count(db, "dossiers") in (0, 20_000)
        if count(db, "dossiers"):
            break
    assert killed >= 3, "the import ended before it could be killed"
    done = run_agir(db, "enroll", "--nom", "APRES-INVENTE")
    assert done.returncode == 0, done.stderr
    assert [d for d in check(db) if d.what != "droits du fichier"] == []


def test_readers_read_while_a_load_holds_the_file(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes wait in memory up to thirty-two megabytes: nobody is kept out until then."""
    monkeypatch.setenv("AGIR_PATIENCE", "0")
    with recording(db) as writer:
        for number in range(28):
            writer.execute(
                "INSERT INTO settings VALUES (?, hex(randomblob(500000)))", (str(number),)
            )
        with consulting(db) as reader:
            assert reader.execute("SELECT count(*) FROM settings").fetchone()[0] < 28
    with consulting(db) as reader:
        assert reader.execute("SELECT count(*) FROM settings").fetchone()[0] > 28


def test_a_check_keeps_nobody_from_writing(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGIR_PATIENCE", "0")
    with apart(db) as copy:
        with recording(db) as writer:
            writer.execute("INSERT INTO settings VALUES ('essai', '1')")
        assert copy.execute("SELECT 1 FROM settings WHERE name = 'essai'").fetchone() is None


def test_a_large_file_is_copied_beside_and_the_copy_goes(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "_IN_MEMORY", 0)
    with apart(db) as copy:
        assert copy.execute("PRAGMA database_list").fetchone()[2].endswith(".tmp")
    assert not list(db.parent.glob(".*.tmp"))
    assert check(db) == []


def test_eight_desks_open_an_older_file_and_one_brings_it_forward(db: Path) -> None:
    """The first morning after an update: nobody is told of an error."""
    from tests.store.test_schema import from_before_the_seals

    done = run_agir(db, "enroll", "--nom", "AVANT-INVENTE")
    assert done.returncode == 0, done.stderr
    from_before_the_seals(db)
    desks = [
        subprocess.Popen(
            agir_process(db, "enroll", "--nom", f"POSTE{n}-INVENTE"), cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        for n in range(DESKS)
    ]  # fmt: skip
    said = [desk.communicate(timeout=240)[1] for desk in desks]
    assert [desk.returncode for desk in desks] == [0] * DESKS, said
    assert count(db, "dossiers") == DESKS + 1
    (copy,) = db.parent.glob("sauvegardes/equipe-*-migration.db")
    assert count(copy, "sqlite_master WHERE name = 'seals'") == 0
    assert check(db) == []
