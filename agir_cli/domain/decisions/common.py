"""What every decision answers with, and the questions that all of them ask.

Strict when deciding: dates are compared with ≤; what is unknown never refuses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from agir_cli.domain.commands import Close, Enroll, SetSituation
from agir_cli.domain.dates import NO, PartialDate, before_or_on, french, french_day, french_on
from agir_cli.domain.deadlines import Span, spans, support_ends_by
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import Judged, shown
from agir_cli.domain.events import NOTHING, Draft, Kind
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.route import received, route, stage
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import HOUSED, Nature


class Context(NamedTuple):
    """What a decision knows beside the dossier: the day and the rules."""

    today: date
    rulebook: Rulebook


class Accepted(NamedTuple):
    """An accepted act: drafts to record (none if nothing is new), warnings to show."""

    drafts: tuple[Draft, ...] = ()
    warnings: tuple[Finding, ...] = ()
    after: Judged | None = None
    """A new dossier as these drafts alone will tell it, when the decision has looked at it."""


class Refused(NamedTuple):
    """A refused act, with every reason."""

    findings: tuple[Finding, ...]


Decision = Accepted | Refused


class Milestone(NamedTuple):
    """A dated step and how a sentence calls it."""

    name: str
    on: PartialDate | None


def milestones(d: Dossier) -> dict[str, Milestone]:
    """The dated steps of the process, in its order."""
    decided = d.ofii.on if d.ofii and d.ofii.positive else None
    return {
        "cir": Milestone("la signature du CIR", d.cir),
        "orientation": Milestone("l'orientation", d.orientation.on if d.orientation else None),
        "ofii": Milestone("la validation par l'OFII", decided),
        "diagnostic": Milestone("le diagnostic", d.diagnosed),
        "commission": Milestone("la commission", d.assignment.on if d.assignment else None),
        "contrat": Milestone("le contrat", d.contract),
    }


def out_of_order(d: Dossier, step: str, name: str, on: PartialDate) -> list[Finding]:
    """Findings for each recorded step that this one would contradict in the order of the process.

    ``step`` is its key in `milestones`; any other comes after all of them, and ``"fin"`` after
    the last interview and the last form too.
    """
    known = milestones(d)
    if step == "fin":
        known |= _last_acts(d)
    order = [*known, *([] if step in known else [step])]
    place = order.index(step)
    found = []
    for key, other in known.items():
        if key == step or other.on is None:
            continue
        first, second = (
            (other, Milestone(name, on))
            if order.index(key) < place
            else (Milestone(name, on), other)
        )
        if first.on and second.on and before_or_on(first.on, second.on) is NO:
            fact = f"{second.name} : {french(second.on)} ; {first.name} : {french(first.on)}"
            found.append(too_early(d.reference, second, first, fact))
    return found


def _last_acts(d: Dossier) -> dict[str, Milestone]:
    forms = [request.on for request in d.requests if request.on is not None]
    return {
        "fiche": Milestone("la fiche de liaison", forms[-1] if forms else None),
        "entretien": Milestone("l'entretien", d.interviews[-1] if d.interviews else None),
        "excuse": Milestone("l'absence excusée", d.excuses[-1] if d.excuses else None),
    }


def too_early(
    reference: str, early: Milestone, late: Milestone, fact: str, field: str = ""
) -> Finding:
    """Finding: a step (``early``) is dated before the one it follows (``late``)."""
    return finding(
        "avant_etape", fact, field=field, etape=early.name[0].upper() + early.name[1:],
        date=french(early.on), precedente=late.name, date_precedente=french(late.on),
        dossier=reference,
    )  # fmt: skip


def in_future(field: str, on: PartialDate | None, today: date) -> list[Finding]:
    """Finding if a past act is dated after today."""
    if on is None or on.earliest <= today:
        return []
    fact = f"date donnée : {french(on)} ; aujourd'hui : {french_day(today)}"
    return [finding("date_future", fact, field=field, date=french(on))]


def closed(d: Dossier) -> list[Finding]:
    """Finding if the dossier is closed: nothing more is recorded on it."""
    if d.closing is None:
        return []
    day = french_on(d.closing.on) if d.closing.on else "(jour inconnu)"
    fact = f"clos {day} : {d.closing.motive.label}"
    return [finding("dossier_clos", fact, dossier=d.reference)]


def values_of(source: object, *names: str) -> dict[str, Any]:
    """The known values of these fields, in a command or a part of the state."""
    known = ((name, getattr(source, name)) for name in names)
    return {name: value for name, value in known if value is not None and value != ()}


def detail_elsewhere(said: Enroll | SetSituation | Close) -> list[Finding]:
    """Warning: the detail of a housing that is none of the situation told with it."""
    housing, detail = said.situation_logement, said.detail_logement
    if housing is None or detail is None or HOUSED[detail] is housing:
        return []
    told = {"dit": housing.label, "detail": detail.label, "sien": HOUSED[detail].label}
    return [finding("detail_ailleurs", field="detail_logement", **told)]


def dated(what: str, on: PartialDate | None) -> str:
    """An act and its day: « fiche du 01/03/2023 », « fiche (en mars 2023) »."""
    if on is not None and on.exact:
        return f"{what} du {french(on)}"
    return f"{what} ({french_on(on) if on else 'jour inconnu'})"


def already(
    d: Dossier,
    kind: Kind,
    field: str,
    recorded: str,
    given: str,
    suite: str = "",
    *,
    day: str | None = None,
    on: PartialDate | None = None,
    held: Mapping[str, Any] = NOTHING,
) -> Finding:
    """Finding: a recorded fact is given with another value; the store fills in the event's number.

    ``day`` is the one that `agir correct --on` would give the act (by default what was given is
    a day); empty where another value was given: that is a matter of voiding. ``on`` and ``held``:
    the day of the recorded act and what its event says, where there may be several of that kind.
    """
    return finding(
        "deja_enregistre", f"enregistré : {recorded} ; donné : {given}", field=field,
        dossier=d.reference, date=given if day is None else day, suite=suite,
        kind=kind, recorded=recorded, given=given, on=on, held=held,
    )  # fmt: skip


def running(d: Dossier, nature: Nature, context: Context) -> tuple[Span, ...]:
    """The spans of one nature that are still open."""
    rules = context.rulebook.rule_set(d.department, received(d))
    way = route(d.cir, received(d), rules)
    met = rules is None or rules.commission
    awaited = stage(d, way, commission=met)
    every = spans(d, way, awaited, context.rulebook.clocks, commission=met)
    return tuple(span for span in every if span.nature is nature and span.end is None)


def lateness(
    d: Dossier, nature: Nature, name: str, on: PartialDate, context: Context
) -> list[Finding]:
    """Warning if a step comes after its deadline: shown, never a refusal."""
    for span in running(d, nature, context):
        if span.due is not None and span.due.latest < on.earliest:
            days = (on.earliest - span.due.latest) // timedelta(days=1)
            told = f"{days} jour{'s' if days > 1 else ''}"
            return [finding("delai_depasse", delai=name, jours=told, date=french(span.due))]
    return []


def past_term(d: Dossier, on: PartialDate, context: Context) -> list[Finding]:
    """Finding if a day comes after the two years: the right is used up."""
    ends = support_ends_by(d, context.rulebook.clocks)
    if ends is None or ends.latest >= on.earliest:
        return []
    return [finding("terme_depasse", fin=french(ends), dossier=d.reference)]


def decide(
    refusals: Iterable[Finding], drafts: Iterable[Draft], warnings: Iterable[Finding] = ()
) -> Decision:
    """Refuse with every reason if there is one, else accept."""
    found = tuple(refusals)
    return Refused(found) if found else Accepted(tuple(drafts), tuple(warnings))


# --- the same act said again -------------------------------------------------------------


class Recorded(NamedTuple):
    """A recorded act: its kind, its day, and its values."""

    kind: Kind
    on: PartialDate | None
    facts: Mapping[str, Any]
    retype: str
    """What to type again once the recorded one is voided: « la fiche »."""
    handed: Collection[str] = ()
    """What may still be done afterwards: an *oui* follows a *non*."""
    key: Mapping[str, Any] = NOTHING
    """What the act is known by beside its day."""


def said_again(
    d: Dossier, known: Recorded, said: Mapping[str, Any], texts: Mapping[str, Any] = NOTHING
) -> Decision:
    """Decide an act whose day is recorded already: the same rule for every act.

    What was not known completes it, by a second event of that day; another value is refused.
    """
    recorded = {name: value for name, value in known.facts.items() if value is not None}
    new = {
        name: value
        for name, value in said.items()
        if value is not None and name not in known.key and recorded.get(name) != value
    }
    suite = f" Puis retapez {known.retype}."
    refusals = [
        already(
            d, known.kind, name, shown(recorded[name]), shown(value), suite, day="",
            on=known.on, held={**known.key, name: recorded[name]},
        )
        for name, value in new.items()
        if name in recorded and not (name in known.handed and value is True)
    ]  # fmt: skip
    if refusals:
        return decide(refusals, ())
    if not new:
        return Accepted()
    whole = {**known.key, **recorded, **new}
    return decide(closed(d), [Draft(known.kind, known.on, whole, texts)])


def with_names(found: Finding, names: Mapping[str, str]) -> Finding:
    """Put names in the place of codes: the journal holds only codes."""
    recorded, given = found.values.get("recorded"), found.values.get("given")
    if found.code not in _OF_CODES or not {recorded, given} & names.keys():
        return found
    shown = [names.get(str(code), str(code or "aucun")) for code in (recorded, given)]
    return found._replace(fact=_OF_CODES[found.code].format(*shown))


_OF_CODES = {
    "deja_enregistre": "enregistré : {} ; donné : {}",
    "commission_suivante": "référent : {} → {}",
    "attribue_entre_temps": "{} : {}",
}
