"""``agir report NAME``: the table of reports; each is imported when it is typed."""

from __future__ import annotations

from functools import partial
from inspect import getdoc
from typing import Any

import click

from agir_cli.cli.groups import Commands, Family, LazyGroup

REPORTS: dict[str, Family] = {
    "overdue": Family("Rapports", ".report_overdue", "Les retards, et qui attend sans échéance."),
    "dossiers": Family("Rapports", ".report_figures", "La liste des dossiers, avec des filtres."),
    "funnel": Family("Rapports", ".report_figures", "De l'orientation au contrat : les totaux."),
    "agenda": Family("Rapports", ".report_agenda", "Rendez-vous et échéances d'une période."),
    "liaison": Family("Rapports", ".report_figures", "Demandes à transmettre, chez l'OFII."),
    "situations": Family("Rapports", ".report_figures", "Logement et travail, entrée à sortie."),
    "outcomes": Family("Rapports", ".report_figures", "Logement et emploi face aux objectifs."),
    "caseload": Family("Rapports", ".report_figures", "La charge de chacun, et les mois à venir."),
    "appointments": Family("Rapports", ".report_figures", "Les rendez-vous honorés et manqués."),
    "rights": Family("Rapports", ".report_figures", "Droits et papiers : entrée, actuel, sortie."),
    "interviews": Family("Rapports", ".report_figures", "Les entretiens dus, tenus, manqués."),
    "quality": Family("Rapports", ".report_figures", "Ce qui manque, ou se contredit."),
    "indicators": Family("Rapports", ".report_figures", "Les indicateurs, et leurs objectifs."),
    "cross": Family("Rapports", ".report_figures", "Deux listes fermées croisées."),
    "board": Family("Rapports", ".report_board", "Une page pour un comité de pilotage."),
    "network": Family("Rapports", ".network", "La coordination des acteurs."),
    "timeline": Family("Rapports", ".report_timeline", "La frise d'un dossier."),
}


class ReportGroup(LazyGroup):
    """The group of every report."""

    table = REPORTS
    noun = "Le rapport"

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.subcommand_metavar = "RAPPORT [OPTIONS]..."

    def advice(self, ctx: click.Context) -> str:
        return f"Rapports : {', '.join(self.table)}."


def report() -> None:
    """Rapports : retards, listes, totaux, frise d'un dossier.

    Exemples :
      agir report overdue --kind contractualisation
      agir report funnel --as-of 09/10/2023
      agir report dossiers --stage commission --format csv
      agir report timeline 44-0042
    """


app = Commands()
app.makers["report"] = partial(ReportGroup, name="report", help=getdoc(report))
