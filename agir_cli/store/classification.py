"""What each column of the file is, and what erasing or showing a person's data does to it.

Design, invariant 10: a column without a class fails the tests. Erasure and the answer to an
access request read this table; nothing else says what a column is.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from agir_cli.store.lists import DOSSIER_COLUMNS


class Kind(Enum):
    """What a column holds."""

    IDENTITY = "identity"
    """Who a beneficiary is, and how to reach them."""
    SENSITIVE = "sensitive"
    """Words typed about a person, origin, language: what could harm outside."""
    BUSINESS = "business"
    """What happened in the programme: codes and dates, no name."""
    TECHNICAL = "technical"
    """Keys, counters, who typed and when."""


class Erasure(Enum):
    """What becomes of a column when its person is erased."""

    DELETED = "deleted"
    """The row goes, or the value is blanked."""
    KEPT = "kept"
    """It stays: without the identity it names nobody."""


class Access(Enum):
    """Whether the person is given it on request."""

    GIVEN = "given"
    NOT_GIVEN = "not given"
    """It says nothing about the person."""


class Column(NamedTuple):
    """The class of one column."""

    kind: Kind
    erasure: Erasure
    access: Access


_IDENTITY = Column(Kind.IDENTITY, Erasure.DELETED, Access.GIVEN)
_SENSITIVE = Column(Kind.SENSITIVE, Erasure.DELETED, Access.GIVEN)
_BUSINESS = Column(Kind.BUSINESS, Erasure.KEPT, Access.GIVEN)
_TRACE = Column(Kind.TECHNICAL, Erasure.KEPT, Access.GIVEN)
_ERASED_TRACE = Column(Kind.TECHNICAL, Erasure.DELETED, Access.GIVEN)
_INNER = Column(Kind.TECHNICAL, Erasure.KEPT, Access.NOT_GIVEN)
_ERASED_INNER = Column(Kind.TECHNICAL, Erasure.DELETED, Access.NOT_GIVEN)


def _all(column: Column, *names: str) -> dict[str, Column]:
    return dict.fromkeys(names, column)


_FOLDED = _all(_INNER, "dossier", "rang")
_STAMP = _all(_TRACE, "recorded_at", "author")

_TABLES: dict[str, dict[str, Column]] = {
    "people": {
        **_all(_ERASED_INNER, "id", "name_key"),
        **_all(
            _IDENTITY,
            "agdref", "nom", "prenoms", "nom_usage", "date_naissance", "sexe", "telephone",
            "courriel",
        ),
        **_all(_SENSITIVE, "nationalite", "langues"),
    },
    "identities": {
        **_all(_ERASED_INNER, "id", "person", "batch"),
        **_all(_ERASED_TRACE, "field", "recorded_at", "author"),
        **_all(_IDENTITY, "former", "current"),
    },
    "events": {
        **_all(_INNER, "id", "dossier", "site", "seq", "batch", "salt", "hash"),
        **_all(_BUSINESS, "kind", "effective_from", "effective_to", "payload"),
        **_STAMP,
    },
    "texts": {
        **_all(_ERASED_INNER, "event"),
        **_all(_ERASED_TRACE, "field"),
        **_all(_SENSITIVE, "value"),
    },
    "dossiers": {
        **_all(_BUSINESS, *DOSSIER_COLUMNS),
        **_all(_INNER, "id", "personne", "regle", "anomalies"),
    },
    "spans": {
        **_all(_INNER, "dossier"),
        **_all(
            _BUSINESS,
            "nature", "cause", "depart_min", "depart_max", "echeance_min", "echeance_max",
            "fin_min", "fin_max",
        ),
    },
    "situations": {
        **_FOLDED,
        **_all(
            _BUSINESS,
            "date_min", "date_max", "situation_logement", "detail_logement",
            "situation_professionnelle", "niveau_francais",
        ),
    },
    "steps": {
        **_FOLDED,
        **_all(_INNER, "event"),
        **_all(_BUSINESS, "domaine", "date_min", "date_max", "fin_min", "fin_max", "heures"),
    },
    "interviews": {**_FOLDED, **_all(_BUSINESS, "date_min", "date_max")},
    "appointments": {
        **_FOLDED,
        **_all(_BUSINESS, "nature", "jour", "heure", "bureau", "inscrit_le", "absent_le"),
    },
    "batches": _all(
        _INNER,
        "id", "commande", "fichier", "empreinte", "lus", "crees", "modifies", "inchanges",
        "mis_de_cote", "rejetes", "enregistre_le", "auteur", "annule_par",
    ),
    "listings": _all(_INNER, "numero", "mois", "envoye_le", "empreinte", "auteur"),
    "listing_rows": {
        **_all(_INNER, "numero", "ligne", "dossier"),
        **_all(_IDENTITY, "contenu"),
    },
    "runs": _all(_INNER, "id", "rapport", "jour", "enregistre_le", "auteur"),
    "run_lines": {
        **_all(_INNER, "run", "dossier"),
        **_all(_BUSINESS, "nature", "cause", "echeance_min"),
    },
    # The directory and the settings speak of the team, not of the persons it accompanies.
    "referents": _all(_INNER, "code", "nom", "organisation", "bureau"),
    "offices": _all(_INNER, "bureau", "departement", "secteur", "nom"),
    "settings": _all(_INNER, "name", "value"),
    "counters": _all(_INNER, "name", "last"),
    "rule_texts": _all(_INNER, "name", "text"),
    "_sqlite_migrations": _all(_INNER, "id", "migration_set", "name", "applied_at"),
}  # fmt: skip

CLASSES: Mapping[str, Mapping[str, Column]] = MappingProxyType(_TABLES)
"""The class of every column: `{table: {column: class}}`."""


def columns(kind: Kind | None = None, erasure: Erasure | None = None) -> list[tuple[str, str]]:
    """The `(table, column)` pairs of a kind, or with a fate, in the order of the tables."""
    return [
        (table, name)
        for table, known in CLASSES.items()
        for name, column in known.items()
        if kind in (None, column.kind) and erasure in (None, column.erasure)
    ]
