"""OFII's proposal with the person's answer, and OFII's decision, said beside recorded ones.

Each is the same as what is recorded, a later one, or a contradiction. OFII decides, and wins over
the pre-check; what it says against steps already recorded is kept, and shown. On the liaison
route OFII answers the form: an accepted orientation is no decision of its own
[W: slides "Process d'admission BPI CIR année N-1"].
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from agir_cli.domain import commands as c
from agir_cli.domain.dates import NO, PartialDate, before_or_on, french, may_be_the_same_day
from agir_cli.domain.decisions.admission import ANSWERS, ofii_draft, orientation_drafts
from agir_cli.domain.decisions.common import (
    Context,
    Milestone,
    already,
    dated,
    out_of_order,
    too_early,
)
from agir_cli.domain.decisions.process import form_waits, not_admitted
from agir_cli.domain.dossier import Answered, Decided, Dossier, LiaisonRequest
from agir_cli.domain.eligibility import shown
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.route import route
from agir_cli.domain.vocabulary import OfiiOutcome, Orientation, Route


def ofii_again(
    d: Dossier, command: c.Enroll, context: Context, drafts: list[Draft]
) -> list[Finding]:
    """Add to ``drafts`` what a stated decision brings to a known dossier, or say why it cannot."""
    known, outcome, given = d.ofii, command.decision_ofii, command.date_decision
    if outcome is None or restated(d, outcome, given):
        return []
    dates_it = known is not None and known.on is None and known.outcome is outcome
    if known is None or (dates_it and given is not None) or follows(known, outcome, given):
        drafts.append(later_draft(d, command, context))
        return before_form(d, given) if given is not None else []
    same_day = given is None or (known.on is not None and given.covers(known.on))
    if known.outcome is outcome and same_day:
        return []
    return [contradicting(d, known, outcome, given)]


def restated(d: Dossier, outcome: OfiiOutcome, on: PartialDate | None) -> bool:
    """Whether a stated rejection may be an earlier one, since followed by a form or a decision.

    What may be the recorded one, its day known in part or not at all, says nothing new.
    """
    if outcome is not OfiiOutcome.REJECTED or not d.rejections:
        return False
    stands = d.ofii is not None and not d.ofii.positive
    since = d.requests[-1].on if d.presented_again else d.ofii.on if d.ofii else None
    if on is not None and since is not None and on.earliest > since.latest:
        return False
    earlier = d.rejections[:-1] if stands else d.rejections
    return any(may_be_the_same_day(known.on, on) for known in earlier)


def stands(d: Dossier, outcome: OfiiOutcome | None, on: PartialDate | None) -> bool:
    """Whether what is said of a decision is said of the one that stands: its motive is kept."""
    known = d.ofii
    if outcome is None or known is None:
        return True
    return outcome is known.outcome and may_be_the_same_day(known.on, on)


def follows(known: Decided, outcome: OfiiOutcome, on: PartialDate | None) -> bool:
    """Whether a decision is a later derogation that lifts the recorded rejection."""
    if known.positive or outcome is not OfiiOutcome.DEROGATION:
        return False
    return known.on is None or on is None or before_or_on(known.on, on) is not NO


def contradicting(
    d: Dossier, known: Decided, outcome: OfiiOutcome, on: PartialDate | None
) -> Finding:
    """Finding: another decision, or another day, than the recorded one."""
    kind = Kind.OFII_VALIDATED if known.positive else Kind.OFII_REJECTED
    recorded = f"{known.outcome.label}, {french(known.on) or 'jour inconnu'}"
    said = f"{outcome.label}, {french(on) or 'jour inconnu'}"
    if outcome is known.outcome:
        return already(d, kind, "decision_ofii", recorded, said, day=french(on))
    suite = " Puis retapez la décision."
    if not known.positive and outcome is OfiiOutcome.VALIDATED:
        suite = (
            " Si l'OFII a changé d'avis sur des faits nouveaux, la personne se présente à nouveau :"
            f" agir liaison add {d.reference} --on JOUR --souhait oui."
        )
    return already(d, kind, "decision_ofii", recorded, said, suite, day="")


def later_draft(d: Dossier, command: c.DecideLiaison | c.Enroll, context: Context) -> Draft:
    """The event of a decision, dated after the form it answers and the rejection it lifts."""
    draft = ofii_draft(command, context)
    form = d.requests[-1].on if d.requests else None
    for first in (form, d.ofii.on if d.ofii else None):
        if first is not None:
            said = draft.on or PartialDate(first.earliest, max(first.earliest, context.today))
            draft = draft._replace(on=said.since(first.earliest))
    return draft


def with_its_motive(
    draft: Draft, known: Decided | None, on: PartialDate | None, words: Mapping[str, str]
) -> Draft:
    """The decision of the day ``on`` with another day: the motive said of it, or since, stays."""
    if known is None or known.on != on or "motif_ofii" not in words:
        return draft
    if draft.payload.get("decision_ofii") is not known.outcome:
        return draft
    return draft._replace(texts={**draft.texts, "motif_ofii": words["motif_ofii"]})


def before_form(d: Dossier, on: PartialDate) -> list[Finding]:
    """Finding if a decision on that day certainly precedes the form it answers."""
    form = d.requests[-1].on if d.requests else None
    if form is None or on.latest >= form.earliest:
        return []
    fact = f"fiche : {french(form)} ; décision : {french(on)}"
    decision = Milestone("la décision de l'OFII", on)
    return [too_early(d.reference, decision, Milestone("la fiche de liaison", form), fact)]


_ORIENTED = "enroll --dossier {} --orientation acceptee"
_NO = frozenset({Kind.OFII_REJECTED, Kind.ORIENTATION_DECLINED})


def contradicted(after: Dossier, drafts: list[Draft]) -> list[Finding]:
    """Warning if these drafts say "not admitted" while later steps are recorded."""
    stopped = not_admitted(after)
    said = any(draft.kind in _NO for draft in drafts)
    return _left_standing(after, stopped[0].fact) if stopped and said else []


def no_longer_admitted(before: Dossier, after: Dossier) -> list[Finding]:
    """Warning if voiding the admission leaves later steps recorded."""
    if not before.admitted or after.admitted or not after.open:
        return []
    stopped = not_admitted(after) or ([form_waits(after)] if after.requests else [])
    return _left_standing(after, stopped[0].fact if stopped else "ni orientation ni décision")


def _left_standing(after: Dossier, fact: str) -> list[Finding]:
    steps = (
        ("diagnostic", after.diagnosed),
        ("commission", after.assignment.on if after.assignment else None),
        ("contrat", after.contract),
    )
    told = ", ".join(dated(name, on) for name, on in steps if on is not None)
    if not told:
        return []
    back, motive = _ways_on(after)
    return [
        finding(
            "suite_contredite", fact, dossier=after.reference, suite=told,
            retour=back, motif=motive,
        )
    ]  # fmt: skip


def _ways_on(d: Dossier) -> tuple[str, str]:
    if d.ofii is None and not d.declined:
        verb = "liaison decide {} --decision-ofii validee" if d.requests else _ORIENTED
        back = "Si l'OFII l'a admise : agir {} --date-{} JOUR"
        day = "decision" if d.requests else "orientation"
        return back.format(verb.format(d.reference), day), "non_eligible"
    if d.ofii is None:
        back = "Si elle a accepté depuis : agir enroll --dossier {} --orientation acceptee"
        motive = "arret_beneficiaire" if d.contract else "sans_suite"
        return f"{back.format(d.reference)} --date-orientation JOUR", motive
    verb = "liaison decide" if d.requests else "enroll --dossier"
    back = f"Si l'OFII l'a admise depuis : agir {verb} {d.reference} --decision-ofii derogation"
    return f"{back} --date-decision JOUR", "non_eligible"


def pending(d: Dossier) -> LiaisonRequest | None:
    """The last form, if it has no decision yet."""
    last = d.requests[-1] if d.requests else None
    return last if last is not None and last.decision is None else None


def waiting(d: Dossier) -> LiaisonRequest | None:
    """The form OFII is to answer; none if the person declined, on it or since, or is admitted."""
    last = pending(d)
    if d.admitted or last is None or last.souhait is False or last.declined_on:
        return None
    return last


# --- OFII's proposal and the person's answer ---------------------------------------------


def orientation_again(
    d: Dossier, command: c.Enroll, context: Context, drafts: list[Draft]
) -> list[Finding]:
    """Add to ``drafts`` what a stated answer brings to a known dossier, or say why it cannot."""
    if command.orientation is None and command.date_orientation is None:
        return []
    known = d.orientation
    if _restated(d, command):
        return []
    if known is None or _anew(known, command):
        drafts += (_since(draft, d, context) for draft in orientation_drafts(command, context))
        return [
            *_before_answer(d, command),
            *_after_the_process(d, command),
            *_past_ofii(d, command),
            *_no_on_the_form(d, command),
        ]
    if command.orientation not in (None, known.outcome):
        return [_contradicting(d, known, command)]
    given, recorded = command.date_orientation, known.on
    if given is None or (recorded is not None and given.covers(recorded)):
        return []
    if recorded is None:
        drafts.append(Draft(ANSWERS[known.outcome], given.known_by(context.today)))
        return []
    return [_contradicting(d, known, command)]


def _restated(d: Dossier, command: c.Enroll) -> bool:
    """Whether a stated answer may be an earlier one, since followed by another.

    Without a day it may be a change of mind: from a "no" to a yes, never the other way.
    """
    known, said, given = d.orientation, command.orientation, command.date_orientation
    if known is None or said is None or (given is None and said is Orientation.ACCEPTED):
        return False
    if given is not None and known.on is not None and given.earliest > known.on.latest:
        return False
    if said is known.outcome and may_be_the_same_day(known.on, given):
        return False  # it may be the present one, which is asked for itself
    return any(past.outcome is said and may_be_the_same_day(past.on, given) for past in d.answers)


def _anew(known: Answered, command: c.Enroll) -> bool:
    """Whether an answer replaces the recorded one: a "no", or a yes since superseded."""
    said, given = command.orientation, command.date_orientation
    if said is None:
        return False
    later = known.on is None or given is None or given.earliest > known.on.latest
    if said is not known.outcome:
        return known.outcome is not Orientation.ACCEPTED or (known.superseded and later)
    return said is Orientation.DECLINED and known.superseded and given is not None and later


def _contradicting(d: Dossier, known: Answered, command: c.Enroll) -> Finding:
    """Finding: another answer or day; a rejected person comes back only by OFII's decision."""
    given, said = command.date_orientation, command.orientation or known.outcome
    stopped = not_admitted(d) if known.superseded else []
    if stopped and said is Orientation.ACCEPTED:
        return stopped[0]
    same = said is known.outcome
    return already(
        d, ANSWERS[known.outcome], "date_orientation", _told(known.outcome, known.on),
        _told(said, given), "" if same else " Puis retapez la réponse.",
        day=french(given) if same else "",
    )  # fmt: skip


