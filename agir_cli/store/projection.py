"""From the states of dossiers to the rows of the tables that reports select from.

A set of states at a time, column by column: a load makes rows by the hundred thousand, and most
columns are those of steps that nobody of the set has come to. What depends on today is never
here: deadlines are dates, lateness is asked of them later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from agir_cli.domain.causes import BOOKINGS
from agir_cli.domain.dates import PartialDate, bounds, edtf, moment_text
from agir_cli.domain.deadlines import Span, interviews_due, spans, support_ends_by
from agir_cli.domain.dossier import (
    Appointment,
    Assignment,
    Closing,
    Designation,
    Dossier,
    Entitlement,
    Facts,
    Visits,
    last_said,
)
from agir_cli.domain.eligibility import Judged
from agir_cli.domain.fields import FIELDS, OF_A_RIGHT
from agir_cli.domain.folding import ON_THE_FORM
from agir_cli.domain.route import stage
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.values import NUMBER
from agir_cli.domain.vocabulary import Motive, Nature, Orientation
from agir_cli.store.driver import Columns, Rows
from agir_cli.store.lists import FOLDED


class Projection(NamedTuple):
    """What some states come to, without their numbers (ids, references)."""

    dossiers: Rows
    folded: list[Rows]
    """The tables beside: those of them that have rows."""


def projected(every: Sequence[Judged], rulebook: Rulebook) -> Projection:
    """The rows of these states, each with its pre-check, under these rules."""
    if not every:
        return Projection(Rows("dossiers", (), {}), [])
    states = [after.state for after in every]
    routes = [after.assessment.route for after in every]
    met = [after.assessment.commission for after in every]
    awaited = [stage(d, way, commission=c) for d, way, c in zip(states, routes, met, strict=True)]
    every_span = [
        spans(d, way, place, rulebook.clocks, commission=c)
        for d, way, place, c in zip(states, routes, awaited, met, strict=True)
    ]
    said = _by_name(Dossier, states)
    columns: Columns = {
        "departement": said["department"],
        "voie": codes(routes),
        "etape": codes(awaited),
    }
    columns |= _facts(states, said)
    if any(said["arrival"]):
        columns["droit_depuis"] = texts(edtf, [d.begun_elsewhere for d in states])
    columns |= _precheck(every)
    columns |= _parts(said)
    columns |= _admission(states, said)
    columns |= _process(said)
    columns |= _other_visits(said["other_visits"]) if any(map(any, said["other_visits"])) else {}
    columns |= _rights_now(said["rights"]) if any(said["rights"]) else {}
    columns |= _end(said["closing"], rulebook)
    columns |= _dues(every_span)
    if any(d.right_began for d in states):
        terms = [support_ends_by(d, rulebook.clocks) for d in states]
        columns["fin_au_plus_tard"] = texts(edtf, terms)
    folded = [_spans(every_span), *(make(said) for make in _OF_STEPS), _due(states, rulebook)]
    return Projection(
        Rows("dossiers", range(len(every)), columns),
        [table for table in folded if table.owners],
    )


def texts(write: Callable[[Any], str], values: Iterable[Any]) -> list[str | None]:
    """The stored text of each value that there is."""
    return [None if value is None else write(value) for value in values]


def codes(values: Iterable[Any]) -> list[str | None]:
    """The code of each value that there is."""
    return texts(str, values)


def both_bounds(name: str, values: Iterable[PartialDate | None]) -> Columns:
    """Two columns: the first and the last day that each date may be."""
    first, last = zip(*map(bounds, values), strict=True)
    return {f"{name}_min": first, f"{name}_max": last}


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
        if name not in _SITUATION and values.count(None) < len(values)
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

    The acceptance, or OFII's decision: the only one of the two that counts after a rejection;
    where the person came by a transfer, its day.
    """
    if not d.admitted:
        return None
    decided = d.ofii.on if d.ofii is not None else None
    answer = None if d.rejections else d.answer
    accepted = answer.on if answer and answer.outcome is Orientation.ACCEPTED else None
    here = d.arrival.on if d.arrival is not None else None
    return here or accepted or decided or d.cir or _UNDATED


_ONE = {
    "orientation": {"orientation": "outcome", "date_orientation": "on"},
    "ofii": {"decision_ofii": "outcome", "date_decision": "on"},
    "diagnosis": {
        "date_diagnostic": "on", "diagnostic_signe": "", "priorites_preconisees": "",
    },
    "assignment": {
        "date_commission": "on", "priorites": "", "modalite": "", "bassin_de_vie": "",
        "referent": "", "second_referent": "",
    },
    "arrival": {"date_transfert": "on", "departement_origine": ""},
    "closing": {"motif": "motive", "date_cloture": "on"},
}  # fmt: skip
"""The columns that a part of the state fills, and with which of its values: that of the same name,
where none is told."""
_LAST = {
    "requests": {"date_fiche": "on", "listing": "", "date_envoi": "sent_on",
                 **dict.fromkeys(ON_THE_FORM, "")},
    "situations": {"date_situation": "on"},
    "steps": {"domaine": "", "date_etape": "on", "date_fin_etape": "", "heures": ""},
    "transfers": {"date_demande_transfert": "on", "vers_departement": "department"},
    "declarations": {
        "date_declaration": "on", "numero_declaration": "", "date_rejet": "rejected_on",
    },
}  # fmt: skip
"""The same of the last of several."""


