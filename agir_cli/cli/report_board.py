"""``agir report board``: one page for a steering committee."""

from __future__ import annotations

from collections.abc import Sequence

import click

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, flag, option
from agir_cli.cli.render import Form, Printed
from agir_cli.cli.screen import is_terminal, plural, say, short_date, weekday_date
from agir_cli.domain.vocabulary import Nature
from agir_cli.exchange.charts import Bars, Series
from agir_cli.exchange.outputs import open_output
from agir_cli.exchange.pages import Chart, Page, Part, Table, Tile
from agir_cli.exchange.writing import format_of
from agir_cli.failures import UsageFailure
from agir_cli.reports import outcomes, situations
from agir_cli.reports.board import Board
from agir_cli.reports.funnel import MEASURES, Row
from agir_cli.reports.selection import FILTERS, Filters
from agir_cli.reports.texts import french_text, number

app = Commands()
HTML = "html"
LEAST = 5


def _page_form(printed: Printed) -> Form:
    if printed.format not in (None, HTML):
        raise UsageFailure(
            "Le tableau de bord est une page html.",
            "Pour d'autres formats : agir report funnel, overdue, situations, outcomes",
        )
    if printed.excel or printed.columns:
        raise UsageFailure("--excel et --columns ne s'appliquent pas à une page html.")
    if printed.output in (None, "-") and is_terminal():
        raise UsageFailure("Une page ne s'affiche pas ici.", "Ajoutez : --output comite.html")
    format_of(printed.output, HTML, {"html": HTML, "htm": HTML})
    form = Form(HTML, printed.output, printed.overwrite)
    form.refuse_existing()
    return form


@o.report(app, form=_page_form, formats="html, et lui seul : une page.")
def board(
    r: o.Reading,
    *,
    mask: int = option(
        "N", "Masquer les effectifs sous N ; 0 : aucun.", type=click.IntRange(0), default=LEAST
    ),
    lines: bool = flag("Avec la liste des retards, par référence de dossier."),
    names: bool = flag("Avec la liste des retards et les noms : usage interne."),
) -> None:
    """Une page pour un comité de pilotage : chiffres, barres, retards, entonnoir, résultats.

    Une page html seule, sans réseau : elle s'ouvre dans un navigateur, s'envoie et s'imprime en
    A4. Sans nom ni référence, effectifs de moins de 5 masqués, sauf demande ; --lines et --names
    y mettent la liste des retards, et la page dit alors qu'elle est interne.

    Exemples :
      agir report board --output comite.html
      agir report board --as-of 09/10/2023 --departement 44 --output comite-44.html
      agir report board --mask 0 --names --output equipe.html --overwrite
    """
    from agir_cli.exchange.pages import write_page
    from agir_cli.reports.board import board as figures

    found = figures(*r.whom, mask or None, lines=lines or names)
    r.let_go()
    page = page_of(found, r.filters, mask=mask or None, names=names)
    with open_output(r.form.output, overwrite=r.form.overwrite) as out:
        write_page(page, out)
    if r.form.to_file:
        say(r.session, f"Page écrite : {r.form.output}")


# --- the words of the page ---------------------------------------------------------------


HIDDEN = number(None)
_MEASURES = {
    "personnes": "Personnes", "menages": "Ménages", "diagnostiques": "Diagnostiquées",
    "attribues": "Passées en commission", "signataires": "Signataires", "clos": "Dossiers clos",
}  # fmt: skip
_RESULTS = {
    "logement": "Logement pérenne", "travail": "Emploi durable ou formation",
    "les_deux": "Les deux",
}  # fmt: skip


def page_of(found: Board, filters: Filters, *, mask: int | None, names: bool) -> Page:
    """The page of these figures."""
    parts = [_key_figures(found)]
    somebody = found.rows and found.rows[0].personnes != 0
    if somebody:
        parts += [_funnel(found), _deadlines(found), _situations(found), _outcomes(found)]
    if found.lines:
        parts.append(_lines(found, names))
    notices = ["Document interne : il désigne des personnes."] if found.lines else []
    if not somebody:
        notices.append(f"Aucune personne à cette date{filters.told}.")
    return Page(
        title="Programme AGIR : tableau de bord",
        subtitle=[f"Au {weekday_date(found.day)}. {_perimeter(filters)}"],
        parts=parts,
        notices=notices,
        foot=_foot(found, mask),
    )


def _perimeter(filters: Filters) -> str:
    if not filters:
        return "Ensemble des dossiers du fichier."
    told = (f"{FILTERS[name].noun} {word.strip(',')}" for name, word in filters.items())
    return f"Périmètre : {', '.join(told)}."


# --- words and numbers -------------------------------------------------------------------


