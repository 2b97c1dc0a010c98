"""What a steering committee's page says: the figures of the reports, small counts hidden.

Every number is that of a report (`funnel`, `overdue`, `situations`, `outcomes`) for the same day
and filters. A hidden count is ``None``: it is small, or another small one could be worked out
from it. Nobody is named; the late lines are kept only when asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.reports import funnel, outcomes, overdue, situations
from agir_cli.reports.masking import Sum, as_printed, hidden
from agir_cli.reports.selection import Filters
from agir_cli.reports.standing import Selection
from agir_cli.reports.texts import contract_clock

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
    lines: Sequence[overdue.Line] = ()


def board(
    connection: Connection, day: date, filters: Filters, mask: int | None, *, lines: bool = False
) -> Board:
    """The figures of that day; with ``mask``, counts below it hidden. ``lines``: who is late."""
    from agir_cli.store.settings import rulebook_of

    question = overdue.Question(day, overdue.KINDS, filters)
    late = list(overdue.late(connection, question))
    waits = Counter(line.depart for line in overdue.waiting(connection, question))
    selection = Selection(day, filters)
    flags = rulebook_of(connection).flags(day)
    signed_by = outcomes.signed_by(day, AFTER)
    asked = outcomes.Asked(selection, signed_by, flags, by="logement")
    found = outcomes.figures(connection, asked, mask, reached=True)
    late_shown, late_certain = _late(late, mask)
    waits_shown, waiting = _waits(waits, mask)
    return Board(
        day=day,
        rows=funnel.with_everyone(funnel.funnel(connection, day, filters), mask),
        late=late_shown,
        late_certain=late_certain,
        waits=waits_shown,
        waiting=waiting,
        situations=situations.figures(connection, selection, mask, flows=False),
        outcomes=found._replace(lines=[line for line in found.lines if line.personnes != 0]),
        signed_by=signed_by,
        flags=flags,
        clock=contract_clock(connection, day),
        lines=late if lines else (),
    )


def _shown(
    counts: Mapping[Any, int], sums: Sequence[Sum], mask: int | None
) -> dict[Any, int | None]:
    return as_printed(counts, hidden(counts, sums, mask) if mask else ())


# --- late and waiting --------------------------------------------------------------------


def _late(lines: Iterable[overdue.Line], mask: int | None) -> tuple[list[Late], int | None]:
    found = Counter((line.nature, line.certitude) for line in lines)
    counts: dict[Hashable, int] = {
        (nature, sure): found[nature, sure]
        for nature in overdue.KINDS for sure in ("certain", "possible")
    }  # fmt: skip
    total = ("", "certain")
    counts[total] = sum(found[nature, "certain"] for nature in overdue.KINDS)
    shown = _shown(counts, [Sum(total, [(n, "certain") for n in overdue.KINDS])], mask)
    return [Late(n, shown[n, "certain"], shown[n, "possible"]) for n in overdue.KINDS], shown[total]


def _waits(found: Counter[str], mask: int | None) -> tuple[list[Wait], int | None]:
    shown = _shown({"": found.total(), **found}, [Sum("", list(found))], mask)
    rows = [Wait(cause, shown[cause]) for cause, _ in found.most_common()]
    return sorted(rows, key=_most_first), shown[""]


def _most_first(wait: Wait) -> tuple[int, str]:
    """Those hidden come last, by name: their order would tell their size."""
    return (1 if wait.dossiers is None else -wait.dossiers), wait.cause
