"""Calendars: read back by the library, the hours right on both sides of each change."""

from __future__ import annotations

import io
import sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event, Timezone

from agir_cli.exchange.calendar import CalendarEntry, write_calendar
from agir_cli.failures import UsageFailure, to_install

DAY = date(2023, 10, 9)
PARIS = ZoneInfo("Europe/Paris")


def written(*entries: CalendarEntry) -> bytes:
    out = io.BytesIO()
    assert write_calendar(entries, out, name="AGIR", as_of=DAY) == len(entries)
    return out.getvalue()


def events(data: bytes) -> list[Event]:
    return [part for part in Calendar.from_ical(data).walk("VEVENT") if isinstance(part, Event)]


def entry(day: date = DAY, hour: str | None = None, **changes: object) -> CalendarEntry:
    return CalendarEntry("dossier 1", 0, day, hour, "RDV - 44-0001")._replace(**changes)


def test_hours_are_those_of_paris_by_the_file_s_own_time_zone() -> None:
    (zone,) = Calendar.from_ical(written(entry())).walk("VTIMEZONE")
    assert isinstance(zone, Timezone)
    told = zone.to_tz(lookup_tzid=False)
    hours = [datetime(2023, 1, 1) + timedelta(hours=n) for n in range(24 * 365 * 4)]  # noqa: DTZ001
    exists = [h for h in hours if _exists(h)]
    assert len(exists) == len(hours) - 4
    wrong = [
        h for h in exists
        if h.replace(tzinfo=told).utcoffset() != h.replace(tzinfo=PARIS).utcoffset()
    ]  # fmt: skip
    assert wrong == []


def _exists(hour: datetime) -> bool:
    """The hour that the clocks skip in spring is nobody's."""
    utc = ZoneInfo("UTC")
    there_and_back = hour.replace(tzinfo=PARIS).astimezone(utc).astimezone(PARIS)
    return there_and_back.replace(tzinfo=None) == hour


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        pytest.param(date(2023, 10, 27), "2023-10-27T08:30", id="avant l'heure d'hiver"),
        pytest.param(date(2023, 10, 30), "2023-10-30T09:30", id="après l'heure d'hiver"),
        pytest.param(date(2024, 4, 2), "2024-04-02T08:30", id="après l'heure d'été"),
    ],
)
def test_an_appointment_lasts_an_hour_at_its_hour(day: date, utc: str) -> None:
    (event,) = events(written(entry(day, "10:30")))
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    assert start.astimezone(ZoneInfo("UTC")).isoformat()[:16] == utc
    assert end - start == timedelta(hours=1)


def test_without_an_hour_it_takes_the_day_and_leaves_the_time_free() -> None:
    (event,) = events(written(entry(date(2024, 2, 29))))
    assert event["DTSTART"].dt == date(2024, 2, 29)
    assert event["DTEND"].dt == date(2024, 3, 1)
    assert event["TRANSP"] == "TRANSPARENT"


def test_the_same_entries_give_the_same_bytes() -> None:
    some = [entry(hour="10:30"), entry(key="dossier 2")]
    assert written(*some) == written(*some)


def test_a_moved_entry_keeps_its_uid_and_another_has_its_own() -> None:
    first, moved, other = events(
        written(entry(), entry(date(2023, 11, 2), move=1), entry(key="dossier 2"))
    )
    assert first["UID"] == moved["UID"] != other["UID"]
    assert (first["SEQUENCE"], moved["SEQUENCE"]) == (0, 1)


@given(st.text(max_size=60), st.text(max_size=120))
def test_no_text_makes_a_line_of_its_own(title: str, notes: str) -> None:
    data = written(entry(title=title, notes=notes))
    assert len(events(data)) == 1
    lines = data.decode().replace("\r\n ", "").split("\r\n")
    names = {line.split(":")[0].split(";")[0] for line in lines}
    assert names <= {
        "", "BEGIN", "END", "PRODID", "VERSION", "CALSCALE", "METHOD", "X-WR-CALNAME", "TZID",
        "X-WR-TIMEZONE", "DTSTART", "RRULE", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO", "UID",
        "SEQUENCE", "DTSTAMP", "DTEND", "SUMMARY", "DESCRIPTION", "TRANSP", "STATUS", "CLASS",
    }  # fmt: skip


def test_a_planted_event_stays_text() -> None:
    data = written(entry(title="x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:faux"))
    assert len(events(data)) == 1
    assert b"\r\nSUMMARY:faux" not in data


def test_a_cancelled_entry_says_so() -> None:
    (event,) = events(written(entry(cancelled=True)))
    assert event["STATUS"] == "CANCELLED"


def test_no_line_is_longer_than_75_bytes() -> None:
    data = written(entry(title="Échéance : " + "é" * 200))
    assert max(map(len, data.split(b"\r\n"))) <= 75


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(UsageFailure) as refused:
        write_calendar([entry()], io.BytesIO(), name="AGIR", as_of=DAY)
    assert to_install("agenda") in str(refused.value.details)
