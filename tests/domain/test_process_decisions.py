"""Diagnostic, commission, contract, liaison and end: accepted, refused with codes, unchanged."""

from __future__ import annotations

from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.dates import edtf
from agir_cli.domain.decisions.common import Accepted, Decision, Refused
from agir_cli.domain.decisions.liaison import send_listing
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.vocabulary import (
    Domain,
    Housing,
    Motive,
    OfiiOutcome,
    Priority,
    SupportMode,
    Work,
)
from tests.domain.making import (
    REF,
    after,
    assigned,
    at,
    booked,
    cir,
    closed,
    codes,
    contract_booked,
    contract_missed,
    decided,
    declined,
    diagnosed,
    dossier,
    form,
    interviewed,
    kinds,
    missed,
    on,
    oriented,
    refused,
    rejected,
    sent,
    signed,
    validated,
    warned,
)

ORIENTED = [cir("15/01/2023"), oriented("15/01/2023")]
DIAGNOSED = [*ORIENTED, diagnosed("25/01/2023", diagnostic_signe=True)]
ASSIGNED = [*DIAGNOSED, assigned("01/02/2023", priorites=(Priority.RIGHTS_HOUSING,))]
SIGNED = [*ASSIGNED, signed("17/02/2023")]
BOTH = (Priority.RIGHTS_HOUSING, Priority.EMPLOYMENT_TRAINING)


def add_form(when: str, **fields: Any) -> c.Command:
    return c.AddLiaison(dossier=REF, date_fiche=on(when), **fields)


def ofii(when: str, outcome: OfiiOutcome = OfiiOutcome.VALIDATED) -> c.Command:
    return c.DecideLiaison(dossier=REF, decision_ofii=outcome, date_decision=on(when))


def book(moment: str) -> c.Command:
    return c.BookDiagnosis(dossier=REF, date_rdv_diagnostic=at(moment))


def absent(when: str) -> c.Command:
    return c.MissDiagnosis(dossier=REF, date_absence=on(when))


def hold(when: str, **fields: Any) -> c.Command:
    return c.HoldDiagnosis(dossier=REF, date_diagnostic=on(when), **fields)


def assign(when: str, **fields: Any) -> c.Command:
    return c.Assign(dossier=REF, date_commission=on(when), **fields)


def book_contract(moment: str) -> c.Command:
    return c.BookContract(dossier=REF, date_rdv_contrat=at(moment))


def absent_contract(when: str) -> c.Command:
    return c.MissContract(dossier=REF, date_absence=on(when))


def sign(when: str) -> c.Command:
    return c.SignContract(dossier=REF, date_contrat=on(when))


def refuse(when: str) -> c.Command:
    return c.RefuseContract(dossier=REF, date_refus=on(when))


def close(when: str, motif: Motive = Motive.STOPPED_BY_BENEFICIARY, **fields: Any) -> c.Command:
    return c.Close(dossier=REF, date_cloture=on(when), motif=motif, **fields)


def step(etape: str, when: str | None = None, until: str | None = None) -> c.Command:
    return c.AddStep(
        dossier=REF, etape=etape, domaine=Domain.WORK,
        date_etape=on(when) if when else None, date_fin_etape=on(until) if until else None,
    )  # fmt: skip


def situation(when: str, **fields: Any) -> c.Command:
    return c.SetSituation(dossier=REF, date_situation=on(when), **fields)


def interview(when: str) -> c.Command:
    return c.AddInterview(dossier=REF, date_entretien=on(when))


# --- accepted ----------------------------------------------------------------------------

