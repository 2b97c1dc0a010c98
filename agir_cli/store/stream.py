"""The streams of the sites: the events of one chain as records, out of a file and into another.

A record is an event with all that stands beside it: its words, the values of the person that it
set, what a newer program wrote there. Nothing here is decided: what comes is proved by the chain,
kept as it came, and folded with what was there, in the one written order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from agir_cli.domain.eligibility import judged
from agir_cli.domain.events import Kind
from agir_cli.domain.fields import FIELDS, PERSON_FIELDS
from agir_cli.domain.folding import fold
from agir_cli.domain.identity import name_key
from agir_cli.domain.rules import Rulebook
from agir_cli.failures import FileFailure
from agir_cli.site_keys import EVERY
from agir_cli.store import directory, journal, people, seal, versions
from agir_cli.store.driver import Connection, insert

_COLUMNS = (*seal.COLUMNS, "payload", "salt", "hash")
_SEQ, _PAYLOAD, _SALT, _HASH = map(_COLUMNS.index, ("seq", "payload", "salt", "hash"))


class Refused(FileFailure):
    """Records that are not the ones that this site wrote there: nothing of them was taken."""

    def __init__(self, site: str, number: int, reason: str, *advice: str) -> None:
        super().__init__(f"Site {site}, n° {number} : {reason} ; rien n'en a été pris.", *advice)
        self.site, self.number, self.reason = site, number, reason


class Excluded(Refused):
    """Records that a site has sent since it was revoked: not to be taken, which is no fault."""


class Record(NamedTuple):
    """An event as it travels: its number, whom it is for, its link of the chain, its JSON line."""

    number: int
    group: str
    link: bytes
    line: str


# --- what a file has ---------------------------------------------------------------------


def streams(connection: Connection) -> dict[str, int]:
    """Of each stream that the file holds, the number of its last record."""
    found: dict[str, int] = {}
    for table in ("events", "withheld"):
        query = f"SELECT site, max(seq) FROM {table} WHERE site = (SELECT min(site) FROM {table}"
        site = ""
        while row := connection.execute(f"{query} WHERE site > ?)", (site,)).fetchone():
            if row[0] is None:
                break
            site = row[0]
            found[site] = max(found.get(site, 0), int(row[1]))
    return found


def leaves_out(connection: Connection, site: str = "") -> bool:
    """Whether there are records, of any stream or of this one, that the file has not taken."""
    query = "SELECT 1 FROM withheld WHERE ? IN ('', site) LIMIT 1"
    return connection.execute(query, (site,)).fetchone() is not None


def link_at(connection: Connection, site: str, number: int) -> bytes:
    """The link of the chain after a record; empty before the first, and where it is not there."""
    for table in ("events", "withheld"):
        query = f"SELECT hash FROM {table} WHERE site = ? AND seq = ?"
        if row := connection.execute(query, (site, number)).fetchone():
            return bytes(row[0])
    return b""


def last_recorded(connection: Connection, site: str) -> str:
    """The instant of the last event of a site that is here; empty where none is."""
    query = "SELECT recorded_at FROM events WHERE site = ? ORDER BY seq DESC LIMIT 1"
    row = connection.execute(query, (site,)).fetchone()
    return str(row[0]) if row else ""


def records(connection: Connection, site: str, after: int, most: int) -> list[Record]:
    """The records of a stream that follow a number, so many at most; none is left out."""
    query = (
        f"SELECT {', '.join(_COLUMNS)} FROM events WHERE site = ? AND seq > ? ORDER BY seq LIMIT ?"
    )
    rows = connection.execute(query, (site, after, most)).fetchall()
    ids = json.dumps([row[0] for row in rows])
    texts: dict[str, dict[str, str]] = {}
    words = "SELECT event, field, value FROM texts WHERE event IN (SELECT value FROM json_each(?))"
    for event, field, value in connection.execute(words, (ids,)):
        texts.setdefault(event, {})[field] = value
    last = rows[-1][_SEQ] if rows else after
    query = "SELECT seq, dit FROM beside_records WHERE site = ? AND seq BETWEEN ? AND ?"
    beside = dict(connection.execute(query, (site, after, last)))
    groups = _groups(connection, {row[1] for row in rows})
    return [_record(row, texts.get(row[0]), beside.get(row[_SEQ]), groups) for row in rows]


def _record(
    row: Sequence[Any], texts: Mapping[str, str] | None, beside: str | None,
    groups: Mapping[str, str],
) -> Record:  # fmt: skip
    told = {name: value for name, value in zip(_COLUMNS, row, strict=True) if value is not None}
    told |= {"salt": row[_SALT].hex(), "hash": row[_HASH].hex()}
    if texts:
        told["texts"] = texts
    if beside:
        told |= json.loads(beside)
    line = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    group = EVERY if row[_PAYLOAD] == journal.EMPTIED else groups.get(row[1], EVERY)
    return Record(row[_SEQ], group, row[_HASH], line)


def _groups(connection: Connection, dossiers: Collection[str]) -> dict[str, str]:
    """The department of each of these dossiers (ids); what is no dossier's is everybody's."""
    query = (
        "SELECT dossier, json_extract(payload, '$.departement') FROM events"
        " WHERE dossier IN (SELECT value FROM json_each(?)) AND kind = ?"
    )
    rows = connection.execute(query, (json.dumps([*dossiers]), Kind.DOSSIER_OPENED))
    return {dossier: department for dossier, department in rows if department}


# --- what stands beside one's own events ---------------------------------------------------


def keep_beside(connection: Connection, site: str) -> None:
    """Keep beside the new events of one's own site which values of persons they set.

    Until then only the persons say it. To be asked before anything of another site is taken.
    """
    query = "SELECT coalesce(max(seq), 0) FROM beside_records WHERE site = ?"
    (last,) = connection.execute(query, (site,)).fetchone()
    rows = connection.execute(
        "SELECT e.seq, e.id, e.kind, coalesce(json_extract(o.payload, '$.personne'), '')"
        " FROM events AS e JOIN events AS o ON o.dossier = e.dossier AND o.kind = ?"
        " WHERE e.site = ? AND e.seq > ? AND e.kind IN (?, ?) ORDER BY e.seq DESC",
        (Kind.DOSSIER_OPENED, site, last, Kind.DOSSIER_OPENED, Kind.IDENTITY_CHANGED),
    )
    while chunk := [*islice(rows, 5000)]:
        _keep_chunk(connection, site, chunk)


def _keep_chunk(connection: Connection, site: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Go back through these events, the last first: what a person was before each of them."""
    known = people.values_of(connection, {row[3] for row in rows})
    changed = _changed(connection, [row[1] for row in rows if row[2] != Kind.DOSSIER_OPENED])
    kept = []
    for number, event, kind, person in rows:
        said: dict[str, Any] = {}
        if kind == Kind.DOSSIER_OPENED:
            said["valeurs"] = {n: v for n, v in known.get(person, {}).items() if v is not None}
        elif event in changed:
            person, only_said, values = changed[event]
            now = known.setdefault(person, {})
            if only_said:
                said["dit"] = {name: former for name, (former, _) in values.items()}
            else:
                said["avant"] = {name: former or None for name, (former, _) in values.items()}
                said["apres"] = {name: current for name, (_, current) in values.items()}
                now.update(said["avant"])
        if any(said.values()):
            told = {"personne": {"id": person, **said}}
            kept.append((site, number, person, json.dumps(told, ensure_ascii=False)))
    connection.executemany("INSERT INTO beside_records VALUES (?, ?, ?, ?)", kept)


