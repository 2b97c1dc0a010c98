"""Actions of the network and tasks: recorded, moved, and handed over with what somebody does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from string import ascii_uppercase
from typing import Any, NamedTuple

from agir_cli.domain import commands as c
from agir_cli.domain.dates import french, french_day
from agir_cli.domain.network import DATED, Action, refusals, usual
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import ActionType, Progress, normalise
from agir_cli.store.file import consulting
from agir_cli.store.network import every_action
from agir_cli.store.settings import DEPARTMENTS, settings
from agir_cli.usecases.ledger import Done, Ledger, NotDone, Outcome, Visitor

SERIES = "A"
"""How the numbers of actions begin; a site's letter follows."""


def record(ledger: Ledger, command: c.Acting, dossier: str, *, typed: bool) -> Outcome:
    """Record an action, or how it goes on; ``dossier``: the id of the one it concerns, or "".

    The same again changes nothing; but a task that is ``typed`` again when it is done is another.
    """
    said = _said(command)
    reference = ledger.state(dossier).reference if dossier else None
    before = _meant(ledger, command, said, reference, typed=typed)
    if isinstance(before, NotDone):
        return before
    noted: list[Finding] = []
    unclear = _responsible(ledger, said, noted)
    if unclear is not None:
        return unclear
    action = _after(ledger, before, said, reference, noted)
    again = isinstance(command, c.AddAction | c.AddTask)
    refused = refusals(action, before, ledger.context.today, again=again)
    if isinstance(command, c.DoneTask | c.MoveTask) and action.type_action is not ActionType.TASK:
        refused.append(finding("pas_une_tache", field="action", action=action.action,
                               objet=action.objet))  # fmt: skip
    if refused:
        return NotDone(tuple(refused))
    if isinstance(command, c.MoveTask) and action.over:
        noted.append(finding("tache_finie", action=action.action, connu=action.avancement.label))
    if action == before:
        return Done("inchange", action.stream, action.action, tuple(noted))
    if action.avancement in DATED and action.date_action is None:
        told, number = action.avancement.label, action.action or "N°"
        noted.append(finding("action_sans_jour", avancement=told, action=number))
    if before is None:
        action = action._replace(action=ledger.take_number(SERIES))
    stream = action.stream or dossier or ledger.new_id()
    keep_action(ledger, action._replace(stream=stream))
    return Done("modifie" if before else "cree", stream, action.action, tuple(noted))


def _meant(
    ledger: Ledger, command: c.Acting, said: dict[str, Any], dossier: str | None, *, typed: bool
) -> Action | NotDone | None:
    """The known action that a command is about, whose number is taken out of ``said``."""
    known, asked = known_actions(ledger), said.pop("action", None)
    number = number_of(asked, known.by_number) if asked else None
    new = isinstance(command, c.AddAction | c.AddTask)
    if not said:
        told = "--avancement, --on, --responsable…"
        return NotDone((finding("rien_a_enregistrer", attendu=told),))
    if number is None and not new:
        told = (asked or "")[:40]
        return NotDone((finding("action_inconnue", field="action", texte=told),), asks=True)
    found = known.by_number[number] if number else known.spoken_of(said, dossier)
    if found is not None and new and found.words != _words(said):
        other = finding("action_autre", field="action", action=number, objet=found.objet)
        return NotDone((other,), asks=True)
    over = found is not None and found.over
    return None if typed and over and isinstance(command, c.AddTask) else found


class Known(NamedTuple):
    """The actions of the file, those that this command has recorded among them."""

    by_number: dict[str, Action]
    by_words: dict[tuple[ActionType, str, str | None], list[str]]
    """The numbers of those of which somebody speaks in these words, for this dossier."""

    def add(self, action: Action) -> None:
        """Know an action as it is from now on."""
        self.by_number[action.action] = action
        numbers = self.by_words.setdefault((*action.words, action.dossier), [])
        if action.action not in numbers:
            numbers.append(action.action)

    def spoken_of(self, said: Mapping[str, Any], dossier: str | None) -> Action | None:
        """The one that is meant without its number; what goes on before what is over."""
        numbers = self.by_words.get((*_words(said), dossier), ())
        alike = [each for n in numbers if (each := self.by_number[n]).same_as(said)]
        return next((each for each in alike if not each.over), next(iter(alike), None))


