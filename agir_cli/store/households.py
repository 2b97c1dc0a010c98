"""Who a household is made of, by the code that its dossiers share, and which codes there are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import NamedTuple

from agir_cli.store.driver import Connection


class Member(NamedTuple):
    """A dossier as its household sees it."""

    household: str
    id: str
    reference: str
    nom: str
    prenoms: str
    kinship: str
    born: str
    stage: str
    joins: str
    person: str
    """Whose it is: the first of the persons that somebody has linked."""
    children: tuple[str, ...] = ()
    """The years of birth of those whom it speaks of, who have no dossier."""


def children(said: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """The children of whom several dossiers of one household speak: those of both parents once."""
    every: Counter[str] = reduce(or_, map(Counter, said), Counter())
    return tuple(sorted(every.elements()))


_SAME_PERSON = (
    "min(d.personne, coalesce((SELECT min(x.personne) FROM ties t JOIN dossiers x"
    " ON x.id = iif(t.dossier = d.id, t.autre, t.dossier)"
    " WHERE (t.dossier = d.id OR t.autre = d.id) AND t.sorte = 'meme'), d.personne))"
)
_MEMBERS = (
    "SELECT coalesce(d.menage, d.dossier), d.id, d.dossier, coalesce(p.nom, ''),"
    " coalesce(p.prenoms, ''), coalesce(d.lien_menage, ''), coalesce(p.date_naissance, ''),"
    f" d.etape, coalesce(d.rejoint, ''), {_SAME_PERSON}, coalesce(d.naissances_enfants, '')"
    " FROM dossiers d LEFT JOIN people p ON p.id = d.personne"
)


def members(connection: Connection, dossier: str | None = None) -> list[Member]:
    """The dossiers of every household, by its code; or of the household of one dossier (its id)."""
    among = "WHERE d.menage IS NOT NULL OR d.naissances_enfants IS NOT NULL"
    if dossier is not None:
        among = "WHERE d.id = :id OR d.menage = (SELECT menage FROM dossiers WHERE id = :id)"
    query = f"{_MEMBERS} {among} ORDER BY d.menage IS NULL, 1, d.dossier"
    rows = connection.execute(query, {"id": dossier} if dossier is not None else {})
    return [Member._make((*row[:-1], tuple(filter(None, row[-1].split("+"))))) for row in rows]


def every_household(connection: Connection) -> Iterator[tuple[str, str]]:
    """Every household's code, with the first of its dossiers."""
    query = "SELECT menage, min(dossier) FROM dossiers WHERE menage IS NOT NULL GROUP BY menage"
    return iter(connection.execute(query))


def households_of(connection: Connection, mark: str, codes: Iterable[str]) -> list[str]:
    """Those of these households that a file brought, or, without a mark, commands by hand.

    ``mark``: the file's, or that of the one whose rejects it is: what they bring is that file's.
    """
    file = "(SELECT id FROM batches WHERE ? IN ('f' || substr(empreinte, 1, 16),"
    file += " substr(empreinte, instr(empreinte, ' ') + 1)))"
    query = (
        "SELECT DISTINCT json_extract(e.payload, '$.menage') AS code FROM events AS e"
        " JOIN dossiers AS d ON d.id = e.dossier"
        " WHERE d.menage IN (SELECT value FROM json_each(?)) AND code = d.menage"
        f" AND {f'e.batch IN {file}' if mark else 'e.batch IS NULL'}"
    )
    values = [json.dumps([*codes]), *([mark] if mark else [])]
    return [code for (code,) in connection.execute(query, values)]
