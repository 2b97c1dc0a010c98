"""What the store tells the command line (a wait, a writing, a notice), and asks it of the post."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # the command line sets `on_waiting` before it knows that a file is opened
    import sqlite3

T = TypeVar("T")

TIMEOUT_SECONDS, LONGEST = 30, 600
PATIENCE = "AGIR_PATIENCE"
SILENCE = 2
"""Seconds of waiting after which somebody is told that they wait."""
_SLICE = 0.25
"""Seconds that SQLite waits by itself; Ctrl-C is heard between two."""


def patience() -> int:
    """Seconds to wait for another command to leave the file: 30, or `AGIR_PATIENCE` (0 to 600)."""
    text = os.environ.get(PATIENCE, "")
    if not (text.isascii() and text.isdigit()):
        return TIMEOUT_SECONDS
    digits = text.lstrip("0") or "0"
    return min(int(digits), LONGEST) if len(digits) <= len(str(LONGEST)) else LONGEST


_tell: Callable[[], object] | None = None
_notice: Callable[[str], object] | None = None


def on_notice(told: Callable[[str], object] | None) -> None:
    """Have this called with what is to be said of the file itself, whatever the command."""
    global _notice
    _notice = told


def notice(sentence: str) -> None:
    """Say something of the file itself to whoever runs the command."""
    if _notice is not None:
        _notice(sentence)


def on_waiting(told: Callable[[], object] | None) -> None:
    """Have this called, once a wait, when a command waits for another to leave the file."""
    global _tell
    _tell = told


_post: Callable[[str], str] | None = None


def on_post(says: Callable[[str], str] | None) -> None:
    """Have this asked for the settings of the post, by name; « » for one that is not given."""
    global _post
    _post = says


def post_says(setting: str) -> str:
    """What the post says of a setting: nothing where no command line runs."""
    return _post(setting) if _post is not None else ""


_begins: Callable[[], object] | None = None


def on_recording(told: Callable[[], object] | None) -> None:
    """Have this called when a command begins to write to a team's file."""
    global _begins
    _begins = told


def recording_begins() -> None:
    """Tell the command line that this command writes."""
    if _begins is not None:
        _begins()


def patiently(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    """Do what another command may hinder, until it succeeds or patience ends.

    Raises the engine's error (`SQLITE_BUSY`) when patience has ended.
    """
    from sqlite3 import SQLITE_BUSY, OperationalError

    begun, silent = time.monotonic(), True
    connection.execute(f"PRAGMA busy_timeout = {min(_SLICE, patience()) * 1000:.0f}")
    try:
        while True:
            try:
                return work()
            except OperationalError as error:
                waited = time.monotonic() - begun
                if error.sqlite_errorcode != SQLITE_BUSY or waited >= patience():
                    raise
            if silent and waited >= SILENCE and _tell is not None:
                silent = False
                _tell()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience() * 1000}")
