"""A row that names one dossier and describes another person never passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from agir_cli.domain import commands as c
from tests.usecases.filing import File

PEOPLE = """agdref;nom;prenoms;date_naissance;statut;date_cir;orientation
0123456701;DIALLO-INVENTE;Awa;02/03/1994;refugie;09/01/2023;acceptee
0123456702;KARIMI-INVENTEE;Zoé;1990;refugie;09/01/2023;acceptee
;SANS-NUMERO;Noor;;refugie;09/01/2023;acceptee"""


@pytest.fixture
def file(tmp_path: Path) -> File:
    made = File(tmp_path / "equipe.db")
    made.brings(c.Enroll, PEOPLE)
    return made


HEAD = "dossier;agdref;nom;prenoms;date_naissance;date_diagnostic"


@pytest.mark.parametrize(
    ("row", "passes"),
    [
        pytest.param("44-0001;0123456701;;;", True, id="le bon numéro"),
        pytest.param("44-0001;123456701;;;", True, id="le zéro perdu"),
        pytest.param("44-0001;0123456701;KARIMI;Zoé;", True, id="le numéro décide"),
        pytest.param("44-0001;0123456702;;;", False, id="le numéro d'une autre"),
        pytest.param("44-0001;0999999999;;;", False, id="le numéro de personne"),
        pytest.param("44-0001;;Diallo-Invente;;", True, id="le nom seul"),
        pytest.param("44-0001;;AWA;diallo;", True, id="un mot commun"),
        pytest.param("44-0001;;KARIMI-INVENTEE;Zoé;", False, id="un autre nom"),
        pytest.param("44-0001;;DYALLO;Eva;1994", True, id="un autre nom, une naissance"),
        pytest.param("44-0001;;Diallo-Invente;Awa;1995", True, id="naissance corrigée"),
        pytest.param("44-0001;;Diallo;;1995", False, id="même famille, autre naissance"),
        pytest.param("44-0001;;;;1995", False, id="une autre naissance"),
        pytest.param("44-0001;;;;inconnue", True, id="une naissance illisible ne dit rien"),
        pytest.param("44-0003;0999999999;;;", True, id="aucun numéro enregistré"),
        pytest.param("44-0001;;;;", True, id="rien de dit"),
    ],
)
def test_the_person_of_a_row_is_that_of_its_dossier(file: File, row: str, passes: bool) -> None:
    brought = file.brings(c.HoldDiagnosis, f"{HEAD}\n{row};01/02/2023", keep_going=True)
    assert brought.counts == ((1, 0, 1, 0, 0, 0) if passes else (1, 0, 0, 0, 0, 1))
    if not passes:
        assert [found.code for found in brought.turned[2]] == ["autre_personne"]


def test_a_final_act_does_not_fall_on_another_person(file: File) -> None:
    row = "dossier;agdref;date_cloture;motif\n44-0001;0123456702;01/06/2023;arret_beneficiaire"
    assert file.brings(c.Close, row).counts == (1, 0, 0, 0, 0, 1)
    assert file.rows("SELECT count(*) FROM dossiers WHERE etape = 'clos'") == [(0,)]


@pytest.mark.parametrize("said", ["agdref", "nom"])
def test_an_answer_of_ofii_is_for_the_person_it_describes(file: File, said: str) -> None:
    file.brings(c.AddLiaison, "dossier;date_fiche;souhait\n44-0001;01/02/2023;oui")
    value = {"agdref": "0123456702", "nom": "KARIMI-INVENTEE"}[said]
    answer = f"dossier;{said};decision_ofii;date_decision\n44-0001;{value};rejetee;01/03/2023"
    brought = file.brings(c.DecideLiaison, answer)
    assert [found.code for found in brought.turned[2]] == ["autre_personne"]


def test_every_name_that_a_person_has_or_had_is_theirs(file: File) -> None:
    file.does(c.Enroll, dossier="44-0001", nom_usage="KEITA")
    file.does(c.Enroll, dossier="44-0001", nom="TRAORE-INVENTE", prenoms="Aïssata")
    for name in ("KEITA", "DIALLO-INVENTE", "TRAORE-INVENTE"):
        row = f"dossier;nom;etape\n44-0001;{name};atelier {name}"
        assert file.brings(c.AddStep, row).counts == (1, 0, 1, 0, 0, 0), name


SLIPPED = "dossier;agdref;nom;prenoms;date_naissance"
OTHER = "44-0001;;KARIMI-INVENTEE;Zoé;1990"


def test_a_slipped_reference_does_not_give_a_person_the_life_of_another(file: File) -> None:
    enrolled = file.brings(c.Enroll, f"{SLIPPED}\n{OTHER}")
    assert enrolled.codes(2) == ["autre_personne"]
    taken = file.takes_over(f"{SLIPPED};date_diagnostic\n{OTHER};01/02/2023")
    assert taken.codes(2) == ["autre_personne"]
    assert file.rows("SELECT nom FROM people ORDER BY agdref LIMIT 2")[1] == ("DIALLO-INVENTE",)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("44-0001;0123456701;BARRY;Awa;02/03/1994", id="un autre nom de famille"),
        pytest.param("44-0001;;DIALLO-INVENTE;Awa;1995", id="une autre naissance"),
        pytest.param("44-0001;0123456709;DIALLO-INVENTE;Awa;", id="un autre numéro"),
        pytest.param("44-0003;0123456799;SANS-NUMERO;Noor;1991", id="ce qui manquait"),
    ],
)
def test_a_file_corrects_one_thing_of_a_person(file: File, row: str) -> None:
    assert file.brings(c.Enroll, f"{SLIPPED}\n{row}").counts == (1, 0, 1, 0, 0, 0)


def test_a_step_is_completed_by_the_next_row(file: File) -> None:
    head = "dossier;etape;date_etape;heures"
    rows = f"{head}\n44-0001;Cours;01/03/2023;\n44-0001;Cours;01/03/2023;100"
    assert file.brings(c.AddStep, rows).counts == (2, 0, 2, 0, 0, 0)
    assert file.rows("SELECT heures FROM steps") == [(100,)]
    assert file.brings(c.AddStep, rows).counts == (2, 0, 0, 2, 0, 0)
    assert not file.faults()
