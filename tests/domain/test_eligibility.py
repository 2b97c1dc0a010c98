"""The pre-check: each criterion says yes, no or unknown; unknown never refuses; OFII decides."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agir_cli.domain.dates import Verdict
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import (
    CODES,
    CRITERIA,
    REASON_OF,
    REFUSED_AS,
    Answer,
    assess,
    home_now,
    job_now,
    known_facts,
    shown,
)
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.folding import fold
from agir_cli.domain.places import Place
from agir_cli.domain.reasons import REASONS
from agir_cli.domain.route import received, route, routes, stage
from agir_cli.domain.vocabulary import (
    Housing,
    HousingDetail,
    Motive,
    OfiiOutcome,
    Route,
    Stage,
    Status,
    Tristate,
    Work,
)
from agir_cli.store import rulebook
from tests.domain.making import (
    LA_ROCHE,
    NANTES,
    RENNES,
    RULES,
    assigned,
    booked,
    cir,
    closed,
    declined,
    diagnosed,
    dossier,
    draft,
    events,
    form,
    on,
    opened,
    oriented,
    proposed,
    rejected,
    sent,
    signed,
    validated,
)

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
WELCOME: dict[str, Any] = {
    "statut": Status.REFUGEE,
    "commune_residence": NANTES,
    "commune_domicile": NANTES,
    "situation_logement": Housing.DNA,
    "situation_professionnelle": Work.NONE,
}


def person(*drafts: Draft, departement: str = "44", **facts: Any) -> Dossier:
    """Somebody whom every criterion of 44 admits, but for what is said here."""
    happened = drafts or (cir("15/01/2023"), oriented("15/01/2023"))
    return dossier(*happened, departement=departement, **{**WELCOME, **facts})


def answer(d: Dossier, criterion: str) -> Answer:
    return next(a for a in assess(d, RULES).answers if a.criterion == criterion)


def test_somebody_whom_everything_admits() -> None:
    known = assess(person(), RULES)
    assert known.eligible is YES
    assert (known.refusals, known.missing) == ((), ())
    assert known.route is Route.DIRECT
    assert [a.criterion for a in known.answers] == [
        "status", "territory", "need", "cir_year", "wish",
    ]  # fmt: skip


# --- each criterion ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        pytest.param(Status.REFUGEE, YES, id="réfugiée"),
        pytest.param(Status.SUBSIDIARY, YES, id="protection subsidiaire"),
        pytest.param(Status.STATELESS, YES, id="apatride"),
        pytest.param(Status.JOINER, YES, id="rejoignant"),
        pytest.param(Status.OTHER, NO, id="protection temporaire ou autre"),
        pytest.param(None, UNKNOWN, id="statut inconnu"),
    ],
)
def test_status(status: Status | None, verdict: Verdict) -> None:
    assert answer(person(statut=status), "status").verdict is verdict


@pytest.mark.parametrize(
    ("residence", "domicile", "when", "verdict"),
    [
        pytest.param(NANTES, NANTES, "15/01/2023", YES, id="domiciliée et résidente"),
        pytest.param(NANTES, LA_ROCHE, "15/01/2023", YES, id="deux départements ouverts"),
        pytest.param(RENNES, NANTES, "15/01/2023", NO, id="domiciliée mais pas résidente"),
        pytest.param(NANTES, RENNES, "15/01/2023", NO, id="résidente mais pas domiciliée"),
        pytest.param(NANTES, None, "15/01/2023", UNKNOWN, id="domicile inconnu"),
        pytest.param(None, NANTES, "15/01/2023", UNKNOWN, id="résidence inconnue"),
        pytest.param(None, None, "15/01/2023", UNKNOWN, id="rien de connu"),
        pytest.param(RENNES, None, "15/01/2023", NO, id="hors territoire, domicile inconnu"),
        pytest.param(LA_ROCHE, LA_ROCHE, "09/01/2023", NO, id="Vendée, la veille de l'ouverture"),
        pytest.param(LA_ROCHE, LA_ROCHE, "10/01/2023", YES, id="Vendée, le jour de l'ouverture"),
        pytest.param(LA_ROCHE, LA_ROCHE, "janvier 2023", UNKNOWN, id="Vendée, un jour de janvier"),
        pytest.param(Place(None, None, "49"), NANTES, "15/06/2023", NO, id="49 pas encore ouvert"),
    ],
)
def test_territory(
    residence: Place | None, domicile: Place | None, when: str, verdict: Verdict
) -> None:
    d = person(
        cir("01/01/2023"), oriented(when), commune_residence=residence, commune_domicile=domicile
    )
    assert answer(d, "territory").verdict is verdict


def test_a_postal_code_is_enough_for_the_department() -> None:
    d = person(
        commune_residence=None, commune_domicile=None,
        code_postal_residence="44150", code_postal_domicile="44000",
    )  # fmt: skip
    assert answer(d, "territory").verdict is YES


def test_a_closed_territory_says_when_it_opens() -> None:
    d = person(
        cir("01/01/2023"), oriented("09/01/2023"), departement="85",
        commune_residence=LA_ROCHE, commune_domicile=LA_ROCHE,
    )  # fmt: skip
    assert "85 ouvert le 10/01/2023" in answer(d, "territory").fact
    elsewhere = answer(person(commune_residence=RENNES), "territory").fact
    assert "programme connu ouvert : 44, 85" in elsewhere


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        pytest.param({}, YES, id="ni emploi durable ni logement pérenne"),
        pytest.param({"situation_professionnelle": Work.PERMANENT}, YES, id="CDI mais au DNA"),
        pytest.param({"situation_logement": Housing.INDEPENDENT}, YES, id="logée, sans emploi"),
        pytest.param(
            {
                "situation_professionnelle": Work.PERMANENT,
                "situation_logement": Housing.INDEPENDENT,
            },
            NO, id="CDI et logement autonome",
        ),
        pytest.param(
            {
                "situation_professionnelle": Work.TRAINING,
                "situation_logement": Housing.ASSISTED,
                "detail_logement": HousingDetail.SOCIAL_RESIDENCE,
            },
            NO, id="formation et résidence sociale",
        ),
        pytest.param(
            {
                "situation_professionnelle": Work.PERMANENT,
                "situation_logement": Housing.ASSISTED,
                "detail_logement": HousingDetail.FAMILY_BOARDING,
            },
            YES, id="CDI et pension de famille",
        ),
        pytest.param(
            {"situation_professionnelle": Work.PERMANENT, "situation_logement": Housing.ASSISTED},
            UNKNOWN, id="CDI et logement accompagné, sans détail",
        ),
        pytest.param(
            {
                "situation_professionnelle": Work.PERMANENT,
                "situation_logement": Housing.ASSISTED,
                "logement_perenne": Tristate.YES,
            },
            NO, id="CDI et logement accompagné dit pérenne",
        ),
        pytest.param(
            {"situation_professionnelle": None, "situation_logement": Housing.INDEPENDENT},
            UNKNOWN, id="logée, emploi inconnu",
        ),
        pytest.param(
            {"situation_professionnelle": None, "situation_logement": None}, UNKNOWN,
            id="rien de connu",
        ),
        pytest.param(
            {
                "situation_professionnelle": None, "situation_logement": None,
                "emploi_durable": Tristate.YES, "logement_perenne": Tristate.YES,
            },
            NO, id="les deux dits oui",
        ),
        pytest.param(
            {
                "situation_professionnelle": None, "situation_logement": None,
                "emploi_durable": Tristate.YES, "logement_perenne": Tristate.UNKNOWN,
            },
            UNKNOWN, id="« je ne sais pas » n'est pas non",
        ),
        pytest.param(
            {"emploi_durable": Tristate.YES, "logement_perenne": Tristate.YES}, YES,
            id="le code de la situation l'emporte sur ce qui est dit",
        ),
    ],
)  # fmt: skip
def test_need(facts: dict[str, Any], verdict: Verdict) -> None:
    assert answer(person(**facts), "need").verdict is verdict


@pytest.mark.parametrize(
    ("signature", "orientation", "verdict", "way"),
    [
        pytest.param("15/01/2023", "15/01/2023", YES, Route.DIRECT, id="le jour même"),
        pytest.param("01/01/2023", "31/12/2023", YES, Route.DIRECT, id="même année civile"),
        pytest.param("31/12/2022", "01/01/2023", YES, Route.LIAISON, id="la veille, année N-1"),
        pytest.param("01/01/2022", "31/12/2023", YES, Route.LIAISON, id="presque deux ans"),
        pytest.param("31/12/2021", "01/01/2023", NO, Route.OUTSIDE, id="année N-2"),
        pytest.param("2022", "15/06/2023", YES, Route.LIAISON, id="un jour de 2022"),
        pytest.param("2021", "15/06/2023", NO, Route.OUTSIDE, id="un jour de 2021"),
        pytest.param(
            "[2022-12..2023-01]", "15/06/2023", YES, Route.UNKNOWN,
            id="décembre ou janvier : admise par l'une ou l'autre voie",
        ),
        pytest.param(
            "15/06/2023", "[2023-12..2024-01]", YES, Route.UNKNOWN,
            id="demande de décembre ou janvier",
        ),
        pytest.param(
            "[2021-12..2022-01]", "15/06/2023", UNKNOWN, Route.UNKNOWN, id="N-2 ou N-1"
        ),
        pytest.param(
            "[2019-12..2020-01]", "15/06/2023", NO, Route.OUTSIDE, id="trop ancien de toute façon"
        ),
        pytest.param(
            "15/01/2024", "15/12/2023", UNKNOWN, Route.UNKNOWN, id="CIR de l'année d'après"
        ),
        pytest.param(
            "01/03/2023", "01/02/2023", UNKNOWN, Route.DIRECT, id="orientée avant son CIR"
        ),
        pytest.param(None, "15/06/2023", UNKNOWN, Route.UNKNOWN, id="CIR inconnu"),
    ],
)  # fmt: skip
def test_year_of_the_cir(
    signature: str | None, orientation: str, verdict: Verdict, way: Route
) -> None:
    happened = [cir(signature)] if signature else []
    d = person(*happened, oriented(orientation))
    assert answer(d, "cir_year").verdict is verdict
    assert assess(d, RULES).route is way


def test_both_years_admitted_leave_only_the_route_to_be_said() -> None:
    year = answer(person(cir("[2022-12..2023-01]"), oriented("01/02/2023")), "cir_year")
    assert "N ou N-1 : admise dans les deux cas" in year.fact
    assert year.missing == ("date_cir",)


def test_an_orientation_before_the_cir_is_said_and_asks_for_no_derogation() -> None:
    known = assess(person(cir("15/01/2024"), oriented("15/12/2023")), RULES)
    assert known.refusals == ()
    said = answer(person(cir("15/01/2024"), oriented("15/12/2023")), "cir_year").fact
    assert "l'une des deux dates est à corriger" in said


def test_a_form_filled_in_before_the_cir_is_no_fault() -> None:
    d = person(cir("15/03/2023"), form("01/03/2023"))
    assert answer(d, "cir_year").verdict is YES


@pytest.mark.parametrize(
    ("joined", "fact"),
    [
        pytest.param(None, "statut : Rejoignant de BPI ; BPI rejoint : inconnu", id="inconnu"),
        pytest.param("44-0001", "statut : Rejoignant de BPI ; BPI rejoint : 44-0001", id="dit"),
    ],
)
def test_the_link_of_a_joiner_is_said_and_refuses_nothing(joined: str | None, fact: str) -> None:
    """A joiner's link to the BPI's dossier is a fact, unknown if not in the file."""
    status = answer(person(statut=Status.JOINER, rejoint=joined), "status")
    assert (status.verdict, status.fact, status.missing) == (YES, fact, ())


@pytest.mark.parametrize(
    ("happened", "verdict"),
    [
        pytest.param([oriented("15/01/2023")], YES, id="orientation acceptée"),
        pytest.param([declined("15/01/2023")], NO, id="orientation déclinée"),
        pytest.param([proposed("15/01/2023")], UNKNOWN, id="proposée, pas encore dit"),
        pytest.param([], UNKNOWN, id="pas encore dit"),
        pytest.param([form("20/01/2023", True)], YES, id="souhait dit sur la fiche"),
        pytest.param([form("20/01/2023", False)], NO, id="pas de souhait sur la fiche"),
        pytest.param([form("20/01/2023")], UNKNOWN, id="fiche muette"),
        pytest.param(
            [form("20/01/2023", False), oriented("01/02/2023")], YES,
            id="la réponse à l'OFII l'emporte sur la fiche",
        ),
    ],
)  # fmt: skip
def test_wish(happened: list[Draft], verdict: Verdict) -> None:
    assert answer(person(cir("15/01/2023"), *happened), "wish").verdict is verdict


# --- the whole ---------------------------------------------------------------------------


def test_one_no_is_enough_and_every_no_is_said() -> None:
    known = assess(person(statut=Status.OTHER, commune_residence=RENNES), RULES)
    assert known.eligible is NO
    assert [a.criterion for a in known.refusals] == ["status", "territory"]
    assert all(a.fact and a.source for a in known.answers)


def test_one_unknown_is_not_a_no() -> None:
    known = assess(
        person(statut=None, situation_logement=None, situation_professionnelle=Work.PERMANENT),
        RULES,
    )
    assert known.eligible is UNKNOWN
    assert known.refusals == ()
    assert known.missing == ("statut", "situation_logement")


def test_a_no_wins_over_an_unknown() -> None:
    assert assess(person(statut=Status.OTHER, commune_residence=None), RULES).eligible is NO


@pytest.mark.parametrize(
    ("decision", "facts", "verdict"),
    [
        pytest.param(validated("20/02/2023"), {"statut": Status.OTHER}, YES, id="validée, non"),
        pytest.param(
            validated("20/02/2023", OfiiOutcome.DEROGATION), {"commune_residence": RENNES}, YES,
            id="dérogation hors territoire",
        ),
        pytest.param(rejected("20/02/2023"), {}, NO, id="rejetée malgré cinq oui"),
        pytest.param(rejected("20/02/2023"), {"statut": None}, NO, id="rejetée, inconnu"),
        pytest.param(validated(None), {"statut": None}, YES, id="validée un jour inconnu"),
    ],
)  # fmt: skip
def test_ofii_decides(decision: Draft, facts: dict[str, Any], verdict: Verdict) -> None:
    d = person(cir("15/01/2023"), oriented("15/01/2023"), decision, **facts)
    known = assess(d, RULES)
    assert known.eligible is verdict
    assert "décision OFII" in known.answers[-1].fact
    assert known.precheck is assess(person(**facts), RULES).eligible
    assert "ofii" not in {a.criterion for a in known.refusals}


@pytest.mark.parametrize(
    ("when", "said"),
    [
        pytest.param("20/02/2023", "décision OFII du 20/02/2023 : Rejetée", id="un jour"),
        pytest.param("février 2023", "décision OFII, en février 2023 : Rejetée", id="un mois"),
        pytest.param(
            "mars/avril 2023", "décision OFII, entre mars et avril 2023 : Rejetée", id="deux mois"
        ),
        pytest.param(None, "décision OFII, jour inconnu : Rejetée", id="jour inconnu"),
    ],
)
def test_whose_answer_it_is(when: str | None, said: str) -> None:
    d = person(cir("15/01/2023"), oriented("15/01/2023"), rejected(when))
    assert assess(d, RULES).answers[-1].fact == said


@pytest.mark.parametrize(
    ("departement", "happened"),
    [
        pytest.param("44", [cir("15/01/2024"), oriented("01/07/2024")], id="après juin 2024"),
        pytest.param("49", [cir("15/01/2023"), oriented("15/06/2023")], id="49 en 2023"),
        pytest.param("35", [cir("15/01/2023"), oriented("15/06/2023")], id="un autre département"),
        pytest.param("44", [cir("15/01/2024"), oriented("2024")], id="jour trop vague"),
    ],
)
def test_outside_every_rule_set_nothing_is_known(departement: str, happened: list[Draft]) -> None:
    """Never a guess and never a refusal: "rule not known for this date: OFII decides"."""
    d = dossier(*happened, departement=departement, statut=Status.OTHER, commune_residence=RENNES)
    known = assess(d, RULES)
    assert known.eligible is UNKNOWN
    assert known.rules is None
    assert [a.criterion for a in known.answers] == ["regle"]
    assert "l'OFII décide" in known.answers[0].fact


def test_outside_every_rule_set_ofii_still_decides() -> None:
    d = dossier(cir("15/01/2024"), oriented("01/07/2024"), validated("15/07/2024"))
    assert assess(d, RULES).eligible is YES


@given(
    st.fixed_dictionaries(
        {
            "statut": st.none() | st.sampled_from(Status),
            "commune_residence": st.none() | st.sampled_from([NANTES, RENNES, LA_ROCHE]),
            "commune_domicile": st.none() | st.sampled_from([NANTES, RENNES, LA_ROCHE]),
            "situation_logement": st.none() | st.sampled_from(Housing),
            "detail_logement": st.none() | st.sampled_from(HousingDetail),
            "situation_professionnelle": st.none() | st.sampled_from(Work),
            "emploi_durable": st.none() | st.sampled_from(Tristate),
            "logement_perenne": st.none() | st.sampled_from(Tristate),
        }
    ),
    st.data(),
)
def test_forgetting_a_fact_never_refuses(facts: dict[str, Any], data: st.DataObject) -> None:
    """Unknown never refuses: what is no longer known makes no new "no"."""
    forgotten = data.draw(st.sampled_from(sorted(facts)))
    hides_the_code = {"situation_professionnelle", "situation_logement", "detail_logement"}
    if forgotten in hides_the_code:  # what was said beside the code would then speak
        facts = {**facts, "emploi_durable": None, "logement_perenne": None}
    before = {a.criterion for a in assess(person(**facts), RULES).refusals}
    after = {a.criterion for a in assess(person(**{**facts, forgotten: None}), RULES).refusals}
    assert after <= before


def test_every_criterion_has_a_label_and_a_reason() -> None:
    assert {name for rules in RULES.rule_sets for name in rules.criteria} < set(rulebook.CRITERIA)
    assert set(REASON_OF) == set(CODES) == set(rulebook.CRITERIA)
    assert set(rulebook.CRITERIA) < set(CRITERIA)
    assert set(REASONS) >= REFUSED_AS


# --- the day of receipt ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "judged_on"),
    [
        pytest.param(
            [cir("15/01/2023"), form("01/03/2023"), oriented("01/04/2023")], "01/04/2023",
            id="l'orientation d'abord",
        ),
        pytest.param([cir("15/01/2023"), form("01/03/2023")], "01/03/2023", id="sinon la fiche"),
        pytest.param(
            [cir("15/01/2023"), form("01/03/2023"), oriented(None)], "01/03/2023",
            id="orientation sans date : la fiche",
        ),
        pytest.param(
            [cir("15/01/2023"), validated("02/04/2023")], "02/04/2023",
            id="sinon la décision de l'OFII",
        ),
        pytest.param(
            [rejected("20/03/2023"), validated("02/04/2023", OfiiOutcome.DEROGATION)],
            "20/03/2023", id="la première décision",
        ),
        pytest.param(
            [cir("15/01/2023"), booked("03/03/2023 14h"), diagnosed("10/03/2023")], "03/03/2023",
            id="sinon le premier acte",
        ),
        pytest.param(
            [cir("15/01/2023"), diagnosed("03/2023"), assigned("20/03/2023")],
            "[2023-03-01..2023-03-20]", id="le premier acte, connu en partie",
        ),
        pytest.param(
            [cir("15/01/2023"), closed("03/03/2023", Motive.DROPPED)], "03/03/2023",
            id="la fin, s'il n'y a rien d'autre",
        ),
        pytest.param([cir("15/01/2022")], "23/11/2023", id="jamais le CIR : l'ouverture"),
        pytest.param(
            [form("01/03/2023"), rejected("20/03/2023"), form("05/05/2023")], "05/05/2023",
            id="la dernière fiche",
        ),
        pytest.param([], "23/11/2023", id="rien : l'ouverture"),
    ],
)  # fmt: skip
def test_the_day_by_which_one_is_judged(happened: list[Draft], judged_on: str) -> None:
    assert received(dossier(*happened)) == on(judged_on)


def test_an_older_dossier_was_opened_on_the_day_it_was_written() -> None:
    """Its event does not say the day; a moment that cannot be read tells nothing."""
    old = opened("44")._replace(payload={"dossier": "44-1", "personne": "P", "departement": "44"})
    assert received(fold(events(old))) == on("23/11/2023")
    unreadable = [e._replace(recorded_at="hier") for e in events(old)]
    assert received(fold(unreadable)) is None


def test_without_any_day_the_request_is_asked_for() -> None:
    known = assess(dossier()._replace(opened_on=None), RULES)
    assert (known.eligible, known.missing) == (UNKNOWN, ("date_orientation",))


# --- the route ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signature", "receipt", "way"),
    [
        pytest.param("2024-03-01", "2025-02-01", Route.LIAISON, id="année d'avant"),
        pytest.param("2025-01-05", "2025-02-01", Route.DIRECT, id="même année"),
        pytest.param("2022-01-05", "2025-02-01", Route.UNKNOWN, id="trop vieux ? on ne sait pas"),
        pytest.param("2025-06-01", "2024-02-01", Route.UNKNOWN, id="CIR après la demande"),
        pytest.param(
            "[2024-12-20..2025-01-10]",
            "2024-12-28",
            Route.DIRECT,
            id="reçue avant le nouvel an : le CIR aussi",
        ),
        pytest.param("[2024-12-20..2025-01-10]", "2025-01-08", Route.UNKNOWN, id="à cheval"),
        pytest.param(None, "2025-02-01", Route.UNKNOWN, id="CIR inconnu"),
        pytest.param("2025-06-01", None, Route.UNKNOWN, id="réception inconnue"),
    ],
)
def test_without_a_rule_set_the_years_still_tell_the_route(
    signature: str | None, receipt: str | None, way: Route
) -> None:
    signed_on = on(signature) if signature else None
    assert route(signed_on, on(receipt) if receipt else None, None) is way


@pytest.mark.parametrize(
    ("happened", "awaited"),
    [
        pytest.param([], Stage.ORIENTATION, id="rien encore"),
        pytest.param([cir("15/01/2023")], Stage.ORIENTATION, id="CIR de l'année"),
        pytest.param([cir("15/01/2023"), proposed("20/01/2023")], Stage.ORIENTATION, id="proposée"),
        pytest.param([declined("20/01/2023")], Stage.DECLINED, id="déclinée"),
        pytest.param([form("01/03/2023", False)], Stage.DECLINED, id="fiche sans souhait"),
        pytest.param([form("01/03/2023")], Stage.LIAISON, id="fiche à envoyer"),
        pytest.param([form("01/03/2023"), sent("05/03/2023")], Stage.OFII, id="listing envoyé"),
        pytest.param([form("01/03/2023"), rejected("09/03/2023")], Stage.REJECTED, id="rejetée"),
        pytest.param(
            [form("01/03/2023"), rejected("09/03/2023"), form("02/04/2023")], Stage.LIAISON,
            id="présentée à nouveau",
        ),
        pytest.param([oriented("15/01/2023")], Stage.DIAGNOSIS, id="orientée"),
        pytest.param([form("01/03/2023"), validated("09/03/2023")], Stage.DIAGNOSIS, id="validée"),
        pytest.param([oriented(), diagnosed("25/01/2023")], Stage.COMMISSION, id="diagnostic"),
        pytest.param(
            [oriented(), diagnosed("25/01/2023"), assigned("01/02/2023")], Stage.CONTRACTING,
            id="référent désigné",
        ),
        pytest.param(
            [oriented(), diagnosed("25/01/2023"), signed("17/02/2023")], Stage.SUPPORT,
            id="contrat sans commission",
        ),
        pytest.param([oriented(), closed("17/02/2023", Motive.DROPPED)], Stage.CLOSED, id="close"),
    ],
)  # fmt: skip
def test_what_is_awaited_next(happened: list[Draft], awaited: Stage) -> None:
    d = dossier(*happened)
    assert stage(d, assess(d, RULES).route) is awaited


def test_an_old_cir_awaits_its_liaison_form() -> None:
    d = dossier(cir("15/06/2022"), proposed("20/01/2023"))
    assert stage(d, assess(d, RULES).route) is Stage.LIAISON


def test_two_departments_open_by_two_rule_sets_are_both_open() -> None:
    """Domiciled in 49 (open since January 2024), resident in 44: both open in February 2024."""
    state = dossier(
        cir("10/02/2024"), oriented("10/02/2024"),
        commune_residence=NANTES, commune_domicile=Place("49007", None, "49"),
    )  # fmt: skip
    answers = {a.criterion: a.verdict for a in assess(state, RULES).answers}
    assert answers["territory"] is Verdict.YES


# --- what would make the answer precise --------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "missing"),
    [
        pytest.param([cir("15/06/2023"), form("[2023-12-20..2024-01-10]", True)], ("date_fiche",),
                     id="la fiche"),
        pytest.param([cir("15/06/2023"), oriented("[2023-12-20..2024-01-10]")],
                     ("date_orientation",), id="l'orientation"),
        pytest.param([cir("[2022-12-20..2023-01-10]"), oriented("15/06/2023")], ("date_cir",),
                     id="le CIR"),
        pytest.param(
            [cir("[2023-12-20..2024-01-10]"), oriented("[2023-12-20..2024-01-10]")],
            ("date_cir", "date_orientation"), id="les deux, sur le même nouvel an",
        ),
    ],
)  # fmt: skip
def test_which_date_to_make_precise(happened: list[Draft], missing: tuple[str, ...]) -> None:
    """Every possible reading is admitted: a yes, of which only the route is not known."""
    found = answer(person(*happened), "cir_year")
    assert (found.verdict, found.missing) == (YES, missing)


@pytest.mark.parametrize(("signature", "wanted"), [("15/01/2023", "orientation"),
                                                   ("15/01/2022", "souhait")])  # fmt: skip
def test_the_wish_is_asked_for_by_the_route(signature: str, wanted: str) -> None:
    assert answer(person(cir(signature)), "wish").missing == (wanted,)


@pytest.mark.parametrize(
    ("signature", "way"),
    [("2025-01-05", Route.OUTSIDE), ("2024-03-01", Route.DIRECT), ("2023-03-01", Route.LIAISON),
     ("2022-03-01", Route.OUTSIDE), ("2026-03-01", Route.UNKNOWN)],
)  # fmt: skip
def test_the_years_of_a_route_are_those_of_the_rule_set(signature: str, way: Route) -> None:
    rules = RULES.rule_sets[0]
    years = rules.criteria["cir_year"]._replace(parameters={"years_direct": 1, "years_liaison": 2})
    other = rules._replace(criteria={**rules.criteria, "cir_year": years})
    assert route(on(signature), on("2025-02-01"), other) is way


# --- work and housing now ----------------------------------------------------------------

FLAGS = RULES.flags(on("15/01/2023").earliest)
SOCIAL, BOARDING = HousingDetail.SOCIAL_RESIDENCE, HousingDetail.FAMILY_BOARDING
ASSISTED, ALONE, DNA = Housing.ASSISTED, Housing.INDEPENDENT, Housing.DNA
Said = dict[str, Any]


def housed(home: Housing | None = None, detail: HousingDetail | None = None,
           said: Tristate | None = None) -> Said:  # fmt: skip
    return {"situation_logement": home, "detail_logement": detail, "logement_perenne": said}


def working(work: Work | None = None, said: Tristate | None = None) -> Said:
    return {"situation_professionnelle": work, "emploi_durable": said}


def living(entry: Said, *since: Said) -> Dossier:
    """Somebody's situation at entry, and what was recorded month after month."""
    recorded = [
        draft(Kind.SITUATION_RECORDED, f"01/{month:02d}/2023", **said)
        for month, said in enumerate(since, 2)
    ]
    return dossier(*recorded, **entry)


