"""``agir report situations``: housing and work at entry, now, at exit; flows on request."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli import asking as o
from agir_cli.failures import UsageFailure
from agir_cli.reports import situations as report
from agir_cli.reports.standing import Selection

app = typer.Typer()


@app.command("situations")
@o.shared
def situations(
    ctx: typer.Context,
    asked: o.Asked,
    flows: Annotated[
        bool, typer.Option("--flows", help="Aussi d'où vers où, de l'entrée à maintenant.")
    ] = False,
    list_of: o.ListOf = None,
    moment: Annotated[
        str | None,
        typer.Option("--moment", metavar="MOMENT", help="Avec --list : entree, actuelle, sortie."),
    ] = None,
    domain: Annotated[
        str | None,
        typer.Option("--domain", metavar="DOMAINE", help="Avec --list : logement ou travail."),
    ] = None,
    mask: o.Mask = None,
) -> None:
    """Logement et travail à l'entrée, actuellement et à la sortie.

    Les personnes sont celles admises à ce jour, dossiers clos compris. « Actuelle » est la
    dernière situation connue ce jour-là ; « sortie », celle des dossiers clos. --list donne les
    dossiers derrière un nombre : une situation, un passage DE:VERS, ou « personnes ».

    Exemples :
      agir report situations
      agir report situations --flows --department 44
      agir report situations --list logement_autonome --moment actuelle
      agir report situations --list dna:logement_autonome
      agir report situations --as-of 09/10/2023 --mask 5 --format csv
    """
    least = o.checked_mask(mask, list_of)
    if list_of is None and (moment or domain):
        raise UsageFailure("--moment et --domain vont avec --list.", "Par exemple : --list dna")
    with o.reading(ctx, asked) as r:
        selection = Selection(r.day, r.filters)
        if list_of is not None:
            cell = report.cell_of(list_of, moment, domain)
            r.show(report.sheet_behind(r.connection, selection, cell))
        else:
            r.show(report.sheet(r.connection, selection, least, flows=flows))
