"""What several sites have said that cannot all be: both sides listed, settled by somebody.

Nothing is kept of a disagreement but what settles it: it is found in the events each time, so that
every site that has the same streams lists the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from itertools import combinations
from operator import attrgetter
from typing import Any, NamedTuple

from agir_cli.domain.causes import BOOKINGS
from agir_cli.domain.dates import french, french_day, from_edtf
from agir_cli.domain.decisions.correction import in_order_recorded, voided_ids
from agir_cli.domain.events import Event, Kind
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.identity import name_key
from agir_cli.domain.rules import Rulebook
from agir_cli.identity.evidence import Grade
from agir_cli.identity.pairs import pairs
from agir_cli.store import directory, doubles, journal, memory, settings, stream
from agir_cli.store.driver import Connection
from agir_cli.store.lookup import booked_since, dossiers


class Side(NamedTuple):
    """What one site has said: in which dossier, what, from when, by whom, recorded when.

    ``remedy``: the command that takes this side out, or that settles it this way (French screens).
    """

    dossier: str
    site: str
    what: str
    author: str
    recorded_at: str
    remedy: str


class Conflict(NamedTuple):
    """Two sides that cannot both be; ``code``: the same in every file that has both."""

    code: str
    nature: str
    sides: tuple[Side, Side]
    ids: tuple[str, str]
    home: str
    """The dossier (id) in which it is settled."""


TWO_REFERENTS = "deux référents le même jour"
TWO_PERSONS = "deux dossiers d'une personne ?"
ONE_HOUR = "même heure, même bureau"
TWO_NAMES = "deux corrections"
AFTER_THE_END = "contrat après une fin définitive"
ONE_REFERENT = "un référent sous deux codes ?"
USED_UP_ELSEWHERE = "droit épuisé sur un site qui suit d'autres dossiers"
_IDENTITY = ("nom", "prenoms", "nom_usage", "date_naissance", "agdref")


def conflicts(connection: Connection, today: date) -> list[Conflict]:
    """Every disagreement between sites that nobody has settled, by nature; none of one site."""
    streams = [name for name in stream.streams(connection) if not name.endswith("~")]
    if len(streams) < 2:
        return []
    found = [*_found(connection, today), *_two_dossiers(connection),
             *_used_up_elsewhere(connection, today)]  # fmt: skip
    settled = _settled(connection)
    every = {each.code: _with_reason(each) for each in found if each.code not in settled}
    return sorted(every.values(), key=lambda each: (each.nature, each.sides[0].dossier, each.code))


def _with_reason(found: Conflict) -> Conflict:
    """The conflict, the reason of each of its commands written so that they are typed as they are.

    It is what leads whoever reads the journal later back to the two sides.
    """
    why = f'--reason "désaccord {found.code} entre sites"'  # on one line of 80
    one, other = (each._replace(remedy=each.remedy.replace("--reason …", why))
                  for each in found.sides)  # fmt: skip
    return found._replace(sides=(one, other))


def _found(connection: Connection, today: date) -> Iterator[Conflict]:
    query = (
        "SELECT dossier FROM events GROUP BY dossier HAVING min(site) <> max(site)"
        " AND dossier IN (SELECT id FROM dossiers)"
    )
    shared = [row[0] for row in connection.execute(query)]
    rulebook, names = settings.rulebook_of(connection), directory.referent_names(connection)
    for start in range(0, len(shared), 1000):
        part = shared[start : start + 1000]
        sites = _sites(connection, part)
        named = {each.id: each.reference for each in dossiers(connection, ids=part)}
        for id_, events in journal.load(connection, part).items():
            if id_ in named:
                one = _Shared(id_, named[id_], events, sites)
                yield from _referents(one, names)
                yield from _after_the_end(one, rulebook)
        yield from _names(connection, part, sites, named)
    yield from _ends_elsewhere(connection, rulebook)
    yield from _hours(connection, today.isoformat())
    yield from _codes(connection)


def _sites(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    query = "SELECT id, site FROM events WHERE dossier IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(query, (json.dumps([*ids]),)))


def _settled(connection: Connection) -> set[str]:
    query = (
        "SELECT json_extract(payload, '$.event'), json_extract(payload, '$.autre') FROM events"
        " WHERE kind = ? AND payload <> ?"
    )
    rows = connection.execute(query, (Kind.CONFLICT_SETTLED, journal.EMPTIED))
    return {_code(*row) for row in rows}


def _code(first: str, second: str) -> str:
    """The name of a disagreement, from the ids of its sides, whichever came first."""
    return sha256(" ".join(sorted((first, second))).encode()).hexdigest()[:6].upper()


class _Shared(NamedTuple):
    """A dossier in which several sites have recorded."""

    id: str
    reference: str
    events: Sequence[Event]
    sites: Mapping[str, str]

    def standing(self) -> list[Event]:
        """The events that nothing has voided."""
        gone = voided_ids(self.events)
        return [e for e in self.events if e.id not in gone]

    def side(self, event: Event, what: str) -> Side:
        """What an event says, and how it is taken out."""
        number = next(n for n, e in in_order_recorded(self.events) if e.id == event.id)
        remedy = f"agir correct {self.reference} {number} --void --reason …"
        return Side(self.reference, self.sites[event.id], what, event.author, event.recorded_at,
                    remedy)  # fmt: skip


def _of(nature: str, one: _Shared, pairs: Iterable[tuple[Event, Event]],
        told: Callable[[Event], str]) -> Iterator[Conflict]:  # fmt: skip
    for a, b in pairs:
        yield Conflict(_code(a.id, b.id), nature, (one.side(a, told(a)), one.side(b, told(b))),
                       (a.id, b.id), one.id)  # fmt: skip


def _apart(one: _Shared, events: Iterable[Event]) -> Iterator[tuple[Event, Event]]:
    """The pairs of these events that two sites have recorded, in the order of recording."""
    for a, b in combinations(sorted(events, key=attrgetter("recorded_at", "id")), 2):
        if one.sites[a.id] != one.sites[b.id]:
            yield a, b


def _referents(one: _Shared, names: Mapping[str, str]) -> Iterator[Conflict]:
    kinds = (Kind.REFERENT_DESIGNATED, Kind.REFERENT_CHANGED)
    named = [e for e in one.standing() if e.kind in kinds and e.payload.get("referent")]

    def who(event: Event) -> str:
        code = str(event.payload["referent"])
        return names.get(code, code)

    pairs = [
        (a, b) for a, b in _apart(one, named)
        if a.on == b.on and name_key(who(a), None) != name_key(who(b), None)
    ]  # fmt: skip
    return _of(TWO_REFERENTS, one, pairs, lambda e: f"{who(e)}, dès le {_day(e)}")


def _day(event: Event) -> str:
    return french(event.on) or "(sans date)"


def _is_final(event: Event, rulebook: Rulebook) -> bool:
    if event.kind is Kind.DOSSIER_CLOSED:
        return rulebook.final(event.payload["motif"])
    return event.kind is Kind.CONTRACT_REFUSED


def _after_the_end(one: _Shared, rulebook: Rulebook) -> Iterator[Conflict]:
    events = one.standing()
    ends = [e for e in events if _is_final(e, rulebook)]
    signed = [e for e in events if e.kind is Kind.CONTRACT_SIGNED]
    pairs = [
        (end, contract) for end in ends for contract in signed
        if one.sites[end.id] != one.sites[contract.id]
        and (end.kind is Kind.CONTRACT_REFUSED or _is_later(contract, end))
    ]  # fmt: skip
    return _of(AFTER_THE_END, one, pairs, lambda e: f"{e.kind.label} le {_day(e)}")


def _is_later(one: Event, other: Event) -> bool:
    return one.on is not None and other.on is not None and one.on.earliest > other.on.latest


def _ends_elsewhere(connection: Connection, rulebook: Rulebook) -> Iterator[Conflict]:
    """A contract in one dossier of a person, after a final end in another: of one number, linked.

    Where the two years were over, or one site knew of the other's, the rules have said so already.
    """
    query = """WITH same AS (
            SELECT a.id AS first, b.id AS second FROM dossiers a JOIN dossiers b
            ON b.personne = a.personne AND b.id <> a.id
            UNION SELECT dossier, autre FROM ties WHERE sorte = 'meme'
            UNION SELECT autre, dossier FROM ties WHERE sorte = 'meme'
            UNION SELECT a.id, b.id FROM people p JOIN people q ON q.agdref = p.agdref
            AND q.id <> p.id JOIN dossiers a ON a.personne = p.id
            JOIN dossiers b ON b.personne = q.id)
        SELECT d.id, e.id FROM same JOIN dossiers d ON d.id = same.first AND d.definitif = 'oui'
        JOIN dossiers e ON e.id = same.second AND e.contrat_min > d.cloture_max"""
    for ended, signed in connection.execute(query).fetchall():
        both = journal.load(connection, [ended, signed])
        sites = _sites(connection, both)
        named = {each.id: each.reference for each in dossiers(connection, ids=both)}
        one, other = (_Shared(id_, named[id_], both[id_], sites) for id_ in (ended, signed))
        ends = [e for e in one.standing() if _is_final(e, rulebook)]
        contracts = [e for e in other.standing() if e.kind is Kind.CONTRACT_SIGNED]
        for end, contract in ((a, b) for a in ends for b in contracts):
            if sites[end.id] != sites[contract.id]:
                sides = tuple(
                    each.side(event, f"{event.kind.label} le {_day(event)}")
                    for each, event in ((one, end), (other, contract))
                )
                ids = (end.id, contract.id)
                yield Conflict(_code(*ids), AFTER_THE_END, (sides[0], sides[1]), ids, ended)


def _used_up_elsewhere(connection: Connection, today: date) -> Iterator[Conflict]:
    """Dossiers that run here, of persons whose right a site says used up in one not known here."""
    query = (
        "SELECT d.personne, d.id, d.dossier, e.site, e.author, e.recorded_at, e.id FROM dossiers d"
        " JOIN events e ON e.dossier = d.id AND e.kind = ? WHERE d.etape <> 'clos'"
    )
    running: dict[str, list[tuple[str, ...]]] = {}
    for person, *dossier in connection.execute(query, (Kind.DOSSIER_OPENED,)):
        running.setdefault(person, []).append(tuple(dossier))
    for person, whose, end, told in memory.ends_elsewhere(connection, [*running], today):
        by = "n° AGDREF" if end.blocks else "peut-être : nom et naissance"
        what = f"droit épuisé, décision {french(from_edtf(end.month))} ({by})"
        there, teller, told_at = told
        for id_, reference, site, author, moment, opened in running[person]:
            ids = (opened, whose)
            code = _code(*ids)
            sides = (
                Side(reference, site, "dossier ouvert", author, moment,
                     f"agir close {reference} --motif …"),
                Side("", there, what, teller, told_at,
                     f"agir conflicts settle {code} --reason …"),
            )  # fmt: skip
            yield Conflict(code, USED_UP_ELSEWHERE, sides, ids, id_)


def _names(
    connection: Connection, ids: Sequence[str], sites: Mapping[str, str], named: Mapping[str, str]
) -> Iterator[Conflict]:
    """Changes of one value of a person that two sites made without seeing the other's."""
    query = (
        "SELECT b.personne, e.id, e.dossier, e.author, e.recorded_at, b.dit FROM beside_records b"
        " JOIN events e ON e.site = b.site AND e.seq = b.seq AND e.kind = ?"
        " WHERE e.dossier IN (SELECT value FROM json_each(?)) AND e.id NOT IN (SELECT"
        " json_extract(v.payload, '$.event') FROM events v WHERE v.dossier = e.dossier"
        " AND v.kind = ?) ORDER BY 1, e.recorded_at, e.id"
    )
    asked = (Kind.IDENTITY_CHANGED, json.dumps([*ids]), Kind.EVENT_VOIDED)
    by_field: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for person, event, dossier, author, moment, said in connection.execute(query, asked):
        told = json.loads(said)["personne"]
        for field, value in told.get("apres", {}).items():
            if field in _IDENTITY:
                change = (event, dossier, author, moment, told["avant"].get(field), value)
                by_field.setdefault((person, field), []).append(change)
    for (_, field), changes in by_field.items():
        b = changes[-1]
        for a in changes[:-1]:
            # The last one says what it replaced: where that was the other's, it was seen.
            if sites[a[0]] != sites[b[0]] and b[4] != a[5] and b[5] != a[5] and a[4] == b[4]:
                code = _code(
                    a[0], b[0]
                )  # the last said holds: typed again, it would change nothing
                holds = f"agir conflicts settle {code} --reason …"
                sides = (
                    _named(a, field, sites, named),
                    _named(b, field, sites, named)._replace(remedy=holds),
                )
                yield Conflict(code, TWO_NAMES, sides, (a[0], b[0]), b[1])


