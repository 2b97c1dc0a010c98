"""Opening a dossier: for a new person, or for one whose earlier dossier ended freely."""

from __future__ import annotations

from agir_cli.domain.commands import Enroll
from agir_cli.domain.decisions.admission import Opening, department_for, open_dossier
from agir_cli.domain.decisions.common import Refused
from agir_cli.domain.identity import name_key
from agir_cli.domain.reasons import finding
from agir_cli.store.people import Holding, Renewal, written_values
from agir_cli.usecases.desk import Desk, Done, NotDone, Outcome
from agir_cli.usecases.holders import changed_values, of_earlier
from agir_cli.usecases.links import house, links_of


def open_new(
    desk: Desk, command: Enroll, earlier: list[Holding], namesakes: list[Holding]
) -> Outcome:
    """Open a dossier, or say why not.

    ``earlier``: the ended dossiers of this very person; ``namesakes``: those that somebody has
    said are other persons'.
    """
    department = department_for(command, desk.department)
    if department is None:
        return NotDone((finding("departement_inconnu", field="departement"),))
    # The number is only taken once the decision is made: a refused row leaves no hole.
    reference = desk.next_reference(department)
    person = earlier[0].person if earlier else next(desk.ids)
    links = links_of(desk, command, reference)
    opening = Opening(
        next(desk.ids), reference, person, links.household, links.joined,
        tuple([h.dossier for h in namesakes]),
    )  # fmt: skip
    decision = open_dossier(command, opening, department, desk.context)
    if isinstance(decision, Refused):
        return NotDone(decision.findings)
    key = name_key(command.nom, command.prenoms)
    holding = Holding(
        person, written_values(command), key, opening.id, reference, "", None, None, False, None
    )
    desk.take_references([department])
    desk.open_dossier(holding, decision, new_person=not earlier)
    house(desk, links)
    if earlier:
        _renew(desk, command, earlier[0])
    warnings = (*decision.warnings, *links.warnings, *of_earlier(earlier))
    return Done("cree", opening.id, reference, warnings)


def _renew(desk: Desk, command: Enroll, holding: Holding) -> None:
    changed = changed_values(command, holding)
    if changed:
        desk.renew(Renewal(holding.person, holding.values, changed))
