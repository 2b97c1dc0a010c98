"""`agir undo`: taking a whole import out again, row by row, or saying why one stays.

A row is a dossier that the import touched. It is taken out whole (every event voided, the
person's values as they were, a person whom nothing else knows removed), or stays whole.
"""

from __future__ import annotations

from typing import NamedTuple

from agir_cli.domain.decisions.undoing import Undone, undo_batch
from agir_cli.store import batches, journal
from agir_cli.store.batches import Batch
from agir_cli.usecases.desk import Desk
from agir_cli.usecases.office import Visitor, at_desk, consulting
from agir_cli.usecases.undo_plan import IMPOSSIBLE, KEPT, UNDONE, Plan, in_chunks, plan

__all__ = ["IMPOSSIBLE", "KEPT", "UNDONE", "Fate", "Undoing", "imports", "look", "undo"]


class Fate(NamedTuple):
    """What becomes of one dossier: `annulé`, `gardé` (touched since) or `impossible`, and why."""

    dossier: str
    nom: str
    prenoms: str
    outcome: str
    detail: str


class Undoing(NamedTuple):
    """What undoing an import comes to; ``done``: it was recorded, not only looked at."""

    batch: Batch
    fates: tuple[Fate, ...]
    done: bool

    def count(self, outcome: str) -> int:
        """How many dossiers end so."""
        return sum(fate.outcome == outcome for fate in self.fates)


def imports(visitor: Visitor) -> list[Batch]:
    """Every import of the file, the latest first."""
    with consulting(visitor.path) as connection:
        return batches.every_batch(connection)


def look(visitor: Visitor, text: str) -> Undoing:
    """What undoing the import ``text`` would do. Raises `NotFoundFailure`."""
    with consulting(visitor.path) as connection:
        batch = batches.one_batch(connection, text)
        return Undoing(batch, _fates(plan(connection, batch)), False)


def undo(visitor: Visitor, text: str) -> Undoing:
    """Undo the import ``text``, in one transaction. Raises `NotFoundFailure`.

    When every row stays, nothing is recorded (``done`` is false).
    """
    with at_desk(visitor) as desk:
        batch = batches.one_batch(desk.connection, text)
        made = plan(desk.connection, batch)
        done = bool(made.taken())
        if done:
            _take_out(desk, made)
            told = f"{desk.stamp.recorded_at} {desk.stamp.author}"
            batches.mark_undone(desk.connection, batch.id, told)
    return Undoing(batch, _fates(made), done)


def _fates(made: Plan) -> tuple[Fate, ...]:
    return tuple(
        Fate(row.named.reference, row.named.nom, row.named.prenoms, row.outcome, row.detail)
        for row in made.rows.values()
    )


def _take_out(desk: Desk, made: Plan) -> None:
    removed = made.removed()
    for ids in in_chunks(made.taken()):
        changes: list[journal.Change] = []
        wordless: list[str] = []
        for id_, events in journal.load(desk.connection, ids).items():
            verdict = undo_batch(events, made.batch.id, made.undone, made.reason)
            if isinstance(verdict, Undone):
                changes.append(journal.Change(id_, events, verdict.drafts))
                wordless += [e.id for e in verdict.voided if id_ in removed]
        journal.append(desk.connection, changes, desk.stamp, desk.context.rulebook, ids=desk.ids)
        batches.remove_words(desk.connection, wordless)
    _put_back_people(desk, made, removed)


def _put_back_people(desk: Desk, made: Plan, removed: set[str]) -> None:
    taken = [made.rows[id_] for id_ in made.taken()]
    batches.remove_people(
        desk.connection, (row.named.person for row in taken if row.named.id in removed)
    )
    renewed = {row.named.person: row.renewed for row in taken if row.renewed}
    for persons in in_chunks(sorted(renewed)):
        values = batches.people_values(desk.connection, persons)
        for person, now in values.items():
            now.update({value.field: value.former or None for value in renewed[person]})
        batches.restore_people(desk.connection, made.batch.id, values)
