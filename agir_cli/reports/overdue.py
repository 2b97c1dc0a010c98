"""Who is late, who will be soon, and who waits with no running clock: SQL on `spans`.

The selections say what `domain.deadlines.late` and `runs` say (a property holds them
together), but for the number of rows they read: those of two partial indexes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.causes import STARTS, WAITS
from agir_cli.reports.selection import Filters, condition
from agir_cli.reports.tasks import KINDS_OF_EVENT, precision_task, task
from agir_cli.reports.texts import edtf_of, teach

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

KINDS = ("contractualisation", "diagnostic", "entretien", "liaison", "terme")
WAITING = "attente"


class Line(NamedTuple):
    """One line of the report; dates are EDTF texts, empty where unknown or not applicable."""

    nature: str
    dossier: str
    nom: str | None
    prenoms: str | None
    departement: str
    referent: str | None
    depart: str
    date_depart: str
    echeance: str
    retard_jours: int | None
    certitude: str
    rdv: str | None
    absences: int | None
    a_faire: str
    telephone: str | None = None
    key: tuple[str, str, str, str] = ("", "", "", "")
    """What names this deadline from one night to the next: dossier's id, nature, cause, first
    possible last day (empty for a wait)."""


COLUMNS = Line._fields[:-2]
"""The report's columns. ``retard_jours``: days after ``echeance``, negative before it."""

TEXT_COLUMNS = ("nom", "prenoms", "referent")
DATE_COLUMNS = ("date_depart", "echeance", "rdv")

_VISIT = """CASE
    WHEN s.nature IN ('contractualisation', 'diagnostic') THEN s.nature
    WHEN s.cause IN ('rdv_diagnostic', 'absence_diagnostic', 'cir_inconnu') THEN 'diagnostic'
    WHEN s.cause IN ('commission', 'absence_contrat') AND s.nature = 'attente'
    THEN 'contractualisation' END"""


def _last(column: str) -> str:
    """SQL: the last possible day of an EDTF text; a plain day is one (and costs no call)."""
    return f"CASE WHEN length({column}) = 10 THEN {column} ELSE latest_day({column}) END"


# Appointments and absences as they stood that day. The waits that follow absences keep their days.
_BOOKED = f"""(SELECT a.jour || coalesce(' ' || a.heure, '') FROM appointments AS a
    WHERE a.dossier = s.dossier AND a.nature = {_VISIT}
    AND (a.inscrit_le IS NULL OR {_last("a.inscrit_le")} <= :day)
    AND (a.absent_le IS NULL OR {_last("a.absent_le")} > :day)
    ORDER BY a.rang DESC LIMIT 1)"""
_ABSENCES = f"""(SELECT count(*) FROM spans AS w
    WHERE w.dossier = s.dossier AND w.nature = 'attente' AND w.depart_max <= :day
    AND w.cause = CASE {_VISIT} WHEN 'diagnostic' THEN 'absence_diagnostic'
    ELSE 'absence_contrat' END)"""

_CERTAIN = "(s.echeance_max < :day AND (s.fin_min IS NULL OR s.fin_min > :day))"
_SURELY_RUNS = (
    "((s.depart_max IS NULL OR s.depart_max <= :day) AND (s.fin_min IS NULL OR s.fin_min > :day))"
)

_SELECT = f"""SELECT s.nature, s.cause, d.dossier, p.nom, p.prenoms, d.departement,
    CASE WHEN d.commission_max <= :day THEN coalesce(r.nom, d.referent) END,
    s.depart_min, s.depart_max, s.echeance_min, s.echeance_max, s.fin_min, s.fin_max,
    {{certain}} AS certain,
    CAST(julianday(:day) - julianday(CASE WHEN {{certain}} THEN s.echeance_max
        ELSE s.echeance_min END) AS INTEGER) AS days,
    {_BOOKED}, CASE WHEN {_VISIT} IS NOT NULL THEN {_ABSENCES} END, p.telephone,
    CASE s.fin_max WHEN d.contrat_max THEN 'contrat' WHEN d.diagnostic_max THEN 'diagnostic'
        WHEN d.cloture_max THEN 'cloture' WHEN d.commission_max THEN 'commission' END, s.dossier
FROM spans AS s CROSS JOIN dossiers AS d ON d.id = s.dossier
LEFT JOIN people AS p ON p.id = d.personne LEFT JOIN referents AS r ON r.code = d.referent
WHERE s.nature IN ({{natures}}) AND (s.depart_min IS NULL OR s.depart_min <= :day)
    AND {{which}}{{filters}}"""

_LATE = "s.echeance_min < :day"
_SOON = "s.echeance_min >= :day AND s.echeance_min <= :until"
_NO_CLOCK = "s.echeance_min IS NULL"
_STILL_RUNNING = "s.fin_max IS NULL"
# A span late on a day ended, if it did, after its last day in time: few did.
_ENDED_LATER = "s.fin_max > :day AND s.fin_max > s.echeance_min"
_WAIT_ENDED_LATER = "s.fin_max > :day"