def _parts(said: Columns) -> Columns:
    lasts = {part: [each[-1] if each else None for each in said[part]] for part in _LAST}
    return {
        column: _written(column, _of(known, name or column))
        for part, columns in (_ONE | _LAST).items()
        if any(known := lasts.get(part) or said[part])
        for column, name in columns.items()
    }


def _written(column: str, values: Iterable[Any]) -> Sequence[Any]:
    """What a list has of a field: a number as it is, else its text."""
    type_ = FIELDS[column].type
    if type_ is NUMBER:
        return [*values]
    return texts(type_.write, (None if value == () else value for value in values))


def _admission(states: Sequence[Dossier], said: Columns) -> Columns:
    columns: Columns = {"date_cir": texts(edtf, said["cir"])}
    columns["ouvert_max"] = [on and on.latest.isoformat() for on in said["opened_on"]]
    columns |= both_bounds("admis", map(admitted_on, states))
    if any(said["requests"]):
        last = [requests[-1] if requests else None for requests in said["requests"]]
        columns["flyer_remis"] = _flags(  # on the form, else at OFII
            facts.flyer_remis if form is None or form.flyer_remis is None else form.flyer_remis
            for form, facts in zip(last, said["facts"], strict=True)
        )
    return columns


def _process(said: Columns) -> Columns:
    columns: Columns = {}
    columns |= _visits("diagnostic", said["diagnosis_visits"])
    columns |= _visits("contrat", said["contract_visits"])
    columns |= _booked(said["diagnosis_visits"], said["contract_visits"])
    if any(said["diagnosis"]):
        columns |= both_bounds("diagnostic", _of(said["diagnosis"], "on"))
    if any(said["assignment"]):
        columns |= both_bounds("commission", _of(said["assignment"], "on"))
        decisions = (said["commissions"], said["designations"])
        columns["date_referent"] = texts(edtf, map(_changed_since, *decisions))
        columns["designation_max"] = [*map(_last_change, *decisions)]
    if any(said["contract"]):
        columns["date_contrat"] = texts(edtf, said["contract"])
        columns |= both_bounds("contrat", said["contract"])
    if any(said["motif_excuse"]):
        columns["motif_excuse"] = codes(said["motif_excuse"])
    if any(said["interviews"]):
        last = [held[-1] if held else None for held in said["interviews"]]
        columns["date_entretien"] = texts(edtf, last)
    return columns


def _rights_now(rights: Sequence[Sequence[Entitlement]]) -> Columns:
    """The last state of each right, its day and its end."""
    now = [{each.droit: each for each in every} for every in rights]
    told = set().union(*now)
    columns: Columns = {}
    for name, (field, right) in OF_A_RIGHT.items():
        if right in told:
            known = _of([each.get(right) for each in now], _AS_KEPT.get(field, field))
            columns[name] = texts(FIELDS[field].type.write, known)
    return columns


_AS_KEPT = {"date_droit": "on"}


def _changed_since(
    commissions: Sequence[Assignment], designations: Sequence[Designation]
) -> PartialDate | None:
    """The day from which somebody else accompanies than a commission had said, if anybody does."""
    decided = {made.on for made in commissions}
    return designations[-1].on if designations and designations[-1].on not in decided else None


def _last_change(
    commissions: Sequence[Assignment], designations: Sequence[Designation]
) -> str | None:
    """The last day that it may be when something of the first commission's decision changed."""
    days = [made.on for made in commissions[1:]]
    days += [each.on for each in designations if each.on != commissions[0].on]
    return max(day.latest for day in days).isoformat() if days else None


def _visits(name: str, visits: Sequence[Visits]) -> Columns:
    columns: Columns = {f"absences_{name}": [len(each.absences) for each in visits]}
    awaited = [each.pending if each.appointments else None for each in visits]
    if any(awaited):
        columns[f"date_rdv_{name}"] = texts(moment_text, _of(awaited, "moment"))
    return columns


def _other_visits(visits: Sequence[Visits]) -> Columns:
    """The last other appointment that is awaited, the last that was held, what either is for."""
    awaited = [each.pending for each in visits]
    held = [next((a for a in reversed(v.appointments) if a.held_on), None) for v in visits]
    last = [one or other for one, other in zip(awaited, held, strict=True)]
    return {
        "date_rdv_visite": texts(moment_text, _of(awaited, "moment")),
        "date_visite": texts(edtf, _of(held, "held_on")),
        "type_visite": codes(_of(last, "type_visite")),
    }


