"""Files of many rows, measured against what puts the same file into one bare table.

``make bench`` runs it on 100,000 invented persons: ``agir enroll --from`` (new, then the same
file again) and ``agir diagnose hold --from``, beside two floors in the same run: ``csv.reader``
with ``executemany``, and ``sqlite-utils insert --csv``. ``make bench-long`` goes to a million.

The bounds are on elapsed seconds, what somebody waits: `agir enroll --from` decides rows in several
processes where the machine has them, and user seconds, printed beside, add all of them up. Over a
bound: exit code 1.

Whole commands, taken in turn. Seconds are the least of the rounds, since noise only adds; ratios
are of one round, and their median counts. The floor lasts half a second and the others many: it
would always find a quiet moment where they cannot, so that it is run again and again between them,
and its mean is that of the round.

Options: ``--rows N`` (100000), ``--rounds N`` (5), ``--long``.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

HERE = Path(sys.executable)
AGIR = str(HERE.with_name("agir"))
SQLITE_UTILS = str(HERE.with_name("sqlite-utils"))
TODAY = ("--today", "2024-03-01")
MEGABYTES = 300
TIMES_THE_FLOOR = 15
TIMES_PER_ROW = 1.3
FLOORS = 4
"""How often the floor is run each time it is."""

FLOOR = """
import csv, sqlite3, sys
db, path = sys.argv[1:]
connection = sqlite3.connect(db)
with open(path, newline="", encoding="utf-8") as file:
    rows = csv.reader(file)
    head = next(rows)
    connection.execute(f"create table t ({','.join(head)})")
    connection.executemany(f"insert into t values ({','.join('?' * len(head))})", rows)
connection.commit()
"""

HEAD = (
    "agdref,nom,prenoms,date_naissance,sexe,nationalite,statut,date_statut,date_cir,"
    "date_orientation,orientation,commune_residence,commune_domicile,situation_logement,"
    "situation_professionnelle"
)
SYLLABLES = [a + b for a in "bdkmnrstz" for b in "aeiou"]


class Spent(NamedTuple):
    """What a command took: user and elapsed seconds, and the most memory, in megabytes.

    All its processes together: user seconds are added up, and so is what they hold at one moment.
    """

    user: float
    elapsed: float
    memory: float


def write_persons(path: Path, count: int) -> None:
    """Invented persons of the direct route, one a line."""
    draw = random.Random(3)

    def name() -> str:
        return "".join(draw.choices(SYLLABLES, k=draw.randint(2, 4))).capitalize()

    def day(year: int, first: int, last: int) -> str:
        return f"{year}-{draw.randint(first, last):02d}-{draw.randint(1, 28):02d}"

    with path.open("w", encoding="utf-8") as file:
        print(HEAD, file=file)
        for number in range(count):
            cells = (
                f"{1_000_000_000 + number * 7}", name().upper(), name(),
                day(draw.randint(1950, 2004), 1, 12), draw.choice("fm"),
                draw.choice(("AFG", "SYR", "SDN", "ERI", "COD")),
                draw.choice(("refugie", "protection_subsidiaire")), day(2022, 1, 12),
                day(2023, 1, 6), day(2023, 7, 9), "acceptee",
                draw.choice(("Nantes", "Rezé", "Saint-Nazaire")), "insee:44109",
                draw.choice(("dna", "hebergement_temporaire", "logement_autonome")),
                draw.choice(("sans_emploi", "formation_linguistique")),
            )  # fmt: skip
            print(",".join(cells), file=file)


def write_diagnostics(path: Path, count: int) -> None:
    """A diagnostic held for each of those dossiers, one a line."""
    with path.open("w", encoding="utf-8") as file:
        print("dossier,date_diagnostic", file=file)
        for number in range(1, count + 1):
            print(f"44-{number:04d},2023-11-{1 + number % 28:02d}", file=file)


def run(*words: str) -> Spent:
    """Run a command to its end. Raises `SystemExit` with its last words if it fails."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said)
        with Watch(process.pid) as watch:
            _, status, used = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(words[:4])} … : exit {process.returncode}\n{said.read()}")
    return Spent(used.ru_utime, elapsed, max(watch.most, used.ru_maxrss / 1024))


