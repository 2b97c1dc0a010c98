"""``agir report board``: one page for a steering committee."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli import asking as o
from agir_cli.cli.render import Form
from agir_cli.cli.screen import is_terminal, say
from agir_cli.exchange.outputs import open_output, refuse_existing
from agir_cli.exchange.writing import format_of
from agir_cli.failures import UsageFailure

app = typer.Typer()
HTML = "html"
LEAST = 5


@app.command("board")
@o.shared_with("html, et lui seul : une page.")
def board(
    ctx: typer.Context,
    asked: o.Asked,
    mask: Annotated[
        int,
        typer.Option(
            "--mask", metavar="N", min=0, help="Masquer les effectifs sous N ; 0 : aucun."
        ),
    ] = LEAST,
    lines: Annotated[
        bool, typer.Option("--lines", help="Avec la liste des retards, par référence de dossier.")
    ] = False,
    names: Annotated[
        bool, typer.Option("--names", help="Avec la liste des retards et les noms : usage interne.")
    ] = False,
) -> None:
    """Une page pour un comité de pilotage : chiffres, barres, retards, entonnoir, résultats.

    Une page html seule, sans réseau : elle s'ouvre dans un navigateur, s'envoie et s'imprime en
    A4. Sans nom ni référence, effectifs de moins de 5 masqués, sauf demande ; --lines et --names
    y mettent la liste des retards, et la page dit alors qu'elle est interne.

    Exemples :
      agir report board --output comite.html
      agir report board --as-of 09/10/2023 --department 44 --output comite-44.html
      agir report board --mask 0 --names --output equipe.html --overwrite
    """
    from agir_cli.cli.board_page import page_of
    from agir_cli.exchange.pages import write_page
    from agir_cli.reports.board import board as figures

    _check(asked)
    form = Form(HTML, asked.output, asked.overwrite)
    with o.reading(ctx, asked, form) as r:
        found = figures(r.connection, r.day, r.filters, mask or None, lines=lines or names)
        r.let_go()
    page = page_of(found, r.filters, mask=mask or None, names=names)
    with open_output(asked.output, overwrite=asked.overwrite) as out:
        write_page(page, out)
    if asked.output not in (None, "-"):
        say(r.session, f"Page écrite : {asked.output}")


def _check(asked: o.Asked) -> None:
    if asked.format not in (None, HTML):
        raise UsageFailure(
            "Le tableau de bord est une page html.",
            "Pour d'autres formats : agir report funnel, overdue, situations, outcomes",
        )
    if asked.excel or asked.columns:
        raise UsageFailure("--excel et --columns ne s'appliquent pas à une page html.")
    if asked.output in (None, "-") and is_terminal():
        raise UsageFailure("Une page ne s'affiche pas ici.", "Ajoutez : --output comite.html")
    format_of(asked.output, HTML, {"html": HTML, "htm": HTML})
    refuse_existing(asked.output, overwrite=asked.overwrite)
