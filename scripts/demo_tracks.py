"""What became of each invented household of the demonstration: one function a kind of course."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from demo_courses import (
    Course,
    Days,
    assigned,
    contract_day,
    diagnosed,
    direct,
    followed,
    form_for,
    old_cir,
    signed,
    validated,
)


class Draw(NamedTuple):
    """What a track draws from: its route, its days, and the how manieth of that track it is."""

    route: str
    days: Days
    nth: int


def course(track: str, route: str, department: str, rng: random.Random, nth: int) -> Course:
    """The way of one household: its track, its route, ``nth`` of that track."""
    c = Course(department)
    TRACKS[track](c, Draw(route, Days(rng), nth))
    return c


# --- counted as persons ------------------------------------------------------------------


def _support(c: Course, draw: Draw) -> None:
    signed(c, draw.route, draw.days, contract_day(draw.route, draw.days, date(2023, 10, 6)))
    followed(c, draw.days)
    if draw.route == "n" and draw.nth % 29 == 5:
        c.cir = c.cir[:7]


def _support_vague(c: Course, draw: Draw) -> None:
    signed(c, draw.route, draw.days, draw.days.between(date(2023, 5, 15), date(2023, 8, 25)))
    followed(c, draw.days)
    c.contract, c.contract_booked, c.contract_missed = c.contract[:7], [], []
    c.commission = min(c.commission, f"{c.contract}-01")
    assert c.diagnosis is not None
    if c.commission < c.diagnosis.isoformat():
        c.commission = ""


def _interview_late(c: Course, draw: Draw) -> None:
    stopped = draw.days.between(date(2023, 6, 20), date(2023, 8, 4))
    signed(c, draw.route, draw.days, draw.days.before(stopped, 1, 75))
    assert c.signed_by is not None
    while (stopped - c.signed_by).days > 58 and not c.interviews:
        c.interviews.append(stopped)


def _ended(motive: str) -> Callable[[Course, Draw], None]:
    def track(c: Course, draw: Draw) -> None:
        signed(c, draw.route, draw.days, draw.days.between(date(2023, 2, 20), date(2023, 7, 10)))
        assert c.signed_by is not None
        c.closed = draw.days.between(c.signed_by + timedelta(days=30), date(2023, 10, 5))
        c.motive = motive
        followed(c, draw.days, c.closed)

    return track


def _contract_due(c: Course, draw: Draw) -> None:
    assigned(c, draw.route, draw.days, draw.days.between(date(2023, 9, 19), date(2023, 10, 6)))
    if draw.nth % 5 < 3:
        c.contract_booked = [draw.days.between(date(2023, 10, 10), date(2023, 10, 27))]


def _contract_late(c: Course, draw: Draw) -> None:
    first = date(2023, 8, 28) if draw.nth % 4 else date(2023, 7, 17)
    assigned(c, draw.route, draw.days, draw.days.between(first, date(2023, 9, 15)))
    if draw.nth % 7 == 3:
        c.commission = "2023-09"
    if draw.nth % 3 == 1:
        missed = draw.days.between(date(2023, 9, 20), date(2023, 10, 6))
        c.contract_booked, c.contract_missed = [missed], [missed]
    if draw.nth % 2 == 0:
        c.contract_booked.append(draw.days.between(date(2023, 10, 10), date(2023, 10, 24)))


def _contract_missed(c: Course, draw: Draw) -> None:
    assigned(c, draw.route, draw.days, draw.days.between(date(2023, 9, 7), date(2023, 9, 22)))
    c.contract_missed = [draw.days.between(date(2023, 9, 27), date(2023, 10, 6))]
    c.contract_booked = list(c.contract_missed)


def _no_commission(c: Course, draw: Draw) -> None:
    first = date(2023, 9, 18) if draw.nth % 4 else date(2023, 7, 24)
    diagnosed(c, draw.route, draw.days, draw.days.between(first, date(2023, 10, 6)))


def _diagnosis_due(c: Course, draw: Draw) -> None:
    direct(c, draw.days.between(date(2023, 9, 11), date(2023, 10, 6)))
    if draw.nth % 10:
        c.diagnosis_booked = [draw.days.between(date(2023, 10, 10), date(2023, 11, 3))]


def _diagnosis_late(c: Course, draw: Draw) -> None:
    if draw.route == "n":
        direct(c, draw.days.between(date(2023, 7, 24), date(2023, 9, 7)))
        if draw.nth % 6 == 2:
            c.cir, c.oriented_on = "2023-09", date(2023, 9, 14)
    else:
        validated(c, draw.route, draw.days, 7)
    if draw.nth % 2 or draw.route != "n":
        c.diagnosis_booked = [draw.days.between(date(2023, 10, 11), date(2023, 10, 25))]


def _diagnosis_missed(c: Course, draw: Draw) -> None:
    direct(c, draw.days.between(date(2023, 9, 4), date(2023, 9, 25)))
    c.diagnosis_missed = [draw.days.between(date(2023, 9, 27), date(2023, 10, 6))]
    c.diagnosis_booked = list(c.diagnosis_missed)


def _cir_unknown(c: Course, draw: Draw) -> None:
    direct(c, draw.days.between(date(2023, 8, 21), date(2023, 10, 4)))
    c.cir = ""


def _not_booked(c: Course, draw: Draw) -> None:
    form_for(c, draw.route, draw.days, 8)
    c.decision, c.decided_on = "validee", draw.days.between(date(2023, 9, 25), date(2023, 10, 5))


def _refused(c: Course, draw: Draw) -> None:
    assigned(c, draw.route, draw.days, draw.days.between(date(2023, 3, 13), date(2023, 9, 8)))
    c.refused = draw.days.after(date.fromisoformat(c.commission), 7, 21)
    c.contract_booked = [c.refused]


def _never_came(c: Course, draw: Draw) -> None:
    direct(c, draw.days.between(date(2023, 2, 6), date(2023, 7, 12)))
    assert c.oriented_on is not None
    first = draw.days.after(c.oriented_on, 7, 20)
    c.diagnosis_missed = [first, draw.days.after(first, 14, 25)]
    c.diagnosis_booked = list(c.diagnosis_missed)
    c.motive, c.closed = "sans_suite", draw.days.after(c.diagnosis_missed[-1], 14, 24)


def _left_before(motive: str) -> Callable[[Course, Draw], None]:
    def track(c: Course, draw: Draw) -> None:
        diagnosed(c, draw.route, draw.days, draw.days.between(date(2023, 3, 13), date(2023, 8, 31)))
        assert c.diagnosis is not None
        c.motive, c.closed = motive, draw.days.after(c.diagnosis, 10, 34)

    return track


# --- not counted as persons --------------------------------------------------------------


def _unanswered(c: Course, draw: Draw) -> None:
    c.cir = draw.days.between(date(2023, 8, 14), date(2023, 10, 5)).isoformat()


def _form_to_fill(c: Course, draw: Draw) -> None:
    old_cir(c, draw.days, "n-1")
    c.oriented_on = draw.days.between(date(2023, 9, 4), date(2023, 10, 5))


def _declined(c: Course, draw: Draw) -> None:
    direct(c, draw.days.between(date(2023, 1, 16), date(2023, 10, 5)))
    c.orientation = "declinee"


def _rejected(c: Course, draw: Draw) -> None:
    validated(c, "n-1", draw.days, 2 + draw.nth % 6)
    c.decision = "rejetee"


def _rejected_closed(c: Course, draw: Draw) -> None:
    _rejected(c, draw)
    assert c.decided_on is not None
    c.motive, c.closed = "non_eligible", draw.days.after(c.decided_on, 3, 15)


def _to_send(c: Course, draw: Draw) -> None:
    old_cir(c, draw.days, "n-1")
    c.form = draw.days.between(date(2023, 9, 12), date(2023, 10, 6))


def _to_send_late(c: Course, draw: Draw) -> None:
    old_cir(c, draw.days, "n-1")
    c.form, c.form_came_late = draw.days.between(date(2023, 8, 28), date(2023, 9, 8)), True


def _at_ofii(c: Course, draw: Draw) -> None:
    form_for(c, "n-1", draw.days, 7 if draw.nth % 3 == 0 else 8)


def _mistake(c: Course, draw: Draw) -> None:
    _unanswered(c, draw)
    c.motive, c.closed = "erreur", draw.days.between(date(2023, 10, 5), date(2023, 10, 6))


TRACKS: dict[str, Callable[[Course, Draw], None]] = {
    "support": _support, "support_vague": _support_vague, "interview_late": _interview_late,
    "stopped_by_person": _ended("arret_beneficiaire"), "stopped_by_us": _ended("arret_structure"),
    "goals": _ended("objectifs_atteints"), "moved": _ended("transfert"), "died": _ended("deces"),
    "contract_due": _contract_due, "contract_late": _contract_late,
    "contract_missed": _contract_missed, "no_commission": _no_commission,
    "diagnosis_due": _diagnosis_due, "diagnosis_late": _diagnosis_late,
    "diagnosis_missed": _diagnosis_missed, "cir_unknown": _cir_unknown,
    "not_booked": _not_booked, "refused": _refused, "never_came": _never_came,
    "moved_before": _left_before("transfert"), "stopped_before": _left_before("arret_beneficiaire"),
    "unanswered": _unanswered, "form_to_fill": _form_to_fill, "declined": _declined,
    "rejected": _rejected, "rejected_closed": _rejected_closed, "to_send": _to_send,
    "to_send_late": _to_send_late, "at_ofii": _at_ofii, "mistake": _mistake,
}  # fmt: skip
