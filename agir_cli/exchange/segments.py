"""Segments: a run of one site's records as it travels, sealed to who may read it, and signed.

    agir-segment 1\\n
    {"site","first","last","day","key","size"}\\n      what a carrier sees; key: who signs
    64 bytes                                          the signature of all the rest
    sealed to every site of the network               the links, and the records of each group,
                                                      sealed again to those that follow the group

Whoever carries a segment reads its site, numbers, day and size, and no more.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from agir_cli.failures import FileFailure
from agir_cli.site_keys import (
    SIGNATURE,
    SiteKeys,
    is_signed,
    sealed_to,
    signature,
    unsealed,
    verifying,
)  # fmt: skip

EVERY = "*"
"""The group of what goes to all sites."""
MOST = 1 << 24
"""The most bytes that the records of a segment have: who reads one keeps it in memory."""
LARGEST = 2 * MOST
_MAGIC, _ANY_VERSION = b"agir-segment 1\n", b"agir-segment "
_LINK, _HEAD = 20, 4096


class Segment(NamedTuple):
    """Records `first` to `last` (inclusive) of one site's stream, as they travel.

    What carriers see is this and no more. ``day``: when it was made, ISO.
    """

    site: str
    first: int
    last: int
    day: str
    body: bytes


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
    day: str, keys: SiteKeys, readers: Mapping[str, Sequence[str]],
) -> Segment:  # fmt: skip
    """Seal the records of each group to its ``readers`` (age), and all of it to every site.

    The records of all groups have `MOST` bytes together, at most.
    """
    if sum(map(len, groups.values())) > MOST:
        raise ValueError("a segment of too many bytes")
    shut = {name: _shut(name, body, readers) for name, body in groups.items()}
    told = {"before": before.hex(), "links": len(links), "groups": _sizes(shut)}
    inner = b"".join((_line(told), *links, *shut.values()))
    outer = sealed_to(readers[EVERY], inner)
    last = first + len(links) - 1
    head = _line(
        {"site": site, "first": first, "last": last, "day": day, "key": _name(verifying(keys)),
         "size": len(outer)}
    )  # fmt: skip
    body = b"".join((_MAGIC, head, signature(keys, _MAGIC + head + outer), outer))
    return Segment(site, first, last, day, body)


def opened(segment: Segment, *, keys: SiteKeys, signer: bytes) -> Contents:
    """Open a segment that ``signer`` is to have signed: whole, or `SegmentRefused`."""
    head, outer = _proved(segment, signer)
    told = (head.get("site"), head.get("first"), head.get("last"), head.get("day"))
    if told != segment[:4]:
        raise SegmentRefused(segment, "replayed")
    inner = unsealed(reversed(keys.groups.get(EVERY, ())), outer)
    if inner is None:
        raise SegmentRefused(segment, "locked")
    try:
        first_line, rest = inner.split(b"\n", 1)
        said: Any = json.loads(first_line)
        before, count = bytes.fromhex(said["before"]), int(said["links"])
        sizes = [(str(name), int(size)) for name, size in said["groups"]]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise SegmentRefused(segment, "altered") from None
    wanted = [count * _LINK, *(size for _, size in sizes)]
    right = count == segment.last - segment.first + 1 and sum(wanted) == len(rest)
    if not right or len(before) not in (0, _LINK) or min(wanted) < 0:
        raise SegmentRefused(segment, "altered")
    links = [rest[at : at + _LINK] for at in range(0, count * _LINK, _LINK)]
    groups: dict[str, bytes | None] = {}
    place, room = count * _LINK, MOST
    for name, size in sizes:
        groups[name] = found = _unshut(segment, name, rest[place : place + size], keys, room)
        place, room = place + size, room - len(found or b"")
    return Contents(before, links, groups)


def _proved(segment: Segment, signer: bytes) -> tuple[Mapping[str, Any], bytes]:
    """What a segment says of itself in clear, and what it holds, once its signature is proved."""
    body = segment.body
    if len(body) > LARGEST:
        raise SegmentRefused(segment, "too_big")
    if not body.startswith(_MAGIC):
        newer = body.startswith(_ANY_VERSION) and body[len(_ANY_VERSION) :][:1].isdigit()
        cut = _MAGIC.startswith(body)
        raise SegmentRefused(segment, "cut" if cut else "newer" if newer else "altered")
    end = body.find(b"\n", len(_MAGIC), _HEAD) + 1
    head, signed, outer = body[:end], body[end : end + SIGNATURE], body[end + SIGNATURE :]
    try:
        told: Any = json.loads(head[len(_MAGIC) :])
        size, key = int(told["size"]), str(told["key"])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise SegmentRefused(segment, "altered" if end or len(body) > _HEAD else "cut") from None
    if not is_signed(head + outer, signed, signer):
        if len(outer) < size:
            raise SegmentRefused(segment, "cut")
        raise SegmentRefused(segment, "altered" if key == _name(signer) else "foreign")
    return told, outer


def _name(signer: bytes) -> str:
    return sha256(signer).hexdigest()[:16]


def _line(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _sizes(shut: Mapping[str, bytes]) -> list[tuple[str, int]]:
    return [(name, len(body)) for name, body in shut.items()]


def _shut(name: str, body: bytes, readers: Mapping[str, Sequence[str]]) -> bytes:
    packed = zlib.compress(body)
    return packed if name == EVERY else sealed_to(readers[name], packed)


def _unshut(segment: Segment, name: str, shut: bytes, keys: SiteKeys, room: int) -> bytes | None:
    packed: bytes | None = shut
    if name != EVERY:
        packed = unsealed(reversed(keys.groups.get(name, ())), shut)
    if packed is None:
        return None
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
