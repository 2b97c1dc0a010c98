"""Inserting many rows: many by one statement, since a statement a row costs half as much again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from agir_cli.store.driver import Connection

# SQLite binds 32,766 values at most; beyond a few thousand there is nothing left to gain.
_AT_ONCE = 4_000


def insert(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    conflict: str = "",
) -> None:
    """Insert rows whose keys are among ``columns``; what a row does not say is NULL.

    ``conflict`` is the end of the statement (`ON CONFLICT …`).
    """
    # Python takes ten times longer to bind a NULL than a text: columns nobody fills are left out.
    used: set[str] = set().union(*rows)
    names = tuple(name for name in columns if name in used)
    insert_rows(connection, table, names, [tuple(map(row.get, names)) for row in rows], conflict)


def insert_rows(
    connection: Connection,
    table: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    conflict: str = "",
) -> None:
    """Insert rows that have a value for each of ``columns``, in their order."""
    insert_values(connection, table, columns, list(chain.from_iterable(rows)), conflict)


def insert_values(
    connection: Connection,
    table: str,
    columns: tuple[str, ...],
    values: list[Any],
    conflict: str = "",
) -> None:
    """Insert rows whose values come one after the other, as many a row as there are columns."""
    if not values:
        return
    width = len(columns)
    most = max(1, _AT_ONCE // width) * width
    for start in range(0, len(values), most):
        part = values[start : start + most]
        connection.execute(_statement(table, columns, len(part) // width, conflict), part)


@lru_cache(maxsize=64)
def _statement(table: str, columns: tuple[str, ...], rows: int, conflict: str) -> str:
    marks = f"({', '.join('?' * len(columns))})"
    values = ", ".join([marks] * rows)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values} {conflict}"
