"""The sites of a network, as their admissions and revocations say; the keys of their groups.

A group is a department, or `EVERY`, which all sites have. What is sealed to a group opens with
its identity, of which each of its sites has a copy sealed to itself alone (its box): who joins
later reads what was sealed before, and a segment does not grow with the number of sites.

Nothing is kept beside the journal but what a site was told when it was welcomed, which it has to
know before it can prove the first stream.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from agir_cli.domain.events import Kind
from agir_cli.failures import FileFailure
from agir_cli.site_keys import (
    EVERY,
    SiteKeys,
    keys_of,
    new_identity,
    recipient,
    sealed_to,
    unsealed,
)  # fmt: skip
from agir_cli.store import cipher, migrations, seal, settings
from agir_cli.store.driver import Connection
from agir_cli.store.journal import STATISTICS
from agir_cli.store.memory_keys import write_secret

NETWORK = "sites"
"""The dossier, which is nobody's, of what is recorded about sites."""
WELCOME = "sites_connus"
"""The setting with what a site was told of the others when it was welcomed."""
SECRET = "cle_site"
"""The setting with the name of the site's secret, which stands elsewhere."""


class Site(NamedTuple):
    """A site of the network. ``departments``: those it follows; every one where it has `EVERY`.

    ``until``: the number of the last record that is taken of it, once it is revoked; ``ends``: of
    each of its streams that number and its link (hex), which prove what another site sends again.
    """

    letter: str
    name: str
    departments: tuple[str, ...]
    recipient: str
    verifying: bytes
    since: str
    revoked_on: str = ""
    until: int | None = None
    ends: Mapping[str, tuple[int, str]] = MappingProxyType({})

    def end(self, stream: str) -> tuple[int | None, str]:
        """The number and the link of the last record of a stream that is taken of it, if any."""
        return self.ends.get(stream, (self.until, ""))

    def follows(self, group: str) -> bool:
        """Whether it is of a group: a department, or `EVERY`."""
        return not self.revoked_on and (group in self.departments or EVERY in self.departments
                                        or group == EVERY)  # fmt: skip


class Told(NamedTuple):
    """An admission or a revocation, as the journal has it or as a welcome told it."""

    recorded_at: str
    id: str
    kind: str
    by: str
    seq: int
    letter: str
    said: Mapping[str, Any]


def told(connection: Connection) -> list[Told]:
    """Everything that was said of sites, in an order that is the same everywhere."""
    heard = settings.settings(connection).get(WELCOME)
    query = (
        "SELECT recorded_at, id, kind, site, seq, json_extract(payload, '$.site_nomme'),"
        " json_extract(payload, '$.fiche_site') FROM events WHERE dossier = ?"
    )
    rows = [*(json.loads(heard) if heard else ()), *connection.execute(query, (NETWORK,))]
    found = {each.id: each for each in map(_told, rows) if each is not None}
    return sorted(found.values(), key=lambda each: each[:2])


_SAYS: Mapping[str, Mapping[str, type]] = {
    Kind.SITE_ADMITTED: {"nom": str, "departements": list, "destinataire": str,
                         "verification": str, "cles": list},
    Kind.SITE_REVOKED: {"dernier": int, "cles": list},
}  # fmt: skip
_KEY = {"groupe": str, "destinataire": str, "boites": dict}


def _told(row: Iterable[Any]) -> Told | None:
    """What a row says; None where it is not this program's: it hinders nothing."""
    *head, text = row
    try:
        said = json.loads(text)
        sound = all(type(said[name]) is kind for name, kind in _SAYS[head[2]].items())
        sound = sound and all(
            type(key[name]) is kind for key in said["cles"] for name, kind in _KEY.items()
        )
        bytes.fromhex(said.get("verification", ""))
        for number, link in said.get("fins", {}).values():
            bytes.fromhex(link)
            sound = sound and type(number) is int
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return Told._make((*head, said)) if sound else None


