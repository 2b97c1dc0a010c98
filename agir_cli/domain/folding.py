"""Folding events into the state of a dossier: one `match` over the kinds.

Folding is lenient: it never raises. What cannot be (two sites' files joined, a step after the
end) comes out as an anomaly with a code, and the state says the most careful thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from agir_cli.domain.dates import Moment, PartialDate, from_edtf
from agir_cli.domain.dossier import (
    FACT_NAMES,
    Answered,
    Appointment,
    Arrival,
    Assignment,
    Closing,
    Decided,
    Declared,
    Designation,
    Diagnosis,
    Dossier,
    Entitlement,
    Facts,
    LiaisonRequest,
    Situation,
    Step,
    Transfer,
    Visits,
)
from agir_cli.domain.events import (
    BOOKED,
    Draft,
    Event,
    Kind,
    Payload,
    Position,
    Told,
    When,
    day_and_rank,
    order_key,
    recorded,
)
from agir_cli.domain.vocabulary import Motive, Orientation

State = dict[str, Any]
"""A dossier while it is being folded: its fields, by name."""
Part = Appointment | Arrival | Assignment | Declared | Designation | Diagnosis | Situation | Step
_EMPTY: State = Dossier()._asdict()


def fold(events: Iterable[Event]) -> Dossier:
    """Fold the events of one dossier, in whatever order they come, into its state."""
    ordered = sorted(events, key=order_key)
    voided = {e.payload.get("event") for e in ordered if e.kind is Kind.EVENT_VOIDED}
    kept = [e for e in ordered if e.id not in voided] if voided else ordered
    return _told(_EMPTY.copy(), kept, kept[0].dossier if kept else "")


def _told(state: State, ordered: Iterable[Told], dossier: str) -> Dossier:
    for event in ordered:
        _apply(state, event, dossier)
    return Dossier._make(state.values())  # its fields, in their order


def followed(dossier: Dossier, last: Position, new: Sequence[Event]) -> Dossier | None:
    """The state of a dossier once ``new`` events follow in its journal.

    ``last`` is the place of its last event in the written order. ``None`` where some of the new
    ones come before it, or void another: only `fold` tells then.
    """
    ordered = sorted(new, key=order_key)
    if order_key(ordered[0]) < last or any(e.kind is Kind.EVENT_VOIDED for e in new):
        return None
    return applied(dossier, ordered)


def applied(dossier: Dossier, drafts: Iterable[Told]) -> Dossier:
    """The state after these drafts, in the journal's order, as decisions look at it."""
    return _told(dossier._asdict(), sorted(drafts, key=day_and_rank), dossier.id)


def opened(dossier: str, drafts: Iterable[Draft]) -> Dossier:
    """The state of a new dossier whose journal will be these drafts.

    They are taken in the journal's order, so that it is what `fold` will say of their events
    (a step excepted, whose event has no id yet).
    """
    return _told(_EMPTY.copy(), sorted(drafts, key=day_and_rank), dossier)


def foretold(dossier: str, events: Iterable[Event], drafts: Iterable[Draft]) -> Dossier:
    """The state after these drafts are added to these events, in the journal's order."""
    proposed = [
        Event(f"~{n:06d}", dossier, d.kind, d.on, d.payload, "~", "", None, d.texts)
        for n, d in enumerate(drafts)
    ]
    return fold([*events, *proposed])


def as_of(events: Iterable[Event], day: date) -> list[Event]:
    """The events that certainly took effect by ``day`` included; undated ones are kept."""
    return [e for e in events if e.on is None or e.on.latest <= day]


def words_of(events: Iterable[Event]) -> dict[str, str]:
    """The present free texts of a dossier: of each field the last one that was said.

    Those of a task are its own.
    A motive of OFII is that of the decision that stands: said with it, or since and before another.
    """
    every = sorted(events, key=recorded)
    voided = {e.payload.get("event") for e in every if e.kind is Kind.EVENT_VOIDED}
    kept = [e for e in every if e.id not in voided and e.kind is not Kind.ACTION_RECORDED]
    found = {name: text for e in kept for name, text in e.texts.items()}
    if found.pop("motif_ofii", None) is not None and fold(every).ofii is not None:
        answers = [e for e in kept if e.kind in _OF_OFII]
        stands, last = max(answers, key=order_key), None
        for e in kept:
            last = e if e.kind in _OF_OFII else last
            if last is stands and "motif_ofii" in e.texts:
                found["motif_ofii"] = e.texts["motif_ofii"]
    return found


