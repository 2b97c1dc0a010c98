"""The file is locked, foreign, damaged, read-only; the pipe, the screen or the keyboard is gone."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest

from tests.cli.coordinator import ROOT, Team
from tests.store.faulty import (
    ODD,
    agir_process,
    digest,
    new_file,
    run_agir,
)

READING = (
    ("show", "44-0001"),
    ("find", "x"),
    ("check",),
    ("report", "overdue"),
    ("liaison", "list"),
)
WRITING = (
    ("enroll", "--nom", "X-INVENTE"),
    ("rebuild",),
    ("contract", "sign", "x", "--on", "hier"),
)


@pytest.mark.parametrize("case", ODD)
def test_an_odd_file_is_refused_and_left_as_it_is(team: Team, tmp_path: Path, case: str) -> None:
    make, told = ODD[case]
    team.db = tmp_path / "bizarre.db"
    make(team.db)
    before = digest(team.db)
    for words in (*READING, *WRITING, ("init",)):
        answer = team(*words)
        assert answer.code == 7, (words, answer.said)
        expected = "existe déjà" if words == ("init",) else told
        assert expected in answer.err, (words, answer.err)
        assert answer.out == ""
    assert digest(team.db) == before
    assert not [p for p in tmp_path.glob("bizarre.db?*") if p.suffix != ".sceau"]


def test_no_file_is_told_with_the_command_that_makes_one(team: Team, tmp_path: Path) -> None:
    team.db = tmp_path / "absent.db"
    for words in (*READING, *WRITING):
        answer = team(*words)
        assert answer.code == 7
        assert "agir init" in answer.err
    assert not team.db.exists()
    team.does("init", "--department", "85")
    assert team.enrols("--nom", "X-INVENTE") == "85-0001"


def test_a_file_held_by_another_command_is_waited_for_then_told(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGIR_PATIENCE", "0")
    team.enrols("--nom", "X-INVENTE")
    other = sqlite3.connect(team.db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = team("enroll", "--nom", "Y-INVENTE")
    assert answer.code == 7
    assert "occupé par une autre commande" in answer.err
    assert "rien n'a été enregistré" in answer.err
    assert team.does("show", "44-0001").code == 0, "who reads is not kept waiting by who writes"
    other.execute("ROLLBACK")
    other.close()
    assert team.does("enroll", "--nom", "Y-INVENTE").code == 0


def test_the_file_is_readable_by_its_owner_alone(team: Team, tmp_path: Path) -> None:
    previous = os.umask(0o022)
    try:
        team.db = tmp_path / "neuf" / "equipe.db"
        team.does("init")
    finally:
        os.umask(previous)
    assert stat.S_IMODE(team.db.stat().st_mode) == 0o600
    assert stat.S_IMODE(team.db.parent.stat().st_mode) == 0o700


def test_check_tells_a_file_that_others_can_read(team: Team) -> None:
    team.db.chmod(0o644)
    answer = team("check")
    assert answer.code == 6
    assert "droits du fichier" in answer.out


@pytest.mark.parametrize("what", ["fichier", "dossier"])
def test_what_is_read_only_is_read_and_not_written(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "partage"
    folder.mkdir()
    db = new_file(folder / "equipe.db")
    assert run_agir(db, "enroll", "--nom", "X-INVENTE").returncode == 0
    before = digest(db)
    locked = db if what == "fichier" else folder
    locked.chmod(0o400 if what == "fichier" else 0o500)
    for words in (("show", "44-0001"), ("find", "x"), ("check",), ("report", "overdue")):
        done = run_agir(db, *words)
        assert done.returncode == 0, (words, done.stderr)
    for words in (("enroll", "--nom", "Y-INVENTE"), ("rebuild",)):
        done = run_agir(db, *words)
        assert done.returncode == 7, (words, done.stderr)
        assert "lecture seule" in done.stderr
        assert "Traceback" not in done.stderr
    locked.chmod(0o700)
    assert digest(db) == before


def test_a_file_nobody_may_read_is_told(tmp_path: Path) -> None:
    db = new_file(tmp_path / "equipe.db")
    db.chmod(0o000)
    done = run_agir(db, "check")
    assert done.returncode == 7
    assert "ne peut pas être ouvert" in done.stderr


# --- the streams -----------------------------------------------------------------------------


@pytest.fixture
def long_file(team: Team, tmp_path: Path) -> Team:
    """A file whose list is longer than a pipe's buffer."""
    rows = tmp_path / "noms.csv"
    lines = [f"ŞAHIN-{n:04d}-INVENTE,Łukasz أحمد" for n in range(1500)]
    rows.write_text("nom,prenoms\n" + "\n".join(lines) + "\n", "utf-8")
    team.does("--quiet", "enroll", "--from", str(rows))
    return team


