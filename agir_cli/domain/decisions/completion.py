"""Completing or changing what an existing dossier knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agir_cli.domain import commands as c
from agir_cli.domain.dates import NO, PartialDate, before_or_on, french
from agir_cli.domain.decisions.admission import incoherent, warnings_of
from agir_cli.domain.decisions.common import (
    Accepted,
    Context,
    Decision,
    Refused,
    already,
    closed,
    out_of_order,
)
from agir_cli.domain.decisions.liaison import before_form, since_form
from agir_cli.domain.decisions.stating import (
    ANSWERS,
    cir_drafts,
    given_facts,
    given_texts,
    ofii_draft,
    orientation_drafts,
    unknown_joined,
)
from agir_cli.domain.dossier import Answered, Dossier
from agir_cli.domain.eligibility import assess
from agir_cli.domain.events import NOTHING, Draft, Kind
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.folding import applied
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import Orientation

_WORDS = ("prescripteur", "prescripteur_courriel", "motif_ofii", "reference_cirng")


def complete_dossier(
    d: Dossier,
    command: c.Enroll,
    household: str | None,
    joined: str | None,
    context: Context,
    words: Mapping[str, str] = NOTHING,
) -> Decision:
    """Complete or change what an existing dossier knows; a blank never erases.

    ``words`` are the dossier's present free texts, by field.

    A person's fact with another value replaces the former, which the journal keeps; a
    recorded fact of the process with another date is refused, with the correction to type.
    """
    refusals = incoherent(_named(command), context)
    drafts: list[Draft] = []
    changed = _changed_facts(d, command, household, joined)
    erased = tuple(n for n in command.efface if getattr(d.facts, n, None) is not None)
    if erased:
        changed = {**changed, "efface": erased}
    refusals += _not_erasable(d, command)
    said = given_texts(command, *(_WORDS if command.decision_ofii is None else _WORDS[:2]))
    said |= unknown_joined(command, joined)
    texts = {name: text for name, text in said.items() if words.get(name) != text}
    if changed or texts:
        drafts.append(Draft(Kind.FACTS_RECORDED, None, changed, texts))
    refusals += _process_facts(d, command, context, drafts)
    if command.departement and command.departement != d.department:
        fact = f"dossier : {d.department} ; donné : {command.departement}"
        refusals.append(finding("departement_fixe", fact, field="departement"))
    if command.malgre and not d.overridden:
        drafts.append(Draft(Kind.PRECHECK_OVERRIDDEN, None, {}, {"malgre": command.malgre}))
    if drafts:
        refusals += closed(d)
    if refusals:
        return Refused(tuple(refusals))
    after = applied(d, drafts)
    warnings = warnings_of(command, after, assess(after, context.rulebook)) if drafts else ()
    return Accepted(tuple(drafts), tuple(warnings))


def _named(command: c.Enroll) -> c.Enroll:
    return command if command.nom or command.prenoms else replace(command, nom="—")


def _changed_facts(
    d: Dossier, command: c.Enroll, household: str | None, joined: str | None
) -> dict[str, Any]:
    given = given_facts(command)
    if command.menage is not None:
        given["menage"] = household
    if joined is not None:  # else nobody is found yet: the words stand as they were given
        given["rejoint"] = joined
    return {
        name: value for name, value in given.items() if not _same(getattr(d.facts, name), value)
    }


def _same(recorded: Any, given: Any) -> bool:
    if isinstance(recorded, PartialDate) and isinstance(given, PartialDate):
        return given.covers(recorded)
    return bool(recorded == given)


def _process_facts(
    d: Dossier, command: c.Enroll, context: Context, drafts: list[Draft]
) -> list[Finding]:
    refusals = []
    if command.date_cir is not None:
        if d.cir is None:
            drafts += cir_drafts(command, context)
            refusals += out_of_order(d, "cir", "la signature du CIR", command.date_cir)
        elif not command.date_cir.covers(d.cir):
            shown = french(command.date_cir)
            refusals.append(already(d, Kind.CIR_SIGNED, "date_cir", french(d.cir), shown))
    refusals += _orientation_again(d, command, context, drafts)
    refusals += _ofii_again(d, command, context, drafts)
    return refusals


def _orientation_again(
    d: Dossier, command: c.Enroll, context: Context, drafts: list[Draft]
) -> list[Finding]:
    if command.orientation is None and command.date_orientation is None:
        return []
    known = d.orientation
    changes_mind = known is not None and known.outcome is not Orientation.ACCEPTED
    if known is None or (changes_mind and command.orientation not in (None, known.outcome)):
        drafts += (_since(draft, known, context) for draft in orientation_drafts(command, context))
        return [*_before_answer(d, command), *_after_the_process(d, command)]
    same_answer = command.orientation in (None, known.outcome)
    given, recorded = command.date_orientation, known.on
    if same_answer and (given is None or (recorded is not None and given.covers(recorded))):
        return []
    if same_answer and recorded is None:
        drafts.append(
            Draft(ANSWERS[known.outcome], given.known_by(context.today) if given else None)
        )
        return []
    kind = ANSWERS[known.outcome]
    shown = french(given) if given else (command.orientation or "")
    return [already(d, kind, "date_orientation", french(recorded) or kind.value, shown)]


def _since(draft: Draft, known: Answered | None, context: Context) -> Draft:
    """A new answer comes after the one it replaces, however vaguely it is dated."""
    if known is None or known.on is None:
        return draft
    first = known.on.earliest
    said = draft.on or PartialDate(first, max(first, context.today))
    return draft._replace(on=said.since(first))


_PROCESS = frozenset(
    {"departement", "date_cir", "date_orientation", "orientation", "decision_ofii", "date_decision"}
)


def _not_erasable(d: Dossier, command: c.Enroll) -> list[Finding]:
    """What the process recorded is voided with its reason, never emptied by a cell."""
    return [
        finding("fait_non_effacable", field=name, champ=FIELDS[name].label, dossier=d.reference)
        for name in command.efface
        if name in _PROCESS
    ]


def _after_the_process(d: Dossier, command: c.Enroll) -> list[Finding]:
    """An orientation comes before the diagnostic, the commission and the contract.

    OFII's own decision is left aside: the two may be written down in either order.
    """
    given = command.date_orientation
    if given is None or command.orientation is Orientation.DECLINED:
        return []
    return out_of_order(d._replace(ofii=None), "orientation", "l'orientation", given)


def _before_answer(d: Dossier, command: c.Enroll) -> list[Finding]:
    known, given = d.orientation, command.date_orientation
    if known is None or known.on is None or given is None:
        return []
    if before_or_on(known.on, given) is not NO:
        return []
    return [
        finding(
            "avant_etape", f"réponse enregistrée : {french(known.on)} ; donnée : {french(given)}",
            field="date_orientation", etape="La nouvelle réponse", date=french(given),
            precedente="la réponse enregistrée", date_precedente=french(known.on),
            dossier=d.reference,
        )
    ]  # fmt: skip


def _ofii_again(
    d: Dossier, command: c.Enroll, context: Context, drafts: list[Draft]
) -> list[Finding]:
    if command.decision_ofii is None:
        return []
    known = d.ofii
    given = command.date_decision
    dates_it = known is not None and known.on is None and known.outcome is command.decision_ofii
    if known is None or (dates_it and given is not None):
        drafts.append(since_form(d, ofii_draft(command, context), context))
        return before_form(d, given) if given is not None else []
    same_day = given is None or (known.on is not None and given.covers(known.on))
    if known.outcome is command.decision_ofii and same_day:
        return []
    kind = Kind.OFII_VALIDATED if known.positive else Kind.OFII_REJECTED
    recorded = f"{known.outcome.label}, {french(known.on)}"
    return [already(d, kind, "decision_ofii", recorded, french(given))]
