"""A household: what a family shares, children without a dossier, one appointment, one's own end."""

from __future__ import annotations

import json

import pytest

from tests.cli.coordinator import COMPLETE, ORIENTED, Team
from tests.cli.keyboard import Keyboard

PARENT = ("--nom", "TESFAY", "--prenoms", "Selam", "--date-naissance", "1985")
SPOUSE = ("--nom", "TESFAY", "--prenoms", "Abel", "--date-naissance", "1984")
MINE = ("--statut", "refugie", "--situation-professionnelle", "sans_emploi")


@pytest.fixture
def couple(team: Team) -> Team:
    """A couple of whom one was enrolled, then the other from her dossier."""
    team.enrols(*PARENT, *ORIENTED, "--langues", "tigrinya", "--adresse", "1 rue X, 44000 Nantes")
    team.enrols(*SPOUSE, *MINE, "--menage", "44-0001", "--lien-menage", "conjoint")
    return team


def shown(team: Team, reference: str = "44-0001") -> list[dict[str, str]]:
    return json.loads(team.does("household", "show", reference, "--format", "json").out)


def children(team: Team, reference: str = "44-0001") -> list[str]:
    return [row["date_naissance"] or "?" for row in shown(team, reference) if not row["dossier"]]


def test_what_a_family_shares_is_said_once(couple: Team) -> None:
    shared = "commune_residence, commune_domicile, date_cir, orientation, situation_logement_entree"
    query = f"SELECT {shared}, langues, adresse FROM dossiers d JOIN people p ON p.id = d.personne"
    one, other = couple.rows(query)
    assert one == other
    assert None not in one


@pytest.mark.parametrize(
    ("born", "kinship", "signs"),
    [
        pytest.param("2015", "enfant", False, id="un enfant"),
        pytest.param("2015", "autre", False, id="trop jeune, quel que soit le lien"),
        pytest.param(None, "enfant", False, id="un enfant sans âge"),
        pytest.param("2003", "enfant", True, id="un enfant adulte"),
        pytest.param(None, "conjoint", True, id="un conjoint sans âge"),
    ],
)
def test_a_child_has_no_cir_of_the_family(
    couple: Team, born: str | None, kinship: str, *, signs: bool
) -> None:
    birth = ("--date-naissance", born) if born else ()
    who = ("--nom", "TESFAY", "--prenoms", "Nahom", *birth, "--lien-menage", kinship)
    couple.does("enroll", *who, "--menage", "44-0001")
    query = (
        "SELECT date_cir, orientation, commune_residence FROM dossiers WHERE dossier = '44-0003'"
    )
    cir, orientation, home = couple.rows(query)[0]
    assert (cir is not None, orientation is not None) == (signs, signs)
    assert home is not None


def test_a_joiner_has_a_cir_of_their_own(couple: Team) -> None:
    who = ("--nom", "TESFAY", "--prenoms", "Almaz", "--statut", "rejoignant")
    couple.does("enroll", *who, "--menage", "44-0001", "--rejoint", "44-0001")
    query = "SELECT date_cir, commune_residence IS NULL FROM dossiers WHERE dossier = '44-0003'"
    assert couple.rows(query) == [(None, 0)]
    assert [row["rejoint"] for row in shown(couple)] == [None, None, "44-0001"]


def test_a_young_child_is_noted_rather_than_enrolled(couple: Team) -> None:
    who = ("--nom", "TESFAY", "--prenoms", "Nahom", "--date-naissance", "2015")
    told = couple.does("enroll", *who, "--menage", "44-0001", "--lien-menage", "enfant").err
    assert "agir household add REF --enfant 2015" in told


def test_children_count_in_their_household_and_wait_for_nothing(couple: Team) -> None:
    before = couple.does("today", "--format", "json").out
    told = couple.does("household", "add", "44-0001", "--enfant", "2012", "--enfant", "2015 ?").said
    assert "5 personnes (2 dossiers, 3 enfants sans dossier)" in told
    assert couple.does("today", "--format", "json").out == before
    couple.does("household", "add", "44-0002", "--enfant", "2012")  # twins are two
    assert children(couple) == ["2012", "2012", "2015", "?"]
    every = couple.does("household", "show", "--format", "csv").out.splitlines()
    assert every[1] == '44-0001,6,2,"2012, 2012, 2015, ?",44-0001 44-0002'
    assert couple("check").code == 0


def test_a_child_of_two_lists_is_one(team: Team) -> None:
    """Both parents' rows may say the same children."""
    for who in (PARENT, SPOUSE):
        team.does("enroll", *who, *ORIENTED, "--menage", "M1", "--naissances-enfants", "2012, 2015")
    assert children(team) == ["2012", "2015"]


