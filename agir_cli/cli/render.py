"""How a `Sheet` goes out: which medium, which columns, where to, and when the file is let go of.

`show` is the one door: a drawn screen on a terminal, plain text elsewhere, Markdown, a page, CSV,
JSON, JSON lines or a workbook where asked. What a command reads is read in one short transaction.
Few rows wait in memory; many go through an unlinked spool file, so that memory stays flat and
nobody waits for a pager.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, NamedTuple, TypeVar, cast

from agir_cli.cli.screen import is_terminal
from agir_cli.failures import UsageFailure
from agir_cli.reports.selection import chosen, not_admitted, one_or
from agir_cli.reports.sheet import Column, Kind, Section, Sheet, at, headings
from agir_cli.reports.texts import percent
from agir_cli.store import access

if TYPE_CHECKING:
    from agir_cli.cli.drawing import Drawing
    from agir_cli.cli.session import Session
    from agir_cli.exchange.pages import Page

FORMATS = ("table", "plain", "csv", "json", "jsonl", "markdown", "xlsx", "html")
_NAMED = frozenset({"csv", "json", "jsonl", "xlsx", "html"})
"""Endings that say a format: a file of another would mislead whoever opens it."""
_IN_MEMORY = 150_000
"""Cells that may wait in memory: some tens of megabytes at most."""

PROSE_WIDTH = 78
"""Characters of a line of prose, on paper as on a screen."""

Row = Sequence[object]
T = TypeVar("T")


class Form(NamedTuple):
    """How a report is asked for. ``columns``: those wanted, or ``None`` for the usual ones.

    ``labels``: ``yes`` or ``no``, or ``None`` for what the format does; ``stamp``: a column more,
    the day of the report; ``hidden``: without who the persons are.
    """

    format: str
    output: str | None = None
    overwrite: bool = False
    excel: bool = False
    columns: str | None = None
    labels: str | None = None
    stamp: bool = False
    hidden: bool = False

    @property
    def worded(self) -> bool:
        """Whether titles and words stand for names and codes: where people read, unless asked."""
        if self.labels is not None:
            return self.labels == "yes"
        return self.human or self.excel or self.format == "xlsx"

    @property
    def human(self) -> bool:
        """Whether people read it: titles and French dates, nothing at all when it is empty."""
        return self.format in ("table", "plain", "markdown", "html")

    @property
    def to_file(self) -> bool:
        """Whether a file is named: yesterday's must not stay there because today has nothing."""
        return self.output not in (None, "-")

    @property
    def drawn(self) -> bool:
        """Whether Rich draws it."""
        return self.format == "table"

    def refuse_existing(self) -> None:
        """Raise `UsageFailure` where a file would be replaced, before the work is done."""
        if self.to_file:
            from agir_cli.exchange.outputs import refuse_existing

            refuse_existing(self.output, overwrite=self.overwrite)


class Printed(NamedTuple):
    """How rows are to be printed, as typed."""

    format: str | None = None
    output: str | None = None
    overwrite: bool = False
    excel: bool = False
    columns: str | None = None
    labels: str | None = None
    stamp: bool = False
    hidden: bool = False

    @property
    def form(self) -> Form:
        """The form asked for. Raises `UsageFailure` for an unknown format or a file in the way.

        Without ``--format``: that of the file's ending, CSV with ``--excel``, a drawn table on a
        terminal, plain text elsewhere.
        """
        format_ = self.format if self.format is not None else _format_of(self.output, self.excel)
        form = Form(format_, *self[1:])
        screen = not form.to_file and is_terminal()
        form = form._replace(labels=said_labels(form.labels))
        if self.format is not None and form.to_file:
            _check_ending(self.format, self.output or "")
        if form.format not in FORMATS:
            raise not_admitted("Le format", form.format, FORMATS)
        if form.excel and form.format != "csv":
            raise UsageFailure("--excel ne change que le format csv.", "Pour un classeur : xlsx")
        if form.format in _NOT_SHOWN and screen:
            what = _NOT_SHOWN[form.format]
            raise UsageFailure(f"{what}.", f"Ajoutez : --output FICHIER.{form.format}")
        form.refuse_existing()
        return form._replace(format="plain") if form.drawn and not screen else form


_LABELS = {"yes": "yes", "oui": "yes", "no": "no", "non": "no"}
_NOT_SHOWN = {"xlsx": "Un classeur ne s'affiche pas", "html": "Une page ne s'affiche pas ici"}