LIFE: list[Any] = [
    pytest.param([], add_form("01/03/2023", souhait=True), Kind.LIAISON_FORM_COMPLETED, [
        "a_completer",
    ], id="fiche de liaison"),
    pytest.param([form("01/03/2023")], ofii("20/03/2023"), Kind.OFII_VALIDATED, [], id="validée"),
    pytest.param([form("01/03/2023")], ofii("20/03/2023", OfiiOutcome.DEROGATION),
                 Kind.OFII_VALIDATED, [], id="dérogation"),
    pytest.param([form("01/03/2023")], ofii("01/03/2023", OfiiOutcome.REJECTED),
                 Kind.OFII_REJECTED, [], id="rejetée le jour même"),
    pytest.param([form("01/03/2023"), rejected("20/03/2023")], add_form("02/04/2023"),
                 Kind.LIAISON_FORM_COMPLETED, ["souhait_a_dire", "a_completer"],
                 id="présentée à nouveau"),
    pytest.param(ORIENTED, book("01/12/2023 10:00"), Kind.DIAGNOSIS_BOOKED, ["rdv_hors_delai"],
                 id="RDV de diagnostic à venir"),
    pytest.param(ORIENTED, book("25/01/2023 10:00"), Kind.DIAGNOSIS_BOOKED, ["rendez_vous_passe"],
                 id="RDV déjà passé"),
    pytest.param([], book("01/12/2023 10:00"), Kind.DIAGNOSIS_BOOKED, ["orientation_absente"],
                 id="RDV sans orientation écrite"),
    pytest.param([*ORIENTED, booked("25/01/2023 10:00", "16/01/2023")], absent("25/01/2023"),
                 Kind.DIAGNOSIS_MISSED, [], id="absente au diagnostic"),
    pytest.param(ORIENTED, absent("25/01/2023"), Kind.DIAGNOSIS_MISSED, ["rdv_manquant"],
                 id="absente sans RDV inscrit"),
    pytest.param(ORIENTED, hold("15/02/2023", diagnostic_signe=True), Kind.DIAGNOSIS_HELD, [],
                 id="diagnostic le dernier jour"),
    pytest.param(ORIENTED, hold("16/02/2023", diagnostic_signe=True), Kind.DIAGNOSIS_HELD,
                 ["delai_depasse"], id="diagnostic en retard : un avertissement"),
    pytest.param(ORIENTED, hold("25/01/2023"), Kind.DIAGNOSIS_HELD, ["diagnostic_non_signe"],
                 id="diagnostic non signé"),
    pytest.param([], hold("25/01/2023", diagnostic_signe=True), Kind.DIAGNOSIS_HELD,
                 ["orientation_absente"], id="diagnostic sans orientation écrite"),
    pytest.param(DIAGNOSED, assign("25/01/2023"), Kind.REFERENT_DESIGNATED, [],
                 id="commission le jour du diagnostic"),
    pytest.param(ASSIGNED, book_contract("01/12/2023 09:00"), Kind.CONTRACT_BOOKED,
                 ["rdv_hors_delai"],
                 id="RDV de contrat"),
    pytest.param([*ASSIGNED, contract_booked("10/02/2023 09:00", "02/02/2023")],
                 absent_contract("10/02/2023"), Kind.CONTRACT_MISSED, [], id="absente au contrat"),
    pytest.param(ASSIGNED, sign("22/02/2023"), Kind.CONTRACT_SIGNED, [],
                 id="contrat le 21e jour"),
    pytest.param(ASSIGNED, sign("23/02/2023"), Kind.CONTRACT_SIGNED, ["delai_depasse"],
                 id="contrat le 22e jour : un avertissement"),
    pytest.param(DIAGNOSED, sign("17/02/2023"), Kind.CONTRACT_SIGNED, ["commission_manquante"],
                 id="contrat sans commission : un avertissement"),
    pytest.param([*ORIENTED, diagnosed("25/01/2023"), assigned("01/02/2023")], sign("17/02/2023"),
                 Kind.CONTRACT_SIGNED, ["diagnostic_non_signe"], id="diagnostic jamais signé"),
    pytest.param(DIAGNOSED, refuse("26/01/2023"), Kind.CONTRACT_REFUSED, [], id="refus"),
    pytest.param([], close("01/02/2023", Motive.DROPPED), Kind.DOSSIER_CLOSED, [],
                 id="clôture sans suite"),
    pytest.param(SIGNED, close("17/02/2025", Motive.TERM), Kind.DOSSIER_CLOSED, [],
                 id="terme, le dernier jour"),
    pytest.param(SIGNED, close("01/06/2023", Motive.GOALS_REACHED), Kind.DOSSIER_CLOSED,
                 ["objectifs_a_voir"], id="objectifs atteints avant le terme"),
    pytest.param(SIGNED, interview("17/02/2023"), Kind.INTERVIEW_HELD, [], id="entretien"),
    pytest.param(SIGNED, interview("18/02/2025"), Kind.INTERVIEW_HELD, ["terme_depasse"],
                 id="entretien après le terme : un avertissement"),
    pytest.param([], step("CV", "avril 2023"), Kind.STEP_RECORDED, [], id="étape"),
    pytest.param([], step("CV"), Kind.STEP_RECORDED, [], id="étape sans date"),
    pytest.param([], step("Inscription", "01/01/2030"), Kind.STEP_RECORDED, [],
                 id="étape prévue, à venir"),
    pytest.param([], situation("01/07/2023", situation_professionnelle=Work.PERMANENT),
                 Kind.SITUATION_RECORDED, [], id="situation"),
]  # fmt: skip
TODAY = {"terme, le dernier jour": "17/02/2025"}


