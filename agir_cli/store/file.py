"""Opening the team's file: found, verified, brought forward; created, never overwritten."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from sqlite3 import SQLITE_CORRUPT
from typing import BinaryIO

from agir_cli.drafts import draft, is_draft, make_private, sync, take_name
from agir_cli.failures import FileFailure, NewerFailure, reason_of
from agir_cli.store import access, backup, cipher, dump, lists, memory_keys, migrations, seal
from agir_cli.store.companions import COMPANIONS, acknowledged, look_beside, strange
from agir_cli.store.driver import (
    APPLICATION_ID,
    REPLACED,
    Connection,
    DatabaseError,
    connect,
    copy_to,
    damaged,
    explained,
    in_memory,
    is_open,
    keep,
    key_named,
    reading,
    replaced,
    writing,
)
from agir_cli.store.place import quick_look, refuse_shared
from agir_cli.store.waiting import notice, patiently


def open_file(path: Path, *, write: bool) -> Connection:
    """Open an existing agir file of this program's version.

    Raises `FileFailure` (exit 7) when it is missing, foreign, newer, damaged or read-only.
    """
    writable = _may_write(path, write=write)
    interrupted = _was_interrupted(path)
    connection = None
    try:
        connection = connect(path, "rw" if writable else "ro")
        older = patiently(connection, partial(_verify, connection, path)) < migrations.version()
        if older or not lists.are_current(connection):
            if not writable:
                raise FileFailure(
                    f"Le fichier « {path.name} » vient d'une autre version d'agir, et il est en"
                    " lecture seule : ses listes ne peuvent pas être refaites.",
                    "Copiez-le là où vous pouvez écrire, et lisez la copie (--db).",
                )
            _bring_forward(connection, path, older=older)
        if interrupted:
            notice(
                f"une commande interrompue avait commencé à écrire dans « {path.name} » : c'est"
                " défait, le fichier est comme avant elle."
            )
        _look_for_keys(connection, path)
        access.opened(path)
        if not write:
            connection.execute("PRAGMA query_only = ON")
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, DatabaseError | UnicodeDecodeError):
            raise explained(error, path, write=write) from None
        raise
    return connection


def _may_write(path: Path, *, write: bool) -> bool:
    """Whether the file may be written to, once it may be opened; refuse what may not be."""
    _must_exist(path)
    if not os.access(path, os.R_OK):
        raise _closed(path, PermissionError(errno.EACCES, "unreadable"))
    writable = os.access(path, os.W_OK)
    if write and not writable:
        raise FileFailure(
            f"Le fichier « {path.name} » est en lecture seule : rien n'a été enregistré.",
            "Demandez le droit d'écriture, ou travaillez sur un autre fichier (--db).",
        )
    if write:
        refuse_shared(path)
    if not is_draft(path):
        quick_look(path)
    return writable


def _was_interrupted(path: Path) -> bool:
    if is_open(path) or not look_beside(path):
        return False
    if key_named(path):
        _try_journal(path)
    return True


def _try_journal(path: Path) -> None:
    """Play the journal of an encrypted file back in a copy, and refuse one that spoils it.

    What it was begun from cannot be read of it; what comes out must be sound, and hold all that was
    acknowledged.
    """
    from shutil import copyfile

    ours, theirs = (path.with_name(f"{path.name}{end}") for end in ("", COMPANIONS[0]))
    with draft(path) as place:
        for each, copy in ((ours, place), (theirs, place.with_name(place.name + COMPANIONS[0]))):
            copy.touch(mode=0o600, exist_ok=False)
            copyfile(each, copy)
        witness, known = seal.witness_of(path), None
        with suppress(DatabaseError), closing(connect(place, "rw")) as connection:
            if connection.execute("PRAGMA quick_check").fetchone()[0] == "ok":
                known = seal.seal_of(connection)
        if known is None or (witness is not None and seal.contradicts(witness, known)):
            raise strange(path, theirs)


_missed: set[Path] = set()


def _look_for_keys(connection: Connection, path: Path) -> None:
    """Say at once, whatever the command, that a key of the memory of used-up rights is lost."""
    if not (path in _missed or is_draft(path)) and (told := memory_keys.lost(connection, path)):
        _missed.add(path)
        notice(told)


def _must_exist(path: Path) -> None:
    try:
        there = path.exists()
    except OSError as error:
        raise _closed(path, error) from None
    if not there:
        raise FileFailure(
            f"Il n'y a pas de fichier agir à cet endroit : {path.absolute()}",
            "Créez-le : agir init --departement 44   (ou essayez : agir demo)",
            "Un autre fichier se nomme avec --db FICHIER, ou la variable AGIR_DB.",
        )
    if path.is_dir():
        raise FileFailure(f"« {path.name} » est un dossier, pas un fichier agir.")
    if not path.is_file():  # a pipe would be waited for
        raise FileFailure(
            f"« {path.name} » n'est pas un fichier ordinaire.", "Vérifiez --db et AGIR_DB."
        )
    if path.stat().st_nlink > 1:
        raise FileFailure(
            f"Le fichier « {path.name} » a plusieurs noms (lien dur) : l'ouvrir pourrait l'abîmer.",
            "Gardez-en un seul, puis recommencez.",
        )


def _closed(path: Path, error: OSError) -> FileFailure:
    return FileFailure(
        f"Le fichier « {path} » ne peut pas être ouvert : {reason_of(error)}.",
        "Vérifiez --db et AGIR_DB, et vos droits sur ce dossier.",
    )


def _verify(connection: Connection, path: Path) -> int:
    identity = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if identity != APPLICATION_ID:
        raise FileFailure(
            f"« {path.name} » n'est pas un fichier agir ; il n'a pas été touché.",
            "Vérifiez --db et AGIR_DB.",
        )
    if version > migrations.version():
        raise NewerFailure(
            f"« {path.name} » a été écrit par une version plus récente d'agir"
            f" (schéma {version}, ici {migrations.version()}) ; il n'a pas été touché."
        )
    return version


def _bring_forward(connection: Connection, path: Path, *, older: bool) -> None:
    from agir_cli.store import schema

    refuse_shared(path)
    if older:
        schema.migrate(connection, path)
    else:
        schema.remake_lists(connection)


def uncreated(path: Path, error: OSError) -> FileFailure:
    """What to say of a file that the system does not let be made."""
    if error.errno == errno.ENOTDIR:
        why = "une partie de son chemin est un fichier, pas un dossier"
    else:
        why = reason_of(error, writing=True)
    return FileFailure(
        f"« {path} » ne peut pas être créé : {why}.", "Choisissez un autre endroit (--db, --to)."
    )


def _taken(path: Path) -> FileFailure:
    if path.is_symlink() and not path.exists():
        return FileFailure(
            f"« {path.name} » est un lien vers un fichier qui n'existe pas : {path.readlink()}",
            "Retirez ce lien, ou nommez avec --db le fichier lui-même.",
        )
    return FileFailure(
        f"« {path.name} » existe déjà ; il n'a pas été touché.",
        "Choisissez un autre nom avec --db, ou continuez avec ce fichier.",
    )


def refuse_name(path: Path) -> None:
    """Raise `FileFailure` where no new file may take a name; otherwise its folder is there."""
    if path.name.endswith((*COMPANIONS, seal.BESIDE, memory_keys.BESIDE)):
        raise FileFailure(
            f"« {path.name} » est le nom du journal d'un autre fichier.", "Choisissez un autre nom."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except FileExistsError as error:
        raise uncreated(path, NotADirectoryError(errno.ENOTDIR, str(error))) from None
    except OSError as error:
        raise uncreated(path, error) from None
    if os.path.lexists(path):
        raise _taken(path)
    refuse_shared(path, "rien n'a été créé")


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Where a new file is built: what stands there at the end takes the name, whole.

    A command that is killed leaves no file. Raises `FileFailure` when something is already at
    ``path``: nothing is ever overwritten.
    """
    refuse_name(path)
    with draft(path) as place:
        yield place
        sync(place)
        try:
            take_name(place, path)
        except FileExistsError:
            raise _taken(path) from None
        except OSError as error:
            raise uncreated(path, error) from None
        seal.move(place, path)
    keep()


