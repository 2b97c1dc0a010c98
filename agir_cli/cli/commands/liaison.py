"""`agir liaison add|list|send|decide`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.cli import answers, prompt
from agir_cli.cli.endings import shut_output
from agir_cli.cli.groups import Commands, flag, option
from agir_cli.cli.options import act, made
from agir_cli.cli.screen import plain, plural, say
from agir_cli.cli.session import Session, read_day, visitor_of
from agir_cli.domain import commands as c
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.vocabulary import in_sentence
from agir_cli.failures import AgirFailure, FileFailure, UsageFailure
from agir_cli.reports.texts import french_text

if TYPE_CHECKING:
    from agir_cli.cli.render import Form
    from agir_cli.reports.sheet import Column, Sheet
    from agir_cli.usecases.listings import Listing

app = Commands()
liaison = app.group("liaison")


act(app, c.AddLiaison, """
    Enregistrer la fiche de liaison remplie avec un prescripteur.

    Exemples :
      agir liaison add 44-0042 --date-fiche 04/10/2023 --souhait oui --prescripteur "CADA de Rezé"
""")  # fmt: skip

act(app, c.DecideLiaison, """
    Enregistrer la décision de l'OFII : elle l'emporte sur la pré-vérification.

    Exemples :
      agir liaison decide 44-0042 --decision-ofii validee --on 20/10/2023
      agir liaison decide 44-0042 --decision-ofii rejetee --on 20/10/2023 --motif-ofii "CIR de 2021"
