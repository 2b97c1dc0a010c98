"""Liaison requests as they stood on a day: to send, at OFII, answered; and their listings.

One row a request (a *fiche de liaison* that the person wished), made from its two clocks in
`spans` and from the listing and the decision in the journal. Every count is that of rows here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.reports.overdue import NOT_VOIDED, task
from agir_cli.reports.selection import EVERYONE, Filters, condition, not_admitted
from agir_cli.reports.sheet import Data, Section, Sheet, columns
from agir_cli.reports.texts import edtf_of, weekday_date

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

TO_SEND, AT_OFII = "a_envoyer", "en_attente"
DECISIONS = {"validee": "validees", "derogation": "derogations", "rejetee": "rejetees"}
UNDECIDED = "sans_decision"
SITUATIONS = (TO_SEND, AT_OFII, *DECISIONS.values(), UNDECIDED)
"""``sans_decision``: the person went on, or the dossier ended, without a decision on file."""


class Request(NamedTuple):
    """One request; dates are EDTF texts. ``age_jours``: whole days since the form (to send) or
    since the listing (at OFII), at least, where the date is vague; ``None`` once answered."""

    situation: str
    dossier: str
    nom: str | None
    prenoms: str | None
    departement: str
    date_fiche: str
    listing: int | None
    date_envoi: str
    age_jours: int | None
    echeance: str
    retard_jours: int | None
    date_decision: str
    a_faire: str


COLUMNS = Request._fields


class Listing(NamedTuple):
    """A listing sent to OFII and what became of its requests; ``demandes`` is the sum."""

    listing: int | None
    mois: str
    date_envoi: str
    demandes: int
    en_attente: int
    validees: int
    derogations: int
    rejetees: int
    sans_decision: int


LISTING_COLUMNS = Listing._fields

_SPANS = f"""SELECT s.dossier, s.cause, s.depart_min, s.depart_max, s.echeance_min, s.echeance_max,
    s.fin_min, s.fin_max, d.dossier, p.nom, p.prenoms, d.departement,
    (SELECT CAST(json_extract(e.payload, '$.listing') AS INTEGER) FROM events AS e
        WHERE e.dossier = s.dossier AND s.cause = 'listing' AND e.kind = 'listing_sent'
        AND e.effective_from = s.depart_min AND {NOT_VOIDED} ORDER BY e.id DESC LIMIT 1),
    (SELECT json_extract(e.payload, '$.decision_ofii') FROM events AS e
        WHERE e.dossier = s.dossier AND e.kind IN ('ofii_validated', 'ofii_rejected')
        AND e.effective_from = s.fin_min AND {NOT_VOIDED} ORDER BY e.id DESC LIMIT 1)
