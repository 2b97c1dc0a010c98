"""Reports on large files, measured beside what others take for the same rows.

``make bench`` runs it on 100,000 invented dossiers: ``report dossiers`` beside the ``sqlite3``
shell and ``sqlite-utils query --csv``. ``make bench-long`` goes to 1,000,000: the nightly list,
the funnel, both on a past day, and the memory of lists at both sizes. Making that file
(``make_million.py``) takes some minutes and five gigabytes of the temporary folder.

User and system seconds of whole processes, taken in turn; each figure is the median of its rounds.
Every rival must give as many rows as agir. Over a bound: exit code 1.

Options: ``--rounds N`` (5), ``--long``, ``--small FILE``, ``--large FILE`` (files made before).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from agir_cli.reports import listing

HERE = Path(sys.executable)
AGIR = str(HERE.with_name("agir"))
SQLITE_UTILS = str(HERE.with_name("sqlite-utils"))
TODAY, PAST = "2023-10-09", "2023-04-09"
SMALL, LARGE = 100_000, 1_000_000

DOSSIERS = (
    f"SELECT {', '.join(map(listing._source, listing.COLUMNS))}{listing._FROM} ORDER BY d.dossier"
)

_LATE = f"""SELECT s.nature, d.dossier, p.nom, p.prenoms, d.departement,
    CASE WHEN d.commission_max <= '{TODAY}' THEN coalesce(r.nom, d.referent) END AS referent,
    s.cause, s.depart_min, s.depart_max, s.echeance_min, s.echeance_max,
    CAST(julianday('{TODAY}') - julianday(s.echeance_max) AS INTEGER) AS retard,
    s.echeance_max < '{TODAY}' AND (s.fin_min IS NULL OR s.fin_min > '{TODAY}') AS certain,
    (SELECT a.jour || coalesce(' ' || a.heure, '') FROM appointments AS a
        WHERE a.dossier = s.dossier AND a.nature = 'contractualisation'
        AND (a.inscrit_le IS NULL OR a.inscrit_le <= '{TODAY}')
        AND (a.absent_le IS NULL OR a.absent_le > '{TODAY}') ORDER BY a.rang DESC LIMIT 1) AS rdv,
    (SELECT count(*) FROM spans AS w WHERE w.dossier = s.dossier AND w.nature = 'attente'
        AND w.cause = 'absence_contrat' AND w.depart_max <= '{TODAY}') AS absences,
    'référent : agir contract sign ' || d.dossier || ' --on JOUR' AS a_faire
FROM spans AS s CROSS JOIN dossiers AS d ON d.id = s.dossier
LEFT JOIN people AS p ON p.id = d.personne LEFT JOIN referents AS r ON r.code = d.referent
WHERE s.nature = 'contractualisation' AND s.depart_max <= '{TODAY}'
    AND s.echeance_min < '{TODAY}' AND """
OVERDUE = (
    f"SELECT * FROM ({_LATE} s.fin_max IS NULL UNION ALL {_LATE} s.fin_max > '{TODAY}'"
    " AND s.fin_max > s.echeance_min) ORDER BY certain DESC, retard DESC, 2"
)
_COUNTS = ", ".join(
    f"sum(d.{name}_max <= '{TODAY}')"
    for name in ("admis", "diagnostic", "commission", "contrat", "cloture")
)
FUNNEL = f"""SELECT d.departement, coalesce((SELECT o.secteur FROM offices AS o
        WHERE o.bureau = d.bureau), 'non affecté'), {_COUNTS},
    count(DISTINCT CASE WHEN d.admis_max <= '{TODAY}' THEN coalesce(d.menage, d.id) END)
FROM dossiers AS d GROUP BY 1, 2"""


class Spent(NamedTuple):
    """What a process took: processor seconds, its most memory in megabytes, its output's lines."""

    seconds: float
    memory: float
    lines: int


@dataclass(slots=True)
class Bench:
    """The files, and what was measured: each title's runs, in turn."""

    folder: Path
    spent: dict[str, list[Spent]] = field(default_factory=dict)

    def run(self, title: str, *words: str) -> None:
        """Measure one process. Raises `SystemExit` with its last words if it fails."""
        # As installed: with compiled modules, whatever the caller's environment asks.
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "AGIR"))}
        env |= {"PYTHONPYCACHEPREFIX": str(self.folder / "compiled"), "PYTHONUTF8": "1"}
        written = self.folder / "written"
        with written.open("wb") as out, tempfile.TemporaryFile() as said:
            process = subprocess.Popen(words, stdout=out, stderr=said, env=env)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            if process.returncode:
                raise SystemExit(f"{title}: exit {process.returncode}\n{said.read().decode()}")
        with written.open("rb") as lines:
            count = sum(1 for _ in lines)
        spent = Spent(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, count)
        self.spent.setdefault(title, []).append(spent)

    def agir(self, title: str, db: Path, *words: str) -> None:
        """Measure a report in CSV."""
        words = ("--db", str(db), "--today", TODAY, "report", *words, "--format", "csv")
        self.run(title, AGIR, *words)

    def rivals(self, title: str, db: Path, query: str) -> None:
        """Measure the `sqlite3` shell and sqlite-utils on a query."""
        self.shell(title, db, query)
        self.run(
            f"{title}: sqlite-utils query --csv", SQLITE_UTILS, "query", "--csv", str(db), query
        )

    def shell(self, title: str, db: Path, query: str) -> None:
        """Measure the `sqlite3` shell on a query."""
        self.run(f"{title}: sqlite3 shell", "sqlite3", "-csv", "-header", str(db), query)

    def median(self, title: str) -> float:
        """Its processor seconds."""
        return statistics.median(each.seconds for each in self.spent[title])

    def most(self, title: str) -> float:
        """Its memory, in megabytes."""
        return max(each.memory for each in self.spent[title])

    def within(self, what: str, ratio: float, bound: float) -> bool:
        """Print a ratio beside its bound; whether it is kept."""
        print(f"{what:<64}{ratio:>7.2f}{bound:>7g}{'' if ratio <= bound else '  OVER'}")
        return ratio <= bound

    def same_rows(self, *titles: str) -> bool:
        """Whether these gave as many rows, so that they are worth comparing."""
        counts = {self.spent[title][-1].lines for title in titles}
        if len(counts) > 1:
            print(f"NOT THE SAME ROWS: {', '.join(titles)}: {sorted(counts)}")
        return len(counts) == 1


