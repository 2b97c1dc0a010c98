"""Doubles of a whole file, or of a list: proposed, then linked or told apart by somebody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from agir_cli.domain.commands import Enroll
from agir_cli.domain.dates import PartialDate
from agir_cli.domain.decisions.correction import voided_ids
from agir_cli.domain.events import Draft, Kind
from agir_cli.failures import NotFoundFailure, UsageFailure
from agir_cli.identity.evidence import Grade, Likeness, Traits
from agir_cli.identity.pairs import Pair, pairs
from agir_cli.store import doubles
from agir_cli.store.driver import Connection
from agir_cli.store.file import consulting
from agir_cli.store.lookup import find_one
from agir_cli.usecases.doubles import traits_of
from agir_cli.usecases.ledger import Ledger, Visitor, transaction


class One(NamedTuple):
    """One side of a proposal: a dossier of the file (its reference), or a line of a list."""

    dossier: str
    line: int | None
    name: str


class Proposal(NamedTuple):
    """Two who may be one person, and why."""

    first: One
    second: One
    likeness: Likeness


_RANK = {grade: rank for rank, grade in enumerate(Grade)}


def proposals(
    visitor: Visitor, listed: Iterable[tuple[int, Enroll]] = (), *, alone: bool = True
) -> list[Proposal]:
    """Every pair that is proposed, the likeliest first; what somebody has settled is left out.

    ``listed``: the persons of a list, with their lines; pairs inside it and with the file then, and
    not ``alone`` those of the file.
    """
    persons: list[str] = []
    sides: list[One] = []
    traits: list[Traits] = []
    settled: set[tuple[str, str]] = set()
    if alone or visitor.path.exists():
        with consulting(visitor.path) as connection:
            for person, reference, known in doubles.everybody(connection):
                persons.append(person)
                sides.append(One(reference, None, known.shown))
                traits.append(known)
            settled = doubles.settled(connection)
    least = 0 if alone else len(traits)
    for line, command in listed:
        sides.append(One("", line, " ".join(filter(None, (command.nom, command.prenoms)))))
        traits.append(traits_of(command))

    def is_settled(pair: Pair) -> bool:
        if pair.second >= len(persons):
            return False
        first, second = sorted((persons[pair.first], persons[pair.second]))
        return (first, second) in settled

    found = [
        Proposal(sides[pair.first], sides[pair.second], pair.likeness)
        for pair in pairs(traits, least)
        if not is_settled(pair)
    ]
    return sorted(found, key=_order)


def _order(each: Proposal) -> tuple[int, float, str, int]:
    first = each.first
    return _RANK[each.likeness.grade], -each.likeness.score, first.dossier, first.line or 0


# --- what somebody says of two dossiers --------------------------------------------------


class Settled(NamedTuple):
    """Two dossiers (references) of which something is said, and whether that was said before."""

    first: str
    second: str
    before: bool
    ended: str | None = None
    """The one of the two whose right is used up, where they are one person's."""


def link(visitor: Visitor, a: str, b: str, reason: str = "") -> Settled:
    """Say that two dossiers are one person's; both stay, and both references answer."""
    return _say(visitor, Kind.PERSONS_LINKED, a, b, reason)


def tell_apart(visitor: Visitor, a: str, b: str, reason: str = "") -> Settled:
    """Say that two dossiers are two persons': they are not proposed again."""
    return _say(visitor, Kind.NAMESAKE_CONFIRMED, a, b, reason)


def unsay(visitor: Visitor, kind: Kind, a: str, b: str, reason: str) -> Settled:
    """Take back that two dossiers are one person's, or two persons'; seen for ever."""
    with transaction(visitor) as ledger:
        first, second = _both(ledger.connection, a, b)
        drafts = 0
        for one, other in ((first, second), (second, first)):
            events = ledger.events(one)
            gone = voided_ids(events)
            said = [
                e for e in events
                if e.kind is kind and e.payload.get("autre") == other and e.id not in gone
            ]  # fmt: skip
            texts = {"raison": reason or "dit par erreur"}
            voids = [Draft(Kind.EVENT_VOIDED, None, {"event": e.id}, texts) for e in said]
            ledger.append(one, voids)
            drafts += len(voids)
        return Settled(ledger.state(first).reference, ledger.state(second).reference, not drafts)


def _say(visitor: Visitor, kind: Kind, a: str, b: str, reason: str) -> Settled:
    contrary = Kind.NAMESAKE_CONFIRMED if kind is Kind.PERSONS_LINKED else Kind.PERSONS_LINKED
    with transaction(visitor) as ledger:
        first, second = _both(ledger.connection, a, b)
        one, two = ledger.state(first), ledger.state(second)
        if _said(ledger, contrary, first, second):
            undo = "same" if contrary is Kind.PERSONS_LINKED else "distinct"
            raise UsageFailure(
                f"{one.reference} et {two.reference} : quelqu'un a déjà dit le contraire.",
                f"Pour revenir dessus : agir {undo} {one.reference} {two.reference} --undo",
            )
        before = _said(ledger, kind, first, second)
        if not before:
            texts = {"raison": reason} if reason else {}
            ledger.append(first, [Draft(kind, None, {"autre": second}, texts)])
        final = ledger.context.rulebook.final
        ended = next(
            (d.reference for d in (one, two) if d.closing and final(d.closing.motive)), None
        )
        return Settled(
            one.reference, two.reference, before, ended if kind is Kind.PERSONS_LINKED else None
        )


UNPLACED = "desaccords"
"""The dossier, which is nobody's, of what is settled about no dossier."""


def settle(visitor: Visitor, dossier: str, sides: tuple[str, str], reason: str) -> None:
    """Say that what two sites have recorded may both stay, and why (`reports.conflicts`).

    ``dossier``: the id of the one that it is about, if any; ``sides``: ids of what they recorded.
    """
    said = {"event": sides[0], "autre": sides[1]}
    with transaction(visitor) as ledger:
        draft = Draft(Kind.CONFLICT_SETTLED, None, said, {"raison": reason})
        ledger.append(dossier or UNPLACED, [draft])


def _said(ledger: Ledger, kind: Kind, first: str, second: str) -> bool:
    name = "linked" if kind is Kind.PERSONS_LINKED else "namesakes"
    return second in getattr(ledger.state(first), name) or first in getattr(
        ledger.state(second), name
    )


def _both(connection: Connection, a: str, b: str) -> Sequence[str]:
    first, second = find_one(connection, a), find_one(connection, b)
    if first == second:
        raise NotFoundFailure(f"« {a[:40]} » et « {b[:40]} » désignent le même dossier.")
    return first, second


def recall(
    visitor: Visitor, text: str, said: Mapping[str, str], on: PartialDate | None, source: str
) -> tuple[str, list[str]]:
    """Keep a former name, spelling, birth or number of a person; the fields that were new.

    It is searched from then on; what the person is called now does not change. Raises
    `NotFoundFailure` for a dossier whose person was erased.
    """
    with transaction(visitor) as ledger:
        dossier = find_one(ledger.connection, text)
        holding = ledger.holding(dossier)
        reference = ledger.state(dossier).reference
        if holding is None:
            raise NotFoundFailure(f"La personne du dossier {reference} a été effacée.")
        known = set(holding.former) | {(name, value) for name, value in holding.values.items()}
        new = {name: value for name, value in said.items() if (name, value) not in known}
        if new:
            ledger.recall(holding, new, on, source)
        return reference, list(new)
