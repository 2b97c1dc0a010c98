"""``agir report agenda``: appointments and deadlines of a period, on screen or as a calendar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from agir_cli.cli import asking as o
from agir_cli.cli.groups import Commands, flag, option
from agir_cli.cli.render import Form, say_written
from agir_cli.cli.screen import plain, say, short_date
from agir_cli.domain.causes import NATURES
from agir_cli.exchange.outputs import open_output
from agir_cli.failures import UsageFailure
from agir_cli.reports import agenda as report
from agir_cli.reports.texts import french_text, full_name

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from agir_cli.cli.session import Session
    from agir_cli.exchange.calendar import CalendarEntry
    from agir_cli.reports.sheet import Section, Sheet

app = Commands()
ICS = "ics"
_USUAL = timedelta(days=13)
_WIDE = 104


@o.report(app, own=ICS)
def agenda(
    r: o.Reading,
    *,
    from_day: str | None = option("DATE", "Premier jour ; sinon celui du rapport."),
    to_day: str | None = option("DATE", "Dernier jour, inclus."),
    within: str | None = option("DURÉE", "Jusque-là : 10j, 2s, 3m ; sinon 2s."),
    names: bool = flag("Les noms dans le calendrier ics ; sinon la référence."),
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
    calendar = r.form.format == ICS
    if names and not calendar:
        raise UsageFailure(
            "--names ne concerne que le calendrier : les autres formats ont toujours les noms.",
            "Ajoutez : --format ics",
        )
    period = _period(r.session, r.day, from_day, to_day, within)
    entries = report.agenda(r.connection, r.day, period, r.filters)
    if r.form.hidden:
        entries = [entry._replace(words="") for entry in entries]
    if calendar:
        r.let_go()
        _write_calendar(r.form, entries, r.day, names=names)
    else:
        r.show(report.sheet(r.connection, r.day, period, entries), _drawn)
    if not entries:
        say(r.session, f"Rien à l'agenda {period.told}.")


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


# --- on a terminal -----------------------------------------------------------------------


def _drawn(_sheet: Sheet, sections: Sequence[Section], width: int) -> tuple[RenderableType, int]:
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = []
    for title, _, entries, *_ in sections:
        parts += [Text(f"\n{title}", style="bold underline"), _grid(entries, width >= _WIDE)]
    return Group(*parts), sum(3 * section.size + 2 for section in sections)


def _grid(entries: Iterable[Any], wide: bool) -> Table:
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
    state = report.STATES[entry.etat]
    if state:
        text.append(f"  [{state}]", style="bold red" if entry.etat == report.LATE else "bold")
    return text


def _sentence(entry: report.Entry) -> str:
    told = [plain(full_name(entry.nom, entry.prenoms))]
    if entry.type == report.APPOINTMENT:
        told.append(entry.words or f"RDV de {NATURES[entry.nature].agenda}")
        if entry.bureau:
            told.append(plain(entry.bureau))
    else:
        told.append(plain(entry.words) or f"échéance : {NATURES[entry.nature].agenda}")
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
        who += f" {full_name(entry.nom, entry.prenoms)}"
    kind = "RDV de" if appointment else "Échéance :"
    what = NATURES[entry.nature].agenda + (f", {entry.words}" if names and entry.words else "")
    vague = "" if entry.date == entry.first_day else f"Date : {french_text(entry.date)}"
    return CalendarEntry(
        key=entry.key,
        move=entry.move,
        day=date.fromisoformat(entry.first_day),
        hour=entry.heure,
        title=f"{kind} {what} - {who}",
        notes="\n".join(part for part in (report.STATES[entry.etat], vague, entry.a_faire) if part),
        place=entry.place or "",
        category="RDV AGIR" if appointment else "Échéance AGIR",
        busy=appointment and entry.heure is not None,
        cancelled=entry.etat == report.MISSED,
    )
