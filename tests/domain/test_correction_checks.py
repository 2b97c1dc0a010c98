"""A correction is asked what the act itself is asked, and says what it does not do."""

from __future__ import annotations

from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.decisions.common import Accepted, Decision, Refused, with_names
from agir_cli.domain.decisions.correction import correct, numbered
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.reasons import anomaly_told, finding
from agir_cli.domain.vocabulary import Motive, OfiiOutcome, SupportMode
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
    declined,
    diagnosed,
    dossier,
    draft,
    events,
    form,
    interviewed,
    kinds,
    missed,
    on,
    opened,
    oriented,
    rejected,
    sent,
    signed,
    validated,
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


ASKED = [cir("05/05/2022"), form("01/02/2023", True), sent("10/02/2023")]
REJECTED = [*ASKED, rejected("01/03/2023")]
AGAIN = [*REJECTED, form("15/04/2023", True)]
PAST = [cir("05/01/2023"), oriented("05/01/2023"), rejected("10/01/2023")]
DECLINED = [*ASKED[:2], declined("01/03/2023"), form("15/04/2023", True)]
ALONE = "resterait sans la décision de l'OFII"


@pytest.mark.parametrize(
    ("happened", "place", "when", "problem", "obstacle"),
    [
        pytest.param(ASKED, 2, "11/02/2023", "resterait sans la transmission à l'OFII",
                     "la transmission à l'OFII", id="fiche après l'envoi"),
        pytest.param(ASKED, 3, "31/01/2023", "resterait sans la transmission à l'OFII",
                     "la fiche de liaison", id="envoi avant la fiche"),
        pytest.param([*ASKED, validated("01/03/2023")], 2, "01/04/2023", ALONE,
                     "la décision de l'OFII", id="fiche après la validation"),
        pytest.param(REJECTED, 2, "01/04/2023", ALONE, "la décision de l'OFII",
                     id="fiche après le rejet"),
        pytest.param(REJECTED, 4, "15/01/2023", ALONE, "la fiche de liaison",
                     id="rejet avant la fiche"),
        pytest.param(AGAIN, 4, "20/04/2023", ALONE, "la fiche de liaison",
                     id="rejet après la nouvelle fiche"),
        pytest.param(AGAIN, 5, "15/02/2023", ALONE, "la décision de l'OFII",
                     id="nouvelle fiche avant le rejet"),
        pytest.param(AGAIN, 5, "01/02/2023", "deux fiches de liaison auraient le même jour",
                     "l'autre fiche", id="deux fiches le même jour"),
        pytest.param([*PAST, form("15/02/2023", True)], 2, "20/02/2023",
                     "l'orientation acceptée (20/02/2023) passerait outre le rejet de l'OFII"
                     " (10/01/2023)", "le rejet de l'OFII", id="orientation après le rejet"),
        pytest.param(PAST, 2, "20/02/2023", "passerait outre", "le rejet de l'OFII",
                     id="orientation après le rejet, sans fiche"),
        pytest.param([*PAST, validated("10/02/2023", OfiiOutcome.DEROGATION)], 3, "01/03/2023",
                     "la décision de l'OFII (Validée par dérogation) resterait sans effet",
                     "l'autre décision de l'OFII", id="rejet après la dérogation"),
        pytest.param([*PAST, validated("10/02/2023", OfiiOutcome.DEROGATION)], 4, "08/01/2023",
                     "resterait sans effet", "l'autre décision", id="dérogation avant le rejet"),
        pytest.param(AGAIN, 4, None, "présenterait à nouveau", "la fiche de liaison (15/04/2023)",
                     id="rejet annulé sous une fiche"),
        pytest.param([*PAST, form("15/02/2023", True)], 3, None, "présenterait à nouveau",
                     "la fiche de liaison (15/02/2023)", id="rejet annulé, voie N"),
        pytest.param(DECLINED, 3, None, "deux fiches de liaison attendraient l'OFII"
                     " (01/02/2023 ; 15/04/2023)", "la fiche de liaison (15/04/2023)",
                     id="refus annulé sous une fiche"),
        pytest.param(DECLINED, 3, "15/01/2023", "deux fiches de liaison attendraient",
                     "la fiche de liaison (15/04/2023)", id="refus avant les deux fiches"),
        pytest.param([*ASKED, validated("01/03/2023")], 2, None, "la décision de l'OFII"
                     " (01/03/2023) resterait sans la fiche de liaison (01/02/2023)",
                     "la décision de l'OFII", id="fiche annulée sous une validation"),
        pytest.param(AGAIN, 2, None, "la décision de l'OFII (01/03/2023) resterait sans",
                     "la décision de l'OFII", id="fiche annulée sous un rejet"),
    ],
)  # fmt: skip
def test_a_correction_keeps_what_ofii_was_asked_and_answered(
    happened: list[Draft], place: int, when: str | None, problem: str, obstacle: str
) -> None:
    answer = corrected(happened, place, when)
    assert isinstance(answer, Refused)
    told = [f for f in answer.findings if problem in f.sentence]
    assert told, [f.sentence for f in answer.findings]
    assert f"corrigez d'abord {obstacle}" in told[0].remedy


