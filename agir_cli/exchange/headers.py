"""Headings as people type them, matched to fields.

Case, accents, spaces, punctuation, line breaks, « N° » and little words are ignored. A heading
that matches two columns to one field is reported, never settled.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from agir_cli.exchange.synonyms import SYNONYMS
from agir_cli.failures import UsageFailure

__all__ = ["SYNONYMS", "Matching", "match_headers", "nearest", "normalise_header", "recogniser"]

_ENDINGS: Final = re.compile(r"\((?:e|s|es|ne|nes|x|le|la|les)\)|(?<=\w)[·.](?:e|s)\b")
_NUMBER: Final = re.compile(r"\bn\s?[°º]s?|№|\bn[or]s?\b\.?|\bnum(?:eros?)?\b\.?", re.IGNORECASE)
_CAMEL: Final = re.compile(r"([a-zà-ÿ])([A-ZÀ-Þ])")
_WORD: Final = re.compile(r"[a-z0-9]+")
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
    """What each heading is.

    ``columns``: one field per header cell, ``None`` where it is not read. ``unknown``: the headings
    that match nothing (``colonne 4 (sans titre)`` for an empty one). ``doubled``: each field
    that several columns claim, with their headings. ``control``: headings that begin with ``_``.
    ``absent``: headings of the explicit mapping that the file does not have.
    """

    columns: tuple[str | None, ...]
    unknown: tuple[str, ...]
    doubled: tuple[tuple[str, tuple[str, ...]], ...]
    control: tuple[str, ...]
    absent: tuple[str, ...]


def normalise_header(text: str) -> str:
    """``text`` as compared: ASCII letters and digits only, lower case, no little words.

    « N° étranger », « Numéro d'étranger » and « no_etranger » all give ``numeroetranger``. A
    heading without a Latin letter or digit comes back folded but whole.
    """
    spaced = _CAMEL.sub(r"\1 \2", text.replace("_", " "))
    spaced = _NUMBER.sub(" numero ", spaced)
    folded = "".join(
        char
        for char in unicodedata.normalize("NFKD", _ENDINGS.sub("", spaced.lower()))
        if not unicodedata.combining(char)
    )
    words = [_FULL.get(word, word) for word in _WORD.findall(_ENDINGS.sub("", folded))]
    return "".join(w for w in words if w not in _LITTLE) or "".join(words) or folded.strip()


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
            field = _dated(heading, meanings.get(key), fields)
            field = field if field not in taken else None
            if field is None:
                unknown.append(heading or f"colonne {place} (sans titre)")
        columns.append(field or None)
    present = set(map(normalise_header, header))
    return Matching(
        columns=tuple(columns),
        unknown=tuple(unknown),
        doubled=_doubled(header, columns),
        control=tuple(heading for heading in header if heading.startswith("_")),
        absent=tuple(h for h in mapping or {} if normalise_header(h) not in present),
    )


def _dated(heading: str, field: str | None, fields: Mapping[str, object]) -> str | None:
    """« Orientation le » is the day of what « Orientation » says."""
    says_a_day = heading.rstrip(" :.").casefold().endswith(" le")
    return f"date_{field}" if says_a_day and f"date_{field}" in fields else field


def nearest(heading: str, fields: Mapping[str, Iterable[str]]) -> str | None:
    """The field whose headings are spelled nearly like this one, if there is one."""
    words = {normalise_header(word): name for name in fields for word in (*fields[name], name)}
    alike = difflib.get_close_matches(normalise_header(heading), words, n=1, cutoff=0.8)
    return words[alike[0]] if alike else None


def recogniser(
    fields: Mapping[str, Iterable[str]], mapping: Mapping[str, str] | None = None
) -> Callable[[str], bool]:
    """A test for ``open_table(known=...)``: whether a cell is a heading of ``fields``."""
    words = {normalise_header(word) for name in fields for word in (*fields[name], name)}
    words |= {normalise_header(heading) for heading in mapping or {}}
    return lambda cell: normalise_header(cell) in words


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
