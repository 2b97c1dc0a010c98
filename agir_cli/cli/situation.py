"""`agir situation set`."""

from __future__ import annotations

import typer

from agir_cli.cli.doors import perform
from agir_cli.cli.options import Given, fields_of
from agir_cli.domain import commands as c

app = typer.Typer()
situation = typer.Typer()
app.add_typer(situation, name="situation")


@situation.command("set")
@fields_of(c.SetSituation)
def set_situation(ctx: typer.Context, given: Given) -> None:
    """Relever la situation de logement, de travail ou de français, à un jour donné.

    Exemples :
      agir situation set 44-0042 --on 01/07/2023 --situation-logement logement_accompagne
      agir situation set 44-0042 --on hier --situation-professionnelle cdi --niveau-francais a2
    """
    perform(ctx, c.SetSituation, given)
