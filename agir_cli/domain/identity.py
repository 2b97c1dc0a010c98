"""Comparing persons: the key of a name, the key of an AGDREF number, and names nearly alike.

A name may only stop and ask; only the AGDREF number may block [invariant 12].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from unicodedata import combining, normalize

NAMES = ("nom", "prenoms", "nom_usage")
"""The fields that hold a person's names."""

FORMER = {
    "nom": "ancien nom", "prenoms": "anciens prénoms", "nom_usage": "ancien nom d'usage",
    "agdref": "ancien n° AGDREF",
}  # fmt: skip
"""How a sentence calls what a person was called before (French)."""

AGDREF_DIGITS = (9, 10)
"""How many digits an AGDREF number has: 10 in most sources, 9 in one."""

_NEARLY = 0.8
"""How alike two spellings of a word are, by `difflib`, to be one word [D] [decision 0026]."""

_APOSTROPHES = str.maketrans("", "", "'’‘ʼʻ`´")
_PARTING = dict.fromkeys(_APOSTROPHES, " ")
_LETTERS = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})


def _tokens(text: str) -> list[str]:
    folded = text.casefold()
    if not folded.isascii():
        folded = normalize("NFKD", folded).translate(_LETTERS)
        folded = "".join([c for c in folded if not combining(c)])
    if folded.isalnum():
        return [folded]
    folded = folded.translate(_APOSTROPHES)  # N'Diaye is Ndiaye
    return "".join([c if c.isalnum() else " " for c in folded]).split()


# One row asks several times for the key of its person.
@lru_cache(maxsize=1 << 12)
def name_key(nom: str | None, prenoms: str | None) -> str:
    """The key of a name, whatever its case, accents, punctuation and order of words.

    Family and given names are often exchanged on entry, so their words are sorted together.
    """
    return " ".join(sorted(_tokens(nom or "") + _tokens(prenoms or "")))


def meant(text: str, named: Iterable[tuple[str, str]]) -> tuple[list[str], bool]:
    """The codes of those whom a text means among named things, and whether it says them whole.

    ``named``: the code and the name of each. A text means whose code or whole name it is, else
    those whose name has all its words; one letter is a word that begins with it. Entry and
    filters ask here: what one finds, the other does.
    """
    wanted = _spoken(text)
    every = list(named) if wanted else []
    whole = [code for code, name in every if wanted in (_spoken(code), _spoken(name))]
    if whole or all(len(word) == 1 for word in wanted):
        return [*dict.fromkeys(whole)], bool(whole)
    found = [code for code, name in every if _has_all(name, wanted)]
    return [*dict.fromkeys(found)], False


def _spoken(text: str) -> list[str]:
    """The words of a name or a code in their order of comparison: « St » is « Saint » too."""
    return sorted(_SHORT.get(word, word) for word in _tokens(text))


_SHORT = {"st": "saint", "ste": "sainte"}


def _has_all(name: str, wanted: list[str]) -> bool:
    words = {*_spoken(name), *_spoken(name.translate(_PARTING))}  # « Ouest » is in « l'Ouest »
    return all(
        word in words or (len(word) == 1 and any(each[0] == word for each in words))
        for word in wanted
    )


def nearest(text: str, named: Iterable[tuple[str, str]]) -> list[str]:
    """The codes of those whose name is spelled nearly like a text, the nearest first."""
    from difflib import SequenceMatcher

    def held(words: list[str], among: list[str]) -> float:
        best = [max(SequenceMatcher(None, word, w).ratio() for w in among) for word in words]
        return sum(best) / len(best)

    def likeness(name: str) -> float:
        words = _spoken(name) or [""]
        return max(held(wanted, words), held(words, wanted))

    wanted = _spoken(text)
    ranked = sorted(((-likeness(name), code) for code, name in named), key=itemgetter(0))
    return [code for less, code in ranked if -less >= _NEARLY] if wanted else []


def former_keys(
    values: Mapping[str, str | None], former: Iterable[tuple[str, str]]
) -> frozenset[str]:
    """The keys of what a person was called before, and of the numbers they had.

    ``former``: field and text; an empty text where the field was not known. Every family name
    goes with every given name: they may have changed one after the other, and back.
    """
    had = {name: {values.get(name)} for name in ("nom", "prenoms", "agdref")}
    for field, text in former:
        had.get("nom" if field == "nom_usage" and text else field, set()).add(text or None)
    names = {name_key(nom, prenoms) for nom in had["nom"] for prenoms in had["prenoms"]}
    numbers = {number_key(number) for number in had["agdref"] if number}
    now = {
        name_key(values.get("nom"), values.get("prenoms")),
        number_key(values.get("agdref") or ""),
    }
    return frozenset(names | numbers) - now - {""}


APART = "~"
"""What stands before the number of a household set apart from one of the same code: « M1~2 »."""


@lru_cache(maxsize=1 << 12)
def household_key(code: str) -> str:
    """The key of a household's code, whatever its case, accents and spaces."""
    folded = "".join(code.casefold().split())
    if folded.isascii():
        return folded
    return "".join([c for c in normalize("NFKD", folded) if not combining(c)])


def household_base(code: str) -> str:
    """The code as a file had it, of a household that was set apart from another."""
    base, sign, number = code.rpartition(APART)
    return base if sign and number.isdigit() else code


def number_key(number: str) -> str:
    """The key of an AGDREF number, however many leading zeros a spreadsheet has dropped."""
    return number.lstrip("0") or number


def number_spellings(number: str) -> tuple[str, ...]:
    """Every spelling of a number: whole, or without its leading zeros."""
    if len(number) == max(AGDREF_DIGITS) and number[0] != "0":  # whole, as most are
        return (number,)
    key = number_key(number)
    if not key.isdigit() or len(key) > max(AGDREF_DIGITS):
        return (number,)
    return tuple({number, key, *map(key.zfill, AGDREF_DIGITS)})


def looks_like_reference(text: str) -> bool:
    """Whether a text has the shape of a dossier's reference: `44-0042`, `44B-0042`."""
    site, dash, number = text.strip().upper().partition("-")
    longest = 4 if site.isdigit() else 6
    shaped = 2 <= len(site) <= longest and site.isascii() and site.isalnum() and site[0].isdigit()
    return bool(dash) and shaped and number.isascii() and number.isdigit()


def looks_like_agdref(text: str) -> bool:
    """Whether a number has the usual shape."""
    return text.isdigit() and len(text) in AGDREF_DIGITS
