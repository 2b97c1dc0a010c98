"""`agir import`: a team's own spreadsheet, one wide row a person, through the same rules.

Each row is split into the acts of the process, decided one after the other; a row enters with
all its acts or not at all. Everything is one transaction, and one batch that can be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from agir_cli.domain import commands as c
from agir_cli.domain.dates import PartialDate
from agir_cli.domain.decisions.admission import criteria_warnings, judge_row
from agir_cli.domain.dossier import OF_A_SITUATION, Dossier, Visits, last_said
from agir_cli.domain.eligibility import REFUSED_AS
from agir_cli.domain.identity import name_key
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.wide import (
    ENROLMENT,
    VISIT,
    WideReader,
    WideRow,
    act_name,
    dated_act,
    in_act,
    without_referent,
)
from agir_cli.usecases.acts import act, end_of, ended_so, office_meant
from agir_cli.usecases.enrolment import enroll, in_this_file
from agir_cli.usecases.holders import is_them, not_them, same_birth
from agir_cli.usecases.intake import (
    Incoming,
    Line,
    Summary,
    Tally,
    take_in,
)
from agir_cli.usecases.ledger import Done, Ledger, NotDone, Visitor

VERB = "import"


class Entered(NamedTuple):
    """A row that goes in: `cree`, `modifie` or `inchange`, its dossier, its acts in words."""

    line: int
    status: str
    reference: str
    acts: tuple[str, ...]


Told = Callable[[Entered], None]


def take_over(visitor: Visitor, file: Incoming, told: Told) -> Summary:
    """Take a wide file: every row decided by the rules of each of its acts.

    ``told`` hears of each row that goes in.
    """
    tally = Tally(file.turned, file.warned)
    reader = WideReader(file.columns, file.reading, file.erasers)

    def read(cells: Sequence[str]) -> WideRow | list[Finding]:
        said, left = reader.said_once(cells)
        row = reader.read(said)
        if not isinstance(row, WideRow):
            return row
        row = reader.with_absence(row, said)
        if not left:
            return row
        undated = finding("champ_sans_acte", champs=", ".join(left))
        return row._replace(notes=(*row.notes, undated))

    def enter(ledger: Ledger, line: Line, row: WideRow) -> None:
        _enter(ledger, line, row, tally, told)

    return take_in(
        visitor, VERB, file, tally, read=read, asks=lambda row: row.enrolment, enter=enter
    )


def _enter(ledger: Ledger, line: Line, row: WideRow, tally: Tally, told: Told) -> None:
    outcome = _perform(ledger, row)
    if isinstance(outcome, NotDone):
        tally.outcome(line, outcome)
        return
    done, acts = outcome
    tally.outcome(line, done)
    told(Entered(line.line, done.status, done.reference, acts))


# --- one row -----------------------------------------------------------------------------


def _perform(ledger: Ledger, row: WideRow) -> tuple[Done, tuple[str, ...]] | NotDone:
    """Decide the row's acts in their order; nothing of it stays when one is refused."""
    here = row._replace(enrolment=in_this_file(ledger, row.enrolment)[0])
    stranger = _stranger(ledger, here)
    if stranger:
        return NotDone(stranger)
    ended, still_open = _lives(ledger, here)
    told = [ended] if ended else [None, still_open] if still_open else [None]
    for reference in told:
        enrolment = row.enrolment.but(dossier=reference) if reference else row.enrolment
        outcome = ledger.row(partial(_acts, ledger, enrolment, row, found=reference is not None))
        if not isinstance(outcome, NotDone):
            break
    return outcome


def _stranger(ledger: Ledger, row: WideRow) -> tuple[Finding, ...]:
    """Why acts told of one person would fall on the dossier of another, which the row names."""
    reference = row.enrolment.dossier
    found = ledger.candidates(reference) if reference is not None and row.acts else []
    return not_them(ledger, found[0].id, row.enrolment.given) if len(found) == 1 else ()


def _lives(ledger: Ledger, row: WideRow) -> tuple[str | None, str | None]:
    """Of a person with closed dossiers: the one that ended as the row says, the one that is open.

    Without the first, a second import would end the dossier opened since, or be refused as a
    used-up right. The second is where acts belong that a closed dossier does not take.
    """
    enrolment, ends = row.enrolment, [end for act in row.acts if (end := end_of(act))]
    if enrolment.dossier is not None:
        return None, None
    key = name_key(enrolment.nom, enrolment.prenoms)
    found, by_name = ledger.holders(enrolment.agdref, key)
    if not enrolment.agdref:
        found = [h for h in by_name if same_birth(h, enrolment)]
    theirs = [h for h in found if is_them(h, enrolment)]
    closed = [h for h in theirs if h.stage == "clos"]
    ended = [
        h.reference for h in closed if any(ended_so(ledger.state(h.dossier), *e) for e in ends)
    ]
    still_open = [h.reference for h in theirs if h.stage != "clos"] if closed else []
    return next(iter(ended), None), next(iter(still_open), None)


