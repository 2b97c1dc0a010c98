"""The tables that stay: journal, persons, words, imports, listings, directory, settings.

They change by numbered migrations. One that is released never changes: a later one alters what
it made. What is folded from the journal is `lists`, made anew whenever its definition changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.store import directory, seal

if TYPE_CHECKING:
    from sqlite3 import Connection

    from sqlite_utils import Database


class Migration(NamedTuple):
    """A step of the tables that stay; its number is its place in `MIGRATIONS`, from 1.

    ``apply`` works inside a transaction that is already begun.
    """

    name: str
    apply: Callable[[Database], None]


# --- 0001 --------------------------------------------------------------------------------

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

_FIRST_INDEXES = (
    "CREATE INDEX events_of_dossier ON events (dossier)",
    "CREATE INDEX people_by_name ON people (name_key)",
    "CREATE INDEX identities_of_person ON identities (person)",
)

APPEND_ONLY = tuple(
    f"""
CREATE TRIGGER events_never_{name} BEFORE {action} ON events
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END
"""
    for name, action in (("change", "UPDATE"), ("vanish", "DELETE"))
)

_FIRST_TABLES = (
    _PEOPLE, _IDENTITIES, _EVENTS, _TEXTS, _BATCHES, _LISTINGS, _LISTING_ROWS, _RUNS, _RUN_LINES,
    _REFERENTS, _OFFICES, _SETTINGS, _COUNTERS, _RULE_TEXTS, *_FIRST_INDEXES, *APPEND_ONLY,
)  # fmt: skip


def _first_tables(db: Database) -> None:
    for statement in _FIRST_TABLES:
        db.execute(statement)


# --- 0002 --------------------------------------------------------------------------------


def _changes_of_identity(db: Database) -> None:
    """Each change of a person's values names its event; a kind of event that is new, too."""
    db.execute("ALTER TABLE identities ADD COLUMN event TEXT")


# --- 0003 --------------------------------------------------------------------------------


def _seals(db: Database) -> None:
    """Chain the events, and mark the rows of the other tables: `seal` says how."""
    db.execute(seal.TABLE)
    chain_anew(db.conn)


