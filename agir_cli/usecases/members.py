"""Who a household is made of: dossiers, and children without one, of whom a year of birth is kept.

`agir household`: joining, leaving, bringing two households together. What happens to one of its
dossiers never spreads to the others by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.failures import NotFoundFailure, UsageFailure
from agir_cli.store.driver import Connection
from agir_cli.store.file import consulting
from agir_cli.store.households import Member, children, members
from agir_cli.store.lookup import find_one
from agir_cli.usecases.ledger import Ledger, Visitor, transaction


class Family(NamedTuple):
    """A household: its code, its dossiers, the years of birth of its children without one."""

    code: str
    members: tuple[Member, ...]
    children: tuple[str, ...]

    @property
    def persons(self) -> int:
        """How many persons it is, two linked dossiers of one person being one."""
        return len({each.person for each in self.members}) + len(self.children)


def families(visitor: Visitor, text: str | None = None) -> list[Family]:
    """Every household of several persons; or that of one dossier, which may be alone."""
    with consulting(visitor.path) as connection:
        wanted = None if text is None else find_one(connection, text)
        found = [
            _family(code, list(those))
            for code, those in groupby(members(connection), attrgetter("household"))
        ]
    if wanted is None:
        return [each for each in found if each.persons > 1]
    return [each for each in found if wanted in {member.id for member in each.members}]


def beside(visitor: Visitor, text: str) -> list[Member]:
    """The other dossiers of the household that are not closed, of whoever has this dossier."""
    with consulting(visitor.path) as connection:
        return [e for e in _of(connection, find_one(connection, text))[1:] if e.stage != "clos"]


def _family(code: str, those: Sequence[Member]) -> Family:
    return Family(code, tuple(those), children(each.children for each in those))


def _of(connection: Connection, dossier: str) -> list[Member]:
    """The household of a dossier (id), which stands first."""
    every = members(connection, dossier)
    return sorted(every, key=lambda each: each.id != dossier)


# --- joining, leaving --------------------------------------------------------------------


def join(visitor: Visitor, text: str, others: Sequence[str], years: Sequence[str]) -> Family:
    """Have dossiers be of the household of one, with children born in these years.

    Raises `UsageFailure` for a dossier that is of another household.
    """
    with transaction(visitor) as ledger:
        first = find_one(ledger.connection, text)
        code = _housed(ledger, first) if others else ""
        for other in others:
            state = ledger.state(find_one(ledger.connection, other))
            if state.facts.menage not in (None, code):
                raise UsageFailure(
                    f"{state.reference} est déjà du ménage {state.facts.menage}.",
                    f"Réunir les deux : agir household merge {text} {state.reference}",
                    f"L'en sortir d'abord : agir household leave {state.reference}",
                )
            _say(ledger, state, menage=code)
        if years:
            ledger.write()
            _more(ledger, first, _young(_of(ledger.connection, first)), Counter(years))
        return _after(ledger, first)


def leave(visitor: Visitor, text: str, year: str | None = None) -> Family:
    """Have a dossier leave its household, or a child born in a year.

    The children that a dossier speaks of go with it, unless another does too. Raises
    `NotFoundFailure` where there is nobody to leave.
    """
    with transaction(visitor) as ledger:
        first = find_one(ledger.connection, text)
        theirs = _of(ledger.connection, first)
        state = ledger.state(first)
        if year is not None:
            _take_out(ledger, theirs, year)
        elif state.facts.menage is None:
            raise NotFoundFailure(f"{state.reference} n'est d'aucun ménage.")
        else:
            left = theirs[1:]
            own = Counter(theirs[0].children) - _young(left)
            _say(ledger, state, menage=None, lien_menage=None, naissances_enfants=_years(own))
            if left and state.facts.menage == state.reference:  # it named the household
                for each in left:
                    _say(ledger, ledger.state(each.id), menage=left[0].reference)
        return _after(ledger, first)


def _take_out(ledger: Ledger, theirs: Sequence[Member], year: str) -> None:
    left = _young(theirs)
    if not left[year]:
        raise NotFoundFailure(
            f"Aucun enfant né en {year} n'est noté dans ce ménage.",
            f"Notés : {', '.join(left.elements()) or 'aucun'}",
        )
    left[year] -= 1
    for each in theirs:
        own = Counter(each.children) & left
        if own != Counter(each.children):
            _say(ledger, ledger.state(each.id), naissances_enfants=_years(own))


def merge(visitor: Visitor, a: str, b: str) -> Family:
    """Have two households be one: all of the second's come to the first's."""
    with transaction(visitor) as ledger:
        first, second = find_one(ledger.connection, a), find_one(ledger.connection, b)
        one, two = (_of(ledger.connection, each) for each in (first, second))
        if second in {each.id for each in one}:
            raise UsageFailure(f"{two[0].reference} est déjà du ménage de {one[0].reference}.")
        code = _housed(ledger, first)
        for each in two:
            _say(ledger, ledger.state(each.id), menage=code)
        ours, theirs = _young(one), _young(two)
        _more(ledger, first, ours, Counter({y: n for y, n in theirs.items() if ours[y]}))
        return _after(ledger, first)


def _more(ledger: Ledger, dossier: str, known: Counter[str], added: Counter[str]) -> None:
    """Have a dossier speak of more children than its household has: two of one year are two."""
    own = Counter(ledger.state(dossier).facts.naissances_enfants or ())
    for year, count in added.items():
        own[year] = known[year] + count
    _say(ledger, ledger.state(dossier), naissances_enfants=_years(own))


def _young(those: Iterable[Member]) -> Counter[str]:
    return Counter(children(each.children for each in those))


def _years(own: Counter[str]) -> tuple[str, ...] | None:
    return tuple(sorted(own.elements())) or None


def _housed(ledger: Ledger, dossier: str) -> str:
    """The code of a dossier's household, which it gets if need be."""
    state = ledger.state(dossier)
    code = state.facts.menage or state.reference
    _say(ledger, state, menage=code)
    return code


def _say(ledger: Ledger, state: Dossier, **facts: Any) -> None:
    """Record what is new of these facts; None erases."""
    changed: dict[str, Any] = {
        n: v for n, v in facts.items() if v is not None and getattr(state.facts, n) != v
    }
    gone = tuple(n for n, v in facts.items() if v is None and getattr(state.facts, n) is not None)
    if gone:
        changed["efface"] = gone
    if changed:
        ledger.append(state.id, [Draft(Kind.FACTS_RECORDED, None, changed)])


def _after(ledger: Ledger, dossier: str) -> Family:
    ledger.write()
    theirs = _of(ledger.connection, dossier)
    return _family(theirs[0].household, theirs)