FROM spans AS s JOIN dossiers AS d ON d.id = s.dossier LEFT JOIN people AS p ON p.id = d.personne
WHERE s.nature = 'liaison' AND s.depart_{{bound}} <= :day{{filters}}
ORDER BY s.dossier, s.rowid"""


class _Span(NamedTuple):
    id: str
    cause: str
    start_min: str
    start_max: str
    due_min: str
    due_max: str
    end_min: str | None
    end_max: str | None
    dossier: str
    nom: str | None
    prenoms: str | None
    departement: str
    listing: int | None
    decision: str | None


def requests(
    connection: Connection, day: date, filters: Filters = EVERYONE, *, perhaps: bool = False
) -> list[Request]:
    """Every request made by ``day``, as it stood then: by situation, the oldest first.

    ``perhaps``: also one whose form is dated in part, and may be of a later day.
    """
    asked = condition(filters)
    query = _SPANS.format(filters=asked.sql, bound="min" if perhaps else "max")
    values = {"day": day.isoformat()} | asked.values
    found = map(_Span._make, connection.execute(query, values))
    rows = [_request(form, sent, day) for form, sent in _paired(found)]
    return sorted(rows, key=_order)


Days = tuple[str, str]
"""The first and the last day that a fact may be of."""


def every_request(
    connection: Connection, filters: Filters
) -> Iterator[tuple[str, Days, Days | None, Days | None, str]]:
    """Department, days of the form, of the listing and of the end, and what the request became."""
    asked = condition(filters)
    query = _SPANS.format(filters=asked.sql, bound="max")
    found = map(_Span._make, connection.execute(query, {"day": "9999", **asked.values}))
    for form, sent in _paired(found):
        first, last = form or sent, sent or form
        assert first is not None
        assert last is not None
        ended = (last.end_min, last.end_max) if last.end_min and last.end_max else None
        yield (
            last.departement, (first.start_min, first.start_max),
            (sent.start_min, sent.start_max) if sent else None, ended,
            DECISIONS.get(last.decision or "", UNDECIDED),
        )  # fmt: skip


def _order(row: Request) -> tuple[int, int, str, str]:
    return SITUATIONS.index(row.situation), -(row.age_jours or 0), row.date_decision, row.dossier


def _paired(found: Iterable[_Span]) -> Iterator[tuple[_Span | None, _Span | None]]:
    """The form's clock and, where it was sent, the listing's, which follows it."""
    form: _Span | None = None
    for span in found:
        if span.cause == "listing":
            yield (form if form is not None and form.id == span.id else None), span
            form = None
            continue
        if form is not None:
            yield form, None
        form = span
    if form is not None:
        yield form, None


def _request(form: _Span | None, sent: _Span | None, day: date) -> Request:
    span = sent or form
    assert span is not None
    today = day.isoformat()
    runs = span.end_max is None or span.end_max > today
    decided = not runs and span.decision is not None
    situation = AT_OFII if sent else TO_SEND
    if not runs:
        situation = DECISIONS.get(span.decision or "", UNDECIDED)
    to_do = task("liaison", span.cause, span.dossier, booked=False, month=today[:7])
    return Request(
        situation, span.dossier, span.nom, span.prenoms, span.departement,
        edtf_of(form.start_min, form.start_max) if form else "",
        sent.listing if sent else None,
        edtf_of(sent.start_min, sent.start_max) if sent else "",
        max(_days(span.start_max, day), 0) if runs else None,
        edtf_of(span.due_min, span.due_max) if runs else "",
        _days(span.due_max if span.due_max < today else span.due_min, day) if runs else None,
        edtf_of(span.end_min, span.end_max) if decided else "",
        to_do if runs else "",
    )  # fmt: skip


def _days(since: str, day: date) -> int:
    return (day - date.fromisoformat(since)).days


def pending(rows: Iterable[Request]) -> list[Request]:
    """Those that wait: to be sent, or for OFII."""
    return [row for row in rows if row.situation in (TO_SEND, AT_OFII)]


def sent(rows: Iterable[Request]) -> list[Request]:
    """Those that were on a listing, answered or not."""
    return [row for row in rows if row.date_envoi]


def listings(connection: Connection, rows: Sequence[Request]) -> list[Listing]:
    """The listings of these requests, the last one first; each count is that of its rows."""
    months = dict(connection.execute("SELECT numero, mois FROM listings"))
    groups: dict[tuple[str, int], list[Request]] = {}
    for row in sent(rows):
        groups.setdefault((row.date_envoi, row.listing or 0), []).append(row)
    return [
        _listing(some, months.get(number, "")) for (_, number), some in sorted(groups.items())[::-1]
    ]


def _listing(some: Sequence[Request], month: str) -> Listing:
    counts = Counter(row.situation for row in some)
    return Listing(
        some[0].listing, month, some[0].date_envoi, len(some),
        *(counts[name] for name in LISTING_COLUMNS[4:]),
    )  # fmt: skip


# --- the sheet ---------------------------------------------------------------------------

LISTINGS, SENT = "listings", "envoyees"
LISTS = (*SITUATIONS, SENT, LISTINGS)
"""The words of ``--list``."""

_TITLES = {
    TO_SEND: "À transmettre à l'OFII",
    AT_OFII: "En attente de la réponse de l'OFII",
    "validees": "Validées par l'OFII",
    "derogations": "Validées par dérogation",
    "rejetees": "Rejetées par l'OFII",
    UNDECIDED: "Sans décision notée : la personne a avancé, ou le dossier est clos",
    SENT: "Transmises à l'OFII",
    LISTINGS: "Listings transmis",
}
_PENDING = ("dossier", "nom", "prenoms", "date_fiche", "age_jours", "retard_jours")
_USUAL = {
    TO_SEND: _PENDING,
    AT_OFII: ("dossier", "nom", "prenoms", "listing", "date_envoi", *_PENDING[4:], "a_faire"),
}
_ANSWERED = ("dossier", "nom", "prenoms", "date_fiche", "listing", "date_envoi", "date_decision")


def _late_only(days: int | None) -> str:
    return "" if days is None or days <= 0 else str(days)


_KNOWN = columns(COLUMNS, {"situation": _TITLES.__getitem__, "retard_jours": _late_only})
_KNOWN_LISTINGS = columns(LISTING_COLUMNS)


def sheet(
    connection: Connection,
    day: date,
    filters: Filters,
    wanted: str | None = None,
    listing: int | None = None,
) -> Sheet:
    """Who waits and the listings, or one list alone (``wanted``); ``listing``: of that number."""
    if wanted is not None and wanted not in LISTS:
        raise not_admitted("La liste", wanted, LISTS)
    rows = [r for r in requests(connection, day, filters) if listing in (None, r.listing)]
    table = listings(connection, rows)
    data = Data(_KNOWN, pending(rows) if wanted is None else _chosen(rows, wanted))
    if wanted == LISTINGS:
        data = Data(_KNOWN_LISTINGS, table)
    return Sheet(
        title=f"Demandes de liaison au {weekday_date(day)}",
        notes=[
            "Unité : demande (une fiche de liaison). À transmettre dans le mois ; réponse attendue"
            " dans le mois du listing, dernier jour inclus."
        ],
        sections=_sections(rows, table, (TO_SEND, AT_OFII, LISTINGS) if not wanted else (wanted,)),
        data=data,
        empty=["Aucune demande de ce genre." if wanted else "Aucune demande de liaison."],
    )


_LISTED = ("dossier", "nom", "prenoms", "date_fiche", "listing", "date_envoi", "age_jours")


def sheet_of_pending(connection: Connection, day: date) -> Sheet:
    """What waits today: each form that no listing has carried, and each that OFII has."""
    rows = pending(requests(connection, day, perhaps=True))
    parts = {name: _chosen(rows, name) for name in (TO_SEND, AT_OFII)}
    every = Section("", _KNOWN, rows).with_columns(_LISTED)
    return Sheet(
        title="Demandes en attente",
        sections=[
            Section(_title(name, some), _KNOWN, some).with_columns(_LISTED)
            for name, some in parts.items() if some
        ],
        data=Data(every.columns, every.rows),
        empty=["Aucune demande en attente."],
    )  # fmt: skip


def _chosen(rows: Sequence[Request], name: str) -> Sequence[Request]:
    return sent(rows) if name == SENT else [row for row in rows if row.situation == name]


def _sections(
    rows: Sequence[Request], table: Sequence[Listing], names: Sequence[str]
) -> Iterator[Section]:
    for name in names:
        if name == LISTINGS:
            title = f"{_TITLES[name]} : {len(table)}"
            yield Section(title, _KNOWN_LISTINGS, table, LISTING_COLUMNS, ("mois",))
        else:
            some = _chosen(rows, name)
            yield Section(_title(name, some), _KNOWN, some, _USUAL.get(name, _ANSWERED),
                          ("a_faire",))  # fmt: skip


def _title(name: str, rows: Sequence[Request]) -> str:
    older = {limit: sum((row.age_jours or 0) > limit for row in rows) for limit in (30, 60)}
    told = ", ".join(f"{n} depuis plus de {limit} jours" for limit, n in older.items() if n)
    command = " ; agir liaison send --dry-run" if name == TO_SEND else ""
    return f"{_TITLES[name]} : {len(rows)}{told and f' ({told})'}{command}"
