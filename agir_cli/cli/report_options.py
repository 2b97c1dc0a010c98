"""The options that every report shares, and what their texts mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.failures import UsageFailure
from agir_cli.reports.selection import Filters, checked

if TYPE_CHECKING:
    from agir_cli.cli.session import Session
    from agir_cli.store.driver import Connection

AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Au jour dit ; sinon aujourd'hui."),
]
Department = Annotated[
    str | None, typer.Option("--department", metavar="CODE", help="Un seul département.")
]
Sector = Annotated[str | None, typer.Option("--sector", metavar="SECTEUR", help="Un seul secteur.")]
Office = Annotated[str | None, typer.Option("--office", metavar="BUREAU", help="Un seul bureau.")]
Referent = Annotated[
    str | None, typer.Option("--referent", metavar="NOM", help="Un seul référent : code ou nom.")
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="FORMAT", help="table, plain, csv, json, jsonl, markdown ou xlsx."
    ),
]
Output = Annotated[
    str | None, typer.Option("--output", metavar="FICHIER", help="Écrire dans ce fichier.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Remplacer le fichier de --output s'il existe.")
]
Excel = Annotated[
    bool, typer.Option("--excel", help="CSV pour un tableur français : « ; » et dates jj/mm/aaaa.")
]
Columns = Annotated[
    str | None,
    typer.Option("--columns", metavar="LISTE", help="Ces colonnes, dans cet ordre : dossier,nom"),
]


def day_of(session: Session, text: str | None) -> date:
    """The day of ``--as-of``; today's when it is not given. Raises `UsageFailure`."""
    if text is None:
        return session.today
    from agir_cli.domain.date_reading import parse_date
    from agir_cli.domain.dates import DateFault

    try:
        found = parse_date(text, session.today)
    except DateFault as fault:
        raise UsageFailure(f"Option --as-of : {fault}") from None
    if not found.exact:
        raise UsageFailure(
            f"Option --as-of : « {text} » n'est pas un jour précis.", "Par exemple : 09/10/2023"
        )
    return found.earliest


def span_of(option: str, text: str, start: date) -> date:
    """The day that is ``text`` (``2w``, ``10j``, ``3m``) after ``start``."""
    word = text.strip().lower().lstrip("+")
    count, unit = word[:-1], word[-1:]
    if not (count.isascii() and count.isdigit() and len(count) < 4 and unit in "djwsma"):
        raise UsageFailure(
            f"Option {option} : « {text} » n'est pas une durée.",
            "Par exemple : 10j (dix jours), 2w (deux semaines), 3m (trois mois)",
        )
    if unit in "djws":
        return start + timedelta(days=int(count) * (7 if unit in "ws" else 1))
    from agir_cli.domain.date_reading import shift

    return shift(start, int(count), unit)


@contextmanager
def opened(session: Session) -> Iterator[Connection]:
    """The team's file, open for reading in one short transaction; closed at the end."""
    from agir_cli.store.driver import DatabaseError, explained, open_file, reading

    connection = open_file(session.db, write=False)
    try:
        with reading(connection):
            yield connection
    except DatabaseError as error:
        raise explained(error, session.db) from None
    finally:
        connection.close()


def let_go(connection: Connection) -> None:
    """End the read transaction: what follows takes its time, and nobody waits for it."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def filters_of(
    connection: Connection,
    department: str | None,
    sector: str | None,
    office: str | None,
    referent: str | None,
) -> Filters:
    """The four filters, checked against the file. Raises `UsageFailure`."""
    asked = Filters(department, sector, office, referent)
    return checked(connection, asked) if any(asked) else asked