def _named(
    change: tuple[Any, ...], field: str, sites: Mapping[str, str], named: Mapping[str, str]
) -> Side:
    event, dossier, author, moment, former, value = change
    type_, label = FIELDS[field].type, FIELDS[field].label
    was, now = (type_.show(type_.load(text)) if text else "(vide)" for text in (former, value))
    reference = named[dossier]
    remedy = f'agir enroll --dossier {reference} {FIELDS[field].option} "{now}"'
    return Side(reference, sites[event], f"{label} : {was} → {now}", author, moment, remedy)


def _hours(connection: Connection, today: str) -> Iterator[Conflict]:
    """Two persons awaited in one office at one hour, whom two sites have booked."""
    slots: dict[tuple[str, str, str], list[Any]] = {}
    for each in booked_since(connection, today):
        slots.setdefault(each[:3], []).append(each)
    for (office, day, hour), some in slots.items():
        for a, b in combinations(some, 2):
            if a.household is not None and a.household == b.household:
                continue
            when = f"RDV le {french_day(date.fromisoformat(day))} à {hour}, bureau {office}"
            booked = [_booking(connection, each, f"{day} {hour}") for each in (a, b)]
            if booked[0] and booked[1] and booked[0][1] != booked[1][1]:
                sides = tuple(
                    Side(each.reference, found[1], when,
                         found[2], found[3],
                         f"agir {BOOKINGS[each.nature].verb} book {each.reference} --on …")
                    for each, found in zip((a, b), booked, strict=True)
                    if found
                )  # fmt: skip
                ids = (booked[0][0], booked[1][0])
                yield Conflict(_code(*ids), ONE_HOUR, (sides[0], sides[1]), ids, a.dossier)


