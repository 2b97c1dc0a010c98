"""What a row of a table is: a heading, a total, a rule, a note, a section's title, or somebody.

Asked wherever a row is met: to find the header, above it, and of each row below it. A title is
never taken for a person; whoever may be one is never dropped without a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final, NamedTuple
from unicodedata import combining, normalize

from agir_cli.domain.columns import FULL_NAME, NOT_KEPT, NUMBER
from agir_cli.domain.identity import NAMES, looks_like_reference
from agir_cli.exchange.cells import unwrapped
from agir_cli.exchange.headers import normalise_header

# Which field a cell is a heading of, if any.
IsHeading = Callable[[str], str | None]
# Sheet or file line (1-based), cells.
Numbered = tuple[int, Sequence[str]]

# What says whose row it is: nobody's cell holds the heading of such a column.
_NAMES: Final = frozenset({*NAMES, FULL_NAME})
_WHO: Final = _NAMES | {"agdref", "date_naissance"}
# What a column of no field, and one of notes, is.
_UNREAD: Final = frozenset({None, False, NOT_KEPT})

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
# A number as a word of its own, which no name has: « Janvier 2023 », « Secteur 2 », « Nord (12) ».
_NUMBER: Final = r"(?:^|[\s,;/(])\d"
# The first words of the lines that part a list, folded; none begins a name.
_SECTIONS: Final = frozenset(
    {
        "abandons", "actif", "actifs", "active", "actives", "ancien", "anciens", "ancienne",
        "anciennes", "annee", "antenne", "archive", "archives", "attente", "bassin",
        "beneficiaires", "categorie", "clotures", "cohorte", "commission", "departement",
        "dossiers", "entrees", "equipe", "equipes", "famille", "familles", "femmes", "file",
        "groupe", "groupes", "hommes", "inactif", "inactifs", "isoles", "liste", "listes",
        "menages", "nouveaux", "nouvelles", "orientations", "periode", "personnes", "promotion",
        "radies", "secteur", "secteurs", "semaine", "semestre", "session", "sortants", "sorties",
        "sortis", "sous-secteur", "suivis", "suspendus", "termines", "territoire", "trimestre",
        "vague", "zone", "zones",
    }
)  # fmt: skip
_SECTION: Final = (
    r"(?:mise?s? )?en (?:attente|cours)\b|pas encore\b"
    r"|a (?:relancer|orienter|contacter|voir|recevoir|inscrire)\b"
)

_TOP: Final = 20


def is_heading(cells: Sequence[str], known: IsHeading) -> bool:
    """Whether a row names columns: two known headings or more, and hardly anything else.

    Half of its cells are enough where one says whose row it is (a name, a number, a birth date);
    a cell of digits alone is a value, and the row somebody's.
    """
    if any(map(is_value, cells)):
        return False
    fields = [known(text) for cell in cells if (text := cell.strip())]
    found = [field for field in fields if field]
    if len(set(found)) < 2:
        return False
    if {"nom", "prenoms"} <= set(found):
        return True
    if _WHO.isdisjoint(found):
        return len(found) * 4 >= len(fields) * 3
    return len(found) * 2 >= len(fields)


def header_index(rows: Sequence[Sequence[str]], known: IsHeading) -> tuple[int, int]:
    """Which of ``rows`` (blank ones left out) is the header, and how many cells are known.

    The heading with most known cells; where none is one, the row with most of them, then the first
    that is half as full as the usual one.
    """
    top = rows[:_TOP]
    hits = [_hits(cells, known) for cells in top]
    if max(hits, default=0) < 2:  # a page of titles stands above
        further = [_hits(cells, known) if len(cells) > 1 else 0 for cells in rows[_TOP:]]
        if max(further, default=0) > 1:
            hits += further
    headings = [at for at, found in enumerate(hits) if found > 1 and is_heading(rows[at], known)]
    if headings:
        at = max(headings, key=lambda at: hits[at])
        return at, hits[at]
    if most := max(hits, default=0):
        return hits.index(most), most
    usual = Counter(len(cells) for cells in rows).most_common(1)
    width = usual[0][0] if usual else 0
    full = (i for i, cells in enumerate(top) if 2 * sum(map(bool, cells)) >= width)
    return next(full, 0), 0


def _hits(cells: Sequence[str], known: IsHeading) -> int:
    return sum(known(cell) not in _UNREAD for cell in cells if cell.strip())


class Order(NamedTuple):
    """Another heading met below the header, and how the rows under it are read.

    ``places``: where the cell of each of the header's columns stands in such a row, ``None`` where
    it has none; ``None`` for all where some of its headings have no column in the header.
    ``unread``: those of its headings that nothing reads.
    """

    line: int
    names: tuple[str, ...]
    places: tuple[int | None, ...] | None
    unread: tuple[str, ...]

    def placed(self, cells: Sequence[str]) -> list[str]:
        """The cells of a row in the header's order."""
        at = self.places or ()
        return [cells[n] if n is not None and n < len(cells) else "" for n in at]


