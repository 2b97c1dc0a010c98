"""Exchanging streams with other sites: what they lack is sent, what this file lacks is taken.

Repeated, interrupted, late or doubled, it comes to the same: what a carrier holds says what is to
be sent, what the file holds says what is to be taken, and each batch is taken whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import islice
from typing import Any, NamedTuple, Protocol

from agir_cli.domain.dates import french_day
from agir_cli.domain.events import Kind
from agir_cli.failures import FileFailure
from agir_cli.site_keys import EVERY, SiteKeys
from agir_cli.store import journal, settings, sites, stream, team_tables
from agir_cli.store.driver import Connection
from agir_cli.store.file import consulting, recording, scrub
from agir_cli.store.sites import Site
from agir_cli.store.stream import Excluded, Refused, Stretch, Touched
from agir_cli.usecases import sites as network
from agir_cli.usecases.ledger import Ledger, Visitor, transaction
from agir_cli.usecases.memory import ends_to_tell, follow_ends
from agir_cli.usecases.sites import excluded

AT_ONCE = 2_000
"""The most records of a segment."""
_SEGMENTS = 10
"""The most segments that are taken in one transaction, and held in memory."""
_BYTES = 8 << 20
_UNFILLED = " +"
"""The end of the setting of what was taken, while dossiers that became a référent's are lacking."""
_REVOKED = b'"%s"' % Kind.SITE_REVOKED.encode()


class Segment(Protocol):
    """Records `first` to `last` of one stream, as a carrier moves them (`exchange.segments`)."""

    @property
    def site(self) -> str: ...
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


class Contents(Protocol):
    """What a segment holds, opened: links, and the records of each group as JSON lines."""

    @property
    def before(self) -> bytes: ...
    @property
    def links(self) -> Sequence[bytes]: ...
    @property
    def groups(self) -> Mapping[str, bytes | None]: ...


class Carrier(Protocol):
    """What moves segments between sites (`exchange.carriers`)."""

    def held(self) -> Mapping[str, int]:
        """Of each stream, the last number that is held without a hole."""

    def put(self, segment: Any) -> None:
        """Keep a segment, whole or not at all; the same again changes nothing."""

    def after(self, site: str, number: int) -> Iterator[Any]:
        """The segments of a stream that go beyond a number, in order."""


class Network(Protocol):
    """Who the sites are to each other: how segments are sealed, and whose are opened."""

    def groups(self, connection: Connection) -> str:
        """The groups that this site may read."""

    def cut(self, connection: Connection, site: str, first: int) -> int | None:
        """The number with which a segment that begins there must end, if any."""

    def lacking(self, connection: Connection, groups: Iterable[str]) -> list[str]:
        """Those of these groups of which nobody could read what is sent: they have no key."""

    def give(self, visitor: Visitor, groups: Iterable[str]) -> None:
        """Give each of these groups a key."""

    def seal(
        self, connection: Connection, site: str, first: int, before: bytes,
        links: Sequence[bytes], groups: Mapping[str, bytes],
    ) -> Any:  # fmt: skip
        """A segment of these records."""

    def open(self, connection: Connection, segment: Any) -> Contents:
        """What it holds. Raises `FileFailure` for one that its site has not written so."""


class Synced(NamedTuple):
    """What an exchange did: records sent and taken of each stream, and what was refused.

    ``back``: records of one's own that were taken back, after a backup was restored; ``late``:
    what revoked sites went on sending, said once.
    """

    sent: int
    taken: Mapping[str, int]
    refused: tuple[FileFailure, ...] = ()
    back: int = 0
    erased: int = 0
    late: tuple[FileFailure, ...] = ()


Progress = Callable[[int, int], None]
"""Told how many records are done, of how many."""


