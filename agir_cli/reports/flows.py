"""What moved in a period beside what stands: the same table for every report that tells of periods.

A report says its facts (by kind and by line, the first and the last day that each may be of) and
what it counts of them (`Count`). Here they are reckoned over the period asked for, the one before
it and the year so far, or over its months; small counts are hidden; a `Sheet` is made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from agir_cli.reports.masking import Sum, hidden, masked_note
from agir_cli.reports.periods import Dated, Flow, Period, Spread
from agir_cli.reports.sheet import Column, Data, Kind, Section, Sheet, columns, heading_of, prose
from agir_cli.reports.texts import number, percent, plural, rate, short_date

WHOLE = "ensemble"
"""The line of everyone."""
START, END = "debut", "fin"
"""At which end of a period a stock is told."""
_OF = ("periode", "du", "au")
_UNSURE, _POSSIBLE = "_a_preciser", "_possibles"


class Count(NamedTuple):
    """A number told of each period: facts of some kinds, or at one end what came less what left.

    ``definition``: what it counts, printed. ``part``: of the facts, the sure ones, those to be made
    precise or the possible ones (`periods.Flow`). ``within``: the count that it is a part of.
    ``alone``: it does not add up over lines.
    """

    name: str
    plus: Sequence[str]
    minus: Sequence[str] = ()
    at: str = ""
    definition: str = ""
    part: str = "sure"
    within: str = ""
    alone: bool = False

    @property
    def inner(self) -> bool:
        """Whether people see it only where it is not zero."""
        return self.part != "sure"


def flow(name: str, definition: str, *kinds: str, **more: Any) -> list[Count]:
    """A count of facts, and those whose day is to be made precise, before or after."""
    every = kinds or (name,)
    return [
        Count(name, every, definition=definition, **more),
        Count(name + _UNSURE, every, part="unsure", **more),
        Count(name + _POSSIBLE, every, part="possible", **more),
    ]


def stock(name: str, definition: str, plus: str, minus: str) -> tuple[Count, Count]:
    """What there is at both ends of a period."""
    at_start, at_end = (
        Count(f"{name}_{end}", (plus,), (minus,) if minus else (), end, definition)
        for end in (START, END)
    )
    return at_start._replace(definition=""), at_end


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
    ``groups``: the lines in whose sums a fact stands, beside its own.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Every number of a report over its periods; ``None``: hidden."""

    question: Question
    report: Report
    wholes: Mapping[Any, Sequence[Any]]
    """The lines that are sums, and of which lines."""
    values: Mapping[tuple[int, Any, str], int | None]
    """By the place of the period, the line and the count."""

    @property
    def lines(self) -> list[Any]:
        """Those that are no sums."""
        lines = {line for parts in self.wholes.values() for line in parts} - {*self.wholes}
        return sorted(lines, key=lambda line: (not line, self.report.label(line)))

    @property
    def names(self) -> list[str]:
        """The counts, then the rates."""
        counts, rates = self.report.counts, self.report.rates
        return [*(each.name for each in counts), *(each.name for each in rates)]

    @property
    def shown(self) -> list[str]:
        """Those that people see."""
        some = {name for (_, _, name), value in self.values.items() if value}
        inner = {each.name for each in self.report.counts if each.inner}
        return [name for name in self.names if name not in inner or name in some]

    def row(self, place: int, line: Any, names: Sequence[str]) -> list[Any]:
        """The numbers of these names."""
        rates = {each.name: each for each in self.report.rates}
        return [
            self._rate(place, line, rates[name])
            if name in rates
            else self.values.get((place, line, name), 0)
            for name in names
        ]

    def _rate(self, place: int, line: Any, each: Rate) -> float | None:
        part, *parts = (self.values.get((place, line, name), 0) for name in (each.part, *each.of))
        return None if None in parts else rate(part, sum(n or 0 for n in parts))


