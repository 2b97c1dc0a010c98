"""A closed dossier opens again only where nothing of the same person stands against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agir_cli.domain import commands as c
from agir_cli.usecases import enrolment
from agir_cli.usecases import undo as undoing
from agir_cli.usecases.consult import record
from agir_cli.usecases.ledger import Done, NotDone
from agir_cli.usecases.single import correct_event
from agir_cli.usecases.upkeep import check, rebuild
from tests.usecases.filing import File
from tests.usecases.team import Team, codes

PERSON = {"nom": "DIALLO-INVENTE", "prenoms": "Awa", "agdref": "0123456789"}


def moved(team: Team) -> str:
    """A dossier closed by a transfer, and the number of its closing."""
    ref = team.enrols(**PERSON, date_cir="05/01/2023", orientation="acceptee")
    team.does(c.Close, dossier=ref, motif="transfert", date_cloture="01/05/2023")
    team.enrols(**PERSON, departement="85", orientation="acceptee", date_orientation="10/05/2023")
    return ref


def voided(team: Team, ref: str) -> Done | NotDone:
    """What voiding the last event of a dossier comes to."""
    number = len(record(team.visitor, ref).events)
    return correct_event(team.visitor, ref, number, None, "refus saisi par erreur").outcome


def test_the_two_years_of_a_dossier_of_an_older_program_are_those_of_the_first_contract(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It did not write them in the second dossier: `rebuild` does."""
    ref = team.enrols(**PERSON, date_cir="05/01/2023", orientation="acceptee")
    team.does(c.HoldDiagnosis, dossier=ref, date_diagnostic="12/01/2023")
    team.does(c.SignContract, dossier=ref, date_contrat="01/02/2023")
    team.does(c.Close, dossier=ref, motif="transfert", date_cloture="01/05/2023")
    with monkeypatch.context() as older:
        older.setattr(enrolment, "begun_before", lambda earlier: None)
        team.enrols(
            **PERSON, departement="85", orientation="acceptee", date_orientation="10/05/2023"
        )
    team.does(c.HoldDiagnosis, dossier="85-0001", date_diagnostic="12/05/2023")
    team.does(c.SignContract, dossier="85-0001", date_contrat="20/05/2023")
    end = "SELECT fin_au_plus_tard FROM dossiers WHERE dossier = '85-0001'"
    assert team.rows(end) == [("2025-05-20",)]
    rebuild(team.visitor)
    assert team.rows(end) == [("2025-02-01",)]
    events = team.rows("SELECT count(*) FROM events")
    rebuild(team.visitor)
    assert team.rows("SELECT count(*) FROM events") == events, "once"
    assert check(team.visitor.path) == []


def test_not_beside_another_open_dossier(team: Team) -> None:
    outcome = voided(team, moved(team))
    assert isinstance(outcome, NotDone)
    assert codes(outcome) == ["autre_dossier_ouvert"]
    assert team.rows("SELECT dossier FROM dossiers WHERE etape <> 'clos'") == [("85-0001",)]


def test_not_after_a_refusal_in_another_dossier(team: Team) -> None:
    """No sequence of accepted commands reopens a used-up right [invariant 4]."""
    ref = moved(team)
    team.does(c.HoldDiagnosis, dossier="85-0001", date_diagnostic="12/05/2023")
    team.does(c.RefuseContract, dossier="85-0001", date_refus="20/05/2023")
    outcome = voided(team, ref)
    assert isinstance(outcome, NotDone)
    assert codes(outcome) == ["droit_epuise_ailleurs"]
    assert team.rows("SELECT count(*) FROM dossiers WHERE etape <> 'clos'") == [(0,)]
    assert isinstance(voided(team, "85-0001"), Done), "the mistaken refusal itself can be voided"
    assert check(team.visitor.path) == []


def test_once_the_other_one_is_a_mistake_it_can(team: Team) -> None:
    ref = moved(team)
    team.does(c.Close, dossier="85-0001", motif="erreur", date_cloture="20/05/2023")
    assert isinstance(voided(team, ref), Done)


def test_undoing_a_file_of_closings_does_not_either(tmp_path: Path) -> None:
    file = File(tmp_path / "equipe.db")
    head = "agdref;nom;statut;date_cir;orientation;departement"
    file.brings(c.Enroll, f"{head}\n0123456789;DIALLO-INVENTE;refugie;05/01/2023;acceptee;44")
    closed = file.brings(c.Close, "dossier;motif;date_cloture\n44-0001;transfert;01/05/2023")
    file.brings(c.Enroll, f"{head}\n0123456789;DIALLO-INVENTE;refugie;05/01/2023;acceptee;85")
    file.brings(c.HoldDiagnosis, "dossier;date_diagnostic\n85-0001;12/05/2023")
    file.brings(c.RefuseContract, "dossier;date_refus\n85-0001;20/05/2023")
    (row,) = undoing.look(file.visitor, closed.batch).fates
    assert (row.outcome, row.detail) == (
        "impossible", "le droit est épuisé par un autre dossier : 85-0001",
    )  # fmt: skip


def test_undoing_a_file_does_not_free_the_number_of_a_used_up_right(tmp_path: Path) -> None:
    file = File(tmp_path / "equipe.db")
    file.brings(c.Enroll, "nom;statut;date_cir;orientation\nA-INVENTEE;refugie;05/01/2023;acceptee")
    numbered = file.brings(c.Enroll, "dossier;agdref\n44-0001;0123456789")
    file.brings(c.HoldDiagnosis, "dossier;date_diagnostic\n44-0001;01/02/2023")
    file.brings(c.RefuseContract, "dossier;date_refus\n44-0001;10/02/2023")
    (row,) = undoing.look(file.visitor, numbered.batch).fates
    assert row.outcome == "gardé"
    assert "le droit est épuisé sous ce numéro (44-0001)" in row.detail
    undoing.undo(file.visitor, numbered.batch)
    assert file.rows("SELECT agdref FROM people") == [("0123456789",)]
