"""`agir close`: the end of a dossier."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli.doors import confirm_final, perform, read_command
from agir_cli.cli.options import Given, fields_of
from agir_cli.cli.session import session_of
from agir_cli.domain import commands as c

app = typer.Typer()


@app.command("close")
@fields_of(c.Close)
def close(
    ctx: typer.Context,
    given: Given,
    yes: Annotated[bool, typer.Option("--yes", help="Confirmer sans question.")] = False,
) -> None:
    """Clore un dossier, avec son motif ; la situation à la sortie peut être donnée.

    Définitifs : arret_beneficiaire, arret_structure, terme, objectifs_atteints.
    Non définitifs : transfert, deces, erreur, non_eligible, sans_suite.

    Exemples :
      agir close 44-0042 --motif transfert --on 01/09/2023
      agir close 44-0042 --motif terme --on 17/02/2025 --situation-logement logement_autonome
    """
    command = read_command(ctx, c.Close, given)
    assert isinstance(command, c.Close)
    from agir_cli.store.rulebook import shipped

    if shipped().final(command.motif):
        consequence = f"« {command.motif.label} » est définitif : le droit à AGIR sera épuisé."
        confirm_final(session_of(ctx), command, given["dossier"] or "", consequence, yes)
    perform(ctx, c.Close, given)
