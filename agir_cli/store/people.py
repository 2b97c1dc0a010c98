"""Who the persons are: identity and contact, correctable and erasable, never in the journal."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple, cast

from agir_cli.domain.dates import PartialDate, from_edtf
from agir_cli.domain.fields import FIELDS, PERSON_FIELDS, loaded
from agir_cli.domain.identity import former_keys, name_key, number_key
from agir_cli.store import doubles
from agir_cli.store.driver import Columns, Connection, insert
from agir_cli.store.stamp import Stamp


class Holding(NamedTuple):
    """A person with one dossier of theirs, as admission needs to see it."""

    person: str
    values: Mapping[str, str | None]
    key: str
    dossier: str
    reference: str
    stage: str
    motive: str | None
    closed_on: str | None
    final: bool
    ends_by: str | None
    household: str | None = None
    linked: str | None = None
    """The reference of a dossier of the same person, linked to this one, that used the right up."""
    former: tuple[tuple[str, str], ...] = ()
    """What the person was called before, their former numbers and births: field and text."""

    @property
    def former_keys(self) -> frozenset[str]:
        """The keys under which the person could be found before."""
        return former_keys(self.values, self.former) if self.former else frozenset()

    def was(self, *names: str) -> list[str]:
        """What these fields of the person said before."""
        return [text for field, text in self.former if text and field in names]


def birth_of(holding: Holding) -> PartialDate | None:
    """The recorded birth, if it is known."""
    text = holding.values.get("date_naissance")
    return from_edtf(text) if text else None


_HOLDINGS = (
    f"SELECT {', '.join(f'p.{c}' for c in ('id', *PERSON_FIELDS))}, p.name_key, d.id, d.dossier,"
    " d.etape, d.motif, d.date_cloture, d.definitif, d.fin_au_plus_tard,"
    " d.menage,"
    " (SELECT x.dossier FROM ties t JOIN dossiers x ON x.id = iif(t.dossier = d.id, t.autre,"
    " t.dossier) WHERE (t.dossier = d.id OR t.autre = d.id) AND t.sorte = 'meme'"
    " AND x.definitif = 'oui' LIMIT 1)"
    " FROM people p JOIN dossiers d ON d.personne = p.id"
)


def holdings(
    connection: Connection,
    *,
    numbers: Iterable[str] = (),
    keys: Iterable[str] = (),
    dossiers: Iterable[str] = (),
    persons: Iterable[str] = (),
) -> list[Holding]:
    """Everyone of the file who has, or had, one of these AGDREF numbers or name keys.

    And whose dossiers (ids) these are, and these persons (ids).
    """
    found: dict[tuple[str, str], Holding] = {}
    numbers, keys = list(numbers), list(keys)
    before = [*{*map(number_key, numbers), *keys}]
    asked = (
        ("p.agdref", numbers), ("p.name_key", keys), ("d.id", list(dossiers)),
        ("p.id", list(persons)),        (_FORMERLY, before),
    )  # fmt: skip
    for column, wanted in asked:
        if not wanted:
            continue
        end = ")" if column is _FORMERLY else ""
        query = f"{_HOLDINGS} WHERE {column} IN (SELECT value FROM json_each(?)){end}"
        for row in connection.execute(query, (json.dumps(wanted),)):
            holding = _holding(row)
            found[holding.person, holding.dossier] = holding
    former = _former(connection, {person for person, _ in found})
    return [h._replace(former=former[h.person]) if h.person in former else h
            for h in found.values()]  # fmt: skip


_FORMERLY = "p.id IN (SELECT person FROM former_keys WHERE key"
_COMPARED = ("nom", "prenoms", "nom_usage", "agdref", "date_naissance")
"""What may tell that two are one, whatever it was called since."""
_FOUND_BY = (*_COMPARED, "telephone", "courriel")


def _former(
    connection: Connection, persons: Collection[str]
) -> dict[str, tuple[tuple[str, str], ...]]:
    query = (
        "SELECT person, field, former FROM identities"
        " WHERE person IN (SELECT value FROM json_each(?))"
        " AND field IN (SELECT value FROM json_each(?)) ORDER BY id"
    )
    asked = (json.dumps([*persons]), json.dumps(_COMPARED))
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for person, *said in connection.execute(query, asked) if persons else ():
        found[person] = (*found.get(person, ()), (said[0], said[1]))
    return found


def _holding(row: tuple[Any, ...]) -> Holding:
    count = len(PERSON_FIELDS)
    person, values, rest = row[0], row[1 : count + 1], row[count + 1 :]
    key, dossier, reference, stage, motive, closed_on, final, ends_by, household, linked = rest
    return Holding(
        person, dict(zip(PERSON_FIELDS, values, strict=True)), key, dossier, reference, stage,
        motive, closed_on, final == "oui" or linked is not None, ends_by, household, linked,
    )  # fmt: skip


def person_of(connection: Connection, dossier: str) -> tuple[str, dict[str, str | None]] | None:
    """The person of a dossier, as `(id, stored texts by field)`.

    Raises `ValueError` for a text that says nothing of its field.
    """
    query = (
        f"SELECT {', '.join(f'p.{c}' for c in ('id', *PERSON_FIELDS))} FROM people p"
        " JOIN dossiers d ON d.personne = p.id WHERE d.id = ?"
    )
    row = connection.execute(query, (dossier,)).fetchone()
    if row is None:
        return None
    values = dict(zip(PERSON_FIELDS, row[1:], strict=True))
    loaded({name: text for name, text in values.items() if text is not None})
    return row[0], values


_WRITTEN = tuple((name, FIELDS[name].type.write) for name in PERSON_FIELDS)


def written_values(command: object) -> dict[str, str]:
    """The stored texts of what a command gives of a person; what is not given is left out."""
    values = ((name, write, getattr(command, name, None)) for name, write in _WRITTEN)
    return {name: write(value) for name, write, value in values if value is not None}


class NewPerson(NamedTuple):
    """A person to insert: their id, their name's key, their stored texts."""

    id: str
    key: str
    values: Mapping[str, str | None]
    keys: Collection[int] = ()
    """Under which their doubles are looked for (`doubles`)."""


