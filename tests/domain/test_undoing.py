"""Taking a batch out of a dossier: which later events are somebody's touch, and which are not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agir_cli.domain.decisions.undoing import Touched, Undone, undo_batch
from agir_cli.domain.events import Draft, Event, Kind
from tests.domain.making import booked, cir, diagnosed, event, opened, proposed


def recorded_by(*happened: tuple[str | None, Draft]) -> list[Event]:
    """Events with their batch (``None``: one act alone), one minute after the other."""
    return [event(n, each)._replace(batch=batch) for n, (batch, each) in enumerate(happened)]


def voided(event: str) -> Draft:
    return Draft(Kind.EVENT_VOIDED, None, {"event": event})


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
    found = undo_batch(recorded_by(*OPENED, *since), "B", undone, "mauvais fichier")
    if touch is None:
        assert isinstance(found, Undone)
        assert [each.id for each in found.voided] == ["E0003"]
    else:
        assert isinstance(found, Touched)
        assert found.event.id == touch


def test_what_is_left_of_a_batch_undone_in_part_was_touched() -> None:
    """The batch's own name among those undone clears no act of it that was voided by hand."""
    both: list[tuple[str | None, Draft]] = [*OPENED, ("B", booked("20/01/2023 10:00"))]
    found = undo_batch(recorded_by(*both, (None, voided("E0004"))), "B", ("B",), "mauvais fichier")
    assert isinstance(found, Touched)
    assert found.event.id == "E0005"
