"""Dossiers, events and rules for the domain's tests, written as a reader would say them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from agir_cli.domain import commands as c
from agir_cli.domain.dates import Moment, PartialDate, exactly, parse_date, parse_moment
from agir_cli.domain.deadlines import Span, spans
from agir_cli.domain.decisions.common import Accepted, Context, Decision, Refused
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import assess
from agir_cli.domain.events import Draft, Event, Kind
from agir_cli.domain.folding import applied, fold
from agir_cli.domain.places import Commune, Gazetteer, Place
from agir_cli.domain.route import stage
from agir_cli.domain.values import Reading
from agir_cli.domain.vocabulary import Motive, OfiiOutcome, Right, RightState
from agir_cli.store.reference import load_words
from agir_cli.store.rulebook import shipped
from agir_cli.usecases.acts import DECISIONS as DECISIONS

RULES = shipped()
TODAY = date(2023, 11, 23)
REF = "44-0042"
NANTES = Place("44109", None, "44")
LA_ROCHE = Place("85191", None, "85")
RENNES = Place(None, "35000", "35")

GAZETTEER = Gazetteer(
    (
        Commune("44109", "Nantes", "44", ("44000", "44100"), "244400404", 320_000),
        Commune("44003", "Ancenis-Saint-Géréon", "44", ("44150",), "244400552", 11_600),
        Commune("44163", "Vair-sur-Loire", "44", ("44150",), "244400552", 4_600),
        Commune("85191", "La Roche-sur-Yon", "85", ("85000",), "248500589", 55_000),
    ),
    (),
)
READING = Reading(
    today=TODAY,
    gazetteer=GAZETTEER,
    nationalities={"afg": "AFG", "afghanistan": "AFG", "afghane": "AFG"},
    languages={"dari": "prs", "prs": "prs", "pachto": "pus", "pus": "pus", "so": "som"},
    words=load_words(),
)


def on(text: str) -> PartialDate:
    """The date as a coordinator types it."""
    return parse_date(text)


def day(text: str) -> date:
    """A day that is known."""
    value = parse_date(text)
    assert value.exact, text
    return value.earliest


def at(text: str) -> Moment:
    """An appointment as a coordinator types it."""
    return parse_moment(text)


def context(today: str | date = TODAY) -> Context:
    """What a decision knows on that day, with the rules that come with the program."""
    return Context(day(today) if isinstance(today, str) else today, RULES)


# --- what happened -----------------------------------------------------------------------


def opened(departement: str = "44", **facts: Any) -> Draft:
    payload = {"dossier": REF, "personne": "P1", "departement": departement,
               "ouvert_le": exactly(TODAY), **facts}  # fmt: skip
    return Draft(Kind.DOSSIER_OPENED, None, payload)


def draft(kind: Kind, when: str | None = None, /, **payload: Any) -> Draft:
    return Draft(kind, on(when) if when else None, payload)


def cir(when: str) -> Draft:
    return draft(Kind.CIR_SIGNED, when)


def proposed(when: str | None = None) -> Draft:
    return draft(Kind.ORIENTATION_PROPOSED, when)


def oriented(when: str | None = None) -> Draft:
    return draft(Kind.ORIENTATION_ACCEPTED, when)


def declined(when: str | None = None) -> Draft:
    return draft(Kind.ORIENTATION_DECLINED, when)


def form(when: str, souhait: bool | None = None) -> Draft:
    return draft(Kind.LIAISON_FORM_COMPLETED, when, souhait=souhait)


def sent(when: str, listing: int = 1) -> Draft:
    return draft(Kind.LISTING_SENT, when, listing=listing, ligne=1)


def validated(when: str | None = None, outcome: OfiiOutcome = OfiiOutcome.VALIDATED) -> Draft:
    return draft(Kind.OFII_VALIDATED, when, decision_ofii=outcome)


def rejected(when: str | None = None) -> Draft:
    return draft(Kind.OFII_REJECTED, when, decision_ofii=OfiiOutcome.REJECTED)


def booked(moment: str, when: str | None = None) -> Draft:
    return draft(Kind.DIAGNOSIS_BOOKED, when or moment[:10], date_rdv_diagnostic=at(moment))


def missed(when: str) -> Draft:
    return draft(Kind.DIAGNOSIS_MISSED, when)


def diagnosed(when: str, **payload: Any) -> Draft:
    return draft(Kind.DIAGNOSIS_HELD, when, **payload)


def assigned(when: str, **payload: Any) -> Draft:
    return draft(Kind.REFERENT_DESIGNATED, when, **payload)


def contract_booked(moment: str, when: str | None = None) -> Draft:
    return draft(Kind.CONTRACT_BOOKED, when or moment[:10], date_rdv_contrat=at(moment))


def contract_missed(when: str) -> Draft:
    return draft(Kind.CONTRACT_MISSED, when)


def signed(when: str) -> Draft:
    return draft(Kind.CONTRACT_SIGNED, when)


def interviewed(when: str) -> Draft:
    return draft(Kind.INTERVIEW_HELD, when)


def right(which: Right, state: RightState, when: str | None = None, until: str = "") -> Draft:
    """How a right stands from a day on, and the day written on it."""
    said = {"droit": which, "etat_droit": state, **({"date_fin_droit": on(until)} if until else {})}
    return draft(Kind.RIGHT_RECORDED, when, **said)


def refused(when: str) -> Draft:
    return draft(Kind.CONTRACT_REFUSED, when)


def closed(when: str | None, motif: Motive = Motive.STOPPED_BY_BENEFICIARY) -> Draft:
    return draft(Kind.DOSSIER_CLOSED, when, motif=motif)


# --- what it makes -----------------------------------------------------------------------


def events(*drafts: Draft) -> list[Event]:
    """The drafts as events recorded one minute after the other."""
    return [event(number, each) for number, each in enumerate(drafts)]


def event(number: int, each: Draft) -> Event:
    recorded_at = f"2023-11-23T{number // 60:02d}:{number % 60:02d}:00Z"
    return Event(
        f"E{number:04d}", "D1", each.kind, each.on, each.payload, recorded_at, "essai",
        texts=each.texts,
    )  # fmt: skip


def dossier(*drafts: Draft, departement: str = "44", **facts: Any) -> Dossier:
    """The dossier of a department to which this happened."""
    return fold(events(opened(departement, **facts), *drafts))


def decided(d: Dossier, command: c.Command, today: str | date = TODAY) -> Decision:
    """The answer to a command on that day."""
    answer: Decision = DECISIONS[type(command)](d, command, context(today))
    return answer


def after(d: Dossier, answer: Decision) -> Dossier:
    """The dossier once the answer is recorded."""
    assert isinstance(answer, Accepted), codes(answer)
    return applied(d, answer.drafts)


def kinds(answer: Decision) -> list[Kind]:
    """The kinds of what an accepted command records."""
    assert isinstance(answer, Accepted), codes(answer)
    return [each.kind for each in answer.drafts]


def codes(answer: Decision) -> list[str]:
    """The codes of a refusal; empty when the command was accepted."""
    return [f.code for f in answer.findings] if isinstance(answer, Refused) else []


def warned(answer: Decision) -> list[str]:
    """The codes of the warnings of an accepted command."""
    assert isinstance(answer, Accepted), codes(answer)
    return [f.code for f in answer.warnings]


def clocks_of(d: Dossier) -> tuple[Span, ...]:
    """Every span of a dossier under the shipped rules."""
    way = assess(d, RULES).route
    return spans(d, way, stage(d, way), RULES.clocks)


def caused(every: Iterable[Span], cause: str) -> Sequence[Span]:
    """The spans of one cause."""
    return [span for span in every if span.cause == cause]
