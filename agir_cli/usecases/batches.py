"""Many rows at once, through the same rules as one: whole or not at all, or the good ones.

What a chunk asks is loaded as sets, and what it decides is written at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from agir_cli.domain.commands import Command, Enroll
from agir_cli.domain.reading import RowReader
from agir_cli.domain.values import Reading
from agir_cli.domain.witness import WitnessReader
from agir_cli.failures import UsageFailure
from agir_cli.usecases.acts import is_final, perform
from agir_cli.usecases.crew import crew
from agir_cli.usecases.desk import Desk
from agir_cli.usecases.foresight import Foreseen, Foresight, Setting
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
from agir_cli.usecases.openings import open_foreseen

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
        with crew(setting if command is Enroll else None) as helpers:
            for chunk, foreseen in helpers.in_turn(chunks(lines, CHUNK)):
                used = _take(desk, reader, witness, tally, chunk, foreseen, confirmed or dry_run)
                if foreseen and used < WORTH_IT * len(chunk):
                    helpers.dismiss()
                if progress is not None:
                    progress(tally.counts.read)

    return take_in(
        visitor, command.verb, source, tally, work, keep_going=keep_going, dry_run=dry_run
    )


def _take(
    desk: Desk,
    reader: RowReader,
    witness: WitnessReader,
    tally: Tally,
    chunk: list[Line],
    foreseen: Foresight | None,
    confirmed: bool,
) -> int:
    """Decide the rows of a chunk and write what they do; how many were as foreseen."""
    used = 0
    known: list[Foreseen | None] = foreseen.rows if foreseen else [None] * len(chunk)
    read = [
        None if found is not None else unreadable(line) or reader.read(line.cells)
        for line, found in zip(chunk, known, strict=True)
    ]
    desk.prepare([c for c in read if isinstance(c, Command)], foreseen)
    for line, command, found in zip(chunk, read, known, strict=True):
        tally.counts.read += 1
        done = found and open_foreseen(desk, found, partial(reader.read, line.cells))
        if done is not None:
            used += 1
            tally.outcome(line, done)
            continue
        command = reader.read(line.cells) if command is None else command
        if not isinstance(command, Command):
            tally.unread(line, command)
            continue
        if not confirmed:
            _want_confirmation(desk, line, command)
        said = witness.read(line.cells)
        tally.outcome(line, perform(desk, command, from_file=True, said=said))
    desk.save()
    return used


def _want_confirmation(desk: Desk, line: Line, command: Command) -> None:
    if is_final(command, desk.context.rulebook):
        raise UsageFailure(
            f"Ligne {line.line} : cet acte est définitif ; un fichier qui en contient demande"
            " --yes.",
            "Rien n'a été enregistré. Pour relire avant : --dry-run.",
        )