@pytest.mark.parametrize(("happened", "command", "kind", "warnings"), LIFE)
def test_accepted_then_unchanged(
    happened: list[Draft], command: c.Command, kind: Kind, warnings: list[str]
) -> None:
    """Each act is recorded once with its warnings; the same again is unchanged."""
    today = "17/03/2025" if command.verb in ("close", "interview add") else "23/11/2023"
    d = dossier(*happened)
    answer = decided(d, command, today)
    assert kinds(answer) == [kind]
    assert warned(answer) == warnings
    assert decided(after(d, answer), command, today) == Accepted()


@pytest.mark.parametrize(
    ("happened", "recorded", "again"),
    [
        pytest.param(ORIENTED, hold("25/01/2023"), hold("janvier 2023"), id="diagnostic"),
        pytest.param(DIAGNOSED, assign("01/02/2023"), assign("2023"), id="commission"),
        pytest.param(ASSIGNED, sign("17/02/2023"), sign("février 2023"), id="contrat"),
        pytest.param(DIAGNOSED, refuse("17/02/2023"), refuse("février 2023"), id="refus"),
        pytest.param([], close("17/02/2023", Motive.DEATH), close("2023", Motive.DEATH),
                     id="clôture"),
        pytest.param(SIGNED, interview("10/04/2023"), interview("avril 2023"), id="entretien"),
        pytest.param([], step("CV", "10/04/2023"), step("CV", "avril 2023"), id="étape"),
    ],
)  # fmt: skip
def test_the_same_said_more_vaguely_is_unchanged(
    happened: list[Draft], recorded: c.Command, again: c.Command
) -> None:
    d = dossier(*happened)
    d = after(d, decided(d, recorded))
    assert decided(d, again) == Accepted()


# --- refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "command", "expected"),
    [
        pytest.param([form("01/03/2023")], add_form("02/04/2023"), ["fiche_en_cours"],
                     id="une fiche attend déjà"),
        pytest.param([], ofii("20/03/2023"), ["fiche_manquante"], id="décision sans fiche"),
        pytest.param([form("01/03/2023")], ofii("28/02/2023"), ["avant_etape"],
                     id="décision avant la fiche"),
        pytest.param([form("01/03/2023"), validated("20/03/2023")], ofii("21/03/2023"),
                     ["deja_enregistre"], id="décision à une autre date"),
        pytest.param([form("01/03/2023"), validated("20/03/2023")],
                     ofii("20/03/2023", OfiiOutcome.REJECTED), ["deja_enregistre"],
                     id="décision contraire"),
        pytest.param([declined("20/01/2023")], hold("25/01/2023"), ["orientation_declinee"],
                     id="diagnostic après un « non »"),
        pytest.param([declined("20/01/2023")], book("25/01/2023 10:00"), ["orientation_declinee"],
                     id="RDV après un « non »"),
        pytest.param([form("01/03/2023"), rejected("20/03/2023")], hold("25/03/2023"),
                     ["rejete_ofii"], id="diagnostic après un rejet"),
        pytest.param([*ORIENTED, rejected("20/01/2023"), form("01/02/2023")], hold("25/03/2023"),
                     ["fiche_en_cours"], id="diagnostic, présentée à nouveau"),
        pytest.param([*ORIENTED, rejected("20/01/2023"), form("01/02/2023", False)],
                     hold("25/03/2023"), ["orientation_declinee"], id="à nouveau, sans souhait"),
        pytest.param([form("01/02/2023", False)], book("25/11/2023 10:00"),
                     ["orientation_declinee"], id="RDV, la fiche dit non"),
        pytest.param(DIAGNOSED, absent("26/01/2023"), ["etape_faite"],
                     id="absente après le diagnostic"),
        pytest.param(DIAGNOSED, book("26/01/2023 10:00"), ["etape_faite"],
                     id="RDV après le diagnostic"),
        pytest.param(SIGNED, absent_contract("18/02/2023"), ["etape_faite"],
                     id="absente après le contrat"),
        pytest.param(SIGNED, book_contract("18/02/2023 10:00"), ["etape_faite"],
                     id="RDV après le contrat"),
        pytest.param(DIAGNOSED, hold("26/01/2023"), ["deja_enregistre"],
                     id="diagnostic à une autre date"),
        pytest.param(ORIENTED, assign("01/02/2023"), ["diagnostic_manquant"],
                     id="commission sans diagnostic"),
        pytest.param(ASSIGNED, assign("02/02/2023"), ["deja_enregistre"],
                     id="commission à une autre date"),
        pytest.param(ASSIGNED, assign("01/02/2023", modalite=SupportMode.FULL, priorites=BOTH),
                     ["deja_enregistre"], id="commission, un autre choix et un de plus"),
        pytest.param(ORIENTED, sign("17/02/2023"), ["diagnostic_manquant"],
                     id="contrat sans diagnostic"),
        pytest.param(SIGNED, sign("18/02/2023"), ["deja_enregistre"],
                     id="contrat à une autre date"),
        pytest.param(ORIENTED, refuse("17/02/2023"), ["diagnostic_manquant"],
                     id="refus sans diagnostic"),
        pytest.param(SIGNED, refuse("18/02/2023"), ["contrat_signe"], id="refus après le contrat"),
        pytest.param(DIAGNOSED, close("01/02/2023", Motive.CONTRACT_REFUSED), ["motif_reserve"],
                     id="refus par « close »"),
        pytest.param(DIAGNOSED, close("01/02/2023", Motive.TERM), ["contrat_manquant"],
                     id="terme sans contrat"),
        pytest.param(DIAGNOSED, close("01/02/2023", Motive.GOALS_REACHED), ["contrat_manquant"],
                     id="objectifs atteints sans contrat"),
        pytest.param(SIGNED, close("01/06/2023", Motive.TERM), ["terme_non_atteint"],
                     id="terme avant le terme"),
        pytest.param(ASSIGNED, interview("10/04/2023"), ["contrat_manquant"],
                     id="entretien sans contrat"),
        pytest.param([], situation("01/07/2023"), ["rien_a_enregistrer"], id="situation vide"),
        pytest.param([], step("CV", "01/05/2023", "01/04/2023"), ["avant_etape"],
                     id="étape qui finit avant de commencer"),
        pytest.param([], sign("01/01/2030"), ["diagnostic_manquant", "date_future"],
                     id="toutes les raisons, pas la première"),
    ],
)  # fmt: skip
def test_refused(happened: list[Draft], command: c.Command, expected: list[str]) -> None:
    answer = decided(dossier(*happened), command)
    assert codes(answer) == expected
    assert_readable(answer)


