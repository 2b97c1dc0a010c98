"""Folding what is asked of OFII, and what OFII answers: a form, a listing, a decision."""

from __future__ import annotations

from typing import Any

from agir_cli.domain.dates import PartialDate
from agir_cli.domain.dossier import Answered, Decided, LiaisonRequest
from agir_cli.domain.events import Told
from agir_cli.domain.vocabulary import Orientation

State = dict[str, Any]
"""A dossier while it is being folded: its fields, by name."""


def filled_in(s: State, e: Told) -> None:
    """A new form asks OFII again: an earlier rejection no longer answers, nor an earlier "no"."""
    requests, p = s["requests"], e.payload
    wish = p.get("souhait")
    said = LiaisonRequest(e.on, wish, p.get("flyer_remis"), p.get("soutien_agir"))
    if any(request.on == e.on for request in requests):  # the day tells a form: this one says more
        s["requests"] = tuple(_completed(r, said) if r.on == e.on else r for r in requests)
        return
    rejected = s["ofii"] is not None and not s["ofii"].positive
    again = rejected or (bool(requests) and requests[-1].again and requests[-1].decision is None)
    s["requests"] = (*requests, said._replace(again=again))
    if rejected:
        s["ofii"] = None
    answer = s["orientation"]
    if again or (answer and answer.outcome is Orientation.DECLINED and wish is not False):
        s["orientation"] = _superseded(answer)


def _completed(form: LiaisonRequest, said: LiaisonRequest) -> LiaisonRequest:
    names = ("wish", "leaflet", "helped")
    more = {name: value for name in names if (value := getattr(said, name)) is not None}
    return form._replace(**more)


def decided(s: State, e: Told) -> None:
    """OFII answers the last form, if there is one; its "no" outweighs an earlier acceptance."""
    answer = Decided(e.payload["decision_ofii"], e.on, e.payload.get("listing"))
    s["ofii"] = answer
    s["requests"] = _on_last(s["requests"], decision=answer)
    if not answer.positive:
        s["rejections"] = (*s["rejections"], answer)
        s["orientation"] = _superseded(s["orientation"])


def answered(s: State, outcome: Orientation | None, on: PartialDate | None) -> None:
    """The answer to a proposal; a "no" goes back on the form that OFII has not answered."""
    known, requests = s["orientation"], s["requests"]
    if known is not None and known.outcome not in (None, outcome if known.on is None else None):
        s["answers"] = (*s["answers"], known)
    s["orientation"] = Answered(outcome, on)
    if outcome is Orientation.DECLINED and requests and requests[-1].decision is None:
        s["requests"] = _on_last(requests, declined_on=on)


def _superseded(answer: Answered | None) -> Answered | None:
    return answer and answer._replace(superseded=True)


def _on_last(requests: tuple[LiaisonRequest, ...], **changes: Any) -> tuple[LiaisonRequest, ...]:
    if not requests:
        return ()
    return (*requests[:-1], requests[-1]._replace(**changes))


def sent(s: State, e: Told) -> None:
    """A listing carries the form that it names by its day; an older event names none."""
    requests = s["requests"]
    form, listing = e.payload.get("date_fiche"), e.payload.get("listing")
    if form is None or not any(request.on == form for request in requests):
        s["requests"] = _on_last(requests, sent_on=e.on, listing=listing)
        return
    s["requests"] = tuple(
        request._replace(sent_on=e.on, listing=listing) if request.on == form else request
        for request in requests
    )
