"""The words by which a code of a closed list is meant, and the signs that change their meaning."""

from __future__ import annotations

import re
from functools import cache
from unicodedata import combining, normalize

from agir_cli.domain.vocabulary import Code

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
