"""What moved in a period beside what stands: the same table for every report that tells of periods.

A report says its facts (by kind and by line, the first and the last day that each may be of) and
what it counts of them (`Count`). Here they are reckoned over the period asked for, the one before
it and the year so far, or over its months; small counts are hidden; a `Sheet` is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import inf
from typing import Any, NamedTuple

from agir_cli.reports.masking import Sum, hidden, masked_note
from agir_cli.reports.periods import Dated, Flow, Period, Spread
from agir_cli.reports.sheet import Column, Data, Kind, Section, Sheet, columns, heading_of, prose
from agir_cli.reports.texts import number, number_or_word, percent, plural, rate, short_date

WHOLE = "ensemble"
"""The line of everyone."""
TOTAL = -1
"""The place of what moved over all the months told of."""
START, END = "debut", "fin"
"""At which end of a period a stock is told."""
_OF = ("periode", "du", "au")
_UNSURE, _POSSIBLE = "_a_preciser", "_possibles"


class Count(NamedTuple):
    """A number told of each period: facts of some kinds, or at one end what came less what left.

    ``definition``: what it counts, printed. ``part``: of the facts, the sure ones, those to be made
    precise or the possible ones (`periods.Flow`). ``within``: the count that it is a part of.
    ``alone``: it does not add up over lines. ``spare``: people see it where it is not zero.
    """

    name: str
    plus: Sequence[str]
    minus: Sequence[str] = ()
    at: str = ""
    definition: str = ""
    part: str = "sure"
    within: str = ""
    alone: bool = False
    spare: bool = False

    @property
    def inner(self) -> bool:
        """Whether it counts what is to be made precise."""
        return self.part != "sure"

    @property
    def ever(self) -> bool:
        """Whether it counts all since ever, and no stock that anybody leaves."""
        return self.at == END and not self.name.endswith(f"_{END}")


def flow(name: str, definition: str, *kinds: str, **more: Any) -> list[Count]:
    """A count of facts, and those whose day is to be made precise, before or after."""
    every = kinds or (name,)
    return [
        Count(name, every, definition=definition, **more),
        Count(name + _UNSURE, every, part="unsure", **more),
        Count(name + _POSSIBLE, every, part="possible", **more),
    ]


def stock(
    name: str, definition: str, plus: Sequence[str], minus: Sequence[str], *moved: Count
) -> list[Count]:
    """What there is at the start of a period, what moved, and what there is at its end."""
    at_start, at_end = (Count(f"{name}_{end}", plus, minus, end) for end in (START, END))
    return [at_start, *moved, at_end._replace(definition=definition)]


class Rate(NamedTuple):
    """A part of a sum of counts, in percent."""

    name: str
    part: str
    of: Sequence[str]
    definition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The day, the period asked for, and by what unit it is divided, if any."""

    day: date
    period: Period
    unit: str | None = None
    mask: int | None = None
    beside: Sequence[Period] = ()
    """Periods that are told beside these months: nothing may be subtracted from them."""
    known: Collection[tuple[int, Any, str]] = ()
    """Numbers that are told elsewhere: to hide one would help nobody."""

    @property
    def series(self) -> list[list[Period]]:
        """The periods told of, those of one list following each other."""
        asked = self.period.by(self.day)
        return (
            [asked.pieces(self.unit)]
            if self.unit
            else [[asked], [self.period.before], [asked.year]]
        )

    @property
    def headings(self) -> list[str]:
        """What each of them is called."""
        if self.unit:
            return [piece.told for piece in self.series[0]]
        year = self.series[2][0]
        told = f"{year.code} au {short_date(year.last)}"
        return [self.period.told_on(self.day), self.period.before.told, told]

    @property
    def since(self) -> str:
        """The first day of all of them (ISO): what was before stands in stocks alone."""
        return min(pieces[0].first for pieces in self.series).isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report tells of periods.

    ``heads``: the columns of a line, ``head`` what they hold, ``label`` what people read of it.
    ``groups``: the lines in whose sums a fact stands, beside its own; ``apart``: the kinds whose
    facts name these sums themselves. ``first``: the names that machines read first, ``main`` those
    that people see of a month or of a line. ``same``: two lines with one number; ``rests``: a line
    that another is a part of.
    """

    title: str
    notes: Sequence[str]
    counts: Sequence[Count]
    facts: Mapping[str, Dated]
    rates: Sequence[Rate] = ()
    heads: Sequence[str] = ()
    head: Callable[[Any], Sequence[Any]] = lambda _: ()
    label: Callable[[Any], str] = str
    of_lines: str = ""
    groups: Callable[[Any], Sequence[Any]] = lambda _: (WHOLE,)
    apart: Collection[str] = ()
    first: Sequence[str] = ()
    main: Sequence[str] = ()
    same: Sequence[tuple[Any, Any, str]] = ()
    rests: Sequence[tuple[Any, Any, str]] = ()


def of_everyone(report: Report) -> Report:
    """The report without its lines."""
    facts: dict[str, Dated] = {
        kind: [(WHOLE, first, last, count) for line, first, last, count in some
               if kind not in report.apart or line == WHOLE]
        for kind, some in report.facts.items()
    }  # fmt: skip
    return replace(report, facts=facts, groups=lambda _: (), same=(), rests=())


Values = Mapping[tuple[int, Any, str], int | None]
"""Numbers by the place of the period, the line and the count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Every number of a report over its periods; ``None``: hidden."""

    question: Question
    report: Report
    wholes: Mapping[Any, Sequence[Any]]
    """The lines that are sums, and of which lines."""
    values: Values

    @property
    def lines(self) -> list[Any]:
        """Those that are no sums."""
        lines = {line for parts in self.wholes.values() for line in parts} - {*self.wholes}
        return sorted(lines, key=lambda line: (not line, *_in_order(self.report.label(line))))

    @property
    def names(self) -> list[str]:
        """The counts, then the rates; those that machines read first before them."""
        every = [each.name for each in self.report.counts]
        every += [each.name for each in self.report.rates]
        return list(dict.fromkeys((*self.report.first, *every)))

    @property
    def shown(self) -> list[str]:
        """Those that people see."""
        some = {name for (_, _, name), value in self.values.items() if value}
        spare = {e.name for e in self.report.counts if e.inner or e.spare}
        masked = {e.name for e in self.report.counts if e.at and self.question.mask}
        masked |= {rate.name for rate in self.report.rates if rate.part in masked}
        names = [*(e.name for e in self.report.counts), *(e.name for e in self.report.rates)]
        return [n for n in names if n not in masked and (n not in spare or n in some)]

    @property
    def main(self) -> list[str]:
        """Those that people see of a month or of a line."""
        main, inner = self.report.main, {e.name for e in self.report.counts if e.inner}
        return [name for name in self.shown if not main or name in main or name in inner]

    def row(self, place: int, line: Any, names: Sequence[str]) -> list[Any]:
        """The numbers of these names."""
        rates = {each.name: each for each in self.report.rates}
        return [
            self._rate(place, line, rates[name])
            if name in rates
            else self.values.get((place, line, name), None if self.question.mask else 0)
            for name in names
        ]

    def _rate(self, place: int, line: Any, each: Rate) -> float | None:
        part, *parts = (self.values.get((place, line, name), 0) for name in (each.part, *each.of))
        return None if None in parts else rate(part, sum(n or 0 for n in parts))


def _in_order(label: str) -> tuple[float, str]:
    """« 8-14 » before « 15-30 », and words after numbers."""
    number = re.match(r"\d+", label)
    return (int(number[0]) if number else inf), label


def figures(question: Question, report: Report) -> Figures:
    """Reckon a report over its periods; with a mask, small counts and what tells them hidden."""
    facts = {kind: list(some) for kind, some in report.facts.items()}
    lines = {line for some in facts.values() for line, *_ in some}
    wholes: dict[Any, list[Any]] = {}
    for line in sorted(lines, key=str):
        for whole in report.groups(line):
            wholes.setdefault(whole, []).append(line)
    wholes = wholes or {WHOLE: []}
    if question.mask and len(wholes) == 2:  # one department alone is everyone: hidden once
        wholes.pop(WHOLE, None)
    grouped = {kind: _grouped(some, report, kind) for kind, some in facts.items()}
    values = _every_value(question, report, grouped, lines, wholes)
    if question.mask:
        away = _hidden(question, report, wholes, values)
        values = {key: None if key in away else value for key, value in values.items()}
    return Figures(question=question, report=report, wholes=wholes, values=values)


def _every_value(
    question: Question, report: Report, grouped: Mapping[str, Dated], lines: Collection[Any],
    wholes: Collection[Any],
) -> dict[tuple[int, Any, str], int | None]:  # fmt: skip
    """The counts of each period, and what moved over all of the months told of."""
    values: dict[tuple[int, Any, str], int | None] = {}
    place = 0
    for pieces in question.series:
        spread = {kind: Spread(pieces, some) for kind, some in grouped.items()}
        # With a mask, what is printed of many lines and periods would hide nearly everything.
        alone = question.mask and (question.unit or place)
        for line in sorted({*wholes, *(() if alone else lines)}, key=str):  # in every run alike
            for each in report.counts:
                if question.mask and (each.at or (each.spare and (alone or line not in wholes))):
                    continue
                told = _reckoned(each, spread, line, len(pieces), masked=bool(question.mask))
                for after, value in enumerate(told):
                    values[place + after, line, each.name] = value
        place += len(pieces)
    if question.unit:  # what moved over all of them
        values |= {
            (TOTAL, line, e.name): sum(values.get((n, line, e.name)) or 0 for n in range(place))
            for e in report.counts
            if not e.at
            for line in dict.fromkeys(line for _, line, name in values if name == e.name)
        }
    return values


def _grouped(facts: Dated, report: Report, kind: str) -> list[tuple[Any, str, str, int]]:
    """The facts of a kind, those of each line and of each sum that it stands in."""
    return [
        (each, *rest)
        for line, *rest in facts
        for each in dict.fromkeys((line, *report.groups(line)))
        if each == line or kind not in report.apart
    ]


def _reckoned(
    each: Count, spread: Mapping[str, Spread], line: Any, pieces: int, *, masked: bool
) -> list[int]:
    """A count of a line over periods that follow each other."""
    if not each.at:
        flows = [[spread[kind].flow(line, n) for kind in each.plus] for n in range(pieces)]
        place = Flow._fields.index(each.part)
        parts = (0, 1) if masked and place == 0 else (place,)
        return [sum(of[part] for of in some for part in parts) for some in flows]
    ends = [0] * (pieces + 1)
    for sign, kinds in ((1, each.plus), (-1, each.minus)):
        for kind in kinds:
            known = [spread[kind].before.get(line, 0), *spread[kind].stocks(line, pieces)]
            ends = [end + sign * one for end, one in zip(ends, known, strict=True)]
    return ends[1:] if each.at == END else ends[:-1]


# --- what is hidden from outside readers -------------------------------------------------


def _adding_up(
    place: int, told: Sequence[Count], wholes: Mapping[Any, Sequence[Any]], lines: Collection[Any]
) -> Iterator[Sum]:
    """Lines add up to what they are lines of, departments to everyone, parts to their count."""
    added = [(whole, parts, False) for whole, parts in wholes.items()
             if parts and [whole] != list(parts)]  # fmt: skip
    if WHOLE in wholes and len(wholes) > 1:
        added.append((WHOLE, [whole for whole in wholes if whole != WHOLE], True))
    for whole, parts, every in added:
        for e in told:
            if every or not e.alone:
                yield Sum((place, whole, e.name), [(place, line, e.name) for line in parts])
    for line in lines:
        for of in {each.within for each in told} - {""}:
            yield Sum((place, line, of), [(place, line, e.name) for e in told if e.within == of])


def _months_of(question: Question) -> Iterator[Sequence[int]]:
    """The places of all the months, then of those that are wholly in each period beside."""
    (pieces,) = question.series
    yield range(len(pieces))
    for period in question.beside:
        inside = [n for n, each in enumerate(pieces)
                  if period.first <= each.first and each.last <= period.last]  # fmt: skip
        if inside and (pieces[inside[0]].first, pieces[inside[-1]].last) == period[1:]:
            yield inside


def told_by_months(months: Figures, question: Question) -> list[tuple[int, Any, str]]:
    """The numbers of ``question`` that a reader has from these months."""
    found = []
    for n, (period,) in enumerate(question.series):
        _, *inside = _months_of(replace(months.question, beside=[period]))
        for whole in months.wholes if inside else ():
            for name in months.names:
                parts = [months.values.get((month, whole, name)) for month in inside[0]]
                if parts and None not in parts:
                    found.append((n, whole, name))
    return found


def _hidden(
    question: Question, report: Report, wholes: Mapping[Any, Sequence[Any]], values: Values
) -> frozenset[Hashable]:
    """What to hide: lines add up, parts to their whole, periods to the year.

    What is to be made precise is left out: with a mask a fact is of its last possible day. So are
    stocks, which differ by what moved: `report funnel --as-of` tells those of a day.
    """
    told = [each for each in report.counts if not each.inner and not each.at]
    names = {each.name for each in told}
    counts: dict[Hashable, int] = {k: n or 0 for k, n in values.items() if k[2] in names}
    deduced: set[Hashable] = set()

    def rest(total: Any, *parts: Any) -> Sum:
        """What is left of a count that others are a part of: nobody prints it."""
        key = ("reste", total, *parts)
        counts[key] = counts[total] - sum(counts[part] for part in parts)
        deduced.add(key)
        return Sum(total, [*parts, key])

    known: set[Hashable] = {*question.known}
    sums: list[Sum] = []
    for place in {key[0] for key in values}:
        sums += _adding_up(place, told, wholes, {key[1] for key in values})
        sums += [Sum((place, a, name), [(place, b, name)]) for a, b, name in report.same]
        sums += [rest((place, a, name), (place, b, name)) for a, b, name in report.rests]
    sums = [each for each in sums if counts.keys() >= {*each.keys}]
    if question.unit:
        for place, line, name in list(values):
            if place == TOTAL and name in names:
                for n, inside in enumerate(_months_of(question)):
                    total: Hashable = (f"= {n}" if n else TOTAL, line, name)
                    parts = [(month, line, name) for month in inside]
                    counts[total] = sum(counts[part] for part in parts)
                    known |= {total} if n else set()
                    sums.append(Sum(total, parts))
    else:
        year = question.series[2][0].first
        inside = [n for n in (0, 1) if question.series[n][0].first >= year]
        for place, line, name in list(values):
            if place == 2 and name in names:
                sums.append(rest((2, line, name), *((n, line, name) for n in inside)))
    away = hidden(counts, sums, question.mask or 0, deduced, known, far=True)
    return away | {key for key in values if key[2] not in names}


# --- the sheet ---------------------------------------------------------------------------


def sheet(question: Question, report: Report) -> Sheet:
    """The report over its periods, for people and for machines."""
    found = figures(question, report)
    return Sheet(
        title=f"{report.title} : {question.period.told_on(question.day)}",
        notes=[*report.notes, *_vague(found), *_masked(question)],
        sections=sections(found),
        data=Data(columns((*report.heads, *found.names, *_OF), _shows(found)), list(rows(found))),
    )


def _wholes(found: Figures) -> list[Any]:
    """The sums that are told apart: one department alone is everyone."""
    every = list(found.wholes)
    return [WHOLE] if WHOLE in every and len(every) == 2 else every


def sections(found: Figures) -> Iterator[Section]:
    """What people read: what moved, line by line, and what each number counts."""
    yield from by_unit(found) if found.question.unit else compared(found)
    yield prose("Ce que compte chaque nombre", definitions(found))


def definitions(found: Figures) -> list[str]:
    """What each number counts, as a sentence."""
    every = [(each.name, each.definition) for each in found.report.counts]
    every += [(each.name, each.definition) for each in found.report.rates]
    return [f"{heading_of(name)} : {told}" for name, told in every if told]


def _masked(question: Question) -> list[str]:
    if not question.mask:
        return []
    day = "Un fait dont le jour est à préciser y compte à son dernier jour possible."
    return [f"{masked_note(question.mask)[0]} {day}"]


def rows(found: Figures) -> Iterator[list[Any]]:
    """A row a period and line, for machines; sums stand before what they are the sum of."""
    periods = [piece for pieces in found.question.series for piece in pieces]
    told = {(place, line) for place, line, _ in found.values}
    lines = sorted({*found.wholes, *found.lines} & {line for _, line in told}, key=str)
    if len(lines) > 1:
        lines = [line for line in lines if line != WHOLE]
    for place, piece in enumerate(periods):
        for line in lines:
            if found.names and (place, line) not in told:
                continue
            days = (piece.code, piece.first.isoformat(), piece.last.isoformat())
            yield [*found.report.head(line), *found.row(place, line, found.names), *days]


def _shows(found: Figures) -> dict[str, Callable[[Any], str]]:
    shows: dict[str, Callable[[Any], str]] = dict.fromkeys(found.names, number)
    return shows | {each.name: percent for each in found.report.rates}


def compared(found: Figures) -> Iterator[Section]:
    """Each sum over the period, the one before and the year so far; then the period's lines."""
    told, shows, shown = found.question.headings, _shows(found), found.shown
    for whole in _wholes(found):
        name = _told_whole(found, whole)
        laid = [
            Column("", name),
            *(Column("", each, "", Kind.NUMBER, number_or_word) for each in told),
        ]
        lines = [
            [_heading(found, each), *(_value(found, n, whole, each) for n in range(3))]
            for each in shown
        ]
        yield Section(name, laid, lines)
    if len(found.lines) > 1:
        main = found.main
        laid = [Column("", found.report.of_lines.capitalize()), *columns(main, shows)]
        every = [[found.report.label(line), *found.row(0, line, main)] for line in found.lines]
        yield Section(f"{told[0]}, par {found.report.of_lines}", laid, every)


