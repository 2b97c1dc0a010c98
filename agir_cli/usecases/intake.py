"""Taking the rows of a file in, through the rules of one: whole or not at all, or the good ones.

One transaction for the whole file; rows are decided one after the other, what a chunk of them asks
is read ahead as sets, and memory does not grow with the file.
"""

from __future__ import annotations

import gc
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from agir_cli.domain.commands import Command, Enroll
from agir_cli.domain.events import NOTHING
from agir_cli.domain.reading import PersonReader, RowReader
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.values import Reading
from agir_cli.failures import UsageFailure
from agir_cli.store import backup
from agir_cli.store.batches import Batch, KnownFile, keep_batch, known_file
from agir_cli.store.stamp import now, ulids
from agir_cli.usecases.acts import is_final, perform
from agir_cli.usecases.ledger import Ledger, NotDone, Outcome, Visitor, transaction

CHUNK = 1000
T = TypeVar("T")
SAME_PERSON = frozenset({"meme_personne", "identite_a_confirmer", "personne_effacee"})
_DOUBLES = frozenset({"meme_personne", "deja_inscrit", "agdref_autre_personne", "agdref_deux_fois"})


class Line(NamedTuple):
    """One row of a file: its line number, its cells, and what kept it from being read.

    ``aside``: a fault to be asked about, that keeps no other row out.
    """

    line: int
    cells: Sequence[str]
    fault: str | Finding | None = None
    aside: bool = False


