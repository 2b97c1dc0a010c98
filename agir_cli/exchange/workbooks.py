"""One sheet written as .xlsx by XlsxWriter, a row at a time, in constant memory."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

from agir_cli.drafts import draft
from agir_cli.exchange.cells import mark, visible
from agir_cli.failures import AgirFailure, UsageFailure

LONGEST_TEXT: Final = 32_767
MOST_ROWS: Final = 1_048_576
_WIDEST: Final = 60
_OUTSIDE_XML: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")


class Workbook:
    """An .xlsx being written, in a ``with`` block: bold frozen header, filter, widths by content.

    ``text_at``: places of the columns whose text bears formula marks. ``date_at``: places of the
    columns whose full ISO dates become real dates; partial dates stay text.
    """

    def __init__(
        self,
        out: BinaryIO,
        headings: Sequence[str],
        *,
        text_at: Collection[int],
        date_at: Collection[int] = (),
        sheet: str = "AGIR",
    ) -> None:
        from tempfile import gettempdir

        # XlsxWriter keeps rows in a temporary file: in a draft's folder, so that an interrupted
        # command leaves no name behind.
        self._drafts = ExitStack()
        folder = self._drafts.enter_context(draft(Path(gettempdir()) / "agir-classeur"))
        folder.mkdir(mode=0o700)
        self._out = _Patient(out)
        self._book = _new_book(self._out, str(folder))
        self._sheet = self._book.add_worksheet(sheet)
        self._day = self._book.add_format({"num_format": "dd/mm/yyyy", "align": "left"})
        self._hour = self._book.add_format({"num_format": "dd/mm/yyyy hh:mm", "align": "left"})
        self._text_at, self._date_at = frozenset(text_at), frozenset(date_at)
        self._widths = [len(heading) for heading in headings]
        self._line = 0
        self._sheet.freeze_panes(1, 0)
        bold = self._book.add_format({"bold": True, "bottom": 1})
        for place, heading in enumerate(headings):
            self._sheet.write_string(0, place, heading, bold)

    def row(self, values: Sequence[object]) -> None:
        """Adds one row. Raises ``UsageFailure`` for what a sheet cannot hold."""
        self._line += 1
        if self._line >= MOST_ROWS:
            raise UsageFailure(
                f"Un classeur ne peut pas contenir plus de {MOST_ROWS:,} lignes : ".replace(
                    ",", " "
                )
                + "choisissez --format csv."
            )
        for place, value in enumerate(values):
            if value is not None and value != "":
                self._write(place, value)

    def __enter__(self) -> Workbook:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Writes the file if the block ended well; removes the drafts in any case."""
        try:
            if kind is None:
                self._finish()
        finally:
            self._sheet.row_data_fh.close()
            self._drafts.close()

    def _finish(self) -> None:
        if self._widths:
            self._sheet.autofilter(0, 0, max(self._line, 1), len(self._widths) - 1)
        for place, width in enumerate(self._widths):
            self._sheet.set_column(place, place, min(width, _WIDEST) + 3)
        try:
            self._book.close()
        except OSError:
            raise
        except Exception as error:
            # XlsxWriter wraps the disk's errors in a class of its own.
            cause = error.args[0] if error.args else None
            if isinstance(cause, OSError):
                raise cause from error
            raise AgirFailure("Le classeur n'a pas pu être écrit.") from error
        if self._out.fault is not None:
            raise self._out.fault

    def _write(self, place: int, value: object) -> None:
        if isinstance(value, bool):
            value = "oui" if value else "non"
        if isinstance(value, int | float) and abs(value) < 1e15:
            self._sheet.write_number(self._line, place, value)
            return
        text = str(value)
        self._widen(place, text)
        if place in self._date_at and self._write_date(place, text):
            return
        if place in self._text_at:
            text = mark(text)
        if not text.isprintable():
            text = _OUTSIDE_XML.sub(lambda found: visible(found.group()), text)
        if len(text) > LONGEST_TEXT:
            raise UsageFailure(
                "Une cellule dépasse 32 767 caractères, ce qu'un classeur ne peut pas contenir : "
                "choisissez --format csv."
            )
        self._sheet.write_string(self._line, place, text)

    def _write_date(self, place: int, text: str) -> bool:
        if len(text) not in (10, 16) or text < "1900-03-01":
            return False
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            return False
        shape = self._day if len(text) == 10 else self._hour
        self._sheet.write_datetime(self._line, place, moment, shape)
        return True

    def _widen(self, place: int, text: str) -> None:
        if place < len(self._widths) and len(text) > self._widths[place]:
            self._widths[place] = len(text)


class _Patient:
    """A stream that keeps its first fault to be raised later.

    An archive that meets one tries again when it is let go of, and writes a traceback then.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._seekable = out.seekable()
        self.fault: OSError | None = None

    def write(self, data: bytes) -> int:
        self._try(lambda: self._out.write(data))
        return len(data)

    def flush(self) -> None:
        self._try(self._out.flush)

    def tell(self) -> int:
        if not self._seekable:
            raise OSError("a pipe has no places")
        return int(self._try(self._out.tell) or 0)

    def seek(self, place: int, whence: int = 0) -> int:
        if not self._seekable:
            raise OSError("a pipe has no places")
        return int(self._try(lambda: self._out.seek(place, whence)) or 0)

    def _try(self, act: Callable[[], Any]) -> Any:
        if self.fault is None:
            try:
                return act()
            except OSError as fault:
                self.fault = fault
        return None


def _new_book(out: _Patient, drafts: str) -> Any:
    try:
        import xlsxwriter
    except ImportError:
        raise UsageFailure(
            "Pour écrire un classeur .xlsx, installez le complément « xlsx » : "
            'pip install "agir-cli[xlsx]"'
        ) from None
    return xlsxwriter.Workbook(out, {"constant_memory": True, "tmpdir": drafts})
