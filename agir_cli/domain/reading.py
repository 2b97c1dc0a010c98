"""From texts to a command: every cell read, every fault of the row collected.

One path for both doors: options of the command line and cells of a file are both texts here.
Only a file's cells are forgiven something first (`mended`), and only a file's row describes a
person beside the dossier that it names (`PersonReader`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from agir_cli.domain.characters import as_sign, bare
from agir_cli.domain.commands import ERASED, LEFT_OUT, Command, Enroll, field_names, required_names
from agir_cli.domain.dates import PartialDate
from agir_cli.domain.events import NOTHING
from agir_cli.domain.fields import FIELDS
from agir_cli.domain.identity import NAMES
from agir_cli.domain.person_values import holds_a_digit, whole_again
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.values import Malformed, NoValue, Reading
from agir_cli.domain.vocabulary import Code, HousingDetail, in_sentence, read_code

_PLACES = {"commune_domicile": "code_postal_domicile", "commune_residence": "code_postal_residence"}
_WHO = frozenset({"nom", "prenoms", "dossier"})
_REMEMBERED = 20_000
"""How many texts of a column are read once only: codes, days and communes come back in every row
(otherwise reading and deciding take a quarter longer)."""
_UNIQUE = frozenset({"agdref", "telephone", "courriel", "nom", "prenoms", "dossier", "etape"})
"""The fields whose texts hardly ever come back."""

# What a spreadsheet takes for quantities, and shortens: no digit of an identifier comes back.
_IDENTIFIERS = frozenset({"agdref", "code_postal_domicile", "code_postal_residence", "telephone"})


class _Column(NamedTuple):
    place: int
    name: str
    said: str
    """The field of the file's column, where an AGDREF number stands for the dossier."""
    read: Callable[[str, Reading], Any]
    hints: tuple[int, ...]
    """Where the cells stand that say which place is meant: the department, the postal code."""
    known: dict[Any, Any]
    """The value of each text read so far, beside the cells that are its hints."""
    remembered: int
    """How many of them to keep at most."""


class RowReader:
    """Reads the rows of one command: `read` gives a command, or every fault of the row."""

    def __init__(
        self,
        command: type[Command],
        columns: Sequence[str | None],
        reading: Reading,
        erasers: Sequence[str] = (),
        usual: Mapping[str, Any] = NOTHING,
    ) -> None:
        """``erasers``: cells that empty a field (at enrolment alone; blank says nothing).

        ``usual``: the values of a row that does not tell its own.
        """
        self._usual = usual
        names = frozenset(field_names(command))
        self._command = command
        self._reading = reading
        # Everywhere but at enrolment, the AGDREF number may stand for the dossier.
        meant = [_alias(name, command, columns) for name in columns]
        self._places = {n: place for place, n in enumerate(meant) if n is not None and n in names}
        self._columns = [
            self._column(name, columns[place] or "", place) for name, place in self._places.items()
        ]
        self._housing = next((c for c in self._columns if c.name == "situation_logement"), None)
        self._details: dict[str, Code | None] = {}
        self._names = {column.said: column.name for column in self._columns}
        self._erasers = frozenset(map(as_sign, erasers)) - {""}
        self._required = required_names(command)
        self._enrols = command is Enroll

    def _keep_detail(self, text: str, values: dict[str, Any]) -> None:
        """Keep the finer code that the word of a situation is: « HUDA » says more than DNA."""
        if text not in self._details:
            self._details[text] = read_code(HousingDetail, text, self._reading.words)
        detail = self._details[text]
        if detail is not None:
            values.setdefault("detail_logement", detail)

    def _column(self, name: str, said: str, place: int) -> _Column:
        hinting = ("departement", _PLACES[name]) if name in _PLACES else ()
        hints = tuple(self._places[n] for n in hinting if n in self._places)
        remembered = 0 if name in _UNIQUE else _REMEMBERED
        return _Column(place, name, said, FIELDS[name].type.read, hints, {}, remembered)

    def read(self, cells: Sequence[str]) -> Command | list[Finding]:
        """Read a row: its command, or all its faults; a blank cell gives nothing."""
        values: dict[str, Any] = {**self._usual}
        faults: list[Finding] = []
        for column in self._columns:
            text = cells[column.place]
            if not text:
                continue
            if self._erasers and as_sign(text) in self._erasers:
                values[ERASED] = (*values.get(ERASED, ()), column.name)
                continue
            key = (text, *[cells[hint] for hint in column.hints]) if column.hints else text
            value = column.known.get(key)
            if value is None:
                value = self._read_cell(column, bare(text), cells, faults, values)
                if value is None:
                    continue
                if len(column.known) < column.remembered:
                    column.known[key] = value
            values[column.name] = value
        if self._housing is not None and "situation_logement" in values:
            self._keep_detail(bare(cells[self._housing.place]), values)
        if not self._enrols:
            values.pop(ERASED, None)
        absent = self._absent(values)
        if absent or faults:
            return faults + _missing(absent, frozenset(self._names[f.field] for f in faults))
        return self._command(**values)

    def _read_cell(
        self,
        column: _Column,
        text: str,
        cells: Sequence[str],
        faults: list[Finding],
        values: dict[str, Any],
    ) -> Any | None:
        if not text:
            return None
        try:
            if text[0] in "#Ee":
                _refuse_sheet_error(text)
            if column.said in _IDENTIFIERS and not text.isdigit():
                _refuse_lost_digits(text)
            hinted = self._hinted(column.name, cells) if column.hints else self._reading
            return column.read(text, hinted)
        except Malformed as fault:
            if self._enrols and isinstance(fault, NoValue):
                values[LEFT_OUT] = (*values.get(LEFT_OUT, ()), column.name)
            else:
                faults.append(_malformed(column.said, text, fault))
            return None

    def _absent(self, values: Mapping[str, Any]) -> list[str]:
        absent = [name for name in self._required if name not in values]
        if self._enrols and _WHO.isdisjoint(values):
            absent.append("nom")
        return absent

    def _hinted(self, name: str, cells: Sequence[str]) -> Reading:
        postal = self._cell(_PLACES[name], cells)
        department = self._cell("departement", cells) or self._reading.department
        return self._reading._replace(department=department, postal=postal)

    def _cell(self, name: str, cells: Sequence[str]) -> str | None:
        place = self._places.get(name)
        return bare(cells[place]) or None if place is not None else None


