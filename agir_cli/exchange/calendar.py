"""Entries to an iCalendar file (RFC 5545) that Thunderbird, Outlook and Nextcloud open.

The same entries give the same bytes. An appointment with an hour is an hour of Paris (the file
carries the time zone); one without, and every deadline, takes the whole day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, BinaryIO, NamedTuple
from uuid import UUID, uuid5

from agir_cli.exchange.cells import visible
from agir_cli.failures import UsageFailure, to_install

if TYPE_CHECKING:
    from icalendar import Calendar, Event, Timezone

ZONE = "Europe/Paris"
_PRODUCT = "-//agir//agir-cli//FR"
_NAMESPACE = UUID("6a1f0f8e-5c0f-5b7e-9c55-4d1b8f1f6a44")
_HOUR = timedelta(hours=1)


class CalendarEntry(NamedTuple):
    """One event of a calendar.

    ``key`` names it for ever (its UID comes from it); ``move`` grows when it is moved.
    ``hour`` is ``HH:MM`` or ``None`` (whole day). ``busy``: the time is taken.
    """

    key: str
    move: int
    day: date
    hour: str | None
    title: str
    notes: str = ""
    place: str = ""
    category: str = ""
    busy: bool = False
    cancelled: bool = False


def write_calendar(
    entries: Iterable[CalendarEntry], out: BinaryIO, *, name: str, as_of: date
) -> int:
    """Writes the entries as one calendar; how many there were.

    An appointment is given one hour, since its end is recorded nowhere. Raises ``UsageFailure``
    where the calendar extra is missing.
    """
    calendar = _new_calendar(name)
    count = 0
    for entry in entries:
        calendar.add_component(_event(entry, as_of))
        count += 1
    out.write(calendar.to_ical(sorted=True))
    return count


def _new_calendar(name: str) -> Calendar:
    try:
        from icalendar import Calendar
    except ImportError:
        raise UsageFailure(
            "Le format ics demande un complément qui n'est pas installé.",
            f"Installez-le : {to_install('agenda')}",
        ) from None
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", visible(name))
    calendar.add("x-wr-timezone", ZONE)
    calendar.add_component(_paris())
    return calendar


def _paris() -> Timezone:
    """Paris by the rule of the European Union since 1996, in the short form calendars write.

    The library's own generator lists every change as a date, the spring ones an hour late.
    """
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    zone = Timezone()
    zone.add("tzid", ZONE)
    winter, summer = timedelta(hours=1), timedelta(hours=2)
    for part, name, month, hour, before, after in (
        (TimezoneDaylight(), "CEST", 3, 2, winter, summer),
        (TimezoneStandard(), "CET", 10, 3, summer, winter),
    ):
        first = datetime(1996, month, 31 if month == 3 else 27, hour)  # noqa: DTZ001 - local time
        part.add("dtstart", first)
        part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
        part.add("tzname", name)
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        zone.add_component(part)
    return zone


def _event(entry: CalendarEntry, as_of: date) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{uuid5(_NAMESPACE, entry.key)}@agir")
    event.add("sequence", entry.move)
    # No clock is read here, and the same day must give the same file twice.
    event.add("dtstamp", datetime.combine(as_of, time(), UTC))
    _when(event, entry)
    event.add("summary", visible(entry.title))
    if entry.notes:
        event.add("description", "\n".join(map(visible, entry.notes.split("\n"))))
    if entry.place:
        event.add("location", visible(entry.place))
    if entry.category:
        event.add("categories", [visible(entry.category)])
    event.add("transp", "OPAQUE" if entry.busy else "TRANSPARENT")
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event


def _when(event: Event, entry: CalendarEntry) -> None:
    if entry.hour is None:
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
        return
    from zoneinfo import ZoneInfo

    start = datetime.combine(entry.day, time.fromisoformat(entry.hour), ZoneInfo(ZONE))
    event.add("dtstart", start)
    event.add("dtend", start + _HOUR)
