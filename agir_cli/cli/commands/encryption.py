"""Where this post has the key of an encrypted file; `agir encrypt`, `decrypt`, `rekey`, `key`."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from agir_cli.cli.groups import Commands, flag, option
from agir_cli.cli.options import made
from agir_cli.cli.screen import say, tell, warn
from agir_cli.cli.session import Session, typed_path
from agir_cli.failures import FileFailure, UsageFailure, reason_of, to_install
from agir_cli.store import cipher
from agir_cli.store.waiting import post_says

app = Commands()
key = app.group("key")
SETTING = "cle"
"""The setting of the post that names a file of keys, one a line."""
_SERVICE = "agir"
_TIMES = 3
_LONGEST = 1 << 16


# --- where a key is ----------------------------------------------------------------------


def find(session: Session, path: Path | None, name: str, *, silent: bool = False) -> bytes | None:
    """The key that a file names: given, in the post's file of keys, of this session, in the
    system's keyring, or typed unseen; ``silent``: nobody is asked.

    Without a file, a site's: it is never asked for, since a sync is to run alone. Raises
    `FileFailure` for one that is given and is another's.
    """
    from agir_cli.cli.prompt import asked

    given = _given(session.key_fd) if session.key_fd is not None else None
    if given is not None and path is not None:
        return _right(given, path, name)
    found = _among(given or "", name) or _in_file(session, name) or _in_session(name)
    found = found or _in_ring(session, name)
    if found is None and path is not None and not silent and asked():
        found = _typed(session, path, name)
    return found


def _among(text: str, name: str) -> bytes | None:
    """The key of that name in a text: alone, or on a line of its own."""
    keys = map(cipher.read, (text, *text.splitlines()))
    return next((each for each in keys if each and cipher.name_of(each) == name), None)


def _right(text: str, path: Path, name: str) -> bytes:
    found = _among(text, name)
    if found is None:
        raise FileFailure(
            f"La clé donnée n'est pas celle de « {path.name} » ({cipher.shown(name)}) : il n'a pas"
            " été touché."
        )
    return found


@cache
def _given(descriptor: int) -> str:
    """What a descriptor gives, read once: it may hold several keys."""
    try:
        return os.read(descriptor, _LONGEST).decode("ascii", "replace")
    except OSError as error:
        raise UsageFailure(f"--key-fd {descriptor} : {reason_of(error)}.") from None


def _in_file(session: Session, name: str) -> bytes | None:
    said = post_says(SETTING)
    if not said:
        return None
    try:
        _refuse_seen(Path(said))
        return _among(Path(said).read_text("ascii", "replace")[:_LONGEST], name)
    except OSError as error:
        warn(session, f"le fichier de clé « {said} » ne se lit pas : {reason_of(error)}.")
        return None


def _refuse_seen(place: Path) -> None:
    if os.name == "posix" and stat.S_IMODE(place.stat().st_mode) & 0o077:
        raise FileFailure(
            f"D'autres peuvent lire le fichier de clé « {place} » : il n'a pas servi.",
            f"Rendez-le à son seul propriétaire : chmod 600 {place}",
        )


def _session_place(name: str) -> Path | None:
    """Where a key is kept until the session ends: in memory, for its owner alone."""
    folder = os.environ.get("XDG_RUNTIME_DIR")
    with suppress(OSError):
        if folder and not stat.S_IMODE(Path(folder).stat().st_mode) & 0o077:
            return Path(folder) / "agir" / name
    return None


def _in_session(name: str) -> bytes | None:
    place = _session_place(name)
    with suppress(OSError):
        return _among(place.read_text("ascii", "replace"), name) if place else None
    return None


def _keep_in_session(found: bytes) -> bool:
    place = _session_place(cipher.name_of(found))
    if place is None:
        return False
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, exist_ok=True)
        with open(place, "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write(cipher.written(found))
        return True
    return False


def _ring() -> Any:
    """The keyring of the system; None where there is none that can be trusted."""
    try:
        import keyring
    except ImportError:
        return None
    ring = keyring.get_keyring()
    return ring if ring.priority >= 1 else None


def _in_ring(session: Session, name: str) -> bytes | None:
    ring = _ring()
    if ring is None:
        return None
    from keyring.errors import KeyringError

    try:
        found = _among(ring.get_password(_SERVICE, name) or "", name)
    except KeyringError:
        warn(session, "le trousseau de ce poste ne s'est pas ouvert.")
        return None
    if found is not None:  # asked once a session: it takes as long as a whole report
        _keep_in_session(found)
    return found


def _typed(session: Session, path: Path, name: str) -> bytes:
    from getpass import getpass

    from agir_cli.cli.prompt import leaving, speak

    prompt = f"Clé de « {path.name} » ({cipher.shown(name)}, sur la fiche de secours) : "
    for _ in range(_TIMES):
        with leaving("Abandonné : le fichier n'a pas été lu."):
            found = _among(getpass(prompt), name)
        if found is not None:
            if _keep_in_session(found):
                say(session, "Retenue jusqu'à la fin de la session ; la garder : agir key keep")
            return found
        speak("  Ce n'est pas elle : quatorze groupes de quatre signes.")
    return _right("", path, name)


# --- keeping, forgetting -----------------------------------------------------------------


def _whereto(key_file: str | None) -> Path | None:
    """The file of keys where a key is to be kept; None for the keyring of the system."""
    from agir_cli.cli.prompt import asked, line

    place = post_says(SETTING) if key_file is None else key_file
    if not place and key_file is None:
        if _ring() is not None:
            return None
        if asked():
            place = line("Où garder la clé ? Un fichier, sur une clé USB par exemple : ")
    if not place.strip():
        raise UsageFailure(
            "Ce poste n'a pas de trousseau : dites où garder la clé. Rien n'a été changé.",
            "--key-file FICHIER, sur une clé USB par exemple ; jamais à côté du fichier.",
        )
    return typed_path(place.strip()).absolute()


def _keep(found: bytes, place: Path | None) -> str:
    """Keep a key where it is looked for; where that is, in words."""
    _keep_in_session(found)
    if place is None:
        from keyring.errors import KeyringError

        try:
            _ring().set_password(_SERVICE, cipher.name_of(found), cipher.written(found))
        except KeyringError:
            raise FileFailure(
                "Le trousseau de ce poste ne s'est pas ouvert : rien n'a été changé.",
                "Ailleurs : --key-file FICHIER",
            ) from None
        return "dans le trousseau de ce poste"
    from agir_cli.cli.commands.config import settle

    if found not in _kept(place):
        try:  # at its end: two commands that draw a key at once lose none
            handle = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                _alone(handle)
                file.write(f"{cipher.written(found)}\n")
                file.flush()
                os.fsync(handle)
        except OSError as error:
            why = reason_of(error, writing=True)
            raise FileFailure(f"La clé ne s'écrit pas dans « {place} » : {why}.") from None
    settle(SETTING, str(place))
    return f"dans {place}"


def _alone(handle: int) -> None:
    """Let no other command write to a file of keys until it is closed."""
    with suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)


def _kept(place: Path) -> list[bytes]:
    """The keys in a file of keys. Raises `UsageFailure` for one that holds something else."""
    try:
        lines = place.read_text("ascii", "replace")[:_LONGEST].split("\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FileFailure(f"« {place} » ne se lit pas : {reason_of(error)}.") from None
    keys = [cipher.read(line) for line in lines if line.strip()]
    if None in keys:
        raise UsageFailure(f"« {place} » n'est pas un fichier de clés : rien n'a été changé.")
    return [each for each in keys if each]


def _forget(name: str) -> None:
    """Take a key away from this post, wherever it is kept."""
    if (place := _session_place(name)) is not None:
        place.unlink(missing_ok=True)
    said = Path(post_says(SETTING) or os.devnull)
    if said.is_file():
        with suppress(OSError), said.open("r+", encoding="ascii") as file:
            _alone(file.fileno())
            left = [each for each in _kept(said) if cipher.name_of(each) != name]
            file.writelines(f"{cipher.written(each)}\n" for each in left)
            file.truncate()
    if (ring := _ring()) is not None:
        from keyring.errors import KeyringError

        with suppress(KeyringError):
            ring.delete_password(_SERVICE, name)


def keep_site_key(session: Session, found: bytes, key_file: str | None) -> str:
    """Keep the key of a site: beside a file that is in clear, else where the file's own is."""
    from agir_cli.store.driver import key_named
    from agir_cli.store.sites import keep_beside

    if key_file is None and not key_named(session.db):
        return f"dans {keep_beside(session.db, found)}"
    told = _keep(found, _whereto(key_file))
    cipher.known(found)  # the settings were read before they said where it is
    return told


