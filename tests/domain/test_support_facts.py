"""What is recorded during the support: housing and its detail, steps, rights and papers, by day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.dates import Length, PartialDate, edtf
from agir_cli.domain.deadlines import told_from
from agir_cli.domain.decisions.common import Accepted
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.rules import Clocks
from agir_cli.domain.vocabulary import (
    Housing,
    HousingDetail,
    Motive,
    Right,
    RightState,
    VisitType,
    Work,
)
from tests.domain.making import (
    REF,
    RULES,
    at,
    closed,
    codes,
    decided,
    diagnosed,
    dossier,
    draft,
    interviewed,
    kinds,
    on,
    oriented,
    signed,
    warned,
)
from tests.domain.making import right as told

PERMIT, SOCIAL = Right.RESIDENCE, Right.SOCIAL_HOUSING
ASKED, OPEN, REFUSED = RightState.ASKED, RightState.OPEN, RightState.REFUSED

# --- housing and its detail ---------------------------------------------------------------

LODGED = {"situation_logement": Housing.DNA, "detail_logement": HousingDetail.CADA}


def moved(when: str, **said: Any) -> Draft:
    return draft(Kind.SITUATION_RECORDED, when, **said)


def recorded(d: Dossier, when: str, **said: Any) -> dict[str, Any]:
    """What is written of a situation said on that day."""
    answer = decided(d, c.SetSituation(dossier=REF, date_situation=on(when), **said))
    assert isinstance(answer, Accepted), codes(answer)
    return dict(answer.drafts[0].payload) if answer.drafts else {}


@pytest.mark.parametrize(
    ("happened", "facts", "when", "said", "detail", "told"),
    [
        pytest.param([], LODGED, "01/06/2023", {"situation_logement": Housing.DNA},
                     HousingDetail.CADA, [], id="le même logement : son détail reste"),
        pytest.param([], LODGED, "01/06/2023", {"situation_logement": Housing.TEMPORARY}, None,
                     ["detail_du_logement"], id="un autre logement : l'ancien détail est dit"),
        pytest.param([], LODGED, "01/06/2023", {"detail_logement": HousingDetail.CHRS},
                     HousingDetail.CHRS, [], id="le nouveau a son détail : il dit le logement"),
        pytest.param([], LODGED, "01/06/2023", {"situation_professionnelle": Work.NONE}, None, [],
                     id="rien du logement"),
        pytest.param([], {}, "01/06/2023", {"situation_logement": Housing.DNA}, None, [],
                     id="aucun détail connu"),
        pytest.param([moved("01/05/2023", **LODGED)], {}, "01/06/2023",
                     {"situation_logement": Housing.DNA}, HousingDetail.CADA, [],
                     id="le détail dit depuis l'entrée"),
        pytest.param([moved("01/06/2023", **LODGED)], {}, "01/06/2023",
                     {"situation_logement": Housing.TEMPORARY}, None, ["detail_du_logement"],
                     id="dit le jour même"),
        pytest.param([moved("01/07/2023", **LODGED)], {}, "01/06/2023",
                     {"situation_logement": Housing.DNA}, None, [],
                     id="dit d'un jour qui suit : il n'en est rien"),
        pytest.param([moved("01/04/2023", situation_logement=Housing.TEMPORARY,
                            detail_logement=HousingDetail.CHRS), moved("01/05/2023", **LODGED)],
                     {}, "01/06/2023", {"situation_logement": Housing.DNA}, HousingDetail.CADA, [],
                     id="le dernier logement compte"),
        pytest.param([moved("01/05/2023", situation_professionnelle=Work.NONE)], LODGED,
                     "01/06/2023", {"situation_logement": Housing.DNA}, HousingDetail.CADA, [],
                     id="entre-temps, du travail seulement"),
    ],
)  # fmt: skip
def test_a_detail_stays_while_the_housing_is_the_same(
    happened: list[Draft], facts: Any, when: str, said: Any, detail: Any, told: list[str]
) -> None:
    d = dossier(*happened, **facts)
    assert recorded(d, when, **said).get("detail_logement") == detail
    command = c.SetSituation(dossier=REF, date_situation=on(when), **said)
    assert warned(decided(d, command)) == told


def test_a_detail_says_its_housing() -> None:
    said = recorded(dossier(), "01/06/2023", detail_logement=HousingDetail.CHRS)
    assert said["situation_logement"] is Housing.TEMPORARY


# --- steps --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begun", "ended", "refusals"),
    [
        pytest.param("10/04/2023", "09/04/2023", ["avant_etape"], id="finie la veille"),
        pytest.param("10/04/2023", "10/04/2023", [], id="d'un jour"),
        pytest.param("10/04/2023", "avril 2023", [], id="finie dans le mois"),
        pytest.param("mai 2023", "avril 2023", ["avant_etape"], id="finie le mois d'avant"),
        pytest.param(None, "09/04/2023", [], id="début inconnu"),
        pytest.param("10/04/2023", None, [], id="fin inconnue"),
    ],
)
def test_a_step_ends_after_its_beginning(
    begun: str | None, ended: str | None, refusals: list[str]
) -> None:
    command = c.AddStep(
        dossier=REF, etape="FLE", date_etape=on(begun) if begun else None,
        date_fin_etape=on(ended) if ended else None,
    )  # fmt: skip
    assert codes(decided(dossier(), command)) == refusals
    over = dossier(closed("01/06/2023", Motive.DEATH))
    assert codes(decided(over, command)) == ["dossier_clos", *refusals]


# --- other appointments -------------------------------------------------------------------

INTERVIEW, ERRAND = VisitType.INTERVIEW, VisitType.ERRAND
SIGNED = [oriented("15/01/2023"), diagnosed("25/01/2023"), signed("17/02/2023")]
TAKEN = draft(Kind.VISIT_BOOKED, "01/04/2023", date_rdv_visite=at("10/04/2023 10:00"),
              type_visite=INTERVIEW)  # fmt: skip


def held(when: str, what: VisitType | None = None) -> c.Command:
    return c.HoldVisit(dossier=REF, date_visite=on(when), type_visite=what)


def absent(when: str, what: VisitType | None = None) -> c.Command:
    return c.MissVisit(dossier=REF, date_absence=on(when), type_visite=what)


@pytest.mark.parametrize(
    ("happened", "command", "expected", "warnings"),
    [
        pytest.param([], held("10/04/2023", ERRAND), [Kind.VISIT_HELD], [], id="venue sans RDV"),
        pytest.param([], absent("10/04/2023", ERRAND), [Kind.VISIT_MISSED], ["rdv_manquant"],
                     id="absente sans RDV"),
        pytest.param([TAKEN], absent("10/04/2023"), [Kind.VISIT_MISSED], [], id="absente au RDV"),
        pytest.param([TAKEN], held("10/04/2023"), [Kind.VISIT_HELD, Kind.INTERVIEW_HELD],
                     ["entretien_avec"], id="le suivi inscrit est tenu : un entretien"),
        pytest.param([], held("10/04/2023", INTERVIEW), [Kind.VISIT_HELD, Kind.INTERVIEW_HELD],
                     ["entretien_avec"], id="un suivi sans RDV : un entretien"),
        pytest.param([TAKEN], absent("10/04/2023", INTERVIEW), [Kind.VISIT_MISSED], [],
                     id="un suivi manqué n'est pas un entretien"),
        pytest.param([TAKEN, interviewed("10/04/2023")], held("10/04/2023"), [Kind.VISIT_HELD],
                     [], id="l'entretien était dit"),
        pytest.param([], held("23/11/2023"), [Kind.VISIT_HELD], [], id="aujourd'hui"),
        pytest.param([], held("24/11/2023"), ["date_future"], [], id="venue demain"),
        pytest.param([], absent("24/11/2023"), ["date_future"], [], id="absente demain"),
        pytest.param([], held("avril 2023"), ["rdv_sans_jour"], [], id="un jour d'un mois"),
        pytest.param([TAKEN], held("avril 2023"), [Kind.VISIT_HELD, Kind.INTERVIEW_HELD],
                     ["entretien_avec"], id="le RDV de ce mois"),
        pytest.param([closed("01/06/2023", Motive.DEATH)], held("10/04/2023"), ["dossier_clos"],
                     [], id="clos"),
        pytest.param([TAKEN, draft(Kind.VISIT_HELD, "10/04/2023")], held("10/04/2023"), [], [],
                     id="venue, redit"),
        pytest.param([TAKEN, draft(Kind.VISIT_HELD, "10/04/2023")], absent("10/04/2023"),
                     ["deja_enregistre"], [], id="venue, puis dite absente"),
        pytest.param([TAKEN, draft(Kind.VISIT_MISSED, "10/04/2023")], held("10/04/2023"),
                     ["deja_enregistre"], [], id="absente, puis dite venue"),
    ],
)  # fmt: skip
def test_another_appointment_is_kept_or_missed(
    happened: list[Draft], command: c.Command, expected: list[Any], warnings: list[str]
) -> None:
    answer = decided(dossier(*SIGNED, *happened), command)
    assert (codes(answer) or kinds(answer)) == expected
    assert codes(answer) or warned(answer) == warnings


# --- rights and papers --------------------------------------------------------------------


def holds(
    when: str | None, state: RightState = OPEN, until: str | None = None, which: Right = PERMIT
) -> c.Command:
    return c.SetRight(
        dossier=REF, droit=which, etat_droit=state, date_droit=on(when) if when else None,
        date_fin_droit=on(until) if until else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "refusals"),
    [
        pytest.param(holds("23/11/2023"), [], id="aujourd'hui"),
        pytest.param(holds("24/11/2023"), ["date_future"], id="demain"),
        pytest.param(holds("01/06/2023", until="01/06/2024"), [], id="valable un an"),
        pytest.param(holds("01/06/2023", until="01/06/2023"), [], id="valable un jour"),
        pytest.param(holds("01/06/2023", until="31/05/2023"), ["avant_etape"], id="fini la veille"),
        pytest.param(holds("01/06/2023", until="juin 2023"), [], id="fini dans le mois"),
        pytest.param(holds("juin 2023", until="mai 2023"), ["avant_etape"], id="fini avant"),
        pytest.param(holds(None, until="01/01/2020"), [], id="fini, on ne sait depuis quand"),
        pytest.param(holds("01/06/2023", REFUSED), [], id="refusé"),
        pytest.param(holds("01/06/2023", REFUSED, "01/06/2024"), ["droit_sans_fin"],
                     id="refusé, et valable"),
        pytest.param(holds("01/06/2023", RightState.NOT_CONCERNED, "01/06/2024"),
                     ["droit_sans_fin"], id="sans objet, et valable"),
        pytest.param(holds("01/06/2023", RightState.UNKNOWN, "01/06/2024"), ["droit_sans_fin"],
                     id="inconnu, et valable"),
        pytest.param(holds("01/06/2023", RightState.TO_DO, "01/06/2024"), [], id="à faire avant"),
    ],
)  # fmt: skip
def test_a_right_day_by_day(command: c.Command, refusals: list[str]) -> None:
    assert codes(decided(dossier(), command)) == refusals
    over = dossier(closed("01/06/2023", Motive.DEATH))
    assert codes(decided(over, command)) == ["dossier_clos", *refusals]


TWICE = [told(PERMIT, ASKED, "01/03/2023"), told(PERMIT, OPEN, "01/06/2023", "01/06/2024")]


@pytest.mark.parametrize(
    ("command", "new", "warnings"),
    [
        pytest.param(holds("01/06/2023"), 0, [], id="la même chose"),
        pytest.param(holds("01/06/2023", until="01/06/2024"), 0, [], id="et jusqu'au même jour"),
        pytest.param(holds("01/06/2023", until="01/07/2024"), 1, [], id="jusqu'à un autre"),
        pytest.param(holds("juin 2023"), 0, [], id="dite plus vaguement"),
        pytest.param(holds("02/06/2023"), 1, [], id="le lendemain"),
        pytest.param(holds("01/06/2023", REFUSED), 1, [], id="un autre état, le même jour"),
        pytest.param(holds("01/03/2023", ASKED), 0, ["droit_plus_recent"],
                     id="ce qu'il était alors : le dernier état est dit"),
        pytest.param(holds("31/05/2023", REFUSED), 1, ["droit_plus_recent"],
                     id="la veille du dernier état"),
        pytest.param(holds("[2023-05-30..2023-06-01]", REFUSED), 1, [],
                     id="peut-être le jour du dernier état"),
        pytest.param(holds(None), 0, [], id="sans jour : ce qu'il est"),
        pytest.param(holds(None, ASKED), 1, [], id="sans jour : ce qu'il était, à nouveau"),
        pytest.param(holds("01/06/2023", which=SOCIAL), 1, [], id="un autre droit"),
        pytest.param(holds("01/03/2023", ASKED, which=SOCIAL), 1, [],
                     id="un autre droit, d'un jour d'avant"),
    ],
)  # fmt: skip
def test_a_right_said_again(command: c.Command, new: int, warnings: list[str]) -> None:
    answer = decided(dossier(*TWICE), command)
    assert isinstance(answer, Accepted), codes(answer)
    assert (len(answer.drafts), warned(answer)) == (new, warnings)


def since(d: Dossier, command: c.Command) -> str:
    """From when a right is written to stand so."""
    answer = decided(d, command)
    assert isinstance(answer, Accepted), codes(answer)
    day = answer.drafts[0].on
    return edtf(day) if isinstance(day, PartialDate) else ""


def test_without_a_day_a_right_stands_so_since_it_was_last_told() -> None:
    assert since(dossier(*TWICE), holds(None, REFUSED)) == "[2023-06-01..2023-11-23]"
    assert since(dossier(told(PERMIT, OPEN)), holds(None, REFUSED)) == ""
    assert since(dossier(), holds(None)) == ""
    assert since(dossier(*TWICE), holds(None, which=SOCIAL)) == ""
    assert since(dossier(), holds("novembre 2023")) == "[2023-11-01..2023-11-23]"


@pytest.mark.parametrize(
    ("notice", "due", "first"),
    [
        pytest.param(Length(days=45), "15/03/2024", date(2024, 1, 30), id="quarante-cinq jours"),
        pytest.param(Length(months=2), "15/03/2024", date(2024, 1, 15), id="deux mois"),
        pytest.param(Length(months=1), "31/03/2024", date(2024, 2, 29), id="un mois, février"),
        pytest.param(Length(months=1), "mars 2024", date(2024, 2, 1), id="d'un mois : le premier"),
        pytest.param(Length(years=1), "01/03/2024", date(2023, 3, 1), id="un an"),
        pytest.param(Length(months=1, days=10), "15/03/2024", date(2024, 2, 5),
                     id="un mois et dix jours"),
    ],
)  # fmt: skip
def test_the_end_of_a_right_is_told_from_its_notice_on(
    notice: Length, due: str, first: date
) -> None:
    known = RULES.clocks.by_name["preavis_droit"][0]
    clocks = Clocks({**RULES.clocks.by_name, "preavis_droit": (known._replace(length=notice),)})
    assert told_from("sejour", on(due), clocks) == first


def test_a_right_may_have_a_notice_of_its_own() -> None:
    own = RULES.clocks.by_name["preavis_logement_social"][0]._replace(length=Length(days=45))
    clocks = Clocks({**RULES.clocks.by_name, "preavis_logement_social": (own,)})
    assert told_from("logement_social", on("01/03/2024"), clocks) == date(2024, 1, 16)
    assert told_from("sejour", on("01/03/2024"), clocks) == date(2024, 1, 1)
