"""A commission that decides again: what was decided before stays, and the clock's start with it."""

from __future__ import annotations

from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.decisions.common import Accepted, Refused
from agir_cli.domain.decisions.correction import correct
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.folding import as_of, fold
from agir_cli.domain.vocabulary import Nature, Priority, SupportMode
from tests.domain.making import (
    REF,
    after,
    assigned,
    clocks_of,
    closed,
    codes,
    context,
    day,
    decided,
    diagnosed,
    dossier,
    events,
    kinds,
    on,
    opened,
    oriented,
    rejected,
    signed,
    warned,
)

RIGHTS, WORK = Priority
FIRST, LATER = "01/02/2023", "12/06/2023"
DECIDED = (
    oriented("15/01/2023"),
    diagnosed("25/01/2023"),
    assigned(FIRST, referent="R001", priorites=(RIGHTS,), modalite=SupportMode.FULL),
    signed("17/02/2023"),
)
CHANGED = (*DECIDED, assigned(LATER, referent="R002"))


def assign(when: str, **fields: Any) -> c.Assign:
    return c.Assign(dossier=REF, date_commission=on(when), **fields)


def from_agenda(when: str, **fields: Any) -> c.Assign:
    return c.AssignFromAgenda(dossier=REF, date_commission=on(when), **fields)


@pytest.mark.parametrize(
    ("happened", "command", "refused", "recorded"),
    [
        pytest.param(DECIDED[:2], from_agenda(FIRST, referent="R003"), [],
                     [Kind.REFERENT_DESIGNATED], id="elle attendait"),
        pytest.param(DECIDED, from_agenda(FIRST, referent="R001"), [], [], id="la même, redite"),
        pytest.param(DECIDED, from_agenda(FIRST, second_referent="R003"), [],
                     [Kind.REFERENT_DESIGNATED], id="ce jour-là : complétée"),
        pytest.param(DECIDED, from_agenda(FIRST, referent="R003"), ["deja_enregistre"], [],
                     id="ce jour-là : un autre référent"),
        pytest.param(CHANGED, from_agenda(FIRST, referent="R001"), [], [],
                     id="la première, redite"),
        pytest.param(DECIDED, from_agenda(LATER, referent="R003"), ["attribue_entre_temps"], [],
                     id="un autre jour l'a fait"),
    ],
)  # fmt: skip
def test_an_agenda_decides_on_who_was_still_waiting(
    happened: list[Draft], command: c.Command, refused: list[str], recorded: list[Kind]
) -> None:
    answer = decided(dossier(*happened), command)
    assert codes(answer) == refused
    assert refused or kinds(answer) == recorded


def test_an_agenda_names_the_last_commission_that_decided_since() -> None:
    answer = decided(dossier(*CHANGED), from_agenda("20/06/2023", referent="R003"))
    assert isinstance(answer, Refused)
    found = answer.findings[0]
    assert (found.fact, found.values["given"]) == (f"commission du {LATER}", "R002")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"referent": "R002"}, id="un autre référent"),
        pytest.param({"second_referent": "R003"}, id="un second, qui n'y était pas"),
        pytest.param({"priorites": (WORK,)}, id="une autre priorité"),
        pytest.param({"modalite": SupportMode.ASSIST, "referent": "R001"}, id="une autre modalité"),
    ],
)
def test_a_later_decision_is_kept_beside_the_first(said: dict[str, Any]) -> None:
    d = dossier(*DECIDED)
    answer = decided(d, assign(LATER, **said))
    assert (kinds(answer), warned(answer)) == ([Kind.REFERENT_DESIGNATED], ["commission_suivante"])
    now = after(d, answer)
    assert [made.on for made in now.commissions] == [on(FIRST), on(LATER)]
    assert now.assignment is not None
    assert now.assignment.on == on(FIRST)
    held = {"referent": "R001", "priorites": (RIGHTS,), "modalite": SupportMode.FULL} | said
    assert {name: getattr(now.assignment, name) for name in held} == held


def test_the_past_keeps_its_referent_and_the_clock_its_start() -> None:
    happened = events(opened(), *CHANGED)
    then, now = fold(as_of(happened, day("11/06/2023"))), fold(happened)
    assert then.assignment is not None
    assert now.assignment is not None
    assert (then.assignment.referent, now.assignment.referent) == ("R001", "R002")
    contracting = [s for s in clocks_of(now) if s.nature is Nature.CONTRACTING]
    assert [s.start for s in contracting] == [on(FIRST)]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        pytest.param(FIRST, {"referent": "R001"}, id="la première, telle qu'elle était"),
        pytest.param(FIRST, {"referent": "R002"}, id="sa date, avec le référent d'aujourd'hui"),
        pytest.param(LATER, {"referent": "R002"}, id="la seconde"),
        pytest.param("2023-06", {}, id="la seconde, au mois"),
        pytest.param(FIRST, {"priorites": (RIGHTS,)}, id="une partie de la première"),
    ],
)
def test_what_is_decided_already_changes_nothing(when: str, said: dict[str, Any]) -> None:
    answer = decided(dossier(*CHANGED), assign(when, **said))
    assert answer == Accepted()


