"""Segments: a run of one site's records as it travels, sealed to who may read it, and signed.

    agir-segment 1\n
    {"site","first","last","day","key","parts"}\n   what a carrier sees; key: who signs
    64 bytes                                        the signature of the lines above
    a part sealed to every site                     the links, and the records for all
    a part for each department                      its records, sealed to those that follow it

The first lines tell the digest of each part, under a name that says nothing to whoever carries it:
a carrier may keep back the parts that are not for whoever asks.
"""

from __future__ import annotations

import hmac
import json
import zlib
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from agir_cli.failures import FileFailure
from agir_cli.site_keys import (
    EVERY,
    SIGNATURE,
    SiteKeys,
    is_signed,
    sealed_to,
    signature,
    unsealed,
    verifying,
)  # fmt: skip

MOST = 1 << 24
"""The most bytes that the records of a segment have: who reads one keeps it in memory."""
LARGEST = 2 * MOST
_MAGIC, _ANY_VERSION = b"agir-segment 1\n", b"agir-segment "
_LINK, _HEAD, _ROUND = 20, 1 << 16, 512


class Segment(NamedTuple):
    """Records `first` to `last` (inclusive) of one site's stream, as they travel.

    What carriers see is this and no more. ``day``: when it was made, ISO; ``by``: the site that has
    sealed and signed it in the place of one that is revoked.
    """

    site: str
    first: int
    last: int
    day: str
    body: bytes
    by: str = ""


class Contents(NamedTuple):
    """A segment opened: the link before its first record, that of each record, and the records.

    ``groups``: newline-delimited JSON, by group; None where they are not for this site.
    """

    before: bytes
    links: Sequence[bytes]
    groups: Mapping[str, bytes | None]


Reason = Literal[
    "altered", "cut", "foreign", "replayed", "newer", "too_big", "locked"
]  # fmt: skip
_WHY: Mapping[str, tuple[str, str]] = {
    "altered": ("il a été changé en route", "Effacez-le du relais ; son site le redéposera."),
    "cut": ("il n'est pas entier", "Sa copie n'est peut-être pas finie : recommencez plus tard."),
    "foreign": ("il n'est pas signé par ce site", "Quelqu'un d'autre l'a déposé : à signaler."),
    "replayed": ("il porte le nom d'un autre", "Quelqu'un l'a renommé, ou remis : à signaler."),
    "newer": ("il vient d'une version plus récente d'agir", "Mettez agir à jour sur ce poste."),
    "too_big": ("il est plus grand qu'aucun segment ne l'est", "À signaler : ce n'est pas agir."),
    "locked": ("il est scellé pour d'autres sites", "Un site qui suit le même département peut"
               " donner la clé qui manque : agir sites invite"),
}  # fmt: skip


class SegmentRefused(FileFailure):
    """A segment of which nothing is taken: whose, from which number, and why.

    ``reason``: « locked » may pass once other streams are taken, in which a new key comes.
    """

    def __init__(self, segment: Segment, reason: Reason) -> None:
        why, remedy = _WHY[reason]
        super().__init__(
            f"Site {segment.site}, enregistrements {segment.first} à {segment.last} : refusés en"
            f" bloc, {why}.",
            remedy,
        )
        self.site, self.first, self.last = segment.site, segment.first, segment.last
        self.reason: Reason = reason


def sealed(
    site: str, first: int, before: bytes, links: Sequence[bytes], groups: Mapping[str, bytes], *,
    day: str, keys: SiteKeys, readers: Mapping[str, Sequence[str]], by: str = "",
) -> Segment:  # fmt: skip
    """Seal the records of each group to its ``readers`` (age), the rest of it to every site.

    The records of all groups have `MOST` bytes together, at most.
    """
    if sum(map(len, groups.values())) > MOST:
        raise ValueError("a segment of too many bytes")
    names = [name for name in groups if name != EVERY]
    told = {"before": before.hex(), "links": len(links), "groups": names}
    inner = b"".join((_line(told), *links, _packed(groups.get(EVERY, b""))))
    parts = {"": sealed_to(readers[EVERY], inner)}
    for name in names:
        parts[pseudonym(keys, name)] = sealed_to(readers[name], _packed(groups[name]))
    last = first + len(links) - 1
    said = {
        "site": site, "first": first, "last": last, "day": day, "key": _name(verifying(keys)),
        "parts": [(name, len(part), _digest(part)) for name, part in parts.items()],
    }  # fmt: skip
    head = _MAGIC + _line(said)
    body = b"".join((head, signature(keys, head), *parts.values()))
    return Segment(site, first, last, day, body, by)


