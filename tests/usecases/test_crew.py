"""Several processes at one file: what goes in is what goes in alone, whoever fails."""

from __future__ import annotations

import itertools
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agir_cli.domain import commands as c
from agir_cli.domain.reading import RowReader
from agir_cli.usecases import batches, crew, worker
from agir_cli.usecases.foresight import Foreseer, Foresight, Setting
from agir_cli.usecases.intake import Line
from tests.usecases.filing import File, outcome, reading

FIELDS = (
    "agdref", "nom", "prenoms", "date_naissance", "statut", "date_cir", "orientation",
    "date_orientation", "commune_residence", "situation_logement", "telephone", "menage",
    "rejoint", "prescripteur", "dossier",
)  # fmt: skip
HEAD = ";".join(FIELDS)


def person(draw: random.Random, place: int) -> list[str]:
    """Somebody who mostly goes in, with what makes a file hard now and then."""

    def rarely(text: str, times: float = 0.1) -> str:
        return text if draw.random() < times else ""

    before = f"01234{draw.randint(max(0, place - 30), place):05d}"
    return [
        draw.choice((f"01234{place:05d}",) * 8 + (before, "")),
        f"N{draw.choice((place, place, place, draw.randint(0, 20)))}-INVENTE",
        draw.choice(("Awa", "Zoé", "Noor")),
        draw.choice(("02/03/1994", "1990", "", rarely("30/02/1990"))),
        draw.choice(("refugie", "apatride")),
        draw.choice(("09/01/2023", "02/2023", rarely("2019"))), rarely("acceptee", 0.7),
        draw.choice(("10/03/2023", "")), draw.choice(("Rezé", "44100", "Laval", "")), rarely("dna"),
        rarely("0612345678"), draw.choice(("", "", f"M{place // 4}", rarely("44-0002"))),
        rarely(before, 0.05), rarely("Association inventée"), rarely("44-0003", 0.02),
    ]  # fmt: skip


def table(seed: int, count: int) -> str:
    """That many rows, some of them about persons of the rows before."""
    draw = random.Random(seed)
    return "\n".join([HEAD, *(";".join(person(draw, place)) for place in range(count))])


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of ten rows, and two workers called where there are two."""
    monkeypatch.setattr(batches, "CHUNK", 10)
    monkeypatch.setattr(crew, "SHORT", 1)
    monkeypatch.setattr(crew, "how_many", lambda: 2)


def alone(path: Path, *texts: str) -> list[object]:
    """What these files come to where nobody helps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crew, "how_many", lambda: 0)
        return brought_by(path, *texts)


def brought_by(path: Path, *texts: str) -> list[object]:
    """What these files come to, one after the other."""
    file = File(path)
    found = [outcome(file, file.brings(c.Enroll, text, keep_going=True)) for text in texts]
    assert not file.faults()
    return found


