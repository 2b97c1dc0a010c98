"""``agir report board``: one page for a steering committee."""

from __future__ import annotations

from collections.abc import Sequence

import click

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, flag, option
from agir_cli.cli.render import Form, Printed
from agir_cli.cli.screen import is_terminal, plural, say, short_date, weekday_date
from agir_cli.domain.vocabulary import Nature
from agir_cli.exchange.charts import STROKES, Bars, Curves, Series
from agir_cli.exchange.outputs import open_output
from agir_cli.exchange.pages import Chart, Page, Part, Table, Tile
from agir_cli.exchange.writing import format_of
from agir_cli.failures import UsageFailure
from agir_cli.reports import flows, network, outcomes, situations, targets
from agir_cli.reports.board import Board
from agir_cli.reports.funnel import MEASURES, Row
from agir_cli.reports.masking import OVERLAPPING, masked_note
from agir_cli.reports.selection import FILTERS, Filters
from agir_cli.reports.sheet import Column, Data, Kind, Section, Sheet, columns, heading_of, prose
from agir_cli.reports.texts import french_text, number, number_or_word

app = Commands()
HTML, XLSX = "html", "xlsx"
LEAST = 5


def _page_form(printed: Printed) -> Form:
    if printed.format not in (None, HTML, XLSX):
        raise UsageFailure(
            "Le tableau de bord est une page html, ou un classeur xlsx.",
            "Pour d'autres formats : agir report funnel, overdue, situations, outcomes",
        )
    if printed.excel or printed.columns:
        raise UsageFailure("--excel et --columns ne s'appliquent pas au tableau de bord.")
    if printed.output in (None, "-") and is_terminal():
        raise UsageFailure("Une page ne s'affiche pas ici.", "Ajoutez : --output comite.html")
    named = format_of(printed.output, "", {"html": HTML, "htm": HTML, "xlsx": XLSX})
    if printed.format and named and named != printed.format:
        raise UsageFailure(
            f"« {printed.output} » porte le nom d'un autre format que {printed.format}."
        )
    form = Form(printed.format or named or HTML, printed.output, printed.overwrite)
    form.refuse_existing()
    return form


@o.report(app, periods=True, form=_page_form, formats="html (une page) ou xlsx (un classeur).")
def board(
    r: o.Reading,
    *,
    mask: int = option(
        "N", "Masquer les effectifs sous N ; 0 : aucun.", type=click.IntRange(0), default=LEAST
    ),
    lines: bool = flag("Avec la liste des retards, par référence de dossier."),
    names: bool = flag("Avec la liste des retards et les noms : usage interne."),
    comments: str | None = option("TEXTE", "Vos commentaires ; sinon des lignes à remplir."),
    signature: str | None = option("TEXTE", "Qui l'a établi : « Direction AGIR 44 »."),
    logo: str | None = option("FICHIER", "Votre logo : png, jpeg, gif, webp ou svg."),
) -> None:
    """Une page pour un comité de pilotage : chiffres, barres, retards, entonnoir, résultats.

    Une page html seule, sans réseau : elle s'ouvre dans un navigateur, s'envoie et s'imprime en
    A4. Sans nom ni référence, effectifs de moins de 5 masqués, sauf demande ; --lines et --names
    y mettent la liste des retards, et la page dit alors qu'elle est interne. Avec une période,
    ce qui y est arrivé à côté de la période d'avant. En xlsx : les mêmes chiffres, une feuille
    par sujet.

    Exemples :
      agir report board --output comite.html
      agir report board --as-of 09/10/2023 --departement 44 --output comite-44.html
      agir report board --period 2023-T3 --signature "Direction AGIR" --logo logo.png \
        --output comite-t3.html
      agir report board --format xlsx --output comite.xlsx
      agir report board --mask 0 --names --output equipe.html --overwrite
    """
    from agir_cli.exchange.pages import picture, write_page
    from agir_cli.reports.board import board as figures

    drawn = picture(logo) if logo else ""
    found = figures(*r.whom, mask or None, lines=lines or names, period=r.period())
    r.let_go()
    if r.form.format == XLSX:
        from agir_cli.cli.render import show_book

        show_book(r.form, subjects(found, r.filters, mask=mask or None))
        return
    page = page_of(found, r.filters, mask=mask or None, names=names)._replace(
        logo=drawn, author=signature or ""
    )
    page = page._replace(parts=[*page.parts, _comments(comments)])
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
        parts += [*_moved(found), _funnel(found), _deadlines(found), _passages(found)]
        parts += [_situations(found), _outcomes(found)]
    parts = [_with_notes(part, mask) for part in [*parts, *_network(found)]]
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
        foot=[*_foot(found), *([OVERLAPPING] if mask else [])],
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


