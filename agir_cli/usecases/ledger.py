"""The ledger: everything that changes the file goes through here, in one transaction.

A command is a file of one row. Each row is entered whole or not at all, and sees the rows before
it. What is decided waits in memory and is written as sets; a question about anybody whom it
concerns first has it written, and is then asked of the file: no caller has to know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from agir_cli.domain.commands import Command, Enroll
from agir_cli.domain.dates import PartialDate, exactly, may_be_the_same_day
from agir_cli.domain.decisions.common import Context
from agir_cli.domain.dossier import Dossier
from agir_cli.domain.eligibility import Judged, judged
from agir_cli.domain.events import Draft, Event, Kind, Position, order_key
from agir_cli.domain.folding import fold, followed, words_of
from agir_cli.domain.identity import (
    former_keys,
    looks_like_agdref,
    looks_like_reference,
    name_key,
    number_key,
    number_spellings,
)
from agir_cli.domain.reasons import Finding
from agir_cli.domain.rules import Rulebook
from agir_cli.identity.evidence import Likeness, Traits
from agir_cli.store import access, directory, journal, memory, memory_keys, people, settings
from agir_cli.store.directory import Referents
from agir_cli.store.doubles import traits
from agir_cli.store.driver import Connection
from agir_cli.store.file import consulting, recording
from agir_cli.store.lookup import Booked, Candidate, booked_since, find, find_each
from agir_cli.store.people import Former, Holding, NewPerson, Renewal, birth_of
from agir_cli.store.stamp import Stamp, now, ulids
from agir_cli.store.waiting import recording_begins
from agir_cli.usecases.doubles import Search
from agir_cli.usecases.households import Households

T = TypeVar("T")


class Visitor(NamedTuple):
    """Who works on which file, and on which day."""

    path: Path
    today: date
    author: str
    site: str | None = None
    clock: date | None = None
    """The real day, whatever day was taken for today: no act is dated after it."""

    @property
    def acting_day(self) -> date:
        """The day that an act is judged on."""
        return self.today if self.clock is None else min(self.today, self.clock)


class Done(NamedTuple):
    """A row that went through: `cree`, `modifie` or `inchange`; ``final``: it used a right up."""

    status: str
    dossier: str
    reference: str
    warnings: tuple[Finding, ...] = ()
    final: bool = False


class NotDone(NamedTuple):
    """A row that did not: refused, or (``asks``) stopped for a human's answer."""

    findings: tuple[Finding, ...]
    asks: bool = False


Outcome = Done | NotDone


@contextmanager
def transaction(
    visitor: Visitor,
    *,
    batch: str | None = None, digest: str = "", joined: Mapping[str, str] | None = None,
    receiving: bool = False,
) -> Iterator[Ledger]:  # fmt: skip
    """Open the file for one command: committed at the end if nothing was raised, else nothing.

    ``digest``: of the file that is taken in; ``joined``: which of its household codes are known
    households (`Households`). ``receiving``: what other sites have recorded, and no act.
    """
    with recording(visitor.path) as connection:
        recording_begins()
        site = visitor.site or settings.site_of(connection, acting=not receiving)
        stamp = Stamp(visitor.author, site, now(), batch)
        ledger = Ledger(connection, settings.rulebook_of(connection), visitor.acting_day, stamp)
        ledger.households = Households(connection, digest, joined)
        yield ledger
        ledger.write()


@contextmanager
def looking(visitor: Visitor) -> Iterator[Ledger]:
    """Open the file for what a command would come to: nothing is recorded, nobody waits."""
    with consulting(visitor.path) as connection:
        rulebook = settings.rulebook_of(connection)
        yield Ledger(connection, rulebook, visitor.acting_day, Stamp(visitor.author, "", ""))


