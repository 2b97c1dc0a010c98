"""From the states of dossiers to the rows of the tables that reports select from.

A set of states at a time, column by column: a load makes rows by the hundred thousand, and most
columns are those of steps that nobody of the set has come to. What depends on today is never
here: deadlines are dates, lateness is asked of them later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from agir_cli.domain.dates import PartialDate, edtf, moment_text
from agir_cli.domain.deadlines import Span, spans, support_ends_by
from agir_cli.domain.dossier import Closing, Dossier, Facts, Visits
from agir_cli.domain.eligibility import Judged
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.route import stage
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import Motive, Nature, Orientation
from agir_cli.store.folded import OF_STEPS, both_bounds, codes, spans_table, texts
from agir_cli.store.inserting import Columns, Table


class Projection(NamedTuple):
    """What some states come to, without their numbers (ids, references)."""

    dossiers: Table
    folded: list[Table]
    """The tables beside: those of them that have rows."""


def projected(every: Sequence[Judged], rulebook: Rulebook) -> Projection:
    """The rows of these states, each with its pre-check, under these rules."""
    if not every:
        return Projection(Table("dossiers", (), {}), [])
    states = [after.state for after in every]
    routes = [after.assessment.route for after in every]
    awaited = list(map(stage, states, routes))
    every_span = [
        spans(d, way, place, rulebook.clocks)
        for d, way, place in zip(states, routes, awaited, strict=True)
    ]
    said = _by_name(Dossier, states)
    columns: Columns = {
        "departement": said["department"],
        "voie": codes(routes),
        "etape": codes(awaited),
    }
    columns |= _facts(states, said)
    columns |= _precheck(every)
    columns |= _admission(states, said)
    columns |= _process(said)
    columns |= _end(said["closing"], rulebook)
    columns |= _dues(every_span)
    if any(said["contract"]):
        terms = [support_ends_by(d, rulebook.clocks) for d in states]
        columns["fin_au_plus_tard"] = texts(edtf, terms)
    folded = [spans_table(every_span), *(make(said) for make in OF_STEPS)]
    return Projection(
        Table("dossiers", range(len(every)), columns),
        [table for table in folded if table.owners],
    )


# --- the list of dossiers ----------------------------------------------------------------


def _by_name(kind: type[Any], rows: Iterable[Sequence[Any]]) -> Columns:
    return dict(zip(kind._fields, zip(*rows, strict=True), strict=True))


def _flags(values: Iterable[bool | None]) -> list[str | None]:
    return texts(lambda yes: "oui" if yes else "non", values)


def _joined(values: Iterable[Sequence[str]]) -> list[str | None]:
    return ["+".join(each) or None for each in values]


def _of(values: Iterable[Any], name: str) -> list[Any]:
    """One attribute of each of these, where there is one."""
    return [None if value is None else getattr(value, name) for value in values]


_SITUATION = (
    "situation_logement", "detail_logement", "situation_professionnelle", "niveau_francais",
)  # fmt: skip


def _facts(states: Sequence[Dossier], said: Columns) -> Columns:
    facts = _by_name(Facts, said["facts"])
    columns: Columns = {
        name: texts(FIELDS[name].type.write, values)
        for name, values in facts.items()
        if name not in _SITUATION and any(values)
    }
    for name, now in zip(_SITUATION, _current(states, said, facts), strict=True):
        if any(facts[name]):
            columns[f"{name}_entree"] = codes(facts[name])
        if any(now):
            columns[f"{name}_actuelle"] = codes(now)
            columns[f"{name}_sortie"] = [
                text if closing else None
                for text, closing in zip(columns[f"{name}_actuelle"], said["closing"], strict=True)
            ]
    return columns


def _current(states: Sequence[Dossier], said: Columns, facts: Columns) -> Iterable[Sequence[Any]]:
    """How the persons are now, in the order of `_SITUATION`."""
    if not any(said["situations"]):
        return [facts[name] for name in _SITUATION]
    return zip(
        *[(*d.current_housing, d.current_work, d.current_french) for d in states], strict=True
    )


def _precheck(every: Sequence[Judged]) -> Columns:
    known = [after.assessment for after in every]
    return {
        "eligible": [each.eligible.value for each in known],
        "a_completer": _joined([each.missing for each in known]),
        "regle": _of([each.rules for each in known], "code"),
        "anomalies": _joined([after.state.anomalies for after in every]),
    }


_UNDATED = PartialDate(date.min, date.min)


def admitted_on(d: Dossier) -> PartialDate | None:
    """The day the person counts from; a nameless day in the past when nobody wrote it down.

    The acceptance, or OFII's decision: the only one of the two that counts after a rejection.
    """
    if not d.admitted:
        return None
    decided = d.ofii.on if d.ofii is not None else None
    answer = None if d.rejections else d.answer
    accepted = answer.on if answer and answer.outcome is Orientation.ACCEPTED else None
    return accepted or decided or d.cir or _UNDATED


def _admission(states: Sequence[Dossier], said: Columns) -> Columns:
    columns: Columns = {"date_cir": texts(edtf, said["cir"])}
    columns |= both_bounds("admis", map(admitted_on, states))
    if any(said["orientation"]):
        columns["orientation"] = codes(_of(said["orientation"], "outcome"))
        columns["date_orientation"] = texts(edtf, _of(said["orientation"], "on"))
    if any(said["requests"]):
        last = [requests[-1] if requests else None for requests in said["requests"]]
        columns["date_fiche"] = texts(edtf, _of(last, "on"))
        columns["souhait"] = _flags(_of(last, "souhait"))
        columns["listing"] = _of(last, "listing")
        columns["date_envoi"] = texts(edtf, _of(last, "sent_on"))
    if any(said["ofii"]):
        columns["decision_ofii"] = codes(_of(said["ofii"], "outcome"))
        columns["date_decision"] = texts(edtf, _of(said["ofii"], "on"))
    return columns


def _process(said: Columns) -> Columns:
    columns: Columns = {}
    columns |= _visits("diagnostic", said["diagnosis_visits"])
    columns |= _visits("contrat", said["contract_visits"])
    columns["bureau"] = list(map(_office, said["diagnosis_visits"], said["contract_visits"]))
    if any(said["diagnosis"]):
        held = said["diagnosis"]
        columns |= _dated("diagnostic", _of(held, "on"))
        columns["diagnostic_signe"] = _flags(_of(held, "diagnostic_signe"))
        columns["priorites_preconisees"] = _joined(
            [x.priorites_preconisees if x else () for x in held]
        )
    if any(said["assignment"]):
        made = said["assignment"]
        columns |= _dated("commission", _of(made, "on"))
        columns["priorites"] = _joined([x.priorites if x else () for x in made])
        columns["modalite"] = codes(_of(made, "modalite"))
        for name in ("bassin_de_vie", "referent", "second_referent"):
            columns[name] = _of(made, name)
    if any(said["contract"]):
        columns |= _dated("contrat", said["contract"])
    if any(said["interviews"]):
        last = [held[-1] if held else None for held in said["interviews"]]
        columns["date_entretien"] = texts(edtf, last)
    return columns


def _dated(name: str, values: Sequence[PartialDate | None]) -> Columns:
    return {f"date_{name}": texts(edtf, values), **both_bounds(name, values)}


def _visits(name: str, visits: Sequence[Visits]) -> Columns:
    columns: Columns = {f"absences_{name}": [len(each.absences) for each in visits]}
    awaited = [each.pending if each.appointments else None for each in visits]
    if any(awaited):
        columns[f"date_rdv_{name}"] = texts(moment_text, _of(awaited, "moment"))
    return columns


def _office(diagnosis: Visits, contract: Visits) -> str | None:
    """Where the person was last booked: at the contract, else at the diagnostic."""
    offices = [a.bureau for a in (*diagnosis.appointments, *contract.appointments) if a.bureau]
    return offices[-1] if offices else None


def _end(closings: Sequence[Closing | None], rulebook: Rulebook) -> Columns:
    if not any(closings):
        return {"definitif": ["non"] * len(closings)}
    motives, days = _of(closings, "motive"), _of(closings, "on")
    ends = [(closing.on or _UNDATED) if closing else None for closing in closings]
    refused = [
        day if motive is Motive.CONTRACT_REFUSED else None
        for day, motive in zip(days, motives, strict=True)
    ]
    return {
        "definitif": _flags(motive is not None and rulebook.final(motive) for motive in motives),
        "motif": codes(motives),
        "date_cloture": texts(edtf, days),
        "date_refus": texts(edtf, refused),
        **both_bounds("cloture", ends),
    }


_DUES = {Nature.DIAGNOSIS: "echeance_diagnostic", Nature.CONTRACTING: "echeance_contrat"}


def _dues(every_span: Sequence[Sequence[Span]]) -> Columns:
    """The last day of the first span of each nature: it is the one that counts."""
    dues: dict[str, list[Any]] = {column: [None] * len(every_span) for column in _DUES.values()}
    for place, each in enumerate(every_span):
        for span in reversed(each):
            column = _DUES.get(span.nature)
            if column is not None:
                dues[column][place] = span.due
    return {column: texts(edtf, values) for column, values in dues.items()}
