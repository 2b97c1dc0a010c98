"""Every way a command can end badly, as one French sentence and an exit code.

No sentence here carries a value of the file: of an unexpected error only its type and the
places in the source are kept, and only for who asks (``--verbose``, ``AGIR_DEBUG``).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, Any, NamedTuple, NoReturn

import click

from agir_cli.cli.screen import folded, plain
from agir_cli.failures import AgirFailure

USAGE, UNEXPECTED, FILE = 2, 1, 7
INTERRUPTED, TERMINATED, PIPE_CLOSED = 130, 143, 141
HALTED = "Interrompu : ce qui n'était pas enregistré en entier est annulé."

# SQLite's primary result codes that the person can do something about.
_SQLITE = {
    3: "Le fichier ne peut pas être ouvert : accès refusé.",
    5: "Le fichier est occupé par un autre programme : réessayez dans un instant.",
    6: "Le fichier est occupé par un autre programme : réessayez dans un instant.",
    8: "Le fichier est en lecture seule : rien n'a été enregistré.",
    10: "Le disque ne répond pas comme attendu : rien n'a été enregistré.",
    11: "Le fichier est endommagé : rien n'a été enregistré.",
    13: "Le disque est plein : rien n'a été enregistré.",
    14: "Le fichier ne peut pas être ouvert.",
    26: "Ce fichier n'est pas un fichier agir.",
}
_SYSTEM: tuple[tuple[type[OSError], str], ...] = (
    (FileNotFoundError, "Fichier ou dossier introuvable."),
    (PermissionError, "Accès refusé à un fichier ou à un dossier."),
    (IsADirectoryError, "Un fichier est attendu, c'est un dossier qui est donné."),
    (FileExistsError, "Un fichier de ce nom existe déjà."),
)
_DISK_FULL = "Le disque est plein : la sortie est incomplète."


class Ending(NamedTuple):
    """An exit code, and what to write on stderr: a sentence, then lines without a heading."""

    code: int
    sentence: str = ""
    details: tuple[str, ...] = ()


class Terminated(BaseException):
    """The system asked the process to stop (SIGTERM)."""


def ending_of(error: BaseException, *, verbose: bool) -> Ending:
    """How a command ends on this exception."""
    match error:
        case AgirFailure():
            return Ending(error.exit_code, error.sentence, tuple(error.details))
        case click.ClickException():
            return _of_click(error)
        case BrokenPipeError():
            return Ending(PIPE_CLOSED)
        case KeyboardInterrupt() | click.Abort() | EOFError():
            return Ending(INTERRUPTED, HALTED)
        case Terminated():
            return Ending(TERMINATED, HALTED)
        case SystemExit():
            return Ending(error.code if isinstance(error.code, int) else UNEXPECTED)
        case _:
            return _of_database(error) or _unexpected(error, verbose)


def _of_click(error: click.ClickException) -> Ending:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return Ending(USAGE, "", tuple(error.format_message().splitlines()))
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "agir"
    sentence = error.format_message()
    if isinstance(error, click.NoSuchOption):
        sentence = error.message
        if error.option_name in _BEFORE_THE_VERB and ctx is not None and ctx.parent is not None:
            sentence = f"L'option {error.option_name} se met avant la commande."
            return Ending(USAGE, sentence, (f"Par exemple : agir {error.option_name} … today",))
        if error.possibilities:  # the nearest comes first
            sentence += f" Vouliez-vous dire {error.possibilities[0]!r} ?"
    return Ending(USAGE, _quoted(sentence), (f"Aide : {path} --help",))


_BEFORE_THE_VERB = frozenset(
    {"--db", "--today", "--author", "--site", "--quiet", "--verbose", "--no-pager"}
)


def _quoted(message: str) -> str:
    """Click's 'word' as « word », the way of every other sentence."""
    import re

    return re.sub(r"(?<![\w»])'([^'\n]*)'(?!\w)", r"« \1 »", message)


def _of_database(error: BaseException) -> Ending | None:
    # sqlite3 and sqlcipher3 have each their own classes; both carry SQLite's result code,
    # and importing either here would cost every command its start-up.
    code = getattr(error, "sqlite_errorcode", None)
    sentence = _SQLITE.get(code & 0xFF) if isinstance(code, int) else None
    return Ending(FILE, sentence) if sentence else None


def _unexpected(error: BaseException, verbose: bool) -> Ending:
    places = tuple(_places(error))
    log = os.environ.get("AGIR_DEBUG")
    if log and _logged(log, places):
        details: tuple[str, ...] = ("Les détails sont dans le fichier nommé par AGIR_DEBUG.",)
    elif verbose:
        details = places
    else:
        details = ("Pour savoir où : la même commande avec « agir --verbose ... ».",)
    return Ending(UNEXPECTED, _why(error), details)


def _why(error: BaseException) -> str:
    if isinstance(error, OSError):
        import errno

        if error.errno == errno.ENOSPC:
            return _DISK_FULL
        for kind, sentence in _SYSTEM:
            if isinstance(error, kind):
                return sentence
    return "Panne inattendue : la commande s'est arrêtée avant la fin."


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
    def private(name: str, flags: int) -> int:
        return os.open(name, flags, 0o600)

    try:
        with open(path, "a", encoding="utf-8", opener=private) as log:
            log.write("\n".join(lines) + "\n")
    except OSError:
        return False
    return True


def show_ending(ending: Ending) -> int:
    """Write an ending on stderr and give its code; a closed stderr is no fault."""
    lines = [f"Erreur : {plain(ending.sentence)}"] if ending.sentence else []
    if ending.sentence == HALTED:
        lines = [HALTED]
    lines += [plain(line) for line in ending.details]
    with suppress(OSError, ValueError):
        for line in lines:
            print(folded(line, sys.stderr), file=sys.stderr)
    return ending.code


def flushed(code: int) -> int:
    """Push out what is still to be written, so that nothing can fail at the interpreter's end."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None or stream.closed:
            continue
        try:
            stream.flush()
        except OSError as error:
            _silence(stream)
            if code == 0:
                code = show_ending(ending_of(error, verbose=False))
    return code


def _silence(stream: IO[str]) -> None:
    """Send the rest of a broken stream nowhere: its buffer is flushed again at exit."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def steady_streams() -> Iterator[None]:
    """Streams that no character can break, and SIGTERM as an exception, for one run."""
    for stream in (sys.stdout, sys.stderr):
        _never_fails(stream)
    previous = _on_sigterm(_terminate)
    try:
        yield
    finally:
        _on_sigterm(previous)


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


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def _on_sigterm(handler: Any) -> Any:
    with suppress(ValueError):  # outside the main thread, signals are someone else's
        return signal.signal(signal.SIGTERM, handler)
    return None
