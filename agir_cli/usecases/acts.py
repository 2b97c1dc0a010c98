"""Every command on an existing dossier: find it, decide, record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from agir_cli.domain import commands as c
from agir_cli.domain.dates import (
    Moment,
    PartialDate,
    french,
    french_day,
    french_on,
    from_edtf,
    may_be_the_same_day,
)
from agir_cli.domain.decisions import liaison, ofii, process, support, transfer
from agir_cli.domain.decisions.common import Accepted, Context, Decision, Refused, with_names
from agir_cli.domain.decisions.correction import in_order_recorded, numbered
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.fields import FIELDS, Home
from agir_cli.domain.identity import meant, name_key, nearest
from agir_cli.domain.reading import DescribedPerson
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import Motive
from agir_cli.store import directory
from agir_cli.store.directory import OfficeRow
from agir_cli.store.listings import dossier_on_line
from agir_cli.store.lookup import Booked, Candidate
from agir_cli.store.people import Holding, birth_of, holdings
from agir_cli.usecases.enrolment import enroll
from agir_cli.usecases.holders import not_them
from agir_cli.usecases.ledger import Done, Ledger, NotDone, Outcome

Decide = Callable[[Dossier, Any, Context], Decision]
Named = c.Assign | c.Designate

DECISIONS: Mapping[type[c.Command], Decide] = {
    c.AddLiaison: liaison.add_liaison,
    c.DecideLiaison: liaison.decide_liaison,
    c.BookDiagnosis: process.book,
    c.HoldDiagnosis: process.hold_diagnosis,
    c.MissDiagnosis: process.miss,
    c.Assign: process.assign,
    c.AssignFromAgenda: process.assign_from_agenda,
    c.Designate: process.designate,
    c.BookContract: process.book,
    c.SignContract: process.sign_contract,
    c.RefuseContract: process.refuse_contract,
    c.MissContract: process.miss,
    c.Close: support.close,
    c.AddStep: support.add_step,
    c.SetSituation: support.set_situation,
    c.SetRight: support.set_right,
    c.BookVisit: process.book,
    c.HoldVisit: process.came,
    c.MissVisit: process.came,
    c.AddInterview: support.add_interview,
    c.ExcuseInterview: support.excuse_interview,
    c.AskTransfer: transfer.ask,
    c.AcceptTransfer: transfer.accept,
    c.RefuseTransfer: transfer.refuse,
    c.ReceiveTransfer: transfer.receive,
    c.Declare: support.declare,
    c.RejectDeclaration: support.reject_declaration,
}


def is_final(command: c.Command, rulebook: Rulebook) -> bool:
    """Whether this command, once done, uses the right up."""
    if isinstance(command, c.Close):
        return rulebook.final(command.motif)
    return isinstance(command, c.RefuseContract)


def perform(
    ledger: Ledger,
    command: c.Command,
    *,
    from_file: bool = False,
    said: DescribedPerson | None = None,
) -> Outcome:
    """Decide one command and record what it does.

    ``said``: the person whom a row describes beside the dossier it names.
    """
    if isinstance(command, c.Enroll):
        return enroll(ledger, command, from_file=from_file)
    if isinstance(command, c.Acting):
        from agir_cli.usecases import network

        whose = _named(ledger, command) if command.given.get("dossier") else ""
        if isinstance(whose, NotDone):
            return whose
        return network.record(ledger, command, whose, typed=not from_file)
    if isinstance(command, c.DecideLiaison):
        addressed = _whom(ledger, command)
        if isinstance(addressed, NotDone):
            return addressed
        command = addressed
    dossier = _named(ledger, command)
    if isinstance(dossier, NotDone):
        return dossier
    stranger = not_them(ledger, dossier, said.given) if said is not None else ()
    return NotDone(stranger) if stranger else act(ledger, dossier, command)


def _named(ledger: Ledger, command: c.Command) -> str | NotDone:
    """The dossier that a command names: of several of one person, the one that is open."""
    text = str(getattr(command, "dossier"))  # noqa: B009 - every command but one has it
    found = ledger.candidates(text)
    if len(found) > 1:
        found = _meant(ledger, found, command)
    if len(found) == 1:
        return found[0].id
    if not found:
        return NotDone((finding("dossier_inconnu", field="dossier", texte=text[:40]),), asks=True)
    names = " ; ".join(map(str, found[:8])) + (" ; …" if len(found) > 8 else "")
    ambiguous = finding("dossier_ambigu", field="dossier", texte=text[:40], candidats=names)
    return NotDone((ambiguous,), asks=True)


def _meant(ledger: Ledger, found: list[Candidate], command: c.Command) -> list[Candidate]:
    """Of one person's dossiers, the one that ended as this command says, else the one that is open.

    Else a file of closings said again would end the dossier that was opened since.
    """
    end = end_of(command)
    if len({candidate.person for candidate in found}) > 1:
        return found  # several persons: nobody is chosen because the others' dossiers are closed
    states = [(candidate, ledger.state(candidate.id)) for candidate in found]
    ended = [each for each, state in states if end is not None and ended_so(state, *end)]
    still_open = [each for each, state in states if state.open]
    return next((some for some in (ended, still_open) if len(some) == 1), found)


def end_of(command: c.Command) -> tuple[Motive, PartialDate] | None:
    """How and when a command ends a dossier, if it does."""
    if isinstance(command, c.RefuseContract):
        return Motive.CONTRACT_REFUSED, command.date_refus
    return (command.motif, command.date_cloture) if isinstance(command, c.Close) else None


def ended_so(state: Dossier, motive: Motive, on: PartialDate) -> bool:
    """Whether a dossier has ended so, as far as the day is known."""
    closing = state.closing
    return closing is not None and closing.motive is motive and may_be_the_same_day(closing.on, on)


def act(ledger: Ledger, dossier: str, command: c.Command) -> Outcome:
    """Decide one command on the dossier of that id, and record what it does."""
    state = ledger.state(dossier)
    added: list[Finding] = []
    if isinstance(command, Named):
        known = with_referents(ledger, command, added)
        if isinstance(known, NotDone):
            return known
        command = known
    if isinstance(command, c.BookAppointment):
        placed = at_known_office(ledger, command, state.department, added)
        if isinstance(placed, NotDone):
            return placed
        command = placed
    decision = DECISIONS[type(command)](state, command, ledger.context)
    names = ledger.referents.names() if isinstance(command, Named) else {}
    if isinstance(decision, Refused):
        told = (with_names(f, names) for f in decision.findings)
        return NotDone(tuple(numbered(f, ledger.events(dossier)) for f in told))
    gone = tuple(_gone(ledger, command, decision.drafts)) if isinstance(command, Named) else ()
    if gone:
        return NotDone(gone)
    decision = _with_words(ledger, dossier, command, decision)
    if not decision.drafts:
        noted = (*decision.warnings, *_changed_since(ledger, dossier, command))
        return Done("inchange", dossier, state.reference, noted)
    if isinstance(command, c.BookAppointment):
        added += _beside_others(ledger, dossier, state, command)
    added += _beyond(ledger, state, command)
    if end_of(command) is not None:
        from agir_cli.usecases.network import left_open

        added += left_open(ledger, state.reference)
    ledger.append(dossier, decision.drafts)
    added += _of_the_form(ledger, dossier, command)
    told = (with_names(f, names) for f in decision.warnings)
    final = is_final(command, ledger.context.rulebook)
    return Done("modifie", dossier, state.reference, (*told, *added), final)


def _changed_since(ledger: Ledger, dossier: str, command: c.Command) -> Iterator[Finding]:
    """Warning: what is declared again as it was has been added to since."""
    sent = ledger.state(dossier).declared
    if not isinstance(command, c.Declare) or sent is None or sent.on is None:
        return
    events, reference = in_order_recorded(ledger.events(dossier)), ledger.state(dossier).reference
    number = next((n for n, e in events if e.id == sent.event), 0)
    since = [e.kind.label for n, e in events if n > number and e.kind not in _NEVER_DECLARED]
    if since and command.date_declaration.covers(sent.on):
        told = " ; ".join(dict.fromkeys(since))
        yield finding("declare_avant", told, dossier=reference, evenement=number)


_NEVER_DECLARED = {Kind.DECLARED, Kind.DECLARATION_REJECTED, Kind.PAPER_MADE, Kind.ACTION_RECORDED}


def _of_the_form(ledger: Ledger, dossier: str, command: c.Command) -> Iterator[Finding]:
    """Warning: the liaison form, once recorded, lacks something."""
    if isinstance(command, c.AddLiaison):
        from agir_cli.usecases.listings import lacking

        yield from lacking(ledger, dossier)


def _with_words(ledger: Ledger, dossier: str, command: c.Command, done: Accepted) -> Accepted:
    """What is said again may bring words that nobody has written down yet: they are kept."""
    told = {name for draft in done.drafts for name in draft.texts}
    given = {name: text for name in _TEXTS if (text := getattr(command, name, None)) is not None}
    said = {name: text for name, text in given.items() if name not in told}
    state = ledger.state(dossier)
    if isinstance(command, c.DecideLiaison) and not ofii.stands(
        state, command.decision_ofii, command.date_decision
    ):
        said.pop("motif_ofii", None)
    if not said or not state.open:
        return done
    known = ledger.words(dossier)
    said = {name: text for name, text in said.items() if known.get(name) != text}
    if not said:
        return done
    return done._replace(drafts=(*done.drafts, Draft(Kind.FACTS_RECORDED, None, {}, said)))


_TEXTS = tuple(n for n, field in FIELDS.items() if field.home is Home.TEXT and n != "etape")
"""The free texts that an act may bring; a step's own words are what it records."""


