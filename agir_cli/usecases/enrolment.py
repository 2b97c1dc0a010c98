"""Enrolling: who the person is for this file, then the decision, then the dossier."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from agir_cli.domain.commands import AddLiaison, Command, Enroll
from agir_cli.domain.dates import NO, PartialDate, before_or_on, french, from_edtf
from agir_cli.domain.deadlines import begun_before
from agir_cli.domain.decisions.admission import (
    SIGNS_FROM,
    Holder,
    Known,
    NewDossier,
    department_for,
    no_department,
    open_dossier,
    same_person,
)
from agir_cli.domain.decisions.common import Refused
from agir_cli.domain.decisions.completion import complete_dossier
from agir_cli.domain.decisions.correction import numbered
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.fields import FIELDS, change_told
from agir_cli.domain.identity import looks_like_reference, name_key
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import Kinship, Orientation, in_sentence
from agir_cli.store.doubles import traits
from agir_cli.store.lookup import dossiers
from agir_cli.store.memory import Remembered
from agir_cli.store.people import Holding, NewPerson, written_values
from agir_cli.usecases.holders import (
    asked_on,
    changed_values,
    holder_of,
    is_them,
    of_earlier,
    same_birth,
    somebody_else,
    told_of,
)
from agir_cli.usecases.households import says
from agir_cli.usecases.ledger import Done, Ledger, NotDone, Outcome


def enroll(
    ledger: Ledger,
    command: Enroll,
    *,
    from_file: bool = False,
    distinct: frozenset[str] = frozenset(),
    acts: Sequence[Command] = (),
    found: bool = False,
) -> Outcome:
    """Open a dossier for a new person, or complete a known one.

    ``distinct``: references of the namesakes that somebody has said are other persons. From a
    file, a row about somebody already known states facts again: it completes, it changes
    nothing, or it is refused; by hand, typing a known person again is refused and said.
    ``acts``: what else its row tells, before which nobody is judged. ``found``: the dossier that
    the command names was found for the row, whatever reference this has.
    """
    command, elsewhere = (command, "") if found or not from_file else in_this_file(ledger, command)
    if elsewhere:
        return _of_another_file(ledger, command, elsewhere, acts)
    if command.dossier is not None:
        return _complete_named(ledger, command, distinct, from_file=from_file)
    alone = from_file or not ledger.asks
    command, shared = (
        (command, ()) if alone else _with_family(ledger, _with_joined(ledger, command))
    )
    key = name_key(command.nom, command.prenoms)
    by_number, by_name = ledger.holders(command.agdref, key)
    namesakes = [h for h in by_name if same_birth(h, command)]
    known = _stated_again(ledger, command, by_number, namesakes) if from_file else None
    if known is not None:
        return known
    erased = ledger.remembered(command)
    met = erased_met(erased, distinct)
    # A number whose right is used up refuses, whoever else had the name that stands beside it.
    if met and not (met.code == ASKED and any(h.final for h in by_number)):
        return NotDone((met,), asks=met.code == ASKED)
    alike = ledger.alike(command, {h.person for h in by_number})
    if not by_number and not namesakes and not alike:
        return _noting(shared, _open_new(ledger, command, [], [], acts, erased))
    theirs = {h.person for h in namesakes}
    namesakes += [holding for holding, _ in alike if holding.person not in theirs]
    likeness = {holding.dossier: how for holding, how in alike}
    asked = asked_on(command, acts, ledger.context.today)
    standing = Known(
        tuple(holder_of(ledger, h, command, asked) for h in by_number),
        tuple(holder_of(ledger, h, command, asked, likeness.get(h.dossier)) for h in namesakes),
    )
    stopped = same_person(standing, distinct)
    if stopped:
        _hold_number(ledger, command, by_number)
        return NotDone(stopped, asks=stopped[0].code == "meme_personne")
    if met:
        return NotDone((met,), asks=True)
    earlier = [h for h in by_number if is_them(h, command)]
    others = [h for h in namesakes if h.reference in distinct]
    opened = _noting(shared, _open_new(ledger, command, earlier, others, acts, erased))
    if isinstance(opened, NotDone) or len(earlier) == len(by_number):
        return opened
    mistaken = finding("ancien_numero", dossier=by_number[0].reference)
    return opened._replace(warnings=(*opened.warnings, mistaken))


ERASED: Final = "effacee"
"""What stands for the dossier of an erased person, which is no more, behind `--not-the-same`."""
ASKED: Final = "personne_effacee"
LIFTED: Final = "mémoire levée"
"""How the reason begins for which a number was taken out of the memory (French)."""


def erased_met(found: Remembered | None, distinct: frozenset[str] = frozenset()) -> Finding | None:
    """Why a used-up right without a dossier here is met: the number blocks, a name only asks."""
    if found is None:
        return None
    month = french(from_edtf(found.month))
    if found.blocks:
        where = "est dans le fichier d'un autre site" if found.elsewhere else "a été effacé"
        told = f"décision : {month}"
        return finding("droit_epuise_efface", told, field="agdref", mois=month, ou=where)
    who = "suivie par un autre site" if found.elsewhere else "effacée"
    return None if ERASED in distinct else finding(ASKED, f"décision : {month}", mois=month, ou=who)


def family_unknown(ledger: Ledger, code: str) -> Finding | None:
    """What stops a household that is typed as a dossier's reference: no dossier here has it."""
    if not looks_like_reference(code) or len(found := ledger.candidates(code)) == 1:
        return None
    if found:
        names = " ; ".join(map(str, found[:8]))
        return finding("dossier_ambigu", field="menage", texte=code, candidats=names)
    return None if ledger.households.knows(code) else finding("menage_inconnu", texte=code)


