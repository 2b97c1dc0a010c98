"""Many rows at once, through the same rules as one: whole or not at all, or the good ones.

What a chunk asks is loaded as sets, and what it decides is written at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from agir_cli.domain.commands import Command, Enroll
from agir_cli.domain.decisions.common import Accepted
from agir_cli.domain.reading import RowReader
from agir_cli.domain.values import Reading
from agir_cli.domain.witness import WitnessReader
from agir_cli.failures import UsageFailure
from agir_cli.store.pages import Numbers
from agir_cli.usecases.acts import is_final, perform
from agir_cli.usecases.ahead import only_ones
from agir_cli.usecases.crew import crew
from agir_cli.usecases.desk import Desk, Done
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
from agir_cli.usecases.openings import decided_again

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
    known: list[Foreseen | None] = foreseen.rows if foreseen else [None] * len(chunk)
    read = [
        None if found is not None else unreadable(line) or reader.read(line.cells)
        for line, found in zip(chunk, known, strict=True)
    ]

    def again(found: Foreseen, numbers: Numbers) -> Accepted:
        command = cast(Enroll, reader.read(chunk[known.index(found)].cells))
        return decided_again(found, numbers, command, desk.context)

    commands = [command for command in read if isinstance(command, Command)]
    desk.prepare(commands, foreseen, again)
    alone = only_ones(known, commands)
    run: list[tuple[Line, Foreseen]] = []
    used = 0
    for line, command, found in zip(chunk, read, known, strict=True):
        tally.counts.read += 1
        if found and found.place in alone and not desk.persons.knows(found.number, found.key):
            run.append((line, found))
            continue
        used += _open(desk, tally, run)
        command = reader.read(line.cells) if command is None else command
        if not isinstance(command, Command):
            tally.unread(line, command)
            continue
        if not confirmed:
            _want_confirmation(desk, line, command)
        said = witness.read(line.cells)
        tally.outcome(line, perform(desk, command, from_file=True, said=said))
    used += _open(desk, tally, run)
    desk.save()
    return used


def _open(desk: Desk, tally: Tally, run: list[tuple[Line, Foreseen]]) -> int:
    """Open the dossiers of rows that follow each other, as they were foreseen; how many."""
    if not run:
        return 0
    numbers = desk.open_foreseen([found for _, found in run])
    for (line, found), (_, dossier, reference) in zip(run, numbers, strict=True):
        warnings = told_of(found, reference) if found.warnings else ()
        tally.outcome(line, Done("cree", dossier, reference, warnings))
    run.clear()
    return len(numbers)


def _want_confirmation(desk: Desk, line: Line, command: Command) -> None:
    if is_final(command, desk.context.rulebook):
        raise UsageFailure(
            f"Ligne {line.line} : cet acte est définitif ; un fichier qui en contient demande"
            " --yes.",
            "Rien n'a été enregistré. Pour relire avant : --dry-run.",
        )
