"""What outlives the erasure of a used-up right: keyed fingerprints, and nothing else.

A fingerprint is HMAC-SHA256 of a normalised AGDREF number, or of a name with a birth. Without the
key (32 random bytes that stand outside the database, named by an id) it tells nothing; with it, it
can be searched for a person, so it stays personal data, and has an end.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations, islice, product
from typing import NamedTuple

from agir_cli.identity.evidence import Birth, Traits
from agir_cli.identity.names import word

_MOST_WORDS, _MOST_SPOKEN, _LEAST_BONES = 6, 8, 4
_ANY, _NONE = "any", "none"
"""What is said of a birth that may be any, and of one that is not known."""
_LENGTH_OF_A_DAY = len("1994-03-07")


class Fingerprint(NamedTuple):
    """A fingerprint and what it was made of: ``agdref``, or ``identite``."""

    tag: str
    kind: str


def fingerprints(secret: bytes, known: Traits) -> set[Fingerprint]:
    """Those of a person: every number, and every name with each birth that it may be written as.

    A name is kept whole, and in part: without one of its words, as a father's name is added or
    dropped.
    """
    return _made(secret, known, _kept, lambda words: (("", (words,)), ("~", _shorter(words))))


def asked(secret: bytes, known: Traits) -> set[Fingerprint]:
    """Those under which a person is looked for: one of two names may be a part of the other.

    Two names with a part in common are those of brothers.
    """
    return _made(
        secret, known, _looked_for,
        lambda words: (("", (words, *_shorter(words))), ("~", (words,))),
    )  # fmt: skip


_Written = Callable[[Birth | None], Iterator[str]]
_Names = Iterable[tuple[str, Iterable[Sequence[str]]]]


def _made(
    secret: bytes, known: Traits, written: _Written, parts: Callable[[Sequence[str]], _Names]
) -> set[Fingerprint]:
    said = {("agdref", number.lstrip("0")) for number in known.numbers}
    births = {text for birth in known.births or (None,) for text in written(birth)}
    for names in known.names:
        for sign, some in parts(names):
            for words in some:
                # A part of a name wants a birth; a part of one word alone, the whole of it.
                part = sign or len(words) < len(names)
                least = _LENGTH_OF_A_DAY if len(words) < 2 else 5
                facts = (
                    [b for b in births if b[0].isdigit() and len(b) >= least] if part else births
                )
                said |= {("identite", f"{sign}{f} {b}") for f in _forms(words) for b in facts}
    return {
        Fingerprint(hmac.digest(secret, f"{kind} {text}".encode(), "sha256").hex(), kind)
        for kind, text in said
    }


# A day meets the same day, exchanged or not, or of another year (calendars shift it), and a year
# alone; a year alone any day of it; an unknown birth all of them. Two days of one year are two
# persons.


def _kept(birth: Birth | None) -> Iterator[str]:
    if birth is None:
        yield _NONE
        return
    yield _ANY
    yield f"{birth.year}*"
    yield from [f"{birth.year}?"] if birth.new_year else _days(birth)


def _looked_for(birth: Birth | None) -> Iterator[str]:
    yield _NONE
    if birth is None:
        yield _ANY
    elif birth.new_year:
        yield f"{birth.year}*"
    else:
        yield f"{birth.year}?"
        yield from _days(birth)


def _days(birth: Birth) -> Iterator[str]:
    if birth.day:
        yield f"{birth.month:02d}-{birth.day:02d}"
    yield f"{birth.year}-{birth.month:02d}-{birth.day:02d}"
    if 0 < birth.day <= 12:
        yield f"{birth.year}-{birth.day:02d}-{birth.month:02d}"


def _forms(words: Sequence[str]) -> set[str]:
    """A name in any order, as it is written, and as its consonants may sound."""
    heard = [each for each in map(word, words[:_MOST_WORDS]) if each.plain]
    forms = {" ".join(sorted(each.plain for each in heard))} - {""}
    for bones in islice(product(*(each.sounds for each in heard)), _MOST_SPOKEN):
        if sum(map(len, bones)) >= _LEAST_BONES:
            forms.add(" ".join(sorted(bones)))
    return forms


def _shorter(words: Sequence[str]) -> list[tuple[str, ...]]:
    some = words[:_MOST_WORDS]
    return [*combinations(some, len(some) - 1)] if len(some) > 1 else []


def end_of(cir_years: Iterable[int], decided: date) -> date:
    """Until when a fingerprint is kept: 31 December of the second year after the CIR's.

    Nobody can be eligible after it; never before two years after the decision [D].
    """
    years = max(cir_years, default=decided.year)
    return max(date(years + 2, 12, 31), date(decided.year + 2, 12, 31))
