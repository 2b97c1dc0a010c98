"""The types of a field whose values stand in a reference table: places, countries, languages."""

from __future__ import annotations

import re
from functools import cache

from agir_cli.domain.characters import without_endings
from agir_cli.domain.person_values import postal_digits
from agir_cli.domain.places import (
    AmbiguousPlace,
    Place,
    UnknownPlace,
    department_of,
    normalise_name,
)
from agir_cli.domain.values import JOINING_SIGNS, FieldType, Malformed, Reading


def _place(text: str, reading: Reading) -> Place:
    # What the row itself says beside is as typed: « 44.0 » is the department 44.
    department = _department_text(reading.department) if reading.department else None
    postal = postal_digits(reading.postal) if reading.postal else None
    found = reading.gazetteer.find(text, department=department, postal=postal)
    if isinstance(found, AmbiguousPlace):
        names = ", ".join(
            f"insee:{c.insee} ({c.name}, {c.department})" for c in found.candidates[:8]
        )
        if len(found.candidates) == 1:
            told = f"« {text[:40]} » ne va pas avec le département ou le code postal donné"
            raise Malformed(told, f"{names}, si c'est elle", True)
        raise Malformed(f"« {text[:40]} » désigne plusieurs communes", f"l'une de : {names}", True)
    if isinstance(found, UnknownPlace):
        near = f" ; proche : {', '.join(found.nearest)}" if found.nearest else ""
        raise Malformed(
            f"« {text[:40]} » n'est pas une commune connue",
            "une commune des départements 44, 49, 53, 72, 85, ou un code postal ailleurs"
            f" (« 35000 Rennes »){near}",
        )
    return found


def _place_text(place: Place) -> str:
    return f"insee:{place.insee}" if place.insee else (place.postal or f"dep:{place.department}")


@cache
def _load_place(text: str) -> Place:
    bare = text.removeprefix("insee:").removeprefix("dep:")
    if text.startswith("insee:"):
        return Place(bare, None, department_of(bare) or "")
    if text.startswith("dep:"):
        return Place(None, None, bare)
    return Place(None, bare, department_of(bare) or "")


def _read_place(text: str, reading: Reading) -> Place:
    """Read a place as it is stored: by its commune, else by its postal code."""
    return _load_place(_place_text(_place(text, reading)))


_PLACE_EXPECTED = "une commune : son nom, « 44150 Ancenis », insee:44003, ou un code postal"
PLACE = FieldType("place", _read_place, _PLACE_EXPECTED, _place_text, _load_place, _place_text)


def _postal(text: str, _: Reading) -> str:
    digits = text if len(text) == 5 and text.isdigit() else postal_digits(text)
    if len(digits) != 5 or not digits.isdigit() or department_of(digits) is None:
        raise Malformed(f"« {text[:20]} » n'est pas un code postal", "cinq chiffres : 44000")
    return digits


POSTAL = FieldType("postal", _postal, "cinq chiffres : 44000")


def _department_text(text: str) -> str:
    """Undo what a spreadsheet does to a department's number."""
    bare = re.sub(r"^(\d+)[.,]0+$", r"\1", text.strip().upper())
    return f"0{bare}" if len(bare) == 1 and bare.isdigit() else bare


DEPARTMENTS = {
    "loire atlantique": "44", "maine et loire": "49", "mayenne": "53", "sarthe": "72",
    "vendee": "85",
}  # fmt: skip
"""By their normalised names, the departments whose communes are in the gazetteer."""


def _department(text: str, _: Reading) -> str:
    bare = _department_text(text)
    told = re.match(r"(\d[\dAB]\d?)(?: *[-–(]| ) *[^\W\d_]", bare)  # « 44 - Loire-Atlantique »
    bare = told[1] if told else DEPARTMENTS.get(normalise_name(text), bare)
    known = len(bare) in (2, 3) and department_of(bare.ljust(5, "0")) == bare
    if not known and bare not in ("2A", "2B"):
        raise Malformed(f"« {text[:20]} » n'est pas un département", "un code comme 44 ou 85")
    return bare


DEPARTMENT = FieldType("department", _department, "un code comme 44 ou 85")


def _departments(text: str, reading: Reading) -> str:
    parts = [
        part
        for part in re.split(rf"(?i)\bet\b|{JOINING_SIGNS}|(?<=\d) (?=\d)", text)
        if part.strip()
    ]
    if not parts:
        raise Malformed(f"« {text[:20]} » : aucun département", DEPARTMENTS_LIST.expected)
    return "+".join(sorted({_department(part.strip(), reading) for part in parts}))


DEPARTMENTS_LIST = FieldType("departments", _departments, "des codes comme 44 ou 44+85")
"""Several departments, joined by ``+``."""


def _one_nationality(text: str, reading: Reading) -> str | None:
    known = reading.nationalities
    return known.get(normalise_name(text)) or known.get(normalise_name(without_endings(text)))


def _nationality(text: str, reading: Reading) -> str:
    both = {_one_nationality(part, reading) for part in re.split(r"\s*/\s*", text)}
    found = _one_nationality(text, reading) or (both.pop() if len(both) == 1 else None)
    if found is None:
        whole = f"{normalise_name(without_endings(text))} "
        meant = sorted(name for name in reading.nationalities if name.startswith(whole))
        if len({reading.nationalities[name] for name in meant}) > 1:
            raise Malformed(f"« {text[:40]} » se dit de plusieurs pays", " ou ".join(meant))
        raise Malformed(
            f"« {text[:40]} » n'est pas une nationalité connue",
            "un code à trois lettres (AFG) ou un nom français (Afghanistan, afghane)",
        )
    return found


NATIONALITY = FieldType("nationality", _nationality, "AFG, Afghanistan ou afghane")


# Codes of two letters that are also what a team writes where it has no answer.
_SHORT_FOR_NOTHING = frozenset({"na", "nd", "nr"})
_NOTHING_IN_CAPITALS = frozenset({"no", "so"})


def _says_nothing(part: str, alone: bool) -> bool:
    """Whether a code may stand for "no language known": « NR » anywhere, « SO » alone."""
    if len(part) != 2:
        return False
    word = part.lower()
    return word in _SHORT_FOR_NOTHING or (alone and part != word and word in _NOTHING_IN_CAPITALS)


# « et » alone is the code of Estonian.
_JOINS = rf"(?i)\s+et\s+|{JOINING_SIGNS}"


def _languages(text: str, reading: Reading) -> str:
    parts = [part for part in re.split(_JOINS, text) if part.strip()]
    if any(_says_nothing(part.strip(), len(parts) == 1) for part in parts):
        raise Malformed(
            f"« {text[:40]} » peut vouloir dire que la langue n'est pas connue",
            "un nom ou un code à trois lettres (somali, som), ou une case vide",
        )
    if not parts:
        raise Malformed(f"« {text[:40]} » : aucune langue", LANGUAGES.expected)
    found = {part: reading.languages.get(normalise_name(part)) for part in parts}
    unknown = [part.strip()[:30] for part, known in found.items() if known is None]
    if unknown:
        raise Malformed(
            f"langue inconnue : {', '.join(unknown)}",
            "des codes ISO 639 ou des noms français (dari, pachto)",
        )
    return ",".join(dict.fromkeys(str(value) for value in found.values()))


LANGUAGES = FieldType("languages", _languages, "dari, pachto ou prs, pus")
