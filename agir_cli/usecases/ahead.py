"""Dossiers opened as they were foreseen, until they are written.

Most are never asked about before that, and only their numbers are known here. One that another
row names is decided again, and becomes like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from agir_cli.domain.commands import Command, Enroll
from agir_cli.domain.decisions.common import Accepted
from agir_cli.domain.identity import name_key, number_key
from agir_cli.store import pages
from agir_cli.store.driver import Connection
from agir_cli.store.pages import Numbers
from agir_cli.store.people import Holding
from agir_cli.store.stamp import Stamp
from agir_cli.usecases.foresight import Foreseen, Foresight

Again = Callable[[Foreseen, Numbers], Accepted]
"""The decision of a row, made again under its numbers."""


class _Chunk(NamedTuple):
    foreseen: Foresight
    again: Again


class Ahead:
    """The rows of one chunk that were opened as foreseen."""

    def __init__(self) -> None:
        self._chunk: _Chunk | None = None
        self._opened: dict[str, tuple[Foreseen, Numbers]] = {}

    def begin(self, foreseen: Foresight, again: Again) -> None:
        """A chunk begins."""
        self._chunk = _Chunk(foreseen, again)

    def open(self, rows: Sequence[Foreseen], numbers: Sequence[Numbers]) -> None:
        """These rows are opened, under these numbers."""
        keys = [each.dossier for each in numbers]
        self._opened.update(zip(keys, zip(rows, numbers, strict=True), strict=True))

    def __contains__(self, dossier: str) -> bool:
        return dossier in self._opened

    def named(self, text: str) -> str | None:
        """The dossier that has this reference or number."""
        wanted = text.strip().upper()
        number = number_key(wanted)
        for dossier, (row, numbers) in self._opened.items():
            if wanted == numbers.reference or number == row.number:
                return dossier
        return None

    def take(self, dossier: str) -> tuple[Holding, Accepted] | None:
        """Decide a dossier again, which is then no more of those that were foreseen."""
        found = self._opened.pop(dossier, None)
        if found is None or self._chunk is None:
            return None
        row, numbers = found
        holding = Holding(
            numbers.person, row.person, row.key, dossier, numbers.reference, "", None, None, False,
            None,
        )  # fmt: skip
        return holding, self._chunk.again(row, numbers)

    def write(self, connection: Connection, stamp: Stamp, ids: Iterator[str]) -> None:
        """Insert those that nobody has asked about."""
        if self._chunk is not None:
            given = {row.place: numbers for row, numbers in self._opened.values()}
            pages.write(connection, self._chunk.foreseen.page, given, stamp, ids)

    def clear(self) -> None:
        """The chunk is written."""
        self._chunk = None
        self._opened.clear()


def only_ones(rows: Iterable[Foreseen | None], commands: Iterable[Command]) -> set[int]:
    """The places of the foreseen rows whose number and name no other row of the chunk says.

    Nobody asks about those by number or by name, once they are opened.
    """
    foreseen = [row for row in rows if row is not None]
    keys, numbers = Counter([r.key for r in foreseen]), Counter([r.number for r in foreseen])
    for command in commands:
        if isinstance(command, Enroll):
            keys[name_key(command.nom, command.prenoms)] += 1
            numbers[number_key(command.agdref or "")] += 1
    numbers[None] = 1
    return {r.place for r in foreseen if keys[r.key] == 1 and numbers[r.number] == 1}
