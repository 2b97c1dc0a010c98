"""`report funnel`: oriented, diagnosed, assigned, contracted, closed; and who is behind a number.

A person counts from the day their orientation was accepted or OFII validated their request,
closed dossiers included. A partial date counts once it is certain; what is only possible is
counted apart. Each number is the length of `listed` under the same filters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.reports.day_texts import edtf_of
from agir_cli.reports.selection import SECTOR, Filters, condition

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

MEASURES = ("personnes", "menages", "diagnostiques", "attribues", "signataires", "clos")
ALIASES = {
    "persons": "personnes", "households": "menages", "diagnosed": "diagnostiques",
    "assigned": "attribues", "signatories": "signataires", "closed": "clos",
}  # fmt: skip
_MILESTONES = {
    "personnes": "admis", "menages": "admis", "diagnostiques": "diagnostic",
    "attribues": "commission", "signataires": "contrat", "clos": "cloture",
}  # fmt: skip
_UNDATED = "0001-01-01"  # how the projection says "at some day that nobody wrote down"
_HOUSEHOLD = "coalesce(d.menage, d.id)"


class Row(NamedTuple):
    """The numbers of a department (``secteur`` empty) or of one of its sectors.

    Units: dossiers of persons; ``menages`` households, a household of several sectors counting
    in each but once in its department; ``taux_signataires`` in percent, ``None`` for nobody.
    ``…_possibles``: those whose date may be past, beside the certain ones.
    """

    departement: str
    secteur: str
    personnes: int
    menages: int
    diagnostiques: int
    attribues: int
    signataires: int
    taux_signataires: float | None
    clos: int
    personnes_possibles: int
    menages_possibles: int
    diagnostiques_possibles: int
    attribues_possibles: int
    signataires_possibles: int
    clos_possibles: int

    def count(self, measure: str) -> int:
        """The number of one measure."""
        return int(getattr(self, measure))

    def possible(self, measure: str) -> int:
        """How many more there may be."""
        return int(getattr(self, f"{measure}_possibles"))


COLUMNS = Row._fields


def funnel(connection: Connection, day: date, filters: Filters) -> list[Row]:
    """Each department, its own row before those of its sectors."""
    asked = condition(filters)
    numbers = ", ".join(_number(measure) for measure in MEASURES)
    values = {"day": day.isoformat(), **asked.values}
    rows: list[Row] = []
    for sector in ("''", SECTOR):
        query = (
            f"SELECT d.departement, {sector} AS secteur, {numbers} FROM dossiers AS d"
            f" WHERE 1{asked.sql} GROUP BY 1, 2"
        )
        rows += [_row(found) for found in connection.execute(query, values)]
    return sorted(rows, key=_order)


def _number(measure: str) -> str:
    """SQL: how many for certain, and how many for certain or perhaps."""
    name = _MILESTONES[measure]
    parts = [f"d.{name}_{bound} <= :day" for bound in ("max", "min")]
    if measure == "menages":
        parts = [f"CASE WHEN {part} THEN {_HOUSEHOLD} END" for part in parts]
        return ", ".join(f"count(DISTINCT {part})" for part in parts)
    return ", ".join(f"coalesce(sum({part}), 0)" for part in parts)


def _row(found: Sequence[Any]) -> Row:
    department, sector, *numbers = found
    certain = dict(zip(MEASURES, numbers[::2], strict=True))
    possible = dict(zip(MEASURES, numbers[1::2], strict=True))
    persons, signed = certain["personnes"], certain["signataires"]
    return Row(
        departement=department,
        secteur=sector,
        **certain,
        taux_signataires=round(100 * signed / persons, 1) if persons else None,
        **{f"{name}_possibles": possible[name] - certain[name] for name in MEASURES},
    )


def _order(row: Row) -> tuple[str, bool, str]:
    return row.departement, row.secteur == "non affecté", row.secteur


class Listed(NamedTuple):
    """A dossier behind a number; ``date`` is the EDTF text of the day that made it count."""

    dossier: str
    departement: str
    secteur: str
    nom: str | None
    prenoms: str | None
    menage: str | None
    date: str


class Household(NamedTuple):
    """A household behind a number: its persons counted, and their dossiers."""

    departement: str
    menage: str
    personnes: int
    dossiers: str


def listed(
    connection: Connection, day: date, filters: Filters, measure: str
) -> Iterator[Listed | Household]:
    """The dossiers (for ``menages`` the households of each department) behind a number."""
    asked = condition(filters)
    values = {"day": day.isoformat(), **asked.values}
    name = _MILESTONES[measure]
    if measure == "menages":
        query = (
            f"SELECT d.departement, coalesce(max(d.menage), max(d.dossier)), count(*),"
            f" group_concat(d.dossier, ' ') FROM dossiers AS d"
            f" WHERE d.admis_max <= :day{asked.sql} GROUP BY d.departement, {_HOUSEHOLD}"
            " ORDER BY 1, 2"
        )
        yield from map(Household._make, connection.execute(query, values))
        return
    query = (
        f"SELECT d.dossier, d.departement, {SECTOR}, p.nom, p.prenoms, d.menage,"
        f" d.{name}_min, d.{name}_max FROM dossiers AS d"
        f" LEFT JOIN people AS p ON p.id = d.personne WHERE d.{name}_max <= :day{asked.sql}"
        " ORDER BY d.dossier"
    )
    for *rest, first, last in connection.execute(query, values):
        yield Listed._make((*rest, "" if first == _UNDATED else edtf_of(first, last)))
