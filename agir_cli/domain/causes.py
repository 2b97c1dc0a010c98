"""Each clock's start, each wait and each kind of appointment: its words, and what is typed for it.

Alone in this module, since the nightly report needs the words and not the rest of the domain.
"""

from __future__ import annotations

from typing import NamedTuple

REFERENT, TEAM, OFII = "référent", "équipe AGIR", "OFII"
"""Who must act."""

RIGHTS = {
    "sejour": "titre de séjour",
    "titre_voyage": "titre de voyage",
    "etat_civil": "état civil",
    "prestations": "RSA et prestations",
    "couverture_maladie": "couverture maladie",
    "compte_bancaire": "compte bancaire",
    "permis": "permis de conduire",
    "reunification": "réunification familiale",
    "logement_social": "demande de logement social",
    "dalo": "DALO",
}
"""The rights and papers that are followed."""


class Booking(NamedTuple):
    """A kind of appointment. Its acts: ``{verb} book``, ``{verb} {held}``, ``{verb} absent``."""

    nature: str
    """In the list of appointments."""
    step: str
    """In the names of its fields: ``date_rdv_{step}``, ``absences_{step}``."""
    visits: str
    """The field of the state that keeps its appointments."""
    kind: str
    """In its kinds of event: ``{kind}_booked``, ``{kind}_missed``."""
    verb: str
    held: str
    books: str
    holds: str
    name: str
    title: str
    """Its name in a timeline."""

    @property
    def moment(self) -> str:
        """The field of its day and hour."""
        return f"date_rdv_{self.step}"

    @property
    def to_book(self) -> str:
        """Who books it, and what is typed; {} stands for the dossier's reference."""
        option = f"--{self.moment.replace('_', '-')}"
        return f"{self.books} : agir {self.verb} book {{}} {option} JOUR"

    @property
    def to_hold(self) -> str:
        """The same, once it was held: its day comes after."""
        return f"{self.holds} : agir {self.verb} {self.held} {{}} --on "


DIAGNOSIS = Booking(
    "diagnostic", "diagnostic", "diagnosis_visits", "diagnosis", "diagnose", "hold", OFII, TEAM,
    "RDV de diagnostic", "RDV de diagnostic",
)  # fmt: skip
CONTRACT = Booking(
    "contractualisation", "contrat", "contract_visits", "contract", "contract", "sign", REFERENT,
    REFERENT, "RDV de contrat", "RDV de contractualisation",
)  # fmt: skip
OTHER = Booking(
    "visite", "visite", "other_visits", "visit", "visit", "hold", TEAM, TEAM, "RDV", "Rendez-vous"
)
BOOKINGS = {each.nature: each for each in (DIAGNOSIS, CONTRACT, OTHER)}
"""The kinds of appointment, in the order of the process."""


class Start(NamedTuple):
    """What a clock starts at."""

    told: str
    of: str
    """After « la date »."""
    kinds: tuple[str, ...] = ()
    """The kinds of the events that say it; none where another dossier has it."""


STARTS = {
    "cir": Start("signature du CIR", "du CIR", ("cir_signed",)),
    "validation_ofii": Start(
        "validation par l'OFII", "de la validation par l'OFII", ("ofii_validated",)
    ),
    "orientation": Start("orientation par l'OFII", "de l'orientation", ("orientation_accepted",)),
    "commission": Start("commission", "de la commission", ("referent_designated",)),
    "diagnostic": Start("diagnostic", "du diagnostic", ("diagnosis_held",)),
    "fiche": Start("fiche de liaison", "de la fiche de liaison", ("liaison_form_completed",)),
    "listing": Start("listing transmis à l'OFII", "du listing", ("listing_sent",)),
    "contrat": Start("signature du contrat", "du contrat", ("contract_signed",)),
    "premier_contrat": Start(
        "premier contrat (dans un autre dossier)", "du premier contrat (dans un autre dossier)"
    ),
    "entretien": Start("dernier entretien", "du dernier entretien", ("interview_held",)),
    "excuse": Start(
        "absence excusée à l'entretien", "de l'absence excusée", ("interview_excused",)
    ),
    **{
        cause: Start(told, "de l'état du droit", ("right_recorded",))
        for cause, told in {
            "demande": "demande, ou son renouvellement",
            "echeance": "dernier jour (compté avant lui)",
            **RIGHTS,
        }.items()
    },
}

