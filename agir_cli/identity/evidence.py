"""Weighing what two records say: is it one person?

Every fact is weighed as in the theory of record linkage (Fellegi and Sunter 1969): how much
likelier is it in two records of one person than in those of two, in bits. The sum, with how rare
it is that two records of a file are one person, gives the probability; the grade is read from it,
but *certain* wants one AGDREF number and nothing that contradicts it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from enum import Enum
from functools import lru_cache
from math import log2
from operator import ne
from typing import NamedTuple

from agir_cli.identity.names import MATCH, Word, likeness, word, words_of


class Grade(Enum):
    """How surely two records are one person."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


class Birth(NamedTuple):
    """A date of birth, as precisely as it is known: month and day may be 0."""

    year: int
    month: int = 0
    day: int = 0

    @property
    def new_year(self) -> bool:
        """Whether it says no more than a year: 1 January is what an unknown day is written as."""
        return self.month == 0 or (self.month == 1 and self.day in (0, 1))


class Traits(NamedTuple):
    """What is compared of a person.

    ``names``: the sets of words under which they are, or were, known; ``births``, ``numbers``:
    the present one first, then former ones.
    """

    names: tuple[tuple[str, ...], ...]
    births: tuple[Birth, ...] = ()
    numbers: tuple[str, ...] = ()
    sex: str = ""
    nationality: str = ""
    commune: str = ""
    phone: str = ""
    mail: str = ""
    household: str = ""
    shown: str = ""
    """The present name as people read it; compared with nothing."""


class Population:
    """The file that two records stand in: how many persons, and how many share a value.

    ``count`` gives how many have a word found under a key, or a telephone, an address:
    ``count("word", "mhmd")``.
    """

    def __init__(self, persons: int, count: Callable[[str, str], int]) -> None:
        self.persons = max(persons, _LEAST_PERSONS)
        self.least = log2(self.persons) + 1.5
        """How rare it is, in bits, that two records of the file are one person."""
        self._count = count
        self._words: dict[str, float] = {}
        self._names: dict[tuple[str, ...], float] = {}

    def rarity(self, kind: str, value: str, least: int = 0) -> float:
        """How rare it is to have this value, in bits; that of ``least`` persons at the most."""
        return log2(self.persons / min(max(self._count(kind, value), least) + 0.5, self.persons))

    def of_word(self, key: str) -> float:
        """What it weighs that two names have a word: more, the fewer persons have it."""
        if key not in self._words:
            self._words[key] = max(min(self.rarity("word", key, _FEW), _RAREST), 1.5)
        return self._words[key]

    def of_names(self, names: tuple[str, ...]) -> float:
        """The most that a name may weigh."""
        if names not in self._names:
            if len(self._names) > _MOST_NAMES:
                self._names.clear()
            self._names[names] = sum(self.of_word(word(each).keys[0]) for each in names)
        return self._names[names]


_MOST_NAMES = 1 << 17
"""How many names are remembered: a file of many rows has new ones all along."""
_RAREST = 9.5
"""The most that a word of a name weighs, in bits: a rare name may be a family's."""
_FEW = 8
"""A word counts as that of so many persons: a file read a second time must answer as it did."""


class Likeness(NamedTuple):
    """What comparing two records comes to.

    ``agree``, ``differ``, ``unknown``: names of fields, a remark behind a colon where needed
    (« date_naissance:jour et mois inversés »).
    """

    grade: Grade
    score: float
    agree: tuple[str, ...]
    differ: tuple[str, ...]
    unknown: tuple[str, ...]
    conflict: bool = False
    """Whether both have a name that the other has not: two given names, for one."""


PROBABLE, POSSIBLE = 0.4, 0.02
"""From which probabilities on a pair is proposed so."""

_FAMILY = 4.0
"""What one household weighs against one person: somebody has told its members apart [D]."""

_LEAST_PERSONS = 1500
"""A file of few persons is taken for one of so many: its own counts say too little."""


