"""`compare`: another's list (OFII's, the ministry's, a partner's) beside our dossiers.

Each of their rows is one of `OUTCOMES`, so that these add up to the rows read; a dossier of ours
that none of them means is only ours. Persons are met by reference, by AGDREF number (a former one
too), by name and birth; somebody who may be another is proposed, never joined. Nothing is written.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from agir_cli.domain.characters import bare
from agir_cli.domain.dates import PartialDate, from_edtf
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.identity import NAMES, name_key, number_key
from agir_cli.domain.values import Malformed, Reading
from agir_cli.domain.vocabulary import normalise
from agir_cli.domain.wide import plain_name
from agir_cli.identity.evidence import Grade
from agir_cli.identity.pairs import pairs
from agir_cli.reports import listing
from agir_cli.reports.field_words import shown
from agir_cli.reports.selection import Filters
from agir_cli.reports.sheet import Column, Data, Kind, Section, Sheet, columns
from agir_cli.store import doubles

if TYPE_CHECKING:
    from datetime import date

    from agir_cli.store.driver import Connection

SAME, OTHER, THEIRS, NEAR, TWICE, OUTSIDE, UNREAD, OURS = (
    "identique", "different", "seulement_chez_eux", "a_rapprocher", "en_double", "hors_selection",
    "illisible", "seulement_chez_nous",
)  # fmt: skip
OUTCOMES = {
    SAME: "identiques", OTHER: "différentes", THEIRS: "seulement chez eux",
    NEAR: "à rapprocher", TWICE: "en double chez eux", OUTSIDE: "chez nous mais hors de ce compte",
    UNREAD: "illisibles",
}  # fmt: skip
"""What a row of theirs comes to, in words for a count; `OURS` is a dossier that no row means."""

_WHO = ("dossier", "departement", "agdref", "nom", "prenoms", "date_naissance")
_NOT_COMPARED = frozenset(
    {"dossier", "departement", "menage", "rejoint", "listing", "code_postal_domicile",
     "code_postal_residence", "absences_contrat", "absences_diagnostic"}
)  # fmt: skip
"""What names a person or a list of one file, or counts, and is no fact that two lists share."""
_NAMED = {"referent": "referent_nom", "second_referent": "second_referent_nom"}
_MOST_NEAR = 3


class Theirs(NamedTuple):
    """A row of another's list; ``fault``: why it cannot be read at all (French)."""

    line: int
    said: Mapping[str, Any]
    """Values by column, as `read_cells` gives them."""
    unread: Mapping[str, str]
    """The texts that are no value of their column."""
    fault: str = ""


class Difference(NamedTuple):
    """A field that two lists do not say alike, as stored texts.

    ``read``: whether theirs is a value of the field.
    """

    column: str
    theirs: str
    ours: str
    read: bool = True


class Met(NamedTuple):
    """What a row of theirs, or a dossier of ours alone, comes to."""

    outcome: str
    row: Theirs | None
    dossier: Mapping[str, Any] | None
    differences: tuple[Difference, ...] = ()
    remark: str = ""


def comparable(names: Iterable[str | None]) -> dict[str, str]:
    """Which columns of a list are compared, with the column of ours that each is compared with."""
    found = {}
    for name in names:
        if name is None or name in _NOT_COMPARED:
            continue
        ours = name if name in listing.EVERY else f"{name}_actuelle"
        if plain_name(name) in FIELDS and ours in listing.EVERY:
            found[name] = ours
    return found


