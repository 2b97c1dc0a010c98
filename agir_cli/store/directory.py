"""The directory of the file: offices, and référents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from agir_cli.domain.identity import meant
from agir_cli.store.driver import Connection


class OfficeRow(NamedTuple):
    """An office of the directory, as the file has it."""

    code: str
    name: str
    department: str


def add_offices(connection: Connection, offices: Iterable[tuple[str, str, str, str]]) -> None:
    """Add offices: code, department, sector, name."""
    connection.executemany(
        "INSERT INTO offices (bureau, departement, secteur, nom) VALUES (?, ?, ?, ?)", offices
    )


def every_office(connection: Connection) -> list[OfficeRow]:
    """The offices, by code."""
    rows = connection.execute("SELECT bureau, nom, departement FROM offices ORDER BY bureau")
    return [OfficeRow(*row) for row in rows]


def office_names(connection: Connection) -> dict[str, str]:
    """The name of each office, by code."""
    return dict(connection.execute("SELECT bureau, nom FROM offices"))


def referent_names(connection: Connection) -> dict[str, str]:
    """The name of each référent, by code."""
    return dict(connection.execute("SELECT code, nom FROM referents"))


def add_referents(connection: Connection, named: Iterable[tuple[str, str]]) -> None:
    """Add référents: code, name."""
    connection.executemany(
        "INSERT INTO referents (code, nom) VALUES (?, ?) ON CONFLICT (code) DO NOTHING", named
    )


def loads(connection: Connection) -> list[tuple[str, str, int]]:
    """Each référent with their open dossiers, as `(code, name, dossiers)`, least loaded first."""
    rows = connection.execute(
        "SELECT r.code, r.nom, count(d.id) FROM referents r LEFT JOIN dossiers d"
        " ON d.referent = r.code AND d.etape <> 'clos' GROUP BY r.code ORDER BY 3, 2"
    )
    return [tuple(row) for row in rows]


class Referents:
    """Référents by code and by name, while a command works; `take` gives those to be written."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self._known: dict[str, tuple[list[str], bool]] = {}
        self._added: list[tuple[str, str]] = []

    def names(self) -> dict[str, str]:
        """The name of each référent's code, those just typed included."""
        return {**self._names, **dict(self._added)}

    def meant(self, text: str) -> tuple[list[str], bool]:
        """The codes of those whom a text means, and whether it says them whole."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = meant(text, self.names().items())
        return known

    def join(self, text: str) -> str:
        """Let somebody join the directory, under a code that tells no name.

        Codes go to the journal, names do not.
        """
        names = self.names()
        code = f"R{len(names) + 1:03d}"
        while code in names:
            code += "b"
        self._known.clear()
        self._added.append((code, text))
        return code

    @property
    def added(self) -> int:
        """How many have joined and are not written."""
        return len(self._added)

    def forget(self, kept: int) -> None:
        """Take back those who joined after the first ``kept`` ones."""
        if len(self._added) > kept:
            del self._added[kept:]
            self._known.clear()

    def take(self, count: int) -> list[tuple[str, str]]:
        """Give the first ``count`` of those who have joined, to be written now."""
        taken, self._added = self._added[:count], self._added[count:]
        self._names |= dict(taken)
        return taken
