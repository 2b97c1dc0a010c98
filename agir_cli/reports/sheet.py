"""The answer to a question asked of the file: one `Sheet`, whatever medium it goes out by.

A report is a module of this room whose function reads the file and gives one sheet: a title, notes,
sections of typed columns and rows for people, and the rows for machines. `cli.render` makes a
screen, plain text, Markdown, a page, CSV, JSON, JSON lines or a workbook of it, chooses the
columns, counts the rows, and says where they were written.

Notes, sections and rows may be iterators, read once: those of people when people read, the data
otherwise. Many rows then never stand in memory together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import cache, partial
from typing import Any, NamedTuple

from agir_cli.reports.texts import french_text
from agir_cli.shipped import data_file

Row = Sequence[Any]


class Kind(Enum):
    """What a column holds, which says how it is aligned, marked and written."""

    CODE = "code"  # a reference or a word of a closed list: nothing to mark
    TEXT = "text"  # words that somebody typed: a spreadsheet could take them for a formula
    DATE = "date"  # an ISO or partial date: French for people, a real date in a workbook
    NUMBER = "number"  # a count: to the right
    RATE = "rate"  # a percentage: to the right, a comma in a French spreadsheet
    FLAG = "flag"  # « oui » or « non »: a boolean in JSON


class Column(NamedTuple):
    """A column: ``name`` for machines, ``label`` above it for people.

    ``short`` is the label where a screen has no room. ``show`` turns a value (also ``None``) into
    what people read; without one, dates are French and other values are their own text. A first
    column without a name tells that its section is laid out otherwise than the data.
    """

    name: str
    label: str = ""
    short: str = ""
    kind: Kind = Kind.CODE
    show: Callable[[Any], str] | None = None
    meaning: str = ""
    """What it holds, in French; the label of its field says it where it is one."""
    values: str = ""
    """The codes of a list that no field has, with their words: ``rdv=RDV;echeance=échéance``."""

    @property
    def heading(self) -> str:
        """What stands above it."""
        return self.label or heading_of(self.name)

    @property
    def numeric(self) -> bool:
        """Whether it stands to the right."""
        return self.kind in (Kind.NUMBER, Kind.RATE)

    def text(self, value: Any) -> str:
        """A value of it as people read it; empty for none."""
        if self.show is not None:
            return self.show(value)
        if value is None:
            return ""
        return french_text(str(value)) if self.kind is Kind.DATE else str(value)


@cache
def declared() -> Mapping[str, Column]:
    """Every column that `data/lists.csv` describes."""
    from csv import DictReader

    with data_file("lists.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["column"]: Column(
                row["column"],
                row["heading"],
                row["short"].replace("|", "\n"),
                Kind(row["kind"]),
                meaning=row["meaning"],
                values=row["values"],
            )
            for row in DictReader(file)
        }


def columns(
    names: Iterable[str],
    show: Mapping[str, Callable[[Any], str]] | None = None,
    **headings: str,
) -> tuple[Column, ...]:
    """The columns of these names, with the heading and the kind that `data/lists.csv` gives them.

    One that stands in no line is a date where its name says so, else a code. ``show`` and
    ``headings`` say what is particular to this list.
    """
    return tuple(
        column._replace(label=headings.get(name, column.label), show=(show or {}).get(name))
        for name in names
        for column in [declared().get(name) or _undeclared(name)]
    )


_MOMENTS = {"entree": "à l'entrée", "actuelle": "actuellement", "sortie": "à la sortie"}


def heading_of(name: str) -> str:
    """The heading that `data/lists.csv` gives a column; without one, the label of the field."""
    found = declared().get(name)
    if found is not None and found.label:
        return found.label
    from agir_cli.domain.fields import FIELDS, OF_A_RIGHT

    if name in FIELDS:
        return FIELDS[name].label
    if name in OF_A_RIGHT:
        field, right = OF_A_RIGHT[name]
        return f"Droit : {right.label}{_OF_A_RIGHT[field]}"
    field, _, moment = name.rpartition("_")
    if moment in _MOMENTS and field in FIELDS:
        return f"{FIELDS[field].label} {_MOMENTS[moment]}"
    return name.replace("_", " ").capitalize()


_OF_A_RIGHT = {"etat_droit": "", "date_droit": ", état au", "date_fin_droit": ", jusqu'au"}
_PRECISION = {"_a_preciser": "à préciser", "_possibles": "peut-être après"}
"""What ends the name of a count of facts whose day is known in part."""
_PRECISELY = {
    "_a_preciser": "ceux dont le jour, connu en partie, est dans la période ou avant",
    "_possibles": "ceux dont le jour, connu en partie, est dans la période ou après",
}


def _undeclared(name: str) -> Column:
    for end, told in _PRECISION.items():
        if name.endswith(end):
            counted = heading_of(name.removesuffix(end))
            meaning = f"{counted} : {_PRECISELY[end]}"
            return Column(name, f"{counted} ({told})", kind=Kind.NUMBER, meaning=meaning)
    return Column(name, kind=Kind.DATE if name.startswith("date_") else Kind.CODE)


def at(columns: Sequence[Column], kind: Kind) -> tuple[int, ...]:
    """Where the columns of a kind stand."""
    return tuple(place for place, column in enumerate(columns) if column.kind is kind)


def headings(columns: Sequence[Column]) -> list[str]:
    """What stands above each column, no two alike."""
    every = [column.heading for column in columns]
    return [
        f"{heading} ({column.name})" if every.count(heading) > 1 else heading
        for heading, column in zip(every, columns, strict=True)
    ]


class Section(NamedTuple):
    """A titled list. A row has a value for each column, in their order, and may have more."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Row]
    usual: Sequence[str] = ()
    """The names of the columns that people see unless they choose; all of them when empty."""
    spare: Sequence[str] = ()
    """Those that a terminal leaves out where it has no room for a line a row."""
    bars: Callable[[int], Iterable[str]] | None = None
    """The section as bars, in lines of so many characters at most: a terminal shows these."""
    below: str = ""
    """What is said under the rows: how many are not shown, and how to see them."""
    total: Callable[[Row], bool] | None = None
    """Which rows add up others: a workbook has these apart, below."""

    @property
    def size(self) -> int:
        """How many rows it has, once they are read."""
        return len(self.rows) if isinstance(self.rows, Sized) else 0

    @property
    def prose(self) -> bool:
        """Whether its rows are paragraphs."""
        return len(self.columns) == 1 and not self.columns[0].heading

    def cells(self) -> list[list[str]]:
        """The rows as people read them."""
        return [
            [column.text(value) for column, value in zip(self.columns, row, strict=False)]
            for row in self.rows
        ]

    def usual_alone(self) -> Section:
        """The section with the columns that people see unless they choose."""
        return self.with_columns(self.usual) if self.usual else self

    def with_columns(self, names: Sequence[str]) -> Section:
        """The section with these columns, as a plain table."""
        known = [column.name for column in self.columns]
        places = [known.index(name) for name in names if name in known]
        rows = [[row[place] for place in places] for row in self.rows]
        columns = [self.columns[place] for place in places]
        return self._replace(columns=columns, rows=rows, usual=(), spare=(), bars=None, total=None)


