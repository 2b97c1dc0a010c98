"""What a correction would do to a request made of OFII, and to OFII's answer.

A form keeps its sending and its answer, a decision its effect, and one form waits at a time:
what no command would let in, a correction does not make.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeGuard

from agir_cli.domain.dates import PartialDate, french
from agir_cli.domain.dossier import Answered, Dossier, LiaisonRequest
from agir_cli.domain.events import Event, Kind
from agir_cli.domain.vocabulary import Orientation

_FORM = Kind.LIAISON_FORM_COMPLETED


class Problem(NamedTuple):
    """What a correction would make impossible, and the other act that stands in its way."""

    told: str
    obstacle: str = ""


def with_ofii(
    event: Event, on: PartialDate | None, before: Dossier, after: Dossier
) -> list[Problem]:
    """What voiding ``event`` (``on`` is ``None``) or giving it the day ``on`` would undo."""
    if on is None:
        found = list(_voided(event, before, after))
    else:
        found = list(_lost_by_a_form(event, on, before, after))
        found = found or [*_without_effect(event, before, after), *_passed(event, before, after)]
    return [*found, *_two_waiting(before, after)]


def _lost_by_a_form(
    event: Event, on: PartialDate | None, before: Dossier, after: Dossier
) -> Iterator[Problem]:
    now = {request.on: request for request in after.requests}
    if len(after.requests) < len(before.requests):
        yield Problem(f"deux fiches de liaison auraient le même jour ({_day(on)})", "l'autre fiche")
        return
    for was in before.requests:
        day = on if event.kind is _FORM and was.on == event.on else was.on
        form = f"la fiche de liaison ({_day(day)})"
        for what, had, has in _of_a_form(was, now.get(day)):
            if had and not has:
                obstacle = what if event.kind is _FORM else "la fiche de liaison"
                yield Problem(f"{form} resterait sans {what}", obstacle)


def _of_a_form(
    was: LiaisonRequest, now: LiaisonRequest | None
) -> tuple[tuple[str, bool, bool], tuple[str, bool, bool]]:
    return (
        ("la transmission à l'OFII", bool(was.sent_on), bool(now and now.sent_on)),
        ("la décision de l'OFII", bool(was.decision), bool(now and now.decision)),
    )


def _voided(event: Event, before: Dossier, after: Dossier) -> Iterator[Problem]:
    """The decision on a voided form, and the form that followed a voided rejection."""
    left = {request.on: request for request in after.requests}
    for was in before.requests:
        now = left.get(was.on)
        if now is None and was.decision is not None:
            what = "la décision de l'OFII"
            of, form = _day(was.decision.on), _day(was.on)
            yield Problem(f"{what} ({of}) resterait sans la fiche de liaison ({form})", what)
        if event.kind is Kind.OFII_REJECTED and was.again and now and not now.again:
            form = f"la fiche de liaison ({_day(was.on)})"
            told = f"{form} présenterait à nouveau une personne que l'OFII n'a pas rejetée"
            yield Problem(told, form)


def _without_effect(event: Event, before: Dossier, after: Dossier) -> Iterator[Problem]:
    """A decision that another act would now come after."""
    was, now = before.ofii, after.ofii
    if was is not None and (now is None or now.positive is not was.positive):
        other = "l'autre décision de l'OFII" if now else "la fiche de liaison"
        told = f"la décision de l'OFII ({was.outcome.label}) resterait sans effet"
        yield Problem(told, "la décision de l'OFII" if event.kind is _FORM else other)


def _passed(event: Event, before: Dossier, after: Dossier) -> Iterator[Problem]:
    """A rejection that would no longer count against the acceptance before it."""
    was, now = before.orientation, after.orientation
    if not (_accepted(was) and was.superseded and _accepted(now) and not now.superseded):
        return
    if event.kind is Kind.ORIENTATION_ACCEPTED or after.admitted:
        no = f"le rejet de l'OFII ({_day(before.rejections[-1].on)})"
        told = f"l'orientation acceptée ({_day(now.on)}) passerait outre {no}"
        other = "l'orientation" if event.kind is Kind.OFII_REJECTED else "le rejet de l'OFII"
        yield Problem(told, other)


def _accepted(said: Answered | None) -> TypeGuard[Answered]:
    return said is not None and said.outcome is Orientation.ACCEPTED


def _two_waiting(before: Dossier, after: Dossier) -> list[Problem]:
    """A form that nothing answers, under a newer one: one at a time waits for OFII."""
    if len(_passed_over(after)) <= len(_passed_over(before)):
        return []
    earlier, newer = _day(_passed_over(after)[-1].on), _day(after.requests[-1].on)
    told = f"deux fiches de liaison attendraient l'OFII ({earlier} ; {newer})"
    return [Problem(told, f"la fiche de liaison ({newer})")]


def _passed_over(d: Dossier) -> list[LiaisonRequest]:
    return [
        request
        for request in d.requests[:-1]
        if request.decision is None and request.wish is not False and request.declined_on is None
    ]


def _day(on: PartialDate | None) -> str:
    return french(on) or "jour inconnu"