def at_known_office(
    ledger: Ledger, command: c.BookAppointment, department: str, added: list[Finding]
) -> c.BookAppointment | NotDone:
    """The booking with the code of its office, which may be written by its name or a part of it."""
    given = command.bureau
    if given is None:
        return command
    offices = {office.code: office for office in directory.every_office(ledger.connection)}
    found, whole = meant(given, ((office.code, office.words) for office in offices.values()))
    if len(found) > 1:
        return _several("bureau", given, [f"{code} ({offices[code].name})" for code in found])
    if found:
        office = offices[found[0]]
        if not whole:
            added.append(_read_as("bureau", given, f"{office.name} ({office.code})"))
        added += _far_or_closed(office, department, moment_of(command).day)
        return command.but(bureau=office.code)
    near = nearest(given, ((office.code, office.name) for office in offices.values()))[:3]
    near = near or _around(ledger, given, department, moment_of(command).day)
    here = [office.code for office in offices.values() if office.department == department]
    listed = " ; ".join(f"{code} ({offices[code].name})" for code in near or here)
    known = f"{'proches' if near else 'connus'} : {listed or f'aucun dans le {department}'}"
    added.append(finding("bureau_inconnu", field="bureau", bureau=given[:40], connus=known))
    return command


def _around(ledger: Ledger, given: str, department: str, day: date) -> list[str]:
    """The three offices nearest to a commune that was given for one."""
    from agir_cli.domain.places import Place
    from agir_cli.store.reference import load_gazetteer
    from agir_cli.usecases.directory import around

    found = load_gazetteer().find(given, department=department)
    if not isinstance(found, Place) or found.insee is None:
        return []
    offices = around(ledger.connection, found.insee, department, day.isoformat()).offices
    return [each.bureau for each in offices[:3]]


