"""Rows below a header: the CSV grammar, what a row must be to pass, what is no row at all.

A text is read with ``csv`` from its first line to its last. A row that the grammar refuses becomes
a fault for its first line alone, and reading starts again at the next one: a stray quote never
swallows what follows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from agir_cli.exchange.accents import damaged
from agir_cli.exchange.cells import column_name, unmark
from agir_cli.exchange.dialect import Layout, cut_in_pieces
from agir_cli.failures import RowsFailure

# A file with more broken rows is no table; starting again after each would take hours.
BROKEN_ROWS: Final = 5_000
# A cell cut by more line breaks than this is a page of text.
_PIECES: Final = 20
# A note names so many lines or cells.
_NAMED: Final = 8
# So many rows left aside are told.
_LEFT_ASIDE: Final = 20
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
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

_TOTAL: Final = re.compile(
    r"(?:(?:sous[\s-]*)?tota(?:l|ux)|moyennes?|m[ée]dianes?)\b", re.IGNORECASE
)
_UNIT: Final = r"\s*(?:%|€|ans?|personnes?|dossiers?|m[ée]nages?|lignes?)?"
_AMOUNT: Final = re.compile(r"[-+]?(?:\d[\s.,]?){1,8}" + _UNIT, re.IGNORECASE)
# Patterns that few rows want stay text: start-up does not pay for them.
# A person's line may begin with these words too: an amount must stand in the cell or beside it.
_COUNT: Final = r"(?is)(nb(?:re)?|nombre|effectifs?|somme|cumul)\b\.?(.*)"
_TOLD_AMOUNT: Final = r"(?is).*?[\s:=]\s*[-+]?(?:\d[\s.,]?){1,8}" + _UNIT
_YEAR: Final = r"(?:\d\d?[.]\d\d?[.])?(?:19|20)\d\d"
# Dashes between two lines of a table drawn with signs; a lone + or : is not one.
_RULE: Final = r"[\s:+|]*[-–—_=─][\s:+|–—_=─-]*"
# The beginning of a note, and a colon that is not an hour's: for rows of a single filled cell.
_NOTE: Final = (
    r"(?is)\s*(?:\*|(?:notes?|nota(?: bene)?|l[ée]gendes?|sources?|remarques?|avertissements?)"
    r"\s*(?:[\s:.(]|\Z))"
)
_COLON: Final = r"(?s).*(?:(?<!\d):|:(?!\d))"
# The beginning of a first cell that may be blank, a total, a rule or a note.
_DOUBTFUL: Final = re.compile(
    r"\s*(?:\Z|[-–—_=─:+|*\x1a]|tota|sous|moyenne|m[ée]diane|nb|nombre|effectif|somme|cumul"
    r"|not[ea]|l[ée]gende|source|remarque|avertissement)",
    re.IGNORECASE,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRules:
    """What a row must be to pass, and where what was left out is noted.

    ``header``: the headings, as many as a row has cells. ``trims``: short rows are the writer's
    habit. ``suspect``, ``mixed``, ``marked``: as in ``DecodedText``. ``read``: the columns that are
    read; the characters of the others refuse no row. ``first``: the column (0-based) of a sheet's
    first cells, ``None`` in a text. ``margin``: receives the names (``F3``) of the filled cells of
    a sheet that stand apart from the table.
    ``notes``: receives one sentence for each row left aside.
    """

    header: tuple[str, ...]
    delimiter: str
    notes: list[str]
    trims: bool = False
    suspect: bool = True
    mixed: bool = False
    marked: bool = True
    read: Places = None
    first: int | None = None
    margin: list[str] | None = None

    def row(self, line: int, cells: list[str]) -> Row | None:
        """The row, whole or with its fault; ``None`` if it is blank or ``no_person``."""
        if not "".join(cells).strip().strip(_END_OF_FILE):
            return None
        if kind := no_person(cells, self.header):
            self._note(line, kind)
            return None
        fault = self._fault(line, cells)
        if fault is None:
            cells = cells[: len(self.header)]
            if self.margin and not any(map(str.strip, cells)):
                return None
        if self.marked:
            cells = [unmark(c) if c[:1] == "'" else c for c in cells]
        return Row(line, cells, fault)

    def passes(self, cells: list[str]) -> bool:
        """Whether ``row`` would give the cells of a single line as they are: a quick, sure sign."""
        if self.suspect or self.marked or len(cells) != len(self.header):
            return False
        first = cells[0]
        return not (
            _DOUBTFUL.match(first)
            or ":" in first
            or first.lstrip()[:1].casefold()[:1] == self.header[0][:1].casefold()[:1]
        )

    def _note(self, line: int, kind: str) -> None:
        if len(self.notes) < _LEFT_ASIDE:
            self.notes.append(f"ligne {line} : {kind}, laissée de côté")

    def _fault(self, line: int, cells: list[str]) -> str | None:
        if len(cells) != len(self.header):
            ragged = self._ragged(line, cells)
            if ragged:
                return ragged
        return (self._garbled(cells) if self.suspect else None) or self._swallowed(cells)

    def _garbled(self, cells: list[str]) -> str | None:
        read = self.read
        text = "\n".join(cells if read is None else (c for n, c in enumerate(cells) if n in read))
        fault = unreadable(text, self.mixed)
        if fault or text.isascii():
            return fault
        word = damaged(text)
        return lost_accents(word) if word else None

    def _ragged(self, line: int, cells: list[str]) -> str | None:
        found, width = len(cells), len(self.header)
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
        return None if self.trims else too_few(found, width)  # filled up by _completed

    def _named(self, line: int, cells: list[str]) -> list[str]:
        """The filled cells beyond the table, as a spreadsheet names them."""
        beyond = range(len(self.header), len(cells))
        return [
            f"{column_name((self.first or 0) + at)}{line}" for at in beyond if cells[at].strip()
        ]

    def _swallowed(self, cells: list[str]) -> str | None:
        """Find a quoted cell that holds whole rows: a quote opened by mistake, or closed too late.

        A narrow table with commas is not looked at: ordinary text is too often like that.
        """
        if len(self.header) < (5 if self.delimiter == "," else 3):
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

        Otherwise the row would not have the right width. The lines of an ordinary text have other
        numbers of separators, or spaces around them, or do not begin as the row does.
        """
        cell, first = cells[place], cells[0].strip()
        lines = [line.split(self.delimiter) for line in BREAK.split(cell)]
        if len(lines) < 2 or len(lines[-1]) != place + 1:
            return False
        sizes = [len(lines[0]) + place, *map(len, lines[1:-1])]
        if not (max(sizes) <= len(self.header) if self.trims else {*sizes} == {len(self.header)}):
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


