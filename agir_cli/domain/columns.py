"""What the whole of a column proves that none of its cells does, before any row is read.

A number of a spreadsheet is a day where its column holds nothing else; nine or ten figures under
« N° dossier » are the AGDREF number; « KONATE Mariam » is a name and a first name. Each reading
is told once a column, with an example and its count; what the file does not prove stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import zip_longest
from types import MappingProxyType
from typing import Final, NamedTuple

from agir_cli.domain.characters import as_sign, bare
from agir_cli.domain.dates import SHEET_ZERO
from agir_cli.domain.fields import FIELDS, OF_A_RIGHT
from agir_cli.domain.identity import NAMES, looks_like_agdref, looks_like_reference
from agir_cli.domain.person_values import AGDREF, parted
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.values import (
    BIRTH,
    DATE,
    MOMENT,
    TEXT,
    FieldType,
    Malformed,
    Reading,
    short_year,
)

FULL_NAME, NUMBER, ADDRESS = "nom_prenoms", "numero", "adresse"
NOT_KEPT: Final = "non_repris"
BY_CONTENT: Final = {
    FULL_NAME: "Nom et prénom", NUMBER: "Numéro", ADDRESS: "Adresse", NOT_KEPT: "non repris",
}  # fmt: skip
"""Columns of no field of their own, with their labels: what they hold says which it is."""
_STREET = r"^\D*\d{1,4}\b(?!\d)[^\d].*[^\W\d]{2}|\b(?:rue|avenue|boulevard|chemin|impasse|place)\b"


class Understanding(NamedTuple):
    """How the rows of a file are read once its columns are known.

    ``columns`` names each cell of a row that ``read`` gives; ``places`` says where in the file
    each field stands. ``told``: each interpretation (French); ``cautions``: what to look at.
    ``unread``: the headings that say nothing here; ``unkept``: those of what is never kept.
    """

    columns: tuple[str | None, ...]
    places: Mapping[str, int]
    told: tuple[str, ...]
    cautions: tuple[str, ...]
    unread: tuple[str, ...]
    unkept: tuple[str, ...]
    read: Callable[[list[str]], list[str] | Finding]
    mapped: tuple[str, ...] = ()
    """What became of each value that somebody has given a meaning to (French)."""


Values = Mapping[int, Mapping[str, str]]
"""By the place of a column: what its cells mean, by their `value_key`."""


def value_key(text: str) -> str:
    """A cell as a map of values compares it: neither case nor spaces count."""
    return " ".join(bare(text).split()).casefold()


class Blank(NamedTuple):
    """What teams write in the cell of what they do not know: ``named`` may be a name as well."""

    every: frozenset[str]
    named: frozenset[str]

    @classmethod
    def of(cls, signs: Mapping[str, bool]) -> Blank:
        """Those of a table, each with whether it may be a name, in every way they are spelled."""
        spelled = (
            f"{before}{word}{after}"
            for sign in signs
            for word in (sign, sign.upper(), sign.capitalize())
            for before, after in (("", ""), (" ", ""), ("", " "), (" ", " "))
        )
        return cls(frozenset(spelled), frozenset(sign for sign, named in signs.items() if named))


class Survey:
    """What the columns of a file hold, gathered some rows at a time.

    ``blank``: what teams write in the cell of what they do not know, and whether it may be a name.
    """

    def __init__(
        self,
        columns: Sequence[str | None],
        headings: Sequence[str],
        blank: Mapping[str, bool],
        values: Values = MappingProxyType({}),
    ) -> None:
        self._blank = Blank.of(blank)
        self._columns = columns
        self._headings = headings
        self._values = values
        apart = "prenoms" in columns
        self._texts = {
            n: Counter[str]()
            for n, f in enumerate(columns)
            if f and (n in values or _looked_at(f)) and not (f == "nom" and apart)
        }
        self._signs = {n: Counter[str]() for n, f in enumerate(columns) if f}

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """Look at some rows, each as wide as the heading."""
        for place, cells in enumerate(zip_longest(*rows, fillvalue="")):
            if place in self._texts:
                self._texts[place].update(cells)
            elif place in self._signs and (found := self._blank.every.intersection(cells)):
                self._signs[place].update(cell for cell in cells if cell in found)

    def understood(
        self,
        reading: Reading,
        *,
        enrols: bool,
        erasers: Sequence[str] = (),
        order: str | None = None,
    ) -> Understanding:
        """How the columns are to be read; ``erasers`` are signs that are said to empty a field.

        ``enrols``: the rows are about persons, who may have no dossier yet.
        """
        found = _Columns(
            self._columns, self._headings, reading, order, enrols, self._values, self._blank
        )  # fmt: skip
        for place in self._signs:
            texts = self._texts.get(place, self._signs[place])
            found.column(place, Counter({t: n for t, n in texts.items() if t.strip()}), erasers)
        return found.understanding()


def handed_on(
    understanding: Understanding,
    headings: Sequence[str],
    rows: Iterable[list[str]],
    which: Callable[[Sequence[str]], Iterable[str]],
) -> Understanding:
    """An understanding that also tells which cells go to an act whose day their own has not.

    ``which``: the fields of a row, as it is read, that do.
    """
    counts, examples = Counter[str](), dict[str, str]()
    for row in rows:
        cells = understanding.read(row)
        for field in [] if isinstance(cells, Finding) else which(cells):
            counts[field] += 1
            examples.setdefault(field, row[understanding.places[field]])
    told = tuple(
        f"« {headings[understanding.places[field]]} » : sans jour de commission, {_HANDED[field]}"
        f" (ex. « {_shown(examples[field])} ») ({count} {_cells(count)})."
        for field, count in counts.items()
    )
    return understanding._replace(told=(*understanding.told, *told))


def _looked_at(field: str) -> bool:
    """Whether each text of a column counts: for the others, signs alone do."""
    seen = (FULL_NAME, NUMBER, ADDRESS, "dossier", "nom", "menage", *_DAY_OF)
    return field in seen or _type(field) in _DATED


_DATED = (DATE, BIRTH, MOMENT)
_DAY_OF: Final = {
    "orientation": "date_orientation", "statut": "date_statut", "decision_ofii": "date_decision",
}  # fmt: skip
"""The day of a fact, which teams write under the name of the fact itself."""
_DONE = frozenset({"oui", "o", "x", "ok", "vrai", "true", "fait", "faite", "signé", "signée", "1"})


def _type(column: str) -> FieldType:
    """The type of a column's field; a wide table says a situation thrice, and each right."""
    column = OF_A_RIGHT[column][0] if column in OF_A_RIGHT else column
    field = FIELDS.get(column) or FIELDS.get(column.rpartition("_")[0])
    return field.type if field else TEXT


