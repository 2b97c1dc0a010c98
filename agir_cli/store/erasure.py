"""Erasing persons: nothing of them stays but what figures count, under ids that chance has drawn.

The events of their dossiers keep their places in the chain, emptied. What the figures of past days
need of them goes to a chain of its own (`journal.STATISTICS`), as dossiers of nobody, whose persons
stand in `statistics`. `data/columns.csv` says of every column, and of every name in an event's
payload, what it holds and what becomes of it.
"""

from __future__ import annotations

import csv
import json
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from agir_cli.domain.causes import RIGHTS
from agir_cli.domain.eligibility import judged
from agir_cli.domain.events import Event, Kind, recorded
from agir_cli.domain.folding import fold
from agir_cli.domain.identity import name_key
from agir_cli.domain.rules import Rulebook
from agir_cli.shipped import data_file
from agir_cli.store import doubles, journal, memory, memory_keys, settings
from agir_cli.store.driver import Connection
from agir_cli.store.lists import DOSSIER_COLUMNS
from agir_cli.store.stamp import Stamp, encode_ulid

# --- what each column is -------------------------------------------------------------------


class Column(NamedTuple):
    """What a column holds, what an erasure does to it, who is given it, how long it is kept.

    ``kind``: identity, sensitive, business or technical; ``duration``: a code of the durations.
    """

    kind: str
    erased: bool
    given: bool
    duration: str

    @property
    def nature(self) -> str:
        """Personal, coded or technical (French)."""
        return {"business": "codée", "technical": "technique"}.get(self.kind, "personnelle")


_CLASSES: Mapping[str, tuple[str, bool, bool]] = {
    "identity": ("identity", True, True),
    "sensitive": ("sensitive", True, True),
    "business": ("business", False, True),
    "erased_business": ("business", True, True),
    "trace": ("technical", False, True),
    "erased_trace": ("technical", True, True),
    "inner": ("technical", False, False),
    "erased_inner": ("technical", True, False),
}
PAYLOAD = "payload"
"""Beside the tables: the names in the payload of an event."""


_ENDS_OF_COLUMNS = f"_({'|'.join(('entree', 'actuelle', 'sortie', *RIGHTS))})$"


