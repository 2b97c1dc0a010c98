"""The pre-check of a person who is not enrolled: nothing is written, nothing is kept."""

from __future__ import annotations

from datetime import date

from agir_cli.domain.commands import Enroll
from agir_cli.domain.dates import exactly
from agir_cli.domain.decisions.admission import (
    NewDossier,
    department_for,
    no_department,
    opening_drafts,
)
from agir_cli.domain.decisions.common import Context
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import Judged, judged
from agir_cli.domain.folding import applied
from agir_cli.domain.identity import number_spellings
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.route import OPENING
from agir_cli.failures import UsageFailure
from agir_cli.store.file import consulting
from agir_cli.store.rulebook import shipped
from agir_cli.usecases.ledger import Visitor


def used_up(visitor: Visitor, number: str | None) -> Finding | None:
    """Why nobody with this AGDREF number may be admitted again, as the file knows it."""
    if number is None or not visitor.path.exists():
        return None
    from agir_cli.store.people import holdings
    from agir_cli.usecases.holders import had_number, term_reached, told_of_end

    with consulting(visitor.path) as connection:
        found = holdings(connection, numbers=number_spellings(number))
        for holding in [h for h in found if not had_number(h, number)] or found:
            over = term_reached(holding, visitor.today)
            if holding.final or over:
                told = f"dossier {holding.reference} : {told_of_end(holding, over)}"
                return finding("droit_epuise", told, field="agdref", dossier=holding.reference)
    return None


def precheck(visitor: Visitor, command: Enroll, on: date) -> Judged:
    """What the criteria answer for these facts, under the file's rules (or those shipped).

    ``on``: the day the request is supposed to come, where the facts do not say it.
    """
    rulebook = shipped()
    if visitor.path.exists():
        from agir_cli.store import settings

        with consulting(visitor.path) as connection:
            rulebook = settings.rulebook_of(connection)
    served = rulebook.served
    department = department_for(command, served)
    if department is None:
        told = no_department(command, served)
        if told.code != "hors_territoire":
            raise UsageFailure(told.sentence, told.remedy)
        department = served[0]  # the person lives in none of them: any says so
    context = Context(visitor.today, rulebook)
    drafts = opening_drafts(command, NewDossier("", "", ""), department, context)
    state = applied(Dossier(), drafts)._replace(opened_on=exactly(on))
    found = judged(state, rulebook)
    if found.assessment.receipt_of != OPENING:
        return found
    supposed = "supposé : ni orientation, ni décision de l'OFII"
    return found._replace(assessment=found.assessment._replace(receipt_of=supposed))
