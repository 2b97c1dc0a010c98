"""The monthly listings of liaison requests: what is to be sent, what was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agir_cli.store.driver import Connection
from agir_cli.store.settings import keep_number, next_numbers

_COUNTER = "listing"


def to_send(connection: Connection) -> list[str]:
    """The dossiers (ids) whose request no listing has carried yet, oldest first."""
    query = (
        "SELECT d.id FROM spans AS s JOIN dossiers AS d ON d.id = s.dossier"
        " WHERE s.nature = 'liaison' AND s.fin_max IS NULL AND s.cause = 'fiche'"
        " ORDER BY s.depart_min, d.dossier"
    )
    return [row[0] for row in connection.execute(query)]


def unanswered(connection: Connection) -> dict[str, int]:
    """The dossiers (ids) that wait for OFII, oldest first, with the listing that carried each."""
    query = (
        "SELECT d.id, d.listing FROM spans AS s JOIN dossiers AS d ON d.id = s.dossier"
        " WHERE s.nature = 'liaison' AND s.fin_max IS NULL AND s.cause = 'listing'"
        " ORDER BY s.depart_min, d.dossier"
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def next_listing(connection: Connection) -> int:
    """The number that the next listing takes."""
    return next_numbers(connection, _COUNTER) + 1


def last_listing(connection: Connection) -> int:
    """The number of the last listing; 0 when there is none."""
    return int(connection.execute("SELECT coalesce(max(numero), 0) FROM listings").fetchone()[0])


def rows_of(
    connection: Connection, dossiers: Iterable[str]
) -> list[tuple[str, int, int, str | None]]:
    """The lines of these dossiers (ids) on every listing: dossier, number, line, content."""
    query = (
        "SELECT dossier, numero, ligne, contenu FROM listing_rows"
        " WHERE dossier IN (SELECT value FROM json_each(?)) ORDER BY numero, ligne"
    )
    return [tuple(row) for row in connection.execute(query, (json.dumps([*dossiers]),))]


def remove_listing(connection: Connection, batch: str) -> None:
    """Remove the listing that a batch sent: it is taken back, and its number is not given again."""
    query = "SELECT DISTINCT json_extract(payload, '$.listing') FROM events WHERE batch = ?"
    for table in ("listing_rows", "listings"):
        connection.execute(f"DELETE FROM {table} WHERE numero IN ({query})", (batch,))


class Sent(NamedTuple):
    """A listing that is sent; ``rows``: the dossier (id) and the content of each line, in order."""

    number: int
    month: str
    sent_on: str
    digest: str
    rows: Sequence[tuple[str, str]]


def keep_listing(connection: Connection, sent: Sent, author: str) -> None:
    """Keep a listing with its rows, so that it can be printed again and answered."""
    keep_number(connection, _COUNTER, sent.number)
    connection.execute(
        "INSERT INTO listings (numero, mois, envoye_le, empreinte, auteur) VALUES (?, ?, ?, ?, ?)",
        (sent.number, sent.month, sent.sent_on, sent.digest, author),
    )
    connection.executemany(
        "INSERT INTO listing_rows (numero, ligne, dossier, contenu) VALUES (?, ?, ?, ?)",
        [(sent.number, line, *row) for line, row in enumerate(sent.rows, 1)],
    )


def kept_listing(
    connection: Connection, number: int
) -> tuple[str, str, list[tuple[int, str | None]]] | None:
    """A listing that was sent: its month, its day, the content of each line (none: erased)."""
    head = connection.execute(
        "SELECT mois, envoye_le FROM listings WHERE numero = ?", (number,)
    ).fetchone()
    if head is None:
        return None
    rows = connection.execute(
        "SELECT ligne, contenu FROM listing_rows WHERE numero = ? ORDER BY ligne", (number,)
    )
    return head[0], head[1], [tuple(row) for row in rows]


def dossier_on_line(connection: Connection, number: int, line: int) -> str | None:
    """The reference of the dossier that stood on a line of a listing."""
    row = connection.execute(
        "SELECT d.dossier FROM listing_rows r JOIN dossiers d ON d.id = r.dossier"
        " WHERE r.numero = ? AND r.ligne = ?",
        (number, line),
    ).fetchone()
    return str(row[0]) if row else None
