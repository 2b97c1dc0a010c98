"""The clocks of a dossier: when each started, when it is due, when it stopped.

Nothing here depends on today. A span is stored as it is, and "late on day D" is a question
asked of spans afterwards: `certainty`. The last day is included; late begins the day after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import count, pairwise
from typing import NamedTuple

from agir_cli.domain.dates import Length, PartialDate, exactly, first_of
from agir_cli.domain.dossier import Dossier, Visits
from agir_cli.domain.rules import Clock, Clocks
from agir_cli.domain.vocabulary import (
    Nature,
    Orientation,
    Right,
    RightState,
    Route,
    Stage,
)


class Span(NamedTuple):
    """A clock that ran or runs (or a wait with no clock: ``due`` is ``None``).

    ``start`` is ``None`` where its day is not known; ``end`` is ``None`` while it runs.
    """

    nature: Nature
    cause: str
    start: PartialDate | None
    due: PartialDate | None
    end: PartialDate | None
    until: PartialDate | None = None
    """The last day on which what is late may still be asked for; ``None``: at any time."""


class Met(NamedTuple):
    """An interview that was due, and what became of it: ``""`` while nothing has."""

    start: PartialDate
    due: PartialDate
    outcome: str
    on: PartialDate | None


class Late(NamedTuple):
    """How late a running span is on a day: certainly, or possibly."""

    certain: bool
    days: int
    """Days after the last day in time: the certain ones, or the most there may be."""


def spans(
    d: Dossier, way: Route, stage: Stage, clocks: Clocks, *, commission: bool = True
) -> tuple[Span, ...]:
    """Every span of a dossier, ended ones included, in the order of the process.

    ``commission``: whether one designates the référent (`route.stage`).
    """
    if d.closing is not None and d.closing.motive.value == "erreur":
        return ()
    every = [*_liaison(d, clocks)] if d.requests else []
    every += _before_diagnosis(d, way, clocks) if d.admitted else _unoriented(d, stage)
    if d.diagnosis is not None or d.assignment is not None:
        every += _before_contract(d, clocks, commission)
    if d.contract_visits.absences:
        every += _absences(d, "absence_contrat", d.contract_visits, d.contract)
    if d.contract is not None:
        every += _support(d, d.contract, clocks)
    elif d.right_began is not None:
        every.append(_term(d, d.right_began, clocks))
    every += _rights(d, clocks) if d.rights else []
    return tuple([span for span in every if not _never_ran(span)])


def _never_ran(span: Span) -> bool:
    """Whether what was awaited had come before the wait began (booked before the validation)."""
    if span.start is None or span.end is None:
        return False
    return span.end.latest < span.start.earliest


def late(span: Span, day: date) -> Late | None:
    """Whether a span is late on ``day``, as it stood that day; ``None`` when it is not.

    Late for certain: every possible last day is past, and it surely had not ended. Perhaps late:
    one possible last day is past, be it that of a start that had perhaps not come yet.
    """
    if span.due is None or not runs(span, day) or span.due.earliest >= day:
        return None
    ended_perhaps = span.end is not None and span.end.earliest <= day
    over_perhaps = span.until is not None and span.until.earliest < day
    certain = span.due.latest < day and not ended_perhaps and not over_perhaps
    last = span.due.latest if certain else span.due.earliest
    return Late(certain, (day - last) // timedelta(days=1))


def runs(span: Span, day: date) -> bool:
    """Whether the span had perhaps started by ``day``, and had not certainly ended."""
    if span.until is not None and span.until.latest < day:
        return False
    started = span.start is None or span.start.earliest <= day
    return started and (span.end is None or span.end.latest > day)


def surely_runs(span: Span, day: date) -> bool:
    """Whether the span had certainly started by ``day``, and had certainly not ended."""
    if span.until is not None and span.until.earliest < day:
        return False
    started = span.start is None or span.start.latest <= day
    return started and (span.end is None or span.end.earliest > day)


_CLOCKS = {
    (Nature.DIAGNOSIS, "cir"): "diagnostic_direct",
    (Nature.DIAGNOSIS, "validation_ofii"): "diagnostic_liaison",
    (Nature.DIAGNOSIS, "orientation"): "diagnostic_orientation",
    (Nature.CONTRACTING, "commission"): "contractualisation",
    (Nature.CONTRACTING, "diagnostic"): "contractualisation",
    (Nature.LIAISON, "fiche"): "liaison_envoi",
    (Nature.LIAISON, "listing"): "liaison_reponse",
    (Nature.TERM, "contrat"): "accompagnement",
    (Nature.TERM, "premier_contrat"): "accompagnement",
    (Nature.INTERVIEW, "contrat"): "entretien",
    (Nature.INTERVIEW, "entretien"): "entretien",
    (Nature.INTERVIEW, "excuse"): "entretien",
    (Nature.RIGHT, "logement_social"): "demande_logement",
}
"""The clock of each kind of span, by what it starts at; a wait has none."""

CLOCK_STARTS = {
    "diagnostic_direct": ("cir",),
    "diagnostic_liaison": ("validation_ofii",),
    "diagnostic_orientation": ("orientation",),
    "contractualisation": ("commission", "diagnostic"),
    "liaison_envoi": ("fiche",),
    "liaison_reponse": ("listing",),
    "accompagnement": ("contrat",),
    "entretien": ("contrat",),
    "demande_logement": ("demande",),
    "preavis_logement_social": ("echeance",),
    "preavis_droit": ("echeance",),
}
"""The starting events among which a team chooses, of each clock."""


def clock_of(span: Span, clocks: Clocks) -> Clock | None:
    """The clock that a span was reckoned by; none of a wait, nor of a day written on a paper."""
    name = _CLOCKS.get((span.nature, span.cause))
    clock = None if name is None else clocks.at(name, span.start)
    if span.nature is Nature.RIGHT and clock and span.start and span.due:
        return clock if clock.length.after(span.start) == span.due else None
    return clock


def late_at_its_end(span: Span) -> Late | None:
    """How many days after its last day a span ended; ``None`` when in time, or still running."""
    if span.due is None or span.end is None or span.end.latest <= span.due.earliest:
        return None
    surely = (span.end.earliest - span.due.latest) // timedelta(days=1)
    most = (span.end.latest - span.due.earliest) // timedelta(days=1)
    return Late(True, surely) if surely > 0 else Late(False, most)


def ended_by(d: Dossier, span: Span) -> str:
    """The code of what stopped a clock; empty while it runs, or where several things may have."""
    if span.end is None:
        return ""
    return next((code for code, on in _endings(d, span.nature) if on == span.end), "")


def _endings(d: Dossier, nature: Nature) -> Iterator[tuple[str, PartialDate | None]]:
    if nature is Nature.INTERVIEW:
        yield from (("entretien", held) for held in d.interviews)
        yield from (("excuse", excused) for excused in d.excuses)
    elif nature is Nature.RIGHT:
        yield from (("droit", each.on) for each in d.rights if each.on is not None)
    elif nature is not Nature.TERM:
        yield "contrat", d.contract
    if nature is Nature.LIAISON:
        yield from (("listing", request.sent_on) for request in d.requests)
        decided = (request.decision for request in d.requests)
        yield from (("decision", known.on) for known in (*decided, d.ofii) if known)
        yield "orientation", d.answer.on if d.answer else None
    if nature in (Nature.LIAISON, Nature.DIAGNOSIS):
        yield "diagnostic", d.diagnosed
    yield "cloture", _closed(d)


# --- the parts ---------------------------------------------------------------------------


def _closed(d: Dossier) -> PartialDate | None:
    if d.closing is None:
        return None
    return d.closing.on or exactly(date.min)


def _clocked(
    d: Dossier,
    clocks: Clocks,
    nature: Nature,
    cause: str,
    start: PartialDate,
    *ends: PartialDate | None,
) -> Span:
    clock = clocks.at(_CLOCKS[nature, cause], start)
    return Span(nature, cause, start, clock.length.after(start), first_of((*ends, _closed(d))))


def _liaison(d: Dossier, clocks: Clocks) -> Iterator[Span]:
    for place, request in enumerate(d.requests):
        if request.souhait is False or request.on is None:
            continue
        # What a later form was answered, the earlier one waits for no more.
        decisions = [later.decision for later in d.requests[place:]]
        answered = next((each.on for each in decisions if each is not None), None)
        # A proposal that waits for its answer ends no request.
        answer = d.answer if d.answer is not None and d.answer.outcome is not None else None
        said = answer.on if answer and (d.admitted or d.declined) else None
        let_in = d.ofii.on if d.ofii and d.ofii.positive else None
        if request.decision is None and d.admitted and said is None and let_in is None:
            continue  # let in on a day that nobody wrote down: the form waits for nobody
        held = d.diagnosed
        moved_on = (answered, said, let_in, request.declined_on, held, d.contract)
        yield _clocked(d, clocks, Nature.LIAISON, "fiche", request.on, request.sent_on, *moved_on)
        if request.sent_on is not None:
            yield _clocked(d, clocks, Nature.LIAISON, "listing", request.sent_on, *moved_on)


def _before_diagnosis(d: Dossier, way: Route, clocks: Clocks) -> Iterator[Span]:
    held = d.diagnosed
    start, cause = _diagnosis_start(d, way)
    if start is not None:
        yield _clocked(d, clocks, Nature.DIAGNOSIS, cause, start, held, d.contract)
    else:
        since = d.ofii.on if d.ofii else (d.orientation.on if d.orientation else None)
        yield _wait(d, _NO_START[cause], since, held, d.contract)
    if d.ofii is not None:
        visits = d.diagnosis_visits
        first = first_of((*(a.booked_on for a in visits.appointments), *visits.absences))
        yield _wait(d, "rdv_diagnostic", d.ofii.on, first, held, d.contract)
    if d.diagnosis_visits.absences:
        yield from _absences(d, "absence_diagnostic", d.diagnosis_visits, held)


_NO_START = {
    "cir": "cir_inconnu",
    "orientation": "orientation_sans_jour",
    "validation_ofii": "decision_sans_jour",
}
"""What is awaited where the day that the month is counted from is not known."""


def _diagnosis_start(d: Dossier, way: Route) -> tuple[PartialDate | None, str]:
    # Who came by a form, or after a rejection, waits from OFII's decision whatever the CIR's year.
    if way is Route.DIRECT and not (d.ofii and (d.requests or d.rejections)):
        return d.cir, "cir"
    if d.ofii is not None:
        return d.ofii.on, "validation_ofii"
    if d.cir is None:
        return None, "cir"
    return d.orientation.on if d.orientation else None, "orientation"


def _unoriented(d: Dossier, stage: Stage) -> Iterator[Span]:
    """Wait for an orientation nobody has written down: no dossier is invisible."""
    answered = d.orientation is not None and d.orientation.outcome is Orientation.DECLINED
    if answered or d.requests or d.ofii is not None:
        return
    moved_on = (d.diagnosed, d.contract)
    cause = "fiche_liaison" if stage is Stage.LIAISON else "orientation"
    yield _wait(d, cause, d.cir, *moved_on)


def _absences(d: Dossier, cause: str, visits: Visits, done: PartialDate | None) -> Iterator[Span]:
    for place, absence in enumerate(visits.absences):
        later = [a.booked_on for a in visits.appointments if a.moment.day > absence.latest]
        following = visits.absences[place + 1 :]
        yield _wait(d, cause, absence, *later, *following, done, d.contract)


def _before_contract(d: Dossier, clocks: Clocks, commission: bool) -> Iterator[Span]:
    held = d.diagnosed
    assigned = d.assignment.on if d.assignment else None
    clock = clocks.at("contractualisation", assigned or held)
    cause = clock.start_event
    if not (commission or assigned):
        cause = "diagnostic"
    start = held if cause == "diagnostic" else assigned
    if start is not None:
        yield _clocked(d, clocks, Nature.CONTRACTING, cause, start, d.contract)
    if held is not None and cause != "diagnostic":
        yield _wait(d, "commission", held, assigned, d.contract)


def _support(d: Dossier, contract: PartialDate, clocks: Clocks) -> Iterator[Span]:
    term = _term(d, d.right_began or contract, clocks)
    met = _met(d)
    starts = [(contract, "contrat"), *met]
    for (start, cause), end in zip(starts, (*(on for on, _ in met), None), strict=True):
        period = _clocked(d, clocks, Nature.INTERVIEW, cause, start, end)
        if clocks.at("entretien", start).anchored:
            period = period._replace(due=_anchored(contract, start, cause, clocks))
        if not _after_term(period, term):
            yield period._replace(until=term.due)
    yield term
    if not contract.exact:
        yield _wait(d, "contrat_imprecis", contract)


def _term(d: Dossier, began: PartialDate, clocks: Clocks) -> Span:
    cause = "contrat" if began == d.contract else "premier_contrat"
    return _clocked(d, clocks, Nature.TERM, cause, began)


def _after_term(period: Span, term: Span) -> bool:
    """Whether an interview falls due after the right has ended: then nothing is due."""
    return bool(period.due and term.due and period.due.earliest > term.due.latest)


def _met(d: Dossier) -> list[tuple[PartialDate, str]]:
    """What answers the obligation, in order; an interview held on that day needs no excuse."""
    excused = ((on, "excuse") for on in d.excuses if on not in d.interviews)
    return sorted([*((on, "entretien") for on in d.interviews), *excused])


def _anchored(contract: PartialDate, start: PartialDate, cause: str, clocks: Clocks) -> PartialDate:
    """The last day of the period that follows the one in which an interview was held."""
    ends = list(_period_ends(contract, start, clocks))
    if cause == "contrat":
        return ends[0]
    first, last = (
        next((end for held, end in pairwise(ends) if held.latest >= day), ends[-1]) for day in start
    )
    return PartialDate(first.earliest, last.latest)


def _period_ends(
    contract: PartialDate, until: PartialDate, clocks: Clocks
) -> Iterator[PartialDate]:
    """The last days of the periods from the contract on, up to the second one after ``until``."""
    length, after = clocks.at("entretien", contract).length, 0
    for times in count(1):
        end = Length(length.years * times, length.months * times, length.days * times)
        yield (last := end.after(contract))
        after += last.earliest >= until.latest
        if after > 1:
            return


def interviews_due(d: Dossier, clocks: Clocks) -> tuple[Met, ...]:
    """Every interview that was or is due, and what became of it, closed dossiers included.

    Sliding: two months after the contract, then after each interview. Anchored: one in each
    period of two months from the contract. Nothing is due after the two years, nor where the
    dossier was surely closed by the last day; an excused absence answers for one interview.
    """
    if d.contract is None or d.mistaken:
        return ()
    term, closed = _term(d, d.right_began or d.contract, clocks), _closed(d)
    assert term.due is not None  # two years have an end
    if clocks.at("entretien", d.contract).anchored:
        every = _of_periods(d, d.contract, term.due, clocks)
    else:
        every = _of_spans(d, d.contract, term.due, clocks)
    return tuple(
        met._replace(outcome="fin", on=closed) if closed is not None and not met.outcome else met
        for met in every
        if met.due.earliest <= term.due.latest
        and (closed is None or met.outcome or closed.latest > met.due.earliest)
    )


def _of_spans(
    d: Dossier, contract: PartialDate, term: PartialDate, clocks: Clocks
) -> Iterator[Met]:
    met = [(on, cause) for on, cause in _met(d) if on.earliest <= term.latest]
    starts = [contract, *(on for on, _ in met)]
    for start, (on, outcome) in zip(starts, [*met, (None, "")], strict=True):
        yield Met(start, clocks.at("entretien", start).length.after(start), outcome, on)


def _of_periods(
    d: Dossier, contract: PartialDate, term: PartialDate, clocks: Clocks
) -> Iterator[Met]:
    left, start = _met(d), contract
    for due in _period_ends(contract, term, clocks):
        if d.right_began == contract and due.latest > term.latest:
            return  # both are counted from one day, known or not
        inside = [each for each in left if each[0].earliest <= due.latest]
        left = left[len(inside) :]
        held = [each for each in inside if each[1] == "entretien"] or inside
        yield Met(start, due, held[0][1] if held else "", held[0][0] if held else None)
        start = due


def _wait(d: Dossier, cause: str, since: PartialDate | None, *ends: PartialDate | None) -> Span:
    return Span(Nature.WAITING, cause, since, None, first_of((*ends, _closed(d))))


def support_ends_by(d: Dossier, clocks: Clocks) -> PartialDate | None:
    """The last day of the right, included: two years after the person's first contract [W].

    None without a contract, and where the dossier was a mistake: what was entered began nothing.
    """
    began = d.right_began
    if began is None or d.mistaken:
        return None
    return clocks.at("accompagnement", began).length.after(began)


def _rights(d: Dossier, clocks: Clocks) -> Iterator[Span]:
    """Each right or paper with a last day, from one state of it to the next."""
    for place, known in enumerate(d.rights):
        due, nature, cause = known.date_fin_droit, Nature.RIGHT, str(known.droit)
        later = next((e.on for e in d.rights[place + 1 :] if e.droit is known.droit), None)
        if (known.droit, known.etat_droit) == (Right.SOCIAL_HOUSING, RightState.ASKED) and not due:
            if known.on is None:
                yield _wait(d, "demande_sans_jour", None, later)
                continue
            due = clocks.at(_CLOCKS[nature, cause], known.on).length.after(known.on)
        if due is not None:
            yield Span(nature, cause, known.on, due, first_of((later, _closed(d))))


def told_from(right: str, due: PartialDate, clocks: Clocks) -> date:
    """The day from which the end of a right is told: its notice before it, at the least."""
    name = f"preavis_{right}"
    length = clocks.at(name if name in clocks.by_name else "preavis_droit", due).length
    day = due.earliest - timedelta(days=366 * length.years + 31 * length.months + length.days)
    while length.after(exactly(day + timedelta(days=1))).latest <= due.earliest:
        day += timedelta(days=1)
    return day


def begun_before(earlier: Iterable[Dossier]) -> PartialDate | None:
    """The contract with which a right began in a person's earlier dossiers.

    What was entered by mistake was no contract.
    """
    return first_of(d.right_began for d in earlier if not d.mistaken)
