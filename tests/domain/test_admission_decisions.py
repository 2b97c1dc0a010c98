"""Enrolling and completing: who the person is, the pre-check, and what may change afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.dates import edtf, may_be_the_same_day
from agir_cli.domain.decisions.admission import (
    Holder,
    Known,
    NewDossier,
    department_for,
    judge_row,
    no_department,
    open_dossier,
    same_person,
)
from agir_cli.domain.decisions.common import Accepted, Context, Decision, Refused, with_names
from agir_cli.domain.decisions.completion import complete_dossier
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.folding import applied, fold
from agir_cli.domain.identity import looks_like_agdref, name_key
from agir_cli.domain.places import Place
from agir_cli.domain.reasons import finding
from agir_cli.domain.vocabulary import (
    French,
    Housing,
    HousingDetail,
    Kinship,
    Motive,
    OfiiOutcome,
    Orientation,
    Status,
    Work,
)
from tests.domain.making import (
    LA_ROCHE,
    NANTES,
    REF,
    RENNES,
    RULES,
    TODAY,
    cir,
    closed,
    codes,
    context,
    decided,
    declined,
    diagnosed,
    dossier,
    event,
    events,
    form,
    kinds,
    on,
    opened,
    oriented,
    proposed,
    rejected,
    signed,
    validated,
    warned,
)

OPENING = NewDossier("D1", REF, "P1")
WELCOME: dict[str, Any] = {
    "nom": "Inventée",
    "statut": Status.REFUGEE,
    "commune_residence": NANTES,
    "commune_domicile": NANTES,
    "situation_logement": Housing.DNA,
    "situation_professionnelle": Work.NONE,
    "date_cir": on("15/01/2023"),
}


def enroll(**fields: Any) -> Decision:
    """The answer to somebody whom 44 admits, but for what is said here."""
    return open_dossier(c.Enroll(**{**WELCOME, **fields}), OPENING, "44", context())


def complete(d: Dossier, **fields: Any) -> Decision:
    return complete_dossier(d, c.Enroll(dossier=REF, **fields), None, None, context())


# --- the pre-check -----------------------------------------------------------------------


def test_somebody_is_enrolled() -> None:
    answer = enroll(orientation=Orientation.ACCEPTED, date_orientation=on("15/01/2023"))
    assert kinds(answer) == [
        Kind.DOSSIER_OPENED, Kind.CIR_SIGNED, Kind.ORIENTATION_ACCEPTED,
    ]  # fmt: skip
    assert warned(answer) == []


def test_a_name_alone_is_enough() -> None:
    """Unknown never refuses: it lets the person in, marked "à compléter"."""
    answer = open_dossier(c.Enroll(nom="Inventée"), OPENING, "44", context())
    assert kinds(answer) == [Kind.DOSSIER_OPENED]
    assert "a_completer" in warned(answer)


NO: list[Any] = [
    pytest.param({"statut": Status.OTHER}, ["statut_non_concerne"], id="statut"),
    pytest.param({"commune_residence": RENNES}, ["hors_territoire"], id="résidence"),
    pytest.param({"commune_domicile": RENNES}, ["hors_territoire"], id="domicile"),
    pytest.param(
        {"situation_logement": Housing.INDEPENDENT, "situation_professionnelle": Work.PERMANENT},
        ["sans_besoin"], id="ni besoin d'emploi ni de logement",
    ),
    pytest.param(
        {"date_cir": on("2021"), "date_orientation": on("15/01/2023")}, ["cir_trop_ancien"],
        id="CIR de l'année N-2",
    ),
    pytest.param(
        {"statut": Status.OTHER, "commune_domicile": RENNES},
        ["statut_non_concerne", "hors_territoire"], id="deux raisons",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), NO)
def test_a_no_of_the_precheck_stops(fields: dict[str, Any], expected: list[str]) -> None:
    answer = enroll(**fields)
    assert codes(answer) == expected
    assert isinstance(answer, Refused)
    for found in answer.findings:
        assert found.reason.says == "pré-vérification : l'OFII décide"
        assert found.fact
        assert found.source.startswith("Webinaire")
        assert found.remedy


@pytest.mark.parametrize(("fields", "expected"), NO)
@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"orientation": Orientation.ACCEPTED}, id="l'OFII a orienté"),
        pytest.param({"decision_ofii": OfiiOutcome.VALIDATED}, id="l'OFII a validé"),
        pytest.param({"decision_ofii": OfiiOutcome.DEROGATION}, id="l'OFII a dérogé"),
        pytest.param({"decision_ofii": OfiiOutcome.REJECTED}, id="l'OFII a rejeté : un fait"),
        pytest.param({"malgre": "demande de la préfecture"}, id="malgré tout"),
    ],
)
def test_a_no_is_only_a_warning_when(
    fields: dict[str, Any], expected: list[str], said: dict[str, Any]
) -> None:
    answer = enroll(**{**fields, **said})
    assert set(expected) <= set(warned(answer))


def test_a_reason_given_is_kept_apart_from_the_journal() -> None:
    answer = enroll(statut=Status.OTHER, malgre="demande de la préfecture")
    assert isinstance(answer, Accepted)
    assert answer.drafts[-1].kind is Kind.PRECHECK_OVERRIDDEN
    assert answer.drafts[-1].texts == {"malgre": "demande de la préfecture"}


def test_a_decline_is_a_fact_and_not_a_refusal() -> None:
    answer = enroll(orientation=Orientation.DECLINED, date_orientation=on("16/01/2023"))
    assert kinds(answer)[-1] is Kind.ORIENTATION_DECLINED
    assert "orientation_refusee" in warned(answer)


def test_outside_every_rule_set_one_is_let_in() -> None:
    answer = enroll(date_cir=on("15/07/2023"), statut=Status.OTHER, departement="49")
    assert isinstance(answer, Refused)  # Nantes, summer 2023: 44's rules are known
    elsewhere = open_dossier(
        c.Enroll(**{**WELCOME, "statut": Status.OTHER}), OPENING, "35", context()
    )
    assert isinstance(elsewhere, Accepted)
    (unknown,) = [each for each in elsewhere.warnings if each.code == "regle_inconnue"]
    assert unknown.values["quand"] == "pour le département 35"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"nom": None}, ["nom_manquant"], id="ni nom ni prénoms"),
        pytest.param({"date_cir": on("24/11/2023")}, ["date_future"], id="CIR à venir"),
        pytest.param({"date_naissance": on("2030")}, ["date_future", "avant_etape"],
                     id="né dans l'avenir"),
        pytest.param({"date_arrivee": on("décembre 2023")}, ["date_future"], id="arrivée à venir"),
        pytest.param({"date_orientation": on("14/01/2023")}, ["avant_etape"],
                     id="orientation avant le CIR"),
        pytest.param({"date_naissance": on("16/01/2023")}, ["avant_etape"],
                     id="CIR avant la naissance"),
        pytest.param({"date_orientation": on("15/01/2023")}, [], id="orientation le jour du CIR"),
        pytest.param({"date_orientation": on("janvier 2023")}, [], id="orientation dans le mois"),
        pytest.param({"date_naissance": on("1987")}, [], id="naissance connue par l'année"),
        pytest.param({"nom": None, "prenoms": "Samira"}, [], id="un seul nom : les prénoms"),
    ],
)  # fmt: skip
def test_what_is_incoherent_is_refused(fields: dict[str, Any], expected: list[str]) -> None:
    assert codes(enroll(**fields)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"agdref": "9903123456"}, [], id="dix chiffres"),
        pytest.param({"agdref": "990312345"}, [], id="neuf chiffres"),
        pytest.param({"agdref": "99031234"}, ["agdref_forme"], id="huit chiffres"),
        pytest.param({"commune_residence": Place(None, "44150", "44")}, ["commune_a_preciser"],
                     id="code postal seul"),
    ],
)  # fmt: skip
def test_what_is_odd_is_a_warning(fields: dict[str, Any], expected: list[str]) -> None:
    found = warned(enroll(orientation=Orientation.ACCEPTED, **fields))
    assert found == expected


@pytest.mark.parametrize(
    ("fields", "served", "expected"),
    [
        pytest.param({"departement": "53", "commune_residence": NANTES}, "44", "53", id="dit"),
        pytest.param({"commune_residence": NANTES, "commune_domicile": LA_ROCHE}, "44 85", "44",
                     id="résidence"),
        pytest.param({"commune_domicile": LA_ROCHE}, "44 85", "85", id="domicile"),
        pytest.param({"commune_residence": RENNES, "commune_domicile": LA_ROCHE}, "44 85", "85",
                     id="domicile, la résidence étant ailleurs"),
        pytest.param({"code_postal_residence": "49000"}, "44 49", "49", id="code postal"),
        pytest.param({}, "72", "72", id="le seul du fichier"),
        pytest.param({"commune_residence": RENNES}, "44", "44", id="résidence ailleurs, un seul"),
        pytest.param({"commune_residence": RENNES}, "44 85", None, id="ailleurs, plusieurs"),
        pytest.param({}, "44 85", None, id="inconnu"),
    ],
)  # fmt: skip
def test_the_department(fields: dict[str, Any], served: str, expected: str | None) -> None:
    assert department_for(c.Enroll(**fields), tuple(served.split())) == expected


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({}, "departement_inconnu", id="rien n'est dit : on le demande"),
        pytest.param({"commune_residence": RENNES}, "hors_territoire", id="ailleurs"),
        pytest.param({"commune_domicile": RENNES}, "hors_territoire", id="domicile ailleurs"),
        pytest.param({"commune_residence": RENNES, "orientation": Orientation.ACCEPTED},
                     "departement_inconnu", id="ailleurs, mais orientée"),
        pytest.param({"commune_residence": RENNES, "decision_ofii": OfiiOutcome.DEROGATION},
                     "departement_inconnu", id="ailleurs, mais l'OFII a décidé"),
        pytest.param({"commune_residence": RENNES, "malgre": "déménage"}, "departement_inconnu",
                     id="ailleurs, malgré tout"),
    ],
)  # fmt: skip
def test_of_several_departments_none_is_guessed(fields: dict[str, Any], code: str) -> None:
    served = RULES._replace(departments=("44", "85"))
    found = no_department(c.Enroll(**fields), Context(TODAY, served))
    assert found.code == code
    assert "44" in found.fact + found.remedy


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"date_cir": None}, None, id="ni CIR ni demande"),
        pytest.param({"date_cir": None, "orientation": Orientation.ACCEPTED}, None,
                     id="orientée, sans CIR"),
        pytest.param({"date_cir": on("15/01/2023")}, "Orientation par l'OFII : agir enroll",
                     id="voie N : par l'OFII ou par une fiche"),
        pytest.param({"date_cir": on("15/01/2022")}, "La fiche de liaison : agir liaison add",
                     id="voie N-1 : par une fiche"),
        pytest.param({"date_cir": on("15/01/2023"), "orientation": Orientation.ACCEPTED}, None,
                     id="orientée"),
        pytest.param({"date_cir": on("15/01/2023"), "decision_ofii": OfiiOutcome.VALIDATED}, None,
                     id="décidée"),
    ],
)  # fmt: skip
def test_a_request_without_a_day_is_asked_for_by_its_route(
    fields: dict[str, Any], said: str | None
) -> None:
    answer = enroll(**fields)
    assert isinstance(answer, Accepted)
    found = [f for f in answer.warnings if f.code == "demande_a_dater"]
    assert bool(found) == (said is not None)
    for each in found:
        assert "au jour de l'ouverture du dossier (23/11/2023)" in each.sentence
        assert each.remedy.startswith(said or "")


# --- the same person ---------------------------------------------------------------------


def holder(reference: str = "44-0007", **said: bool) -> Holder:
    known = {"open": False, "used_up": False, "same_name": True, **said}
    return Holder(reference, told="clos le 12/03/2023", **known)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        pytest.param(Known(), [], id="personne de connu"),
        pytest.param(Known((holder(used_up=True),)), ["droit_epuise"], id="droit épuisé"),
        pytest.param(Known((holder(used_up=True, same_name=False),)), ["droit_epuise"],
                     id="droit épuisé, autre nom : le numéro bloque"),
        pytest.param(Known((holder(open=True),)), ["deja_inscrit"], id="dossier ouvert"),
        pytest.param(Known((holder(open=True, same_name=False),)), ["agdref_autre_personne"],
                     id="le numéro d'une autre personne"),
        pytest.param(Known((holder(same_name=False),)), ["agdref_autre_personne"],
                     id="le numéro d'une autre, close"),
        pytest.param(Known((holder(),)), [], id="close sans épuiser : revient"),
        pytest.param(Known((), (holder(used_up=True),)), ["meme_personne"],
                     id="même nom : une question, jamais un refus"),
        pytest.param(Known((holder(open=True),), (holder("44-0008"),)), ["deja_inscrit"],
                     id="le numéro avant le nom"),
    ],
)  # fmt: skip
def test_the_number_blocks_and_a_name_only_asks(standing: Known, expected: list[str]) -> None:
    found = same_person(standing)
    assert [f.code for f in found] == expected
    assert all(f.fact and "…" not in f.sentence for f in found)


def test_a_namesake_answered_is_not_asked_again() -> None:
    standing = Known((), (holder("44-0007"), holder("44-0008")))
    assert same_person(standing, frozenset({"44-0007", "44-0008"})) == ()
    asked = same_person(standing, frozenset({"44-0007"}))
    assert "44-0008" in asked[0].remedy


@pytest.mark.parametrize(
    ("known", "advice"),
    [
        pytest.param(holder(open=True), "continuez son dossier", id="ouvert"),
        pytest.param(holder(), "donnez d'abord son n° AGDREF", id="clos"),
        pytest.param(holder(open=True, used_up=True), "rien ne le rouvre", id="épuisé"),
    ],
)
def test_what_to_do_if_it_is_the_same_person(known: Holder, advice: str) -> None:
    (asked,) = same_person(Known((), (known,)))
    assert advice in asked.remedy


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(("Al-Masri", "Samira"), ("SAMIRA", "al masri"), True, id="inversés"),
        pytest.param(("Müller", None), ("Muller", None), True, id="accents"),
        pytest.param(("Çelik", "Işıl"), ("Celik", "Isil"), True, id="lettres turques"),
        pytest.param(("Nourzai", "Ali"), ("Nourzai", "Aziz"), False, id="autre prénom"),
        pytest.param(("Nourzai", None), ("Nourzai", "Ali"), False, id="prénom absent"),
    ],
)
def test_names_are_compared_in_one_form(
    one: tuple[str, str | None], other: tuple[str, str | None], same: bool
) -> None:
    assert (name_key(*one) == name_key(*other)) is same


def test_births_that_could_be_one() -> None:
    assert may_be_the_same_day(on("1987"), on("12/03/1987"))
    assert may_be_the_same_day(None, on("12/03/1987"))
    assert not may_be_the_same_day(on("1988"), on("12/03/1987"))
    assert looks_like_agdref("0012345678")
    assert not looks_like_agdref("F12345678")


# --- completing --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "fields", "expected"),
    [
        pytest.param([], {"niveau_francais": French.A1}, [Kind.FACTS_RECORDED], id="un fait"),
        pytest.param([], {"date_cir": on("15/01/2023")}, [Kind.CIR_SIGNED], id="le CIR"),
        pytest.param([], {"orientation": Orientation.ACCEPTED}, [Kind.ORIENTATION_ACCEPTED],
                     id="l'accord, sans date"),
        pytest.param([declined("20/01/2023")], {"orientation": Orientation.ACCEPTED},
                     [Kind.ORIENTATION_ACCEPTED], id="change d'avis, sans date"),
        pytest.param([declined("20/01/2023")],
                     {"orientation": Orientation.ACCEPTED, "date_orientation": on("janvier 2023")},
                     [Kind.ORIENTATION_ACCEPTED], id="change d'avis dans le mois"),
        pytest.param([declined()],
                     {"orientation": Orientation.ACCEPTED, "date_orientation": on("05/02/2023")},
                     [Kind.ORIENTATION_ACCEPTED], id="avait décliné on ne sait quand"),
        pytest.param([proposed("20/01/2023")], {"orientation": Orientation.DECLINED},
                     [Kind.ORIENTATION_DECLINED], id="répond non à la proposition"),
        pytest.param([oriented()], {"date_orientation": on("15/01/2023")},
                     [Kind.ORIENTATION_ACCEPTED], id="la date de l'accord"),
        pytest.param([], {"decision_ofii": OfiiOutcome.VALIDATED}, [Kind.OFII_VALIDATED],
                     id="validée, sans date"),
        pytest.param([validated()],
                     {"decision_ofii": OfiiOutcome.VALIDATED, "date_decision": on("05/02/2023")},
                     [Kind.OFII_VALIDATED], id="la date de la validation"),
        pytest.param([form("01/03/2023")], {"decision_ofii": OfiiOutcome.REJECTED},
                     [Kind.OFII_REJECTED], id="fiche rejetée, sans date"),
        pytest.param([form("15/03/2023")],
                     {"decision_ofii": OfiiOutcome.REJECTED, "date_decision": on("mars 2023")},
                     [Kind.OFII_REJECTED], id="fiche rejetée dans le mois"),
        pytest.param([oriented("15/01/2023")],
                     {"statut": Status.OTHER, "malgre": "préfecture"},
                     [Kind.FACTS_RECORDED, Kind.PRECHECK_OVERRIDDEN], id="malgré un non"),
        pytest.param([], {"orientation": Orientation.DECLINED, "malgre": "préfecture",
                          "date_orientation": on("01/01/2023"),
                          "decision_ofii": OfiiOutcome.REJECTED},
                     [Kind.ORIENTATION_DECLINED, Kind.OFII_REJECTED, Kind.PRECHECK_OVERRIDDEN],
                     id="décliné, et rejeté on ne sait quand, malgré un non"),
        pytest.param([], {}, [], id="rien"),
    ],
)  # fmt: skip
def test_completed_then_unchanged(
    happened: list[Draft], fields: dict[str, Any], expected: list[Kind]
) -> None:
    """What is accepted is what the journal tells from then on: the same again is unchanged."""
    every = events(opened(), *happened)
    answer = complete(fold(every), **fields)
    assert kinds(answer) == expected
    assert isinstance(answer, Accepted)
    every += [event(50 + n, each) for n, each in enumerate(answer.drafts)]
    assert fold(every).anomalies == ()
    assert complete(fold(every), **fields) == Accepted()


@pytest.mark.parametrize(
    ("happened", "fields", "expected"),
    [
        pytest.param([cir("15/01/2023")], {"date_cir": on("16/01/2023")}, ["deja_enregistre"],
                     id="autre CIR"),
        pytest.param([cir("15/01/2023")], {"date_cir": on("janvier 2023")}, [],
                     id="le même CIR, plus vague"),
        pytest.param([diagnosed("10/01/2023")], {"date_cir": on("11/01/2023")}, ["avant_etape"],
                     id="CIR après le diagnostic"),
        pytest.param([oriented("15/01/2023")], {"date_orientation": on("16/01/2023")},
                     ["deja_enregistre"], id="autre orientation"),
        pytest.param([oriented("15/01/2023")], {"orientation": Orientation.DECLINED},
                     ["deja_enregistre"], id="décline après avoir accepté"),
        pytest.param([declined("20/01/2023")],
                     {"orientation": Orientation.ACCEPTED, "date_orientation": on("19/01/2023")},
                     ["avant_etape"], id="accepte avant d'avoir décliné"),
        pytest.param([validated("05/02/2023")], {"decision_ofii": OfiiOutcome.REJECTED},
                     ["deja_enregistre"], id="décision contraire"),
        pytest.param([form("15/03/2023")],
                     {"decision_ofii": OfiiOutcome.REJECTED, "date_decision": on("14/03/2023")},
                     ["avant_etape"], id="décision avant la fiche"),
        pytest.param([], {"departement": "85"}, ["departement_fixe"], id="autre département"),
        pytest.param([], {"departement": "44"}, [], id="le même département"),
        pytest.param([], {"date_arrivee": on("24/11/2023")}, ["date_future"], id="à venir"),
    ],
)  # fmt: skip
def test_what_is_recorded_is_not_overwritten(
    happened: list[Draft], fields: dict[str, Any], expected: list[str]
) -> None:
    assert codes(complete(dossier(*happened), **fields)) == expected


def test_a_reason_against_no_refusal_is_not_kept_and_said() -> None:
    answer = complete(dossier(oriented("15/01/2023")), malgre="préfecture")
    assert isinstance(answer, Accepted)
    assert (answer.drafts, codes(answer)) == ((), [])
    assert [found.code for found in answer.warnings] == ["malgre_inutile"]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"situation_logement": Housing.INDEPENDENT}, None),
        ({"situation_logement": Housing.DNA}, HousingDetail.HUDA),
        (
            {
                "situation_logement": Housing.ASSISTED,
                "detail_logement": HousingDetail.YOUNG_WORKERS,
            },
            HousingDetail.YOUNG_WORKERS,
        ),
        ({"telephone": "0612345678"}, HousingDetail.HUDA),
    ],
)
def test_the_detail_of_a_housing_leaves_with_it(
    told: dict[str, Any], kept: HousingDetail | None
) -> None:
    known = {"situation_logement": Housing.DNA, "detail_logement": HousingDetail.HUDA}
    every = [opened(**known)]
    answer = complete(fold(events(*every)), **told)
    assert isinstance(answer, Accepted)
    assert applied(fold(events(*every)), answer.drafts).facts.detail_logement is kept


@pytest.mark.parametrize("motive", list(Motive))
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"niveau_francais": French.A1}, id="un fait"),
        pytest.param({"date_cir": on("15/01/2023")}, id="le CIR"),
        pytest.param({"orientation": Orientation.ACCEPTED}, id="l'accord"),
        pytest.param({"decision_ofii": OfiiOutcome.DEROGATION}, id="une dérogation"),
        pytest.param({"statut": Status.OTHER, "malgre": "préfecture"}, id="malgré"),
    ],
)
def test_nothing_is_completed_on_a_closed_dossier(motive: Motive, fields: dict[str, Any]) -> None:
    d = dossier(diagnosed("25/01/2023"), signed("17/02/2023"), closed("01/09/2023", motive))
    assert codes(complete(d, **fields)) == ["dossier_clos"]


def test_a_blank_never_erases() -> None:
    d = dossier(niveau_francais=French.A2, statut=Status.REFUGEE)
    answer = complete(d, niveau_francais=None, situation_logement=Housing.DNA)
    assert isinstance(answer, Accepted)
    assert dict(answer.drafts[0].payload) == {"situation_logement": Housing.DNA}


def test_a_decision_follows_its_form() -> None:
    """ "March" said of the decision on a form of the 15th cannot be the 10th."""
    answer = complete(
        dossier(form("15/03/2023")), decision_ofii=OfiiOutcome.REJECTED,
        date_decision=on("mars 2023"),
    )  # fmt: skip
    assert isinstance(answer, Accepted)
    recorded = answer.drafts[0].on
    assert recorded is not None
    assert edtf(recorded) == "[2023-03-15..2023-03-31]"


def test_a_new_form_follows_a_rejection_without_a_date() -> None:
    d = dossier(rejected(), form("15/03/2023"))
    assert d.ofii is None
    assert len(d.requests) == 1


def test_a_household_is_completed_where_it_is_said() -> None:
    d = dossier(menage="M1")
    for said, found, kept in ((None, None, None), ("X", "M2", "M2"), ("X", "M1", None)):
        answer = complete_dossier(d, c.Enroll(dossier=REF, menage=said), found, None, context())
        assert isinstance(answer, Accepted)
        assert [dict(each.payload) for each in answer.drafts] == ([{"menage": kept}] * bool(kept))


def test_whom_a_person_joins_is_completed_where_it_is_found() -> None:
    d = dossier(rejoint="44-0007")
    for said, joined, kept in (
        (None, None, None), ("44-0008", None, "44-0008"), ("44-0008", "44-0008", "44-0008"),
        ("9903123456", "44-0009", "44-0009"), ("44-0007", "44-0007", None),
    ):  # fmt: skip
        answer = complete_dossier(d, c.Enroll(dossier=REF, rejoint=said), None, joined, context())
        assert isinstance(answer, Accepted)
        assert [each.payload.get("rejoint") for each in answer.drafts] == ([kept] if kept else [])


def test_words_alone_are_recorded_once() -> None:
    d = dossier()
    first = complete_dossier(d, c.Enroll(dossier=REF, prescripteur="CADA X"), None, None, context())
    assert isinstance(first, Accepted)
    assert [draft.texts for draft in first.drafts] == [{"prescripteur": "CADA X"}]
    again = complete_dossier(
        d, c.Enroll(dossier=REF, prescripteur="CADA X"), None, None, context(),
        {"prescripteur": "CADA X"},
    )  # fmt: skip
    assert again == Accepted()


def test_an_orientation_does_not_come_after_the_diagnostic() -> None:
    d = dossier(cir("10/01/2023"), diagnosed("25/01/2023"))
    late = complete_dossier(
        d,
        c.Enroll(dossier=REF, orientation=Orientation.ACCEPTED, date_orientation=on("01/06/2023")),
        None,
        None,
        context(),
    )
    assert isinstance(late, Refused)
    assert [f.code for f in late.findings] == ["avant_etape"]


# --- what an opening says ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "name", "value"),
    [
        pytest.param({}, "menage", None, id="sans ménage"),
        pytest.param({"household": "M1"}, "menage", "M1", id="le ménage trouvé"),
        pytest.param({}, "rejoint", None, id="ne rejoint personne"),
        pytest.param({"joined": "44-0007"}, "rejoint", "44-0007", id="le dossier rejoint"),
        pytest.param({}, "droit_depuis", None, id="premier dossier"),
        pytest.param({"right_since": on("17/02/2023")}, "droit_depuis", on("17/02/2023"),
                     id="un contrat ailleurs"),
        pytest.param({}, "ouvert_le", on("23/11/2023"), id="le jour de la saisie"),
    ],
)  # fmt: skip
def test_an_opening_says_what_the_file_knows(known: dict[str, Any], name: str, value: Any) -> None:
    new = OPENING._replace(**known)
    answer = open_dossier(c.Enroll(**WELCOME), new, "44", context())
    assert isinstance(answer, Accepted)
    assert answer.drafts[0].payload.get(name) == value


def test_the_cir_is_not_judged_by_a_date_that_cannot_be() -> None:
    """What else stands against the person is said all the same."""
    wrong = {"date_naissance": on("2000"), "date_cir": on("1999")}
    assert codes(enroll(**wrong)) == ["avant_etape"]
    assert codes(enroll(**wrong, statut=Status.OTHER)) == ["avant_etape", "statut_non_concerne"]
    assert codes(enroll(date_cir=on("1999"))) == ["cir_trop_ancien"]


@pytest.mark.parametrize(
    ("field", "refused"),
    [("date_cir", True), ("decision_ofii", True), ("departement", True), ("statut", False)],
)
def test_a_fact_of_the_process_is_voided_never_emptied(field: str, refused: bool) -> None:
    answer = complete(dossier(cir("15/01/2023"), statut=Status.REFUGEE), efface=(field,))
    assert codes(answer) == (["fait_non_effacable"] if refused else [])


def test_the_wish_is_asked_for_at_the_day_of_its_form() -> None:
    answer = complete(dossier(cir("15/01/2022"), form("01/03/2023")), statut=Status.REFUGEE)
    assert isinstance(answer, Accepted)
    (asked,) = [f for f in answer.warnings if f.code == "souhait_a_dire"]
    assert 'agir liaison add 44-0042 --on "01/03/2023" --souhait oui' in asked.remedy


@pytest.mark.parametrize("listing", [None, 3])
def test_a_decision_says_the_listing_that_it_answers(listing: int | None) -> None:
    answer = decided(
        dossier(cir("15/01/2022"), form("01/03/2023")),
        c.DecideLiaison(
            dossier=REF, date_decision=on("20/03/2023"), decision_ofii=OfiiOutcome.VALIDATED,
            listing=listing,
        ),
    )  # fmt: skip
    assert isinstance(answer, Accepted)
    assert answer.drafts[0].payload.get("listing") == listing
    assert ("listing" in answer.drafts[0].payload) == (listing is not None)


def test_names_take_the_place_of_codes_in_a_contradiction_alone() -> None:
    known = finding("deja_enregistre", "x", recorded="R001", given="R002")
    assert "Camille Essai" in with_names(known, {"R001": "Camille Essai"}).fact
    other = finding("date_future", "x", recorded="R001", given="R002")
    assert with_names(other, {"R001": "Camille Essai"}) == other
    assert with_names(known, {"R009": "Camille Essai"}) == known
    assert with_names(known, {"R002": "Camille Essai"}).fact == (
        "enregistré : R001 ; donné : Camille Essai"
    )
    first = finding("commission_suivante", "x", recorded=None, given="R002")
    assert with_names(first, {"R002": "Camille Essai"}).fact == "référent : aucun → Camille Essai"


# --- answers and decisions known in part -------------------------------------------------


ACCEPTED, DECLINED = Orientation.ACCEPTED, Orientation.DECLINED
REJECTED_SINCE = [cir("15/01/2023"), oriented("15/03/2023"), rejected("20/03/2023")]
CHANGED_MIND = [cir("15/01/2023"), declined("10/04/2023"), oriented("15/04/2023")]
VAGUE_YES = [cir("15/01/2023"), oriented("[2023-03-10..2023-03-15]"), rejected("20/03/2023")]
VAGUELY = [
    cir("15/01/2023"), declined("[2023-04-10..2023-04-14]"), oriented("[2023-04-11..2023-04-30]"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("happened", "said", "given", "refused", "new"),
    [
        pytest.param(REJECTED_SINCE, DECLINED, "03/2023", ["deja_enregistre"], 0,
                     id="peut-être avant l'acceptation"),
        pytest.param(REJECTED_SINCE, DECLINED, "15/03/2023", ["deja_enregistre"], 0,
                     id="le jour de l'acceptation"),
        pytest.param(REJECTED_SINCE, DECLINED, "04/2023", [], 1, id="après l'acceptation"),
        pytest.param(VAGUE_YES, DECLINED, "15/03/2023", ["deja_enregistre"], 0,
                     id="peut-être avant l'acceptation, connue en partie"),
        pytest.param(VAGUE_YES, DECLINED, "16/03/2023", [], 1,
                     id="après l'acceptation, connue en partie"),
        pytest.param(CHANGED_MIND, DECLINED, "04/2023", [], 0, id="le refus d'avant, redit"),
        pytest.param(CHANGED_MIND, DECLINED, "16/04/2023", ["deja_enregistre"], 0,
                     id="un refus d'après"),
        pytest.param(VAGUELY, DECLINED, "12/04/2023", [], 0, id="le refus d'avant, précisé"),
        pytest.param(
            [cir("15/01/2023"), declined("[2023-04-10..2023-04-15]"), oriented("15/04/2023")],
            DECLINED, "15/04/2023", [], 0, id="le refus d'avant, du jour même de l'accord",
        ),
    ],
)  # fmt: skip
def test_an_answer_known_in_part(
    happened: list[Draft], said: Orientation, given: str, refused: list[str], new: int
) -> None:
    answer = complete(dossier(*happened), orientation=said, date_orientation=on(given))
    assert codes(answer) == refused
    assert len(answer.drafts if isinstance(answer, Accepted) else ()) == new


@pytest.mark.parametrize(
    ("filled", "given", "kept"),
    [
        pytest.param("[2023-03-01..2023-03-20]", "03/2023", "2023-03", id="même mois"),
        pytest.param("10/03/2023", "03/2023", "[2023-03-10..2023-03-31]", id="depuis la fiche"),
        pytest.param("[2023-03-05..2023-03-20]", None, "[2023-03-05..2023-11-23]",
                     id="jour inconnu : depuis la fiche"),
    ],
)  # fmt: skip
def test_a_decision_is_dated_since_its_form(filled: str, given: str | None, kept: str) -> None:
    d = dossier(cir("15/06/2022"), form(filled))
    said = {"date_decision": on(given)} if given else {}
    answer = complete(d, decision_ofii=OfiiOutcome.VALIDATED, **said)
    assert isinstance(answer, Accepted)
    assert [edtf(each.on) for each in answer.drafts if each.on] == [kept]


@pytest.mark.parametrize(
    ("given", "new"),
    [
        pytest.param("10/03/2023", 0, id="peut-être le premier rejet, redit"),
        pytest.param("20/03/2023", 1, id="un second rejet"),
        pytest.param("21/03/2023", 1, id="après la nouvelle fiche"),
    ],
)
def test_a_rejection_known_in_part_said_again(given: str, new: int) -> None:
    d = dossier(
        cir("15/06/2022"), form("01/02/2023"), rejected("[2023-02-10..2023-03-15]"),
        form("[2023-03-01..2023-03-20]"),
    )  # fmt: skip
    said = c.DecideLiaison(dossier=REF, decision_ofii=OfiiOutcome.REJECTED, date_decision=on(given))
    assert len(kinds(decided(d, said))) == new


# --- the words of an opening, and a row that says more -----------------------------------


@pytest.mark.parametrize("outcome", [None, OfiiOutcome.VALIDATED, OfiiOutcome.REJECTED])
def test_the_words_of_a_decision_go_with_it(outcome: OfiiOutcome | None) -> None:
    theirs = {"motif_ofii": "besoin", "reference_cirng": "CIRNG-1"}
    own = {"prescripteur": "CADA", "prescripteur_courriel": "cada@exemple.fr"}
    answer = enroll(decision_ofii=outcome, **own, **theirs)
    assert isinstance(answer, Accepted)
    decision = [each for each in answer.drafts if each.payload.get("decision_ofii")]
    assert dict(answer.drafts[0].texts) == (own if outcome else {**own, **theirs})
    assert [dict(each.texts) for each in decision] == ([theirs] if outcome else [])


def test_a_row_that_says_more_is_judged_once_it_is_all_told() -> None:
    """OFII's word, or a form, may follow in the same row: nobody is refused before it is read."""
    said = c.Enroll(**{**WELCOME, "statut": Status.OTHER, "agdref": "99031234"})
    answer = open_dossier(said, OPENING, "44", context(), acts=True)
    assert (kinds(answer), warned(answer)) == (
        [Kind.DOSSIER_OPENED, Kind.CIR_SIGNED], ["agdref_forme"],
    )  # fmt: skip
    assert isinstance(answer, Accepted)
    alone = fold(events(*answer.drafts))
    for more, refused in (
        ([], ["statut_non_concerne"]), ([form("01/03/2023", True)], []),
        ([oriented("20/01/2023")], []), ([rejected("20/01/2023")], []),
    ):  # fmt: skip
        refusals, warnings = judge_row(applied(alone, more), context())
        assert [each.code for each in refusals] == refused
        assert "statut_non_concerne" in [each.code for each in warnings]
    elsewhere = alone._replace(department="35")
    assert "regle_inconnue" in [each.code for each in judge_row(elsewhere, context())[1]]
    future = c.Enroll(**{**WELCOME, "date_arrivee": on("24/11/2023")})
    assert codes(open_dossier(future, OPENING, "44", context(), acts=True)) == ["date_future"]


