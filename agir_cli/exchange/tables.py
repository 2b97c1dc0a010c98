"""A file of rows, opened whatever its encoding, its separator or its kind.

A text is read whole and decoded once: its 100,000 rows are some 12 MB. A workbook's sheet is held
by python-calamine. Nothing here knows what a column means.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

from agir_cli.exchange.dialect import (
    HEAD,
    LONGEST_LINE,
    DecodedText,
    Dialect,
    Layout,
    decoded,
    describe,
    laid_out,
    refuse_endless_line,
    refuse_what_is_no_text,
)
from agir_cli.exchange.row_kinds import IsHeading
from agir_cli.exchange.rows import Positions, Row, RowRules, rows_of, stray_quote
from agir_cli.failures import AgirFailure, RowsFailure, UsageFailure, reason_of

# A text of a team beyond this would not fit in the memory of a small machine.
_LARGEST: Final = 1 << 30
# What a pipe may give: it has no end that could be seen.
_POURED: Final = 256 << 20
# How the files that hold a workbook begin.
_ARCHIVES: Final = (b"PK", b"\xd0\xcf")

# From so many characters on, a quote out of place is looked for before any row is read.
_LONG: Final = 1 << 20
# The first lines say how a table is laid out, however long they are.
_WIDE: Final = 3
_DOUBT: Final = (
    "« {} » est lu en cp1252 (Windows) ; si le fichier est en ISO-8859-15, ce mot est autre : "
    "enregistrez-le en CSV UTF-8"
)


class OpenTable:
    """An open file of rows.

    ``header``: the heading of each column, stripped. ``dialect``: how the file is written.
    ``sha256``: of its bytes, hexadecimal. ``name``: as given, or « entrée standard ».
    ``described``: what was detected, one French sentence (two where a heading lost its accents).
    ``notes``: one sentence for each row left aside (totals, at most 20), then one for each kind of
    row that was completed, hidden or without its results; filled as rows are read. ``read``: the
    places of the columns that somebody reads (``None``: not said, so all): the characters of the
    others refuse no row. ``accents``: which of them came back, in what was read. ``others``: the
    sheets with known headings that are not read, and how many rows each has. ``stray_quote``: in a
    long text, where a quote is out of place, and why. Use it in a ``with`` block, and read
    ``rows()`` to its end before asking for it again.
    """

    def __init__(
        self,
        stream: BinaryIO,
        name: str,
        sha256: str,
        header: tuple[str, ...],
        dialect: Dialect,
        rows: Callable[[list[str], Positions], Iterator[Row]],
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self.header = header
        self.dialect = dialect
        self.described = describe(dialect, header)
        self.notes: list[str] = []
        self.read: Positions = None
        self.accents: Callable[[], tuple[str, ...]] = tuple
        self.others: tuple[tuple[str, int], ...] = ()
        self.stray_quote: str | None = None
        self._stream = stream
        self._rows = rows

    def rows(self) -> Iterator[Row]:
        """The rows below the header, blank and totals rows left out, from the first.

        Raises ``RowsFailure`` where the file turns out not to be a table.
        """
        self.notes.clear()
        return self._rows(self.notes, self.read)

    def column(self, heading: str) -> Iterator[str]:
        """The cells of the first rows under a heading; none where it is not there."""
        if heading in self.header:
            place = self.header.index(heading)
            yield from (row.cells[place] for row in islice(self.rows(), 20) if not row.fault)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def __enter__(self) -> OpenTable:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_table(
    source: str,
    sheet: str | None = None,
    known: IsHeading | None = None,
    *,
    rowless: bool = False,
) -> OpenTable:
    """The table in the file ``source``, or on standard input (``-``).

    ``sheet``: which sheet of a workbook (by default the first that is shown). ``known``: says
    which field a cell is a heading of; it tells headings, titles and rows from each other.
    ``rowless``: its headings alone are asked for.

    Raises ``UsageFailure`` for a file or a sheet that is not there, or a missing extra, and
    ``RowsFailure`` for an empty, binary or endless file.
    """
    name = "entrée standard" if source == "-" else source
    stream = _bytes_of(source)
    try:
        table = _opened(stream, name, sheet, known or _nothing)
        if not table.header:
            raise RowsFailure(f"« {name} » est vide.")
        if not rowless and next(table.rows(), None) is None:
            raise RowsFailure(
                f"« {name} » a un en-tête mais aucune ligne : "
                + ", ".join(f"« {heading} »" for heading in table.header[:20])
            )
    except BaseException:
        stream.close()
        raise
    return table


def _bytes_of(source: str) -> BinaryIO:
    """The file, seekable: standard input and pipes are read whole."""
    if source == "-":
        return _poured(sys.stdin.buffer, "entrée standard")
    try:
        if Path(source).is_dir():
            raise UsageFailure(f"« {source} » est un dossier, pas un fichier.")
        stream = Path(source).open("rb")  # noqa: SIM115 - the table closes it
    except FileNotFoundError:
        raise UsageFailure(f"Le fichier « {source} » n'existe pas.") from None
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else "nom impossible"
        raise UsageFailure(f"Le fichier « {source} » ne peut pas être lu : {reason}.") from None
    if stream.seekable():
        return stream
    with stream:
        return _poured(stream, source)


def _poured(stream: BinaryIO, name: str) -> BinaryIO:
    """What a pipe gives, whole; its beginning is judged before the rest is waited for."""
    data = stream.read(LONGEST_LINE + HEAD)
    if data[:2] not in _ARCHIVES:
        refuse_what_is_no_text(data[:HEAD], name)
        refuse_endless_line(data, name)
    poured = io.BytesIO()
    while data:  # by pieces: as much as is asked of a stream is set apart in memory at once
        poured.write(data)
        if poured.tell() > _POURED:
            raise RowsFailure(
                f"« {name} » donne plus de {_POURED >> 20} Mo : enregistrez-le dans un fichier."
            )
        data = stream.read(HEAD)
    poured.seek(0)
    return poured


def _opened(stream: BinaryIO, name: str, sheet: str | None, known: IsHeading) -> OpenTable:
    from hashlib import sha256

    try:
        head = stream.read(HEAD)
        if (kind := _workbook_kind(stream, head, name)) is not None:
            from agir_cli.exchange.spreadsheets import WorkbookSheet

            found = WorkbookSheet(stream, kind, name, sheet, known)
            stream.seek(0)
            digest = sha256(stream.read()).hexdigest()
            table = OpenTable(stream, name, digest, found.header, found.dialect, found.rows)
            table.others = found.others
            table.accents = found.accents
            return table
        if sheet is not None:
            raise UsageFailure(f"« {name} » n'est pas un classeur : il n'a pas de feuilles.")
        refuse_what_is_no_text(head, name)
        if stream.seek(0, io.SEEK_END) > _LARGEST:
            raise RowsFailure(f"« {name} » fait plus de 1 Go : coupez-le en plusieurs fichiers.")
        stream.seek(0)
        data = stream.read()
    except OSError as error:
        raise AgirFailure(f"« {name} » : lecture impossible, {reason_of(error)}.") from error
    text = decoded(data, name)
    digest = sha256(data).hexdigest()
    del data
    size = HEAD
    while size < len(text.content) and len(text.content[:size].splitlines()) <= _WIDE:
        size *= 4  # thousands of columns
    layout = laid_out(text.content[:size], len(text.content) <= size, known)
    dialect = Dialect(
        kind="csv",
        encoding=text.encoding,
        bom=text.bom,
        delimiter=layout.delimiter,
        newline=layout.newline,
        title_lines=layout.title_lines,
        sheet=None,
        unread=layout.above.unread,
    )
    rows = partial(_text_rows, text, layout)
    table = OpenTable(stream, name, digest, layout.header.names, dialect, rows)
    table.accents = lambda: (text.restored,) if text.restored else ()
    if len(text.content) > _LONG and text.content.count('"') % 2:
        table.stray_quote = stray_quote(text.content, layout)
    return table


def _text_rows(
    text: DecodedText, layout: Layout, notes: list[str], read: Positions
) -> Iterator[Row]:
    if text.doubt:
        notes.append(_DOUBT.format(text.doubt))
    rules = RowRules(
        header=layout.header,
        delimiter=layout.delimiter,
        notes=notes,
        trims=layout.trims,
        suspect=text.suspect,
        mixed=text.mixed,
        wrapped=text.wrapped,
        read=read,
    )
    return rows_of(text.content, layout, rules)


def _workbook_kind(stream: BinaryIO, head: bytes, name: str) -> str | None:
    if head[:2] not in _ARCHIVES:
        return None
    from agir_cli.exchange.spreadsheets import workbook_kind

    return workbook_kind(stream, name)


def _nothing(_: str) -> None:
    return None
