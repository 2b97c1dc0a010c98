"""Undoing: what one dossier becomes when everything recorded together in it is voided.

Nothing is rewritten: each event is voided by a later one. A dossier that somebody
has touched since keeps everything: what they did may rest on what the file had said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from agir_cli.domain.decisions.correction import voided_ids
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Event, Kind, recorded
from agir_cli.domain.folding import fold


class Recording(NamedTuple):
    """What is taken back: a batch, what one command recorded at an instant, or one event."""

    batch: str = ""
    moment: str = ""
    author: str = ""
    first: str = ""
    """Of a command: the id of its first event."""
    event: str = ""

    def holds(self, event: Event) -> bool:
        """Whether an event is of it."""
        if self.event or self.batch:
            return self.event == event.id or (bool(self.batch) and event.batch == self.batch)
        told = (event.recorded_at, event.author)
        return event.batch is None and told == (self.moment, self.author)


class Undone(NamedTuple):
    """It can be taken out: the events that are voided, and the state before and after.

    ``after.id`` is empty when the dossier was opened by it.
    """

    voided: tuple[Event, ...]
    drafts: tuple[Draft, ...]
    before: Dossier
    after: Dossier


class Touched(NamedTuple):
    """Somebody has recorded something since: the first such event."""

    event: Event


class Contradicted(NamedTuple):
    """What is left would contradict itself: the codes of the new anomalies."""

    anomalies: tuple[str, ...]


Undoing = Undone | Touched | Contradicted


def undo_recording(
    events: Sequence[Event], what: Recording, undone: Collection[str], reason: str
) -> Undoing | None:
    """What taking ``what`` out of these events of one dossier comes to.

    ``undone``: the batches undone before, whose voidings touch nothing. ``None``: nothing of
    it is left in this dossier.
    """
    gone = voided_ids(events)
    own = [e for e in events if what.holds(e) and e.id not in gone]
    if not own:
        return None
    touch = _first_touch(events, what, undone, gone, _touching({e.kind for e in own}))
    if touch is not None:
        return Touched(touch)
    drafts = tuple(Draft(Kind.EVENT_VOIDED, None, {"event": e.id}, {"raison": reason}) for e in own)
    taken = {e.id for e in own}
    before, after = fold(events), fold(e for e in events if e.id not in taken)
    new = tuple(code for code in after.anomalies if code not in before.anomalies)
    if new and after.id:
        return Contradicted(new)
    return Undone(tuple(own), drafts, before, after)


def _touching(kinds: Collection[Kind]) -> frozenset[Kind]:
    """What touches what was recorded: everything but a person's values, compared one by one.

    A listing is taken back while OFII has not answered; a change of values rests on nothing else.
    """
    acts = set(kinds) - {Kind.IDENTITY_CHANGED}
    if acts == {Kind.LISTING_SENT}:
        return frozenset({Kind.OFII_VALIDATED, Kind.OFII_REJECTED})
    return frozenset(Kind) - {Kind.IDENTITY_CHANGED} if acts else frozenset()


def _first_touch(
    events: Sequence[Event], what: Recording, undone: Collection[str], gone: Collection[str],
    touching: Collection[Kind],
) -> Event | None:  # fmt: skip
    """The first event recorded since that still counts."""
    last = max(recorded(e) for e in events if what.holds(e))
    since = sorted((e for e in events if recorded(e) > last), key=recorded)
    later = {e.id for e in since}
    untouching = later | {
        e.id
        for e in events
        if e.kind is Kind.IDENTITY_CHANGED or (e.batch in undone and not what.holds(e))
    }
    for event in since:
        if event.kind not in touching:
            continue
        if event.kind is Kind.EVENT_VOIDED:
            if event.payload.get("event") not in untouching:
                return event
        elif event.id not in gone:
            return event
    return None