def test_a_reason_is_kept_where_it_overrides_something() -> None:
    useless = enroll(malgre="préfecture", orientation=Orientation.ACCEPTED)
    assert Kind.PRECHECK_OVERRIDDEN not in kinds(useless)
    assert "malgre_inutile" in warned(useless)
    needed = enroll(malgre="préfecture", statut=Status.OTHER)
    assert kinds(needed)[-1] is Kind.PRECHECK_OVERRIDDEN
    assert "malgre_inutile" not in warned(needed)


def test_a_namesake_said_to_be_another_is_kept() -> None:
    answer = open_dossier(
        c.Enroll(**WELCOME), OPENING._replace(namesakes=("D7", "D8")), "44", context()
    )
    assert isinstance(answer, Accepted)
    assert [each.payload for each in answer.drafts if each.kind is Kind.NAMESAKE_CONFIRMED] == [
        {"autre": "D7"}, {"autre": "D8"},
    ]  # fmt: skip
    assert answer.after is not None
    assert answer.after.state.namesakes == {"D7", "D8"}


@pytest.mark.parametrize(
    ("fields", "joined", "kept", "text"),
    [
        pytest.param({}, None, None, None, id="ne rejoint personne"),
        pytest.param({"rejoint": " 44-0007 "}, None, "44-0007", None, id="un dossier"),
        pytest.param({"rejoint": "9903123456"}, None, None, "9903123456",
                     id="un numéro inconnu : jamais au journal"),
        pytest.param({"rejoint": "9903123456"}, "44-0007", "44-0007", None,
                     id="un numéro reconnu : son dossier"),
    ],
)  # fmt: skip
def test_whom_a_joiner_joins(
    fields: dict[str, Any], joined: str | None, kept: str | None, text: str | None
) -> None:
    said = c.Enroll(**{**WELCOME, "statut": Status.JOINER, **fields})
    answer = open_dossier(said, OPENING._replace(joined=joined), "44", context())
    assert isinstance(answer, Accepted)
    opening = answer.drafts[0]
    assert (opening.payload.get("rejoint"), opening.texts.get("rejoint")) == (kept, text)