@pytest.mark.parametrize(
    ("entry", "since", "verdict"),
    [
        pytest.param(working(), [], UNKNOWN, id="rien n'est dit"),
        pytest.param(working(Work.NONE), [], NO, id="à l'entrée"),
        pytest.param(working(Work.NONE), [working(Work.PERMANENT)], YES, id="CDI depuis"),
        pytest.param(working(Work.PERMANENT), [working(Work.NONE)], NO, id="CDI perdu"),
        pytest.param(working(Work.NONE), [working(Work.PERMANENT), housed(DNA)], YES,
                     id="le logement relevé ensuite ne dit rien de l'emploi"),
        pytest.param(working(Work.NONE), [working(Work.PERMANENT), working(Work.NONE)], NO,
                     id="le dernier relevé"),
        pytest.param(working(Work.NONE), [working(None, Tristate.YES)], YES, id="dit durable"),
        pytest.param(working(Work.PERMANENT), [working(None, Tristate.NO)], NO,
                     id="dit non durable"),
        pytest.param(working(Work.PERMANENT), [working(None, Tristate.UNKNOWN)], UNKNOWN,
                     id="dit inconnu"),
        pytest.param(working(None, Tristate.YES), [], YES, id="dit durable à l'entrée"),
        pytest.param(working(), [working(Work.TRAINING, Tristate.NO)], YES,
                     id="le code l'emporte sur ce qui est dit"),
    ],
)  # fmt: skip
def test_durable_work_is_the_last_that_was_said(
    entry: Said, since: list[Said], verdict: Verdict
) -> None:
    assert job_now(living(entry, *since), FLAGS) is verdict


