"""What the store tells the command line (a wait, a writing, a notice), and asks it of the post."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
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


_tell: Callable[[str], object] | None = None
_notice: Callable[[str], object] | None = None


def on_notice(told: Callable[[str], object] | None) -> None:
    """Have this called with what is to be said of the file itself, whatever the command."""
    global _notice
    _notice = told


def notice(sentence: str) -> None:
    """Say something of the file itself to whoever runs the command."""
    if _notice is not None:
        _notice(sentence)


def on_waiting(told: Callable[[str], object] | None) -> None:
    """Have this called, once a wait, when a command waits: with who holds the file, or « »."""
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
                if error.sqlite_errorcode != SQLITE_BUSY:
                    raise
                if waited >= patience():
                    if held := holder(getattr(connection, "path", None)):
                        error.add_note(held)
                    raise
            if silent and waited >= SILENCE and _tell is not None:
                silent = False
                _tell(holder(getattr(connection, "path", None)))
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience() * 1000}")


# --- who holds the file ------------------------------------------------------------------

LOCKS = 0x40000000, 512
"""Where SQLite locks a file, whoever reads or writes: the first byte, and how many."""


def lock_holder(handle: int, *, readers: bool) -> int | None:
    """The process that holds a lock of SQLite's on an open file; 0 for none, 1 for one unknown.

    None where the system cannot say.

    ``readers``: one that only reads, too. Nothing is opened, as closing it would drop our locks.
    """
    if sys.platform not in ("linux", "darwin") or sys.maxsize < 1 << 32:
        return None
    import fcntl
    import struct

    # A reader's lock would meet a writer's. The two systems order a lock's parts differently.
    mac, kind = sys.platform == "darwin", fcntl.F_WRLCK if readers else fcntl.F_RDLCK
    asked = (*LOCKS, 0, kind, 0) if mac else (kind, 0, *LOCKS, 0)
    shape = "qqihh" if mac else "hhqqi"
    told = struct.unpack(shape, fcntl.fcntl(handle, fcntl.F_GETLK, struct.pack(shape, *asked)))
    free = told[3 if mac else 0] == fcntl.F_UNLCK
    number = int(told[2 if mac else 4])
    return 0 if free else max(number, 1)  # of another machine, or in a room of its own


def holder(path: Path | None) -> str:
    """Who holds a file that this process has open: process and since when (French); else « »."""
    with suppress(OSError, AttributeError):
        place = path.stat()  # type: ignore[union-attr]
        for handle in range(3, 64):
            with suppress(OSError):
                found = os.fstat(handle)
                if (found.st_dev, found.st_ino) == (place.st_dev, place.st_ino):
                    process = lock_holder(handle, readers=True) or 0
                    return _process(process) if process > 1 else ""
    return ""


def _process(number: int) -> str:
    """A process in words: its number, its program, whose it is, when it began (where /proc is)."""
    told = f"processus {number}"
    with suppress(OSError, ValueError, IndexError, KeyError, ImportError):
        from datetime import datetime
        from pwd import getpwuid

        program, _, rest = Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(")")
        owner = getpwuid(Path(f"/proc/{number}").stat().st_uid).pw_name
        (boot,) = (
            int(line.split()[1])
            for line in Path("/proc/stat").read_text("ascii").splitlines()
            if line.startswith("btime")
        )
        begun = boot + int(rest.split()[19]) / os.sysconf("SC_CLK_TCK")
        since = datetime.fromtimestamp(begun)  # noqa: DTZ006 - the time of this post's clock
        told += f" (« {program.partition('(')[2]} », de {owner}, depuis {since:%H:%M:%S})"
    return told
