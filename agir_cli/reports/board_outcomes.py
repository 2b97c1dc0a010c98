"""The outcomes that the steering committee's page prints, small counts hidden.

The page prints fewer numbers than `outcomes` does (who reached a result, not who did not nor
who is not known), so that fewer must be hidden; what is left when a reader subtracts one from
another is protected all the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from agir_cli.reports.masking import Sum, hidden
from agir_cli.reports.outcomes import RESULTS, Figures, Line


class Result(NamedTuple):
    """One result for one class at entry (empty: everyone); ``None``: hidden, or no rate."""

    entree: str
    resultat: str
    personnes: int | None
    atteint: int | None
    taux: float | None
    objectif: int | None
    menages: int | None
    menages_taux: float | None


class Results(NamedTuple):
    """The results, and how many signatories were judged, or are not old enough yet."""

    lines: Sequence[Result]
    signed: int | None
    judged: int | None
    waiting: int | None


_TOTALS = ("signataires", "jugees", "pas_encore")


def results(found: Figures, mask: int | None) -> Results:
    """The lines of ``found`` (asked for without a mask) that have somebody."""
    lines = [line for line in found.lines if line.personnes]
    counts, sums, unprinted = _known(found, lines)
    away = hidden(counts, sums, mask, unprinted) if mask else frozenset()
    shown = {key: None if key in away else count for key, count in counts.items()}
    return Results(
        [_result(line, shown) for line in lines],
        *(shown[name] for name in _TOTALS),
    )


def _known(
    found: Figures, lines: Sequence[Line]
) -> tuple[dict[Hashable, int], list[Sum], set[Hashable]]:
    totals = (found.signed, found.judged, found.waiting)
    counts: dict[Hashable, int] = {name: n or 0 for name, n in zip(_TOTALS, totals, strict=True)}
    sums = [Sum("signataires", ["jugees", "pas_encore"])]
    if lines:
        sums.append(Sum("jugees", [("", "personnes")]))
    unprinted: set[Hashable] = set()
    for line in lines:
        where, of = line.entree, line.resultat
        counts[where, "personnes"] = line.personnes or 0
        counts[where, "menages"] = line.menages or 0
        counts[where, of, "personnes"] = line.atteint or 0
        counts[where, of, "menages"] = line.menages_atteint or 0
    entries = list(dict.fromkeys(line.entree for line in lines))
    for where in entries:
        for unit in ("personnes", "menages"):
            for of in RESULTS:
                unprinted.add(_rest(counts, sums, (where, unit), (where, of, unit)))
                if of != "les_deux":
                    both = (where, "les_deux", unit)
                    unprinted.add(_rest(counts, sums, (where, of, unit), both))
    for key in [("personnes",), *((of, "personnes") for of in RESULTS)]:
        if len(entries) > 1:
            sums.append(Sum(("", *key), [(where, *key) for where in entries if where]))
    return counts, sums, unprinted


def _rest(
    counts: dict[Hashable, int], sums: list[Sum], total: Hashable, part: Hashable
) -> Hashable:
    """What a reader gets by subtracting: protected as well."""
    rest = ("reste", total, part)
    counts[rest] = counts[total] - counts[part]
    sums.append(Sum(total, [part, rest]))
    return rest


def _result(line: Line, shown: dict[Hashable, int | None]) -> Result:
    where, of = line.entree, line.resultat
    persons, reached = shown[where, "personnes"], shown[where, of, "personnes"]
    # A household is at least one person: where persons are hidden, their households are.
    homes = None if persons is None else shown[where, "menages"]
    homes_reached = None if reached is None else shown[where, of, "menages"]
    return Result(
        where, of, persons, reached, _rate(reached, persons), line.objectif, homes,
        _rate(homes_reached, homes),
    )  # fmt: skip


def _rate(part: int | None, total: int | None) -> float | None:
    return round(100 * part / total, 1) if total and part is not None else None
