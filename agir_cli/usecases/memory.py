"""The memory of used-up rights: written when a person is erased, shown to whoever asks, keyed.

Every door asks it by `Ledger.remembered`; nothing else is kept of an erased person.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from agir_cli.domain.commands import Enroll
from agir_cli.domain.dates import french_day, from_edtf
from agir_cli.failures import NotFoundFailure
from agir_cli.identity.memory import end_of
from agir_cli.store import doubles, key, memory, people, settings
from agir_cli.store.file import consulting, recording
from agir_cli.store.key import Key
from agir_cli.store.memory import Remembered
from agir_cli.usecases.doubles import traits_of
from agir_cli.usecases.enrolment import LIFTED
from agir_cli.usecases.holders import term_reached
from agir_cli.usecases.ledger import Ledger, Visitor, transaction


class Kept(NamedTuple):
    """What is kept of an erased person: how many fingerprints, made with a key, until when.

    None where the right was not used up. ``new``: the key was made for them; its recovery sheet
    (`key.recovery_sheet`) is to be shown at once.
    """

    fingerprints: int = 0
    until: date | None = None
    key: Key | None = None
    new: bool = False


def remember_right(ledger: Ledger, person: str) -> Kept:
    """Keep the fingerprints of a person (id) whose right is used up, in the ledger's transaction.

    To be called by an erasure while the person is still there; nothing else changes, and nothing
    at all where no dossier of theirs, nor one linked to it, used the right up.
    """
    ledger.write()
    today = ledger.context.today
    known = next((t for _, _, t in doubles.everybody(ledger.connection, [person])), None)
    theirs = people.holdings(ledger.connection, persons=[person])
    over = [h for h in theirs if h.final or term_reached(h, today)]
    if known is None or not over:
        return Kept()
    days = [_decided(h.closed_on if h.final and h.closed_on else h.ends_by, today) for h in over]
    signed = [ledger.state(h.dossier).cir for h in theirs]
    until = end_of([day.latest.year for day in signed if day is not None], max(days))
    path = ledger.connection.path
    assert path is not None  # persons stand in a team's file
    used, new = key.present(ledger.connection, path)
    made = memory.remember(ledger.connection, used, known, min(days), until)
    memory.forget_ended(ledger.connection, today)
    return Kept(made, until, used, new)


def _decided(text: str | None, today: date) -> date:
    return from_edtf(text).latest if text else today


# --- asked -------------------------------------------------------------------------------


def about(visitor: Visitor, described: Enroll) -> list[Remembered]:
    """The lines that are, or may be, about the person whom these facts describe."""
    with consulting(visitor.path) as connection:
        keys = key.keys(connection, visitor.path)
        return memory.of_person(connection, keys, traits_of(described), visitor.today)


def about_person(visitor: Visitor, person: str) -> list[Remembered]:
    """The same of a person of the file (id), for the answer to all that is held about them."""
    with consulting(visitor.path) as connection:
        keys = key.keys(connection, visitor.path)
        found = [known for _, _, known in doubles.everybody(connection, [person])]
        return [
            line
            for known in found
            for line in memory.of_person(connection, keys, known, visitor.today)
        ]


def held(visitor: Visitor) -> list[tuple[str, int, str, str]]:
    """How many fingerprints the file has, by key: id, number, first and last end."""
    with consulting(visitor.path) as connection:
        return memory.count(connection)


# --- keys --------------------------------------------------------------------------------


def make_key(visitor: Visitor, *, lost: bool) -> tuple[Key, bool, list[str]]:
    """The key of the file, made where there is none: whether it is new, which were given up.

    ``lost``: those that are lost are given up, and their fingerprints with them.
    """
    with recording(visitor.path) as connection:
        gone = key.give_up(connection, visitor.path) if lost else []
        return (*key.present(connection, visitor.path), gone)


def restore_key(visitor: Visitor, text: str) -> tuple[Key, list[str]]:
    """Keep a key typed from its sheet; with the ids that are still wanted.

    A key of another site is the one that fingerprints are made with from now on.
    """
    given = key.typed(text)
    with recording(visitor.path) as connection:
        used = key.used(connection)
        key.keep(visitor.path, given)
        if given.id not in used:
            settings.set_setting(connection, key.USED, " ".join([*used, given.id]))
        still = key.missing(connection, visitor.path)
    return given, still


def lift(visitor: Visitor, number: str, reason: str) -> int:
    """Take a number out of the memory, where it was kept by mistake; how many lines.

    Who did it and why stays, and is told when somebody with that number is enrolled. Raises
    `NotFoundFailure` where it is not remembered.
    """
    with transaction(visitor) as ledger:
        made = memory.of_number(ledger.memory_keys(), number)
        gone = memory.forget(ledger.connection, made)
        if not gone:
            raise NotFoundFailure("La mémoire des droits épuisés ne connaît pas ce numéro.")
        told = f"{LIFTED} par {visitor.author} le {french_day(visitor.today)} : {reason}"
        for each in made:
            settings.set_setting(ledger.connection, settings.reopened_as(each.tag), told)
    return gone