@pytest.mark.parametrize("asked", [True, False])
def test_who_is_asked_of_ofii_is_not_out_of_territory(asked: bool) -> None:
    found = no_department(c.Enroll(commune_residence=RENNES), context(), asked=asked)
    assert found.code == ("departement_inconnu" if asked else "hors_territoire")


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        pytest.param(Place(None, "44150", "44"), True, id="code postal seul"),
        pytest.param(NANTES, False, id="commune connue"),
        pytest.param(Place("44109", "44000", "44"), False, id="les deux"),
        pytest.param(Place(None, None, "44"), False, id="département seul"),
        pytest.param(Place(None, "99999", "ZZ"), False, id="un département inconnu"),
    ],
)
def test_a_place_known_by_its_postal_code_is_asked_for(place: Place, asked: bool) -> None:
    for side in ("residence", "domicile"):
        answer = enroll(orientation=Orientation.ACCEPTED, **{f"commune_{side}": place})
        found = [f.field for f in answer.warnings if f.code == "commune_a_preciser"]  # type: ignore[union-attr]
        assert found == ([f"commune_{side}"] if asked else [])


# --- the number of another person --------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "code"),
    [
        pytest.param(holder(had_number=True, same_name=False), None,
                     id="l'avait par erreur, un autre nom"),
        pytest.param(holder(had_number=True, same_name=False, open=True), None,
                     id="l'avait par erreur, encore suivie"),
        pytest.param(holder(had_number=True, same_name=True, open=True), "deja_inscrit",
                     id="l'avait, le même nom, encore suivie"),
        pytest.param(holder(had_number=True, same_name=True), None, id="l'avait, le même nom"),
        pytest.param(holder(had_number=True, same_name=False, used_up=True), "droit_epuise",
                     id="l'avait, droit épuisé"),
    ],
)  # fmt: skip
def test_a_former_number_blocks_where_the_rest_agrees(known: Holder, code: str | None) -> None:
    assert [f.code for f in same_person(Known((known,)))] == ([code] if code else [])