@pytest.mark.parametrize(
    ("entry", "since", "verdict"),
    [
        pytest.param(housed(), [], UNKNOWN, id="rien n'est dit"),
        pytest.param(housed(DNA), [], NO, id="à l'entrée"),
        pytest.param(housed(DNA), [housed(ALONE)], YES, id="logée depuis"),
        pytest.param(housed(ALONE), [housed(DNA)], NO, id="logement perdu"),
        pytest.param(housed(DNA), [housed(ALONE), working(Work.NONE)], YES,
                     id="l'emploi relevé ensuite ne dit rien du logement"),
        pytest.param(housed(DNA), [housed(ALONE), housed(DNA)], NO, id="le dernier relevé"),
        pytest.param(housed(DNA), [housed(ASSISTED, SOCIAL)], YES, id="résidence sociale"),
        pytest.param(housed(DNA), [housed(ASSISTED, BOARDING)], NO, id="pension de famille"),
        pytest.param(housed(DNA), [housed(ASSISTED)], UNKNOWN, id="accompagné, sans détail"),
        pytest.param(housed(ALONE), [housed(ASSISTED)], UNKNOWN,
                     id="l'entrée ne dit rien d'un logement quitté"),
        pytest.param(housed(DNA), [housed(ASSISTED, None, Tristate.YES)], YES,
                     id="accompagné, dit pérenne"),
        pytest.param(housed(DNA), [housed(ASSISTED, BOARDING, Tristate.YES)], NO,
                     id="le détail l'emporte sur ce qui est dit"),
        pytest.param(housed(DNA), [housed(None, None, Tristate.YES)], YES, id="dit pérenne"),
        pytest.param(housed(ALONE), [housed(None, None, Tristate.NO)], NO, id="dit non pérenne"),
        pytest.param(housed(None, None, Tristate.YES), [], YES, id="dit pérenne à l'entrée"),
        pytest.param(housed(None, None, Tristate.YES), [housed(None, SOCIAL)], YES,
                     id="un détail seul ne dit rien"),
    ],
)  # fmt: skip
def test_lasting_housing_is_the_last_that_was_said(
    entry: Said, since: list[Said], verdict: Verdict
) -> None:
    assert home_now(living(entry, *since), FLAGS) is verdict