_OF_OFII = frozenset({Kind.OFII_REJECTED, Kind.OFII_VALIDATED})


def _incomplete(e: Told) -> bool:
    traits = e.kind.traits
    if e.on is None and traits.when is When.NEEDED:
        return True
    return bool(traits.needs) and not traits.needs <= e.payload.keys()


def _apply(s: State, e: Told, dossier: str) -> None:  # noqa: C901 - one match over all kinds, by design
    p = e.payload
    match e.kind:
        case _ if _incomplete(e):
            _note(s, f"incomplet:{e.kind.value}")
        case _ if s["closing"] is not None and e.kind.traits.lived:
            _after_the_end(s, e)
        case Kind.DOSSIER_OPENED:
            s["id"], s["reference"], s["person"] = dossier, p["dossier"], p["personne"]
            s["department"] = p["departement"]
            s["opened_on"] = p.get("ouvert_le") or _recorded_on(e)
            s["facts"] = _with_facts(s["facts"], p)
        case Kind.CIR_SIGNED:
            s["cir"] = e.on
        case Kind.ORIENTATION_ACCEPTED:
            answered(s, Orientation.ACCEPTED, e.on)
        case Kind.FACTS_RECORDED:
            s["facts"] = _with_facts(s["facts"], p)
        case Kind.PRECHECK_OVERRIDDEN:
            s["overridden"] = True
        case Kind.NAMESAKE_CONFIRMED:
            s["namesakes"] |= {p["autre"]}
        case Kind.PERSONS_LINKED:
            s["linked"] |= {p["autre"]}
        case Kind.ORIENTATION_PROPOSED:
            answered(s, None, e.on)
        case Kind.ORIENTATION_DECLINED:
            answered(s, Orientation.DECLINED, e.on)
        case Kind.LIAISON_FORM_COMPLETED:
            filled_in(s, e)
        case Kind.LISTING_SENT:
            sent(s, e)
        case Kind.OFII_VALIDATED | Kind.OFII_REJECTED:
            decided(s, e)
        case Kind.DIAGNOSIS_BOOKED | Kind.CONTRACT_BOOKED | Kind.VISIT_BOOKED:
            of = BOOKED[e.kind]
            s[of.visits] = _booked(s[of.visits], e, p[of.moment])
        case Kind.DIAGNOSIS_MISSED:
            s["diagnosis_visits"] = _missed(s["diagnosis_visits"], e)
        case Kind.DIAGNOSIS_HELD:
            _held(s, e)
        case Kind.DIAGNOSIS_SIGNED:
            if (held := s["diagnosis"]) is not None:
                s["diagnosis"] = held._replace(diagnostic_signe=True, signed_apart=True)
        case Kind.REFERENT_DESIGNATED:
            _designated(s, e)
        case Kind.REFERENT_CHANGED:
            _changed_hands(s, e)
        case Kind.CONTRACT_MISSED:
            s["contract_visits"] = _missed(s["contract_visits"], e)
        case Kind.CONTRACT_SIGNED:
            _signed(s, e)
        case Kind.VISIT_MISSED | Kind.VISIT_HELD:
            s["other_visits"] = _came(s["other_visits"], e)
        case Kind.CONTRACT_REFUSED:
            s["closing"] = Closing(e.on, Motive.CONTRACT_REFUSED)
        case Kind.RIGHT_RECORDED:
            known = Entitlement(e.on, p["droit"], p["etat_droit"], p.get("date_fin_droit"))
            s["rights"] = (*s["rights"], known)
        case Kind.SITUATION_RECORDED:
            s["situations"] = (*s["situations"], Situation(_date(e), **_said(Situation, p)))
        case Kind.INTERVIEW_HELD:
            s["interviews"] = (*s["interviews"], _date(e))
        case Kind.INTERVIEW_EXCUSED:
            s["excuses"] = (*s["excuses"], _date(e))
            s["motif_excuse"] = e.payload.get("motif_excuse")
        case Kind.STEP_RECORDED:
            s["steps"] = _with_step(s["steps"], e)
        case Kind.TRANSFER_RECEIVED:
            s["arrival"] = Arrival(_date(e), **_said(Arrival, p))
        case Kind.TRANSFER_ASKED:
            s["transfers"] = (*s["transfers"], Transfer(_date(e), p["vers_departement"]))
        case Kind.TRANSFER_ANSWERED:
            _answered_by_the_other(s, e)
        case Kind.DOSSIER_CLOSED:
            s["closing"] = Closing(e.on, p["motif"])
        case Kind.DECLARED:
            made = Declared(e.id, e.on, p.get("numero_declaration"))
            s["declarations"] = (*s["declarations"], made)
        case Kind.DECLARATION_REJECTED:
            if s["declarations"]:
                *others, last = s["declarations"]
                s["declarations"] = (*others, last._replace(rejected_on=_date(e)))
        case _:
            pass  # seen in the journal: nothing of the state


