"""What a person had at entry that lasts: durable work, lasting housing.

Source: webinar of 12 October 2023, slide "Process d'admission BPI CIR année N (1/2)", step 1;
which situations count is dated data [P: Forum réfugiés 1641].
"""

from __future__ import annotations

from agir_cli.domain.dates import NO, UNKNOWN, YES, Verdict
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.rules import SituationFlags
from agir_cli.domain.vocabulary import Housing, Tristate


def lasting_job(dossier: Dossier, flags: SituationFlags) -> Verdict:
    """Whether the person had durable work at entry: the situation's code, else what was said."""
    work = dossier.facts.situation_professionnelle
    if work is not None:
        return _yes_if(work in flags.durable_work)
    return _said(dossier.facts.emploi_durable)


def lasting_home(dossier: Dossier, flags: SituationFlags) -> Verdict:
    """Whether the person had lasting housing at entry [P: Forum réfugiés 1641]."""
    housing, detail = dossier.facts.situation_logement, dossier.facts.detail_logement
    if housing is Housing.ASSISTED:
        if detail is not None:
            return _yes_if(detail in flags.lasting_details)
        return _said(dossier.facts.logement_perenne)
    if housing is not None:
        return _yes_if(housing in flags.lasting_housing)
    return _said(dossier.facts.logement_perenne)


def _said(answer: Tristate | None) -> Verdict:
    return Verdict(answer.value) if answer is not None else UNKNOWN


def _yes_if(answer: bool) -> Verdict:
    return YES if answer else NO