def _booking(connection: Connection, booked: Any, moment: str) -> tuple[str, str, str, str] | None:
    """The event of an appointment: its id, its site, who recorded it and when."""
    kind = f"{BOOKINGS[booked.nature].kind}_booked"
    query = (
        "SELECT id, site, author, recorded_at FROM events WHERE dossier = ? AND kind = ?"
        " AND payload LIKE ? ORDER BY recorded_at DESC, id DESC LIMIT 1"
    )
    found = connection.execute(query, (booked.dossier, kind, f"%{moment}%")).fetchone()
    return (found[0], found[1], found[2], found[3]) if found else None


def _codes(connection: Connection) -> Iterator[Conflict]:
    """One name under two codes of the directory, which two sites have given."""
    by_name: dict[str, list[str]] = {}
    joined, names = directory.joined_referents(connection), directory.referent_names(connection)
    for code, name in names.items():
        if code not in joined:
            by_name.setdefault(name_key(name, None), []).append(code)
    for codes in by_name.values():
        for a, b in combinations(sorted(codes), 2):
            remedy = f"agir referent join {b} {a}"
            sides = tuple(
                Side("", "", f"{names[code]} ({code})", "", "", remedy) for code in (a, b)
            )
            yield Conflict(_code(a, b), ONE_REFERENT, (sides[0], sides[1]), (a, b), "")


