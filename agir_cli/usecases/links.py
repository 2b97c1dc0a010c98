"""Whom an enrolment names beside its person: the household's dossier, the one they join."""

from __future__ import annotations

from typing import NamedTuple

from agir_cli.domain.commands import Enroll
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.identity import looks_like_reference
from agir_cli.domain.reasons import Finding, finding
from agir_cli.usecases.desk import Desk


class Links(NamedTuple):
    """The household's code and the joined dossier, as resolved in this file."""

    household: str | None
    joined: str | None
    warnings: tuple[Finding, ...] = ()
    housed: str | None = None
    """The dossier that gets this household's code too, once the row is accepted."""


def links_of(desk: Desk, command: Enroll, reference: str, housed_as: str | None = None) -> Links:
    joined: str | None = None
    warnings: tuple[Finding, ...] = ()
    if command.rejoint is not None:
        found = desk.candidates(command.rejoint)
        joined = found[0].reference if len(found) == 1 else None
        joined = None if joined == reference else joined  # nobody joins themselves
        if joined is None:
            warnings = (finding("rejoint_inconnu", dossier=reference),)
    if housed_as is not None and housed_as == command.menage:
        return Links(housed_as, joined, warnings)  # said again, word for word
    household, housed = _household(desk, command.menage)
    return Links(household, joined, warnings, housed)


def _household(desk: Desk, text: str | None) -> tuple[str | None, str | None]:
    """The household's code: that of a dossier of it (which gets one if need be), or as given."""
    if text is None:
        return None, None
    found = desk.candidates(text) if looks_like_reference(text) else []
    if len(found) != 1:
        return text, None
    state = desk.state(found[0].id)
    if state.facts.menage is not None:
        return state.facts.menage, None
    return state.reference, found[0].id


def house(desk: Desk, links: Links) -> None:
    """Only now: a refused row leaves nothing on the dossier that it names."""
    if links.housed is not None:
        draft = Draft(Kind.FACTS_RECORDED, None, {"menage": links.household})
        desk.record(links.housed, [draft])
        holding = desk.holding(links.housed)
        if holding is not None:
            desk.touch(holding)
