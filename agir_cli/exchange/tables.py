"""A file of rows, opened whatever its encoding, its separator or its kind.

``open_table`` reads the bytes once for their hash and encoding, finds the header, and gives rows
one at a time: memory does not grow with a delimited file (a workbook's sheet is held whole by
python-calamine). Nothing here knows what a column means.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Final

from agir_cli.exchange.delimited import rows_of
from agir_cli.exchange.dialect import Dialect, Known, Layout, as_written, describe, laid_out
from agir_cli.exchange.rows import Judge, Places, Row
from agir_cli.exchange.survey import Survey, hashed, open_source, surveyed
from agir_cli.failures import AgirFailure, RowsFailure, UsageFailure, reason_of

__all__ = ["ROW_FAULT", "Dialect", "Row", "Table", "open_table"]

# The ``_code`` of a row that could not be read (``Row.fault``).
ROW_FAULT: Final = "ligne_illisible"


class Table:
    """An open file of rows.

    ``header``: the heading of each column, stripped. ``dialect``: how the file is written.
    ``sha256``: of its bytes, hexadecimal. ``name``: as given, or « entrée standard ».
    ``described``: what was detected, one French sentence (two where a heading lost its accents).
    ``notes``: one sentence for each row left aside (totals, at most 20), then one for each kind of
    row that was completed, hidden or without its results; filled as rows are read. ``read``: the
    places of the columns that somebody reads (``None``: not said, so all): the characters of the
    others refuse no row. Use it in a ``with`` block, and read ``rows()`` to its end before asking
    for it again.
    """

    def __init__(
        self, stream: BinaryIO, name: str, sha256: str, source: _Source, exact: bool
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self.header = source.header
        self.dialect = source.dialect
        self.described = describe(source.dialect, source.header)
        self.notes: list[str] = []
        self.read: frozenset[int] | None = None
        self._stream = stream
        self._source = source
        self._exact = exact

    def rows(self) -> Iterator[Row]:
        """The rows below the header, blank and totals rows left out, from the first.

        Raises ``RowsFailure`` where the file turns out not to be a table.
        """
        self.notes.clear()
        return self._source.rows(self.notes, self._exact, self.read)

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()

    def __enter__(self) -> Table:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Source:
    """A kind of file: what its header is, and its rows."""

    header: tuple[str, ...]
    dialect: Dialect

    def rows(self, notes: list[str], exact: bool, read: Places) -> Iterator[Row]:
        raise NotImplementedError


class _Text(_Source):
    def __init__(self, stream: BinaryIO, survey: Survey, layout: Layout) -> None:
        self._stream, self._survey, self._layout = stream, survey, layout
        self.header = layout.header
        self.dialect = Dialect(
            kind="csv",
            encoding=survey.encoding,
            bom=bool(survey.bom),
            delimiter=layout.delimiter,
            newline=layout.newline,
            title_lines=layout.title_lines,
            sheet=None,
        )

    def rows(self, notes: list[str], exact: bool, read: Places) -> Iterator[Row]:
        self._stream.seek(len(self._survey.bom))
        errors = "strict" if self.dialect.encoding.startswith("utf-16") else "surrogateescape"
        text = io.TextIOWrapper(self._stream, self.dialect.encoding, errors, newline="")
        judge = Judge(
            width=len(self.header),
            delimiter=self._layout.delimiter,
            trims=self._layout.trims,
            suspect=self._survey.suspect,
            mixed=self._survey.mixed,
            marked=self._survey.marked,
            exact=exact,
            notes=notes,
            read=read,
            header=self.header,
        )
        try:
            yield from rows_of(text, self._layout, judge)
        finally:
            # Else the wrapper, once collected, would close the file under the table. A command
            # that was interrupted may have closed it before the last row let go of it.
            if not self._stream.closed:
                text.detach()


class _Workbook(_Source):
    def __init__(
        self, stream: BinaryIO, kind: str, name: str, sheet: str | None, known: Known
    ) -> None:
        from agir_cli.exchange.sheets import Sheet

        self._sheet = Sheet(stream, name, sheet, known)
        self.header = self._sheet.header
        self.dialect = Dialect(
            kind=kind,
            encoding="utf-8",
            bom=True,
            delimiter=";",
            newline="\r\n",
            title_lines=self._sheet.title_lines,
            sheet=self._sheet.name,
        )

    def rows(self, notes: list[str], exact: bool, read: Places) -> Iterator[Row]:
        return self._sheet.rows(notes, exact, read)


def open_table(
    source: str,
    *,
    sheet: str | None = None,
    known: Known | None = None,
    empty_ok: bool = False,
    exact: bool = False,
) -> Table:
    """The table in the file ``source``, or on standard input (``-``).

    ``sheet``: which sheet of a workbook (by default the first that is shown). ``known``: says
    whether a cell is a heading the caller understands; it tells a title line from the header.
    ``empty_ok``: accepts a header with no row below it. ``exact``: the file is one that this
    program wrote (header on the first line); nothing in it is taken for a total, a blank row or a
    quote out of place.

    Raises ``UsageFailure`` for a file or a sheet that is not there, or a missing extra, and
    ``RowsFailure`` for an empty or binary file.
    """
    name = "entrée standard" if source == "-" else source
    stream = open_source(source)
    try:
        table = _opened(stream, name, sheet, known or _nothing, exact)
        if not table.header:
            raise RowsFailure(f"« {name} » est vide.")
        if not empty_ok and next(table.rows(), None) is None:
            raise RowsFailure(
                f"« {name} » a un en-tête mais aucune ligne : "
                + ", ".join(f"« {heading} »" for heading in table.header[:20])
            )
    except BaseException:
        stream.close()
        raise
    return table


def _opened(stream: BinaryIO, name: str, sheet: str | None, known: Known, exact: bool) -> Table:
    try:
        kind = _kind(stream, name)
        if kind is not None:
            workbook = _Workbook(stream, kind, name, sheet, known)
            return Table(stream, name, hashed(stream), workbook, exact)
        if sheet is not None:
            raise UsageFailure(f"« {name} » n'est pas un classeur : il n'a pas de feuilles.")
        survey = surveyed(stream, name, exact=exact)
        layout = _layout(survey, known, exact)
        return Table(stream, name, survey.sha256, _Text(stream, survey, layout), exact)
    except OSError as error:
        raise AgirFailure(f"« {name} » : lecture impossible, {reason_of(error)}.") from error


def _kind(stream: BinaryIO, name: str) -> str | None:
    stream.seek(0)
    if stream.read(2) not in (b"PK", b"\xd0\xcf"):
        return None
    from agir_cli.exchange.sheets import workbook_kind

    return workbook_kind(stream, name)


def _nothing(_: str) -> bool:
    return False


def _layout(survey: Survey, known: Known, exact: bool) -> Layout:
    if exact:
        # The two dialects of ``writing``: --excel has a BOM and semicolons.
        return as_written(survey.head, ";" if survey.bom else ",")
    return laid_out(survey.head, survey.whole, known)