def opened(segment: Segment, *, keys: SiteKeys, signer: bytes) -> Contents:
    """Open a segment that ``signer`` is to have signed: whole, or `SegmentRefused`."""
    head, parts = _proved(segment, signer)
    told = (head.get("site"), head.get("first"), head.get("last"), head.get("day"))
    if told != segment[:4]:
        raise SegmentRefused(segment, "replayed")
    inner = unsealed(reversed(keys.groups.get(EVERY, ())), parts[0] or b"")
    if inner is None:
        raise SegmentRefused(segment, "locked")
    try:
        first_line, rest = inner.split(b"\n", 1)
        said: Any = json.loads(first_line)
        before, count = bytes.fromhex(said["before"]), int(said["links"])
        names = [str(name) for name in said["groups"]]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise SegmentRefused(segment, "altered") from None
    right = count == segment.last - segment.first + 1 and len(names) == len(parts) - 1
    if not right or len(before) not in (0, _LINK) or len(rest) < count * _LINK:
        raise SegmentRefused(segment, "altered")
    links = [rest[at : at + _LINK] for at in range(0, count * _LINK, _LINK)]
    every = _unpacked(segment, rest[count * _LINK :], MOST)
    groups: dict[str, bytes | None] = {EVERY: every}
    room = MOST - len(every)
    for name, part in zip(names, parts[1:], strict=True):
        own = keys.groups.get(name)
        if own and part is None:
            raise SegmentRefused(segment, "cut")
        packed = unsealed(reversed(own), part) if own and part is not None else None
        groups[name] = found = None if packed is None else _unpacked(segment, packed, room)
        room -= len(found or b"")
    return Contents(before, links, groups)


def _proved(segment: Segment, signer: bytes) -> tuple[Mapping[str, Any], list[bytes | None]]:
    """What a segment says of itself in clear, and its parts, once its signature is proved."""
    body = segment.body
    if len(body) > LARGEST:
        raise SegmentRefused(segment, "too_big")
    if not body.startswith(_MAGIC):
        newer = body.startswith(_ANY_VERSION) and body[len(_ANY_VERSION) :][:1].isdigit()
        cut = _MAGIC.startswith(body)
        raise SegmentRefused(segment, "cut" if cut else "newer" if newer else "altered")
    end = body.find(b"\n", len(_MAGIC), _HEAD) + 1
    whole = end and len(body) >= end + SIGNATURE
    if not whole:
        raise SegmentRefused(segment, "cut" if end or len(body) < _HEAD else "altered")
    try:
        told: Any = json.loads(body[len(_MAGIC) : end])
        parts = [(str(name), int(size), str(digest)) for name, size, digest in told["parts"]]
        key = told["key"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise SegmentRefused(segment, "altered") from None
    if not is_signed(body[:end], body[end : end + SIGNATURE], signer):
        raise SegmentRefused(segment, "altered" if key == _name(signer) else "foreign")
    place, found = end + SIGNATURE, list[bytes | None]()
    for _, size, digest in parts:
        part = body[place : place + size]
        kept = len(part) == size and _digest(part) == digest
        found.append(part if kept else None)
        place += size if kept else 0
    if place < len(body) or not found or found[0] is None:
        cut = len(body) < end + SIGNATURE + sum(size for _, size, _ in parts)
        raise SegmentRefused(segment, "cut" if cut else "altered")
    return told, found


def split(body: bytes) -> list[tuple[str, bytes]]:
    """A whole segment as a carrier may keep it: the head with what is for all, then each part.

    Joined in this order, some left out, they are the segment for whoever is to read the others.
    Raises `ValueError` for what is no segment.
    """
    end = body.index(b"\n", len(_MAGIC)) + 1
    parts = json.loads(body[len(_MAGIC) : end])["parts"]
    place = end + SIGNATURE + parts[0][1]
    found = [("", body[:place])]
    for name, size, _ in parts[1:]:
        found.append((name, body[place : place + size]))
        place += size
    return found


def pseudonym(keys: SiteKeys, group: str) -> str:
    """What carriers know a department by: every site of the network makes the same of it."""
    oldest = keys.groups[EVERY][0].encode()
    return hmac.digest(oldest, f"agir group {group}".encode(), "sha256").hex()[:16]


def _name(signer: bytes) -> str:
    return sha256(signer).hexdigest()[:16]


def _line(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _digest(part: bytes) -> str:
    return sha256(part).hexdigest()


def _packed(records: bytes) -> bytes:
    """Records compressed, with nothing after them up to a round size: one act's tells no act."""
    packed = zlib.compress(records)
    return packed + bytes(-len(packed) % _ROUND)


def _unpacked(segment: Segment, packed: bytes, room: int) -> bytes:
    packing = zlib.decompressobj()
    try:
        found = packing.decompress(packed, room + 1)
    except zlib.error:
        raise SegmentRefused(segment, "altered") from None
    if len(found) > room:
        raise SegmentRefused(segment, "too_big")
    if not packing.eof:
        raise SegmentRefused(segment, "altered")
    return found
