"""Cells merged over several rows of a table: only the first row holds the value."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from agir_cli.exchange.archives import column_name
from agir_cli.exchange.sheet_events import Corners


class _Merge(NamedTuple):
    top: int
    bottom: int
    cell: str
    places: tuple[int, ...]


class Merges:
    """The merged cells that cover several rows below the header, in the columns that are read.

    ``ranges``: as calamine gives them. ``header``: the row of the headings (1-based). ``last``: the
    sheet's last row. ``first``: the column of the rows' first cell (0-based). ``places``: which
    cells of a row are read.
    """

    def __init__(
        self, ranges: Iterable[Corners], header: int, last: int, first: int, places: Collection[int]
    ) -> None:
        self._valued: dict[_Merge, bool] = {}
        self._at: dict[int, list[_Merge]] = {}
        for (top, left), (bottom, right) in ranges:
            inside = tuple(p for p in range(left - first, right - first + 1) if p in places)
            if top < bottom and header <= top and inside:
                cell = f"{column_name(left)}{top + 1}:{column_name(right)}{bottom + 1}"
                merge = _Merge(top + 1, bottom + 1, cell, inside)
                for line in range(merge.top, min(merge.bottom, last) + 1):
                    self._at.setdefault(line, []).append(merge)

    def fault(self, line: int, cells: Sequence[str]) -> str | None:
        """Why the row cannot be taken: a cell of it is covered by a merged one of a row above.

        Rows are to be shown from the first to the last. A row is refused whatever the column: a
        name that is not there makes another person, a date that is not there makes somebody late.
        """
        for merge in self._at.get(line, ()):
            bare = not any(cells[place].strip() for place in merge.places if place < len(cells))
            if line == merge.top:
                self._valued[merge] = not bare
            elif bare and self._valued.get(merge):
                return (
                    f"la cellule {merge.cell} est fusionnée sur les lignes {merge.top} à "
                    f"{merge.bottom}, et seule la ligne {merge.top} a sa valeur : défusionnez-la, "
                    "et recopiez la valeur sur chaque ligne"
                )
        return None
