"""Many rows at once, through the same rules as one: whole or not at all, or the good ones.

Rows are decided by chunks: what a chunk asks is loaded as sets, what it decides is written at
once, and memory does not grow with the file. All of it is one transaction.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from agir_cli.domain.commands import Command
from agir_cli.domain.reading import RowReader
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.values import Reading
from agir_cli.failures import UsageFailure
from agir_cli.store.driver import Connection
from agir_cli.store.stamp import now, ulids
from agir_cli.usecases.acts import is_final, perform
from agir_cli.usecases.desk import Desk, NotDone, Outcome
from agir_cli.usecases.office import Visitor, at_desk

CHUNK = 1000
SAME_PERSON = frozenset({"meme_personne", "identite_a_confirmer"})


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


class _Refused(Exception):
    """Leaves the transaction so that nothing of it stays."""


def import_rows(
    visitor: Visitor,
    command: type[Command],
    columns: Sequence[str | None],
    lines: Iterable[Line],
    reading: Reading,
    source: Source,
    *,
    turned: Turned,
    warned: Warned,
    keep_going: bool = False,
    dry_run: bool = False,
    confirmed: bool = False,
    eraser: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Take a file: every row decided by the rules of its command.

    ``columns`` names the field of each cell. ``turned`` hears of each row that does not go in
    (rejected, or set aside), ``warned`` of what is to be noted about those that do. A rejected
    row keeps the whole file out unless ``keep_going``; a row set aside stops no other. Final
    acts want ``confirmed``, else `UsageFailure` and nothing is written.
    """
    counts, batch = Counts(), next(ulids())
    known: KnownFile | None = None
    written = False
    try:
        with at_desk(visitor, batch=batch) as desk, _uncollected():
            known = known_file(desk.connection, source.digest, command.verb)
            worker = _Worker(
                desk, RowReader(command, columns, reading, eraser), counts, turned, warned
            )
            worker.confirmed = confirmed or dry_run
            for chunk in _chunks(lines):
                worker.take(chunk)
                if progress is not None:
                    progress(counts.read)
            if dry_run or (counts.rejected and not keep_going):
                raise _Refused
            if counts.written:
                keep_batch(desk, batch, command.verb, source, counts)
                written = True
    except _Refused:
        pass
    return Summary(counts, batch if written else None, known, written)


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


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    iterator = iter(lines)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


class _Worker:
    def __init__(
        self, desk: Desk, reader: RowReader, counts: Counts, turned: Turned, warned: Warned
    ) -> None:
        self._desk = desk
        self._reader = reader
        self._counts = counts
        self._turned = turned
        self._warned = warned
        self._opened: dict[str, int] = {}
        self.confirmed = True

    def take(self, chunk: list[Line]) -> None:
        """Decide the rows of a chunk and write what they do."""
        read = [(line, self._read(line)) for line in chunk]
        self._desk.prepare([c for _, c in read if isinstance(c, Command)])
        for line, command in read:
            self._counts.read += 1
            if isinstance(command, Command):
                self._confirm(line, command)
                self._count(line, perform(self._desk, command, from_file=True))
            else:
                self._counts.rejected += 1
                self._turned(line, tuple(command))
        self._desk.save()

    def _confirm(self, line: Line, command: Command) -> None:
        if not self.confirmed and is_final(command, self._desk.context.rulebook):
            raise UsageFailure(
                f"Ligne {line.line} : cet acte est définitif ; un fichier qui en contient demande"
                " --yes.",
                "Rien n'a été enregistré. Pour relire avant : --dry-run.",
            )

    def _read(self, line: Line) -> Command | list[Finding]:
        if line.fault is not None:
            return [finding("ligne_illisible", faute=line.fault)]
        return self._reader.read(line.cells)

    def _count(self, line: Line, outcome: Outcome) -> None:
        counts = self._counts
        if isinstance(outcome, NotDone):
            self._turn(line, outcome)
            return
        if outcome.status == "cree":
            counts.created += 1
            self._opened[outcome.reference] = line.line
        elif outcome.status == "modifie":
            counts.updated += 1
        else:
            counts.unchanged += 1
        if outcome.warnings:
            counts.warned += 1
            self._warned(line, outcome.warnings)

    def _turn(self, line: Line, outcome: NotDone) -> None:
        same_person = any(f.code in SAME_PERSON for f in outcome.findings)
        if same_person:
            self._counts.set_aside += 1
        else:
            self._counts.rejected += 1
        self._turned(line, tuple(map(self._located, outcome.findings)))

    def _located(self, found: Finding) -> Finding:
        """A double inside the file is told by its line, one in the base by its reference."""
        other = self._opened.get(str(found.values.get("premier") or found.values.get("dossier")))
        if other is None or found.code not in ("meme_personne", "deja_inscrit"):
            return found
        return found._replace(fact=f"{found.fact} — même fichier, ligne {other}")


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
