"""Where a monthly listing for OFII goes: written before it is recorded, or said how to print it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agir_cli.cli.endings import shut_output
from agir_cli.cli.screen import plain
from agir_cli.cli.session import Session, visitor_of
from agir_cli.failures import AgirFailure, FileFailure

if TYPE_CHECKING:
    from agir_cli.usecases.listings import Listing


class _NothingToSend(Exception):
    """No form waits: the file that was begun must not appear."""


def send_listing(session: Session, month: str, output: str | None) -> Listing | None:
    """Number and write the listing of the forms that wait; ``None``, and no file, without any.

    ``month`` is ``2023-10``. A file is begun before the listing is recorded and whole before the
    record is kept, so that a full disk or a missing folder leaves every form waiting. What fails
    after that (the screen, a pipe) says which listing is recorded and how to print it again.
    """
    from agir_cli.exchange.outputs import open_output
    from agir_cli.usecases import listings

    to_file = output not in (None, "-")
    if not to_file and shut_output():
        raise AgirFailure("La sortie est fermée : rien n'a été enregistré.", "Ajoutez --output.")
    sent: list[Listing] = []
    try:
        with open_output(output) as out:

            def write(listing: Listing) -> None:
                if to_file:
                    _rows(listing, output, out)
                    out.flush()

            listing = listings.send(visitor_of(session), month, session.today, write)
            if listing is None:
                raise _NothingToSend
            sent.append(listing)
            if not to_file:
                _rows(listing, output, out)
    except _NothingToSend:
        return None
    except (OSError, AgirFailure) as error:
        if not sent:
            raise
        raise _recorded(sent[0], to_file, error) from error
    return sent[0]


def write_listing(listing: Listing, output: str | None) -> None:
    """Write a listing that is already recorded, as it was sent."""
    from agir_cli.exchange.outputs import open_output

    with open_output(output) as out:
        _rows(listing, output, out)


def _rows(listing: Listing, output: str | None, out: Any) -> None:
    from agir_cli.exchange.writing import format_of, write_rows
    from agir_cli.usecases.listings import COLUMNS

    rows = [tuple(map(plain, row)) for row in listing.rows]  # read by people, on any screen
    write_rows(
        rows, COLUMNS, format=format_of(output, "csv"), out=out, text_columns=COLUMNS,
        dates=[name for name in COLUMNS if name.startswith("date_")],
    )  # fmt: skip


def _recorded(listing: Listing, to_file: bool, error: Exception) -> AgirFailure:
    told = f"Le listing n° {listing.number} est enregistré, mais n'a pas pu être écrit"
    why = f" : {error.sentence}" if isinstance(error, AgirFailure) else "."
    again = f"agir liaison send --again {listing.number} --output FICHIER"
    kind = FileFailure if to_file else AgirFailure
    return kind(
        f"{told}{why}", f"Ses demandes ne seront pas transmises deux fois ; réécrivez-le : {again}"
    )