@pytest.mark.parametrize(
    ("happened", "place", "when"),
    [
        pytest.param(ASKED, 2, "09/02/2023", id="fiche avant l'envoi"),
        pytest.param(AGAIN, 2, "03/02/2023", id="première fiche"),
        pytest.param(AGAIN, 4, "02/03/2023", id="rejet"),
        pytest.param(AGAIN, 5, "16/04/2023", id="nouvelle fiche"),
        pytest.param(AGAIN, 5, None, id="nouvelle fiche annulée"),
        pytest.param(PAST, 2, "06/01/2023", id="orientation avant le rejet"),
        pytest.param(PAST, 3, None, id="rejet annulé"),
        pytest.param(REJECTED, 4, None, id="rejet annulé, fiche"),
        pytest.param(DECLINED, 3, "02/03/2023", id="refus entre les deux"),
        pytest.param([*ASKED, validated("01/03/2023")], 4, "05/03/2023", id="validation"),
    ],
)
def test_a_correction_that_undoes_nothing_goes_through(
    happened: list[Draft], place: int, when: str | None
) -> None:
    assert codes(corrected(happened, place, when)) == []


@pytest.mark.parametrize(
    ("happened", "told", "fact"),
    [
        pytest.param([*ASKED, validated("01/03/2023"), diagnosed("15/03/2023")],
                     "liaison decide 44-0042 --decision-ofii validee --date-decision JOUR",
                     "fiche du 01/02/2023, sans réponse",
                     id="validation, fiche"),
        pytest.param([cir("05/01/2023"), validated("10/01/2023"), diagnosed("15/03/2023")],
                     "enroll --dossier 44-0042 --orientation acceptee --date-orientation JOUR",
                     "ni orientation ni décision", id="validation, voie N"),
        pytest.param([*PAST, validated("10/02/2023", OfiiOutcome.DEROGATION),
                      diagnosed("15/03/2023"), signed("20/03/2023")],
                     "enroll --dossier 44-0042 --decision-ofii derogation --date-decision JOUR",
                     "décision OFII du 10/01/2023 : Rejetée", id="dérogation, contrat"),
        pytest.param([cir("05/01/2023"), oriented("05/01/2023"), diagnosed("15/03/2023")],
                     "enroll --dossier 44-0042 --orientation acceptee --date-orientation JOUR",
                     "ni orientation ni décision", id="orientation"),
    ],
)  # fmt: skip
def test_voiding_what_let_the_person_in_is_told(
    happened: list[Draft], told: str, fact: str
) -> None:
    place = max(
        n for n, each in enumerate(happened, 1)
        if each.kind in (Kind.OFII_VALIDATED, Kind.ORIENTATION_ACCEPTED)
    )  # fmt: skip
    answer = corrected(happened, place)
    assert warned(answer) == ["fait_corrige", "suite_contredite"]
    assert isinstance(answer, Accepted)
    assert "diagnostic du 15/03/2023" in answer.warnings[-1].sentence
    assert told in answer.warnings[-1].remedy
    assert answer.warnings[-1].fact == fact


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
    assert warned(corrected(happened, place, when)) == ["fait_corrige", *expected]


def test_the_appointment_that_stays_is_named() -> None:
    answer = corrected([*DIAGNOSED[:2], booked("25/01/2023 10:00", "16/01/2023")], -1, "17/01/2023")
    assert isinstance(answer, Accepted)
    assert "25/01/2023 à 10:00" in answer.warnings[-1].sentence
    assert f"agir diagnose book {REF}" in answer.warnings[-1].remedy


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("what", ["apres_cloture", "incomplet"])
def test_every_anomaly_is_told_in_words(what: str, kind: Kind) -> None:
    told = anomaly_told(f"{what}:{kind.value}")
    assert kind.value not in told
    assert kind.label[1:] in told


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
        assert "25/10/2023 à 10:00" in answer.warnings[-1].sentence


def test_another_referent_on_the_same_day_is_no_redating() -> None:
    other = c.Assign(dossier=REF, date_commission=on("01/02/2023"), referent="R003")
    answer = decided(dossier(*SIGNED), other)
    assert isinstance(answer, Refused)
    found = answer.findings[0]
    assert (found.code, found.values["date"]) == ("deja_enregistre", "")
    assert f"agir assign {REF} --on JOUR --referent NOM" in found.remedy


