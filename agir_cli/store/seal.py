"""The seal of a file: what shows that something else than this program has changed it.

Each event holds a hash of itself and of the one before it on its site. Each row of the other tables
that stay has a mark, and each of these tables the sum of its marks. A witness beside the file
(`agir.db.sceau`) keeps the last seal, so that a cut journal or an older copy shows as well.

Nobody is kept from anything by it: whoever reads this source can make another seal.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from sqlite3 import DatabaseError
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.drafts import draft, write_private
from agir_cli.store import lists
from agir_cli.store.waiting import notice

if TYPE_CHECKING:
    import sqlite3

BESIDE = ".sceau"
SALT, DIGEST, _MARK = 12, 20, 16
_WHOLE = 1 << 8 * _MARK
_OUTSIDE = ("events", "withheld", "seals")
"""The chain proves what it is made of."""
_ANY = "utf-8", "surrogateescape"
"""Bytes that are no text, where something else has put some, are found like any other change."""
_DERIVED = ("name_key",)
HOW_BUILT = "('listes', 'construction')"
"""The settings that say how a file is built: its own concern, and nothing of what happened."""

TABLE = """
CREATE TABLE seals (
    sealed TEXT NOT NULL,
    row TEXT NOT NULL,
    mark BLOB NOT NULL,
    PRIMARY KEY (sealed, row)
) STRICT, WITHOUT ROWID
"""

# --- events -------------------------------------------------------------------------------

COLUMNS = (
    "id", "dossier", "kind", "effective_from", "effective_to", "recorded_at", "author", "site",
    "seq", "batch",
)  # fmt: skip
Told = tuple[str | int | None, ...]
"""What an event says beside its payload, in the order of `COLUMNS`."""
HANDED, BROUGHT = "remises", "reprise"
"""The dossier, which is nobody's, and the text, of what is recorded about hand-overs taken."""
RECORDED_THERE = (  # in a CASE: whatever the plan, no other text is read as JSON
    "NOT EXISTS (SELECT 1 FROM events AS h JOIN texts AS t ON t.event = h.id"
    f" WHERE h.dossier = '{HANDED}' AND h.site = e.site AND t.field = '{BROUGHT}' AND CASE WHEN"
    f" h.dossier = '{HANDED}' AND t.field = '{BROUGHT}' AND json_valid(t.value) THEN e.seq BETWEEN"
    " json_extract(t.value, '$.du') AND json_extract(t.value, '$.au') END)"
)
"""Whether an event (`e`) was recorded by its site, and not by who handed it over."""


@cache
def _sha256() -> Callable[..., Any]:
    """Asked for once something is written or proved: it costs a reading five milliseconds."""
    from hashlib import sha256

    return sha256


def salts(count: int) -> list[bytes]:
    """So many salts, by chance: a payload that is erased cannot be guessed from its digest."""
    drawn = os.urandom(SALT * count)
    return [drawn[place : place + SALT] for place in range(0, len(drawn), SALT)]


def digest(salt: bytes, payload: str) -> bytes:
    """What stands for a payload in the chain, and in the place of its salt once it is erased."""
    made: bytes = _sha256()(salt + payload.encode()).digest()
    return made[:DIGEST]


def chained(
    before: bytes, told: Iterable[Told], salted: Iterable[bytes], payloads: Iterable[str]
) -> Iterator[bytes]:
    """The hash of each of these events, which follow each other on one site."""
    sha256 = _sha256()
    for head, salt, payload in zip(told, salted, payloads, strict=True):
        # An erased payload leaves its digest in the place of its salt.
        kept = (
            salt if len(salt) == DIGEST else sha256(salt + payload.encode(*_ANY)).digest()[:DIGEST]
        )
        words = "\0".join(["" if part is None else str(part) for part in head])
        before = sha256(before + words.encode(*_ANY) + kept).digest()[:DIGEST]
        yield before


_LINKS = " UNION ALL ".join(
    f"SELECT * FROM (SELECT seq, hash FROM {table} WHERE site = :site ORDER BY seq DESC LIMIT 1)"
    for table in ("events", "withheld")
)


