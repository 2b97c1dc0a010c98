"""The clocks of a dossier as its timeline tells them: how each was kept, what still runs.

A day before or after is counted from the last day in time, which is included; where a date is
known in part, the two bounds are said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from agir_cli.domain.causes import STARTS, WAITS
from agir_cli.domain.dates import (
    PartialDate,
    Verdict,
    before_or_on,
    exactly,
    french,
    french_day,
    french_until,
)
from agir_cli.domain.deadlines import Span, late, runs
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import RANK, Kind
from agir_cli.domain.rules import Clocks
from agir_cli.domain.vocabulary import Nature

_TITLES = {
    Nature.CONTRACTING: "Délai de contractualisation",
    Nature.DIAGNOSIS: "Délai du diagnostic",
    Nature.INTERVIEW: "Délai de l'entretien",
    Nature.LIAISON: "Délai de la demande",
    Nature.TERM: "Fin du droit",
}
_CLOCKS = {
    "fiche": "liaison_envoi", "listing": "liaison_reponse", "cir": "diagnostic_direct",
    "validation_ofii": "diagnostic_liaison", "orientation": "diagnostic_orientation",
}  # fmt: skip
_BY_NATURE = {
    Nature.CONTRACTING: "contractualisation",
    Nature.INTERVIEW: "entretien",
    Nature.TERM: "accompagnement",
}
_STOPPED_BY = {
    Nature.CONTRACTING: Kind.CONTRACT_SIGNED,
    Nature.DIAGNOSIS: Kind.DIAGNOSIS_HELD,
    Nature.INTERVIEW: Kind.INTERVIEW_HELD,
}


class Told(NamedTuple):
    """A clock as a line: its day, and where it stands among the events (``at``, ``rank``)."""

    on: PartialDate | None
    title: str
    detail: str
    source: str
    at: PartialDate | None
    rank: int
    planned: bool = False


def deadlines_of(
    state: Dossier, every: Iterable[Span], day: date, clocks: Clocks
) -> Iterator[Told]:
    """The clocks and waits that had started by ``day``, and the one that never did."""
    for span in every:
        if span.start is not None and span.start.earliest > day:
            continue
        if span.due is None:
            yield from _wait(span, day)
        else:
            yield from _clock(state, span, span.due, day, clocks)
    yield from _never_started(state, day, clocks)


def _wait(span: Span, day: date) -> Iterator[Told]:
    if not runs(span, day):
        return
    since = f" depuis {_since(span.start, day)}" if span.start else ""
    detail = f"{WAITS[span.cause]}{since}"
    yield Told(exactly(day), "En attente", detail, "", exactly(day), len(RANK))


def _since(start: PartialDate, day: date) -> str:
    return _days((day - start.latest).days, (day - start.earliest).days)


def _clock(
    state: Dossier, span: Span, due: PartialDate, day: date, clocks: Clocks
) -> Iterator[Told]:
    source = str(clocks.at(_clock_name(span), span.start).source)
    title = _TITLES[span.nature]
    if runs(span, day):
        started = f"départ : {STARTS[span.cause]}, {french(span.start)}"
        detail = f"{french_until(due)} ; {_running(span, day)}"
        if span.nature is not Nature.TERM:
            detail = f"{detail} ({started})"
        yield Told(due, title, detail, source, due, len(RANK), planned=True)
        return
    if span.end is None or span.nature is Nature.TERM:
        return
    detail = f"{_kept(due, span.end)} (échéance : {_day(due)})"
    if state.closing is not None and state.closing.on == span.end and not _proper(state, span):
        detail = f"arrêté par la clôture (échéance : {_day(due)})"
    rank = RANK[_STOPPED_BY.get(span.nature, Kind.OFII_VALIDATED)]
    yield Told(span.end, title, detail, source, span.end, rank)


def _clock_name(span: Span) -> str:
    return _BY_NATURE.get(span.nature) or _CLOCKS[span.cause]


def _proper(state: Dossier, span: Span) -> bool:
    """Whether the clock's own step was done (and not only the dossier closed)."""
    done = {
        Nature.CONTRACTING: state.contract,
        Nature.DIAGNOSIS: state.diagnosis.on if state.diagnosis else None,
    }
    return done.get(span.nature) is not None or span.end in state.interviews


def _running(span: Span, day: date) -> str:
    how = late(span, day)
    if how is not None:
        told = _days(how.days, how.days)
        return f"EN RETARD de {told}" if how.certain else f"peut-être en retard de {told}"
    assert span.due is not None
    left = _days((span.due.earliest - day).days, (span.due.latest - day).days)
    return f"encore {left}" if span.due.latest > day else "dernier jour aujourd'hui"


def _kept(due: PartialDate, end: PartialDate) -> str:
    in_time = before_or_on(end, due)
    if in_time is Verdict.YES:
        before = (due.earliest - end.latest).days, (due.latest - end.earliest).days
        return "tenu le dernier jour" if before == (0, 0) else f"tenu {_days(*before)} avant"
    if in_time is Verdict.NO:
        after = (end.earliest - due.latest).days, (end.latest - due.earliest).days
        return f"{_days(*after)} après l'échéance"
    return "tenu ou non : une date n'est connue qu'en partie"


def _never_started(state: Dossier, day: date, clocks: Clocks) -> Iterator[Told]:
    """Three weeks that nothing started: the delay from the diagnostic, for information."""
    held, signed = state.diagnosis, state.contract
    if held is None or state.assignment is not None or (state.closing and signed is None):
        return
    clock = clocks.at("contractualisation", held.on)
    if clock.start_event == "diagnostic":
        return
    until = signed or exactly(day)
    spent = _days((until.earliest - held.on.latest).days, (until.latest - held.on.earliest).days)
    detail = f"pas commencé : pas de commission ; {spent} depuis le diagnostic, pour information"
    rank = RANK[Kind.CONTRACT_SIGNED] if signed else len(RANK)
    title = _TITLES[Nature.CONTRACTING]
    yield Told(signed or exactly(day), title, detail, str(clock.source), until, rank)


def _day(due: PartialDate) -> str:
    """A last day in time; one known in part by its bounds, since both are days that count."""
    if due.exact:
        return french(due)
    return f"entre le {french_day(due.earliest)} et le {french_day(due.latest)}"


def _days(low: int, high: int) -> str:
    if low == high:
        return f"{low} jour{'s' if low > 1 else ''}"
    return f"{max(low, 0)} à {high} jours"
