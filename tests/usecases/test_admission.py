"""Enrolling: numbers, namesakes, households, former values, references."""

from __future__ import annotations

import pytest

from agir_cli.domain.commands import Close, Enroll, HoldDiagnosis, RefuseContract, SignContract
from agir_cli.domain.reading import read_values
from agir_cli.failures import NotFoundFailure
from agir_cli.usecases.single import rehearse
from tests.domain.making import READING
from tests.usecases.team import Team, codes


def refused(team: Team, **texts: str) -> str:
    ref = team.enrols(date_cir="09/01/2023", orientation="acceptee", **texts)
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2023")
    team.does(RefuseContract, dossier=ref, date_refus="17/02/2023")
    return ref


def test_references_count_up_in_each_department_and_a_refusal_leaves_no_hole(team: Team) -> None:
    assert team.enrols(nom="A") == "44-0001"
    assert codes(team.refusal(Enroll, nom="B", date_cir="24/11/2023")) == ["date_future"]
    assert team.enrols(nom="B", departement="85") == "85-0001"
    assert team.enrols(nom="C", commune_residence="85000 La Roche-sur-Yon") == "85-0002"
    assert team.enrols(nom="D") == "44-0002"


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param({"nom": "DIALLO"}, id="même nom"),
        pytest.param({"nom": "Autre"}, id="autre nom"),
        pytest.param({"nom": "DIALLO", "departement": "85"}, id="autre département"),
        pytest.param({"nom": "DIALLO", "malgre": "essai"}, id="malgré"),
        pytest.param({"nom": "DIALLO", "orientation": "acceptee"}, id="orientée"),
        pytest.param({"nom": "DIALLO", "date_naissance": "1950"}, id="autre naissance"),
    ],
)
@pytest.mark.parametrize("number", ["0123456789", "01 23 45 67 89", "0123.456.789"])
def test_a_right_used_up_stays_used_up(team: Team, texts: dict[str, str], number: str) -> None:
    """No other spelling and no other department reopens the right [invariant 4]."""
    ref = refused(team, nom="DIALLO", agdref="0123456789")
    outcome = team.refusal(Enroll, agdref=number, **texts)
    assert codes(outcome) == ["droit_epuise"]
    assert not outcome.asks
    for part in (ref, "17/02/2023", "Refus"):
        assert part in outcome.findings[0].fact
    assert team.rows("SELECT count(*) FROM dossiers") == [(1,)]


def test_the_distinct_answer_does_not_pass_a_number(team: Team) -> None:
    ref = refused(team, nom="DIALLO", agdref="0123456789")
    outcome = team.refusal(Enroll, (ref,), nom="DIALLO", agdref="0123456789")
    assert codes(outcome) == ["droit_epuise"]


@pytest.mark.parametrize(
    ("nom", "prenoms"),
    [
        ("DIALLO", "Awa"), ("diallo", "AWA"), ("Diálló", "Awa"), ("Awa", "Diallo"),
        ("Diallo Awa", ""), ("DIALLO-AWA", ""), ("DIALLO", " awa "),
    ],
)  # fmt: skip
def test_a_name_written_otherwise_is_the_same_name(team: Team, nom: str, prenoms: str) -> None:
    team.enrols(nom="Diallo", prenoms="Awa")
    texts = {"nom": nom, "prenoms": prenoms} if prenoms else {"nom": nom}
    outcome = team.refusal(Enroll, **texts)
    assert (codes(outcome), outcome.asks) == (["meme_personne"], True)


def test_an_unknown_dossier_cannot_answer_for_a_namesake(team: Team) -> None:
    team.enrols(nom="DIALLO")
    with pytest.raises(NotFoundFailure):
        team.asks(Enroll, ("44-0009",), nom="DIALLO")


def test_a_value_that_changes_keeps_the_former_one(team: Team) -> None:
    """Civil status changes during the support: the former value stays, with who and when."""
    ref = team.enrols(nom="DIALLO", prenoms="Awa", agdref="0123456789")
    team.does(Enroll, dossier=ref, nom="DIALLO-BARRY", date_naissance="02/03/1994")
    assert team.rows("SELECT field, former, current, author FROM identities ORDER BY id") == [
        ("nom", "DIALLO", "DIALLO-BARRY", "essai"),
        ("date_naissance", "", "1994-03-02", "essai"),
    ]
    assert team.does(Enroll, dossier=ref, nom="DIALLO-BARRY").status == "inchange"


