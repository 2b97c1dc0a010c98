"""Files for the tests of reports: invented persons, events written by the journal itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from agir_cli.domain.dates import parse_date, parse_moment
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.identity import name_key
from agir_cli.domain.vocabulary import OfiiOutcome
from agir_cli.store import directory
from agir_cli.store.driver import Connection, writing
from agir_cli.store.file import create_file
from agir_cli.store.rulebook import shipped
from agir_cli.store.stamp import Stamp, encode_ulid
from agir_cli.usecases.ledger import Ledger

STAMP = Stamp("Camille Essai", "A", "2023-11-01T08:00:00.000000Z")
DAY = date(2023, 10, 9)


def new_file(path: Path) -> Connection:
    """An empty agir file with the shipped offices."""
    connection = create_file(path)
    with writing(connection):
        directory.seed(connection)
    return connection


def event(kind: Kind, on: str | None = None, /, *, words: Mapping[str, str] | None = None,
          **payload: Any) -> Draft:  # fmt: skip
    """A draft whose day is written as a person writes it."""
    return Draft(kind, parse_date(on) if on else None, payload, words or {})


def opened(reference: str, number: int, **facts: Any) -> Draft:
    payload = {"dossier": reference, "personne": id_of(number), "departement": reference[:2]}
    return Draft(Kind.DOSSIER_OPENED, None, payload | facts)


def id_of(number: int) -> str:
    return encode_ulid(number)


def add(
    connection: Connection,
    number: int,
    *events: Draft,
    department: str = "44",
    nom: str | None = None,
    prenoms: str | None = "Essai",
    facts: Mapping[str, Any] | None = None,
    person: Mapping[str, str] | None = None,
) -> str:
    """A dossier ``44-0042`` of person ``NOM42``; its id."""
    values = {"nom": nom or f"INVENTÉ-{number}", "prenoms": prenoms, **(person or {})}
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    reference = f"{department}-{number:04d}"
    drafts = [opened(reference, number, **(facts or {})), *events]
    with writing(connection):
        connection.execute(
            f"INSERT INTO people (id, name_key, {names}) VALUES (?, ?, {marks})",
            (id_of(number), name_key(values["nom"], prenoms), *values.values()),
        )
        put_down(connection, {id_of(number): drafts})
    return id_of(number)


def put_down(connection: Connection, drafts: Mapping[str, Sequence[Draft]]) -> None:
    """Record drafts on dossiers (ids), in the caller's transaction."""
    ledger = Ledger(connection, shipped(), DAY, STAMP)
    for dossier, each in drafts.items():
        ledger.append(dossier, each)
    ledger.write()


def accepted(cir: str, orientation: str) -> list[Draft]:
    """A person of the direct route whose orientation was accepted."""
    return [event(Kind.CIR_SIGNED, cir), event(Kind.ORIENTATION_ACCEPTED, orientation)]


def validated(on: str) -> Draft:
    return event(Kind.OFII_VALIDATED, on, decision_ofii=OfiiOutcome.VALIDATED)


def booked(kind: Kind, on: str, moment: str, office: str = "44-C1") -> Draft:
    name = "date_rdv_diagnostic" if kind is Kind.DIAGNOSIS_BOOKED else "date_rdv_contrat"
    return event(kind, on, **{name: parse_moment(moment), "bureau": office})


def references(rows: Iterable[Any], place: int = 1) -> list[str]:
    return [row[place] for row in rows]
