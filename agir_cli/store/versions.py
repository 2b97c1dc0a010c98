"""What the events of every site say of a person, in their written order: who the person now is.

An event that sets values of a person has them beside it (`beside_records`), as one version; a file
holds a person as the last version of each field.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from agir_cli.domain.events import Kind
from agir_cli.domain.fields import PERSON_FIELDS
from agir_cli.domain.identity import name_key
from agir_cli.store import doubles, people
from agir_cli.store.driver import Connection, upsert


class _Version(NamedTuple):
    """What one event says of a person, in the written order of such events."""

    recorded_at: str
    event: str
    author: str
    batch: str | None
    said: Mapping[str, Any]


def keep_persons(connection: Connection, persons: Collection[str]) -> None:
    """Make these persons what their versions say, wherever they were written.

    The last one said holds; what an opening says only fills in what no other has said.
    """
    alive = _alive(connection, persons)
    values, history = dict[str, dict[str, Any]](), list[tuple[Any, ...]]()
    for person, versions in _versions(connection, alive):
        now: dict[str, Any] = {}
        for each in versions:
            history += _followed(now, person, each)
        if now.get("nom") or now.get("prenoms"):
            values[person] = now
    _write_persons(connection, values, history)
    gone = [person for person in persons if person not in alive]
    if gone:
        ids = json.dumps(gone)
        for table, column in (("people", "id"), ("beside_records", "personne")):
            query = f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"
            connection.execute(query, (ids,))
        doubles.forget(connection, gone)


def _alive(connection: Connection, persons: Collection[str]) -> set[str]:
    query = "SELECT personne FROM dossiers WHERE personne IN (SELECT value FROM json_each(?))"
    return {row[0] for row in connection.execute(query, (json.dumps([*persons]),))}


def _versions(
    connection: Connection, persons: Collection[str]
) -> Iterator[tuple[str, list[_Version]]]:
    query = (
        "SELECT b.personne, e.recorded_at, e.id, e.author, e.batch, b.dit FROM beside_records AS b"
        " JOIN events AS e ON e.site = b.site AND e.seq = b.seq"
        " WHERE b.personne IN (SELECT value FROM json_each(?)) AND NOT EXISTS (SELECT 1 FROM"
        " events AS v WHERE v.dossier = e.dossier AND v.kind = ?"
        " AND json_extract(v.payload, '$.event') = e.id) ORDER BY 1, 2, 3"
    )
    rows = connection.execute(query, (json.dumps([*persons]), Kind.EVENT_VOIDED))
    for person, group in groupby(rows, key=itemgetter(0)):
        yield (
            person,
            [
                _Version(moment, event, author, batch, json.loads(said)["personne"])
                for _, moment, event, author, batch, said in group
            ],
        )


def _followed(now: dict[str, Any], person: str, each: _Version) -> Iterator[tuple[Any, ...]]:
    """Let a version follow; the rows of what the person was before it."""
    for name, value in each.said.get("valeurs", {}).items():
        now.setdefault(name, value)
    told = (each.recorded_at, each.author, each.batch, each.event)
    for name, value in each.said.get("apres", {}).items():
        former = now.get(name)
        now[name] = value
        if name in PERSON_FIELDS and former != value:
            yield (person, name, former or "", value, *told)
    for name, former in each.said.get("dit", {}).items():
        if name in PERSON_FIELDS:
            yield (person, name, former or "", now.get(name), *told)


def _write_persons(
    connection: Connection, values: Mapping[str, Mapping[str, Any]],
    history: Sequence[tuple[Any, ...]],
) -> None:  # fmt: skip
    names = ("id", "name_key", *PERSON_FIELDS)
    connection.executemany(
        upsert("people", names, "id"),
        (
            (person, name_key(now.get("nom"), now.get("prenoms")), *map(now.get, PERSON_FIELDS))
            for person, now in values.items()
        ),
    )
    ids = json.dumps([*values])
    connection.execute(
        "DELETE FROM identities WHERE event IS NOT NULL"
        " AND person IN (SELECT value FROM json_each(?))",
        (ids,),
    )
    connection.executemany(
        "INSERT INTO identities (person, field, former, current, recorded_at, author, batch, event)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        history,
    )
    people.keep_former_keys(connection, values)
    doubles.forget(connection, values)
    doubles.index(connection, values)
