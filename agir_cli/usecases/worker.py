"""A worker: this program again, which decides rows before their turn.

It is fed rows by its standard input and answers by its standard output; it knows no file, and
ends with the pipe. One that fails is done without: nothing but time is lost.
"""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import IO

from agir_cli.usecases.foresight import Foreseen, Foreseer, Foresight, Setting
from agir_cli.usecases.intake import Line

PATIENCE = 60
"""Seconds, for what takes a tenth of one: beyond, a worker is held to be lost."""

_START = """
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from agir_cli.usecases.worker import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""
_READY = b"agir: ready to decide\n"
"""A worker's first word: what some start-up file prints instead is no answer."""
_SIZE = 8
"""Each answer begins with its length, in so many bytes."""


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """A worker's life: rows in, what they come to out, until there is no more."""
    from agir_cli.domain.commands import Enroll
    from agir_cli.domain.reading import RowReader
    from agir_cli.store.reference import reading

    gc.disable()  # as where the rows are taken in: frozen values make no cycles
    setting = Setting(*pickle.load(asked))
    reader = RowReader(Enroll, setting.columns, reading(setting.today), setting.eraser)
    foreseer = Foreseer(setting, reader)
    answers.write(_READY)
    with suppress(EOFError):
        while True:
            answers.flush()
            rows, page = foreseer.foresee(pickle.load(asked))
            # Tuples of classes cost more to take across than all they hold.
            answer = pickle.dumps(([found and tuple(found) for found in rows], page), 5)
            answers.write(len(answer).to_bytes(_SIZE, "big") + answer)


class Worker:
    """One of those who decide rows, seen from the process that writes them.

    Raises `OSError` where the system allows no more of them.
    """

    def __init__(self, setting: Setting) -> None:
        # Away from the terminal: Ctrl-C is for the one who writes, and its end ends the others.
        self._process = subprocess.Popen(
            # Alone with our own modules: no start-up file of the machine runs, or speaks.
            [sys.executable, "-I", "-S", "-c", _START],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asked, self._answers = self._process.stdin, self._process.stdout
        self._ready = False
        # Its pipes hold less than an answer: a thread stands at them, so that nobody waits there.
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._due: deque[Future[bytes]] = deque()
        try:
            self._thread.submit(self._begin, pickle.dumps(sys.path) + pickle.dumps(tuple(setting)))
        except RuntimeError as error:  # a thread is one process too many, where they are counted
            self.end()
            raise OSError from error

    def ask(self, chunk: Sequence[Line]) -> None:
        """Have the rows of a chunk decided; `answer` has them in the order of the asking."""
        rows = [None if line.fault is not None else line.cells for line in chunk]
        self._due.append(self._thread.submit(self._exchange, pickle.dumps(rows, 5)))

    def answer(self) -> Foresight | None:
        """What the rows come to; nothing if the worker is no more, or is stuck."""
        try:
            rows, page = pickle.loads(self._due.popleft().result(PATIENCE))
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
        return Foresight([found and Foreseen(*found) for found in rows], page)

    def end(self) -> None:
        """It is of no more use."""
        self._process.kill()
        self._thread.shutdown(cancel_futures=True)
        for pipe in (self._asked, self._answers):
            with suppress(OSError):
                pipe.close()
        self._process.wait()

    def _begin(self, told: bytes) -> None:
        self._send(told)
        self._ready = self._answers.read(len(_READY)) == _READY

    def _exchange(self, asked: bytes) -> bytes:
        if not self._ready:
            raise EOFError
        self._send(asked)
        size = int.from_bytes(self._whole(_SIZE), "big")
        return self._whole(size)

    def _send(self, told: bytes) -> None:
        self._asked.write(told)
        self._asked.flush()

    def _whole(self, size: int) -> bytes:
        found = self._answers.read(size)
        if len(found) < size:
            raise EOFError
        return found
