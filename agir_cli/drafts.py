"""Files and folders that appear whole or not at all: drafts, made beside their place.

A draft is noted in the user's own folder while its command lives, so that the next command clears
what a killed one has left: nobody's identity stays under a hidden name.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")


def user_folder(*, settings: bool = False) -> Path:
    """The platform's folder for what agir keeps for this user (not created here), or ``settings``.

    Raises `RuntimeError` for an account without a home.
    """
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "agir"
    variable, *usual = _FOLDERS[sys.platform == "win32", settings]
    return Path(os.environ.get(variable) or Path.home().joinpath(*usual)) / "agir"


_FOLDERS = {
    (True, False): ("LOCALAPPDATA", "AppData", "Local"),
    (True, True): ("APPDATA", "AppData", "Roaming"),
    (False, False): ("XDG_DATA_HOME", ".local", "share"),
    (False, True): ("XDG_CONFIG_HOME", ".config"),
}
"""On Windows or not, of the settings or not: the variable that names the folder, and the usual."""


def is_draft(path: Path) -> bool:
    """Whether a name is that of a draft."""
    return _NAME.fullmatch(path.name) is not None


def final_of(path: str) -> str:
    """A path as it is to be, where a part of it still is a draft."""
    return re.sub(r"\.([^/\\]+)\.[0-9a-f]{12}\.tmp(?=[/\\]|$)", r"\1", path)


@contextmanager
def draft(final: Path) -> Iterator[Path]:
    """A free name beside ``final``, for a file or a folder; what still bears it is then removed."""
    mark = os.urandom(6).hex()
    path = final.with_name(f".{final.name[:80]}.{mark}.tmp")
    note = _noted(path, mark)
    try:
        yield path
    finally:
        _remove(path)
        if note is not None:
            _forget(*note)


def make_private(path: Path) -> None:
    """Make an empty file for its owner's eyes alone. Raises `FileExistsError`."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def write_private(path: Path, text: str) -> None:
    """Write a new file for its owner's eyes alone. Raises `FileExistsError`."""
    make_private(path)
    path.write_text(text, "utf-8")


def take_name(path: Path, final: Path, *, overwrite: bool = False) -> None:
    """Give a draft, written out to the disk, its name; raises `FileExistsError` where it is taken.

    A hard link refuses a name taken meanwhile, where a rename would replace it. The folder is
    synced too: the name outlives a power cut.
    """
    if not overwrite and path.is_file():
        try:
            os.link(path, final)
        except FileExistsError:
            raise
        except (OSError, AttributeError, NotImplementedError):
            if os.path.lexists(final):
                raise FileExistsError(errno.EEXIST, "existe déjà") from None
            path.replace(final)
    else:
        path.replace(final)
    sync(final.parent)


def sync(path: Path) -> None:
    """Have the disk hold a file, or the names of a folder, where the system can say so."""
    with suppress(OSError):  # Windows opens no folder, and some file systems sync none
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def clear() -> list[Path]:
    """Remove the drafts of commands that were killed; which they were."""
    found = []
    for note in _notes():
        with suppress(OSError), _held(note) as path:
            if path is not None:
                if os.path.lexists(path):
                    _remove(path)
                    found.append(path)
                note.unlink()
    return found


def living() -> set[Path]:
    """The drafts that commands of this user are writing now."""
    found = set()
    for note in _notes():
        with suppress(OSError):
            with _held(note) as path:
                pass
            if path is None:
                found.add(Path(note.read_text("utf-8")))
    return found


def _notes() -> list[Path]:
    try:
        with os.scandir(user_folder() / "brouillons") as entries:
            return [Path(entry.path) for entry in entries]
    except (OSError, RuntimeError):
        return []


def _noted(path: Path, mark: str) -> tuple[Path, int] | None:
    """Note a draft, under a lock that ends with the process; None where there is no place for it.

    The note takes its name once it is locked and filled.
    """
    with suppress(OSError, RuntimeError):
        folder = user_folder() / "brouillons"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        note = folder / mark
        new = folder.parent / f"{mark}.brouillon"
        handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        _lock(handle)
        os.write(handle, os.fsencode(path.absolute()))
        new.rename(note)
        return note, handle
    return None


def _forget(note: Path, handle: int) -> None:
    with suppress(OSError):
        os.close(handle)
        note.unlink()


@contextmanager
def _held(note: Path) -> Iterator[Path | None]:
    """What a note names, held for oneself; None where its command lives."""
    handle = os.open(note, os.O_RDWR)
    try:
        if _lock(handle):
            path = Path(os.fsdecode(os.read(handle, 8192)))
            yield path if is_draft(path) else None
        else:
            yield None
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # a draft of a killed command then stays, and `check` lists it
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        from shutil import rmtree

        rmtree(path, ignore_errors=True)
    for name in (path.name, f"{path.name}-journal", f"{path.name}.sceau"):
        with suppress(OSError):
            path.with_name(name).unlink(missing_ok=True)
