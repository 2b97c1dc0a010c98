"""Who writes, when, and the ids of what is written. The store's only reading of a clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
_RANDOM_BITS = 80


class Stamp(NamedTuple):
    """What every event of one command carries: author, site, batch, and the real UTC instant."""

    author: str
    site: str
    recorded_at: str
    batch: str | None = None


def now() -> str:
    """The real instant, UTC, ISO 8601 with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def in_paris(instant: str) -> datetime:
    """A recorded instant as a clock in Paris has it. Raises `ValueError`, `OverflowError`."""
    from zoneinfo import ZoneInfo  # it costs a reading, which seldom asks, some milliseconds

    return datetime.fromisoformat(instant).astimezone(ZoneInfo("Europe/Paris"))


def paris_moment(instant: str) -> str:
    """A recorded instant in words (French): « 14/02/2023 à 10:30 »."""
    return f"{in_paris(instant):%d/%m/%Y à %H:%M}"


def ulids() -> Iterator[str]:
    """ULIDs that grow: 48 bits of milliseconds, then 80 random bits counted up.

    Ids of one command sort in the order they were given, so that a B-tree only appends.
    """
    import secrets  # it costs a reading, which asks for the instant alone, some milliseconds

    moment = max(int(datetime.now(UTC).timestamp() * 1000), 0)  # a clock may stand before 1970
    value = (moment << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS - 1)
    while True:
        # Only the last two letters change until they are used up.
        head = encode_ulid(value)[:-2]
        for pair in _PAIRS[value % len(_PAIRS) :]:
            yield head + pair
        value += len(_PAIRS) - value % len(_PAIRS)


def encode_ulid(value: int) -> str:
    """26 letters of Crockford's base 32, two at a time."""
    letters = [""] * 13
    for place in range(12, -1, -1):
        letters[place] = _PAIRS[value & 1023]
        value >>= 10
    return "".join(letters)
