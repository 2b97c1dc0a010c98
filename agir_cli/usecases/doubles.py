"""Who of the file may be the person of a row: asked once for many rows, whatever the door."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from agir_cli.domain.commands import Enroll
from agir_cli.domain.dates import french, from_edtf
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.vocabulary import in_sentence
from agir_cli.identity.evidence import Grade, Likeness, Population, Traits, compare
from agir_cli.identity.pairs import DAYS, asked, kept
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


class Search:
    """The search for the doubles of the persons of a command, those it opens itself included."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._population: Population | None = None
        self._traits: dict[str, Traits] = {}
        self._index: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        self._asked: set[Traits] = set()

    def read_ahead(self, wanted: Iterable[Traits]) -> None:
        """Ask at once for everybody near these persons; what was known before is forgotten."""
        self._traits.clear()
        self._index.clear()
        self._asked.clear()
        self._read(wanted)

    def _read(self, wanted: Iterable[Traits]) -> None:
        every = set(wanted) - self._asked
        ranges = {between for each in every for between in asked(each)}
        self._asked |= every
        new: set[str] = set()
        for key, person in doubles.near(self._connection, ranges):
            self._index[key >> DAYS].append((key, person))
            if person not in self._traits:
                new.add(person)
        for person, _, known in doubles.everybody(self._connection, new) if new else ():
            self._traits.setdefault(person, known)

    def add(self, person: str, known: Traits) -> set[int]:
        """Know a person who is not written yet; the keys under which they will be kept."""
        keys = kept(known)
        self._traits[person] = known
        for key in keys:
            self._index[key >> DAYS].append((key, person))
        return keys

    def drop(self, person: str) -> None:
        """Forget a person who will not be written."""
        self._traits.pop(person, None)

    def found(self, wanted: Traits, least: Grade = Grade.PROBABLE) -> list[Alike]:
        """Who may be this person, the likeliest first."""
        if wanted not in self._asked:
            self._read([wanted])
        near = {
            person
            for first, last in asked(wanted)
            for key, person in self._index.get(first >> DAYS, ())
            if first <= key <= last
        }
        if not near:
            return []
        if self._population is None:
            self._population = doubles.population(self._connection)
        found: list[Alike] = []
        for person in near:
            known = self._traits.get(person)
            likeness = known and compare(known, wanted, self._population)
            if likeness and _RANK[likeness.grade] <= _RANK[least]:
                found.append(Alike(person, likeness))
        return sorted(found, key=lambda each: (_RANK[each.likeness.grade], -each.likeness.score))


_RANK = {grade: rank for rank, grade in enumerate(Grade)}


# --- in words ----------------------------------------------------------------------------


def named(facts: Iterable[str]) -> str:
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
    return " ; ".join(f"{name} : {named(facts)}" for name, facts in parts if facts)


def born(text: str | None) -> str:
    """A birth for a sentence (French); empty where it is not known."""
    return french(from_edtf(text)) if text else ""
