"""`report funnel`: oriented, diagnosed, assigned, contracted, closed; and who is behind a number.

A person counts from the day their orientation was accepted or OFII validated their request,
closed dossiers included, those opened by mistake left out. Every later number is of those persons
("1,028 persons of whom 682 signatories" [W: Les personnes accompagnées au 09/10/2023]); who went
on with no orientation known is counted apart, as `OUTSIDE`. A partial date counts once it is
certain; what is only possible is counted apart. Each number is the length of `listed` under the
same filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from agir_cli.reports.masking import Sum, as_printed, hidden, masked_note
from agir_cli.reports.selection import SECTOR, UNASSIGNED, Filters, counting, not_admitted, one_of
from agir_cli.reports.sheet import Column, Data, Section, Sheet, columns, heading_of, one_list
from agir_cli.reports.standing import HOUSEHOLD
from agir_cli.reports.texts import edtf_of, percent, rate, weekday_date

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection

MEASURES = ("personnes", "menages", "diagnostiques", "attribues", "signataires", "clos")
ALIASES = {
    "persons": "personnes", "households": "menages", "diagnosed": "diagnostiques",
    "assigned": "attribues", "signatories": "signataires", "closed": "clos",
}  # fmt: skip
OUTSIDE = "hors_compte"
"""Dossiers diagnosed, assigned or under contract, no orientation or validation being known."""
LISTED = (*MEASURES, OUTSIDE)
_MILESTONES = {
    "personnes": "admis", "menages": "admis", "diagnostiques": "diagnostic",
    "attribues": "commission", "signataires": "contrat", "clos": "cloture",
}  # fmt: skip
_UNDATED = "0001-01-01"  # how the projection says "at some day that nobody wrote down"


class Row(NamedTuple):
    """The numbers of a department (``secteur`` empty) or of one of its sectors.

    Units: dossiers of persons; ``menages`` households, a household of several sectors counting
    in each but once in its department; ``taux_signataires`` in percent, ``None`` for nobody.
    ``…_possibles``: those whose date may be past, beside the certain ones. ``hors_compte``: the
    dossiers that went on and are no person of this row, not even perhaps. ``None``: hidden.
    """

    departement: str
    secteur: str
    personnes: int | None
    menages: int | None
    diagnostiques: int | None
    attribues: int | None
    signataires: int | None
    taux_signataires: float | None
    clos: int | None
    personnes_possibles: int | None = None
    menages_possibles: int | None = None
    diagnostiques_possibles: int | None = None
    attribues_possibles: int | None = None
    signataires_possibles: int | None = None
    clos_possibles: int | None = None
    hors_compte: int | None = 0

    def of(self, measure: str) -> int | None:
        """The number of one measure."""
        return getattr(self, measure)  # type: ignore[no-any-return]

    def possible(self, measure: str) -> int:
        """How many more there may be."""
        return getattr(self, f"{measure}_possibles") or 0


COLUMNS = Row._fields


BY = {
    "secteur": "SELECT bureau, secteur FROM offices",
    "bureau": "SELECT bureau, bureau || ' ' || nom FROM offices",
}
"""What a department is divided into, and how an office tells it."""


def funnel(connection: Connection, day: date, filters: Filters, by: str = "secteur") -> list[Row]:
    """Each department, its own row before those of its sectors (or offices: ``by``)."""
    asked = counting(filters)
    values = {"day": day.isoformat(), **asked.values}
    sectors = dict(connection.execute(BY[by]))
    sums = ", ".join([*map(_sums, _PERSONS), f"count(*) FILTER (WHERE {_OUTSIDE})"])
    tally: _Tally = {}
    for department, office, alone, perhaps_alone, *numbers in connection.execute(
        _COUNTS.format(sums=sums, filters=asked.sql), values
    ):
        sector = sectors.get(office, UNASSIGNED)
        found = [alone, perhaps_alone, *numbers]
        for place in ((department, ""), (department, sector)):
            before = tally.get(place, [0] * len(found))
            tally[place] = [a + b for a, b in zip(before, found, strict=True)]
    _add_households(tally, sectors, connection.execute(_SHARED.format(asked.sql), values))
    return sorted((_row(place, numbers) for place, numbers in tally.items()), key=_order)


_PERSONS = tuple(measure for measure in MEASURES if measure != "menages")
_Tally = dict[tuple[str, str], list[int]]
"""By department and sector: households for certain, households for certain or perhaps, the same
pair for each of `_PERSONS`, then those outside the count."""

_OUTSIDE = """(d.admis_min IS NULL OR d.admis_min > :day)
    AND (d.diagnostic_max <= :day OR d.commission_max <= :day OR d.contrat_max <= :day)"""

# Grouped by what the table holds (an office), never by what must be looked up for each row.
_COUNTS = """SELECT d.departement, d.bureau,
    count(*) FILTER (WHERE d.menage IS NULL AND d.admis_max <= :day),
    count(*) FILTER (WHERE d.menage IS NULL AND d.admis_min <= :day), {sums}