def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes of the workers, as they are started."""
    made: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def keeping(*words: object, **options: object) -> subprocess.Popen[bytes]:
        made.append(popen(*words, **options))  # type: ignore[call-overload]
        return made[-1]

    monkeypatch.setattr(subprocess, "Popen", keeping)
    return made


# --- the same by several as alone --------------------------------------------------------


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("seed", range(3))
def test_several_do_what_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    texts = table(seed, 120), table(seed + 10, 60), table(seed, 120)
    expected = alone(tmp_path / "seul.db", *texts)
    used: list[int] = []
    take = batches._Reception.take

    def counting(self: batches._Reception, *given: object) -> int:
        used.append(take(self, *given))  # type: ignore[arg-type]
        return used[-1]

    monkeypatch.setattr(batches, "WORTH_IT", 0)
    monkeypatch.setattr(batches._Reception, "take", counting)
    processes = started(monkeypatch)
    assert brought_by(tmp_path / "plusieurs.db", *texts) == expected
    assert len(processes) == 6
    assert sum(used) > 60  # else nothing was foreseen, and nothing compared


class InPlace(crew.Crew):
    """Foresees every chunk, in this process: what crosses the pipe crosses a copy."""

    def in_turn(
        self, chunks: Iterator[list[Line]]
    ) -> Iterator[tuple[list[Line], Foresight | None]]:
        """Each chunk with what is foreseen of it."""
        assert self._setting is not None
        setting = Setting(*pickle.loads(pickle.dumps(tuple(self._setting))))
        foreseer = Foreseer(setting, RowReader(c.Enroll, setting.columns, reading()))
        for chunk in chunks:
            foreseen = foreseer.foresee(None if line.fault else line.cells for line in chunk)
            yield chunk, pickle.loads(pickle.dumps(foreseen))


@settings(
    deadline=None, max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(seed=st.integers(0, 10**6), count=st.integers(1, 25), size=st.integers(1, 12))
def test_a_row_decided_before_its_turn_is_as_decided_on_it(
    tmp_path: Path, seed: int, count: int, size: int
) -> None:
    base = tmp_path / f"{next(_NUMBERS)}"
    texts = table(seed, count), table(seed + 1, count)
    expected = alone(base.with_suffix(".seul.db"), *texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "CHUNK", size)
        assert alone(base.with_suffix(".coupe.db"), *texts) == expected
        patch.setattr(crew, "Crew", InPlace)
        assert brought_by(base.with_suffix(".prevu.db"), *texts) == expected


_NUMBERS = itertools.count()


@pytest.mark.usefixtures("short")
def test_a_cell_that_erases_is_read_alike(tmp_path: Path) -> None:
    rows = [f"01234{n:05d};N{n}-INVENTE;-;1990" for n in range(60)]
    text = "\n".join(["agdref;nom;prenoms;date_naissance", *rows])
    file = File(tmp_path / "equipe.db")
    assert file.brings(c.Enroll, text, eraser="-").counts == (60, 60, 0, 0, 0, 0)
    assert file.rows("SELECT count(prenoms) FROM people") == [(0,)]


# --- who is called, and who goes ----------------------------------------------------------


def test_a_short_file_calls_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes = started(monkeypatch)
    monkeypatch.setattr(batches, "CHUNK", 10)
    brought_by(tmp_path / "equipe.db", table(1, 10 * crew.SHORT))
    assert processes == []


@pytest.mark.usefixtures("short")
def test_other_commands_call_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes = started(monkeypatch)
    rows = [f"44-{n:04d};20/01/2023" for n in range(60)]
    File(tmp_path / "equipe.db").brings(
        c.HoldDiagnosis, "\n".join(["dossier;date_diagnostic", *rows])
    )
    assert processes == []


@pytest.mark.usefixtures("short")
def test_nobody_is_left_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes = started(monkeypatch)
    brought_by(tmp_path / "equipe.db", table(2, 80))
    assert len(processes) == 2
    assert all(process.poll() is not None for process in processes)


@pytest.mark.usefixtures("short")
def test_a_failure_on_the_way_leaves_nobody_and_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = started(monkeypatch)
    file = File(tmp_path / "equipe.db")

    def interrupted(read: int) -> None:
        if read > 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _bring(file, table(3, 200), interrupted)
    assert len(processes) == 2
    assert all(process.poll() is not None for process in processes)
    assert file.rows("SELECT count(*) FROM dossiers") == [(0,)]


def _bring(file: File, text: str, progress: object) -> None:
    header, *rows = text.splitlines()
    lines = [Line(n, row.split(";")) for n, row in enumerate(rows, 2)]
    batches.import_rows(
        file.visitor, c.Enroll, header.split(";"), lines, reading(), batches.Source("l.csv", "0"),
        turned=lambda line, found: None, warned=lambda line, found: None,
        progress=progress,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.usefixtures("short")
def test_a_file_said_again_sends_the_workers_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"01234{n:05d};N{n}-INVENTE;Awa;1990" for n in range(200)]
    text = "\n".join(["agdref;nom;prenoms;date_naissance", *rows])
    file = File(tmp_path / "equipe.db")
    file.brings(c.Enroll, text)
    asked: list[int] = []
    ask = worker.Worker.ask
    monkeypatch.setattr(
        worker.Worker, "ask", lambda self, chunk: (asked.append(len(chunk)), ask(self, chunk))
    )
    assert file.brings(c.Enroll, text).counts == (200, 0, 0, 200, 0, 0)
    assert 0 < len(asked) <= 5  # what both are given before the first answer is looked at


# --- who fails ----------------------------------------------------------------------------


@pytest.mark.usefixtures("short")
def test_without_workers_the_file_goes_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = alone(tmp_path / "seul.db", table(4, 80))

    def refused(*words: object, **options: object) -> None:
        raise OSError

    monkeypatch.setattr(subprocess, "Popen", refused)
    assert brought_by(tmp_path / "sans.db", table(4, 80)) == expected


@pytest.mark.usefixtures("short")
def test_where_no_thread_is_allowed_the_file_goes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = alone(tmp_path / "seul.db", table(4, 80))

    def refused(*words: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    processes = started(monkeypatch)
    assert brought_by(tmp_path / "sans.db", table(4, 80)) == expected
    assert [process.returncode for process in processes] == [-9]


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    "start",
    [
        "", "import sys; sys.stdin.read(10); sys.exit(3)", "print(1)", "print('Bonjour du poste')",
        "print('coverage on, et le reste de la ligne')", "print('X session'); import time; 1 / 0",
        f"import sys; sys.stdout.buffer.write({worker._READY!r} + b'Bo')",
    ],
)  # fmt: skip
def test_workers_that_fail_are_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    expected = alone(tmp_path / "seul.db", table(5, 80))
    monkeypatch.setattr(worker, "_START", start)
    assert brought_by(tmp_path / "sans.db", table(5, 80)) == expected


@pytest.mark.usefixtures("short")
def test_a_worker_that_stands_still_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = alone(tmp_path / "seul.db", table(5, 80))
    monkeypatch.setattr(worker, "_START", "import time; time.sleep(600)")
    monkeypatch.setattr(worker, "PATIENCE", 0.1)
    processes = started(monkeypatch)
    assert brought_by(tmp_path / "sans.db", table(5, 80)) == expected
    assert [process.returncode for process in processes] != [0, 0]


@pytest.mark.usefixtures("short")
def test_a_worker_killed_on_the_way_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = alone(tmp_path / "seul.db", table(6, 150))
    processes = started(monkeypatch)
    answer = worker.Worker.answer
    answers = itertools.count()
    monkeypatch.setattr(batches, "WORTH_IT", 0)

    def losing(self: worker.Worker) -> Foresight:
        if next(answers) == 3:
            processes[0].kill()
            processes[0].wait()
        return answer(self)

    monkeypatch.setattr(worker.Worker, "answer", losing)
    assert brought_by(tmp_path / "perdu.db", table(6, 150)) == expected
    assert next(answers) > 5


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_a_worker_ends_with_the_one_who_writes(tmp_path: Path) -> None:
    """Whoever is killed outright can tell nobody: the pipe does."""
    told = tmp_path / "worker"
    program = (
        "import sys, time; from datetime import date\n"
        "from agir_cli.store.rulebook import shipped\n"
        "from agir_cli.usecases import worker\n"
        "from agir_cli.usecases.foresight import Setting\n"
        "one = worker.Worker(Setting(('nom',), None, '44', date(2023, 10, 9), shipped()))\n"
        f"open({str(told)!r}, 'w').write(f'{{one._process.pid}}\\n')\n"
        "time.sleep(60)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program])
    process = _soon(lambda: int(told.read_text()) if told.exists() and told.read_text() else None)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert _soon(lambda: True if _gone(process) else None)


def _soon(found: object) -> int:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        value = found()  # type: ignore[operator]
        if value is not None:
            return int(value)
        time.sleep(0.02)
    raise AssertionError("not in time")


def _gone(process: int) -> bool:
    """Whether it has ended, reaped by its adoptive parent or not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return _unknown(process)
    return state == "Z"


def _unknown(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return True
    return False
