"""``agir report dossiers``: the list."""

from __future__ import annotations

import typer

from agir_cli.cli import asking as o
from agir_cli.cli.render import columns_of
from agir_cli.reports import listing

app = typer.Typer()
_ALL = (*listing.COLUMNS, *listing.WORDS, *listing.OTHERS)


@app.command("dossiers")
@o.shared
def dossiers(ctx: typer.Context, asked: o.Asked) -> None:
    """La liste des dossiers, avec toutes leurs colonnes et tous les filtres.

    À l'écran, quelques colonnes ; toutes en csv, json ou xlsx. --columns choisit, et donne
    aussi les mots libres (projet, prescripteur...). Avec --as-of, les dossiers tels qu'ils
    étaient ce jour-là.

    Exemples :
      agir report dossiers --stage commission
      agir report dossiers --department 85 --route n-1
      agir report dossiers --format csv --output dossiers.csv
      agir report dossiers --columns dossier,nom,projet --referent "DURAND Anne"
    """
    form = asked.form
    wanted = columns_of(form, _ALL) if form.columns is not None else ()
    with o.reading(ctx, asked, form, rewound=True) as r:
        _say_perhaps(r, asked)
        joined = form.format == "csv"
        r.show(listing.sheet(r.connection, r.day, r.filters, wanted, joined=joined))


def _say_perhaps(r: o.Reading, asked: o.Asked) -> None:
    """On a past day: those of whom only dates known in part tell, apart, never left unsaid."""
    if asked.as_of is None:
        return
    from agir_cli.cli.screen import say, weekday_date
    from agir_cli.reports.past import perhaps_there

    known_on = o.day_of(r.session, asked.known_on, "--known-on") if asked.known_on else None
    count = perhaps_there(r.connection, r.day, r.filters, known_on=known_on)
    if count:
        several = "s" if count > 1 else ""
        told = f"+{count} dossier{several} possible{several} au {weekday_date(r.day)}"
        say(r.session, f"{told} : leurs dates, connues en partie, sont peut-être d'après ce jour.")
