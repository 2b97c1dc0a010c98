"""`report dossiers`: the list, every column, every filter; SQL does the work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from agir_cli.reports.selection import Filters, condition
from agir_cli.reports.sheet import Data, Section, Sheet, columns
from agir_cli.reports.texts import weekday_date
from agir_cli.store.lists import DOSSIER_COLUMNS

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

_FIRST = ("dossier", "departement", "voie", "etape")
_IDENTITY = (
    "agdref", "nom", "prenoms", "nom_usage", "date_naissance", "sexe", "nationalite", "langues",
)  # fmt: skip
_CONTACT = ("telephone", "courriel")
_PEOPLE = frozenset((*_IDENTITY, *_CONTACT))
_BOUNDS = ("_min", "_max")
_FRENCH = tuple(name for name in DOSSIER_COLUMNS if name.startswith("niveau_francais"))
_REST = tuple(
    name
    for name in DOSSIER_COLUMNS
    if name not in ("id", "personne", *_FIRST, *_FRENCH) and not name.endswith(_BOUNDS)
)

COLUMNS = (*_FIRST, *_IDENTITY, *_FRENCH, *_CONTACT, *_REST)
"""The columns of the list, in the order of the fields of the command line."""

WORDS = (
    "prescripteur", "prescripteur_courriel", "motif_ofii", "reference_cirng", "partenaires",
    "projet",
)  # fmt: skip
"""Free words, given only when asked for by name."""

OTHERS = ("prochaine_echeance", "referent_nom")
"""Columns made of others: the due day of what is awaited, the référent's name."""

EVERY = (*COLUMNS, *WORDS, *OTHERS)

BETWEEN = "\x1f"
"""What stands between the cells of `lines`: ASCII's own unit separator."""

SHORT = ("dossier", "nom", "prenoms", "etape", "voie", "prochaine_echeance", "referent_nom")
"""What a person is shown: it fits 80 columns."""

TEXT_COLUMNS = frozenset(
    {
        "nom", "prenoms", "nom_usage", "telephone", "courriel", "menage", "rejoint", "bureau",
        "bassin_de_vie", "referent", "referent_nom", "second_referent", *WORDS,
    }
)  # fmt: skip
DATE_COLUMNS = tuple(
    name
    for name in COLUMNS
    if name.startswith(("date_", "echeance_")) or name == "fin_au_plus_tard"
)

_NEXT = """CASE d.etape WHEN 'diagnostic' THEN d.echeance_diagnostic
    WHEN 'contractualisation' THEN d.echeance_contrat
    WHEN 'accompagnement' THEN d.fin_au_plus_tard END"""
_REFERENT = "coalesce((SELECT r.nom FROM referents AS r WHERE r.code = d.referent), d.referent)"
_NAMES = {
    "referent": _REFERENT,
    "second_referent": _REFERENT.replace("d.referent", "d.second_referent"),
    "bureau": "coalesce((SELECT o.nom FROM offices AS o WHERE o.bureau = d.bureau), d.bureau)",
}
_KEPT = """{0}.dossier = d.id AND {0}.id NOT IN (SELECT json_extract(v.payload, '$.event')
    FROM events AS v WHERE v.dossier = d.id AND v.kind = 'event_voided')"""
_WORDS = f"""(SELECT t.value FROM events AS e JOIN texts AS t ON t.event = e.id
    WHERE t.field = '{{name}}' AND {_KEPT.format("e")}{{said}} ORDER BY e.id DESC LIMIT 1)"""
_DECIDED = "{0}.kind IN ('ofii_rejected', 'ofii_validated') AND " + _KEPT
# A motive is that of the decision that stands: said with it, or since and before another one.
_SAID = {
    "motif_ofii": f""" AND (SELECT max(y.id) FROM events AS y
        WHERE y.id <= e.id AND {_DECIDED.format("y")})
    = (SELECT x.id FROM events AS x WHERE {_DECIDED.format("x")}
        AND (x.kind = 'ofii_rejected') = (d.decision_ofii = 'rejetee')
        ORDER BY x.effective_from DESC, x.id DESC LIMIT 1)"""
}


def rows(
    connection: Connection, columns: Sequence[str], filters: Filters, *, names: bool = False
) -> Iterator[tuple[Any, ...]]:
    """The dossiers by reference, with these columns; one row at a time.

    ``names``: référents and offices by their names, for people.
    """
    asked = condition(filters)
    source = _named if names else _source
    query = f"SELECT {', '.join(map(source, columns))}{_FROM}{asked.sql}{_ORDER}"
    yield from connection.execute(query, asked.values)


def lines(
    connection: Connection, columns: Sequence[str], filters: Filters
) -> Iterator[str | tuple[str, ...]]:
    """The same rows as texts, empty for none: each is one text, its cells joined.

    By `BETWEEN`; a row that has that character in a cell comes as a tuple. SQLite makes
    one text of seventy cells in half the time it takes to hand them over.
    """
    asked = condition(filters)
    cells = list(map(_source, columns))
    joined = f"printf('{BETWEEN.join(['%s'] * len(cells))}', {', '.join(cells)})"
    query = f"SELECT d.rowid, {joined}{_FROM}{asked.sql}{_ORDER}"
    apart = f"SELECT {', '.join(map(_text, columns))}{_FROM} AND d.rowid = ?"
    between = len(cells) - 1
    for dossier, line in connection.execute(query, asked.values):
        if line.count(BETWEEN) == between:
            yield line
        else:
            yield connection.execute(apart, (dossier,)).fetchone()


_FROM = " FROM dossiers AS d LEFT JOIN people AS p ON p.id = d.personne WHERE 1"
_ORDER = " ORDER BY d.dossier"


def _text(name: str) -> str:
    return f"ifnull(CAST({_source(name)} AS TEXT), '')"


def _named(name: str) -> str:
    return _NAMES.get(name) or _source(name)


def _source(name: str) -> str:
    if name == "prochaine_echeance":
        return _NEXT
    if name == "referent_nom":
        return _REFERENT
    if name in WORDS:
        return _WORDS.format(name=name, said=_SAID.get(name, ""))
    return f"p.{name}" if name in _PEOPLE else f"d.{name}"


def sheet(
    connection: Connection, day: date, filters: Filters, wanted: Sequence[str] = (), *, joined: bool
) -> Sheet:
    """The list, with the columns ``wanted`` or the usual ones.

    ``joined``: each row as one text (`lines`), for CSV.
    """
    known = columns(wanted or COLUMNS, texts=[*TEXT_COLUMNS], dates=DATE_COLUMNS)
    names = [column.name for column in known]
    source: Iterator[Any] = (lines if joined else rows)(connection, names, filters)

    def sections() -> Iterator[Section]:
        from agir_cli.reports.field_words import field_columns

        shown = tuple(wanted or SHORT)
        some = rows(connection, shown, filters, names=True)
        yield Section("", field_columns(shown), some, usual=shown)

    return Sheet(
        title=f"Dossiers au {weekday_date(day)}",
        notes=["Unité : dossier. {count} dans la liste."],
        sections=sections(),
        data=Data(known, source, BETWEEN if joined else None),
    )