def sync(
    visitor: Visitor, carrier: Carrier, network: Network, progress: Progress = lambda *_: None
) -> Synced:
    """Send what others lack, take what this file lacks; a file that only follows sends nothing.

    Raises `FileFailure` where nothing can be exchanged; what is refused of one site is told, and
    keeps nobody else waiting.
    """
    held = carrier.held()
    with consulting(visitor.path) as connection:
        known = settings.settings(connection)
        here = stream.streams(connection)
        site = settings.site_of(connection)
        if fault := excluded(sites.known(connection), site):
            return Synced(0, {}, (fault,))
    own = (site, site + journal.STATISTICS)
    exchange = _Exchange(visitor, carrier, network, progress)
    back = {name: here.get(name, 0) for name in own if held.get(name, 0) > here.get(name, 0)}
    if back:  # a backup was restored: what this site had sent comes first
        exchange.take(back, held)
        if exchange.refused:
            raise next(iter(exchange.refused.values()))
    restored = sum(exchange.taken.values())
    exchange.taken.clear()
    sent = 0
    if settings.FOLLOWS not in known:
        for name in own:
            exchange.refuse_fork(name, held.get(name, 0))
        tell(visitor)
        sent = sum(exchange.send(name, held.get(name, 0)) for name in own)
        for name in exchange.left_behind(held):
            with suppress(FileFailure):  # a server that keeps its place: nothing of one's own waits
                sent += exchange.send(name, held.get(name, 0))
    wanted = {name: here.get(name, 0) for name in held if name not in own}
    exchange.take(wanted, held)
    exchange.fill(wanted)
    if exchange.erased:
        scrub(visitor.path)
    late = {s: e for s, e in exchange.refused.items() if isinstance(e, Excluded)}
    refused = [fault for name, fault in exchange.refused.items() if name not in late]
    with consulting(visitor.path) as connection:  # what was taken may say so
        refused += filter(None, [excluded(sites.known(connection), site)])
    said = tuple(late[s] for s in _unsaid(visitor, {s: str(held[s]) for s in late}))
    return Synced(sent, exchange.taken, tuple(refused), restored, exchange.erased, said)


_LATE = "exclu_dit:"
"""The settings with the last record, not taken, of a revoked site of which somebody was told."""


def _unsaid(visitor: Visitor, late: Mapping[str, str]) -> list[str]:
    """The streams that go further than was said of them, noted as said from now on."""
    with consulting(visitor.path) as connection:
        known = settings.settings(connection)
    new = [name for name, last in late.items() if known.get(_LATE + name) != last]
    if new:
        with recording(visitor.path) as connection:
            for name in new:
                settings.set_setting(connection, _LATE + name, late[name])
    return new


def tell(visitor: Visitor) -> None:
    """Record, as events of one's own stream, what no event says yet and others are to have."""
    with transaction(visitor) as ledger:
        connection = ledger.connection
        for dossier, drafts in (
            (team_tables.DIRECTORY, team_tables.drafts(team_tables.changes(connection))),
            (team_tables.ERASED, team_tables.erasures_to_tell(connection)),
        ):
            ledger.append(dossier, drafts)
        ledger.write()
        if settings.settings(connection).get(sites.SECRET):
            ends_to_tell(ledger)
            network.tell_further_ends(ledger)
            ledger.write()
        stream.keep_beside(connection, ledger.stamp.site)


