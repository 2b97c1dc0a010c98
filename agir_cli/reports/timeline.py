"""`report timeline`: one dossier's life, from the arrival in France to today and its deadlines.

Everything comes from the events: what happened, what was planned, what was voided and why;
then the clocks, with how each was kept. Dates keep the precision they were given with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.domain.dates import PartialDate, edtf, french, french_day, french_until
from agir_cli.domain.deadlines import spans
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import assess
from agir_cli.domain.events import RANK, Event, Kind
from agir_cli.domain.folding import fold
from agir_cli.domain.route import stage
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import Domain
from agir_cli.reports.sheet import Data, Section, Sheet, columns
from agir_cli.reports.texts import french_due, weekday_date
from agir_cli.reports.timeline_deadlines import Told, deadlines_of
from agir_cli.reports.timeline_words import Names, told

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

COLUMNS = ("date", "precision", "domaine", "evenement", "detail", "source")

_HIDDEN = frozenset({Kind.DOSSIER_OPENED, Kind.FACTS_RECORDED, Kind.EVENT_VOIDED})
_LAST = date.max


class Entry(NamedTuple):
    """One line of a life. ``date`` is an EDTF text, empty for an undated step.

    ``precision``: ``jour``, ``mois``, ``annee``, ``intervalle`` or ``inconnue``. ``domaine``: a
    code of `Domain` for steps, else ``parcours``, ``situation``, ``suivi`` or ``echeance``.
    """

    date: str
    precision: str
    domaine: str
    evenement: str
    detail: str
    source: str
    on: PartialDate | None = None
    voided: bool = False
    planned: bool = False
    """It is to come: a planned step, a deadline that runs."""


class Life(NamedTuple):
    """A dossier's timeline, and what its heading says."""

    reference: str
    name: str
    stage: str
    route: str
    right: str
    """The end of the right, as a sentence; empty before the contract."""
    entries: tuple[Entry, ...]


def life(connection: Connection, dossier: str, day: date, *, past: bool = False) -> Life:
    """The timeline of the dossier of that id on ``day``.

    ``past``: leave out what took effect after ``day``, but for planned steps.
    """
    from agir_cli.store.journal import load
    from agir_cli.store.settings import rulebook_of

    events = load(connection, [dossier], words=True).get(dossier, [])
    row = connection.execute(
        "SELECT p.nom, p.prenoms FROM dossiers AS d JOIN people AS p ON p.id = d.personne"
        " WHERE d.id = ?",
        (dossier,),
    ).fetchone()
    names = Names(
        dict(connection.execute("SELECT code, nom FROM referents")),
        dict(connection.execute("SELECT bureau, nom FROM offices")),
    )
    name = " ".join(part for part in row or () if part)
    kept = [e for e in events if not past or _taken(e, day)]
    return timeline(kept, name, day, rulebook_of(connection), names)


def _taken(event: Event, day: date) -> bool:
    return event.on is None or event.on.latest <= day or event.kind is Kind.STEP_RECORDED


def timeline(
    events: Sequence[Event], name: str, day: date, rulebook: Rulebook, names: Names
) -> Life:
    """The timeline that these events tell on ``day``."""
    state = fold(events)
    known = assess(state, rulebook)
    awaited = stage(state, known.route)
    every = spans(state, known.route, awaited, rulebook.clocks)
    happened = [*_facts(state), *_events(events, day, names)]
    due = [_deadline(found) for found in deadlines_of(state, every, day, rulebook.clocks)]
    ends = next((span.due for span in every if span.nature == "terme"), None)
    return Life(
        reference=state.reference,
        name=name,
        stage=awaited.label,
        route=known.route.label,
        right=_right(state, ends, rulebook),
        entries=tuple(entry for _, entry in sorted([*happened, *due], key=_first)),
    )


Placed = tuple[tuple[date, int, int, str], Entry]


def _first(placed: Placed) -> tuple[date, int, int, str]:
    return placed[0]


def _right(state: Dossier, ends: PartialDate | None, rulebook: Rulebook) -> str:
    if state.closing is not None:
        final = rulebook.final(state.closing.motive)
        return f"{state.closing.motive.label} : " + (
            "définitif, le droit est épuisé" if final else "le droit reste ouvert"
        )
    return f"Droit ouvert {french_until(ends)}" if ends is not None else ""