class Header:
    """The header of a table, and what its first rows say of the others.

    ``names``: its cells. ``counted``: the column (0-based) where most rows have a date or a long
    number: a row with some there is somebody's. ``is_plain``: none of its cells is a number.
    ``fuller``: some row has more than one filled cell.
    """

    def __init__(
        self, names: Sequence[str], known: IsHeading, rows: Sequence[Sequence[str]]
    ) -> None:
        self.names = tuple(names)
        self._known = known
        fields = list(map(known, names))
        ranked = _UNREAD | {NUMBER}
        self._unread = frozenset(at for at, name in enumerate(fields) if name in ranked)
        self._places: dict[str, list[int]] = {}
        for at, (name, word) in enumerate(zip(names, fields, strict=True)):
            for key in {normalise_header(name), word} - {None, ""}:
                self._places.setdefault(key or "", []).append(at)
        self._named = frozenset(at for at, name in enumerate(fields) if name in _NAMES)
        digits = Counter(at for cells in rows for at, cell in enumerate(cells) if is_counted(cell))
        inside = [at for at, _ in digits.most_common() if at < len(names)]
        self.counted = inside[0] if inside else 0
        self._titled = {0, *(at for at, name in enumerate(fields) if name in ("nom", FULL_NAME))}
        first = fields.index("prenoms") if "prenoms" in fields else len(names)
        others = [cells for cells in rows if len(self._said(cells)) > 1]
        numbered = sum(any(map(is_value, _filled(cells))) for cells in others)
        named = sum(len(cells) > first and bool(cells[first].strip()) for cells in others)
        self.fuller = bool(others)
        self.is_plain = not any(map(is_value, names))
        # Where a name alone is to be asked about: beside dates, or first names all along.
        self._asked = set[int]()
        if others and numbered * 2 >= len(others):
            self._asked = self._titled | self._named
        elif len(others) == named > 1:
            self._asked = self._titled

    def is_heading(self, cells: Sequence[str]) -> bool:
        """Whether a row names columns: those that are known anywhere, and those of this header."""
        if len(self.names) == 1:
            return bool(self._columns(cells[0]))
        if not self.is_plain:
            words = map(normalise_header, (*cells, *[""] * len(self.names)))
            if all(map(str.__eq__, words, map(normalise_header, self.names))):
                return True
        return is_heading(cells, lambda cell: self._known(cell) or self._own(cell))

    def order(self, line: int, cells: Sequence[str]) -> Order | None:
        """How the rows under another heading are read; ``None`` if it is this header again."""
        places: dict[int, int] = {}
        unread, lost = list[str](), False
        for at, cell in enumerate(cells):
            free = [place for place in self._columns(cell) if place not in places]
            if free:
                places[at if at in free else free[0]] = at
            elif cell.strip():
                unread.append(cell.strip())
                lost = lost or self._known(cell) not in _UNREAD
        whole = len(cells) >= len(self.names)
        if whole and not unread and not lost and all(at == n for n, at in places.items()):
            return None
        names = tuple(trimmed_header(cells))
        read = None if lost else tuple(map(places.get, range(len(self.names))))
        return Order(line, names, read, tuple(unread))

    def no_person(self, cells: Sequence[str]) -> str | None:
        """Name the kind of a row that is about nobody (French); ``None`` for a person's row.

        A lone cell with a colon is a note, unless the row is shorter than the header: it may then
        be the rest of a row that was cut.
        """
        filled = _filled(cells)
        if not filled:
            return None
        if is_total(filled):
            return "ligne de total"
        if all(re.fullmatch(_RULE, text) for text in filled):
            return "ligne de traits"
        said = self._said(cells)
        if not said:
            return None
        (place, label), *others = said
        if not others and len(self.names) > 1:
            whole = len(cells) >= len(self.names)
            if re.match(_NOTE, label) or (whole and re.match(_COLON, label)):
                return "ligne de note ou de titre"
        few = len(others) == 1 and place in self._named
        if few or all(_AMOUNT.fullmatch(text) for _, text in others):
            return "ligne de titre" if self._is_section(place, label, bool(others)) else None
        return None

    def _is_section(self, place: int, label: str, followed: bool) -> bool:
        """Whether a label parts the list, alone or with a word or counts: « Secteur ; sud »."""
        if len(self.names) == 1 and place not in self._named:
            return False
        folded = _folded(label)
        if folded.split()[0].strip(".,-") in _SECTIONS or re.match(_SECTION, folded):
            return True
        if followed:
            return False
        if place in self._named:
            return not any(map(str.isalpha, label)) or re.search(_NUMBER, label) is not None
        return bool(self._known(label)) and len(self.names) > 1

    def is_alone(self, cells: Sequence[str]) -> bool:
        """Whether a name stands alone on its row.

        The number or the reference of somebody known says whose row it is.
        """
        said = self._said(cells)
        if len(said) != 1 or len(self.names) == 1:
            return False
        ((at, text),) = said
        named = any(map(str.isalpha, text)) and not looks_like_reference(text)
        return named and at in self._titled | self._named

    def is_asked_about(self, cells: Sequence[str]) -> bool:
        """Whether a name that stands alone may be a title: most rows have a date or a number, or
        all a first name.
        """
        return any(cells[at].strip() for at in self._asked)

    def _said(self, cells: Sequence[str]) -> list[tuple[int, str]]:
        """The filled cells and their places, without the row's own number in a column not read."""
        filled = [(at, text) for at, cell in enumerate(cells) if (text := cell.strip())]
        if not self._unread or len(filled) < 2:
            return filled
        ranks = ((at, text.isdigit() and len(text) < 5) for at, text in filled)
        aside = {at for at, is_rank in ranks if is_rank and at in self._unread}
        return [(at, text) for at, text in filled if at not in aside]

    def _columns(self, cell: str) -> list[int]:
        """The columns that a heading names: those that say the same, else those of its field."""
        same = self._places.get(normalise_header(cell))
        return same or self._places.get(self._known(cell) or "", [])

    def _own(self, cell: str) -> str | None:
        word = normalise_header(cell)
        return word if word in self._places else None