def assert_readable(answer: Decision) -> None:
    """A refusal shows code, sentence, the fact that decided, the source, what to do."""
    assert isinstance(answer, Refused)
    for found in answer.findings:
        assert found.fact or found.code == "rien_a_enregistrer"
        assert "…" not in found.sentence
        assert found.source
        assert found.remedy


# --- the order of the steps, compared with ≤ ---------------------------------------------


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        pytest.param("14/01/2023", ["avant_etape"], id="la veille"),
        pytest.param("15/01/2023", [], id="le jour même"),
        pytest.param("16/01/2023", [], id="le lendemain"),
        pytest.param("décembre 2022", ["avant_etape"], id="le mois d'avant"),
        pytest.param("janvier 2023", [], id="le même mois : on ne sait pas"),
        pytest.param("2023", [], id="la même année : on ne sait pas"),
    ],
)
@pytest.mark.parametrize(
    ("before", "command"),
    [
        pytest.param([cir("15/01/2023")], hold, id="CIR, diagnostic"),
        pytest.param([oriented("15/01/2023")], hold, id="orientation, diagnostic"),
        pytest.param([validated("15/01/2023")], hold, id="validation, diagnostic"),
        pytest.param([diagnosed("15/01/2023")], assign, id="diagnostic, commission"),
        pytest.param([diagnosed("15/01/2023")], sign, id="diagnostic, contrat"),
        pytest.param([diagnosed("01/01/2023"), assigned("15/01/2023")], sign,
                     id="commission, contrat"),
        pytest.param([diagnosed("15/01/2023")], refuse, id="diagnostic, refus"),
        pytest.param([diagnosed("01/01/2023"), signed("15/01/2023")], close,
                     id="contrat, clôture"),
        pytest.param([diagnosed("01/01/2023"), signed("15/01/2023")], interview,
                     id="contrat, entretien"),
        pytest.param([signed("01/01/2023"), interviewed("15/01/2023")], close,
                     id="entretien, clôture"),
        pytest.param([form("15/01/2023")], close, id="fiche, clôture"),
        pytest.param([form("15/01/2023")], ofii, id="fiche, décision de l'OFII"),
    ],
)  # fmt: skip
def test_a_step_never_comes_before_its_predecessor(
    before: list[Draft], command: Any, when: str, expected: list[str]
) -> None:
    answer = decided(dossier(*before), command(when))
    assert sorted(set(codes(answer))) == expected


def test_a_step_recorded_late_never_comes_after_its_successor() -> None:
    """The commission recorded after the contract: it must still stand before it."""
    d = dossier(*DIAGNOSED, signed("17/02/2023"))
    assert codes(decided(d, assign("18/02/2023"))) == ["avant_etape"]
    assert codes(decided(d, assign("17/02/2023"))) == []


def test_an_order_refusal_names_both_steps() -> None:
    answer = decided(dossier(diagnosed("25/01/2023")), sign("24/01/2023"))
    assert isinstance(answer, Refused)
    assert answer.findings[0].sentence == (
        "Le contrat (24/01/2023) ne peut pas précéder le diagnostic (25/01/2023)."
    )