@given(
    st.none() | st.sampled_from(Work), st.none() | st.sampled_from(Tristate),
    st.none() | st.sampled_from(Housing), st.none() | st.sampled_from(HousingDetail),
    st.none() | st.sampled_from(Tristate),
)  # fmt: skip
def test_what_is_said_anew_counts_as_at_entry(
    work: Work | None, durable: Tristate | None, home: Housing | None,
    detail: HousingDetail | None, lasting: Tristate | None,
) -> None:  # fmt: skip
    """The same words, at entry or since, make the same answer."""
    said = {**working(work, durable), **housed(home, detail, lasting)}
    entry, since = living(said), living({}, said)
    assert job_now(entry, FLAGS) is job_now(since, FLAGS)
    assert home_now(entry, FLAGS) is home_now(since, FLAGS)


# --- the facts where no rule judges ------------------------------------------------------


def facts_of(d: Dossier) -> dict[str, str]:
    return {each.criterion: each.fact for each in known_facts(d, RULES)}


LATER = (cir("15/01/2025"), oriented("15/02/2025"))


def test_where_no_rule_judges_the_facts_are_told_and_none_is_judged() -> None:
    """After June 2024 the criteria are not public: OFII decides, the tool informs."""
    d = person(*LATER, statut=Status.OTHER, commune_domicile=RENNES)
    assert {each.verdict for each in known_facts(d, RULES)} == {UNKNOWN}
    assert facts_of(d)["status"] == "statut : Autre statut"
    assert "domicile : 35" in facts_of(d)["territory"]
    assert "demande reçue : 15/02/2025" in facts_of(d)["cir_year"]
    assert {str(each.origin) for each in known_facts(d, RULES)} == {
        f"{RULES.rule_set('44', on('01/06/2024')).title}, hors de ses dates : pour information"
    }


