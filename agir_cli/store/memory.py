"""The memory of used-up rights of erased persons, and of those of other sites: fingerprints."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from agir_cli.identity.evidence import Traits
from agir_cli.identity.memory import Fingerprint, asked, fingerprints
from agir_cli.store import doubles, memory_keys, people, settings
from agir_cli.store.driver import Connection
from agir_cli.store.memory_keys import Key


class Remembered(NamedTuple):
    """A fingerprint that matches: of the number or of name and birth, its month, its end.

    ``elsewhere``: nobody was erased; the dossier is in the file of another site.
    """

    kind: str
    month: str
    until: str
    elsewhere: bool = False

    @property
    def blocks(self) -> bool:
        """Whether it is of the number: a name and a birth only stop and ask [invariant 12]."""
        return self.kind == "agdref"


def remember(connection: Connection, key: Key, known: Traits, decided: date, until: date) -> int:
    """Keep the fingerprints of a person whose right is used up; how many there are."""
    rows = [
        (each.tag, each.kind, f"{decided:%Y-%m}", key.id, until.isoformat())
        for each in sorted(fingerprints(key.secret, known))
    ]
    connection.executemany(
        "INSERT INTO final_memory VALUES (?, ?, ?, ?, ?) ON CONFLICT (empreinte, cle)"
        " DO UPDATE SET expire_le = max(expire_le, excluded.expire_le)",
        rows,
    )
    return len(rows)


def remembered(
    connection: Connection, keys: Iterable[Key], known: Traits, today: date,
    here: Callable[[], Collection[str]] | None = None,
) -> Remembered | None:  # fmt: skip
    """Whether a person whose right is used up was erased, or is another site's.

    By number first, else by name. ``here``: the persons of this file (`whose`), asked for where an
    end of somebody matches that may be one of them: their dossier says it better.
    """
    tags = [each.tag for key in keys for each in asked(key.secret, known)]
    if not tags:
        return None
    found = _lines(connection, tags, today)
    elsewhere = _told(connection, tags, today)
    if elsewhere:
        but = here() if here is not None else ()
        found += [each for who, each in elsewhere if who not in but]
    return min(found, key=lambda each: not each.blocks, default=None)


def of_person(
    connection: Connection, keys: Iterable[Key], known: Traits, today: date
) -> list[Remembered]:
    """The lines that are about a person, or may be, for the answer to them."""
    tags = {
        each.tag
        for key in keys
        for made in (fingerprints, asked)
        for each in made(key.secret, known)
    }
    ordered = sorted(tags)
    told = [each for _, each in _told(connection, ordered, today)]
    return _lines(connection, ordered, today) + told


def _lines(connection: Connection, tags: list[str], today: date) -> list[Remembered]:
    query = (
        "SELECT sorte, mois, expire_le FROM final_memory WHERE expire_le >= ?"
        " AND empreinte IN (SELECT value FROM json_each(?)) ORDER BY 1, 2, 3"
    )
    return [Remembered(*row) for row in connection.execute(query, (str(today), json.dumps(tags)))]


def forget_ended(connection: Connection, today: date) -> int:
    """Take out the fingerprints whose end has come; how many of erased persons.

    Of those that sites have told each other, what their events say goes too.
    """
    connection.execute(
        "DELETE FROM final_ends WHERE expire_le <> '' AND expire_le < ?", (f"{today}",)
    )
    query = (
        "DELETE FROM texts WHERE event IN"
        " (SELECT id FROM events WHERE dossier = ? AND effective_to < ?)"
    )
    connection.execute(query, (FINALS, f"{today}"))
    done = connection.execute("DELETE FROM final_memory WHERE expire_le < ?", (today.isoformat(),))
    return done.rowcount


def of_number(keys: Iterable[Key], number: str) -> list[Fingerprint]:
    """The fingerprints of an AGDREF number, one a key."""
    return [each for key in keys for each in fingerprints(key.secret, Traits((), (), (number,)))]


def forget(connection: Connection, made: Iterable[Fingerprint]) -> int:
    """Take out these fingerprints, remembered by mistake; how many there were."""
    done = connection.execute(
        "DELETE FROM final_memory WHERE empreinte IN (SELECT value FROM json_each(?))",
        (json.dumps([each.tag for each in made]),),
    )
    return done.rowcount


def count(connection: Connection) -> list[tuple[str, int, str, str]]:
    """How many fingerprints each key made: its id, their number, the first and the last end."""
    query = (
        "SELECT cle, count(*), min(expire_le), max(expire_le) FROM final_memory GROUP BY cle"
        " ORDER BY cle"
    )
    return list(connection.execute(query))


def lines(connection: Connection) -> tuple[list[tuple[str, ...]], list[str]]:
    """Every line of the memory, and the ids of the keys that they were made with."""
    return connection.execute("SELECT * FROM final_memory").fetchall(), memory_keys.used(connection)


def take(connection: Connection, made: Iterable[tuple[str, ...]], keys: Iterable[str]) -> None:
    """Keep the lines of another file's memory beside one's own."""
    query = (
        "INSERT INTO final_memory VALUES (?, ?, ?, ?, ?) ON CONFLICT (empreinte, cle) DO NOTHING"
    )
    connection.executemany(query, made)
    known = dict.fromkeys((*memory_keys.used(connection), *keys))
    if known:
        settings.set_setting(connection, memory_keys.USED, " ".join(known))


# --- told to all sites --------------------------------------------------------------------
#
# A final end refuses on every site, also on one that does not follow its department and has no
# dossier of it: each site is told the fingerprints, of whom by a keyed name that says nothing.

FINALS = "fins"
"""The dossier, which is nobody's, of what sites tell each other of final ends."""
ENDS, KEYS = "fins", "cles"
"""The words of its events: ends, as JSON; keys of the memory, sealed to every site."""


