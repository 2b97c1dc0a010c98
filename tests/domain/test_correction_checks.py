"""A correction is asked what the act itself is asked, and says what it does not do."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain import folding
from agir_cli.domain.dates import edtf
from agir_cli.domain.decisions.common import Accepted, Decision, Refused, with_names
from agir_cli.domain.decisions.completion import complete_dossier
from agir_cli.domain.decisions.correction import correct, is_a_sentence, numbered
from agir_cli.domain.events import Draft, Kind, anomaly_told
from agir_cli.domain.folding import fold, words_of
from agir_cli.domain.reasons import finding
from agir_cli.domain.vocabulary import Motive, OfiiOutcome, SupportMode, TransferAnswer
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
    event,
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
HANDED = [*ASSIGNED, draft(Kind.REFERENT_CHANGED, "01/03/2023", referent="R002")]
MOVED = [
    *SIGNED, draft(Kind.TRANSFER_ASKED, "01/06/2023", vers_departement="49"),
    draft(Kind.TRANSFER_ANSWERED, "10/06/2023", reponse_transfert=TransferAnswer.ACCEPTED),
    closed("10/06/2023", Motive.TRANSFER),
]  # fmt: skip


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
        pytest.param(HANDED, -2, None, "un changement de référent sans commission avant lui",
                     "ce fait", id="commission annulée sous un changement de référent"),
        pytest.param(HANDED, -2, "02/03/2023", "un changement de référent sans commission avant",
                     "ce fait", id="commission redatée après le changement de référent"),
        pytest.param(MOVED, -3, None, "une réponse à un transfert que personne n'a demandé avant",
                     "ce fait", id="demande de transfert annulée sous sa réponse"),
        pytest.param(MOVED, -1, None, "le transfert accepté (10/06/2023) et la clôture ne seraient"
                     " plus du même jour", "la réponse de l'autre département, que la clôture suit",
                     id="clôture annulée, le transfert accepté"),
        pytest.param(MOVED, -1, "12/06/2023", "et la clôture ne seraient plus du même jour",
                     "la réponse de l'autre département, que la clôture suit",
                     id="clôture redatée sans le transfert"),
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
        pytest.param([*SIGNED, interviewed("10/04/2023")], 4, "02/02/2023", id="commission"),
        pytest.param([*SIGNED, interviewed("10/04/2023")], 4, None, id="commission annulée"),
        pytest.param([*SIGNED, closed("01/06/2023", Motive.TERM)], 4, None, id="sous un terme"),
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


def test_every_anomaly_that_folding_notes_is_told_in_words() -> None:
    noted = re.findall(r'_note\(s, "(\w+)"\)', inspect.getsource(folding))
    assert len(noted) > 3
    assert [code for code in noted if "_" in anomaly_told(code)] == []


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
    assert f"agir referent designate {REF} --on JOUR --referent NOM" in found.remedy


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
        pytest.param("19/01/2023", True, id="tenu le premier jour de l'absence"),
        pytest.param("20/01/2023", False, id="tenu peut-être après"),
    ],
)
def test_an_absence_known_in_part_does_not_follow_for_certain(when: str, refused: bool) -> None:
    absent = missed("[2023-01-19..2023-01-22]")
    answer = corrected([*DIAGNOSED[:2], absent, DIAGNOSED[2]], -1, when)
    assert codes(answer) == (["correction_incoherente"] if refused else [])


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


@pytest.mark.parametrize(
    ("when", "expected", "told"),
    [
        pytest.param(None, [Kind.EVENT_VOIDED] * 2, "10/06/2023 → annulé", id="annulé"),
        pytest.param("12/06/2023", [Kind.EVENT_VOIDED] * 2 + [Kind.TRANSFER_ANSWERED,
                     Kind.DOSSIER_CLOSED], "10/06/2023 → 12/06/2023", id="redaté"),
    ],
)  # fmt: skip
def test_an_accepted_transfer_takes_its_end_with_it(
    when: str | None, expected: list[Kind], told: str
) -> None:
    answer = corrected(MOVED, -2, when)
    assert kinds(answer) == expected
    assert isinstance(answer, Accepted)
    assert f"dossier clos : {told}" in answer.warnings[0].sentence
    assert {each.on for each in answer.drafts} <= {None, on("12/06/2023")}


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param([], [Kind.EVENT_VOIDED], id="refusé : rien n'est clos"),
        pytest.param([closed("10/06/2023", Motive.TRANSFER)], [Kind.EVENT_VOIDED],
                     id="refusé, clos le même jour par ailleurs"),
    ],
)  # fmt: skip
def test_a_refused_transfer_has_no_end_of_its_own(end: list[Draft], expected: list[Kind]) -> None:
    no = draft(Kind.TRANSFER_ANSWERED, "10/06/2023", reponse_transfert=TransferAnswer.REFUSED)
    assert kinds(corrected([*MOVED[:-2], no, *end], len(MOVED) - 1)) == expected


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
        pytest.param(
            Kind.STEP_RECORDED,
            {"date": "", "on": on("10/06/2023"), "held": {"remplace": SAID[7].id}}, 8, "--void",
            id="la seconde étape du jour",
        ),
        pytest.param(
            Kind.REFERENT_DESIGNATED,
            {"date": "", "on": on("01/02/2023"), "held": {"referent": "R009", "modalite": FULL}},
            4, "--void", id="aucun ne le dit : le dernier",
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


def test_the_number_of_an_event_is_its_place_in_the_whole_journal() -> None:
    """A voided one keeps its number, and is no more the one to correct."""
    every = [*SAID, *events(*[draft(Kind.EVENT_VOIDED, None, event=SAID[5].id)] * 9)[8:]]
    found = numbered(finding("deja_enregistre", "x", kind=Kind.INTERVIEW_HELD, date=""), every)
    assert found.values["evenement"] == 5
    other = finding("date_future", "x", date="")
    assert numbered(other, every) == other


@pytest.mark.parametrize(
    ("reason", "enough"),
    [
        pytest.param("mauvais dossier", True, id="deux mots"),
        pytest.param("saisi 2 fois, à tort", True, id="des chiffres parmi les mots"),
        pytest.param("n'était qu'essai", True, id="une apostrophe est du mot"),
        pytest.param("abcde fghij", True, id="dix lettres"),
        pytest.param("abcde fghi", False, id="neuf lettres"),
        pytest.param("anticonstitutionnellement", False, id="un seul mot"),
        pytest.param("enregistrement 12 - 34", False, id="un mot et des chiffres"),
        pytest.param("x", False, id="une lettre"),
        pytest.param("", False, id="rien"),
    ],
)
def test_a_reason_is_a_sentence(reason: str, enough: bool) -> None:
    assert is_a_sentence(reason) is enough


@pytest.mark.parametrize(
    ("end", "reason", "refused", "told"),
    [
        pytest.param(closed("01/06/2023"), "faute", ["raison_a_dire"], [], id="arrêt, sans raison"),
        pytest.param(closed("01/06/2023"), "mauvais dossier", [], ["droit_rouvert"], id="arrêt"),
        pytest.param(closed("01/06/2023", Motive.TRANSFER), "faute", [], [], id="transfert"),
    ],
)
def test_a_right_that_comes_back_wants_its_reason(
    end: Draft, reason: str, refused: list[str], told: list[str]
) -> None:
    every = events(opened(), *SIGNED, end)
    answer = correct(every, every[-1], 7, None, reason, context("01/06/2025"))
    assert codes(answer) == refused
    assert refused or warned(answer) == ["fait_corrige", *told]
    if told:
        assert isinstance(answer, Accepted)
        assert answer.warnings[-1].fact == "Arrêt à l'initiative du bénéficiaire, 01/06/2023"
    moved = correct(every, every[-1], 7, on("02/06/2023"), "faute", context("01/06/2025"))
    assert warned(moved) == ["fait_corrige"], "redatée, la fin reste"


@pytest.mark.parametrize(
    ("last", "place", "when", "changes"),
    [
        pytest.param(diagnosed("25/01/2023"), -1, "26/01/2023",
                     "diagnostic AGIR : 25/01/2023 → 26/01/2023", id="redaté"),
        pytest.param(diagnosed("25/01/2023"), -1, None, "diagnostic AGIR : 25/01/2023 → annulé",
                     id="annulé"),
        pytest.param(draft(Kind.STEP_RECORDED), -1, "mars 2023",
                     "étape du parcours : sans date → mars 2023", id="enfin daté"),
    ],
)  # fmt: skip
def test_a_correction_says_what_it_changes(
    last: Draft, place: int, when: str | None, changes: str
) -> None:
    answer = corrected([*DIAGNOSED[:2], last], place, when)
    assert isinstance(answer, Accepted)
    assert answer.warnings[0].values["changements"] == changes


# --- the acts of one day -----------------------------------------------------------------


def test_redating_an_act_takes_no_other_of_that_day() -> None:
    """A diagnostic on the day of the CIR and of the orientation: each has its own date."""
    day = [cir("25/01/2023"), oriented("25/01/2023"), diagnosed("25/01/2023")]
    moves = ((-1, "26/01/2023", Kind.DIAGNOSIS_HELD), (-3, "24/01/2023", Kind.CIR_SIGNED))
    for place, when, kind in moves:
        assert kinds(corrected(day, place, when)) == [Kind.EVENT_VOIDED, kind]


@pytest.mark.parametrize(
    ("place", "kinds_"),
    [
        pytest.param(-1, [Kind.EVENT_VOIDED], id="la signature seule"),
        pytest.param(-2, [Kind.EVENT_VOIDED] * 2, id="le diagnostic avec sa signature"),
    ],
)
def test_a_signature_goes_with_its_diagnostic(place: int, kinds_: list[Kind]) -> None:
    signed_apart = [*DIAGNOSED, draft(Kind.DIAGNOSIS_SIGNED, "25/01/2023")]
    assert kinds(corrected(signed_apart, place)) == kinds_
    moved = corrected(signed_apart, -2, "26/01/2023")
    assert isinstance(moved, Accepted)
    assert moved.drafts[-1].payload["diagnostic_signe"] is True
    another_day = [*DIAGNOSED, draft(Kind.DIAGNOSIS_SIGNED, "26/01/2023")]
    assert kinds(corrected(another_day, -2)) == [Kind.EVENT_VOIDED]


# --- the motive of a decision whose day changes ------------------------------------------


def because(each: Draft, motive: str = "hors délai") -> Draft:
    return each._replace(texts={"motif_ofii": motive})


NOTED = because(draft(Kind.FACTS_RECORDED), "hors zone")


@pytest.mark.parametrize(
    ("happened", "place", "motive"),
    [
        pytest.param([because(rejected("20/03/2023"))], 1, "hors délai", id="dit avec elle"),
        pytest.param([rejected("20/03/2023"), NOTED], 1, "hors zone", id="dit depuis"),
        pytest.param([because(rejected("20/03/2023")), NOTED], 1, "hors zone", id="redit depuis"),
        pytest.param([rejected("20/03/2023")], 1, None, id="jamais dit"),
        pytest.param(
            [because(rejected("20/03/2023")), validated("20/04/2023", OfiiOutcome.DEROGATION),
             NOTED], 1, "hors zone", id="le rejet, non la dérogation dont c'est le motif",
        ),
        pytest.param(
            [because(rejected("20/03/2023")), validated("20/03/2023", OfiiOutcome.DEROGATION),
             NOTED], 2, "hors zone", id="la dérogation du même jour",
        ),
    ],
)  # fmt: skip
def test_a_decision_keeps_its_motive_when_its_day_is_corrected(
    happened: list[Draft], place: int, motive: str | None
) -> None:
    every = events(opened(), *happened)
    answer = correct(every, every[place], 7, on("21/03/2023"), "faute", context("01/06/2025"))
    assert isinstance(answer, Accepted), codes(answer)
    more = [event(60 + n, each) for n, each in enumerate(answer.drafts)]
    assert words_of([*every, *more]).get("motif_ofii") == motive
    own = answer.drafts[-1].texts.get("motif_ofii")
    assert own == (motive if every[place].on == fold(every).ofii.on else "hors délai")  # type: ignore[union-attr]


def test_what_happened_on_the_day_of_a_decision_does_not_take_its_motive() -> None:
    day = [because(validated("20/03/2023", OfiiOutcome.DEROGATION)), booked("20/03/2023 10:00")]
    answer = corrected([cir("15/01/2023"), *day], -1, "19/03/2023")
    assert isinstance(answer, Accepted)
    assert [dict(each.texts) for each in answer.drafts] == [{"raison": "faute"}, {}]


@pytest.mark.parametrize(
    ("said", "motive"), [(None, "hors délai"), ("hors zone", "hors zone")], ids=["", "redit"]
)
def test_a_decision_keeps_its_motive_when_its_day_is_told_at_last(
    said: str | None, motive: str
) -> None:
    every = events(opened(), because(rejected()))
    command = c.Enroll(
        dossier=REF, decision_ofii=OfiiOutcome.REJECTED, date_decision=on("05/02/2023"),
        motif_ofii=said,
    )  # fmt: skip
    answer = complete_dossier(fold(every), command, None, None, context(), words_of(every))
    assert isinstance(answer, Accepted)
    more = [event(60 + n, each) for n, each in enumerate(answer.drafts)]
    assert words_of([*every, *more]) == {"motif_ofii": motive}


# --- which events have a day, and what a vague day becomes -------------------------------


@pytest.mark.parametrize(
    ("each", "when", "refused"),
    [
        pytest.param(draft(Kind.FACTS_RECORDED), "01/02/2023", ["evenement_sans_date"],
                     id="un renseignement n'a pas de jour"),
        pytest.param(draft(Kind.FACTS_RECORDED), None, [], id="il s'annule"),
        pytest.param(oriented(), "01/02/2023", [], id="une réponse sans jour en reçoit un"),
        pytest.param(oriented(), None, [], id="elle s'annule"),
        pytest.param(opened(), None, ["evenement_fixe"], id="l'ouverture reste"),
        pytest.param(opened(), "01/02/2023", ["evenement_fixe", "evenement_sans_date"],
                     id="l'ouverture n'a pas de jour"),
        pytest.param(draft(Kind.IDENTITY_CHANGED), None, ["identite_se_redit"], id="un nom"),
        pytest.param(draft(Kind.EVENT_VOIDED, None, event="E9"), None, ["annulation_fixe"],
                     id="une annulation"),
    ],
)  # fmt: skip
def test_what_may_be_corrected(each: Draft, when: str | None, refused: list[str]) -> None:
    place = 0 if each.kind is Kind.DOSSIER_OPENED else 2
    every = events(opened(), cir("15/01/2023"), each)
    answer = correct(every, every[place], 7, on(when) if when else None, "faute", context())
    assert codes(answer) == refused


def test_what_is_voided_is_not_corrected_again() -> None:
    every = events(opened(), cir("15/01/2023"), draft(Kind.EVENT_VOIDED, None, event="E0001"))
    for when in (None, on("16/01/2023")):
        assert codes(correct(every, every[1], 2, when, "faute", context())) == ["evenement_annule"]


@pytest.mark.parametrize(
    ("last", "kept"),
    [
        pytest.param(
            interviewed("10/04/2023"),
            "[2025-06-01..2025-06-15]",
            id="un fait : passé au plus tard aujourd'hui",
        ),
        pytest.param(
            draft(Kind.STEP_RECORDED, "10/04/2023"), "2025-06", id="une étape : prévue peut-être"
        ),
    ],
)
def test_a_vague_day_of_a_correction(last: Draft, kept: str) -> None:
    every = events(opened(), *SIGNED, last)
    answer = correct(every, every[-1], 7, on("juin 2025"), "faute", context("15/06/2025"))
    assert isinstance(answer, Accepted), codes(answer)
    assert edtf(answer.drafts[-1].on) == kept  # type: ignore[arg-type]


# --- what is put right in an act beside its date -----------------------------------------


def put_right(
    happened: list[Draft], place: int, when: str | None = None, **changes: str
) -> Decision:
    every = events(opened(), *happened)
    day = on(when) if when else None
    return correct(every, every[place], 7, day, "faute", context("01/06/2025"), changes)


@pytest.mark.parametrize(
    ("last", "changes"),
    [
        pytest.param(booked("25/01/2023 10:00", "16/01/2023"), {"bureau": "44-C2"}, id="RDV"),
        pytest.param(contract_booked("10/02/2023 10:00", "02/02/2023"), {"bureau": "44-C2"},
                     id="RDV de contrat"),
        pytest.param(assigned("01/02/2023", referent="R001"), {"referent": "R002"},
                     id="commission"),
        pytest.param(assigned("01/02/2023", referent="R001"), {"second_referent": "R002"},
                     id="commission, un second"),
    ],
)  # fmt: skip
def test_a_value_is_put_right_in_its_act(last: Draft, changes: dict[str, str]) -> None:
    answer = put_right([*DIAGNOSED, last], -1, **changes)
    assert isinstance(answer, Accepted), codes(answer)
    assert kinds(answer) == [Kind.EVENT_VOIDED, last.kind]
    again = answer.drafts[-1]
    assert again.on == last.on
    assert {**again.payload, "remplace": None} == {**last.payload, **changes, "remplace": None}
    moved = put_right([*DIAGNOSED, last], -1, "03/02/2023", **changes)
    assert isinstance(moved, Accepted)
    assert moved.drafts[-1].on == on("03/02/2023")
    assert changes.items() <= moved.drafts[-1].payload.items()


@pytest.mark.parametrize(
    ("place", "changes", "refused"),
    [
        pytest.param(-1, {"bureau": "44-C2"}, ["champ_ailleurs"], id="une commission sans bureau"),
        pytest.param(-2, {"referent": "R2"}, ["champ_ailleurs"], id="un diagnostic sans référent"),
        pytest.param(-1, {"referent": "R2", "modalite": "x"}, ["champ_ailleurs"],
                     id="l'un des deux"),
        pytest.param(-1, {"referent": "R2"}, [], id="le référent d'une commission"),
    ],
)  # fmt: skip
def test_only_what_an_act_says_is_put_right_in_it(
    place: int, changes: dict[str, str], refused: list[str]
) -> None:
    assert codes(put_right(ASSIGNED, place, **changes)) == refused


@pytest.mark.parametrize(
    ("field", "kind", "correction"),
    [
        pytest.param("referent", Kind.REFERENT_DESIGNATED, "--referent NOM", id="référent"),
        pytest.param("modalite", Kind.REFERENT_DESIGNATED, "--void", id="modalité"),
        pytest.param("bureau", Kind.INTERVIEW_HELD, "--void", id="d'un autre acte"),
    ],
)
def test_a_value_put_right_in_its_act_is_not_typed_again(
    field: str, kind: Kind, correction: str
) -> None:
    suite = " Puis retapez la commission. Sinon, rien n'est faux."
    found = finding("deja_enregistre", "x", field=field, kind=kind, date="", suite=suite)
    told = numbered(found, SAID).values
    assert told["correction"] == correction
    assert told["suite"] == (" Sinon, rien n'est faux." if field == "referent" else suite)
    alone = found._replace(values={**found.values, "suite": " Puis retapez la commission."})
    assert bool(numbered(alone, SAID).values["suite"]) is (field != "referent")
