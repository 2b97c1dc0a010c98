"""All that is held on a person, for the answer to them: readable, and as rows of every table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.dates import french
from agir_cli.domain.decisions.correction import in_order_recorded
from agir_cli.domain.fields import FIELDS, change_told
from agir_cli.reports.field_words import shown
from agir_cli.reports.sheet import Data, Section, Sheet, columns, heading_of, prose
from agir_cli.reports.texts import french_text, full_name
from agir_cli.reports.timeline import Names, told
from agir_cli.store.directory import office_names, referent_names
from agir_cli.store.erasure import classes
from agir_cli.store.retention import Duration, durations, holds
from agir_cli.store.stamp import paris_moment

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection
    from agir_cli.store.erasure import Column

_IN = "IN (SELECT value FROM json_each(:{}))"
_EVENTS = f"event IN (SELECT id FROM events WHERE dossier {_IN.format('dossiers')})"
_BY_PERSON = {
    "people": "id", "identities": "person", "former_keys": "person", "purge_notices": "personne",
    "beside_records": "personne",
}  # fmt: skip
_BY_DOSSIER = (
    "events", "spans", "situations", "rights", "steps", "interviews", "interviews_due",
    "appointments", "ties", "listing_rows", "run_lines",
)  # fmt: skip
WHOSE: Mapping[str, str] = {
    **{table: f"{column} {_IN.format('persons')}" for table, column in _BY_PERSON.items()},
    **{table: f"dossier {_IN.format('dossiers')}" for table in _BY_DOSSIER},
    "dossiers": f"id {_IN.format('dossiers')}",
    "texts": _EVENTS,
}
"""Which rows of each table are a person's; the memory of used-up rights is asked by its key."""


class Asked(NamedTuple):
    """Whose data is asked for; ``memory``: lines of used-up rights, and ``accesses``, as told."""

    persons: Sequence[str]
    dossiers: Sequence[str]
    memory: Sequence[tuple[str, str]]
    accesses: Sequence[tuple[str, str, str]]


def rows_of(connection: Connection, asked: Asked) -> dict[str, list[dict[str, Any]]]:
    """Every row that is theirs, table by table: the columns that the person is given."""
    found = {}
    for table, whose in WHOSE.items():
        given = [*_given(table)]
        query = f"SELECT {', '.join(given)} FROM {table} WHERE {whose} ORDER BY 1"
        cursor = connection.execute(query, _values(asked))
        rows = [dict(zip(given, row, strict=True)) for row in cursor]
        found[table] = [{n: v for n, v in row.items() if v is not None} for row in rows]
    for event in found["events"]:
        event["payload"] = json.loads(event["payload"])
    return found


def _given(table: str) -> dict[str, Column]:
    """The columns of a table that the person is given."""
    return {name: column for name, column in classes()[table].items() if column.given}


def whole(connection: Connection, asked: Asked, day: date) -> dict[str, Any]:
    """The answer for a machine: rows, where they come from, who was given them, how long, who saw.

    Each table says what its columns are: personal, coded or technical, and their duration.
    """
    return {
        "au": day.isoformat(),
        "donnees": rows_of(connection, asked),
        "colonnes": {
            table: {
                name: {"nature": column.nature, "duree": column.duration}
                for name, column in _given(table).items()
            }
            for table in WHOSE
        },
        "memoire_des_droits_epuises": [" : ".join(line) for line in asked.memory],
        "sources": [*_sources(connection, asked)],
        "destinataires": [*_recipients(connection, asked)],
        "retenues": [each._asdict() for each in holds(connection, asked.dossiers)],
        "durees": [each._asdict() for each in durations(connection, day).values()],
        "acces": [
            dict(zip(("quand", "qui", "action"), each, strict=True)) for each in asked.accesses
        ],
    }


def readable(connection: Connection, asked: Asked, day: date) -> Sheet:
    """The answer for a person, section by section; the same as lines for a spreadsheet."""
    parts = [(title, [*lines]) for title, lines in _parts(connection, asked, day)]
    two = columns(("donnee", "valeur"), donnee="Donnée", valeur="Valeur")
    flat = [(title, *line) for title, lines in parts for line in lines]
    known = columns(("rubrique", "donnee", "valeur"), rubrique="Rubrique", donnee="Donnée",
                    valeur="Valeur")  # fmt: skip
    names = _names(connection, asked)
    return Sheet(
        title=f"Ce que le fichier sait de {' ; '.join(names)}",
        notes=[f"Au {day:%d/%m/%Y}. Réponse à une demande d'accès (RGPD, article 15)."],
        sections=[
            *(Section(title, two, lines) for title, lines in parts if lines),
            prose("Vos droits", _RIGHTS),
        ],
        data=Data(known, flat),
    )


_RIGHTS = (
    "Vous pouvez demander qu'une erreur soit corrigée, que vos données soient effacées, ou que leur"
    " usage soit limité, et dire que vous ne voulez plus être contacté. La réponse vient dans le"
    " mois. Vous pouvez aussi écrire à la CNIL (3 place de Fontenoy, 75007 Paris ; cnil.fr).",
)


def _names(connection: Connection, asked: Asked) -> list[str]:
    query = f"SELECT nom, prenoms FROM people WHERE {WHOSE['people']}"
    return [full_name(*row) for row in connection.execute(query, _values(asked))]


