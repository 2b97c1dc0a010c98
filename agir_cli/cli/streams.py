"""The three streams and the signals of one run: whatever they are, no character breaks them."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn


class Terminated(BaseException):
    """The system asked the process to stop: SIGTERM, or SIGHUP when its terminal is closed."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def silence(stream: IO[str]) -> None:
    """Send the rest of a broken stream nowhere: its buffer is flushed again at exit."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def steady_streams() -> Iterator[None]:
    """Streams that no character can break, and a request to stop as an exception, for one run."""
    _open_the_closed()
    for stream in (sys.stdout, sys.stderr):
        _never_fails(stream)
    previous = {number: _on(number, _stop) for number in _to_stop()}
    try:
        yield
    finally:
        for number, handler in previous.items():
            _on(number, handler)


class _Shut(io.RawIOBase):
    """What stands for a stream that was closed before the program began (``>&-``).

    It fails once: what a buffer still holds is pushed again when the interpreter ends.
    """

    _told = False

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, _: Any, /) -> int:
        raise OSError(errno.EBADF, "closed")

    def write(self, data: Any, /) -> int:
        if not self._told:
            self._told = True
            raise OSError(errno.EBADF, "closed")
        return len(data)


def shut(stream: IO[str]) -> bool:
    """Whether a stream was closed before the program began: nothing will ever go out."""
    return isinstance(getattr(getattr(stream, "buffer", None), "raw", None), _Shut)


def _open_the_closed() -> None:
    """Python has None there, and the next file opened would take the stream's number."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    with suppress(OSError):
        while os.open(os.devnull, os.O_RDWR) < 2:
            pass
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_Shut()))
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(_Shut()))
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process lives


def _never_fails(stream: Any) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    # A file or a pipe gets UTF-8 always; a terminal keeps its own encoding, with `?` for
    # what it cannot show.
    if stream.isatty() and "utf" not in stream.encoding.lower():
        reconfigure(errors="replace")
    else:
        reconfigure(encoding="utf-8", errors="backslashreplace")


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    for each in _to_stop():  # what is begun is being undone: asked again, it stops no sooner
        _on(each, _stops_already)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Terminated(number)


def _stops_already(number: int, frame: FrameType | None) -> None:
    pass


def _to_stop() -> list[int]:
    """The signals that ask to stop; one that is ignored (`nohup`, a background job) stays so."""
    asking = (signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", None))  # Windows has none
    return [each for each in asking if each and signal.getsignal(each) is not signal.SIG_IGN]


def _on(number: int, handler: Any) -> Any:
    with suppress(ValueError):  # outside the main thread, signals are someone else's
        return signal.signal(number, handler)
    return None
