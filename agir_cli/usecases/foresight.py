"""Deciding the row of a new person before its turn, as if nobody else were in the file.

Most rows of a first load are such rows. What is decided so is pure: it waits for no other row, so
several processes may do it (`crew`); on its turn the row is only numbered and written, if nobody
has its number or its name by then. Else it is decided again, like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from agir_cli.domain.commands import Enroll
from agir_cli.domain.decisions.admission import Opening, department_for, open_dossier
from agir_cli.domain.decisions.common import Accepted, Context
from agir_cli.domain.identity import looks_like_reference, name_key
from agir_cli.domain.reading import RowReader
from agir_cli.domain.reasons import Finding
from agir_cli.domain.rules import Rulebook
from agir_cli.store import pages

_BLANK = ""


class Setting(NamedTuple):
    """What deciding needs beside the rows: what the file's columns are, the day, the rules."""

    columns: Sequence[str | None]
    eraser: str | None
    department: str | None
    today: date
    rulebook: Rulebook


class Foreseen(NamedTuple):
    """A new person's dossier, all but its numbers; what it writes stands on the chunk's page."""

    place: int
    """Among the openings of the page."""
    key: str
    """That of the name, which nobody else may have."""
    number: str | None
    """The AGDREF number, which nobody else may have."""
    department: str
    warnings: tuple[Finding, ...]


class Foresight(NamedTuple):
    """What was foreseen of a chunk: of each row, or nothing; and the page of the openings."""

    rows: list[Foreseen | None]
    page: pages.Page


class Foreseer:
    """Decides rows of `agir enroll` that ask nothing of the file."""

    def __init__(self, setting: Setting, reader: RowReader) -> None:
        self._reader = reader
        self._context = Context(setting.today, setting.rulebook)
        self._department = setting.department

    def foresee(self, chunk: Iterable[Sequence[str] | None]) -> Foresight:
        """What each row (its cells; none where it cannot be read) comes to, as far as foreseen."""
        openings: list[pages.Opening] = []
        rows = [self._row(cells, openings) if cells else None for cells in chunk]
        return Foresight(rows, pages.page(openings, self._context.rulebook))

    def _row(self, cells: Sequence[str], openings: list[pages.Opening]) -> Foreseen | None:
        command = self._reader.read(cells)
        if not isinstance(command, Enroll) or _asks(command):
            return None
        department = department_for(command, self._department)
        if department is None:
            return None
        opening = Opening(_BLANK, _BLANK, _BLANK, command.menage)
        decision = open_dossier(command, opening, department, self._context)
        if not isinstance(decision, Accepted) or decision.after is None:
            return None
        place, key = len(openings), name_key(command.nom, command.prenoms)
        openings.append(pages.Opening(key, command, decision.drafts, decision.after))
        return Foreseen(place, key, command.agdref, department, decision.warnings)


def _asks(command: Enroll) -> bool:
    """Whether the row names somebody of the file, whom only its turn can find."""
    named = command.menage is not None and looks_like_reference(command.menage)
    return named or command.dossier is not None or command.rejoint is not None


def told_of(foreseen: Foreseen, reference: str) -> tuple[Finding, ...]:
    """The warnings, once the dossier has its reference."""
    return tuple(
        found._replace(values={**found.values, "dossier": reference})
        if found.values.get("dossier") == _BLANK
        else found
        for found in foreseen.warnings
    )