def test_a_dossier_leaves_with_its_own_children(couple: Team) -> None:
    couple.does("household", "add", "44-0001", "--enfant", "2012")
    couple.does("household", "add", "44-0002", "--enfant", "2018")
    assert (
        "n'est plus de ce ménage ; enfant : 2012"
        in couple.does("household", "leave", "44-0001").out
    )
    assert [row["dossier"] for row in shown(couple, "44-0002")] == ["44-0002", None]
    assert (children(couple), children(couple, "44-0002")) == (["2012"], ["2018"])
    couple.does("enroll", "--nom", "GIRMA", *COMPLETE, "--menage", "44-0001")
    assert {row["dossier"] for row in shown(couple)} == {"44-0001", "44-0003", None}
    couple.does("household", "leave", "44-0002", "--enfant", "2018")
    assert couple("household", "leave", "44-0002", "--enfant", "2018").code == 4
    assert couple("check").code == 0


def test_two_households_become_one(couple: Team) -> None:
    couple.enrols("--nom", "TESFAYE", "--prenoms", "Meron", *ORIENTED)
    for reference in ("44-0001", "44-0003"):
        couple.does("household", "add", reference, "--enfant", "2014")
    couple.enrols("--nom", "GIRMA", "--prenoms", "Tsion", *MINE, "--menage", "44-0003")
    assert (
        "agir household merge 44-0001 44-0003"
        in couple("household", "add", "44-0001", "44-0003").err
    )
    couple.does("household", "merge", "44-0001", "44-0003")
    assert len({row["dossier"] for row in shown(couple)} - {None}) == 4
    assert children(couple, "44-0004") == ["2014", "2014"]


@pytest.mark.parametrize("said", ["Ali 2012", "1950", "2024", "12/05/2014", "-1"])
def test_a_child_is_a_year_and_no_more(couple: Team, said: str) -> None:
    answer = couple("household", "add", "44-0001", f"--enfant={said}")
    assert answer.code == 2
    assert children(couple) == []


# --- one appointment, one end ------------------------------------------------------------


def test_one_appointment_is_booked_for_all_who_await_it(couple: Team) -> None:
    couple.enrols("--nom", "TESFAY", "--prenoms", "Almaz", "--menage", "44-0001", "--rejoint",
                  "44-0001")  # fmt: skip
    when = ("--on", "25/01/2023 14h", "--bureau", "44-C1")
    told = couple.does("diagnose", "book", "44-0001", *when, "--menage", today="20/01/2023")
    assert "sans ce rendez-vous : 44-0003 (Orientation)" in told.err
    assert "Attention" not in told.err
    booked = "SELECT dossier, date_rdv_diagnostic IS NOT NULL FROM dossiers ORDER BY 1"
    assert couple.rows(booked) == [("44-0001", 1), ("44-0002", 1), ("44-0003", 0)]
    twice = ("diagnose", "book", "44-0001", "44-0002", *when, "--menage")
    assert "déjà enregistré" in couple.does(*twice, today="20/01/2023").out


def test_a_stop_never_spreads_by_itself(couple: Team) -> None:
    close = ("close", "44-0001", "--motif", "arret_beneficiaire", "--on", "01/06/2023")
    assert "rien ne change pour : 44-0002 TESFAY Abel" in couple.does(*close, "--yes").err
    stages = "SELECT etape FROM dossiers ORDER BY dossier"
    assert couple.rows(stages) == [("clos",), ("diagnostic",)]


def test_a_stop_asks_about_the_others(couple: Team) -> None:
    close = ("close", "44-0001", "--motif", "arret_beneficiaire", "--on", "01/06/2023")
    keyboard = Keyboard(couple, *close).types("44-0001")
    assert "44-0002 TESFAY Abel : la même fin, le même jour ?" in keyboard.asked()
    keyboard.types("o", "44-0002")
    assert keyboard.ends() == 0, keyboard.text
    assert couple.rows("SELECT DISTINCT etape, date_cloture FROM dossiers") == [
        ("clos", "2023-06-01")
    ]


@pytest.mark.parametrize("motive", ["deces", "erreur"])
def test_what_is_one_persons_is_not_asked_of_the_others(couple: Team, motive: str) -> None:
    answer = couple.does("close", "44-0001", "--motif", motive, "--on", "01/06/2023")
    assert "Du même ménage" not in answer.err


def test_children_are_noted_between_two_forms(team: Team) -> None:
    typed = ("Selam", "", "", "1", "", "", "", "", "", "", "", "o")
    keyboard = Keyboard(team, "enroll").types("TESFAY", *typed)
    assert "des enfants" in keyboard.asked()
    keyboard.types("deux", "2014 2016", "")
    assert keyboard.ends() == 0, keyboard.text
    assert children(team) == ["2014", "2016"]
