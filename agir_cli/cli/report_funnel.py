"""``agir report funnel``: from the orientation to the contract, in numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.cli import report_options as o
from agir_cli.cli.report_output import Form, Row, Section, columns_of, print_sections, send
from agir_cli.cli.session import session_of
from agir_cli.reports import funnel as report
from agir_cli.reports.admitted import not_admitted

if TYPE_CHECKING:
    from agir_cli.cli.session import Session

app = typer.Typer()
LABELS = {
    "departement": "Dép.", "secteur": "Secteur", "bureau": "Bureau",
    "personnes": "Personnes", "menages": "Ménages",
    "diagnostiques": "Diagnostiqués", "attribues": "Attribués", "signataires": "Signataires",
    "taux_signataires": "Taux", "clos": "Clos", "dossier": "Dossier", "nom": "Nom",
    "prenoms": "Prénoms", "menage": "Ménage", "date": "Date", "dossiers": "Dossiers",
}  # fmt: skip
_SHORT = {
    "personnes": "Pers.", "menages": "Mén.", "diagnostiques": "Diag.", "attribues": "Attr.",
    "signataires": "Sign.",
}  # fmt: skip
_TEXTS = frozenset({"nom", "prenoms", "menage", "secteur", "bureau"})
_SHOWN = (*report.COLUMNS[: report.COLUMNS.index("clos") + 1],)
_COUNTED = {
    "personnes": "Personnes orientées ou validées par l'OFII",
    "menages": "Ménages",
    "diagnostiques": "Personnes diagnostiquées",
    "attribues": "Personnes passées en commission",
    "signataires": "Signataires du contrat",
    "clos": "Dossiers clos",
    "hors_compte": "Dossiers diagnostiqués ou au-delà, sans orientation ni validation connue",
}


@app.command("funnel")
@o.shared
def funnel(
    ctx: typer.Context,
    asked: o.Asked,
    list_: Annotated[
        str | None,
        typer.Option(
            "--list",
            metavar="NOMBRE",
            help="Les dossiers derrière un nombre : personnes, menages, diagnostiques,"
            " attribues, signataires, clos ou hors_compte.",
        ),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="LIEU", help="Diviser par secteur ou par bureau.")
    ] = "secteur",
    passages: Annotated[
        bool,
        typer.Option("--passages", help="La durée de chaque passage, et les délais tenus."),
    ] = False,
) -> None:
    """De l'orientation au contrat : personnes, ménages, diagnostiqués, attribués, signataires.

    Par département et par secteur (celui du bureau du dossier). Chaque nombre est pris parmi
    les personnes orientées ou validées ; les autres dossiers avancés sont dits hors compte. Les
    dossiers clos restent comptés. Une date connue en partie compte quand elle est sûre ; le
    reste est dit à part.

    Exemples :
      agir report funnel
      agir report funnel --as-of 09/10/2023 --department 44
      agir report funnel --by bureau --department 85
      agir report funnel --list signataires --sector "NANTES-MÉTROPOLE"
      agir report funnel --format csv --output entonnoir.csv
      agir report funnel --passages --department 44
    """
    session = session_of(ctx)
    if by not in report.BY:
        raise not_admitted("Le lieu", by, report.BY)
    day = o.day_of(session, asked.as_of)
    measure = _measure(list_) if list_ is not None and not passages else None
    form = asked.form
    with o.opened(session, asked) as connection:
        filters = o.filters_in(connection, asked)
        if passages:
            from agir_cli.cli.report_passages import print_passages

            print_passages(session, connection, form, day, filters, list_)
            return
        if measure is not None:
            behind = report.listed(connection, day, filters, measure)
            _list(session, form, day, measure, behind, lambda: o.let_go(connection))
            return
        rows = report.funnel(connection, day, filters, by)
        o.let_go(connection)
    if form.human:
        _show(session, form, day, rows, by)
    else:
        _send(form, report.columns_by(by), rows, lambda: None)


def _measure(text: str) -> str:
    word = report.ALIASES.get(text.strip().lower(), text.strip().lower())
    if word not in report.LISTED:
        raise not_admitted("Le nombre", text, report.LISTED)
    return word


def _send(
    form: Form, known: Sequence[str], rows: Iterable[Row], let_go: Callable[[], None]
) -> None:
    columns = columns_of(form, known)
    places = [known.index(name) for name in columns]
    send(
        form,
        columns,
        ([row[place] for place in places] for row in rows),
        let_go=let_go,
        texts=[
            name for name in columns if name in ("nom", "prenoms", "menage", "secteur", "bureau")
        ],
        dates=("date",),
    )


def _list(
    session: Session,
    form: Form,
    day: date,
    measure: str,
    rows: Iterable[Row],
    let_go: Callable[[], None],
) -> None:
    known = (report.Household if measure == "menages" else report.Listed)._fields
    if not form.human:
        _send(form, known, rows, let_go)
        return
    from agir_cli.cli.report_grid import Heading, draw_grid
    from agir_cli.cli.screen import weekday_date
    from agir_cli.reports.day_texts import french_text

    columns = columns_of(form, known)
    found = [dict(zip(known, row, strict=True)) for row in rows]
    let_go()
    cells = [
        [french_text(str(row[name])) if name == "date" else row[name] for name in columns]
        for row in found
    ]
    head = [f"{_COUNTED[measure]} au {weekday_date(day)} : {len(cells)}"]
    headings = [LABELS[name] for name in columns]
    if not cells:
        return
    if form.drawn:
        draw_grid(session, head, [Heading(heading) for heading in headings], cells)
    else:
        print_sections(form, head, [Section("", headings, cells)])


def _show(session: Session, form: Form, day: date, rows: list[report.Row], by: str) -> None:
    if not rows:
        return
    from agir_cli.cli.report_grid import Heading, draw_grid
    from agir_cli.cli.screen import weekday_date

    known = report.columns_by(by)
    columns = columns_of(form, known) if form.columns else known[: len(_SHOWN)]
    cells = [[_cell(row, name, drawn=form.drawn) for name in columns] for row in rows]
    head = [
        f"De l'orientation au contrat, au {weekday_date(day)}",
        "Unité : personnes (une par dossier), sauf les ménages. Taux : signataires / personnes.",
        "Derrière un nombre : --list signataires, avec --department, --sector ou --office.",
        *_outside_notes(rows),
    ]
    headings = [LABELS.get(name, name.replace("_", " ").capitalize()) for name in columns]
    if not form.drawn:
        print_sections(form, head, [Section("", headings, cells)])
        return
    grid = [
        Heading(label, _SHORT.get(name, "")) for name, label in zip(columns, headings, strict=True)
    ]
    right = [place for place, name in enumerate(columns) if name not in known[:2]]
    draw_grid(session, head, grid, cells, right=right, notes=_possible_notes(rows))


def _outside_notes(rows: Iterable[report.Row]) -> list[str]:
    """Who went on and is no person of these figures: a director must not miss them."""
    count = sum(row.hors_compte for row in rows if not row.secteur)
    if not count:
        return []
    told = f"{count} dossiers diagnostiqués" if count > 1 else "1 dossier diagnostiqué"
    return [
        f"Hors compte : {told} sans orientation ni validation de l'OFII connue"
        " (les voir : --list hors_compte)."
    ]


def _possible_notes(rows: Iterable[report.Row]) -> list[str]:
    """What is only possible, apart: dates known in part may be past, or not."""
    notes = []
    for row in rows:
        more = [
            f"{LABELS[name].lower()} {_possible(row, name)}"
            for name in report.MEASURES
            if row.possible(name)
        ]
        if more:
            where = f"{row.departement} {row.secteur}".strip()
            notes.append(f"Dates connues en partie, {where} : {', '.join(more)}")
    return notes


def _possible(row: report.Row, name: str) -> str:
    count = row.possible(name)
    return f"+{count} possible{'s' if count > 1 else ''}"


def _cell(row: report.Row, name: str, *, drawn: bool) -> str:
    if name == "departement":
        return row.departement
    if name in report.BY:
        return row.secteur or "tout le département"
    if name == "taux_signataires":
        rate = row.taux_signataires
        return "" if rate is None else f"{rate:.1f} %".replace(".", ",")
    number = str(getattr(row, name))
    if drawn or name not in report.MEASURES or not row.possible(name):
        return number
    return f"{number} {_possible(row, name)}"
