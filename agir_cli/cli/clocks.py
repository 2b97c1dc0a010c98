"""What each clock and each wait of a dossier says on a day, for `agir explain`.

Who is late, and by how much, is what `report overdue` finds: a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.domain.causes import DATED, ENDED, STARTS, WAITS
from agir_cli.domain.dates import PartialDate, edtf, french, french_day, french_on
from agir_cli.domain.deadlines import (
    Late,
    Span,
    clock_of,
    ended_by,
    late,
    late_at_its_end,
    runs,
    surely_runs,
)
from agir_cli.domain.rules import SOURCES, Clock, Rulebook
from agir_cli.domain.vocabulary import Nature
from agir_cli.reports.overdue import precision_task, task
from agir_cli.reports.texts import lateness as lateness_told
from agir_cli.reports.texts import overdue_told, plural
from agir_cli.usecases.consult import Record

if TYPE_CHECKING:
    from agir_cli.domain.dossier import Dossier


class Row(NamedTuple):
    """An answer: to a criterion, or what a clock or a wait says; dates are EDTF texts."""

    critere: str
    reponse: str
    fait: str
    source: str = ""
    a_faire: str = ""
    depart: str = ""
    date_depart: str = ""
    duree: str = ""
    echeance: str = ""
    retard_jours: int | None = None
    date_fin: str = ""
    title: str = ""
    """What a screen says above it; empty for what a screen says otherwise."""
    ends: str = ""
    """What would stop a clock or a wait."""


def clocks(found: Record, book: Rulebook, today: date) -> Iterator[Row]:
    """What each clock and each wait of a dossier says on a day, those that have stopped last."""
    spans = found.standing.spans
    for span in spans:
        clock = clock_of(span, book.clocks)
        if span.due is None and surely_runs(span, today):
            yield _of_wait(found, span, today)
        elif span.due is not None and runs(span, today):
            yield _of_clock(found, span, clock, today)
    for span in spans:
        clock = clock_of(span, book.clocks)
        if span.due is not None and span.end is not None and span.end.latest <= today:
            yield _of_stopped(found.standing.state, span, clock)


_NEXT_STATE = "ce qu'il en est ensuite (agir right set), ou la clôture du dossier"


def _named(span: Span) -> str:
    """What a clock is called: by its nature; of a right or a paper, which one."""
    name = STARTS[span.cause].told if span.nature is Nature.RIGHT else span.nature.label
    return name[:1].upper() + name[1:]


def _of_wait(found: Record, span: Span, today: date) -> Row:
    told, ends, _ = WAITS[span.cause]
    fact = f"depuis : {french(span.start)}" if span.start else "depuis : jour inconnu"
    if span.start is not None and span.start.exact:
        days = (today - span.start.latest).days
        fact += f", {days} {plural(days, 'jour')}"
    return Row(
        span.nature.value, span.nature.value, f"{fact} ; sans délai propre",
        SOURCES["process"], _task(found, span, None, today), told,
        edtf(span.start) if span.start else "",
        title=f"En attente : {told}", ends=ends,
    )  # fmt: skip


def _of_clock(found: Record, span: Span, clock: Clock | None, today: date) -> Row:
    assert span.due is not None  # a clock has a last day
    lateness = late(span, today)
    if lateness is not None:
        reply = "en_retard" if lateness.certain else "peut_etre_en_retard"
        told = overdue_told(lateness.days, certain=lateness.certain)
    else:
        reply, left = "court", (span.due.earliest - today).days
        told = f"il reste {left} {plural(left, 'jour')}" if left else "dernier jour aujourd'hui"
    # Before the term nothing is to be done about it, and after it nothing else is.
    at_term = span.nature is Nature.TERM
    due = lateness is not None if at_term else not found.standing.term_reached(today)
    to_do = _task(found, span, lateness, today) if due else ""
    return _reckoned(span, clock, reply)._replace(
        a_faire=to_do, retard_jours=lateness.days if lateness else None,
        title=f"{_named(span)} : {told}", ends=clock.ends if clock else _NEXT_STATE,
    )  # fmt: skip


def _of_stopped(state: Dossier, span: Span, clock: Clock | None) -> Row:
    assert span.end is not None
    by = ENDED.get(ended_by(state, span), "")
    lateness = late_at_its_end(span)
    how = "dans le délai"
    if lateness is not None:
        how = lateness_told(lateness.days, certain=lateness.certain)
    undated = span.end.latest == date.min  # closed on a day that nobody wrote down
    on = "un jour inconnu" if undated else french_on(span.end)
    told = f"{_named(span)} : arrêté {on}{f' ({by})' if by else ''}"
    return _reckoned(span, clock, "arrete")._replace(
        retard_jours=lateness.days if lateness else None, title=f"{told}, {how}",
        date_fin="" if undated else edtf(span.end),
    )  # fmt: skip


def _reckoned(span: Span, clock: Clock | None, reply: str) -> Row:
    """How a clock was reckoned: from what, since when, how long, until when, by which source."""
    assert span.due is not None
    start, first, last = STARTS[span.cause].told, *map(french_day, span.due)
    until = last if span.due.exact else f"entre le {first} et le {last}"
    if clock is None:
        return Row(
            span.nature.value, reply, f"{start}, état au : {french(span.start)}"
            f" ; dernier jour : {until} inclus", "Date écrite sur le papier",
            depart=start, date_depart=edtf(span.start) if span.start else "",
            echeance=edtf(span.due),
        )  # fmt: skip
    since = f"{clock.length.told} à partir de : {start}, {french(span.start)}"
    note = clock.told.replace("[D]", "(choix du projet agir)")
    return Row(
        clock.name, reply, f"{since} ; dernier jour : {until} inclus", f"{clock.source}. {note}",
        depart=start, date_depart=edtf(span.start) if span.start else "", duree=clock.length.told,
        echeance=edtf(span.due),
    )  # fmt: skip


def _task(found: Record, span: Span, lateness: Late | None, today: date) -> str:
    """Who must act and what to type, as `report overdue` says it."""
    state, nature = found.standing.state, span.nature.value
    certain = lateness is None or lateness.certain or span.nature is Nature.RIGHT
    if not certain or span.cause == "contrat_imprecis":
        vague = "contrat" if span.cause == "contrat_imprecis" else span.cause
        on = span.start
        if span.due is not None and span.due.latest < today:
            vague, on = ended_by(state, span), span.end
        return precision_task(nature, vague, found.reference, event_number(found, vague, on))
    booked = state.diagnosis_visits.pending is not None
    month = today.isoformat()[:7]
    return task(nature, span.cause, found.reference, booked=booked, month=month)


def event_number(found: Record, event: str, on: PartialDate | None) -> int | None:
    """The short number of the event that gave a date."""
    kinds = DATED[event].kinds if event in DATED else ()
    numbers = [
        number
        for number, each in found.events
        if each.kind.value in kinds and each.on == on and each.id not in found.voided
    ]
    return numbers[-1] if numbers else None