def welcome(connection: Connection, letter: str) -> list[list[Any]]:
    """What a site is told when it is welcomed: of the boxes, its own alone."""
    return [[*each[:-1], json.dumps(_with_boxes(each.said, letter))] for each in told(connection)]


def _with_boxes(said: Mapping[str, Any], letter: str) -> dict[str, Any]:
    keys = [
        {**key, "boites": {n: box for n, box in key["boites"].items() if n == letter}}
        for key in said["cles"]
    ]
    return {**said, "cles": keys}


def known(connection: Connection) -> dict[str, Site]:
    """The sites of the network, by letter; none in a file that is alone.

    Of two sites that were given one letter, it is the first one's.
    """
    return _sites(told(connection))


def _sites(every: Iterable[Told]) -> dict[str, Site]:
    found: dict[str, Site] = {}
    for each in every:
        site, said = found.get(each.letter), each.said
        if each.kind == Kind.SITE_ADMITTED:
            departments = tuple(said["departements"])
            key = bytes.fromhex(said["verification"])
            if site is None:
                found[each.letter] = Site(
                    each.letter, said["nom"], departments, said["destinataire"], key,
                    each.recorded_at[:10],
                )  # fmt: skip
            elif site.verifying == key:
                both = dict.fromkeys((*site.departments, *departments))
                found[each.letter] = site._replace(departments=tuple(both))
        elif site is not None:
            until = max(site.until or 0, said["dernier"])
            day = site.revoked_on or each.recorded_at[:10]
            ends = dict(site.ends)
            for stream, (number, link) in said.get("fins", {}).items():
                if number > ends.get(stream, (-1, ""))[0]:
                    ends[stream] = number, link
            found[each.letter] = site._replace(revoked_on=day, until=until, ends=ends)
    return found


def readers(
    connection: Connection, site: str = "", first: int | None = None
) -> dict[str, list[str]]:
    """To whom (age) what is of each group is sealed: the last key that the group was given.

    ``first``: for the records of ``site`` from this number on. A key that comes with one of them
    is not yet known to whoever is to read it, and serves only where the group had none before:
    `change_of_keys` says where a segment has to end.
    """
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for each, key in _new_keys(told(connection)):
        if first is None or each.by != site or each.seq < first:
            before[key["groupe"]] = [key["destinataire"]]
        else:
            after.setdefault(key["groupe"], [key["destinataire"]])
    return after | before


def change_of_keys(connection: Connection, site: str, first: int) -> int | None:
    """The number of the next record of a site that gives a new key: a segment ends with it."""
    given = (e.seq for e, _ in _new_keys(told(connection)) if e.by == site and e.seq >= first)
    return min(given, default=None)


def _new_keys(every: Iterable[Told]) -> Iterator[tuple[Told, Mapping[str, Any]]]:
    seen = set()
    for each in every:
        for key in each.said["cles"]:
            if key["destinataire"] not in seen:
                seen.add(key["destinataire"])
                yield each, key


def own_keys(connection: Connection) -> SiteKeys:
    """The keys of this file's site, and those of its groups, opened from its boxes.

    Raises `FileFailure` where its secret is not to be had.
    """
    own, letter = keys_of(secret(connection)), settings.site_of(connection)
    groups: dict[str, list[str]] = {}
    for each in told(connection):
        for key in each.said["cles"]:
            box = key["boites"].get(letter)
            found = unsealed([own.identity], b64decode(box)) if box else None
            if found is not None:
                mine = groups.setdefault(key["groupe"], [])
                mine += [each for each in (found.decode(),) if each not in mine]
    return own._replace(groups=groups)


# --- the secret ---------------------------------------------------------------------------

BESIDE = ".site"
"""The end of the name of the file with a site's secret, where the post has no better place."""