class Above(NamedTuple):
    """What stands above the header.

    ``under``: an earlier heading that says whose the rows are, and the rows under it. ``theirs``:
    rows that are somebody's, under no heading. ``perhaps``: the lines of rows that may be.
    ``unread``: what begins each of the others, a title or a name alone.
    """

    under: tuple[Numbered, ...]
    theirs: tuple[Numbered, ...]
    perhaps: tuple[int, ...]
    unread: tuple[str, ...]


def rows_above(
    rows: Sequence[Numbered], header: Header, below: Sequence[Sequence[str]], known: IsHeading
) -> Above:
    """The rows above the header, by what they are."""
    under, theirs, perhaps, unread = list[Numbered](), list[Numbered](), list[int](), list[str]()
    for line, cells in rows:
        filled = _filled(cells)
        if is_heading(cells, known):
            if under or not _WHO.isdisjoint(map(known, filled)):
                under.append((line, cells))
        elif not filled:
            continue
        elif header.no_person(cells):
            unread.append(filled[0])
        elif known(filled[0]) or filled[0].endswith(":"):  # a form, or a word on each column
            perhaps += [line] * bool(under)
        elif under:
            under.append((line, cells))
        elif _is_full(cells, below):
            if _has_digits(cells, below):
                theirs.append((line, cells))
            else:
                perhaps.append(line)
        else:
            unread.append(filled[0])
    return Above(tuple(under), tuple(theirs), tuple(perhaps), tuple(unread))


def _is_full(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row is nearly as full as the usual row below."""
    count = len(_filled(cells))
    return bool(below) and 2 * median(len(_filled(row)) for row in below) <= 3 * count > 3


def _has_digits(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row has digits where most rows below have some."""
    digits = Counter(at for row in below for at, cell in enumerate(row) if _holds_digit(cell))
    usual = (at for at, times in digits.items() if times * 2 > len(below))
    return any(_holds_digit(cells[at]) for at in usual if at < len(cells))


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


def trimmed_header(cells: Sequence[str]) -> list[str]:
    """The header's cells without spaces, wrappers and empty cells at the end."""
    stripped = [unwrapped(cell.strip().lstrip("\ufeff")) for cell in cells]
    while stripped and not stripped[-1]:
        stripped.pop()
    return stripped


def is_value(cell: str) -> bool:
    """Whether a cell begins and ends with a digit: a date, a number; no heading does."""
    return cell[:1].isdigit() and cell[-1:].isdigit()


def is_counted(cell: str) -> bool:
    """Whether a cell may be a whole date, or a number that no row of counts has."""
    return len(cell) > 5 and is_value(cell)


def _filled(cells: Sequence[str]) -> list[str]:
    return [text for cell in cells if (text := cell.strip())]


def _holds_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _folded(text: str) -> str:
    folded = normalize("NFKD", text.casefold())
    return "".join(c for c in folded if not combining(c)).strip(" -–—=_*#.>•") or text