def test_a_number_of_somebody_else_cannot_be_given_to_a_dossier(team: Team) -> None:
    team.enrols(nom="DIALLO", agdref="0123456789")
    other = team.enrols(nom="BARRY")
    outcome = team.refusal(Enroll, dossier=other, agdref="0123456789")
    assert codes(outcome) == ["agdref_autre_personne"]


def test_a_household_is_named_by_a_dossier_of_it(team: Team) -> None:
    first = team.enrols(nom="DIALLO", prenoms="Awa")
    team.enrols(nom="DIALLO", prenoms="Binta", menage=first)
    team.enrols(nom="DIALLO", prenoms="Cira", menage=first)
    households = team.rows("SELECT DISTINCT menage FROM dossiers")
    assert households == [(first,)]


def test_a_free_end_opens_a_second_dossier_of_the_same_person(team: Team) -> None:
    first = team.enrols(nom="DIALLO", agdref="0123456789")
    team.does(Close, dossier=first, motif="transfert", date_cloture="01/09/2023")
    second = team.enrols(nom="DIALLO", agdref="0123456789")
    people = team.rows("SELECT personne FROM dossiers")
    assert first != second
    assert len(people) == 2
    assert len(set(people)) == 1


def test_a_rehearsal_says_the_same_and_writes_nothing(team: Team) -> None:
    ref = team.enrols(nom="DIALLO", date_cir="09/01/2023", orientation="acceptee")
    read = read_values(RefuseContract, {"dossier": ref, "date_refus": "17/02/2023"}, READING)
    before = team.visitor.path.read_bytes()
    outcome = rehearse(team.visitor, read)  # type: ignore[arg-type]
    assert codes(outcome) == ["diagnostic_manquant"]  # type: ignore[arg-type]
    assert team.visitor.path.read_bytes() == before


@pytest.mark.parametrize("number", ["123456789", "0123456789"])
@pytest.mark.parametrize("other", ["123456789", "0123456789"])
def test_a_lost_zero_does_not_reopen_a_right(team: Team, number: str, other: str) -> None:
    refused(team, nom="DIALLO", agdref=number)
    assert codes(team.refusal(Enroll, nom="Autre", agdref=other)) == ["droit_epuise"]


def test_the_fuller_spelling_of_a_number_is_kept(team: Team) -> None:
    ref = team.enrols(nom="DIALLO", agdref="123456789")
    assert team.does(Enroll, dossier=ref, agdref="0123456789").status == "modifie"
    assert team.does(Enroll, dossier=ref, agdref="123456789").status == "inchange"
    assert team.rows("SELECT agdref FROM people") == [("0123456789",)]


@pytest.mark.parametrize("motive", ["transfert", "non_eligible", "deces"])
def test_two_years_reached_are_used_up_however_the_dossier_is_closed(
    team: Team, motive: str
) -> None:
    """Reaching the two years ends the right, since it is used up
    [W: AGIR : un droit dédié aux BPI]."""
    ref = team.enrols(nom="DIALLO", agdref="0123456789", date_cir="09/01/2021")
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2021")
    team.does(SignContract, dossier=ref, date_contrat="17/02/2021")
    team.does(Close, dossier=ref, motif=motive, date_cloture="18/02/2023")
    outcome = team.refusal(Enroll, nom="DIALLO", agdref="0123456789")
    assert codes(outcome) == ["droit_epuise"]
    assert "terme des deux ans atteint (17/02/2023)" in outcome.findings[0].fact


def test_a_dossier_closed_on_its_last_day_leaves_the_right(team: Team) -> None:
    ref = team.enrols(nom="DIALLO", agdref="0123456789", date_cir="09/01/2021")
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2021")
    team.does(SignContract, dossier=ref, date_contrat="17/02/2021")
    team.does(Close, dossier=ref, motif="transfert", date_cloture="17/02/2023")
    assert team.does(Enroll, nom="DIALLO", agdref="0123456789").status == "cree"


def test_nothing_that_is_said_at_the_opening_is_dropped(team: Team) -> None:
    said = {"reference_cirng": "CIR-1", "motif_ofii": "à revoir", "prescripteur": "CADA"}
    team.enrols(nom="DIALLO", **said)
    assert dict(team.rows("SELECT field, value FROM texts")) == said
    outcome = team.refusal(Enroll, nom="BARRY", date_decision="10/01/2023")
    assert codes(outcome) == ["decision_manquante"]
    done = team.does(Enroll, nom="BARRY", malgre="essai")
    assert "malgre_inutile" in [found.code for found in done.warnings]


