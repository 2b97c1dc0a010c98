"""The one table of fields: name, type, label, help, and where the value lives.

A field has one name everywhere: option (`--date-cir`), column (`date_cir`), JSON key, payload
key of the journal, column of the projection.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from agir_cli.domain import person_values as p
from agir_cli.domain import reference_values as r
from agir_cli.domain import values as v
from agir_cli.domain import vocabulary as w
from agir_cli.domain.person_values import NAME, REFERENT
from agir_cli.domain.values import FieldType


class Home(Enum):
    """Where a value lives."""

    PERSON = "people"
    """Identity and contact: correctable, erasable, never in the journal."""
    TEXT = "texts"
    """Free words: an erasable table keyed by event."""
    JOURNAL = "journal"
    """Codes and dates: the payload of an event."""


class Field(NamedTuple):
    """One field."""

    name: str
    type: FieldType
    label: str
    home: Home = Home.JOURNAL
    help: str = ""
    short: str = ""
    """What else is typed for it, where a command says half of its name."""

    @property
    def option(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")


_P, _T = Home.PERSON, Home.TEXT

_ALL = (
    Field("dossier", p.REFERENCE, "Dossier", help="Référence (44-0042), n° AGDREF, début ou nom"),
    Field("departement", r.DEPARTMENT, "Département", help="Code du département du dossier"),
    Field("agdref", p.AGDREF, "N° AGDREF", _P, "N° étranger, 9 ou 10 chiffres"),
    Field("nom", NAME, "Nom", _P, "Nom de naissance, comme sur le titre"),
    Field("prenoms", NAME, "Prénoms", _P, "Prénoms, comme sur le titre"),
    Field("nom_usage", NAME, "Nom d'usage", _P),
    Field("date_naissance", v.BIRTH, "Né(e) le", _P, "Date, mois ou année"),
    Field("sexe", v.code(w.Sex), "Sexe", _P, "f, m, x"),
    Field("nationalite", r.NATIONALITY, "Nationalité", _P, "AFG, Afghanistan ou afghane"),
    Field("langues", r.LANGUAGES, "Langues", _P, "Codes ou noms, séparés par des virgules"),
    Field("niveau_francais", v.code(w.French), "Niveau de français", help="infra_a1, a1 … c2"),
    Field("telephone", p.PHONE, "Téléphone", _P),
    Field("courriel", p.EMAIL, "Courriel", _P),
    Field("adresse", v.TEXT, "Adresse postale", _P, "Où le courrier arrive : 1 rue X, 44600 Y"),
    Field("contact_souhaite", v.codes(w.Contact), "Contact souhaité",
          help="courrier+sms+mail, tous, aucun"),
    Field("menage", v.HOUSEHOLD, "Ménage", help="Code du ménage, ou un dossier du ménage"),
    Field("lien_menage", v.code(w.Kinship), "Lien dans le ménage",
          help="conjoint, enfant, parent…"),
    Field("naissances_enfants", v.YEARS, "Enfants sans dossier",
          help="Leurs années de naissance : 2012, 2015"),
    Field("statut", v.code(w.Status), "Statut", help="refugie, protection_subsidiaire, apatride…"),
    Field("rejoint", p.REFERENCE, "Rejoint", help="AGDREF ou dossier du BPI rejoint"),
    Field("date_statut", v.DATE, "Statut obtenu le"),
    Field("date_arrivee", v.DATE, "Arrivée en France"),
    Field("date_cir", v.DATE, "CIR signé le", help="Signature du contrat d'intégration"),
    Field("date_orientation", v.DATE, "Date d'orientation", help="Jour où l'OFII oriente"),
    Field("commune_domicile", r.PLACE, "Domicile", help="Nom, « 44150 Ancenis » ou insee:44003"),
    Field("commune_residence", r.PLACE, "Résidence", help="Nom, « 44150 Ancenis » ou insee:44003"),
    Field("code_postal_domicile", r.POSTAL, "Code postal du domicile"),
    Field("code_postal_residence", r.POSTAL, "Code postal de la résidence"),
    Field("situation_logement", v.code(w.Housing), "Logement", help="dna, logement_autonome…"),
    Field("detail_logement", v.code(w.HousingDetail), "Détail du logement", help="cada, fjt…"),
    Field("situation_professionnelle", v.code(w.Work), "Situation professionnelle",
          help="sans_emploi, cdi…"),
    Field("emploi_durable", v.TRISTATE, "Emploi durable", help="oui, non, inconnu"),
    Field("logement_perenne", v.TRISTATE, "Logement pérenne", help="oui, non, inconnu"),
    Field("prescripteur", v.TEXT, "Prescripteur", _T, "Qui présente AGIR et adresse la personne"),
    Field("prescripteur_courriel", p.EMAIL, "Courriel du prescripteur", _T),
    Field("orientation", v.code(w.Orientation), "Orientation", help="acceptee, declinee"),
    Field("auditeur", v.TEXT, "Auditeur OFII", _T, "Qui a vérifié et proposé AGIR à l'OFII"),
    Field("traduction", v.FLAG, "Proposition traduite", help="oui, non"),
    Field("date_fiche", v.DATE, "Fiche de liaison du"),
    Field("date_envoi", v.DATE, "Transmise à l'OFII le", help="Si elle l'est déjà"),
    Field("souhait", v.FLAG, "Souhait du bénéficiaire", help="oui, non"),
    Field("flyer_remis", v.FLAG, "Flyer remis", help="oui, non"),
    Field("soutien_agir", v.FLAG, "Soutien AGIR", help="oui, non"),
    Field("listing", v.NUMBER, "Listing n°"),
    Field("decision_ofii", v.code(w.OfiiOutcome), "Décision de l'OFII",
          help="validee, rejetee, derogation"),
    Field("date_decision", v.DATE, "Décidé le"),
    Field("motif_ofii", v.TEXT, "Motif de l'OFII", _T),
    Field("reference_cirng", v.TEXT, "Réf. CIRNG", _T),
    Field("date_rdv_diagnostic", v.MOMENT, "RDV de diagnostic", help="Jour et heure"),
    Field("date_rdv_contrat", v.MOMENT, "RDV de contrat", help="Jour et heure"),
    Field("bureau", v.TEXT, "Bureau", help="Son code (44-C1) ou son nom"),
    Field("confirmation", v.codes(w.Channel), "Confirmation", help="mail, sms, mail+sms"),
    Field("date_confirmation", v.DATE, "Confirmé le", help="Jour du mail ou du SMS"),
    Field("convocation_remise", v.FLAG, "Convocation remise", help="oui, non"),
    Field("plan_acces_remis", v.FLAG, "Plan d'accès remis", help="oui, non"),
    Field("date_absence", v.DATE, "Absence le"),
    Field("date_diagnostic", v.DATE, "Diagnostic AGIR"),
    Field("diagnostic_signe", v.FLAG, "Diagnostic signé", help="oui, non"),
    Field("priorites_preconisees", v.codes(w.Priority), "Priorité préconisée",
          help="droit_logement+emploi_formation"),
    Field("date_commission", v.DATE, "Commission"),
    Field("priorites", v.codes(w.Priority), "Priorité retenue",
          help="droit_logement+emploi_formation"),
    Field("modalite", v.code(w.SupportMode), "Modalité", help="globale, subsidiarite, appui"),
    Field("bassin_de_vie", v.TEXT, "Bassin de vie"),
    Field("partenaires", v.TEXT, "Partenaires intervenants", _T),
    Field("date_referent", v.DATE, "Référent depuis le"),
    Field("referent", REFERENT, "Référent parcours", help="Code ou nom"),
    Field("second_referent", REFERENT, "Second référent", help="Code ou nom"),
    Field("date_contrat", v.DATE, "Contrat AGIR signé le"),
    Field("projet", v.TEXT, "Projet personnalisé", _T, "En mots ; ni santé ni récit d'asile"),
    Field("date_refus", v.DATE, "Refus le"),
    Field("date_cloture", v.DATE, "Clos le"),
    Field("motif", v.code(w.Motive), "Motif", help="arret_beneficiaire, terme, transfert…"),
    Field("date_etape", v.DATE, "Étape du"),
    Field("date_fin_etape", v.DATE, "Fin de l'étape"),
    Field("domaine", v.code(w.Domain), "Domaine", help="projet, droits, logement, langue…"),
    Field("etape", v.TEXT, "Étape", _T, "En peu de mots ; ni santé, ni récit d'asile"),
    Field("heures", v.NUMBER, "Heures"),
    Field("date_entretien", v.DATE, "Entretien du"),
    Field("motif_excuse", v.code(w.Excuse), "Motif de l'excuse",
          help="empechement, travail_formation, autre_rendez_vous…", short="--motif"),
    Field("date_situation", v.DATE, "Situation au"),
    Field("date_rdv_visite", v.MOMENT, "Autre RDV", help="Jour et heure"),
    Field("type_visite", v.code(w.VisitType), "Objet du RDV", help="suivi, demarche, domicile…",
          short="--type"),
    Field("date_visite", v.DATE, "Autre RDV tenu le"),
    Field("droit", v.code(w.Right), "Droit", help="sejour, prestations, logement_social…"),
    Field("etat_droit", v.code(w.RightState), "État du droit", help="a_faire, demande, ouvert…",
          short="--etat"),
    Field("date_droit", v.DATE, "Droit, état au", help="Le jour d'où c'est ainsi"),
    Field("date_fin_droit", v.DATE, "Droit valable jusqu'au", help="Ce qui est écrit dessus",
          short="--jusqu-au"),
    Field("vers_departement", r.DEPARTMENT, "Transfert vers", help="Code du département demandé"),
    Field("date_demande_transfert", v.DATE, "Transfert demandé le"),
    Field("date_transfert", v.DATE, "Transfert le"),
    Field("departement_origine", r.DEPARTMENT, "Transfert depuis",
          help="Code du département d'où vient la personne"),
    Field("droit_depuis", v.DATE, "Deux ans comptés depuis le",
          help="Le premier contrat, signé ailleurs"),
    Field("action", v.TEXT, "N°", help="Celui de la liste : A12"),
    Field("type_action", v.code(w.ActionType), "Type", help="convention, reunion, webinaire…",
          short="--type"),
    Field("objet", v.TEXT, "Objet", _T, "En peu de mots ; ni santé, ni récit d'asile"),
    Field("date_action", v.DATE, "Date", help="Le jour où c'est fait, signé ou prévu"),
    Field("avancement", v.code(w.Progress), "Avancement", help="prevu, en_cours, signee, fait…"),
    Field("departements", r.DEPARTMENTS_LIST, "Départements", help="44, 85 ou 44+85"),
    Field("participants", v.NUMBER, "Participants", help="Combien de personnes"),
    Field("date_echeance", v.DATE, "À faire pour le"),
    Field("responsable", REFERENT, "Responsable", _T, "Qui s'en charge : nom ou code"),
    Field("remarque", v.TEXT, "Remarque", _T),
    Field("date_declaration", v.DATE, "Déclaré le", help="Jour où la fiche est envoyée"),
    Field("numero_declaration", v.TEXT, "N° de déclaration", help="Le n° de la fiche envoyée",
          short="--numero"),
    Field("date_rejet", v.DATE, "Déclaration rejetée le"),
    Field("motif_declaration", v.TEXT, "Motif de la déclaration rejetée", _T,
          "En peu de mots, tel que le reçu le dit", short="--motif"),
    Field("malgre", v.TEXT, "Malgré la pré-vérification", _T,
          "Motif pour inscrire malgré un « non »"),
    # Names that only events use, never a command line:
    Field("personne", v.TEXT, "Personne"),
    Field("ouvert_le", v.DATE, "Ouvert le"),
    Field("reponse_transfert", v.code(w.TransferAnswer), "Réponse au transfert"),
    Field("autre", v.TEXT, "Autre dossier"),
    Field("event", v.TEXT, "Événement"),
    Field("efface", v.FIELD_NAMES, "Effacé"),
    Field("modifie", v.FIELD_NAMES, "Modifié"),
    Field("ligne", v.NUMBER, "Ligne"),
    Field("mois", v.TEXT, "Mois"),
    Field("papier", v.code(w.Paper), "Papier"),
    Field("support", v.TEXT, "Support"),
    Field("raison", v.TEXT, "Raison", _T),
    Field("remplace", v.TEXT, "Remplace"),
    Field("site_nomme", v.TEXT, "Site"),
    Field("fiche_site", v.TEXT, "Fiche du site"),
)  # fmt: skip


FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in _ALL})

PERSON_FIELDS = tuple(field.name for field in _ALL if field.home is Home.PERSON)
"""What is known of a person, in the order in which it is told."""

OF_A_RIGHT: Mapping[str, tuple[str, w.Right]] = {
    f"{field}_{right}": (field, right)
    for right in w.Right
    for field in ("etat_droit", "date_droit", "date_fin_droit")
}
"""The columns of each right in a list of dossiers: what each holds, and of which right."""


def change_told(name: str, former: str | None, current: str | None) -> str:
    """What a stored value of a person has become: « Nom : HAILE → HAILU »."""
    field = FIELDS[name]
    was, now = (
        field.type.show(field.type.load(text)) if text else "(vide)" for text in (former, current)
    )
    return f"{field.label} : {was} → {now}"


def changes_of(texts: Mapping[str, str], payload: Mapping[str, Any]) -> str:
    """What an event says of a person's values that changed; where they are erased, which ones."""
    return texts.get("change") or ", ".join(
        FIELDS[name].label for name in payload.get("modifie", ()) if name in FIELDS
    )


def loaded(texts: Mapping[str, str]) -> dict[str, object]:
    """Stored texts as a payload of values. An unknown name (a newer program's) is kept as text."""
    return {
        name: FIELDS[name].type.load(text) if name in FIELDS else text
        for name, text in texts.items()
    }