@contextmanager
def replacing(path: Path, place: Path, *, aside: bool) -> Iterator[Path | None]:
    """Put a file built at ``place`` under a name, in the place of the one that may be there.

    Nobody writes to that one meanwhile, unless it cannot be opened. ``aside``: it is kept beside,
    and its name given.
    """
    former = path.with_name(f"{path.name}.avant-restauration-{_instant()}")
    with ExitStack() as held:
        if there := path.exists():
            with suppress(DatabaseError, FileFailure):  # an encrypted one may be unreadable
                old = held.enter_context(closing(connect(path, "rw")))
                patiently(old, partial(old.execute, "BEGIN IMMEDIATE"))
            for end in COMPANIONS[:2]:
                with suppress(OSError):
                    path.with_name(path.name + end).rename(former.with_name(former.name + end))
        sync(place)
        if there and aside:
            take_name(path, former)
        take_name(place, path, overwrite=there)
        seal.move(place, path)
        keep()
        yield former if there and aside else None


def create_file(path: Path, named: Path | None = None, key: bytes = b"") -> Connection:
    """Create an empty file readable by its owner alone, with the whole schema.

    ``named``: the name that it takes once it is filled (`appearing`). ``key``: with which it is
    encrypted. Raises `FileFailure` when something is already there.
    """
    from agir_cli.store.schema import build

    try:
        make_private(path)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise uncreated(named or path, error) from None
    connection = connect(path, "rw", key)
    try:
        build(connection)
    except BaseException as error:
        connection.close()
        path.unlink()
        if isinstance(error, DatabaseError):
            raise explained(error, named or path) from None
        raise
    return connection


