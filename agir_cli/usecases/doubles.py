"""Who of the file may be the person of a row: asked once for many rows, whatever the door."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from agir_cli.domain.commands import Enroll
from agir_cli.domain.dates import french, from_edtf
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.vocabulary import in_sentence
from agir_cli.identity.evidence import (
    Grade,
    Likeness,
    Population,
    Traits,
    compare,
    may_be_born,
    numbers_near,
)
from agir_cli.identity.pairs import DAYS, Places, asked, forget_words, kept
from agir_cli.store import doubles
from agir_cli.store.driver import Connection
from agir_cli.store.people import written_values

_PLACE = FIELDS["commune_residence"].type.write


class Alike(NamedTuple):
    """A person of the file (their id) who may be that of a row."""

    person: str
    likeness: Likeness


def traits_of(command: Enroll) -> Traits:
    """What is compared of the person whom a row describes."""
    place = command.commune_residence or command.commune_domicile
    return doubles.traits(written_values(command), (), _PLACE(place) if place else "")


class _Asked(NamedTuple):
    """A person who is asked for, where, and who of the file they may be."""

    traits: Traits
    places: Places
    near: set[str]


_Index = defaultdict[int, dict[int, set[str]]]
"""Who stands at which keys, by what these say beside the day."""


class Search:
    """The search for the doubles of the persons of a command, those it opens itself included.

    ``write`` brings to the file what the command has changed.
    """

    def __init__(self, connection: Connection, write: Callable[[], None]) -> None:
        self._connection, self._write = connection, write
        self._changed: set[str] = set()
        self._population: Population | None = None
        self._traits: dict[str, Traits] = {}
        self._index: _Index = defaultdict(dict)
        self._new: _Index = defaultdict(dict)  # those of it that are not written yet
        self._crowded = False  # whether one of them has made a crowd of those at a key
        self._asked: dict[Enroll, _Asked] = {}
        self._unborn: bool | None = None

    def read_ahead(self, wanted: Iterable[Enroll]) -> None:
        """Ask at once for everybody near these persons; what was known before is forgotten."""
        self._traits.clear()
        self._index.clear()
        self._new.clear()
        self._crowded = False
        self._asked.clear()
        self._changed.clear()
        forget_words()
        if self._unborn is not True:
            self._unborn = doubles.any_unborn(self._connection)
        self._asked = {command: self._of(traits_of(command)) for command in wanted}
        self._read([*self._asked.values()])

    def _of(self, known: Traits) -> _Asked:
        if not known.births:
            self._unborn = True
        return _Asked(known, asked(known, unborn=self._unborn is not False), set())

    def _read(self, every: Sequence[_Asked]) -> None:
        """Read whom these persons may be, and who of another birth has nearly their number."""
        places = [each.places for each in every]
        wanted = Places(
            set().union(*(p.keys for p in places)), set().union(*(p.spans for p in places))
        )
        for key, person in doubles.near(self._connection, wanted):
            self._index[key >> DAYS].setdefault(key, set()).add(person)
        others: dict[str, list[_Asked]] = defaultdict(list)
        for each in every:
            near, far = _standing(self._index, each)
            each.near.update(near)
            for person in far if each.traits.numbers else ():
                others[person].append(each)
        for person, number in doubles.numbers(self._connection, others) if others else ():
            for each in others[person]:
                if any(numbers_near(number, one)[0] > 0 for one in each.traits.numbers):
                    each.near.add(person)
        new = set[str]().union(*(each.near for each in every))
        new -= self._traits.keys()
        for person, _, known in doubles.everybody(self._connection, new) if new else ():
            self._traits[person] = known

    def known(self, command: Enroll) -> Traits:
        """What is compared of the person of a row."""
        found = self._asked.get(command)
        return found.traits if found is not None else traits_of(command)

    def add(self, person: str, known: Traits) -> set[int]:
        """Know a person who is not written yet; the keys under which they will be kept."""
        keys = kept(known)
        self._traits[person] = known
        for key in keys:
            persons = self._index[key >> DAYS].setdefault(key, set())
            persons.add(person)
            self._crowded |= len(persons) > _CROWD
            self._new[key >> DAYS].setdefault(key, set()).add(person)
        return keys

    def drop(self, person: str) -> None:
        """Forget a person who will not be written."""
        known = self._traits.pop(person, None)
        for key in kept(known) if known is not None else ():
            for index in (self._index, self._new):
                index[key >> DAYS].get(key, set()).discard(person)

    def changed(self, person: str) -> None:
        """What is known of this person is no more so: it is asked again where it is wanted."""
        self._changed.add(person)

    def of(self, command: Enroll) -> list[Alike]:
        """Who is probably the person of a row, the likeliest first."""
        found = self._asked.get(command)
        return self._found(found) if found is not None else self.like(traits_of(command))

    def like(self, known: Traits) -> list[Alike]:
        """Who is probably this person, the likeliest first."""
        wanted = self._of(known)
        self._read([wanted])
        return self._found(wanted)

    def _found(self, wanted: _Asked) -> list[Alike]:
        near, far = _standing(self._index if self._crowded else self._new, wanted)
        near |= far & self._traits.keys()
        near |= set() if self._crowded else wanted.near
        if not near:
            return []
        if near & self._changed:
            self._write()
            for person, _, known in doubles.everybody(self._connection, near & self._changed):
                self._traits[person] = known
            self._changed -= near
        if self._population is None:
            self._population = doubles.population(self._connection)
        found: list[Alike] = []
        for person in near:
            theirs = self._traits.get(person)
            likeness = theirs and compare(theirs, wanted.traits, self._population)
            if likeness and likeness.grade is not Grade.POSSIBLE:
                found.append(Alike(person, likeness))
        return sorted(found, key=lambda each: (_RANK[each.likeness.grade], -each.likeness.score))


def _standing(index: _Index, wanted: _Asked) -> tuple[set[str], set[str]]:
    """Who stands where a person is asked for; apart, those of another birth.

    Those are only proposed where the numbers are nearly one.
    """
    near, far, births = set[str](), set[str](), wanted.traits.births
    if not index:
        return near, far
    for key in wanted.places.keys:
        persons = index.get(key >> DAYS, _NOBODY).get(key, ())
        if len(persons) <= _CROWD:
            near.update(persons)
    for first, last in wanted.places.spans:
        for key, persons in index.get(first >> DAYS, _NOBODY).items():
            if first <= key <= last and len(persons) <= _CROWD:
                day = key & (1 << DAYS) - 1
                (near if not births or may_be_born(births, day) else far).update(persons)
    return near, far


_NOBODY: dict[int, set[str]] = {}
_CROWD = 400
"""A word of a name, and a birth or none, that more persons have in common tell nobody apart: the
other words do. Without it a list without births whose names share a word takes a day [D]."""

_RANK = {grade: rank for rank, grade in enumerate(Grade)}


# --- in words ----------------------------------------------------------------------------


def facts_told(facts: Iterable[str]) -> str:
    """Facts that agree, or differ, in words (French): « nom (autre orthographe), sexe »."""
    told = []
    for each in facts:
        field, colon, how = each.partition(":")
        label = "nom" if field == "nom" else in_sentence(FIELDS[field if field != "commune" else
                                                         "commune_residence"].label)  # fmt: skip
        told.append(f"{_SHORT.get(field, label)} ({how})" if colon else _SHORT.get(field, label))
    return ", ".join(told)


_SHORT = {"date_naissance": "naissance", "agdref": "n° AGDREF", "commune": "commune"}


def evidence(likeness: Likeness) -> str:
    """What agrees and differs, for a sentence (French)."""
    parts = (("concorde", likeness.agree), ("diffère", likeness.differ))
    return " ; ".join(f"{name} : {facts_told(facts)}" for name, facts in parts if facts)


def born(text: str | None) -> str:
    """A birth for a sentence (French); empty where it is not known."""
    return french(from_edtf(text)) if text else ""