@pytest.mark.parametrize(
    ("happened", "when", "said", "expected"),
    [
        pytest.param(DECIDED, FIRST, {"referent": "R002"}, ["deja_enregistre"], id="le même jour"),
        pytest.param(DECIDED, "30/01/2023", {"referent": "R002"}, ["deja_enregistre"], id="avant"),
        pytest.param(CHANGED, "01/05/2023", {"referent": "R003"}, ["deja_enregistre"], id="entre"),
        pytest.param(DECIDED, LATER, {}, ["deja_enregistre"], id="un autre jour, rien d'autre"),
        pytest.param(DECIDED, LATER, {"referent": "R001"}, ["deja_enregistre"],
                     id="un autre jour, le même référent"),
        pytest.param(DECIDED, LATER, {"bassin_de_vie": "Nantes"}, ["deja_enregistre"],
                     id="un autre jour, ce qui n'avait pas été dit : un jour à corriger"),
        pytest.param(DECIDED, "2023", {"referent": "R002"}, ["deja_enregistre"], id="jour vague"),
        pytest.param((*DECIDED, rejected("01/06/2023")), LATER, {"referent": "R002"},
                     ["rejete_ofii"], id="rejetée depuis"),
        pytest.param(DECIDED, "01/01/2024", {"referent": "R002"}, ["date_future"], id="à venir"),
        pytest.param((*DECIDED, closed("01/06/2023")), LATER, {"referent": "R002"},
                     ["dossier_clos"], id="après la clôture"),
    ],
)  # fmt: skip
def test_what_is_no_later_decision_is_refused(
    happened: tuple[Draft, ...], when: str, said: dict[str, Any], expected: list[str]
) -> None:
    assert codes(decided(dossier(*happened), assign(when, **said))) == expected


def test_a_referent_named_after_a_commission_that_named_nobody() -> None:
    d = dossier(oriented("15/01/2023"), diagnosed("25/01/2023"), assigned(FIRST))
    assert warned(decided(d, assign(LATER, referent="R002"))) == ["commission_suivante"]


@pytest.mark.parametrize(
    ("number", "when", "expected"),
    [
        pytest.param(6, FIRST, ["correction_incoherente"], id="deux le même jour"),
        pytest.param(6, "01/07/2023", [], id="la seconde, plus tard"),
        pytest.param(6, None, [], id="la seconde annulée"),
        pytest.param(4, None, ["correction_incoherente"], id="la première avant la seconde"),
    ],
)
def test_one_decision_is_corrected_and_not_the_other(
    number: int, when: str | None, expected: list[str]
) -> None:
    happened = events(opened(), *CHANGED)
    event = happened[number - 1]
    moved = on(when) if when else None
    answer = correct(happened, event, number, moved, "erreur de saisie", context())
    assert codes(answer) == expected
    if not expected:
        assert isinstance(answer, Accepted)
        voided = [draft.payload["event"] for draft in answer.drafts if "event" in draft.payload]
        assert voided == [event.id]


def test_what_a_commission_did_not_say_is_filled_in_at_its_day() -> None:
    d = dossier(*CHANGED)
    answer = decided(d, assign(FIRST, bassin_de_vie="Nantes"))
    assert (kinds(answer), warned(answer)) == ([Kind.REFERENT_DESIGNATED], [])
    assert isinstance(answer, Accepted)
    now = fold(events(opened(), *CHANGED, *answer.drafts))
    assert [made.bassin_de_vie for made in now.commissions] == ["Nantes", None]
    assert [made.referent for made in now.commissions] == ["R001", "R002"]


# --- somebody else accompanies from a day on ---------------------------------------------


def designate(when: str, **fields: Any) -> c.Command:
    return c.Designate(dossier=REF, date_referent=on(when), **fields)


def changed_hands(when: str, **fields: Any) -> Draft:
    return Draft(Kind.REFERENT_CHANGED, on(when), fields)


SINCE = "01/09/2023"
HANDED = (*DECIDED, changed_hands(SINCE, referent="R002"))
PARTLY = (*DECIDED[:2], assigned("[2023-02-01..2023-02-05]", referent="R001"))


def test_a_commission_that_may_be_the_same_is_no_later_one() -> None:
    assert codes(
        decided(dossier(*PARTLY), assign("[2023-02-04..2023-02-10]", referent="R002"))
    ) == ["deja_enregistre"]


@pytest.mark.parametrize(
    ("when", "noted"),
    [("01/08/2023", ["referent_depuis"]), ("31/08/2023", ["referent_depuis"]), ("15/09/2023", [])],
)
def test_who_accompanies_certainly_later_is_told(when: str, noted: list[str]) -> None:
    known = dossier(*DECIDED, changed_hands("septembre 2023", referent="R002"))
    assert warned(decided(known, designate(when, referent="R003"))) == noted