_Change = tuple[str, bool, dict[str, tuple[str, str | None]]]


def _changed(connection: Connection, events: Sequence[str]) -> dict[str, _Change]:
    """What these events changed: of whom, whether it was only said, what was and what is."""
    query = (
        "SELECT i.event, i.person, t.event IS NOT NULL, i.field, i.former, i.current"
        " FROM identities AS i LEFT JOIN texts AS t ON t.event = i.event AND t.field = 'raison'"
        " WHERE i.event IN (SELECT value FROM json_each(?)) ORDER BY i.id"
    )
    found: dict[str, _Change] = {}
    for event, person, said, field, former, current in connection.execute(
        query, (json.dumps(events),)
    ):
        found.setdefault(event, (person, bool(said), {}))[2][field] = former, current
    return found


# --- what comes from another site ----------------------------------------------------------


class Stretch(NamedTuple):
    """Records of one stream without a hole, as another site sealed them.

    ``before``: the link before the first; ``records``: those that this file may have, by number.
    """

    site: str
    first: int
    before: bytes
    links: Sequence[bytes]
    records: Mapping[int, Mapping[str, Any]]

    @property
    def last(self) -> int:
        """The number of the last record."""
        return self.first + len(self.links) - 1


class Touched:
    """What the records of one transaction concern: folded again once, at the end."""

    def __init__(self) -> None:
        self.dossiers: set[str] = set()
        self.directory: list[str] = []
        self.erasures: list[Mapping[str, Any]] = []


