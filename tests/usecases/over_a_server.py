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
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random

from agir_cli.domain import commands as c
from agir_cli.domain.reading import read_values
from agir_cli.exchange import hub, segments
from agir_cli.failures import FileFailure
from agir_cli.store import sites
from agir_cli.usecases import sites as network
from agir_cli.usecases.ledger import Done, Visitor
from agir_cli.usecases.single import run
from agir_cli.usecases.sync import Sealed, sync
from agir_cli.usecases.upkeep import check, init_file
from tests.postgres import Server
from tests.usecases.filing import reading
from tests.usecases.network import ORIENTED, Office, alike

ROOT = Path(__file__).parents[2]
DAY = date(2023, 10, 9)
_EACH = 5
_KILLS = 3


def exchange(path: Path, service: str) -> None:
    """One exchange of a file with the server, in which nothing is refused."""
    visitor = Visitor(path, DAY, path.stem)
    with closing(hub.Hub(service)) as carrier:
        network.meet(visitor, carrier)
        done = sync(visitor, carrier, Sealed(segments, DAY.isoformat()))
    if done.refused:
        raise AssertionError([fault.sentence for fault in done.refused])


def linked(folder: Path, server: Server, count: int) -> list[tuple[Path, str]]:
    """The files of so many sites, each with its service, of one network over the server."""
    hub.make("admin")
    found = []
    for number in range(count):
        letter = chr(ord("A") + number)
        path, service = folder / f"{letter}.db", f"site_{letter.lower()}"
        init_file(path, departments=("44",), site="A")
        secret = (letter * 32).encode()
        sites.keep_beside(path, secret)
        hub.grant("admin", service, letter, None, None)
        server.role(service)
        found.append((path, service))
        if number:
            first = Visitor(found[0][0], DAY, "A")
            code = network.invite(first, b"A" * 32, letter, letter, ()).code
            with closing(hub.Hub(service)) as carrier:
                network.ask_to_join(Visitor(path, DAY, letter), secret, network.code_of(code),
                                    carrier)  # fmt: skip
            exchange(*found[0])
            exchange(path, service)
    return found


def work(path: Path, service: str, acts: int, progress: Path) -> list[str]:
    """Record so many acts, exchanging now and then; the marks of those that were acknowledged."""
    office, draw = Office(path.parent, path.stem), Random(path.stem)
    done, known = [], list[str]()
    for number in range(acts):
        mark = f"{path.stem}{number:04}"
        if number % 4 == 0 or not known:
            agdref = f"{ord(path.stem):03}{number:07}"
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
                exchange(path, service)
            except FileFailure:  # the server is down: later
                time.sleep(0.2)
            known = [row[0] for row in office.rows("SELECT dossier FROM dossiers ORDER BY 1")]
    return done


def tried(folder: Path, server: Server, count: int, acts: int) -> tuple[int, list[str]]:
    """So many sites record so many acts together while the server is killed; what goes wrong."""
    files = linked(folder, server, count)
    progress = folder / "progress"
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.usecases.over_a_server", str(path), service,
             str(acts // count), str(progress)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )
        for path, service in files
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
        for path, service in files:
            exchange(path, service)
    return len(marks), wrong + _what_is_wrong([path for path, _ in files], marks)


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
    return wrong + [each.what for each in check(paths[0]) if each.what != "sauvegarde"]


if __name__ == "__main__":
    file, service_, acts_, progress_ = sys.argv[1:]
    print(json.dumps(work(Path(file), service_, int(acts_), Path(progress_))))
