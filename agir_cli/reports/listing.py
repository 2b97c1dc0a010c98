"""`report dossiers`: the list, every column, every filter; SQL does the work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from agir_cli.domain.fields import PERSON_FIELDS
from agir_cli.reports.selection import Filters, condition
from agir_cli.reports.sheet import Column, Data, Section, Sheet, columns
from agir_cli.reports.texts import weekday_date
from agir_cli.store.lists import DOSSIER_COLUMNS

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

_FIRST = ("dossier", "departement", "voie", "etape")
_CONTACT = ("telephone", "courriel", "adresse")
_IDENTITY = tuple(name for name in PERSON_FIELDS if name not in _CONTACT)
_BOUNDS = ("_min", "_max")
_FRENCH = tuple(name for name in DOSSIER_COLUMNS if name.startswith("niveau_francais"))
_REST = tuple(
    name
    for name in DOSSIER_COLUMNS
    if name not in ("id", "personne", *_FIRST, *_FRENCH) and not name.endswith(_BOUNDS)
)

_NAMED = ("referent_nom", "second_referent_nom")
COLUMNS = (*_FIRST, *_IDENTITY, *_FRENCH, *_CONTACT, *_REST, *_NAMED)
"""The columns of the list, in the order of the fields of the command line."""

WORDS = (
    "prescripteur", "prescripteur_courriel", "auditeur", "motif_ofii", "reference_cirng",
    "partenaires", "projet", "motif_declaration", "malgre",
)  # fmt: skip
"""Free words, given only when asked for by name."""

OTHERS = ("prochaine_echeance", "derniere_etape")
"""Columns made of others: the due day of what is awaited, the words of the last step."""

OF_AN_AGENDA = (
    "rang", "raison_rang", "attente_jours", "menage_avec", "bassin_de_residence", "place",
    "candidat_1", "raison_1", "candidat_2", "raison_2", "candidat_3", "raison_3",
)  # fmt: skip
"""Columns of the commission's agenda alone: it is known by them when it comes back."""

DECIDED = (
    "date_commission", "priorites", "modalite", "bassin_de_vie", "partenaires", "referent",
    "second_referent",
)  # fmt: skip
"""Its columns to be filled in, the day first."""

EVERY = (*COLUMNS, *WORDS, *OTHERS)

SHORT = ("dossier", "nom", "prenoms", "etape", "voie", "prochaine_echeance", "referent_nom")
"""What a person is shown: it fits 80 columns."""

_NEXT = """CASE d.etape WHEN 'diagnostic' THEN d.echeance_diagnostic
    WHEN 'contractualisation' THEN d.echeance_contrat
    WHEN 'accompagnement' THEN d.fin_au_plus_tard END"""
_CALLED = {
    "etape": "Où en est le dossier", "domaine": "Domaine de la dernière étape",
    "date_etape": "Dernière étape, début", "date_fin_etape": "Dernière étape, fin",
    "heures": "Dernière étape, heures", "prochaine_echeance": "Prochaine échéance",
    "departement": "Département", "date_fiche": "Fiche de liaison du",
    "date_decision": "Décision de l'OFII le", "referent": "Référent parcours",
    "referent_nom": "Nom du référent", "listing": "Listing n°", "bassin_de_vie": "Bassin de vie",
    "droit_depuis": "Deux ans comptés depuis le",
}  # fmt: skip
"""What stands above a column where the whole list is written: words that mean it alone, so that
the file, changed or not, can be read back."""

_REFERENT = "coalesce((SELECT r.nom FROM referents AS r WHERE r.code = d.referent), d.referent)"
_LAST_STEP = """(SELECT t.value FROM steps AS s JOIN texts AS t ON t.event = s.event
    WHERE s.dossier = d.id AND t.field = 'etape' ORDER BY s.rang DESC LIMIT 1)"""
