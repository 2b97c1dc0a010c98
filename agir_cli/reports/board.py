"""What a steering committee's page says: the figures of the reports, small counts hidden.

Every number is that of a report (`funnel`, `overdue`, `situations`, `outcomes`) for the same day
and filters. A hidden count is ``None``: it is small, or another small one could be worked out
from it. Nobody is named; the late lines are kept only when asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.reports import (
    flows,
    funnel,
    interviews,
    movements,
    network,
    outcomes,
    overdue,
    passages,
    situations,
    targets,
)
from agir_cli.reports.masking import Sum, as_printed, hidden
from agir_cli.reports.periods import Period, between
from agir_cli.reports.selection import Filters
from agir_cli.reports.standing import Selection
from agir_cli.reports.texts import contract_clock, latest_day

if TYPE_CHECKING:
    from agir_cli.domain.rules import SituationFlags
    from agir_cli.store.driver import Connection

AFTER = "12m"
"""The age of contract from which a dossier's outcome is judged."""


class Late(NamedTuple):
    """Deadlines passed: for certain, or perhaps (a date known in part)."""

    nature: str
    certains: int | None
    possibles: int | None


class Wait(NamedTuple):
    """Who waits with no running clock, by what they wait for."""

    cause: str
    dossiers: int | None


class Acting(NamedTuple):
    """Who must act: on how many late deadlines, for how many who wait, and since when.

    ``mediane_jours``: of those who wait, half have for longer; ``None`` of few, or of nobody.
    """

    qui: str
    en_retard: int | None
    en_attente: int | None
    mediane_jours: float | None


class Board(NamedTuple):
    """Everything the page says; ``lines``: the late ones, empty unless asked for."""

    day: date
    rows: Sequence[funnel.Row]
    """Everyone, then each department before its sectors."""
    late: Sequence[Late]
    late_certain: int | None
    waits: Sequence[Wait]
    waiting: int | None
    situations: situations.Figures
    outcomes: outcomes.Figures
    signed_by: date
    flags: SituationFlags
    clock: str
    acting: Sequence[Acting]
    passages: Sequence[passages.Passage]
    months: flows.Figures
    period: flows.Figures | None
    interviews: flows.Figures
    aims: Sequence[targets.Aim]
    network: network.Found
    lines: Sequence[overdue.Line] = ()


def board(
    connection: Connection, day: date, filters: Filters, mask: int | None, *, lines: bool = False,
    period: Period | None = None,
) -> Board:  # fmt: skip
    """The figures of that day; with ``mask``, counts below it hidden. ``lines``: who is late.

    ``period``: what moved in it is told too; the months are the twelve up to its end, or the day.
    """
    from agir_cli.store.settings import rulebook_of

    question = overdue.Question(day, overdue.KINDS, filters)
    late = list(overdue.late(connection, question))
    waits = list(overdue.waiting(connection, question))
    selection = Selection(day, filters)
    flags = rulebook_of(connection).flags(day)
    signed_by = outcomes.signed_by(day, AFTER)
    asked = outcomes.Asked(selection, signed_by, flags, by="logement")
    found = outcomes.figures(connection, asked, mask, reached=True)
    blocked = _blocked(late, waits, day, mask)
    last = min(period.last, day) if period else day
    year = _twelve_months(last)
    moved = movements.funnel(connection, filters, "secteur")
    seen = flows.Question(day=day, period=period or year, mask=mask)
    beside = [each for (each,) in seen.series] if period else []
    # The funnel of the page tells what these months add up to, where it began with them.
    totals = [(flows.TOTAL, flows.WHOLE, each.name) for each in moved.counts if not each.within]
    asked_months = replace(seen, period=year, unit="mois", beside=beside, known=totals)
    months = flows.figures(asked_months, flows.of_everyone(moved))
    met = flows.of_everyone(interviews.report(connection, selection, seen, "departement"))
    place, others = filters.get("department"), filters.without("department")
    actions = [] if others else network.of_the_network(connection, day, place)
    return Board(
        day=day,
        rows=funnel.with_everyone(funnel.funnel(connection, day, filters), mask),
        **blocked,
        situations=situations.figures(connection, selection, mask, flows=False),
        outcomes=found._replace(lines=[line for line in found.lines if line.personnes != 0]),
        signed_by=signed_by,
        flags=flags,
        clock=contract_clock(connection, day),
        passages=[_measured(each, mask) for each in passages.passages(connection, day, filters)],
        months=months,
        period=flows.figures(replace(seen, known=flows.told_by_months(months, seen)), moved)
        if period
        else None,
        interviews=flows.figures(seen, met),
        aims=[]
        if filters.without("department")
        else targets.aims(connection, day, last.year, filters, mask),
        network=network.found(actions, day, period, place),
        lines=late if lines else (),
    )


