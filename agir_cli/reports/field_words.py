"""Fields of a dossier as people read them in a list: headings, labels for codes, French dates.

Imported where people read: a machine needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache, lru_cache, partial
from typing import Any

from agir_cli.domain import vocabulary as w
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.places import Place
from agir_cli.reports.sheet import Column
from agir_cli.reports.texts import french_due, french_text

_DUE = ("echeance", "prochaine_echeance", "fin_au_plus_tard")
_ROUTES = {"n": "N", "n-1": "N-1", "hors_voie": "hors voie", "inconnue": "inconnue"}
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
        return _ROUTES.get(text, text)
    if name in _CODES:
        return _labels(_CODES[name]).get(text, text)
    if name.startswith(_DUE):
        return french_due(text)
    if name.startswith("date_"):
        return french_text(text)
    return _field_text(name, text)


def class_label(code: str | None) -> str:
    """The label of a housing or work class; « Inconnu » for none."""
    return str(_CLASSES.get(code or "", "Inconnu"))


@cache
def _labels(codes: type[w.Code]) -> dict[str, str]:
    return {code.value: code.label for code in codes}


@lru_cache(maxsize=4096)
def _field_text(name: str, text: str) -> str:
    """A stored field as its own type shows it, where it has one of that name."""
    if name == "a_completer":
        return ", ".join(FIELDS[part].label if part in FIELDS else part for part in text.split("+"))
    field = name.removesuffix("_entree").removesuffix("_actuelle").removesuffix("_sortie")
    if field not in FIELDS:
        return text
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