def parsed(body: Iterable[bytes], site: str, first: int) -> dict[int, dict[str, Any]]:
    """The records of these lines, by number. Raises `Refused`."""
    found: dict[int, dict[str, Any]] = {}
    for line in body:
        try:
            told = json.loads(line)
            number, own = told["seq"], told["site"] == site
            for name in ("salt", "hash"):
                told[name] = bytes.fromhex(told[name])
        except (ValueError, LookupError, TypeError, RecursionError):
            raise Refused(site, first, "un enregistrement ne se lit pas") from None
        if not own or type(number) is not int:
            raise Refused(site, first, "un enregistrement est d'un autre site")
        found[number] = told
    return found


class Caseload:
    """The dossiers that a file takes of what it may read: those it has, and those of a référent.

    ``lacking``: dossiers that became theirs, of which what came before is to be taken too.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        wanted = name_key(name, None)
        names = directory.referent_names(connection).items()
        self._codes = {code for code, each in names if name_key(each, None) == wanted}
        self._mine = {row[0] for row in connection.execute("SELECT DISTINCT dossier FROM events")}
        self.codes = " ".join(sorted(self._codes))
        self.lacking: set[str] = set()

    def takes(self, told: Mapping[str, Any]) -> bool:
        """Whether a record is taken: it is everybody's, or of a dossier of theirs."""
        dossier = told["dossier"]
        if dossier in self._mine or told["kind"] in _EVERYBODYS:
            return True
        said = json.loads(told["payload"])
        if self._codes & {said.get("referent"), said.get("second_referent")}:
            self.lacking.add(dossier)
        return False


_EVERYBODYS = frozenset(
    {Kind.DIRECTORY_CHANGED, Kind.PERSON_ERASED, Kind.SITE_ADMITTED, Kind.SITE_REVOKED}
)


def take(
    connection: Connection, stretch: Stretch, touched: Touched,
    wanted: Callable[[Mapping[str, Any]], bool] = lambda _: True,
) -> int:  # fmt: skip
    """Insert what a stretch says that the file has not; how many records were new.

    ``wanted``: which of them this file takes; of the others it keeps the links. The same again is
    nothing new. Raises `Refused` before anything of it is inserted.
    """
    site, first = stretch.site, stretch.first
    have = max(connection.execute(_LAST, (site, site)).fetchone()[0] or 0, 0)
    if first > have + 1:
        raise Refused(site, first, f"il manque ce qui précède (ici, le dernier est le n° {have})")
    new = _proved(connection, stretch, have)
    if have >= stretch.last:
        return 0
    found = _Rows()
    erased = _erased(connection, {told["dossier"] for told in new if told})
    for number, told in zip(range(have + 1, stretch.last + 1), new, strict=True):
        if told is None or not wanted(told):
            found.links.append((site, number, stretch.links[number - first]))
            continue
        if told["dossier"] in erased and told["payload"] != journal.EMPTIED:
            gone = seal.digest(told["salt"], told["payload"])
            told = {**told, "salt": gone, "payload": journal.EMPTIED}
        found.add(told, number)
        _touch(touched, told)
    found.insert(connection)
    seal.keep_link(connection, site, stretch.last, stretch.links[-1])
    return len(new)


_LAST = (
    "SELECT max(last) FROM (SELECT max(seq) AS last FROM events WHERE site = ?"
    " UNION ALL SELECT max(seq) FROM withheld WHERE site = ?)"
)


def fill(
    connection: Connection, stretch: Stretch, touched: Touched, dossiers: Collection[str] | None
) -> None:
    """Take what was left out of a stretch, of these dossiers or (`None`) of any.

    Raises `Refused`.
    """
    site, first = stretch.site, stretch.first
    query = "SELECT seq, hash FROM withheld WHERE site = ? AND seq BETWEEN ? AND ?"
    left = dict(connection.execute(query, (site, first, stretch.last)))
    found = _Rows()
    for number, told in stretch.records.items():
        dossier = told["dossier"]
        if number not in left or not (dossiers is None or dossier in dossiers):
            continue
        if told["payload"] != journal.EMPTIED and _erased(connection, [dossier]):
            continue
        before = stretch.links[number - 1 - first] if number > first else stretch.before
        if _link(before, told, site, number) != left[number]:
            raise Refused(site, number, "il n'est pas celui dont le lien est ici")
        _refuse_known(connection, site, [told])
        found.add(told, number)
        connection.execute("DELETE FROM withheld WHERE site = ? AND seq = ?", (site, number))
        _touch(touched, told)
    found.insert(connection)


