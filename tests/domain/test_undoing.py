"""Taking a batch out of a dossier: which later events are somebody's touch, and which are not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agir_cli.domain.decisions.undoing import (
    Contradicted,
    Recording,
    Touched,
    Undone,
    undo_recording,
)
from agir_cli.domain.events import Draft, Event, Kind
from tests.domain.making import (
    booked,
    cir,
    diagnosed,
    draft,
    event,
    form,
    opened,
    proposed,
    rejected,
    sent,
    validated,
)


def recorded_by(*happened: tuple[str | None, Draft]) -> list[Event]:
    """Events with their batch (``None``: one act alone), one minute after the other."""
    return [event(n, each)._replace(batch=batch) for n, (batch, each) in enumerate(happened)]


def voided(event: str) -> Draft:
    return Draft(Kind.EVENT_VOIDED, None, {"event": event})


LOT = Recording(batch="B")
OPENED: Sequence[tuple[str | None, Draft]] = [
    (None, opened()), ("A", cir("05/01/2023")), (None, proposed("06/01/2023")),
    ("B", diagnosed("25/01/2023")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("since", "undone", "touch"),
    [
        pytest.param([], (), None, id="rien depuis"),
        pytest.param([("A'", voided("E0001"))], ("A",), None, id="un autre lot défait"),
        pytest.param([("A'", voided("E0001"))], (), "E0004", id="un lot corrigé à la main"),
        pytest.param([(None, voided("E0002"))], ("A",), "E0004", id="un acte seul annulé"),
        pytest.param([(None, booked("25/01/2023 10:00")), (None, voided("E0004"))], (), None,
                     id="un acte annulé aussitôt"),
        pytest.param([(None, booked("25/01/2023 10:00"))], ("A",), "E0004", id="un acte"),
    ],
)  # fmt: skip
def test_a_touch_is_what_rests_on_the_batch(
    since: list[tuple[str | None, Draft]], undone: tuple[str, ...], touch: str | None
) -> None:
    found = undo_recording(recorded_by(*OPENED, *since), LOT, undone, "mauvais fichier")
    if touch is None:
        assert isinstance(found, Undone)
        assert [each.id for each in found.voided] == ["E0003"]
    else:
        assert isinstance(found, Touched)
        assert found.event.id == touch


def test_what_is_left_of_a_batch_undone_in_part_was_touched() -> None:
    """The batch's own name among those undone clears no act of it that was voided by hand."""
    both: list[tuple[str | None, Draft]] = [*OPENED, ("B", booked("20/01/2023 10:00"))]
    found = undo_recording(
        recorded_by(*both, (None, voided("E0004"))), LOT, ("B",), "mauvais fichier"
    )
    assert isinstance(found, Touched)
    assert found.event.id == "E0005"


RENAMED = draft(Kind.IDENTITY_CHANGED)
ASKED: Sequence[tuple[str | None, Draft]] = [
    (None, opened()), (None, cir("05/06/2022")), (None, form("01/03/2023")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("batch", "since", "touched"),
    [
        pytest.param([sent("05/03/2023")], [validated("20/03/2023")], True,
                     id="un listing, l'OFII a validé"),
        pytest.param([sent("05/03/2023")], [rejected("20/03/2023")], True,
                     id="un listing, l'OFII a rejeté"),
        pytest.param([sent("05/03/2023")], [booked("20/03/2023 10:00")], False,
                     id="un listing : un rendez-vous ne dépend pas de lui"),
        pytest.param([sent("05/03/2023")], [RENAMED], False, id="un listing, un nom corrigé"),
        pytest.param([sent("05/03/2023"), proposed("05/03/2023")], [booked("20/03/2023 10:00")],
                     True, id="un listing et autre chose"),
        pytest.param([RENAMED], [booked("20/03/2023 10:00")], False, id="un nom corrigé seulement"),
        pytest.param([RENAMED, proposed("05/03/2023")], [booked("20/03/2023 10:00")], True,
                     id="un nom et un acte"),
        pytest.param([proposed("05/03/2023")], [RENAMED], False, id="un acte, un nom corrigé"),
        pytest.param([proposed("05/03/2023")], [RENAMED, booked("20/03/2023 10:00")], True,
                     id="un acte, un nom corrigé, puis un acte"),
    ],
)  # fmt: skip
def test_what_touches_depends_on_what_the_batch_recorded(
    batch: list[Draft], since: list[Draft], touched: bool
) -> None:
    every = recorded_by(*ASKED, *(("B", each) for each in batch), *((None, each) for each in since))
    found = undo_recording(every, LOT, (), "mauvais fichier")
    assert isinstance(found, Touched if touched else Undone)
    if isinstance(found, Touched):
        assert found.event.id == every[-1].id, "le premier acte qui en dépend"


def test_a_batch_is_taken_out_whole_with_its_reason() -> None:
    every = recorded_by(*ASKED, ("B", proposed("05/03/2023")), ("B", diagnosed("25/03/2023")))
    found = undo_recording(every, LOT, (), "mauvais fichier")
    assert isinstance(found, Undone)
    assert [each.payload["event"] for each in found.drafts] == ["E0003", "E0004"]
    assert {each.texts["raison"] for each in found.drafts} == {"mauvais fichier"}
    assert (found.before.diagnosis is None, found.after.diagnosis) == (False, None)
    assert found.after.id == "D1"
    again = [*every, *(event(9 + n, each) for n, each in enumerate(found.drafts))]
    assert undo_recording(again, LOT, ("B",), "mauvais fichier") is None
    assert undo_recording(every, Recording(batch="C"), (), "mauvais fichier") is None


def test_a_batch_that_opened_the_dossier_leaves_none() -> None:
    found = undo_recording(recorded_by(("B", opened()), ("B", cir("05/01/2023"))), LOT, (), "x")
    assert isinstance(found, Undone)
    assert found.after.id == ""


def test_what_would_contradict_itself_is_not_taken_out() -> None:
    """The batch had voided one of two diagnostics: without it, both would stand again."""
    two = [*ASKED, (None, diagnosed("24/03/2023")), (None, diagnosed("26/03/2023"))]
    found = undo_recording(recorded_by(*two, ("B", voided("E0003"))), LOT, (), "mauvais fichier")
    assert found == Contradicted(("deux_diagnostics",))


def test_what_one_command_recorded_is_of_its_instant_its_author_and_no_file() -> None:
    alone = event(1, form("01/10/2023"))
    said = Recording(moment=alone.recorded_at, author=alone.author)
    assert said.holds(alone)
    assert not said.holds(alone._replace(batch="B"))
    assert not said.holds(alone._replace(author="autre"))
    assert not said.holds(event(2, form("01/10/2023")))