def _of_another_file(
    ledger: Ledger, command: Enroll, elsewhere: str, acts: Sequence[Command]
) -> Outcome:
    """Enroll whom a list of another file names by its reference, and know who it is from now on."""
    outcome = enroll(ledger, command, from_file=True, acts=acts)
    if isinstance(outcome, NotDone):
        return outcome
    ledger.elsewhere[elsewhere] = outcome.reference
    told = (finding("reference_ailleurs"),) if outcome.status == "cree" else ()
    return outcome._replace(warnings=(*outcome.warnings, *told))


def _noting(shared: tuple[Finding, ...], outcome: Outcome) -> Outcome:
    if isinstance(outcome, NotDone) or not shared:
        return outcome
    return outcome._replace(warnings=(*shared, *outcome.warnings))


_SHARED = (
    "commune_residence", "commune_domicile", "code_postal_residence", "code_postal_domicile",
    "situation_logement", "detail_logement",
)  # fmt: skip
"""The facts that a family has in common, beside languages, CIR and orientation."""


def _with_joined(ledger: Ledger, command: Enroll) -> Enroll:
    """The command of whoever joins somebody known, in their household where it says no other.

    A file's row is completed so late: what was read ahead of it goes by the row as it stands.
    """
    if command.rejoint is None or command.menage is not None or "menage" in command.efface:
        return command
    found = ledger.candidates(command.rejoint)
    return command.but(menage=found[0].reference) if len(found) == 1 else command


def _with_family(ledger: Ledger, command: Enroll) -> tuple[Enroll, tuple[Finding, ...]]:
    """The command with what the family that it names by a dossier shares and it does not say."""
    if command.menage is None or not looks_like_reference(command.menage):
        return command, ()
    found = ledger.candidates(command.menage)
    if len(found) != 1:
        return command, ()
    state = ledger.state(found[0].id)
    holding = ledger.holding(found[0].id)
    values = holding.values if holding else {}
    known: dict[str, Any] = {name: getattr(state.facts, name) for name in _SHARED}
    known["adresse"] = values.get("adresse")
    if command.commune_residence or command.code_postal_residence:
        known = {}  # they live elsewhere
    spoken = values.get("langues")
    known["langues"] = FIELDS["langues"].type.load(spoken) if spoken else None
    if _signs_with(command, state.cir):
        known["date_cir"] = state.cir
        if state.answer is not None and state.answer.outcome is Orientation.ACCEPTED:
            known |= {"orientation": state.answer.outcome, "date_orientation": state.answer.on}
    taken = {n: v for n, v in known.items() if v is not None and getattr(command, n) is None}
    for name in command.efface:  # left empty on purpose
        taken.pop(name, None)
    if command.orientation is not None:
        taken.pop("date_orientation", None)
    if not taken:
        return command, ()
    told = ", ".join(in_sentence(FIELDS[name].label) for name in taken)
    note = finding("repris_du_menage", champs=told, dossier=state.reference)
    return command.but(**taken), (note,)


