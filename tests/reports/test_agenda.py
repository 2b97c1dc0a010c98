"""`report agenda`: appointments as they stood that day, deadlines as `overdue` has them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.folding import fold
from agir_cli.domain.vocabulary import Motive
from agir_cli.reports import overdue
from agir_cli.reports.agenda import APPOINTMENT, Entry, Period, agenda
from agir_cli.reports.selection import Filters
from agir_cli.store import journal
from agir_cli.store.driver import Connection
from tests.reports.building import DAY, accepted, add, booked, event, id_of, new_file, validated

ALWAYS = Period(date(2022, 1, 1), date(2030, 12, 31))
NEXT = Period(DAY, DAY + timedelta(days=13))


@pytest.fixture
def file(tmp_path: Path) -> Connection:
    return new_file(tmp_path / "essai.db")


def appointments(entries: list[Entry]) -> list[tuple[str, str | None, str]]:
    return [(e.date, e.heure, e.etat) for e in entries if e.type == APPOINTMENT]


def diagnostic(on: str, moment: str) -> Draft:
    return booked(Kind.DIAGNOSIS_BOOKED, on, moment)


SEPTEMBER = accepted("2023-09-01", "2023-09-01")

APPOINTMENT_CASES = {
    "pris": ([diagnostic("2023-09-02", "2023-10-10 10:30")], [("2023-10-10", "10:30", "prevu")]),
    "sans heure": ([diagnostic("2023-09-02", "2023-10-10")], [("2023-10-10", None, "prevu")]),
    "le jour même": ([diagnostic("2023-09-02", "2023-10-09")], [("2023-10-09", None, "prevu")]),
    "passé, issue inconnue": (
        [diagnostic("2023-09-02", "2023-10-02")], [("2023-10-02", None, "a_renseigner")],
    ),
    "tenu": (
        [diagnostic("2023-09-02", "2023-10-02"), event(Kind.DIAGNOSIS_HELD, "2023-10-02")],
        [("2023-10-02", None, "honore")],
    ),
    "tenu un autre jour : plus à l'agenda": (
        [diagnostic("2023-09-02", "2023-10-02"), event(Kind.DIAGNOSIS_HELD, "2023-10-04")], [],
    ),
    "tenu avant : plus à l'agenda": (
        [diagnostic("2023-09-02", "2023-10-12"), event(Kind.DIAGNOSIS_HELD, "2023-10-04")], [],
    ),
    "déplacé": (
        [diagnostic("2023-09-02", "2023-10-02"), diagnostic("2023-09-20", "2023-10-12 09:00")],
        [("2023-10-12", "09:00", "prevu")],
    ),
    "déplacé après ce jour : encore l'ancien": (
        [diagnostic("2023-09-02", "2023-10-11"), diagnostic("2023-10-10", "2023-10-20")],
        [("2023-10-11", None, "prevu")],
    ),
    "absent puis repris": (
        [
            diagnostic("2023-09-02", "2023-10-02"), event(Kind.DIAGNOSIS_MISSED, "2023-10-02"),
            diagnostic("2023-10-03", "2023-10-16"),
        ],
        [("2023-10-02", None, "absent"), ("2023-10-16", None, "prevu")],
    ),
    "pris après ce jour : pas encore connu": ([diagnostic("2023-10-10", "2023-10-20")], []),
    "clos avant le jour dit": (
        [
            diagnostic("2023-09-02", "2023-10-12"),
            event(Kind.DOSSIER_CLOSED, "2023-10-05", motif=Motive.DROPPED),
        ],
        [],
    ),
    "clos le jour du rendez-vous : c'est son issue": (
        [
            diagnostic("2023-09-02", "2023-10-02"),
            event(Kind.DOSSIER_CLOSED, "2023-10-02", motif=Motive.DROPPED),
        ],
        [("2023-10-02", None, "clos")],
    ),
    "clos depuis le rendez-vous : c'est son issue": (
        [
            diagnostic("2023-09-02", "2023-10-02"),
            event(Kind.DOSSIER_CLOSED, "2023-10-05", motif=Motive.TRANSFER),
        ],
        [("2023-10-02", None, "clos")],
    ),
    "clos ce jour, avant l'heure": (
        [
            diagnostic("2023-09-02", "2023-10-09 17:00"),
            event(Kind.DOSSIER_CLOSED, "2023-10-09", motif=Motive.DEATH),
        ],
        [("2023-10-09", "17:00", "clos")],
    ),
    "clos après ce jour : encore à renseigner": (
        [
            diagnostic("2023-09-02", "2023-10-02"),
            event(Kind.DOSSIER_CLOSED, "2023-10-11", motif=Motive.DROPPED),
        ],
        [("2023-10-02", None, "a_renseigner")],
    ),
    "absent, puis clos : reste une absence": (
        [
            diagnostic("2023-09-02", "2023-10-02"), event(Kind.DIAGNOSIS_MISSED, "2023-10-02"),
            event(Kind.DOSSIER_CLOSED, "2023-10-05", motif=Motive.DROPPED),
        ],
        [("2023-10-02", None, "absent")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "expected"), APPOINTMENT_CASES.values(), ids=APPOINTMENT_CASES)
def test_an_appointment_is_seen_as_it_stood(
    file: Connection, events: list[Draft], expected: list[tuple[str, str | None, str]]
) -> None:
    add(file, 1, *SEPTEMBER, *events)
    assert appointments(agenda(file, DAY, ALWAYS)) == expected


def test_an_ended_dossier_asks_for_nothing(file: Connection) -> None:
    missed = event(Kind.DIAGNOSIS_MISSED, "2023-10-02")
    closed = event(Kind.DOSSIER_CLOSED, "2023-10-05", motif=Motive.DROPPED)
    add(file, 1, *SEPTEMBER, diagnostic("2023-09-02", "2023-10-02"), missed, closed)
    add(file, 2, *SEPTEMBER, diagnostic("2023-09-02", "2023-10-04"), closed)
    assert [e.a_faire for e in agenda(file, DAY, ALWAYS)] == ["", ""]


def test_a_dossier_opened_by_mistake_has_no_appointment(file: Connection) -> None:
    closed = event(Kind.DOSSIER_CLOSED, "2023-10-20", motif=Motive.MISTAKE)
    add(file, 1, *SEPTEMBER, diagnostic("2023-09-02", "2023-10-12"), closed)
    assert agenda(file, DAY, ALWAYS) == []


bookings = st.tuples(st.sampled_from(["rdv", "absent"]), st.integers(0, 30), st.integers(0, 20))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(bookings, max_size=5))
def test_what_stands_is_what_the_domain_says(
    file: Connection, some: list[tuple[str, int, int]]
) -> None:
    number = file.execute("SELECT count(*) + 1 FROM dossiers").fetchone()[0]
    start = date(2023, 9, 2)
    drafts = []
    for what, after, ahead in some:
        on = start + timedelta(days=after)
        moment = (on + timedelta(days=ahead)).isoformat()
        drafts.append(
            diagnostic(on.isoformat(), moment)
            if what == "rdv"
            else event(Kind.DIAGNOSIS_MISSED, on.isoformat())
        )
    add(file, number, *SEPTEMBER, *drafts)
    late = date(2024, 1, 1)
    found = [e for e in agenda(file, late, ALWAYS) if e.dossier == f"44-{number:04d}"]
    visits = fold(journal.load(file, [id_of(number)])[id_of(number)]).diagnosis_visits
    pending = visits.pending
    missed = [a.moment.day.isoformat() for a in visits.appointments if a.missed_on]
    assert sorted(e.date for e in found if e.etat == "absent") == sorted(missed)
    assert [e.date for e in found if e.etat == "a_renseigner"] == (
        [pending.moment.day.isoformat()] if pending else []
    )


def test_deadlines_are_those_of_overdue(file: Connection) -> None:
    for number in range(1, 60):
        start = date(2023, 7, 1) + timedelta(days=2 * number)
        cir = start.isoformat()[: 7 if number % 7 == 0 else 10]
        add(file, number, *accepted(cir, start.isoformat()))
    question = overdue.Question(DAY)
    lines = [*overdue.late(file, question), *overdue.soon(file, question, ALWAYS.last)]
    found = agenda(file, DAY, ALWAYS)
    assert len(lines) > 40
    assert sorted((e.dossier, e.nature, e.date) for e in found) == sorted(
        (line.dossier, line.nature, line.echeance) for line in lines
    )
    for period in (NEXT, Period(DAY - timedelta(days=20), DAY - timedelta(days=1))):
        within = [
            e for e in found
            if period.first.isoformat() <= e.first_day <= period.last.isoformat()
        ]  # fmt: skip
        assert agenda(file, DAY, period) == within
        assert within


def test_days_follow_each_other_appointments_first(file: Connection) -> None:
    for number, hour in ((1, "14:00"), (2, "09:00")):
        add(file, number, *SEPTEMBER, diagnostic("2023-09-02", f"2023-10-11 {hour}"))
    add(file, 3, *accepted("2023-09-11", "2023-09-11"))
    told = [(e.first_day, e.heure, e.type) for e in agenda(file, DAY, NEXT)]
    assert told == [
        ("2023-10-11", "09:00", "rdv"),
        ("2023-10-11", "14:00", "rdv"),
        ("2023-10-11", None, "echeance"),
    ]


def test_a_vague_deadline_stands_on_its_first_day(file: Connection) -> None:
    add(file, 1, *accepted("2023-09", "2023-09-20"))
    (entry,) = agenda(file, DAY, Period(DAY - timedelta(days=30), DAY))
    assert entry.first_day == "2023-10-01"
    assert entry.date == "[2023-10-01..2023-10-30]"
    assert entry.etat == "peut_etre_en_retard"


def test_filters_hold_for_both(file: Connection) -> None:
    for number, department in ((1, "44"), (2, "85")):
        add(
            file, number, validated("2023-09-20"), diagnostic("2023-09-21", "2023-10-11"),
            department=department,
        )  # fmt: skip
    found = agenda(file, DAY, ALWAYS, Filters(department="85"))
    assert [(e.dossier, e.type) for e in found] == [("85-0002", "rdv"), ("85-0002", "echeance")]


def test_keys_are_unique_and_survive_a_move(file: Connection) -> None:
    add(file, 1, *SEPTEMBER, diagnostic("2023-09-02", "2023-10-11"))
    moved_since = diagnostic("2023-10-02", "2023-10-12")
    add(file, 2, *SEPTEMBER, diagnostic("2023-09-02", "2023-10-11"), moved_since)
    contract = event(Kind.CONTRACT_SIGNED, "2023-09-05")
    add(file, 3, *SEPTEMBER, contract, event(Kind.INTERVIEW_HELD, "2023-10-05"))
    now = agenda(file, DAY, ALWAYS)
    assert len({e.key for e in now}) == len(now)
    before = agenda(file, date(2023, 9, 30), ALWAYS)
    moved = [
        (a.date, b.date, a.move, b.move)
        for a in before for b in now
        if a.key == b.key and a.date != b.date
    ]  # fmt: skip
    assert moved == [("2023-10-11", "2023-10-12", 0, 1)]


def test_an_empty_file_has_an_empty_agenda(file: Connection) -> None:
    assert agenda(file, DAY, ALWAYS) == []
    assert agenda(file, date(1990, 1, 1), Period(date(1990, 1, 1), date(1990, 1, 2))) == []
