"""Folding events into the state of a dossier: one `match` over the kinds.

Folding is lenient: it never raises. What cannot be (two sites' files joined, a step after the
end) comes out as an anomaly with a code, and the state says the most careful thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import reduce
from typing import Any

from agir_cli.domain.dates import PartialDate
from agir_cli.domain.dossier import (
    FACT_NAMES,
    Answered,
    Appointment,
    Assignment,
    Closing,
    Decided,
    Diagnosis,
    Dossier,
    Facts,
    LiaisonRequest,
    Situation,
    Step,
    Visits,
)
from agir_cli.domain.events import Draft, Event, Kind, order_key
from agir_cli.domain.vocabulary import Motive, Orientation


def fold(events: Iterable[Event]) -> Dossier:
    """The state that these events of one dossier tell, in whatever order they come."""
    ordered = sorted(events, key=order_key)
    voided = {e.payload.get("event") for e in ordered if e.kind is Kind.EVENT_VOIDED}
    return reduce(_apply, (e for e in ordered if e.id not in voided), Dossier())


def applied(dossier: Dossier, drafts: Iterable[Draft]) -> Dossier:
    """The state after these drafts, taken in their order: what a decision looks at."""
    return reduce(
        _apply, (Event("", dossier.id, d.kind, d.on, d.payload, "", "") for d in drafts), dossier
    )


def as_of(events: Iterable[Event], day: date) -> list[Event]:
    """The events that certainly took effect by ``day`` included; undated ones are kept."""
    return [e for e in events if e.on is None or e.on.latest <= day]


_AFTER_END = frozenset(
    {
        Kind.DIAGNOSIS_HELD, Kind.REFERENT_DESIGNATED, Kind.CONTRACT_SIGNED, Kind.INTERVIEW_HELD,
        Kind.CONTRACT_REFUSED, Kind.DOSSIER_CLOSED, Kind.LIAISON_FORM_COMPLETED,
    }
)  # fmt: skip
"""What the person did; an appointment or a listing may be made before the end is known of."""

_DATED = frozenset(
    {
        Kind.CIR_SIGNED, Kind.DIAGNOSIS_MISSED, Kind.DIAGNOSIS_HELD, Kind.REFERENT_DESIGNATED,
        Kind.CONTRACT_MISSED, Kind.CONTRACT_SIGNED, Kind.SITUATION_RECORDED, Kind.INTERVIEW_HELD,
    }
)  # fmt: skip
_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    Kind.DOSSIER_OPENED: ("dossier", "personne", "departement"),
    Kind.NAMESAKE_CONFIRMED: ("autre",),
    Kind.OFII_VALIDATED: ("decision_ofii",),
    Kind.OFII_REJECTED: ("decision_ofii",),
    Kind.DIAGNOSIS_BOOKED: ("date_rdv_diagnostic",),
    Kind.CONTRACT_BOOKED: ("date_rdv_contrat",),
    Kind.DOSSIER_CLOSED: ("motif",),
}


def _incomplete(e: Event) -> bool:
    undated = e.on is None and e.kind in _DATED
    return undated or any(name not in e.payload for name in _NEEDED.get(e.kind, ()))


def _apply(d: Dossier, e: Event) -> Dossier:  # noqa: C901 - one match over all kinds, by design
    if _incomplete(e):
        return _anomaly(d, f"incomplet:{e.kind.value}")
    if d.closing is not None and e.kind in _AFTER_END:
        return _after_the_end(d, e)
    p = e.payload
    match e.kind:
        case Kind.DOSSIER_OPENED:
            return replace(
                d, id=e.dossier, reference=p["dossier"], person=p["personne"],
                department=p["departement"], facts=_with_facts(d.facts, p),
            )  # fmt: skip
        case Kind.FACTS_RECORDED:
            return replace(d, facts=_with_facts(d.facts, p))
        case Kind.CIR_SIGNED:
            return replace(d, cir=e.on)
        case Kind.PRECHECK_OVERRIDDEN:
            return replace(d, overridden=True)
        case Kind.NAMESAKE_CONFIRMED:
            return replace(d, namesakes=d.namesakes | {p["autre"]})
        case Kind.ORIENTATION_PROPOSED:
            return replace(d, orientation=Answered(None, e.on))
        case Kind.ORIENTATION_ACCEPTED:
            return replace(d, orientation=Answered(Orientation.ACCEPTED, e.on))
        case Kind.ORIENTATION_DECLINED:
            return replace(d, orientation=Answered(Orientation.DECLINED, e.on))
        case Kind.LIAISON_FORM_COMPLETED:
            request = LiaisonRequest(e.on, p.get("souhait"))
            return replace(d, requests=(*d.requests, request), ofii=_forget_rejection(d.ofii))
        case Kind.LISTING_SENT:
            return replace(d, requests=_on_last(d, sent_on=e.on, listing=p.get("listing")))
        case Kind.OFII_VALIDATED | Kind.OFII_REJECTED:
            decided = Decided(p["decision_ofii"], e.on, p.get("listing"))
            return replace(d, ofii=decided, requests=_on_last(d, decision=decided))
        case Kind.DIAGNOSIS_BOOKED:
            return replace(d, diagnosis_visits=_booked(d.diagnosis_visits, e, "diagnostic"))
        case Kind.DIAGNOSIS_MISSED:
            return replace(d, diagnosis_visits=_missed(d.diagnosis_visits, e))
        case Kind.DIAGNOSIS_HELD:
            return _held(d, e)
        case Kind.DIAGNOSIS_SIGNED:
            held = d.diagnosis
            return replace(d, diagnosis=held._replace(signed=True) if held else None)
        case Kind.REFERENT_DESIGNATED:
            return _designated(d, e)
        case Kind.CONTRACT_BOOKED:
            return replace(d, contract_visits=_booked(d.contract_visits, e, "contrat"))
        case Kind.CONTRACT_MISSED:
            return replace(d, contract_visits=_missed(d.contract_visits, e))
        case Kind.CONTRACT_SIGNED:
            if d.contract is not None and d.contract != e.on:
                return _anomaly(d, "deux_contrats")
            return replace(d, contract=e.on)
        case Kind.CONTRACT_REFUSED:
            return replace(d, closing=Closing(e.on, Motive.CONTRACT_REFUSED))
        case Kind.SITUATION_RECORDED:
            return replace(d, situations=(*d.situations, _situation(e)))
        case Kind.INTERVIEW_HELD:
            return replace(d, interviews=(*d.interviews, _date(e)))
        case Kind.STEP_RECORDED:
            return replace(d, steps=(*d.steps, _step(e)))
        case Kind.DOSSIER_CLOSED:
            return replace(d, closing=Closing(e.on, p["motif"]))
        case Kind.EVENT_VOIDED:
            return d


def _after_the_end(d: Dossier, e: Event) -> Dossier:
    """A step after the end changes nothing, but for an ending that is final: it wins."""
    noted = _anomaly(d, f"apres_cloture:{e.kind.value}")
    if e.kind is Kind.CONTRACT_REFUSED:
        return replace(noted, closing=Closing(e.on, Motive.CONTRACT_REFUSED))
    if e.kind is Kind.DOSSIER_CLOSED and d.closing and d.closing.motive in _NOT_AN_END_OF_RIGHT:
        return replace(noted, closing=Closing(e.on, e.payload["motif"]))
    return noted


# Only to choose between two contradictory endings of one dossier; what is final is data.
_NOT_AN_END_OF_RIGHT = frozenset(
    {Motive.TRANSFER, Motive.DEATH, Motive.MISTAKE, Motive.NOT_ELIGIBLE, Motive.DROPPED}
)


def _anomaly(d: Dossier, code: str) -> Dossier:
    return replace(d, anomalies=(*d.anomalies, code))


def _with_facts(facts: Facts, payload: Any) -> Facts:
    known = {name: value for name, value in payload.items() if name in FACT_NAMES}
    return replace(facts, **known) if known else facts


def _forget_rejection(decided: Decided | None) -> Decided | None:
    """A new form asks OFII again: an earlier rejection no longer answers."""
    return decided if decided is None or decided.positive else None


def _on_last(d: Dossier, **changes: Any) -> tuple[LiaisonRequest, ...]:
    if not d.requests:
        return ()
    return (*d.requests[:-1], d.requests[-1]._replace(**changes))


def _booked(visits: Visits, e: Event, step: str) -> Visits:
    moment = e.payload[f"date_rdv_{step}"]
    appointment = Appointment(moment, e.on, e.payload.get("bureau"))
    return visits._replace(appointments=(*visits.appointments, appointment))


def _missed(visits: Visits, e: Event) -> Visits:
    on = _date(e)
    done = [a for a in visits.appointments if a.missed_on is None and a.moment.day <= on.latest]
    appointments = tuple(
        a._replace(missed_on=on) if done and a is done[-1] else a for a in visits.appointments
    )
    return Visits(appointments, (*visits.absences, on))


def _held(d: Dossier, e: Event) -> Dossier:
    if d.diagnosis is not None and d.diagnosis.on != e.on:
        return _anomaly(d, "deux_diagnostics")
    p = e.payload
    held = Diagnosis(_date(e), p.get("diagnostic_signe"), tuple(p.get("priorites_preconisees", ())))
    return replace(d, diagnosis=held)


def _designated(d: Dossier, e: Event) -> Dossier:
    p = e.payload
    assignment = Assignment(
        _date(e), tuple(p.get("priorites", ())), p.get("modalite"),
        p.get("bassin_de_vie"), p.get("referent"), p.get("second_referent"),
    )  # fmt: skip
    return replace(d, assignment=assignment)


def _step(e: Event) -> Step:
    p, words = e.payload, e.texts.get("etape", "")
    return Step(e.id, p.get("domaine"), e.on, p.get("date_fin_etape"), p.get("heures"), words)


def _situation(e: Event) -> Situation:
    p = e.payload
    return Situation(
        _date(e), p.get("situation_logement"), p.get("detail_logement"),
        p.get("situation_professionnelle"), p.get("niveau_francais"),
    )  # fmt: skip


def _date(e: Event) -> PartialDate:
    return e.on if e.on is not None else PartialDate(date.min, date.max)