def ring_password(service: str) -> str | None:
    """The password of a server, in the system's keyring."""
    ring = _ring()
    found: str | None = ring.get_password(_SERVICE, f"postgresql:{service}") if ring else None
    return found


KEY_FILE = option(
    "FICHIER", "Où garder la clé, s'il n'y a pas de trousseau : sur une clé USB.", "--key-file"
)
RECOVERY = option("FICHIER", "La fiche de secours à imprimer (.html, .txt).", "--recovery")


@contextmanager
def drawn_key(session: Session, key_file: str | None, recovery: str | None) -> Iterator[bytes]:
    """A new key, kept and on its recovery sheet before it serves; forgotten where it does not."""
    from agir_cli.store.driver import can_encrypt, key_named

    if not can_encrypt():
        raise UsageFailure(
            "Ce poste n'a pas de quoi chiffrer : rien n'a été changé.",
            f"Installez-le : {to_install('secure')}",
        )
    place = _whereto(key_file)
    new = cipher.new_key()
    name = cipher.name_of(new)
    page = typed_path(recovery or f"fiche-de-secours-{session.db.stem}-{name[:8]}.html").absolute()
    print_sheet(str(page), session.db, new)
    try:
        kept = _keep(new, place)
        yield new
    finally:
        if key_named(session.db) == name:
            say(session, f"Sa clé ({cipher.shown(name)}) est gardée {kept}.")
            if place is not None and place.parent.stat().st_dev == session.db.stat().st_dev:
                say(session, "À noter : sur le même disque que le fichier, elle se vole avec lui.")
            say_what_to_keep(page, "le fichier et ses sauvegardes")
        else:  # another key may be the file's by now: this one stays where it is, and harms nobody
            page.unlink(missing_ok=True)