def secret(connection: Connection) -> bytes:
    """The secret of this file's site. Raises `FileFailure` where it is not on this post."""
    name = settings.settings(connection).get(SECRET, "")
    if not name:
        raise FileFailure(
            "Ce fichier n'est d'aucun réseau de sites.",
            "En ouvrir un : agir sites invite ; en rejoindre un : agir sites join",
        )
    path = connection.path
    found = (_beside(path, name) if path is not None else None) or cipher.found(name)
    if found is None:
        raise FileFailure(
            f"La clé de ce site ({cipher.shown(name)}) n'est pas sur ce poste : rien n'a été envoyé"
            " ni pris.", "Avec sa fiche de secours : agir sites key --restore",
        )  # fmt: skip
    return found


def _beside(path: Path, name: str) -> bytes | None:
    place = path.with_name(path.name + BESIDE)
    try:
        seen = os.name == "posix" and place.stat().st_mode & 0o077
        key = cipher.read(place.read_text("ascii", "replace")[:256])
    except OSError:
        return None
    if seen:
        raise FileFailure(f"D'autres peuvent lire « {place.name} », la clé de ce site : elle n'a"
                          " pas servi.", f"chmod 600 {place}")  # fmt: skip
    return key if key is not None and cipher.name_of(key) == name else None


def keep_beside(path: Path, key: bytes) -> Path:
    """Keep a site's secret beside its file, for its owner alone; where."""
    place = path.with_name(path.name + BESIDE)
    write_secret(place, f"{cipher.written(key)}\n")
    return place


# --- what is recorded ---------------------------------------------------------------------

Keys = list[dict[str, Any]]
"""Keys of groups, as events have them: group, recipient, and a box for each site that has them."""


def admitted(site: Site, keys: Keys) -> dict[str, Any]:
    """What the admission of a site says: the payload of its event."""
    said = {
        "nom": site.name, "departements": site.departments, "destinataire": site.recipient,
        "verification": site.verifying.hex(), "cles": keys,
    }  # fmt: skip
    return {"site_nomme": site.letter, "fiche_site": json.dumps(said)}


def ends(connection: Connection, letter: str) -> dict[str, tuple[int, str]]:
    """Of each stream of a site, the number and the link of the last record that is here."""
    found = {each: seal.last_link(connection, each) for each in (letter, letter + STATISTICS)}
    return {stream: (number, link.hex()) for stream, (number, link) in found.items()}


def revoked(letter: str, last: Mapping[str, tuple[int, str]], keys: Keys) -> dict[str, Any]:
    """What the revocation of a site says: the last of its records that are taken, new keys."""
    said = {"dernier": last[letter][0], "fins": last, "cles": keys}
    return {"site_nomme": letter, "fiche_site": json.dumps(said)}


def drawn(groups: Iterable[str], sites: Collection[Site]) -> Keys:
    """A new key for each of these groups, in a box for each site that is of it."""
    return [_boxed(group, new_identity(), sites) for group in groups]


def handed(keys: SiteKeys, site: Site) -> Keys:
    """The keys, those of the past too, of the groups that a site is of, in boxes for it."""
    return [
        _boxed(group, identity, [site])
        for group, identities in keys.groups.items()
        for identity in identities
        if site.follows(group)
    ]


def _boxed(group: str, identity: str, sites: Iterable[Site]) -> dict[str, Any]:
    boxes = {
        site.letter: b64encode(sealed_to([site.recipient], identity.encode())).decode()
        for site in sites
        if site.follows(group)
    }
    return {"groupe": group, "destinataire": recipient(identity), "boites": boxes}


# --- the name of a site -------------------------------------------------------------------


def rename(connection: Connection, old: str, new: str) -> None:
    """Give the chains of a site another name: nobody else has seen them yet."""
    with migrations.unguarded(connection):
        for end in ("", STATISTICS):
            connection.execute("UPDATE events SET site = ? WHERE site = ?", (new + end, old + end))
            seal.link_anew(connection, new + end)
            seal.forget_link(connection, old + end)
    settings.set_setting(connection, "site", new)
