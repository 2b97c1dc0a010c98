"""Who has which number and which name in the file, and whom this command has spoken of since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agir_cli.domain.identity import number_key
from agir_cli.store.people import Holding


class Persons:
    """Holdings by AGDREF number, with or without its leading zeros, and by name.

    They are as the file has them. Whoever is changed in memory is marked, so that the next row
    about them waits until it is written (`turns.catch_up`).
    """

    def __init__(self) -> None:
        self._by_number: dict[str, list[Holding]] = {}
        self._by_key: dict[str, list[Holding]] = {}
        self._marks: set[str] = set()

    def add(self, holding: Holding) -> None:
        """Know somebody of the file."""
        if number := number_of(holding.values):
            self._by_number.setdefault(number, []).append(holding)
        self._by_key.setdefault(holding.key, []).append(holding)

    def knows(self, marks: set[str]) -> bool:
        """Whether one of these numbers (their keys) or names is somebody's, or was just given."""
        known = (self._by_key, self._by_number, self._marks)
        return not all(marks.isdisjoint(each) for each in known)

    def holders(self, number: str | None, key: str) -> tuple[list[Holding], list[Holding]]:
        """Who has this number, and who else has this name."""
        by_number = self._by_number.get(number_key(number), []) if number else []
        by_key = self._by_key.get(key, [])
        if by_number and by_key:
            seen = {holding.dossier for holding in by_number}
            by_key = [holding for holding in by_key if holding.dossier not in seen]
        return by_number, by_key

    def dossiers_by_number(self) -> set[str]:
        """The dossiers of those who have one of the numbers asked for."""
        return {holding.dossier for found in self._by_number.values() for holding in found}

    def mark(self, marks: Iterable[str | None]) -> None:
        """Somebody is changed: keys of their number and name, ids of person and dossier."""
        self._marks.update(mark for mark in marks if mark)

    def marked(self, *marks: str | None) -> bool:
        """Whether one of these is of somebody who is changed."""
        return not self._marks.isdisjoint(marks)

    @property
    def unwritten(self) -> bool:
        """Whether anybody is changed."""
        return bool(self._marks)

    def clear(self) -> None:
        """Forget everybody: they are in the file."""
        for memory in (self._by_number, self._by_key, self._marks):
            memory.clear()

    def copy(self) -> Persons:
        """The same, to come back to."""
        other = Persons()
        other._by_number = {key: list(found) for key, found in self._by_number.items()}
        other._by_key = {key: list(found) for key, found in self._by_key.items()}
        other._marks = set(self._marks)
        return other


def number_of(values: Mapping[str, str | None]) -> str | None:
    """The key of the AGDREF number among a person's stored texts."""
    number = values.get("agdref")
    return number_key(number) if number else None


def marks_of(holding: Holding) -> tuple[str | None, ...]:
    """What tells that a row is about this person, or this dossier."""
    return holding.person, holding.dossier, holding.key, number_of(holding.values)
