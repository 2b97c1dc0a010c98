"""The file door of the command line: read a file, pass its rows to the rules, tell what became.

Joins `exchange` (bytes to rows) and `usecases.batches` (rows to decisions); decides nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from agir_cli.cli.file_lines import Report, lines_of
from agir_cli.cli.heading_check import check_header
from agir_cli.cli.mappings import headings, load_mapping, save_mapping
from agir_cli.cli.screen import french_stored, plain, plural, say, shell_line, tell
from agir_cli.cli.session import Session, reading_for, visitor_of
from agir_cli.domain.commands import Command, field_names
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.reading import WITNESSES
from agir_cli.exchange.headers import Matching, match_headers, recogniser
from agir_cli.exchange.headers import headings as shipped_headings
from agir_cli.exchange.rejects import Rejects
from agir_cli.exchange.tables import OpenTable, open_table
from agir_cli.usecases.batches import import_rows
from agir_cli.usecases.intake import Counts, Source, Summary


class FileOptions(NamedTuple):
    """The options that go with `--from`."""

    source: str
    rejects: str | None = None
    dry_run: bool = False
    keep_going: bool = False
    sheet: str | None = None
    mapping: tuple[str, ...] = ()
    save_map: str | None = None
    use_map: str | None = None
    yes: bool = False
    blank: str | None = None


def import_file(session: Session, command: type[Command], options: FileOptions) -> int:
    """Take a file through the rules of a command; the exit code (0, or 5 when rows stay out)."""
    known = _known_fields(command)
    with open_file(session, command, options, known, _label) as (table, matching, report):
        summary = import_rows(
            visitor_of(session), command, matching.columns, lines_of(table, matching, report),
            reading_for(command, session), Source(table.name, table.sha256),
            turned=report.turned, warned=report.warned,
            keep_going=options.keep_going, dry_run=options.dry_run,
            confirmed=options.yes, eraser=options.blank, progress=report.progress,
        )  # fmt: skip
        again = (*command.verb.split(), "--from")
        return tell_summary(session, summary, report, options, again)


@contextmanager
def open_file(
    session: Session,
    command: type[Command],
    options: FileOptions,
    known: Mapping[str, Sequence[str]],
    label: Callable[[str], str],
) -> Iterator[tuple[OpenTable, Matching, Report]]:
    """A file whose headings are matched, with what hears of its rows.

    ``known``: the columns it may have, each with the headings that mean it; ``label``: how a
    sentence calls one (French). Raises `RowsFailure` where a row could not be one of ``command``.
    """
    mapping = headings(options.mapping, load_mapping(options.use_map))
    if options.save_map:
        save_mapping(options.save_map, mapping)
    with ExitStack() as stack:
        table = stack.enter_context(
            open_table(options.source, sheet=options.sheet, known=recogniser(known, mapping))
        )
        matching = match_headers(table.header, known, mapping)
        table.read = frozenset(place for place, name in enumerate(matching.columns) if name)
        say(session, table.described)
        check_header(session, matching, command, known, label)
        report = Report(session, table, matching)
        if options.rejects:
            report.rejects = stack.enter_context(Rejects(options.rejects, table))
        yield table, matching, report


def _label(name: str) -> str:
    return FIELDS[name].label


def _known_fields(command: type[Command]) -> dict[str, tuple[str, ...]]:
    names = dict.fromkeys((*field_names(command), *WITNESSES))
    return {name: shipped_headings().get(name, ()) for name in names if name != "malgre"}


def tell_summary(
    session: Session, summary: Summary, report: Report, options: FileOptions, again: Sequence[str]
) -> int:
    """Print what became of a file, on stderr; the exit code (0, or 5 when rows stay out).

    ``again``: the words of the command after « agir », up to the file.
    """
    counts = summary.counts
    report.tell()
    if summary.known is not None:
        day = french_stored(summary.known.recorded_at[:10])
        say(session, f"Ce fichier est connu : importé le {day} par {summary.known.author}.")
    tell(_counted(counts), stream=sys.stderr)
    if counts.final:
        say(session, f"Fins définitives dans ce fichier : {counts.final} (le droit est épuisé).")
    if options.dry_run:
        say(session, "Essai (--dry-run) : rien n'a été enregistré.")
    elif counts.rejected and not options.keep_going:
        print("Rien n'a été enregistré : corrigez les lignes dites plus haut, ou --keep-going garde"
              " les bonnes.", file=sys.stderr)  # fmt: skip
    elif summary.batch is not None:
        say(session, f"Pour annuler ce fichier : agir undo {summary.batch}")
    if options.rejects and report.rejects is not None and report.rejects.count:
        _tell_rejects(session, summary, report.rejects.count, options, again)
    return 5 if counts.rejected or counts.set_aside else 0


def _tell_rejects(
    session: Session, summary: Summary, count: int, options: FileOptions, again: Sequence[str]
) -> None:
    """Where the rows to correct are, and the command that takes them once they are corrected."""
    told = f"{count} {plural(count, 'ligne')} à corriger dans {options.rejects}"
    if options.dry_run or (summary.counts.rejected and not options.keep_going):
        say(session, f"{told}, pour relire : les bonnes lignes n'y sont pas.")
        return
    say(session, f"{told} ; une fois ce fichier corrigé, tapez :")
    if not session.quiet:
        # In one piece, to be pasted, whatever the width of the screen.
        print(plain(f"  {command_again(session, options, again)}"), file=sys.stderr)


def command_again(session: Session, options: FileOptions, again: Sequence[str]) -> str:
    """The command that takes the rejects: into the same file, with the same headings and signs.

    A sheet is not said again: rejects have one.
    """
    file = str(session.db)
    named = session.db_given and os.environ.get("AGIR_DB") != file
    words = ["agir", *(["--db", file] if named else []), *again, options.rejects or ""]
    if options.save_map:
        words += ["--use-map", options.save_map]
    else:
        words += [word for text in options.mapping for word in ("--map", text)]
        words += ["--use-map", options.use_map] if options.use_map else []
    words += ["--blank", options.blank] if options.blank else []
    words += ["--yes"] if options.yes else []
    return shell_line(*words)


def _counted(counts: Counts) -> str:
    return (
        f"lus {counts.read} = créés {counts.created} + modifiés {counts.updated}"
        f" + inchangés {counts.unchanged} + mis de côté {counts.set_aside}"
        f" + rejetés {counts.rejected}"
    )
