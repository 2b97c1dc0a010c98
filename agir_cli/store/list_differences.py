"""Where the lists are not what their journal, folded again, says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import judged
from agir_cli.domain.events import Event, anomaly_told
from agir_cli.domain.folding import fold
from agir_cli.domain.rules import Rulebook
from agir_cli.store import journal
from agir_cli.store.driver import Connection
from agir_cli.store.lists import DOSSIER_COLUMNS, FOLDED
from agir_cli.store.projection import projected
from agir_cli.store.soundness import Difference

_CHUNK = 2000


def list_differences(connection: Connection, rulebook: Rulebook) -> Iterator[Difference]:
    """Where the lists are not what folding the journal again says."""
    seen: set[str] = set()
    unread: dict[str, list[tuple[str, str]]] = {}

    def tell(dossier: str, event: str, part: str) -> None:
        unread.setdefault(dossier, []).append((event, part))

    every = journal.every(connection, lambda e: tell(e.dossier, e.event, e.part))
    folded = _folded(every, unread, tell)
    while states := list(islice(folded, _CHUNK)):
        seen.update(state.id for state in states)
        yield from _chunk_differences(connection, states, rulebook)
    named = dict(connection.execute("SELECT id, dossier FROM dossiers"))
    for dossier, faults in unread.items():
        for event, part in faults:
            name = named.get(dossier, dossier)
            yield Difference(name, "événement illisible", f"{event} : {part}".strip(" :"))
    for id_, reference in named.items():
        if id_ not in seen and id_ not in unread:
            yield Difference(reference, "dossier sans journal", "aucun événement ne l'ouvre")


def _folded(
    every: Iterable[list[Event]],
    unread: Mapping[str, object],
    tell: Callable[[str, str, str], None],
) -> Iterator[Dossier]:
    """The dossiers whose events can all be read; of the others nothing more is to be said."""
    for events in every:
        dossier = events[0].dossier
        if dossier in unread:
            continue
        try:
            state = fold(events)
        except journal.IMPOSSIBLE:
            tell(dossier, "", "ses événements ne font pas un dossier")
            continue
        if state.id:  # `agir undo` may have voided its very opening
            yield state


class _Listed(NamedTuple):
    """What the lists say of a dossier: its row, and its rows in the tables beside."""

    row: dict[str, Any]
    beside: dict[str, list[tuple[Any, ...]]]


def _chunk_differences(
    connection: Connection, states: list[Dossier], rulebook: Rulebook
) -> Iterator[Difference]:
    recorded = _recorded(connection, [state.id for state in states])
    wanted = _wanted(states, rulebook)
    for state in states:
        expected, found = wanted.get(state.id), recorded.get(state.id)
        name = state.reference or state.id
        if expected is None:
            yield Difference(name, "journal illisible", "ses événements ne font pas un dossier")
            continue
        if found is None:
            yield Difference(name, "dossier absent de la liste", "agir rebuild le remet")
            continue
        yield from _column_differences(name, expected, found)
        for table in FOLDED:
            if sorted(map(_comparable, expected.beside.get(table, ()))) != sorted(
                map(_comparable, found.beside.get(table, ()))
            ):
                yield Difference(name, f"table {table}", "différente de ce que dit le journal")
        for anomaly in state.anomalies:
            yield Difference(name, "anomalie", anomaly_told(anomaly))


def _wanted(states: list[Dossier], rulebook: Rulebook) -> dict[str, _Listed]:
    """What the lists are to say of these dossiers, but for those of which nothing comes out."""
    try:
        rows = projected([judged(state, rulebook) for state in states], rulebook)
    except journal.IMPOSSIBLE:
        alone = [_wanted([state], rulebook) for state in states] if len(states) > 1 else []
        return {dossier: listed for each in alone for dossier, listed in each.items()}
    listed = [
        _Listed({"id": d.id, "dossier": d.reference, "personne": d.person}, {}) for d in states
    ]
    for name, values in rows.dossiers.columns.items():
        for each, value in zip(listed, values, strict=True):
            each.row[name] = value
    for table in rows.folded:
        said = [table.columns[name] for name in FOLDED[table.name][1:]]
        for owner, row in zip(table.owners, zip(*said, strict=True), strict=True):
            listed[owner].beside.setdefault(table.name, []).append(row)
    return {each.row["id"]: each for each in listed}


def _column_differences(name: str, expected: _Listed, found: _Listed) -> Iterator[Difference]:
    for column in DOSSIER_COLUMNS:
        wanted, kept = expected.row.get(column), found.row.get(column)
        if wanted != kept:
            told = f"journal : {_shown(wanted)} ; liste : {_shown(kept)}"
            yield Difference(name, f"colonne {column}", told)


def _shown(value: object) -> str:
    return "rien" if value is None or value == "" else str(value)


def _comparable(row: tuple[Any, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, "" if value is None else str(value)) for value in row)


def _recorded(connection: Connection, ids: list[str]) -> dict[str, _Listed]:
    wanted = json.dumps(ids)
    inside = "IN (SELECT value FROM json_each(?))"
    names = ", ".join(DOSSIER_COLUMNS)
    found = {
        row[0]: _Listed(dict(zip(DOSSIER_COLUMNS, row, strict=True)), {})
        for row in connection.execute(f"SELECT {names} FROM dossiers WHERE id {inside}", (wanted,))
    }
    for table, columns in FOLDED.items():
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE dossier {inside}"
        for dossier, *row in connection.execute(query, (wanted,)):
            if dossier in found:
                found[dossier].beside.setdefault(table, []).append(tuple(row))
    return found
