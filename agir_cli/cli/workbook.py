"""Sheets as workbooks: a list with the page that explains it, or a page for each subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from agir_cli.exchange.workbooks import Workbook
from agir_cli.reports.field_words import meaning_of, words_of
from agir_cli.reports.sheet import Column, Kind, Row, Section, Sheet, at, headings

EXPLANATIONS = "Explications"
"""The page of a workbook that says what its columns hold."""
_OPEN = 40
"""Values of a list that are told in one cell; longer ones stand in the documentation."""


def write_list(
    told: Callable[[], Sheet],
    columns: Sequence[Column],
    rows: Iterable[Row],
    totals: Iterable[Row],
    out: BinaryIO,
    *,
    worded: bool,
) -> None:
    """Write a list, its totals below, and what its columns mean; with its codes, the list alone.

    ``told``: the sheet, its title and notes counted, asked for once the rows are written.
    """
    titles = headings(columns) if worded else [column.name for column in columns]
    rates = at(columns, Kind.RATE) if worded else ()
    with Workbook(
        out, titles, text_at=at(columns, Kind.TEXT), date_at=at(columns, Kind.DATE), rate_at=rates,
        number_at=_numbers(columns),
    ) as book:  # fmt: skip
        for row in rows:
            book.row(row)
        book.totals(totals)
        sheet = told()
        notes = list(sheet.notes)
        book.entitle(sheet.title, notes)
        if worded:
            _explain(book, [sheet.title, *notes], zip(titles, columns, strict=True))


def write_subjects(out: BinaryIO, subjects: Iterable[tuple[str, Sheet, Sequence[Section]]]) -> None:
    """Write a workbook: a page for each subject, named, with what its columns mean at the end.

    A page has its title, notes (day, unit) and sections, the rows that add up others apart.
    """
    met: dict[str, Column] = {}
    with Workbook(out) as book:
        for name, sheet, sections in subjects:
            count = sum(section.size for section in sections)
            sheet = replace(sheet, notes=list(sheet.notes)).counted(count)
            notes = list(sheet.notes)
            book.page(name)
            book.entitle(sheet.title, notes)
            book.line(sheet.title, "title")
            for note in notes if sections else [*notes, sheet.nothing]:
                book.line(note)
            for section in sections:
                _section(book, section)
                met |= {column.name: column for column in section.columns if column.name}
            for note in sheet.below:
                book.line(note)
        _explain(book, [], ((column.heading, column) for column in met.values()))


def _section(book: Workbook, section: Section) -> None:
    book.line()
    if section.title:
        book.line(section.title, "part")
    if section.prose:
        for (text,) in section.cells():
            book.line(text)
        return
    known = [column.name for column in section.columns]
    places = [known.index(name) for name in section.usual] or range(len(known))
    columns = [section.columns[place] for place in places]
    book.table(
        headings(columns),
        text_at=[n for n, column in enumerate(columns) if not column.numeric],
        date_at=at(columns, Kind.DATE), rate_at=at(columns, Kind.RATE),
        number_at=_numbers(columns),
    )  # fmt: skip
    total = section.total or _none
    below = []
    for row in section.rows:
        cells = _cells(columns, [row[place] for place in places])
        if total(row):
            below.append(cells)
        else:
            book.row(cells)
    book.totals(below)
    if section.below:
        book.line(section.below)


def _numbers(columns: Sequence[Column]) -> list[int]:
    return [place for place, column in enumerate(columns) if column.numeric]


def _none(_: Row) -> bool:
    return False


def _cells(columns: Sequence[Column], row: Row) -> list[Any]:
    """Numbers and days as they are, for a spreadsheet to count with; the rest as people read it."""
    return [
        value if _counts(column, value) else column.text(value)
        for column, value in zip(columns, row, strict=False)
    ]


def _counts(column: Column, value: Any) -> bool:
    if column.numeric:
        return isinstance(value, int | float)
    return column.kind is Kind.DATE and isinstance(value, str) and len(value) in (10, 16)


def _explain(book: Workbook, above: Sequence[str], columns: Iterable[tuple[str, Column]]) -> None:
    book.page(EXPLANATIONS)
    book.entitle(EXPLANATIONS)
    for number, line in enumerate(above):
        book.line(line, "note" if number else "title")
    if above:
        book.line()
    book.table(["Colonne", "Ce qu'elle dit", "Nom dans les fichiers CSV", "Valeurs (code = mot)"])
    for heading, column in columns:
        words = words_of(column)
        told = " ; ".join(f"{code} = {word}" for code, word in words.items())
        book.row([heading, meaning_of(column), column.name, told if len(words) < _OPEN else ""])