def test_where_the_day_of_the_request_is_not_known_the_year_of_the_cir_tells_nothing() -> None:
    d = person(cir("15/01/2023"))._replace(opened_on=None)
    assert set(facts_of(d)) == {"status", "territory", "need", "wish"}
    assert "(jour d'ouverture)" not in facts_of(d)["territory"]
    assert set(facts_of(person(*LATER))) == {"status", "territory", "need", "cir_year", "wish"}


def test_the_facts_are_those_of_the_rule_of_the_nearest_days() -> None:
    for departement, when, title in (
        ("49", "15/06/2023", "49"), ("44", "15/06/2025", "44"), ("35", "15/06/2025", ""),
    ):  # fmt: skip
        d = person(cir("15/01/2023"), oriented(when), departement=departement)
        (origin,) = {str(each.origin) for each in known_facts(d, RULES)}
        rules = RULES.nearest(departement, on(when))
        assert origin.startswith(rules.title)
        assert not title or title in rules.departments


# --- days known in part ------------------------------------------------------------------


def test_another_department_that_perhaps_opened_refuses_nobody() -> None:
    """49 opened in January 2024: asked for about the New Year, it is not known whether it had."""
    elsewhere = Place("49007", None, "49")
    for when, verdict in (
        ("[2023-12-20..2024-01-10]", UNKNOWN), ("20/12/2023", NO), ("01/01/2024", YES),
    ):  # fmt: skip
        d = person(cir("15/06/2023"), oriented(when), commune_domicile=elsewhere)
        assert answer(d, "territory").verdict is verdict


