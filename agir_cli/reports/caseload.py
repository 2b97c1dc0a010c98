"""The load of each référent, office or organisation, and what the next months bring.

Open dossiers only: admitted by the day, not closed. One dossier is one line's, that of its
référent parcours; the second référent is counted apart. Lateness is the certain one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.failures import UsageFailure
from agir_cli.reports import standing as s
from agir_cli.reports.selection import line_meant, one_of, one_or
from agir_cli.reports.sheet import Column, Data, Section, Sheet, columns, heading_of
from agir_cli.reports.texts import bar, number, number_if_any, plural, short_date, weekday_date

if TYPE_CHECKING:
    from agir_cli.reports.standing import Selection
    from agir_cli.store.driver import Connection

BY = ("referent", "organisation", "bureau")
SECOND = "en_second"
OVERDUE, LATER, UNDATED = "depasse", "plus_tard", "sans_date"


def _span(nature: str, *parts: str) -> str:
    text = " AND ".join(("s.depart_max <= :day", "(s.fin_max IS NULL OR s.fin_max > :day)", *parts))
    return (
        f"EXISTS (SELECT 1 FROM spans AS s WHERE s.dossier = d.id AND s.nature = '{nature}'"
        f" AND {text})"
    )


_SURELY = "(s.fin_min IS NULL OR s.fin_min > :day)"
_LATE = _span("entretien", "s.echeance_max < :day", _SURELY, s.still_asked("min"))
_MAYBE_LATE = _span("entretien", "s.echeance_min < :day", s.still_asked("max"))

MEASURES = {
    "dossiers": "1",
    "en_diagnostic": f"{s.STAGE} = 'diagnostic'",
    "en_commission": f"{s.STAGE} = 'commission'",
    "a_contractualiser": f"{s.STAGE} = 'contractualisation'",
    "accompagnes": f"{s.STAGE} = 'accompagnement'",
    "droit_logement": s.has_priority("droit_logement"),
    "emploi_formation": s.has_priority("emploi_formation"),
    "sans_priorite": f"NOT ({s.ASSIGNED} AND d.priorites IS NOT NULL)",
    "globale": f"({s.ASSIGNED} AND coalesce(d.modalite, '') = 'globale')",
    "subsidiarite": f"({s.ASSIGNED} AND coalesce(d.modalite, '') = 'subsidiarite')",
    "appui": f"({s.ASSIGNED} AND coalesce(d.modalite, '') = 'appui')",
    "sans_modalite": f"NOT ({s.ASSIGNED} AND d.modalite IS NOT NULL)",
    "entretiens_en_retard": _LATE,
    "entretiens_possibles": f"({_MAYBE_LATE} AND NOT {_LATE})",
    "termes": _span("terme", "s.echeance_max >= :day", "s.echeance_max <= :until"),
    "termes_depasses": _span("terme", "s.echeance_max < :day"),
}
"""Each number of a line, as a condition on the dossiers of that line. A dossier of two
priorities is in both; the stages add up to ``dossiers``, so do the modes."""

COLUMNS = ("referent", "organisation", "bureau", *MEASURES, SECOND, "code")

_REFERENT = f"CASE WHEN {s.ASSIGNED} THEN coalesce(d.referent, '') ELSE '' END"
_ORGANISATION = f"""coalesce(CASE WHEN {s.ASSIGNED} THEN (
    SELECT o.organisation FROM referents AS o WHERE o.code = d.referent) END, '')"""
_SECOND = f"CASE WHEN {s.ASSIGNED} THEN coalesce(d.second_referent, '') ELSE '' END"
_LINE = {
    "referent": _REFERENT, "organisation": _ORGANISATION, "bureau": "coalesce(d.bureau, '')",
}  # fmt: skip


class Question(NamedTuple):
    """Whom, by what, and how many calendar months ahead, the day's own being the first."""

    selection: Selection
    by: str = "referent"
    months: int = 6

    @property
    def month_names(self) -> tuple[str, ...]:
        """The months of the forecast: ``2023-10``, …"""
        day = self.selection.day
        first = day.year * 12 + day.month - 1
        every = range(first, first + self.months)
        return tuple(f"{month // 12:04d}-{month % 12 + 1:02d}" for month in every)

    @property
    def until(self) -> date:
        """The last day of the last month."""
        year, month = map(int, self.month_names[-1].split("-"))
        following = date(year + month // 12, month % 12 + 1, 1)
        return following - timedelta(days=1)


class Line(NamedTuple):
    """One référent, organisation or office (``key`` empty: none); counts as in `MEASURES`."""

    key: str
    name: str | None
    organisation: str | None
    counts: dict[str, int]


class Month(NamedTuple):
    """What a month brings. ``mois``: ``2023-10``, ``depasse``, ``plus_tard`` or ``sans_date``;
    ``suivis_fin``: dossiers with a référent at its end, ``None`` outside the months."""

    mois: str
    places_liberees: int
    arrivees_diagnostic: int
    arrivees_commission: int
    suivis_fin: int | None


FORECAST_COLUMNS = Month._fields
FORECAST = FORECAST_COLUMNS[1:4]


def lines(connection: Connection, question: Question) -> list[Line]:
    """The load, line by line, the heaviest first; who is only a second référent at the end."""
    where, values = _where(question, s.OPEN)
    sums = ", ".join(f"sum({condition})" for condition in MEASURES.values())
    query = f"""SELECT {_LINE[question.by]}, {sums} FROM dossiers AS d
        WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1"""
    found = {key: dict(zip(MEASURES, counts, strict=True))
             for key, *counts in connection.execute(query, values)}  # fmt: skip
    for counts in found.values():
        counts[SECOND] = 0
    if question.by == "referent":
        query = f"SELECT {_SECOND}, count(*) FROM dossiers AS d WHERE {where} GROUP BY 1"
        for key, count in connection.execute(query, values):
            if key:
                found.setdefault(key, dict.fromkeys((*MEASURES, SECOND), 0))[SECOND] = count
    names = _names(connection, question.by)
    return [
        Line._make((key, *names.get(key, (key or None, None)), counts))
        for key, counts in found.items()
    ]


def total(every: Sequence[Line]) -> dict[str, int]:
    """The sums of the lines: a dossier stands in one line only."""
    return {name: sum(line.counts[name] for line in every) for name in (*MEASURES, SECOND)}


def _where(question: Question, *parts: str, **more: object) -> tuple[str, dict[str, object]]:
    return question.selection.where(*parts, until=question.until.isoformat(), **more)


NAMES_OF = {
    "referent": "SELECT code, nom FROM referents", "bureau": "SELECT bureau, nom FROM offices",
    "organisation": "SELECT DISTINCT organisation, organisation FROM referents",
}  # fmt: skip


def _names(connection: Connection, by: str) -> dict[str, tuple[str | None, str | None]]:
    if by == "referent":
        rows = connection.execute("SELECT code, nom, organisation FROM referents")
        return {code: (name, organisation) for code, name, organisation in rows}
    if by == "bureau":
        return {code: (name, None) for code, name in
                connection.execute("SELECT bureau, nom FROM offices")}  # fmt: skip
    return {}


# --- the months to come ------------------------------------------------------------------

_SUPPORTED = f"{s.OPEN} AND {s.STAGE} IN ('contractualisation', 'accompagnement')"


def _due(nature: str) -> str:
    return f"""(SELECT max(s.echeance_max) FROM spans AS s WHERE s.dossier = d.id
        AND s.nature = '{nature}' AND s.depart_max <= :day
        AND (s.fin_max IS NULL OR s.fin_max > :day))"""


def _month_of(day: str, overdue: str) -> str:
    return f"""CASE WHEN {day} IS NULL THEN '{UNDATED}' WHEN {day} < :day THEN {overdue}
        WHEN {day} > :until THEN '{LATER}' ELSE substr({day}, 1, 7) END"""


_FORECAST = {
    "places_liberees": (_SUPPORTED, _month_of(_due("terme"), f"'{OVERDUE}'")),
    "arrivees_diagnostic": (
        f"{s.OPEN} AND {s.STAGE} = 'diagnostic'",
        _month_of(_due("diagnostic"), "substr(:day, 1, 7)"),
    ),
    "arrivees_commission": (f"{s.OPEN} AND {s.STAGE} = 'commission'", "substr(:day, 1, 7)"),
}
"""Each series: its dossiers, and the month in which each counts. A place is freed by the term
of two years. Who awaits a diagnostic arrives by its last day in time (late: this month), who
awaits the commission this month: both at the earliest."""


def forecast(connection: Connection, question: Question) -> list[Month]:
    """The months of the question, then what falls outside them; each dossier is in one row."""
    found: dict[tuple[str, str], int] = {}
    for name, (whom, month) in _FORECAST.items():
        where, values = _where(question, whom)
        query = f"SELECT {month}, count(*) FROM dossiers AS d WHERE {where} GROUP BY 1"
        found |= {(name, key): count for key, count in connection.execute(query, values)}
    supported = sum(count for (name, _), count in found.items() if name == FORECAST[0])
    rows = []
    for month in (OVERDUE, *question.month_names, LATER, UNDATED):
        freed, met, decided = (found.get((name, month), 0) for name in FORECAST)
        inside = month in question.month_names
        supported += met + decided - freed if inside else 0
        rows.append(Month(month, freed, met, decided, supported if inside else None))
    return rows


# --- the list behind a number ------------------------------------------------------------


class Cell(NamedTuple):
    """One printed number: a measure of a line (all lines: ``None``), or a series of a month."""

    what: str
    line: str | None = None
    month: str | None = None


def cell_of(
    connection: Connection, question: Question, text: str, line: str | None, month: str | None
) -> Cell:
    """The number meant by ``--list TEXT``, ``--line`` and ``--month``. Raises `UsageFailure`."""
    what = one_of("Le nombre", text, (*MEASURES, SECOND, *FORECAST))
    if month is not None and what not in FORECAST:
        raise UsageFailure(
            "--month va avec une série de mois.", f"C'est-à-dire : {', '.join(FORECAST)}"
        )
    months = (OVERDUE, *question.month_names, LATER, UNDATED)
    when = one_or(None, "Le mois", month, months)
    key = None if line is None else line_meant(connection, NAMES_OF[question.by], line)
    return Cell(what, key, when)


def listed(connection: Connection, question: Question, cell: Cell) -> Iterator[Sequence[Any]]:
    """The dossiers behind a number, as `standing.LIST_COLUMNS`."""
    key = _LINE[question.by]
    if cell.what in _FORECAST:
        whom, month = _FORECAST[cell.what]
        parts = [whom, *([f"{month} = :month"] if cell.month else [])]
    elif cell.what == SECOND:
        key = _SECOND
        parts = [s.OPEN, f"{_SECOND} <> ''"]
    else:
        parts = [s.OPEN, MEASURES[cell.what]]
    if cell.line is not None:
        parts.append(f"{key} = :line")
    return s.dossiers_of(
        connection, question.selection, *parts,
        until=question.until.isoformat(), line=cell.line, month=cell.month,
    )  # fmt: skip


# --- the sheets --------------------------------------------------------------------------

_BY = {"referent": "Référent", "organisation": "Organisation", "bureau": "Bureau"}
_SPARE = (
    "en_diagnostic", "en_commission", "a_contractualiser", "accompagnes", "sans_priorite",
    "sans_modalite", "entretiens_possibles", "termes_depasses", SECOND,
)  # fmt: skip
_TOTAL = "Total"
_OUTSIDE = {OVERDUE: "terme dépassé", LATER: "plus tard", UNDATED: "sans date"}
_NARROW = 72


def sheet(connection: Connection, question: Question, *, ahead: bool = False) -> Sheet:
    """The load and the months to come; ``ahead``: these are what a machine gets."""
    found = lines(connection, question)
    data = Data(columns(COLUMNS), (_row(line, question.by) for line in found))
    if ahead:
        data = Data(columns(FORECAST_COLUMNS), forecast(connection, question))
    day, told = weekday_date(question.selection.day), question.selection.filters.told
    return Sheet(
        title=f"Charge au {day}",
        notes=_notes(connection, question, found),
        sections=_sections(connection, question, found),
        data=data,
        said=[] if found else [f"Aucun dossier n'est ouvert au {day}{told}."],
    )


def _row(line: Line, by: str) -> list[object]:
    names = {"referent": (line.name, line.organisation, None),
             "organisation": (None, line.key or None, None),
             "bureau": (None, None, line.name)}[by]  # fmt: skip
    return [*names, *line.counts.values(), line.key or None]


def _notes(connection: Connection, question: Question, found: Sequence[Line]) -> Iterator[str]:
    from agir_cli.domain.dates import exactly
    from agir_cli.store.settings import rulebook_of

    clocks, day = rulebook_of(connection).clocks, exactly(question.selection.day)
    interview, support = clocks.at("entretien", day), clocks.at("accompagnement", day)
    count = total(found)["dossiers"]
    yield (
        f"Unité : dossier ouvert (personne admise, dossier non clos). {number(count)}"
        f" {plural(count, 'dossier')} ; un dossier peut avoir deux priorités."
    )
    since = "depuis le contrat ou le dernier entretien"
    if interview.anchored:
        since = "un par période depuis le contrat"
    yield (
        f"Entretien : tous les {interview.length.months} mois {since} [{interview.source}]."
        f" Terme : {support.length.years} ans après le contrat,"
        f" inclus [{support.source}]. Termes à venir : jusqu'au {short_date(question.until)}."
    )


def _sections(
    connection: Connection, question: Question, found: Sequence[Line]
) -> Iterator[Section]:
    by = _BY[question.by]
    names = [*MEASURES, *([SECOND] if question.by == "referent" else [])]
    laid = [Column("", by), *columns(names, dict.fromkeys(names, number))]
    rows = [[label, *(counts[name] for name in names)] for label, counts in _counted(found, by)]
    yield Section(f"Dossiers ouverts, par {by.lower()}", laid, rows, spare=_SPARE, total=_adds_up)
    months = forecast(connection, question)
    series = columns(FORECAST_COLUMNS[1:], dict.fromkeys(FORECAST_COLUMNS, number_if_any))
    laid = [Column("", "Mois", show=month_name), *series]
    title = "Les mois à venir (dossiers, au plus tôt)"
    yield Section(title, laid, months, bars=lambda width: _bars(months, width))


def _counted(found: Sequence[Line], by: str) -> Iterator[tuple[str, dict[str, int]]]:
    """Each line and, below several, their total."""
    for line in found:
        yield (line.name or line.key) if line.key else f"(sans {by.lower()})", line.counts
    if len(found) > 1:
        yield _TOTAL, total(found)


def _adds_up(row: Sequence[object]) -> bool:
    return row[0] == _TOTAL


def month_name(code: str) -> str:
    """« octobre 2023 »; what is outside the months as « plus tard »…"""
    from agir_cli.domain.dates import MONTHS

    return _OUTSIDE.get(code) or f"{MONTHS[int(code[5:]) - 1]} {code[:4]}"


def _bars(months: Sequence[Month], width: int) -> Iterator[str]:
    """Three series a month; those outside the months as numbers alone."""
    inside = [month for month in months if month.suivis_fin is not None]
    top = max((max(month[1:4]) for month in inside), default=0)
    wide = width >= _NARROW
    room = max(4, min(60, width - (46 if wide else 31)))
    for month in months:
        within = month.suivis_fin is not None
        always = FORECAST[0] if within else ""
        series = dict(zip(FORECAST, month[1:4], strict=True))
        some = {name: n for name, n in series.items() if n or name == always}
        for place, (name, count) in enumerate(some.items()):
            title = month_name(month.mois) if place == 0 else ""
            if not wide and title:
                yield title
            drawn = bar(count, top, room) if within else ""
            margin = f"{title:<15}" if wide else " "
            yield f"{margin} {heading_of(name):<21} {number(count):>6} {drawn}".rstrip()
        if month.suivis_fin is not None:
            margin = " " * (15 if wide else 1)
            yield f"{margin} {'= suivis à la fin':<21} {number(month.suivis_fin):>6}"


def sheet_behind(
    connection: Connection, question: Question, cell: Cell, line: str | None = None
) -> Sheet:
    """The dossiers behind a number; ``line``: the word for its line, as typed."""
    what = " ; ".join(filter(None, (heading_of(cell.what), line, cell.month)))
    rows = listed(connection, question, cell)
    usual = ("dossier", "nom", "prenoms", "etape", "referent", "fin_au_plus_tard")
    return s.list_sheet(what, question.selection.day, rows, usual=usual)
