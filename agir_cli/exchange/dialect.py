"""How a text file is written: its encoding, what parts its cells, where its table begins.

The encoding is told from all of the bytes; the layout from the first lines of the text.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from agir_cli.exchange.accents import came_back, damaged, may_be_damaged, told_apart
from agir_cli.exchange.cells import may_be_wrapped
from agir_cli.exchange.row_kinds import (
    Above,
    Header,
    IsHeading,
    header_index,
    rows_above,
    trimmed_header,
)
from agir_cli.failures import RowsFailure

# The bytes that tell whether a file is text, the characters that tell how its table is laid out.
HEAD: Final = 1 << 16
# A table's line is a few hundred bytes; one cell of more than this is no cell.
LONGEST_LINE: Final = 8 << 20
DELIMITERS: Final = (";", ",", "\t", "|")
_SAMPLE: Final = 200
_UNDECODABLE: Final = re.compile("[\udc80-\udcff]")
_SEP: Final = re.compile(r'"?sep=(.)"?[;,\t|]*\s*', re.IGNORECASE)

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CP1252_HOLES: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
# The eight bytes that ISO-8859-15 reads otherwise: Œ œ Ÿ Š š Ž ž €.
_OFFICIAL: Final = "iso8859-15"
# What cp1252 alone has, and the bytes that mean nothing in it.
_OWN: Final = re.compile("[^\x00-\x7f\xa0-\xff]")
_LATIN9: Final = re.compile(rb"[\xa4\xa6\xa8\xb4\xb8\xbc-\xbe]")
# Where cp1252 makes no sense of one, and ISO-8859-15 a letter: « L½titia », « ¼UVRARD », « Sa¨a ».
# « ½j », « N´DIAYE », « 2¼ », « a¦b », « ´Ali´ » are what they look like. Text until it is wanted.
_A: Final = "A-Za-zÀ-ÖØ-öø-ÿ"
_LATIN9_LETTER: Final = (
    rf"(?<=[{_A}])[¼½¨¸](?=[{_A}])|(?<=[{_A}])¾(?![\d{_A}]*\d)|(?<![\w½¼])[¼½](?=[uUiI][{_A}])"
    rf"|(?<=[a-zß-ÿ])[¨¸](?!\w)|(?<![^\W\d_])[¨¸](?=[{_A}]{{2}})"
    rf"|(?<![a-zß-ÿ\d])¦(?=[{_A}])|(?<=[A-ZÀ-Þ]{{2}})¦(?!\w)"
    rf"|(?<![\w´])´(?=[{_A}]{{2}}[^´\n]*$)"
)
_ACCENTED: Final = re.compile(rb"[\x80-\xff]+")
# A web page, its archive, XML, a word processor's text: what many programs name .xls.
_PAGES: Final = (
    b"<html", b"<!", b"<table", b"<?xml", b"<meta", b"<head", b"<body", b"<style", b"<div",
    b"mime-version:", b"{\\rtf",
)  # fmt: skip


class DecodedText(NamedTuple):
    """A file's text, and what its rows must be checked for.

    ``encoding`` is one of utf-8, cp1252, iso8859-15, utf-16-le, utf-16-be, mac_roman, cp850.
    ``suspect``: some row may hold a NUL, an undecodable byte (here a surrogate) or damaged accents.
    ``mixed``: the file is cp1252 and some row may be UTF-8 or ISO-8859-15. ``restored``: which
    accents came back (French). ``wrapped``: some cell may be wrapped for a spreadsheet. ``doubt``:
    a word that ISO-8859-15 reads otherwise, where nothing tells which.
    """

    content: str
    encoding: str
    bom: bool
    suspect: bool
    mixed: bool
    restored: str
    wrapped: bool
    doubt: str = ""


class Dialect(NamedTuple):
    """How a file is written: enough to write another one in the same way.

    ``kind`` is ``csv``, ``xlsx``, ``xls`` or ``ods``; for the last three ``encoding``,
    ``delimiter`` and ``newline`` are those of a CSV that stands in for it. ``title_lines`` are the
    physical lines above the header; ``sheet`` is a workbook's. ``unread``: what begins each row
    above the header that is nobody's, as far as one can see.
    """

    kind: str
    encoding: str
    bom: bool
    delimiter: str
    newline: str
    title_lines: int
    sheet: str | None
    unread: Sequence[str] = ()


class Layout(NamedTuple):
    """Where the header stands, and how the rows below it are written.

    ``above``: what stands above it.
    ``trims``: the program that wrote the file leaves out empty cells at the end of a row.
    ``spaced``: spaces stand between a delimiter and an opening quote.
    """

    delimiter: str
    newline: str
    title_lines: int
    header: Header
    above: Above
    trims: bool
    spaced: bool


class _Guess(NamedTuple):
    score: tuple[int, bool, bool, float, int]
    delimiter: str
    spaced: bool
    rows: list[tuple[int, list[str]]]
    header: int


def decoded(data: bytes, name: str) -> DecodedText:
    """The text of a file's bytes.

    Raises ``RowsFailure`` for a damaged UTF-16 file, and for one endless line.
    """
    bom, encoding = next(((b, e) for b, e in _BOMS if data.startswith(b)), (b"", "utf-8"))
    refuse_endless_line(data, name)
    body, damaged_bytes, mixed, restored = memoryview(data)[len(bom) :], False, False, ""
    try:
        content = str(body, encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise RowsFailure(
                f"« {name} » se dit en UTF-16 mais ne l'est pas jusqu'au bout (fichier coupé ou "
                "abîmé) : enregistrez-le de nouveau, de préférence en CSV UTF-8."
            ) from None
        if (found := told_apart(bytes(body))) is not None:
            content, encoding, restored = found
            damaged_bytes = _UNDECODABLE.search(content) is not None
        else:
            encoding, damaged_bytes, mixed = _not_utf8(data, bool(bom))
            content = str(body, encoding, "surrogateescape")
    doubt = None
    if encoding == "cp1252" and _LATIN9.search(data):
        if not latin9_letter(content):
            doubt = re.search(r'[^\s;,|"]*[¤¦¨´¸][^\s;,|"]*', content)
        elif _OWN.search(content):
            mixed = True
        else:
            encoding = _OFFICIAL
            content = str(body, encoding, "surrogateescape")
    if not restored and may_be_damaged(content):
        back = came_back(content, fractions=encoding == "utf-8")
        content, restored = (back.text, back.told) if back is not None else (content, "")
    odd = damaged_bytes or mixed or "\0" in content
    return DecodedText(
        content=content,
        encoding=encoding,
        bom=bool(bom),
        suspect=odd or may_be_damaged(content),
        mixed=mixed,
        restored=restored,
        wrapped=may_be_wrapped(content),
        doubt=doubt.group()[:30] if doubt else "",
    )


def latin9_letter(text: str) -> str | None:
    """The first sign of a text read as cp1252 that must be a letter of ISO-8859-15, if any."""
    found = re.search(_LATIN9_LETTER, text, re.MULTILINE)
    return found and found.group()


def refuse_endless_line(data: bytes, name: str) -> None:
    """Raise ``RowsFailure`` where some line is longer than a table's can be."""
    at = 0
    while len(data) - at > LONGEST_LINE:
        end = at + LONGEST_LINE + 1
        at = 1 + max(data.rfind(b"\n", at, end), data.rfind(b"\r", at, end))
        if not at:
            raise RowsFailure(
                f"« {name} » contient une ligne de plus de {LONGEST_LINE >> 20} Mo : "
                "ce n'est pas un tableau CSV."
            )