def office_meant(ledger: Ledger, given: str | None) -> str | None:
    """The code of the one office that a text means; the text itself where it is not one."""
    if not given:
        return given
    offices = directory.every_office(ledger.connection)
    found, _ = meant(given, ((office.code, office.words) for office in offices))
    return found[0] if len(found) == 1 else given


def moment_of(command: c.BookAppointment) -> Moment:
    """The day and the hour of an appointment to be booked."""
    moment: Moment = getattr(command, command.day or "")
    return moment


def _far_or_closed(office: OfficeRow, department: str, day: date) -> Iterator[Finding]:
    """Warnings: the office is another department's, or not open on that day."""
    if office.department != department:
        yield finding(
            "bureau_autre_departement", field="bureau", bureau=office.name,
            departement=office.department, du_dossier=department,
        )  # fmt: skip
    if office.open_on(day.isoformat()) is False:
        told = f"ouverture {french_on(from_edtf(office.opens))}" if office.opens else _UNOPENED
        told = _CLOSED if office.state == "ferme" else told
        yield finding("bureau_pas_ouvert", told, field="bureau", bureau=office.name)


_CLOSED, _UNOPENED = "fermé, dit l'annuaire", "« en cours » ou « prévu » à l'annuaire, sans date"


def _beside_others(
    ledger: Ledger, dossier: str, state: Dossier, command: c.BookAppointment
) -> Iterator[Finding]:
    """Warning: somebody else is awaited at that office, day and hour."""
    moment = moment_of(command)
    if command.bureau is None or moment.hour is None or moment.day < ledger.context.today:
        return
    booking = Booked(
        command.bureau, moment.day.isoformat(), moment.hour, c.booking_of(command).nature,
        dossier, state.reference, state.facts.menage,
    )  # fmt: skip
    others = [known.reference for known in ledger.others_booked(booking)]
    if others:
        told = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
        yield finding(
            "creneau_partage", autres=told, dossier=state.reference, commande=command.verb
        )


