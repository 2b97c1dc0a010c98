"""`agir liaison add|list|send|decide`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agir_cli.cli.endings import shut_output
from agir_cli.cli.groups import Commands, option
from agir_cli.cli.options import Given, made
from agir_cli.cli.run_command import read_command, record
from agir_cli.cli.screen import french_stored, plain, plural, say
from agir_cli.cli.session import Session, read_day, visitor_of
from agir_cli.domain import commands as c
from agir_cli.failures import AgirFailure, FileFailure, UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.render import Printed
    from agir_cli.usecases.listings import Listing

app = Commands()
liaison = app.group("liaison")


@made(liaison, "add", of=c.AddLiaison)
def add(session: Session, given: Given) -> None:
    """Enregistrer la fiche de liaison remplie avec un prescripteur.

    Exemples :
      agir liaison add 44-0042 --date-fiche 04/10/2023 --souhait oui --prescripteur "CADA de Rezé"
    """
    record(session, read_command(session, c.AddLiaison, given))


@made(liaison, "decide", of=c.DecideLiaison)
def decide(session: Session, given: Given) -> None:
    """Enregistrer la décision de l'OFII : elle l'emporte sur la pré-vérification.

    Exemples :
      agir liaison decide 44-0042 --decision-ofii validee --on 20/10/2023
      agir liaison decide 44-0042 --decision-ofii rejetee --on 20/10/2023 --motif-ofii "CIR de 2021"
    """
    record(session, read_command(session, c.DecideLiaison, given))


@made(liaison, "list", printed=True)
def list_pending(session: Session, printed: Printed) -> None:
    """Montrer les demandes à transmettre et celles qui attendent l'OFII, anciennes d'abord.

    Exemples :
      agir liaison list
      agir liaison list --format csv --output demandes.csv
    """
    from agir_cli.cli.render import show_rows
    from agir_cli.reports.sheet import Data, Section, Sheet, columns
    from agir_cli.usecases.listings import waiting

    form = printed.form
    to_send, for_ofii = waiting(visitor_of(session))
    known = columns(
        {"dossier": "Dossier", "nom": "Nom", "prenoms": "Prénoms", "date_fiche": "Fiche du",
         "listing": "Listing", "date_envoi": "Envoyé le", "age_jours": "Âge (jours)"},
        texts=("nom", "prenoms"), dates=("date_fiche", "date_envoi"), numbers=("age_jours",),
    )  # fmt: skip
    sections = [
        Section(f"{title} : {len(found)}", known, [
            (w.dossier, w.nom, w.prenoms, w.form_on, w.listing, w.sent_on, w.age_days)
            for w in found
        ])
        for title, found in (
            ("À transmettre à l'OFII", to_send), ("En attente de l'OFII", for_ofii),
        )
    ]  # fmt: skip
    rows = [row for section in sections for row in section.rows]
    sheet = Sheet(
        title="Demandes en attente", sections=sections, data=Data(known, rows),
        empty=["Aucune demande en attente."],
    )  # fmt: skip
    show_rows(session, sheet, form)


@made(liaison, "send")
def send(
    session: Session,
    *,
    month: str | None = option("MOIS", "Mois du listing : 2023-10."),
    output: str | None = option("FICHIER", "Où l'écrire ; sinon à l'écran."),
    again: int | None = option("N°", "Réécrire un ancien listing, tel quel.", type=int),
) -> None:
    """Numéroter et écrire le listing mensuel pour l'OFII : ce dont il a besoin, rien d'autre.

    Une demande n'est jamais transmise deux fois ; un ancien listing se réécrit à l'identique.

    Exemples :
      agir liaison send --month 2023-10 --output listing-10.csv
      agir liaison send --again 3 --output listing-3.csv
    """
    from agir_cli.usecases import listings

    if again is not None:
        write_listing(listings.again(visitor_of(session), again), output)
        return
    day = read_day(month, session, "--month").earliest if month else session.today
    if day > session.today:
        raise UsageFailure("--month : ce mois n'a pas encore commencé.")
    listing = send_listing(session, f"{day:%Y-%m}", output)
    if listing is None:
        say(session, "Aucune fiche de liaison n'attend d'être transmise : pas de listing.")
        return
    count = len(listing.rows)
    told = f"{count} {plural(count, 'demande')}"
    say(session, f"Listing n° {listing.number} ({listing.month}) : {told}.")
    _say_later_forms(session, listing)


_NAMED = 12


def _say_later_forms(session: Session, listing: Listing) -> None:
    """A form waits for no month: one filled in after the listing's leaves with it, and is said."""
    from agir_cli.usecases.listings import COLUMNS

    place, on = COLUMNS.index("dossier"), COLUMNS.index("date_fiche")
    later = [row for row in listing.rows if row[on].lstrip("[")[:7] > listing.month]
    if later:
        are = "fiches sont datées" if len(later) > 1 else "fiche est datée"
        first = [f"{row[place]} ({french_stored(row[on])})" for row in later[:_NAMED]]
        told = ", ".join(first) + (", …" if len(later) > _NAMED else "")
        say(session, f"À noter : {len(later)} {are} d'après ce mois : {told}.")
        say(session, "          Transmis avec ce listing : rien n'attend le suivant.")


# --- where a listing goes: written before it is recorded, or said how to print it ---------


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
