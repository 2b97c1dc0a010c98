"""The nightly reports that were recorded, with the deadlines late that night.

The next one compares with the last recorded, whatever its day: a night that did not run is caught
up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from agir_cli.store.file import recording
from agir_cli.store.stamp import now

Late = tuple[str, str, str, str]
"""What names a late deadline: dossier's id, nature, cause, first possible last day."""


def record(path: Path, scope: str, day: date, late: Iterable[Late], author: str) -> None:
    """Record a run of the report named ``scope``; the file keeps the last ten of each."""
    with recording(path) as connection:
        (run,) = connection.execute(
            "INSERT INTO runs (rapport, jour, enregistre_le, auteur) VALUES (?, ?, ?, ?)"
            " RETURNING id",
            (scope, day.isoformat(), now(), author),
        ).fetchone()
        connection.executemany(
            "INSERT INTO run_lines VALUES (?, ?, ?, ?, ?)", [(run, *key) for key in late]
        )
        connection.execute(
            "DELETE FROM runs WHERE rapport = ? AND id NOT IN (SELECT id FROM runs"
            " WHERE rapport = ? ORDER BY id DESC LIMIT 10)",
            (scope, scope),
        )