DATED = {
    **STARTS,
    "cloture": Start("clôture", "de la clôture", ("dossier_closed", "contract_refused")),
}
"""What starts a clock or ends it, where its day may have to be made precise."""


class Wait(NamedTuple):
    """What a person waits for without a clock."""

    told: str
    ends: str
    """What ends it, beside the closing of the dossier."""
    act: str = ""
    """Who must act and what to type; {} stands for the dossier's reference."""


WAITS = {
    "orientation": Wait(
        "orientation à recueillir", "l'orientation par l'OFII, ou une fiche de liaison",
        f"{OFII} : agir enroll --dossier {{}} --orientation acceptee --date-orientation JOUR",
    ),
    "fiche_liaison": Wait(
        "fiche de liaison à remplir", "la fiche de liaison, ou l'orientation par l'OFII",
        "prescripteur : agir liaison add {} --on JOUR",
    ),
    "cir_inconnu": Wait(
        "orienté, date du CIR inconnue : le délai ne peut pas courir",
        "la date du CIR, ou le diagnostic tenu",
        f"{TEAM} : agir enroll --dossier {{}} --date-cir JOUR",
    ),
    "orientation_sans_jour": Wait(
        "orienté, jour de l'orientation inconnu : le délai ne peut pas courir",
        "la date de l'orientation, ou le diagnostic tenu",
        f"{TEAM} : agir enroll --dossier {{}} --date-orientation JOUR",
    ),
    "decision_sans_jour": Wait(
        "admis, jour de la décision de l'OFII inconnu : le délai ne peut pas courir",
        "la date de la décision de l'OFII, ou le diagnostic tenu",
        f"{TEAM} : agir enroll --dossier {{}} --decision-ofii validee --date-decision JOUR",
    ),
    "rdv_diagnostic": Wait(
        "validé par l'OFII, sans rendez-vous de diagnostic",
        "un rendez-vous de diagnostic inscrit", DIAGNOSIS.to_book,
    ),
    "absence_diagnostic": Wait(
        "absent au diagnostic, pas de nouveau rendez-vous",
        "un nouveau rendez-vous inscrit, ou le diagnostic tenu", DIAGNOSIS.to_book,
    ),
    "commission": Wait(
        "diagnostic fait, pas encore de commission",
        "la commission (les trois semaines partent d'elle), ou la signature du contrat",
        "commission : agir assign {} --on JOUR --referent NOM",
    ),
    "absence_contrat": Wait(
        "absent au contrat, pas de nouveau rendez-vous",
        "un nouveau rendez-vous inscrit, ou la signature du contrat", CONTRACT.to_book,
    ),
    "contrat_imprecis": Wait(
        "date du contrat à préciser", "le jour exact de la signature du contrat"
    ),
    "demande_sans_jour": Wait(
        "demande de logement social, jour inconnu : l'année ne peut pas courir",
        "le jour de la demande de logement social, ou ce qu'elle est devenue",
        f"{REFERENT} : agir right set {{}} --droit logement_social --etat demande --on JOUR",
    ),
}  # fmt: skip

ENDED = {
    "diagnostic": "diagnostic tenu",
    "contrat": "signature du contrat",
    "entretien": "entretien",
    "excuse": "absence excusée",
    "droit": "nouvel état noté",
    "listing": "listing transmis à l'OFII",
    "decision": "décision de l'OFII",
    "orientation": "réponse à l'orientation",
    "cloture": "clôture du dossier",
}
"""What has stopped a clock."""
