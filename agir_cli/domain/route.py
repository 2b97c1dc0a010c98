"""By which way a person comes, when their request was received, and what is awaited next.

Source of the routes: titles of the four "Process d'admission" slides of the webinar of
12 October 2023: CIR of year N, CIR of year N-1, N being the calendar year of the orientation.
"""

from __future__ import annotations

from typing import NamedTuple

from agir_cli.domain.dates import PartialDate, first_of
from agir_cli.domain.dossier import Dossier, department_of_place
from agir_cli.domain.rules import RuleSet
from agir_cli.domain.vocabulary import Route, Stage


class Receipt(NamedTuple):
    """The day by which eligibility is judged, and what it is the day of: « de l'orientation »."""

    on: PartialDate | None
    of: str


OPENING = "de l'ouverture du dossier"


def receipt(dossier: Dossier) -> Receipt:
    """The day of the request: the orientation, else the form, else OFII's decision.

    Else the first dated act of the process, else the day the dossier was opened; never the CIR
    [D]. A form that follows a rejection by OFII is a new request: the orientation is not its day.
    """
    known = dossier.orientation
    if known is not None and known.on is not None and not dossier.presented_again:
        return Receipt(known.on, "de l'orientation")
    for request in reversed(dossier.requests):
        if request.on is not None:
            return Receipt(request.on, "de la fiche de liaison")
    decided = first_of(each.on for each in (*dossier.rejections, dossier.ofii) if each)
    if decided is not None:
        return Receipt(decided, "de la décision de l'OFII")
    act = dossier.first_act
    if act is not None:
        return Receipt(act, "du premier acte daté")
    return Receipt(dossier.opened_on, OPENING)


def received(dossier: Dossier) -> PartialDate | None:
    """The day by which eligibility is judged (see `receipt`)."""
    return receipt(dossier).on


def route(cir: PartialDate | None, receipt: PartialDate | None, rules: RuleSet | None) -> Route:
    """The route, by the years of the CIR and of the receipt.

    The two years are structure, so that clocks run even where no rule-set is known; only a
    rule-set may say that a CIR is too old for both routes.
    """
    possible = routes(cir, receipt, rules)
    return possible[0] if len(possible) == 1 else Route.UNKNOWN


def routes(
    cir: PartialDate | None, receipt: PartialDate | None, rules: RuleSet | None
) -> tuple[Route, ...]:
    """Every route that the dates leave possible; all of them where a date is missing."""
    if cir is None or receipt is None:
        return tuple(Route)
    year, signed = receipt.earliest.year, cir.earliest.year
    if year == receipt.latest.year and signed == cir.latest.year:
        return (_of_gap(year - signed, rules),)
    received_in = range(year, receipt.latest.year + 1)
    signed_in = range(signed, cir.latest.year + 1)
    gaps = dict.fromkeys(late - early for late in received_in for early in signed_in)
    if max(gaps) >= 0:  # nobody is received before the CIR, where the two dates leave a choice
        gaps = dict.fromkeys(gap for gap in gaps if gap >= 0)
    return tuple(dict.fromkeys(_of_gap(gap, rules) for gap in gaps))


def _of_gap(gap: int, rules: RuleSet | None) -> Route:
    """The route of a CIR signed so many calendar years before the receipt."""
    criterion = rules.criteria.get("cir_year") if rules else None
    parameters = criterion.parameters if criterion else {}
    if gap == parameters.get("years_direct", 0):
        return Route.DIRECT
    if gap == parameters.get("years_liaison", 1):
        return Route.LIAISON
    return Route.UNKNOWN if criterion is None or gap < 0 else Route.OUTSIDE


def residence_department(dossier: Dossier) -> str | None:
    """The department the person resides in, if known."""
    facts = dossier.facts
    return department_of_place(facts.commune_residence, facts.code_postal_residence)


def domicile_department(dossier: Dossier) -> str | None:
    """The department the person is domiciled in, if known."""
    facts = dossier.facts
    return department_of_place(facts.commune_domicile, facts.code_postal_domicile)


def stage(d: Dossier, way: Route, *, commission: bool = True) -> Stage:
    """What the dossier awaits next, or how it ended.

    ``commission``: whether one designates the référent, by the rules of the request's day.
    """
    if d.closing is not None:
        return Stage.CLOSED
    if d.contract is not None:
        return Stage.SUPPORT
    if d.assignment is not None:
        return Stage.CONTRACTING
    if d.diagnosis is not None:
        return Stage.COMMISSION if commission else Stage.CONTRACTING
    if d.admitted:
        return Stage.DIAGNOSIS
    return _before_admission(d, way)


def _before_admission(d: Dossier, way: Route) -> Stage:
    if d.ofii is not None:
        return Stage.REJECTED
    if d.declined:
        return Stage.DECLINED
    if d.requests:
        return Stage.OFII if d.requests[-1].sent_on else Stage.LIAISON
    return Stage.LIAISON if way is Route.LIAISON else Stage.ORIENTATION
