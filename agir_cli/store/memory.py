"""The memory of used-up rights whose persons were erased: fingerprints, a month, an end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from agir_cli.identity.evidence import Traits
from agir_cli.identity.memory import Fingerprint, asked, fingerprints
from agir_cli.store import key, settings
from agir_cli.store.driver import Connection
from agir_cli.store.key import Key


class Remembered(NamedTuple):
    """A fingerprint that matches: of the number or of name and birth, its month, its end."""

    kind: str
    month: str
    until: str

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
    connection: Connection, keys: Iterable[Key], known: Traits, today: date
) -> Remembered | None:
    """Whether a person was erased whose right is used up: by number first, else by name."""
    tags = [each.tag for key in keys for each in asked(key.secret, known)]
    found = _lines(connection, tags, today) if tags else []
    return found[0] if found else None


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
    return _lines(connection, sorted(tags), today)


def _lines(connection: Connection, tags: list[str], today: date) -> list[Remembered]:
    query = (
        "SELECT sorte, mois, expire_le FROM final_memory WHERE expire_le >= ?"
        " AND empreinte IN (SELECT value FROM json_each(?)) ORDER BY 1, 2, 3"
    )
    return [Remembered(*row) for row in connection.execute(query, (str(today), json.dumps(tags)))]


def forget_ended(connection: Connection, today: date) -> int:
    """Take out the fingerprints whose end has come; how many."""
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
    return connection.execute("SELECT * FROM final_memory").fetchall(), key.used(connection)


def take(connection: Connection, made: Iterable[tuple[str, ...]], keys: Iterable[str]) -> None:
    """Keep the lines of another file's memory beside one's own."""
    query = (
        "INSERT INTO final_memory VALUES (?, ?, ?, ?, ?) ON CONFLICT (empreinte, cle) DO NOTHING"
    )
    connection.executemany(query, made)
    known = dict.fromkeys((*key.used(connection), *keys))
    if known:
        settings.set_setting(connection, key.USED, " ".join(known))
