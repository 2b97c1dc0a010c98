"""Appointments of a period, kept and missed: by kind, office, référent, delay, reminder.

What became of each is what the agenda says of it (`agenda.appointments`): one that was booked
again and missed by nobody is not counted, nor is what another day's act has answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from agir_cli.reports import agenda
from agir_cli.reports.field_words import shown
from agir_cli.reports.flows import WHOLE, Count, Question, Rate, Report, flow
from agir_cli.reports.flows import sheet as sheet_of
from agir_cli.reports.selection import Filters, one_of, one_or
from agir_cli.reports.sheet import Sheet, columns, one_list
from agir_cli.reports.texts import plural, weekday_date

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

NONE, _OTHER = "aucun", "visite"
_DELAYS = ((0, "0"), (7, "1-7"), (14, "8-14"), (30, "15-30"))
_LONGEST = "31+"
_SAME_DAY = "0 (ou inscrit après coup)"
"""What is booked once it is past stands as booked on its day: nobody knows its delay."""


def _what(entry: agenda.Entry) -> str:
    return (entry.what or "autre") if entry.nature == _OTHER else entry.nature


def waited(entry: agenda.Entry) -> int | None:
    """The days from the booking to the appointment; None where it was not booked, or vaguely."""
    if entry.booked is None or len(entry.booked) != len(entry.date):
        return None
    return (date.fromisoformat(entry.date) - date.fromisoformat(entry.booked)).days


def _delay(entry: agenda.Entry) -> str:
    days = waited(entry)
    if days is None:
        return NONE
    return next((name for most, name in _DELAYS if days <= most), _LONGEST)


BY: Mapping[str, Callable[[agenda.Entry], str]] = {
    "objet": _what,
    "bureau": lambda entry: entry.place or entry.bureau or NONE,
    "referent": lambda entry: entry.referent or NONE,
    "departement": lambda entry: entry.departement,
    "delai": _delay,
    "rappel": lambda entry: "oui" if entry.reminded else "non",
}
"""By what the appointments are divided, and the line that one stands in."""
_TOLD = {
    "objet": "objet", "bureau": "bureau", "referent": "référent", "departement": "département",
    "delai": "délai en jours depuis l'inscription", "rappel": "rappel fait",
}  # fmt: skip

_STATES = {
    agenda.KEPT: "honores", agenda.MISSED: "absents", agenda.UNTOLD: "issue_a_noter",
    agenda.PLANNED: "a_venir",
}  # fmt: skip
BOOKED, MET = "rendez_vous", "rencontrees"
_MEANT = {
    "honores": "la personne est venue.",
    "absents": "absence notée : ce n'est jamais un refus.",
    "issue_a_noter": "le jour est passé, personne n'a noté ce qu'il est devenu.",
    "a_venir": "c'est aujourd'hui ; les jours suivants : agir report agenda.",
}
_COUNTS: Sequence[Count] = (
    *flow(BOOKED, "rendez-vous dont le jour est dans la période.", *_STATES.values()),
    *(Count(name, (name,), definition=told, within=BOOKED) for name, told in _MEANT.items()),
)
_KEPT = Rate("taux_honores", "honores", ("honores", "absents"),
             "honorés, parmi les honorés et les absents.")  # fmt: skip


def _found(
    connection: Connection, day: date, first: date, last: date, filters: Filters
) -> list[agenda.Entry]:
    period = agenda.Period(first, last)
    every = agenda.appointments(connection, day, period, filters, reminders=True)
    return [entry for entry in every if entry.etat in _STATES]


def sheet(connection: Connection, question: Question, filters: Filters, by: str | None) -> Sheet:
    """The appointments of a period, with the part that was kept."""
    line = one_or("objet", "La ligne", by, BY.keys())
    first, last = date.fromisoformat(question.since), question.period.by(question.day).last
    found = _found(connection, question.day, first, last, filters)
    facts: dict[str, list[tuple[Any, str, str, int]]] = {name: [] for name in _STATES.values()}
    for entry in found:
        facts[_STATES[entry.etat]].append((BY[line](entry), entry.date, entry.date, 1))
    began = question.period.first.isoformat()
    met = len({entry.dossier for entry in found if _met(entry) and entry.date >= began})
    masked = bool(question.mask and met < question.mask)
    report = Report(
        title="Rendez-vous",
        notes=[
            "Unité : rendez-vous, compté le jour où il a lieu. Rappel : un papier ou un message"
            " « rappel » fait entre l'inscription et ce jour. Derrière un nombre : --list absents.",
            "Personnes rencontrées à un autre rendez-vous que le diagnostic et le contrat,"
            f" {question.period.told_on(question.day)} : {'masqué' if masked else met}"
            f" (--list {MET}).",
        ],
        counts=_COUNTS, facts=facts, rates=[_KEPT],
        heads=("objet_rdv" if line == "objet" else line,),
        head=lambda key: (None if key == WHOLE else key,),
        label=lambda key: _label(line, str(key)),
        of_lines=_TOLD[line],
    )  # fmt: skip
    return sheet_of(question, report)


def _label(line: str, key: str) -> str:
    if key == NONE:
        return f"(sans {_TOLD[line].split()[0]})"
    if line == "objet":
        return shown("objet_rdv", key)
    return _SAME_DAY if (line, key) == ("delai", "0") else key


def _met(entry: agenda.Entry) -> bool:
    """Whether somebody came to another appointment than that of a step."""
    return entry.nature == _OTHER and entry.etat == agenda.KEPT


_LISTED = (
    "date", "heure", "objet_rdv", "dossier", "nom", "prenoms", "referent", "bureau", "etat",
    "delai_jours", "rappel",
)  # fmt: skip


def sheet_behind(
    connection: Connection, question: Question, filters: Filters, what: str, by: str | None,
    only: str | None,
) -> Sheet:  # fmt: skip
    """The appointments behind a number of the period; ``only``: of one line."""
    wanted = one_of("Le nombre", what, (BOOKED, *_MEANT, MET))
    line = one_or("objet", "La ligne", by, BY.keys())
    period = question.period.by(question.day)
    found = _found(connection, question.day, period.first, period.last, filters)
    if wanted == MET:
        found = [entry for entry in found if _met(entry)]
    elif wanted != BOOKED:
        found = [e for e in found if _STATES[e.etat] == wanted]
    if only is not None:
        lines = sorted({BY[line](entry) for entry in found})
        known = one_of("La ligne", only, lines) if lines else only
        found = [entry for entry in found if BY[line](entry) == known]
    found.sort(key=lambda e: (e.date, e.heure or "", e.dossier))
    rows = [
        (e.date, e.heure, _what(e), e.dossier, e.nom, e.prenoms, e.referent, e.place or e.bureau,
         e.etat, waited(e), "oui" if e.reminded else "non")
        for e in found
    ]  # fmt: skip
    told = _HEADINGS.get(wanted, "Rendez-vous")
    persons = len({e.dossier for e in found})
    return one_list(
        f"{told}, {question.period.told_on(question.day)} : {{count}}",
        columns(_LISTED, {
            "etat": agenda.STATE_WORDS.__getitem__, "objet_rdv": partial(shown, "objet_rdv"),
        }), rows,
        notes=[f"Unité : rendez-vous, de {persons} {plural(persons, 'personne')}."],
        empty=[f"{told} : aucun au {weekday_date(question.day)}."],
    )  # fmt: skip


_HEADINGS = {
    "honores": "Rendez-vous honorés", "absents": "Rendez-vous manqués",
    "issue_a_noter": "Rendez-vous passés, issue à noter", "a_venir": "Rendez-vous à venir",
    MET: "Autres rendez-vous honorés",
}  # fmt: skip
