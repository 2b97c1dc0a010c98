"""From the state of a dossier to its rows in the tables that reports select from.

What depends on today is never here: deadlines are dates, lateness is asked of them later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from agir_cli.domain.dates import PartialDate, bounds, edtf, moment_text
from agir_cli.domain.deadlines import Span, spans, support_ends_by
from agir_cli.domain.dossier import Closing, Dossier, Facts
from agir_cli.domain.eligibility import Assessment, Judged, judged
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.route import stage
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import Motive, Nature, Orientation, Stage

Row = tuple[Any, ...]


class Rows(NamedTuple):
    """Every row that one dossier has in the folded tables.

    ``dossier`` holds its known columns only; the others are NULL.
    """

    dossier: Mapping[str, Any]
    spans: list[Row]
    situations: list[Row]
    steps: list[Row]
    interviews: list[Row]
    appointments: list[Row]


def rows_of(d: Dossier, rulebook: Rulebook) -> Rows:
    """The rows of a state, under these rules."""
    return folded_rows(judged(d, rulebook), rulebook)


def folded_rows(after: Judged, rulebook: Rulebook) -> Rows:
    """The rows of a state whose pre-check is known."""
    d, assessment = after
    awaited = stage(d, assessment.route)
    every_span = spans(d, assessment.route, awaited, rulebook.clocks)
    return Rows(
        dossier=_dossier_row(d, assessment, awaited, every_span, rulebook),
        spans=[_span_row(d.id, span) for span in every_span],
        situations=[
            (d.id, place, *bounds(s.on), s.housing, s.detail, s.work, s.french)
            for place, s in enumerate(d.situations)
        ],
        steps=[
            (d.id, place, s.event, s.domain, *bounds(s.on), *bounds(s.until), s.hours)
            for place, s in enumerate(d.steps)
        ],
        interviews=[(d.id, place, *bounds(on)) for place, on in enumerate(d.interviews)],
        appointments=_appointment_rows(d) if _booked(d) else [],
    )


def _booked(d: Dossier) -> bool:
    return bool(d.diagnosis_visits.appointments or d.contract_visits.appointments)


def _appointment_rows(d: Dossier) -> list[Row]:
    return [
        (
            d.id, nature, place, a.moment.day.isoformat(), a.moment.hour, a.office,
            _text(a.booked_on), _text(a.missed_on),
        )
        for nature, visits in (
            (Nature.DIAGNOSIS, d.diagnosis_visits),
            (Nature.CONTRACTING, d.contract_visits),
        )
        for place, a in enumerate(visits.appointments)
    ]  # fmt: skip


def _span_row(dossier: str, span: Span) -> Row:
    return (
        dossier, str(span.nature), span.cause,
        *bounds(span.start), *bounds(span.due), *bounds(span.end),
    )  # fmt: skip


def _text(value: PartialDate | None) -> str | None:
    return edtf(value) if value is not None else None


def _flag(value: bool | None) -> str | None:
    return None if value is None else ("oui" if value else "non")


def _joined(values: tuple[str, ...]) -> str | None:
    return "+".join(values) or None


_UNDATED = PartialDate(date.min, date.min)


def admitted_on(d: Dossier) -> PartialDate | None:
    """The day the person counts from; a nameless day in the past when nobody wrote it down.

    The acceptance, or OFII's decision: the only one of the two that counts after a rejection.
    """
    if not d.admitted:
        return None
    decided = d.ofii.on if d.ofii is not None else None
    said = d.answer.outcome if d.answer is not None and not d.rejections else None
    accepted = d.answer.on if d.answer and said is Orientation.ACCEPTED else None
    return accepted or decided or d.cir or _UNDATED


def _dossier_row(
    d: Dossier, known: Assessment, awaited: Stage, every_span: tuple[Span, ...], rulebook: Rulebook
) -> Mapping[str, Any]:
    row: dict[str, Any] = {
        "id": d.id,
        "dossier": d.reference,
        "personne": d.person,
        "departement": d.department,
        "voie": str(known.route),
        "etape": str(awaited),
        "absences_diagnostic": len(d.diagnosis_visits.absences),
        "absences_contrat": len(d.contract_visits.absences),
        "definitif": "non",
        "eligible": known.eligible.value,
    }
    _put_facts(row, d)
    _put_admission(row, d)
    _put_process(row, d)
    if d.closing is not None:
        _put_end(row, d.closing, rulebook)
    if known.missing:
        row["a_completer"] = "+".join(known.missing)
    if known.rules is not None:
        row["regle"] = known.rules.code
    if d.anomalies:
        row["anomalies"] = "+".join(d.anomalies)
    _put_dues(row, d, every_span, rulebook)
    return row


_SITUATION_FIELDS = (
    "situation_logement", "detail_logement", "situation_professionnelle", "niveau_francais",
)  # fmt: skip
_SITUATIONS = tuple((f"{name}_actuelle", f"{name}_sortie") for name in _SITUATION_FIELDS)
_FACTS = tuple(
    (f"{name}_entree" if name in _SITUATION_FIELDS else name, FIELDS[name].type.write)
    for name in Facts._fields
)


def _put_facts(row: dict[str, Any], d: Dossier) -> None:
    known = zip(d.facts, _FACTS, strict=True)
    row |= {column: write(value) for value, (column, write) in known if value is not None}
    current = (*d.current_housing, d.current_work, d.current_french)
    for value, (now, at_exit) in zip(current, _SITUATIONS, strict=True):
        if value is not None:
            row[now] = str(value)
            if d.closing is not None:
                row[at_exit] = row[now]


def _put_admission(row: dict[str, Any], d: Dossier) -> None:
    if d.cir is not None:
        row["date_cir"] = edtf(d.cir)
    if d.orientation is not None:
        row["orientation"] = _code(d.orientation.outcome)
        row["date_orientation"] = _text(d.orientation.on)
    if d.requests:
        request = d.requests[-1]
        row["date_fiche"] = _text(request.on)
        row["souhait"] = _flag(request.wish)
        row["listing"] = request.listing
        row["date_envoi"] = _text(request.sent_on)
    if d.ofii is not None:
        row["decision_ofii"] = str(d.ofii.outcome)
        row["date_decision"] = _text(d.ofii.on)
    _put_bounds(row, "admis", admitted_on(d))


def _put_process(row: dict[str, Any], d: Dossier) -> None:
    if _booked(d):
        _put_appointments(row, d)
    if d.diagnosis is not None:
        row["date_diagnostic"] = edtf(d.diagnosis.on)
        row["diagnostic_signe"] = _flag(d.diagnosis.signed)
        row["priorites_preconisees"] = _joined(d.diagnosis.recommended)
        _put_bounds(row, "diagnostic", d.diagnosis.on)
    if d.assignment is not None:
        row["date_commission"] = edtf(d.assignment.on)
        row["priorites"] = _joined(d.assignment.priorities)
        row["modalite"] = _code(d.assignment.mode)
        row["bassin_de_vie"] = d.assignment.living_area
        row["referent"] = d.assignment.referent
        row["second_referent"] = d.assignment.second_referent
        _put_bounds(row, "commission", d.assignment.on)
    if d.contract is not None:
        row["date_contrat"] = edtf(d.contract)
        _put_bounds(row, "contrat", d.contract)
    if d.interviews:
        row["date_entretien"] = edtf(d.interviews[-1])


def _put_appointments(row: dict[str, Any], d: Dossier) -> None:
    awaited = (
        ("date_rdv_diagnostic", d.diagnosis_visits.pending),
        ("date_rdv_contrat", d.contract_visits.pending),
    )
    for column, appointment in awaited:
        if appointment is not None:
            row[column] = moment_text(appointment.moment)
    row["bureau"] = _office(d)


def _put_end(row: dict[str, Any], closing: Closing, rulebook: Rulebook) -> None:
    row["motif"] = str(closing.motive)
    row["date_cloture"] = _text(closing.on)
    if closing.motive is Motive.CONTRACT_REFUSED:
        row["date_refus"] = _text(closing.on)
    if rulebook.final(closing.motive):
        row["definitif"] = "oui"
    _put_bounds(row, "cloture", closing.on or _UNDATED)


def _put_dues(
    row: dict[str, Any], d: Dossier, every_span: tuple[Span, ...], rulebook: Rulebook
) -> None:
    for span in reversed(every_span):
        column = _DUES.get(span.nature)
        if column is not None:
            row[column] = _text(span.due)
    if d.contract is not None:
        row["fin_au_plus_tard"] = _text(support_ends_by(d, rulebook.clocks))


# The first span of a nature is the one that counts.
_DUES = {Nature.DIAGNOSIS: "echeance_diagnostic", Nature.CONTRACTING: "echeance_contrat"}


def _put_bounds(row: dict[str, Any], name: str, value: PartialDate | None) -> None:
    if value is not None:
        row[f"{name}_min"], row[f"{name}_max"] = bounds(value)


def _code(value: str | None) -> str | None:
    return None if value is None else str(value)


def _office(d: Dossier) -> str | None:
    booked = (*d.diagnosis_visits.appointments, *d.contract_visits.appointments)
    offices = [a.office for a in booked if a.office]
    return offices[-1] if offices else None
