"""Files of many rows, measured against what puts the persons' file into one bare table.

``make bench`` runs it on 100,000 invented persons: ``agir enroll --from`` (new, then the same
file again; new into an encrypted file too), ``agir diagnose hold --from`` and ``agir import`` of
wide rows (enrolled, booked, diagnosed, assigned, signed), one person enrolled among them all and
``agir duplicates``, beside ``sqlite-utils insert --csv`` of the persons in the same run, and
``csv.reader`` with ``executemany``, the bare floor. ``make bench-long`` goes to a million.

Whole commands, taken in turn, elapsed seconds. A ratio is of one round; the median of the rounds
counts. Over a bound: exit code 1. The ratio to the floor is printed, not bounded.

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
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(sys.executable)
AGIR = str(HERE.with_name("agir"))
SQLITE_UTILS = str(HERE.with_name("sqlite-utils"))
TODAY = ("--today", "2024-03-01")
MEGABYTES = 200
SOME_ASIDE = 5
"""The exit code where rows are asked about: of so many invented names a few are alike."""
TIMES_PER_ROW = 1.3
INSERT = "sqlite-utils insert --csv"
NEW, AGAIN = "agir enroll --from", "the same file again"
HOLD, IMPORT = "agir diagnose hold --from", "agir import"
ALONE, AMONG = "agir enroll, nobody known", "agir enroll, among them all"
PAIRS = "agir duplicates"
BEYOND, PAIRS_SECONDS, PAIRS_MEGABYTES = 0.05, 60, 500
"""Seconds that everybody known may add to enrolling one; what the pairs of 100,000 may take."""
LOCKED, TIMES_LOCKED = "agir enroll --from, encrypted", 1.3
BOUNDS = {NEW: 1.2, AGAIN: 1.2, HOLD: 1.5, IMPORT: 4.0}
"""At most so many times as long as `INSERT` of the persons."""

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
    """What a command took: user and elapsed seconds, and the most memory, in megabytes."""

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
        for number in range(1, count - count // 1000 + 1):
            print(f"44-{number:04d},2023-11-{1 + number % 28:02d}", file=file)


def write_wide(path: Path, persons: Path) -> None:
    """The same persons, each with the acts that led to their contract."""
    with persons.open(encoding="utf-8") as known, path.open("w", encoding="utf-8") as file:
        head = next(known).strip()
        acts = "date_rdv_diagnostic,date_diagnostic,date_commission,referent,date_contrat"
        print(f"{head},{acts}", file=file)
        for number, line in enumerate(known):
            day, first = f"{1 + number % 28:02d}", f"{1 + number % 10:02d}"
            print(
                f"{line.strip()},2023-10-{day} 10:00,2023-11-{day},2023-12-{day},"
                f"ESTRAMBEL Olive,2024-01-{first}",
                file=file,
            )


def run(*words: str) -> Spent:
    """Run a command to its end. Raises `SystemExit` with its last words if it fails."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if process.returncode not in (0, SOME_ASIDE):
            raise SystemExit(f"{' '.join(words[:4])} … : exit {process.returncode}\n{said.read()}")
    return Spent(used.ru_utime, elapsed, used.ru_maxrss / 1024)


