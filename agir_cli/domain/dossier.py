"""The state of one dossier, as its events tell it (`folding` makes it from them)."""

# No annotation is a text here: each would be compiled as its class is made, at every start.

from collections.abc import Sequence
from typing import Any, NamedTuple

from agir_cli.domain import vocabulary as w
from agir_cli.domain.causes import CONTRACT, DIAGNOSIS, OTHER, Booking
from agir_cli.domain.dates import Moment, PartialDate, first_of
from agir_cli.domain.places import Place, department_of


class Facts(NamedTuple):
    """What is known of the person's admission, beside their identity. ``None``: not known."""

    statut: w.Status | None = None
    rejoint: str | None = None
    date_statut: PartialDate | None = None
    date_arrivee: PartialDate | None = None
    commune_domicile: Place | None = None
    commune_residence: Place | None = None
    code_postal_domicile: str | None = None
    code_postal_residence: str | None = None
    menage: str | None = None
    lien_menage: w.Kinship | None = None
    naissances_enfants: tuple[str, ...] | None = None
    """Years of birth of the children of the household who have no dossier."""
    niveau_francais: w.French | None = None
    situation_logement: w.Housing | None = None
    detail_logement: w.HousingDetail | None = None
    situation_professionnelle: w.Work | None = None
    emploi_durable: w.Tristate | None = None
    logement_perenne: w.Tristate | None = None
    contact_souhaite: tuple[w.Contact, ...] | None = None
    traduction: bool | None = None
    flyer_remis: bool | None = None
    droit_depuis: PartialDate | None = None
    """The contract of an earlier dossier of this person, with which their two years began."""


FACT_NAMES = frozenset(Facts._fields)


class Answered(NamedTuple):
    """OFII's proposal and the person's answer; ``outcome`` is ``None`` while there is none."""

    outcome: w.Orientation | None
    on: PartialDate | None
    superseded: bool = False
    """OFII's rejection came after it, or, where the person had said no, a new form."""


class Decided(NamedTuple):
    """OFII's decision."""

    outcome: w.OfiiOutcome
    on: PartialDate | None
    listing: int | None = None

    @property
    def positive(self) -> bool:
        """Whether OFII lets the person in."""
        return self.outcome is not w.OfiiOutcome.REJECTED


class LiaisonRequest(NamedTuple):
    """One *fiche de liaison* and what became of it."""

    on: PartialDate | None
    souhait: bool | None = None
    flyer_remis: bool | None = None
    soutien_agir: bool | None = None
    sent_on: PartialDate | None = None
    listing: int | None = None
    decision: Decided | None = None
    again: bool = False
    """The person is presented again: OFII had rejected them, and decides anew."""
    declined_on: PartialDate | None = None
    """The person went back on it, before OFII answered: it waits for nobody."""


class Appointment(NamedTuple):
    """A booked appointment; ``missed_on`` when the person did not come."""

    moment: Moment
    booked_on: PartialDate | None
    bureau: str | None = None
    missed_on: PartialDate | None = None
    confirmation: tuple[w.Channel, ...] | None = None
    date_confirmation: PartialDate | None = None
    convocation_remise: bool | None = None
    plan_acces_remis: bool | None = None
    type_visite: w.VisitType | None = None
    held_on: PartialDate | None = None
    """Of an appointment that is neither for the diagnostic nor for the contract."""

    @property
    def awaited(self) -> bool:
        """Whether nobody has told what became of it."""
        return self.missed_on is None and self.held_on is None


def last_said(appointments: Sequence[Appointment], name: str) -> Any:
    """What was last said of appointments: their office, say; ``None`` where nothing was."""
    said = [value for each in appointments if (value := getattr(each, name)) is not None]
    return said[-1] if said else None


class Visits(NamedTuple):
    """The appointments of one step (diagnostic, contract, or others), and the absences."""

    appointments: tuple[Appointment, ...] = ()
    absences: tuple[PartialDate, ...] = ()

    def at(self, moment: Moment) -> Appointment | None:
        """The appointment of that moment; an hour not known, here or there, may be any."""
        same = [a for a in self.appointments if a.moment.day == moment.day]
        for one in same:
            if one.moment == moment:
                return one
        return next((a for a in same if None in (a.moment.hour, moment.hour)), None)

    @property
    def pending(self) -> Appointment | None:
        """The last appointment whose outcome is not known."""
        waiting = self.awaited
        return waiting[-1] if waiting else None

    @property
    def awaited(self) -> tuple[Appointment, ...]:
        """Every appointment whose outcome is not known."""
        return tuple(a for a in self.appointments if a.awaited)

    def on(self, day: PartialDate, what: w.VisitType | None) -> Appointment | None:
        """The awaited appointment of that day, and of what it is for where that is told."""
        return next(
            (a for a in self.awaited if day.earliest <= a.moment.day <= day.latest
             and (None in (what, a.type_visite) or a.type_visite is what)),
            None,
        )  # fmt: skip


