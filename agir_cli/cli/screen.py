"""What a person sees: sentences, and pages that a pager turns; names shown, never obeyed.

A console is made when something is drawn, so that it sees the streams, the width and
``NO_COLOR`` of that moment.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO
from typing import IO, TYPE_CHECKING, Any

from agir_cli.failures import AgirFailure
from agir_cli.reports.texts import plural as plural
from agir_cli.reports.texts import short_date as short_date
from agir_cli.reports.texts import weekday_date as weekday_date

if TYPE_CHECKING:
    from rich.console import Console

    from agir_cli.cli.session import Session

NARROWEST, _SHORTEST = 20, 5

# Not "printable" for Python, yet legitimate text: no-break spaces of French typography,
# joiners of Persian and other names.
_KEPT = frozenset("\u00a0\u202f\u200c\u200d")


def plain(text: str) -> str:
    r"""The text with every control, escape or direction character made visible (``\x1b``)."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _KEPT else _visible(c) for c in text)


def _visible(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def shell_line(*words: str) -> str:
    """A command as a person types it: its words on one line, ready to be pasted in a shell.

    Double quotes, as everywhere in the guide, unless a word holds what a shell would obey there.
    """
    return " ".join(map(_windows_word if sys.platform == "win32" else _shell_word, words))


def _shell_word(word: str) -> str:
    if word and all(c.isalnum() or c in "-_./:=+,@%" for c in word):
        return word
    if not any(c in word for c in '"$`\\!'):
        return f'"{word}"'
    from shlex import quote

    return quote(word)


def _windows_word(word: str) -> str:
    from subprocess import list2cmdline

    return list2cmdline([word])


def is_terminal(stream: IO[str] | None = None) -> bool:
    """Whether a stream (stdout unless told) is a terminal a person looks at."""
    asked = sys.stdout if stream is None else stream
    return asked is not None and not asked.closed and asked.isatty()


def folded(text: str, stream: IO[str]) -> str:
    """The text in whole words within a terminal's width, following lines set in under it.

    Off a terminal it is one line, whole: scripts and logs are not for reading by eye.
    """
    if not is_terminal(stream):
        return text
    from shutil import get_terminal_size

    label = re.match(r" *[^:]{1,28} : {2,}| *(?:[•«] ?)?(?:[\w' ]{1,12} : )?", text)
    margin = " " * min(len(label[0]) if label else 0, 31)
    width = max(get_terminal_size().columns, NARROWEST)
    return "\n".join(wrapped(text, width, margin or "  "))


# The spaces of French typography, at which no line ends.
_BOUND = re.compile("(?<=«) | (?=[»:;!?%€])|(?<=n°) ")
_TIE = "\ue000"


def wrapped(text: str, width: int, margin: str = "") -> list[str]:
    """The text in lines of whole words; no line begins with « : » nor ends with a « « »."""
    if len(text) <= width and text.isprintable() and text[-1:].strip():
        return [text]  # most are: a list of a whole file is half a million of them
    from textwrap import wrap

    lines = wrap(
        _BOUND.sub(_TIE, text), width, subsequent_indent=margin,
        break_long_words=False, break_on_hyphens=False, drop_whitespace=True,
    )  # fmt: skip
    return [line.replace(_TIE, " ") for line in lines]


def paragraph(text: str, width: int) -> list[str]:
    """A line of prose in lines of whole words, all set in as its beginning is."""
    return wrapped(plain(text), width, text[: len(text) - len(text.lstrip())])


def tell(*sentences: str, stream: IO[str] | None = None) -> None:
    """Print sentences made plain, folded on a terminal, on stdout unless told."""
    out = sys.stdout if stream is None else stream
    for sentence in sentences:
        print(folded(plain(sentence), out), file=out)


def say(session: Session, *sentences: str) -> None:
    """Speak to the person, on stderr, unless ``--quiet``."""
    if not session.quiet:
        tell(*sentences, stream=sys.stderr)


def warn(session: Session, *sentences: str) -> None:
    """Warn the person, on stderr, unless ``--quiet``."""
    say(session, *(f"Attention : {sentence}" for sentence in sentences))


def console() -> Console:
    """A Rich console on the present stdout: no markup, no guessing of numbers."""
    from rich.console import Console

    return Console(
        width=_readable("COLUMNS", NARROWEST),
        height=_readable("LINES", _SHORTEST),
        markup=False,
        emoji=False,
        highlight=False,
    )


def _readable(variable: str, least: int) -> int | None:
    """A size where the environment says one that nobody could read (0, 3), else None."""
    said = os.environ.get(variable, "")
    if not said.isdecimal() or int(said) >= least:
        return None
    from shutil import get_terminal_size

    found = get_terminal_size()  # for zero, that of the terminal itself
    return max(found.columns if variable == "COLUMNS" else found.lines, least)


def screen_height(session: Session) -> int:
    """The lines of the screen: those of ``LINES``, of the post, or of the terminal."""
    said = None
    if not os.environ.get("LINES"):
        with suppress(AgirFailure):  # help is shown where the settings cannot be read
            said = session.post.lines
    return said or console().height


def show(session: Session, drawing: Any, *, lines: int = 0) -> None:
    """Print a Rich drawing on stdout, by way of a pager when ``lines`` exceed the screen."""
    screen = console()
    tall = lines >= screen_height(session) and not isinstance(sys.stdout, _Page)
    if session.pager and is_terminal() and is_terminal(sys.stdin) and tall:
        with screen.capture() as page:
            screen.print(drawing)
        _turn_pages(page.get())
    else:
        screen.print(drawing)


class _Page(StringIO):
    """A screen being filled: its writers see a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@contextmanager
def paged(session: Session | None = None) -> Iterator[None]:
    """Show what is printed within page by page, on a terminal that it is too long for."""
    wanted = session is None
    if session is not None:
        with suppress(AgirFailure):  # help is shown where the settings cannot be read
            wanted = session.pager
    if not (wanted and is_terminal() and is_terminal(sys.stdin)) or isinstance(sys.stdout, _Page):
        yield
        return
    page = _Page()
    try:
        with redirect_stdout(page):
            yield
    finally:
        text = page.getvalue()
        tall = text.count("\n") >= (screen_height(session) if session else console().height)
        (_turn_pages if tall else sys.stdout.write)(text)


_LESS = "FRXEPsLa suite\\: espace      Quitter\\: q$"
"""`less` as somebody uses it who never did: colours, the end of the list ends it, and its last line
says what to type."""


def _turn_pages(text: str) -> None:
    """Show a long text page by page, in the pager of this account."""
    import subprocess
    from shutil import which

    command = os.environ.get("PAGER") or ("less" if which("less") else "more")
    settings = {"LESS": _LESS, **os.environ, "LESSSECURE": "1"}
    if "less" not in command:
        text = f"(espace : la suite ; q : quitter)\n{text}"
    pager = subprocess.Popen(
        command, shell=True, stdin=subprocess.PIPE, env=settings, encoding=sys.stdout.encoding,
        errors="replace",
    )  # fmt: skip
    assert pager.stdin is not None
    with suppress(OSError), pager.stdin as pages:  # whoever quits early leaves a closed pipe
        pages.write(text)
    while pager.poll() is None:
        with suppress(KeyboardInterrupt):  # Ctrl-C is the pager's: it stays until it ends
            pager.wait()
