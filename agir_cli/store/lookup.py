"""Finding a dossier by what people type: reference, AGDREF number, beginning, or name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from agir_cli.domain.identity import (
    AGDREF_DIGITS,
    FORMER,
    looks_like_agdref,
    name_key,
    number_key,
    number_spellings,
)
from agir_cli.domain.vocabulary import Stage
from agir_cli.failures import NotFoundFailure
from agir_cli.store import access, doubles
from agir_cli.store.driver import Connection

_LISTED = 12
_NEAR = 6


class Candidate(NamedTuple):
    """A dossier that a text may mean, with its person and its stage."""

    id: str
    reference: str
    nom: str
    prenoms: str
    date_naissance: str
    etape: str
    motif: str
    person: str
    final: bool
    """Whether its end used the right up."""

    def __str__(self) -> str:
        name = " ".join(part for part in (self.nom, self.prenoms) if part)
        stage = f"  ({Stage(self.etape).label})" if self.etape else ""
        return f"{self.reference}  {name}{stage}"


_COLUMNS = (
    "SELECT d.id, d.dossier, coalesce(p.nom, ''), coalesce(p.prenoms, ''),"
    " coalesce(p.date_naissance, ''), d.etape, coalesce(d.motif, ''), d.personne,"
    " d.definitif IS 'oui'"
)
# Nobody finds what is left of the erased: it is no dossier of anybody.
_OF_SOMEBODY = "SELECT * FROM dossiers WHERE personne NOT IN (SELECT personne FROM statistics)"
_SELECT = f"{_COLUMNS} FROM ({_OF_SOMEBODY}) d LEFT JOIN people p ON p.id = d.personne"
# From the person: SQLite would else walk through every dossier to find one number.
_OF_PERSON = f"{_COLUMNS} FROM people p CROSS JOIN dossiers d ON d.personne = p.id"
_AMONG = _OF_PERSON + " WHERE {} IN (SELECT value FROM json_each(?))"
_FORMERLY = f"{_OF_PERSON} WHERE p.id IN (SELECT person FROM former_keys WHERE key = ?)"


# What stands before the number of a reference: « 44- », « 44B- », leaping over all that begin so.
_NUMBERED = f"""{_SELECT} WHERE d.dossier IN (
    WITH RECURSIVE first(dossier) AS (
        SELECT min(dossier) FROM dossiers UNION ALL
        SELECT (SELECT min(dossier) FROM dossiers
            WHERE dossier > substr(first.dossier, 1, instr(first.dossier, '-')) || '~')
        FROM first WHERE first.dossier IS NOT NULL)
    SELECT substr(dossier, 1, instr(dossier, '-')) || ? FROM first)"""


def find(connection: Connection, text: str) -> list[Candidate]:
    """Every dossier that a text may mean, best kind of match only, by reference.

    Exact reference, then AGDREF number, then the number of a reference, then its beginning, then a
    telephone or an e-mail, then a name (all its words, in any order; each may be only begun).
    """
    return find_each(connection, [text])[text]


def meant(connection: Connection, text: str) -> list[Candidate]:
    """The dossiers that a text means: of one person's, the open one where there is one."""
    found = find(connection, text)
    still_open = [each for each in found if each.etape != "clos"]
    alone = len(still_open) == 1 and len({each.person for each in found}) == 1
    return still_open if alone else found


def find_each(connection: Connection, texts: Iterable[str]) -> dict[str, list[Candidate]]:
    """What `find` finds for each of these texts; names are looked through twice at most."""
    every = list(texts)
    exact = _exactly(connection, every)
    found = {text: exact.get(text) or _by_number(connection, text.strip()) for text in every}
    found |= _by_contact(connection, [text for text, those in found.items() if not those])
    names = {text: _words(text) for text, candidates in found.items() if not candidates}
    return found | _by_name(connection, {text: words for text, words in names.items() if words})


def _exactly(connection: Connection, texts: Sequence[str]) -> dict[str, list[Candidate]]:
    """The dossiers of the texts that are a whole reference: those of most files of acts."""
    wanted = {text: whole_reference(text.strip()) for text in texts}
    known = _of_references(connection, wanted.values())
    return {text: [known[reference]] for text, reference in wanted.items() if reference in known}


def _of_references(connection: Connection, references: Iterable[str]) -> dict[str, Candidate]:
    query = f"{_SELECT} WHERE d.dossier IN (SELECT value FROM json_each(?))"
    rows = map(Candidate._make, connection.execute(query, (json.dumps([*references]),)))
    return {candidate.reference: candidate for candidate in rows}


