"""From which day on each rule speaks: the day before, the day itself, a day known in part."""

from __future__ import annotations

from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.dates import edtf
from agir_cli.domain.decisions.common import Accepted, Context, Decision, Refused
from agir_cli.domain.decisions.liaison import send_listing
from agir_cli.domain.decisions.support import close as close_dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.vocabulary import Domain, Housing, Motive, OfiiOutcome, Work
from tests.domain.making import (
    REF,
    RULES,
    TODAY,
    assigned,
    at,
    booked,
    cir,
    closed,
    codes,
    contract_missed,
    decided,
    declined,
    diagnosed,
    dossier,
    form,
    interviewed,
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
HELD = [*ORIENTED, diagnosed("25/01/2023", diagnostic_signe=True)]
ASSIGNED = [*HELD, assigned("01/02/2023")]
SIGNED = [*ASSIGNED, signed("17/02/2023")]
ASKED = [cir("15/06/2022"), form("[2023-03-05..2023-03-20]", True)]


def book(moment: str) -> c.Command:
    return c.BookDiagnosis(dossier=REF, date_rdv_diagnostic=at(moment))


def book_contract(moment: str) -> c.Command:
    return c.BookContract(dossier=REF, date_rdv_contrat=at(moment))


def absent(when: str) -> c.Command:
    return c.MissDiagnosis(dossier=REF, date_absence=on(when))


def absent_contract(when: str) -> c.Command:
    return c.MissContract(dossier=REF, date_absence=on(when))


def hold(when: str) -> c.Command:
    return c.HoldDiagnosis(dossier=REF, date_diagnostic=on(when), diagnostic_signe=True)


def assign(when: str, **said: Any) -> c.Command:
    return c.Assign(dossier=REF, date_commission=on(when), **said)


def sign(when: str) -> c.Command:
    return c.SignContract(dossier=REF, date_contrat=on(when))


def refuse(when: str) -> c.Command:
    return c.RefuseContract(dossier=REF, date_refus=on(when))


def interview(when: str) -> c.Command:
    return c.AddInterview(dossier=REF, date_entretien=on(when))


def close(when: str, motif: Motive = Motive.STOPPED_BY_BENEFICIARY, **said: Any) -> c.Command:
    return c.Close(dossier=REF, date_cloture=on(when), motif=motif, **said)


def ends(when: str) -> c.Command:
    return close(when, Motive.TERM)


def add_form(when: str) -> c.Command:
    return c.AddLiaison(dossier=REF, date_fiche=on(when), souhait=True)


def send(when: str) -> c.Command:
    return c.AddLiaison(dossier=REF, date_fiche=ASKED[1].on, date_envoi=on(when))


def rule(when: str, outcome: OfiiOutcome = OfiiOutcome.VALIDATED) -> c.Command:
    return c.DecideLiaison(dossier=REF, decision_ofii=outcome, date_decision=on(when))


def step(when: str | None, until: str | None = None, **said: Any) -> c.Command:
    return c.AddStep(
        dossier=REF, etape="Permis", date_etape=on(when) if when else None,
        date_fin_etape=on(until) if until else None, **said,
    )  # fmt: skip


def situation(when: str, **said: Any) -> c.Command:
    return c.SetSituation(dossier=REF, date_situation=on(when), **said)


# --- refused -----------------------------------------------------------------------------

EARLY, DONE, SOON, SAID = "avant_etape", "etape_faite", "terme_non_atteint", "deja_enregistre"
REFUSED: list[Any] = [
    pytest.param([cir("15/01/2023")], book, {"14/01/2023": EARLY, "15/01/2023": ""},
                 id="RDV de diagnostic, CIR"),
    pytest.param([cir("janvier 2023")], book, {"31/12/2022": EARLY, "01/01/2023": ""},
                 id="RDV de diagnostic, CIR du mois"),
    pytest.param([cir("15/01/2023")], book_contract, {"14/01/2023": EARLY, "15/01/2023": ""},
                 id="RDV de contrat, CIR"),
    pytest.param([oriented("15/01/2023")], book, {"14/01/2023": ""}, id="RDV, CIR inconnu"),
    pytest.param(HELD, book, {"25/01/2023": "", "26/01/2023": DONE}, id="RDV, diagnostic tenu"),
    pytest.param(SIGNED, book_contract, {"17/02/2023": "", "18/02/2023": DONE},
                 id="RDV, contrat signé"),
    pytest.param(HELD, absent, {"24/01/2023": "", "[2023-01-24..2023-01-30]": "",
                                "25/01/2023": DONE}, id="absence, diagnostic tenu"),
    pytest.param([*ORIENTED, diagnosed("[2023-01-20..2023-01-25]")], absent,
                 {"24/01/2023": "", "25/01/2023": DONE}, id="absence, diagnostic tenu un jour de"),
    pytest.param(SIGNED, absent_contract, {"16/02/2023": "", "17/02/2023": DONE},
                 id="absence, contrat signé"),
    pytest.param(ASKED, rule, {"04/03/2023": EARLY, "05/03/2023": "",
                               "[2023-03-01..2023-03-05]": ""}, id="décision, fiche"),
    pytest.param(ASKED, send, {"04/03/2023": EARLY, "05/03/2023": "", "23/11/2023": "",
                               "24/11/2023": "date_future", "novembre 2023": ""},
                 id="envoi, fiche"),
    pytest.param([*ASKED[:1], form("[2023-03-05..2023-03-20]", False)], add_form,
                 {"04/03/2023": EARLY, "[2023-03-04..2023-03-05]": "", "21/03/2023": ""},
                 id="nouvelle fiche, la précédente"),
    pytest.param([*ASKED, rejected("[2023-04-05..2023-04-20]")], add_form,
                 {"04/04/2023": EARLY, "05/04/2023": ""}, id="nouvelle fiche, le rejet"),
    pytest.param([*ASKED, declined("[2023-04-05..2023-04-20]")], add_form,
                 {"04/04/2023": EARLY, "05/04/2023": ""}, id="nouvelle fiche, le « non »"),
    pytest.param([*HELD, signed("février 2023")], ends,
                 {"31/01/2025": SOON, "janvier 2025": SOON, "[2025-01-15..2025-02-01]": "",
                  "01/02/2025": "", "01/06/2025": ""}, id="terme, contrat du mois"),
    pytest.param([*ORIENTED, rejected("20/01/2023")], assign,
                 {"20/02/2023": "rejete_ofii diagnostic_manquant"}, id="commission, rejetée"),
    pytest.param([*HELD, rejected("20/02/2023")], sign, {"21/02/2023": "rejete_ofii"},
                 id="contrat, rejetée depuis le diagnostic"),
    pytest.param([*ASSIGNED, rejected("20/02/2023")], book_contract, {"21/02/2023": "rejete_ofii"},
                 id="RDV de contrat, rejetée depuis"),
    pytest.param([*ASKED, closed("01/04/2023")], rule, {"20/03/2023": "dossier_clos"},
                 id="décision, dossier clos"),
    pytest.param([*ASKED, closed("01/04/2023")], send, {"25/03/2023": "dossier_clos"},
                 id="envoi, dossier clos"),
    pytest.param([*SIGNED, closed("01/04/2023")], refuse, {"20/03/2023": "dossier_clos"
                 " contrat_signe"}, id="refus, dossier clos"),
    pytest.param([*HELD, refused("20/02/2023")], refuse, {"20/02/2023": "", "février 2023": "",
                 "21/02/2023": SAID}, id="refus redit"),
    pytest.param([*ASSIGNED[:-1], assigned("février 2023", referent="R1")],
                 lambda when: assign(when, referent="R2"), {"28/02/2023": SAID, "01/03/2023": ""},
                 id="commission suivante, la première un jour du mois"),
    pytest.param([], step, {"24/11/2030": ""}, id="étape à venir"),
]  # fmt: skip


@pytest.mark.parametrize(("happened", "command", "days"), REFUSED)
def test_from_which_day_an_act_is_refused(
    happened: list[Draft], command: Any, days: dict[str, str]
) -> None:
    d = dossier(*happened)
    today = "01/06/2025" if command is ends else TODAY
    found = {when: " ".join(codes(decided(d, command(when), today))) for when in days}
    assert found == days


# --- told --------------------------------------------------------------------------------

LATE, OVER = "delai_depasse", "terme_depasse"
AFTER_DUE, PASSED, OTHER_DAY = "rdv_hors_delai", "rendez_vous_passe", "rdv_autre_jour"
TOLD: list[Any] = [
    pytest.param(ORIENTED, hold, {"15/02/2023": "", "16/02/2023": LATE, "février 2023": "",
                                  "mars 2023": LATE}, id="diagnostic, un mois"),
    pytest.param([cir("janvier 2023"), oriented("15/01/2023")], hold,
                 {"28/02/2023": "", "01/03/2023": LATE}, id="diagnostic, CIR du mois"),
    pytest.param(ASSIGNED, sign, {"22/02/2023": "", "23/02/2023": LATE, "février 2023": ""},
                 id="contrat, trois semaines"),
    pytest.param([*HELD, assigned("[2023-02-01..2023-02-05]")], sign,
                 {"26/02/2023": "", "27/02/2023": LATE}, id="contrat, commission un jour de"),
    pytest.param(ORIENTED, lambda when: book(when), {"24/11/2023": AFTER_DUE,
                 "22/11/2023": f"{PASSED} {AFTER_DUE}", "23/11/2023": AFTER_DUE,
                 "15/02/2023": PASSED, "16/02/2023": f"{PASSED} {AFTER_DUE}"},
                 id="RDV de diagnostic, un mois"),
    pytest.param([cir("janvier 2023"), oriented("15/01/2023")], book,
                 {"28/02/2023": PASSED, "01/03/2023": f"{PASSED} {AFTER_DUE}"},
                 id="RDV de diagnostic, CIR du mois"),
    pytest.param(HELD, book, {"25/01/2023": ""}, id="RDV du diagnostic tenu : rien à dire"),
    pytest.param(ASSIGNED, book_contract, {"22/02/2023": PASSED,
                 "23/02/2023": f"{PASSED} {AFTER_DUE}"}, id="RDV de contrat, trois semaines"),
    pytest.param([*ORIENTED, booked("10/03/2023 10:00")], absent,
                 {"09/03/2023": OTHER_DAY, "10/03/2023": "", "mars 2023": ""}, id="absence, RDV"),
    pytest.param([*ORIENTED, booked("10/03/2023 10:00"), missed("10/03/2023")], absent,
                 {"11/03/2023": "rdv_manquant"}, id="absence, RDV déjà manqué"),
    pytest.param([*HELD, assigned("01/02/2023"), signed("février 2023")], interview,
                 {"28/02/2025": "", "[2025-02-28..2025-03-05]": "", "01/03/2025": OVER},
                 id="entretien, terme"),
    pytest.param([cir("15/06/2022"), form("01/03/2023"), sent("10/03/2023")], rule,
                 {"09/03/2023": "decision_avant_envoi", "10/03/2023": "",
                  "[2023-03-05..2023-03-10]": ""}, id="décision, envoi"),
    pytest.param([*ASKED, validated("25/03/2023")], send,
                 {"25/03/2023": "", "26/03/2023": "decision_avant_envoi",
                  "[2023-03-25..2023-03-28]": ""}, id="envoi, décision"),
]  # fmt: skip


@pytest.mark.parametrize(("happened", "command", "days"), TOLD)
def test_from_which_day_an_act_is_told(
    happened: list[Draft], command: Any, days: dict[str, str]
) -> None:
    d = dossier(*happened)
    today = "01/06/2025" if command is interview else TODAY
    found = {when: " ".join(warned(decided(d, command(when), today))) for when in days}
    assert found == days


@pytest.mark.parametrize(
    ("when", "days"),
    [("23/02/2023", "1 jour"), ("24/02/2023", "2 jours"), ("mars 2023", "7 jours")],
)
def test_a_late_act_says_how_many_days_at_least(when: str, days: str) -> None:
    answer = decided(dossier(*ASSIGNED), sign(when))
    assert isinstance(answer, Accepted)
    assert answer.warnings[0].sentence == (
        f"Contractualisation : {days} après le dernier jour (22/02/2023)."
    )


def test_a_late_act_counts_from_the_last_day_that_its_deadline_may_be() -> None:
    vague = dossier(*HELD, assigned("[2023-02-01..2023-02-05]"))
    answer = decided(vague, sign("28/02/2023"))
    assert isinstance(answer, Accepted)
    assert "2 jours après le dernier jour" in answer.warnings[0].sentence


@pytest.mark.parametrize(
    "ended",
    [
        pytest.param([*ORIENTED, diagnosed("16/01/2023")], id="le mois du diagnostic"),
        pytest.param([*SIGNED, contract_missed("10/02/2023")], id="les trois semaines"),
        pytest.param([*ASKED, sent("06/03/2023"), validated("07/03/2023")], id="la réponse"),
    ],
)
def test_a_clock_that_has_stopped_makes_no_appointment_late(ended: list[Draft]) -> None:
    """Only what still runs of the step itself is compared: not an interview, not the term."""
    d = dossier(*ended)
    command = book("16/01/2023") if d.diagnosis and not d.contract else book_contract("17/02/2023")
    assert AFTER_DUE not in warned(decided(d, command))


def test_the_end_of_the_right_is_the_deadline_of_no_step() -> None:
    """Two years that began in another dossier are over: the month of the diagnostic is not."""
    d = dossier(*ORIENTED, droit_depuis=on("10/01/2021"))
    assert warned(decided(d, hold("25/01/2023"))) == []
    assert warned(decided(d, book("25/01/2023"))) == [PASSED]
    again = dossier(*HELD, droit_depuis=on("10/01/2021"))
    assert warned(decided(again, book_contract("26/01/2023"))) == [PASSED]


# --- what is recorded of the day ---------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "taken"),
    [
        pytest.param("24/11/2023 10:00", "2023-11-23", id="à venir : pris aujourd'hui"),
        pytest.param("22/11/2023 10:00", "2023-11-22", id="passé : pris ce jour-là au plus tard"),
    ],
)
def test_an_appointment_was_taken_by_its_day(moment: str, taken: str) -> None:
    answer = decided(dossier(*ORIENTED), book(moment))
    assert isinstance(answer, Accepted)
    assert [edtf(each.on) for each in answer.drafts if each.on] == [taken]


