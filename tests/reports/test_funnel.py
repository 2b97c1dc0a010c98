"""`report funnel`: each number is what a plain count says, and the length of its list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agir_cli.domain.dates import PartialDate
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.vocabulary import Motive
from agir_cli.reports import funnel as report
from agir_cli.reports.funnel import LISTED, MEASURES, Row, funnel, listed
from agir_cli.reports.selection import UNASSIGNED, Filters
from agir_cli.store.driver import Connection
from agir_cli.store.file import open_file
from tests.reports.building import DAY, accepted, add, booked, event, id_of, new_file

START = date(2023, 1, 1)
NOBODY = Filters()


def _of(row: Row) -> Filters:
    """The filters that ask for the dossiers of a row."""
    sector = {"sector": row.secteur} if row.secteur else {}
    return Filters(department=row.departement, **sector)


@pytest.fixture
def file(tmp_path: Path) -> Connection:
    return new_file(tmp_path / "essai.db")


class Person(NamedTuple):
    """A row of the projection, as far as the funnel reads it."""

    department: str
    office: str | None
    household: str | None
    milestones: dict[str, PartialDate | None]


days = st.integers(0, 40).map(lambda n: START + timedelta(days=n))
partial = st.tuples(days, st.sampled_from([0, 0, 0, 9])).map(
    lambda t: PartialDate(t[0], t[0] + timedelta(days=t[1]))
)
NAMES = ("admis", "diagnostic", "commission", "contrat", "cloture")
OFFICES = {
    "44-C1": "NANTES-MÉTROPOLE", "44-C2": "NANTES-MÉTROPOLE", "44-C3": "OUEST & SUD", "85-C1":
    "LA ROCHE SUR YON", "44-ZZ": UNASSIGNED, None: UNASSIGNED,
}  # fmt: skip
people = st.builds(
    Person,
    department=st.sampled_from(["44", "85"]),
    office=st.sampled_from([*OFFICES]),
    household=st.none() | st.sampled_from(["M1", "M2", "M3"]),
    milestones=st.fixed_dictionaries({name: st.none() | partial for name in NAMES}),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(people, max_size=12), days)
def test_numbers_are_counts_and_lengths_of_lists(
    file: Connection, population: list[Person], day: date
) -> None:
    file.execute("BEGIN")
    try:
        for number, person in enumerate(population):
            _insert(file, number, person)
        rows = funnel(file, day, NOBODY)
        lengths = {
            (row.departement, row.secteur, measure): len(list(listed(file, day, _of(row), measure)))
            for row in rows
            for measure in LISTED
        }
    finally:
        file.execute("ROLLBACK")
    assert [(row.departement, row.secteur) for row in rows] == _places(population)
    for row in rows:
        members = [
            (n, p) for n, p in enumerate(population)
            if p.department == row.departement and row.secteur in ("", OFFICES[p.office])
        ]  # fmt: skip
        for measure in MEASURES:
            certain = _count(members, measure, lambda v: v.latest <= day)
            perhaps = _count(members, measure, lambda v: v.earliest <= day)
            assert (row.of(measure), row.possible(measure)) == (certain, perhaps - certain)
            assert lengths[row.departement, row.secteur, measure] == certain
        went_on = [p for _, p in members if _outside(p, day)]
        assert row.hors_compte == len(went_on)
        assert lengths[row.departement, row.secteur, report.OUTSIDE] == len(went_on)
        assert max(row.of(m) for m in MEASURES) == row.personnes


def _outside(person: Person, day: date) -> bool:
    """Diagnosed or further for certain, and no person: not even perhaps."""
    came = person.milestones["admis"]
    steps = [person.milestones[name] for name in ("diagnostic", "commission", "contrat")]
    went_on = any(on is not None and on.latest <= day for on in steps)
    return went_on and (came is None or came.earliest > day)


def _places(population: list[Person]) -> list[tuple[str, str]]:
    found = []
    for department in sorted({p.department for p in population}):
        sectors = {OFFICES[p.office] for p in population if p.department == department}
        found += [(department, "")]
        found += [(department, s) for s in sorted(sectors, key=lambda s: (s == UNASSIGNED, s))]
    return found


def _count(
    members: list[tuple[int, Person]], measure: str, counts: Callable[[PartialDate], bool]
) -> int:
    name = {
        "personnes": "admis", "menages": "admis", "diagnostiques": "diagnostic",
        "attribues": "commission", "signataires": "contrat", "clos": "cloture",
    }[measure]  # fmt: skip
    taken = [
        p.household or str(n)
        for n, p in members
        if all((on := p.milestones[step]) is not None and counts(on) for step in ("admis", name))
    ]
    return len(set(taken)) if measure == "menages" else len(taken)


def _insert(file: Connection, number: int, person: Person) -> None:
    bounds = {
        f"{name}_{side}": day.isoformat()
        for name, value in person.milestones.items()
        if value is not None
        for side, day in zip(("min", "max"), value, strict=True)
    }
    values: dict[str, Any] = {
        "id": id_of(number), "dossier": f"{person.department}-{number:04d}", "personne": "p",
        "departement": person.department, "bureau": person.office, "menage": person.household,
        "voie": "n", "etape": "diagnostic", "absences_diagnostic": 0, "absences_contrat": 0,
        "definitif": "non", "eligible": "oui", **bounds,
    }  # fmt: skip
    marks = ", ".join("?" * len(values))
    file.execute(f"INSERT INTO dossiers ({', '.join(values)}) VALUES ({marks})", [*values.values()])


def path_of(*events: Draft) -> list[Draft]:
    return [*accepted("2023-01-09", "2023-01-09"), *events]


HELD = event(Kind.DIAGNOSIS_HELD, "2023-01-20")
ASSIGNED = event(Kind.REFERENT_DESIGNATED, "2023-02-01")
SIGNED = event(Kind.CONTRACT_SIGNED, "2023-02-10")


def test_a_small_population(file: Connection) -> None:
    rdv = booked(Kind.DIAGNOSIS_BOOKED, "2023-01-10", "2023-01-20 09:00")
    add(file, 1, *path_of(rdv, HELD, ASSIGNED, SIGNED), facts={"menage": "M1"})
    add(file, 2, *path_of(HELD, ASSIGNED, event(Kind.CONTRACT_SIGNED, "2023-10")),
        facts={"menage": "M1"})  # fmt: skip
    add(file, 3, *path_of(event(Kind.DOSSIER_CLOSED, "2023-03-01", motif=Motive.DROPPED)))
    add(file, 4, event(Kind.ORIENTATION_DECLINED, "2023-01-09"))
    mistake = event(Kind.DOSSIER_CLOSED, "2023-03-01", motif=Motive.MISTAKE)
    add(file, 5, *path_of(rdv, HELD, ASSIGNED, SIGNED, mistake), facts={"menage": "M2"})
    assert funnel(file, DAY, NOBODY) == [
        Row("44", "", 3, 2, 2, 2, 1, 33.3, 1, 0, 0, 0, 0, 1, 0),
        Row("44", "NANTES-MÉTROPOLE", 1, 1, 1, 1, 1, 100.0, 0, 0, 0, 0, 0, 0, 0),
        Row("44", UNASSIGNED, 2, 2, 1, 1, 0, 0.0, 1, 0, 0, 0, 0, 1, 0),
    ]
    assert list(listed(file, DAY, NOBODY, "menages")) == [
        report.Household("44", "44-0003", 1, "44-0003"),
        report.Household("44", "M1", 2, "44-0001 44-0002"),
    ]
    assert [row[0] for row in listed(file, DAY, NOBODY, "clos")] == ["44-0003"]
    (signed,) = listed(file, DAY, NOBODY, "signataires")
    assert signed[:3] == ("44-0001", "44", "NANTES-MÉTROPOLE")
    assert signed[-1] == "2023-02-10"


def test_who_went_on_without_an_orientation_is_counted_apart(file: Connection) -> None:
    """[W: Les personnes accompagnées au 09/10/2023] persons *of whom* signatories: never 200 %."""
    alone = [event(Kind.CIR_SIGNED, "2023-01-05"), HELD]
    add(file, 1, *alone, SIGNED, facts={"menage": "M1"})
    add(file, 2, *alone, SIGNED, facts={"menage": "M1"})
    add(file, 3, *path_of(), facts={"menage": "M1"})
    add(file, 4, *alone, event(Kind.DOSSIER_CLOSED, "2023-03-01", motif=Motive.DROPPED))
    add(file, 5, event(Kind.DOSSIER_CLOSED, "2023-03-01", motif=Motive.DROPPED))
    (whole, _) = funnel(file, DAY, NOBODY)
    assert whole == Row("44", "", 1, 1, 0, 0, 0, 0.0, 0, 0, 0, 0, 0, 0, 0, 3)
    outside = [row[0] for row in listed(file, DAY, NOBODY, report.OUTSIDE)]
    assert outside == ["44-0001", "44-0002", "44-0004"]
    assert list(listed(file, DAY, NOBODY, "signataires")) == []
    (home,) = listed(file, DAY, NOBODY, "menages")
    assert home == report.Household("44", "M1", 1, "44-0003")


def test_who_is_perhaps_oriented_is_not_outside(file: Connection) -> None:
    add(file, 1, *accepted("2023-01-09", "[2023-01..2023-02]"), HELD)
    (whole, _) = funnel(file, date(2023, 1, 31), NOBODY)
    assert (whole.personnes_possibles, whole.diagnostiques_possibles) == (1, 1)
    assert (whole.diagnostiques, whole.hors_compte) == (0, 0)


def test_before_the_first_event_there_are_zeros(file: Connection) -> None:
    add(file, 1, *path_of(HELD))
    (department, _) = funnel(file, date(2020, 1, 1), NOBODY)
    assert department == Row("44", "", 0, 0, 0, 0, 0, None, 0, 0, 0, 0, 0, 0, 0)


def test_rates_of_the_webinar() -> None:
    """[W: Les personnes accompagnées au 09/10/2023] 1,028/682 and 227/162."""
    rates = [report._row(("44", ""), [0, 0, n, n, *[0] * 4, s, s, 0, 0, 0]).taux_signataires
             for n, s in ((1028, 682), (227, 162))]  # fmt: skip
    assert rates == [66.3, 71.4]


def test_offices_add_up_to_their_sector(built_demo: Path) -> None:
    """Each person has one office; a department's offices are its persons."""
    day = date(2023, 10, 9)
    connection = open_file(built_demo, write=False)
    rows = funnel(connection, day, Filters(), "bureau")
    whole = {row.departement: row.personnes for row in rows if not row.secteur}
    assert whole == {"44": 1028, "85": 227}
    for department, persons in whole.items():
        parts = [r.personnes for r in rows if r.departement == department and r.secteur]
        assert sum(parts) == persons
    for row in rows:
        office = row.secteur.partition(" ")[0]
        if office and row.secteur != "non affecté":
            filters = Filters(department=row.departement, office=office)
            assert len(list(listed(connection, day, filters, "personnes"))) == row.personnes
