"""Support and its end: steps, situations, interviews, closing.

Source: webinar of 12 October 2023, slide "AGIR : un droit dédié aux BPI" (two years at most,
any stop is definitive); refugies.info, AGIR page, 2024 (an interview every two months).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agir_cli.domain import commands as c
from agir_cli.domain.dates import PartialDate, Verdict, french, french_on, french_until
from agir_cli.domain.deadlines import support_ends_by
from agir_cli.domain.decisions.common import (
    Accepted,
    Context,
    Decision,
    Milestone,
    Recorded,
    already,
    closed,
    decide,
    detail_elsewhere,
    in_future,
    out_of_order,
    past_term,
    said_again,
    too_early,
    values_of,
)
from agir_cli.domain.dossier import SAID_OF_A_SITUATION, Dossier, Entitlement, Step
from agir_cli.domain.eligibility import home_now, job_now
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.folding import applied
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import HOUSED, Motive, RightState, in_sentence


def close(d: Dossier, command: c.Close, context: Context) -> Decision:
    """End the dossier with a motive."""
    on, motive = command.date_cloture, command.motif
    if d.closing is not None and d.closing.motive is motive:
        if d.closing.on is not None and on.covers(d.closing.on):
            return _closed_again(d, command, d.closing.on)
        recorded = french(d.closing.on) or "jour inconnu"
        known = already(d, Kind.DOSSIER_CLOSED, "date_cloture", recorded, french(on))
        return decide([known], ())
    refusals = [
        *closed(d), *_reserved(d, motive, context), *in_future("date_cloture", on, context.today),
        *out_of_order(d, "fin", "la clôture", on), *_dropped(d, motive),
        *_term(d, command, context),
    ]  # fmt: skip
    day = on.known_by(context.today)
    situation, lost = _situation(d, command, on)
    drafts = [Draft(Kind.SITUATION_RECORDED, day, situation)] if situation else []
    warnings = [*lost, *_goals_to_see(applied(d, drafts), command, context)]
    drafts.append(Draft(Kind.DOSSIER_CLOSED, day, {"motif": motive}))
    return decide(refusals, drafts, warnings)


def _goals_to_see(d: Dossier, command: c.Close, context: Context) -> list[Finding]:
    """Warning: « objectifs atteints » where the file does not know of both, housing and work."""
    if command.motif is not Motive.GOALS_REACHED:
        return []
    flags = context.rulebook.flags(command.date_cloture.latest)
    home, job = home_now(d, flags), job_now(d, flags)
    if home is Verdict.YES and job is Verdict.YES:
        return []
    housing, work = d.current_housing[0], d.current_work
    fact = (
        f"logement pérenne : {home.value}{f' ({housing.label})' if housing else ''}"
        f" ; emploi durable : {job.value}{f' ({work.label})' if work else ''}"
    )
    return [finding("objectifs_a_voir", fact, dossier=d.reference)]


def _closed_again(d: Dossier, command: c.Close, on: PartialDate) -> Decision:
    """Refuse a new exit situation on a closed dossier, rather than drop it silently."""
    situation, _ = _situation(d, command, on)
    return decide(closed(d) if situation and not _recorded(d, on, situation) else [], ())


def _reserved(d: Dossier, motive: Motive, context: Context) -> list[Finding]:
    rule = context.rulebook.motives[motive]
    if rule.command == "close":
        return []
    return [
        finding(
            "motif_reserve", f"motif donné : {motive.label}", field="motif",
            motif=motive.value, commande=rule.command, dossier=d.reference,
        )
    ]  # fmt: skip


def _term(d: Dossier, command: c.Close, context: Context) -> list[Finding]:
    if command.motif not in ENDS_OF_SUPPORT:
        return []
    ends = support_ends_by(d, context.rulebook.clocks)
    if ends is None:
        return [finding("contrat_manquant", "aucun contrat au dossier", dossier=d.reference)]
    if before_term(command.motif, command.date_cloture, ends):
        until = french_until(ends)
        return [finding("terme_non_atteint", f"fin au plus tard : {french(ends)}", fin=until)]
    return []


ENDS_OF_SUPPORT = frozenset({Motive.TERM, Motive.GOALS_REACHED})
"""The motives that only a signed contract may have."""


def before_term(motive: Motive, on: PartialDate | None, ends: PartialDate | None) -> bool:
    """Whether an end by the two years certainly comes before their last day."""
    return motive is Motive.TERM and bool(on and ends and on.latest < ends.earliest)


def _dropped(d: Dossier, motive: Motive) -> list[Finding]:
    """« Sans suite » would hide, behind a motive that is not final, the end of a support."""
    if motive is not Motive.DROPPED or d.contract is None:
        return []
    shown = french(d.contract)
    return [finding("suite_du_contrat", f"contrat : {shown}", field="motif", date=shown)]


def add_step(d: Dossier, command: c.AddStep, _: Context) -> Decision:
    """Add a step of the plan: past, planned, or of unknown date."""
    on, until = command.date_etape, command.date_fin_etape
    known = [s for s in d.steps if (s.words, s.domaine) == (command.etape, command.domaine)]
    same = next((s for s in known if s.on == on or (on and s.on and on.covers(s.on))), None)
    if same is not None:
        return _step_again(d, same, command)
    refusals = closed(d)
    if on is not None and until is not None and until.latest < on.earliest:
        end, start = Milestone("la fin de l'étape", until), Milestone("son début", on)
        fact = f"début : {french(on)} ; fin : {french(until)}"
        refusals.append(too_early(d.reference, end, start, fact, "date_fin_etape"))
    payload = values_of(command, "domaine", "date_fin_etape", "heures")
    return decide(refusals, [Draft(Kind.STEP_RECORDED, on, payload, {"etape": command.etape})])


def _step_again(d: Dossier, step: Step, command: c.AddStep) -> Decision:
    """Complete a recorded step: its words, domain and day identify it."""
    key = values_of(step, "domaine") | {"remplace": step.event}
    facts = values_of(step, "date_fin_etape", "heures")
    recorded = Recorded(Kind.STEP_RECORDED, step.on, facts, "l'étape", key=key)
    said = values_of(command, "date_fin_etape", "heures")
    until = step.date_fin_etape
    if until and command.date_fin_etape and command.date_fin_etape.covers(until):
        said["date_fin_etape"] = until
    return said_again(d, recorded, said, {"etape": command.etape})


def set_situation(d: Dossier, command: c.SetSituation, context: Context) -> Decision:
    """Record housing, work and French from a day on."""
    on = command.date_situation
    payload, lost = _situation(d, command, on)
    if payload and _recorded(d, on, payload):
        return Accepted()
    refusals = [*closed(d), *in_future("date_situation", on, context.today)]
    if not payload:
        wanted = (
            "--situation-logement, --situation-professionnelle, --niveau-francais,"
            " --emploi-durable ou --logement-perenne"
        )
        refusals.append(finding("rien_a_enregistrer", attendu=wanted))
    draft = Draft(Kind.SITUATION_RECORDED, on.known_by(context.today), payload)
    return decide(refusals, [draft], lost)


def _situation(
    d: Dossier, command: c.SetSituation | c.Close, on: PartialDate
) -> tuple[dict[str, Any], list[Finding]]:
    """What is said of a situation; a detail says its housing, and stays while that is the same."""
    said = values_of(command, *SAID_OF_A_SITUATION)
    detail = command.detail_logement
    housing = said.get("situation_logement") or (HOUSED[detail] if detail else None)
    if housing is not None:
        said["situation_logement"] = housing
    before = [s for s in d.situations if s.situation_logement and s.on.earliest <= on.latest]
    known = before[-1] if before else d.facts
    former = known.detail_logement
    if housing is None or detail is not None or former is None:
        return said, detail_elsewhere(command)
    if known.situation_logement is housing:
        return said | {"detail_logement": former}, []
    act = f"situation set {d.reference}"
    return said, [finding("detail_du_logement", avant=former.label, acte=act)]


def _recorded(d: Dossier, on: PartialDate, situation: Mapping[str, Any]) -> bool:
    """Whether what was last said of that day says all of this, or a situation of that period."""
    known = [values_of(s, *SAID_OF_A_SITUATION) for s in d.situations if on.covers(s.on)]
    if on.exact:
        known = [{name: value for each in known for name, value in each.items()}]
    return any(situation.items() <= each.items() for each in known)


def set_right(d: Dossier, command: c.SetRight, context: Context) -> Decision:
    """Record how a right or a paper stands from a day on; without one, since it was last told."""
    on, until, state = command.date_droit, command.date_fin_droit, command.etat_droit
    known = [each for each in d.rights if each.droit is command.droit]
    said = values_of(command, "etat_droit", "date_fin_droit")
    told = known[-1:]
    if on is not None:
        told = [each for each in known if each.on is not None and on.covers(each.on)]
    holds = known[-1] if known else None
    later = [] if on is None or holds is None else [*_holds_since(holds, on)]
    if any(said.items() <= values_of(each, *said).items() for each in told):
        return Accepted(warnings=tuple(later))
    refusals = [*closed(d), *in_future("date_droit", on, context.today)]
    if until is not None and state in _WITHOUT_END:
        fact = f"{command.droit.label} : {in_sentence(state.label)}, jusqu'au {french(until)}"
        refusals.append(finding("droit_sans_fin", fact, field="date_fin_droit"))
    if on is not None and until is not None and until.latest < on.earliest:
        end, start = Milestone("la fin du droit", until), Milestone("son état", on)
        fact = f"état au : {french(on)} ; fin : {french(until)}"
        refusals.append(too_early(d.reference, end, start, fact, "date_fin_droit"))
    last = holds and holds.on
    day = on.known_by(context.today) if on else last and PartialDate(last.earliest, context.today)
    payload = values_of(command, "droit", "etat_droit", "date_fin_droit")
    return decide(refusals, [Draft(Kind.RIGHT_RECORDED, day, payload)], later)


def _holds_since(known: Entitlement, on: PartialDate) -> Iterator[Finding]:
    """Warning: another state of a right holds, of a later day."""
    if known.on is not None and on.latest < known.on.earliest:
        state, day = in_sentence(known.etat_droit.label), french_on(known.on)
        yield finding("droit_plus_recent", droit=known.droit.label, etat=state, date=day)


_WITHOUT_END = (RightState.REFUSED, RightState.NOT_CONCERNED, RightState.UNKNOWN)
"""The states in which nothing is valid until a day."""


def add_interview(d: Dossier, command: c.AddInterview, context: Context) -> Decision:
    """Record a two-monthly interview."""
    on = command.date_entretien
    if any(on.covers(held) for held in d.interviews):
        return Accepted()
    draft = Draft(Kind.INTERVIEW_HELD, on.known_by(context.today))
    refusals = [*in_future("date_entretien", on, context.today), *_of_support(d, "l'entretien", on)]
    return decide(refusals, [draft], past_term(d, on, context))


def excuse_interview(d: Dossier, command: c.ExcuseInterview, context: Context) -> Decision:
    """Record an excused absence at an interview: it answers for that interview alone [D]."""
    on, payload = command.date_absence, values_of(command, "motif_excuse")
    if any(on.covers(excused) for excused in d.excuses):
        return Accepted()
    draft = Draft(Kind.INTERVIEW_EXCUSED, on.known_by(context.today), payload)
    refusals = [*in_future("date_absence", on, context.today), *_of_support(d, "l'absence", on)]
    return decide(refusals, [draft], past_term(d, on, context))


def _of_support(d: Dossier, name: str, on: PartialDate) -> list[Finding]:
    """What stands in the way of an interview or an absence: an end, or no contract before it."""
    without = finding("contrat_manquant", "aucun contrat au dossier", dossier=d.reference)
    early = out_of_order(d, "entretien", name, on)
    return [*closed(d), *([without] if d.contract is None else []), *early]


def declare(d: Dossier, command: c.Declare, context: Context) -> Decision:
    """Record a declaration to the ministry; a later one stands for what the dossier is by then."""
    on, payload = command.date_declaration, values_of(command, "numero_declaration")
    for sent in d.declarations:
        same = not payload or payload == values_of(sent, "numero_declaration")
        anew = sent.rejected_on is not None and on.latest >= sent.rejected_on.earliest
        if sent.on and on.covers(sent.on) and same and not anew:
            return Accepted()
    refusals = in_future("date_declaration", on, context.today)
    return decide(refusals, [Draft(Kind.DECLARED, on.known_by(context.today), payload)])


def reject_declaration(d: Dossier, command: c.RejectDeclaration, context: Context) -> Decision:
    """Record that the last declaration came back."""
    on, last = command.date_rejet, d.declared
    if any(sent.rejected_on and on.covers(sent.rejected_on) for sent in d.declarations):
        return Accepted()
    refusals = [*in_future("date_rejet", on, context.today)]
    if last is None or last.rejected_on is not None:
        refusals.append(finding("rien_de_declare", dossier=d.reference))
    elif last.on is not None and on.latest < last.on.earliest:
        refusals.append(
            finding("rejet_avant", f"déclaré : {french(last.on)} ; rejeté : {french(on)}")
        )
    texts = values_of(command, "motif_declaration")
    day = on.known_by(context.today)
    if last is not None and last.on is not None and not refusals:
        day = day.since(last.on.earliest)
    draft = Draft(Kind.DECLARATION_REJECTED, day, texts=texts)
    return decide(refusals, [draft])
