"""Dates that may be known only in part, and three-valued comparison.

A partial date is one unknown day between two known bounds, both included: a day
(`2023-01-25`), a month (`2023-01`), a year (`2023`), or an interval
(`[2023-03..2023-04]`, "some day between 1 March and 30 April"). Its canonical text is
EDTF-like and is derived from the bounds, so that there is one way to write one fact.

Nothing here reads a clock: whoever needs "today" passes it.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

FIRST_YEAR, LAST_YEAR = 1900, 2199

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
EXPECTED = (
    "une date : 25/01/2023, 2023-01-25, 01/2023, janvier 2023, mars/avril 2023 ou 2023 "
    "(le jour d'abord, l'année sur quatre chiffres)"
)


class Verdict(Enum):
    """The answer to a question of fact: yes, no, or not known."""

    YES = "oui"
    NO = "non"
    UNKNOWN = "inconnu"


YES, NO, UNKNOWN = Verdict


class DateFault(ValueError):
    """A text that is no date: unreadable, impossible, or ambiguous. The message is French."""


class PartialDate(NamedTuple):
    """One day between ``earliest`` and ``latest``, both included."""

    earliest: date
    latest: date

    @property
    def exact(self) -> bool:
        """Whether the day itself is known."""
        return self.earliest == self.latest

    def overlaps(self, other: PartialDate) -> bool:
        """Whether both could be the same day."""
        return self.earliest <= other.latest and other.earliest <= self.latest

    def covers(self, other: PartialDate) -> bool:
        """Whether this is the same date told as vaguely or more vaguely than ``other``."""
        return self.earliest <= other.earliest and other.latest <= self.latest

    def known_by(self, today: date) -> PartialDate:
        """The same date of something that is known to have happened by ``today`` included.

        "This November", said on the 23rd of an act already done, cannot be the 28th.
        A date wholly after ``today`` is left as it is: whether it may be is a rule's question.
        """
        if self.latest <= today or self.earliest > today:
            return self
        return PartialDate(self.earliest, today)

    def since(self, day: date) -> PartialDate:
        """The same date of something that is known not to have come before ``day``.

        A date wholly before ``day`` is left as it is: whether it may be is a rule's question.
        """
        if self.earliest >= day or self.latest < day:
            return self
        return PartialDate(day, self.latest)


class Moment(NamedTuple):
    """An appointment: a day, and the hour (``HH:MM``) where it is known."""

    day: date
    hour: str | None = None


def exactly(day: date) -> PartialDate:
    """The partial date that is that day."""
    return PartialDate(day, day)


def whole_month(year: int, month: int) -> PartialDate:
    """The partial date "some day of that month"."""
    return PartialDate(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def before_or_on(first: PartialDate, second: PartialDate) -> Verdict:
    """Whether ``first`` is at the latest the day of ``second``."""
    if first.latest <= second.earliest:
        return YES
    if first.earliest > second.latest:
        return NO
    return UNKNOWN


def may_be_the_same_day(first: PartialDate | None, second: PartialDate | None) -> bool:
    """Whether both could be one day; a day that nobody knows may be any."""
    return first is None or second is None or first.overlaps(second)


def after(first: PartialDate, day: date) -> Verdict:
    """Whether ``first`` is later than ``day``."""
    if first.earliest > day:
        return YES
    return NO if first.latest <= day else UNKNOWN


# --- writing -----------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def edtf(value: PartialDate) -> str:
    """The canonical text: ``2023-01-25``, ``2023-01``, ``2023`` or ``[2023-03..2023-04]``."""
    first, last = value
    if first == last:
        return first.isoformat()
    if _is_whole_year(first, last) and first.year == last.year:
        return f"{first.year:04d}"
    if first.day == 1 and last == whole_month(last.year, last.month).latest:
        start, end = f"{first:%Y-%m}", f"{last:%Y-%m}"
        return start if start == end else f"[{start}..{end}]"
    return f"[{first.isoformat()}..{last.isoformat()}]"


@lru_cache(maxsize=65536)
def bounds(value: PartialDate | None) -> tuple[str | None, str | None]:
    """The two days as ISO texts, as columns hold them; two ``None`` for what is not known."""
    if value is None:
        return None, None
    return value.earliest.isoformat(), value.latest.isoformat()


def _is_whole_year(first: date, last: date) -> bool:
    return (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)


def french_day(day: date) -> str:
    """``25/01/2023``."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


@lru_cache(maxsize=4096)
def french(value: PartialDate | None) -> str:
    """The date as a French reader expects it, at its own precision; empty when unknown."""
    if value is None:
        return ""
    text = edtf(value)
    if not text.startswith("["):
        return _french_simple(value, text)
    first, last = value
    if ".." in text and len(text) == len("[2023-03..2023-04]"):
        start = MONTHS[first.month - 1] + ("" if first.year == last.year else f" {first.year}")
        return f"entre {start} et {MONTHS[last.month - 1]} {last.year}"
    return f"entre le {french_day(first)} et le {french_day(last)}"


def _french_simple(value: PartialDate, text: str) -> str:
    if len(text) == 10:
        return french_day(value.earliest)
    if len(text) == 7:
        return f"{MONTHS[value.earliest.month - 1]} {value.earliest.year}"
    return text


def french_on(value: PartialDate) -> str:
    """The date inside a sentence: "le 25/01/2023", "en février 2023", "entre … et …"."""
    text = french(value)
    if text.startswith("entre"):
        return text
    return f"le {text}" if value.exact else f"en {text}"


def french_until(value: PartialDate) -> str:
    """A last day in time: "jusqu'au 17/02/2025 inclus", or between two such days."""
    if value.exact:
        return f"jusqu'au {french_day(value.latest)} inclus"
    return (
        f"jusqu'à un jour entre le {french_day(value.earliest)}"
        f" et le {french_day(value.latest)} inclus"
    )


def moment_text(moment: Moment) -> str:
    """``2023-02-14 10:30``, or ``2023-02-14`` without an hour."""
    return f"{moment.day.isoformat()} {moment.hour}" if moment.hour else moment.day.isoformat()


def french_moment(moment: Moment) -> str:
    """``14/02/2023 à 10:30``."""
    return french_day(moment.day) + (f" à {moment.hour}" if moment.hour else "")


# --- calendar arithmetic -----------------------------------------------------------------


class Length(NamedTuple):
    """A legal length: calendar years and months (clamped to the month's end), and days."""

    years: int = 0
    months: int = 0
    days: int = 0

    def after(self, start: PartialDate) -> PartialDate:
        """The last day in time, included, counted from ``start`` (itself not counted)."""
        return _last_day(self, start)


@lru_cache(maxsize=65536)
def _last_day(length: Length, start: PartialDate) -> PartialDate:
    return PartialDate(_end(length, start.earliest), _end(length, start.latest))


def _end(length: Length, start: date) -> date:
    if not (length.years or length.months):
        return start + timedelta(days=length.days)
    from dateutil.relativedelta import relativedelta

    return start + relativedelta(years=length.years, months=length.months, days=length.days)