def figures(question: Question, report: Report) -> Figures:
    """Reckon a report over its periods; with a mask, small counts and what tells them hidden."""
    kinds: dict[str, list[tuple[Any, str, str, int]]]
    kinds = {kind: list(facts) for kind, facts in report.facts.items()}
    if question.mask and question.unit:  # months of lines hide nearly everything, and slowly
        kinds = {
            kind: [(whole, *rest) for line, *rest in facts for whole in report.groups(line)[-1:]]
            for kind, facts in kinds.items()
        }
    lines = {line for facts in kinds.values() for line, *_ in facts}
    wholes: dict[Any, list[Any]] = {}
    for line in sorted(lines, key=str):
        for whole in report.groups(line):
            wholes.setdefault(whole, []).append(line)
    wholes = wholes or {WHOLE: []}
    grouped: dict[str, list[tuple[Any, str, str, int]]] = {
        kind: [
            (each, *rest)
            for line, *rest in facts
            for each in dict.fromkeys((line, *report.groups(line)))
        ]
        for kind, facts in kinds.items()
    }
    values: dict[tuple[int, Any, str], int | None] = {}
    place = 0
    for pieces in question.series:
        spread = {kind: Spread(pieces, facts) for kind, facts in grouped.items()}
        for line in {*lines, *wholes}:
            for each in report.counts:
                told = _reckoned(each, spread, line, len(pieces), masked=bool(question.mask))
                for after, value in enumerate(told):
                    values[place + after, line, each.name] = value
        place += len(pieces)
    if question.mask:
        away = _hidden(report, wholes, values, question.mask, _in_the_year(question))
        values = {key: None if key in away else value for key, value in values.items()}
    return Figures(question=question, report=report, wholes=wholes, values=values)


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


def _in_the_year(question: Question) -> Sequence[int]:
    """The places of the periods compared that are a part of the year so far."""
    if question.unit:
        return ()
    (asked,), (before,), (year,) = question.series
    return [n for n, each in enumerate((asked, before)) if each.first >= year.first]


def _hidden(
    report: Report, wholes: Mapping[Any, Sequence[Any]],
    values: Mapping[tuple[int, Any, str], int | None], least: int,
    overlaps: Sequence[int],
) -> frozenset[Hashable]:  # fmt: skip
    """What to hide: lines add up, parts to their whole, and stocks differ by what moved.

    ``overlaps``: the places of the periods that stand in the year so far, which has the third.

    What is to be made precise is left out: with a mask a fact is of its last possible day.
    """
    inner = {each.name for each in report.counts if each.inner}
    counts: dict[Hashable, int] = {k: n or 0 for k, n in values.items() if k[2] not in inner}
    told = [each for each in report.counts if not each.inner]
    flows = {kind: e.name for e in told if not e.at and not e.within for kind in e.plus}
    places = sorted({place for place, _, _ in values})
    sums: list[Sum] = []
    deduced: set[Hashable] = set()
    for place, line in sorted({(place, line) for place, line, _ in values}, key=str):
        for whole in {each.within for each in told} - {""}:
            parts = [(place, line, e.name) for e in told if e.within == whole]
            sums.append(Sum((place, line, whole), parts))
        for end in (each for each in told if each.at == END):
            start = end.name.removesuffix(END) + START
            if (place, line, start) in counts:
                balance = (place, line, f"= {end.name}")
                came = [(place, line, flows[kind]) for kind in end.plus if kind in flows]
                left = [(place, line, flows[kind]) for kind in end.minus if kind in flows]
                sums.append(Sum(balance, [(place, line, start), *came]))
                sums.append(Sum(balance, [(place, line, end.name), *left]))
                counts[balance] = sum(counts[key] for key in sums[-1].parts)
                deduced.add(balance)
    for line in {line for _, line, _ in values}:
        for name in (e.name for e in told if not e.at and overlaps):
            inside, rest = [(place, line, name) for place in overlaps], (9, line, name)
            counts[rest] = counts[2, line, name] - sum(counts[key] for key in inside)
            deduced.add(rest)
            sums.append(Sum((2, line, name), [*inside, rest]))
    sums += [
        Sum((place, whole, e.name), [(place, line, e.name) for line in lines])
        for place in places
        for whole, lines in wholes.items()
        for e in told
        if not e.alone and [whole] != list(lines)
    ]
    return hidden(counts, sums, least, deduced) | {key for key in values if key[2] in inner}


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


