"""Rows are made for a set of states at a time: each comes to what it would come to alone."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from agir_cli.domain.eligibility import Judged, judged
from agir_cli.domain.folding import opened as opening
from agir_cli.store.driver import Rows
from agir_cli.store.lists import FOLDED
from agir_cli.store.projection import projected
from agir_cli.store.rulebook import shipped
from tests.reports.building import id_of, opened
from tests.reports.lives import life

RULES = shipped()
Listed = dict[str, list[dict[str, Any]]]


def drawn(seed: int, count: int) -> list[Judged]:
    random = Random(seed)
    found = []
    for number in range(1, count + 1):
        facts, events = life(random)
        kept = {name: value for name, value in facts.items() if value is not None}
        drafts = [opened(f"44-{number:04d}", number, **kept), *events]
        found.append(judged(opening(id_of(number), drafts), RULES))
    return found


def rows_of(every: list[Judged]) -> list[Listed]:
    """The rows of each state, table by table, what is NULL left out."""
    lists = projected(every, RULES)
    listed: list[Listed] = [{} for _ in every]
    for table in (lists.dossiers, *lists.folded):
        for owner, row in zip(table.owners, rows_in(table), strict=True):
            listed[owner].setdefault(table.name, []).append(row)
    return listed


def rows_in(table: Rows) -> list[dict[str, Any]]:
    assert {len(values) for values in table.columns.values()} <= {len(table.owners)}
    assert table.name == "dossiers" or set(table.columns) <= set(FOLDED[table.name])
    cells = zip(*table.columns.values(), strict=True)
    rows = [dict(zip(table.columns, row, strict=True)) for row in cells]
    return [{n: value for n, value in row.items() if value is not None} for row in rows]


@pytest.mark.parametrize("seed", range(12))
def test_a_state_among_others_has_the_rows_that_it_has_alone(seed: int) -> None:
    every = drawn(seed, 30)
    together = rows_of(every)
    alone = [rows_of([each])[0] for each in every]
    assert together == alone


def test_the_lives_come_to_every_table_and_to_most_columns() -> None:
    """Else the test above would compare little."""
    lists = projected([each for seed in range(12) for each in drawn(seed, 30)], RULES)
    assert {table.name for table in lists.folded} >= {"spans", "situations", "interviews"}
    assert {"motif", "date_contrat", "date_diagnostic", "referent"} <= set(lists.dossiers.columns)


def test_nobody_has_no_row() -> None:
    lists = projected([], RULES)
    assert not lists.dossiers.owners
    assert lists.folded == []
