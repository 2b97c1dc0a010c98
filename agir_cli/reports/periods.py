"""Periods: how one is typed and told, the one before it, the year so far, its weeks or months.

What happened in a period is reckoned from two possible days, the first and the last: it is surely
there where both are, « à préciser » where the last one is there and the first is before, perhaps
there where the last one is later. By the last one each fact stands in one period only: months add
up to their year, and the stock of a day is that of the day before and what has come since.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from agir_cli.domain.dates import MONTHS, DateFault, parse_date, whole_month
from agir_cli.failures import UsageFailure
from agir_cli.reports.texts import short_date

UNITS = ("mois", "trimestre", "semaine")
_DAY = timedelta(days=1)
_EXAMPLES = "Par exemple : 2023-T4, 2023-10, 2023-S41 ou 2023"


class Period(NamedTuple):
    """Days from ``first`` to ``last``, both included; ``code`` is how it is typed."""

    code: str
    first: date
    last: date

    @property
    def told(self) -> str:
        """« T4 2023 », « octobre 2023 », « semaine 41 de 2023 », « du 01/10/2023 au … »."""
        year, _, part = self.code.partition("-")
        if self != _named(self.code):
            return f"du {short_date(self.first)} au {short_date(self.last)}"
        if not part:
            return f"année {year}"
        if part[0] == "S":
            return f"semaine {int(part[1:])} de {year}"
        return f"{part} {year}" if part[0] == "T" else f"{MONTHS[int(part) - 1]} {year}"

    def told_on(self, day: date) -> str:
        """The same; where it is not over on ``day``, up to when it is told."""
        over = self.last <= day
        return self.told if over else f"{self.told} (en cours, au {short_date(day)})"

    def by(self, day: date) -> Period:
        """What of it has come by ``day``."""
        return self._replace(last=min(self.last, day))

    @property
    def year(self) -> Period:
        """The year of its last day, up to that day."""
        return Period(str(self.last.year), date(self.last.year, 1, 1), self.last)

    @property
    def before(self) -> Period:
        """The period of the same kind before it: as many months where it is of whole months."""
        last, first = self.first - _DAY, self.first
        whole = first.day == 1 and (self.last + _DAY).day == 1
        if whole:
            months = (self.last.year - first.year) * 12 + self.last.month - first.month + 1
            start = first.year * 12 + first.month - 1 - months
            first = date(start // 12, start % 12 + 1, 1)
        else:
            first -= self.last - self.first + _DAY
        unit = _unit_of(self.code) if whole or self == _named(self.code) else ""
        return Period(_code(unit, first) if unit else _range_code(first, last), first, last)

    def pieces(self, unit: str) -> list[Period]:
        """Its weeks, months or quarters; the first and the last one cut where it is."""
        found, day = [], self.first
        while day <= self.last:
            whole = _named(_code(unit, day))
            assert whole is not None  # the code was just made
            found.append(Period(whole.code, day, min(whole.last, self.last)))
            day = whole.last + _DAY
        return found


def _code(unit: str, day: date) -> str:
    if unit == "annee":
        return f"{day.year:04d}"
    if unit == "mois":
        return f"{day.year:04d}-{day.month:02d}"
    if unit == "trimestre":
        return f"{day.year:04d}-T{(day.month + 2) // 3}"
    year, week, _ = day.isocalendar()
    return f"{year:04d}-S{week:02d}"


def _range_code(first: date, last: date) -> str:
    return f"{first.isoformat()}..{last.isoformat()}"


def _unit_of(code: str) -> str:
    part = code.partition("-")[2]
    if not part:
        return "annee"
    return {"T": "trimestre", "S": "semaine"}.get(part[0], "mois" if len(part) == 2 else "")


def _named(code: str) -> Period | None:
    """The period that a code is; ``None`` for another text."""
    match = re.fullmatch(r"(\d{4})(?:-(?:T([1-4])|S(\d\d)|(\d\d)))?", code)
    if match is None or not 1900 <= int(match[1]) <= 2199:
        return None
    year, (quarter, week, month) = int(match[1]), match.groups()[1:]
    if week:
        try:
            first = date.fromisocalendar(year, int(week), 1)
        except ValueError:
            return None
        return Period(code, first, first + 6 * _DAY)
    if quarter or month:
        start, end = (3 * int(quarter) - 2, 3 * int(quarter)) if quarter else (int(month),) * 2
        if not 1 <= start <= 12:
            return None
        return Period(code, date(year, start, 1), whole_month(year, end).latest)
    return Period(code, date(year, 1, 1), date(year, 12, 31))


def period_of(text: str) -> Period:
    """The period typed: ``2023-T4``, ``2023-10``, « octobre 2023 », ``2023-S41``, ``2023``.

    Raises `UsageFailure` (exit 2).
    """
    word = text.strip().upper()
    turned = re.fullmatch(r"([TSQW]\d\d?)[ /-]?(\d{4})", word)
    word = f"{turned[2]}-{turned[1]}" if turned else word
    word = re.sub(r"[ /-]?[TQ]([1-4])$", r"-T\1", word)
    word = re.sub(r"[ /-]?[SW](\d\d?)$", lambda week: f"-S{int(week[1]):02d}", word)
    found = _named(word)
    if found is None:
        try:
            first, last = parse_date(text)
        except DateFault:
            raise UsageFailure(
                f"Option --period : « {text[:60]} » n'est pas une période.", _EXAMPLES
            ) from None
        whole = first.day == 1 and (last + _DAY).day == 1
        month = whole and (first.year, first.month) == (last.year, last.month)
        found = Period(_code("mois", first) if month else _range_code(first, last), first, last)
    return found


def between(first: date, last: date) -> Period:
    """The period between two days, by its name where it has one. Raises `UsageFailure`."""
    if last < first:
        raise UsageFailure(
            f"--from ({short_date(first)}) vient après --to ({short_date(last)}).",
            "Échangez les deux dates.",
        )
    for unit in ("annee", *UNITS):
        whole = _named(_code(unit, first))
        if whole is not None and whole[1:] == (first, last):
            return whole
    return Period(_range_code(first, last), first, last)


# --- what happened in it -----------------------------------------------------------------


class Flow(NamedTuple):
    """How many facts of a kind a period has: surely, « à préciser », and perhaps (see above)."""

    sure: int = 0
    unsure: int = 0
    possible: int = 0


Dated = Iterable[tuple[Any, str, str, int]]
"""Facts by some key: the key, the first and the last day that they may be of (ISO), how many."""


class Spread:
    """Facts of a kind over periods that follow each other, each in the one of its last day."""

    def __init__(self, pieces: Sequence[Period], facts: Dated) -> None:
        self.flows: dict[tuple[Any, int], list[int]] = {}
        self.before: dict[Any, int] = {}
        """How many there were on the eve of the first period."""
        starts = [piece.first.isoformat() for piece in pieces]
        ends = [piece.last.isoformat() for piece in pieces]
        for key, first, last, count in facts:
            place = bisect_left(ends, last)
            if last < starts[0]:
                self.before[key] = self.before.get(key, 0) + count
            elif place < len(ends):
                found = self.flows.setdefault((key, place), [0, 0, 0])
                found[0 if first >= starts[place] else 1] += count
            if first != last:
                for earlier in range(bisect_left(ends, first), min(place, len(ends))):
                    self.flows.setdefault((key, earlier), [0, 0, 0])[2] += count

    def flow(self, key: Any, place: int) -> Flow:
        """Those of one period."""
        return Flow(*self.flows.get((key, place), ()))

    def stocks(self, key: Any, count: int) -> Iterator[int]:
        """How many there were by the end of each period, since ever."""
        total = self.before.get(key, 0)
        for place in range(count):
            flow = self.flow(key, place)
            total += flow.sure + flow.unsure
            yield total
