"""The same act said again: what it adds is kept, what it contradicts is refused, never silence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from agir_cli.domain.dates import PartialDate
from agir_cli.domain.decisions.common import Accepted, Decision, already, closed, decide
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.events import NOTHING, Draft, Kind
from agir_cli.domain.reasons import Finding
from agir_cli.domain.vocabulary import Code


class Known(NamedTuple):
    """An act as it is recorded: its kind, its day, and what it says (``None``: not said)."""

    kind: Kind
    on: PartialDate | None
    facts: Mapping[str, Any]
    retype: str
    """What to type again once the recorded one is voided: « la fiche »."""
    handed: Collection[str] = ()
    """What may still be done afterwards: an *oui* follows a *non*."""
    key: Mapping[str, Any] = NOTHING
    """What the act is known by beside its day."""


def said_again(
    d: Dossier, known: Known, said: Mapping[str, Any], texts: Mapping[str, Any] = NOTHING
) -> Decision:
    """One rule for every act whose day is recorded already.

    What was not known completes it, by a second event of that day; another value is refused.
    """
    recorded = {name: value for name, value in known.facts.items() if value is not None}
    new = {
        name: value
        for name, value in said.items()
        if value is not None and name not in known.key and recorded.get(name) != value
    }
    suite = f" Puis retapez {known.retype}."
    refusals = [
        already(
            d,
            known.kind,
            name,
            told(recorded[name]),
            told(value),
            suite,
            day="",
            on=known.on,
            held={**known.key, name: recorded[name]},
        )
        for name, value in new.items()
        if name in recorded and not (name in known.handed and value is True)
    ]
    if refusals:
        return decide(refusals, ())
    if not new:
        return Accepted()
    whole = {**known.key, **recorded, **new}
    return decide(closed(d), [Draft(known.kind, known.on, whole, texts)])


def with_names(found: Finding, names: Mapping[str, str]) -> Finding:
    """The contradiction with the names of these codes: the journal has the codes alone."""
    recorded, given = found.values.get("recorded"), found.values.get("given")
    if found.code != "deja_enregistre" or not {recorded, given} & names.keys():
        return found
    shown = [names.get(str(code), str(code)) for code in (recorded, given)]
    return found._replace(fact=f"enregistré : {shown[0]} ; donné : {shown[1]}")


def told(value: Any) -> str:
    """A value inside a sentence."""
    match value:
        case tuple():
            return " + ".join(map(told, value))
        case bool():
            return "oui" if value else "non"
        case Code():
            return value.label
        case _:
            return str(value)
