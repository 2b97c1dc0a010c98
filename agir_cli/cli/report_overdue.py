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
from agir_cli.reports.selection import chosen, not_admitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agir_cli.cli.session import Session
    from agir_cli.reports.runs import Since
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
        typer.Option("--within", metavar="DURÉE", help="Aussi ce qui échoit d'ici là : 10j, 2s."),
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
    new: Annotated[
        bool, typer.Option("--new", help="Ce qui a changé depuis le dernier passage noté.")
    ] = False,
    mark: Annotated[
        bool, typer.Option("--mark", help="Noter ce passage, pour le prochain --new.")
    ] = False,
    by: Annotated[
        str | None, typer.Option("--by", metavar="referent", help="Grouper par référent.")
    ] = None,
    output_dir: Annotated[
        str | None,
        typer.Option("--output-dir", metavar="DOSSIER", help="Un fichier texte par référent."),
    ] = None,
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
      agir report overdue --within 2s --referent "DURAND Anne"
      agir report overdue --as-of 09/10/2023 --format csv --output retards.csv
      agir report overdue --new --mark
      agir report overdue --by referent --output-dir retards-2023-10-09
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
    grouped = _grouped(by, output_dir, form, new)
    with o.opened(session, asked) as connection:
        question = report.Question(day, kinds, o.filters_in(connection, asked))
        late: Iterable[report.Line] = report.late(connection, question)
        if new or mark:
            late = list(late)
        counted = Counted(late)
        soon = report.soon(connection, question, until) if until else ()
        waits = report.waiting(connection, question) if _waits(waiting, form) else ()
        if form.human:
            found = report.Found(day, list(counted), list(soon), list(waits))
            since = _since(connection, question, found.late) if new else None
            _show(session, form, found, connection, (contact, since, grouped, output_dir))
        else:
            some: Iterable[report.Line] = counted
            if new:
                some = _since(connection, question, list(counted)).new
            _write(form, chain(some, soon, waits), lambda: o.let_go(connection))
    if mark:
        from agir_cli.reports.runs import record

        record(session.db, question, list(late), session.author)
    if exit_code and counted.count:
        raise typer.Exit(OVERDUE)


def _waits(asked: bool | None, form: Form) -> bool:
    return form.human if asked is None else asked


def _grouped(by: str | None, folder: str | None, form: Form, new: bool) -> bool:
    if by is None and folder is None:
        return False
    if by not in (None, "referent"):
        raise not_admitted("Le groupement", str(by), ["referent"])
    if not form.human or new:
        raise UsageFailure(
            "--by et --output-dir vont avec les formats pour lire, sans --new.",
            "Par exemple : agir report overdue --by referent --format plain",
        )
    return True


def _since(connection: Connection, question: report.Question, late: Sequence[report.Line]) -> Since:
    from agir_cli.reports.runs import since_last_run

    return since_last_run(connection, question, late)


def _show(
    session: Session,
    form: Form,
    found: report.Found,
    connection: Connection,
    wanted: tuple[bool, Since | None, bool, str | None],
) -> None:
    contact, since, grouped, folder = wanted
    columns = columns_of(form, report.COLUMNS)
    if not any(found[1:]) and not (since and since.resolved) and not form.to_file:
        return
    from pathlib import Path

    from agir_cli.cli.report_overdue_screen import Night, print_overdue
    from agir_cli.domain.dates import exactly
    from agir_cli.store.settings import rulebook_of

    clock = rulebook_of(connection).clocks.at("contractualisation", exactly(found.day))
    o.let_go(connection)
    night = Night(since, grouped, Path(folder) if folder else None)
    if folder and form.drawn:
        form = form._replace(format="plain")
    print_overdue(session, form, found, clock, columns, contact=contact, night=night)


def _write(form: Form, lines: Iterable[report.Line], let_go: Callable[[], None]) -> None:
    wanted = columns_of(form, report.COLUMNS)
    places = [report.COLUMNS.index(name) for name in wanted]
    usual = wanted == report.COLUMNS
    send(
        form,
        wanted,
        (line[: len(wanted)] if usual else [line[place] for place in places] for line in lines),
        let_go=let_go,
        texts=[name for name in report.TEXT_COLUMNS if name in wanted],
        dates=report.DATE_COLUMNS,
    )