class End(NamedTuple):
    """A final end as sites are told of it: whose, by a keyed name, and its fingerprints by kind.

    One that was undone has no end (``until``) and no fingerprint.
    """

    whose: str
    key: str
    month: str
    until: str
    prints: Mapping[str, Sequence[str]]


def whose(key: Key, person: str) -> str:
    """What the final end of a person (id) is known by."""
    return hmac.digest(key.secret, f"personne {person}".encode(), "sha256").hex()[:32]


def ended(key: Key, person: str, known: Traits, decided: date, until: date) -> End:
    """The final end of a person."""
    prints: dict[str, list[str]] = {}
    for tag, kind in sorted(fingerprints(key.secret, known)):
        prints.setdefault(kind, []).append(tag)
    return End(whose(key, person), key.id, f"{decided:%Y-%m}", until.isoformat(), prints)


def undone(key: Key, person: str) -> End:
    """The final end of a person that was none after all."""
    return End(whose(key, person), key.id, "", "", {})


def told_of(connection: Connection, names: Iterable[str]) -> dict[str, tuple[str, bool]]:
    """Of these (`whose`) the instant at which they were last told, and whether it was an end."""
    query = (
        "SELECT qui, dit_le, expire_le <> '' FROM final_ends"
        " WHERE qui IN (SELECT value FROM json_each(?))"
    )
    rows = connection.execute(query, (json.dumps([*names]),))
    return {name: (moment, bool(is_end)) for name, moment, is_end in rows}


def lacking(connection: Connection, key: Key, persons: Collection[str]) -> set[str]:
    """Those of these persons (ids), told already, of whom a name or a number came since."""
    changed = [*doubles.everybody(connection, people.renamed(connection, persons))]
    query = "SELECT empreinte FROM final_prints WHERE qui = ?"
    found = set()
    for person, _, known in changed:
        there = {row[0] for row in connection.execute(query, (whose(key, person),))}
        if not there.issuperset(tag for tag, _ in fingerprints(key.secret, known)):
            found.add(person)
    return found


def told_elsewhere(connection: Connection, made: Iterable[Fingerprint], today: date) -> bool:
    """Whether another site has told one of these fingerprints."""
    return bool(_told(connection, [each.tag for each in made], today))


