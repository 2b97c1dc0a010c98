"""What is heard of a sheet's XML as it passes: errors, formulas without a result, hidden rows.

The listeners of ``error_cells``, one a format. Sources: ECMA-376 (.xlsx), OpenDocument 1.3 (.ods).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from agir_cli.domain.reading import is_sheet_error
from agir_cli.exchange.archives import column_at

if TYPE_CHECKING:
    from pyexpat import XMLParserType

OTHER: Final = "#ERREUR!"
# What a formula without a stored result is called here, before it is OTHER.
UNSAVED: Final = ""

# First row and column, last row and column, all 0-based: as python-calamine gives them.
Corners = tuple[tuple[int, int], tuple[int, int]]

_DIGITS: Final = "0123456789"
_TEXTS: Final = frozenset(["str", "inlineStr"])
_VALUES: Final = tuple(
    f"office:{kind}value" for kind in ("", "string-", "date-", "time-", "boolean-")
)


class Place(NamedTuple):
    """Where to look: a sheet by its rank (0-based), its last row (1-based), columns (0-based)."""

    rank: int
    last: int
    columns: frozenset[int]


class Untold(NamedTuple):
    """What calamine leaves unsaid. Rows are 1-based, columns 0-based.

    ``errors``: by row, then column, the text to put in the cell. ``unsaved``: the cells whose
    formula has no stored result (their text is ``#ERREUR!`` too). ``hidden``: the rows that are
    not shown. ``merged``: the merged ranges of an .ods.
    """

    errors: dict[int, dict[int, str]]
    unsaved: list[tuple[int, int]]
    hidden: set[int]
    merged: list[Corners]


class Xlsx:
    """Cells of type ``e``, and formulas without a value; a cell without its reference follows the
    one before it.

    Ends and texts are heard inside such cells only: every event costs a call.
    """

    def __init__(self, place: Place) -> None:
        self.heard: list[tuple[int, int, str]] = []
        self._columns = place.columns
        self._line = 0
        self._column = -1
        self._kind = ""
        self._text: list[str] = []
        self._in_value = self._formula = False

    def listen(self, parser: XMLParserType) -> None:
        self._parser = parser
        parser.StartElementHandler = self._start

    def _start(self, tag: str, has: dict[str, str]) -> None:
        name = tag if len(tag) == 1 else tag.rpartition(":")[2]
        if name == "c":
            self._column = column_at(has["r"].rstrip(_DIGITS)) if "r" in has else self._column + 1
            self._kind = has.get("t", "n")
            if self._kind == "e":
                self._listen_inside(formula=False)
        elif name == "row":
            self._line = int(has["r"]) if "r" in has else self._line + 1
            self._column = -1
        elif name == "f":
            if self._kind not in _TEXTS:
                self._listen_inside(formula=True)
        else:
            self._in_value = name == "v"

    def _listen_inside(self, *, formula: bool) -> None:
        self._formula, self._in_value = formula, False
        if self._column in self._columns:
            self._text.clear()
            self._parser.EndElementHandler = self._end
            self._parser.CharacterDataHandler = self._data

    def _end(self, tag: str) -> None:
        self._in_value = False
        if tag.rpartition(":")[2] == "c":
            # calamine reads a cell of type e that holds nothing as an empty one
            text = "".join(self._text).strip()
            if (text and self._kind == "e") or (not text and self._formula):
                self.heard.append((self._line, self._column, text or UNSAVED))
            self._parser.EndElementHandler = self._parser.CharacterDataHandler = None

    def _data(self, text: str) -> None:
        if self._in_value:
            self._text.append(text)


class Ods:
    """Cells that say they are errors, formulas whose text is one (older programs write 0) or that
    have no result at all; hidden rows and merged ranges go straight into ``told``.
    """

    def __init__(self, place: Place, told: Untold) -> None:
        self.heard: list[tuple[int, int, str]] = []
        self._place = place
        self._untold = told
        self._rank, self._inside = -1, False
        self._path: list[str] = []
        self._line, self._column = 0, 0
        self._rows, self._cells = 1, 1
        self._formula = self._told = self._valued = False
        self._text: list[str] = []

    def listen(self, parser: XMLParserType) -> None:
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data

    def _start(self, tag: str, has: dict[str, str]) -> None:
        self._path.append(tag)
        if tag == "table:table":
            self._rank += self._path[-2:-1] == ["office:spreadsheet"]
            self._inside = self._rank == self._place.rank
        elif not self._inside:
            return
        elif tag == "text:p":
            self._valued = True  # LibreOffice writes an empty text so, without a type
        elif tag == "table:table-row":
            self._rows = int(has.get("table:number-rows-repeated", 1))
            self._column = 0
            if has.get("table:visibility", "visible") != "visible":
                last = min(self._line + self._rows, self._place.last)
                self._untold.hidden.update(range(self._line + 1, last + 1))
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self._cells = int(has.get("table:number-columns-repeated", 1))
            self._told = has.get("calcext:value-type") == "error"
            self._formula = "table:formula" in has
            self._valued = not has.keys().isdisjoint(_VALUES) or (
                has.get("office:value-type") == "string"
            )
            self._text.clear()
            self._note_range(has)

    def _end(self, tag: str) -> None:
        self._path.pop()
        if tag == "table:table":
            self._inside = False
        elif not self._inside:
            return
        elif tag == "table:table-row":
            self._line += self._rows
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            error = "".join(self._text).strip()
            if self._told or (self._formula and is_sheet_error(error)):
                self._tell(error or OTHER)
            elif self._formula and not self._valued:
                self._tell(UNSAVED)
            self._column += self._cells

    def _data(self, text: str) -> None:
        # Not the text of a comment, which stands deeper.
        if self._inside and self._path[-2:-1] == ["table:table-cell"]:
            self._text.append(text)

    def _note_range(self, has: dict[str, str]) -> None:
        down = int(has.get("table:number-rows-spanned", 1)) - 1
        across = int(has.get("table:number-columns-spanned", 1)) - 1
        if down > 0:
            top, left = self._line, self._column
            self._untold.merged.append(((top, left), (top + down, left + across)))

    def _tell(self, error: str) -> None:
        last = min(self._line + self._rows, self._place.last)
        columns = range(self._column, self._column + self._cells)
        touched = sorted(self._place.columns.intersection(columns))
        self.heard += ((line + 1, at, error) for line in range(self._line, last) for at in touched)
