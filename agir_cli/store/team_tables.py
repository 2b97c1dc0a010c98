"""What no event says and every site of a team has alike: the directory, its rules, who was erased.

Before its stream is sent, a site records what has changed there since it last did, as events of
`DIRECTORY` and `ERASED`, dossiers of nobody; what others have recorded is followed, each column as
the last of them says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from agir_cli.domain.dates import from_edtf
from agir_cli.domain.events import Draft, Kind
from agir_cli.failures import FileFailure
from agir_cli.store import directory, erasure
from agir_cli.store.driver import Connection, upsert
from agir_cli.store.settings import CADENCE, CONTRACT_START, REOPENED, TARGET
from agir_cli.store.stamp import Stamp

DIRECTORY, ERASED = "annuaire", "effacements"
TOLD = "annuaire"
"""The word of an event that holds its rows, as JSON: table, key, columns (null: taken out)."""
_KEYS: Mapping[str, tuple[str, ...]] = {
    "departments": ("departement",),
    "sectors": ("departement", "secteur"),
    "offices": ("bureau",),
    "organisations": ("organisation", "role", "departement"),
    "communes": ("insee",),
    "referents": ("code",),
    "referent_facts": ("code",),
    "rule_texts": ("name",),
    "durations": ("code", "depuis"),
    "settings": ("name",),
    "final_memory": ("empreinte", "cle"),
}  # in an order in which what is referred to comes first
_SHIPPED = {sql: name for name, sql in directory.IN_SQL.items() if name != "bassins"}
_OF_THE_TEAM = (CONTRACT_START, CADENCE)
_RULES = ("rule_texts", "settings")
Columns = Mapping[str, Any]


class Row(NamedTuple):
    """A row of a table of the team; ``columns``: those that are told, None where it is gone."""

    table: str
    key: tuple[str, ...]
    columns: Columns | None
    new: bool = False


# --- what has changed here -----------------------------------------------------------------


def changes(connection: Connection) -> list[Row]:
    """The rows that say something else than the journal and what comes with the program."""
    told, found = _told(connection), list[Row]()
    for table, key in _KEYS.items():
        before = {k: v for (name, k), v in told.items() if name == table}
        shipped, names = _shipped(table, key), _columns(connection, table)
        now = _rows(connection, table, key)
        for k, columns in now.items():
            known = {**shipped.get(k, {}), **(before.get(k) or {})}
            changed = {
                name: columns.get(name)
                for name in names
                if (columns.get(name) or None) != (known.get(name) or None)
            }
            if changed or (k in before and before[k] is None):
                new = not known
                found.append(Row(table, k, columns if new else changed, new))
        found += [Row(table, k, None) for k, v in before.items() if v is not None and k not in now]
    return found


def _rows(
    connection: Connection, table: str, key: Sequence[str]
) -> dict[tuple[str, ...], dict[str, Any]]:
    names = _columns(connection, table)
    rows = connection.execute(f"SELECT {', '.join(names)} FROM {table}")
    every = (dict(zip(names, row, strict=True)) for row in rows)
    return {
        tuple(row[name] for name in key): {n: v for n, v in row.items() if v is not None}
        for row in every
        if table != "settings" or _is_of_the_team(row["name"])
    }


def _columns(connection: Connection, table: str) -> list[str]:
    return [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]


def _is_of_the_team(setting: str) -> bool:
    return setting in _OF_THE_TEAM or setting.startswith((TARGET, REOPENED))


def _shipped(table: str, key: Sequence[str]) -> dict[tuple[str, ...], Columns]:
    if table not in _SHIPPED:
        return {}
    rows = directory.shipped_rows(_SHIPPED[table])
    return {tuple(row.get(name, "") for name in key): row for row in rows}


def _told(connection: Connection) -> dict[tuple[str, tuple[str, ...]], dict[str, Any] | None]:
    """What the journal says of every row: of each column the last that was recorded."""
    query = (
        "SELECT t.value FROM events AS e JOIN texts AS t ON t.event = e.id AND t.field = ?"
        " WHERE e.dossier = ? ORDER BY e.recorded_at, e.id"
    )
    found: dict[tuple[str, tuple[str, ...]], dict[str, Any] | None] = {}
    for (text,) in connection.execute(query, (TOLD, DIRECTORY)):
        for row in _read(text):
            if row.columns is None:
                found[row.table, row.key] = None
            else:
                known = found.get((row.table, row.key)) or {}
                found[row.table, row.key] = {**known, **row.columns}
    return found


def _read(text: str) -> Iterator[Row]:
    """The rows that an event tells; a table that this version does not know is left alone."""
    for table, key, columns, new in json.loads(text):
        if table in _KEYS:
            yield Row(table, tuple(key), columns, new)


def drafts(rows: Sequence[Row]) -> list[Draft]:
    """The event that tells these rows, if there are any."""
    if not rows:
        return []
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return [Draft(Kind.DIRECTORY_CHANGED, texts={TOLD: text})]


# --- what others have recorded ---------------------------------------------------------------


def follow(connection: Connection, events: Iterable[str]) -> bool:
    """Bring the tables to what the journal says, where these events spoke of it.

    Whether every dossier is to be folded again: a rule has changed, a référent joined another.
    """
    ids = json.dumps([*events])
    query = "SELECT value FROM texts WHERE field = ? AND event IN (SELECT value FROM json_each(?))"
    spoken = [row for (text,) in connection.execute(query, (TOLD, ids)) for row in _read(text)]
    _refuse_two_of_a_code(connection, spoken)
    told = _told(connection)
    connection.execute("PRAGMA defer_foreign_keys = ON")
    wanted = dict.fromkeys((row.table, row.key) for row in spoken)
    for table, key in _KEYS.items():
        shipped = _shipped(table, key)
        for _, values in (each for each in wanted if each[0] == table):
            said = told[table, values]
            if said is None:
                which = " AND ".join(f"{name} = ?" for name in key)
                connection.execute(f"DELETE FROM {table} WHERE {which}", values)
            else:
                _put(connection, table, {**shipped.get(values, {}), **said})
    return any(row.table in _RULES or "remplace_par" in (row.columns or {}) for row in spoken)


def _put(connection: Connection, table: str, row: Columns) -> None:
    told = {name: row[name] for name in _columns(connection, table) if name in row}
    connection.execute(upsert(table, told, *_KEYS[table]), tuple(told.values()))


def _refuse_two_of_a_code(connection: Connection, spoken: Iterable[Row]) -> None:
    """Two sites that gave one code to two référents: their dossiers could not be told apart."""
    names = directory.referent_names(connection)
    for row in spoken:
        if row.table == "referents" and row.new and row.columns:
            (code,) = row.key
            if names.get(code, row.columns["nom"]) != row.columns["nom"]:
                raise FileFailure(
                    f"Deux sites ont donné le code {code} à deux référents : rien n'a été pris.",
                    "Chaque site a sa lettre, dès le début : agir init --departement 44 --letter B",
                )


# --- who was erased --------------------------------------------------------------------------


def erasures_to_tell(connection: Connection) -> list[Draft]:
    """The events of what was erased here and no event says yet."""
    query = "SELECT value FROM texts JOIN events ON id = event WHERE dossier = ? AND field = ?"
    told = {
        dossier
        for (text,) in connection.execute(query, (ERASED, "dossiers"))
        for dossier in text.split()
    }
    found = []
    for wanted, stamp, dossiers in erasure.erased(connection):
        new = [dossier for dossier in dossiers if dossier not in told]
        if new:
            words = {"dossiers": " ".join(new), "demande": wanted.demand, "motif": wanted.reason,
                     "auteur": stamp.author, "instant": stamp.recorded_at}  # fmt: skip
            found.append(Draft(Kind.PERSON_ERASED, from_edtf(wanted.day), texts=words))
    return found


def erase_told(connection: Connection, told: Mapping[str, Any]) -> list[str]:
    """Erase here whom another site has erased: the dossiers (ids). The bytes stay until `scrub`.

    What figures count of them comes with that site's own chain of statistics.
    """
    words = told["texts"]
    wanted = erasure.Wanted(told["effective_from"], words["demande"], words["motif"])
    stamp = Stamp(words["auteur"], told["site"], words["instant"])
    dossiers: list[str] = words["dossiers"].split()
    erasure.take_out(connection, dossiers, wanted, stamp)
    return dossiers