def _told(outcome: Orientation | None, on: PartialDate | None) -> str:
    label = outcome.label if outcome else "Orientation proposée"
    return f"{label}, {french(on) or 'jour inconnu'}"


def _since(draft: Draft, d: Dossier, context: Context) -> Draft:
    """Date a new answer after the one it replaces, and a "no" after the form it withdraws."""
    known, form = d.orientation, d.requests[-1].on if d.requests else None
    firsts = [known.on.earliest] if known is not None and known.on is not None else []
    if draft.kind is Kind.ORIENTATION_DECLINED and form is not None:
        # the form is read last of what one day holds
        firsts.append(max(form.earliest, min(form.earliest + timedelta(days=1), context.today)))
    for first in firsts:
        said = draft.on or PartialDate(first, max(first, context.today))
        draft = draft._replace(on=said.since(first))
    return draft


def _before_answer(d: Dossier, command: c.Enroll) -> list[Finding]:
    known, given = d.orientation, command.date_orientation
    if known is None or known.on is None or given is None:
        return []
    if before_or_on(known.on, given) is not NO:
        return []
    fact = f"réponse enregistrée : {french(known.on)} ; donnée : {french(given)}"
    new = Milestone("la nouvelle réponse", given)
    recorded = Milestone("la réponse enregistrée", known.on)
    return [too_early(d.reference, new, recorded, fact, "date_orientation")]


