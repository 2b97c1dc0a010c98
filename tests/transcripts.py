"""Transcripts: commands as somebody types them, and the screens that follow them.

A transcript is a text file. ``$ agir …`` is a command as typed, what follows is its screen, and
``[code 3]`` ends a screen whose exit code is not 0. Lines that begin with ``#`` are for the reader.
``JJ/MM/AAAA`` stands for the real day of recording.

After a wanted change of a screen: ``AGIR_TRANSCRIPTS=update`` before pytest writes them anew;
read the difference before committing it.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from agir_cli.cli.app import main

RECORDED = "JJ/MM/AAAA"
PROMPTS = ("$ ", "% ")


class Typed(NamedTuple):
    """A command of a transcript: what stands before it, its prompt, its line, its screen."""

    before: str
    prompt: str
    line: str
    screen: str


def compare(path: Path, happens: Callable[[Typed], str]) -> None:
    """Run a transcript, whose commands ``happens`` runs, and compare each screen."""
    written = list(_commands(path.read_text(encoding="utf-8")))
    happened = [typed._replace(screen=happens(typed)) for typed in written]
    if os.environ.get("AGIR_TRANSCRIPTS") == "update":
        path.write_text(_text(happened), encoding="utf-8")
        pytest.skip("written anew")
    for wanted, found in zip(written, happened, strict=True):
        assert found.screen == wanted.screen, wanted.line


def said(*words: str) -> str:
    """Both streams of a command as one screen, and its exit code where it is not 0."""
    raw = io.BytesIO()
    screen = io.TextIOWrapper(raw, encoding="utf-8", newline="\n", write_through=True)
    with redirect_stdout(screen), redirect_stderr(screen):
        code = main(words)
    return shown(raw.getvalue().decode("utf-8"), code)


def shown(text: str, code: int) -> str:
    """A screen without spaces at its ends, its exit code, and the real day hidden."""
    rows = [row.rstrip() for row in text.splitlines()]
    if code:
        rows.append(f"[code {code}]")
    return re.sub(_real_days(), RECORDED, "\n".join(rows).strip("\n"))


def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the variables of whoever runs the tests out of a transcript."""
    for name in [name for name in os.environ if name.startswith("AGIR_")]:
        if name != "AGIR_TRANSCRIPTS":
            monkeypatch.delenv(name)


def _commands(text: str) -> Iterator[Typed]:
    before: list[str] = []
    prompt, line, screen = "", "", list[str]()
    for row in text.splitlines():
        if row.startswith((*PROMPTS, "#")) and line:
            yield Typed("\n".join(before), prompt, line, "\n".join(screen).strip("\n"))
            before, line, screen = [], "", []
        if row.startswith(PROMPTS):
            prompt, line = row[:2], row[2:]
        else:
            (screen if line else before).append(row)
    yield Typed("\n".join(before), prompt, line, "\n".join(screen).strip("\n"))


def _text(commands: list[Typed]) -> str:
    parts = []
    for typed in commands:
        before = f"{typed.before.strip()}\n\n" if typed.before.strip() else ""
        screen = f"{typed.screen}\n" if typed.screen else ""
        parts.append(f"{before}{typed.prompt}{typed.line}\n{screen}")
    return "\n".join(parts)


def _real_days() -> str:
    """A run may pass midnight, and the recorded day may be UTC's or that of Paris."""
    today = datetime.now(UTC).date()
    days = [today + timedelta(days=offset) for offset in (-1, 0, 1)]
    return "|".join([f"{day:%d/%m/%Y}" for day in days] + [day.isoformat() for day in days])
