"""Who may be one person: found under the keys of their names and numbers, then weighed.

A key is a number of 64 bits: which word (or two words), or telephone, and a day. The same keys find
the doubles of one person in the index of a file (`asked`), and every pair of a list (`pairs`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from itertools import combinations
from typing import NamedTuple
from zlib import crc32

from agir_cli.identity.evidence import Birth, Likeness, Population, Traits, compare
from agir_cli.identity.names import word

DAYS = 20
"""The bits of a key that say a day; those before say what else."""

_KEPT, _ASKED = 2, 8
"""Of how many keys of a word persons are kept, and looked for, under."""

_YEARS = 10
"""How far off a year may be, with two words of the name: calendars, and slips."""


def key_of(kind: str, text: str) -> int:
    """The key of a telephone or an address; of a word, where its keys begin, whatever the day of
    birth: `1 << DAYS` of them."""
    return crc32(f"{kind} {text}".encode()) << DAYS


@cache
def _codes(text: str) -> tuple[int, ...]:
    """The codes of the keys of a word, which stand before the days."""
    return tuple(key_of("word", key) for key in word(text).keys[:_ASKED])


_MANY_WORDS = 1 << 13


def forget_words() -> None:
    """Forget the words of names that were met, where they are many: a file has new ones all along.

    Not within a list, each of whose words is compared again and again.
    """
    if word.cache_info().currsize > _MANY_WORDS:
        word.cache_clear()
        _codes.cache_clear()


def _two(one: int, other: int) -> int:
    """The code of two words, in either order."""
    return ((one ^ other) * 0x9E3779B1 >> DAYS & 0xFFFFFFFF) << DAYS


@lru_cache(maxsize=1 << 12)
def _day(birth: Birth) -> int:
    """The day of a birth as a number; its first, where it is not known to the day."""
    try:
        return date(birth.year, birth.month or 1, birth.day or 1).toordinal()
    except ValueError:
        return 0


def kept(traits: Traits) -> set[int]:
    """The keys under which a person is kept."""
    days = [_day(birth) for birth in traits.births] or [0]
    found = _reaches(traits)
    for words in traits.names:
        every = [_codes(each) for each in words]
        kept_codes = [c if word(w).abjad else c[:_KEPT] for c, w in zip(every, words, strict=True)]
        for day in days:
            found.update([code | day for codes in kept_codes for code in codes])
            found.update([_two(a[0], b[0]) | day for a, b in combinations(every, 2)])
    return found


def _reaches(traits: Traits) -> set[int]:
    found = set()
    if traits.phone:
        found.add(key_of("telephone", traits.phone))
    if traits.mail:
        found.add(key_of("courriel", traits.mail))
    return found


class Places(NamedTuple):
    """Where a person's doubles are looked for: under these keys, and between two, both included."""

    keys: set[int]
    spans: set[tuple[int, int]]


def asked(traits: Traits, *, unborn: bool = True) -> Places:
    """Where a person's doubles are looked for.

    ``unborn``: whether there are persons whose birth is not known.
    """
    keys, spans = _reaches(traits), set[tuple[int, int]]()
    for words in traits.names:
        every = [_codes(each) for each in words]
        singles = {code for codes in every for code in codes}
        twos = {_two(a, b) for some, others in combinations(every, 2) for a in some for b in others}
        if unborn:
            keys |= twos
        for birth in traits.births:
            first, last, days, back, on = _days(birth)
            if days:
                keys.update([key | each for key in singles for each in days])
            else:
                spans.update([(key | first, key | last) for key in singles])
            spans.update([(key | back, key | on) for key in twos])
        if not traits.births:
            last = (1 << DAYS) - 1
            spans.update([(key, key | last) for key in (twos or singles)])
    return Places(keys, spans)


@lru_cache(maxsize=1 << 12)
def _days(birth: Birth) -> tuple[int, int, frozenset[int], int, int]:
    """Where somebody of a birth is looked for: the first and last day of its year, and the days.

    Those are its own, that of day and month exchanged, and 1 January; none where it says no day.
    And the days between which those with two words of the name are.
    """
    day = _day(birth)
    first, last = _day(Birth(birth.year, 1, 1)), _day(Birth(birth.year, 12, 31))
    turned = Birth(birth.year, birth.day, birth.month) if 0 < birth.day <= 12 else birth
    days = frozenset[int]() if birth.new_year else frozenset((day, _day(turned), first))
    back, on = (max(0, day + years * 366) for years in (-_YEARS, _YEARS))
    return first, last, days, back, on