@dataclass(slots=True)
class _Life:
    """A dossier's events, those that wait to be written last, and what they come to."""

    events: list[Event]
    written: int
    """How many of the events are in the file; none of a dossier that this command opens."""
    after: Judged | None = None
    """What a new dossier comes to, where the decision that opened it has it already."""
    state: Dossier | None = None
    last: Position | None = None
    """Where the last of the events stands in their written order, once it is known."""

    def followed_by(self, new: Sequence[Event]) -> Dossier | None:
        """The state once these events follow, where it can be told without folding all of them."""
        if self.state is None or not self.state.id:
            self.last = None
            return None
        if self.last is None:
            self.last = max(map(order_key, self.events))
        after = followed(self.state, self.last, new)
        self.last = None if after is None else max(map(order_key, new))
        return after


class _Mark(NamedTuple):
    """What is decided when a row begins, to come back to."""

    events: int
    people: int
    referents: int
    counters: dict[str, int]
    elsewhere: int


class Ledger:
    """One transaction over the file: what a decision asks, and what it records."""

    def __init__(
        self, connection: Connection, rulebook: Rulebook, today: date, stamp: Stamp
    ) -> None:
        self.connection = connection
        self.context = Context(today, rulebook)
        self.stamp = stamp
        known = settings.settings(connection)
        self._letter = known.get("lettre", "")
        self._reopened = {n: v for n, v in known.items() if n.startswith(settings.REOPENED)}
        self._keys: list[memory_keys.Key] | None = None if memory_keys.USED in known else []
        self._here = cache(lambda: memory.persons_here(connection, self.memory_keys()))
        self._ids = ulids()
        self.referents = Referents(connection)
        self.households = Households(connection)
        self.doubles = Search(connection, self.write)
        self.asks = True
        """Whether somebody may be asked about a probable double: not while a file is built."""
        self._lives: dict[str, _Life] = {}
        self._events: list[Event] = []  # those that wait, in the order they were decided
        self._people: list[NewPerson | Renewal | Former] = []
        self._counters: dict[str, int] = {}
        self._given: dict[str, int] = {}  # the last numbers given before this command
        self.elsewhere: dict[str, str] = {}
        """The references of another file that rows have named, and those of their dossiers here."""
        self.aside: dict[str | None, tuple[object, ...]] = {}  # numbers of rows set aside: whose
        # Since something was last read ahead: whom what was recorded concerns (keys of numbers and
        # names, ids), and whether a name, a number or a reference was among it.
        self._touched: set[str] = set()
        self._renamed = False
        self._seen = _Seen()
        self._row: _Mark | None = None
        self._mentioned: set[int] = set()
        self._agenda: dict[tuple[str, str], Booked] | None = None  # by dossier and nature
        self._slots: dict[tuple[str, str, str], list[Booked]] = {}
        self.actions: Any = None  # those of the network, once asked about: `usecases.network`
        self._opened = ("", "")  # the first dossier that this command has opened, and the last

    # --- a row ---------------------------------------------------------------------------

    def row(self, decide: Callable[[], T]) -> T:
        """Do what a row asks, whole or not at all: what a refusal has recorded is taken back.

        A row asks before it records: what it has recorded is not yet to be found.
        """
        self._row = _Mark(
            len(self._events), len(self._people), self.referents.added, dict(self._counters),
            len(self.elsewhere),
        )  # fmt: skip
        outcome = decide()
        if isinstance(outcome, NotDone):
            self._take_back(self._row)
        self._row = None
        return outcome

    def _take_back(self, mark: _Mark) -> None:
        for event in reversed(self._events[mark.events :]):
            life = self._lives[event.dossier]
            life.events.pop()
            life.state = life.after = life.last = None
            if not life.events:
                del self._lives[event.dossier]
        for change in self._people[mark.people :]:
            if isinstance(change, NewPerson):
                self.doubles.drop(change.id)
            else:
                self.doubles.changed(change.person)
        del self._events[mark.events :], self._people[mark.people :]
        self.referents.forget(mark.referents)
        self._counters = mark.counters
        for reference in [*self.elsewhere][mark.elsewhere :]:
            del self.elsewhere[reference]

    # --- asking --------------------------------------------------------------------------

    def read_ahead(self, wanted: Sequence[Command]) -> None:
        """Ask at once what these commands will ask for one by one: nothing else changes."""
        self.write()
        self._touched.clear()
        self._renamed = False
        enrolments = [command for command in wanted if isinstance(command, Enroll)]
        seen = self._seen = _Seen()
        numbers = {e.agdref for e in enrolments if e.agdref}
        keys = {name_key(e.nom, e.prenoms) for e in enrolments}
        seen.know(numbers, {*keys, ""}, self._holdings(numbers, keys))
        texts = {str(getattr(c, "dossier", None) or "") for c in wanted} - {""}
        seen.candidates = find_each(self.connection, texts)
        self.doubles.read_ahead(enrolments)
        alone = {found[0].id for found in seen.candidates.values() if len(found) == 1}
        self.load(alone | seen.numbered())

    def read_households(self, enrolments: Sequence[Enroll]) -> None:
        """Ask which households those of these whom the file knows are of: their codes mean them."""
        self.read_ahead(enrolments)
        for each in enrolments:
            found = self._seen.candidates.get(each.dossier or "", [])
            joined = self.candidates(each.rejoint) if each.rejoint else []
            alone = [some[0].id for some in (found, joined) if len(some) == 1]
            known = [self.state(one).facts.menage for one in alone]
            holders = self._seen.holders(each.agdref, name_key(each.nom, each.prenoms)) or ()
            born = each.date_naissance
            every = (h for some in holders for h in some)
            known += [h.household for h in every if may_be_the_same_day(birth_of(h), born)]
            for household in filter(None, known):
                self.households.states(each.menage or "", household)
        self._lives.clear()

    def load(self, ids: Iterable[str]) -> None:
        """Read these dossiers at once; those that were read before are forgotten."""
        self.write()
        self._lives.clear()
        self._load(ids)

    def holders(self, number: str | None, key: str) -> tuple[list[Holding], list[Holding]]:
        """Who has this number (leading zeros or not), and who else has this name: or had it."""
        said = {number_key(number or ""), key} - {""}
        known = self._touched.isdisjoint(said)
        found = self._seen.holders(number, key) if known else None
        if found is None or any(
            not self._touched.isdisjoint((h.person, h.dossier)) for each in found for h in each
        ):
            self.write()
            asked = _Seen()
            numbers = {number} if number else set()
            asked.know(numbers, {key}, self._holdings(numbers, {key}))
            found = asked.holders(number, key)
            assert found is not None
        return found

    def _holdings(self, numbers: Iterable[str], keys: Iterable[str]) -> list[Holding]:
        spelled = {each for number in numbers for each in number_spellings(number)}
        return people.holdings(self.connection, numbers=spelled, keys=filter(None, keys))

    def holding(self, dossier: str) -> Holding | None:
        """Whose dossier this is; `None` if the person was erased."""
        if self._renamed or dossier in self._touched:
            self.write()
        return next(iter(people.holdings(self.connection, dossiers=[dossier])), None)

    def candidates(self, text: str) -> list[Candidate]:
        """The dossiers that a text may mean."""
        found = self._seen.candidates.get(text)
        if found is None:
            found = self._seen.candidates[text] = find(self.connection, text)
        if self._outdated(text, found):
            self.write()
            found = find(self.connection, text)
        return found

    def _outdated(self, text: str, found: Sequence[Candidate]) -> bool:
        """Whether what waits to be written may change whom a text means, or how they are shown."""
        if len(found) > 1 and any(candidate.id in self._touched for candidate in found):
            return True
        if not self._renamed:
            return False
        if looks_like_reference(text):  # just given, or the beginning of one
            return not found or found[0].reference != text.strip().upper()
        return not looks_like_agdref(text) or number_key(text) in self._touched

    def state(self, dossier: str) -> Dossier:
        """The present state of a dossier, this command's own acts included."""
        life = self._life(dossier)
        if life.state is None:
            life.state = fold(life.events)
        return life.state

    def events(self, dossier: str) -> Sequence[Event]:
        """The events of a dossier, this command's own included, with their words."""
        return self._life(dossier).events

    def words(self, dossier: str) -> dict[str, str]:
        """The dossier's present free texts, the last said of each field."""
        return words_of(self.events(dossier))

    def _life(self, dossier: str) -> _Life:
        if dossier not in self._lives:
            self._load([dossier])
        return self._lives.setdefault(dossier, _Life([], 0))

    def _load(self, ids: Iterable[str]) -> None:
        missing = [id_ for id_ in ids if id_ not in self._lives]
        if missing:
            for id_, events in journal.load(self.connection, missing, words=True).items():
                self._lives[id_] = _Life(events, len(events))

    def reopened(self, number: str | None) -> str | None:
        """How the right of this number came back with an undone file, if it did."""
        if not self._reopened or not number:
            return None
        tags = [each.tag for each in memory.of_number(self.memory_keys(), number)]
        names = map(settings.reopened_as, tags)
        return next((v for name in names if (v := self._reopened.get(name))), None)

    def memory_keys(self) -> list[memory_keys.Key]:
        """The keys of the memory of used-up rights. Raises `FileFailure` where one is lost."""
        if self._keys is None:
            self._keys = memory_keys.keys(self.connection)
        return self._keys

    def remembered(self, wanted: Enroll | Traits) -> memory.Remembered | None:
        """Whether this person's right was used up, by one who was erased or is of another site."""
        if not (keys := self.memory_keys()):
            return None
        known = self.doubles.known(wanted) if isinstance(wanted, Enroll) else wanted
        return memory.remembered(self.connection, keys, known, self.context.today, self._here)

    def others_booked(self, booking: Booked) -> list[Booked]:
        """Who else is awaited at that office, day and hour, and is of no household with them.

        The booking counts for those that follow in the same file.
        """
        if self._agenda is None:
            self._agenda = {}
            for known in booked_since(self.connection, self.context.today.isoformat()):
                self._book(known)
        others = [
            known
            for known in self._slots.get(booking[:3], ())
            if self._agenda.get((known.dossier, known.nature)) is known
            and known.dossier != booking.dossier
            and (known.household is None or known.household != booking.household)
        ]
        self._book(booking)
        return others

    def _book(self, booking: Booked) -> None:
        assert self._agenda is not None  # the caller has read it
        self._agenda[booking.dossier, booking.nature] = booking
        self._slots.setdefault(booking[:3], []).append(booking)

    def mention(self, dossier: str) -> bool:
        """Note that a row speaks of this dossier; whether one did before, or has opened it."""
        first, last = self._opened
        before = first <= dossier <= last or hash(dossier) in self._mentioned
        if not before:
            self._mentioned.add(hash(dossier))
        return before

    # --- recording -----------------------------------------------------------------------

    def new_id(self) -> str:
        """A new id, for a person or a dossier."""
        return next(self._ids)

    def next_reference(self, department: str) -> str:
        """The reference that the next dossier takes: `44-0042`, `44B-0042` with a letter.

        It is taken by `open_dossier`: a refused row leaves no hole.
        """
        series, last = self._series(department)
        return f"{series}-{last + 1:04d}"

    def _series(self, department: str) -> tuple[str, int]:
        """How the references of a department begin, and the last number given."""
        series = f"{department}{self._letter}"
        last = self._counters.get(series) or settings.last_number(self.connection, series)
        return series, self._counters.setdefault(series, last)

    def take_number(self, series: str) -> str:
        """The next number of a series that is no dossier's: `A12`, `AB12` with a site's letter."""
        own = "" if self._letter or self.stamp.site == settings.DEFAULT_SITE else self.stamp.site
        whole, last = self._series(series + own)
        self._counters[whole] = last + 1
        return f"{whole}{last + 1}"

    def _given_before(self, series: str) -> int:
        if series not in self._given:
            self._given[series] = settings.next_numbers(self.connection, series)
        return self._given[series]

    def is_elsewhere(self, reference: str) -> bool:
        """Whether a reference is another file's: given neither before this command nor by it.

        One that it gave for a row that named another says nothing: both count from the same.
        """
        series, _, number = reference.strip().upper().rpartition("-")
        given, before = self._counters.get(series, 0), self._given_before(series)
        own = before < int(number) <= given and reference not in self.elsewhere.values()
        return int(number) > before and not own

    def open_dossier(
        self, holding: Holding, department: str, drafts: Sequence[Draft], after: Judged | None
    ) -> None:
        """Open a dossier under the next reference of its department.

        ``after``: what the drafts come to, where the decision has it already.
        """
        series, last = self._series(department)
        self._counters[series] = last + 1
        self._opened = (self._opened[0] or holding.dossier, holding.dossier)
        self._lives[holding.dossier] = life = _Life([], 0)
        self.append(holding.dossier, drafts)
        life.after, life.state = after, after.state if after is not None else None
        self._touched.update((holding.person, holding.key, _number(holding.values)))
        self._renamed = True

    def append(self, dossier: str, drafts: Sequence[Draft]) -> None:
        """Record these drafts on a dossier: they are events from now on."""
        if not drafts:
            return
        life, ids = self._life(dossier), self._ids
        author, _, recorded_at, batch = self.stamp
        new = [
            Event(next(ids), dossier, d.kind, d.on, d.payload, recorded_at, author, batch, d.texts)
            for d in drafts
        ]
        life.state = life.followed_by(new)
        life.after = None
        if life.events and any(_PLACES & d.payload.keys() for d in drafts):
            self.doubles.changed(life.events[0].payload["personne"])
        life.events += new
        self._events += new
        self._touched.add(dossier)

    def enter(self, person: NewPerson, known: Traits) -> None:
        """Add a person to the file; ``known``: what is compared of them."""
        keys = self.doubles.add(person.id, known)
        self._people.append(person._replace(keys=keys))

    def alike(
        self, wanted: Enroll | Traits, but: Collection[str] = ()
    ) -> list[tuple[Holding, Likeness]]:
        """The dossiers of whoever is probably this person, the likeliest first.

        ``but``: persons (ids) who are known to be them, or not to be.
        """
        near = self.doubles.of(wanted) if isinstance(wanted, Enroll) else self.doubles.like(wanted)
        found = [each for each in near if each.person not in but]
        if not (found and self.asks):
            return []
        self.write()
        theirs: dict[str, list[Holding]] = {}
        for holding in people.holdings(self.connection, persons=[each.person for each in found]):
            theirs.setdefault(holding.person, []).append(holding)
        return [(h, each.likeness) for each in found for h in theirs.get(each.person, ())]

    def renew(self, holding: Holding, changed: Mapping[str, str | None], dossier: str) -> None:
        """Change a person's identity or contact: an event of ``dossier``, the former values kept.

        The event says which fields; what they were and are stands with the person alone.
        """
        on, fields = exactly(self.context.today), {"modifie": tuple(changed)}
        self.append(dossier, [Draft(Kind.IDENTITY_CHANGED, on, fields)])
        event = self._events[-1].id
        self._people.append(Renewal(holding.person, holding.values, changed, event))
        self._renamed = True
        now = {**holding.values, **changed}
        before = [(name, holding.values.get(name) or "") for name in changed]
        key = name_key(now.get("nom"), now.get("prenoms"))
        self._touched.update((holding.person, holding.key, key, _number(now)))
        self._touched |= former_keys(now, [*holding.former, *before])
        former = [(name, text) for name, text in (*holding.former, *before) if text]
        self.doubles.add(holding.person, traits(now, former))
        self.doubles.changed(holding.person)

    def recall(
        self, holding: Holding, said: Mapping[str, str], on: PartialDate | None, source: str
    ) -> None:
        """Keep what a person was called before, or is written as elsewhere, by which document."""
        draft = Draft(Kind.IDENTITY_CHANGED, on, {"modifie": tuple(said)}, {"raison": source})
        self.append(holding.dossier, [draft])
        event = self._events[-1].id
        self._people.append(Former(holding.person, holding.values, said, event))
        self._renamed = True
        self._touched.update((holding.person, holding.key))

    # --- writing -------------------------------------------------------------------------

    def write(self) -> None:
        """Write what waits, as sets. What was read ahead stays true of whom nothing touched."""
        if not (self._events or self._people or self.referents.added):
            return
        if self._row is not None:
            if (len(self._events), len(self._people)) != self._row[:2]:
                raise RuntimeError("a row asks before it records")
            known = self.referents.take(self._row.referents)
            self._row = self._row._replace(events=0, people=0, referents=0)
        else:
            known = self.referents.take(self.referents.added)
        directory.add_referents(self.connection, known)
        people.write_people(self.connection, self._people, self.stamp)
        for name, last in self._counters.items():
            settings.keep_number(self.connection, name, last)
        written = dict.fromkeys(event.dossier for event in self._events)
        access.saw(written)
        changes = [*map(self._change, written)]
        journal.append(self.connection, changes, self.stamp.site, self.context.rulebook)
        self._events.clear()
        self._people.clear()

    def _change(self, dossier: str) -> journal.Change:
        life = self._lives[dossier]
        after = life.after or judged(self.state(dossier), self.context.rulebook)
        new = life.events[life.written :]
        change = journal.Change(dossier, new, after, fresh=life.written == 0)
        life.written = len(life.events)
        return change


