"""The frame of the house: what may import what, how long a module is, what is never written.

Every rule is a function from a source text to the faults it holds, tried on the package and
on a planted fault.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "agir_cli"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 600
MODULES_AT_MOST = 239
LINES_AT_MOST = 69_800
SHORT, SHORT_ONES_AT_MOST = 60, 10

# Who may open the file, and who may read a clock: the day of Paris (cli), the instant an
# event is recorded (store).
OPENS_THE_FILE = {"store/driver.py"}
READS_THE_CLOCK = {"cli/session.py", "store/stamp.py"}

Rule = Callable[[ast.Module], Iterator[str]]


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def _sentences(tree: ast.Module) -> Iterator[str]:
    """String constants, docstrings left out: what may become SQL."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield str(node.value)


def opens_a_file(tree: ast.Module) -> Iterator[str]:
    for name, _ in _calls(tree):
        if re.search(r"(^|\.)(sqlite3|sqlcipher3|dbapi2|driver)\.connect$", name):
            yield name
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{a.name}" for a in node.names]
        yield from (n for n in names if n.startswith("sqlcipher3") or n == "sqlite3.connect")


def reads_the_clock(tree: ast.Module) -> Iterator[str]:
    clock = r"(^|\.)(date|datetime)\.(today|now|utcnow)$|^time\.(time|time_ns|localtime|gmtime)$"
    yield from (name for name, _ in _calls(tree) if re.search(clock, name))


def replaces_rows(tree: ast.Module) -> Iterator[str]:
    for text in _sentences(tree):
        if re.search(r"\binsert\s+or\s+replace\b|\breplace\s+into\b", text, re.IGNORECASE):
            yield text
    yield from _keyword(tree, "replace")


def grows_tables(tree: ast.Module) -> Iterator[str]:
    yield from _keyword(tree, "alter")


def _keyword(tree: ast.Module, wanted: str) -> Iterator[str]:
    for name, call in _calls(tree):
        for keyword in call.keywords:
            if keyword.arg == wanted and ast.unparse(keyword.value) == "True":
                yield f"{name}({wanted}=True)"


RULES: list[tuple[Rule, set[str], str]] = [
    (opens_a_file, OPENS_THE_FILE, "import sqlite3\nsqlite3.connect('x')"),
    (opens_a_file, OPENS_THE_FILE, "from sqlcipher3 import dbapi2"),
    (reads_the_clock, READS_THE_CLOCK, "import datetime\ndatetime.date.today()"),
    (reads_the_clock, READS_THE_CLOCK, "from datetime import datetime\ndatetime.now()"),
    (reads_the_clock, READS_THE_CLOCK, "import time\ntime.time()"),
    (replaces_rows, set(), "db.execute('INSERT  or replace INTO t VALUES (1)')"),
    (replaces_rows, set(), "table.insert({}, replace=True)"),
    (grows_tables, set(), "table.insert({}, alter=True)"),
]


@pytest.mark.parametrize(("rule", "allowed"), {r.__name__: (r, a) for r, a, _ in RULES}.values())
def test_the_package_keeps_the_rule(rule: Rule, allowed: set[str]) -> None:
    faults = [
        (place, fault)
        for path in MODULES
        if (place := path.relative_to(PACKAGE).as_posix()) not in allowed
        for fault in rule(ast.parse(path.read_text("utf-8")))
    ]
    assert faults == []


@pytest.mark.parametrize(("rule", "_allowed", "planted"), RULES)
def test_the_rule_sees_a_planted_fault(rule: Rule, _allowed: set[str], planted: str) -> None:
    assert list(rule(ast.parse(planted)))


# --- how big the house is, and how its rooms hang together -------------------------------


class Module(NamedTuple):
    """A module of the package: how many lines it has, and which modules it imports, wherever.

    What is imported for types only (`TYPE_CHECKING`) makes no circle.
    """

    lines: int
    imports: frozenset[str]


def read(path: Path, root: Path) -> tuple[str, Module]:
    """A module by its dotted name below the package."""
    text = path.read_text("utf-8")
    place = path.relative_to(root).with_suffix("")
    own = ".".join(place.parts).removesuffix(".__init__")
    return own, Module(len(text.splitlines()), frozenset(_imported(ast.parse(text))))


