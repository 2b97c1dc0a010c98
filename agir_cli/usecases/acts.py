"""Every command on an existing dossier: find it, decide, record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from agir_cli.domain import commands as c
from agir_cli.domain.dates import DateFault, PartialDate, may_be_the_same_day, parse_date
from agir_cli.domain.decisions import liaison, process, support
from agir_cli.domain.decisions import process as commission
from agir_cli.domain.decisions.common import Accepted, Context, Decision, Refused, with_names
from agir_cli.domain.decisions.correction import voided_ids
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Event, Kind
from agir_cli.domain.fields import FIELDS, Home
from agir_cli.domain.places import normalise_name
from agir_cli.domain.reading import Identity
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import Motive
from agir_cli.store.lookup import Candidate
from agir_cli.usecases.desk import Desk, Done, NotDone, Outcome
from agir_cli.usecases.enrolment import enroll
from agir_cli.usecases.holders import not_them
from agir_cli.usecases.ofii_answers import whom
from agir_cli.usecases.turns import catch_up

Decide = Callable[[Dossier, Any, Context], Decision]
Booking = c.BookDiagnosis | c.BookContract

DECISIONS: Mapping[type[c.Command], Decide] = {
    c.AddLiaison: liaison.add_liaison,
    c.DecideLiaison: liaison.decide_liaison,
    c.BookDiagnosis: process.book_diagnosis,
    c.HoldDiagnosis: process.hold_diagnosis,
    c.MissDiagnosis: process.miss_diagnosis,
    c.Assign: commission.assign,
    c.BookContract: process.book_contract,
    c.SignContract: process.sign_contract,
    c.RefuseContract: process.refuse_contract,
    c.MissContract: process.miss_contract,
    c.Close: support.close,
    c.AddStep: support.add_step,
    c.SetSituation: support.set_situation,
    c.AddInterview: support.add_interview,
}


def is_final(command: c.Command, rulebook: Rulebook) -> bool:
    """Whether this command, once done, uses the right up."""
    if isinstance(command, c.Close):
        return rulebook.final(command.motif)
    return isinstance(command, c.RefuseContract)


def perform(
    desk: Desk, command: c.Command, *, from_file: bool = False, said: Identity | None = None
) -> Outcome:
    """Decide one command and record what it does; nothing is written before `Desk.save`.

    ``said``: the person whom a row describes beside the dossier it names.
    """
    if isinstance(command, c.Enroll):
        catch_up(desk, command)
        return enroll(desk, command, from_file=from_file)
    if isinstance(command, c.DecideLiaison):
        meant = whom(desk, command)
        if isinstance(meant, NotDone):
            return meant
        command = meant
    named = _named(desk, command)
    if isinstance(named, NotDone):
        return named
    stranger = not_them(desk, named, vars(said)) if said is not None else ()
    return NotDone(stranger) if stranger else act(desk, named, command)


def _named(desk: Desk, command: c.Command) -> str | NotDone:
    """The dossier that a command names: of several of one person, the one that is open."""
    text = str(getattr(command, "dossier"))  # noqa: B009 - every command but one has it
    found = desk.candidates(text)
    if len(found) > 1:
        found = _meant(desk, found, command)
    if len(found) == 1:
        return found[0].id
    if not found:
        return NotDone((finding("dossier_inconnu", field="dossier", texte=text[:40]),), asks=True)
    names = " ; ".join(map(str, found[:8])) + (" ; …" if len(found) > 8 else "")
    ambiguous = finding("dossier_ambigu", field="dossier", texte=text[:40], candidats=names)
    return NotDone((ambiguous,), asks=True)


def _meant(desk: Desk, found: list[Candidate], command: c.Command) -> list[Candidate]:
    """Of one person's dossiers, the one that ended as this command says, else the one that is open.

    Else a file of closings said again would end the dossier that was opened since.
    """
    end = end_of(command)
    if len({candidate.person for candidate in found}) > 1:
        return found  # several persons: nobody is chosen because the others' dossiers are closed
    states = [(candidate, desk.state(candidate.id)) for candidate in found]
    ended = [each for each, state in states if end is not None and ended_so(state, *end)]
    still_open = [each for each, state in states if state.open]
    return next((some for some in (ended, still_open) if len(some) == 1), found)


def end_of(command: c.Command) -> tuple[Motive, PartialDate] | None:
    """How and when a command ends a dossier, if it does."""
    if isinstance(command, c.RefuseContract):
        return Motive.CONTRACT_REFUSED, command.date_refus
    return (command.motif, command.date_cloture) if isinstance(command, c.Close) else None


def ended_so(state: Dossier, motive: Motive, on: PartialDate) -> bool:
    """Whether a dossier has ended so, as far as the day is known."""
    closing = state.closing
    return closing is not None and closing.motive is motive and may_be_the_same_day(closing.on, on)


def act(desk: Desk, dossier: str, command: c.Command) -> Outcome:
    """Decide one command on the dossier of that id, and record what it does."""
    state = desk.state(dossier)
    if isinstance(command, c.AddStep) and _just_said(state, command):
        desk.save()  # the step of the row before gets the event that this row completes
        state = desk.state(dossier)
    added: list[Finding] = []
    before = desk.referents.copy()
    if isinstance(command, c.Assign):
        command = _with_referents(desk, command, added)
    if isinstance(command, Booking):
        placed = _at_known_office(desk, command, state.department, added)
        if isinstance(placed, NotDone):
            return placed
        command = placed
    decision = DECISIONS[type(command)](state, command, desk.context)
    if isinstance(decision, Refused):
        names = desk.referents.names() if isinstance(command, c.Assign) else {}
        desk.referents = before  # nobody joins the directory by a refused row
        told = (with_names(f, names) for f in decision.findings)
        return NotDone(tuple(numbered(f, desk.events(dossier)) for f in told))
    decision = _with_words(desk, dossier, command, decision)
    if not decision.drafts:
        return Done("inchange", dossier, state.reference, decision.warnings)
    desk.record(dossier, decision.drafts)
    return Done("modifie", dossier, state.reference, (*decision.warnings, *added))


def _just_said(state: Dossier, command: c.AddStep) -> bool:
    return any(step.words == command.etape and step.event[:1] == "~" for step in state.steps)


def _with_words(desk: Desk, dossier: str, command: c.Command, done: Accepted) -> Accepted:
    """What is said again may bring words that nobody has written down yet: they are kept."""
    known, told = desk.words(dossier), {name for draft in done.drafts for name in draft.texts}
    said = {
        name: text
        for name in _TEXTS
        if (text := getattr(command, name, None)) is not None
        and known.get(name) != text
        and name not in told
    }
    if not said or not desk.state(dossier).open:
        return done
    return done._replace(drafts=(*done.drafts, Draft(Kind.FACTS_RECORDED, None, {}, said)))


_TEXTS = tuple(n for n, field in FIELDS.items() if field.home is Home.TEXT and n != "etape")
"""The free texts that an act may bring; a step's own words are what it records."""


