"""The day taken for today: said where it is not the real one, and no act is dated after that."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from agir_cli.cli.session import paris_today
from tests.cli.coordinator import ORIENTED, Team


def typed(day: date) -> str:
    return f"{day:%d/%m/%Y}"


TOMORROW, FAR = paris_today() + timedelta(days=1), "12/03/2039"


def test_a_command_that_writes_says_the_day_it_takes(team: Team) -> None:
    answer = team.does("enroll", "--nom", "DIALLO-INVENTE", today="09/10/2023")
    assert "Jour pris : 09/10/2023 (--today ou AGIR_TODAY)" in answer.err
    assert f"nous sommes le {typed(paris_today())}" in answer.err
    today = team.does("enroll", "--nom", "BARRY-INVENTE", today=typed(paris_today()))
    assert "Jour pris" not in today.err


@pytest.mark.parametrize("line", ["report overdue", "show 44-1", "check", "find diallo", "today"])
def test_a_command_that_reads_says_nothing(team: Team, line: str) -> None:
    team.enrols("--nom", "DIALLO-INVENTE")
    assert "Jour pris" not in team.does(*line.split(), today="09/10/2023").err


def test_a_variable_left_over_is_said_too(
    team: Team, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from agir_cli.cli.app import main

    monkeypatch.setenv("AGIR_TODAY", "09/10/2023")
    assert main(["--db", str(team.db), "enroll", "--nom", "DIALLO-INVENTE"]) == 0
    assert "Jour pris : 09/10/2023" in capsys.readouterr().err


@pytest.mark.parametrize("when", ["11/03/2039", "aujourd'hui", "hier", "2039", typed(TOMORROW)])
def test_no_act_is_dated_after_the_real_day(team: Team, when: str) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    answer = team("diagnose", "hold", ref, "--on", when, today=FAR)
    assert (answer.code, "date_future" in answer.err) == (3, True)
    assert f"aujourd'hui : {typed(paris_today())}" in answer.err
    assert team.rows("SELECT diagnostic_min FROM dossiers") == [(None,)]


def test_a_listing_does_not_leave_on_a_day_to_come(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--date-cir", "12/05/2022")
    team.does("liaison", "add", ref, "--on", "01/03/2023", "--souhait", "oui")
    assert team("liaison", "send", "--month", "2023-10", "--yes", today=FAR).code != 0
    assert team.rows("SELECT * FROM listings") == []


def test_an_appointment_and_a_planned_step_may_be_to_come(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    team.does("diagnose", "book", ref, "--on", f"{typed(TOMORROW)} 10h")
    team.does("step", "add", ref, "--etape", "Permis", "--on", typed(TOMORROW))
    assert team("check").code == 0


def test_check_lists_what_lies_in_the_future(team: Team) -> None:
    ref = team.diagnosed()
    team.change(
        "DROP TRIGGER events_never_change",
        "UPDATE events SET effective_from = '2039-03-11', effective_to = '2039-03-11'"
        " WHERE kind = 'diagnosis_held'",
    )
    team("rebuild")
    answer = team("check")
    assert answer.code == 6
    assert f"{ref}  " in answer.out
    assert "date à venir" in answer.out
    assert "11/03/2039" in answer.out
    assert "AGIR_TODAY" in answer.err


# --- the day of a file, where its rows do not tell it -----------------------------------------


@pytest.mark.parametrize(
    ("acts", "word", "kind"),
    [
        pytest.param("interview add", "date_entretien", "interview_held", id="entretien"),
        pytest.param("close", "date_cloture", "dossier_closed", id="clôture"),
    ],
)
def test_a_day_for_the_rows_that_do_not_tell_theirs(
    team: Team, tmp_path: Path, acts: str, word: str, kind: str
) -> None:
    ref, other = team.contracted(), team.contracted("--nom", "BARRY-INVENTE")
    path = tmp_path / "liste.csv"
    rows = f"dossier;{word};motif\n{ref};;transfert\n{other};09/11/2023;transfert\n"
    path.write_text(rows, "utf-8")
    asked = (*acts.split(), "--from", str(path), "--on")
    assert team(*asked, "32/11").code == 2
    assert team(*asked, "08/12/2023").code == 5, "a day to come is refused as ever"
    team.does(*asked, "08/11")
    days = [day for (day,) in team.rows(
        "SELECT effective_from FROM events WHERE kind = ? ORDER BY 1", kind)]  # fmt: skip
    assert days == ["2023-11-08", "2023-11-09"]


def test_a_day_is_only_for_an_act_of_one_day(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text("dossier\n44-0001\n", "utf-8")
    assert team("diagnose", "book", "--from", str(path), "--on", "08/11").code == 2
    alone = team("interview", "add", "--from", str(path))
    assert (alone.code, "date_entretien" in alone.err) == (5, True)