def last_link(connection: sqlite3.Connection, site: str) -> tuple[int, bytes]:
    """The number and the hash of a site's last event, be it one that this file has not."""
    query = f"SELECT seq, hash FROM ({_LINKS}) ORDER BY seq DESC LIMIT 1"
    row = connection.execute(query, {"site": site}).fetchone()
    return (int(row[0]), row[1] or b"") if row else (0, b"")


def keep_link(connection: sqlite3.Connection, site: str, number: int, link: bytes) -> None:
    """Remember which event of a site is the last."""
    _put(connection, "events", site, number.to_bytes(8, "big") + link)


def keep_links(connection: sqlite3.Connection) -> None:
    """Remember the last event of every site, as the events have it."""
    for site in _sites(connection):
        keep_link(connection, site, *last_link(connection, site))


def _sites(connection: sqlite3.Connection) -> list[str]:
    return [site for (site,) in connection.execute("SELECT DISTINCT site FROM events ORDER BY 1")]


def chain(connection: sqlite3.Connection) -> None:
    """Give every event of the file its salt and its hash. The transaction is the caller's."""
    connection.execute("UPDATE events SET salt = randomblob(?)", (SALT,))
    for site in _sites(connection):
        link_anew(connection, site)


def link_anew(connection: sqlite3.Connection, site: str) -> None:
    """Chain the events of a site again, as they are; nothing where it has none."""
    events = list(_events(connection, site))
    if not events:
        return
    told, salted, payloads, numbers, _ = zip(*events, strict=True)
    links = list(chained(b"", told, salted, payloads))
    connection.executemany(
        "UPDATE events SET hash = ? WHERE site = ? AND seq = ?",
        ((link, site, number) for link, number in zip(links, numbers, strict=True)),
    )
    keep_link(connection, site, numbers[-1], links[-1])


def forget_link(connection: sqlite3.Connection, site: str) -> None:
    """Forget the last event of a site: its events have another site now."""
    connection.execute("DELETE FROM seals WHERE sealed = 'events' AND row = ?", (site,))


def _events(
    connection: sqlite3.Connection, site: str
) -> Iterator[tuple[Told, bytes, str, int, bytes | None]]:
    query = (
        f"SELECT {', '.join(COLUMNS)}, coalesce(salt, x''), payload, seq, hash FROM events"
        " WHERE site = ? ORDER BY seq"
    )
    for *told, salt, payload, number, link in connection.execute(query, (site,)):
        yield tuple(told), salt, payload, number, link


class Broken(NamedTuple):
    """An event that is not the one that was recorded after the one before it."""

    id: str
    dossier: str
    site: str
    number: int


def broken(connection: sqlite3.Connection) -> Iterator[Broken]:
    """The events whose hash does not follow from them and from the event before."""
    for site in _sites(connection):
        before, last = b"", 0
        query = "SELECT seq, hash FROM withheld WHERE site = ?"
        withheld = dict(connection.execute(query, (site,)))
        for told, salt, payload, number, link in _events(connection, site):
            if number - 1 in withheld:  # what stands between is another department's
                before, last = withheld[number - 1], number - 1
            (wanted,) = chained(before, [told], [salt], [payload])
            if wanted != link and number == last + 1:  # a hole is told by itself
                yield Broken(str(told[0]), str(told[1]), site, number)
            before, last = link or b"", number


def own_left_out(connection: sqlite3.Connection) -> list[int]:
    """The file's own events that it claims not to follow, as those of another department."""
    query = "SELECT seq FROM withheld JOIN settings ON name = 'site' AND value = site"
    return [number for (number,) in connection.execute(query)]


class Cut(NamedTuple):
    """A site whose last events are gone: the number of the last there is, and of the last ever."""

    site: str
    last: int
    wanted: int


def cuts(connection: sqlite3.Connection) -> Iterator[Cut]:
    """The sites whose last event is not the last one that was recorded."""
    for site, mark in connection.execute("SELECT row, mark FROM seals WHERE sealed = 'events'"):
        number, link = last_link(connection, site)
        wanted = _number(mark[:8])
        if (number, link) != (wanted, mark[8:]) and number <= wanted:
            yield Cut(site, number, wanted)


