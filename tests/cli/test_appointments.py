"""An appointment is booked, and what is odd about it is said while it can still be moved."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.coordinator import COMPLETE, Team

TODAY = "20/11/2023"
DAY = ("--date-cir", "12/11/2023", "--orientation", "acceptee", "--date-orientation", "12/11/2023")


@pytest.fixture
def three(team: Team) -> Team:
    for name in ("AAA-INVENTE", "BBB-INVENTE", "CCC-INVENTE"):
        team.enrols("--nom", name, *COMPLETE, *DAY, today=TODAY)
    return team


def book(team: Team, number: int, moment: str, *office: str) -> str:
    where = ("--bureau", *office) if office else ()
    answer = team.does("diagnose", "book", f"44-000{number}", "--on", moment, *where, today=TODAY)
    return answer.err


@pytest.mark.parametrize(
    ("moment", "office", "said"),
    [
        pytest.param("24/11/2023 10h", "85-C1", "est du département 85", id="autre département"),
        pytest.param("24/11/2023 10h", "85-A5", "n'est pas dit ouvert", id="en cours"),
        pytest.param("13/12/2023 10h", "44-C1", "après le dernier jour du délai (12/12/2023)",
                     id="après le délai"),
    ],
)  # fmt: skip
def test_what_is_odd_is_said_and_recorded(three: Team, moment: str, office: str, said: str) -> None:
    assert said in book(three, 1, moment, office)
    assert three.rows("SELECT bureau FROM appointments") == [(office,)]


@pytest.mark.parametrize(
    ("moment", "office"),
    [
        pytest.param("24/11/2023 10h", "44-C1", id="un bureau ouvert, à temps"),
        pytest.param("12/12/2023 10h", "44-C3", id="le dernier jour"),
    ],
)
def test_what_is_plain_is_not_remarked(three: Team, moment: str, office: str) -> None:
    assert "À noter" not in book(three, 1, moment, office)


def test_a_contract_booked_after_its_three_weeks(team: Team) -> None:
    ref = team.diagnosed("--nom", "DIALLO-INVENTE")
    team.does("assign", ref, "--on", "02/11/2023")
    late = team.does("contract", "book", ref, "--on", "24/11/2023 10h")
    assert "après le dernier jour du délai (23/11/2023)" in late.err
    assert (
        "après le dernier jour"
        not in team.does("contract", "book", ref, "--on", "23/11/2023 10h").err
    )


def test_two_persons_at_one_office_day_and_hour(three: Team) -> None:
    book(three, 1, "24/11/2023 10h", "44-C1")
    assert "un autre rendez-vous est déjà inscrit : 44-0001" in book(
        three, 2, "24/11/2023 10:00", "Centre - Rezé"
    )
    assert "44-0001, 44-0002" in book(three, 3, "24/11/2023 10h", "44-C1")


@pytest.mark.parametrize(
    ("moment", "office"),
    [
        pytest.param("24/11/2023 10h30", "44-C1", id="une autre heure"),
        pytest.param("25/11/2023 10h", "44-C1", id="un autre jour"),
        pytest.param("24/11/2023 10h", "44-C3", id="un autre bureau"),
        pytest.param("24/11/2023", "44-C1", id="sans heure"),
    ],
)
def test_what_is_not_the_same_place_and_moment(three: Team, moment: str, office: str) -> None:
    book(three, 1, "24/11/2023 10h", "44-C1")
    assert "déjà inscrit" not in book(three, 2, moment, office)


def test_a_household_is_booked_together(three: Team) -> None:
    three.does("enroll", "--dossier", "44-0002", "--menage", "44-0001", today=TODAY)
    book(three, 1, "24/11/2023 10h", "44-C1")
    assert "déjà inscrit" not in book(three, 2, "24/11/2023 10h", "44-C1")
    assert "44-0001, 44-0002" in book(three, 3, "24/11/2023 10h", "44-C1")


def test_a_place_that_is_free_again_is_free(three: Team) -> None:
    book(three, 1, "24/11/2023 10h", "44-C1")
    book(three, 1, "25/11/2023 10h", "44-C1")
    assert "déjà inscrit" not in book(three, 2, "24/11/2023 10h", "44-C1")
    three.does("close", "44-0002", "--motif", "sans_suite", "--on", TODAY, today=TODAY)
    assert "déjà inscrit" not in book(three, 3, "24/11/2023 10h", "44-C1")


def test_two_rows_of_one_file(three: Team, tmp_path: Path) -> None:
    source = tmp_path / "rdv.csv"
    source.write_text(
        "dossier;date_rdv_diagnostic;bureau\n44-0001;24/11/2023 09:00;44-C1\n"
        "44-0002;24/11/2023 09:00;rezé\n44-0003;24/11/2023 09:30;44-C1\n",
        "utf-8",
    )
    answer = three.does("diagnose", "book", "--from", str(source), today=TODAY)
    assert "un autre rendez-vous est déjà inscrit : 44-0001. (ligne 3)" in answer.err
    assert answer.err.count("déjà inscrit") == 1
