"""Who the persons are: identity and contact, correctable and erasable, never in the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from agir_cli.domain.fields import FIELDS
from agir_cli.domain.identity import name_key
from agir_cli.store.driver import Connection
from agir_cli.store.stamp import Stamp

PERSON_FIELDS = (
    "agdref", "nom", "prenoms", "nom_usage", "date_naissance", "sexe", "nationalite", "langues",
    "telephone", "courriel",
)  # fmt: skip
_COLUMNS = ", ".join(("id", *PERSON_FIELDS))
_KEPT_FORMER = frozenset(PERSON_FIELDS)


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


_HOLDINGS = (
    f"SELECT {', '.join(f'p.{c}' for c in ('id', *PERSON_FIELDS))}, p.name_key, d.id, d.dossier,"
    " d.etape, d.motif, d.date_cloture, d.definitif, d.fin_au_plus_tard"
    " FROM people p JOIN dossiers d ON d.personne = p.id"
)


def holdings(
    connection: Connection, *, numbers: Iterable[str] = (), keys: Iterable[str] = ()
) -> list[Holding]:
    """Everyone of the file with one of these AGDREF numbers or one of these name keys."""
    found: dict[tuple[str, str], Holding] = {}
    for column, wanted in (("agdref", list(numbers)), ("name_key", list(keys))):
        if not wanted:
            continue
        query = f"{_HOLDINGS} WHERE p.{column} IN (SELECT value FROM json_each(?))"
        for row in connection.execute(query, (json.dumps(wanted),)):
            holding = _holding(row)
            found[holding.person, holding.dossier] = holding
    return list(found.values())


def _holding(row: tuple[Any, ...]) -> Holding:
    count = len(PERSON_FIELDS)
    person, values, rest = row[0], row[1 : count + 1], row[count + 1 :]
    key, dossier, reference, stage, motive, closed_on, final, ends_by = rest
    return Holding(
        person, dict(zip(PERSON_FIELDS, values, strict=True)), key, dossier, reference, stage,
        motive, closed_on, final == "oui", ends_by,
    )  # fmt: skip


def person_of(connection: Connection, dossier: str) -> tuple[str, dict[str, str | None]] | None:
    """The person of a dossier, as `(id, stored texts by field)`."""
    query = (
        f"SELECT {', '.join(f'p.{c}' for c in ('id', *PERSON_FIELDS))} FROM people p"
        " JOIN dossiers d ON d.personne = p.id WHERE d.id = ?"
    )
    row = connection.execute(query, (dossier,)).fetchone()
    if row is None:
        return None
    return row[0], dict(zip(PERSON_FIELDS, row[1:], strict=True))


def written_values(values: Mapping[str, Any]) -> dict[str, str]:
    """The stored texts of a person's given values; what is not given is left out."""
    return {
        name: FIELDS[name].type.write(values[name])
        for name in PERSON_FIELDS
        if values.get(name) is not None
    }


def insert_people(connection: Connection, people: Iterable[tuple[str, Mapping[str, str]]]) -> None:
    """Insert new persons, given as `(id, stored texts)`."""
    marks = ", ".join("?" * (len(PERSON_FIELDS) + 2))
    connection.executemany(
        f"INSERT INTO people ({_COLUMNS}, name_key) VALUES ({marks})",
        (
            (
                id_,
                *map(values.get, PERSON_FIELDS),
                name_key(values.get("nom"), values.get("prenoms")),
            )
            for id_, values in people
        ),
    )


class Renewal(NamedTuple):
    """A person whose stored texts change: what they were and what they become."""

    person: str
    former: Mapping[str, str | None]
    changed: Mapping[str, str]


def update_people(connection: Connection, renewals: Iterable[Renewal], stamp: Stamp) -> None:
    """Change persons; each former value is kept in `identities`."""
    for renewal in renewals:
        connection.executemany(
            "INSERT INTO identities (person, field, former, current, recorded_at, author, batch)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (renewal.person, name, renewal.former.get(name) or "", value,
                 stamp.recorded_at, stamp.author, stamp.batch)
                for name, value in renewal.changed.items()
            ],
        )  # fmt: skip
        now = {**renewal.former, **renewal.changed}
        names = ", ".join(f"{name} = ?" for name in PERSON_FIELDS)
        connection.execute(
            f"UPDATE people SET {names}, name_key = ? WHERE id = ?",
            (
                *map(now.get, PERSON_FIELDS),
                name_key(now.get("nom"), now.get("prenoms")),
                renewal.person,
            ),
        )


def former_values(connection: Connection, person: str) -> list[tuple[str, str, str, str]]:
    """Former values of a person, oldest first, as `(field, former, recorded_at, author)`."""
    query = (
        "SELECT field, former, recorded_at, author FROM identities"
        " WHERE person = ? AND former <> '' ORDER BY id"
    )
    return [tuple(row) for row in connection.execute(query, (person,))]
