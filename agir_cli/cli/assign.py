"""`agir assign`: the commission's decision."""

from __future__ import annotations

import typer

from agir_cli.cli.doors import perform
from agir_cli.cli.options import Given, fields_of
from agir_cli.domain import commands as c

app = typer.Typer()


@app.command("assign")
@fields_of(c.Assign)
def assign(ctx: typer.Context, given: Given) -> None:
    """Enregistrer la décision de la commission : priorités, modalité, référent.

    Le délai de trois semaines pour le contrat part de ce jour.

    Exemples :
      agir assign 44-0042 --on 02/02/2023 --priorites droit_logement --referent "A. Martin"
    """
    perform(ctx, c.Assign, given)