def _at_known_office(
    desk: Desk, command: Booking, department: str, added: list[Finding]
) -> Booking | NotDone:
    """The booking with the code of its office, which may be written by its name."""
    given = command.bureau
    exact = "SELECT 1 FROM offices WHERE bureau = ?"
    if given is None or desk.connection.execute(exact, (given,)).fetchone():
        return command
    query = "SELECT bureau, nom, departement FROM offices ORDER BY bureau"
    offices = desk.connection.execute(query).fetchall()
    wanted = normalise_name(given)
    found = [o for o in offices if wanted in (normalise_name(o[0]), normalise_name(o[1]))]
    if len(found) == 1:
        return replace(command, bureau=found[0][0])
    if found:
        return NotDone((_several_offices(given, found),), asks=True)
    here = [office for office in offices if office[2] == department]
    known = _listed(here) or f"aucun dans le {department}"
    added.append(finding("bureau_inconnu", field="bureau", bureau=given[:40], connus=known))
    return command


def _several_offices(given: str, found: list[Any]) -> Finding:
    fault = f"« {given[:40]} » est le nom de {len(found)} bureaux"
    return finding("ambigu", field="bureau", label="Bureau", faute=fault, attendu=_listed(found))


def _listed(offices: list[Any]) -> str:
    return " ; ".join(f"{code} ({name})" for code, name, _ in offices)


def numbered(found: Finding, events: Any) -> Finding:
    """The finding with the short number of the event it speaks of (that of `show --events`)."""
    kind = found.values.get("kind")
    if kind is None:
        return found
    voided = voided_ids(events)
    known = [(n, e) for n, e in in_order_recorded(events) if e.kind is kind and e.id not in voided]
    saying = [(n, e) for n, e in known if _says(e, found)]
    number, event = saying[0] if saying else known[-1] if known else ("N°", None)
    told = {"evenement": number, "correction": _correction(str(found.values["date"]), event)}
    return found._replace(values={**found.values, **told})


def _says(event: Event, found: Finding) -> bool:
    """Whether the event is of the act a finding is about, and says what it contradicts."""
    held: Mapping[str, Any] = found.values.get("held") or {}
    return event.on == found.values.get("on") and all(
        event.payload.get(name) == value or (name == "remplace" and event.id == value)
        for name, value in held.items()
    )


def _correction(given: str, event: Event | None) -> str:
    """The words that correct an event: its date when another one was given, else its voiding."""
    try:
        on = parse_date(given)
    except DateFault:
        return "--void"
    return "--void" if event is not None and event.on == on else f'--on "{given}"'


def in_order_recorded(events: Any) -> list[tuple[int, Event]]:
    """The events of a dossier with their short numbers: the order they were recorded in."""
    return list(enumerate(sorted(events, key=lambda e: (e.recorded_at, e.id)), 1))


def _with_referents(desk: Desk, command: c.Assign, added: list[Finding]) -> c.Assign:
    changes: dict[str, Any] = {}
    for field in ("referent", "second_referent"):
        name = getattr(command, field)
        if name is not None:
            changes[field], new = desk.referents.code(name)
            if new:
                told = f"référent : {name}"
                added.append(finding("referent_ajoute", told, field=field))
    return replace(command, **changes) if changes else command
