"""What a person may ask of the file: to be forgotten, to see what is held; and what time asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from agir_cli.domain.commands import Close
from agir_cli.domain.dates import exactly
from agir_cli.domain.reasons import finding
from agir_cli.domain.vocabulary import Motive
from agir_cli.failures import UsageFailure
from agir_cli.store import erasure
from agir_cli.store.driver import Connection
from agir_cli.store.file import consulting, scrub
from agir_cli.store.lookup import Candidate, dossiers, find_one
from agir_cli.usecases.acts import act
from agir_cli.usecases.ledger import Ledger, NotDone, Visitor, transaction


class Leaving(NamedTuple):
    """Who is to be erased: their dossiers, which of them are open, and who else's notes name them.

    ``gone``: once it is done, the old copies of the file that went with them.
    """

    dossiers: tuple[Candidate, ...]
    named_in: tuple[str, ...]
    gone: tuple[Path, ...] = ()

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
        refused = erase_all(ledger, found.dossiers, demand, reason)
        if refused is not None:
            return refused
    return found._replace(gone=tuple(scrub(visitor.path)))


def erase_all(
    ledger: Ledger, theirs: Sequence[Candidate], demand: str, reason: str
) -> NotDone | None:
    """Erase the persons of these dossiers, which are all of theirs; what refuses a closing, if any.

    Their bytes are in the file until `scrub`.
    """
    today = ledger.context.today
    for each in theirs:
        if each.etape != "clos":
            end = Close(dossier=each.reference, date_cloture=exactly(today), motif=Motive.DROPPED)
            outcome = act(ledger, each.id, end)
            if isinstance(outcome, NotDone):
                return outcome
    ledger.write()
    persons = list(dict.fromkeys(each.person for each in theirs))
    for person in persons:
        remember_right(ledger, person)
    wanted = erasure.Wanted(today.isoformat(), demand, reason)
    erasure.erase(ledger.connection, persons, wanted, ledger.stamp, ledger.context.rulebook)
    return None


def remember_right(ledger: Ledger, person: str) -> None:
    """Keep the fingerprints of a used-up right before its person leaves."""


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
