"""`agir step add|list`."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli.doors import perform, visitor_of
from agir_cli.cli.options import Given, fields_of
from agir_cli.cli.screen import show_table
from agir_cli.cli.session import session_of
from agir_cli.domain import commands as c
from agir_cli.domain.dates import french
from agir_cli.domain.vocabulary import Domain

app = typer.Typer()
step = typer.Typer()
app.add_typer(step, name="step")


@step.command("add")
@fields_of(c.AddStep)
def add(ctx: typer.Context, given: Given) -> None:
    """Ajouter une étape du parcours, datée ou non, faite ou prévue.

    Exemples :
      agir step add 44-0042 --etape "Permis de conduire échangé" --domaine droits --on 2023-07
      agir step add 44-0042 --etape "Cours de FLE" --domaine langue --on 2023-03 --heures 100
    """
    perform(ctx, c.AddStep, given)


@step.command("list")
def list_steps(
    ctx: typer.Context, ref: Annotated[str, typer.Argument(metavar="REF", help="Dossier")]
) -> None:
    """Montrer le projet et les étapes d'un dossier.

    Exemples :
      agir step list 44-0042
    """
    from agir_cli.usecases.consult import record

    session = session_of(ctx)
    found = record(visitor_of(session), ref)
    project = found.words.get("projet")
    rows = [
        (
            french(s.on) or "sans date",
            french(s.date_fin_etape),
            Domain(s.domaine).label if s.domaine else "",
            s.words,
            s.heures or "",
        )
        for s in found.standing.state.steps
    ]
    if project:
        rows.insert(0, (french(found.standing.state.contract), "", "Projet", project, ""))
    show_table(session, ("Date", "Fin", "Domaine", "Étape", "Heures"), rows, right=(4,))