# --- the other tables that stay -----------------------------------------------------------


class Sealed(NamedTuple):
    """A table whose rows have marks: its columns, and those that name a row."""

    name: str
    columns: Sequence[str]
    key: Sequence[str]

    def row(self, prefix: str = "") -> str:
        """What names a row, in SQL."""
        return " || char(31) || ".join(f"CAST({prefix}{name} AS TEXT)" for name in self.key)

    def words(self, prefix: str = "") -> str:
        """What a row says, in SQL."""
        told = ", ".join(f"{prefix}{name}" for name in self.columns)
        return f"json_array('{self.name}', {told})"

    def where(self, prefix: str = "") -> str:
        """Which rows are sealed, in SQL."""
        return f"{prefix}name NOT IN {HOW_BUILT}" if self.name == "settings" else "1"


def sealed_tables(connection: sqlite3.Connection) -> list[Sealed]:
    """The tables whose rows have marks; none in a file from before the seals."""
    tables = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
    names = [name for (name,) in tables if not name.startswith(("sqlite", "_"))]
    if "seals" not in names:
        return []
    found = []
    for name in names:
        if name not in (*_OUTSIDE, *lists.NAMES):
            columns = connection.execute(f"PRAGMA main.table_info({name})").fetchall()
            key = [column[1] for column in columns if column[5]]
            told = [column[1] for column in columns if column[1] not in _DERIVED]
            if key:
                found.append(Sealed(name, told, key))
    return found


def _mark(words: str) -> bytes:
    digest: bytes = _sha256()(words.encode("utf-8", "surrogatepass")).digest()
    return digest[:_MARK]


def _number(mark: bytes) -> int:
    return int.from_bytes(mark, "big")


class Sealing:
    """The marks of one connection that writes: rows have theirs as they come, change and go."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._connection, self._path = connection, path
        self.seal: Seal | None = None
        self._change: dict[str, int] = {}
        connection.create_function("agir_mark", 2, self._added)
        connection.create_function("agir_renewed", 4, self._renewed)
        connection.create_function("agir_gone", 2, self._gone)
        for table in sealed_tables(connection):
            for statement in _triggers(table):
                connection.execute(statement)

    def _count(self, table: str, change: int) -> None:
        self._change[table] = self._change.get(table, 0) + change

    def _added(self, table: str, words: str) -> bytes:
        mark = _mark(words)
        self._count(table, _number(mark))
        return mark

    def _renewed(self, table: str, mark: bytes, old: str, new: str) -> bytes:
        """A row that something else had changed keeps its wrong mark."""
        if mark != _mark(old):
            return mark
        self._count(table, -_number(mark))
        return self._added(table, new)

    def _gone(self, table: str, mark: bytes) -> None:
        self._count(table, -_number(mark))

    def begin(self) -> None:
        """A transaction begins, alone: a witness that the file contradicts is put aside."""
        self._change.clear()
        self.seal = seal_of(self._connection)
        if self._path is not None and self.seal is not None:
            meet_witness(self._path, self.seal)

    def end(self) -> None:
        """A transaction that has changed something is about to end: keep its sums, count it."""
        if self.seal is None:
            return
        for table, change in self._change.items():
            total = _number(_mark_of(self._connection, table, "")) + change
            _put(self._connection, table, "", (total % _WHOLE).to_bytes(_MARK, "big"))
        self.seal = _next(self._connection)

    def committed(self) -> None:
        """A transaction has ended well: its seal is kept beside the file."""
        if self._path is not None and self.seal is not None:
            keep_witness(self._path, self.seal)


def _triggers(table: Sealed) -> Iterator[str]:
    name, old, new = table.name, "old.", "new."
    which = f"WHERE sealed = '{name}' AND row = {table.row(old)}"
    for action, when, steps in (
        ("INSERT", table.where(new),
         f"INSERT INTO seals VALUES ('{name}', {table.row(new)},"
         f" agir_mark('{name}', {table.words(new)})) ON CONFLICT DO NOTHING;"),
        ("DELETE", table.where(old),
         f"SELECT agir_gone('{name}', mark) FROM seals {which}; DELETE FROM seals {which};"),
        ("UPDATE", table.where(new),
         f"UPDATE seals SET row = {table.row(new)}, mark = agir_renewed('{name}', mark,"
         f" {table.words(old)}, {table.words(new)}) {which};"),
    ):  # fmt: skip
        yield (
            f"CREATE TEMP TRIGGER seal_{name}_{action.lower()} AFTER {action} ON main.{name}"
            f" WHEN {when} BEGIN {steps} END"
        )


def anew(connection: sqlite3.Connection) -> None:
    """Mark every row of the file as it is. The transaction is the caller's."""
    connection.create_function("agir_mark_of", 1, _mark, deterministic=True)
    identity = _mark_of(connection, "", "fichier") or os.urandom(_MARK)
    connection.execute("DELETE FROM seals WHERE sealed <> 'events' AND row <> 'rang'")
    _put(connection, "", "fichier", identity)
    for table in sealed_tables(connection):
        connection.execute(
            f"INSERT INTO seals SELECT '{table.name}', {table.row()},"
            f" agir_mark_of({table.words()}) FROM {table.name} WHERE {table.where()}"
        )
        total = sum(map(_number, _marks(connection, table.name)))
        _put(connection, table.name, "", (total % _WHOLE).to_bytes(_MARK, "big"))
    _next(connection)


