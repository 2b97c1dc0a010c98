"""What a code of `Dossier.anomalies` says to a reader: one table for every screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agir_cli.domain.events import LABELS, RANK, Kind

_ALONE: Final[Mapping[str, str]] = {
    "deux_diagnostics": "deux diagnostics, à deux dates",
    "deux_contrats": "deux contrats, à deux dates",
}
_OF_AN_EVENT: Final[Mapping[str, str]] = {
    "apres_cloture": "un fait après la clôture : {}",
    "incomplet": "un fait auquel il manque ce qu'il faut : {}",
}


def anomaly_told(code: str) -> str:
    """The French words of a code, inside a sentence; an unknown one stays as it is."""
    what, _, kind = code.partition(":")
    words = _OF_AN_EVENT.get(what)
    if words is None or kind not in RANK:
        return _ALONE.get(code, code)
    return words.format(in_sentence(Kind(kind)))


def in_sentence(kind: Kind) -> str:
    """The label of an event inside a sentence: « contrat AGIR signé », « RDV de diagnostic »."""
    label = LABELS[kind]
    return label if label[:2].isupper() else label[0].lower() + label[1:]
