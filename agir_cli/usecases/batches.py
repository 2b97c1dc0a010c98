"""Many rows at once, through the same rules as one: whole or not at all, or the good ones.

What a chunk asks is loaded as sets, and what it decides is written at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from agir_cli.domain.commands import Command
from agir_cli.domain.reading import RowReader
from agir_cli.domain.values import Reading
from agir_cli.domain.witness import WitnessReader
from agir_cli.failures import UsageFailure
from agir_cli.usecases.acts import is_final, perform
from agir_cli.usecases.desk import Desk
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
        for chunk in chunks(lines, CHUNK):
            _take(desk, reader, witness, tally, chunk, confirmed or dry_run)
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
    confirmed: bool,
) -> None:
    """Decide the rows of a chunk and write what they do."""
    read = [(line, unreadable(line) or reader.read(line.cells)) for line in chunk]
    desk.prepare([command for _, command in read if isinstance(command, Command)])
    for line, command in read:
        tally.counts.read += 1
        if not isinstance(command, Command):
            tally.unread(line, command)
            continue
        if not confirmed:
            _want_confirmation(desk, line, command)
        said = witness.read(line.cells)
        tally.outcome(line, perform(desk, command, from_file=True, said=said))
    desk.save()


def _want_confirmation(desk: Desk, line: Line, command: Command) -> None:
    if is_final(command, desk.context.rulebook):
        raise UsageFailure(
            f"Ligne {line.line} : cet acte est définitif ; un fichier qui en contient demande"
            " --yes.",
            "Rien n'a été enregistré. Pour relire avant : --dry-run.",
        )
