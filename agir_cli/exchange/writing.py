"""Rows to bytes: CSV, JSON, JSON lines, .xlsx, Markdown, plain table, page.

CSV is RFC 4180: comma, CRLF, quotes where needed, UTF-8 without BOM, ISO dates, so the same bytes
on every system. ``excel=True`` writes what a French spreadsheet opens by double click: semicolon,
UTF-8 with BOM, dates dd/mm/yyyy. Text that a spreadsheet could take for a formula is marked in CSV
and .xlsx (``cells.mark``). ``oui``/``non`` stand for booleans, except in JSON, what is empty being
``null``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from typing import IO, Any, BinaryIO, Final, NamedTuple, TextIO, cast

from agir_cli.exchange.cells import WATCHED_FIRST, json_visible, mark, visible
from agir_cli.failures import UsageFailure

_PIPES: Final = re.compile(r"([\\|`*<>\[\]])")


# --- what every writer shares ------------------------------------------------------------


Cells = Sequence[object]


class Shape(NamedTuple):
    """What is written: the names of the columns, and where text and dates stand."""

    columns: Sequence[str]
    text_at: tuple[int, ...]
    date_at: tuple[int, ...]
    excel: bool


def french_date(text: str) -> str:
    """An ISO date as typed in France: ``25/01/2023``, ``01/2023``, ``25/01/2023 14:30``.

    A year alone, an interval in brackets and any other text come back as they are.
    """
    day, rest = text[:10], text[10:]
    match day.split("-"):
        case [year, month, number] if len(day) == 10 and (year + month + number).isdecimal():
            return f"{number}/{month}/{year}" + (f" {rest[1:]}" if rest else "")
        case [year, month] if len(text) == 7 and len(year) == 4 and (year + month).isdecimal():
            return f"{month}/{year}"
    return text


def plain_text(value: object) -> str:
    return value if isinstance(value, str) else str(plain_value(value))


def plain_value(value: object) -> object:
    if value is True or value is False:
        return "oui" if value else "non"
    return "" if value is None else value


@contextmanager
def as_text(out: IO[Any]) -> Iterator[IO[str]]:
    """``out`` as UTF-8 text with line ends kept, whatever the terminal's or the job's encoding."""
    binary = getattr(out, "buffer", out)
    if isinstance(binary, io.TextIOBase):
        yield out
        return
    out.flush()
    text = io.TextIOWrapper(binary, "utf-8", "backslashreplace", newline="")
    try:
        yield text
    finally:
        # Detached, or the stream would be closed with the wrapper; this flushes too.
        text.detach()


# --- CSV ---------------------------------------------------------------------------------


_BLOCK: Final = 256


def write_csv(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    """Write rows of cells."""
    delimiter = ";" if shape.excel else ","
    lines: list[str] = []
    writer = csv.writer(_Lines(lines), delimiter=delimiter)
    with as_text(out) as text:
        if shape.excel:
            text.write("\ufeff")
        writer.writerow(mark(heading) for heading in shape.columns)
        for block in _blocks(rows):
            _write_cells(block, shape, delimiter, lines, writer)
            text.write("".join(lines))
            lines.clear()
        text.write("".join(lines))


class _Lines:
    """What `csv.writer` writes to. Joining is five times faster: the writer has the hard rows."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def _write_cells(
    block: list[Cells], shape: Shape, delimiter: str, lines: list[str], writer: Any
) -> None:
    for row, line in _safe(block, shape, delimiter):
        if len(row) == 1 or '"' in line or "\n" in line or "\r" in line:
            writer.writerow(row)
            continue
        if line.count(delimiter) >= len(row):
            line = delimiter.join([f'"{cell}"' if delimiter in cell else cell for cell in row])
        lines.append(line + "\r\n")


def _safe(block: list[Any], shape: Shape, delimiter: str) -> Iterator[tuple[Sequence[str], str]]:
    """The rows as CSV shows them, and their cells joined, not yet quoted."""
    texts = _getter(shape.text_at)
    convert = _changed if shape.excel and shape.date_at else _all_text
    as_they_are = convert is _all_text and set(map(type, block[0])) == {str}
    for row in block:
        cells = row if as_they_are else convert(row, shape)
        try:
            line = delimiter.join(cells)
        except TypeError:  # not like the first of its block
            cells = convert(row, shape)
            line = delimiter.join(cells)
        for value in texts(cells):
            if value and value[0] in WATCHED_FIRST:
                cells = _changed(row, shape)
                line = delimiter.join(cells)
                break
        yield cells, line


def _all_text(row: Cells, _shape: Shape) -> list[str]:
    return [
        "" if cell is None else cell if cell.__class__ is str else plain_text(cell)
        for cell in row
    ]  # fmt: skip


