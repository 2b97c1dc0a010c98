"""The single-dossier door: one command, one transaction, one receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any, NamedTuple, get_args

from agir_cli.domain.commands import Acting, Assign, BookAppointment, Command, Enroll
from agir_cli.domain.dates import Moment, PartialDate, exactly
from agir_cli.domain.deadlines import Span, spans, support_ends_by
from agir_cli.domain.decisions.common import Refused
from agir_cli.domain.decisions.correction import (
    correct,
    in_order_recorded,
    reopens,
    voided_ids,
)
from agir_cli.domain.decisions.undoing import Recording
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import Assessment, assess
from agir_cli.domain.events import BOOKED, NOTHING, Draft, Event, Kind
from agir_cli.domain.fields import FIELDS, change_told
from agir_cli.domain.folding import foretold
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.route import stage
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import Paper, Stage, normalise
from agir_cli.store import directory
from agir_cli.store.batches import renewed_by
from agir_cli.store.driver import Connection
from agir_cli.store.lookup import find_one, hindering
from agir_cli.usecases.acts import at_known_office, perform, with_referents
from agir_cli.usecases.enrolment import (
    ERASED,
    IDENTITY,
    enroll,
    family_unknown,
    follow_right,
    renamed,
)
from agir_cli.usecases.ledger import (
    Done,
    Ledger,
    NotDone,
    Outcome,
    Visitor,
    looking,
    transaction,
)


class Standing(NamedTuple):
    """How a dossier stands: what a screen says after a command."""

    state: Dossier
    assessment: Assessment
    stage: Stage
    spans: tuple[Span, ...]
    ends_by: PartialDate | None
    final: bool

    @property
    def running(self) -> tuple[Span, ...]:
        """The clocks and waits that have not ended."""
        return tuple(span for span in self.spans if span.end is None)

    def term_reached(self, day: date) -> bool:
        """Whether the two years were over for certain by a day, and before a final end.

        After an end that is not final they run on, in another dossier.
        """
        if self.ends_by is None:
            return False
        closed = self.state.closing.on if self.state.closing and self.final else None
        return self.ends_by.latest < (closed.earliest if closed else day)


class Receipt(NamedTuple):
    """What became of a command, and how the dossier stands after it."""

    outcome: Outcome
    standing: Standing | None


def standing_of(state: Dossier, rulebook: Rulebook) -> Standing:
    """How a dossier stands under these rules."""
    assessment = assess(state, rulebook)
    way, met = assessment.route, assessment.commission
    awaited = stage(state, way, commission=met)
    every = spans(state, way, awaited, rulebook.clocks, commission=met)
    final = state.closing is not None and rulebook.final(state.closing.motive)
    ends_by = support_ends_by(state, rulebook.clocks)
    return Standing(state, assessment, awaited, every, ends_by, final)


def run(visitor: Visitor, command: Command, distinct: tuple[str, ...] = ()) -> Receipt:
    """Decide and save one command. A refusal writes nothing."""
    with transaction(visitor) as ledger:
        outcome = ledger.row(lambda: _perform(ledger, command, distinct))
        if isinstance(outcome, NotDone):
            return Receipt(outcome, None)
        standing = _standing(ledger, command, outcome)
    return Receipt(outcome, standing)


def _standing(ledger: Ledger, command: Command, outcome: Outcome) -> Standing | None:
    """How the dossier of an act stands after it; an action of the network is none of its acts."""
    if isinstance(command, Acting) or isinstance(outcome, NotDone):
        return None
    return standing_of(ledger.state(outcome.dossier), ledger.context.rulebook)


class _NotAll(Exception):
    """One of several commands was refused: none is kept."""


def run_each(visitor: Visitor, commands: Sequence[Command]) -> list[Receipt]:
    """Decide and save several commands in one transaction: one that is refused keeps all out."""
    receipts: list[Receipt] = []
    with suppress(_NotAll), transaction(visitor) as ledger:
        for command in commands:
            outcome = ledger.row(partial(_perform, ledger, command, ()))
            receipts.append(Receipt(outcome, _standing(ledger, command, outcome)))
        if any(isinstance(each.outcome, NotDone) for each in receipts):
            raise _NotAll
    return receipts


def rehearse(visitor: Visitor, command: Command, distinct: tuple[str, ...] = ()) -> Outcome:
    """What a command would come to, with nothing written: asked before a person is asked."""
    with looking(visitor) as ledger:
        return _perform(ledger, command, distinct)


def _perform(ledger: Ledger, command: Command, distinct: tuple[str, ...]) -> Outcome:
    if isinstance(command, Enroll):
        if unknown := family_unknown(ledger, command.menage or ""):
            return NotDone((unknown,), asks=True)
        if distinct:
            references = frozenset(
                ERASED if normalise(text) == ERASED else _reference(ledger, text)
                for text in distinct
            )
            return enroll(ledger, command, distinct=references)
    return perform(ledger, command)


def papers_made(
    visitor: Visitor, dossiers: Sequence[str], paper: Paper, by: str,
    hand_out: Callable[[], None] = lambda: None,
) -> None:  # fmt: skip
    """Note in the journal that a paper is made for these dossiers, never what it says.

    ``hand_out`` writes it before anything stays: neither without the other.
    """
    with transaction(visitor) as ledger:
        for dossier in dossiers:
            on, payload = exactly(ledger.context.today), {"papier": paper, "support": by}
            ledger.append(dossier, [Draft(Kind.PAPER_MADE, on, payload)])
        hand_out()


def _reference(ledger: Ledger, text: str) -> str:
    return ledger.state(find_one(ledger.connection, text)).reference


# --- correcting ---------------------------------------------------------------------------


def correct_event(
    visitor: Visitor, text: str, number: int, on: PartialDate | None, reason: str,
    changed: Mapping[str, str] = NOTHING, distinct: Sequence[str] = (),
) -> Receipt:  # fmt: skip
    """Void event ``number`` of a dossier, or say it anew: with the date ``on``, with changes.

    ``changed``: an office or référents, as typed. ``distinct``: dossiers of namesakes.
    """
    with transaction(visitor) as ledger:
        dossier = find_one(ledger.connection, text)
        state, events = ledger.state(dossier), ledger.events(dossier)
        event = dict(in_order_recorded(events)).get(number)
        if event is None:
            told = finding("evenement_inconnu", numero=number, dossier=state.reference)
            return Receipt(NotDone((told,), asks=True), None)
        if (
            event.kind is Kind.IDENTITY_CHANGED
            and on is None
            and event.id not in voided_ids(events)
        ):
            outcome = _identity_back(ledger, state, event, number, reason, distinct)
        else:
            outcome = ledger.row(
                lambda: _corrected(ledger, state, event, number, on, reason, changed)
            )
        standing = standing_of(ledger.state(dossier), ledger.context.rulebook)
    return Receipt(outcome, standing if isinstance(outcome, Done) else None)


def lifted_end(
    visitor: Visitor, text: str, number: int, on: PartialDate | None, reason: str
) -> Event | None:
    """The event of the definitive end that correcting this one would take away, if it would."""
    with looking(visitor) as ledger:
        dossier = find_one(ledger.connection, text)
        state, events = ledger.state(dossier), ledger.events(dossier)
        event = dict(in_order_recorded(events)).get(number)
        if event is None or state.closing is None:
            return None
        decision = correct(events, event, number, on, reason, ledger.context)
        after = foretold(dossier, events, getattr(decision, "drafts", ()))
        return event if reopens(state, after, ledger.context.rulebook) else None


def _identity_back(
    ledger: Ledger, state: Dossier, event: Event, number: int, reason: str, distinct: Sequence[str]
) -> Outcome:
    """Give the person the values from before an event."""
    from agir_cli.usecases.undo import UNDONE, take_back

    known, other = ledger.holding(state.id), frozenset(_reference(ledger, t) for t in distinct)
    before = {v.field: v.former for v in renewed_by(ledger.connection, Recording(event=event.id))}
    names = IDENTITY & before.keys()
    confirmed = renamed(ledger, Enroll(), known, before, other) if known and names else ()
    if isinstance(confirmed, NotDone):
        return confirmed
    row = take_back(ledger, event, reason)
    if row is None or row.outcome != UNDONE:
        why = row.detail if row else "elles ont été effacées"
        told = finding("identite_touchee", numero=number, dossier=state.reference, pourquoi=why)
        return NotDone((told,))
    changes = " ; ".join(change_told(v.field, v.current, v.former) for v in row.renewed)
    noted = finding("identite_modifiee", changements=changes, dossier=state.reference)
    ledger.append(state.id, list(confirmed))
    return Done("modifie", state.id, state.reference, (noted,))


def _changes(
    ledger: Ledger, state: Dossier, event: Event, changed: Mapping[str, str], added: list[Finding]
) -> dict[str, str] | NotDone:
    """The codes of the office and the référents that are meant."""
    here = [name for name in changed if name in event.kind.traits.put_right]
    if not here:
        return dict(changed)  # to be refused
    values: dict[str, Any] = {"dossier": state.id, **{name: changed[name] for name in here}}
    found: Command | NotDone
    if "bureau" not in here:
        sitting = event.on or exactly(ledger.context.today)
        found = with_referents(ledger, Assign(date_commission=sitting, **values), added)
    else:
        moment = BOOKED[event.kind].moment
        booking = next(each for each in get_args(BookAppointment) if each.day == moment)
        values |= {n: m for n, m in event.payload.items() if isinstance(m, Moment)}
        found = at_known_office(ledger, booking(**values), state.department, added)
    if isinstance(found, NotDone):
        return found
    return {name: getattr(found, name) if name in here else changed[name] for name in changed}


def _corrected(
    ledger: Ledger, before: Dossier, event: Event, number: int, on: PartialDate | None,
    reason: str, changed: Mapping[str, str],
) -> Outcome:  # fmt: skip
    dossier, added = before.id, list[Finding]()
    changes = _changes(ledger, before, event, changed, added)
    if isinstance(changes, NotDone):
        return changes
    decision = correct(ledger.events(dossier), event, number, on, reason, ledger.context, changes)
    if isinstance(decision, Refused):
        return NotDone(decision.findings)
    ledger.append(dossier, decision.drafts)
    after = ledger.state(dossier)
    hindrance = _beside(ledger.connection, after) if before.closing and after.open else ()
    if hindrance:
        return NotDone(hindrance)
    if before.right_began != after.right_began:
        follow_right(ledger, [after.person])
    noted = (_with_changes(ledger, each, event, changes) for each in decision.warnings)
    return Done("modifie", dossier, after.reference, (*noted, *added))


def _with_changes(
    ledger: Ledger, noted: Finding, event: Event, changes: Mapping[str, str]
) -> Finding:
    """What is said of a correction, with what an office or a référent was and is, by name."""
    if not changes or noted.code != "fait_corrige":
        return noted
    names = {**ledger.referents.names(), **directory.office_names(ledger.connection)}
    told = [
        f"{FIELDS[name].label} : {names.get(was, was)} → {names.get(code, code)}"
        for name, code in changes.items()
        for was in [str(event.payload.get(name) or "(vide)")]
    ]
    return noted._replace(values={**noted.values, "changements": " ; ".join(told)})


def _beside(connection: Connection, opened: Dossier) -> tuple[Finding, ...]:
    """Why a closed dossier may not open again: another one of the person goes on, or ended all."""
    other = hindering(connection, opened.person, opened.id)
    if other is None:
        return ()
    code = "droit_epuise_ailleurs" if other.final else "autre_dossier_ouvert"
    return (
        finding(
            code, f"dossier {other.reference}", dossier=opened.reference, autre=other.reference
        ),
    )
