"""Lasting housing, durable work or training, and both: three answers, never one.

Only dossiers old enough are judged: those whose contract was signed long enough before the
day, by their last situation known that day. What counts as lasting or durable is dated data
(`data/situations.toml`). An answer that is not known is « inconnu », and never a success.
A household is counted as soon as one of its judged persons is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.reports import standing as s
from agir_cli.reports.situations import CLASSES, UNKNOWN

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
COLUMNS = (
    "par", "entree", "resultat", "personnes", "atteint", "non_atteint", "inconnu", "taux",
    "objectif", "menages", "menages_atteint", "menages_taux",
)  # fmt: skip
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

_OF = {"logement": s.HOUSING_AT_ENTRY, "travail": s.WORK_AT_ENTRY}
_HOME = f"""CASE
    WHEN {s.HOUSING} IS NULL THEN coalesce(d.logement_perenne, '{UNKNOWN}')
    WHEN {s.HOUSING} = 'logement_accompagne' THEN CASE
        WHEN {s.DETAIL} IS NOT NULL
        THEN iif({s.DETAIL} IN (SELECT value FROM json_each(:details)), 'oui', 'non')
        WHEN h.rang IS NULL THEN coalesce(d.logement_perenne, '{UNKNOWN}')
        ELSE '{UNKNOWN}' END
    WHEN {s.HOUSING} IN (SELECT value FROM json_each(:housing)) THEN 'oui' ELSE 'non' END"""
_JOB = f"""CASE WHEN {s.WORK} IS NULL THEN coalesce(d.emploi_durable, '{UNKNOWN}')
    WHEN {s.WORK} IN (SELECT value FROM json_each(:work)) THEN 'oui' ELSE 'non' END"""
_BOTH = f"""CASE WHEN home = 'oui' AND job = 'oui' THEN 'oui'
    WHEN home = 'non' OR job = 'non' THEN 'non' ELSE '{UNKNOWN}' END"""
_ANSWER = {"logement": "home", "travail": "job", "les_deux": f"({_BOTH})"}

_SIGNED = f"{s.ADMITTED} AND d.contrat_max <= :day"
_JUDGED = f"{s.ADMITTED} AND d.contrat_max <= :signed_by"
_WAITING = f"{_SIGNED} AND d.contrat_max > :signed_by"
_PERHAPS = f"{_WAITING} AND d.contrat_min <= :signed_by"


def _values(asked: Asked) -> dict[str, object]:
    from json import dumps

    flags = asked.flags
    return {
        "signed_by": asked.signed_by.isoformat(),
        "housing": dumps(sorted(flags.lasting_housing)),
        "details": dumps(sorted(flags.lasting_details)),
        "work": dumps(sorted(flags.durable_work)),
    }


def _whom(asked: Asked, *parts: str) -> tuple[str, ...]:
    return (*parts, s.CLOSED) if asked.exits else parts


def _judged(asked: Asked) -> tuple[str, dict[str, object]]:
    where, values = asked.selection.where(*_whom(asked, _JUDGED), **_values(asked))
    entry = f"coalesce({_OF[asked.by]}, '{UNKNOWN}')" if asked.by else "''"
    text = f"""WITH judged AS MATERIALIZED (
        SELECT d.id, d.dossier, d.menage, {s.HOUSEHOLD} AS household, {entry} AS entry,
            {_HOME} AS home, {_JOB} AS job
        FROM {s.FROM} WHERE {where})"""
    return text, values


def _households(group: str) -> str:
    """One row a household and class: whether one of its persons is housed, works."""
    return f"""SELECT {group} AS entry, max(home = 'oui') AS home, max(job = 'oui') AS job,
        household FROM judged GROUP BY 1, household"""


# --- the figures -------------------------------------------------------------------------


def figures(connection: Connection, asked: Asked, mask: int | None = None) -> Figures:
    """Every number of the report; with ``mask``, the counts below it hidden."""
    counts = _counts(connection, asked)
    for name, part in ((SIGNED, _SIGNED), (JUDGED, _JUDGED), (WAITING, _WAITING)):
        counts[(name,)] = _count(connection, asked, part)
    away = _hidden(counts, asked, mask) if mask else frozenset()
    possible = _count(connection, asked, _PERHAPS)

    def shown(*key: str) -> int | None:
        return None if key in away else counts[key]

    return Figures(
        [_line(asked, entry, result, counts, away)
         for entry in _entries(asked) for result in RESULTS],
        shown(SIGNED), shown(JUDGED), shown(WAITING),
        0 if mask and possible < mask else possible,
    )  # fmt: skip


def _hidden(counts: Mapping[tuple[str, ...], int], asked: Asked, least: int) -> frozenset[Hashable]:
    from agir_cli.reports.outcome_masks import hidden_counts

    return hidden_counts(counts, _entries(asked), least)


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
        query = f"""{judged} SELECT entry, count(*), sum(home), sum(job), sum(home AND job)
            FROM ({_households(group)}) GROUP BY 1"""
        for entry, count, *reached in connection.execute(query, values):
            found[entry, "menages"] = count
            for result, each in zip(RESULTS, reached, strict=True):
                found[entry, result, "menages"] = each
    return found


def _line(
    asked: Asked,
    entry: str,
    result: str,
    counts: Mapping[tuple[str, ...], int],
    away: frozenset[Hashable],
) -> Line:
    def shown(*key: str) -> int | None:
        return None if key in away else counts[key]

    total, reached = shown(entry, "personnes"), shown(entry, result, "oui")
    homes, homes_reached = shown(entry, "menages"), shown(entry, result, "menages")
    return Line(
        asked.by or "", entry, result, total, reached,
        shown(entry, result, "non"), shown(entry, result, UNKNOWN), _rate(reached, total),
        TARGETS[result], homes, homes_reached, _rate(homes_reached, homes),
    )  # fmt: skip


def _rate(part: int | None, total: int | None) -> float | None:
    return round(100 * part / total, 1) if total and part is not None else None


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
    what = s.one_of("Le nombre", first, (*RESULTS, JUDGED, WAITING, SIGNED)) or ""
    answer = s.one_of("La réponse", second or "oui", ANSWERS) or ""
    known = CLASSES[by] if by else ()
    return Cell(what, answer, s.one_of("La situation à l'entrée", entry, known) or "")


def listed(connection: Connection, asked: Asked, cell: Cell) -> Iterator[Sequence[Any]]:
    """The dossiers behind a number, as `standing.LIST_COLUMNS`."""
    parts = [{SIGNED: _SIGNED, WAITING: _WAITING}.get(cell.what, _JUDGED)]
    if cell.what in RESULTS:
        said = _ANSWER[cell.what].replace("home", f"({_HOME})").replace("job", f"({_JOB})")
        parts.append(f"{said} = :answer")
    if cell.entry and asked.by:
        parts.append(f"coalesce({_OF[asked.by]}, '{UNKNOWN}') = :entry")
    values = {**_values(asked), "answer": cell.answer, "entry": cell.entry}
    return s.dossiers_of(connection, asked.selection, *_whom(asked, *parts), **values)


def households(connection: Connection, asked: Asked, cell: Cell) -> Iterator[Sequence[Any]]:
    """The households behind a number of households, as `HOUSEHOLD_COLUMNS`."""
    home, job = "max(home = 'oui')", "max(job = 'oui')"
    every = {"logement": home, "travail": job, "les_deux": f"{home} AND {job}"}
    reached = every.get(cell.what, "1")
    judged, values = _judged(asked)
    query = f"""{judged} SELECT max(menage), count(*), group_concat(dossier, ' ') FROM judged
        WHERE :entry IN ('', entry) GROUP BY household HAVING {reached} ORDER BY min(dossier)"""
    yield from connection.execute(query, {**values, "entry": cell.entry})