def _imported(tree: ast.Module) -> Iterator[str]:
    typed = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typed:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("agir_cli"):
            base = (node.module or "").removeprefix("agir_cli").strip(".")
            yield base
            yield from (f"{base}.{alias.name}".strip(".") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix("agir_cli.")
                for alias in node.names
                if alias.name.startswith("agir_cli.")
            )


def circles(house: Mapping[str, Module]) -> list[set[str]]:
    """The sets of modules that import each other, directly or through others."""
    reached = {name: {n for n in module.imports if n in house} for name, module in house.items()}
    changed = True
    while changed:
        changed = False
        for found in reached.values():
            more = {far for near in found for far in reached[near]} - found
            found |= more
            changed = changed or bool(more)
    round_ = {name for name, found in reached.items() if name in found}
    return [
        set(names)
        for names in {frozenset(n for n in reached[name] if name in reached[n]) for name in round_}
    ]


HOUSE = dict(read(path, PACKAGE) for path in MODULES)


def test_modules_are_neither_too_long_nor_too_many() -> None:
    said = {name: module.lines for name, module in HOUSE.items() if module.lines > 3}
    assert {name: n for name, n in said.items() if n > LONGEST} == {}
    assert len(said) <= MODULES_AT_MOST
    assert sum(said.values()) <= LINES_AT_MOST
    assert len([name for name, n in said.items() if n < SHORT]) <= SHORT_ONES_AT_MOST


def test_no_module_imports_itself_through_others() -> None:
    assert circles(HOUSE) == []


def test_a_planted_circle_is_seen(tmp_path: Path) -> None:
    """Also where one of its imports hides in a function."""
    (tmp_path / "one.py").write_text("from agir_cli.two import a\n")
    (tmp_path / "two.py").write_text("def f():\n    from agir_cli import three\n")
    (tmp_path / "three.py").write_text("import agir_cli.one\nimport agir_cli.four\n")
    (tmp_path / "four.py").write_text(
        "if TYPE_CHECKING:\n    from agir_cli.one import a\nimport re\n"
    )
    house = dict(read(path, tmp_path) for path in tmp_path.glob("*.py"))
    assert circles(house) == [{"one", "two", "three"}]


SQL = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|BEGIN)\b\s")
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|CREATE TABLE|DROP|ALTER)\b\s")


def statements(tree: ast.Module) -> Iterator[str]:
    """The constant texts of a module that are SQL."""
    yield from (text for text in _sentences(tree) if SQL.match(text))


def test_sql_stands_in_the_store_and_reading_only_in_the_reports() -> None:
    for path in MODULES:
        room = path.relative_to(PACKAGE).parts[0]
        found = list(statements(ast.parse(path.read_text("utf-8"))))
        if room == "reports":
            found = [text for text in found if WRITES.match(text)]
        if room != "store" and path.stem != "hub":  # another engine's, on another machine
            assert found == [], path


def test_sql_is_seen() -> None:
    planted = "connection.execute(f'INSERT INTO {t} VALUES (1)')\n'Update the file'"
    assert list(statements(ast.parse(planted))) == ["INSERT INTO "]


def test_no_room_for_odds_and_ends() -> None:
    assert [p.name for p in MODULES if p.stem in {"utils", "helpers", "manager"}] == []


def _lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    program = "from importlinter.cli import lint_imports_command as c; c()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--no-logo"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_imports_keep_their_contract() -> None:
    done = _lint_imports(ROOT)
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("domain", "import sqlite3"),
        ("domain", "import random"),
        ("domain", "import agir_cli.failures"),
        ("exchange", "import agir_cli.store"),
        ("exchange", "import agir_cli.exchange.workbook_faults.biff"),
        ("cli", "from agir_cli.exchange.workbook_faults import zipped"),
        ("store", "import agir_cli.usecases"),
        ("usecases", "import agir_cli.reports"),
        ("reports", "import rich"),
    ],
)
def test_the_contract_sees_a_planted_import(room: str, line: str, tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "agir_cli", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "agir_cli" / room / "planted.py").write_text(f"{line}\n", "utf-8")
    done = _lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"agir_cli.{room}.planted" in done.stdout
