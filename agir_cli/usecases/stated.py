"""What a file has spoken of so far."""

from __future__ import annotations


class Stated:
    """The dossiers that this command has heard of, for the whole of a file.

    Of those it found, a hash each; of those it opened, the first and the last: its ids grow.
    """

    def __init__(self) -> None:
        self._hashes: set[int] = set()
        self._first = self._last = ""

    def __contains__(self, dossier: str) -> bool:
        return self._first <= dossier <= self._last or hash(dossier) in self._hashes

    def add(self, dossier: str) -> None:
        """Remember a dossier of the file, whatever becomes of its row."""
        self._hashes.add(hash(dossier))

    def opened(self, dossier: str) -> None:
        """Remember a dossier that this command opens, after those it has opened before."""
        self._first = self._first or dossier
        self._last = dossier
