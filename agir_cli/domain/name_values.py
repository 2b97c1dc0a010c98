"""The type of a person's names: as printed on the document, and never what stands for no name."""

from __future__ import annotations

import re
from unicodedata import category, combining, is_normalized, normalize

from agir_cli.domain.values import FieldType, Malformed, Reading, same_text

NAME_EXPECTED = "le nom comme sur le document, en lettres, ou une case vide"

# Persian spells with them; elsewhere than inside a word they are not seen and mean nothing.
_JOINERS = "\u200c\u200d"
_LOOSE_JOINER = rf"(?:(?<=\s)|^)[{_JOINERS}]+|[{_JOINERS}]+(?=\s|$)"
_QUOTES = "\"«»“”„‟‹›\uff02'‘’‚‛`´"
# A number that begins a word: a house, a postal code, a day, a count. « N12 » may be a name.
_NUMBER = r"(?:^|[\s,;/])[(+]?\d"

# A mailbox or a page of the web, as a word among others; within a word, a name may hold anything.
_ADDRESS = (
    r"(?i)(?:^|\s)(?:https?://\S+|www\.\S+|[^\s@<>\[\]]+@[^\s@<>]+\.[a-z]{2,}"
    r"|[\w-]+\.(?:fr|com|org|net|eu|info)(?:/\S*)?)(?=\s|$)"
)

_NOBODY = frozenset(
    {
        "n/a", "n.a", "n/r", "n/c", "nr", "n.r", "nsp", "n.s.p", "ne sait pas", "neant", "idem",
        "inconnu", "inconnue", "inconnus", "inconnues", "nom inconnu", "prenom inconnu",
        "non connu", "non connue", "non renseigne", "non renseignee", "non precise",
        "non precisee", "non indique", "non indiquee", "non communique", "non communiquee",
        "a completer", "a renseigner", "a preciser", "a definir", "a verifier", "a confirmer",
        "a determiner", "a demander", "aucun", "aucune", "aucun nom", "aucun prenom", "sans nom",
        "sans prenom", "pas de nom", "pas de prenom", "sans objet", "undefined", "unknown",
    }
)  # fmt: skip
"""What is written where no name is known, without case, accents and outer punctuation."""
_FIRST = "NnIiAaÀàPpSsUu"
_OF_PROGRAMS = frozenset({"nan", "NaN", "null", "none"})
"""What programs write for nothing. « Nan », « NULL » and « None » are somebody's name."""
_NO_REFERENT = frozenset(
    {
        "a designer", "a nommer", "a attribuer", "a affecter", "a pourvoir", "non designe",
        "non designee", "non nomme", "non nommee", "non attribue", "non attribuee",
        "non affecte", "non affectee", "non defini", "non definie", "vacant", "vacante",
        "poste vacant", "personne", "sans", "sans referent", "pas de referent",
        "aucun referent", "en cours", "en cours d'attribution", "en cours de designation",
        "en attente", "en attente d'attribution", "en attente de designation",
    }
)  # fmt: skip
"""What else is written where no référent is designated; « Personne » may be a person's name."""


def _name(text: str, _: Reading) -> str:
    if _is_plain(text):
        name = text if text.isascii() else normalize("NFC", text)
        name = " ".join(name.split()) if " " in name else name
    else:
        name = _unquoted(" ".join((text if text.isascii() else _seen(text)).split()))
        _refuse_no_name(text, name)
    if len(name) < 17 and _is_nobody(name):
        raise Malformed(f"« {text[:40]} » n'est le nom de personne", NAME_EXPECTED)
    return name


def _is_plain(name: str) -> bool:
    """Whether there are but letters, hyphens and spaces: most names, told at once."""
    return name.isalpha() or name.replace("-", "").replace(" ", "").isalpha()


def _seen(text: str) -> str:
    """``text`` composed (NFC), without the characters that are not seen: soft hyphens, marks."""
    composed = text if is_normalized("NFC", text) else normalize("NFC", text)
    if composed.isprintable():
        return composed
    kept = "".join([c for c in composed if c in _JOINERS or category(c) != "Cf"])
    # Two letters may compose once nothing stands between them.
    return normalize("NFC", re.sub(_LOOSE_JOINER, "", kept))


def _unquoted(name: str) -> str:
    """``name`` without the quotes around it; an apostrophe at one end alone is a letter."""
    while len(name) > 2 and name[0] in _QUOTES and name[-1] in _QUOTES:
        name = name[1:-1].strip()
    return name


def _refuse_no_name(text: str, name: str) -> None:
    if not any(c.isalpha() for c in name):
        raise Malformed(f"« {text[:40]} » n'est pas un nom", NAME_EXPECTED)
    if re.search(_NUMBER, name):
        raise Malformed(f"« {text[:40]} » : un nom n'a pas de nombre", NAME_EXPECTED)
    if re.search(_ADDRESS, name):
        raise Malformed(f"« {text[:40]} » est une adresse, pas un nom", NAME_EXPECTED)


def _is_nobody(name: str) -> bool:
    if name[0] not in _FIRST and name[0].isalpha():
        return False
    return name in _OF_PROGRAMS or _folded(name) in _NOBODY


def _folded(name: str) -> str:
    folded = name.casefold().replace("(e)", "").replace("’", "'")
    if not folded.isascii():
        folded = "".join(c for c in normalize("NFKD", folded) if not combining(c))
    return folded.strip(" ()[].-?!*:")


NAME = FieldType("name", _name, same_text, same_text, same_text, NAME_EXPECTED)


def holds_a_digit(name: str) -> bool:
    """Whether a word of a name has a digit in it (« D1ALLO »): read, but to be looked at again."""
    return not _is_plain(name) and re.search(r"[^\s,;/(+\d]\d", name) is not None


def _referent(text: str, _: Reading) -> str:
    name = " ".join(text.split())
    if not any(c.isalnum() for c in name) or _is_nobody(name) or _folded(name) in _NO_REFERENT:
        raise Malformed(f"« {text[:40]} » n'est le nom de personne", REFERENT.expected)
    return name


REFERENT = FieldType(
    "referent", _referent, same_text, same_text, same_text, "un code ou un nom, ou une case vide"
)
"""A référent, by code (``R001``) or by name; « -- », « ? » and « à désigner » are nobody."""
