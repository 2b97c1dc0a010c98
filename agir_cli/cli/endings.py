"""How a run meets its process: its streams, its signals, and every way that it can end badly.

Each ending is one French sentence and an exit code. No sentence here carries a value of the file:
of an unexpected error only its type and the places in the source are kept, and only for who asks
(``--verbose``, ``AGIR_DEBUG``).
"""

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
from typing import IO, Any, NamedTuple, NoReturn, TextIO

import click

from agir_cli.cli.screen import folded, plain
from agir_cli.failures import AgirFailure, reason_of, sentence_of, sqlite_words

UNEXPECTED, USAGE, FILE = 1, 2, 7
INTERRUPTED, PIPE_CLOSED, STOPPED_BY = 130, 141, 128
HALTED = "Interrompu : ce qui n'était pas enregistré en entier est annulé."
KEPT_HALTED = "Interrompu, après l'enregistrement : il est fait, ne le refaites pas."
_KEPT_UNSEEN = "Enregistré, mais la sortie n'a pas pu être écrite"
_KEPT_TOO = "L'enregistrement, lui, est fait : ne le refaites pas."
_OF_STREAMS = (errno.ENOSPC, errno.EBADF)
"""Errors of the command's own streams: nobody needs the place in the source to mend them."""


# --- streams and signals -----------------------------------------------------------------


class Terminated(BaseException):
    """The system asked the process to stop: SIGTERM, or SIGHUP when its terminal is closed."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def steady_streams() -> Iterator[None]:
    """Streams that no character can break, and a request to stop as an exception, for one run."""
    _open_the_closed()
    given, sys.stdout = sys.stdout, _writing_whole()
    _asked.clear()
    _again.clear()
    for stream in (sys.stdout, sys.stderr):
        _never_fails(stream)
    previous = {number: _on(number, _stop) for number in _to_stop()}
    try:
        yield
    finally:
        for number, handler in previous.items():
            _on(number, handler)
        sys.stdout = given


def _open_the_closed() -> None:
    """Give a stream that was closed before the program began (``>&-``) one that refuses all.

    Python has None there, and the next file opened would take the stream's number. What is said
    on a closed stderr is lost.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDONLY if name == "stdout" else os.O_WRONLY)
            stream = open(number, "r" if name == "stdin" else "w", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def _writing_whole() -> TextIO:
    """A stdout with a buffer in the place of one without (``PYTHONUNBUFFERED``), which may write
    half of what it is given and say so to nobody.
    """
    if not isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase):
        return sys.stdout
    with suppress(OSError):
        out = sys.stdout
        return open(out.fileno(), "w", encoding=out.encoding, errors=out.errors, closefd=False)
    return sys.stdout


def shut_output() -> bool:
    """Whether stdout was closed before the program began: nothing will ever go out."""
    return sys.__stdout__ is None


def silence(stream: IO[str]) -> None:
    """Send the rest of a broken stream nowhere: its buffer is flushed again at exit."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


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


_asked: list[int] = []
"""The signal that asked this run to stop: raised inside the engine, it comes out as its error."""


_again: list[Repeatable] = []
"""Filled by a command that goes on where it was stopped: what it has kept is no reason to stop."""


class Repeatable(NamedTuple):
    """What is said of a command that is stopped, or fails, when part of its work is recorded."""

    halted: str
    kept: str


def may_be_repeated(said: Repeatable) -> None:
    """Say of this run that doing it again is right, whatever it has recorded."""
    _again.append(said)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    _asked.append(number)
    for each in _to_stop():  # what is begun is being undone: asked again, it stops no sooner
        _on(each, lambda number, frame: None)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Terminated(number)


def _to_stop() -> list[int]:
    """The signals that ask to stop; one that is ignored (`nohup`, a background job) stays so."""
    asking = (signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", None))  # Windows has none
    return [each for each in asking if each and signal.getsignal(each) is not signal.SIG_IGN]


def _on(number: int, handler: Any) -> Any:
    with suppress(ValueError):  # outside the main thread, signals are someone else's
        return signal.signal(number, handler)
    return None


# --- what stops a command ----------------------------------------------------------------


def kept() -> int:
    """How many changes this process has made to a team's file for good."""
    driver = sys.modules.get("agir_cli.store.driver")
    return 0 if driver is None else int(driver.kept())


def failure_of(error: BaseException, *, verbose: bool, recorded: bool = False) -> AgirFailure:
    """What an exception means to a person; ``recorded``: the command's work was already done."""
    failure = _failure_of(error, verbose)
    if not recorded:
        return failure
    sentence, details, code = failure.sentence, failure.details, failure.exit_code
    for again in _again:
        told = sentence.replace("rien n'a été enregistré", again.kept)
        return AgirFailure(again.halted if told == HALTED else told, *details, exit_code=code)
    match error:
        case AgirFailure() if any("enregistré" in line for line in (sentence, *details)):
            return failure
        case OSError():
            return AgirFailure(f"{_KEPT_UNSEEN} : {reason_of(error)}.", exit_code=code)
        case _ if sentence == HALTED:
            return AgirFailure(KEPT_HALTED, exit_code=code)
        case _ if code == UNEXPECTED or isinstance(error, AgirFailure):
            return AgirFailure(sentence, *details, _KEPT_TOO, exit_code=code)
        case _:
            return failure


