"""The memory of used-up rights: written when a person is erased, shown to whoever asks, keyed.

Every door asks it by `Ledger.remembered`; nothing else is kept of an erased person.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby, islice
from typing import NamedTuple

from agir_cli.domain.commands import Enroll
from agir_cli.domain.dates import PartialDate, exactly, french_day, from_edtf
from agir_cli.domain.events import Draft, Kind
from agir_cli.failures import NotFoundFailure
from agir_cli.identity.evidence import Traits
from agir_cli.identity.memory import end_of
from agir_cli.site_keys import EVERY, sealed_to, unsealed
from agir_cli.store import doubles, journal, memory, memory_keys, people, settings, sites
from agir_cli.store.driver import Connection
from agir_cli.store.file import consulting, recording
from agir_cli.store.memory import Remembered
from agir_cli.store.memory_keys import Key
from agir_cli.store.people import Holding
from agir_cli.usecases.doubles import traits_of
from agir_cli.usecases.enrolment import LIFTED
from agir_cli.usecases.holders import term_reached
from agir_cli.usecases.ledger import Ledger, Visitor, transaction


class Kept(NamedTuple):
    """What is kept of an erased person: how many fingerprints, made with a key, until when.

    None where the right was not used up. ``new``: the key was made for them; its recovery sheet
    (`memory_keys.recovery_sheet`) is to be shown at once.
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
    for each in used_up(ledger, [person]):
        used, new = memory_keys.present(ledger.connection)
        made = memory.remember(ledger.connection, used, each.known, each.decided, each.until)
        memory.forget_ended(ledger.connection, today)
        return Kept(made, each.until, used, new)
    return Kept()


class _UsedUp(NamedTuple):
    """A person (id) whose right is used up: what is compared of them, since and until when."""

    person: str
    known: Traits
    decided: date
    until: date


def used_up(ledger: Ledger, persons: Collection[str]) -> Iterator[_UsedUp]:
    """Those of these persons whose right is used up, by a dossier of theirs or one linked to it."""
    today = ledger.context.today
    theirs: dict[str, list[Holding]] = {}
    for holding in people.holdings(ledger.connection, persons=persons):
        theirs.setdefault(holding.person, []).append(holding)
    ledger.load(h.dossier for every in theirs.values() for h in every)
    for person, _, known in doubles.everybody(ledger.connection, persons):
        every = theirs.get(person, [])
        over = [h for h in every if h.final or term_reached(h, today)]
        days = [_decided(h.closed_on if h.final and h.closed_on else h.ends_by, today)
                for h in over]  # fmt: skip
        signed = [day.latest.year for h in every if (day := ledger.state(h.dossier).cir)]
        if days:
            yield _UsedUp(person, known, min(days), end_of(signed, max(days)))


_AT_ONCE = 200
"""The most persons of whom one event tells the fingerprints."""


def ends_to_tell(ledger: Ledger) -> None:
    """Record which final ends other sites do not know yet, and which were undone since.

    With them the keys that they are made with, sealed to every site of the network.
    """
    connection = ledger.connection
    if memory_keys.missing(connection, connection.file):
        return  # said when the file was opened
    keys, today = ledger.memory_keys(), ledger.context.today
    present = keys[-1]
    final, voided = people.finally_ended(connection), journal.ends_voided(connection)
    names = {memory.whose(present, person): person for person in final | voided.keys()}
    said = memory.told_of(connection, names)
    told = {person: said[name][0] for name, person in names.items() if said.get(name, ("", 0))[1]}
    new = final - told.keys() | memory.lacking(connection, present, final & told.keys())
    drafts = _keys_to_tell(connection, keys)
    undone = [memory.undone(present, person) for person, moment in told.items()
              if person not in final and voided[person] > moment]  # fmt: skip
    drafts += [_told(None, undone)] if undone else []
    # One event for those who are kept as long: its words go with their end.
    ends = sorted((e for e in used_up(ledger, new) if e.until >= today), key=_until)
    for until, group in groupby(ends, key=_until):
        while some := [*islice(group, _AT_ONCE)]:
            ended = [memory.ended(present, e.person, e.known, e.decided, until) for e in some]
            drafts.append(_told(exactly(until), ended))
    if drafts:
        ledger.append(memory.FINALS, drafts)
        ledger.write()
        events = ledger.events(memory.FINALS)[-len(drafts) :]
        memory.follow(connection, [each.id for each in events])