def test_a_closed_pipe_is_quiet(long_file: Team) -> None:
    with subprocess.Popen(
        agir_process(long_file.db, "find", "44-"),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        process.wait(timeout=60)
    assert said == b""
    assert process.returncode in (0, 141)


def test_a_pipe_closed_in_the_middle_is_never_a_whole_list(long_file: Team) -> None:
    """Unbuffered too: a write then says half, and an end of 0 would promise all of it."""
    with subprocess.Popen(
        agir_process(long_file.db, "report", "dossiers", "--format", "csv"),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        process.wait(timeout=60)
    assert process.returncode == 141


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_is_said_before_a_table_comes_before_it(long_file: Team, unbuffered: str) -> None:
    done = subprocess.run(
        agir_process(long_file.db, "show", "44-0001", "--events"),
        cwd=ROOT, capture_output=True, timeout=60, check=True,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )  # fmt: skip
    assert done.stdout.decode().startswith("44-0001 ")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_encoding_of_the_output_is_survived(long_file: Team, encoding: str) -> None:
    done = subprocess.run(
        agir_process(long_file.db, "find", "şahin-0007"),
        cwd=ROOT, capture_output=True, timeout=60,
        env={**os.environ, "PYTHONIOENCODING": encoding, "LC_ALL": "C", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert done.returncode == 0
    assert "ŞAHIN-0007-INVENTE" in done.stdout.decode("utf-8")
    assert b"Traceback" not in done.stderr


def test_a_word_in_another_encoding_is_told(team: Team) -> None:
    done = subprocess.run(
        [os.fsencode(w) for w in agir_process(team.db, "find")] + [b"Andr\xe9"],
        cwd=ROOT, capture_output=True, timeout=60, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 2
    assert "UTF-8" in done.stderr.decode("utf-8")


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_closed_stream_ends_without_a_traceback(team: Team, stream: str) -> None:
    ref = team.diagnosed()
    number = {"stdin": 0, "stdout": 1, "stderr": 2}[stream]
    words = ("contract", "refuse", ref, "--on", "hier")
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {number}>&-', "sh", *agir_process(team.db, *words)],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode == 2
    assert team.rows("SELECT definitif FROM dossiers") == [("non",)]


def test_no_color_and_no_terminal_give_plain_text(team: Team) -> None:
    team.diagnosed()
    for settings in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"FORCE_COLOR": ""}):
        done = run_agir(team.db, "show", "44-0001", "--events", **settings)
        assert done.returncode == 0
        assert "\x1b" not in done.stdout
        assert "│" not in done.stdout


def stopped(process: subprocess.Popen[bytes], number: signal.Signals) -> str:
    """Ask the process to stop, again if it was between two reads; what it said."""
    for _ in range(30):
        process.send_signal(number)
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            continue
        assert process.stderr is not None
        return process.stderr.read().decode()
    process.kill()
    raise AssertionError("the process does not stop")


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)],
    ids=["SIGTERM", "SIGINT", "SIGHUP"],
)
def test_an_interrupted_import_leaves_nothing(
    team: Team, number: signal.Signals, code: int
) -> None:
    """The rows come through a pipe that stays open: the command is inside its transaction."""
    before = team.fingerprint()
    with subprocess.Popen(
        agir_process(team.db, "enroll", "--from", "-"),
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # A job in the background ignores Ctrl-C from its birth: this one must not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(b"nom,prenoms\n" + b"".join(
            b"NOM%d-INVENTE,Awa\n" % n for n in range(20_000)
        ))  # fmt: skip
        process.stdin.flush()
        said = stopped(process, number)
    assert process.returncode == code, said
    assert "Traceback" not in said
    assert "annulé" in said
    assert team.fingerprint() == before
    assert team.does("check").code == 0


@pytest.mark.parametrize("act", [("check",), ("enroll", "--nom", "X"), ("find", "x"), ("backup",)])
def test_a_pipe_is_no_file_and_is_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], act: tuple[str, ...]
) -> None:
    os.mkfifo(tmp_path / "tuyau.db")
    from agir_cli.cli.app import main

    assert main(["--db", str(tmp_path / "tuyau.db"), *act]) == 7
    assert "« tuyau.db » n'est pas un fichier ordinaire." in capsys.readouterr().err
