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
    act = _act(events, event)
    gone = act if on is not None else act[act.index(event) :]
    drafts = [Draft(Kind.EVENT_VOIDED, None, {"event": e.id}, {"raison": reason}) for e in gone]
    if on is not None:
        day = on if event.kind in _PLANNED else on.known_by(context.today)
        drafts.append(_said_whole(act, day))
    if not refusals:
        refusals += _incoherent(events, event, drafts)
    return decide(refusals, drafts)


_COMPLETED = frozenset(
    {
        Kind.LIAISON_FORM_COMPLETED, Kind.DIAGNOSIS_BOOKED, Kind.DIAGNOSIS_HELD,
        Kind.REFERENT_DESIGNATED, Kind.CONTRACT_BOOKED,
    }
)  # fmt: skip


def _act(events: Sequence[Event], event: Event) -> list[Event]:
    """The event with those that say the rest of its act, in the order they were recorded."""
    gone = voided_ids(events)
    parts = [e for e in events if e is event or (e.id not in gone and _same_act(event, e))]
    return sorted(parts, key=lambda e: (e.recorded_at, e.id))


def _same_act(event: Event, other: Event) -> bool:
    if event.kind is Kind.STEP_RECORDED:
        first = {e.payload.get("remplace", e.id) for e in (event, other)}
        return other.kind is event.kind and (len(first) == 1 or event.id in first)
    if event.on != other.on:
        return False
    if event.kind is Kind.DIAGNOSIS_HELD and other.kind is Kind.DIAGNOSIS_SIGNED:
        return True
    moments = ("date_rdv_diagnostic", "date_rdv_contrat")
    same_moment = all(event.payload.get(m) == other.payload.get(m) for m in moments)
    return other.kind is event.kind and event.kind in _COMPLETED and same_moment


def _said_whole(act: Sequence[Event], day: PartialDate) -> Draft:
    """The act once more, with its right date and all that was said of it."""
    first = act[0]
    payload = {name: value for e in act for name, value in e.payload.items()}
    texts = {name: text for e in act for name, text in e.texts.items()}
    if any(e.kind is Kind.DIAGNOSIS_SIGNED for e in act[1:]):
        payload["diagnostic_signe"] = True
    return Draft(first.kind, day, {**payload, "remplace": first.id}, texts)


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
