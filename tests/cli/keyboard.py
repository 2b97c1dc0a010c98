"""A command run on a terminal of its own, 80 columns by 24 lines, and what is typed at it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
from codecs import getincrementaldecoder
from collections.abc import Iterable
from pathlib import Path

from tests.cli.coordinator import ROOT, Team

CTRL_C, CTRL_D = "\x03", "\x04"
_PATIENCE = 30


class Keyboard:
    """A command on a terminal: `asked` waits for its question, `types` answers.

    ``piped``: stdout is a pipe, and only stderr the terminal.
    """

    def __init__(
        self, team: Team, *words: str, piped: bool = False, config: str = os.devnull
    ) -> None:
        self._opens(
            [*team.command(), "--author", "coordination", *words],
            stdout=subprocess.PIPE if piped else None, cwd=ROOT, AGIR_CONFIG=config,
        )  # fmt: skip

    @classmethod
    def of(cls, *words: str) -> Keyboard:
        """Any command, in the folder and with the variables of this process."""
        made = cls.__new__(cls)
        made._opens([*words])
        return made

    def _opens(
        self, words: list[str], stdout: int | None = None, cwd: Path | None = None, **given: str
    ) -> None:
        self._screen, keyboard = pty.openpty()
        fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._process = subprocess.Popen(
            words, cwd=cwd, stdin=keyboard, stderr=keyboard, start_new_session=True,
            stdout=keyboard if stdout is None else stdout,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**{k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")},
                 "NO_COLOR": "1", "TERM": "xterm", "INPUTRC": os.devnull, **given},
        )  # fmt: skip
        os.close(keyboard)
        self.shown = ""
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._seen, self._typed = 0, ""

    def asked(self) -> str:
        """What was shown since the last answer, up to a question; else to the end."""
        while not re.search(r" : (?:\x1b\[\?2004h)?$", self.shown[self._seen :]) or self._more():
            if not self._read():
                break
        return self.since()

    def types(self, *answers: str) -> Keyboard:
        """Answer the next questions, each once it is asked."""
        for answer in answers:
            self.asked()
            self._seen, self._typed = len(self.shown), answer
            end = "" if answer in (CTRL_C, CTRL_D) else "\r"
            os.write(self._screen, f"{answer}{end}".encode())
        return self

    def since(self) -> str:
        """What was shown since the last answer."""
        return _plain(self.shown[self._seen :])

    def ends(self) -> int:
        """Wait for the end; the exit code."""
        while self._read():
            continue
        out, _ = self._process.communicate(timeout=_PATIENCE)
        self.out, code = (out or b"").decode(), self._process.returncode
        os.close(self._screen)
        return code

    def leaves(self) -> None:
        """Close the terminal: the command is stopped, whatever it was doing."""
        self._process.kill()
        self._process.communicate()
        os.close(self._screen)

    @property
    def text(self) -> str:
        """The whole screen, without what only moves the cursor."""
        return _plain(self.shown)

    def _more(self) -> bool:
        """Whether more is coming already: a sentence may hold what a question ends with."""
        return bool(select.select([self._screen], [], [], 0.05)[0])

    def _read(self) -> bool:
        for _ in range(_PATIENCE):
            ready, _, _ = select.select([self._screen], [], [], 1)
            if ready:
                break
            if self._typed == CTRL_C:
                # Python shows a question, then waits: what comes between the two is not heard
                os.write(self._screen, CTRL_C.encode())
        else:
            self.leaves()
            raise AssertionError(f"nothing more comes:\n{self.text[-2000:]}")
        try:
            shown = os.read(self._screen, 65536)
        except OSError:  # Linux says so when the other side has left
            return False
        self.shown += self._decoder.decode(shown)
        return bool(shown)


def _plain(shown: str) -> str:
    return re.sub(r"\x1b\[[?\d;]*[a-zA-Z]", "", shown).replace("\r\n", "\n").replace("\r", "")


def plays(team: Team, transcript: str, *words: str) -> tuple[Keyboard, int]:
    """Play a transcript: each line is a question and, after « : », what is typed.

    Gives the keyboard and how many answers there were.
    """
    keyboard, count = Keyboard(team, *words), 0
    for question, answer in _lines(transcript):
        shown = keyboard.asked()
        assert shown.rstrip("\n").endswith(f"{question} : "), (question, shown[-400:])
        keyboard.types(answer)
        count += 1
    return keyboard, count


def _lines(transcript: str) -> Iterable[tuple[str, str]]:
    for line in transcript.strip().splitlines():
        question, _, answer = line.strip().rpartition(" :")
        yield question, answer.strip()
