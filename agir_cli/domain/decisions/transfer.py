"""A transfer to another department: asked, answered by the other side, received there.

Source: webinar of 12 October 2023, slide "AGIR : un droit dédié aux BPI": one right of two years at
most, whatever the department; how a transfer is agreed on is said nowhere [D].
"""

from __future__ import annotations

from agir_cli.domain import commands as c
from agir_cli.domain.dates import NO, PartialDate, before_or_on, french
from agir_cli.domain.decisions.common import (
    Accepted,
    Context,
    Decision,
    Milestone,
    already,
    closed,
    decide,
    in_future,
    out_of_order,
    past_term,
    too_early,
    values_of,
)
from agir_cli.domain.dossier import Dossier, Transfer
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import Motive, TransferAnswer


def ask(d: Dossier, command: c.AskTransfer, context: Context) -> Decision:
    """Record that a transfer is asked of another department; the dossier stays open."""
    on, to = command.date_demande_transfert, command.vers_departement
    if any(each.department == to and on.covers(each.on) for each in d.transfers):
        return Accepted()
    refusals = [
        *closed(d), *in_future("date_demande_transfert", on, context.today),
        *_elsewhere(d, to, "vers_departement"),
    ]  # fmt: skip
    waiting, day = d.transfer_asked, on.known_by(context.today)
    if waiting is not None:
        fact = f"demandé au {waiting.department} le {french(waiting.on)}, sans réponse"
        refusals.append(finding("transfert_en_attente", fact, dossier=d.reference))
    elif d.transfers and (answered := d.transfers[-1].answered_on):
        refusals += _early(d, "la demande", on, "la réponse à la précédente", answered)
        day = day.since(answered.earliest)
    draft = Draft(Kind.TRANSFER_ASKED, day, {"vers_departement": to})
    return decide(refusals, [draft], past_term(d, on, context))


def accept(d: Dossier, command: c.AcceptTransfer, context: Context) -> Decision:
    """Record the acceptance and end the dossier on that day, by a motive that is not final."""
    return _answer(d, command.date_transfert, TransferAnswer.ACCEPTED, context)


def refuse(d: Dossier, command: c.RefuseTransfer, context: Context) -> Decision:
    """Record the refusal of the other side: the support goes on here."""
    return _answer(d, command.date_transfert, TransferAnswer.REFUSED, context)


def _answer(d: Dossier, on: PartialDate, answer: TransferAnswer, context: Context) -> Decision:
    last = d.transfers[-1] if d.transfers else None
    if last and last.answered_on and last.answer is answer and on.covers(last.answered_on):
        return Accepted()
    accepts = answer is TransferAnswer.ACCEPTED
    refusals = [
        *closed(d), *in_future("date_transfert", on, context.today), *_asked(d, on, last),
        *(out_of_order(d, "fin", "le transfert", on) if accepts else ()),
    ]  # fmt: skip
    day = on.known_by(context.today)
    day = day.since(last.on.earliest) if last is not None else day
    drafts = [Draft(Kind.TRANSFER_ANSWERED, day, {"reponse_transfert": answer})]
    if accepts:
        drafts.append(Draft(Kind.DOSSIER_CLOSED, day, {"motif": Motive.TRANSFER}))
    told = [finding("transfert_a_remettre", dossier=d.reference)] if accepts else []
    return decide(refusals, drafts, told)


def _asked(d: Dossier, on: PartialDate, last: Transfer | None) -> list[Finding]:
    """Findings: nothing was asked that waits for an answer, or only after this day."""
    if last is None or last.answer is not None:
        return [finding("transfert_sans_demande", dossier=d.reference)]
    return _early(d, "la réponse", on, "la demande de transfert", last.on)


def _early(
    d: Dossier, name: str, on: PartialDate, before: str, known: PartialDate | None
) -> list[Finding]:
    """Finding if a day is before that of what it follows."""
    if known is None or before_or_on(known, on) is not NO:
        return []
    fact = f"{before} : {french(known)} ; {name} : {french(on)}"
    return [too_early(d.reference, Milestone(name, on), Milestone(before, known), fact)]


def receive(d: Dossier, command: c.ReceiveTransfer, context: Context) -> Decision:
    """Record from where and when the person came; their two years go on from the first contract."""
    on, origin = command.date_transfert, command.departement_origine
    said = values_of(command, "departement_origine", "droit_depuis")
    known = d.arrival
    if known is not None:
        held = values_of(known, "departement_origine", "droit_depuis")
        if on.covers(known.on) and said.items() <= held.items():
            return Accepted()
        kind = Kind.TRANSFER_RECEIVED
        told = f"{known.departement_origine}, {french(known.on)}"
        again = already(
            d, kind, "date_transfert", told, f"{origin}, {french(on)}", on=known.on
        )  # fmt: skip
        return decide([again], ())
    refusals = [
        *closed(d), *in_future("date_transfert", on, context.today),
        *in_future("droit_depuis", command.droit_depuis, context.today),
        *_early(d, "le transfert", on, "le premier contrat", command.droit_depuis),
        *_elsewhere(d, origin, "departement_origine"),
    ]  # fmt: skip
    draft = Draft(Kind.TRANSFER_RECEIVED, on.known_by(context.today), said)
    theirs = d.assignment is not None and d.assignment.referent is not None
    noted = [finding("referent_a_designer", dossier=d.reference)] if theirs else []
    return decide(refusals, [draft], noted)


def _elsewhere(d: Dossier, department: str, field: str) -> list[Finding]:
    if department != d.department:
        return []
    fact = f"dossier du {d.department}"
    return [finding("transfert_sur_place", fact, field=field, dossier=d.reference)]
