"""The three vignettes, as somebody would type them: each transcript runs on an empty file.

A transcript is a text file: `$ agir …` is a command as typed (the file, the author and the
width of the screen are given here), what follows is the screen, and `[code 3]` ends a screen
whose exit code is not 0. Lines that begin with `#` are for the reader. ``JJ/MM/AAAA`` stands
for the real day of recording.

After a wanted change of a screen: ``AGIR_TRANSCRIPTS=update`` before pytest writes them anew;
read the difference before committing it.
"""

from __future__ import annotations

import io
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from agir_cli.cli.app import main
from agir_cli.usecases.upkeep import init_file

HERE = Path(__file__).parent
PROMPT = "$ agir "
RECORDED = "JJ/MM/AAAA"
TRANSCRIPTS = sorted(HERE.glob("*.txt"))


class Typed(NamedTuple):
    """A command of a transcript: what stands before it, how it is typed, the screen after it."""

    before: str
    line: str
    screen: str


def test_there_is_a_transcript_for_each_vignette() -> None:
    assert [path.stem for path in TRANSCRIPTS] == ["madame_b", "monsieur_a", "monsieur_j"]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_transcript_is_what_happens(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AGIR_")]:
        if name != "AGIR_TRANSCRIPTS":
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    db = tmp_path / "equipe.db"
    init_file(db, site=None)
    written = list(_commands(path.read_text(encoding="utf-8")))
    happened = [typed._replace(screen=_screen(db, typed.line)) for typed in written]
    if os.environ.get("AGIR_TRANSCRIPTS") == "update":
        path.write_text(_text(happened), encoding="utf-8")
        pytest.skip("written anew")
    for wanted, found in zip(written, happened, strict=True):
        assert found.screen == wanted.screen, wanted.line


def _commands(text: str) -> Iterator[Typed]:
    before: list[str] = []
    line, screen = "", list[str]()
    for row in text.splitlines():
        if row.startswith((PROMPT, "#")) and line:
            yield Typed("\n".join(before), line, "\n".join(screen).strip("\n"))
            before, line, screen = [], "", []
        if row.startswith(PROMPT):
            line = row.removeprefix(PROMPT)
        else:
            (screen if line else before).append(row)
    yield Typed("\n".join(before), line, "\n".join(screen).strip("\n"))


def _text(commands: list[Typed]) -> str:
    parts = []
    for typed in commands:
        before = f"{typed.before.strip()}\n\n" if typed.before.strip() else ""
        screen = f"{typed.screen}\n" if typed.screen else ""
        parts.append(f"{before}{PROMPT}{typed.line}\n{screen}")
    return "\n".join(parts)


def _screen(db: Path, line: str) -> str:
    """Both streams as one screen, the real day hidden."""
    raw = io.BytesIO()
    screen = io.TextIOWrapper(raw, encoding="utf-8", newline="\n", write_through=True)
    with redirect_stdout(screen), redirect_stderr(screen):
        code = main(["--db", str(db), "--author", "coordination", *shlex.split(line)])
    said = raw.getvalue().decode("utf-8")
    rows = [row.rstrip() for row in said.splitlines()]
    if code:
        rows.append(f"[code {code}]")
    return re.sub(_real_days(), RECORDED, "\n".join(rows).strip("\n"))


def _real_days() -> str:
    """A run may pass midnight, and the recorded day may be UTC's or that of Paris."""
    today = datetime.now(UTC).date()
    days = (today + timedelta(days=offset) for offset in (-1, 0, 1))
    return "|".join(f"{day:%d/%m/%Y}" for day in days)