def no_person(cells: Sequence[str], header: Sequence[str] = ()) -> str | None:
    """Name the kind of a row that is about nobody (French); ``None`` for a person's row.

    A lone cell that could be a name is a person. One with a colon is a note, unless the row is
    shorter than the header: it may then be the rest of a row that was cut.
    """
    filled = [text for cell in cells if (text := cell.strip())]
    if not filled:
        return None
    if is_total(filled):
        return "ligne de total"
    if all(re.fullmatch(_RULE, text) for text in filled):
        return "ligne de traits"
    if len(header) > 1 and len(filled) == 1:
        whole = len(cells) >= len(header)
        note = re.match(_NOTE, filled[0]) or (whole and re.match(_COLON, filled[0]))
        return "ligne de note ou de titre" if note else None
    return "ligne d'en-tête répétée" if _is_header(cells, header) else None


def _is_header(cells: Sequence[str], header: Sequence[str]) -> bool:
    return len(cells) >= len(header) > 0 and all(
        _alike(cell, heading)
        for cell, heading in zip(cells, (*header, *[""] * len(cells)), strict=False)
    )


def _alike(cell: str, heading: str) -> bool:
    return cell == heading or cell.casefold().split() == heading.casefold().split()


def is_total(filled: list[str]) -> bool:
    """Whether the filled cells of a row are a total: a label that says so, then amounts or nothing.

    A person named Total has a first name, a full date or a long number beside the name; one known
    by the initials NB may have a year of birth there.
    """
    label, *others = filled
    if not all(map(_AMOUNT.fullmatch, others)):
        return False
    count = re.match(_COUNT, label)
    if count is None:
        return _TOTAL.match(label) is not None
    word, rest = count.groups()
    if (
        word.lower() == "nb"
        and not rest.strip(" :.")
        and any(re.fullmatch(_YEAR, text) for text in others)
    ):
        return False
    return bool(others) or re.fullmatch(_TOLD_AMOUNT, rest) is not None


