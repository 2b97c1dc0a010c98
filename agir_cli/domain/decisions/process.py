"""Diagnostic, commission, contract: the half of the process that both routes share.

Source: webinar of 12 October 2023, slides "Process d'admission", steps 3 to 5; lateness is a
warning, a missing commission is a warning, an absence is never a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from agir_cli.domain import commands as c
from agir_cli.domain.causes import CONTRACT, DIAGNOSIS, OTHER, Booking
from agir_cli.domain.commands import booking_of
from agir_cli.domain.dates import (
    NO,
    Moment,
    PartialDate,
    before_or_on,
    exactly,
    french,
    french_day,
    french_moment,
)
from agir_cli.domain.decisions.common import (
    Accepted,
    Context,
    Decision,
    Milestone,
    Recorded,
    already,
    closed,
    dated,
    decide,
    in_future,
    lateness,
    out_of_order,
    past_term,
    running,
    said_again,
    too_early,
    values_of,
)
from agir_cli.domain.decisions.support import add_interview
from agir_cli.domain.dossier import Appointment, Dossier, Visits
from agir_cli.domain.eligibility import shown
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.route import received, route
from agir_cli.domain.vocabulary import Motive, Nature, Route, VisitType

_LATER = ("date_confirmation", "convocation_remise", "plan_acces_remis")
"""What is said of an appointment after it was booked."""
_OF_A_VISIT = ("bureau", "confirmation", *_LATER)
_OF_A_DIAGNOSIS = ("diagnostic_signe", "priorites_preconisees")
_OF_A_COMMISSION = ("priorites", "modalite", "bassin_de_vie", "referent", "second_referent")


class _Step(NamedTuple):
    """The step that an appointment or an absence is about, and how far the dossier is with it."""

    of: Booking
    visits: Visits
    done: PartialDate | None

    def event(self, what: str) -> Kind:
        """The kind of event that says it was ``booked``, or ``missed``."""
        return Kind(f"{self.of.kind}_{what}")

    def already_done(self) -> Finding:
        """Finding: the step is done, so that nothing is awaited."""
        step, day = self.of.step, french(self.done)
        return finding("etape_faite", f"le {step} : {day}", etape=f"Le {step}", date=day)


def _step(d: Dossier, command: c.BookAppointment | c.MissDiagnosis | c.MissContract) -> _Step:
    of = booking_of(command)
    done = {DIAGNOSIS: d.diagnosed, CONTRACT: d.contract}.get(of)
    return _Step(of, getattr(d, of.visits), done)


def book(d: Dossier, command: c.BookAppointment, context: Context) -> Decision:
    """Book the appointment of the diagnostic, of the contract (again), or another one."""
    step = _step(d, command)
    of, nature = step.of, None if step.of is OTHER else Nature(step.of.nature)
    moment: Moment = getattr(command, of.moment)
    own = () if nature else ("type_visite",)
    details = values_of(command, of.moment, *_OF_A_VISIT, *own)
    texts = values_of(command, "reference_cirng") if of is DIAGNOSIS else {}
    same = step.visits.at(moment)
    early = in_future("date_confirmation", command.date_confirmation, context.today)
    if same is not None and not early:
        return said_again(d, _as_booked(step, same, moment), details, texts)
    refusals = [*closed(d), *(not_admitted(d) if nature else []), *early]
    if step.done is not None and moment.day > step.done.latest:
        refusals.append(step.already_done())
    if nature and d.cir is not None and moment.day < d.cir.earliest:
        refusals += out_of_order(d, "diagnostic", "le rendez-vous", exactly(moment.day))
    warnings = list(_admission_warnings(d)) if nature else []
    if moment.day < context.today and step.done is None:
        warnings.append(finding("rendez_vous_passe", french_day(moment.day)))
    warnings += _too_late(d, nature, moment, context) if nature else []
    booked_on = exactly(min(context.today, moment.day))
    return decide(refusals, [Draft(step.event("booked"), booked_on, details, texts)], warnings)


def _too_late(d: Dossier, nature: Nature, moment: Moment, context: Context) -> list[Finding]:
    """Warning: the appointment comes after the last day of its deadline."""
    due = next((span.due for span in running(d, nature, context) if span.due is not None), None)
    if due is None or moment.day <= due.latest:
        return []
    return [finding("rdv_hors_delai", rdv=french_day(moment.day), echeance=french(due))]


def _as_booked(step: _Step, booked: Appointment, said: Moment) -> Recorded:
    """A booked appointment as a recorded act: known by its moment, completed by its hour."""
    facts = values_of(booked, *_OF_A_VISIT, "type_visite")
    completes = booked.moment.hour is None and said.hour is not None
    key = {} if completes else {step.of.moment: booked.moment}
    kind = step.event("booked")
    return Recorded(kind, booked.booked_on, facts, "le rendez-vous", _LATER, key)


def miss(d: Dossier, command: c.MissDiagnosis | c.MissContract, context: Context) -> Decision:
    """Record an absence at the diagnostic, or at the contract appointment."""
    step, on = _step(d, command), command.date_absence
    if any(on.covers(absence) for absence in step.visits.absences):
        return Accepted()
    refusals = [*closed(d), *in_future("date_absence", on, context.today)]
    if step.done is not None and on.earliest >= step.done.latest:
        refusals.append(step.already_done())
    warnings = _unbooked(d, step.visits, on, f"{step.of.verb} book")
    missed = step.event("missed")
    return decide(refusals, [Draft(missed, on.known_by(context.today))], warnings)


def came(d: Dossier, command: c.HoldVisit | c.MissVisit, context: Context) -> Decision:
    """Record that the person came to another appointment, or did not; booked or not.

    A follow-up interview that is held is one of those due every two months.
    """
    held = isinstance(command, c.HoldVisit)
    on = command.date_visite if isinstance(command, c.HoldVisit) else command.date_absence
    what, field = command.type_visite, command.day or ""
    told = [a for a in d.other_visits.appointments
            if None in (what, a.type_visite) or a.type_visite is what]  # fmt: skip
    if any(on.covers(day) for a in told if (day := a.held_on if held else a.missed_on)):
        return Accepted()
    kinds = (Kind.VISIT_HELD, Kind.VISIT_MISSED) if held else (Kind.VISIT_MISSED, Kind.VISIT_HELD)
    awaited = d.other_visits.on(on, what)
    refusals = [*closed(d), *in_future(field, on, context.today)]
    other = [day for a in told if (day := a.missed_on if held else a.held_on) and on.covers(day)]
    if awaited is None and other:
        said = ("absent", "tenu") if held else ("tenu", "absent")
        refusals.append(already(d, kinds[1], field, *said, day="", on=other[0]))
    elif awaited is None and not on.exact:
        refusals.append(finding("rdv_sans_jour", french(on), field=field, dossier=d.reference))
    warnings = [] if held or awaited else [finding("rdv_manquant", commande="visit book",
                                                   dossier=d.reference)]  # fmt: skip
    day = on.known_by(context.today)
    drafts = [Draft(kinds[0], day, values_of(command, "type_visite"))]
    if held and (what or (awaited and awaited.type_visite)) is VisitType.INTERVIEW:
        interview = add_interview(d, c.AddInterview(dossier="", date_entretien=on), context)
        if isinstance(interview, Accepted) and interview.drafts:
            drafts += interview.drafts
            warnings += [finding("entretien_avec", date=french(on)), *interview.warnings]
    return decide(refusals, drafts, warnings)


def _unbooked(d: Dossier, visits: Visits, on: PartialDate, rebook: str) -> list[Finding]:
    """Warning for an absence without its appointment: another is booked, and still stands."""
    waiting = [a.moment for a in visits.appointments if a.missed_on is None]
    if any(moment.day <= on.latest for moment in waiting):
        return []
    if waiting:
        rdv = french_moment(waiting[0])
        return [finding("rdv_autre_jour", rdv=rdv, date=french(on), dossier=d.reference)]
    return [finding("rdv_manquant", commande=rebook, dossier=d.reference)]


# --- diagnostic and contract -------------------------------------------------------------


def hold_diagnosis(d: Dossier, command: c.HoldDiagnosis, context: Context) -> Decision:
    """Record the diagnostic: signed or not, with the priority the professional recommends."""
    on = command.date_diagnostic
    if d.diagnosis is not None:
        return _diagnosis_again(d, command)
    refusals = [
        *closed(d), *not_admitted(d), *in_future("date_diagnostic", on, context.today),
        *out_of_order(d, "diagnostic", "le diagnostic", on),
    ]  # fmt: skip
    payload = values_of(command, *_OF_A_DIAGNOSIS)
    warnings = [*_admission_warnings(d), *lateness(d, Nature.DIAGNOSIS, "Diagnostic", on, context)]
    if not command.diagnostic_signe:
        warnings.append(_unsigned(d, on))
    draft = Draft(Kind.DIAGNOSIS_HELD, on.known_by(context.today), payload)
    return decide(refusals, [draft], warnings)


def _diagnosis_again(d: Dossier, command: c.HoldDiagnosis) -> Decision:
    held = d.diagnosis
    assert held is not None  # the caller looked
    if not command.date_diagnostic.covers(held.on):
        shown = french(command.date_diagnostic)
        known = already(d, Kind.DIAGNOSIS_HELD, "date_diagnostic", french(held.on), shown)
        return decide([known], ())
    if held.diagnostic_signe and command.diagnostic_signe is False:
        kind = Kind.DIAGNOSIS_SIGNED if held.signed_apart else Kind.DIAGNOSIS_HELD
        suite = "" if held.signed_apart else " Puis retapez le diagnostic."
        return decide([already(d, kind, "diagnostic_signe", "oui", "non", suite, day="")], ())
    more = command.priorites_preconisees not in (None, held.priorites_preconisees)
    if command.diagnostic_signe and not held.diagnostic_signe and not more:
        return decide(closed(d), [Draft(Kind.DIAGNOSIS_SIGNED, held.on)])
    facts = values_of(held, *_OF_A_DIAGNOSIS)
    recorded = Recorded(Kind.DIAGNOSIS_HELD, held.on, facts, "le diagnostic", ("diagnostic_signe",))
    return said_again(d, recorded, values_of(command, *_OF_A_DIAGNOSIS))


def _unsigned(d: Dossier, on: PartialDate) -> Finding:
    return finding("diagnostic_non_signe", dossier=d.reference, date=french(on))


def sign_contract(d: Dossier, command: c.SignContract, context: Context) -> Decision:
    """Record the contract: the three-week clock stops, the two years begin."""
    on = command.date_contrat
    if d.contract is not None:
        if on.covers(d.contract):
            return Accepted()
        known = already(d, Kind.CONTRACT_SIGNED, "date_contrat", french(d.contract), french(on))
        return decide([known], ())
    refusals = [
        *closed(d), *not_admitted(d), *no_diagnosis(d),
        *in_future("date_contrat", on, context.today),
        *out_of_order(d, "contrat", "le contrat", on), *past_term(d, on, context),
    ]  # fmt: skip
    warnings = lateness(d, Nature.CONTRACTING, "Contractualisation", on, context)
    if d.diagnosis is not None and not d.diagnosis.diagnostic_signe:
        warnings.append(_unsigned(d, d.diagnosis.on))
    rules = context.rulebook.rule_set(d.department, received(d))
    if d.assignment is None and (rules is None or rules.commission):
        warnings.append(finding("commission_manquante", dossier=d.reference))
    texts = values_of(command, "projet")
    return decide(
        refusals, [Draft(Kind.CONTRACT_SIGNED, on.known_by(context.today), {}, texts)], warnings
    )


def refuse_contract(d: Dossier, command: c.RefuseContract, context: Context) -> Decision:
    """Record the refusal of the contract: definitive [W: AGIR : un droit dédié aux BPI]."""
    on = command.date_refus
    if d.closing is not None and d.closing.motive is Motive.CONTRACT_REFUSED:
        if d.closing.on is not None and on.covers(d.closing.on):
            return Accepted()
        recorded = french(d.closing.on) or "jour inconnu"
        known = already(d, Kind.CONTRACT_REFUSED, "date_refus", recorded, french(on))
        return decide([known], ())
    refusals = [
        *closed(d), *no_diagnosis(d), *in_future("date_refus", on, context.today),
        *out_of_order(d, "fin", "le refus", on),
    ]  # fmt: skip
    if d.contract is not None:
        shown = french(d.contract)
        refusals.append(finding("contrat_signe", shown, date=shown, dossier=d.reference))
    return decide(refusals, [Draft(Kind.CONTRACT_REFUSED, on.known_by(context.today))])


def no_diagnosis(d: Dossier) -> list[Finding]:
    if d.diagnosis is not None:
        return []
    return [finding("diagnostic_manquant", "aucun diagnostic au dossier", dossier=d.reference)]


def not_admitted(d: Dossier) -> list[Finding]:
    """Finding if a decline or a rejection stops the process; an unknown answer does not."""
    if d.admitted:
        return []
    if d.ofii is not None:
        fact = f"{dated('décision OFII', d.ofii.on)} : {d.ofii.outcome.label}"
        return [finding("rejete_ofii", fact, dossier=d.reference)]
    if d.declined:
        return [_declined(d)]
    return [form_waits(d)] if d.presented_again else []


def _declined(d: Dossier) -> Finding:
    """Finding: the person declined, to OFII or on a form; with the route by which to come back."""
    form = d.requests[-1] if d.requests else None
    if form is not None and form.souhait is False:
        fact = f"{dated('fiche de liaison', form.on)} : souhait : non"
    else:
        on = d.orientation.on if d.orientation else None
        fact = dated("orientation déclinée", on)
    by_form = form is not None or route(d.cir, received(d), None) is Route.LIAISON
    back = "liaison add {} --on JOUR --souhait oui" if by_form else _ORIENTED
    return finding(
        "orientation_declinee", fact, dossier=d.reference, reprise=back.format(d.reference)
    )


_ORIENTED = "enroll --dossier {} --orientation acceptee --date-orientation JOUR"


def form_waits(d: Dossier) -> Finding:
    """Finding: the last form has no answer yet, and OFII decides."""
    fact = f"{dated('fiche', d.requests[-1].on)}, sans réponse"
    return finding("fiche_en_cours", fact, dossier=d.reference)


def _admission_warnings(d: Dossier) -> list[Finding]:
    unknown = not d.admitted and d.diagnosis is None and not not_admitted(d)
    return [finding("orientation_absente", dossier=d.reference)] if unknown else []


# --- the commission ----------------------------------------------------------------------


def assign(d: Dossier, command: c.Assign, context: Context) -> Decision:
    """Record the commission's decision: priorities, mode, bassin de vie, partners, référent."""
    on = command.date_commission
    if d.assignment is not None:
        return _assign_again(d, command, context)
    refusals = [
        *closed(d), *not_admitted(d), *no_diagnosis(d),
        *in_future("date_commission", on, context.today),
        *out_of_order(d, "commission", "la commission", on),
    ]  # fmt: skip
    payload, texts = values_of(command, *_OF_A_COMMISSION), values_of(command, "partenaires")
    draft = Draft(Kind.REFERENT_DESIGNATED, on.known_by(context.today), payload, texts)
    return decide(refusals, [draft], _priority_to_say(d, command))


