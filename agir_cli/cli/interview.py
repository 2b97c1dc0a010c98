"""`agir interview add`."""

from __future__ import annotations

import typer

from agir_cli.cli.doors import perform
from agir_cli.cli.options import Given, fields_of
from agir_cli.domain import commands as c

app = typer.Typer()
interview = typer.Typer()
app.add_typer(interview, name="interview")


@interview.command("add")
@fields_of(c.AddInterview)
def add(ctx: typer.Context, given: Given) -> None:
    """Enregistrer l'entretien de suivi, obligatoire tous les deux mois.

    Exemples :
      agir interview add 44-0042 --on 17/04/2023
    """
    perform(ctx, c.AddInterview, given)
