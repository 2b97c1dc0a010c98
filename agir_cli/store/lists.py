"""The lists: tables folded from the journal, dropped and made anew when their definition changes.

`dossiers` has a row a dossier; beside it stand the clocks (`spans`), situations, steps, interviews
and appointments; `former_keys`, made from `identities`, finds persons under what they were called
before, and `name_keys` (`doubles`) under what sounds like it. Nothing is kept here alone: a column
or a list more needs no migration.
"""

from __future__ import annotations

import re
from sqlite3 import DatabaseError
from typing import TYPE_CHECKING
from zlib import crc32

from agir_cli.domain.causes import RIGHTS

if TYPE_CHECKING:
    from sqlite3 import Connection

EDITION = 10
"""To be raised when the fold says something else for the same columns: new rules, new clocks."""

_TEXT, _COUNT = "TEXT", "INTEGER"

DOSSIER_COLUMNS: dict[str, str] = {
    "id": "TEXT PRIMARY KEY",
    "dossier": "TEXT NOT NULL UNIQUE",
    "personne": "TEXT NOT NULL",
    "departement": "TEXT NOT NULL",
    "voie": "TEXT NOT NULL",
    "etape": "TEXT NOT NULL",
    "niveau_francais_entree": _TEXT,
    "niveau_francais_actuelle": _TEXT,
    "niveau_francais_sortie": _TEXT,
    "menage": _TEXT,
    "lien_menage": _TEXT,
    "naissances_enfants": _TEXT,
    "statut": _TEXT,
    "rejoint": _TEXT,
    "date_statut": _TEXT,
    "date_arrivee": _TEXT,
    "date_cir": _TEXT,
    "date_orientation": _TEXT,
    "commune_domicile": _TEXT,
    "commune_residence": _TEXT,
    "code_postal_domicile": _TEXT,
    "code_postal_residence": _TEXT,
    "contact_souhaite": _TEXT,
    "situation_logement_entree": _TEXT,
    "situation_logement_actuelle": _TEXT,
    "situation_logement_sortie": _TEXT,
    "detail_logement_entree": _TEXT,
    "detail_logement_actuelle": _TEXT,
    "detail_logement_sortie": _TEXT,
    "situation_professionnelle_entree": _TEXT,
    "situation_professionnelle_actuelle": _TEXT,
    "situation_professionnelle_sortie": _TEXT,
    "emploi_durable": _TEXT,
    "logement_perenne": _TEXT,
    "orientation": _TEXT,
    "traduction": _TEXT,
    "date_fiche": _TEXT,
    "souhait": _TEXT,
    "flyer_remis": _TEXT,
    "soutien_agir": _TEXT,
    "listing": _COUNT,
    "date_envoi": _TEXT,
    "decision_ofii": _TEXT,
    "date_decision": _TEXT,
    "date_rdv_diagnostic": _TEXT,
    "date_rdv_contrat": _TEXT,
    "bureau": _TEXT,
    "confirmation": _TEXT,
    "date_confirmation": _TEXT,
    "convocation_remise": _TEXT,
    "plan_acces_remis": _TEXT,
    "date_absence": _TEXT,
    "absences_diagnostic": "INTEGER NOT NULL",
    "absences_contrat": "INTEGER NOT NULL",
    "date_diagnostic": _TEXT,
    "diagnostic_signe": _TEXT,
    "priorites_preconisees": _TEXT,
    "date_commission": _TEXT,
    "priorites": _TEXT,
    "modalite": _TEXT,
    "bassin_de_vie": _TEXT,
    "date_referent": _TEXT,
    "referent": _TEXT,
    "second_referent": _TEXT,
    "date_contrat": _TEXT,
    "date_rdv_visite": _TEXT,
    "type_visite": _TEXT,
    "date_visite": _TEXT,
    "date_situation": _TEXT,
    "date_entretien": _TEXT,
    "motif_excuse": _TEXT,
    "domaine": _TEXT,
    "date_etape": _TEXT,
    "date_fin_etape": _TEXT,
    "heures": _COUNT,
    "date_demande_transfert": _TEXT,
    "vers_departement": _TEXT,
    "date_transfert": _TEXT,
    "departement_origine": _TEXT,
    "date_declaration": _TEXT,
    "numero_declaration": _TEXT,
    "date_rejet": _TEXT,
    "date_refus": _TEXT,
    "date_cloture": _TEXT,
    "motif": _TEXT,
    "droit_depuis": _TEXT,
    "echeance_diagnostic": _TEXT,
    "echeance_contrat": _TEXT,
    "fin_au_plus_tard": _TEXT,
    "definitif": "TEXT NOT NULL",
    "eligible": "TEXT NOT NULL",
    "a_completer": _TEXT,
    "regle": _TEXT,
    "anomalies": _TEXT,
    **{
        f"{field}_{right}": _TEXT
        for right in RIGHTS
        for field in ("etat_droit", "date_droit", "date_fin_droit")
    },
    "ouvert_max": _TEXT,
    "admis_min": _TEXT,
    "admis_max": _TEXT,
    "diagnostic_min": _TEXT,
    "diagnostic_max": _TEXT,
    "commission_min": _TEXT,
    "commission_max": _TEXT,
    "designation_max": _TEXT,  # of the last decision, where a commission has decided again
    "contrat_min": _TEXT,
    "contrat_max": _TEXT,
    "cloture_min": _TEXT,
    "cloture_max": _TEXT,
}

