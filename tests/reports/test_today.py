"""`agir today`: each list is that of a report, and only what is open is asked for."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.vocabulary import Motive
from agir_cli.reports import agenda, overdue
from agir_cli.reports.selection import Filters
from agir_cli.reports.today import SECTIONS, Part, everything, today
from agir_cli.store.driver import Connection, writing
from tests.reports.building import DAY, accepted, add, booked, event, new_file, validated


@pytest.fixture
def file(tmp_path: Path) -> Connection:
    return new_file(tmp_path / "essai.db")


def by_name(parts: list[Part]) -> dict[str, list[str]]:
    return {part.name: [item.dossier for item in part.items] for part in parts}


def visit(moment: str) -> Draft:
    return booked(Kind.DIAGNOSIS_BOOKED, "2023-09-20", moment)


VALIDATED = validated("2023-09-19")

CASES: dict[str, tuple[list[Draft], list[str]]] = {
    "en retard": ([*accepted("2023-09-08", "2023-09-08")], ["retard", "a_completer"]),
    "dernier jour : pas en retard": (
        [*accepted("2023-09-09", "2023-09-09")], ["semaine", "a_completer"],
    ),
    "à échéance le sixième jour": (
        [*accepted("2023-09-15", "2023-09-15")], ["semaine", "a_completer"],
    ),
    "à échéance le septième jour": ([*accepted("2023-09-16", "2023-09-16")], ["a_completer"]),
    "rendez-vous aujourd'hui": (
        [VALIDATED, visit("2023-10-09 14:00")], ["rdv_jour", "a_completer"],
    ),
    "rendez-vous demain": ([VALIDATED, visit("2023-10-10")], ["rdv_semaine", "a_completer"]),
    "rendez-vous dans une semaine": ([VALIDATED, visit("2023-10-16")], ["a_completer"]),
    "rendez-vous passé": ([VALIDATED, visit("2023-10-06")], ["issue", "a_completer"]),
    "en attente": ([VALIDATED], ["attente", "a_completer"]),
    "arrivé il y a six jours": (
        [*accepted("2023-10-03", "2023-10-03")], ["a_completer", "nouveaux"],
    ),
    "arrivé il y a sept jours": ([*accepted("2023-10-02", "2023-10-02")], ["a_completer"]),
    "arrivé en octobre, un jour inconnu": (
        [*accepted("2023-10", "2023-10")], ["a_completer"],
    ),
    "clos": (
        [
            *accepted("2023-09-08", "2023-09-08"),
            event(Kind.DOSSIER_CLOSED, "2023-10-08", motif=Motive.DROPPED),
        ],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "expected"), CASES.values(), ids=CASES)
def test_where_a_dossier_stands_that_morning(
    file: Connection, events: list[Draft], expected: list[str]
) -> None:
    add(file, 1, *events)
    assert [part.name for part in today(file, DAY)] == expected


def _population(file: Connection) -> None:
    for number in range(1, 41):
        start = date(2023, 8, 20) + timedelta(days=number)
        day = start.isoformat()
        drafts = [*accepted(day, day)] if number % 3 else [validated(day)]
        if number % 4 == 0:
            drafts.append(
                booked(Kind.DIAGNOSIS_BOOKED, day, (start + timedelta(days=15)).isoformat())
            )
        if number % 5 == 0:
            drafts.append(event(Kind.DIAGNOSIS_HELD, day))
        add(file, number, *drafts, department="85" if number % 7 == 0 else "44")


@pytest.mark.parametrize(
    "filters", [Filters(), Filters(department="85")], ids=["tous", "un département"]
)
def test_numbers_are_those_of_the_reports(file: Connection, filters: Filters) -> None:
    _population(file)
    question = overdue.Question(DAY, overdue.KINDS, filters)
    ahead = agenda.Period(DAY + timedelta(days=1), DAY + timedelta(days=6))
    lists = by_name(today(file, DAY, filters))
    totals = {part.name: part.total for part in today(file, DAY, filters, most=1)}
    assert totals == {name: len(some) for name, some in lists.items()}
    assert sorted(lists["retard"]) == sorted(x.dossier for x in overdue.late(file, question))
    assert sorted(lists["semaine"]) == sorted(
        line.dossier for line in overdue.soon(file, question, ahead.last)
    )
    assert lists.get("attente", []) == [line.dossier for line in overdue.waiting(file, question)]
    assert lists.get("rdv_semaine", []) == [
        e.dossier for e in agenda.agenda(file, DAY, ahead, filters) if e.type == agenda.APPOINTMENT
    ]
    assert [name for name in SECTIONS if name in lists] == list(lists)


def test_every_line_has_a_command_to_type(file: Connection) -> None:
    _population(file)
    items = list(everything(today(file, DAY)))
    assert len(items) > 40
    assert [item for item in items if not item.commande.startswith("agir ")] == []


def test_the_latest_come_first(file: Connection) -> None:
    _population(file)
    late = next(part for part in today(file, DAY) if part.name == "retard")
    days = [item.jours for item in late.items]
    assert days == sorted(days, key=lambda n: -(n or 0))
    assert len(set(days)) > 3


def test_what_is_missing_names_the_options(file: Connection) -> None:
    add(file, 1, *accepted("2023-09-20", "2023-09-20"))
    (item,) = (i for i in everything(today(file, DAY)) if i.rubrique == "a_completer")
    assert "date_cir" not in item.objet
    assert "commune_residence" in item.objet.split("+")
    assert "--commune-residence VALEUR" in item.commande
    assert item.commande.startswith("agir enroll --dossier 44-0001 --")


def test_a_referent_sees_their_own(file: Connection) -> None:
    with writing(file):
        file.execute("INSERT INTO referents (code, nom) VALUES ('RI1', 'DURAND Anne')")
    held = event(Kind.DIAGNOSIS_HELD, "2023-08-20")
    for number, who in ((1, "RI1"), (2, None)):
        whom = {"referent": who} if who else {}
        designated = event(Kind.REFERENT_DESIGNATED, "2023-09-01", **whom)
        add(file, number, *accepted("2023-08-01", "2023-08-01"), held, designated)
    lists = by_name(today(file, DAY, Filters(referent="RI1")))
    assert lists["retard"] == ["44-0001"]


def test_nobody_no_list(file: Connection) -> None:
    assert today(file, DAY) == []
