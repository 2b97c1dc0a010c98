"""The liaison route: the *fiche de liaison*, the monthly listing, OFII's decision.

Source: webinar of 12 October 2023, slides "Process d'admission BPI CIR année N-1".
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from agir_cli.domain import commands as c
from agir_cli.domain.dates import PartialDate, french
from agir_cli.domain.decisions import ofii
from agir_cli.domain.decisions.admission import criteria_warnings
from agir_cli.domain.decisions.common import (
    Accepted,
    Context,
    Decision,
    Milestone,
    Recorded,
    Refused,
    already,
    closed,
    decide,
    in_future,
    out_of_order,
    said_again,
    too_early,
    values_of,
)
from agir_cli.domain.decisions.process import form_waits
from agir_cli.domain.dossier import Decided, Dossier, LiaisonRequest
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.folding import ON_THE_FORM, applied
from agir_cli.domain.reasons import Finding, finding


def add_liaison(d: Dossier, command: c.AddLiaison, context: Context) -> Decision:
    """Record a form: what the pre-check says against it is only a warning."""
    on = command.date_fiche
    payload = values_of(command, *ON_THE_FORM)
    texts = values_of(command, "prescripteur", "prescripteur_courriel")
    same = next((r for r in d.requests if r.on is not None and on.covers(r.on)), None)
    if same is not None:
        again = said_again(d, _as_filled_in(same), payload, texts)
        return _completed(d, again, same, command, context)
    refusals = [*closed(d), *in_future("date_fiche", on, context.today), *_before_last(d, on)]
    if ofii.waiting(d) is not None:
        refusals.append(form_waits(d))
    written = _since_answer(d, on.known_by(context.today))
    drafts = [Draft(Kind.LIAISON_FORM_COMPLETED, written, payload, texts)]
    if command.date_envoi is not None:
        refusals += _sent_wrongly(d, command.date_envoi, written, context)
        drafts.append(_sent_before(command.date_envoi, written, context))
    told = _let_in(d, drafts[0]) if command.date_envoi is None else []
    return decide(refusals, drafts, [*told, *criteria_warnings(applied(d, drafts), context)])


def _let_in(d: Dossier, form: Draft) -> list[Finding]:
    """Warning for the form of a person already admitted another way: it is kept, never sent."""
    decided = d.ofii is not None
    known, on = d.ofii or d.answer, form.on
    if not d.admitted or known is None or on is None or form.payload.get("souhait") is False:
        return []
    if decided and known.on is not None and on.earliest < known.on.earliest:
        return []  # filled in before the decision, which answers it
    name = "la décision de l'OFII" if decided else "l'orientation acceptée"
    return [
        finding(
            "fiche_deja_admise", dossier=d.reference, fiche=french(on),
            admission=f"{name} ({french(known.on) or 'jour inconnu'})",
        )
    ]  # fmt: skip


def _completed(
    d: Dossier, again: Decision, form: LiaisonRequest, command: c.AddLiaison, context: Context
) -> Decision:
    """Complete a recorded form, and the day it went to OFII if that was not known."""
    on = command.date_envoi
    if on is None or isinstance(again, Refused) or form.on is None:
        return again
    if form.sent_on is not None:
        known = already(
            d, Kind.LISTING_SENT, "date_envoi", french(form.sent_on), french(on), on=form.sent_on
        )
        return again if on.covers(form.sent_on) else decide([known], ())
    sent = _sent_before(on, form.on, context)
    refusals = [*closed(d), *_sent_wrongly(d, on, form.on, context)]
    answered = form.decision.on if form.decision else None
    late = [_sent_late(answered, on)] if answered and answered.latest < on.earliest else []
    return decide(refusals, [*again.drafts, sent], [*again.warnings, *late])


def _sent_before(on: PartialDate, form: PartialDate, context: Context) -> Draft:
    """The event of a sending older than this file: a listing without a number here."""
    day = on.known_by(context.today).since(form.earliest)
    return Draft(Kind.LISTING_SENT, day, {"date_fiche": form})


def _sent_wrongly(
    d: Dossier, on: PartialDate, form: PartialDate, context: Context
) -> list[Finding]:
    if on.latest >= form.earliest:
        return in_future("date_envoi", on, context.today)
    fact = f"fiche : {french(form)} ; envoi : {french(on)}"
    sending = Milestone("la transmission à l'OFII", on)
    filled = Milestone("la fiche de liaison", form)
    return [too_early(d.reference, sending, filled, fact, "date_envoi")]


def _as_filled_in(form: LiaisonRequest) -> Recorded:
    facts, handed = values_of(form, *ON_THE_FORM), ON_THE_FORM[1:]
    return Recorded(Kind.LIAISON_FORM_COMPLETED, form.on, facts, "la fiche", handed)


def _before_last(d: Dossier, on: PartialDate) -> list[Finding]:
    """Finding if a new form comes before the last one, or before its answer (OFII's, or a "no")."""
    last = d.requests[-1] if d.requests else None
    if last is None:
        return []
    answered = ("la décision de l'OFII", last.decision.on) if last.decision else ("", None)
    declined = ("l'orientation déclinée", last.declined_on)
    new = Milestone("la nouvelle fiche", on)
    return [
        too_early(
            d.reference, new, Milestone(name, known),
            f"{name} : {french(known)} ; nouvelle fiche : {french(on)}",
        )
        for name, known in (("la fiche précédente", last.on), answered, declined)
        if known is not None and on.latest < known.earliest
    ][:1]  # fmt: skip


def send_listing(d: Dossier, on: PartialDate, listing: int, line: int) -> Decision:
    """Send the waiting form to OFII on a numbered listing; never twice."""
    form = ofii.waiting(d)
    if form is None or form.sent_on is not None or d.declined or not d.open:
        return Accepted()
    carried: dict[str, Any] = {"listing": listing, "ligne": line}
    carried |= {"date_fiche": form.on} if form.on else {}
    return Accepted((Draft(Kind.LISTING_SENT, on, carried),))


def decide_liaison(d: Dossier, command: c.DecideLiaison, context: Context) -> Decision:
    """Record OFII's decision on a form: it wins over the pre-check."""
    on = command.date_decision
    known = _standing(d, command)
    outcome = command.decision_ofii
    if ofii.restated(d, outcome, on):
        return Accepted()
    if known is not None and not ofii.follows(known, outcome, on):
        return _decided_again(d, known, command)
    refusals = [*closed(d), *in_future("date_decision", on, context.today)]
    if not d.requests:
        refusals.append(finding("fiche_manquante", "aucune fiche au dossier", dossier=d.reference))
    refusals += ofii.before_form(d, on) + out_of_order(d, "ofii", "la décision de l'OFII", on)
    drafts = [ofii.later_draft(d, command, context)]
    warnings = [*_before_listing(d, on), *ofii.contradicted(applied(d, drafts), drafts)]
    return decide(refusals, drafts, warnings)


def _decided_again(d: Dossier, known: Decided, command: c.DecideLiaison) -> Decision:
    on, outcome = command.date_decision, command.decision_ofii
    if outcome is known.outcome and known.on is not None and on.covers(known.on):
        return Accepted()
    return decide([ofii.contradicting(d, known, outcome, on)], ())


def _standing(d: Dossier, command: c.DecideLiaison) -> Decided | None:
    """The recorded decision to compare with: OFII may admit with or without a form."""
    answered = d.requests[-1].decision if d.requests else None
    if answered is not None or d.ofii is None or not d.ofii.positive:
        return answered
    dates_it = d.ofii.on is None and d.ofii.outcome is command.decision_ofii
    return None if dates_it else d.ofii


def _since_answer(d: Dossier, on: PartialDate) -> PartialDate:
    """Narrow the day of a new form: it came after the rejection or the "no"."""
    last = d.requests[-1] if d.requests else None
    if last is not None and last.declined_on is not None:
        on = on.since(last.declined_on.earliest)
    if d.ofii is None or d.ofii.positive or d.ofii.on is None:
        return on
    return on.since(d.ofii.on.earliest + timedelta(days=1))


def _before_listing(d: Dossier, on: PartialDate) -> list[Finding]:
    """Warning if a decision precedes the sending: a listing may be numbered late."""
    sent = d.requests[-1].sent_on if d.requests else None
    if sent is None or on.latest >= sent.earliest:
        return []
    return [_sent_late(on, sent)]


def _sent_late(answered: PartialDate, sent: PartialDate) -> Finding:
    return finding("decision_avant_envoi", date=french(answered), envoi=french(sent))
