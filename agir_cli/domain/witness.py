"""Whom a row describes beside the dossier that it names: nothing to do, something to check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agir_cli.domain.commands import Command, field_names
from agir_cli.domain.dates import PartialDate
from agir_cli.domain.reading import RowReader
from agir_cli.domain.values import Reading


@dataclass(frozen=True, kw_only=True)
class Identity(Command):
    """The person of a row, as far as its cells can be read."""

    agdref: str | None = None
    nom: str | None = None
    prenoms: str | None = None
    date_naissance: PartialDate | None = None


WITNESSES = field_names(Identity)


class WitnessReader:
    """Reads the person of each row; a cell that cannot be read tells nothing, and refuses nothing.

    ``columns`` names each cell. What the command reads itself is no witness: its own fields, and
    the AGDREF number where it stands for the dossier.
    """

    def __init__(
        self, command: type[Command], columns: Sequence[str | None], reading: Reading
    ) -> None:
        own = {*field_names(command), *(() if "dossier" in columns else ("agdref",))}
        self._readers = [
            RowReader(Identity, [name if name == each else None for name in columns], reading)
            for each in WITNESSES
            if each in columns and each not in own
        ]

    def read(self, cells: Sequence[str]) -> Identity | None:
        """The person, or ``None`` where the row describes nobody."""
        values: dict[str, Any] = {}
        for reader in self._readers:
            found = reader.read(cells)
            if isinstance(found, Identity):
                values |= vars(found)
        return Identity.saying(values) if values else None