def _acts(
    ledger: Ledger, enrolment: c.Enroll, row: WideRow, *, found: bool
) -> tuple[Done, tuple[str, ...]] | NotDone:
    first = enroll(ledger, enrolment, from_file=True, acts=row.acts, found=found)
    if isinstance(first, NotDone):
        return NotDone(tuple(in_act(f, ENROLMENT) for f in first.findings), first.asks)
    said = {"cree": [ENROLMENT], "modifie": ["renseignements"]}.get(first.status, [])
    warnings, refusals = list(row.notes), list[Finding]()
    refused: set[type[c.Command]] = set()
    final = False
    for command in row.acts:
        if first.status != "cree" and _stands(ledger, ledger.state(first.dossier), command):
            continue
        told = dated_act(command)
        if command is row.designated:
            told = told.replace(act_name(command), "référent désigné", 1)
            known = ledger.state(first.dossier).assignment
            if known is not None:  # its day is only bounded: what is known of it counts
                command = row.designated.but(date_commission=known.on)
        outcome = act(ledger, first.dossier, command)
        if isinstance(outcome, NotDone):
            refusals += _refusals(outcome, command, refused, first)
            refused.add(type(command))
            continue
        warnings += outcome.warnings
        final = final or outcome.final
        if outcome.status == "modifie":
            said.append(told)
    warnings = _named_since(ledger, first, row.alone, warnings, said)
    judged = _judged(ledger, first, row)
    if isinstance(judged, NotDone):
        refusals += judged.findings
    if refusals or isinstance(judged, NotDone):
        return NotDone(tuple(refusals))
    warnings += judged
    status = "modifie" if said and first.status == "inchange" else first.status
    done = Done(status, first.dossier, first.reference, _worth(warnings, row), final)
    return done, tuple(said)


def _named_since(
    ledger: Ledger, first: Done, command: c.Assign | None, notes: list[Finding], said: list[str]
) -> list[Finding]:
    """Designate a référent whom a row names alone, on a day between the diagnostic and today.

    Where the dossier has no diagnostic either, or another référent, the cell is left, and noted.
    """
    state = ledger.state(first.dossier)
    if command is None or state.diagnosis is None:
        return notes
    known, held = state.assignment, state.diagnosis.on
    on = known.on if known else PartialDate(held.earliest, max(held.earliest, ledger.context.today))
    outcome = act(ledger, first.dossier, command.but(date_commission=on))
    if isinstance(outcome, NotDone):
        return notes
    said += ["référent désigné"] if outcome.status == "modifie" else []
    return [note for each in notes if (note := without_referent(each))]


def _stands(ledger: Ledger, state: Dossier, command: c.Command) -> bool:
    """Whether a list of dossiers only says again how one stands.

    It has the last situation, absence and office, whichever appointment they were said of.
    """
    if isinstance(command, c.SetSituation):
        last = state.situations[-1].on if state.situations else None
        now = (*state.current_housing, state.current_work, state.current_french)
        said = [getattr(command, name) for name in OF_A_SITUATION]
        same = all(a in (None, b) for a, b in zip(said, now, strict=True))
        return same and last is not None and command.date_situation.covers(last)
    if isinstance(command, c.MissDiagnosis | c.MissContract):
        missed: Visits = getattr(state, c.booking_of(command).visits)
        return any(command.date_absence.covers(absence) for absence in missed.absences)
    if not isinstance(command, c.BookDiagnosis | c.BookContract):
        return False
    visits: Visits = getattr(state, c.booking_of(command).visits)
    booked = visits.at(getattr(command, command.day or ""))
    every = [*state.diagnosis_visits.appointments, *state.contract_visits.appointments]
    command = command.but(bureau=office_meant(ledger, command.bureau))
    return booked is not None and all(
        getattr(command, name) in (None, getattr(booked, name), last_said(every, name))
        for name in VISIT
    )


def _judged(ledger: Ledger, first: Done, row: WideRow) -> list[Finding] | NotDone:
    """Ask the pre-check once every act is told: why a new dossier stays out, or the warnings."""
    if not row.acts:
        return list(first.warnings)
    state = ledger.state(first.dossier)
    if first.status == "cree":
        refusals, warnings = judge_row(state, ledger.context)
        if refusals:
            return NotDone(tuple(_new_to_the_file(f, ENROLMENT) for f in refusals))
        return [*first.warnings, *warnings]
    judged = {*REFUSED_AS, "demande_a_dater", "regle_inconnue", "a_completer"}
    kept = [f for f in first.warnings if f.code not in judged]
    return kept if kept == [*first.warnings] else [*kept, *criteria_warnings(state, ledger.context)]


def _new_to_the_file(found: Finding, name: str) -> Finding:
    """Name an act of a row that stays out: the number of its dossier would mean nothing."""
    return in_act(found._replace(values={**found.values, "dossier": "REF"}), name)


_NEEDS = {
    "diagnostic_manquant": c.HoldDiagnosis,
    "contrat_manquant": c.SignContract,
    "fiche_manquante": c.AddLiaison,
}


def _refusals(
    outcome: NotDone, command: c.Command, refused: set[type[c.Command]], first: Done
) -> list[Finding]:
    """Why an act is refused, but for what only follows from an earlier refusal of the row."""
    found = [f for f in outcome.findings if _NEEDS.get(f.code) not in refused]
    told = _new_to_the_file if first.status == "cree" else in_act
    return [told(f, act_name(command)) for f in found]


# What has happened since is in the same row, or is for the reports to say.
_NOT_WORTH = frozenset({"rendez_vous_passe", "delai_depasse", "rdv_hors_delai", "creneau_partage"})
_ANSWERED = "fiche_deja_admise"
"""A form that will not be sent: nothing to note where OFII's answer to it is in the row."""


def _worth(warnings: Iterable[Finding], row: WideRow) -> tuple[Finding, ...]:
    answered = any(isinstance(act, c.DecideLiaison) for act in row.acts)
    idle = _NOT_WORTH | {_ANSWERED} if answered else _NOT_WORTH
    kept = {(f.code, f.field, f.values.get("champs")): f for f in warnings if f.code not in idle}
    return tuple(kept.values())