def _not_utf8(data: bytes, bom: bool) -> tuple[str, bool, bool]:
    """The encoding of a file that is not valid UTF-8, then whether some of its bytes mean nothing
    in it, and whether two encodings may be mixed.

    A cp1252 text holds almost no valid UTF-8 sequence; a file with more of them than of stray
    bytes is damaged UTF-8, and reading it as cp1252 would garble every name in silence.
    """
    good = stray = 0
    holes = False
    # Few distinct runs of accented bytes stand for a whole file.
    for run, times in Counter(map(re.Match.group, _ACCENTED.finditer(data))).items():
        text = run.decode("utf-8", "surrogateescape")
        escaped = len(_UNDECODABLE.findall(text))
        stray += times * escaped
        good += times * (len(text) - escaped)
        holes = holes or _CP1252_HOLES.search(run) is not None
    if bom or good > stray:
        return "utf-8", True, False
    return "cp1252", holes, good > 0


def refuse_what_is_no_text(first: bytes, name: str) -> None:
    """Raise ``RowsFailure`` where a file begins as an empty or binary one, a page, bare UTF-16."""
    if not first.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise RowsFailure(f"« {name} » est vide.")
    start = first[:512].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith(_PAGES):
        raise RowsFailure(
            f"« {name} » est une page web ou du XML, même si son nom dit autre chose : "
            "ouvrez-le dans un tableur et enregistrez-le en CSV UTF-8 ou en .xlsx."
        )
    if start.startswith((b"%pdf", b"pk\x03\x04", b"pk\x05\x06", b"\x1f\x8b", b"sqlite format")):
        raise _binary(name)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    if _looks_utf16(first):
        raise RowsFailure(
            f"« {name} » semble être en UTF-16 sans marque d'encodage : "
            "enregistrez-le en « CSV UTF-8 »."
        )
    controls = sum(first.count(n) for n in range(32) if n not in (9, 10, 11, 12, 13, 27))
    if controls * 10 > len(first) > 64 and not _is_odd_text(first):  # a few prove nothing
        raise _binary(name)