Rewrite = Callable[[str], str]


class _Columns:
    """The reading of a file's columns, made one after the other."""

    def __init__(
        self,
        columns: Sequence[str | None],
        headings: Sequence[str],
        reading: Reading,
        order: str | None,
        enrols: bool,
        values: Values,
        blank: Blank,
    ) -> None:
        self._values, self._blank = values, blank
        self._mapped: list[str] = []
        self._width = len(columns)
        self._columns = list(columns)
        self._headings = headings
        self._reading = reading
        self._order = order
        self._enrols = enrols
        self._given = {field for field in columns if field}
        self._steps: list[tuple[int, tuple[str, ...], Callable[[str], Sequence[str]]]] = []
        self._names: int | None = None
        self._places = {f: n for n, f in enumerate(columns) if f and f not in BY_CONTENT}
        self._told: list[str] = []
        self._cautions: list[str] = []
        self._unread: list[str] = []
        self._unkept: list[str] = []

    def column(self, place: int, texts: Counter[str], erasers: Sequence[str]) -> None:
        """Settle how a column is read: first by what somebody says of its values."""
        if place not in self._values:
            self._column(place, texts, erasers)
            return
        steps = len(self._steps)
        self._column(place, self._translated(place, texts), erasers)
        if len(self._steps) == steps:
            self._replace(place, self._columns[place], frozenset(), None)

    def _translated(self, place: int, texts: Counter[str]) -> Counter[str]:
        meant, counts = Counter[str](), Counter[str]()
        for text, count in texts.items():
            key = value_key(text)
            counts[key] += count
            meant[self._values[place].get(key, text)] += count
        heading = self._headings[place]
        self._mapped += [
            f"« {heading} » : « {key} » lu « {text} » ({counts[key]} {_cells(counts[key])})"
            for key, text in self._values[place].items()
        ]
        return Counter({text: count for text, count in meant.items() if text.strip()})

    def _said(self, place: int, text: str) -> str:
        values = self._values.get(place)
        return values.get(value_key(text), text) if values else text

    def _column(self, place: int, texts: Counter[str], erasers: Sequence[str]) -> None:
        field = self._columns[place] or ""
        if field == NOT_KEPT:
            self._columns[place] = None
            self._unkept.append(self._headings[place])
            return
        signs = {t: n for t, n in texts.items() if self._is_nothing(field, t, erasers)}
        for sign in signs:
            del texts[sign]
        if field == FULL_NAME or (field == "nom" and self._full_names(place, texts)):
            self._part(place, texts, signs)
            return
        rewrite = self._meaning(place, field, texts)
        if signs:
            self._say(place, f"{_listed(signs)} : rien n'y est lu", sum(signs.values()))
            self._replace(place, self._columns[place], frozenset(signs), rewrite)
        elif rewrite is not None:
            self._replace(place, self._columns[place], frozenset(), rewrite)

    def understanding(self) -> Understanding:
        columns: list[str | None] = list(self._columns)
        for place, fields, _ in self._steps:
            columns[place] = None
            columns += fields
            self._places.update(dict.fromkeys(fields, place))
        return Understanding(
            tuple(columns), self._places, tuple(self._told), tuple(self._cautions),
            tuple(self._unread), tuple(self._unkept),
            self._read if self._steps else lambda cells: cells, tuple(self._mapped),
        )  # fmt: skip

    def _read(self, cells: list[str]) -> list[str] | Finding:
        if self._names is not None and not self._parts(cells[self._names]):
            text = _shown(cells[self._names])
            return finding("nom_a_partager", field="nom", valeur=text)
        said = self._said
        more = [text for place, _, step in self._steps for text in step(said(place, cells[place]))]
        return [*cells[: self._width], *more]

    def _say(self, place: int, what: str, count: int) -> None:
        self._told.append(f"« {self._headings[place]} » : {what} ({count} {_cells(count)}).")

    def _replace(
        self, place: int, field: str | None, nothing: frozenset[str], rewrite: Rewrite | None
    ) -> None:
        def step(text: str) -> Sequence[str]:
            if text in nothing:
                return ("",)
            return (rewrite(text) if rewrite and text.strip() else text,)

        if field is not None:
            self._steps.append((place, (field,), step))

    # --- what stands for nothing ------------------------------------------------------------

    def _is_nothing(self, field: str, text: str, erasers: Sequence[str]) -> bool:
        if field == "statut" and bare(text).upper() == "BPI":
            return True  # which protection is not said
        if text not in self._blank.every or as_sign(text) in erasers:
            return False
        if field in NAMES or field == FULL_NAME:
            return text.strip().casefold() not in self._blank.named
        if _type(field) is TEXT:
            return True
        try:
            _type(field).read(bare(text), self._reading)
        except Malformed:
            return True
        return field in ("dossier", "rejoint")

    # --- dates, numbers, addresses ----------------------------------------------------------

    def _meaning(self, place: int, field: str, texts: Counter[str]) -> Rewrite | None:
        if not texts:
            if field == ADDRESS:  # a field too: empty, it says nothing
                self._columns[place] = None
            elif field in BY_CONTENT:
                self._leave(place)
            return None
        if field in ("dossier", NUMBER):
            self._number(place, field, texts)
            return None
        if field == ADDRESS:
            self._address(place, texts)
            return None
        if field == "menage":
            self._household(place, texts)
            return None
        day = _DAY_OF.get(field)
        if day is not None and day not in self._given and self._are_dates(day, texts):
            self._rename(place, day)
            told = f"des dates, lues comme « {FIELDS[day].label} » (ex. « {_first(texts)} »)"
            self._say(place, told, sum(texts.values()))
            return self._dates(place, day, texts)
        if _type(field) in _DATED:
            return self._dates(place, field, texts)
        return None

    def _are_dates(self, field: str, texts: Iterable[str]) -> bool:
        return all(_is_day_number(t) or self._value(field, bare(t)) for t in texts)

    def _rename(self, place: int, field: str) -> None:
        self._places.pop(self._columns[place] or "", None)
        self._given.add(field)
        self._places[field] = place
        self._columns[place] = field

    def _household(self, place: int, texts: Counter[str]) -> None:
        """Leave a column that describes the household in words: « isolé », « couple »."""
        if not any(char.isdigit() for text in texts for char in text):
            self._drop(place, f"aucun code de ménage (ex. « {_first(texts)} »)", texts)

    def _drop(self, place: int, why: str, texts: Counter[str]) -> None:
        self._places.pop(self._columns[place] or "", None)
        self._columns[place] = None
        self._say(place, f"{why}, colonne laissée de côté", sum(texts.values()))

    def _dates(self, place: int, field: str, texts: Counter[str]) -> Rewrite | None:
        if all(text.strip().casefold() in _DONE for text in texts):
            self._drop(place, f"aucun jour n'y est dit (ex. « {_first(texts)} »)", texts)
            return None
        if all(_is_day_number(text) for text in texts):
            example = next(iter(texts))
            what = f"des nombres d'Excel, lus comme des jours (ex. « {_shown(example)} » : "
            shown = _type(field).show(self._value(field, _day_of(example)))
            self._say(place, f"{what}{shown})", sum(texts.values()))
            return _day_of
        type_, today = _type(field), self._reading.today
        short = {t: n for t, n in texts.items() if short_year(type_, bare(t), today)}
        if short:
            example = next(iter(short))
            which = "au passé" if type_ is BIRTH else "dans ce siècle"
            what = f"années à deux chiffres, lues {which} (ex. « {_shown(example)} » : "
            shown = type_.show(self._value(field, bare(example))) or "impossible"
            self._say(place, f"{what}{shown})", sum(short.values()))
        self._exchanged(place, texts)
        if type_ is BIRTH:
            return self._born_at(place, texts)
        return None

    def _born_at(self, place: int, texts: Counter[str]) -> Rewrite | None:
        """Leave the place of a birth that is written after its day: « 07/03/1996 à Kayes »."""
        days: dict[str, str] = {}
        for text in texts:
            parts = re.split(r"\s+(?:à|a|-)\s+|\s*[,(]\s*", bare(text), maxsplit=1)
            if len(parts) > 1 and self._value("date_naissance", bare(text)) is None:
                days[text] = parts[0]
        if not days or not self._are_dates("date_naissance", days.values()):
            return None
        self._say(
            place, f"le lieu de naissance est laissé de côté (ex. « {_first(days)} »)",
            sum(texts[text] for text in days),
        )  # fmt: skip
        return lambda text: days.get(text, text)

    def _value(self, field: str, text: str) -> object:
        try:
            return _type(field).read(text, self._reading)
        except Malformed:
            return None

    def _exchanged(self, place: int, texts: Counter[str]) -> None:
        """Look whether a spreadsheet took the month for the day wherever it could."""
        real = [int(found[1]) for t in texts if (found := re.match(r"\d{4}-\d\d-(\d\d)\b", t))]
        typed = [int(found[1]) for t in texts if (found := re.match(r"\s*(\d\d?)[/.-]\d", t))]
        if real and typed and len(real) + len(typed) > 2 and max(real) <= 12 < min(typed):
            self._cautions.append(
                f"« {self._headings[place]} » : toutes les vraies dates ont un jour de 1 à 12, et"
                " tous les textes un jour au-delà : le tableur a pu prendre le mois pour le jour ;"
                " vérifiez-en quelques-unes sur les titres."
            )

    def _number(self, place: int, field: str, texts: Counter[str]) -> None:
        """Tell whether a column of numbers holds the AGDREF number, a reference, or neither."""
        numbers = {t: n for t, n in texts.items() if _is_agdref(t, self._reading)}
        references = [text for text in texts if looks_like_reference(bare(text))]
        example = _first(numbers or texts)
        if not (self._enrols and {"nom", "prenoms", FULL_NAME} & self._given):
            if field == NUMBER:
                self._leave(place)
            return  # rows about dossiers, not persons
        if len(numbers) == len(texts) and "agdref" not in self._given:
            self._rename(place, "agdref")
            told = f"des numéros de 9 ou 10 chiffres, lus comme le n° AGDREF (ex. « {example} »)"
            self._say(place, told, sum(numbers.values()))
        elif field == NUMBER:
            self._leave(place)
        elif not references and not numbers:
            self._drop(place, f"ni référence d'agir ni n° AGDREF (ex. « {example} »)", texts)

    def _leave(self, place: int) -> None:
        if self._columns[place] in BY_CONTENT:
            self._unread.append(self._headings[place])
        self._columns[place] = None

    def _address(self, place: int, texts: Counter[str]) -> None:
        """Read a town in each address, unless a column says it; keep where mail arrives."""
        known = "commune_residence" in self._given
        towns = {text: self._town(text) for text in texts}
        # A street has a number; « Nantes (44000) » is a town alone.
        streets = [t for t in texts if t.strip() != towns[t] and (known or re.search(_STREET, t))]
        mail = dict(zip(streets, streets, strict=True))
        towns = {} if known else towns
        kept = [text for text, town in towns.items() if town]
        fields = (*([ADDRESS] if mail else []), *(["commune_residence"] if kept else []))
        if not fields:
            self._leave(place)
            return
        if kept:
            told = f"la commune y est lue (ex. « {_shown(kept[0])} » : {towns[kept[0]]})"
            lost = sum(n for text, n in texts.items() if not towns[text])
            if lost:
                told += f" ; {lost} sans commune lisible, laissée{'s' * (lost > 1)} de côté"
            self._say(place, told, sum(texts[text] for text in kept))
        self._given.update(fields)
        self._columns[place] = None
        read = [each for each, some in ((mail, mail), (towns, kept)) if some]
        self._steps.append((place, fields, lambda text: [each.get(text, "") for each in read]))

    def _town(self, text: str) -> str:
        """The town that ends an address: « 12 rue X, 44600 Saint-Nazaire », « Nantes »."""
        whole = " ".join(bare(text).split())
        if re.fullmatch(r"[^\d,;]*\b\d{2} ?\d{3}\b[^\d,;]*", whole):  # « Nantes (44000) »
            return whole if self._value("commune_residence", whole) is not None else ""
        coded = re.search(r"\b(\d{2} ?\d{3})\b[ ,-]*([^\d,;]*)$", whole)
        last = re.split(r"[,;/]|\s-\s", whole)[-1].strip()
        town = f"{coded[1]} {coded[2]}".strip() if coded else last
        if not town or (not coded and any(map(str.isdigit, town))):
            return ""  # « 12 rue X » is no town of the department 12
        return town if self._value("commune_residence", town) is not None else ""

    # --- one column of names ----------------------------------------------------------------

    def _full_names(self, place: int, texts: Counter[str]) -> bool:
        """Whether a column « Nom » without one of first names holds both, as its capitals say.

        A program's own column `nom` holds what its name says.
        """
        apart = {"prenoms", "nom_usage", FULL_NAME} & self._given
        if apart or self._headings[place] == "nom":
            return False
        return any(len(text.split()) > 1 and parted(text) for text in texts)

    def _parts(self, text: str) -> tuple[str, str] | None:
        return parted(text, self._order) if text.strip() else ("", "")

    def _part(self, place: int, texts: Counter[str], signs: Mapping[str, int]) -> None:
        if {"nom", "prenoms"} & (self._given if self._columns[place] == FULL_NAME else set()):
            self._leave(place)
            return
        parts = {text: self._parts(text) for text in texts}
        good = [text for text, both in parts.items() if both and all(both)]
        if good:
            name, first = parts[good[0]] or ("", "")
            told = "les mots en capitales sont le nom, les autres les prénoms"
            told += f" ; ailleurs {self._order} (--name-order)" if self._order else ""
            told += f" (ex. « {_shown(good[0])} » : nom {name}, prénoms {first})"
            self._say(place, told, sum(texts[text] for text in good))
        doubtful = [text for text, both in parts.items() if both is None]
        if doubtful and self._columns[place] == FULL_NAME:
            self._cautions.append(
                f"« {self._headings[place]} » : rien n'y dit où finit le nom"
                f" (ex. « {_shown(doubtful[0])} »)."
                " Si l'un vient toujours d'abord : --name-order nom-prenoms, ou prenoms-nom."
            )
        nothing = frozenset(signs)
        whole = self._columns[place] == "nom"  # a name that nothing parts stays whole there

        def step(text: str) -> Sequence[str]:
            kept = "" if text in nothing else text
            return self._parts(kept) or ((kept, "") if whole else ("", ""))

        if not whole:
            self._names = place
        self._steps.append((place, ("nom", "prenoms"), step))