@pytest.mark.parametrize(
    ("happened", "when", "kept"),
    [
        pytest.param(ASKED[:1], "mars 2023", "2023-03", id="la première"),
        pytest.param([*ASKED, rejected("05/04/2023")], "avril 2023", "[2023-04-06..2023-04-30]",
                     id="le lendemain du rejet"),
        pytest.param([*ASKED, rejected("[2023-04-05..2023-04-20]")], "avril 2023",
                     "[2023-04-06..2023-04-30]", id="le rejet un jour de"),
        pytest.param([*ASKED, declined("[2023-04-05..2023-04-20]")], "avril 2023",
                     "[2023-04-05..2023-04-30]", id="depuis le « non »"),
        pytest.param([*ASKED, validated("05/04/2023")], "avril 2023", "2023-04",
                     id="une validation ne dit rien d'une fiche de plus"),
    ],
)  # fmt: skip
def test_a_new_form_is_dated_since_what_it_follows(
    happened: list[Draft], when: str, kept: str
) -> None:
    answer = decided(dossier(*happened), add_form(when))
    assert isinstance(answer, Accepted), codes(answer)
    assert [edtf(each.on) for each in answer.drafts if each.on] == [kept]


@pytest.mark.parametrize(
    ("when", "kept"),
    [("mars 2023", "[2023-03-05..2023-03-31]"), ("novembre 2023", "[2023-11-01..2023-11-23]")],
)
def test_a_sending_is_dated_since_its_form_and_by_today(when: str, kept: str) -> None:
    answer = decided(dossier(*ASKED), send(when))
    assert isinstance(answer, Accepted)
    assert [
        edtf(each.on) for each in answer.drafts if each.kind is Kind.LISTING_SENT and each.on
    ] == [kept]