@cache
def classes() -> dict[str, dict[str, Column]]:
    """What every column is: `{table: {column: class}}`, the names in the payload of events too.

    A column of the list of dossiers that bears such a name is what it is there.
    """
    found: dict[str, dict[str, Column]] = {}
    with data_file("columns.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            column = Column(*_CLASSES[row["class"]], row["duration"])
            found.setdefault(row["table"], {})[row["column"]] = column
    for name in DOSSIER_COLUMNS:
        said = found[PAYLOAD].get(re.sub(_ENDS_OF_COLUMNS, "", name))
        if said is not None:
            found["dossiers"].setdefault(name, said)
    return found


# --- whom it concerns ----------------------------------------------------------------------


def one_person(connection: Connection, persons: Iterable[str]) -> list[str]:
    """These persons (ids) with those of whom somebody has said that they are the same."""
    query = """SELECT DISTINCT x.personne FROM dossiers d
        JOIN ties t ON t.sorte = 'meme' AND (t.dossier = d.id OR t.autre = d.id)
        JOIN dossiers x ON x.id = iif(t.dossier = d.id, t.autre, t.dossier)
        WHERE d.personne IN (SELECT value FROM json_each(?))"""
    known = new = set(persons)
    while new:
        new = {row[0] for row in connection.execute(query, (json.dumps([*new]),))} - known
        known = known | new
    return sorted(known)


def dossiers_of(connection: Connection, persons: Iterable[str]) -> dict[str, list[str]]:
    """The dossiers (ids) of these persons."""
    query = (
        "SELECT personne, id FROM dossiers WHERE personne IN (SELECT value FROM json_each(?))"
        " ORDER BY dossier"
    )
    found: dict[str, list[str]] = {}
    for person, dossier in connection.execute(query, (json.dumps([*persons]),)):
        found.setdefault(person, []).append(dossier)
    return found


def of_other_sites(connection: Connection, persons: Iterable[str]) -> set[str]:
    """Those of these persons whose dossier another site has opened: it is theirs to purge.

    Two sites that purged one person on one night would both keep a line of statistics of them.
    """
    query = """SELECT d.personne FROM dossiers d JOIN events e ON e.dossier = d.id AND e.kind = ?
        WHERE d.personne IN (SELECT value FROM json_each(?)) AND rtrim(e.site, ?) <> ?"""
    own = settings.site_of(connection)
    values = (Kind.DOSSIER_OPENED, json.dumps([*persons]), journal.STATISTICS, own)
    return {row[0] for row in connection.execute(query, values)}


def supported(connection: Connection, dossiers: Iterable[str]) -> list[str]:
    """Those of these dossiers (references) that have a contract and no end: a support runs."""
    query = """SELECT dossier FROM dossiers WHERE etape <> 'clos' AND date_contrat IS NOT NULL
        AND id IN (SELECT value FROM json_each(?)) ORDER BY dossier"""
    return [row[0] for row in connection.execute(query, (json.dumps([*dossiers]),))]


def names_of(connection: Connection, persons: Iterable[str]) -> set[str]:
    """What these persons are called, and were: names, numbers, telephones, mails."""
    query = """WITH them AS (SELECT value AS id FROM json_each(?))
        SELECT agdref, nom, prenoms, nom_usage, telephone, courriel FROM people
        WHERE id IN them UNION ALL SELECT former, NULL, NULL, NULL, NULL, NULL FROM identities
        WHERE person IN them AND field IN ('agdref', 'nom', 'prenoms', 'nom_usage', 'telephone',
        'courriel')"""
    rows = connection.execute(query, (json.dumps([*persons]),))
    return {text for row in rows for text in row if text}


def words(texts: Iterable[str]) -> set[str]:
    """The words of some texts, as names are compared; those of two letters name nobody."""
    every = (word for text in texts for word in re.split(r"[\W_]+", text))
    return {name_key(word, None) for word in every if len(word) > 2}


def named_elsewhere(connection: Connection, persons: Collection[str]) -> list[str]:
    """The dossiers (references) of others whose notes name one of these persons."""
    query = (
        "SELECT id, nom, prenoms, agdref FROM people WHERE id IN (SELECT value FROM json_each(?))"
    )
    sought = []
    for _, nom, prenoms, number in connection.execute(query, (json.dumps([*persons]),)):
        sought += [words((nom, prenoms))] if nom and prenoms else []
        sought += [words([number])] if number else []
    firsts: dict[str, list[set[str]]] = {}
    for name in filter(None, sought):
        firsts.setdefault(min(name), []).append(name)
    found = set()
    notes = """SELECT coalesce(d.dossier, json_extract(e.payload, '$.action'), ''), d.personne,
        t.value FROM texts t JOIN events e ON e.id = t.event
        LEFT JOIN dossiers d ON d.id = e.dossier"""
    for reference, person, text in connection.execute(notes):
        said = words([text])
        if person not in persons and any(
            name <= said for word in said for name in firsts.get(word, ())
        ):
            found.add(reference)
    return sorted(found)


# --- erasing -------------------------------------------------------------------------------


class Wanted(NamedTuple):
    """On which day an erasure is done, at whose demand and why, in words that name nobody."""

    day: str
    demand: str
    reason: str


def erase(
    connection: Connection,
    persons: Sequence[str],
    wanted: Wanted,
    stamp: Stamp,
    rulebook: Rulebook,
) -> list[str]:
    """Take these persons (ids) out; a line of statistics stays of each dossier. The dossiers (ids).

    Every dossier of theirs is closed. The bytes are still in the file until `scrub`.
    """
    theirs = dossiers_of(connection, persons)
    every = [dossier for each in theirs.values() for dossier in each]
    events = journal.load(connection, every)
    lines = [*_lines(connection, theirs, events)]
    take_out(connection, every, wanted, stamp)
    changes = [
        journal.Change(line[0].dossier, line, judged(fold(line), rulebook), fresh=True)
        for line in lines
    ]
    journal.append(connection, changes, stamp.site + journal.STATISTICS, rulebook)
    return every


def take_out(connection: Connection, dossiers: Sequence[str], wanted: Wanted, stamp: Stamp) -> None:
    """Take out these dossiers (ids) with their persons, who have no others; nothing is counted.

    Those that are not there are noted all the same: what comes of them later is emptied.
    """
    ids = json.dumps(dossiers)
    query = "SELECT personne FROM dossiers WHERE id IN (SELECT value FROM json_each(?))"
    persons = [row[0] for row in connection.execute(query, (ids,))]
    said = names_of(connection, persons)
    journal.empty(connection, dossiers)
    _forget_beside(connection, ids, said)
    connection.executemany(  # of two sites that erased somebody apart, the first holds everywhere
        "INSERT INTO erasures VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " (jour, enregistre_le, auteur, demande, motif) = (excluded.jour, excluded.enregistre_le,"
        " excluded.auteur, excluded.demande, excluded.motif) WHERE (excluded.enregistre_le,"
        " excluded.auteur, excluded.jour) < (enregistre_le, auteur, jour)",
        [(dossier, wanted.day, stamp.recorded_at, stamp.author, wanted.demand, wanted.reason)
         for dossier in dossiers],
    )  # fmt: skip
    connection.execute(
        "DELETE FROM people WHERE id IN (SELECT value FROM json_each(?))"
        " AND id NOT IN (SELECT personne FROM dossiers)",
        (json.dumps(persons),),
    )
    doubles.forget(connection, persons)


def _forget_beside(connection: Connection, dossiers: str, said: Collection[str]) -> None:
    """Take out what listings, nightly reports, imports and settings keep of these dossiers."""
    whose = "dossier IN (SELECT value FROM json_each(?))"
    connection.execute(
        f"UPDATE listing_rows SET dossier = '', contenu = NULL WHERE {whose}", (dossiers,)
    )
    connection.execute(f"DELETE FROM run_lines WHERE {whose}", (dossiers,))
    keys = memory_keys.there(connection, connection.path) if connection.path is not None else []
    numbers = [text for text in said if any(map(str.isdigit, text))] if keys else []
    tags = (each.tag for text in numbers for each in memory.of_number(keys, text))
    names = ((settings.reopened_as(tag),) for tag in tags)
    connection.executemany("DELETE FROM settings WHERE name = ?", names)
    spoken = words(said)
    for batch, name in connection.execute("SELECT id, fichier FROM batches").fetchall():
        if not spoken.isdisjoint(words([name])):
            query = "UPDATE batches SET fichier = '(nom effacé)' WHERE id = ?"
            connection.execute(query, (batch,))


_OF_THE_PERSON = frozenset(
    {
        Kind.NAMESAKE_CONFIRMED,
        Kind.PERSONS_LINKED,
        Kind.IDENTITY_CHANGED,
        Kind.STEP_RECORDED,
        Kind.PRECHECK_OVERRIDDEN,
        Kind.CONFLICT_SETTLED,
        Kind.HOLD_ADDED,
        Kind.HOLD_LIFTED,
    }
)
"""Kinds of events that no figure counts."""


def _lines(
    connection: Connection,
    theirs: Mapping[str, Sequence[str]],
    events: Mapping[str, Sequence[Event]],
) -> Iterator[list[Event]]:
    """What figures count of these dossiers, as the events of dossiers of nobody."""
    every = [dossier for each in theirs.values() for dossier in each]
    shared, alone = _shared_homes(connection, every), dict[str, str]()
    for dossiers in theirs.values():
        person = _chance(80)
        connection.execute("INSERT INTO statistics VALUES (?)", (person,))
        for dossier in dossiers:
            line = [*_line(events[dossier], person)]
            for place, e in enumerate(line):
                if (home := e.payload.get("menage")) and home not in shared:
                    code = alone.setdefault(home, f"0{_chance(40)[-8:]}")
                    line[place] = e._replace(payload={**e.payload, "menage": code})
            yield line


def _line(events: Sequence[Event], person: str) -> Iterator[Event]:
    """The events of one dossier, without what no figure counts; their ids in the same order."""
    kept = {name for name, column in classes()[PAYLOAD].items() if not column.erased}
    counted = sorted((e for e in events if e.kind not in _OF_THE_PERSON), key=recorded)
    ids = {e.id: encode_ulid(n) for n, e in enumerate(counted, secrets.randbits(80))}
    dossier = _chance(80)
    for e in counted:
        said = {name: value for name, value in e.payload.items() if name in kept}
        said |= {name: ids.get(said[name], "") for name in _EVENTS if name in said}
        if e.kind is Kind.DOSSIER_OPENED:
            said |= {"dossier": f"{said['departement']}X-{_chance(40)[-8:]}", "personne": person}
        if said.get("event") != "":  # it voids what no figure counts
            yield Event(ids[e.id], dossier, e.kind, e.on, said, _hour(e.recorded_at), e.author)


_EVENTS = ("event", "remplace")
"""The names of a payload by which an event speaks of another."""


def _hour(instant: str) -> str:
    """An instant's hour: it says on which day, in Paris too, and no more whose act it was."""
    return f"{instant[:13]}:00:00.000000Z"


def _shared_homes(connection: Connection, dossiers: Sequence[str]) -> set[str]:
    """The households of these dossiers that others are of: figures count them once."""
    query = """SELECT DISTINCT menage FROM dossiers WHERE menage IS NOT NULL
        AND id NOT IN (SELECT value FROM json_each(?))"""
    return {row[0] for row in connection.execute(query, (json.dumps(dossiers),))}


def _chance(bits: int) -> str:
    return encode_ulid(secrets.randbits(bits))


def erased(connection: Connection) -> list[tuple[Wanted, Stamp, list[str]]]:
    """Every erasure: what was asked, by whom and when it was done, and the dossiers (ids)."""
    query = (
        "SELECT jour, demande, motif, auteur, enregistre_le, group_concat(dossier, ' ')"
        " FROM erasures GROUP BY 1, 2, 3, 4, 5 ORDER BY enregistre_le"
    )
    return [
        (Wanted(*asked), Stamp(author, "", moment), dossiers.split())
        for *asked, author, moment, dossiers in connection.execute(query)
    ]