# --- the future --------------------------------------------------------------------------

PAST_ACTS = [
    pytest.param([], add_form, id="fiche"),
    pytest.param([form("01/03/2023")], ofii, id="décision de l'OFII"),
    pytest.param(ORIENTED, absent, id="absence au diagnostic"),
    pytest.param(ORIENTED, hold, id="diagnostic"),
    pytest.param(DIAGNOSED, assign, id="commission"),
    pytest.param(ASSIGNED, absent_contract, id="absence au contrat"),
    pytest.param(ASSIGNED, sign, id="contrat"),
    pytest.param(DIAGNOSED, refuse, id="refus"),
    pytest.param(SIGNED, close, id="clôture"),
    pytest.param(SIGNED, interview, id="entretien"),
    pytest.param(
        [], lambda when: situation(when, situation_logement=Housing.INDEPENDENT), id="situation"
    ),
]


@pytest.mark.parametrize(("happened", "command"), PAST_ACTS)
def test_an_act_already_done_is_not_to_come(happened: list[Draft], command: Any) -> None:
    d = dossier(*happened)
    assert codes(decided(d, command("24/11/2023"))) == ["date_future"]
    assert codes(decided(d, command("décembre 2023"))) == ["date_future"]
    assert codes(decided(d, command("23/11/2023"))) == []


@pytest.mark.parametrize(("happened", "command"), PAST_ACTS)
def test_this_month_is_not_to_come(happened: list[Draft], command: Any) -> None:
    """ "This November", said on the 23rd of an act already done, cannot be the 28th."""
    answer = decided(dossier(*happened), command("novembre 2023"))
    assert isinstance(answer, Accepted)
    recorded = [edtf(each.on) for each in answer.drafts if each.on]
    assert recorded == ["[2023-11-01..2023-11-23]"]


# --- what has ended ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(refused("01/09/2023"), id="refus du contrat"),
        *(pytest.param(closed("01/09/2023", motive), id=motive.label) for motive in Motive),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(add_form("01/10/2023"), id="fiche"),
        pytest.param(book("01/12/2023 10:00"), id="RDV"),
        pytest.param(absent("01/10/2023"), id="absence"),
        pytest.param(hold("01/10/2023"), id="diagnostic"),
        pytest.param(assign("01/10/2023"), id="commission"),
        pytest.param(book_contract("01/12/2023 10:00"), id="RDV de contrat"),
        pytest.param(absent_contract("01/10/2023"), id="absence au contrat"),
        pytest.param(sign("01/10/2023"), id="contrat"),
        pytest.param(step("CV"), id="étape"),
        pytest.param(situation("01/10/2023", situation_logement=Housing.DNA), id="situation"),
        pytest.param(interview("01/10/2023"), id="entretien"),
    ],
)
def test_nothing_is_recorded_on_a_closed_dossier(end: Draft, command: c.Command) -> None:
    answer = decided(dossier(*ORIENTED, end), command)
    assert "dossier_clos" in codes(answer)


def test_another_end_is_refused() -> None:
    d = dossier(*DIAGNOSED, closed("01/09/2023", Motive.DROPPED))
    assert "dossier_clos" in codes(decided(d, close("02/09/2023")))
    assert "dossier_clos" in codes(decided(d, refuse("02/09/2023")))
    assert codes(decided(d, close("02/09/2023", Motive.DROPPED))) == ["deja_enregistre"]


def test_what_was_recorded_before_the_end_stays_unchanged() -> None:
    d = dossier(*SIGNED, closed("01/09/2023"))
    for command in (hold("25/01/2023"), assign("01/02/2023"), sign("17/02/2023")):
        assert decided(d, command) == Accepted()


# --- what is kept ------------------------------------------------------------------------


def test_an_end_keeps_the_situation_at_the_exit() -> None:
    command = close("01/06/2023", situation_logement=Housing.INDEPENDENT)
    d = dossier(*SIGNED)
    answer = decided(d, command)
    assert kinds(answer) == [Kind.SITUATION_RECORDED, Kind.DOSSIER_CLOSED]
    assert after(d, answer).current_housing == (Housing.INDEPENDENT, None)


def test_what_is_recommended_is_not_what_the_commission_retains() -> None:
    d = dossier(*ORIENTED, diagnosed("25/01/2023", priorites_preconisees=BOTH))
    silent = decided(d, assign("01/02/2023"))
    retained = after(d, silent).assignment
    other = after(d, decided(d, assign("01/02/2023", priorites=(BOTH[0],)))).assignment
    assert retained is not None
    assert other is not None
    assert (retained.priorites, other.priorites) == ((), (BOTH[0],))
    assert warned(silent) == ["priorite_a_dire"]
    assert d.diagnosis is not None
    assert d.diagnosis.priorites_preconisees == BOTH


