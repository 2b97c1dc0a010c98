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
from agir_cli.reports.masking import Sum, as_printed, hidden, masked_note
from agir_cli.reports.selection import not_admitted, one_or
from agir_cli.reports.sheet import Column, Data, Kind, Section, Sheet, columns
from agir_cli.reports.texts import bar, number, percent, plural, rate, weekday_date

if TYPE_CHECKING:
    from collections.abc import Hashable

    from agir_cli.reports.standing import Selection
    from agir_cli.store.driver import Connection

MOMENTS = ("entree", "actuelle", "sortie")
DOMAINS = ("logement", "travail")
UNKNOWN = "inconnu"
EVERYONE = "personnes"


class Domain(NamedTuple):
    """What is counted by class: how it is called, its classes, its SQL at entry and now."""

    title: str
    classes: tuple[str, ...]
    at_entry: str
    now: str


KNOWN: Mapping[str, Domain] = {
    "logement": Domain(
        "Logement", (*(each.value for each in Housing), UNKNOWN),
        f"coalesce({s.HOUSING_AT_ENTRY}, '{UNKNOWN}')", f"coalesce({s.HOUSING}, '{UNKNOWN}')",
    ),
    "travail": Domain(
        "Travail", (*(each.value for each in Work), UNKNOWN),
        f"coalesce({s.WORK_AT_ENTRY}, '{UNKNOWN}')", f"coalesce({s.WORK}, '{UNKNOWN}')",
    ),
}  # fmt: skip
CLASSES = {name: domain.classes for name, domain in KNOWN.items()}
AT_ENTRY = {name: domain.at_entry for name, domain in KNOWN.items()}


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


COLUMNS, FLOW_COLUMNS = Line._fields, Flow._fields


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
    return figures_of(connection, selection, crossings, KNOWN, mask, flows=flows)


def figures_of(
    connection: Connection, selection: Selection, crossings: Counter[tuple[Any, ...]],
    domains: Mapping[str, Domain], mask: int | None, *, flows: bool,
) -> Figures:  # fmt: skip
    """The numbers of these domains, of which ``crossings`` counts who went from where to where."""
    counts = _counts(crossings, domains)
    moves = {
        ("flux", name, then, now): sum(
            crossings[name, then, now, closed] for closed in (False, True)
        )
        for name, domain in domains.items() if flows or domains is KNOWN
        for then in domain.classes
        for now in domain.classes
    }  # fmt: skip
    known = counts | moves if flows else counts
    away = _hidden(known, domains, mask) if mask else frozenset()
    possible = s.counted(connection, selection, s.PERHAPS_ADMITTED)
    if mask and possible < mask:
        possible = 0
    shown = as_printed(counts | moves, away)
    return Figures(
        [_line(shown, moment, name, each)
         for moment in MOMENTS for name, domain in domains.items() for each in domain.classes],
        [Flow(*key[1:], shown[key]) for key in moves if shown[key] != 0],
        {each: shown[(each,)] for each in MOMENTS},
        possible,
        bool(away),
    )  # fmt: skip


def _crossings(connection: Connection, selection: Selection) -> Counter[tuple[Any, ...]]:
    where, values = selection.where(s.ADMITTED)
    home, work = KNOWN["logement"], KNOWN["travail"]
    query = f"""SELECT {home.at_entry}, {home.now}, {work.at_entry}, {work.now}, {s.CLOSED},
        count(*)
        FROM {s.FROM} WHERE {where} GROUP BY 1, 2, 3, 4, 5"""
    found: Counter[tuple[Any, ...]] = Counter()
    for then, now, work_then, work_now, closed, count in connection.execute(query, values):
        found["logement", then, now, bool(closed)] += count
        found["travail", work_then, work_now, bool(closed)] += count
    return found


