"""`agir liaison add|list|send|decide`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands
from agir_cli.cli.options import Given, made, option
from agir_cli.cli.run_command import read_command, record
from agir_cli.cli.screen import french_stored, plural, say
from agir_cli.cli.session import Session, read_day, visitor_of
from agir_cli.domain import commands as c
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.cli.asking import Printed
    from agir_cli.usecases.listings import Listing

app, liaison = Commands(), Commands()
app.add_typer(liaison, name="liaison")


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
    labels = {
        "dossier": "Dossier", "nom": "Nom", "prenoms": "Prénoms", "date_fiche": "Fiche du",
        "listing": "Listing", "date_envoi": "Envoyé le", "age_jours": "Âge (jours)",
    }  # fmt: skip
    known = columns(
        tuple(labels), labels, texts=("nom", "prenoms"), dates=("date_fiche", "date_envoi"),
        numbers=("age_jours",),
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


@made(
    liaison,
    "send",
    option("--month", "MOIS", "Mois du listing : 2023-10."),
    option("--output", "FICHIER", "Où l'écrire ; sinon à l'écran."),
    option("--again", "N°", "Réécrire un ancien listing, tel quel.", type=int),
)
def send(session: Session, month: str | None, output: str | None, again: int | None) -> None:
    """Numéroter et écrire le listing mensuel pour l'OFII : ce dont il a besoin, rien d'autre.

    Une demande n'est jamais transmise deux fois ; un ancien listing se réécrit à l'identique.

    Exemples :
      agir liaison send --month 2023-10 --output listing-10.csv
      agir liaison send --again 3 --output listing-3.csv
    """
    from agir_cli.cli.listing_output import send_listing, write_listing
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
