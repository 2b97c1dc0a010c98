"""The failures that end a command, each with its exit code, and the French of the system's own.

A rule's "no" and a malformed row are values (see ``domain.reasons``); these exceptions are for
what stops the whole command. They are caught in one place, ``cli.app.main``.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import Any, NamedTuple


class AgirFailure(Exception):
    """Something that ends the command with one French sentence.

    ``details`` are further lines (candidates, what to type), printed under it.
    """

    exit_code = 1
    findings: Sequence[Any] = ()
    """What rules found, where it is they that end the command."""
    refused: Sequence[tuple[str, Sequence[Any]]] = ()
    """Of several dossiers, those that end the command, each with what rules found."""

    def __init__(self, sentence: str, *details: str, exit_code: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details
        if exit_code is not None:
            self.exit_code = exit_code


class UsageFailure(AgirFailure):
    """The command line itself is wrong: option, date, final act without ``--yes``."""

    exit_code = 2


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


class NewerFailure(FileFailure):
    """What was given was written by a newer program; ``sentence`` says what."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "Mettez agir à jour sur ce poste.")


# --- the system's errors -----------------------------------------------------------------


_NO_FOLDER = "le dossier n'existe pas"
_MAY_NOT = ("vous n'avez pas le droit de le lire", "vous n'avez pas le droit d'y écrire",
            "Accès refusé à un fichier ou à un dossier.")  # fmt: skip
_NO_ROOM = "le disque est plein"
_REFUSED = "le système l'a refusé"
_SYSTEM: dict[int | None, tuple[str, ...]] = {
    errno.ENOENT: ("il n'existe pas", _NO_FOLDER, "Fichier ou dossier introuvable."),
    errno.EACCES: _MAY_NOT,
    errno.EPERM: _MAY_NOT,
    errno.EEXIST: (_REFUSED, "un fichier de ce nom existe déjà",
                   "Un fichier de ce nom existe déjà."),
    errno.ENOTDIR: (_NO_FOLDER,),
    errno.EISDIR: ("c'est un dossier", "",
                   "Un fichier est attendu, c'est un dossier qui est donné."),
    errno.ENOTEMPTY: ("ce dossier n'est pas vide",),
    errno.EROFS: ("le support est en lecture seule",),
    errno.ENOSPC: (_NO_ROOM, _NO_ROOM, "Le disque est plein : la sortie est incomplète."),
    errno.EDQUOT: (_NO_ROOM,),
    errno.EFBIG: (_NO_ROOM,),
    errno.ENAMETOOLONG: ("le nom est trop long",),
    errno.ELOOP: ("ce lien ne mène nulle part",),
    errno.EINVAL: ("nom impossible",),
    errno.EBADF: ("l'entrée ou la sortie est fermée", "",
                  "L'entrée ou la sortie de la commande est fermée."),
    errno.EPIPE: ("plus personne ne lit la sortie",),
    errno.EBUSY: ("un autre programme l'utilise",),
    errno.ETXTBSY: ("un autre programme l'utilise",),
    errno.EMFILE: ("trop de fichiers sont ouverts",),
    errno.ENXIO: ("cet appareil ne répond pas",),
    errno.EIO: ("le disque ne répond pas comme attendu",),
}  # fmt: skip
"""An error's words at the end of a sentence on reading; on writing, where they differ; and a
sentence of its own, where there is one."""


def reason_of(error: OSError, *, writing: bool = False) -> str:
    """Why the system refused, in French words that end a sentence after « : »."""
    reading, *other = _SYSTEM.get(error.errno, (_REFUSED,))
    return (writing and other and other[0]) or reading


def sentence_of(error: OSError) -> str:
    """What an error of the system means, as a sentence that names no file."""
    words = _SYSTEM.get(error.errno, ())
    return words[2] if len(words) > 2 else f"Le système a refusé : {reason_of(error)}."


class SqliteWords(NamedTuple):
    """What a result code of SQLite means.

    ``of_file`` ends « Le fichier … », where ``{nothing}`` is that nothing was recorded; ``advice``
    is what to do; ``alone`` is a sentence for where no file can be named.
    """

    of_file: str
    advice: str
    alone: str


_RETRY = "Attendez qu'elle finisse, puis recommencez."
_BUSY = "Le fichier est occupé par un autre programme : réessayez dans un instant."
_RIGHTS = "Vérifiez le chemin et les droits."
_SQLITE = {
    3: ("ne peut pas être ouvert", _RIGHTS, "Le fichier ne peut pas être ouvert : accès refusé."),
    5: ("est occupé par une autre commande depuis {seconds} secondes{nothing}", _RETRY, _BUSY),
    6: ("est occupé par une autre commande{nothing}", _RETRY, _BUSY),
    8: ("ne peut pas être écrit (fichier ou dossier en lecture seule){nothing}",
        "Demandez le droit d'écriture, ou travaillez sur un autre fichier (--db).",
        "Le fichier est en lecture seule : rien n'a été enregistré."),
    10: ("ne peut pas être lu ou écrit (erreur du disque){nothing}",
         "Vérifiez le disque, puis : agir check.",
         "Le disque ne répond pas comme attendu : rien n'a été enregistré."),
    11: ("est endommagé", "Reprenez la dernière sauvegarde.",
         "Le fichier est endommagé : rien n'a été enregistré."),
    13: ("n'a plus de place : le disque est plein{nothing}",
         "Libérez de la place, puis recommencez.",
         "Le disque est plein : rien n'a été enregistré."),
    14: ("ne peut pas être ouvert", _RIGHTS, "Le fichier ne peut pas être ouvert."),
    26: ("n'est pas un fichier agir ; il n'a pas été touché", "Vérifiez --db et AGIR_DB.",
         "Ce fichier n'est pas un fichier agir."),
}  # fmt: skip
"""SQLite's primary result codes that a person can do something about."""


def sqlite_words(error: BaseException) -> SqliteWords | None:
    """What an engine's error means; ``None`` for any other error.

    `sqlite3` and `sqlcipher3` have each their own classes; both carry SQLite's result code.
    """
    code = getattr(error, "sqlite_errorcode", None)
    words = _SQLITE.get(code & 0xFF) if isinstance(code, int) else None
    return None if words is None else SqliteWords(*words)


def to_install(extra: str) -> str:
    """The command that adds an extra to this installation: from where it came, else the registry.

    Whoever has a clone, or was handed a file, finds nothing under the program's name elsewhere.
    """
    import json
    import sys
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        known = json.loads(distribution("agir-cli").read_text("direct_url.json") or "{}")
    except PackageNotFoundError:
        known = {}
    url, wanted = known.get("url", ""), f"agir-cli[{extra}]"
    if "vcs_info" in known:
        url = f"{known['vcs_info']['vcs']}+{url}"
    place = f'"{wanted} @ {url}"' if url else f'"{wanted}"'
    if known.get("dir_info", {}).get("editable"):
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        place = f'-e "{url2pathname(urlsplit(url).path)}[{extra}]"'
    return f'"{sys.executable}" -m pip install {place}'
