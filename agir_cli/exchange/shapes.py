"""What every writer of rows shares: the shape of what is written, its values as texts."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

Cells = Sequence[object]


class Shape(NamedTuple):
    """What is written: field names, their headings, and where text and dates stand."""

    columns: Sequence[str]
    headings: Sequence[str]
    text_at: tuple[int, ...]
    date_at: tuple[int, ...]
    excel: bool
    joined_by: str | None = None
    """What stands between the cells of a row that is one text, if rows may be."""


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
