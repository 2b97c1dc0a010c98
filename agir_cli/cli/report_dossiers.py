"""``agir report dossiers``: the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import typer

from agir_cli.cli import report_options as o
from agir_cli.cli.report_output import Form, Section, columns_of, print_sections, send
from agir_cli.cli.session import session_of
from agir_cli.reports import listing

if TYPE_CHECKING:
    from datetime import date

    from agir_cli.cli.session import Session
    from agir_cli.reports.selection import Filters
    from agir_cli.store.driver import Connection

app = typer.Typer()
_ALL = (*listing.COLUMNS, *listing.WORDS, *listing.OTHERS)


@app.command("dossiers")
@o.shared
def dossiers(ctx: typer.Context, asked: o.Asked) -> None:
    """La liste des dossiers, avec toutes leurs colonnes et tous les filtres.

    À l'écran, quelques colonnes ; toutes en csv, json ou xlsx. --columns choisit, et donne
    aussi les mots libres (projet, prescripteur...). Avec --as-of, les dossiers tels qu'ils
    étaient ce jour-là.

    Exemples :
      agir report dossiers --stage commission
      agir report dossiers --department 85 --route n-1
      agir report dossiers --format csv --output dossiers.csv
      agir report dossiers --columns dossier,nom,projet --referent "DURAND Anne"
    """
    session = session_of(ctx)
    form = asked.form
    usual = listing.SHORT if form.human else listing.COLUMNS
    columns = columns_of(form, _ALL) if form.columns is not None else usual
    with o.opened(session, asked, rewound=True) as connection:
        filters = o.filters_in(connection, asked)
        _say_perhaps(session, connection, asked, filters)
        rows: Iterable[Sequence[object]]
        joined = form.format == "csv"
        if joined:
            rows = listing.lines(connection, columns, filters)
        else:
            rows = listing.rows(connection, columns, filters, names=form.human)
        if not form.human:
            send(
                form,
                columns,
                rows,
                let_go=lambda: o.let_go(connection),
                texts=[name for name in columns if name in listing.TEXT_COLUMNS],
                dates=[name for name in columns if name in listing.DATE_COLUMNS],
                joined_by=listing.BETWEEN if joined else None,
            )
            return
        found = [tuple(row) for row in rows]
        o.let_go(connection)
    if found:
        _show(session, form, o.day_of(session, asked.as_of), columns, found)


def _say_perhaps(
    session: Session, connection: Connection, asked: o.Asked, filters: Filters
) -> None:
    """On a past day: those of whom only dates known in part tell, apart, never left unsaid."""
    if asked.as_of is None:
        return
    from agir_cli.cli.screen import say, weekday_date
    from agir_cli.reports.past import perhaps_there

    day = o.day_of(session, asked.as_of)
    known_on = o.day_of(session, asked.known_on, "--known-on") if asked.known_on else None
    count = perhaps_there(connection, day, filters, known_on=known_on)
    if count:
        several = "s" if count > 1 else ""
        told = f"+{count} dossier{several} possible{several} au {weekday_date(day)}"
        say(session, f"{told} : leurs dates, connues en partie, sont peut-être d'après ce jour.")


def _show(
    session: Session, form: Form, day: date, columns: Sequence[str], found: list[tuple[object, ...]]
) -> None:
    from agir_cli.cli.report_words import heading, shown
    from agir_cli.cli.screen import weekday_date

    headings = [heading(name) for name in columns]
    cells = [
        [shown(name, value) for name, value in zip(columns, row, strict=True)] for row in found
    ]
    if form.drawn and columns == listing.SHORT:
        headings, cells = _one_name(headings, cells)
    head = [f"Dossiers au {weekday_date(day)}", f"Unité : dossier. {len(found)} dans la liste."]
    if form.drawn:
        from agir_cli.cli.report_grid import Heading, draw_grid

        draw_grid(session, head, [Heading(heading) for heading in headings], cells)
    else:
        print_sections(form, head, [Section("", headings, cells)])


def _one_name(headings: list[str], cells: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Name and first names in one column, so that no word is cut on 80 columns."""
    n = listing.SHORT.index("nom")
    rows = [[*row[:n], f"{row[n]} {row[n + 1]}".strip(), *row[n + 2 :]] for row in cells]
    return [*headings[:n], "Nom, prénoms", *headings[n + 2 :]], rows
