"""The directory of the file: offices, and référents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

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


class Referent(NamedTuple):
    """A référent of the directory, as the file has them.

    Days are ISO 8601: the first one as a référent, and the one from which no more (exclusive).
    """

    code: str
    nom: str
    organisation: str | None = None
    bureau: str | None = None
    depuis: str | None = None
    parti_le: str | None = None
    plafond: int | None = None
    domaines: str | None = None
    langues: str | None = None
    dossiers_ouverts: int = 0

    @property
    def told(self) -> str:
        """The name with the load, where one chooses: « Nom (23/25) », « Nom (23 dossiers) »."""
        load = self.dossiers_ouverts
        most = f"/{self.plafond}" if self.plafond else " dossiers" if load > 1 else " dossier"
        return f"{self.nom} ({load}{most})"

    def stays(self, day: str) -> bool:
        """Whether they are not gone on a day (ISO)."""
        return self.parti_le is None or day < self.parti_le


FACTS_OF_A_REFERENT = ("depuis", "parti_le", "plafond", "domaines", "langues")

REFERENTS_NAMED = """SELECT coalesce(f.remplace_par, r.code), r.nom FROM referents r
    LEFT JOIN referent_facts f ON f.code = r.code
    UNION ALL SELECT remplace_par, code FROM referent_facts WHERE remplace_par IS NOT NULL
    ORDER BY 2"""
"""Every name that means a référent, with the code: that of one who joined another is a name too."""


def every_referent(connection: Connection) -> list[Referent]:
    """The référents, least loaded first; those that joined another are not told apart."""
    facts = ", ".join(f"f.{name}" for name in FACTS_OF_A_REFERENT)
    rows = connection.execute(
        f"SELECT r.code, r.nom, r.organisation, r.bureau, {facts}, count(d.id) FROM referents r"
        " LEFT JOIN referent_facts f ON f.code = r.code"
        " LEFT JOIN dossiers d ON d.referent = r.code AND d.etape <> 'clos'"
        " WHERE f.remplace_par IS NULL GROUP BY r.code ORDER BY count(d.id), r.nom"
    )
    return [Referent(*row) for row in rows]


def joined_referents(connection: Connection) -> dict[str, str]:
    """Those that joined another: their code, and the code of the other."""
    query = "SELECT code, remplace_par FROM referent_facts WHERE remplace_par IS NOT NULL"
    return dict(connection.execute(query))


def set_referent(connection: Connection, code: str, values: Mapping[str, str | int | None]) -> None:
    """Keep these facts of a référent; those that are not among ``values`` stay."""
    own = {name: values[name] for name in ("nom", "organisation", "bureau") if name in values}
    if own:
        told = ", ".join(f"{name} = :{name}" for name in own)
        connection.execute(f"UPDATE referents SET {told} WHERE code = :code", {**own, "code": code})
    facts = {name: value for name, value in values.items() if name not in own}
    if facts:
        names = ", ".join(facts)
        marks = ", ".join(f":{name}" for name in facts)
        renewed = ", ".join(f"{name} = excluded.{name}" for name in facts)
        connection.execute(
            f"INSERT INTO referent_facts (code, {names}) VALUES (:code, {marks})"
            f" ON CONFLICT (code) DO UPDATE SET {renewed}",
            {**facts, "code": code},
        )


def referent_names(connection: Connection) -> dict[str, str]:
    """The name of each référent, by code."""
    return dict(connection.execute("SELECT code, nom FROM referents"))


def add_referents(connection: Connection, named: Iterable[tuple[str, str]]) -> None:
    """Add référents: code, name."""
    connection.executemany(
        "INSERT INTO referents (code, nom) VALUES (?, ?) ON CONFLICT (code) DO NOTHING", named
    )


class Referents:
    """Référents by code and by name, while a command works; `take` gives those to be written."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names = referent_names(connection)
        self._joined = joined_referents(connection)
        self._known: dict[str, tuple[list[str], bool]] = {}
        self._added: list[tuple[str, str]] = []

    def names(self) -> dict[str, str]:
        """The name of each référent's code, those just typed included."""
        return {**self._names, **dict(self._added)}

    def meant(self, text: str) -> tuple[list[str], bool]:
        """The codes of those whom a text means, and whether it says them whole."""
        known = self._known.get(text)
        if known is None:
            from agir_cli.domain.identity import meant

            joined = self._joined
            named = [(joined.get(code, code), name) for code, name in self.names().items()]
            known = self._known[text] = meant(text, [*named, *((v, k) for k, v in joined.items())])
        return known

    def charged(self, code: str) -> Referent | None:
        """What is known of a référent, one open dossier more being theirs from now on."""
        known = self.facts.get(code)
        if known is not None:
            self.facts[code] = known._replace(dossiers_ouverts=known.dossiers_ouverts + 1)
        return self.facts.get(code)

    @cached_property
    def facts(self) -> dict[str, Referent]:
        """What is known of each référent when it is first asked, by code."""
        return {each.code: each for each in every_referent(self._connection)}

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
