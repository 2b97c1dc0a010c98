"""From texts to a command: every cell read, every fault of the row collected.

One path for both doors: options of the command line and cells of a file are both texts here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agir_cli.domain.commands import ERASED, Command, Enroll, field_names, required_names
from agir_cli.domain.fields import FIELDS, in_sentence
from agir_cli.domain.reasons import Finding, finding
from agir_cli.domain.values import Malformed, Reading

_PLACES = {"commune_domicile": "code_postal_domicile", "commune_residence": "code_postal_residence"}
# Values that hardly repeat are not worth remembering.
_UNIQUE = frozenset({"agdref", "telephone", "courriel", "nom", "prenoms", "dossier", "etape"})
_REMEMBERED = 20_000
_WHO = frozenset({"nom", "prenoms", "dossier"})


class RowReader:
    """Reads the rows of one command: `read` gives a command, or every fault of the row."""

    def __init__(
        self,
        command: type[Command],
        columns: Sequence[str | None],
        reading: Reading,
        eraser: str | None = None,
    ) -> None:
        """``eraser``: the cell that empties a field (at enrolment alone; blank says nothing)."""
        names = frozenset(field_names(command))
        self._command = command
        self._reading = reading
        # Everywhere but at enrolment, the AGDREF number may stand for the dossier.
        columns = [_alias(name, command, columns) for name in columns]
        self._columns: list[tuple[int, str, dict[str, Any]]] = [
            (place, name, {})
            for place, name in enumerate(columns)
            if name is not None and name in names
        ]
        self._eraser = eraser
        self._required = required_names(command)
        self._places = {name: place for place, name, _ in self._columns}
        self._alone = frozenset(names - _UNIQUE - self._with_hints())

    def _with_hints(self) -> frozenset[str]:
        """The columns whose cells are read in the light of others of their row."""
        by_department = "departement" in self._places
        return frozenset(n for n, p in _PLACES.items() if by_department or p in self._places)

    def read(self, cells: Sequence[str]) -> Command | list[Finding]:
        """The command that these cells say; a blank cell says nothing."""
        values: dict[str, Any] = {}
        faults: list[Finding] = []
        erased: list[str] = []
        for place, name, known in self._columns:
            text = cells[place]
            if not text:
                continue
            if text == self._eraser:
                erased.append(name)
                continue
            value = known.get(text)
            if value is None:
                if text.isspace():
                    continue
                value = self._read_cell(name, text, cells, faults)
                if value is None:
                    continue
                if name in self._alone and len(known) < _REMEMBERED:
                    known[text] = value
            values[name] = value
        if erased and self._command is Enroll:
            values[ERASED] = tuple(erased)
        faults += self._missing(values, faults)
        return faults or self._command(**values)

    def _read_cell(
        self, name: str, text: str, cells: Sequence[str], faults: list[Finding]
    ) -> Any | None:
        field = FIELDS[name]
        hinted = name in _PLACES and name not in self._alone
        reading = self._hinted(name, cells) if hinted else self._reading
        try:
            return field.type.read(text.strip(), reading)
        except Malformed as fault:
            expected = fault.expected or field.type.expected
            faults.append(
                finding(
                    "ambigu" if fault.ambiguous else "illisible",
                    field=name, label=field.label, faute=fault.wrong, attendu=expected,
                    valeur=text,
                )
            )  # fmt: skip
            return None

    def _hinted(self, name: str, cells: Sequence[str]) -> Reading:
        postal = self._cell(_PLACES[name], cells)
        department = self._cell("departement", cells) or self._reading.department
        return self._reading._replace(department=department, postal=postal)

    def _cell(self, name: str, cells: Sequence[str]) -> str | None:
        place = self._places.get(name)
        return cells[place].strip() or None if place is not None else None

    def _missing(self, values: Mapping[str, Any], faults: Sequence[Finding]) -> list[Finding]:
        told = {fault.field for fault in faults}
        absent = [name for name in self._required if name not in values and name not in told]
        if self._command is Enroll and _WHO.isdisjoint(values) and _WHO.isdisjoint(told):
            absent.append("nom")
        return [
            finding(
                "obligatoire", field=n, label=in_sentence(FIELDS[n].label), option=FIELDS[n].option
            )
            for n in absent
        ]


def _alias(name: str | None, command: type[Command], columns: Sequence[str | None]) -> str | None:
    if name == "agdref" and name not in field_names(command) and "dossier" not in columns:
        return "dossier"
    return name


def read_values(
    command: type[Command], given: Mapping[str, str | None], reading: Reading
) -> Command | list[Finding]:
    """One command from its options, as texts."""
    names = [name for name, text in given.items() if text is not None]
    return RowReader(command, names, reading).read([given[name] or "" for name in names])
