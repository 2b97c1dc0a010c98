"""Several processes on one file: what each of them runs, and how to start them together."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.store.faulty import ROOT, agir_process

# A desk that enrols: `path`, `desk`, then how many, or the number of the one person of all desks.
_WRITER = """
import json, sys
from datetime import date
from pathlib import Path
from agir_cli.domain.commands import Enroll
from agir_cli.failures import AgirFailure
from agir_cli.usecases.ledger import Done
from agir_cli.usecases.ledger import Visitor
from agir_cli.usecases.single import run

path, desk, mode, count = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
visitor = Visitor(path, date(2023, 11, 23), f"poste-{desk}")
told = []
print("prêt", flush=True)
if key := sys.stdin.readline().strip():
    from agir_cli.store import cipher
    cipher.known(bytes.fromhex(key))
for n in range(count):
    if mode == "same":
        command = Enroll(nom=f"MEME{n}", agdref=f"{n:010d}")
    else:
        command = Enroll(nom=f"NOM{desk}x{n}", agdref=f"{int(desk) * 100000 + n:010d}")
    try:
        outcome = run(visitor, command).outcome
    except AgirFailure as failure:
        told.append(["failure", failure.sentence])
        continue
    if isinstance(outcome, Done):
        told.append(["done", outcome.reference])
    else:
        told.append([outcome.findings[0].code, outcome.findings[0].fact])
print(json.dumps(told))
"""

Told = list[tuple[str, str]]


def crowd(path: Path, mode: str, desks: int, count: int, key: bytes = b"") -> list[Told]:
    """What each of several desks, started together, was told for each of its commands.

    ``key``: of an encrypted file.
    """
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), str(desk), mode, str(count)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for desk in range(desks)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "prêt\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(f"{key.hex()}\n")
        process.stdin.flush()
    results = []
    for process in processes:
        out, _ = process.communicate(timeout=600)
        results.append([(code, told) for code, told in json.loads(out)])
    return results


def count(path: Path, table: str) -> int:
    """How many rows a table holds; the file must be sound."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()


def many_rows(path: Path, rows: int) -> Path:
    """A file of invented persons, none of whom is like another."""
    draw = Random(rows)

    def name() -> str:
        return "".join(draw.choice("bdfgklmnprstvz") + draw.choice("aeiou") for _ in range(5))

    lines = (
        f"{name().upper()},{name().title()},{3 * 10**9 + n},{1950 + n % 55}-{1 + n % 12:02}"
        f"-{1 + n % 28:02}"
        for n in range(rows)
    )
    path.write_text("nom,prenoms,agdref,date_naissance\n" + "\n".join(lines) + "\n", "utf-8")
    return path


def import_process(db: Path, rows: Path, *more: str) -> subprocess.Popen[bytes]:
    """An import that runs."""
    return subprocess.Popen(
        agir_process(db, "enroll", "--from", str(rows), *more),
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def writes_begun(db: Path, process: subprocess.Popen[bytes], pages: int) -> bool:
    """Wait until the import has put so many pages aside (its journal grows), or has ended."""
    journal = Path(f"{db}-journal")
    while process.poll() is None:
        try:
            if journal.stat().st_size >= pages * 512 or db.stat().st_size >= pages * 4096:
                return True
        except FileNotFoundError:
            continue
    return False


def flat(results: Sequence[Told]) -> Told:
    """Every desk's answers together."""
    return [told for result in results for told in result]
