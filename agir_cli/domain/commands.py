"""What a coordinator may ask for: one value a command, its attributes named as the fields.

An attribute without a default is required. Options, columns and help are derived from here,
so that one command has one list of fields at both doors. None is compared or printed: what a
command says of a person belongs in no traceback.
"""

from __future__ import annotations

from typing import Any, ClassVar, Never, Self, dataclass_transform

from agir_cli.domain import vocabulary as w
from agir_cli.domain.causes import BOOKINGS, Booking
from agir_cli.domain.dates import Moment, PartialDate
from agir_cli.domain.places import Place

ERASED, LEFT_OUT = "efface", "ecartes"


@dataclass_transform(kw_only_default=True, frozen_default=True, eq_default=False)
class Command:
    """A request about one dossier. ``verb`` is how it is typed, ``day`` its own date field.

    A value as a frozen dataclass is one, without methods written and compiled for each of fifty
    commands, of which a start-up asks for one. It holds what is given; the rest is its class'.
    """

    verb: ClassVar[str] = ""
    day: ClassVar[str | None] = None
    _names: ClassVar[tuple[str, ...]] = ()
    _required: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, verb: str = "", day: str | None = None) -> None:
        cls.verb, cls.day = verb or cls.verb, day or cls.day
        cls._names = tuple(dict.fromkeys((*cls._names, *cls.__annotations__)))
        cls._required = tuple(name for name in cls._names if not hasattr(cls, name))

    def __init__(self, **values: Any) -> None:
        if not (values.keys() >= {*self._required} and values.keys() <= {*self._names}):
            raise TypeError(f"{self.verb}: {', '.join(self._required)} wanted, some of the rest")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"{self.verb}: {name} is not set once it is made")

    def but(self, **values: Any) -> Self:
        """The same command with these values."""
        return type(self)(**{**self.__dict__, **values})

    @property
    def given(self) -> dict[str, Any]:
        """The values given, by field; what is not given is left out."""
        named = ((name, getattr(self, name)) for name in field_names(type(self)))
        return {name: value for name, value in named if value is not None}


class Enroll(Command, verb="enroll"):
    """Register a person and open the dossier, or complete an existing one (``dossier``)."""

    dossier: str | None = None
    departement: str | None = None
    agdref: str | None = None
    nom: str | None = None
    prenoms: str | None = None
    nom_usage: str | None = None
    date_naissance: PartialDate | None = None
    sexe: w.Sex | None = None
    nationalite: str | None = None
    langues: str | None = None
    niveau_francais: w.French | None = None
    telephone: str | None = None
    courriel: str | None = None
    adresse: str | None = None
    contact_souhaite: tuple[w.Contact, ...] | None = None
    menage: str | None = None
    lien_menage: w.Kinship | None = None
    naissances_enfants: tuple[str, ...] | None = None
    statut: w.Status | None = None
    rejoint: str | None = None
    date_statut: PartialDate | None = None
    date_arrivee: PartialDate | None = None
    date_cir: PartialDate | None = None
    date_orientation: PartialDate | None = None
    commune_domicile: Place | None = None
    commune_residence: Place | None = None
    code_postal_domicile: str | None = None
    code_postal_residence: str | None = None
    situation_logement: w.Housing | None = None
    detail_logement: w.HousingDetail | None = None
    situation_professionnelle: w.Work | None = None
    emploi_durable: w.Tristate | None = None
    logement_perenne: w.Tristate | None = None
    prescripteur: str | None = None
    prescripteur_courriel: str | None = None
    orientation: w.Orientation | None = None
    auditeur: str | None = None
    traduction: bool | None = None
    flyer_remis: bool | None = None
    decision_ofii: w.OfiiOutcome | None = None
    date_decision: PartialDate | None = None
    motif_ofii: str | None = None
    reference_cirng: str | None = None
    malgre: str | None = None
    efface: tuple[str, ...] = ()
    """Fields that an explicit eraser (`--blank`) empties: no field of its own."""
    ecartes: tuple[str, ...] = ()
    """Numbers that are none (« 0000000000 »), kept out and told: no field of its own."""


class AddLiaison(Command, verb="liaison add", day="date_fiche"):
    """Record the *fiche de liaison*; ``date_envoi`` where no listing of this file carried it."""

    dossier: str
    date_fiche: PartialDate
    prescripteur: str | None = None
    prescripteur_courriel: str | None = None
    souhait: bool | None = None
    flyer_remis: bool | None = None
    soutien_agir: bool | None = None
    date_envoi: PartialDate | None = None


