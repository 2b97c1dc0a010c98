"""A coordinator's morning: what is late, what is due, who comes, who waits, what is missing.

Each list is that of a report (`overdue`, `agenda`), or of the dossiers themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.causes import NATURES
from agir_cli.reports import agenda, overdue
from agir_cli.reports.selection import EVERYONE, Filters, condition
from agir_cli.reports.sheet import Column, Data, Section, Sheet, columns
from agir_cli.reports.texts import french_text, lateness, plural, unit_and_clock, weekday_date
from agir_cli.store.settings import DEMONSTRATION_AUTHOR

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

LATE, DUE, VISITS, COMING = "retard", "semaine", "rdv_jour", "rdv_semaine"
RIGHTS = "droits"
UNTOLD, WAITING, MISSING, NEW = "issue", "attente", "a_completer", "nouveaux"
SECTIONS = (LATE, DUE, VISITS, COMING, UNTOLD, RIGHTS, WAITING, MISSING, NEW)
DAYS = 7
"""Days ahead for what is due, and back for who is new; the day itself is one of them."""

_LOOK_BACK = timedelta(days=60)


class Item(NamedTuple):
    """One line: ``date`` is an EDTF text; ``jours`` counts days late (negative: days left), days
    waited, or days since the arrival; ``objet`` is a kind of deadline or appointment, a wait,
    or the missing fields joined by ``+``; ``commande`` is what to type."""

    rubrique: str
    dossier: str
    nom: str | None
    prenoms: str | None
    departement: str
    referent: str | None
    date: str
    heure: str | None
    jours: int | None
    certitude: str
    objet: str
    commande: str
    a_preciser: str = ""
    """« date du CIR » : the date that would say whether it is late, where only that is known."""

    mots: str = ""
    """What a task is, or which right or paper."""


COLUMNS = Item._fields[:-2]


class Part(NamedTuple):
    """One list: its name, its first lines, and how many there are in all, by kind of deadline."""

    name: str
    items: list[Item]
    total: int
    kinds: Mapping[str, int] = {}


def today(
    connection: Connection, day: date, filters: Filters = EVERYONE, most: int | None = None
) -> list[Part]:
    """The lists that are not empty, in order; ``most`` lines of each are kept."""
    question = overdue.Question(day, overdue.EVERY, filters)
    but_rights = question._replace(kinds=(*overdue.KINDS, overdue.TASK))
    until = day + timedelta(days=DAYS - 1)
    sources: dict[str, Iterable[Item]] = {
        LATE: _deadlines(LATE, overdue.late(connection, question)),
        DUE: _deadlines(DUE, overdue.soon(connection, but_rights, until)),
        RIGHTS: _deadlines(
            RIGHTS, [line for line, _ in overdue.notices(connection, question, day)]
        ),
        **_visits(connection, day, filters),
        WAITING: _waits(connection, question),
        MISSING: _missing(connection, filters),
        NEW: _new(connection, day, filters),
    }
    parts = (_kept(name, sources[name], most) for name in SECTIONS)
    return [part for part in parts if part.total]


def _kept(name: str, items: Iterable[Item], most: int | None) -> Part:
    kept: list[Item] = []
    count = 0
    kinds: dict[str, int] = {}
    for item in items:
        count += 1
        if name in (LATE, DUE, RIGHTS):
            kinds[item.objet] = kinds.get(item.objet, 0) + 1
        if most is None or count <= most:
            kept.append(item)
    return Part(name, kept, count, kinds)


def _item(
    section: str, line: overdue.Line | agenda.Entry, on: str, what: str,
    *, days: int | None = None, sure: str = "",
) -> Item:  # fmt: skip
    """A line of another report; « référent : agir … » asks for what follows « référent : »."""
    before, agir, command = line.a_faire.partition("agir ")
    vague = before.partition("préciser la ")[2].removesuffix(" : ")
    return Item(
        section, line.dossier, line.nom, line.prenoms, line.departement, line.referent,
        on, None, days, sure, what, agir + command, vague,
        _in_words(line),
    )  # fmt: skip


def _in_words(line: overdue.Line | agenda.Entry) -> str:
    """« A12 Relancer la CAF », « titre de séjour à renouveler », « Visite à domicile »; else ""."""
    if isinstance(line, agenda.Entry):
        return line.words
    if line.nature == overdue.TASK:
        number = line.key[2]
        return line.depart if line.dossier == number else f"{number} {line.depart}"
    if line.nature == overdue.RIGHT:
        return f"{line.depart} à renouveler"
    return ""


def _deadlines(section: str, lines: Iterable[overdue.Line]) -> Iterator[Item]:
    """The contracts first; of each, what is certain, then what is latest."""

    def urgency(line: overdue.Line) -> tuple[bool, bool, int]:
        contract = line.nature == "contractualisation"
        return not contract, line.certitude != "certain", -(line.retard_jours or 0)

    for line in sorted(lines, key=urgency):
        yield _item(
            section, line, line.echeance, line.nature, days=line.retard_jours, sure=line.certitude
        )


def _waits(connection: Connection, question: overdue.Question) -> Iterator[Item]:
    for line in overdue.waiting(connection, question):
        since = line.date_depart
        days = (question.day - date.fromisoformat(since)).days if len(since) == 10 else None
        yield _item(WAITING, line, since, line.depart, days=days, sure=line.certitude)


def _visits(connection: Connection, day: date, filters: Filters) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {VISITS: [], COMING: [], UNTOLD: []}
    period = agenda.Period(day - _LOOK_BACK, day + timedelta(days=DAYS - 1))
    entries = agenda.appointments(connection, day, period, filters)
    today = day.isoformat()
    for entry in sorted(entries, key=lambda one: (one.date, one.heure or "", one.dossier)):
        section = VISITS if entry.date == today else COMING if entry.date > today else UNTOLD
        if entry.etat in (agenda.PLANNED, agenda.UNTOLD):
            item = _item(section, entry, entry.date, entry.nature)
            found[section].append(item._replace(heure=entry.heure))
    return found


_DOSSIERS = """SELECT d.dossier, p.nom, p.prenoms, d.departement, coalesce(r.nom, d.referent),
    d.date_orientation, d.a_completer, {columns}
