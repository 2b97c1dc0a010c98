"""``agir report overdue``: the nightly report."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.cli import report_options as o
from agir_cli.cli.report_output import Counted, Form, columns_of, send
from agir_cli.cli.session import session_of
from agir_cli.failures import UsageFailure
from agir_cli.reports import overdue as report
from agir_cli.reports.admitted import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agir_cli.cli.session import Session
    from agir_cli.store.driver import Connection

app = typer.Typer()
OVERDUE = 8


@app.command("overdue")
@o.shared
def overdue(
    ctx: typer.Context,
    asked: o.Asked,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar="LISTE",
            help="contractualisation, diagnostic, entretien, liaison, terme ; sinon tous.",
        ),
    ] = None,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="DURÉE", help="Aussi ce qui échoit d'ici là : 10j, 2w."),
    ] = None,
    waiting: Annotated[
        bool | None,
        typer.Option(
            "--waiting/--no-waiting",
            help="Qui attend sans échéance ; montré d'office dans les formats pour lire.",
        ),
    ] = None,
    contact: Annotated[
        bool, typer.Option("--contact", help="Avec le téléphone, à l'écran seulement.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Finir par le code 8 s'il y a un retard.")
    ] = False,
) -> None:
    """Les retards, certains ou possibles ; puis qui attend sans échéance.

    Le dernier jour est inclus : le retard commence le lendemain. Un retard est « possible »
    quand une date est connue en partie ; la ligne dit laquelle préciser. Un contrat signé, un
    dossier clos n'y sont jamais. Sans retard ni attente, rien ne s'affiche.

    Exemples :
      agir report overdue
      agir report overdue --kind contractualisation --exit-code
      agir report overdue --within 2w --referent "DURAND Anne"
      agir report overdue --as-of 09/10/2023 --format csv --output retards.csv
    """
    session = session_of(ctx)
    form = asked.form
    if contact and not form.drawn:
        raise UsageFailure(
            "Le téléphone n'est montré qu'à l'écran, jamais dans un fichier.", "Retirez --contact."
        )
    day = o.day_of(session, asked.as_of)
    until = o.span_of("--within", within, day) if within else None
    kinds = chosen("Le délai", kind, report.KINDS)
    with o.opened(session, asked) as connection:
        question = report.Question(day, kinds, o.filters_in(connection, asked))
        late = Counted(report.late(connection, question))
        soon = report.soon(connection, question, until) if until else ()
        shown = form.human if waiting is None else waiting
        waits = report.waiting(connection, question) if shown else ()
        if form.human:
            found = report.Found(day, list(late), list(soon), list(waits))
            _show(session, form, found, connection, contact=contact)
        else:
            _write(form, chain(late, soon, waits), lambda: o.let_go(connection))
    if exit_code and late.count:
        raise typer.Exit(OVERDUE)


def _show(
    session: Session, form: Form, found: report.Found, connection: Connection, *, contact: bool
) -> None:
    columns = columns_of(form, report.COLUMNS)
    if not any(found[1:]):
        return
    from agir_cli.cli.report_overdue_screen import print_overdue
    from agir_cli.domain.dates import exactly
    from agir_cli.store.settings import rulebook_of

    clock = rulebook_of(connection).clocks.at("contractualisation", exactly(found.day))
    o.let_go(connection)
    print_overdue(session, form, found, clock, columns, contact=contact)


def _write(form: Form, lines: Iterable[report.Line], let_go: Callable[[], None]) -> None:
    wanted = columns_of(form, report.COLUMNS)
    places = [report.COLUMNS.index(name) for name in wanted]
    usual = wanted == report.COLUMNS
    send(
        form,
        wanted,
        (line[:-1] if usual else [line[place] for place in places] for line in lines),
        let_go=let_go,
        texts=[name for name in report.TEXT_COLUMNS if name in wanted],
        dates=report.DATE_COLUMNS,
    )
