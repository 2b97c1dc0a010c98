"""``agir report caseload`` on a terminal: a table, and the months to come as bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from agir_cli.cli import report_figures as f
from agir_cli.cli.screen import console, plain
from agir_cli.reports import caseload as report

if TYPE_CHECKING:
    from rich.table import Table

BY = {"referent": "Référent", "organisation": "Organisation", "bureau": "Bureau"}
LABELS = {
    "dossiers": "Dossiers", "en_diagnostic": "Attend le diagnostic",
    "en_commission": "Attend la commission", "a_contractualiser": "Attend le contrat",
    "accompagnes": "Accompagnés", "droit_logement": "Droit-Logement",
    "emploi_formation": "Emploi-Formation", "sans_priorite": "Sans priorité",
    "globale": "Globale", "subsidiarite": "Subsidiarité", "appui": "Appui",
    "sans_modalite": "Sans modalité", "entretiens_en_retard": "Entretiens en retard",
    "entretiens_possibles": "Peut-être en retard", "termes": "Termes à venir",
    "termes_depasses": "Termes dépassés", report.SECOND: "En second",
}  # fmt: skip
SERIES = {
    "places_liberees": "Places libérées", "arrivees_diagnostic": "Arrivées (diagnostic)",
    "arrivees_commission": "Arrivées (commission)",
}  # fmt: skip
# The same, in columns as narrow as their numbers.
_HEADINGS = {
    "dossiers": "Dos-\nsiers", "en_diagnostic": "Att.\ndiag.", "en_commission": "Att.\ncomm.",
    "a_contractualiser": "Att.\ncontr.", "accompagnes": "Accom-\npagnés",
    "droit_logement": "Droit-\nLogt", "emploi_formation": "Emploi-\nForm.",
    "sans_priorite": "Sans\nprior.", "globale": "Glo-\nbale", "subsidiarite": "Subsi-\ndiar.",
    "appui": "Appui", "sans_modalite": "Sans\nmodal.", "entretiens_en_retard": "Entr.\nretard",
    "entretiens_possibles": "Peut-\nêtre", "termes": "Termes\nà venir",
    "termes_depasses": "Termes\npassés", report.SECOND: "En\nsecond",
}  # fmt: skip
_NARROW = (
    "dossiers", "droit_logement", "emploi_formation", "globale", "subsidiarite", "appui",
    "entretiens_en_retard", "termes",
)  # fmt: skip
_ROOMY = 150


def label(line: report.Line, by: str) -> str:
    """How a line is called; « (sans référent) » for none."""
    if not line.key:
        return f"(sans {BY[by].lower()})"
    return plain(line.name or line.key)


def counted(lines: Sequence[report.Line], by: str) -> Iterator[tuple[str, dict[str, int]]]:
    """Each line and, below several, their total."""
    for line in lines:
        yield label(line, by), line.counts
    if len(lines) > 1:
        yield "Total", report.total(lines)


def month_name(code: str) -> str:
    """« octobre 2023 », « plus tard »…"""
    named = {
        report.OVERDUE: "terme dépassé", report.LATER: "plus tard", report.UNDATED: "sans date",
    }  # fmt: skip
    if code in named:
        return named[code]
    from agir_cli.domain.dates import MONTHS

    return f"{MONTHS[int(code[5:]) - 1]} {code[:4]}"


def drawn(lines: Sequence[report.Line], months: Sequence[report.Month], by: str) -> list[object]:
    """What a terminal shows under the title."""
    title = f"Dossiers ouverts, par {BY[by].lower()}"
    load = _table(lines, by, title) if f.wide_enough() else f.titled(title, _cards(lines, by))
    return [load, f.titled("Les mois à venir (dossiers, au plus tôt)", _bars(months))]


def _table(lines: Sequence[report.Line], by: str, title: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    roomy = console().width >= _ROOMY
    names = [n for n in (LABELS if roomy else _NARROW) if n != report.SECOND or by == "referent"]
    heading = Text(f"\n{title}", style="bold")
    table = Table(
        box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title=heading, title_justify="left"
    )
    table.add_column(BY[by], overflow="fold", min_width=12, vertical="bottom")
    for name in names:
        table.add_column(_HEADINGS[name], justify="right", no_wrap=True)
    for told, counts in counted(lines, by):
        style = "bold" if told == "Total" else ""
        numbers = (Text(f.number(counts[name]), style=style) for name in names)
        table.add_row(Text(told, style=style), *numbers)
    return table


def _cards(lines: Sequence[report.Line], by: str) -> Iterator[str]:
    for told, counts in counted(lines, by):
        yield told
        for name in _NARROW:
            if counts[name]:
                yield f"  {LABELS[name]} : {f.number(counts[name])}"


def _bars(months: Sequence[report.Month]) -> Iterator[str]:
    """Three series a month; those outside the months as numbers alone."""
    top = max((max(_series(each).values()) for each in months if _inside(each)), default=0)
    wide = f.wide_enough()
    room = max(4, min(60, console().width - (46 if wide else 31)))
    for each in months:
        always = report.FORECAST[0] if _inside(each) else ""
        some = {name: n for name, n in _series(each).items() if n or name == always}
        for place, (name, count) in enumerate(some.items()):
            title = month_name(each.mois) if place == 0 else ""
            if not wide and title:
                yield title
            bar = f.bar(count, top, room) if _inside(each) else ""
            margin = f"{title:<15}" if wide else " "
            yield f"{margin} {SERIES[name]:<21} {f.number(count):>6} {bar}".rstrip()
        if each.suivis_fin is not None:
            margin = " " * (15 if wide else 1)
            yield f"{margin} {'= suivis à la fin':<21} {f.number(each.suivis_fin):>6}"


def _inside(month: report.Month) -> bool:
    return month.suivis_fin is not None


def _series(month: report.Month) -> dict[str, int]:
    return dict(zip(report.FORECAST, month[1:4], strict=True))
