"""``agir report situations``: housing and work at entry, now, at exit; flows on request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.cli import report_figures as f
from agir_cli.cli import report_options as o
from agir_cli.cli.report_output import Form, Section, columns_of, print_sections
from agir_cli.cli.screen import console, plural, say, weekday_date
from agir_cli.cli.session import session_of
from agir_cli.domain.vocabulary import Housing, Work
from agir_cli.failures import UsageFailure
from agir_cli.reports import situations as report
from agir_cli.reports.standing import Selection

if TYPE_CHECKING:
    from datetime import date

    from rich.text import Text

    from agir_cli.cli.session import Session

app = typer.Typer()

_SHORT = (
    "dossier", "nom", "prenoms", "situation_logement_actuelle",
    "situation_professionnelle_actuelle",
)  # fmt: skip
_BESIDE = 33
_TITLES = {"logement": "Logement", "travail": "Travail"}
_MOMENTS = {"entree": "entrée", "actuelle": "actuelle", "sortie": "sortie"}
_LABELS = {
    report.UNKNOWN: "Inconnu",
    **{each.value: each.label for each in (*Housing, *Work)},
}


@app.command("situations")
@o.shared
def situations(
    ctx: typer.Context,
    asked: o.Asked,
    flows: Annotated[
        bool, typer.Option("--flows", help="Aussi d'où vers où, de l'entrée à maintenant.")
    ] = False,
    list_of: f.ListOf = None,
    moment: Annotated[
        str | None,
        typer.Option("--moment", metavar="MOMENT", help="Avec --list : entree, actuelle, sortie."),
    ] = None,
    domain: Annotated[
        str | None,
        typer.Option("--domain", metavar="DOMAINE", help="Avec --list : logement ou travail."),
    ] = None,
    mask: f.Mask = None,
) -> None:
    """Logement et travail à l'entrée, actuellement et à la sortie.

    Les personnes sont celles admises à ce jour, dossiers clos compris. « Actuelle » est la
    dernière situation connue ce jour-là ; « sortie », celle des dossiers clos. --list donne les
    dossiers derrière un nombre : une situation, un passage DE:VERS, ou « personnes ».

    Exemples :
      agir report situations
      agir report situations --flows --department 44
      agir report situations --list logement_autonome --moment actuelle
      agir report situations --list dna:logement_autonome
      agir report situations --as-of 09/10/2023 --mask 5 --format csv
    """
    session, form = session_of(ctx), asked.form
    least = f.checked_mask(mask, list_of)
    if list_of is None and (moment or domain):
        raise UsageFailure("--moment et --domain vont avec --list.", "Par exemple : --list dna")
    day = o.day_of(session, asked.as_of)
    with o.opened(session, asked) as connection:
        selection = Selection(day, o.filters_in(connection, asked))
        if list_of is not None:
            cell = report.cell_of(list_of, moment, domain)
            rows = report.listed(connection, selection, cell)
            f.print_list(
                session, form, day, _name(cell), rows, lambda: o.let_go(connection), usual=_SHORT
            )
            return
        both = flows and form.human
        found = report.figures(connection, selection, least, flows=flows)
        o.let_go(connection)
    if form.human:
        _show(session, form, day, found, flows=both, mask=least)
    else:
        _write(form, found, flows=flows)


def _name(cell: report.Cell) -> str:
    if cell.then and cell.now:
        return f"{_LABELS[cell.then]} → {_LABELS[cell.now]}"
    each = cell.then or cell.now
    what = f"{_TITLES[cell.domain]}, {_LABELS[each]}" if each else "Personnes"
    return f"{what} ({_MOMENTS[cell.moment]})"


def _write(form: Form, found: report.Figures, *, flows: bool) -> None:
    known = report.FLOW_COLUMNS if flows else report.COLUMNS
    rows: Sequence[Sequence[object]] = found.flows if flows else found.lines
    f.send_figures(form, known, rows)


def _show(
    session: Session,
    form: Form,
    day: date,
    found: report.Figures,
    *,
    flows: bool,
    mask: int | None,
) -> None:
    if form.columns is not None:
        _write_columns(form, day, found, flows, mask)
        return
    if found.totals["entree"] == 0:
        say(session, f"Personne n'est admis au {weekday_date(day)} avec ces filtres.")
    head = _head(day, found, mask)
    if form.drawn:
        blocks = [block for d in report.DOMAINS for block in _blocks(found, d, flows)]
        f.draw(session, head, blocks, sum(str(block).count("\n") for block in blocks))
        return
    sections = [_section(found, d) for d in report.DOMAINS]
    if flows:
        sections += [_flow_section(found, d) for d in report.DOMAINS]
    print_sections(form, head, sections)


def _write_columns(
    form: Form, day: date, found: report.Figures, flows: bool, mask: int | None
) -> None:
    known = report.FLOW_COLUMNS if flows else report.COLUMNS
    wanted = columns_of(form, known)
    rows: Sequence[Sequence[object]] = found.flows if flows else found.lines
    cells = [[str(row[known.index(name)]) for name in wanted] for row in rows]
    plain = form._replace(format="plain") if form.drawn else form
    print_sections(plain, _head(day, found, mask), [Section("", wanted, cells)])


def _head(day: date, found: report.Figures, mask: int | None) -> list[str]:
    totals = [
        f"{_MOMENTS[m]} {f.number(found.totals[m])}" for m in report.MOMENTS
    ]  # the three denominators
    possible = (
        f" (+{found.possible} {plural(found.possible, 'possible')})" if found.possible else ""
    )
    head = [
        f"Situations au {weekday_date(day)}",
        f"Unité : personne admise à ce jour, dossiers clos compris. {', '.join(totals)}{possible}.",
        "« Actuelle » : dernière situation connue ; « sortie » : celle des dossiers clos."
        " Classes du programme, aucun délai.",
    ]
    if mask:
        head.append(f"Les effectifs de 1 à {mask - 1}, et ceux qui les révéleraient, sont masqués.")
    return head


def _shown(found: report.Figures, domain: str) -> Iterator[tuple[str, list[report.Line]]]:
    """Every class of a domain with its lines; work nobody has at any moment is left out."""
    lines = [line for line in found.lines if line.domaine == domain]
    for each in report.CLASSES[domain]:
        of_class = [line for line in lines if line.classe == each]
        if domain == "logement" or any(line.personnes != 0 for line in of_class):
            yield _LABELS[each], of_class


# --- plain text --------------------------------------------------------------------------


def _section(found: report.Figures, domain: str) -> Section:
    headings = [_TITLES[domain]]
    for moment in report.MOMENTS:
        headings += [_MOMENTS[moment].capitalize(), "%"]
    rows = []
    for label, lines in _shown(found, domain):
        cells = [label]
        for line in lines:
            cells += [f.number(line.personnes), f.percent(line.part)]
        rows.append(cells)
    return Section(f"{_TITLES[domain]} (personnes)", headings, rows)


def _flow_section(found: report.Figures, domain: str) -> Section:
    rows = [
        (_LABELS[flow.de], _LABELS[flow.vers], f.number(flow.personnes))
        for flow in found.flows
        if flow.domaine == domain
    ]
    title = f"{_TITLES[domain]} : de l'entrée à maintenant (personnes)"
    return Section(title, ("De", "Vers", "Personnes"), rows)


# --- on a terminal -----------------------------------------------------------------------


def _blocks(found: report.Figures, domain: str, flows: bool) -> Iterator[Text]:
    yield f.titled(f"{_TITLES[domain]} (personnes)", _bars(found, domain))
    if flows:
        title = f"{_TITLES[domain]} : de l'entrée à maintenant (personnes)"
        yield f.titled(title, _flow_bars(found, domain))


def _bars(found: report.Figures, domain: str) -> Iterator[str]:
    classes = list(_shown(found, domain))
    beside = _BESIDE if f.wide_enough() else 1
    room = max(8, min(60, console().width - beside - 26))
    top = max((line.part or 0 for _, lines in classes for line in lines), default=0)
    for label, lines in classes:
        first = label if len(label) <= beside else ""
        if not first:
            yield label
        for place, line in enumerate(lines):
            name = (first if place == 0 else "").ljust(beside)
            told = f"{f.number(line.personnes):>6} {f.percent(line.part):>8}"
            drawn = f.bar(line.part or 0, top, room)
            yield f"{name} {_MOMENTS[line.moment]:<8} {told} {drawn}".rstrip()


def _flow_bars(found: report.Figures, domain: str) -> Iterator[str]:
    flows = [flow for flow in found.flows if flow.domaine == domain]
    top = max((flow.personnes or 0 for flow in flows), default=0)
    beside = max((len(_LABELS[flow.vers]) for flow in flows), default=0) + 4
    room = max(6, min(60, console().width - beside - 10))
    for place, flow in enumerate(flows):
        if place == 0 or flows[place - 1].de != flow.de:
            yield f"De : {_LABELS[flow.de]}"
        arrow = "=" if flow.de == flow.vers else "→"
        drawn = f.bar(flow.personnes or 0, top, room)
        yield f"  {arrow} {_LABELS[flow.vers]:<{beside - 4}} {f.number(flow.personnes):>6} {drawn}"
