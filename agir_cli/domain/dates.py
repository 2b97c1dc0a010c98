"""Dates that may be known only in part, and three-valued comparison.

A partial date is one unknown day between two known bounds, both included: a day
(`2023-01-25`), a month (`2023-01`), a year (`2023`), or an interval
(`[2023-03..2023-04]`, "some day between 1 March and 30 April"). Its canonical text is
EDTF-like and is derived from the bounds, so that there is one way to write one fact.

Reading is French, day first always, and repairs nothing: `29/02/2023` is refused. `25/01/23` is
ambiguous until somebody says which century is meant (`whole_year`). Nothing here reads a clock:
whoever needs "today" passes it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

FIRST_YEAR, LAST_YEAR = 1900, 2199
SHEET_ZERO = date(1899, 12, 30)
"""The day from which spreadsheets count: 44971 is 14/02/2023, and the year 1994 16/06/1905."""

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
EXPECTED = (
    "une date : 25/01/2023, 25/01/23, 2023-01-25, 01/2023, janvier 2023, mars/avril 2023 ou 2023 "
    "(le jour d'abord, avec l'année)"
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
        """Whether this is the same date as ``other``, known as precisely or less."""
        return self.earliest <= other.earliest and other.latest <= self.latest

    def known_by(self, today: date) -> PartialDate:
        """Narrow the date of something known to have happened by ``today`` (included).

        "This November", said on the 23rd of an act already done, cannot be the 28th.
        A date wholly after ``today`` is left as it is: whether it may be is a rule's question.
        """
        if self.latest <= today or self.earliest > today:
            return self
        return PartialDate(self.earliest, today)

    def since(self, day: date) -> PartialDate:
        """Narrow the date of something known not to have happened before ``day``.

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
    """Whether ``first`` falls on the day of ``second`` or before."""
    if first.latest <= second.earliest:
        return YES
    if first.earliest > second.latest:
        return NO
    return UNKNOWN


def first_of(dates: Iterable[PartialDate | None]) -> PartialDate | None:
    """The day of the first of several events; those without a date are left out."""
    known = [value for value in dates if value is not None]
    if len(known) < 2:
        return known[0] if known else None
    return PartialDate(min([v.earliest for v in known]), min([v.latest for v in known]))


def may_be_the_same_day(first: PartialDate | None, second: PartialDate | None) -> bool:
    """Whether both could be the same day; an unknown day could be any."""
    return first is None or second is None or first.overlaps(second)


# --- writing -----------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def edtf(value: PartialDate) -> str:
    """The canonical text: ``2023-01-25``, ``2023-01``, ``2023`` or ``[2023-03..2023-04]``."""
    first, last = value
    if first == last:
        return first.isoformat()
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return f"{first.year:04d}"
    if first.day == 1 and last == whole_month(last.year, last.month).latest:
        start, end = f"{first:%Y-%m}", f"{last:%Y-%m}"
        return start if start == end else f"[{start}..{end}]"
    return f"[{first.isoformat()}..{last.isoformat()}]"


@lru_cache(maxsize=65536)
def bounds(value: PartialDate | None) -> tuple[str | None, str | None]:
    """Both bounds as ISO texts for columns; two ``None`` if the date is unknown."""
    if value is None:
        return None, None
    return value.earliest.isoformat(), value.latest.isoformat()


