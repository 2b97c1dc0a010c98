"""The coordination of actors: what was done, what is signed, what is pending, with whom.

An action of two departments counts in each of them, and once in the whole. One without a day is
of no period. Tasks of a dossier are no part of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.dates import PartialDate, edtf
from agir_cli.domain.identity import meant
from agir_cli.domain.network import DONE, ENDS, SIGNED, Action
from agir_cli.domain.vocabulary import ActionType as Type
from agir_cli.domain.vocabulary import Progress, normalise
from agir_cli.reports.field_words import shown
from agir_cli.reports.history import end_of
from agir_cli.reports.selection import Filters, condition
from agir_cli.reports.sheet import Data, Section, Sheet, columns
from agir_cli.reports.texts import plural, short_date
from agir_cli.store.network import every_action

if TYPE_CHECKING:
    from agir_cli.reports.periods import Period
    from agir_cli.store.driver import Connection

COLUMNS = Action._fields[:12]
"""What is said of an action, by the names of the fields that read it again."""
_SHOWN = (
    "action", "date_action", "type_action", "objet", "partenaires", "departements", "avancement",
    "date_echeance", "responsable",
)  # fmt: skip
_SPARE = ("responsable", "date_echeance", "departements")
KNOWN = columns(COLUMNS)
SET, MADE, AHEAD = "Signé", "Fait", "En cours et à venir"
NOWHERE = "non précisé"


class Found(NamedTuple):
    """The actions of a question, each in one of the three; ``undated``: over, of no period."""

    made: Sequence[Action]
    signed: Sequence[Action]
    ahead: Sequence[Action]
    undated: int
    day: date
    period: Period | None
    department: str | None = None
    """The only one asked for."""

    @property
    def lists(self) -> dict[str, Sequence[Action]]:
        """The three, by their titles."""
        return {SET: self.signed, MADE: self.made, AHEAD: self.ahead}


class Count(NamedTuple):
    """How many actions of a type a department has; an empty department or type is the whole."""

    departement: str
    type_action: str
    faites: int
    signees: int
    en_cours: int
    participants: int


_WORDS = {name: partial(shown, name) for name in ("type_action", "avancement")}
COUNTED = columns(Count._fields, {
    "departement": lambda place: place or "Ensemble",
    "type_action": lambda type_: shown("type_action", type_) or "tous",
})  # fmt: skip


def of_the_network(
    connection: Connection, day: date, department: str | None = None, known_on: date | None = None
) -> list[Action]:
    """The actions of a department, or all, on a day; tasks of a dossier are not the network's."""
    known = (end_of(known_on),) if known_on else ()
    return [
        each
        for each in every_action(connection, day.isoformat(), *known)
        if each.dossier is None
        and (department is None or department in (each.departements or "").split("+"))
    ]


def found(
    actions: Iterable[Action], day: date, period: Period | None = None,
    department: str | None = None,
) -> Found:  # fmt: skip
    """What was done and signed by ``day``, or in the period; what is pending on the day."""
    made: list[Action] = []
    signed: list[Action] = []
    ahead: list[Action] = []
    undated = 0
    for each in sorted(actions, key=_order):
        if not each.over:
            ahead.append(each)
        elif period is not None and each.date_action is None:
            undated += each.avancement is not Progress.GIVEN_UP
        elif period is None or period.first <= each.date_action.latest <= period.last:  # type: ignore[union-attr]
            if each.avancement in SIGNED:
                signed.append(each)
            elif each.avancement in DONE:
                made.append(each)
    return Found(made, signed, ahead, undated, day, period, department)


def _order(action: Action) -> tuple[bool, str, int, str]:
    day = action.date_action or action.date_echeance
    return day is None, day.earliest.isoformat() if day else "", len(action.action), action.action


def counts(of: Found) -> list[Count]:
    """The counts of all, where that is more than one department, then of each and by type."""
    every = [each for some in of.lists.values() for each in some]
    places = sorted({place for each in every for place in _places(each)})
    places = [place for place in places if of.department in (None, place)]
    rows = [_count("", "", of)] if len(places) > 1 else []
    for place in places:
        rows.append(_count(place, "", of))
        types = {each.type_action for each in every if place in _places(each)}
        rows += [_count(place, str(type_), of) for type_ in Type if type_ in types]
    return rows


