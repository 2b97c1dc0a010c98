"""Correcting one event of a dossier, with its reason and its author."""

from __future__ import annotations

from agir_cli.domain.dates import PartialDate
from agir_cli.domain.decisions.common import Refused
from agir_cli.domain.decisions.correction import correct
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.reasons import Finding, finding
from agir_cli.store.batches import hindering
from agir_cli.store.driver import Connection
from agir_cli.store.lookup import find_one
from agir_cli.usecases.acts import in_order_recorded
from agir_cli.usecases.desk import Done, NotDone
from agir_cli.usecases.office import Visitor, at_desk
from agir_cli.usecases.single import Receipt, standing_of


def correct_event(
    visitor: Visitor, text: str, number: int, on: PartialDate | None, reason: str
) -> Receipt:
    """Void event ``number`` of a dossier, or give it the date ``on``."""
    with at_desk(visitor) as desk:
        dossier = find_one(desk.connection, text)
        state, events = desk.state(dossier), desk.events(dossier)
        event = dict(in_order_recorded(events)).get(number)
        if event is None:
            told = finding("evenement_inconnu", numero=number, dossier=state.reference)
            return Receipt(NotDone((told,), asks=True), None)
        decision = correct(events, event, number, on, reason, desk.context)
        if isinstance(decision, Refused):
            return Receipt(NotDone(decision.findings), None)
        desk.record(dossier, decision.drafts)
        after = desk.state(dossier)
        hindrance = _beside(desk.connection, after) if state.closing and after.open else ()
        if hindrance:
            return Receipt(NotDone(hindrance), None)
        desk.save()
        standing = standing_of(after, desk.context.rulebook)
    return Receipt(Done("modifie", dossier, after.reference, decision.warnings), standing)


def _beside(connection: Connection, opened: Dossier) -> tuple[Finding, ...]:
    """Why a closed dossier may not open again: another one of the person goes on, or ended all."""
    other = hindering(connection, opened.person, opened.id)
    if other is None:
        return ()
    code = "droit_epuise_ailleurs" if other.final else "autre_dossier_ouvert"
    return (
        finding(
            code, f"dossier {other.reference}", dossier=opened.reference, autre=other.reference
        ),
    )
