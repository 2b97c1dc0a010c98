"""Screens longer than the terminal are shown page by page: their beginning is seen first."""

from __future__ import annotations

import sys

import pytest

from tests.cli.coordinator import ORIENTED, Team

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pas de pseudo-terminal")


@pytest.mark.parametrize(
    ("line", "code"),
    [("aide", 0), ("aide today", 0), ("enroll --help", 0), ("referent", 2), ("show 1 --events", 0)],
)
def test_a_long_screen_goes_page_by_page(
    team: Team, monkeypatch: pytest.MonkeyPatch, line: str, code: int
) -> None:
    from tests.cli.keyboard import Keyboard

    ref = team.contracted("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--sexe", "f")
    for step in ("Permis", "Cours de FLE", "CV", "Garde"):
        team.does("step", "add", ref, "--etape", step)
    monkeypatch.setenv("PAGER", "sed 's/^/| /'")
    keyboard = Keyboard(team, *line.split())
    assert keyboard.ends() == code, keyboard.text
    assert keyboard.text.startswith("| (espace : la suite ; q : quitter)\n| ")
    assert len(keyboard.text.splitlines()) > 24
    assert max(map(len, keyboard.text.splitlines())) <= 82
    whole = Keyboard(team, "--no-pager", *line.split())
    whole.ends()
    assert "| " not in whole.text


def test_a_short_screen_is_there_at_once(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.cli.keyboard import Keyboard

    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    monkeypatch.setenv("PAGER", "sed 's/^/| /'")
    for words in (("show", "1"), ("show", "1", "--menage"), ("config", "--help")):
        keyboard = Keyboard(team, *words)
        assert keyboard.ends() == 0
        assert "| " not in keyboard.text
