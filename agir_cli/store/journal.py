"""The journal, and `append`, by which this site writes to it and to its projection.

Events of another site, or of a handover, are put there as they were written (`stream`, `handover`).

Everything here runs inside a transaction that the caller has begun (`driver.writing`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from json.encoder import encode_basestring as _quoted
from typing import Any, NamedTuple

from agir_cli.domain.dates import PartialDate, bounds
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import Judged, judged
from agir_cli.domain.events import NOTHING, Event, Kind
from agir_cli.domain.fields import FIELDS, change_told, loaded
from agir_cli.domain.folding import fold
from agir_cli.domain.rules import Rulebook
from agir_cli.failures import FileFailure
from agir_cli.store import doubles, migrations, people, seal
from agir_cli.store.directory import joined_referents
from agir_cli.store.driver import Columns, Connection, insert
from agir_cli.store.lists import DOSSIER_COLUMNS, FOLDED
from agir_cli.store.projection import projected

EVENT_COLUMNS = (
    "id", "dossier", "kind", "effective_from", "effective_to", "recorded_at", "author", "batch",
    "payload",
)  # fmt: skip
_EVENT_COLUMNS = ", ".join(EVENT_COLUMNS)
EMPTIED = '{"vide":""}'
"""What an event of an erased person says: its chain keeps the salted digest of what it said."""
STATISTICS = "~"
"""The end of the name of the chain that holds what figures still count of erased persons."""


class UnreadableEvent(FileFailure):
    """An event of the journal that cannot be read: the file was changed by something else."""

    def __init__(self, event: str, dossier: str, part: str) -> None:
        super().__init__(
            f"Le journal est endommagé : l'événement {event} du dossier {dossier} ne se lit pas"
            f" ({part}).",
            "Reprenez la dernière sauvegarde ; agir check dit tout ce qui est touché.",
        )
        self.event, self.dossier, self.part = event, dossier, part


class Change(NamedTuple):
    """What a command does to one dossier: its new events, and what they make of it.

    ``fresh``: the dossier had no event before.
    """

    dossier: str
    events: Sequence[Event]
    after: Judged
    fresh: bool = False


def load(
    connection: Connection, dossiers: Iterable[str], *, words: bool = False
) -> dict[str, list[Event]]:
    """The events of these dossiers, as `{dossier: [events]}`; with their erasable words or not."""
    wanted = json.dumps(list(dossiers))
    found: dict[str, list[Event]] = {}
    texts = _texts(connection, wanted) if words else {}
    query = (
        f"SELECT {_EVENT_COLUMNS} FROM events WHERE payload <> '{EMPTIED}'"
        " AND dossier IN (SELECT value FROM json_each(?)) ORDER BY dossier, id"
    )
    joined = joined_referents(connection)
    for row in connection.execute(query, (wanted,)):
        try:
            event = event_of(row)
        except UnreadableEvent as fault:
            raise with_reference(connection, fault) from None
        if joined:
            event = _of_one(event, joined)
        if event.id in texts:
            event = event._replace(texts=texts[event.id])
        found.setdefault(event.dossier, []).append(event)
    return found


def every(
    connection: Connection, unreadable: Callable[[UnreadableEvent], None] | None = None
) -> Iterator[list[Event]]:
    """The events of every dossier, one dossier at a time, without their words.

    ``unreadable`` is told of an event that cannot be read, which is then left out; without it
    the first one is raised.
    """
    query = f"SELECT {_EVENT_COLUMNS} FROM events WHERE payload <> '{EMPTIED}' ORDER BY dossier, id"
    joined = joined_referents(connection)
    current: list[Event] = []
    for row in connection.execute(query):
        try:
            event = event_of(row)
        except UnreadableEvent as fault:
            if unreadable is None:
                raise
            unreadable(fault)
            continue
        if joined:
            event = _of_one(event, joined)
        if current and current[0].dossier != event.dossier:
            yield current
            current = []
        current.append(event)
    if current:
        yield current


def _texts(connection: Connection, wanted: str) -> dict[str, dict[str, str]]:
    query = (
        "SELECT texts.event, texts.field, texts.value FROM texts JOIN events ON events.id ="
        " texts.event WHERE events.dossier IN (SELECT value FROM json_each(?))"
    )
    found: dict[str, dict[str, str]] = {}
    for event, field, value in connection.execute(query, (wanted,)):
        found.setdefault(event, {})[field] = value
    for event, field, former, current in connection.execute(_CHANGES, (wanted,)):
        told = change_told(field, former, current)
        said = found.setdefault(event, {})
        said["change"] = f"{said['change']} ; {told}" if "change" in said else told
    return found


_CHANGES = (
    "SELECT identities.event, identities.field, former, current FROM identities JOIN events"
    " ON events.id = identities.event WHERE events.dossier IN (SELECT value FROM json_each(?))"
    " ORDER BY identities.id"
)


def event_of(row: Sequence[Any]) -> Event:
    """An event from its `EVENT_COLUMNS`, without its words. Raises `UnreadableEvent`."""
    id_, dossier, kind, first, last, recorded_at, author, batch, payload = row
    try:
        on = PartialDate(date.fromisoformat(first), date.fromisoformat(last)) if first else None
        known = loaded(json.loads(payload)) if payload != "{}" else NOTHING
        datetime.fromisoformat(recorded_at)
        return Event(id_, dossier, Kind(kind), on, known, recorded_at, author, batch)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise UnreadableEvent(id_, dossier, _unread_part(kind, first, last, recorded_at)) from None


def _of_one(event: Event, joined: Mapping[str, str]) -> Event:
    """The event with the code that its référents are known by since they joined another."""
    said = event.payload
    names = [name for name in ("referent", "second_referent") if said.get(name) in joined]
    new = {name: joined[said[name]] for name in names}
    return event._replace(payload={**event.payload, **new}) if new else event


def with_reference(connection: Connection, fault: UnreadableEvent) -> UnreadableEvent:
    """The same failure, with the reference of its dossier where the list has it."""
    query = "SELECT dossier FROM dossiers WHERE id = ?"
    row = connection.execute(query, (fault.dossier,)).fetchone()
    return UnreadableEvent(fault.event, row[0], fault.part) if row else fault


def numbers_given(connection: Connection, site: str) -> dict[str, int]:
    """The last number given of each series by a site, or any (`*`): dossiers, actions, listings."""
    query = (
        "SELECT rtrim(begun, '-'), max(CAST(substr(name, length(begun) + 1) AS INTEGER)) FROM"
        " (SELECT name, rtrim(name, '0123456789') AS begun FROM (SELECT coalesce("
        "json_extract(payload, '$.dossier'), json_extract(payload, '$.action'), 'listing-' ||"
        " json_extract(payload, '$.listing')) AS name FROM events WHERE site GLOB ?"
        " AND kind IN (?, ?, ?))) WHERE name IS NOT NULL GROUP BY 1"
    )
    kinds = (Kind.DOSSIER_OPENED, Kind.ACTION_RECORDED, Kind.LISTING_SENT)
    return dict(connection.execute(query, (site, *kinds)))


def ends_voided(connection: Connection) -> dict[str, str]:
    """When an end of a dossier was last voided, of each person (id) who has such a dossier."""
    query = (
        "SELECT d.personne, max(v.recorded_at) FROM events AS v JOIN events AS e"
        " ON e.id = json_extract(v.payload, '$.event') AND e.kind IN (?, ?)"
        " JOIN dossiers AS d ON d.id = v.dossier WHERE v.kind = ? GROUP BY d.personne"
    )
    kinds = (Kind.CONTRACT_REFUSED, Kind.DOSSIER_CLOSED, Kind.EVENT_VOIDED)
    return dict(connection.execute(query, kinds))


def _unread_part(kind: str, first: str | None, last: str | None, recorded_at: str) -> str:
    """Which part of an event cannot be read, without a word of what it holds."""
    if kind not in {known.value for known in Kind}:
        return "sa nature est inconnue"
    try:
        for day in filter(None, (first, last)):
            date.fromisoformat(day)
    except ValueError:
        return "sa date n'en est pas une"
    try:
        datetime.fromisoformat(recorded_at)
    except ValueError:
        return "l'instant de sa saisie n'en est pas un"
    return "son contenu est coupé ou changé"


# --- writing -----------------------------------------------------------------------------


def append(
    connection: Connection, changes: Sequence[Change], site: str, rulebook: Rulebook
) -> None:
    """Add these events to the journal and bring the lists of their dossiers up to date."""
    new = sorted((event for change in changes for event in change.events), key=_id)
    insert_events(connection, new, site)
    for fresh in (True, False):
        same = [change for change in changes if change.fresh is fresh]
        project_judged(
            connection, [c.after for c in same if c.after.state.id], rulebook, fresh=fresh
        )
        # A dossier whose opening was voided (`agir undo`) has no state, hence no row.
        remove(connection, [c.dossier for c in same if not c.after.state.id])


def _id(event: Event) -> str:
    return event.id


def insert_events(connection: Connection, new: Sequence[Event], site: str) -> None:
    """Add these events to the chain of a site, and nothing else."""
    if not new:
        return
    ids, dossiers, kinds, days, payloads, recorded, authors, batches, texts = zip(*new, strict=True)
    first, last = zip(*map(bounds, days), strict=True)
    before, link = seal.last_link(connection, site)
    numbers = range(before + 1, before + 1 + len(ids))
    columns: Columns = {
        "id": ids,
        "dossier": dossiers,
        "kind": list(map(str, kinds)),
        "effective_from": first,
        "effective_to": last,
        "recorded_at": recorded,
        "author": authors,
        "site": [site] * len(ids),
        "seq": numbers,
        "batch": batches,
    }
    told = zip(*(columns[name] for name in seal.COLUMNS), strict=True)
    written = [_payload_text(said) if said else "{}" for said in payloads]
    salts = seal.salts(len(ids))
    links = list(seal.chained(link, told, salts, written))
    insert(connection, "events", columns | {"payload": written, "salt": salts, "hash": links})
    seal.keep_link(connection, site, numbers[-1], links[-1])
    words = [
        (id_, *word) for id_, said in zip(ids, texts, strict=True) if said for word in said.items()
    ]
    if words:
        columns = dict(zip(("event", "field", "value"), zip(*words, strict=True), strict=True))
        insert(connection, "texts", columns)


def _payload_text(payload: Mapping[str, Any]) -> str:
    """The JSON of a payload: its values as stored texts (names need no escaping)."""
    return "{" + ",".join([_pair(name, value) for name, value in payload.items()]) + "}"


_WRITE = {name: field.type.write for name, field in FIELDS.items()}


# Codes, days and places come again and again.
@lru_cache(maxsize=1 << 12)
def _pair(name: str, value: Any) -> str:
    return f'"{name}":{_quoted(_WRITE[name](value))}'


def remove(
    connection: Connection, dossiers: Sequence[str], tables: Iterable[str] = ("dossiers", *FOLDED)
) -> None:
    """Remove the rows of these dossiers."""
    ids = json.dumps(dossiers)
    for table in tables if dossiers else ():
        key = "id" if table == "dossiers" else "dossier"
        query = f"DELETE FROM {table} WHERE {key} IN (SELECT value FROM json_each(?))"
        connection.execute(query, (ids,))


def empty(connection: Connection, dossiers: Sequence[str]) -> None:
    """Take out what the events of these dossiers say; they leave the lists, and the chain holds."""
    ids = json.dumps(dossiers)
    whose = "dossier IN (SELECT value FROM json_each(?))"
    connection.execute(
        f"DELETE FROM texts WHERE event IN (SELECT id FROM events WHERE {whose})", (ids,)
    )
    connection.execute(
        f"DELETE FROM beside_records WHERE (site, seq) IN (SELECT site, seq FROM events"
        f" WHERE {whose})",
        (ids,),
    )
    connection.create_function("agir_digest", 2, seal.digest, deterministic=True)
    with migrations.unguarded(connection):
        connection.execute(
            f"UPDATE events SET salt = agir_digest(salt, payload), payload = '{EMPTIED}'"
            f" WHERE payload <> '{EMPTIED}' AND {whose}",
            (ids,),
        )
    remove(connection, dossiers)


# --- the lists ---------------------------------------------------------------------------

_CHUNK = 2000
_SET = ", ".join(f"{name} = excluded.{name}" for name in DOSSIER_COLUMNS if name != "id")
_OR_UPDATE = f"ON CONFLICT (id) DO UPDATE SET {_SET}"


def project(
    connection: Connection, states: Iterable[Dossier], rulebook: Rulebook, *, fresh: bool = False
) -> None:
    """Write the rows of these states; ``fresh`` when none of them had rows before."""
    every = [judged(state, rulebook) for state in states if state.id]
    project_judged(connection, every, rulebook, fresh=fresh)


def project_judged(
    connection: Connection, every: Sequence[Judged], rulebook: Rulebook, *, fresh: bool
) -> None:
    """Write the rows of these states, judged already; ``fresh`` when none had rows before."""
    if not every:
        return
    states = [after.state for after in every]
    if not fresh:
        remove(connection, [d.id for d in states], tuple(FOLDED))
    rows = projected(every, rulebook)
    keys: Columns = {
        "id": [d.id for d in states],
        "dossier": [d.reference for d in states],
        "personne": [d.person for d in states],
    }
    insert(connection, "dossiers", keys | rows.dossiers.columns, "" if fresh else _OR_UPDATE)
    for folded in rows.folded:
        whose: Columns = {"dossier": [states[owner].id for owner in folded.owners]}
        insert(connection, folded.name, whose | folded.columns)


IMPOSSIBLE = (LookupError, TypeError, ValueError, AttributeError)
"""What reading a value that is not there, or is of another nature, comes out as."""


def fold_again(connection: Connection, rulebook: Rulebook) -> int:
    """Fold the whole journal into the lists, under these rules; the number of dossiers.

    Raises `FileFailure` for a journal that cannot be read. The transaction is the caller's.
    """
    people.keep_former_keys(connection)
    for table in ("dossiers", *FOLDED):
        connection.execute(f"DELETE FROM {table}")
    count, dossiers = 0, every(connection)
    while chunk := list(islice(dossiers, _CHUNK)):
        states = [state for state in map(_state, chunk) if state.id]
        try:
            project(connection, states, rulebook, fresh=True)
        except IMPOSSIBLE:
            raise _unfoldable("") from None
        count += len(states)
    connection.execute("DELETE FROM name_keys")
    doubles.index(connection)
    return count


def _state(events: Sequence[Event]) -> Dossier:
    try:
        return fold(events)
    except IMPOSSIBLE:
        raise _unfoldable(f" du dossier {events[0].dossier}") from None


def _unfoldable(whose: str) -> FileFailure:
    return FileFailure(
        f"Le journal est endommagé : les événements{whose} ne font pas un dossier.",
        "Rien n'a été changé. Reprenez la dernière sauvegarde ; agir check dit ce qui est touché.",
    )
