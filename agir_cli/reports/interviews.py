"""The two-monthly interviews that were due in a period, and how each was met.

One row of `interviews_due` is one obligation; it counts in the period of its last day, closed
dossiers included. Its cadence is data (`data/clocks.toml`, `agir rules --interview-cadence`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from agir_cli.reports import standing as s
from agir_cli.reports.flows import WHOLE, Count, Question, Rate, Report, flow
from agir_cli.reports.flows import sheet as sheet_of
from agir_cli.reports.selection import one_of, one_or
from agir_cli.reports.sheet import Sheet, columns, one_list
from agir_cli.reports.texts import edtf_of, weekday_date

if TYPE_CHECKING:
    from agir_cli.reports.standing import Selection
    from agir_cli.store.driver import Connection

BY = ("referent", "bureau", "departement")
IN_TIME, LATE, MISSED, EXCUSED = "tenus_a_temps", "tenus_en_retard", "manques", "excuses"
UNSURE, AWAITED = "indetermines", "attendus"
STATES = (IN_TIME, LATE, MISSED, EXCUSED, UNSURE, AWAITED)
DUE = "dus"

_STATE = f"""CASE
    WHEN i.issue = 'entretien' AND i.issue_max <= i.echeance_min AND i.issue_max <= :day
    THEN '{IN_TIME}'
    WHEN i.issue = 'excuse' AND i.issue_max <= :day THEN '{EXCUSED}'
    WHEN i.issue = 'entretien' AND i.issue_min > i.echeance_max AND i.issue_max <= :day
    THEN '{LATE}'
    WHEN i.issue IN ('entretien', 'excuse') AND i.issue_min <= :day THEN '{UNSURE}'
    WHEN i.echeance_max >= :day THEN '{AWAITED}'
    WHEN i.issue = 'fin' AND i.issue_min <= i.echeance_max THEN '{UNSURE}'
    ELSE '{MISSED}' END"""
_LINE = {
    "referent": f"CASE WHEN {s.ASSIGNED} THEN coalesce(d.referent, '') ELSE '' END",
    "bureau": "coalesce(d.bureau, '')",
    "departement": "d.departement",
}
_FROM = "interviews_due AS i JOIN dossiers AS d ON d.id = i.dossier"

_COUNTS: Sequence[Count] = (
    *flow(DUE, "obligations dont le dernier jour est dans la période, dossiers clos compris ;"
          " aucune après les deux ans ni après la clôture.", *STATES),
    *(Count(name, (name,), definition=told, within=DUE) for name, told in {
        IN_TIME: "entretien tenu au plus tard le dernier jour.",
        LATE: "entretien tenu après le dernier jour.",
        MISSED: "aucun entretien, le dernier jour est passé ; compté aussi après la clôture.",
        EXCUSED: "une absence excusée en tient lieu (agir interview excuse).",
        UNSURE: "une date connue en partie ne dit pas si le délai est tenu.",
        AWAITED: "le dernier jour n'est pas passé.",
    }.items()),
)  # fmt: skip
_TAUX = Rate("taux", IN_TIME, (IN_TIME, LATE, MISSED),
             "tenus à temps, parmi les tenus à temps, tenus en retard et manqués.")  # fmt: skip


def sheet(
    connection: Connection, selection: Selection, question: Question, by: str | None
) -> Sheet:
    """The interviews of a period, by référent, office or department."""
    line = one_or("referent", "La ligne", by, BY)
    return sheet_of(question, report(connection, selection, question, line))


def report(connection: Connection, selection: Selection, question: Question, line: str) -> Report:
    """What is told of interviews."""
    names = dict(connection.execute(_NAMES[line])) if line in _NAMES else {}
    where, values = selection.where("i.echeance_max >= :since", since=question.since)
    facts: dict[str, list[tuple[Any, str, str, int]]] = {state: [] for state in STATES}
    for state, *fact in connection.execute(
        f"""SELECT {_STATE}, {_LINE[line]}, i.echeance_min, i.echeance_max, count(*)
            FROM {_FROM} WHERE {where} GROUP BY 1, 2, 3, 4""",
        values,
    ):
        facts[state].append(tuple(fact))

    def label(key: str) -> str:
        return names.get(key, key) or f"(sans {_TOLD[line]})"

    return Report(
        title="Entretiens de suivi",
        notes=[
            f"Unité : entretien dû. {cadence(connection, question)} Compté le jour de son échéance."
            " Derrière un nombre : --list manques."
        ],
        counts=_COUNTS, facts=facts, rates=[_TAUX],
        heads=(line, "code") if line in _NAMES else (line,),
        head=lambda key: (names.get(key), _none(key)) if line in _NAMES else (_none(key),),
        label=label, of_lines=_TOLD[line],
    )  # fmt: skip


def _none(key: str) -> str | None:
    return None if key in ("", WHOLE) else key


_NAMES = {
    "referent": "SELECT code, nom FROM referents",
    "bureau": "SELECT bureau, nom FROM offices",
}
_TOLD = {"referent": "référent", "bureau": "bureau", "departement": "département"}


def cadence(connection: Connection, question: Question) -> str:
    """« Tous les 2 mois, cadence glissante : … [source]. »"""
    from agir_cli.domain.dates import exactly
    from agir_cli.domain.rules import CADENCES
    from agir_cli.store.settings import rulebook_of

    clock = rulebook_of(connection).clocks.at("entretien", exactly(question.period.first))
    told = f"Tous les {clock.length.told}, cadence {CADENCES[clock.cadence]}"
    return f"{told} [{clock.source} ; cadence : choix du projet]."


_LISTED = (
    "dossier",
    "nom",
    "prenoms",
    "referent",
    "date_depart",
    "echeance",
    "issue",
    "date_issue",
)
_ISSUES = {
    IN_TIME: "tenu à temps", LATE: "tenu en retard", MISSED: "manqué", EXCUSED: "excusé",
    UNSURE: "indéterminé", AWAITED: "attendu",
}  # fmt: skip


def sheet_behind(
    connection: Connection, selection: Selection, question: Question, what: str
) -> Sheet:
    """The obligations behind a number of the period."""
    state = one_of("Le nombre", what, (DUE, *STATES))
    period = question.period.by(question.day)
    told = "Entretiens dus" if state == DUE else f"Entretiens dus, {_ISSUES[state]}"
    return one_list(
        f"{told}, {question.period.told_on(question.day)} : {{count}}",
        columns(_LISTED, {"issue": _ISSUES.__getitem__}),
        _listed(connection, selection, state, period.first.isoformat(), period.last.isoformat()),
        notes=[cadence(connection, question)],
        empty=[f"{told} : aucun au {weekday_date(question.day)}."],
    )


def _listed(
    connection: Connection, selection: Selection, state: str, first: str, last: str
) -> Iterator[Sequence[Any]]:
    where, values = selection.where(
        "i.echeance_min >= :first AND i.echeance_max <= :last",
        f"(:state = '{DUE}' OR {_STATE} = :state)", first=first, last=last, state=state,
    )  # fmt: skip
    query = f"""SELECT d.dossier, p.nom, p.prenoms, CASE WHEN {s.ASSIGNED} THEN
        coalesce(r.nom, d.referent) END, i.depart_min, i.depart_max, i.echeance_min, i.echeance_max,
        {_STATE}, iif(i.issue <> 'fin' AND i.issue_max <= :day, i.issue_min, NULL), i.issue_max
        FROM {_FROM} LEFT JOIN people AS p ON p.id = d.personne
        LEFT JOIN referents AS r ON r.code = d.referent
        WHERE {where} ORDER BY i.echeance_max, d.dossier"""
    for *who, s0, s1, d0, d1, state_, o0, o1 in connection.execute(query, values):
        yield (*who, edtf_of(s0, s1), edtf_of(d0, d1), state_, edtf_of(o0, o0 and o1))