class DecideLiaison(Command, verb="liaison decide", day="date_decision"):
    """Record OFII's decision, on a dossier or on the person an answer file identifies otherwise.

    By the line of a listing, the AGDREF number or the identity: resolved before deciding.
    """

    dossier: str | None = None
    decision_ofii: w.OfiiOutcome
    date_decision: PartialDate
    listing: int | None = None
    ligne: int | None = None
    agdref: str | None = None
    nom: str | None = None
    prenoms: str | None = None
    date_naissance: PartialDate | None = None
    motif_ofii: str | None = None
    reference_cirng: str | None = None


class BookDiagnosis(Command, verb="diagnose book", day="date_rdv_diagnostic"):
    """Book the diagnostic appointment, or book it again."""

    dossier: str
    date_rdv_diagnostic: Moment
    bureau: str | None = None
    confirmation: tuple[w.Channel, ...] | None = None
    date_confirmation: PartialDate | None = None
    convocation_remise: bool | None = None
    plan_acces_remis: bool | None = None
    reference_cirng: str | None = None


class HoldDiagnosis(Command, verb="diagnose hold", day="date_diagnostic"):
    """Record the diagnostic."""

    dossier: str
    date_diagnostic: PartialDate
    diagnostic_signe: bool | None = None
    priorites_preconisees: tuple[w.Priority, ...] | None = None


class MissDiagnosis(Command, verb="diagnose absent", day="date_absence"):
    """Record that the person missed the diagnostic: never a refusal."""

    dossier: str
    date_absence: PartialDate


class Assign(Command, verb="assign", day="date_commission"):
    """Record the commission's decision."""

    dossier: str
    date_commission: PartialDate
    priorites: tuple[w.Priority, ...] | None = None
    modalite: w.SupportMode | None = None
    bassin_de_vie: str | None = None
    partenaires: str | None = None
    referent: str | None = None
    second_referent: str | None = None


class AssignFromAgenda(Assign):
    """Record what the commission decided on somebody of its agenda, who waited for it."""


class Designate(Command, verb="referent designate", day="date_referent"):
    """Record who accompanies from a day on; what the commission decided stays as it was."""

    dossier: str
    date_referent: PartialDate
    referent: str | None = None
    second_referent: str | None = None


class BookContract(Command, verb="contract book", day="date_rdv_contrat"):
    """Book the contract appointment, or book it again."""

    dossier: str
    date_rdv_contrat: Moment
    bureau: str | None = None
    confirmation: tuple[w.Channel, ...] | None = None
    date_confirmation: PartialDate | None = None
    convocation_remise: bool | None = None
    plan_acces_remis: bool | None = None


class SignContract(Command, verb="contract sign", day="date_contrat"):
    """Record the signature of the contract: two years begin."""

    dossier: str
    date_contrat: PartialDate
    projet: str | None = None


class RefuseContract(Command, verb="contract refuse", day="date_refus"):
    """Record the refusal of the contract: definitive."""

    dossier: str
    date_refus: PartialDate


class MissContract(Command, verb="contract absent", day="date_absence"):
    """Record that the person missed the contract appointment: never a refusal."""

    dossier: str
    date_absence: PartialDate


class Close(Command, verb="close", day="date_cloture"):
    """End the dossier with a motive; the situation at the exit may be given with it."""

    dossier: str
    date_cloture: PartialDate
    motif: w.Motive
    situation_logement: w.Housing | None = None
    detail_logement: w.HousingDetail | None = None
    situation_professionnelle: w.Work | None = None
    niveau_francais: w.French | None = None
    emploi_durable: w.Tristate | None = None
    logement_perenne: w.Tristate | None = None


class AddStep(Command, verb="step add", day="date_etape"):
    """Add one step to the personal plan, dated or not."""

    dossier: str
    etape: str
    domaine: w.Domain | None = None
    date_etape: PartialDate | None = None
    date_fin_etape: PartialDate | None = None
    heures: int | None = None


class SetSituation(Command, verb="situation set", day="date_situation"):
    """Record housing, work and French from a day on."""

    dossier: str
    date_situation: PartialDate
    situation_logement: w.Housing | None = None
    detail_logement: w.HousingDetail | None = None
    situation_professionnelle: w.Work | None = None
    niveau_francais: w.French | None = None
    emploi_durable: w.Tristate | None = None
    logement_perenne: w.Tristate | None = None


class SetRight(Command, verb="right set", day="date_droit"):
    """Record how a right or a paper stands from a day on, and until when it is valid."""

    dossier: str
    droit: w.Right
    etat_droit: w.RightState
    date_droit: PartialDate | None = None
    date_fin_droit: PartialDate | None = None


class AddInterview(Command, verb="interview add", day="date_entretien"):
    """Record a two-monthly interview."""

    dossier: str
    date_entretien: PartialDate