def _until(used_up: _UsedUp) -> date:
    return used_up.until


def _told(on: PartialDate | None, ends: Sequence[memory.End]) -> Draft:
    text = json.dumps(ends, separators=(",", ":"))
    return Draft(Kind.DIRECTORY_CHANGED, on, texts={memory.ENDS: text})


def _keys_to_tell(connection: Connection, keys: Sequence[Key]) -> list[Draft]:
    known = memory.keys_told(connection)
    known |= {*settings.settings(connection).get(memory_keys.SHARED, "").split()}
    readers = sites.readers(connection)[EVERY]
    sealed = {
        each.id: b64encode(sealed_to(readers, each.secret)).decode()
        for each in keys
        if each.id not in known
    }
    words = {memory.KEYS: json.dumps(sealed)}
    return [Draft(Kind.DIRECTORY_CHANGED, texts=words)] if sealed else []


def follow_ends(ledger: Ledger, events: Iterable[str]) -> None:
    """Keep what other sites' events say of final ends, and the keys to read it with.

    A key that cannot be opened here is wanted from now on: nobody is enrolled without it.
    """
    connection = ledger.connection
    told = memory.follow(connection, events)
    used = memory_keys.used(connection)
    new = [id_ for id_ in told if id_ not in used]
    if not new:
        return
    every = sites.own_keys(connection).groups.get(EVERY, ())
    for id_ in new:
        found = unsealed(reversed(every), b64decode(told[id_]))
        if found is not None:
            memory_keys.keep(connection.file, memory_keys.key_of(found))
    settings.set_setting(connection, memory_keys.USED, " ".join((*new, *used)))


def _decided(text: str | None, today: date) -> date:
    return from_edtf(text).latest if text else today


# --- asked -------------------------------------------------------------------------------


def about(visitor: Visitor, described: Enroll) -> list[Remembered]:
    """The lines that are, or may be, about the person whom these facts describe."""
    with consulting(visitor.path) as connection:
        keys = memory_keys.keys(connection)
        return memory.of_person(connection, keys, traits_of(described), visitor.today)


def about_person(visitor: Visitor, person: str) -> list[Remembered]:
    """The same of a person of the file (id), for the answer to all that is held about them."""
    with consulting(visitor.path) as connection:
        keys = memory_keys.keys(connection)
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
        gone = memory_keys.give_up(connection) if lost else []
        return (*memory_keys.present(connection), gone)


def missing_keys(visitor: Visitor) -> list[str]:
    """The ids of the keys of the fingerprints that are not on this machine."""
    with consulting(visitor.path) as connection:
        return memory_keys.missing(connection, visitor.path)


def restore_key(visitor: Visitor, text: str) -> tuple[Key, list[str]]:
    """Keep a key typed from its sheet; with the ids that are still wanted.

    A key of another site is the one that fingerprints are made with from now on.
    """
    given = memory_keys.typed(text)
    with recording(visitor.path) as connection:
        used = memory_keys.used(connection)
        memory_keys.keep(visitor.path, given)
        if given.id not in used:
            settings.set_setting(connection, memory_keys.USED, " ".join([*used, given.id]))
        still = memory_keys.missing(connection, visitor.path)
    return given, still


def lift(visitor: Visitor, number: str, reason: str) -> int:
    """Take a number out of the memory, where it was kept by mistake; how many lines.

    Who did it and why stays, and is told when somebody with that number is enrolled. Raises
    `NotFoundFailure` where it is not remembered.
    """
    with transaction(visitor) as ledger:
        made = memory.of_number(ledger.memory_keys(), number)
        gone = memory.forget(ledger.connection, made)
        if not gone and not memory.told_elsewhere(ledger.connection, made, visitor.today):
            raise NotFoundFailure("La mémoire des droits épuisés ne connaît pas ce numéro.")
        told = f"{LIFTED} par {visitor.author} le {french_day(visitor.today)} : {reason}"
        for each in made:
            settings.set_setting(ledger.connection, settings.reopened_as(each.tag), told)
    return gone
