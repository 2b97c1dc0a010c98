"""Rows below a header: the CSV grammar, what a row must be to pass, what is no row at all.

A text is read with ``csv`` from its first line to its last. A row that the grammar refuses becomes
a fault for its first line alone, and reading starts again at the next one: a stray quote never
swallows what follows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from agir_cli.exchange.accents import damaged
from agir_cli.exchange.cells import WRAPPING, column_name, unwrapped
from agir_cli.exchange.dialect import Layout, cut_in_pieces, latin9_letter
from agir_cli.exchange.row_kinds import Above, Header, Order, is_counted
from agir_cli.failures import RowsFailure

if TYPE_CHECKING:
    import _csv

# A file with more broken rows is no table; starting again after each would take hours.
BROKEN_ROWS: Final = 5_000
# A cell cut by more line breaks than this is a page of text.
_PIECES: Final = 20
# A note names so many lines or cells.
_NAMED: Final = 8
# So many rows left aside are told one by one.
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

# The beginning of a first cell that may be blank, or a total's.
_DOUBTFUL: Final = re.compile(
    r"\s*(?:\Z|tota|sous|moyenne|m[ée]diane|nb|nombre|effectif|somme|cumul)", re.IGNORECASE
)


# Columns (0-based) of a table; ``None``: all.
Positions = frozenset[int] | None


class Row(NamedTuple):
    """One row below the header.

    ``line``: the physical line its first character stands on (1-based), or the sheet's row.
    ``cells``: as many as the header has, unwrapped, unless ``fault`` says otherwise. ``fault``:
    ``None``, or why the row cannot be read and what was expected (French). ``aside``: it is to be
    asked about, and keeps no other row out.
    """

    line: int
    cells: list[str]
    fault: str | None
    aside: bool = False


@dataclass(slots=True, kw_only=True)
class RowRules:
    """What a row must be to pass, and where what was left out is noted.

    ``trims``: short rows are the writer's habit. ``suspect``, ``mixed``, ``wrapped``: as in
    ``DecodedText``. ``read``: the columns that are read; the characters of the others refuse no
    row. ``first``: the column (0-based) of a sheet's first cells, ``None`` in a text. ``margin``:
    receives the names (``F3``) of the filled cells of a sheet that stand apart from the table.
    ``notes``: receives one sentence for each row left aside. ``under``: the other heading that the
    rows stand under. ``alone``: the lines of a name and nothing else. ``further``:
    those of the rows left aside beyond the first.
    """

    header: Header
    delimiter: str
    notes: list[str]
    trims: bool = False
    suspect: bool = True
    mixed: bool = False
    wrapped: bool = True
    read: Positions = None
    first: int | None = None
    margin: list[str] | None = None
    under: Order | None = None
    alone: list[int] = field(default_factory=list)
    further: list[int] = field(default_factory=list)

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.under.names if self.under else self.header.names)

    def row(self, line: int, cells: list[str]) -> Row | None:
        """The row, whole or with its fault; ``None`` if it is blank, a heading, or about nobody."""
        if self.wrapped:
            cells = [unwrapped(c) if c and c[0] in WRAPPING else c for c in cells]
        if not "".join(cells).strip().strip(_END_OF_FILE):
            return None
        if self.header.is_heading(cells):
            self._turn(line, cells)
            return None
        if kind := self.header.no_person(cells):
            self._note(line, f"{kind}, laissée de côté")
            return None
        if self.under and self.under.places is None:
            return Row(line, cells, _other_headings(self.under))
        fault = self._fault(line, cells)
        if fault is None:
            cells = cells[: self.width]
            if self.margin and not any(map(str.strip, cells)):
                return None
            if self.under or len(cells) == self.width:
                return self.whole(line, self.under.placed(cells) if self.under else cells)
        return Row(line, cells, fault)

    def whole(self, line: int, cells: list[str]) -> Row:
        """A row with all its cells, to be asked about where there is a name and nothing else."""
        if not self.header.is_alone(cells):
            return Row(line, cells, None)
        if self.header.is_asked_about(cells):
            return Row(line, cells, _ALONE, aside=True)
        self.alone.append(line)
        return Row(line, cells, None)

    def close(self) -> None:
        """Note what is told of several rows together, once all are read."""
        self.notes += noted(self.further, *_FURTHER)
        if self.header.fuller:
            self.notes += noted(self.alone, *_NAMED_ALONE)

    def passes(self, cells: list[str]) -> bool:
        """Whether ``row`` would give the cells of a single line as they are: a quick, sure sign."""
        header = self.header
        if self.suspect or self.wrapped or self.under or len(cells) != len(header.names):
            return False
        counted = is_counted(cells[header.counted]) or any(map(is_counted, cells))
        return counted and header.is_plain and any(cells[1:]) and not _DOUBTFUL.match(cells[0])

    def _turn(self, line: int, cells: list[str]) -> None:
        """Follow another heading from here on, or this one again."""
        self.under = order = self.header.order(line, cells)
        if order is None:
            self._note(line, "ligne d'en-tête répétée, laissée de côté")
        elif order.places:
            told = "".join(f" ; « {heading} » n'y est pas lu" for heading in order.unread)
            self._note(line, f"d'autres titres de colonne, suivis à partir d'ici{told}")
        else:
            named = ", ".join(f"« {heading} »" for heading in order.unread)
            self._note(line, f"d'autres titres de colonne, sans place dans l'en-tête : {named}")

    def _note(self, line: int, told: str) -> None:
        if len(self.notes) < _LEFT_ASIDE:
            self.notes.append(f"ligne {line} : {told}")
        else:
            self.further.append(line)

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
        if fault or text.isascii():
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
        return None if self.trims else too_few(found, width)  # filled up by _completed

    def _named(self, line: int, cells: list[str]) -> list[str]:
        """The filled cells beyond the table, as a spreadsheet names them."""
        beyond = range(self.width, len(cells))
        return [
            f"{column_name((self.first or 0) + at)}{line}" for at in beyond if cells[at].strip()
        ]

    def _swallowed(self, cells: list[str]) -> str | None:
        """Find a quoted cell that holds whole rows: a quote opened by mistake, or closed too late.

        A narrow table with commas is not looked at: ordinary text is too often like that.
        """
        if self.width < (5 if self.delimiter == "," else 3):
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


def rows_of(text: str, layout: Layout, rules: RowRules) -> Iterator[Row]:
    """The rows of a delimited text: those below its header, and somebody's above it.

    Raises ``RowsFailure`` where too many rows break the CSV grammar.
    """
    yield from read_above(layout.above, layout.title_lines + 1, rules)
    rows = _parsed(text, layout, rules)
    yield from _completed(rows, rules) if rules.trims else rows
    rules.close()


def read_above(above: Above, header: int, rules: RowRules) -> Iterator[Row]:
    """The rows above the header (on that line): read by their own heading, or with their fault."""
    rules.notes += noted(above.perhaps, *(told % header for told in _PERHAPS))
    for line, cells in above.theirs:
        yield Row(line, list(cells), _ABOVE.format(header))
    for line, cells in above.under:
        if row := rules.row(line, list(cells)):
            yield row
    rules.under = None


def _parsed(text: str, layout: Layout, rules: RowRules) -> Iterator[Row]:
    at, line = _below(text, 0, layout.title_lines), layout.title_lines
    below_header = False
    for _ in range(BROKEN_ROWS):
        reader, done = _reader(text, at, layout), 0
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


def _reader(text: str, at: int, layout: Layout) -> _csv.Reader:
    """What reads the text from that place, by the grammar of its layout."""
    return csv.reader(
        map(re.Match.group, _LINE.finditer(text, at)),
        delimiter=layout.delimiter,
        skipinitialspace=layout.spaced,
        strict=True,
    )


def stray_quote(text: str, layout: Layout) -> str | None:
    """Where the CSV grammar first refuses a text, and why (French), if it does."""
    reader, line = _reader(text, 0, layout), 0
    try:
        for _ in reader:
            line = reader.line_num
    except csv.Error as error:
        return f"ligne {line + 1} : {_grammar(str(error))}"
    return None


def _below(text: str, at: int, lines: int) -> int:
    """The place so many lines below the line that begins at ``at``."""
    for found in islice(_LINE.finditer(text, at), lines):
        at = found.end()
    return at


def _completed(rows: Iterator[Row], rules: RowRules) -> Iterator[Row]:
    """Fill up the rows of a writer that leaves out empty cells; refuse the pieces of a cut row.

    A lone cell below a full row is taken for the end of that row's last cell, not for a person with
    a name alone: a refused name is typed again, but nobody would notice a false person. A note
    lists the rows that were filled up.
    """
    completed: list[int] = []
    held: list[Row] = []
    below_full = False
    width = len(rules.header.names)
    for row in rows:
        size = len(row.cells)
        if size >= width:
            yield from _flushed(held, rules, completed)
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
                yield from _flushed(held, rules, completed)
                held.append(last)
    yield from _flushed(held, rules, completed)
    rules.notes += noted(completed, *_COMPLETED)


def _cut(row: Row, width: int) -> Row:
    return row._replace(fault=row.fault or too_few(len(row.cells), width))


def _flushed(held: list[Row], rules: RowRules, completed: list[int]) -> Iterator[Row]:
    width = len(rules.header.names)
    for row in held:
        if row.fault:
            yield row
        else:
            completed.append(row.line)
            yield rules.whole(row.line, row.cells + [""] * (width - len(row.cells)))
    held.clear()


_ABOVE: Final = (
    "au-dessus de l'en-tête de la ligne {}, qui n'est pas le sien : mettez-la sous son en-tête, ou "
    "enregistrez ce premier tableau dans son propre fichier"
)
_PERHAPS: Final = (
    "ligne {} : au-dessus de l'en-tête de la ligne %d, pas lue",
    "{} lignes au-dessus de l'en-tête de la ligne %d ne sont pas lues (lignes {})",
)
_ALONE: Final = (
    "un nom seul sur sa ligne, là où les autres ont une date, un numéro ou d'autres cases : si "
    "c'est une personne, complétez la ligne ; si c'est un titre, supprimez-la"
)
_FURTHER: Final = (
    "ligne {} : laissée de côté aussi",
    "{} autres lignes laissées de côté (lignes {})",
)
_NAMED_ALONE: Final = (
    "ligne {} : un nom et rien d'autre, lu comme une personne",
    "{} lignes n'ont qu'un nom, lu comme celui d'une personne (lignes {})",
)


def _other_headings(order: Order) -> str:
    titles = ", ".join(f"« {name} »" for name in order.names[:12] if name)
    return (
        f"sous d'autres titres de colonne, ceux de la ligne {order.line} ({titles}) : enregistrez "
        "ce second tableau dans son propre fichier"
    )


_COMPLETED: Final = (
    "ligne {} : plus courte que l'en-tête, complétée par des cases vides",
    "{} lignes plus courtes que l'en-tête, complétées par des cases vides (lignes {})",
)


def _grammar(error: str) -> str:
    if "limit" in error:
        return "une cellule dépasse 131 072 caractères, sans doute un guillemet jamais fermé"
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
    """The sentence for text with a NUL, an undecodable byte, or (``mixed``) a second encoding."""
    found = _UNREADABLE.search(text)
    if found and found.group() == "\0":
        return "la ligne contient un caractère nul (octet 00) : fichier abîmé, ressaisissez-la"
    if found:
        code = ord(found.group()) - 0xDC00
        return (
            f"la ligne contient un octet illisible ({code:02X}) dans l'encodage du fichier : "
            "ressaisissez le caractère accentué et enregistrez en CSV UTF-8"
        )
    if mixed and (_TWICE.search(text) or latin9_letter(text)):
        return (
            "les accents de la ligne sont abîmés (« Ã© » pour « é », « ½ » pour « œ ») : deux "
            "encodages sont mêlés dans le fichier ; enregistrez-le en CSV UTF-8"
        )
    return None