def _two_dossiers(connection: Connection) -> Iterator[Conflict]:
    """Persons whom two sites have enrolled, and who are probably one: see `agir duplicates`."""
    everybody, settled = [*doubles.everybody(connection)], doubles.settled(connection)
    found = [
        [everybody[each.first], everybody[each.second]]
        for each in pairs([known for *_, known in everybody], 0)
        if each.likeness.grade is not Grade.POSSIBLE
    ]
    query = (
        "SELECT d.dossier, d.id, e.site, e.author, e.recorded_at FROM dossiers d JOIN events e"
        " ON e.dossier = d.id AND e.kind = ? WHERE d.dossier IN (SELECT value FROM json_each(?))"
    )
    wanted = json.dumps([reference for both in found for _, reference, _ in both])
    rows = connection.execute(query, (Kind.DOSSIER_OPENED, wanted))
    opened = {row[0]: row[1:] for row in rows}
    for both in found:
        both.sort(key=lambda one: opened[one[1]][3])
        (first, a, _), (second, b, _) = both
        apart = opened[a][1] != opened[b][1]
        if apart and (min(first, second), max(first, second)) not in settled:
            sides = tuple(
                Side(reference, site, known.shown, author, moment, f"agir {verb} {a} {b}")
                for (_, reference, known), verb in zip(both, ("same", "distinct"), strict=True)
                for _, site, author, moment in [opened[reference]]
            )
            ids = (opened[a][0], opened[b][0])
            yield Conflict(_code(*ids), TWO_PERSONS, (sides[0], sides[1]), ids, ids[0])
