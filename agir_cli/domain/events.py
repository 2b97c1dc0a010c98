"""What happened to a dossier: events, their kinds, and their written order.

An event carries codes and dates only (`payload`, keyed by field name); words that could tell
who the person is go in `texts`, which the store keeps apart so that they can be erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from agir_cli.domain.dates import PartialDate

Payload = Mapping[str, Any]
NOTHING: Payload = MappingProxyType({})


class Kind(StrEnum):
    """Every kind of event, in the order in which those of one day are read.

    The rank is the place in this list. Reasons: a dossier opens before anything happens in it;
    the steps of one day follow the process (several departments hold the diagnostic and sign on
    one day [P: agir-68.fr]); what ends a dossier comes last, so that a same-day step is not
    "after the end".
    """

    DOSSIER_OPENED = "dossier_opened"
    FACTS_RECORDED = "facts_recorded"
    CIR_SIGNED = "cir_signed"
    PRECHECK_OVERRIDDEN = "precheck_overridden"
    NAMESAKE_CONFIRMED = "namesake_confirmed"
    ORIENTATION_PROPOSED = "orientation_proposed"
    ORIENTATION_DECLINED = "orientation_declined"
    ORIENTATION_ACCEPTED = "orientation_accepted"
    LIAISON_FORM_COMPLETED = "liaison_form_completed"
    LISTING_SENT = "listing_sent"
    OFII_REJECTED = "ofii_rejected"
    OFII_VALIDATED = "ofii_validated"
    DIAGNOSIS_BOOKED = "diagnosis_booked"
    DIAGNOSIS_MISSED = "diagnosis_missed"
    DIAGNOSIS_HELD = "diagnosis_held"
    DIAGNOSIS_SIGNED = "diagnosis_signed"
    REFERENT_DESIGNATED = "referent_designated"
    CONTRACT_BOOKED = "contract_booked"
    CONTRACT_MISSED = "contract_missed"
    CONTRACT_SIGNED = "contract_signed"
    SITUATION_RECORDED = "situation_recorded"
    INTERVIEW_HELD = "interview_held"
    STEP_RECORDED = "step_recorded"
    CONTRACT_REFUSED = "contract_refused"
    DOSSIER_CLOSED = "dossier_closed"
    EVENT_VOIDED = "event_voided"

    __hash__ = str.__hash__  # a kind is found by its text as well: `RANK["cir_signed"]`


RANK: Mapping[str, int] = {kind.value: rank for rank, kind in enumerate(Kind)}

_ASKED_AND_ANSWERED = frozenset(
    {Kind.LIAISON_FORM_COMPLETED, Kind.LISTING_SENT, Kind.OFII_REJECTED, Kind.OFII_VALIDATED}
)
"""On one day a rejection may be followed by a new form: these keep the order they were said in."""


_PLACES: Mapping[Kind, int] = {
    kind: RANK[Kind.LIAISON_FORM_COMPLETED if kind in _ASKED_AND_ANSWERED else kind]
    for kind in Kind
}


LABELS: Mapping[Kind, str] = {
    Kind.DOSSIER_OPENED: "Dossier ouvert",
    Kind.FACTS_RECORDED: "Renseignements complétés",
    Kind.CIR_SIGNED: "CIR signé",
    Kind.PRECHECK_OVERRIDDEN: "Inscription malgré la pré-vérification",
    Kind.NAMESAKE_CONFIRMED: "Homonyme confirmé",
    Kind.ORIENTATION_PROPOSED: "Orientation AGIR proposée",
    Kind.ORIENTATION_DECLINED: "Orientation déclinée",
    Kind.ORIENTATION_ACCEPTED: "Orientation AGIR acceptée",
    Kind.LIAISON_FORM_COMPLETED: "Fiche de liaison remplie",
    Kind.LISTING_SENT: "Listing transmis à l'OFII",
    Kind.OFII_REJECTED: "Rejet par l'OFII",
    Kind.OFII_VALIDATED: "Validation par l'OFII",
    Kind.DIAGNOSIS_BOOKED: "RDV de diagnostic inscrit",
    Kind.DIAGNOSIS_MISSED: "Absence au RDV de diagnostic",
    Kind.DIAGNOSIS_HELD: "Diagnostic AGIR",
    Kind.DIAGNOSIS_SIGNED: "Diagnostic signé",
    Kind.REFERENT_DESIGNATED: "Commission : référent désigné",
    Kind.CONTRACT_BOOKED: "RDV de contractualisation inscrit",
    Kind.CONTRACT_MISSED: "Absence au RDV de contractualisation",
    Kind.CONTRACT_SIGNED: "Contrat AGIR signé",
    Kind.SITUATION_RECORDED: "Situation relevée",
    Kind.INTERVIEW_HELD: "Entretien de suivi",
    Kind.STEP_RECORDED: "Étape du parcours",
    Kind.CONTRACT_REFUSED: "Refus du contrat (définitif)",
    Kind.DOSSIER_CLOSED: "Dossier clos",
    Kind.EVENT_VOIDED: "Événement annulé",
}


class Draft(NamedTuple):
    """An event that a decision proposes; the store gives it an id, a moment and an author."""

    kind: Kind
    on: PartialDate | None = None
    payload: Payload = NOTHING
    texts: Payload = NOTHING

    @property
    def id(self) -> str:
        """Empty: the store gives the id."""
        return ""


class Event(NamedTuple):
    """An event of the journal.

    ``on`` is the day it took effect (``None``: not known); ``recorded_at`` the UTC instant it
    was written, ISO 8601. ``payload`` values are those of the fields of the same names.
    """

    id: str
    dossier: str
    kind: Kind
    on: PartialDate | None
    payload: Payload
    recorded_at: str
    author: str
    batch: str | None = None
    texts: Payload = NOTHING


Told = Event | Draft
"""What a state is folded from: what happened, or is proposed."""

_FIRST, _LAST = date.min, date.max
FROM_THE_BEGINNING = frozenset(
    {Kind.DOSSIER_OPENED, Kind.FACTS_RECORDED, Kind.PRECHECK_OVERRIDDEN, Kind.NAMESAKE_CONFIRMED}
)
_UNDATED_FIRST = frozenset(
    {
        Kind.ORIENTATION_PROPOSED, Kind.ORIENTATION_DECLINED, Kind.ORIENTATION_ACCEPTED,
        Kind.OFII_REJECTED, Kind.OFII_VALIDATED,
    }
)  # fmt: skip
_ENDS = frozenset({Kind.CONTRACT_REFUSED, Kind.DOSSIER_CLOSED})


Position = tuple[date, int, str, str]
"""Where an event stands in the written order: its day, its kind's rank, its instant, its id."""


def order_key(event: Event) -> Position:
    """The written order: effective day, rank of the kind, recorded instant, id."""
    return (*day_and_rank(event), event.recorded_at, event.id)


def day_and_rank(event: Told) -> tuple[date, int]:
    """Where an event stands by what it says alone: its effective day, the rank of its kind.

    A partial date stands at its earliest day, but for an end, which stands at its latest: what
    may have come before it did. Facts hold from the beginning, and so do answers without a date
    (an answer that follows a dated one is recorded as coming since); other undated events
    (steps) come last, in the order they were recorded.
    """
    kind, on = event.kind, event.on
    if kind in FROM_THE_BEGINNING:
        day = _FIRST
    elif on is not None:
        day = on.latest if kind in _ENDS else on.earliest
    else:
        day = _FIRST if kind in _UNDATED_FIRST else _LAST
    return day, _PLACES[kind]