# --- what a refusal and a warning say ----------------------------------------------------


def first_fact(answer: Decision) -> str:
    found = answer.findings if isinstance(answer, Refused) else answer.warnings
    return found[0].fact


@pytest.mark.parametrize(
    ("end", "fact"),
    [
        pytest.param(closed("01/09/2023", Motive.DEATH), "clos le 01/09/2023 : Décès", id="daté"),
        pytest.param(closed("septembre 2023", Motive.DEATH), "clos en septembre 2023 : Décès",
                     id="au mois"),
        pytest.param(closed(None, Motive.DEATH), "clos (jour inconnu) : Décès", id="sans jour"),
    ],
)  # fmt: skip
def test_a_closed_dossier_says_since_when_and_why(end: Draft, fact: str) -> None:
    assert first_fact(decided(dossier(*ORIENTED, end), book("01/12/2023"))) == fact


@pytest.mark.parametrize(
    ("referent", "said"),
    [
        pytest.param("R2", {"recorded": "R1", "given": "R2"}, id="un autre"),
        pytest.param("R1", {}, id="le même"),
        pytest.param(None, {}, id="aucun"),
    ],
)
def test_a_later_commission_says_who_takes_over_from_whom(
    referent: str | None, said: dict[str, str]
) -> None:
    d = dossier(*HELD, assigned("01/02/2023", referent="R1"))
    answer = decided(d, assign("01/03/2023", referent=referent, second_referent="R9"))
    assert isinstance(answer, Accepted)
    (told,) = answer.warnings
    assert {
        name: told.values[name] for name in ("recorded", "given") if name in told.values
    } == said
    assert (told.values["date"], told.values["premiere"]) == ("01/03/2023", "01/02/2023")


