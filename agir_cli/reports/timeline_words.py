"""The words of an event on a timeline: its domain, its title, its detail. French."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from agir_cli.domain.dates import french, french_moment
from agir_cli.domain.events import LABELS, Event, Kind
from agir_cli.domain.fields import FIELDS


class Names(NamedTuple):
    """The directory's names, by code."""

    referents: Mapping[str, str] = {}
    offices: Mapping[str, str] = {}


class Words(NamedTuple):
    """What an event says."""

    domain: str
    title: str
    detail: str = ""


_DOMAINS = {Kind.SITUATION_RECORDED: "situation", Kind.INTERVIEW_HELD: "suivi"}
_BOOKED = {
    Kind.DIAGNOSIS_BOOKED: ("RDV de diagnostic", "date_rdv_diagnostic"),
    Kind.CONTRACT_BOOKED: ("RDV de contractualisation", "date_rdv_contrat"),
}
_FIELDS = {
    Kind.LIAISON_FORM_COMPLETED: ("souhait", "prescripteur"),
    Kind.LISTING_SENT: ("listing",),
    Kind.OFII_VALIDATED: ("decision_ofii", "motif_ofii"),
    Kind.OFII_REJECTED: ("motif_ofii",),
    Kind.DIAGNOSIS_HELD: ("diagnostic_signe", "priorites_preconisees"),
    Kind.REFERENT_DESIGNATED: (
        "referent", "second_referent", "priorites", "modalite", "bassin_de_vie", "partenaires",
    ),
    Kind.CONTRACT_SIGNED: ("projet",),
    Kind.PRECHECK_OVERRIDDEN: ("malgre",),
    Kind.NAMESAKE_CONFIRMED: ("autre",),
    Kind.DOSSIER_CLOSED: ("motif",),
}  # fmt: skip
_SITUATION = (
    "situation_logement", "detail_logement", "situation_professionnelle", "niveau_francais",
)  # fmt: skip


def told(event: Event, names: Names) -> Words:
    """The words of an event; those that were erased are said to be."""
    domain = _DOMAINS.get(event.kind, "parcours")
    if event.kind is Kind.STEP_RECORDED:
        return _step(event)
    if event.kind is Kind.SITUATION_RECORDED:
        values = [_shown(name, event.payload[name]) for name in _SITUATION if name in event.payload]
        return Words(domain, "Situation relevée", " ; ".join(values))
    if event.kind in _BOOKED:
        return _appointment(event, names)
    details = [
        f"{FIELDS[name].label.lower()} : {shown}"
        for name in _FIELDS.get(event.kind, ())
        if (shown := _value(event, name, names))
    ]
    return Words(domain, LABELS[event.kind], _sentence(details))


def _sentence(parts: Iterable[str]) -> str:
    return " ; ".join(part for part in parts if part)


def _value(event: Event, name: str, names: Names) -> str:
    if name in event.texts:
        return str(event.texts[name])
    value = event.payload.get(name)
    if value is None or value == ():
        return ""
    if name in ("referent", "second_referent"):
        return names.referents.get(value, value)
    return _shown(name, value)


def _shown(name: str, value: Any) -> str:
    return str(FIELDS[name].type.show(value))


def _step(event: Event) -> Words:
    until = event.payload.get("date_fin_etape")
    hours = event.payload.get("heures")
    details = [f"jusqu'à : {french(until)}" if until else "", f"{hours} heures" if hours else ""]
    words = str(event.texts.get("etape") or "Étape (mots effacés)")
    domain = event.payload.get("domaine")
    return Words(domain.value if domain else "projet", words, _sentence(details))


def _appointment(event: Event, names: Names) -> Words:
    title, field = _BOOKED[event.kind]
    moment, office = event.payload[field], event.payload.get("bureau")
    details = [f"pour le {french_moment(moment)}"]
    if office:
        details.append(names.offices.get(office, office))
    return Words("parcours", f"{title} inscrit", ", ".join(details))
