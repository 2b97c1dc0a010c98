"""Start-up and whole commands, measured as a person waits for them: one process each.

``make bench`` prints, for each entry of ``ENTRIES``, the median of its runs and its ratio to
``python -c "import sqlite3"``, the floor of any program on a SQLite file. All entries are run
in turn within one run, so that a slow moment of the machine falls on all of them. A ratio over
its bound, or a command that fails, ends with exit code 1.

Options: ``--rounds N`` (21), ``--only WORD`` (entries whose title holds it).
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

DAY = "2023-10-09"  # the day the demonstration file is made for
AGIR = (str(Path(sys.executable).with_name("agir")),)
FLOOR = (sys.executable, "-c", "import sqlite3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command to measure: its words, its bound (a ratio to the floor; 0 for none).

    In the words, ``{db}`` is the demonstration file and ``{ready}`` a dossier that awaits its
    contract; ``fresh`` gives each run its own copy of the file, made outside the measure.
    ``like``: the title of the same in clear, of which it may take 1.3 times.
    """

    title: str
    words: tuple[str, ...]
    bound: float = 0
    fresh: bool = False
    program: tuple[str, ...] = AGIR
    like: str = ""


ENCRYPTED = 1.3
_ON_DEMO = ("--db", "{db}", "--today", DAY)
ENTRIES = (
    Entry(title="python -c 'import sqlite3'", words=(), program=FLOOR),
    Entry(title="python -c pass", words=(), program=(sys.executable, "-c", "pass")),
    Entry(title="import typer", words=(), program=(sys.executable, "-c", "import typer")),
    Entry(title="agir --version", words=("--version",), bound=5),
    Entry(
        title="agir report overdue --format csv",
        words=(*_ON_DEMO, "report", "overdue", "--format", "csv"),
        bound=7,
    ),
    Entry(
        title="agir contract sign",
        words=(*_ON_DEMO, "contract", "sign", "{ready}", "--on", DAY),
        bound=12,
        fresh=True,
    ),
    Entry(
        title="report overdue, encrypted",
        words=(*_ON_DEMO, "report", "overdue", "--format", "csv"),
        like="agir report overdue --format csv",
    ),
    Entry(
        title="contract sign, encrypted",
        words=(*_ON_DEMO, "contract", "sign", "{ready}", "--on", DAY),
        fresh=True,
        like="agir contract sign",
    ),
)


@dataclass(slots=True)
class Bench:
    """One run: its folder, the demonstration file, and what was measured."""

    folder: Path
    ready: str = ""
    seconds: dict[str, list[float]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def demo(self) -> Path:
        return self.folder / "demo.db"

    @property
    def locked(self) -> Path:
        return self.folder / "encrypted.db"

    def prepare(self) -> str:
        """Make the demonstration file; the sentence that says why not, or nothing."""
        made = self.run((*AGIR, "--db", str(self.demo), "demo"))
        if made.returncode:
            return _first_line(made)
        listed = self.run(
            (*AGIR, "--db", str(self.demo), "--today", DAY)
            + ("report", "dossiers", "--stage", "contractualisation", "--format", "csv")
        )
        rows = list(csv.DictReader(io.StringIO(listed.stdout)))
        if listed.returncode or not rows:
            return _first_line(listed) or "no dossier of the demonstration awaits its contract"
        self.ready = rows[0]["dossier"]
        shutil.copyfile(self.demo, self.locked)
        key, sheet = self.folder / "key", self.folder / "sheet.txt"
        words = ("encrypt", "--key-file", str(key), "--recovery", str(sheet))
        made = self.run((*AGIR, "--db", str(self.locked), *words))
        return _first_line(made) if made.returncode else ""

    def measure(self, entry: Entry) -> None:
        """Run an entry once; a failing entry is kept with its reason and not run again."""
        if entry.title in self.failed:
            return
        file = self.locked if entry.like else self.demo
        if entry.fresh and file.exists():
            file = Path(shutil.copyfile(file, self.folder / "copy.db"))
        words = tuple(word.format(db=file, ready=self.ready) for word in entry.words)
        begun = time.perf_counter()
        done = self.run((*entry.program, *words))
        spent = time.perf_counter() - begun
        if done.returncode:
            self.failed[entry.title] = f"exit {done.returncode}: {_first_line(done)}"
        else:
            self.seconds.setdefault(entry.title, []).append(spent)

    def run(self, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        # As installed: with compiled modules, whatever the caller's environment asks.
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "AGIR"))}
        env |= {"PYTHONPYCACHEPREFIX": str(self.folder / "compiled"), "PYTHONUTF8": "1"}
        env["AGIR_CONFIG"] = str(self.folder / "config.toml")  # where the key is
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", env=env, check=False
        )


def _first_line(done: subprocess.CompletedProcess[str]) -> str:
    return next((line for line in done.stderr.splitlines() if line.strip()), "")


def report(bench: Bench, entries: tuple[Entry, ...]) -> bool:
    """Print the table; whether every entry ran and stayed within its bound."""
    floor = statistics.median(bench.seconds[ENTRIES[0].title])
    good = True
    print(f"{'command':<36}{'median':>10}{'ratio':>8}{'bound':>8}")
    for entry in entries:
        if entry.title in bench.failed:
            print(f"{entry.title:<36}  not measured: {bench.failed[entry.title]}")
            good = False
            continue
        middle = statistics.median(bench.seconds[entry.title])
        ratio = middle / floor
        most = entry.bound
        if entry.like in bench.seconds:
            most = ENCRYPTED * statistics.median(bench.seconds[entry.like]) / floor
        over = bool(most) and ratio > most
        good = good and not over
        bound = f"{most:.3g}" if most else ""
        mark = "  OVER" if over else ""
        print(f"{entry.title:<36}{middle * 1000:>7.1f} ms{ratio:>8.2f}{bound:>8}{mark}")
    return good


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    entries = (ENTRIES[0], *(e for e in ENTRIES[1:] if asked.only in e.title))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        if any("{" in word for entry in entries for word in entry.words):
            missing = bench.prepare()
            if missing:
                print(f"The demonstration file cannot be used: {missing}", file=sys.stderr)
        for entry in entries:
            bench.measure(entry)  # once unmeasured: compiles modules, warms the disk cache
        bench.seconds.clear()
        for _ in range(asked.rounds):
            for entry in entries:
                bench.measure(entry)
        return 0 if report(bench, entries) else 1


if __name__ == "__main__":
    sys.exit(main())
