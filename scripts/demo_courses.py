"""The way of an invented household through the process: its days, each drawn from the next.

The file is looked at on 9 October 2023. Listings to OFII leave about the tenth of each month;
that of October has not left yet.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

TODAY = date(2023, 10, 9)
OPENED = {"44": date(2023, 1, 10), "85": date(2023, 1, 11)}
LISTINGS = (
    date(2023, 2, 10), date(2023, 3, 10), date(2023, 4, 11), date(2023, 5, 10),
    date(2023, 6, 12), date(2023, 7, 10), date(2023, 8, 10), date(2023, 9, 11),
)  # fmt: skip


@dataclass
class Course:
    """The days of one household's way; texts are dates as they are written in the files."""

    department: str
    cir: str = ""
    orientation: str = ""
    oriented_on: date | None = None
    form: date | None = None
    form_came_late: bool = False
    listing: int = 0
    decision: str = ""
    decided_on: date | None = None
    diagnosis_booked: list[date] = field(default_factory=list)
    diagnosis_missed: list[date] = field(default_factory=list)
    diagnosis: date | None = None
    commission: str = ""
    contract_booked: list[date] = field(default_factory=list)
    contract_missed: list[date] = field(default_factory=list)
    contract: str = ""
    signed_by: date | None = None
    refused: date | None = None
    interviews: list[date] = field(default_factory=list)
    motive: str = ""
    closed: date | None = None

    @property
    def entry(self) -> date:
        """The first day the file hears of the person."""
        days = (self.oriented_on, self.form, self.decided_on, self.diagnosis)
        known = [day for day in days if day]
        return min(known) if known else date.fromisoformat(self.cir)


class Days:
    """Draws working days."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def between(self, first: date, last: date) -> date:
        """A working day in these bounds, both included."""
        while True:
            day = first + timedelta(days=self.rng.randint(0, (last - first).days))
            if day.weekday() < 5:
                return day

    def after(self, day: date, least: int, most: int) -> date:
        """A working day so many days later."""
        return self.between(day + timedelta(days=least), day + timedelta(days=max(most, least + 3)))

    def before(self, day: date, least: int, most: int) -> date:
        """A working day so many days earlier."""
        return self.between(day - timedelta(days=max(most, least + 3)), day - timedelta(days=least))

    def often(self, share: float) -> bool:
        """True that often."""
        return self.rng.random() < share


# --- admission ---------------------------------------------------------------------------


def direct(c: Course, day: date) -> None:
    c.oriented_on = max(day, OPENED[c.department])
    c.cir, c.orientation = c.oriented_on.isoformat(), "acceptee"


def old_cir(c: Course, days: Days, route: str) -> None:
    year = 2021 if route == "derogation" else 2022
    c.cir = days.between(date(year, 3, 1), date(year, 12, 20)).isoformat()


def form_for(c: Course, route: str, days: Days, listing: int) -> None:
    old_cir(c, days, route)
    c.listing, sent = listing, LISTINGS[listing - 1]
    c.form = days.between(max(sent - timedelta(days=26), OPENED[c.department]), sent)


def validated(c: Course, route: str, days: Days, listing: int) -> date:
    form_for(c, route, days, listing)
    c.decision = "derogation" if route == "derogation" else "validee"
    c.decided_on = days.after(LISTINGS[listing - 1], 8, 18)
    return c.decided_on


def admitted(c: Course, route: str, days: Days, by: date) -> date:
    """Admission some weeks before a diagnostic that is to be about ``by``; the day of it."""
    if route == "n":
        direct(c, days.before(by, 6, 28))
        assert c.oriented_on is not None
        return c.oriented_on
    soon = [n for n, sent in enumerate(LISTINGS, 1) if sent <= by - timedelta(days=26)]
    return validated(c, route, days, soon[-1] if soon else 1)


# --- the process -------------------------------------------------------------------------


def diagnosed(c: Course, route: str, days: Days, day: date) -> None:
    start = admitted(c, route, days, day)
    c.diagnosis = max(day, days.after(start, 4, 9))
    c.diagnosis_booked = [c.diagnosis]
    if (c.diagnosis - start).days > 16 and days.often(0.12):
        missed = days.before(c.diagnosis, 5, 9)
        c.diagnosis_booked, c.diagnosis_missed = [missed, c.diagnosis], [missed]


def assigned(c: Course, route: str, days: Days, day: date) -> None:
    diagnosed(c, route, days, days.before(day, 3, 13))
    assert c.diagnosis is not None
    c.commission = max(day, c.diagnosis).isoformat()


def signed(c: Course, route: str, days: Days, day: date) -> None:
    late = days.often(0.08)
    assigned(c, route, days, days.before(day, 25, 40) if late else days.before(day, 4, 20))
    c.signed_by = max(day, date.fromisoformat(c.commission))
    c.contract = c.signed_by.isoformat()
    if days.often(0.35):
        c.contract_booked = [c.signed_by]
    if late and days.often(0.6):
        missed = days.before(c.signed_by, 6, 12)
        c.contract_booked, c.contract_missed = [missed, c.signed_by], [missed]


def followed(c: Course, days: Days, last: date = TODAY) -> None:
    assert c.signed_by is not None
    day = c.signed_by
    while (last - day).days > 58:
        day = min(days.after(day, 42, 57), last - timedelta(days=3))
        c.interviews.append(day)


def contract_day(route: str, days: Days, last: date) -> date:
    first = date(2023, 2, 6) if route == "n" else date(2023, 4, 3)
    span = (last - first).days
    day = first + timedelta(days=int(days.rng.triangular(0, span, span * 0.7)))
    return min(day + timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0), last)