def say_what_to_keep(page: Path, what: str) -> None:
    """Say what a recovery sheet is for, and offer to delete the page once it is printed."""
    from agir_cli.cli.prompt import asked, speak, yes

    speak(
        f"Fiche de secours : {page}",
        "Imprimez-la, rangez-la sous clé, puis effacez-la : un poste perdu, elle seule rouvre"
        f" {what}.",
    )
    if asked() and yes("Est-elle imprimée, et puis-je l'effacer ? (o/N) : "):
        page.unlink(missing_ok=True)


def to_encrypt(session: Session, *, encrypted: bool, clear: bool) -> bool:
    """Whether a new file is to be encrypted: said, or proposed first to somebody at a terminal."""
    from agir_cli.cli.prompt import asked, yes
    from agir_cli.store.driver import can_encrypt

    if encrypted and clear:
        raise UsageFailure("--encrypted ou --clear : gardez l'un des deux.")
    if encrypted or clear or os.path.lexists(session.db) or not (asked() and can_encrypt()):
        return encrypted
    return yes(
        "Chiffrer ce fichier, pour que sans sa clé personne ne le lise ? (O/n) : ", first=True
    )


# --- commands ----------------------------------------------------------------------------


@made(app, "encrypt")
def encrypt(
    session: Session, *, key_file: str | None = KEY_FILE, recovery: str | None = RECOVERY
) -> None:
    """Chiffrer le fichier : sans sa clé, ni lui ni ses copies ne se lisent.

    La clé est gardée dans le trousseau du poste (ou un fichier, --key-file), et écrite sur une
    fiche de secours à imprimer. Toutes les commandes vont comme avant. Les copies faites avant
    restent en clair, et sont nommées.

    Exemples :
      agir encrypt
      agir encrypt --key-file /media/cle/agir.cle --recovery fiche.html
    """
    from agir_cli.store.driver import key_named
    from agir_cli.store.file import recode

    if key_named(session.db):
        raise UsageFailure(f"« {session.db.name} » est déjà chiffré.", "Une autre clé : agir rekey")
    _must_be_there(session.db)
    with drawn_key(session, key_file, recovery) as new:
        recode(session.db, new)
        tell(f"Fichier chiffré : {session.db}")
    left = list(_in_clear(session.db))
    if left:
        warn(session, f"restent en clair, à effacer : {', '.join(map(str, left))}")


