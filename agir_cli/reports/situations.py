"""Housing and work at entry, now and at exit, and who went from where to where.

Persons are those admitted by the day, closed dossiers included. « Actuelle » is the last
situation known that day; « sortie » the same, of the dossiers closed by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.vocabulary import Housing, Work
from agir_cli.failures import UsageFailure
from agir_cli.reports import standing as s
from agir_cli.reports.masking import Sum, hidden
from agir_cli.reports.selection import not_admitted

if TYPE_CHECKING:
    from collections.abc import Hashable

    from agir_cli.reports.standing import Selection
    from agir_cli.store.driver import Connection

MOMENTS = ("entree", "actuelle", "sortie")
DOMAINS = ("logement", "travail")
UNKNOWN = "inconnu"
EVERYONE = "personnes"
CLASSES: Mapping[str, tuple[str, ...]] = {
    "logement": (*(each.value for each in Housing), UNKNOWN),
    "travail": (*(each.value for each in Work), UNKNOWN),
}
COLUMNS = ("moment", "domaine", "classe", "personnes", "part")
FLOW_COLUMNS = ("domaine", "de", "vers", "personnes")

_THEN = {
    "logement": f"coalesce({s.HOUSING_AT_ENTRY}, '{UNKNOWN}')",
    "travail": f"coalesce({s.WORK_AT_ENTRY}, '{UNKNOWN}')",
}
_NOW = {
    "logement": f"coalesce({s.HOUSING}, '{UNKNOWN}')",
    "travail": f"coalesce({s.WORK}, '{UNKNOWN}')",
}


class Line(NamedTuple):
    """One class at one moment. ``part``: percent of the moment's persons; ``None``: hidden."""

    moment: str
    domaine: str
    classe: str
    personnes: int | None
    part: float | None


class Flow(NamedTuple):
    """How many persons were in ``de`` at entry and are in ``vers`` now."""

    domaine: str
    de: str
    vers: str
    personnes: int | None


class Figures(NamedTuple):
    """What the report says. ``possible``: persons whose admission may be later than the day."""

    lines: Sequence[Line]
    flows: Sequence[Flow]
    totals: Mapping[str, int | None]
    possible: int
    masked: bool = False


def figures(
    connection: Connection, selection: Selection, mask: int | None = None, *, flows: bool = True
) -> Figures:
    """Every number of the report; with ``mask``, the counts below it hidden.

    ``flows``: whether they are printed as well, which matters to what must be hidden.
    """
    crossings = _crossings(connection, selection)
    counts = _counts(crossings)
    moves = {
        ("flux", domain, then, now): sum(
            crossings[domain, then, now, closed] for closed in (False, True)
        )
        for domain in DOMAINS
        for then in CLASSES[domain]
        for now in CLASSES[domain]
    }
    known = counts | moves if flows else counts
    away = _hidden(known, mask) if mask else frozenset()
    possible = s.counted(connection, selection, s.PERHAPS_ADMITTED)
    if mask and possible < mask:
        possible = 0
    return Figures(
        [_line(counts, moment, domain, each, away)
         for moment in MOMENTS for domain in DOMAINS for each in CLASSES[domain]],
        [Flow(*key[1:], None if key in away else count)
         for key, count in moves.items() if count or key in away],
        {each: None if (each,) in away else counts[(each,)] for each in MOMENTS},
        possible,
        bool(away),
    )  # fmt: skip


def _crossings(connection: Connection, selection: Selection) -> Counter[tuple[Any, ...]]:
    where, values = selection.where(s.ADMITTED)
    query = f"""SELECT {_THEN["logement"]}, {_NOW["logement"]}, {_THEN["travail"]},
        {_NOW["travail"]}, {s.CLOSED}, count(*)
        FROM {s.FROM} WHERE {where} GROUP BY 1, 2, 3, 4, 5"""
    found: Counter[tuple[Any, ...]] = Counter()
    for home, home_now, work, work_now, closed, count in connection.execute(query, values):
        found["logement", home, home_now, bool(closed)] += count
        found["travail", work, work_now, bool(closed)] += count
    return found


