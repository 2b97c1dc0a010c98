"""Enrolling: numbers, namesakes, households, former values, references."""

from __future__ import annotations

import pytest

from agir_cli.domain.commands import Close, Enroll, HoldDiagnosis, RefuseContract, SignContract
from agir_cli.domain.dates import parse_date
from agir_cli.domain.reading import read_values
from agir_cli.failures import NotFoundFailure
from agir_cli.usecases.ledger import NotDone
from agir_cli.usecases.single import correct_event, rehearse
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
    elsewhere = {"commune_residence": "85000 La Roche-sur-Yon", "date_cir": "2023"}
    assert codes(team.refusal(Enroll, nom="C", **elsewhere)) == ["hors_territoire"]
    assert team.enrols(nom="C", **elsewhere, departement="85") == "85-0002"
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


OLD = {"date_cir": "09/01/2021", "orientation": "acceptee", "date_orientation": "09/01/2021"}


@pytest.mark.parametrize("motive", ["transfert", "non_eligible", "deces"])
def test_two_years_reached_are_used_up_however_the_dossier_is_closed(
    team: Team, motive: str
) -> None:
    """Reaching the two years ends the right, since it is used up
    [W: AGIR : un droit dédié aux BPI]."""
    ref = team.enrols(nom="DIALLO", agdref="0123456789", **OLD)
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2021")
    team.does(SignContract, dossier=ref, date_contrat="17/02/2021")
    team.does(Close, dossier=ref, motif=motive, date_cloture="18/02/2023")
    outcome = team.refusal(Enroll, nom="DIALLO", agdref="0123456789")
    assert codes(outcome) == ["droit_epuise"]
    assert "terme des deux ans atteint (17/02/2023)" in outcome.findings[0].fact


@pytest.mark.parametrize(
    ("motive", "closed", "said", "codes_"),
    [
        pytest.param("transfert", "17/02/2023", {}, ["droit_epuise"], id="les deux ans courent"),
        pytest.param("deces", "01/03/2022", {}, ["droit_epuise"], id="décès noté par erreur"),
        pytest.param("erreur", "01/03/2022", {}, [], id="un contrat saisi par erreur"),
        pytest.param("transfert", "01/03/2022",
                     {"orientation": "acceptee", "date_orientation": "17/02/2023"}, [],
                     id="demandé le dernier jour"),
        pytest.param("transfert", "01/03/2022",
                     {"orientation": "acceptee", "date_orientation": "18/02/2023"},
                     ["droit_epuise"], id="demandé le lendemain"),
        pytest.param("transfert", "01/03/2022",
                     {"decision_ofii": "validee", "date_decision": "02/2023"}, [],
                     id="décidé peut-être avant"),
    ],
)  # fmt: skip
def test_two_years_run_on_after_a_transfer(
    team: Team, motive: str, closed: str, said: dict[str, str], codes_: list[str]
) -> None:
    ref = team.enrols(nom="DIALLO", agdref="0123456789", **OLD)
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2021")
    team.does(SignContract, dossier=ref, date_contrat="17/02/2021")
    team.does(Close, dossier=ref, motif=motive, date_cloture=closed)
    outcome = team.asks(Enroll, nom="DIALLO", agdref="0123456789", **said).outcome
    assert (codes(outcome) if isinstance(outcome, NotDone) else []) == codes_


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


def _transferred(team: Team) -> tuple[str, str]:
    """Somebody with a contract of 17/02/2023 here, who is in another department since."""
    ref = team.enrols(nom="DIALLO", agdref="0123456789", date_cir="09/01/2023")
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2023")
    team.does(SignContract, dossier=ref, date_contrat="17/02/2023")
    team.does(Close, dossier=ref, motif="transfert", date_cloture="01/09/2023")
    second = team.does(
        Enroll, nom="DIALLO", agdref="0123456789", departement="85", date_cir="09/01/2023",
        orientation="acceptee", date_orientation="05/09/2023",
    )  # fmt: skip
    (told,) = [found for found in second.warnings if found.code == "duree_entamee"]
    assert told.sentence.endswith("le droit finit le 17/02/2025.")
    return ref, second.reference


def _ends(team: Team) -> list[tuple[str, str | None]]:
    query = "SELECT droit_depuis, fin_au_plus_tard FROM dossiers ORDER BY id"
    return [tuple(row) for row in team.rows(query)]


def test_a_right_ends_with_the_contract_under_which_it_began(team: Team) -> None:
    """Two years at most [W]: after a transfer they run on, and the end is the first's."""
    _, second = _transferred(team)
    assert _ends(team) == [(None, "2025-02-17"), ("2023-02-17", "2025-02-17")]
    later = team.on("01/03/2025")
    later.does(HoldDiagnosis, dossier=second, date_diagnostic="06/09/2023")
    refused_ = later.refusal(SignContract, dossier=second, date_contrat="18/02/2025")
    assert codes(refused_) == ["terme_depasse"]
    later.does(SignContract, dossier=second, date_contrat="17/02/2025")
    assert _ends(team)[1] == ("2023-02-17", "2025-02-17")
    terms = "SELECT cause, depart_min, echeance_max FROM spans WHERE nature = 'terme' ORDER BY 1"
    assert team.rows(terms) == [
        ("contrat", "2023-02-17", "2025-02-17"), ("premier_contrat", "2023-02-17", "2025-02-17"),
    ]  # fmt: skip
    assert later.does(Close, dossier=second, motif="terme", date_cloture="18/02/2025")


def test_the_end_follows_a_correction_of_the_first_contract(team: Team) -> None:
    first, _ = _transferred(team)
    query = "SELECT kind FROM events e JOIN dossiers d ON d.id = e.dossier WHERE d.dossier = ?"
    kinds = [kind for (kind,) in team.rows(f"{query} ORDER BY e.id", first)]
    number = kinds.index("contract_signed") + 1
    correct_event(team.visitor, first, number, parse_date("20/02/2023"), "erreur de frappe")
    assert _ends(team) == [(None, "2025-02-20"), ("2023-02-20", "2025-02-20")]
    correct_event(team.visitor, first, len(kinds) + 2, None, "jamais signé")
    assert _ends(team) == [(None, None), (None, None)]


def test_a_third_dossier_counts_from_the_first(team: Team) -> None:
    _, second = _transferred(team)
    team.does(Close, dossier=second, motif="deces", date_cloture="01/10/2023")
    third = team.does(Enroll, nom="DIALLO", agdref="0123456789")
    assert "deces_enregistre" in [found.code for found in third.warnings]
    assert _ends(team)[2] == ("2023-02-17", "2025-02-17")


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