def compare(a: Traits, b: Traits, population: Population) -> Likeness | None:
    """Weigh two records; `None` where they are too little alike to be proposed."""
    least = population.least
    born, level = _births(a.births, b.births)
    number, slip = _numbers(a.numbers, b.numbers)
    reached = _reached(a.phone, b.phone, "telephone", population)
    written = _reached(a.mail, b.mail, "courriel", population)
    sex = _same(a.sex, b.sex, 0.9, 4.5)
    nationality = _same(a.nationality, b.nationality, 2.5, 4.5)
    commune = _same(a.commune, b.commune, 3.5, 2.3)
    together = bool(a.household) and a.household == b.household
    bits = sex + nationality + commune - least - (_FAMILY if together else 0.0)
    # Names are weighed last, and only where they may still bring the rest up.
    hoped = min(_most(a, population), _most(b, population)) + born + reached + written
    if number < _ONE_NUMBER and bits + number + hoped < _BITS_POSSIBLE:
        return None
    names = _best_names(a, b, population)
    if names.conflict:
        # Twins and families share a birth, a telephone; a child's number is typed for a parent.
        born, reached, written = min(born, 2.0), min(reached, 0.5), min(written, 0.5)
    known = min(number, 3.0) if names.conflict or level == _ANOTHER else number
    bits += names.bits + born + known + reached + written
    score = 1 / (1 + 2 ** -max(min(bits, 60.0), -60.0))
    grade = _grade(score, names, number, level, a, b)
    if grade is None:
        return None
    told = [("nom", 1.0 if names.matched else -1.0, names.how)]
    told.append(("date_naissance", 0.0 if level is None else born or -1.0, level or ""))
    told.append(("agdref", number, slip or ""))
    told += [("telephone", reached, ""), ("courriel", written, "")]
    told += [("sexe", sex, ""), ("nationalite", nationality, ""), ("commune", commune, "")]
    said = {True: [], False: [], None: []}  # type: dict[bool | None, list[str]]
    for name, weight, how in told:
        said[None if weight == 0 else weight > 0].append(f"{name}:{how}" if how else name)
    if together:
        said[True].append("menage")
    agree, differ, unknown = (tuple(said[which]) for which in (True, False, None))
    return Likeness(grade, score, agree, differ, unknown, names.conflict)


def _most(traits: Traits, population: Population) -> float:
    if len(traits.names) == 1:
        return population.of_names(traits.names[0])
    return max(map(population.of_names, traits.names), default=0.0)


def _reached(a: str, b: str, kind: str, population: Population) -> float:
    """What telephones or addresses weigh: one that many have is a shelter's."""
    if not a or not b:
        return 0.0
    return max(min(population.rarity(kind, a) - 1, 8.0), 0.1) if a == b else -0.5


def _same(one: str, other: str, same: float, differs: float) -> float:
    """What a fact that many share weighs, the same or not [D]."""
    if not one or not other:
        return 0.0
    return same if one == other else -differs


_BITS_POSSIBLE = log2(POSSIBLE / (1 - POSSIBLE))


def _grade(
    score: float, names: _Names, number: float, level: str | None, a: Traits, b: Traits
) -> Grade | None:
    if number >= _ONE_NUMBER:
        if _nothing_contradicts(names, level, a, b):
            return Grade.CERTAIN
        return Grade.POSSIBLE if score < PROBABLE or names.conflict else Grade.PROBABLE
    if not names.matched or score < POSSIBLE:
        return None
    if level == _ANOTHER and number <= 0:
        return Grade.POSSIBLE  # a rare name is a family's, and given again in it
    if level == _YEAR_SHIFTED and number <= 0 and not _reached_alike(a, b):
        return Grade.POSSIBLE
    if level is None and number <= 0 and names.partly and not _reached_alike(a, b):
        return Grade.POSSIBLE
    return Grade.PROBABLE if score >= PROBABLE and not names.conflict else Grade.POSSIBLE


def _nothing_contradicts(names: _Names, level: str | None, a: Traits, b: Traits) -> bool:
    """Whether nothing speaks against what one number says; a family has numbers typed for another.

    A name that stands alone must be borne out by the day of birth.
    """
    if names.conflict or not names.matched or level in (_ANOTHER, _SAME_YEAR):
        return False
    if names.worst < _SURE:
        return False
    if any(x and y and x != y for x, y in ((a.sex, b.sex), (a.nationality, b.nationality))):
        return False
    return names.matched > 1 or level in ("", _TURNED)


# --- names -------------------------------------------------------------------------------


def _reached_alike(a: Traits, b: Traits) -> bool:
    return bool(a.phone and a.phone == b.phone) or bool(a.mail and a.mail == b.mail)


class _Names(NamedTuple):
    """How two names compare: how many words are found in the other, and whether both lack one."""

    bits: float
    matched: int
    conflict: bool
    how: str
    partly: bool = False
    """Whether one of them has a word that the other has not."""
    worst: float = 1.0


_NO_NAME = _Names(0.0, 0, False, "")


def _best_names(a: Traits, b: Traits, population: Population) -> _Names:
    best: _Names | None = None
    for one in a.names:
        for other in b.names:
            names = _names(one, other, population)
            if best is None or names.bits > best.bits:
                best = names
    return best or _NO_NAME


class _Aligned(NamedTuple):
    """Which words of two names are one, with their likeness; and what is left of both."""

    same: tuple[tuple[Word, Word, float], ...]
    left: int
    near: float | None
    """Where both have a word left: how alike the nearest two of them are."""
    joined: bool
    how: str
    worst: float
    """The least of these likenesses."""