def _by_number(connection: Connection, wanted: str) -> list[Candidate]:
    """By a number or an id, whole or begun, or by the beginning of a reference."""
    for query, *parameters in _kinds(wanted) if wanted else ():
        found = _candidates(connection, query, *parameters)
        if found:
            return found
    return []


def _by_contact(connection: Connection, texts: Iterable[str]) -> dict[str, list[Candidate]]:
    """By a whole telephone number or e-mail: everybody is looked through, once for all texts."""
    maybe = [text for text in texts if "@" in text or sum(c.isdigit() for c in text) > 8]
    wanted: dict[str, str] = {}
    if maybe:
        from agir_cli.domain.person_values import EMAIL, PHONE
        from agir_cli.domain.values import Malformed

        for text in maybe:
            with suppress(Malformed):
                type_ = EMAIL if "@" in text else PHONE
                wanted[text] = type_.read(text, None).lower()  # type: ignore[arg-type]
    if not wanted:
        return {}
    query = "SELECT id, telephone, courriel FROM people WHERE coalesce(telephone, courriel) <> ''"
    held: dict[str, list[str]] = {}
    for person, *contacts in connection.execute(query):
        for contact in filter(None, contacts):
            if contact.lower() in wanted.values():
                held.setdefault(contact.lower(), []).append(person)
    return {
        text: _candidates(connection, _AMONG.format("p.id"), json.dumps(held[contact]))
        for text, contact in wanted.items()
        if contact in held
    }


def _candidates(connection: Connection, query: str, *parameters: str) -> list[Candidate]:
    rows = connection.execute(f"{query} ORDER BY d.dossier LIMIT 200", parameters)
    return [Candidate(*row) for row in rows]


def _kinds(wanted: str) -> list[tuple[str, ...]]:
    """Each kind of match: its query, and the values of its marks."""
    number = "".join(c for c in wanted if c.isalnum()).upper()
    spellings = json.dumps(number_spellings(number))
    begun = wanted.upper()
    kinds: list[tuple[str, ...]] = [(_AMONG.format("p.agdref"), spellings)]
    if any(c.isdigit() for c in number):
        kinds.append((_FORMERLY, number_key(number)))
    if wanted.isascii() and wanted.isdigit() and len(wanted) < min(AGDREF_DIGITS):
        kinds.append((_NUMBERED, str(int(wanted)).zfill(4)))
    if any(c.isdigit() for c in wanted):
        kinds.append((f"{_SELECT} WHERE {_begins('d.dossier')}", begun, begun))
        if len(number) < min(AGDREF_DIGITS):  # a whole number is never the beginning of one
            kinds.append((f"{_OF_PERSON} WHERE {_begins('p.agdref')}", number, number))
    if len(wanted) >= 8:
        kinds.append((f"{_SELECT} WHERE {_begins('d.id')}", begun, begun))
    return kinds


def _begins(column: str) -> str:
    """SQL: a column begins with a text, given twice; an index is used, as it is not for GLOB."""
    return f"{column} >= ? AND {column} < ? || char(1114111)"


def whole_reference(wanted: str) -> str:
    """The reference as it is written: « 44-42 » is `44-0042`."""
    department, dash, number = wanted.upper().partition("-")
    return f"{department}-{number.zfill(4)}" if dash and number.isdigit() else wanted.upper()


def _words(text: str) -> list[str]:
    """The words of a name; a whole number is none."""
    words = name_key(text, None).split()
    return [] if looks_like_agdref("".join(words)) else words


def _by_name(
    connection: Connection, wanted: Mapping[str, Sequence[str]]
) -> dict[str, list[Candidate]]:
    """Who has all the words of each of these texts: whole words, else words that are only begun."""
    found: dict[str, list[Candidate]] = {}
    for begun in (False, True):
        left = {text: words for text, words in wanted.items() if text not in found}
        holders = _holders(connection, {w for words in left.values() for w in words}, begun=begun)
        for text, words in left.items():
            persons = set.intersection(*[holders.get(word, set()) for word in words])
            if persons:
                ids = json.dumps([*persons])
                found[text] = _candidates(connection, _AMONG.format("p.id"), ids)
    return found


