"""`agir undo`: taking an import or the last act out again, row by row, or saying why one stays.

A row is a dossier that it touched. It is taken out whole (every event voided, the
person's values as they were, a person whom nothing else knows removed), or stays whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from agir_cli.domain.dates import french
from agir_cli.domain.decisions.correction import is_a_sentence, reopens
from agir_cli.domain.decisions.undoing import (
    Contradicted,
    Recording,
    Touched,
    Undone,
    undo_recording,
)
from agir_cli.domain.events import Event, Kind, anomaly_told
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.rules import Rulebook
from agir_cli.domain.vocabulary import in_sentence
from agir_cli.failures import NotFoundFailure, UsageFailure
from agir_cli.store import batches, journal, memory, memory_keys, people
from agir_cli.store.batches import Batch, Renewed
from agir_cli.store.driver import Connection
from agir_cli.store.file import apart, consulting
from agir_cli.store.listings import remove_listing
from agir_cli.store.lookup import Candidate, dossiers
from agir_cli.store.network import of_actions
from agir_cli.store.settings import reopened_as, rulebook_of, set_setting, site_of
from agir_cli.store.waiting import notice
from agir_cli.usecases.enrolment import follow_right
from agir_cli.usecases.ledger import Ledger, Visitor, transaction
from agir_cli.usecases.listings import SEND

CHUNK = 1000
UNDONE, KEPT, IMPOSSIBLE = "annulé", "gardé", "impossible"


class Fate(NamedTuple):
    """What becomes of one dossier: `annulé`, `gardé` (touched since) or `impossible`, and why."""

    dossier: str
    nom: str
    prenoms: str
    outcome: str
    detail: str
    reopened_right: bool = False
    """A definitive end is taken away: the right comes back."""


class Undoing(NamedTuple):
    """What undoing an import comes to; ``done``: it was recorded, not only looked at."""

    batch: Batch
    fates: tuple[Fate, ...]
    done: bool

    def count(self, outcome: str) -> int:
        """How many dossiers end so."""
        return sum(fate.outcome == outcome for fate in self.fates)

    @property
    def reopened_rights(self) -> int:
        """How many used-up rights come back."""
        return sum(fate.reopened_right for fate in self.fates)


def imports(visitor: Visitor) -> list[Batch]:
    """Every import of the file, the latest first."""
    with consulting(visitor.path) as connection:
        return batches.every_batch(connection)


def look(visitor: Visitor, text: str | None) -> Undoing:
    """What undoing the import ``text`` would do; None: the last act. Raises `NotFoundFailure`."""
    with apart(visitor.path) as connection:
        batch, what = _meant(connection, visitor, text)
        return Undoing(batch, _fates(plan(connection, batch, what)), False)


def _meant(connection: Connection, visitor: Visitor, text: str | None) -> tuple[Batch, Recording]:
    """The import of that number, or the last act of who works here, which may be an import."""
    if text is not None:
        batch = batches.one_batch(connection, text)
        return batch, Recording(batch=batch.id)
    site = visitor.site or site_of(connection)
    found = batches.last_act(connection, visitor.author, site)
    if found is None:
        raise NotFoundFailure(
            f"{visitor.author} n'a rien enregistré dans ce fichier qui soit encore à annuler.",
            "Un autre auteur se nomme avec --author ; un fait d'un dossier : agir correct REF",
        )
    what, corrects = found
    if corrects == "annulation":
        raise UsageFailure(
            "Votre dernier acte est l'annulation d'un fait : elle ne s'annule pas.",
            "Si ce fait était bon, enregistrez-le à nouveau ; un autre : agir correct REF",
        )
    if corrects:
        raise UsageFailure(
            "Le dernier acte est une correction de date : elle se corrige à son tour.",
            "Avec la date d'avant : agir correct REF",
        )
    if what.batch:
        return _meant(connection, visitor, what.batch)
    return _alone(what.moment, what.author), what


def _alone(moment: str, author: str) -> Batch:
    """What was recorded without being an import, in its place."""
    return Batch("", "", "", 0, 0, 0, 0, 0, 0, moment, author, None)


def undo(visitor: Visitor, text: str | None, reason: str = "") -> Undoing:
    """Undo the import ``text`` (None: the last act), in one transaction. Raises `NotFoundFailure`.

    When every row stays, nothing is recorded (``done`` is false). Raises `UsageFailure` where
    rights come back and the ``reason`` is no sentence.
    """
    with transaction(visitor) as ledger:
        batch, what = _meant(ledger.connection, visitor, text)
        made = plan(ledger.connection, batch, what, reason)
        reopened = sum(row.reopened_right for row in made.rows.values())
        if reopened and not is_a_sentence(reason):
            raise UsageFailure(
                f"Droits rouverts : {reopened}. L'annuler demande une raison, en une phrase.",
                f'Dites-la : agir undo {batch.id or "--last"} --yes --reason "…".'
                " Rien n'a été enregistré.",
            )
        done = bool(made.taken())
        if done:
            _take_out(ledger, made)
            told = f"{ledger.stamp.recorded_at} {ledger.stamp.author}"
            batches.mark_undone(ledger.connection, batch.id, told)  # of an act alone, no row
    return Undoing(batch, _fates(made), done)


def _fates(made: Plan) -> tuple[Fate, ...]:
    return tuple(
        Fate(
            row.dossier.reference, row.dossier.nom, row.dossier.prenoms, row.outcome, row.detail,
            row.reopened_right,
        )
        for row in made.rows.values()
    )  # fmt: skip


def _take_out(ledger: Ledger, made: Plan) -> None:
    removed, changed = made.removed(), set[str]()
    _leave_a_trace(ledger, made, removed)
    for ids in _in_chunks(made.taken()):
        wordless: list[str] = []
        ledger.load(ids)
        for id_ in ids:
            verdict = undo_recording(ledger.events(id_), made.what, made.undone, made.reason)
            if isinstance(verdict, Undone):
                ledger.append(id_, verdict.drafts)
                if verdict.before.right_began != verdict.after.right_began:
                    changed.add(verdict.before.person)
                wordless += [e.id for e in verdict.voided if id_ in removed]
        ledger.write()
        batches.remove_words(ledger.connection, wordless)
    follow_right(ledger, changed)
    _put_back_people(ledger, made, removed)
    if made.batch.command == SEND:
        remove_listing(ledger.connection, made.batch.id)


def _leave_a_trace(ledger: Ledger, made: Plan, removed: set[str]) -> None:
    """Remember, by their number under a key, whose definitive end goes with the whole dossier.

    Nobody else would know when the same number enters again. A first key is made where there is
    none, and said.
    """
    lifted = {
        made.rows[id_].dossier.person: id_ for id_ in removed if made.rows[id_].reopened_right
    }
    told = f"{made.name} annulé le {_day(ledger.stamp.recorded_at)}"
    every = people.values_of(ledger.connection, lifted).values() if lifted else ()
    numbers = [number for values in every if (number := values.get("agdref"))]
    if not numbers:
        return
    used, new = memory_keys.present(ledger.connection)
    for number in numbers:
        for each in memory.of_number([used], number):
            name = reopened_as(each.tag)
            set_setting(ledger.connection, name, f"{told} par {ledger.stamp.author}")
    if new:
        notice(
            f"la clé {used.id} de la mémoire des droits épuisés vient d'être créée, à côté du"
            " fichier : imprimez sa fiche de secours, agir memory key."
        )


def _put_back_people(ledger: Ledger, made: Plan, removed: set[str]) -> None:
    taken = [made.rows[id_] for id_ in made.taken()]
    batches.remove_people(
        ledger.connection, (row.dossier.person for row in taken if row.dossier.id in removed)
    )
    renewed = {row.dossier.person: row.renewed for row in taken if row.renewed}
    values = people.values_of(ledger.connection, renewed)
    for person, now in values.items():
        now.update({value.field: value.former or None for value in renewed[person]})
    batches.restore_people(ledger.connection, made.what, values)


# --- what would become of each dossier ---------------------------------------------------


@dataclass(slots=True)
class Row:
    """One dossier that an import touched, what becomes of it, and why."""

    dossier: Candidate
    outcome: str = UNDONE
    detail: str = ""
    removed: bool = False
    """The import had opened it: it is there no more."""
    reopened: bool = False
    reopened_right: bool = False
    """The import had recorded its definitive end."""
    renewed: list[Renewed] = field(default_factory=list)
    """The values of the person that the import had changed."""

    def stays(self, outcome: str, why: str) -> None:
        """Nothing of the row is undone."""
        self.outcome, self.detail = outcome, why
        self.removed = self.reopened = self.reopened_right = False


@dataclass(slots=True)
class Plan:
    """Every row of what is undone, by dossier, in the order of the references."""

    batch: Batch
    what: Recording
    reason: str
    rulebook: Rulebook
    undone: frozenset[str]
    rows: dict[str, Row]

    @property
    def name(self) -> str:
        """What it is called in the journal."""
        return f"lot {self.batch.id}" if self.batch.id else "acte"

    def taken(self) -> list[str]:
        """The dossiers that are undone."""
        return [id_ for id_, row in self.rows.items() if row.outcome == UNDONE]

    def removed(self) -> set[str]:
        """Those of them that are there no more."""
        return {id_ for id_, row in self.rows.items() if row.removed}


def take_back(ledger: Ledger, event: Event, reason: str) -> Row | None:
    """Give a person back what this change of their values had replaced, or say why not.

    None where what they had been is known no more.
    """
    batch = _alone(event.recorded_at, event.author)
    made = plan(ledger.connection, batch, Recording(event=event.id), reason)
    row = made.rows.get(event.dossier)
    if row is None or not row.renewed:
        return None
    made.reason = reason
    if made.taken():
        _take_out(ledger, made)
    return row


def plan(connection: Connection, batch: Batch, what: Recording, reason: str = "") -> Plan:
    """What undoing it comes to. Raises `NotFoundFailure` when nothing of it is left."""
    others = batches.undone_batches(connection) - {batch.id}
    told = f"{batches.UNDOING}{f'lot {batch.id}' if batch.id else 'dernier acte'}"
    told += f" : {reason}" if reason else ""
    made = Plan(batch, what, told, rulebook_of(connection), others, {})
    rows = {row.dossier.id: row for row in _event_rows(connection, made)}
    _add_renewals(connection, what, rows)
    if not rows:
        raise NotFoundFailure(_nothing_left(batch))
    made.rows = dict(sorted(rows.items(), key=_reference))
    _keep_touched_persons(connection, made)
    _refuse_taken_numbers(connection, made)
    _refuse_second_openings(connection, made)
    _refuse_joined(connection, made)
    if batch.command == SEND or not batch.id:
        _keep_whole(made)
    return made


def _keep_whole(made: Plan) -> None:
    """A listing is taken back whole, or stays, since OFII has it as one paper; so is an act."""
    stays = next((row for row in made.rows.values() if row.outcome != UNDONE), None)
    for row in made.rows.values():
        if stays is not None and row.outcome == UNDONE:
            what = "le listing" if made.batch.id else "l'acte"
            row.stays(KEPT, f"{what} reste entier : voir {stays.dossier.reference}")


def _in_chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """These ids, a thousand at a time: so many journals are held together."""
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _reference(item: tuple[str, Row]) -> str:
    return item[1].dossier.reference


def _nothing_left(batch: Batch) -> str:
    if batch.undone_by is None:
        return f"Le lot {batch.id} n'a rien laissé à annuler."
    moment, _, author = batch.undone_by.partition(" ")
    return f"Le lot {batch.id} est déjà annulé, le {_day(moment)} par {author}."


def _day(moment: str) -> str:
    year, month, day = moment[:10].split("-")
    return f"{day}/{month}/{year}"


# --- the events --------------------------------------------------------------------------


def _event_rows(connection: Connection, made: Plan) -> Iterator[Row]:
    for ids in _in_chunks(batches.dossiers_of(connection, made.what)):
        candidates = {each.id: each for each in dossiers(connection, ids=ids)}
        candidates |= of_actions(connection, [id_ for id_ in ids if id_ not in candidates])
        for id_, events in journal.load(connection, ids).items():
            row = _judged(candidates.get(id_), events, made)
            if row is not None:
                yield row


def _judged(candidate: Candidate | None, events: Sequence[Event], made: Plan) -> Row | None:
    verdict = undo_recording(events, made.what, made.undone, made.reason)
    if verdict is None or candidate is None:
        return None
    row = Row(candidate)
    match verdict:
        case Touched(event):
            day = f" ({french(event.on)})" if event.on is not None else ""
            what = f"{in_sentence(event.kind.label)}{day}"
            row.stays(KEPT, f"touché depuis : {what}, {_by(event.recorded_at, event.author)}")
        case Contradicted(anomalies):
            told = ", ".join(map(anomaly_told, anomalies))
            row.stays(IMPOSSIBLE, f"le reste se contredirait ({told})")
        case Undone():
            row.removed = bool(verdict.before.id) and not verdict.after.id
            row.reopened = bool(verdict.before.closing and not verdict.after.closing)
            row.reopened_right = reopens(verdict.before, verdict.after, made.rulebook)
            row.detail = _told(verdict, removed=row.removed)
            if row.reopened_right:
                row.detail += " ; droit rouvert"
    return row


def _by(moment: str, author: str) -> str:
    return f"le {_day(moment)} par {author}"


def _told(verdict: Undone, *, removed: bool) -> str:
    facts = ", ".join(
        f"{in_sentence(e.kind.label)}{f' {french(e.on)}' if e.on is not None else ''}"
        for e in verdict.voided
        if e.kind is not Kind.IDENTITY_CHANGED  # said value by value
    )
    if not facts:
        return ""
    return f"dossier retiré ({facts})" if removed else f"retiré : {facts}"


# --- the persons -------------------------------------------------------------------------


def _add_renewals(connection: Connection, what: Recording, rows: dict[str, Row]) -> None:
    """Give each changed value to the dossier that was touched, else to the last one."""
    renewed = batches.renewed_by(connection, what)
    homes: dict[str, Candidate] = {}
    for each in dossiers(connection, persons={value.person for value in renewed}):
        if each.person not in homes or homes[each.person].id not in rows:
            homes[each.person] = each
    for value in renewed:
        home = homes.get(value.person)
        if home is None:
            continue
        row = rows.setdefault(home.id, Row(home))
        row.renewed.append(value)
        if row.outcome == UNDONE and not row.removed:
            told = f"{FIELDS[value.field].label.lower()} comme avant"
            row.detail = f"{row.detail} ; {told}" if row.detail else told


def _keep_touched_persons(connection: Connection, made: Plan) -> None:
    """A value changed since by somebody is theirs, and so is the dossier of its person."""
    watched = {
        row.dossier.person: row
        for row in made.rows.values()
        if row.outcome == UNDONE and (row.removed or row.renewed)
    }
    since = batches.changed_since(connection, made.what, watched)
    for person, name, place, moment, author in since:
        row = watched[person]
        later = any(value.field == name and place > value.last for value in row.renewed)
        if row.outcome == UNDONE and (later or (row.removed and moment > made.batch.recorded_at)):
            told = FIELDS[name].label.lower()
            row.stays(KEPT, f"touché depuis : {told}, {_by(moment, author)}")
    values = people.values_of(connection, watched)
    for person, row in watched.items():
        now = values.get(person, {})
        if row.outcome == UNDONE and any(now.get(r.field) != r.current for r in row.renewed):
            row.stays(KEPT, "touché depuis : l'identité a changé")


def _refuse_taken_numbers(connection: Connection, made: Plan) -> None:
    """An AGDREF number cannot go back to a person when another one holds it by now.

    Nor does it leave a person whose right was used up under it.
    """
    _keep_used_up(connection, made)
    wanted = {
        value.former: row
        for row in made.rows.values()
        if row.outcome == UNDONE and not row.removed
        for value in row.renewed
        if value.field == "agdref" and value.former
    }
    leaving = {
        row.dossier.person
        for row in made.rows.values()
        if row.removed or (row.outcome == UNDONE and any(v.field == "agdref" for v in row.renewed))
    }
    for number, person in batches.number_holders(connection, wanted).items():
        row = wanted[number]
        if person != row.dossier.person and person not in leaving:
            row.stays(IMPOSSIBLE, f"le n° AGDREF {number} est devenu celui d'une autre personne")


def _keep_used_up(connection: Connection, made: Plan) -> None:
    changed = {
        row.dossier.person: row
        for row in made.rows.values()
        if row.outcome == UNDONE and any(value.field == "agdref" for value in row.renewed)
    }
    for other in dossiers(connection, persons=changed):
        if other.final:
            told = f"touché depuis : le droit est épuisé sous ce numéro ({other.reference})"
            changed[other.person].stays(KEPT, told)


# --- the other dossiers ------------------------------------------------------------------


def _refuse_second_openings(connection: Connection, made: Plan) -> None:
    """A closed dossier does not open again beside another open one of the same person.

    Nor where the person's right was used up since.
    """
    reopened = {row.dossier.person: row for row in made.rows.values() if row.reopened}
    gone = made.removed()
    for other in dossiers(connection, persons=reopened):
        row = reopened[other.person]
        if other.id in gone or other.id == row.dossier.id:
            continue
        if other.final:
            row.stays(IMPOSSIBLE, f"le droit est épuisé par un autre dossier : {other.reference}")
        elif other.etape != "clos":
            row.stays(IMPOSSIBLE, f"la personne a un autre dossier ouvert : {other.reference}")


def _refuse_joined(connection: Connection, made: Plan) -> None:
    """A dossier that a remaining one joins remains."""
    rows = {row.dossier.reference: row for row in made.rows.values() if row.removed}
    links = batches.joiners_of(connection, rows)
    changed = True
    while changed:
        changed = False
        gone = made.removed()
        for joiner, reference in links:
            row = rows[reference]
            if row.removed and joiner not in gone:
                row.stays(IMPOSSIBLE, f"un autre dossier le rejoint : {_name(made, joiner)}")
                changed = True


def _name(made: Plan, id_: str) -> str:
    row = made.rows.get(id_)
    return row.dossier.reference if row is not None else "qui n'est pas de ce lot"