def _names(one: tuple[str, ...], other: tuple[str, ...], population: Population) -> _Names:
    if not one or not other:
        return _NO_NAME
    found = aligned(one, other)
    bits = 4.0 if found.joined else 0.0
    for a, b, sim in found.same:
        bits += max(_word_bits(a, b, population) - (1 - sim) * 10, 0.5)
    if found.near is None:
        bits -= 0.9 * found.left
    else:
        bits -= 2.0 + 7.0 * min(max(MATCH - found.near, 0.0) / (MATCH - _ALMOST), 1.0)
    matched = sum(not a.weak for a, _, _ in found.same) + found.joined
    conflict = found.near is not None and found.near < _ALMOST
    return _Names(bits, matched, conflict, found.how, found.left > 0, found.worst)


@lru_cache(maxsize=1 << 15)
def aligned(one: tuple[str, ...], other: tuple[str, ...]) -> _Aligned:
    """Lay two names side by side, whatever the order of their words."""
    left, right = list(map(word, one)), list(map(word, other))
    ranked = sorted(
        ((alike(x, y), -i, -j) for i, x in enumerate(left) for j, y in enumerate(right)),
        reverse=True,
    )
    used: dict[int, int] = {}
    same: list[tuple[Word, Word, float]] = []
    for sim, i, j in ranked:
        if sim < MATCH:
            break
        if -i not in used and -j not in used.values():
            used[-i] = -j
            same.append((left[-i], right[-j], sim))
    over = [x for i, x in enumerate(left) if i not in used]
    under = [y for j, y in enumerate(right) if j not in used.values()]
    joined = bool(over and under) and _written_together(over, under)
    if joined:
        over, under = [], []
    near = max(alike(x, y) for x in over for y in under) if over and under else None
    worst = min((sim for *_, sim in same), default=1.0)
    how = _how(one, other, over, under, worst)
    return _Aligned(tuple(same), len(over) + len(under), near, joined, how, worst)


_SURE = 0.77
"""Under that likeness another consonant stands in a word: one number may be typed for a brother."""
_ALMOST = 0.5
"""Under that likeness two words are two names for certain."""


def _how(
    one: tuple[str, ...], other: tuple[str, ...], over: list[Word], under: list[Word], worst: float
) -> str:
    """What a reader is to know of how two names agree (French); empty where they are the same."""
    if over and under:
        return "en partie"
    if over or under:
        return "un nom de plus chez l'un"
    if sorted(map(str.casefold, one)) == sorted(map(str.casefold, other)):
        return ""
    return "autre orthographe" if worst < 1 else "écrit autrement"


@lru_cache(maxsize=1 << 16)
def alike(a: Word, b: Word) -> float:
    """The likeness of two words."""
    return likeness(a, b)


def _written_together(over: list[Word], under: list[Word]) -> bool:
    """Whether what is left of one name is two words that the other writes as one."""
    for parts, whole in ((over, under), (under, over)):
        if len(parts) == 2 and len(whole) == 1:
            plain = (parts[0].plain + parts[1].plain, parts[1].plain + parts[0].plain)
            if max(likeness(word(each), whole[0]) for each in plain) >= 0.85:
                return True
    return False


def _word_bits(a: Word, b: Word, population: Population) -> float:
    return min(population.of_word(a.keys[0]), population.of_word(b.keys[0]))


# --- births and numbers ------------------------------------------------------------------

_ANOTHER = "une autre date"
_SAME_YEAR = "même année, un autre jour"
_YEAR_SHIFTED = "l'année, décalée"
_TURNED = "jour et mois inversés"
_SHIFTS = {1: 4.0, 7: 6.5, 8: 6.5, 10: 4.5, 621: 6.5, 622: 6.5}
"""How a year shifts by a calendar or a slip: Ethiopian 7 or 8, the solar year 621 or 622, and what
it weighs where day and month are the same."""


def _births(ones: Sequence[Birth], others: Sequence[Birth]) -> tuple[float, str | None]:
    """What two births weigh, and how they agree or differ (French); `None` where unknown."""
    if len(ones) == len(others) == 1:  # as nearly always
        a, b = ones[0], others[0]
        if a[0] - b[0] not in _NEAR_YEARS and a[2] and b[2] and a[1:] != b[1:]:
            return _ELSEWHERE
        return _birth(a, b)
    found = [_birth(a, b) for a in ones for b in others]
    return max(found, key=lambda each: each[0], default=(0.0, None))


_ELSEWHERE = -8.5, _ANOTHER
_NEAR_YEARS = {sign * years for years in (0, *_SHIFTS) for sign in (1, -1)}
"""Between other years two full dates are only alike where day and month are the same."""


