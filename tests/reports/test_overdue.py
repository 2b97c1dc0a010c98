"""`report overdue`: the SQL selections say what the domain's own functions say."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agir_cli.domain import causes, deadlines
from agir_cli.domain.dates import PartialDate, edtf
from agir_cli.domain.deadlines import Span, runs, surely_runs
from agir_cli.domain.events import Kind
from agir_cli.domain.vocabulary import Excuse, Nature
from agir_cli.reports import overdue
from agir_cli.reports.overdue import Line, Question, late, soon, waiting
from agir_cli.reports.selection import Filters
from agir_cli.store.driver import Connection, writing
from tests.reports.building import DAY, accepted, add, booked, event, id_of, new_file, validated

START = date(2023, 1, 1)
KINDS = [Nature(kind) for kind in overdue.KINDS]
CAUSES = sorted(causes.STARTS)


def test_kinds_are_those_of_the_domain() -> None:
    deadlines = [nature.value for nature in Nature if nature is not Nature.VISIT]
    assert [*overdue.EVERY, overdue.WAITING] == deadlines


@pytest.fixture
def file(tmp_path: Path) -> Connection:
    return new_file(tmp_path / "essai.db")


days = st.integers(0, 60).map(lambda n: START + timedelta(days=n))
partial = st.tuples(days, st.sampled_from([0, 0, 0, 1, 12])).map(
    lambda t: PartialDate(t[0], t[0] + timedelta(days=t[1]))
)


@st.composite
def a_span(draw: st.DrawFn) -> Span:
    end = draw(st.none() | partial)
    if draw(st.booleans()):
        start = draw(partial)
        shift = timedelta(days=draw(st.integers(0, 21)))
        due = PartialDate(start.earliest + shift, start.latest + shift)
        return Span(draw(st.sampled_from(KINDS)), draw(st.sampled_from(CAUSES)), start, due, end)
    cause = draw(st.sampled_from(sorted(causes.WAITS)))
    return Span(Nature.WAITING, cause, draw(st.none() | partial), None, end)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(a_span(), max_size=6), days, st.integers(0, 30))
def test_sql_selects_what_the_domain_says(
    file: Connection, some: list[Span], day: date, ahead: int
) -> None:
    until = day + timedelta(days=ahead)
    file.execute("BEGIN")
    try:
        for number, span in enumerate(some):
            _insert(file, number, span)
        found = (
            sorted(_key(line) for line in late(file, Question(day))),
            sorted(_key(line) for line in soon(file, Question(day), until)),
            sorted(_key(line)[:2] for line in waiting(file, Question(day))),
        )
    finally:
        file.execute("ROLLBACK")
    expected_late, expected_soon, expected_waits = [], [], []
    for number, span in enumerate(some):
        reference = f"44-{number:04d}"
        how = deadlines.late(span, day)
        if how is not None:
            certitude = "certain" if how.certain else "possible"
            expected_late.append((reference, certitude, how.days, _text(span.due)))
        elif span.due is not None and runs(span, day) and span.due.earliest <= until:
            surely = surely_runs(span, day)
            certitude = "certain" if surely and span.due.latest <= until else "possible"
            left = (day - (span.due.latest if certitude == "certain" else span.due.earliest)).days
            expected_soon.append((reference, certitude, left, _text(span.due)))
        elif span.due is None and runs(span, day):
            surely = surely_runs(span, day)
            expected_waits.append((reference, "certain" if surely else "possible"))
    assert found == (sorted(expected_late), sorted(expected_soon), sorted(expected_waits))


def _key(line: Line) -> tuple[str, str, int | None, str]:
    return line.dossier, line.certitude, line.retard_jours, line.echeance


def _text(value: PartialDate | None) -> str:
    return edtf(value) if value is not None else ""


def _insert(file: Connection, number: int, span: Span) -> None:
    bounds = [day and day.isoformat() for each in (span.start, span.due, span.end)
              for day in (each or (None, None))]  # fmt: skip
    file.execute(
        "INSERT INTO dossiers (id, dossier, personne, departement, voie, etape,"
        " absences_diagnostic, absences_contrat, definitif, eligible)"
        " VALUES (?, ?, 'p', '44', 'n', 'commission', 0, 0, 'non', 'oui')",
        (id_of(number), f"44-{number:04d}"),
    )
    file.execute(
        "INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (id_of(number), span.nature.value, span.cause, *bounds),
    )


HELD = event(Kind.DIAGNOSIS_HELD, "2023-08-20")


def assigned(on: str, referent: str | None = "DURAND Anne") -> object:
    return event(Kind.REFERENT_DESIGNATED, on, referent=referent)


def test_a_late_contract_is_told_whole(file: Connection) -> None:
    add(
        file, 42, *accepted("2023-08-01", "2023-08-01"), HELD, assigned("2023-09-04"),
        booked(Kind.CONTRACT_BOOKED, "2023-09-05", "2023-09-12 10:30"),
        event(Kind.CONTRACT_MISSED, "2023-09-12"),
        booked(Kind.CONTRACT_BOOKED, "2023-09-13", "2023-10-12 14:00"),
        nom="NOURZAI", prenoms="Zarmina", person={"telephone": "0033600000000"},
    )  # fmt: skip
    (line,) = late(file, Question(DAY))
    assert line.key == (id_of(42), "contractualisation", "commission", "2023-09-25")
    assert [line._replace(key=Line._field_defaults["key"])] == [
        Line(
            "contractualisation", "44-0042", "NOURZAI", "Zarmina", "44", "DURAND Anne",
            "commission", "2023-09-04", "2023-09-25", 14, "certain", "2023-10-12 14:00", 1,
            "référent : agir contract sign 44-0042 --on JOUR", "0033600000000",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "days"),
    [
        pytest.param(date(2023, 9, 25), [], id="dernier jour inclus"),
        pytest.param(date(2023, 9, 26), [1], id="en retard le lendemain"),
        pytest.param(date(2023, 10, 9), [14], id="retard compté en jours"),
        pytest.param(date(2023, 9, 3), [], id="avant la commission"),
    ],
)
def test_late_begins_the_day_after(file: Connection, day: date, days: list[int]) -> None:
    add(file, 1, *accepted("2023-08-01", "2023-08-01"), HELD, assigned("2023-09-04"))
    lines = late(file, Question(day, ("contractualisation",)))
    assert [line.retard_jours for line in lines] == days


def test_signed_or_closed_never_appear(file: Connection) -> None:
    before = [*accepted("2023-08-01", "2023-08-01"), HELD, assigned("2023-09-04")]
    add(file, 1, *before, event(Kind.CONTRACT_SIGNED, "2023-10-02"))
    add(file, 2, *before, event(Kind.CONTRACT_REFUSED, "2023-10-02"))
    add(file, 3, *before)
    asked = Question(DAY, ("contractualisation",))
    assert [line.dossier for line in late(file, asked)] == ["44-0003"]
    then = Question(date(2023, 10, 1), ("contractualisation",))
    assert [line.dossier for line in late(file, then)] == ["44-0001", "44-0002", "44-0003"]


def test_a_possible_lateness_says_which_date_to_make_precise(file: Connection) -> None:
    add(file, 1, *accepted("2023-08-01", "2023-08-01"), HELD, assigned("2023-09"))
    (line,) = late(file, Question(DAY, ("contractualisation",)))
    assert (line.certitude, line.echeance) == ("possible", "[2023-09-22..2023-10-21]")
    assert line.a_faire == (
        "référent : préciser la date de la commission :"
        ' agir correct 44-0001 5 --on JOUR --reason "…"'
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2023, 4, 1), [], id="dernier jour possible, inclus"),
        pytest.param(date(2023, 4, 2), [("possible", 1)], id="avant la fin de l'intervalle"),
        pytest.param(date(2023, 5, 30), [("possible", 59)], id="après l'intervalle"),
        pytest.param(date(2023, 5, 31), [("certain", 1)], id="en retard pour tout départ"),
    ],
)
def test_a_start_known_in_part_is_never_passed_over(
    file: Connection, day: date, expected: list[object]
) -> None:
    """What is only possible is shown apart (invariants, Days): CIR of March or April 2023."""
    add(file, 1, *accepted("[2023-03..2023-04]", "2023-04-30"))
    lines = list(late(file, Question(day, ("diagnostic",))))
    assert [(line.certitude, line.retard_jours) for line in lines] == expected
    if expected and expected[0][0] == "possible":  # type: ignore[index]
        assert "préciser la date du CIR" in lines[0].a_faire


def test_who_perhaps_waits_is_there_too(file: Connection) -> None:
    add(file, 1, event(Kind.CIR_SIGNED, "[2023-03..2023-04]"))
    seen = {
        day: [line.certitude for line in waiting(file, Question(day))]
        for day in (date(2023, 2, 28), date(2023, 3, 1), date(2023, 4, 30))
    }
    assert [*seen.values()] == [[], ["possible"], ["certain"]]


def test_a_vague_signature_is_what_to_make_precise(file: Connection) -> None:
    add(
        file, 1, *accepted("2023-08-01", "2023-08-01"), HELD, assigned("2023-09-04"),
        event(Kind.CONTRACT_SIGNED, "2023-10"),
    )  # fmt: skip
    (line,) = late(file, Question(DAY, ("contractualisation",)))
    assert line.certitude == "possible"
    assert "préciser la date du contrat : agir correct 44-0001 6" in line.a_faire


SIGNED_IN = [*accepted("2023-08-01", "2023-08-01"), HELD, assigned("2023-09-04")]


@pytest.mark.parametrize(
    ("contract", "then", "day", "expected"),
    [
        pytest.param("2023-10", [], date(2025, 10, 15), "du contrat : agir correct 44-0001 6",
                     id="le droit a peut-être fini : le contrat"),
        pytest.param("2023-10-02", [event(Kind.INTERVIEW_HELD, "2024-01")], date(2024, 1, 15),
                     "du dernier entretien : agir correct 44-0001 7", id="peut-être déjà tenu"),
        pytest.param("2023-10-02", [event(Kind.INTERVIEW_EXCUSED, "2024-01",
                                          motif_excuse=Excuse.WORK)], date(2024, 1, 15),
                     "de l'absence excusée : agir correct 44-0001 7", id="peut-être déjà excusée"),
        pytest.param("2023-10", [], date(2023, 12, 15), "du contrat : agir correct 44-0001 6",
                     id="compté d'un contrat vague"),
    ],
)  # fmt: skip
def test_a_perhaps_late_interview_names_the_vague_date(
    file: Connection, contract: str, then: list[Any], day: date, expected: str
) -> None:
    add(file, 1, *SIGNED_IN, event(Kind.CONTRACT_SIGNED, contract), *then)
    first = next(iter(late(file, Question(day, ("entretien",)))))
    assert first.certitude == "possible"
    assert f"préciser la date {expected} --on JOUR" in first.a_faire


def test_who_waits_comes_oldest_first_and_an_unknown_start_before_all(file: Connection) -> None:
    add(file, 1, *accepted("2023-08-01", "2023-08-01"), HELD)
    add(file, 2, *accepted("2023-05-01", "2023-05-02"), event(Kind.DIAGNOSIS_HELD, "2023-05-20"))
    add(file, 3)
    lines = list(waiting(file, Question(DAY)))
    assert [(line.dossier, line.depart, line.date_depart) for line in lines] == [
        ("44-0003", "orientation à recueillir", ""),
        ("44-0002", "diagnostic fait, pas encore de commission", "2023-05-20"),
        ("44-0001", "diagnostic fait, pas encore de commission", "2023-08-20"),
    ]
    assert {(line.echeance, line.retard_jours) for line in lines} == {("", None)}


def test_as_of_knows_neither_later_bookings_nor_later_absences(file: Connection) -> None:
    add(
        file, 1, *accepted("2023-06-01", "2023-06-01"),
        booked(Kind.DIAGNOSIS_BOOKED, "2023-06-02", "2023-07-03 09:00"),
        event(Kind.DIAGNOSIS_MISSED, "2023-07-03"),
        booked(Kind.DIAGNOSIS_BOOKED, "2023-07-10", "2023-08-01 09:00"),
    )  # fmt: skip
    seen = {
        day: [(line.rdv, line.absences) for line in late(file, Question(day, ("diagnostic",)))]
        for day in (date(2023, 7, 2), date(2023, 7, 5), date(2023, 7, 20))
    }
    assert seen == {
        date(2023, 7, 2): [("2023-07-03 09:00", 0)],
        date(2023, 7, 5): [(None, 1)],
        date(2023, 7, 20): [("2023-08-01 09:00", 1)],
    }


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(department="85"), ["85-0002"]),
        (Filters(sector="NANTES-MÉTROPOLE"), ["44-0001"]),
        (Filters(sector="non affecté"), ["44-0003"]),
        (Filters(office="85-C1"), ["85-0002"]),
        (Filters(referent="DURAND Anne"), ["44-0001", "85-0002"]),
        (Filters(department="44", referent="DURAND Anne"), ["44-0001"]),
    ],
)
def test_filters(file: Connection, filters: Filters, expected: list[str]) -> None:
    before = [*accepted("2023-08-01", "2023-08-01"), HELD]
    rdv = booked(Kind.DIAGNOSIS_BOOKED, "2023-08-02", "2023-08-20 10:00")
    rdv_85 = booked(Kind.DIAGNOSIS_BOOKED, "2023-08-02", "2023-08-20 10:00", "85-C1")
    add(file, 1, *before, rdv, assigned("2023-09-04"))
    add(file, 2, *before, rdv_85, assigned("2023-09-04"), department="85")
    add(file, 3, *before, assigned("2023-09-04", "MARTIN Luc"))
    lines = late(file, Question(DAY, ("contractualisation",), filters))
    assert [line.dossier for line in lines] == expected


@pytest.mark.parametrize(
    ("events", "kind", "expected"),
    [
        pytest.param(
            accepted("2023-08-01", "2023-08-01"), "diagnostic",
            "OFII : agir diagnose book 44-0001 --date-rdv-diagnostic JOUR", id="sans rendez-vous",
        ),
        pytest.param(
            [*accepted("2023-08-01", "2023-08-01"),
             booked(Kind.DIAGNOSIS_BOOKED, "2023-08-02", "2023-10-20")],
            "diagnostic", "équipe AGIR : agir diagnose hold 44-0001 --on JOUR", id="rendez-vous",
        ),
        pytest.param(
            [event(Kind.LIAISON_FORM_COMPLETED, "2023-08-02")], "liaison",
            "équipe AGIR : agir liaison send --month 2023-10", id="fiche à transmettre",
        ),
        pytest.param(
            [event(Kind.LIAISON_FORM_COMPLETED, "2023-08-02"),
             event(Kind.LISTING_SENT, "2023-08-31", listing=1)],
            "liaison", "OFII : agir liaison decide 44-0001 --decision-ofii validee --on JOUR",
            id="réponse de l'OFII",
        ),
        pytest.param(
            [*accepted("2023-05-01", "2023-05-01"), event(Kind.DIAGNOSIS_HELD, "2023-05-03"),
             event(Kind.CONTRACT_SIGNED, "2023-05-05")],
            "entretien", "référent : agir interview add 44-0001 --on JOUR", id="entretien",
        ),
        pytest.param(
            [*accepted("2021-05-01", "2021-05-01"), event(Kind.DIAGNOSIS_HELD, "2021-05-03"),
             event(Kind.CONTRACT_SIGNED, "2021-05-05")],
            "terme", "référent : agir close 44-0001 --motif terme --on JOUR", id="terme",
        ),
    ],
)  # fmt: skip
def test_each_kind_says_who_must_act(
    file: Connection, events: list[object], kind: str, expected: str
) -> None:
    add(file, 1, *events)  # type: ignore[arg-type]
    assert [line.a_faire for line in late(file, Question(DAY, (kind,)))] == [expected]


def test_every_wait_and_start_has_its_task() -> None:
    for cause in causes.WAITS.keys() - {"contrat_imprecis"}:  # a date to make precise
        assert "44-0001" in overdue.task("attente", cause, "44-0001", booked=False, month="2023-10")
    for cause in causes.STARTS:
        assert causes.STARTS[cause].kinds or cause == "premier_contrat"
        assert " de fin " not in overdue.precision_task("terme", cause, "44-0001", 3)


def test_an_erased_person_stays_in_the_list(file: Connection) -> None:
    add(file, 1, *accepted("2023-08-01", "2023-08-01"))
    with writing(file):
        file.execute("DELETE FROM people")
    (line,) = late(file, Question(DAY))
    assert (line.dossier, line.nom, line.prenoms) == ("44-0001", None, None)


def test_a_validated_request_without_appointment_waits_and_runs(file: Connection) -> None:
    add(
        file, 1, event(Kind.CIR_SIGNED, "2022-03-01"),
        event(Kind.LIAISON_FORM_COMPLETED, "2023-07-01"), validated("2023-08-01"),
    )  # fmt: skip
    assert [line.nature for line in late(file, Question(DAY))] == ["diagnostic"]
    assert [line.depart for line in waiting(file, Question(DAY))] == [
        "validé par l'OFII, sans rendez-vous de diagnostic"
    ]
