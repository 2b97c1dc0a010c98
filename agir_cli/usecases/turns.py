"""One row after another about one person: the second is decided on what the first has written."""

from __future__ import annotations

from collections.abc import Iterator

from agir_cli.domain.commands import Enroll
from agir_cli.domain.identity import (
    looks_like_agdref,
    looks_like_reference,
    name_key,
    number_key,
)
from agir_cli.usecases.desk import Desk
from agir_cli.usecases.persons import marks_of


def catch_up(desk: Desk, command: Enroll) -> None:
    """Write what is decided if this row may be about somebody who is changed by it.

    The row is then decided on the file, as if it came in a file of its own.
    """
    if not desk.persons.unwritten:
        return
    said = (number_key(command.agdref or ""), name_key(command.nom, command.prenoms))
    if desk.persons.marked(*said) or any(_changed(desk, text) for text in _named_by(command)):
        desk.save()


def _named_by(command: Enroll) -> Iterator[str]:
    """The texts by which a row names somebody."""
    for text in (command.dossier, command.rejoint, command.menage):
        if text is not None and (text is not command.menage or looks_like_reference(text)):
            yield text


def _changed(desk: Desk, text: str) -> bool:
    """Whether a text may name somebody who is changed: a whole reference or number tells."""
    found = desk.candidates(text)
    if looks_like_reference(text):
        if not found or found[0].reference != text.strip().upper():
            return True  # just given, or the beginning of one
    elif not looks_like_agdref(text) or desk.persons.marked(number_key(text)):
        return True
    return any(_marked(desk, candidate.id) for candidate in found)


def _marked(desk: Desk, dossier: str) -> bool:
    holding = desk.holding(dossier)
    return desk.persons.marked(*(marks_of(holding) if holding else (dossier,)))
