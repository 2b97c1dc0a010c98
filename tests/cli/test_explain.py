"""`agir explain` and `agir eligibility`: whose answer it is, and what is not known."""

from __future__ import annotations

import json

import pytest

from tests.cli.coordinator import COMPLETE, ORIENTED, Team

OFII = "décision OFII du 20/01/2023"
PRECHECK = "Pré-vérification de l'outil, pour information"


def criteria(text: str) -> dict[str, dict[str, str]]:
    """The rows of `--format json`, by criterion."""
    return {row["critere"]: row for row in json.loads(text)}


# --- whose answer ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "decision", "lines"),
    [
        pytest.param(
            ORIENTED, "rejetee", [f"Éligible ({OFII}) : non", f"{PRECHECK} : oui"],
            id="rejetée, tous les critères oui",
        ),
        pytest.param(
            (*ORIENTED, "--statut", "autre"), "derogation",
            [f"Éligible ({OFII}) : oui", f"{PRECHECK} : non"], id="dérogation, un critère non",
        ),
        pytest.param(
            ("--statut", "refugie", "--date-cir", "09/01/2023"), "validee",
            [f"Éligible ({OFII}) : oui", f"{PRECHECK} : pas encore : il manque des faits"],
            id="validée, des faits manquent",
        ),
    ],
)  # fmt: skip
def test_once_ofii_has_decided_the_answer_is_said_to_be_its_own(
    team: Team, words: tuple[str, ...], decision: str, lines: list[str]
) -> None:
    ref = team.enrols(
        "--nom", "INVENTE", *words, "--decision-ofii", decision, "--date-decision", "20/01/2023"
    )
    said = team.does("explain", ref).out.splitlines()
    assert [line for line in said if line.startswith(("Éligible", "Pré-"))] == lines


def test_before_ofii_decides_it_is_the_pre_check(team: Team) -> None:
    ref = team.enrols("--nom", "INVENTE", *ORIENTED)
    said = team.does("explain", ref).out
    assert "Éligible (pré-vérification, l'OFII décide) : oui" in said
    assert PRECHECK not in said


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        pytest.param(
            ("--departement", "44", "--date-cir", "01/08/2023", "--date-orientation", "2024-08-01"),
            "règle non connue à cette date : l'OFII décide", id="après la règle",
        ),
        pytest.param(
            ("--departement", "44"), "règle non connue à cette date : l'OFII décide", id="sans date"
        ),
        pytest.param(
            ("--date-cir", "09/01/2023", "--on", "01/06/2024"), "pas encore : il manque des faits",
            id="à compléter, à un jour dit",
        ),
    ],
)  # fmt: skip
def test_no_fact_is_missing_where_no_rule_is_known(
    team: Team, words: tuple[str, ...], reply: str
) -> None:
    said = team.does("eligibility", "--statut", "autre" if len(words) > 5 else "refugie", *words,
                     today="01/09/2024").out  # fmt: skip
    assert f"Éligible (pré-vérification, l'OFII décide) : {reply}\n" in said


# --- the right used up -------------------------------------------------------------------


def test_a_machine_reads_first_that_the_right_is_used_up(team: Team) -> None:
    ref = team.refused()
    rows = json.loads(team.does("explain", ref, "--format", "json").out)
    assert [row["critere"] for row in rows] == [
        "final", "status", "territory", "need", "cir_year", "wish", "eligible", "voie",
    ]  # fmt: skip
    final = rows[0]
    assert final["reponse"] == "non"
    assert final["fait"] == (
        "Refus d'engagement contractuel, le 17/02/2023 : définitif, le droit est épuisé"
    )
    assert "AGIR : un droit dédié aux BPI" in final["source"]
    assert f"agir correct {ref}" in final["a_faire"]
    assert team.does("explain", ref, "--format", "csv").out.splitlines()[1].startswith("final,non,")


@pytest.mark.parametrize("motive", ["transfert", "sans_suite", None])
def test_what_is_not_final_has_no_such_row(team: Team, motive: str | None) -> None:
    ref = team.diagnosed()
    if motive:
        team.does("close", ref, "--motif", motive, "--on", "01/03/2023")
    assert "final" not in criteria(team.does("explain", ref, "--format", "json").out)


