"""Backups: whole, checked and sealed copies of the file, taken while others work, and rotated.

A backup is an ordinary agir file; its witness beside it says whose it is, when and why it was
taken, what it holds, and the digest of its bytes.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, nullcontext, suppress
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from sqlite3 import SQLITE_FULL, DatabaseError
from typing import Any, NamedTuple

from agir_cli.drafts import draft, is_draft, sync, take_name, write_private
from agir_cli.failures import FileFailure, reason_of
from agir_cli.store import seal
from agir_cli.store.driver import Connection, connect, copy_to, explained, reading
from agir_cli.store.settings import demonstration_day, site_of
from agir_cli.store.stamp import in_paris, now, paris_moment
from agir_cli.store.waiting import notice, post_says

FOLDER, PLACE, DAYS, KEPT = (
    "sauvegardes", "sauvegarde.dossier", "sauvegarde.jours", "sauvegarde.garder",
)  # fmt: skip
"""Where they go beside the file; then the settings of the post: where, from how many days on an
age is told, for how many days a backup is kept."""
DAY, ASKED, MIGRATION, IMPORT = "jour", "demande", "migration", "import"
PURGE, RESTORE, REPAIR, HANDOVER = "purge", "restauration", "reparation", "remise"
_TOLD_AFTER, _KEPT_FOR = 7, 35
_NEWEST, _DAILY, _WEEKLY = 10, 7, 28
"""The newest are kept; then the last of each day, of each week, of each month."""


class Backup(NamedTuple):
    """A backup as its witness describes it. ``seal.file``: whose it is, empty where unknown.

    ``sha256`` is of its bytes; ``reason`` is why it was taken (`DAY`, `ASKED`, …).
    """

    path: Path
    taken_at: str
    reason: str
    seal: seal.Seal
    dossiers: int
    events: int
    sha256: str

    @property
    def moment(self) -> datetime:
        """When it was taken, in Paris."""
        return in_paris(self.taken_at)


def digest(path: Path) -> str:
    """The SHA-256 of a file that nobody writes to."""
    from hashlib import file_digest

    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def folders(path: Path) -> list[Path]:
    """Where backups of a file are: the folder of the post, then the one beside the file."""
    configured = post_says(PLACE)
    beside = path.absolute().parent / FOLDER
    return [Path(configured), beside] if configured else [beside]


def instant(text: str) -> str:
    """An instant in words, in Paris; as it stands where it cannot be read."""
    try:
        return paris_moment(text)
    except (ValueError, OverflowError):
        return text


# --- taking ------------------------------------------------------------------------------


def take(
    connection: Connection, path: Path, reason: str = ASKED, folder: Path | None = None
) -> Backup:
    """Copy the open file into a folder, reopen the copy and check it; older ones are rotated.

    Others go on working. Raises `FileFailure`, and leaves nothing behind, where it cannot be.
    """
    place = folder or _present(path)
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        with nullcontext() if connection.in_transaction else reading(connection):
            taken = _taken(connection, path, reason, place)
    except OSError as error:
        raise _not_taken(place, error) from None
    except DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) == SQLITE_FULL:  # the copy's disk
            raise _not_taken(place, OSError(errno.ENOSPC, "")) from None
        raise explained(error, path, write=False) from None
    _remember(path, taken)
    if taken.seal.file:
        for old in outdated(found_in([place], taken.seal.file), taken.moment.date(), _kept_for()):
            for each in (old.path, old.path.with_name(old.path.name + seal.BESIDE)):
                with suppress(OSError):
                    each.unlink()
    return taken


def _not_taken(place: Path, error: OSError) -> FileFailure:
    why = reason_of(error, writing=True)
    return FileFailure(f"La sauvegarde dans « {place} » n'a pas pu être faite : {why}.")


def _present(path: Path) -> Path:
    """The folder of the post; the one beside the file, and said, where its stick is not there."""
    *configured, beside = folders(path)
    for place in configured:
        if place.is_dir():
            return place
        notice(f"le dossier de sauvegarde « {place} » n'est pas là ; elle est faite dans {beside}")
    return beside


def _taken(connection: Connection, path: Path, reason: str, folder: Path) -> Backup:
    moment = now()
    named = f"{path.stem}-{in_paris(moment):%Y-%m-%d-%H%M%S}"
    for number in count(1):
        final = folder / f"{named}-{reason}{f'-{number}' if number > 1 else ''}.db"
        if os.path.lexists(final):
            continue
        with draft(final) as new, suppress(FileExistsError):  # taken meanwhile: the next name
            copy_to(connection, new)
            known, dossiers, events = _reopened(new, connection)
            kept = Backup(final, moment, reason, known, dossiers, events, digest(new))
            _describe(new, kept)
            sync(new)
            take_name(new, final)
            seal.move(new, final)
            return kept
    raise AssertionError


def _reopened(new: Path, source: Connection) -> tuple[seal.Seal, int, int]:
    """Open a copy again, as whoever restores it will: its seal, its dossiers, its events."""
    with closing(connect(new, "ro")) as again:
        known = seal.seal_of(again)
        broken = again.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None or known != seal.seal_of(source):
            raise FileFailure(f"La copie « {new.name} » n'est pas égale au fichier.")
        tables = {name for (name,) in again.execute("SELECT name FROM sqlite_master")}
        dossiers, events = (
            int(again.execute(f"SELECT count(*) FROM {name}").fetchone()[0])
            if name in tables
            else 0
            for name in ("dossiers", "events")
        )
    return known or seal.Seal("", 0, ""), dossiers, events


def holding(connection: Connection) -> tuple[str, int, str | None]:
    """Whose an open file is, how many dossiers it has, when its last act was recorded."""
    own = seal.seal_of(connection)
    (dossiers,) = connection.execute("SELECT count(*) FROM dossiers").fetchone()
    (last,) = connection.execute("SELECT max(recorded_at) FROM events").fetchone()
    return own.file if own is not None else "", dossiers, last


def _describe(place: Path, kept: Backup) -> None:
    words = {
        "fichier": kept.seal.file, "rang": kept.seal.number, "sceau": kept.seal.content,
        "pris_le": kept.taken_at, "motif": kept.reason, "dossiers": kept.dossiers,
        "evenements": kept.events, "sha256": kept.sha256,
    }  # fmt: skip
    beside = place.with_name(place.name + seal.BESIDE)
    write_private(beside, json.dumps(words))
    sync(beside)


def _remember(path: Path, taken: Backup) -> None:
    """Keep beside the file when it was last backed up, wherever that copy is then taken to."""
    witness = seal.witness_of(path) or taken.seal
    if witness.file == taken.seal.file != "":
        seal.keep_witness(path, witness._replace(saved=taken.taken_at))


def before(path: Path, reason: str) -> Backup | None:
    """Take a backup of the file as it is recorded, before something large is recorded in it.

    None, and said, where it cannot be taken: what was asked can still be undone.
    """
    if is_draft(path):
        return None
    try:
        with closing(connect(path, "ro")) as recorded:
            return take(recorded, path, reason)
    except (FileFailure, DatabaseError) as error:
        notice(f"pas de sauvegarde avant cet enregistrement. {error}")
        return None


def each_day(connection: Connection, path: Path) -> None:
    """Take the backup of the day before its first act, where the post has a folder for it.

    What keeps it from being taken is said, and keeps no act from being recorded.
    """
    if not post_says(PLACE) or is_draft(path):
        return
    witness, today = seal.witness_of(path), _day(now())
    if (witness is not None and _day(witness.saved) == today) or demonstration_day(connection):
        return
    try:
        take(connection, path, DAY)
    except FileFailure as failure:
        notice(f"pas de sauvegarde du jour. {failure}")


# --- which there are, and which are kept ---------------------------------------------------


def found_in(places: Iterable[Path], file: str = "") -> list[Backup]:
    """The backups in some folders, the newest first; ``file``: of this file alone."""
    every = (each for place in places for each in _described(place))
    wanted = [each for each in every if file in ("", each.seal.file)]
    return sorted(wanted, key=lambda each: each.taken_at, reverse=True)


def _described(folder: Path) -> Iterator[Backup]:
    with suppress(OSError):
        for beside in folder.glob(f"*.db{seal.BESIDE}"):
            found = described(beside.with_name(beside.name.removesuffix(seal.BESIDE)))
            if found is not None:
                yield found


def described(path: Path) -> Backup | None:
    """A backup as its witness says it; None of a file that is none, or is no more what it was."""
    try:
        text = path.with_name(path.name + seal.BESIDE).read_text("utf-8")[:4096]
        told: Any = json.loads(text)
        known = seal.Seal(str(told["fichier"]), int(told["rang"]), str(told["sceau"]))
        found = Backup(
            path, str(told["pris_le"]), str(told["motif"]), known, int(told["dossiers"]),
            int(told["evenements"]), str(told["sha256"]),
        )  # fmt: skip
        _ = found.moment
        return found if path.is_file() else None
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def outdated(found: Sequence[Backup], today: date, kept_for: int) -> list[Backup]:
    """Which of these backups (the newest first) are to go: the newest is never one of them.

    Kept: the ten newest, the last of each of 7 days, of each of 4 weeks, of each month; none for
    more than ``kept_for`` days.
    """
    seen: set[tuple[int, ...]] = set()
    gone = []
    for place, each in enumerate(found):
        day = each.moment.date()
        age = (today - day).days
        if age <= _DAILY:
            span: tuple[int, ...] = (0, day.toordinal())
        elif age <= _WEEKLY:
            span = (1, *day.isocalendar()[:2])
        else:
            span = (2, day.year, day.month)
        again = span in seen
        seen.add(span)
        if place and (age > kept_for or (again and place >= _NEWEST)):
            gone.append(each)
    return gone


def _kept_for() -> int:
    return _number(KEPT, _KEPT_FOR)


def _number(setting: str, usual: int) -> int:
    said = post_says(setting)
    return int(said) if said.isdecimal() and int(said) > 0 else usual


# --- how old the last one is --------------------------------------------------------------

_SINCE = (
    f"SELECT recorded_at FROM events AS e WHERE {seal.RECORDED_THERE} AND site = ? ORDER BY seq"
    " LIMIT 1"
)


def too_old(connection: Connection, path: Path) -> str | None:
    """What is to be said of a file whose last backup is too old (French); None of the others.

    One never backed up is counted from the first act of its own site; a demonstration is nobody's.
    """
    if demonstration_day(connection) is not None:
        return None
    witness, own = seal.witness_of(path), seal.seal_of(connection)
    if own is None:
        return None
    known = [witness.saved] if witness is not None and witness.file == own.file else []
    known += [each.taken_at for each in found_in(folders(path), own.file)[:1]]
    last = max(filter(None, known), default=None)
    since = _day(
        last or (connection.execute(_SINCE, (site_of(connection),)).fetchone() or [None])[0]
    )
    today = _day(now())
    if since is None or today is None:
        return None
    if (today - since) <= timedelta(days=_number(DAYS, _TOLD_AFTER)):
        return None
    told = f"{since:%d/%m/%Y} ({(today - since).days} jours)"
    return f"dernière sauvegarde le {told}" if last else f"aucune sauvegarde depuis le {told}"


def _day(instant: str | None) -> date | None:
    try:
        return in_paris(instant or "").date()
    except (ValueError, TypeError, OverflowError):
        return None


# --- what a backup has less ----------------------------------------------------------------


class Lost(NamedTuple):
    """What one author has recorded since: acts, the dossiers they are of, from when to when."""

    author: str
    acts: int
    dossiers: int
    first: str
    last: str


class Loss(NamedTuple):
    """What a file has that a backup has not: acts by author, dossiers opened, rows of tables."""

    authors: Sequence[Lost]
    opened: Sequence[str]
    rows: Sequence[tuple[str, int]]

    @property
    def acts(self) -> int:
        """How many acts would be lost."""
        return sum(each.acts for each in self.authors)


_TOLD_BY_EVENTS = ("people", "identities", "texts", "counters")


def losses(connection: Connection, held: Connection) -> Loss:
    """What an open file has more than a backup of the same version, or otherwise."""
    known = {id_ for (id_,) in held.execute("SELECT id FROM events")}
    acts: dict[str, list[tuple[str, str]]] = {}
    query = "SELECT id, author, dossier, recorded_at FROM events ORDER BY recorded_at"
    for id_, author, dossier, moment in connection.execute(query):
        if id_ not in known:
            acts.setdefault(author, []).append((dossier, moment))
    authors = [
        Lost(author, len(told), len({whose for whose, _ in told}), told[0][1], told[-1][1])
        for author, told in sorted(acts.items(), key=lambda each: (-len(each[1]), each[0]))
    ]
    opened, rows = _more(connection, held, "SELECT id, dossier FROM dossiers"), []
    for table in seal.sealed_tables(connection):
        query = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {table.where()}"
        if table.name not in _TOLD_BY_EVENTS and (more := _more(connection, held, query)):
            rows.append((table.name, len(more)))
    return Loss(authors, sorted(reference for _, reference in opened), rows)


def _more(connection: Connection, held: Connection, query: str) -> set[tuple[Any, ...]]:
    return {*connection.execute(query)} - {*held.execute(query)}