def with_referents(ledger: Ledger, command: Named, added: list[Finding]) -> Named | NotDone:
    """The decision with the codes of its référents, who may be written by a part of their name.

    One whom the directory does not know joins it.
    """
    changes: dict[str, Any] = {}
    for field in ("referent", "second_referent"):
        name = getattr(command, field)
        if name is None:
            continue
        (found, whole), names = ledger.referents.meant(name), ledger.referents.names()
        if len(found) > 1:
            loads = {code: each.told for code, each in ledger.referents.facts.items()}
            return _several(
                field, name, [f"{loads.get(each, names[each])}, {each}" for each in found]
            )
        if found and not whole:
            added.append(_read_as(field, name, f"{names[found[0]]} ({found[0]})"))
        changes[field] = found[0] if found else ledger.referents.join(name)
        if not found:
            near = [names[code] for code in nearest(name, names.items())[:3]]
            told = f"référent : {name}" + (f" ; proche : {', '.join(near)}" if near else "")
            added.append(finding("referent_ajoute", told, field=field))
    return command.but(**changes) if changes else command


def _gone(ledger: Ledger, command: Named, drafts: Sequence[Draft]) -> Iterator[Finding]:
    """Findings: a référent who would be designated has left by that day, for certain."""
    on: PartialDate = getattr(command, command.day or "")
    for field in ("referent", "second_referent"):
        code = next((draft.payload[field] for draft in drafts if field in draft.payload), None)
        known = ledger.referents.facts.get(code) if code else None
        if known is None or known.parti_le is None or on.earliest.isoformat() < known.parti_le:
            continue
        day, told = french_day(date.fromisoformat(known.parti_le)), f"jour donné : {french(on)}"
        yield finding("referent_parti", told, field=field, nom=known.nom, date=day, qui=code)


def _beyond(ledger: Ledger, state: Dossier, command: c.Command) -> Iterator[Finding]:
    """Warning: the référent has more open dossiers than their ceiling says."""
    if not isinstance(command, Named):
        return
    before = state.assignment.referent if state.assignment else None
    if command.referent is None or command.referent == before:
        return
    known = ledger.referents.charged(command.referent)
    if known is not None and known.plafond and known.dossiers_ouverts > known.plafond:
        yield finding(
            "referent_plein", nom=known.nom, charge=known.dossiers_ouverts, plafond=known.plafond
        )