def rate(value: float | None) -> str:
    """« 66,3 % », a dash where there is none (nobody, or hidden)."""
    return "–" if value is None else f"{value:.1f}\u00a0%".replace(".", ",")


def _told(bars: Bars) -> str:
    """The chart in words: « DNA : 402, actuellement 202 ; … »."""
    shown = rate if bars.unit else lambda value: number(None if value is None else int(value))
    lines = []
    for place, label in enumerate(bars.labels):
        each = [
            f"{series.name} {shown(series.values[place])}"
            if len(bars.series) > 1
            else shown(series.values[place])
            for series in bars.series
        ]
        lines.append(f"{label} : {', '.join(each)}")
    return " ; ".join(lines) + "."


def _chart(title: str, bars: Bars) -> Chart:
    unsaid = any(value is None for each in bars.series for value in each.values)
    shown = f"{title} ; sans nombre : {HIDDEN}" if unsaid else title
    return Chart(shown, f"{title}. {_told(bars)}", bars)


# --- the parts ---------------------------------------------------------------------------


def _key_figures(found: Board) -> Part:
    whole = found.rows[0] if found.rows else Row("", "", 0, 0, 0, 0, 0, None, 0)
    late = {line.nature: line for line in found.late}
    tiles = [
        Tile(number(whole.personnes), "personnes admises, dossiers clos compris",
             f"{number(whole.menages)} {plural(whole.menages, 'ménage')}"),
        Tile(number(whole.signataires), "signataires du contrat",
             f"{rate(whole.taux_signataires)} des personnes"),
        Tile(number(whole.diagnostiques), "personnes diagnostiquées"),
        Tile(number(whole.clos), "dossiers clos"),
        *(Tile(number(late[nature].certains), f"{what} en retard", "dernier jour passé")
          for nature, what in (("contractualisation", "contrats"), ("diagnostic", "diagnostics"),
                               ("entretien", "entretiens de suivi"))),
        Tile(number(found.waiting), "dossiers en attente", "sans délai qui court"),
    ]  # fmt: skip
    return Part("Chiffres clés", tiles=tiles)


def _funnel(found: Board) -> Part:
    whole, departments = found.rows[0], [r for r in found.rows if r.departement and not r.secteur]
    steps = [m for m in MEASURES if m != "menages"]
    charts = [
        _chart(
            "De l'orientation au contrat (personnes)",
            Bars([_MEASURES[m] for m in steps], [Series("", [whole.of(m) for m in steps])]),
        ),
        _chart(
            "Signataires parmi les personnes, par département",
            Bars([f"Département {r.departement}" for r in departments],
                 [Series("", [r.taux_signataires for r in departments])], unit="%", top=100),
        ),
    ]  # fmt: skip
    table = Table(
        "Par département et par secteur (secteur du bureau du dossier)",
        ["Dép.", "Secteur", *_MEASURES.values(), "Taux de signataires"],
        [_place(row) + [_number_of(row, m) for m in MEASURES] + [rate(row.taux_signataires)]
         for row in found.rows],
        leads=2,
        whole=[place for place, row in enumerate(found.rows) if not row.secteur],
    )  # fmt: skip
    intro = "Unité : personne (une par dossier) ; ménage, par département. Dossiers clos compris."
    return Part("De l'orientation au contrat", [intro], charts=charts, tables=[table])


def _number_of(row: Row, measure: str) -> str:
    adds_up = not row.secteur or measure != "menages"
    return number(row.of(measure)) if adds_up else ""


def _place(row: Row) -> list[str]:
    if not row.departement:
        return ["Tous", "Ensemble"]
    return [row.departement, row.secteur or "Tout le département"]


def _deadlines(found: Board) -> Part:
    labels = [Nature(line.nature).label for line in found.late]
    bars = Bars(
        labels,
        [Series("en retard", [line.certains for line in found.late]),
         Series("peut-être en retard (date connue en partie)",
                [line.possibles for line in found.late])],
    )  # fmt: skip
    tables = [
        Table(
            "Échéances dépassées",
            ["Échéance", "En retard", "Peut-être en retard"],
            [[Nature(x.nature).label, number(x.certains), number(x.possibles)]
             for x in found.late],
        )
    ]  # fmt: skip
    if found.waits:
        rows = [
            [wait.cause[:1].upper() + wait.cause[1:], number(wait.dossiers)] for wait in found.waits
        ]
        title = f"En attente, sans délai qui court : {number(found.waiting)}"
        tables.append(Table(title, ["Ce qui est attendu", "Dossiers"], rows))
    intro = f"Unité : échéance. {found.clock} Un contrat signé n'est jamais en retard."
    return Part("Délais", [intro], charts=[_chart("Retards par nature", bars)], tables=tables)


