"""The targets of the convention beside what is reached: the rate, and the year as it is going.

A target is dated data of the team (`agir rules --targets`): so many persons, households or
contracts in a year, in a department. What is reached is what the funnel counts of that year [D].
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.failures import UsageFailure
from agir_cli.reports import movements
from agir_cli.reports.flows import Question, figures
from agir_cli.reports.periods import period_of
from agir_cli.reports.sheet import Data, Section, Sheet, columns
from agir_cli.reports.texts import number, number_if_any, percent, rate, short_date, weekday_date

if TYPE_CHECKING:
    from agir_cli.reports.selection import Filters
    from agir_cli.store.driver import Connection

FLOWS = {"personnes": "entrees", "menages": "menages_entres", "contrats": "contrats"}
"""What of the funnel reaches each target."""
_TOLD = {
    "personnes": "Personnes entrées", "menages": "Ménages entrés", "contrats": "Contrats signés",
}  # fmt: skip


class Aim(NamedTuple):
    """A target and what is reached; ``None``: hidden. ``prevision``: for a year in progress."""

    departement: str
    annee: int
    mesure: str
    objectif: int
    atteint: int | None
    taux_objectif: float | None
    prevision: int | None
    taux_prevision: float | None
    source: str


def told(measure: str) -> str:
    """What a target counts, in words."""
    return _TOLD[measure]


KNOWN = columns(
    Aim._fields,
    {
        "departement": lambda code: code or "Ensemble", "mesure": _TOLD.__getitem__,
        "objectif": number, "atteint": number, "prevision": number_if_any,
        **dict.fromkeys(("taux_objectif", "taux_prevision"), percent),
    },
)  # fmt: skip


def aims(
    connection: Connection, day: date, year: int, filters: Filters, mask: int | None = None
) -> list[Aim]:
    """The targets of a year, by department, then their sums where several departments have one."""
    from agir_cli.store.settings import targets

    only = filters.get("department")
    known = [t for t in targets(connection) if t.year == year and only in (None, t.department)]
    if not known:
        return []
    question = Question(day=day, period=period_of(str(year)), mask=mask)
    found = figures(question, movements.funnel(connection, filters, "secteur"))
    asked = question.series[0][0]
    gone, whole = (asked.last - asked.first).days + 1, (question.period.last - asked.first).days + 1
    rows = []
    for target in known:
        place = (target.department, "")
        reached = found.values.get((0, place, FLOWS[target.measure]), 0)
        rows.append(_aim(*target[:4], reached, gone, whole, target.source))
    for measure in FLOWS:
        some = [row for row in rows if row.mesure == measure]
        if len(some) > 1:
            parts = [row.atteint for row in some]
            total = None if None in parts else sum(part or 0 for part in parts)
            aim = sum(row.objectif for row in some)
            rows.append(_aim("", year, measure, aim, total, gone, whole, ""))
    return rows


def _aim(
    department: str, year: int, measure: str, aim: int, reached: int | None, gone: int, whole: int,
    source: str,
) -> Aim:  # fmt: skip
    ahead = None if reached is None or gone == whole else round(reached * whole / gone)
    return Aim(department, year, measure, aim, reached, rate(reached, aim), ahead,
               rate(ahead, aim), source)  # fmt: skip


def notes(day: date, year: int) -> list[str]:
    """What is reached, and how the year is foretold."""
    told = (
        "Atteint : entrées de l'année (personnes ; ménages : leur première personne), contrats"
        " signés dans l'année."
    )
    if day >= date(year, 12, 31):
        return [told]
    gone = (day - date(year, 1, 1)).days + 1
    return [
        f"{told} Prévision au 31/12/{year} : au rythme tenu depuis le 1er janvier ({gone} jours,"
        f" au {short_date(day)})."
    ]


def section(
    connection: Connection, day: date, year: int, filters: Filters, mask: int | None = None
) -> Section:
    """The targets of a year, as people read them."""
    laid = [column._replace(name="") if not n else column for n, column in enumerate(KNOWN)]
    rows = aims(connection, day, year, filters, mask)
    return Section(f"Objectifs de la convention, {year}", laid, rows, below=notes(day, year)[0])


def sheet(
    connection: Connection, day: date, year: int, filters: Filters, mask: int | None = None
) -> Sheet:
    """The targets of a year. Raises `UsageFailure` where a part of a department is asked for."""
    if filters.without("department"):
        raise UsageFailure(
            "Les objectifs de la convention sont ceux d'un département entier.",
            "Gardez --department, et retirez les autres filtres.",
        )
    rows = aims(connection, day, year, filters, mask)
    return Sheet(
        title=f"Objectifs de la convention, {year}, au {weekday_date(day)}",
        notes=notes(day, year),
        sections=[Section("", KNOWN, rows)],
        data=Data(KNOWN, rows),
        empty=[
            f"Aucun objectif de {year} dans ce fichier.",
            "Les ajouter : agir rules --targets objectifs.csv (departement;annee;mesure;objectif;"
            "source)",
        ],
    )