_DOSSIERS = (
    "CREATE TABLE dossiers (\n    id TEXT PRIMARY KEY,\n    "
    + ",\n    ".join(f"{name} {kind}" for name, kind in DOSSIER_COLUMNS.items() if name != "id")
    + "\n) STRICT"
)

_SPANS = """
CREATE TABLE spans (
    dossier TEXT NOT NULL,
    nature TEXT NOT NULL,
    cause TEXT NOT NULL,
    depart_min TEXT,
    depart_max TEXT,
    echeance_min TEXT,
    echeance_max TEXT,
    fin_min TEXT,
    fin_max TEXT
) STRICT
"""

_SITUATIONS = """
CREATE TABLE situations (
    dossier TEXT NOT NULL,
    rang INTEGER NOT NULL,
    date_min TEXT NOT NULL,
    date_max TEXT NOT NULL,
    situation_logement TEXT,
    detail_logement TEXT,
    situation_professionnelle TEXT,
    niveau_francais TEXT,
    emploi_durable TEXT,
    logement_perenne TEXT,
    PRIMARY KEY (dossier, rang)
) STRICT, WITHOUT ROWID
"""

_RIGHTS = """
CREATE TABLE rights (
    dossier TEXT NOT NULL,
    droit TEXT NOT NULL,
    rang INTEGER NOT NULL,
    etat_droit TEXT NOT NULL,
    date_min TEXT,
    date_max TEXT,
    fin_min TEXT,
    fin_max TEXT,
    PRIMARY KEY (dossier, droit, rang)
) STRICT, WITHOUT ROWID
"""

_STEPS = """
CREATE TABLE steps (
    dossier TEXT NOT NULL,
    rang INTEGER NOT NULL,
    event TEXT NOT NULL,
    domaine TEXT,
    date_min TEXT,
    date_max TEXT,
    fin_min TEXT,
    fin_max TEXT,
    heures INTEGER,
    PRIMARY KEY (dossier, rang)
) STRICT, WITHOUT ROWID
"""

_INTERVIEWS = """
CREATE TABLE interviews (
    dossier TEXT NOT NULL,
    rang INTEGER NOT NULL,
    date_min TEXT NOT NULL,
    date_max TEXT NOT NULL,
    PRIMARY KEY (dossier, rang)
) STRICT, WITHOUT ROWID
"""

_INTERVIEWS_DUE = """
CREATE TABLE interviews_due (
    dossier TEXT NOT NULL,
    rang INTEGER NOT NULL,
    depart_min TEXT NOT NULL,
    depart_max TEXT NOT NULL,
    echeance_min TEXT NOT NULL,
    echeance_max TEXT NOT NULL,
    issue TEXT NOT NULL,
    issue_min TEXT,
    issue_max TEXT,
    PRIMARY KEY (dossier, rang)
) STRICT, WITHOUT ROWID
"""

