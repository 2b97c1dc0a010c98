"""OFII's proposal and the person's answer, said over what is known of them.

On the liaison route OFII answers the form: an accepted orientation is no decision of its own
[W: slides "Process d'admission BPI CIR année N-1"].
"""

from __future__ import annotations

from datetime import timedelta

from agir_cli.domain import commands as c
from agir_cli.domain.dates import NO, PartialDate, before_or_on, french, may_be_the_same_day
from agir_cli.domain.decisions.again import told
from agir_cli.domain.decisions.common import (
    Context,
    Milestone,
    already,
    out_of_order,
    too_early,
)
from agir_cli.domain.decisions.liaison import pending, waiting
from agir_cli.domain.decisions.process import form_waits, not_admitted
from agir_cli.domain.decisions.stating import ANSWERS, orientation_drafts
from agir_cli.domain.dossier import Answered, Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.route import route
from agir_cli.domain.vocabulary import Orientation, Route


def orientation_again(
    d: Dossier, command: c.Enroll, context: Context, drafts: list[Draft]
) -> list[Finding]:
    """What a stated answer adds to a known dossier (to ``drafts``), or why it cannot stand."""
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
    """Whether it may be an answer that another one has followed since.

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
    """A "no" may become a yes; what a rejection or a form has followed may become a no."""
    said, given = command.orientation, command.date_orientation
    if said is None:
        return False
    later = known.on is None or given is None or given.earliest > known.on.latest
    if said is not known.outcome:
        return known.outcome is not Orientation.ACCEPTED or (known.superseded and later)
    return said is Orientation.DECLINED and known.superseded and given is not None and later


def _contradicting(d: Dossier, known: Answered, command: c.Enroll) -> Finding:
    """Another answer, or another day: a rejected person is oriented anew by OFII's decision."""
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
    """A new answer comes after the one it replaces, and a "no" after the form it goes back on."""
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
    """An orientation comes before the diagnostic, the commission and the contract.

    OFII's own decision is left aside: the two may be written down in either order.
    """
    given = command.date_orientation
    if given is None or command.orientation is Orientation.DECLINED:
        return []
    return out_of_order(d._replace(ofii=None), "orientation", "l'orientation", given)


def _past_ofii(d: Dossier, command: c.Enroll) -> list[Finding]:
    """While a form has no answer, only OFII's lets the person in by the liaison route.

    Who has said no since comes back by a new form.
    """
    form = pending(d)
    if form is None or form.wish is False or command.orientation is not Orientation.ACCEPTED:
        return []
    way = route(d.cir or command.date_cir, command.date_orientation or form.on, None)
    if not form.again and way is not Route.LIAISON:
        return []
    return [form_waits(d)] if form.declined_on is None else not_admitted(d)


def _no_on_the_form(d: Dossier, command: c.Enroll) -> list[Finding]:
    """A "no" on the day of the form is said on it: the form is read last of what a day holds."""
    form, given = waiting(d), command.date_orientation
    if form is None or form.on is None or command.orientation is not Orientation.DECLINED:
        return []
    if given is None or given.latest != form.on.earliest:
        return []
    day = french(form.on)
    retype = f'retapez la fiche : agir liaison add {d.reference} --on "{day}" --souhait non.'
    recorded = f"souhait : {told(form.wish) if form.wish is not None else 'pas dit'}, {day}"
    return [
        already(
            d, Kind.LIAISON_FORM_COMPLETED, "date_orientation", recorded,
            _told(command.orientation, given), f" Puis {retype}", day="", on=form.on,
        )
    ]  # fmt: skip


def without_object(d: Dossier, drafts: list[Draft]) -> list[Finding]:
    """The form that an accepted orientation takes out of the monthly listing."""
    form = waiting(d)
    if form is None or not any(each.kind is Kind.ORIENTATION_ACCEPTED for each in drafts):
        return []
    return [finding("fiche_sans_objet", dossier=d.reference, fiche=french(form.on) or "sans date")]
