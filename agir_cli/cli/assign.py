"""`agir assign`: the commission's decision."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from agir_cli.cli.doors import perform, visitor_of
from agir_cli.cli.options import Given, fields_of
from agir_cli.cli.screen import is_terminal, show_table
from agir_cli.cli.session import Session, session_of
from agir_cli.domain import commands as c

app = typer.Typer()


@app.command("assign")
@fields_of(c.Assign)
def assign(
    ctx: typer.Context,
    given: Given,
    loads: Annotated[
        bool, typer.Option("--loads", help="Montrer la charge de chaque référent, rien d'autre.")
    ] = False,
) -> None:
    """Enregistrer la décision de la commission : priorités, modalité, référent.

    Le délai de trois semaines pour le contrat part de ce jour.

    Exemples :
      agir assign --loads
      agir assign 44-0042 --on 02/02/2023 --priorites droit_logement --referent "A. Martin"
    """
    session = session_of(ctx)
    if loads:
        _loads(session)
        return
    perform(ctx, c.Assign, given)
    if is_terminal(sys.stdout) and not session.quiet:
        _loads(session)


def _loads(session: Session) -> None:
    from agir_cli.usecases.consult import loads

    rows = loads(visitor_of(session))
    columns = ("Code", "Référent", "Dossiers ouverts")
    show_table(session, columns, rows, title="Charge des référents", right=(2,))
