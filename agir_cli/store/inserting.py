"""Inserting many rows, each given by what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agir_cli.store.driver import Connection


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
    if not rows:
        return
    # Python takes ten times longer to bind a NULL than a text: columns nobody fills are left out.
    used: set[str] = set().union(*rows)
    names = [name for name in columns if name in used]
    marks = ", ".join("?" * len(names))
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) {conflict}",
        [tuple(map(row.get, names)) for row in rows],
    )
