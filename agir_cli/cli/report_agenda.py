"""``agir report agenda``: appointments and deadlines of a period, on screen or as a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from agir_cli.cli import report_options as o
from agir_cli.cli.report_output import Form, Section, columns_of, form_of, print_sections, send
from agir_cli.cli.screen import console, plain, say, short_date, show, weekday_date
from agir_cli.cli.session import session_of
from agir_cli.exchange.outputs import open_output, refuse_existing
from agir_cli.failures import UsageFailure
from agir_cli.reports import agenda as report
from agir_cli.reports.day_texts import french_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text

    from agir_cli.cli.session import Session
    from agir_cli.exchange.calendar import CalendarEntry

app = typer.Typer()
ICS = "ics"
_USUAL = timedelta(days=13)
_WIDE = 104
_UNIT = "Unité : rendez-vous, échéance."

LABELS = {
    "date": "Date", "heure": "Heure", "type": "Type", "nature": "Nature", "dossier": "Dossier",
    "nom": "Nom", "prenoms": "Prénoms", "departement": "Dép.", "referent": "Référent",
    "bureau": "Bureau", "etat": "État", "a_faire": "À faire",
}  # fmt: skip
NATURES = {
    "contractualisation": "contrat", "diagnostic": "diagnostic", "entretien": "entretien de suivi",
    "liaison": "réponse de l'OFII ou envoi", "terme": "terme de l'accompagnement",
}  # fmt: skip
STATES = {
    report.PLANNED: "", report.KEPT: "tenu", report.MISSED: "absent",
    report.UNTOLD: "issue à noter", report.COMING: "", report.LATE: "en retard",
    report.PERHAPS_LATE: "peut-être en retard",
}  # fmt: skip


@app.command("agenda")
def agenda(
    ctx: typer.Context,
    from_day: Annotated[
        str | None,
        typer.Option("--from-day", metavar="DATE", help="Premier jour ; sinon celui du rapport."),
    ] = None,
    to_day: Annotated[
        str | None, typer.Option("--to-day", metavar="DATE", help="Dernier jour, inclus.")
    ] = None,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="DURÉE", help="Jusque-là : 10j, 2w, 3m ; sinon 2w."),
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Les noms dans le calendrier ics ; sinon la référence.")
    ] = False,
    as_of: o.AsOf = None,
    department: o.Department = None,
    sector: o.Sector = None,
    office: o.Office = None,
    referent: Annotated[
        str | None,
        typer.Option("--referent", metavar="NOM", help="Un seul référent : code, nom, ou « me »."),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="table, plain, csv, json, jsonl, markdown, xlsx, ou ics (un calendrier).",
        ),
    ] = None,
    output: o.Output = None,
    overwrite: o.Overwrite = False,
    excel: o.Excel = False,
    columns: o.Columns = None,
) -> None:
    """Rendez-vous et échéances d'une période, jour par jour ; deux semaines d'office.

    Une échéance connue en partie est au premier jour où elle peut tomber. Le calendrier (ics)
    s'ouvre dans Thunderbird, Outlook et Nextcloud ; il ne montre que les références, sauf avec
    --names. Un rendez-vous y dure une heure, la durée n'étant notée nulle part.

    Exemples :
      agir report agenda
      agir report agenda --within 1m --referent me
      agir report agenda --from-day 01/10/2023 --to-day 31/10/2023 --format csv
      agir report agenda --within 3m --format ics --output agenda.ics
    """
    session = session_of(ctx)
    calendar = format_ == ICS or (format_ is None and (output or "").lower().endswith(".ics"))
    form = _form(calendar, format_, output, overwrite, excel, columns)
    if names and not calendar:
        raise UsageFailure(
            "--names ne concerne que le calendrier : les autres formats ont toujours les noms.",
            "Ajoutez : --format ics",
        )
    day = o.day_of(session, as_of)
    period = _period(session, day, from_day, to_day, within)
    with o.opened(session) as connection:
        from agir_cli.reports.clock_words import contract_clock
        from agir_cli.reports.myself import referent_named

        who = referent_named(connection, referent, session.author)
        asked = o.filters_of(connection, department, sector, office, who)
        entries = report.agenda(connection, day, period, asked)
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


def _form(
    calendar: bool,
    format_: str | None,
    output: str | None,
    overwrite: bool,
    excel: bool,
    columns: str | None,
) -> Form:
    if not calendar:
        return form_of(format_, output, overwrite=overwrite, excel=excel, columns=columns)
    if excel or columns:
        raise UsageFailure("--excel et --columns ne s'appliquent pas au format ics.")
    refuse_existing(output, overwrite=overwrite)
    return Form(ICS, output, overwrite)


def _period(
    session: Session, day: date, from_day: str | None, to_day: str | None, within: str | None
) -> report.Period:
    if to_day and within:
        raise UsageFailure("--to-day et --within disent la même chose : gardez l'un des deux.")
    first, last = day, None
    if from_day or to_day:
        from agir_cli.cli.doors import read_day

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
    parts = [Text(head[0], style="bold"), Text(head[1], style="dim")]
    for on, entries in by_day:
        parts += [Text(f"\n{on}", style="bold underline"), *(_line(e, wide) for e in entries)]
    lines = sum(3 * len(entries) + 2 for _, entries in by_day)
    show(session, Group(*parts), lines=lines)


def _line(entry: report.Entry, wide: bool) -> Text:
    from rich.text import Text

    appointment = entry.type == report.APPOINTMENT
    text = Text(overflow="fold")
    text.append(f"  {(entry.heure or 'jour ') if appointment else '  ·  '}  ")
    text.append(f"{entry.dossier}  ", style="bold")
    text.append(_sentence(entry))
    state = STATES[entry.etat]
    if state:
        text.append(f"  [{state}]", style="bold red" if entry.etat == report.LATE else "bold")
    if entry.a_faire:
        text.append("  " if wide else "\n         ")
        text.append(entry.a_faire, style="dim")
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