def read_cells(
    names: Sequence[str | None],
    line: int,
    cells: Sequence[str],
    reading: Reading,
    lost: Callable[[str], object] = lambda _: False,
) -> Theirs:
    """Read a row of theirs, cell by cell: one that is no value, or ``lost``, hides no other."""
    texts = {name: bare(cells[place]) for place, name in enumerate(names) if name}
    said: dict[str, Any] = {}
    unread: dict[str, str] = {}
    for name, text in texts.items():
        if not text:
            continue
        if lost(text):
            unread[name] = text
            continue
        field = FIELDS[plain_name(name)]
        if field.name.startswith("commune_"):
            postal = texts.get(field.name.replace("commune", "code_postal")) or None
            hinted = reading._replace(department=texts.get("departement") or None, postal=postal)
        else:
            hinted = reading
        try:
            said[name] = field.type.read(text, hinted)
        except Malformed:
            unread[name] = text
    return Theirs(line, said, unread)


# --- who is who --------------------------------------------------------------------------


class _Ours:
    """The dossiers of the file by all that another's list may call them."""

    def __init__(self, connection: Connection, compared: Iterable[str]) -> None:
        shown = dict.fromkeys((*_WHO, "nom_usage", "etape", *compared))
        asked = [*shown, *(_NAMED[name] for name in shown if name in _NAMED)]
        every = listing.rows(connection, ["personne", *asked], Filters())
        self.all = [dict(zip(["personne", *asked], row, strict=True)) for row in every]
        if "bureau" in shown:
            named = listing.rows(connection, ["bureau"], Filters(), names=True)
            for each, (office,) in zip(self.all, named, strict=True):
                each["bureau_nom"] = office
        self.by_reference = {each["dossier"]: each for each in self.all}
        self.by_number: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.by_name: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        of_person: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for each in self.all:
            of_person[each["personne"]].append(each)
            if each["agdref"]:
                self.by_number[number_key(each["agdref"])].append(each)
            for name in {each["nom"], each["nom_usage"]} - {None}:
                self.by_name[name_key(name, each["prenoms"])].append(each)
        former = connection.execute(
            "SELECT person, former FROM identities WHERE field = 'agdref' AND former <> ''"
        )
        for person, number in former:
            for each in of_person.get(person, ()):
                if each not in self.by_number[number_key(number)]:
                    self.by_number[number_key(number)].append(each)

    def meant_by(self, row: Theirs) -> tuple[list[dict[str, Any]], str]:
        """The dossiers that a row means, and why they are only near (empty: they are meant)."""
        said = row.said
        named = self.by_name.get(name_key(said.get("nom"), said.get("prenoms")), [])
        alike = [each for each in named if _births(row, each) is not False]
        own = self.by_reference.get(str(said.get("dossier", "")).upper())
        if own is not None and ("nom" not in said or own in named or _number_of(row, own)):
            return [own], ""
        if "agdref" in said:
            held = self.by_number.get(number_key(said["agdref"]), [])
            sure = [e for e in held if e in named or _births(row, e) is not False]
            if held:
                return sure or held, "" if sure else "même numéro, autre nom et autre naissance"
        if "nom" not in said and "prenoms" not in said:
            return [], ""
        exact = [each for each in alike if _births(row, each)]
        if exact or not alike:
            return exact, "" if len(exact) < 2 else "mêmes nom et naissance"
        doubt = [e for e in alike if "agdref" in said and e["agdref"]]
        if doubt and len(doubt) == len(alike):
            return alike, "même nom, autre numéro"
        return [e for e in alike if e not in doubt], "" if len(alike) == 1 else "même nom"


def _number_of(row: Theirs, each: Mapping[str, Any]) -> bool:
    number = row.said.get("agdref")
    return number is not None and number_key(number) == number_key(each["agdref"] or "")


def _births(row: Theirs, each: Mapping[str, Any]) -> bool | None:
    """Whether the births agree to the day; ``None`` where one is unknown or known in part."""
    theirs, ours = row.said.get("date_naissance"), each["date_naissance"]
    if theirs is None or not ours:
        return None
    known = from_edtf(ours)
    if not theirs.overlaps(known):
        return False
    return True if theirs.exact and known.exact else None