_PLACES = {"commune_residence", "commune_domicile"}  # by which persons are compared


def _number(values: Mapping[str, str | None]) -> str:
    number = values.get("agdref")
    return number_key(number) if number else ""


@dataclass(slots=True)
class _Seen:
    """What was read ahead: who has which of the numbers and names asked for; whom texts mean."""

    asked: set[str] = field(default_factory=set)
    by_number: dict[str, list[Holding]] = field(default_factory=dict)
    by_name: dict[str, list[Holding]] = field(default_factory=dict)
    formerly: dict[str, list[Holding]] = field(default_factory=dict)
    """Who had this number, or this name, before."""
    candidates: dict[str, list[Candidate]] = field(default_factory=dict)

    def know(self, numbers: Iterable[str], keys: Iterable[str], found: Iterable[Holding]) -> None:
        """Know who has these numbers and names: ``found``, and nobody else."""
        self.asked.update(map(number_key, numbers), keys)
        for holding in found:
            if number := _number(holding.values):
                self.by_number.setdefault(number, []).append(holding)
            self.by_name.setdefault(holding.key, []).append(holding)
            for before in holding.former_keys:
                self.formerly.setdefault(before, []).append(holding)

    def holders(self, number: str | None, key: str) -> tuple[list[Holding], list[Holding]] | None:
        """Who has this number, and who else has this name; `None` where it was not asked.

        Or had it: a number is that of who has it now, else of who had it.
        """
        if key not in self.asked or (number and number_key(number) not in self.asked):
            return None
        known = number_key(number) if number else ""
        by_number = self.by_number.get(known) or self.formerly.get(known, [])
        by_name = [*self.by_name.get(key, ()), *self.formerly.get(key, ())]
        if by_number and by_name:
            theirs = {holding.dossier for holding in by_number}
            by_name = [holding for holding in by_name if holding.dossier not in theirs]
        return by_number, by_name

    def numbered(self) -> set[str]:
        """The dossiers of those who have one of the numbers asked for."""
        return {holding.dossier for found in self.by_number.values() for holding in found}
