"""The fortnight of three users: a coordinator, a director, somebody who works with data.

Each transcript runs in a folder of its own, on a terminal of 80 columns. ``% agir …`` is typed on a
terminal of 24 lines, and what is typed at its questions stands between ‹ and ›. A line with a pipe
goes through a shell, and ``$ export NAME=value`` holds for what follows, as it does there.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.keyboard import Keyboard
from tests.transcripts import RECORDED, Typed, compare, said, shown, without_settings

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*.txt"))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pas de pseudo-terminal")


def test_there_is_a_transcript_for_each_user() -> None:
    assert [path.stem for path in TRANSCRIPTS] == ["coordinator", "data", "director"]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_transcript_is_what_happens(
    path: Path, tmp_path: Path, built_demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_settings(monkeypatch)
    for given in sorted((HERE / "files").glob("*")):
        shutil.copy(given, tmp_path)
    shutil.copy(built_demo, tmp_path / "agir-demo.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("AGIR_AUTHOR", "coordination")
    monkeypatch.setenv("AGIR_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("PAGER", "cat")
    (tmp_path / "bin").mkdir()
    for name, words in (("agir", "-m agir_cli"), ("python", "")):
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', "utf-8")
        program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(HERE.parents[1]))

    def happens(typed: Typed) -> str:
        if typed.line.startswith("export "):
            name, _, value = typed.line.removeprefix("export ").partition("=")
            monkeypatch.setenv(name, value)
            return ""
        return _settled(_screen(typed), tmp_path)

    compare(path, happens)


def _screen(typed: Typed) -> str:
    if typed.prompt == "% ":
        return _on_a_terminal(typed)
    words = shlex.split(typed.line)
    if words[0] == "agir" and not re.search("[|;]", typed.line):
        return said(*words[1:])
    run = subprocess.run(
        ["bash", "-c", typed.line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return shown(run.stdout, run.returncode)


def _on_a_terminal(typed: Typed) -> str:
    """What is shown and typed on a terminal, the answers between ‹ and ›."""
    keyboard = Keyboard.of(*shlex.split(typed.line))
    told, answer = [], ""
    for answer_of in re.findall("‹(.*?)›", typed.screen):
        shown_now = keyboard.asked()
        assert shown_now.startswith(answer), keyboard.text[-2000:]
        told.append(f"{shown_now.removeprefix(answer)}‹{answer_of}›")
        keyboard.types(answer_of)
        answer = answer_of
    code = keyboard.ends()
    rest = keyboard.since()
    assert rest.startswith(answer), rest
    return shown("".join((*told, rest.removeprefix(answer))), code)


def _settled(screen: str, folder: Path) -> str:
    """The screen without what each run has of its own: folder, hours, ids of batches, seals."""
    screen = screen.replace(f"{folder}/", "").replace(str(folder), ".")
    screen = re.sub(rf"{RECORDED}( à |T)\d\d:\d\d(:\d\d[.\d]*Z?)?", rf"{RECORDED}\1HH:MM", screen)
    screen = re.sub(r"\b01[0-9A-HJKMNP-TV-Z]{24}\b", "LOT", screen)
    screen = re.sub(r"\b[0-9a-f]{4}(-[0-9a-f]{4}){3,}\b|\b[0-9a-f]{32,}\b", "SCEAU", screen)
    told = (
        rf"^Jour pris : .*; nous sommes le\s+{RECORDED}\.\n?"  # it is the transcript that says so
    )
    return re.sub(told, "", screen, flags=re.MULTILINE).rstrip("\n")