def _value(found: Figures, place: int, line: Any, name: str) -> Any:
    """A count as it is; a rate, in a column of counts, as people read it."""
    (value,) = found.row(place, line, [name])
    return percent(value) if any(name == each.name for each in found.report.rates) else value


def _heading(found: Figures, name: str) -> str:
    ever = {each.name for each in found.report.counts if each.ever}
    return f"{heading_of(name)} depuis l'ouverture" if name in ever else heading_of(name)


def _told_whole(found: Figures, whole: Any) -> str:
    return "Ensemble" if whole == WHOLE else found.report.label(whole)


def by_unit(found: Figures) -> Iterator[Section]:
    """A row a period, of each sum; below, what moved over all of them."""
    told, shown = found.question.headings, found.main
    stocks = {each.name: each.at for each in found.report.counts if each.at}
    laid = [Column("", "Période"), *columns(shown, _shows(found))]
    for whole in _wholes(found):
        every = [found.row(place, whole, shown) for place in range(len(told))]
        total = found.row(TOTAL, whole, shown)
        for n, name in enumerate(shown):
            if name in stocks:
                total[n] = every[0 if stocks[name] == START else -1][n]
        lines = [[name, *row] for name, row in zip(told, every, strict=True)]
        title = f"{_told_whole(found, whole)}, par {found.question.unit}"
        yield Section(title, laid, [*lines, ["Total", *total]])


def _vague(found: Figures) -> list[str]:
    """How many facts have a day to be made precise: a reader must not miss them."""
    unit, mask = found.question.unit, found.question.mask
    last = len(found.question.headings) - 1 if unit else 0
    tops = [WHOLE] if WHOLE in found.wholes else list(found.wholes)
    before = after = 0
    for (place, line, name), value in found.values.items():
        if line in tops and not mask:
            here = place == (TOTAL if unit else 0)
            before += (value or 0) * (name.endswith(_UNSURE) and here)
            after += (value or 0) * (name.endswith(_POSSIBLE) and place == last)
    if not before + after:
        return []
    told = f"Date à préciser : {before + after}"
    return [
        f"{told} {plural(before + after, 'fait')} hors des flux, dont le jour n'est connu qu'en"
        f" partie : {before} peut-être d'avant (dans le stock à la fin), {after} peut-être d'après."
    ]