def _missing(absent: Sequence[str], told: frozenset[str]) -> list[Finding]:
    """Findings for required fields that are absent and have no fault of their own."""
    return [
        finding("obligatoire", field=n, label=in_sentence(FIELDS[n].label), option=FIELDS[n].option)
        for n in absent
        if n not in told and not (n == "nom" and _WHO & told)
    ]


# Patterns stay text: `re` compiles them when a cell first wants it, and start-up pays nothing.
_SHEET_ERROR = (
    r"(?i)#(?:n/[ad]|div/0|ref|value|valeur|name|nom|num|nombre|null?|calc|spill|propagation"
    r"|erreur)\s?[!?]?|err\s?:\s?\d+|##+"
)


def is_sheet_error(text: str) -> bool:
    """Whether a spreadsheet shows this for a broken formula: `#N/A`, `#VALEUR !`, `Err:508`."""
    return re.fullmatch(_SHEET_ERROR, text) is not None


def _refuse_sheet_error(text: str) -> None:
    """Refuse a broken formula, which a CSV holds as words: `#N/A` is nobody's name."""
    if is_sheet_error(text):
        wrong = f"« {text[:20]} » est une erreur du tableur, pas une valeur"
        raise Malformed(wrong, "la valeur elle-même, ou une case vide")


def _refuse_lost_digits(text: str) -> None:
    if re.fullmatch(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+", text):
        raise Malformed(
            f"« {text} » est en notation scientifique : le tableur a perdu des chiffres ; "
            "mettez la colonne au format Texte et saisissez de nouveau le numéro"
        )


def _malformed(name: str, text: str, fault: Malformed) -> Finding:
    field = FIELDS[name]
    return finding(
        "ambigu" if fault.ambiguous else "illisible",
        field=name, label=field.label, faute=fault.wrong,
        attendu=fault.expected or field.type.expected, valeur=text,
    )  # fmt: skip


def _alias(name: str | None, command: type[Command], columns: Sequence[str | None]) -> str | None:
    if name == "agdref" and name not in field_names(command) and "dossier" not in columns:
        return "dossier"
    return name


def read_values(
    command: type[Command], given: Mapping[str, str | None], reading: Reading
) -> Command | list[Finding]:
    """Read one command from its options, as texts."""
    names = [name for name, text in given.items() if text is not None]
    return RowReader(command, names, reading).read([given[name] or "" for name in names])


# --- the person that a row describes -----------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedPerson(Command):
    """The person of a row, as far as its cells can be read."""

    agdref: str | None = None
    nom: str | None = None
    prenoms: str | None = None
    date_naissance: PartialDate | None = None


PERSON_COLUMNS = field_names(DescribedPerson)


class PersonReader:
    """Reads the person that a row describes beside its dossier; unreadable cells are ignored.

    ``columns`` names each cell. What the command reads itself is no witness: its own fields, and
    the AGDREF number where it stands for the dossier.
    """

    def __init__(
        self, command: type[Command], columns: Sequence[str | None], reading: Reading
    ) -> None:
        own = {*field_names(command), *(() if "dossier" in columns else ("agdref",))}
        self._readers = [
            RowReader(
                DescribedPerson, [name if name == each else None for name in columns], reading
            )
            for each in PERSON_COLUMNS
            if each in columns and each not in own
        ]

    def read(self, cells: Sequence[str]) -> DescribedPerson | None:
        """The person described, or ``None``."""
        values: dict[str, Any] = {}
        for reader in self._readers:
            found = reader.read(cells)
            if isinstance(found, DescribedPerson):
                values |= found.given
        return DescribedPerson(**values) if values else None


# --- what a cell of a file is forgiven ---------------------------------------------------


MENDED = frozenset({*NAMES, "agdref", "telephone", "code_postal_domicile", "code_postal_residence"})
"""The fields whose cells are mended, or noted."""


_SHORT = "9 chiffres, un zéro de tête a pu se perdre, vérifiez-le"


def mended(field: str, text: str) -> tuple[str, str]:
    """Mend a cell: the text to read instead, and a French note, or "".

    A lost leading zero comes back where the length proves it; a digit in a name is only told, and
    a number of nine digits, that may have lost a zero.
    """
    if field == "agdref":
        short = len(text) == 9 and text.isdigit()
        return text, _said(field, _SHORT) if short else ""
    if field in NAMES:
        told = "un chiffre y est écrit, vérifiez-le" if holds_a_digit(text) else ""
        return text, told and _said(field, told)
    whole = whole_again(field, text)
    return whole, _said(field, "zéro de tête rétabli") if whole != text else ""


def _said(field: str, what: str) -> str:
    return f"{FIELDS[field].label} : {what}."
