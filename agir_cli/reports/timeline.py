"""`report timeline`: one dossier's life, from the arrival in France to today and its deadlines.

Everything comes from the events: what happened, what was planned, what was voided and why;
then the clocks, with how each was kept. Dates keep the precision they were given with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.causes import NATURES, STARTS, WAITS
from agir_cli.domain.dates import (
    PartialDate,
    Verdict,
    before_or_on,
    edtf,
    exactly,
    french,
    french_day,
    french_moment,
    french_until,
)
from agir_cli.domain.deadlines import Span, clock_of, late, runs, spans
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import assess
from agir_cli.domain.events import BOOKED, RANK, Event, Kind
from agir_cli.domain.fields import FIELDS, changes_of
from agir_cli.domain.folding import fold
from agir_cli.domain.route import stage
from agir_cli.domain.rules import Clocks, Rulebook
from agir_cli.domain.vocabulary import Domain, Nature, in_sentence
from agir_cli.reports.sheet import Data, Section, Sheet, columns
from agir_cli.reports.texts import french_due, full_name, overdue_told, weekday_date

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


_NAMED = (
    "SELECT d.id, d.dossier FROM ties t JOIN dossiers d ON d.id = iif(t.dossier = ?, t.autre,"
    " t.dossier) WHERE ? IN (t.dossier, t.autre)"
)


def life(connection: Connection, dossier: str, day: date, *, past: bool = False) -> Life:
    """The timeline of the dossier of that id on ``day``.

    ``past``: leave out what took effect after ``day``, but for planned steps.
    """
    from agir_cli.store.directory import office_names, referent_names
    from agir_cli.store.journal import load
    from agir_cli.store.settings import rulebook_of

    events = load(connection, [dossier], words=True).get(dossier, [])
    row = connection.execute(
        "SELECT p.nom, p.prenoms FROM dossiers AS d JOIN people AS p ON p.id = d.personne"
        " WHERE d.id = ?",
        (dossier,),
    ).fetchone()
    names = Names(
        referent_names(connection),
        office_names(connection),
        dict(connection.execute(_NAMED, (dossier, dossier))),
    )
    name = full_name(*(row or (None, None)))
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
    awaited = stage(state, known.route, commission=known.commission)
    every = spans(state, known.route, awaited, rulebook.clocks, commission=known.commission)
    happened = [*_facts(state), *_events(events, day, names)]
    due = deadlines_of(state, every, day, rulebook.clocks)
    ends = next((span.due for span in every if span.nature == "terme"), None)
    return Life(
        reference=state.reference,
        name=name,
        stage=awaited.label,
        route=known.route.label,
        right=_right(state, ends, rulebook),
        entries=tuple(entry for _, entry in sorted([*happened, *due], key=itemgetter(0))),
    )


Placed = tuple[tuple[date, int, int, str], Entry]


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
        if event.kind in _HIDDEN and not _reopened(event):
            continue
        words = told(event, names)
        source = f"saisi par {event.author} le {_recorded(event)}"
        entry = _entry(event.on, words.domain, words.title, words.detail, source)
        planned = event.on is not None and event.on.earliest > day
        entry = entry._replace(planned=planned)
        if event.id in voiding:
            entry = _struck(entry, voiding[event.id])
        yield _place(event), entry


def _reopened(event: Event) -> bool:
    """Whether an opening follows an end that was undone with its file: part of the life."""
    return event.kind is Kind.DOSSIER_OPENED and "raison" in event.texts


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


# --- the words of an event ---------------------------------------------------------------


class Names(NamedTuple):
    """The directory's names, by code."""

    referents: Mapping[str, str] = {}
    offices: Mapping[str, str] = {}
    dossiers: Mapping[str, str] = {}
    """The references of the dossiers (ids) that events name."""


class Words(NamedTuple):
    """What an event says."""

    domain: str
    title: str
    detail: str = ""


_SITUATION = (
    "situation_logement", "detail_logement", "situation_professionnelle", "niveau_francais",
    "emploi_durable", "logement_perenne",
)  # fmt: skip


