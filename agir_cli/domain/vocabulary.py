"""The closed lists of the programme: a code that is stored, a French label that is shown.

A code never changes once released; a label may. Sources: `domain.md`, sections 1 to 3, that
is the webinar's slides and the public pages cited there.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from unicodedata import combining, normalize


class Code(StrEnum):
    """A stored code with its label on screen."""

    label: str

    # That of `Enum` is computed each time, in Python; a member is found by its code as well.
    __hash__ = str.__hash__

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
    SOCIAL_RESIDENCE = "residence_sociale", "Résidence sociale"
    YOUNG_WORKERS = "fjt", "Foyer de jeunes travailleurs"
    FAMILY_BOARDING = "pension_famille", "Pension de famille"
    INTERMEDIATE_RENTAL = "intermediation_locative", "Intermédiation locative"
    SOCIAL_HOUSING = "parc_social", "Parc social"
    PRIVATE_RENTAL = "parc_prive", "Parc privé"
    THIRD_PARTY = "tiers", "Chez un tiers"
    SQUAT = "squat", "Squat"
    HOTEL = "hotel", "Hôtel"


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


class Domain(Code):
    """What a step is about."""

    PLAN = "projet", "Projet"
    RIGHTS = "droits", "Droits"
    HOUSING = "logement", "Logement"
    LANGUAGE = "langue", "Langue"
    TRAINING = "formation", "Formation"
    WORK = "emploi", "Emploi"
    SOCIAL = "social", "Social"


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
    """The kinds of deadline, and waiting without one."""

    CONTRACTING = "contractualisation", "Contractualisation"
    DIAGNOSIS = "diagnostic", "Diagnostic"
    INTERVIEW = "entretien", "Entretien de suivi"
    LIAISON = "liaison", "Liaison OFII"
    TERM = "terme", "Terme de l'accompagnement"
    WAITING = "attente", "En attente sans échéance"


def admitted(codes: type[Code]) -> str:
    """What may be written, for a sentence: "refugie (Réfugié(e)), …"."""
    return ", ".join(f"{member.value} ({member.label})" for member in codes)


# --- the words of a code -----------------------------------------------------------------


_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


def normalise(text: str) -> str:
    """One form for comparing words: no case, accent, ligature, punctuation or « (e) » ending."""
    folded = text.casefold().replace("(e)", "").replace("(s)", "").translate(_LIGATURES)
    folded = normalize("NFKD", folded)
    return "".join(c for c in folded if c.isalnum() and not combining(c))


_JOBS = ("cdd", "emploi", "contrat")
_UNDER_6_MONTHS = [
    f"{job}{length}" for job in _JOBS for length in ("demoinsde6mois", "moinsde6mois")
]
_FROM_6_MONTHS = [
    f"{job}{length}"
    for job in _JOBS
    for length in (
        "6moisetplus", "de6moisetplus", "6moisouplus", "de6moisouplus",
        "deplusde6mois", "plusde6mois",
    )
]  # fmt: skip

_OTHER_WORDS: dict[str, dict[str, str]] = {
    "Status": {
        "refugiee": "refugie", "refugies": "refugie", "statutderefugie": "refugie",
        "ps": "protection_subsidiaire", "bps": "protection_subsidiaire",
        "rejoignante": "rejoignant", "rejoignantedebpi": "rejoignant",
        "membredefamille": "rejoignant", "statutderefugiee": "refugie", "statutrefugie": "refugie",
        "beneficiairedustatutderefugie": "refugie", "statutdapatride": "apatride",
        "beneficiairedelaprotectionsubsidiaire": "protection_subsidiaire",
        "beneficiairedeprotectionsubsidiaire": "protection_subsidiaire",
        "beneficiaireprotectionsubsidiaire": "protection_subsidiaire",
        "beneficiaireduneprotectionsubsidiaire": "protection_subsidiaire",
    },
    "Orientation": {
        "oui": "acceptee", "accepte": "acceptee", "acceptation": "acceptee",
        "non": "declinee", "decline": "declinee", "vrai": "acceptee", "true": "acceptee",
    },
    "OfiiOutcome": {
        "valide": "validee", "acceptee": "validee", "accepte": "validee", "oui": "validee",
        "validation": "validee", "valideparderogation": "derogation",
        "accepteparderogation": "derogation", "accepteeparderogation": "derogation",
        "parderogation": "derogation", "vrai": "validee", "true": "validee",
        "rejete": "rejetee", "rejet": "rejetee",
        "nonvalidee": "rejetee", "non": "rejetee",
    },
    "Priority": {
        "droitsetlogement": "droit_logement", "droitsl": "droit_logement",
        "droitslogement": "droit_logement", "droitetlogement": "droit_logement",
        "droit": "droit_logement", "logement": "droit_logement",
        "emploietformation": "emploi_formation", "emploiformation": "emploi_formation",
        "formationemploi": "emploi_formation", "emploi": "emploi_formation",
        "formation": "emploi_formation",
    },
    "French": {
        "alpha": "infra_a1", "a11": "infra_a1", "alphabetisation": "infra_a1",
        "niveauinfraa1": "infra_a1",
        **{f"niveau{level}": level for level in ("a1", "a2", "b1", "b2", "c1", "c2")},
    },
    "Sex": {"feminin": "f", "masculin": "m", "femme": "f", "homme": "m", "h": "m",
            "madame": "f", "mme": "f", "mademoiselle": "f", "mlle": "f", "melle": "f",
            "monsieur": "m", "mr": "m"},
    "Kinship": {
        "conjointe": "conjoint", "epoux": "conjoint", "epouse": "conjoint", "mari": "conjoint",
        "fils": "enfant", "fille": "enfant", "pere": "parent", "mere": "parent",
        "frere": "fratrie", "soeur": "fratrie", "chefdefamille": "titulaire",
        "lui-meme": "titulaire", "elle-meme": "titulaire", "cheffedefamille": "titulaire",
        "demandeur": "titulaire", "demandeuse": "titulaire",
    },
    "Channel": {"courriel": "mail", "email": "mail", "texto": "sms"},
    "Motive": {"refus": "refus_contrat", "objectifatteint": "objectifs_atteints"},
    "SupportMode": {
        "enappuialaccompagnementexistant": "appui", "appuialaccompagnementexistant": "appui",
        "appuialexistant": "appui", "enappui": "appui", "global": "globale",
        "accompagnementglobal": "globale",
        "enpriseenchargeglobale": "globale",
        "subsidiaire": "subsidiarite", "ensubsidiarite": "subsidiarite",
        "subsidiaritedudroitcommun": "subsidiarite",
    },
    "Housing": {
        "cada": "dna", "sansabri": "sans_abri_precaire", "sdf": "sans_abri_precaire",
        "sansdomicilefixe": "sans_abri_precaire", "squat": "sans_abri_precaire",
        "precaire": "sans_abri_precaire", "autonome": "logement_autonome",
        "temporaire": "hebergement_temporaire", "hebergementprecaire": "sans_abri_precaire",
        "logementadapte": "logement_accompagne", "logementaccompagne": "logement_accompagne",
        "dispositifnationaldaccueil": "dna",
    },
    "Work": {
        "chomage": "sans_emploi", "demandeurdemploi": "sans_emploi", "aucun": "sans_emploi",
        "chomeur": "sans_emploi", "chomeuse": "sans_emploi", "demandeusedemploi": "sans_emploi",
        "etudiant": "etudes", "alternant": "alternance", "apprenti": "alternance",
        "apprentie": "alternance", "interimaire": "interim",
        "travailleurindependant": "independant", "travailleuseindependante": "independant",
        "autoentrepreneur": "independant", "autoentrepreneuse": "independant",
        "microentrepreneur": "independant", "microentrepreneuse": "independant",
        "retraite": "retraite_invalidite", "retraitee": "retraite_invalidite",
        "invalidite": "retraite_invalidite",
        **dict.fromkeys(_UNDER_6_MONTHS, "emploi_moins_6_mois"),
        **dict.fromkeys(_FROM_6_MONTHS, "emploi_6_mois_plus"),
        "fle": "formation_linguistique",
        "apprentissage": "alternance", "contratpro": "alternance", "aci": "insertion",
    },
    "Tristate": {"o": "oui", "n": "non", "vrai": "oui", "faux": "non", "nsp": "inconnu",
                 "true": "oui", "false": "non"},
}  # fmt: skip


# « Étudiante », « conjointe »; not « parente », which is any relative.
_HAVE_A_FEMININE = ("ant", "oint", "al")


@cache
def _spellings(codes: type[Code]) -> dict[str, Code]:
    found: dict[str, Code] = {}
    for member in codes:
        found[normalise(member.value)] = member
        found.setdefault(normalise(member.label), member)
    for word, code in _OTHER_WORDS.get(codes.__name__, {}).items():
        found.setdefault(normalise(word), codes(code))
    for word in [word for word in found if word.endswith(_HAVE_A_FEMININE)]:
        found.setdefault(f"{word}e", found[word])
    return found


@cache
def _exact(codes: type[Code]) -> dict[str, Code]:
    return {word: member for member in codes for word in (member.label, member.value)}


# What makes another answer of a word: more, less, about, perhaps. A trailing dash is a minus.
_SIGN = r"[<>?=+~\u00b1\u2248\u2260\u2264\u2265]|[-\u2010-\u2015\u2212]\s*$"
_SIGNED: dict[str, dict[str, str]] = {
    "French": {"<a1": "infra_a1", "niveau<a1": "infra_a1"},
    "Work": {
        **{f"{job}<6mois": "emploi_moins_6_mois" for job in _JOBS},
        **{
            f"{job}{sign}6mois": "emploi_6_mois_plus"
            for job in _JOBS
            for sign in ("\u2265", ">=", "=>", ">", "+", "+de")
        },
        **{
            f"{job}{length}": "emploi_6_mois_plus"
            for job in _JOBS
            for length in ("6mois+", "6moiset+", "de6mois+", "de6moiset+")
        },
    },
}


def is_signed(text: str) -> bool:
    """Whether a sign beside the words changes what they say: « A2+ », « oui ? », « >B2 »."""
    return re.search(_SIGN, text if text.isascii() else normalize("NFKC", text)) is not None


def read_code(codes: type[Code], text: str) -> Code | None:
    """The member meant by a code, a label or a common word; ``None`` when none is.

    A sign that the label does not have is heard: « < A1 » is below A1, « A2+ » is no level here.
    """
    found = _exact(codes).get(text)
    if found is not None:
        return found
    if is_signed(text):
        joined = "".join(normalize("NFKC", text).casefold().split())
        signed = _SIGNED.get(codes.__name__, {}).get(joined)
        return None if signed is None else codes(signed)
    return _spellings(codes).get(normalise(text))