def _signs_with(command: Enroll, cir: PartialDate | None) -> bool:
    """Whether this person may have signed the CIR with their family: no child, and no joiner."""
    if command.rejoint is not None:
        return False
    born = command.date_naissance
    if born is None or cir is None:
        return command.lien_menage is not Kinship.CHILD
    return before_or_on(SIGNS_FROM.after(born), cir) is not NO


def in_this_file(ledger: Ledger, command: Enroll) -> tuple[Enroll, str]:
    """A row's command with the references of this file, and the one of another that it names.

    A list exported from another file (`report dossiers`) names its dossiers, joined persons and
    households by references that are nobody's here, or come to be somebody else's.
    """
    reference = (command.dossier or "").strip().upper()
    described = command.nom is not None or command.prenoms is not None
    if not (described and looks_like_reference(reference) and ledger.is_elsewhere(reference)):
        return command, ""
    known = ledger.elsewhere.get(reference)
    changes: dict[str, Any] = {"dossier": known}
    if command.rejoint is not None and looks_like_reference(command.rejoint):
        changes["rejoint"] = ledger.elsewhere.get(command.rejoint.strip().upper())
    if command.menage is not None and looks_like_reference(command.menage):
        changes["menage"] = f"M{command.menage}"  # a code of that file, no dossier of this one
    return command.but(**changes), "" if known else reference


# --- a person the file knows -------------------------------------------------------------


def _stated_again(
    ledger: Ledger, command: Enroll, by_number: list[Holding], namesakes: list[Holding]
) -> Outcome | None:
    """What a file's row about somebody already known comes to; ``None`` when it is no such row."""
    if any(holding.final for holding in by_number):
        return None
    if ledger.aside.get(command.agdref, _who(command)) != _who(command):
        return NotDone((finding("agdref_deux_fois", field="agdref"),))
    for holding in by_number:
        if not is_them(holding, command):
            return None
        if _said_otherwise(ledger, command, holding):
            told = f"dossier {holding.reference} : {told_of(ledger, holding, over=False)}"
            return NotDone(
                (finding("agdref_deux_fois", told, field="agdref", dossier=holding.reference),)
            )
        completion = _completion(ledger, command, holding)
        if holding.stage != "clos" or _unchanged(completion):
            return _entered(ledger, completion, holding)
    if command.agdref is not None:
        return None
    for holding in namesakes:
        if not holding.final and _unchanged(_completion(ledger, command, holding)):
            return Done("inchange", holding.dossier, holding.reference)
    return None


IDENTITY = frozenset({"nom", "prenoms", "nom_usage", "date_naissance"})
"""By which a person is told from another; a number is not theirs for certain."""


def _who(command: Enroll) -> tuple[object, ...]:
    return (name_key(command.nom, command.prenoms), command.date_naissance)


def _hold_number(ledger: Ledger, command: Enroll, by_number: Sequence[Holding]) -> None:
    """Keep the number of a row that stays out for who it names, where nobody has it."""
    if command.agdref is not None and not by_number:
        ledger.aside.setdefault(command.agdref, _who(command))


def _said_otherwise(ledger: Ledger, command: Enroll, holding: Holding) -> bool:
    """Whether this very file has already given the number to another name, or another birth."""
    if not ledger.mention(holding.dossier):
        return False
    changed = changed_values(command, holding).keys() & IDENTITY
    return any(holding.values.get(name) for name in changed)


