"""The actions of the network and the tasks, as the journal has them; those of the source beside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from json import dumps
from typing import Any

from agir_cli.domain.dates import PartialDate, from_edtf
from agir_cli.domain.network import DATED, Action
from agir_cli.domain.vocabulary import ActionType, Progress
from agir_cli.shipped import data_file
from agir_cli.store.driver import Connection
from agir_cli.store.journal import EMPTIED
from agir_cli.store.lookup import Candidate
from agir_cli.store.settings import DEPARTMENTS, settings

_CODES = [
    f"json_extract(e.payload, '$.{name}') AS {name}"
    for name in ("action", "type_action", "avancement", "departements", "participants",
                 "date_echeance", "referent")
]  # fmt: skip
_WORDS = [
    f"(SELECT value FROM texts WHERE event = e.id AND field = '{name}') AS {name}"
    for name in ("objet", "partenaires", "responsable", "remarque")
]
# Of each number what was recorded last; the columns beside max() are those of its row.
_QUERY = f"""SELECT s.action, s.type_action, s.objet, s.avancement, s.effective_from,
    s.effective_to, s.partenaires, s.departements, s.participants, s.date_echeance,
    coalesce(r.nom, s.responsable), d.dossier, s.remarque, r.code, s.dossier
FROM (SELECT max(e.id), e.dossier, e.effective_from, e.effective_to,
        {", ".join(_CODES + _WORDS)}
    FROM events AS e WHERE e.kind = 'action_recorded' AND e.payload <> '{EMPTIED}'
        AND e.id NOT IN (SELECT json_extract(v.payload, '$.event') FROM events AS v
            WHERE v.dossier = e.dossier AND v.kind = 'event_voided')
        AND (json_extract(e.payload, '$.avancement') NOT IN (SELECT value FROM json_each(:dated))
            OR e.effective_to IS NULL OR e.effective_to <= :day) AND e.recorded_at < :until
    GROUP BY 5) AS s
LEFT JOIN dossiers AS d ON d.id = s.dossier
LEFT JOIN referent_facts AS f ON f.code = s.referent
LEFT JOIN referents AS r ON r.code = coalesce(f.remplace_par, s.referent)"""


_EVER = "9999"


def every_action(connection: Connection, day: str = _EVER, until: str = _EVER) -> list[Action]:
    """Every action as it was on a day (ISO), those of the source first; by what was recorded.

    ``until``: only what was recorded before that instant. One that was over later only is as
    it was before. One of the source of which something is recorded is as it is recorded.
    """
    values = {"day": day, "until": until, "dated": dumps(sorted(DATED))}
    recorded = [_action(row) for row in connection.execute(_QUERY, values)]
    known = {each.action for each in recorded}
    mine = set(settings(connection).get(DEPARTMENTS, "").split(",")) - {""}
    source = [
        each
        for each in of_the_source()
        if each.action not in known
        and (not mine or mine & set((each.departements or "").split("+")))
        and not (each.avancement in DATED and _last_day(each) > day)
    ]
    return [*source, *sorted(recorded, key=_number)]


def _last_day(action: Action) -> str:
    return action.date_action.latest.isoformat() if action.date_action else ""


def open_tasks(connection: Connection, dossier: str) -> tuple[Action, ...]:
    """What is still to be done for the dossier of that id."""
    every = every_action(connection)
    return tuple(each for each in every if each.stream == dossier and not each.over)


def _number(action: Action) -> tuple[int, str]:
    return len(action.action), action.action


def _action(row: tuple[Any, ...]) -> Action:
    (
        action, type_, objet, progress, first, last, partners, departments, participants, due,
        responsible, dossier, remark, referent, stream,
    ) = row  # fmt: skip
    on = PartialDate(*map(date.fromisoformat, (first, last))) if first else None
    return Action(
        action, ActionType(type_), objet or "", Progress(progress), on, partners, departments,
        int(participants) if participants is not None else None, from_edtf(due) if due else None,
        responsible, dossier, remark, referent, stream,
    )  # fmt: skip


def of_actions(connection: Connection, streams: Sequence[str]) -> dict[str, Candidate]:
    """What these journals (ids) are called that are no dossier's but an action's own."""
    rows = connection.execute(
        "SELECT e.dossier, json_extract(e.payload, '$.action'), t.value FROM events AS e"
        " LEFT JOIN texts AS t ON t.event = e.id AND t.field = 'objet'"
        " WHERE e.kind = 'action_recorded' AND e.dossier IN (SELECT value FROM json_each(?))",
        (dumps(list(streams)),),
    )
    return {
        stream: Candidate(stream, number, what or "", "", "", "", "", "", False)
        for stream, number, what in rows
    }


@cache
def of_the_source() -> tuple[Action, ...]:
    """The milestones of the programme that the webinar of 12 October 2023 tells."""
    from csv import DictReader

    with data_file("milestones.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Action(
                row["action"], ActionType(row["type_action"]), row["jalon"],
                Progress(row["etat"]), from_edtf(row["date"]) if row["date"] else None,
                row["partenaires"] or None, row["departements"].replace(" ", "+"),
                remarque=row["remarque"] or None,
            )
            for row in DictReader(file)
        )  # fmt: skip
