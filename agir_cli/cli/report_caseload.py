"""``agir report caseload``: who follows how many dossiers, and what the next months bring."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli import asking as o
from agir_cli.failures import UsageFailure
from agir_cli.reports import caseload as report
from agir_cli.reports.standing import Selection, one_of

app = typer.Typer()


@app.command("caseload")
@o.shared
def caseload(
    ctx: typer.Context,
    asked: o.Asked,
    by: Annotated[
        str,
        typer.Option("--by", metavar="LIGNE", help="Une ligne par referent, organisation, bureau."),
    ] = "referent",
    months: Annotated[
        int,
        typer.Option(
            "--months", metavar="N", help="Mois à venir, celui du jour compris.", min=1, max=36
        ),
    ] = 6,
    forecast: Annotated[
        bool, typer.Option("--forecast", help="En csv ou json : les mois à venir.")
    ] = False,
    list_of: o.ListOf = None,
    line: Annotated[
        str | None,
        typer.Option("--line", metavar="NOM", help="Avec --list : cette ligne, ou « aucun »."),
    ] = None,
    month: Annotated[
        str | None,
        typer.Option(
            "--month", metavar="MOIS", help="Avec --list : 2023-10, depasse, plus_tard, sans_date."
        ),
    ] = None,
) -> None:
    """La charge de chaque référent, bureau ou organisation, et les mois à venir.

    Dossiers ouverts : par priorité (un dossier peut en avoir deux) et par modalité, entretiens
    en retard, termes des prochains mois. Puis, mois par mois : les places que les termes
    libèrent, et les arrivées au plus tôt des dossiers qui attendent le diagnostic ou la
    commission. --list donne les dossiers derrière un nombre, par le nom de sa colonne en csv.

    Exemples :
      agir report caseload
      agir report caseload --by organisation --months 12
      agir report caseload --list termes --line "DURAND Anne"
      agir report caseload --list places_liberees --month 2024-03
      agir report caseload --forecast --format csv
    """
    if list_of is None and (line or month):
        raise UsageFailure("--line et --month vont avec --list.", "Par exemple : --list termes")
    grouped = one_of("La ligne", by, report.BY) or "referent"
    with o.reading(ctx, asked) as r:
        question = report.Question(Selection(r.day, r.filters), grouped, months)
        if list_of is not None:
            cell = report.cell_of(r.connection, question, list_of, line, month)
            r.show(report.sheet_behind(r.connection, question, cell, line))
        else:
            r.show(report.sheet(r.connection, question, ahead=forecast))