def assign_from_agenda(d: Dossier, command: c.Assign, context: Context) -> Decision:
    """Record the decision on somebody who was waiting; refuse where another day has one since."""
    on = command.date_commission
    made = [] if any(on.covers(each.on) for each in d.commissions) else d.commissions[-1:]
    for each in made:
        told = finding(
            "attribue_entre_temps", dated("commission", each.on), dossier=d.reference,
            recorded=dated("commission", each.on), given=each.referent,
        )  # fmt: skip
        return decide([told], ())
    return assign(d, command, context)


def _priority_to_say(d: Dossier, command: c.Assign) -> list[Finding]:
    """Warning: what the professional recommends is not what the commission retains."""
    recommended = d.diagnosis.priorites_preconisees if d.diagnosis else ()
    if command.priorites or not recommended:
        return []
    day = french(command.date_commission)
    return [
        finding(
            "priorite_a_dire", f"préconisée : {shown(recommended)}", dossier=d.reference, date=day
        )
    ]


def _assign_again(d: Dossier, command: c.Assign, context: Context) -> Decision:
    """Complete a recorded decision, or record a later one, which changes what is in force."""
    on, said = command.date_commission, values_of(command, *_OF_A_COMMISSION)
    holding = values_of(d.assignment, *_OF_A_COMMISSION)
    changed = {name: value for name, value in said.items() if holding.get(name) != value}
    made = next((each for each in d.commissions if on.covers(each.on)), None)
    if made is not None:
        if not changed:
            return Accepted()
        facts = values_of(made, *_OF_A_COMMISSION)
        suite = _SINCE.format(d.reference) if changed.keys() & {*_NAMED} else ""
        held = Recorded(Kind.REFERENT_DESIGNATED, made.on, facts, f"la commission{suite}")
        return said_again(d, held, said, values_of(command, "partenaires"))
    last = d.commissions[-1]
    if last.on.latest >= on.earliest or not changed.keys() & {*holding, *_NAMED}:
        recorded = french(last.on)
        kind = Kind.REFERENT_DESIGNATED
        again = already(d, kind, "date_commission", recorded, french(on), on=last.on)
        return decide([again], ())
    refusals = [
        *closed(d), *not_admitted(d), *in_future("date_commission", on, context.today),
    ]  # fmt: skip
    draft = Draft(
        Kind.REFERENT_DESIGNATED,
        on.known_by(context.today),
        said,
        values_of(command, "partenaires"),
    )
    return decide(refusals, [draft], [_decided_anew(d, command)])