def _named(holding: Holding, changed: Mapping[str, str | None]) -> bool:
    """Whether the person still has a name once this is changed."""
    now = {**holding.values, **changed}
    return bool(now.get("nom") or now.get("prenoms"))


def _complete_named(
    ledger: Ledger, command: Enroll, distinct: frozenset[str], *, from_file: bool
) -> Outcome:
    found = ledger.candidates(command.dossier or "")
    if len(found) != 1:
        code = "dossier_ambigu" if found else "dossier_inconnu"
        names = " ; ".join(map(str, found[:8]))
        told = finding(code, field="dossier", texte=(command.dossier or "")[:40], candidats=names)
        return NotDone((told,), asks=True)
    holding = _holding_of(ledger, found[0].id)
    stranger = somebody_else(ledger, holding, command.given) if from_file else ()
    if stranger:
        return NotDone(stranger)
    by_number, _ = ledger.holders(command.agdref, "")
    today = ledger.context.today
    others = [holder_of(ledger, h, command, today) for h in by_number if h.person != holding.person]
    others = [h for h in others if h.used_up or not h.had_number]
    if others:
        told_ = f"dossier {others[0].reference} : {others[0].told}"
        return NotDone(
            (finding("agdref_autre_personne", told_, field="agdref", dossier=others[0].reference),)
        )
    completion = _completion(ledger, command, holding, distinct)
    if isinstance(completion, NotDone) or completion.changed.keys().isdisjoint(IDENTITY):
        return _entered(ledger, completion, holding)
    confirmed = renamed(ledger, command, holding, completion.changed, distinct)
    if isinstance(confirmed, NotDone):
        return confirmed
    return _entered(ledger, completion._replace(drafts=(*completion.drafts, *confirmed)), holding)


def renamed(
    ledger: Ledger, command: Enroll, holding: Holding, changed: Mapping[str, str | None],
    distinct: frozenset[str],
) -> tuple[Draft, ...] | NotDone:  # fmt: skip
    """Ask where a name put right turns out to be that of somebody whose right is used up.

    Else what is recorded of the namesakes (``distinct``) who were said to be other persons.
    """
    met = _used_up_by_name(ledger, command, holding, changed)
    stopped = same_person(Known((), tuple(holder for _, holder in met)), distinct)
    if stopped:
        return NotDone(stopped, asks=True)
    return tuple(Draft(Kind.NAMESAKE_CONFIRMED, None, {"autre": id_}) for id_, _ in met)


def _used_up_by_name(
    ledger: Ledger, command: Enroll, holding: Holding, changed: Mapping[str, str | None]
) -> list[tuple[str, Holder]]:
    """Whose used-up right a person would come to be alike, with these values, by dossier (id)."""
    known = traits({**holding.values, **changed}, holding.former)
    told = ledger.state(holding.dossier).namesakes
    asked = ledger.context.today
    met = [
        (h.dossier, holder_of(ledger, h, command, asked, how))
        for h, how in ledger.alike(known, [holding.person])
        if h.dossier not in told
    ]
    return [(dossier, holder) for dossier, holder in met if holder.used_up]


def _holding_of(ledger: Ledger, dossier: str) -> Holding:
    known = ledger.holding(dossier)
    if known is not None:
        return known
    state = ledger.state(dossier)  # a dossier whose person was erased
    person, reference = state.person, state.reference
    return Holding(person, {}, "", dossier, reference, "", None, None, False, None)


class _Completion(NamedTuple):
    """What a row says of a person and a dossier that the file knows, decided and not yet done."""

    changed: dict[str, str | None]
    drafts: tuple[Draft, ...]
    links: _Links
    warnings: tuple[Finding, ...]


