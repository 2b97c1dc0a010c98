"""What a server keeps and answers with the streams of many sites: unit costs, measured.

Fills a hub with segments of a true size (an act, sealed), then asks of it what a site asks. From
these the page of reliability reckons what it cannot run. Options: ``--sites N``, ``--each N``.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from psycopg2.extras import execute_values  # noqa: E402

from agir_cli.exchange import hub  # noqa: E402
from agir_cli.exchange.segments import Segment, opened, sealed, split  # noqa: E402
from agir_cli.site_keys import EVERY, keys_of, new_identity, recipient, verifying  # noqa: E402
from tests.postgres import Server, running  # noqa: E402

RECORD = b'{"id":"%s","payload":"%s"}\n' % tuple(os.urandom(n).hex().encode() for n in (13, 90))
ALL, OWN = new_identity(), new_identity()
KEYS = keys_of(b"n" * 32)._replace(groups={EVERY: [ALL], "44": [OWN]})
READERS = {EVERY: [recipient(ALL)], "44": [recipient(OWN)]}


def segment(site: str, first: int) -> Segment:
    """An act of two records, for those that follow its department."""
    return sealed(site, first, b"l" * 20, [b"l" * 20] * 2, {EVERY: b"", "44": RECORD * 2},
                  day="2026-11-29", keys=KEYS, readers=READERS)  # fmt: skip


def took(what: Callable[[int], object], times: int) -> float:
    """The median of the milliseconds that it takes."""
    found = []
    for turn in range(times):
        begun = time.perf_counter()
        what(turn)
        found.append(1000 * (time.perf_counter() - begun))
    return statistics.median(found)


def letters(count: int) -> list[str]:
    """So many letters of sites."""
    a = [chr(65 + n) for n in range(26)]
    return [x + y + z for x in a for y in a for z in a][:count]


def fill(server: Server, sites: list[str], each: int) -> None:
    """Fill the hub: `each` segments of each site, by the owner, through the triggers."""
    parts = split(segment("AAA", 1).body)
    with closing(hub.connect("admin")) as connection, connection.cursor() as cursor:
        before = server.sql("SELECT pg_current_wal_lsn()", "relais")
        begun = time.perf_counter()
        names = "site, first, place, last, day, part, body"
        for turn in range(each):
            rows = (
                (site, 2 * turn + 1, place, 2 * turn + 2, "2026-11-29", name, body)
                for site in sites for place, (name, body) in enumerate(parts)
            )  # fmt: skip
            execute_values(cursor, f"INSERT INTO agir.segments ({names}) VALUES %s", rows)
        spent, count = time.perf_counter() - begun, each * len(sites)
        cursor.execute("VACUUM ANALYZE agir.segments, agir.streams")
    wal = server.sql(f"SELECT pg_current_wal_lsn() - '{before}'::pg_lsn", "relais")
    size = sum(len(body) for _, body in parts)
    print(f"{count} segments of {size} bytes: {spent:.0f} s, {1000 * spent / count:.2f} ms each")
    print(f"  WAL: {float(wal) / count:.0f} bytes a segment")
    for what in ("table", "indexes", "total_relation"):
        size = server.sql(f"SELECT pg_{what}_size('agir.segments')", "relais")
        print(f"  {what}: {int(size) / count:.0f} bytes a segment")


def main() -> None:
    """Fill, ask, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sites", type=int, default=2000)
    asked.add_argument("--each", type=int, default=100)
    given = asked.parse_args()
    sites, next_ = letters(given.sites), 2 * given.each + 1
    with running() as server:
        hub.make("admin")
        hub.grant("admin", "agir_aaa", "AAA", None, None)
        server.role("agir_aaa")
        fill(server, sites, given.each)
        print(f"connect: {took(lambda _: hub.Hub('agir_aaa').close(), 20):.1f} ms")
        with closing(hub.Hub("agir_aaa")) as site:
            print(f"held: {took(lambda _: site.held(), 50):.1f} ms, {len(site.held())} streams")
            every = [segment("AAA", next_ + 2 * turn) for turn in range(200)]
            print(f"put: {took(lambda turn: site.put(every[turn]), 200):.2f} ms")
            read = took(lambda n: [*site.after(sites[n + 1], next_ - 3)], 200)
            print(f"after, one segment: {read:.2f} ms")
            (new,) = site.after(sites[1], next_ - 3)
            pid = server.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'agir_aaa'")
            said = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            print([line for line in said if line.startswith(("Pss:", "Private_Dirty"))])
            one = every[0]
            signer = verifying(KEYS)
            read = took(lambda _: opened(one, keys=KEYS, signer=signer), 200)
            print(f"opened: {read:.2f} ms")
            print(f"{len(new.body)} bytes on the wire")
    with closing(sqlite3.connect(":memory:")) as post:
        post.execute("CREATE TABLE withheld (site TEXT, seq INTEGER, hash BLOB,"
                     " PRIMARY KEY (site, seq)) STRICT, WITHOUT ROWID")  # fmt: skip
        post.executemany("INSERT INTO withheld VALUES (?, ?, ?)",
                         ((s, n, b"l" * 20) for s in sites for n in range(given.each)))  # fmt: skip
        (pages,) = post.execute("PRAGMA page_count").fetchone()
        print(f"a link that a post keeps: {pages * 4096 / len(sites) / given.each:.0f} bytes")


if __name__ == "__main__":
    main()
