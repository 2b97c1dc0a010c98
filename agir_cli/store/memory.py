"""The memory of used-up rights whose persons were erased: fingerprints, a month, an end."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from agir_cli.failures import FileFailure
from agir_cli.identity.evidence import Traits
from agir_cli.identity.memory import KEY_BYTES, Fingerprint, Key, fingerprints, key_of
from agir_cli.store import settings
from agir_cli.store.driver import Connection

BESIDE = ".cle"
"""The end of the name of the file that holds the key: beside the team's file, never in it."""
USED = "cle_memoire"
"""The setting that says which key the fingerprints of the file were made with."""


class Remembered(NamedTuple):
    """A fingerprint that matches: of the number or of name and birth, and the decision's month."""

    kind: str
    month: str


def key_path(path: Path) -> Path:
    """Where the key of a file stands."""
    return path.with_name(path.name + BESIDE)


def make_key(connection: Connection, path: Path) -> Key:
    """Make the key of a file, for its owner's eyes alone; `FileFailure` where there is one."""
    place = key_path(path)
    secret = os.urandom(KEY_BYTES)
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise FileFailure(f"La clé « {place.name} » existe déjà ; rien n'a été touché.") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
    key = key_of(secret)
    settings.set_setting(connection, USED, key.id)
    return key


def read_key(connection: Connection, path: Path) -> Key | None:
    """The key of a file; `None` where it has none, and needs none.

    Raises `FileFailure` where fingerprints were made with a key that is lost, or is another.
    """
    wanted = settings.settings(connection).get(USED)
    place = key_path(path)
    try:
        key = key_of(bytes.fromhex(place.read_text("ascii").strip()))
    except FileNotFoundError:
        key = None
    except (OSError, ValueError):
        raise FileFailure(f"La clé « {place.name} » ne se lit pas.", _RECOVER) from None
    if wanted is not None and (key is None or key.id != wanted):
        raise FileFailure(
            f"La clé {wanted} de la mémoire des droits épuisés manque : sans elle, une personne"
            " effacée ne serait pas reconnue.", _RECOVER,
        )  # fmt: skip
    return key


_RECOVER = "Remettez-la depuis la fiche de secours imprimée à sa création, ou d'un autre site."


def recovery_sheet(key: Key) -> list[str]:
    """What is printed when a key is made, to be kept in a safe (French)."""
    groups = [key.secret.hex()[place : place + 8] for place in range(0, 2 * KEY_BYTES, 8)]
    return [
        "Fiche de secours : la clé de la mémoire des droits épuisés",
        f"Clé n° {key.id}. À imprimer et à ranger au coffre ; à ne pas envoyer.",
        "  " + " ".join(groups[:4]),
        "  " + " ".join(groups[4:]),
    ]


def remember(connection: Connection, key: Key, known: Traits, decided: date, until: date) -> int:
    """Keep the fingerprints of a person whose right is used up; how many there are."""
    rows = [
        (each.tag, each.kind, f"{decided:%Y-%m}", key.id, until.isoformat())
        for each in sorted(fingerprints(key, known))
    ]
    connection.executemany(
        "INSERT INTO final_memory VALUES (?, ?, ?, ?, ?) ON CONFLICT (empreinte, cle)"
        " DO UPDATE SET expire_le = max(expire_le, excluded.expire_le)",
        rows,
    )
    return len(rows)


def remembered(connection: Connection, key: Key, known: Traits, today: date) -> Remembered | None:
    """Whether a person was erased whose right was used up: by number first, else by name."""
    made = fingerprints(key, known)
    query = (
        "SELECT sorte, mois FROM final_memory WHERE cle = ? AND expire_le >= ?"
        " AND empreinte IN (SELECT value FROM json_each(?)) ORDER BY sorte, mois LIMIT 1"
    )
    row = connection.execute(query, (key.id, today.isoformat(), _tags(made))).fetchone()
    return Remembered(*row) if row else None


def _tags(made: Iterable[Fingerprint]) -> str:
    return json.dumps([each.tag for each in made])


def of_person(connection: Connection, key: Key, known: Traits) -> list[tuple[str, str, str]]:
    """The lines that are about a person, for the answer to them: kind, month, end."""
    query = (
        "SELECT sorte, mois, expire_le FROM final_memory WHERE cle = ?"
        " AND empreinte IN (SELECT value FROM json_each(?)) ORDER BY 1, 2, 3"
    )
    return list(connection.execute(query, (key.id, _tags(fingerprints(key, known)))))


def forget_ended(connection: Connection, today: date) -> int:
    """Take out the fingerprints whose end has come; how many."""
    done = connection.execute("DELETE FROM final_memory WHERE expire_le < ?", (today.isoformat(),))
    return done.rowcount
