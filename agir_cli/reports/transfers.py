"""Transfers to other departments: those asked with their answers, and the file handed over.

The file is one table that `import` takes in: a row a person with the acts of the process, then a
row for each interview, situation and référent that the first one does not say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from agir_cli.domain.dates import edtf
from agir_cli.domain.dossier import OF_A_SITUATION, Dossier
from agir_cli.domain.folding import fold
from agir_cli.domain.wide import EXIT, NOW, wide_names
from agir_cli.reports.field_words import field_columns
from agir_cli.reports.listing import EVERY, WORDS, listed_columns, row_of
from agir_cli.reports.sheet import Data, Section, Sheet, one_list
from agir_cli.reports.texts import weekday_date
from agir_cli.store import directory, journal, lookup

if TYPE_CHECKING:
    from agir_cli.domain.dates import PartialDate
    from agir_cli.store.driver import Connection

COLUMNS = (
    "dossier", "nom", "prenoms", "vers_departement", "date_demande_transfert",
    "reponse_transfert", "date_transfert", "attente_jours",
)  # fmt: skip


def sheet(connection: Connection, day: date) -> Sheet:
    """Every transfer asked of another department: those without an answer first, oldest first."""
    query = "SELECT DISTINCT dossier FROM events WHERE kind = 'transfer_asked'"
    ids = [id_ for (id_,) in connection.execute(query)]
    names = lookup.names_of(connection, ids)
    rows = []
    for id_, events in journal.load(connection, ids).items():
        state = fold(events)
        for each in state.transfers:
            days = None if each.answer else (day - each.on.latest).days
            rows.append((state.reference, *names[id_], each.department, edtf(each.on),
                         each.answer, _day(each.answered_on), days))  # fmt: skip
    rows.sort(key=lambda row: (row[5] is not None, row[4], row[0]))
    waiting = sum(row[5] is None for row in rows)
    return Sheet(
        title=f"Transferts au {weekday_date(day)}",
        notes=[f"Unité : demande de transfert. {{count}} dans la liste, {waiting} sans réponse."],
        sections=[Section("", field_columns(COLUMNS), rows)],
        data=Data(listed_columns(COLUMNS), rows),
        empty=["Aucun transfert n'a été demandé : agir transfer ask REF --vers-departement CODE"],
    )  # fmt: skip


def _day(on: PartialDate | None) -> str | None:
    return edtf(on) if on is not None else None


# --- the file that is handed over --------------------------------------------------------

_STAYS = frozenset(
    ("dossier", "rejoint", "malgre", "listing", "bureau", "confirmation", "date_confirmation",
     "convocation_remise", "plan_acces_remis", "date_rdv_diagnostic", "date_rdv_contrat",
     "date_absence", "absences_contrat", "referent_nom", "second_referent_nom", "date_referent",
     "date_refus", "date_cloture", "motif")
)  # fmt: skip
"""What means nothing elsewhere: references, appointments, this dossier's own end."""
_OF_A_STEP = ("derniere_etape", "date_etape", "date_fin_etape", "domaine", "heures")
_WHO = ("departement", "agdref", "nom", "prenoms", "date_naissance")


def handed_over(connection: Connection, ids: Sequence[str], *, words: bool) -> Sheet:
    """What is handed over of these dossiers (ids), whose transfer is accepted.

    ``words``: free texts too.
    """
    names = [
        name
        for name in wide_names()
        if name in EVERY and name not in _STAYS and not name.endswith(EXIT)
        and (words or name not in (*WORDS, *_OF_A_STEP))
    ]  # fmt: skip
    names.insert(names.index("referent"), "date_referent")
    referents = directory.referent_names(connection)
    events = journal.load(connection, ids, words=words)
    rows = [
        [said.get(name) for name in names]
        for id_ in ids
        for said in _said(
            fold(events[id_]), dict(zip(names, row_of(connection, names, id_), strict=True)),
            referents,
        )
    ]  # fmt: skip
    return one_list("", listed_columns(names), rows)


def _said(
    d: Dossier, listed: Mapping[str, Any], referents: Mapping[str, str]
) -> list[dict[str, Any]]:
    """A dossier row by row: all that one row can say, the rest of what happened, the transfer.

    A step is nothing without its words.
    """
    last = d.transfers[-1]
    made = d.commissions[0] if d.commissions else None
    apart = ("date_transfert", "departement_origine", "date_referent", *_OF_A_STEP)
    nothing = dict.fromkeys(apart)
    whole = {**listed, **nothing, "departement": last.department, **_named(made, referents)}
    rows = [whole]
    for each in d.designations:
        if made is not None and each.on != made.on:
            sitting = {"date_commission": edtf(made.on), "date_referent": edtf(each.on)}
            rows.append({**sitting, **_named(each, referents)})
    for situation in d.situations[:-1]:
        values = {f"{name}{NOW}": getattr(situation, name) for name in OF_A_SITUATION}
        rows.append({"date_situation": edtf(situation.on), **values})
    rows += [{"date_entretien": edtf(on)} for on in d.interviews[:-1]]
    for step in d.steps:
        if step.words:
            days = (_day(step.on), _day(step.date_fin_etape))
            told = (step.words, *days, step.domaine, step.heures)
            rows.append(dict(zip(_OF_A_STEP, told, strict=True)))
    rows[-1] |= {
        "date_transfert": _day(last.answered_on), "departement_origine": d.department,
        "droit_depuis": _day(d.begun_elsewhere),
    }  # fmt: skip
    return [{**{name: whole[name] for name in _WHO}, **row} for row in rows]


def _named(said: Any, referents: Mapping[str, str]) -> dict[str, str | None]:
    """The référents of a decision by their names: another team has other codes."""
    codes = {name: getattr(said, name, None) for name in ("referent", "second_referent")}
    return {name: referents.get(code, code) if code else None for name, code in codes.items()}


def without_consent(connection: Connection, ids: Collection[str]) -> list[str]:
    """The references of those of these dossiers whose transfer nobody has accepted."""
    states = [fold(events) for events in journal.load(connection, ids).values()]
    return [d.reference for d in states
            if not d.transfers or d.transfers[-1].answer != "accepte"]  # fmt: skip