""")  # fmt: skip


@made(liaison, "list", printed=True)
def list_pending(session: Session) -> Sheet:
    """Montrer les demandes à transmettre et celles qui attendent l'OFII, anciennes d'abord.

    Exemples :
      agir liaison list
      agir liaison list --format csv --output demandes.csv
    """
    from agir_cli.reports.requests import sheet_of_pending
    from agir_cli.store.file import consulting

    with consulting(session.db) as connection:
        return sheet_of_pending(connection, session.today)


@made(liaison, "send", writes=True)
def send(
    session: Session,
    *,
    month: str | None = option("MOIS", "Mois du listing : 2023-10."),
    output: str | None = option("FICHIER", "Où l'écrire ; sinon à l'écran."),
    again: int | None = option("N°", "Réécrire un ancien listing, tel quel.", type=int),
    dry_run: bool = flag("Montrer ce qui partirait, sans rien enregistrer."),
    yes: bool = flag("Transmettre sans question (dans un script)."),
    excel: bool = flag("CSV pour un tableur français : « ; » et dates jj/mm/aaaa."),
    labels: str | None = option("OUI|NON", "Titres et mots français (d'office), ou codes."),
) -> None:
    """Numéroter et écrire le listing mensuel pour l'OFII : ce dont il a besoin, rien d'autre.

    Il est montré d'abord. Une demande n'est jamais transmise deux fois ; celle où il manque ce que
    l'OFII demande attend, et c'est dit. Un listing s'annule entier tant que l'OFII n'a pas répondu
    (agir undo) ; un ancien se réécrit à l'identique. Écrit dans un fichier, il vient avec le texte
    du courriel qui l'accompagne.

    Exemples :
      agir liaison send --dry-run
      agir liaison send --month 2023-10 --output listing-10.xlsx
      agir liaison send --month 2023-10 --excel --output listing-10.csv --yes
      agir liaison send --again 3 --output listing-3.csv
    """
    from agir_cli.usecases import listings

    place = Place(output, excel=excel, labels=labels)
    if again is not None:
        listing = listings.again(visitor_of(session), again)
        _note(listing, "reecrit", output)
        write_listing(listing, place)
        say(session, f"{_named(listing)}{_written(output)}.")
        _tell_mail(session, listing, output)
        return
    day = read_day(month, session, "--month").earliest if month else session.today
    if day > session.today:
        raise UsageFailure("--month : ce mois n'a pas encore commencé.")
    of_month = f"{day:%Y-%m}"
    looked = listings.look(visitor_of(session), of_month, session.today)
    asking = prompt.asked()
    if looked.rows and not (dry_run or yes or asking):
        raise UsageFailure(
            "Un listing marque ses demandes comme transmises : il demande un terminal, ou --yes"
            " dans un script.", "Rien n'a été enregistré. Pour voir : agir liaison send --dry-run",
        )  # fmt: skip
    if dry_run or (looked.rows and not yes):
        _show(session, looked)
    if dry_run or not looked.rows:
        _note(looked, "essai" if dry_run else "rien", None)
    _say_context(session, looked)
    if not looked.rows:
        say(session, "Aucune fiche de liaison ne peut être transmise : pas de listing.")
    elif dry_run:
        say(session, "Essai (--dry-run) : rien n'a été enregistré.")
    elif yes or _confirmed(looked):
        _send(session, of_month, place)


def _send(session: Session, month: str, place: Place) -> None:
    listing = send_listing(session, month, place)
    if listing is None:
        _note(None, "rien", None)
        return
    _note(listing, "transmis", place.output)
    output = place.output
    say(session, f"{_named(listing)}{_written(output)} ; elles sont marquées transmises.")
    say(session, f"Pour l'annuler tant que l'OFII n'a pas répondu : agir undo {listing.batch}")
    _tell_mail(session, listing, output)


def _note(listing: Listing | None, status: str, output: str | None) -> None:
    """Put a listing into the answer of a script."""
    if answers.wanted():
        from agir_cli.usecases.listings import COLUMNS

        place, rows = COLUMNS.index("dossier"), listing.rows if listing else ()
        answers.note(
            statut=status, listing=listing.number if rows and listing else None,
            mois=listing.month if listing else None, fichier=output,
            lot=listing.batch if listing else None, dossiers=[row[place] for row in rows],
            retenus=[held.dossier for held in listing.held_back] if listing else [],
            avertissements=[], erreurs=[],
        )  # fmt: skip


def _tell_mail(session: Session, listing: Listing, output: str | None) -> None:
    """Print the text of the mail that goes with a listing, where a file was written."""
    if output in (None, "-") or session.quiet or answers.wanted():
        return
    from agir_cli.domain.dates import MONTHS
    from agir_cli.shipped import data_file
    from agir_cli.usecases.listings import COLUMNS

    count, place = len(listing.rows), COLUMNS.index("dossier")
    told = {
        "numero": str(listing.number), "jour": french_text(listing.sent_on),
        "mois": f"{MONTHS[int(listing.month[5:]) - 1]} {listing.month[:4]}",
        "demandes": f"{count} {plural(count, 'demande')}", "auteur": session.author,
        "departements": " et ".join(sorted({row[place].partition("-")[0] for row in listing.rows})),
    }  # fmt: skip
    text = data_file("listing_mail.txt").read_text("utf-8")
    for name, words in told.items():
        text = text.replace(f"{{{name}}}", words)
    print("\n".join(map(plain, text.rstrip().split("\n"))))


def _named(listing: Listing) -> str:
    count = len(listing.rows)
    number, month = listing.number, listing.month
    return f"Listing n° {number} ({month}) : {count} {plural(count, 'demande')}"


def _written(output: str | None) -> str:
    return "" if output in (None, "-") else f", dans {output}"


def _confirmed(listing: Listing) -> bool:
    """Ask before anything is marked as sent; raise `UsageFailure` for any other answer than yes."""
    count = len(listing.rows)
    whole = f"Transmettre {count} {plural(count, 'demande')} à l'OFII, et les marquer ?"
    if not prompt.answered_yes(f"{whole} (oui ou non)"):
        raise UsageFailure("Rien n'a été enregistré.")
    return True


def _show(session: Session, listing: Listing) -> None:
    """Show the requests that would leave."""
    from agir_cli.cli.render import Printed, show_rows
    from agir_cli.reports.sheet import columns, one_list
    from agir_cli.usecases.listings import COLUMNS

    names = ("ligne", "dossier", "nom", "prenoms", "date_cir", "date_fiche", "prescripteur")
    known = columns(names, date_cir="CIR")
    places = [COLUMNS.index(name) for name in names]
    rows = [tuple(row[place] for place in places) for row in listing.rows]
    show_rows(session, one_list(_named(listing), known, rows), Printed().form, titled=True)


_NAMED = 12


def _say_context(session: Session, listing: Listing) -> None:
    """What does not leave and why, what is of a later month, what became of the last listing."""
    for held in listing.held_back:
        if held.missing:
            what = ", ".join(in_sentence(FIELDS[name].label) for name in held.missing)
            options = " ".join(f"{FIELDS[name].option} …" for name in held.missing)
            say(session, f"Ne part pas : {held.dossier}, il manque : {what}.")
            say(session, f"          agir enroll --dossier {held.dossier} {options}")
        else:
            day = french_text(held.form_on)
            say(session, f"Ne part pas : {held.dossier}, sa fiche est d'un jour à venir ({day}).")
    _say_later_forms(session, listing)
    since = listing.since
    if since is not None:
        last = f"listing n° {since.number} ({french_text(since.sent_on)})"
        answers = f"{since.answered} {plural(since.answered, 'réponse')} de l'OFII sur lui"
        say(session, f"Depuis le {last} : {answers} ; {since.waiting} en attente en tout.")
        for reference, number, told in since.changed[:_NAMED]:
            say(session, f"Changé depuis l'envoi : {reference} (listing n° {number}), {told}.")
        if len(since.changed) > _NAMED:
            say(session, f"… et {len(since.changed) - _NAMED} autres changements.")


def _say_later_forms(session: Session, listing: Listing) -> None:
    """A form waits for no month: one filled in after the listing's leaves with it, and is said."""
    from agir_cli.usecases.listings import COLUMNS

    place, on = COLUMNS.index("dossier"), COLUMNS.index("date_fiche")
    later = [row for row in listing.rows if row[on].lstrip("[")[:7] > listing.month]
    if later:
        are = "fiches sont datées" if len(later) > 1 else "fiche est datée"
        first = [f"{row[place]} ({french_text(row[on])})" for row in later[:_NAMED]]
        told = ", ".join(first) + (", …" if len(later) > _NAMED else "")
        say(session, f"À noter : {len(later)} {are} d'après ce mois : {told}.")
        say(session, "          Transmises avec ce listing : rien n'attend le suivant.")


