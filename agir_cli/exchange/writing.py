"""Rows to bytes: CSV, JSON, JSON lines, .xlsx, Markdown, plain table, page.

CSV is RFC 4180: comma, CRLF, quotes where needed, UTF-8 without BOM, ISO dates, so the same bytes
on every system. ``excel=True`` writes what a French spreadsheet opens by double click: semicolon,
UTF-8 with BOM, dates dd/mm/yyyy. Text that a spreadsheet could take for a formula is marked in CSV
and .xlsx (``cells.mark``). ``oui``/``non`` stand for booleans, except in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, BinaryIO, Final, TextIO, cast

from agir_cli.exchange.cells import json_visible, visible
from agir_cli.exchange.csv_writing import write_csv
from agir_cli.exchange.shapes import Cells, Shape, as_text, french_date, plain_value
from agir_cli.failures import UsageFailure

_PIPES: Final = re.compile(r"([\\|`*<>\[\]])")


def write_rows(
    rows: Iterable[Cells],
    columns: Sequence[str],
    *,
    format: str,  # noqa: A002 - the option's own name
    out: BinaryIO | TextIO,
    excel: bool = False,
    text_columns: Collection[str] | None = None,
    labels: Mapping[str, str] | None = None,
    dates: Collection[str] = (),
    joined_by: str | None = None,
) -> None:
    """Writes ``rows`` (values in the order of ``columns``: str, int, bool, float or ``None``).

    ``text_columns``: those whose cells may need a formula mark (``None``: all of them).
    ``dates``: those that hold ISO or partial dates; they are French (dd/mm/yyyy, mm/yyyy) in
    ``plain``, ``markdown`` and with ``excel``, real dates in xlsx. ``labels`` are the headings of
    those formats and of xlsx; ``csv``, ``json`` and ``jsonl`` keep the field names.
    ``joined_by`` (CSV alone): a row may be one text, this character between its cells and in none.

    Memory is constant, but for ``plain``, whose columns are as wide as their widest cell, and
    for ``html``.
    Raises ``UsageFailure`` for an unknown format, a missing extra, or what a sheet cannot hold.
    """
    writer = _WRITERS.get(format)
    if writer is None:
        raise UsageFailure(f"Format inconnu : « {format} ».", "Formats : " + ", ".join(_WRITERS))
    named = excel or format not in ("csv", "json", "jsonl")
    texts = columns if text_columns is None else text_columns
    shape = Shape(
        columns=columns,
        headings=[(labels or {}).get(name, name) if named else name for name in columns],
        text_at=tuple(place for place, name in enumerate(columns) if name in texts),
        date_at=tuple(place for place, name in enumerate(columns) if name in dates),
        excel=excel,
        joined_by=joined_by,
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
        yield json_visible(encode(dict(zip(shape.columns, row, strict=True))))


def _write_xlsx(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    from agir_cli.exchange.workbooks import Workbook

    binary = cast("BinaryIO", getattr(out, "buffer", out))
    with Workbook(binary, shape.headings, text_at=shape.text_at, date_at=shape.date_at) as book:
        for row in rows:
            book.row(row)


def _write_markdown(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    with as_text(out) as text:
        text.write(_markdown_line(shape.headings))
        text.write(_markdown_line(["---"] * len(shape.headings)))
        for row in rows:
            text.write(_markdown_line(_PIPES.sub(r"\\\1", cell) for cell in _shown(row, shape)))


def _markdown_line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _write_plain(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    from tabulate import tabulate

    table = [_shown(row, shape) for row in rows]
    with as_text(out) as text:
        if table:
            headings = [visible(heading) for heading in shape.headings]
            # Numbers are text here too: tabulate would take the zero off 0123456789.
            text.write(tabulate(table, headings, tablefmt="plain", disable_numparse=True) + "\n")


def _write_html(rows: Iterable[Cells], shape: Shape, out: IO[Any]) -> None:
    """A page of one table, without a title: `cli.render` writes those that have one."""
    from agir_cli.exchange.pages import Page, Part, Table, write_page

    table = Table("", shape.headings, [_shown(row, shape) for row in rows], texts=shape.text_at)
    binary: BinaryIO = cast("BinaryIO", getattr(out, "buffer", out))
    write_page(Page("agir", (), [Part("", tables=[table])]), binary)


def _shown(row: Cells, shape: Shape) -> list[str]:
    cells = [visible(str(plain_value(value))) for value in row]
    for place in shape.date_at:
        cells[place] = french_date(cells[place])
    return cells


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
