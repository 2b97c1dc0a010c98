"""``agir report timeline REF``: one dossier's life."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli import report_options as o
from agir_cli.cli.report_output import columns_of, form_of, send
from agir_cli.cli.session import session_of

app = typer.Typer()


@app.command("timeline")
def timeline(
    ctx: typer.Context,
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="Référence, n° AGDREF, début de l'un, ou nom.")
    ],
    as_of: o.AsOf = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="table, plain, csv, json, jsonl, markdown, xlsx, html ou svg.",
        ),
    ] = None,
    output: o.Output = None,
    overwrite: o.Overwrite = False,
    excel: o.Excel = False,
    columns: o.Columns = None,
) -> None:
    """La frise d'un dossier : de l'arrivée en France à aujourd'hui, étape par étape.

    Les dates gardent leur précision (« février 2023 », « entre mars et avril 2023 ») ; chaque
    délai dit comment il a été tenu ; ce qui a été annulé reste visible, avec sa raison.

    Exemples :
      agir report timeline 44-0042
      agir report timeline "Madame B." --as-of 09/10/2023
      agir report timeline 44-0042 --format json
      agir report timeline 44-0042 --output frise.html
    """
    session = session_of(ctx)
    day = o.day_of(session, as_of)
    drawn = _picture(format_, output)
    form = form_of(
        "plain" if drawn else format_, output, overwrite=overwrite, excel=excel, columns=columns
    )
    from agir_cli.reports.timeline import COLUMNS, life, machine_rows

    wanted = columns_of(form, COLUMNS)
    with o.opened(session) as connection:
        from agir_cli.store.lookup import find_one

        found = life(connection, find_one(connection, ref), day, past=as_of is not None)
    if form.human:
        from agir_cli.cli import timeline_screen as screen

        if drawn:
            (screen.write_page if drawn == "html" else screen.write_picture)(form, found, day)
        else:
            screen.print_life(session, form, found, day, wanted)
        return
    places = [COLUMNS.index(name) for name in wanted]
    send(
        form,
        wanted,
        ([row[place] for place in places] for row in machine_rows(found.entries)),
        let_go=lambda: None,
        dates=("date",),
    )


def _picture(format_: str | None, output: str | None) -> str | None:
    """``html`` or ``svg`` where one is asked for, by the format or by the file's ending."""
    ending = (output or "").rpartition(".")[2].lower()
    asked = format_ if format_ is not None else ending
    return asked if asked in ("html", "svg") else None