# --- a whole list ------------------------------------------------------------------------


class Pair(NamedTuple):
    """Two records (their places in the list) and what comparing them comes to."""

    first: int
    second: int
    likeness: Likeness


def counts_of(records: Sequence[Traits]) -> Population:
    """How many of these persons share each value that is weighed by how rare it is."""
    counts: Counter[tuple[str, str]] = Counter()
    for each in records:
        keys = {k for words in each.names for w in words for k in word(w).keys[:_KEPT]}
        counts.update(("word", key) for key in keys)
        counts.update(
            said for said in (("telephone", each.phone), ("courriel", each.mail)) if said[1]
        )
    return Population(len(records), lambda kind, value: counts.get((kind, value), 0))


def pairs(records: Sequence[Traits], least: int = 0) -> Iterator[Pair]:
    """Every pair that is proposed, by first and second place.

    ``least``: only those that touch a place from there on (a list beside the file's own persons).
    """
    population = counts_of(records)
    index: defaultdict[int, list[int]] = defaultdict(list)
    for second, each in enumerate(records):
        keys, shared = _keys(each), _shared(each)
        for first in sorted(_together(index, each, keys, shared)) if second >= least else ():
            found = compare(records[first], each, population)
            if found is not None:
                yield Pair(first, second, found)
        for key, _ in keys:
            index[key].append(second)
        for key, *_ in shared:
            index[key].append(second)
            for birth in each.births or (Birth(1),):
                index[key | birth.year].append(second)


def _together(
    index: Mapping[int, list[int]],
    each: Traits,
    keys: Iterable[tuple[int, int]],
    shared: Iterable[tuple[int, int, int]],
) -> set[int]:
    """The places of those before who share a key with this person."""
    near: set[int] = set()
    for key, most in keys:
        places = index.get(key)
        if places is not None and len(places) <= most:
            near.update(places)
    for key, few, most in shared:
        places = index.get(key, _NOBODY)
        if len(places) > few and each.births and len(places) <= most:
            for year in _years(each):
                near.update(index.get(key | year, _NOBODY))
        elif len(places) <= most:
            near.update(places)
    return near


_NOBODY: list[int] = []
_SHIFTED = (0, 1, -1, 7, -7, 8, -8, 10, -10)


def _years(each: Traits) -> Iterator[int]:
    """The years that somebody of a common name is looked for in: their own, or it shifted."""
    yield 1  # those whose birth is not known
    for birth in each.births:
        yield from (birth.year + shift for shift in _SHIFTED)


def _shared(each: Traits) -> list[tuple[int, int, int]]:
    """The keys of a person that many share who were born in another year.

    Every two words of a name; a word of it with a place and a nationality. With each, from how many
    persons on only those of a near year are looked through, and up to how many. One word and one
    place do not make a pair of two births.
    """
    every = [w for names in each.names for w in names]
    words = [_codes(w) if word(w).abjad else _codes(w)[:3] for w in every]
    twos = {_two(a, b) for some, others in combinations(words, 2) for a in some for b in others}
    found = [(key, _COMMON, _EVERY) for key in twos]
    if each.commune:
        place = key_of("lieu", f"{each.commune} {each.nationality}")
        found += [(_two(place, code), _FEW, _MANY) for code in _singles(each)]
    return found


def _singles(each: Traits) -> set[int]:
    return {
        code
        for words in each.names
        for w in words
        for code in (_codes(w) if word(w).abjad else _codes(w)[:4])
    }


_FEW, _COMMON, _CROWD, _MANY, _EVERY = 10, 40, 60, 400, 1_000_000
"""Of how many persons a key tells nothing more: a shelter's telephone, a common name, one place."""

_YEAR, _BIRTH, _DAY_OF_YEAR = (kind << 56 for kind in range(1, 4))


def _keys(each: Traits) -> list[tuple[int, int]]:
    """The keys of a person in a list, and up to how many persons each is looked through."""
    found = [(key, _CROWD) for key in _reaches(each)]
    found += [(key_of("agdref", number.lstrip("0")), _CROWD) for number in each.numbers]
    singles = _singles(each)
    for birth in each.births:
        if birth.new_year:
            found += [(_YEAR | code | birth.year, _EVERY) for code in singles]
        else:
            found.append((_BIRTH | _day(birth), _EVERY))
            days = {_DAY_OF_YEAR | birth.month << 5 | birth.day}
            if 0 < birth.day <= 12:
                days.add(_DAY_OF_YEAR | birth.day << 5 | birth.month)
            found += [(day | code, _EVERY) for code in singles for day in days]
    return found