# --- facts that do not hold together, links that are not known ------------------------------


@pytest.mark.parametrize(
    ("signed", "oriented"), [("01/03/2023", "01/02/2023"), ("15/01/2024", "15/12/2023")]
)
@pytest.mark.parametrize("form", [(), ("--format", "json")], ids=["écran", "json"])
def test_an_orientation_before_the_cir_is_said_before_any_answer(
    team: Team, signed: str, oriented: str, form: tuple[str, ...]
) -> None:
    dates = ("--date-cir", signed, "--date-orientation", oriented, "--orientation", "acceptee")
    found = team.does("eligibility", *COMPLETE, *dates, *form, today="01/06/2024")
    assert f"L'orientation ({oriented}) ne peut pas précéder la signature du CIR" in found.err
    assert "déroger" not in found.said
    assert team("enroll", "--nom", "X", *COMPLETE, *dates, today="01/06/2024").code == 3


def test_a_cir_of_two_possible_years_is_admitted(team: Team) -> None:
    dates = ("--date-cir", "[2022-12..2023-01]", "--date-orientation", "01/02/2023")
    year = criteria(team.does("eligibility", *COMPLETE, *dates, "--format", "json").out)["cir_year"]
    assert (year["reponse"], year["a_faire"]) == ("oui", "à compléter : --date-cir")


@pytest.mark.parametrize(
    ("joined", "fact", "to_do"),
    [
        pytest.param((), "BPI rejoint : inconnu", "à compléter : --rejoint", id="rien de dit"),
        pytest.param(
            ("--rejoint", "0123456789"),
            "BPI rejoint : 0123456789, sans dossier dans ce fichier : lien inconnu",
            "à compléter : --rejoint", id="numéro que le fichier n'a pas",
        ),
        pytest.param(
            ("--rejoint", "44-0099"),
            "BPI rejoint : 44-0099, sans dossier dans ce fichier : lien inconnu",
            "à compléter : --rejoint", id="dossier que le fichier n'a pas",
        ),
        pytest.param(
            ("--rejoint", "0123456701"), "BPI rejoint : dossier 44-0001", "", id="numéro connu"
        ),
    ],
)  # fmt: skip
def test_a_joiner_whose_link_is_not_known(
    team: Team, joined: tuple[str, ...], fact: str, to_do: str
) -> None:
    team.enrols("--nom", "PREMIER", "--agdref", "0123456701", *ORIENTED)
    words = (*ORIENTED, "--statut", "rejoignant", *joined)
    ref = team.enrols("--nom", "SECONDE", *words)
    for command in (("explain", ref), ("eligibility", *words)):
        status = criteria(team.does(*command, "--format", "json").out)["status"]
        assert (status["reponse"], status["a_faire"]) == ("oui", to_do)
        assert status["fait"] == f"statut : Rejoignant de BPI ; {fact}"


def test_a_number_whose_right_is_used_up_is_not_eligible(team: Team) -> None:
    words = (*ORIENTED, "--agdref", "0123456789")
    ref = team.enrols("--nom", "INVENTE", *words)
    asked = ("eligibility", *words)
    assert "final" not in criteria(team.does(*asked, "--format", "json").out)
    team.does("diagnose", "hold", ref, "--on", "20/01/2023")
    team.does("contract", "refuse", ref, "--on", "01/02/2023", "--yes")
    rows = criteria(team.does(*asked, "--format", "json").out)
    assert (rows["final"]["reponse"], rows["eligible"]["reponse"]) == ("non", "non")
    assert ref in rows["final"]["fait"]
    assert "Éligible : non. Le droit à AGIR" in team.does(*asked).out
    assert (
        criteria(team.does("explain", ref, "--format", "json").out)["eligible"]["reponse"] == "non"
    )


def test_the_dossier_of_a_pre_check_is_not_looked_up(team: Team) -> None:
    answer = team("eligibility", "--dossier", "44-0001")
    assert (answer.code, "agir explain 44-0001" in answer.err) == (2, True)
