"""A commission that decides again: what was decided before stays, and the clock's start with it."""

from __future__ import annotations

from typing import Any

import pytest

from agir_cli.domain import commands as c
from agir_cli.domain.decisions.common import Accepted
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
