"""`agir contract book|sign|refuse|absent`."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli.doors import confirm_final, perform, read_command
from agir_cli.cli.options import Given, fields_of
from agir_cli.cli.session import session_of
from agir_cli.domain import commands as c

app = typer.Typer()
contract = typer.Typer()
app.add_typer(contract, name="contract")


@contract.command("book")
@fields_of(c.BookContract)
def book(ctx: typer.Context, given: Given) -> None:
    """Inscrire le rendez-vous de contrat (ou l'inscrire à nouveau).

    Exemples :
      agir contract book 44-0042 --on "14/02/2023 10h30" --bureau 44-C1
    """
    perform(ctx, c.BookContract, given)


@contract.command("sign")
@fields_of(c.SignContract)
def sign(ctx: typer.Context, given: Given) -> None:
    """Enregistrer la signature du contrat : les deux ans commencent.

    Exemples :
      agir contract sign 44-0042 --on 17/02/2023 --projet "Pâtisserie"
      agir contract sign 44-0042 --on "février 2023"
    """
    perform(ctx, c.SignContract, given)


@contract.command("refuse")
@fields_of(c.RefuseContract)
def refuse(
    ctx: typer.Context,
    given: Given,
    yes: Annotated[bool, typer.Option("--yes", help="Confirmer sans question.")] = False,
) -> None:
    """Enregistrer le refus du contrat par la personne : définitif.

    Une absence n'est jamais un refus : elle s'enregistre avec « contract absent ».

    Exemples :
      agir contract refuse 44-0042 --on 17/02/2023
      agir contract refuse 44-0042 --on 17/02/2023 --yes
    """
    command = read_command(ctx, c.RefuseContract, given)
    consequence = "Le refus du contrat est définitif : le droit à AGIR sera épuisé."
    confirm_final(session_of(ctx), command, given["dossier"] or "", consequence, yes)
    perform(ctx, c.RefuseContract, given)


@contract.command("absent")
@fields_of(c.MissContract)
def absent(ctx: typer.Context, given: Given) -> None:
    """Noter que la personne n'est pas venue : ce n'est jamais un refus.

    Exemples :
      agir contract absent 44-0042 --on 14/02/2023
    """
    perform(ctx, c.MissContract, given)
