"""The directory of the team, read and corrected: whole tables from a file, one row, one fact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.domain.directory import (
    TABLES,
    Area,
    Directory,
    OfficeProposal,
    Row,
    Sector,
    Table,
    agreed,
    area_of,
    key_of,
    proposed,
    read_row,
    sector_of,
    told_key,
)
from agir_cli.domain.identity import meant, nearest
from agir_cli.domain.places import AmbiguousPlace, Commune, Place, department_of
from agir_cli.domain.values import Reading
from agir_cli.failures import AgirFailure, NotFoundFailure, RowsFailure
from agir_cli.store import directory
from agir_cli.store.file import consulting
from agir_cli.store.reference import load_gazetteer

if TYPE_CHECKING:  # a table is listed without the ledger
    from pathlib import Path

    from agir_cli.store.driver import Connection
    from agir_cli.usecases.ledger import Ledger, Visitor

Line = tuple[int, Mapping[str, str]]
"""A row of a file: its line, and its cells by column."""

_CHECKED_BY = ("departements", "secteurs", "bureaux", "organisations")


class Change(NamedTuple):
    """A row of the directory that is new or says something else now."""

    key: str
    new: bool
    told: str
    """« code_postal : … → 44100 » (French)."""


class Taken(NamedTuple):
    """What a file did, or would do, to a table. ``kept``: the rows that it does not name."""

    table: Table
    changes: tuple[Change, ...]
    unchanged: int
    kept: int
    notes: tuple[str, ...] = ()


def rows(path: Path, name: str) -> list[Row]:
    """The rows of a table; those that come with the program where there is no file."""
    if not path.exists():
        return [*directory.shipped_rows(name)] if name != "referents" else []
    with consulting(path) as connection:
        return [*directory.rows_of(connection, TABLES[name])]


def communes(path: Path) -> list[Row]:
    """Every commune known, with its sector and bassin de vie, the sector proposed where none is."""
    with consulting(path) as connection:
        known = _known(connection, TABLES["communes"])
    found: list[Row] = []
    for each in known.gazetteer.every():
        own = known.rows["communes"].get((each.insee,), {})
        sector = None if "secteur" in own else sector_of(each, known)
        found.append({
            "insee": each.insee, "commune": each.name, "departement": each.department,
            "secteur_propose": sector.name if sector else "", "epci": each.epci_name,
            "codes_postaux": " ".join(each.postal_codes),
            "anciens_noms": known.gazetteer.formerly.get(each.insee, ""), **own,
        })  # fmt: skip
    return found


def take_in(
    visitor: Visitor, table: Table, lines: Iterable[Line], reading: Reading, *, dry_run: bool
) -> Taken:
    """Take a file into a table: every row of it, or nothing. What it does not say stays.

    Raises `RowsFailure` with every fault and its line.
    """
    if dry_run:
        with consulting(visitor.path) as connection:
            return _taken(connection, table, lines, reading)[0]
    from agir_cli.usecases.ledger import transaction

    with transaction(visitor) as ledger:
        taken, changed = _taken(ledger.connection, table, lines, reading)
        _keep(ledger, table, changed)
    return taken


def _keep(ledger: Ledger, table: Table, changed: Sequence[Mapping[str, str | None]]) -> None:
    for row in changed:
        if table.name == "referents" and not row.get("code"):
            row = {**row, "code": ledger.referents.join(str(row["nom"]))}
            ledger.referents.take(ledger.referents.added)
        directory.put(ledger.connection, table, row)


def _taken(
    connection: Connection, table: Table, lines: Iterable[Line], reading: Reading
) -> tuple[Taken, list[Mapping[str, str | None]]]:
    known = _known(connection, table)
    here = known.rows[table.name]
    rows, notes = _agreed(
        table, [(n, *read_row(table, cells, reading)) for n, cells in lines], known
    )
    changes, changed = [], list[Mapping[str, str | None]]()
    for key, said in rows.items():
        left = here.get(key, {}).keys() - said.keys()
        told = _changed(table, here.get(key, {}), now := {**said, **dict.fromkeys(left)})
        if told:
            changes.append(Change(told_key(key), key not in here, told))
            changed.append(now)
    counted = [f"{each} ({n})" if n > 1 else each for each, n in Counter(notes).items()]
    return Taken(
        table, tuple(changes), len(rows) - len(changes), len(here.keys() - rows.keys()),
        tuple(counted),
    ), changed  # fmt: skip


def _agreed(
    table: Table, read: Sequence[tuple[int, Row, list[str]]], known: Directory
) -> tuple[dict[tuple[str, ...], Row], list[str]]:
    """The rows of a file by their key, each with what the directory knew, and what is to be noted.

    Raises `RowsFailure` with every fault.
    """
    here, faults, notes = known.rows[table.name], list[str](), list[str]()
    # A row is checked beside all of its file: a sector may stand under the one that it is in.
    fresh = {key_of(table, row): row for _, row, wrong in read if not wrong}
    both = {key: {**here.get(key, {}), **row} for key, row in fresh.items()}
    known = known._replace(rows={**known.rows, table.name: {**here, **both}})
    seen: dict[tuple[str, ...], tuple[int, Row, bool]] = {}
    for line, row, wrong in read:
        if table.key == ("insee",) and not wrong and set(row) == {"insee"}:
            continue  # a commune of which the file says nothing
        if table.name == "bassins" and not wrong and (note := _elsewhere(row, known)):
            notes.append(note)
            continue
        if table.name == "referents":
            row = _named(row, here)
        merged, more = agreed(table, _together(here.get(key_of(table, row), {}), row), known)
        key = key_of(table, merged)
        merged = _together(here.get(key, {}), merged)
        key = key if any(key) else (*key, merged.get("nom", ""))
        wrong += more if not wrong else []
        # Of several former communes of a list that are one today, that of today's code is heard.
        former = table.name == "bassins" and row.get("insee") != merged.get("insee")
        if key not in seen or (seen[key][2] and not former):
            seen[key] = (line, merged, former)
        elif not former and not wrong:
            wrong.append(f"{told_key(key)} est déjà à la ligne {seen[key][0]}")
        faults += [f"ligne {line} : {each}" for each in wrong]
    if faults:
        raise RowsFailure("Annuaire refusé : rien n'a été changé.", *faults)
    return {key: said for key, (_, said, _) in seen.items()}, notes


def _together(before: Row, said: Row) -> dict[str, str]:
    """A row with what is said of it now; an office that moves leaves the codes of its commune."""
    moved = said.get("commune", before.get("commune")) != before.get("commune")
    left = ("insee", "code_postal") if moved else ()
    return {**{name: text for name, text in before.items() if name not in left}, **said}


def _known(connection: Connection, table: Table) -> Directory:
    """What the rows of a table are compared with and checked by."""
    names = dict.fromkeys((*_CHECKED_BY, table.name))
    return Directory(
        {
            name: {key_of(TABLES[name], row): row
                   for row in directory.rows_of(connection, TABLES[name])}
            for name in names
        },
        load_gazetteer(),
    )  # fmt: skip


def _named(row: Row, here: Mapping[tuple[str, ...], Row]) -> Row:
    """The row with the code of the référent whom it names, where somebody has the name."""
    if "code" in row:
        return row
    found, whole = meant(
        row.get("nom", ""), [(each["code"], each["nom"]) for each in here.values()]
    )
    return {**row, "code": found[0]} if whole and len(found) == 1 else row


def _elsewhere(row: Row, known: Directory) -> str:
    """Why a commune of a national list is left aside; nothing for those of the departments."""
    code = row.get("insee", "")
    if known.gazetteer.commune(code):
        return ""
    if department_of(code) not in known.gazetteer.departments:
        return "communes d'autres départements, laissées de côté"
    return "communes que cette version ne connaît pas, laissées de côté"


def _changed(table: Table, before: Row, after: Mapping[str, str | None]) -> str:
    """What a row says that it did not: « code_postal : 44000 → 44100 » (French)."""
    told = []
    for name, text in after.items():
        former = before.get(name, "")
        if former != (text or "") and (before or name not in table.key):
            words = [table.shown(name, each) if each else "(vide)" for each in (former, text)]
            told.append(f"{name} : {' → '.join(words if former else words[1:])}")
    return " ; ".join(told) or ("" if before else "nouvelle ligne")


# --- one row -----------------------------------------------------------------------------


def one(connection: Connection, table: Table, text: str) -> tuple[tuple[str, ...], Row]:
    """The row of a table that a text means: its key, a part of its name. `NotFoundFailure`."""
    every = {key_of(table, row): row for row in directory.rows_of(connection, table)}
    said = {told_key(key): key for key in every}
    names = [(told, f"{told} {each.get('nom', '')}") for told, key in said.items()
             for each in [every[key]]]  # fmt: skip
    names += [(told, every[key]["nom"]) for told, key in said.items() if "nom" in every[key]]
    found, _ = meant(text, [*((told, told) for told in said), *names])
    if len(found) == 1:
        return said[found[0]], every[said[found[0]]]
    what = "peut en être plusieurs" if found else f"n'est pas dans {table.name}"
    near = [*dict.fromkeys(found or nearest(text, names) or said)][:12]
    told = (f"  {each}  {every[said[each]].get('nom', '')}".rstrip() for each in near)
    raise NotFoundFailure(f"« {text[:60]} » {what} :", *told)


def correct(
    visitor: Visitor, table: Table, text: str, cells: Mapping[str, str], reading: Reading
) -> Change:
    """Correct one row: what each cell says is what the directory says; an empty one erases.

    Raises `NotFoundFailure`, and `RowsFailure` with the faults.
    """
    from agir_cli.usecases.ledger import transaction

    with transaction(visitor) as ledger:
        key, before = one(ledger.connection, table, text)
        said, faults = read_row(table, {**dict(zip(table.key, key, strict=True)), **cells}, reading)
        row, more = agreed(table, _together(before, said), _known(ledger.connection, table))
        erased = [name for name, cell in cells.items() if not cell.strip()]
        kept = {**row, **dict.fromkeys([*erased, *(before.keys() - row.keys())])}
        faults += [] if faults else more
        if any(name in table.key or name == "nom" for name in erased):
            faults.append("ce qui nomme une ligne ne s'efface pas")
        if faults:
            raise RowsFailure("Annuaire refusé : rien n'a été changé.", *faults)
        told = _changed(table, before, kept)
        if key_of(table, row) != key:
            _take_out(ledger.connection, table, key)
        if told:
            _keep(ledger, table, [kept])
    return Change(told_key(key), False, told)


def remove(visitor: Visitor, table: Table, text: str) -> str:
    """Take one row out; what it was called. `AgirFailure` (exit 3) where something uses it."""
    from agir_cli.usecases.ledger import transaction

    with transaction(visitor) as ledger:
        key, _ = one(ledger.connection, table, text)
        _take_out(ledger.connection, table, key)
    return told_key(key)


def _take_out(connection: Connection, table: Table, key: tuple[str, ...]) -> None:
    used = directory.uses(connection, table, key)
    if used or table.name == "referents":
        advice = {
            "bureaux": "Un bureau qui ferme : agir directory set bureaux CODE etat=ferme",
            "referents": "Un référent qui s'en va : agir referent leave NOM --on JOUR",
        }.get(table.name, "Corrigez d'abord les bureaux qui en sont.")
        count = f" sert {used} fois (dossiers, rendez-vous, bureaux)" if used else ""
        told = f"« {told_key(key)} »{count} : il reste à l'annuaire, sous ce nom."
        raise AgirFailure(told, advice, exit_code=3)
    directory.take_out(connection, table, key)


# --- where somebody goes -----------------------------------------------------------------


class Surroundings(NamedTuple):
    """Where somebody lives, as the directory knows it, and the offices proposed, best first."""

    commune: Commune | None
    area: Area | None
    sector: Sector | None
    offices: list[OfficeProposal]


def around(connection: Connection, insee: str | None, department: str, day: str) -> Surroundings:
    """The surroundings of a commune, for a dossier of a department, on an ISO day."""
    known = _known(connection, TABLES["communes"])
    home = known.gazetteer.commune(insee) if insee else None
    return Surroundings(
        home,
        area_of(home, known) if home else None,
        sector_of(home, known) if home and home.department == department else None,
        proposed(home, department, known, day),
    )


def around_dossier(path: Path, text: str, day: str) -> tuple[str, Surroundings]:
    """The reference of the dossier that a text means, and the surroundings of its person.

    Where they reside, else where they are domiciled. Raises `NotFoundFailure`.
    """
    from agir_cli.store.lookup import find_one, listed

    with consulting(path) as connection:
        dossier = find_one(connection, text)
        found = listed(connection, dossier)
        homes = [found.get(f"commune_{name}") or "" for name in ("residence", "domicile")]
        insee = next((h.removeprefix("insee:") for h in homes if h.startswith("insee:")), None)
        reference, department = str(found["dossier"]), str(found["departement"])
        return reference, around(connection, insee, department, day)


def around_commune(path: Path, text: str, day: str, department: str | None) -> Surroundings:
    """The surroundings of a commune by its name, its former name or a code.

    Raises `NotFoundFailure` with the candidates.
    """
    with consulting(path) as connection:
        found = load_gazetteer().find(text, department=department)
        if isinstance(found, Place):
            return around(connection, found.insee, department or found.department, day)
    if isinstance(found, AmbiguousPlace):
        told = [f"  {each.insee}  {each.name} ({each.department})" for each in found.candidates]
        raise NotFoundFailure(f"« {text[:40]} » peut être plusieurs communes :", *told)
    near = [f"  {name}" for name in found.nearest]
    raise NotFoundFailure(f"« {text[:40]} » n'est aucune commune connue.", *near)


# --- who operates, who does what ---------------------------------------------------------

_OF_CONTACTS = ("operateur", "coordination", "droit_logement", "emploi_formation", "consortium")


_REACHED = ("courriel", "telephone", "fiche")


class Contact(NamedTuple):
    """Who has a role in a department on a day, and how to reach them."""

    departement: str
    role: str
    organisation: str
    courriel: str = ""
    telephone: str = ""
    fiche: str = ""
    date_debut: str = ""
    remarque: str = ""


def contacts(path: Path, day: str) -> Iterator[Contact]:
    """The operator, the coordination and the références of each department on an ISO day.

    The generic contact of a department is that of its operator and of its coordination.
    """
    departments = {row["departement"]: row for row in rows(path, "departements")}
    every = [row for row in rows(path, "organisations") if in_force(row, day)]
    for code, department in departments.items():
        here = [row for row in every if row.get("departement") == code]
        for role in _OF_CONTACTS:
            found = [row for row in here if row.get("role") == role]
            if role == "operateur":
                found = sorted(found, key=lambda row: row.get("date_debut", ""))[-1:]
            for row in found or ([{}] if role == "operateur" else []):
                own = department if role in _OF_CONTACTS[:2] else {}
                told = {**{name: own.get(name, "") for name in _REACHED}, **row}
                said = {name: told[name] for name in Contact._fields if name in told}
                yield Contact(**{"organisation": "", **said, "departement": code, "role": role})


def in_force(row: Row, day: str) -> bool:
    """Whether what a row says has begun on an ISO day, and not ended before it."""
    end = row.get("date_fin", "9999")
    return row.get("date_debut", "") <= day and day[: len(end)] <= end
