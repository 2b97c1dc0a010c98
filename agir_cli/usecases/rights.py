"""What a person may ask of the file: to be forgotten, to see what is held; and what time asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from agir_cli.domain.commands import Close
from agir_cli.domain.dates import exactly
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.reasons import finding
from agir_cli.domain.vocabulary import Motive, Progress
from agir_cli.failures import AgirFailure, UsageFailure
from agir_cli.store import erasure, memory
from agir_cli.store.driver import Connection
from agir_cli.store.file import consulting, scrub
from agir_cli.store.lookup import Candidate, dossiers, find_one
from agir_cli.store.network import every_action
from agir_cli.store.waiting import notice
from agir_cli.usecases.acts import act
from agir_cli.usecases.ledger import Ledger, NotDone, Visitor, transaction
from agir_cli.usecases.memory import Kept, remember_right


class Leaving(NamedTuple):
    """Who is to be erased: their dossiers, which of them are open, and who else's notes name them.

    ``gone``: once it is done, the old copies of the file that went with them. ``kept``: what is
    remembered of a right that was used up.
    """

    dossiers: tuple[Candidate, ...]
    named_in: tuple[str, ...]
    gone: tuple[Path, ...] = ()
    kept: tuple[Kept, ...] = ()

    @property
    def open(self) -> list[Candidate]:
        """The dossiers that an erasure closes first."""
        return [each for each in self.dossiers if each.etape != "clos"]


def leaving(visitor: Visitor, text: str) -> Leaving | NotDone:
    """Who leaves when the person of a dossier is erased. Raises `NotFoundFailure`.

    Those of whom somebody has said that they are the same person leave together.
    """
    with consulting(visitor.path) as connection:
        return _leaving(connection, text)


def _leaving(connection: Connection, text: str) -> Leaving | NotDone:
    found = dossiers(connection, ids=[find_one(connection, text)])
    persons = erasure.one_person(connection, {each.person for each in found})
    theirs = dossiers(connection, persons=persons)
    supported = erasure.supported(connection, [each.id for each in theirs])
    if supported:
        return NotDone((finding("accompagnement_protege", dossier=supported[0]),))
    return Leaving(tuple(theirs), tuple(erasure.named_elsewhere(connection, persons)))


def erase(visitor: Visitor, text: str, demand: str, reason: str) -> Leaving | NotDone:
    """Erase the person of a dossier, for good; the file is written anew without them.

    ``demand``: on whose demand; ``reason``: why, both in words that do not name the person. A
    dossier that is open, and never had a contract, is closed first. Raises `NotFoundFailure`.
    """
    with transaction(visitor) as ledger:
        found = _leaving(ledger.connection, text)
        if isinstance(found, NotDone):
            return found
        refuse_naming(ledger.connection, {each.person for each in found.dossiers}, demand, reason)
        kept = erase_all(ledger, found.dossiers, demand, reason)
        if isinstance(kept, NotDone):
            return kept
    return found._replace(gone=tuple(scrub(visitor.path)), kept=tuple(kept))


def erase_all(
    ledger: Ledger, theirs: Sequence[Candidate], demand: str, reason: str
) -> list[Kept] | NotDone:
    """Erase the persons of these dossiers, which are all of theirs; what refuses a closing, if any.

    What is kept of their rights; their bytes are in the file until `scrub`.
    """
    today = ledger.context.today
    for each in theirs:
        if each.etape != "clos":
            end = Close(dossier=each.reference, date_cloture=exactly(today), motif=Motive.DROPPED)
            outcome = act(ledger, each.id, end)
            if isinstance(outcome, NotDone):
                return outcome
    _end_tasks(ledger, theirs)
    persons = list(dict.fromkeys(each.person for each in theirs))
    kept = [remember_right(ledger, person) for person in persons]
    wanted = erasure.Wanted(today.isoformat(), demand, reason)
    erasure.erase(ledger.connection, persons, wanted, ledger.stamp, ledger.context.rulebook)
    return [each for each in kept if each.fingerprints]


def _end_tasks(ledger: Ledger, theirs: Sequence[Candidate]) -> None:
    """Give up what was to be done for these dossiers: nobody is there to do it for."""
    ledger.write()
    dossiers = {each.id for each in theirs}
    for task in every_action(ledger.connection):
        if task.stream in dossiers and not task.over:
            said = {"action": task.action, "type_action": task.type_action,
                    "avancement": Progress.GIVEN_UP}  # fmt: skip
            on = exactly(ledger.context.today)
            ledger.append(task.stream, [Draft(Kind.ACTION_RECORDED, on, said)])
    ledger.write()


def refuse_naming(connection: Connection, persons: Collection[str], *told: str) -> None:
    """Raise `UsageFailure` where what is kept of an erasure would bring back whom it erases."""
    said = erasure.words(erasure.named(connection, persons))
    if said & erasure.words(told):
        raise UsageFailure(
            "La demande et le motif restent dans le fichier : ils ne peuvent pas nommer la"
            " personne.",
            'Dites-les autrement, par exemple : --demande "la personne, par courrier".'
            " Rien n'a été enregistré.",
        )


def again(place: Path, target: Path) -> int:
    """Erase from a file that is to take another's place whom that one has erased since; how many.

    What that one remembers of used-up rights goes with them. Where it cannot be read, that is said.
    """
    try:
        with consulting(target) as connection:
            done, remembered = erasure.erased(connection), memory.lines(connection)
    except AgirFailure:
        notice(
            f"« {target.name} » ne se lit plus : les effacements faits depuis cette sauvegarde ne"
            " peuvent pas être refaits d'ici ; refaites-les (agir erase)."
        )
        return 0
    count, today = 0, max((date.fromisoformat(wanted.day) for wanted, *_ in done), default=date.min)
    with transaction(Visitor(place, today, "")) as ledger:
        memory.take(ledger.connection, *remembered)
        for wanted, stamp, ids in done:
            theirs = dossiers(ledger.connection, ids=ids)
            for each in theirs:
                if each.etape != "clos":  # its end is lost with what the backup has not
                    on = exactly(date.fromisoformat(wanted.day))
                    end = Draft(Kind.DOSSIER_CLOSED, on, {"motif": Motive.DROPPED})
                    ledger.append(each.id, [end])
            _end_tasks(ledger, theirs)
            persons = list(dict.fromkeys(each.person for each in theirs))
            stamp = stamp._replace(site=ledger.stamp.site)
            rulebook = ledger.context.rulebook
            erasure.erase(ledger.connection, persons, wanted, stamp, rulebook)
            count += len(persons)
    if count:
        scrub(place)
    return count