def _counts(
    crossings: Counter[tuple[Any, ...]], domains: Mapping[str, Domain]
) -> dict[tuple[Any, ...], int]:
    counts: dict[tuple[Any, ...], int] = {
        (moment, name, each): 0
        for moment in MOMENTS for name, domain in domains.items() for each in domain.classes
    }  # fmt: skip
    for (domain, then, now, closed), count in crossings.items():
        counts["entree", domain, then] += count
        counts["actuelle", domain, now] += count
        counts["sortie", domain, now] += count if closed else 0
    name, first = next(iter(domains.items()))
    for moment in MOMENTS:
        counts[(moment,)] = sum(counts[moment, name, each] for each in first.classes)
    return counts


def _line(shown: Mapping[Any, int | None], moment: str, domain: str, each: str) -> Line:
    count = shown[moment, domain, each]
    return Line(moment, domain, each, count, rate(count, shown[(moment,)]))


def _hidden(
    counts: dict[tuple[Any, ...], int], domains: Mapping[str, Domain], least: int
) -> frozenset[Hashable]:
    """What to hide: classes add up to persons, flows to both ends, exits are part of now."""
    known: dict[Hashable, int] = dict(counts)
    sums: list[Sum] = [Sum(("entree",), [("actuelle",)])]
    classes = {name: domain.classes for name, domain in domains.items()}
    sums += [Sum((m,), [(m, d, c) for c in classes[d]]) for m in MOMENTS for d in classes]
    for end in [(), *((d, c) for d in classes for c in classes[d])]:
        still = ("ouverts", *end)
        known[still] = counts["actuelle", *end] - counts["sortie", *end]
        sums.append(Sum(("actuelle", *end), [("sortie", *end), still]))
    if any(key[0] == "flux" for key in counts):
        for d in classes:
            for c in classes[d]:
                sums.append(Sum(("entree", d, c), [("flux", d, c, to) for to in classes[d]]))
                sums.append(Sum(("actuelle", d, c), [("flux", d, of, c) for of in classes[d]]))
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
    when = one_or("actuelle", "Le moment", moment, MOMENTS)
    asked = one_or(None, "Le domaine", domain, DOMAINS)
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
        parts.append(f"{AT_ENTRY[cell.domain]} = :then")
    if cell.now is not None:
        parts.append(f"{KNOWN[cell.domain].now} = :now")
    return s.dossiers_of(connection, selection, *parts, then=cell.then, now=cell.now)


# --- the sheets --------------------------------------------------------------------------

TITLES = {name: domain.title for name, domain in KNOWN.items()}
MOMENTS_TOLD = {"entree": "entrée", "actuelle": "actuelle", "sortie": "sortie"}
LABELS = {UNKNOWN: "Inconnu", **{each.value: each.label for each in (*Housing, *Work)}}
LISTED = (
    "dossier", "nom", "prenoms", "situation_logement_actuelle",
    "situation_professionnelle_actuelle",
)  # fmt: skip
"""What a screen shows of a list of persons."""
_BESIDE = 33
NARROW = 72
"""Below this width, bars stand under their label."""


def sheet(
    connection: Connection, selection: Selection, mask: int | None = None, *, flows: bool = False
) -> Sheet:
    """The situations. ``flows``: also from where to where, which is all a machine then gets."""
    found = figures(connection, selection, mask, flows=flows)
    day = weekday_date(selection.day)
    told = f"Personne n'est admis au {day}{selection.filters.told}."
    nobody = [] if found.totals["entree"] else [told]
    data = Data(columns(COLUMNS), found.lines)
    if flows:
        data = Data(columns(FLOW_COLUMNS), found.flows)
    return Sheet(
        title=f"Situations au {day}",
        notes=_notes(found, mask),
        sections=_sections(found, flows=flows),
        data=data,
        said=nobody,
    )


def counted_note(found: Figures) -> str:
    """The unit, and how many there are at each moment: the denominators."""
    totals = [f"{MOMENTS_TOLD[m]} {number(found.totals[m])}" for m in MOMENTS]  # the denominators
    possible = (
        f" (+{found.possible} {plural(found.possible, 'possible')})" if found.possible else ""
    )
    told = f"{', '.join(totals)}{possible}"
    return f"Unité : personne admise à ce jour, dossiers clos compris. {told}."


