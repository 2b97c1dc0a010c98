"""A correction is asked what the act itself is asked, and says what it does not do."""

from __future__ import annotations

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.anomalies import anomaly_told
from agir_cli.domain.decisions.again import with_names
from agir_cli.domain.decisions.common import Accepted, Decision, Refused
from agir_cli.domain.decisions.correction import correct
from agir_cli.domain.events import LABELS, Draft, Kind
from agir_cli.domain.vocabulary import Motive
from tests.domain.making import (
    REF,
    assigned,
    booked,
    cir,
    closed,
    codes,
    context,
    contract_booked,
    decided,
    diagnosed,
    dossier,
    draft,
    events,
    interviewed,
    missed,
    on,
    opened,
    oriented,
    signed,
    warned,
)

DIAGNOSED = [cir("15/01/2023"), oriented("15/01/2023"), diagnosed("25/01/2023")]
ASSIGNED = [*DIAGNOSED, assigned("01/02/2023", referent="R001")]
SIGNED = [*ASSIGNED, signed("17/02/2023")]


def corrected(happened: list[Draft], place: int, when: str | None = None) -> Decision:
    """The answer to correcting the event at that place (the opening is 0; -1 is the last)."""
    every = events(opened(), *happened)
    day = on(when) if when else None
    return correct(every, every[place], 7, day, "faute", context("01/06/2025"))


TERM = [*SIGNED, closed("17/02/2025", Motive.TERM)]


@pytest.mark.parametrize(
    ("happened", "place", "when", "problem", "obstacle"),
    [
        pytest.param(TERM, -1, "16/02/2025", "fin des deux ans (17/02/2025)", "le contrat",
                     id="terme redaté avant les deux ans"),
        pytest.param(TERM, -2, "18/02/2023", "fin des deux ans (18/02/2025)", "la clôture",
                     id="contrat redaté après"),
        pytest.param(TERM, -2, None, "la clôture resterait sans contrat", "la clôture",
                     id="contrat annulé sous un terme"),
        pytest.param([*SIGNED, closed("01/06/2023")], -2, "02/06/2023",
                     "un fait après la clôture : contrat AGIR signé", "ce fait",
                     id="contrat après la clôture"),
        pytest.param(SIGNED, -1, "31/01/2023", "le contrat (31/01/2023) viendrait avant la"
                     " commission (01/02/2023)", "la commission", id="avant l'étape d'avant"),
        pytest.param(SIGNED, -2, "18/02/2023", "le contrat (17/02/2023) viendrait avant la"
                     " commission (18/02/2023)", "le contrat", id="après l'étape d'après"),
        pytest.param([*SIGNED, interviewed("10/04/2023")], -1, "16/02/2023",
                     "le premier entretien (16/02/2023) viendrait avant le contrat", "le contrat",
                     id="entretien avant le contrat"),
        pytest.param([*DIAGNOSED, draft(Kind.DIAGNOSIS_SIGNED, "25/01/2023")], -1, "24/01/2023",
                     "la signature viendrait avant le diagnostic", "le diagnostic",
                     id="signature avant le diagnostic"),
    ],
)  # fmt: skip
def test_a_correction_is_refused_as_the_act_would_be(
    happened: list[Draft], place: int, when: str | None, problem: str, obstacle: str
) -> None:
    answer = corrected(happened, place, when)
    assert isinstance(answer, Refused)
    told = [f for f in answer.findings if problem in f.sentence]
    assert told, [f.sentence for f in answer.findings]
    assert f"corrigez d'abord {obstacle}," in told[0].remedy
    assert not any(kind.value in f.sentence for f in answer.findings for kind in Kind)


@pytest.mark.parametrize(
    ("place", "when"),
    [pytest.param(-1, "18/02/2025", id="plus tard"), pytest.param(-2, "16/02/2023", id="contrat")],
)
def test_a_term_may_be_moved_within_the_right(place: int, when: str) -> None:
    assert codes(corrected(TERM, place, when)) == []


