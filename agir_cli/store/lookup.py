"""Finding a dossier by what people type: reference, AGDREF number, beginning, or name."""

from __future__ import annotations

import json
from typing import NamedTuple

from agir_cli.domain.identity import name_key, number_spellings
from agir_cli.domain.vocabulary import Stage
from agir_cli.failures import NotFoundFailure
from agir_cli.store.driver import Connection

_LISTED = 12


class Candidate(NamedTuple):
    """A dossier that a text may mean."""

    id: str
    reference: str
    nom: str
    prenoms: str
    date_naissance: str
    etape: str
    motif: str
    sort: str = ""

    def __str__(self) -> str:
        name = " ".join(part for part in (self.nom, self.prenoms) if part)
        stage = f"  ({Stage(self.etape).label})" if self.etape else ""
        return f"{self.reference}  {name}{stage}"


_SELECT = (
    "SELECT d.id, d.dossier, coalesce(p.nom, ''), coalesce(p.prenoms, ''),"
    " coalesce(p.date_naissance, ''), d.etape, coalesce(d.motif, '')"
    " FROM dossiers d LEFT JOIN people p ON p.id = d.personne"
)


def find(connection: Connection, text: str) -> list[Candidate]:
    """Every dossier that a text may mean, best kind of match only, by reference.

    Exact reference, then AGDREF number, then the beginning of a reference, then a name (all
    its words, in any order; each may be only begun).
    """
    wanted = text.strip()
    if not wanted:
        return []
    for condition, parameter in _kinds(wanted):
        found = _select(connection, condition, parameter)
        if found:
            return found
    return _by_name(connection, wanted)


def _kinds(wanted: str) -> list[tuple[str, str]]:
    number = "".join(c for c in wanted if c.isalnum()).upper()
    spellings = json.dumps(number_spellings(number))
    kinds = [
        ("d.dossier = ?", _reference(wanted)),
        ("p.agdref IN (SELECT value FROM json_each(?))", spellings),
    ]
    if any(c.isdigit() for c in wanted):
        kinds.append(("d.dossier GLOB ? || '*'", _literal(wanted.upper())))
        kinds.append(("p.agdref GLOB ? || '*'", _literal(number)))
    if len(wanted) >= 8:
        kinds.append(("d.id GLOB ? || '*'", _literal(wanted.upper())))
    return kinds


def _reference(wanted: str) -> str:
    """The reference as it is written: « 44-42 » is `44-0042`."""
    department, dash, number = wanted.upper().partition("-")
    return f"{department}-{number.zfill(4)}" if dash and number.isdigit() else wanted.upper()


def _literal(text: str) -> str:
    """The text with no wildcard left in it."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _select(connection: Connection, condition: str, parameter: str) -> list[Candidate]:
    rows = connection.execute(
        f"{_SELECT} WHERE {condition} ORDER BY d.dossier LIMIT 200", (parameter,)
    )
    return [Candidate(*row) for row in rows]


def _by_name(connection: Connection, wanted: str) -> list[Candidate]:
    words = name_key(wanted, None).split()
    if not words:
        return []
    for ending in (" %", "%"):  # whole words first, then words that are only begun
        condition = " AND ".join(
            f"(' ' || p.name_key || ' ') LIKE '% ' || ? || '{ending}'" for _ in words
        )
        rows = connection.execute(
            f"{_SELECT} WHERE {condition} ORDER BY d.dossier LIMIT 200", words
        )
        found = [Candidate(*row) for row in rows]
        if found:
            return found
    return []


def find_one(connection: Connection, text: str) -> str:
    """The one dossier (its id) that a text means.

    A person with several dossiers is meant by the open one. Raises `NotFoundFailure` (exit 4)
    with the candidates when there is none, or more than one.
    """
    if not text.strip():
        raise NotFoundFailure("Quel dossier ? Donnez sa référence, un n° AGDREF ou un nom.")
    found = find(connection, text)
    still_open = [c for c in found if c.etape != "clos"]
    if len(found) == 1 or len(still_open) == 1:
        return (still_open[0] if len(still_open) == 1 else found[0]).id
    if not found:
        raise NotFoundFailure(
            f"Aucun dossier ne correspond à « {text[:40]} ».",
            "Cherchez-le : agir find NOM   (un début de nom suffit)",
        )
    listed = [f"  {candidate}" for candidate in found[:_LISTED]]
    left = len(found) - _LISTED
    more = [f"  … et {left} autre{'s' if left > 1 else ''}"] if left > 0 else []
    raise NotFoundFailure(
        f"« {text[:40]} » désigne plusieurs dossiers :",
        *listed,
        *more,
        "Donnez la référence entière.",
    )
