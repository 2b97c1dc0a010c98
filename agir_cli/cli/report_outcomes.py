"""``agir report outcomes``: lasting housing, durable work or training, both; against targets."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from agir_cli.cli import asking as o
from agir_cli.failures import UsageFailure
from agir_cli.reports import outcomes as report
from agir_cli.reports.situations import DOMAINS
from agir_cli.reports.standing import Selection, one_of

app = typer.Typer()


@app.command("outcomes")
@o.shared
def outcomes(
    ctx: typer.Context,
    asked: o.Asked,
    after: Annotated[
        str,
        typer.Option(
            "--after", metavar="DURÉE", help="Ne juger que les contrats de cet âge : 12m, 1a, 90j."
        ),
    ] = "12m",
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="DOMAINE", help="Par situation à l'entrée : logement, travail."
        ),
    ] = None,
    exits: Annotated[
        bool, typer.Option("--exits", help="Les sorties seulement : dossiers clos.")
    ] = False,
    list_of: o.ListOf = None,
    entry: Annotated[
        str | None,
        typer.Option("--entry", metavar="SITUATION", help="Avec --list et --by : cette entrée."),
    ] = None,
    households: Annotated[
        bool, typer.Option("--households", help="Avec --list : les ménages, un par ligne.")
    ] = False,
    mask: o.Mask = None,
) -> None:
    """Logement pérenne, emploi durable ou formation, les deux ; face à 80 % et 60 %.

    Trois réponses, jamais une seule. Ne sont jugés que les dossiers assez anciens (--after) :
    contrat signé au moins douze mois plus tôt ; leur nombre est dit, et celui des autres. Une
    réponse inconnue n'est jamais un succès. Un ménage compte dès qu'une de ses personnes y est.
    --list : logement, travail ou les_deux (avec :non ou :inconnu), jugees, pas_encore,
    signataires.

    Exemples :
      agir report outcomes
      agir report outcomes --by logement --after 18m
      agir report outcomes --list travail:non --format csv --output a_voir.csv
      agir report outcomes --by logement --list logement --entry dna
      agir report outcomes --mask 5 --format markdown --output bilan.md
    """
    least = o.checked_mask(mask, list_of)
    if list_of is None and (entry or households):
        raise UsageFailure(
            "--entry et --households vont avec --list.", "Par exemple : --list logement"
        )
    domain = one_of("Le domaine", by, DOMAINS)
    if entry and domain is None:
        raise UsageFailure("--entry va avec --by.", "Par exemple : --by logement --entry dna")
    with o.reading(ctx, asked) as r:
        from agir_cli.store.settings import rulebook_of

        flags = rulebook_of(r.connection).flags(r.day)
        selection = Selection(r.day, r.filters)
        question = report.Asked(selection, _signed_by(r.day, after), flags, domain, exits)
        if list_of is not None:
            cell = report.cell_of(list_of, entry, domain)
            r.show(report.sheet_behind(r.connection, question, cell, of_households=households))
        else:
            r.show(report.sheet(r.connection, question, after, least))


def _signed_by(day: date, after: str) -> date:
    word = after.strip().lower()
    o.span_of("--after", word, day)  # the sentence for what is no duration
    return report.signed_by(day, word.lstrip("+"))
