"""The types of a person's fields: names as on the document, what identifies, how to reach them.

What stands for no name is no name. A number that is not one is never made into one: digits are not
picked out of a text, and a zero is not put back without a word (`whole_again` is for those who
say it).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import category, combining, is_normalized, normalize

from agir_cli.domain.characters import JOINERS, bare, hyphened, plain_signs
from agir_cli.domain.identity import looks_like_agdref, looks_like_reference
from agir_cli.domain.values import FieldType, Malformed, NoValue, Reading, refuse_controls

# --- names -------------------------------------------------------------------------------


NAME_EXPECTED = "le nom comme sur le document, en lettres, ou une case vide"

_LOOSE_JOINER = rf"(?:(?<=\s)|^)[{JOINERS}]+|[{JOINERS}]+(?=\s|$)"
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
        refuse_controls(text)
        name = _unquoted(" ".join((text if text.isascii() else _seen(text)).split()))
        _refuse_no_name(text, name)
    if len(name) < 17 and _is_nobody(name):
        raise Malformed(f"« {text[:40]} » n'est le nom de personne", NAME_EXPECTED)
    return name


def _is_plain(name: str) -> bool:
    """Whether a name has only letters, hyphens and spaces, as most have."""
    return name.isalpha() or name.replace("-", "").replace(" ", "").isalpha()


def _seen(text: str) -> str:
    """Compose a text (NFC) and drop invisible characters: soft hyphens, marks."""
    composed = text if is_normalized("NFC", text) else normalize("NFC", text)
    if composed.isprintable():
        return composed
    kept = "".join([c for c in composed if c in JOINERS or category(c) != "Cf"])
    # Two letters may compose once nothing stands between them.
    return normalize("NFC", re.sub(_LOOSE_JOINER, "", kept))


def _unquoted(name: str) -> str:
    """Strip the quotes around a name; an apostrophe at one end only is a letter."""
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


NAME = FieldType("name", _name, NAME_EXPECTED)


def holds_a_digit(name: str) -> bool:
    """Whether a word of a name holds a digit (« D1ALLO »): accepted, but worth a second look."""
    return not _is_plain(name) and re.search(r"[^\s,;/(+\d]\d", name) is not None


NAME_ORDERS = ("nom-prenoms", "prenoms-nom")
"""What `--name-order` may say: which comes first where no capitals tell."""

_TITLE = r"(?i)^(?:mme|mlle|melle|mr|m\.|m|monsieur|madame|mademoiselle)\.?\s+(?=\S)"
# What says that more than two things stand there: a name of birth, a spouse's, another one.
_MORE = (
    r"(?i)(?:^|\s)(?:n[ée]e?|[ée]p(?:ouse|oux|\.)?|veuve|vve|alias|dite?|ou|et)(?=[\s.]|$)|[()&+]"
)
_PARTING = r"\s*[,;\n\r]\s*|\s+[-–/]\s+|\s*/\s*"
_PARTICLES = frozenset(
    ("al", "el", "ben", "bin", "bint", "ibn", "abu", "abou", "abdel", "abdul", "de", "da", "di",
     "do", "dos", "du", "des", "la", "le", "van", "von", "der", "den", "ould", "aït", "ait", "d'",
     "st", "saint")
)  # fmt: skip


def parted(text: str, order: str | None = None) -> tuple[str, str] | None:
    """Part a name from its first names; ``None`` where nothing tells them apart.

    Capital words are the name, and so is what stands before a comma. A word alone is the name.
    ``order`` (one of `NAME_ORDERS`) answers for two words alike; of three, nothing tells the middle
    one.
    """
    whole = re.sub(_TITLE, "", bare(text))
    if not whole or re.search(_MORE, whole):
        return None
    pieces = [piece for piece in re.split(_PARTING, whole) if piece]
    words = whole.split()
    if len(pieces) == 1:
        if len(words) == 1:
            return whole, ""
        return _by_capitals(words) or _by_order(_units(words), order)
    if len(pieces) > 2:
        return None
    first, second = pieces
    capitals = [all(map(_is_capital, piece.split())) for piece in pieces]
    if capitals == [False, True]:
        return second, first
    if capitals == [True, False] or "," in whole:
        return first, second
    return _by_order(pieces, order)


def _by_capitals(words: Sequence[str]) -> tuple[str, str] | None:
    """Part the words in capitals from the others, each kind in one run."""
    kinds = [_is_capital(word) for word in words]
    for at in range(len(words) - 2, -1, -1):
        if words[at].casefold() in _PARTICLES and not kinds[at]:
            kinds[at] = kinds[at + 1]
    runs = sum(kind != before for kind, before in zip(kinds[1:], kinds, strict=False))
    if runs != 1:
        return None
    name = " ".join(word for word, kind in zip(words, kinds, strict=True) if kind)
    rest = " ".join(word for word, kind in zip(words, kinds, strict=True) if not kind)
    return name, rest


def _is_capital(word: str) -> bool:
    """Whether a word is written in capitals; an initial is not, McDONALD is."""
    letters = [c for c in word if c.isalpha()]
    if len(letters) < 2:
        return False
    return word.isupper() or ("".join(letters[-2:]).isupper() and len(letters) > 4)


def _units(words: Sequence[str]) -> list[str]:
    """The words, each particle with the one it goes before."""
    units: list[str] = []
    open_ = False
    for word in words:
        if open_:
            units[-1] += f" {word}"
        else:
            units.append(word)
        open_ = word.casefold() in _PARTICLES
    return units


def _by_order(units: Sequence[str], order: str | None) -> tuple[str, str] | None:
    if order is None or len(units) != 2:
        return None
    first, second = units
    return (first, second) if order == NAME_ORDERS[0] else (second, first)


def _referent(text: str, _: Reading) -> str:
    refuse_controls(text)
    name = " ".join(text.split())
    if name.endswith(")"):  # the load, where one has chosen
        name = re.sub(r" ?\((?:\d+/\d+|\d+ dossiers?)\)$", "", name)
    if not any(c.isalnum() for c in name) or _is_nobody(name) or _folded(name) in _NO_REFERENT:
        raise Malformed(f"« {text[:40]} » n'est le nom de personne", REFERENT.expected)
    return name


REFERENT = FieldType("referent", _referent, "un code ou un nom, ou une case vide")
"""A référent, by code (``R001``) or by name; « -- », « ? » and « à désigner » are nobody."""


# Patterns stay text: `re` compiles the few that are used, and start-up pays for none.
_NAMED = r"(?:(?:n ?°\.?|(?:no|num[ée]ro|agdref|(?:d['’])?[ée]tranger)(?=[ :.])\.?)[ :]*)+(?=\d)"
_QUOTED = r"=?\"(.*)\"|['’](.*)"
_FLOAT = r"(\+?\d{7,})[.,]0+"
_GROUPS = r"\d{1,4} *([ .-]) *\d{2,4}(?: *\1 *\d{2,4})*|\d{1,6}(?: \d{1,6})+"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
# A day and an hour have as many digits as a number.
_DAY_AND_HOUR = (
    rf"(?:{_DAY}[ .-]{_MONTH}[ .-](?:19|20)\d\d|(?:19|20)\d\d[ .-]{_MONTH}[ .-]{_DAY})"
    r"(?:[ .-](?:[01]?\d|2[0-3])(?:[ .-][0-5]\d)?)?"
)

# An odd shape is a warning; a letter typed for a digit (O12, 0l2) is no shape [decision 0023].
_ODD = r"\d+|(?=.*\d)(?=.*[a-hj-km-np-z])[a-z0-9]+"

AGDREF_EXPECTED = "le n° étranger, 9 ou 10 chiffres"
_LONGEST = 20
_ANY_NUMBER = 200


def _number_text(text: str) -> str:
    """Strip what programs put around a number (`="012"`, `'012`, `12.0`)."""
    plain = plain_signs(text)
    if quoted := re.fullmatch(_QUOTED, plain):
        plain = (quoted[1] or quoted[2] or "").strip()
    if tailed := re.fullmatch(_FLOAT, plain):
        return tailed[1]
    return plain


# What is typed where a number is not known: one digit over and over, all of them in a row.
_NO_NUMBER = r"0+|(\d)\1{4,}|1234567890|9876543210|0?987654321|[xX?*]{3,}"
_NO_PHONE = rf"{_NO_NUMBER}|(?:0|\+33|0033)[1-9]0{{8}}"


def _refuse_no_number(text: str, pattern: str) -> None:
    """Raise `NoValue` for what stands where a number is not known."""
    if len(text) > _ANY_NUMBER or not (text.isascii() or text.isprintable()):
        return
    digits = re.sub(r"[ ./-]", "", _number_text(text))
    if re.fullmatch(pattern, digits) or _folded(text) in _NOBODY:
        raise NoValue(f"« {text[:30]} » n'est pas un numéro", AGDREF_EXPECTED)


def _agdref(text: str, _: Reading) -> str:
    _refuse_no_number(text, _NO_NUMBER)
    if text.isdigit() and text.isascii() and len(text) <= _LONGEST:
        return text
    # A cell is as long as somebody makes it; patterns are tried on what may be a number alone.
    number = _without_name(_number_text(text)) if len(text) < _ANY_NUMBER else ""
    if re.fullmatch(_GROUPS, number) and not re.fullmatch(_DAY_AND_HOUR, number):
        digits = re.sub(r"[ .-]", "", number)
        if looks_like_agdref(digits):
            return digits
    if re.fullmatch(_ODD, number, re.IGNORECASE) and len(number) <= _LONGEST:
        return number.upper()
    raise Malformed(f"« {text[:30]} » n'est pas un numéro", AGDREF_EXPECTED)


def _without_name(number: str) -> str:
    """Strip the name of a number: « N° AGDREF : 0123456785 »."""
    named = re.match(_NAMED, number, re.IGNORECASE)
    return _number_text(number[named.end() :]) if named else number


AGDREF = FieldType("agdref", _agdref, AGDREF_EXPECTED)


_REFERENCE_BEGUN = r"\d+(?:-\d*)?"
_REFERENCE_EXPECTED = "une référence (44-0042), un n° AGDREF, leur début, ou un nom"


def _reference(text: str, reading: Reading) -> str:
    """Read a dossier as people type it; a number is read like an AGDREF number.

    Else « 123456789.0 », or a day in the wrong column, would lead to somebody else.
    """
    if looks_like_reference(text):
        return text.strip()
    words = _without_name(" ".join(hyphened(text).split()))
    joined = words.replace(" - ", "-")
    if looks_like_reference(joined) or re.fullmatch(_REFERENCE_BEGUN, joined):
        return joined
    if any(c.isalpha() for c in words) or not any(c.isdigit() for c in words):
        return words
    try:
        return _agdref(words, reading)
    except Malformed as fault:
        if words.startswith(("+", "0033")):
            return _phone(words, reading)
        wrong = f"« {text[:30]} » n'est ni une référence ni un numéro"
        raise Malformed(wrong, _REFERENCE_EXPECTED) from fault


REFERENCE = FieldType("reference", _reference, _REFERENCE_EXPECTED)


PHONE_EXPECTED = "0612345678 ou 0033612345678"
_PHONE_SIGNS = r"\(?\+?[\d ./()-]+"
_COUNTRY_ZERO = r"(\+|00) ?(\d{1,3})[ .-]*\(0\)"
# Without `00`: a `+33` that a spreadsheet took for a number.
_FRENCH_ABROAD = r"(?:00330?|33)([1-9]\d{8})"
_ABROAD = r"00(?!33)[1-9]\d{7,14}"


def _phone(text: str, _: Reading) -> str:
    _refuse_no_number(text, _NO_PHONE)
    digits = _phone_digits(text)
    if digits is not None:
        national = len(digits) == 10 and digits[0] == "0" and digits[1] != "0"
        if national or re.fullmatch(_ABROAD, digits):
            return digits
        if french := re.fullmatch(_FRENCH_ABROAD, digits):
            return f"0{french[1]}"  # one number, one spelling
    short = digits is not None and re.fullmatch(r"[1-9]\d{8}", digits) is not None
    why = " : il y manque le zéro de tête" if short else ""
    raise Malformed(f"« {text[:30]} » n'est pas un numéro de téléphone{why}", PHONE_EXPECTED)


def _phone_digits(text: str) -> str | None:
    """The digits of a telephone number, `00` for a `+`; None where there is more than a number."""
    joined = text.replace(" ", "")
    if joined.isdigit() and joined.isascii():
        return joined
    if len(text) > _ANY_NUMBER:
        return None
    written = _number_text(text).rstrip(" ;,.")
    number = re.sub(_COUNTRY_ZERO, r"\1\2", written, count=1)
    if not re.fullmatch(_PHONE_SIGNS, number):
        return None
    return re.sub(r"[ ./()-]", "", number).replace("+", "00")


PHONE = FieldType("phone", _phone, PHONE_EXPECTED)


def postal_digits(text: str) -> str:
    """Strip the spaces and the ``.0`` of a spreadsheet from a postal code."""
    return re.sub(r" |[.,]0+$", "", _number_text(text))


def whole_again(field: str, text: str) -> str:
    """Restore the leading zero that a spreadsheet dropped, only where the length proves it.

    A telephone number of nine digits, a postal code of four; anything else comes back as it is.
    The caller says what was restored by comparing.
    """
    if text[:1] in ("", "0", "+") or (len(text) == 5 and text.isdigit()):
        return text
    if field == "telephone":
        digits = _phone_digits(text) or ""
        lost = len(digits) == 9 and digits[0] != "0"
    else:
        digits = postal_digits(text)
        lost = len(digits) == 4 and digits.isascii() and digits.isdigit()
    return f"0{digits}" if lost else text


EMAIL_EXPECTED = "une adresse comme accueil@exemple.fr"
_ADDRESSED = r"(?i)^<?\s*(?:mailto:)?\s*"
_MAILBOX = r"[^\s@<>()\[\],;:\"\\]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]"


def _email(text: str, _: Reading) -> str:
    address = text.strip()
    if address[:1] == "<" or ":" in address or not address[-1:].isalpha():
        address = re.sub(_ADDRESSED, "", address).rstrip("> ").rstrip(".,;")
    local = address.partition("@")[0]
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    if dotted or not address.isprintable() or not re.fullmatch(_MAILBOX, address):
        raise Malformed(f"« {text.strip()[:40]} » n'est pas un courriel", EMAIL_EXPECTED)
    return address


EMAIL = FieldType("email", _email, EMAIL_EXPECTED)
