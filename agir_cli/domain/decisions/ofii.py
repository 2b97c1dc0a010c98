"""OFII's decision beside a recorded one: the same, a later one, or a contradiction.

OFII decides, and wins over the pre-check; what it says against steps already recorded is kept,
and told (`domain.md`, 1).
"""

from __future__ import annotations

from agir_cli.domain import commands as c
from agir_cli.domain.dates import NO, PartialDate, before_or_on, french, may_be_the_same_day
from agir_cli.domain.decisions.common import (
    Context,
    Milestone,
    already,
    dated,
    too_early,
)
from agir_cli.domain.decisions.process import form_waits, not_admitted
from agir_cli.domain.decisions.stating import ofii_draft
from agir_cli.domain.dossier import Decided, Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import OfiiOutcome


def ofii_again(
    d: Dossier, command: c.Enroll, context: Context, drafts: list[Draft]
) -> list[Finding]:
    """What a stated decision adds to a known dossier (to ``drafts``), or why it cannot stand."""
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
    """Whether it may be a rejection that a new form, or another decision, has followed since.

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


def follows(known: Decided, outcome: OfiiOutcome, on: PartialDate | None) -> bool:
    """A derogation lets in somebody who was rejected: it is a decision of its own, a later one."""
    if known.positive or outcome is not OfiiOutcome.DEROGATION:
        return False
    return known.on is None or on is None or before_or_on(known.on, on) is not NO


def contradicting(
    d: Dossier, known: Decided, outcome: OfiiOutcome, on: PartialDate | None
) -> Finding:
    """Another decision, or another day, than what is recorded."""
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
    """A decision came after the form that it answers, and after the rejection that it lifts."""
    draft = ofii_draft(command, context)
    form = d.requests[-1].on if d.requests else None
    for first in (form, d.ofii.on if d.ofii else None):
        if first is not None:
            said = draft.on or PartialDate(first.earliest, max(first.earliest, context.today))
            draft = draft._replace(on=said.since(first.earliest))
    return draft


def before_form(d: Dossier, on: PartialDate) -> list[Finding]:
    """The form that a decision of OFII on that day would certainly come before."""
    form = d.requests[-1].on if d.requests else None
    if form is None or on.latest >= form.earliest:
        return []
    fact = f"fiche : {french(form)} ; décision : {french(on)}"
    decision = Milestone("la décision de l'OFII", on)
    return [too_early(d.reference, decision, Milestone("la fiche de liaison", form), fact)]


_ORIENTED = "enroll --dossier {} --orientation acceptee"
_NO = frozenset({Kind.OFII_REJECTED, Kind.ORIENTATION_DECLINED})


def contradicted(after: Dossier, drafts: list[Draft]) -> list[Finding]:
    """What the process has recorded of somebody who, these drafts say, was not let in."""
    stopped = not_admitted(after)
    said = any(draft.kind in _NO for draft in drafts)
    return _left_standing(after, stopped[0].fact) if stopped and said else []


def no_longer_admitted(before: Dossier, after: Dossier) -> list[Finding]:
    """The same, once what had let the person in is voided."""
    if not before.admitted or after.admitted or not after.open:
        return []
    stopped = not_admitted(after) or ([form_waits(after)] if after.requests else [])
    return _left_standing(after, stopped[0].fact if stopped else "ni orientation ni décision")


def _left_standing(after: Dossier, fact: str) -> list[Finding]:
    steps = (
        ("diagnostic", after.diagnosis.on if after.diagnosis else None),
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
