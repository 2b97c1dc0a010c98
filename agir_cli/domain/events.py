"""What happened to a dossier: events, their kinds, and their written order.

An event carries codes and dates only (`payload`, keyed by field name); words that could tell
who the person is go in `texts`, which the store keeps apart so that they can be erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from agir_cli.domain.causes import BOOKINGS, Booking
from agir_cli.domain.dates import PartialDate
from agir_cli.domain.vocabulary import Code, in_sentence

Payload = Mapping[str, Any]
NOTHING: Payload = MappingProxyType({})


class When(Enum):
    """Where an event stands in the written order."""

    BEGINNING = "facts, which hold from the beginning"
    FIRST = "its day; without one, the beginning"
    NEEDED = "its day, without which it is incomplete"
    END = "the last day it may be: what may have come before it did"
    LAST = "its day; without one, after all others"


class Traits(NamedTuple):
    """What is true of every event of a kind."""

    when: When = When.LAST
    needs: frozenset[str] = frozenset()
    """The values without which it is incomplete."""
    says: tuple[str, ...] = ()
    """The fields that a timeline shows, in their order."""
    domain: str = "parcours"
    """Its part of a timeline."""
    lived: bool = False
    """Whether it cannot come after the end: an appointment, a listing may be made before the end
    is known of; what the person did may not."""
    parts: bool = False
    """Whether a second event of its kind and day completes it."""
    put_right: tuple[str, ...] = ()
    """What may be put right in it besides its day, whatever has come since."""


def _of(when: When = When.LAST, *needs: str, says: str = "", **others: Any) -> Traits:
    return Traits(when, frozenset(needs), tuple(says.split()), **others)


def _appointment(moment: str, domain: str = "parcours") -> Traits:
    return _of(When.LAST, moment, domain=domain, parts=True, put_right=("bureau",))


_FACT, _STEP, _REFERENTS = _of(When.BEGINNING), _of(When.NEEDED), ("referent", "second_referent")
_LINK, _PLAIN = _of(When.BEGINNING, "autre", says="autre"), _of()


class Kind(Code):
    """Every kind of event, in the order in which those of one day are read.

    The rank is the place in this list. Reasons: a dossier opens before anything happens in it;
    the steps of one day follow the process (several departments hold the diagnostic and sign on
    one day [P: agir-68.fr]); what ends a dossier comes last, so that a same-day step is not
    "after the end".
    """

    traits: Traits

    def __new__(cls, code: str, label: str = "", traits: Traits = _PLAIN) -> Kind:
        member = str.__new__(cls, code)
        member._value_, member.label, member.traits = code, label, traits
        return member

    # fmt: off
    DOSSIER_OPENED = "dossier_opened", "Dossier ouvert", _of(
        When.BEGINNING, "dossier", "personne", "departement", says="raison contact_souhaite")
    FACTS_RECORDED = "facts_recorded", "Renseignements complétés", _of(
        When.BEGINNING, says="contact_souhaite")
    CIR_SIGNED = "cir_signed", "CIR signé", _STEP
    PRECHECK_OVERRIDDEN = "precheck_overridden", "Inscription malgré la pré-vérification", _of(
        When.BEGINNING, says="malgre")
    NAMESAKE_CONFIRMED = "namesake_confirmed", "Homonyme confirmé", _LINK
    PERSONS_LINKED = "persons_linked", "Relié : la même personne", _LINK
    IDENTITY_CHANGED = "identity_changed", "Identité ou coordonnées modifiées", _FACT
    ORIENTATION_PROPOSED = "orientation_proposed", "Orientation AGIR proposée", _of(When.FIRST)
    ORIENTATION_DECLINED = "orientation_declined", "Orientation déclinée", _of(When.FIRST)
    ORIENTATION_ACCEPTED = "orientation_accepted", "Orientation AGIR acceptée", _of(When.FIRST)
    LIAISON_FORM_COMPLETED = "liaison_form_completed", "Fiche de liaison remplie", _of(
        says="souhait prescripteur", lived=True, parts=True)
    LISTING_SENT = "listing_sent", "Listing transmis à l'OFII", _of(says="listing")
    OFII_REJECTED = "ofii_rejected", "Rejet par l'OFII", _of(
        When.FIRST, "decision_ofii", says="motif_ofii")
    OFII_VALIDATED = "ofii_validated", "Validation par l'OFII", _of(
        When.FIRST, "decision_ofii", says="decision_ofii motif_ofii")
    DIAGNOSIS_BOOKED = "diagnosis_booked", "RDV de diagnostic inscrit", _appointment(
        "date_rdv_diagnostic")
    DIAGNOSIS_MISSED = "diagnosis_missed", "Absence au RDV de diagnostic", _STEP
    DIAGNOSIS_HELD = "diagnosis_held", "Diagnostic AGIR", _of(
        When.NEEDED, says="diagnostic_signe priorites_preconisees", lived=True, parts=True)
    DIAGNOSIS_SIGNED = "diagnosis_signed", "Diagnostic signé"
    REFERENT_DESIGNATED = "referent_designated", "Commission : référent désigné", _of(
        When.NEEDED, says="referent second_referent priorites modalite bassin_de_vie partenaires",
        lived=True, parts=True, put_right=_REFERENTS)
    REFERENT_CHANGED = "referent_changed", "Changement de référent", _of(
        When.NEEDED, says="referent second_referent", put_right=_REFERENTS)
    CONTRACT_BOOKED = "contract_booked", "RDV de contractualisation inscrit", _appointment(
        "date_rdv_contrat")
    CONTRACT_MISSED = "contract_missed", "Absence au RDV de contractualisation", _STEP
    CONTRACT_SIGNED = "contract_signed", "Contrat AGIR signé", _of(
        When.NEEDED, says="projet", lived=True)
    VISIT_BOOKED = "visit_booked", "Rendez-vous inscrit", _appointment("date_rdv_visite", "suivi")
    VISIT_MISSED = "visit_missed", "Absence à un rendez-vous", _of(
        When.NEEDED, says="type_visite", domain="suivi")
    VISIT_HELD = "visit_held", "Rendez-vous tenu", _of(
        When.NEEDED, says="type_visite", domain="suivi")
    RIGHT_RECORDED = "right_recorded", "Droit ou papier", _of(When.FIRST, "droit", "etat_droit")
    SITUATION_RECORDED = "situation_recorded", "Situation relevée", _of(
        When.NEEDED, domain="situation")
    INTERVIEW_EXCUSED = "interview_excused", "Absence excusée à l'entretien", _of(
        When.NEEDED, says="motif_excuse", domain="suivi", lived=True)
    INTERVIEW_HELD = "interview_held", "Entretien de suivi", _of(
        When.NEEDED, domain="suivi", lived=True)
    STEP_RECORDED = "step_recorded", "Étape du parcours"
    TRANSFER_RECEIVED = "transfer_received", "Transfert reçu d'un autre département", _of(
        When.NEEDED, "departement_origine", says="departement_origine droit_depuis")
    TRANSFER_ASKED = "transfer_asked", "Transfert demandé à un autre département", _of(
        When.NEEDED, "vers_departement", says="vers_departement")
    TRANSFER_ANSWERED = "transfer_answered", "Réponse de l'autre département", _of(
        When.NEEDED, "reponse_transfert", says="reponse_transfert")
    PAPER_MADE = "paper_made", "Papier produit", _of(says="papier support")
    DECLARED = "declared", "Déclaré au ministère", _of(When.NEEDED, says="numero_declaration")
    DECLARATION_REJECTED = "declaration_rejected", "Déclaration rejetée par le ministère", _of(
        When.NEEDED, says="motif_declaration")
    ACTION_RECORDED = "action_recorded", "Action ou tâche", _of(
        says="action objet avancement date_echeance responsable referent", domain="suivi")
    DIRECTORY_CHANGED = "directory_changed", "Annuaire ou règle de l'équipe"
    PERSON_ERASED = "person_erased", "Personne effacée"
    CONFLICT_SETTLED = "conflict_settled", "Désaccord entre sites réglé"
    HOLD_ADDED = "hold_added", "Retenu : rien n'en est effacé", _of(says="raison")
    HOLD_LIFTED = "hold_lifted", "N'est plus retenu", _of(says="raison")
    SITE_ADMITTED = "site_admitted", "Site admis"
    SITE_REVOKED = "site_revoked", "Site exclu"
    CONTRACT_REFUSED = "contract_refused", "Refus du contrat (définitif)", _of(
        When.END, lived=True)
    DOSSIER_CLOSED = "dossier_closed", "Dossier clos", _of(
        When.END, "motif", says="motif", lived=True)
    EVENT_VOIDED = "event_voided", "Événement annulé"
    # fmt: on


RANK: Mapping[str, int] = {kind.value: rank for rank, kind in enumerate(Kind)}

BOOKED: Mapping[Kind, Booking] = {Kind(f"{b.kind}_booked"): b for b in BOOKINGS.values()}
"""The kinds of event that book an appointment, and of which kind it is."""

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
    when, on = event.kind.traits.when, event.on
    if when is When.BEGINNING:
        day = _FIRST
    elif on is not None:
        day = on.latest if when is When.END else on.earliest
    else:
        day = _FIRST if when is When.FIRST else _LAST
    return day, _PLACES[event.kind]


# --- anomalies of a dossier --------------------------------------------------------------

_ANOMALIES: Final[Mapping[str, str]] = {
    "deux_diagnostics": "deux diagnostics, à deux dates",
    "deux_contrats": "deux contrats, à deux dates",
    "referent_sans_commission": "un changement de référent sans commission avant lui",
    "reponse_sans_demande": "une réponse à un transfert que personne n'a demandé avant elle",
    "apres_cloture": "un fait après la clôture : {}",
    "incomplet": "un fait auquel il manque ce qu'il faut : {}",
}


def anomaly_told(code: str) -> str:
    """Write an anomaly's code in French, inside a sentence; an unknown code stays as it is."""
    what, _, kind = code.partition(":")
    if kind and kind not in RANK:
        return code
    told = _ANOMALIES.get(what, code)
    return told.format(in_sentence(Kind(kind).label)) if kind else told