def _places(action: Action) -> list[str]:
    return (action.departements or NOWHERE).split("+")


def _count(place: str, type_: str, of: Found) -> Count:
    made, signed, ahead = (
        [each for each in some
         if (not place or place in _places(each)) and type_ in ("", each.type_action)]
        for some in (of.made, of.signed, of.ahead)
    )  # fmt: skip
    met = sum(each.participants or 0 for each in made)
    return Count(place, type_, len(made), len(signed), len(ahead), met)


def row(action: Action) -> tuple[Any, ...]:
    """An action as a list has it: stored texts."""
    return tuple(
        edtf(value) if name.startswith("date_") and value is not None else value
        for name, value in zip(COLUMNS, action, strict=False)
    )


def told(action: Action) -> list[tuple[str, str]]:
    """What is known of one action: each heading and its words."""
    pairs = zip(KNOWN, row(action), strict=True)
    return [
        (known.heading, shown(known.name, value)) for known, value in pairs if value is not None
    ]


def sheet(of: Found) -> Sheet:
    """The report."""
    when = of.period.told_on(of.day) if of.period else f"au {short_date(of.day)}"
    titles = {AHEAD: f"{AHEAD}, au {short_date(of.day)}"}
    notes = ["Unité : action ; de deux départements, elle compte dans chacun, et une fois en tout."]
    if of.period:
        notes.append(f"Ce qui est à venir, au {short_date(of.day)}.")
    if of.undated:
        notes.append(
            f"Sans date, donc d'aucune période : {of.undated} {plural(of.undated, 'action')}."
        )
    lists = [
        Section(f"{titles.get(title, title)} : {len(some)}", KNOWN, [*map(row, some)], _SHOWN,
                _SPARE)
        for title, some in of.lists.items()
    ]  # fmt: skip
    rows = [each for some in of.lists.values() for each in some]
    summary = Section("Par département et par type", COUNTED, counts(of),
                      total=lambda each: not each[1])  # fmt: skip
    return Sheet(
        title=f"Coordination des acteurs, {when}", notes=notes, sections=[summary, *lists],
        data=Data(KNOWN, [*map(row, rows)]),
        empty=["Aucune action. Pour en ajouter une : agir partner add"],
    )  # fmt: skip


def for_committee(of: Found) -> Sheet:
    """The same as a committee is handed it: no task, and nobody's name."""
    made, ahead = (
        [a for a in some if a.type_action is not Type.TASK] for some in (of.made, of.ahead)
    )
    kept = of._replace(made=made, ahead=ahead)
    whole = sheet(kept)
    laid = columns(_SHOWN[1:7], _WORDS)
    places = [COLUMNS.index(column.name) for column in laid]
    lists = [
        each._replace(
            columns=laid, rows=[[some[n] for n in places] for some in each.rows], usual=()
        )
        for each in whole.sections
        if each.columns is KNOWN
    ]
    first = [each for each in whole.sections if each.columns is not KNOWN]
    return replace(whole, sections=[each for each in (*first, *lists) if each.size])


# --- tasks -------------------------------------------------------------------------------


TASKS = ("action", "date_echeance", "objet", "dossier", "partenaires", "responsable", "avancement")


def tasks(actions: Iterable[Action], *, everything: bool, by: str | None) -> list[Action]:
    """The tasks that are to be done (or all), the most pressing first; ``by``: whose, in words."""
    found_ = [
        each
        for each in actions
        if each.type_action is Type.TASK
        and (everything or not each.over)
        and (not by or meant(by, [("", each.responsable or ""), ("", each.referent or "")])[0])
    ]
    return sorted(found_, key=_pressing)


def _pressing(action: Action) -> tuple[bool, str, int, str]:
    due = action.due
    return due is None, edtf(due) if due else "", len(action.action), action.action


class Due(NamedTuple):
    """What is to be done by a day; ``owner`` names what it is of for ever."""

    action: str
    due: PartialDate
    objet: str
    responsable: str | None
    dossier: str
    nom: str | None
    prenoms: str | None
    departement: str
    owner: str
    command: str


