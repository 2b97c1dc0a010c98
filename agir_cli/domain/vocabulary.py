"""The closed lists of the programme: a code that is stored, a French label that is shown.

A code never changes once released; a label may. The marks of
sources are explained in `docs/sources.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from unicodedata import combining, normalize

from agir_cli.domain.characters import without_endings


class Code(StrEnum):
    """A stored code with its label on screen."""

    label: str

    __hash__ = str.__hash__  # a member is found by its code as well

    def __new__(cls, code: str, label: str = "") -> Code:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member


class Status(Code):
    """Who may be admitted [W: Process d'admission BPI CIR année N (1/2), étape 1]."""

    REFUGEE = "refugie", "Réfugié(e)"
    SUBSIDIARY = "protection_subsidiaire", "Protection subsidiaire"
    STATELESS = "apatride", "Apatride"
    JOINER = "rejoignant", "Rejoignant de BPI"
    OTHER = "autre", "Autre statut"


class Orientation(Code):
    """The person's answer to OFII's proposal; a decline is not final."""

    ACCEPTED = "acceptee", "Orientation acceptée"
    DECLINED = "declinee", "Orientation déclinée"


class OfiiOutcome(Code):
    """OFII's decision, on either route; it wins over any computed answer."""

    VALIDATED = "validee", "Validée"
    REJECTED = "rejetee", "Rejetée"
    DEROGATION = "derogation", "Validée par dérogation"


class Priority(Code):
    """What the support is for; one or both."""

    RIGHTS_HOUSING = "droit_logement", "Droit-Logement"
    EMPLOYMENT_TRAINING = "emploi_formation", "Emploi-Formation"


class SupportMode(Code):
    """How the support is coordinated [W: AGIR : un droit dédié aux BPI]."""

    FULL = "globale", "Prise en charge globale"
    SUBSIDIARY = "subsidiarite", "En subsidiarité du droit commun"
    ASSIST = "appui", "En appui à l'existant"


class Motive(Code):
    """Why a dossier ends. Which are final is data: `data/motives.toml`."""

    CONTRACT_REFUSED = "refus_contrat", "Refus d'engagement contractuel"
    STOPPED_BY_BENEFICIARY = "arret_beneficiaire", "Arrêt à l'initiative du bénéficiaire"
    STOPPED_BY_ORGANISATION = "arret_structure", "Arrêt à l'initiative de la structure"
    TERM = "terme", "Terme des deux ans atteint"
    GOALS_REACHED = "objectifs_atteints", "Objectifs atteints"
    TRANSFER = "transfert", "Transfert vers un autre département"
    DEATH = "deces", "Décès"
    MISTAKE = "erreur", "Dossier créé par erreur"
    NOT_ELIGIBLE = "non_eligible", "Non éligible selon l'OFII"
    DROPPED = "sans_suite", "Sans suite (jamais venu, jamais refusé)"


class Housing(Code):
    """Housing at entry, now, at exit [W: Situation Logement/Hébergement à l'entrée]."""

    HOMELESS_OR_PRECARIOUS = "sans_abri_precaire", "Sans abri / hébergement précaire"
    DNA = "dna", "DNA"
    TEMPORARY = "hebergement_temporaire", "Hébergement temporaire"
    ASSISTED = "logement_accompagne", "Logement accompagné/adapté"
    INDEPENDENT = "logement_autonome", "Logement autonome"


class HousingDetail(Code):
    """A finer code below the five of `Housing`."""

    CADA = "cada", "CADA"
    HUDA = "huda", "HUDA"
    CPH = "cph", "CPH"
    CAES = "caes", "CAES"
    PRAHDA = "prahda", "PRAHDA"
    SOCIAL_RESIDENCE = "residence_sociale", "Résidence sociale"
    YOUNG_WORKERS = "fjt", "Foyer de jeunes travailleurs"
    FAMILY_BOARDING = "pension_famille", "Pension de famille"
    INTERMEDIATE_RENTAL = "intermediation_locative", "Intermédiation locative"
    SOCIAL_HOUSING = "parc_social", "Parc social"
    PRIVATE_RENTAL = "parc_prive", "Parc privé"
    THIRD_PARTY = "tiers", "Chez un tiers"
    SQUAT = "squat", "Squat"
    HOTEL = "hotel", "Hôtel"
    CHRS = "chrs", "CHRS"
    EMERGENCY = "urgence", "Hébergement d'urgence (115, CHU)"
    STREET = "rue", "À la rue"


HOUSED: Mapping[HousingDetail, Housing] = MappingProxyType(
    {
        **dict.fromkeys(
            (HousingDetail.CADA, HousingDetail.HUDA, HousingDetail.CPH, HousingDetail.CAES,
             HousingDetail.PRAHDA), Housing.DNA),
        **dict.fromkeys(
            (HousingDetail.SOCIAL_RESIDENCE, HousingDetail.YOUNG_WORKERS,
             HousingDetail.FAMILY_BOARDING, HousingDetail.INTERMEDIATE_RENTAL), Housing.ASSISTED),
        **dict.fromkeys(
            (HousingDetail.SOCIAL_HOUSING, HousingDetail.PRIVATE_RENTAL), Housing.INDEPENDENT),
        **dict.fromkeys(
            (HousingDetail.HOTEL, HousingDetail.CHRS, HousingDetail.EMERGENCY),
            Housing.TEMPORARY),
        **dict.fromkeys(
            (HousingDetail.THIRD_PARTY, HousingDetail.SQUAT, HousingDetail.STREET),
            Housing.HOMELESS_OR_PRECARIOUS),
    }
)  # fmt: skip
"""The situation that a finer code is one of: « HUDA » says both [decision 0036]."""


class Work(Code):
    """Work at entry, now, at exit; the list is this project's [D]."""

    NONE = "sans_emploi", "Sans emploi"
    LANGUAGE_TRAINING = "formation_linguistique", "Formation linguistique"
    TRAINING = "formation", "Formation qualifiante, certifiante ou diplômante"
    JOB_UNDER_6_MONTHS = "emploi_moins_6_mois", "Emploi de moins de 6 mois"
    JOB_6_MONTHS = "emploi_6_mois_plus", "Emploi de 6 mois et plus"
    PERMANENT = "cdi", "CDI"
    WORK_STUDY = "alternance", "Alternance"
    INTEGRATION = "insertion", "Insertion (ACI, EI, CDDI)"
    CIVIC_SERVICE = "service_civique", "Service civique"
    STUDIES = "etudes", "Études"
    TEMPORARY_AGENCY = "interim", "Intérim"
    SELF_EMPLOYED = "independant", "Indépendant"
    RETIRED_DISABLED = "retraite_invalidite", "Retraite / invalidité"


class French(Code):
    """Level of French."""

    BELOW_A1 = "infra_a1", "Infra-A1"
    A1 = "a1", "A1"
    A2 = "a2", "A2"
    B1 = "b1", "B1"
    B2 = "b2", "B2"
    C1 = "c1", "C1"
    C2 = "c2", "C2"


class Sex(Code):
    """As printed on the document."""

    FEMALE = "f", "Femme"
    MALE = "m", "Homme"
    OTHER = "x", "Autre"


class Kinship(Code):
    """The place in the household."""

    HEAD = "titulaire", "Titulaire"
    SPOUSE = "conjoint", "Conjoint(e)"
    CHILD = "enfant", "Enfant"
    PARENT = "parent", "Parent"
    SIBLING = "fratrie", "Frère ou sœur"
    OTHER = "autre", "Autre lien"


class Channel(Code):
    """How an appointment was confirmed."""

    MAIL = "mail", "Mail"
    SMS = "sms", "SMS"


class Contact(Code):
    """By what the person agrees to be reached; nothing said is no refusal."""

    ANY = "tous", "Par tous les moyens"
    POST = "courrier", "Par courrier"
    SMS = "sms", "Par SMS"
    MAIL = "mail", "Par mail"
    NONE = "aucun", "Ne pas contacter"


class Paper(Code):
    """What is handed over or sent to a person."""

    CONVOCATION = "convocation", "Convocation"
    REMINDER = "rappel", "Rappel de rendez-vous"
    ANOTHER = "nouveau-rdv", "Nouveau rendez-vous après une absence"
    CONTRACT = "contrat", "Page du contrat"
    DECISION = "decision", "Décision, et comment contester"
    SUMMARY = "bilan", "Bilan de l'accompagnement"
    CERTIFICATE = "attestation", "Attestation de fin"


class TransferAnswer(Code):
    """What the other department answers to a transfer that is asked of it."""

    ACCEPTED = "accepte", "Accepté"
    REFUSED = "refuse", "Refusé"


class Excuse(Code):
    """Why the person could not come to an interview: a health matter is never told [D]."""

    HINDERED = "empechement", "Empêchement de la personne"
    WORK = "travail_formation", "Travail ou formation"
    ELSEWHERE = "autre_rendez_vous", "Autre rendez-vous"
    TRANSPORT = "transport", "Transport"
    TEAM = "equipe", "Empêchement de l'équipe"


class Domain(Code):
    """What a step is about."""

    PLAN = "projet", "Projet"
    RIGHTS = "droits", "Droits"
    HOUSING = "logement", "Logement"
    LANGUAGE = "langue", "Langue"
    TRAINING = "formation", "Formation"
    WORK = "emploi", "Emploi"
    SOCIAL = "social", "Social"


class Right(Code):
    """A right to open, or a paper to have: the third dimension that is counted; list [D]."""

    RESIDENCE = "sejour", "Titre de séjour"
    TRAVEL = "titre_voyage", "Titre de voyage"
    CIVIL_STATUS = "etat_civil", "État civil"
    BENEFITS = "prestations", "RSA et prestations"
    HEALTH_COVER = "couverture_maladie", "Couverture maladie"
    BANK = "compte_bancaire", "Compte bancaire"
    DRIVING = "permis", "Permis de conduire"
    FAMILY = "reunification", "Réunification familiale"
    SOCIAL_HOUSING = "logement_social", "Demande de logement social"
    DALO = "dalo", "DALO"


class RightState(Code):
    """Where a right or a paper stands."""

    TO_DO = "a_faire", "À faire"
    ASKED = "demande", "Demandé"
    OPEN = "ouvert", "Ouvert"
    REFUSED = "refuse", "Refusé"
    NOT_CONCERNED = "sans_objet", "Sans objet"
    UNKNOWN = "inconnu", "Inconnu"


class VisitType(Code):
    """What an appointment is for, beside the diagnostic and the contract; list [D]."""

    INTERVIEW = "suivi", "Entretien de suivi"
    ERRAND = "demarche", "Démarche accompagnée"
    AT_HOME = "domicile", "Visite à domicile"
    TOGETHER = "collectif", "Atelier ou information"
    OTHER = "autre", "Autre rendez-vous"


class ActionType(Code):
    """What is done for the network, or is to be done [W: Coordination des acteurs]; list [D]."""

    AGREEMENT = "convention", "Convention"
    MEETING = "reunion", "Réunion"
    WEBINAR = "webinaire", "Webinaire"
    OUTREACH = "sensibilisation", "Sensibilisation"
    TOOL = "outil", "Outil"
    PUBLICATION = "publication", "Publication"
    OBSTACLE = "frein", "Frein"
    MILESTONE = "jalon", "Jalon"
    TASK = "tache", "Tâche"


class Progress(Code):
    """How far an action is; which ones go with which type is `domain.network`'s."""

    TO_DO = "a_faire", "À faire"
    PLANNED = "prevu", "Prévu"
    UNDER_WAY = "en_cours", "En cours"
    RAISED = "remonte", "Remonté"
    DONE = "fait", "Fait"
    SIGNED = "signee", "Signée"
    LIFTED = "leve", "Levé"
    ENDED = "clos", "Clos"
    GIVEN_UP = "abandonne", "Abandonné"


class Tristate(Code):
    """A fact that somebody has answered, if only with "I do not know"."""

    YES = "oui", "Oui"
    NO = "non", "Non"
    UNKNOWN = "inconnu", "Inconnu"


class Route(Code):
    """By which way a person comes [W: titles of the four "Process d'admission" slides]."""

    DIRECT = "n", "Voie N (OFII)"
    LIAISON = "n-1", "Voie N-1 (fiche de liaison)"
    OUTSIDE = "hors_voie", "Hors voie"
    UNKNOWN = "inconnue", "Voie inconnue"


class Stage(Code):
    """What a dossier awaits next, or how it ended."""

    ORIENTATION = "orientation", "Orientation"
    LIAISON = "liaison", "Fiche de liaison"
    OFII = "ofii", "Décision de l'OFII"
    DIAGNOSIS = "diagnostic", "Diagnostic"
    COMMISSION = "commission", "Commission"
    CONTRACTING = "contractualisation", "Contractualisation"
    SUPPORT = "accompagnement", "Accompagnement"
    DECLINED = "decline", "Orientation déclinée"
    REJECTED = "rejete_ofii", "Rejeté par l'OFII"
    CLOSED = "clos", "Clos"


class Nature(Code):
    """The kinds of deadline, waiting without one, and an appointment that answers none."""

    CONTRACTING = "contractualisation", "Contractualisation"
    DIAGNOSIS = "diagnostic", "Diagnostic"
    INTERVIEW = "entretien", "Entretien de suivi"
    LIAISON = "liaison", "Liaison OFII"
    TERM = "terme", "Terme de l'accompagnement"
    RIGHT = "droit", "Droit ou papier"
    TASK = "tache", "Tâche"
    WAITING = "attente", "En attente sans échéance"
    VISIT = "visite", "Autre rendez-vous"


def in_sentence(label: str) -> str:
    """A label inside a sentence: « contrat AGIR signé le », but « CIR signé le »."""
    shortened = label[1:2].isupper() or label[1:2] == "\u00b0"
    return label if shortened else label[:1].lower() + label[1:]


def admitted(codes: type[Code]) -> str:
    """List what may be written: "refugie (Réfugié(e)), …"."""
    return ", ".join(f"{member.value} ({member.label})" for member in codes)


# --- the words of a code -----------------------------------------------------------------


LISTS: Mapping[str, type[Code]] = {
    "statut": Status,
    "orientation": Orientation,
    "decision_ofii": OfiiOutcome,
    "priorites": Priority,
    "niveau_francais": French,
    "sexe": Sex,
    "lien_menage": Kinship,
    "confirmation": Channel,
    "contact_souhaite": Contact,
    "motif": Motive,
    "motif_excuse": Excuse,
    "modalite": SupportMode,
    "situation_logement": Housing,
    "detail_logement": HousingDetail,
    "situation_professionnelle": Work,
    "oui_non_inconnu": Tristate,
    "droit": Right,
    "etat_droit": RightState,
    "type_visite": VisitType,
}
"""The lists whose codes have other words, by the names that `data/words.csv` has for them."""

Words = Mapping[type[Code], Mapping[str, Code]]
"""Of each list, the words by which its codes are meant beside their own and their labels."""

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
# « Étudiante », « conjointe »; not « parente », which is any relative.
_HAVE_A_FEMININE = ("ant", "oint", "al")
# What makes another answer of a word: more, less, about, perhaps. A trailing dash is a minus.
_SIGN = r"[<>?=+~\u00b1\u2248\u2260\u2264\u2265]|[-\u2010-\u2015\u2212]\s*$"


def normalise(text: str) -> str:
    """Normalise a word for comparison: no case, accent, ligature, punctuation or « (e) »."""
    folded = without_endings(text).casefold().translate(_LIGATURES)
    folded = normalize("NFKD", folded)
    return "".join(c for c in folded if c.isalnum() and not combining(c))


def is_signed(text: str) -> bool:
    """Whether a sign beside the words changes what they say: « A2+ », « oui ? », « >B2 »."""
    return re.search(_SIGN, text if text.isascii() else normalize("NFKC", text)) is not None


def words_of(rows: Iterable[Sequence[str]]) -> Words:
    """Build the words of every list from rows of a list, a code and a word.

    Raises `KeyError` for a list that there is not, `ValueError` for a code that it has not, or
    for a word that has two codes or is a code's own.
    """
    found: dict[type[Code], dict[str, Code]] = {}
    for name, code, word in rows:
        codes, key = LISTS[name], _key(word)
        known = found.setdefault(codes, {})
        if key in known or key in _spellings(codes):
            raise ValueError(f"{name}, {code} : « {word} » est déjà dit")
        known[key] = codes(code)
    details = {**_spellings(HousingDetail), **found.get(HousingDetail, {})}
    housing = found.setdefault(Housing, {})
    for key, detail in details.items():
        housing.setdefault(key, HOUSED[HousingDetail(detail)])
    return MappingProxyType({codes: _with_feminines(words) for codes, words in found.items()})


def read_code(codes: type[Code], text: str, words: Words) -> Code | None:
    """Read a code, a label or a common word as a member; ``None`` if it is none.

    A sign that the label does not have is heard: « < A1 » is below A1, « A2+ » is no level here.
    ``words`` are looked at last: a code, as scripts give it, needs no table.
    """
    found = _exact(codes).get(text)
    if found is not None:
        return found
    key = _key(text)
    known = _spellings(codes).get(key) or words.get(codes, {}).get(key)
    if known is None and codes is Work:
        return _of_so_many_months(text)
    return known or (_of_a_centre(codes, text) if codes in (Housing, HousingDetail) else None)


_FIXED_TERM = r"(?:en )?(?:cdd|contrat|emploi)[ :,(]*(?:de )?(\d{1,2}) ?mois[ )]*"


def _of_so_many_months(text: str) -> Code | None:
    """Read a job by its length: « CDD 3 mois », « CDD (8 mois) »; six months are no short one."""
    found = re.fullmatch(_FIXED_TERM, text.casefold().strip())
    if found is None:
        return None
    return Work.JOB_UNDER_6_MONTHS if int(found[1]) < 6 else Work.JOB_6_MONTHS


_CENTRES = frozenset({"CADA", "HUDA", "CPH", "CAES", "PRAHDA", "FJT", "CHRS"})


def _of_a_centre(codes: type[Code], text: str) -> Code | None:
    """Read the kind of a centre that is named after it: « CADA de Saint-Nazaire »."""
    words = re.findall(r"[^\W\d_]+", text)
    named = [word.upper() for word in words if word.upper() in _CENTRES]
    if len(words) < 2 or named != [words[0].upper()]:
        return None
    detail = HousingDetail(words[0].lower())
    return detail if codes is HousingDetail else HOUSED[detail]


def _key(text: str) -> str:
    """The key of a word; a sign stays in it, so that it equals no label's."""
    if is_signed(text):
        return "".join(normalize("NFKC", text).casefold().split())
    return normalise(text)


@cache
def _exact(codes: type[Code]) -> dict[str, Code]:
    return {word: member for member in codes for word in (member.label, member.value)}


@cache
def _spellings(codes: type[Code]) -> Mapping[str, Code]:
    found: dict[str, Code] = {normalise(member.value): member for member in codes}
    for member in codes:
        found.setdefault(normalise(member.label), member)
    return _with_feminines(found)


def _with_feminines(words: Mapping[str, Code]) -> Mapping[str, Code]:
    said = {f"{word}e": code for word, code in words.items() if word.endswith(_HAVE_A_FEMININE)}
    return said | dict(words)
