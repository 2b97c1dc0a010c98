"""The keys of the memory of used-up rights: beside the team's file, named by ids, never in it.

Each stands on a line of its own, its id before it: what a command asks first, whether one is
lost, costs the reading of a short file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from agir_cli.drafts import draft, final_of, sync, take_name, write_private
from agir_cli.failures import FileFailure, UsageFailure, reason_of
from agir_cli.store import settings
from agir_cli.store.driver import Connection

KEY_BYTES = 32
BESIDE = ".cle"
"""The end of the name of the file that holds the keys."""
SHARED = "cle_memoire_commune"
"""The setting that names the keys which the others of a network had from the beginning."""
USED = "cle_memoire"
"""The setting that names the keys the fingerprints of the file were made with, the present last."""


class Key(NamedTuple):
    """A key, and the id by which fingerprints say that they are made with it."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id})"  # the secret is for no traceback


def key_of(secret: bytes) -> Key:
    """The key of these bytes; its id follows from them, so that two sites tell a wrong one."""
    import hmac

    if len(secret) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return Key(hmac.digest(secret, b"agir key id", "sha256").hex()[:8], secret)


def path_of(path: Path) -> Path:
    """Where the keys of a file stand."""
    return path.with_name(path.name + BESIDE)


def used(connection: Connection) -> list[str]:
    """The ids of the keys that the fingerprints of a file were made with."""
    query = "SELECT value FROM settings WHERE name = ?"
    row = connection.execute(query, (USED,)).fetchone()
    return row[0].split() if row else []


def missing(connection: Connection, path: Path) -> list[str]:
    """The ids of the keys with which fingerprints were made, and which are not there."""
    wanted = used(connection)
    kept = _kept(path) if wanted else {}
    return [each for each in wanted if each not in kept]


def there(connection: Connection, path: Path) -> list[Key]:
    """Those of the keys of the fingerprints of a file, or of a draft of it, that are kept."""
    final = path.with_name(final_of(path.name))
    kept = _kept(final)
    return [_read(final, each, kept[each]) for each in used(connection) if each in kept]


def lost(connection: Connection, path: Path) -> str:
    """What to say where a key is missing; else nothing."""
    gone = missing(connection, path)
    return f"{_LOST.format(', '.join(gone))}. {RECOVER[0]}" if gone else ""


_LOST = (
    "la clé {} de la mémoire des droits épuisés manque : sans elle, une personne effacée ne serait"
    " pas reconnue"
)
RECOVER = (
    "Remettez-la depuis sa fiche de secours, ou d'un autre site : agir memory restore",
    "Perdue pour toujours : agir memory key --lost (ses empreintes ne servent plus à rien)",
)


def keys(connection: Connection) -> list[Key]:
    """The keys that the fingerprints of a file were made with, the present one last.

    Raises `FileFailure` where one is lost, or is not what it was.
    """
    wanted = used(connection)
    if not wanted:
        return []
    path = connection.file
    if gone := missing(connection, path):
        raise FileFailure(
            f"Sans la clé {', '.join(gone)}, rien ne dit si cette personne a été effacée, son droit"
            " épuisé : rien n'a été enregistré.", *RECOVER,
        )  # fmt: skip
    kept = _kept(path)
    return [_read(path, each, kept[each]) for each in wanted]


def present(connection: Connection) -> tuple[Key, bool]:
    """The key that fingerprints are made with from now on, and whether it is new.

    A new one has a recovery sheet, to be shown at once. Raises `FileFailure`, as `keys`.
    """
    known, path = keys(connection), connection.file
    if known:
        return known[-1], False
    kept = _kept(path)  # made by a command that did not end, or brought from another site
    key = _read(path, *[*kept.items()][-1]) if kept else key_of(os.urandom(KEY_BYTES))
    if not kept:
        keep(path, key)
    settings.set_setting(connection, USED, key.id)
    return key, True


