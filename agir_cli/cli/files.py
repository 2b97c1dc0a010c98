"""The file door of the command line: read a file, pass its rows to the rules, tell what became.

Joins `exchange` (bytes to rows) and `usecases` (rows to decisions); decides nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final, NamedTuple

from agir_cli.cli import answers, prompt
from agir_cli.cli.columns import (
    Mapped,
    Which,
    check_header,
    load_mapping,
    mapping_of,
    own_names,
    save_mapping,
    say_understood,
    understood,
    values_of,
)
from agir_cli.cli.screen import is_terminal, plain, plural, say, shell_line, tell
from agir_cli.cli.session import Session, reading_for, visitor_of
from agir_cli.domain.columns import BY_CONTENT, Understanding
from agir_cli.domain.commands import Assign, AssignFromAgenda, Command, Enroll, field_names
from agir_cli.domain.dossier import OF_A_SITUATION
from agir_cli.domain.events import NOTHING
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.identity import NAMES
from agir_cli.domain.reading import MENDED, PERSON_COLUMNS, mended
from agir_cli.domain.reasons import Finding, finding
from agir_cli.exchange.accents import spelled_out
from agir_cli.exchange.headers import (
    Matching,
    headings,
    match_headers,
    normalise_header,
    recogniser,
)
from agir_cli.exchange.rejects import (
    EMPTY_IT,
    ORIGIN,
    STILL_UNREAD,
    UNREAD,
    Fault,
    Groups,
    Rejects,
)
from agir_cli.exchange.rows import Row, listed, lost_accents
from agir_cli.exchange.tables import OpenTable, open_table
from agir_cli.failures import RowsFailure
from agir_cli.reports.listing import DECIDED, OF_AN_AGENDA
from agir_cli.reports.texts import french_text
from agir_cli.usecases.households import file_mark
from agir_cli.usecases.intake import (
    Counts,
    Incoming,
    Line,
    Source,
    Summary,
    Warned,
    import_rows,
)

# So many faults are told on the screen; the rejects file has them all.
_TOLD: Final = 30
# From so many faults on, they are told by their kinds first.
_FEW: Final = 3
# A running count is shown from so many rows on.
_LONG: Final = 5000
# Reasons whose sentence, with the name of the column, leaves nothing to add.
_COMPLETE: Final = frozenset({"avant_etape", "illisible", "ambigu", "obligatoire"})
_HTML: Final = "nom écrit en codes HTML (&iuml;), lu comme il s'affiche."
_NOTHING_READ: Final = "rien n'est rempli dans les colonnes lues, laissé de côté."
_UNDECIDED: Final = "sans décision de la commission, laissé de côté."


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
    blank: tuple[str, ...] = ()
    name_order: str | None = None
    strict: bool = False
    values: tuple[str, ...] = ()
    overwrite: bool | None = None
    """Whether the rejects may replace a file; ``None`` where nothing asks."""
    usual: Mapping[str, Any] = NOTHING
    """What rows say that do not tell it themselves."""


def import_file(session: Session, command: type[Command], options: FileOptions) -> int:
    """Take a file through the rules of a command; the exit code (0, or 5 when rows stay out)."""
    known = headings_for(command)
    with open_file(session, command, options, known, label_of) as (table, matching, report):
        if command is Assign and set(OF_AN_AGENDA) <= set(own_names(table.header, {})):
            command = AssignFromAgenda
            report.decided = [n for n, name in enumerate(matching.columns) if name in DECIDED[1:]]
        found = (table, matching, report)
        visitor = visitor_of(session)
        summary = take(session, options, found, lambda file, _: import_rows(visitor, command, file))
        again = (*command.verb.split(), "--from")
        return tell_summary(session, summary, report, options, again)


def take(
    session: Session,
    options: FileOptions,
    found: tuple[OpenTable, Matching, ImportReport],
    enter: Callable[[Incoming, bool], Summary],
) -> Summary:
    """Take an open file, once it is known which of its households are families of the base.

    ``enter`` takes it by the rules of its command; its second word: only to hear what it would say.
    """
    table, matching, report = found

    def incoming(report: ImportReport, source: Source) -> Incoming:
        return Incoming(
            matching.columns, lines_of(table, matching, report), reading_for(session), source,
            report.turned, report.warned, erasers=options.blank, usual=options.usual,
        )  # fmt: skip

    def rehearse(report: ImportReport, warned: Warned) -> None:
        file = incoming(report, source_of(table))
        again = lines_of(table, matching, report)
        enter(file._replace(warned=warned, again=again, dry_run=True), True)

    joined = same_households(options, matching, report, rehearse)
    file = incoming(report, source_of(table, joined))
    return enter(file._replace(
        again=lines_of(table, matching, report.anew()), keep_going=options.keep_going,
        dry_run=options.dry_run, confirmed=options.yes, progress=report.progress,
    ), False)  # fmt: skip


def source_of(table: OpenTable, joined: Mapping[str, str] | None = None) -> Source:
    """The file a batch comes from; its rejects, corrected, are known as its own."""
    mark = next((cell for cell in table.column(ORIGIN) if cell), "")
    return Source(table.name, f"{table.sha256} {mark}".strip(), joined)


def same_households(
    options: FileOptions,
    matching: Matching,
    report: ImportReport,
    rehearse: Callable[[ImportReport, Warned], None],
) -> dict[str, str]:
    """Ask which household codes of a file are known families, of a person at a terminal.

    In a script nothing is asked: those households stand apart, and that is said.
    """
    asking = prompt.asked() and not options.dry_run
    if "menage" not in matching.columns or options.source == "-" or not asking:
        return {}
    met: dict[str, Finding] = {}

    def hear(_: Line, findings: tuple[Finding, ...]) -> None:
        met.update({f.values["cle"]: f for f in findings if f.code == "menage_a_part"})

    rehearse(report.anew(), hear)
    return {key: found.values["connu"] for key, found in met.items() if same_household(found)}


def same_household(found: Finding) -> bool:
    """Ask at the keyboard whether a household's code means the family that is known by it."""
    told = found.values
    question = f"Ménage « {told['ecrit']} » : est-ce la famille du dossier {told['dossier']} ?"
    return prompt.answered_yes(f"{question} (oui ou non : un ménage à part)")