def test_a_diagnosis_is_signed_afterwards() -> None:
    d = dossier(*ORIENTED, diagnosed("25/01/2023"))
    answer = decided(d, hold("25/01/2023", diagnostic_signe=True))
    assert kinds(answer) == [Kind.DIAGNOSIS_SIGNED]
    held = after(d, answer).diagnosis
    assert held is not None
    assert held.diagnostic_signe


def test_other_recommended_priorities_are_a_correction() -> None:
    d = dossier(*ORIENTED, diagnosed("25/01/2023", priorites_preconisees=(BOTH[0],)))
    again = decided(d, hold("25/01/2023", priorites_preconisees=BOTH))
    assert codes(again) == ["deja_enregistre"]


def test_words_go_apart_from_the_journal() -> None:
    answer = decided(dossier(), step("Permis de conduire", "mars 2023"))
    assert isinstance(answer, Accepted)
    assert answer.drafts[0].texts == {"etape": "Permis de conduire"}
    assert "etape" not in answer.drafts[0].payload


def test_an_appointment_is_booked_again_after_an_absence() -> None:
    d = dossier(*ORIENTED, booked("25/01/2023 10:00", "16/01/2023"), missed("25/01/2023"))
    again = after(d, decided(d, book("02/12/2023 10:00")))
    assert again.diagnosis_visits.pending is not None
    assert again.open


def test_an_absence_at_the_contract_keeps_the_right() -> None:
    d = dossier(*ASSIGNED, contract_missed("10/02/2023"))
    assert d.open
    assert codes(decided(d, sign("17/02/2023"))) == []


def test_a_lateness_is_counted_in_days() -> None:
    answer = decided(dossier(*ASSIGNED), sign("24/02/2023"))
    assert isinstance(answer, Accepted)
    assert answer.warnings[0].sentence == (
        "Contractualisation : 2 jours après le dernier jour (22/02/2023)."
    )


# --- the monthly listing -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "leaves"),
    [
        pytest.param([form("01/03/2023")], True, id="fiche en attente"),
        pytest.param([form("01/03/2023", True)], True, id="fiche avec souhait"),
        pytest.param([], False, id="pas de fiche"),
        pytest.param([form("01/03/2023", False)], False, id="pas de souhait"),
        pytest.param([form("01/03/2023"), sent("05/03/2023")], False, id="déjà partie"),
        pytest.param([form("01/03/2023"), validated("05/03/2023")], False, id="déjà décidée"),
        pytest.param([form("01/03/2023"), closed("05/03/2023")], False, id="dossier clos"),
        pytest.param(
            [form("01/03/2023"), sent("05/03/2023"), rejected("20/03/2023"), form("02/04/2023")],
            True, id="présentée à nouveau",
        ),
    ],
)  # fmt: skip
def test_a_form_leaves_once(happened: list[Draft], leaves: bool) -> None:
    d: Dossier = dossier(*happened)
    answer = send_listing(d, on("10/04/2023"), 3, 7)
    assert kinds(answer) == ([Kind.LISTING_SENT] if leaves else [])
    assert send_listing(after(d, answer), on("10/04/2023"), 4, 1) == Accepted()


def test_what_was_left_blank_is_filled_when_said_again() -> None:
    """The same commission, or diagnostic, with one fact more: the fact is kept."""
    commission = decided(dossier(*ASSIGNED), assign("01/02/2023", modalite=SupportMode.FULL))
    assert isinstance(commission, Accepted)
    assert [d.payload.get("modalite") for d in commission.drafts] == [SupportMode.FULL]
    held = c.HoldDiagnosis(
        dossier=REF, date_diagnostic=on("25/01/2023"), priorites_preconisees=BOTH
    )
    diagnosis = decided(dossier(oriented("10/01/2023"), diagnosed("25/01/2023")), held)
    assert isinstance(diagnosis, Accepted)
    assert [d.payload.get("priorites_preconisees") for d in diagnosis.drafts] == [BOTH]


@pytest.mark.parametrize(
    ("answered", "late"),
    [
        pytest.param("09/03/2023", True, id="répondu la veille"),
        pytest.param("10/03/2023", False, id="répondu le jour même"),
        pytest.param("03/2023", False, id="répondu peut-être après"),
        pytest.param("[2023-03-02..2023-03-09]", True, id="répondu avant, en tout cas"),
    ],
)
def test_a_sending_dated_after_the_answer_is_told(answered: str, late: bool) -> None:
    d = dossier(cir("15/06/2022"), form("01/03/2023"), validated(answered))
    sending = c.AddLiaison(dossier=REF, date_fiche=on("01/03/2023"), date_envoi=on("10/03/2023"))
    assert ("decision_avant_envoi" in warned(decided(d, sending))) is late