def _holders(connection: Connection, words: set[str], *, begun: bool) -> dict[str, set[str]]:
    """The persons (ids) who have each word among their names, of use and former ones included."""
    lengths = {len(word) for word in words}
    holders: dict[str, set[str]] = {}
    query = (
        "SELECT id, name_key, nom_usage FROM people"
        " UNION ALL SELECT person, key, NULL FROM former_keys"
    )
    for person, key, usage in connection.execute(query) if words else ():
        own = key.split() + (name_key(usage, None).split() if usage else [])
        said = [word[:length] for word in own for length in lengths] if begun else own
        for word in words.intersection(said):
            holders.setdefault(word, set()).add(person)
    return holders


def formerly(connection: Connection, text: str, persons: Iterable[str]) -> dict[str, str]:
    """What each of these persons was called before, where a text means them by it (French)."""
    words = name_key(text, None).split()
    query = (
        "SELECT i.person, i.field, i.former, p.name_key || ' ' || coalesce(p.agdref, '')"
        " FROM identities i JOIN people p ON p.id = i.person"
        " WHERE i.person IN (SELECT value FROM json_each(?)) AND i.former <> '' ORDER BY i.id"
    )
    found: dict[str, dict[str, None]] = {}
    for person, field, former, now in connection.execute(query, (json.dumps([*persons]),)):
        was = name_key(former, None).split() if field in FORMER else ()
        if any(begins.startswith(word) and begins not in now for word in words for begins in was):
            found.setdefault(person, {})[f"{FORMER[field]} {former}"] = None
    return {person: ", ".join(told) for person, told in found.items()}


def dossiers(
    connection: Connection, *, ids: Iterable[str] = (), persons: Iterable[str] = ()
) -> list[Candidate]:
    """These dossiers, and every dossier of these persons, by reference."""
    query = (
        f"{_SELECT} WHERE d.id IN (SELECT value FROM json_each(?))"
        " OR d.personne IN (SELECT value FROM json_each(?)) ORDER BY d.dossier"
    )
    rows = connection.execute(query, (json.dumps([*ids]), json.dumps([*persons])))
    return [Candidate(*row) for row in rows]


def hindering(connection: Connection, person: str, dossier: str) -> Candidate | None:
    """The other dossier of a person beside which this one cannot be open, if there is one."""
    others = [each for each in dossiers(connection, persons=[person]) if each.id != dossier]
    return next((each for each in others if each.final or each.etape != "clos"), None)


def accompanied_by(connection: Connection, referent: str) -> list[str]:
    """The open dossiers (ids) of which this code is a référent, the second one too."""
    query = (
        "SELECT id FROM dossiers WHERE ? IN (referent, second_referent) AND etape <> 'clos'"
        " ORDER BY dossier"
    )
    return [row[0] for row in connection.execute(query, (referent,))]


