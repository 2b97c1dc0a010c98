"""`agir correct`: void or redate one recorded event."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli.answers import answer
from agir_cli.cli.doors import read_day, visitor_of
from agir_cli.cli.session import session_of
from agir_cli.failures import UsageFailure

app = typer.Typer()


@app.command("correct")
def correct(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="Dossier")],
    event: Annotated[
        int, typer.Argument(metavar="N°", help="Numéro de l'événement (agir show REF --events)")
    ],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="La bonne date.")] = None,
    void: Annotated[bool, typer.Option("--void", help="Annuler l'événement.")] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXTE", help="Pourquoi ; gardé au dossier.")
    ] = None,
) -> None:
    """Corriger un fait enregistré : l'annuler, ou lui donner sa bonne date.

    Rien n'est effacé : l'événement annulé reste visible, avec la raison et l'auteur.

    Exemples :
      agir show 44-0042 --events
      agir correct 44-0042 5 --on 17/02/2023 --reason "erreur de frappe"
      agir correct 44-0042 6 --void --reason "refus saisi sur le mauvais dossier"
    """
    if void == (on is not None):
        raise UsageFailure("Dites l'un des deux : --void pour annuler, ou --on DATE pour redater.")
    if not (reason and reason.strip()):
        raise UsageFailure("Une correction demande sa raison : --reason « … ».")
    from agir_cli.usecases.single import correct_event

    session = session_of(ctx)
    day = read_day(on, session, "--on") if on is not None else None
    answer(session, correct_event(visitor_of(session), ref, event, day, reason.strip()))
