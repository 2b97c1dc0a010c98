"""``agir report funnel --passages``: how long each passage took, how many kept the deadline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from agir_cli.cli.report_options import let_go
from agir_cli.cli.report_output import Form, Section, columns_of, print_sections, send
from agir_cli.reports.admitted import not_admitted
from agir_cli.reports.day_texts import french_text
from agir_cli.reports.passages import COLUMNS, PASSAGES, Measured, measured, passages

if TYPE_CHECKING:
    from agir_cli.cli.session import Session
    from agir_cli.reports.selection import Filters
    from agir_cli.store.driver import Connection

LABELS = {
    "passage": "Passage", "dossiers": "Dossiers", "mesures": "Mesurés", "mediane_jours": "Médiane",
    "p90_jours": "9 sur 10", "tenus": "Dans le délai", "depasses": "Hors délai",
    "indetermines": "Indéterminés", "dossier": "Dossier", "departement": "Dép.", "debut": "Début",
    "fin": "Fin", "jours": "Jours", "delai": "Délai",
}  # fmt: skip
_SHORT = {
    "dossiers": "Doss.", "mesures": "Mes.", "mediane_jours": "Méd.", "p90_jours": "9/10",
    "tenus": "Tenus", "depasses": "Hors", "indetermines": "Ind.",
}  # fmt: skip
_NUMBERS = (*_SHORT, "jours")
_TOLD = {
    "diagnostic": "orientation → diagnostic",
    "commission": "diagnostic → commission",
    "contrat": "commission → contrat",
    "diagnostic-contrat": "diagnostic → contrat",
    "cloture": "contrat → clôture",
}
_KEPT = {"tenu": "dans le délai", "depasse": "hors délai", "indetermine": "indéterminé"}


def print_passages(
    session: Session,
    connection: Connection,
    form: Form,
    day: date,
    filters: Filters,
    listed: str | None,
) -> None:
    """Print the passages, or the dossiers behind one of them. Raises `UsageFailure`."""
    if listed is not None and listed not in PASSAGES:
        raise not_admitted("Le passage", listed, PASSAGES)
    known = COLUMNS if listed is None else Measured._fields
    columns = columns_of(form, known)
    found: Iterable[tuple[object, ...]] = (
        passages(connection, day, filters)
        if listed is None
        else measured(connection, day, filters, listed)
    )
    places = [known.index(name) for name in columns]
    if not form.human:
        rows = ([row[place] for place in places] for row in found)
        ends = ("debut", "fin")
        send(form, columns, rows, let_go=lambda: let_go(connection), texts=(), dates=ends)
        return
    found = list(found)
    let_go(connection)
    if found:
        cells = [[_shown(known[place], row[place]) for place in places] for row in found]
        _show(session, form, _head(day, listed, len(found)), columns, cells)


def _head(day: date, listed: str | None, count: int) -> list[str]:
    from agir_cli.cli.screen import plural, weekday_date

    if listed is not None:
        return [f"{_TOLD[listed]}, au {weekday_date(day)} : {count} {plural(count, 'dossier')}"]
    return [
        f"Durée de chaque passage, au {weekday_date(day)}",
        "Unités : dossiers, et jours (médiane ; 9 dossiers sur 10 n'ont pas dépassé).",
        "Mesurés : les deux jours sont connus. Derrière un nombre : --passages --list contrat.",
    ]


def _shown(name: str, value: object) -> str:
    if value is None:
        return ""
    if name == "passage":
        return _TOLD[str(value)]
    if name in ("debut", "fin"):
        return french_text(str(value))
    return _KEPT.get(str(value), str(value)) if name == "delai" else str(value)


def _show(
    session: Session,
    form: Form,
    head: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[str]],
) -> None:
    headings = [LABELS[name] for name in columns]
    if not form.drawn:
        print_sections(form, head, [Section("", headings, cells)])
        return
    from agir_cli.cli.report_grid import Heading, draw_grid

    grid = [Heading(LABELS[name], _SHORT.get(name, "")) for name in columns]
    right = [place for place, name in enumerate(columns) if name in _NUMBERS]
    draw_grid(session, head, grid, cells, right=right)
