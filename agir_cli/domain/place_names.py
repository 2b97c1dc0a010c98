"""Names of places and their codes: how they are compared, and how a typed place is read."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_FORMS = {"st": "saint", "ste": "sainte"}
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ʼ": " ", "ʻ": " ", "ˈ": " "})
_ARTICLES = frozenset({"le", "la", "les", "l"})
_SUR = re.compile(r"\bs/")
_CODE = re.compile(r"[0-9]{5}|2[ab][0-9]{3}")
_CEDEX = re.compile(r"\bcedex( [0-9]{1,2})?\b")
_SPLIT_POSTAL = re.compile(r"\b([0-9]{2}) ([0-9]{3})\b")

_METROPOLE = {f"{number:02}" for number in range(1, 96)} - {"20"}
_OVERSEAS = {"971", "972", "973", "974", "975", "976", "977", "978", "984", "986", "987", "988"}
DEPARTMENT_CODES = frozenset(_METROPOLE | _OVERSEAS | {"2A", "2B"})
"""Every code that stands for a department or an overseas territory ("44", "2A", "974")."""


def department_of(code: str) -> str | None:
    """The department of an INSEE or postal code of five characters, or None.

    >>> department_of("44109"), department_of("2A004"), department_of("97400")
    ('44', '2A', '974')

    Corsican postal codes: 200xx and 201xx are in 2A, 202xx and 206xx in 2B.
    """
    code = code.strip().upper()
    if not _CODE.fullmatch(code.lower()):
        return None
    if code[:2] == "20":
        return {"0": "2A", "1": "2A", "2": "2B", "6": "2B"}.get(code[2])
    start = code[:3] if code[:2] in ("97", "98") else code[:2]
    return start if start in DEPARTMENT_CODES else None


def normalise_name(text: str) -> str:
    """The comparison key of a name: words without case, accents or punctuation.

    "St" reads "saint", "Ste" "sainte", "s/" "sur"; hyphens and apostrophes part words.
    Applying it twice changes nothing.
    """
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded).casefold().translate(_LIGATURES)
        folded = unicodedata.normalize("NFKD", folded)
        folded = "".join(c for c in folded if not unicodedata.combining(c))
    folded = _SUR.sub("sur ", folded)
    words = "".join(c if c.isalnum() else " " for c in folded).split()
    return " ".join(_FORMS.get(word, word) for word in words)


def without_article(key: str) -> str:
    """``key`` without an article at its beginning or end ("Herbiers (Les)", "Baule")."""
    words = key.split()
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    if len(words) > 1 and words[-1] in _ARTICLES:
        words = words[:-1]
    return " ".join(words)


def akin(typed: str, official: str) -> bool:
    """Whether one key continues the other by whole words ("fontenay", "fontenay le comte").

    Only good among the few communes of one postal code: it is no proof elsewhere.
    """
    short, long = sorted((without_article(typed), without_article(official)), key=len)
    significant = len(short) > 2 and short not in ("saint", "sainte")
    return significant and f"{long} ".startswith(f"{short} ")


class TypedPlace(NamedTuple):
    """What a text says of a place, before any list is looked at."""

    code: str | None
    is_insee: bool
    is_postal: bool
    department: str | None
    name: str


def read_place(text: str) -> TypedPlace | None:
    """The code, department and name key written in ``text``; None if it holds two codes.

    Reads "44150 Ancenis", "85 000 LRY", "Nantes (44109)", "insee:44003",
    "Nantes cedex 3", "Avrillé (49)" and their neighbours.
    """
    key = normalise_name(text)
    cedex = _CEDEX.search(key) is not None
    key = _SPLIT_POSTAL.sub(r"\1\2", _CEDEX.sub(" ", key))
    words = key.split()
    codes = {word for word in words if _CODE.fullmatch(word)}
    if len(codes) > 1:
        return None
    words = [word for word in words if word not in codes]
    is_insee = bool(codes) and "insee" in words
    if codes:
        words = [word for word in words if word not in ("insee", "f", "france")]
    department = _take_department(words)
    code = codes.pop().upper() if codes else None
    is_insee = is_insee or (code or "").startswith(("2A", "2B"))
    return TypedPlace(code, is_insee, cedex and not is_insee, department, " ".join(words))


def _take_department(words: list[str]) -> str | None:
    for position in (-1, 0):
        if words and words[position].upper() in DEPARTMENT_CODES:
            return words.pop(position).upper()
    return None
