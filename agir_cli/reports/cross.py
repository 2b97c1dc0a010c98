"""`report cross`: two closed lists crossed, over the persons that a number of the funnel counts.

Its sums are that number (`funnel`), under the same filters and on the same day. What somebody's
file does not say is a class of its own, « inconnu ». Each number is the length of `listed`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.causes import RIGHTS
from agir_cli.failures import UsageFailure
from agir_cli.reports import standing as s
from agir_cli.reports.caseload import NAMES_OF
from agir_cli.reports.funnel import reached
from agir_cli.reports.masking import Sum, as_printed, hidden, masked_note
from agir_cli.reports.rights import state_by
from agir_cli.reports.selection import SECTOR, counting, one_of, one_or
from agir_cli.reports.sheet import Column, Data, Kind, Section, Sheet, columns, heading_of
from agir_cli.reports.texts import number, weekday_date

if TYPE_CHECKING:
    from collections.abc import Callable

    from agir_cli.reports.standing import Selection
    from agir_cli.store.driver import Connection

UNKNOWN = "inconnu"
EVERYONE = "tout"
_NOW = {"situation_logement": s.HOUSING, "situation_professionnelle": s.WORK}
_FRENCH = """coalesce((SELECT n.niveau_francais FROM situations AS n WHERE n.dossier = d.id
    AND n.date_max <= :day AND n.niveau_francais IS NOT NULL ORDER BY n.rang DESC LIMIT 1),
    d.niveau_francais_entree)"""
_DECIDED = {name: f"CASE WHEN {s.ASSIGNED} THEN d.{name} END"
            for name in ("referent", "priorites", "modalite")}  # fmt: skip
DIMENSIONS: Mapping[str, str] = {
    **{name: f"d.{name}" for name in ("departement", "bureau", "voie", "statut", "lien_menage")},
    "secteur": SECTOR, "etape": s.STAGE, "sexe": "p.sexe", "nationalite": "p.nationalite",
    **_DECIDED,
    "organisation": f"""CASE WHEN {s.ASSIGNED} THEN (
        SELECT o.organisation FROM referents AS o WHERE o.code = d.referent) END""",
    **{f"{name}_entree": f"d.{name}_entree" for name in _NOW},
    **{f"{name}_actuelle": now for name, now in _NOW.items()},
    **{f"{name}_sortie": f"CASE WHEN {s.CLOSED} THEN {now} END" for name, now in _NOW.items()},
    "niveau_francais_entree": "d.niveau_francais_entree", "niveau_francais_actuelle": _FRENCH,
    "motif": f"CASE WHEN {s.CLOSED} THEN d.motif END",
    **{f"etat_droit_{code}": state_by(":day", f"'{code}'") for code in RIGHTS},
}  # fmt: skip
"""SQL of each field that may be crossed, or that an indicator may ask about, as it was that day."""

FROM = f"{s.FROM} LEFT JOIN people AS p ON p.id = d.personne"
_PLACES = ("departement", "secteur", "bureau")
MEASURES = ("personnes", "diagnostiques", "attribues", "signataires", "clos")
Cell = tuple[str | None, str | None]
"""A class of each of the two fields; ``None``: all of them."""


class Question(NamedTuple):
    """Whom, the two fields, and the number of the funnel that is divided."""

    selection: Selection
    rows: str
    columns: str
    of: str = "personnes"

    def where(self, *parts: str) -> tuple[str, dict[str, object]]:
        """The WHERE of those that the number counts, and of these parts."""
        asked = counting(self.selection.filters)
        text = " AND ".join((f"({reached(self.of, 'max')})", *parts)) + asked.sql
        return text, {"day": self.selection.day.isoformat(), **asked.values}


def question(selection: Selection, rows: str, across: str, of: str | None) -> Question:
    """The question of these words. Raises `UsageFailure` for one that is no closed list."""
    named = {heading_of(name): name for name in DIMENSIONS}
    fields = []
    for option, given in (("--rows", rows), ("--columns", across)):
        short = given.strip().lower().replace("-", "_")
        exact = next(
            (n for n in (short, f"{short}_actuelle", f"etat_droit_{short}") if n in DIMENSIONS),
            None,
        )
        fields.append(exact or one_of(f"{option} :", given, [*DIMENSIONS], named))
    if fields[0] == fields[1]:
        raise UsageFailure(f"« {fields[0]} » est en lignes et en colonnes : donnez deux champs.",
                           "Par exemple : --rows statut --columns sexe")  # fmt: skip
    measure = one_or("personnes", "Le nombre", of, MEASURES)
    return Question(selection, fields[0], fields[1], measure)


def crossed(connection: Connection, asked: Question) -> dict[Cell, int]:
    """Every cell, and the sums of each row, of each column and of all."""
    where, values = asked.where()
    query = f"""SELECT coalesce({DIMENSIONS[asked.rows]}, '{UNKNOWN}'),
        coalesce({DIMENSIONS[asked.columns]}, '{UNKNOWN}'), count(*)
        FROM {FROM} WHERE {where} GROUP BY 1, 2"""
    found: dict[Cell, int] = {(None, None): 0}
    for row, column, count in connection.execute(query, values):
        for cell in ((row, column), (row, None), (None, column), (None, None)):
            found[cell] = found.get(cell, 0) + count
    rows, across = _ends(found)
    return dict.fromkeys(((r, c) for r in rows for c in across), 0) | found


def _ends(cells: Iterable[Cell]) -> tuple[list[str], list[str]]:
    """The classes of each field, always in one order: two runs that hid other cells would tell."""
    every = [*cells]
    rows, across = ({cell[n] for cell in every} - {None} for n in (0, 1))
    return sorted(map(str, rows)), sorted(map(str, across))


def masked(asked: Question, counts: Mapping[Cell, int], least: int) -> dict[Cell, int | None]:
    """The cells without the small ones, nor those by which they could be worked out."""
    rows, across = _ends(counts)
    sums = [Sum((r, None), [(r, c) for c in across]) for r in rows]
    sums += [Sum((None, c), [(r, c) for r in rows]) for c in across]
    sums += [Sum((None, None), [(r, None) for r in rows]),
             Sum((None, None), [(None, c) for c in across])]  # fmt: skip
    # The funnel tells the sum of all, and those of its places: hidden here, they are read there.
    told: list[Hashable] = [(None, None)]
    told += [(r, None) for r in rows if asked.rows in _PLACES]
    told += [(None, c) for c in across if asked.columns in _PLACES]
    away = hidden(counts, sums, least, known=told)
    return as_printed(counts, away)


# --- classes in their order, and in words ------------------------------------------------


class Classes(NamedTuple):
    """The classes of a field that somebody is in, in their order, and how each is said."""

    codes: Sequence[str]
    told: Callable[[str | None], str]


def classes(connection: Connection, name: str, found: Sequence[str | None]) -> Classes:
    """Those of a closed list in its order, others by name; « inconnu » at the end."""
    from agir_cli.reports.field_words import shown, words_of

    names = dict(connection.execute(NAMES_OF[name]).fetchall()) if name in NAMES_OF else {}
    order = [*words_of(columns([name])[0])]

    def told(code: str | None) -> str:
        if code in (None, UNKNOWN):
            return "Total" if code is None else "Inconnu"
        return str(names.get(code) or shown(name, code))

    def rank(code: str) -> tuple[bool, int, str]:
        return code == UNKNOWN, order.index(code) if code in order else len(order), told(code)

    return Classes(sorted((code for code in found if code is not None), key=rank), told)


# --- the sheets --------------------------------------------------------------------------


def sheet(connection: Connection, asked: Question, mask: int | None = None) -> Sheet:
    """The table for people; a row a cell for machines, the sums among them."""
    counts = crossed(connection, asked)
    shown = masked(asked, counts, mask) if mask else counts
    rows = classes(connection, asked.rows, [r for r, c in counts if c is None])
    across = classes(connection, asked.columns, [c for r, c in counts if r is None])
    laid = [
        Column("", heading_of(asked.rows), show=rows.told),
        *(
            Column(code, label, _folded(label), Kind.NUMBER, number)
            for code in across.codes
            for label in [across.told(code)]
        ),
        Column("total", "Total", kind=Kind.NUMBER, show=number),
    ]
    ends: tuple[str | None, ...] = (*rows.codes, None)
    table = [[row, *(shown[row, c] for c in (*across.codes, None))] for row in ends]
    known = columns(
        (asked.rows, asked.columns, asked.of), {asked.rows: rows.told, asked.columns: across.told}
    )
    cells = [(row, c, shown[row, c]) for row in ends for c in (*across.codes, None)]
    some = counts[None, None] > 0
    return Sheet(
        title=f"{heading_of(asked.rows)} et {heading_of(asked.columns).lower()}, au"
        f" {weekday_date(asked.selection.day)}",
        notes=[
            f"Unité : personnes. Totaux : {heading_of(asked.of).lower()} de report funnel.",
            "Derrière un nombre : --list LIGNE:COLONNE"
            f" (par exemple --list {(rows.codes or ['…'])[0]}:{(across.codes or ['…'])[0]}).",
            *(["Plus étroit : échangez --rows et --columns."]
              if len(across.codes) > max(len(rows.codes), _WIDE) else []),
            *masked_note(mask),
        ],
        sections=[Section("", laid, table, total=_whole)] if some else [],
        data=Data(known, cells if some else [], total=_whole),
        empty=[f"Personne à croiser{asked.selection.filters.told}."],
    )  # fmt: skip


_WIDE = 6
"""Columns that eighty letters have room for."""


def _folded(label: str) -> str:
    """A heading on several short lines, without what stands between brackets."""
    from textwrap import fill

    return fill(label.partition(" (")[0], 12, break_long_words=False)


def _whole(row: Sequence[Any]) -> bool:
    """Whether a row adds up others."""
    return row[0] is None or row[1] is None


def sheet_behind(connection: Connection, asked: Question, text: str) -> Sheet:
    """The dossiers of a cell, of a row (« dna: ») or of a column (« :cdi »); of all (« tout »).

    Raises `UsageFailure` for a word that is no class of the field.
    """
    from agir_cli.reports.field_words import words_of

    counts = crossed(connection, asked)
    first, colon, then = text.partition(":")
    if not colon and text.strip().casefold() != EVERYONE:
        raise UsageFailure(f"--list {text[:40]} : donnez LIGNE:COLONNE.",
                           "Une ligne seule : --list dna: ; tout : --list tout")  # fmt: skip
    parts, told, values = [], [], {}
    for place, (name, word) in enumerate(((asked.rows, first), (asked.columns, then))):
        if not colon or not word.strip():
            continue
        found = [c[place] for c in counts if c[1 - place] is None]
        known = classes(connection, name, [*{*found, *words_of(columns([name])[0])}])
        named = {word: code for code in known.codes for word in (known.told(code), code)}
        code = one_of(heading_of(name), word, named)
        parts.append(f"coalesce({DIMENSIONS[name]}, '{UNKNOWN}') = :class{place}")
        values[f"class{place}"] = code
        told.append(known.told(code))
    return s.list_sheet(
        " ; ".join(told) or heading_of(asked.of), asked.selection.day,
        listed(connection, asked, parts, values),
    )  # fmt: skip


def listed(
    connection: Connection, asked: Question, parts: Sequence[str], classes: Mapping[str, str]
) -> Iterator[Sequence[Any]]:
    """The dossiers of these classes, as `standing.LIST_COLUMNS`."""
    where, values = asked.where(*parts)
    yield from s.dossiers_where(connection, where, {**values, **classes})
