"""What a row or a form states about a person, as the events it is."""

from __future__ import annotations

from typing import Any, NamedTuple

from agir_cli.domain import commands as c
from agir_cli.domain.decisions.common import Context
from agir_cli.domain.dossier import FACT_NAMES
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.identity import looks_like_reference
from agir_cli.domain.vocabulary import OfiiOutcome, Orientation


class Opening(NamedTuple):
    """What opening a dossier needs beside the command: its ids, and the file's department."""

    id: str
    reference: str
    person: str
    household: str | None = None
    joined: str | None = None
    namesakes: tuple[str, ...] = ()
    """The dossiers (ids) that somebody has said are other persons'."""


def opening_drafts(
    command: c.Enroll, opening: Opening, department: str, context: Context
) -> list[Draft]:
    """The events that these facts are, in their order."""
    payload: dict[str, Any] = {
        "dossier": opening.reference,
        "personne": opening.person,
        "departement": department,
        **given_facts(command),
    }
    if opening.household is not None:
        payload["menage"] = opening.household
    if opening.joined is not None:
        payload["rejoint"] = opening.joined
    texts = given_texts(command, *words_of(command))
    texts |= unknown_joined(command, opening.joined)
    drafts = [Draft(Kind.DOSSIER_OPENED, None, payload, texts)]
    drafts += cir_drafts(command, context)
    drafts += orientation_drafts(command, context)
    if command.decision_ofii is not None:
        drafts.append(ofii_draft(command, context))
    return drafts


def words_of(command: c.Enroll) -> tuple[str, ...]:
    """The free texts of the dossier; those of OFII's decision go with it, where it is said."""
    words = ("prescripteur", "prescripteur_courriel", "motif_ofii", "reference_cirng")
    return words if command.decision_ofii is None else words[:2]


_FACT_FIELDS = tuple(
    name for name in c.field_names(c.Enroll) if name in FACT_NAMES and name != "rejoint"
)
"""`rejoint` may be an AGDREF number, which is no matter for the journal: the dossier found is."""


def given_facts(command: c.Enroll) -> dict[str, Any]:
    said = vars(command).get
    given = {name: v for name in _FACT_FIELDS if (v := said(name)) is not None}
    if command.rejoint is not None and looks_like_reference(command.rejoint):
        given["rejoint"] = command.rejoint.strip().upper()
    return given


def unknown_joined(command: c.Enroll, joined: str | None) -> dict[str, Any]:
    """The number of somebody joined whom this file does not know: words, never the journal's."""
    if joined is not None or command.rejoint is None or looks_like_reference(command.rejoint):
        return {}
    return {"rejoint": command.rejoint}


def given_texts(command: c.Enroll, *names: str) -> dict[str, Any]:
    said = vars(command).get
    return {name: value for name in names if (value := said(name)) is not None}


def cir_drafts(command: c.Enroll, context: Context) -> list[Draft]:
    if command.date_cir is None:
        return []
    return [Draft(Kind.CIR_SIGNED, command.date_cir.known_by(context.today))]


ANSWERS = {
    None: Kind.ORIENTATION_PROPOSED,
    Orientation.ACCEPTED: Kind.ORIENTATION_ACCEPTED,
    Orientation.DECLINED: Kind.ORIENTATION_DECLINED,
}


def orientation_drafts(command: c.Enroll, context: Context) -> list[Draft]:
    if command.orientation is None and command.date_orientation is None:
        return []
    on = command.date_orientation
    return [Draft(ANSWERS[command.orientation], on.known_by(context.today) if on else None)]


def ofii_draft(command: c.DecideLiaison | c.Enroll, context: Context) -> Draft:
    """The event of a decision of OFII, from either command that may say it."""
    rejected = command.decision_ofii is OfiiOutcome.REJECTED
    kind = Kind.OFII_REJECTED if rejected else Kind.OFII_VALIDATED
    on = command.date_decision.known_by(context.today) if command.date_decision else None
    payload: dict[str, Any] = {"decision_ofii": command.decision_ofii}
    if isinstance(command, c.DecideLiaison) and command.listing is not None:
        payload["listing"] = command.listing
    words = {"motif_ofii": command.motif_ofii, "reference_cirng": command.reference_cirng}
    return Draft(kind, on, payload, {name: text for name, text in words.items() if text})
