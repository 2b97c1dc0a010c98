"""Many rows at once, through the same rules as one: whole or not at all, or the good ones.

What a chunk asks is loaded as sets, and what it decides is written at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from agir_cli.domain.commands import Command, Enroll
from agir_cli.domain.reading import RowReader, WitnessReader
from agir_cli.domain.reasons import Finding
from agir_cli.domain.values import Reading
from agir_cli.failures import UsageFailure
from agir_cli.usecases.acts import is_final, perform
from agir_cli.usecases.crew import crew
from agir_cli.usecases.desk import Desk
from agir_cli.usecases.foresight import Foreseen, Foresight, Setting, told_of
from agir_cli.usecases.intake import (
    Line,
    Source,
    Summary,
    Tally,
    Turned,
    Warned,
    chunks,
    take_in,
    unreadable,
)
from agir_cli.usecases.office import Visitor

CHUNK = 1000
WORTH_IT = 0.5
"""How much of a chunk has to be as foreseen; a file said again is about persons already known."""


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
    tally = Tally(turned, warned)
    reader = RowReader(command, columns, reading, eraser)
    witness = WitnessReader(command, columns, reading)

    def work(desk: Desk) -> None:
        setting = Setting(
            tuple(columns), eraser, desk.department, visitor.today, desk.context.rulebook
        )
        reception = _Reception(desk, reader, witness, tally, confirmed or dry_run)
        with crew(setting if command is Enroll else None) as called:
            for chunk, foreseen in called.in_turn(chunks(lines, CHUNK)):
                used = reception.take(chunk, foreseen)
                if foreseen and used < WORTH_IT * len(chunk):
                    called.dismiss()
                if progress is not None:
                    progress(tally.counts.read)

    return take_in(
        visitor, command.verb, source, tally, work, keep_going=keep_going, dry_run=dry_run
    )


class _Reception:
    """Where the rows come in, each on its turn."""

    def __init__(
        self,
        desk: Desk,
        reader: RowReader,
        witness: WitnessReader,
        tally: Tally,
        confirmed: bool,
    ) -> None:
        self._desk = desk
        self._reader = reader
        self._witness = witness
        self._tally = tally
        self._confirmed = confirmed

    def take(self, chunk: list[Line], foreseen: Foresight | None) -> int:
        """Decide the rows of a chunk and write what they do; how many were as foreseen."""
        known = foreseen.rows if foreseen is not None else [None] * len(chunk)
        read = [
            self._read(line) if found is None else None
            for line, found in zip(chunk, known, strict=True)
        ]
        self._desk.prepare([c for c in read if isinstance(c, Command)], foreseen)
        expected = [found for found in known if found is not None]
        if len(expected) == len(chunk) and self._desk.takes(expected):
            used = self._open(list(zip(chunk, expected, strict=True)))
        else:
            used = self._each(chunk, read, known)
        self._desk.save()
        return used

    def _each(
        self,
        chunk: Sequence[Line],
        read: Sequence[Command | list[Finding] | None],
        known: Sequence[Foreseen | None],
    ) -> int:
        """Decide row after row; how many were as foreseen."""
        run: list[tuple[Line, Foreseen]] = []
        used = 0
        for line, command, found in zip(chunk, read, known, strict=True):
            if found is not None and self._desk.takes([found]):
                run.append((line, found))
                continue
            used += self._open(run)
            self._decide(line, self._read(line) if command is None else command)
        return used + self._open(run)

    def _read(self, line: Line) -> Command | list[Finding]:
        return unreadable(line) or self._reader.read(line.cells)

    def _decide(self, line: Line, command: Command | list[Finding]) -> None:
        self._tally.counts.read += 1
        if not isinstance(command, Command):
            self._tally.unread(line, command)
            return
        if not self._confirmed:
            _want_confirmation(self._desk, line, command)
        said = self._witness.read(line.cells)
        self._tally.outcome(line, perform(self._desk, command, from_file=True, said=said))

    def _open(self, run: list[tuple[Line, Foreseen]]) -> int:
        """Open the dossiers of rows that follow each other, as they were foreseen; how many."""
        if not run:
            return 0
        numbers = self._desk.open_foreseen([found for _, found in run])
        references = [given.reference for given in numbers]
        self._tally.opened([line.line for line, _ in run], references)
        for (line, found), reference in zip(run, references, strict=True):
            if found.warnings:
                self._tally.noted(line, told_of(found, reference))
        self._tally.counts.read += len(run)
        run.clear()
        return len(numbers)


def _want_confirmation(desk: Desk, line: Line, command: Command) -> None:
    if is_final(command, desk.context.rulebook):
        raise UsageFailure(
            f"Ligne {line.line} : cet acte est définitif ; un fichier qui en contient demande"
            " --yes.",
            "Rien n'a été enregistré. Pour relire avant : --dry-run.",
        )
