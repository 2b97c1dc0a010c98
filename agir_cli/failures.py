"""The one small hierarchy of failures that end a command, each with its exit code.

A rule's "no" and a malformed row are values (see ``domain.reasons``); these
exceptions are for what stops the whole command. They are caught in one place,
``cli.app.main``, which prints ``sentence`` (French, plain words) and exits.
"""

from __future__ import annotations

import errno


class AgirFailure(Exception):
    """Something that ends the command with one French sentence.

    ``details`` are further lines (candidates, what to type), printed under it.
    """

    exit_code = 1

    def __init__(self, sentence: str, *details: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class UsageFailure(AgirFailure):
    """The command line itself is wrong: option, date, final act without ``--yes``."""

    exit_code = 2


class RefusedFailure(AgirFailure):
    """A rule refuses."""

    exit_code = 3


class NotFoundFailure(AgirFailure):
    """Not found, ambiguous, or stopped to ask: candidates are in ``details``."""

    exit_code = 4


class RowsFailure(AgirFailure):
    """Some rows are rejected, or a file is refused whole."""

    exit_code = 5


class CheckFailure(AgirFailure):
    """``check`` found anomalies."""

    exit_code = 6


class FileFailure(AgirFailure):
    """The agir file is locked, read-only, damaged, foreign, or newer than the program."""

    exit_code = 7


_NO_FOLDER = "le dossier n'existe pas"
_NO_ROOM = "le disque est plein"
_READING = {
    errno.ENOENT: "il n'existe pas",
    errno.EACCES: "vous n'avez pas le droit de le lire",
    errno.EPERM: "vous n'avez pas le droit de le lire",
}
_WRITING = {
    errno.ENOENT: _NO_FOLDER,
    errno.EACCES: "vous n'avez pas le droit d'y écrire",
    errno.EPERM: "vous n'avez pas le droit d'y écrire",
    errno.EEXIST: "un fichier de ce nom existe déjà",
}
_EITHER = {
    errno.ENOTDIR: _NO_FOLDER,
    errno.EISDIR: "c'est un dossier",
    errno.ENOTEMPTY: "ce dossier n'est pas vide",
    errno.EROFS: "le support est en lecture seule",
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: _NO_ROOM,
    errno.ENAMETOOLONG: "le nom est trop long",
    errno.ELOOP: "ce lien ne mène nulle part",
    errno.EINVAL: "nom impossible",
    errno.EBADF: "l'entrée ou la sortie est fermée",
    errno.EPIPE: "plus personne ne lit la sortie",
    errno.EBUSY: "un autre programme l'utilise",
    errno.ETXTBSY: "un autre programme l'utilise",
    errno.EMFILE: "trop de fichiers sont ouverts",
    errno.ENXIO: "cet appareil ne répond pas",
    errno.EIO: "le disque ne répond pas comme attendu",
}


def reason_of(error: OSError, *, writing: bool = False) -> str:
    """Why the system refused, in French words that end a sentence after « : »."""
    number = error.errno or 0
    return (_WRITING if writing else _READING).get(number) or _EITHER.get(
        number, "le système l'a refusé"
    )
