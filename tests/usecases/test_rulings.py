"""Rules that a team adds, and the start of the three weeks: the lists follow at once."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from agir_cli.domain.commands import HoldDiagnosis
from agir_cli.failures import RowsFailure
from agir_cli.store.rulebook import rule_files
from agir_cli.store.settings import CONTRACT_START
from agir_cli.usecases.upkeep import add_rule_set, check, read_clock_as, rules_of
from tests.usecases.team import Team

ROOT = Path(__file__).parents[2]


def later(text: str) -> str:
    """A shipped rule-set as a team would copy it, for 2030."""
    text = re.sub(r"^code = .*$", 'code = "essai-2030"', text, count=1, flags=re.MULTILINE)
    text = re.sub(r"20(22|23|24)-(?=\d\d-\d\d)", "2030-", text)
    return re.sub(r"(?m)^(checked_on|checked) = .*$", r"\1 = 2023-11-23", text)


@pytest.fixture
def text() -> str:
    return later(next(iter(rule_files())))


def test_a_rule_set_is_added_and_the_dossiers_are_folded_under_it(team: Team, text: str) -> None:
    day = team.on("01/03/2030")
    ref = day.enrols(nom="DIALLO", date_cir="15/01/2030")
    before = day.rows("SELECT regle FROM dossiers WHERE dossier = ?", ref)
    code = add_rule_set(day.visitor, text)
    assert before == [(None,)]
    assert day.rows("SELECT regle FROM dossiers WHERE dossier = ?", ref) == [(code,)]
    assert code in {r.code for r in rules_of(day.visitor).rule_sets}
    assert {each.what for each in check(day.visitor.path)} <= {"date à venir"}  # 2030 is to come


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda t: "ceci n'est pas du TOML [", id="illisible"),
        pytest.param(lambda t: "", id="vide"),
        pytest.param(lambda t: re.sub(r"(?m)^source.*$", "", t), id="sans source"),
        pytest.param(lambda t: t.replace("2030-", "2023-"), id="jour déjà couvert"),
    ],
)
def test_a_faulty_rule_set_is_refused_and_nothing_is_written(
    team: Team, text: str, spoil: object
) -> None:
    before = team.visitor.path.read_bytes()
    with pytest.raises(RowsFailure, match="Règle refusée"):
        add_rule_set(team.visitor, spoil(text))  # type: ignore[operator]
    assert team.visitor.path.read_bytes() == before


@pytest.mark.parametrize(
    ("right", "wrong", "key", "told"),
    [
        pytest.param('tests = "cir"', 'tests = "protection"', "tests", "admis : cir", id="date"),
        pytest.param('tests = "cir"', "tests = 3", "tests", "« 3 »", id="un nombre pour un mot"),
        pytest.param('"apatride"', '"apatrides"', "admitted", "« apatrides »", id="un statut"),
        pytest.param('["refugie"', '[2, "refugie"', "admitted", "« 2 »", id="un statut chiffré"),
        pytest.param("years_liaison = 1", "years_liaison = -1", "years_liaison", "0, 1…",
                     id="années"),
        pytest.param("years_liaison = 1", "annees_liaison = 1", "annees_liaison", "years_liaison",
                     id="un paramètre"),
        pytest.param("end = ", "fin = ", "fin", "admis : checked_on", id="un titre"),
        pytest.param("85 = ", "850 = ", "850", "un code comme 44", id="un département"),
        pytest.param('[criteria.need]', '[criteria.besoin]', "criteria.besoin", "need",
                     id="un critère"),
        pytest.param("checked_on = ", "verifie = ", "verifie", "checked_on", id="la vérification"),
    ],
)  # fmt: skip
def test_a_word_that_no_rule_knows_is_refused_with_its_line(
    team: Team, text: str, right: str, wrong: str, key: str, told: str
) -> None:
    """It would be taken, and change nothing: the CIR would be judged all the same."""
    spoilt = text.replace(right, wrong, 1)
    line = next(n for n, each in enumerate(spoilt.splitlines(), 1) if key in each)
    with pytest.raises(RowsFailure) as refused:
        add_rule_set(team.visitor, spoilt, "criteres.toml")
    assert f"criteres.toml, ligne {line} : " in str(refused.value)
    assert told in str(refused.value)


def test_where_the_file_is_no_toml_is_told(team: Team, text: str) -> None:
    with pytest.raises(RowsFailure, match=r"criteres.toml, ligne 2 : le fichier ne se lit pas"):
        add_rule_set(team.visitor, text.replace("\n", "\nceci n'est pas\n", 1), "criteres.toml")


def test_a_rule_set_taken_by_an_older_version_is_still_read(team: Team, text: str) -> None:
    add_rule_set(team.visitor, text)
    connection = sqlite3.connect(team.visitor.path)
    with connection:
        old = text.replace('tests = "cir"', 'tests = "protection"')
        connection.execute("UPDATE rule_texts SET text = ?", (old,))
    connection.close()
    assert team.enrols(nom="DIALLO")


def test_the_model_that_a_refusal_names_exists(team: Team) -> None:
    with pytest.raises(RowsFailure) as refused:
        add_rule_set(team.visitor, "")
    page = refused.value.details[0].removeprefix("Modèle : ")
    assert (ROOT / page).is_file()


def test_the_three_weeks_may_start_at_the_diagnostic(team: Team) -> None:
    """[W] does not name the start: the commission is the reading, the diagnostic the other [D]."""
    ref = team.enrols(nom="DIALLO", date_cir="09/01/2023", orientation="acceptee")
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2023")
    query = "SELECT echeance_contrat FROM dossiers WHERE dossier = ?"
    assert team.rows(query, ref) == [(None,)]
    read_clock_as(team.visitor, CONTRACT_START, "diagnostic")
    assert team.rows(query, ref) == [("2023-02-15",)]
    read_clock_as(team.visitor, CONTRACT_START, "commission")
    assert team.rows(query, ref) == [(None,)]
