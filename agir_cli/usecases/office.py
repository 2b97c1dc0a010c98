"""Opening the file for a command: one transaction, one desk, one stamp."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

from agir_cli.store import settings
from agir_cli.store.driver import (
    Connection,
    DatabaseError,
    explained,
    open_file,
    reading,
    writing,
)
from agir_cli.store.stamp import Stamp, now
from agir_cli.usecases.desk import Desk

DEFAULT_SITE = "A"


class Visitor(NamedTuple):
    """Who works on which file, and on which day."""

    path: Path
    today: date
    author: str
    site: str | None = None


@contextmanager
def at_desk(visitor: Visitor, *, batch: str | None = None) -> Iterator[Desk]:
    """A desk in one write transaction, committed at the end if nothing was raised.

    What was not saved with `Desk.save` is not written.
    """
    connection = open_file(visitor.path, write=True)
    try:
        with writing(connection):
            yield Desk(
                connection,
                settings.rulebook_of(connection),
                visitor.today,
                _stamp(connection, visitor, batch),
            )
    except DatabaseError as error:
        raise explained(error, visitor.path) from None
    finally:
        connection.close()


def _stamp(connection: Connection, visitor: Visitor, batch: str | None) -> Stamp:
    site = visitor.site or settings.settings(connection).get("site", DEFAULT_SITE)
    return Stamp(visitor.author, site, now(), batch)


@contextmanager
def consulting(path: Path) -> Iterator[Connection]:
    """One short read transaction: read all, leave, then print."""
    connection = open_file(path, write=False)
    try:
        with reading(connection):
            yield connection
    except DatabaseError as error:
        raise explained(error, path, write=False) from None
    finally:
        connection.close()
