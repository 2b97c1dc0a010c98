"""`data/lists.csv` says each column once, in whole lines."""

from __future__ import annotations

import csv
from collections import Counter

from agir_cli.reports.field_words import meaning_of
from agir_cli.reports.sheet import Kind, columns
from agir_cli.shipped import data_file

ASKED = ["column", "heading", "short", "kind", "meaning", "values"]


def test_a_column_is_declared_once_and_says_what_it_holds() -> None:
    header, *rows = csv.reader(data_file("lists.csv").read_text("utf-8").splitlines())
    assert header == ASKED
    assert [row for row in rows if len(row) != len(ASKED)] == []
    assert [name for name, count in Counter(row[0] for row in rows).items() if count > 1] == []
    assert {row[3] for row in rows} <= {kind.value for kind in Kind}
    assert all(meaning_of(column) for column in columns(row[0] for row in rows))