def _counts(crossings: Counter[tuple[Any, ...]]) -> dict[tuple[Any, ...], int]:
    counts: dict[tuple[Any, ...], int] = {
        (moment, domain, each): 0
        for moment in MOMENTS for domain in DOMAINS for each in CLASSES[domain]
    }  # fmt: skip
    for (domain, then, now, closed), count in crossings.items():
        counts["entree", domain, then] += count
        counts["actuelle", domain, now] += count
        counts["sortie", domain, now] += count if closed else 0
    for moment in MOMENTS:
        counts[(moment,)] = sum(counts[moment, "logement", each] for each in CLASSES["logement"])
    return counts


def _line(
    counts: Mapping[tuple[Any, ...], int],
    moment: str,
    domain: str,
    each: str,
    away: frozenset[Hashable],
) -> Line:
    count, total = counts[moment, domain, each], counts[(moment,)]
    if (moment, domain, each) in away:
        return Line(moment, domain, each, None, None)
    shown = total and (moment,) not in away
    return Line(moment, domain, each, count, round(100 * count / total, 1) if shown else None)


def _hidden(counts: dict[tuple[Any, ...], int], least: int) -> frozenset[Hashable]:
    """What to hide: classes add up to persons, flows to both ends, exits are part of now."""
    known: dict[Hashable, int] = dict(counts)
    sums: list[Sum] = [Sum(("entree",), [("actuelle",)])]
    sums += [Sum((m,), [(m, d, c) for c in CLASSES[d]]) for m in MOMENTS for d in DOMAINS]
    for end in [(), *((d, c) for d in DOMAINS for c in CLASSES[d])]:
        still = ("ouverts", *end)
        known[still] = counts["actuelle", *end] - counts["sortie", *end]
        sums.append(Sum(("actuelle", *end), [("sortie", *end), still]))
    if any(key[0] == "flux" for key in counts):
        for d in DOMAINS:
            for c in CLASSES[d]:
                sums.append(Sum(("entree", d, c), [("flux", d, c, to) for to in CLASSES[d]]))
                sums.append(Sum(("actuelle", d, c), [("flux", d, of, c) for of in CLASSES[d]]))
    return hidden(known, sums, least, {key for key in known if key[0] == "ouverts"})  # type: ignore[index]


# --- the list behind a number ------------------------------------------------------------


class Cell(NamedTuple):
    """One printed number: a class at a moment, a flow, or everyone (no class)."""

    moment: str
    domain: str
    then: str | None = None
    now: str | None = None


def cell_of(text: str, moment: str | None, domain: str | None) -> Cell:
    """The number meant by ``--list TEXT``: a class, ``DE:VERS``, or ``personnes``.

    Raises `UsageFailure` for a word outside the lists, or where two numbers may be meant.
    """
    when = s.one_of("Le moment", moment, MOMENTS) or "actuelle"
    asked = s.one_of("Le domaine", domain, DOMAINS)
    if text.strip().casefold() == EVERYONE:
        return Cell(when, asked or "logement")
    then, arrow, now = (part.strip().casefold() for part in text.partition(":"))
    where = asked or _domain_of(then, now or then)
    for each in (then, now or then):
        if each not in CLASSES[where]:
            raise not_admitted("La situation", each, (EVERYONE, *CLASSES[where]))
    if arrow:
        return Cell(when, where, then, now)
    return Cell(when, where, then=then) if when == "entree" else Cell(when, where, now=then)


def _domain_of(*words: str) -> str:
    fitting = [d for d in DOMAINS if all(word in CLASSES[d] for word in words)]
    if len(fitting) == 2:
        raise UsageFailure(
            f"« {words[0]} » existe pour le logement et pour le travail.",
            "Précisez : --domain logement, ou --domain travail",
        )
    if not fitting:
        every = (EVERYONE, *CLASSES["logement"], *CLASSES["travail"])
        wrong = next((w for w in words if w not in every), words[0])
        raise not_admitted("La situation", wrong, every)
    return fitting[0]


def listed(connection: Connection, selection: Selection, cell: Cell) -> Iterator[Sequence[Any]]:
    """The dossiers behind a number, as `standing.LIST_COLUMNS`."""
    parts = [s.ADMITTED]
    if cell.moment == "sortie":
        parts.append(s.CLOSED)
    if cell.then is not None:
        parts.append(f"{_THEN[cell.domain]} = :then")
    if cell.now is not None:
        parts.append(f"{_NOW[cell.domain]} = :now")
    return s.dossiers_of(connection, selection, *parts, then=cell.then, now=cell.now)