FROM dossiers AS d WHERE 1{filters} GROUP BY 1, 2"""

# Read in the order of the index on households. Each office of a household carries whether
# somebody there counts for certain (`c`) or perhaps (`p`).
_SHARED = """SELECT departement, offices, count(*) FROM (
    SELECT d.departement, json_group_array(DISTINCT
        CASE WHEN d.admis_max <= :day THEN 'c' ELSE 'p' END || coalesce(d.bureau, '')) AS offices
    FROM dossiers AS d WHERE d.menage IS NOT NULL AND d.admis_min <= :day{}
    GROUP BY d.menage, d.departement) GROUP BY 1, 2"""


def _sums(measure: str) -> str:
    """SQL: how many for certain, and how many for certain or perhaps."""
    both = (reached(measure, end) for end in ("max", "min"))
    return ", ".join(f"count(*) FILTER (WHERE {each})" for each in both)


def reached(measure: str, end: str) -> str:
    """SQL: whether a person is counted, by the last possible days (``max``) or the first."""
    if measure == OUTSIDE:
        return _OUTSIDE
    person, step = f"d.admis_{end} <= :day", _MILESTONES[measure]
    return person if step == "admis" else f"{person} AND d.{step}_{end} <= :day"


def _add_households(
    tally: _Tally, sectors: dict[str, str], rows: Iterable[tuple[str, str, int]]
) -> None:
    """Count each household once in its department, once in each of its sectors."""
    from json import loads

    for department, text, count in rows:
        sure, anyhow = {""}, {""}
        marked = loads(text)
        for mark in marked:
            (sure if mark[0] == "c" else anyhow).add(sectors.get(mark[1:], UNASSIGNED))
        if not any(mark[0] == "c" for mark in marked):
            sure.clear()
        for place in sure | anyhow:
            numbers = tally[department, place]
            numbers[0] += count * (place in sure)
            numbers[1] += count


def _row(place: tuple[str, str], numbers: Sequence[int]) -> Row:
    names = ("menages", *_PERSONS)
    *pairs, outside = numbers
    certain = dict(zip(names, pairs[::2], strict=True))
    possible = dict(zip(names, pairs[1::2], strict=True))
    return Row(
        departement=place[0],
        secteur=place[1],
        **certain,
        taux_signataires=rate(certain["signataires"], certain["personnes"]),
        **{f"{name}_possibles": possible[name] - certain[name] for name in MEASURES},
        hors_compte=outside,
    )


def _order(row: Row) -> tuple[str, bool, str]:
    return row.departement, row.secteur == UNASSIGNED, row.secteur


# --- what is hidden from outside readers -------------------------------------------------


def with_everyone(found: Sequence[Row], least: int | None = None) -> list[Row]:
    """The sums of the departments, then the rows; nothing for an empty file.

    ``least``: counts below it are hidden, and those that would give them away; what is only
    possible, and who is outside the count, are then left out.
    """
    if not found:
        return []
    departments = [row for row in found if not row.secteur]
    whole = {m: sum(row.of(m) or 0 for row in departments) for m in MEASURES}
    every = [_of_counts("", "", whole), *found]
    if least is None:
        return every
    counts = {
        (row.departement, row.secteur, m): row.of(m) or 0
        for row in every for m in _adding_up(row.secteur)
    }  # fmt: skip
    shown = as_printed(counts, hidden(counts, _added_up(departments, found), least))
    return [_of_counts(d, s, {m: shown.get((d, s, m)) for m in MEASURES}) for d, s, *_ in every]


def _adding_up(sector: str) -> Sequence[str]:
    """A household of two sectors counts in both: what adds up is households by department."""
    return [m for m in MEASURES if not sector or m != "menages"]


def _added_up(departments: Sequence[Row], found: Sequence[Row]) -> list[Sum]:
    """Departments add up to everyone, sectors to their department."""
    sums = [Sum(("", "", m), [(d.departement, "", m) for d in departments]) for m in MEASURES]
    for department, sector, *_ in departments:
        inside = [r.secteur for r in found if r.departement == department and r.secteur]
        sums += [
            Sum((department, "", m), [(department, each, m) for each in inside])
            for m in _adding_up(inside[0] if inside else sector)
        ]
    return sums


def _of_counts(department: str, sector: str, counts: Mapping[str, int | None]) -> Row:
    taux = rate(counts["signataires"], counts["personnes"])
    return Row(department, sector, taux_signataires=taux, hors_compte=None, **counts)


class Listed(NamedTuple):
    """A dossier behind a number; ``date`` is the EDTF text of the day that made it count."""

    dossier: str
    departement: str
    secteur: str
    nom: str | None
    prenoms: str | None
    menage: str | None
    date: str


class Household(NamedTuple):
    """A household behind a number: its persons counted, their dossiers, who has none."""

    departement: str
    menage: str
    personnes: int
    dossiers: str
    enfants: str = ""


def listed(
    connection: Connection, day: date, filters: Filters, measure: str
) -> Iterator[Listed | Household]:
    """The dossiers (for ``menages`` the households of each department) behind a number."""
    asked = counting(filters)
    values = {"day": day.isoformat(), **asked.values}
    counted = reached(measure, "max")
    if measure == "menages":
        query = (
            f"SELECT d.departement, coalesce(max(d.menage), max(d.dossier)), count(*),"
            f" group_concat(d.dossier, ' '), group_concat(d.naissances_enfants, '/')"
            f" FROM dossiers AS d WHERE {counted}{asked.sql} GROUP BY d.departement, {HOUSEHOLD}"
            " ORDER BY 1, 2"
        )
        for *rest, said in connection.execute(query, values):
            yield Household._make((*rest, ", ".join(_children(said))))
        return
    first, last = (_day_of(measure, end) for end in ("min", "max"))
    query = (
        f"SELECT d.dossier, d.departement, {SECTOR}, p.nom, p.prenoms, d.menage,"
        f" {first}, {last} FROM dossiers AS d"
        f" LEFT JOIN people AS p ON p.id = d.personne WHERE {counted}{asked.sql}"
        " ORDER BY d.dossier"
    )
    for *rest, first, last in connection.execute(query, values):
        yield Listed._make((*rest, "" if first == _UNDATED else edtf_of(first, last)))


def _children(said: str | None) -> tuple[str, ...]:
    """Those of whom the dossiers of a household speak, as the database joins what they say."""
    from agir_cli.store.households import children

    return children(each.split("+") for each in said.split("/")) if said else ()


def _children_note(connection: Connection, day: date, filters: Filters) -> list[str]:
    """How many more the households are: children have no dossier, and wait for nothing."""
    asked = counting(filters)
    query = (
        "SELECT group_concat(d.naissances_enfants, '/') FROM dossiers AS d WHERE"
        f" d.naissances_enfants IS NOT NULL AND {reached('menages', 'max')}{asked.sql}"
        f" GROUP BY {HOUSEHOLD}"
    )
    values = {"day": day.isoformat(), **asked.values}
    count = sum(len(_children(said)) for (said,) in connection.execute(query, values))
    if not count:
        return []
    told = f"{count} enfants" if count > 1 else "1 enfant"
    return [
        f"Ces ménages comptent aussi {told} sans dossier, hors des personnes et de toute attente"
        " (lesquels : --list menages)."
    ]


def _day_of(measure: str, end: str) -> str:
    """SQL: the day that made a dossier count; outside the count, its first step."""
    if measure == OUTSIDE:
        return f"coalesce(d.diagnostic_{end}, d.commission_{end}, d.contrat_{end})"
    return f"d.{_MILESTONES[measure]}_{end}"


# --- the sheets --------------------------------------------------------------------------

_COUNTED = {
    "personnes": "Personnes orientées ou validées par l'OFII",
    "menages": "Ménages",
    "diagnostiques": "Personnes diagnostiquées",
    "attribues": "Personnes passées en commission",
    "signataires": "Signataires du contrat",
    "clos": "Dossiers clos",
    OUTSIDE: "Dossiers diagnostiqués ou au-delà, sans orientation ni validation connue",
}


def _columns_by(by: str) -> tuple[Column, ...]:
    """The columns: the place is called what it is, a sector or an office."""
    names = [by if name == "secteur" else name for name in COLUMNS]
    counts = dict.fromkeys(MEASURES, lambda count: "masqué" if count is None else str(count))
    place = {by: lambda place: place or "tout le département"}
    return columns(names, {**place, **counts, "taux_signataires": percent})


def sheet(
    connection: Connection, day: date, filters: Filters, by: str = "secteur",
    mask: int | None = None, *, drawn: bool = False,
) -> Sheet:  # fmt: skip
    """The funnel. ``drawn``: what is only possible is said below, not in the cells."""
    by = one_of("Le lieu", by, BY.keys())
    rows = funnel(connection, day, filters, by)
    if mask:
        rows = with_everyone(rows, mask)[1:]
    known = _columns_by(by)
    cells = rows if drawn else [_with_possible(row) for row in rows]
    return Sheet(
        title=f"De l'orientation au contrat, au {weekday_date(day)}",
        notes=[
            "Unité : personnes (une par dossier), sauf les ménages."
            " Taux : signataires / personnes.",
            "Derrière un nombre : --list signataires, avec --departement, --secteur ou --bureau.",
            *([] if mask else _children_note(connection, day, filters)),
            *_outside_notes(rows),
            *masked_note(mask),
        ],
        sections=[Section("", known, cells, _usual(known), total=_whole)],
        below=_possible_notes(rows) if drawn else (),
        data=Data(known, rows, total=_whole),
    )


def _usual(known: Sequence[Column]) -> list[str]:
    return [column.name for column in known[: COLUMNS.index("clos") + 1]]


def _whole(row: Sequence[object]) -> bool:
    """Whether a row is a department's, beside those of its sectors."""
    return not row[1]