def _is_odd_text(first: bytes) -> bool:
    """Whether it is UTF-8 in spite of its many control characters: text that quotes them."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return False
    return b"\0" not in first


def _looks_utf16(first: bytes) -> bool:
    even, odd = first[::2].count(0), first[1::2].count(0)
    return max(even, odd) * 5 > len(first) and min(even, odd) * 50 < len(first)


def _binary(name: str) -> RowsFailure:
    return RowsFailure(
        f"« {name} » n'est pas un tableau : c'est un fichier binaire (archive, image, PDF…). "
        "Donnez un CSV, un .xlsx, un .xls ou un .ods."
    )


def laid_out(head: str, whole: bool, known: IsHeading) -> Layout:
    """The most stable reading of ``head``; ``whole`` says that nothing follows it.

    ``known``: which field a cell is a heading of.
    """
    announced = _SEP.fullmatch(next(io.StringIO(head, newline=""), ""))
    candidates = (announced.group(1),) if announced else DELIMITERS
    best = max((_guess(head, whole, d, known) for d in candidates), key=lambda g: g.score)
    line, names = best.rows[best.header]
    below = [cells for _, cells in best.rows[best.header + 1 :]]
    header = Header(_named(names), known, below)
    return Layout(
        delimiter=best.delimiter,
        newline=_newline(head),
        title_lines=line - 1,
        header=header,
        above=rows_above(best.rows[: best.header], header, below, known),
        trims=_writer_trims([names, *below]),
        spaced=best.spaced,
    )


def _named(cells: Sequence[str]) -> list[str]:
    """A header's cells; « � » replaces an undecodable byte."""
    return [_UNDECODABLE.sub("\ufffd", heading) for heading in trimmed_header(cells)]


def _guess(head: str, whole: bool, delimiter: str, known: IsHeading) -> _Guess:
    spaced = re.search(re.escape(delimiter) + ' +"', head) is not None
    rows = list(_sample(head, whole, delimiter, spaced)) or [(1, [head.strip()])]
    cells = [row for _, row in rows]
    at, hits = header_index(cells, known)
    below = cells[at:]
    width, count = Counter(map(len, below)).most_common(1)[0]
    filled = Counter(len(trimmed_header(row)) for row in below).most_common(1)[0][0]
    fits = len(cells[at]) >= filled
    score = (hits, fits, width > 1, count / len(below), width)
    return _Guess(score, delimiter, spaced, rows, at)