def prose(title: str, paragraphs: Sequence[str]) -> Section:
    """A section that is read and not looked up: a paragraph a row, under no heading."""
    return Section(title, (Column(""),), [(text,) for text in paragraphs])


class Data(NamedTuple):
    """What a machine gets: names and order of the columns are a promise to scripts."""

    columns: Sequence[Column]
    rows: Iterable[Row]
    told: Iterable[Row] | None = None
    """The rows where words are wanted, if they need another question: offices by their names."""
    total: Callable[[Row], bool] | None = None
    """Which rows add up others: a workbook has these apart, below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a report answers. For people: ``title``, ``notes`` under it, sections, ``below``.

    ``{count}`` in the title or a note is how many rows people see, ``{s}`` the plural of what
    follows. A section without a row is left out. Where none has any, nothing is shown and
    ``empty`` is said on stderr; a file that was asked for gets ``nothing`` as its only line, so
    that yesterday's does not stay. ``said`` is said on stderr in any case.
    """

    title: str
    notes: Iterable[str] = ()
    sections: Iterable[Section] = ()
    below: Sequence[str] = ()
    data: Data
    said: Sequence[str] = ()
    empty: Sequence[str] = ()
    nothing: str = ""
    persons: Sequence[str | None] = ()
    """Names and numbers of the person whom the title or a sentence tells of."""
    day: date | None = None
    """The day it is about, where somebody may want it in a column."""

    def stamped(self, today: date) -> Sheet:
        """The sheet whose rows for machines say their day, in a column of its own at the end."""
        told = ((self.day or today).isoformat(),)
        data, (column,) = self.data, columns(["date_du_rapport"])
        added = [None if some is None else (_longer(row, len(data.columns), told) for row in some)
                 for some in (data.rows, data.told)]  # fmt: skip
        every = (*data.columns, column)
        return replace(self, data=Data(every, added[0] or (), added[1], data.total))

    def without_persons(self) -> Sheet:
        """The sheet that does not say who: every column stays, those of identity are empty.

        A section laid out otherwise than the data gives way to it; a birth keeps its year.
        """
        hide = partial(_hidden_in, names=tuple(filter(None, self.persons)))
        data = self.data._replace(
            rows=_hidden(self.data.columns, self.data.rows, hide),
            told=None
            if self.data.told is None
            else _hidden(self.data.columns, self.data.told, hide),
        )
        return replace(
            self, title=hide(self.title), notes=map(hide, self.notes), data=data,
            sections=_sections_hidden(self.sections, data, hide),
        )  # fmt: skip

    def counted(self, count: int) -> Sheet:
        """The sheet whose title and notes say how many rows people see."""
        told = [
            text.replace("{count}", str(count)).replace("{s}", "s" if count > 1 else "")
            for text in (self.title, *self.notes)
        ]
        return replace(self, title=told[0], notes=told[1:])


