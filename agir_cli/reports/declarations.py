"""`declare list`: what was declared to the ministry, and what has changed since.

Nothing of what was declared is kept twice: what a dossier was on the day of its declaration is
folded again from its journal, what its person was is read from the changes of identity since.
Each dossier of the funnel's persons is in one state, one of `STATES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.eligibility import judged
from agir_cli.domain.events import Event
from agir_cli.domain.fields import FIELDS, Home
from agir_cli.domain.folding import fold
from agir_cli.reports import listing
from agir_cli.reports.selection import Filters
from agir_cli.store import journal
from agir_cli.store.projection import projected
from agir_cli.store.settings import rulebook_of

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

NEVER, SAME, CHANGED, REJECTED = "jamais", "a_jour", "modifie", "rejete"
STATES = {
    NEVER: "jamais déclarés", SAME: "à jour", CHANGED: "modifiés depuis", REJECTED: "rejetés"
}  # fmt: skip

_DERIVED = frozenset(
    {"dossier", "etape", "menage", "rejoint", "date_situation", "date_entretien", "motif_excuse",
     "date_declaration", "numero_declaration", "date_rejet", "listing", "confirmation",
     "convocation_remise", "contact_souhaite", "date_absence", "absences_diagnostic",
     "absences_contrat", "domaine", "date_etape", "date_fin_etape", "heures", "droit_depuis"}
)  # fmt: skip
"""Columns that follow from others, or are the team's own: no form asks for them [D]."""


_BLOCK = 500


class Declared(NamedTuple):
    """A dossier and its declaration; ``changed``: the columns that say something else now."""

    reference: str
    state: str
    on: str | None
    number: str | None
    changed: tuple[str, ...]
    rejection: str | None


def declarable() -> tuple[str, ...]:
    """The columns compared where no form says which it has."""
    plain = [name.removesuffix("_actuelle") for name in listing.COLUMNS]
    return tuple(
        name for name, field in zip(listing.COLUMNS, plain, strict=True)
        if field in FIELDS and name not in _DERIVED
    )  # fmt: skip


def declarations(
    connection: Connection, references: Iterable[str], columns: Sequence[str], limit: str = ""
) -> Iterator[Declared]:
    """How each of these dossiers stands with the ministry, looking at these columns.

    ``limit``: the instant from which on what was entered was not known; empty for none.
    """
    wanted = set(references)
    names = ("id", "personne", "dossier", "date_declaration", "numero_declaration", "date_rejet")
    motives = ("motif_declaration",)
    every = (
        dict(zip((*names, *motives), row, strict=True))
        for row in listing.rows(connection, (*names, *motives), Filters())
        if row[2] in wanted
    )
    while some := list(islice(every, _BLOCK)):
        sent = [each["id"] for each in some if each["date_declaration"] and not each["date_rejet"]]
        changed = _changed(connection, sent, columns, limit) if sent else {}
        for each in some:
            yield _standing(each, changed.get(each["id"], ()))


def _standing(each: Mapping[str, Any], changed: tuple[str, ...]) -> Declared:
    on, rejected = each["date_declaration"], each["date_rejet"]
    state = REJECTED if rejected else NEVER if on is None else CHANGED if changed else SAME
    return Declared(
        each["dossier"], state, on, each["numero_declaration"], changed,
        each["motif_declaration"] if rejected else None,
    )  # fmt: skip


def _changed(
    connection: Connection, ids: Sequence[str], columns: Sequence[str], limit: str
) -> dict[str, tuple[str, ...]]:
    """The columns of each of these dossiers that say something else than when it was declared."""
    rulebook = rulebook_of(connection)
    loaded = journal.load(connection, ids)
    known = {
        id_: [e for e in events if not limit or e.recorded_at < limit]
        for id_, events in loaded.items()
    }
    marks = {id_: _declaration(known[id_]) for id_ in ids}
    before, after = (
        projected(
            [judged(fold(_until(known[id_], marks[id_] if then else None)), rulebook)
             for id_ in ids],
            rulebook,
        ).dossiers.columns
        for then in (True, False)
    )  # fmt: skip
    renamed = _renamed(connection, marks, limit)
    nothing: list[Any] = [None] * len(ids)
    found = {}
    for place, id_ in enumerate(ids):
        other = [
            name for name in columns
            if (name in renamed.get(id_, ()) if _of_a_person(name)
                else before.get(name, nothing)[place] != after.get(name, nothing)[place])
        ]  # fmt: skip
        found[id_] = tuple(other)
    return found


def _of_a_person(name: str) -> bool:
    return name in FIELDS and FIELDS[name].home is Home.PERSON


def _declaration(events: Sequence[Event]) -> str:
    """The event of the last declaration that stands, by its id: ids follow the order of entry."""
    state = fold(events)
    return state.declared.event if state.declared is not None else ""


def _until(events: Sequence[Event], last: str | None) -> list[Event]:
    """The events entered until that one."""
    return [event for event in events if last is None or event.id <= last]


def _renamed(connection: Connection, marks: Mapping[str, str], limit: str) -> dict[str, set[str]]:
    """The fields of each dossier's person that are not what they were at these events."""
    import json

    query = (
        "SELECT d.id, i.event, i.field, i.former, p.* FROM json_each(?) AS j"
        " JOIN dossiers AS d ON d.id = j.key JOIN people AS p ON p.id = d.personne"
        " JOIN identities AS i ON i.person = p.id AND i.event > j.value"
        " WHERE i.current IS NOT NULL AND (? = '' OR i.recorded_at < ?) ORDER BY i.id"
    )
    cursor = connection.execute(query, (json.dumps(marks), limit, limit))
    names = [column[0] for column in cursor.description][4:]
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for id_, _, field, former, *person in cursor:
        now = dict(zip(names, person, strict=True)).get(field)
        first.setdefault((id_, field), (former or "", now or ""))
    found: dict[str, set[str]] = {}
    for (id_, field), (former, now) in first.items():
        if former != now:
            found.setdefault(id_, set()).add(field)
    return found