class _Exchange:
    """One exchange with one carrier, stream by stream."""

    def __init__(
        self, visitor: Visitor, carrier: Carrier, network: Network, progress: Progress
    ) -> None:
        self._visitor, self._carrier, self._network = visitor, carrier, network
        self._progress, self._done, self._of = progress, 0, 0
        self.taken: dict[str, int] = {}
        self.refused: dict[str, FileFailure] = {}
        self.erased = 0
        self._lacking: set[str] = set()

    # --- sending -------------------------------------------------------------------------

    def send(self, site: str, held: int) -> int:
        """Send what the carrier lacks of a stream; how many records."""
        sent = 0
        while segment := self._next(site, held):
            self._carrier.put(segment)
            sent, held = sent + segment.last - held, segment.last
            self._progress(sent, sent)
        return sent

    def left_behind(self, held: Mapping[str, int]) -> list[str]:
        """The streams of revoked sites that the carrier lacks, and that this file has whole."""
        with consulting(self._visitor.path) as connection:
            here = stream.streams(connection)
            return [
                name
                for site in sites.known(connection).values()
                for name, (number, _) in site.ends.items()
                if held.get(name, 0) < number == here.get(name, 0)
                and not stream.leaves_out(connection, name)
            ]

    def refuse_fork(self, site: str, held: int) -> None:
        """Refuse a stream that another file, or another network, has sent under this letter."""
        with consulting(self._visitor.path) as connection:
            for segment in self._carrier.after(site, held - 1) if held else ():
                try:
                    links = self._network.open(connection, segment).links
                except FileFailure as fault:
                    if getattr(fault, "reason", "") in ("foreign", "locked"):
                        raise Refused(site, held, "un autre réseau s'est servi de cette lettre"
                                      " ici", "Chaque réseau a son dossier d'échange : voyez lequel"
                                      " est le vôtre.") from None  # fmt: skip
                    continue  # altered on the way: those who take it say so
                if links[held - segment.first] != stream.link_at(connection, site, held):
                    raise Refused(site, held, "ce fichier n'est pas celui qui l'avait envoyé",
                                  *stream.FORKED)  # fmt: skip
                return

    def _next(self, site: str, held: int) -> Any:
        while True:
            with consulting(self._visitor.path) as connection:
                last = self._network.cut(connection, site, held + 1)
                most = AT_ONCE if last is None else min(AT_ONCE, last - held)
                records = [*_within(stream.records(connection, site, held, most))]
                if not records:
                    return None
                groups: dict[str, list[str]] = {}
                for record in records:
                    groups.setdefault(record.group, []).append(record.line)
                lacking = self._network.lacking(connection, groups)
                if not lacking:
                    bodies = {n: ("\n".join(lines) + "\n").encode() for n, lines in groups.items()}
                    before = stream.link_at(connection, site, held)
                    links = [record.link for record in records]
                    return self._network.seal(connection, site, held + 1, before, links, bodies)
            self._network.give(self._visitor, lacking)

    # --- taking --------------------------------------------------------------------------

    def take(self, wanted: Mapping[str, int], held: Mapping[str, int]) -> None:
        """Take what these streams hold beyond what is here (`wanted`).

        A stream that is refused stops there. It is asked again once others have brought more: a
        key, or who its site is.
        """
        have, moved = dict(wanted), True
        while moved:
            moved = False
            self.refused.clear()
            new = {site: number for site, number in have.items() if held[site] > number}
            self._of = self._done + sum(held[site] - number for site, number in new.items())
            for batch in _batches(self._carrier, new, self._revoked_by(new)):
                for site, number in self._taken(batch).items():
                    moved = moved or number > have[site]
                    have[site] = max(number, have[site])
            moved = moved and bool(self.refused)

    def _revoked_by(self, wanted: Mapping[str, int]) -> set[str]:
        """The sites of which what is to be taken says that they are revoked."""
        found: set[str] = set()
        if len({name.removesuffix(journal.STATISTICS) for name in wanted}) < 2:
            return found
        with consulting(self._visitor.path) as connection:
            for segment in (s for name in wanted for s in self._carrier.after(name, wanted[name])):
                with suppress(FileFailure):
                    body = self._network.open(connection, segment).groups.get(EVERY) or b""
                    lines = (line for line in body.split(b"\n") if _REVOKED in line)
                    for told in stream.parsed(lines, segment.site, segment.first).values():
                        found.add(json.loads(told["payload"])["site_nomme"])
        return found

    def _taken(self, batch: Sequence[Any]) -> dict[str, int]:
        """Take these segments in one transaction; the number to which each stream has come."""
        come: dict[str, int] = {}
        touched = Touched()
        with transaction(self._visitor, receiving=True) as ledger:
            stream.keep_beside(ledger.connection, ledger.stamp.site)
            name = settings.settings(ledger.connection).get(settings.TAKES)
            mine = stream.Caseload(ledger.connection, name) if name else None
            takes = mine.takes if mine is not None else lambda _: True
            for segment in batch:
                if segment.site in self.refused:
                    continue
                try:
                    stretch = self._opened(ledger.connection, segment)
                    new = stream.take(ledger.connection, stretch, touched, takes)
                except FileFailure as fault:
                    self.refused[segment.site] = fault
                    continue
                self.taken[segment.site] = self.taken.get(segment.site, 0) + new
                come[segment.site] = stretch.last
                self._done += new
                self._progress(self._done, max(self._of, self._done))
            self._follow(ledger, touched)
            if ledger.stamp.site in come:  # a backup was restored: its numbers are given
                given = journal.numbers_given(ledger.connection, ledger.stamp.site)
                settings.continue_numbers(ledger.connection, given)
            if mine is not None and mine.lacking:
                self._lacking |= mine.lacking
                settings.set_setting(ledger.connection, settings.TAKEN_FOR, mine.codes + _UNFILLED)
        return come

    def fill(self, held: Mapping[str, int]) -> None:
        """Take what was left out before: of the dossiers that have become a référent's, of groups
        that this site may read by now.
        """
        told, every = self._look_again(held)
        if told is None:
            return
        for batch in _batches(self._carrier, dict.fromkeys(held, 0)):
            touched = Touched()
            with transaction(self._visitor, receiving=True) as ledger:
                for stretch in self._stretches(ledger.connection, batch):
                    wanted = None if every else self._lacking
                    stream.fill(ledger.connection, stretch, touched, wanted)
                self._follow(ledger, touched)
        self._lacking.clear()
        with transaction(self._visitor, receiving=True) as ledger:  # now: it may be interrupted
            settings.set_setting(ledger.connection, settings.TAKEN_FOR, told)

    def _look_again(self, held: Mapping[str, int]) -> tuple[str | None, bool]:
        """What the file is to have all of (None: it has), and whether that is no référent's."""
        with consulting(self._visitor.path) as connection:
            known = settings.settings(connection)
            name = known.get(settings.TAKES)
            mine = stream.Caseload(connection, name) if name else None
            told = mine.codes if mine is not None else self._network.groups(connection)
            before = known.get(settings.TAKEN_FOR)
            if before == told or not stream.leaves_out(connection):
                return None, False
            if mine is not None and not (self._lacking and before == told + _UNFILLED):
                for batch in _batches(self._carrier, dict.fromkeys(held, 0)):
                    for stretch in self._stretches(connection, batch):
                        for record in stretch.records.values():
                            mine.takes(record)
                self._lacking |= mine.lacking
        return told, mine is None

    def _stretches(self, connection: Connection, batch: Iterable[Any]) -> Iterator[Stretch]:
        for segment in batch:
            with suppress(Excluded):
                yield self._opened(connection, segment)

    def _opened(self, connection: Connection, segment: Any) -> Stretch:
        contents = self._network.open(connection, segment)
        records: dict[int, dict[str, Any]] = {}
        for body in contents.groups.values():
            lines = filter(None, (body or b"").split(b"\n"))
            found = stream.parsed(lines, segment.site, segment.first)
            if records.keys() & found.keys():
                raise Refused(segment.site, segment.first, "un numéro y est deux fois")
            records |= found
        missing = len(contents.links) - len(records)
        if missing and None not in contents.groups.values():
            raise Refused(segment.site, segment.first, "il n'est pas entier")
        return Stretch(segment.site, segment.first, contents.before, contents.links, records)

    def _follow(self, ledger: Ledger, touched: Touched) -> None:
        connection = ledger.connection
        again = bool(touched.directory) and team_tables.follow(connection, touched.directory)
        if touched.directory:
            follow_ends(ledger, touched.directory)
        for told in touched.erasures:
            self.erased += len(team_tables.erase_told(connection, told))
        rulebook = settings.rulebook_of(connection)
        stream.fold_touched(connection, touched, rulebook)
        if again:
            journal.fold_again(connection, rulebook)