def _told(bars: Bars | Curves) -> str:
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


def _chart(title: str, bars: Bars | Curves) -> Chart:
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


def _comments(text: str | None) -> Part:
    """What the team has to say, or room to write it on paper."""
    said = [line for line in (text or "").splitlines() if line.strip()]
    return Part("Commentaires", said, blank=0 if said else 8)


def _with_notes(part: Part, mask: int | None) -> Part:
    """The part whose tables say what « masqué » means where they have it."""
    if not mask:
        return part
    told = f"« {HIDDEN} » : effectif de 1 à {mask - 1}, ou qui permettrait d'en retrouver un."
    return part._replace(
        tables=[
            table._replace(note=told) if any(HIDDEN in row for row in table.rows) else table
            for table in part.tables
        ]
    )


def _table(section: Section, *, leads: int = 1, last: bool = False) -> Table:
    """A section as a table of the page; ``last``: its last row adds up the others."""
    rows = [[_dash(text, column) for text, column in zip(row, section.columns, strict=False)]
            for row in section.cells()]  # fmt: skip
    whole = [len(rows) - 1] if last else []
    return Table(section.title, [c.heading for c in section.columns], rows, leads, whole)


def _dash(text: str, column: Column) -> str:
    return text or ("–" if column.numeric else "")


_FLOWS = ("entrees", "diagnostics", "contrats", "sorties")


def _moved(found: Board) -> list[Part]:
    """The period asked for, the months, the interviews, the targets."""
    parts = []
    if found.period is not None:
        told = found.period.question.headings
        whole = next(iter(found.period.wholes))
        bars = Bars(
            [heading_of(name) for name in _FLOWS],
            [Series(told[n], found.period.row(n, whole, _FLOWS)) for n in (0, 1)],
        )
        tables = [_table(section) for section in flows.compared(found.period)]
        chart = _chart("La période et celle d'avant", bars)
        parts.append(Part(f"Période : {told[0]}", _defined(found.period), charts=[chart],
                          tables=tables))  # fmt: skip
    return [*parts, _months(found), *_interviews(found), *_aims(found)]


def _defined(figures: flows.Figures) -> list[str]:
    """What each number counts."""
    return [" ".join(flows.definitions(figures))]


def _months(found: Board) -> Part:
    """The twelve months up to the day, or to the end of the period."""
    months = found.months
    whole = next(iter(months.wholes))
    labels = [f"{each.first:%m/%y}" for each in months.question.series[0]]
    names = ("entrees", "contrats", "sorties")
    every = [months.row(n, whole, names) for n in range(len(labels))]
    curves = Curves(
        labels,
        [Series(f"{heading_of(name)} ({stroke})", [row[n] for row in every])
         for n, (name, (stroke, _)) in enumerate(zip(names, STROKES, strict=True))],
    )  # fmt: skip
    section = next(iter(flows.by_unit(months)))
    table = _table(section._replace(title="Mois par mois (personnes)"), last=True)
    return Part("Mois par mois", charts=[_chart("Entrées, contrats et sorties", curves)],
                tables=[table])  # fmt: skip


def _of_interviews(found: Board) -> str:
    """The unit and the cadence, without what is to be typed."""
    return found.interviews.report.notes[0].partition(" Derrière")[0]


def _interviews(found: Board) -> list[Part]:
    figures = found.interviews
    sections = list(flows.compared(figures))[:1]
    if not sections:
        return []
    title = "Entretiens de suivi, obligatoires tous les deux mois"
    return [Part("Entretiens de suivi", [_of_interviews(found)],
                 tables=[_table(sections[0]._replace(title=title))])]  # fmt: skip


