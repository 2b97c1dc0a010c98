"""Small counts hidden for outside readers, so that none can be worked out from what is left.

A count from 1 to ``least`` - 1 is hidden. Then, as long as a hidden count could be recovered
by adding and subtracting the printed ones, another count is hidden beside it (the smallest).
Zero is printed: it counts nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from fractions import Fraction
from math import inf
from typing import Any, NamedTuple


class Sum(NamedTuple):
    """One thing a reader may compute: the count ``total`` is the sum of ``parts``."""

    total: Hashable
    parts: Sequence[Hashable]

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """Every count of it."""
        return (self.total, *self.parts)


def hidden(
    counts: Mapping[Any, int],
    sums: Sequence[Sum],
    least: int,
    unprinted: Collection[Hashable] = (),
    known: Collection[Hashable] = (),
    *,
    far: bool = False,
) -> frozenset[Hashable]:
    """The printed counts to hide. ``unprinted``: counts that a reader could only deduce.

    A small unprinted count is protected too: a printed one of its sum is hidden. ``known``: those
    that are told elsewhere: to hide one would help nobody. ``far``: where nothing beside a count is
    left to hide, what tells of it by way of hidden ones comes before anything else.

    Counts and sums come in one order: of two runs of one table that hid other cells, the one would
    tell what the other hides.
    """
    printed = {key for key in counts if key not in unprinted}
    small = {key for key, value in counts.items() if 0 < value < least}
    away = {key for key in small if key in printed}
    while True:
        one = _exposed(counts, sums, least, away | set(unprinted), away | small)
        if one is None:
            return frozenset(away)
        more = _beside(one, counts, sums, printed - away - {*known}, far=far)
        if more is None:
            return frozenset(away)
        away.add(more)


def as_printed(counts: Mapping[Any, int], away: Collection[Hashable]) -> dict[Any, int | None]:
    """The counts as they are printed: ``None`` for one that is hidden."""
    return {key: None if key in away else count for key, count in counts.items()}


def masked_note(mask: int | None) -> list[str]:
    """What is said where counts are hidden."""
    if not mask:
        return []
    told = f"Les effectifs de 1 à {mask - 1}, et ceux qui les révéleraient, sont masqués."
    return [f"{told} {OVERLAPPING}"]


OVERLAPPING = (
    "Deux tableaux dont les jours, les périodes ou les filtres se recouvrent se soustraient :"
    " n'en diffusez qu'un par sujet et par période."
)
"""What no table can do against another that the same reader has [decision 0132]."""


def _exposed(
    counts: Mapping[Any, int],
    sums: Sequence[Sum],
    least: int,
    unknown: set[Hashable],
    protected: set[Hashable],
) -> Hashable | None:
    """A protected count that can be computed, alone or as a small group of one sum."""
    unknown = unknown - _squeezed(counts, sums, unknown)
    for each in sums:
        missing = [key for key in each.parts if key in unknown]
        if missing and each.total not in unknown and protected & set(missing):
            together = sum(counts[key] for key in missing)
            if len(missing) == 1 or 0 < together < least:
                return next(key for key in missing if key in protected)
    open_ = unknown - _determined(sums, unknown)
    return next((key for key in counts if key in protected and key not in open_), None)


def _beside(
    key: Hashable, counts: Mapping[Any, int], sums: Sequence[Sum], shown: set[Hashable], *,
    far: bool,
) -> Hashable | None:  # fmt: skip
    """The count to hide so that ``key`` is protected: a part of one of its sums, the smallest."""
    empty = {
        part
        for each in sums if each.total in shown and counts[each.total] == 0
        for part in each.parts
    }  # fmt: skip

    def cost(other: Hashable) -> tuple[bool, bool, int, str]:
        # A part of a printed zero is zero, whether it is printed or not.
        return other in empty, counts[other] == 0, counts[other], repr(other)

    of_key = [each for each in sums if key in each.keys]
    near = {part for each in of_key for part in each.parts} & shown
    totals = {each.total for each in of_key} & shown
    linked = _linked(key, sums, shown - empty) if far else set()
    for group in (near - empty, totals, linked, shown):
        if group:
            return min(group, key=cost)
    return None


def _linked(key: Hashable, sums: Sequence[Sum], shown: set[Hashable]) -> set[Hashable]:
    """The nearest printed counts that tell of ``key`` by way of others that nobody prints."""
    reached, found = {key}, set[Hashable]()
    while not found:
        of = {other for each in sums if reached.intersection(each.keys) for other in each.keys}
        found, further = of & shown, (of - shown) - reached
        if not further:
            break
        reached |= further
    return found


def _squeezed(
    counts: Mapping[Any, int], sums: Sequence[Sum], unknown: set[Hashable]
) -> set[Hashable]:
    """The unknown counts that can be one number only, since no count is below zero."""
    low: dict[Any, float] = {k: 0 if k in unknown else v for k, v in counts.items()}
    high: dict[Any, float] = {k: inf if k in unknown else v for k, v in counts.items()}
    changed = True
    while changed:
        changed = False
        for total, parts in sums:
            for key in (total, *parts):
                least, most = _reach(key, total, parts, low, high)
                if least > low[key] or most < high[key]:
                    low[key], high[key] = max(least, low[key]), min(most, high[key])
                    changed = True
    return {key for key in unknown if low[key] == high[key]}


def _reach(
    key: Any, total: Any, parts: Sequence[Any], low: dict[Any, float], high: dict[Any, float]
) -> tuple[float, float]:
    """Between what and what one count of a sum stands, the others being where they are."""
    if key == total:
        return sum(low[part] for part in parts), sum(high[part] for part in parts)
    most = high[total] - sum(low[part] for part in parts if part != key)
    others = sum(high[part] for part in parts if part != key)
    return (low[total] - others if others < inf else 0), most


def _determined(sums: Sequence[Sum], unknown: set[Hashable]) -> set[Hashable]:
    """The unknown counts that have one value only, whatever the known ones are."""
    rows: list[dict[Hashable, Fraction]] = []
    for each in sums:
        row = {key: Fraction(1) for key in each.parts if key in unknown}
        if each.total in unknown:
            row[each.total] = row.get(each.total, Fraction(0)) - 1
        _reduce(rows, row)
    return {next(iter(row)) for row in rows if len(row) == 1}


def _reduce(rows: list[dict[Hashable, Fraction]], row: dict[Hashable, Fraction]) -> None:
    """Gauss and Jordan: add a row to those already reduced, each led by its first key."""
    for led in rows:
        lead = next(iter(led))
        if lead in row:
            _subtract(row, led, row[lead])
    if not row:
        return
    lead = next(iter(row))
    by = row[lead]
    for key in row:
        row[key] /= by
    for led in rows:
        if lead in led:
            _subtract(led, row, led[lead])
    rows.append(row)


def _subtract(
    row: dict[Hashable, Fraction], other: dict[Hashable, Fraction], times: Fraction
) -> None:
    for key, value in other.items():
        left = row.get(key, Fraction(0)) - times * value
        if left:
            row[key] = left
        else:
            row.pop(key, None)