def keys_told(connection: Connection) -> set[str]:
    """The ids of the keys that every site was told."""
    query = "SELECT value FROM texts JOIN events ON id = event WHERE dossier = ? AND field = ?"
    return {
        id_ for (text,) in connection.execute(query, (FINALS, KEYS)) for id_ in json.loads(text)
    }


def follow(connection: Connection, events: Iterable[str]) -> dict[str, str]:
    """Keep what these events say of final ends, of each the last that was said.

    The keys that they tell: sealed, by id.
    """
    query = (
        "SELECT recorded_at || event, field, value FROM texts JOIN events ON id = event"
        " WHERE dossier = ? AND event IN (SELECT value FROM json_each(?)) ORDER BY 1"
    )
    keys: dict[str, str] = {}
    for moment, field, text in connection.execute(
        query, (FINALS, json.dumps([*events]))
    ).fetchall():
        if field == KEYS:
            keys |= json.loads(text)
        elif field == ENDS:
            for row in json.loads(text):
                _keep_end(connection, End(*row), moment)
    return keys


def _keep_end(connection: Connection, end: End, moment: str) -> None:
    row = (end.whose, end.key, end.month, end.until, moment)
    query = (
        "INSERT INTO final_ends VALUES (?, ?, ?, ?, ?) ON CONFLICT (qui) DO UPDATE SET"
        " cle = excluded.cle, mois = excluded.mois, expire_le = excluded.expire_le,"
        " dit_le = excluded.dit_le WHERE dit_le < excluded.dit_le"
    )
    if connection.execute(query, row).rowcount:
        connection.execute("DELETE FROM final_prints WHERE qui = ?", (end.whose,))
        connection.executemany(
            "INSERT INTO final_prints VALUES (?, ?, ?)",
            [(tag, end.whose, kind) for kind, tags in end.prints.items() for tag in tags],
        )


def persons_here(connection: Connection, keys: Iterable[Key]) -> set[str]:
    """What the final ends of the persons of this file are, or would be, known by."""
    every = people.everyone(connection)
    return {whose(key, person) for key in keys for person in every}


def ends_elsewhere(
    connection: Connection, persons: Collection[str], today: date
) -> Iterator[tuple[str, str, Remembered, tuple[str, ...]]]:
    """Final ends told of these persons (ids) that are nobody's of this file.

    Of whom, whose (`whose`), the end; and the site that told it, who and when there.
    """
    path = connection.path
    every = {row[0] for row in connection.execute("SELECT empreinte FROM final_prints")}
    if not every or path is None or memory_keys.missing(connection, path):
        return
    keys = memory_keys.keys(connection)
    here = persons_here(connection, keys)
    query = "SELECT site, author, recorded_at FROM events JOIN final_ends ON dit_le ="
    query += " recorded_at || id WHERE qui = ? AND dossier = ?"
    for person, _, known in doubles.everybody(connection, persons):
        tags = every.intersection(e.tag for k in keys for e in asked(k.secret, known))
        met = dict(reversed(_told(connection, sorted(tags), today)))
        for who in sorted(met.keys() - here):
            told = connection.execute(query, (who, FINALS)).fetchone() or ("", "", "")
            yield person, who, met[who], told


def _told(connection: Connection, tags: list[str], today: date) -> list[tuple[str, Remembered]]:
    """The final ends that sites have told each other and that match; of whom."""
    query = (
        "SELECT DISTINCT sorte, mois, expire_le, qui FROM final_prints JOIN final_ends USING (qui)"
        " WHERE expire_le >= ? AND empreinte IN (SELECT value FROM json_each(?)) AND NOT EXISTS"
        " (SELECT 1 FROM settings WHERE name = ? || substr(empreinte, 1, 20)) ORDER BY 1, 2, 3"
    )
    rows = connection.execute(query, (str(today), json.dumps(tags), settings.REOPENED))
    return [(who, Remembered(kind, month, end, True)) for kind, month, end, who in rows]
