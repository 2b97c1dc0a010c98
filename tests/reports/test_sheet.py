"""What every sheet keeps to, and that reports only read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agir_cli.reports import agenda, funnel, overdue, passages, requests
from agir_cli.reports.sheet import Column, Data, Kind, Section, Sheet, columns

ROOM = Path(funnel.__file__).parent


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_reports_only_read(path: Path) -> None:
    written = r"\b(INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|REPLACE INTO)\b"
    assert re.findall(written, path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "known",
    [agenda._KNOWN, overdue._KNOWN, overdue._RESOLVED, requests._KNOWN, requests._KNOWN_LISTINGS,
     funnel._columns_by("secteur"), funnel._columns_by("bureau")],
)  # fmt: skip
def test_every_column_that_people_see_has_a_heading(known: tuple[Column, ...]) -> None:
    assert [column.name for column in known if not column.label] == []
    assert passages.PASSAGES.keys() == passages._TOLD.keys()


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (Kind.DATE, "2023-10-09", "09/10/2023"),
        (Kind.DATE, None, ""),
        (Kind.NUMBER, 1028, "1028"),
        (Kind.CODE, None, ""),
    ],
)
def test_a_value_as_people_read_it(kind: Kind, value: object, told: str) -> None:
    assert Column("x", kind=kind).text(value) == told


def test_a_title_says_how_many_rows_there_are() -> None:
    known = columns(["dossier"])
    rows = [["44-0001"], ["44-0002"]]
    sheet = Sheet(
        title="Essai : {count} dossier{s}", sections=[Section("", known, rows)],
        data=Data(known, rows),
    )  # fmt: skip
    assert sheet.counted(2).title == "Essai : 2 dossiers"
    assert sheet.counted(1).title == "Essai : 1 dossier"