# --- « objectifs atteints » --------------------------------------------------------------

LODGED = {"situation_logement": Housing.INDEPENDENT}
EMPLOYED = {"situation_professionnelle": Work.PERMANENT}


@pytest.mark.parametrize(
    ("entry", "at_exit", "fact"),
    [
        pytest.param({}, {}, "logement pérenne : inconnu ; emploi durable : inconnu",
                     id="rien n'est dit"),
        pytest.param({}, LODGED, "logement pérenne : oui (Logement autonome) ; emploi durable :"
                     " inconnu", id="logée seulement"),
        pytest.param({}, EMPLOYED, "logement pérenne : inconnu ; emploi durable : oui (CDI)",
                     id="en emploi seulement"),
        pytest.param({"situation_logement": Housing.DNA}, EMPLOYED,
                     f"logement pérenne : non ({Housing.DNA.label}) ; emploi durable : oui (CDI)",
                     id="en emploi, au DNA"),
        pytest.param({}, {**LODGED, **EMPLOYED}, None, id="les deux, dits à la sortie"),
        pytest.param(LODGED, EMPLOYED, None, id="logée à l'entrée, en emploi à la sortie"),
        pytest.param({**LODGED, **EMPLOYED}, {}, None, id="les deux depuis l'entrée"),
    ],
)  # fmt: skip
def test_goals_reached_shows_what_the_file_does_not_know(
    entry: dict[str, Any], at_exit: dict[str, Any], fact: str | None
) -> None:
    d = dossier(*SIGNED, **entry)
    answer = decided(d, close("01/06/2023", Motive.GOALS_REACHED, **at_exit))
    assert isinstance(answer, Accepted)
    assert [(each.code, each.fact) for each in answer.warnings] == (
        [("objectifs_a_voir", fact)] if fact else []
    )
    other = decided(d, close("01/06/2023", Motive.STOPPED_BY_BENEFICIARY, **at_exit))
    assert warned(other) == []


