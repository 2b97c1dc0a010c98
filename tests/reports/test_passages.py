"""How long each passage took: nearest ranks, exact days only, deadlines kept."""

from __future__ import annotations

import statistics
from datetime import date
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agir_cli.domain.events import Kind
from agir_cli.domain.vocabulary import Motive
from agir_cli.reports.passages import (
    PASSAGES,
    Measured,
    Passage,
    measured,
    median,
    nine_in_ten,
    passages,
)
from agir_cli.reports.selection import Filters
from agir_cli.reports.texts import half_days
from agir_cli.store.driver import Connection
from tests.reports.building import DAY, accepted, add, event, new_file

NOBODY = Filters()


@given(st.lists(st.integers(0, 50), min_size=1))
def testnine_in_ten_did_not_exceed_it(days: list[int]) -> None:
    found = nine_in_ten(sorted(days))
    assert found is not None
    assert sum(value <= found for value in days) >= ceil(len(days) * 9 / 10)
    assert sum(value < found for value in days) < ceil(len(days) * 9 / 10)


@given(st.lists(st.integers(0, 50), min_size=1))
def test_the_median_is_the_middle(days: list[int]) -> None:
    assert median(sorted(days)) == statistics.median(days)


@pytest.mark.parametrize(
    ("days", "written", "shown"),
    [
        pytest.param([290, 310], "300", "300", id="entre deux, un jour entier"),
        pytest.param([26, 27], "26.5", "26,5", id="entre deux, un demi-jour"),
        pytest.param([1, 26, 27, 90], "26.5", "26,5", id="quatre mesures"),
        pytest.param([3, 4, 900], "4", "4", id="un nombre impair : celle du milieu"),
        pytest.param([12], "12", "12", id="une seule"),
        pytest.param([], "None", "", id="aucune"),
    ],
)
def test_a_median_is_written_to_the_half_day(days: list[int], written: str, shown: str) -> None:
    assert (str(median(days)), half_days(median(days))) == (written, shown)


@pytest.fixture
def file(tmp_path: Path) -> Connection:
    connection = new_file(tmp_path / "essai.db")
    for number, signed in ((1, "2023-02-20"), (2, "2023-02-22"), (3, "2023-02-23"), (4, "2023-02")):
        add(
            connection, number, *accepted("2023-01-02", "2023-01-02"),
            event(Kind.DIAGNOSIS_HELD, "2023-01-12"),
            event(Kind.REFERENT_DESIGNATED, "2023-02-01"),
            event(Kind.CONTRACT_SIGNED, signed), department="85" if number == 3 else "44",
        )  # fmt: skip
    return connection


def test_passages_in_numbers(file: Connection) -> None:
    found = {row.passage: row for row in passages(file, DAY, NOBODY)}
    assert found["diagnostic"] == Passage("diagnostic", 4, 4, 10, 10, 4, 0, 0)
    assert found["contrat"] == Passage("contrat", 4, 3, 21, 22, 2, 1, 1)
    assert found["cloture"] == Passage("cloture", 0, 0, None, None, None, None, None)


def test_a_dossier_opened_by_mistake_made_no_passage(file: Connection) -> None:
    mistake = event(Kind.DOSSIER_CLOSED, "2023-03-01", motif=Motive.MISTAKE)
    add(file, 9, *accepted("2023-01-02", "2023-01-02"), event(Kind.DIAGNOSIS_HELD, "2023-01-12"),
        mistake)  # fmt: skip
    assert {row.passage: row.dossiers for row in passages(file, DAY, NOBODY)}["diagnostic"] == 4


def test_each_number_is_the_length_of_its_list(file: Connection) -> None:
    for day in (DAY, date(2023, 2, 22), date(2020, 1, 1)):
        for filters in (NOBODY, Filters(department="85")):
            for row in passages(file, day, filters):
                behind = list(measured(file, day, filters, row.passage))
                assert row.dossiers == len(behind)
                assert row.mesures == sum(each.jours is not None for each in behind)
                kept = [each.delai for each in behind]
                counts = (kept.count("tenu"), kept.count("depasse"), kept.count("indetermine"))
                told = (row.tenus, row.depasses, row.indetermines)
                assert told == (counts if PASSAGES[row.passage][2] else (None, None, None))


def test_a_dossier_behind_a_passage(file: Connection) -> None:
    assert list(measured(file, DAY, Filters(department="85"), "contrat")) == [
        Measured("85-0003", "85", "2023-02-01", "2023-02-23", 22, "depasse")
    ]
    assert list(measured(file, date(2023, 2, 22), NOBODY, "contrat"))[-1].dossier == "44-0002"
    assert set(PASSAGES) == {row.passage for row in passages(file, DAY, NOBODY)}
