"""New dossiers by the page: what opening many of them writes, all but its numbers.

A page is made where the rows are decided, in any process, and holds the values of each table one
after the other. The one who writes fills in the ids, the references and the stamp, in the order
of the rows, and inserts each table at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from agir_cli.domain.eligibility import Judged
from agir_cli.domain.events import Draft
from agir_cli.domain.rules import Rulebook
from agir_cli.store.columns import DOSSIER_COLUMNS
from agir_cli.store.driver import Connection
from agir_cli.store.inserting import insert_values
from agir_cli.store.journal import FOLDED, last_number
from agir_cli.store.people import PERSON_FIELDS
from agir_cli.store.projection import Rows, folded_rows
from agir_cli.store.stamp import Stamp
from agir_cli.store.written import Written, written

_DOSSIER = tuple(n for n in DOSSIER_COLUMNS if n not in ("id", "dossier", "personne"))
_UNNUMBERED = len('{"dossier":"","personne":"",')
"""How many characters the payload of an opening begins with, before its numbers are known."""
_SAID = ("kind", "effective_from", "effective_to", "payload")


class Made(NamedTuple):
    """What opening one dossier writes, its numbers left out."""

    key: str
    """That of the person's name."""
    person: Mapping[str, str]
    """The person's stored texts."""
    events: list[Written]
    rows: Rows


class Table(NamedTuple):
    """Some columns of a table, and which opening of the page each row is of."""

    name: str
    owners: list[int]
    columns: dict[str, list[Any]]


class Page(NamedTuple):
    """The tables of some openings, and the words of their events, by the place of the event."""

    people: Table
    dossiers: Table
    events: Table
    folded: list[Table]
    texts: list[tuple[int, str, str]]


class Numbers(NamedTuple):
    """What an opening gets on its turn."""

    person: str
    dossier: str
    reference: str


def made(
    key: str, person: Mapping[str, str], drafts: Sequence[Draft], after: Judged, rulebook: Rulebook
) -> Made:
    """What a new person's dossier writes; ``drafts``: its events, the opening first."""
    return Made(key, person, list(map(written, drafts)), folded_rows(after, rulebook))


def page(openings: Sequence[Made]) -> Page:
    """The page of these openings."""
    every = list(range(len(openings)))
    events = [(place, event) for place in every for event in openings[place].events]
    people = {"name_key": [o.key for o in openings]}
    people |= _columns(PERSON_FIELDS, [o.person for o in openings])
    dossiers = _columns(_DOSSIER, [o.rows.dossier for o in openings])
    said = {name: [event[n] for _, event in events] for n, name in enumerate(_SAID)}
    return Page(
        Table("people", every, people),
        Table("dossiers", every, dossiers),
        Table("events", [place for place, _ in events], said),
        [table for name in FOLDED if (table := _folded(name, openings)).owners],
        [(n, *text) for n, (_, event) in enumerate(events) for text in event[4]],
    )


def _columns(names: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The values of these columns, but for those that nobody fills."""
    used = set().union(*rows)
    return {name: [row.get(name) for row in rows] for name in names if name in used}


def _folded(name: str, openings: Sequence[Made]) -> Table:
    rows = [(n, row) for n, o in enumerate(openings) for row in getattr(o.rows, name)]
    columns = {
        column: [row[n] for _, row in rows]
        for n, column in enumerate(FOLDED[name])
        if column != "dossier"
    }
    return Table(name, [n for n, _ in rows], columns)


# --- on their turn -----------------------------------------------------------------------


def write(
    connection: Connection,
    page: Page,
    given: Mapping[int, Numbers],
    stamp: Stamp,
    ids: Iterator[str],
) -> None:
    """Insert the openings of a page that have got their numbers; the others are left out."""
    if not given:
        return
    people, dossiers, events = (_kept(t, given) for t in (page.people, page.dossiers, page.events))
    persons, keys, references = zip(*[given[owner] for owner in people.owners], strict=True)
    _insert(connection, people, {"id": persons})
    events_ids = list(islice(ids, len(events.owners)))
    _insert_events(connection, events, given, stamp, events_ids)
    _insert_texts(connection, page, given, events_ids)
    _insert(connection, dossiers, {"id": keys, "dossier": references, "personne": persons})
    for table in page.folded:
        kept = _kept(table, given)
        _insert(connection, kept, {"dossier": _dossiers(kept, given)})


def _kept(table: Table, given: Mapping[int, Numbers]) -> Table:
    """The rows of the openings that are numbered."""
    if all(owner in given for owner in table.owners):
        return table
    places = [n for n, owner in enumerate(table.owners) if owner in given]
    columns = {name: [values[n] for n in places] for name, values in table.columns.items()}
    return Table(table.name, [table.owners[n] for n in places], columns)


def _dossiers(table: Table, given: Mapping[int, Numbers]) -> list[str]:
    return [given[owner].dossier for owner in table.owners]


def _insert(connection: Connection, table: Table, numbers: Mapping[str, Iterable[Any]]) -> None:
    columns = {**numbers, **table.columns}
    width = len(columns)
    values: list[Any] = [None] * (width * len(table.owners))
    for place, column in enumerate(columns.values()):
        values[place::width] = column
    insert_values(connection, table.name, tuple(columns), values)


def _insert_events(
    connection: Connection,
    events: Table,
    given: Mapping[int, Numbers],
    stamp: Stamp,
    keys: Sequence[str],
) -> None:
    author, site, recorded_at, batch = stamp
    count = len(keys)
    first = last_number(connection, site) + 1
    payloads = events.columns["payload"]
    opened: set[int] = set()
    for place, owner in enumerate(events.owners):
        if owner not in opened:
            opened.add(owner)
            person, _, reference = given[owner]
            said = payloads[place][_UNNUMBERED:]
            payloads[place] = f'{{"dossier":"{reference}","personne":"{person}",{said}'
    numbers = {
        "id": keys, "dossier": _dossiers(events, given), "recorded_at": [recorded_at] * count,
        "author": [author] * count, "batch": [batch] * count, "site": [site] * count,
        "seq": range(first, first + count),
    }  # fmt: skip
    _insert(connection, events, numbers)


def _insert_texts(
    connection: Connection, page: Page, given: Mapping[int, Numbers], keys: Sequence[str]
) -> None:
    places = [n for n, owner in enumerate(page.events.owners) if owner in given]
    key_of = dict(zip(places, keys, strict=True))
    values = [v for n, *text in page.texts if n in key_of for v in (key_of[n], *text)]
    insert_values(connection, "texts", ("event", "field", "value"), values)
