"""``agir report quality|cross|indicators``: data checked, crossed, and put beside its targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, option
from agir_cli.failures import UsageFailure

if TYPE_CHECKING:
    from agir_cli.reports.sheet import Sheet

app = Commands()


@o.report(app, rewound=True)
def quality(
    r: o.Reading,
    *,
    by: str | None = option("LIGNE", "referent ou bureau.", "--by"),
    list_of: str | None = o.list_of(
        "Les dossiers d'un contrôle, et la commande qui répare : contact, contact:concernes,"
        " contact:bons, completude, precision, contradiction, tout ; saisie : les actes.",
        "CONTRÔLE",
    ),
    line: str | None = option("NOM", "Avec --by : cette ligne, ou « aucun »."),
) -> Sheet:
    """Ce qui manque à l'étape atteinte, ce qui se contredit, et le délai de saisie.

    Un champ n'est dû qu'une fois son étape atteinte : rien ne sonne avant. Chaque contrôle dit
    ce qui répare ; le délai va du jour de l'acte à celui de son enregistrement.

    Exemples :
      agir report quality
      agir report quality --by referent
      agir report quality --list tout --referent "DURAND Anne"
      agir report quality --list contact --by bureau --line 44-C1
      agir report quality --list tout --output a_reparer.xlsx
    """
    from agir_cli.reports import quality as report
    from agir_cli.reports.selection import one_or

    if line is not None and by is None:
        raise UsageFailure("--line va avec --by.", "Par exemple : --by referent --line aucun")
    grouped = one_or(None, "La ligne", by, report.BY)
    key = report.line_of(r.connection, grouped, line)
    question = report.Question(r.selection, grouped, key)
    if list_of is not None:
        return report.sheet_behind(r.connection, question, report.wanted(list_of))
    return report.sheet(r.connection, question)


@o.report(app)
def cross(
    r: o.Reading,
    *,
    rows: str = option("CHAMP", "Le champ en lignes.", "--rows", required=True),
    across: str = option("CHAMP", "Le champ en colonnes.", "--columns", required=True),
    of: str | None = option("NOMBRE", "Le nombre de report funnel à répartir : personnes,"
                            " diagnostiques, attribues, signataires, clos.", "--of"),
    list_of: str | None = o.list_of(
        "Les dossiers derrière un nombre : LIGNE:COLONNE, LIGNE:, :COLONNE ou tout.",
        "LIGNE:COLONNE"),
    mask: int | None = o.MASK,
) -> Sheet:  # fmt: skip
    """Croiser deux listes fermées : logement et travail, statut et sexe, secteur et priorité...

    Les totaux sont ceux de report funnel, au même jour et avec les mêmes filtres ; ce qui n'est
    pas renseigné est « inconnu ». --mask cache les petits nombres, et ceux qui les donneraient.

    Exemples :
      agir report cross --rows situation_logement_entree --columns statut
      agir report cross --rows secteur --columns priorites --of signataires
      agir report cross --rows nationalite --columns sexe --mask --format csv
      agir report cross --rows statut --columns sexe --list refugie:f
    """
    from agir_cli.reports import cross as report

    question = report.question(r.selection, rows, across, of)
    if list_of is not None:
        return report.sheet_behind(r.connection, question, list_of)
    return report.sheet(r.connection, question, mask)


@o.report(app, periods=True)
def indicators(
    r: o.Reading,
    *,
    by: str | None = o.by_unit(""),
    list_of: str | None = o.list_of(
        "Les dossiers derrière un nombre : signataires, signataires:denominateur,"
        " signataires:reste.", "INDICATEUR"),
    mask: int | None = o.MASK,
) -> Sheet:  # fmt: skip
    """Les indicateurs d'une période, avec leur objectif : ceux d'agir et ceux de l'équipe.

    Un indicateur est une donnée : qui est regardé, qui compte, la source. Les stocks sont ceux
    du dernier jour, les flux ceux de la période ; à côté, la période d'avant et l'année. Sans
    période : l'année en cours. L'équipe ajoute les siens : agir indicators add.

    Exemples :
      agir report indicators
      agir report indicators --period 2023-T3 --departement 44
      agir report indicators --by trimestre
      agir report indicators --period 2023-T3 --list delai_contrat:reste
      agir report indicators --period 2023 --mask --output comite.xlsx
    """
    from agir_cli.reports import indicators as report
    from agir_cli.reports.flows import Question as Flows
    from agir_cli.reports.periods import period_of

    unit, _ = o.divided(by)
    told = Flows(day=r.day, period=r.period(unit) or period_of(str(r.day.year)), unit=unit)
    periods = [*dict.fromkeys(piece for pieces in told.series for piece in pieces)]
    if mask and unit is None:
        periods = periods[:1]  # beside another period, a difference would tell
    question = report.Question(r.filters, periods, mask)
    report.check_period(question, unit)
    if list_of is not None:
        return report.sheet_behind(r.connection, question, list_of)
    return report.sheet(r.connection, question, told.headings[: len(periods)], unit)
