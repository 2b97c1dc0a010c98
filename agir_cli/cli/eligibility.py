"""`agir eligibility`: the pre-check of a person, without enrolling anybody."""

from __future__ import annotations

from typing import Annotated

import typer

from agir_cli.cli.criteria import MACHINE, final_row, linked, show_criteria, write_criteria
from agir_cli.cli.doors import read_command, visitor_of
from agir_cli.cli.options import Given, fields_of
from agir_cli.cli.screen import say, tell
from agir_cli.cli.session import Session, session_of
from agir_cli.domain import commands as c
from agir_cli.failures import UsageFailure

app = typer.Typer()


@app.command("eligibility")
@fields_of(c.Enroll, positional=False, files=False)
def eligibility(
    ctx: typer.Context,
    given: Given,
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="csv ou json.")
    ] = None,
) -> None:
    """Pré-vérifier une situation sans rien enregistrer ; aucun nom n'est demandé.

    Exemples :
      agir eligibility --statut refugie --date-cir 2023-01 --commune-residence Nantes
      agir eligibility --departement 85 --date-cir 10/02/2023 --format json
    """
    from agir_cli.usecases.precheck import precheck, used_up

    if form is not None and form not in MACHINE:
        raise UsageFailure(f"--format : « {form} » n'est pas admis ici : csv ou json.")
    if given.get("dossier"):
        raise UsageFailure(
            "--dossier : la pré-vérification ne lit que ce qui est donné ici.",
            f"Pour un dossier qui existe : agir explain {given['dossier']}",
        )
    told = {**given, "nom": given.get("nom") or "X"}  # enrolment wants one; nobody sees it
    command = read_command(ctx, c.Enroll, told)
    assert isinstance(command, c.Enroll)
    session = session_of(ctx)
    visitor = visitor_of(session)
    assessment = linked(visitor, precheck(visitor, command), command.rejoint)
    _contradictions(session, command)
    over = used_up(visitor, command.agdref)
    if form is not None:
        write_criteria(assessment, form, *([final_row(over)] if over else ()))
        return
    if over is not None:
        tell(f"Éligible : non. {over.sentence}")
        tell(f"    Fait      : {over.fact}")
        tell(f"    Source    : {over.source}")
        tell(f"    Que faire : {over.remedy}")
        print()
    tell(assessment.route.label)
    show_criteria(assessment)


def _contradictions(session: Session, command: c.Enroll) -> None:
    """Two dates that cannot both be true, said before any answer, as `enroll` would refuse them."""
    from agir_cli.domain.decisions.admission import incoherent
    from agir_cli.domain.decisions.common import Context
    from agir_cli.store.rulebook import shipped

    for found in incoherent(command, Context(session.today, shipped())):
        if found.code == "avant_etape":
            say(session, f"Incohérent : {found.sentence}")
            say(session, f"             {found.remedy}")
