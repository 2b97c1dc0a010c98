"""What a refusal or a note proposes to type is about the right act, by its name."""

from __future__ import annotations

import pytest

from agir_cli.domain import commands as c
from agir_cli.usecases.consult import record
from agir_cli.usecases.ledger import Done
from agir_cli.usecases.single import correct_event
from tests.usecases.team import Team


def diagnosed(team: Team) -> str:
    ref = team.enrols(nom="DIALLO-INVENTE", date_cir="09/01/2023", orientation="acceptee")
    team.does(c.HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2023")
    return ref


def test_a_referent_is_told_by_name(team: Team) -> None:
    ref = diagnosed(team)
    team.does(c.Assign, dossier=ref, date_commission="02/02/2023", referent="DURAND Anne")
    given = {"dossier": ref, "date_commission": "02/02/2023", "referent": "SY Bakary"}
    (found,) = team.refusal(c.Assign, **given).findings
    assert found.fact == "enregistré : DURAND Anne ; donné : SY Bakary"


def test_what_a_correction_leaves_behind_is_told(team: Team) -> None:
    ref = diagnosed(team)
    team.does(c.Assign, dossier=ref, date_commission="02/02/2023", referent="DURAND Anne")
    team.does(c.SignContract, dossier=ref, date_contrat="17/02/2023")
    outcome = correct_event(team.visitor, ref, 5, None, "essai").outcome
    assert isinstance(outcome, Done)
    assert [found.code for found in outcome.warnings] == ["fait_corrige", "sans_referent"]


@pytest.mark.parametrize(("day", "number"), [("01/03/2023", 4), ("08/03/2023", 5)])
def test_of_two_appointments_the_one_of_that_day_is_to_be_voided(
    team: Team, day: str, number: int
) -> None:
    ref = team.enrols(nom="DIALLO-INVENTE", date_cir="09/01/2023", orientation="acceptee")
    for said, booked in (("01/03/2023", "06/03/2023 10:00"), ("08/03/2023", "10/03/2023 10:00")):
        there = team.on(said)
        there.does(c.BookDiagnosis, dossier=ref, date_rdv_diagnostic=booked, bureau="44-C1")
    again = {"01/03/2023": "06/03/2023 10:00", "08/03/2023": "10/03/2023 10:00"}[day]
    given = {"dossier": ref, "date_rdv_diagnostic": again, "bureau": "44-C2"}
    (found,) = team.on(day).refusal(c.BookDiagnosis, **given).findings
    assert found.values["evenement"] == number


def test_a_wish_that_is_missing_is_said_on_the_form(team: Team) -> None:
    ref = team.enrols(nom="DIALLO-INVENTE", date_cir="09/01/2022")
    done = team.does(c.AddLiaison, dossier=ref, date_fiche="03/02/2023")
    told = {found.code: found for found in done.warnings}
    assert (
        f'agir liaison add {ref} --on "03/02/2023" --souhait oui' in told["souhait_a_dire"].remedy
    )
    team.does(c.AddLiaison, dossier=ref, date_fiche="03/02/2023", souhait="oui")
    missing = record(team.visitor, ref).standing.assessment.missing
    assert "souhait" not in missing


def test_of_two_appointments_said_on_one_day_the_right_one_is_to_be_voided(team: Team) -> None:
    ref = team.enrols(nom="DIALLO-INVENTE", date_cir="09/01/2023", orientation="acceptee")
    for booked in ("26/11/2023 10:00", "28/11/2023 10:00"):
        team.does(c.BookDiagnosis, dossier=ref, date_rdv_diagnostic=booked, bureau="44-C1")
    given = {"dossier": ref, "date_rdv_diagnostic": "26/11/2023 10:00", "bureau": "44-C2"}
    (found,) = team.refusal(c.BookDiagnosis, **given).findings
    assert found.values["evenement"] == 4


def test_what_is_to_be_voided_is_what_first_said_the_value(team: Team) -> None:
    """What completes an act says it whole again: voiding that alone would leave the value."""
    ref = diagnosed(team)
    said = {"dossier": ref, "date_commission": "02/02/2023"}
    team.does(c.Assign, **said, referent="DURAND Anne")
    team.does(c.Assign, **said, modalite="globale")
    (found,) = team.refusal(c.Assign, **said, referent="SY Bakary").findings
    assert found.values["evenement"] == 5
    number = int(str(found.values["evenement"]))
    assert isinstance(correct_event(team.visitor, ref, number, None, "essai").outcome, Done)
    assert team.does(c.Assign, **said, referent="SY Bakary").status == "modifie"
