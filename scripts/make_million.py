"""Write an agir file of very many dossiers, to measure on: ``make_million.py FILE [N]``.

The demonstration file is built by the usual rules, then copied within SQL until there are N
dossiers (1,000,000): other ids, references, AGDREF numbers and names, days spread over two years
in whole weeks. Same arguments, same bytes of every row. Persons are invented, as there.

Who awaits a contract, or has just been late for one, is copied once in `WAITING_EVERY` times, as
in a team that goes on working: on 9 October 2023 some 7 in 1,000 are late for certain. Days are
moved as days, so that a deadline in months may be a day off what folding the journal gives:
this file is for reports, not for ``agir check``.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from agir_cli.domain.dates import PartialDate, edtf, from_edtf
from agir_cli.domain.identity import name_key
from agir_cli.store.file import create_file
from agir_cli.store.lists import DOSSIER_COLUMNS
from agir_cli.usecases import demo

WAITING_EVERY = 19
_WEEKS = 104
_SAME = ("offices", "referents", "settings", "listings", "rule_texts")
_SYLLABLES = ("ba", "do", "fi", "ga", "ke", "li", "mu", "na", "po", "ra", "su", "ti", "vo", "za")
_UNDATED = "0001-01-01"
_PERSON, _DOSSIER, _EVENT = "00", "01", "02"

# In the SQL below `t` is a row of the template, `c` the copy of its dossier.
_ID = "printf('{kind}%024d', c.copy * {many} + {place})"
_REFERENCE = "moved_reference({column}, c.copy)"


@lru_cache(maxsize=1 << 20)
def moved(text: str | None, days: int) -> str | None:
    """A date as the projection writes it (exact, partial, with an hour), so many days earlier."""
    if text is None or text == _UNDATED:
        return text
    day, hour = (text[:10], text[10:]) if text[4:5] == "-" and len(text) >= 10 else (text, "")
    first, last = from_edtf(day)
    back = timedelta(days=days)
    return edtf(PartialDate(first - back, last - back)) + hour


def moved_reference(text: str | None, copy: int) -> str | None:
    """A reference of that copy: 44-0042, 44-10042… Another text (a name) gets its number."""
    if not text or not copy:
        return text
    if re.fullmatch(r"\d\d-\d{4,}", text):
        return f"{text[:3]}{copy * 10_000 + int(text[3:]):04d}"
    return f"{text} {copy}"


@lru_cache(maxsize=1 << 16)
def surname(copy: int) -> str:
    """What an invented family name ends with in that copy."""
    syllables = []
    while copy:
        copy, place = divmod(copy, len(_SYLLABLES))
        syllables.append(_SYLLABLES[place])
    return "".join(syllables)


_PAYLOAD_DATES = re.compile(r'("date_\w+":")([^"]+)(")')
_PAYLOAD_REFERENCES = re.compile(r'("(?:dossier|rejoint|menage)":")([^"]+)(")')
_PAYLOAD_PERSON = re.compile(r'("personne":")[^"]+(")')


def moved_payload(payload: str, copy: int, days: int, person: str) -> str:
    """A payload of that copy: its dates, references and person."""
    text = _PAYLOAD_DATES.sub(lambda m: f"{m[1]}{moved(m[2], days)}{m[3]}", payload)
    text = _PAYLOAD_REFERENCES.sub(lambda m: f"{m[1]}{moved_reference(m[2], copy)}{m[3]}", text)
    return _PAYLOAD_PERSON.sub(rf"\g<1>{person}\g<2>", text)


def make(path: Path, count: int) -> None:
    """Create the file with this many dossiers."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "demo.db"
        demo.build(template)
        with closing(create_file(path)) as connection:
            try:
                _fill(connection, template, count)
            except BaseException:
                path.unlink()
                raise


