"""Several processes at one file: each decides rows before their turn, one takes them in order.

A worker is this program again, fed rows by its standard input and answering by its standard
output; it knows no file, and ends with the pipe. One that fails is done without: what it should
have decided is decided on its turn, and nothing but time is lost.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import IO

from agir_cli.usecases.foresight import Foreseen, Foreseer, Foresight, Setting
from agir_cli.usecases.intake import Line

ALONE = 2
"""Chunks done before anybody is called: short files, which are most, call nobody."""
MOST = 3
"""How many workers at most: one process writes, and has enough to do with what three decide."""

_START = """
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from agir_cli.usecases.crew import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""
_READY = b"agir: ready to decide\n"
"""A helper's first word: what some start-up file prints instead is no answer."""


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
            rows, page = foreseer.foresee(pickle.load(asked))
            # Tuples of classes cost more to take across than all they hold.
            pickle.dump(([found and tuple(found) for found in rows], page), answers, 5)
            answers.flush()


class _Worker:
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
        self._send(sys.path)
        self._send(tuple(setting))

    def ask(self, chunk: Sequence[Line]) -> None:
        """Have the rows of a chunk decided. Raises `OSError` if it is no more."""
        self._send([None if line.fault is not None else line.cells for line in chunk])

    def answer(self) -> Foresight:
        """What the rows come to. Raises `EOFError` or `OSError` if it is no more."""
        self._ready = self._ready or self._answers.read(len(_READY)) == _READY
        if not self._ready:
            raise EOFError
        rows, page = pickle.load(self._answers)
        return Foresight([found and Foreseen(*found) for found in rows], page)

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._asked, self._answers):
            with suppress(OSError):
                pipe.close()
        self._process.wait()

    def _send(self, what: object) -> None:
        pickle.dump(what, self._asked, 5)
        self._asked.flush()


class Crew:
    """Those who decide rows before their turn, called once a file proves long."""

    def __init__(self, setting: Setting | None) -> None:
        """``setting``: what the rows are decided by; ``None`` where nothing can be foreseen."""
        self._setting = setting
        self._workers: list[_Worker] = []

    def in_turn(
        self, chunks: Iterator[list[Line]]
    ) -> Iterator[tuple[list[Line], Foresight | None]]:
        """Each chunk in its order, with what was foreseen of its rows, if anything was."""
        for chunk in islice(chunks, ALONE):
            yield chunk, None
        for chunk in islice(chunks, 1):  # the file is long; one more while they start
            self._call()
            yield chunk, None
        waiting: deque[tuple[_Worker, list[Line]]] = deque()
        for worker in list(self._workers):
            waiting.extend(self._given(worker, chunks))
        while waiting:
            worker, chunk = waiting.popleft()
            foreseen = self._answer(worker)
            waiting.extend(self._given(worker, chunks))
            yield chunk, foreseen
        for chunk in chunks:
            yield chunk, None

    def dismiss(self) -> None:
        """They are of no more use: the file goes on without."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.end()

    def _call(self) -> None:
        if self._setting is None:
            return
        with suppress(OSError):
            for _ in range(helpers()):
                self._workers.append(_Worker(self._setting))

    def _given(
        self, worker: _Worker, chunks: Iterator[list[Line]]
    ) -> Iterator[tuple[_Worker, list[Line]]]:
        """The next chunk, given to a worker that is still there."""
        if worker not in self._workers:
            return
        for chunk in islice(chunks, 1):
            try:
                worker.ask(chunk)
            except OSError:
                self._lost(worker)
            yield worker, chunk

    def _answer(self, worker: _Worker) -> Foresight | None:
        if worker not in self._workers:
            return None
        try:
            return worker.answer()
        except (EOFError, OSError, pickle.UnpicklingError):
            self._lost(worker)
            return None

    def _lost(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.end()


@contextmanager
def crew(setting: Setting | None) -> Iterator[Crew]:
    """A crew, gone at the end whatever happens."""
    called = Crew(setting)
    try:
        yield called
    finally:
        called.dismiss()


def helpers() -> int:
    """How many processes may help here: as many as there are processors, none if there is one."""
    if not sys.executable:
        return 0
    try:
        processors = len(os.sched_getaffinity(0))
    except AttributeError:  # neither macOS nor Windows tells which ones are ours
        processors = os.cpu_count() or 1
    return 0 if processors == 1 else min(MOST, processors)