_WHOSE = """SELECT d.dossier, p.nom, p.prenoms, d.departement, d.id, d.referent,
    coalesce(r.nom, d.referent) FROM dossiers AS d LEFT JOIN people AS p ON p.id = d.personne
LEFT JOIN referents AS r ON r.code = d.referent
WHERE d.dossier IN (SELECT value FROM json_each(:those)){filters}"""


def due_tasks(connection: Connection, day: date, filters: Filters) -> Iterator[Due]:
    """What is to be done by a day: for the dossiers that the filters keep, and for the network.

    Whoever is responsible is who is asked for, else the référent of the dossier. What is of no
    dossier is of its departments and its responsible alone, and is called by its partners.
    """
    asked = condition(filters.without("referent", "first_referent"))
    whose, others = filters.get("referent"), filters.without("referent", "department")
    every = sorted(filter(_is_due, every_action(connection, day.isoformat())), key=_pressing)
    those = json.dumps([each.dossier for each in every if each.dossier])
    rows = connection.execute(_WHOSE.format(filters=asked.sql), {"those": those, **asked.values})
    known = {row[0]: row[1:] for row in rows}
    for each in every:
        if each.due is None or (each.dossier and each.dossier not in known):
            continue
        if each.dossier:
            nom, prenoms, place, owner, code, name = known[each.dossier]
            code, name = (each.referent, each.responsable) if each.responsable else (code, name)
        else:
            nom, prenoms, place = each.partenaires or "réseau", None, each.departements or ""
            owner, code, name = each.action, each.referent, each.responsable
            here = filters.get("department")
            if others or (here and here not in place.split("+")):
                continue
        if whose is None or code == whose:
            yield Due(each.action, each.due, each.objet, name, each.dossier or each.action,
                      nom, prenoms, place, owner, _ending(each))  # fmt: skip


def _is_due(action: Action) -> bool:
    return action.due is not None


def _ending(action: Action) -> str:
    """What is typed once it is done."""
    if action.type_action is Type.TASK:
        return f"agir task done {action.action}"
    state = ENDS.get(action.type_action, Progress.DONE)
    return f"agir partner set {action.action} --avancement {state}"


# --- partners ----------------------------------------------------------------------------


class Partner(NamedTuple):
    """A partner: where, how its agreement stands, when last met, how much was done and is left."""

    partenaire: str
    departements: str
    convention: str | None
    derniere_rencontre: str | None
    faites: int
    en_cours: int


PARTNERS = columns(Partner._fields, {"convention": _WORDS["avancement"]})
_MET = (Type.MEETING, Type.WEBINAR, Type.OUTREACH)


def names_of(action: Action) -> list[str]:
    """The partners of an action, who stand between commas or semicolons."""
    return [
        name for part in re.split(r"[;,\n]", action.partenaires or "") if (name := part.strip())
    ]


def partners(actions: Sequence[Action], day: date) -> list[Partner]:
    """Every partner whom an action names, by name."""
    spelled: dict[str, str] = {}
    theirs: dict[str, list[Action]] = {}
    for each in actions:
        for name in names_of(each):
            key = normalise(name)
            spelled.setdefault(key, name)
            theirs.setdefault(key, []).append(each)
    return sorted(_partner(spelled[key], some, day) for key, some in theirs.items())


def _partner(name: str, actions: Sequence[Action], day: date) -> Partner:
    of = found(actions, day)
    agreements = [a for a in actions if a.type_action is Type.AGREEMENT]
    met = [a.date_action for a in of.made if a.type_action in _MET and a.date_action]
    return Partner(
        name, "+".join(sorted({p for a in actions for p in _places(a) if p != NOWHERE})),
        str(agreements[-1].avancement) if agreements else None,
        edtf(max(met, key=lambda on: on.latest)) if met else None,
        len(of.made) + len(of.signed), len(of.ahead),
    )  # fmt: skip


def with_partner(actions: Sequence[Action], text: str) -> tuple[list[Action], list[str]]:
    """The actions of the one partner that a text means, and the names that it may mean."""
    every = dict.fromkeys(name for each in actions for name in names_of(each))
    found_, _ = meant(text, [(normalise(name), name) for name in every])
    mine = [a for a in actions if any(normalise(name) in found_ for name in names_of(a))]
    return mine, [name for name in every if normalise(name) in found_]
