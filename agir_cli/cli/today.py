"""``agir today``: one screen for a coordinator's morning, each line with what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.cli import report_options as o
from agir_cli.cli.report_output import Form, columns_of, send
from agir_cli.cli.screen import console, plain, say, weekday_date
from agir_cli.cli.session import session_of
from agir_cli.failures import UsageFailure
from agir_cli.reports import today as report
from agir_cli.reports.selection import not_admitted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

app = typer.Typer()
_SHOWN = 10


@app.command("today")
@o.shared
def today(
    ctx: typer.Context,
    asked: o.Asked,
    wanted: Annotated[
        str | None,
        typer.Option(
            "--list", metavar="RUBRIQUE", help="Une seule rubrique, entière : retard, semaine..."
        ),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", min=1, help="Lignes par rubrique, au plus."),
    ] = None,
) -> None:
    """Le matin d'une coordinatrice sur un écran, avec la commande à taper pour chaque ligne.

    Les retards, les échéances de la semaine, les rendez-vous, qui attend sans délai, ce qui est
    à compléter, qui vient d'arriver. Une rubrique vide n'est pas montrée ; ce qui ne tient pas
    sur l'écran est compté, avec la commande qui le montre. --referent me : celui qui tape, par
    son nom dans l'annuaire (--author, ou AGIR_AUTHOR).

    Exemples :
      agir today
      agir today --referent me
      agir --author "DURAND Anne" today --referent me
      agir today --list a_completer
      agir today --format csv
    """
    session = session_of(ctx)
    form = asked.form
    if wanted is not None and wanted not in report.SECTIONS:
        raise not_admitted("La rubrique", wanted, report.SECTIONS)
    if wanted and top:
        raise UsageFailure("--list montre toute la rubrique : retirez --top.")
    day = o.day_of(session, asked.as_of)
    everyone = not form.human or wanted is not None
    most = None if everyone else top or (console().height if form.drawn else _SHOWN)
    with o.opened(session, asked, rewound=True) as connection:
        from agir_cli.reports.selection import referent_named
        from agir_cli.reports.texts import contract_clock

        who = referent_named(connection, asked.referent, session.author)
        filters = o.filters_in(connection, asked._replace(referent=who))
        parts = report.today(connection, day, filters, most)
        parts = [part for part in parts if wanted in (None, part.name)]
        clock = contract_clock(connection, day) if form.human and parts else ""
        o.let_go(connection)
    if not form.human:
        _write(form, parts)
        return
    if not parts:
        say(session, f"Rien à signaler le {weekday_date(day)}.")
        return
    from agir_cli.cli.today_screen import draw, fitted, print_plain

    head = _head(day, clock, asked)
    if form.drawn:
        fits = wanted is None and top is None
        draw(session, head, fitted(parts) if fits else parts, day, asked.referent, fits=fits)
    else:
        print_plain(form, head, parts, day, asked.referent)


def _head(day: date, clock: str, asked: o.Asked) -> list[str]:
    whose = f", référent : {plain(asked.referent)}" if asked.referent else ""
    return [
        f"{weekday_date(day).capitalize()}{whose}",
        f"Unité : échéance, rendez-vous, dossier. {clock}",
    ]


def _write(form: Form, parts: Sequence[report.Part]) -> None:
    columns = columns_of(form, report.COLUMNS)
    send(
        form,
        columns,
        ([getattr(item, name) for name in columns] for item in report.everything(parts)),
        let_go=lambda: None,
        texts=[name for name in report.TEXT_COLUMNS if name in columns],
        dates=report.DATE_COLUMNS,
    )
