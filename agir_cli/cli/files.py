"""The file door of the command line: read a file, pass its rows to the rules, tell what became.

Joins `exchange` (bytes to rows) and `usecases.batches` (rows to decisions); decides nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from agir_cli.cli.doors import french_stored, reading_for, visitor_of
from agir_cli.cli.heading_check import check_header
from agir_cli.cli.mappings import headings, load_mapping, save_mapping
from agir_cli.cli.screen import is_terminal, plain, plural, say, tell
from agir_cli.cli.session import Session
from agir_cli.cli.typed import typed
from agir_cli.domain.commands import Command, field_names
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.noticed import NOTICED, noticed
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.witness import WITNESSES
from agir_cli.exchange.accents import spelled_out
from agir_cli.exchange.headers import Matching, match_headers, recogniser
from agir_cli.exchange.rejects import EMPTY_IT, STILL_UNREAD, UNREAD, Fault, Rejects
from agir_cli.exchange.rows import lost_accents
from agir_cli.exchange.synonyms import SYNONYMS
from agir_cli.exchange.tables import Table, open_table
from agir_cli.usecases.batches import import_rows
from agir_cli.usecases.intake import Counts, Line, Source, Summary

SHOWN = 30
LONG = 5000
# Their sentence, with the name of the column, leaves nothing to add.
_WHOLE = frozenset({"avant_etape", "illisible", "ambigu", "obligatoire"})

_NAMES = frozenset({"nom", "prenoms", "nom_usage"})
_HTML = "nom écrit en codes HTML (&iuml;), lu comme il s'affiche."
_NOTHING_READ = "rien n'est rempli dans les colonnes lues, laissé de côté."


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
) -> Iterator[tuple[Table, Matching, Report]]:
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
    return {name: SYNONYMS.get(name, ()) for name in names if name != "malgre"}


def lines_of(table: Table, matching: Matching, report: Report) -> Iterator[Line]:
    """The rows of a table, their numbers whole again where a leading zero was surely lost.

    A row with nothing in the columns that are read (numbered in advance…) is none: a note.
    """
    watched = [(n, name) for n, name in enumerate(matching.columns) if name in NOTICED]
    names = [n for n, name in enumerate(matching.columns) if name in _NAMES]
    read = [place for place, name in enumerate(matching.columns) if name]
    for line, cells, fault in table.rows():
        if fault is None and not any(cells[place].strip() for place in read):
            report.left_out(line)
            continue
        for place in names if fault is None else ():
            fault = fault or _name_fault(line, cells, place, report)
        for place, name in watched if fault is None else ():
            text, sentence = noticed(name or "", cells[place])
            if sentence:
                cells[place] = report.restored(line, text, sentence)
        yield Line(line, cells, fault)


def _name_fault(line: int, cells: list[str], place: int, report: Report) -> str | None:
    """Why a name cannot be read; one in HTML codes is put as it is shown."""
    text, damaged = spelled_out(cells[place])
    if text != cells[place]:
        cells[place] = report.restored(line, text, _HTML)
    return lost_accents(damaged) if damaged else None


class Report:
    """Hears of every row that does not go in, and of what is to be noted about the others."""

    def __init__(self, session: Session, table: Table, matching: Matching) -> None:
        self.rejects: Rejects | None = None
        self._session = session
        self.name = table.name
        self._table = table
        self._columns = {name: place for place, name in enumerate(matching.columns) if name}
        self._told: list[str] = []
        self._more = 0
        self._notes: dict[str, list[int]] = {}
        self._bar = False

    def turned(self, line: Line, findings: tuple[Finding, ...]) -> None:
        """A row is rejected, or set aside."""
        line, findings = self._unread(line, findings)
        faults = [self._fault(line, found) for found in findings]
        if self.rejects is not None:
            from agir_cli.exchange.rows import Row

            self.rejects.add(Row(line.line, list(line.cells), line.fault), faults)
        for fault in faults:
            if len(self._told) < SHOWN:
                self._told.append(self._sentence(line, fault))
            else:
                self._more += 1

    def _unread(
        self, line: Line, findings: tuple[Finding, ...]
    ) -> tuple[Line, tuple[Finding, ...]]:
        """The fault of a row that was corrected, but still has the cell that keeps it out."""
        if line.fault is None or UNREAD not in line.cells[len(self._table.header) :]:
            return line, findings
        unread = line._replace(fault=STILL_UNREAD)
        return unread, (finding("ligne_illisible", faute=STILL_UNREAD),)

    def _fault(self, line: Line, found: Finding) -> Fault:
        place = self._columns.get(found.field)
        column = self._table.header[place] if place is not None else ""
        value = line.cells[place] if place is not None and place < len(line.cells) else ""
        sentence = found.cell_sentence if column else found.sentence
        if found.code == "obligatoire" and not column:
            sentence = f"Il manque la colonne « {FIELDS[found.field].label} »."
        if found.fact and found.code not in _WHOLE:
            told = f" — {found.fact}" if "(" in found.fact else f" ({found.fact})"
            sentence = f"{sentence.removesuffix('.')}{told}."
        action = EMPTY_IT if line.fault == STILL_UNREAD else found.row_remedy
        return Fault(found.code, column, value, sentence, found.source, action)

    def _sentence(self, line: Line, fault: Fault) -> str:
        column = f", colonne « {fault.column} »" if fault.column else ""
        return f"{self._table.name}, ligne {line.line}{column} : {fault.reason} {fault.action}"

    def warned(self, line: Line, findings: tuple[Finding, ...]) -> None:
        """A row goes in, with something to note."""
        for found in findings:
            self._notes.setdefault(found.sentence, []).append(line.line)

    def restored(self, line: int, text: str, sentence: str) -> str:
        """The text to read, of which this is to be said, with its line: a zero put back…"""
        self._notes.setdefault(sentence, []).append(line)
        return text

    def left_out(self, line: int) -> None:
        """A row is left aside: nothing of it would be read."""
        self._notes.setdefault(_NOTHING_READ, []).append(line)

    def progress(self, read: int) -> None:
        """A running count on a terminal, for long files."""
        if read >= LONG and is_terminal(sys.stderr) and not self._session.quiet:
            print(f"\r{read:,} lignes lues…".replace(",", " "), end="", file=sys.stderr, flush=True)
            self._bar = True

    def tell(self) -> None:
        """Print every fault, then the notes, on stderr."""
        if self._bar:
            print(file=sys.stderr)
        for sentence in self._told:
            tell(sentence, stream=sys.stderr)
        if self._more:
            full = "--rejects FICHIER les écrit tous"
            if self.rejects is not None:
                full = ("il est" if self._more == 1 else "ils sont") + " dans le fichier des rejets"
            print(f"… et {self._more} {plural(self._more, 'autre')} : {full}.", file=sys.stderr)
        for note in self._table.notes:
            say(self._session, f"À noter : {note}.")
        for sentence, lines in self._notes.items():
            where = ", ".join(map(str, lines[:8])) + ("…" if len(lines) > 8 else "")
            count = "ligne" if len(lines) == 1 else f"{len(lines)} lignes :"
            say(self._session, f"À noter : {sentence} ({count} {where})")


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
        print(f"Rien n'a été enregistré : corrigez {report.name}, ou --keep-going garde les bonnes"
              " lignes.", file=sys.stderr)  # fmt: skip
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
    return typed(*words)


def _counted(counts: Counts) -> str:
    return (
        f"lus {counts.read} = créés {counts.created} + modifiés {counts.updated}"
        f" + inchangés {counts.unchanged} + mis de côté {counts.set_aside}"
        f" + rejetés {counts.rejected}"
    )