def _marks(connection: sqlite3.Connection, table: str) -> Iterator[bytes]:
    query = "SELECT mark FROM seals WHERE sealed = ? AND row <> ''"
    return (mark for (mark,) in connection.execute(query, (table,)))


class Altered(NamedTuple):
    """A row that has not the mark it was given, and how that came (French).

    ``row`` is empty where nothing more is known than that rows are gone.
    """

    table: str
    row: tuple[str, ...]
    how: str


def altered(connection: sqlite3.Connection) -> Iterator[Altered]:
    """The rows of the other tables that something else has changed, added or taken out."""
    total = 0

    def counted(words: bytes) -> bytes:
        nonlocal total
        mark: bytes = _sha256()(words).digest()[:_MARK]
        total += _number(mark)
        return mark

    connection.create_function("agir_mark_now", 1, counted)
    for table in sealed_tables(connection):
        total, named = 0, False
        for found in _unlike(connection, table):
            named = True
            yield found
        kept = _number(_mark_of(connection, table.name, ""))
        if not named and total % _WHOLE != kept:
            yield Altered(table.name, (), "des lignes en ont été effacées hors du programme")


def _unlike(connection: sqlite3.Connection, table: Sealed) -> Iterator[Altered]:
    rows = connection.execute(
        f"SELECT {table.row()}, s.mark IS NULL FROM {table.name} LEFT JOIN seals s"
        f" ON s.sealed = '{table.name}' AND s.row = {table.row()}"
        f" WHERE {table.where()} AND agir_mark_now(CAST({table.words()} AS BLOB))"
        " IS NOT s.mark"
    )
    for row, unknown in rows:
        how = "ajoutée" if unknown else "changée"
        yield Altered(table.name, tuple(str(row).split("\x1f")), f"{how} hors du programme")
    gone = connection.execute(
        f"SELECT row FROM seals WHERE sealed = '{table.name}' AND row <> ''"
        f" AND row NOT IN (SELECT {table.row()} FROM {table.name})"
    )
    for (row,) in gone:
        yield Altered(table.name, tuple(str(row).split("\x1f")), "effacée hors du programme")


# --- the whole, and its witness -----------------------------------------------------------


def _put(connection: sqlite3.Connection, table: str, row: str, mark: bytes) -> None:
    connection.execute(
        "INSERT INTO seals VALUES (?, ?, ?)"
        " ON CONFLICT (sealed, row) DO UPDATE SET mark = excluded.mark",
        (table, row, mark),
    )


