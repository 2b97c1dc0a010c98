"""The words of the page handed to a person: data that anybody may propose to change."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

from agir_cli.cli import letter
from agir_cli.domain.eligibility import REASON_OF
from agir_cli.domain.vocabulary import Motive
from agir_cli.store.rulebook import shipped

TEXTS = letter.texts()
MOTIVES = [motive for motive in Motive if motive is not Motive.DEATH]


@pytest.mark.parametrize("name", TEXTS)
def test_every_place_in_a_text_is_known(name: str) -> None:
    held = {place for text in TEXTS[name] for place in re.findall(r"\{([^}]*)\}", text)}
    assert held <= set(letter.PLACES)
    assert all(text.format_map(dict.fromkeys(letter.PLACES, "x")) for text in TEXTS[name] if text)


@pytest.mark.parametrize("motive", MOTIVES)
def test_every_end_has_its_reason_and_what_comes_after(motive: Motive) -> None:
    assert TEXTS[f"pourquoi.{motive.value}"]
    after = "definitif" if shipped().final(motive) else motive.value
    assert TEXTS[f"suite.{after}"]


@pytest.mark.parametrize("code", REASON_OF.values())
def test_every_condition_that_is_missing_has_its_sentence(code: str) -> None:
    assert TEXTS[f"pourquoi.{code}"]


def test_no_text_is_without_use() -> None:
    said = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(letter)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    said |= {motive.value for motive in MOTIVES} | set(REASON_OF.values())
    assert {name for name in TEXTS if not {*name.split(".")} <= said} == set()


def test_the_page_has_no_jargon() -> None:
    text = " ".join(part for parts in TEXTS.values() for part in parts)
    assert re.findall(r"AGDREF|CIRNG|BPI|SPE\b|dossier_clos|projection", text) == []
