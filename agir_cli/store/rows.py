"""Inserting many rows: many by one statement, since a statement a row costs half as much again.

Rows are held column by column, so that what makes them handles sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from agir_cli.store.driver import Connection

# SQLite binds 32,766 values at most; beyond a few thousand there is nothing left to gain.
_AT_ONCE = 4_000

Columns = dict[str, Sequence[Any]]
"""The values of each column, one a row. A column that is not there is NULL in every row."""


class Rows(NamedTuple):
    """Rows of a table about some dossiers: the place of the one that each row is about."""

    name: str
    owners: Sequence[int]
    columns: Columns


def insert(connection: Connection, table: str, columns: Columns, conflict: str = "") -> None:
    """Insert the rows of these columns, in their order.

    ``conflict`` is the end of the statement (`ON CONFLICT …`).
    """
    # To bind a NULL takes three times as long as a text: columns that nobody fills are left out.
    said = {name: values for name, values in columns.items() if values.count(None) < len(values)}
    if not said:
        return
    names, width = tuple(said), len(said)
    values: list[Any] = [None] * (width * len(said[names[0]]))
    for place, column in enumerate(said.values()):
        values[place::width] = column
    most = max(1, _AT_ONCE // width) * width
    for start in range(0, len(values), most):
        part = values[start : start + most]
        connection.execute(_statement(table, names, len(part) // width, conflict), part)


@lru_cache(maxsize=64)
def _statement(table: str, columns: tuple[str, ...], rows: int, conflict: str) -> str:
    marks = f"({', '.join('?' * len(columns))})"
    values = ", ".join([marks] * rows)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values} {conflict}"
