"""Each column of each table has a class [invariant 10]."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agir_cli.domain.fields import FIELDS, Home
from tests.store.classification import Access, Erasure, Kind, classes, columns
from tests.store.faulty import new_file

CLASSES = classes()


def real_columns(path: Path) -> set[tuple[str, str]]:
    """Every column of a new file."""
    connection = sqlite3.connect(new_file(path))
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    found = {
        (table, row[1])
        for (table,) in tables
        for row in connection.execute(f"PRAGMA table_xinfo({table})")
    }
    connection.close()
    return found


def test_every_column_has_a_class_and_every_class_a_column(tmp_path: Path) -> None:
    found = real_columns(tmp_path / "equipe.db")
    assert len(found) > 150
    assert sorted(found - set(columns())) == [], "columns without a class"
    assert sorted(set(columns()) - found) == [], "classes without a column"


@pytest.mark.parametrize("table", CLASSES)
def test_what_is_identity_or_sensitive_is_deleted_and_given(table: str) -> None:
    for name, column in CLASSES[table].items():
        if column.kind in (Kind.IDENTITY, Kind.SENSITIVE):
            assert column.erasure is Erasure.DELETED, name
            assert column.access is Access.GIVEN, name
        if column.kind is Kind.BUSINESS:
            assert column.erasure is Erasure.KEPT, name


def test_every_field_of_a_person_is_erased_and_none_is_in_the_projection() -> None:
    """Names never enter the journal: identity lives in `people`, words in `texts`."""
    persons = {name for name, field in FIELDS.items() if field.home is Home.PERSON}
    erased = {name for table, name in columns(erasure=Erasure.DELETED) if table == "people"}
    assert persons <= erased
    projection = {
        name.removesuffix("_entree").removesuffix("_actuelle").removesuffix("_sortie")
        for name in CLASSES["dossiers"]
    }
    words = {name for name, field in FIELDS.items() if field.home is not Home.JOURNAL}
    assert projection & words == {"etape"}, "the stage awaited, not the words of a step"


def test_the_journal_keeps_everything_after_an_erasure() -> None:
    assert {c.erasure for c in CLASSES["events"].values()} == {Erasure.KEPT}
