"""``agir report agenda``: appointments and deadlines of a period, on screen or as a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.cli import report_options as o
from agir_cli.cli.agenda_words import LABELS, NATURES, STATES
from agir_cli.cli.report_output import Form, Section, columns_of, print_sections, say_written, send
from agir_cli.cli.screen import console, plain, say, short_date, show, title_lines, weekday_date
from agir_cli.cli.session import session_of
from agir_cli.exchange.outputs import open_output, refuse_existing
from agir_cli.failures import UsageFailure
from agir_cli.reports import agenda as report
from agir_cli.reports.texts import french_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table
    from rich.text import Text

    from agir_cli.cli.session import Session
    from agir_cli.exchange.calendar import CalendarEntry

app = typer.Typer()
ICS = "ics"
_USUAL = timedelta(days=13)
_WIDE = 104
_UNIT = "Unité : rendez-vous, échéance."


@app.command("agenda")
@o.shared_with("table, plain, csv, json, jsonl, markdown, xlsx ou ics.")
def agenda(
    ctx: typer.Context,
    asked: o.Asked,
    from_day: Annotated[
        str | None,
        typer.Option("--from-day", metavar="DATE", help="Premier jour ; sinon celui du rapport."),
    ] = None,
    to_day: Annotated[
        str | None, typer.Option("--to-day", metavar="DATE", help="Dernier jour, inclus.")
    ] = None,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="DURÉE", help="Jusque-là : 10j, 2s, 3m ; sinon 2s."),
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Les noms dans le calendrier ics ; sinon la référence.")
    ] = False,
) -> None:
    """Rendez-vous et échéances d'une période, jour par jour ; deux semaines d'office.

    Une échéance connue en partie est au premier jour où elle peut tomber. Le calendrier
    (--format ics) s'ouvre dans Thunderbird, Outlook et Nextcloud ; il ne montre que les
    références, sauf avec --names. Un rendez-vous y dure une heure : la durée n'est notée nulle
    part. --referent me : celui qui tape la commande.

    Exemples :
      agir report agenda
      agir report agenda --within 1m --referent me
      agir report agenda --from-day 01/10/2023 --to-day 31/10/2023 --format csv
      agir report agenda --within 3m --format ics --output agenda.ics
    """
    session = session_of(ctx)
    calendar = asked.format == ICS or (
        asked.format is None and (asked.output or "").lower().endswith(".ics")
    )
    form = _calendar_form(asked) if calendar else asked.form
    if names and not calendar:
        raise UsageFailure(
            "--names ne concerne que le calendrier : les autres formats ont toujours les noms.",
            "Ajoutez : --format ics",
        )
    day = o.day_of(session, asked.as_of)
    period = _period(session, day, from_day, to_day, within)
    with o.opened(session, asked) as connection:
        from agir_cli.reports.selection import referent_named
        from agir_cli.reports.texts import contract_clock

        who = referent_named(connection, asked.referent, session.author)
        filters = o.filters_in(connection, asked._replace(referent=who))
        entries = report.agenda(connection, day, period, filters)
        clock = contract_clock(connection, day) if form.human and entries else ""
        o.let_go(connection)
    if calendar:
        _write_calendar(form, entries, day, names=names)
    elif form.human:
        _show(session, form, entries, [_title(day, period, entries), f"{_UNIT} {clock}"])
    else:
        _write(form, entries)
    if not entries:
        say(session, f"Rien à l'agenda {_told(period)}.")


def _calendar_form(asked: o.Asked) -> Form:
    if asked.excel or asked.columns:
        raise UsageFailure("--excel et --columns ne s'appliquent pas au format ics.")
    refuse_existing(asked.output, overwrite=asked.overwrite)
    return Form(ICS, asked.output, asked.overwrite)


def _period(
    session: Session, day: date, from_day: str | None, to_day: str | None, within: str | None
) -> report.Period:
    if to_day and within:
        raise UsageFailure("--to-day et --within disent la même chose : gardez l'un des deux.")
    first, last = day, None
    if from_day or to_day:
        from agir_cli.cli.session import read_day

        first = read_day(from_day, session, "--from-day").earliest if from_day else day
        last = read_day(to_day, session, "--to-day").latest if to_day else None
    if within:
        last = o.span_of("--within", within, first)
    last = last or first + _USUAL
    if last < first:
        raise UsageFailure(
            f"La période finit le {short_date(last)}, avant de commencer le {short_date(first)}."
        )
    return report.Period(first, last)


def _told(period: report.Period) -> str:
    if period.first == period.last:
        return f"le {weekday_date(period.first)}"
    return f"du {weekday_date(period.first)} au {weekday_date(period.last)}"


def _title(day: date, period: report.Period, entries: Sequence[report.Entry]) -> str:
    booked = sum(entry.type == report.APPOINTMENT for entry in entries)
    due = len(entries) - booked
    return (
        f"Agenda {_told(period)}, au {short_date(day)} :"
        f" {booked} rendez-vous, {due} échéance{'s' if due > 1 else ''}"
    )


def _show(
    session: Session, form: Form, entries: Sequence[report.Entry], head: Sequence[str]
) -> None:
    columns = columns_of(form, report.COLUMNS)
    if not entries:
        return
    by_day = [
        (weekday_date(date.fromisoformat(on)), list(some))
        for on, some in groupby(entries, key=lambda entry: entry.first_day)
    ]
    if form.drawn and form.columns is None:
        _draw(session, head, by_day)
        return
    headings = [LABELS[name] for name in columns]
    sections = [
        Section(on, headings, [[_shown(name, entry) for name in columns] for entry in some])
        for on, some in by_day
    ]
    print_sections(form._replace(format="plain") if form.drawn else form, head, sections)


def _shown(name: str, entry: report.Entry) -> str:
    value = getattr(entry, name)
    if value is None:
        return ""
    match name:
        case "date":
            return french_text(value)
        case "type":
            return "RDV" if value == report.APPOINTMENT else "échéance"
        case "nature":
            return NATURES[value]
        case "etat":
            return STATES[value]
        case "bureau":
            return entry.place or value
    return str(value)


def _write(form: Form, entries: Iterable[report.Entry]) -> None:
    wanted = columns_of(form, report.COLUMNS)
    send(
        form,
        wanted,
        ([getattr(entry, name) for name in wanted] for entry in entries),
        let_go=lambda: None,
        texts=[name for name in report.TEXT_COLUMNS if name in wanted],
        dates=report.DATE_COLUMNS,
    )


# --- on a terminal -----------------------------------------------------------------------


def _draw(
    session: Session, head: Sequence[str], by_day: Sequence[tuple[str, Sequence[report.Entry]]]
) -> None:
    from rich.console import Group
    from rich.text import Text

    wide = console().width >= _WIDE
    parts: list[object] = [*title_lines(head[:2], console().width)]
    for on, entries in by_day:
        parts += [Text(f"\n{on}", style="bold underline"), _grid(entries, wide)]
    lines = sum(3 * len(entries) + 2 for _, entries in by_day)
    show(session, Group(*parts), lines=lines)  # type: ignore[arg-type]


def _grid(entries: Sequence[report.Entry], wide: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    for no_wrap in (True, True, False, False)[: 4 if wide else 3]:
        grid.add_column(no_wrap=no_wrap, overflow="fold")
    for entry in entries:
        hour = (entry.heure or "h. ?") if entry.type == report.APPOINTMENT else "  ·"
        body, to_do = _body(entry), Text(entry.a_faire, style="dim")
        if not wide:
            body = Text("\n").join([body, to_do] if entry.a_faire else [body])
        cells = (Text(hour), Text(entry.dossier, style="bold"), body, to_do)
        grid.add_row(*cells[: 4 if wide else 3])
    return grid


def _body(entry: report.Entry) -> Text:
    from rich.text import Text

    text = Text(_sentence(entry))
    state = STATES[entry.etat]
    if state:
        text.append(f"  [{state}]", style="bold red" if entry.etat == report.LATE else "bold")
    return text


def _sentence(entry: report.Entry) -> str:
    name = " ".join(plain(part) for part in (entry.nom, entry.prenoms) if part)
    told = [name or "(identité effacée)"]
    if entry.type == report.APPOINTMENT:
        told.append(f"RDV de {NATURES[entry.nature]}")
        if entry.place or entry.bureau:
            told.append(plain(entry.place or entry.bureau or ""))
    else:
        told.append(f"échéance : {NATURES[entry.nature]}")
        if entry.date != entry.first_day:
            told.append(f"date à préciser ({french_text(entry.date)})")
    if entry.referent:
        told.append(f"réf. {plain(entry.referent)}")
    return ", ".join(told)


# --- as a calendar -----------------------------------------------------------------------


def _write_calendar(form: Form, entries: Sequence[report.Entry], day: date, *, names: bool) -> None:
    from agir_cli.exchange.calendar import write_calendar

    with open_output(form.output, overwrite=form.overwrite) as out:
        write_calendar((_event(e, names=names) for e in entries), out, name="AGIR", as_of=day)
    say_written(form, len(entries), "entrée")


def _event(entry: report.Entry, *, names: bool) -> CalendarEntry:
    from agir_cli.exchange.calendar import CalendarEntry

    appointment = entry.type == report.APPOINTMENT
    who = entry.dossier
    if names:
        who = " ".join([who, *(part for part in (entry.nom, entry.prenoms) if part)])
    kind = "RDV de" if appointment else "Échéance :"
    vague = "" if entry.date == entry.first_day else f"Date : {french_text(entry.date)}"
    return CalendarEntry(
        key=entry.key,
        move=entry.move,
        day=date.fromisoformat(entry.first_day),
        hour=entry.heure,
        title=f"{kind} {NATURES[entry.nature]} - {who}",
        notes="\n".join(part for part in (STATES[entry.etat], vague, entry.a_faire) if part),
        place=entry.place or "",
        category="RDV AGIR" if appointment else "Échéance AGIR",
        busy=appointment and entry.heure is not None,
        cancelled=entry.etat == report.MISSED,
    )