def _fill(connection: sqlite3.Connection, template: Path, count: int) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    connection.execute("ATTACH ? AS t", (str(template),))
    connection.execute("BEGIN IMMEDIATE")
    indexes = _without_indexes(connection)
    _choose(connection, count)
    _copy(connection)
    for statement in indexes:
        connection.execute(statement)
    connection.execute("COMMIT")


def _without_indexes(connection: sqlite3.Connection) -> list[str]:
    """Take the indexes off: made again at the end, they cost a third."""
    query = "SELECT name, sql FROM main.sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    found = connection.execute(query).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX main.{name}")
    return [sql for _, sql in found]


def _choose(connection: sqlite3.Connection, count: int) -> None:
    """`chosen`: which dossier of the template stands in which copy, how many days earlier."""
    connection.execute(
        """CREATE TEMP TABLE place AS SELECT id, personne, row_number() OVER (ORDER BY dossier) - 1
        AS number, EXISTS (SELECT 1 FROM t.spans AS s WHERE s.dossier = d.id
            AND s.nature = 'contractualisation' AND s.fin_max IS NULL) AS waits
        FROM t.dossiers AS d"""
    )
    connection.execute("CREATE UNIQUE INDEX temp.place_of ON place (id)")
    connection.execute(
        "CREATE TEMP TABLE event_place AS SELECT id, seq - 1 AS number FROM t.events"
    )
    connection.execute("CREATE UNIQUE INDEX temp.event_place_of ON event_place (id)")
    connection.execute(
        "CREATE TEMP TABLE chosen (copy INTEGER, number INTEGER, days INTEGER, id TEXT,"
        " person TEXT, new_id TEXT, new_person TEXT, PRIMARY KEY (copy, number)) WITHOUT ROWID"
    )
    rows = connection.execute("SELECT number, id, personne, waits FROM place ORDER BY number")
    connection.executemany(
        "INSERT INTO chosen VALUES (?, ?, ?, ?, ?, ?, ?)", _chosen(rows.fetchall(), count)
    )
    connection.execute("CREATE UNIQUE INDEX temp.chosen_copy ON chosen (id, copy)")


def _chosen(
    places: Sequence[tuple[int, str, str, int]], count: int
) -> Iterator[tuple[object, ...]]:
    copy = given = 0
    while given < count:
        days = 7 * (copy * 37 % _WEEKS)
        for number, id_, person, waits in places:
            if given == count:
                return
            if waits and copy % WAITING_EVERY:
                continue
            place = copy * len(places) + number
            new = (f"{_DOSSIER}{place:024d}", f"{_PERSON}{place:024d}")
            yield (copy, number, days, id_, person, *new)
            given += 1
        copy += 1


def _copy(connection: sqlite3.Connection) -> None:
    for function, arguments in (
        (moved, 2), (moved_reference, 2), (moved_payload, 4), (surname, 1), (name_key, 2),
    ):  # fmt: skip
        connection.create_function(function.__name__, arguments, function, deterministic=True)
    for table in _SAME:
        connection.execute(f"INSERT OR IGNORE INTO main.{table} SELECT * FROM t.{table}")
    _copy_people(connection)
    _copy_events(connection)
    _copy_dossiers(connection)
    for table in ("spans", "situations", "rights", "steps", "interviews", "appointments"):
        _copy_folded(connection, table)
    connection.execute(
        "INSERT INTO main.counters SELECT departement, max(CAST(substr(dossier, 4) AS INTEGER))"
        " FROM main.dossiers GROUP BY 1 UNION ALL"
        " SELECT name, last FROM t.counters WHERE name = 'listing'"
    )