def _after_the_process(d: Dossier, command: c.Enroll) -> list[Finding]:
    """Findings if an orientation comes after the diagnostic, the commission or the contract.

    OFII's own decision is left aside: the two may be written down in either order.
    """
    given = command.date_orientation
    if given is None or command.orientation is Orientation.DECLINED:
        return []
    return out_of_order(d._replace(ofii=None), "orientation", "l'orientation", given)


def _past_ofii(d: Dossier, command: c.Enroll) -> list[Finding]:
    """Finding if a form waits: on the liaison route only OFII's answer to it admits.

    Who has said no since comes back by a new form.
    """
    form = pending(d)
    if form is None or form.souhait is False or command.orientation is not Orientation.ACCEPTED:
        return []
    way = route(d.cir or command.date_cir, command.date_orientation or form.on, None)
    if not form.again and way is not Route.LIAISON:
        return []
    return [form_waits(d)] if form.declined_on is None else not_admitted(d)


def _no_on_the_form(d: Dossier, command: c.Enroll) -> list[Finding]:
    """Finding if a "no" falls on the day of the form: it belongs on the form, read last."""
    form, given = waiting(d), command.date_orientation
    if form is None or form.on is None or command.orientation is not Orientation.DECLINED:
        return []
    if given is None or given.latest != form.on.earliest:
        return []
    day = french(form.on)
    retype = f'retapez la fiche : agir liaison add {d.reference} --on "{day}" --souhait non.'
    recorded = f"souhait : {shown(form.souhait) if form.souhait is not None else 'pas dit'}, {day}"
    return [
        already(
            d, Kind.LIAISON_FORM_COMPLETED, "date_orientation", recorded,
            _told(command.orientation, given), f" Puis {retype}", day="", on=form.on,
        )
    ]  # fmt: skip


def without_object(d: Dossier, drafts: list[Draft]) -> list[Finding]:
    """Warning about the form that an accepted orientation removes from the monthly listing."""
    form = waiting(d)
    if form is None or not any(each.kind is Kind.ORIENTATION_ACCEPTED for each in drafts):
        return []
    return [finding("fiche_sans_objet", dossier=d.reference, fiche=french(form.on) or "sans date")]
