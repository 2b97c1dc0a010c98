"""The types of a field: how a text is read, how a value is written, how it is shown.

`read` turns what a person or a file gives into a value that cannot be wrong, or raises
`Malformed` with what was expected. `write` gives the stored text, which `load` reads back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, partial
from typing import Any, NamedTuple

from agir_cli.domain import dates
from agir_cli.domain.characters import hyphened
from agir_cli.domain.identity import household_key
from agir_cli.domain.places import Gazetteer
from agir_cli.domain.vocabulary import (
    Code,
    Tristate,
    Words,
    admitted,
    is_signed,
    normalise,
    read_code,
)


class Malformed(ValueError):
    """A text that is not a value of its field: what is wrong, and what was expected (French)."""

    def __init__(self, wrong: str, expected: str = "", ambiguous: bool = False) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.expected = expected
        self.ambiguous = ambiguous


class Reading(NamedTuple):
    """What reading a text may need beside the text: the day, and the reference tables."""

    today: date
    gazetteer: Gazetteer
    nationalities: Mapping[str, str]
    languages: Mapping[str, str]
    words: Words
    """The words of codes beside the codes and their labels."""
    department: str | None = None
    """A hint for homonymous communes, from the row itself."""
    postal: str | None = None


def _same(text: str) -> str:
    return text


class FieldType(NamedTuple):
    """How values of one type come in and go out; a value that is a text, as it is."""

    name: str
    read: Callable[[str, Reading], Any]
    expected: str
    write: Callable[[Any], str] = _same
    load: Callable[[str], Any] = _same
    show: Callable[[Any], str] = _same


def _text(text: str, _: Reading) -> str:
    return " ".join(text.split())


TEXT = FieldType("text", _text, "un texte")


def _date(text: str, reading: Reading) -> dates.PartialDate:
    try:
        return dates.parse_date(text, reading.today)
    except dates.DateFault as fault:
        raise Malformed(str(fault), dates.EXPECTED) from None


DATE = FieldType("date", _date, dates.EXPECTED, dates.edtf, dates.from_edtf, dates.french)


_MOMENT_EXPECTED = "un jour et une heure : 14/02/2023 10:30"


def _moment(text: str, reading: Reading) -> dates.Moment:
    try:
        return dates.parse_moment(text, reading.today)
    except dates.DateFault as fault:
        raise Malformed(str(fault), _MOMENT_EXPECTED) from None


MOMENT = FieldType(
    "moment", _moment, _MOMENT_EXPECTED, dates.moment_text, dates.load_moment, dates.french_moment
)

_YES = frozenset({"oui", "o", "yes", "vrai", "true", "1", "x"})
_NO = frozenset({"non", "n", "no", "faux", "false", "0"})


def _flag(text: str, _: Reading) -> bool:
    word = "" if is_signed(text) else normalise(text)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Malformed(f"« {text[:30]} » n'est ni oui ni non", "oui ou non")


def _flag_text(value: bool) -> str:
    return "oui" if value else "non"


FLAG = FieldType("flag", _flag, "oui ou non", _flag_text, "oui".__eq__, _flag_text)


def _names(text: str, _: Reading | None = None) -> tuple[str, ...]:
    return tuple(part for part in text.split("+") if part)


FIELD_NAMES = FieldType("names", _names, "des noms de champs", "+".join, _names, "+".join)


def _household(text: str, _: Reading) -> str:
    code = hyphened(" ".join(text.split()))
    told = household_key(code)
    plain = told.isascii() and all(c.isalnum() or c in "-._/~°" for c in told)
    letters = sum(map(str.isalpha, re.sub(_HOUSEHOLD_WORD, "", told)))
    plain = plain and (" " not in code or letters < 3)
    if not plain or len(code) > 24 or not any(c.isdigit() for c in code):
        raise Malformed(f"« {code[:30]} » n'est pas un code de ménage", HOUSEHOLD_EXPECTED)
    return code


_HOUSEHOLD_WORD = r"^(?:menage|foyer|famille|fam|mng|men)(?:numero|no)?"
"""What may stand before a number, with a space: any other word may be a name."""
HOUSEHOLD_EXPECTED = (
    "un code sans nom, avec un chiffre (M12), ou la référence d'un dossier du ménage"
)
HOUSEHOLD = FieldType("household", _household, HOUSEHOLD_EXPECTED)
"""Household codes go to the journal, where no name may be."""


def _number(text: str, _: Reading) -> int:
    digits = text.replace(" ", "").removesuffix("h").removesuffix(",0").removesuffix(".0")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 7):
        raise Malformed(f"« {text[:30]} » n'est pas un nombre entier", "un nombre entier")
    return int(digits)


NUMBER = FieldType("number", _number, "un nombre entier", str, int, str)


def _one_code(codes: type[Code], text: str, reading: Reading) -> Code:
    found = read_code(codes, text, reading.words)
    if found is None:
        why = " : un signe en change le sens" if is_signed(text) else ""
        raise Malformed(
            f"« {text[:40]} » n'est pas admis{why}", f"l'une de ces valeurs : {admitted(codes)}"
        )
    return found


def _label(value: Code) -> str:
    return value.label


@cache
def code(codes: type[Code]) -> FieldType:
    """The type of a field that holds one code of a closed list."""
    expected = f"l'une de ces valeurs : {admitted(codes)}"
    return FieldType(codes.__name__, partial(_one_code, codes), expected, str, codes, _label)


JOINING_SIGNS = r"[+,;/|&\n\r]"
"""What stands between the values of a list; a line break is what a cell has (Alt+Enter)."""
_AND = r"(?i)\bet\b"


def _many_codes(codes: type[Code], text: str, reading: Reading) -> tuple[Code, ...]:
    whole = read_code(codes, text, reading.words)
    if whole is not None:
        return (whole,)
    # « Droits et logement » is one code: « et » is tried last.
    parts = [
        part
        for line in re.split(JOINING_SIGNS, text)
        for part in ([line] if read_code(codes, line, reading.words) else re.split(_AND, line))
    ]
    found = {_one_code(codes, part.strip(), reading) for part in parts if part.strip()}
    if not found:
        raise Malformed("aucune valeur", _several(codes))
    return tuple(sorted(found))


def _labels(values: tuple[Code, ...]) -> str:
    return " + ".join(value.label for value in values)


@cache
def codes(members: type[Code]) -> FieldType:
    """The type of a field that holds one or several codes, joined by ``+``."""

    def load(text: str) -> tuple[Code, ...]:
        return tuple(members(part) for part in text.split("+"))

    name, read = f"{members.__name__}+", partial(_many_codes, members)
    return FieldType(name, read, _several(members), "+".join, load, _labels)


def _several(members: type[Code]) -> str:
    return f"une ou plusieurs de ces valeurs, jointes par + : {admitted(members)}"


TRISTATE = code(Tristate)