def known_actions(ledger: Ledger) -> Known:
    """What is known of the network in this command."""
    if ledger.actions is None:
        known = ledger.actions = Known({}, {})
        for each in every_action(ledger.connection):
            known.add(each)
    found: Known = ledger.actions
    return found


def keep_action(ledger: Ledger, action: Action) -> None:
    """Record an action as it is from now on."""
    known_actions(ledger).add(action)
    ledger.append(action.stream, [action.draft()])


def _words(said: Mapping[str, Any]) -> tuple[ActionType, str]:
    return said["type_action"], normalise(said["objet"])


def number_of(text: str, known: Mapping[str, Action]) -> str | None:
    """The number that a text means: « A12 », « a12 », or 12 where only one ends so."""
    wanted = text.strip().upper()
    if wanted in known or not wanted.isdigit():
        return wanted if wanted in known else None
    ends = [n for n in known if n.startswith(SERIES) and n.lstrip(ascii_uppercase) == wanted]
    return ends[0] if len(ends) == 1 else None


def left_open(ledger: Ledger, reference: str) -> Iterator[Finding]:
    """Warnings: what is still to be done for a dossier that ends, each task once."""
    for each in known_actions(ledger).by_number.values():
        if each.dossier == reference and not each.over:
            due = f" (pour le {french(each.date_echeance)})" if each.date_echeance else ""
            yield finding("tache_ouverte", action=each.action, objet=f"{each.objet}{due}")


def _said(command: c.Acting) -> dict[str, Any]:
    said = dict(command.given)
    said.pop("dossier", None)
    if isinstance(command, c.AddTask):
        said["type_action"] = ActionType.TASK
    if isinstance(command, c.DoneTask):
        said["avancement"] = Progress.DONE
    return said


def _responsible(ledger: Ledger, said: dict[str, Any], noted: list[Finding]) -> NotDone | None:
    """Put the code of whoever is responsible beside their name, where the directory knows them."""
    name = said.get("responsable")
    if name is None:
        return None
    if name.casefold() in ("me", "moi"):
        name = said["responsable"] = ledger.stamp.author
    found, whole = ledger.referents.meant(name)
    names = ledger.referents.names()
    if len(found) > 1:
        told = " ; ".join(f"{names[code]} ({code})" for code in found)
        fault = f"« {name[:40]} » peut être {len(found)} référents"
        return NotDone((finding("ambigu", field="responsable", label="Responsable", faute=fault,
                                attendu=told),), asks=True)  # fmt: skip
    said["referent"] = None
    if not found:
        return None
    said |= {"referent": found[0], "responsable": names[found[0]]}
    known = ledger.referents.facts.get(found[0])
    if known is not None and known.parti_le and known.parti_le <= ledger.context.today.isoformat():
        day = french_day(date.fromisoformat(known.parti_le))
        told = f"responsable donné : {name}"
        return NotDone((finding("referent_parti", told, field="responsable", nom=known.nom,
                                date=day, qui=found[0]),))  # fmt: skip
    if not whole:
        noted.append(finding("nom_partiel", field="responsable", label="Responsable",
                             donne=name[:40], lu=f"{names[found[0]]} ({found[0]})"))  # fmt: skip
    return None


def _after(
    ledger: Ledger, before: Action | None, said: dict[str, Any], reference: str | None,
    noted: list[Finding],
) -> Action:  # fmt: skip
    if before is not None:
        return before._replace(**said)
    today, type_ = ledger.context.today, said["type_action"]
    if "avancement" not in said:
        said["avancement"] = usual(type_, said.get("date_action"), today)
        if type_ is not ActionType.TASK:
            noted.append(finding("avancement_pris", field="avancement",
                                 avancement=said["avancement"].label))  # fmt: skip
    if "departements" not in said:
        own = settings(ledger.connection).get(DEPARTMENTS, "")
        place = reference[:2] if reference else own if "," not in own else ""
        said["departements"] = place or None
    return Action(action="", dossier=reference, **said)


def actions(visitor: Visitor) -> list[Action]:
    """Every action and task of the file today, those of the source first."""
    with consulting(visitor.path) as connection:
        return every_action(connection, visitor.today.isoformat())
