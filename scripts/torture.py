"""The long forms of the concurrency and crash tests, with the numbers of the list of faults.

    python scripts/torture.py [--quick] [NAME ...]

Prints one line a fault: what was done, how often, what went wrong (0 expected). Exit 1 when
anything did. Takes some minutes; `--quick` divides the counts by ten.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from agir_cli.domain.commands import Enroll  # noqa: E402
from agir_cli.usecases.upkeep import check  # noqa: E402
from tests.store.crowd import (  # noqa: E402
    count,
    crowd,
    flat,
    import_process,
    many_rows,
    writes_begun,
)
from tests.store.faulty import agir_process, digest, new_file, run_agir, sql  # noqa: E402
from tests.store.test_beside import STRANGE, journal_of  # noqa: E402
from tests.store.test_schema import from_before_the_seals  # noqa: E402
from tests.usecases.erased import enter, leave, residue  # noqa: E402
from tests.usecases.filing import File  # noqa: E402

Fault = Callable[[Path, int], tuple[int, list[str]]]


def kills(folder: Path, times: int) -> tuple[int, list[str]]:
    """T01: kill -9 during an import, then the next command."""
    return _stopped(folder, times, signal.SIGKILL, None)


def terms(folder: Path, times: int) -> tuple[int, list[str]]:
    """T02: SIGTERM during an import: exit 143, one sentence."""
    return _stopped(folder, times, signal.SIGTERM, 143)


def interrupts(folder: Path, times: int) -> tuple[int, list[str]]:
    """T02: Ctrl-C during an import: exit 130, one sentence."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # children inherit it, unless ignored
    return _stopped(folder, times, signal.SIGINT, 130)


def _stopped(
    folder: Path, times: int, number: signal.Signals, code: int | None
) -> tuple[int, list[str]]:
    rows, wrong, done = many_rows(folder / "noms.csv", 20_000), [], 0
    for turn in range(times):
        db = new_file(folder / f"arret-{turn}.db")
        process = import_process(db, rows)
        done += writes_begun(db, process, pages=1 + turn * 37 % 700)
        process.send_signal(number)
        said = process.communicate(timeout=120)[1].decode()
        held = count(db, "dossiers")
        if held not in (0, 20_000):
            wrong.append(f"{held} dossiers sur 20000")
        if "Traceback" in said:
            wrong.append("traceback")
        if code is not None and process.returncode not in (code, 0):
            wrong.append(f"code {process.returncode}")
        if process.returncode == 0 and held != 20_000:
            wrong.append("confirmé et perdu")
        wrong += _next_command(db)
        db.unlink()
    return done, wrong


def _next_command(db: Path) -> list[str]:
    """What is wrong with the next command, which nobody prepared."""
    done = run_agir(db, "enroll", "--nom", "APRES-INVENTE", "--departement", "44")
    said = " / ".join(done.stderr.strip().splitlines()[:2])
    return [] if done.returncode == 0 else [f"commande suivante : {done.returncode} {said}"]


def full_disk(folder: Path, times: int) -> tuple[int, list[str]]:
    """T04, T05: no room left during an import (a limit on the size of files)."""
    rows, wrong = many_rows(folder / "noms.csv", 20_000), []
    for turn in range(times):
        db = new_file(folder / f"plein-{turn}.db")
        size = db.stat().st_size
        room = size + 4096 * (turn * 20 + 1)
        done = subprocess.run(
            agir_process(db, "enroll", "--from", str(rows)),
            cwd=ROOT, capture_output=True, text=True, check=False,
            preexec_fn=lambda room=room: _limit(room),
        )  # fmt: skip
        if done.returncode != 7 or "rien n'a été enregistré" not in done.stderr:
            wrong.append(f"code {done.returncode} : {done.stderr.strip().splitlines()[-1:]}")
        if count(db, "dossiers") or count(db, "people") or check(db):
            wrong.append("le fichier a changé")
        wrong += _next_command(db)
        db.unlink()
    return times, wrong