def test_referents_are_told_by_name() -> None:
    other = c.Assign(dossier=REF, date_commission=on("01/02/2023"), referent="R003")
    answer = decided(dossier(*SIGNED), other)
    assert isinstance(answer, Refused)
    named = with_names(answer.findings[0], {"R001": "Anne INVENTÉE", "R003": "Karim INVENTÉ"})
    assert named.fact == "enregistré : Anne INVENTÉE ; donné : Karim INVENTÉ"


# --- what stands beside the corrected act ------------------------------------------------


@pytest.mark.parametrize(
    ("when", "refused"),
    [
        pytest.param("18/01/2023", True, id="tenu avant l'absence"),
        pytest.param("20/01/2023", True, id="tenu le jour de l'absence"),
        pytest.param("[2023-01-19..2023-01-22]", False, id="tenu peut-être après"),
        pytest.param("21/01/2023", False, id="tenu le lendemain"),
    ],
)
def test_an_absence_does_not_follow_what_was_held(when: str, refused: bool) -> None:
    answer = corrected([*DIAGNOSED[:2], missed("20/01/2023"), DIAGNOSED[2]], -1, when)
    told = [f.sentence for f in answer.findings] if isinstance(answer, Refused) else []
    assert any("une absence viendrait après l'étape tenue" in each for each in told) is refused


def test_voiding_an_act_takes_no_other_of_that_day() -> None:
    day = [*DIAGNOSED, assigned("25/01/2023", referent="R001")]
    assert kinds(corrected(day, -1)) == [Kind.EVENT_VOIDED]
    both = [*day, assigned("25/01/2023", modalite=SupportMode.FULL)]
    assert kinds(corrected(both, -2)) == [Kind.EVENT_VOIDED] * 2
    steps = [*SIGNED, *[draft(Kind.STEP_RECORDED, "01/03/2023")] * 2]
    assert kinds(corrected(steps, -2)) == [Kind.EVENT_VOIDED]


@pytest.mark.parametrize(
    ("last", "when", "refused"),
    [
        pytest.param(signed("17/02/2023"), "01/06/2025", [], id="aujourd'hui"),
        pytest.param(signed("17/02/2023"), "02/06/2025", ["date_future"], id="demain"),
        pytest.param(draft(Kind.STEP_RECORDED, "17/02/2023"), "02/06/2025", [],
                     id="une étape prévue"),
    ],
)  # fmt: skip
def test_only_a_step_may_be_redated_to_a_day_to_come(
    last: Draft, when: str, refused: list[str]
) -> None:
    assert codes(corrected([*ASSIGNED, last], -1, when)) == refused


# --- which event a contradiction is about ------------------------------------------------


FULL, ASSIST = SupportMode.FULL, SupportMode.ASSIST
SAID = events(
    opened(), cir("15/01/2023"), assigned("01/02/2023", referent="R001", modalite=FULL),
    assigned("01/02/2023", referent="R001", modalite=ASSIST), interviewed("10/04/2023"),
    interviewed("10/06/2023"), draft(Kind.STEP_RECORDED, "10/06/2023"),
    draft(Kind.STEP_RECORDED, "10/06/2023"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "known", "number", "correction"),
    [
        pytest.param(Kind.CIR_SIGNED, {"date": "16/01/2023"}, 2, '--on "16/01/2023"',
                     id="un autre jour"),
        pytest.param(Kind.CIR_SIGNED, {"date": "15/01/2023"}, 2, "--void", id="le même jour"),
        pytest.param(Kind.CIR_SIGNED, {"date": ""}, 2, "--void", id="une autre valeur"),
        pytest.param(Kind.INTERVIEW_HELD, {"date": "", "on": on("10/04/2023")}, 5, "--void",
                     id="le jour dit lequel"),
        pytest.param(Kind.INTERVIEW_HELD, {"date": ""}, 6, "--void", id="sinon le dernier"),
        pytest.param(
            Kind.REFERENT_DESIGNATED,
            {"date": "", "on": on("01/02/2023"), "held": {"referent": "R001", "modalite": ASSIST}},
            4, "--void", id="la valeur dit lequel",
        ),
        pytest.param(
            Kind.STEP_RECORDED,
            {"date": "", "on": on("10/06/2023"), "held": {"remplace": SAID[6].id}}, 7, "--void",
            id="l'étape dit laquelle",
        ),
        pytest.param(Kind.CONTRACT_SIGNED, {"date": "16/01/2023"}, "N°", '--on "16/01/2023"',
                     id="aucun"),
    ],
)  # fmt: skip
def test_a_contradiction_names_its_event(
    kind: Kind, known: dict[str, Any], number: int | str, correction: str
) -> None:
    found = numbered(finding("deja_enregistre", "x", kind=kind, **known), SAID)
    assert (found.values["evenement"], found.values["correction"]) == (number, correction)
