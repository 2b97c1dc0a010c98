"""Taking rows in from a file: what is counted, told and kept, whatever the rows say.

One transaction for the whole file; rows are decided by chunks, and memory does not grow with it.
"""

from __future__ import annotations

import gc
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from agir_cli.domain.reasons import Finding, finding
from agir_cli.store.driver import Connection
from agir_cli.store.stamp import now, ulids
from agir_cli.usecases.desk import Desk, NotDone, Outcome
from agir_cli.usecases.office import Visitor, at_desk

SAME_PERSON = frozenset({"meme_personne", "identite_a_confirmer"})
_DOUBLES = frozenset({"meme_personne", "deja_inscrit", "agdref_autre_personne", "agdref_deux_fois"})


class Line(NamedTuple):
    """One row of a file: its line number, its cells, and what kept it from being read."""

    line: int
    cells: Sequence[str]
    fault: str | None = None


@dataclass(slots=True)
class Counts:
    """The six counts; the last five add up to the first."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    set_aside: int = 0
    rejected: int = 0
    warned: int = 0
    final: int = 0
    """Rows that used a right up."""

    @property
    def written(self) -> int:
        """How many rows change something."""
        return self.created + self.updated


class KnownFile(NamedTuple):
    """This very file has been imported before."""

    recorded_at: str
    author: str
    batch: str


class Summary(NamedTuple):
    """What became of a file."""

    counts: Counts
    batch: str | None
    known: KnownFile | None
    written: bool


class Source(NamedTuple):
    """The file a batch comes from."""

    name: str
    digest: str


Turned = Callable[[Line, tuple[Finding, ...]], None]
Warned = Callable[[Line, tuple[Finding, ...]], None]


class _OpenedLines:
    """By which line each reference was opened: references of one import follow each other."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[int, array[int]]] = {}

    def add(self, references: Sequence[str], lines: Sequence[int]) -> None:
        (series, first), (same, last) = _numbered(references[0]), _numbered(references[-1])
        if len(references) > 1 and (series != same or last - first != len(references) - 1):
            for reference, line in zip(references, lines, strict=True):
                self.add([reference], [line])
            return
        begun, known = self._runs.setdefault(series, (first, array("Q")))
        known.extend([0] * (first - begun - len(known)))
        known.extend(lines)

    def line(self, reference: str) -> int | None:
        series, _, number = reference.rpartition("-")
        first, lines = self._runs.get(series, (0, array("Q")))
        place = int(number) - first if number.isdigit() else -1
        return lines[place] or None if 0 <= place < len(lines) else None


def _numbered(reference: str) -> tuple[str, int]:
    series, _, number = reference.rpartition("-")
    return series, int(number)


class Tally:
    """What became of each row: counted, and told to whom it may concern."""

    def __init__(self, turned: Turned, warned: Warned) -> None:
        self.counts = Counts()
        self._turned = turned
        self._warned = warned
        self._opened = _OpenedLines()

    def unread(self, line: Line, faults: Sequence[Finding]) -> None:
        """A row that says nothing that can be read."""
        self.counts.rejected += 1
        self._turned(line, tuple(faults))

    def outcome(self, line: Line, outcome: Outcome) -> None:
        """A row that was decided."""
        counts = self.counts
        if isinstance(outcome, NotDone):
            self._stays_out(line, outcome)
            return
        if outcome.status == "cree":
            self.opened([line.line], [outcome.reference])
        elif outcome.status == "modifie":
            counts.updated += 1
        else:
            counts.unchanged += 1
        self.noted(line, outcome.warnings)

    def opened(self, lines: Sequence[int], references: Sequence[str]) -> None:
        """Rows that opened dossiers, in their order."""
        self.counts.created += len(lines)
        self._opened.add(references, lines)

    def noted(self, line: Line, warnings: tuple[Finding, ...]) -> None:
        """What is to be noted about a row that goes in, if anything is."""
        if warnings:
            self.counts.warned += 1
            self._warned(line, warnings)

    def _stays_out(self, line: Line, outcome: NotDone) -> None:
        if any(found.code in SAME_PERSON for found in outcome.findings):
            self.counts.set_aside += 1
        else:
            self.counts.rejected += 1
        self._turned(line, tuple(map(self._located, outcome.findings)))

    def _located(self, found: Finding) -> Finding:
        """A double inside the file is told by its line, one in the base by its reference."""
        if found.code not in _DOUBLES:
            return found
        reference = found.values.get("premier") or found.values.get("dossier")
        other = self._opened.line(str(reference))
        if other is None:
            return found
        return found._replace(fact=f"{found.fact} — même fichier, ligne {other}")


class _NothingKept(Exception):
    """Leaves the transaction so that nothing of it stays."""


def take_in(
    visitor: Visitor,
    verb: str,
    source: Source,
    tally: Tally,
    work: Callable[[Desk], None],
    *,
    keep_going: bool,
    dry_run: bool,
) -> Summary:
    """Do ``work`` on a desk in one transaction: whole, or (``keep_going``) what is good of it.

    The batch is kept so that it can be recognised, listed and undone.
    """
    counts, batch = tally.counts, next(ulids())
    known: KnownFile | None = None
    written = False
    try:
        with at_desk(visitor, batch=batch) as desk, _uncollected():
            known = known_file(desk.connection, source.digest, verb)
            work(desk)
            if dry_run or (counts.rejected and not keep_going):
                raise _NothingKept
            if counts.written:
                keep_batch(desk, batch, verb, source, counts)
                written = True
    except _NothingKept:
        pass
    return Summary(counts, batch if written else None, known, written)


def chunks(lines: Iterable[Line], size: int) -> Iterator[list[Line]]:
    """The lines, so many at a time."""
    iterator = iter(lines)
    while chunk := list(islice(iterator, size)):
        yield chunk


def unreadable(line: Line) -> list[Finding]:
    """Why a line could not be read, if it could not."""
    return [finding("ligne_illisible", faute=line.fault)] if line.fault is not None else []


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles meanwhile: it costs a third of a load, and frozen values make none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def known_file(connection: Connection, digest: str, verb: str) -> KnownFile | None:
    """When this very file was last imported by this command, and not undone since."""
    row = connection.execute(
        "SELECT enregistre_le, auteur, id FROM batches WHERE empreinte = ? AND commande = ?"
        " AND annule_par IS NULL ORDER BY id DESC LIMIT 1",
        (digest, verb),
    ).fetchone()
    return KnownFile(*row) if row else None


def keep_batch(desk: Desk, batch: str, verb: str, source: Source, counts: Counts) -> None:
    """Keep an import among the batches, so that it can be listed and undone."""
    desk.connection.execute(
        "INSERT INTO batches (id, commande, fichier, empreinte, lus, crees, modifies, inchanges,"
        " mis_de_cote, rejetes, enregistre_le, auteur) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            batch, verb, source.name, source.digest, counts.read, counts.created, counts.updated,
            counts.unchanged, counts.set_aside, counts.rejected, now(), desk.stamp.author,
        ),
    )  # fmt: skip
