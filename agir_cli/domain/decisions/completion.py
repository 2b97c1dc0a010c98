"""Completing or changing what an existing dossier knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agir_cli.domain import commands as c
from agir_cli.domain.dates import PartialDate, french
from agir_cli.domain.decisions.admission import (
    ANSWERS,
    cir_drafts,
    given_facts,
    given_texts,
    incoherent,
    ofii_draft,
    orientation_drafts,
    warnings_of,
)
from agir_cli.domain.decisions.common import (
    Accepted,
    Context,
    Decision,
    Refused,
    already,
    closed,
)
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import assess
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.folding import applied
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import Orientation


def complete_dossier(
    d: Dossier, command: c.Enroll, household: str | None, joined: str | None, context: Context
) -> Decision:
    """Complete or change what an existing dossier knows; a blank never erases.

    A person's fact with another value replaces the former, which the journal keeps; a
    recorded fact of the process with another date is refused, with the correction to type.
    """
    refusals = incoherent(_named(command), context)
    drafts: list[Draft] = []
    changed = _changed_facts(d, command, household, joined)
    if changed:
        texts = given_texts(command, "prescripteur", "prescripteur_courriel")
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
    if command.rejoint is not None:
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
        drafts += orientation_drafts(command, context)
        return []
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


def _ofii_again(
    d: Dossier, command: c.Enroll, context: Context, drafts: list[Draft]
) -> list[Finding]:
    if command.decision_ofii is None:
        return []
    known = d.ofii
    if known is None:
        drafts.append(ofii_draft(command, context))
        return []
    given = command.date_decision
    same_day = given is None or (known.on is not None and given.covers(known.on))
    if known.outcome is command.decision_ofii and same_day:
        return []
    kind = Kind.OFII_VALIDATED if known.positive else Kind.OFII_REJECTED
    recorded = f"{known.outcome.label}, {french(known.on)}"
    return [already(d, kind, "decision_ofii", recorded, french(given))]
