"""What a person may ask of the file: to be forgotten, to see what is held; and what time asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from agir_cli.domain.commands import Close
from agir_cli.domain.dates import exactly, french_day
from agir_cli.domain.events import Draft, Kind
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.vocabulary import Motive, Progress
from agir_cli.failures import AgirFailure, UsageFailure
from agir_cli.store import access, backup, erasure, memory, retention, settings
from agir_cli.store.driver import Connection, key_named
from agir_cli.store.file import consulting, open_file, scrub
from agir_cli.store.lookup import Candidate, dossiers, find_one
from agir_cli.store.network import every_action
from agir_cli.store.retention import Duration, Hold
from agir_cli.store.waiting import notice
from agir_cli.usecases.acts import act
from agir_cli.usecases.ledger import Ledger, NotDone, Visitor, transaction
from agir_cli.usecases.memory import Kept, about_person, remember_right


class Leaving(NamedTuple):
    """Who is to be erased: their dossiers, which of them are open, and who else's notes name them.

    ``gone``: once it is done, the old copies of the file that went with them. ``kept``: what is
    remembered of a right that was used up.
    """

    dossiers: tuple[Candidate, ...]
    named_in: tuple[str, ...]
    gone: tuple[Path, ...] = ()
    kept: tuple[Kept, ...] = ()

    @property
    def open(self) -> list[Candidate]:
        """The dossiers that an erasure closes first."""
        return [each for each in self.dossiers if each.etape != "clos"]


def leaving(visitor: Visitor, text: str) -> Leaving | NotDone:
    """Who leaves when the person of a dossier is erased. Raises `NotFoundFailure`.

    Those of whom somebody has said that they are the same person leave together.
    """
    with consulting(visitor.path) as connection:
        return _leaving(connection, text)


def _leaving(connection: Connection, text: str) -> Leaving | NotDone:
    persons, theirs = _one_person(connection, text)
    supported = erasure.supported(connection, [each.id for each in theirs])
    if supported:
        return NotDone((finding("accompagnement_protege", dossier=supported[0]),))
    if holds := retention.holds(connection, [each.id for each in theirs]):
        return NotDone((_held_back(holds[0]),))
    return Leaving(tuple(theirs), tuple(erasure.named_elsewhere(connection, persons)))


def _one_person(connection: Connection, text: str) -> tuple[list[str], list[Candidate]]:
    """Who has the dossier that a text means (ids; those said to be one are one), and theirs."""
    (found,) = dossiers(connection, ids=[find_one(connection, text)])
    persons = erasure.one_person(connection, [found.person])
    return persons, dossiers(connection, persons=persons)


def _held_back(hold: Hold) -> Finding:
    """What refuses an erasure of what is held: since when, by whom, why."""
    which = hold.department
    return finding(
        "retenu", hold.reason, date=french_day(date.fromisoformat(hold.since)), auteur=hold.author,
        quoi=f"Le département {which}" if which else f"Le dossier {hold.whose}",
        a_lever=f"--departement {which}" if which else hold.whose,
    )  # fmt: skip


def erase(visitor: Visitor, text: str, demand: str, reason: str) -> Leaving | NotDone:
    """Erase the person of a dossier, for good; the file is written anew without them.

    ``demand``: on whose demand; ``reason``: why, both in words that do not name the person. A
    dossier that is open, and never had a contract, is closed first. Raises `NotFoundFailure`.
    """
    with transaction(visitor) as ledger:
        found = _leaving(ledger.connection, text)
        if isinstance(found, NotDone):
            return found
        refuse_naming(ledger.connection, {each.person for each in found.dossiers}, demand, reason)
        kept = erase_all(ledger, found.dossiers, demand, reason)
        if isinstance(kept, NotDone):
            return kept
    return found._replace(gone=tuple(scrub(visitor.path)), kept=tuple(kept))


def erase_all(
    ledger: Ledger, theirs: Sequence[Candidate], demand: str, reason: str
) -> list[Kept] | NotDone:
    """Erase the persons of these dossiers, which are all of theirs; what refuses a closing, if any.

    What is kept of their rights; their bytes are in the file until `scrub`.
    """
    refused = ledger.row(lambda: _closed(ledger, theirs))
    if refused is not None:
        return refused
    end_tasks(ledger, theirs)
    persons, today = list(dict.fromkeys(each.person for each in theirs)), ledger.context.today
    kept = [remember_right(ledger, person) for person in persons]
    wanted = erasure.Wanted(today.isoformat(), demand, reason)
    erasure.erase(ledger.connection, persons, wanted, ledger.stamp, ledger.context.rulebook)
    return [each for each in kept if each.fingerprints]


def _closed(ledger: Ledger, theirs: Sequence[Candidate]) -> NotDone | None:
    """Close those of these dossiers that are open; what refuses one, if anything."""
    for each in theirs:
        if each.etape != "clos":
            on = exactly(ledger.context.today)
            end = Close(dossier=each.reference, date_cloture=on, motif=Motive.DROPPED)
            outcome = act(ledger, each.id, end)
            if isinstance(outcome, NotDone):
                return outcome
    return None


def end_tasks(ledger: Ledger, theirs: Sequence[Candidate]) -> None:
    """Give up what was to be done for these dossiers: nobody is there to do it for."""
    ledger.write()
    dossiers = {each.id for each in theirs}
    for task in every_action(ledger.connection):
        if task.stream in dossiers and not task.over:
            said = {"action": task.action, "type_action": task.type_action,
                    "avancement": Progress.GIVEN_UP}  # fmt: skip
            on = exactly(ledger.context.today)
            ledger.append(task.stream, [Draft(Kind.ACTION_RECORDED, on, said)])
    ledger.write()


def refuse_naming(connection: Connection, persons: Collection[str], *told: str) -> None:
    """Raise `UsageFailure` where what is kept of an erasure would bring back whom it erases."""
    said = erasure.words(erasure.names_of(connection, persons))
    if said & erasure.words(told):
        raise UsageFailure(
            "La demande et le motif restent dans le fichier : ils ne peuvent pas nommer la"
            " personne.",
            'Dites-les autrement, par exemple : --demande "la personne, par courrier".'
            " Rien n'a été enregistré.",
        )


class Waiting(NamedTuple):
    """Somebody whose time has come or comes soon: whose dossier, and what becomes of them."""

    dossier: str
    nom: str
    prenoms: str
    last: date
    due: date
    fate: str
    kind: str
    person: str


TO_TELL, TOLD, ERASED, RETAINED = "à annoncer", "annoncé", "effacé", "retenu"


def waiting(connection: Connection, today: date) -> list[Waiting]:
    """Whose time comes within the notice, or has come; each is announced before it is erased.

    Persons who are said to be one wait for the last of them.
    """
    notice_of = retention.durations(connection, today)["preavis"]
    soon = {each.person: each for each in retention.idle(connection, today)
            if each.due <= notice_of.after(today)}  # fmt: skip
    theirs = erasure.of_other_sites(connection, soon)
    soon = {person: each for person, each in soon.items() if person not in theirs}
    found: dict[str, Waiting] = {}
    for dossier in dossiers(connection, persons=soon):
        each = soon[dossier.person]
        same = erasure.one_person(connection, [each.person])
        if dossier.person in found or not all(person in soon for person in same):
            continue
        told = [soon[person].told for person in same]
        hold = next((soon[person].hold for person in same if soon[person].hold), None)
        last = max((day for day in told if day is not None), default=None)
        if hold is not None:
            fate = f"{RETAINED} {hold.told}"
        elif last is None or None in told:
            fate = TO_TELL
        else:
            over = max(notice_of.after(last), *(soon[person].due for person in same)) <= today
            fate = ERASED if over else f"{TOLD} le {french_day(last)}"
        found[dossier.person] = Waiting(
            dossier.reference, dossier.nom, dossier.prenoms, each.last, each.due, fate, each.kind,
            each.person,
        )  # fmt: skip
    return sorted(found.values(), key=lambda each: (each.due, each.dossier))


def to_purge(visitor: Visitor) -> list[Waiting]:
    """What a purge would announce and erase today."""
    with consulting(visitor.path) as connection:
        return waiting(connection, visitor.acting_day)


def purge(visitor: Visitor) -> tuple[list[Waiting], list[Kept]]:
    """Announce whose time comes, erase whose notice is over; an act since has cancelled it.

    The file is backed up before anybody is erased. What has its own end goes with it: the lines of
    the memory of used-up rights, and those of the journal of accesses.
    """
    found = to_purge(visitor)
    if any(each.fate == ERASED for each in found):
        backup.before(visitor.path, backup.PURGE)
    kept: list[Kept] = []
    with transaction(visitor) as ledger:
        connection, today = ledger.connection, ledger.context.today
        found = waiting(connection, today)
        memory.forget_ended(connection, today)
        still = [e.person for e in found if e.fate == ERASED or e.fate.startswith(TOLD)]
        retention.untell(connection, retention.announced(connection)
                         - {*erasure.one_person(connection, still)})  # fmt: skip
        told = [each.person for each in found if each.fate == TO_TELL]
        told = erasure.one_person(connection, told)
        retention.tell(connection, told, today, ledger.stamp)
        known = retention.durations(connection, today)
        for kind in ("personne", "propose"):
            gone = [each.person for each in found if (each.fate, each.kind) == (ERASED, kind)]
            if gone:
                theirs = dossiers(connection, persons=erasure.one_person(connection, gone))
                why = f"{known[kind]} sans contact (préavis : {known['preavis']})"
                done = erase_all(ledger, theirs, "la durée de conservation", why)
                if isinstance(done, NotDone):
                    raise UsageFailure(*(found.sentence for found in done.findings))
                kept += done
    scrub(visitor.path)
    access.cut(visitor.path, known["acces"].before(visitor.clock or today))
    return found, kept


def rewritten(path: Path) -> None:
    """Write the file anew, and nothing else: what an erasure could not do when it was made."""
    open_file(path, write=True).close()
    scrub(path)


# --- what a dispute or an inspection needs -----------------------------------------------


def hold(visitor: Visitor, texts: Collection[str], department: str, reason: str) -> list[Hold]:
    """Hold dossiers, or a department: nothing of them is erased until it is lifted.

    Raises `NotFoundFailure`; what is held already for the same reason is not held twice.
    """
    with transaction(visitor) as ledger:
        connection = ledger.connection
        which = [find_one(connection, text) for text in texts]
        known = {(each.dossier, each.reason) for each in _of(connection, which, department)}
        said = {} if which else {"departement": department}
        for dossier in dict.fromkeys(which or [retention.HELD]):
            if (dossier, reason) not in known:
                ledger.append(dossier, [Draft(Kind.HOLD_ADDED, None, said, {"raison": reason})])
        ledger.write()
        return _of(connection, which, department)


def _of(connection: Connection, which: Collection[str], department: str) -> list[Hold]:
    """What holds these dossiers (ids) themselves; a department where there are none."""
    every = retention.holds(connection)
    if which:
        return [each for each in every if each.dossier in which]
    return [each for each in every if each.department == department]


def lift(visitor: Visitor, texts: Collection[str], department: str, reason: str) -> list[Hold]:
    """Lift what holds dossiers, or a department as a whole; what was held. Raises `UsageFailure`.

    What another site has held meanwhile goes on.
    """
    with transaction(visitor) as ledger:
        connection = ledger.connection
        which = {find_one(connection, text): text for text in texts}
        known = _of(connection, which, department)
        missing = {*which} - {each.dossier for each in known}
        if missing or not known:
            whose = f"« {which[min(missing)]} »" if missing else f"Le département {department}"
            raise UsageFailure(f"{whose} n'est pas retenu : rien n'a été changé.",
                               "Ce qui l'est : agir hold list")  # fmt: skip
        for each in known:
            said = {"event": each.id}
            ledger.append(each.dossier, [Draft(Kind.HOLD_LIFTED, None, said, {"raison": reason})])
    return known


def holds(visitor: Visitor) -> list[Hold]:
    """Everything that is held, in the order in which that was asked."""
    with consulting(visitor.path) as connection:
        return retention.holds(connection)


def durations(visitor: Visitor) -> list[Duration]:
    """The durations that hold on the day."""
    with consulting(visitor.path) as connection:
        return [*retention.durations(connection, visitor.acting_day).values()]


def set_duration(visitor: Visitor, code: str, value: int, source: str) -> Duration:
    """Have a duration hold from today on. Raises `UsageFailure` for what nobody may set so."""
    known = {each.code: each for each in retention.shipped() if each.most}
    if code not in known:
        raise UsageFailure(
            f"« {code[:40]} » n'est pas une durée qui se règle.", f"Celles-ci : {', '.join(known)}."
        )
    least, most, unit = known[code].least, known[code].most, known[code].unit
    if not least <= value <= most:
        raise UsageFailure(f"{code} : de {least} à {most} {unit}. Rien n'a été enregistré.")
    with transaction(visitor) as ledger:
        today = ledger.context.today
        retention.set_duration(ledger.connection, code, today, value, source, visitor.author)
        return retention.durations(ledger.connection, today)[code]


class Opened(NamedTuple):
    """A line of the journal of accesses as it is shown: dossiers by reference, and why to look."""

    day: str
    hour: str
    author: str
    action: str
    dossiers: str
    seen: int
    code: int
    out: bool
    note: str


def accesses(visitor: Visitor, text: str | None = None, *, odd: bool = False) -> list[Opened]:
    """Who looked at what, the latest first: at one dossier (``text``), or what is odd alone."""
    every = access.every(visitor.path)
    notes: dict[int, str] = {}
    for each, why in access.anomalies(every):
        notes[id(each)] = f"{notes[id(each)]} ; {why}" if id(each) in notes else why
    with consulting(visitor.path) as connection:
        wanted: set[str] | None = None
        if text is not None:
            wanted = {each.id for each in _one_person(connection, text)[1]}
        ids = {dossier for each in every for dossier in each.dossiers}
        names = {each.id: each.reference for each in dossiers(connection, ids=ids)}
    return [
        Opened(
            f"{each.at:%Y-%m-%d}", f"{each.at:%H:%M}", each.author, each.action,
            " ".join(names.get(one, "(effacé)") for one in each.dossiers[:_SHOWN])
            + (" …" if each.seen > _SHOWN < len(each.dossiers) else ""),
            each.seen, each.code, each.out, notes.get(id(each), ""),
        )
        for each in reversed(every)
        if (wanted is None or not wanted.isdisjoint(each.dossiers))
        and (not odd or id(each) in notes)
    ]  # fmt: skip


_SHOWN = 8


class Subject(NamedTuple):
    """Whose data somebody asks for: persons and dossiers (ids), and what stands elsewhere of them.

    ``memory``: lines of used-up rights; ``accesses``: when, who, by which command.
    """

    persons: list[str]
    dossiers: list[str]
    memory: list[tuple[str, str]]
    accesses: list[tuple[str, str, str]]


def subject_of(visitor: Visitor, text: str) -> Subject:
    """Where what is held on the person of a dossier stands. Raises `NotFoundFailure`.

    Those who are said to be the same person are one.
    """
    with consulting(visitor.path) as connection:
        persons, theirs = _one_person(connection, text)
    lines = [line for person in persons for line in about_person(visitor, person)]
    return Subject(
        persons, [each.id for each in theirs],
        [("n° AGDREF" if line.blocks else "nom et naissance",
          f"décision {line.month}, jusqu'au {line.until}") for line in lines],
        [(f"{each.day} {each.hour}", each.author, each.action)
         for each in accesses(visitor, text)],
    )  # fmt: skip


def register_facts(visitor: Visitor) -> dict[str, str]:
    """What the file knows of the sheet for the register, by the name that its text gives it."""
    with consulting(visitor.path) as connection:
        known = retention.durations(connection, visitor.acting_day)
        departments = settings.settings(connection).get(settings.DEPARTMENTS, "")
    natures = [column.nature for table, each in erasure.classes().items()
               if table != erasure.PAYLOAD for column in each.values()]  # fmt: skip
    return {
        "departements": departments.replace(",", ", ") or "à compléter",
        "nb_personnelles": str(natures.count("personnelle")),
        "nb_codees": str(natures.count("codée")),
        "nb_techniques": str(natures.count("technique")),
        "duree_personne": str(known["personne"]),
        "duree_propose": str(known["propose"]),
        "durees": "\n".join(f"– {e.what} : {e} ({e.start}) ; {e.source}." for e in known.values()),
        "chiffrement": _ENCRYPTED if key_named(visitor.path) else _IN_CLEAR,
    }


_ENCRYPTED = "fichier et sauvegardes chiffrés (SQLCipher), clé à part"
_IN_CLEAR = "fichier en clair (agir encrypt) : chiffrement du poste à la charge de l'équipe"


def again(place: Path, target: Path) -> int:
    """Erase from a file that is to take another's place whom that one has erased since; how many.

    What that one remembers of used-up rights goes with them. Where it cannot be read, that is said.
    """
    try:
        with consulting(target) as connection:
            done, remembered = erasure.erased(connection), memory.lines(connection)
    except AgirFailure:
        notice(
            f"« {target.name} » ne se lit plus : les effacements faits depuis cette sauvegarde ne"
            " peuvent pas être refaits d'ici ; refaites-les (agir erase)."
        )
        return 0
    count, today = 0, max((date.fromisoformat(wanted.day) for wanted, *_ in done), default=date.min)
    with transaction(Visitor(place, today, "")) as ledger:
        memory.take(ledger.connection, *remembered)
        for wanted, stamp, ids in done:
            theirs = dossiers(ledger.connection, ids=ids)
            for each in theirs:
                if each.etape != "clos":  # its end is lost with what the backup has not
                    on = exactly(date.fromisoformat(wanted.day))
                    end = Draft(Kind.DOSSIER_CLOSED, on, {"motif": Motive.DROPPED})
                    ledger.append(each.id, [end])
            end_tasks(ledger, theirs)
            persons = list(dict.fromkeys(each.person for each in theirs))
            stamp = stamp._replace(site=ledger.stamp.site)
            rulebook = ledger.context.rulebook
            erasure.erase(ledger.connection, persons, wanted, stamp, rulebook)
            count += len(persons)
    if count:
        scrub(place)
    return count
