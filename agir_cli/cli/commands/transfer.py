"""`agir transfer`: a person goes to another department, with what has been done for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agir_cli.cli.groups import Commands, dossiers_named, flag, option, word
from agir_cli.cli.options import act, made
from agir_cli.cli.run_command import not_done
from agir_cli.cli.screen import is_terminal, say
from agir_cli.cli.session import Session
from agir_cli.domain import commands as c
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.reports.sheet import Sheet

app = Commands()
transfer = app.group("transfer")


act(app, c.AskTransfer, """
    Demander à un autre département d'accompagner la personne ; le dossier reste ouvert.

    Exemples :
      agir transfer ask 44-0042 --vers-departement 49 --on 15/02/2024
""")  # fmt: skip

act(app, c.AcceptTransfer, """
    Noter que l'autre département accepte : le dossier est clos ce jour-là (transfert).

    Rien ne s'ouvre tout seul : l'autre équipe reprend le fichier de « agir transfer file » avec
    « agir import ». Les deux ans courent toujours depuis le premier contrat.

    Exemples :
      agir transfer accept 44-0042 --on 01/03/2024
""")  # fmt: skip

act(app, c.RefuseTransfer, """
    Noter que l'autre département refuse : l'accompagnement continue ici.

    Exemples :
      agir transfer refuse 44-0042 --on 01/03/2024
""")  # fmt: skip

act(app, c.ReceiveTransfer, """
    Noter d'où vient une personne, et depuis quand courent ses deux ans.

    « agir import » le note du fichier remis ; ceci, quand l'autre équipe n'en a pas remis.

    Exemples :
      agir transfer receive 49-0007 --departement-origine 44 --on 01/03/2024 \\
        --droit-depuis 17/02/2023
""")  # fmt: skip


@made(transfer, "list", printed=True, titled=True)
def list_transfers(session: Session) -> Sheet:
    """Montrer les transferts demandés, et ce que l'autre département a répondu.

    Exemples :
      agir transfer list
      agir transfer list --format csv
    """
    from agir_cli.reports.transfers import sheet
    from agir_cli.store.file import consulting

    with consulting(session.db) as connection:
        return sheet(connection, session.today)


@made(transfer, "file")
def hand_over(
    session: Session,
    *,
    refs: tuple[str, ...] = word("REF...", "Les dossiers dont le transfert est accepté", nargs=-1,
                                 required=True),
    texts: bool = flag("Les textes libres aussi : projet, étapes, partenaires…",
                       "--with-texts"),
    output: str | None = option("FICHIER", "Où l'écrire : transfert.csv ou .xlsx."),
    overwrite: bool = flag("Remplacer le fichier de --output s'il existe."),
) -> None:  # fmt: skip
    """Écrire le fichier à remettre à l'autre équipe : identité, actes, dates, référents.

    Ni rendez-vous, ni texte libre ; avec --with-texts, les textes et les étapes du parcours, qui
    sont des mots. L'autre équipe le reprend par « agir import » : c'est elle qui ouvre son dossier.

    Exemples :
      agir transfer file 44-0042 --output transfert.csv
    """
    from agir_cli.cli.render import Printed, show
    from agir_cli.domain.reasons import finding
    from agir_cli.reports.transfers import handed_over, without_consent
    from agir_cli.store.file import consulting
    from agir_cli.store.lookup import find_one

    if output is None and is_terminal():
        raise UsageFailure("Ce fichier contient une identité : il ne s'affiche pas.",
                           "Ajoutez : --output transfert.csv")  # fmt: skip
    form = Printed(None if output else "csv", output, overwrite, labels="no").form
    if form.format not in ("csv", "xlsx"):
        raise UsageFailure(f"« {output} » : un fichier de transfert est un .csv ou un .xlsx.")
    with consulting(session.db) as connection:
        ids = [find_one(connection, ref) for ref in dossiers_named(refs)]
        refused = without_consent(connection, ids)
        if refused:
            raise not_done(finding("transfert_sans_accord", dossier=ref) for ref in refused)
        found = handed_over(connection, ids, words=texts)
    show(session, found, form)
    say(session, "Ce fichier contient des données personnelles : chiffrez-le pour le transmettre.")
