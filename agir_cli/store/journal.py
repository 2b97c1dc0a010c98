"""The journal, and `append`: the only writer of the journal and of its projection.

Everything here runs inside a transaction that the caller has begun (`driver.writing`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from agir_cli.domain.dates import PartialDate
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import Judged, judged
from agir_cli.domain.events import NOTHING, Draft, Event, Kind
from agir_cli.domain.fields import loaded
from agir_cli.domain.folding import fold
from agir_cli.domain.rules import Rulebook
from agir_cli.failures import FileFailure
from agir_cli.store.columns import DOSSIER_COLUMNS
from agir_cli.store.driver import Connection
from agir_cli.store.folded import FOLDED
from agir_cli.store.inserting import Columns, insert
from agir_cli.store.projection import Projection, projected
from agir_cli.store.stamp import Stamp, ulids
from agir_cli.store.written import Written, written

_EVENT_COLUMNS = (
    "id, dossier, kind, effective_from, effective_to, recorded_at, author, batch, payload"
)


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
    """What one command does to one dossier: the drafts to add to the events it has."""

    dossier: str
    prior: Sequence[Event]
    drafts: Sequence[Draft]
    after: Judged | None = None
    """What they come to, where the decision that opened the dossier has it already."""


def load(
    connection: Connection, dossiers: Iterable[str], *, words: bool = False
) -> dict[str, list[Event]]:
    """The events of these dossiers, as `{dossier: [events]}`; with their erasable words or not."""
    wanted = json.dumps(list(dossiers))
    found: dict[str, list[Event]] = {}
    texts = _texts(connection, wanted) if words else {}
    query = (
        f"SELECT {_EVENT_COLUMNS} FROM events"
        " WHERE dossier IN (SELECT value FROM json_each(?)) ORDER BY dossier, id"
    )
    for row in connection.execute(query, (wanted,)):
        try:
            event = _event(row)
        except UnreadableEvent as fault:
            raise named(connection, fault) from None
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
    query = f"SELECT {_EVENT_COLUMNS} FROM events ORDER BY dossier, id"
    current: list[Event] = []
    for row in connection.execute(query):
        try:
            event = _event(row)
        except UnreadableEvent as fault:
            if unreadable is None:
                raise
            unreadable(fault)
            continue
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
    return found


def _event(row: Sequence[Any]) -> Event:
    id_, dossier, kind, first, last, recorded_at, author, batch, payload = row
    try:
        on = PartialDate(date.fromisoformat(first), date.fromisoformat(last)) if first else None
        known = loaded(json.loads(payload)) if payload != "{}" else NOTHING
        return Event(id_, dossier, Kind(kind), on, known, recorded_at, author, batch)
    except (ValueError, TypeError, LookupError, AttributeError):
        raise UnreadableEvent(id_, dossier, _unread_part(kind, first, last)) from None


def named(connection: Connection, fault: UnreadableEvent) -> UnreadableEvent:
    """The same failure, with the reference of its dossier where the list has it."""
    query = "SELECT dossier FROM dossiers WHERE id = ?"
    row = connection.execute(query, (fault.dossier,)).fetchone()
    return UnreadableEvent(fault.event, row[0], fault.part) if row else fault


def _unread_part(kind: str, first: str | None, last: str | None) -> str:
    """Which part of an event cannot be read, without a word of what it holds."""
    if kind not in {known.value for known in Kind}:
        return "sa nature est inconnue"
    try:
        for day in filter(None, (first, last)):
            date.fromisoformat(day)
    except ValueError:
        return "sa date n'en est pas une"
    return "son contenu est coupé ou changé"


def append(
    connection: Connection,
    changes: Sequence[Change],
    stamp: Stamp,
    rulebook: Rulebook,
    ids: Iterator[str] | None = None,
) -> None:
    """Add these drafts to the journal and bring the projection of their dossiers up to date."""
    ids = ids or ulids()
    given = [[(next(ids), draft) for draft in change.drafts] for change in changes]
    every = [
        change.after or _folded(change, own, stamp, rulebook)
        for change, own in zip(changes, given, strict=True)
    ]
    drafts = [(n, draft) for n, own in enumerate(given) for _, draft in own]
    insert_events(
        connection, written(drafts), [change.dossier for change in changes],
        [id_ for own in given for id_, _ in own], stamp,
    )  # fmt: skip
    opened = [after for after in every if after.state.id]
    _project(connection, opened, rulebook, fresh=not any(change.prior for change in changes))
    _remove(
        connection,
        [c.dossier for c, after in zip(changes, every, strict=True) if not after.state.id],
    )


def _remove(connection: Connection, unopened: Sequence[str]) -> None:
    """A dossier whose opening was voided (`agir undo`) has no state, hence no row."""
    for table, key in (("dossiers", "id"), *((name, "dossier") for name in FOLDED)):
        connection.executemany(f"DELETE FROM {table} WHERE {key} = ?", [(id_,) for id_ in unopened])


def _folded(
    change: Change, given: Iterable[tuple[str, Draft]], stamp: Stamp, rulebook: Rulebook
) -> Judged:
    events = [
        Event(
            id_, change.dossier, draft.kind, draft.on, draft.payload,
            stamp.recorded_at, stamp.author, stamp.batch, draft.texts,
        )
        for id_, draft in given
    ]  # fmt: skip
    return judged(fold([*change.prior, *events]), rulebook)


def last_number(connection: Connection, site: str) -> int:
    """The number of a site's last event; 0 when it has none."""
    query = "SELECT coalesce(max(seq), 0) FROM events WHERE site = ?"
    return int(connection.execute(query, (site,)).fetchone()[0])