_HANDED: Final = {
    "priorites": "la priorité est lue comme celle du diagnostic",
    "referent": "le référent est désigné à un jour entre l'étape d'avant et la suivante",
}


def _first(texts: Iterable[str]) -> str:
    return _shown(next(iter(texts)))


def _shown(text: str) -> str:
    return " ".join(bare(text).split())[:60]


def _cells(count: int) -> str:
    return "cellule" if count == 1 else "cellules"


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(f"« {text} »" for text in dict.fromkeys(map(str.strip, texts)))


def _is_agdref(text: str, reading: Reading) -> bool:
    try:
        return looks_like_agdref(AGDREF.read(bare(text), reading))
    except Malformed:
        return False


def _is_day_number(text: str) -> bool:
    return re.fullmatch(r"\s*\d{5}(?:[.,]\d+)?\s*", text) is not None and (
        10_000 <= int(text.strip()[:5]) <= 60_000
    )


def _day_of(text: str) -> str:
    """The day, and the hour where there is one, that a spreadsheet counts so."""
    days = float(text.strip().replace(",", "."))
    moment = datetime.combine(SHEET_ZERO, time()) + timedelta(minutes=round(days * 1440))
    return f"{moment:%Y-%m-%d %H:%M}" if days % 1 else f"{moment:%Y-%m-%d}"
