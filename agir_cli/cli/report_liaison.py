"""``agir report liaison``: what waits to be sent, what OFII has, and what it answered."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli import asking as o
from agir_cli.reports import requests as report

app = typer.Typer()


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
    with o.reading(ctx, asked) as r:
        r.show(report.sheet(r.connection, r.day, r.filters, wanted, listing))