def _mark_of(connection: sqlite3.Connection, table: str, row: str) -> bytes:
    query = "SELECT mark FROM seals WHERE sealed = ? AND row = ?"
    found = connection.execute(query, (table, row)).fetchone()
    return bytes(found[0]) if found else b""


def _next(connection: sqlite3.Connection) -> Seal | None:
    """Count a transaction; the seal that the file then has."""
    number = _number(_mark_of(connection, "", "rang")) + 1
    _put(connection, "", "rang", number.to_bytes(8, "big"))
    return seal_of(connection)


class Seal(NamedTuple):
    """What a file says of itself: whose it is, how many transactions it holds, and its seal.

    ``content`` is equal in two files that hold the same; ``damaged``: pages were found damaged.
    ``counter``: how often the file was changed when it was acknowledged, where that is known.
    ``saved``: when it was last backed up; only a witness says so.
    """

    file: str
    number: int
    content: str
    damaged: bool = False
    counter: int | None = None
    saved: str = ""


def seal_of(connection: sqlite3.Connection) -> Seal | None:
    """The seal of a file; None of one that is from before the seals."""
    query = "SELECT sealed, row, mark FROM seals WHERE row = '' OR sealed = 'events' ORDER BY 1, 2"
    try:
        content = _sha256()()
        for table, row, mark in connection.execute(query):
            content.update(f"{table}\0{row}\0".encode() + mark)
        file = _mark_of(connection, "", "fichier")
        number = _number(_mark_of(connection, "", "rang"))
    except DatabaseError:
        return None
    return Seal(file.hex(), number, content.hexdigest()[: 2 * _MARK])


def witness_of(path: Path) -> Seal | None:
    """The last seal that was kept beside a file; None where there is none that can be read."""
    try:
        told: Any = json.loads(_beside(path).read_text("utf-8")[:4096])
        counter = told.get("compteur")
        return Seal(
            str(told["fichier"]), int(told["rang"]), str(told["sceau"]), bool(told.get("abime")),
            counter if type(counter) is int else None, str(told.get("sauve_le", "")),
        )  # fmt: skip
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _beside(path: Path) -> Path:
    return path.with_name(path.name + BESIDE)


def keep_witness(path: Path, seal: Seal) -> None:
    """Keep the seal beside the file, for its owner alone; what cannot be kept is not.

    Somebody who wrote after this seal may have kept theirs before.
    """
    known = witness_of(path)
    if known is not None and known.file == seal.file:
        if known.number > seal.number:
            return
        seal = seal._replace(saved=max(known.saved, seal.saved))
    words = {
        "fichier": seal.file, "rang": seal.number, "sceau": seal.content,
        "abime": seal.damaged, "compteur": seal.counter, "sauve_le": seal.saved,
    }  # fmt: skip
    with suppress(OSError), draft(_beside(path)) as new:
        write_private(new, json.dumps(words))
        new.replace(_beside(path))


def meet_witness(path: Path, seal: Seal) -> None:
    """Keep apart, and say, a witness that the file contradicts: it is the trace of what was lost.

    To be asked while nobody else can write.
    """
    witness, place = witness_of(path), _beside(path)
    if witness is not None and contradicts(witness, seal):
        with suppress(OSError):
            place.replace(place.with_name(f"{place.name}.rang{witness.number}"))
        notice(
            f"« {path.name} » n'est pas le fichier du dernier enregistrement fait ici"
            " (une copie plus ancienne, ou un autre fichier) : agir check."
        )


def contradicts(witness: Seal, seal: Seal) -> bool:
    """Whether a file cannot be the one of which a witness was kept, grown since."""
    if witness.file != seal.file or witness.number > seal.number:
        return True
    return witness.number == seal.number and witness.content != seal.content


def move(place: Path, path: Path) -> None:
    """A new file takes its name: so does its witness."""
    with suppress(OSError):
        _beside(path).unlink(missing_ok=True)
        _beside(place).rename(_beside(path))


def aside(path: Path) -> list[Path]:
    """The witnesses that were put aside: each tells of something that was lost."""
    with suppress(OSError):
        return sorted(path.parent.glob(f"{_beside(path).name}.rang*"))
    return []
