"""How a report goes out: which form, where to, and when the file is let go of.

A report is read in one short transaction. Few rows wait in memory; many go through an
unlinked spool file, so that memory stays flat and nobody waits for a pager.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import BinaryIO, Generic, NamedTuple, TypeVar, cast

from agir_cli.cli.screen import is_terminal
from agir_cli.failures import UsageFailure
from agir_cli.reports.selection import chosen, not_admitted

FORMATS = ("table", "plain", "csv", "json", "jsonl", "markdown", "xlsx")
_FOR_MACHINES = frozenset({"csv", "json", "jsonl", "xlsx"})
_IN_MEMORY = 150_000
"""Cells that may wait in memory: some tens of megabytes at most."""

Row = Sequence[object]
T = TypeVar("T")


class Form(NamedTuple):
    """How a report is asked for. ``columns``: those wanted, or ``None`` for the usual ones."""

    format: str
    output: str | None = None
    overwrite: bool = False
    excel: bool = False
    columns: str | None = None

    @property
    def human(self) -> bool:
        """Whether people read it: titles and French dates, nothing at all when it is empty."""
        return self.format in ("table", "plain", "markdown")

    @property
    def to_file(self) -> bool:
        """Whether a file is named: yesterday's must not stay there because today has nothing."""
        return self.output not in (None, "-")

    @property
    def drawn(self) -> bool:
        """Whether Rich draws it."""
        return self.format == "table"


def form_of(
    format_: str | None, output: str | None, *, overwrite: bool, excel: bool, columns: str | None
) -> Form:
    """The form asked for. Raises `UsageFailure` for an unknown format or a file in the way.

    Without ``--format``: that of the file's ending, CSV with ``--excel``, a drawn table on a
    terminal, plain text elsewhere.
    """
    to_file = output not in (None, "-")
    if format_ is None:
        format_ = _format_of(output, excel)
    elif to_file:
        _check_ending(format_, output or "")
    if format_ not in FORMATS:
        raise not_admitted("Le format", format_, FORMATS)
    if excel and format_ != "csv":
        raise UsageFailure("--excel ne change que le format csv.", "Pour un classeur : xlsx")
    if format_ == "table" and (to_file or not is_terminal()):
        format_ = "plain"
    if format_ == "xlsx" and not to_file and is_terminal():
        raise UsageFailure("Un classeur ne s'affiche pas.", "Ajoutez : --output FICHIER.xlsx")
    if to_file:
        from agir_cli.exchange.outputs import refuse_existing

        refuse_existing(output, overwrite=overwrite)
    return Form(format_, output, overwrite, excel, columns)


def _format_of(output: str | None, excel: bool) -> str:
    if not output:
        return "csv" if excel else "table"
    from agir_cli.exchange.writing import format_of

    named = format_of(output, "csv" if excel else "table")
    return "csv" if excel and named in ("plain", "markdown") else named


def _check_ending(format_: str, output: str) -> None:
    """A file is not named as another format: a spreadsheet would open it, and fail."""
    ending = output.rpartition(".")[2].lower()
    if format_ in FORMATS and ending in _FOR_MACHINES and ending != format_:
        raise UsageFailure(
            f"« {output} » porte le nom d'un autre format que {format_}.",
            f"Retirez --format (la terminaison dit {ending}), ou donnez un autre nom.",
        )


def columns_of(form: Form, known: Sequence[str]) -> tuple[str, ...]:
    """The columns wanted, each checked against those of the report."""
    return chosen("La colonne", form.columns, known)


def send(
    form: Form,
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    let_go: Callable[[], None],
    texts: Collection[str] | None = None,
    dates: Collection[str] = (),
    labels: dict[str, str] | None = None,
    joined_by: str | None = None,
) -> None:
    """Write the rows of a machine format. ``let_go`` closes the file."""
    from agir_cli.exchange.writing import write_rows

    source = Counted(rows)

    def write(some: Iterable[Row], out: BinaryIO) -> None:
        write_rows(
            some, columns, format=form.format, out=out, excel=form.excel,
            text_columns=texts, dates=dates, labels=labels, joined_by=joined_by,
        )  # fmt: skip

    few = _IN_MEMORY // len(columns)
    first = list(islice(source, few))
    if len(first) < few:
        let_go()
        with place(form) as out:
            write(first, out)
    else:
        _spool(form, lambda out: write(chain(first, source), out), let_go)
    say_written(form, source.count)


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


class Section(NamedTuple):
    """A titled list of a report for people; cells are texts as they are shown."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Row]


def print_sections(
    form: Form, head: Sequence[str], sections: Sequence[Section], *, told: bool = True
) -> None:
    """Write a report as plain text or Markdown; a section without a row is left out.

    ``told``: whether the file written is named, where it is not one of several.
    """
    from agir_cli.exchange.writing import write_rows

    shown = [section for section in sections if section.rows]
    mark = "# " if form.format == "markdown" else ""
    with place(form) as out:
        for number, line in enumerate(head):
            out.write(f"{mark if number == 0 else ''}{_plain(line)}\n".encode())
        for section in shown:
            title = f"{mark and '## '}{_plain(section.title)}\n{mark and chr(10)}"
            out.write(f"\n{section.title and title}".encode())
            write_rows(section.rows, section.headings, format=form.format, out=out, text_columns=())
    if told:
        say_written(form, sum(len(section.rows) for section in shown))


def _plain(text: str) -> str:
    from agir_cli.cli.screen import plain

    return plain(text)