class Watch:
    """Looks now and then at how much memory a process and its children hold together."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.most = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.most = max(self.most, resident(self._process))


def resident(process: int) -> float:
    """Megabytes that a process and its children hold; 0 where the system does not tell."""
    try:
        folder = Path(f"/proc/{process}")
        pages = int((folder / "statm").read_text().split()[1])
        children = (folder / f"task/{process}/children").read_text().split()
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(map(resident, map(int, children)))


class Load:
    """One size of file, and the commands measured on it."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.rows = rows
        self._folder = folder
        self._persons = folder / f"persons-{rows}.csv"
        self._acts = folder / f"acts-{rows}.csv"
        write_persons(self._persons, rows)
        write_diagnostics(self._acts, rows)
        self.spent: dict[str, list[Spent]] = {"floor": []}

    def measure(self, title: str, work: Callable[[], Spent]) -> None:
        """Keep what one run of ``work`` took."""
        self.spent.setdefault(title, []).append(work())

    def ratio(self, title: str, floor: str = "floor") -> float:
        """How many times as long as another command it took: the median of the rounds."""
        pairs = zip(self.spent[title], self.spent[floor], strict=True)
        return statistics.median(one.elapsed / other.elapsed for one, other in pairs)

    def least(self, title: str) -> Spent:
        """The least of what each round took; of memory, the most."""
        users, elapsed, memory = zip(*self.spent[title], strict=True)
        return Spent(min(users), min(elapsed), max(memory))

    def round(self) -> None:
        """Every command once, on new files."""
        db = str(self._fresh("agir"))
        made, persons = str(self._fresh("made")), str(self._persons)
        run(AGIR, "--db", db, "init", "--department", "44")
        floors = self._floors()
        self.measure(
            "sqlite-utils insert --csv",
            lambda: run(SQLITE_UTILS, "insert", made, "t", persons, "--csv"),
        )
        floors += self._floors()
        self.measure("agir enroll --from", lambda: self._agir(db, "enroll", self._persons))
        floors += self._floors()
        self.measure("floor", lambda: Spent(*map(statistics.mean, zip(*floors, strict=True))))
        self.measure("the same file again", lambda: self._agir(db, "enroll", self._persons))
        hold = "agir diagnose hold --from"
        self.measure(hold, lambda: self._agir(db, "diagnose hold", self._acts))

    def _floors(self) -> list[Spent]:
        return [
            run(sys.executable, "-c", FLOOR, str(self._fresh("bare")), str(self._persons))
            for _ in range(FLOORS)
        ]

    def _agir(self, db: str, command: str, file: Path) -> Spent:
        return run(AGIR, "--db", db, *TODAY, *command.split(), "--from", str(file))

    def _fresh(self, name: str) -> Path:
        path = self._folder / f"{name}-{self.rows}.db"
        path.unlink(missing_ok=True)
        return path


def report(load: Load) -> bool:
    """Print one size; whether enrolling stayed within its bounds."""
    print(f"\n{load.rows} rows{'':<24}{'elapsed s':>10}{'ratio':>8}{'user s':>8}{'MB':>6}")
    for title in load.spent:
        spent = load.least(title)
        print(
            f"{title:<34}{spent.elapsed:>10.2f}{load.ratio(title):>8.1f}"
            f"{spent.user:>8.1f}{spent.memory:>6.0f}"
        )
    enroll, other = "agir enroll --from", "sqlite-utils insert --csv"
    print(f"{enroll}, times {other}: {load.ratio(enroll, other):.2f}")
    return _within(
        (load.ratio(enroll) <= TIMES_THE_FLOOR, f"more than {TIMES_THE_FLOOR} times the floor"),
        (load.ratio(enroll, other) <= 1, f"slower than {other}"),
        (load.least(enroll).memory <= MEGABYTES, f"more than {MEGABYTES} MB"),
    )


def grows(small: Load, large: Load) -> bool:
    """Print the cost of a row at two sizes; whether it stays the same."""
    costs = [load.least("agir enroll --from").elapsed / load.rows * 1e6 for load in (small, large)]
    print(
        f"\na row of agir enroll --from: {costs[0]:.0f} µs of {small.rows},"
        f" {costs[1]:.0f} µs of {large.rows}"
    )
    return _within((costs[1] <= TIMES_PER_ROW * costs[0], "grows faster than the file"))


def _within(*bounds: tuple[bool, str]) -> bool:
    for kept, sentence in bounds:
        if not kept:
            print(f"OVER: {sentence}")
    return all(kept for kept, _ in bounds)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--long", action="store_true", help="go on to a million rows")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, load = Load(Path(folder), asked.rows // 10), Load(Path(folder), asked.rows)
        for _ in range(asked.rounds):
            small.round()
            load.round()
        good = report(load)
        good = grows(small, load) and good
        if asked.long:
            million = Load(Path(folder), 1_000_000)
            million.round()
            good = report(million) and good
            good = grows(load, million) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
