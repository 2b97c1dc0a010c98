"""Small counts are hidden, and none can be worked out from the counts that are left."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agir_cli.reports.masking import Sum, hidden

ROWS, COLUMNS = ("a", "b", "c"), ("x", "y")
CELLS = list(product(ROWS, COLUMNS))
SUMMED: dict[object, list[int]] = {
    "all": [0, 1, 2, 3, 4, 5],
    **{key: [n for n, cell in enumerate(CELLS) if key in cell] for key in (*ROWS, *COLUMNS)},
}


def table(cells: list[int]) -> dict[object, int]:
    """Six counts with their sums by row, by column and in all."""
    counts: dict[object, int] = dict(zip(product(ROWS, COLUMNS), cells, strict=True))
    for row in ROWS:
        counts[row] = sum(counts[row, column] for column in COLUMNS)
    for column in COLUMNS:
        counts[column] = sum(counts[row, column] for row in ROWS)
    counts["all"] = sum(cells)
    return counts


SUMS = [
    *(Sum(row, [(row, column) for column in COLUMNS]) for row in ROWS),
    *(Sum(column, [(row, column) for row in ROWS]) for column in COLUMNS),
    Sum("all", ROWS),
    Sum("all", COLUMNS),
]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 4), min_size=6, max_size=6), st.integers(2, 4))
@example([0, 0, 0, 0, 1, 2], 2)
def test_no_hidden_count_can_be_recovered(cells: list[int], least: int) -> None:
    counts = table(cells)
    away = hidden(counts, SUMS, least)
    assert {key for key, value in counts.items() if 0 < value < least} <= away
    possible = list(_fitting(counts, away))
    assert tuple(cells) in possible
    for place, key in enumerate(CELLS):
        if key in away:
            assert len({other[place] for other in possible}) > 1, key


def _fitting(counts: dict[object, int], away: frozenset[object]) -> Iterator[tuple[int, ...]]:
    """Every six counts (up to 5) that a reader cannot tell from the true ones."""
    asked = [range(6) if key in away else (counts[key],) for key in CELLS]
    shown = [
        (places, counts[key])
        for key, places in SUMMED.items() if key not in away
    ]  # fmt: skip
    for guess in product(*asked):
        if all(sum(guess[place] for place in places) == total for places, total in shown):
            yield guess


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param({"t": 20, "a": 12, "b": 8}, set(), id="rien de petit"),
        pytest.param({"t": 20, "a": 17, "b": 3}, {"a", "b"}, id="le complément aussi"),
        pytest.param({"t": 3, "a": 3, "b": 0}, {"t", "a"}, id="petit en tout"),
        pytest.param({"t": 20, "a": 20, "b": 0}, set(), id="zéro n'est personne"),
    ],
)
def test_beside_a_small_count(counts: dict[object, int], expected: set[str]) -> None:
    assert hidden(counts, [Sum("t", ["a", "b"])], 5) == expected


def test_two_small_counts_do_not_make_a_small_group() -> None:
    counts: dict[object, int] = {"t": 22, "a": 1, "b": 2, "c": 9, "d": 10}
    assert hidden(counts, [Sum("t", ["a", "b", "c", "d"])], 5) == {"a", "b", "c"}


def test_a_small_difference_of_two_printed_counts_is_protected() -> None:
    counts: dict[object, int] = {"housed": 50, "both": 48, "rest": 2}
    away = hidden(counts, [Sum("housed", ["both", "rest"])], 5, {"rest"})
    assert away == {"both"}


def test_the_same_counts_are_hidden_each_time() -> None:
    counts = table([3, 9, 9, 9, 4, 9])
    assert len({hidden(dict(sorted(counts.items(), key=repr)), SUMS, 5) for _ in range(3)}) == 1
