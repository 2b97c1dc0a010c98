"""New dossiers by the page: what opening many of them writes, all but its numbers.

A page is made where the rows are decided, in any process. The one who writes fills in the ids,
the references and the stamp, in the order of the rows, and inserts each table at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from agir_cli.domain.eligibility import Judged
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.rules import Rulebook
from agir_cli.store.driver import Connection
from agir_cli.store.inserting import Columns, Table, insert
from agir_cli.store.journal import Numbers, insert_events, insert_rows
from agir_cli.store.people import written_columns
from agir_cli.store.projection import Projection, projected
from agir_cli.store.stamp import Stamp
from agir_cli.store.written import Written, written

_UNNUMBERED = len('{"dossier":"","personne":"",')
"""How many characters the payload of an opening begins with, before its numbers are known."""
_OPENED = str(Kind.DOSSIER_OPENED)


class Opening(NamedTuple):
    """A dossier that is opened for a new person, but for its numbers."""

    key: str
    """That of the person's name."""
    command: object
    """What is said of the person."""
    drafts: Sequence[Draft]
    """Its events, the opening first."""
    after: Judged


class Page(NamedTuple):
    """The rows of some openings; the owner of a row is the place of its opening."""

    people: Table
    journal: Written
    lists: Projection


def page(openings: Sequence[Opening], rulebook: Rulebook) -> Page:
    """The page of these openings."""
    people: Columns = {
        "name_key": [opening.key for opening in openings],
        **written_columns([opening.command for opening in openings]),
    }
    drafts = [(n, draft) for n, opening in enumerate(openings) for draft in opening.drafts]
    return Page(
        Table("people", range(len(openings)), people),
        written(drafts),
        projected([opening.after for opening in openings], rulebook),
    )


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
    people, journal, lists = page if len(given) == len(page.people.owners) else _kept(page, given)
    persons: Columns = {"id": [given[owner].person for owner in people.owners]}
    insert(connection, people.name, persons | people.columns)
    keys = {place: numbers.dossier for place, numbers in given.items()}
    new = journal._replace(events=_numbered(journal.events, given))
    insert_events(connection, new, keys, list(islice(ids, len(new.events.owners))), stamp)
    insert_rows(connection, lists, given)


def _kept(page: Page, given: Mapping[int, Numbers]) -> Page:
    """The rows of the openings that are numbered."""
    people, (events, words), (dossiers, folded) = page
    kept = [n for n, owner in enumerate(events.owners) if owner in given]
    place_of = {n: place for place, n in enumerate(kept)}
    return Page(
        _rows_kept(people, given),
        Written(
            _rows_kept(events, given),
            [(place_of[n], field, said) for n, field, said in words if n in place_of],
        ),
        Projection(_rows_kept(dossiers, given), [_rows_kept(table, given) for table in folded]),
    )


def _rows_kept(table: Table, given: Mapping[int, Numbers]) -> Table:
    places = [n for n, owner in enumerate(table.owners) if owner in given]
    columns: Columns = {name: [values[n] for n in places] for name, values in table.columns.items()}
    return Table(table.name, [table.owners[n] for n in places], columns)


def _numbered(events: Table, given: Mapping[int, Numbers]) -> Table:
    """The same events, the opening of each dossier told with its numbers."""
    kinds, payloads = events.columns["kind"], events.columns["payload"]
    told = [
        _opening_of(given[owner], payload) if kind == _OPENED else payload
        for owner, kind, payload in zip(events.owners, kinds, payloads, strict=True)
    ]
    return events._replace(columns={**events.columns, "payload": told})


def _opening_of(numbers: Numbers, payload: str) -> str:
    person, _, reference = numbers
    return f'{{"dossier":"{reference}","personne":"{person}",{payload[_UNNUMBERED:]}'
