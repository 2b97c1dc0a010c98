"""The rows of a file on their way in: what is put right, what is told of them, line by line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from agir_cli.cli.screen import is_terminal, plural, say, tell
from agir_cli.cli.session import Session
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.identity import NAMES
from agir_cli.domain.reading import NOTICED, noticed
from agir_cli.domain.reasons import Finding, finding
from agir_cli.exchange.accents import spelled_out
from agir_cli.exchange.headers import Matching
from agir_cli.exchange.rejects import EMPTY_IT, STILL_UNREAD, UNREAD, Fault, Rejects
from agir_cli.exchange.rows import Row, listed, lost_accents
from agir_cli.exchange.tables import OpenTable
from agir_cli.usecases.intake import Line

SHOWN = 30
LONG = 5000
# Their sentence, with the name of the column, leaves nothing to add.
_WHOLE = frozenset({"avant_etape", "illisible", "ambigu", "obligatoire"})

_HTML = "nom écrit en codes HTML (&iuml;), lu comme il s'affiche."
_NOTHING_READ = "rien n'est rempli dans les colonnes lues, laissé de côté."


def lines_of(table: OpenTable, matching: Matching, report: Report) -> Iterator[Line]:
    """The rows of a table, their numbers whole again where a leading zero was surely lost.

    A row with nothing in the columns that are read (numbered in advance…) is none: a note.
    """
    watched = [(n, name) for n, name in enumerate(matching.columns) if name and name in NOTICED]
    read = [place for place, name in enumerate(matching.columns) if name]
    for line, cells, fault in table.rows():
        if fault is None and not cells[read[0]] and not any(cells[n].strip() for n in read):
            report.left_out(line)
            continue
        # Most names are letters alone: there is nothing to look at in them.
        if fault is None:
            odd = [(n, name) for n, name in watched if not cells[n].isalpha()]
            fault = _looked_at(line, cells, odd, report) if odd else None
        yield Line(line, cells, fault)


def _looked_at(
    line: int, cells: list[str], watched: Sequence[tuple[int, str]], report: Report
) -> str | None:
    """Say and put right what is to be seen in these cells; why the row cannot be read, if so."""
    for place, name in watched:
        fault = _name_fault(line, cells, place, report) if name in NAMES else None
        if fault is not None:
            return fault
    for place, name in watched:
        text, sentence = noticed(name, cells[place])
        if sentence:
            cells[place] = report.restored(line, text, sentence)
    return None


def _name_fault(line: int, cells: list[str], place: int, report: Report) -> str | None:
    """Why a name cannot be read; one in HTML codes is put as it is shown."""
    text, damaged = spelled_out(cells[place])
    if text != cells[place]:
        cells[place] = report.restored(line, text, _HTML)
    return lost_accents(damaged) if damaged else None


class Report:
    """Hears of every row that does not go in, and of what is to be noted about the others."""

    def __init__(self, session: Session, table: OpenTable, matching: Matching) -> None:
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
            count = "ligne" if len(lines) == 1 else f"{len(lines)} lignes :"
            say(self._session, f"À noter : {sentence} ({count} {listed(lines)})")