def test_goals_are_seen_by_what_counts_on_the_last_possible_day_of_the_end() -> None:
    """What counts as lasting is dated: a list of July says what an end of June or July needs."""
    since = on("01/07/2023").earliest
    later = RULES.flags(since)._replace(since=since, lasting_housing=frozenset())
    book = RULES._replace(situations=(*RULES.situations, later))
    d = dossier(*SIGNED, **LODGED, **EMPLOYED)
    for when, told in (
        ("30/06/2023", []), ("[2023-06-25..2023-07-05]", ["objectifs_a_voir"]),
        ("01/07/2023", ["objectifs_a_voir"]),
    ):  # fmt: skip
        command = c.Close(dossier=REF, date_cloture=on(when), motif=Motive.GOALS_REACHED)
        assert warned(close_dossier(d, command, Context(TODAY, book))) == told


# --- the same step, the same situation, the same interview --------------------------------


@pytest.mark.parametrize(
    ("recorded", "again", "new"),
    [
        pytest.param(("10/04/2023",), ("10/04/2023",), 0, id="le même jour"),
        pytest.param(("10/04/2023",), ("avril 2023",), 0, id="dit plus vaguement"),
        pytest.param(("avril 2023",), ("10/04/2023",), 1, id="dit plus précisément : une autre"),
        pytest.param(("10/04/2023",), ("11/04/2023",), 1, id="un autre jour"),
        pytest.param((None,), (None,), 0, id="sans jour"),
        pytest.param(("10/04/2023",), (None,), 1, id="sans jour : une autre"),
        pytest.param((None,), ("10/04/2023",), 1, id="datée : une autre"),
        pytest.param(("10/04/2023", "12/05/2023"), ("10/04/2023", "mai 2023"), 0,
                     id="la fin, plus vague"),
        pytest.param(("10/04/2023",), ("10/04/2023", "mai 2023"), 1, id="la fin en plus"),
    ],
)  # fmt: skip
def test_a_step_said_again(recorded: Any, again: Any, new: int) -> None:
    first = decided(dossier(), step(*recorded))
    assert isinstance(first, Accepted)
    d = dossier(*first.drafts)
    answer = decided(d, step(*again))
    assert isinstance(answer, Accepted), codes(answer)
    assert len(answer.drafts) == new
    other = decided(d, step(*again, domaine=Domain.WORK))
    assert isinstance(other, Accepted)
    assert len(other.drafts) == 1, "d'un autre domaine : une autre étape"


