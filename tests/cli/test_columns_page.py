"""docs/columns.md says every column that is printed, and is what the program would write anew."""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path
from types import ModuleType

from agir_cli.cli.commands.report import REPORTS

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"


def columns_page() -> ModuleType:
    """`scripts/columns.py`, which writes the page."""
    spec = importlib.util.spec_from_file_location("columns_page", ROOT / "scripts" / "columns.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_the_page_of_columns_is_that_of_the_program() -> None:
    script = columns_page()
    assert script.page() == script.PAGE.read_text("utf-8"), "python scripts/columns.py"


def test_every_report_has_its_columns_on_the_page() -> None:
    asked = {words.split()[1] for words in columns_page().ASKED if words.startswith("report ")}
    assert {*REPORTS} - asked == {"dossiers", "board"}, "ASKED in scripts/columns.py"


def test_every_column_of_a_kept_answer_is_on_the_page() -> None:
    page = (ROOT / "docs" / "columns.md").read_text("utf-8")
    known = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    for path in GOLDEN.glob("*.csv"):
        if not path.name.endswith("excel.csv"):
            header = next(csv.reader([path.read_text("utf-8").partition("\n")[0]]))
            assert set(header) <= known, path.name
