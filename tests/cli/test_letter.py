"""The words of the page handed to a person: data that anybody may propose to change."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from agir_cli.cli import letter
from agir_cli.domain import eligibility
from agir_cli.domain.eligibility import REFUSED_AS
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.vocabulary import Motive
from agir_cli.store.rulebook import shipped
from tests.cli.coordinator import COMPLETE, ORIENTED, Team

TEXTS = letter.texts()
MOTIVES = [motive for motive in Motive if motive is not Motive.DEATH]


@pytest.mark.parametrize("name", TEXTS)
def test_every_place_in_a_text_is_known(name: str) -> None:
    held = {place for text in TEXTS[name] for place in re.findall(r"\{([^}]*)\}", text)}
    assert held <= set(letter.PLACES)
    assert all(text.format_map(dict.fromkeys(letter.PLACES, "x")) for text in TEXTS[name] if text)


@pytest.mark.parametrize("motive", MOTIVES)
def test_every_end_has_its_reason_and_what_comes_after(motive: Motive) -> None:
    assert TEXTS[f"pourquoi.{motive.value}"]
    after = "definitif" if shipped().final(motive) else motive.value
    assert TEXTS[f"suite.{after}"]


@pytest.mark.parametrize("code", sorted(REFUSED_AS))
def test_every_condition_that_is_missing_has_its_sentence(code: str) -> None:
    assert TEXTS[f"pourquoi.{code}"]


def test_no_text_is_without_use() -> None:
    said = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(letter)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    said |= {motive.value for motive in MOTIVES} | REFUSED_AS | set(FIELDS)
    assert {name for name in TEXTS if not {*name.split(".")} <= said} == set()


def test_what_may_be_missing_is_asked_in_plain_words() -> None:
    named = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(eligibility)))
        if isinstance(node, ast.Constant) and node.value in FIELDS
    }
    assert {f"manque.{name}" for name in named - {"projet"}} <= set(TEXTS)  # that is a source


def test_the_page_has_no_jargon_and_no_source() -> None:
    text = " ".join(part for parts in TEXTS.values() for part in parts)
    jargon = r"AGDREF|CIRNG|BPI|SPE\b|dossier_clos|projection|diapo|[Ww]ebinaire|docs/|listing"
    assert re.findall(jargon, text) == []


# --- what the page says to a person, life by life ------------------------------------------

N_1 = (*COMPLETE, "--date-cir", "12/05/2022")
OF_N = (*COMPLETE, "--date-cir", "12/10/2023")
DECIDED = ("liaison", "decide", "44-0001", "--on", "20/09/2023", "--decision-ofii")
FORM = ("liaison", "add", "44-0001", "--date-fiche", "04/09/2023", "--souhait", "oui")
SENT = (*FORM, "--date-envoi", "05/09/2023")
UNUSUAL = "Une condition habituelle d'AGIR n'est pas remplie"


def enrols(*words: str) -> tuple[str, ...]:
    return ("enroll", "--nom", "INVENTE", *words)


@pytest.mark.parametrize(
    ("acts", "told", "not_told"),
    [
        pytest.param(
            [enrols(*ORIENTED)],
            ["L'OFII vous a orienté(e) vers AGIR le 10/01/2023", "vous avez dit oui"],
            ["validé", UNUSUAL], id="orientée",
        ),
        pytest.param(
            [enrols(*ORIENTED, "--statut", "autre")],
            ["L'OFII vous a orienté(e) vers AGIR le 10/01/2023", UNUSUAL],
            ["protection de la France"], id="orientée malgré un non",
        ),
        pytest.param(
            [enrols(*N_1), SENT, (*DECIDED, "validee")],
            ["L'OFII a validé votre demande le 20/09/2023", "vous pouvez entrer dans AGIR"],
            ["orienté(e)", UNUSUAL, "exception"], id="validée",
        ),
        pytest.param(
            [enrols(*COMPLETE, "--date-cir", "12/05/2021", "--malgre", "x"), SENT,
             (*DECIDED, "derogation")],
            ["à titre exceptionnel", "par exception", UNUSUAL], ["orienté(e)", "(CIR)"],
            id="dérogation",
        ),
        pytest.param(
            [enrols(*N_1), FORM], ["prochain envoi", "rien n'est encore décidé"],
            ["Continuez à venir"], id="fiche à envoyer",
        ),
        pytest.param(
            [enrols(*N_1), SENT],
            ["envoyée à l'OFII le 05/09/2023. Sa réponse est attendue", "Vous n'avez rien à faire"],
            ["Continuez à venir", "Votre dossier est ouvert"], id="fiche envoyée",
        ),
        pytest.param(
            [enrols(*N_1), SENT, (*DECIDED, "rejetee", "--motif-ofii", "hors délai")],
            ["Raison donnée par l'OFII : hors délai", "écrire à l'OFII", "tribunal administratif"],
            ["Continuez à venir"], id="rejetée",
        ),
        pytest.param(
            [enrols(*N_1), SENT, (*DECIDED, "rejetee"),
             ("liaison", "add", "44-0001", "--date-fiche", "04/10/2023", "--souhait", "oui")],
            ["Votre demande est prête"], ["n'a pas été acceptée"], id="présentée à nouveau",
        ),
        pytest.param(
            [enrols(*OF_N, "--date-orientation", "12/10/2023")],
            ["AGIR vous a été proposé. Votre réponse est attendue.", "votre accord"], [],
            id="proposée",
        ),
        pytest.param(
            [enrols("--statut", "refugie", "--date-cir", "12/10/2023", "--commune-residence",
                    "Nantes", "--date-orientation", "12/10/2023", "--orientation", "acceptee")],
            ["la commune où vous recevez votre courrier", "votre situation de travail"],
            ["la commune où vous habitez"], id="à compléter",
        ),
        pytest.param(
            [enrols(*ORIENTED), ("diagnose", "book", "44-0001", "--on", "12/12/2023 14:00",
                                 "--bureau", "44-C1")],
            ["mardi 12/12/2023 à 14:00", "1 rue Victor Hugo, 44400 Rezé", "Une absence n'est"], [],
            id="rendez-vous",
        ),
        pytest.param(
            [enrols(*ORIENTED), ("diagnose", "book", "44-0001", "--on", "12/09/2023 14:00"),
             ("diagnose", "absent", "44-0001", "--on", "12/09/2023")],
            ["Vous n'avez pas pu venir le 12/09/2023. Ce n'est pas un refus"], ["à 14:00"],
            id="absente",
        ),
        pytest.param(
            [enrols(*ORIENTED), ("diagnose", "hold", "44-0001", "--on", "20/01/2023"),
             ("assign", "44-0001", "--on", "02/02/2023", "--referent", "DURAND Anne"),
             ("contract", "sign", "44-0001", "--on", "17/02/2023")],
            ["jusqu'au 17/02/2025 inclus", "en signant le contrat le 17/02/2023",
             "Votre référent AGIR : DURAND Anne", "demander l'arrêt"], ["rien n'est encore décidé"],
            id="accompagnée",
        ),
    ],
)  # fmt: skip
def test_the_page_says_what_was_decided_by_whom_and_what_comes_next(
    team: Team, acts: list[tuple[str, ...]], told: list[str], not_told: list[str]
) -> None:
    for act in acts:
        team.does(*act)
    page = " ".join(team.does("explain", "44-0001", "--print").out.split())
    assert [part for part in told if part not in page] == []
    assert [part for part in not_told if part in page] == []
    assert not re.search("diapo|Webinaire|docs/|None", page)


def test_a_right_that_is_over_is_told_in_the_past(team: Team) -> None:
    ref = team.contracted()
    page = " ".join(team.does("explain", ref, "--print", today="18/02/2025").out.split())
    assert "est terminé : il allait jusqu'au 17/02/2025 inclus" in page
    assert "Continuez à venir" not in page
    assert "Vous êtes accompagné(e)" not in page
    last_day = team.does("explain", ref, "--print", today="17/02/2025").out
    assert "Vous êtes accompagné(e) par AGIR, jusqu'au 17/02/2025 inclus." in last_day


def test_a_transferred_person_is_sent_to_the_team_where_they_live(team: Team) -> None:
    ref = team.contracted()
    team.does("enroll", "--dossier", ref, "--commune-residence", "La Roche-sur-Yon")
    team.does("close", ref, "--motif", "transfert", "--on", "01/09/2023")
    page = " ".join(team.does("explain", ref, "--print").out.split())
    assert "Vendée (85) : agirensemble85@" in page
    assert "il peut continuer jusqu'au 17/02/2025 inclus" in page
    later = team.does("explain", ref, "--print", today="01/03/2025").out
    assert "ne recommencent pas" not in later


def test_the_page_goes_to_a_file_as_text_as_a_page_and_as_rows(team: Team, tmp_path: Path) -> None:
    ref = team.contracted()
    text, page, rows = (tmp_path / f"page.{ending}" for ending in ("txt", "html", "csv"))
    team.does("explain", ref, "--print", "--output", str(text))
    assert text.read_text("utf-8") == team.does("explain", ref, "--print").out
    team.does("explain", ref, "--print", "--output", str(page))
    written = page.read_text("utf-8")
    assert "<p>Vous êtes accompagné(e)" in written
    assert "<table" not in written
    team.does("explain", ref, "--print", "--output", str(rows))
    assert rows.read_text("utf-8").splitlines()[0] == "rubrique,texte"
