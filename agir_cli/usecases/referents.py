"""The référents of the directory: known better, made one, gone, and their dossiers handed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from agir_cli.domain.commands import Designate
from agir_cli.domain.dates import PartialDate, french
from agir_cli.domain.identity import meant, nearest
from agir_cli.failures import AgirFailure, NotFoundFailure, UsageFailure
from agir_cli.store import directory, journal
from agir_cli.store.batches import Batch, keep_batch
from agir_cli.store.directory import Referent
from agir_cli.store.driver import Connection
from agir_cli.store.lookup import accompanied_by, names_of
from agir_cli.store.stamp import ulids
from agir_cli.usecases.acts import act
from agir_cli.usecases.ledger import Ledger, NotDone, Visitor, looking, transaction
from agir_cli.usecases.network import keep_action, known_actions

HANDOVER = "referent handover"
MOVES = "passe"


class Fate(NamedTuple):
    """One dossier of a hand-over: whether it passes to the other référent, and why not."""

    reference: str
    nom: str
    prenoms: str
    fate: str
    detail: str
    task: bool = False
    """Whether it is a task, or another action: ``reference`` is its number, ``nom`` its words."""


class Handover(NamedTuple):
    """What a hand-over does: from whom, to whom, from which day, dossier by dossier."""

    former: Referent
    new: Referent
    on: date
    fates: tuple[Fate, ...]
    batch: str = ""

    @property
    def moving(self) -> int:
        """How many dossiers and tasks pass to the other."""
        return sum(each.fate == MOVES for each in self.fates)

    @property
    def tasks(self) -> int:
        """How many of them are tasks."""
        return sum(each.task for each in self.fates)


def one(connection: Connection, text: str) -> Referent:
    """The référent whom a text means. Raises `NotFoundFailure` with the candidates."""
    known = {each.code: each for each in directory.every_referent(connection)}
    names = connection.execute(directory.REFERENTS_NAMED).fetchall()
    found, _ = meant(text, names)
    if len(found) == 1:
        return known[found[0]]
    if found:
        told = [f"  {code}  {known[code].nom}" for code in found]
        raise NotFoundFailure(f"« {text[:40]} » peut être plusieurs référents :", *told)
    near = dict.fromkeys(nearest(text, names)[:5])
    told = [f"  {code}  {known[code].nom}" for code in near] or ["  agir referent list"]
    raise NotFoundFailure(f"Aucun référent « {text[:40]} » au répertoire. Proches :", *told)


def keep(visitor: Visitor, text: str, values: Mapping[str, str | int | None]) -> Referent:
    """Keep these facts of a référent; who they are afterwards. Raises `NotFoundFailure`."""
    with transaction(visitor) as ledger:
        known = one(ledger.connection, text)
        _keep(ledger.connection, known, values)
        return one(ledger.connection, known.code)


def _keep(connection: Connection, known: Referent, values: Mapping[str, str | int | None]) -> None:
    changed = {name: value for name, value in values.items() if getattr(known, name) != value}
    if "nom" in changed:
        _refuse_a_name_twice(connection, known, str(changed["nom"]))
    directory.set_referent(connection, known.code, changed)


def _refuse_a_name_twice(connection: Connection, known: Referent, name: str) -> None:
    for code, other in connection.execute(directory.REFERENTS_NAMED):
        if code != known.code and meant(name, [(code, other)])[1]:
            same = known.code or "NOM"
            raise AgirFailure(
                f"« {other} » est déjà au répertoire ({code}) : rien n'a été enregistré.",
                f"Si c'est la même personne : agir referent join {same} {code}",
                exit_code=3,
            )


def add(visitor: Visitor, name: str, values: Mapping[str, str | int | None]) -> Referent:
    """Put somebody in the directory. Raises `AgirFailure` for a name that it has."""
    with transaction(visitor) as ledger:
        nobody = Referent("", name)
        _refuse_a_name_twice(ledger.connection, nobody, name)
        code = ledger.referents.join(name)
        directory.add_referents(ledger.connection, ledger.referents.take(1))
        directory.set_referent(ledger.connection, code, values)
        return one(ledger.connection, code)


def join(visitor: Visitor, text: str, other: str) -> tuple[Referent, Referent, int]:
    """Make two names of the directory one person's: the first is read as the second from now on.

    The journal keeps the codes it has. The first, the second, and how many dossiers change lists.
    Raises `NotFoundFailure`, and `UsageFailure` for one and the same.
    """
    with transaction(visitor) as ledger:
        first, second = one(ledger.connection, text), one(ledger.connection, other)
        if first.code == second.code:
            raise UsageFailure(f"« {text[:40]} » et « {other[:40]} » sont déjà le même référent.")
        theirs = len(accompanied_by(ledger.connection, first.code))
        joined = directory.joined_referents(ledger.connection)
        for code in [first.code, *(c for c, into in joined.items() if into == first.code)]:
            directory.set_referent(ledger.connection, code, {"remplace_par": second.code})
        journal.fold_again(ledger.connection, ledger.context.rulebook)
    return first, second, theirs


def part(visitor: Visitor, code: str) -> Referent:
    """Take a name back from the one it had joined. Raises `NotFoundFailure`."""
    with transaction(visitor) as ledger:
        joined = directory.joined_referents(ledger.connection)
        found, _ = meant(code, directory.referent_names(ledger.connection).items())
        wanted = [each for each in found if each in joined]
        if len(wanted) != 1:
            raise NotFoundFailure(f"« {code[:40]} » n'a été relié à aucun autre référent.")
        directory.set_referent(ledger.connection, wanted[0], {"remplace_par": None})
        journal.fold_again(ledger.connection, ledger.context.rulebook)
        return one(ledger.connection, wanted[0])


def leave(visitor: Visitor, text: str, on: date) -> tuple[Referent, int]:
    """A référent is one no more from that day; who, and how many open dossiers they still have."""
    gone = keep(visitor, text, {"parti_le": on.isoformat()})
    return gone, gone.dossiers_ouverts


# --- handing over ------------------------------------------------------------------------


def look(visitor: Visitor, former: str, new: str, on: PartialDate) -> Handover:
    """What `hand_over` would do, with nothing recorded."""
    with looking(visitor) as ledger:
        return _handed_over(ledger, former, new, on)


def hand_over(visitor: Visitor, former: str, new: str, on: PartialDate) -> Handover:
    """Designate another référent in every open dossier of one, from a day on: a batch.

    Where they are the second référent, the other becomes the second.
    """
    batch = next(ulids())
    with transaction(visitor, batch=batch) as ledger:
        made = _handed_over(ledger, former, new, on)._replace(batch=batch)
        count, moment = made.moving, ledger.stamp.recorded_at
        if count:
            name = f"{made.former.nom} → {made.new.nom}, dès le {french(on)}"
            digest = sha256(name.encode()).hexdigest()
            left = len(made.fates) - count
            kept = Batch(batch, HANDOVER, name, len(made.fates), 0, count, 0, left, 0, moment,
                         visitor.author, None)  # fmt: skip
            keep_batch(ledger.connection, kept, digest)
    return made


def _handed_over(ledger: Ledger, former: str, new: str, on: PartialDate) -> Handover:
    before, after = one(ledger.connection, former), one(ledger.connection, new)
    if before.code == after.code:
        raise UsageFailure("Les deux sont le même référent : il n'y a rien à transmettre.")
    if on.earliest > ledger.context.today:
        raise UsageFailure("Une transmission s'enregistre le jour où elle a lieu, ou après.")
    fates = (*_fates(ledger, before, after, on), *_actions(ledger, before, after))
    return Handover(before, after, on.earliest, fates)


def _actions(ledger: Ledger, before: Referent, after: Referent) -> Iterator[Fate]:
    """The tasks, and what else of the network is not over, pass with the dossiers."""
    for action in [*known_actions(ledger).by_number.values()]:
        if action.referent == before.code and not action.over:
            keep_action(ledger, action._replace(referent=after.code, responsable=after.nom))
            detail = f"tâche de {action.dossier}" if action.dossier else action.type_action.label
            yield Fate(action.action, action.objet, "", MOVES, detail, task=True)


def _fates(ledger: Ledger, before: Referent, after: Referent, on: PartialDate) -> Iterator[Fate]:
    theirs = accompanied_by(ledger.connection, before.code)
    names = names_of(ledger.connection, theirs)
    ledger.load(theirs)
    for dossier in theirs:
        state = ledger.state(dossier)
        known = state.assignment
        roles = [
            name
            for name in ("referent", "second_referent")
            if known is not None and getattr(known, name) == before.code
        ]
        said = dict.fromkeys(roles, after.code)
        command = Designate(dossier=state.reference, date_referent=on, **said)
        outcome = ledger.row(lambda: act(ledger, dossier, command))  # noqa: B023 - done at once
        if isinstance(outcome, NotDone):
            fate, detail = "reste", " ; ".join(each.sentence for each in outcome.findings)
        else:
            role = "second référent" if roles == ["second_referent"] else ""
            noted = [each.sentence for each in outcome.warnings]
            fate, detail = MOVES, " ; ".join(filter(None, (role, *noted)))
        yield Fate(state.reference, *names[dossier], fate, detail)
