"""What happened to a dossier: events, their kinds, and their written order.

An event carries codes and dates only (`payload`, keyed by field name); words that could tell
who the person is go in `texts`, which the store keeps apart so that they can be erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from agir_cli.domain.dates import PartialDate
from agir_cli.domain.vocabulary import Code

Payload = Mapping[str, Any]
NOTHING: Payload = MappingProxyType({})


class Kind(Code):
    """Every kind of event, in the order in which those of one day are read.

    The rank is the place in this list. Reasons: a dossier opens before anything happens in it;
    the steps of one day follow the process (several departments hold the diagnostic and sign on
    one day [P: agir-68.fr]); what ends a dossier comes last, so that a same-day step is not
    "after the end".
    """

    DOSSIER_OPENED = "dossier_opened", "Dossier ouvert"
    FACTS_RECORDED = "facts_recorded", "Renseignements complétés"
    CIR_SIGNED = "cir_signed", "CIR signé"
    PRECHECK_OVERRIDDEN = "precheck_overridden", "Inscription malgré la pré-vérification"
    NAMESAKE_CONFIRMED = "namesake_confirmed", "Homonyme confirmé"
    PERSONS_LINKED = "persons_linked", "Relié : la même personne"
    IDENTITY_CHANGED = "identity_changed", "Identité ou coordonnées modifiées"
    ORIENTATION_PROPOSED = "orientation_proposed", "Orientation AGIR proposée"
    ORIENTATION_DECLINED = "orientation_declined", "Orientation déclinée"
    ORIENTATION_ACCEPTED = "orientation_accepted", "Orientation AGIR acceptée"
    LIAISON_FORM_COMPLETED = "liaison_form_completed", "Fiche de liaison remplie"
    LISTING_SENT = "listing_sent", "Listing transmis à l'OFII"
    OFII_REJECTED = "ofii_rejected", "Rejet par l'OFII"
    OFII_VALIDATED = "ofii_validated", "Validation par l'OFII"
    DIAGNOSIS_BOOKED = "diagnosis_booked", "RDV de diagnostic inscrit"
    DIAGNOSIS_MISSED = "diagnosis_missed", "Absence au RDV de diagnostic"
    DIAGNOSIS_HELD = "diagnosis_held", "Diagnostic AGIR"
    DIAGNOSIS_SIGNED = "diagnosis_signed", "Diagnostic signé"
    REFERENT_DESIGNATED = "referent_designated", "Commission : référent désigné"
    REFERENT_CHANGED = "referent_changed", "Changement de référent"
    CONTRACT_BOOKED = "contract_booked", "RDV de contractualisation inscrit"
    CONTRACT_MISSED = "contract_missed", "Absence au RDV de contractualisation"
    CONTRACT_SIGNED = "contract_signed", "Contrat AGIR signé"
    VISIT_BOOKED = "visit_booked", "Rendez-vous inscrit"
    VISIT_MISSED = "visit_missed", "Absence à un rendez-vous"
    VISIT_HELD = "visit_held", "Rendez-vous tenu"
    RIGHT_RECORDED = "right_recorded", "Droit ou papier"
    SITUATION_RECORDED = "situation_recorded", "Situation relevée"
    INTERVIEW_EXCUSED = "interview_excused", "Absence excusée à l'entretien"
    INTERVIEW_HELD = "interview_held", "Entretien de suivi"
    STEP_RECORDED = "step_recorded", "Étape du parcours"
    TRANSFER_RECEIVED = "transfer_received", "Transfert reçu d'un autre département"
    TRANSFER_ASKED = "transfer_asked", "Transfert demandé à un autre département"
    TRANSFER_ANSWERED = "transfer_answered", "Réponse de l'autre département"
    PAPER_MADE = "paper_made", "Papier produit"
    DECLARED = "declared", "Déclaré au ministère"
    DECLARATION_REJECTED = "declaration_rejected", "Déclaration rejetée par le ministère"
    ACTION_RECORDED = "action_recorded", "Action ou tâche"
    DIRECTORY_CHANGED = "directory_changed", "Annuaire ou règle de l'équipe"
    PERSON_ERASED = "person_erased", "Personne effacée"
    CONFLICT_SETTLED = "conflict_settled", "Désaccord entre sites réglé"
    HOLD_ADDED = "hold_added", "Retenu : rien n'en est effacé"
    HOLD_LIFTED = "hold_lifted", "N'est plus retenu"
    SITE_ADMITTED = "site_admitted", "Site admis"
    SITE_REVOKED = "site_revoked", "Site exclu"
    CONTRACT_REFUSED = "contract_refused", "Refus du contrat (définitif)"
    DOSSIER_CLOSED = "dossier_closed", "Dossier clos"
    EVENT_VOIDED = "event_voided", "Événement annulé"


RANK: Mapping[str, int] = {kind.value: rank for rank, kind in enumerate(Kind)}

_ASKED_AND_ANSWERED = frozenset(
    {Kind.LIAISON_FORM_COMPLETED, Kind.LISTING_SENT, Kind.OFII_REJECTED, Kind.OFII_VALIDATED}
)
"""On one day a rejection may be followed by a new form: these keep the order they were said in."""


_PLACES: Mapping[Kind, int] = {
    kind: RANK[Kind.LIAISON_FORM_COMPLETED if kind in _ASKED_AND_ANSWERED else kind]
    for kind in Kind
} | {Kind.DECLARATION_REJECTED: RANK[Kind.DECLARED]}  # declared anew on the day it came back


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
    {
        Kind.DOSSIER_OPENED, Kind.FACTS_RECORDED, Kind.PRECHECK_OVERRIDDEN, Kind.NAMESAKE_CONFIRMED,
        Kind.IDENTITY_CHANGED, Kind.PERSONS_LINKED,
    }
)  # fmt: skip
_UNDATED_FIRST = frozenset(
    {
        Kind.ORIENTATION_PROPOSED, Kind.ORIENTATION_DECLINED, Kind.ORIENTATION_ACCEPTED,
        Kind.OFII_REJECTED, Kind.OFII_VALIDATED, Kind.RIGHT_RECORDED,
    }
)  # fmt: skip
_ENDS = frozenset({Kind.CONTRACT_REFUSED, Kind.DOSSIER_CLOSED})


Position = tuple[date, int, str, str]
"""Where an event stands in the written order: its day, its kind's rank, its instant, its id."""


def order_key(event: Event) -> Position:
    """The written order: effective day, rank of the kind, recorded instant, id."""
    return (*day_and_rank(event), *recorded(event))


def recorded(event: Event) -> tuple[str, str]:
    """The order of recording: instant, id."""
    return event.recorded_at, event.id


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
