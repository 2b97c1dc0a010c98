"""``agir report caseload``: who follows how many dossiers, and what the next months bring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.cli import report_caseload_screen as w
from agir_cli.cli import report_figures as f
from agir_cli.cli import report_options as o
from agir_cli.cli.report_output import Form, Section, columns_of, print_sections
from agir_cli.cli.screen import plain, plural, say, short_date, weekday_date
from agir_cli.cli.session import session_of
from agir_cli.failures import UsageFailure
from agir_cli.reports import caseload as report
from agir_cli.reports.standing import Selection, one_of

if TYPE_CHECKING:
    from agir_cli.cli.session import Session
    from agir_cli.domain.rules import Clocks
    from agir_cli.store.driver import Connection

app = typer.Typer()

_SHORT = ("dossier", "nom", "prenoms", "etape", "referent", "fin_au_plus_tard")


@app.command("caseload")
@o.shared
def caseload(
    ctx: typer.Context,
    asked: o.Asked,
    by: Annotated[
        str,
        typer.Option("--by", metavar="LIGNE", help="Une ligne par referent, organisation, bureau."),
    ] = "referent",
    months: Annotated[
        int,
        typer.Option(
            "--months", metavar="N", help="Mois à venir, celui du jour compris.", min=1, max=36
        ),
    ] = 6,
    forecast: Annotated[
        bool, typer.Option("--forecast", help="En csv ou json : les mois à venir.")
    ] = False,
    list_of: f.ListOf = None,
    line: Annotated[
        str | None,
        typer.Option("--line", metavar="NOM", help="Avec --list : cette ligne, ou « aucun »."),
    ] = None,
    month: Annotated[
        str | None,
        typer.Option(
            "--month", metavar="MOIS", help="Avec --list : 2023-10, depasse, plus_tard, sans_date."
        ),
    ] = None,
) -> None:
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
    session, form = session_of(ctx), asked.form
    if list_of is None and (line or month):
        raise UsageFailure("--line et --month vont avec --list.", "Par exemple : --list termes")
    day = o.day_of(session, asked.as_of)
    grouped = one_of("La ligne", by, report.BY) or "referent"
    with o.opened(session, asked) as connection:
        selection = Selection(day, o.filters_in(connection, asked))
        question = report.Question(selection, grouped, months)
        if list_of is not None:
            cell = report.cell_of(connection, question, list_of, line, month)
            rows = report.listed(connection, question, cell)
            let_go = lambda: o.let_go(connection)  # noqa: E731
            f.print_list(session, form, day, _name(cell, line), rows, let_go, usual=_SHORT)
            return
        if form.human:
            _show(session, form, question, connection)
        else:
            _write(form, question, connection, forecast=forecast)


def _name(cell: report.Cell, line: str | None) -> str:
    label = {**w.LABELS, **w.SERIES}[cell.what]
    return " ; ".join([label, *filter(None, (line and plain(line), cell.month))])


def _write(
    form: Form, question: report.Question, connection: Connection, *, forecast: bool
) -> None:
    known: Sequence[str] = report.FORECAST_COLUMNS if forecast else report.COLUMNS
    rows: list[Sequence[object]] = (
        [*report.forecast(connection, question)]
        if forecast
        else [_row(line, question.by) for line in report.lines(connection, question)]
    )
    o.let_go(connection)
    f.send_figures(form, known, rows, ("referent", "organisation", "bureau", "code"))


def _row(line: report.Line, by: str) -> list[object]:
    names = {"referent": (line.name, line.organisation, None),
             "organisation": (None, line.key or None, None),
             "bureau": (None, None, line.name)}[by]  # fmt: skip
    return [*names, *line.counts.values(), line.key or None]


def _show(session: Session, form: Form, question: report.Question, connection: Connection) -> None:
    from agir_cli.store.settings import rulebook_of

    lines = report.lines(connection, question)
    months = report.forecast(connection, question)
    head = _head(question, lines, rulebook_of(connection).clocks)
    o.let_go(connection)
    if not lines:
        day = weekday_date(question.selection.day)
        say(session, f"Aucun dossier n'est ouvert au {day} avec ces filtres.")
    if form.drawn and form.columns is None:
        body = w.drawn(lines, months, question.by)
        f.draw(session, head, body, 2 * len(lines) + 4 * len(months) + 8)
        return
    told = form._replace(format="plain") if form.drawn else form
    print_sections(told, head, [*_line_sections(form, lines, question), _month_section(months)])


def _head(question: report.Question, lines: list[report.Line], clocks: Clocks) -> list[str]:
    from agir_cli.domain.dates import exactly

    day = question.selection.day
    interview, support = (clocks.at(n, exactly(day)) for n in ("entretien", "accompagnement"))
    count = report.total(lines)["dossiers"]
    return [
        f"Charge au {weekday_date(day)}",
        f"Unité : dossier ouvert (personne admise, dossier non clos). {f.number(count)}"
        f" {plural(count, 'dossier')} ; un dossier peut avoir deux priorités.",
        f"Entretien : tous les {interview.length.months} mois depuis le contrat ou le dernier"
        f" entretien [{interview.source}]. Terme : {support.length.years} ans après le contrat,"
        f" inclus [{support.source}]. Termes à venir : jusqu'au {short_date(question.until)}.",
    ]


# --- plain text --------------------------------------------------------------------------


def _line_sections(
    form: Form, lines: list[report.Line], question: report.Question
) -> Iterator[Section]:
    if form.columns is not None:
        wanted = columns_of(form, report.COLUMNS)
        rows = [dict(zip(report.COLUMNS, _row(line, question.by), strict=True)) for line in lines]
        cells = [[_text(row[name]) for name in wanted] for row in rows]
        yield Section("", wanted, cells)
        return
    names = [name for name in w.LABELS if name != report.SECOND or question.by == "referent"]
    headings = [w.BY[question.by], *(w.LABELS[name] for name in names)]
    yield Section(
        f"Dossiers ouverts, par {w.BY[question.by].lower()}",
        headings,
        [[label, *(f.number(counts[name]) for name in names)]
         for label, counts in w.counted(lines, question.by)],
    )  # fmt: skip


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _month_section(months: Sequence[report.Month]) -> Section:
    rows = [
        [w.month_name(each.mois), *(f.number(n) for n in each[1:4]),
         "" if each.suivis_fin is None else f.number(each.suivis_fin)]
        for each in months
    ]  # fmt: skip
    headings = ("Mois", *w.SERIES.values(), "Suivis à la fin")
    return Section("Les mois à venir (dossiers, au plus tôt)", headings, rows)
