"""What lies beside a file before it is opened: the journal of an interrupted command, or another.

SQLite plays back any journal that bears the file's name. One of another file, of a copy, or of
another moment of this file would put other people's rows in the place of ours without a word.
Sources: the SQLite documentation, « Database File Format », 1.3 and 3.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from agir_cli.failures import FileFailure
from agir_cli.store.cipher import named_by
from agir_cli.store.seal import witness_of
from agir_cli.store.waiting import lock_holder

COMPANIONS = ("-journal", "-wal", "-shm")
_MAGIC, _FORMAT = bytes.fromhex("d9d505f920a163d7"), b"SQLite format 3\0"
_HEAD = 100
_WHOLE = 1 << 32
_FEW = 1000
"""More changes of the schema than one transaction makes."""
_LOOKED_AT = 200_000


class _Page(NamedTuple):
    """What the first page of a file says of it: its changes and its size, in pages."""

    counter: int
    pages: int
    schema: int


class _Journal(NamedTuple):
    """The head of a journal, and the first page of its file as it was before (where it has it)."""

    records: int
    pages: int
    page_size: int
    before: _Page | None


def look_beside(path: Path) -> bool:
    """Refuse a file beside which lies a journal that is not its own (`FileFailure`, exit 7).

    True where a command was interrupted, whose journal is now to be rolled back. To be asked
    before this process opens the file: reading it otherwise would drop this process's locks.
    """
    journal, wal = (path.with_name(path.name + end) for end in COMPANIONS[:2])
    if not (_size(journal) or _size(wal)):
        return False
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            if _is_written(handle) is not False:
                return False
            head, pages = os.pread(handle, _HEAD, 0), os.fstat(handle).st_size
            marks = _marks(journal, wal)
            found = _read(journal)
            if _is_written(handle) is not False or _marks(journal, wal) != marks:
                return False
        finally:
            os.close(handle)
        if named_by(head):  # encrypted: what its journal holds is tried in a copy
            if _size(wal):
                raise strange(path, wal)
            return found is not None
        if len(head) < _HEAD or not head.startswith(_FORMAT):
            return False  # a first page that was half written is what a journal mends
        if _size(wal) and head[18] == head[19] == 1:
            raise strange(path, wal)
        if found is None:
            return False
        if not _follows(path, _page(head), pages // _page_size(head), _page_size(head), found):
            raise strange(path, journal)
        return True
    return False


def acknowledged(path: Path) -> int | None:
    """How often the file was changed, where nobody is changing it: what was acknowledged."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            if _is_written(handle) is False:
                head = os.pread(handle, _HEAD, 0)
                if _is_written(handle) is False and len(head) == _HEAD and not named_by(head):
                    return _page(head).counter
        finally:
            os.close(handle)
    return None


def _follows(path: Path, now: _Page, pages: int, page_size: int, journal: _Journal) -> bool:
    """Whether a journal was begun from the file as it is, or as it was one change before."""
    if journal.page_size != page_size or pages < journal.pages:
        return False
    before = journal.before
    if before is None:  # the file's size is all that can be compared
        return now.pages == journal.pages
    changes = (now.counter - before.counter) % _WHOLE
    if changes > 1 or before.pages != journal.pages:
        return False
    if (now.schema - before.schema) % _WHOLE > _FEW:
        return False
    witness = witness_of(path)
    return not (changes and witness is not None and witness.counter == now.counter)


def _page(head: bytes) -> _Page:
    counter, pages = struct.unpack_from(">II", head, 24)
    return _Page(counter, pages, struct.unpack_from(">I", head, 40)[0])


def _page_size(head: bytes) -> int:
    size = int(struct.unpack_from(">H", head, 16)[0])
    return 65536 if size == 1 else size


def _read(path: Path) -> _Journal | None:
    """The head of a journal; None of one that SQLite would not play back."""
    if not _size(path):
        return None
    handle = os.open(path, os.O_RDONLY)
    try:
        size, start, before = os.fstat(handle).st_size, 0, None
        first = os.pread(handle, 28, 0)
        if len(first) < 28 or not first.startswith(_MAGIC):
            return None
        records, _, pages, sector, page_size = struct.unpack_from(">IIIII", first, 8)
        if not (0 < sector <= 65536 and 512 <= page_size <= 65536):
            return None
        left = _LOOKED_AT
        while before is None and left and start + 28 <= size:
            head = os.pread(handle, 28, start)
            if not head.startswith(_MAGIC):
                break
            count = int(struct.unpack_from(">I", head, 8)[0])
            place = start + sector
            if count in (0, _WHOLE - 1):
                count = max(0, size - place) // (page_size + 8)
            for _ in range(min(count, left)):
                if os.pread(handle, 4, place) == b"\0\0\0\1":
                    page = os.pread(handle, _HEAD, place + 4)
                    before = _page(page) if page.startswith(_FORMAT) else None
                    break
                place += page_size + 8
            left -= min(count, left)
            start = -(-place // sector) * sector
        return _Journal(records, pages, page_size, before)
    finally:
        os.close(handle)


def _is_written(handle: int) -> bool | None:
    """Whether another process holds the right to write; None where the system cannot say."""
    found = lock_holder(handle, readers=False)
    return None if found is None else found != 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _marks(*paths: Path) -> list[tuple[int, int]]:
    found = []
    for path in paths:
        with suppress(OSError):
            known = path.stat()
            found.append((known.st_ino, known.st_size))
    return found


def strange(path: Path, other: Path) -> FileFailure:
    """The refusal of a file beside which lies what is not its own."""
    return FileFailure(
        f"« {other.name} », à côté de « {path.name} », n'est pas de ce fichier à ce moment :"
        " l'ouvrir mettrait d'autres dossiers à la place des siens. Rien n'a été lu ni enregistré.",
        "Fermez ce qui utilise le fichier ; puis, si ce journal n'est à personne, mettez-le de"
        " côté sans l'effacer :",
        f'  mv "{other}" "{other}.ecarte"',
        "et vérifiez : agir check",
    )