@dataclass(slots=True)
class Counts:
    """What became of the rows: created to rejected, they add up to those that were read."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    set_aside: int = 0
    rejected: int = 0
    warned: int = 0
    final: int = 0
    """Of the rows that went in, those with a caution, and those that used a right up."""

    @property
    def written(self) -> int:
        """How many rows change something."""
        return self.created + self.updated


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
    joined: Mapping[str, str] | None = None
    """Its household codes (keys) of which somebody has said which known households they are."""


Turned = Callable[[Line, tuple[Finding, ...]], None]
Warned = Callable[[Line, tuple[Finding, ...]], None]


class _OpenedLines:
    """Which line opened each dossier: the references of one import follow each other."""

    def __init__(self) -> None:
        self._series: dict[str, tuple[int, array[int]]] = {}

    def add(self, reference: str, line: int) -> None:
        series, _, number = reference.rpartition("-")
        if not series:
            return  # an action of the network: no other row can mean it
        self._series.setdefault(series, (int(number), array("Q")))[1].append(line)

    def line(self, reference: str) -> int | None:
        series, _, number = reference.rpartition("-")
        first, lines = self._series.get(series, (0, array("Q")))
        place = int(number) - first if number.isdigit() else -1
        return lines[place] if 0 <= place < len(lines) else None


class Tally:
    """What became of each row: counted, and told to whom it may concern."""

    def __init__(self, turned: Turned, warned: Warned) -> None:
        self.counts = Counts()
        self._turned = turned
        self._warned = warned
        self._opened = _OpenedLines()

    def unread(self, line: Line, faults: Sequence[Finding]) -> None:
        """Count a row that says nothing that can be read."""
        if line.aside:
            self.counts.set_aside += 1
        else:
            self.counts.rejected += 1
        self._turned(line, tuple(faults))

    def outcome(self, line: Line, outcome: Outcome) -> None:
        """Count a row that was decided."""
        counts = self.counts
        if isinstance(outcome, NotDone):
            self._stays_out(line, outcome)
            return
        if outcome.status == "cree":
            counts.created += 1
            self._opened.add(outcome.reference, line.line)
        elif outcome.status == "modifie":
            counts.updated += 1
        else:
            counts.unchanged += 1
        counts.final += outcome.final
        if outcome.warnings:
            counts.warned += 1
            self._warned(line, outcome.warnings)

    def _stays_out(self, line: Line, outcome: NotDone) -> None:
        if any(found.code in SAME_PERSON for found in outcome.findings):
            self.counts.set_aside += 1
        else:
            self.counts.rejected += 1
        self._turned(line, tuple(map(self._located, outcome.findings)))

    def _located(self, found: Finding) -> Finding:
        """Name a double inside the file by its line; one in the base has its reference."""
        if found.code not in _DOUBLES:
            return found
        reference = found.values.get("premier") or found.values.get("dossier")
        other = self._opened.line(str(reference))
        if other is None:
            return found
        return found._replace(fact=f"{found.fact} — même fichier, ligne {other}")


class Incoming(NamedTuple):
    """A file to take in: what names its cells, its rows, who hears of them, what is asked of it."""

    columns: Sequence[str | None]
    """The field of each cell, or a column of `domain.wide`."""
    lines: Iterable[Line]
    reading: Reading
    source: Source
    turned: Turned
    """Hears of each row that does not go in: rejected, or set aside."""
    warned: Warned
    """Hears of what is to be noted about those that do."""
    again: Iterable[Line] = ()
    """The same rows, to be looked through first."""
    keep_going: bool = False
    """A rejected row does not keep the whole file out; a row set aside never does."""
    dry_run: bool = False
    confirmed: bool = False
    erasers: Sequence[str] = ()
    usual: Mapping[str, Any] = NOTHING
    progress: Callable[[int], None] | None = None


# --- a file of one command ---------------------------------------------------------------


def import_rows(visitor: Visitor, command: type[Command], file: Incoming) -> Summary:
    """Take a file: every row decided by the rules of its command.

    Final acts want ``confirmed``, else `UsageFailure` and nothing is written.
    """
    tally = Tally(file.turned, file.warned)
    reader = RowReader(command, file.columns, file.reading, file.erasers, file.usual)
    witness = PersonReader(command, file.columns, file.reading)

    def decide(ledger: Ledger, line: Line, command: Command) -> Outcome:
        if not (file.confirmed or file.dry_run):
            _want_confirmation(ledger, line, command)
        return perform(ledger, command, from_file=True, said=witness.read(line.cells))

    def enter(ledger: Ledger, line: Line, command: Command) -> None:
        tally.outcome(line, ledger.row(partial(decide, ledger, line, command)))

    return take_in(
        visitor, command.verb, file, tally,
        read=reader.read, asks=lambda command: command, enter=enter,
    )  # fmt: skip


def _want_confirmation(ledger: Ledger, line: Line, command: Command) -> None:
    if is_final(command, ledger.context.rulebook):
        raise UsageFailure(
            f"Ligne {line.line} : cet acte est définitif ; un fichier qui en contient demande"
            " --yes.",
            "Rien n'a été enregistré. Pour relire avant : --dry-run.",
        )


_WHO = frozenset({"dossier", "agdref", "nom", "prenoms", "date_naissance", "menage", "rejoint"})


def _households_ahead(ledger: Ledger, file: Incoming) -> None:
    """Ask of a whole file which known households its codes mean, before any of its rows is decided.

    Whoever comes first in the file, the same codes are the same families.
    """
    if "menage" not in file.columns or not ledger.households.any:
        return
    known = [name if name in _WHO else None for name in file.columns]
    reader = RowReader(Enroll, known, file.reading)
    for chunk in _chunks(file.again):
        read = [reader.read(line.cells) for line in chunk if line.fault is None]
        ledger.read_households([each for each in read if isinstance(each, Enroll) and each.menage])


# --- any file -----------------------------------------------------------------------------


class _NothingKept(Exception):
    """Leaves the transaction so that nothing of it stays."""


def take_in(
    visitor: Visitor,
    verb: str,
    file: Incoming,
    tally: Tally,
    *,
    read: Callable[[Sequence[str]], T | list[Finding]],
    asks: Callable[[T], Command],
    enter: Callable[[Ledger, Line, T], None],
) -> Summary:
    """Take the rows of a file in one transaction: whole, or (``keep_going``) what is good of it.

    ``read`` makes a row of its cells, or says every fault;
    ``asks`` gives the command whose questions are read ahead for it; ``enter`` decides it and
    counts its outcome. The batch is kept so that it can be recognised, listed and undone.
    """
    counts, batch, source = tally.counts, next(ulids()), file.source
    known: KnownFile | None = None
    written = False
    try:
        with (
            transaction(visitor, batch=batch, digest=source.digest, joined=source.joined) as ledger,
            _uncollected(),
        ):
            known = known_file(ledger.connection, source.digest, verb)
            _households_ahead(ledger, file)
            for number, chunk in enumerate(_chunks(file.lines)):
                if number == 1 and not file.dry_run:  # a large file
                    backup.before(visitor.path, backup.IMPORT)
                rows = [(line, unreadable(line) or read(line.cells)) for line in chunk]
                ledger.read_ahead([asks(row) for _, row in rows if not isinstance(row, list)])
                for line, row in rows:
                    counts.read += 1
                    if isinstance(row, list):
                        tally.unread(line, row)
                    else:
                        enter(ledger, line, row)
                if file.progress is not None:
                    file.progress(counts.read)
            ledger.write()
            if file.dry_run or (counts.rejected and not file.keep_going):
                raise _NothingKept
            if counts.written:
                _keep(ledger, batch, verb, source, counts)
                written = True
    except _NothingKept:
        pass
    return Summary(counts, batch if written else None, known, written)


def _keep(ledger: Ledger, batch: str, verb: str, source: Source, counts: Counts) -> None:
    kept = Batch(
        batch, verb, source.name, counts.read, counts.created, counts.updated, counts.unchanged,
        counts.set_aside, counts.rejected, now(), ledger.stamp.author, None,
    )  # fmt: skip
    keep_batch(ledger.connection, kept, source.digest)


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    iterator = iter(lines)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def unreadable(line: Line) -> list[Finding]:
    """Why a line could not be read, if it could not."""
    if isinstance(line.fault, Finding):
        return [line.fault]
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
