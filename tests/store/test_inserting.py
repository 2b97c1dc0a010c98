"""Many rows by one statement: each of them in, in its order, whatever their number."""

from __future__ import annotations

import sqlite3

import pytest

from agir_cli.store.inserting import insert, insert_rows

COLUMNS = tuple(f"c{n}" for n in range(40))


@pytest.fixture
def connection() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.execute(f"CREATE TABLE t ({', '.join(COLUMNS)})")
    made.execute("CREATE UNIQUE INDEX once ON t (c0)")
    return made


# 100 rows of 40 values fill one statement.
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_every_row_goes_in_in_its_order(connection: sqlite3.Connection, count: int) -> None:
    rows = [tuple(range(n, n + 40)) for n in range(count)]
    insert_rows(connection, "t", COLUMNS, rows)
    assert connection.execute("SELECT * FROM t ORDER BY rowid").fetchall() == rows


def test_what_no_row_says_is_null(connection: sqlite3.Connection) -> None:
    insert(connection, "t", COLUMNS, [{"c3": "x", "c0": 1}, {"c0": 2}])
    found = connection.execute("SELECT c0, c1, c3 FROM t ORDER BY c0").fetchall()
    assert found == [(1, None, "x"), (2, None, None)]


def test_a_conflict_is_settled_row_by_row(connection: sqlite3.Connection) -> None:
    insert(connection, "t", COLUMNS, [{"c0": 1, "c1": "a"}, {"c0": 2, "c1": "b"}])
    again = [{"c0": n, "c1": "c"} for n in (2, 3)]
    insert(connection, "t", COLUMNS, again, "ON CONFLICT (c0) DO UPDATE SET c1 = excluded.c1")
    found = connection.execute("SELECT c0, c1 FROM t ORDER BY c0").fetchall()
    assert found == [(1, "a"), (2, "c"), (3, "c")]
