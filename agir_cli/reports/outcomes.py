"""Lasting housing, durable work or training, and both: three answers, never one.

Only dossiers old enough are judged: those whose contract was signed long enough before the
day, by their last situation known that day. What counts as lasting or durable is dated data
(`data/situations.toml`). An answer that is not known is « inconnu », and never a success.
A household is counted as soon as one of its judged persons is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.vocabulary import Housing, HousingDetail, Work
from agir_cli.failures import UsageFailure
from agir_cli.reports import standing as s
from agir_cli.reports.masking import Sum, as_printed, hidden, masked_note
from agir_cli.reports.selection import one_of, one_or
from agir_cli.reports.sheet import Data, Section, Sheet, columns
from agir_cli.reports.situations import AT_ENTRY, CLASSES, LISTED, NARROW, UNKNOWN
from agir_cli.reports.situations import LABELS as CLASS_LABELS
from agir_cli.reports.texts import bar, number, percent, plural, rate, short_date, weekday_date

if TYPE_CHECKING:
    from collections.abc import Hashable

    from agir_cli.domain.rules import SituationFlags
    from agir_cli.reports.standing import Selection
    from agir_cli.store.driver import Connection

RESULTS = ("logement", "travail", "les_deux")
TARGETS: Mapping[str, int | None] = {"logement": 80, "travail": 60, "les_deux": None}
"""Percent [P: Forum réfugiés 1641; Sénat a24-150-2]; « les deux » has no target of its own."""
ANSWERS = ("oui", "non", UNKNOWN)
SIGNED, JUDGED, WAITING = "signataires", "jugees", "pas_encore"
HOUSEHOLD_COLUMNS = ("menage", "personnes", "dossiers")


class Asked(NamedTuple):
    """What is asked: whom, up to which day of contract, by which entry, exits alone or not."""

    selection: Selection
    signed_by: date
    flags: SituationFlags
    by: str | None = None
    exits: bool = False


class Line(NamedTuple):
    """One result for one class at entry (empty: everyone); ``None``: hidden, or no rate."""

    par: str
    entree: str
    resultat: str
    personnes: int | None
    atteint: int | None
    non_atteint: int | None
    inconnu: int | None
    taux: float | None
    objectif: int | None
    menages: int | None
    menages_atteint: int | None
    menages_taux: float | None


COLUMNS = Line._fields


class Figures(NamedTuple):
    """What the report says; ``possible``: signed for sure, perhaps long enough before the day."""

    lines: Sequence[Line]
    signed: int | None
    judged: int | None
    waiting: int | None
    possible: int


def signed_by(day: date, after: str) -> date:
    """The latest day of contract that is ``after`` old on ``day``: « 12m », « 1a », « 90j »."""
    from agir_cli.domain.dates import shift

    count, unit = int(after[:-1]), after[-1]
    last = shift(day, -count, unit)
    # A month's end is clamped forwards and backwards: 31/01 + 1 month is 28/02 as well.
    while shift(last + timedelta(days=1), count, unit) <= day:
        last += timedelta(days=1)
    return last


# --- SQL ---------------------------------------------------------------------------------


def _said(column: str, rank: str) -> str:
    """SQL: what was last said of a result after the situation of that rank."""
    return f"""(SELECT a.{column} FROM situations AS a WHERE a.dossier = d.id
        AND a.date_max <= :day AND a.{column} IS NOT NULL AND a.rang > coalesce({rank}, -1)
        ORDER BY a.rang DESC LIMIT 1)"""


HOME = f"""coalesce({_said("logement_perenne", "h.rang")}, CASE
    WHEN {s.HOUSING} IS NULL THEN coalesce(d.logement_perenne, '{UNKNOWN}')
    WHEN {s.HOUSING} = 'logement_accompagne' THEN CASE
        WHEN {s.DETAIL} IS NOT NULL
        THEN iif({s.DETAIL} IN (SELECT value FROM json_each(:details)), 'oui', 'non')
        WHEN h.rang IS NULL THEN coalesce(d.logement_perenne, '{UNKNOWN}')
        ELSE coalesce(h.logement_perenne, '{UNKNOWN}') END
    WHEN {s.HOUSING} IN (SELECT value FROM json_each(:housing)) THEN 'oui' ELSE 'non' END)"""
JOB = f"""coalesce({_said("emploi_durable", "w.rang")}, CASE
    WHEN {s.WORK} IS NULL THEN coalesce(d.emploi_durable, '{UNKNOWN}')
    WHEN {s.WORK} IN (SELECT value FROM json_each(:work)) THEN 'oui' ELSE 'non' END)"""
_BOTH = f"""CASE WHEN home = 'oui' AND job = 'oui' THEN 'oui'
    WHEN home = 'non' OR job = 'non' THEN 'non' ELSE '{UNKNOWN}' END"""
_ANSWER = {"logement": "home", "travail": "job", "les_deux": f"({_BOTH})"}

_SIGNED = f"{s.ADMITTED} AND d.contrat_max <= :day"
_JUDGED = f"{s.ADMITTED} AND d.contrat_max <= :signed_by"
_WAITING = f"{_SIGNED} AND d.contrat_max > :signed_by"
_PERHAPS = f"{_WAITING} AND d.contrat_min <= :signed_by"


def _values(asked: Asked) -> dict[str, object]:
    return {"signed_by": asked.signed_by.isoformat(), **counted_as(asked.flags)}


def counted_as(flags: SituationFlags) -> dict[str, object]:
    """What `HOME` and `JOB` take for lasting and durable, as values of a query."""
    from json import dumps

    return {
        "housing": dumps(sorted(flags.lasting_housing)),
        "details": dumps(sorted(flags.lasting_details)),
        "work": dumps(sorted(flags.durable_work)),
    }


def _whom(asked: Asked, *parts: str) -> tuple[str, ...]:
    return (*parts, s.CLOSED) if asked.exits else parts


def _judged(asked: Asked) -> tuple[str, dict[str, object]]:
    where, values = asked.selection.where(*_whom(asked, _JUDGED), **_values(asked))
    entry = AT_ENTRY[asked.by] if asked.by else "''"
    text = f"""WITH judged AS MATERIALIZED (
        SELECT d.id, d.dossier, d.menage, {s.HOUSEHOLD} AS household, {entry} AS entry,
            {HOME} AS home, {JOB} AS job
        FROM {s.FROM} WHERE {where})"""
    return text, values


def at_exit(connection: Connection, asked: Asked) -> Iterator[Sequence[Any]]:
    """Entry, the three answers, the first and the last day of the exit, how many."""
    judged, values = _judged(asked._replace(exits=True, signed_by=asked.selection.day))
    query = f"""{judged} SELECT j.entry, j.home, j.job, {_BOTH},
            max(d.admis_min, d.contrat_min, d.cloture_min),
            max(d.admis_max, d.contrat_max, d.cloture_max), count(*)
        FROM judged AS j JOIN dossiers AS d ON d.id = j.id GROUP BY 1, 2, 3, 5, 6"""
    return iter(connection.execute(query, values))


def _households(group: str) -> str:
    """One row a household and class: whether one of its persons is housed, works, does both."""
    return f"""SELECT {group} AS entry, max(home = 'oui') AS home, max(job = 'oui') AS job,
        max(home = 'oui' AND job = 'oui') AS both, household FROM judged GROUP BY 1, household"""


# --- the figures -------------------------------------------------------------------------


def figures(
    connection: Connection, asked: Asked, mask: int | None = None, *, reached: bool = False
) -> Figures:
    """Every number of the report; with ``mask``, the counts below it hidden.

    ``reached``: only who reached a result is printed, so that fewer counts must be hidden.
    """
    counts = _counts(connection, asked)
    for name, part in ((SIGNED, _SIGNED), (JUDGED, _JUDGED), (WAITING, _WAITING)):
        counts[(name,)] = _count(connection, asked, part)
    away = hidden_counts(counts, _entries(asked), mask, reached=reached) if mask else frozenset()
    shown = as_printed(counts, away)
    possible = _count(connection, asked, _PERHAPS)
    return Figures(
        [_line(asked, entry, result, shown)
         for entry in _entries(asked) for result in RESULTS],
        shown[(SIGNED,)], shown[(JUDGED,)], shown[(WAITING,)],
        0 if mask and possible < mask else possible,
    )  # fmt: skip


def _count(connection: Connection, asked: Asked, part: str) -> int:
    return s.counted(connection, asked.selection, *_whom(asked, part), **_values(asked))


def _entries(asked: Asked) -> tuple[str, ...]:
    return ("", *CLASSES[asked.by]) if asked.by else ("",)


def _counts(connection: Connection, asked: Asked) -> dict[tuple[str, ...], int]:
    """Counts by ``(entry, result, answer)``, ``(entry, "personnes")`` and for households."""
    found: dict[tuple[str, ...], int] = {
        (entry, result, each): 0
        for entry in _entries(asked) for result in RESULTS for each in (*ANSWERS, "menages")
    }  # fmt: skip
    for entry in _entries(asked):
        found[entry, "personnes"] = found[entry, "menages"] = 0
    judged, values = _judged(asked)
    query = f"{judged} SELECT entry, home, job, {_BOTH}, count(*) FROM judged GROUP BY 1, 2, 3"
    for entry, *answers, count in connection.execute(query, values):
        for group in {entry, ""}:
            found[group, "personnes"] += count
            for result, answer in zip(RESULTS, answers, strict=True):
                found[group, result, answer] += count
    for group in ("entry", "''") if asked.by else ("''",):
        query = f"""{judged} SELECT entry, count(*), sum(home), sum(job), sum(both)
            FROM ({_households(group)}) GROUP BY 1"""
        for entry, count, *reached in connection.execute(query, values):
            found[entry, "menages"] = count
            for result, each in zip(RESULTS, reached, strict=True):
                found[entry, result, "menages"] = each
    return found


def _line(asked: Asked, entry: str, result: str, shown: Mapping[Any, int | None]) -> Line:
    total, reached = shown[entry, "personnes"], shown[entry, result, "oui"]
    homes, homes_reached = shown[entry, "menages"], shown[entry, result, "menages"]
    return Line(
        asked.by or "", entry, result, total, reached,
        shown[entry, result, "non"], shown[entry, result, UNKNOWN], rate(reached, total),
        TARGETS[result], homes, homes_reached, rate(homes_reached, homes),
    )  # fmt: skip


# --- what is hidden from outside readers: how the counts hang together ------------------


def hidden_counts(
    counts: Mapping[Any, int], entries: Sequence[str], least: int, *, reached: bool = False
) -> frozenset[Hashable]:
    """The printed counts to hide. ``entries``: "" for everyone, then each class at entry.

    Answers add up to persons, classes to everyone, and « les deux » is a part of each result.
    What a reader gets by subtracting one printed count from another is protected as well.
    ``reached``: nothing is printed of those who did not reach a result or are not known, nor of
    a class that has nobody.
    """
    answers = ANSWERS[:1] if reached else ANSWERS
    if reached:
        entries = ["", *(entry for entry in entries[1:] if counts[entry, "personnes"])]
    unsaid = ANSWERS[len(answers) :]
    known: dict[Hashable, int] = {k: n for k, n in counts.items() if k[-1] not in unsaid}
    sums = [Sum((SIGNED,), [(JUDGED,), (WAITING,)]), Sum((JUDGED,), [("", "personnes")])]
    if len(entries) > 1:
        keys = [("personnes",), *((result, answer) for result in RESULTS for answer in answers)]
        sums += [Sum(("", *key), [(entry, *key) for entry in entries[1:]]) for key in keys]
    rests: set[Hashable] = set()
    for entry in entries:
        for result in RESULTS:
            persons = entry, "personnes"
            if reached:
                rests.add(_rest(known, sums, persons, (entry, result, "oui")))
            else:
                sums.append(Sum(persons, [(entry, result, answer) for answer in ANSWERS]))
            rests.add(_rest(known, sums, (entry, "menages"), (entry, result, "menages")))
            if result != "les_deux":
                for unit in ("oui", "menages"):
                    both = (entry, "les_deux", unit)
                    rests.add(_rest(known, sums, (entry, result, unit), both))
    away = hidden(known, sums, least, rests)
    return away | _households_of(away, entries)


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


# --- the list behind a number ------------------------------------------------------------


class Cell(NamedTuple):
    """One printed number: ``what`` is a result, or one of the three totals."""

    what: str
    answer: str = "oui"
    entry: str = ""


def cell_of(text: str, entry: str | None, by: str | None) -> Cell:
    """The number meant by ``--list TEXT``: ``logement``, ``travail:non``, ``jugees``…

    Raises `UsageFailure` for a word outside the lists.
    """
    first, _, second = (part.strip().casefold() for part in text.partition(":"))
    what = one_of("Le nombre", first, (*RESULTS, JUDGED, WAITING, SIGNED))
    answer = one_of("La réponse", second or "oui", ANSWERS)
    known = CLASSES[by] if by else ()
    return Cell(what, answer, one_or("", "La situation à l'entrée", entry, known))


def listed(connection: Connection, asked: Asked, cell: Cell) -> Iterator[Sequence[Any]]:
    """The dossiers behind a number, as `standing.LIST_COLUMNS`."""
    parts = [{SIGNED: _SIGNED, WAITING: _WAITING}.get(cell.what, _JUDGED)]
    if cell.what in RESULTS:
        said = _ANSWER[cell.what].replace("home", f"({HOME})").replace("job", f"({JOB})")
        parts.append(f"{said} = :answer")
    if cell.entry and asked.by:
        parts.append(f"{AT_ENTRY[asked.by]} = :entry")
    values = {**_values(asked), "answer": cell.answer, "entry": cell.entry}
    return s.dossiers_of(connection, asked.selection, *_whom(asked, *parts), **values)


def households(connection: Connection, asked: Asked, cell: Cell) -> Iterator[Sequence[Any]]:
    """The households behind a number of households, as `HOUSEHOLD_COLUMNS`."""
    every = {"logement": "home = 'oui'", "travail": "job = 'oui'"}
    every["les_deux"] = " AND ".join(every.values())  # of one of its persons
    reached = f"max({every.get(cell.what, '1')})"
    judged, values = _judged(asked)
    query = f"""{judged} SELECT max(menage), count(*), group_concat(dossier, ' ') FROM judged
        WHERE :entry IN ('', entry) GROUP BY household HAVING {reached} ORDER BY min(dossier)"""
    yield from connection.execute(query, {**values, "entry": cell.entry})


# --- the sheets --------------------------------------------------------------------------

LABELS = {
    "logement": "Logement pérenne",
    "travail": "Emploi durable ou formation",
    "les_deux": "Les deux (sortie positive)",
}
_TOTALS = {SIGNED: "Signataires", JUDGED: "Personnes jugées", WAITING: "Pas encore jugées"}


def _aim(target: int | None) -> str:
    return f"{target} %" if target else ""


_COUNTS = (*COLUMNS[3:7], "menages", "menages_atteint")
_RATES = ("taux", "menages_taux")
KNOWN = columns(
    COLUMNS,
    {
        "entree": lambda code: CLASS_LABELS.get(code, ""), "resultat": LABELS.__getitem__,
        "objectif": _aim, **dict.fromkeys(_COUNTS, number), **dict.fromkeys(_RATES, percent),
    },
    personnes="Jugées",
)  # fmt: skip


def sheet(connection: Connection, asked: Asked, after: str, mask: int | None = None) -> Sheet:
    """The outcomes; ``after``: the age of contract, as it was typed."""
    found = figures(connection, asked, mask)
    day = weekday_date(asked.selection.day)
    said = [] if found.judged != 0 else [
        f"Aucun dossier n'est assez ancien au {day}{asked.selection.filters.told}.",
        "Pour juger plus tôt : --after 6m",
    ]  # fmt: skip
    return Sheet(
        title=f"Résultats au {day}" + (", sorties seulement" if asked.exits else ""),
        notes=_notes(asked, found, after, mask),
        sections=_sections(found),
        data=Data(KNOWN, found.lines),
        said=said,
    )


def _notes(asked: Asked, found: Figures, after: str, mask: int | None) -> list[str]:
    possible = f" (dont {found.possible} peut-être assez anciennes)" if found.possible else ""
    return [
        f"Unité : personne ; ménage à côté (compté dès qu'une de ses personnes y est). Jugées :"
        f" {number(found.judged)} sur {number(found.signed)}"
        f" {plural(found.signed, 'signataire')}, contrat signé au plus tard le"
        f" {short_date(asked.signed_by)} (--after {after}) ; pas encore jugées :"
        f" {number(found.waiting)}{possible}.",
        rule_of(asked.flags),
        "Objectifs : 80 % en logement, 60 % en emploi ou formation. Une réponse inconnue n'est pas"
        " un succès.",
        *masked_note(mask),
    ]


def rule_of(flags: SituationFlags, home: str = "Pérenne", work: str = "Durable") -> str:
    """What counts as lasting and as durable, since when, and the source."""
    lasting = [each.label for each in Housing if each in flags.lasting_housing]
    lasting += [each.label for each in HousingDetail if each in flags.lasting_details]
    durable = [each.label for each in Work if each in flags.durable_work]
    return (
        f"{home} : {', '.join(lasting)}. {work} : {', '.join(durable)}. En vigueur depuis le"
        f" {short_date(flags.since)} [{flags.source}]."
    )


def _sections(found: Figures) -> Iterator[Section]:
    """Everyone first, then each class at entry that has somebody."""
    for entry in dict.fromkeys(line.entree for line in found.lines):
        lines = [line for line in found.lines if line.entree == entry]
        if not entry or lines[0].personnes != 0:
            title = f"Entrée : {CLASS_LABELS[entry]}" if entry else "Ensemble"
            title += f" (jugées : {number(lines[0].personnes)})"
            yield Section(title, KNOWN, lines, COLUMNS[2:], bars=partial(_bars, lines))


def _bars(lines: Sequence[Line], width: int) -> Iterator[str]:
    wide = width >= NARROW
    room = max(10, min(50, width - (50 if wide else 12)))
    for line in lines:
        label = LABELS[line.resultat]
        told = f"{number(line.atteint):>6} {percent(line.taux):>8}"
        if wide:
            yield f"{label:<28} {told}  {_against(line, room)}".rstrip()
        else:
            yield from (label, told, f"  {_against(line, room)}")
        yield from _beside_bar(line)


def _against(line: Line, room: int) -> str:
    """The bar on a line of 100 %, a mark at the target."""
    if line.taux is None:
        return ""
    cells = list(bar(line.taux, 100, room).ljust(room, "·"))
    if line.objectif:
        cells[min(room - 1, round(room * line.objectif / 100))] = "┃"
    return "".join(cells)


def _beside_bar(line: Line) -> Iterator[str]:
    told = [f"non {number(line.non_atteint)}", f"inconnu {number(line.inconnu)}"]
    if line.objectif and line.taux is not None:
        gap = line.taux - line.objectif
        points = f"{abs(gap):.1f}".replace(".", ",")
        where = f"atteint (+{points} points)" if gap >= 0 else f"manqué de {points} points"
        told.append(f"objectif ┃ {line.objectif} % : {where}")
    yield "  " + " ; ".join(told)
    homes = f"  ménages : {number(line.menages_atteint)} sur {number(line.menages)}"
    yield homes + (f", {percent(line.menages_taux)}" if line.menages_taux is not None else "")


def sheet_behind(
    connection: Connection, asked: Asked, cell: Cell, *, of_households: bool = False
) -> Sheet:
    """The dossiers, or the households, behind a number. Raises `UsageFailure`."""
    if of_households and cell.what in (SIGNED, WAITING):
        raise UsageFailure("Les ménages ne sont comptés que parmi les jugés.")
    entry = f", entrée : {CLASS_LABELS[cell.entry]}" if cell.entry else ""
    what = _TOTALS.get(cell.what) or f"{LABELS[cell.what]} : {cell.answer}"
    day = asked.selection.day
    if of_households:
        rows = households(connection, asked, cell)
        names = HOUSEHOLD_COLUMNS
        return s.list_sheet(what + entry, day, rows, known=names, usual=names, unit="ménage")
    return s.list_sheet(what + entry, day, listed(connection, asked, cell), usual=LISTED)