class Question(NamedTuple):
    """What is asked: the day, the kinds of deadline, and of whom."""

    day: date
    kinds: Sequence[str] = KINDS
    filters: Filters = Filters()


class Found(NamedTuple):
    """What a report found on a day: late, soon due, waiting with no clock."""

    day: date
    late: Sequence[Line]
    soon: Sequence[Line]
    waits: Sequence[Line]


def late(connection: Connection, question: Question) -> Iterator[Line]:
    """Every span late that day, by kind; the certain ones first, the longest late first."""
    order = f"{_rank()}, certain DESC, days DESC, 3"
    ended = (_STILL_RUNNING, _ENDED_LATER)
    yield from _lines(connection, question, question.kinds, (_LATE, _CERTAIN), ended, order)


def soon(connection: Connection, question: Question, until: date) -> Iterator[Line]:
    """Every running span not late that day and due by ``until`` included, the nearest first.

    ``possible``: its last day may be later than ``until``, or it may have ended.
    """
    certain = f"(s.echeance_max <= :until AND {_SURELY_RUNS})"
    order = f"{_rank()}, s.echeance_min, 3"
    ended = (_STILL_RUNNING, _WAIT_ENDED_LATER)
    yield from _lines(
        connection, question, question.kinds, (_SOON, certain), ended, order, until=until
    )


def waiting(connection: Connection, question: Question) -> Iterator[Line]:
    """Who waits that day with no running clock, the oldest first, an unknown start before all."""
    ended = (_STILL_RUNNING, _WAIT_ENDED_LATER)
    order = "s.depart_max IS NOT NULL, s.depart_max, 3"
    which = (_NO_CLOCK, _SURELY_RUNS)
    yield from _lines(connection, question, (WAITING,), which, ended, order)


def _rank() -> str:
    cases = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(KINDS))
    return f"CASE s.nature {cases} END"


def _lines(
    connection: Connection,
    question: Question,
    natures: Sequence[str],
    which: tuple[str, str],
    ended: tuple[str, str],
    order: str,
    until: date | None = None,
) -> Iterator[Line]:
    teach(connection)
    selected, certain = which
    asked = condition(question.filters)
    values = {"day": question.day.isoformat(), "until": (until or question.day).isoformat()}
    parts = [
        _SELECT.format(
            certain=certain,
            natures=", ".join(f"'{nature}'" for nature in natures),
            which=f"{selected} AND {end}",
            filters=asked.sql,
        )
        for end in ended
    ]
    query = f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS s ORDER BY {order}"
    day = values["day"]
    for row in connection.execute(query, values | asked.values):
        yield _line(connection, row, day)


def _line(connection: Connection, row: Sequence[Any], day: str) -> Line:
    (
        nature, cause, dossier, nom, prenoms, departement, referent, start_min, start_max,
        due_min, due_max, end_min, end_max, certain, days, booked, absences, telephone,
        end_event, id_,
    ) = row  # fmt: skip
    waits = nature == WAITING
    if waits and cause == "contrat_imprecis":
        number = _event_number(connection, id_, "contrat", start_min, start_max)
        to_do = precision_task(nature, "contrat", dossier, number)
    elif certain or waits or due_min >= day:
        to_do = task(nature, cause, dossier, booked=booked is not None, month=day[:7])
    else:
        vague = (cause, start_min, start_max) if due_max >= day else (end_event, end_min, end_max)
        number = _event_number(connection, id_, *vague)
        to_do = precision_task(nature, vague[0], dossier, number)
    return Line._make((
        nature, dossier, nom, prenoms, departement, referent,
        (WAITS if waits else STARTS)[cause],
        start_min if start_min == start_max and start_min else edtf_of(start_min, start_max),
        due_min if due_min == due_max and due_min else edtf_of(due_min, due_max),
        None if waits else days, "certain" if certain else "possible",
        booked, absences, to_do, telephone, (id_, nature, cause, due_min or ""),
    ))  # fmt: skip


# The short number of an event: its place in the order in which the dossier's were recorded.
_NUMBER = """SELECT (SELECT count(*) FROM events AS b WHERE b.dossier = e.dossier
        AND (b.recorded_at, b.id) <= (e.recorded_at, e.id))
FROM events AS e
WHERE e.dossier = ? AND e.effective_from = ? AND e.effective_to = ?
    AND e.kind IN (SELECT value FROM json_each(?))
    AND e.id NOT IN (SELECT json_extract(v.payload, '$.event') FROM events AS v
        WHERE v.dossier = e.dossier AND v.kind = 'event_voided')
ORDER BY e.id DESC LIMIT 1"""


def _event_number(
    connection: Connection, dossier: str, event: str | None, first: str, last: str
) -> int | None:
    from json import dumps

    kinds = dumps(KINDS_OF_EVENT.get(event or "", ()))
    row = connection.execute(_NUMBER, (dossier, first, last, kinds)).fetchone()
    return int(row[0]) if row else None