def test_a_rule_set_that_says_nothing_of_the_years_has_those_of_the_slides() -> None:
    """[W] titles of the slides: CIR of year N is direct, of N-1 by the form.

    One that does not test the year calls no CIR too old.
    """
    rules = RULES.rule_sets[0]
    silent = rules.criteria["cir_year"]._replace(parameters={})
    for criteria, old in (
        ({**rules.criteria, "cir_year": silent}, Route.OUTSIDE), ({}, Route.UNKNOWN),
    ):  # fmt: skip
        other = rules._replace(criteria=criteria)
        for signature, way in (
            ("2025-01-05", Route.DIRECT), ("2024-03-01", Route.LIAISON),
            ("2023-03-01", old), ("2026-03-01", Route.UNKNOWN),
        ):  # fmt: skip
            assert route(on(signature), on("2025-02-01"), other) is way


@pytest.mark.parametrize(
    ("signature", "receipt", "possible"),
    [
        pytest.param("2023", "2023", (Route.DIRECT,), id="une année"),
        pytest.param("[2022-12..2023-01]", "2023", (Route.LIAISON, Route.DIRECT),
                     id="CIR à cheval"),
        pytest.param("2022", "[2022-12..2023-01]", (Route.DIRECT, Route.LIAISON),
                     id="demande à cheval"),
        pytest.param("[2023-12..2024-01]", "[2023-12..2024-01]", (Route.DIRECT, Route.LIAISON),
                     id="les deux : jamais reçue avant son CIR"),
        pytest.param("[2021-01..2023-12]", "2023",
                     (Route.OUTSIDE, Route.LIAISON, Route.DIRECT), id="trois années"),
        pytest.param("[2024-01..2025-12]", "2023", (Route.UNKNOWN,), id="CIR d'après, à coup sûr"),
        pytest.param("[2023-12..2024-01]", "2023", (Route.DIRECT,), id="CIR d'après, peut-être"),
        pytest.param(None, "2023", tuple(Route), id="CIR inconnu"),
        pytest.param("2023", None, tuple(Route), id="demande inconnue"),
    ],
)  # fmt: skip
def test_every_route_that_the_dates_leave(
    signature: str | None, receipt: str | None, possible: tuple[Route, ...]
) -> None:
    dates = [on(text) if text else None for text in (signature, receipt)]
    assert routes(*dates, RULES.rule_sets[0]) == possible


