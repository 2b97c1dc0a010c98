"""``agir report funnel``: from the orientation to the contract, in numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli import asking as o
from agir_cli.reports import funnel as report

app = typer.Typer()


@app.command("funnel")
@o.shared
def funnel(
    ctx: typer.Context,
    asked: o.Asked,
    list_: Annotated[
        str | None,
        typer.Option(
            "--list",
            metavar="NOMBRE",
            help="Les dossiers derrière un nombre : personnes, menages, diagnostiques,"
            " attribues, signataires, clos ou hors_compte.",
        ),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="LIEU", help="Diviser par secteur ou par bureau.")
    ] = "secteur",
    passages: Annotated[
        bool,
        typer.Option("--passages", help="La durée de chaque passage, et les délais tenus."),
    ] = False,
) -> None:
    """De l'orientation au contrat : personnes, ménages, diagnostiqués, attribués, signataires.

    Par département et par secteur (celui du bureau du dossier). Chaque nombre est pris parmi
    les personnes orientées ou validées ; les autres dossiers avancés sont dits hors compte. Les
    dossiers clos restent comptés. Une date connue en partie compte quand elle est sûre ; le
    reste est dit à part.

    Exemples :
      agir report funnel
      agir report funnel --as-of 09/10/2023 --department 44
      agir report funnel --by bureau --department 85
      agir report funnel --list signataires --sector "NANTES-MÉTROPOLE"
      agir report funnel --format csv --output entonnoir.csv
      agir report funnel --passages --department 44
    """
    measure = report.measure_of(list_) if list_ is not None and not passages else None
    with o.reading(ctx, asked) as r:
        whom = (r.connection, r.day, r.filters)
        if passages:
            from agir_cli.reports import passages as durations

            r.show(durations.sheet_behind(*whom, list_) if list_ else durations.sheet(*whom))
        elif measure is not None:
            r.show(report.sheet_behind(*whom, measure))
        else:
            r.show(report.sheet(*whom, by, drawn=r.form.drawn))
