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
from agir_cli.failures import NotFoundFailure
from agir_cli.store import journal, settings
from agir_cli.store.driver import Connection
from agir_cli.usecases.desk import Desk
from agir_cli.usecases.office import Visitor, at_desk, consulting

COLUMNS = (
    "listing", "ligne", "dossier", "agdref", "nom", "prenoms", "nom_usage", "date_naissance",
    "nationalite", "statut", "date_statut", "date_cir", "commune_residence", "commune_domicile",
    "date_fiche", "prescripteur", "prescripteur_courriel",
)  # fmt: skip
MASKED = "effacé"


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


_PENDING = (
    "SELECT d.id, d.dossier, coalesce(p.nom, ''), coalesce(p.prenoms, ''),"
    " d.date_fiche, coalesce(d.date_envoi, ''), coalesce(d.listing, ''),"
    " coalesce(s.depart_min, '')"
    " FROM spans s JOIN dossiers d ON d.id = s.dossier LEFT JOIN people p ON p.id = d.personne"
    " WHERE s.nature = 'liaison' AND s.fin_max IS NULL AND s.cause = ?"
    " ORDER BY s.depart_min, d.dossier"
)


def waiting(visitor: Visitor) -> tuple[list[Waiting], list[Waiting]]:
    """The requests to be sent, and those that wait for OFII, oldest first."""
    with consulting(visitor.path) as connection:
        return (
            _waiting(connection, "fiche", visitor.today),
            _waiting(connection, "listing", visitor.today),
        )


def _waiting(connection: Connection, cause: str, today: date) -> list[Waiting]:
    found = []
    for _, reference, nom, prenoms, form, sent, number, since in connection.execute(
        _PENDING, (cause,)
    ):
        age = (today - date.fromisoformat(since)).days if since else 0
        found.append(Waiting(reference, nom, prenoms, form, sent, str(number), age))
    return found


def send(
    visitor: Visitor, month: str, on: date, write: Callable[[Listing], None] | None = None
) -> Listing | None:
    """Number the listing of every form that waits to be sent; ``None`` when there is none.

    ``write`` is called before anything is recorded: what it raises leaves every form waiting.
    """
    with at_desk(visitor) as desk:
        ids = _to_send(desk)
        if not ids:
            return None
        number = settings.next_numbers(desk.connection, "listing") + 1
        rows: list[tuple[str, tuple[str, ...]]] = []
        for dossier in ids:
            decision = send_listing(desk.state(dossier), exactly(on), number, len(rows) + 1)
            if isinstance(decision, Accepted) and decision.drafts:
                rows.append((dossier, _row(desk, dossier, number, len(rows) + 1)))
                desk.record(dossier, decision.drafts)
        listing = Listing(number, month, on.isoformat(), tuple(row for _, row in rows))
        _keep(desk, listing, rows)
        desk.save()
        if write is not None:
            write(listing)
    return listing


def _to_send(desk: Desk) -> list[str]:
    ids = [row[0] for row in desk.connection.execute(_PENDING, ("fiche",))]
    return [
        id_
        for id_ in ids
        if (request := pending(desk.state(id_))) is not None and request.sent_on is None
    ]


def _row(desk: Desk, dossier: str, number: int, line: int) -> tuple[str, ...]:
    state = desk.state(dossier)
    names = ", ".join(f"p.{n}" for n in ("agdref", "nom", "prenoms", "nom_usage", "date_naissance"))
    person = desk.connection.execute(
        f"SELECT {names}, p.nationalite FROM people p WHERE p.id = ?", (state.person,)
    ).fetchone()
    texts = _words(desk, dossier)
    request = pending(state)
    facts = state.facts
    places = [_place(p) for p in (facts.commune_residence, facts.commune_domicile)]
    cells = (
        str(number), str(line), state.reference, *(person or ("",) * 6), facts.statut or "",
        edtf(facts.date_statut) if facts.date_statut else "", edtf(state.cir) if state.cir else "",
        *places, edtf(request.on) if request and request.on else "",
        texts.get("prescripteur", ""), texts.get("prescripteur_courriel", ""),
    )  # fmt: skip
    return tuple("" if cell is None else str(cell) for cell in cells)


def _words(desk: Desk, dossier: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for events in journal.load(desk.connection, [dossier], words=True).values():
        for event in events:
            found.update(event.texts)
    return found


def _place(place: object) -> str:
    from agir_cli.domain.places import Place
    from agir_cli.store.reference import load_gazetteer

    if not isinstance(place, Place):
        return ""
    return load_gazetteer().name(place.insee) if place.insee else place.postal or place.department


def _keep(desk: Desk, listing: Listing, rows: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    settings.keep_number(desk.connection, "listing", listing.number)
    contents = [json.dumps(row, ensure_ascii=False) for _, row in rows]
    digest = sha256("\n".join(contents).encode()).hexdigest()
    desk.connection.execute(
        "INSERT INTO listings (numero, mois, envoye_le, empreinte, auteur) VALUES (?, ?, ?, ?, ?)",
        (listing.number, listing.month, listing.sent_on, digest, desk.stamp.author),
    )
    desk.connection.executemany(
        "INSERT INTO listing_rows (numero, ligne, dossier, contenu) VALUES (?, ?, ?, ?)",
        [
            (listing.number, line, dossier, content)
            for line, ((dossier, _), content) in enumerate(zip(rows, contents, strict=True), 1)
        ],
    )


def again(visitor: Visitor, number: int) -> Listing:
    """An earlier listing, as it was sent. Raises `NotFoundFailure`."""
    with consulting(visitor.path) as connection:
        head = connection.execute(
            "SELECT mois, envoye_le FROM listings WHERE numero = ?", (number,)
        ).fetchone()
        if head is None:
            raise NotFoundFailure(f"Il n'y a pas de listing n° {number}.")
        contents = connection.execute(
            "SELECT ligne, contenu FROM listing_rows WHERE numero = ? ORDER BY ligne", (number,)
        ).fetchall()
    masked = [MASKED] * (len(COLUMNS) - 2)
    rows = tuple(
        tuple(json.loads(content)) if content else (str(number), str(line), *masked)
        for line, content in contents
    )
    return Listing(number, head[0], head[1], rows)
