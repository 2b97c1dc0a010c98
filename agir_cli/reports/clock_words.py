"""The clock that a report used, as a sentence: the source does not name its start."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

_FROM = {"commission": "de la commission", "diagnostic": "du diagnostic"}


def contract_clock(connection: Connection, day: date) -> str:
    """« Contractualisation : 21 jours à compter de la commission, dernier jour inclus. »"""
    from agir_cli.domain.dates import exactly
    from agir_cli.store.settings import rulebook_of

    clock = rulebook_of(connection).clocks.at("contractualisation", exactly(day))
    start = _FROM.get(clock.start_event, clock.start_event)
    return f"Contractualisation : {clock.length.days} jours à compter {start}, dernier jour inclus."
