"""The directory of référents, while a command works: who is known, and who joins it."""

from __future__ import annotations

from agir_cli.domain.identity import name_key
from agir_cli.store.driver import Connection


class Referents:
    """Référents by code and by name; nothing is written before `save`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._added: list[tuple[str, str]] = []
        self._known: dict[str, str] = {}

    def names(self) -> dict[str, str]:
        """The name of each référent's code, those just typed included."""
        rows = self._connection.execute("SELECT code, nom FROM referents").fetchall()
        return dict([*rows, *self._added])

    def code(self, text: str) -> tuple[str, bool]:
        """The code of a référent named by code or name, and whether they are new.

        One that the directory does not know joins it, under a code that tells no name: codes
        go to the journal, names do not.
        """
        if not self._known:
            for code, name in self.names().items():
                self._known[name_key(name, None)] = code
                self._known[name_key(code, None)] = code
        key = name_key(text, None)
        known = self._known.get(key)
        if known is not None:
            return known, False
        code = f"R{len(set(self._known.values())) + 1:03d}"
        while name_key(code, None) in self._known:
            code += "b"
        self._known |= {key: code, name_key(code, None): code}
        self._added.append((code, text))
        return code, True

    def save(self) -> None:
        """Write those who joined, and forget what was read."""
        self._connection.executemany(
            "INSERT INTO referents (code, nom) VALUES (?, ?) ON CONFLICT (code) DO NOTHING",
            self._added,
        )
        self._added.clear()
        self._known.clear()

    def copy(self) -> Referents:
        """The same, to come back to."""
        other = Referents(self._connection)
        other._added, other._known = self._added.copy(), self._known.copy()
        return other
