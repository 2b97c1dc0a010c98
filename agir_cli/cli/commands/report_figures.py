"""``agir report NAME``: what is asked of figures and of lists, whose screens are the common ones.

Each imports its question when it is asked: the others are not paid for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, flag, option
from agir_cli.failures import UsageFailure
from agir_cli.reports.sheet import Sheet

if TYPE_CHECKING:
    from agir_cli.reports.flows import Question, Report
    from agir_cli.reports.periods import Period

app = Commands()


@o.report(app, periods=True)
def funnel(
    r: o.Reading,
    *,
    list_of: str | None = o.list_of(
        "Les dossiers derrière un nombre : personnes, menages, diagnostiques, attribues,"
        " signataires, clos ou hors_compte ; d'une période : entrees, diagnostics, commissions,"
        " contrats, sorties."
    ),
    by: str = o.by_unit("secteur, bureau", "secteur"),
    passages: bool = flag("La durée de chaque passage, et les délais tenus."),
    targets: bool = flag("Les objectifs de la convention : taux atteint, prévision."),
    mask: int | None = o.MASK,
) -> Sheet:
    """De l'orientation au contrat : personnes, ménages, diagnostiqués, attribués, signataires.

    Par département et par secteur (celui du bureau du dossier). Chaque nombre est pris parmi
    les personnes orientées ou validées ; les autres dossiers avancés sont dits hors compte. Les
    dossiers clos restent comptés. Une date connue en partie compte quand elle est sûre ; le
    reste est dit à part. Avec une période (--period, --from et --to, --by mois) : entrées,
    diagnostics, commissions, contrats et sorties par motif, à côté du stock, de la période
    d'avant et de l'année. --targets : les objectifs de la convention.

    Exemples :
      agir report funnel
      agir report funnel --as-of 09/10/2023 --departement 44
      agir report funnel --by bureau --departement 85
      agir report funnel --list signataires --secteur "NANTES-MÉTROPOLE"
      agir report funnel --format csv --output entonnoir.csv
      agir report funnel --passages --departement 44
    """
    unit, place = o.divided(by)
    period = r.period(unit)
    if targets:
        from agir_cli.reports import targets as aims

        year = period.last.year if period else r.day.year
        return aims.sheet(r.connection, r.day, year, r.filters, mask)
    if period is not None and not passages:
        from agir_cli.reports import movements

        question = _question(r, period, unit, mask)
        if list_of is not None:
            return movements.funnel_behind(r.connection, question, r.filters, list_of)
        moved = _moved(question, movements.funnel(r.connection, r.filters, place or "secteur"))
        return _with_targets(r, moved, period, mask)
    if passages:
        if mask:
            raise UsageFailure("--mask ne va pas avec --passages.", "Retirez l'un des deux.")
        from agir_cli.reports import passages as durations

        return durations.sheet_behind(*r.whom, list_of) if list_of else durations.sheet(*r.whom)
    from agir_cli.reports import funnel as report

    if list_of is not None:
        return report.sheet_behind(*r.whom, report.measure_of(list_of))
    return report.sheet(*r.whom, by, mask, drawn=r.form.drawn)


def _with_targets(r: o.Reading, moved: Sheet, period: Period, mask: int | None) -> Sheet:
    """The funnel of a period and, of a whole department, the targets of its year."""
    if r.filters.without("department"):
        return moved
    from agir_cli.reports import targets as aims

    aimed = aims.section(r.connection, r.day, period.last.year, r.filters, mask)
    return replace(moved, sections=[*moved.sections, aimed])


def _question(r: o.Reading, period: Period, unit: str | None, mask: int | None) -> Question:
    from agir_cli.reports.flows import Question

    return Question(day=r.day, period=period, unit=unit, mask=mask)


def _of_a_period(r: o.Reading, by: str | None, mask: int | None) -> tuple[Question, str | None]:
    """What a report of a period is asked, by month unless told; and what else it is divided by."""
    unit, line = o.divided(by)
    period = r.period(unit or "mois")
    assert period is not None  # a unit has at least the year so far
    return _question(r, period, unit, mask), line


def _moved(question: Question, report: Report) -> Sheet:
    from agir_cli.reports.flows import sheet

    return sheet(question, report)


@o.report(app, periods=True)
def situations(
    r: o.Reading,
    *,
    flows: bool = flag("Aussi d'où vers où, de l'entrée à maintenant."),
    by: str | None = o.by_unit(""),
    list_of: str | None = o.list_of("Les dossiers derrière un nombre du rapport."),
    moment: str | None = option("MOMENT", "Avec --list : entree, actuelle, sortie."),
    domain: str | None = option("DOMAINE", "Avec --list : logement ou travail."),
    mask: int | None = o.MASK,
) -> Sheet:
    """Logement et travail à l'entrée, actuellement et à la sortie.

    Les personnes sont celles admises à ce jour, dossiers clos compris. « Actuelle » est la
    dernière situation connue ce jour-là ; « sortie », celle des dossiers clos. --list donne les
    dossiers derrière un nombre : une situation, un passage DE:VERS, ou « personnes ».

    Exemples :
      agir report situations
      agir report situations --flows --departement 44
      agir report situations --list logement_autonome --moment actuelle
      agir report situations --list dna:logement_autonome
      agir report situations --as-of 09/10/2023 --mask 5 --format csv
    """
    from agir_cli.reports import situations as report

    unit, _ = o.divided(by)
    if (period := r.period(unit)) is not None:
        from agir_cli.reports import movements

        movements.no_list(list_of, period)
        return _moved(_question(r, period, unit, mask), movements.moves(r.connection, r.selection))
    if list_of is None and (moment or domain):
        raise UsageFailure("--moment et --domain vont avec --list.", "Par exemple : --list dna")
    if list_of is not None:
        cell = report.cell_of(list_of, moment, domain)
        return report.sheet_behind(r.connection, r.selection, cell)
    return report.sheet(r.connection, r.selection, mask, flows=flows)


@o.report(app)
def rights(
    r: o.Reading,
    *,
    list_of: str | None = o.list_of("Les dossiers d'un nombre : sejour:ouvert.", "DROIT:ÉTAT"),
    moment: str | None = option("MOMENT", "Avec --list : entree, actuelle, sortie."),
    mask: int | None = o.MASK,
) -> Sheet:
    """Droits et papiers : où en est chacun à l'entrée, actuellement et à la sortie.

    Les personnes sont celles de report situations. Un droit dont personne n'a rien dit est
    inconnu ; ce qui est sans objet ne compte pas dans la part des droits ouverts.

    Exemples :
      agir report rights
      agir report rights --list couverture_maladie:a_faire --referent "DURAND Anne"
      agir report rights --list sejour:ouvert --moment entree
      agir report rights --mask 5 --format csv
    """
    from agir_cli.reports import rights as report

    if list_of is None:
        if moment:
            raise UsageFailure("--moment va avec --list.", "Par exemple : --list sejour:ouvert")
        return report.sheet(r.connection, r.selection, mask)
    return report.sheet_behind(r.connection, r.selection, list_of, moment)


@o.report(app, periods=True)
def outcomes(
    r: o.Reading,
    *,
    after: str = option(
        "DURÉE", "Ne juger que les contrats de cet âge : 12m, 1a, 90j.", default="12m"
    ),
    by: str | None = o.by_unit("logement, travail : la situation à l'entrée"),
    exits: bool = flag("Les sorties seulement : dossiers clos."),
    list_of: str | None = o.list_of("Les dossiers derrière un nombre du rapport."),
    entry: str | None = option("SITUATION", "Avec --list et --by : cette entrée."),
    households: bool = flag("Avec --list : les ménages, un par ligne."),
    mask: int | None = o.MASK,
) -> Sheet:
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
    from agir_cli.reports import outcomes as report
    from agir_cli.reports.selection import one_or
    from agir_cli.reports.situations import DOMAINS
    from agir_cli.store.settings import rulebook_of

    if list_of is None and (entry or households):
        raise UsageFailure(
            "--entry et --households vont avec --list.", "Par exemple : --list logement"
        )
    unit, divided = o.divided(by)
    domain = one_or(None, "Le domaine", divided, DOMAINS)
    if entry and domain is None:
        raise UsageFailure("--entry va avec --by.", "Par exemple : --by logement --entry dna")
    word = after.strip().lower()
    o.span_of("--after", word, r.day)  # the sentence for what is no duration
    signed_by = report.signed_by(r.day, word.lstrip("+"))
    flags = rulebook_of(r.connection).flags(r.day)
    question = report.Asked(r.selection, signed_by, flags, domain, exits)
    if (period := r.period(unit)) is not None:
        from agir_cli.reports import movements

        movements.no_list(list_of, period)
        return _moved(_question(r, period, unit, mask), movements.exits(r.connection, question))
    if list_of is not None:
        cell = report.cell_of(list_of, entry, domain)
        return report.sheet_behind(r.connection, question, cell, of_households=households)
    return report.sheet(r.connection, question, after, mask)


@o.report(app, periods=True)
def caseload(
    r: o.Reading,
    *,
    by: str = o.by_unit("referent, organisation, bureau", "referent"),
    months: int = option(
        "N", "Mois à venir, celui du jour compris.", type=click.IntRange(1, 36), default=6
    ),
    forecast: bool = flag("En csv ou json : les mois à venir."),
    list_of: str | None = o.list_of("Les dossiers derrière un nombre du rapport."),
    line: str | None = option("NOM", "Avec --list : cette ligne, ou « aucun »."),
    month: str | None = option("MOIS", "Avec --list : 2023-10, depasse, plus_tard, sans_date."),
) -> Sheet:
    """La charge de chaque référent, bureau ou organisation, et les mois à venir.

    Dossiers ouverts : par priorité (un dossier peut en avoir deux) et par modalité, entretiens
    en retard, termes des prochains mois. Puis, mois par mois : les places que les termes
    libèrent, et les arrivées au plus tôt des dossiers qui attendent le diagnostic ou la
    commission. --list donne les dossiers derrière un nombre, par le nom de sa colonne en csv.

    Exemples :
      agir report caseload
      agir report caseload --by organisation --months 12
      agir report caseload --list termes --line "DURAND Anne"
      agir report caseload --list places_liberees --month 2024-03
      agir report caseload --forecast --format csv
    """
    from agir_cli.reports import caseload as report
    from agir_cli.reports.selection import one_or

    if list_of is None and (line or month):
        raise UsageFailure("--line et --month vont avec --list.", "Par exemple : --list termes")
    unit, divided = o.divided(by)
    grouped = one_or("referent", "La ligne", divided, report.BY)
    if (period := r.period(unit)) is not None:
        from agir_cli.reports import movements

        movements.no_list(list_of, period)
        moved = movements.caseload(r.connection, r.selection, grouped)
        return _moved(_question(r, period, unit, None), moved)
    question = report.Question(r.selection, grouped, months)
    if list_of is not None:
        cell = report.cell_of(r.connection, question, list_of, line, month)
        return report.sheet_behind(r.connection, question, cell, line)
    return report.sheet(r.connection, question, ahead=forecast)


@o.report(app, periods=True)
def liaison(
    r: o.Reading,
    *,
    list_of: str | None = o.list_of(
        "Une seule liste : a_envoyer, en_attente, validees, derogations, rejetees,"
        " sans_decision, envoyees ou listings.",
        "LISTE",
    ),
    listing: int | None = option("N°", "Un seul listing.", type=int),
    by: str | None = o.by_unit(""),
) -> Sheet:
    """Les demandes à transmettre et celles qui attendent l'OFII, anciennes d'abord ; les listings.

    L'âge compte depuis la fiche (à transmettre) ou depuis le listing (chez l'OFII). Chaque
    nombre d'un listing est celui d'une liste : --listing 3 --list validees.

    Exemples :
      agir report liaison
      agir report liaison --list en_attente --format csv
      agir report liaison --listing 3 --list rejetees
      agir report liaison --list listings --as-of 09/10/2023
    """
    unit, _ = o.divided(by)
    if (period := r.period(unit)) is not None:
        from agir_cli.reports import movements

        movements.no_list(list_of, period)
        return _moved(_question(r, period, unit, None), movements.liaison(r.connection, r.filters))
    from agir_cli.reports import requests as report

    return report.sheet(*r.whom, list_of, listing)


@o.report(app, periods=True)
def interviews(
    r: o.Reading,
    *,
    by: str | None = o.by_unit("referent, bureau, departement", "referent"),
    list_of: str | None = o.list_of(
        "Les entretiens derrière un nombre de la période : dus, tenus_a_temps, tenus_en_retard,"
        " manques, excuses, indetermines ou attendus."
    ),
    mask: int | None = o.MASK,
) -> Sheet:
    """Les entretiens de suivi d'une période : dus, tenus à temps ou en retard, manqués, excusés.

    Un entretien est obligatoire tous les deux mois ; la cadence est dite (agir rules
    --interview-cadence). Chacun compte dans la période de son dernier jour, aussi après la
    clôture du dossier. Sans période : l'année en cours.

    Exemples :
      agir report interviews --period 2023-T3
      agir report interviews --from 01/07/2023 --to 30/09/2023 --by bureau
      agir report interviews --by mois --referent "DURAND Anne"
      agir report interviews --period 2023-09 --list manques
    """
    from agir_cli.reports import interviews as report

    question, line = _of_a_period(r, by, mask)
    if list_of is not None:
        return report.sheet_behind(r.connection, r.selection, question, list_of)
    return report.sheet(r.connection, r.selection, question, line)


@o.report(app, periods=True)
def appointments(
    r: o.Reading,
    *,
    by: str | None = o.by_unit("objet, bureau, referent, departement, delai, rappel", "objet"),
    list_of: str | None = o.list_of(
        "Les rendez-vous d'un nombre : rendez_vous, honores, absents, issue_a_noter, a_venir ;"
        " rencontrees : aux autres que le diagnostic et le contrat."
    ),
    line: str | None = option("NOM", "Avec --list et --by : cette ligne."),
    mask: int | None = o.MASK,
) -> Sheet:
    """Les rendez-vous d'une période : honorés, absents, issue à noter, à venir.

    Diagnostics, contrats et autres rendez-vous (agir visit), par objet, bureau, référent, délai
    depuis l'inscription, ou selon qu'un rappel a été fait. Celui qui a été inscrit à nouveau sans
    absence ne compte pas. Sans période : l'année en cours.

    Exemples :
      agir report appointments --period 2023-T3
      agir report appointments --by rappel --period 2023
      agir report appointments --by bureau,mois --departement 44
      agir report appointments --by delai --list absents --line 31+
      agir report appointments --period 2023-09 --list rencontrees
    """
    from agir_cli.reports import appointments as report

    question, line_by = _of_a_period(r, by, mask)
    if list_of is None:
        if line:
            raise UsageFailure("--line va avec --list.", "Par exemple : --list absents --line 31+")
        return report.sheet(r.connection, question, r.filters, line_by)
    return report.sheet_behind(r.connection, question, r.filters, list_of, line_by, line)


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


@o.report(app, rewound=True)
def dossiers(r: o.Reading) -> Sheet:
    """La liste des dossiers, avec toutes leurs colonnes et tous les filtres.

    À l'écran, quelques colonnes ; toutes en csv, json ou xlsx. --columns choisit, et donne
    aussi les mots libres (projet, prescripteur...). Avec --as-of, les dossiers tels qu'ils
    étaient ce jour-là.

    Exemples :
      agir report dossiers --stage commission
      agir report dossiers --departement 85 --route n-1
      agir report dossiers --format csv --output dossiers.csv
      agir report dossiers --columns dossier,nom,projet --referent "DURAND Anne"
    """
    from agir_cli.reports import listing
    from agir_cli.reports.selection import chosen

    wanted = () if r.form.columns is None else chosen("La colonne", r.form.columns, listing.EVERY)
    _say_perhaps(r)
    return listing.sheet(*r.whom, wanted)


def _say_perhaps(r: o.Reading) -> None:
    """On a past day: those of whom only dates known in part tell, apart, never left unsaid."""
    if r.asked.as_of is None:
        return
    from agir_cli.cli.screen import say, weekday_date
    from agir_cli.reports.history import perhaps_there

    known_on = o.day_of(r.session, r.asked.known_on, "--known-on") if r.asked.known_on else None
    count = perhaps_there(r.connection, r.day, r.filters, known_on=known_on)
    if count:
        several = "s" if count > 1 else ""
        told = f"+{count} dossier{several} possible{several} au {weekday_date(r.day)}"
        say(r.session, f"{told} : leurs dates, connues en partie, sont peut-être d'après ce jour.")
