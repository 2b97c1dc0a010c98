"""A year of a department between two sites, measured as they wait for it: a folder, and a server.

``make bench`` prints what each exchange took beside its bound, the size of a record on its way,
and a bare ``\\copy`` of the same records into PostgreSQL. Over a bound: exit 1. Where PostgreSQL
is not installed, its lines are left out. Option: ``--records N`` (57,200).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench_load import Spent, run, write_persons, write_wide

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from agir_cli.exchange.carriers import Folder  # noqa: E402
from agir_cli.store.stream import records  # noqa: E402
from tests.postgres import Server, programs, running  # noqa: E402
from tests.usecases.network import linked  # noqa: E402

AGIR = str(Path(sys.executable).with_name("agir"))
DAY = "2024-02-01"
_EVENTS_OF_A_PERSON = 6
FIRST, NEXT, MORE = 10.0, 1.5, 0.3
"""Bounds, in seconds: a first exchange, one with 50 new records, an act over the act alone."""


class Bench:
    """Two linked files; the first one with a year of acts. ``over``: what took too long."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.shared = folder, folder / "echange"
        self.shared.mkdir()
        os.environ["AGIR_CONFIG"] = str(folder / "reglages.toml")
        os.environ["AGIR_AUTHOR"] = "mesure"
        self.a, self.b = linked(folder, "AB", lambda _: Folder(self.shared))
        persons, wide = folder / "personnes.csv", folder / "larges.csv"
        write_persons(persons, -(-count // _EVENTS_OF_A_PERSON))
        write_wide(wide, persons)
        self.agir(self.a, "import", str(wide))
        self.over = False

    def agir(self, db: Path, *words: str) -> Spent:
        """What a command takes."""
        return run(AGIR, "--db", str(db), "--today", DAY, *words)

    def tell(self, what: str, spent: Spent, bound: float = 0) -> None:
        """Print a line: elapsed, of which the command's own work, and the bound."""
        self.over |= bool(bound) and spent.elapsed > bound
        mark = "  OVER" if bound and spent.elapsed > bound else ""
        told = f"{spent.elapsed:>8.2f} s{spent.user:>8.2f} s{spent.memory:>6.0f} MB"
        print(f"{what:<44}{told}{f'{bound:>8}' if bound else ''}{mark}", flush=True)

    def exchange(self, name: str, a: str, b: str) -> None:
        """A first exchange, one of fifty more records, and acts that exchange by themselves."""
        here = self.folder / name
        here.mkdir()
        for path in self.folder.glob("[AB].db*"):
            shutil.copy(path, here)
        one, two = here / "A.db", here / "B.db"
        self.tell(f"{name}: first, sent", self.agir(one, "sync", a), FIRST)
        self.tell(f"{name}: first, taken", self.agir(two, "sync", b), FIRST)
        more = here / "plus.csv"
        more.write_text("nom\n" + "".join(f"NOM{n:03}-INVENTE\n" for n in range(50)), "utf-8")
        self.agir(one, "enroll", "--from", str(more))
        self.tell(f"{name}: 50 new, sent", self.agir(one, "sync", a), NEXT)
        self.tell(f"{name}: 50 new, taken", self.agir(two, "sync", b), NEXT)
        alone, with_it = self._acts(one, a)
        self.tell(f"{name}: an act alone", alone)
        added = with_it._replace(
            elapsed=with_it.elapsed - alone.elapsed, user=with_it.user - alone.user
        )
        self.tell(f"{name}: what its exchange adds", added, MORE)

    def _acts(self, db: Path, carrier: str) -> tuple[Spent, Spent]:
        """What an act takes alone, and with its exchange: in turns, the median of nine."""
        config = Path(os.environ["AGIR_CONFIG"])
        alone, with_it = [], []
        for n in range(9):
            alone.append(self.agir(db, "enroll", "--nom", f"SEUL-INVENTE{n}"))
            self.agir(db, "sync", carrier)
            config.write_text(f'echange = "{carrier}"\nsync = "auto"\n', "utf-8")
            with_it.append(self.agir(db, "enroll", "--nom", f"AVEC-INVENTE{n}"))
            config.unlink()
        middle = (map(statistics.median, zip(*each, strict=True)) for each in (alone, with_it))
        return Spent(*next(middle)), Spent(*next(middle))

    def lines(self) -> list[str]:
        """The records of the first site, as they travel before they are sealed."""
        with closing(sqlite3.connect(self.a)) as connection:
            return [each.line for each in records(connection, "A", 0, 10**9)]  # type: ignore[arg-type]

    def copied(self, server: Server) -> None:
        """The same records by the server's own means: no seal, no chain, no file to fill."""
        file = self.folder / "lignes.txt"
        lines = (line.replace("\\", "\\\\").replace("\t", " ") for line in self.lines())
        said = "".join(f"{line}\n" for line in lines)
        file.write_text(said, "utf-8")
        server.sql("CREATE TABLE copie (ligne text)", "relais")
        begun = time.perf_counter()
        server.sql(f"\\copy copie FROM '{file}'", "relais")
        spent = Spent(0, time.perf_counter() - begun, 0)
        self.tell("a bare \\copy of the same records", spent)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--records", type=int, default=57_200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(folder, asked.records)
        lines = bench.lines()
        plain = sum(len(line.encode()) for line in lines)
        print(f"{len(lines)} records, {plain / len(lines):.0f} bytes each before they are sealed")
        bench.exchange("folder", str(bench.shared), str(bench.shared))
        size = sum(p.stat().st_size for p in bench.shared.glob("flux/A/*.agir"))
        print(f"{'on its way, a record':<44}{size / len(lines):>8.0f} bytes")
        if programs() is None:
            print("PostgreSQL is not installed: its lines are left out.")
            return int(bench.over)
        with running() as server:
            bench.agir(bench.a, "hub", "init", "admin")
            for letter in "AB":
                bench.agir(bench.a, "hub", "grant", "admin", letter, "--departement", "44")
                server.role(f"agir_{letter.lower()}")
            bench.exchange("server", "postgresql:agir_a", "postgresql:agir_b")
            bench.copied(server)
        return int(bench.over)


if __name__ == "__main__":
    sys.exit(main())
