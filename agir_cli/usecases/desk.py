"""One command's work on an open file: load as sets, decide row by row, save once.

Both doors pass here: one row from options, or many from a file. Everything happens inside one
transaction that the caller has begun; nothing is written before `save`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, NamedTuple

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
from agir_cli.store.lookup import Candidate, find, find_each
from agir_cli.store.people import Holding, NewPerson, Renewal
from agir_cli.store.stamp import Stamp, ulids
from agir_cli.usecases.ahead import Ahead
from agir_cli.usecases.persons import Persons, marks_of, number_of
from agir_cli.usecases.referents import Referents
from agir_cli.usecases.stated import Stated

if TYPE_CHECKING:  # a command on one dossier foresees nothing, and starts the faster
    from agir_cli.usecases.foresight import Foreseen, Foresight


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
        self._ahead = Ahead()
        self._loaded = False
        self._named: dict[str, list[Candidate]] = {}
        self._counters: dict[str, int] = {}
        self._people: list[NewPerson | Renewal] = []
        self.persons = Persons()
        self.referents = Referents(connection)
        self.stated = Stated()

    # --- loading, as sets ----------------------------------------------------------------

    def prepare(self, wanted: Sequence[Command], foreseen: Foresight | None = None) -> None:
        """Load at once what these commands, and these rows decided already, will ask for."""
        asked = [(e.agdref, name_key(e.nom, e.prenoms)) for e in wanted if isinstance(e, Enroll)]
        self._ahead.begin(foreseen.page if foreseen is not None else None)
        if foreseen is not None:
            asked += [(row.number, row.key) for row in foreseen.rows if row]
        for holding in self._people_of(asked):
            self.persons.add(holding)
        self._loaded = True
        texts = {str(getattr(c, "dossier", None) or "") for c in wanted} - {""}
        self._named |= find_each(self.connection, texts - self._named.keys())
        ids = {found[0].id for text in texts if len(found := self._named[text]) == 1}
        self._load_states(ids | self.persons.dossiers_by_number())

    def _people_of(self, asked: Sequence[tuple[str | None, str]]) -> list[Holding]:
        """Everyone of the file with one of these numbers or names."""
        numbers = {n for number, _ in asked if number for n in number_spellings(number)}
        return people.holdings(self.connection, numbers=numbers, keys={key for _, key in asked})

    def _load_states(self, ids: Iterable[str]) -> None:
        missing = [id_ for id_ in ids if id_ not in self._states]
        if not missing:
            return
        for id_, events in journal.load(self.connection, missing, words=True).items():
            self._prior[id_] = events
            self._states[id_] = fold(events)

    # --- asking --------------------------------------------------------------------------

    def candidates(self, text: str) -> list[Candidate]:
        """The dossiers that a text may mean, as the file has them."""
        if text not in self._named:
            self._named[text] = find(self.connection, text)
        return self._named[text]

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

    def words(self, dossier: str) -> dict[str, str]:
        """The dossier's present free texts, the last said of each field; this command's too."""
        said = [*self.events(dossier), *self._drafts.get(dossier, ())]
        return {name: text for each in said for name, text in each.texts.items()}

    def holding(self, dossier: str) -> Holding | None:
        """Whose dossier this is, as the file has it; `None` if the person was erased."""
        return next(iter(people.holdings(self.connection, dossiers=[dossier])), None)

    def holders(self, number: str | None, key: str) -> tuple[list[Holding], list[Holding]]:
        """Who has this number (with or without its leading zeros), and who else has this name."""
        if self._loaded:
            return self.persons.holders(number, key)
        asked = Persons()
        for holding in self._people_of([(number, key)]):
            asked.add(holding)
        return asked.holders(number, key)

    def takes(self, rows: Sequence[Foreseen]) -> bool:
        """Whether the numbers and names of these rows are nobody's, and each is said once.

        They are their own from now on; else none of these rows is taken.
        """
        keys = {row.key for row in rows}
        numbers = [number_key(row.number) for row in rows if row.number]
        marks = keys.union(numbers)
        twice = len(keys) < len(rows) or len(marks) < len(keys) + len(numbers)
        if twice or self.persons.knows(marks):
            return False
        if not self._loaded and self._people_of([(row.number, row.key) for row in rows]):
            return False
        self.persons.mark(marks)
        return True

    def next_reference(self, department: str) -> str:
        """The reference that `take_references` takes: `44-0042`, or `44B-0042` with a letter."""
        series, last = self._series(department)
        return f"{series}-{last + 1:04d}"

    def take_references(self, departments: Iterable[str]) -> list[str]:
        """The next reference of each of these departments, taken."""
        taken: list[str] = []
        for department, same in groupby(departments):
            series, last = self._series(department)
            count = sum(1 for _ in same)
            taken += [f"{series}-{number:04d}" for number in range(last + 1, last + count + 1)]
            self._counters[series] = last + count
        return taken

    def _series(self, department: str) -> tuple[str, int]:
        """How the references of a department begin, and the last number given."""
        series = f"{department}{self.letter}"
        if series not in self._counters:
            self._counters[series] = settings.next_numbers(self.connection, series)
        return series, self._counters[series]

    # --- recording (in memory until `save`) ----------------------------------------------

    def record(self, dossier: str, drafts: Sequence[Draft]) -> None:
        """Add these drafts to a dossier."""
        self.persons.mark((dossier,))
        self._drafts.setdefault(dossier, []).extend(drafts)
        # Applied when somebody asks: most dossiers are named by one row of a file.
        self._unapplied.add(dossier)
        self._openings.pop(dossier, None)

    def open_dossier(self, holding: Holding, decision: Accepted, *, new_person: bool) -> None:
        """Open a dossier under the reference that was taken for it."""
        if new_person:
            self._people.append(NewPerson(holding.person, holding.key, holding.values))
        dossier = holding.dossier
        self._prior[dossier] = ()
        self._drafts[dossier] = list(decision.drafts)
        if decision.after is not None:
            self._openings[dossier] = decision.after
            self._states[dossier] = decision.after.state
        self.stated.opened(dossier)
        self.persons.mark(marks_of(holding))

    def open_foreseen(self, rows: Sequence[Foreseen]) -> list[journal.Numbers]:
        """Open the dossiers of these rows, taken, as their page has them: the numbers they get."""
        ids = list(islice(self.ids, 2 * len(rows)))
        references = self.take_references([row.department for row in rows])
        numbers = list(map(journal.Numbers, ids[::2], ids[1::2], references))
        self._ahead.open(rows, numbers)
        self.stated.opened(numbers[0].dossier)
        self.stated.opened(numbers[-1].dossier)
        return numbers

    def touch(self, holding: Holding) -> None:
        """Something of this person, or of their dossier, is changed."""
        self.persons.mark(marks_of(holding))

    def renew(self, renewal: Renewal) -> None:
        """Change a person's identity or contact, the former values kept."""
        self._people.append(renewal)
        now = {**renewal.former, **renewal.changed}
        for values in (renewal.former, now):
            key = name_key(values.get("nom"), values.get("prenoms"))
            self.persons.mark((renewal.person, key, number_of(values)))

    # --- saving --------------------------------------------------------------------------

    def save(self) -> None:
        """Write everything decided since the last save, and forget it."""
        self._ahead.write(self.connection, self.stamp, self.ids)
        people.write_people(self.connection, self._people, self.stamp)
        self.referents.save()
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
        self._loaded = False
        for memory in (
            self._prior, self._states, self._drafts, self._unapplied, self._openings,
            self._named, self._counters, self.persons,
        ):  # fmt: skip
            memory.clear()
        self._people.clear()

    # --- taking a row back ---------------------------------------------------------------

    def mark(self) -> dict[str, Any]:
        """What is decided so far, for `take_back` to return to, once."""
        kept = (dict, list, set, Persons, Referents)
        memories = {n: m for n, m in vars(self).items() if isinstance(m, kept)}
        return {name: _copied(memory) for name, memory in memories.items()}

    def take_back(self, mark: dict[str, Any]) -> None:
        """Forget everything decided since ``mark``: a row enters whole, or not at all."""
        vars(self).update(mark)


def _copied(memory: Any) -> Any:
    if not isinstance(memory, dict):
        return memory.copy()
    return {key: list(v) if isinstance(v, list) else v for key, v in memory.items()}
