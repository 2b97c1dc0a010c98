"""The journal of accesses: who looked at which dossiers, when, by which command.

A file of its own beside the team's (`agir.db.acces`), a line an access, each with a digest of
itself and of the line before. It holds ids of dossiers, no name, nothing that was searched.
Nobody waits for it, and a command that cannot write it goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from agir_cli.drafts import draft, is_draft, take_name, write_private
from agir_cli.failures import AgirFailure
from agir_cli.store.stamp import in_paris, now

BESIDE = ".acces"
_MOST = 50
"""Ids on one line; of a longer list only how many it has is kept."""
_TAIL, _FORKS, _DIGEST = 8192, 8, 12
_seen: dict[str, None] = {}
_rows = 0
_path: Path | None = None
_acts: tuple[str, Callable[[], str], bool] | None = None


def acts(action: str, author: Callable[[], str], *, out: bool) -> None:
    """Note which command runs, and for whom; ``out``: it writes a file beside the team's.

    One that runs within another has a line of its own.
    """
    global _acts
    keep(0)
    _acts = action, author, out


def opened(path: Path) -> None:
    """Note that this command has opened a team's file."""
    global _path
    _path = None if is_draft(path) else path


def saw(dossiers: Iterable[str]) -> None:
    """Note that this command shows or changes these dossiers (ids)."""
    _seen.update(dict.fromkeys(dossiers))


def listed(count: int) -> None:
    """Note that this command has put out a list of so many rows."""
    global _rows
    _rows += count


def keep(code: int) -> None:
    """Keep what this command has looked at, and how it ended, if it has opened a file."""
    global _path, _rows, _acts
    path, seen, rows, acting = _path, [*_seen], _rows, _acts
    _path, _rows, _acts = None, 0, None
    _seen.clear()
    if path is None or acting is None:
        return
    with suppress(OSError, ValueError, AgirFailure):
        action, author, out = acting
        said = {"le": f"{now()[:19]}Z", "qui": author(), "action": action, "code": code}
        said |= {"dossiers": seen[:_MOST], "combien": len(seen)} if seen else {}
        said |= {"lignes": rows} if rows else {}
        said |= {"sortie": True} if out else {}
        _add(path.with_name(path.name + BESIDE), json.dumps(said, ensure_ascii=False))


def _add(place: Path, told: str) -> None:
    handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_APPEND | _CAREFUL, 0o600)
    try:
        _try_lock(handle)
        size = os.fstat(handle).st_size
        last = os.pread(handle, _TAIL, max(0, size - _TAIL)).rstrip(b"\n").rpartition(b"\n")[2]
        before = last.rpartition(b"\t")[2].decode("ascii", "replace") if last else ""
        os.write(handle, f"{told}\t{_digest(before, told)}\n".encode())
    finally:
        os.close(handle)


_CAREFUL = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""No link is followed, and nobody waits for what is no file."""


def _try_lock(handle: int) -> None:
    """Hold the journal where nobody does: two who write at once both follow the same line."""
    with suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _digest(before: str, told: str) -> str:
    try:  # `hashlib` costs a reading five milliseconds
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    return str(blake2b(f"{before}\0{told}".encode(), digest_size=_DIGEST).hexdigest())


# --- reading -------------------------------------------------------------------------------


class Access(NamedTuple):
    """A line of the journal. ``dossiers`` are ids; ``seen``: how many were looked at, or listed.

    ``whole``: it follows the line before it, and is as it was written.
    """

    moment: str
    author: str
    action: str
    code: int
    dossiers: tuple[str, ...]
    seen: int
    out: bool
    whole: bool

    @property
    def at(self) -> datetime:
        """When, in Paris."""
        return in_paris(self.moment)


def every(path: Path) -> list[Access]:
    """What the journal beside a file holds, the oldest first; nothing where there is none."""
    try:
        lines = path.with_name(path.name + BESIDE).read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [*_read(lines)]


def _read(lines: Iterable[str]) -> Iterator[Access]:
    before = [""]
    for place, line in enumerate(lines):
        told, _, mark = line.rpartition("\t")
        known = [mark] if place == 0 and told == _CUT else [_digest(b, told) for b in before]
        before = [*before[-_FORKS:], mark]
        if told == _CUT:
            continue
        try:
            said: dict[str, Any] = json.loads(told)
            dossiers = tuple(map(str, said.get("dossiers", ())))
            count = int(said.get("combien", 0)) or int(said.get("lignes", 0))
            yield Access(
                str(said["le"]), str(said["qui"]), str(said["action"]), int(said["code"]), dossiers,
                count, bool(said.get("sortie")), mark in known,
            )  # fmt: skip
        except (ValueError, LookupError, TypeError, AttributeError):
            yield Access(_UNREAD, "?", "?", 0, (), 0, False, False)


_CUT, _UNREAD = '{"avant":"coupé"}', "1970-01-01T00:00:00Z"


def cut(path: Path, first: date) -> int:
    """Take out what is from before a day; how many lines. The rest still proves itself."""
    place, limit = path.with_name(path.name + BESIDE), first.isoformat()
    with suppress(OSError):
        lines = place.read_text("utf-8", "replace").splitlines()
        old = sum(1 for each in _read(lines) if _UNREAD < each.moment < limit)
        start = old + (1 if lines and lines[0].startswith(_CUT) else 0)
        if old:
            with draft(place) as new:
                mark = lines[start - 1].rpartition("\t")[2]
                kept = [f"{_CUT}\t{mark}", *lines[start:]]
                write_private(new, "".join(f"{line}\n" for line in kept))
                take_name(new, place, overwrite=True)
        return old
    return 0


MANY = 50
"""Dossiers opened within an hour from which on it is told."""


def anomalies(found: Iterable[Access]) -> Iterator[tuple[Access, str]]:
    """What deserves a look: the line, and why (French)."""
    hours: dict[tuple[str, str], int] = {}
    for each in found:
        if not each.whole:
            yield each, "la ligne a été changée, ou celle d'avant ôtée"
            continue
        hour = (each.author, f"{each.at:%Y-%m-%d %H}")
        before = hours.get(hour, 0)
        hours[hour] = before + max(len(each.dossiers), each.seen if each.dossiers else 0)
        if before <= MANY < hours[hour]:
            yield each, f"plus de {MANY} dossiers ouverts dans l'heure"
        if each.out and each.seen > MANY:
            yield each, f"plus de {MANY} dossiers sortis dans un fichier"
        night = each.at.hour >= 22 or each.at.hour < 6
        if night and (each.out or each.action.split()[0] in _OUT):
            yield each, "une sortie de nuit (22 h à 6 h)"


_OUT = ("export", "backup", "subject")
