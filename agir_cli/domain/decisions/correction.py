"""Correcting the journal: an event is voided, or voided and said again with its right date.

Nothing is rewritten: the voided event stays, with the reason and the author of its voiding.
A form keeps its sending and its answer, a decision its effect, and one form waits at a time: what
no command would let in, a correction does not make. Voiding a mistaken final event is the only
way a used-up right comes back, and it is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeGuard

from agir_cli.domain.dates import (
    NO,
    DateFault,
    Moment,
    PartialDate,
    before_or_on,
    french,
    french_moment,
    parse_date,
)
from agir_cli.domain.deadlines import support_ends_by
from agir_cli.domain.decisions.common import (
    Context,
    Decision,
    Milestone,
    decide,
    in_future,
    milestones,
)
from agir_cli.domain.decisions.ofii import no_longer_admitted, with_its_motive
from agir_cli.domain.decisions.support import ENDS_OF_SUPPORT, before_term
from agir_cli.domain.dossier import Answered, Dossier, LiaisonRequest
from agir_cli.domain.events import (
    BOOKED,
    NOTHING,
    Draft,
    Event,
    Kind,
    Payload,
    When,
    anomaly_told,
    recorded,
)
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.folding import fold, foretold, words_of
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import Motive, Orientation, TransferAnswer, in_sentence

# --- requests made of OFII ---------------------------------------------------------------


_FORM = Kind.LIAISON_FORM_COMPLETED


class Problem(NamedTuple):
    """An inconsistency that a correction would cause, and the act that stands in its way."""

    told: str
    obstacle: str = ""


def with_ofii(
    event: Event, on: PartialDate | None, before: Dossier, after: Dossier
) -> list[Problem]:
    """What voiding ``event`` (``on`` is ``None``) or redating it to ``on`` would undo at OFII."""
    if on is None:
        found = list(_voided(event, before, after))
    else:
        found = list(_lost_by_a_form(event, on, before, after))
        found = found or [*_without_effect(event, before, after), *_passed(event, before, after)]
    return [*found, *_two_waiting(before, after)]


def _lost_by_a_form(
    event: Event, on: PartialDate | None, before: Dossier, after: Dossier
) -> Iterator[Problem]:
    left = {request.on: request for request in after.requests}
    if len(after.requests) < len(before.requests):
        yield Problem(f"deux fiches de liaison auraient le même jour ({_day(on)})", "l'autre fiche")
        return
    for was in before.requests:
        day = on if event.kind is _FORM and was.on == event.on else was.on
        now = left.get(day)
        for what, had, has in (
            ("la transmission à l'OFII", was.sent_on, now and now.sent_on),
            ("la décision de l'OFII", was.decision, now and now.decision),
        ):
            if had and not has:
                obstacle = what if event.kind is _FORM else "la fiche de liaison"
                yield Problem(f"la fiche de liaison ({_day(day)}) resterait sans {what}", obstacle)


def _voided(event: Event, before: Dossier, after: Dossier) -> Iterator[Problem]:
    """Problems of voiding: a decision left without its form, a form left without its rejection."""
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
    """Problem if a decision would lose its effect because another act now follows it."""
    was, now = before.ofii, after.ofii
    if was is not None and (now is None or now.positive is not was.positive):
        other = "l'autre décision de l'OFII" if now else "la fiche de liaison"
        told = f"la décision de l'OFII ({was.outcome.label}) resterait sans effet"
        yield Problem(told, "la décision de l'OFII" if event.kind is _FORM else other)


def _passed(event: Event, before: Dossier, after: Dossier) -> Iterator[Problem]:
    """Problem if a rejection would no longer override the earlier acceptance."""
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
    """Problem if two forms would wait for OFII: only one may at a time."""
    if len(_passed_over(after)) <= len(_passed_over(before)):
        return []
    earlier, newer = _day(_passed_over(after)[-1].on), _day(after.requests[-1].on)
    told = f"deux fiches de liaison attendraient l'OFII ({earlier} ; {newer})"
    return [Problem(told, f"la fiche de liaison ({newer})")]


def _passed_over(d: Dossier) -> list[LiaisonRequest]:
    return [
        request
        for request in d.requests[:-1]
        if request.decision is None and request.souhait is not False and request.declined_on is None
    ]


def _day(on: PartialDate | None) -> str:
    return french(on) or "jour inconnu"


# --- correcting --------------------------------------------------------------------------


def voided_ids(events: Sequence[Event]) -> frozenset[str]:
    """The ids of the events that a later one has voided."""
    return frozenset(e.payload["event"] for e in events if e.kind is Kind.EVENT_VOIDED)


def correct(
    events: Sequence[Event], event: Event, number: int, on: PartialDate | None, reason: str,
    context: Context, changes: Payload = NOTHING,
) -> Decision:  # fmt: skip
    """Void ``event``, or say it anew with the date ``on`` or these changes; the reason is kept."""
    before = fold(events)
    if event.kind in _FIXED:
        alone = finding(_FIXED[event.kind], numero=number, dossier=before.reference)
        return decide([alone], ())
    planned = event.kind is Kind.STEP_RECORDED
    told: dict[str, Any] = {"numero": number, "dossier": before.reference}
    refusals = [finding(code, **told) for code in _not_so(events, event, on)]
    refusals += [
        finding("champ_ailleurs", **told, champ=FIELDS[name].label)
        for name in changes.keys() - set(event.kind.traits.put_right)
    ]
    if on is not None and not planned:
        refusals += in_future("on", on, context.today)
    act = _act(events, event)
    again = on is not None or bool(changes)
    ending = _ending(events, event)
    gone = [*(act if again else act[act.index(event) :]), *ending]
    drafts = [Draft(Kind.EVENT_VOIDED, None, {"event": e.id}, {"raison": reason}) for e in gone]
    if again:
        day = on if on is None or planned else on.known_by(context.today)
        said = _said_whole(act, day or act[0].on, changes)
        drafts.append(with_its_motive(said, before.ofii, event.on, words_of(events)))
        drafts += [_said_whole([each], drafts[-1].on, NOTHING) for each in ending]
    if refusals:
        return decide(refusals, ())
    after = foretold(event.dossier, events, drafts)
    refusals += _incoherent(event, drafts[-1].on, before, after, context.rulebook)
    reopened = _reopened(before) if reopens(before, after, context.rulebook) else []
    if reopened and not is_a_sentence(reason):
        refusals.append(finding("raison_a_dire", f"raison donnée : {reason}"))
    noted = _warnings(event, on, before, after)
    return decide(refusals, drafts, [*noted, *reopened])


_FIXED = {
    Kind.EVENT_VOIDED: "annulation_fixe",
    Kind.IDENTITY_CHANGED: "identite_se_redit",
}


def _not_so(events: Sequence[Event], event: Event, on: PartialDate | None) -> Iterator[str]:
    """Why an event is not corrected so: the codes."""
    if event.id in voided_ids(events):
        yield "evenement_annule"
    if event.kind is Kind.DOSSIER_OPENED:
        yield "evenement_fixe"
    if on is not None and event.kind.traits.when is When.BEGINNING:
        yield "evenement_sans_date"


def reopens(before: Dossier, after: Dossier, rulebook: Rulebook) -> bool:
    """Whether a used-up right comes back: its definitive end is taken away."""

    def used_up(d: Dossier) -> bool:
        return d.closing is not None and rulebook.final(d.closing.motive)

    return used_up(before) and not used_up(after)


def is_a_sentence(reason: str) -> bool:
    """Whether a reason tells a reader why: two words and ten letters at least [D] [decision 0041].

    « x », « erreur » say nothing to whoever asks in two years; « mauvais dossier » does.
    """
    words = [word for word in reason.split() if any(c.isalpha() for c in word)]
    return len(words) >= _WORDS and sum(c.isalpha() for c in reason) >= _LETTERS


_WORDS, _LETTERS = 2, 10


def _reopened(d: Dossier) -> list[Finding]:
    """Warning: a right comes back, and the end that had used it up."""
    assert d.closing is not None  # the caller looked
    end = f"{d.closing.motive.label}, {_day(d.closing.on)}"
    return [finding("droit_rouvert", end, dossier=d.reference)]


def _act(events: Sequence[Event], event: Event) -> list[Event]:
    """The event and those that complete the same act, in the order they were recorded."""
    gone, first, hours = voided_ids(events), _first_said(events), _moments(events)
    parts = [
        e
        for e in events
        if e is event
        or (e.id not in gone and first[e.id] == first[event.id])
        or (e.id not in gone and _same_act(event, e) and hours[e.id] == hours[event.id])
    ]
    return sorted(parts, key=recorded)


def _ending(events: Sequence[Event], event: Event) -> list[Event]:
    """The end of the dossier that an accepted transfer brought with it: it goes where that goes."""
    if event.payload.get("reponse_transfert") is not TransferAnswer.ACCEPTED:
        return []
    gone = voided_ids(events)
    return [
        e
        for e in events
        if (e.kind, e.on, e.payload.get("motif")) == (Kind.DOSSIER_CLOSED, event.on, _MOVED)
        and e.id not in gone
    ]


_MOVED = Motive.TRANSFER


def _first_said(events: Sequence[Event]) -> dict[str, str]:
    """For each event, the first of its act: itself, or the one it replaces or completes."""
    found: dict[str, str] = {}
    for event in sorted(events, key=recorded):
        named = event.payload.get("remplace")
        found[event.id] = found.get(named, event.id) if named else event.id
    return found


def _same_act(event: Event, other: Event) -> bool:
    if event.on != other.on:
        return False
    if event.kind is Kind.DIAGNOSIS_HELD and other.kind is Kind.DIAGNOSIS_SIGNED:
        return True
    return other.kind is event.kind and event.kind.traits.parts


def _moments(events: Sequence[Event]) -> dict[str, Moment | None]:
    """For each event, its appointment: without an hour, the first of that day."""
    gone = voided_ids(events)
    said = {
        e.id: e.payload.get(BOOKED[e.kind].moment) if e.kind in BOOKED else None for e in events
    }
    first: dict[tuple[Kind, date], Moment] = {}
    for event in sorted(events, key=recorded):
        moment = said[event.id]
        if moment is not None and moment.hour and event.id not in gone:
            first.setdefault((event.kind, moment.day), moment)
    return {
        e.id: first.get((e.kind, moment.day), moment)
        if (moment := said[e.id]) is not None and not moment.hour
        else moment
        for e in events
    }


def _said_whole(act: Sequence[Event], day: PartialDate | None, changes: Payload) -> Draft:
    """The act as a new draft, with its right date, everything recorded of it, and the changes."""
    first = act[0]
    payload = {name: value for e in act for name, value in e.payload.items()}
    texts = {name: text for e in act for name, text in e.texts.items()}
    if any(e.kind is Kind.DIAGNOSIS_SIGNED for e in act[1:]):
        payload["diagnostic_signe"] = True
    return Draft(first.kind, day, {**payload, **changes, "remplace": first.id}, texts)


def _incoherent(
    event: Event, on: PartialDate | None, before: Dossier, after: Dossier, rulebook: Rulebook
) -> list[Finding]:
    """Findings for every inconsistency that the correction would cause."""
    new = [code for code in after.anomalies if code not in before.anomalies]
    problems = [Problem(anomaly_told(code)) for code in dict.fromkeys(new)]
    problems += _reversed(before, after)
    problems += _left_alone(before, after, redated=on is not None)
    problems += with_ofii(event, on, before, after)
    problems += _absences_after(after, before)
    problems += _too_early_an_end(before, after, rulebook)
    label = in_sentence(event.kind.label)
    return [
        finding(
            "correction_incoherente", f"événement : {label}", probleme=problem.told,
            obstacle=_first(after.reference, problem.obstacle),
        )
        for problem in problems
    ]  # fmt: skip


def _first(reference: str, obstacle: str) -> str:
    what = f"Vérifiez la date ; si elle est juste, corrigez d'abord {obstacle or 'ce fait'}"
    return f"{what}, puis celui-ci : agir show {reference} --events donne les numéros."


def _reversed(before: Dossier, after: Dossier) -> list[Problem]:
    known = {(a.name, b.name) for a, b in _reversals(_dated(before))}
    was = {m.name: m.on for m in _dated(before)}
    return [
        Problem(
            f"{late.name} ({french(late.on)}) viendrait avant {early.name} ({french(early.on)})",
            (early if was.get(early.name) == early.on else late).name,
        )
        for early, late in _reversals(_dated(after))
        if (early.name, late.name) not in known
    ]


def _dated(d: Dossier) -> list[Milestone]:
    """The dated steps, and the first interview, which the contract comes before."""
    first = next(iter((*d.interviews, *d.excuses)), None)
    return [*milestones(d).values(), Milestone("le premier entretien", first)]


def _left_alone(before: Dossier, after: Dossier, *, redated: bool) -> list[Problem]:
    """Problems for acts that would lose the act they depend on."""
    no_diagnosis = bool(before.diagnosis and not after.diagnosis)
    no_contract = bool(before.contract and not after.contract)
    by_contract = after.closing is not None and after.closing.motive in ENDS_OF_SUPPORT
    asked = (
        (no_diagnosis and before.contract, "le contrat", "diagnostic"),
        (no_diagnosis and before.assignment, "la commission", "diagnostic"),
        (no_contract and (after.interviews or after.excuses), "l'entretien", "contrat"),
        (no_contract and by_contract, "la clôture", "contrat"),
    )
    found = [Problem(f"{it} resterait sans {base}", it) for really, it, base in asked if really]
    if _moved_without_end(after) and not _moved_without_end(before):
        on = _day(after.transfers[-1].answered_on)
        told = f"le transfert accepté ({on}) et la clôture ne seraient plus du même jour"
        found.append(Problem(told, "la réponse de l'autre département, que la clôture suit"))
    if redated and len(after.commissions) < len(before.commissions):
        found.append(Problem("deux décisions de commission auraient le même jour", "l'autre"))
    if redated and _unsigned(before, after):
        found.append(Problem("la signature viendrait avant le diagnostic", "le diagnostic"))
    return found


def _moved_without_end(d: Dossier) -> bool:
    """Whether the other department accepted a transfer, and the dossier did not end that day."""
    last = d.transfers[-1] if d.transfers else None
    if last is None or last.answer is not TransferAnswer.ACCEPTED:
        return False
    return d.closing is None or (d.closing.motive is _MOVED and d.closing.on != last.answered_on)


def _unsigned(before: Dossier, after: Dossier) -> bool:
    """The signature is still recorded, on a day when there is no diagnostic yet."""
    was, held = before.diagnosis, after.diagnosis
    return bool(was and was.diagnostic_signe and held and not held.diagnostic_signe)


def _too_early_an_end(before: Dossier, after: Dossier, rulebook: Rulebook) -> list[Problem]:
    """Problem if a closing at the term would come before the two years are over, as in `close`."""

    def early(d: Dossier) -> bool:
        ends = support_ends_by(d, rulebook.clocks)
        return d.closing is not None and before_term(d.closing.motive, d.closing.on, ends)

    if not early(after) or early(before):
        return []
    until = french(support_ends_by(after, rulebook.clocks))
    what = f"la clôture « terme » viendrait avant la fin des deux ans ({until})"
    moved = before.contract != after.contract
    return [Problem(what, "la clôture" if moved else "le contrat")]


def _warnings(
    event: Event, on: PartialDate | None, before: Dossier, after: Dossier
) -> list[Finding]:
    """What is no more what it was, and what the correction does not change, or leaves behind."""
    day = french(on) if on is not None else "annulé"
    told = f"{in_sentence(event.kind.label)} : {french(event.on) or 'sans date'} → {day}"
    if before.closing and before.closing != after.closing and event.kind is Kind.TRANSFER_ANSWERED:
        told += f" ; {in_sentence(Kind.DOSSIER_CLOSED.label)} : {_day(before.closing.on)} → {day}"
    found = [finding("fait_corrige", changements=told, dossier=after.reference)]
    found += no_longer_admitted(before, after)
    if on is not None and event.kind in BOOKED:
        of = BOOKED[event.kind]
        rdv, typed = french_moment(event.payload[of.moment]), f"{of.verb} book"
        found.append(finding("rdv_pas_deplace", rdv=rdv, commande=typed, dossier=after.reference))
    if before.assignment and not after.assignment and after.contract:
        shown = french(after.contract)
        found.append(finding("sans_referent", date=shown, dossier=after.reference))
    return found


def _absences_after(after: Dossier, before: Dossier) -> list[Problem]:
    """Problem if an absence would come after the step that was held after all."""

    def count(d: Dossier) -> int:
        pairs = (
            (d.diagnosis_visits, d.diagnosed),
            (d.contract_visits, d.contract),
        )
        return sum(
            done is not None and absence.earliest >= done.latest
            for visits, done in pairs
            for absence in visits.absences
        )

    more = count(after) > count(before)
    return [Problem("une absence viendrait après l'étape tenue", "l'absence")] if more else []


def _reversals(steps: Sequence[Milestone]) -> list[tuple[Milestone, Milestone]]:
    return [
        (first, second)
        for place, first in enumerate(steps)
        for second in steps[place + 1 :]
        if first.on and second.on and before_or_on(first.on, second.on) is NO
    ]


# --- the short numbers of events ---------------------------------------------------------


def numbered(found: Finding, events: Sequence[Event]) -> Finding:
    """Fill in the short number of the event a finding is about (as in `show --events`)."""
    kind = found.values.get("kind")
    if kind is None:
        return found
    voided = voided_ids(events)
    known = [(n, e) for n, e in in_order_recorded(events) if e.kind is kind and e.id not in voided]
    saying = [(n, e) for n, e in known if _says(e, found)]
    number, event = saying[0] if saying else known[-1] if known else ("N°", None)
    told = {"evenement": number, "correction": _correction(str(found.values["date"]), event)}
    if found.field in kind.traits.put_right:  # put right in its act: nothing to type again
        since = str(found.values["suite"]).partition(". ")[2]
        told |= {"correction": _PUT_RIGHT[found.field], "suite": since and f" {since}"}
    return found._replace(values={**found.values, **told})


_PUT_RIGHT = {
    "bureau": "--bureau BUREAU", "referent": "--referent NOM",
    "second_referent": "--second-referent NOM",
}  # fmt: skip


def _says(event: Event, found: Finding) -> bool:
    """Whether an event belongs to the act of a finding and holds the contradicted value."""
    held: Mapping[str, Any] = found.values.get("held") or {}
    return event.on == found.values.get("on") and all(
        event.payload.get(name) == value or (name == "remplace" and event.id == value)
        for name, value in held.items()
    )


def _correction(given: str, event: Event | None) -> str:
    """The options that correct an event: a new date where one was given, else its voiding."""
    try:
        on = parse_date(given)
    except DateFault:
        return "--void"
    return "--void" if event is not None and event.on == on else f'--on "{given}"'


def in_order_recorded(events: Sequence[Event]) -> list[tuple[int, Event]]:
    """The events of a dossier with their short numbers: the order they were recorded in."""
    return list(enumerate(sorted(events, key=recorded), 1))
