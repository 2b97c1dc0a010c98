"""Several processes at one file: workers decide rows before their turn, one takes them in order."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, islice
from typing import TYPE_CHECKING

from agir_cli.usecases.foresight import Foresight, Setting
from agir_cli.usecases.intake import Line

if TYPE_CHECKING:  # a short file calls nobody, and starts the faster
    from agir_cli.usecases.worker import Worker

SHORT = 2
"""How many chunks a short file has at most: such files, which are most, call nobody."""
MOST = 3
"""How many workers at most: one process writes, and has enough to do with what three decide."""
AT_ONCE = 2
"""Chunks given to each: it goes on with the next while what it has decided is written."""


class Crew:
    """Those who decide rows before their turn, called once a file proves long."""

    def __init__(self, setting: Setting | None) -> None:
        """``setting``: what the rows are decided by; ``None`` where nothing can be foreseen."""
        self._setting = setting
        self._workers: list[Worker] = []

    def in_turn(
        self, chunks: Iterator[list[Line]]
    ) -> Iterator[tuple[list[Line], Foresight | None]]:
        """Each chunk in its order, with what was foreseen of its rows, if anything was."""
        first = list(islice(chunks, SHORT + 1))
        if len(first) > SHORT:
            self._call()
        chunks = chain(first, chunks)
        for chunk in islice(chunks, 1):  # while they start
            yield chunk, None
        waiting: deque[tuple[Worker, list[Line]]] = deque()
        for worker in self._workers * AT_ONCE:
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
        for each in workers:
            each.end()

    def _call(self) -> None:
        if self._setting is None:
            return
        from agir_cli.usecases.worker import Worker

        with suppress(OSError):
            for _ in range(how_many()):
                self._workers.append(Worker(self._setting))

    def _given(
        self, worker: Worker, chunks: Iterator[list[Line]]
    ) -> Iterator[tuple[Worker, list[Line]]]:
        """The next chunk, given to a worker that is still there."""
        if worker not in self._workers:
            return
        for chunk in islice(chunks, 1):
            worker.ask(chunk)
            yield worker, chunk

    def _answer(self, worker: Worker) -> Foresight | None:
        if worker not in self._workers:
            return None
        found = worker.answer()
        if found is None:  # it is done without
            self._workers.remove(worker)
            worker.end()
        return found


@contextmanager
def crew(setting: Setting | None) -> Iterator[Crew]:
    """A crew, gone at the end whatever happens."""
    called = Crew(setting)
    try:
        yield called
    finally:
        called.dismiss()


def how_many() -> int:
    """How many processes may help here: as many as there are processors, none if there is one."""
    if not sys.executable:
        return 0
    try:
        processors = len(os.sched_getaffinity(0))
    except AttributeError:  # neither macOS nor Windows tells which ones are ours
        processors = os.cpu_count() or 1
    return 0 if processors == 1 else min(MOST, processors)