class ExcuseInterview(Command, verb="interview excuse", day="date_absence"):
    """The person could not come to the two-monthly interview, and is excused."""

    dossier: str
    date_absence: PartialDate
    motif_excuse: w.Excuse


class BookVisit(Command, verb="visit book", day="date_rdv_visite"):
    """Book an appointment that is neither for the diagnostic nor for the contract."""

    dossier: str
    date_rdv_visite: Moment
    type_visite: w.VisitType | None = None
    bureau: str | None = None
    confirmation: tuple[w.Channel, ...] | None = None
    date_confirmation: PartialDate | None = None
    convocation_remise: bool | None = None
    plan_acces_remis: bool | None = None


class HoldVisit(Command, verb="visit hold", day="date_visite"):
    """Record that the person came to such an appointment, booked or not."""

    dossier: str
    date_visite: PartialDate
    type_visite: w.VisitType | None = None


class MissVisit(Command, verb="visit absent", day="date_absence"):
    """Record that the person missed such an appointment."""

    dossier: str
    date_absence: PartialDate
    type_visite: w.VisitType | None = None


class AskTransfer(Command, verb="transfer ask", day="date_demande_transfert"):
    """Ask another department to take the person over."""

    dossier: str
    vers_departement: str
    date_demande_transfert: PartialDate


class AcceptTransfer(Command, verb="transfer accept", day="date_transfert"):
    """Record that the other department takes the person over from a day on: the dossier ends."""

    dossier: str
    date_transfert: PartialDate


class RefuseTransfer(Command, verb="transfer refuse", day="date_transfert"):
    """Record that the other department does not take the person over: the support goes on."""

    dossier: str
    date_transfert: PartialDate


class ReceiveTransfer(Command, verb="transfer receive", day="date_transfert"):
    """Record that the person came from another department, with their support begun there."""

    dossier: str
    departement_origine: str
    date_transfert: PartialDate
    droit_depuis: PartialDate | None = None


class Declare(Command, verb="declare mark", day="date_declaration"):
    """Record that the dossier was declared to the ministry, as it stands now."""

    dossier: str
    date_declaration: PartialDate
    numero_declaration: str | None = None


class RejectDeclaration(Command, verb="declare reject", day="date_rejet"):
    """Record that the ministry sent the last declaration back."""

    dossier: str
    date_rejet: PartialDate
    motif_declaration: str | None = None


class AddAction(Command, verb="partner add", day="date_action"):
    """Record what is done for the network: an agreement, a meeting, a tool, an obstacle."""

    action: str | None = None
    type_action: w.ActionType
    objet: str
    partenaires: str | None = None
    date_action: PartialDate | None = None
    avancement: w.Progress | None = None
    departements: str | None = None
    participants: int | None = None
    date_echeance: PartialDate | None = None
    responsable: str | None = None
    remarque: str | None = None


class SetAction(Command, verb="partner set", day="date_action"):
    """Say how far an action is by now, or put it right; what is not given stays."""

    action: str
    avancement: w.Progress | None = None
    date_action: PartialDate | None = None
    objet: str | None = None
    partenaires: str | None = None
    departements: str | None = None
    participants: int | None = None
    date_echeance: PartialDate | None = None
    responsable: str | None = None
    remarque: str | None = None


class AddTask(Command, verb="task add", day="date_echeance"):
    """Record what is to be done: what, until when, by whom, for which dossier or partner."""

    dossier: str | None = None
    objet: str
    date_echeance: PartialDate | None = None
    responsable: str | None = None
    partenaires: str | None = None
    departements: str | None = None
    remarque: str | None = None
    action: str | None = None
    avancement: w.Progress | None = None
    date_action: PartialDate | None = None


class DoneTask(Command, verb="task done", day="date_action"):
    """Record that a task is done."""

    action: str
    date_action: PartialDate
    remarque: str | None = None


class MoveTask(Command, verb="task move", day="date_echeance"):
    """Give a task another day, or another person."""

    action: str
    date_echeance: PartialDate | None = None
    responsable: str | None = None


BookAppointment = BookDiagnosis | BookContract | BookVisit
"""The commands that book an appointment."""

Acting = AddAction | SetAction | AddTask | DoneTask | MoveTask
"""The commands that record an action of the network, or a task."""


def field_names(command: type[Command]) -> tuple[str, ...]:
    """The fields of a command, in their order."""
    return tuple(name for name in command._names if name not in (ERASED, LEFT_OUT))


def booking_of(command: Command | type[Command]) -> Booking:
    """The kind of appointment that a command books, keeps or misses."""
    return next(each for each in BOOKINGS.values() if command.verb.startswith(f"{each.verb} "))


def required_names(command: type[Command]) -> tuple[str, ...]:
    """The fields that must be given."""
    return command._required
