"""What a person reads after a command: done, refused, or asked; each with what to do next."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date

from agir_cli.cli.screen import say, tell
from agir_cli.cli.session import Session
from agir_cli.domain.causes import STARTS, WAITS
from agir_cli.domain.dates import french, french_moment, french_until
from agir_cli.domain.deadlines import Span, late
from agir_cli.domain.dossier import Appointment, Dossier
from agir_cli.domain.reasons import PRECHECK, Finding
from agir_cli.domain.vocabulary import Nature
from agir_cli.failures import AgirFailure
from agir_cli.usecases.ledger import Done, NotDone
from agir_cli.usecases.single import Receipt, Standing

_MALFORMED = frozenset({"illisible", "obligatoire", "rien_a_enregistrer"})
_UNKNOWN = frozenset({"ambigu", "dossier_inconnu", "dossier_ambigu", "evenement_inconnu"})
_ASKING = _UNKNOWN | {"meme_personne", "identite_a_confirmer"}
_TITLES = {
    "cree": "Dossier {reference} ouvert.",
    "modifie": "Dossier {reference} : enregistré.",
    "inchange": "Dossier {reference} : c'était déjà enregistré, rien n'a changé.",
}


class Stopped(AgirFailure):
    """A command that was not done, with the exit code of its findings."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        found = tuple(findings)
        self.exit_code = exit_code(found)
        lines = [line for finding in found for line in refusal_lines(finding)]
        super().__init__(_heading(self.exit_code), *lines)


def _heading(code: int) -> str:
    return {
        2: "La commande n'est pas comprise : rien n'a été enregistré.",
        3: "Refusé : rien n'a été enregistré.",
        4: "Arrêt pour demander : rien n'a été enregistré.",
    }[code]


def exit_code(findings: tuple[Finding, ...]) -> int:
    """2 when something cannot be read, 4 when the answer is a human's, else 3: a rule refuses."""
    codes = {finding.code for finding in findings}
    if codes & _MALFORMED:
        return 2
    if codes <= _ASKING or codes & _UNKNOWN:
        return 4
    return 3


def refusal_lines(finding: Finding) -> list[str]:
    """A finding as lines: sentence, who says it, fact, source, remedy, code."""
    reason = finding.reason
    lines = [f"• {finding.sentence}"]
    if finding.code not in _MALFORMED | _ASKING:
        lines.append(f"    Qui le dit : {reason.says}")
    if finding.fact:
        lines.append(f"    Fait       : {finding.fact}")
    if finding.code not in _MALFORMED | _ASKING:
        lines.append(f"    Source     : {finding.source}")
    lines.append(f"    Que faire  : {finding.remedy}{_ahead(finding)}")
    lines.append(f"    Code       : {finding.code}")
    return lines


_BOOKED_WITH = {"date_diagnostic": "diagnose book", "date_contrat": "contract book"}


def _ahead(found: Finding) -> str:
    """How what lies ahead is written down, where a day to come was given for its act."""
    command = _BOOKED_WITH.get(found.field) if found.code == "date_future" else None
    return f" Un rendez-vous à venir s'inscrit avec : agir {command} REF" if command else ""


def answer(session: Session, receipt: Receipt) -> None:
    """Print what a command did, how the dossier stands, and what to look at. Raises `Stopped`."""
    outcome = receipt.outcome
    if isinstance(outcome, NotDone):
        raise Stopped(outcome.findings)
    standing = receipt.standing
    assert standing is not None  # a command that is done leaves a dossier
    tell(_TITLES[outcome.status].format(reference=outcome.reference))
    if not session.quiet:
        for line in standing_lines(standing, session.today):
            tell(line)
    _warn(session, outcome)


def _warn(session: Session, outcome: Done) -> None:
    sys.stdout.flush()
    for warning in outcome.warnings:
        say(session, f"À noter : {warning.sentence}{_fact(warning)}")
        remedy = _advice(warning)
        if remedy != "—":
            say(session, f"          {remedy}")


def _fact(warning: Finding) -> str:
    """The fact behind a warning, without what its sentence has just said."""
    body, colon, end = warning.fact.rpartition(" : ")
    fact = body if colon and end in warning.sentence else warning.fact
    return f" ({fact})" if fact else ""


def _advice(warning: Finding) -> str:
    """What to do about a warning; the ways past a refusal mean nothing where nothing refused."""
    if warning.reason.says == PRECHECK and warning.code != "orientation_refusee":
        return "Gardé au dossier : l'OFII décide. Vérifiez ce fait avec la personne."
    return warning.remedy


def standing_lines(standing: Standing, today: date) -> list[str]:
    """How a dossier stands: route, what is awaited, clocks and waits that run."""
    lines = [f"  {standing.assessment.route.label} — étape : {standing.stage.label}"]
    if standing.state.closing is not None:
        closing = standing.state.closing
        final = " : définitif, le droit est épuisé" if standing.final else " : non définitif"
        lines.append(f"  Clos ({french(closing.on)}) — {closing.motive.label}{final}")
    lines += [f"  {name} : {french_moment(a.moment)}" for name, a in awaited(standing.state)]
    lines += [f"  {line}" for span in standing.running for line in span_lines(span, today)]
    return lines


def awaited(state: Dossier) -> list[tuple[str, Appointment]]:
    """The appointments still to come true, with their names: none of what is done, or closed."""
    pending = (
        ("RDV de diagnostic", state.diagnosis, state.diagnosis_visits.pending),
        ("RDV de contrat", state.contract, state.contract_visits.pending),
    )
    return [
        (name, booked)
        for name, done, booked in pending
        if booked is not None and done is None and state.closing is None
    ]


def span_lines(span: Span, today: date) -> list[str]:
    """A running clock or wait as a sentence, with how late it is."""
    if span.due is None:
        since = f" (depuis : {french(span.start)})" if span.start else ""
        return [f"En attente : {WAITS[span.cause]}{since}"]
    start = f"départ : {STARTS[span.cause]}, {french(span.start)}"
    if span.nature is Nature.TERM:
        return [f"Fin du droit : {french_until(span.due)} ({start})"]
    told = f"{span.nature.label} : {french_until(span.due)} ({start})"
    lateness = late(span, today)
    if lateness is None:
        return [told]
    days = f"{lateness.days} jour{'s' if lateness.days > 1 else ''}"
    return [f"{told} — EN RETARD {'de' if lateness.certain else 'peut-être, de'} {days}"]
