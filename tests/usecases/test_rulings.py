"""Rules that a team adds, and the start of the three weeks: the lists follow at once."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from agir_cli.domain.commands import HoldDiagnosis
from agir_cli.failures import NotFoundFailure, RowsFailure
from agir_cli.store.rulebook import rule_files
from agir_cli.store.settings import CONTRACT_START
from agir_cli.usecases.upkeep import (
    add_rule_set,
    check,
    read_clock_as,
    remove_rule_set,
    rules_of,
    ruling_of,
)
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
    code = add_rule_set(day.visitor, text).code
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
        pytest.param('"apatride"', '"apatrides"', "admitted", "apatrides", id="un statut"),
        pytest.param('["refugie"', '[2, "refugie"', "admitted", "« 2, ref", id="un statut chiffré"),
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
    every = "\n".join([refused.value.sentence, *refused.value.details])
    assert f"criteres.toml, ligne {line} : " in every
    assert told in every


def test_a_file_that_ends_too_soon_is_told_by_its_last_line(team: Team) -> None:
    with pytest.raises(RowsFailure, match=r"criteres.toml, ligne 2 : le fichier ne se lit pas"):
        add_rule_set(team.visitor, "# critères\na = [\n", "criteres.toml")


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
    page = refused.value.details[-1].removeprefix("Modèle : ")
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


# --- what a team adds ------------------------------------------------------------------------


def page_files() -> list[str]:
    """The rule files of docs/rules.md, as they stand there: a rule-set, then clocks."""
    return re.findall(r"```toml\n(.*?)```", (ROOT / "docs/rules.md").read_text("utf-8"), re.DOTALL)


def answer_of(team: Team, reference: str) -> tuple[str | None, ...]:
    query = "SELECT departement, regle, eligible FROM dossiers WHERE dossier = ?"
    return tuple(team.rows(query, reference)[0])


ELSEWHERE = {
    "nom": "DIALLO", "departement": "35", "statut": "refugie", "date_statut": "10/05/2025",
    "orientation": "acceptee", "date_orientation": "02/03/2026", "code_postal_residence": "35000",
    "code_postal_domicile": "35000",
}  # fmt: skip


def test_a_department_is_opened_and_a_criterions_date_changed_by_a_file_alone(team: Team) -> None:
    """The worked example of docs/rules.md: no release, no code."""
    day = team.on("05/03/2026")
    ref = day.enrols(**ELSEWHERE)
    assert answer_of(day, ref) == ("35", None, "inconnu")
    opening = page_files()[0]
    add_rule_set(day.visitor, opening)
    assert answer_of(day, ref) == ("35", "2026-35", "oui")
    add_rule_set(day.visitor, opening.replace("under_months = 12", "under_months = 9"))
    assert answer_of(day, ref) == ("35", "2026-35", "non")


def test_the_same_code_takes_the_place_of_the_programs_own(team: Team) -> None:
    day = team.on("05/07/2024")
    ref = day.enrols(nom="DIALLO", date_cir="10/06/2024")
    shipped = next(iter(rule_files()))
    ruling = add_rule_set(day.visitor, shipped.replace("end = 2024-06-30", "end = 2024-07-31"))
    assert ruling.replaces == "du programme"
    assert answer_of(day, ref)[1] == "2023-44-85"
    assert remove_rule_set(day.visitor, "2023-44-85") is True
    assert answer_of(day, ref)[1] is None
    with pytest.raises(NotFoundFailure, match="Aucune règle « 2023-44-85 »"):
        remove_rule_set(day.visitor, "2023-44-85")
    assert check(day.visitor.path) == []


def test_a_teams_clocks_come_in_by_the_same_door_and_begin_on_their_day(team: Team) -> None:
    day = team.on("01/06/2026")
    add_rule_set(day.visitor, page_files()[1])
    query = "SELECT echeance_contrat FROM dossiers WHERE dossier = ?"
    for name, held, due in (("A", "31/01/2026", None), ("B", "02/02/2026", "2026-03-02")):
        ref = day.enrols(nom=name, date_cir="09/01/2026", orientation="acceptee")
        day.does(HoldDiagnosis, dossier=ref, date_diagnostic=held)
        assert day.rows(query, ref) == [(due,)]
    # What the source leaves open is set in the program's own clocks, not in the team's.
    read_clock_as(day.visitor, CONTRACT_START, "commission")
    assert day.rows(query, ref) == [("2026-03-02",)]
    versions = rules_of(day.visitor).clocks.by_name["entretien"]
    assert [clock.cadence for clock in versions] == ["glissante", "ancree"]
    assert versions[1].ends == versions[0].ends


FAULTY = """
code = "x"
start = "hier"
[departments]
44 = 2023-01-10
850 = 2023-01-10
[sources.note]
place = "p. 2"
[criteria.age]
min = 3
[criteria.status]
admitted = ["refugies"]
source = "rien"
[criteria.window]
source = "note"
anchor = "naissance"
"""


def test_every_fault_is_told_at_once_with_its_line_and_key(team: Team, text: str) -> None:
    add_rule_set(team.visitor, text)
    before = rules_of(team.visitor)
    with pytest.raises(RowsFailure) as refused:
        add_rule_set(team.visitor, FAULTY, "texte.toml")
    told = [detail.partition(" : ")[::2] for detail in refused.value.details]
    assert [(where.removeprefix("texte.toml, "), what.split(" ")[0]) for where, what in told] == [
        ("texte.toml", "il"), ("texte.toml", "il"),
        ("ligne 3", "start"), ("ligne 6", "mot"), ("ligne 7", "sources.note"),
        ("ligne 9", "critère"), ("ligne 12", "criteria.status.admitted"),
        ("ligne 13", "criteria.status"), ("ligne 14", "criteria.window"),
        ("ligne 16", "criteria.window.anchor"), ("Modèle", str(told[-1][1])),
    ]  # fmt: skip
    assert rules_of(team.visitor) == before


@pytest.mark.parametrize(
    ("right", "wrong", "line", "told"),
    [
        pytest.param("28", "0", 9, "clock.0.days : « 0 » ne va pas", id="durée nulle"),
        pytest.param('start = "diagnostic"', 'start = "cir"', 10,
                     "départ « cir » (admis : commission, diagnostic)", id="départ impossible"),
        pytest.param("since = 2026-02-01", "since = 2023-01-01", 11,
                     "un délai court déjà depuis le 01/01/2023", id="jour déjà pris"),
        pytest.param('"contractualisation"', '"entretien"', 18,
                     "deux délais depuis le même jour", id="deux fois le même"),
        pytest.param('cadence = "ancree"', 'cadence = "libre"', 19,
                     "clock.1.cadence : « libre »", id="cadence inconnue"),
    ],
)  # fmt: skip
def test_a_fault_of_a_clock_is_told_with_its_line(
    team: Team, right: str, wrong: str, line: int, told: str
) -> None:
    spoilt = page_files()[1].replace(right, wrong, 1)
    with pytest.raises(RowsFailure) as refused:
        add_rule_set(team.visitor, spoilt, "delais.toml")
    every = [refused.value.sentence, *refused.value.details]
    assert any(f"delais.toml, ligne {line} : " in each and told in each for each in every), every


def test_an_overlap_says_which_days_and_an_empty_file_is_no_rule(team: Team, text: str) -> None:
    own = text.replace("2030-", "2024-").replace("essai-2024", "essai")
    with pytest.raises(RowsFailure, match="couvrent les mêmes jours pour le département 44, 85"):
        add_rule_set(team.visitor, own)
    with pytest.raises(RowsFailure, match="Règle refusée"):
        ruling_of(team.visitor, "[clock]")
