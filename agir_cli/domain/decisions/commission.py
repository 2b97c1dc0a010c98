"""The commission that designates the référent parcours.

Source: webinar of 12 October 2023, slides "Process d'admission", step 4.
"""

from __future__ import annotations

from typing import Any

from agir_cli.domain import commands as c
from agir_cli.domain.dates import french
from agir_cli.domain.decisions.common import (
    Context,
    Decision,
    already,
    closed,
    decide,
    in_future,
    out_of_order,
)
from agir_cli.domain.decisions.process import given, no_diagnosis, not_admitted
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind


def assign(d: Dossier, command: c.Assign, context: Context) -> Decision:
    """The commission's decision: priorities, mode, living area, partners, référent."""
    on = command.date_commission
    if d.assignment is not None:
        return _assign_again(d, command)
    refusals = [
        *closed(d), *not_admitted(d), *no_diagnosis(d),
        *in_future("date_commission", on, context.today),
        *out_of_order(d, "commission", "la commission", on),
    ]  # fmt: skip
    recommended = d.diagnosis.recommended if d.diagnosis else ()
    payload = given(
        priorites=command.priorites or recommended or None,
        modalite=command.modalite,
        bassin_de_vie=command.bassin_de_vie,
        referent=command.referent,
        second_referent=command.second_referent,
    )
    texts = given(partenaires=command.partenaires)
    draft = Draft(Kind.REFERENT_DESIGNATED, on.known_by(context.today), payload, texts)
    return decide(refusals, [draft])


def _assign_again(d: Dossier, command: c.Assign) -> Decision:
    known = d.assignment
    assert known is not None  # the caller looked
    if not command.date_commission.covers(known.on):
        shown = french(command.date_commission)
        return decide(
            [already(d, Kind.REFERENT_DESIGNATED, "date_commission", french(known.on), shown)], ()
        )
    recorded = given(
        priorites=known.priorities or None,
        modalite=known.mode,
        bassin_de_vie=known.living_area,
        referent=known.referent,
        second_referent=known.second_referent,
    )
    said = given(**{name: getattr(command, name) for name in _COMMISSION})
    differing = [n for n, value in said.items() if n in recorded and recorded[n] != value]
    suite = " Puis retapez la commission."
    refusals = [
        already(d, Kind.REFERENT_DESIGNATED, n, _told(recorded[n]), _told(said[n]), suite)
        for n in differing
    ]
    if refusals or said.keys() <= recorded.keys():
        return decide(refusals, ())
    more = Draft(Kind.REFERENT_DESIGNATED, known.on, {**recorded, **said})
    return decide(closed(d), [more])


_COMMISSION = ("priorites", "modalite", "bassin_de_vie", "referent", "second_referent")


def _told(value: Any) -> str:
    return "+".join(value) if isinstance(value, tuple) else str(value)
