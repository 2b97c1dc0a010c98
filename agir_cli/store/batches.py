"""The imports of a file: listed, found by their number; and what is taken out again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from agir_cli.domain.decisions.undoing import Recording
from agir_cli.domain.events import Kind
from agir_cli.failures import NotFoundFailure
from agir_cli.store import seal
from agir_cli.store.doubles import forget, index
from agir_cli.store.driver import Connection
from agir_cli.store.journal import EMPTIED
from agir_cli.store.people import keep_former_keys, set_values

_COLUMNS = (
    "id, commande, fichier, lus, crees, modifies, inchanges, mis_de_cote, rejetes,"
    " enregistre_le, auteur, annule_par"
)


class Batch(NamedTuple):
    """One import: its file, its counts, when (UTC instant) and by whom; who undid it."""

    id: str
    command: str
    file: str
    read: int
    created: int
    updated: int
    unchanged: int
    set_aside: int
    rejected: int
    recorded_at: str
    author: str
    undone_by: str | None


class KnownFile(NamedTuple):
    """This very file has been imported before."""

    recorded_at: str
    author: str
    batch: str


def known_file(connection: Connection, digest: str, verb: str) -> KnownFile | None:
    """When this very file was last imported by this command, and not undone since."""
    row = connection.execute(
        "SELECT enregistre_le, auteur, id FROM batches WHERE empreinte = ? AND commande = ?"
        " AND annule_par IS NULL ORDER BY id DESC LIMIT 1",
        (digest, verb),
    ).fetchone()
    return KnownFile(*row) if row else None


def keep_batch(connection: Connection, batch: Batch, digest: str) -> None:
    """Keep an import among the batches, so that it can be recognised, listed and undone."""
    connection.execute(
        f"INSERT INTO batches ({_COLUMNS}, empreinte) VALUES ({', '.join('?' * 13)})",
        (*batch, digest),
    )


def every_batch(connection: Connection) -> list[Batch]:
    """Every import, the latest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM batches ORDER BY id DESC")
    return [Batch(*row) for row in rows]


