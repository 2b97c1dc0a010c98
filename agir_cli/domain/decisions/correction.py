"""Correcting the journal: an event is voided, or voided and said again with its right date.

Nothing is rewritten: the voided event stays, with the reason and the author of its voiding.
Voiding a mistaken final event is the only way a used-up right comes back, and it is seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from agir_cli.domain.dates import NO, PartialDate, before_or_on, french
from agir_cli.domain.decisions.common import (
    Context,
    Decision,
    Milestone,
    decide,
    in_future,
    milestones,
)
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import FROM_THE_BEGINNING, LABELS, Draft, Event, Kind
from agir_cli.domain.folding import fold, foretold
from agir_cli.domain.reasons import Finding, finding

_PLANNED = frozenset({Kind.STEP_RECORDED})


def voided_ids(events: Sequence[Event]) -> frozenset[str]:
    """The ids of the events that a later one has voided."""
    return frozenset(e.payload["event"] for e in events if e.kind is Kind.EVENT_VOIDED)


def correct(
    events: Sequence[Event], event: Event, number: int, on: PartialDate | None, reason: str,
    context: Context,
) -> Decision:  # fmt: skip
    """Void ``event`` (``on`` is ``None``), or give it the date ``on``; the reason is kept."""
    refusals: list[Finding] = []
    if event.id in voided_ids(events):
        refusals.append(finding("evenement_annule", numero=number, dossier=_reference(events)))
    if event.kind in (Kind.DOSSIER_OPENED, Kind.EVENT_VOIDED):
        refusals.append(finding("evenement_fixe", numero=number, dossier=_reference(events)))
    if on is not None and event.kind in FROM_THE_BEGINNING:
        refusals.append(finding("evenement_sans_date", numero=number, dossier=_reference(events)))
    if on is not None and event.kind not in _PLANNED:
        refusals += in_future("on", on, context.today)
    drafts = [Draft(Kind.EVENT_VOIDED, None, {"event": event.id}, {"raison": reason})]
    if on is not None:
        day = on if event.kind in _PLANNED else on.known_by(context.today)
        payload = {**event.payload, "remplace": event.id}
        drafts.append(Draft(event.kind, day, payload, event.texts))
    if not refusals:
        refusals += _incoherent(events, event, drafts)
    return decide(refusals, drafts)


def _reference(events: Sequence[Event]) -> str:
    return fold(events).reference


def _incoherent(events: Sequence[Event], event: Event, drafts: Sequence[Draft]) -> list[Finding]:
    """What the correction would make impossible that was possible before."""
    before = fold(events)
    after = foretold(event.dossier, events, drafts)
    problems = [code for code in after.anomalies if code not in before.anomalies]
    steps = [m for m in milestones(after).values() if m.on is not None]
    known = {(a.name, b.name) for a, b in _reversals(list(milestones(before).values()))}
    for early, late in _reversals(steps):
        if (early.name, late.name) not in known:
            told = f"{late.name} ({french(late.on)}) viendrait avant {early.name}"
            problems.append(f"{told} ({french(early.on)})")
    if before.contract and not after.diagnosis and before.diagnosis:
        problems.append("le contrat resterait sans diagnostic")
    if before.assignment and before.diagnosis and not after.diagnosis:
        problems.append("la commission resterait sans diagnostic")
    if before.contract and not after.contract and after.interviews:
        problems.append("les entretiens resteraient sans contrat")
    problems += _absences_after(after, before)
    label = LABELS[event.kind].lower()
    return [
        finding("correction_incoherente", f"événement : {label}", probleme=problem)
        for problem in problems
    ]


def _absences_after(after: Dossier, before: Dossier) -> list[str]:
    """An absence cannot be later than the step that was held after all."""

    def count(d: Dossier) -> int:
        pairs = (
            (d.diagnosis_visits, d.diagnosis.on if d.diagnosis else None),
            (d.contract_visits, d.contract),
        )
        return sum(
            done is not None and absence.earliest >= done.latest
            for visits, done in pairs
            for absence in visits.absences
        )

    more = count(after) > count(before)
    return ["une absence viendrait après l'étape tenue"] if more else []


def _reversals(steps: Sequence[Milestone]) -> list[tuple[Milestone, Milestone]]:
    return [
        (first, second)
        for place, first in enumerate(steps)
        for second in steps[place + 1 :]
        if first.on and second.on and before_or_on(first.on, second.on) is NO
    ]
