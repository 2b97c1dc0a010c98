"""`report indicators`: figures that are data, refused without a source or a denominator."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agir_cli.reports.indicators import model
from tests.cli.coordinator import Team

DAY = "09/10/2023"
QUARTERS = ("2023-T1", "2023-T2", "2023-T3", "2023-T4")
OWN = """checked_on = 2023-10-01
[sources.equipe]
title = "Convention de l'équipe, annexe 2"

[[indicator]]
code = "femmes"
label = "Femmes parmi les personnes entrées"
unit = "personnes"
moment = "period"
during = "admis"
population = { reached = ["admis"] }
denominator = {}
numerator = { fields = { sexe = ["f"] } }
target = 50
source = "equipe"
since = 2023-01-01
"""


@pytest.fixture
def demo(built_demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Team:
    path = tmp_path / "demo.db"
    shutil.copy(built_demo, path)
    return Team(path, capsys)


def told(team: Team, *words: str, today: str = DAY) -> dict[tuple[str, str], dict[str, Any]]:
    """The indicators, by code and period."""
    asked = ("report", "indicators", *words, "--format", "json")
    found = json.loads(team.does(*asked, today=today).out)
    return {(row["code"], row["periode"]): row for row in found}


def test_what_is_known_of_the_programme_is_found_on_the_demonstration(demo: Team) -> None:
    found = told(demo, "--period", "2023")
    assert found["signataires", "2023"]["taux"] == 67.3
    assert found["entree_dna", "2023"]["taux"] == 39.0, "Info migrations n° 107: 39 %"
    assert found["entree_sans_emploi", "2023"]["taux"] == 79.8, "the same: 80 %"
    loire = told(demo, "--period", "2023", "--departement", "44")["signataires", "2023"]
    assert (loire["numerateur"], loire["denominateur"], loire["taux"]) == (682, 1028, 66.3)


def test_the_four_quarters_add_up_to_the_year(demo: Team) -> None:
    for code in ("entree_dna", "delai_diagnostic", "delai_contrat", "sorties_positives"):
        found = told(demo, "--by", "trimestre", "--period", "2023", today="31/12/2023")
        whole = told(demo, "--period", "2023", today="31/12/2023")[code, "2023"]
        for name in ("numerateur", "denominateur"):
            assert sum(found[code, quarter][name] for quarter in QUARTERS) == whole[name]


@pytest.mark.parametrize("name", ["entrees", "diagnostics", "commissions", "contrats", "sorties"])
def test_the_four_quarters_of_the_funnel_add_up_to_its_year(demo: Team, name: str) -> None:
    def asked(*words: str) -> list[dict[str, Any]]:
        words = ("report", "funnel", *words, "--format", "json")
        rows = json.loads(demo.does(*words, today="31/12/2023").out)
        return [row for row in rows if row["departement"] == "44" and not row["secteur"]]

    year, *_ = [row for row in asked("--period", "2023") if row["periode"] == "2023"]
    quarters = asked("--period", "2023", "--by", "trimestre")
    some = [row for row in quarters if row["periode"] in QUARTERS]
    assert [row["periode"] for row in some] == [*QUARTERS]
    unsure = f"{name}_a_preciser"
    assert sum(row[name] + row[unsure] for row in some) == year[name] + year[unsure]
    listed = [
        json.loads(demo.does("report", "funnel", "--period", each, "--departement", "44", "--list",
                             name, "--format", "json", today="31/12/2023").out)
        for each in (*QUARTERS, "2023")
    ]  # fmt: skip
    names = [row["dossier"] for some_ in listed[:4] for row in some_]
    assert sorted(names) == sorted(row["dossier"] for row in listed[4])


def test_a_day_known_in_part_is_of_its_last_quarter_once(team: Team) -> None:
    team.does("enroll", "--nom", "UN-INVENTE", "--date-cir", "10/01/2023", "--orientation",
              "acceptee", "--date-orientation", "mars/avril 2023", today=DAY)  # fmt: skip
    found = told(team, "--by", "trimestre", "--period", "2023", today="31/12/2023")
    counts = [found["entree_dna", quarter]["denominateur"] for quarter in QUARTERS]
    assert counts == [0, 1, 0, 0]


def test_results_a_year_after_the_contract_are_those_of_outcomes(demo: Team) -> None:
    day = "09/10/2024"
    rows = json.loads(demo.does("report", "outcomes", "--format", "json", today=day).out)
    by = {row["resultat"]: row for row in rows if not row["entree"]}
    found = told(demo, today=day)
    for code, result in (("logement_un_an", "logement"), ("emploi_un_an", "travail")):
        row = found[code, "2024"]
        assert row["denominateur"] == by[result]["personnes"] > 0
        assert (row["numerateur"], row["taux"]) == (by[result]["atteint"], by[result]["taux"])
        assert row["objectif"] == by[result]["objectif"]
        assert row["ecart_objectif"] == pytest.approx(row["taux"] - row["objectif"], abs=0.05)


# --- a team's own ------------------------------------------------------------------------


def test_a_team_adds_its_own_replaces_and_removes_them(demo: Team, tmp_path: Path) -> None:
    path = tmp_path / "indicateurs-44.toml"
    path.write_text(OWN, "utf-8")
    assert "1 indicateur ajouté" in demo.does("indicators", "add", str(path), today=DAY).err
    row = told(demo)["femmes", "2023"]
    assert (row["numerateur"], row["denominateur"], row["objectif"]) == (571, 1255, 50)
    assert "annexe 2" in row["source"]
    again = OWN.replace('"femmes"', '"signataires"').replace("target = 50\n", "")
    path.write_text(again, "utf-8")
    assert "remplacé" in demo.does("indicators", "add", str(path), today=DAY).err
    found = told(demo)
    assert ("femmes", "2023") not in found
    assert found["signataires", "2023"]["numerateur"] == 571, "the team's takes its place"
    listed = demo.does("indicators", "list", "--format", "csv", today=DAY).out
    assert "indicateurs-44" in listed
    demo.does("indicators", "remove", "indicateurs-44.toml", today=DAY)
    assert told(demo)["signataires", "2023"]["numerateur"] == 844
    assert demo("indicators", "remove", "indicateurs-44", today=DAY).code == 4


def test_the_model_is_a_file_that_can_be_added(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "modele.toml"
    path.write_text(team.does("indicators", "model").out, "utf-8")
    assert path.read_text("utf-8").strip() == model().strip()
    team.does("indicators", "add", str(path))
    team.does("check")


FAULTS = {
    "sans source": ('source = "equipe"\n', "", "il manque source", 5),
    "sans dénominateur": ("denominator = {}\n", "", "il manque denominator", 5),
    "source d'ailleurs": ('source = "equipe"', 'source = "cahier"', "n'est pas dans [sources]", 15),
    "champ libre": ("sexe = ", "nom = ", "mot inconnu : nom", 13),
    "valeur inconnue": ('["f"]', '["fille"]', "« fille » n'est pas une valeur de sexe", 13),
    "jalon inconnu": ('["admis"] }\nden', '["arrive"] }\nden', "population.reached", 11),
    "unité": ('"personnes"', '"têtes"', "unit", 8),
    "période sans jalon": ('during = "admis"\n', "", "during va avec", 9),
    "objectif": ("target = 50", "target = 150", "nombre de 0 à 100", 14),
    "ce n'est pas du TOML": ("moment =", "moment", "ne se lit pas", 9),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_file_its_line_and_its_key(
    team: Team, tmp_path: Path, fault: str
) -> None:
    wrong, instead, said, line = FAULTS[fault]
    path = tmp_path / "faux.toml"
    path.write_text(OWN.replace(wrong, instead, 1), "utf-8")
    before = team.fingerprint()
    answer = team("indicators", "add", str(path))
    assert answer.code == 5
    assert said in answer.err
    assert f"faux.toml, ligne {line} :" in answer.err
    assert team.fingerprint() == before


# --- masked ------------------------------------------------------------------------------


def test_masked_neither_a_number_nor_its_rest_is_small(demo: Team) -> None:
    plain = told(demo, "--period", "2023-T1", "--departement", "85")
    masked = told(demo, "--period", "2023-T1", "--departement", "85", "--mask")
    assert {period for _, period in masked} == {"2023-T1"}, "a difference would tell"
    some = 0
    for key, row in masked.items():
        part, whole = (plain[key][name] for name in ("numerateur", "denominateur"))
        if row["numerateur"] is not None and row["denominateur"] is not None:
            assert not 0 < part < 5
            assert not 0 < whole - part < 5
            assert row["taux"] == plain[key]["taux"]
        else:
            some += 1
            assert row["taux"] is None
    assert some
    answer = demo("report", "indicators", "--by", "mois", "--mask", today=DAY)
    assert answer.code == 2


def test_an_empty_file_and_one_of_one_person(team: Team) -> None:
    assert all(row["taux"] is None for row in told(team).values())
    team.does("enroll", "--nom", "SEUL-INVENTE", "--date-cir", "10/01/2023", "--orientation",
              "acceptee", "--date-orientation", "10/01/2023", today=DAY)  # fmt: skip
    assert told(team)["signataires", "2023"]["taux"] == 0.0
    assert told(team, "--mask")["signataires", "2023"]["denominateur"] is None


@pytest.mark.parametrize(
    "text", ["", "indicator = 3", '[[indicator]]\ncode = "x"', "indicator = [1, 2]",
             'sources = 3\n[[indicator]]\nsource = "a"'],
)  # fmt: skip
def test_what_is_no_file_of_indicators_is_told_line_by_line(
    team: Team, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "faux.toml"
    path.write_text(text, "utf-8")
    answer = team("indicators", "add", str(path))
    assert answer.code == 5
    assert "faux.toml, ligne 1 :" in answer.err


def test_a_period_with_nobody_has_no_rate_and_says_so(demo: Team) -> None:
    words = ("report", "indicators", "--period", "2023-01", "--bureau", "85-A7")
    answer = demo.does(*words, today=DAY)
    assert "Personne à compter : aucun taux." in answer.out
    assert "01/01/2023" in demo.does("report", "indicators", "--period", "2021", today=DAY).err
