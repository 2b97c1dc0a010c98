"""Files and folders that appear whole or not at all, and what a killed command leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agir_cli import drafts
from agir_cli.cli.app import main
from agir_cli.usecases.upkeep import check
from tests.store.faulty import ROOT, agir_process, new_file, run_agir

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and locks are POSIX's")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "donnees"))


def test_a_draft_takes_its_name_or_leaves_nothing(tmp_path: Path) -> None:
    final = tmp_path / "a.csv"
    with drafts.draft(final) as place:
        place.write_text("a", "utf-8")
        assert drafts.living() == {place}
        assert drafts.clear() == []  # it lives
        drafts.take_name(place, final)
    assert final.read_text("utf-8") == "a"
    with pytest.raises(RuntimeError), drafts.draft(tmp_path / "b.csv") as place:  # noqa: PT012
        place.write_text("b", "utf-8")
        raise RuntimeError
    with pytest.raises(FileExistsError), drafts.draft(final) as place:  # noqa: PT012
        place.write_text("c", "utf-8")
        drafts.take_name(place, final)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.csv"]
    assert drafts.living() == set()


_KILLED = """
import os, sys
from pathlib import Path
from agir_cli import drafts
with drafts.draft(Path(sys.argv[1])) as place:
    if sys.argv[2] == "folder":
        place.mkdir()
        (place / "people.csv").write_text("DIALLO-INVENTE")
    else:
        place.write_text("DIALLO-INVENTE")
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_the_next_command_clears_what_a_killed_one_left(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [sys.executable, "-c", _KILLED, str(tmp_path / "sortie"), kind]
    subprocess.run(words, cwd=ROOT, check=False)
    (left,) = tmp_path.glob(".sortie.*.tmp")
    assert main(["rules"]) == 0
    assert not left.exists()
    assert left.name in capsys.readouterr().err
    assert main(["rules"]) == 0
    assert "brouillon" not in capsys.readouterr().err


def test_a_draft_that_nobody_noted_is_listed_by_check(tmp_path: Path) -> None:
    db = new_file(tmp_path / "equipe.db")
    left = tmp_path / f".sortie.{'ab' * 6}.tmp"
    left.mkdir()
    assert [d.what for d in check(db)] == ["brouillon"]
    left.rmdir()
    with drafts.draft(tmp_path / "autre.csv") as place:
        place.touch()
        assert check(db) == []


@pytest.mark.parametrize("moment", range(3))
@pytest.mark.parametrize("command", ["init", "demo", "export"])
def test_a_creation_that_is_killed_leaves_nothing_or_the_whole(
    tmp_path: Path, command: str, moment: int
) -> None:
    db, folder = tmp_path / "equipe.db", tmp_path / "sortie"
    words = {
        "init": ("init", "--department", "44"), "demo": ("demo",),
        "export": ("export", "--to", str(folder)),
    }[command]  # fmt: skip
    made = folder if command == "export" else db
    if command == "export":
        new_file(db)
    process = subprocess.Popen(
        agir_process(db, *words), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(40_000 * (moment + 1)):  # until there is a draft, then a little more
        if process.poll() is not None or list(tmp_path.glob(f".{made.name}.*.tmp")):
            break
    with Path(os.devnull).open("rb") as nothing:
        for _ in range(moment * 3000):
            nothing.read(1)
    process.kill()
    process.wait()
    if command == "export":
        assert not folder.exists() or (folder / "manifest.json").exists()
    elif db.exists():
        assert check(db) == []
    else:
        done = run_agir(db, *words)
        assert done.returncode == 0, done.stderr
    run_agir(db, "rules")
    assert not list(tmp_path.glob(".*.tmp"))


def test_rejects_go_to_a_pipe_once_the_file_is_free(tmp_path: Path) -> None:
    """Nobody reads the pipe: the command waits, and everybody else works."""
    db, pipe = new_file(tmp_path / "equipe.db"), tmp_path / "rejets"
    os.mkfifo(pipe)
    rows = tmp_path / "noms.csv"
    rows.write_text("nom,date_cir\nDIALLO-INVENTE,09/01/2023\nBA-INVENTE,jamais\n", "utf-8")
    words = ("enroll", "--from", str(rows), "--keep-going", "--rejects", str(pipe))
    held = subprocess.Popen(
        agir_process(db, *words), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(100):
            if run_agir(db, "find", "diallo").returncode == 0:
                break
        done = run_agir(db, "enroll", "--nom", "AUTRE-INVENTE", AGIR_PATIENCE="5")
        assert done.returncode == 0, done.stderr
        assert held.poll() is None
        read: list[str] = []
        reader = threading.Thread(target=lambda: read.append(pipe.read_text("utf-8")))
        reader.start()
        reader.join(60)
        assert "BA-INVENTE" in read[0]
        assert held.wait(60) == 5
    finally:
        held.kill()
        held.wait()


def test_what_goes_to_a_pipe_named_as_a_device_goes_there(tmp_path: Path) -> None:
    db = new_file(tmp_path / "equipe.db")
    done = run_agir(db, "report", "dossiers", "--format", "csv", "--output", "/dev/stdout")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("dossier,")


def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path) -> None:
    db, link = new_file(tmp_path / "equipe.db"), tmp_path / "lien.csv"
    link.symlink_to(tmp_path / "ailleurs.csv")
    done = run_agir(db, "report", "dossiers", "--output", str(link))
    assert done.returncode == 2
    assert "lien" in done.stderr
    assert not (tmp_path / "ailleurs.csv").exists()