_APPOINTMENTS = """
CREATE TABLE appointments (
    dossier TEXT NOT NULL,
    nature TEXT NOT NULL,
    rang INTEGER NOT NULL,
    jour TEXT NOT NULL,
    heure TEXT,
    bureau TEXT,
    inscrit_le TEXT,
    absent_le TEXT,
    tenu_le TEXT,
    type_visite TEXT,
    PRIMARY KEY (dossier, nature, rang)
) STRICT, WITHOUT ROWID
"""

_TIES = """
CREATE TABLE ties (
    dossier TEXT NOT NULL,
    rang INTEGER NOT NULL,
    autre TEXT NOT NULL,
    sorte TEXT NOT NULL,
    PRIMARY KEY (dossier, rang)
) STRICT, WITHOUT ROWID
"""

_FORMER_KEYS = """
CREATE TABLE former_keys (
    key TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    PRIMARY KEY (key, person)
) STRICT, WITHOUT ROWID
"""

_NAME_KEYS = """
CREATE TABLE name_keys (
    key INTEGER NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (key, person)
) STRICT, WITHOUT ROWID
"""

_INDEXES = (
    "CREATE INDEX former_keys_of_person ON former_keys (person)",
    "CREATE INDEX dossiers_of_person ON dossiers (personne)",
    "CREATE INDEX dossiers_of_household ON dossiers (menage) WHERE menage IS NOT NULL",
    "CREATE INDEX ties_of_other ON ties (autre)",
    "CREATE INDEX spans_of_dossier ON spans (dossier)",
    "CREATE INDEX spans_ended_late ON spans (nature, fin_max) WHERE fin_max > echeance_min",
    "CREATE INDEX spans_running ON spans (nature, echeance_min) WHERE fin_max IS NULL",
)

_TABLES = (
    _DOSSIERS,
    _SPANS,
    _SITUATIONS,
    _RIGHTS,
    _STEPS,
    _INTERVIEWS,
    _INTERVIEWS_DUE,
    _APPOINTMENTS,
    _TIES,
)
_COLUMN = re.compile(r"^    ([a-z_]+) (?:TEXT|INTEGER)", re.MULTILINE)


def _table(statement: str) -> str:
    return statement.split(maxsplit=3)[2]


# --- views: the lists as other programs read them ----------------------------------------

_PERSON = (
    "agdref", "nom", "prenoms", "nom_usage", "date_naissance", "sexe", "nationalite", "langues",
    "telephone", "courriel", "adresse",
)  # fmt: skip
_OF_A_DOSSIER = [n for n in DOSSIER_COLUMNS if n not in ("id", "personne")]
_WHO = "d.dossier, d.departement, p.nom, p.prenoms"
_PERSON_OF = " LEFT JOIN people AS p ON p.id = d.personne"