def _several(field: str, given: str, candidates: list[str]) -> NotDone:
    what = "bureaux" if field == "bureau" else "référents"
    fault = f"« {given[:40]} » peut être {len(candidates)} {what}"
    told = " ; ".join(candidates)
    label = FIELDS[field].label
    return NotDone(
        (finding("ambigu", field=field, label=label, faute=fault, attendu=told),), asks=True
    )


def _read_as(field: str, given: str, known: str) -> Finding:
    label = FIELDS[field].label
    return finding("nom_partiel", field=field, label=label, donne=given[:40], lu=known)


# --- whom an answer of OFII is about -----------------------------------------------------
#
# The line of our own numbered listing is certain, the number blocks, an identity only asks: a
# row that gives nothing else is set aside with its candidates, never settled by itself.


def _whom(ledger: Ledger, command: c.DecideLiaison) -> c.DecideLiaison | NotDone:
    """The command with its dossier, or why nobody can tell which one it is."""
    sent = _sent(ledger, command)
    said = command.dossier or _numbered(ledger, command)
    if sent is not None:
        return _agreed(ledger, command, sent, said)
    if said is not None:
        return _theirs(ledger, command.but(dossier=said))
    alike = list(_alike(ledger, command))
    if alike:
        names = " ; ".join(
            f"{h.reference} ({h.values.get('nom') or ''} {h.values.get('prenoms') or ''})"
            for h in alike
        )
        asked = finding(
            "identite_a_confirmer", field="nom", candidats=names, premier=alike[0].reference
        )
        return NotDone((asked,), asks=True)
    return NotDone((_nobody(command),), asks=True)


def _sent(ledger: Ledger, command: c.DecideLiaison) -> str | None:
    """The reference of the dossier that stood on this line of this listing."""
    if command.listing is None or command.ligne is None:
        return None
    return dossier_on_line(ledger.connection, command.listing, command.ligne)


def _numbered(ledger: Ledger, command: c.DecideLiaison) -> str | None:
    number = command.agdref
    return number if number is not None and ledger.candidates(number) else None


def _agreed(
    ledger: Ledger, command: c.DecideLiaison, sent: str, said: str | None
) -> c.DecideLiaison | NotDone:
    """The dossier of the line, unless the row names another one."""
    others = [] if said is None else [each.reference for each in ledger.candidates(said)]
    if others and sent not in others:
        told = finding(
            "reponse_contradictoire", field="ligne", ligne=command.ligne,
            listing=command.listing, dossier=sent, autre=others[0],
        )  # fmt: skip
        return NotDone((told,))
    return _theirs(ledger, command.but(dossier=sent))


def _theirs(ledger: Ledger, command: c.DecideLiaison) -> c.DecideLiaison | NotDone:
    """The command, unless the person that the answer describes is another one."""
    found = ledger.candidates(command.dossier or "")
    stranger = not_them(ledger, found[0].id, command.given) if len(found) == 1 else ()
    return NotDone(stranger) if stranger else command


def _alike(ledger: Ledger, command: c.DecideLiaison) -> Iterator[Holding]:
    key = name_key(command.nom, command.prenoms)
    if not key:
        return
    for holding in holdings(ledger.connection, keys=[key]):
        if may_be_the_same_day(birth_of(holding), command.date_naissance):
            yield holding


def _nobody(command: c.DecideLiaison) -> Finding:
    if command.listing is not None and command.ligne is not None:
        text = f"ligne {command.ligne} du listing n° {command.listing}"
    else:
        text = command.agdref or " ".join(filter(None, (command.nom, command.prenoms)))
    if text:
        return finding("dossier_inconnu", field="dossier", texte=text[:40])
    field = FIELDS["dossier"]
    return finding("obligatoire", field="dossier", label=field.label.lower(), option=field.option)
