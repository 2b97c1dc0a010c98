"""The records of a department, as one operator hands them to the next and that one takes them.

What is handed are events with all that stands beside them; what is taken becomes the receiver's
own: their chain, their codes of référents, and, where one was given already, other references.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from agir_cli.domain.identity import household_key
from agir_cli.failures import FileFailure
from agir_cli.store import directory, journal, seal, stream
from agir_cli.store.driver import Connection
from agir_cli.store.journal import STATISTICS
from agir_cli.store.stream import Touched

Record = dict[str, Any]
_AT_ONCE = 2_000
_NOT_THEIRS = ("seq", "salt", "hash", "batch", "site")
"""What a record leaves behind: where it stood in the chain of who hands it."""
_REFERENTS = ("referent", "second_referent")


# --- what is handed ------------------------------------------------------------------------


class Theirs(NamedTuple):
    """The persons (ids) of a department: ``open`` have a dossier that runs, ``closed`` have none.

    Only the first are handed with their names.
    """

    open: list[str]
    closed: list[str]


def persons_of(connection: Connection, department: str) -> Theirs:
    """Who has a dossier of a department."""
    query = (
        "SELECT personne, max(etape <> 'clos') FROM dossiers WHERE departement = ?"
        " AND personne IN (SELECT id FROM people) GROUP BY personne ORDER BY min(dossier)"
    )
    rows = connection.execute(query, (department,)).fetchall()
    return Theirs([p for p, runs in rows if runs], [p for p, runs in rows if not runs])


def dossiers_of(
    connection: Connection, department: str, persons: Sequence[str]
) -> tuple[dict[str, str], list[str]]:
    """The dossiers of a department: of these persons, as `{id: reference}`, and of nobody (ids)."""
    query = (
        "SELECT id, dossier FROM dossiers WHERE departement = ?"
        " AND personne IN (SELECT value FROM json_each(?))"
    )
    named = dict(connection.execute(query, (department, json.dumps(persons))))
    query = (
        "SELECT id FROM dossiers WHERE departement = ?"
        " AND personne IN (SELECT personne FROM statistics)"
    )
    return named, [row[0] for row in connection.execute(query, (department,))]


def records(connection: Connection, dossiers: Iterable[str]) -> Iterator[list[Record]]:
    """The records of these dossiers (ids), so many at once."""
    wanted, found = {*dossiers}, list[Record]()
    for site in sorted(stream.streams(connection)):
        after = 0
        while some := stream.records(connection, site, after, _AT_ONCE):
            after = some[-1].number
            for each in some:
                told = json.loads(each.line)
                if told["dossier"] in wanted and told["payload"] != journal.EMPTIED:
                    kept = {n: v for n, v in told.items() if n not in _NOT_THEIRS}
                    found.append({**kept, "nobody": True} if STATISTICS in site else kept)
            if len(found) >= _AT_ONCE:
                yield found
                found = []
    if found:
        yield found


def referents_named(some: Iterable[Record]) -> set[str]:
    """The codes of the référents of whom these records speak."""
    every = (json.loads(each["payload"]) for each in some)
    return {said[name] for said in every for name in _REFERENTS if said.get(name)}


def referents_handed(
    connection: Connection, codes: Iterable[str]
) -> tuple[dict[str, str], dict[str, dict[str, str | None]]]:
    """The names of these référents, and what the course of a dossier asks of them besides.

    That is when they left, and who is the same person under another name.
    """
    names, joined = directory.referent_names(connection), directory.joined_referents(connection)
    every = {*codes} | {joined[code] for code in codes if code in joined}
    query = "SELECT code, parti_le FROM referent_facts WHERE parti_le IS NOT NULL"
    left = dict(connection.execute(query))
    facts = {code: {"parti_le": left.get(code), "remplace_par": joined.get(code)} for code in every}
    return (
        {code: names.get(code, code) for code in sorted(every)},
        {code: said for code, said in facts.items() if any(said.values())},
    )


def standing(connection: Connection, dossiers: Iterable[str]) -> dict[str, str]:
    """How far each of these dossiers (ids) has come: how many events, and the last of them."""
    query = (
        "SELECT dossier, count(*) || ':' || max(id) FROM events"
        f" WHERE payload <> '{journal.EMPTIED}'"
        " AND dossier IN (SELECT value FROM json_each(?)) GROUP BY dossier"
    )
    return dict(connection.execute(query, (json.dumps([*dossiers]),)))


# --- what is taken -------------------------------------------------------------------------


def brought(connection: Connection) -> list[Mapping[str, Any]]:
    """What is told of each hand-over that a site of the network has taken (`usecases.handover`)."""
    query = "SELECT value FROM texts JOIN events ON id = event WHERE dossier = ? AND field = ?"
    rows = connection.execute(query, (seal.HANDED, seal.BROUGHT))
    return [json.loads(text) for (text,) in rows]


class Renaming:
    """What the codes and references of who hands over become here.

    ``renamed``: the references that somebody has here, or a site gives (``series``), and the new.
    """

    def __init__(
        self, connection: Connection, named: Mapping[str, str], series: Collection[str],
        referents: Mapping[str, str], facts: Mapping[str, Mapping[str, str | None]],
    ) -> None:  # fmt: skip
        given = dict(connection.execute("SELECT dossier, id FROM dossiers"))
        self.renamed: dict[str, str] = {}
        for dossier, reference in named.items():
            new = reference
            while given.get(new, dossier) != dossier or new.partition("-")[0] in series:
                begun, _, number = new.partition("-")
                new = f"{begun}R-{number}"
            given[new] = dossier
            if new != reference:
                self.renamed[reference] = new
        self._own = {*named}
        known = directory.referent_names(connection).keys()
        own = self._referents = _codes(connection, referents)
        for code, said in facts.items():
            if own[code] not in known:  # of whom the file knows, it is the team that says so
                other = own.get(said["remplace_par"] or "")
                values = {"parti_le": said["parti_le"], "remplace_par": other}
                directory.set_referent(connection, own[code], values)
        query = (
            "SELECT DISTINCT menage FROM dossiers WHERE menage IS NOT NULL"
            " AND id NOT IN (SELECT value FROM json_each(?))"
        )
        rows = connection.execute(query, (json.dumps([*named]),))
        self._homes = {household_key(row[0]) for row in rows}

    def said(self, payload: str) -> str:
        """A payload as it is said here."""
        told = json.loads(payload)
        for name in _REFERENTS:
            if name in told:
                told[name] = self._referents.get(told[name], told[name])
        for name in ("dossier", "rejoint"):
            if name in told:
                told[name] = self.renamed.get(told[name], told[name])
        if "menage" in told and household_key(told["menage"]) in self._homes:
            told["menage"] += "~R"
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _codes(connection: Connection, named: Mapping[str, str]) -> dict[str, str]:
    """The code here of each référent: whoever has that name, else a new one: no other site's."""
    codes = {name: code for code, name in directory.referent_names(connection).items()}
    known = directory.Referents(connection)
    found = {code: codes.get(name) or known.join(name) for code, name in named.items()}
    directory.add_referents(connection, known.take(known.added))
    return found