def _failure_of(error: BaseException, verbose: bool) -> AgirFailure:
    match error:
        case AgirFailure() if _asked and error.exit_code == FILE:
            stopped = INTERRUPTED if _asked[0] == signal.SIGINT else STOPPED_BY + _asked[0]
            return AgirFailure(HALTED, exit_code=stopped)
        case AgirFailure():
            return error
        case click.ClickException():
            return _of_click(error)
        case BrokenPipeError():
            return AgirFailure("", exit_code=PIPE_CLOSED)
        case KeyboardInterrupt() | click.Abort() | EOFError():
            return AgirFailure(HALTED, exit_code=INTERRUPTED)
        case Terminated():
            return AgirFailure(HALTED, exit_code=STOPPED_BY + error.number)
        case SystemExit():
            return AgirFailure(
                "", exit_code=error.code if isinstance(error.code, int) else UNEXPECTED
            )
        case _:
            words = sqlite_words(error)
            if words is not None:
                return AgirFailure(words.alone, exit_code=FILE)
            return _unexpected(error, verbose)


def _of_click(error: click.ClickException) -> AgirFailure:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return AgirFailure("", *error.format_message().splitlines(), exit_code=USAGE)
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "agir"
    sentence = error.format_message()
    if isinstance(error, click.NoSuchOption):
        sentence = error.message
        elsewhere = _said_with(error.option_name)
        if elsewhere:
            sentence += f" Elle se dit avec : {', '.join(f'agir {verb}' for verb in elsewhere)}."
        elif error.possibilities:  # the nearest comes first
            sentence += f" Vouliez-vous dire {error.possibilities[0]!r} ?"
    return AgirFailure(_quoted(sentence), f"Aide : {path} --help", exit_code=USAGE)


def _said_with(option: str) -> list[str]:
    """The commands of which this option is a field, at most three."""
    from agir_cli.domain.commands import Command, field_names

    name = option.removeprefix("--").replace("-", "_")
    every = {kind.verb: kind for kind in Command.__subclasses__() if kind.verb}
    return [verb for verb, kind in every.items() if name in field_names(kind)][:3]


def _quoted(message: str) -> str:
    """Click's 'word' as « word », the way of every other sentence."""
    import re

    return re.sub(r"(?<![\w»])'([^'\n]*)'(?!\w)", r"« \1 »", message)


def _unexpected(error: BaseException, verbose: bool) -> AgirFailure:
    sentence = "Panne inattendue : la commande s'est arrêtée avant la fin."
    log = os.environ.get("AGIR_DEBUG")
    if isinstance(error, OSError):
        sentence = sentence_of(error)
        if error.errno in _OF_STREAMS and not (verbose or log):
            return AgirFailure(sentence)
    places = tuple(_places(error))
    if log and _logged(log, places):
        return AgirFailure(sentence, "Les détails sont dans le fichier nommé par AGIR_DEBUG.")
    if verbose:
        return AgirFailure(sentence, *places)
    return AgirFailure(sentence, "Pour savoir où : la même commande avec « agir --verbose ... ».")


def _places(error: BaseException) -> Iterator[str]:
    """The exception's type, then file:line of each frame; never a value or a message."""
    import traceback

    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield f"{type(current).__module__}.{type(current).__qualname__}"
        for frame, line in traceback.walk_tb(current.__traceback__):
            parts = frame.f_code.co_filename.replace("\\", "/").split("/")
            yield f"  {'/'.join(parts[-3:])}:{line} {frame.f_code.co_name}"
        current = current.__cause__ or current.__context__


def _logged(path: str, lines: tuple[str, ...]) -> bool:
    """Append to the log that AGIR_DEBUG names, readable by its owner alone; False if it refuses."""
    try:
        from agir_cli.exchange.outputs import refuse_team_file

        refuse_team_file(Path(path))
        with open(path, "a", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as log:
            log.write("\n".join(lines) + "\n")
    except (OSError, AgirFailure):
        return False
    return True


def show_failure(failure: AgirFailure) -> int:
    """Write a failure on stderr and give its exit code; a closed stderr is no fault."""
    halted = failure.sentence in (HALTED, KEPT_HALTED, *(each.halted for each in _again))
    heading = f"{'' if halted else 'Erreur : '}{failure.sentence}"
    with suppress(OSError, ValueError):
        for line in (*([heading] if failure.sentence else []), *failure.details):
            print(folded(plain(line), sys.stderr), file=sys.stderr)
    return failure.exit_code


def flushed(code: int, *, recorded: bool = False) -> int:
    """Push out what is still to be written, so that nothing can fail at the interpreter's end."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None or stream.closed:
            continue
        try:
            stream.flush()
        except OSError as error:
            silence(stream)
            if code == 0:
                code = show_failure(failure_of(error, verbose=False, recorded=recorded))
    return code
