"""The file as it stood: by effective dates (``as_of``), or by recording dates (``known_on``).

The folded tables are made again from the journal, as temporary tables of the same names: an
unqualified name means the temporary one, so that every report reads the past without knowing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from agir_cli.store.lists import DOSSIER_COLUMNS, FOLDED

if TYPE_CHECKING:
    from agir_cli.domain.events import Event
    from agir_cli.reports.selection import Filters
    from agir_cli.store.driver import Connection

_FOLDED = ("dossiers", *FOLDED)
_BLOCK = 500


def rewind(
    connection: Connection, *, as_of: date | None = None, known_on: date | None = None
) -> None:
    """Make this connection see the dossiers of that day (days are Paris's, included).

    A dossier none of whose dated events had taken effect is not there; one that has no dated
    event at all always is. Nothing is written in the file.
    """
    from agir_cli.domain.folding import fold
    from agir_cli.store.journal import every, project
    from agir_cli.store.settings import rulebook_of

    rulebook = rulebook_of(connection)
    connection.execute("PRAGMA query_only = OFF")  # temporary tables are no change of the file
    try:
        _make_tables(connection)
        for block in _blocks(_kept(every(connection), as_of, known_on)):
            project(connection, [fold(events) for events in block], rulebook, fresh=True)
    finally:
        connection.execute("PRAGMA query_only = ON")


def before_later_decisions(connection: Connection, day: date) -> None:
    """Make this connection see what a commission had decided by ``day``, where one has since again.

    The other facts of a past day are asked for by their dates.
    """
    from json import dumps

    from agir_cli.domain.eligibility import judged
    from agir_cli.domain.folding import as_of, fold
    from agir_cli.store.journal import load
    from agir_cli.store.projection import projected
    from agir_cli.store.settings import rulebook_of

    query = "SELECT id FROM dossiers WHERE designation_max > ? AND commission_max <= ?"
    ids = [id_ for (id_,) in connection.execute(query, (day.isoformat(),) * 2)]
    if not ids:
        return
    events = load(connection, ids)
    states = [fold(as_of(events[id_], day)) for id_ in ids]
    rulebook = rulebook_of(connection)
    known = projected([judged(state, rulebook) for state in states], rulebook).dossiers.columns
    said = zip(ids, *(known.get(name, [None] * len(ids)) for name in _DECIDED), strict=True)
    columns = [
        f"CASE WHEN k.id IS NULL THEN d.{name} ELSE k.{name} END AS {name}"
        if name in _DECIDED
        else f"d.{name}"
        for name in DOSSIER_COLUMNS
    ]
    values = [
        f"json_extract(value, '$[{place}]') AS {name}"
        for place, name in enumerate(("id", *_DECIDED))
    ]
    query = f"""CREATE TEMP TABLE dossiers AS SELECT {", ".join(columns)} FROM main.dossiers AS d
        LEFT JOIN (SELECT {", ".join(values)} FROM json_each(?)) AS k ON k.id = d.id"""
    connection.execute("PRAGMA query_only = OFF")
    try:
        connection.execute(query, (dumps(list(said)),))
    finally:
        connection.execute("PRAGMA query_only = ON")


_DECIDED = ("priorites", "modalite", "bassin_de_vie", "referent", "second_referent")

_PERHAPS = """SELECT count(*) FROM main.dossiers AS d WHERE d.id IN (
    SELECT dossier FROM events WHERE effective_from <= :day AND effective_to > :day{known}
    EXCEPT SELECT dossier FROM events WHERE effective_to <= :day{known}){filters}"""


def perhaps_there(
    connection: Connection, as_of: date, filters: Filters, *, known_on: date | None = None
) -> int:
    """How many dossiers `rewind` leaves out that were perhaps there: only vague dates tell of them.

    Filters on what became of a dossier are not asked: nothing had become of it for certain.
    """
    from agir_cli.reports.selection import condition

    lasting = filters.without("stage", "route", "priority", "mode")
    asked = condition(lasting)
    values = {"day": as_of.isoformat(), "limit": end_of(known_on) if known_on else ""}
    known = " AND recorded_at < :limit" if known_on else ""
    query = _PERHAPS.format(known=known, filters=asked.sql)
    row = connection.execute(query, values | asked.values).fetchone()
    return int(row[0])


def _make_tables(connection: Connection) -> None:
    marks = ", ".join("?" * len(_FOLDED))
    query = (
        f"SELECT type, name, sql FROM main.sqlite_schema WHERE tbl_name IN ({marks})"
        " AND sql IS NOT NULL ORDER BY type DESC"
    )
    for kind, name, sql in connection.execute(query, _FOLDED).fetchall():
        if kind == "table":
            connection.execute(sql.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))
        elif kind == "index":
            connection.execute(sql.replace(f"INDEX {name}", f"INDEX temp.{name}", 1))


def _kept(
    dossiers: Iterable[list[Event]], day: date | None, known_on: date | None
) -> Iterator[list[Event]]:
    from agir_cli.domain.events import Kind
    from agir_cli.domain.folding import as_of

    limit = end_of(known_on) if known_on is not None else None
    for events in dossiers:
        known = [e for e in events if limit is None or e.recorded_at < limit]
        taken = known if day is None else as_of(known, day)
        arrivals = [e for e in known if e.kind is Kind.TRANSFER_RECEIVED]
        if day is not None and len(as_of(arrivals, day)) < len(arrivals):
            continue  # the person was another department's
        if known and (any(e.on for e in taken) or not any(e.on for e in known)):
            yield taken


def end_of(day: date) -> str:
    """The first instant after a day of Paris, as the journal writes instants (UTC)."""
    from zoneinfo import ZoneInfo

    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo("Europe/Paris"))
    return midnight.astimezone(ZoneInfo("UTC")).isoformat(timespec="microseconds")[:26] + "Z"


def _blocks(dossiers: Iterable[list[Event]]) -> Iterator[list[list[Event]]]:
    block: list[list[Event]] = []
    for events in dossiers:
        block.append(events)
        if len(block) == _BLOCK:
            yield block
            block = []
    if block:
        yield block