def precision_of(on: PartialDate | None) -> str:
    """How precisely a date is known."""
    if on is None:
        return "inconnue"
    text = edtf(on)
    return {10: "jour", 7: "mois", 4: "annee"}.get(len(text), "intervalle")


def _entry(on: PartialDate | None, domain: str, title: str, detail: str, source: str) -> Entry:
    text = edtf(on) if on is not None else ""
    return Entry(text, precision_of(on), domain, title, detail, source, on)


def _facts(state: Dossier) -> Iterator[Placed]:
    facts = state.facts
    status = f" : {facts.statut.label}" if facts.statut else ""
    for on, title in (
        (facts.date_arrivee, "Arrivée en France"),
        (facts.date_statut, f"Statut obtenu{status}"),
    ):
        if on is not None:
            entry = _entry(on, "parcours", title, "", "renseignements du dossier")
            yield (on.earliest, -1, 0, ""), entry


def _events(events: Sequence[Event], day: date, names: Names) -> Iterator[Placed]:
    voiding = {e.payload["event"]: e for e in events if e.kind is Kind.EVENT_VOIDED}
    for event in events:
        if event.kind in _HIDDEN:
            continue
        words = told(event, names)
        source = f"saisi par {event.author} le {_recorded(event)}"
        entry = _entry(event.on, words.domain, words.title, words.detail, source)
        planned = event.on is not None and event.on.earliest > day
        entry = entry._replace(planned=planned)
        if event.id in voiding:
            entry = _struck(entry, voiding[event.id])
        yield _place(event), entry


def _place(event: Event) -> tuple[date, int, int, str]:
    """The written order; an undated event that is no step stands on its day of recording."""
    if event.on is not None:
        first = event.on.earliest
    elif event.kind is Kind.STEP_RECORDED:
        first = _LAST
    else:
        first = date.fromisoformat(event.recorded_at[:10])
    return first, RANK[event.kind], 0, event.id


def _recorded(event: Event) -> str:
    return french_day(date.fromisoformat(event.recorded_at[:10]))


def _struck(entry: Entry, voiding: Event) -> Entry:
    reason = voiding.texts.get("raison", "")
    why = f"annulé le {_recorded(voiding)} par {voiding.author}" + (
        f" : {reason}" if reason else ""
    )
    detail = f"{entry.detail} ; {why}" if entry.detail else why
    return entry._replace(detail=detail, voided=True, planned=False)


def _deadline(found: Told) -> Placed:
    entry = _entry(found.on, "echeance", found.title, found.detail, found.source)
    entry = entry._replace(planned=found.planned)
    first = found.at.earliest if found.at is not None else _LAST
    return (first, found.rank, 1, ""), entry


# --- the sheet ---------------------------------------------------------------------------

_LABELS = {
    "date": "Date", "precision": "Précision", "domaine": "Domaine", "evenement": "Événement",
    "detail": "Détail", "source": "Source",
}  # fmt: skip
DOMAINS = {domain.value: domain.label for domain in Domain} | {
    "parcours": "Parcours", "situation": "Situation", "suivi": "Suivi", "echeance": "Délai",
}  # fmt: skip


def sheet(found: Life, day: date) -> Sheet:
    """The timeline as a list."""
    title, *notes = heading(found, day)
    known = columns(COLUMNS, _LABELS, dates=["date"])
    rows = [_row(entry) for entry in found.entries]
    told = columns(COLUMNS, _LABELS, show={"domaine": lambda code: DOMAINS.get(code, code)})
    some = [(when(e) or "sans date", *row[1:]) for e, row in zip(found.entries, rows, strict=True)]
    section = Section("", told, some, ("date", "domaine", "evenement", "detail"))
    return Sheet(title=title, notes=notes, sections=[section], data=Data(known, rows))


def _row(e: Entry) -> tuple[str, ...]:
    """An entry for machines: a voided event says so in its own words."""
    event = f"Annulé : {e.evenement}" if e.voided else e.evenement
    return e.date, e.precision, e.domaine, event, e.detail, e.source


def heading(found: Life, day: date) -> list[str]:
    """Whose life it is, where they are, and until when they have a right to support."""
    title = f"{found.reference}  {found.name or '(identité effacée)'}"
    about = f"{found.route} — étape : {found.stage} — au {weekday_date(day)}"
    return [line for line in (title, about, found.right) if line]


def when(entry: Entry) -> str:
    """The day of an entry; that of a deadline known in part by its bounds."""
    return french_due(entry.date) if entry.domaine == "echeance" else french(entry.on)