def _format_of(output: str | None, excel: bool) -> str:
    if not output:
        return "csv" if excel else "table"
    from agir_cli.exchange.writing import format_of

    ending = format_of(output, "csv" if excel else "table")
    return "csv" if excel and ending in ("plain", "markdown", "html") else ending


def said_labels(text: str | None) -> str | None:
    """What was typed after ``--labels``, as ``yes`` or ``no``. Raises `UsageFailure`."""
    return one_or(None, "--labels", text, _LABELS)


def _check_ending(format_: str, output: str) -> None:
    """A file is not named as another format: a spreadsheet would open it, and fail."""
    ending = output.rpartition(".")[2].lower()
    if format_ in FORMATS and ending in _NAMED and ending != format_:
        raise UsageFailure(
            f"« {output} » porte le nom d'un autre format que {format_}.",
            f"Retirez --format (la terminaison dit {ending}), ou donnez un autre nom.",
        )


def form_with(own: str, printed: Printed) -> Form:
    """The form asked for, where the report writes one more itself: ``ics``, ``svg``."""
    ending = (printed.output or "").rpartition(".")[2].lower()
    if not own or (printed.format or ending) != own:
        return printed.form
    if any(printed[3:]):
        raise UsageFailure(
            f"--excel, --columns, --labels, --stamp et --mask ne s'appliquent pas au format {own}."
        )
    form = Form(own, printed.output, printed.overwrite)
    form.refuse_existing()
    return form


def say_written(form: Form, count: int | None = None, what: str = "ligne") -> None:
    """Say on a terminal what was written where; a nightly job mails whatever is said."""
    if not form.to_file or not is_terminal(sys.stderr):
        return
    import click

    from agir_cli.cli.screen import plural, say
    from agir_cli.cli.session import session_of

    lines = "" if count is None else f" ({count} {plural(count, what)})"
    say(session_of(click.get_current_context()), f"Écrit : {form.output}{lines}")


def _spool(form: Form, write: Callable[[BinaryIO], None], let_go: Callable[[], None]) -> None:
    from shutil import copyfileobj
    from tempfile import TemporaryFile

    with TemporaryFile() as spool:
        write(cast("BinaryIO", spool))
        let_go()
        spool.seek(0)
        with place(form) as out:
            copyfileobj(spool, out, 1 << 20)


@contextmanager
def place(form: Form) -> Iterator[BinaryIO]:
    """Where it goes. Making a file needs modules that the standard output does not."""
    if form.output in (None, "-") and not is_terminal():
        sys.stdout.flush()  # what was said before comes before
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    from agir_cli.exchange.outputs import open_output

    with open_output(form.output, overwrite=form.overwrite) as out:
        yield out


class Counted(Generic[T]):
    """Rows, counted as they pass."""

    def __init__(self, rows: Iterable[T]) -> None:
        self._rows = iter(rows)
        self.count = 0

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        row = next(self._rows)
        self.count += 1
        return row


# --- a sheet -----------------------------------------------------------------------------


def show(
    session: Session,
    sheet: Sheet,
    form: Form,
    *,
    let_go: Callable[[], None] = lambda: None,
    drawing: Drawing | None = None,
) -> None:
    """Print a sheet in the form asked for; ``let_go`` closes the file as soon as it is read.

    ``drawing`` replaces the common tables on a terminal, unless columns are chosen. Raises
    `UsageFailure` for a column that the sheet has not.
    """
    if form.hidden:
        sheet, drawing = sheet.without_persons(), None
    if form.stamp:
        sheet = sheet.stamped(session.today)
    if not form.human:
        _send(sheet, form, let_go)
        return
    if not form.worded:
        bare = [
            column._replace(label=column.name, short="", show=_bare)
            for column in sheet.data.columns
        ]
        sheet = replace(sheet, sections=[Section("", bare, sheet.data.rows)], below=())
    wanted = chosen("La colonne", form.columns, [column.name for column in sheet.data.columns])
    sections = for_people(sheet, wanted if form.columns is not None else None)
    sheet = replace(sheet, notes=list(sheet.notes))
    let_go()
    from agir_cli.cli.screen import say

    say(session, *sheet.said)
    if not sections:
        say(session, *sheet.empty)
    if not sections and not (sheet.nothing and form.to_file):
        return
    count = sum(section.size for section in sections)
    sheet = sheet.counted(count)
    if form.drawn:
        from agir_cli.cli.drawing import draw

        draw(session, sheet, sections, None if form.columns else drawing)
    else:
        write(form, sheet, sections)
        say_written(form, count)
    _listed(sheet, count)


