"""A coordinator's morning: what is late, what is due, who comes, who waits, what is missing.

Each list is that of a report (`overdue`, `agenda`), or of the dossiers themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.reports import agenda, overdue
from agir_cli.reports.selection import Filters, condition

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

LATE, DUE, VISITS, COMING = "retard", "semaine", "rdv_jour", "rdv_semaine"
UNTOLD, WAITING, MISSING, NEW = "issue", "attente", "a_completer", "nouveaux"
SECTIONS = (LATE, DUE, VISITS, COMING, UNTOLD, WAITING, MISSING, NEW)
DAYS = 7
"""Days ahead for what is due, and back for who is new; the day itself is one of them."""

_LOOK_BACK = timedelta(days=60)
_EVERYONE = Filters()


class Item(NamedTuple):
    """One line: ``date`` is an EDTF text; ``jours`` counts days late (negative: days left), days
    waited, or days since the arrival; ``objet`` is a kind of deadline or appointment, a wait,
    or the missing fields joined by ``+``; ``commande`` is what to type."""

    rubrique: str
    dossier: str
    nom: str | None
    prenoms: str | None
    departement: str
    referent: str | None
    date: str
    heure: str | None
    jours: int | None
    certitude: str
    objet: str
    commande: str


COLUMNS = Item._fields
TEXT_COLUMNS = ("nom", "prenoms", "referent")
DATE_COLUMNS = ("date",)


class Part(NamedTuple):
    """One list: its name, its first lines, and how many there are in all."""

    name: str
    items: list[Item]
    total: int


def today(
    connection: Connection, day: date, filters: Filters = _EVERYONE, most: int | None = None
) -> list[Part]:
    """The lists that are not empty, in order; ``most`` lines of each are kept."""
    question = overdue.Question(day, overdue.KINDS, filters)
    until = day + timedelta(days=DAYS - 1)
    sources: dict[str, Iterable[Item]] = {
        LATE: _deadlines(LATE, overdue.late(connection, question)),
        DUE: _deadlines(DUE, overdue.soon(connection, question, until)),
        **_visits(connection, day, filters),
        WAITING: _waits(connection, question),
        MISSING: _missing(connection, filters),
        NEW: _new(connection, day, filters),
    }
    parts = (_kept(name, sources[name], most) for name in SECTIONS)
    return [part for part in parts if part.total]


def _kept(name: str, items: Iterable[Item], most: int | None) -> Part:
    kept: list[Item] = []
    count = 0
    for item in items:
        count += 1
        if most is None or count <= most:
            kept.append(item)
    return Part(name, kept, count)


def _command(to_do: str) -> str:
    """What to type, of « référent : agir contract sign 44-0042 --on JOUR »."""
    return to_do[max(to_do.find("agir "), 0) :]


def _deadlines(section: str, lines: Iterable[overdue.Line]) -> Iterator[Item]:
    for line in sorted(
        lines, key=lambda one: (one.certitude != "certain", -(one.retard_jours or 0))
    ):
        yield Item(
            section, line.dossier, line.nom, line.prenoms, line.departement, line.referent,
            line.echeance, None, line.retard_jours, line.certitude, line.nature,
            _command(line.a_faire),
        )  # fmt: skip


def _waits(connection: Connection, question: overdue.Question) -> Iterator[Item]:
    for line in overdue.waiting(connection, question):
        since = line.date_depart
        days = (question.day - date.fromisoformat(since)).days if len(since) == 10 else None
        yield Item(
            WAITING, line.dossier, line.nom, line.prenoms, line.departement, line.referent,
            since, None, days, line.certitude, line.depart, _command(line.a_faire),
        )  # fmt: skip


def _visits(connection: Connection, day: date, filters: Filters) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {VISITS: [], COMING: [], UNTOLD: []}
    period = agenda.Period(day - _LOOK_BACK, day + timedelta(days=DAYS - 1))
    entries = agenda.appointments(connection, day, period, filters)
    today = day.isoformat()
    for entry in sorted(entries, key=lambda one: (one.date, one.heure or "", one.dossier)):
        section = VISITS if entry.date == today else COMING if entry.date > today else UNTOLD
        if entry.etat in (agenda.PLANNED, agenda.UNTOLD):
            found[section].append(_visit(section, entry))
    return found


def _visit(section: str, entry: agenda.Entry) -> Item:
    return Item(
        section, entry.dossier, entry.nom, entry.prenoms, entry.departement, entry.referent,
        entry.date, entry.heure, None, "", entry.nature, _command(entry.a_faire),
    )  # fmt: skip


_DOSSIERS = """SELECT d.dossier, p.nom, p.prenoms, d.departement, coalesce(r.nom, d.referent),
    d.date_orientation, d.admis_max, d.a_completer
FROM dossiers AS d LEFT JOIN people AS p ON p.id = d.personne
LEFT JOIN referents AS r ON r.code = d.referent
WHERE d.etape NOT IN ('clos', 'decline', 'rejete_ofii') AND {which}{filters} ORDER BY {order}"""


def _missing(connection: Connection, filters: Filters) -> Iterator[Item]:
    asked = condition(filters)
    query = _DOSSIERS.format(
        which="d.a_completer IS NOT NULL", filters=asked.sql, order="d.admis_max DESC, d.dossier"
    )
    for dossier, nom, prenoms, department, referent, on, _, fields in connection.execute(
        query, asked.values
    ):
        names = dict.fromkeys(fields.split("+"))
        yield Item(
            MISSING, dossier, nom, prenoms, department, referent, on or "", None, None, "",
            "+".join(names), _completing(dossier, list(names)),
        )  # fmt: skip


def _completing(dossier: str, names: list[str]) -> str:
    """The command that completes these fields; a wish alone is said on its form."""
    if names == ["souhait"]:
        return f"agir liaison add {dossier} --on JOUR --souhait oui"
    fields = (name.replace("_", "-") for name in names if name != "souhait")
    return f"agir enroll --dossier {dossier} " + " ".join(f"--{name} VALEUR" for name in fields)


def _new(connection: Connection, day: date, filters: Filters) -> Iterator[Item]:
    asked = condition(filters)
    query = _DOSSIERS.format(
        which="d.admis_max BETWEEN :first AND :day", filters=asked.sql,
        order="d.admis_max DESC, d.dossier",
    )  # fmt: skip
    first = day - timedelta(days=DAYS - 1)
    values = {"first": first.isoformat(), "day": day.isoformat()}
    for dossier, nom, prenoms, department, referent, _, on, _ in connection.execute(
        query, values | asked.values
    ):
        yield Item(
            NEW, dossier, nom, prenoms, department, referent, on, None,
            (day - date.fromisoformat(on)).days, "", "", f"agir show {dossier}",
        )  # fmt: skip


def everything(parts: Iterable[Part]) -> Iterator[Item]:
    """The lines of all the lists, one after the other."""
    return chain.from_iterable(part.items for part in parts)