def one_batch(connection: Connection, text: str) -> Batch:
    """The import of that number (the first is 1), or whose id begins so.

    Raises `NotFoundFailure` with the candidates.
    """
    wanted, every = text.strip().upper(), every_batch(connection)
    if wanted.isdecimal() and not wanted.startswith("0") and int(wanted) <= len(every):
        return every[-int(wanted)]
    found = [b for b in every if wanted and b.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFoundFailure(
            f"Aucun lot ne commence par « {text[:40]} ».", "Les lots : agir batches"
        )
    raise NotFoundFailure(
        f"« {text[:40]} » désigne plusieurs lots :",
        *(f"  {b.id}  {b.command}  {b.file}  {b.recorded_at[:10]}" for b in found[:12]),
        "Donnez un numéro plus long.",
    )


def undone_batches(connection: Connection) -> frozenset[str]:
    """The numbers of the imports that were undone."""
    rows = connection.execute("SELECT id FROM batches WHERE annule_par IS NOT NULL")
    return frozenset(row[0] for row in rows)


def mark_undone(connection: Connection, batch: str, told: str) -> None:
    """Keep who undid an import, and when."""
    connection.execute("UPDATE batches SET annule_par = ? WHERE id = ?", (told, batch))


UNDOING = "annulation du "
"""How the reason begins of what is voided by taking an act back, and not by correcting it."""


def last_act(connection: Connection, author: str, site: str) -> tuple[Recording, str] | None:
    """What this author last recorded here that nothing has voided since; how it corrects, if so.

    What has only taken an act back is none: taken back twice, the one before is meant. A fact
    voided by hand (« annulation ») or redated (« date ») is one.
    """
    rows = connection.execute(
        "SELECT recorded_at, id, batch, kind, payload, author, value FROM events AS e"
        " LEFT JOIN texts ON event = id AND field = 'raison' AND kind = 'event_voided'"
        f" WHERE site = ? AND kind NOT IN (?, ?) AND {seal.RECORDED_THERE} ORDER BY seq DESC",
        (site, Kind.DIRECTORY_CHANGED, Kind.PERSON_ERASED),
    )
    gone: set[str] = set()
    for moment, group in groupby(rows, key=itemgetter(0)):
        mine: list[str] = []
        voids = replaces = by_hand = False
        for _, id_, batch, kind, payload, who, reason in group:
            if payload == EMPTIED:
                continue
            if kind == Kind.EVENT_VOIDED:
                gone.add(json.loads(payload)["event"])
                voids = True
                by_hand = by_hand or (who == author and not (reason or UNDOING).startswith(UNDOING))
            elif who == author and id_ not in gone:
                if batch:
                    return Recording(batch=batch), ""
                mine.append(id_)
                replaces = replaces or "remplace" in json.loads(payload)
        if mine and (replaces or not voids):
            return Recording(moment=moment, author=author, first=min(mine)), "date" * voids
        if by_hand:
            return Recording(moment=moment, author=author), "annulation"
    return None


def _where(what: Recording, event: str) -> tuple[str, tuple[str, ...]]:
    """SQL for the rows of what is taken back; ``event``: the column that names theirs."""
    if what.event:
        return f"{event} = ?", (what.event,)
    if what.batch:
        return "batch = ?", (what.batch,)
    told = f"{event} >= ? AND batch IS NULL AND recorded_at = ? AND author = ?"
    return told, (what.first, what.moment, what.author)


def dossiers_of(connection: Connection, what: Recording) -> list[str]:
    """The dossiers (ids) in which it recorded something, in the order of recording."""
    where, values = _where(what, "id")
    query = f"SELECT dossier FROM events WHERE {where} GROUP BY dossier ORDER BY min(id)"
    return [row[0] for row in connection.execute(query, values)]


def joiners_of(connection: Connection, references: Iterable[str]) -> list[tuple[str, str]]:
    """Who joins these dossiers, as `(id of the joiner, reference joined)`."""
    query = "SELECT id, rejoint FROM dossiers WHERE rejoint IN (SELECT value FROM json_each(?))"
    return [tuple(row) for row in connection.execute(query, (json.dumps(list(references)),))]


class Renewed(NamedTuple):
    """A value of a person that was changed: what it was before, what was made of it."""

    person: str
    field: str
    former: str
    current: str | None
    last: int
    """The row of `identities` that says so: what comes after it came since."""


def renewed_by(connection: Connection, what: Recording) -> list[Renewed]:
    """The values of persons that it changed, one a person and field."""
    found: dict[tuple[str, str], Renewed] = {}
    where, values = _where(what, "event")
    query = f"SELECT person, field, former, current, id FROM identities WHERE {where} ORDER BY id"
    rows = connection.execute(query, values)
    for person, field, former, current, row in rows:
        first = found.get((person, field))
        kept = first.former if first is not None else former
        found[person, field] = Renewed(person, field, kept, current, row)
    return list(found.values())


def changed_since(
    connection: Connection, what: Recording, persons: Iterable[str]
) -> list[tuple[str, str, int, str, str]]:
    """What others changed in these persons, as `(person, field, row, recorded_at, author)`."""
    where, values = _where(what, "event")
    rows = connection.execute(
        "SELECT person, field, id, recorded_at, author FROM identities"
        f" WHERE person IN (SELECT value FROM json_each(?)) AND ({where}) IS NOT TRUE ORDER BY id",
        (json.dumps(list(persons)), *values),
    )
    return [tuple(row) for row in rows]


def number_holders(connection: Connection, numbers: Iterable[str]) -> dict[str, str]:
    """Who holds these AGDREF numbers: the person's id, by number."""
    rows = connection.execute(
        "SELECT agdref, id FROM people WHERE agdref IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    )
    return dict(rows)


def restore_people(
    connection: Connection, what: Recording, restored: Mapping[str, Mapping[str, str | None]]
) -> None:
    """Give these persons (complete stored values by id) what they had before it.

    What it had changed leaves their former values too: it was never theirs.
    """
    where, values = _where(what, "event")
    # Two persons may exchange their numbers: none is given before all are free.
    connection.executemany("UPDATE people SET agdref = NULL WHERE id = ?", ((p,) for p in restored))
    set_values(connection, restored)
    connection.executemany(
        f"DELETE FROM identities WHERE {where} AND person = ?", ((*values, p) for p in restored)
    )
    keep_former_keys(connection, restored)
    forget(connection, restored)
    index(connection, restored)


def remove_people(connection: Connection, persons: Iterable[str]) -> None:
    """Remove persons who have no dossier left, with their former values."""
    removed = [*persons]
    connection.executemany(
        "DELETE FROM people WHERE id = ?"
        " AND NOT EXISTS (SELECT 1 FROM dossiers WHERE personne = people.id)",
        ((person,) for person in removed),
    )
    connection.executemany(
        "DELETE FROM beside_records WHERE personne = ?"
        " AND NOT EXISTS (SELECT 1 FROM people WHERE id = beside_records.personne)",
        ((person,) for person in removed),
    )
    forget(connection, removed)
    index(connection, removed)  # those who have another dossier stay


def remove_words(connection: Connection, events: Iterable[str]) -> None:
    """Remove the erasable words of these events."""
    connection.executemany("DELETE FROM texts WHERE event = ?", ((event,) for event in events))