def give_up(connection: Connection) -> list[str]:
    """Take out the fingerprints whose keys are lost, which tell nothing any more; the ids."""
    kept = _kept(connection.file)
    left = [each for each in used(connection) if each not in kept]
    for each in left:
        connection.execute("DELETE FROM final_memory WHERE cle = ?", (each,))
    if left:
        settings.set_setting(connection, USED, " ".join(e for e in used(connection) if e in kept))
    return left


def keep(path: Path, key: Key) -> None:
    """Keep a key beside the file, for its owner's eyes alone."""
    kept = {**_kept(path), key.id: key.secret.hex()}
    write_secret(path_of(path), "".join(f"{id_} {secret}\n" for id_, secret in kept.items()))


@contextmanager
def kept_if_done(path: Path) -> Iterator[None]:
    """Keep the keys taken within it where all of it is done; otherwise those of before."""
    place = path_of(path)
    before = place.read_text("ascii", "replace") if place.exists() else None
    try:
        yield
    except BaseException:
        if before is None:
            place.unlink(missing_ok=True)
        elif before != place.read_text("ascii", "replace"):
            write_secret(place, before)
        raise


def write_secret(place: Path, text: str) -> None:
    """Write what stands beside a file for its owner's eyes alone, whole or not at all."""
    try:
        with draft(place) as new:
            write_private(new, text)
            sync(new)
            take_name(new, place, overwrite=True)
    except OSError as error:
        why = reason_of(error, writing=True)
        raise FileFailure(f"La clé « {place.name} » ne peut pas s'écrire : {why}.") from None


def _kept(path: Path) -> Mapping[str, str]:
    """The keys beside a file: id and secret, as they are written there; one that is not is lost."""
    try:
        lines = path_of(path).read_text("ascii", "replace").splitlines()
    except OSError:
        return {}
    return dict(line.split() for line in lines if _NAMED.fullmatch(line))


def _read(path: Path, id_: str, secret: str) -> Key:
    try:
        key = key_of(bytes.fromhex(secret))
    except ValueError:
        key = None
    if key is None or key.id != id_:
        raise FileFailure(f"La clé {id_} de « {path_of(path).name} » est abîmée.", *RECOVER)
    return key


# --- on paper ----------------------------------------------------------------------------


def recovery_sheet(key: Key) -> list[str]:
    """What is printed when a key is made, to be kept in a safe (French)."""
    groups = [key.secret.hex()[place : place + 8] for place in range(0, 2 * KEY_BYTES, 8)]
    return [
        "FICHE DE SECOURS : la clé de la mémoire des droits épuisés",
        f"  Clé n° {key.id}",
        "  " + " ".join(groups[:4]),
        "  " + " ".join(groups[4:]),
        "  À imprimer et à ranger au coffre ; à ne pas envoyer. Sur un autre poste, ou s'il faut",
        "  la remettre : agir memory restore, puis retapez ces deux lignes.",
    ]


def typed(text: str) -> Key:
    """The key of a recovery sheet, or of a file of keys (its last one), read or typed again.

    Raises `UsageFailure` where there is none.
    """
    lines = [line.strip().lower() for line in text.splitlines()]
    whole = [line[-2 * KEY_BYTES :] for line in lines if _WHOLE.fullmatch(line)]
    groups = re.sub(r"\s", "", "".join(line for line in lines if _HALF.fullmatch(line)))
    digits = whole[-1] if whole else groups
    if len(digits) != 2 * KEY_BYTES:
        raise UsageFailure(
            "Ce n'est pas une clé : deux lignes de quatre groupes de huit signes, de 0 à 9 et de a"
            " à f.", "Elles sont sur la fiche de secours de la mémoire des droits épuisés. Les"
            " quatorze groupes d'un fichier chiffré : agir key keep",
        )  # fmt: skip
    return key_of(bytes.fromhex(digits))


_NAMED = re.compile(r"[0-9a-f]{8} [0-9a-f]{64}")
_WHOLE = re.compile(r"([0-9a-f]{8} )?[0-9a-f]{64}")
_HALF = re.compile(r"([0-9a-f]{8}\s*){4}")
