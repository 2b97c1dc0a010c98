"""`agir diagnose book|hold|absent`."""

from __future__ import annotations

import typer

from agir_cli.cli.doors import perform
from agir_cli.cli.options import Given, fields_of
from agir_cli.domain import commands as c

app = typer.Typer()
diagnose = typer.Typer()
app.add_typer(diagnose, name="diagnose")


@diagnose.command("book")
@fields_of(c.BookDiagnosis)
def book(ctx: typer.Context, given: Given) -> None:
    """Inscrire le rendez-vous de diagnostic (ou l'inscrire à nouveau).

    Exemples :
      agir diagnose book 44-0042 --on "25/01/2023 14h" --confirmation mail+sms
    """
    perform(ctx, c.BookDiagnosis, given)


@diagnose.command("hold")
@fields_of(c.HoldDiagnosis)
def hold(ctx: typer.Context, given: Given) -> None:
    """Enregistrer le diagnostic tenu, signé ou non, avec la priorité préconisée.

    Exemples :
      agir diagnose hold 44-0042 --on 25/01/2023 --diagnostic-signe oui
      agir diagnose hold 44-0042 --on hier --priorites-preconisees droit_logement
    """
    perform(ctx, c.HoldDiagnosis, given)


@diagnose.command("absent")
@fields_of(c.MissDiagnosis)
def absent(ctx: typer.Context, given: Given) -> None:
    """Noter que la personne n'est pas venue : ce n'est jamais un refus.

    Exemples :
      agir diagnose absent 44-0042 --on 25/01/2023
    """
    perform(ctx, c.MissDiagnosis, given)