def test_a_situation_said_again() -> None:
    d = dossier(*decided(dossier(), situation("avril 2023", **LODGED, **EMPLOYED)).drafts)  # type: ignore[union-attr]
    for when, said, new in (
        ("avril 2023", LODGED, 0), ("2023", EMPLOYED, 0), ("10/04/2023", LODGED, 1),
        ("avril 2023", {"situation_logement": Housing.DNA}, 1), ("mai 2023", LODGED, 1),
    ):  # fmt: skip
        answer = decided(d, situation(when, **said))
        assert isinstance(answer, Accepted)
        assert len(answer.drafts) == new, (when, said)


def test_an_interview_said_again() -> None:
    d = dossier(*SIGNED, interviewed("10/04/2023"))
    for when, new in (("10/04/2023", 0), ("avril 2023", 0), ("11/04/2023", 1)):
        answer = decided(d, interview(when))
        assert isinstance(answer, Accepted)
        assert len(answer.drafts) == new


# --- what the listing carries ------------------------------------------------------------


@pytest.mark.parametrize(
    ("filled", "carried"),
    [
        pytest.param(form("01/03/2023"), {"listing": 3, "ligne": 7, "date_fiche": on("01/03/2023")},
                     id="le jour de la fiche"),
        pytest.param(Draft(Kind.LIAISON_FORM_COMPLETED), {"listing": 3, "ligne": 7},
                     id="une fiche sans jour"),
    ],
)  # fmt: skip
def test_a_listing_names_the_form_that_it_carries(filled: Draft, carried: dict[str, Any]) -> None:
    answer = send_listing(dossier(filled), on("10/04/2023"), 3, 7)
    assert isinstance(answer, Accepted)
    assert [dict(each.payload) for each in answer.drafts] == [carried]


