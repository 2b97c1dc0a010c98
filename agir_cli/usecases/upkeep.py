"""The file itself: create it, prove it, rebuild what is folded from its journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import judged
from agir_cli.domain.events import Event
from agir_cli.domain.folding import fold
from agir_cli.domain.reasons import anomaly_told
from agir_cli.domain.rules import Rulebook
from agir_cli.failures import FileFailure
from agir_cli.store import journal, settings
from agir_cli.store.columns import DOSSIER_COLUMNS
from agir_cli.store.driver import Connection, DatabaseError, create_file, writing
from agir_cli.store.folded import FOLDED
from agir_cli.store.projection import projected
from agir_cli.store.reference import load_offices
from agir_cli.usecases.office import DEFAULT_SITE, Visitor, at_desk, consulting
from agir_cli.usecases.soundness import (
    Difference,
    ahead_of_the_clock,
    build_differences,
    file_differences,
    journal_gaps,
    person_differences,
    stale_keys,
)

CHUNK = 2000


def init_file(path: Path, *, department: str | None, site: str | None, letter: str = "") -> None:
    """Create an empty file with its directory of offices."""
    connection = create_file(path)
    try:
        with writing(connection):
            settings.set_setting(connection, "site", site or DEFAULT_SITE)
            if department:
                settings.set_setting(connection, "departement", department)
            if letter:
                settings.set_setting(connection, "lettre", letter)
            connection.executemany(
                "INSERT INTO offices (bureau, departement, secteur, nom) VALUES (?, ?, ?, ?)",
                [(o.code, o.department, o.sector, o.name) for o in load_offices()],
            )
    finally:
        connection.close()


def check(path: Path) -> list[Difference]:
    """Fold every dossier again and compare; look at the file itself too."""
    with consulting(path) as connection:
        built = list(build_differences(connection))
        try:
            return [*built, *_every_difference(connection, path)]
        except DatabaseError:
            if not built:
                raise
            return built  # tables that are not there cannot be read


def _every_difference(connection: Connection, path: Path) -> Iterator[Difference]:
    yield from file_differences(connection, path)
    yield from journal_gaps(connection)
    yield from _projection_differences(connection, settings.rulebook_of(connection))
    yield from person_differences(connection)


def _projection_differences(connection: Connection, rulebook: Rulebook) -> Iterator[Difference]:
    seen: set[str] = set()
    unread: dict[str, list[tuple[str, str]]] = {}

    def tell(dossier: str, event: str, part: str) -> None:
        unread.setdefault(dossier, []).append((event, part))

    every = journal.every(connection, lambda e: tell(e.dossier, e.event, e.part))
    for states in _chunks(_folded(every, unread, tell)):
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
        except _IMPOSSIBLE:
            tell(dossier, "", "ses événements ne font pas un dossier")
            continue
        if _opened(state):
            yield state


_IMPOSSIBLE = (LookupError, TypeError, ValueError, AttributeError)
"""What reading a value that is not there, or is of another nature, comes out as."""


def _opened(state: Dossier) -> bool:
    """Whether the dossier is there at all: `agir undo` may have voided its very opening."""
    return bool(state.id)


def _chunks(states: Iterable[Dossier]) -> Iterator[list[Dossier]]:
    chunk: list[Dossier] = []
    for state in states:
        chunk.append(state)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


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
    except _IMPOSSIBLE:
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
    import json

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


def rebuild(visitor: Visitor) -> int:
    """Fold the whole journal again into the tables of lists; the number of dossiers.

    The keys by which names are found follow from the names again. Raises `FileFailure`, and
    changes nothing, for a journal that cannot be read.
    """
    try:
        return _rebuild(visitor)
    except journal.UnreadableEvent as fault:
        with consulting(visitor.path) as connection:
            raise journal.named(connection, fault) from None


def _rebuild(visitor: Visitor) -> int:
    with at_desk(visitor) as desk:
        keys = list(stale_keys(desk.connection))
        desk.connection.executemany(
            "UPDATE people SET name_key = ? WHERE id = ?", [(key, person) for person, key in keys]
        )
        return fold_again(desk.connection, desk.context.rulebook)


def fold_again(connection: Connection, rulebook: Rulebook) -> int:
    """Fold the whole journal under these rules, inside a transaction already begun."""
    count = 0
    for table in ("dossiers", *FOLDED):
        connection.execute(f"DELETE FROM {table}")
    for states in _chunks(_folded(journal.every(connection), {}, _refuse)):
        try:
            journal.project(connection, states, rulebook, fresh=True)
        except _IMPOSSIBLE:
            raise _unfoldable("") from None
        count += len(states)
    return count


def _refuse(dossier: str, _event: str, _part: str) -> None:
    raise _unfoldable(f" du dossier {dossier}")


def _unfoldable(whose: str) -> FileFailure:
    return FileFailure(
        f"Le journal est endommagé : les événements{whose} ne font pas un dossier.",
        "Rien n'a été changé. Reprenez la dernière sauvegarde ; agir check dit ce qui est touché.",
    )


def clock_gone_back(path: Path) -> str | None:
    """The day of the newest event where the clock says that it is still to come, else None."""
    with consulting(path) as connection:
        return ahead_of_the_clock(connection)
