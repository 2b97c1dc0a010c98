"""What is typed at the keyboard: a line, yes or no, a number of a list; and how one leaves.

Questions are speech: they go to stderr, or to the terminal where stdout is the terminal too (the
line editor writes there).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from agir_cli.cli.screen import is_terminal, plain, tell
from agir_cli.domain.characters import bare
from agir_cli.domain.vocabulary import normalise
from agir_cli.failures import UsageFailure

_LEFT = 130
_WIDEST = 100


def asked() -> bool:
    """Whether somebody can be asked: a terminal to type at, and one to read on."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


@contextmanager
def leaving(sentence: str) -> Iterator[None]:
    """End the command by one sentence where the person leaves: Ctrl-C, Ctrl-D, « n »."""
    try:
        yield
    except (KeyboardInterrupt, EOFError):
        tell("", sentence, stream=sys.stderr)
        raise click.exceptions.Exit(_LEFT) from None


def line(prompt: str, before: str = "") -> str:
    """A line typed at the keyboard, made bare; the arrow up brings ``before`` back, to be changed.

    Raises `EOFError` where there will be none.
    """
    while True:
        try:
            text = _edited(plain(prompt), before)
        except UnicodeDecodeError:
            text = "\udcff"
        if not any("\ud800" <= sign <= "\udfff" for sign in text):
            return bare(re.sub(r"[\r\n\t]+", " ", text))
        speak("  Cette réponse ne se lit pas : le terminal n'est pas en UTF-8.")


def _edited(prompt: str, before: str) -> str:
    sys.stdout.flush()
    sys.stderr.flush()
    if is_terminal():
        with _line_editor(before):
            return input(prompt)
    print(prompt, end="", file=sys.stderr, flush=True)
    text = sys.stdin.readline()
    if not text:
        raise EOFError
    return text


@contextmanager
def _line_editor(before: str) -> Iterator[None]:
    """The line editor where the system has one: arrows, accents, what was typed before."""
    try:
        import readline
    except ImportError:  # Windows: its console edits lines by itself
        yield
        return
    readline.set_completer(lambda text, state: None)
    readline.parse_and_bind("set enable-bracketed-paste on")  # several lines pasted: one answer
    readline.set_auto_history(False)  # no name is to come back at the next question
    readline.clear_history()
    if before:
        readline.add_history(before)
    yield


def want_a_terminal(what: str, instead: str = "--yes dans un script") -> None:
    """Raise `UsageFailure` where nobody can be asked; ``instead``: what a script says."""
    if not asked():
        raise UsageFailure(
            f"{what} : il faut un terminal, ou {instead}.", "Rien n'a été enregistré."
        )


def confirm(what: str, question: str, undone: str) -> None:
    """Want a « oui » before what has consequences; any other answer ends the command, as Ctrl-C.

    ``what`` says where nobody can be asked what it would bring; ``undone``: what is left undone.
    """
    want_a_terminal(what)
    with leaving(f"Abandonné : {undone}."):
        if not yes(f"{question} (o/N) : "):
            raise EOFError


def answered_yes(question: str) -> bool:
    """Ask once, with no line editor; whether the answer is « oui »."""
    print(question, end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in ("o", "oui")


def yes(prompt: str, *, first: bool = False) -> bool:
    """Whether a question is answered by « oui »; ``first``: what it is without an answer."""
    while True:
        answer = normalise(line(prompt))
        if answer in ("o", "oui"):
            return True
        if answer in ("n", "non"):
            return False
        if not answer:
            return first
        speak("  Répondez o (oui) ou n (non).")


def speak(*sentences: str) -> None:
    tell(*sentences, stream=sys.stderr)


def say_numbered(words: Sequence[str]) -> None:
    """A numbered list in as many columns as the terminal has room for."""
    from shutil import get_terminal_size

    cells = [f"{number:>2} {plain(each)}   " for number, each in enumerate(words, 1)]
    room = min(get_terminal_size().columns, _WIDEST) - 2
    for lines in range(1, len(cells) + 1):
        columns = [cells[start : start + lines] for start in range(0, len(cells), lines)]
        widths = [max(map(len, column)) for column in columns]
        if sum(widths) <= room or lines == len(cells):
            break
    for row in range(lines):
        told = zip((column[row : row + 1] for column in columns), widths, strict=True)
        line_of = "".join("".join(cell).ljust(width) for cell, width in told)
        print(f"  {line_of.rstrip()}", file=sys.stderr)


def nth(listed: Sequence[Any], text: str) -> Any:
    """The item of a list that a number typed means."""
    if text.isascii() and text.isdigit() and len(text) < 4 and 0 < int(text) <= len(listed):
        return listed[int(text) - 1]
    return None