def _with_possible(row: Row) -> list[object]:
    """The row with what is only possible beside each number: « 12 +1 possible »."""
    return [
        f"{value} {_possible(row, name)}" if name in MEASURES and row.possible(name) else value
        for name, value in zip(COLUMNS, row, strict=True)
    ]


def _outside_notes(rows: Iterable[Row]) -> list[str]:
    """Who went on and is no person of these figures: a director must not miss them."""
    count = sum(row.hors_compte or 0 for row in rows if not row.secteur)
    if not count:
        return []
    told = f"{count} dossiers diagnostiqués" if count > 1 else "1 dossier diagnostiqué"
    return [
        f"Hors compte : {told} sans orientation ni validation de l'OFII connue"
        " (les voir : --list hors_compte)."
    ]


def _possible_notes(rows: Iterable[Row]) -> list[str]:
    """What is only possible, apart: dates known in part may be past, or not."""
    notes = []
    for row in rows:
        more = [f"{heading_of(name).lower()} {_possible(row, name)}"
                for name in MEASURES if row.possible(name)]  # fmt: skip
        if more:
            where = f"{row.departement} {row.secteur}".strip()
            notes.append(f"Dates connues en partie, {where} : {', '.join(more)}")
    return notes


def _possible(row: Row, name: str) -> str:
    count = row.possible(name)
    return f"+{count} possible{'s' if count > 1 else ''}"


def measure_of(text: str) -> str:
    """The number meant by ``--list TEXT``. Raises `UsageFailure`."""
    word = ALIASES.get(text.strip().lower(), text.strip().lower())
    if word not in LISTED:
        raise not_admitted("Le nombre", text, LISTED)
    return word


def sheet_behind(connection: Connection, day: date, filters: Filters, measure: str) -> Sheet:
    """The dossiers, or the households, behind a number."""
    names = (Household if measure == "menages" else Listed)._fields
    rows = listed(connection, day, filters, measure)
    title = f"{_COUNTED[measure]} au {weekday_date(day)} : {{count}}"
    return one_list(title, columns(names), rows)
