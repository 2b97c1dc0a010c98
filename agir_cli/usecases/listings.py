"""The monthly listing of liaison requests: who is on it, sending it, printing it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from agir_cli.domain.dates import edtf, exactly, french
from agir_cli.domain.decisions.common import Accepted
from agir_cli.domain.decisions.liaison import send_listing
from agir_cli.domain.decisions.ofii import pending
from agir_cli.domain.fields import FIELDS, change_told
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import Status, in_sentence
from agir_cli.failures import NotFoundFailure, UsageFailure
from agir_cli.store import listings, people
from agir_cli.store.batches import Batch, keep_batch
from agir_cli.store.file import consulting
from agir_cli.store.stamp import ulids
from agir_cli.usecases.ledger import Ledger, Visitor, looking, transaction

COLUMNS = (
    "listing", "ligne", "dossier", "agdref", "nom", "prenoms", "nom_usage", "date_naissance",
    "nationalite", "statut", "date_statut", "date_cir", "commune_residence", "commune_domicile",
    "date_fiche", "prescripteur", "prescripteur_courriel",
)  # fmt: skip
MASKED = "effacé"
SEND = "liaison send"
_IDENTITY = ("agdref", "nom", "prenoms", "nom_usage", "date_naissance", "nationalite")


class HeldBack(NamedTuple):
    """A form that waits and does not leave: what OFII needs is missing, or it is of a later day."""

    dossier: str
    form_on: str
    missing: tuple[str, ...] = ()


class SinceLast(NamedTuple):
    """What became of the requests sent before: since the last listing, and on those that wait."""

    number: int
    sent_on: str
    answered: int
    waiting: int
    changed: tuple[tuple[str, int, str], ...]
    """Who waits for OFII and is no more as it was sent: dossier, listing, « Nom : A → B »."""


class Listing(NamedTuple):
    """One numbered listing: its rows are what OFII needs, and nothing else."""

    number: int
    month: str
    sent_on: str
    rows: tuple[tuple[str, ...], ...]
    held_back: tuple[HeldBack, ...] = ()
    since: SinceLast | None = None
    batch: str = ""


def look(visitor: Visitor, month: str, on: date) -> Listing:
    """The listing that `send` would number, with nothing recorded; without rows when none would."""
    with looking(visitor) as ledger:
        return _listing(ledger, month, on)[0]


def send(
    visitor: Visitor, month: str, on: date, write: Callable[[Listing], None] | None = None
) -> Listing | None:
    """Number the listing of every form that can leave on that day; ``None`` when there is none.

    It is a batch: `undo` takes it back whole while OFII has not answered. ``write`` is called
    before anything is recorded: what it raises leaves every form waiting.
    """
    batch = next(ulids())
    with transaction(visitor, batch=batch) as ledger:
        listing, rows = _listing(ledger, month, on)
        if not rows:
            return None
        listing = listing._replace(batch=batch)
        for line, (dossier, _) in enumerate(rows, 1):
            decision = send_listing(ledger.state(dossier), exactly(on), listing.number, line)
            assert isinstance(decision, Accepted)  # a form waits, or it would not be listed
            ledger.append(dossier, decision.drafts)
        _keep(ledger, listing, rows)
        if write is not None:
            write(listing)
    return listing


Rows = list[tuple[str, tuple[str, ...]]]


def _listing(ledger: Ledger, month: str, on: date) -> tuple[Listing, Rows]:
    """The listing of a day, and its rows with their dossiers (ids)."""
    if on > ledger.context.today:
        raise UsageFailure("Un listing ne part pas un jour à venir : vérifiez la date.")
    number = listings.next_listing(ledger.connection)
    rows: Rows = []
    held: list[HeldBack] = []
    for id_ in listings.to_send(ledger.connection):
        state = ledger.state(id_)
        request = pending(state)
        if request is None or request.sent_on is not None:
            continue
        row = _row(ledger, id_, number, len(rows) + 1)
        missing = _missing(row)
        if missing or (request.on is not None and request.on.earliest > on):
            form = edtf(request.on) if request.on else ""
            held.append(HeldBack(state.reference, form, missing))
        else:
            rows.append((id_, row))
    said = tuple(row for _, row in rows)
    since = _since_last(ledger)
    return Listing(number, month, on.isoformat(), said, tuple(held), since), rows


_NEEDED = ("date_naissance", "statut", "date_cir", "commune_residence")
"""Without these OFII can study no request [D]; the commune may be that of the domicile."""


def _missing(row: Sequence[str]) -> tuple[str, ...]:
    said = dict(zip(COLUMNS, row, strict=True))
    said["commune_residence"] = said["commune_residence"] or said["commune_domicile"]
    if said["statut"] == Status.JOINER:
        said["date_cir"] = said["date_cir"] or "—"  # who joins may have signed none
    return tuple(name for name in _NEEDED if not said[name])


_OF_THE_FORM = ("souhait", "prescripteur", "flyer_remis")
"""What the form itself should say; without it, it leaves all the same."""


def lacking(ledger: Ledger, dossier: str) -> Iterator[Finding]:
    """Warning: what a form that waits lacks, and what it may not be listed without."""
    state = ledger.state(dossier)
    request = pending(state)
    if request is None or request.sent_on is not None or request.souhait is False:
        return
    found, facts = people.person_of(ledger.connection, dossier), state.facts
    said = {  # whoever comes in with this row is written after it: nothing is said of their birth
        "date_naissance": found[1]["date_naissance"] if found else "—",
        "statut": facts.statut, "date_cir": state.cir or (facts.statut is Status.JOINER or None),
        "commune_residence": facts.commune_residence or facts.commune_domicile,
    }  # fmt: skip
    needed = tuple(name for name in _NEEDED if not said[name])
    told = {"prescripteur": ledger.words(dossier).get("prescripteur"), **request._asdict()}
    unsaid = tuple(name for name in _OF_THE_FORM if told[name] is None)
    form = f"liaison add --on {french(request.on)}" if request.on else "liaison add"
    typed = [
        f"agir {verb} {state.reference} {' '.join(f'{FIELDS[name].option} …' for name in names)}"
        for verb, names in (("enroll --dossier", needed), (form, unsaid))
        if names
    ]
    labels = [in_sentence(FIELDS[name].label) for name in (*needed, *unsaid)]
    held = ", ".join(labels[: len(needed)])
    if labels:
        yield finding(
            "fiche_incomplete", manque=", ".join(labels), commandes=" ; ".join(typed),
            attend=f" (elle ne partira pas à l'OFII sans : {held})" if held else "",
        )  # fmt: skip


def _since_last(ledger: Ledger) -> SinceLast | None:
    number = listings.last_listing(ledger.connection)
    kept = listings.kept_listing(ledger.connection, number)
    if kept is None:
        return None
    _, sent_on, contents = kept
    waits = listings.unanswered(ledger.connection)
    changed: list[tuple[str, int, str]] = []
    for dossier, listing, line, content in listings.rows_of(ledger.connection, waits):
        if content is None or waits[dossier] != listing:
            continue
        was, now = json.loads(content), _row(ledger, dossier, listing, line)
        told = [
            change_told(name, before, after)
            for name, before, after in zip(COLUMNS[3:], was[3:], now[3:], strict=True)
            if before != after
        ]
        changed += [(now[2], listing, each) for each in told]
    still = sum(listing == number for listing in waits.values())
    return SinceLast(number, sent_on, len(contents) - still, len(waits), tuple(changed))


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


def _keep(ledger: Ledger, listing: Listing, rows: Rows) -> None:
    contents = [(dossier, json.dumps(row, ensure_ascii=False)) for dossier, row in rows]
    digest = sha256("\n".join(content for _, content in contents).encode()).hexdigest()
    sent = listings.Sent(listing.number, listing.month, listing.sent_on, digest, contents)
    listings.keep_listing(ledger.connection, sent, ledger.stamp.author)
    count, (author, _, moment, batch) = len(rows), ledger.stamp
    name = f"listing n° {listing.number} ({listing.month})"
    kept = Batch(batch or "", SEND, name, count, 0, count, 0, 0, 0, moment, author, None)
    keep_batch(ledger.connection, kept, digest)


def again(visitor: Visitor, number: int) -> Listing:
    """An earlier listing, as it was sent. Raises `NotFoundFailure`."""
    with consulting(visitor.path) as connection:
        kept = listings.kept_listing(connection, number)
    if kept is None:
        raise NotFoundFailure(f"Il n'y a pas de listing n° {number}, ou il a été annulé.")
    month, sent_on, contents = kept
    masked = [MASKED] * (len(COLUMNS) - 2)
    rows = tuple(
        tuple(json.loads(content)) if content else (str(number), str(line), *masked)
        for line, content in contents
    )
    return Listing(number, month, sent_on, rows)