def compared(
    connection: Connection,
    rows: Iterable[Theirs],
    fields: Mapping[str, str],
    counted: frozenset[str],
) -> list[Met]:
    """What each row of theirs comes to, in their order, then the dossiers that are only ours.

    ``fields``: as `comparable`; ``counted``: the references of ours that the two lists are asked
    about. Those that name nobody exactly are proposed by likeness. In another order, the rows come
    to the same: of two that mean one dossier, that which agrees best is it, the other a double.
    """
    ours = _Ours(connection, fields.values())
    found: list[Met] = []
    alone: list[Theirs] = []
    of_dossier: defaultdict[str, list[Met]] = defaultdict(list)
    for row in rows:
        if row.fault:
            found.append(Met(UNREAD, row, None, remark=row.fault))
            continue
        meant, doubt = ours.meant_by(row)
        if len({each["agdref"] for each in meant} - {None}) == 1:  # one person, several dossiers
            meant = [max(meant, key=lambda each: _preferred(row, each, counted))]
        if not meant:
            alone.append(row)
        elif doubt or len(meant) > 1:
            why = doubt or "plusieurs dossiers"
            found.append(_near(row, [each["dossier"] for each in meant], why))
        else:
            each = meant[0]
            of_dossier[each["dossier"]].append(_one(row, each, fields, counted))
    for same in of_dossier.values():
        best, *others = sorted(same, key=_agreement)
        found.append(best)
        again = f"déjà à la ligne {best.row.line}" if best.row else ""
        found.extend(Met(TWICE, each.row, each.dossier, remark=again) for each in others)
    found.extend(_likely(connection, alone, ours, of_dossier))
    found.sort(key=lambda met: met.row.line if met.row else 0)
    listed = {e["personne"]: e["dossier"] for e in ours.all if e["dossier"] in of_dossier}
    for each in ours.all:
        if each["dossier"] in counted and each["dossier"] not in of_dossier:
            other = listed.get(each["personne"])
            remark = f"même personne que {other}, dans leur liste" if other else ""
            found.append(Met(OURS, None, each, remark=remark))
    return found


def _preferred(row: Theirs, each: Mapping[str, Any], counted: frozenset[str]) -> tuple[Any, ...]:
    """Which of a person's dossiers a row means: that of its department, else one that counts."""
    own = each["departement"] == str(row.said.get("departement"))
    return own, each["dossier"] in counted, each["dossier"]


def _agreement(met: Met) -> tuple[Any, ...]:
    said = len(met.row.said) if met.row else 0
    return len(met.differences), -said, met.differences, met.row.line if met.row else 0


def _near(row: Theirs, references: Sequence[str], why: str) -> Met:
    told = ", ".join(sorted(references)[:_MOST_NEAR])
    more = len(references) - _MOST_NEAR
    return Met(
        NEAR, row, None, remark=f"{why} : {told}" + (f" et {more} autres" if more > 0 else "")
    )


def _one(
    row: Theirs, dossier: Mapping[str, Any], fields: Mapping[str, str], counted: frozenset[str]
) -> Met:
    found, compatible = [], []
    for name, ours in fields.items():
        told = _told_apart(row, name, ours, dossier)
        if isinstance(told, Difference):
            found.append(told)
        elif told:
            compatible.append(FIELDS[plain_name(name)].label)
    remark = f"compatible : {', '.join(compatible)}" if compatible else ""
    outcome = OUTSIDE if dossier["dossier"] not in counted else OTHER if found else SAME
    return Met(outcome, row, dossier, tuple(found), remark)


def _likely(
    connection: Connection, rows: Sequence[Theirs], ours: _Ours, met: Mapping[str, object]
) -> Iterator[Met]:
    """Those whom no name or number means: who is probably somebody of ours, else only theirs."""
    left = {e["personne"]: e["dossier"] for e in ours.all if e["dossier"] not in met}
    known = [(left[person], traits) for person, _, traits in doubles.everybody(connection, left)]
    listed = [doubles.traits(_texts(row)) for row in rows]
    near: defaultdict[int, list[str]] = defaultdict(list)
    for pair in pairs([traits for _, traits in known] + listed, len(known)) if rows else ():
        first, second = pair.first, pair.second - len(known)
        if first < len(known) and pair.likeness.grade is not Grade.POSSIBLE:
            near[second].append(known[first][0])
    for place, row in enumerate(rows):
        if place in near:
            yield _near(row, near[place], "peut-être la même personne")
        else:
            yield Met(THEIRS, row, None)