def names_of(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The family and given names of the persons of these dossiers, by the dossier's id."""
    query = (
        "SELECT d.id, coalesce(p.nom, ''), coalesce(p.prenoms, '') FROM dossiers d JOIN people p"
        " ON p.id = d.personne WHERE d.id IN (SELECT value FROM json_each(?))"
    )
    rows = connection.execute(query, (json.dumps([*ids]),))
    return {id_: (nom, prenoms) for id_, nom, prenoms in rows}


class Booked(NamedTuple):
    """An appointment that is awaited: where and when, and whose."""

    office: str
    day: str
    hour: str
    nature: str
    dossier: str
    reference: str
    household: str | None


def booked_since(connection: Connection, day: str) -> list[Booked]:
    """The appointments of an office and an hour that are awaited from a day (ISO) on."""
    query = """SELECT a.bureau, a.jour, a.heure, a.nature, d.id, d.dossier, d.menage
        FROM appointments AS a JOIN dossiers AS d ON d.id = a.dossier
        WHERE a.jour >= ? AND a.heure IS NOT NULL AND a.bureau IS NOT NULL
        AND a.absent_le IS NULL AND a.tenu_le IS NULL AND d.etape <> 'clos' AND (
            a.nature = 'visite' OR NOT EXISTS (SELECT 1 FROM appointments AS b
            WHERE b.dossier = a.dossier AND b.nature = a.nature AND b.rang > a.rang))
        ORDER BY d.dossier"""
    return [Booked(*row) for row in connection.execute(query, (day,))]


def household(connection: Connection, code: str) -> list[Candidate]:
    """The dossiers with this household code, by reference."""
    rows = connection.execute(f"{_SELECT} WHERE d.menage = ? ORDER BY d.dossier", (code,))
    return [Candidate(*row) for row in rows]


def listed(connection: Connection, dossier: str) -> dict[str, str]:
    """The row of a dossier (its id) in the list: the text of each column that is filled."""
    cursor = connection.execute("SELECT * FROM dossiers WHERE id = ?", (dossier,))
    names = [column[0] for column in cursor.description]
    row = cursor.fetchone() or ()
    return {name: str(value) for name, value in zip(names, row, strict=False) if value is not None}


def near(connection: Connection, text: str) -> list[str]:
    """Dossiers whose name sounds like ``text``, else is spelled nearly like its words."""
    persons = doubles.sounding(connection, text)
    if persons:
        return list(map(str, dossiers(connection, persons=persons)[:_NEAR]))
    from rapidfuzz.fuzz import ratio
    from rapidfuzz.process import extract

    words = [word for word in name_key(text, None).split() if not word.isdigit()]
    holders: dict[str, list[str]] = {}
    query = (
        "SELECT p.name_key, d.dossier FROM dossiers d JOIN people p ON p.id = d.personne UNION ALL"
        " SELECT k.key, d.dossier FROM former_keys k JOIN dossiers d ON d.personne = k.person"
    )
    for key, reference in connection.execute(query) if words else ():
        for word in key.split():
            holders.setdefault(word, []).append(reference)
    alike = [
        each
        for word in words
        for each, *_ in extract(word, holders.keys(), scorer=ratio, limit=4, score_cutoff=75)
    ]
    references = dict.fromkeys(reference for word in alike for reference in holders[word])
    found = _of_references(connection, [*references][:_NEAR])
    return [str(found[reference]) for reference in references if reference in found]


def no_match(connection: Connection, text: str) -> NotFoundFailure:
    """What to say where no dossier is meant: the names that are spelled nearly so."""
    alike = near(connection, text)
    told = ["Orthographe proche :", *(f"  {each}" for each in alike)] if alike else []
    return NotFoundFailure(f"Aucun dossier ne correspond à « {text[:40]} ».", *told)


def find_one(connection: Connection, text: str) -> str:
    """The one dossier (its id) that a text means.

    A person with several dossiers is meant by the open one. Raises `NotFoundFailure` (exit 4)
    with the candidates when there is none, or more than one.
    """
    if not text.strip():
        raise NotFoundFailure("Quel dossier ? Donnez sa référence, un n° AGDREF ou un nom.")
    found = meant(connection, text)
    if len(found) == 1:
        access.saw([found[0].id])
        return found[0].id
    if not found:
        failure = no_match(connection, text)
        failure.details += ("Cherchez-le : agir find NOM   (un début de nom suffit)",)
        raise failure
    listed = [f"  {candidate}" for candidate in found[:_LISTED]]
    left = len(found) - _LISTED
    more = [f"  … et {left} autre{'s' if left > 1 else ''}"] if left > 0 else []
    raise NotFoundFailure(
        f"« {text[:40]} » désigne plusieurs dossiers :",
        *listed,
        *more,
        "Donnez la référence entière.",
    )


def places_taken(connection: Connection, department: str) -> tuple[int, int]:
    """How many dossiers of a department have a contract that runs, and how many wait for one."""
    query = (
        "SELECT count(*) FILTER (WHERE etape = 'accompagnement'),"
        " count(*) FILTER (WHERE etape IN ('diagnostic', 'commission', 'contractualisation'))"
        " FROM dossiers WHERE departement = ?"
    )
    taken, waiting = connection.execute(query, (department,)).fetchone()
    return taken, waiting


def with_several_dossiers(connection: Connection) -> list[str]:
    """The persons (ids) who have several dossiers."""
    query = "SELECT personne FROM dossiers GROUP BY personne HAVING count(*) > 1"
    return [row[0] for row in connection.execute(query)]


def beginning(
    connection: Connection, begun: str, limit: int
) -> list[tuple[str, str | None, str | None]]:
    """The first dossiers whose reference begins so, with the names of their persons."""
    query = f"""SELECT d.dossier, p.nom, p.prenoms FROM ({_OF_SOMEBODY}) AS d
        LEFT JOIN people AS p ON p.id = d.personne
        WHERE d.dossier >= ? AND d.dossier < ? ORDER BY d.dossier LIMIT ?"""
    first = begun.strip().upper()
    return connection.execute(query, (first, first + "~", limit)).fetchall()
