"""The types of a field: how a text is read, how a value is written, how it is shown.

`read` turns what a person or a file gives into a value that cannot be wrong, or raises
`Malformed` with what was expected. `write` gives the stored text, which `load` reads back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar

from agir_cli.domain import dates
from agir_cli.domain.characters import holds_a_control, hyphened
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


class NoValue(Malformed):
    """A text that stands for no value where a number is wanted: « 0000000000 », « inconnu »."""


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
    refuse_controls(text)
    return " ".join(text.split())


def refuse_controls(text: str) -> None:
    """Refuse a text that would drive the terminal of whoever reads it."""
    if holds_a_control(text):
        raise Malformed(
            "un caractère de commande invisible (échappement, retour arrière…) y est",
            "le texte tapé de nouveau au clavier",
        )


TEXT = FieldType("text", _text, "un texte")


T = TypeVar("T")


def _dated(
    parse: Callable[[str, date], T], past: bool, expected: str, text: str, reading: Reading
) -> T:
    try:
        return parse(text, reading.today)
    except dates.DateFault as fault:
        whole = dates.whole_year(text, reading.today, past=past)
        if whole != text:
            return _dated(parse, past, expected, whole, reading)
        raise Malformed(str(fault), expected) from None


def _date_type(past: bool) -> FieldType:
    read = partial(_dated, dates.parse_date, past, dates.EXPECTED)
    return FieldType("date", read, dates.EXPECTED, dates.edtf, dates.from_edtf, dates.french)


DATE = _date_type(past=False)
"""A fact, of this century where its year has two digits; ``BIRTH``: a day that is past."""
BIRTH = _date_type(past=True)


_MOMENT_EXPECTED = "un jour et une heure : 14/02/2023 10:30"


MOMENT = FieldType(
    "moment", partial(_dated, dates.parse_moment, False, _MOMENT_EXPECTED), _MOMENT_EXPECTED,
    dates.moment_text, dates.load_moment, dates.french_moment,
)  # fmt: skip


def short_year(type_: FieldType, text: str, today: date) -> bool:
    """Whether a text is a date of this type whose year has two digits."""
    if type_.name not in ("date", "moment"):
        return False
    return dates.whole_year(text, today, past=type_ is BIRTH) != text


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


UNKNOWN_YEAR = "?"


def _years(text: str, reading: Reading) -> tuple[str, ...]:
    parts = [part for part in re.split(rf"{JOINING_SIGNS}|\s|(?i:\bet\b)", text) if part]
    years = [UNKNOWN_YEAR if normalise(part) == "inconnue" else part for part in parts]
    for each in years:
        young = each.isdigit() and reading.today.year - _GROWN <= int(each) <= reading.today.year
        if each != UNKNOWN_YEAR and not young:
            raise Malformed(f"« {each[:30]} » n'est pas l'année de naissance d'un enfant", _YEARS)
    return tuple(sorted(years))


_GROWN = 25
"""Years: who is older is no child of a household without a dossier [D]."""
_YEARS = "des années de naissance : 2012, 2015 (« ? » où elle n'est pas connue)"
YEARS = FieldType("years", _years, _YEARS, "+".join, _names, ", ".join)


def _household(text: str, _: Reading) -> str:
    code = hyphened(" ".join(text.split()))
    if _is_a_date(code):
        raise Malformed(f"« {code[:30]} » est une date : Excel en a fait une", HOUSEHOLD_EXPECTED)
    told = household_key(code)
    plain = told.isascii() and all(c.isalnum() or c in "-._/~°" for c in told)
    letters = sum(map(str.isalpha, re.sub(_HOUSEHOLD_WORD, "", told)))
    plain = plain and (" " not in code or letters < 3)
    if not plain or len(code) > 24 or not any(c.isdigit() for c in code):
        raise Malformed(f"« {code[:30]} » n'est pas un code de ménage", HOUSEHOLD_EXPECTED)
    return code


def _is_a_date(code: str) -> bool:
    """Whether a code is what a spreadsheet makes of « 6-15 », which is one, as references are."""
    if code.isdigit() or re.fullmatch(r"(?:\d{1,3}|\d{2,3}[A-Za-z])-\d+", code):
        return False
    for text in (dates.whole_year(code, _ANY_DAY, past=True), f"{code}/2000"):
        with suppress(dates.DateFault):
            return bool(dates.parse_date(text))
    return False


_ANY_DAY = date(2100, 1, 1)
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
