"""Rights and papers: the state of each at entry, now and at exit; and who has which.

Persons and moments are those of `report situations`: each right is one more domain of it, whose
classes are its states. What nobody has told of a person is unknown. « À l'entrée » is what was
known on the day of the diagnostic, else of the admission [D].
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from agir_cli.domain.causes import RIGHTS
from agir_cli.domain.vocabulary import Right, RightState
from agir_cli.failures import UsageFailure
from agir_cli.reports import situations as shared
from agir_cli.reports import standing as s
from agir_cli.reports.field_words import field_columns
from agir_cli.reports.masking import masked_note
from agir_cli.reports.selection import condition, one_of, one_or
from agir_cli.reports.sheet import Column, Data, Kind, Section, Sheet, columns
from agir_cli.reports.texts import edtf_of, number, percent, rate, weekday_date

if TYPE_CHECKING:
    from agir_cli.reports.selection import Filters
    from agir_cli.reports.standing import Selection
    from agir_cli.store.driver import Connection

STATES = tuple(each.value for each in RightState)
_ENTRY = "CASE WHEN d.diagnostic_max <= :day THEN d.diagnostic_max ELSE d.admis_max END"


def state_by(day: str, right: str) -> str:
    """SQL: the last state of a right that was known by a day; one without a day always was."""
    return f"""coalesce((SELECT k.etat_droit FROM rights AS k WHERE k.dossier = d.id
        AND k.droit = {right} AND coalesce(k.date_max, '') <= {day}
        ORDER BY k.rang DESC LIMIT 1), '{shared.UNKNOWN}')"""


def domain(code: str) -> shared.Domain:
    """A right as a domain of the situations."""
    at = (state_by(day, f"'{code}'") for day in (_ENTRY, ":day"))
    return shared.Domain(Right(code).label, STATES, *at)


def crossings(connection: Connection, selection: Selection) -> Counter[tuple[Any, ...]]:
    """How many persons are in which state of each right, at entry and now."""
    where, values = selection.where(s.ADMITTED)
    everyone = dict(connection.execute(
        f"SELECT {s.CLOSED}, count(*) FROM {s.FROM} WHERE {where} GROUP BY 1", values
    ))  # fmt: skip
    query = f"""SELECT r.droit, {state_by(_ENTRY, "r.droit")}, {state_by(":day", "r.droit")},
        {s.CLOSED}, count(*) FROM (SELECT DISTINCT dossier, droit FROM rights) AS r
        JOIN dossiers AS d ON d.id = r.dossier WHERE {where} GROUP BY 1, 2, 3, 4"""
    found: Counter[tuple[Any, ...]] = Counter()
    told: Counter[tuple[Any, ...]] = Counter()
    for right, then, now, closed, count in connection.execute(query, values):
        found[right, then, now, bool(closed)] += count
        told[right, bool(closed)] += count
    for right in RIGHTS:
        for closed, count in everyone.items():
            left = count - told[right, bool(closed)]
            found[right, shared.UNKNOWN, shared.UNKNOWN, bool(closed)] += left
    return found


def figures(connection: Connection, selection: Selection, mask: int | None) -> shared.Figures:
    """Every number of the report."""
    known = crossings(connection, selection)
    domains = {right: domain(right) for right in RIGHTS}
    return shared.figures_of(connection, selection, known, domains, mask, flows=False)


# --- the sheets --------------------------------------------------------------------------

_SHORT = {
    "a_faire": "À faire", "demande": "Demandé", "ouvert": "Ouvert", "refuse": "Refusé",
    "sans_objet": "Sans obj.", "inconnu": "Inconnu",
}  # fmt: skip
_COLUMNS = ("moment", "droit", "etat_droit", "personnes", "part")


def sheet(connection: Connection, selection: Selection, mask: int | None = None) -> Sheet:
    """The states of every right now, then those that are open at each moment."""
    found = figures(connection, selection, mask)
    day = weekday_date(selection.day)
    told = f"Personne n'est admis au {day}{selection.filters.told}."
    counts = {line[:3]: line.personnes for line in found.lines}

    def cell(kind: Kind, heading: str) -> Column:
        return Column("", heading, kind=kind, show=number if kind is Kind.NUMBER else percent)

    now = [Column("", "Droit"), *(cell(Kind.NUMBER, _SHORT[each]) for each in STATES)]
    opened = [Column("", "Ouverts")]
    for moment in shared.MOMENTS:
        opened += [
            cell(Kind.NUMBER, shared.MOMENTS_TOLD[moment].capitalize()),
            cell(Kind.RATE, "%"),
        ]
    rows_now = [
        (Right(right).label, *(counts["actuelle", right, each] for each in STATES))
        for right in RIGHTS
    ]
    rows_opened = [
        (Right(right).label, *(value for moment in shared.MOMENTS
                               for value in _opened(counts, moment, right)))
        for right in RIGHTS
    ]  # fmt: skip
    return Sheet(
        title=f"Droits et papiers au {day}",
        notes=[
            shared.counted_note(found),
            "% : parmi les personnes concernées dont l'état est connu. « Entrée » : ce qui était"
            " connu au diagnostic, sinon à l'admission. Derrière un nombre : --list sejour:ouvert.",
            *masked_note(mask),
        ],
        sections=[
            Section("État actuel (personnes)", now, rows_now),
            Section("Droits ouverts (personnes)", opened, rows_opened),
        ],
        data=Data(columns(_COLUMNS), found.lines),
        said=[] if found.totals["entree"] else [told],
    )  # fmt: skip


_OF = tuple(each for each in STATES if each not in ("sans_objet", "inconnu"))


def _opened(
    counts: dict[tuple[str, str, str], int | None], moment: str, right: str
) -> tuple[int | None, float | None]:
    """How many have it, and which part of those whom it concerns and of whom one knows."""
    known = [counts[moment, right, each] for each in _OF]
    opened = counts[moment, right, "ouvert"]
    whole = None if None in known else sum(filter(None, known))
    return opened, rate(opened, whole)


def sheet_behind(
    connection: Connection, selection: Selection, text: str, moment: str | None
) -> Sheet:
    """The dossiers behind a number: « sejour:ouvert », at a moment."""
    when = one_or("actuelle", "Le moment", moment, shared.MOMENTS)
    right, _, state = (part.strip() for part in text.partition(":"))
    code = one_of("Le droit", right, [*RIGHTS])
    if not state:
        raise UsageFailure(f"« {text} » : quel état ?", f"Par exemple : --list {code}:ouvert")
    wanted = one_of("L'état", state, STATES)
    of, parts = domain(code), [s.ADMITTED]
    parts.append(f"{of.at_entry if when == 'entree' else of.now} = :state")
    if when == "sortie":
        parts.append(s.CLOSED)
    rows = s.dossiers_of(connection, selection, *parts, state=wanted)
    what = f"{of.title}, {RightState(wanted).label.lower()} ({shared.MOMENTS_TOLD[when]})"
    return s.list_sheet(what, selection.day, rows)


# --- who has which -----------------------------------------------------------------------

_LISTED = (
    "dossier", "nom", "prenoms", "droit", "etat_droit", "date_droit", "echeance", "date_fin_droit",
    "referent",
)  # fmt: skip
_QUERY = """SELECT d.dossier, p.nom, p.prenoms, v.column1, coalesce(k.etat_droit, 'inconnu'),
    coalesce((SELECT max(s.echeance_max) FROM spans AS s WHERE s.dossier = d.id
        AND s.nature = 'droit' AND s.cause = k.droit AND s.depart_max = k.date_max), k.fin_max),
    k.date_min, k.date_max, k.fin_min, k.fin_max, coalesce(r.nom, d.referent)