def told(event: Event, names: Names) -> Words:
    """The words of an event; those that were erased are said to be."""
    domain = event.kind.traits.domain
    if event.kind is Kind.STEP_RECORDED:
        return _step(event)
    if event.kind is Kind.RIGHT_RECORDED:
        return _right_told(event)
    if event.kind is Kind.SITUATION_RECORDED:
        values = [_situation(event, name) for name in _SITUATION if name in event.payload]
        return Words(domain, "Situation relevée", " ; ".join(values))
    if event.kind is Kind.IDENTITY_CHANGED:
        return Words(domain, event.kind.label, changes_of(event.texts, event.payload))
    if event.kind in BOOKED:
        return _appointment(event, names)
    details = [
        f"{FIELDS[name].label.lower()} : {shown}"
        for name in event.kind.traits.says
        if (shown := _value(event, name, names))
    ]
    return Words(domain, event.kind.label, _sentence(details))


def _right_told(event: Event) -> Words:
    right, state = event.payload["droit"], event.payload["etat_droit"]
    until = event.payload.get("date_fin_droit")
    detail = f"jusqu'au {french(until)}" if until else ""
    return Words(Domain.RIGHTS.value, f"{right.label} : {in_sentence(state.label)}", detail)


def _situation(event: Event, name: str) -> str:
    value = event.payload[name]
    return (
        f"{FIELDS[name].label.lower()} : {_shown(name, value)}"
        if name in _ANSWERS
        else _shown(name, value)
    )


_ANSWERS = ("emploi_durable", "logement_perenne")


def _sentence(parts: Iterable[str]) -> str:
    return " ; ".join(part for part in parts if part)


def _value(event: Event, name: str, names: Names) -> str:
    if name in event.texts:
        return str(event.texts[name])
    value = event.payload.get(name)
    if value is None or value == ():
        return ""
    if name in ("referent", "second_referent"):
        return names.referents.get(value, value)
    if name == "autre":
        return names.dossiers.get(value, value)
    return _shown(name, value)


def _shown(name: str, value: Any) -> str:
    return str(FIELDS[name].type.show(value))


def _step(event: Event) -> Words:
    until = event.payload.get("date_fin_etape")
    hours = event.payload.get("heures")
    details = [f"jusqu'à : {french(until)}" if until else "", f"{hours} heures" if hours else ""]
    words = str(event.texts.get("etape") or "Étape (mots effacés)")
    domain = event.payload.get("domaine")
    return Words(domain.value if domain else "projet", words, _sentence(details))


def _appointment(event: Event, names: Names) -> Words:
    title, field = BOOKED[event.kind].title, BOOKED[event.kind].moment
    moment, office = event.payload[field], event.payload.get("bureau")
    details = [f"pour le {french_moment(moment)}"]
    if office:
        details.append(names.offices.get(office, office))
    if what := event.payload.get("type_visite"):
        title = f"{title} ({in_sentence(what.label)})"
    return Words(event.kind.traits.domain, f"{title} inscrit", ", ".join(details))


# --- the clocks: how each was kept, what still runs --------------------------------------


def _told(on: PartialDate, title: str, detail: str, source: str, rank: int) -> Placed:
    """A clock as a line on its day; ``rank``: where it stands among the events of that day."""
    return (on.earliest, rank, 1, ""), _entry(on, "echeance", title, detail, source)


def deadlines_of(
    state: Dossier, every: Iterable[Span], day: date, clocks: Clocks
) -> Iterator[Placed]:
    """The clocks and waits that had started by ``day``, and the one that never did."""
    for span in every:
        if span.start is not None and span.start.earliest > day:
            continue
        if span.due is None:
            yield from _wait(span, day)
        else:
            yield from _clock(state, span, span.due, day, clocks)
    yield from _never_started(state, day, clocks)


def _wait(span: Span, day: date) -> Iterator[Placed]:
    if not runs(span, day):
        return
    since = f" depuis {_since(span.start, day)}" if span.start else ""
    detail = f"{WAITS[span.cause].told}{since}"
    yield _told(exactly(day), "En attente", detail, "", len(RANK))


def _since(start: PartialDate, day: date) -> str:
    return _days((day - start.latest).days, (day - start.earliest).days)


def _clock(
    state: Dossier, span: Span, due: PartialDate, day: date, clocks: Clocks
) -> Iterator[Placed]:
    clock = clock_of(span, clocks)
    source = str(clock.source) if clock else "date écrite sur le papier"
    title = NATURES[span.nature].title or f"Fin : {STARTS[span.cause].told}"
    if runs(span, day):
        started = f"départ : {STARTS[span.cause].told}, {french(span.start)}"
        detail = f"{french_until(due)} ; {_running(span, day)}"
        if span.nature is not Nature.TERM:
            detail = f"{detail} ({started})"
        place, entry = _told(due, title, detail, source, len(RANK))
        yield place, entry._replace(planned=True)
        return
    if span.end is None or span.nature is Nature.TERM:
        return
    last = f"(échéance : {french_due(edtf(due))})"
    detail = f"{_kept(due, span.end)} {last}"
    if state.closing is not None and state.closing.on == span.end and not _proper(state, span):
        detail = f"arrêté par la clôture {last}"
    rank = RANK[NATURES[span.nature].done]
    yield _told(span.end, title, detail, source, rank)


