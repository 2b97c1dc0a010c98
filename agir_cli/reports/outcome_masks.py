"""What `report outcomes` hides from outside readers: how its counts hang together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from agir_cli.reports.masking import Sum, hidden
from agir_cli.reports.outcomes import ANSWERS, JUDGED, RESULTS, SIGNED, WAITING


def hidden_counts(
    counts: Mapping[Any, int], entries: Sequence[str], least: int
) -> frozenset[Hashable]:
    """The printed counts to hide. ``entries``: "" for everyone, then each class at entry.

    Answers add up to persons, classes to everyone, and « les deux » is a part of each result.
    """
    known: dict[Hashable, int] = {**counts}
    sums = [Sum((SIGNED,), [(JUDGED,), (WAITING,)]), Sum((JUDGED,), [("", "personnes")])]
    sums += _over_classes(entries)
    rests: set[Hashable] = set()
    for entry in entries:
        for result in RESULTS:
            sums.append(Sum((entry, "personnes"), [(entry, result, a) for a in ANSWERS]))
            rests.add(_rest(known, sums, (entry, "menages"), (entry, result, "menages")))
            if result != "les_deux":
                for unit in ("oui", "menages"):
                    both = (entry, "les_deux", unit)
                    rests.add(_rest(known, sums, (entry, result, unit), both))
    away = hidden(known, sums, least, rests)
    return away | _households_of(away, entries)


def _over_classes(entries: Sequence[str]) -> list[Sum]:
    if len(entries) == 1:
        return []
    keys = [("personnes",), *((result, answer) for result in RESULTS for answer in ANSWERS)]
    return [Sum(("", *key), [(entry, *key) for entry in entries[1:]]) for key in keys]


def _households_of(away: frozenset[Hashable], entries: Sequence[str]) -> frozenset[Hashable]:
    """A household is at least one person: where persons are hidden, their households are."""
    beside: set[Hashable] = {
        (entry, result, "menages")
        for entry in entries for result in RESULTS if (entry, result, "oui") in away
    }  # fmt: skip
    beside |= {(entry, "menages") for entry in entries if (entry, "personnes") in away}
    return frozenset(beside)


def _rest(known: dict[Hashable, int], sums: list[Sum], total: Hashable, part: Hashable) -> Hashable:
    """What a reader gets by subtracting a printed count from another: protected as well."""
    rest = ("reste", total, part)
    known[rest] = known[total] - known[part]
    sums.append(Sum(total, [part, rest]))
    return rest
