"""`agir enroll`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from agir_cli.cli.doors import perform
from agir_cli.cli.options import Given, fields_of
from agir_cli.cli.screen import is_terminal
from agir_cli.domain import commands as c

app = typer.Typer()

_ASKED = (
    ("nom", "Nom"),
    ("prenoms", "Prénoms"),
    ("date_naissance", "Né(e) le"),
    ("agdref", "N° AGDREF"),
)


@app.command("enroll")
@fields_of(c.Enroll, positional=False)
def enroll(
    ctx: typer.Context,
    given: Given,
    not_the_same: Annotated[
        list[str] | None,
        typer.Option("--not-the-same", metavar="REF", help="Ce dossier est celui d'un homonyme."),
    ] = None,
    ask: Annotated[
        bool,
        typer.Option("--ask", help="Demander l'identité au clavier : rien dans l'historique."),
    ] = False,
) -> None:
    """Inscrire une personne et ouvrir son dossier, ou compléter un dossier (--dossier).

    L'outil pré-vérifie, l'OFII décide : ce qui est inconnu ne refuse jamais.

    Exemples :
      agir enroll --nom DIALLO --prenoms Awa --date-naissance 1994 --agdref 0123456789
      agir enroll --ask --statut refugie --date-cir 09/01/2023 --orientation acceptee
      agir enroll --dossier 44-0042 --telephone 0612345678
    """
    told = dict(given)
    if ask:
        told.update(_asked(told))
    perform(ctx, c.Enroll, told, tuple(not_the_same or ()))


def _asked(told: dict[str, str | None]) -> dict[str, str]:
    from agir_cli.failures import UsageFailure

    if not is_terminal(sys.stdin):
        raise UsageFailure("--ask demande un terminal ; dans un script, utilisez --from -.")
    answers = {}
    for name, label in _ASKED:
        if told.get(name) is None:
            print(f"{label} (vide : inconnu) : ", end="", file=sys.stderr, flush=True)
            text = sys.stdin.readline().strip()
            if text:
                answers[name] = text
    return answers
