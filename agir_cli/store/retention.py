"""How long data is kept: the durations that hold, whose time has come, who was told of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from agir_cli.domain.dates import french_day
from agir_cli.domain.events import Kind
from agir_cli.shipped import data_file
from agir_cli.store.driver import Connection, upsert
from agir_cli.store.stamp import Stamp


class Duration(NamedTuple):
    """How long a kind of data is kept, from what on, what then, since when that holds, and why.

    ``value`` counts ``unit`` (mois, jours); 0: no end of its own. A team may set it between
    ``least`` and ``most``.
    """

    code: str
    what: str
    value: int
    unit: str
    start: str
    then: str
    since: str
    least: int
    most: int
    source: str

    def __str__(self) -> str:
        return f"{self.value} {self.unit}" if self.value else self.unit

    def after(self, day: date) -> date:
        """The day on which data of a day has been kept so long, from date to date."""
        if self.unit == "mois":
            return day + relativedelta(months=self.value)
        return day + timedelta(days=self.value)

    def before(self, day: date) -> date:
        """The day of which data has been kept so long on another day."""
        return day - (self.after(day) - day)


@cache
def shipped() -> tuple[Duration, ...]:
    """The durations that hold where a team has set none."""
    with data_file("durations.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Duration(
                code, what, int(value), unit, start, then, since, int(least), int(most), source
            )
            for code, what, value, unit, start, then, since, least, most, source in [
                *csv.reader(file)
            ][1:]
        )


def durations(connection: Connection, day: date) -> dict[str, Duration]:
    """The durations that hold on a day, by code: those of the file before those shipped."""
    found = {each.code: each for each in shipped()}
    rows = connection.execute(
        "SELECT code, depuis, valeur, source FROM durations WHERE depuis <= ? ORDER BY depuis",
        (day.isoformat(),),
    )
    for code, since, value, source in rows:
        if code in found:
            found[code] = found[code]._replace(value=value, since=since, source=source)
    return found


def set_duration(
    connection: Connection, code: str, since: date, value: int, source: str, author: str
) -> None:
    """Have a duration hold from a day on, with where it comes from."""
    connection.execute(
        upsert("durations", ("code", "depuis", "valeur", "source", "auteur"), "code", "depuis"),
        (code, since.isoformat(), value, source, author),
    )


# --- what is held ------------------------------------------------------------------------

HELD = "retenues"
"""The dossier, which is nobody's, of what is recorded of whole departments that are held."""


class Hold(NamedTuple):
    """What a dispute or an inspection needs, spared from every erasure: why, by whom, since when.

    ``id``: of the event that says so, in a dossier (id), or in `HELD` of a department's.
    ``whose``: the reference, or the department's code.
    """

    id: str
    dossier: str
    whose: str
    reason: str
    author: str
    since: str

    @property
    def department(self) -> str:
        """The department that is held as a whole, if it is one."""
        return self.whose if self.dossier == HELD else ""

    @property
    def told(self) -> str:
        """Since when, by whom and why (French)."""
        return (
            f"depuis le {french_day(date.fromisoformat(self.since))}, par {self.author} :"
            f" {self.reason}"
        )


_HOLDS = """SELECT e.id, e.dossier, coalesce(d.dossier, json_extract(e.payload, '$.departement')),
    coalesce(t.value, ''), e.author, date(e.recorded_at) FROM events AS e
LEFT JOIN dossiers AS d ON d.id = e.dossier
LEFT JOIN texts AS t ON t.event = e.id AND t.field = 'raison'
WHERE e.kind = :added AND (d.id IS NOT NULL OR e.dossier = :nobody) AND NOT EXISTS (
    SELECT 1 FROM events AS v WHERE v.dossier = e.dossier AND v.kind IN (:lifted, :voided)
    AND json_extract(v.payload, '$.event') = e.id)"""


def holds(connection: Connection, dossiers: Iterable[str] | None = None) -> list[Hold]:
    """What is held: everything, or what holds these dossiers (ids), with their departments."""
    asked = {"added": Kind.HOLD_ADDED, "lifted": Kind.HOLD_LIFTED, "voided": Kind.EVENT_VOIDED,
             "nobody": HELD}  # fmt: skip
    narrowed = ""
    if dossiers is not None:
        asked["ids"] = json.dumps([*dossiers])
        those = "(SELECT value FROM json_each(:ids))"
        narrowed = (
            f" AND (e.dossier IN {those} OR e.dossier = :nobody AND"
            " json_extract(e.payload, '$.departement')"
            f" IN (SELECT departement FROM dossiers WHERE id IN {those}))"
        )
    rows = connection.execute(f"{_HOLDS}{narrowed} ORDER BY e.recorded_at, e.id", asked)
    return [Hold(*row) for row in rows]


def held_persons(connection: Connection) -> dict[str, Hold]:
    """Whom nobody erases, and why."""
    found: dict[str, Hold] = {}
    for each in holds(connection):
        which, what = ("departement", each.whose) if each.department else ("id", each.dossier)
        query = f"SELECT personne FROM dossiers WHERE {which} = ?"
        found |= {row[0]: each for row in connection.execute(query, (what,))}
    return found


# --- whose time has come -------------------------------------------------------------------


class Idle(NamedTuple):
    """A person whom nothing protects: the day of the last contact, and when their time comes.

    ``told``: the day on which that was announced, where nothing was recorded of them since.
    ``hold``: why they are spared all the same, where somebody has asked for it.
    """

    person: str
    last: date
    due: date
    kind: str
    told: date | None
    hold: Hold | None


_LIVES = """SELECT d.personne, max(e.effective_to) FILTER (WHERE e.effective_to <= :today),
    max(e.recorded_at), max(d.date_contrat IS NOT NULL),
    iif(n.enregistre_le > max(e.recorded_at), n.annonce_le, NULL)
FROM dossiers AS d JOIN events AS e ON e.dossier = d.id
LEFT JOIN purge_notices AS n ON n.personne = d.personne
WHERE d.personne IN (SELECT id FROM people) GROUP BY d.personne
HAVING NOT max(d.etape <> 'clos' AND d.date_contrat IS NOT NULL) ORDER BY min(d.dossier)"""


def idle(connection: Connection, today: date) -> Iterator[Idle]:
    """Everybody whom no running support protects."""
    known, held = durations(connection, today), held_persons(connection)
    for person, acted, recorded, signed, told in connection.execute(_LIVES, {"today": f"{today}"}):
        last = date.fromisoformat(acted or recorded[:10])
        kind = "personne" if signed else "propose"
        on = date.fromisoformat(told) if told else None
        yield Idle(person, last, known[kind].after(last), kind, on, held.get(person))


def tell(connection: Connection, persons: Iterable[str], day: date, stamp: Stamp) -> None:
    """Remember that it was announced on a day that the time of these persons comes."""
    connection.executemany(
        upsert("purge_notices", ("personne", "annonce_le", "enregistre_le", "auteur"), "personne"),
        [(person, day.isoformat(), stamp.recorded_at, stamp.author) for person in persons],
    )


def untell(connection: Connection, persons: Iterable[str]) -> None:
    """Forget what was announced of these persons: something was recorded of them since."""
    connection.execute(
        "DELETE FROM purge_notices WHERE personne IN (SELECT value FROM json_each(?))",
        (json.dumps([*persons]),),
    )


def announced(connection: Connection) -> set[str]:
    """The persons (ids) of whom something is announced."""
    return {row[0] for row in connection.execute("SELECT personne FROM purge_notices")}