def _completion(
    ledger: Ledger, command: Enroll, holding: Holding, distinct: frozenset[str] = frozenset()
) -> _Completion | NotDone:
    state, words = ledger.state(holding.dossier), ledger.words(holding.dossier)
    if state.facts.rejoint is None and state.facts.menage is None:
        command = _with_joined(ledger, command)
    links = _links_of(ledger, command, state.reference, state.facts.menage)
    decision = complete_dossier(
        state, command, links.household, links.joined, ledger.context, words
    )
    if isinstance(decision, Refused):
        told = tuple(numbered(f, ledger.events(holding.dossier)) for f in decision.findings)
        return NotDone(told)
    changed = changed_values(command, holding)
    ended = state.closing is not None and ledger.context.rulebook.final(state.closing.motive)
    if ended and "agdref" in changed and holding.values.get("agdref"):
        return NotDone((finding("numero_fixe", field="agdref", dossier=state.reference),))
    if changed and not _named(holding, changed):
        return NotDone((finding("nom_manquant", "ni nom ni prénoms", field="nom"),))
    if not changed.keys().isdisjoint({*IDENTITY, "agdref"}) and ledger.memory_keys():
        now = traits({**holding.values, **changed}, holding.former)
        met = erased_met(ledger.remembered(now), distinct)
        before = erased_met(ledger.remembered(traits(holding.values, holding.former)))
        if met is not None and (before is None or before.code != met.code):
            return NotDone((met,), asks=met.code == ASKED)
    return _Completion(changed, decision.drafts, links, decision.warnings)


def _unchanged(completion: _Completion | NotDone) -> bool:
    return isinstance(completion, _Completion) and not completion.changed and not completion.drafts


def _entered(ledger: Ledger, completion: _Completion | NotDone, holding: Holding) -> Outcome:
    """Do what was decided."""
    if isinstance(completion, NotDone):
        return completion
    dossier, reference = holding.dossier, ledger.state(holding.dossier).reference
    changed, drafts, links, warnings = completion
    if _unchanged(completion):
        return Done("inchange", dossier, reference, warnings)
    if changed:
        ledger.renew(holding, changed, dossier)
    ledger.append(dossier, drafts)
    if links.housed != dossier:
        _house(ledger, links)
    told = _changes(holding, changed, reference)
    return Done("modifie", dossier, reference, (*told, *warnings, *links.warnings))


def _changes(
    holding: Holding, changed: Mapping[str, str | None], reference: str
) -> tuple[Finding, ...]:
    """What to note of a person's values: what they were, what they are."""
    told = " ; ".join(change_told(n, holding.values.get(n), now) for n, now in changed.items())
    return (finding("identite_modifiee", changements=told, dossier=reference),) if told else ()


# --- opening a dossier -------------------------------------------------------------------


def _open_new(
    ledger: Ledger,
    command: Enroll,
    earlier: list[Holding],
    namesakes: list[Holding],
    acts: Sequence[Command],
    erased: Remembered | None,
) -> Outcome:
    """Open a dossier, or say why not.

    ``earlier``: the ended dossiers of this very person; ``namesakes``: those that somebody has
    said are other persons', as they have of ``erased``.
    """
    served = ledger.context.rulebook.served
    department = department_for(command, served)
    if department is None:
        asked = any(isinstance(act, AddLiaison) for act in acts)
        return NotDone((no_department(command, ledger.context, asked=asked),))
    command = _with_joined(ledger, command)
    # The number is only taken once the decision is made: a refused row leaves no hole.
    reference = ledger.next_reference(department)
    person = earlier[0].person if earlier else ledger.new_id()
    links = _links_of(ledger, command, reference)
    opening = NewDossier(
        ledger.new_id(), reference, person, links.household, links.joined,
        tuple([h.dossier for h in namesakes]),
        begun_before(ledger.state(h.dossier) for h in earlier),
    )  # fmt: skip
    decision = open_dossier(command, opening, department, ledger.context, acts=bool(acts))
    if isinstance(decision, Refused):
        return NotDone(decision.findings)
    key = name_key(command.nom, command.prenoms)
    holding = Holding(
        person, written_values(command), key, opening.id, reference, "", None, None, False, None
    )
    drafts, reopened = decision.drafts, ledger.reopened(command.agdref)
    why = [f"un droit épuisé a été rouvert : {reopened}"] if reopened is not None else []
    if erased is not None:
        why.append(f"dite autre qu'une personne effacée (décision : {erased.month})")
    if why:
        texts = {**drafts[0].texts, "raison": " ; ".join(why)}
        drafts = (drafts[0]._replace(texts=texts), *drafts[1:])
    if not earlier:
        ledger.enter(NewPerson(person, key, holding.values), ledger.doubles.known(command))
    ledger.open_dossier(holding, department, drafts, decision.after)
    _house(ledger, links)
    warnings = (*decision.warnings, *links.warnings, *of_earlier(earlier))
    if reopened is not None:
        code = "memoire_levee" if reopened.startswith(LIFTED) else "droit_rouvert_ailleurs"
        warnings += (finding(code, reopened, dossier=reference),)
    changed = changed_values(command, earlier[0]) if earlier else {}
    if changed:
        ledger.renew(earlier[0], changed, opening.id)
        warnings = (*_changes(earlier[0], changed, reference), *warnings)
    return Done("cree", opening.id, reference, warnings)