# --- days known in part ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("absent", "told"),
    [
        pytest.param("[2023-03-05..2023-03-12]", [], id="peut-être ce rendez-vous"),
        pytest.param("10/03/2023", [], id="ce rendez-vous"),
        pytest.param("[2023-03-05..2023-03-09]", ["rdv_autre_jour"], id="avant lui"),
    ],
)
def test_an_absence_known_in_part(absent: str, told: list[str]) -> None:
    d = dossier(*ORIENTED, booked("10/03/2023 10:00"))
    absence = c.MissDiagnosis(dossier=REF, date_absence=on(absent))
    assert warned(decided(d, absence)) == told


@pytest.mark.parametrize(
    ("moment", "refused"), [("15/03/2023", []), ("21/03/2023", ["etape_faite"])]
)
def test_what_was_perhaps_held_later_is_still_booked(moment: str, refused: list[str]) -> None:
    d = dossier(*ORIENTED, diagnosed("[2023-03-10..2023-03-20]"))
    answer = decided(d, c.BookDiagnosis(dossier=REF, date_rdv_diagnostic=at(moment)))
    assert codes(answer) == refused


@pytest.mark.parametrize(
    ("until", "refused"),
    [("15/03/2023", []), ("01/03/2023", []), ("28/02/2023", ["avant_etape"])],
)
def test_a_step_may_end_in_the_month_it_began_in(until: str, refused: list[str]) -> None:
    step = c.AddStep(
        dossier=REF, etape="Permis", date_etape=on("03/2023"), date_fin_etape=on(until)
    )
    assert codes(decided(dossier(*ORIENTED), step)) == refused


@pytest.mark.parametrize(
    ("began", "signed_on", "refused"),
    [
        pytest.param("17/02/2021", "17/02/2023", [], id="le dernier jour"),
        pytest.param("17/02/2021", "18/02/2023", ["terme_depasse"], id="le lendemain"),
        pytest.param("02/2021", "18/02/2023", [], id="peut-être dans les deux ans"),
        pytest.param(None, "18/02/2023", [], id="un premier contrat"),
    ],
)
def test_no_contract_after_the_right_that_began_in_another_dossier(
    began: str | None, signed_on: str, refused: list[str]
) -> None:
    facts = {"droit_depuis": on(began)} if began else {}
    d = dossier(*ORIENTED, diagnosed("25/01/2023"), **facts)
    answer = decided(d, c.SignContract(dossier=REF, date_contrat=on(signed_on)))
    assert codes(answer) == refused


# --- the diagnostic said again -----------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "again", "recorded", "refused_"),
    [
        pytest.param({}, {"diagnostic_signe": True}, [Kind.DIAGNOSIS_SIGNED], [], id="signé"),
        pytest.param({}, {"diagnostic_signe": True, "priorites_preconisees": BOTH},
                     [Kind.DIAGNOSIS_HELD], [], id="signé, et ses priorités"),
        pytest.param({"priorites_preconisees": BOTH},
                     {"diagnostic_signe": True, "priorites_preconisees": BOTH},
                     [Kind.DIAGNOSIS_SIGNED], [], id="signé, les mêmes priorités"),
        pytest.param({"diagnostic_signe": True}, {"diagnostic_signe": True}, [], [],
                     id="signé déjà"),
        pytest.param({"diagnostic_signe": True}, {}, [], [], id="rien de plus"),
        pytest.param({"diagnostic_signe": False}, {"diagnostic_signe": False}, [], [],
                     id="toujours pas signé"),
        pytest.param({"diagnostic_signe": True}, {"diagnostic_signe": False}, None,
                     ["deja_enregistre"], id="plus signé"),
    ],
)  # fmt: skip
def test_a_diagnosis_said_again(
    held: dict[str, Any], again: dict[str, Any], recorded: list[Kind] | None, refused_: list[str]
) -> None:
    happened = [*ORIENTED, diagnosed("25/01/2023", **held)]
    answer = decided(dossier(*happened), hold("25/01/2023", **again))
    assert codes(answer) == refused_
    assert recorded is None or kinds(answer) == recorded
    if recorded:
        ended = dossier(*happened, closed("01/09/2023"))
        assert codes(decided(ended, hold("25/01/2023", **again))) == ["dossier_clos"]


def test_a_refusal_whose_day_is_not_known_is_not_said_again() -> None:
    d = dossier(*DIAGNOSED, Draft(Kind.CONTRACT_REFUSED))
    answer = decided(d, refuse("17/02/2023"))
    assert codes(answer) == ["deja_enregistre"]
    assert isinstance(answer, Refused)
    assert answer.findings[0].fact == "enregistré : jour inconnu ; donné : 17/02/2023"