FROM dossiers AS d LEFT JOIN people AS p ON p.id = d.personne
LEFT JOIN referents AS r ON r.code = d.referent
WHERE d.etape NOT IN ('clos', 'decline', 'rejete_ofii') AND {which}{filters}
ORDER BY {order}, d.dossier"""
_SURELY_CAME = "d.admis_min >= :first AND d.admis_max <= :day"
# What a demonstration was made of is no news, though it was all opened on its one day.
_OPENED = f"""d.ouvert_max BETWEEN :first AND :day AND d.diagnostic_max IS NULL
    AND NOT EXISTS (SELECT 1 FROM events AS e WHERE e.dossier = d.id
        AND e.kind = 'dossier_opened' AND e.author = '{DEMONSTRATION_AUTHOR}')"""
_CAME = f"CASE WHEN {_SURELY_CAME} THEN d.admis_max ELSE d.ouvert_max END"


def _dossiers(
    connection: Connection,
    filters: Filters,
    which: str,
    columns: str = "NULL",
    order: str = "d.admis_max DESC",
    **values: str,
) -> Iterator[Sequence[Any]]:
    asked = condition(filters)
    query = _DOSSIERS.format(which=which, filters=asked.sql, columns=columns, order=order)
    return connection.execute(query, values | asked.values)


def _missing(connection: Connection, filters: Filters) -> Iterator[Item]:
    for dossier, *whose, on, fields, _ in _dossiers(
        connection, filters, "d.a_completer IS NOT NULL"
    ):
        names = list(dict.fromkeys(fields.split("+")))
        to_do = completing(dossier, names)
        found = on or "", None, None, "", "+".join(names), to_do
        yield Item._make((MISSING, dossier, *whose, *found, "", ""))


def completing(dossier: str, names: list[str]) -> str:
    """The command that completes these fields; a wish alone is said on its form."""
    if names == ["souhait"]:
        return f"agir liaison add {dossier} --on JOUR --souhait oui"
    fields = (name.replace("_", "-") for name in names if name != "souhait")
    return f"agir enroll --dossier {dossier} " + " ".join(f"--{name} VALEUR" for name in fields)


def _new(connection: Connection, day: date, filters: Filters) -> Iterator[Item]:
    """Who surely came within the days, and whose dossier was opened within them."""
    arrived = f"({_SURELY_CAME} OR {_OPENED})"
    values = {"first": (day - timedelta(days=DAYS - 1)).isoformat(), "day": day.isoformat()}
    columns = f"{_CAME}, {_SURELY_CAME}"
    order = f"{_CAME} DESC"
    for dossier, *whose, _, _, on, came in _dossiers(
        connection, filters, arrived, columns, order, **values
    ):
        days = (day - date.fromisoformat(on)).days
        what = "admission" if came else "inscription"
        found = on, None, days, "", what, f"agir show {dossier}"
        yield Item._make((NEW, dossier, *whose, *found, "", ""))


def everything(parts: Iterable[Part]) -> Iterator[Item]:
    """The lines of all the lists, one after the other."""
    return chain.from_iterable(part.items for part in parts)


# --- the sheet ---------------------------------------------------------------------------

_TITLES = {
    LATE: "En retard",
    DUE: "À échéance dans les 7 jours",
    VISITS: "Rendez-vous aujourd'hui",
    COMING: "Rendez-vous des 6 jours suivants",
    UNTOLD: "Rendez-vous passés, issue à noter",
    RIGHTS: "Droits et papiers à renouveler",
    WAITING: "En attente, sans délai qui court",
    MISSING: "À compléter",
    NEW: "Arrivés depuis 7 jours",
}
_WHOLE = {
    LATE: "agir report overdue --no-waiting",
    DUE: "agir report overdue --within 6j",
    VISITS: "agir report agenda --within 0d",
    COMING: "agir report agenda --within 6j",
    RIGHTS: "agir report overdue --kind droit --within 2m",
    WAITING: "agir report overdue",
}
_KNOWN = columns(COLUMNS)
_LAID = (
    Column("", "Dossier"), Column("", "Personne"), Column("", "Objet"), Column("", "À taper"),
)  # fmt: skip


def sheet(
    connection: Connection, day: date, parts: Sequence[Part], referent: str | None = None
) -> Sheet:
    """The morning that these lists make; ``referent``: whose, as typed."""
    whose = f", référent : {referent}" if referent else ""
    return Sheet(
        title=f"{weekday_date(day).capitalize()}{whose}",
        notes=unit_and_clock(connection, day, "échéance, rendez-vous, dossier"),
        sections=[
            Section(title_of(part), _LAID, [_told(item, day) for item in part.items],
                    below=rest_of(part, referent))
            for part in parts
        ],
        data=Data(_KNOWN, everything(parts)),
        empty=[f"Rien à signaler le {weekday_date(day)}."],
    )  # fmt: skip


def _told(item: Item, day: date) -> tuple[str, str, str, str]:
    return item.dossier, name_of(item), what_of(item, day), item.commande


def title_of(part: Part) -> str:
    """« En retard : 57 »."""
    return f"{_TITLES[part.name]} : {part.total}"


def rest_of(part: Part, referent: str | None) -> str:
    """« et 12 autres : agir report overdue », empty when all are shown."""
    more = part.total - len(part.items)
    if more <= 0:
        return ""
    command = _WHOLE.get(part.name, f"agir today --list {part.name}")
    if referent:
        quoted = f'"{referent}"'
        command += f" --referent {referent if referent.isalnum() else quoted}"
    return f"et {more} autre{'s' if more > 1 else ''} : {command}"


def count_of(part: Part, room: int) -> str:
    """« en retard : 12 contrats, 3 entretiens », with as many kinds as there is room for."""
    told = _TITLES[part.name][:1].lower() + _TITLES[part.name][1:]
    order = sorted(part.kinds, key=lambda kind: (kind != "contractualisation", kind))
    for number, kind in enumerate(order):
        of = f"{part.kinds[kind]} {plural(part.kinds[kind], NATURES[kind].short)}"
        longer = f"{told}{', ' if number else ' : '}{of}"
        if len(longer) + (number < len(order) - 1) > room:
            return f"{told}…"
        told = longer
    return told


def name_of(item: Item) -> str:
    """Whose line it is."""
    return " ".join(part for part in (item.nom, item.prenoms) if part) or "(effacé)"


_TO_DO = {
    "contract sign": "contrat à signer", "contract book": "contrat à inscrire",
    "diagnose hold": "diagnostic à tenir", "diagnose book": "diagnostic à inscrire",
    "interview add": "entretien à tenir", "liaison send": "demande à transmettre",
    "liaison decide": "réponse de l'OFII à noter", "close": "dossier à clore",
}  # fmt: skip
"""What a late deadline asks for, by the act to type."""


def act_of(item: Item) -> str:
    """The act that a line asks for, as it is typed: « contract sign », « close »."""
    words = item.commande.split()[1:3]
    return " ".join(word for word in words if word.isalpha())


def what_of(item: Item, day: date) -> str:
    """What there is to do, and since or until when."""
    if item.rubrique in (LATE, DUE, RIGHTS):
        sure = item.certitude == "certain"
        how = lateness(item.jours or 0, certain=sure)
        if item.rubrique == DUE and not sure:
            how = f"date à préciser ({french_text(item.date)})"
        short = NATURES[item.objet].short
        vague = f"{short} : {item.a_preciser} à préciser" if item.a_preciser else ""
        return f"{item.mots or vague or _TO_DO.get(act_of(item), short)}, {how}"
    if item.rubrique == WAITING:
        since = "aujourd'hui" if item.jours == 0 else f"depuis {_days(item.jours)}"
        return item.objet if item.jours is None else f"{item.objet}, {since}"
    if item.rubrique == MISSING:
        return f"à compléter : {_fields(item.objet)}"
    if item.rubrique == NEW:
        return f"{item.objet} {_ago(item.jours or 0)}"
    to_note = ", issue à noter" if item.rubrique == UNTOLD else ""
    return f"{item.mots or NATURES[item.objet].short} {_when(item, day)}{to_note}"


def typed_for(item: Item) -> str:
    """What is typed for such a line, whosever it is: « agir contract sign REF »."""
    if item.rubrique == COMING:
        return "agir show REF"
    command = re.sub(r" --date-rdv-\w+ JOUR", ' --on "JOUR HEURE"', item.commande)
    command = command.replace(item.dossier, "REF")
    if item.rubrique in (LATE, DUE, VISITS, RIGHTS, WAITING) and "correct" not in command:
        command = re.sub(r" --on [\w-]+(?= --|$)", "", command)  # today is taken
    command = re.sub(r"^(agir task done) \S+", r"\1 N°", command)
    command = re.sub(r"( REF) \d+ --on", r"\1 N° --on", command)
    return re.sub(r"(?: --[\w-]+ VALEUR)+$", " --CHAMP VALEUR", command)


def _days(count: int | None) -> str:
    return f"{count} jour{'s' if (count or 0) > 1 else ''}"


def _ago(days: int) -> str:
    return "aujourd'hui" if days == 0 else f"il y a {_days(days)}"


def _when(item: Item, day: date) -> str:
    hour = item.heure or "h. ?"
    return hour if item.date == day.isoformat() else f"{french_text(item.date)[:5]} {hour}"


def _fields(names: str) -> str:
    from agir_cli.domain.fields import FIELDS

    labels = [FIELDS[name].label if name in FIELDS else name for name in names.split("+")]
    return ", ".join(labels)