def _aims(found: Board) -> list[Part]:
    if not found.aims:
        return []
    year = found.aims[0].annee
    rows = found.aims
    labels = [f"{targets.told(aim.mesure)}, {aim.departement or 'ensemble'}" for aim in rows]
    bars = Bars(
        labels,
        [Series("atteint, en % de l'objectif", [aim.taux_objectif for aim in rows]),
         Series("prévu au 31 décembre", [aim.taux_prevision for aim in rows])],
        unit="%",
    )  # fmt: skip
    table = _table(Section(f"Objectifs {year}", targets.KNOWN, rows), leads=3)
    notes = targets.notes(found.day, year)
    return [Part("Objectifs de la convention", notes, charts=[_chart("Objectifs", bars)],
                 tables=[table])]  # fmt: skip


_ACTING = (
    Column("qui", "Qui doit agir"), Column("en_retard", "En retard", "", Kind.NUMBER, number),
    Column("en_attente", "En attente sans délai", "", Kind.NUMBER, number),
    Column("mediane_jours", "Attente médiane (jours)", "", Kind.NUMBER),
)  # fmt: skip


def _passages(found: Board) -> Part:
    """How long each stage takes, and how the deadlines were kept."""
    from agir_cli.reports.passages import KNOWN

    names = ("passage", "mesures", "mediane_jours", "p90_jours", "tenus", "depasses")
    section = Section("Durée de chaque passage", KNOWN, found.passages).with_columns(names)
    shown = [
        column._replace(show=_hidden_or) if column.name in names[1::2] + names[4:] else column
        for column in section.columns
    ]
    intro = (
        "Unités : dossiers dont les deux jours sont connus, et jours (médiane ; 9 dossiers sur 10"
        " n'ont pas dépassé). Sans délai légal : pas de « tenus »."
    )
    return Part("Durées", [intro], tables=[_table(section._replace(columns=shown))])


def _hidden_or(count: int | None) -> str:
    return "–" if count is None else number(count)


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
    tables = [_table(Section("Échéances dépassées", _LATE, found.late))]
    if found.waits:
        rows = [
            [wait.cause[:1].upper() + wait.cause[1:], number(wait.dossiers)] for wait in found.waits
        ]
        title = f"En attente, sans délai qui court : {number(found.waiting)}"
        tables.append(Table(title, ["Ce qui est attendu", "Dossiers"], rows))
    if found.acting:
        tables.append(_table(Section("Par qui doit agir", _ACTING, found.acting)))
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


def _judged(found: Board) -> str:
    """How many contracts are old enough for their outcome to be told."""
    figures = found.outcomes
    return (
        f"Jugées : {number(figures.judged)} sur {number(figures.signed)}"
        f" {plural(figures.signed, 'signataire')}, dont le"
        f" contrat a été signé au plus tard le {short_date(found.signed_by)} (un an). Pas encore"
        f" jugées : {number(figures.waiting)}."
    )


def _outcomes(found: Board) -> Part:
    figures = found.outcomes
    judged = _judged(found)
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


def _network(found: Board) -> list[Part]:
    told = network.for_committee(found.network)
    tables = [_table(s)._replace(whole=[n for n, r in enumerate(s.rows) if s.total and s.total(r)],
                                 texts=[n for n, c in enumerate(s.columns) if not c.numeric])
              for s in told.sections]  # fmt: skip
    return [Part("Coordination des acteurs", [*told.notes], tables=tables)] if tables else []


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


def _foot(found: Board) -> Sequence[str]:
    foot = [
        "Personnes : orientation acceptée ou validée par l'OFII à cette date, dossiers clos"
        " compris. Signataires : contrat signé à cette date. Une date connue en partie compte"
        " quand elle est sûre.",
        outcomes.rule_of(found.flags, "Logement pérenne", "Emploi durable ou formation"),
        "Un ménage compte dès qu'une de ses personnes y est.",
    ]
    return [*foot, "Page établie par agir à partir du fichier de l'équipe."]


# --- the workbook ------------------------------------------------------------------------