@lru_cache(maxsize=1 << 14)
def _birth(a: Birth, b: Birth) -> tuple[float, str | None]:  # noqa: C901 - one table, by design
    years = abs(a.year - b.year)
    if not a.month or not b.month:
        known = (4.5, "l'année") if years == 0 else (-1.5, _YEAR_SHIFTED)
        return known if years in (0, 1, 7, 8) else _ELSEWHERE
    if not a.day or not b.day:
        if years == 0 and a.month == b.month:
            return 8.0, "le mois"
        return (-2.0, _SAME_YEAR) if years == 0 else _ELSEWHERE
    if a == b:
        return (6.5, "1er janvier") if a.new_year else (13.0, "")
    if years == 0:
        if a.new_year or b.new_year:
            return 1.2, "l'année, un 1er janvier"
        if (a.month, a.day) == (b.day, b.month):
            return 8.0, _TURNED
        slip = a.month == b.month or a.day == b.day
        return (-1.0, "un chiffre près") if slip and _slip(a, b) else (-6.0, _SAME_YEAR)
    if a.new_year and b.new_year:
        return (-1.0, "1er janvier, année décalée") if years in _SHIFTS else _ELSEWHERE
    if (a.month, a.day) == (b.month, b.day):
        return _SHIFTS.get(years, 1.0), f"même jour, {years} an{'s' if years > 1 else ''} d'écart"
    if years in (7, 8) and abs(_day_of_year(a) - _day_of_year(b)) <= 11:
        return 0.5, f"{years} ans d'écart (calendrier éthiopien)"
    if (a.new_year or b.new_year) and years in _SHIFTS:
        return -2.0, f"1er janvier, {years} an{'s' if years > 1 else ''} d'écart"
    if years in _SHIFTS and (a.month, a.day) == (b.day, b.month):
        return 1.0, f"{_TURNED}, {years} an{'s' if years > 1 else ''} d'écart"
    return _ELSEWHERE


@lru_cache(maxsize=1 << 15)
def may_be_born(births: tuple[Birth, ...], day: int) -> bool:
    """Whether a day, as an ordinal, speaks for one of these births, exactly or by a known slip.

    A birth of which no day is known stands on its first one.
    """
    born = date.fromordinal(max(day, 1))
    known = Birth(born.year, born.month, born.day)
    for each in births:
        if each.year == known.year or _birth(each, known)[1] != _ANOTHER:
            return True
        if known.new_year and _birth(each, Birth(born.year))[1] != _ANOTHER:
            return True
    return False


def _slip(a: Birth, b: Birth) -> bool:
    """Whether one figure is another, or two are exchanged."""
    for one, other in ((a.month, b.month), (a.day, b.day)):
        x, y = f"{one:02d}", f"{other:02d}"
        if x != y and x != y[::-1] and (x[0] != y[0]) + (x[1] != y[1]) > 1:
            return False
    return True


def _day_of_year(birth: Birth) -> int:
    return _DAYS_BEFORE[birth.month] + birth.day


_DAYS_BEFORE = 0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334
"""Of a year that is no leap year, by month."""

_ONE_NUMBER = 18.0


def _numbers(ones: Sequence[str], others: Sequence[str]) -> tuple[float, str | None]:
    if not ones or not others:
        return 0.0, None
    if len(ones) == len(others) == 1:  # as nearly always
        return numbers_near(ones[0], others[0])
    found = [numbers_near(a, b) for a in ones for b in others]
    return max(found, key=lambda each: each[0])


def numbers_near(a: str, b: str) -> tuple[float, str | None]:
    """What two numbers weigh, and how they are nearly one (French)."""
    one, other = a.lstrip("0"), b.lstrip("0")
    if one == other:
        return _ONE_NUMBER, "" if a == b else "un zéro de tête perdu"
    longer = abs(len(one) - len(other))
    # A figure more or less leaves the beginning or the end as it was, unless both have it.
    if longer > 1 or (
        sum(map(ne, one, other)) > 2
        and (len(a) - len(b) == longer == 0 or (one[-3:] != other[-3:] and one[:3] != other[:3]))
    ):
        return -7.0, ""
    from rapidfuzz.distance import OSA

    if OSA.distance(a, b, score_cutoff=1) <= 1 or OSA.distance(one, other, score_cutoff=1) <= 1:
        if len(a) == len(b) and sorted(a) == sorted(b):
            return 7.0, "deux chiffres échangés"
        # Numbers that follow each other are those of a family, received on one day.
        return 0.5 if a[:-1] == b[:-1] else 6.0, "un chiffre près"
    return -7.0, ""


def traits_words(*parts: str | None) -> tuple[str, ...]:
    """The words of a name given in parts."""
    return tuple(each for part in parts if part for each in words_of(part))