def _after_the_end(s: State, e: Told) -> None:
    """Note a step after the end; it changes nothing, except that a final ending wins."""
    _note(s, f"apres_cloture:{e.kind.value}")
    if e.kind is Kind.CONTRACT_REFUSED:
        s["closing"] = Closing(e.on, Motive.CONTRACT_REFUSED)
    if e.kind is Kind.DOSSIER_CLOSED and s["closing"].motive in _NOT_AN_END_OF_RIGHT:
        s["closing"] = Closing(e.on, e.payload["motif"])


# Only to choose between two contradictory endings of one dossier; what is final is data.
_NOT_AN_END_OF_RIGHT = frozenset(
    {Motive.TRANSFER, Motive.DEATH, Motive.MISTAKE, Motive.NOT_ELIGIBLE, Motive.DROPPED}
)


def _note(s: State, anomaly: str) -> None:
    s["anomalies"] = (*s["anomalies"], anomaly)


def _with_facts(facts: Facts, payload: Payload) -> Facts:
    now = Facts._make(map(payload.get, Facts._fields, facts))
    erased = payload.get("efface")
    return now._replace(**dict.fromkeys(FACT_NAMES.intersection(erased))) if erased else now


def _said(part: type[Part], payload: Payload) -> dict[str, Any]:
    """The values an event gives to a part of the state: the fields bear the same names."""
    return {name: v for name in part._fields if (v := payload.get(name)) is not None}


def _booked(visits: Visits, e: Told, moment: Moment) -> Visits:
    """Add an appointment, or complete the one booked at that moment, its hour included."""
    every, said = visits.appointments, _said(Appointment, e.payload)
    same = visits.at(moment)
    if same is not None:
        whole = same._replace(moment=same.moment if same.moment.hour else moment, **said)
        return visits._replace(appointments=tuple(whole if a is same else a for a in every))
    return visits._replace(appointments=(*every, Appointment(moment, e.on, **said)))


def _missed(visits: Visits, e: Told) -> Visits:
    on = _date(e)
    done = [a for a in visits.appointments if a.missed_on is None and a.moment.day <= on.latest]
    appointments = tuple(
        a._replace(missed_on=on) if done and a is done[-1] else a for a in visits.appointments
    )
    return Visits(appointments, (*visits.absences, on))


def _came(visits: Visits, e: Told) -> Visits:
    """Say of the appointment of that day whether it was kept; one that was not booked is added."""
    on, said = _date(e), _said(Appointment, e.payload)
    missed = e.kind is Kind.VISIT_MISSED
    said |= {"missed_on" if missed else "held_on": on}
    absences = (*visits.absences, on) if missed else visits.absences
    awaited, every = visits.on(on, e.payload.get("type_visite")), visits.appointments
    if awaited is None:
        return Visits((*every, Appointment(Moment(on.earliest), None, **said)), absences)
    known = awaited._replace(**said)
    return Visits(tuple(known if a is awaited else a for a in every), absences)


def _held(s: State, e: Told) -> None:
    held = s["diagnosis"]
    if held is not None and held.on != e.on:
        _note(s, "deux_diagnostics")
    else:
        s["diagnosis"] = Diagnosis(_date(e), **_said(Diagnosis, e.payload))


def _designated(s: State, e: Told) -> None:
    """Add or complete a decision; a later one replaces what it says, and the clock's start stays.

    The first day is that of the first commission [D].
    """
    made = Assignment(_date(e), **(said := _said(Assignment, e.payload)))
    others = tuple(each for each in s["commissions"] if each.on != made.on)
    s["assignment"] = s["assignment"]._replace(**said) if others else made
    s["commissions"] = (*others, made)
    if named := _said(Designation, e.payload):
        s["designations"] = (*s["designations"], Designation(_date(e), **named))


def _changed_hands(s: State, e: Told) -> None:
    """Put another référent in the place of the one in force; the commissions stay."""
    if s["assignment"] is None:
        _note(s, "referent_sans_commission")
    else:
        said = _said(Designation, e.payload)
        s["assignment"] = s["assignment"]._replace(**said)
        s["designations"] = (*s["designations"], Designation(_date(e), **said))


