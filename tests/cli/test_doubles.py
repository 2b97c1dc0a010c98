"""One person, once: proposals, what somebody says of them, and a closing that holds."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.coordinator import ORIENTED, Team
from tests.cli.keyboard import Keyboard

FARID = (
    "--nom", "MOHAMMADI-INVENTE", "--prenoms", "Farid", "--date-naissance", "07/03/1994",
    "--sexe", "m", "--nationalite", "AFG", "--commune-residence", "Nantes",
)  # fmt: skip
FAREED = (
    "--nom", "Mohamadi-Invente", "--prenoms", "Fareed", "--date-naissance", "07/03/1994",
    "--sexe", "m", "--nationalite", "AFG", "--commune-residence", "Nantes",
)  # fmt: skip


def rows(team: Team, *words: str) -> list[dict[str, str]]:
    said = team("duplicates", *words, "--format", "csv")
    assert said.code == 0, said.err
    return list(csv.DictReader(io.StringIO(said.out)))


@pytest.fixture
def twice(team: Team) -> tuple[str, str]:
    first = team.enrols(*FARID)
    return first, _second(team)


def _second(team: Team, nom: str = "RAHIMI-INVENTE", prenoms: str = "Zia") -> str:
    """Another record of him, entered before anybody knew."""
    second = team.enrols("--nom", nom, "--prenoms", prenoms)
    for words in (FAREED[:4], FAREED[4:6], FAREED[6:]):
        assert team("enroll", "--dossier", second, *words).code == 0
    return second


def test_another_spelling_stops_and_asks_and_tells_what_agrees(team: Team) -> None:
    first = team.enrols(*FARID)
    asked = team("enroll", *FAREED)
    assert asked.code == 4
    assert f"--not-the-same {first}" in asked.err
    assert "autre orthographe" in asked.err


def test_a_namesake_tells_that_a_number_has_one_figure_off(team: Team) -> None:
    team.enrols(*FARID, "--agdref", "7512345678")
    asked = team("enroll", *FARID, "--agdref", "7512345679")
    assert asked.code == 4
    assert "concorde : nom, naissance, n° AGDREF (un chiffre près)" in asked.err


def test_pairs_are_proposed_linked_and_parted(team: Team, twice: tuple[str, str]) -> None:
    first, second = twice
    (pair,) = rows(team)
    assert (pair["dossier_a"], pair["dossier_b"], pair["degre"]) == (first, second, "probable")
    assert "naissance" in pair["concorde"]
    assert team("same", first, second).code == 0
    assert rows(team) == []
    for reference in twice:  # both answer
        assert team("show", reference).code == 0
    assert team("same", first, second, "--undo").code == 0
    assert len(rows(team)) == 1


def test_two_persons_are_remembered_for_ever(team: Team, twice: tuple[str, str]) -> None:
    assert team("distinct", *twice, "--reason", "jumeaux").code == 0
    assert rows(team) == []
    assert team("same", *twice).code == 2  # somebody has said the contrary
    assert team("check").code == 0


def test_a_used_up_right_holds_through_a_link(team: Team) -> None:
    used = team.refused(*FARID, "--agdref", "4411111111")
    other = team.enrols("--nom", "Rahimi-Invente", "--prenoms", "Zia", "--agdref", "4422222222")
    assert team("same", used, other).code == 0
    again = team("enroll", "--nom", "Rahimi-Invente", "--prenoms", "Zia", "--agdref", "4422222222")
    assert again.code == 3
    assert "épuisé" in again.err


def test_a_name_put_right_to_that_of_a_used_up_right_asks(team: Team) -> None:
    used = team.refused(*FARID)
    other = team.enrols("--nom", "Rahimi-Invente", "--prenoms", "Zia", *FARID[4:])
    asked = team("enroll", "--dossier", other, *FAREED[:4])
    assert asked.code == 4
    assert used in asked.err
    said = team("enroll", "--dossier", other, *FAREED[:4], "--not-the-same", used)
    assert said.code == 0


def test_a_list_is_compared_with_the_file_and_nothing_is_written(
    team: Team, tmp_path: Path
) -> None:
    first = team.enrols(*FARID)
    listed = tmp_path / "liste.csv"
    listed.write_text(
        "nom,prenoms,date_naissance\nMohamadi-Invente,Fareed,07/03/1994\nTESFAY,Luwam,1990\n"
        "Tesfai,Luwam,1990\n",
        "utf-8",
    )
    found = rows(team, "--from", str(listed))
    assert {(r["dossier_a"], r["ligne_a"], r["ligne_b"]) for r in found} == {
        (first, "", "2"), ("", "3", "4"),
    }  # fmt: skip
    assert team("show", "44-0002").code == 4


def test_a_former_name_is_searched_and_the_printed_one_stays(team: Team) -> None:
    first = team.enrols(*FARID)
    said = team("identity", "add", first, "--nom", "ZADRAN-INVENTE", "--source", "taskera")
    assert said.code == 0
    assert first in team("find", "zadran-invente").out
    assert "MOHAMMADI-INVENTE" in team("show", first, "--events").out
    assert team("enroll", "--nom", "Zadran-Invente", *FARID[2:]).code == 4


def test_a_telephone_finds(team: Team) -> None:
    first = team.enrols(*FARID, "--telephone", "06 12 34 56 78")
    assert first in team("find", "0612345678").out


def test_a_family_shares_what_is_said_once(team: Team) -> None:
    first = team.enrols(*FARID, "--langues", "prs", "--date-cir", "10/01/2023")
    said = team("enroll", "--nom", "MOHAMMADI-INVENTE", "--prenoms", "Zahra", "--date-naissance",
                "02/05/1996", "--sexe", "f", "--menage", first)  # fmt: skip
    assert said.code == 0
    assert f"Repris de la famille (dossier {first})" in said.err
    assert "Nantes" in team("show", "44-0002").out
    assert rows(team) == []


def test_pairs_are_settled_one_by_one_and_an_answer_is_taken_back(
    team: Team, twice: tuple[str, str]
) -> None:
    keyboard = Keyboard(team, "duplicates", "review").types("r", "?")
    assert keyboard.ends() == 0
    assert "Relier garde les deux dossiers" in keyboard.text
    assert "1 reliée, 0 distincte, 0 à régler" in keyboard.text
    assert twice[1] in team("show", twice[0], "--events").out
    team("same", *twice, "--undo")
    third = _second(team, "KONATE-INVENTE", "Oumou")
    keyboard = Keyboard(team, "duplicates", "review").types("<", "d", "<", "d", "z", "p", "q")
    assert keyboard.ends() == 0
    assert "C'est la première paire" in keyboard.text
    assert "la réponse à cette paire est annulée" in keyboard.text
    assert "1 distincte, 2 à régler" in keyboard.text
    assert max(map(len, keyboard.text.splitlines())) <= 80
    assert third in {row["dossier_b"] for row in rows(team)}


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--nom", "ZAHIRI", "--source", "taskera", "--on", "2030"), id="document"),
        pytest.param(("--date-naissance", "2030", "--source", "taskera"), id="naissance"),
        pytest.param(("--nom", "ZAHIRI", "--source", "  "), id="sans document"),
    ],
)
def test_a_former_name_has_a_document_that_exists(team: Team, words: tuple[str, ...]) -> None:
    reference = team.enrols(*FARID)
    assert team("identity", "add", reference, *words).code == 2


def test_two_linked_dossiers_are_one_person_in_the_figures(team: Team) -> None:
    for nom in ("RAHIMI-INVENTE", "NOORI-INVENTE"):
        team.enrols("--nom", nom, *ORIENTED)
    team.does("diagnose", "hold", "44-0001", "--on", "25/01/2023")

    def counted() -> tuple[str, ...]:
        said = team.does("report", "funnel", "--format", "csv").out.splitlines()
        row = dict(zip(said[0].split(","), said[1].split(","), strict=True))
        listed = team.does("report", "funnel", "--list", "personnes", "--format", "csv").out
        assert int(row["personnes"]) == len(listed.splitlines()) - 1
        return row["personnes"], row["menages"], row["diagnostiques"]

    assert counted() == ("2", "2", "1")
    team.does("same", "44-0001", "44-0002")
    assert counted() == ("1", "1", "1")
    team.does("close", "44-0001", "--motif", "erreur", "--on", "01/02/2023")
    assert counted() == ("1", "1", "0")
    team.does("same", "44-0001", "44-0002", "--undo")
    assert counted() == ("1", "1", "0")
