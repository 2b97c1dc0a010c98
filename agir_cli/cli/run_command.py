"""One command, from its texts to what a person reads: done, refused, or asked; and what is next."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date
from functools import partial
from typing import TypeVar, cast

import click

from agir_cli.cli import answers
from agir_cli.cli.groups import Given
from agir_cli.cli.prompt import want_a_terminal
from agir_cli.cli.screen import say, tell
from agir_cli.cli.session import Session, reading_for, said_in_full, visitor_of
from agir_cli.domain.causes import OTHER, STARTS, WAITS
from agir_cli.domain.commands import Command
from agir_cli.domain.dates import french, french_moment, french_on, french_until
from agir_cli.domain.deadlines import Span, late
from agir_cli.domain.dossier import Appointment, Dossier
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.reading import read_values
from agir_cli.domain.reasons import NOTHING_TO_DO, PRECHECK, Finding
from agir_cli.domain.values import short_year
from agir_cli.domain.vocabulary import Nature, VisitType, in_sentence
from agir_cli.failures import AgirFailure, UsageFailure
from agir_cli.reports.texts import overdue_told
from agir_cli.usecases.ledger import Done, NotDone
from agir_cli.usecases.single import Receipt, Standing, rehearse, run, run_each

C = TypeVar("C", bound=Command)

_MALFORMED = frozenset({"illisible", "obligatoire", "rien_a_enregistrer"})
_UNKNOWN = frozenset(
    {
        "ambigu",
        "dossier_inconnu",
        "dossier_ambigu",
        "evenement_inconnu",
        "action_inconnue",
        "action_autre",
        "menage_inconnu",
    }
)
_ASKING = _UNKNOWN | {"meme_personne", "personne_effacee", "identite_a_confirmer"}


class Filled(dict[str, str | None]):
    """The fields of a command as somebody answered them in a form.

    ``distinct``: the dossiers of namesakes that they said are other persons'. ``denied``: the
    fields that they left empty on purpose, which nothing fills.
    """

    def __init__(
        self, texts: Given, distinct: tuple[str, ...] = (), denied: Iterable[str] = ()
    ) -> None:
        super().__init__(texts)
        self.distinct = distinct
        self.denied = tuple(denied)


# --- read, confirm, record ---------------------------------------------------------------


def read_command(session: Session, command: type[C], given: Given) -> C:
    """The command that these texts say. Raises the failure that tells every fault."""
    whole = {name: said_in_full(name, text, session.today) if text else text
             for name, text in given.items()}  # fmt: skip
    read = read_values(command, whole, reading_for(session))
    if isinstance(read, list):
        with _named_to_scripts(session, given.get("dossier")):
            raise not_done(_as_on_screen(finding, command) for finding in read)
    again = click.get_current_context().meta.get(_TOGETHER)  # what is said of one is said of all
    for name, text in given.items() if not again else ():
        type_ = FIELDS[name].type
        if text and (whole[name] != text or short_year(type_, text, session.today)):
            shown = type_.show(type_.read(whole[name] or "", reading_for(session)))
            say(session, f"À noter : {FIELDS[name].label} : « {text} » lu {shown}.")
    return cast("C", read)


def _as_on_screen(finding: Finding, command: type[Command]) -> Finding:
    """What is missing, by the name it has on screen; a dossier is a word, not an option."""
    if finding.code != "obligatoire":
        return finding
    values = {**finding.values, "label": FIELDS[finding.field].label}
    if finding.field == "dossier":
        values |= {"label": "référence du dossier", "option": f"agir {command.verb} REF"}
    elif finding.field == "action":
        values |= {"label": "numéro de l'action", "option": f"agir {command.verb} A12"}
    return finding._replace(values=values)


def record(session: Session, command: Command, distinct: tuple[str, ...] = ()) -> str:
    """Decide and save a command, print what became of it, and give the dossier's reference.

    ``distinct``: dossiers of other persons, whom somebody knows to be no double of this one.
    """
    waiting = click.get_current_context().meta.get(_TOGETHER)
    if waiting is None:
        with _named_to_scripts(session, command.given.get("dossier")):
            return answer(session, run(visitor_of(session), command, distinct))
    waiting.append(command)
    return ""


_TOGETHER = "agir.together"
"""Where commands wait that are recorded together."""


@contextmanager
def together(session: Session) -> Iterator[Callable[[str], AbstractContextManager[None]]]:
    """Record all that is asked within, in one transaction: all of it, or nothing.

    Gives what says, of a failure within, whose it is. Within another it is part of that one.
    """
    waiting: list[Command] = []
    meta = click.get_current_context().meta
    if _TOGETHER in meta:
        yield partial(_of, session)
        return
    meta[_TOGETHER] = waiting
    yield partial(_of, session)
    del meta[_TOGETHER]
    receipts = run_each(visitor_of(session), waiting)
    refused = [
        (_named(session, given.get("dossier") or given["action"]), each.outcome.findings)
        for command, each in zip(waiting, receipts, strict=True)
        if isinstance(each.outcome, NotDone)
        for given in [command.given]
    ]
    if refused:
        lines = [line for whose, found in refused for line in (f"{whose} :", *_lines(found))]
        code = max(exit_code(found) for _, found in refused)
        failure = AgirFailure(_HEADINGS[code], *lines, exit_code=code)
        failure.refused = refused
        raise failure
    for each in receipts:
        outcome = _said(each)
        say(session, *(f"  À noter : {w.sentence}{_fact(w)}" for w in outcome.warnings))


@contextmanager
def _named_to_scripts(session: Session, typed: str | None) -> Iterator[None]:
    """Name the dossier of a refusal where a script reads it; a person has typed it just now."""
    try:
        yield
    except AgirFailure as failure:
        if typed and failure.findings and answers.wanted():
            with suppress(AgirFailure):  # a file that cannot be asked either: this failure stands
                failure.refused = [(_named(session, typed), failure.findings)]
        raise


@contextmanager
def _of(session: Session, reference: str) -> Iterator[None]:
    try:
        yield
    except AgirFailure as failure:
        failure.sentence = f"{reference} : {failure.sentence}"
        failure.refused = [(_named(session, reference), failure.findings)]
        raise


def _named(session: Session, typed: str) -> str:
    """The reference of the dossier that somebody named, else what was typed."""
    from agir_cli.usecases import consult

    found, _ = consult.meant(visitor_of(session), typed)
    return found[0].reference if len(found) == 1 else typed


def _lines(findings: Iterable[Finding]) -> list[str]:
    return [line for finding in findings for line in refusal_lines(finding)]


def confirm_final(
    session: Session, command: Command, reference: str, consequence: str, yes: bool
) -> None:
    """Show whom a final act touches, and want the reference typed again (or ``--yes``).

    What a rule refuses is refused before anything is asked, and what is to be noted said before.
    """
    if yes:
        return
    want_a_terminal("Cet acte est définitif")
    with _named_to_scripts(session, command.given.get("dossier")):
        outcome = rehearse(visitor_of(session), command)
        if isinstance(outcome, NotDone):
            raise not_done(outcome.findings)
    noted = [f"À noter : {each.sentence}{_fact(each)}" for each in outcome.warnings]
    confirm_by_reference(session, reference, consequence, *noted)


def confirm_by_reference(session: Session, reference: str, *consequences: str) -> None:
    """Show whose right an act ends or reopens, and want the reference typed again."""
    from agir_cli.domain.dates import from_edtf
    from agir_cli.store.lookup import whole_reference
    from agir_cli.usecases import consult

    found = consult.record(visitor_of(session), reference)
    born = found.person.get("date_naissance")
    names = (found.person.get("nom"), found.person.get("prenoms"))
    birth = f", né(e) {french_on(from_edtf(born))}" if born else ""
    name = " ".join(filter(None, names))
    tell(f"{found.reference} — {name}{birth}", *consequences, stream=sys.stderr)
    print(f"Retapez la référence ({found.reference}) pour confirmer : ", end="", file=sys.stderr)
    sys.stderr.flush()
    if whole_reference(sys.stdin.readline().strip()) != found.reference:
        raise UsageFailure("La référence ne correspond pas : rien n'a été enregistré.")


# --- refused, or asked -------------------------------------------------------------------


_HEADINGS = {
    2: "La commande n'est pas comprise : rien n'a été enregistré.",
    3: "Refusé : rien n'a été enregistré.",
    4: "Arrêt pour demander : rien n'a été enregistré.",
}
_BLANK = frozenset({"obligatoire", "rien_a_enregistrer"})
_MISSING = "Il manque un renseignement : rien n'a été enregistré."


def not_done(findings: Iterable[Finding]) -> AgirFailure:
    """The failure of a command that was not done, with the exit code of its findings."""
    found = tuple(findings)
    code = exit_code(found)
    lines = _lines(found)
    blank = {finding.code for finding in found} <= _BLANK
    failure = AgirFailure(_MISSING if blank else _HEADINGS[code], *lines, exit_code=code)
    failure.findings = found
    return failure


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
    ruled = finding.code not in _MALFORMED | _ASKING
    lines = [
        ("", finding.sentence),
        ("Qui le dit : ", finding.reason.says if ruled else ""),
        ("Fait       : ", finding.fact),
        ("Source     : ", finding.source if ruled else ""),
        ("Que faire  : ", f"{finding.remedy}{_ahead(finding)}"),
        ("Code       : ", finding.code),
    ]
    return [f"    {label}{words}" if label else f"• {words}" for label, words in lines if words]


_BOOKED_WITH = {"date_diagnostic": "diagnose book", "date_contrat": "contract book"}


def _ahead(finding: Finding) -> str:
    """How an appointment is written down, where a day to come was given for its act."""
    command = _BOOKED_WITH.get(finding.field) if finding.code == "date_future" else None
    return f" Un rendez-vous à venir s'inscrit avec : agir {command} REF" if command else ""


# --- done --------------------------------------------------------------------------------


_TITLES = {
    "cree": "Dossier {reference} ouvert.",
    "modifie": "Dossier {reference} : enregistré.",
    "inchange": "Dossier {reference} : c'était déjà enregistré, rien n'a changé.",
}


_OF_AN_ACTION = {
    "cree": "{} : enregistré.",
    "modifie": "{} : enregistré.",
    "inchange": "{} : c'était déjà enregistré, rien n'a changé.",
}


def answer(session: Session, receipt: Receipt) -> str:
    """Print what a command did, how the dossier stands, what to look at; give its reference.

    Raises the failure of a command that was not done.
    """
    if isinstance(receipt.outcome, NotDone):
        raise not_done(receipt.outcome.findings)
    outcome = _said(receipt)
    if answers.wanted():
        return outcome.reference
    if not session.quiet and receipt.standing is not None:
        tell(*standing_lines(receipt.standing, session.today))
    sys.stdout.flush()
    for warning in outcome.warnings:
        if warning.sentence not in session.told:
            say(session, *noted(warning))
    return outcome.reference


def _said(receipt: Receipt) -> Done:
    """Say in a line what was done, to a person or in the answer to a script."""
    outcome, standing = receipt.outcome, receipt.standing
    assert isinstance(outcome, Done)
    if standing is None:  # an action of the network
        if answers.wanted():
            answers.note(statut=outcome.status, action=outcome.reference,
                         avertissements=answers.findings(outcome.warnings), erreurs=[])  # fmt: skip
        else:
            tell(_OF_AN_ACTION[outcome.status].format(outcome.reference))
            sys.stdout.flush()
        return outcome
    if answers.wanted():
        answers.note(
            statut=outcome.status, dossier=outcome.reference,
            voie=standing.assessment.route.value, etape=standing.stage.value,
            avertissements=answers.findings(outcome.warnings), erreurs=[],
        )  # fmt: skip
    else:
        tell(_TITLES[outcome.status].format(reference=outcome.reference))
        sys.stdout.flush()
    return outcome


def noted(warning: Finding) -> list[str]:
    """A warning as lines: what is to be noted, and what to do about it."""
    remedy = _advice(warning)
    advised = [] if remedy == NOTHING_TO_DO else [f"          {remedy}"]
    return [f"À noter : {warning.sentence}{_fact(warning)}", *advised]


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


# --- how a dossier stands ----------------------------------------------------------------


def standing_lines(standing: Standing, today: date) -> list[str]:
    """How a dossier stands: route, what is awaited, clocks and waits that run."""
    lines = [f"  {standing.assessment.route.label} — étape : {standing.stage.label}"]
    if standing.state.closing is not None:
        closing = standing.state.closing
        final = " : définitif, le droit est épuisé" if standing.final else " : non définitif"
        lines.append(f"  Clos ({french(closing.on)}) — {closing.motive.label}{final}")
    lines += [f"  {name} : {french_moment(a.moment)}" for name, a in awaited(standing.state)]
    lines += [f"  {span_line(span, today)}" for span in standing.running]
    return lines


def awaited(state: Dossier) -> list[tuple[str, Appointment]]:
    """The appointments still to come true, with their names."""
    return [
        (of.name if of is not OTHER else f"RDV ({in_sentence(_type(a).label)})", a)
        for of, a in state.coming
    ]


def _type(appointment: Appointment) -> VisitType:
    return appointment.type_visite or VisitType.OTHER


def span_line(span: Span, today: date) -> str:
    """A running clock or wait as a sentence, with how late it is."""
    if span.due is None:
        since = f" (depuis : {french(span.start)})" if span.start else ""
        return f"En attente : {WAITS[span.cause].told}{since}"
    start = f"départ : {STARTS[span.cause].told}, {french(span.start)}"
    name, lateness = span.nature.label, late(span, today)
    if span.nature is Nature.TERM:
        name = "Fin du droit"
    if span.nature is Nature.RIGHT:
        name = STARTS[span.cause].told[:1].upper() + STARTS[span.cause].told[1:]
        start = f"état au : {french(span.start) or 'jour inconnu'}"
    due = f"{name} : {french_until(span.due)} ({start})"
    if lateness is None:
        return due
    if span.nature is Nature.TERM:
        perhaps = "" if lateness.certain else "peut-être "
        return f"{due} — {perhaps}dépassée : le droit est {perhaps}épuisé"
    return f"{due} — {overdue_told(lateness.days, certain=lateness.certain)}"
