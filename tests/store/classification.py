"""What each column of the file is, and what erasing or showing a person's data does to it.

A column without a class fails the tests [invariant 10]. Erasure and the answer to an
access request read this table; nothing else says what a column is.
"""

from __future__ import annotations

import csv
import re
from enum import Enum
from typing import NamedTuple

from agir_cli.domain.fields import FIELDS, Home
from agir_cli.shipped import data_file
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


_CLASSES = {
    "identity": Column(Kind.IDENTITY, Erasure.DELETED, Access.GIVEN),
    "sensitive": Column(Kind.SENSITIVE, Erasure.DELETED, Access.GIVEN),
    "business": Column(Kind.BUSINESS, Erasure.KEPT, Access.GIVEN),
    "trace": Column(Kind.TECHNICAL, Erasure.KEPT, Access.GIVEN),
    "erased_trace": Column(Kind.TECHNICAL, Erasure.DELETED, Access.GIVEN),
    "inner": Column(Kind.TECHNICAL, Erasure.KEPT, Access.NOT_GIVEN),
    "erased_inner": Column(Kind.TECHNICAL, Erasure.DELETED, Access.NOT_GIVEN),
}


def classes() -> dict[str, dict[str, Column]]:
    """The class of every column: `{table: {column: class}}`.

    In the list of dossiers, a field of the journal is business, as it is there; the others have a
    line in ``data/columns.csv``.
    """
    found: dict[str, dict[str, Column]] = {"dossiers": {}}
    for column in DOSSIER_COLUMNS:
        field = FIELDS.get(re.sub("_(entree|actuelle|sortie)$", "", column))
        if field is not None and field.home is Home.JOURNAL:
            found["dossiers"][column] = _CLASSES["business"]
    with data_file("columns.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["table"], {})[row["column"]] = _CLASSES[row["class"]]
    return found


def columns(kind: Kind | None = None, erasure: Erasure | None = None) -> list[tuple[str, str]]:
    """The `(table, column)` pairs of a kind, or with a fate, in the order of the tables."""
    return [
        (table, name)
        for table, known in classes().items()
        for name, column in known.items()
        if kind in (None, column.kind) and erasure in (None, column.erasure)
    ]
