"""The words by which a code of a closed list is meant, and the signs that change their meaning."""

from __future__ import annotations

import re
from functools import cache
from unicodedata import combining, normalize

from agir_cli.domain.vocabulary import Code


def normalise(text: str) -> str:
    """One form for comparing words: no case, accent, punctuation or « (e) » ending."""
    folded = normalize("NFKD", text.casefold().replace("(e)", "").replace("(s)", ""))
    return "".join(c for c in folded if c.isalnum() and not combining(c))


_OTHER_WORDS: dict[str, dict[str, str]] = {
    "Status": {
        "refugiee": "refugie", "refugies": "refugie", "statutderefugie": "refugie",
        "ps": "protection_subsidiaire", "bps": "protection_subsidiaire",
        "rejoignante": "rejoignant", "membredefamille": "rejoignant",
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
    "French": {"alpha": "infra_a1", "a11": "infra_a1", "alphabetisation": "infra_a1"},
    "Sex": {"feminin": "f", "masculin": "m", "femme": "f", "homme": "m", "h": "m",
            "madame": "f", "mme": "f", "mademoiselle": "f", "mlle": "f", "melle": "f",
            "monsieur": "m", "mr": "m"},
    "Kinship": {
        "conjointe": "conjoint", "epoux": "conjoint", "epouse": "conjoint", "mari": "conjoint",
        "fils": "enfant", "fille": "enfant", "pere": "parent", "mere": "parent",
        "frere": "fratrie", "soeur": "fratrie", "chefdefamille": "titulaire",
        "lui-meme": "titulaire", "demandeur": "titulaire",
    },
    "Channel": {"courriel": "mail", "email": "mail", "texto": "sms"},
    "Motive": {"refus": "refus_contrat", "objectifatteint": "objectifs_atteints"},
    "SupportMode": {"appui": "appui", "global": "globale", "subsidiaire": "subsidiarite"},
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
        "fle": "formation_linguistique", "cdd6moisetplus": "emploi_6_mois_plus",
        "apprentissage": "alternance", "contratpro": "alternance", "aci": "insertion",
    },
    "Tristate": {"o": "oui", "n": "non", "vrai": "oui", "faux": "non", "nsp": "inconnu",
                 "true": "oui", "false": "non"},
}  # fmt: skip


@cache
def _spellings(codes: type[Code]) -> dict[str, Code]:
    found: dict[str, Code] = {}
    for member in codes:
        found[normalise(member.value)] = member
        found.setdefault(normalise(member.label), member)
    for word, code in _OTHER_WORDS.get(codes.__name__, {}).items():
        found.setdefault(normalise(word), codes(code))
    return found


@cache
def _exact(codes: type[Code]) -> dict[str, Code]:
    return {word: member for member in codes for word in (member.label, member.value)}


# What makes another answer of a word: more, less, about, perhaps. A trailing dash is a minus.
_SIGN = r"[<>?=+~\u00b1\u2248\u2260\u2264\u2265]|[-\u2010-\u2015\u2212]\s*$"
_SIGNED: dict[str, dict[str, str]] = {"French": {"<a1": "infra_a1"}}


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
