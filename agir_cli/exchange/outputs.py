"""Where results go: standard output, or a file that appears whole or not at all.

A file is written beside its final place under a temporary name, readable by its owner only (0600),
and takes its name when complete. An interrupted or failed command leaves nothing behind.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from agir_cli.drafts import draft, take_name
from agir_cli.exchange.cells import visible
from agir_cli.failures import AgirFailure, UsageFailure, reason_of

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def refuse_existing(path: str | None, *, overwrite: bool | None = None) -> None:
    """Raises ``UsageFailure`` if a file stands at ``path`` and may not be replaced.

    Called before the work, so that it is not done for nothing. ``overwrite`` is None where the
    command has no such option. Devices and pipes are no obstacle; a team's file always is one.
    """
    if path is None or path == "-":
        return
    if not path.strip():
        raise UsageFailure("Le nom du fichier à écrire est vide.", "Donnez un nom de fichier.")
    with suppress(ValueError, OSError):
        refuse_team_file(Path(path))
        if not overwrite and Path(path).is_file():
            advice = "donnez un autre nom" + (", ou ajoutez --overwrite" * (overwrite is False))
            raise UsageFailure(f"Le fichier « {path} » existe déjà : {advice}.")


_DATABASES = b"SQLite format 3\0", b"agirc1"  # the second is an encrypted file of ours
_COMPANIONS = ("-journal", "-wal", "-shm", ".sceau")


def refuse_team_file(path: Path) -> None:
    """Raises ``UsageFailure`` where ``path`` is a team's file, or a companion of one.

    What is written there would be the end of every dossier. Symbolic links are followed; any
    SQLite database counts, so that a file whose head is damaged stays for whoever mends it.
    """
    final = Path(os.path.realpath(path))
    owners = [
        place.with_name(place.name[: -len(end)])
        for place in (final, *final.parents)
        for end in _COMPANIONS
        if place.name.endswith(end) and place.name != end
    ]
    if any(map(_is_database, owners)):
        told = "appartient à un fichier agir : y écrire l'abîmerait"
    elif _is_database(final):
        told = "est un fichier agir, ou une autre base de données : il n'a pas été touché"
    else:
        return
    raise UsageFailure(f"« {path.name} » {told}.", "Donnez un autre nom de fichier.")


def _is_database(path: Path) -> bool:
    # Read before the command opens its own file: closing this handle would drop its locks.
    if not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(len(_DATABASES[0])).startswith(_DATABASES)
    except PermissionError:  # what nobody here may read, nobody here should replace
        return True


@contextmanager
def open_output(path: str | None, *, overwrite: bool | None = None) -> Iterator[BinaryIO]:
    """A binary stream for ``path``; ``None`` or ``-`` is standard output.

    The file takes its name when the block ends well; an exception in the block removes it. Raises
    ``UsageFailure`` where the place is impossible, taken or forbidden, ``AgirFailure`` where the
    disk is full. ``BrokenPipeError`` passes through.
    """
    if path is None or path == "-":
        sys.stdout.flush()
        if sys.stdout.isatty():
            yield cast("BinaryIO", Seen(sys.stdout.buffer))
        else:
            yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    refuse_existing(path, overwrite=overwrite)
    try:
        place, final = Path(path), Path(os.path.realpath(path))
        if place.is_symlink() and not place.exists():
            raise UsageFailure(f"« {path} » est un lien vers un fichier qui n'existe pas.")
        if place.exists() and not (place.is_file() or place.is_dir()):
            with place.open("wb") as stream:
                yield stream
            return
        with _whole_file(final, bool(overwrite)) as stream:
            yield stream
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise _failure(path, error) from error


class Seen(io.BufferedIOBase):
    """A terminal's bytes with every control character but line ends and tabs made visible.

    Machine formats keep names as they are, for files and pipes; a terminal obeys escapes, so
    there they are shown instead.
    """

    def __init__(self, terminal: BinaryIO) -> None:
        self._terminal = terminal
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        taken = bytes(data)
        lines = self._decoder.decode(taken).replace("\r", "").split("\n")
        shown = "\n".join("\t".join(map(visible, line.split("\t"))) for line in lines)
        self._terminal.write(shown.encode())
        return len(taken)

    def flush(self) -> None:
        self._terminal.flush()


def inside(folder: Path, name: str) -> Path:
    """``folder/name``, for a ``name`` that comes from data.

    Raises ``UsageFailure`` unless ``name`` is a bare file name that stays in ``folder``.
    """
    bare = name and name not in (".", "..") and not set(name) & set('/\\:\0*?"<>|')
    if not bare or not name.isprintable() or len(os.fsencode(name)) > 200:
        raise UsageFailure("Ce nom de fichier n'est pas admis.")
    return folder / name


@contextmanager
def _whole_file(final: Path, overwrite: bool) -> Iterator[BinaryIO]:
    binary = getattr(os, "O_BINARY", 0)
    with draft(final) as path:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, 0o600)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        take_name(path, final, overwrite=overwrite)


def _failure(path: str, error: OSError | ValueError) -> AgirFailure:
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return AgirFailure(f"Disque plein : rien n'a été écrit dans « {path} ».")
    why = reason_of(error, writing=True) if isinstance(error, OSError) else "nom impossible"
    return UsageFailure(f"« {path} » ne peut pas être écrit : {why}.")
