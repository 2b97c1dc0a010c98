"""Dossiers for a study, under pseudonyms of one day: months, age bands, no small cell.

Each extract draws a key of its own and forgets it: two extracts have no pseudonym in common.
"""

from __future__ import annotations

import hmac
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from agir_cli.reports.sheet import Sheet, columns, one_list

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

LEAST = 5
"""Persons of a cell under which it is not told."""
_MONTHS = ("mois_entree", "mois_diagnostic", "mois_contrat", "mois_cloture")
WHO = ("departement", "sexe", "tranche_age", "voie", *_MONTHS)
"""What could be put together to find somebody: fewer than `LEAST` alike are told less precisely."""
WHAT = (
    "situation_logement_entree", "situation_logement_actuelle",
    "situation_professionnelle_entree", "situation_professionnelle_actuelle",
    "niveau_francais_entree", "niveau_francais_actuelle", "motif",
)  # fmt: skip
COLUMNS = ("pseudonyme", *WHO, *WHAT)
_BANDS = ((18, "moins de 18"), (26, "18-25"), (35, "26-34"), (50, "35-49"), (65, "50-64"))
Row = dict[str, str]


def extract(connection: Connection, today: date) -> Sheet:
    """The dossiers as they stood at the end of the last whole month, as nobody can be told from.

    Of two extracts of two days, what differs would be the acts of one day: somebody's.
    """
    from agir_cli.reports.history import rewind

    day = today.replace(day=1) - timedelta(days=1)
    rewind(connection, as_of=day)
    rows = [*_rows(connection, day)]
    told = [*_coarse(rows)]
    _hide_rare(told)
    left = len(rows) - len(told)
    return one_list(
        "Extrait pseudonymisé", columns(COLUMNS),
        [[row[name] for name in COLUMNS] for row in sorted(told, key=lambda r: r["pseudonyme"])],
        notes=[
            f"Unité : dossier. Au {day:%d/%m/%Y}, fin du dernier mois entier. Les cases de moins de"
            f" {LEAST} sont dites moins précisément, ou cachées ; laissés de côté : {left}.",
            "Pseudonymisé, pas anonyme : à garder comme des données personnelles.",
        ],
        empty=[f"Moins de {LEAST} dossiers semblables : rien ne peut être dit."],
    )  # fmt: skip


def _rows(connection: Connection, day: date) -> Iterator[Row]:
    key = os.urandom(32)
    query = f"""SELECT d.id, p.date_naissance, p.sexe, d.departement, d.voie, d.admis_max,
        d.diagnostic_max, d.contrat_max, d.cloture_max, {", ".join(f"d.{name}" for name in WHAT)}
        FROM dossiers AS d LEFT JOIN people AS p ON p.id = d.personne WHERE d.admis_max <= ?"""
    for id_, born, sex, department, route, *rest in connection.execute(query, (day.isoformat(),)):
        days, said = rest[: len(_MONTHS)], rest[len(_MONTHS) :]
        yield {
            "pseudonyme": hmac.digest(key, id_.encode(), "sha256").hex()[:12],
            "departement": department, "sexe": sex or "", "tranche_age": _band(born, days[0]),
            "voie": route or "",
            **{name: (text or "")[:7] for name, text in zip(_MONTHS, days, strict=True)},
            **{name: text or "" for name, text in zip(WHAT, said, strict=True)},
        }  # fmt: skip


def _band(born: str | None, day: str) -> str:
    """The age band on a day, by the years alone."""
    year = (born or "").lstrip("[")[:4]
    if not year.isdigit():
        return ""
    age = int(day[:4]) - int(year)
    return next((band for limit, band in _BANDS if age < limit), "65 et plus")


def _blank(*names: str) -> Callable[[Row], Row]:
    return lambda row: row | dict.fromkeys(names, "")


_LESS: tuple[Callable[[Row], Row], ...] = (
    lambda row: row | {name: row[name][:4] for name in _MONTHS},
    _blank("mois_diagnostic", "mois_cloture"),
    _blank("mois_contrat", "mois_entree"),
    _blank("tranche_age"),
    _blank("sexe"),
    _blank("voie"),
)
"""How a row is told less precisely, step by step; after the last one it is left out."""


def _coarse(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of which enough are alike; the others are told less precisely until they are."""
    left = [*rows]
    for less in (*_LESS, None):
        alike = Counter(_who(row) for row in left)
        yield from (row for row in left if alike[_who(row)] >= LEAST)
        few = [row for row in left if alike[_who(row)] < LEAST]
        left = [less(row) for row in few] if less is not None else []


def _who(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in WHO)


def _hide_rare(rows: list[Row]) -> None:
    """Hide the values that fewer than so many have; never so few that what is hidden is told."""
    for name in (*WHO, *WHAT):
        counts = Counter(row[name] for row in rows)
        hidden, rare = counts.pop("", 0), set[str]()
        for value, count in reversed(counts.most_common()):
            if count < LEAST or 0 < hidden < LEAST:
                rare.add(value)
                hidden += count
        for row in rows:
            if row[name] in rare:
                row[name] = ""
