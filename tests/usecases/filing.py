"""A team's file for the tests of use cases: brought in by rows, one act at a time, looked at."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from agir_cli.domain import commands as c
from agir_cli.domain.reading import read_values
from agir_cli.domain.reasons import Finding
from agir_cli.domain.values import Reading
from agir_cli.store import reference
from agir_cli.store.driver import connect, key_named
from agir_cli.usecases.intake import Line, Source, Summary, import_rows
from agir_cli.usecases.ledger import Done, Visitor
from agir_cli.usecases.single import run
from agir_cli.usecases.takeover import Entered, take_over
from agir_cli.usecases.upkeep import check, init_file

TODAY = date(2023, 10, 9)
ULID = r"\b0[0-9A-HJKMNP-TV-Z]{25}\b"
Rows = list[tuple[object, ...]]

# What a list or a person is made of; the journal and the book-keeping only grow.
STANDING = (
    "people", "identities", "dossiers", "spans", "situations", "steps", "interviews",
    "appointments",
)  # fmt: skip


class Brought(NamedTuple):
    """What became of a file: its summary, and the findings of each line that stayed out."""

    summary: Summary
    turned: dict[int, tuple[Finding, ...]]
    noted: dict[int, tuple[Finding, ...]]
    told: list[Entered]

    @property
    def counts(self) -> tuple[int, int, int, int, int, int]:
        """Read, created, updated, unchanged, set aside, rejected."""
        found = self.summary.counts
        return (
            found.read, found.created, found.updated, found.unchanged, found.set_aside,
            found.rejected,
        )  # fmt: skip

    @property
    def batch(self) -> str:
        """The number of the batch."""
        assert self.summary.batch is not None
        return self.summary.batch

    def codes(self, line: int) -> list[str]:
        """Why a line stayed out."""
        return [found.code for found in self.turned[line]]


@cache
def reading() -> Reading:
    return reference.reading(TODAY)


class File:
    """A file of department 44, and what is done with it."""

    def __init__(self, path: Path, author: str = "Camille Essai") -> None:
        self.path = path
        self.visitor = Visitor(path, TODAY, author)
        if not path.exists():
            init_file(path, departments=("44",), site=None)

    def brings(
        self,
        command: type[c.Command],
        text: str,
        *,
        keep_going: bool = False,
        dry_run: bool = False,
        eraser: str | None = None,
    ) -> Brought:
        """Import rows written as CSV (semicolons), the fields in the first line."""
        columns, lines, source = _table(text)
        brought = Brought(None, {}, {}, [])  # type: ignore[arg-type]
        summary = import_rows(
            self.visitor, command, columns, lines, reading(), source,
            turned=lambda line, found: brought.turned.update({line.line: found}),
            warned=lambda line, found: brought.noted.update({line.line: found}),
            keep_going=keep_going, dry_run=dry_run, confirmed=True,
            erasers=(eraser,) if eraser else (),
        )  # fmt: skip
        return brought._replace(summary=summary)

    def takes_over(self, text: str, *, keep_going: bool = False, dry_run: bool = False) -> Brought:
        """Import wide rows written as CSV (semicolons)."""
        columns, lines, source = _table(text)
        brought = Brought(None, {}, {}, [])  # type: ignore[arg-type]
        summary = take_over(
            self.visitor, columns, lines, reading(), source,
            turned=lambda line, found: brought.turned.update({line.line: found}),
            warned=lambda line, found: brought.noted.update({line.line: found}),
            told=brought.told.append, keep_going=keep_going, dry_run=dry_run,
        )  # fmt: skip
        return brought._replace(summary=summary)

    def does(self, command: type[c.Command], **given: str) -> Done:
        """One command by its options, which must go through."""
        read = read_values(command, given, reading())
        assert not isinstance(read, list), [found.sentence for found in read]
        outcome = run(self.visitor, read).outcome
        assert isinstance(outcome, Done), outcome
        return outcome

    def rows(self, query: str, *values: object) -> Rows:
        """What the file holds, read behind the program's back."""
        made = connect(self.path, "rw") if key_named(self.path) else sqlite3.connect(self.path)
        with closing(made) as connection:
            return connection.execute(query, values).fetchall()

    def picture(self, tables: Iterable[str] = STANDING) -> dict[str, Rows]:
        """Every row of these tables, in one order."""
        return {t: sorted(self.rows(f"SELECT * FROM {t}"), key=repr) for t in tables}

    def tables(self) -> list[str]:
        """Every table, the engine's, the migrations' and the seals left out."""
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '*sqlite*'"
            " AND name <> 'seals'"
        )
        return sorted(str(name) for (name,) in self.rows(query))

    def faults(self) -> list[object]:
        """What `agir check` finds."""
        return list(check(self.path))


def outcome(file: File, brought: Brought) -> object:
    """What was said and what stands, ids and instants told from one another but not by value."""
    seen: dict[str, str] = {}

    def masked(value: object) -> object:
        if not isinstance(value, str):
            return value
        plain = re.sub(ULID, lambda found: seen.setdefault(found[0], f"id{len(seen)}"), value)
        return re.sub(r"20\d\d-\d\d-\d\dT[\d:.]+Z", "now", plain)

    standing = {
        name: [tuple(map(masked, row)) for row in file.rows(query)]
        for name, query in _STANDING.items()
    }
    return brought.counts, brought.turned, brought.noted, standing


_BY_REFERENCE = "SELECT {0}.* FROM {0} JOIN dossiers d ON d.id = {0}.dossier ORDER BY d.dossier, "
_STANDING = {
    "dossiers": "SELECT * FROM dossiers ORDER BY dossier",
    "people": "SELECT p.* FROM people p JOIN dossiers d ON d.personne = p.id ORDER BY d.dossier",
    "events": "SELECT e.dossier, kind, effective_from, effective_to, author, e.site, batch, payload"
    " FROM events e JOIN dossiers d ON d.id = e.dossier ORDER BY d.dossier, e.id",
    "texts": "SELECT d.dossier, field, value FROM texts t JOIN events e ON e.id = t.event"
    " JOIN dossiers d ON d.id = e.dossier ORDER BY d.dossier, e.id, field",
    "spans": _BY_REFERENCE.format("spans") + "nature, cause",
    "identities": "SELECT field, former, current FROM identities ORDER BY id",
    "situations": _BY_REFERENCE.format("situations") + "rang",
    "steps": _BY_REFERENCE.format("steps") + "rang",
    "interviews": _BY_REFERENCE.format("interviews") + "rang",
    "appointments": _BY_REFERENCE.format("appointments") + "nature, rang",
    "referents": "SELECT * FROM referents ORDER BY code",
    "counters": "SELECT * FROM counters ORDER BY name",
}


def _table(text: str) -> tuple[list[str], list[Line], Source]:
    header, *rows = csv.reader(io.StringIO(text.strip()), delimiter=";")
    lines = [Line(number, [cell.strip() for cell in row]) for number, row in enumerate(rows, 2)]
    return (
        [h.strip() for h in header],
        lines,
        Source("liste.csv", sha256(text.encode()).hexdigest()),
    )
