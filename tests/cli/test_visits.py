"""Appointments that are neither the diagnostic nor the contract; and how many are kept."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.coordinator import Answer, Team


def rows(answer: Answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.out)))


@pytest.fixture
def ref(team: Team) -> str:
    """Somebody with a contract of 17/02/2023."""
    ref = team.diagnosed("--nom", "DIALLO-INVENTE", "--prenoms", "Awa")
    team.does("assign", ref, "--on", "02/02/2023")
    team.does("contract", "sign", ref, "--on", "17/02/2023")
    return ref


def agenda(team: Team, *words: str, today: str = "23/11/2023") -> list[tuple[str, str]]:
    listed = rows(team.does("report", "agenda", "--from-day", "01/11/2023", "--to-day",
                            "31/12/2023", "--format", "csv", *words, today=today))  # fmt: skip
    return [(row["date"], row["etat"]) for row in listed if row["nature"] == "visite"]


def book(team: Team, ref: str, moment: str, what: str) -> Answer:
    return team.does("visit", "book", ref, "--on", moment, "--type", what, "--bureau", "44-C1")


def test_several_stand_side_by_side_and_each_has_its_outcome(team: Team, ref: str) -> None:
    book(team, ref, "27/11/2023 9h", "demarche")
    book(team, ref, "24/11/2023 14h", "domicile")
    assert agenda(team) == [("2023-11-24", "prevu"), ("2023-11-27", "prevu")]
    assert agenda(team, today="28/11/2023") == [
        ("2023-11-24", "a_renseigner"), ("2023-11-27", "a_renseigner"),
    ]  # fmt: skip
    team.does("visit", "hold", ref, "--on", "24/11/2023", today="28/11/2023")
    team.does("visit", "absent", ref, "--on", "27/11/2023", today="28/11/2023")
    assert agenda(team, today="28/11/2023") == [("2023-11-24", "honore"), ("2023-11-27", "absent")]
    again = team.does("visit", "hold", ref, "--on", "24/11/2023", today="28/11/2023")
    assert "rien n'a changé" in again.out
    assert "deja_enregistre" in team("visit", "absent", ref, "--on", "24/11/2023",
                                     today="28/11/2023").err  # fmt: skip


def test_it_is_seen_where_appointments_are(team: Team, ref: str) -> None:
    book(team, ref, "24/11/2023 14h", "domicile")
    shown = team.does("show", ref).out
    assert "RDV (visite à domicile) : 24/11/2023 à 14:00" in shown
    assert "Visite à domicile 24/11 14:00" in team.does("today", "--list", "rdv_semaine").out
    assert "Rendez-vous (visite à domicile) inscrit" in team.does("report", "timeline", ref).out
    calendar = ("report", "agenda", "--format", "ics")
    assert "RDV de suivi - 44-0001" in team.does(*calendar).out
    assert "visite à domicile" not in team.does(*calendar).out.casefold()
    letter = team.does("letter", "rappel", ref, "--en-main").out
    assert "Nous vous rappelons votre rendez-vous avec l'équipe AGIR." in letter
    assert "vendredi 24 novembre 2023, à 14 h" in letter
    group = team.does("letter", "rappel", "--for", "visites du 24/11", "--en-main").out
    assert "vendredi 24 novembre 2023" in group


def test_one_that_will_not_take_place_is_voided(team: Team, ref: str) -> None:
    book(team, ref, "24/11/2023 14h", "domicile")
    journal = rows(team.does("show", ref, "--events", "--format", "csv"))
    team.does("correct", ref, journal[-1]["numero"], "--void", "--reason", "reporté par la mairie")
    assert agenda(team) == []


def test_a_follow_up_interview_that_is_held_is_one_that_was_due(team: Team, ref: str) -> None:
    book(team, ref, "20/11/2023 14h", "suivi")
    held = team.does("visit", "hold", ref, "--on", "20/11/2023")
    assert "L'entretien de suivi du 20/11/2023 est noté" in held.err
    assert "Entretien de suivi : jusqu'au 20/01/2024 inclus" in held.out
    team.does("visit", "hold", ref, "--on", "21/11/2023", "--type", "demarche")
    assert team.rows("SELECT count(*) FROM interviews") == [(1,)]


def test_who_came_without_an_appointment_counts_with_an_exact_day(team: Team, ref: str) -> None:
    team.does("visit", "hold", ref, "--on", "20/11/2023", "--type", "autre")
    assert "rdv_sans_jour" in team("visit", "hold", ref, "--on", "09/2023").err
    told = team.does("report", "appointments", "--period", "2023-11").out
    assert "novembre 2023 au 23/11/2023 : 1 (--list rencontrees)" in told or ": 1 (--list" in told
    listed = team.does("report", "appointments", "--period", "2023-11", "--list", "rencontrees",
                       "--format", "csv")  # fmt: skip
    assert [row["objet_rdv"] for row in rows(listed)] == ["autre"]


def test_kept_and_missed_with_the_reminder_and_the_delay(team: Team, ref: str) -> None:
    team.does("visit", "book", ref, "--on", "20/11/2023 9h", "--type", "demarche",
              today="06/11/2023")  # fmt: skip
    team.does("letter", "rappel", ref, "--en-main", today="17/11/2023")
    team.does("visit", "hold", ref, "--on", "20/11/2023")
    team.does("visit", "book", ref, "--on", "22/11/2023 9h", "--type", "demarche",
              today="21/11/2023")  # fmt: skip
    team.does("visit", "absent", ref, "--on", "22/11/2023")

    def lines(by: str) -> dict[str, tuple[str, str, str]]:
        found = rows(team.does("report", "appointments", "--period", "2023-11", "--by", by,
                               "--format", "csv"))  # fmt: skip
        return {r[_named(by)]: (r["honores"], r["absents"], r["taux_honores"])
                for r in found if r["periode"] == "2023-11" and r[_named(by)]}  # fmt: skip

    assert lines("rappel") == {"oui": ("1", "0", "100.0"), "non": ("0", "1", "0.0")}
    assert lines("delai") == {"8-14": ("1", "0", "100.0"), "1-7": ("0", "1", "0.0")}
    assert lines("objet") == {"demarche": ("1", "1", "50.0")}
    behind = team.does("report", "appointments", "--period", "2023-11", "--list", "absents",
                       "--by", "rappel", "--line", "non", "--format", "csv")  # fmt: skip
    assert [row["date"] for row in rows(behind)] == ["2023-11-22"]


def test_the_coming_days_of_a_period_are_in_neither_the_number_nor_its_list(
    team: Team, ref: str
) -> None:
    book(team, ref, "23/11/2023 9h", "demarche")
    book(team, ref, "27/11/2023 9h", "demarche")
    asked = ("report", "appointments", "--period", "2023-11", "--format", "csv")
    whole = [row for row in rows(team.does(*asked)) if row["periode"] == "2023-11"]
    assert {(row["rendez_vous"], row["a_venir"]) for row in whole} == {("1", "1")}
    assert len(rows(team.does(*asked, "--list", "rendez_vous"))) == 1
    assert len(rows(team.does(*asked, "--list", "a_venir"))) == 1


def _named(by: str) -> str:
    return "objet_rdv" if by == "objet" else by


def test_visits_come_by_rows_twice_as_once(team: Team, ref: str, tmp_path: Path) -> None:
    path = tmp_path / "visites.csv"
    path.write_text(
        "dossier;date_visite;type_visite\n"
        f"{ref};20/11/2023;à domicile\n{ref};21/11/2023;Démarche accompagnée\n", "utf-8",
    )  # fmt: skip
    bad = team("visit", "hold", "--from", str(path))
    assert bad.code == 5
    path.write_text(path.read_text("utf-8").replace("à domicile", "Visite à domicile"), "utf-8")
    assert "modifiés 2" in team.does("visit", "hold", "--from", str(path)).err
    assert "inchangés 2" in team.does("visit", "hold", "--from", str(path)).err
    team.does("undo", "--last", "--yes")
    assert team.rows("SELECT count(*) FROM appointments WHERE nature = 'visite'") == [(0,)]
