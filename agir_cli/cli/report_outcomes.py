"""``agir report outcomes``: lasting housing, durable work or training, both; against targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.cli import report_figures as f
from agir_cli.cli import report_options as o
from agir_cli.cli.report_output import Form, Section, columns_of, print_sections
from agir_cli.cli.screen import console, plural, say, short_date, weekday_date
from agir_cli.cli.session import session_of
from agir_cli.domain.vocabulary import Housing, HousingDetail, Work
from agir_cli.failures import UsageFailure
from agir_cli.reports import outcomes as report
from agir_cli.reports.situations import DOMAINS, UNKNOWN
from agir_cli.reports.standing import LIST_COLUMNS, Selection, one_of

if TYPE_CHECKING:
    from datetime import date

    from agir_cli.cli.session import Session
    from agir_cli.domain.rules import SituationFlags

app = typer.Typer()

_RESULTS = {
    "logement": "Logement pérenne",
    "travail": "Emploi durable ou formation",
    "les_deux": "Les deux (sortie positive)",
}
_TOTALS = {
    report.SIGNED: "Signataires",
    report.JUDGED: "Personnes jugées",
    report.WAITING: "Pas encore jugées",
}
_CLASSES = {UNKNOWN: "Inconnu", **{each.value: each.label for each in (*Housing, *Work)}}
_SHORT = (
    "dossier", "nom", "prenoms", "situation_logement_actuelle",
    "situation_professionnelle_actuelle",
)  # fmt: skip


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
    list_of: f.ListOf = None,
    entry: Annotated[
        str | None,
        typer.Option("--entry", metavar="SITUATION", help="Avec --list et --by : cette entrée."),
    ] = None,
    households: Annotated[
        bool, typer.Option("--households", help="Avec --list : les ménages, un par ligne.")
    ] = False,
    mask: f.Mask = None,
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
    session, form = session_of(ctx), asked.form
    least = f.checked_mask(mask, list_of)
    if list_of is None and (entry or households):
        raise UsageFailure(
            "--entry et --households vont avec --list.", "Par exemple : --list logement"
        )
    domain = one_of("Le domaine", by, DOMAINS)
    if entry and domain is None:
        raise UsageFailure("--entry va avec --by.", "Par exemple : --by logement --entry dna")
    day = o.day_of(session, asked.as_of)
    with o.opened(session, asked) as connection:
        from agir_cli.store.settings import rulebook_of

        flags = rulebook_of(connection).flags(day)
        selection = Selection(day, o.filters_in(connection, asked))
        question = report.Asked(selection, _signed_by(day, after), flags, domain, exits)
        if list_of is not None:
            cell = report.cell_of(list_of, entry, domain)
            if households and cell.what in (report.SIGNED, report.WAITING):
                raise UsageFailure("Les ménages ne sont comptés que parmi les jugés.")
            listed = report.households if households else report.listed
            f.print_list(
                session, form, day, _name(cell), listed(connection, question, cell),
                lambda: o.let_go(connection),
                known=report.HOUSEHOLD_COLUMNS if households else LIST_COLUMNS,
                usual=report.HOUSEHOLD_COLUMNS if households else _SHORT,
                unit="ménage" if households else "dossier",
            )  # fmt: skip
            return
        found = report.figures(connection, question, least)
        o.let_go(connection)
    if form.human:
        _show(session, form, question, found, after, least)
    else:
        f.send_figures(form, report.COLUMNS, found.lines)


def _signed_by(day: date, after: str) -> date:
    word = after.strip().lower()
    o.span_of("--after", word, day)  # the sentence for what is no duration
    return report.signed_by(day, word.lstrip("+"))


def _name(cell: report.Cell) -> str:
    if cell.what in _TOTALS:
        return _TOTALS[cell.what] + (f", entrée : {_CLASSES[cell.entry]}" if cell.entry else "")
    entry = f", entrée : {_CLASSES[cell.entry]}" if cell.entry else ""
    return f"{_RESULTS[cell.what]} : {cell.answer}{entry}"


def _show(
    session: Session,
    form: Form,
    asked: report.Asked,
    found: report.Figures,
    after: str,
    mask: int | None,
) -> None:
    day = asked.selection.day
    if found.judged == 0:
        told = f"Aucun dossier n'est assez ancien au {weekday_date(day)} avec ces filtres."
        say(session, told, "Pour juger plus tôt : --after 6m")
    head = _head(asked, found, after, mask)
    if form.columns is not None or not form.drawn:
        plain = form._replace(format="plain") if form.drawn else form
        print_sections(plain, head, _sections(form, found))
        return
    blocks = [f.titled(title, lines) for title, lines in _blocks(found)]
    f.draw(session, head, blocks, sum(str(block).count("\n") + 1 for block in blocks))


def _head(asked: report.Asked, found: report.Figures, after: str, mask: int | None) -> list[str]:
    day = asked.selection.day
    possible = f" (dont {found.possible} peut-être assez anciennes)" if found.possible else ""
    head = [
        f"Résultats au {weekday_date(day)}" + (", sorties seulement" if asked.exits else ""),
        f"Unité : personne ; ménage à côté (compté dès qu'une de ses personnes y est). Jugées :"
        f" {f.number(found.judged)} sur {f.number(found.signed)}"
        f" {plural(found.signed, 'signataire')}, contrat signé au plus tard le"
        f" {short_date(asked.signed_by)} (--after {after}) ; pas encore jugées :"
        f" {f.number(found.waiting)}{possible}.",
        _rule(asked.flags),
        "Objectifs : 80 % en logement, 60 % en emploi ou formation. Une réponse inconnue n'est pas"
        " un succès.",
    ]
    if mask:
        head.append(f"Les effectifs de 1 à {mask - 1}, et ceux qui les révéleraient, sont masqués.")
    return head


def _rule(flags: SituationFlags) -> str:
    home = [each.label for each in Housing if each in flags.lasting_housing]
    home += [each.label for each in HousingDetail if each in flags.lasting_details]
    work = [each.label for each in Work if each in flags.durable_work]
    return (
        f"Pérenne : {', '.join(home)}. Durable : {', '.join(work)}. En vigueur depuis le"
        f" {short_date(flags.since)} [{flags.source}]."
    )


def _groups(found: report.Figures) -> Iterator[tuple[str, list[report.Line]]]:
    """Everyone first, then each class at entry that has somebody."""
    for entry in dict.fromkeys(line.entree for line in found.lines):
        lines = [line for line in found.lines if line.entree == entry]
        if not entry or lines[0].personnes != 0:
            yield (f"Entrée : {_CLASSES[entry]}" if entry else "Ensemble"), lines


# --- plain text --------------------------------------------------------------------------

_HEADINGS = (
    "Résultat", "Jugées", "Atteint", "Non", "Inconnu", "Taux", "Objectif", "Ménages", "Atteint",
    "Taux",
)  # fmt: skip


def _sections(form: Form, found: report.Figures) -> list[Section]:
    if form.columns is not None:
        wanted = columns_of(form, report.COLUMNS)
        rows = [[_text(getattr(line, name)) for name in wanted] for line in found.lines]
        return [Section("", wanted, rows)]
    return [
        Section(title, _HEADINGS, [_cells(line) for line in lines])
        for title, lines in _groups(found)
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _cells(line: report.Line) -> Sequence[str]:
    return (
        _RESULTS[line.resultat], f.number(line.personnes), f.number(line.atteint),
        f.number(line.non_atteint), f.number(line.inconnu), f.percent(line.taux),
        f"{line.objectif} %" if line.objectif else "", f.number(line.menages),
        f.number(line.menages_atteint), f.percent(line.menages_taux),
    )  # fmt: skip


# --- on a terminal -----------------------------------------------------------------------


def _blocks(found: report.Figures) -> Iterator[tuple[str, Iterator[str]]]:
    for title, lines in _groups(found):
        count = lines[0].personnes
        yield f"{title} (jugées : {f.number(count)})", _bars(lines)


def _bars(lines: Sequence[report.Line]) -> Iterator[str]:
    wide = f.wide_enough()
    room = max(10, min(50, console().width - (50 if wide else 12)))
    for line in lines:
        label = _RESULTS[line.resultat]
        told = f"{f.number(line.atteint):>6} {f.percent(line.taux):>8}"
        if wide:
            yield f"{label:<28} {told}  {_against(line, room)}".rstrip()
        else:
            yield label
            yield f"{told}"
            yield f"  {_against(line, room)}"
        yield from _notes(line)


def _against(line: report.Line, room: int) -> str:
    """The bar on a line of 100 %, a mark at the target."""
    if line.taux is None:
        return ""
    cells = list(f.bar(line.taux, 100, room).ljust(room, "·"))
    if line.objectif:
        cells[min(room - 1, round(room * line.objectif / 100))] = "┃"
    return "".join(cells)


def _notes(line: report.Line) -> Iterator[str]:
    told = [f"non {f.number(line.non_atteint)}", f"inconnu {f.number(line.inconnu)}"]
    if line.objectif and line.taux is not None:
        gap = line.taux - line.objectif
        points = f"{abs(gap):.1f}".replace(".", ",")
        where = f"atteint (+{points} points)" if gap >= 0 else f"manqué de {points} points"
        told.append(f"objectif ┃ {line.objectif} % : {where}")
    yield "  " + " ; ".join(told)
    yield (
        f"  ménages : {f.number(line.menages_atteint)} sur {f.number(line.menages)}"
        + (f", {f.percent(line.menages_taux)}" if line.menages_taux is not None else "")
    )
