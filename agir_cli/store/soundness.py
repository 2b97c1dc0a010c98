"""What is wrong with the file itself: its build, its journal's numbers, its persons, its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from agir_cli import drafts
from agir_cli.domain.dates import french, from_edtf
from agir_cli.domain.events import RANK, Kind
from agir_cli.domain.identity import name_key
from agir_cli.domain.vocabulary import in_sentence
from agir_cli.store import doubles, journal, people, seal
from agir_cli.store.driver import SAFE_WAL, Connection, sqlite_version
from agir_cli.store.memory_keys import missing, path_of
from agir_cli.store.place import copies, open_to_others, seen_by_others, shared
from agir_cli.store.settings import site_of
from agir_cli.store.stamp import in_paris, now, paris_moment

SHOWN = 8


class Difference(NamedTuple):
    """A place where the file does not say what its journal says, or says what cannot be."""

    dossier: str
    what: str
    detail: str


DAMAGED, FILE_MODE, BUILD = "fichier endommagé", "droits du fichier", "construction du fichier"
BACKUP = "reprenez la dernière sauvegarde ; rien d'autre ne rend ce qui manque"
REBUILD = "recalculez les listes depuis le journal : agir rebuild"
_ANEW = (
    "refaites un fichier sain : agir export --to sortie, puis agir --db neuf.db init --from sortie"
)
_ALTERED = (
    "un autre programme a changé le fichier : comparez avec la dernière sauvegarde, et reprenez-la"
    " si le changement n'est pas voulu"
)
REMEDIES = {
    DAMAGED: BACKUP,
    "lien rompu": BACKUP,
    "événement illisible": BACKUP,
    "journal incomplet": BACKUP,
    "journal illisible": BACKUP,
    "dossier sans personne": BACKUP,
    "dossier sans journal": "le journal a perdu ce dossier : reprenez la dernière sauvegarde",
    "construction du fichier": f"un autre programme l'a modifié ; {_ANEW}",
    "nom de recherche": REBUILD,
    "dossier absent de la liste": REBUILD,
    "droits du fichier": "rendez-le à son seul propriétaire : chmod 600 {file}",
    "droits de la clé": "rendez-la à son seul propriétaire : chmod 600 {file}.cle",
    "clé perdue": "remettez-la : agir memory restore",
    "mode du fichier": _ANEW,
    "journal étranger": (
        "fermez tout ce qui utilise le fichier, puis mettez ce journal de côté sans l'effacer"
    ),
    "copie concurrente": (
        "deux postes ont écrit chacun la leur : comparez-les (agir --db COPIE report dossiers),"
        " ressaisissez ce qui manque, rangez la copie ailleurs, et sortez le fichier du dossier"
        " synchronisé"
    ),
    "création interrompue": (
        "sa création a été interrompue : mettez-le de côté, et créez-le de nouveau (agir init)"
    ),
    "personne sans dossier": REBUILD,
    "événement changé": _ALTERED,
    "journal coupé": _ALTERED,
    "ligne changée": _ALTERED,
    "sceau": (
        "si c'est voulu (copie remise exprès), effacez ce sceau ; sinon retrouvez le fichier qui"
        " manque, sauvegarde ou poste, avant de continuer : {file}.sceau"
    ),
    "droits du dossier": "d'autres peuvent y remplacer le fichier : chmod go-w sur son dossier",
    "sauvegarde": (
        "faites-la (agir backup) ; chaque jour, d'elle-même : agir config set sauvegarde.dossier"
        " DOSSIER"
    ),
    "emplacement": "mettez-le sur le disque de ce poste, et sauvegardez-le : agir backup",
    "durée dépassée": "les deux ans sont passés : agir close REF --motif terme",
    "reste d'une personne effacée": "effacez-la de nouveau",
    "empreinte sans fin": BACKUP,
    "annuaire": "ajoutez-le (agir referent add), ou corrigez le dossier",
    "brouillon": "une commande interrompue l'a laissé : effacez-le, il contient des identités",
    "horloge": "vérifiez la date de ce poste, et du site nommé ; rien d'enregistré n'est perdu",
    "date à venir": (
        "vérifiez la date de ce poste ; si elle est juste, ces actes ont été saisis sous un autre"
        " jour (AGIR_TODAY) : agir correct REF EVENT les redate ou les annule"
    ),
    "deux dossiers ouverts": (
        "gardez celui qui est suivi ; l'autre : agir close REF --motif erreur"
    ),
    "droit épuisé": (
        "si la fin définitive est une erreur, agir correct REF EVENT l'annule ; sinon, sur le"
        " dossier ouvert : agir close REF --motif erreur"
    ),
    "anomalie": "lisez le dossier (agir show REF --events), puis agir correct",
}


_LOSING = {
    "événement illisible", "journal illisible", "journal incomplet", "dossier sans journal",
    "journal coupé", "événement changé",
}  # fmt: skip
_NOT_YET = (
    "pas de agir rebuild : les listes disent peut-être ce que le journal a perdu ; reprenez d'abord"
    " la dernière sauvegarde"
)


def remedy(what: str, path: Path, others: Collection[str] = ()) -> str:
    """What to do about a kind of difference (French); ``others``: all the kinds that were found.

    Lists that differ from a journal with holes are the last trace of what it has lost.
    """
    advice = REMEDIES.get(what, REBUILD)
    if advice == REBUILD and _LOSING & set(others):
        advice = _NOT_YET
    return advice.format(file=path.name)


def is_repairable(found: Difference, kinds: Collection[str]) -> bool:
    """Whether a difference can be made good from what the file itself still says for certain."""
    if found.what == DAMAGED:
        return found.detail.startswith("l'index")
    if found.what in (FILE_MODE, BUILD):
        return "n'est pas du programme" not in found.detail
    return REMEDIES.get(found.what, REBUILD) == REBUILD and not _LOSING & set(kinds)


def file_differences(connection: Connection, path: Path) -> Iterator[Difference]:
    """What is wrong with the file, whatever its dossiers say."""
    for (problem,) in connection.execute("PRAGMA integrity_check(20)"):
        if problem != "ok":
            yield Difference("", DAMAGED, _integrity(str(problem)))
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield Difference("", "lien rompu", f"table {row[0]}, ligne {row[1]}")
    if seen_by_others(path):
        yield Difference("", "droits du fichier", "d'autres que son propriétaire peuvent le lire")
    yield from _of_keys(connection, path)
    if open_to_others(path.parent):
        yield Difference("", "droits du dossier", f"d'autres peuvent écrire dans « {path.parent} »")
    if why := shared(path):
        yield Difference("", "emplacement", f"le fichier est {why}")
    mode = connection.mode or connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode == "wal" and sqlite_version() < SAFE_WAL:
        yield Difference("", "mode du fichier", "WAL : cette version de SQLite peut l'abîmer")
    yield from _beside(path, mode)
    if connection.execute(_UNFINISHED).fetchone() is not None:
        yield Difference("", "création interrompue", "ni site, ni bureaux : rien ne peut y entrer")
    clock = ahead_of_the_clock(connection)
    if clock is not None:
        yield Difference(
            "", "horloge", f"le dernier enregistrement porte une date à venir : {clock}"
        )
    yield from _clock_set_back(connection)


def _of_keys(connection: Connection, path: Path) -> Iterator[Difference]:
    """What is wrong with the keys of the memory of used-up rights."""
    if gone := missing(connection, path):
        yield Difference("", "clé perdue", f"mémoire des droits épuisés : {', '.join(gone)}")
    place = path_of(path)
    if place.exists() and seen_by_others(place):
        yield Difference("", "droits de la clé", "d'autres que son propriétaire peuvent la lire")


_SLACK = timedelta(minutes=5)
"""How much a clock may be set back while nobody need know: machines set theirs by the network."""

_WENT_BACK = f"""SELECT site, seq, recorded_at, number, before FROM (
    SELECT site, seq, recorded_at, lag(seq) OVER own AS number, lag(recorded_at) OVER own AS before
    FROM events AS e WHERE site NOT LIKE '%{journal.STATISTICS}' AND {seal.RECORDED_THERE}
    WINDOW own AS (PARTITION BY site ORDER BY seq))
    WHERE julianday(recorded_at) < julianday(before) - {_SLACK / timedelta(days=1)}
    ORDER BY site, seq"""


def _clock_set_back(connection: Connection) -> Iterator[Difference]:
    """Where an event was recorded at an instant before that of the event it follows.

    What a handover brought was recorded elsewhere, before it came.
    """
    for site, number, instant, other, before in islice(connection.execute(_WENT_BACK), SHOWN):
        told = f"site {site}, n° {number} : enregistré le {paris_moment(instant)}, après le n°"
        yield Difference("", "horloge", f"{told} {other} qui porte le {paris_moment(before)}")


_UNFINISHED = (
    "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM settings WHERE name = 'site')"
    " OR NOT EXISTS (SELECT 1 FROM offices)"
)


def _beside(path: Path, mode: str) -> Iterator[Difference]:
    for copy in copies(path):
        yield Difference("", "copie concurrente", f"« {copy.name} » est à côté du fichier")
    living = drafts.living()
    try:
        beside = sorted(path.parent.iterdir())
    except OSError:  # a folder that may be crossed and not be read
        return
    for extra in beside:
        if mode != "wal" and extra.name in (f"{path.name}-wal", f"{path.name}-shm"):
            yield Difference("", "journal étranger", f"« {extra.name} » n'est pas de ce fichier")
        elif drafts.is_draft(extra) and extra.absolute() not in living:
            yield Difference("", "brouillon", f"« {extra.name} » est à côté du fichier")


_INTEGRITY = (
    (r"CHECK constraint failed in (\w+)", "table {0} : une valeur que sa définition n'admet pas"),
    (r"NULL value in (\w+)\.(\w+)", "table {0} : la colonne {1} est vide et ne peut pas l'être"),
    (r"\w+ value in (\w+)\.(\w+)", "table {0} : une valeur d'une autre nature, colonne {1}"),
    (r"row (\d+) missing from index (\w+)", "l'index {1} ne connaît pas la ligne {0}"),
    (r"wrong # of entries in index (\w+)", "l'index {0} n'a pas le bon nombre de lignes"),
    (r"non-unique entry in index (\w+)", "l'index {0} a deux fois la même valeur"),
)


def is_damage(found: Difference) -> bool:
    """Whether pages are damaged; a value that its table does not admit is no such thing."""
    return found.what == DAMAGED and not found.detail.startswith("table ")


def _integrity(problem: str) -> str:
    for pattern, told in _INTEGRITY:
        found = re.search(pattern, problem)
        if found is not None:
            return told.format(*found.groups())
    return "des pages du fichier sont abîmées"


def build_differences(connection: Connection) -> Iterator[Difference]:
    """Where the tables, indexes and triggers are not those that the program makes."""
    from agir_cli.store.schema import departures, is_as_kept, tells_its_steps, told

    found = departures(connection)
    for departure in found:
        yield Difference("", BUILD, told(*departure))
    if not (found or is_as_kept(connection)):
        yield Difference(
            "", BUILD, "table settings, construction ou listes : changée hors du programme"
        )
    if not tells_its_steps(connection):
        yield Difference("", BUILD, "table _sqlite_migrations : changée hors du programme")


def journal_gaps(connection: Connection) -> Iterator[Difference]:
    """The events that are no more: each site numbers its own without a gap.

    Of another site's, those that this file does not follow are numbered too.
    """
    every = "(SELECT site, seq FROM events UNION ALL SELECT site, seq FROM withheld)"
    query = f"SELECT site, count(*), max(seq) FROM {every} GROUP BY site ORDER BY site"
    for site, count, last in connection.execute(query).fetchall():
        if count == last:
            continue
        numbers = connection.execute(
            f"SELECT seq FROM {every} WHERE site = ? ORDER BY seq", (site,)
        )
        gaps = list(_gaps(number for (number,) in numbers))
        shown = ", ".join(gaps[:SHOWN]) + (", …" if len(gaps) > SHOWN else "")
        missing = last - count
        told = f"{missing} événements effacés" if missing > 1 else "un événement effacé"
        yield Difference("", "journal incomplet", f"site {site} : {told} (n° {shown})")


def _gaps(numbers: Iterator[int]) -> Iterator[str]:
    expected = 1
    for number in numbers:
        if number > expected:
            last = number - 1
            yield str(expected) if last == expected else f"{expected} à {last}"
        expected = number + 1


_OPEN = "d.motif IS NULL AND d.etape <> 'clos'"
_TWICE_OPEN = (
    "SELECT min(d.dossier), group_concat(d.dossier, ', ') FROM dossiers d"
    f" WHERE {_OPEN} GROUP BY d.personne HAVING count(*) > 1 ORDER BY 1"
)
_USED_UP = (
    "SELECT d.dossier, f.dossier FROM dossiers d JOIN dossiers f ON f.personne = d.personne"
    f" WHERE {_OPEN} AND f.definitif = 'oui' AND f.id <> d.id ORDER BY 1"
)


def person_differences(connection: Connection) -> Iterator[Difference]:
    """What cannot be said of one person: no identity, a stale key, two lives at once."""
    orphans = connection.execute(
        "SELECT dossier FROM dossiers WHERE personne NOT IN (SELECT id FROM people)"
        " AND personne NOT IN (SELECT personne FROM statistics)"
    )
    for (reference,) in orphans:
        yield Difference(reference, "dossier sans personne", "l'identité a disparu")
    for (person,) in connection.execute(
        "SELECT id FROM people WHERE id NOT IN (SELECT personne FROM dossiers) ORDER BY id"
    ):
        yield Difference("", "personne sans dossier", f"une identité sans dossier ({person})")
    for first, references in connection.execute(_TWICE_OPEN):
        yield Difference(first, "deux dossiers ouverts", f"de la même personne : {references}")
    for opened, final in connection.execute(_USED_UP):
        told = f"ouvert, alors que {final} a épuisé le droit de la personne"
        yield Difference(opened, "droit épuisé", told)
    stale = {person for person, _ in stale_keys(connection)}
    if stale:
        holders = connection.execute("SELECT personne, dossier FROM dossiers ORDER BY dossier")
        for person, reference in holders:
            if person in stale:
                yield Difference(reference, "nom de recherche", "ne suit pas du nom enregistré")


def stale_keys(connection: Connection) -> Iterator[tuple[str, str]]:
    """The persons whose key of search does not follow from their names, with the right key."""
    for person, nom, prenoms, key in connection.execute(
        "SELECT id, nom, prenoms, name_key FROM people"
    ):
        wanted = name_key(nom, prenoms)
        if wanted != key:
            yield person, wanted


def key_differences(connection: Connection) -> Iterator[Difference]:
    """Where persons are not to be found by their names: on a private copy, made anew in it."""
    query = "SELECT 'former_keys', key, person FROM former_keys UNION ALL SELECT 'name_keys', key,"
    query += " person FROM name_keys"
    found = {*connection.execute(query)}
    told = {person for person, _ in stale_keys(connection)}
    connection.execute("BEGIN")
    with suppress(ValueError):  # a birth that is no date is told by its row's mark
        people.keep_former_keys(connection)
        connection.execute("DELETE FROM name_keys")
        doubles.index(connection)
        wanted = {*connection.execute(query)}
        known = {person for (person,) in connection.execute("SELECT id FROM people")} - told
        astray = {(row[0], str(row[2])) for row in wanted ^ found}
        for table, person in sorted(astray):
            if person in known:
                words = f"table {table} : elle ne suit pas des noms enregistrés"
                whose = _owner(connection, "people", (person,))
                yield Difference(whose, "nom de recherche", words)
    connection.execute("ROLLBACK")


_NEWEST = (  # ids grow with the clock
    f"SELECT recorded_at, site FROM events AS e WHERE {seal.RECORDED_THERE} ORDER BY id DESC"
    " LIMIT 1"
)


def acts_to_come(connection: Connection) -> Iterator[Difference]:
    """What is recorded as done on a day that has not come; what is planned or kept until is not."""
    today = in_paris(now()).date().isoformat()
    query = """SELECT coalesce(d.dossier, e.dossier), e.kind, e.effective_from FROM events AS e
        LEFT JOIN dossiers AS d ON d.id = e.dossier
        WHERE e.effective_from > ? AND e.kind NOT IN (?, ?, ?)
            AND NOT EXISTS (SELECT 1 FROM events AS v WHERE v.dossier = e.dossier AND v.kind = ?
            AND json_extract(v.payload, '$.event') = e.id) ORDER BY e.effective_from, e.id"""
    planned = (Kind.STEP_RECORDED, Kind.ACTION_RECORDED, Kind.DIRECTORY_CHANGED)
    wanted = (today, *planned, Kind.EVENT_VOIDED)
    for reference, kind, day in connection.execute(query, wanted):
        known = in_sentence(Kind(kind).label) if kind in RANK else kind
        yield Difference(reference, "date à venir", f"{known} : {french(from_edtf(day))}")


def ahead_of_the_clock(connection: Connection) -> str | None:
    """The day of the newest event where it is more than a day after the real instant, else None.

    Then the clock of this machine has gone back, or one was wrong before: a named site's.
    """
    row = connection.execute(_NEWEST).fetchone()
    try:
        newest = datetime.fromisoformat(row[0]) if row else None
        late = newest is not None and newest > datetime.fromisoformat(now()) + timedelta(days=1)
    except (ValueError, TypeError):
        return None  # not written by this program: `check` tells that event by itself
    if not late:
        return None
    return f"{newest:%d/%m/%Y}" + (f" (site {row[1]})" if row[1] != site_of(connection) else "")


# --- rules (--deep) ------------------------------------------------------------------------

_RULES: Sequence[tuple[str, str, str]] = (
    ("durée dépassée", "ouvert, alors que ses deux ans finissaient le {}",
     f"""SELECT d.dossier, s.echeance_max FROM spans s JOIN dossiers d ON d.id = s.dossier
     WHERE {_OPEN} AND s.nature = 'terme' AND s.fin_max IS NULL AND s.echeance_max < :today"""),
    ("reste d'une personne effacée", "des mots d'un événement ({}) sont restés",
     """SELECT d.dossier, min(t.event) FROM texts t JOIN events e ON e.id = t.event
     JOIN dossiers d ON d.id = e.dossier
     WHERE d.personne NOT IN (SELECT id FROM people) GROUP BY d.dossier"""),
    ("empreinte sans fin", "une empreinte de {} n'a pas de fin qui se lise",
     """SELECT '', mois FROM final_memory
     WHERE date(expire_le) IS NOT expire_le OR substr(expire_le, 1, 7) < mois"""),
    ("annuaire", "le référent {} n'est pas dans l'annuaire",
     """SELECT dossier, referent FROM dossiers
     WHERE referent IS NOT NULL AND referent NOT IN (SELECT code FROM referents)"""),
    ("annuaire", "le bureau {} n'est pas dans l'annuaire",
     """SELECT dossier, bureau FROM dossiers
     WHERE bureau IS NOT NULL AND bureau NOT IN (SELECT bureau FROM offices)"""),
)  # fmt: skip
"""What cannot be once the process is followed: its kind, in words, and which dossiers."""


def rule_differences(connection: Connection, today: date) -> Iterator[Difference]:
    """Where what is recorded is not what the rules of the programme and of erasure want."""
    for what, told, query in _RULES:
        for reference, value in connection.execute(query, {"today": today.isoformat()}):
            detail = french(from_edtf(value)) if what == "durée dépassée" else value
            yield Difference(reference, what, told.format(detail))


# --- the seal ------------------------------------------------------------------------------


def seal_differences(connection: Connection, path: Path) -> Iterator[Difference]:
    """What something else than this program has changed, added or taken out."""
    named = dict(connection.execute("SELECT id, dossier FROM dossiers"))
    found = [
        Difference(named.get(event.dossier, event.dossier), "événement changé",
                   f"site {event.site}, n° {event.number} ({event.id}) : il n'est pas celui qui a"
                   " été enregistré après le précédent")
        for event in seal.broken(connection)
    ]  # fmt: skip
    yield from found[:SHOWN]  # one event that is taken out changes all that follow
    if len(found) > SHOWN:
        yield Difference("", "événement changé", f"et {len(found) - SHOWN} autres qui les suivent")
    yield from _erased_differences(connection)
    for cut in seal.cuts(connection):
        told = f"site {cut.site} : le dernier est le n° {cut.last}, le n° {cut.wanted} y était"
        yield Difference("", "journal coupé", told)
    for table, row, how in seal.altered(connection):
        yield Difference(
            _owner(connection, table, row), "ligne changée", f"table {table}{_row(row)} : {how}"
        )
    yield from _witness_differences(connection, path)


def _erased_differences(connection: Connection) -> Iterator[Difference]:
    """What was emptied and no erasure has asked for; what is there again of an erased person."""
    asked = "dossier IN (SELECT dossier FROM erasures)"
    for empty, told in (
        (f"payload = '{journal.EMPTIED}' AND NOT {asked}", "vidé, et aucun effacement ne le dit"),
        (f"payload <> '{journal.EMPTIED}' AND {asked}", "d'une personne effacée, il est revenu"),
    ):
        query = f"SELECT site, seq, id FROM events WHERE {empty} ORDER BY id LIMIT {SHOWN}"
        for site, number, event in connection.execute(query).fetchall():
            yield Difference("", "événement changé", f"site {site}, n° {number} ({event}) : {told}")


_OWNERS = {
    "people": "SELECT dossier FROM dossiers WHERE personne = ?",
    "texts": "SELECT d.dossier FROM events e JOIN dossiers d ON d.id = e.dossier WHERE e.id = ?",
    "identities": "SELECT d.dossier FROM identities i JOIN dossiers d ON d.personne = i.person"
    " WHERE i.id = ?",
}  # fmt: skip
"""Whose dossier a row speaks of, by the first part of its key."""


def _owner(connection: Connection, table: str, row: tuple[str, ...]) -> str:
    found = (
        connection.execute(_OWNERS[table], row[:1]).fetchone() if row and table in _OWNERS else None
    )
    return str(found[0]) if found else ""


def _row(row: tuple[str, ...]) -> str:
    return f", {' '.join(row)}" if row else ""


def _witness_differences(connection: Connection, path: Path) -> Iterator[Difference]:
    own, witness = seal.seal_of(connection), seal.witness_of(path)
    if own is not None and witness is not None and seal.contradicts(witness, own):
        if witness.file != own.file:
            told = "le sceau gardé à côté du fichier est celui d'un autre"
        elif witness.number > own.number:
            lost = witness.number - own.number
            told = "une copie plus ancienne a été remise ici : il y manque "
            told += f"{lost} enregistrements" if lost > 1 else "le dernier enregistrement"
        else:
            told = "un autre fichier que celui du dernier enregistrement fait ici"
        yield Difference("", "sceau", told)
    for trace in seal.aside(path):
        told = f"« {trace.name} » : un fichier plus avancé, ou un autre, était ici avant celui-ci"
        yield Difference("", "sceau", told)