def _sample(
    head: str, whole: bool, delimiter: str, spaced: bool
) -> Iterator[tuple[int, list[str]]]:
    """The line and the cells of the first rows that are not blank, incomplete ones left out."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, skipinitialspace=spaced)
    held: tuple[int, list[str]] | None = None
    seen, start = 0, 1
    try:
        for cells in reader:
            if held and seen < _SAMPLE:
                seen += 1
                yield held
            held = (start, cells) if "".join(cells).strip() and not _is_sep(cells, start) else None
            start = reader.line_num + 1
            if seen >= _SAMPLE:
                return
    except csv.Error:
        whole = True  # so is the row above
    if held and (whole or not seen):
        yield held


def _is_sep(cells: Sequence[str], line: int) -> bool:
    return line == 1 and cells[0].lower().startswith("sep=")


def _newline(head: str) -> str:
    found = re.search(r"\r\n|\n|\r", head)
    return found.group() if found else "\r\n"


def _writer_trims(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the writer leaves out empty cells at the end of rows, short rows being no accident.

    It does where several rows are short and no row of full width ends with an empty cell. Two
    neighbours that make one row together are a row cut by a stray line break, and a lone cell
    below a full row is the end of its last cell: neither counts.
    """
    width = len(trimmed_header(rows[0])) if rows else 0
    sizes = [len(row) for row in rows[1:]]
    pairs = list(pairwise(sizes))
    # A lone cell below a full row is the rest of its last cell.
    ends = sum(above >= width > 2 and size == 1 for above, size in pairs)
    short = sum(size < width for size in sizes) - ends
    if short < 2 or short * 5 < len(sizes):
        return False
    if any(len(row) >= width and not row[-1] for row in rows[1:]):
        return False
    return not any(cut_in_pieces(pair, width) for pair in pairs)


def cut_in_pieces(sizes: Sequence[int], width: int) -> bool:
    """Whether neighbouring short rows look like one row of ``width`` cells, cut by line breaks.

    Each break in a cell makes one row more, and one cell more in all.
    """
    short = max(sizes[0], sizes[-1]) < width
    lone = all(size == 1 for size in sizes[1:-1])
    return len(sizes) > 1 and short and lone and sum(sizes) == width + len(sizes) - 1


def describe(dialect: Dialect, header: Sequence[str]) -> str:
    """Say what was detected (French): kind, separator, encoding, lines above, columns; then which
    headings lost their accents, and what to do.
    """
    titles, columns = dialect.title_lines, len(header)
    parts = [_kind(dialect)]
    if dialect.kind == "csv":
        shown = "tabulation" if dialect.delimiter == "\t" else f"« {dialect.delimiter} »"
        parts += [f"séparateur {shown}", f"encodage {_encoding(dialect)}"]
    if titles:
        shown = ", ".join(f"« {text[:30]} »" for text in dialect.unread[:3])
        told = f" ({shown}{'…' * (len(dialect.unread) > 3)})" if shown else ""
        parts.append(f"{titles} ligne{'s' * (titles > 1)} au-dessus de l'en-tête{told}")
    parts.append(f"{columns} colonne{'s' * (columns > 1)}")
    return "fichier lu : " + ", ".join(parts) + _lost(header)


def _lost(header: Sequence[str]) -> str:
    lost = [f"« {heading} »" for heading in header if damaged(heading)]
    if not lost:
        return ""
    told = f"Titre de colonne abîmé : {lost[0]}"
    if len(lost) > 1:
        told = f"Titres de colonne abîmés : {', '.join(lost)}"
    return f". {told} ; corrigez l'en-tête, et enregistrez le fichier en CSV UTF-8."


def _kind(dialect: Dialect) -> str:
    if dialect.kind == "csv":
        return "CSV"
    return f"classeur .{dialect.kind}, feuille « {dialect.sheet} »"


def _encoding(dialect: Dialect) -> str:
    name = {
        "utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", _OFFICIAL: "ISO-8859-15",
        "mac_roman": "Mac Roman", "cp850": "DOS",
    }.get(dialect.encoding, dialect.encoding)  # fmt: skip
    return f"{name} avec BOM" if dialect.bom and name == "UTF-8" else name