def _signed(s: State, e: Told) -> None:
    if s["contract"] is not None and s["contract"] != e.on:
        _note(s, "deux_contrats")
    else:
        s["contract"] = e.on


def _answered_by_the_other(s: State, e: Told) -> None:
    """Put the answer to the first transfer that has none: of one day, a new one comes before it."""
    every = list(s["transfers"])
    at = next((n for n, each in enumerate(every) if each.answer is None), None)
    if at is None:
        _note(s, "reponse_sans_demande")
        return
    every[at] = every[at]._replace(answered_on=e.on, answer=e.payload["reponse_transfert"])
    s["transfers"] = tuple(every)


def _with_step(steps: tuple[Step, ...], e: Told) -> tuple[Step, ...]:
    """Add a step, or complete the one whose event it names."""
    own = {"event": e.id, "on": e.on, "words": e.texts.get("etape", "")}
    step = Step(**_said(Step, e.payload) | own)
    completed = e.payload.get("remplace")
    place = next((n for n, s in enumerate(steps) if s.event == completed), None)
    if place is None:
        return (*steps, step)
    return (*steps[:place], step._replace(event=steps[place].event), *steps[place + 1 :])


def _recorded_on(e: Told) -> PartialDate | None:
    """The day an older event was written on, which does not say its own."""
    try:
        return from_edtf(e.recorded_at[:10]) if isinstance(e, Event) else None
    except ValueError:
        return None


def _date(e: Told) -> PartialDate:
    return e.on if e.on is not None else PartialDate(date.min, date.max)


# --- requests made of OFII, and its answers ----------------------------------------------


ON_THE_FORM = ("souhait", "flyer_remis", "soutien_agir")


def filled_in(s: State, e: Told) -> None:
    """Add or complete a form; a new one asks OFII again: an earlier "no" stops counting."""
    requests = s["requests"]
    told = {name: value for name in ON_THE_FORM if (value := e.payload.get(name)) is not None}
    if any(request.on == e.on for request in requests):  # the day tells a form: this one says more
        s["requests"] = tuple(r._replace(**told) if r.on == e.on else r for r in requests)
        return
    rejected = s["ofii"] is not None and not s["ofii"].positive
    again = rejected or (bool(requests) and requests[-1].again and requests[-1].decision is None)
    s["requests"] = (*requests, LiaisonRequest(e.on, again=again, **told))
    if rejected:
        s["ofii"] = None
    answer = s["orientation"]
    declined = answer is not None and answer.outcome is Orientation.DECLINED
    if again or (declined and told.get("souhait") is not False):
        s["orientation"] = _superseded(answer)


def decided(s: State, e: Told) -> None:
    """Record OFII's decision on the last form, if any; a rejection supersedes an acceptance."""
    answer = Decided(e.payload["decision_ofii"], e.on, e.payload.get("listing"))
    s["ofii"] = answer
    s["requests"] = _on_last(s["requests"], decision=answer)
    if not answer.positive:
        s["rejections"] = (*s["rejections"], answer)
        s["orientation"] = _superseded(s["orientation"])


def answered(s: State, outcome: Orientation | None, on: PartialDate | None) -> None:
    """Record the answer to a proposal; a "no" withdraws the form that waits for OFII."""
    known, requests = s["orientation"], s["requests"]
    if known is not None and known.outcome not in (None, outcome if known.on is None else None):
        s["answers"] = (*s["answers"], known)
    s["orientation"] = Answered(outcome, on)
    if outcome is Orientation.DECLINED and requests and requests[-1].decision is None:
        s["requests"] = _on_last(requests, declined_on=on)


def _superseded(answer: Answered | None) -> Answered | None:
    return answer and answer._replace(superseded=True)


def _on_last(requests: tuple[LiaisonRequest, ...], **changes: Any) -> tuple[LiaisonRequest, ...]:
    if not requests:
        return ()
    return (*requests[:-1], requests[-1]._replace(**changes))


def sent(s: State, e: Told) -> None:
    """Mark the form that a listing carries, by its day; older events name none: the last form."""
    requests = s["requests"]
    form, listing = e.payload.get("date_fiche"), e.payload.get("listing")
    if form is None or not any(request.on == form for request in requests):
        s["requests"] = _on_last(requests, sent_on=e.on, listing=listing)
        return
    s["requests"] = tuple(
        request._replace(sent_on=e.on, listing=listing) if request.on == form else request
        for request in requests
    )
