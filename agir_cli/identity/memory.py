"""What outlives the erasure of a used-up right: keyed fingerprints, and nothing else.

A fingerprint is HMAC-SHA256 of a normalised AGDREF number, or of a name with a birth. Without the
key (32 random bytes that stand outside the database, named by an id) it tells nothing; with it, it
can be searched for a person, so it stays personal data, and has an end.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from agir_cli.identity.evidence import Birth, Traits
from agir_cli.identity.names import word

KEY_BYTES = 32


class Key(NamedTuple):
    """The key of a department, and the id by which fingerprints say that they are made with it."""

    id: str
    secret: bytes


class Fingerprint(NamedTuple):
    """A fingerprint and what it was made of: ``agdref``, or ``identite``."""

    tag: str
    kind: str


def key_of(secret: bytes) -> Key:
    """The key of these bytes; its id follows from them, so that two sites tell a wrong one."""
    if len(secret) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return Key(hmac.new(secret, b"agir key id", "sha256").hexdigest()[:8], secret)


def fingerprints(key: Key, known: Traits) -> set[Fingerprint]:
    """Those of a person: every number, and every name with each birth that it may be written as."""
    found = {
        Fingerprint(_tag(key, "agdref", number.lstrip("0")), "agdref") for number in known.numbers
    }
    for words in known.names:
        name = " ".join(sorted(word(each).keys[0] for each in words))
        for birth in {each for known_birth in known.births for each in variants(known_birth)}:
            said = f"{name} {birth.year:04d}-{birth.month:02d}-{birth.day:02d}"
            found.add(Fingerprint(_tag(key, "identite", said), "identite"))
    return found


def variants(birth: Birth) -> Iterator[Birth]:
    """A birth as it may be written the next time: day and month exchanged; the year alone."""
    yield birth
    yield Birth(birth.year, 1, 1)
    if 0 < birth.day <= 12:
        yield Birth(birth.year, birth.day, birth.month)


def _tag(key: Key, kind: str, said: str) -> str:
    return hmac.new(key.secret, f"{kind} {said}".encode(), "sha256").hexdigest()


def end_of(cir_years: Iterable[int], decided: date) -> date:
    """Until when a fingerprint is kept: 31 December of the second year after the CIR's.

    Nobody can be eligible after it; never before two years after the decision [D].
    """
    years = max(cir_years, default=decided.year)
    return max(date(years + 2, 12, 31), date(decided.year + 2, 12, 31))
