"""Looking at one dossier: everything a screen may need about it, read in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agir_cli.domain.decisions.correction import in_order_recorded, voided_ids
from agir_cli.domain.events import Event, Kind
from agir_cli.domain.folding import fold, words_of
from agir_cli.domain.network import Action
from agir_cli.store import directory, doubles, journal, lookup, people, retention, settings
from agir_cli.store.directory import Department, OfficeRow, Referent
from agir_cli.store.driver import Connection
from agir_cli.store.file import consulting
from agir_cli.store.lookup import (
    Candidate,
    dossiers,
    find,
    find_one,
    formerly,
    household,
    listed,
    no_match,
)
from agir_cli.store.network import open_tasks
from agir_cli.usecases.ledger import Visitor
from agir_cli.usecases.single import Standing, standing_of


class Record(NamedTuple):
    """One dossier, with its person, its words and its numbered events."""

    standing: Standing
    person: Mapping[str, str | None]
    former: tuple[tuple[str, str, str, str], ...]
    events: tuple[tuple[int, Event], ...]
    voided: frozenset[str]
    referents: Mapping[str, str]
    offices: Mapping[str, str]
    addresses: Mapping[str, str]
    """The name and the address of each office, by code."""
    departments: Mapping[str, Department]
    others: Mapping[str, str] = {}
    """The references of the dossiers (ids) that its events name: linked, or another person's."""
    household: tuple[Candidate, ...] = ()
    listed: Mapping[str, str] = {}
    """The dossier as the list has it: the stored text of each column that is filled."""
    tasks: tuple[Action, ...] = ()
    """What is still to be done for it."""
    holds: tuple[retention.Hold, ...] = ()
    """Why nothing of it is erased, where somebody has asked for it."""

    @property
    def reference(self) -> str:
        """The dossier's reference."""
        return self.standing.state.reference

    @property
    def words(self) -> dict[str, str]:
        """The last text of each free field (project, prescriber, motives…)."""
        return words_of(event for _, event in self.events)


def record(visitor: Visitor, text: str) -> Record:
    """The dossier that a text means. Raises `NotFoundFailure` with the candidates."""
    with consulting(visitor.path) as connection:
        dossier = find_one(connection, text)
        return record_of(connection, dossier)


def record_of(connection: Connection, dossier: str) -> Record:
    """The same of a dossier by its id."""
    events = journal.load(connection, [dossier], words=True)[dossier]
    state = fold(events)
    found = people.person_of(connection, dossier)
    person, values = found if found else (state.person, {})
    code = state.facts.menage
    together = household(connection, code) if code is not None else []
    offices = directory.every_office(connection)
    return Record(
        standing=standing_of(state, settings.rulebook_of(connection)),
        person=values,
        former=tuple(people.former_values(connection, person)),
        events=tuple(in_order_recorded(events)),
        voided=voided_ids(events),
        referents=directory.referent_names(connection),
        offices={office.code: office.name for office in offices},
        addresses={office.code: office.address for office in offices},
        departments=directory.every_department(connection),
        others=_others(connection, events),
        household=tuple(each for each in together if each.reference != state.reference),
        listed=listed(connection, dossier),
        tasks=open_tasks(connection, dossier)
        if any(e.kind is Kind.ACTION_RECORDED for e in events)
        else (),
        holds=tuple(retention.holds(connection, [dossier])),
    )


def _others(connection: Connection, events: Iterable[Event]) -> dict[str, str]:
    others = {str(e.payload["autre"]) for e in events if "autre" in e.payload}
    return {each.id: each.reference for each in dossiers(connection, ids=others)} if others else {}


def search(visitor: Visitor, text: str) -> list[Candidate]:
    """Every dossier that a text may mean."""
    with consulting(visitor.path) as connection:
        return find(connection, text)


def meant(visitor: Visitor, text: str) -> tuple[list[Candidate], list[str]]:
    """The dossiers that a text may mean; without any, what to say: the nearest names.

    Of one person's dossiers, the open one is meant where there is one.
    """
    with consulting(visitor.path) as connection:
        found = lookup.meant(connection, text)
        failure = None if found else no_match(connection, text)
        return found, [failure.sentence, *failure.details] if failure else []


def offices(visitor: Visitor) -> list[OfficeRow]:
    """The offices of the directory, by code."""
    with consulting(visitor.path) as connection:
        return directory.every_office(connection)


def departments(visitor: Visitor) -> Mapping[str, Department]:
    """The departments of the directory, by code; those of the program where there is no file."""
    if not visitor.path.exists():
        return directory.every_department(None)
    with consulting(visitor.path) as connection:
        return directory.every_department(connection)


def look_for(visitor: Visitor, text: str) -> list[tuple[Candidate, str]]:
    """The same, for whoever looks, with what they were called before where that is what is meant.

    Raises `NotFoundFailure` with the nearest names.
    """
    with consulting(visitor.path) as connection:
        found = find(connection, text)
        before = formerly(connection, text, {each.person for each in found})
        told = [(each, before.get(each.person, "")) for each in found]
        known = {each.id for each in found}
        if not any(character.isdigit() for character in text):
            persons = doubles.sounding(connection, text)
            near = dossiers(connection, persons=persons) if persons else []
            told += [(each, "orthographe proche") for each in near if each.id not in known]
        if not told:
            raise no_match(connection, text)
        return told


def referents(visitor: Visitor) -> list[Referent]:
    """Each référent with their open dossiers, the least loaded first."""
    with consulting(visitor.path) as connection:
        return directory.every_referent(connection)


def office_code(visitor: Visitor, text: str) -> str:
    """The office that a text means: a code, a name or a part of it.

    Raises `NotFoundFailure` with the candidates where it is none, or several.
    """
    from agir_cli.domain.identity import meant, nearest
    from agir_cli.failures import NotFoundFailure

    with consulting(visitor.path) as connection:
        every = directory.every_office(connection)
    names = {office.code: office.name for office in every}
    found, _ = meant(text, ((office.code, office.words) for office in every))
    if len(found) == 1:
        return found[0]
    what = "peut être plusieurs bureaux" if found else "n'est aucun bureau du répertoire"
    near = found or nearest(text, names.items())[:5] or [*names]
    told = [f"  {code}  {names[code]}" for code in near[:12]]
    raise NotFoundFailure(f"« {text[:40]} » {what} :", *told)