class Renewal(NamedTuple):
    """A person whose stored texts change: what they were and what they become."""

    person: str
    former: Mapping[str, str | None]
    changed: Mapping[str, str | None]
    event: str
    """The event of the journal that says which fields."""


class Former(NamedTuple):
    """What a person was called, or was written as, elsewhere or before; nothing of them changes."""

    person: str
    values: Mapping[str, str | None]
    """What they are now."""
    said: Mapping[str, str]
    event: str


def write_people(
    connection: Connection, changes: Iterable[NewPerson | Renewal | Former], stamp: Stamp
) -> None:
    """Insert and change persons, in this order: a number may pass from one to another."""
    for kind, same in groupby(changes, key=type):
        if kind is NewPerson:
            _insert_people(connection, cast(Iterator[NewPerson], same))
        elif kind is Former:
            for each in cast(Iterator[Former], same):
                now = {name: each.values.get(name) for name in each.said}
                _keep_former(connection, Renewal(each.person, each.said, now, each.event), stamp)
                keep_former_keys(connection, [each.person])
                doubles.index(connection, [each.person])
        else:
            _update_people(connection, cast(Iterator[Renewal], same), stamp)


def _insert_people(connection: Connection, people: Iterable[NewPerson]) -> None:
    new = list(people)
    columns: Columns = {"id": [p.id for p in new], "name_key": [p.key for p in new]}
    insert(
        connection, "people", columns | {n: [p.values.get(n) for p in new] for n in PERSON_FIELDS}
    )
    doubles.keep(connection, ((p.id, p.keys) for p in new))