@made(app, "decrypt")
def decrypt(
    session: Session,
    *,
    yes: bool = flag("Sans question (dans un script)."),
) -> None:
    """Remettre le fichier en clair : qui lit le disque lit de nouveau les noms.

    Exemples :
      agir decrypt
    """
    from agir_cli.cli.prompt import confirm
    from agir_cli.store.file import recode

    _key_here(session.db)
    if not yes:
        confirm("Le fichier ne serait plus protégé", "Remettre le fichier en clair ?",
                "le fichier reste chiffré")  # fmt: skip
    recode(session.db, b"")
    tell(f"Fichier en clair : {session.db}")
    say(session, "Sa clé reste sur ce poste, pour ses sauvegardes chiffrées.")


@made(app, "rekey")
def rekey(
    session: Session, *, key_file: str | None = KEY_FILE, recovery: str | None = RECOVERY
) -> None:
    """Changer la clé du fichier : qui avait l'ancienne ne le lit plus.

    À faire quand une clé s'est perdue, ou que quelqu'un qui l'avait s'en va. Les sauvegardes
    d'avant gardent l'ancienne clé et son ancienne fiche ; une nouvelle : agir backup

    Exemples :
      agir rekey
    """
    from agir_cli.store.file import recode

    before = cipher.name_of(_key_here(session.db))
    with drawn_key(session, key_file, recovery) as new:
        recode(session.db, new)
        tell(f"Le fichier a une autre clé : {session.db}")
    say(session, f"L'ancienne ({cipher.shown(before)}) ne sert plus qu'aux sauvegardes d'avant.")


@made(key, "recovery")
def recovery_sheet(
    session: Session,
    *,
    output: str | None = option("FICHIER", "Où l'écrire (.html, .txt) ; sinon à l'écran."),
) -> None:
    """La fiche de secours du fichier : sa clé, à imprimer et à ranger sous clé.

    Exemples :
      agir key recovery --output fiche.html
    """
    print_sheet(output, session.db, _key_here(session.db))


@made(key, "keep")
def keep_key(session: Session, *, key_file: str | None = KEY_FILE) -> None:
    """Garder sur ce poste la clé du fichier, tapée depuis sa fiche de secours.

    Exemples :
      agir key keep
      agir --db sauvegardes/equipe-2026-11-28-080000-jour.db key keep
    """
    found = _key_here(session.db)
    tell(f"La clé de « {session.db.name} » est gardée {_keep(found, _whereto(key_file))}.")