def headings_for(command: type[Command]) -> dict[str, tuple[str, ...]]:
    """The headings of the columns that a file of one command may have."""
    names = dict.fromkeys((*field_names(command), *PERSON_COLUMNS))
    known = headings_of([name for name in names if name != "malgre"])
    if command is Enroll:
        known |= {name: headings().get(name, ()) for name in BY_CONTENT}
        # A list of dossiers has the situation of the entry under its own name.
        known |= {name: (*known[name], f"{name}_entree") for name in OF_A_SITUATION}
    return known


def headings_of(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The headings of these fields: those that teams write, and its label where it is its own."""
    known = {name: headings().get(name, ()) for name in names}
    claimed = {normalise_header(each) for name in names for each in (name, *known[name])}
    labels = {name: label_of(name) for name in names}
    return {
        name: known[name] if normalise_header(label) in claimed else (label, *known[name])
        for name, label in labels.items()
    }


def label_of(name: str) -> str:
    return BY_CONTENT[name] if name in BY_CONTENT else FIELDS[name].label


@contextmanager
def open_file(
    session: Session,
    command: type[Command],
    options: FileOptions,
    known: Mapping[str, Sequence[str]],
    label: Callable[[str], str],
    which: Which | None = None,
    *,
    nameless: bool = False,
    rowless: bool = False,
) -> Iterator[tuple[OpenTable, Matching, ImportReport]]:
    """A file whose headings are matched and whose columns are understood, with the report on it.

    ``known``: the columns it may have, each with the headings that mean it; ``label``: how a
    sentence calls one (French); ``which``: the fields of a row that another act takes;
    ``nameless``: its persons need not be named; ``rowless``: its headings alone are asked for.
    Raises `RowsFailure` where a row could not be one of ``command``, and with ``--strict`` where
    something is read that the file does not say as it is.
    """
    saved = load_mapping(options.use_map)
    mapping = mapping_of(options.mapping, saved.headings)
    values = values_of(options.values, saved.values)
    if options.save_map:
        save_mapping(options.save_map, Mapped(mapping, values))
    with ExitStack() as stack:
        table = stack.enter_context(
            open_table(options.source, options.sheet, recogniser(known, mapping), rowless=rowless)
        )
        matching = match_headers(own_names(table.header, mapping), known, mapping)
        table.read = frozenset(place for place, name in enumerate(matching.columns) if name)
        say(session, table.described)
        if table.stray_quote and not options.keep_going:
            raise RowsFailure(
                f"{table.name}, {table.stray_quote}.",
                "Rien n'a été enregistré : corrigez la ligne, ou --keep-going garde les autres.",
            )
        understanding = understood(
            session, table, matching, which, enrols=command is Enroll, erasers=options.blank,
            order=options.name_order, values=values,
        )  # fmt: skip
        matching = matching._replace(
            columns=understanding.columns, unknown=(*matching.unknown, *understanding.unread)
        )
        check_header(
            session, matching, command, known, label, nameless=nameless, usual=options.usual
        )
        say_understood(session, table, understanding, strict=options.strict)
        report = ImportReport(session, table, understanding)
        if options.rejects:
            mark = file_mark(source_of(table).digest) if "menage" in matching.columns else ""
            rejects = Rejects(options.rejects, table, mark, overwrite=options.overwrite)
            report.rejects = stack.enter_context(rejects)
        yield table, matching, report


# --- rows: on their way in, and what is told of them -----------------------------------------


def lines_of(table: OpenTable, matching: Matching, report: ImportReport) -> Iterator[Line]:
    """The rows of a table, their numbers whole again where a leading zero was surely lost.

    A row with nothing in the columns that are read (numbered in advance…) is left out, with a note.
    """
    watched = [(n, name) for n, name in enumerate(matching.columns) if name and name in MENDED]
    read = [place for place, name in enumerate(matching.columns) if name]
    understood = report.understanding.read
    for line, cells, fault, aside in table.rows():
        if fault is not None:
            yield Line(line, cells, fault, aside)
            continue
        known = understood(cells)
        if isinstance(known, Finding):
            yield Line(line, cells, known)
        elif not known[read[0]] and not any(known[n].strip() for n in read):
            report.note(line, _NOTHING_READ)
        elif report.decided and not any(known[n].strip() for n in report.decided):
            report.note(line, _UNDECIDED)
        else:  # most names are letters alone: there is nothing to look at in them
            odd = [(n, name) for n, name in watched if not known[n].isalpha()]
            yield Line(line, known, _put_right(line, known, odd, report) if odd else None, aside)


def _put_right(
    line: int, cells: list[str], watched: Sequence[tuple[int, str]], report: ImportReport
) -> str | None:
    """Put right what can be in these cells, with a note; why the row cannot be read, if so."""
    for place, name in watched:
        if name in NAMES:
            text, damaged = spelled_out(cells[place])
            if text != cells[place]:
                cells[place] = text
                report.note(line, _HTML)
            if damaged:
                return lost_accents(damaged)
    for place, name in watched:
        cell, sentence = mended(name, cells[place])
        if sentence:
            cells[place] = cell
            report.note(line, sentence)
    return None


class ImportReport:
    """What is told of a file's rows: the faults of those that stay out, notes on the others.

    ``rejects``: where the rows that stay out are written, if anywhere.
    """

    def __init__(self, session: Session, table: OpenTable, understanding: Understanding) -> None:
        self.rejects: Rejects | None = None
        self.decided: Sequence[int] = ()
        """Where a commission's agenda says what was decided: a row without it is nobody's turn."""
        self.understanding = understanding
        self.others = table.others
        self._session = session
        self._table = table
        self._columns = understanding.places
        self._faults: list[tuple[list[int], Fault]] = []
        self._more = 0
        self._groups = Groups()
        self._notes: dict[str, list[int]] = {}
        self._changed = 0
        self._bar = False

    def anew(self) -> ImportReport:
        """An empty report on the same file."""
        report = ImportReport(self._session, self._table, self.understanding)
        report.decided = self.decided
        return report

    def turned(self, line: Line, findings: tuple[Finding, ...]) -> None:
        """A row is rejected, or set aside."""
        if isinstance(line.fault, str) and UNREAD in line.cells[len(self._table.header) :]:
            # It was corrected, and still has the cell that keeps it out.
            line = line._replace(fault=STILL_UNREAD)
            findings = (finding("ligne_illisible", faute=STILL_UNREAD),)
        faults = [self._fault(line, found) for found in findings]
        if self.rejects is not None:
            unread = line.fault if isinstance(line.fault, str) else None
            cells = list(line.cells)[: None if unread else len(self._table.header)]
            self.rejects.add(Row(line.line, cells, unread), faults)
        for fault in faults:
            self._groups.add(fault)
            if self._faults and line.fault and self._faults[-1][1] == fault:
                self._faults[-1][0].append(line.line)
            elif len(self._faults) < _TOLD:
                self._faults.append(([line.line], fault))
            else:
                self._more += 1

    def _fault(self, line: Line, found: Finding) -> Fault:
        place = self._columns.get(found.field)
        column = self._table.header[place] if place is not None else ""
        value = line.cells[place] if place is not None and place < len(line.cells) else ""
        sentence = found.cell_sentence if column else found.sentence
        if found.code == "obligatoire" and not column:
            sentence = f"Il manque la colonne « {FIELDS[found.field].label} »."
        if found.fact and found.code not in _COMPLETE:
            told = f" — {found.fact}" if "(" in found.fact else f" ({found.fact})"
            sentence = f"{sentence.removesuffix('.')}{told}."
        action = EMPTY_IT if line.fault == STILL_UNREAD else found.row_remedy
        return Fault(found.code, column, value, sentence, found.source, action)

    def _sentence(self, lines: Sequence[int], fault: Fault) -> str:
        where = f"ligne {lines[0]}" if len(lines) == 1 else f"lignes {lines[0]} à {lines[-1]}"
        column = f", colonne « {fault.column} »" if fault.column else ""
        return f"{self._table.name}, {where}{column} : {fault.reason} {fault.action}"

    def warned(self, line: Line, findings: tuple[Finding, ...]) -> None:
        """A row goes in, with something to note."""
        for found in findings:
            if found.code == "identite_modifiee" and len(self._notes) >= _TOLD:
                self._changed += 1
            else:
                self.note(line.line, found.sentence)

    def note(self, line: int, sentence: str) -> None:
        """Something is to be said of a line: a zero put back, a row left aside…"""
        lines = self._notes.setdefault(sentence, [])
        lines += [line] if lines[-1:] != [line] else []

    def progress(self, read: int) -> None:
        """Show a running count on a terminal, for long files."""
        if read >= _LONG and is_terminal(sys.stderr) and not self._session.quiet:
            print(f"\r{read:,} lignes lues…".replace(",", " "), end="", file=sys.stderr, flush=True)
            self._bar = True

    def faults(self) -> list[dict[str, object]]:
        """The first faults, for a script: the lines, the code, the column, the sentence."""
        return [
            {"lignes": at, "code": fault.code, "colonne": fault.column or None,
             "phrase": fault.reason, "a_faire": fault.action or None}
            for at, fault in self._faults
        ]  # fmt: skip

    def tell(self) -> None:
        """Print every fault, then the notes, on stderr."""
        if self._bar:
            print(file=sys.stderr)
        kinds = self._groups.told()
        if len(kinds) < len(self._faults) > _FEW:
            tell("Ce qui ne va pas :", *(f"  {kind}" for kind in kinds), stream=sys.stderr)
        for at, fault in self._faults:
            tell(self._sentence(at, fault), stream=sys.stderr)
        if self._more:
            full = "--rejects FICHIER les écrit tous"
            if self.rejects is not None:
                full = ("il est" if self._more == 1 else "ils sont") + " dans le fichier des rejets"
            print(f"… et {self._more} {plural(self._more, 'autre')} : {full}.", file=sys.stderr)
        for note in self._table.notes:
            say(self._session, f"À noter : {note}.")
        for sentence, lines in self._notes.items():
            count = "ligne" if len(lines) == 1 else f"{len(lines)} lignes :"
            say(self._session, f"À noter : {sentence} ({count} {listed(lines)})")
        if self._changed:
            more = f"{self._changed} {plural(self._changed, 'autre')}"
            say(self._session, f"… et {more} de ces changements : agir show REF --events.")


# --- what became of the file -----------------------------------------------------------------


def tell_summary(
    session: Session,
    summary: Summary,
    report: ImportReport,
    options: FileOptions,
    again: Sequence[str],
) -> int:
    """Print what became of a file, on stderr; the exit code (0, or 5 when rows stay out).

    ``again``: the words of the command after « agir », up to the file.
    """
    counts = summary.counts
    if answers.wanted():
        stopped = options.dry_run or (counts.rejected and not options.keep_going)
        answers.note(
            statut="essai" if options.dry_run else "refuse" if stopped else "enregistre",
            fichier=options.source, lot=summary.batch, **counts_told(counts),
            deja_importe=summary.known is not None, rejets=report.faults(),
        )  # fmt: skip
        return 5 if counts.rejected or counts.set_aside else 0
    report.tell()
    for name, rows in report.others:
        say(session, f"Feuille pas lue : « {name} » ({rows} {plural(rows, 'ligne')}). Tapez :")
        _tell_command(session, command_again(session, options, again, sheet=name))
    if summary.known is not None:
        day = french_text(summary.known.recorded_at[:10])
        say(session, f"Ce fichier est connu : importé le {day} par {summary.known.author}.")
    tell(_counted(counts), stream=sys.stderr)
    if counts.final:
        say(session, f"Fins définitives dans ce fichier : {counts.final} (le droit est épuisé).")
    if options.dry_run:
        say(session, "Essai (--dry-run) : rien n'a été enregistré.")
    elif counts.rejected and not options.keep_going:
        tell("Rien n'a été enregistré : corrigez les lignes dites plus haut, ou --keep-going garde"
             " les bonnes.", stream=sys.stderr)  # fmt: skip
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
    _tell_command(session, command_again(session, options, again))


def _tell_command(session: Session, command: str) -> None:
    """Print a command in one piece, to be pasted, whatever the width of the screen."""
    if not session.quiet:
        print(plain(f"  {command}"), file=sys.stderr)


def command_again(
    session: Session, options: FileOptions, again: Sequence[str], *, sheet: str | None = None
) -> str:
    """The command that takes the rejects: into the same file, with the same headings and signs.

    ``sheet``: another one, of the file that was read; rejects have one.
    """
    file = options.source if sheet else options.rejects or ""
    base = str(session.db)
    chosen = session.db_given and os.environ.get("AGIR_DB") != base
    words = ["agir", *(["--db", base] if chosen else []), *again, file]
    words += ["--sheet", sheet] if sheet else []
    if options.save_map:
        words += ["--use-map", options.save_map]
    else:
        words += [word for text in options.mapping for word in ("--map", text)]
        words += [word for text in options.values for word in ("--map-value", text)]
        words += ["--use-map", options.use_map] if options.use_map else []
    words += [word for sign in options.blank for word in ("--blank", sign)]
    words += ["--name-order", options.name_order] if options.name_order else []
    words += ["--yes"] if options.yes else []
    return shell_line(*words)


def counts_told(counts: Counts) -> dict[str, int]:
    """The counts of a file by the names of the columns of `agir batches`."""
    return {
        "lus": counts.read, "crees": counts.created, "modifies": counts.updated,
        "inchanges": counts.unchanged, "mis_de_cote": counts.set_aside,
        "rejetes": counts.rejected, "definitifs": counts.final,
    }  # fmt: skip


def _counted(counts: Counts) -> str:
    return (
        f"{counts.read} {plural(counts.read, 'ligne lue')} : créés {counts.created}, modifiés"
        f" {counts.updated}, inchangés {counts.unchanged}, mis de côté {counts.set_aside}, rejetés"
        f" {counts.rejected}"
    )