def _proved(connection: Connection, stretch: Stretch, have: int) -> list[Mapping[str, Any] | None]:
    """The new records in order (`None`: not for this file), once the chain holds them all."""
    site, first, links = stretch.site, stretch.first, stretch.links
    known = link_at(connection, site, first - 1)
    if known != stretch.before:
        raise Refused(site, first, "il ne suit pas ce qui est déjà ici", *FORKED)
    overlap = min(have, stretch.last)
    if overlap >= first and link_at(connection, site, overlap) != links[overlap - first]:
        raise Refused(site, overlap, "il n'est pas celui qui est déjà ici", *FORKED)
    if not stretch.records.keys() <= set(range(first, stretch.last + 1)):
        raise Refused(site, first, "un enregistrement porte un numéro d'ailleurs")
    before, found = stretch.before, list[Mapping[str, Any] | None]()
    for number, link in enumerate(links, first):
        told = stretch.records.get(number)
        if told is not None and _link(before, told, site, number) != link:
            raise Refused(site, number, "il a été changé depuis qu'il a été écrit")
        before = link
        if number > have:
            found.append(told)
    _refuse_known(connection, site, found)
    return found


FORKED = (
    "Ce site a repris une sauvegarde, puis écrit sans avoir d'abord repris ce qu'il avait envoyé ;"
    " ou deux fichiers portent sa lettre.",
    "Sur ce site : remettez la sauvegarde, faites agir sync avant tout acte, et ressaisissez.",
)


def _link(before: bytes, told: Mapping[str, Any], site: str, number: int) -> bytes:
    try:
        event = [told.get(name) for name in journal.EVENT_COLUMNS]
        journal.event_of(event)
        check_beside(told)
        head = [tuple(told.get(name) for name in seal.COLUMNS)]
        (link,) = seal.chained(before, head, [told["salt"]], [told["payload"]])
    except journal.UnreadableEvent as fault:
        newer = told.get("kind") not in {kind.value for kind in Kind}
        advice = ("Mettez agir à jour sur ce poste, puis recommencez.",) if newer else ()
        reason = "il a été écrit par une version plus récente d'agir" if newer else fault.part
        raise Refused(site, number, reason, *advice) from None
    except (LookupError, TypeError, ValueError, AttributeError):
        raise Refused(site, number, "il ne se lit pas") from None
    return link


def check_beside(told: Mapping[str, Any]) -> None:
    """Raise `ValueError`, or the like, for words and values that are not such."""
    for word in _texts(told).values():
        word.encode()
    person = told.get("personne")
    if person is not None:
        person["id"].encode()
        for part in ("valeurs", "avant", "apres", "dit"):
            for name, value in person.get(part, {}).items():
                if name in PERSON_FIELDS and value is not None:
                    FIELDS[name].type.load(value)


def _refuse_known(
    connection: Connection, site: str, new: Iterable[Mapping[str, Any] | None]
) -> None:
    """An event that the file has under another number is no new one: a replay."""
    ids = json.dumps([told["id"] for told in new if told])
    query = "SELECT seq FROM events WHERE id IN (SELECT value FROM json_each(?)) LIMIT 1"
    if row := connection.execute(query, (ids,)).fetchone():
        raise Refused(site, int(row[0]), "un enregistrement déjà là revient sous un autre numéro",
                      "Une remise (agir handover) se prend sur un seul site du réseau ; sur"
                      " l'autre, remettez la sauvegarde d'avant.")  # fmt: skip


def _erased(connection: Connection, dossiers: Collection[str]) -> set[str]:
    query = "SELECT dossier FROM erasures WHERE dossier IN (SELECT value FROM json_each(?))"
    return {row[0] for row in connection.execute(query, (json.dumps([*dossiers]),))}


def _texts(told: Mapping[str, Any]) -> Mapping[str, str]:
    texts: Mapping[str, str] = told.get("texts", {})
    return texts


