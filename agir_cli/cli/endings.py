"""Every way a command can end badly, as one French sentence and an exit code.

No sentence here carries a value of the file: of an unexpected error only its type and the
places in the source are kept, and only for who asks (``--verbose``, ``AGIR_DEBUG``).
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import click

from agir_cli.cli.screen import folded, plain
from agir_cli.cli.streams import Terminated, silence
from agir_cli.failures import AgirFailure, reason_of

USAGE, UNEXPECTED, FILE = 2, 1, 7
INTERRUPTED, PIPE_CLOSED, STOPPED_BY = 130, 141, 128
HALTED = "Interrompu : ce qui n'était pas enregistré en entier est annulé."
KEPT_HALTED = "Interrompu, après l'enregistrement : il est fait, ne le refaites pas."
_KEPT_UNSEEN = "Enregistré, mais la sortie n'a pas pu être écrite"
_KEPT_TOO = "L'enregistrement, lui, est fait : ne le refaites pas."

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
_OF_STREAMS = {
    errno.ENOSPC: "Le disque est plein : la sortie est incomplète.",
    errno.EBADF: "L'entrée ou la sortie de la commande est fermée.",
}


class Ending(NamedTuple):
    """An exit code, and what to write on stderr: a sentence, then lines without a heading."""

    code: int
    sentence: str = ""
    details: tuple[str, ...] = ()


def kept() -> int:
    """How many changes this process has made to a team's file for good."""
    driver = sys.modules.get("agir_cli.store.driver")
    return 0 if driver is None else int(driver.kept())


def ending_of(error: BaseException, *, verbose: bool, recorded: bool = False) -> Ending:
    """How a command ends on this exception; ``recorded``: its work was already done."""
    ending = _ending_of(error, verbose)
    if not recorded:
        return ending
    match error:
        case AgirFailure():
            told = any("enregistré" in line for line in (ending.sentence, *ending.details))
            return ending if told else ending._replace(details=(*ending.details, _KEPT_TOO))
        case OSError():
            return ending._replace(sentence=f"{_KEPT_UNSEEN} : {reason_of(error)}.", details=())
        case _ if ending.sentence == HALTED:
            return ending._replace(sentence=KEPT_HALTED)
        case _ if ending.code == UNEXPECTED:
            return ending._replace(details=(*ending.details, _KEPT_TOO))
        case _:
            return ending


def _ending_of(error: BaseException, verbose: bool) -> Ending:
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
            return Ending(STOPPED_BY + error.number, HALTED)
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
    why = _why(error)
    if (
        why is not None
        and why in _OF_STREAMS.values()
        and not (verbose or os.environ.get("AGIR_DEBUG"))
    ):
        return Ending(UNEXPECTED, why)
    places = tuple(_places(error))
    log = os.environ.get("AGIR_DEBUG")
    if log and _logged(log, places):
        details: tuple[str, ...] = ("Les détails sont dans le fichier nommé par AGIR_DEBUG.",)
    elif verbose:
        details = places
    else:
        details = ("Pour savoir où : la même commande avec « agir --verbose ... ».",)
    told = why or "Panne inattendue : la commande s'est arrêtée avant la fin."
    return Ending(UNEXPECTED, told, details)


def _why(error: BaseException) -> str | None:
    """What an error of the system means; None for any other."""
    if not isinstance(error, OSError):
        return None
    for kind, sentence in _SYSTEM:
        if isinstance(error, kind):
            return sentence
    return _OF_STREAMS.get(error.errno or 0, f"Le système a refusé : {reason_of(error)}.")


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
        from agir_cli.exchange.outputs import refuse_team_file

        refuse_team_file(Path(path))
        with open(path, "a", encoding="utf-8", opener=private) as log:
            log.write("\n".join(lines) + "\n")
    except (OSError, AgirFailure):
        return False
    return True


def show_ending(ending: Ending) -> int:
    """Write an ending on stderr and give its code; a closed stderr is no fault."""
    lines = [f"Erreur : {plain(ending.sentence)}"] if ending.sentence else []
    if ending.sentence in (HALTED, KEPT_HALTED):
        lines = [ending.sentence]
    lines += [plain(line) for line in ending.details]
    with suppress(OSError, ValueError):
        for line in lines:
            print(folded(line, sys.stderr), file=sys.stderr)
    return ending.code


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
                code = show_ending(ending_of(error, verbose=False, recorded=recorded))
    return code