def _update_people(connection: Connection, renewals: Iterable[Renewal], stamp: Stamp) -> None:
    """Change persons; each former value is kept in `identities`."""
    for renewal in renewals:
        found_by = not renewal.changed.keys().isdisjoint(_FOUND_BY)
        before = doubles.stands(connection, renewal.person) if found_by else set()
        _keep_former(connection, renewal, stamp)
        set_values(connection, {renewal.person: {**renewal.former, **renewal.changed}})
        if not renewal.changed.keys().isdisjoint(_COMPARED):
            keep_former_keys(connection, [renewal.person])
        if found_by:
            doubles.move(connection, renewal.person, before)


def _keep_former(connection: Connection, renewal: Renewal, stamp: Stamp) -> None:
    connection.executemany(
        "INSERT INTO identities"
        " (person, field, former, current, recorded_at, author, batch, event)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (renewal.person, name, renewal.former.get(name) or "", value,
             stamp.recorded_at, stamp.author, stamp.batch, renewal.event)
            for name, value in renewal.changed.items()
        ],
    )  # fmt: skip


def everyone(connection: Connection) -> list[str]:
    """All persons (ids)."""
    return [row[0] for row in connection.execute("SELECT id FROM people")]


def finally_ended(connection: Connection) -> set[str]:
    """The persons (ids) one of whose dossiers has a final end."""
    query = (
        "SELECT personne FROM dossiers WHERE definitif = 'oui'"
        " AND EXISTS (SELECT 1 FROM people WHERE people.id = personne)"
    )
    return {row[0] for row in connection.execute(query)}


def renamed(connection: Connection, persons: Iterable[str]) -> list[str]:
    """Those of these persons (ids) whose name, birth or number was another before."""
    return [*_former(connection, [*persons])]


def keep_former_keys(connection: Connection, persons: Iterable[str] | None = None) -> None:
    """Make the list by which these persons, or all, are found under what they were before."""
    wanted = json.dumps(_changed(connection) if persons is None else [*persons])
    whose = "IN (SELECT value FROM json_each(?))"
    connection.execute(f"DELETE FROM former_keys WHERE person {whose}", (wanted,))
    former = _former(connection, json.loads(wanted))
    query = f"SELECT id, nom, prenoms, agdref FROM people WHERE id {whose}"
    rows = connection.execute(query, (wanted,)).fetchall() if former else []
    connection.executemany(
        "INSERT INTO former_keys (key, person) VALUES (?, ?)",
        (
            (key, person)
            for person, nom, prenoms, number in rows
            for key in former_keys(
                {"nom": nom, "prenoms": prenoms, "agdref": number}, former.get(person, ())
            )
        ),
    )


def _changed(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT DISTINCT person FROM identities")]


def values_of(connection: Connection, persons: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """The stored texts of these persons, by id then by field."""
    rows = connection.execute(
        f"SELECT id, {', '.join(PERSON_FIELDS)} FROM people"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps([*persons]),),
    )
    return {row[0]: dict(zip(PERSON_FIELDS, row[1:], strict=True)) for row in rows}


def set_values(connection: Connection, values: Mapping[str, Mapping[str, str | None]]) -> None:
    """Write the stored texts of these persons (complete, by id), and the keys of their names."""
    names = ", ".join(f"{name} = ?" for name in PERSON_FIELDS)
    connection.executemany(
        f"UPDATE people SET {names}, name_key = ? WHERE id = ?",
        (
            (*map(v.get, PERSON_FIELDS), name_key(v.get("nom"), v.get("prenoms")), person)
            for person, v in values.items()
        ),
    )


def former_values(connection: Connection, person: str) -> list[tuple[str, str, str, str]]:
    """Former values of a person, oldest first, as `(field, former, recorded_at, author)`."""
    query = (
        "SELECT field, former, recorded_at, author FROM identities"
        " WHERE person = ? AND former <> '' ORDER BY id"
    )
    return [tuple(row) for row in connection.execute(query, (person,))]


def set_keys(connection: Connection, keys: Iterable[tuple[str, str]]) -> None:
    """Write the keys by which names are found, as `(person, key)`."""
    connection.executemany(
        "UPDATE people SET name_key = ? WHERE id = ?", ((key, person) for person, key in keys)
    )