def rows_of(text: str, layout: Layout, rules: RowRules) -> Iterator[Row]:
    """The rows below the header of a delimited text.

    Raises ``RowsFailure`` where too many rows break the CSV grammar.
    """
    rows = _parsed(text, layout, rules)
    return _completed(rows, len(rules.header), rules.notes) if rules.trims else rows


def _parsed(text: str, layout: Layout, rules: RowRules) -> Iterator[Row]:
    at, line = _below(text, 0, layout.title_lines), layout.title_lines
    below_header = False
    for _ in range(BROKEN_ROWS):
        reader = csv.reader(
            map(re.Match.group, _LINE.finditer(text, at)),
            delimiter=layout.delimiter,
            skipinitialspace=layout.spaced,
            strict=True,
        )
        done = 0
        try:
            for cells in reader:
                start, done = done + 1, reader.line_num
                if not below_header:
                    below_header = True
                elif start == done and rules.passes(cells):
                    yield Row(line + start, cells, None)
                elif row := rules.row(line + start, cells):
                    yield row
            return
        except csv.Error as error:
            fault = _grammar(str(error))
        at, line = _below(text, at, done), line + done + 1
        start, at = at, _below(text, at, 1)
        if below_header:
            yield Row(line, text[start:at].rstrip("\r\n").split(layout.delimiter), fault)
        below_header = True
    raise RowsFailure(
        f"Plus de {BROKEN_ROWS} lignes aux guillemets mal placés : ce n'est pas un tableau CSV."
    )


def _below(text: str, at: int, lines: int) -> int:
    """The place so many lines below the line that begins at ``at``."""
    for found in islice(_LINE.finditer(text, at), lines):
        at = found.end()
    return at


def _completed(rows: Iterator[Row], width: int, notes: list[str]) -> Iterator[Row]:
    """Fill up the rows of a writer that leaves out empty cells; refuse the pieces of a cut row.

    A lone cell below a full row is taken for the end of that row's last cell, not for a person with
    a name alone: a refused name is typed again, but nobody would notice a false person. A note
    lists the rows that were filled up.
    """
    completed: list[int] = []
    held: list[Row] = []
    below_full = False
    for row in rows:
        size = len(row.cells)
        if size >= width:
            yield from _flushed(held, width, completed)
            yield row
            below_full = True
        elif below_full and size == 1 and width > 2:
            yield _cut(row, width)
        else:
            below_full = False
            held.append(row)
            if cut_in_pieces([len(piece.cells) for piece in held], width):
                yield from [_cut(piece, width) for piece in held]
                held.clear()
            elif size > 1 or len(held) == _PIECES:
                last = held.pop()
                yield from _flushed(held, width, completed)
                held.append(last)
    yield from _flushed(held, width, completed)
    notes += noted(completed, *_COMPLETED)


def _cut(row: Row, width: int) -> Row:
    return row._replace(fault=row.fault or too_few(len(row.cells), width))


def _flushed(held: list[Row], width: int, completed: list[int]) -> Iterator[Row]:
    for row in held:
        if row.fault:
            yield row
        else:
            completed.append(row.line)
            yield row._replace(cells=row.cells + [""] * (width - len(row.cells)))
    held.clear()


_COMPLETED: Final = (
    "ligne {} : plus courte que l'en-tête, complétée par des cases vides",
    "{} lignes plus courtes que l'en-tête, complétées par des cases vides (lignes {})",
)


def _grammar(error: str) -> str:
    if "limit" in error:
        return "une cellule dépasse 131 072 caractères : un guillemet ouvert et jamais fermé ?"
    if "unexpected end" in error:
        return "un guillemet est ouvert et jamais fermé"
    return (
        "un guillemet est mal placé : doublez ceux qui sont dans le texte "
        '(""ainsi""), ou retirez-les'
    )


def lost_accents(word: str) -> str:
    """The sentence for a row with a word whose accents were lost before."""
    return f"les accents de la ligne sont abîmés (« {word} ») : {_REOPEN}"


def listed(things: Sequence[object]) -> str:
    """The first of these lines or cells: « 3, 7, 12 », « 3, 7, 12… »."""
    return ", ".join(map(str, things[:_NAMED])) + ("…" if len(things) > _NAMED else "")


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
