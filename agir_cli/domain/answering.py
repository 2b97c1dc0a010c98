"""One criterion answered, and the words of its facts."""

from __future__ import annotations

from typing import Any, NamedTuple

from agir_cli.domain.dates import PartialDate, Verdict, french, french_on
from agir_cli.domain.dossier import Decided
from agir_cli.domain.rules import Source
from agir_cli.domain.vocabulary import Code


class Answer(NamedTuple):
    """One criterion answered: with the fact that decided, its source, and what to do."""

    criterion: str
    verdict: Verdict
    told: str
    """The fact, as a template: of the many answers given, few are ever shown."""
    of: tuple[Any, ...]
    origin: Source | str
    missing: tuple[str, ...] = ()
    """The fields that would answer it, or that a yes leaves to be said."""

    @property
    def fact(self) -> str:
        """The fact that decided (French)."""
        return self.told.format(*map(_shown, self.of))

    @property
    def source(self) -> str:
        """Where the criterion comes from."""
        return str(self.origin)


def _shown(value: Any) -> str:
    match value:
        case None:
            return "inconnu"
        case Verdict():
            return value.value
        case PartialDate():
            return french(value)
        case Code():
            return value.label
        case Decided():
            return f"{decision_of(value)} : {value.outcome.label}"
        case _:
            return str(value)


def decision_of(decided: Decided) -> str:
    """Whose answer it is: « décision OFII du 20/02/2023 », at the precision that is known."""
    on = decided.on
    if on is None:
        return "décision OFII, jour inconnu"
    return f"décision OFII du {french(on)}" if on.exact else f"décision OFII, {french_on(on)}"