NO_VISITS = Visits()


class Diagnosis(NamedTuple):
    """The diagnostic held."""

    on: PartialDate
    diagnostic_signe: bool | None = None
    priorites_preconisees: tuple[w.Priority, ...] = ()
    signed_apart: bool = False
    """The signature was recorded after the diagnostic, by an event of its own."""


class Assignment(NamedTuple):
    """What a commission decided."""

    on: PartialDate
    priorites: tuple[w.Priority, ...] = ()
    modalite: w.SupportMode | None = None
    bassin_de_vie: str | None = None
    referent: str | None = None
    second_referent: str | None = None


class Designation(NamedTuple):
    """Who accompanies from a day on; ``None``: the day changed nothing of that one."""

    on: PartialDate
    referent: str | None = None
    second_referent: str | None = None


class Transfer(NamedTuple):
    """A transfer asked of another department, and what it answered; ``None``: nothing yet."""

    on: PartialDate
    department: str
    answered_on: PartialDate | None = None
    answer: w.TransferAnswer | None = None


class Arrival(NamedTuple):
    """From where and when a person came with their support begun.

    ``droit_depuis``: their first contract, signed there.
    """

    on: PartialDate
    departement_origine: str
    droit_depuis: PartialDate | None = None


class Closing(NamedTuple):
    """How the dossier ended."""

    on: PartialDate | None
    motive: w.Motive


class Situation(NamedTuple):
    """Housing, work and French from a day on."""

    on: PartialDate
    situation_logement: w.Housing | None = None
    detail_logement: w.HousingDetail | None = None
    situation_professionnelle: w.Work | None = None
    niveau_francais: w.French | None = None
    emploi_durable: w.Tristate | None = None
    logement_perenne: w.Tristate | None = None


OF_A_SITUATION = Situation._fields[1:5]
"""The fields of a situation, beside its day."""
SAID_OF_A_SITUATION = Situation._fields[1:]
"""The same, and what is said of them where the codes do not tell."""


class Entitlement(NamedTuple):
    """How a right or a paper stands from a day on; ``None``: a day that nobody wrote down."""

    on: PartialDate | None
    droit: w.Right
    etat_droit: w.RightState
    date_fin_droit: PartialDate | None = None


class Step(NamedTuple):
    """One step of the personal plan; its words are in the erasable table, under ``event``."""

    event: str
    domaine: w.Domain | None = None
    on: PartialDate | None = None
    date_fin_etape: PartialDate | None = None
    heures: int | None = None
    words: str = ""


class Declared(NamedTuple):
    """A declaration to the ministry; ``event`` is that of the journal which says it."""

    event: str
    on: PartialDate | None
    numero_declaration: str | None = None
    rejected_on: PartialDate | None = None


