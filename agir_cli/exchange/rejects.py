"""The rejected rows, in a file that can be corrected and fed back as it is.

The input's own columns in their order, its delimiter, encoding and line ends, then seven columns
whose names begin with ``_``. Cells that could be a formula are marked; reading removes the marks.
A row that could not be read at all gets one cell more, beyond the last column: as long as it is
there the row has too many cells, so it cannot slip in uncorrected. ``_a_faire`` says to empty it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from json import dumps, loads
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, TextIO

from agir_cli.exchange.cells import mark
from agir_cli.exchange.outputs import open_output, refuse_existing
from agir_cli.exchange.rows import Row

if TYPE_CHECKING:
    from agir_cli.exchange.tables import OpenTable

ORIGIN: Final = "_fichier"
"""Which file they come from, where that tells what a code means (a household's)."""
CONTROL: Final = ("_ligne", "_code", "_colonne", "_valeur", "_motif", "_source", "_a_faire")
UNREAD: Final = "ligne à relire : corrigez-la, puis effacez cette cellule"
STILL_UNREAD: Final = (
    "« ligne à relire » est encore à droite de la colonne _a_faire : la ligne n'est pas lue tant"
    " que cette cellule est là"
)
EMPTY_IT: Final = (
    "Corrigez la ligne, puis effacez tout ce qui est à droite de la colonne _a_faire, dont la"
    " cellule « ligne à relire »."
)
_SEPARATOR: Final = " | "
_ERRORS: Final = "agir_rejects"


class Fault(NamedTuple):
    """One thing wrong with one row: the six ``_`` columns after ``_ligne``, all French text."""

    code: str
    column: str
    value: str
    reason: str
    source: str = ""
    action: str = ""


class Groups:
    """Like faults counted together: what is wrong, in which column, on how many lines."""

    def __init__(self) -> None:
        self._lines: Counter[tuple[str, str]] = Counter()

    def add(self, fault: Fault) -> None:
        """Count a fault with those that differ from it by the value alone."""
        told = " ".join(_PARTICULAR.sub("", fault.reason).split()).strip(" .:;,")
        if fault.reason.startswith("«") and re.match(r"n'|ne |est |a ", told):
            told = f"valeur qui {told}".replace(" admis", " admise").replace(" ambigu", " ambiguë")
        self._lines[told, fault.column] += 1

    def told(self) -> list[str]:
        """« Deux dates de naissance : 40 lignes, colonne « Né(e) le » », most frequent first."""
        found = []
        for (reason, column), count in self._lines.most_common(_GROUPS):
            where = f", colonne « {column} »" if column else ""
            found.append(
                f"{reason[:1].upper()}{reason[1:]} : {count} ligne{'s' * (count > 1)}{where}"
            )
        more = len(self._lines) - len(found)
        return [*found, f"… et {more} autres sortes de fautes"] if more > 0 else found


_PARTICULAR: Final = re.compile(r"« [^»]*»(?: :)?|\((?:« [^»]*»|[^()])*\)|— .*")
_GROUPS: Final = 10


class Rejects(ExitStack):
    """Writes rejected rows to ``path``; used in a ``with`` block.

    No file is made before the first row; it takes its name when the block ends well, and is
    removed when it does not. A ``path`` that ends in ``.xlsx`` gives a workbook, which says above
    the rows what is wrong and how often, and colours the cells; rows of a workbook otherwise come
    out as CSV that a spreadsheet opens (``;``, UTF-8 with BOM). ``count``: rows
    written. Raises ``UsageFailure`` at once where the file exists.
    """

    def __init__(
        self, path: str, table: OpenTable, origin: str = "", *, overwrite: bool | None = None
    ) -> None:
        """``origin``: the mark of the file they come from, put into each row."""
        super().__init__()
        refuse_existing(path, overwrite=overwrite)
        self._overwrite = bool(overwrite)
        self.count = 0
        self._path = path
        self._dialect = table.dialect
        self._width = len(table.header)
        self._origin = [origin] if origin else []
        added = (*CONTROL, *([ORIGIN] if origin else []))
        self._kept = [p for p, name in enumerate(table.header) if name not in (*CONTROL, ORIGIN)]
        self._columns = [table.header[place] for place in self._kept] + list(added)
        self._write: Callable[[Sequence[str], Mapping[int, str]], object] | None = None
        self._places = {self._columns[place]: place for place in range(len(self._kept))}
        self._groups = Groups()

    def add(self, row: Row, faults: Iterable[Fault]) -> None:
        """Adds ``row`` with all its ``faults``, joined by `` | `` inside each column."""
        if self._write is None:
            self._write = self._opened()
        if row.fault:
            faults = [fault._replace(action=EMPTY_IT) for fault in faults]
        faults = list(faults)
        wrong = {
            self._places[fault.column]: fault.reason
            for fault in faults
            if fault.column in self._places
        }
        padded = row.cells + [""] * (self._width - len(row.cells))
        told = [_SEPARATOR.join(parts) for parts in zip(*faults, strict=True)]
        cells = [padded[place] for place in self._kept] + [str(row.line), *told, *self._origin]
        if row.fault:
            cells += [UNREAD, *(cell for cell in padded[self._width :] if cell != UNREAD)]
        for fault in faults:
            self._groups.add(fault)
        self._write(cells, wrong)
        self.count += 1

    def _opened(self) -> Callable[[Sequence[str], Mapping[int, str]], object]:
        path = Path(self._path)
        out: BinaryIO
        if self._path == "-" or path.is_fifo() or path.is_char_device():
            # Who reads it may be slow, or nobody: it is written to once the base is let go of.
            out = io.BytesIO()
            self.push(partial(self._pour, out))
        else:
            out = self.enter_context(open_output(self._path, overwrite=self._overwrite))
        if self._path.lower().endswith(".xlsx"):
            spool = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - the stack closes it
            self.enter_context(spool)
            self.push(partial(self._bind, out, spool))
            return lambda cells, wrong: print(dumps([cells, [*wrong.items()]]), file=spool)
        text = io.TextIOWrapper(out, self._dialect.encoding, _ERRORS, newline="")
        self.callback(text.detach)
        if self._dialect.bom:
            text.write("\ufeff")
        writer = csv.writer(
            text, delimiter=self._dialect.delimiter, lineterminator=self._dialect.newline
        )
        writer.writerow(map(mark, self._columns))
        return lambda cells, _: writer.writerow(map(_disarmed, cells))

    def _bind(self, out: BinaryIO, spool: TextIO, kind: object, *_: object) -> None:
        """Write the workbook: what is wrong, by its kinds, then the rows, faulty cells coloured."""
        if kind is not None:
            return
        from agir_cli.exchange.workbooks import Workbook

        with Workbook(out) as book:
            book.page("À corriger")
            for told in self._groups.told():
                book.line(told)
            book.table(self._columns, alone=True)
            spool.seek(0)
            for line in spool:
                cells, wrong = loads(line)
                book.row(list(map(_disarmed, cells)), faulty=dict(wrong))

    def _pour(self, held: io.BytesIO, kind: object, *_: object) -> None:
        if kind is None:
            with open_output(self._path) as out:
                out.write(held.getvalue())


def _disarmed(cell: str) -> str:
    """The cell, marked if it could be a formula; a telephone number abroad is none."""
    return cell if re.fullmatch(r"\+\d{6,15}|\+\d{1,3}(?:[ .]\d{1,4}){2,7}", cell) else mark(cell)


def _encoded(error: UnicodeError) -> tuple[str | bytes, int]:
    """An undecodable byte goes back as it came; a letter the encoding lacks loses its accent."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    char = error.object[error.start]
    if "\udc80" <= char <= "\udcff":
        return bytes([ord(char) - 0xDC00]), error.start + 1
    plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return plain or "?", error.start + 1


codecs.register_error(_ERRORS, _encoded)
