"""The index by which one person's doubles are found, and what is compared of each person.

`name_keys` is a list: made from persons and from what they were before, never kept alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from agir_cli.domain.dates import from_edtf
from agir_cli.identity.evidence import Birth, Population, Traits, alike, traits_words
from agir_cli.identity.names import MATCH, Word, word, words_of
from agir_cli.identity.pairs import DAYS, Places, kept, key_of
from agir_cli.store.driver import Connection

_NAMES, _MOST_NAMES = ("nom", "prenoms", "nom_usage"), 8
COMPARED = (*_NAMES, "date_naissance", "agdref", "sexe", "nationalite", "telephone", "courriel")

Said = Mapping[str, str | None]
"""Stored texts of a person, by field."""


def traits(said: Said, former: Iterable[tuple[str, str]] = (), place: str = "",
           household: str = "") -> Traits:  # fmt: skip
    """What is compared of a person; ``former``: field and text of what they were before."""
    had: dict[str, dict[str, None]] = {}
    for field, text in former:
        had.setdefault(field, {})[text] = None
    nom, prenoms, usage = said.get("nom"), said.get("prenoms"), said.get("nom_usage")
    names = [traits_words(nom, prenoms)]
    if usage or had:
        families = dict.fromkeys([nom, usage, *had.get("nom", ()), *had.get("nom_usage", ())])
        given = dict.fromkeys([prenoms, *had.get("prenoms", ())])
        names += [traits_words(f, g) for f in families for g in given if f or not nom]
    births, numbers = [birth(said.get("date_naissance"))], [said.get("agdref")]
    if had:
        births += map(birth, had.get("date_naissance", ()))
        numbers += had.get("agdref", ())
    return Traits(
        tuple(dict.fromkeys(filter(None, names)))[:_MOST_NAMES],
        tuple(dict.fromkeys([b for b in births if b is not None])),
        tuple(dict.fromkeys([n for n in numbers if n and told(n)])),
        said.get("sexe") or "",
        said.get("nationalite") or "",
        place,
        _reach(said.get("telephone")),
        (said.get("courriel") or "").casefold(),
        household,
        " ".join(filter(None, (nom, prenoms))),
    )


def told(digits: str) -> bool:
    """Whether a number says anything: « 0000000000 » does not."""
    return len(set(digits)) > 2


@lru_cache(maxsize=1 << 12)
def birth(text: str | None) -> Birth | None:
    """A birth from its stored text; `None` where it says nothing (1 January 1900)."""
    if not text:
        return None
    first, last = from_edtf(text)
    if first.year != last.year or first.year <= 1900:
        return None
    if first == last:
        return Birth(first.year, first.month, first.day)
    return Birth(first.year, first.month if first.month == last.month else 0)


def _reach(telephone: str | None) -> str:
    """A telephone's nine last digits, whatever stands before."""
    if not telephone:
        return ""
    digits = "".join(filter(str.isdigit, telephone))[-9:]
    return digits if told(digits) else ""


# --- the index ---------------------------------------------------------------------------


def index(connection: Connection, persons: Collection[str] | None = None) -> None:
    """Keep these persons, or all, under the keys of what they are and were."""
    rows = ((person, kept(known)) for person, _, known in everybody(connection, persons))
    keep(connection, rows)


def stands(connection: Connection, person: str) -> set[int]:
    """Under which keys a person is to stand, by what is known of them."""
    return {key for _, _, known in everybody(connection, [person]) for key in kept(known)}


def move(connection: Connection, person: str, before: set[int]) -> None:
    """Keep a person under the keys of what they are now, no more under others of ``before``."""
    now = stands(connection, person)
    query = "DELETE FROM name_keys WHERE key = ? AND person = ?"
    connection.executemany(query, ((key, person) for key in before - now))
    keep(connection, [(person, now)])


def keep(connection: Connection, keys: Iterable[tuple[str, Iterable[int]]]) -> None:
    """Keep persons under these keys too."""
    every = [(key, person) for person, own in keys for key in own]
    every.sort()
    connection.executemany("INSERT INTO name_keys VALUES (?, ?) ON CONFLICT DO NOTHING", every)


def forget(connection: Connection, persons: Iterable[str]) -> None:
    """Take these persons out of the index."""
    connection.execute(
        "DELETE FROM name_keys WHERE person IN (SELECT value FROM json_each(?))",
        (json.dumps([*persons]),),
    )