def test_a_namesake_whose_right_is_used_up_is_not_to_be_continued(team: Team) -> None:
    ref = refused(team, nom="DIALLO", prenoms="Awa")
    (asked,) = team.refusal(Enroll, nom="DIALLO", prenoms="Awa").findings
    assert f"son droit est épuisé, rien ne le rouvre : agir show {ref}" in asked.remedy
    assert "son droit est épuisé" in asked.row_remedy


def test_an_earlier_contract_and_a_death_are_told(team: Team) -> None:
    """Domain.md does not say whether two years go on after a transfer: told, not decided."""
    ref = team.enrols(nom="DIALLO", agdref="0123456789", date_cir="09/01/2023")
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2023")
    team.does(SignContract, dossier=ref, date_contrat="17/02/2023")
    team.does(Close, dossier=ref, motif="transfert", date_cloture="01/09/2023")
    second = team.does(Enroll, nom="DIALLO", agdref="0123456789", departement="85")
    (told,) = [found for found in second.warnings if found.code == "duree_entamee"]
    assert told.sentence.endswith("le droit finit le 17/02/2025.")
    team.does(Close, dossier=second.reference, motif="deces", date_cloture="01/10/2023")
    third = team.does(Enroll, nom="DIALLO", agdref="0123456789")
    assert "deces_enregistre" in [found.code for found in third.warnings]


@pytest.mark.parametrize(
    ("written", "again", "same"),
    [
        ("AL AHMAD Mohammed", "AL AHMAD Mohamed", True),
        ("AL AHMAD Mohamed", "ALAHMAD Mohamed", True),
        ("MÜLLER Jürgen", "MUELLER Juergen", True),
        ("DIALLO", "DIALLO Awa", True),
        ("DIALLO Awa", "DIALLO Ali", False),
        ("DIALLO Awa", "BARRY Awa", False),
        ("LI Wei", "LIU Wen", False),
    ],
)
def test_one_number_and_a_name_spelled_otherwise(
    team: Team, written: str, again: str, same: bool
) -> None:
    team.enrols(nom=written, agdref="0123456789")
    outcome = team.refusal(Enroll, nom=again, agdref="0123456789")
    assert codes(outcome) == ["deja_inscrit" if same else "agdref_autre_personne"]


def test_a_used_up_right_is_told_first_among_namesakes(team: Team) -> None:
    first = team.enrols(nom="DIALLO", prenoms="Awa", agdref="0123456789")
    team.does(Close, dossier=first, motif="transfert", date_cloture="01/02/2023")
    second = refused(team, nom="DIALLO", prenoms="Awa", agdref="0123456789")
    (asked,) = team.refusal(Enroll, nom="DIALLO", prenoms="Awa").findings
    assert f"son droit est épuisé, rien ne le rouvre : agir show {second}" in asked.remedy


def test_who_comes_back_without_a_number_is_told_the_way(team: Team) -> None:
    """A closed dossier of one person takes their number: then the number says who they are."""
    ref = team.enrols(nom="DIALLO", prenoms="Awa", date_naissance="1990")
    team.does(Close, dossier=ref, motif="transfert", date_cloture="01/02/2023")
    (asked,) = team.refusal(Enroll, nom="DIALLO", prenoms="Awa", date_naissance="1990").findings
    assert f"agir enroll --dossier {ref} --agdref N°" in asked.remedy
    team.does(Enroll, dossier=ref, agdref="0123456789")
    again = team.does(Enroll, nom="DIALLO", prenoms="Awa", agdref="0123456789")
    assert team.rows("SELECT count(DISTINCT personne) FROM dossiers") == [(1,)]
    assert again.status == "cree"


def test_an_identity_is_put_right_after_the_end_but_for_the_number_that_bars(team: Team) -> None:
    ref = refused(team, nom="DIALLO", agdref="0123456789")
    assert team.does(Enroll, dossier=ref, telephone="0612345678").status == "modifie"
    outcome = team.refusal(Enroll, dossier=ref, agdref="0987654312")
    assert codes(outcome) == ["numero_fixe"]
    unnumbered = refused(team, nom="CAMARA")
    team.does(Enroll, dossier=unnumbered, agdref="0333333333")
    assert codes(team.refusal(Enroll, nom="KEITA", agdref="0333333333")) == ["droit_epuise"]
    mistaken = team.enrols(nom="BARRY", agdref="0111111111")
    team.does(Close, dossier=mistaken, motif="erreur", date_cloture="01/02/2023")
    team.does(Enroll, dossier=mistaken, agdref="0222222222")
    assert team.does(Enroll, nom="SOW", agdref="0111111111").status == "cree"
