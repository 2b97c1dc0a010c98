"""The demonstration file: three vignettes among invented persons, entered by the usual rules.

Every row of ``data/demo`` passes where a coordinator's would: read, decided, saved. The day of
the demonstration is that of the webinar's figures: the file carries it, so that its commands take
it for today; it says as well when it was really written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

from agir_cli.domain import commands as c
from agir_cli.domain.commands import Command
from agir_cli.domain.dates import PartialDate, exactly
from agir_cli.domain.directory import TABLES
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.reading import RowReader
from agir_cli.domain.reasons import Finding
from agir_cli.domain.values import Reading
from agir_cli.domain.vocabulary import Paper
from agir_cli.store import reference, settings
from agir_cli.store.file import consulting
from agir_cli.store.reference import data_file
from agir_cli.usecases import directory, listings
from agir_cli.usecases.acts import perform
from agir_cli.usecases.ledger import Done, Ledger, NotDone, Outcome, Visitor, transaction
from agir_cli.usecases.upkeep import init_file

TODAY = date(2023, 10, 9)
"""The day of the figures [W: Les personnes accompagnées au 09/10/2023]."""
CASES = ("Monsieur J.", "Madame B.", "Monsieur A.")
"""The vignettes, by the names they have in the file."""

VIGNETTES, POPULATION = "vignettes", "population"
_FILES: dict[str, type[Command]] = {
    "enroll": c.Enroll,
    "liaison_add": c.AddLiaison,
    "liaison_decide": c.DecideLiaison,
    "diagnose_book": c.BookDiagnosis,
    "diagnose_absent": c.MissDiagnosis,
    "diagnose_hold": c.HoldDiagnosis,
    "assign": c.Assign,
    "contract_book": c.BookContract,
    "contract_absent": c.MissContract,
    "contract_sign": c.SignContract,
    "contract_refuse": c.RefuseContract,
    "situation_set": c.SetSituation,
    "interview_add": c.AddInterview,
    "step_add": c.AddStep,
    "visit_book": c.BookVisit,
    "visit_absent": c.MissVisit,
    "visit_hold": c.HoldVisit,
    "right_set": c.SetRight,
    "close": c.Close,
}
_LIAISON = ("liaison_add", "liaison_decide")
_ACTS = tuple(name for name in _FILES if name not in ("enroll", *_LIAISON))


class Row(NamedTuple):
    """A row of a file of the demonstration; ``line`` as a text editor counts it."""

    file: str
    line: int
    command: Command
    booked: str = ""
    """The day on which an appointment was booked, where it is not that of the appointment."""
    reminder: str = ""
    """The day of a message that reminded of it."""

    @property
    def day(self) -> date:
        """The day it is entered by: an act of the process once it was surely done."""
        value = getattr(self.command, self.command.day or "", None)
        if isinstance(value, PartialDate):
            return value.earliest if isinstance(self.command, c.AddStep) else value.latest
        return value.day if value is not None else date.max


class DemoFault(Exception):
    """A row of the demonstration that the rules do not take: a bug of the demonstration."""

    def __init__(self, file: str, line: int, findings: Iterable[Finding]) -> None:
        told = " | ".join(f"{f.code} : {f.sentence} ({f.fact})" for f in findings)
        super().__init__(f"demo/{file}.csv, line {line}: {told}")


def build(path: Path, today: date = TODAY) -> None:
    """Create the demonstration file. Refuses (exit 7) a path where there is a file already.

    ``today``: the day on which everything is entered. A build that fails leaves no file.
    """
    author = settings.DEMONSTRATION_AUTHOR
    init_file(path, site=None, fill=lambda place: _fill(Visitor(place, today, author)))


def is_demonstration(path: Path) -> bool:
    """Whether this agir file carries the day of a demonstration; `FileFailure` (exit 7) if none."""
    with consulting(path) as connection:
        return settings.demonstration_day(connection) is not None


def _fill(visitor: Visitor) -> None:
    with transaction(visitor) as ledger:
        day = visitor.today.isoformat()
        settings.set_setting(ledger.connection, settings.DEMONSTRATION_DAY, day)
    reading = reference.reading(visitor.today)
    _enter(visitor, _rows(VIGNETTES, ("enroll",), reading))
    _enter(visitor, _rows(POPULATION, ("enroll",), reading))
    _enter(visitor, _read(f"{POPULATION}/enroll_rejoignants", c.Enroll, reading))
    _lead_liaison(visitor, _in_order(_rows(POPULATION, _LIAISON, reading)))
    late_forms = _read(f"{POPULATION}/liaison_add_tardives", c.AddLiaison, reading)
    acts = [*_rows(VIGNETTES, _ACTS, reading), *_rows(POPULATION, _ACTS, reading)]
    _enter(visitor, [*late_forms, *_in_order(acts)])
    header, lines = _cells(f"{POPULATION}/referents")
    known = [(number, dict(zip(header, cells, strict=True))) for number, cells in lines]
    directory.take_in(visitor, TABLES["referents"], known, reading, dry_run=False)


def _lead_liaison(visitor: Visitor, rows: Sequence[Row]) -> None:
    """The forms and decisions of each month, then the listing that left that month."""
    place = 0
    for _, (month, day) in _cells(f"{POPULATION}/liaison_send")[1]:
        sent = date.fromisoformat(day)
        following = next((n for n, row in enumerate(rows) if row.day > sent), len(rows))
        _enter(visitor, rows[place:following])
        listings.send(visitor, month, sent)
        place = following
    _enter(visitor, rows[place:])


def _enter(visitor: Visitor, rows: Iterable[Row]) -> None:
    """Decide these rows one after the other and save them together."""
    wanted = list(rows)
    with transaction(visitor) as ledger:
        ledger.asks = False  # what is alike in it is for its reader to settle
        ledger.read_ahead([row.command for row in wanted])
        usual = ledger.context
        for row in wanted:
            day = date.fromisoformat(row.booked) if row.booked else visitor.today
            ledger.context = usual._replace(today=day)
            outcome = ledger.row(partial(_decide, ledger, row))
            if isinstance(outcome, NotDone):
                raise DemoFault(row.file, row.line, outcome.findings)


def _decide(ledger: Ledger, row: Row) -> Outcome:
    outcome = perform(ledger, row.command)
    if row.reminder and isinstance(outcome, Done):
        on = exactly(date.fromisoformat(row.reminder))
        paper = {"papier": Paper.REMINDER, "support": "sms"}
        ledger.append(outcome.dossier, [Draft(Kind.PAPER_MADE, on, paper)])
    return outcome


def _in_order(rows: Iterable[Row]) -> list[Row]:
    """The rows as the days brought them; those of one day in the order of the process."""
    return sorted(rows, key=lambda row: row.day)


def _rows(folder: str, names: Iterable[str], reading: Reading) -> list[Row]:
    return [row for name in names for row in _read(f"{folder}/{name}", _FILES[name], reading)]


def _read(file: str, command: type[Command], reading: Reading) -> Iterator[Row]:
    columns, lines = _cells(file)
    reader = RowReader(command, columns, reading)
    for number, cells in lines:
        read = reader.read(cells)
        if isinstance(read, list):
            raise DemoFault(file, number, read)
        told = dict(zip(columns, cells, strict=True))
        yield Row(file, number, read, told.get("inscrit_le", ""), told.get("rappel_le", ""))


def _cells(file: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the numbered lines of a file; nothing where a folder has no such file."""
    import csv

    path = data_file("demo") / f"{file}.csv"
    if not path.exists():
        return [], []
    with path.open(encoding="utf-8", newline="") as opened:
        header, *lines = csv.reader(opened)
    return header, list(enumerate(lines, 2))