@pytest.mark.parametrize(
    ("happened", "filled", "told"),
    [
        pytest.param([validated("10/03/2023")], "10/03/2023",
                     "la décision de l'OFII (10/03/2023)", id="le jour de la décision"),
        pytest.param([validated("10/03/2023")], "09/03/2023", None, id="la veille"),
        pytest.param([validated("[2023-03-05..2023-03-10]")], "[2023-03-04..2023-03-12]", None,
                     id="peut-être avant"),
        pytest.param([validated()], "09/03/2023", "la décision de l'OFII (jour inconnu)",
                     id="une décision sans jour"),
        pytest.param([oriented("10/03/2023")], "09/03/2023",
                     "l'orientation acceptée (10/03/2023)", id="une orientation, même après"),
        pytest.param([oriented()], "09/03/2023", "l'orientation acceptée (jour inconnu)",
                     id="une orientation sans jour"),
        pytest.param([rejected("01/03/2023")], "09/03/2023", None, id="rejetée"),
        pytest.param([], "09/03/2023", None, id="rien encore"),
    ],
)  # fmt: skip
def test_the_form_of_somebody_admitted_already_is_told(
    happened: list[Draft], filled: str, told: str | None
) -> None:
    answer = decided(dossier(cir("15/06/2022"), *happened), add_form(filled))
    assert isinstance(answer, Accepted)
    found = [f.values["admission"] for f in answer.warnings if f.code == "fiche_deja_admise"]
    assert found == ([told] if told else [])
    with_sending = c.AddLiaison(
        dossier=REF, date_fiche=on(filled), souhait=True, date_envoi=on("15/03/2023")
    )
    sending = decided(dossier(cir("15/06/2022"), *happened), with_sending)
    assert "fiche_deja_admise" not in warned(sending), "elle est partie : elle n'est plus à envoyer"


@pytest.mark.parametrize(
    ("known", "given", "codes_", "new"),
    [
        pytest.param(None, "10/03/2023", [], 1, id="pas encore dite"),
        pytest.param("10/03/2023", "10/03/2023", [], 0, id="la même"),
        pytest.param("10/03/2023", "mars 2023", [], 0, id="plus vague"),
        pytest.param("10/03/2023", "11/03/2023", [SAID], 0, id="une autre"),
        pytest.param("mars 2023", "11/03/2023", [SAID], 0, id="plus précise : à corriger"),
    ],
)
def test_the_sending_of_a_known_form(
    known: str | None, given: str, codes_: list[str], new: int
) -> None:
    happened = [cir("15/06/2022"), form("01/03/2023", True), *([sent(known)] if known else [])]
    command = c.AddLiaison(dossier=REF, date_fiche=on("01/03/2023"), date_envoi=on(given))
    answer = decided(dossier(*happened), command)
    assert codes(answer) == codes_
    assert len(answer.drafts if isinstance(answer, Accepted) else ()) == new
    other = c.AddLiaison(
        dossier=REF, date_fiche=on("01/03/2023"), date_envoi=on(given), flyer_remis=True
    )
    if not codes_:
        assert len(decided(dossier(*happened), other).drafts) == new + 1  # type: ignore[union-attr]
    contradicted = c.AddLiaison(
        dossier=REF, date_fiche=on("01/03/2023"), date_envoi=on(given), souhait=False
    )
    assert codes(decided(dossier(*happened), contradicted)) == [SAID]
