"""``agir right``: rights to open and papers to have, the third dimension that is counted."""

from __future__ import annotations

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, flag, option, word
from agir_cli.cli.options import act
from agir_cli.domain import commands as c
from agir_cli.reports.sheet import Sheet

app = Commands()
right = app.group("right")


act(app, c.SetRight, """
    Noter où en est un droit ou un papier : son état, son jour, jusqu'à quand il est valable.

    Les droits : sejour, titre_voyage, etat_civil, prestations, couverture_maladie, compte_bancaire,
    permis, reunification, logement_social, dalo. Une demande de logement social vit un an depuis
    son jour : son renouvellement se note de même. Ni document, ni santé, hors la couverture.

    Exemples :
      agir right set 44-0042 --droit sejour --etat ouvert --on 10/01/2023 --jusqu-au 09/01/2033
      agir right set 44-0042 --droit logement_social --etat demande --on 12/06/2023
      agir right set --from droits.csv
""")  # fmt: skip


@o.report(right, name="list", rewound=True)
def list_rights(
    r: o.Reading,
    *,
    ref: str | None = word("[REF]", "Un dossier ; sinon tous", required=False),
    droit: str | None = option("LISTE", "Ces droits : sejour, prestations…"),
    etat: str | None = option("LISTE", "Ceux qui en sont là : a_faire, demande, ouvert…"),
    every: bool = flag("Chaque état, pas seulement le dernier.", "--historique"),
) -> Sheet:
    """Les droits et papiers d'un dossier, ou de tous : leur état, son jour, leur fin.

    Sans REF, ce qui est noté ; avec REF, aussi ce dont personne n'a rien dit. La liste revient
    telle quelle par agir right set --from.

    Exemples :
      agir right list 44-0042
      agir right list --droit sejour --etat ouvert --format csv
      agir right list --etat a_faire --referent "DURAND Anne"
    """
    from agir_cli.reports import rights as report
    from agir_cli.reports.selection import chosen, labelled

    rights = chosen("Le droit", droit, labelled("Right"))
    states = chosen("L'état", etat, labelled("RightState"))
    dossier = None
    if ref is not None:
        from agir_cli.store.lookup import find_one

        dossier = find_one(r.connection, ref)
    return report.listing(*r.whom, rights, states, dossier, every=every)
