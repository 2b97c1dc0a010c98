"""What became of each invented person of the demonstration: days drawn for each kind of course.

The file is looked at on 9 October 2023. Listings to OFII leave about the tenth of each month;
that of October has not left yet.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

TODAY = date(2023, 10, 9)
OPENED = {"44": date(2023, 1, 2), "85": date(2023, 1, 11)}
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


def course(track: str, route: str, department: str, rng: random.Random, nth: int) -> Course:
    """The way of one household: its track, its route, ``nth`` of that track."""
    c, days = Course(department), Days(rng)
    TRACKS[track](c, route, days, nth)
    return c


# --- admission ---------------------------------------------------------------------------


def _direct(c: Course, day: date) -> None:
    c.oriented_on = max(day, OPENED[c.department])
    c.cir, c.orientation = c.oriented_on.isoformat(), "acceptee"


def _old_cir(c: Course, days: Days, route: str) -> None:
    year = 2021 if route == "derogation" else 2022
    c.cir = days.between(date(year, 3, 1), date(year, 12, 20)).isoformat()


def _form(c: Course, route: str, days: Days, listing: int) -> None:
    _old_cir(c, days, route)
    c.listing, sent = listing, LISTINGS[listing - 1]
    c.form = days.between(max(sent - timedelta(days=26), OPENED[c.department]), sent)


def _validated(c: Course, route: str, days: Days, listing: int) -> date:
    _form(c, route, days, listing)
    c.decision = "derogation" if route == "derogation" else "validee"
    c.decided_on = days.after(LISTINGS[listing - 1], 8, 18)
    return c.decided_on


def _admitted(c: Course, route: str, days: Days, by: date) -> date:
    """Admission some weeks before a diagnostic that is to be about ``by``; the day of it."""
    if route == "n":
        _direct(c, days.before(by, 6, 28))
        assert c.oriented_on is not None
        return c.oriented_on
    soon = [n for n, sent in enumerate(LISTINGS, 1) if sent <= by - timedelta(days=26)]
    return _validated(c, route, days, soon[-1] if soon else 1)


# --- the process -------------------------------------------------------------------------


def _diagnosed(c: Course, route: str, days: Days, day: date) -> None:
    admitted = _admitted(c, route, days, day)
    c.diagnosis = max(day, days.after(admitted, 4, 9))
    c.diagnosis_booked = [c.diagnosis]
    if (c.diagnosis - admitted).days > 16 and days.often(0.12):
        missed = days.before(c.diagnosis, 5, 9)
        c.diagnosis_booked, c.diagnosis_missed = [missed, c.diagnosis], [missed]


def _assigned(c: Course, route: str, days: Days, day: date) -> None:
    _diagnosed(c, route, days, days.before(day, 3, 13))
    assert c.diagnosis is not None
    c.commission = max(day, c.diagnosis).isoformat()


def _signed(c: Course, route: str, days: Days, day: date) -> None:
    late = days.often(0.08)
    _assigned(c, route, days, days.before(day, 25, 40) if late else days.before(day, 4, 20))
    c.signed_by = max(day, date.fromisoformat(c.commission))
    c.contract = c.signed_by.isoformat()
    if days.often(0.35):
        c.contract_booked = [c.signed_by]
    if late and days.often(0.6):
        missed = days.before(c.signed_by, 6, 12)
        c.contract_booked, c.contract_missed = [missed, c.signed_by], [missed]


def _followed(c: Course, days: Days, last: date = TODAY) -> None:
    assert c.signed_by is not None
    day = c.signed_by
    while (last - day).days > 58:
        day = min(days.after(day, 42, 57), last - timedelta(days=3))
        c.interviews.append(day)


def _contract_day(route: str, days: Days, last: date) -> date:
    first = date(2023, 2, 6) if route == "n" else date(2023, 4, 3)
    span = (last - first).days
    day = first + timedelta(days=int(days.rng.triangular(0, span, span * 0.7)))
    return min(day + timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0), last)


def _support(c: Course, route: str, days: Days, nth: int) -> None:
    _signed(c, route, days, _contract_day(route, days, date(2023, 10, 6)))
    _followed(c, days)
    if route == "n" and nth % 29 == 5:
        c.cir = c.cir[:7]


def _support_vague(c: Course, route: str, days: Days, nth: int) -> None:
    _signed(c, route, days, days.between(date(2023, 5, 15), date(2023, 8, 25)))
    _followed(c, days)
    c.contract, c.contract_booked, c.contract_missed = c.contract[:7], [], []
    c.commission = min(c.commission, f"{c.contract}-01")
    assert c.diagnosis is not None
    if c.commission < c.diagnosis.isoformat():
        c.commission = ""


def _interview_late(c: Course, route: str, days: Days, nth: int) -> None:
    stopped = days.between(date(2023, 6, 20), date(2023, 8, 4))
    _signed(c, route, days, days.before(stopped, 1, 75))
    assert c.signed_by is not None
    while (stopped - c.signed_by).days > 58 and not c.interviews:
        c.interviews.append(stopped)


def _ended(motive: str) -> Callable[[Course, str, Days, int], None]:
    def track(c: Course, route: str, days: Days, nth: int) -> None:
        _signed(c, route, days, days.between(date(2023, 2, 20), date(2023, 7, 10)))
        assert c.signed_by is not None
        c.closed = days.between(c.signed_by + timedelta(days=30), date(2023, 10, 5))
        c.motive = motive
        _followed(c, days, c.closed)

    return track


def _contract_due(c: Course, route: str, days: Days, nth: int) -> None:
    _assigned(c, route, days, days.between(date(2023, 9, 19), date(2023, 10, 6)))
    if nth % 5 < 3:
        c.contract_booked = [days.between(date(2023, 10, 10), date(2023, 10, 27))]


def _contract_late(c: Course, route: str, days: Days, nth: int) -> None:
    first = date(2023, 8, 28) if nth % 4 else date(2023, 7, 17)
    _assigned(c, route, days, days.between(first, date(2023, 9, 15)))
    if nth % 7 == 3:
        c.commission = "2023-09"
    if nth % 3 == 1:
        missed = days.between(date(2023, 9, 20), date(2023, 10, 6))
        c.contract_booked, c.contract_missed = [missed], [missed]
    if nth % 2 == 0:
        c.contract_booked.append(days.between(date(2023, 10, 10), date(2023, 10, 24)))


def _contract_missed(c: Course, route: str, days: Days, nth: int) -> None:
    _assigned(c, route, days, days.between(date(2023, 9, 7), date(2023, 9, 22)))
    c.contract_missed = [days.between(date(2023, 9, 27), date(2023, 10, 6))]
    c.contract_booked = list(c.contract_missed)


def _no_commission(c: Course, route: str, days: Days, nth: int) -> None:
    first = date(2023, 9, 18) if nth % 4 else date(2023, 7, 24)
    _diagnosed(c, route, days, days.between(first, date(2023, 10, 6)))


def _diagnosis_due(c: Course, route: str, days: Days, nth: int) -> None:
    _direct(c, days.between(date(2023, 9, 11), date(2023, 10, 6)))
    if nth % 10:
        c.diagnosis_booked = [days.between(date(2023, 10, 10), date(2023, 11, 3))]


def _diagnosis_late(c: Course, route: str, days: Days, nth: int) -> None:
    if route == "n":
        _direct(c, days.between(date(2023, 7, 24), date(2023, 9, 7)))
        if nth % 6 == 2:
            c.cir, c.oriented_on = "2023-09", date(2023, 9, 14)
    else:
        _validated(c, route, days, 7)
    if nth % 2 or route != "n":
        c.diagnosis_booked = [days.between(date(2023, 10, 11), date(2023, 10, 25))]


def _diagnosis_missed(c: Course, route: str, days: Days, nth: int) -> None:
    _direct(c, days.between(date(2023, 9, 4), date(2023, 9, 25)))
    c.diagnosis_missed = [days.between(date(2023, 9, 27), date(2023, 10, 6))]
    c.diagnosis_booked = list(c.diagnosis_missed)


def _cir_unknown(c: Course, route: str, days: Days, nth: int) -> None:
    _direct(c, days.between(date(2023, 8, 21), date(2023, 10, 4)))
    c.cir = ""


def _not_booked(c: Course, route: str, days: Days, nth: int) -> None:
    _form(c, route, days, 8)
    c.decision, c.decided_on = "validee", days.between(date(2023, 9, 25), date(2023, 10, 5))


def _refused(c: Course, route: str, days: Days, nth: int) -> None:
    _assigned(c, route, days, days.between(date(2023, 3, 13), date(2023, 9, 8)))
    c.refused = days.after(date.fromisoformat(c.commission), 7, 21)
    c.contract_booked = [c.refused]


def _never_came(c: Course, route: str, days: Days, nth: int) -> None:
    _direct(c, days.between(date(2023, 2, 6), date(2023, 7, 12)))
    assert c.oriented_on is not None
    first = days.after(c.oriented_on, 7, 20)
    c.diagnosis_missed = [first, days.after(first, 14, 25)]
    c.diagnosis_booked = list(c.diagnosis_missed)
    c.motive, c.closed = "sans_suite", days.after(c.diagnosis_missed[-1], 14, 24)


def _left_before(motive: str) -> Callable[[Course, str, Days, int], None]:
    def track(c: Course, route: str, days: Days, nth: int) -> None:
        _diagnosed(c, route, days, days.between(date(2023, 3, 13), date(2023, 8, 31)))
        assert c.diagnosis is not None
        c.motive, c.closed = motive, days.after(c.diagnosis, 10, 34)

    return track


# --- not counted as persons --------------------------------------------------------------


def _unanswered(c: Course, route: str, days: Days, nth: int) -> None:
    c.cir = days.between(date(2023, 8, 14), date(2023, 10, 5)).isoformat()


def _form_to_fill(c: Course, route: str, days: Days, nth: int) -> None:
    _old_cir(c, days, "n-1")
    c.oriented_on = days.between(date(2023, 9, 4), date(2023, 10, 5))


def _declined(c: Course, route: str, days: Days, nth: int) -> None:
    _direct(c, days.between(date(2023, 1, 16), date(2023, 10, 5)))
    c.orientation = "declinee"


def _rejected(c: Course, route: str, days: Days, nth: int) -> None:
    _validated(c, "n-1", days, 2 + nth % 6)
    c.decision = "rejetee"


def _rejected_closed(c: Course, route: str, days: Days, nth: int) -> None:
    _rejected(c, route, days, nth)
    assert c.decided_on is not None
    c.motive, c.closed = "non_eligible", days.after(c.decided_on, 3, 15)


def _to_send(c: Course, route: str, days: Days, nth: int) -> None:
    _old_cir(c, days, "n-1")
    c.form = days.between(date(2023, 9, 12), date(2023, 10, 6))


def _to_send_late(c: Course, route: str, days: Days, nth: int) -> None:
    _old_cir(c, days, "n-1")
    c.form, c.form_came_late = days.between(date(2023, 8, 28), date(2023, 9, 8)), True


def _at_ofii(c: Course, route: str, days: Days, nth: int) -> None:
    _form(c, "n-1", days, 7 if nth % 3 == 0 else 8)


def _mistake(c: Course, route: str, days: Days, nth: int) -> None:
    _unanswered(c, route, days, nth)
    c.motive, c.closed = "erreur", days.between(date(2023, 10, 5), date(2023, 10, 6))


TRACKS: dict[str, Callable[[Course, str, Days, int], None]] = {
    "support": _support, "support_vague": _support_vague, "interview_late": _interview_late,
    "stopped_by_person": _ended("arret_beneficiaire"), "stopped_by_us": _ended("arret_structure"),
    "goals": _ended("objectifs_atteints"), "moved": _ended("transfert"), "died": _ended("deces"),
    "contract_due": _contract_due, "contract_late": _contract_late,
    "contract_missed": _contract_missed, "no_commission": _no_commission,
    "diagnosis_due": _diagnosis_due, "diagnosis_late": _diagnosis_late,
    "diagnosis_missed": _diagnosis_missed, "cir_unknown": _cir_unknown,
    "not_booked": _not_booked, "refused": _refused, "never_came": _never_came,
    "moved_before": _left_before("transfert"), "stopped_before": _left_before("arret_beneficiaire"),
    "unanswered": _unanswered, "form_to_fill": _form_to_fill, "declined": _declined,
    "rejected": _rejected, "rejected_closed": _rejected_closed, "to_send": _to_send,
    "to_send_late": _to_send_late, "at_ofii": _at_ofii, "mistake": _mistake,
}  # fmt: skip
