"""``agir report liaison``: what waits to be sent, what OFII has, and what it answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.cli import report_options as o
from agir_cli.cli.report_output import Form, Section, columns_of, print_sections, send
from agir_cli.cli.screen import console, say, show, show_table, weekday_date
from agir_cli.cli.session import session_of
from agir_cli.reports import requests as report
from agir_cli.reports.selection import not_admitted
from agir_cli.reports.texts import french_text

if TYPE_CHECKING:
    from agir_cli.cli.session import Session

app = typer.Typer()
LISTINGS, SENT = "listings", "envoyees"
LISTS = (*report.SITUATIONS, SENT, LISTINGS)

TITLES = {
    report.TO_SEND: "À transmettre à l'OFII",
    report.AT_OFII: "En attente de la réponse de l'OFII",
    "validees": "Validées par l'OFII",
    "derogations": "Validées par dérogation",
    "rejetees": "Rejetées par l'OFII",
    report.UNDECIDED: "Sans décision notée : la personne a avancé, ou le dossier est clos",
    SENT: "Transmises à l'OFII",
    LISTINGS: "Listings transmis",
}
LABELS = {
    "situation": "Situation", "dossier": "Dossier", "nom": "Nom", "prenoms": "Prénoms",
    "departement": "Dép.", "date_fiche": "Fiche du", "listing": "Listing",
    "date_envoi": "Transmis le", "age_jours": "Âge (jours)", "echeance": "Dernier jour",
    "retard_jours": "Retard (jours)", "date_decision": "Décision du", "a_faire": "À faire",
    "mois": "Mois", "demandes": "Demandes", "en_attente": "En attente", "validees": "Validées",
    "derogations": "Dérogations", "rejetees": "Rejetées", "sans_decision": "Sans décision",
}  # fmt: skip
_PENDING = ("dossier", "nom", "prenoms", "date_fiche", "age_jours", "retard_jours")
_AT_OFII = (
    "dossier", "nom", "prenoms", "listing", "date_envoi", "age_jours", "retard_jours", "a_faire",
)  # fmt: skip
_ANSWERED = ("dossier", "nom", "prenoms", "date_fiche", "listing", "date_envoi", "date_decision")
_USUAL = {report.TO_SEND: _PENDING, report.AT_OFII: _AT_OFII, LISTINGS: report.LISTING_COLUMNS}
_NARROW = 100
_SHORT = {
    "listing": "N°", "date_envoi": "Transmis", "demandes": "Dem.", "en_attente": "Att.",
    "validees": "Val.", "derogations": "Dér.", "rejetees": "Rej.", "sans_decision": "Sans",
    "age_jours": "Âge (j)", "retard_jours": "Retard (j)",
}  # fmt: skip
_NUMBERS = {
    labels[name]
    for labels in (LABELS, LABELS | _SHORT)
    for name in ("listing", "age_jours", "retard_jours", *report.LISTING_COLUMNS[3:])
}


@app.command("liaison")
@o.shared
def liaison(
    ctx: typer.Context,
    asked: o.Asked,
    wanted: Annotated[
        str | None,
        typer.Option(
            "--list",
            metavar="LISTE",
            help="Une seule liste : a_envoyer, en_attente, validees, derogations, rejetees, "
            "sans_decision, envoyees ou listings.",
        ),
    ] = None,
    listing: Annotated[
        int | None, typer.Option("--listing", metavar="N°", help="Un seul listing.")
    ] = None,
) -> None:
    """Les demandes à transmettre et celles qui attendent l'OFII, anciennes d'abord ; les listings.

    L'âge compte depuis la fiche (à transmettre) ou depuis le listing (chez l'OFII). Chaque
    nombre d'un listing est celui d'une liste : --listing 3 --list validees.

    Exemples :
      agir report liaison
      agir report liaison --list en_attente --format csv
      agir report liaison --listing 3 --list rejetees
      agir report liaison --list listings --as-of 09/10/2023
    """
    session = session_of(ctx)
    form = asked.form
    if wanted is not None and wanted not in LISTS:
        raise not_admitted("La liste", wanted, LISTS)
    day = o.day_of(session, asked.as_of)
    with o.opened(session, asked) as connection:
        rows = report.requests(connection, day, o.filters_in(connection, asked))
        rows = [row for row in rows if listing in (None, row.listing)]
        table = report.listings(connection, rows)
        o.let_go(connection)
    if form.human:
        _show(session, form, day, _parts(rows, table, wanted), whole=wanted is not None)
    else:
        _write(form, rows, table, wanted)


Part = tuple[str, Sequence[report.Request] | Sequence[report.Listing]]


def _chosen(rows: Sequence[report.Request], name: str) -> Sequence[report.Request]:
    return report.sent(rows) if name == SENT else report.of_situation(rows, name)


def _parts(
    rows: Sequence[report.Request], table: Sequence[report.Listing], wanted: str | None
) -> list[Part]:
    names = (report.TO_SEND, report.AT_OFII, LISTINGS) if wanted is None else (wanted,)
    parts: list[Part] = []
    for name in names:
        parts.append((name, table) if name == LISTINGS else (name, _chosen(rows, name)))
    return parts


def _write(
    form: Form,
    rows: Sequence[report.Request],
    table: Sequence[report.Listing],
    wanted: str | None,
) -> None:
    known = report.LISTING_COLUMNS if wanted == LISTINGS else report.COLUMNS
    columns = columns_of(form, known)
    some: Sequence[report.Request] | Sequence[report.Listing] = table
    if wanted != LISTINGS:
        some = report.pending(rows) if wanted is None else _chosen(rows, wanted)
    send(
        form,
        columns,
        ([getattr(row, name) for name in columns] for row in some),
        let_go=lambda: None,
        texts=[name for name in report.TEXT_COLUMNS if name in columns],
        dates=report.DATE_COLUMNS,
    )


# --- for people --------------------------------------------------------------------------


def _show(session: Session, form: Form, day: date, parts: Sequence[Part], *, whole: bool) -> None:
    if not any(rows for _, rows in parts):
        say(session, "Aucune demande de ce genre." if whole else "Aucune demande de liaison.")
        return
    head = [
        f"Demandes de liaison au {weekday_date(day)}",
        "Unité : demande (une fiche de liaison). À transmettre dans le mois ; réponse attendue"
        " dans le mois du listing, dernier jour inclus.",
    ]
    sections = [_section(form, name, rows) for name, rows in parts if rows]
    if not form.drawn:
        print_sections(form, head, sections)
        return
    from rich.text import Text

    show(session, Text("\n".join(head)))
    for section in sections:
        print()
        right = [place for place, told in enumerate(section.headings) if told in _NUMBERS]
        show_table(session, section.headings, section.rows, title=section.title, right=right)


def _section(
    form: Form, name: str, rows: Sequence[report.Request] | Sequence[report.Listing]
) -> Section:
    known = report.LISTING_COLUMNS if name == LISTINGS else report.COLUMNS
    usual = _USUAL.get(name, _ANSWERED)
    columns = columns_of(form, known) if form.columns else usual
    labels = LABELS
    if form.drawn and form.columns is None and console().width < _NARROW:
        columns = tuple(c for c in columns if c not in ("a_faire", "prenoms", "mois"))
        labels = LABELS | _SHORT
    cells = [[_shown(column, getattr(row, column)) for column in columns] for row in rows]
    return Section(_title(name, rows), [labels[column] for column in columns], cells)


def _shown(column: str, value: object) -> str:
    if value is None:
        return ""
    if column == "situation":
        return TITLES[str(value)]
    if column == "retard_jours" and isinstance(value, int) and value <= 0:
        return ""
    return french_text(str(value)) if column in report.DATE_COLUMNS else str(value)


def _title(name: str, rows: Sequence[report.Request] | Sequence[report.Listing]) -> str:
    title = f"{TITLES[name]} : {len(rows)}"
    ages = [row.age_jours or 0 for row in rows if isinstance(row, report.Request)]
    older = {limit: sum(age > limit for age in ages) for limit in (30, 60)}
    told = ", ".join(f"{n} depuis plus de {limit} jours" for limit, n in older.items() if n)
    command = " ; agir liaison send" if name == report.TO_SEND else ""
    return f"{title}{told and f' ({told})'}{command}"
