"""The long forms of the fault tests, with the numbers of the list of faults, as one table.

    python scripts/torture.py [--part N] [--page] [NAME ...]

A line a fault: what was done, how often it was asked and done, what went wrong (0 expected). Exit 1
when anything did. Takes the better part of an hour; `--part 10` divides the counts by ten. `--page`
writes the table and the machine into docs/reliability.md: the counts are those that were made.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from agir_cli.cli.app import main as agir  # noqa: E402
from agir_cli.domain import commands as c  # noqa: E402
from agir_cli.domain.commands import Enroll  # noqa: E402
from agir_cli.failures import AgirFailure  # noqa: E402
from agir_cli.store import cipher  # noqa: E402
from agir_cli.store.driver import connect  # noqa: E402
from agir_cli.store.file import consulting, recode  # noqa: E402
from agir_cli.usecases.backup import backed_up, restored  # noqa: E402
from agir_cli.usecases.personal_data import purge, to_purge  # noqa: E402
from agir_cli.usecases.upkeep import check  # noqa: E402
from tests.cli.test_hostile_names import HOSTILE  # noqa: E402
from tests.postgres import programs, running  # noqa: E402
from tests.store.crowd import (  # noqa: E402
    crowd,
    flat,
    import_process,
    many_rows,
    writes_begun,
)
from tests.store.faulty import ODD, agir_process, behind, digest, run_agir, sql  # noqa: E402
from tests.store.faulty import new_file as file_in_clear  # noqa: E402
from tests.store.test_beside import STRANGE, journal_of  # noqa: E402
from tests.store.test_schema import from_before_the_seals  # noqa: E402
from tests.usecases import over_a_folder, over_a_server  # noqa: E402
from tests.usecases.erased import enter, leave, residue  # noqa: E402
from tests.usecases.filing import File  # noqa: E402

Fault = Callable[[Path, int], tuple[int, list[str]]]

KEY = b""
"""The key of the files that a fault is done to; none where they are in clear."""
REMARKS: list[str] = []
"""What the line of a fault says besides its counts."""


def encrypted(fault: Fault) -> Fault:
    """The same fault, done to files that are encrypted."""

    def done(folder: Path, times: int) -> tuple[int, list[str]]:
        with _post(folder, cipher.new_key()):
            return fault(folder, times)

    done.__doc__ = f"{(fault.__doc__ or '').splitlines()[0].rstrip('.')} (encrypted)."
    return done


@contextmanager
def _post(folder: Path, key: bytes = b"") -> Iterator[Path]:
    """A post with a file of keys, in which this one stands; none: files are in clear at first."""
    global KEY
    place, config = folder.with_name(f"{folder.name}.cle"), folder.with_name(f"{folder.name}.toml")
    place.write_text(f"{cipher.written(key)}\n" if key else "", "ascii")
    place.chmod(0o600)
    config.write_text(f'cle = "{place}"\n', "utf-8")
    before, KEY = os.environ.get("AGIR_CONFIG", os.devnull), key
    os.environ["AGIR_CONFIG"] = str(config)

    def asked(_: Path | None, name: str) -> bytes | None:
        known = filter(None, map(cipher.read, place.read_text("ascii").splitlines()))
        return next((each for each in known if cipher.name_of(each) == name), None)

    cipher.on_key(asked)
    try:
        yield place
    finally:
        KEY, os.environ["AGIR_CONFIG"] = b"", before
        cipher.on_key(None)


def new_file(path: Path) -> Path:
    """An empty agir file of department 44, of the kind that is tried."""
    return _of_the_kind(file_in_clear(path))


def _of_the_kind(path: Path) -> Path:
    if KEY:
        recode(path, KEY)
    return path


def count(path: Path, table: str) -> int:
    """How many rows a table holds; the file must be sound."""
    with closing(connect(path, "rw")) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


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
    told = flat(crowd(db, "each", 8, times, KEY))
    wrong = [f"{code} {fact}" for code, fact in told if code != "done"]
    if count(db, "dossiers") != 8 * times - len(wrong):
        wrong.append(f"{count(db, 'dossiers')} dossiers")
    return len(told), wrong + [d.what for d in check(db)]


def same_person(folder: Path, times: int) -> tuple[int, list[str]]:
    """T19: one person at eight desks: one accepted, seven told by whom."""
    db = new_file(folder / "meme.db")
    results, wrong = crowd(db, "same", 8, times, KEY), []
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


# --- what works on the whole file ----------------------------------------------------------

DAYS = ("2023-11-23", "2026-01-15", "2026-03-15")
"""Today; the day on which those who have gone are announced; the day on which they are erased."""
WHOLE = {
    "load": ("enroll", "--from", "{folder}/noms.csv"), "backup": ("backup",),
    "restore": ("restore", "{backup}", "--yes"), "rebuild": ("rebuild",),
    "erase": ("erase", "44-0012", "--yes", "--demande", "la personne", "--motif", "son droit"),
    "purge": ("purge", "--yes"), "export": ("export", "--to", "{folder}/sortie"),
    "encrypt": ("encrypt", "--key-file", "{keys}", "--recovery", "{folder}/fiche.txt"),
    "rekey": ("rekey", "--recovery", "{folder}/fiche.txt"), "decrypt": ("decrypt", "--yes"),
}  # fmt: skip


def interrupted(folder: Path, times: int) -> tuple[int, list[str]]:
    """T70: kill -9 of what works on the whole file, then `check`: as before, or as after."""
    with _post(folder, KEY) as keys:
        return _interrupted(folder, times, keys)


def _interrupted(folder: Path, times: int, keys: Path) -> tuple[int, list[str]]:
    model = folder / "modele"
    model.mkdir()
    file = File(model / "equipe.db")
    persons = enter(file, 40)
    _of_the_kind(file.path)
    saved = backed_up(file.visitor, folder).path
    file.does(c.Enroll, nom="VENUE-INVENTE")
    _at_day(file.path, DAYS[1], "purge", "--yes")
    rows = many_rows(folder / "noms.csv", 4000).read_bytes()
    draw, wrong, every, done = random.Random(68), list[str](), Counter[str](), 0
    names = [n for n in WHOLE if n != "encrypt" and (KEY or n not in ("rekey", "decrypt"))]
    for name in names if KEY else [*names, "encrypt"]:
        took, after = 0.0, ""
        for turn in range(1 + 3 * times // len(names)):
            place = folder / "essai"
            shutil.copytree(model, place)
            (place / "noms.csv").write_bytes(rows)
            db, before = place / "equipe.db", _says(place / "equipe.db")
            words = [w.format(folder=place, backup=saved, keys=keys) for w in WHOLE[name]]
            began = time.monotonic()
            process = _at_day(db, DAYS[2] if name == "purge" else DAYS[0], *words, wait=not turn)
            if not turn:
                took, after = time.monotonic() - began, _says(db)
                if process.returncode:
                    wrong.append(f"{name} : code {process.returncode}")
            else:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(draw.uniform(0.25 * took, took))
                process.kill()
            if process.wait() == -signal.SIGKILL:
                every[name] += 1
                wrong += [f"{name} : {what}" for what in _cut(place, db, before, after)]
                if name in ("erase", "purge") and not _says(db).startswith(before[:4]):
                    gone = persons[11:12] if name == "erase" else persons
                    left = residue(place, gone) if "sauvegardes" not in after else []
                    wrong += [f"{name} : reste {line.split(' : ')[0]}" for line in left[:1]]
            shutil.rmtree(place)
            if every[name] == max(times // len(names), 1):
                break
        done += every[name]
    REMARKS.append(", ".join(f"{name} {n}" for name, n in every.items()))
    return done, wrong


def _at_day(db: Path, day: str, *words: str, wait: bool = True) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "agir_cli", "--db", str(db), "--today", day, *words]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)  # fmt: skip
    if wait:
        process.wait()
    return process


def _says(db: Path) -> str:
    """How many persons, dossiers and events a file holds."""
    return " ".join(str(count(db, table)) for table in ("people", "dossiers", "events"))


def _cut(place: Path, db: Path, before: str, after: str) -> Iterator[str]:
    """What is wrong after a command that was killed, once another has run."""
    checked = run_agir(db, "check")
    if checked.returncode:
        yield f"check : {checked.returncode} {checked.stderr.strip()[:80]}"
    if _says(db) not in (before, after):
        yield f"{_says(db)}, avant {before}, après {after}"
    for left in place.rglob(".*.tmp*"):
        yield f"un brouillon : {left.suffix}"
    wide = [each for each in place.rglob("*") if each.is_file() and each.stat().st_mode & 0o077]
    yield from (f"lisible par d'autres : {each.name}" for each in wide if each.name != "noms.csv")


def small_disk(folder: Path, times: int) -> tuple[int, list[str]]:
    """T04: a disk of its own that fills up under each command: done whole, or refused with 7."""
    model, wrong, told, done = lived(folder / "equipe.db"), list[str](), Counter[int](), 0
    saved, rows = backed_up(model.visitor, folder).path, many_rows(folder / "noms.csv", 2100)
    rows.write_text(rows.read_text("utf-8").replace(",30000", ",31000"), "utf-8")
    model.does(c.Enroll, nom="VENUE-INVENTE")
    before, size, place = _says(model.path), model.path.stat().st_size, folder / "disque"
    place.mkdir()
    names = [name for name in WHOLE if name not in ("purge", "encrypt", "rekey", "decrypt")]
    for turn in range(times):
        room = size + (8 << 10) + (turn // len(names) * 3 * size // max(times // len(names), 1))
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={room},mode=700", "none", str(place)],
            capture_output=True, check=False,
        )  # fmt: skip
        if made.returncode:  # for root alone
            return done, wrong
        try:
            db, name = place / "equipe.db", names[turn % len(names)]
            for end in ("", ".sceau"):
                shutil.copy(f"{model.path}{end}", f"{db}{end}")
            words = [w.format(folder=place, backup=saved) for w in WHOLE[name]]
            ended = run_agir(db, *(str(rows) if w.endswith("noms.csv") else w for w in words))
            told[ended.returncode] += 1
            done += 1
            said = ended.stderr.strip().splitlines()[-2:]
            if ended.returncode not in ((0, 1, 7) if name == "export" else (0, 7)):
                wrong.append(f"{name} : code {ended.returncode} {said}")
            done_yet = "L'effacement est fait" in ended.stderr  # its bytes are to be purged
            if ended.returncode and _says(db) != before and not done_yet:
                wrong.append(f"{name} : refusé, et {_says(db)} au lieu de {before}")
            if found := check(db):
                wrong.append(f"{name} : {found[0].what}")
        finally:
            subprocess.run(["umount", str(place)], check=True)
    REMARKS.append(", ".join(f"code {code} {n}" for code, n in sorted(told.items())))
    return done, wrong


READING = (
    ("today",), ("show", "44-0001"), ("find", "inv"), ("report", "overdue"), ("check",),
    ("report", "dossiers", "--format", "csv"), ("subject", "44-0001"), ("access-log",),
    ("explain", "44-0002"), ("rules",),
)  # fmt: skip
WRITING = (
    ("enroll", "--nom", "X-INVENTE"), ("close", "44-0009", "--motif", "sans_suite"),
    ("rebuild",), ("step", "add", "44-0001", "--etape", "FLE"),
    ("hold", "add", "44-0003", "--motif", "un recours"), ("report", "overdue", "--mark"),
    ("backup",), ("erase", "44-0012", "--yes", "--demande", "elle", "--motif", "droit"),
    ("purge", "--yes"), ("enroll", "--from", "{rows}"),
)  # fmt: skip


def closed(folder: Path, times: int) -> tuple[int, list[str]]:
    """T07, T08: a read-only file, a read-only folder: read, never written to, one sentence."""
    wrong = list[str]()
    rows, turn = many_rows(folder / "noms.csv", 50), 0
    for which in ("file", "folder"):
        place = folder / which
        place.mkdir()
        db = lived(place / "equipe.db").path
        db.chmod(0o400)
        if which == "folder":
            db.chmod(0o600)
            place.chmod(0o500)
        before = digest(db)
        for words in (*READING, *WRITING)[: times // 2]:
            turn += 1
            done = run_agir(db, *(w.format(rows=rows) for w in words))
            reads = words in READING
            fine = done.returncode in ((0, 1, 3) if reads else (7,))
            if words[0] in ("backup", "check"):  # the one writes elsewhere, the other warns
                fine = done.returncode in (0, 6, 7)
            if not fine or "Panne" in done.stderr or "Traceback" in done.stderr:
                wrong.append(f"{which} {words[0]} : {done.returncode} {done.stderr[-90:].strip()}")
            if digest(db) != before:
                wrong.append(f"{which} {words[0]} : le fichier a changé")
        place.chmod(0o700)
    return turn, wrong


# --- one act at a time -------------------------------------------------------------------


def acts(folder: Path, times: int) -> tuple[int, list[str]]:
    """T01: kill -9 of a single act: what was acknowledged is there, the next command works."""
    db, wrong, known = new_file(folder / "actes.db"), [], 0
    for turn in range(times):
        process = subprocess.Popen(
            agir_process(db, "enroll", "--nom", f"{_word(turn)}-INVENTE"), cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1 + turn % 40 * 0.01)
        process.kill()
        said = process.communicate()[0].decode()
        held = count(db, "dossiers")
        if "ouvert" in said and held != known + 1:
            wrong.append("confirmé et perdu")
        if held not in (known, known + 1) or count(db, "events") != held:
            wrong.append("à moitié")
        known = held
    return times, wrong + [found.what for found in check(db)]


def _word(number: int) -> str:
    draw = random.Random(number)
    return "".join(draw.choice("BDFGKLMNPRSTVZ") + draw.choice("AEIOU") for _ in range(5))


def nearly_full(folder: Path, times: int) -> tuple[int, list[str]]:
    """T06: less and less room: each act is confirmed and there, or refused with 7."""
    wrong = []
    for turn in range(times):
        db = new_file(folder / f"reste-{turn}.db")
        room = db.stat().st_size + turn * 4096
        for number in range(3):
            known = count(db, "dossiers")
            done = subprocess.run(
                agir_process(db, "enroll", "--nom", f"{_word(number)}-INVENTE"), cwd=ROOT,
                capture_output=True, check=False, preexec_fn=lambda room=room: _limit(room),
            )  # fmt: skip
            held = count(db, "dossiers")
            if (done.returncode, held - known) not in ((0, 1), (7, 0)):
                wrong.append(f"code {done.returncode}, {held - known} de plus")
        db.unlink()
    return times, wrong


def overlaps(folder: Path, times: int) -> tuple[int, list[str]]:
    """T21: another program keeps the file: an act waits for it, or says who holds it."""
    db, wrong = new_file(folder / "tenu.db"), []
    for turn in range(times):
        held = sqlite3.connect(db, isolation_level=None)
        held.execute("BEGIN EXCLUSIVE")
        patience = "0" if turn % 2 else "20"
        process = subprocess.Popen(
            agir_process(db, "enroll", "--nom", f"{_word(turn)}-INVENTE"), cwd=ROOT,
            env={**os.environ, "AGIR_PATIENCE": patience}, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        with suppress(subprocess.TimeoutExpired):
            process.wait(1.0)
        if patience == "0":
            said = process.communicate(timeout=60)[1]
            held.close()
            if process.returncode != 7 or f"processus {os.getpid()}" not in said:
                wrong.append(f"code {process.returncode} : {said.strip()[-120:]}")
        else:
            held.close()
            process.communicate(timeout=60)
            if process.returncode != 0:
                wrong.append(f"code {process.returncode}")
    if count(db, "dossiers") != (times + 1) // 2:
        wrong.append(f"{count(db, 'dossiers')} dossiers")
    return times, wrong


def operations(folder: Path, times: int) -> tuple[int, list[str]]:
    """T26: acts drawn by chance: no link is broken, and nothing is found."""
    file, draw, wrong = File(folder / "actes.db"), random.Random(26), []
    for turn in range(times):
        known = turn // 4 + 1
        act = draw.choice((c.Enroll, c.HoldDiagnosis, c.SignContract, c.AddStep, c.Close))
        day, given = f"{1 + turn % 28:02}/0{1 + turn % 9}/2023", {}
        if act is c.Enroll:
            given = {"nom": f"{_word(turn)}-INVENTE", "date_cir": "09/01/2023"}
        else:
            given = {"dossier": f"44-{draw.randint(1, known):04}"}
            given |= {
                c.HoldDiagnosis: {"date_diagnostic": day}, c.SignContract: {"date_contrat": day},
                c.AddStep: {"etape": "FLE", "date_etape": day},
                c.Close: {"date_cloture": day, "motif": "arret_beneficiaire"},
            }[act]  # fmt: skip
        with suppress(AssertionError):  # a rule may refuse it
            file.does(act, **given)
    with closing(sqlite3.connect(file.path)) as connection:
        wrong += [
            f"lien rompu : {row[0]}" for row in connection.execute("PRAGMA foreign_key_check")
        ]
    return times, wrong + [found.what for found in check(file.path)]


# --- backups -----------------------------------------------------------------------------


def lived(path: Path) -> File:
    """A file with something in every table that acts fill."""
    file = File(path)
    head = "agdref;nom;prenoms;date_naissance;statut;date_cir;orientation;prescripteur"
    rows = "\n".join(
        f"30000000{n:02};{_word(n)}-INVENTE;{_word(n + 99).title()};{1950 + n}-03-02;refugie;"
        "09/01/2023;acceptee;CADA"
        for n in range(12)
    )
    file.brings(c.Enroll, f"{head}\n{rows}")
    for n in range(1, 9):
        ref = f"44-{n:04}"
        file.does(c.HoldDiagnosis, dossier=ref, date_diagnostic="14/02/2023")
        file.does(c.Assign, dossier=ref, date_commission="20/02/2023", referent="Camille Essai")
        file.does(c.SignContract, dossier=ref, date_contrat="01/03/2023", projet=f"Projet {n}")
        file.does(c.AddStep, dossier=ref, etape="FLE", date_etape="01/04/2023")
        file.does(c.AddInterview, dossier=ref, date_entretien="02/05/2023", compte_rendu="Bien")
        file.does(c.Enroll, dossier=ref, telephone=f"061111111{n}")
        file.does(c.Enroll, dossier=ref, telephone=f"062222222{n}")
    _said("--db", str(path), "--today", "23/11/2023", "report", "overdue", "--mark")
    _of_the_kind(path)
    if found := check(path):
        raise SystemExit(f"the model is not sound: {found[:3]}")
    return file


def backups(folder: Path, times: int) -> tuple[int, list[str]]:
    """T14: backups while another process records act after act: each whole, of one moment."""
    file, wrong = lived(folder / "equipe.db"), []
    rows = many_rows(folder / "noms.csv", 20_000)
    writer: subprocess.Popen[bytes] | None = None
    for _ in range(times):
        if writer is None or writer.poll() is not None:
            writer = import_process(file.path, rows)
        try:
            taken = backed_up(file.visitor, folder / "sauvegardes")
        except AgirFailure as failure:
            wrong.append(failure.sentence[:80])
            continue
        with consulting(taken.path) as copy:
            events, last = copy.execute("SELECT count(*), max(seq) FROM events").fetchone()
        if events != last or taken.events != events:
            wrong.append("pas d'un moment")
    if writer is not None:
        writer.kill()
        writer.communicate()
    kept = [*(folder / "sauvegardes").glob("*.db")]
    wrong += [found.what for each in kept[:3] for found in check(each)]
    return times, wrong


def restores(folder: Path, times: int) -> tuple[int, list[str]]:
    """T15: a backup restored over a file that has gone on, or is spoilt: equal to what it was."""
    file, wrong, draw = lived(folder / "equipe.db"), [], random.Random(15)
    for turn in range(times):
        before, taken = file.picture(), backed_up(file.visitor)
        file.does(c.Enroll, nom=f"{_word(1000 + turn)}-INVENTE")
        if turn % 3 == 2:
            content = bytearray(file.path.read_bytes())
            content[200:9000] = draw.randbytes(8800)
            file.path.write_bytes(content)
        found = restored(taken.path, file.path, done=True)
        if file.picture() != before or check(file.path):
            wrong.append("pas égal")
        if turn % 3 != 2 and (found.loss is None or found.loss.acts != 1):
            wrong.append("perte mal comptée")
    return times, wrong


# --- what another program does -------------------------------------------------------------


def edits(folder: Path, times: int) -> tuple[int, list[str]]:
    """T52: a sqlite3 shell changes a value, takes a row out or adds one, in any table."""
    model, wrong, draw = lived(folder / "modele.db"), [], random.Random(52)
    with closing(sqlite3.connect(model.path)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
        )
        filled = [
            name
            for (name,) in names.fetchall()
            if connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        ]
    told = _everything(model.path)
    for turn in range(times):
        table = filled[turn % len(filled)]
        db = folder / "change.db"
        for end in ("", ".sceau"):
            shutil.copy(f"{model.path}{end}", f"{db}{end}")
        statement = ""
        while not statement:
            statement = _edit(db, table, draw)
            try:
                behind(db, statement)
            except sqlite3.IntegrityError:  # what a table refuses is no edit
                statement = ""
        try:
            found = check(db)
        except AgirFailure as failure:
            if table not in str(failure) and "contient une valeur" not in str(failure):
                wrong.append(f"{table} : {failure.sentence[:60]}")
            continue
        if not found and _but_the_count(_everything(db)) != _but_the_count(told):
            wrong.append(f"non trouvé : {re.sub(r'[0-9A-HJKMNP-TV-Z]{20,}', '…', statement)[:90]}")
    return times, wrong


def _edit(db: Path, table: str, draw: random.Random) -> str:
    with closing(sqlite3.connect(db)) as connection:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        keys = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
        keys = keys or columns
        rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    row = dict(zip(columns, draw.choice(rows), strict=True))
    where = " AND ".join(f"{key} IS {_literal(row[key])}" for key in keys)
    if draw.random() < 0.2:
        return f"DELETE FROM {table} WHERE {where}"
    column = draw.choice(columns)
    value = row[column]
    new: object
    if isinstance(value, int):
        new = value + draw.choice((-1, 1, 1000))
    elif isinstance(value, bytes):
        new = bytes([value[0] ^ 1, *value[1:]]) if value else b"\1"
    else:
        new = draw.choice((f"{value or ''}x", "2020-01-01", "autre"))
    return f"UPDATE OR IGNORE {table} SET {column} = {_literal(new)} WHERE {where}"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def flips(folder: Path, times: int) -> tuple[int, list[str]]:
    """T12: one bit of the file turned over; those that change what any table says are counted."""
    model, wrong, draw, done, nothing = lived(folder / "modele.db"), [], random.Random(12), 0, 0
    content, told = model.path.read_bytes(), _everything(model.path)
    db = folder / "tourne.db"
    while done < times:
        place, bit = draw.randrange(100, len(content)), 1 << draw.randrange(8)
        _turned_over(model.path, db, place, bit)
        if _everything(db) == told:  # free, or between the cells of a page: no reader sees it
            nothing += 1
            continue
        done += 1
        found = _found_by_check(db)
        if not found and _but_the_count(_everything(db)) != _but_the_count(told):
            wrong.append(f"non trouvé : {_at(model.path, place)}, bit {bit}")
        elif isinstance(found, str):
            wrong.append(f"{found} : {_at(model.path, place)}, bit {bit}")
    REMARKS.append(f"{nothing} more, of free bytes, changed nothing that any table says")
    return done, wrong


def flips_of_any(folder: Path, times: int) -> tuple[int, list[str]]:
    """T67: one bit of any byte turned over: found, whatever it held."""
    model, wrong, draw = lived(folder / "modele.db"), [], random.Random(67)
    size, db = model.path.stat().st_size, folder / "tourne.db"
    for _ in range(times):
        place, bit = draw.randrange(size), 1 << draw.randrange(8)
        _turned_over(model.path, db, place, bit)
        found = _found_by_check(db)
        if found is not True:
            wrong.append(f"{found or 'non trouvé'} : octet {place}, bit {bit}")
    return times, wrong


def _turned_over(model: Path, db: Path, place: int, bit: int) -> None:
    """Write a file that is another but for one bit, with its witness."""
    spoilt = bytearray(model.read_bytes())
    spoilt[place] ^= bit
    db.write_bytes(spoilt)
    db.chmod(0o600)
    shutil.copy(f"{model}.sceau", f"{db}.sceau")


def _found_by_check(db: Path) -> bool | str:
    """Whether `check` finds something, or the file is refused; a fault of the program, by name."""
    try:
        return bool(check(db))
    except AgirFailure:
        return True
    except Exception as error:  # noqa: BLE001 - a fault of the program, counted
        return f"panne {type(error).__name__}"


def _at(path: Path, place: int) -> str:
    """The table or index, the page and the byte of a place in a file."""
    with closing(sqlite3.connect(path)) as connection:
        page, byte = divmod(place, connection.execute("PRAGMA page_size").fetchone()[0])
        with suppress(sqlite3.OperationalError):  # not every build of SQLite has dbstat
            row = connection.execute("SELECT name FROM dbstat WHERE pageno = ?", (page + 1,))
            return f"{(row.fetchone() or ['page libre'])[0]}, page {page + 1}, octet {byte}"
    return f"page {page + 1}, octet {byte}"


def _everything(path: Path) -> dict[bytes, list[str]] | None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.text_factory = bytes
            return {
                name: sorted(map(repr, connection.execute(f"SELECT * FROM {name.decode()}")))
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
                ).fetchall()
            }
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return None


_OF_THE_BUILD = re.compile("b'(rang|listes|construction)'")


def _but_the_count(told: dict[bytes, list[str]] | None) -> object:
    """What a file says, but for how often it was written to, and how it is built.

    The next act puts the latter right, and counts for one.
    """
    rows = {} if told is None else {**told}
    for table in (b"seals", b"settings"):
        rows[table] = [row for row in rows.get(table, []) if not _OF_THE_BUILD.search(row)]
    return rows


def odd(folder: Path, times: int) -> tuple[int, list[str]]:
    """T09, T10: a file that is none, another's, newer, damaged: refused with 7, untouched."""
    wrong = []
    words = (("find", "x"), ("enroll", "--nom", "X"), ("check",), ("today",), ("backup",))
    for turn in range(times):
        case = [*ODD][turn % len(ODD)]
        db = folder / f"{turn}.db"
        ODD[case][0](db)
        before = digest(db)
        code, said = _said("--db", str(db), *words[turn // len(ODD) % len(words)])
        if code != 7 or digest(db) != before or "Traceback" in said:
            wrong.append(f"{case} : code {code}")
        for other in folder.iterdir():
            shutil.rmtree(other) if other.is_dir() else other.unlink()
    return times, wrong


# --- what comes in, what goes out ----------------------------------------------------------


def _said(*words: str) -> tuple[int, str]:
    """A command in this process: its code, and what it said."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with redirect_stdout(out), redirect_stderr(out):
        code = agir([*words])
    out.seek(0)
    return code, out.read()


def fuzzed(folder: Path, times: int) -> tuple[int, list[str]]:
    """T29: files of four formats with bytes changed: taken whole or refused, in a sentence."""
    db, wrong, draw = new_file(folder / "equipe.db"), [], random.Random(29)
    sources = [*_sources(folder)]
    for turn in range(times):
        name, content = sources[turn % len(sources)]
        place = folder / f"essai{Path(name).suffix}"
        place.write_bytes(_mutated(name, content, draw))
        code, said = _said("--db", str(db), "import", str(place), "--dry-run")
        if "Panne" in said or "Traceback" in said or code not in (0, 2, 4, 5, 7):
            wrong.append(f"{name} : code {code}, {said[:80]}")
    if count(db, "dossiers"):
        wrong.append("un essai a enregistré")
    return times, wrong


def _sources(folder: Path) -> Iterator[tuple[str, bytes]]:
    text = (
        "N° AGDREF;Nom;Prénom;Né(e) le;Statut;Date CIR;Orientation;Logement\n"
        + "".join(
            f"30000000{n:02};{_word(n)};Élodie;02/03/19{60 + n};réfugié;09/01/2023;acceptée;DNA\n"
            for n in range(8)
        )
    )  # fmt: skip
    yield "liste.csv", text.encode()
    yield "liste.txt", text.replace(";", "\t").encode("cp1252")
    from openpyxl import Workbook  # type: ignore[import-untyped]

    book = Workbook()
    for line in text.splitlines():
        book.active.append(line.split(";"))
    book.save(folder / "modele.xlsx")
    yield "liste.xlsx", (folder / "modele.xlsx").read_bytes()
    yield "liste.ods", (ROOT / "tests/exchange/workbooks/suivi.ods").read_bytes()


def _mutated(name: str, content: bytes, draw: random.Random) -> bytes:
    if name.endswith((".xlsx", ".ods")) and draw.random() < 0.8:  # past the checksums of a zip
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
            parts = old.namelist()
            chosen = draw.choice([part for part in parts if part.endswith(".xml")])
            for part in parts:
                inner = old.read(part)
                new.writestr(part, _turned(inner, draw) if part == chosen else inner)
        return out.getvalue()
    return _turned(content, draw)


def _turned(content: bytes, draw: random.Random) -> bytes:
    new = bytearray(content)
    for _ in range(draw.randint(1, 6)):
        place = draw.randrange(len(new) or 1)
        match draw.randrange(5):
            case 0:
                new[place : place + 1] = draw.randbytes(1)
            case 1:
                del new[place : place + draw.randint(1, 40)]
            case 2:
                new[place:place] = draw.choice(
                    (b"\0", b'"', b";;;", b"\r", b"\xff\xfe", b"\x1b[2J")
                )
            case 3:
                new[place:place] = new[place : place + draw.randint(1, 200)]
            case _:
                del new[place + draw.randint(0, 400) :]
    return bytes(new)


OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def strings(folder: Path, times: int) -> tuple[int, list[str]]:
    """T33 to T36: hostile texts typed at commands that search, record and print."""
    file, wrong, draw = lived(folder / "equipe.db"), [], random.Random(33)
    db, tables, known = str(file.path), file.tables(), [*HOSTILE.values()]
    doors = (
        ("find",), ("show",), ("enroll", "--nom"), ("explain",),
        ("report", "dossiers", "--referent"),
        ("report", "dossiers", "--columns"), ("step", "add", "44-0001", "--etape"),
        ("report", "timeline",), ("report", "dossiers", "--format"), ("enroll", "--agdref"),
        ("report", "overdue", "--kind"), ("close", "44-0002", "--motif"), ("undo",),
    )  # fmt: skip
    for turn in range(times):
        text = draw.choice(known)
        if turn % 2:
            place = draw.randrange(len(text) or 1)
            text = (
                text[:place]
                + draw.choice(("\x1b]52;c;YQ==\x07", "'", '"', "%", "\u202e"))
                + text[place:]
            )
        _, said = _said("--db", db, *doors[turn % len(doors)], text.replace("\0", ""))
        if "Panne" in said or "Traceback" in said:
            wrong.append(f"panne : {doors[turn % len(doors)]} {text!a}")
        if OBEYED.search(said.replace("\r\n", "\n")):
            wrong.append(f"octet brut : {doors[turn % len(doors)]}")
    for form in ("table", "plain", "csv", "json", "markdown", "html"):
        said = _said("--db", db, "report", "dossiers", "--format", form)[1]
        if OBEYED.search(said.replace("\r\n", "\n")):
            wrong.append(f"octet brut : {form}")
    if file.tables() != tables:
        wrong.append("des tables ont changé")
    return times, wrong


# --- power cuts --------------------------------------------------------------------------


class _Disk:
    """What a disk holds of the file and its journal: synced, and waiting to be."""

    def __init__(self, content: bytes) -> None:
        self.kept = {"db": bytearray(content), "journal": bytearray()}
        self.waiting: dict[str, list[_Call]] = {"db": [], "journal": []}
        self.journal_kept, self.names = False, list[bool]()

    def does(self, call: _Call) -> None:
        """Do what a process asked of the disk."""
        if call.of == "folder":
            if call.name in ("fsync", "fdatasync") and self.names:
                self.journal_kept = self.names[-1]
                self.names.clear()
        elif call.name in ("create", "unlink"):
            self.names.append(call.name == "create")
            if call.name == "create":
                self.kept["journal"], self.waiting["journal"] = bytearray(), []
        elif call.name in ("fsync", "fdatasync"):
            for each in self.waiting[call.of]:
                _put(self.kept[call.of], each, 1.0, random.Random(0))
            self.waiting[call.of].clear()
        elif call.name in ("pwrite64", "ftruncate"):
            self.waiting[call.of].append(call)

    def survives(self, draw: random.Random) -> dict[str, bytes]:
        """The files that are there after a cut."""
        often, found = draw.choice((0.0, 0.5, 1.0)), {}
        there = [self.journal_kept, *self.names][draw.randint(0, len(self.names))]
        for of, name in (("db", "equipe.db"), ("journal", "equipe.db-journal")):
            if of == "db" or there:
                content = bytearray(self.kept[of])
                for each in self.waiting[of]:
                    _put(content, each, often, draw)
                found[name] = bytes(content)
        return found


def _put(content: bytearray, call: _Call, often: float, draw: random.Random) -> None:
    """Write each sector of a call, or not."""
    if call.name == "ftruncate":
        if draw.random() < often:
            del content[call.place :]
        return
    for start in range(0, len(call.data), 512):
        if draw.random() < often:
            sector, at = call.data[start : start + 512], call.place + start
            content.extend(b"\0" * max(0, at - len(content)))
            content[at : at + len(sector)] = sector


class _Call(NamedTuple):
    """A call of the system on the file, its journal or their folder."""

    name: str
    of: str
    place: int = 0
    data: bytes = b""


_OF_HANDLE = re.compile(r'\d+ +(\w+)\((\d+)<([^>]*)>(?:, "([^"]*)")?(?:[^)]*?, (\d+))?\)')
_OF_NAME = re.compile(r'\d+ +(unlink|openat)\((?:AT_FDCWD<[^>]*>, )?"([^"]*)"(.*)')


def _bytes(text: str | None) -> bytes:
    return bytes.fromhex((text or "").replace("\\x", ""))


def _call(line: str, known: dict[bytes, str]) -> _Call | None:
    """What a line of the trace says; None of what concerns none of these names."""
    if " = -1 " in line:
        return None
    if (named := _OF_NAME.match(line)) is not None:
        of = known.get(_bytes(named[2]), "")
        if named[1] == "unlink":
            return _Call("unlink", of) if of else None
        return _Call("create", of) if of and "O_CREAT" in named[3] else None
    found = _OF_HANDLE.match(line)
    if found is None:
        return None
    name, handle, path, data, number = found.groups()
    if name == "write" and handle in ("1", "2"):
        return _Call("said", "") if re.search(rb"ouvert\.|lignes lues :", _bytes(data)) else None
    of = known.get(_bytes(path), "")
    return _Call(name, of, int(number or 0), _bytes(data)) if of else None


def _trace(folder: Path, db: Path, known: dict[bytes, str], words: list[str]) -> list[_Call]:
    log = folder / "trace"
    subprocess.run(
        ["strace", "-f", "-y", "-xx", "-s", "9999999", "-o", str(log), "-e",
         "trace=openat,write,pwrite64,fsync,fdatasync,unlink,ftruncate", *agir_process(db, *words)],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    with log.open("r", encoding="ascii", errors="replace") as lines:
        return [call for line in lines if (call := _call(line, known)) is not None]


def power_cuts(folder: Path, times: int) -> tuple[int, list[str]]:
    """T03: the writes and syncs of acts, recorded, cut anywhere: sound, nothing acknowledged lost.

    What was not synced is there or not, sector by sector; so is the name of a journal.
    """
    if shutil.which("strace") is None:
        return 0, []
    db, draw, wrong = new_file(folder / "equipe.db"), random.Random(3), list[str]()
    before = db.read_bytes()
    known = {os.fsencode(db): "db", os.fsencode(f"{db}-journal"): "journal",
             os.fsencode(folder): "folder"}  # fmt: skip
    calls: list[_Call] = []
    acts = [["enroll", "--nom", f"{_word(turn)}-INVENTE"] for turn in range(5)]
    acts.append(["enroll", "--from", str(many_rows(folder / "noms.csv", 400))])
    for words in acts:
        calls += _trace(folder, db, known, words)
    answers = [place + 1 for place, call in enumerate(calls) if call.name == "said"]
    if len(answers) != len(acts):
        return 0, [f"trace illisible : {len(answers)} réponses"]
    wanted = [*answers * (times // 40 + 1)]
    wanted += [draw.randrange(len(calls)) for _ in range(times - len(wanted))]
    disk, at, told = _Disk(before), 0, 0
    for cut in sorted(wanted[:times]):
        for call in calls[at:cut]:
            disk.does(call)
            told += call.name == "said"
        at = max(at, cut)
        wrong += _after_the_cut(folder / "apres", disk, told, draw)
    return len(wanted[:times]), wrong


def _after_the_cut(folder: Path, disk: _Disk, told: int, draw: random.Random) -> list[str]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for name, content in disk.survives(draw).items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    wanted = told if told < 6 else 405
    try:
        with consulting(folder / "equipe.db") as connection:
            sound = connection.execute("PRAGMA quick_check").fetchone()[0]
            (held,) = connection.execute("SELECT count(*) FROM dossiers").fetchone()
    except AgirFailure as failure:
        return [failure.sentence[:80]]
    if sound != "ok":
        return ["abîmé"]
    return (
        [] if wanted <= held <= (wanted + 1 if wanted < 5 else 405) else [f"{held}, {wanted} dits"]
    )


# --- the table ---------------------------------------------------------------------------


TABLES = 0


def erased(folder: Path, times: int) -> tuple[int, list[str]]:
    """T46: so many persons leave the file; nothing of them is in any byte beside others."""
    file = File(folder / "equipe.db")
    persons = enter(file, times + 20)
    leave(file, times)
    wrong = [line.split(" : ")[0] for line in residue(folder, persons[:times])]
    wrong += [str(fault) for fault in check(file.path)]
    return times, wrong


def altered(folder: Path, times: int) -> tuple[int, list[str]]:
    """T42: a bit of a site's segment turned over: refused whole, with the site and the number."""
    return over_a_folder.altered(folder, times)


def full_exchange(folder: Path, times: int) -> tuple[int, list[str]]:
    """T04: a disk fills up as a site takes, or the folder as it sends: whole or 7, then whole."""
    return over_a_folder.full(folder, times)


def storms(folder: Path, times: int) -> tuple[int, list[str]]:
    """T68: thirteen sites, segments lost, doubled, late, cut: one state, no refusal lost."""
    return over_a_folder.storms(folder, "ABCDEFGHIJKLM", times)


def servers(folder: Path, times: int) -> tuple[int, list[str]]:
    """T69: eight sites act and exchange, their server killed three times: none lost, none twice."""
    if programs() is None:
        return 0, []
    with running() as server:
        return over_a_server.tried(folder, server, 8, times)


def kept_too_long(folder: Path, times: int) -> tuple[int, list[str]]:
    """T59: dossiers closed 22 to 26 months ago: announced, then erased, are those and no others."""
    file, draw, day = File(folder / "equipe.db"), random.Random(59), date(2025, 8, 1)
    refs = [f"44-{n:04d}" for n in range(1, times + 1)]
    ends = {ref: date(2023, 6, 1) + timedelta(days=draw.randrange(123)) for ref in refs}
    named = "\n".join(f"{_word(n)}{_word(n + times)}-INVENTE;refugie;09/01/2023;acceptee"
                      for n in range(times))  # fmt: skip
    file.brings(c.Enroll, f"nom;statut;date_cir;orientation\n{named}")
    for command, head, cells in (
        (c.HoldDiagnosis, "date_diagnostic", "14/02/2023"),
        (c.Assign, "date_commission;referent", "20/02/2023;Camille Essai"),
        (c.SignContract, "date_contrat", "01/03/2023"),
        (c.Close, "date_cloture;motif", ""),
    ):
        rows = [f"{ref};{cells or f'{ends[ref]:%d/%m/%Y};transfert'}" for ref in refs]
        file.brings(command, "\n".join((f"dossier;{head}", *rows)))
    over = {ref for ref, end in ends.items() if end.replace(year=2025) <= date(2025, 8, 31)}
    listed = {each.dossier for each in to_purge(file.visitor._replace(today=day))}
    wrong = [f"liste : {ref} clos le {ends[ref]}" for ref in sorted(listed ^ over)]
    purge(file.visitor._replace(today=day))
    if (left := count(file.path, "people")) != times:
        wrong.append(f"effacés sans préavis : {times - left}")
    for later, expected in ((date(2025, 8, 30), times), (date(2025, 8, 31), times - len(over))):
        purge(file.visitor._replace(today=later))
        if (left := count(file.path, "people")) != expected:
            wrong.append(f"le {later} : il reste {left}, {expected} attendus")
    REMARKS.append(f"{len(over)} announced and erased after 30 days, {times - len(over)} left")
    return times, wrong + [found.what for found in check(file.path) if found.what != "sauvegarde"]


FAULTS: dict[str, tuple[Fault, int]] = {
    "kills": (kills, 100), "acts": (acts, 100), "terms": (terms, 30),
    "interrupts": (interrupts, 30), "power_cuts": (power_cuts, 1000),
    "full_disk": (full_disk, 20), "nearly_full": (nearly_full, 41),
    "odd": (odd, 50), "migrations": (migrations, 100), "flips": (flips, 400),
    "backups": (backups, 200), "restores": (restores, 30), "writers": (writers, 250),
    "same_person": (same_person, 200), "overlaps": (overlaps, 50),
    "operations": (operations, 10_000),
    "fuzzed": (fuzzed, 10_000), "strings": (strings, 3000), "edits": (edits, 200),
    "journals": (journals, 70), "replaced": (replaced, 20), "creations": (creations, 60),
    "desks": (desks, 5), "erased": (erased, 2_000), "closed": (closed, 40),
    "kept_too_long": (kept_too_long, 1_000),
    "small_disk": (small_disk, 70), "interrupted": (interrupted, 80),
    "altered": (altered, 300), "full_exchange": (full_exchange, 40), "storms": (storms, 200),
    "servers": (servers, 2_000),
}  # fmt: skip

ENCRYPTED: dict[str, tuple[Fault, int]] = {
    "kills": (kills, 20), "acts": (acts, 60), "power_cuts": (power_cuts, 1000),
    "full_disk": (full_disk, 6), "nearly_full": (nearly_full, 12), "flips": (flips_of_any, 400),
    "backups": (backups, 40), "restores": (restores, 12), "writers": (writers, 25),
    "same_person": (same_person, 50), "closed": (closed, 40), "small_disk": (small_disk, 35),
    "interrupted": (interrupted, 90),
}  # fmt: skip
"""What is done to encrypted files as well; no other program writes to those."""
FAULTS |= {f"{name}_encrypted": (encrypted(f), n) for name, (f, n) in ENCRYPTED.items()}


class Line(NamedTuple):
    """What became of a fault: asked so many times, done so many, this went wrong."""

    name: str
    told: str
    asked: int
    done: int
    wrong: list[str]
    took: float
    remark: str = ""

    def cells(self) -> list[str]:
        """As cells of the table."""
        seen = "; ".join(f"{n} × {what}" for what, n in Counter(self.wrong).most_common(3))
        mark, _, told = self.told.partition(": ")
        told = f"{told} ({self.remark})" if self.remark else told
        wrong = f"{len(self.wrong)}{f' ({seen})' if seen else ''}"
        return [mark, self.name, told, str(self.asked), str(self.done), wrong, f"{self.took:.0f}"]


HEAD = ["mark", "name", "what is done, and expected", "asked", "done", "wrong", "seconds"]
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- torture -->\n", "<!-- /torture -->\n"


def table(rows: list[list[str]]) -> str:
    """The table, in Markdown."""
    every = [HEAD, ["---"] * len(HEAD), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in every)


def renew_page(rows: list[list[str]]) -> None:
    """Put these lines into the page; those of other faults stay, in the order of `FAULTS`."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    old, _, after = rest.partition(END)
    lines = [line.strip("| ").split(" | ") for line in old.splitlines() if line.startswith("| T")]
    known = {row[1]: row for row in (*lines, *rows)}
    ordered = [known[name] for name in FAULTS if name in known]
    PAGE.write_text(f"{before}{BEGIN}{machine()}.\n\n{table(ordered)}{END}{after}", "utf-8")


def machine() -> str:
    """The machine in general terms."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, Python"
        f" {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" {time.strftime('%d/%m/%Y')}"
    )


def main() -> int:
    """Run the faults that are named, or all; print the table."""
    global TABLES
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*FAULTS, []], metavar="NAME")
    parser.add_argument("--part", type=int, default=1, metavar="N")
    parser.add_argument("--page", action="store_true")
    chosen = parser.parse_args()
    os.environ.setdefault("AGIR_AUTHOR", "torture")
    os.environ["AGIR_CONFIG"] = os.devnull
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        model = new_file(Path(folder) / "modele.db")
        TABLES = count(model, "sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'")
        for name in chosen.names or FAULTS:
            fault, times = FAULTS[name]
            place = Path(folder) / name
            place.mkdir()
            began = time.monotonic()
            done, wrong = fault(place, max(times // chosen.part, 2))
            told = (fault.__doc__ or "").splitlines()[0].rstrip(".")
            remark, took = "; ".join(REMARKS), time.monotonic() - began
            REMARKS.clear()
            lines.append(Line(name, told, times, done, wrong, took, remark))
            print(" | ".join(lines[-1].cells()), flush=True)
            shutil.rmtree(place, ignore_errors=True)
    rows = [line.cells() for line in lines]
    print(f"\n{table(rows)}\n{machine()}")
    if chosen.page:
        renew_page(rows)
    return 1 if any(line.wrong for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
