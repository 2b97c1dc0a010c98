"""The commission that designates the référent parcours.

Source: webinar of 12 October 2023, slides "Process d'admission", step 4.
"""

from __future__ import annotations

from agir_cli.domain import commands as c
from agir_cli.domain.dates import french
from agir_cli.domain.decisions.again import Known, said_again
from agir_cli.domain.decisions.common import (
    Context,
    Decision,
    already,
    closed,
    decide,
    given,
    in_future,
    out_of_order,
)
from agir_cli.domain.decisions.process import no_diagnosis, not_admitted
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
    other = (known.referent, command.referent)
    changes = None not in other and other[0] != other[1]
    retype = _ANOTHER.format(d.reference) if changes else "la commission"
    if not command.date_commission.covers(known.on):
        recorded, shown = french(known.on), french(command.date_commission)
        suite, day = (f" Puis retapez {retype}.", "") if changes else ("", shown)
        again = already(
            d, Kind.REFERENT_DESIGNATED, "date_commission", recorded, shown, suite, day=day
        )
        return decide([again], ())
    facts = {
        "priorites": known.priorities or None,
        "modalite": known.mode,
        "bassin_de_vie": known.living_area,
        "referent": known.referent,
        "second_referent": known.second_referent,
    }
    said = {name: getattr(command, name) for name in facts}
    held = Known(Kind.REFERENT_DESIGNATED, known.on, facts, retype)
    return said_again(d, held, said, given(partenaires=command.partenaires))


_ANOTHER = (
    "la commission au même jour, avec le nouveau référent : un changement en cours"
    " d'accompagnement n'a pas encore de date à lui, et l'ancien reste visible"
    " (agir show {} --events)"
)