def insert(
    connection: Connection, site: str, some: Iterable[Record], renaming: Renaming, touched: Touched
) -> int:
    """Insert records as one's own; how many were new. Raises `FileFailure` for one that is none."""
    new = {each["id"]: each for each in some}
    query = "SELECT id FROM events WHERE id IN (SELECT value FROM json_each(?))"
    for (known,) in connection.execute(query, (json.dumps([*new]),)):
        del new[known]
    for nobody in (False, True):
        chain = site + STATISTICS * nobody
        those = [new[id_] for id_ in sorted(new) if new[id_].get("nobody", False) is nobody]
        _insert(connection, chain, those, renaming)
        touched.dossiers |= {each["dossier"] for each in those}
    return len(new)


def _insert(connection: Connection, chain: str, some: Sequence[Record], renaming: Renaming) -> None:
    events, beside = [], []
    first = seal.last_link(connection, chain)[0] + 1
    try:
        for number, told in enumerate(some, first):
            said = {**told, "payload": renaming.said(told["payload"])}
            stream.check_beside(said)
            row = [said.get(name) for name in journal.EVENT_COLUMNS]
            events.append(journal.event_of(row)._replace(texts=told.get("texts") or {}))
            if person := told.get("personne"):
                text = json.dumps({"personne": person}, ensure_ascii=False)
                beside.append((chain, number, person["id"], text))
    except (journal.UnreadableEvent, LookupError, TypeError, ValueError, AttributeError):
        raise FileFailure(
            "Un enregistrement de la remise ne se lit pas : rien n'en a été pris.",
            "Une version plus récente d'agir l'a peut-être écrit : mettez ce poste à jour.",
        ) from None
    journal.insert_events(connection, events, chain)
    connection.executemany("INSERT INTO beside_records VALUES (?, ?, ?, ?)", beside)