def _values(asked: Asked) -> dict[str, str]:
    return {"persons": json.dumps(asked.persons), "dossiers": json.dumps(asked.dossiers)}


Lines = Iterable[tuple[str, str]]


def _parts(connection: Connection, asked: Asked, day: date) -> Iterator[tuple[str, Lines]]:
    rows = rows_of(connection, asked)
    for person in rows["people"]:
        yield "Identité et coordonnées", _fields(person)
    yield "Anciens noms, numéros, naissances", (
        (f"{paris_moment(each['recorded_at'])}, par {each['author']}",
         change_told(each["field"], each.get("former"), each.get("current")))
        for each in rows["identities"]
    )  # fmt: skip
    names = _directory(connection)
    for dossier in rows["dossiers"]:
        yield f"Dossier {dossier['dossier']}", _fields(dossier, names)
    yield "Ce qui s'est passé", _happened(connection, asked)
    yield "Notes", ((_label(each["field"]), each["value"]) for each in rows["texts"])
    yield "D'où cela vient", _sources(connection, asked)
    yield "À qui cela a été transmis", _recipients(connection, asked)
    yield "Mémoire des droits épuisés", asked.memory
    yield (
        "Retenu : rien n'en est effacé",
        ((each.whose, each.told) for each in holds(connection, asked.dossiers)),
    )
    yield "Combien de temps c'est gardé", _kept(rows, durations(connection, day))
    yield (
        "Qui a ouvert le dossier",
        ((when, f"{who} : {what}") for when, who, what in asked.accesses),
    )


def _directory(connection: Connection) -> Names:
    return Names(referent_names(connection), office_names(connection))


def _fields(row: Mapping[str, Any], names: Names | None = None) -> Lines:
    """The values of a row in words; the bounds that follow from a date are left to the machine."""
    said = {**names.referents, **names.offices} if names else {}
    by_code = ("referent", "second_referent", "bureau")
    return (
        (heading_of(name), said.get(value, value) if name in by_code else shown(name, value))
        for name, value in row.items()
        if value != "" and not name.endswith(("_min", "_max"))
    )


def _label(name: str) -> str:
    return FIELDS[name].label if name in FIELDS else name


def _happened(connection: Connection, asked: Asked) -> Lines:
    from agir_cli.store.journal import load

    names = _directory(connection)
    for events in load(connection, asked.dossiers, words=True).values():
        for _, event in in_order_recorded(events):
            words = told(event, names)
            detail = f"{words.title} ; {words.detail}" if words.detail else words.title
            by = f"saisi par {event.author} le {paris_moment(event.recorded_at)}"
            yield (french(event.on) if event.on else "sans date"), f"{detail} ({by})"


def _sources(connection: Connection, asked: Asked) -> Lines:
    """Which files brought something of it, and who typed the rest."""
    whose = WHOSE["events"]
    query = f"""SELECT b.commande, b.fichier, b.enregistre_le, b.auteur FROM batches AS b
        WHERE b.id IN (SELECT batch FROM events WHERE {whose}) ORDER BY b.id"""
    for command, name, moment, author in connection.execute(query, _values(asked)):
        yield f"Fichier « {name} »", f"{command}, le {paris_moment(moment)}, par {author}"
    query = f"""SELECT author, count(*), min(recorded_at), max(recorded_at) FROM events
        WHERE {whose} AND batch IS NULL GROUP BY 1 ORDER BY 3"""
    for author, count, first, last in connection.execute(query, _values(asked)):
        days = f"du {french_text(first[:10])} au {french_text(last[:10])}"
        yield f"Saisie par {author}", f"{count} actes, {days}"


def _recipients(connection: Connection, asked: Asked) -> Lines:
    """Who was given something of it, as far as the file knows."""
    query = f"""SELECT r.numero, r.ligne, l.envoye_le FROM listing_rows AS r
        JOIN listings AS l ON l.numero = r.numero WHERE r.{WHOSE["listing_rows"]} ORDER BY 1"""
    for number, line, day in connection.execute(query, _values(asked)):
        yield "OFII", f"listing n° {number}, ligne {line}, du {french_text(day)}"
    query = f"""SELECT count(*) FROM events WHERE kind = 'paper_made' AND {WHOSE["events"]}"""
    (papers,) = connection.execute(query, _values(asked)).fetchone()
    if papers:
        yield "La personne", f"{papers} papiers ou messages préparés (voir ce qui s'est passé)"
    yield "L'équipe AGIR", "les personnes habilitées du département"


def _kept(rows: Mapping[str, Sequence[Mapping[str, Any]]], known: Mapping[str, Duration]) -> Lines:
    used = {column.duration for table, held in rows.items() if held
            for column in _given(table).values()}  # fmt: skip
    if "personne" in used and not any(each.get("date_contrat") for each in rows["dossiers"]):
        used = {*used, "propose"} - {"personne"}
    for code, each in known.items():
        if code in used | {"acces", "sauvegardes", "memoire"}:
            yield (
                each.what.replace("Les mêmes,", "Identité, coordonnées, notes et parcours"),
                f"{each}, depuis : {each.start} ; ensuite : {each.then} ({each.source})",
            )
