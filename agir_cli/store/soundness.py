"""What is wrong with the file itself: its build, its journal's numbers, its persons, its place.

And where the lists are not what the journal folded again says.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from agir_cli.domain.dates import french, from_edtf
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import judged
from agir_cli.domain.events import RANK, Event, Kind
from agir_cli.domain.folding import fold
from agir_cli.domain.identity import name_key
from agir_cli.domain.reasons import anomaly_told
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import in_sentence
from agir_cli.store import journal
from agir_cli.store.driver import SAFE_WAL, Connection, sqlite_version
from agir_cli.store.lists import DOSSIER_COLUMNS, FOLDED
from agir_cli.store.projection import projected
from agir_cli.store.stamp import now

SHOWN = 8
_CHUNK = 2000


class Difference(NamedTuple):
    """A place where the file does not say what its journal says, or says what cannot be."""

    dossier: str
    what: str
    detail: str


BACKUP = "reprenez la dernière sauvegarde ; rien d'autre ne rend ce qui manque"
REBUILD = "recalculez les listes depuis le journal : agir rebuild"
_ANEW = (
    "refaites un fichier sain : agir export --to sortie, puis agir --db neuf.db init --from sortie"
)
REMEDIES = {
    "fichier endommagé": BACKUP,
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
    "mode du fichier": _ANEW,
    "journal étranger": (
        "fermez tout ce qui utilise le fichier, puis mettez ce journal de côté sans l'effacer"
    ),
    "copie concurrente": (
        "deux postes ont écrit chacun la leur : comparez-les (agir --db COPIE report dossiers),"
        " ressaisissez ce qui manque, rangez la copie ailleurs, et sortez le fichier du dossier"
        " synchronisé"
    ),
    "horloge": "vérifiez la date de ce poste ; ce qui est enregistré n'est pas perdu",
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


_LOSING = {"événement illisible", "journal illisible", "journal incomplet", "dossier sans journal"}
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


def file_differences(connection: Connection, path: Path) -> Iterator[Difference]:
    """What is wrong with the file, whatever its dossiers say."""
    for (problem,) in connection.execute("PRAGMA integrity_check(20)"):
        if problem != "ok":
            yield Difference("", "fichier endommagé", _integrity(str(problem)))
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield Difference("", "lien rompu", f"table {row[0]}, ligne {row[1]}")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Difference("", "droits du fichier", "d'autres que son propriétaire peuvent le lire")
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode == "wal" and sqlite_version() < SAFE_WAL:
        yield Difference("", "mode du fichier", "WAL : cette version de SQLite peut l'abîmer")
    yield from _beside(path, mode)
    clock = ahead_of_the_clock(connection)
    if clock is not None:
        yield Difference(
            "", "horloge", f"le dernier enregistrement porte une date à venir : {clock}"
        )


def _beside(path: Path, mode: str) -> Iterator[Difference]:
    try:
        beside = sorted(path.parent.iterdir())
    except OSError:  # a folder that may be crossed and not be read
        return
    for extra in beside:
        if mode != "wal" and extra.name in (f"{path.name}-wal", f"{path.name}-shm"):
            yield Difference("", "journal étranger", f"« {extra.name} » n'est pas de ce fichier")
        elif extra.name.startswith(path.stem) and "confli" in extra.name.lower():
            yield Difference("", "copie concurrente", f"« {extra.name} » est à côté du fichier")


_INTEGRITY = (
    (r"CHECK constraint failed in (\w+)", "table {0} : une valeur que sa définition n'admet pas"),
    (r"NULL value in (\w+)\.(\w+)", "table {0} : la colonne {1} est vide et ne peut pas l'être"),
    (r"\w+ value in (\w+)\.(\w+)", "table {0} : une valeur d'une autre nature, colonne {1}"),
    (r"row (\d+) missing from index (\w+)", "l'index {1} ne connaît pas la ligne {0}"),
    (r"wrong # of entries in index (\w+)", "l'index {0} n'a pas le bon nombre de lignes"),
    (r"non-unique entry in index (\w+)", "l'index {0} a deux fois la même valeur"),
)


def _integrity(problem: str) -> str:
    for pattern, told in _INTEGRITY:
        found = re.search(pattern, problem)
        if found is not None:
            return told.format(*found.groups())
    return "des pages du fichier sont abîmées"


_KINDS = {
    "table": "la table", "index": "l'index", "trigger": "la protection", "view": "la vue",
}  # fmt: skip
_HOW = {
    "absent": "n'y est plus",
    "changed": "n'est pas celle du programme",
    "added": "n'est pas du programme",
}


def build_differences(connection: Connection) -> Iterator[Difference]:
    """Where the tables, indexes and triggers are not those that the program makes."""
    from agir_cli.store.schema import departures

    for kind, name, how in departures(connection):
        told = f"{_KINDS.get(kind, kind)} « {name} » {_HOW[how]}"
        yield Difference("", "construction du fichier", told)


def journal_gaps(connection: Connection) -> Iterator[Difference]:
    """The events that are no more: each site numbers its own without a gap."""
    query = "SELECT site, count(*), max(seq) FROM events GROUP BY site ORDER BY site"
    for site, count, last in connection.execute(query).fetchall():
        if count == last:
            continue
        numbers = connection.execute("SELECT seq FROM events WHERE site = ? ORDER BY seq", (site,))
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
    )
    for (reference,) in orphans:
        yield Difference(reference, "dossier sans personne", "l'identité a disparu")
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


_NEWEST = "SELECT recorded_at FROM events ORDER BY id DESC LIMIT 1"  # ids grow with the clock


def acts_to_come(connection: Connection) -> Iterator[Difference]:
    """What is recorded as done on a day that has not come; a step may be planned."""
    today = datetime.fromisoformat(now()).astimezone(ZoneInfo("Europe/Paris")).date().isoformat()
    query = """SELECT coalesce(d.dossier, e.dossier), e.kind, e.effective_from FROM events AS e
        LEFT JOIN dossiers AS d ON d.id = e.dossier
        WHERE e.effective_from > ? AND e.kind <> ? AND NOT EXISTS (SELECT 1 FROM events AS v
            WHERE v.dossier = e.dossier AND v.kind = ?
            AND json_extract(v.payload, '$.event') = e.id) ORDER BY e.effective_from, e.id"""
    wanted = (today, Kind.STEP_RECORDED, Kind.EVENT_VOIDED)
    for reference, kind, day in connection.execute(query, wanted):
        known = in_sentence(Kind(kind).label) if kind in RANK else kind
        yield Difference(reference, "date à venir", f"{known} : {french(from_edtf(day))}")


def ahead_of_the_clock(connection: Connection) -> str | None:
    """The day of the newest event where it is more than a day after the real instant, else None.

    Then the clock of this machine has gone back, or one was wrong before.
    """
    row = connection.execute(_NEWEST).fetchone()
    try:
        newest = datetime.fromisoformat(row[0]) if row else None
        late = newest is not None and newest > datetime.fromisoformat(now()) + timedelta(days=1)
    except (ValueError, TypeError):
        return None  # not written by this program: `check` tells that event by itself
    return f"{newest:%d/%m/%Y}" if late else None


# --- the lists ----------------------------------------------------------------------------


def list_differences(connection: Connection, rulebook: Rulebook) -> Iterator[Difference]:
    """Where the lists are not what folding the journal again says."""
    seen: set[str] = set()
    unread: dict[str, list[tuple[str, str]]] = {}

    def tell(dossier: str, event: str, part: str) -> None:
        unread.setdefault(dossier, []).append((event, part))

    every = journal.every(connection, lambda e: tell(e.dossier, e.event, e.part))
    folded = _folded(every, unread, tell)
    while states := list(islice(folded, _CHUNK)):
        seen.update(state.id for state in states)
        yield from _chunk_differences(connection, states, rulebook)
    named = dict(connection.execute("SELECT id, dossier FROM dossiers"))
    for dossier, faults in unread.items():
        for event, part in faults:
            name = named.get(dossier, dossier)
            yield Difference(name, "événement illisible", f"{event} : {part}".strip(" :"))
    for id_, reference in named.items():
        if id_ not in seen and id_ not in unread:
            yield Difference(reference, "dossier sans journal", "aucun événement ne l'ouvre")


def _folded(
    every: Iterable[list[Event]],
    unread: Mapping[str, object],
    tell: Callable[[str, str, str], None],
) -> Iterator[Dossier]:
    """The dossiers whose events can all be read; of the others nothing more is to be said."""
    for events in every:
        dossier = events[0].dossier
        if dossier in unread:
            continue
        try:
            state = fold(events)
        except journal.IMPOSSIBLE:
            tell(dossier, "", "ses événements ne font pas un dossier")
            continue
        if state.id:  # `agir undo` may have voided its very opening
            yield state


class _Listed(NamedTuple):
    """What the lists say of a dossier: its row, and its rows in the tables beside."""

    row: dict[str, Any]
    beside: dict[str, list[tuple[Any, ...]]]


def _chunk_differences(
    connection: Connection, states: list[Dossier], rulebook: Rulebook
) -> Iterator[Difference]:
    recorded = _recorded(connection, [state.id for state in states])
    wanted = _wanted(states, rulebook)
    for state in states:
        expected, found = wanted.get(state.id), recorded.get(state.id)
        name = state.reference or state.id
        if expected is None:
            yield Difference(name, "journal illisible", "ses événements ne font pas un dossier")
            continue
        if found is None:
            yield Difference(name, "dossier absent de la liste", "agir rebuild le remet")
            continue
        yield from _column_differences(name, expected, found)
        for table in FOLDED:
            if sorted(map(_comparable, expected.beside.get(table, ()))) != sorted(
                map(_comparable, found.beside.get(table, ()))
            ):
                yield Difference(name, f"table {table}", "différente de ce que dit le journal")
        for anomaly in state.anomalies:
            yield Difference(name, "anomalie", anomaly_told(anomaly))


def _wanted(states: list[Dossier], rulebook: Rulebook) -> dict[str, _Listed]:
    """What the lists are to say of these dossiers, but for those of which nothing comes out."""
    try:
        rows = projected([judged(state, rulebook) for state in states], rulebook)
    except journal.IMPOSSIBLE:
        alone = [_wanted([state], rulebook) for state in states] if len(states) > 1 else []
        return {dossier: listed for each in alone for dossier, listed in each.items()}
    listed = [
        _Listed({"id": d.id, "dossier": d.reference, "personne": d.person}, {}) for d in states
    ]
    for name, values in rows.dossiers.columns.items():
        for each, value in zip(listed, values, strict=True):
            each.row[name] = value
    for table in rows.folded:
        said = [table.columns[name] for name in FOLDED[table.name][1:]]
        for owner, row in zip(table.owners, zip(*said, strict=True), strict=True):
            listed[owner].beside.setdefault(table.name, []).append(row)
    return {each.row["id"]: each for each in listed}


def _column_differences(name: str, expected: _Listed, found: _Listed) -> Iterator[Difference]:
    for column in DOSSIER_COLUMNS:
        wanted, kept = expected.row.get(column), found.row.get(column)
        if wanted != kept:
            told = f"journal : {_shown(wanted)} ; liste : {_shown(kept)}"
            yield Difference(name, f"colonne {column}", told)


def _shown(value: object) -> str:
    return "rien" if value is None or value == "" else str(value)


def _comparable(row: tuple[Any, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, "" if value is None else str(value)) for value in row)


def _recorded(connection: Connection, ids: list[str]) -> dict[str, _Listed]:
    wanted = json.dumps(ids)
    inside = "IN (SELECT value FROM json_each(?))"
    names = ", ".join(DOSSIER_COLUMNS)
    found = {
        row[0]: _Listed(dict(zip(DOSSIER_COLUMNS, row, strict=True)), {})
        for row in connection.execute(f"SELECT {names} FROM dossiers WHERE id {inside}", (wanted,))
    }
    for table, columns in FOLDED.items():
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE dossier {inside}"
        for dossier, *row in connection.execute(query, (wanted,)):
            if dossier in found:
                found[dossier].beside.setdefault(table, []).append(tuple(row))
    return found