def chain_anew(connection: Connection) -> None:
    """Give every event its salt and its hash, whatever it had: it comes from before the seals."""
    with unguarded(connection):
        seal.chain(connection)


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Let events be changed, inside a transaction: to chain them, or to erase what they say."""
    connection.execute("DROP TRIGGER events_never_change")
    yield
    connection.execute(APPEND_ONLY[0])


# --- 0004 --------------------------------------------------------------------------------


def _newer(_: Database) -> None:
    """Change nothing: an older program, which cannot read what is new, says so.

    Every row of the file is marked again after each step, those of tables newly sealed too (0010).
    """


# --- 0005 --------------------------------------------------------------------------------

_REFERENT_FACTS = """
CREATE TABLE referent_facts (
    code TEXT PRIMARY KEY REFERENCES referents (code),
    depuis TEXT CHECK (depuis GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    parti_le TEXT CHECK (parti_le GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    plafond INTEGER CHECK (plafond > 0),
    domaines TEXT,
    langues TEXT,
    remplace_par TEXT REFERENCES referents (code)
) STRICT
"""


def _facts_of_referents(db: Database) -> None:
    """What is known of a référent beside their name; a kind of event that is new, too."""
    db.execute(_REFERENT_FACTS)


# --- 0006 --------------------------------------------------------------------------------


def _papers(db: Database) -> None:
    """Where a person's mail arrives; the event of a paper is a kind that is new, too."""
    db.execute("ALTER TABLE people ADD COLUMN adresse TEXT")


# --- 0007 --------------------------------------------------------------------------------

_FINAL_MEMORY = """
CREATE TABLE final_memory (
    empreinte TEXT NOT NULL,
    sorte TEXT NOT NULL CHECK (sorte = 'agdref' OR sorte = 'identite'),
    mois TEXT NOT NULL CHECK (mois GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
    cle TEXT NOT NULL,
    expire_le TEXT NOT NULL CHECK (expire_le GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    PRIMARY KEY (empreinte, cle)
) STRICT
"""


def _one_person(db: Database) -> None:
    """What outlives the erasure of a used-up right; and a new kind of event: persons linked."""
    db.execute(_FINAL_MEMORY)


# --- 0008 --------------------------------------------------------------------------------

_ACTIONS = """
CREATE INDEX events_of_actions ON events (id) WHERE kind = 'action_recorded'
"""


def _actions(db: Database) -> None:
    """Actions of the network and tasks: a kind of event that is new, and few are."""
    db.execute(_ACTIONS)


# --- 0009 --------------------------------------------------------------------------------

_DIRECTORY = (
    """
CREATE TABLE departments (
    departement TEXT PRIMARY KEY,
    nom TEXT NOT NULL,
    etat TEXT, date_debut TEXT, courriel TEXT, telephone TEXT, fiche TEXT,
    source TEXT, remarque TEXT
) STRICT
""",
    """
CREATE TABLE sectors (
    departement TEXT NOT NULL,
    secteur TEXT NOT NULL,
    dans TEXT, source TEXT, remarque TEXT,
    PRIMARY KEY (departement, secteur)
) STRICT
""",
    """
CREATE TABLE organisations (
    organisation TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT '',
    departement TEXT NOT NULL DEFAULT '',
    autres_noms TEXT, categorie TEXT, date_debut TEXT, date_fin TEXT,
    courriel TEXT, telephone TEXT, source TEXT, remarque TEXT,
    PRIMARY KEY (organisation, role, departement)
) STRICT
""",
    """
CREATE TABLE communes (
    insee TEXT PRIMARY KEY,
    secteur TEXT, bassin TEXT, bassin_nom TEXT
) STRICT
""",
    *(
        f"ALTER TABLE offices ADD COLUMN {name} TEXT"
        for name in ("type", "organisation", "lieu", "adresse", "code_postal", "commune", "insee",
                     "etat", "date_ouverture", "source", "remarque")
    ),
)  # fmt: skip


def _directory(db: Database) -> None:
    """The whole directory; a file that has offices gets the rest of what was shipped with them."""
    for statement in _DIRECTORY:
        db.execute(statement)
    if db.execute("SELECT 1 FROM offices").fetchone():
        directory.seed(db.conn)


# --- 0010 --------------------------------------------------------------------------------

_STATISTICS = "CREATE TABLE statistics (personne TEXT PRIMARY KEY) STRICT, WITHOUT ROWID"

_DAY = "GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'"

_ERASURES = f"""
CREATE TABLE erasures (
    dossier TEXT PRIMARY KEY,
    jour TEXT NOT NULL CHECK (jour {_DAY}),
    enregistre_le TEXT NOT NULL,
    auteur TEXT NOT NULL,
    demande TEXT NOT NULL,
    motif TEXT NOT NULL
) STRICT
"""

_DURATIONS = f"""
CREATE TABLE durations (
    code TEXT NOT NULL,
    depuis TEXT NOT NULL CHECK (depuis {_DAY}),
    valeur INTEGER NOT NULL CHECK (valeur > 0),
    source TEXT NOT NULL,
    auteur TEXT NOT NULL,
    PRIMARY KEY (code, depuis)
) STRICT
"""

_PURGE_NOTICES = f"""
CREATE TABLE purge_notices (
    personne TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    annonce_le TEXT NOT NULL CHECK (annonce_le {_DAY}),
    enregistre_le TEXT NOT NULL,
    auteur TEXT NOT NULL
) STRICT
"""


def _rights(db: Database) -> None:
    """Who was erased and what figures keep of them; how long data is kept, and who was told."""
    for statement in (_STATISTICS, _ERASURES, _DURATIONS, _PURGE_NOTICES):
        db.execute(statement)


# --- 0015 --------------------------------------------------------------------------------

_SITES = (
    "CREATE INDEX people_by_number ON people (agdref)",
    """
CREATE TABLE beside_records (
    site TEXT NOT NULL,
    seq INTEGER NOT NULL,
    personne TEXT,
    dit TEXT NOT NULL CHECK (dit GLOB '{*}'),
    PRIMARY KEY (site, seq)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX beside_of_person ON beside_records (personne) WHERE personne IS NOT NULL",
    """
CREATE TABLE withheld (
    site TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (site, seq)
) STRICT, WITHOUT ROWID
""",
)


def _several_sites(db: Database) -> None:
    """Two sites may each have somebody of one number; what travels beside an event; what does not.

    `people` is made anew, its number not unique: what refers to it steps aside meanwhile.
    """
    names = ("people", "identities", "purge_notices")
    made = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    for name in names:
        db.execute(f"CREATE TEMP TABLE kept_{name} AS SELECT * FROM main.{name}")
    for name in reversed(names):
        db.execute(f"DROP TABLE main.{name}")
    for name in names:
        db.execute(made[name].replace("agdref TEXT UNIQUE", "agdref TEXT"))
        db.execute(f"INSERT INTO main.{name} SELECT * FROM temp.kept_{name}")
        db.execute(f"DROP TABLE temp.kept_{name}")
    for statement in (*_FIRST_INDEXES[1:], *_SITES):
        db.execute(statement)


# --- 0018 --------------------------------------------------------------------------------

_FINAL_ENDS = (
    """
CREATE TABLE final_ends (
    qui TEXT PRIMARY KEY,
    cle TEXT NOT NULL,
    mois TEXT NOT NULL,
    expire_le TEXT NOT NULL,
    dit_le TEXT NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE final_prints (
    empreinte TEXT NOT NULL,
    qui TEXT NOT NULL REFERENCES final_ends (qui) ON DELETE CASCADE,
    sorte TEXT NOT NULL CHECK (sorte = 'agdref' OR sorte = 'identite'),
    PRIMARY KEY (empreinte, qui)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX final_prints_of ON final_prints (qui)",
)


def _final_ends(db: Database) -> None:
    """The fingerprints of final ends that sites tell each other, whatever each of them follows."""
    for statement in _FINAL_ENDS:
        db.execute(statement)


# --- 0019 --------------------------------------------------------------------------------

_VOIDED = """
CREATE INDEX events_voided ON events (dossier) WHERE kind = 'event_voided'
"""


def _voided(db: Database) -> None:
    """Events that void another: few, and looked for at each exchange with other sites."""
    db.execute(_VOIDED)


# --- every step --------------------------------------------------------------------------

MIGRATIONS: tuple[Migration, ...] = (
    Migration("0001_first_tables", _first_tables),
    Migration("0002_changes_of_identity", _changes_of_identity),
    Migration("0003_seals", _seals),
    Migration("0004_interview_excused", _newer),
    Migration("0005_facts_of_referents", _facts_of_referents),
    Migration("0006_papers", _papers),
    Migration("0007_one_person", _one_person),
    Migration("0008_actions", _actions),
    Migration("0009_directory", _directory),
    Migration("0010_transfers", _newer),
    Migration("0011_rights", _rights),
    Migration("0012_declarations", _newer),
    Migration("0013_sealed_runs", _newer),
    Migration("0014_sites", _newer),
    Migration("0015_several_sites", _several_sites),
    Migration("0016_rights_and_visits", _newer),
    Migration("0017_holds", _newer),
    Migration("0018_final_ends", _final_ends),
    Migration("0019_voided", _voided),
)
"""Every step, in order: released ones are frozen, new ones are added at the end."""


FIRST_SEALED = 3
"""The first version whose files have seals."""


def version() -> int:
    """The version of the tables that stay: how many steps a file of this program has taken."""
    return len(MIGRATIONS)