FROM dossiers AS d CROSS JOIN (VALUES {rights}) AS v {told} JOIN rights AS k
    ON k.dossier = d.id AND k.droit = v.column1{last}
LEFT JOIN people AS p ON p.id = d.personne LEFT JOIN referents AS r ON r.code = d.referent
WHERE instr(:states, ',' || coalesce(k.etat_droit, 'inconnu') || ','){one}{filters}
ORDER BY d.dossier, k.droit IS NULL, {order}"""
_LAST = """ AND k.rang = (SELECT max(o.rang) FROM rights AS o
    WHERE o.dossier = k.dossier AND o.droit = k.droit)"""


def listing(
    connection: Connection, day: date, filters: Filters, rights: Sequence[str],
    states: Sequence[str], dossier: str | None = None, *, every: bool = False,
) -> Sheet:  # fmt: skip
    """The rights that somebody has told of; of one dossier, those too that nobody has.

    Its last day is what is written on it, else that of its clock. ``every``: each state that a
    right was in, not only the last.
    """
    asked = condition(filters)
    query = _QUERY.format(
        rights=", ".join(f"('{right}')" for right in rights), told="LEFT" if dossier else "",
        last="" if every else _LAST, one=" AND d.id = :dossier" if dossier else "",
        filters=asked.sql, order="k.rang" if every else "v.column1",
    )  # fmt: skip
    values = {"dossier": dossier, "states": f",{','.join(states)},"}
    rows = [
        (*who, edtf_of(d0, d1) if d0 else "", last or "", edtf_of(f0, f1) if f0 else "", referent)
        for *who, last, d0, d1, f0, f1, referent in connection.execute(query, values | asked.values)
    ]
    of = f" du dossier {rows[0][0]}" if dossier and rows else ""
    return Sheet(
        title=f"Droits et papiers{of} au {weekday_date(day)} : {len(rows)}",
        sections=[Section("", field_columns(_LISTED), rows, _LISTED[3 if of else 0 : -2])],
        data=Data(columns(_LISTED), rows),
        empty=["Aucun droit noté. Pour en noter un : agir right set REF --droit DROIT --etat ÉTAT"],
    )  # fmt: skip
