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

from agir_cli.exchange.cells import visible
from agir_cli.failures import AgirFailure, UsageFailure

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def refuse_existing(path: str | None, *, overwrite: bool = False) -> None:
    """Raises ``UsageFailure`` if a file stands at ``path`` and may not be replaced.

    Called before the work, so that it is not done for nothing. Devices and pipes are no obstacle.
    """
    if path in (None, "-") or overwrite:
        return
    with suppress(ValueError, OSError):
        found = Path(path or "")
        if found.is_file():
            raise UsageFailure(
                f"Le fichier « {path} » existe déjà : donnez un autre nom, ou ajoutez "
                "--overwrite là où la commande l'admet."
            )


@contextmanager
def open_output(path: str | None, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """A binary stream for ``path``; ``None`` or ``-`` is standard output.

    The file takes its name when the block ends well; an exception in the block removes it. Raises
    ``UsageFailure`` where the place is impossible, taken or forbidden, ``AgirFailure`` where the
    disk is full. ``BrokenPipeError`` passes through.
    """
    if path is None or path == "-":
        if sys.stdout.isatty():
            yield cast("BinaryIO", Seen(sys.stdout.buffer))
        else:
            yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    refuse_existing(path, overwrite=overwrite)
    try:
        final = Path(os.path.realpath(path))
        special = final.exists() and not final.is_file()
        if special and not final.is_dir():
            with final.open("wb") as device:
                yield device
            return
        with _whole_file(final, overwrite) as stream:
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
    from secrets import token_hex  # costs 8 ms: only for those who write a file

    draft = final.with_name(f".{final.name[:80]}.{token_hex(6)}.tmp")
    binary = getattr(os, "O_BINARY", 0)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        _take_name(draft, final, overwrite)
    finally:
        draft.unlink(missing_ok=True)


def _take_name(draft: Path, final: Path, overwrite: bool) -> None:
    """A hard link refuses a name taken meanwhile, where a rename would replace it."""
    if not overwrite:
        try:
            os.link(draft, final)
            return
        except FileExistsError:
            raise
        except (OSError, AttributeError, NotImplementedError):
            if final.exists():
                raise FileExistsError(errno.EEXIST, "existe déjà") from None
    draft.replace(final)


def _failure(path: str, error: OSError | ValueError) -> AgirFailure:
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return AgirFailure(f"Disque plein : rien n'a été écrit dans « {path} ».")
    reasons = {
        errno.ENOENT: "le dossier n'existe pas",
        errno.ENOTDIR: "le dossier n'existe pas",
        errno.EISDIR: "c'est un dossier",
        errno.EACCES: "vous n'avez pas le droit d'y écrire",
        errno.EPERM: "vous n'avez pas le droit d'y écrire",
        errno.EROFS: "le support est en lecture seule",
        errno.EEXIST: "un fichier de ce nom existe déjà",
        errno.ENAMETOOLONG: "le nom est trop long",
    }
    why = reasons.get(number or 0) or getattr(error, "strerror", None) or "nom impossible"
    return UsageFailure(f"« {path} » ne peut pas être écrit : {why}.")
