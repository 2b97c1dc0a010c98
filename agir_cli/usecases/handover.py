"""A change of operator: a department handed over, taken, and erased where it was received.

Who hands over keeps what proves a receipt, and nothing with which what was handed could be opened.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

from agir_cli.domain.dates import exactly, french, french_day, from_edtf
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.vocabulary import Motive
from agir_cli.failures import RowsFailure, UsageFailure
from agir_cli.store import (
    backup,
    doubles,
    erasure,
    journal,
    memory,
    memory_keys,
    people,
    retention,
    seal,
    settings,
    sites,
    stream,
)
from agir_cli.store import handover as records
from agir_cli.store.driver import Connection
from agir_cli.store.file import apart, consulting
from agir_cli.store.handover import Record
from agir_cli.store.lookup import Candidate, dossiers
from agir_cli.store.stream import Touched
from agir_cli.usecases import memory as remembering
from agir_cli.usecases.ledger import Ledger, Visitor, transaction
from agir_cli.usecases.personal_data import end_tasks

_MADE = "remise:"


def receipt_key(identity: str) -> bytes:
    """What proves that somebody has opened what is sealed to this identity."""
    return hmac.digest(identity.encode(), b"agir receipt", "sha256")


def proof(secret: bytes, told: Mapping[str, Any]) -> str:
    """The proof of a manifest or a receipt (all but its proof)."""
    said = {name: value for name, value in told.items() if name != "preuve"}
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hmac.digest(secret, text.encode(), "sha256").hex()


# --- handed --------------------------------------------------------------------------------


class Outgoing(NamedTuple):
    """A department as it is handed: its records, read once, then what stands beside them."""

    department: str
    persons: int
    dossiers: int
    nobody: int
    records: Iterator[list[Record]]
    head: dict[str, Any]
    """References of dossiers, names of référents, final fingerprints and their keys."""


def note(visitor: Visitor, identity: str, name: str, department: str, on: date) -> None:
    """Remember what was handed, and what proves its receipt."""
    with transaction(visitor) as ledger:
        said = {"departement": department, "le": on.isoformat(), "fait": ledger.stamp.recorded_at,
                "cle": receipt_key(identity).hex()}  # fmt: skip
        settings.set_setting(ledger.connection, _MADE + name, json.dumps(said))


@contextmanager
def outgoing(visitor: Visitor, department: str) -> Iterator[Outgoing]:
    """What a department hands over, from a private copy of the file.

    Who has a dossier that runs goes with name and course; of who has none, what figures count, and
    the fingerprints of a final end. Raises `UsageFailure` for a department without dossiers.
    """
    with transaction(visitor) as ledger:  # a key of the memory, where a final end wants one
        theirs = records.persons_of(ledger.connection, department)
        if not (theirs.open or theirs.closed):
            raise UsageFailure(f"Ce fichier n'a aucun dossier du {department} : rien à remettre.")
        if people.finally_ended(ledger.connection).intersection(theirs.closed):
            memory_keys.present(ledger.connection)
        keys = memory_keys.keys(ledger.connection)
    with apart(visitor.path) as copy:
        ledger = _of_copy(copy, visitor)
        site = settings.site_of(copy)
        ends = [memory.ended(keys[-1], e.person, e.known, e.decided, e.until)
                for e in remembering.used_up(ledger, theirs.closed)] if keys else []  # fmt: skip
        stream.keep_beside(copy, site)
        numbers = journal.numbers_given(copy, "*").items()
        wanted = erasure.Wanted(visitor.today.isoformat(), "remise", "remise")
        rulebook = settings.rulebook_of(copy)
        erasure.erase(copy, theirs.closed, wanted, ledger.stamp, rulebook)
        ours, nobody = records.dossiers_of(copy, department, theirs.open)
        codes: set[str] = set()
        head = {
            "dossiers": ours, "numeros": {s: n for s, n in numbers if s.startswith(department)},
            "fins": ends,
            "memoire": memory.lines(copy)[0], "cles": [each.secret.hex() for each in keys],
            "sites": sorted(site.verifying.hex() for site in sites.known(copy).values()),
        }  # fmt: skip

        def some() -> Iterator[list[Record]]:
            for each in records.records(copy, [*ours, *nobody]):
                codes.update(records.referents_named(each))
                yield each
            head["referents"], head["faits"] = records.referents_handed(copy, codes)

        count = len(theirs.open)
        yield Outgoing(department, count, len(ours), len(nobody), some(), head)


def _of_copy(copy: Connection, visitor: Visitor) -> Ledger:
    from agir_cli.store.stamp import Stamp, now

    stamp = Stamp(visitor.author, settings.site_of(copy), now())
    return Ledger(copy, settings.rulebook_of(copy), visitor.acting_day, stamp)


# --- taken ---------------------------------------------------------------------------------


class Match(NamedTuple):
    """Somebody who came and whom the file may know already: two references, or why not to go on."""

    dossier: str
    known: str
    why: str
    remedy: str


class Taken(NamedTuple):
    """What was taken: how many records, references that changed, who may be known already.

    ``before``: the department and the day of this very handover, if it had been taken.
    """

    records: int
    renamed: Mapping[str, str]
    matches: Sequence[Match]
    standing: Mapping[str, str]
    before: str = ""


def take(
    visitor: Visitor, name: str, department: str, head: Mapping[str, Any],
    some: Iterable[list[Record]], *, dry_run: bool = False,
) -> Taken:  # fmt: skip
    """Take a handover, whole or not at all; taken again, nothing changes.

    Raises `UsageFailure` where the file follows other departments, `RowsFailure` where what it
    says is no handover.
    """
    standing: dict[str, tuple[int, str]] = {}

    def noted() -> Iterator[list[Record]]:
        for each in some:
            for told in each:
                count, last = standing.get(told["dossier"], (0, ""))
                standing[told["dossier"]] = (count + 1, max(last, told["id"]))
            yield each

    try:
        with memory_keys.kept_if_done(visitor.path), transaction(visitor) as ledger:
            known = settings.settings(ledger.connection)
            followed = known.get(settings.DEPARTMENTS)
            if followed and department not in followed.split(","):
                raise UsageFailure(
                    f"Cette remise est du {department}, ce fichier suit le {followed} : rien n'en a"
                    " été pris.",
                    f"Un fichier pour lui : agir --db equipe{department}.db init --departement"
                    f" {department}",
                )
            came = {each["remise"]: each for each in records.brought(ledger.connection)}
            if before := came.get(name):
                for _ in noted():
                    pass
                taken = Taken(0, {}, (), {}, f"{before['departement']} {before['le']}")
            else:
                chain = ledger.connection, ledger.stamp.site
                first = seal.last_link(*chain)[0] + 1
                try:
                    _refuse_odd(head)
                    _refuse_own(ledger, _MADE + name in known, department, head)
                    _save(visitor, first, dry_run=dry_run)
                    taken = _taken(ledger, department, head, noted())
                except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
                    raise RowsFailure(
                        "Cette remise ne dit pas ce qu'une remise dit : rien n'en a été pris.",
                        "Demandez-en une autre à l'autre opérateur.",
                    ) from None
                told = {
                    "remise": name, "departement": department, "le": visitor.today.isoformat(),
                    "du": first, "au": seal.last_link(*chain)[0], "sites": head.get("sites", []),
                }  # fmt: skip
                words = {seal.BROUGHT: json.dumps(told)}  # every file that follows this site has it
                ledger.append(seal.HANDED, [Draft(Kind.DIRECTORY_CHANGED, texts=words)])
                ledger.write()
            if dry_run:
                raise _Rehearsed
    except _Rehearsed:
        pass
    named = head["dossiers"]
    come = {id_: f"{count}:{last}" for id_, (count, last) in standing.items() if id_ in named}
    return taken._replace(standing=come)


_REFERENCE = re.compile(r"\d[\dAB]\d?[A-Z]{0,9}-\d{4,9}")


def _refuse_odd(head: Mapping[str, Any]) -> None:
    """Raise `ValueError` for a reference that is none, `TypeError` for another of its kind."""
    if not all(map(_REFERENCE.fullmatch, head["dossiers"].values())):
        raise ValueError
    if not all(type(last) is int and 0 <= last < 10**9 for last in head["numeros"].values()):
        raise TypeError
    b"".join(map(bytes.fromhex, head.get("sites", [])))


def _refuse_own(ledger: Ledger, made: bool, department: str, head: Mapping[str, Any]) -> None:
    """Refuse what this file, or a site of its network, has handed: it would be there twice."""
    near = {site.verifying.hex() for site in sites.known(ledger.connection).values()}
    if made or near.intersection(head.get("sites", ())):
        raise UsageFailure(
            "Cette remise vient de ce fichier, ou d'un site de son réseau : rien n'en a été pris.",
            "Dans un réseau, un département passe par l'échange. Un site qui le suit fait :",
            f"agir sites invite {ledger.stamp.site} --departement {department}",
        )


def _save(visitor: Visitor, first: int, *, dry_run: bool) -> None:
    """Take a backup of a file that is not new: no undo takes a hand-over back."""
    if first > 1 and not dry_run:
        backup.before(visitor.path, backup.HANDOVER)


class _Rehearsed(Exception):
    """Everything was tried, and nothing is to stay."""


def _taken(
    ledger: Ledger, department: str, head: Mapping[str, Any], some: Iterable[list[Record]]
) -> Taken:
    connection, site = ledger.connection, ledger.stamp.site
    here = {*people.everyone(connection)}
    again = any(each["departement"] == department for each in records.brought(connection))
    _remember(ledger, head)
    stream.keep_beside(connection, site)
    letters = {department + letter for letter in sites.known(connection) if letter != site}
    renaming = records.Renaming(
        connection, head["dossiers"], letters, head["referents"], head.get("faits", {})
    )
    touched, count = Touched(), 0
    for each in some:
        # Of the closed dossiers, the figures came with the first handover.
        new = [told for told in each if not (again and told.get("nobody"))]
        count += records.insert(connection, site, new, renaming, touched)
    stream.fold_touched(connection, touched, ledger.context.rulebook)
    settings.continue_numbers(connection, head["numeros"])
    found = dossiers(connection, ids=head["dossiers"])
    persons = {*people.everyone(connection)}
    if {each.id for each in found if each.person in persons} != head["dossiers"].keys():
        raise LookupError("a dossier without its opening, or its person")
    came = {each.person: each for each in found if each.person not in here}
    return Taken(count, renaming.renamed, [*_matches(ledger, came)], {})


def _remember(ledger: Ledger, head: Mapping[str, Any]) -> None:
    """Keep the final fingerprints that came, and the keys they were made with."""
    connection = ledger.connection
    given = [memory_keys.key_of(bytes.fromhex(each)) for each in head["cles"]]
    for each in given:
        memory_keys.keep(connection.file, each)
    memory.take(connection, map(tuple, head["memoire"]), ())
    used = dict.fromkeys((*(each.id for each in given), *memory_keys.used(connection)))
    if used:
        settings.set_setting(connection, memory_keys.USED, " ".join(used))
    if head["fins"]:
        words = {memory.ENDS: json.dumps(head["fins"])}
        ledger.append(memory.FINALS, [Draft(Kind.DIRECTORY_CHANGED, texts=words)])
        ledger.write()
        memory.follow(connection, [ledger.events(memory.FINALS)[-1].id])


def _matches(ledger: Ledger, came: Mapping[str, Candidate]) -> Iterator[Match]:
    """Who of those who came may be somebody whom the file knows, or used up their right."""
    for person, _, known in doubles.everybody(ledger.connection, came):
        own = came[person].reference
        if (met := ledger.remembered(known)) is not None:
            what = "n° AGDREF" if met.blocks else "nom et naissance"
            why = f"droit épuisé, décision {french(from_edtf(met.month))} ({what})"
            yield Match(own, "", why, f"agir show {own}")
        for holding, how in ledger.alike(known, came):
            if holding.person not in came:
                used = "droit épuisé ; " if holding.final else ""
                why = f"{used}{how.grade} : {', '.join(how.agree)}"
                other = holding.reference
                yield Match(own, other, why, f"agir same {own} {other}, ou agir distinct")


# --- received, and erased ------------------------------------------------------------------


class Fate(NamedTuple):
    """A dossier of a department that was handed: what becomes of it here, and why."""

    dossier: str
    fate: str
    why: str


LEAVES, LEFT, STAYS = "à effacer", "effacé", "reste"


def received(visitor: Visitor, receipt: Mapping[str, Any]) -> tuple[str, date]:
    """The department and the day of a receipt that answers a handover of this file.

    Raises `UsageFailure` for any other.
    """
    with consulting(visitor.path) as connection:
        known = settings.settings(connection)
    text = known.get(_MADE + str(receipt.get("remise")))
    if text is None:
        raise UsageFailure("Ce reçu n'est pas d'une remise de ce fichier : rien n'a été effacé.")
    said = json.loads(text)
    right = proof(bytes.fromhex(said["cle"]), receipt)
    if not hmac.compare_digest(right, str(receipt.get("preuve"))):
        raise UsageFailure(
            "Ce reçu a été changé, ou n'est pas de qui a ouvert la remise : rien n'a été effacé.",
            "Demandez-le de nouveau : agir handover take",
        )
    return said["departement"], date.fromisoformat(said["le"])


def _why(department: str, on: date) -> str:
    return f"remise du {department} le {french_day(on)}"


def certified(
    visitor: Visitor, department: str, on: date, standing: Mapping[str, str], *, erase: bool
) -> list[Fate]:
    """What becomes of a department once it was received; ``erase``: it is done.

    What is held, what was not received or has changed since, and who has a dossier elsewhere, stay.
    The file is to be written anew (`scrub`) once somebody has the list, which nothing tells again.
    """
    if erase and visitor.acting_day < on:
        raise UsageFailure(f"La reprise est le {french_day(on)} : rien ne s'efface avant.")
    if erase:
        backup.before(visitor.path, backup.PURGE)
    with transaction(visitor) as ledger:
        connection = ledger.connection
        theirs = records.persons_of(connection, department).open
        fates, leaving = list[Fate](), list[Candidate]()
        now = records.standing(connection, [d.id for d in dossiers(connection, persons=theirs)])
        for person in theirs:
            every = dossiers(connection, persons=erasure.one_person(connection, [person]))
            why = _why_it_stays(connection, every, department, standing, now)
            fates += [Fate(d.reference, STAYS if why else LEFT if erase else LEAVES, why)
                      for d in every if not why or d.person == person]  # fmt: skip
            leaving += [] if why else every
        if not leaving:  # once more: of who has left no name is kept, but how many and when
            fates += [
                Fate("", LEFT, f"{len(ids)} en tout, le {french_day(date.fromisoformat(by.day))}")
                for by, _, ids in erasure.erased(connection) if by.reason == _why(department, on)
            ]  # fmt: skip
        elif erase:
            _erase(ledger, leaving, on, department)
    return sorted({*fates}, key=lambda each: (each.fate == STAYS, each.dossier))


def _why_it_stays(
    connection: Connection, every: Sequence[Candidate], department: str,
    standing: Mapping[str, str], now: Mapping[str, str],
) -> str:  # fmt: skip
    ids = [each.id for each in every]
    if holds := retention.holds(connection, ids):
        return f"retenu {holds[0].told}"
    theirs, _ = records.dossiers_of(connection, department, [each.person for each in every])
    for each in every:
        if each.id not in theirs:
            return f"autre dossier, d'un autre département : {each.reference}"
        if each.id not in standing:
            return "non reçu : il n'était pas de la remise"
        if standing[each.id] != now.get(each.id):
            return "non reçu : il a changé depuis la remise"
    return ""


def _erase(ledger: Ledger, theirs: Sequence[Candidate], on: date, department: str) -> None:
    """Erase who was received: their dossiers end here by a transfer, on the day of the handover.

    Or on that of their last fact, where work went on until the handover was made.
    """
    for each in theirs:
        if each.etape != "clos":
            acted = max((e.on.latest for e in ledger.events(each.id) if e.on), default=on)
            day = exactly(min(max(on, acted), ledger.context.today))
            ledger.append(each.id, [Draft(Kind.DOSSIER_CLOSED, day, {"motif": Motive.TRANSFER})])
    end_tasks(ledger, theirs)
    persons = list(dict.fromkeys(each.person for each in theirs))
    said = ledger.context.today.isoformat()
    wanted = erasure.Wanted(said, "changement d'opérateur, reçu", _why(department, on))
    erasure.erase(ledger.connection, persons, wanted, ledger.stamp, ledger.context.rulebook)