@made(key, "forget")
def forget_key(session: Session, *, yes: bool = flag("Sans question (dans un script).")) -> None:
    """Retirer de ce poste la clé du fichier : elle se retape depuis la fiche de secours.

    Exemples :
      agir key forget
    """
    from agir_cli.cli.prompt import confirm

    name = cipher.name_of(_key_here(session.db))
    if not yes:
        what = "Sans la fiche de secours, le fichier serait perdu"
        confirm(what, "La fiche de secours est-elle en lieu sûr ?", "la clé reste sur ce poste")
    _forget(name)
    tell(f"La clé de « {session.db.name} » n'est plus sur ce poste.")


def _must_be_there(path: Path) -> None:
    from agir_cli.store.file import open_file

    open_file(path, write=True).close()


def _key_here(path: Path) -> bytes:
    """The key of the session's file. Raises `UsageFailure` for one that is not encrypted."""
    from agir_cli.store.driver import key_of_file

    if not path.is_file():
        _must_be_there(path)
    found = key_of_file(path)
    if not found:
        raise UsageFailure(f"« {path.name} » n'est pas chiffré.", "Le chiffrer : agir encrypt")
    return found


_CLEAR, _OURS = b"SQLite format 3\0", slice(68, 72)


def _in_clear(path: Path) -> Iterator[Path]:
    """The copies of an agir file that stay in clear: beside it, and among its backups."""
    from agir_cli.store.backup import folders
    from agir_cli.store.driver import APPLICATION_ID

    for folder in dict.fromkeys((path.absolute().parent, *folders(path))):
        with suppress(OSError):
            for each in sorted(folder.iterdir()):
                with suppress(OSError), each.open("rb") as file:
                    head = file.read(_OURS.stop)
                    if head.startswith(_CLEAR) and head[_OURS] == APPLICATION_ID.to_bytes(4, "big"):
                        yield each


# --- the recovery sheet ------------------------------------------------------------------

_ON_A_LINE = 4


_OF_FILE = (
    "Fiche de secours : la clé de « {} »",
    "Qui a cette clé lit tout le fichier et ses sauvegardes ; sans elle, et sans un poste qui la"
    " garde, personne ne les lira plus.", "agir key keep",
)  # fmt: skip
_OF_SITE = (
    "Fiche de secours : la clé du site de « {} »",
    "Qui a cette clé lit ce qui est envoyé à ce site, et écrit en son nom ; sans elle, le fichier"
    " n'échange plus avec les autres.", "agir sites key --restore",
)  # fmt: skip


def print_sheet(output: str | None, path: Path, found: bytes, *, site: bool = False) -> None:
    """Write the recovery sheet of a file's key, or of its site's: a page, or text."""
    from agir_cli.exchange.outputs import open_output

    groups = cipher.written(found).split()
    lines = [groups[place : place + _ON_A_LINE] for place in range(0, len(groups), _ON_A_LINE)]
    title, why, again = _OF_SITE if site else _OF_FILE
    title = title.format(path.name)
    about = f"Clé {cipher.shown(cipher.name_of(found))}"
    told = [
        f"{why} À imprimer, à ranger sous clé, à n'envoyer à personne.",
        f"Sur un autre poste : {again}, puis retapez ces quatorze groupes, dans l'ordre."
        " Majuscules, minuscules et espaces ne comptent pas. Ni 0, ni 1, ni 8 : O, I, B.",
    ]
    with open_output(output) as out:
        if output and output.lower().endswith((".html", ".htm")):
            from agir_cli.exchange.pages import Page, Part, Table, write_page

            rows = [(str(n), *each, *[""] * (_ON_A_LINE - len(each)))
                    for n, each in enumerate(lines, 1)]  # fmt: skip
            table = Table("La clé", ("Ligne", "1", "2", "3", "4"), rows, texts=(1, 2, 3, 4))
            write_page(Page(title, [about], [Part("", tables=[table])], told[:1], told[1:]), out)
        else:
            from textwrap import fill

            text = [title, about, "", *("  " + "  ".join(each) for each in lines)]
            text += ["", *(fill(each, 79) for each in told)]
            out.write("\n".join((*text, "")).encode())