class Load:
    """One size of file, and the commands measured on it."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.rows = rows
        self._folder = folder
        self._persons = folder / f"persons-{rows}.csv"
        self._acts = folder / f"acts-{rows}.csv"
        self._wide = folder / f"wide-{rows}.csv"
        write_persons(self._persons, rows)
        write_diagnostics(self._acts, rows)
        write_wide(self._wide, self._persons)
        self.spent: dict[str, list[Spent]] = {}

    def ratio(self, title: str, to: str = INSERT) -> float:
        """How many times as long as another command it took: the median of the rounds."""
        pairs = zip(self.spent[title], self.spent[to], strict=True)
        return statistics.median(one.elapsed / other.elapsed for one, other in pairs)

    def middle(self, title: str) -> Spent:
        """The median of what each round took; of memory, the most."""
        users, elapsed, memory = zip(*self.spent[title], strict=True)
        return Spent(statistics.median(users), statistics.median(elapsed), max(memory))

    def round(self) -> None:
        """Every command once, on new files."""
        persons, bare, made = str(self._persons), str(self._fresh("bare")), str(self._fresh("made"))
        self._take("floor", sys.executable, "-c", FLOOR, bare, persons)
        self._take(INSERT, SQLITE_UTILS, "insert", made, "t", persons, "--csv")
        db = self._team("agir")
        self._take(NEW, *db, "enroll", "--from", persons)
        self._take(AGAIN, *db, "enroll", "--from", persons)
        one = ("enroll", "--nom", "BARRY-SOULA", "--prenoms", "Mariama", "--departement", "44",
               "--date-naissance", "1991-02-03")  # fmt: skip
        self._take(ALONE, *self._team("alone"), *one)
        self._take(AMONG, *db, *one)
        self._take(PAIRS, *db, "duplicates", "--format", "csv")
        self._take(HOLD, *db, "diagnose", "hold", "--from", str(self._acts))
        self._take(IMPORT, *self._team("wide"), "import", str(self._wide))
        self._take(LOCKED, *self._team("locked", encrypted=True), "enroll", "--from", persons)

    def _take(self, title: str, *words: str) -> None:
        self.spent.setdefault(title, []).append(run(*words))

    def _team(self, name: str, *, encrypted: bool = False) -> tuple[str, ...]:
        """A new file of a team, and the words that name it."""
        words = (AGIR, "--db", str(self._fresh(name)), *TODAY)
        kept = {"--key-file": self._folder / "key", "--recovery": self._fresh("sheet")}
        told = [str(each) for pair in kept.items() for each in pair]
        run(*words, "init", "--department", "44", *(["--encrypted", *told] if encrypted else []))
        return words

    def _fresh(self, name: str) -> Path:
        path = self._folder / f"{name}-{self.rows}.db"
        path.unlink(missing_ok=True)
        return path


def report(load: Load) -> bool:
    """Print one size; whether every command stayed within its bounds."""
    print(
        f"\n{load.rows} rows{'':<24}{'elapsed s':>10}{'ratio':>7}{'floor':>7}{'user s':>8}{'MB':>6}"
    )
    for title in load.spent:
        spent = load.middle(title)
        print(
            f"{title:<34}{spent.elapsed:>10.2f}{load.ratio(title):>7.2f}"
            f"{load.ratio(title, 'floor'):>7.1f}{spent.user:>8.1f}{spent.memory:>6.0f}"
        )
    most = max(load.middle(title).memory for title in BOUNDS)
    return _within(
        *(
            (load.ratio(title) <= bound, f"{title}: more than {bound} times {INSERT}")
            for title, bound in BOUNDS.items()
        ),
        (load.ratio(LOCKED, NEW) <= TIMES_LOCKED, f"{LOCKED}: more than {TIMES_LOCKED} of {NEW}"),
        (most <= MEGABYTES or load.rows > 100_000, f"more than {MEGABYTES} MB"),
        *_persons_within(load),
    )


def _persons_within(load: Load) -> list[tuple[bool, str]]:
    """The bounds of the search for one person's doubles, up to 100,000 rows."""
    alone, among, pairs = (load.middle(title) for title in (ALONE, AMONG, PAIRS))
    longer = load.rows > 100_000
    return [
        (longer or among.elapsed - alone.elapsed <= BEYOND, f"{AMONG}: {BEYOND} s more"),
        (longer or pairs.elapsed <= PAIRS_SECONDS, f"{PAIRS}: more than {PAIRS_SECONDS} s"),
        (longer or pairs.memory <= PAIRS_MEGABYTES, f"{PAIRS}: more than {PAIRS_MEGABYTES} MB"),
    ]


def grows(small: Load, large: Load) -> bool:
    """Print the cost of a row at two sizes; whether it stays the same."""
    costs = [load.middle(NEW).elapsed / load.rows * 1e6 for load in (small, large)]
    print(f"\na row of {NEW}: {costs[0]:.0f} µs of {small.rows}, {costs[1]:.0f} µs of {large.rows}")
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
        os.environ["AGIR_CONFIG"] = f"{folder}/config.toml"  # where the key is
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
