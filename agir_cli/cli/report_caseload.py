"""``agir report caseload``: who follows how many dossiers, and what the next months bring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.cli import report_figures as f
from agir_cli.cli import report_options as o
from agir_cli.cli.report_output import Form, Section, columns_of, print_sections, send
from agir_cli.cli.screen import console, plain, say, short_date, weekday_date
from agir_cli.cli.session import session_of
from agir_cli.failures import UsageFailure
from agir_cli.reports import caseload as report
from agir_cli.reports.standing import Selection, one_of

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from agir_cli.cli.session import Session
    from agir_cli.domain.rules import Clocks
    from agir_cli.store.driver import Connection

app = typer.Typer()

_BY = {"referent": "Référent", "organisation": "Organisation", "bureau": "Bureau"}
_LABELS = {
    "dossiers": "Dossiers", "en_diagnostic": "Attend le diagnostic",
    "en_commission": "Attend la commission", "a_contractualiser": "Attend le contrat",
    "accompagnes": "Accom- pagnés", "droit_logement": "Droit- Logement",
    "emploi_formation": "Emploi- Formation", "sans_priorite": "Sans priorité",
    "globale": "Globale", "subsidiarite": "Subsi- diarité", "appui": "Appui",
    "sans_modalite": "Sans modalité", "entretiens_en_retard": "Entretiens en retard",
    "entretiens_possibles": "Peut-être en retard", "termes": "Termes à venir",
    "termes_depasses": "Termes dépassés", report.SECOND: "En second",
}  # fmt: skip
_SERIES = {
    "places_liberees": "Places libérées", "arrivees_diagnostic": "Arrivées (diagnostic)",
    "arrivees_commission": "Arrivées (commission)",
}  # fmt: skip
_SCREEN = (
    "dossiers", "droit_logement", "emploi_formation", "globale", "subsidiarite", "appui",
    "entretiens_en_retard", "termes",
)  # fmt: skip
_ROOMY = 130
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
    label = {**_LABELS, **_SERIES}[cell.what].replace("- ", "")
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
    wanted = columns_of(form, known)
    places = [known.index(name) for name in wanted]
    texts = [name for name in ("referent", "organisation", "bureau", "code") if name in wanted]
    send(
        form, wanted, ([row[place] for place in places] for row in rows),
        let_go=lambda: None, texts=texts,
    )  # fmt: skip


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
        body = [_lines_drawn(lines, question), *_months_drawn(months)]
        f.draw(session, head, body, 2 * len(lines) + 3 * len(months) + 8)
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
        f"Unité : dossier ouvert (personne admise, dossier non clos). {f.number(count)} dossiers ;"
        " un dossier peut avoir deux priorités.",
        f"Entretien : tous les {interview.length.months} mois depuis le contrat ou le dernier"
        f" entretien [{interview.source}]. Terme : {support.length.years} ans après le contrat,"
        f" inclus [{support.source}]. Termes à venir : jusqu'au {short_date(question.until)}.",
    ]


def _label(line: report.Line, by: str) -> str:
    if not line.key:
        return f"(sans {_BY[by].lower()})"
    return plain(line.name or line.key)


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
    names = [name for name in _LABELS if name != report.SECOND or question.by == "referent"]
    headings = [_BY[question.by], *(_LABELS[name].replace("- ", "") for name in names)]
    yield Section(
        f"Dossiers ouverts, par {_BY[question.by].lower()}",
        headings,
        [[label, *(f.number(counts[name]) for name in names)]
         for label, counts in _counted(lines, question.by)],
    )  # fmt: skip


def _counted(lines: list[report.Line], by: str) -> Iterator[tuple[str, dict[str, int]]]:
    for line in lines:
        yield _label(line, by), line.counts
    if len(lines) > 1:
        yield "Total", report.total(lines)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _month_section(months: Sequence[report.Month]) -> Section:
    rows = [
        [_month(each.mois), *(f.number(n) for n in each[1:4]),
         "" if each.suivis_fin is None else f.number(each.suivis_fin)]
        for each in months
    ]  # fmt: skip
    headings = ("Mois", *_SERIES.values(), "Suivis à la fin")
    return Section("Les mois à venir (dossiers, au plus tôt)", headings, rows)


def _month(code: str) -> str:
    named = {
        report.OVERDUE: "terme dépassé", report.LATER: "plus tard", report.UNDATED: "sans date",
    }  # fmt: skip
    if code in named:
        return named[code]
    from agir_cli.domain.dates import MONTHS

    return f"{MONTHS[int(code[5:]) - 1]} {code[:4]}"


# --- on a terminal -----------------------------------------------------------------------


def _lines_drawn(lines: list[report.Line], question: report.Question) -> Table | Text:
    if not f.wide_enough():
        return f.titled("Dossiers ouverts", _cards(lines, question.by))
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    roomy = console().width >= _ROOMY
    names = [n for n in (_LABELS if roomy else _SCREEN)
             if n != report.SECOND or question.by == "referent"]  # fmt: skip
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0) if roomy else (0, 1))
    table.add_column(_BY[question.by], overflow="fold", min_width=14)
    for name in names:
        table.add_column(_LABELS[name] if roomy else _LABELS[name].split()[0], justify="right")
    for label, counts in _counted(lines, question.by):
        style = "bold" if label == "Total" else ""
        table.add_row(
            Text(label, style=style), *(Text(f.number(counts[n]), style=style) for n in names)
        )
    return table


def _cards(lines: list[report.Line], by: str) -> Iterator[str]:
    for label, counts in _counted(lines, by):
        yield label
        told = [f"{_LABELS[n].replace('- ', '').lower()} {f.number(counts[n])}"
                for n in _SCREEN if counts[n]]  # fmt: skip
        yield from (f"  {each}" for each in told)


def _months_drawn(months: Sequence[report.Month]) -> Iterator[Text]:
    top = max((max(each[1:4]) for each in months), default=0)
    wide = f.wide_enough()
    room = max(6, min(60, console().width - (54 if wide else 34)))
    yield f.titled("Les mois à venir (dossiers, au plus tôt)", _month_bars(months, top, room, wide))


def _month_bars(months: Sequence[report.Month], top: int, room: int, wide: bool) -> Iterator[str]:
    for each in months:
        after = "" if each.suivis_fin is None else f"suivis à la fin : {f.number(each.suivis_fin)}"
        counts = dict(zip(report.FORECAST, each[1:4], strict=True))
        shown = [name for name, count in counts.items() if count] or [report.FORECAST[0]]
        if not wide or (each.suivis_fin is None and not any(counts.values())):
            if each.suivis_fin is not None:
                yield f"{_month(each.mois)} ({after})"
            elif any(counts.values()):
                yield _month(each.mois)
            else:
                continue
        for place, name in enumerate(shown):
            month = _month(each.mois) if wide and place == 0 else ""
            drawn = f.bar(counts[name], top, room)
            margin = f"{month:<15} " if wide else "  "
            yield f"{margin}{_SERIES[name]:<22} {f.number(counts[name]):>5} {drawn}".rstrip()
        if wide and after:
            yield f"{'':<15} {after}"