def insert_events(
    connection: Connection,
    new: Written,
    dossiers: Sequence[str] | Mapping[int, str],
    ids: Sequence[str],
    stamp: Stamp,
) -> None:
    """Add events to the journal. ``dossiers``: their ids, by place; ``ids``: the own ones."""
    author, site, recorded_at, batch = stamp
    count, last = len(ids), last_number(connection, site)
    columns: Columns = {
        "id": ids,
        "dossier": [dossiers[owner] for owner in new.events.owners],
        "recorded_at": [recorded_at] * count,
        "author": [author] * count,
        "batch": [batch] * count,
        "site": [site] * count,
        "seq": range(last + 1, last + 1 + count),
    }
    insert(connection, "events", columns | new.events.columns)
    words: Columns = {
        "event": [ids[place] for place, _, _ in new.texts],
        "field": [field for _, field, _ in new.texts],
        "value": [said for _, _, said in new.texts],
    }
    insert(connection, "texts", words)


# --- the projection ----------------------------------------------------------------------

_SET = ", ".join(f"{name} = excluded.{name}" for name in DOSSIER_COLUMNS if name != "id")
_OR_UPDATE = f"ON CONFLICT (id) DO UPDATE SET {_SET}"


class Numbers(NamedTuple):
    """What tells a dossier from all others, and its person."""

    person: str
    dossier: str
    reference: str


def project(
    connection: Connection, states: Iterable[Dossier], rulebook: Rulebook, *, fresh: bool = False
) -> None:
    """Write the rows of these states; ``fresh`` when none of them had rows before."""
    every = [judged(state, rulebook) for state in states if state.id]
    _project(connection, every, rulebook, fresh=fresh)


def _project(
    connection: Connection, every: Sequence[Judged], rulebook: Rulebook, *, fresh: bool
) -> None:
    states = [after.state for after in every]
    if not fresh:
        for table in FOLDED:
            connection.executemany(
                f"DELETE FROM {table} WHERE dossier = ?", [(d.id,) for d in states]
            )
    numbers = [Numbers(d.person, d.id, d.reference) for d in states]
    insert_rows(
        connection, projected(every, rulebook), numbers, conflict="" if fresh else _OR_UPDATE
    )


def insert_rows(
    connection: Connection,
    rows: Projection,
    numbers: Sequence[Numbers] | Mapping[int, Numbers],
    conflict: str = "",
) -> None:
    """Insert the rows of dossiers, each with its numbers, by its place."""
    of_each = [numbers[owner] for owner in rows.dossiers.owners]
    keys: Columns = {
        "id": [each.dossier for each in of_each],
        "dossier": [each.reference for each in of_each],
        "personne": [each.person for each in of_each],
    }
    insert(connection, "dossiers", keys | rows.dossiers.columns, conflict)
    for table in rows.folded:
        whose: Columns = {"dossier": [numbers[owner].dossier for owner in table.owners]}
        insert(connection, table.name, whose | table.columns)
