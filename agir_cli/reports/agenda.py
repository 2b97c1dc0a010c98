"""Appointments and deadlines of a period, day by day.

Deadlines are those of `overdue` (late since, or due in the period); a vague one stands on the
first day from which it may be late. An appointment is seen as it stood on the day asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.causes import BOOKINGS, OTHER
from agir_cli.reports import overdue
from agir_cli.reports.selection import EVERYONE, Filters, condition
from agir_cli.reports.sheet import Data, Section, Sheet, columns
from agir_cli.reports.standing import CLOSED
from agir_cli.reports.texts import french_text, short_date, teach, unit_and_clock, weekday_date

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

APPOINTMENT, DEADLINE = "rdv", "echeance"
PLANNED, KEPT, MISSED, UNTOLD = "prevu", "honore", "absent", "a_renseigner"
ENDED = "clos"
COMING, LATE, PERHAPS_LATE = "a_venir", "en_retard", "peut_etre_en_retard"


class Period(NamedTuple):
    """Two days, both included."""

    first: date
    last: date

    @property
    def told(self) -> str:
        """« du lundi 09/10/2023 au dimanche 22/10/2023 »."""
        if self.first == self.last:
            return f"le {weekday_date(self.first)}"
        return f"du {weekday_date(self.first)} au {weekday_date(self.last)}"


class Entry(NamedTuple):
    """One line of the agenda.

    ``type`` is ``rdv`` or ``echeance``; ``date`` an EDTF text; ``etat`` of an appointment:
    ``prevu``, ``honore``, ``absent``, ``clos`` (the end of the dossier is the answer),
    ``a_renseigner`` (its day is past, nobody wrote what became of it); of a deadline:
    ``a_venir``, ``en_retard``, ``peut_etre_en_retard``.
    ``key`` names the entry for ever, ``move`` counts how often it was booked again.
    """

    date: str
    heure: str | None
    type: str
    nature: str
    dossier: str
    nom: str | None
    prenoms: str | None
    departement: str
    referent: str | None
    bureau: str | None
    etat: str
    a_faire: str
    first_day: str = ""
    key: str = ""
    move: int = 0
    place: str | None = None
    words: str = ""
    """What a task is, which right or paper, or what an appointment is for."""
    what: str = ""
    """The code of what another appointment is for, where it is told."""
    booked: str | None = None
    reminded: bool = False


COLUMNS = Entry._fields[: Entry._fields.index("first_day")]

# The last appointment of a step that nobody missed is the one that stands; those before it were
# booked again. A diagnostic or a contract of another day, or an ended dossier, cancels it. Those
# for anything else stand side by side.
_APPOINTMENTS = """
WITH known AS (
    SELECT a.*, coalesce(latest_day(a.absent_le) <= :day, 0) AS missed,
        CASE a.nature WHEN 'diagnostic' THEN d.diagnostic_min
            WHEN 'visite' THEN a.jour ELSE d.contrat_min END AS done_min,
        CASE a.nature WHEN 'diagnostic' THEN d.diagnostic_max
            WHEN 'visite' THEN latest_day(a.tenu_le) ELSE d.contrat_max END AS done_max
    FROM appointments AS a JOIN dossiers AS d ON d.id = a.dossier
    WHERE a.jour BETWEEN :first AND :last
        AND (a.inscrit_le IS NULL OR latest_day(a.inscrit_le) <= :day)
)
SELECT k.jour, k.heure, k.nature, d.dossier, p.nom, p.prenoms, d.departement,
    CASE WHEN d.commission_max <= :day THEN coalesce(r.nom, d.referent) END,
    k.bureau, o.nom, k.missed, coalesce(k.done_max <= :day, 0) AS kept, {closed}, d.id,
    (SELECT count(*) FROM appointments AS b WHERE b.dossier = k.dossier AND b.nature = k.nature
        AND b.rang < k.rang AND latest_day(b.absent_le) <= :day) AS absences,
    k.rang, k.type_visite, k.inscrit_le, {reminded}