def _within(records: Iterable[stream.Record]) -> Iterator[stream.Record]:
    """The first of these records that a segment has room for, one at least."""
    room = _BYTES
    for place, record in enumerate(records):
        room -= 4 * len(record.line)  # bytes of UTF-8, at most
        if room < 0 and place:
            return
        yield record


def _batches(
    carrier: Carrier, wanted: Mapping[str, int], revoked: Container[str] = ()
) -> Iterator[list[Any]]:
    def place(name: str) -> tuple[bool, str]:  # what others say of a site comes before what it says
        return name.removesuffix(journal.STATISTICS) in revoked, name

    streams = sorted(wanted, key=place)
    every = (each for site in streams for each in carrier.after(site, wanted[site]))
    while batch := [*islice(every, _SEGMENTS)]:
        yield batch


# --- sealed ------------------------------------------------------------------------------


class Seals(Protocol):
    """How segments are sealed and opened (`exchange.segments`)."""

    def sealed(
        self, site: str, first: int, before: bytes, links: Sequence[bytes],
        groups: Mapping[str, bytes], *, day: str, keys: SiteKeys,
        readers: Mapping[str, Sequence[str]], by: str,
    ) -> Any: ...  # fmt: skip

    def opened(self, segment: Any, *, keys: SiteKeys, signer: bytes) -> Any: ...


