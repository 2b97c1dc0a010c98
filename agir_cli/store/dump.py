"""The whole file, table by table, as texts: what an export writes and a new file is built from.

A cell says nothing (`NULL`) when it is empty; an empty text where nothing would be admitted too
is a lone backslash, and a text that begins with a backslash gets one more. Bytes are hexadecimal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from sqlite3 import SQLITE_CONSTRAINT, SQLITE_MISMATCH
from typing import Any, NamedTuple

from agir_cli.store.driver import Connection, DatabaseError
from agir_cli.store.seal import HOW_BUILT

_BACKSLASH = "\\"


class Column(NamedTuple):
    """One column: its type in the file (TEXT, INTEGER, BLOB), and whether it is always filled."""

    name: str
    kind: str
    required: bool


class Shape(NamedTuple):
    """One table and its columns, in their order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)


class Damaged(Exception):
    """What was given is not what an export writes; the message is for a person (French)."""


def shapes(connection: Connection) -> list[Shape]:
    """Every table of the file, by name; what is the engine's or the seals' own left out."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        " AND name NOT GLOB '_*' AND name <> 'seals' ORDER BY name"
    ).fetchall()
    return [Shape(name, _columns(connection, name)) for (name,) in names]


def _columns(connection: Connection, table: str) -> tuple[Column, ...]:
    rows = connection.execute(f"PRAGMA table_info({table})")
    return tuple(Column(row[1], row[2], bool(row[3] or row[5])) for row in rows)


def written_rows(
    connection: Connection, shape: Shape, unread: list[str] | None = None
) -> Iterator[list[str]]:
    """The rows of a table as texts, in the order they were inserted.

    ``unread``: damaged pages are passed over, and the names of their tables put in it.
    """
    writers = [_writer(column) for column in shape.columns]
    given = shape.name
    if shape.name == "settings":  # how a file is built is no concern of another
        given += f" WHERE name NOT IN {HOW_BUILT}"
    if unread is None:
        rows: Iterable[Sequence[Any]] = connection.execute(
            f"SELECT {', '.join(shape.names)} FROM {given}"
        )
    else:
        rows = _left(connection, shape, given, unread)
    for row in rows:
        yield [write(value) for write, value in zip(writers, row, strict=True)]


def _left(
    connection: Connection, shape: Shape, given: str, unread: list[str]
) -> Iterator[Sequence[Any]]:
    """The rows that a damaged table still gives, read from its start, then back from its end.

    What lies between two damaged pages is not found. Raises no error: damage is what it meets.
    """
    told = connection.execute(f"PRAGMA table_info({shape.name})").fetchall()
    keys = [row[1] for row in sorted((row for row in told if row[5]), key=lambda row: row[5])]
    try:
        connection.execute(f"SELECT rowid FROM {shape.name} LIMIT 1").fetchone()
        keys = ["rowid"]  # the index of another key may be damaged where the rows are not
    except DatabaseError:
        pass
    wanted = f"SELECT {', '.join([*keys, *shape.names])} FROM {given} ORDER BY "
    last: tuple[Any, ...] | None = None
    try:
        for row in connection.execute(wanted + ", ".join(keys)):
            last = row[: len(keys)]
            yield row[len(keys) :]
    except DatabaseError:
        unread.append(shape.name)
        end: list[Sequence[Any]] = []
        with suppress(DatabaseError):
            for row in connection.execute(wanted + ", ".join(f"{key} DESC" for key in keys)):
                if last is not None and row[: len(keys)] <= last:
                    break
                end.append(row[len(keys) :])
        yield from reversed(end)


def _writer(column: Column) -> Callable[[Any], str]:
    empty = "" if column.required else _BACKSLASH

    def text(value: str | None) -> str:
        if not value:
            return "" if value is None else empty
        return _BACKSLASH + value if value[0] == _BACKSLASH else value

    def number(value: int | None) -> str:
        return "" if value is None else str(value)

    def octets(value: bytes | None) -> str:
        return "" if value is None else (value.hex() or _BACKSLASH)

    writers: dict[str, Callable[[Any], str]] = {"INTEGER": number, "BLOB": octets}
    return writers.get(column.kind, text)


def fill(
    connection: Connection, shape: Shape, columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    """Insert rows of texts into a table, as `written_rows` gives them; ``columns`` names the cells.

    Raises `Damaged` for what the table cannot hold, and where columns are missing.
    """
    known = {column.name: column for column in shape.columns}
    if not columns or any(name not in known for name in columns):
        raise Damaged(f"table {shape.name} : colonne inconnue")
    if len(set(columns)) < len(known):
        raise Damaged(f"table {shape.name} : il manque des colonnes")
    readers = [_reader(known[name]) for name in columns]
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {shape.name} ({', '.join(columns)}) VALUES ({marks})"
    refused = f"table {shape.name} : valeur non admise"
    try:
        connection.executemany(
            statement,
            ([read(text) for read, text in zip(readers, row, strict=True)] for row in rows),
        )
    except ValueError:
        raise Damaged(refused) from None
    except DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in (SQLITE_CONSTRAINT, SQLITE_MISMATCH):
            raise
        raise Damaged(refused) from None


def _reader(column: Column) -> Callable[[str], str | bytes | None]:
    nothing = "" if column.required and column.kind == "TEXT" else None

    def text(cell: str) -> str | None:
        """A number stays text here: its column makes one of it, or refuses it."""
        if not cell:
            return nothing
        return cell[1:] if cell[0] == _BACKSLASH else cell

    def octets(cell: str) -> bytes | None:
        return bytes.fromhex(cell.removeprefix(_BACKSLASH)) if cell else None

    return octets if column.kind == "BLOB" else text


@contextmanager
def links_later(connection: Connection) -> Iterator[None]:
    """Let rows name others that come after them; raise `Damaged` where one is not there at last."""
    connection.execute("PRAGMA defer_foreign_keys = ON")
    yield
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise Damaged("des lignes parlent d'autres lignes qui n'y sont pas")