def _texts(row: Theirs) -> dict[str, str | None]:
    return {
        name: FIELDS[name].type.write(value)
        for name, value in row.said.items()
        if name in FIELDS and name in doubles.COMPARED
    }


# --- what they say -----------------------------------------------------------------------


def _told_apart(row: Theirs, name: str, ours: str, dossier: Mapping[str, Any]) -> Difference | bool:
    """How a field differs; else whether it is only compatible (known in part by one of the two)."""
    field = FIELDS[plain_name(name)]
    stored = "" if dossier[ours] is None else str(dossier[ours])
    if field.name in NAMES and _may_be(row.unread.get(name, str(row.said.get(name, ""))), stored):
        return True
    if name in row.unread:
        return Difference(name, row.unread[name], stored, read=False)
    if name not in row.said or normalise(str(row.said[name])) == "inconnu":
        return False
    value = row.said[name]
    apart = Difference(name, field.type.write(value), stored)
    if not stored:
        return apart
    if isinstance(value, PartialDate):
        known = from_edtf(stored)
        return known != value if known.overlaps(value) else apart
    if field.name in NAMES:
        accepted = {name_key(text, None) for text in (stored, dossier.get("nom_usage")) if text}
        return False if name_key(value, None) in accepted else apart
    same = {_key(stored), _key(str(dossier.get(_NAMED.get(ours, f"{ours}_nom")) or stored))}
    return False if _key(apart.theirs) in same else apart


def _may_be(text: str, name: str) -> bool:
    """Whether a name is this one with letters lost on the way: « O?uzcan »."""
    parts = re.split("[?\ufffd]", text)
    told, ours = ".".join(map(normalise, parts)), normalise(name)
    return (
        len(parts) > 1 and re.fullmatch(told.replace("ı", "i"), ours.replace("ı", "i")) is not None
    )


def _key(text: str) -> tuple[str, ...]:
    """A stored text as it is compared: in any case and order, without accents."""
    return tuple(sorted(normalise(part) for part in re.split(r"[+,]", text)))


# --- the answer --------------------------------------------------------------------------

_COLUMNS = ("comparaison", "ligne", "dossier", "agdref", "nom", "prenoms", "etape", "difference",
            "chez_eux", "chez_nous", "remarque")  # fmt: skip


def _who(met: Met) -> list[str]:
    """AGDREF number, names and stage: ours where there is a dossier, else theirs."""
    names = ("agdref", "nom", "prenoms", "etape")
    if met.dossier is not None:
        return [met.dossier[name] or "" for name in names]
    assert met.row is not None
    return [str(met.row.said.get(name) or met.row.unread.get(name) or "") for name in names]


def _lines(met: Met) -> Iterator[tuple[Any, ...]]:
    """The rows for machines: one for each difference, else one."""
    reference = met.dossier["dossier"] if met.dossier is not None else ""
    start = (met.outcome, met.row.line if met.row else None, reference, *_who(met))
    for each in met.differences or (Difference("", "", ""),):
        yield (*start, each.column, each.theirs, each.ours, met.remark)