def _decided_anew(d: Dossier, command: c.Assign) -> Finding:
    """Warning: a commission decides again; the first one keeps its day, and the clock its start."""
    known = d.assignment
    assert known is not None  # the caller looked
    before, now = known.referent, command.referent
    told = finding(
        "commission_suivante", dossier=d.reference, date=french(command.date_commission),
        premiere=french(known.on),
    )  # fmt: skip
    if now in (None, before):
        return told
    return told._replace(values={**told.values, "recorded": before, "given": now})


_NAMED = ("referent", "second_referent")


def designate(d: Dossier, command: c.Designate, context: Context) -> Decision:
    """Record that somebody else accompanies from a day on; the commission's decision stays."""
    on, said = command.date_referent, values_of(command, *_NAMED)
    if not said:
        told = finding("rien_a_enregistrer", attendu="--referent ou --second-referent")
        return decide([told], ())
    if d.assignment is not None and _accompanies(d, said, on):
        return Accepted()
    refusals = [*closed(d), *in_future("date_referent", on, context.today)]
    if d.assignment is None:
        refusals.append(finding("sans_commission", dossier=d.reference))
    elif before_or_on(d.assignment.on, on) is NO:
        first = Milestone("la commission", d.assignment.on)
        early = Milestone("le changement de référent", on)
        fact = f"{first.name} : {french(d.assignment.on)} ; {early.name} : {french(on)}"
        refusals.append(too_early(d.reference, early, first, fact))
    since = [each for each in d.designations if each.on.earliest > on.latest]
    later = [finding("referent_depuis", date=french(each.on)) for each in since[-1:]]
    return decide(refusals, [Draft(Kind.REFERENT_CHANGED, on.known_by(context.today), said)], later)


def _accompanies(d: Dossier, said: Mapping[str, Any], on: PartialDate) -> bool:
    """Whether these are the référents in force on that day."""
    in_force: dict[str, Any] = {}
    for each in d.designations:
        if each.on.earliest <= on.latest:
            in_force |= values_of(each, *_NAMED)
    return said.items() <= in_force.items()


_SINCE = (
    " au même jour. Si le référent a changé depuis, rien n'est faux : agir referent designate {}"
    " --on JOUR --referent NOM, avec le jour du changement"
)