def _situations(found: Board) -> Part:
    charts, tables = [], []
    for domain, title in (("logement", "Logement et hébergement"), ("travail", "Travail")):
        lines = {
            (line.moment, line.classe): line
            for line in found.situations.lines
            if line.domaine == domain
        }
        classes = [
            each
            for each in situations.CLASSES[domain]
            if any(lines[moment, each].personnes != 0 for moment in situations.MOMENTS)
        ]
        if not classes:
            continue
        shown = [c for c in classes if any(lines[m, c].personnes for m in ("entree", "actuelle"))]
        bars = Bars(
            [situations.LABELS[each] for each in shown],
            [Series(name, [lines[moment, each].personnes for each in shown])
             for moment, name in (("entree", "à l'entrée"), ("actuelle", "actuellement"))],
        )  # fmt: skip
        charts.append(_chart(f"{title} (personnes)", bars))
        rows = [
            [situations.LABELS[each]]
            + [
                text
                for m in situations.MOMENTS
                for text in (number(lines[m, each].personnes), rate(lines[m, each].part))
            ]
            for each in classes
        ]
        headings = ["Situation"]
        for moment in ("À l'entrée", "Actuellement", "À la sortie"):
            headings += [moment, "Part"]
        tables.append(Table(title, headings, rows))
    intro = "Unité : personne. « À la sortie » : dossiers clos seulement."
    return Part("Situations", [intro], charts=charts, tables=tables)


def _outcomes(found: Board) -> Part:
    figures = found.outcomes
    judged = (
        f"Jugées : {number(figures.judged)} sur {number(figures.signed)}"
        f" {plural(figures.signed, 'signataire')}, dont le"
        f" contrat a été signé au plus tard le {short_date(found.signed_by)} (un an). Pas encore"
        f" jugées : {number(figures.waiting)}."
    )
    if not figures.judged:
        return Part("Résultats", [judged, "Aucun dossier n'est assez ancien pour être jugé."])
    whole = [line for line in figures.lines if not line.entree]
    aimed = [line for line in whole if line.objectif is not None]
    bars = Bars(
        [_RESULTS[line.resultat] for line in aimed],
        [Series("atteint", [line.taux for line in aimed]),
         Series("objectif", [line.objectif for line in aimed])],
        unit="%", top=100,
    )  # fmt: skip
    headings = ["Résultat", "Jugées", "Atteint", "Taux", "Objectif", "Ménages", "Taux (ménages)"]
    tables = [Table("Ensemble", headings, [_outcome(line) for line in whole])]
    entries = [line for line in figures.lines if line.entree]
    if entries:
        rows = [[situations.LABELS[line.entree], *_outcome(line)] for line in entries]
        tables.append(Table("Par logement à l'entrée", ["À l'entrée", *headings], rows, leads=2))
    intro = [judged, "Une réponse inconnue n'est pas un succès. « Les deux » n'a pas d'objectif."]
    return Part("Résultats", intro, charts=[_chart("Résultats et objectifs", bars)], tables=tables)


def _outcome(line: outcomes.Line) -> list[str]:
    aim = "–" if line.objectif is None else f"{line.objectif}\u00a0%"
    return [
        _RESULTS[line.resultat], number(line.personnes), number(line.atteint), rate(line.taux),
        aim, number(line.menages), rate(line.menages_taux),
    ]  # fmt: skip


def _lines(found: Board, names: bool) -> Part:
    named = ["Nom", "Prénoms", "Référent"] if names else []
    rows = [
        [line.dossier, Nature(line.nature).label,
         *([line.nom or "", line.prenoms or "", line.referent or ""] if names else []),
         french_text(line.echeance), str(line.retard_jours or 0),
         "certain" if line.certitude == "certain" else "possible"]
        for line in found.lines
    ]  # fmt: skip
    headings = ["Dossier", "Échéance", *named, "Dernier jour", "Retard (jours)", "Certitude"]
    words = set(range(2, 3 + len(named))) | {len(headings) - 1}
    table = Table(f"Échéances dépassées : {len(rows)}", headings, rows, leads=1, texts=words | {1})
    return Part("Liste des retards", tables=[table])


def _foot(found: Board, mask: int | None) -> Sequence[str]:
    foot = [
        "Personnes : orientation acceptée ou validée par l'OFII à cette date, dossiers clos"
        " compris. Signataires : contrat signé à cette date. Une date connue en partie compte"
        " quand elle est sûre.",
        outcomes.rule_of(found.flags, "Logement pérenne", "Emploi durable ou formation"),
        "Un ménage compte dès qu'une de ses personnes y est.",
    ]
    if mask:
        foot.insert(
            0, f"« {HIDDEN} » : effectif de 1 à {mask - 1}, ou qui permettrait d'en retrouver un."
        )
    return [*foot, "Page établie par agir à partir du fichier de l'équipe."]