def follow_right(ledger: Ledger, persons: Collection[str]) -> None:
    """Say in the dossiers of these persons with which earlier contract their two years began now.

    Asked once a contract was corrected, or taken out.
    """
    lives: dict[str, list[str]] = {}
    for each in dossiers(ledger.connection, persons=persons):
        lives.setdefault(each.person, []).append(each.id)
    for ids in lives.values():
        states: list[Dossier] = []
        for id_ in sorted(ids):  # in the order of their opening
            state, since = ledger.state(id_), begun_before(states)
            if state.id and state.facts.droit_depuis != since:
                said = {"droit_depuis": since} if since else {"efface": ("droit_depuis",)}
                ledger.append(id_, [Draft(Kind.FACTS_RECORDED, None, said)])
            states.append(ledger.state(id_))


# --- whom the row names beside its person ------------------------------------------------


class _Links(NamedTuple):
    """The household's code and the joined dossier, as resolved in this file."""

    household: str | None
    joined: str | None
    warnings: tuple[Finding, ...] = ()
    housed: str | None = None
    """The dossier that gets this household's code too, once the row is accepted."""


def _links_of(
    ledger: Ledger, command: Enroll, reference: str, housed_as: str | None = None
) -> _Links:
    joined: Dossier | None = None
    warnings: tuple[Finding, ...] = ()
    if command.rejoint is not None:
        found = ledger.candidates(command.rejoint)
        joined = ledger.state(found[0].id) if len(found) == 1 else None
        if joined is None or joined.reference == reference:  # nobody joins themselves
            joined, warnings = None, (finding("rejoint_inconnu", dossier=reference),)
    whom = joined.reference if joined else None
    if command.menage is None:
        return _Links(None, whom, warnings)
    if says(command.menage, housed_as):
        return _Links(housed_as, whom, warnings)  # said again
    told: tuple[Finding, ...] = ()
    found = ledger.candidates(command.menage) if looks_like_reference(command.menage) else []
    if len(found) == 1:
        member: Dossier | None = ledger.state(found[0].id)
        household = (member and member.facts.menage) or found[0].reference
    else:
        member = joined  # whoever is joined is of it too, where of none yet
        household, told = ledger.households.meaning(command.menage)
    theirs = member.facts.menage if member else None
    if joined and member and joined.id == member.id and theirs in (None, household):
        told += (finding("menage_du_rejoint", dossier=joined.reference, menage=household),)
    housed = member.id if member and theirs is None else None  # who gets a code if need be
    return _Links(household, whom, (*warnings, *told), housed)


def _house(ledger: Ledger, links: _Links) -> None:
    """Only now: a refused row leaves nothing on the dossier that it names."""
    if links.housed is not None:
        draft = Draft(Kind.FACTS_RECORDED, None, {"menage": links.household})
        ledger.append(links.housed, [draft])
