"""Headings as people type them, matched to fields.

Case, accents, spaces, punctuation, line breaks, « N° » and little words are ignored. A heading
that matches two columns to one field is reported, never settled.
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Final, NamedTuple

from agir_cli.domain.columns import NOT_KEPT, NUMBER
from agir_cli.failures import UsageFailure
from agir_cli.shipped import data_file

_ENDINGS: Final = re.compile(r"\((?:e|s|es|ne|nes|x|le|la|les)\)|(?<=\w)[·.](?:e|s)\b")
_NUMBER: Final = re.compile(r"\bn\s?[°º]s?|№|\bn[or]s?\b\.?|\bnum(?:eros?)?\b\.?", re.IGNORECASE)
# How a value is to be written, or whether it must be: not what it is.
_SHAPE: Final = re.compile(
    r"\(\s*(?:\d+ chiffres|j+[/.-]m+[/.-]a+|obligatoire|facultati(?:f|ve))\s*\)", re.IGNORECASE
)
_CAMEL: Final = re.compile(r"([a-zà-ÿ])([A-ZÀ-Þ])")
_WORD: Final = re.compile(r"[a-z0-9]+")
_NUMBERS: Final = frozenset(["no", "nos", "nr", "nrs", "num", "numero", "numeros"])
_LITTLE: Final = frozenset(["de", "du", "des", "d", "la", "le", "les", "l"])
_FULL: Final = {
    "tel": "telephone",
    "dept": "departement",
    "dep": "departement",
    "dpt": "departement",
    "rv": "rdv",
    "dt": "date",
    "diag": "diagnostic",
    "cp": "codepostal",
}


class Matching(NamedTuple):
    """What the headings of a file mean.

    ``columns``: one field per header cell, ``None`` where it is not read. ``unknown``: the headings
    that match nothing (``colonne 4 (sans titre)`` for an empty one). ``doubled``: each field
    that several columns claim, with their headings. One that begins with ``_`` is in neither.
    ``absent``: headings of the explicit mapping that the file does not have.
    """

    columns: tuple[str | None, ...]
    unknown: tuple[str, ...]
    doubled: tuple[tuple[str, tuple[str, ...]], ...]
    absent: tuple[str, ...]


@cache
def headings() -> Mapping[str, tuple[str, ...]]:
    """The headings that French spreadsheets give to each field, from ``data/headings.csv``."""
    found: dict[str, list[str]] = {}
    with data_file("headings.csv").open(encoding="utf-8", newline="") as file:
        for field, heading in islice(csv.reader(file), 1, None):
            found.setdefault(field, []).append(heading)
    return {field: tuple(them) for field, them in found.items()}


def normalise_header(text: str) -> str:
    """``text`` as compared: ASCII letters and digits only, lower case, no little words.

    « N° étranger », « Numéro d'étranger » and « no_etranger » all give ``numeroetranger``. A
    heading without a Latin letter or digit comes back folded but whole.
    """
    if text.isascii() and text.isalpha() and (text.isupper() or text.istitle() or text.islower()):
        word = text.lower()  # names are asked about too, a row at a time
        return "numero" if word in _NUMBERS else _FULL.get(word, word)
    words, folded = _words(text)
    words.sort(key=lambda word: word != "numero")  # « Dossier n° » is « N° dossier »
    return "".join(w for w in words if w not in _LITTLE) or "".join(words) or folded.strip()


def _words(text: str) -> tuple[list[str], str]:
    """The words of a heading in full, ASCII and lower case; then the whole of it, folded."""
    spaced = _CAMEL.sub(r"\1 \2", _SHAPE.sub(" ", text).replace("_", " "))
    spaced = _NUMBER.sub(" numero ", spaced)
    folded = "".join(
        char
        for char in unicodedata.normalize("NFKD", _ENDINGS.sub("", spaced.lower()))
        if not unicodedata.combining(char)
    )
    return [_FULL.get(word, word) for word in _WORD.findall(_ENDINGS.sub("", folded))], folded


def match_headers(
    header: Sequence[str],
    fields: Mapping[str, Iterable[str]],
    mapping: Mapping[str, str] | None = None,
) -> Matching:
    """Matches ``header`` to ``fields`` (field name: other headings that mean it).

    ``mapping`` (heading: field; an empty field leaves the column out) comes before any synonym; a
    heading that the file has letter for letter is that column alone. Raises ``UsageFailure`` where
    it names a field that is not in ``fields``.
    """
    chosen = _chosen(header, fields, mapping or {})
    meanings = {normalise_header(word): name for name in fields for word in (*fields[name], name)}
    taken = set(chosen.values())
    columns: list[str | None] = []
    unknown: list[str] = []
    for place, heading in enumerate(header, 1):
        key = normalise_header(heading)
        field = None if heading.startswith("_") else chosen.get(heading)
        if field is None and not heading.startswith("_"):
            field = _dated(heading, meanings.get(key) or _twice_said(heading, meanings), fields)
            field = field if field not in taken else None
            if field is None:
                unknown.append(heading or f"colonne {place} (sans titre)")
        columns.append(field or None)
    present = set(map(normalise_header, header))
    return Matching(
        columns=tuple(columns),
        unknown=tuple(unknown),
        doubled=_doubled(header, columns),
        absent=tuple(h for h in mapping or {} if normalise_header(h) not in present),
    )


def _twice_said(heading: str, meanings: Mapping[str, str]) -> str | None:
    """The field of « Identité (NOM Prénom) »: the two say one; of « Nom (conjoint) », none."""
    words, sign, beside = heading.rstrip().removesuffix(")").partition("(")
    field = meanings.get(normalise_header(words)) if sign else None
    return field if field and field == meanings.get(normalise_header(beside)) else None


def _dated(heading: str, field: str | None, fields: Mapping[str, object]) -> str | None:
    """Prefer the date of a field for a heading that ends in « le » (« Orientation le »)."""
    if field is None or not heading.rstrip(" :.").casefold().endswith(" le"):
        return field
    return f"date_{field}" if f"date_{field}" in fields else field


def nearest(heading: str, fields: Mapping[str, Iterable[str]]) -> str | None:
    """Suggest the field that has a heading which this one misspells, if any.

    Each word is the same, or has five letters or more and is misspelled: one slip, two from ten
    letters on, never in the first two letters. A word of a known heading is not misspelled.
    """
    told, right = _meant(heading), _spelled()
    for name in fields:
        for text in (*fields[name], name):
            words = _meant(text)
            pairs = [pair for pair in zip(told, words, strict=False) if pair[0] != pair[1]]
            if (
                len(words) == len(told)
                and pairs
                and all(typed not in right and _misspells(typed, word) for typed, word in pairs)
            ):
                return name
    return None


@cache
def _spelled() -> frozenset[str]:
    """Every word of the headings that are shipped."""
    them = (text for name, texts in headings().items() for text in (*texts, name))
    return frozenset(word for text in them for word in _meant(text))


def _meant(heading: str) -> list[str]:
    return [word for word in _words(heading)[0] if word not in _LITTLE]


def _misspells(typed: str, word: str) -> bool:
    if min(len(typed), len(word)) < 5 or typed[:2] != word[:2]:
        return False
    return _slips(typed, word) <= (2 if len(word) >= 10 else 1)


def _slips(typed: str, word: str) -> int:
    """Count the letters added, left out, replaced, or swapped with the next."""
    before, above = list[int](), list(range(len(word) + 1))
    for down, letter in enumerate(typed, 1):
        row = [down]
        for at, other in enumerate(word, 1):
            fewest = min(above[at] + 1, row[at - 1] + 1, above[at - 1] + (letter != other))
            if down > 1 < at and (letter, typed[down - 2]) == (word[at - 2], other):
                fewest = min(fewest, before[at - 2] + 1)
            row.append(fewest)
        before, above = above, row
    return above[-1]


def recogniser(
    fields: Mapping[str, Iterable[str]], mapping: Mapping[str, str] | None = None
) -> Callable[[str], str | None]:
    """Make the test for ``open_table(known=...)``: which of ``fields`` a cell is a heading of.

    A heading that ``mapping`` leaves out is one all the same; « N° » and « Observations », whose
    columns say nothing of a person, tell no heading from a row.
    """
    own = [name for name in fields if name not in (NUMBER, NOT_KEPT)]
    words = {normalise_header(word): name for name in own for word in (*fields[name], name)}
    words |= {normalise_header(title): name or title for title, name in (mapping or {}).items()}

    def field(cell: str) -> str | None:
        return _dated(cell, words.get(normalise_header(cell)) or _twice_said(cell, words), fields)

    return field


def _chosen(
    header: Sequence[str], fields: Mapping[str, object], mapping: Mapping[str, str]
) -> dict[str, str]:
    """The field of each heading of the file that the mapping names."""
    for heading, field in mapping.items():
        if field and field not in fields:
            near = difflib.get_close_matches(field, fields, n=3)
            raise UsageFailure(
                f"La colonne « {heading} » ne peut pas aller dans « {field} » : "
                "ce champ n'existe pas ici.",
                *([f"Le plus proche : {', '.join(near)}"] if near else []),
            )
    alike = {normalise_header(heading): heading for heading in mapping if heading not in header}
    named = {heading: alike.get(normalise_header(heading), heading) for heading in header}
    return {heading: mapping[name] for heading, name in named.items() if name in mapping}


def _doubled(
    header: Sequence[str], columns: Sequence[str | None]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    claims: dict[str, list[str]] = {}
    for heading, field in zip(header, columns, strict=True):
        if field:
            claims.setdefault(field, []).append(heading)
    return tuple((field, tuple(them)) for field, them in claims.items() if len(them) > 1)
