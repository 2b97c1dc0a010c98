"""Many rows by one statement: each of them in, in its order, whatever their number."""

from __future__ import annotations

import sqlite3

import pytest

from agir_cli.store.driver import insert

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
    insert(connection, "t", {name: [row[n] for row in rows] for n, name in enumerate(COLUMNS)})
    assert connection.execute("SELECT * FROM t ORDER BY rowid").fetchall() == rows


def test_what_no_row_says_is_null(connection: sqlite3.Connection) -> None:
    insert(connection, "t", {"c3": [None, "x"], "c0": [1, 2], "c1": [None, None]})
    found = connection.execute("SELECT c0, c1, c3 FROM t ORDER BY c0").fetchall()
    assert found == [(1, None, None), (2, None, "x")]


def test_a_conflict_is_settled_row_by_row(connection: sqlite3.Connection) -> None:
    insert(connection, "t", {"c0": [1, 2], "c1": ["a", "b"]})
    update = "ON CONFLICT (c0) DO UPDATE SET c1 = excluded.c1"
    insert(connection, "t", {"c0": [2, 3], "c1": ["c", "c"]}, update)
    found = connection.execute("SELECT c0, c1 FROM t ORDER BY c0").fetchall()
    assert found == [(1, "a"), (2, "c"), (3, "c")]


def test_what_an_update_leaves_out_becomes_null(connection: sqlite3.Connection) -> None:
    insert(connection, "t", {"c0": [1], "c1": ["a"]})
    update = "ON CONFLICT (c0) DO UPDATE SET c1 = excluded.c1"
    insert(connection, "t", {"c0": [1], "c1": [None]}, update)
    assert connection.execute("SELECT c0, c1 FROM t").fetchall() == [(1, None)]