def _insert(
    connection: sqlite3.Connection, table: str, values: dict[str, str], source: str
) -> None:
    connection.execute(
        f"INSERT INTO main.{table} ({', '.join(values)})"
        f" SELECT {', '.join(values.values())} FROM {source}"
    )


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Every column of a table, taken as it is."""
    rows = connection.execute(f"SELECT name FROM pragma_table_info('{table}', 't')")
    return {name: f"t.{name}" for (name,) in rows}


def _copy_people(connection: sqlite3.Connection) -> None:
    name = "t.nom || surname(c.copy)"
    values = _columns(connection, "people") | {
        "id": "c.new_person",
        "agdref": "CASE WHEN t.agdref IS NOT NULL"
        " THEN printf('9%09d', c.copy * 10000 + c.number) END",
        "nom": name,
        "name_key": f"name_key({name}, t.prenoms)",
    }
    _insert(connection, "people", values, "chosen AS c CROSS JOIN t.people AS t ON t.id = c.person")


def _copy_events(connection: sqlite3.Connection) -> None:
    """The journal in the order in which the copies were made; each event written on its day."""
    many = connection.execute("SELECT count(*) FROM event_place").fetchone()[0]
    number = f"(c.copy * {many} + p.number)"
    event = f"printf('{_EVENT}%024d', {number})"
    values = _columns(connection, "events") | {
        "id": event,
        "seq": f"{number} + 1",
        "dossier": "c.new_id",
        "effective_from": "moved(t.effective_from, c.days)",
        "effective_to": "moved(t.effective_to, c.days)",
        "recorded_at": "coalesce(moved(t.effective_to, c.days), '2023-01-01')"
        " || 'T08:00:00.000000Z'",
        "batch": "NULL",
        "payload": "CASE t.payload WHEN '{}' THEN '{}'"
        " ELSE moved_payload(t.payload, c.copy, c.days, c.new_person) END",
    }
    source = (
        "(SELECT DISTINCT copy AS number FROM chosen ORDER BY 1) AS k CROSS JOIN t.events AS t"
        " CROSS JOIN event_place AS p ON p.id = t.id"
        " CROSS JOIN chosen AS c ON c.id = t.dossier AND c.copy = k.number"
    )
    _insert(connection, "events", values, source)
    texts = {"event": event, "field": "t.field", "value": "t.value"}
    source = (
        "t.texts AS t CROSS JOIN event_place AS p ON p.id = t.event"
        " CROSS JOIN t.events AS e ON e.id = t.event CROSS JOIN chosen AS c ON c.id = e.dossier"
    )
    _insert(connection, "texts", texts, f"{source} ORDER BY c.copy, p.number")


_DATES = re.compile(r"date_|echeance_|fin_|depart_|(.*_(min|max|le)$)|jour$")


def _copy_dossiers(connection: sqlite3.Connection) -> None:
    values = {
        name: f"moved(t.{name}, c.days)" if _DATES.match(name) else f"t.{name}"
        for name in DOSSIER_COLUMNS
    }
    values |= {
        "id": "c.new_id",
        "personne": "c.new_person",
        **{
            name: _REFERENCE.format(column=f"t.{name}") for name in ("dossier", "menage", "rejoint")
        },
    }
    source = "chosen AS c CROSS JOIN t.dossiers AS t ON t.id = c.id"
    _insert(connection, "dossiers", values, source)


def _copy_folded(connection: sqlite3.Connection, table: str) -> None:
    many = connection.execute("SELECT count(*) FROM event_place").fetchone()[0]
    values = {
        name: f"moved({column}, c.days)" if _DATES.match(name) else column
        for name, column in _columns(connection, table).items()
    }
    values["dossier"] = "c.new_id"
    if "event" in values:
        place = "(SELECT p.number FROM event_place AS p WHERE p.id = t.event)"
        values["event"] = _ID.format(kind=_EVENT, many=many, place=place)
    connection.execute(f"CREATE TEMP TABLE own AS SELECT * FROM t.{table}")
    connection.execute("CREATE INDEX temp.own_of ON own (dossier)")
    _insert(connection, table, values, "chosen AS c CROSS JOIN own AS t ON t.dossier = c.id")
    connection.execute("DROP TABLE own")


def main() -> None:
    """Make the file that the arguments name; refuse one that is there already."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=1_000_000)
    asked = parser.parse_args()
    make(asked.file, asked.count)


if __name__ == "__main__":
    main()