def show_rows(
    session: Session,
    sheet: Sheet,
    form: Form,
    screen: Callable[[], None] | None = None,
    *,
    titled: bool = False,
) -> None:
    """Print the rows of a command: its usual screen, or the form that is asked for.

    ``screen`` prints that screen, where it is no plain list of the sheet's sections; ``titled``:
    the list has the sheet's title above it.
    """
    usual = form.format in ("table", "plain") and not (form.to_file or form.columns or form.hidden)
    if usual and screen is not None:
        screen()
    else:
        show(session, sheet if titled or not usual else replace(sheet, title=""), form)


def show_book(form: Form, subjects: Iterable[tuple[str, Sheet]]) -> None:
    """Write several sheets as one workbook, a page each, by the names given."""
    from agir_cli.cli.workbook import write_subjects

    with place(form) as out:
        write_subjects(out, ((name, sheet, for_people(sheet)) for name, sheet in subjects))
    say_written(form)


def for_people(sheet: Sheet, wanted: Sequence[str] | None = None) -> list[Section]:
    """The sections that have rows, read; with the columns ``wanted`` alone.

    Chosen columns are those of the data: a section that is laid out otherwise gives way to it.
    """
    sections = []
    for section in sheet.sections:
        if wanted and not section.columns[0].name:
            return [
                Section("", _in_words(sheet.data.columns), sheet.data.rows).with_columns(wanted)
            ]
        rows = list(section.rows)
        if rows:
            section = section._replace(rows=rows)
            if section.columns is sheet.data.columns and not section.columns[0].show:
                section = section._replace(columns=_in_words(section.columns))
            sections.append(section.with_columns(wanted) if wanted else section)
    return sections


def _in_words(columns: Sequence[Column]) -> list[Column]:
    """The columns of the data, as people read them."""
    from agir_cli.reports.field_words import in_words

    return [column._replace(show=column.show or in_words(column)) for column in columns]


def write(form: Form, sheet: Sheet, sections: Sequence[Section]) -> None:
    """Write a sheet as plain text, Markdown or a page."""
    with place(form) as out:
        if form.format == "html":
            from agir_cli.exchange.pages import write_page

            write_page(_page(sheet, sections), out)
        else:
            for text in _texts(form, sheet, sections, out):
                out.write(text.encode())


def _texts(form: Form, sheet: Sheet, sections: Sequence[Section], out: BinaryIO) -> Iterator[str]:
    from agir_cli.cli.screen import paragraph, plain
    from agir_cli.exchange.writing import write_rows

    mark = "# " if form.format == "markdown" else ""
    above = [f"{mark}{sheet.title}"] if sheet.title else []
    above += [*sheet.notes, *(() if sections else [sheet.nothing])]
    yield from (f"{plain(line)}\n" for line in above)
    for number, section in enumerate(section.usual_alone() for section in sections):
        if above or number:
            yield "\n"
        if section.title:
            yield f"{mark and '## '}{plain(section.title)}\n" + (mark and "\n")
        if section.prose:
            for (text,) in section.cells():
                yield "\n".join(paragraph(text, PROSE_WIDTH)) + (mark and "\n") + "\n"
            continue
        headings = [column.heading for column in section.columns]
        write_rows(section.cells(), headings, format=form.format, out=out, text_columns=())
        if section.below:
            yield (mark and "\n") + f"  {plain(section.below)}\n"


def _page(sheet: Sheet, sections: Sequence[Section]) -> Page:
    from agir_cli.exchange.pages import Page, Part, Table

    parts = []
    for section in (section.usual_alone() for section in sections):
        if section.prose:
            parts.append(Part(section.title, [text for (text,) in section.cells()]))
            continue
        words = [n for n, column in enumerate(section.columns) if not column.numeric]
        table = Table(
            section.title or sheet.title,
            [column.heading for column in section.columns],
            section.cells(),
            texts=words,
        )
        parts.append(Part("", [section.below] if section.below else [], tables=[table]))
    notes = [] if sections else [sheet.nothing]
    return Page(sheet.title, [*sheet.notes], parts, notes, sheet.below)