@contextmanager
def recording(path: Path) -> Iterator[Connection]:
    """One write transaction on the file: committed at the end if nothing was raised."""
    from agir_cli.store.schema import refuse_departures

    connection = open_file(path, write=True)
    try:
        _refuse_damaged(connection, path)
        backup.each_day(connection, path)
        with writing(connection):
            refuse_departures(connection)
            yield connection
            if not connection.is_there():
                raise replaced(path)
        if not connection.is_there():
            raise _recorded_elsewhere(connection, path)
    except DatabaseError as error:
        there = connection.is_there()
        connection.close()
        if not there:
            raise replaced(path) from None
        _roll_back(path)
        _keep_damage(error, path)
        raise explained(error, path) from None
    finally:
        connection.close()
    _acknowledge(connection, path)


_LOOKED, _LOOKED_AT = 0.03, 3_000
"""Seconds of looking for damage before each write, and the most pages that are read in them.

12 MB: some 2,500 dossiers. A larger file is looked at by `check`, and where a page is read.
"""


def _refuse_damaged(connection: Connection, path: Path) -> None:
    """Refuse to write to a file whose pages are damaged: what is there could be lost by it."""
    witness = seal.witness_of(path)
    small = connection.execute("PRAGMA page_count").fetchone()[0] <= _LOOKED_AT
    if (witness is not None and witness.damaged) or (small and damaged(connection, _LOOKED)):
        keep_damage(path, found=True)
        raise FileFailure(
            f"Le fichier « {path.name} » est endommagé : rien n'a été enregistré.",
            "Reprenez la dernière sauvegarde ; agir check dit tout ce qui est touché.",
        )


def keep_damage(path: Path, *, found: bool) -> None:
    """Keep beside the file that its pages are damaged, or that they are sound again."""
    witness = seal.witness_of(path)
    if witness is not None and witness.damaged is not found:
        seal.keep_witness(path, witness._replace(damaged=found))


def _keep_damage(error: DatabaseError, path: Path) -> None:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == SQLITE_CORRUPT:
        keep_damage(path, found=True)


def _acknowledge(connection: Connection, path: Path) -> None:
    """Keep beside the file that its journal, found again one day, is no more to be played back."""
    new = connection.sealing.seal if connection.sealing is not None else None
    if new is not None and not is_open(path):
        seal.keep_witness(path, new._replace(counter=acknowledged(path)))


def _roll_back(path: Path) -> None:
    """Undo what a full disk has stopped: the file alone, copied now, is whole."""
    with suppress(DatabaseError), closing(connect(path, "rw")) as connection:
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()


def scrub(path: Path) -> list[Path]:
    """Write the file anew: no page keeps what was erased. Which old copies of it went too.

    They are those that the program made before bringing the file forward.
    """
    connection = connect(path, "rw")
    try:
        patiently(connection, partial(connection.execute, "VACUUM"))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        new = seal.seal_of(connection)
    except DatabaseError as error:
        raise FileFailure(
            "L'effacement est fait, mais le fichier n'a pas pu être réécrit sans ce qui est parti."
            f" {explained(error, path, write=False)}",
            "Recommencez plus tard, sans rien effacer de plus : agir purge --rewrite",
        ) from None
    finally:
        connection.close()
    if new is not None and not is_open(path):
        seal.keep_witness(path, new._replace(counter=acknowledged(path)))
    copies = sorted(path.parent.glob(f"{path.name}.avant-v*"))
    for copy in copies:
        copy.unlink(missing_ok=True)
    return copies