@pytest.mark.parametrize(
    ("happened", "place", "when", "expected"),
    [
        pytest.param(
            [*DIAGNOSED[:2], booked("25/01/2023 10:00", "16/01/2023")],
            -1,
            "17/01/2023",
            ["rdv_pas_deplace"],
            id="RDV de diagnostic",
        ),
        pytest.param(
            [*ASSIGNED, contract_booked("10/02/2023 10:00", "02/02/2023")],
            -1,
            "03/02/2023",
            ["rdv_pas_deplace"],
            id="RDV de contrat",
        ),
        pytest.param(
            [*DIAGNOSED[:2], booked("25/01/2023 10:00", "16/01/2023")],
            -1,
            None,
            [],
            id="RDV annulé",
        ),
        pytest.param(SIGNED, -2, None, ["sans_referent"], id="commission sous un contrat"),
        pytest.param(ASSIGNED, -1, None, [], id="commission sans contrat"),
        pytest.param(SIGNED, -2, "02/02/2023", [], id="commission redatée"),
    ],
)
def test_a_correction_says_what_it_does_not_do(
    happened: list[Draft], place: int, when: str | None, expected: list[str]
) -> None:
    assert warned(corrected(happened, place, when)) == expected


def test_the_appointment_that_stays_is_named() -> None:
    answer = corrected([*DIAGNOSED[:2], booked("25/01/2023 10:00", "16/01/2023")], -1, "17/01/2023")
    assert isinstance(answer, Accepted)
    assert "25/01/2023 à 10:00" in answer.warnings[0].sentence
    assert f"agir diagnose book {REF}" in answer.warnings[0].remedy


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("what", ["apres_cloture", "incomplet"])
def test_every_anomaly_is_told_in_words(what: str, kind: Kind) -> None:
    told = anomaly_told(f"{what}:{kind.value}")
    assert kind.value not in told
    assert LABELS[kind][1:] in told


@pytest.mark.parametrize("code", ["deux_diagnostics", "deux_contrats"])
def test_two_of_one_are_told_in_words(code: str) -> None:
    assert "_" not in anomaly_told(code)


# --- closing, absences, référents --------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        pytest.param(SIGNED, ["suite_du_contrat"], id="contrat signé"),
        pytest.param(ASSIGNED, [], id="pas de contrat"),
        pytest.param([], [], id="jamais venue"),
    ],
)
def test_dropped_hides_no_end_of_support(happened: list[Draft], expected: list[str]) -> None:
    closing = c.Close(dossier=REF, date_cloture=on("01/06/2023"), motif=Motive.DROPPED)
    answer = decided(dossier(*happened), closing)
    assert codes(answer) == expected
    if isinstance(answer, Refused):
        assert "arret_beneficiaire" in answer.findings[0].remedy


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        pytest.param([booked("25/10/2023 10:00", "01/10/2023")], ["rdv_autre_jour"], id="le 25"),
        pytest.param([booked("24/10/2023 10:00", "01/10/2023")], [], id="le jour même"),
        pytest.param([booked("20/10/2023 10:00", "01/10/2023"), missed("20/10/2023")],
                     ["rdv_manquant"], id="le précédent était déjà manqué"),
        pytest.param([], ["rdv_manquant"], id="aucun"),
    ],
)  # fmt: skip
def test_an_absence_names_the_appointment_that_stands(
    happened: list[Draft], expected: list[str]
) -> None:
    absent = c.MissDiagnosis(dossier=REF, date_absence=on("24/10/2023"))
    answer = decided(dossier(oriented("15/01/2023"), *happened), absent)
    assert warned(answer) == expected
    assert isinstance(answer, Accepted)
    if expected == ["rdv_autre_jour"]:
        assert "25/10/2023 à 10:00" in answer.warnings[0].sentence


@pytest.mark.parametrize("when", ["01/02/2023", "01/06/2023"])
def test_another_referent_is_no_redating(when: str) -> None:
    other = c.Assign(dossier=REF, date_commission=on(when), referent="R003")
    answer = decided(dossier(*SIGNED), other)
    assert isinstance(answer, Refused)
    found = answer.findings[0]
    assert (found.code, found.values["date"]) == ("deja_enregistre", "")
    assert "avec le nouveau référent" in found.remedy


def test_referents_are_told_by_name() -> None:
    other = c.Assign(dossier=REF, date_commission=on("01/02/2023"), referent="R003")
    answer = decided(dossier(*SIGNED), other)
    assert isinstance(answer, Refused)
    named = with_names(answer.findings[0], {"R001": "Anne INVENTÉE", "R003": "Karim INVENTÉ"})
    assert named.fact == "enregistré : Anne INVENTÉE ; donné : Karim INVENTÉ"
