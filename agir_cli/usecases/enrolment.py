"""Enrolling: who the person is for this file, then the decision, then the dossier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from agir_cli.domain.commands import Enroll
from agir_cli.domain.decisions.admission import Standing, same_person
from agir_cli.domain.decisions.common import Refused
from agir_cli.domain.decisions.completion import complete_dossier
from agir_cli.domain.events import Draft
from agir_cli.domain.identity import name_key
from agir_cli.domain.reasons import Finding, finding
from agir_cli.store.people import Holding, Renewal
from agir_cli.usecases.desk import Desk, Done, NotDone, Outcome
from agir_cli.usecases.holders import (
    changed_values,
    holder_of,
    is_them,
    same_birth,
    somebody_else,
    told_of,
)
from agir_cli.usecases.links import Links, house, links_of
from agir_cli.usecases.openings import open_new


def enroll(
    desk: Desk, command: Enroll, *, from_file: bool = False, distinct: frozenset[str] = frozenset()
) -> Outcome:
    """Open a dossier for a new person, or complete a known one.

    ``distinct``: references of the namesakes that somebody has said are other persons. From a
    file, a row about somebody already known states facts again: it completes, it changes
    nothing, or it is refused; by hand, typing a known person again is refused and said.
    """
    if command.dossier is not None:
        return _complete_named(desk, command, from_file=from_file)
    key = name_key(command.nom, command.prenoms)
    by_number, by_name = desk.holders(command.agdref, key)
    if not by_number and not by_name:
        return open_new(desk, command, [], [])
    namesakes = [h for h in by_name if same_birth(h, command)]
    known = _stated_again(desk, command, by_number, namesakes) if from_file else None
    if known is not None:
        return known
    standing = Standing(
        tuple(holder_of(desk, h, command) for h in by_number),
        tuple(holder_of(desk, h, command) for h in namesakes),
    )
    stopped = same_person(standing, distinct)
    if stopped:
        return NotDone(stopped, asks=stopped[0].code == "meme_personne")
    return open_new(desk, command, by_number, [h for h in namesakes if h.reference in distinct])


# --- a person the file knows -------------------------------------------------------------


def _stated_again(
    desk: Desk, command: Enroll, by_number: list[Holding], namesakes: list[Holding]
) -> Outcome | None:
    """What a file's row about somebody already known comes to; ``None`` when it is no such row."""
    if any(holding.final for holding in by_number):
        return None
    for holding in by_number:
        if not is_them(holding, command):
            return None
        if _said_otherwise(desk, command, holding):
            told = f"dossier {holding.reference} : {told_of(desk, holding, over=False)}"
            return NotDone(
                (finding("agdref_deux_fois", told, field="agdref", dossier=holding.reference),)
            )
        completion = _completion(desk, command, holding)
        if holding.stage != "clos" or _unchanged(completion):
            return _entered(desk, completion, holding)
    if command.agdref is not None:
        return None
    for holding in namesakes:
        if not holding.final and _unchanged(_completion(desk, command, holding)):
            return Done("inchange", holding.dossier, holding.reference)
    return None


_IDENTITY = frozenset({"nom", "prenoms", "date_naissance"})


def _said_otherwise(desk: Desk, command: Enroll, holding: Holding) -> bool:
    """Whether this very file has already given the number to another name, or another birth."""
    if holding.dossier not in desk.stated:
        desk.stated.add(holding.dossier)
        return False
    changed = changed_values(command, holding).keys() & _IDENTITY
    return any(holding.values.get(name) for name in changed)


def _named(holding: Holding, changed: Mapping[str, str | None]) -> bool:
    """Whether the person still has a name once this is changed."""
    now = {**holding.values, **changed}
    return bool(now.get("nom") or now.get("prenoms"))


def _complete_named(desk: Desk, command: Enroll, *, from_file: bool) -> Outcome:
    found = desk.candidates(command.dossier or "")
    if len(found) != 1:
        code = "dossier_ambigu" if found else "dossier_inconnu"
        names = " ; ".join(map(str, found[:8]))
        told = finding(code, field="dossier", texte=(command.dossier or "")[:40], candidats=names)
        return NotDone((told,), asks=True)
    holding = _holding_of(desk, found[0].id)
    stranger = somebody_else(desk, holding, command.given) if from_file else ()
    if stranger:
        return NotDone(stranger)
    by_number, _ = desk.holders(command.agdref, "")
    others = [h for h in by_number if h.person != holding.person]
    if others:
        told_ = f"dossier {others[0].reference}"
        return NotDone(
            (finding("agdref_autre_personne", told_, field="agdref", dossier=others[0].reference),)
        )
    return _complete(desk, command, holding)


def _holding_of(desk: Desk, dossier: str) -> Holding:
    known = desk.holding(dossier)
    if known is not None:
        return known
    state = desk.state(dossier)  # a dossier whose person was erased
    person, reference = state.person, state.reference
    return Holding(person, {}, "", dossier, reference, "", None, None, False, None)


class _Completion(NamedTuple):
    """What a row says of a person and a dossier that the file knows, decided and not yet done."""

    changed: dict[str, str | None]
    drafts: tuple[Draft, ...]
    links: Links
    warnings: tuple[Finding, ...]


def _completion(desk: Desk, command: Enroll, holding: Holding) -> _Completion | NotDone:
    from agir_cli.usecases.acts import numbered

    state, words = desk.state(holding.dossier), desk.words(holding.dossier)
    links = links_of(desk, command, state.reference, state.facts.menage)
    decision = complete_dossier(state, command, links.household, links.joined, desk.context, words)
    if isinstance(decision, Refused):
        told = tuple(numbered(f, desk.events(holding.dossier)) for f in decision.findings)
        return NotDone(told)
    changed = changed_values(command, holding)
    ended = state.closing is not None and desk.context.rulebook.final(state.closing.motive)
    if ended and "agdref" in changed and holding.values.get("agdref"):
        return NotDone((finding("numero_fixe", field="agdref", dossier=state.reference),))
    if changed and not _named(holding, changed):
        return NotDone((finding("nom_manquant", "ni nom ni prénoms", field="nom"),))
    return _Completion(changed, decision.drafts, links, decision.warnings)


def _unchanged(completion: _Completion | NotDone) -> bool:
    return isinstance(completion, _Completion) and not completion.changed and not completion.drafts


def _complete(desk: Desk, command: Enroll, holding: Holding) -> Outcome:
    return _entered(desk, _completion(desk, command, holding), holding)


def _entered(desk: Desk, completion: _Completion | NotDone, holding: Holding) -> Outcome:
    """Do what was decided."""
    if isinstance(completion, NotDone):
        return completion
    dossier, reference = holding.dossier, desk.state(holding.dossier).reference
    changed, drafts, links, warnings = completion
    if _unchanged(completion):
        return Done("inchange", dossier, reference, warnings)
    if changed:
        desk.renew(Renewal(holding.person, holding.values, changed))
    desk.record(dossier, drafts)
    desk.touch(holding)
    if links.housed != dossier:
        house(desk, links)
    return Done("modifie", dossier, reference, (*warnings, *links.warnings))
