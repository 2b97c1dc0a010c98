"""The directory of the file: departments, sectors, offices, organisations, communes, référents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.store import settings
from agir_cli.store.driver import Connection, upsert

if TYPE_CHECKING:
    import sqlite3
    from datetime import date

    from agir_cli.domain.directory import Table


class Department(NamedTuple):
    """A department of the programme; what is not known is empty."""

    code: str
    name: str
    mailbox: str = ""
    opening: str = ""
    """The day or the month in which it opens or opened, as an ISO text."""
    phone: str = ""

    def opens_after(self, day: str, today: date) -> str:
        """Its opening, where that was still to come on an ISO day (French)."""
        if not day < self.opening:
            return ""
        from agir_cli.domain.dates import french_on, from_edtf

        opens = from_edtf(self.opening)
        planned = "ouverture prévue" if today <= opens.latest else "l'ouverture était prévue"
        return f"{self.name} ({self.code}) : {planned} {french_on(opens)}"


def every_department(connection: Connection | None) -> dict[str, Department]:
    """The departments by code; those that come with the program where there is no file."""
    if connection is None:
        named = ("departement", "nom", "courriel", "date_debut", "telephone")
        rows: Iterable[Sequence[str]] = (
            [row.get(name, "") for name in named] for row in shipped_rows("departements")
        )
    else:
        rows = connection.execute(
            "SELECT departement, nom, coalesce(courriel, ''), coalesce(date_debut, ''),"
            " coalesce(telephone, '') FROM departments ORDER BY departement"
        )
    return {row[0]: Department(*row) for row in rows}


class OfficeRow(NamedTuple):
    """An office of the directory, as the file has it; what is not known is empty."""

    code: str
    name: str
    department: str
    sector: str = ""
    kind: str = ""
    insee: str = ""
    """Where it stands: a commune; a mobile team has none."""
    state: str = ""
    opens: str = ""
    """The day from which it is open (ISO, or a partial date)."""
    place: str = ""
    street: str = ""
    postal: str = ""
    commune: str = ""

    @property
    def address(self) -> str:
        """« L'Agora, 1 rue Victor Hugo, 44400 Rezé »; empty where it is not known."""
        town = f"{self.postal} {self.commune}".strip()
        return ", ".join(filter(None, (self.place, self.street, town)))

    @property
    def words(self) -> str:
        """The words by which it is meant: its name, and the commune where that says more."""
        return self.name if self.commune in self.name else f"{self.name} {self.commune}"

    def open_on(self, day: str) -> bool | None:
        """Whether it is open on an ISO day; ``None`` where nothing says it."""
        if self.state == "ferme":
            return False
        if self.opens:
            return self.opens <= day
        return None if not self.state else self.state in ("ouvert", "operationnelle")


_OF_AN_OFFICE = ("bureau", "nom", "departement", "secteur", "type", "insee", "etat",
                 "date_ouverture", "lieu", "adresse", "code_postal", "commune")  # fmt: skip


def every_office(connection: Connection) -> list[OfficeRow]:
    """The offices, by code."""
    told = ", ".join(f"coalesce({name}, '')" for name in _OF_AN_OFFICE)
    rows = connection.execute(f"SELECT {told} FROM offices ORDER BY bureau")
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
        told = upsert("referent_facts", ("code", *facts), "code")
        connection.execute(told, (code, *facts.values()))


# --- every table, as the command line names it ---------------------------------------------

IN_SQL = {
    "departements": "departments", "secteurs": "sectors", "bureaux": "offices",
    "organisations": "organisations", "communes": "communes", "bassins": "communes",
}  # fmt: skip
"""The tables of the directory, and what they are called in the file; référents have two."""

_SHIPPED = ("departements", "secteurs", "bureaux", "organisations")
_USED_BY = {
    "departements": "SELECT departement FROM offices UNION ALL SELECT departement FROM dossiers",
    "secteurs": "SELECT departement, secteur FROM offices",
    "bureaux": "SELECT bureau FROM dossiers UNION ALL SELECT bureau FROM appointments"
    " UNION ALL SELECT bureau FROM referents",
}


def rows_of(connection: Connection, table: Table) -> list[dict[str, str]]:
    """The rows of a table by their key, without what says nothing."""
    names = tuple(table.columns)
    if table.name == "referents":
        every = (each._asdict() for each in every_referent(connection))
        found = sorted((tuple(each[name] for name in names) for each in every), key=repr)
    else:
        query = f"SELECT {', '.join(names)} FROM {IN_SQL[table.name]} ORDER BY"
        found = connection.execute(f"{query} {', '.join(table.key)}").fetchall()
    return [
        {n: str(value) for n, value in zip(names, row, strict=True) if value not in (None, "")}
        for row in found
    ]


def shipped_rows(table: str) -> list[dict[str, str]]:
    """The rows of a table as they come with the program; none of one that is the team's alone."""
    from agir_cli.store.reference import shipped_table

    return shipped_table(f"{IN_SQL[table]}.csv") if table in _SHIPPED else []


def put(connection: Connection, table: Table, row: Mapping[str, str | None]) -> None:
    """Keep a row under its key; columns that it does not have stay as they are."""
    if table.name == "referents":
        add_referents(connection, [(str(row["code"]), str(row["nom"]))])
        values = {name: value for name, value in row.items() if name != "code"}
        set_referent(connection, str(row["code"]), values)
        return
    told = {**dict.fromkeys(table.optional, ""), **row}
    if table.name == "bureaux":
        told["secteur"] = told.get("secteur") or ""
    statement = upsert(IN_SQL[table.name], told, *table.key)
    connection.execute(statement, tuple(told.values()))


def area_names(connection: Connection) -> dict[str, str]:
    """The bassin de vie of each commune (INSEE code); where none is loaded, its EPCI serves."""
    from agir_cli.store.reference import load_areas

    known = connection.execute("SELECT insee, bassin_nom FROM communes WHERE bassin IS NOT NULL")
    return {**load_areas(), **dict(known)}


def take_out(connection: Connection, table: Table, key: Sequence[str]) -> None:
    """Take a row out of a table."""
    which = " AND ".join(f"{name} = ?" for name in table.key)
    connection.execute(f"DELETE FROM {IN_SQL[table.name]} WHERE {which}", tuple(key))


def uses(connection: Connection, table: Table, key: Sequence[str]) -> int:
    """How many dossiers, appointments, offices and référents a row stands in."""
    if table.name not in _USED_BY:
        return 0
    which = " AND ".join(f"{name} = ?" for name in table.key)
    query = f"SELECT count(*) FROM ({_USED_BY[table.name]}) WHERE {which}"
    return int(connection.execute(query, tuple(key)).fetchone()[0])


def seed(connection: sqlite3.Connection) -> None:
    """Put in what comes with the program, beside what the file has: its own words stay."""
    from agir_cli.domain.directory import TABLES

    for name in _SHIPPED:
        table, sql = TABLES[name], IN_SQL[name]
        columns = tuple(table.columns)
        kept = [f"{c} = coalesce({c}, excluded.{c})" for c in columns if c not in table.key]
        connection.executemany(
            f"INSERT INTO {sql} ({', '.join(columns)}) VALUES ({', '.join('?' for _ in columns)})"
            f" ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {', '.join(kept)}",
            (
                [row.get(c) or ("" if c in table.key or c == "secteur" else None) for c in columns]
                for row in shipped_rows(name)
            ),
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
        names, site = self.names(), settings.settings(self._connection).get("site", "")
        own = "" if site == settings.DEFAULT_SITE else site  # no two sites give one code
        code = f"R{own}{len(names) + 1:03d}"
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
