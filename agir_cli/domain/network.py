"""An action of the network, or a task: one kind of thing, what is done or to be done about what.

The source names agreements, meetings, outreach, tools and obstacles [W: Coordination des acteurs
et animation du réseau]; which states each goes through is this project's reading [D].
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from agir_cli.domain.dates import PartialDate
from agir_cli.domain.decisions.common import in_future
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import ActionType as Type
from agir_cli.domain.vocabulary import Progress, normalise

SIGNED = frozenset({Progress.SIGNED})
DONE = frozenset({Progress.DONE, Progress.LIFTED, Progress.ENDED})
PENDING = frozenset({Progress.TO_DO, Progress.PLANNED, Progress.UNDER_WAY, Progress.RAISED})
"""What has no end yet; what is given up is of none of the three."""
OVER = frozenset(Progress) - PENDING
DATED = SIGNED | DONE
"""What has come to be on its day; what is given up keeps the day that was planned."""
_HELD = (Progress.PLANNED, Progress.DONE, Progress.GIVEN_UP)
_MADE = (Progress.PLANNED, Progress.UNDER_WAY, Progress.DONE, Progress.ENDED, Progress.GIVEN_UP)
STATES: Mapping[Type, tuple[Progress, ...]] = {
    Type.AGREEMENT: (
        Progress.PLANNED,
        Progress.UNDER_WAY,
        Progress.SIGNED,
        Progress.ENDED,
        Progress.GIVEN_UP,
    ),
    Type.MEETING: _HELD,
    Type.WEBINAR: _HELD,
    Type.OUTREACH: _HELD,
    Type.TOOL: _MADE,
    Type.PUBLICATION: _MADE,
    Type.OBSTACLE: (Progress.UNDER_WAY, Progress.RAISED, Progress.LIFTED, Progress.GIVEN_UP),
    Type.MILESTONE: _MADE,
    Type.TASK: (Progress.TO_DO, Progress.UNDER_WAY, Progress.DONE, Progress.GIVEN_UP),
}
"""The states that an action of each type may be in."""
ENDS = {Type.AGREEMENT: Progress.SIGNED, Type.OBSTACLE: Progress.LIFTED}
"""By what an action of a type comes to its end, where that is not being done."""
_FIRST = {
    Type.AGREEMENT: Progress.UNDER_WAY,
    Type.OBSTACLE: Progress.UNDER_WAY,
    Type.TASK: Progress.TO_DO,
}


class Action(NamedTuple):
    """An action as it is known; its fields bear the names of the columns.

    ``stream``: the dossier (id) in whose journal it stands, else its own; empty of one of the
    source that nothing is recorded about. ``referent``: the code of whoever is responsible, where
    the directory knows them; ``responsable`` is what they are called.
    """

    action: str
    type_action: Type
    objet: str
    avancement: Progress
    date_action: PartialDate | None = None
    partenaires: str | None = None
    departements: str | None = None
    participants: int | None = None
    date_echeance: PartialDate | None = None
    responsable: str | None = None
    dossier: str | None = None
    remarque: str | None = None
    referent: str | None = None
    stream: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done about it."""
        return self.avancement in OVER

    @property
    def due(self) -> PartialDate | None:
        """The day by which something is to be done about it: the one set, else that of a plan.

        What the source alone tells is nobody's to do.
        """
        if self.over or not self.stream:
            return None
        planned = self.avancement is Progress.PLANNED
        return self.date_echeance or (self.date_action if planned else None)

    @property
    def words(self) -> tuple[Type, str]:
        """The type and the words by which somebody speaks of it, as they are compared."""
        return self.type_action, normalise(self.objet)

    def same_as(self, said: Mapping[str, Any]) -> bool:
        """Whether this, of the same words, is what somebody speaks of: as known, or known less."""
        day = "date_echeance" if self.type_action is Type.TASK else "date_action"
        mine, theirs = getattr(self, day), said.get(day)
        partners, known = said.get("partenaires"), self.partenaires
        alike = not partners or not known or normalise(known) == normalise(partners)
        return alike and (mine is None or theirs is None or mine == theirs)

    def draft(self) -> Draft:
        """The event that says all of it: codes and days apart from words."""
        said = self._asdict()
        if self.referent is not None:
            del said["responsable"]
        told = {name: said.get(name) for name in _CODES}
        words = {name: text for name in _WORDS if (text := said.get(name))}
        payload = {name: value for name, value in told.items() if value is not None}
        return Draft(Kind.ACTION_RECORDED, self.date_action, payload, words)


_CODES = (
    "action", "type_action", "avancement", "departements", "participants", "date_echeance",
    "referent",
)  # fmt: skip
_WORDS = ("objet", "partenaires", "responsable", "remarque")


def usual(type_: Type, on: PartialDate | None, today: date) -> Progress:
    """The state of an action of which nobody says it: past, it is done; to come, planned."""
    if type_ in _FIRST:
        return _FIRST[type_]
    if on is None:
        return Progress.UNDER_WAY if Progress.UNDER_WAY in STATES[type_] else Progress.PLANNED
    return Progress.DONE if on.earliest <= today else Progress.PLANNED


def refusals(action: Action, before: Action | None, today: date, *, again: bool) -> list[Finding]:
    """Why an action cannot be so. ``again``: a row says it anew, and moves nothing backwards."""
    found: list[Finding] = []
    states = STATES[action.type_action]
    if action.avancement not in states:
        known = ", ".join(f"{each} ({each.label})" for each in states)
        found.append(finding("avancement_impossible", field="avancement",
                             type=action.type_action.label, avancement=action.avancement.label,
                             possibles=known))  # fmt: skip
    elif action.avancement in DATED:
        found += in_future("date_action", action.date_action, today)
    if again and before is not None and before.over and not action.over:
        found.append(finding("avancement_recule", field="avancement", action=action.action,
                             connu=before.avancement.label, dit=action.avancement,
                             dit_label=action.avancement.label))  # fmt: skip
    return found
