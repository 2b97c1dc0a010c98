"""Dossiers opened as they were foreseen, until they are written: a page and its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from agir_cli.store.driver import Connection
from agir_cli.store.stamp import Stamp

if TYPE_CHECKING:
    from agir_cli.store.journal import Numbers
    from agir_cli.store.pages import Page
    from agir_cli.usecases.foresight import Foreseen


class Ahead:
    """The rows of a chunk that were opened as foreseen."""

    def __init__(self) -> None:
        self._page: Page | None = None
        self._given: dict[int, Numbers] = {}

    def begin(self, page: Page | None) -> None:
        """A chunk begins, with what was foreseen of it."""
        self._page = page

    def open(self, rows: Sequence[Foreseen], numbers: Sequence[Numbers]) -> None:
        """These rows are opened, under these numbers."""
        self._given.update(zip([row.place for row in rows], numbers, strict=True))

    def write(self, connection: Connection, stamp: Stamp, ids: Iterator[str]) -> None:
        """Insert those opened since the last time."""
        if self._page is not None and self._given:
            from agir_cli.store import pages

            pages.write(connection, self._page, self._given, stamp, ids)
            self._given.clear()
