"""Who has which number and which name, while a command works: of the file, or just opened."""

from __future__ import annotations

from collections.abc import Mapping

from agir_cli.domain.identity import name_key, number_key
from agir_cli.store.people import Holding, Renewal


class Persons:
    """Holdings by AGDREF number, with or without its leading zeros, and by name."""

    def __init__(self) -> None:
        self._by_number: dict[str, list[Holding]] = {}
        self._by_key: dict[str, list[Holding]] = {}
        self._by_dossier: dict[str, Holding] = {}
        self._unwritten: dict[str, Holding] = {}

    def add(self, holding: Holding, number: str | None) -> None:
        """Know somebody; ``number``: the key of their AGDREF number."""
        if holding.dossier in self._by_dossier:
            return
        self._by_dossier[holding.dossier] = holding
        if number:
            self._by_number.setdefault(number, []).append(holding)
        self._by_key.setdefault(holding.key, []).append(holding)

    def add_opened(self, holding: Holding, number: str | None) -> None:
        """Know somebody whose dossier is opened, and not written yet."""
        self.add(holding, number)
        self._unwritten[holding.reference] = holding
        if number:
            self._unwritten[number] = holding

    def knows(self, number: str | None, key: str) -> bool:
        """Whether somebody has this number (its key) or this name."""
        return key in self._by_key or number in self._by_number

    def holders(self, number: str | None, key: str) -> tuple[list[Holding], list[Holding]]:
        """Who has this number, and who else has this name."""
        by_number = self._by_number.get(number_key(number), []) if number else []
        by_key = self._by_key.get(key, [])
        if by_number and by_key:
            seen = {holding.dossier for holding in by_number}
            by_key = [holding for holding in by_key if holding.dossier not in seen]
        return by_number, by_key

    def of_dossier(self, dossier: str) -> Holding | None:
        """Whose dossier this is, if they are known here: as the rows before leave them."""
        return self._by_dossier.get(dossier)

    def dossiers_by_number(self) -> set[str]:
        """The dossiers of those who have one of the numbers asked for."""
        return {holding.dossier for found in self._by_number.values() for holding in found}

    def just_opened(self, text: str) -> Holding | None:
        """Whose dossier has this reference or number, and is not written yet."""
        wanted = text.strip().upper()
        return self._unwritten.get(wanted) or self._unwritten.get(number_key(wanted))

    def renew(self, renewal: Renewal) -> None:
        """Know a person as they are now."""
        former, now = renewal.former, {**renewal.former, **renewal.changed}
        key = name_key(now.get("nom"), now.get("prenoms"))
        for holding in self._forget(renewal.person, former):
            self.add(holding._replace(values=now, key=key), number_of(now))

    def _forget(self, person: str, former: Mapping[str, str | None]) -> list[Holding]:
        key = name_key(former.get("nom"), former.get("prenoms"))
        gone = [h for h in self._by_key.get(key, []) if h.person == person]
        for holding in gone:
            del self._by_dossier[holding.dossier]
        for index, place in ((self._by_number, number_of(former) or ""), (self._by_key, key)):
            if place in index:
                index[place] = [h for h in index[place] if h.person != person]
        return gone

    def clear(self) -> None:
        """Forget everybody: they are in the file."""
        for index in (self._by_number, self._by_key, self._by_dossier, self._unwritten):
            index.clear()

    def copy(self) -> Persons:
        """The same, to come back to."""
        other = Persons()
        other._by_number = {key: list(found) for key, found in self._by_number.items()}
        other._by_key = {key: list(found) for key, found in self._by_key.items()}
        other._by_dossier = dict(self._by_dossier)
        other._unwritten = dict(self._unwritten)
        return other


def number_of(values: Mapping[str, str | None]) -> str | None:
    """The key of the AGDREF number among a person's stored texts."""
    number = values.get("agdref")
    return number_key(number) if number else None