def _proper(state: Dossier, span: Span) -> bool:
    """Whether the clock's own step was done (and not only the dossier closed)."""
    done = {
        Nature.CONTRACTING: state.contract,
        Nature.DIAGNOSIS: state.diagnosed,
    }
    return done.get(span.nature) is not None or span.end in (
        *state.interviews, *state.excuses, *(each.on for each in state.rights)
    )  # fmt: skip


def _running(span: Span, day: date) -> str:
    how = late(span, day)
    if how is not None:
        return overdue_told(how.days, certain=how.certain)
    assert span.due is not None
    left = _days((span.due.earliest - day).days, (span.due.latest - day).days)
    return f"encore {left}" if span.due.latest > day else "dernier jour aujourd'hui"


def _kept(due: PartialDate, end: PartialDate) -> str:
    in_time = before_or_on(end, due)
    if in_time is Verdict.YES:
        before = (due.earliest - end.latest).days, (due.latest - end.earliest).days
        return "tenu le dernier jour" if before == (0, 0) else f"tenu {_days(*before)} avant"
    if in_time is Verdict.NO:
        after = (end.earliest - due.latest).days, (end.latest - due.earliest).days
        return f"{_days(*after)} après l'échéance"
    return "tenu ou non : une date n'est connue qu'en partie"


def _never_started(state: Dossier, day: date, clocks: Clocks) -> Iterator[Placed]:
    """Three weeks that nothing started: the delay from the diagnostic, for information."""
    held, signed = state.diagnosis, state.contract
    if held is None or state.assignment is not None or (state.closing and signed is None):
        return
    clock = clocks.at("contractualisation", held.on)
    if clock.start_event == "diagnostic":
        return
    until = signed or exactly(day)
    spent = _days((until.earliest - held.on.latest).days, (until.latest - held.on.earliest).days)
    detail = f"pas commencé : pas de commission ; {spent} depuis le diagnostic, pour information"
    rank = RANK[Kind.CONTRACT_SIGNED] if signed else len(RANK)
    title = NATURES[Nature.CONTRACTING].title
    yield _told(until, title, detail, str(clock.source), rank)


def _days(low: int, high: int) -> str:
    if low == high:
        return f"{low} jour{'s' if low > 1 else ''}"
    return f"{max(low, 0)} à {high} jours"


# --- the sheet ---------------------------------------------------------------------------

DOMAINS = {domain.value: domain.label for domain in Domain} | {
    "parcours": "Parcours", "situation": "Situation", "suivi": "Suivi", "echeance": "Délai",
}  # fmt: skip


def sheet(found: Life, day: date) -> Sheet:
    """The timeline as a list."""
    title, *notes = heading(found, day)
    rows = [_row(entry) for entry in found.entries]
    told = columns(COLUMNS, {"date": str, "domaine": lambda code: DOMAINS.get(code, code)})
    some = [(when(e) or "sans date", *row[1:]) for e, row in zip(found.entries, rows, strict=True)]
    data = Data(columns(COLUMNS), rows)
    section = Section("", told, some, ("date", "domaine", "evenement", "detail"))
    changes = [e.detail for e in found.entries if e.evenement == Kind.IDENTITY_CHANGED.label]
    persons = (found.name, *found.name.split(), *changes)
    return Sheet(title=title, notes=notes, sections=[section], data=data, persons=persons)


def _row(e: Entry) -> tuple[str, ...]:
    """An entry for machines: a voided event says so in its own words."""
    event = f"Annulé : {e.evenement}" if e.voided else e.evenement
    return e.date, e.precision, e.domaine, event, e.detail, e.source


def heading(found: Life, day: date) -> list[str]:
    """Whose life it is, where they are, and until when they have a right to support."""
    title = f"{found.reference}  {found.name}"
    about = f"{found.route} — étape : {found.stage} — au {weekday_date(day)}"
    return [line for line in (title, about, found.right) if line]


def when(entry: Entry) -> str:
    """The day of an entry; that of a deadline known in part by its bounds."""
    return french_due(entry.date) if entry.domaine == "echeance" else french(entry.on)