def _send(sheet: Sheet, form: Form, let_go: Callable[[], None]) -> None:
    """Write the rows of a machine format; ``let_go`` closes the file."""
    data = sheet.data
    names = [column.name for column in data.columns]
    wanted = chosen("La colonne", form.columns, names)
    if form.stamp and "date_du_rapport" not in wanted:
        wanted = (*wanted, "date_du_rapport")
    places = [names.index(name) for name in wanted]
    taken = [data.columns[place] for place in places]
    totals: list[Row] = []
    rows: Iterable[Row] = data.rows if data.told is None or not form.worded else data.told
    if form.format == "xlsx" and data.total is not None and form.worded:
        rows = _but(data.total, rows, totals)
    source = Counted(_said(_cells(rows, places), taken, form))
    notes = list(sheet.notes) if form.format == "xlsx" else []

    def write(some: Iterable[Row], out: BinaryIO) -> None:
        below = _said(_cells(iter(totals), places), taken, form)
        told = partial(_counted, replace(sheet, notes=notes), source)
        _write_data(some, below, taken, form, out, told)

    few = _IN_MEMORY // len(wanted)
    first = list(islice(source, few))
    if len(first) < few:
        let_go()
        with place(form) as out:
            write(first, out)
    else:
        _spool(form, lambda out: write(chain(first, source), out), let_go)
    _listed(sheet, source.count)
    say_written(form, source.count)


def _listed(sheet: Sheet, count: int) -> None:
    """Note for the journal of accesses a list that says who."""
    if any(column.name == "nom" for column in sheet.data.columns):
        access.listed(count)


def write_data(sheet: Sheet, form: Form, out: BinaryIO) -> None:
    """Write the rows of a sheet to a stream that is open already."""
    taken = sheet.data.columns
    rows = list(_said(sheet.data.rows, taken, form))
    _write_data(rows, (), taken, form, out, lambda: sheet.counted(len(rows)))


def _write_data(
    rows: Iterable[Row], totals: Iterable[Row], columns: Sequence[Column], form: Form,
    out: BinaryIO, told: Callable[[], Sheet],
) -> None:  # fmt: skip
    if form.format == "xlsx":
        from agir_cli.cli.workbook import write_list

        write_list(told, columns, rows, totals, out, worded=form.worded)
        return
    from agir_cli.exchange.writing import write_rows

    titles = headings(columns) if form.worded else [column.name for column in columns]
    texts, dates = ([titles[n] for n in at(columns, kind)] for kind in (Kind.TEXT, Kind.DATE))
    write_rows(
        rows, titles, format=form.format, out=out, excel=form.excel, text_columns=texts, dates=dates
    )


def _counted(sheet: Sheet, rows: Counted[Row]) -> Sheet:
    return sheet.counted(rows.count)


def _but(total: Callable[[Row], bool], rows: Iterable[Row], apart: list[Row]) -> Iterator[Row]:
    """The rows that add up no others; those that do are kept ``apart``."""
    for row in rows:
        if total(row):
            apart.append(row)
        else:
            yield row


Saying = Callable[[Any], Any]


def _said(rows: Iterable[Row], columns: Sequence[Column], form: Form) -> Iterable[Row]:
    """The rows as this form says them; the very same where it says every cell as it is."""
    ways = [(place, way) for place, column in enumerate(columns) if (way := saying(column, form))]
    if not ways:
        return rows

    def said() -> Iterator[Row]:
        for row in rows:
            cells = list(row)
            for place, way in ways:
                cells[place] = way(cells[place])
            yield cells

    return said()


def saying(column: Column, form: Form) -> Saying | None:
    """How this form says the cells of a column; ``None``: as they are."""
    kind = column.kind
    if not form.worded:
        if kind is Kind.RATE and form.excel:
            return _with_comma  # 23.3 would become a day
        return _BOOLEANS.get if kind is Kind.FLAG and form.format in ("json", "jsonl") else None
    if column.numeric:
        show = percent if kind is Kind.RATE and form.excel else column.show
        return partial(_number_said, show, form.excel and kind is Kind.RATE)
    from agir_cli.reports.field_words import in_words

    words = in_words(column)
    return partial(_day_said, words) if kind is Kind.DATE else words


_BOOLEANS = {"oui": True, "non": False}


def _number_said(show: Saying | None, always: bool, value: Any) -> Any:
    """A number stays one; what is shown instead of none is said: « masqué »."""
    if value is not None and not always:
        return value
    return (show(value) if show else None) or None


def _day_said(words: Saying, value: Any) -> Any:
    """A day stays one, for a spreadsheet to count with; what is known in part is said."""
    whole = value is None or (len(value) in (10, 16) and value[0] != "[")
    return value if whole else words(value)


def _with_comma(value: Any) -> Any:
    return str(value).replace(".", ",") if isinstance(value, float) else value


def _bare(value: Any) -> str:
    return "" if value is None else str(value)


def _cells(rows: Iterable[Any], places: Sequence[int]) -> Iterator[Row]:
    count = len(places)
    if list(places) == list(range(count)):
        return (row if len(row) == count else row[:count] for row in rows)
    return ([row[place] for place in places] for row in rows)