def _booked(diagnosis: Sequence[Visits], contract: Sequence[Visits]) -> Columns:
    """What was last said of an appointment: of the contract's, else of the diagnostic's."""
    both = list(zip(diagnosis, contract, strict=True))
    every = [(*first.appointments, *then.appointments) for first, then in both]
    columns: Columns = {"bureau": [last_said(each, "bureau") for each in every]}
    if any(every):
        write = FIELDS["confirmation"].type.write
        columns["confirmation"] = texts(write, [last_said(each, "confirmation") for each in every])
        told_on = [last_said(each, "date_confirmation") for each in every]
        columns["date_confirmation"] = texts(edtf, told_on)
        for name in ("convocation_remise", "plan_acces_remis"):
            columns[name] = _flags(last_said(each, name) for each in every)
    absences = [(*first.absences, *then.absences) for first, then in both]
    if any(absences):
        columns["date_absence"] = texts(edtf, [each[-1] if each else None for each in absences])
    return columns


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


# --- the lists beside ------------------------------------------------------------------


def _spans(every_span: Sequence[Sequence[Span]]) -> Rows:
    """The clocks of each dossier, in the order of the dossiers."""
    rows = [(place, *span[:5]) for place, each in enumerate(every_span) for span in each]
    if not rows:
        return Rows("spans", (), {})
    owners, natures, causes, starts, dues, ends = zip(*rows, strict=True)
    columns: Columns = {
        "nature": codes(natures),
        "cause": causes,
        **both_bounds("depart", starts),
        **both_bounds("echeance", dues),
        **both_bounds("fin", ends),
    }
    return Rows("spans", owners, columns)


def _rows(name: str, rows: Sequence[tuple[Any, ...]]) -> Rows:
    """Rows that say whose they are first, then each column of the table but for the dossier."""
    if not rows:
        return Rows(name, (), {})
    owners, *values = zip(*rows, strict=True)
    return Rows(name, owners, dict(zip(FOLDED[name][1:], values, strict=True)))


def _each(said: Columns, part: str) -> list[tuple[int, int, Any]]:
    """Every one of a part of the states: whose it is, its place among theirs, and itself."""
    return [
        (owner, place, one)
        for owner, each in enumerate(said[part])
        for place, one in enumerate(each)
    ]


def _situations(said: Columns) -> Rows:
    rows = [(whose, place, *bounds(s.on), *s[1:]) for whose, place, s in _each(said, "situations")]
    return _rows("situations", rows)


def _rights(said: Columns) -> Rows:
    rows = [
        (whose, r.droit, place, r.etat_droit, *bounds(r.on), *bounds(r.date_fin_droit))
        for whose, place, r in _each(said, "rights")
    ]
    return _rows("rights", rows)


def _steps(said: Columns) -> Rows:
    rows = [
        (whose, place, s.event, s.domaine, *bounds(s.on), *bounds(s.date_fin_etape), s.heures)
        for whose, place, s in _each(said, "steps")
    ]
    return _rows("steps", rows)


def _interviews(said: Columns) -> Rows:
    rows = [(whose, place, *bounds(on)) for whose, place, on in _each(said, "interviews")]
    return _rows("interviews", rows)


def _due(states: Sequence[Dossier], rulebook: Rulebook) -> Rows:
    return _rows(
        "interviews_due",
        [
            (owner, place, *bounds(m.start), *bounds(m.due), m.outcome, *bounds(m.on))
            for owner, d in enumerate(states)
            if d.contract is not None
            for place, m in enumerate(interviews_due(d, rulebook.clocks))
        ],
    )


def _appointments(said: Columns) -> Rows:
    return _rows(
        "appointments",
        [
            (owner, each.nature, place, *_booking(appointment))
            for each in BOOKINGS.values()
            for owner, visits in enumerate(said[each.visits])
            for place, appointment in enumerate(visits.appointments)
        ],
    )


def _booking(a: Appointment) -> tuple[str | None, ...]:
    told = texts(edtf, (a.booked_on, a.missed_on, a.held_on))
    return a.moment.day.isoformat(), a.moment.hour, a.bureau, *told, a.type_visite


SAME, OTHER = "meme", "autre"
"""Of a tie between two dossiers: one person's, or two persons'."""


def _ties(said: Columns) -> Rows:
    """Whose dossiers somebody has said to be this person's, and not to be."""
    both = enumerate(zip(said["linked"], said["namesakes"], strict=True))
    return _rows(
        "ties",
        [
            (owner, place, other, kind)
            for owner, (linked, namesakes) in both
            for place, (other, kind) in enumerate(
                [*((d, SAME) for d in sorted(linked)), *((d, OTHER) for d in sorted(namesakes))]
            )
        ],
    )


_OF_STEPS = (_situations, _rights, _steps, _interviews, _appointments, _ties)
"""What makes each table of the steps, from the fields of the states."""