def _recorded_elsewhere(connection: Connection, path: Path) -> FileFailure:
    """The file was replaced at the last moment: what was recorded is kept under another name."""
    copy = path.with_name(f"{path.name}.enregistre-{_instant()}")
    copy_to(connection, copy)
    return FileFailure(
        f"« {path.name} » a été remplacé par un autre fichier pendant la commande : ce qui vient"
        f" d'être enregistré l'a été dans l'ancien fichier, ici : {copy.name}",
        "Gardez l'un des deux, ressaisissez dans l'autre ce qui lui manque, et rangez-le.",
        REPLACED,
    )


def _instant() -> str:
    """The real instant, in Paris, as the end of a name."""
    from agir_cli.store.stamp import in_paris, now

    return f"{in_paris(now()):%Y%m%d%H%M%S}"


@contextmanager
def consulting(path: Path) -> Iterator[Connection]:
    """One short read transaction: read all, leave, then print."""
    with closing(open_file(path, write=False)) as connection, _told(path), reading(connection):
        yield connection


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What reading the file may meet, in words."""
    try:
        yield
    except DatabaseError as error:
        _keep_damage(error, path)
        raise explained(error, path, write=False) from None
    except ValueError as error:  # nothing that this program has written
        raise FileFailure(
            f"Le fichier « {path.name} » contient une valeur qui ne se lit pas : un autre programme"
            " l'a changé.",
            "agir check dit où.",
        ) from error


_IN_MEMORY = 64 << 20


@contextmanager
def apart(path: Path) -> Iterator[Connection]:
    """A private copy of the file at one moment: a long reading hinders nobody who writes.

    It stands in memory, or, of a large file, beside it as a draft, encrypted where the file is.
    """
    with ExitStack() as kept:
        with consulting(path) as connection:
            if path.stat().st_size > _IN_MEMORY:
                place = kept.enter_context(draft(path))
                make_private(place)
                copy = kept.enter_context(closing(connect(place, "rw", connection.key)))
            else:
                copy = kept.enter_context(in_memory(connection.key))
            copy.mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            connection.backup(copy)
        with _told(path):
            yield copy


# --- another key -------------------------------------------------------------------------


def recode(path: Path, key: bytes) -> None:
    """Write the whole file anew under this key (none: in clear), in the place of the other.

    Nobody writes meanwhile; a command that is killed leaves the one or the other, whole. What was
    in clear is overwritten before the disk has its place back.
    """
    open_file(path, write=True).close()  # brought forward, and its journal played back
    with _told(path), ExitStack() as kept:
        place = kept.enter_context(draft(path))
        make_private(place)
        held = kept.enter_context(closing(connect(path, "rw", able=True)))
        _refuse_damaged(held, path)
        patiently(held, partial(held.execute, "BEGIN IMMEDIATE"))
        if not held.is_there():
            raise replaced(path)
        with closing(connect(path, "ro", able=True)) as source:
            _copy_under(source, place, key)
        sync(place)
        if not held.is_there():
            raise replaced(path)
        clear = kept.enter_context(path.open("r+b")) if not held.key else None
        if os.name == "nt":  # where a file that is open keeps its name
            held.close()
        take_name(place, path, overwrite=True)
        keep()
        if clear is not None:
            _blank(clear, held)


def _copy_under(source: Connection, place: Path, key: bytes) -> None:
    """Copy a file to an empty one under another key, and prove the copy."""
    source.execute("ATTACH ? AS copy KEY ?", (str(place), cipher.for_engine(key)))
    source.execute("PRAGMA copy.journal_mode = OFF")
    source.execute("SELECT sqlcipher_export('copy')").fetchone()
    for name in ("application_id", "user_version", "schema_version"):
        value = source.execute(f"PRAGMA main.{name}").fetchone()[0]
        source.execute(f"PRAGMA copy.{name} = {value}")
    source.execute("DETACH copy")
    with closing(connect(place, "ro", key)) as copy:
        counts = [
            [each.execute(f"SELECT count(*) FROM {t.name}").fetchone() for t in dump.shapes(each)]
            for each in (source, copy)
        ]
        sound = copy.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        if not sound or counts[0] != counts[1] or seal.seal_of(source) != seal.seal_of(copy):
            raise FileFailure("La copie n'est pas égale au fichier : rien n'a été changé.")


def _blank(file: BinaryIO, held: Connection) -> None:
    """Overwrite what no name leads to any more, once those who read it have done."""
    with suppress(OSError, DatabaseError):
        if os.name != "nt":
            held.execute("ROLLBACK")
            patiently(held, partial(held.execute, "BEGIN EXCLUSIVE"))
        for _ in range(0, os.fstat(file.fileno()).st_size, 1 << 20):
            file.write(bytes(1 << 20))
        file.flush()
        os.fsync(file.fileno())