_COMPOSED = frozenset({"nom_a", "nom_b", "concorde", "derniere_etape", "constat"})
_TOLD = frozenset({"date_naissance", "sexe", "nationalite", "langues"})
"""Of a person's values those that do not say who it is; of a birth, the year."""
_WORDS_BESIDE = {"etape": "date_etape", "objet": "action"}
"""Columns that are words of a team's own beside these, and else codes of the programme."""


@cache
def _hidden_names(names: tuple[str, ...]) -> frozenset[str]:
    """Of a list's columns, those that say who somebody is, or a team's own words, which may."""
    from agir_cli.domain.fields import FIELDS, PERSON_FIELDS, Home

    person = {*PERSON_FIELDS} - _TOLD
    words = {name for name, field in FIELDS.items() if field.home is Home.TEXT} - {"raison"}
    codes = {name for name, beside in _WORDS_BESIDE.items() if beside not in names}
    return frozenset(names) & (person | words | _COMPOSED) - codes


_HIDDEN = "…"


def _hidden_in(text: str, names: Sequence[str]) -> str:
    """A text in which the names of a person are not read, wherever they stand as words."""
    if not names:
        return text
    import re

    every = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{every})(?!\w)", _HIDDEN, text)


def _hidden(
    columns: Sequence[Column], rows: Iterable[Row], hide: Callable[[str], str]
) -> Iterable[Row]:
    names = [column.name for column in columns]
    hidden = _hidden_names(tuple(names))
    away = {n for n, name in enumerate(names) if name in hidden}
    born = {n for n, name in enumerate(names) if name == "date_naissance"}
    joined = {n for n, name in enumerate(names) if name == "rejoint"}
    for row in rows:
        yield tuple(
            None if n in away or (n in joined and "-" not in (cell or "-"))
            else _year(cell) if n in born
            else hide(cell) if isinstance(cell, str)
            else cell
            for n, cell in enumerate(row)
        )  # fmt: skip


def _year(born: str | None) -> str | None:
    return born.lstrip("[")[:4] if born else None


def _sections_hidden(
    sections: Iterable[Section], data: Data, hide: Callable[[str], str]
) -> Iterable[Section]:
    for section in sections:
        if not section.columns[0].name and _hidden_names(tuple(c.name for c in data.columns)):
            yield Section("", data.columns, data.rows)
            return
        rows = _hidden(section.columns, section.rows, hide)
        yield section._replace(title=hide(section.title), rows=rows)


def _longer(row: Row, width: int, more: Row) -> Row:
    return (*row[:width], *more)


def one_list(
    title: str, known: Sequence[Column], rows: Iterable[Row], *, usual: Sequence[str] = (),
    spare: Sequence[str] = (), notes: Sequence[str] = (), empty: Sequence[str] = (),
) -> Sheet:  # fmt: skip
    """The sheet of one plain list, the same for people and machines: a number's dossiers, say."""
    return Sheet(
        title=title, notes=notes, empty=empty,
        sections=[Section("", known, rows, usual, spare)], data=Data(known, rows),
    )  # fmt: skip