VIEWS: dict[str, tuple[str, str]] = {
    "vue_dossiers": (
        "Une ligne par dossier : les colonnes de « report dossiers », et les bornes des dates.",
        f"""SELECT {", ".join(f"d.{name}" for name in _OF_A_DOSSIER[:4])},
    {", ".join(f"p.{name}" for name in _PERSON)},
    {", ".join(f"d.{name}" for name in _OF_A_DOSSIER[4:])},
    r.nom AS referent_nom, s.nom AS second_referent_nom, o.nom AS bureau_nom, o.secteur
FROM dossiers AS d{_PERSON_OF} LEFT JOIN referents AS r ON r.code = d.referent
    LEFT JOIN referents AS s ON s.code = d.second_referent
    LEFT JOIN offices AS o ON o.bureau = d.bureau""",
    ),
    "vue_delais": (
        "Une ligne par délai ou attente : son départ, son dernier jour, ce qui l'a arrêté.",
        f"""SELECT {_WHO}, s.nature, s.cause, s.depart_min, s.depart_max, s.echeance_min,
    s.echeance_max, s.fin_min, s.fin_max
FROM spans AS s JOIN dossiers AS d ON d.id = s.dossier{_PERSON_OF}""",
    ),
    "vue_rendez_vous": (
        "Une ligne par rendez-vous ; « tenu le » : d'un autre que le diagnostic et le contrat.",
        f"""SELECT {_WHO}, a.nature, a.jour, a.heure, a.bureau, o.nom AS bureau_nom, a.inscrit_le,
    a.absent_le, a.tenu_le, a.type_visite
FROM appointments AS a JOIN dossiers AS d ON d.id = a.dossier{_PERSON_OF}
    LEFT JOIN offices AS o ON o.bureau = a.bureau""",
    ),
    "vue_situations": (
        "Une ligne par situation relevée : logement, travail, français.",
        f"""SELECT {_WHO}, s.date_min, s.date_max, s.situation_logement, s.detail_logement,
    s.situation_professionnelle, s.niveau_francais, s.emploi_durable, s.logement_perenne
FROM situations AS s JOIN dossiers AS d ON d.id = s.dossier{_PERSON_OF}""",
    ),
    "vue_droits": (
        "Une ligne par état d'un droit ou d'un papier, dans l'ordre de leurs jours.",
        f"""SELECT {_WHO}, r.droit, r.rang, r.etat_droit, r.date_min, r.date_max, r.fin_min,
    r.fin_max
FROM rights AS r JOIN dossiers AS d ON d.id = r.dossier{_PERSON_OF}""",
    ),
    "vue_etapes": (
        "Une ligne par étape du parcours.",
        f"""SELECT {_WHO}, s.domaine, s.date_min, s.date_max, s.fin_min, s.fin_max, s.heures,
    t.value AS etape
FROM steps AS s JOIN dossiers AS d ON d.id = s.dossier{_PERSON_OF}
    LEFT JOIN texts AS t ON t.event = s.event AND t.field = 'etape'""",
    ),
    "vue_entretiens": (
        "Une ligne par entretien de suivi.",
        f"""SELECT {_WHO}, i.date_min, i.date_max
FROM interviews AS i JOIN dossiers AS d ON d.id = i.dossier{_PERSON_OF}""",
    ),
}
"""The views of a file: what each is, in French, and its question. Their names are a promise."""

VIEW_STATEMENTS = tuple(f"CREATE VIEW {name} AS\n{query}" for name, (_, query) in VIEWS.items())


def views(connection: Connection) -> list[tuple[str, str, str]]:
    """The views of a file: the name of each, what it is, its columns."""
    found = []
    for name, (told, query) in VIEWS.items():
        described = connection.execute(f"SELECT * FROM ({query}) LIMIT 0").description
        found.append((name, told, " ".join(column[0] for column in described)))
    return found


def drop_views(connection: Connection) -> None:
    """Drop the views, which name tables that are about to be made anew."""
    for name in VIEWS:
        connection.execute(f"DROP VIEW IF EXISTS {name}")


NAMES: tuple[str, ...] = tuple(map(_table, (*_TABLES, _FORMER_KEYS, _NAME_KEYS)))
FOLDED: dict[str, tuple[str, ...]] = {
    _table(statement): tuple(_COLUMN.findall(statement)) for statement in _TABLES[1:]
}
"""The lists beside `dossiers`, and their columns; the first one says whose the row is."""

STATEMENTS: tuple[str, ...] = (*_TABLES, _FORMER_KEYS, _NAME_KEYS, *_INDEXES, *VIEW_STATEMENTS)
"""What makes the lists."""


def fingerprint() -> str:
    """Identify the definition of the lists: a file whose lists have another is folded again."""
    return f"{crc32(repr((EDITION, STATEMENTS)).encode()):08x}"


SETTING = "listes"
"""Where a file keeps which definition its lists have, and their names: those to drop one day."""


def are_current(connection: Connection) -> bool:
    """Whether the lists of this file are those defined here."""
    return of_file(connection)[:1] == [fingerprint()]


def of_file(connection: Connection) -> list[str]:
    """The fingerprint of the lists of a file, then their names; nothing where there are none."""
    query = "SELECT value FROM settings WHERE name = ?"
    try:
        row = connection.execute(query, (SETTING,)).fetchone()
    except DatabaseError:  # the settings are not there: `check` says so
        return []
    return str(row[0]).split() if row else []