# --- where a listing goes: written before it is recorded, or said how to print it ---------


class _NothingToSend(Exception):
    """No form waits: the file that was begun must not appear."""


class Place(NamedTuple):
    """Where a listing is written, and how: with words, unless ``labels`` says no."""

    output: str | None
    excel: bool = False
    labels: str | None = None

    @property
    def form(self) -> Form:
        """The form of the file, by its ending. Raises `UsageFailure`."""
        from agir_cli.cli.render import Form, said_labels
        from agir_cli.exchange.writing import format_of

        format_ = format_of(self.output, "csv")
        if self.excel and format_ != "csv":
            raise UsageFailure("--excel ne change que le format csv.", "Pour un classeur : xlsx")
        said = "no" if format_ in ("json", "jsonl") else "yes"
        return Form(format_, excel=self.excel, labels=said_labels(self.labels) or said)


def send_listing(session: Session, month: str, place: Place) -> Listing | None:
    """Number and write the listing of the forms that wait; ``None``, and no file, without any.

    ``month`` is ``2023-10``. A file is begun before the listing is recorded and whole before the
    record is kept, so that a full disk or a missing folder leaves every form waiting. What fails
    after that (the screen, a pipe) says which listing is recorded and how to print it again.
    """
    from agir_cli.exchange.outputs import open_output
    from agir_cli.usecases import listings

    output, form = place.output, place.form
    to_file = output not in (None, "-")
    if not to_file and shut_output():
        raise AgirFailure("La sortie est fermée : rien n'a été enregistré.", "Ajoutez --output.")
    sent: list[Listing] = []
    try:
        with open_output(output) as out:

            def write(listing: Listing) -> None:
                if to_file:
                    _rows(listing, form, out)
                    out.flush()

            listing = listings.send(visitor_of(session), month, session.today, write)
            if listing is None:
                raise _NothingToSend
            sent.append(listing)
            if not to_file and not answers.wanted():
                _rows(listing, form, out)
    except _NothingToSend:
        return None
    except (OSError, AgirFailure) as error:
        if not sent:
            raise
        raise _recorded(sent[0], to_file, error) from error
    return sent[0]


def write_listing(listing: Listing, place: Place) -> None:
    """Write a listing that is already recorded, as it was sent."""
    from agir_cli.exchange.outputs import open_output

    form = place.form
    with open_output(place.output) as out:
        _rows(listing, form, out)


def _rows(listing: Listing, form: Form, out: Any) -> None:
    from agir_cli.cli.render import write_data
    from agir_cli.reports.sheet import Kind, columns, one_list
    from agir_cli.usecases.listings import COLUMNS

    rows = [tuple(map(plain, row)) for row in listing.rows]  # read by people, on any screen
    known = [
        column if column.kind is Kind.DATE else column._replace(kind=Kind.TEXT, show=_said(column))
        for column in columns(COLUMNS, listing="Listing n°", ligne="Ligne",
                              date_fiche="Fiche de liaison du", departement="Département")
    ]  # fmt: skip
    title = f"AGIR, listing n° {listing.number} des demandes ({listing.month})"
    notes = [f"Arrêté au {french_text(listing.sent_on)}. Unité : demande. {{count}} demande{{s}}."]
    write_data(one_list(title, known, rows, notes=notes), form, out)


def _said(column: Column) -> Callable[[Any], str] | None:
    """Codes in words; a commune is kept by its name already."""
    from agir_cli.reports.field_words import in_words

    return str if column.name.startswith("commune_") else in_words(column)


def _recorded(listing: Listing, to_file: bool, error: Exception) -> AgirFailure:
    told = f"Le listing n° {listing.number} est enregistré, mais n'a pas pu être écrit"
    why = f" : {error.sentence}" if isinstance(error, AgirFailure) else "."
    again = f"agir liaison send --again {listing.number} --output FICHIER"
    kind = FileFailure if to_file else AgirFailure
    return kind(
        f"{told}{why}", f"Ses demandes ne seront pas transmises deux fois ; réécrivez-le : {again}"
    )