class Dossier(NamedTuple):
    """One person's admission and support, as its events tell it."""

    id: str = ""
    reference: str = ""
    person: str = ""
    department: str = ""
    opened_on: PartialDate | None = None
    facts: Facts = Facts()
    cir: PartialDate | None = None
    orientation: Answered | None = None
    answers: tuple[Answered, ...] = ()
    """The answers to OFII's proposal that the present one followed."""
    requests: tuple[LiaisonRequest, ...] = ()
    ofii: Decided | None = None
    rejections: tuple[Decided, ...] = ()
    """Every rejection by OFII, those that a new form or a derogation followed included."""
    diagnosis_visits: Visits = NO_VISITS
    diagnosis: Diagnosis | None = None
    assignment: Assignment | None = None
    """What holds of the commissions' decisions; its day is that of the first one."""
    commissions: tuple[Assignment, ...] = ()
    """Each decision as it was made, in the order of their days."""
    designations: tuple[Designation, ...] = ()
    """Each day from which somebody else accompanies, a commission's or not, in their order."""
    contract_visits: Visits = NO_VISITS
    contract: PartialDate | None = None
    other_visits: Visits = NO_VISITS
    """Those for anything but the diagnostic and the contract: they stand side by side."""
    closing: Closing | None = None
    situations: tuple[Situation, ...] = ()
    rights: tuple[Entitlement, ...] = ()
    """Each state of each right, in the order of their days."""
    steps: tuple[Step, ...] = ()
    interviews: tuple[PartialDate, ...] = ()
    excuses: tuple[PartialDate, ...] = ()
    """The interviews that the person could not come to, and was excused from."""
    motif_excuse: w.Excuse | None = None
    """Why, of the last of them."""
    transfers: tuple[Transfer, ...] = ()
    """Those asked of other departments, in the order of their days."""
    arrival: Arrival | None = None
    """The transfer by which the person came from another department."""
    declarations: tuple[Declared, ...] = ()
    """Those to the ministry, in the order of their days."""
    overridden: bool = False
    namesakes: frozenset[str] = frozenset()
    """Dossiers (ids) that somebody has said are another person's."""
    linked: frozenset[str] = frozenset()
    """Dossiers (ids) that somebody has said are this very person's."""
    anomalies: tuple[str, ...] = ()

    @property
    def diagnosed(self) -> PartialDate | None:
        """The day of the diagnostic."""
        return self.diagnosis.on if self.diagnosis else None

    @property
    def coming(self) -> list[tuple[Booking, Appointment]]:
        """The appointments that are awaited: none of a step that is done, none once it is closed.

        One at a time of the diagnostic and of the contract: the last; others stand side by side.
        """
        if self.closing is not None:
            return []
        first = () if self.contract or self.diagnosis else self.diagnosis_visits.awaited[-1:]
        then = () if self.contract else self.contract_visits.awaited[-1:]
        every = ((DIAGNOSIS, first), (CONTRACT, then), (OTHER, self.other_visits.awaited))
        return [(of, each) for of, awaited in every for each in awaited]

    @property
    def declared(self) -> Declared | None:
        """The last declaration to the ministry."""
        return self.declarations[-1] if self.declarations else None

    @property
    def open(self) -> bool:
        """Whether nothing has ended it."""
        return self.closing is None

    @property
    def mistaken(self) -> bool:
        """Whether it was closed as opened by mistake."""
        return self.closing is not None and self.closing.motive is w.Motive.MISTAKE

    @property
    def right_began(self) -> PartialDate | None:
        """The first contract, with which the two years began, wherever it was signed."""
        return first_of((self.begun_elsewhere, self.contract))

    @property
    def begun_elsewhere(self) -> PartialDate | None:
        """The first contract of the person's earlier dossiers, here or in another department."""
        return first_of((self.facts.droit_depuis, self.arrival and self.arrival.droit_depuis))

    @property
    def transfer_asked(self) -> Transfer | None:
        """The transfer whose answer is awaited."""
        last = self.transfers[-1] if self.transfers else None
        return last if last is not None and last.answer is None else None

    @property
    def first_act(self) -> PartialDate | None:
        """The day of the first dated act of the process, from the first appointment to the end."""
        visits = (self.diagnosis_visits, self.contract_visits)
        made = (self.diagnosis, self.assignment, self.closing)
        return first_of(
            (
                *(a.booked_on for each in visits for a in each.appointments),
                *(day for each in visits for day in each.absences),
                *(act.on for act in made if act is not None),
                self.contract,
                *self.interviews,
            )
        )

    @property
    def answer(self) -> Answered | None:
        """The answer to OFII's proposal, while nothing has taken its place."""
        known = self.orientation
        return None if known is None or known.superseded else known

    @property
    def admitted(self) -> bool:
        """Whether OFII's orientation was accepted, or OFII validated the request."""
        if self.ofii is not None:
            return self.ofii.positive
        known = self.orientation
        return (
            known is not None and known.outcome is w.Orientation.ACCEPTED and not known.superseded
        )

    @property
    def declined(self) -> bool:
        """Whether the person's last word is no: to OFII's proposal, or on the last form."""
        if self.answer is not None and self.answer.outcome is w.Orientation.DECLINED:
            return True
        return bool(self.requests) and self.requests[-1].souhait is False

    @property
    def presented_again(self) -> bool:
        """Whether the last form followed a rejection: what was said before it is not enough."""
        return bool(self.requests) and self.requests[-1].again

    @property
    def current_housing(self) -> tuple[w.Housing | None, w.HousingDetail | None]:
        """The last housing recorded, else that of the entry."""
        for situation in reversed(self.situations):
            if situation.situation_logement is not None:
                return situation.situation_logement, situation.detail_logement
        return self.facts.situation_logement, self.facts.detail_logement

    @property
    def current_work(self) -> w.Work | None:
        """The last work situation recorded, else that of the entry."""
        recorded = [s.situation_professionnelle for s in self.situations]
        known = [work for work in recorded if work is not None]
        return known[-1] if known else self.facts.situation_professionnelle

    def said_now(self, name: str) -> w.Tristate | None:
        """The last answer to `emploi_durable` or `logement_perenne`, else that of the entry."""
        answers = [getattr(situation, name) for situation in self.situations]
        known: list[w.Tristate] = [answer for answer in answers if answer is not None]
        entry: w.Tristate | None = getattr(self.facts, name)
        return known[-1] if known else entry

    @property
    def current_rights(self) -> dict[w.Right, Entitlement]:
        """The last known state of each right that somebody has told of."""
        return {each.droit: each for each in self.rights}

    @property
    def current_french(self) -> w.French | None:
        """The last level of French recorded, else that of the entry."""
        recorded = [s.niveau_francais for s in self.situations]
        known = [level for level in recorded if level is not None]
        return known[-1] if known else self.facts.niveau_francais


def department_of_place(place: Place | None, postal: str | None) -> str | None:
    """The department a place or a postal code stands in; ``None`` when neither is known."""
    if place is not None:
        return place.department
    return department_of(postal) if postal else None