_ONLY_NAME = """coalesce((SELECT t.nom FROM {0} AS t WHERE t.{1} = d.{2}
    AND NOT EXISTS (SELECT 1 FROM {0} AS o WHERE o.nom = t.nom AND o.{1} <> t.{1})), d.{2})"""
_NAMES = {
    "referent": _ONLY_NAME.format("referents", "code", "referent"),
    "second_referent": _ONLY_NAME.format("referents", "code", "second_referent"),
    "bureau": _ONLY_NAME.format("offices", "bureau", "bureau"),
}
"""Names where they mean one alone, so that the list can be read back; else codes."""
_NAMED_BY = {
    "referent_nom": _REFERENT,
    "second_referent_nom": _REFERENT.replace("d.referent", "d.second_referent"),
}
_KEPT = """{0}.dossier = d.id AND {0}.id NOT IN (SELECT json_extract(v.payload, '$.event')
    FROM events AS v WHERE v.dossier = d.id AND v.kind = 'event_voided')"""
_WORDS = f"""(SELECT t.value FROM events AS e JOIN texts AS t ON t.event = e.id
    WHERE t.field = '{{name}}' AND e.kind <> 'action_recorded'
        AND {_KEPT.format("e")}{{said}} ORDER BY e.id DESC LIMIT 1)"""
_DECIDED = "{0}.kind IN ('ofii_rejected', 'ofii_validated') AND " + _KEPT
# A motive is that of the decision that stands: said with it, or since and before another one.
_SAID = {
    "motif_ofii": f""" AND (SELECT max(y.id) FROM events AS y
        WHERE y.id <= e.id AND {_DECIDED.format("y")})
    = (SELECT x.id FROM events AS x WHERE {_DECIDED.format("x")}
        AND (x.kind = 'ofii_rejected') = (d.decision_ofii = 'rejetee')
        ORDER BY x.effective_from DESC, x.id DESC LIMIT 1)"""
}


def listed_columns(names: Sequence[str]) -> tuple[Column, ...]:
    """The columns of the list as a file for people has them, no two headings alike."""
    return columns(names, None, **_CALLED)


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


def row_of(connection: Connection, columns: Sequence[str], dossier: str) -> tuple[Any, ...]:
    """One dossier (its id), with these columns."""
    query = f"SELECT {', '.join(map(_source, columns))}{_FROM} AND d.id = ?"
    found: tuple[Any, ...] = connection.execute(query, (dossier,)).fetchone()
    return found


_FROM = " FROM dossiers AS d LEFT JOIN people AS p ON p.id = d.personne WHERE 1"
_ORDER = " ORDER BY d.dossier"


def _named(name: str) -> str:
    return _NAMES.get(name) or _source(name)


def _source(name: str) -> str:
    if name == "prochaine_echeance":
        return _NEXT
    if name == "derniere_etape":
        return _LAST_STEP
    if name in _NAMED_BY:
        return _NAMED_BY[name]
    if name in WORDS:
        return _WORDS.format(name=name, said=_SAID.get(name, ""))
    return f"p.{name}" if name in PERSON_FIELDS else f"d.{name}"


def sheet(connection: Connection, day: date, filters: Filters, wanted: Sequence[str] = ()) -> Sheet:
    """The list, with the columns ``wanted`` or the usual ones."""
    known = listed_columns(wanted or COLUMNS)

    def sections() -> Iterator[Section]:
        from agir_cli.reports.field_words import field_columns

        shown = tuple(wanted or SHORT)
        some = rows(connection, shown, filters, names=True)
        yield Section("", field_columns(shown), some, usual=shown)

    return Sheet(
        title=f"Dossiers au {weekday_date(day)}",
        notes=["Unité : dossier. {count} dans la liste."],
        sections=sections(),
        data=Data(
            known,
            rows(connection, wanted or COLUMNS, filters),
            told=rows(connection, wanted or COLUMNS, filters, names=True),
        ),
    )