def _getter(places: tuple[int, ...]) -> Callable[[Any], Iterable[Any]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: [row[place] for place in places]


def _changed(row: Cells, shape: Shape) -> list[str]:
    cells = [plain_text(value) for value in row]
    if shape.excel:
        for place in shape.date_at:
            cells[place] = french_date(cells[place])
    for place in shape.text_at:
        cells[place] = mark(cells[place])
    return cells


def _blocks(rows: Iterable[Cells]) -> Iterator[list[Cells]]:
    source = iter(rows)
    while block := list(islice(source, _BLOCK)):
        yield block


# --- the other formats --------------------------------------------------------------------


def _write_json(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    with as_text(out) as text:
        before = "[\n"
        for line in _json_lines(rows, shape):
            text.write(before + line)
            before = ",\n"
        text.write("[]\n" if before == "[\n" else "\n]\n")


def _write_jsonl(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    with as_text(out) as text:
        for line in _json_lines(rows, shape):
            text.write(line + "\n")


def _json_lines(rows: Iterable[Cells], shape: Shape) -> Iterator[str]:
    import json

    encode = json.JSONEncoder(ensure_ascii=False).encode
    for row in rows:
        told = ((n, None if v == "" else v) for n, v in zip(shape.columns, row, strict=True))
        yield json_visible(encode(dict(told)))


def _write_xlsx(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    from agir_cli.exchange.workbooks import Workbook

    binary = cast("BinaryIO", getattr(out, "buffer", out))
    with Workbook(binary, shape.columns, text_at=shape.text_at, date_at=shape.date_at) as book:
        for row in rows:
            book.row(row)


def _write_markdown(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    with as_text(out) as text:
        text.write(_markdown_line(shape.columns))
        text.write(_markdown_line(["---"] * len(shape.columns)))
        for row in rows:
            text.write(_markdown_line(_PIPES.sub(r"\\\1", cell) for cell in _shown(row, shape)))


def _markdown_line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _write_plain(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    from tabulate import tabulate

    table = [_shown(row, shape) for row in rows]
    with as_text(out) as text:
        if table:
            headings = [visible(heading) for heading in shape.columns]
            # Numbers are text here too: tabulate would take the zero off 0123456789.
            text.write(tabulate(table, headings, tablefmt="plain", disable_numparse=True) + "\n")


def _write_html(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    """A page of one table, without a title: `cli.render` writes those that have one."""
    from agir_cli.exchange.pages import Page, Part, Table, write_page

    table = Table("", shape.columns, [_shown(row, shape) for row in rows], texts=shape.text_at)
    binary: BinaryIO = cast("BinaryIO", getattr(out, "buffer", out))
    write_page(Page("agir", (), [Part("", tables=[table])]), binary)


def _shown(row: Cells, shape: Shape) -> list[str]:
    cells = [visible(str(plain_value(value))) for value in row]
    for place in shape.date_at:
        cells[place] = french_date(cells[place])
    return cells


# --- all of them --------------------------------------------------------------------------


_WRITERS: Final[Mapping[str, Callable[[Iterable[Cells], Shape, IO[Any]], None]]] = {
    "csv": write_csv,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "xlsx": _write_xlsx,
    "markdown": _write_markdown,
    "plain": _write_plain,
    "html": _write_html,
}
FORMATS: Final = tuple(_WRITERS)


def write_rows(
    rows: Iterable[Cells],
    columns: Sequence[str],
    *,
    format: str,  # noqa: A002 - the option's own name
    out: BinaryIO | TextIO,
    excel: bool = False,
    text_columns: Collection[str] | None = None,
    dates: Collection[str] = (),
) -> None:
    """Writes ``rows`` (values in the order of ``columns``: str, int, bool, float or ``None``).

    ``text_columns``: those whose cells may need a formula mark (``None``: all of them).
    ``dates``: those that hold ISO or partial dates; they are French (dd/mm/yyyy, mm/yyyy) in
    ``plain``, ``markdown`` and with ``excel``, real dates in xlsx.

    Memory is constant, but for ``plain``, whose columns are as wide as their widest cell, and
    for ``html``.
    Raises ``UsageFailure`` for an unknown format, a missing extra, or what a sheet cannot hold.
    """
    writer = _WRITERS.get(format)
    if writer is None:
        raise UsageFailure(f"Format inconnu : « {format} ».", "Formats : " + ", ".join(_WRITERS))
    texts = columns if text_columns is None else text_columns
    shape = Shape(
        columns=columns,
        text_at=tuple(place for place, name in enumerate(columns) if name in texts),
        date_at=tuple(place for place, name in enumerate(columns) if name in dates),
        excel=excel,
    )
    writer(rows, shape, out)


_ENDINGS: Final = {
    "csv": "csv", "json": "json", "jsonl": "jsonl", "md": "markdown", "xlsx": "xlsx",
    "txt": "plain", "html": "html", "htm": "html",
}  # fmt: skip
_KNOWN: Final = frozenset(_ENDINGS) | {
    "pdf", "doc", "docx", "odt", "ods", "xls", "xlsm", "ics", "svg", "png", "xml",
}  # fmt: skip


def format_of(path: str | None, default: str, admitted: Mapping[str, str] = _ENDINGS) -> str:
    """The format that a file's ending says, by ``admitted``; ``default`` where it says none.

    Raises ``UsageFailure`` for the ending of a format that would not be in the file.
    """
    ending = path.rpartition(".")[2].lower() if path and "." in path else ""
    if ending in _KNOWN and ending not in admitted:
        raise UsageFailure(
            f"Cette commande n'écrit pas de fichier .{ending}.",
            f"Terminaisons admises : {', '.join(f'.{name}' for name in admitted)}",
        )
    return admitted.get(ending, default)
