"""What a file has spoken of so far."""

from __future__ import annotations


class Stated:
    """The dossiers that this command has heard of, for the whole of a file: a hash of each."""

    def __init__(self) -> None:
        self._hashes: set[int] = set()

    def __contains__(self, dossier: str) -> bool:
        return hash(dossier) in self._hashes

    def add(self, *dossiers: str) -> None:
        """Remember these, whatever becomes of their rows."""
        self._hashes.update(map(hash, dossiers))
