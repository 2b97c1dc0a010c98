"""The whole file, table by table, as texts: what an export writes and a new file is built from.

A cell says nothing (`NULL`) when it is empty; an empty text where nothing would be admitted too
is a lone backslash, and a text that begins with a backslash gets one more. Bytes are hexadecimal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from agir_cli.store.driver import Connection, DatabaseError
from agir_cli.store.lists import SETTING

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


class BadCell(ValueError):
    """A cell, or a row, that this table cannot hold; the message is for a person (French)."""


def shapes(connection: Connection) -> list[Shape]:
    """Every table of the file, by name; the engine's own and the migrations' left out."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        " AND name NOT GLOB '_*' ORDER BY name"
    ).fetchall()
    return [Shape(name, _columns(connection, name)) for (name,) in names]


def _columns(connection: Connection, table: str) -> tuple[Column, ...]:
    rows = connection.execute(f"PRAGMA table_info({table})")
    return tuple(Column(row[1], row[2], bool(row[3] or row[5])) for row in rows)


def written_rows(connection: Connection, shape: Shape) -> Iterator[list[str]]:
    """The rows of a table as texts, in the order they were inserted."""
    writers = [_writer(column) for column in shape.columns]
    query = f"SELECT {', '.join(shape.names)} FROM {shape.name}"
    if shape.name == "settings":  # how the lists of a file are made is no concern of another
        query += f" WHERE name <> '{SETTING}'"
    for row in connection.execute(query):
        yield [write(value) for write, value in zip(writers, row, strict=True)]


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
) -> int:
    """Insert rows of texts into a table, as `written_rows` gives them; how many there were.

    ``columns`` names the cells. Raises `BadCell` for what the table cannot hold.
    """
    known = {column.name: column for column in shape.columns}
    readers = [_reader(shape.name, known[name]) for name in columns]
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {shape.name} ({', '.join(columns)}) VALUES ({marks})"
    count = 0

    def values() -> Iterator[list[Any]]:
        nonlocal count
        for row in rows:
            count += 1
            yield [read(text) for read, text in zip(readers, row, strict=True)]

    try:
        connection.executemany(statement, values())
    except DatabaseError as error:
        if not getattr(error, "sqlite_errorname", "").startswith("SQLITE_CONSTRAINT"):
            raise
        raise BadCell(f"table {shape.name}, ligne {count + 1} : valeur non admise") from None
    return count


def _reader(table: str, column: Column) -> Callable[[str], Any]:
    nothing = "" if column.required and column.kind == "TEXT" else None

    def text(cell: str) -> str | None:
        if not cell:
            return nothing
        return cell[1:] if cell[0] == _BACKSLASH else cell

    def other(cell: str) -> int | bytes | None:
        try:
            if not cell:
                return None
            if column.kind == "BLOB" and cell == _BACKSLASH:
                return b""
            return int(cell) if column.kind == "INTEGER" else bytes.fromhex(cell)
        except ValueError:
            told = f"table {table}, colonne {column.name} : « {cell[:20]} » n'est pas admis"
            raise BadCell(told) from None

    return text if column.kind == "TEXT" else other


def links_later(connection: Connection) -> None:
    """Let rows name others that come after them, in the transaction that is begun."""
    connection.execute("PRAGMA defer_foreign_keys = ON")


def links_hold(connection: Connection) -> bool:
    """Whether every row that another one names is there."""
    return connection.execute("PRAGMA foreign_key_check").fetchone() is None
