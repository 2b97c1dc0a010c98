"""One row as read, and whether it can be taken: its width, its quotes, its characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from agir_cli.exchange.accents import damaged
from agir_cli.exchange.cells import unmark
from agir_cli.exchange.no_person import no_person

# Of many lines, the first are told.
_SHOWN: Final = 8
BREAK: Final = re.compile(r"\r\n|\r|\n")
# What DOS writes after the last row.
_END_OF_FILE: Final = "\x1a"
_UNREADABLE: Final = re.compile("[\0\udc80-\udcff]")
# « é » and its like in UTF-8, read as cp1252.
_TWICE: Final = re.compile(
    "[ÂÃÄÅØÙÚÛÐÑ][\x80-\xbf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6"
    "\u2030\u0160\u2039\u0152\u017d\u2018\u2019\u201c\u201d\u2022\u2013"
    "\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178\udc80-\udcff]"
)
_REOPEN: Final = (
    "rouvrez le fichier d'origine dans le bon encodage et enregistrez-le en CSV UTF-8, ou "
    "ressaisissez ces mots"
)

# Columns (0-based) of a table; ``None``: all.
Places = frozenset[int] | None


class Row(NamedTuple):
    """One row below the header.

    ``line``: the physical line its first character stands on (1-based), or the sheet's row.
    ``cells``: as many as the header has, formula marks removed, unless ``fault`` says otherwise.
    ``fault``: ``None``, or why the row cannot be read and what was expected (French).
    """

    line: int
    cells: list[str]
    fault: str | None


class Judge(NamedTuple):
    """What a row must be to pass, and where what was left out is noted.

    ``exact``: the file is this program's own: an empty row, a row named Total, a cell with lines
    and separators are what they look like. ``first``: the column (0-based) of a sheet's first
    cells; ``None`` in a text. ``read``: the columns that are read: the characters of the others are
    nobody's concern. ``margin``: where the filled cells of a sheet that stand apart from the table
    are named (``F3``). ``header``: the headings, which may be said again further down.
    """

    width: int
    delimiter: str
    trims: bool
    suspect: bool
    mixed: bool
    marked: bool
    exact: bool
    notes: list[str]
    first: int | None = None
    read: Places = None
    margin: list[str] | None = None
    header: tuple[str, ...] = ()

    def row(self, line: int, cells: list[str]) -> Row | None:
        """The row, whole or with its fault; ``None`` if it is blank or ``no_person``."""
        if not cells or not (self.exact or "".join(cells).strip().strip(_END_OF_FILE)):
            return None
        if not self.exact and (kind := no_person(cells, self.header)):
            self._note(line, kind)
            return None
        fault = self._fault(line, cells)
        if fault is None:
            cells = cells[: self.width]
            if self.margin and not (self.exact or any(map(str.strip, cells))):
                return None
        if self.marked:
            cells = [unmark(c) if c[:1] == "'" else c for c in cells]
        return Row(line, cells, fault)

    def _note(self, line: int, kind: str) -> None:
        if len(self.notes) < 20:
            self.notes.append(f"ligne {line} : {kind}, laissée de côté")

    def _fault(self, line: int, cells: list[str]) -> str | None:
        if len(cells) != self.width:
            ragged = self._ragged(line, cells)
            if ragged:
                return ragged
        return (self._garbled(cells) if self.suspect else None) or self._swallowed(cells)

    def _garbled(self, cells: list[str]) -> str | None:
        read = self.read
        text = "\n".join(cells if read is None else (c for n, c in enumerate(cells) if n in read))
        fault = unreadable(text, self.mixed)
        if fault or self.exact or text.isascii():
            return fault
        word = damaged(text)
        return lost_accents(word) if word else None

    def _ragged(self, line: int, cells: list[str]) -> str | None:
        found, width = len(cells), self.width
        if found > width:
            extra = next((at for at in range(width, found) if cells[at].strip()), None)
            if extra is None:
                return None
            if self.first is None:
                return too_many(found, width)
            if extra == width or self.margin is None:  # a value pushed out of the table
                return untitled(line, self.first + extra)
            self.margin.extend(self._named(line, cells))
            return None
        return None if self.trims else too_few(found, width)  # padded by _whole

    def _named(self, line: int, cells: list[str]) -> list[str]:
        """The filled cells beyond the table, as a spreadsheet names them."""
        from agir_cli.exchange.archives import column_name

        beyond = range(self.width, len(cells))
        return [
            f"{column_name((self.first or 0) + at)}{line}" for at in beyond if cells[at].strip()
        ]

    def _swallowed(self, cells: list[str]) -> str | None:
        """A quoted cell that holds rows: a quote opened by mistake and closed in another row.

        Plain text with commas looks like that too often in a narrow table.
        """
        if self.exact or self.width < (5 if self.delimiter == "," else 3):
            return None
        for place, cell in enumerate(cells):
            if self.delimiter in cell and self._holds_rows(cells, place):
                return (
                    f"une cellule entre guillemets couvre {len(BREAK.findall(cell)) + 1} lignes du "
                    "tableau : un guillemet est ouvert par erreur, ou fermé trop loin"
                )
        return None

    def _holds_rows(self, cells: list[str], place: int) -> bool:
        """Whether the lines of a cell are the end of a row, whole ones, and the beginning of one.

        Only so has such a row the right width. Text in lines has other numbers of separators, or
        spaces around them as no other cell of the row has, or does not begin as the row does.
        """
        cell, first = cells[place], cells[0].strip()
        lines = [line.split(self.delimiter) for line in BREAK.split(cell)]
        if len(lines) < 2 or len(lines[-1]) != place + 1:
            return False
        sizes = [len(lines[0]) + place, *map(len, lines[1:-1])]
        if not (max(sizes) <= self.width if self.trims else {*sizes} == {self.width}):
            return False
        bare = rf"(?<![ \xa0\u202f]){re.escape(self.delimiter)}(?![ \xa0\u202f])"
        others = (other for at, other in enumerate(cells) if at != place)
        if not re.search(bare, cell) and all(other == other.strip() for other in others):
            return False
        begins = [text for pieces in lines[1:] if (text := pieces[0].strip())]
        alike = any(_numbered(text) == _numbered(first) for text in begins)
        return alike or not (place and first and begins)


def _numbered(text: str) -> bool:
    return any(map(str.isdecimal, text))


def lost_accents(word: str) -> str:
    """The sentence for a row with a word whose accents were lost before."""
    return f"les accents de la ligne sont abîmés (« {word} ») : {_REOPEN}"


def listed(things: Sequence[object]) -> str:
    """The first of these lines or cells: « 3, 7, 12 », « 3, 7, 12… »."""
    return ", ".join(map(str, things[:_SHOWN])) + ("…" if len(things) > _SHOWN else "")


def noted(things: Sequence[object], one: str, many: str) -> list[str]:
    """The note about these lines or cells (French), if there are any.

    ``one`` holds the only one (`{}`); ``many`` their number and the first of them (`{} {}`), or
    their ends (`{first}`, `{last}`).
    """
    if not things:
        return []
    if len(things) == 1:
        return [one.format(things[0])]
    return [many.format(len(things), listed(things), first=things[0], last=things[-1])]


def too_many(found: int, width: int) -> str:
    """The sentence for a row with more cells than the header."""
    return (
        f"{found} cellules trouvées, {width} attendues comme dans l'en-tête : un séparateur de "
        "trop, ou une cellule qui en contient un sans guillemets"
    )


def untitled(line: int, column: int) -> str:
    """The sentence for a cell of a sheet that stands under no heading (``column``: 0-based)."""
    from agir_cli.exchange.archives import column_name

    letters = column_name(column)
    return (
        f"la cellule {letters}{line} est remplie, mais la colonne {letters} n'a pas de titre dans "
        "l'en-tête : effacez la cellule, ou donnez un titre à la colonne"
    )


def too_few(found: int, width: int) -> str:
    """The sentence for a row with fewer cells than the header."""
    cells = "1 cellule trouvée" if found == 1 else f"{found} cellules trouvées"
    return (
        f"{cells}, {width} attendues comme dans l'en-tête : ligne incomplète, "
        "ou coupée par un saut de ligne sans guillemets"
    )


def unreadable(text: str, mixed: bool) -> str | None:
    """The sentence for text with a NUL, an undecodable byte, or (``mixed``) UTF-8 in cp1252."""
    found = _UNREADABLE.search(text)
    if found and found.group() == "\0":
        return "la ligne contient un caractère nul (octet 00) : fichier abîmé, ressaisissez-la"
    if found:
        code = ord(found.group()) - 0xDC00
        return (
            f"la ligne contient un octet illisible ({code:02X}) dans l'encodage du fichier : "
            "ressaisissez le caractère accentué et enregistrez en CSV UTF-8"
        )
    if mixed and _TWICE.search(text):
        return (
            "les accents de la ligne sont abîmés (« Ã© » pour « é ») : deux encodages sont mêlés "
            "dans le fichier ; enregistrez-le en CSV UTF-8"
        )
    return None