def _twelve_months(last: date) -> Period:
    """The month of this day up to it, and the eleven before."""
    longer = between(last.replace(year=last.year - 1, day=1), last)
    return between(longer.pieces("mois")[-12].first, last)


# --- late and waiting --------------------------------------------------------------------


def _blocked(
    late: Sequence[overdue.Line], waits: Sequence[overdue.Line], day: date, mask: int | None
) -> dict[str, Any]:
    """Late by nature, waiting by cause, both by who must act: hidden together, as one set.

    What crosses them (the late contracts of the référents) is printed nowhere, and protected.
    """
    sure = [line for line in late if line.certitude == "certain"]
    counts: Counter[Hashable] = Counter((line.nature, line.certitude) for line in late)
    sums: list[Sum] = []
    unprinted: set[Hashable] = set()
    of: tuple[tuple[str, Sequence[overdue.Line], str], ...]
    of = (("certain", sure, "nature"), ("attente", waits, "depart"))
    for name, some, kind in of:
        crossed = Counter((getattr(line, kind), _who(line)) for line in some)
        counts["", name] = crossed.total()
        for place in (0, 1):
            ends = {pair[place] for pair in crossed}
            keys = {end: ((end, name) if place == 0 else ("qui", end, name)) for end in ends}
            sums.append(Sum(("", name), list(keys.values())))
            for end, key in keys.items():
                cells = [(name, *pair) for pair in crossed if pair[place] == end]
                counts[key] = sum(crossed[cell[1], cell[2]] for cell in cells)
                sums.append(Sum(key, cells))
        for pair, count in crossed.items():
            counts[name, *pair] = count
            unprinted.add((name, *pair))
    away = hidden(counts, sums, mask, unprinted, far=True) if mask else frozenset()
    shown = as_printed(counts, away)
    causes = Counter(line.depart for line in waits)
    every = [Wait(cause, shown[cause, "attente"]) for cause, _ in causes.most_common()]
    actors = sorted({_who(line) for line in (*sure, *waits)})
    return {
        "late": [Late(n, shown.get((n, "certain"), 0), shown.get((n, "possible"), 0))
                 for n in overdue.KINDS],
        "late_certain": shown["", "certain"],
        "waits": sorted(every, key=_most_first),
        "waiting": shown["", "attente"],
        "acting": sorted((_acting(who, shown, waits, day, mask) for who in actors), key=_most_late),
    }  # fmt: skip


def _who(line: overdue.Line) -> str:
    """Who must act on a line: what stands before the command."""
    return line.a_faire.partition(" :")[0]


def _acting(
    who: str, shown: Mapping[Any, int | None], waits: Sequence[overdue.Line], day: date,
    mask: int | None,
) -> Acting:  # fmt: skip
    since = [
        (day - date.fromisoformat(start)).days
        for line in waits
        if _who(line) == who and (start := latest_day(line.date_depart or None))
    ]
    waiting = shown.get(("qui", who, "attente"), 0)
    few = waiting is None or len(since) < (mask or 1)
    return Acting(who, shown.get(("qui", who, "certain"), 0), waiting,
                  None if few else passages.median(sorted(since)))  # fmt: skip


def _most_late(acting: Acting) -> tuple[int, str]:
    return -((acting.en_retard or 0) + (acting.en_attente or 0)), acting.qui


def _measured(each: passages.Passage, mask: int | None) -> passages.Passage:
    """A passage without the counts that are small, and without the days of few dossiers."""
    if not mask:
        return each
    made, exact = each.dossiers or 0, each.mesures or 0
    kept = [each.tenus, each.depasses, each.indetermines]
    small = any(n and n < mask for n in (made, made - exact, *kept))
    told = (None,) * 3 if small else kept
    few = exact < mask
    return each._replace(
        dossiers=None if small else each.dossiers, mesures=None if small else each.mesures,
        mediane_jours=None if few else each.mediane_jours,
        p90_jours=None if few else each.p90_jours,
        tenus=told[0], depasses=told[1], indetermines=told[2],
    )  # fmt: skip


def _most_first(wait: Wait) -> tuple[int, str]:
    """Those hidden come last, by name: their order would tell their size."""
    return (1 if wait.dossiers is None else -wait.dossiers), wait.cause