def _touch(touched: Touched, told: Mapping[str, Any]) -> None:
    match told["kind"]:
        case Kind.DIRECTORY_CHANGED:
            touched.directory.append(told["id"])
        case Kind.PERSON_ERASED:
            touched.erasures.append(told)
        case Kind.ACTION_RECORDED:
            pass
        case _:
            touched.dossiers.add(told["dossier"])


class _Rows:
    """What is inserted of some records, table by table."""

    def __init__(self) -> None:
        self.links: list[tuple[str, int, bytes]] = []
        self._events: list[list[Any]] = []
        self._words: list[tuple[str, str, str]] = []
        self._beside: list[tuple[str, int, str | None, str]] = []

    def add(self, told: Mapping[str, Any], number: int) -> None:
        self._events.append([told.get(name) for name in _COLUMNS])
        if told["payload"] == journal.EMPTIED:
            return
        self._words += [(told["id"], field, text) for field, text in _texts(told).items()]
        if beside := {n: v for n, v in told.items() if n not in _COLUMNS and n != "texts"}:
            person = beside.get("personne", {}).get("id")
            said = json.dumps(beside, ensure_ascii=False)
            self._beside.append((told["site"], number, person, said))

    def insert(self, connection: Connection) -> None:
        if self._events:
            columns = zip(*self._events, strict=True)
            insert(connection, "events", dict(zip(_COLUMNS, columns, strict=True)))
        connection.executemany("INSERT INTO withheld VALUES (?, ?, ?)", self.links)
        connection.executemany("INSERT INTO texts VALUES (?, ?, ?)", self._words)
        connection.executemany("INSERT INTO beside_records VALUES (?, ?, ?, ?)", self._beside)


# --- folded again --------------------------------------------------------------------------

_CHUNK = 2000


def fold_touched(connection: Connection, touched: Touched, rulebook: Rulebook) -> None:
    """Bring the lists and the persons of what came up to date. The transaction is the caller's."""
    fresh = connection.execute("SELECT 1 FROM dossiers LIMIT 1").fetchone() is None
    dossiers = iter(sorted(touched.dossiers))
    while chunk := [*islice(dossiers, _CHUNK)]:
        states = [fold(each) for each in journal.load(connection, chunk).values()]
        _refuse_twice(connection, {s.reference: s.id for s in states if s.id})
        there = [judged(state, rulebook) for state in states if state.id]
        journal.project_judged(connection, there, rulebook, fresh=fresh)
        journal.remove(connection, list(set(chunk) - {s.id for s in states if s.id}))
        _keep_statistics(connection, chunk)
        persons = {state.person for state in states if state.id} | _left(connection, chunk)
        versions.keep_persons(connection, persons)


def _refuse_twice(connection: Connection, references: Mapping[str, str]) -> None:
    """Two dossiers of one reference: two sites number alike, and nothing can tell them apart."""
    query = "SELECT dossier, id FROM dossiers WHERE dossier IN (SELECT value FROM json_each(?))"
    for reference, dossier in connection.execute(query, (json.dumps([*references]),)):
        if references[reference] != dossier:
            raise FileFailure(
                f"Deux sites ont donné la référence {reference} : rien n'a été pris.",
                "Chaque site d'un département a sa lettre, dès le début : agir init --departement"
                " 44 --letter B",
            )


def _keep_statistics(connection: Connection, dossiers: Sequence[str]) -> None:
    """The persons of a chain of statistics are nobody: they have no name, and want none."""
    connection.execute(
        "INSERT INTO statistics SELECT DISTINCT d.personne FROM dossiers AS d JOIN events AS e"
        " ON e.dossier = d.id AND e.kind = ? AND e.site LIKE ?"
        " WHERE d.id IN (SELECT value FROM json_each(?)) ON CONFLICT DO NOTHING",
        (Kind.DOSSIER_OPENED, f"%{journal.STATISTICS}", json.dumps(dossiers)),
    )


def _left(connection: Connection, dossiers: Sequence[str]) -> set[str]:
    """Of these dossiers, the persons of those that are there no more: their opening was voided."""
    query = (
        "SELECT json_extract(payload, '$.personne') FROM events WHERE kind = ? AND dossier IN"
        " (SELECT value FROM json_each(?)) AND dossier NOT IN (SELECT id FROM dossiers)"
    )
    rows = connection.execute(query, (Kind.DOSSIER_OPENED, json.dumps(dossiers)))
    return {row[0] for row in rows if row[0]}
