"""The tables of the first migration, and the class of each of their columns.

A migration, once released, never changes: a later one alters what it made.
"""

from __future__ import annotations

from agir_cli.store.columns import DOSSIER_COLUMNS

_PEOPLE = """
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    agdref TEXT UNIQUE,
    nom TEXT,
    prenoms TEXT,
    nom_usage TEXT,
    date_naissance TEXT,
    sexe TEXT CHECK (sexe = 'f' OR sexe = 'm' OR sexe = 'x'),
    nationalite TEXT,
    langues TEXT,
    telephone TEXT,
    courriel TEXT,
    name_key TEXT NOT NULL,
    CHECK (nom IS NOT NULL OR prenoms IS NOT NULL)
) STRICT
"""

_IDENTITIES = """
CREATE TABLE identities (
    id INTEGER PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    field TEXT NOT NULL,
    former TEXT NOT NULL,
    current TEXT,
    recorded_at TEXT NOT NULL,
    author TEXT NOT NULL,
    batch TEXT
) STRICT
"""

_EVENTS = """
CREATE TABLE events (
    id TEXT PRIMARY KEY,
    dossier TEXT NOT NULL,
    kind TEXT NOT NULL,
    effective_from TEXT CHECK (effective_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    effective_to TEXT CHECK (effective_to >= effective_from),
    recorded_at TEXT NOT NULL,
    author TEXT NOT NULL,
    site TEXT NOT NULL,
    seq INTEGER NOT NULL,
    batch TEXT,
    payload TEXT NOT NULL CHECK (payload GLOB '{*}'),
    salt BLOB,
    hash BLOB,
    CHECK ((effective_from IS NULL) = (effective_to IS NULL)),
    UNIQUE (site, seq)
) STRICT
"""

_TEXTS = """
CREATE TABLE texts (
    event TEXT NOT NULL REFERENCES events (id),
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (event, field)
) STRICT, WITHOUT ROWID
"""

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
    PRIMARY KEY (dossier, rang)
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
    PRIMARY KEY (dossier, nature, rang)
) STRICT, WITHOUT ROWID
"""

_BATCHES = """
CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    commande TEXT NOT NULL,
    fichier TEXT NOT NULL,
    empreinte TEXT NOT NULL,
    lus INTEGER NOT NULL,
    crees INTEGER NOT NULL,
    modifies INTEGER NOT NULL,
    inchanges INTEGER NOT NULL,
    mis_de_cote INTEGER NOT NULL,
    rejetes INTEGER NOT NULL,
    enregistre_le TEXT NOT NULL,
    auteur TEXT NOT NULL,
    annule_par TEXT
) STRICT
"""

_LISTINGS = """
CREATE TABLE listings (
    numero INTEGER PRIMARY KEY,
    mois TEXT NOT NULL,
    envoye_le TEXT NOT NULL,
    empreinte TEXT NOT NULL,
    auteur TEXT NOT NULL
) STRICT
"""

_LISTING_ROWS = """
CREATE TABLE listing_rows (
    numero INTEGER NOT NULL REFERENCES listings (numero),
    ligne INTEGER NOT NULL,
    dossier TEXT NOT NULL,
    contenu TEXT,
    PRIMARY KEY (numero, ligne)
) STRICT, WITHOUT ROWID
"""

_RUNS = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    rapport TEXT NOT NULL,
    jour TEXT NOT NULL,
    enregistre_le TEXT NOT NULL,
    auteur TEXT NOT NULL
) STRICT
"""

_RUN_LINES = """
CREATE TABLE run_lines (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    dossier TEXT NOT NULL,
    nature TEXT NOT NULL,
    cause TEXT NOT NULL,
    echeance_min TEXT NOT NULL,
    PRIMARY KEY (run, dossier, nature, cause, echeance_min)
) STRICT, WITHOUT ROWID
"""

_REFERENTS = """
CREATE TABLE referents (
    code TEXT PRIMARY KEY,
    nom TEXT NOT NULL,
    organisation TEXT,
    bureau TEXT
) STRICT
"""

_OFFICES = """
CREATE TABLE offices (
    bureau TEXT PRIMARY KEY,
    departement TEXT NOT NULL,
    secteur TEXT NOT NULL,
    nom TEXT NOT NULL
) STRICT
"""

_SETTINGS = "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT"
_COUNTERS = "CREATE TABLE counters (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT"
_RULE_TEXTS = "CREATE TABLE rule_texts (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT"

_INDEXES = (
    "CREATE INDEX events_of_dossier ON events (dossier)",
    "CREATE INDEX people_by_name ON people (name_key)",
    "CREATE INDEX identities_of_person ON identities (person)",
    "CREATE INDEX dossiers_of_person ON dossiers (personne)",
    "CREATE INDEX dossiers_of_household ON dossiers (menage) WHERE menage IS NOT NULL",
    "CREATE INDEX spans_of_dossier ON spans (dossier)",
    "CREATE INDEX spans_ended_late ON spans (nature, fin_max) WHERE fin_max > echeance_min",
    "CREATE INDEX spans_running ON spans (nature, echeance_min) WHERE fin_max IS NULL",
)

_APPEND_ONLY = tuple(
    f"""
CREATE TRIGGER events_never_{name} BEFORE {action} ON events
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END
"""
    for name, action in (("change", "UPDATE"), ("vanish", "DELETE"))
)

FIRST_TABLES: tuple[str, ...] = (
    _PEOPLE, _IDENTITIES, _EVENTS, _TEXTS, _DOSSIERS, _SPANS, _SITUATIONS, _STEPS, _INTERVIEWS,
    _APPOINTMENTS, _BATCHES, _LISTINGS, _LISTING_ROWS, _RUNS, _RUN_LINES, _REFERENTS, _OFFICES,
    _SETTINGS, _COUNTERS, _RULE_TEXTS, *_INDEXES, *_APPEND_ONLY,
)  # fmt: skip
