"""The single-dossier door: one command, one transaction, one receipt."""

from __future__ import annotations

from typing import NamedTuple

from agir_cli.domain.commands import Command, Enroll
from agir_cli.domain.dates import PartialDate
from agir_cli.domain.deadlines import Span, spans, support_ends_by
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import Assessment, assess
from agir_cli.domain.route import stage
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import Stage
from agir_cli.store import settings
from agir_cli.store.lookup import find_one
from agir_cli.store.stamp import Stamp
from agir_cli.usecases.acts import perform
from agir_cli.usecases.desk import Desk, Done, NotDone, Outcome
from agir_cli.usecases.enrolment import enroll
from agir_cli.usecases.office import Visitor, at_desk, consulting


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


class Receipt(NamedTuple):
    """What became of a command, and how the dossier stands after it."""

    outcome: Outcome
    standing: Standing | None


def standing_of(state: Dossier, rulebook: Rulebook) -> Standing:
    """How a dossier stands under these rules."""
    assessment = assess(state, rulebook)
    awaited = stage(state, assessment.route)
    every = spans(state, assessment.route, awaited, rulebook.clocks)
    final = state.closing is not None and rulebook.final(state.closing.motive)
    ends_by = support_ends_by(state, rulebook.clocks)
    return Standing(state, assessment, awaited, every, ends_by, final)


def run(visitor: Visitor, command: Command, distinct: tuple[str, ...] = ()) -> Receipt:
    """Decide and save one command. A refusal writes nothing."""
    with at_desk(visitor) as desk:
        desk.prepare([command])
        outcome = _perform(desk, command, distinct)
        if isinstance(outcome, NotDone):
            return Receipt(outcome, None)
        state = desk.state(outcome.dossier)
        standing = standing_of(state, desk.context.rulebook)
        desk.save()
    return Receipt(outcome, standing)


def rehearse(visitor: Visitor, command: Command) -> Outcome:
    """What a command would come to, with nothing written: asked before a final act is confirmed."""
    with consulting(visitor.path) as connection:
        rulebook = settings.rulebook_of(connection)
        desk = Desk(connection, rulebook, visitor.today, Stamp(visitor.author, "", ""))
        desk.prepare([command])
        return perform(desk, command)


def _perform(desk: Desk, command: Command, distinct: tuple[str, ...]) -> Outcome:
    if isinstance(command, Enroll) and distinct:
        references = frozenset(_reference(desk, text) for text in distinct)
        return enroll(desk, command, distinct=references)
    return perform(desk, command)


def _reference(desk: Desk, text: str) -> str:
    return desk.state(find_one(desk.connection, text)).reference


__all__ = ["Done", "Receipt", "Standing", "rehearse", "run", "standing_of"]
