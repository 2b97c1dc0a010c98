"""Who could accompany those whom the commission is to decide on: ranked, each rank with its facts.

Proposed, never decided [D]. Whoever accompanies one of the household comes first, who has no place
left comes last; the others by domain, place, language, then load. What is not known excludes
nobody: it stands between yes and no.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from heapq import nsmallest
from typing import Any, NamedTuple

_YES, _IN_PART, _UNKNOWN, _NO = range(4)
_NOTHING: Mapping[str, Any] = {}


class Spot(NamedTuple):
    """Where a household is; empty: not known. ``area``: the bassin de vie of its commune."""

    department: str
    office: str = ""
    commune: str = ""
    area: str = ""


class KnownReferent(NamedTuple):
    """A référent as the directory has them; empty: not said. Domains and languages are words.

    ``told``: the name with the load. ``load``: open dossiers; ``followed``: the same by area and
    by department. ``spot``: that of the office.
    """

    code: str
    told: str
    load: int = 0
    ceiling: int | None = None
    domains: Collection[str] = ()
    languages: Collection[str] = ()
    spot: Spot | None = None
    office: str = ""
    followed: Mapping[str, int] = _NOTHING


class Needs(NamedTuple):
    """What is looked at of a household; empty: not known. Priorities and languages are words.

    ``accompanied``: the référents (codes) of its other members, each with such a dossier.
    """

    spot: Spot
    priorities: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    accompanied: Mapping[str, str] = _NOTHING


class Proposal(NamedTuple):
    """A candidate at a rank, with the load that the proposals before bring, and why (French)."""

    candidate: KnownReferent
    load: int
    why: str


_UNSAID = frozenset(("domaine", "bureau", "langues", "plafond"))
"""What stands for a fact that the directory does not say."""


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count > 1 else ''}"


Judge = Callable[[Any, KnownReferent], tuple[int, str]]
"""How well a candidate meets what is asked (0: best), and the fact (French)."""


class Ranking:
    """Ranks the same candidates for one household after the other.

    Whoever is proposed first is charged with it: the next households see that load.
    """

    def __init__(self, candidates: Sequence[KnownReferent]) -> None:
        self._every = candidates
        self._load = [each.load for each in candidates]
        self._judged: dict[Any, tuple[list[int], list[str]]] = {}

    def best(self, needs: Needs, persons: int = 1, count: int = 3) -> list[Proposal]:
        """The ``count`` first candidates for a household of so many ``persons``."""
        known = needs.accompanied
        judged = [
            self._all(_domain, needs.priorities),
            self._all(_place, needs.spot),
            self._all(_language, needs.languages),
        ]
        ranks = zip(
            [each.code not in known for each in self._every],
            [
                each.ceiling is not None and load + persons > each.ceiling
                for each, load in zip(self._every, self._load, strict=True)
            ],
            *(levels for levels, _ in judged), self._load, range(len(self._every)),
            strict=True,
        )  # fmt: skip
        chosen = [at for *_, at in nsmallest(count, ranks)]
        found = [
            self._proposed(at, known.get(self._every[at].code), [facts[at] for _, facts in judged])
            for at in chosen
        ]
        if chosen:
            self._load[chosen[0]] += persons
        return found

    def _all(self, judge: Judge, asked: Any) -> tuple[list[int], list[str]]:
        """What a criterion says of each candidate: how well, and the fact."""
        key = judge, asked
        if key not in self._judged:
            said = [judge(asked, each) for each in self._every]
            self._judged[key] = [level for level, _ in said], [fact for _, fact in said]
        return self._judged[key]

    def _proposed(self, at: int, with_whom: str | None, facts: Sequence[str]) -> Proposal:
        who, load = self._every[at], self._load[at]
        more = load - who.load
        facts = [*facts, _room(who, load)]
        unsaid = [fact for fact in facts if fact in _UNSAID]
        told = [f"accompagne déjà {with_whom}, du même ménage"] if with_whom else []
        told += [fact for fact in facts if fact and fact not in unsaid]
        told += [f"{_counted(load, 'dossier')} avec ceux proposés plus haut"] if more else []
        told += [f"non dit au répertoire : {', '.join(unsaid)}"] if unsaid else []
        return Proposal(who, load, " ; ".join(told))


def _room(who: KnownReferent, load: int) -> str:
    if who.ceiling is None:
        return "plafond"
    left = who.ceiling - load
    return f"{_counted(left, 'place')} sur {who.ceiling}" if left > 0 else "plus de place"


def _domain(asked: tuple[str, ...], who: KnownReferent) -> tuple[int, str]:
    if not asked:
        return _YES, ""
    if not who.domains:
        return _UNKNOWN, "domaine"
    held = [word for word in asked if word in who.domains]
    level = _YES if len(held) == len(asked) else _IN_PART if held else _NO
    only = "" if level is _YES else " seulement"
    return level, " et ".join(held or who.domains) + only


def _place(asked: Spot, who: KnownReferent) -> tuple[int, str]:
    if who.spot is None:
        return _habit(asked, who.followed)
    if asked.office and who.spot.office == asked.office:
        return 0, f"même bureau ({who.office})"
    if asked.commune and who.spot.commune == asked.commune:
        return 0, f"bureau dans sa commune ({who.office})"
    if asked.area and who.spot.area == asked.area:
        return 1, f"bureau dans son bassin de vie ({who.office})"
    if who.spot.department == asked.department:
        return 2, f"bureau du même département ({who.office})"
    return 4, f"bureau d'un autre département ({who.office})"


def _habit(asked: Spot, followed: Mapping[str, int]) -> tuple[int, str]:
    """How near is somebody whose office is not said: by those whom they accompany."""
    near, around = followed.get(asked.area, 0), followed.get(asked.department, 0)
    if near and asked.area:
        return 1, f"{_counted(near, 'dossier')} dans son bassin de vie"
    if around:
        return 2, f"{_counted(around, 'dossier')} dans son département"
    return (4, "aucun dossier dans son département") if followed else (3, "bureau")


def _language(asked: tuple[str, ...], who: KnownReferent) -> tuple[int, str]:
    if not asked or not who.languages:
        return _UNKNOWN, "" if not asked else "langues"
    shared = [language for language in asked if language in who.languages]
    if shared:
        return _YES, f"parle {', '.join(shared)}"
    # « Arabe » and « arabe soudanais » may do.
    both = ((own, other) for own in who.languages for other in asked)
    akin = next((pair for pair in both if pair[0].split()[0] == pair[1].split()[0]), None)
    if akin is None:
        return _NO, "pas de langue commune"
    return _IN_PART, f"parle {akin[0]} (la personne : {akin[1]})"