def test_of_several_namesakes_the_one_whose_right_is_used_up_is_told_first() -> None:
    standing = Known((), (holder("44-0007"), holder("44-0008", used_up=True)))
    (asked,) = same_person(standing)
    assert asked.values["premier"] == "44-0008"
    assert "44-0007 (clos le 12/03/2023) ; 44-0008 (clos le 12/03/2023)" in asked.fact
    assert "--not-the-same 44-0007 --not-the-same 44-0008" in asked.remedy


def test_whom_two_routes_admit_is_asked_nothing() -> None:
    """Signed in December or January, oriented since: admitted either way, and nothing to say."""
    answer = enroll(
        date_cir=on("[2022-12-20..2023-01-10]"), orientation=Orientation.ACCEPTED,
        date_orientation=on("01/02/2023"),
    )  # fmt: skip
    assert warned(answer) == []


@pytest.mark.parametrize(
    ("link", "born", "noted"),
    [
        (Kinship.CHILD, "01/05/2015", True),
        (Kinship.CHILD, "01/05/2001", False),
        (Kinship.SPOUSE, "01/05/2015", False),
        (None, "01/05/2015", False),
    ],
)
def test_a_child_needs_no_dossier(link: Kinship | None, born: str, noted: bool) -> None:
    answer = enroll(**WELCOME, date_naissance=on(born), lien_menage=link)
    assert ("enfant_a_noter" in warned(answer)) is noted


def test_a_rejection_told_with_other_facts_is_noted_against_what_was_done() -> None:
    known = dossier(cir("15/01/2023"), form("20/02/2023"), diagnosed("25/02/2023"))
    told = {"decision_ofii": OfiiOutcome.REJECTED, "date_decision": on("01/03/2023")}
    alone, beside = (
        complete(known, **told),
        complete(known, sexe=None, statut=Status.REFUGEE, **told),
    )
    assert "suite_contredite" in warned(alone)
    assert "suite_contredite" in warned(beside)
