"""From the state of a dossier to its rows in the tables that reports select from.

What depends on today is never here: deadlines are dates, lateness is asked of them later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from agir_cli.domain.dates import PartialDate, edtf, moment_text
from agir_cli.domain.deadlines import Span, spans, support_ends_by
from agir_cli.domain.dossier import Dossier, LiaisonRequest
from agir_cli.domain.eligibility import Assessment, assess
from agir_cli.domain.reference_values import PLACE
from agir_cli.domain.route import stage
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.territory import Place
from agir_cli.domain.vocabulary import Motive, Nature
from agir_cli.store.columns import DOSSIER_COLUMNS

Row = tuple[Any, ...]


class Rows(NamedTuple):
    """Every row that one dossier has in the folded tables."""

    dossier: Row
    spans: list[Row]
    situations: list[Row]
    steps: list[Row]
    interviews: list[Row]
    appointments: list[Row]


def rows_of(d: Dossier, rulebook: Rulebook) -> Rows:
    """The rows of a state, under these rules."""
    assessment = assess(d, rulebook)
    awaited = stage(d, assessment.route)
    every_span = spans(d, assessment.route, awaited, rulebook.clocks)
    return Rows(
        dossier=_dossier_row(d, assessment, awaited, every_span, rulebook),
        spans=[_span_row(d.id, span) for span in every_span],
        situations=[
            (d.id, place, *_bounds(s.on), s.housing, s.detail, s.work, s.french)
            for place, s in enumerate(d.situations)
        ],
        steps=[
            (d.id, place, s.event, s.domain, *_bounds(s.on), *_bounds(s.until), s.hours)
            for place, s in enumerate(d.steps)
        ],
        interviews=[(d.id, place, *_bounds(on)) for place, on in enumerate(d.interviews)],
        appointments=list(_appointment_rows(d)),
    )


def _appointment_rows(d: Dossier) -> Iterable[Row]:
    for nature, visits in (
        (Nature.DIAGNOSIS, d.diagnosis_visits),
        (Nature.CONTRACTING, d.contract_visits),
    ):
        for place, a in enumerate(visits.appointments):
            day = a.moment.day.isoformat()
            yield (
                d.id, nature, place, day, a.moment.hour, a.office,
                _text(a.booked_on), _text(a.missed_on),
            )  # fmt: skip


def _span_row(dossier: str, span: Span) -> Row:
    return (
        dossier, span.nature.value, span.cause,
        *_bounds(span.start), *_bounds(span.due), *_bounds(span.end),
    )  # fmt: skip


def _bounds(value: PartialDate | None) -> tuple[str | None, str | None]:
    if value is None:
        return None, None
    return value.earliest.isoformat(), value.latest.isoformat()


def _text(value: PartialDate | None) -> str | None:
    return edtf(value) if value is not None else None


def _place(place: Place | None) -> str | None:
    return PLACE.write(place) if place is not None else None


def _flag(value: bool | None) -> str | None:
    return None if value is None else ("oui" if value else "non")


def _joined(values: tuple[str, ...]) -> str | None:
    return "+".join(values) or None


_UNDATED = PartialDate(date.min, date.min)


def admitted_on(d: Dossier) -> PartialDate | None:
    """The day the person counts from; a nameless day in the past when nobody wrote it down."""
    if not d.admitted:
        return None
    decided = d.ofii.on if d.ofii is not None and d.ofii.positive else None
    accepted = d.orientation.on if d.orientation is not None else None
    return accepted or decided or d.cir or _UNDATED


def _dossier_row(
    d: Dossier, known: Assessment, awaited: str, every_span: tuple[Span, ...], rulebook: Rulebook
) -> Row:
    f = d.facts
    housing, detail = d.current_housing
    work, french = d.current_work, d.current_french
    ended = d.closing is not None
    request = d.requests[-1] if d.requests else LiaisonRequest(None)
    diagnosis, assignment = d.diagnosis, d.assignment
    refused = d.closing is not None and d.closing.motive is Motive.CONTRACT_REFUSED
    final = d.closing is not None and rulebook.final(d.closing.motive)
    closed_on = d.closing.on if d.closing else None
    pending = (d.diagnosis_visits.pending, d.contract_visits.pending)
    values = {
        "id": d.id,
        "dossier": d.reference,
        "personne": d.person,
        "departement": d.department,
        "voie": known.route,
        "etape": awaited,
        "niveau_francais_entree": f.niveau_francais,
        "niveau_francais_actuelle": french,
        "niveau_francais_sortie": french if ended else None,
        "menage": f.menage,
        "lien_menage": f.lien_menage,
        "statut": f.statut,
        "rejoint": f.rejoint,
        "date_statut": _text(f.date_statut),
        "date_arrivee": _text(f.date_arrivee),
        "date_cir": _text(d.cir),
        "date_orientation": _text(d.orientation.on) if d.orientation else None,
        "commune_domicile": _place(f.commune_domicile),
        "commune_residence": _place(f.commune_residence),
        "code_postal_domicile": f.code_postal_domicile,
        "code_postal_residence": f.code_postal_residence,
        "situation_logement_entree": f.situation_logement,
        "situation_logement_actuelle": housing,
        "situation_logement_sortie": housing if ended else None,
        "detail_logement_entree": f.detail_logement,
        "detail_logement_actuelle": detail,
        "detail_logement_sortie": detail if ended else None,
        "situation_professionnelle_entree": f.situation_professionnelle,
        "situation_professionnelle_actuelle": work,
        "situation_professionnelle_sortie": work if ended else None,
        "emploi_durable": f.emploi_durable,
        "logement_perenne": f.logement_perenne,
        "orientation": d.orientation.outcome if d.orientation else None,
        "date_fiche": _text(request.on),
        "souhait": _flag(request.wish),
        "listing": request.listing,
        "date_envoi": _text(request.sent_on),
        "decision_ofii": d.ofii.outcome if d.ofii else None,
        "date_decision": _text(d.ofii.on) if d.ofii else None,
        "date_rdv_diagnostic": moment_text(pending[0].moment) if pending[0] else None,
        "date_rdv_contrat": moment_text(pending[1].moment) if pending[1] else None,
        "bureau": _office(d),
        "absences_diagnostic": len(d.diagnosis_visits.absences),
        "absences_contrat": len(d.contract_visits.absences),
        "date_diagnostic": _text(diagnosis.on) if diagnosis else None,
        "diagnostic_signe": _flag(diagnosis.signed) if diagnosis else None,
        "priorites_preconisees": _joined(diagnosis.recommended) if diagnosis else None,
        "date_commission": _text(assignment.on) if assignment else None,
        "priorites": _joined(assignment.priorities) if assignment else None,
        "modalite": assignment.mode if assignment else None,
        "bassin_de_vie": assignment.living_area if assignment else None,
        "referent": assignment.referent if assignment else None,
        "second_referent": assignment.second_referent if assignment else None,
        "date_contrat": _text(d.contract),
        "date_entretien": _text(d.interviews[-1]) if d.interviews else None,
        "date_refus": _text(closed_on) if refused else None,
        "date_cloture": _text(closed_on),
        "motif": d.closing.motive if d.closing else None,
        "echeance_diagnostic": _due(every_span, Nature.DIAGNOSIS),
        "echeance_contrat": _due(every_span, Nature.CONTRACTING),
        "fin_au_plus_tard": _text(support_ends_by(d, rulebook.clocks)),
        "definitif": "oui" if final else "non",
        "eligible": known.eligible.value,
        "a_completer": _joined(known.missing),
        "regle": known.rules.code if known.rules else None,
        "anomalies": _joined(d.anomalies),
    }
    bounds = {
        "admis": admitted_on(d),
        "diagnostic": diagnosis.on if diagnosis else None,
        "commission": assignment.on if assignment else None,
        "contrat": d.contract,
        "cloture": (closed_on or _UNDATED) if ended else None,
    }
    for name, value in bounds.items():
        values[f"{name}_min"], values[f"{name}_max"] = _bounds(value)
    return tuple([values[name] for name in DOSSIER_COLUMNS])


def _due(every_span: tuple[Span, ...], nature: Nature) -> str | None:
    for span in every_span:
        if span.nature is nature:
            return _text(span.due)
    return None


def _office(d: Dossier) -> str | None:
    booked = (*d.diagnosis_visits.appointments, *d.contract_visits.appointments)
    offices = [a.office for a in booked if a.office]
    return offices[-1] if offices else None
