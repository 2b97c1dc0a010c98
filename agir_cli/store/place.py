"""Where a file stands: on a share, in a synchronised folder, open to others; copies beside it.

Two machines that write to one share damage the file, whatever they lock (SQLite, « How To Corrupt
An SQLite Database File », 2.1); a synchroniser that keeps the newest loses what the other wrote.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from agir_cli.drafts import final_of
from agir_cli.failures import FileFailure
from agir_cli.store.waiting import notice, post_says

FORCED = "partage"
"""The setting of the post by which a team writes there all the same."""

_NETWORKS = frozenset((
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "ceph", "glusterfs", "lustre", "beegfs",
    "davfs", "fuse.sshfs", "fuse.rclone", "fuse.davfs2", "fuse.gvfsd-fuse", "fuse.s3fs",
    "fuse.glusterfs", "fuse.google-drive-ocamlfuse", "fuse.onedriver", "vboxsf", "fuse.smbnetfs",
))  # fmt: skip
_MARKS = (
    ".stfolder", ".nextcloudsync.log", ".owncloudsync.log", ".dropbox", ".dropbox.cache",
    ".SeaDrive", ".kdrive", ".849C9593-D756-4E56-8D6E-42412F2A707B",
)  # fmt: skip
"""What synchronisers leave in the folder that they keep: Syncthing, Nextcloud, Dropbox…"""
_NAMES = (
    "onedrive", "dropbox", "nextcloud", "owncloud", "google drive", "googledrive", "mon drive",
    "my drive", "icloud drive", "mobile documents", "cloudstorage", "pcloud", "pclouddrive",
    "kdrive", "seafile", "megasync", "syncthing",
)  # fmt: skip
_LOOKED_AT = 2000
_MOUNTS = Path("/proc/self/mountinfo")


def shared(path: Path) -> str:
    """Why nobody must write to a file there, in words that end a sentence (French); else « »."""
    with suppress(OSError):
        folder = path.resolve().parent
        kind = _network(folder)
        return f"sur un partage réseau ({kind})" if kind else _synchronised(folder)
    return ""


def _network(folder: Path) -> str:
    """The kind of the network file system that a folder is on; « » for a disk of this machine.

    Not known on macOS.
    """
    if sys.platform == "win32":
        if str(folder).startswith("\\\\"):
            return "UNC"
        import ctypes

        remote = 4  # DRIVE_REMOTE, as GetDriveTypeW has it
        return "lecteur" if ctypes.windll.kernel32.GetDriveTypeW(folder.anchor) == remote else ""
    best = found = ""
    with suppress(OSError, ValueError, IndexError):
        for line in _MOUNTS.read_text("utf-8", "replace").splitlines():
            words = line.split(" ")
            point = words[4].replace("\\040", " ")
            inside = folder == Path(point) or str(folder).startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best):
                best, found = point, words[words.index("-") + 1]
    return found if found in _NETWORKS else ""


def _synchronised(folder: Path) -> str:
    told = "dans un dossier synchronisé ({})"
    for each in (folder, *folder.parents):
        name = each.name.lower()
        if any(name == known or name.startswith((f"{known} ", f"{known}-")) for known in _NAMES):
            return told.format(each.name)
        for mark in _MARKS:
            if os.path.lexists(each / mark):
                return told.format(each.name or each)
    return ""


def refuse_shared(path: Path, nothing: str = "rien n'a été enregistré") -> None:
    """Refuse to write where others' machines may write too, unless the post says otherwise."""
    why = "" if post_says(FORCED) == "oui" else shared(path)
    if why:
        name = Path(final_of(str(path))).name
        raise FileFailure(
            f"« {name} » est {why} : deux postes s'y perdraient leurs saisies ou abîmeraient"
            f" le fichier ; {nothing}.",
            "Mettez-le sur le disque de ce poste (--db), et sauvegardez-le (agir backup).",
            "Pour y écrire quand même, à vos risques : agir config set partage oui",
        )


def open_to_others(folder: Path) -> bool:
    """Whether anybody on this machine may replace what a folder holds."""
    if os.name != "posix":
        return False
    mode = folder.stat().st_mode
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def seen_by_others(path: Path) -> bool:
    """Whether others than its owner may read a file."""
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def copies(path: Path) -> Iterator[Path]:
    """The « conflicted copies » of a file that a synchroniser has left beside it."""
    with suppress(OSError), os.scandir(path.absolute().parent) as entries:
        for each in islice(entries, _LOOKED_AT):
            if "confli" in each.name.lower() and each.name.startswith(path.stem):
                yield Path(each.path)


_looked: set[Path] = set()


def quick_look(path: Path) -> None:
    """Say, once a command, what is wrong with the place of a file: it costs under a millisecond."""
    if path in _looked:
        return
    _looked.add(path)
    with suppress(OSError):
        for each in (path, path.with_name(path.name + ".cle")):
            if each.exists() and seen_by_others(each):
                notice(f"d'autres que vous peuvent lire « {each.name} » : chmod 600 {each}")
        if open_to_others(path.absolute().parent):
            notice(
                f"d'autres que vous peuvent remplacer « {path.name} » : chmod go-w sur son dossier"
            )
        if post_says(FORCED) != "oui" and (why := shared(path)):
            notice(f"« {path.name} » est {why} : rien ne s'y enregistrera.")
        for each in copies(path):
            notice(f"« {each.name} », à côté du fichier : deux postes ont écrit (agir check).")
