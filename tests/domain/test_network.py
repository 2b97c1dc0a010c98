"""Actions of the network: the states of each type, what is taken for granted, what is due."""

from __future__ import annotations

from datetime import date

import pytest

from agir_cli.domain.dates import PartialDate, exactly, from_edtf
from agir_cli.domain.network import ENDS, OVER, PENDING, STATES, Action, refusals, usual
from agir_cli.domain.vocabulary import ActionType, Progress

TODAY = date(2023, 11, 20)


def action(type_: ActionType, progress: Progress, on: str | None = None) -> Action:
    day = from_edtf(on) if on else None
    return Action("A1", type_, "Accès au logement", progress, day, stream="X")


@pytest.mark.parametrize("type_", ActionType)
def test_every_type_begins_goes_on_and_ends(type_: ActionType) -> None:
    states = set(STATES[type_])
    assert states & PENDING
    assert states & OVER
    assert ENDS.get(type_, Progress.DONE) in states
    assert {usual(type_, on, TODAY) for on in (None, exactly(TODAY))} <= states


@pytest.mark.parametrize(
    ("type_", "on", "taken"),
    [
        pytest.param("reunion", "2023-11-20", "fait", id="aujourd'hui"),
        pytest.param("reunion", "2023-11-21", "prevu", id="demain"),
        pytest.param("reunion", None, "prevu", id="sans jour"),
        pytest.param("outil", None, "en_cours", id="un outil sans jour"),
        pytest.param("convention", "2023-01-10", "en_cours", id="une convention ne se devine pas"),
        pytest.param("frein", "2023-01-10", "en_cours", id="un frein"),
        pytest.param("tache", None, "a_faire", id="une tâche"),
    ],
)
def test_what_is_taken_where_nothing_is_said(type_: str, on: str | None, taken: str) -> None:
    day: PartialDate | None = from_edtf(on) if on else None
    assert usual(ActionType(type_), day, TODAY) == taken


@pytest.mark.parametrize(
    ("now", "before", "again", "codes"),
    [
        pytest.param(action(ActionType.MEETING, Progress.SIGNED), None, False,
                     ["avancement_impossible"], id="une réunion ne se signe pas"),
        pytest.param(action(ActionType.MEETING, Progress.DONE, "2023-11-21"), None, False,
                     ["date_future"], id="faite demain"),
        pytest.param(action(ActionType.MEETING, Progress.GIVEN_UP, "2023-11-21"), None, False,
                     [], id="celle de demain est abandonnée"),
        pytest.param(action(ActionType.AGREEMENT, Progress.UNDER_WAY),
                     action(ActionType.AGREEMENT, Progress.SIGNED), True,
                     ["avancement_recule"], id="une ligne ne revient pas en arrière"),
        pytest.param(action(ActionType.AGREEMENT, Progress.UNDER_WAY),
                     action(ActionType.AGREEMENT, Progress.SIGNED), False,
                     [], id="une correction, si"),
    ],
)  # fmt: skip
def test_what_cannot_be(now: Action, before: Action | None, again: bool, codes: list[str]) -> None:
    assert [found.code for found in refusals(now, before, TODAY, again=again)] == codes


def test_what_is_due() -> None:
    plan = action(ActionType.MEETING, Progress.PLANNED, "2023-11-27")
    assert plan.due == from_edtf("2023-11-27")
    assert plan._replace(date_echeance=from_edtf("2023-11-24")).due == from_edtf("2023-11-24")
    assert plan._replace(stream="").due is None  # the source alone tells it
    assert action(ActionType.AGREEMENT, Progress.UNDER_WAY, "2023-01-10").due is None
    assert action(ActionType.MEETING, Progress.DONE, "2023-11-14").due is None
