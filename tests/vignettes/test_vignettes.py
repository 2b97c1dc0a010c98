"""The three vignettes, as somebody would type them: each transcript runs on an empty file."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from agir_cli.usecases.upkeep import init_file
from tests.transcripts import Typed, compare, said, without_settings

TRANSCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


def test_there_is_a_transcript_for_each_vignette() -> None:
    assert [path.stem for path in TRANSCRIPTS] == ["madame_b", "monsieur_a", "monsieur_j"]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_transcript_is_what_happens(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_settings(monkeypatch)
    monkeypatch.setenv("COLUMNS", "100")
    db = tmp_path / "equipe.db"
    init_file(db, site=None)

    def happens(typed: Typed) -> str:
        words = shlex.split(typed.line.removeprefix("agir "))
        return said("--db", str(db), "--author", "coordination", *words)

    compare(path, happens)
