"""Reasons: each is said somewhere, readable, with its source and what to do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import agir_cli
from agir_cli.domain.reasons import OFII, PRECHECK, PROGRAMME, REASONS, TOOL, Reason, finding
from agir_cli.domain.sources import SOURCES

PACKAGE = Path(agir_cli.__file__).parent
ALL = [pytest.param(reason, id=code) for code, reason in REASONS.items()]


def said_codes() -> set[str]:
    """Every text constant of the package outside the table of reasons itself."""
    return {
        node.value
        for path in PACKAGE.rglob("*.py")
        if path.name != "reasons.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def called_codes() -> set[str]:
    """Every code that `finding("…")` is called with."""
    return {
        node.args[0].value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "finding"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_every_reason_is_said_somewhere() -> None:
    """A reason that nothing says is a rule that nobody applies."""
    assert set(REASONS) - said_codes() == set()


def test_nothing_says_a_reason_that_does_not_exist() -> None:
    assert len(called_codes()) > 30
    assert called_codes() - set(REASONS) == set()


@pytest.mark.parametrize("reason", ALL)
def test_a_reason_can_be_read(reason: Reason) -> None:
    assert re.fullmatch(r"[a-z_]+", reason.code)
    assert reason.sentence[0].isupper() or reason.sentence[0] in "«{"
    assert reason.sentence.endswith(".")
    assert reason.remedy
    assert reason.source in SOURCES
    assert reason.says in (PRECHECK, TOOL, OFII, PROGRAMME)


@pytest.mark.parametrize("reason", ALL)
def test_a_sentence_is_filled_with_its_values(reason: Reason) -> None:
    names = re.findall(r"\{(\w+)\}", reason.sentence + reason.remedy)
    found = finding(reason.code, "un fait", **{name: f"<{name}>" for name in names})
    assert "{" not in found.sentence + found.remedy
    assert all(f"<{name}>" in found.sentence + found.remedy for name in names)
    assert "…" not in found.sentence


def test_a_missing_value_never_breaks_a_sentence() -> None:
    assert "…" in finding("dossier_clos").sentence


def test_a_value_is_data_not_a_template() -> None:
    found = finding("dossier_clos", dossier="{motif}")
    assert "{motif}" in found.sentence


def test_the_source_of_a_rule_wins_over_that_of_the_reason() -> None:
    assert finding("hors_territoire").source == SOURCES["admission"]
    assert finding("hors_territoire", source="Règle de l'équipe").source == "Règle de l'équipe"


def test_every_source_is_used() -> None:
    sources = {reason.source for reason in REASONS.values()}
    assert set(SOURCES) - sources - said_codes() == set()