def sheet(found: Sequence[Met], day: date, counted: int, told: Sequence[str]) -> Sheet:
    """The two lists beside each other, the differences first; ``told``: what was compared."""
    counts = Counter(each.outcome for each in found)
    read = sum(counts[outcome] for outcome in OUTCOMES)
    more = [f"{counts[each]} de plus ({OUTCOMES[each]})" for each in OUTCOMES
            if counts[each] and each not in (SAME, OTHER)]  # fmt: skip
    less = [f"{counts[OURS]} de moins (seulement chez nous)"] if counts[OURS] else []
    in_part = sum(each.outcome == SAME and bool(each.remark) for each in found)
    parts = [f"{words} {counts[outcome]}" for outcome, words in OUTCOMES.items()
             if counts[outcome] or outcome in (SAME, OTHER, THEIRS)]  # fmt: skip
    if in_part:
        parts[0] += f" (dont {in_part} avec une date ou un nom connus en partie)"
    notes = [
        *([f"De nos {counted} à leurs {read} : {', '.join(less + more)}."] if less + more else []),
        f"Chez eux, lignes lues {read} : {', '.join(parts)}.",
        f"Chez nous au {day:%d/%m/%Y}, dossiers comptés {counted} : dans leur liste"
        f" {counted - counts[OURS]}, seulement chez nous {counts[OURS]}.",
        *told,
    ]
    lines = [line for each in found if each.outcome != SAME for line in _lines(each)]
    known = _known()
    by_name = {column.name: column for column in known}

    def section(title: str, outcomes: Sequence[str], names: Sequence[str]) -> Section:
        places = [_COLUMNS.index(name) for name in names]
        rows = [
            [told[place] for place in places]
            for told in map(_in_words, lines) if told[0] in outcomes
        ]  # fmt: skip
        return Section(title, [by_name[name] for name in names], rows)

    return Sheet(
        title=f"Deux listes comparées au {day:%d/%m/%Y}", notes=notes,
        sections=[
            section("Différents", (OTHER,),
                    ("dossier", "nom", "difference", "chez_eux", "chez_nous")),
            section("Seulement chez eux", (THEIRS,), ("ligne", "agdref", "nom", "prenoms")),
            section("Seulement chez nous", (OURS,),
                    ("dossier", "agdref", "nom", "prenoms", "etape", "remarque")),
            section("Chez nous, hors de ce compte", (OUTSIDE,),
                    ("ligne", "dossier", "nom", "prenoms", "etape", "difference")),
            section("À rapprocher", (NEAR, TWICE), ("ligne", "dossier", "nom", "prenoms",
                                                    "remarque")),
            section("Illisibles", (UNREAD,), ("ligne", "nom", "remarque")),
        ],
        data=Data(known, lines), day=day, said=() if lines else notes,
        empty=("Les deux listes disent la même chose.",),
    )  # fmt: skip


def _in_words(line: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row for machines with the two values of its field as people read them."""
    *start, name, theirs, ours, remark = line
    if not name:
        return line
    field = plain_name(name)
    return (*start, name, *(_said(shown, field, text) for text in (theirs, ours)), remark)


def _said(show: Any, field: str, text: str) -> str:
    try:
        return str(show(field, text))
    except ValueError:  # what was written in their cell, and is no value
        return text


def _known() -> tuple[Column, ...]:
    def label(name: Any) -> str:
        return FIELDS[plain_name(name)].label if name else ""

    found = columns(_COLUMNS, {"difference": label, "etape": partial(shown, "etape")})
    return tuple(each._replace(kind=Kind.TEXT) if each.name.startswith("chez_") else each
                 for each in found)  # fmt: skip


def changes(found: Iterable[Met], wanted: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Their values of these fields as a file that `import` reads: its heading, its rows.

    A value that cannot be read is no change.
    """
    fields = dict.fromkeys(
        each.column for met in found if met.outcome == OTHER for each in met.differences
        if each.read and (not wanted or plain_name(each.column) in wanted)
    )  # fmt: skip
    rows = []
    for met in found:
        texts = {e.column: e.theirs for e in met.differences if e.read and e.column in fields}
        if met.outcome == OTHER and met.dossier and texts:
            rows.append([met.dossier["dossier"], *(texts.get(name, "") for name in fields)])
    return ["dossier", *fields], rows