def _limit(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def migrations(folder: Path, times: int) -> tuple[int, list[str]]:
    """T11: a migration is killed: the old schema or the new one, never between."""
    from agir_cli.store.driver import APPLICATION_ID

    wrong = []
    for turn in range(times):
        db = sql(folder / f"ancien-{turn}.db", f"PRAGMA application_id = {APPLICATION_ID}")
        process = subprocess.Popen(
            agir_process(db, "check"), cwd=ROOT, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(0.1 + turn * 0.004)
        process.kill()
        process.wait()
        tables = count(db, "sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'")
        if tables not in (0, TABLES):
            wrong.append(f"{tables} tables")
        wrong += _next_command(db)
    return times, wrong


def writers(folder: Path, times: int) -> tuple[int, list[str]]:
    """T18: eight processes write at once: none locked, none lost."""
    db = new_file(folder / "huit.db")
    told = flat(crowd(db, "each", 8, times))
    wrong = [f"{code} {fact}" for code, fact in told if code != "done"]
    if count(db, "dossiers") != 8 * times - len(wrong):
        wrong.append(f"{count(db, 'dossiers')} dossiers")
    return len(told), wrong + [d.what for d in check(db)]


def same_person(folder: Path, times: int) -> tuple[int, list[str]]:
    """T19: one person at eight desks: one accepted, seven told by whom."""
    db = new_file(folder / "meme.db")
    results, wrong = crowd(db, "same", 8, times), []
    for place in range(times):
        told = [result[place] for result in results]
        if Counter(code for code, _ in told) != {"done": 1, "deja_inscrit": 7}:
            wrong.append(str(Counter(code for code, _ in told)))
        winner = next((d for d, (code, _) in enumerate(told) if code == "done"), None)
        wrong += [f for code, f in told if code != "done" and f"poste-{winner} le" not in f]
    if count(db, "dossiers") != times:
        wrong.append(f"{count(db, 'dossiers')} dossiers")
    return 8 * times, wrong


def journals(folder: Path, times: int) -> tuple[int, list[str]]:
    """T60: a journal of another file, copy or moment beside the file: refused, nothing changes."""
    wrong = []
    for turn in range(times):
        place = folder / str(turn)
        place.mkdir()
        file = File(place / "equipe.db")
        for number in range(turn % 7 + 1):
            file.does(Enroll, nom=f"NOM{number}-INVENTE")
        case = [*STRANGE][turn % len(STRANGE)]
        body = STRANGE[case](file, place)
        journal_of(file.path).write_bytes(body)
        before = digest(file.path)
        done = run_agir(file.path, "find", "nom0")
        if done.returncode != 7 or digest(file.path) != before:
            wrong.append(f"{case} : code {done.returncode}")
    return times, wrong


def replaced(folder: Path, times: int) -> tuple[int, list[str]]:
    """T61: another file takes the name during an import: nothing acknowledged is lost."""
    rows, wrong = many_rows(folder / "noms.csv", 5_000), []
    for turn in range(times):
        place = folder / str(turn)
        place.mkdir()
        db, other = new_file(place / "equipe.db"), new_file(place / "autre.db")
        process = import_process(db, rows)
        writes_begun(db, process, pages=1 + turn * 3)
        other.replace(db)
        said = process.communicate(timeout=120)[1].decode()
        kept = [db, *place.glob("equipe.db.enregistre-*")]
        if process.returncode == 0 and max(count(each, "dossiers") for each in kept) < 5_000:
            wrong.append("confirmé et perdu")
        if process.returncode not in (0, 7) or "Traceback" in said:
            wrong.append(f"code {process.returncode}")
    return times, wrong


def creations(folder: Path, times: int) -> tuple[int, list[str]]:
    """T63: a creation or an export is killed: nothing or the whole, and no draft stays."""
    wrong = []
    for turn in range(times):
        place = folder / str(turn)
        place.mkdir()
        db, out = place / "equipe.db", place / "sortie"
        words = [("init", "--department", "44"), ("demo",), ("export", "--to", str(out))][turn % 3]
        if words[0] == "export":
            new_file(db)
        process = subprocess.Popen(
            agir_process(db, *words), cwd=ROOT, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(0.15 + turn * 0.02)
        process.kill()
        process.wait()
        run_agir(db, "rules")
        if out.exists() and not (out / "manifest.json").exists():
            wrong.append("export coupé")
        if db.exists() and (found := check(db)):
            wrong.append(f"{words[0]} : {found[0].what}")
        if list(place.glob(".*.tmp")):
            wrong.append(f"{words[0]} : un brouillon")
    return times, wrong


def desks(folder: Path, times: int) -> tuple[int, list[str]]:
    """T64: eight desks open an older file: one brings it forward, nobody is told of an error."""
    wrong = []
    for turn in range(times):
        db = from_before_the_seals(new_file(folder / f"ancien-{turn}.db"))
        eight = [
            subprocess.Popen(
                agir_process(db, "enroll", "--nom", f"POSTE{n}-INVENTE"), cwd=ROOT,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            for n in range(8)
        ]  # fmt: skip
        wrong += [f"code {desk.returncode}" for desk in eight if desk.wait(240) != 0]
        wrong += [found.what for found in check(db)]
        if len(list(folder.glob(f"sauvegardes/{db.stem}-*-migration.db"))) != 1:
            wrong.append("plus d'une copie")
    return 8 * times, wrong


TABLES = 0


def erased(folder: Path, times: int) -> tuple[int, list[str]]:
    """T46: so many persons leave the file; nothing of them is in any byte beside others."""
    file = File(folder / "equipe.db")
    persons = enter(file, times + 20)
    leave(file, times)
    wrong = [line.split(" : ")[0] for line in residue(folder, persons[:times])]
    wrong += [str(fault) for fault in check(file.path)]
    return times, wrong


FAULTS: dict[str, tuple[Fault, int]] = {
    "kills": (kills, 200), "terms": (terms, 30), "interrupts": (interrupts, 30),
    "full_disk": (full_disk, 20), "migrations": (migrations, 100), "writers": (writers, 250),
    "same_person": (same_person, 200), "journals": (journals, 70), "replaced": (replaced, 20),
    "creations": (creations, 60), "desks": (desks, 5), "erased": (erased, 2_000),
}  # fmt: skip


def main() -> int:
    global TABLES
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*FAULTS, []], metavar="NAME")
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args()
    os.environ.setdefault("AGIR_AUTHOR", "torture")
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        model = new_file(Path(folder) / "modele.db")
        TABLES = count(model, "sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'")
        for name in chosen.names or FAULTS:
            fault, times = FAULTS[name]
            place = Path(folder) / name
            place.mkdir()
            began = time.monotonic()
            done, wrong = fault(place, max(times // 10, 2) if chosen.quick else times)
            took = time.monotonic() - began
            print(f"{name:<12} {done:>5} done  {len(wrong):>4} wrong  {took:6.1f} s", flush=True)
            for line, times_seen in Counter(wrong).most_common(5):
                print(f"    {times_seen} × {line}", flush=True)
            bad += len(wrong)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