_PLACES = ("departement", "secteur", *MEASURES[:5], "taux_signataires", "clos")
_LATE = (
    Column("nature", "Échéance", show=lambda nature: Nature(nature).label),
    Column("certains", "En retard", "", Kind.NUMBER, number),
    Column("possibles", "Peut-être en retard", "", Kind.NUMBER, number),
)  # fmt: skip
_WAITS = (
    Column("cause", "Ce qui est attendu"), Column("dossiers", "Dossiers", "", Kind.NUMBER, number),
)  # fmt: skip


def _funnel_section(found: Board) -> Section:
    """A household of two sectors counts in both: only departments have a number."""
    rows = [[row[0] or "Ensemble", *row[1:3], "" if row.secteur else row.menages, *row[4:9]]
            for row in found.rows]  # fmt: skip
    laid = columns(_PLACES, dict.fromkeys(MEASURES, number_or_word))
    return Section("", laid, rows, total=lambda row: not row[1])


def _situations_sections(found: Board) -> Sequence[Section]:
    """A domain a section, a situation a row."""
    laid = [Column("classe", "Situation", show=situations.LABELS.__getitem__)]
    for moment, name in (("entree", "À l'entrée"), ("actuelle", "Actuellement"),
                         ("sortie", "À la sortie")):  # fmt: skip
        laid += [Column(f"personnes_{moment}", name, "", Kind.NUMBER, number),
                 Column(f"part_{moment}", f"{name} (part)", "", Kind.RATE)]  # fmt: skip
    sections = []
    for domain, title in situations.TITLES.items():
        of_class: dict[str, list[object]] = {}
        for line in found.situations.lines:  # moment by moment
            if line.domaine == domain:
                of_class.setdefault(line.classe, [line.classe]).extend((line.personnes, line.part))
        sections.append(Section(title, laid, list(of_class.values())))
    return sections


_RESULT = (
    "entree", "resultat", "personnes", "atteint", "taux", "objectif", "menages", "menages_atteint",
    "menages_taux",
)  # fmt: skip


def subjects(found: Board, filters: Filters, *, mask: int | None) -> Sequence[tuple[str, Sheet]]:
    """The sheets of the committee's workbook: each a subject, with its day and its unit."""
    from agir_cli.reports.passages import KNOWN

    notes = [f"Au {weekday_date(found.day)}. {_perimeter(filters)}", *masked_note(mask)]
    persons = "Unité : personne (une par dossier)"

    def sheet(title: str, note: str, *sections: Section) -> Sheet:
        return Sheet(title=title, notes=[*notes, note], sections=sections, data=Data((), ()))

    every = [
        ("Entonnoir", sheet("De l'orientation au contrat", f"{persons} ; ménage, par département.",
                            _funnel_section(found))),
        ("Mois", sheet("Mois par mois", f"{persons}.", *list(flows.by_unit(found.months))[:1],
                       prose("Ce que compte chaque nombre", flows.definitions(found.months)))),
    ]  # fmt: skip
    if found.period is not None:
        title = f"Période : {found.period.question.headings[0]}"
        every.append(("Période", sheet(title, f"{persons}.", *flows.compared(found.period),
                                       prose("Ce que compte chaque nombre",
                                             flows.definitions(found.period)))))  # fmt: skip
    if found.aims:
        aimed = Section("", targets.KNOWN, found.aims, total=lambda aim: not aim[0])
        year = found.aims[0].annee
        unit = " ".join(targets.notes(found.day, year))
        every.append(("Objectifs", sheet(f"Objectifs de la convention, {year}", unit, aimed)))
    every += [
        ("Délais", sheet("Délais", f"Unité : échéance. {found.clock}",
                         Section("Échéances dépassées", _LATE, found.late),
                         Section("En attente, sans délai qui court", _WAITS, found.waits),
                         Section("Par qui doit agir", _ACTING, found.acting))),
        ("Durées", sheet("Durées", "Unités : dossier, et jour.",
                         Section("", KNOWN, found.passages))),
        ("Entretiens", sheet("Entretiens de suivi", _of_interviews(found),
                             *flows.compared(found.interviews))),
        ("Situations", sheet("Situations", "Unité : personne admise, dossiers clos compris.",
                             *_situations_sections(found))),
        ("Résultats", sheet("Résultats", _judged(found),
                            Section("", outcomes.KNOWN, found.outcomes.lines, _RESULT))),
        ("Réseau", network.for_committee(found.network)),
    ]  # fmt: skip
    return every