def small_round(bench: Bench, db: Path) -> None:
    """The list of 100,000 dossiers, and theirs."""
    bench.rivals("dossiers", db, DOSSIERS)
    bench.agir("dossiers", db, "dossiers")


def small_report(bench: Bench) -> bool:
    """Print the list's ratios; whether all are kept."""
    ours, shell, other = (
        "dossiers", "dossiers: sqlite3 shell", "dossiers: sqlite-utils query --csv",
    )  # fmt: skip
    mine = bench.median(ours)
    return all(
        [
            bench.same_rows(ours, shell, other),
            bench.within("report dossiers / the sqlite3 shell", mine / bench.median(shell), 6),
            bench.within("report dossiers / sqlite-utils", mine / bench.median(other), 1),
        ]
    )


def large_round(bench: Bench, db: Path, empty: Path) -> None:
    """The nightly list and the funnel on a million, today and on a past day."""
    late = ("overdue", "--kind", "contractualisation")
    for _ in range(3):  # a quarter of a second each: a slow moment of the machine weighs more
        bench.rivals("overdue", db, OVERDUE)
        bench.agir("overdue", db, *late)
        bench.agir("overdue, a past day", db, *late, "--as-of", PAST)
    bench.shell("funnel", db, FUNNEL)
    bench.agir("funnel, an empty file", empty, "funnel")
    bench.agir("funnel", db, "funnel")
    bench.agir("funnel, a past day", db, "funnel", "--as-of", PAST)


def large_report(bench: Bench) -> bool:
    """Print their ratios; whether all are kept."""
    m = bench.median
    others = ("overdue: sqlite3 shell", "overdue: sqlite-utils query --csv")
    floor = m("funnel: sqlite3 shell") + m("funnel, an empty file")
    return all(
        [
            bench.same_rows("overdue", *others),
            bench.within("report overdue / the sqlite3 shell", m("overdue") / m(others[0]), 3),
            bench.within("report overdue / sqlite-utils", m("overdue") / m(others[1]), 1),
            bench.within("overdue, a past day / today", m("overdue, a past day") / m("overdue"), 3),
            bench.within("report funnel / (shell + an empty file)", m("funnel") / floor, 2),
            bench.within("funnel, a past day / today", m("funnel, a past day") / m("funnel"), 3),
            bench.within(
                "memory of report dossiers, 1,000,000 / 100,000",
                bench.most("dossiers of a million") / bench.most("dossiers"),
                1.2,
            ),
        ]
    )


def print_spent(bench: Bench) -> None:
    """Every figure behind the ratios."""
    print(f"{'':<48}{'seconds':>9}{'MB':>7}{'rows':>9}")
    for title, spent in bench.spent.items():
        rows = spent[-1].lines
        print(f"{title:<48}{bench.median(title):>9.3f}{bench.most(title):>7.0f}{rows:>9}")
    print(f"\n{'ratio':<64}{'':>7}{'bound':>7}")


def measure(bench: Bench, asked: argparse.Namespace) -> bool:
    """Make the files that were not given, and measure on them; whether every bound is kept."""
    small = asked.small or bench.folder / "small.db"
    large = asked.large or bench.folder / "large.db"
    for path, count in ((small, SMALL), (large, LARGE if asked.long else 0)):
        if count and not path.exists():
            # In its own process: a child's memory is at least that of its parent at the start.
            maker = str(Path(__file__).with_name("make_million.py"))
            subprocess.run([sys.executable, maker, str(path), str(count)], check=True)
    empty = bench.folder / "empty.db"
    subprocess.run([AGIR, "--db", str(empty), "init"], check=True, capture_output=True)
    for _ in range(asked.rounds + 1):
        small_round(bench, small)
        if asked.long:
            large_round(bench, large, empty)
    for spent in bench.spent.values():
        del spent[0]  # compiles modules, warms the disk cache
    if asked.long:
        bench.agir("dossiers of a million", large, "dossiers")
    print_spent(bench)
    good = small_report(bench)
    return large_report(bench) and good if asked.long else good


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--long", action="store_true", help="go on to a million dossiers")
    parser.add_argument("--small", type=Path, help="a file of 100,000 dossiers")
    parser.add_argument("--large", type=Path, help="a file of a million dossiers")
    asked = parser.parse_args()
    if shutil.which("sqlite3") is None:
        print("The sqlite3 shell is needed to compare with (Debian: sqlite3).", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        return 0 if measure(Bench(Path(folder)), asked) else 1


if __name__ == "__main__":
    sys.exit(main())