# --- the departments of the file, and the days of opening ---------------------------------


@pytest.mark.parametrize(
    ("served", "residence", "domicile", "verdict"),
    [
        pytest.param((), LA_ROCHE, LA_ROCHE, YES, id="un fichier de tous"),
        pytest.param(("44",), LA_ROCHE, NANTES, NO, id="résidence hors du fichier"),
        pytest.param(("44",), NANTES, LA_ROCHE, YES, id="domicile hors du fichier"),
        pytest.param(("44",), None, NANTES, UNKNOWN, id="résidence inconnue"),
        pytest.param(("44", "85"), LA_ROCHE, NANTES, YES, id="un fichier des deux"),
        pytest.param(("85",), NANTES, NANTES, YES, id="le département du dossier, déjà ouvert"),
    ],
)
def test_who_lives_outside_the_departments_of_the_file(
    served: tuple[str, ...], residence: Place | None, domicile: Place | None, verdict: Verdict
) -> None:
    d = person(commune_residence=residence, commune_domicile=domicile)
    book = RULES._replace(departments=served)
    (found,) = [a for a in assess(d, book).answers if a.criterion == "territory"]
    assert found.verdict is verdict
    told = f" (départements de ce fichier : {', '.join(served)})"
    assert found.fact.endswith(told) is (verdict is NO)


@pytest.mark.parametrize(
    ("residence", "domicile", "when", "fact"),
    [
        pytest.param(NANTES, NANTES, "15/01/2023", "résidence : 44 ; domicile : 44", id="ouverts"),
        pytest.param(NANTES, None, "15/01/2023", "résidence : 44 ; domicile : inconnu",
                     id="domicile inconnu"),
        pytest.param(LA_ROCHE, NANTES, "09/01/2023", "résidence : 85 ; domicile : 44 (hors"
                     " territoire le 09/01/2023 : 85 ouvert le 10/01/2023, 44 ouvert le"
                     " 10/01/2023)", id="la veille de l'ouverture"),
        pytest.param(RENNES, NANTES, "09/01/2023", "résidence : 35 ; domicile : 44 (hors"
                     " territoire le 09/01/2023 : 35, ouverture non connue, 44 ouvert le"
                     " 10/01/2023 ; programme connu ouvert : 44, 85)", id="l'un ouvrira"),
        pytest.param(RENNES, NANTES, "15/01/2023", "résidence : 35 ; domicile : 44 (hors"
                     " territoire le 15/01/2023 : 35, ouverture non connue ; programme connu"
                     " ouvert : 44, 85)", id="l'un n'ouvrira pas"),
        pytest.param(NANTES, LA_ROCHE, "janvier 2023", "résidence : 44 ; domicile : 85 (jour"
                     " d'ouverture)", id="peut-être avant l'ouverture"),
        pytest.param(NANTES, NANTES, "[2023-01-10..2023-01-31]", "résidence : 44 ; domicile : 44",
                     id="depuis l'ouverture, à coup sûr"),
    ],
)  # fmt: skip
def test_what_is_said_of_the_territory(
    residence: Place, domicile: Place | None, when: str, fact: str
) -> None:
    d = person(
        cir("01/01/2023"), oriented(when), commune_residence=residence, commune_domicile=domicile
    )
    assert answer(d, "territory").fact == fact


