"""Correcting: voided or redated, with a reason and an author, and always visible."""

from __future__ import annotations

from agir_cli.domain.commands import Assign, Enroll, HoldDiagnosis, RefuseContract, SignContract
from agir_cli.domain.dates import parse_date
from agir_cli.usecases.consult import record
from agir_cli.usecases.ledger import Done, NotDone
from agir_cli.usecases.single import correct_event
from agir_cli.usecases.upkeep import check
from tests.usecases.team import Team, codes


def contracted(team: Team) -> str:
    ref = team.enrols(nom="DIALLO", agdref="0123456789", date_cir="09/01/2023",
                      orientation="acceptee", date_orientation="09/01/2023")  # fmt: skip
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2023")
    team.does(Assign, dossier=ref, date_commission="02/02/2023")
    team.does(SignContract, dossier=ref, date_contrat="17/02/2023", projet="Pâtisserie")
    return ref


def corrected(team: Team, ref: str, number: int, on: str | None) -> Done | NotDone:
    day = parse_date(on) if on else None
    return correct_event(team.visitor, ref, number, day, "faute de frappe").outcome


def test_a_redated_event_keeps_its_words_and_the_old_one_stays(team: Team) -> None:
    ref = contracted(team)
    assert isinstance(corrected(team, ref, 6, "18/02/2023"), Done)
    found = record(team.visitor, ref)
    assert found.standing.state.contract == parse_date("18/02/2023")
    assert found.words["projet"] == "Pâtisserie"
    assert found.words["raison"] == "faute de frappe"
    assert len(found.events) == 8
    assert {n for n, e in found.events if e.id in found.voided} == {6}
    assert check(team.visitor.path) == []


def test_a_correction_that_breaks_the_order_is_refused(team: Team) -> None:
    ref = contracted(team)
    before = team.visitor.path.read_bytes()
    for number, on in ((6, "24/01/2023"), (4, None), (4, "03/02/2023"), (5, "24/01/2023")):
        outcome = corrected(team, ref, number, on)
        assert isinstance(outcome, NotDone), (number, on)
        assert "correction_incoherente" in codes(outcome)
    assert team.visitor.path.read_bytes() == before


def test_what_cannot_be_corrected_is_told(team: Team) -> None:
    ref = contracted(team)
    assert codes(corrected(team, ref, 1, None)) == ["evenement_fixe"]  # type: ignore[arg-type]
    assert codes(corrected(team, ref, 99, None)) == ["evenement_inconnu"]  # type: ignore[arg-type]
    assert codes(corrected(team, ref, 6, "24/11/2023"))[0] == "date_future"  # type: ignore[arg-type]
    assert isinstance(corrected(team, ref, 6, None), Done)
    assert codes(corrected(team, ref, 6, None)) == ["evenement_annule"]  # type: ignore[arg-type]
    voiding = len(record(team.visitor, ref).events)
    for on in (None, "23/11/2023"):
        answer = corrected(team, ref, voiding, on)
        assert codes(answer) == ["annulation_fixe"]  # type: ignore[arg-type]
        assert "erreur --on" not in "".join(f.remedy for f in answer.findings)  # type: ignore[union-attr]


def test_voiding_a_mistaken_refusal_gives_the_right_back_for_the_number_too(team: Team) -> None:
    """The only way a used-up right comes back, and it is seen [invariant 4]."""
    ref = team.enrols(nom="DIALLO", agdref="0123456789", orientation="acceptee")
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2023")
    team.does(RefuseContract, dossier=ref, date_refus="17/02/2023")
    number = len(record(team.visitor, ref).events)
    assert codes(team.refusal(Enroll, nom="DIALLO", agdref="0123456789")) == ["droit_epuise"]
    assert isinstance(corrected(team.on("24/11/2023", "direction"), ref, number, None), Done)
    assert codes(team.refusal(Enroll, nom="DIALLO", agdref="0123456789")) == ["deja_inscrit"]
    found = record(team.visitor, ref)
    assert found.events[-1][1].author == "direction"
    assert found.events[-1][1].texts["raison"] == "faute de frappe"
    assert found.standing.state.open
