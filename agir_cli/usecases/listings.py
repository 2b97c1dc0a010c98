"""The monthly listing of liaison requests: who is on it, sending it, printing it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from agir_cli.domain.dates import edtf, exactly
from agir_cli.domain.decisions.common import Accepted
from agir_cli.domain.decisions.liaison import send_listing
from agir_cli.domain.decisions.ofii import pending
from agir_cli.failures import NotFoundFailure, UsageFailure
from agir_cli.store import listings, people
from agir_cli.store.file import consulting
from agir_cli.usecases.ledger import Ledger, Visitor, transaction

COLUMNS = (
    "listing", "ligne", "dossier", "agdref", "nom", "prenoms", "nom_usage", "date_naissance",
    "nationalite", "statut", "date_statut", "date_cir", "commune_residence", "commune_domicile",
    "date_fiche", "prescripteur", "prescripteur_courriel",
)  # fmt: skip
MASKED = "effacé"
_IDENTITY = ("agdref", "nom", "prenoms", "nom_usage", "date_naissance", "nationalite")


class Listing(NamedTuple):
    """One numbered listing: its rows are what OFII needs, and nothing else."""

    number: int
    month: str
    sent_on: str
    rows: tuple[tuple[str, ...], ...]


class Waiting(NamedTuple):
    """A liaison request that waits: to be sent, or for OFII's answer."""

    dossier: str
    nom: str
    prenoms: str
    form_on: str
    sent_on: str
    listing: str
    age_days: int


def waiting(visitor: Visitor) -> tuple[list[Waiting], list[Waiting]]:
    """The requests to be sent, and those that wait for OFII, oldest first."""
    with consulting(visitor.path) as connection:
        found = listings.to_send(connection), listings.unanswered(connection)
    to_send, unanswered = ([_aged(each, visitor.today) for each in part] for part in found)
    return to_send, unanswered


def _aged(each: listings.Request, today: date) -> Waiting:
    age = (today - date.fromisoformat(each.since)).days if each.since else 0
    return Waiting(*each[1:-1], age)


def send(
    visitor: Visitor, month: str, on: date, write: Callable[[Listing], None] | None = None
) -> Listing | None:
    """Number the listing of every form that waits to be sent; ``None`` when there is none.

    ``write`` is called before anything is recorded: what it raises leaves every form waiting.
    """
    with transaction(visitor) as ledger:
        if on > ledger.context.today:
            raise UsageFailure("Un listing ne part pas un jour à venir : vérifiez la date.")
        ids = _to_send(ledger)
        if not ids:
            return None
        number = listings.next_listing(ledger.connection)
        rows: list[tuple[str, tuple[str, ...]]] = []
        for dossier in ids:
            decision = send_listing(ledger.state(dossier), exactly(on), number, len(rows) + 1)
            if isinstance(decision, Accepted) and decision.drafts:
                rows.append((dossier, _row(ledger, dossier, number, len(rows) + 1)))
                ledger.append(dossier, decision.drafts)
        listing = Listing(number, month, on.isoformat(), tuple(row for _, row in rows))
        _keep(ledger, listing, rows)
        if write is not None:
            write(listing)
    return listing


def _to_send(ledger: Ledger) -> list[str]:
    return [
        id_
        for id_, *_ in listings.to_send(ledger.connection)
        if (request := pending(ledger.state(id_))) is not None and request.sent_on is None
    ]


def _row(ledger: Ledger, dossier: str, number: int, line: int) -> tuple[str, ...]:
    state = ledger.state(dossier)
    found = people.person_of(ledger.connection, dossier)
    person = [found[1][name] for name in _IDENTITY] if found else ("",) * len(_IDENTITY)
    texts = ledger.words(dossier)
    request = pending(state)
    facts = state.facts
    places = [_place(p) for p in (facts.commune_residence, facts.commune_domicile)]
    cells = (
        str(number), str(line), state.reference, *person, facts.statut or "",
        edtf(facts.date_statut) if facts.date_statut else "", edtf(state.cir) if state.cir else "",
        *places, edtf(request.on) if request and request.on else "",
        texts.get("prescripteur", ""), texts.get("prescripteur_courriel", ""),
    )  # fmt: skip
    return tuple("" if cell is None else str(cell) for cell in cells)


def _place(place: object) -> str:
    from agir_cli.domain.places import Place
    from agir_cli.store.reference import load_gazetteer

    if not isinstance(place, Place):
        return ""
    return load_gazetteer().name(place.insee) if place.insee else place.postal or place.department


def _keep(ledger: Ledger, listing: Listing, rows: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    contents = [(dossier, json.dumps(row, ensure_ascii=False)) for dossier, row in rows]
    digest = sha256("\n".join(content for _, content in contents).encode()).hexdigest()
    sent = listings.Sent(listing.number, listing.month, listing.sent_on, digest, contents)
    listings.keep_listing(ledger.connection, sent, ledger.stamp.author)


def again(visitor: Visitor, number: int) -> Listing:
    """An earlier listing, as it was sent. Raises `NotFoundFailure`."""
    with consulting(visitor.path) as connection:
        kept = listings.kept_listing(connection, number)
    if kept is None:
        raise NotFoundFailure(f"Il n'y a pas de listing n° {number}.")
    month, sent_on, contents = kept
    masked = [MASKED] * (len(COLUMNS) - 2)
    rows = tuple(
        tuple(json.loads(content)) if content else (str(number), str(line), *masked)
        for line, content in contents
    )
    return Listing(number, month, sent_on, rows)
