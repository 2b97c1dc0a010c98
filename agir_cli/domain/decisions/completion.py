"""Completing or changing what an existing dossier knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from agir_cli.domain import commands as c
from agir_cli.domain.dates import PartialDate, french
from agir_cli.domain.decisions import admission, ofii
from agir_cli.domain.decisions.common import (
    Accepted,
    Context,
    Decision,
    Refused,
    already,
    closed,
    out_of_order,
    values_of,
)
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import assess
from agir_cli.domain.events import NOTHING, Draft, Kind
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.folding import applied
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import HOUSED


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
    refusals = admission.incoherent(command.but(nom="—"), context)  # the person has a name
    drafts: list[Draft] = []
    changed = _changed_facts(d, command, household, joined)
    if erased := _erased(d, command, changed):
        changed = {**changed, "efface": erased}
    refusals += _not_erasable(d, command)
    process: list[Draft] = []
    refusals += _process_facts(d, command, context, process)
    if not command.motif_ofii:  # a decision whose day is told at last
        process = [ofii.with_its_motive(each, d.ofii, None, words) for each in process]
    said = values_of(command, *admission.TEXTS) | admission.unknown_joined(command, joined)
    if not ofii.stands(d, command.decision_ofii, command.date_decision):
        said.pop("motif_ofii", None)
    with_it = {name for draft in process for name in draft.texts}
    texts = {n: text for n, text in said.items() if words.get(n) != text and n not in with_it}
    if changed or texts:
        drafts.append(Draft(Kind.FACTS_RECORDED, None, changed, texts))
    drafts += process
    if command.departement and command.departement != d.department:
        fact = f"dossier : {d.department} ; donné : {command.departement}"
        refusals.append(finding("departement_fixe", fact, field="departement"))
    useless: list[Finding] = []
    if command.malgre and not d.overridden:
        override = admission.overriding(command, assess(applied(d, drafts), context.rulebook))
        drafts += override
        useless = [] if override else [finding("malgre_inutile", field="malgre")]
    if drafts:
        refusals += closed(d)
    if refusals:
        return Refused(tuple(refusals))
    after = applied(d, drafts)
    warnings = _detail_left(d, {*erased} - {*command.efface})
    warnings += [*ofii.contradicted(after, drafts), *ofii.without_object(d, drafts)]
    if drafts:
        warnings += admission.warnings_of(command, after, assess(after, context.rulebook))
    useless += admission.to_look_at(command, context.today)
    return Accepted(tuple(drafts), (*warnings, *useless))


def _changed_facts(
    d: Dossier, command: c.Enroll, household: str | None, joined: str | None
) -> dict[str, Any]:
    given = admission.given_facts(command)
    if command.menage is not None:
        given["menage"] = household
    if joined is not None:  # else nobody is found yet: the words stand as they were given
        given["rejoint"] = joined
    form = d.requests[-1] if d.requests else None
    if form is not None and form.flyer_remis == given.get("flyer_remis"):
        given.pop("flyer_remis", None)  # the form of the person says it already
    return {
        name: value for name, value in given.items() if not _same(getattr(d.facts, name), value)
    }


def _erased(d: Dossier, command: c.Enroll, changed: Mapping[str, Any]) -> tuple[str, ...]:
    """What an eraser empties; the detail of a housing leaves with it, where no other is told."""
    erased = tuple(n for n in command.efface if getattr(d.facts, n, None) is not None)
    detail, housing = d.facts.detail_logement, changed.get("situation_logement")
    left = detail and housing and HOUSED[detail] is not housing
    if left and "detail_logement" not in (*changed, *erased):
        return (*erased, "detail_logement")
    return erased


def _detail_left(d: Dossier, left: Collection[str]) -> list[Finding]:
    former = d.facts.detail_logement
    if former is None or "detail_logement" not in left:
        return []
    act = f"enroll --dossier {d.reference}"
    return [finding("detail_du_logement", avant=former.label, acte=act)]


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
            drafts += admission.cir_drafts(command, context)
            refusals += out_of_order(d, "cir", "la signature du CIR", command.date_cir)
        elif not command.date_cir.covers(d.cir):
            shown = french(command.date_cir)
            refusals.append(already(d, Kind.CIR_SIGNED, "date_cir", french(d.cir), shown))
    refusals += ofii.orientation_again(d, command, context, drafts)
    refusals += ofii.ofii_again(d, command, context, drafts)
    return refusals


_PROCESS = frozenset(
    {"departement", "date_cir", "date_orientation", "orientation", "decision_ofii", "date_decision"}
)


def _not_erasable(d: Dossier, command: c.Enroll) -> list[Finding]:
    """Findings for facts of the process: they are voided with a reason, never emptied by a cell."""
    return [
        finding("fait_non_effacable", field=name, champ=FIELDS[name].label, dossier=d.reference)
        for name in command.efface
        if name in _PROCESS
    ]