def sections(found: Figures) -> Iterator[Section]:
    """What people read: what moved, line by line, and what each number counts."""
    yield from _by_unit(found) if found.question.unit else _compared(found)
    every = [(each.name, each.definition) for each in found.report.counts]
    every += [(each.name, each.definition) for each in found.report.rates]
    told = [f"{heading_of(name)} : {definition}" for name, definition in every if definition]
    yield prose("Ce que compte chaque nombre", told)


def _masked(question: Question) -> list[str]:
    if not question.mask:
        return []
    day = "Un fait dont le jour est à préciser y compte à son dernier jour possible."
    return [f"{masked_note(question.mask)[0]} {day}"]


def rows(found: Figures) -> Iterator[list[Any]]:
    """A row a period and line, for machines; sums stand before what they are the sum of."""
    periods = [piece for pieces in found.question.series for piece in pieces]
    lines = sorted({*found.wholes, *found.lines}, key=str)
    if len(lines) > 1:
        lines = [line for line in lines if line != WHOLE]
    for place, piece in enumerate(periods):
        for line in lines:
            days = (piece.code, piece.first.isoformat(), piece.last.isoformat())
            yield [*found.report.head(line), *found.row(place, line, found.names), *days]


def _shows(found: Figures) -> dict[str, Callable[[Any], str]]:
    shows: dict[str, Callable[[Any], str]] = dict.fromkeys(found.names, number)
    return shows | {each.name: percent for each in found.report.rates}


def _compared(found: Figures) -> Iterator[Section]:
    """Each sum over the period, the one before and the year so far; then the period's lines."""
    told, shows, shown = found.question.headings, _shows(found), found.shown
    for whole in found.wholes:
        name = _told_whole(found, whole)
        laid = [Column("", name), *(Column("", each, "", Kind.NUMBER) for each in told)]
        lines = [
            [heading_of(each), *(shows[each](*found.row(n, whole, [each])) for n in range(3))]
            for each in shown
        ]
        yield Section(name, laid, lines)
    if len(found.lines) > 1:
        laid = [Column("", found.report.of_lines.capitalize()), *columns(shown, shows)]
        every = [[found.report.label(line), *found.row(0, line, shown)] for line in found.lines]
        yield Section(f"{told[0]}, par {found.report.of_lines}", laid, every)


def _told_whole(found: Figures, whole: Any) -> str:
    return "Ensemble" if whole == WHOLE else found.report.label(whole)


def _by_unit(found: Figures) -> Iterator[Section]:
    """A row a period, of each sum; below, what moved over all of them."""
    told, shown = found.question.headings, found.shown
    stocks = {each.name: each.at for each in found.report.counts if each.at}
    rated = {each.name for each in found.report.rates}
    laid = [Column("", "Période"), *columns(shown, _shows(found))]
    for whole in found.wholes:
        every = [found.row(place, whole, shown) for place in range(len(told))]
        total: list[Any] = []
        for name, values in zip(shown, zip(*every, strict=True), strict=True):
            if name in stocks:
                total.append(values[0] if stocks[name] == START else values[-1])
            else:
                total.append(None if name in rated or None in values else sum(values))
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
            before += (value or 0) * (name.endswith(_UNSURE) and (place == 0 or bool(unit)))
            after += (value or 0) * (name.endswith(_POSSIBLE) and place == last)
    if not before + after:
        return []
    told = f"Date à préciser : {before + after}"
    return [
        f"{told} {plural(before + after, 'fait')} hors des flux, dont le jour n'est connu qu'en"
        f" partie : {before} peut-être d'avant (dans le stock à la fin), {after} peut-être d'après."
    ]