@pytest.mark.parametrize(
    ("recommended", "retained", "told"),
    [
        pytest.param(BOTH, (), True, id="la commission n'en dit rien"),
        pytest.param(BOTH, BOTH[:1], False, id="elle en retient"),
        pytest.param((), (), False, id="rien n'était préconisé"),
        pytest.param((), BOTH, False, id="elle en ajoute"),
    ],
)
def test_a_priority_that_the_commission_does_not_say_is_asked_for(
    recommended: tuple[Priority, ...], retained: tuple[Priority, ...], told: bool
) -> None:
    d = dossier(*ORIENTED, diagnosed("25/01/2023", priorites_preconisees=recommended))
    answer = decided(d, assign("01/02/2023", priorites=retained))
    assert warned(answer) == (["priorite_a_dire"] if told else [])


@pytest.mark.parametrize(
    ("happened", "fact", "way_back"),
    [
        pytest.param([cir("15/01/2023"), declined("20/01/2023")], "orientation déclinée du"
                     " 20/01/2023", "enroll --dossier 44-0042", id="voie N"),
        pytest.param([cir("15/06/2022"), declined("20/01/2023")], "orientation déclinée du"
                     " 20/01/2023", "liaison add 44-0042", id="voie N-1"),
        pytest.param([declined()], "orientation déclinée (jour inconnu)",
                     "enroll --dossier 44-0042", id="voie inconnue, sans jour"),
        pytest.param([cir("15/01/2023"), form("20/01/2023", False)], "fiche de liaison du"
                     " 20/01/2023 : souhait : non", "liaison add 44-0042", id="sur la fiche"),
        pytest.param([cir("15/01/2023"), form("20/01/2023", True), declined("25/01/2023")],
                     "orientation déclinée du 25/01/2023", "liaison add 44-0042",
                     id="après la fiche"),
    ],
)  # fmt: skip
def test_who_said_no_is_told_when_and_how_to_come_back(
    happened: list[Draft], fact: str, way_back: str
) -> None:
    answer = decided(dossier(*happened), book("25/11/2023 10:00"))
    assert isinstance(answer, Refused)
    (found,) = answer.findings
    assert found.fact == fact
    assert f"agir {way_back}" in found.remedy


# --- the end said again ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "said", "expected"),
    [
        pytest.param("01/06/2023", {}, [], id="la même"),
        pytest.param("juin 2023", {}, [], id="plus vague"),
        pytest.param("02/06/2023", {}, ["deja_enregistre"], id="un autre jour"),
        pytest.param("01/06/2023", {"situation_logement": Housing.INDEPENDENT}, [],
                     id="la même, sa situation"),
        pytest.param("juin 2023", {"situation_logement": Housing.INDEPENDENT}, [],
                     id="plus vague, sa situation"),
        pytest.param("01/06/2023", {"situation_logement": Housing.DNA}, ["dossier_clos"],
                     id="une autre situation"),
        pytest.param("01/06/2023", {"situation_professionnelle": Work.PERMANENT},
                     ["dossier_clos"], id="une situation de plus"),
    ],
)  # fmt: skip
def test_an_end_said_again(when: str, said: dict[str, Any], expected: list[str]) -> None:
    d = dossier(*SIGNED)
    d = after(d, decided(d, close("01/06/2023", situation_logement=Housing.INDEPENDENT)))
    answer = decided(d, close(when, **said))
    assert codes(answer) == expected
    assert expected or answer == Accepted()


def test_an_end_whose_day_is_not_known_is_to_be_corrected() -> None:
    d = dossier(*SIGNED, closed(None))
    answer = decided(d, close("01/06/2023"))
    assert codes(answer) == ["deja_enregistre"]
    assert isinstance(answer, Refused)
    assert answer.findings[0].fact == "enregistré : jour inconnu ; donné : 01/06/2023"


def test_a_situation_at_the_end_is_dated_by_it() -> None:
    answer = decided(dossier(*SIGNED), close("novembre 2023", situation_logement=Housing.DNA))
    assert isinstance(answer, Accepted)
    assert {edtf(each.on) for each in answer.drafts if each.on} == {"[2023-11-01..2023-11-23]"}


def test_an_appointment_within_the_month_of_a_cir_may_follow_it() -> None:
    """What comes before the CIR for certain is out of order; the orientation may come later."""
    known = [cir("janvier 2023"), oriented("25/01/2023")]
    assert codes(decided(dossier(*known), book("20/01/2023 10:00"))) == []
    assert codes(decided(dossier(*known), book("31/12/2022 10:00"))) != []