def french_day(day: date) -> str:
    """``25/01/2023``."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


@lru_cache(maxsize=4096)
def french(value: PartialDate | None) -> str:
    """Write a date for a French reader, at its own precision; empty when unknown."""
    if value is None:
        return ""
    text = edtf(value)
    if not text.startswith("["):
        if len(text) == 10:
            return french_day(value.earliest)
        return f"{MONTHS[value.earliest.month - 1]} {text[:4]}" if len(text) == 7 else text
    first, last = value
    if ".." in text and len(text) == len("[2023-03..2023-04]"):
        start = MONTHS[first.month - 1] + ("" if first.year == last.year else f" {first.year}")
        return f"entre {start} et {MONTHS[last.month - 1]} {last.year}"
    return french_between(first, last)


def french_between(first: date, last: date) -> str:
    """« entre le 1er et le 28 avril 2023 »; over two months by numbers."""
    if (first.year, first.month) != (last.year, last.month):
        return f"entre le {french_day(first)} et le {french_day(last)}"
    start = "1er" if first.day == 1 else str(first.day)
    return f"entre le {start} et le {last.day} {MONTHS[last.month - 1]} {last.year}"


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

    @property
    def told(self) -> str:
        """« 2 ans », « 1 mois », « 21 jours »."""
        years = "an" if self.years == 1 else "ans"
        parts = ((self.years, years), (self.months, "mois"), (self.days, "jours"))
        return " ".join(f"{count} {unit}" for count, unit in parts if count)


@lru_cache(maxsize=65536)
def _last_day(length: Length, start: PartialDate) -> PartialDate:
    return PartialDate(_end(length, start.earliest), _end(length, start.latest))


def _end(length: Length, start: date) -> date:
    if not (length.years or length.months):
        return start + timedelta(days=length.days)
    from dateutil.relativedelta import relativedelta

    return start + relativedelta(years=length.years, months=length.months, days=length.days)


# --- reading -----------------------------------------------------------------------------


_MONTH_WORDS = {
    "janvier": 1, "janv": 1, "jan": 1, "jr": 1, "fevrier": 2, "fevr": 2, "fev": 2, "fvr": 2,
    "mars": 3, "mar": 3, "mrs": 3, "avril": 4, "avr": 4, "avl": 4, "mai": 5, "juin": 6, "jun": 6,
    "jn": 6, "juillet": 7, "juill": 7, "juil": 7, "jul": 7, "jllt": 7, "jlt": 7, "aout": 8,
    "aou": 8, "septembre": 9, "septemb": 9, "septe": 9, "sept": 9, "sep": 9, "7bre": 9,
    "octobre": 10, "octob": 10, "octo": 10, "oct": 10, "8bre": 10, "novembre": 11, "novemb": 11,
    "nove": 11, "nov": 11, "9bre": 11, "decembre": 12, "decemb": 12, "dece": 12, "dec": 12,
    "10bre": 12, "xbre": 12,
}  # fmt: skip
_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_UNACCENT = str.maketrans("éèêëàâäûùüôöîïç’⁄∕／", "eeeeaaauuuooiic'///")


# Patterns stay text: `re` compiles the few that are used, and start-up pays for none.
_ISO_DAY = r"(\d{4})([-/. ])(\d{1,2})\2(\d{1,2})(?:[t ]00:00(?::00(?:\.0+)?)?)?"
_BETWEEN_NUMBERS = r"(?: ?[/.-] ?| )"
_FRENCH_DAY = (
    rf"(?:le )?(\d{{1,2}})( ?er)?({_BETWEEN_NUMBERS})(\d{{1,2}})({_BETWEEN_NUMBERS})(\d{{4}})"
    r"(?: 00:00(?::00)?)?"
)
_WORD = r"(?:[a-z]+|(?:[789]|10)bre)"
_WORD_DAY = rf"(?:le )?(\d{{1,2}})(?: ?er)?[ /.-]({_WORD})\.?[ /.-](\d{{4}})"
_NAMED_DAY = r"(?:le )?([a-z]{3,8})\.?,? (?:le )?(\d.+)"
_TIMED_DAY = (
    r"(.+?)(?:t|,? (?:a |- )?)(\d{1,2})"
    r"(?::(\d{2})(?::[0-5]\d(?:\.\d+)?)?| ?h(?:eures?)? ?(?:(\d{2})(?: ?mi?n)?)?)"
)
_ISO_MONTH = r"(\d{4})-(\d{1,2})"
_FRENCH_MONTH = rf"(\d{{1,2}}){_BETWEEN_NUMBERS}(\d{{4}})"
_WORD_MONTH = rf"({_WORD})[ ./-]{{1,3}}(\d{{4}})"
_YEAR = r"(\d{4})(?:[.,]0+)?"  # a spreadsheet's number may have become a decimal
_OFFSET = r"([+-])(\d{1,3})([djwsma])"
_INTERVAL = r"\[(.+?)\.\.(.+?)\]"
_BETWEEN = r"entre (?:le )?(.+?) et (?:le )?(.+)"
_TWO_MONTHS = r"([a-z]+)\.?(?: (\d{4}))?(?: ?[/-] ?| ou )([a-z]+)\.? (\d{4})"
_SHORT_YEAR = r"((?:le )?\d{1,2}(?: ?er)? ?[ /.-] ?(?:\d{1,2}|[a-z]{3,9}\.?) ?[ /.-] ?)'?(\d{2})"
_SHORT_MONTH = r"(\d{1,2}(?= ?[/-])|[a-z]{3,9}) ?[./-]{0,2} ?'?(\d{2})"
_ORDINAL = r"\d{1,2}(?:er)?"
_BARE_DAY = r"(?:([a-z]{3,8})\.?,? )?(?:le )?(\d{1,2})(?:er)?(?: ?[/.-] ?| )(\d{1,2}|[a-z]{3,9})\.?"
_BARE_WEEKDAY = r"(?:le )?([a-z]{3,8})(?: (prochain|dernier))?"
_OVER_NEW_YEAR = timedelta(days=4 * 31)
_AHEAD = 5
"""Years from now that a short year of this century may lie ahead: « 98 » is no appointment."""


@lru_cache(maxsize=1 << 12)
def parse_date(text: str, today: date | None = None) -> PartialDate:
    """Read a date as a French reader writes it, day first always.

    ``today`` is needed for « aujourd'hui », « hier », « demain » and offsets (`+3w`, `-2j`).
    Raises `DateFault`: an impossible date is an error, never repaired.
    """
    word = _word(text)
    found = _found(word, today)
    if found is None:
        # A day with its hour, where a day is asked: that day. Another zone's hour is not read.
        timed = _timed(text, word, today)
        found = timed[0] if timed and timed[0].exact else None
    if found is None:
        raise _unreadable(text, word)
    return found


def _word(text: str) -> str:
    if text.isascii():
        return " ".join(text.lower().split())
    from unicodedata import normalize

    from agir_cli.domain.characters import hyphened, seen

    composed = hyphened(normalize("NFC", seen(text)))
    return " ".join(composed.lower().translate(_UNACCENT).split())


def _found(word: str, today: date | None) -> PartialDate | None:
    return _single(word) or _named(word) or _relative(word, today) or _interval(word, today)


def _named(word: str) -> PartialDate | None:
    """Read a day with its weekday; refuse it if they disagree, since one of the two is wrong."""
    match = re.fullmatch(_NAMED_DAY, word)
    name = match and next((n for n in _WEEKDAYS if match[1] in (n, n[:3])), None)
    found = _single(match[2]) if match and name else None
    if found is None or not found.exact:
        return None
    actual = _WEEKDAYS[found.earliest.weekday()]
    if name != actual:
        raise DateFault(f"« {word} » : ce jour est un {actual}")
    return found


def _timed(text: str, word: str, today: date | None) -> tuple[PartialDate, str] | None:
    """Read a date and the hour written after it."""
    match = re.fullmatch(_TIMED_DAY, word)
    found = _found(match[1], today) if match else None
    if match is None or found is None:
        return None
    return found, _hour(text, match[2], match[3] or match[4])


def _relative(word: str, today: date | None) -> PartialDate | None:
    if today is None:
        return None
    named = {"aujourd'hui": 0, "aujourdhui": 0, "hier": -1, "avant-hier": -2, "demain": 1}
    if word in named:
        return exactly(today + timedelta(days=named[word]))
    match = re.fullmatch(_OFFSET, word)
    if match is None:
        return None
    sign, count, unit = match.groups()
    moved = shift(today, int(sign + count), unit)
    _year(word, str(moved.year))
    return exactly(moved)


def shift(day: date, count: int, unit: str) -> date:
    """Move a day by days (``d``/``j``), weeks (``w``/``s``), months (``m``) or years (``a``)."""
    if unit in "dj":
        return day + timedelta(days=count)
    if unit in "ws":
        return day + timedelta(weeks=count)
    from dateutil.relativedelta import relativedelta

    return day + (relativedelta(months=count) if unit == "m" else relativedelta(years=count))


def _interval(word: str, today: date | None) -> PartialDate | None:
    match = (
        re.fullmatch(_INTERVAL, word)
        or re.fullmatch(_BETWEEN, word)
        or re.fullmatch(_TWO_MONTHS, word)
    )
    if match is None or (match.re.groups == 4 and {match[1], match[3]} - _MONTH_WORDS.keys()):
        return None
    if match.re.groups == 4:
        first_word, first_year, last_word, year = match.groups()
        start, end = f"{first_word} {first_year or ''}".strip(), f"{last_word} {year}"
    else:
        start, end = match.groups()
    last = parse_date(end, today)
    first = _begun(start, end, last, today)
    if first.earliest > last.latest:
        raise DateFault(f"« {word} » finit avant d'avoir commencé")
    return PartialDate(first.earliest, last.latest)


def _begun(start: str, end: str, last: PartialDate, today: date | None) -> PartialDate:
    """Read the first bound; « le 3 » and « mars » take their month and year from the second.

    « décembre/janvier 2023 » begins in 2022: a few months over New Year are meant so.
    """
    if re.fullmatch(_ORDINAL, start) and (day := re.match(rf"{_ORDINAL}(?=[ /.-])", end)):
        return parse_date(start + end[day.end() :], today)
    if re.fullmatch(_ORDINAL, start) or re.search(r"\d{4}", start):
        return parse_date(start, today)
    year, sign = last.latest.year, next((c for c in start if c in "/.-"), " ")
    first = parse_date(f"{start}{sign}{year}", today)
    if first.earliest <= last.latest:
        return first
    before = parse_date(f"{start}{sign}{year - 1}", today)
    return before if last.latest - before.earliest <= _OVER_NEW_YEAR else first


def _single(word: str) -> PartialDate | None:
    if match := re.fullmatch(_ISO_DAY, word):
        year, _, month, day = match.groups()
        return exactly(_day(word, year, month, day))
    if match := re.fullmatch(_FRENCH_DAY, word):
        day, first, sign, month, other, year = match.groups()
        if sign.strip() != other.strip() and not first:
            raise _two_signs(word, day, month, year)
        return exactly(_day(word, year, month, day))
    if (match := re.fullmatch(_WORD_DAY, word)) and match[2] in _MONTH_WORDS:
        return exactly(_day(word, match[3], _MONTH_WORDS[match[2]], match[1]))
    if match := re.fullmatch(_ISO_MONTH, word):
        return _month(word, match[1], match[2])
    if match := re.fullmatch(_FRENCH_MONTH, word):
        return _month(word, match[2], match[1])
    if (match := re.fullmatch(_WORD_MONTH, word)) and match[1] in _MONTH_WORDS:
        return _month(word, match[2], _MONTH_WORDS[match[1]])
    if match := re.fullmatch(_YEAR, word):
        year_number = _year(word, match[1])
        return PartialDate(date(year_number, 1, 1), date(year_number, 12, 31))
    return None


def _two_signs(word: str, first: str, second: str, year: str) -> DateFault:
    """The fault of « 03-04/2023 »: March or April, or a day."""
    readings, months = [], (int(first), int(second))
    if 1 <= months[0] < months[1] <= 12 or months == (12, 1):
        readings.append("/".join(MONTHS[each - 1] for each in months) + f" {year}")
    with suppress(DateFault):  # what does not exist is not advised
        readings.append(french_day(_day(word, year, second, first)))
    told = f" : écrivez {' ou '.join(readings)}" if readings else ""
    return DateFault(f"« {word} » est ambigu, deux signes y séparent les nombres{told}")


def _year(word: str, text: str) -> int:
    year = int(text)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DateFault(f"« {word} » : l'année {text} n'est pas plausible")
    return year


def _day(word: str, year: str, month: int | str, day: str) -> date:
    try:
        return date(_year(word, year), int(month), int(day))
    except DateFault:
        raise
    except ValueError:
        raise DateFault(f"« {word} » n'existe pas dans le calendrier") from None


def _month(word: str, year: str, month: int | str) -> PartialDate:
    if not 1 <= int(month) <= 12:
        raise DateFault(f"« {word} » : il n'y a pas de mois {month}")
    return whole_month(_year(word, year), int(month))


def _unreadable(text: str, word: str) -> DateFault:
    shown = _quoted(text)
    timed = re.fullmatch(_TIMED_DAY, word)
    month = re.fullmatch(_SHORT_MONTH, word)
    named = month is not None and (month[1] in _MONTH_WORDS or month[1].isdigit())
    day = timed[1].rstrip() if timed else word
    bare = re.fullmatch(_BARE_DAY, day)
    if bare and (bare[3] in _MONTH_WORDS or (bare[3].isdigit() and int(bare[3]) <= 12)):
        real = _bare_day(day, SHEET_ZERO, None)
        why = "n'existe pas dans le calendrier" if real is None else ": l'année y manque"
        return DateFault(f"{shown} {why}")
    if named or re.fullmatch(_SHORT_YEAR, day):
        return DateFault(f"{shown} : de quel siècle ? Écrivez l'année en entier")
    told = f"{shown} n'est pas une date que l'on puisse lire"
    if re.fullmatch(r"\d{5}", word) and 10_000 <= int(word) <= 60_000:
        day = french_day(SHEET_ZERO + timedelta(days=int(word)))
        told += f" ; si c'est un nombre d'Excel, écrivez {day}"
    return DateFault(told)


def whole_year(text: str, today: date, *, past: bool) -> str:
    """Write on four digits the year that a date has on two; any other text as it is.

    ``past``: a birth, which is not after ``today``; else a fact of this century, a few years from
    now at most. « 05/12 » may be a day without its year: it stays as it is.
    """
    word = _word(text)
    timed = re.fullmatch(_TIMED_DAY, word)
    day, hour = (timed[1].rstrip(), word[len(timed[1].rstrip()) :]) if timed else (word, "")
    short = re.fullmatch(_SHORT_YEAR, day)
    if short is None:
        short = None if hour else re.fullmatch(_SHORT_MONTH, day)
        if short is None or not (short[1] in _MONTH_WORDS or int(short[2]) > 12):
            return text
    begun = short[1] if short[1][-1] in " /.-" else f"{short[1]}/"
    try:
        this = _single(f"{begun}20{short[2]}")
        if past and (this is None or this.earliest > today):
            return f"{begun}19{short[2]}{hour}"
    except DateFault:
        return f"{begun}20{short[2]}{hour}"  # whoever reads it says what is wrong with it
    far = this is None or this.latest.year > today.year + _AHEAD
    return text if far else f"{begun}20{short[2]}{hour}"


def nearest_day(text: str, today: date, *, coming: bool | None = None) -> str:
    """Write in full a day that is said without its year, or by its weekday; else the text as it is.

    ``coming``: the next one (an appointment), or the last one (what was done); None: the nearest.
    For what somebody types: in a file nothing is guessed.
    """
    word = _word(text)
    timed = re.fullmatch(_TIMED_DAY, word)
    day = timed[1].rstrip(" ,") if timed else word
    found = _bare_day(day, today, coming) or _weekday(day, today, coming)
    return text if found is None else f"{french_day(found)}{word[len(day) :]}"


def _bare_day(word: str, today: date, coming: bool | None) -> date | None:
    match = re.fullmatch(_BARE_DAY, word)
    month = match and (_MONTH_WORDS.get(match[3]) or (match[3].isdigit() and int(match[3])))
    if match is None or not month or _single(word) is not None:
        return None
    days = []
    for year in range(today.year - 8, today.year + 9):  # the 29th of February
        with suppress(ValueError):
            days.append(date(year, month, int(match[2])))
    # Said with its weekday: the other years have another.
    named = [each for each in days if _WEEKDAYS[each.weekday()].startswith(match[1] or "")]
    return _nearest(named, today, coming)


def _weekday(word: str, today: date, coming: bool | None) -> date | None:
    match = re.fullmatch(_BARE_WEEKDAY, word)
    week = [today + timedelta(days=n) for n in range(-7, 8) if n]
    named = {each: _WEEKDAYS[each.weekday()] for each in week}
    days = [each for each, name in named.items() if match and match[1] in (name, name[:3])]
    said = {"prochain": True, "dernier": False}.get(match[2] if match else "", coming)
    return _nearest(days, today, said)


def _nearest(days: Iterable[date], today: date, coming: bool | None) -> date | None:
    fit = [d for d in days if coming is None or (d >= today if coming else d <= today)]
    return min(fit, key=lambda each: abs((each - today).days), default=None)


@lru_cache(maxsize=1 << 12)
def from_edtf(text: str) -> PartialDate:
    """Read back what `edtf` wrote. Fast for a plain day."""
    if len(text) == 10:
        return exactly(date.fromisoformat(text))
    return parse_date(text)


_NO_HOUR = "00:00"
"""What programs write for a day without an hour; nobody is received at midnight."""


def parse_moment(text: str, today: date | None = None) -> Moment:
    """Read an appointment: a full day, and an hour if given (``14/02/2023 10h30``).

    Midnight is no hour: a day alone comes out of spreadsheets and databases so.
    """
    word = _word(text)
    day, hour = _found(word, today), _NO_HOUR
    if day is None:
        timed = _timed(text, word, today)
        if timed is None:
            raise _unreadable(text, word)
        day, hour = timed
    if not day.exact:
        raise DateFault(f"{_quoted(text)} : un rendez-vous demande un jour précis")
    return Moment(day.earliest, None if hour == _NO_HOUR else hour)


def load_moment(text: str) -> Moment:
    """Read back what `moment_text` wrote. Fast."""
    hour = text[11:]
    return Moment(date.fromisoformat(text[:10]), None if hour in ("", _NO_HOUR) else hour)


def _hour(text: str, hours: str, minutes: str | None) -> str:
    hour, minute = int(hours), int(minutes or 0)
    if hour > 23 or minute > 59:
        raise DateFault(f"{_quoted(text)} : cette heure n'existe pas")
    return f"{hour:02d}:{minute:02d}"


def _quoted(text: str) -> str:
    return f"« {text.strip()[:40]} »"
