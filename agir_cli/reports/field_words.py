"""Fields of a dossier as people read them in a list: headings, labels for codes, French dates.

Imported where people read: a machine needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache, lru_cache, partial
from typing import Any

from agir_cli.domain import vocabulary as w
from agir_cli.domain.fields import FIELDS, OF_A_RIGHT
from agir_cli.domain.places import Place
from agir_cli.reports.sheet import Column, Kind, columns
from agir_cli.reports.texts import french_due, french_text

_DUE = ("echeance", "prochaine_echeance", "fin_au_plus_tard")
_CODES: dict[str, type[w.Code]] = {"etape": w.Stage, "motif": w.Motive}
_CLASSES = {each.value: each.label for each in (*w.Housing, *w.Work)}


def field_columns(names: Sequence[str]) -> list[Column]:
    """The columns of these fields, as people read them."""
    return [Column(name, show=partial(shown, name)) for name in names]


def shown(name: str, value: Any) -> str:
    """A value as a reader expects it; empty for none."""
    if value is None or value == "":
        return ""
    text = value.value if isinstance(value, Enum) else str(value)
    if name == "voie":
        return _said(name).get(text, text)
    if name in _CODES:
        return _labels(_CODES[name]).get(text, text)
    if name.startswith(_DUE):
        return french_due(text)
    if name.startswith("date_"):
        return french_text(text)
    return _field_text(name, text)


def in_words(column: Column) -> Callable[[Any], str]:
    """How a value of a column is said in words; each code of it is looked up once."""
    if column.show is not None:
        return column.show
    if column.kind is Kind.DATE and column.name not in FIELDS:
        return _due if column.name.startswith(_DUE) else column.text
    return lru_cache(maxsize=4096)(partial(shown, column.name))


def _due(text: str | None) -> str:
    return french_due(text) if text else ""


def words_of(column: Column) -> dict[str, str]:
    """The codes of a column with their words; empty where it holds no code of a list."""
    if column.values:
        return dict(pair.split("=", 1) for pair in column.values.split(";"))
    if column.name in _CODES:
        return _labels(_CODES[column.name])
    field = FIELDS.get(_plain(column.name))
    codes = getattr(w, field.type.name.rstrip("+"), None) if field else None
    return _labels(codes) if codes else {}


def meaning_of(column: Column) -> str:
    """What a column holds, in a sentence."""
    if column.meaning:
        return column.meaning
    field = FIELDS.get(column.name)
    if field is None or not field.help or words_of(column) or column.kind is Kind.FLAG:
        return column.heading
    return f"{field.label}. {field.help}"


def class_label(code: str | None) -> str:
    """The label of a housing or work class; « Inconnu » for none."""
    return str(_CLASSES.get(code or "", "Inconnu"))


def _plain(name: str) -> str:
    """The field whose value a column has, at the entry, now or at the exit."""
    if name in OF_A_RIGHT:
        return OF_A_RIGHT[name][0]
    return name.removesuffix("_entree").removesuffix("_actuelle").removesuffix("_sortie")


@cache
def _said(name: str) -> dict[str, str]:
    return words_of(columns([name])[0])


@cache
def _labels(codes: type[w.Code]) -> dict[str, str]:
    return {code.value: code.label for code in codes}


@lru_cache(maxsize=4096)
def _field_text(name: str, text: str) -> str:
    """A stored field as its own type shows it, where it has one of that name."""
    if name == "a_completer":
        return ", ".join(FIELDS[part].label if part in FIELDS else part for part in text.split("+"))
    field = _plain(name)
    if field not in FIELDS:
        return _said(name).get(text, text)
    if field in _TABLES:
        return _TABLES[field](text)
    kind = FIELDS[field].type
    try:
        return str(kind.show(kind.load(text)))
    except ValueError:  # a code of a newer program
        return text


def place_told(place: Place) -> str:
    """A commune by its name and department; a postal code or a department alone as it is."""
    from agir_cli.store.reference import load_gazetteer

    if place.insee:
        return f"{load_gazetteer().name(place.insee)} ({place.department})"
    return str(place.postal or place.department)


def _place(text: str) -> str:
    from agir_cli.domain.reference_values import PLACE

    return place_told(PLACE.load(text))


def _nationality(text: str) -> str:
    from agir_cli.store.reference import nationality_name

    return nationality_name(text)


def _languages(text: str) -> str:
    from agir_cli.store.reference import language_name

    return ", ".join(map(language_name, text.split(",")))


_TABLES: dict[str, Callable[[str], str]] = {
    "commune_domicile": _place,
    "commune_residence": _place,
    "nationalite": _nationality,
    "langues": _languages,
}