class Sealed:
    """The network of a file's sites: sealed to who follows, signed by who wrote."""

    def __init__(self, seals: Seals, day: str) -> None:
        self._seals, self._day = seals, day
        self._told: list[str] = []
        self._keys = SiteKeys(b"", "")

    def groups(self, connection: Connection) -> str:
        """The groups of which this site has a key."""
        return " ".join(sorted(self._own(connection).groups))

    def cut(self, connection: Connection, site: str, first: int) -> int | None:
        """The record with which new keys come: who reads the next segment has to have them."""
        return sites.change_of_keys(connection, site, first)

    def lacking(self, connection: Connection, groups: Iterable[str]) -> list[str]:
        """The groups that have no key yet."""
        return sorted(set(groups) - sites.readers(connection).keys())

    def give(self, visitor: Visitor, groups: Iterable[str]) -> None:
        """Have a key drawn for each of these groups, for those who follow it."""
        network.follow(visitor, groups)

    def seal(
        self, connection: Connection, site: str, first: int, before: bytes,
        links: Sequence[bytes], groups: Mapping[str, bytes],
    ) -> Any:  # fmt: skip
        """A segment of these records, each group for those that follow it."""
        keys, readers = self._own(connection), sites.readers(connection, site, first)
        own = settings.site_of(connection)
        return self._seals.sealed(
            site, first, before, links, groups, day=self._day, keys=keys, readers=readers,
            by="" if site in (own, own + journal.STATISTICS) else own,
        )  # fmt: skip

    def open(self, connection: Connection, segment: Any) -> Contents:
        """What a segment holds, of a site that is known here and not revoked before it."""
        site = sites.known(connection).get(segment.site.removesuffix(journal.STATISTICS))
        if site is None:
            raise Refused(segment.site, segment.first, "ce site n'est pas connu ici",
                          "Un site l'invite : agir sites invite")  # fmt: skip
        until, link = site.end(segment.site)
        if until is not None and segment.last > until:
            day = french_day(date.fromisoformat(site.revoked_on))
            raise Excluded(segment.site, segment.last, f"ce site, exclu le {day}, envoie encore",
                           f"Son poste est perdu ? Sur un serveur : agir hub grant SERVICE"
                           f" {site.letter} --withdraw")  # fmt: skip
        try:
            return self._opened(connection, segment, site)
        except FileFailure as fault:
            again = self._sent_again(connection, segment) if _is_foreign(fault) and link else None
            if again is None:
                raise
        if segment.last == until and again.links[-1].hex() != link:
            raise Refused(
                segment.site, segment.last, "il n'est pas celui qui était là à l'exclusion"
            )
        return again

    def _opened(self, connection: Connection, segment: Any, signer: Site) -> Contents:
        opened: Contents = self._seals.opened(
            segment, keys=self._own(connection), signer=signer.verifying
        )
        return opened

    def _sent_again(self, connection: Connection, segment: Any) -> Contents | None:
        """What a segment of a revoked site holds that another site has sealed in its place."""
        for site in sites.known(connection).values():
            try:
                if not site.revoked_on:
                    return self._opened(connection, segment, site)
            except FileFailure as fault:
                if not _is_foreign(fault):
                    raise
        return None

    def _own(self, connection: Connection) -> SiteKeys:
        told = [each.id for each in sites.told(connection)]
        if told != self._told:
            self._told, self._keys = told, sites.own_keys(connection)
        return self._keys


def _is_foreign(fault: FileFailure) -> bool:
    return getattr(fault, "reason", "") == "foreign"


# --- how far each site has come ------------------------------------------------------------


class Standing(NamedTuple):
    """A site as this file knows it: its last record here, when that was, how many are missing.

    ``missing``: held by the carrier, and not here; None where no carrier was asked. ``behind``: of
    a revoked site, here and no more held by the carrier.
    """

    letter: str
    name: str
    departments: str
    last: int
    recorded_at: str
    missing: int | None
    revoked_on: str
    own: bool
    behind: int = 0


def standings(visitor: Visitor, held: Mapping[str, int] | None) -> list[Standing]:
    """Every site of the network; ``held``: what the carrier holds, where it was asked."""
    with consulting(visitor.path) as connection:
        here, own = stream.streams(connection), settings.site_of(connection)
        found = []
        for letter, site in sorted(sites.known(connection).items()):
            last = here.get(letter, 0)
            moment = stream.last_recorded(connection, letter)
            further = held.get(letter, 0) if held is not None else last
            missing = None if held is None else max(min(further, site.until or further) - last, 0)
            behind = last - further if site.revoked_on and further < last else 0
            departments = " ".join("tous" if d == EVERY else d for d in site.departments)
            found.append(Standing(letter, site.name, departments, last, moment, missing,
                                  site.revoked_on, letter == own, behind))  # fmt: skip
    return found