FROM known AS k JOIN dossiers AS d ON d.id = k.dossier
LEFT JOIN people AS p ON p.id = d.personne LEFT JOIN referents AS r ON r.code = d.referent
LEFT JOIN offices AS o ON o.bureau = k.bureau
WHERE d.motif IS NOT 'erreur'
    AND (k.missed OR (
        (k.done_max IS NULL OR k.done_max > :day OR k.jour BETWEEN k.done_min AND k.done_max)
        AND (d.cloture_max IS NULL OR d.cloture_max > :day OR d.cloture_max >= k.jour)
        AND (k.nature = 'visite' OR NOT EXISTS (SELECT 1 FROM appointments AS b
            WHERE b.dossier = k.dossier AND b.nature = k.nature AND b.rang > k.rang
            AND (b.inscrit_le IS NULL OR latest_day(b.inscrit_le) <= :day)
            AND (b.absent_le IS NULL OR latest_day(b.absent_le) > :day)))
    )){filters}
"""

# A reminder that was made from the day of the booking to that of the appointment.
_REMINDED = f"""EXISTS (SELECT 1 FROM events AS e WHERE e.dossier = k.dossier
    AND e.kind = 'paper_made' AND json_extract(e.payload, '$.papier') = 'rappel'
    AND e.effective_from BETWEEN coalesce(k.inscrit_le, e.effective_from) AND k.jour
    AND e.effective_to <= :day AND {overdue.NOT_VOIDED})"""

_SEVERAL = ("entretien", "liaison", overdue.RIGHT)


def agenda(
    connection: Connection, day: date, period: Period, filters: Filters = EVERYONE
) -> list[Entry]:
    """Every appointment and deadline of ``period`` as known on ``day``, in their order.

    A day's appointments come first, by hour, then its deadlines by kind and reference.
    """
    found = chain(
        appointments(connection, day, period, filters), _deadlines(connection, day, period, filters)
    )
    return sorted(found, key=_order)


def _order(entry: Entry) -> tuple[str, bool, str, str, str]:
    return entry.first_day, entry.type == DEADLINE, entry.heure or "", entry.nature, entry.dossier


def appointments(
    connection: Connection, day: date, period: Period, filters: Filters = EVERYONE, *,
    reminders: bool = False,
) -> Iterator[Entry]:  # fmt: skip
    """The appointments alone, in no order; with ``reminders``, whether a reminder was made."""
    teach(connection)
    asked = condition(filters)
    values = {
        "day": day.isoformat(),
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
    }
    query = _APPOINTMENTS.format(
        filters=asked.sql, closed=CLOSED, reminded=_REMINDED if reminders else "0"
    )
    for row in connection.execute(query, values | asked.values):
        yield _appointment(row, values["day"])


def _appointment(row: Sequence[Any], day: str) -> Entry:
    (
        on, hour, nature, dossier, nom, prenoms, departement, referent, office, place,
        missed, kept, ended, id_, absences, rank, what, booked, reminded,
    ) = row  # fmt: skip
    alone, of = nature == OTHER.nature, BOOKINGS[nature]
    held = of.to_hold.format(dossier) + on
    state = _state(missed, kept, ended, ahead=on >= day)
    to_do = {
        MISSED: of.to_book.format(dossier),
        KEPT: "",
        ENDED: "",
        PLANNED: held,
        UNTOLD: f"{held} (ou : agir {of.verb} absent {dossier} --on {on})",
    }[state]
    return Entry(
        on, hour, APPOINTMENT, nature, dossier, nom, prenoms, departement, referent, office,
        state, "" if ended else to_do, on, f"{id_} rdv {nature} {rank if alone else absences}",
        0 if alone else rank, place, _visit(what) if alone else "", what or "", booked,
        bool(reminded),
    )  # fmt: skip


def _visit(code: str | None) -> str:
    from agir_cli.domain.vocabulary import VisitType

    return VisitType(code or VisitType.OTHER).label


def _state(missed: bool, kept: bool, ended: bool, *, ahead: bool) -> str:
    if missed:
        return MISSED
    if kept:
        return KEPT
    if ended:
        return ENDED
    return PLANNED if ahead else UNTOLD


def _deadlines(
    connection: Connection, day: date, period: Period, filters: Filters
) -> Iterator[Entry]:
    question = overdue.Question(day, overdue.EVERY, filters)
    lines: list[overdue.Line] = []
    if period.first < day:
        lines += overdue.late(connection, question)
    if period.last >= day:
        lines += overdue.soon(connection, question, period.last)
    first, last = period.first.isoformat(), period.last.isoformat()
    dated = [(line, _first_day(line.echeance)) for line in lines]
    within = [(line, on) for line, on in dated if first <= on <= last]
    for line, on in within:
        yield _deadline(line, on, late=on < day.isoformat())
    for line, told in overdue.notices(connection, question, period.last):
        if period.first <= told:
            words = f"{line.depart} à renouveler au plus tard le {french_text(line.echeance)}"
            entry = _deadline(line, told.isoformat(), late=False)
            yield entry._replace(date=told.isoformat(), key=f"{entry.key} preavis", words=words)


def _deadline(line: overdue.Line, on: str, *, late: bool) -> Entry:
    state = COMING
    if late:
        state = LATE if line.certitude == "certain" else PERHAPS_LATE
    start = f" {line.depart} {line.date_depart}" if line.nature in _SEVERAL else ""
    of_task = line.nature == overdue.TASK
    told = line.depart if line.nature in (overdue.TASK, overdue.RIGHT) else ""
    key = f"{line.key[0]} {line.nature}{f' {line.key[2]}' if of_task else start}"
    return Entry(
        line.echeance, None, DEADLINE, line.nature, line.dossier, line.nom, line.prenoms,
        line.departement, line.referent, None, state, line.a_faire, on, key,
        words=told,
    )  # fmt: skip


def _first_day(text: str) -> str:
    if len(text) == len("2023-10-09"):
        return text
    from agir_cli.domain.dates import from_edtf

    return from_edtf(text).earliest.isoformat()


# --- the sheet ---------------------------------------------------------------------------

_TYPES = {APPOINTMENT: "RDV", DEADLINE: "échéance"}
NATURES = {
    "contractualisation": "contrat", "diagnostic": "diagnostic", "entretien": "entretien de suivi",
    "liaison": "réponse de l'OFII ou envoi", "terme": "terme de l'accompagnement",
    "tache": "tâche", "droit": "droit ou papier",
    "visite": "suivi",
}  # fmt: skip
STATES = {
    PLANNED: "", KEPT: "tenu", MISSED: "absent", ENDED: "dossier clos", UNTOLD: "issue à noter",
    COMING: "", LATE: "en retard", PERHAPS_LATE: "peut-être en retard",
}  # fmt: skip
STATE_WORDS = {**STATES, PLANNED: "à venir", KEPT: "honoré"}
"""The same of an appointment that stands in a list of its own."""
_KNOWN = columns(
    COLUMNS,
    {
        "type": _TYPES.__getitem__,
        "nature": lambda code: NATURES.get(code, code),
        "etat": STATES.__getitem__,
    },
)


def sheet(connection: Connection, day: date, period: Period, entries: Sequence[Entry]) -> Sheet:
    """The agenda that these entries make, day by day."""
    booked = sum(entry.type == APPOINTMENT for entry in entries)
    due = len(entries) - booked
    return Sheet(
        title=f"Agenda {period.told}, au {short_date(day)} :"
        f" {booked} rendez-vous, {due} échéance{'s' if due > 1 else ''}",
        notes=unit_and_clock(connection, day, "rendez-vous, échéance"),
        sections=[
            Section(weekday_date(date.fromisoformat(on)), _KNOWN, [*map(_with_place, some)])
            for on, some in groupby(entries, key=lambda entry: entry.first_day)
        ],
        data=Data(_KNOWN, entries),
    )


def _with_place(entry: Entry) -> Entry:
    """The entry with its office by its name, and a task in its words."""
    return entry._replace(bureau=entry.place or entry.bureau, nature=entry.words or entry.nature)
