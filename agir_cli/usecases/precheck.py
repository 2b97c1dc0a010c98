"""The pre-check of persons who are not enrolled, and what another rule-set would answer.

Nothing is written, nothing is kept: a situation typed, the rows of a prescriber's list, or the
dossiers of the file under a text that the team has not added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import NamedTuple

from agir_cli.domain.commands import Enroll
from agir_cli.domain.dates import NO, YES, Verdict, exactly
from agir_cli.domain.decisions.admission import (
    NewDossier,
    department_for,
    incoherent,
    no_department,
    opening_drafts,
)
from agir_cli.domain.decisions.common import Context
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import Answer, Assessment, Judged, assess, judged
from agir_cli.domain.folding import applied, fold
from agir_cli.domain.identity import number_key, number_spellings
from agir_cli.domain.reading import RowReader
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.route import OPENING
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.values import Reading
from agir_cli.failures import UsageFailure
from agir_cli.identity.evidence import Traits
from agir_cli.store import journal, lookup, memory, memory_keys
from agir_cli.store.driver import Connection
from agir_cli.store.file import consulting
from agir_cli.store.people import Holding, holdings
from agir_cli.usecases.intake import CHUNK, Line, unreadable
from agir_cli.usecases.ledger import Visitor


def used_up(visitor: Visitor, number: str | None) -> Finding | None:
    """Why nobody with this AGDREF number may be admitted again, as the file knows it."""
    if number is None or not visitor.path.exists():
        return None
    with consulting(visitor.path) as connection:
        return _used_up(connection, [number], visitor.today).get(number_key(number))


def _used_up(connection: Connection, numbers: Sequence[str], today: date) -> Mapping[str, Finding]:
    """The same of many numbers, by `number_key`."""
    from agir_cli.usecases.enrolment import erased_met
    from agir_cli.usecases.holders import had_number, term_reached, told_of_end

    spelled = {each for number in numbers for each in number_spellings(number)}
    by_number: dict[str, list[Holding]] = {}
    for holding in holdings(connection, numbers=spelled):
        present = number_key(holding.values.get("agdref") or "")
        for key in {present, *holding.former_keys}:
            by_number.setdefault(key, []).append(holding)
    over: dict[str, Finding] = {}
    for key in {number_key(number) for number in numbers} & by_number.keys():
        found = by_number[key]
        for holding in [h for h in found if not had_number(h, key)] or found:
            ended = term_reached(holding, today)
            if holding.final or ended:
                told = f"dossier {holding.reference} : {told_of_end(holding, ended)}"
                values = {"field": "agdref", "dossier": holding.reference}
                over.setdefault(key, finding("droit_epuise", told, **values))
    if memory_keys.missing(connection, connection.file):
        return over  # said when the file was opened
    keys = memory_keys.keys(connection)
    for number in numbers if keys else ():
        met = memory.remembered(
            connection, keys, Traits((), (), (number,)), today,
            lambda: memory.persons_here(connection, keys),
        )  # fmt: skip
        if (told_ := erased_met(met)) is not None:
            over.setdefault(number_key(number), told_)
    return over


def precheck(visitor: Visitor, command: Enroll, on: date, rulebook: Rulebook) -> Judged:
    """What the criteria answer for these facts.

    ``on``: the day the request is supposed to come, where the facts do not say it. Raises
    `UsageFailure` where nothing says the department.
    """
    found = _prechecked(command, Context(visitor.today, rulebook), on)
    if isinstance(found, Finding):
        raise UsageFailure(found.sentence, found.remedy)
    return found


def _prechecked(command: Enroll, context: Context, on: date) -> Judged | Finding:
    rulebook = context.rulebook
    department = department_for(command, rulebook.served)
    if department is None:
        told = no_department(command, context)
        if told.code != "hors_territoire":
            return told
        department = rulebook.served[0]  # the person lives in none of them: any says so
    drafts = opening_drafts(command, NewDossier("", "", ""), department, context)
    state = applied(Dossier(), drafts)._replace(opened_on=exactly(on))
    found = judged(state, rulebook)
    if found.assessment.receipt_of != OPENING:
        return found
    supposed = "supposé : ni orientation, ni décision de l'OFII"
    return found._replace(assessment=found.assessment._replace(receipt_of=supposed))


def places_taken(visitor: Visitor, department: str) -> tuple[int, int]:
    """How many persons of a department are supported, and how many wait for their contract [D]."""
    if not visitor.path.exists():
        return 0, 0
    with consulting(visitor.path) as connection:
        return lookup.places_taken(connection, department)


# --- the rows of a list --------------------------------------------------------------------


class Checked(NamedTuple):
    """A row of a list with its answer; ``faults``: why it has none, or what is to be corrected."""

    line: Line
    assessment: Assessment | None
    over: Finding | None = None
    """The right used up: no criterion counts."""
    faults: tuple[Finding, ...] = ()
    draft: Assessment | None = None
    """The answer under a rule-set that is compared."""


class _Nameless(RowReader):
    """Reads a row whose person need not be named."""

    def _absent(self, _: Mapping[str, object]) -> list[str]:
        return []


def checked_rows(
    visitor: Visitor,
    columns: Sequence[str | None],
    lines: Iterable[Line],
    reading: Reading,
    *,
    on: date,
    erasers: Sequence[str] = (),
    rulebook: Rulebook,
    draft: Rulebook | None = None,
) -> Iterator[Checked]:
    """Pre-check the rows of a list, in their order; ``on``: as `precheck`."""
    reader = _Nameless(Enroll, columns, reading, erasers)
    context, source = Context(visitor.today, rulebook), iter(lines)
    compared = None if draft is None else Context(visitor.today, draft)
    while some := list(islice(source, CHUNK)):
        rows = [(line, unreadable(line) or reader.read(line.cells)) for line in some]
        numbers = [r.agdref for _, r in rows if isinstance(r, Enroll) and r.agdref]
        over: Mapping[str, Finding] = {}
        if numbers and visitor.path.exists():
            with consulting(visitor.path) as connection:
                over = _used_up(connection, numbers, visitor.today)
        for line, row in rows:
            if isinstance(row, list):
                yield Checked(line, None, faults=tuple(row))
                continue
            assert isinstance(row, Enroll)  # its reader makes no other command
            found = _prechecked(row, context, on)
            if isinstance(found, Finding):
                yield Checked(line, None, faults=(found,))
                continue
            other = None if compared is None else _prechecked(row, compared, on)
            wrong = [
                f for f in incoherent(row, context) if f.code in ("avant_etape", "date_future")
            ]
            ended = over.get(number_key(row.agdref)) if row.agdref else None
            under = other.assessment if isinstance(other, Judged) else None
            yield Checked(line, found.assessment, ended, tuple(wrong), under)


# --- the dossiers of the file, under other rules -------------------------------------------


class Compared(NamedTuple):
    """A dossier with its answer today, and under a rule-set that is not added."""

    state: Dossier
    before: Assessment
    after: Assessment

    @property
    def changed(self) -> bool:
        """Whether the answer, or the route, is another."""
        return changed(self.before, self.after)


def changed(before: Assessment, after: Assessment) -> bool:
    """Whether the answer, or the route, is another."""
    return (before.precheck, before.route) != (after.precheck, after.route)


def assessments(visitor: Visitor, before: Rulebook, after: Rulebook) -> Iterator[Compared]:
    """Every dossier of the file under two rulebooks; none that was entered by mistake."""
    with consulting(visitor.path) as connection:
        for events in journal.every(connection):
            state = fold(events)
            if state.id and not state.mistaken:
                yield Compared(state, assess(state, before), assess(state, after))


def deciding(before: Assessment, after: Assessment) -> tuple[Answer, ...]:
    """The answers that make the difference: those of the new text, else what no longer says no."""
    known = {answer.criterion: answer.verdict for answer in before.answers}
    new = {answer.criterion: answer.verdict for answer in after.answers}
    for answers, others, whole in (
        (after.answers, known, after.precheck), (before.answers, new, before.precheck),
    ):  # fmt: skip
        told = tuple(
            each for each in answers
            if each.criterion != "ofii" and each.verdict is whole is not YES
            and others.get(each.criterion) is not each.verdict
        )  # fmt: skip
        if told:
            return told
    return tuple(each for each in after.answers if each.criterion == "cir_year")


def told_of(checked: Checked) -> tuple[Verdict | None, tuple[Answer, ...]]:
    """The whole answer of a row, and the criteria that it hangs on."""
    if checked.assessment is None:
        return None, ()
    if checked.over is not None:
        return NO, ()
    whole = checked.assessment.eligible
    return whole, tuple(a for a in checked.assessment.answers if a.verdict is whole is not YES)


def persons_of(visitor: Visitor, dossiers: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The names of the persons whose dossiers (ids) these are."""
    with consulting(visitor.path) as connection:
        return {
            h.dossier: (h.values.get("nom") or "", h.values.get("prenoms") or "")
            for h in holdings(connection, dossiers=dossiers)
        }
