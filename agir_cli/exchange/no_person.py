"""Rows that state nothing of anybody: totals, ruled lines, notes, headings said again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_TOTAL: Final = re.compile(
    r"(?:(?:sous[\s-]*)?tota(?:l|ux)|moyennes?|m[ée]dianes?)\b", re.IGNORECASE
)
_UNIT: Final = r"\s*(?:%|€|ans?|personnes?|dossiers?|m[ée]nages?|lignes?)?"
_AMOUNT: Final = re.compile(r"[-+]?(?:\d[\s.,]?){1,8}" + _UNIT, re.IGNORECASE)
# Patterns that few rows want stay text: start-up does not pay for them.
# Words that a person's line may begin with too: only with an amount, in the cell or beside it.
_COUNT: Final = r"(?is)(nb(?:re)?|nombre|effectifs?|somme|cumul)\b\.?(.*)"
_TOLD_AMOUNT: Final = r"(?is).*?[\s:=]\s*[-+]?(?:\d[\s.,]?){1,8}" + _UNIT
_YEAR: Final = r"(?:\d\d?[.]\d\d?[.])?(?:19|20)\d\d"
# Dashes between two lines of a table drawn with signs; a lone + or : is not one.
_RULE: Final = r"[\s:+|]*[-–—_=─][\s:+|–—_=─-]*"
# What begins a note, and a colon that is none of an hour: only in a row that holds nothing else.
_NOTE: Final = (
    r"(?is)\s*(?:\*|(?:notes?|nota(?: bene)?|l[ée]gendes?|sources?|remarques?|avertissements?)"
    r"\s*(?:[\s:.(]|\Z))"
)
_COLON: Final = r"(?s).*(?:(?<!\d):|:(?!\d))"


def no_person(cells: Sequence[str], header: Sequence[str] = ()) -> str | None:
    """What a row is that states nothing of anybody (French), or ``None``.

    A lone cell that could be a name is somebody. One that holds a colon is a note, but where the
    row is shorter than the header: there it may be the rest of a row that was cut.
    """
    filled = [text for cell in cells if (text := cell.strip())]
    if not filled:
        return None
    if is_total(filled):
        return "ligne de total"
    if all(re.fullmatch(_RULE, text) for text in filled):
        return "ligne de traits"
    if len(header) > 1 and len(filled) == 1:
        whole = len(cells) >= len(header)
        note = re.match(_NOTE, filled[0]) or (whole and re.match(_COLON, filled[0]))
        return "ligne de note ou de titre" if note else None
    return "ligne d'en-tête répétée" if _is_header(cells, header) else None


def _is_header(cells: Sequence[str], header: Sequence[str]) -> bool:
    return len(cells) >= len(header) > 0 and all(
        _alike(cell, heading)
        for cell, heading in zip(cells, (*header, *[""] * len(cells)), strict=False)
    )


def _alike(cell: str, heading: str) -> bool:
    return cell == heading or cell.casefold().split() == heading.casefold().split()


def is_total(filled: list[str]) -> bool:
    """Whether a row is a total, by its cells that are not blank: a label that says so, then amounts
    or nothing.

    A person named Total has a first name, a full date or a long number beside it, so is not one;
    nor is somebody known by the initials NB, born in 1990.
    """
    label, *others = filled
    if not all(map(_AMOUNT.fullmatch, others)):
        return False
    count = re.match(_COUNT, label)
    if count is None:
        return _TOTAL.match(label) is not None
    word, rest = count.groups()
    if (
        word.lower() == "nb"
        and not rest.strip(" :.")
        and any(re.fullmatch(_YEAR, text) for text in others)
    ):
        return False
    return bool(others) or re.fullmatch(_TOLD_AMOUNT, rest) is not None
