from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agir_cli.exchange import cells

LIVELY = st.text(alphabet="=+-@|%\t\r' \n\u00a0aé1\x85\u3000", max_size=8) | st.text(max_size=8)
PAYLOADS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "|calc",
    "%0A",
    "\t=1",
    "\r=1",
    "'=1",
    "  =1",
    "\u00a0=1",
    "\n=cmd|' /C calc'!A0",
)


@given(LIVELY)
@example("''=")
@example(" '")
def test_la_marque_s_enleve_sans_reste(text: str) -> None:
    """A cell that a spreadsheet would run gets one leading ', which reading removes."""
    assert cells.unmark(cells.mark(text)) == text


@given(LIVELY)
def test_rien_de_vivant_ne_sort(text: str) -> None:
    """A cell that begins, after spaces, with a live character is marked."""
    marked = cells.mark(text)
    first = marked.lstrip(" \u00a0\n\x0b\x0c\x85\u3000")[:1]
    assert first not in cells.LIVE - {"'"}


@given(LIVELY)
def test_le_premier_caractere_suffit_a_ecarter(text: str) -> None:
    """The writer's cheap test never lets through a text that has to be marked."""
    if text and text[0] not in cells.WATCHED_FIRST:
        assert cells.mark(text) == text


@pytest.mark.parametrize("text", PAYLOADS, ids=repr)
def test_les_charges_connues_sont_desarmees(text: str) -> None:
    assert cells.mark(text) == "'" + text


@pytest.mark.parametrize("text", ["'Ali", "N'Diaye", "", "'", "a=1", "''"], ids=repr)
def test_ce_qui_n_est_pas_une_marque_reste(text: str) -> None:
    assert cells.unmark(text) == {"''": "'"}.get(text, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b]0;x\x07", r"\x1b]0;x\x07"),
        ("a\x9bb", r"a\x9bb"),
        ("\u202eabc", r"\u202eabc"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\0", r"\x00"),
        ("Łukasz Şahin أحمد", "Łukasz Şahin أحمد"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_l_invisible_se_voit(text: str, expected: str) -> None:
    assert cells.visible(text) == expected
