"""One sheet written as .xlsx by XlsxWriter, a row at a time, in constant memory."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, BinaryIO, Final

from agir_cli.drafts import draft
from agir_cli.exchange.cells import mark, visible
from agir_cli.failures import AgirFailure, UsageFailure

LONGEST_TEXT: Final = 32_767
MOST_ROWS: Final = 1_048_576
_WIDEST: Final = 60
_COMMENTED: Final = 2_000
"""Lines whose faulty cells have a comment: a spreadsheet draws each of them."""
_LOOKS: Final[Mapping[str, Mapping[str, object]]] = {
    "title": {"bold": True, "font_size": 14},
    "note": {"italic": True, "font_color": "#555555"},
    "part": {"bold": True, "font_size": 12},
    "heading": {"bold": True, "bottom": 1},
    "day": {"num_format": "dd/mm/yyyy", "align": "left"},
    "hour": {"num_format": "dd/mm/yyyy hh:mm", "align": "left"},
    "rate": {"num_format": "0.0 %"},
    "rate_total": {"num_format": "0.0 %", "bold": True},
    "number": {},
    "number_total": {"bold": True},
    "text": {},
    "instead": {"align": "right"},
    "instead_total": {"align": "right", "bold": True},
    "text_total": {"bold": True},
    "text_faulty": {"bg_color": "#f6c6c0"},
}
_HEADER: Final = 200
"""Letters of a printed header: a workbook with more than 255 is damaged for Excel."""
_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\]")
_OUTSIDE_XML: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")


class Workbook:
    """An .xlsx being written, in a ``with`` block: a page for each subject, set up for paper.

    Given ``headings``, the first page is one list: bold frozen headings, a filter, widths by
    content (`table` says what the places are). Otherwise `page` begins each.
    """

    def __init__(
        self,
        out: BinaryIO,
        headings: Sequence[str] = (),
        *,
        text_at: Collection[int] = (),
        date_at: Collection[int] = (),
        rate_at: Collection[int] = (),
        number_at: Collection[int] = (),
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
        self._formats = {name: self._book.add_format(look) for name, look in _LOOKS.items()}
        self._sheets: list[Any] = []
        if headings:
            self.page(sheet)
            self.table(
                headings, text_at=text_at, date_at=date_at, rate_at=rate_at, number_at=number_at,
                alone=True,
            )  # fmt: skip

    def page(self, name: str) -> None:
        """Begin a page: landscape, as wide as the paper."""
        self._fit()
        self._sheet = self._book.add_worksheet(_sheet_name(name, self._sheets))
        self._sheets.append(self._sheet)
        self._line, self._widths, self._filtered = -1, list[int](), -1
        self._text_at = frozenset[int]()
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_footer("&R&8&P / &N")

    def entitle(self, title: str, notes: Sequence[str] = ()) -> None:
        """Print what the page is, its day and its unit, above and below each sheet of paper."""
        self._sheet.set_header(f"&L&B{on_paper(title)}")
        self._sheet.set_footer(f"&L&8{on_paper(' '.join(notes))}&R&8&P / &N")

    def line(self, text: str = "", look: str = "note") -> None:
        """Add a line of words: a title, a note, or nothing."""
        self._line += 1
        if text:
            self._sheet.write_string(self._line, 0, self._safe(-1, text), self._formats[look])

    def table(
        self,
        headings: Sequence[str],
        *,
        text_at: Collection[int] = (),
        date_at: Collection[int] = (),
        rate_at: Collection[int] = (),
        number_at: Collection[int] = (),
        alone: bool = False,
    ) -> None:
        """Begin a table.

        ``text_at``: places of the columns whose text bears formula marks. ``date_at``: those whose
        full ISO dates become real dates; partial dates stay text. ``rate_at``: those of percents.
        ``number_at``: those where a word stands for a number, at the right as it would.
        ``alone``: its page has no other, so that it is frozen and filtered.
        """
        self._line += 1
        self._text_at, self._date_at = frozenset(text_at), frozenset(date_at)
        self._rate_at, self._number_at = frozenset(rate_at), frozenset(number_at)
        self._widths += [0] * (len(headings) - len(self._widths))
        for place, heading in enumerate(headings):
            self._widen(place, heading)
            self._sheet.write_string(self._line, place, heading, self._formats["heading"])
        if alone:
            self._filtered = self._line
            self._sheet.freeze_panes(self._line + 1, 0)
            self._sheet.repeat_rows(self._line)

    def row(
        self,
        values: Sequence[object],
        *,
        total: bool = False,
        faulty: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """Add a row, bold where it is a ``total``. Raises ``UsageFailure`` if no sheet can.

        ``faulty``: the places of the cells to be coloured, with what is said beside each.
        """
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
                look = "_faulty" if place in faulty else "_total" if total else ""
                self._write(place, value, look)
        for place, told in faulty.items():
            if not values[place]:
                self._sheet.write_blank(self._line, place, None, self._formats["text_faulty"])
            if self._line <= _COMMENTED:
                self._sheet.write_comment(self._line, place, self._safe(-1, told))

    def totals(self, rows: Iterable[Sequence[object]]) -> None:
        """Add the totals of a table under an empty line, where no filter and no pivot has them."""
        self._fit_filter()
        for number, row in enumerate(rows):
            self._line += not number
            self.row(row, total=True)

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
            for sheet in self._sheets:
                sheet.row_data_fh.close()
            self._drafts.close()

    def _fit_filter(self) -> None:
        if self._filtered >= 0:
            last = max(self._line, self._filtered + 1)
            self._sheet.autofilter(self._filtered, 0, last, len(self._widths) - 1)
            self._filtered = -1

    def _fit(self) -> None:
        """End the page: how far its filter reaches, how wide its columns are."""
        if not self._sheets:
            return
        self._fit_filter()
        for place, width in enumerate(self._widths):
            self._sheet.set_column(place, place, min(width, _WIDEST) + 3)

    def _finish(self) -> None:
        self._fit()
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

    def _write(self, place: int, value: object, total: str) -> None:
        if isinstance(value, bool):
            value = "oui" if value else "non"
        if isinstance(value, int | float) and abs(value) < 1e15:
            rate = place in self._rate_at
            look = self._formats[f"{'rate' if rate else 'number'}{total}"]
            number = round(value / 100, 6) if rate else value
            self._sheet.write_number(self._line, place, number, look)
            return
        text = str(value)
        self._widen(place, text)
        if place in self._date_at and self._write_date(place, text):
            return
        instead = place in self._number_at and total != "_faulty"
        look = self._formats[f"{'instead' if instead else 'text'}{total}"]
        self._sheet.write_string(self._line, place, self._safe(place, text), look)

    def _safe(self, place: int, text: str) -> str:
        """A text as a cell may hold it. Raises ``UsageFailure`` for one too long."""
        if place in self._text_at:
            text = mark(text)
        if not text.isprintable():
            text = _OUTSIDE_XML.sub(lambda found: visible(found.group()), text)
        if len(text) > LONGEST_TEXT:
            raise UsageFailure(
                "Une cellule dépasse 32 767 caractères, ce qu'un classeur ne peut pas contenir : "
                "choisissez --format csv."
            )
        return text

    def _write_date(self, place: int, text: str) -> bool:
        if len(text) not in (10, 16) or text < "1900-03-01":
            return False
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            return False
        shape = self._formats["day" if len(text) == 10 else "hour"]
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


def _sheet_name(name: str, others: Collection[Any]) -> str:
    """A name that a sheet may have: 31 letters, none that a formula uses, nobody else's."""
    bare = _SHEET_NAME.sub(" ", name).strip("'")[:28] or "AGIR"
    taken = {sheet.get_name().casefold() for sheet in others}
    return bare if bare.casefold() not in taken else f"{bare[:25]} {len(others) + 1}"


def on_paper(text: str) -> str:
    """A text in a printed header, where « & » begins an order."""
    return (text if len(text) <= _HEADER else text[: _HEADER - 1] + "…").replace("&", "&&")


def needed_library() -> Any:
    """XlsxWriter. Raises ``UsageFailure`` where the extra is missing."""
    try:
        import xlsxwriter
    except ImportError:
        raise UsageFailure(
            "Ce qui écrit les classeurs n'est pas installé.",
            "Réinstallez agir, dans son dossier : pipx install --force .",
        ) from None
    return xlsxwriter


def _new_book(out: _Patient, drafts: str) -> Any:
    return needed_library().Workbook(out, {"constant_memory": True, "tmpdir": drafts})
