"""One command's work on an open file: load as sets, decide row by row, save once.

Both doors pass here: one row from options, or many from a file. Everything happens inside one
transaction that the caller has begun; nothing is written before `save`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from agir_cli.domain.commands import Command, Enroll
from agir_cli.domain.decisions.common import Accepted, Context
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import Judged
from agir_cli.domain.events import Draft, Event
from agir_cli.domain.folding import fold, foretold
from agir_cli.domain.identity import name_key, number_key, number_spellings
from agir_cli.domain.reasons import Finding
from agir_cli.domain.rules import Rulebook
from agir_cli.store import journal, people, settings
from agir_cli.store.driver import Connection
from agir_cli.store.lookup import Candidate, find
from agir_cli.store.people import Holding, NewPerson, Renewal
from agir_cli.store.stamp import Stamp, ulids
from agir_cli.usecases.stated import Stated


class Done(NamedTuple):
    """A row that went through: `cree`, `modifie` or `inchange`."""

    status: str
    dossier: str
    reference: str
    warnings: tuple[Finding, ...] = ()


class NotDone(NamedTuple):
    """A row that did not: refused, or (``asks``) stopped for a human's answer."""

    findings: tuple[Finding, ...]
    asks: bool = False


Outcome = Done | NotDone


class Desk:
    """What a command needs while it decides: the states, the persons, the numbers to give."""

    def __init__(
        self, connection: Connection, rulebook: Rulebook, today: date, stamp: Stamp
    ) -> None:
        self.connection = connection
        self.context = Context(today, rulebook)
        self.stamp = stamp
        known = settings.settings(connection)
        self.department = known.get("departement")
        self.letter = known.get("lettre", "")
        self.ids = ulids()
        self._prior: dict[str, Sequence[Event]] = {}
        self._states: dict[str, Dossier] = {}
        self._drafts: dict[str, list[Draft]] = {}
        self._unapplied: set[str] = set()
        self._openings: dict[str, Judged] = {}
        self._unwritten: dict[str, Holding] = {}
        self._named: dict[str, list[Candidate]] = {}
        self._counters: dict[str, int] = {}
        self._new_people: list[NewPerson] = []
        self._renewals: list[Renewal] = []
        self._by_number: dict[str, list[Holding]] = {}
        self._by_key: dict[str, list[Holding]] = {}
        self._referents: list[tuple[str, str]] = []
        self._known_referents: dict[str, str] = {}
        self.stated = Stated()

    # --- loading, as sets ----------------------------------------------------------------

    def prepare(self, commands: Iterable[Command]) -> None:
        """Load at once what these commands will ask for."""
        wanted = list(commands)
        enrolments = [command for command in wanted if isinstance(command, Enroll)]
        self._load_people(enrolments)
        texts = {str(getattr(c, "dossier", None) or "") for c in wanted} - {""}
        for text in texts - self._named.keys():
            self._named[text] = find(self.connection, text)
        ids = {found[0].id for text in texts if len(found := self._named[text]) == 1}
        known = {holding.dossier for found in self._by_number.values() for holding in found}
        self._load_states(ids | known)

    def _load_people(self, enrolments: list[Enroll]) -> None:
        numbers = {n for e in enrolments if e.agdref for n in number_spellings(e.agdref)}
        keys = {name_key(e.nom, e.prenoms) for e in enrolments}
        for holding in people.holdings(self.connection, numbers=numbers, keys=keys):
            self._remember(holding)

    def _remember(self, holding: Holding) -> None:
        if number := holding.values.get("agdref"):
            self._by_number.setdefault(number_key(number), []).append(holding)
        self._by_key.setdefault(holding.key, []).append(holding)

    def _load_states(self, ids: Iterable[str]) -> None:
        missing = [id_ for id_ in ids if id_ not in self._states]
        if not missing:
            return
        for id_, events in journal.load(self.connection, missing, words=True).items():
            self._prior[id_] = events
            self._states[id_] = fold(events)

    # --- asking --------------------------------------------------------------------------

    def candidates(self, text: str) -> list[Candidate]:
        """The dossiers that a text may mean; those opened by this very command included."""
        if text not in self._named:
            self._named[text] = find(self.connection, text)
        return self._named[text] or self._just_opened(text)

    def _just_opened(self, text: str) -> list[Candidate]:
        """The dossier of this reference or number that is not written yet."""
        wanted = text.strip().upper()
        holding = self._unwritten.get(wanted) or self._unwritten.get(number_key(wanted))
        if holding is None:
            return []
        nom, prenoms, birth = map(holding.values.get, ("nom", "prenoms", "date_naissance"))
        return [
            Candidate(
                holding.dossier, holding.reference, nom or "", prenoms or "", birth or "", "", ""
            )
        ]

    def state(self, dossier: str) -> Dossier:
        """The present state of a dossier, this command's own acts included."""
        self._load_states([dossier])
        if dossier in self._unapplied:
            self._unapplied.discard(dossier)
            prior, drafts = self._prior.get(dossier, ()), self._drafts[dossier]
            self._states[dossier] = foretold(dossier, prior, drafts)
        return self._states[dossier]

    def events(self, dossier: str) -> Sequence[Event]:
        """The recorded events of a dossier (not this command's own)."""
        self._load_states([dossier])
        return self._prior.get(dossier, ())

    def holders(self, number: str | None, key: str) -> tuple[list[Holding], list[Holding]]:
        """Who has this number (with or without its leading zeros), and who else has this name."""
        by_number = self._by_number.get(number_key(number), []) if number else []
        by_key = self._by_key.get(key, [])
        if by_number and by_key:
            seen = {holding.dossier for holding in by_number}
            by_key = [holding for holding in by_key if holding.dossier not in seen]
        return by_number, by_key

    def has_acts(self, dossier: str) -> bool:
        """Whether this command has done something to the dossier that is not written yet."""
        return bool(self._drafts.get(dossier))

    def next_reference(self, department: str) -> str:
        """The reference that `open_dossier` would take: `44-0042`, or `44B-0042` with a letter."""
        series = f"{department}{self.letter}"
        if series not in self._counters:
            self._counters[series] = settings.next_numbers(self.connection, series)
        return f"{series}-{self._counters[series] + 1:04d}"

    # --- recording (in memory until `save`) ----------------------------------------------

    def record(self, dossier: str, drafts: Sequence[Draft]) -> None:
        """Add these drafts to a dossier."""
        self._drafts.setdefault(dossier, []).extend(drafts)
        # Applied when somebody asks: most dossiers are named by one row of a file.
        self._unapplied.add(dossier)
        self._openings.pop(dossier, None)

    def open_dossier(self, holding: Holding, decision: Accepted, *, new_person: bool) -> None:
        """Open a dossier under its reference; later rows of the same file find it."""
        if new_person:
            self._new_people.append(NewPerson(holding.person, holding.key, holding.values))
        series, _, taken = holding.reference.rpartition("-")
        self._counters[series] = int(taken)
        dossier = holding.dossier
        self._prior[dossier] = ()
        self._drafts[dossier] = list(decision.drafts)
        if decision.after is not None:
            self._openings[dossier] = decision.after
            self._states[dossier] = decision.after.state
        self._remember(holding)
        self.stated.add(dossier)
        self._unwritten[holding.reference] = holding
        if number := holding.values.get("agdref"):
            self._unwritten[number_key(number)] = holding

    def renew(self, renewal: Renewal) -> None:
        """Change a person's identity or contact, the former values kept.

        Later rows of the same file meet the person as they are now, wherever a chunk ends.
        """
        self._renewals.append(renewal)
        former, now = renewal.former, {**renewal.former, **renewal.changed}
        key = name_key(now.get("nom"), now.get("prenoms"))
        for holding in self._forget_person(renewal.person, former):
            self._remember(holding._replace(values=now, key=key))

    def _forget_person(self, person: str, former: Mapping[str, str | None]) -> list[Holding]:
        gone: dict[str, Holding] = {}
        places = (
            (self._by_number, number_key(former.get("agdref") or "")),
            (self._by_key, name_key(former.get("nom"), former.get("prenoms"))),
        )
        for index, key in places:
            found = index.get(key, [])
            gone |= {h.dossier: h for h in found if h.person == person}
            if found:
                index[key] = [h for h in found if h.person != person]
        return list(gone.values())

    def referent_names(self) -> dict[str, str]:
        """The name of each référent's code, those just typed included."""
        rows = self.connection.execute("SELECT code, nom FROM referents").fetchall()
        return dict([*rows, *self._referents])

    def referent(self, text: str) -> tuple[str, bool]:
        """The code of a référent named by code or name, and whether they are new.

        One that the directory does not know joins it, under a code that tells no name: codes
        go to the journal, names do not.
        """
        if not self._known_referents:
            for code, name in self.referent_names().items():
                self._known_referents[name_key(name, None)] = code
                self._known_referents[name_key(code, None)] = code
        key = name_key(text, None)
        known = self._known_referents.get(key)
        if known is not None:
            return known, False
        code = f"R{len(set(self._known_referents.values())) + 1:03d}"
        while name_key(code, None) in self._known_referents:
            code += "b"
        self._known_referents |= {key: code, name_key(code, None): code}
        self._referents.append((code, text))
        return code, True

    # --- saving --------------------------------------------------------------------------

    def save(self) -> None:
        """Write everything decided since the last save, and forget it."""
        people.insert_people(self.connection, self._new_people)
        people.update_people(self.connection, self._renewals, self.stamp)
        self.connection.executemany(
            "INSERT INTO referents (code, nom) VALUES (?, ?) ON CONFLICT (code) DO NOTHING",
            self._referents,
        )
        for name, last in self._counters.items():
            settings.keep_number(self.connection, name, last)
        changes = [
            journal.Change(
                dossier, self._prior.get(dossier, ()), drafts, self._openings.get(dossier)
            )
            for dossier, drafts in self._drafts.items()
            if drafts
        ]
        rulebook = self.context.rulebook
        if changes:
            journal.append(self.connection, changes, self.stamp, rulebook, ids=self.ids)
        self._forget()

    def _forget(self) -> None:
        for memory in (
            self._prior, self._states, self._drafts, self._unapplied, self._openings,
            self._unwritten, self._named, self._counters, self._by_number, self._by_key,
        ):  # fmt: skip
            memory.clear()
        self._new_people.clear()
        self._renewals.clear()
        self._referents.clear()
        self._known_referents.clear()

    # --- taking a row back ---------------------------------------------------------------

    def mark(self) -> dict[str, Any]:
        """What is decided so far, for `take_back` to return to, once."""
        memories = {n: m for n, m in vars(self).items() if isinstance(m, dict | list | set)}
        return {name: _copied(memory) for name, memory in memories.items()}

    def take_back(self, mark: dict[str, Any]) -> None:
        """Forget everything decided since ``mark``: a row enters whole, or not at all."""
        vars(self).update(mark)


def _copied(memory: Any) -> Any:
    if isinstance(memory, list | set):
        return memory.copy()
    return {key: list(v) if isinstance(v, list) else v for key, v in memory.items()}