def near(connection: Connection, places: Places) -> Iterator[tuple[int, str]]:
    """Who stands at these places of the index, with their key."""
    query = "SELECT key, person FROM name_keys WHERE key IN (SELECT value FROM json_each(?))"
    yield from connection.execute(query, (json.dumps([*places.keys]),))
    query = (
        "SELECT k.key, k.person FROM json_each(?) AS asked JOIN name_keys AS k ON k.key BETWEEN"
        " json_extract(asked.value, '$[0]') AND json_extract(asked.value, '$[1]')"
    )
    yield from connection.execute(query, (json.dumps([*places.spans]),))


def numbers(connection: Connection, persons: Collection[str]) -> Iterator[tuple[str, str]]:
    """The AGDREF numbers of these persons."""
    query = "SELECT id, agdref FROM people WHERE agdref IS NOT NULL AND id IN"
    query += " (SELECT value FROM json_each(?))"
    return iter(connection.execute(query, (json.dumps([*persons]),)))


def any_unborn(connection: Connection) -> bool:
    """Whether there is somebody whose birth is not known, or says nothing."""
    query = "SELECT 1 FROM people WHERE date_naissance IS NULL OR date_naissance < '1901' LIMIT 1"
    return connection.execute(query).fetchone() is not None


def population(connection: Connection) -> Population:
    """How many persons there are, and have a word or a telephone, as the index says."""
    (persons,) = connection.execute("SELECT count(*) FROM people").fetchone()
    query = "SELECT count(*) FROM name_keys WHERE key BETWEEN ? AND ?"

    def count(kind: str, value: str) -> int:
        key = key_of(kind, value)
        last = key | ((1 << DAYS) - 1 if kind == "word" else 0)
        return int(connection.execute(query, (key, last)).fetchone()[0])

    return Population(persons, count)


# --- persons as they are compared --------------------------------------------------------

_QUERY = (
    f"SELECT p.id, min(d.dossier), {', '.join(f'p.{name}' for name in COMPARED)},"
    " coalesce(d.commune_residence, d.commune_domicile, ''), coalesce(d.menage, '')"
    " FROM people AS p LEFT JOIN dossiers AS d ON d.personne = p.id"
)
_FORMER = (
    "SELECT person, field, former FROM identities WHERE former <> ''"
    " AND field IN ('nom', 'prenoms', 'nom_usage', 'date_naissance', 'agdref')"
)


def everybody(
    connection: Connection, persons: Collection[str] | None = None
) -> Iterator[tuple[str, str, Traits]]:
    """These persons, or all: their id, the first of their dossiers, what is compared of them."""
    asked = () if persons is None else (json.dumps([*persons]),)
    among = " WHERE {} IN (SELECT value FROM json_each(?))" if asked else ""
    former: dict[str, list[tuple[str, str]]] = {}
    query = _FORMER + among.format("person").replace("WHERE", "AND") + " ORDER BY id"
    for person, field, text in connection.execute(query, asked):
        former.setdefault(person, []).append((field, text))
    query = f"{_QUERY}{among.format('p.id')} GROUP BY p.id"
    for row in connection.execute(query, asked):
        yield row[0], row[1] or "", _traits_of(row, former.get(row[0], ()))


def _traits_of(row: tuple[Any, ...], former: Iterable[tuple[str, str]]) -> Traits:
    said = dict(zip(COMPARED, row[2:-2], strict=True))
    return traits(said, former, row[-2], row[-1])


def settled(connection: Connection) -> set[tuple[str, str]]:
    """The persons (ids, in order) of whom somebody has said that they are one, or two."""
    query = (
        "SELECT a.personne, b.personne FROM ties AS t JOIN dossiers AS a ON a.id = t.dossier"
        " JOIN dossiers AS b ON b.id = t.autre"
    )
    return {(min(pair), max(pair)) for pair in connection.execute(query)}


# --- names that sound so -----------------------------------------------------------------


def sounding(connection: Connection, text: str) -> list[str]:
    """The persons (ids) one of whose names has every word of a text, as it sounds."""
    wanted = [word(each) for each in words_of(text)]
    last = (1 << DAYS) - 1
    found: set[str] | None = None
    for each in wanted:
        starts = [key_of("word", key) for key in each.keys]
        places = Places(set(), {(key, key | last) for key in starts})
        holders = {person for _, person in near(connection, places)}
        found = holders if found is None else found & holders
    if not found:
        return []
    return [
        person
        for person, _, known in everybody(connection, found)
        if any(_has_all(names, wanted) for names in known.names)
    ]


def _has_all(names: Iterable[str], wanted: Iterable[Word]) -> bool:
    own = [word(each) for each in names]
    return all(any(alike(one, each) >= MATCH for one in own) for each in wanted)