def _notes(found: Figures, mask: int | None) -> list[str]:
    return [
        counted_note(found),
        "« Actuelle » : dernière situation connue ; « sortie » : celle des dossiers clos."
        " Classes du programme, aucun délai.",
        *masked_note(mask),
    ]


def _sections(found: Figures, *, flows: bool) -> Iterator[Section]:
    for domain in DOMAINS:
        yield _section(domain, list(_shown(found, domain)))
    if flows:
        for domain in DOMAINS:
            yield _flow_section(domain, [f for f in found.flows if f.domaine == domain])


def _shown(found: Figures, domain: str) -> Iterator[tuple[str, list[Line]]]:
    """Every class of a domain with its lines; work nobody has at any moment is left out."""
    lines = [line for line in found.lines if line.domaine == domain]
    for each in CLASSES[domain]:
        of_class = [line for line in lines if line.classe == each]
        if domain == "logement" or any(line.personnes != 0 for line in of_class):
            yield LABELS[each], of_class


def _section(domain: str, classes: Sequence[tuple[str, list[Line]]]) -> Section:
    laid = [Column("", TITLES[domain])]
    for moment in MOMENTS:
        laid.append(Column("", MOMENTS_TOLD[moment].capitalize(), kind=Kind.NUMBER, show=number))
        laid.append(Column("", "%", kind=Kind.RATE, show=percent))
    rows = [
        [label, *(value for line in lines for value in (line.personnes, line.part))]
        for label, lines in classes
    ]
    title = f"{TITLES[domain]} (personnes)"
    return Section(title, laid, rows, bars=lambda width: _bars(classes, width))


def _flow_section(domain: str, flows: Sequence[Flow]) -> Section:
    laid = [Column("", "De"), Column("", "Vers"), Column("", "Personnes", "", Kind.NUMBER, number)]
    rows = [(LABELS[flow.de], LABELS[flow.vers], flow.personnes) for flow in flows]
    title = f"{TITLES[domain]} : de l'entrée à maintenant (personnes)"
    return Section(title, laid, rows, bars=lambda width: _flow_bars(flows, width))


def _bars(classes: Sequence[tuple[str, list[Line]]], width: int) -> Iterator[str]:
    beside = _BESIDE if width >= NARROW else 1
    room = max(8, min(60, width - beside - 26))
    top = max((line.part or 0 for _, lines in classes for line in lines), default=0)
    for label, lines in classes:
        first = label if len(label) <= beside else ""
        if not first:
            yield label
        for place, line in enumerate(lines):
            name = (first if place == 0 else "").ljust(beside)
            told = f"{number(line.personnes):>6} {percent(line.part):>8}"
            drawn = bar(line.part or 0, top, room)
            yield f"{name} {MOMENTS_TOLD[line.moment]:<8} {told} {drawn}".rstrip()


def _flow_bars(flows: Sequence[Flow], width: int) -> Iterator[str]:
    top = max((flow.personnes or 0 for flow in flows), default=0)
    beside = max((len(LABELS[flow.vers]) for flow in flows), default=0) + 4
    room = max(6, min(60, width - beside - 10))
    for place, flow in enumerate(flows):
        if place == 0 or flows[place - 1].de != flow.de:
            yield f"De : {LABELS[flow.de]}"
        arrow = "=" if flow.de == flow.vers else "→"
        drawn = bar(flow.personnes or 0, top, room)
        yield f"  {arrow} {LABELS[flow.vers]:<{beside - 4}} {number(flow.personnes):>6} {drawn}"


def sheet_behind(connection: Connection, selection: Selection, cell: Cell) -> Sheet:
    """The dossiers behind a number."""
    if cell.then and cell.now:
        what = f"{LABELS[cell.then]} → {LABELS[cell.now]}"
    else:
        each = cell.then or cell.now
        what = f"{TITLES[cell.domain]}, {LABELS[each]}" if each else "Personnes"
        what += f" ({MOMENTS_TOLD[cell.moment]})"
    rows = listed(connection, selection, cell)
    return s.list_sheet(what, selection.day, rows, usual=LISTED)
