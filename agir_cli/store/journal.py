"""The journal, and `append`: the only writer of the journal and of its projection.

Everything here runs inside a transaction that the caller has begun (`driver.writing`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Any, NamedTuple

from agir_cli.domain.dates import PartialDate
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import NOTHING, Draft, Event, Kind
from agir_cli.domain.fields import loaded, written
from agir_cli.domain.folding import fold
from agir_cli.domain.rules import Rulebook
from agir_cli.store.columns import DOSSIER_COLUMNS
from agir_cli.store.driver import Connection
from agir_cli.store.projection import Rows, rows_of
from agir_cli.store.stamp import Stamp, ulids

_FOLDED = ("spans", "situations", "steps", "interviews", "appointments")
_EVENT_COLUMNS = (
    "id, dossier, kind, effective_from, effective_to, recorded_at, author, batch, payload"
)


class Change(NamedTuple):
    """What one command does to one dossier: the drafts to add to the events it has."""

    dossier: str
    prior: Sequence[Event]
    drafts: Sequence[Draft]


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
        event = _event(row)
        if event.id in texts:
            event = event._replace(texts=texts[event.id])
        found.setdefault(event.dossier, []).append(event)
    return found


def every(connection: Connection) -> Iterator[list[Event]]:
    """The events of every dossier, one dossier at a time, without their words."""
    query = f"SELECT {_EVENT_COLUMNS} FROM events ORDER BY dossier, id"
    current: list[Event] = []
    for row in connection.execute(query):
        event = _event(row)
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
    on = PartialDate(date.fromisoformat(first), date.fromisoformat(last)) if first else None
    known = loaded(json.loads(payload)) if payload != "{}" else NOTHING
    return Event(id_, dossier, Kind(kind), on, known, recorded_at, author, batch)


def append(
    connection: Connection,
    changes: Sequence[Change],
    stamp: Stamp,
    rulebook: Rulebook,
    ids: Iterator[str] | None = None,
) -> list[Event]:
    """Add these drafts to the journal and bring the projection of their dossiers up to date."""
    ids = ids or ulids()
    added: list[Event] = []
    states: list[Dossier] = []
    for change in changes:
        events = [_stamped(next(ids), change.dossier, d, stamp) for d in change.drafts]
        added += events
        states.append(fold([*change.prior, *events]))
    _insert_events(connection, added, stamp.site)
    fresh = [not change.prior for change in changes]
    project(connection, states, rulebook, fresh=all(fresh))
    unopened = [c.dossier for c, state in zip(changes, states, strict=True) if not state.id]
    for table, key in (("dossiers", "id"), *((name, "dossier") for name in _FOLDED)):
        connection.executemany(f"DELETE FROM {table} WHERE {key} = ?", ((i,) for i in unopened))
    return added


def _stamped(id_: str, dossier: str, draft: Draft, stamp: Stamp) -> Event:
    return Event(
        id_, dossier, draft.kind, draft.on, draft.payload,
        stamp.recorded_at, stamp.author, stamp.batch, draft.texts,
    )  # fmt: skip


def _insert_events(connection: Connection, events: list[Event], site: str) -> None:
    query = "SELECT coalesce(max(seq), 0) FROM events WHERE site = ?"
    last = connection.execute(query, (site,)).fetchone()[0]
    connection.executemany(
        f"INSERT INTO events ({_EVENT_COLUMNS}, site, seq) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        (_event_row(event, site, last + place) for place, event in enumerate(events, 1)),
    )
    connection.executemany(
        "INSERT INTO texts (event, field, value) VALUES (?, ?, ?)",
        ((e.id, field, value) for e in events for field, value in e.texts.items()),
    )


def _event_row(event: Event, site: str, seq: int) -> tuple[Any, ...]:
    first, last = event.on if event.on is not None else (None, None)
    payload = (
        json.dumps(written(event.payload), ensure_ascii=False, separators=(",", ":"))
        if event.payload
        else "{}"
    )
    return (
        event.id, event.dossier, event.kind.value,
        first.isoformat() if first else None, last.isoformat() if last else None,
        event.recorded_at, event.author, event.batch, payload, site, seq,
    )  # fmt: skip


# --- the projection ----------------------------------------------------------------------

_NAMES = tuple(DOSSIER_COLUMNS)
_MARKS = ", ".join("?" for _ in _NAMES)
_SET = ", ".join(f"{name} = excluded.{name}" for name in _NAMES if name != "id")
_UPSERT = (
    f"INSERT INTO dossiers ({', '.join(_NAMES)}) VALUES ({_MARKS})"
    f" ON CONFLICT (id) DO UPDATE SET {_SET}"
)
_WIDTHS = {"spans": 9, "situations": 8, "steps": 9, "interviews": 4, "appointments": 8}


def project(
    connection: Connection, states: Iterable[Dossier], rulebook: Rulebook, *, fresh: bool = False
) -> None:
    """Write the rows of these states; ``fresh`` when none of them had rows before."""
    # A dossier whose opening was voided has no state, hence no row.
    every_rows = [rows_of(state, rulebook) for state in states if state.id]
    if not fresh:
        gone = [(rows.dossier[0],) for rows in every_rows]
        for table in _FOLDED:
            connection.executemany(f"DELETE FROM {table} WHERE dossier = ?", gone)
    connection.executemany(_UPSERT, (rows.dossier for rows in every_rows))
    for table in _FOLDED:
        marks = ", ".join("?" * _WIDTHS[table])
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", _of(every_rows, table))


def _of(every_rows: list[Rows], table: str) -> Iterator[tuple[Any, ...]]:
    return chain.from_iterable(getattr(rows, table) for rows in every_rows)
