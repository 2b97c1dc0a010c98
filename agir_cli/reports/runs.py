"""The nightly report from one night to the next: what is new, what stays, what was resolved.

A run recorded (`record`) keeps the deadlines that were late. The next one compares with the
last recorded, whatever its day: a night that did not run is caught up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.reports.overdue import Line, Question

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

Key = tuple[str, str, str, str]


class Resolved(NamedTuple):
    """A deadline late at the last run and no longer: whose, which, and where the dossier is."""

    dossier: str
    nom: str | None
    prenoms: str | None
    nature: str
    etape: str


class Since(NamedTuple):
    """What changed since the last recorded run of the same question."""

    day: date | None
    """The day of that run; ``None`` when there was none: everything is then new."""
    new: tuple[Line, ...]
    still: tuple[Line, ...]
    resolved: tuple[Resolved, ...]


def scope(question: Question) -> str:
    """The name under which runs of one question are compared: its kinds and its filters."""
    asked = [f"{name}={value}" for name, value in question.filters._asdict().items() if value]
    return " ".join(["overdue", ",".join(sorted(question.kinds)), *asked])


def since_last_run(connection: Connection, question: Question, late: Sequence[Line]) -> Since:
    """Compare the late lines of today with those of the last recorded run."""
    run = connection.execute(
        "SELECT id, jour FROM runs WHERE rapport = ? ORDER BY id DESC LIMIT 1", (scope(question),)
    ).fetchone()
    if run is None:
        return Since(None, tuple(late), (), ())
    known = set(
        connection.execute(
            "SELECT dossier, nature, cause, echeance_min FROM run_lines WHERE run = ?", run[:1]
        )
    )
    gone = known - {line.key for line in late}
    return Since(
        date.fromisoformat(run[1]),
        tuple(line for line in late if line.key not in known),
        tuple(line for line in late if line.key in known),
        tuple(sorted(_resolved(connection, key) for key in gone)),
    )


def _resolved(connection: Connection, key: Key) -> Resolved:
    row = connection.execute(
        "SELECT d.dossier, p.nom, p.prenoms, ?, d.etape FROM dossiers AS d"
        " LEFT JOIN people AS p ON p.id = d.personne WHERE d.id = ?",
        (key[1], key[0]),
    ).fetchone()
    return Resolved._make(row) if row else Resolved(key[0], None, None, key[1], "")


def record(path: Path, question: Question, late: Sequence[Line], author: str) -> None:
    """Record this run, so that the next one compares with it; the file keeps the last ten."""
    from agir_cli.store.driver import DatabaseError, explained, writing
    from agir_cli.store.file import open_file
    from agir_cli.store.stamp import now

    connection = open_file(path, write=True)
    try:
        with writing(connection):
            (run,) = connection.execute(
                "INSERT INTO runs (rapport, jour, enregistre_le, auteur) VALUES (?, ?, ?, ?)"
                " RETURNING id",
                (scope(question), question.day.isoformat(), now(), author),
            ).fetchone()
            connection.executemany(
                "INSERT INTO run_lines VALUES (?, ?, ?, ?, ?)", [(run, *line.key) for line in late]
            )
            connection.execute(
                "DELETE FROM runs WHERE rapport = ? AND id NOT IN (SELECT id FROM runs"
                " WHERE rapport = ? ORDER BY id DESC LIMIT 10)",
                (scope(question), scope(question)),
            )
    except DatabaseError as error:
        raise explained(error, path) from None
    finally:
        connection.close()
