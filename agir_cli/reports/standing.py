"""Where dossiers stood on a day: the SQL that the figures share, and the list behind a number.

Facts that took effect after the day do not count; a partial date counts once its last
possible day is past. `d` is the dossier, `h` and `w` its last known housing and work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.reports.selection import Filters, counting
from agir_cli.reports.sheet import Data, Section, Sheet, columns
from agir_cli.reports.texts import weekday_date

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

ADMITTED = "d.admis_max <= :day"
PERHAPS_ADMITTED = "d.admis_min <= :day AND d.admis_max > :day"
CLOSED = "(d.cloture_max IS NOT NULL AND d.cloture_max <= :day)"
OPEN = f"{ADMITTED} AND NOT {CLOSED}"
ASSIGNED = "(d.commission_max IS NOT NULL AND d.commission_max <= :day)"
HOUSEHOLD = "coalesce(d.menage, d.id)"
"""SQL: the household of a dossier; alone where none is written down."""

STAGE = """CASE WHEN d.cloture_max <= :day THEN 'clos'
    WHEN d.contrat_max <= :day THEN 'accompagnement'
    WHEN d.commission_max <= :day THEN 'contractualisation'
    WHEN d.diagnostic_max <= :day THEN 'commission' ELSE 'diagnostic' END"""
"""SQL: what an admitted dossier awaited that day."""


def has_priority(code: str) -> str:
    """SQL: whether the commission had retained this priority by that day."""
    return f"({ASSIGNED} AND coalesce(instr('+' || d.priorites || '+', '+{code}+'), 0) > 0)"


def still_asked(bound: str) -> str:
    """SQL: whether the two years of the dossier of span ``s`` were not over, surely or perhaps.

    Once they are, nobody is asked for an interview; what was missed stays in `interviews`.
    """
    return f"""coalesce((SELECT t.echeance_{bound} >= :day FROM spans AS t
        WHERE t.dossier = s.dossier AND t.nature = 'terme'), 1)"""


def last_known(alias: str, column: str) -> str:
    return f"""LEFT JOIN situations AS {alias} ON {alias}.dossier = d.id AND {alias}.rang = (
    SELECT max(s.rang) FROM situations AS s
    WHERE s.dossier = d.id AND s.date_max <= :day AND s.{column} IS NOT NULL)"""


FROM = f"""dossiers AS d
{last_known("h", "situation_logement")}
{last_known("w", "situation_professionnelle")}"""

HOUSING_AT_ENTRY = "d.situation_logement_entree"
WORK_AT_ENTRY = "d.situation_professionnelle_entree"
HOUSING = f"coalesce(h.situation_logement, {HOUSING_AT_ENTRY})"
DETAIL = "CASE WHEN h.rang IS NULL THEN d.detail_logement_entree ELSE h.detail_logement END"
WORK = f"coalesce(w.situation_professionnelle, {WORK_AT_ENTRY})"


_ALSO = {
    "stage": f" AND instr(:stage, ',' || {STAGE} || ',')",
    **dict.fromkeys(("referent", "organisation", "priority", "mode"), f" AND {ASSIGNED}"),
}
"""What a filter on what the commission decided, or on the stage, means of a past day."""


class Selection(NamedTuple):
    """The day, and whom a report looks at."""

    day: date
    filters: Filters = Filters()

    def where(self, *parts: str, **values: object) -> tuple[str, dict[str, object]]:
        """The WHERE text of these parts and of every filter, and its values."""
        shared = counting(self.filters.without("stage"))
        text = " AND ".join(parts) + shared.sql
        for name, clause in _ALSO.items():
            if name in self.filters:
                text += clause
        bound = {"day": self.day.isoformat(), "stage": self.filters.get("stage")}
        return text, {**bound, **shared.values, **values}


def counted(connection: Connection, selection: Selection, *parts: str, **values: object) -> int:
    """How many dossiers these parts of a WHERE leave."""
    where, bound = selection.where(*parts, **values)
    row = connection.execute(f"SELECT count(*) FROM {FROM} WHERE {where}", bound).fetchone()
    return int(row[0])


# --- the list behind a number ------------------------------------------------------------

_LISTED = {
    "dossier": "d.dossier",
    "nom": "p.nom",
    "prenoms": "p.prenoms",
    "departement": "d.departement",
    "menage": "d.menage",
    "referent": f"CASE WHEN {ASSIGNED} THEN coalesce(r.nom, d.referent) END",
    "organisation": f"CASE WHEN {ASSIGNED} THEN r.organisation END",
    "etape": STAGE,
    "priorites": f"CASE WHEN {ASSIGNED} THEN d.priorites END",
    "modalite": f"CASE WHEN {ASSIGNED} THEN d.modalite END",
    "situation_logement_entree": HOUSING_AT_ENTRY,
    "situation_logement_actuelle": HOUSING,
    "situation_professionnelle_entree": WORK_AT_ENTRY,
    "situation_professionnelle_actuelle": WORK,
    "date_contrat": "CASE WHEN d.contrat_max <= :day THEN d.date_contrat END",
    "fin_au_plus_tard": "CASE WHEN d.contrat_max <= :day THEN d.fin_au_plus_tard END",
    "date_cloture": f"CASE WHEN {CLOSED} THEN d.date_cloture END",
}
LIST_COLUMNS = tuple(_LISTED)
"""The columns of the list behind a number, all as they stood that day."""


def dossiers_of(
    connection: Connection, selection: Selection, *parts: str, **values: object
) -> Iterator[Sequence[Any]]:
    """The dossiers that these parts of a WHERE leave, as `LIST_COLUMNS`, by reference."""
    yield from dossiers_where(connection, *selection.where(*parts, **values))


def dossiers_where(
    connection: Connection, where: str, bound: Mapping[str, object]
) -> Iterator[Sequence[Any]]:
    """The dossiers that a whole WHERE leaves, as `LIST_COLUMNS`, by reference."""
    query = f"""SELECT {", ".join(_LISTED.values())} FROM {FROM}
        LEFT JOIN people AS p ON p.id = d.personne LEFT JOIN referents AS r ON r.code = d.referent
        WHERE {where} ORDER BY d.dossier"""
    yield from connection.execute(query, bound)


_USUAL = ("dossier", "nom", "prenoms", "referent", "etape")


def list_sheet(
    what: str,
    day: date,
    rows: Iterable[Sequence[Any]],
    *,
    known: Sequence[str] = LIST_COLUMNS,
    usual: Sequence[str] = _USUAL,
    unit: str = "dossier",
) -> Sheet:
    """The list behind the number that ``what`` names; ``usual``: what a screen has room for."""

    def sections() -> Iterator[Section]:
        from agir_cli.reports.field_words import class_label, field_columns

        told = [
            column._replace(show=class_label) if column.name.startswith("situation_") else column
            for column in field_columns(known)
        ]
        yield Section("", told, rows, usual)

    return Sheet(
        title=f"{what} au {weekday_date(day)}",
        notes=[f"Unité : {unit}. {{count}} dans la liste."],
        sections=sections(),
        data=Data(columns(known), rows),
        empty=[f"« {what} » : personne au {weekday_date(day)}."],
    )