@pytest.mark.parametrize(
    ("facts", "criterion", "missing"),
    [
        pytest.param({"statut": None}, "status", ("statut",), id="statut"),
        pytest.param({"commune_residence": None}, "territory", ("commune_residence",),
                     id="résidence"),
        pytest.param({"commune_domicile": None}, "territory", ("commune_domicile",), id="domicile"),
        pytest.param({"commune_residence": None, "commune_domicile": None}, "territory",
                     ("commune_residence", "commune_domicile"), id="les deux"),
        pytest.param({"situation_professionnelle": None, "situation_logement": None}, "need",
                     ("situation_professionnelle", "situation_logement"), id="besoin"),
        pytest.param({"situation_professionnelle": None, "situation_logement": Housing.INDEPENDENT},
                     "need", ("situation_professionnelle",), id="emploi"),
        pytest.param({"situation_professionnelle": Work.PERMANENT, "situation_logement": None},
                     "need", ("situation_logement",), id="logement"),
    ],
)  # fmt: skip
def test_what_would_answer_is_asked_for(
    facts: dict[str, Any], criterion: str, missing: tuple[str, ...]
) -> None:
    found = answer(person(**facts), criterion)
    assert (found.verdict, found.missing) == (UNKNOWN, missing)


@pytest.mark.parametrize(
    ("happened", "fact", "missing"),
    [
        pytest.param([cir("15/06/2022"), form("[2023-12-20..2024-01-10]", True)], "", "date_fiche",
                     id="une fiche"),
        pytest.param(
            [cir("15/06/2022"), form("01/06/2023", True), oriented("[2023-12-20..2024-01-10]")], "",
            "date_orientation", id="une fiche, puis l'orientation",
        ),
        pytest.param(
            [cir("15/06/2022"), oriented("01/06/2023"), rejected("10/06/2023"),
             form("[2023-12-20..2024-01-10]", True)],
            "", "date_fiche", id="présentée à nouveau",
        ),
        pytest.param([cir("15/01/2024"), oriented("15/12/2023")],
                     "CIR : 15/01/2024 ; demande reçue avant lui : 15/12/2023 ; l'une des deux"
                     " dates est à corriger", "date_cir", id="orientée avant le CIR"),
    ],
)  # fmt: skip
def test_which_date_leaves_the_year_unsure(happened: list[Draft], fact: str, missing: str) -> None:
    found = answer(person(*happened), "cir_year")
    assert (found.verdict, found.missing) == (UNKNOWN, (missing,))
    assert not fact or found.fact == fact


@pytest.mark.parametrize(
    ("happened", "verdict", "fact"),
    [
        pytest.param([proposed("15/01/2023")], UNKNOWN, "pas encore dit", id="proposée"),
        pytest.param([oriented("15/01/2023")], YES, "orientation acceptée", id="acceptée"),
        pytest.param([declined("15/01/2023")], NO, "orientation déclinée", id="déclinée"),
        pytest.param([form("20/01/2023", True)], YES, "souhait dit sur la fiche de liaison : oui",
                     id="oui, sur la fiche"),
        pytest.param([form("20/01/2023", False)], NO, "souhait dit sur la fiche de liaison : non",
                     id="non, sur la fiche"),
        pytest.param([form("20/01/2023", False), form("20/02/2023", True)], YES,
                     "souhait dit sur la fiche de liaison : oui", id="la dernière fiche"),
        pytest.param([form("20/01/2023", True), form("20/02/2023")], YES,
                     "souhait dit sur la fiche de liaison : oui", id="la dernière qui le dise"),
        pytest.param([oriented("15/01/2023"), rejected("16/01/2023"), form("20/01/2023", False)],
                     NO, "souhait dit sur la fiche de liaison : non", id="rejetée, puis la fiche"),
        pytest.param([oriented("15/01/2023"), rejected("16/01/2023"), form("20/01/2023")], YES,
                     "orientation acceptée", id="rejetée, puis une fiche muette"),
    ],
)  # fmt: skip
def test_what_is_said_of_the_wish(happened: list[Draft], verdict: Verdict, fact: str) -> None:
    found = answer(person(cir("10/01/2023"), *happened), "wish")
    assert (found.verdict, found.fact) == (verdict, fact)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "inconnu"), (True, "oui"), (False, "non"), (UNKNOWN, "inconnu"), (YES, "oui"),
        (on("janvier 2023"), "janvier 2023"), (Status.REFUGEE, Status.REFUGEE.label),
        ((Work.NONE, Work.PERMANENT), f"{Work.NONE.label} + CDI"), (12, "12"),
    ],
)  # fmt: skip
def test_a_value_inside_a_sentence(value: Any, told: str) -> None:
    assert shown(value) == told


def test_what_counts_as_durable_is_that_of_the_first_day_the_request_may_be_of() -> None:
    """A later list of situations changes nothing for who may have asked before it."""
    later = FLAGS._replace(since=on("01/01/2024").earliest, durable_work=frozenset())
    book = RULES._replace(situations=(*RULES.situations, later))
    for when, verdict in (
        ("[2023-12-20..2024-01-10]", NO), ("31/12/2023", NO), ("01/01/2024", YES),
    ):  # fmt: skip
        d = person(
            cir("15/06/2023"), oriented(when), situation_logement=Housing.INDEPENDENT,
            situation_professionnelle=Work.PERMANENT,
        )  # fmt: skip
        (need,) = [each for each in assess(d, book).answers if each.criterion == "need"]
        assert need.verdict is verdict
