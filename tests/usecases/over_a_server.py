"""Several sites that write and exchange at once, over a server that is killed meanwhile.

    python -m tests.usecases.over_a_server FILE SERVICE ACTS PROGRESS

is one of them, in a process of its own: the marks of its acknowledged acts are what it prints.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from string import ascii_uppercase
from zlib import crc32

from agir_cli.domain import commands as c
from agir_cli.domain.reading import read_values
from agir_cli.exchange import hub
from agir_cli.failures import FileFailure
from agir_cli.usecases.ledger import Done
from agir_cli.usecases.single import run
from agir_cli.usecases.upkeep import check
from tests.postgres import Server
from tests.usecases.filing import reading
from tests.usecases.network import ORIENTED, Office, alike, exchange, linked

ROOT = Path(__file__).parents[2]
_EACH = 5
_KILLS = 3


def exchanged(path: Path, service: str) -> None:
    """One exchange of a file with the server, in which nothing is refused."""
    done = exchange(path, hub.Hub(service))
    if done.refused:
        raise AssertionError([fault.sentence for fault in done.refused])


def service_of(letter: str) -> str:
    """The service, and the role, of a site."""
    return f"site_{letter.lower()}"


def work(path: Path, service: str, acts: int, progress: Path) -> list[str]:
    """Record so many acts, exchanging now and then; the marks of those that were acknowledged."""
    office, draw = Office(path.parent, path.stem), Random(path.stem)
    done, known = [], list[str]()
    for number in range(acts):
        mark = f"{path.stem}{number:04}"
        if number % 4 == 0 or not known:
            agdref = f"{crc32(mark.encode()):010}"  # no number is nearly another
            given = {"nom": f"Omar{mark}", "agdref": agdref, "autre_personne": "oui", **ORIENTED}
            command: type[c.Command] = c.Enroll
        else:
            given = {"dossier": draw.choice(known), "etape": mark, "date_etape": "03/02/2023"}
            command, agdref = c.AddStep, ""
        read = read_values(command, given, reading())
        assert not isinstance(read, list), read
        if isinstance(run(office.visitor, read).outcome, Done):
            done.append(agdref or mark)
        with progress.open("ab") as file:
            file.write(b".")
        if number % _EACH == _EACH - 1:
            try:
                exchanged(path, service)
            except FileFailure:  # the server is down: later
                time.sleep(0.2)
            known = [row[0] for row in office.rows("SELECT dossier FROM dossiers ORDER BY 1")]
    return done


def tried(folder: Path, server: Server, count: int, acts: int) -> tuple[int, list[str]]:
    """So many sites record so many acts together while the server is killed; what goes wrong."""
    letters = ascii_uppercase[:count]
    hub.make("admin")
    for letter in letters:
        hub.grant("admin", service_of(letter), letter, None, None)
        server.role(service_of(letter))
    files = linked(folder, letters, lambda letter: hub.Hub(service_of(letter)))
    progress = folder / "progress"
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.usecases.over_a_server", str(path), service_of(path.stem),
             str(acts // count), str(progress)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )
        for path in files
    ]  # fmt: skip
    for turn in range(1, _KILLS + 1):
        while _size(progress) < acts * turn // (_KILLS + 1) and _alive(workers):
            time.sleep(0.02)
        server.kill()
        time.sleep(0.3)
        server.start()
    said = [worker.communicate()[0] for worker in workers]
    wrong = [f"code {worker.returncode}" for worker in workers if worker.returncode]
    marks = [mark for text in said for mark in json.loads(text or "[]")]
    for _ in range(3):
        for path in files:
            exchanged(path, service_of(path.stem))
    wrong += hub.standing("admin", None)[1]
    return len(marks), wrong + _what_is_wrong(files, marks)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _alive(workers: Sequence[subprocess.Popen[str]]) -> bool:
    return any(worker.poll() is None for worker in workers)


def _what_is_wrong(paths: Sequence[Path], marks: Sequence[str]) -> list[str]:
    offices = [Office(path.parent, path.stem) for path in paths]
    wrong = [f"autre état : {name}" for name in alike(offices)]
    for office in offices:
        rows = office.rows("SELECT value FROM texts WHERE field = 'etape' UNION ALL"
                           " SELECT agdref FROM people")  # fmt: skip
        found = Counter(str(row[0]) for row in rows)
        wrong += ["perdu" for mark in marks if not found[mark]]
        wrong += ["doublé" for mark in marks if found[mark] > 1]
        wrong += ["inconnu" for mark in found if mark not in set(marks)]
    found = (each.what for path in paths for each in check(path))
    return wrong + [what for what in found if what != "sauvegarde"]


if __name__ == "__main__":
    file, service_, acts_, progress_ = sys.argv[1:]
    print(json.dumps(work(Path(file), service_, int(acts_), Path(progress_))))
