"""A blank cell never erases; the sign named with `--blank` does, and leaves a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from agir_cli.domain.commands import Enroll
from tests.usecases.filing import File

HEAD = "agdref;nom;telephone;statut;date_cir"
FULL = f"{HEAD}\n0123456789;INVENTEE;0612345678;refugie;09/01/2023"
READ = "SELECT p.telephone, d.statut FROM dossiers d JOIN people p ON p.id = d.personne"


@pytest.fixture
def file(tmp_path: Path) -> File:
    made = File(tmp_path / "equipe.db")
    made.brings(Enroll, FULL)
    return made


def test_a_blank_cell_never_erases(file: File) -> None:
    file.brings(Enroll, f"{HEAD}\n0123456789;INVENTEE;;;")
    assert file.rows(READ) == [("0612345678", "refugie")]


def test_the_sign_erases_and_the_former_value_is_kept(file: File) -> None:
    brought = file.brings(Enroll, f"{HEAD}\n0123456789;INVENTEE;-;-;", eraser="-")
    assert brought.summary.counts.updated == 1
    assert file.rows(READ) == [(None, None)]
    assert file.rows("SELECT field, former, current FROM identities") == [
        ("telephone", "0612345678", None)
    ]


def test_the_sign_is_known_in_capitals_too(file: File) -> None:
    file.brings(Enroll, f"{HEAD}\n0123456789;INVENTEE;Inconnu;INCONNU;", eraser="inconnu")
    assert file.rows(READ) == [(None, None)]


def test_erasing_twice_changes_nothing_more(file: File) -> None:
    text = f"{HEAD}\n0123456789;INVENTEE;-;-;"
    file.brings(Enroll, text, eraser="-")
    assert file.brings(Enroll, text, eraser="-").summary.counts.unchanged == 1


def test_a_fact_of_the_process_is_not_erased_by_a_cell(file: File) -> None:
    brought = file.brings(Enroll, f"{HEAD}\n0123456789;INVENTEE;;;-", eraser="-")
    assert brought.codes(2) == ["fait_non_effacable"]
    assert file.rows("SELECT date_cir FROM dossiers") == [("2023-01-09",)]


def test_nobody_is_left_without_a_name(file: File) -> None:
    brought = file.brings(Enroll, "dossier;nom\n44-0001;-", eraser="-")
    assert brought.codes(2) == ["nom_manquant"]
    assert file.rows("SELECT nom FROM people") == [("INVENTEE",)]


def test_a_household_code_holds_no_name(file: File) -> None:
    brought = file.brings(Enroll, "dossier;menage\n44-0001;famille Inventée")
    assert brought.codes(2) == ["illisible"]


def test_an_unknown_joined_number_stays_out_of_the_journal(file: File) -> None:
    file.brings(Enroll, "nom;statut;rejoint\nJOINTE;rejoignant;9988776655")
    journal = file.rows("SELECT payload FROM events")
    assert not [payload for (payload,) in journal if "9988776655" in payload]
    assert file.rows("SELECT value FROM texts WHERE field = 'rejoint'") == [("9988776655",)]