@pytest.mark.parametrize(
    ("happened", "when", "said", "refused"),
    [
        pytest.param(DECIDED, SINCE, {"referent": "R002"}, [], id="un autre"),
        pytest.param(DECIDED, SINCE, {"second_referent": "R003"}, [], id="un second"),
        pytest.param(DECIDED, FIRST, {"referent": "R002"}, [], id="le jour de la commission"),
        pytest.param(DECIDED, "31/01/2023", {"referent": "R002"}, ["avant_etape"], id="la veille"),
        pytest.param(PARTLY, "31/01/2023", {"referent": "R002"}, ["avant_etape"],
                     id="avant la commission, connue en partie"),
        pytest.param(PARTLY, FIRST, {"referent": "R002"}, [], id="peut-être ce jour-là"),
        pytest.param(DECIDED, "23/11/2023", {"referent": "R002"}, [], id="aujourd'hui"),
        pytest.param(DECIDED, "24/11/2023", {"referent": "R002"}, ["date_future"], id="demain"),
        pytest.param(DECIDED, SINCE, {}, ["rien_a_enregistrer"], id="personne"),
        pytest.param(DECIDED[:2], SINCE, {"referent": "R002"}, ["sans_commission"],
                     id="aucune commission"),
        pytest.param((*DECIDED[:2], closed("01/10/2023")), SINCE, {"referent": "R002"},
                     ["dossier_clos", "sans_commission"], id="aucune commission, dossier clos"),
        pytest.param((*DECIDED, closed("01/10/2023")), SINCE, {"referent": "R002"},
                     ["dossier_clos"], id="dossier clos"),
    ],
)  # fmt: skip
def test_who_may_accompany_from_a_day_on(
    happened: tuple[Draft, ...], when: str, said: dict[str, Any], refused: list[str]
) -> None:
    d = dossier(*happened)
    answer = decided(d, designate(when, **said))
    assert codes(answer) == refused
    if not refused:
        assert kinds(answer) == [Kind.REFERENT_CHANGED]
        now = fold(events(opened(), *happened, *answer.drafts))  # type: ignore[union-attr]
        assert now.assignment is not None
        assert d.assignment is not None
        assert {name: getattr(now.assignment, name) for name in said} == said
        assert now.assignment.on == d.assignment.on, "la commission garde son jour"
        assert now.commissions == d.commissions


@pytest.mark.parametrize(
    ("when", "said", "new"),
    [
        pytest.param(SINCE, {"referent": "R002"}, False, id="le même jour, le même"),
        pytest.param("septembre 2023", {"referent": "R002"}, False, id="le même, plus vaguement"),
        pytest.param("15/09/2023", {"referent": "R002"}, False, id="depuis, le même encore"),
        pytest.param("15/08/2023", {"referent": "R002"}, True, id="plus tôt qu'on ne l'a dit"),
        pytest.param(SINCE, {"referent": "R003"}, True, id="le même jour, un autre"),
        pytest.param(SINCE, {"referent": "R002", "second_referent": "R003"}, True,
                     id="le même jour, un second en plus"),
        pytest.param("15/08/2023", {"referent": "R001"}, False, id="avant, celui d'alors"),
        pytest.param("[2023-08-15..2023-09-01]", {"referent": "R002"}, False,
                     id="peut-être le jour du changement"),
        pytest.param("[2023-08-15..2023-08-31]", {"referent": "R002"}, True, id="avant"),
        pytest.param("31/01/2023", {"referent": "R001"}, None, id="avant la commission"),
        pytest.param(FIRST, {"referent": "R001"}, False, id="ce que la commission a dit"),
    ],
)  # fmt: skip
def test_who_accompanies_already_is_no_event(
    when: str, said: dict[str, Any], new: bool | None
) -> None:
    answer = decided(dossier(*HANDED), designate(when, **said))
    if new is None:
        assert codes(answer) == ["avant_etape"]
    else:
        assert kinds(answer) == ([Kind.REFERENT_CHANGED] if new else [])


def test_a_change_known_in_part_may_be_in_force() -> None:
    d = dossier(*DECIDED, changed_hands("[2023-09-01..2023-09-10]", referent="R002"))
    for when, new in (("31/08/2023", True), ("01/09/2023", False), ("11/09/2023", False)):
        answer = decided(d, designate(when, referent="R002"))
        assert kinds(answer) == ([Kind.REFERENT_CHANGED] if new else [])


@pytest.mark.parametrize(
    ("when", "told"),
    [
        pytest.param("31/08/2023", ["referent_depuis"], id="avant le changement connu"),
        pytest.param(SINCE, [], id="le même jour"),
        pytest.param("02/09/2023", [], id="après"),
        pytest.param("[2023-08-15..2023-09-01]", [], id="peut-être le même jour"),
    ],
)
def test_a_later_change_stays_in_force_and_is_told(when: str, told: list[str]) -> None:
    answer = decided(dossier(*HANDED), designate(when, referent="R003"))
    assert warned(answer) == told
    now = fold(events(opened(), *HANDED, *answer.drafts))  # type: ignore[union-attr]
    assert now.assignment is not None
    assert now.assignment.referent == ("R002" if told or when.startswith("[") else "R003")


def test_a_change_before_any_commission_names_nobody() -> None:
    d = dossier(*DECIDED[:2], changed_hands(SINCE, referent="R002"))
    assert (d.assignment, d.designations) == (None, ())
