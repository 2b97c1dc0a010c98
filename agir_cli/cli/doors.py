"""The single-dossier door of the command line: read the options, decide, answer."""

from __future__ import annotations

import sys

import typer

from agir_cli.cli.answers import Stopped, answer
from agir_cli.cli.options import Given
from agir_cli.cli.screen import is_terminal, tell
from agir_cli.cli.session import Session, session_of
from agir_cli.domain.commands import Command
from agir_cli.domain.dates import PartialDate, french, french_on
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.reading import read_values
from agir_cli.domain.reasons import Finding
from agir_cli.domain.values import Malformed, Reading
from agir_cli.failures import UsageFailure
from agir_cli.usecases.ledger import NotDone, Visitor
from agir_cli.usecases.single import Receipt, rehearse, run


def visitor_of(session: Session) -> Visitor:
    """Who works on which file, and on which day."""
    return Visitor(session.db, session.today, session.author, session.site)


def reading_for(command: type[Command], session: Session) -> Reading:
    """What reading a command's texts needs; a table is loaded when something is looked up in it."""
    from agir_cli.store import reference

    return reference.reading(session.today)


def read_command(ctx: typer.Context, command: type[Command], given: Given) -> Command:
    """The command that these options say. Raises `Stopped` with every fault."""
    read = read_values(command, given, reading_for(command, session_of(ctx)))
    if isinstance(read, list):
        raise Stopped(_typed_first(found, command) for found in read)
    return read


def _typed_first(found: Finding, command: type[Command]) -> Finding:
    """What is missing by the name it has on screen; a dossier is a word, not an option."""
    if found.code != "obligatoire":
        return found
    told = {**found.values, "label": FIELDS[found.field].label}
    if found.field == "dossier":
        told |= {"label": "référence du dossier", "option": f"agir {command.verb} REF"}
    return found._replace(values=told)


def perform(
    ctx: typer.Context, command: type[Command], given: Given, distinct: tuple[str, ...] = ()
) -> Receipt:
    """Read, decide, save and answer one command."""
    session = session_of(ctx)
    receipt = run(visitor_of(session), read_command(ctx, command, given), distinct)
    answer(session, receipt)
    return receipt


def read_day(text: str, session: Session, option: str) -> PartialDate:
    """A date option that is no field. Raises `UsageFailure`."""
    from agir_cli.domain.values import DATE

    try:
        value: PartialDate = DATE.read(text, reading_for(Command, session))
    except Malformed as fault:
        raise UsageFailure(f"{option} : {fault.wrong}.", f"Attendu : {fault.expected}.") from None
    return value


def confirm_final(
    session: Session, command: Command, reference: str, consequence: str, yes: bool
) -> None:
    """A final act shows whom it touches and wants the reference typed again (or ``--yes``).

    What a rule refuses is refused before anything is asked.
    """
    if yes:
        return
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise UsageFailure(
            "Cet acte est définitif : il demande un terminal, ou --yes dans un script.",
            "Rien n'a été enregistré.",
        )
    from agir_cli.domain.dates import from_edtf
    from agir_cli.usecases.consult import record

    outcome = rehearse(visitor_of(session), command)
    if isinstance(outcome, NotDone):
        raise Stopped(outcome.findings)
    found = record(visitor_of(session), reference)
    person = found.person
    born = person.get("date_naissance")
    name = " ".join(part for part in (person.get("nom"), person.get("prenoms")) if part)
    birth = f", né(e) {french_on(from_edtf(born))}" if born else ""
    tell(f"{found.reference} — {name}{birth}", consequence, stream=sys.stderr)
    print(f"Retapez la référence ({found.reference}) pour confirmer : ", end="", file=sys.stderr)
    sys.stderr.flush()
    typed = sys.stdin.readline().strip().upper()
    if typed != found.reference:
        raise UsageFailure("La référence ne correspond pas : rien n'a été enregistré.")


def french_stored(text: str | None) -> str:
    """A stored date as a French reader expects it."""
    from agir_cli.domain.dates import from_edtf

    return french(from_edtf(text)) if text else ""
