"""Each column of each table has a class and a duration [invariant 10]."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agir_cli.domain.fields import FIELDS, Home
from agir_cli.store.erasure import PAYLOAD, classes
from agir_cli.store.retention import shipped
from tests.store.faulty import new_file

CLASSES = classes()
DURATIONS = {each.code for each in shipped()}
NATURES = {"personnelle", "codée", "technique"}


def real_columns(path: Path) -> set[tuple[str, str]]:
    """Every column of a new file, and every name that the payload of an event may have."""
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
    return found | {(PAYLOAD, name) for name, f in FIELDS.items() if f.home is Home.JOURNAL}


def test_every_column_has_a_class_and_every_class_a_column(tmp_path: Path) -> None:
    found = real_columns(tmp_path / "equipe.db")
    known = {(table, name) for table, columns in CLASSES.items() for name in columns}
    assert len(found) > 150
    assert sorted(found - known) == [], "columns without a class"
    assert sorted(known - found) == [], "classes without a column"


@pytest.mark.parametrize("table", CLASSES)
def test_each_is_personal_coded_or_technical_and_has_a_duration(table: str) -> None:
    for name, column in CLASSES[table].items():
        assert column.nature in NATURES, name
        assert column.duration in DURATIONS, name
        if column.kind in ("identity", "sensitive"):
            assert column.erased, name
            assert column.given, name


def test_every_field_of_a_person_is_erased_and_none_is_in_the_projection() -> None:
    """Names never enter the journal: identity lives in `people`, words in `texts`."""
    persons = {name for name, field in FIELDS.items() if field.home is Home.PERSON}
    assert persons <= {name for name, column in CLASSES["people"].items() if column.erased}
    projection = {
        name.removesuffix("_entree").removesuffix("_actuelle").removesuffix("_sortie")
        for name in CLASSES["dossiers"]
    }
    words = {name for name, field in FIELDS.items() if field.home is not Home.JOURNAL}
    assert projection & words == {"etape"}, "the stage awaited, not the words of a step"


def test_the_journal_keeps_its_place_after_an_erasure() -> None:
    assert not any(column.erased for column in CLASSES["events"].values())
