"""Dates of the projection: two ISO bounds or an EDTF text, and what reports make of them.

Days are handled as ISO texts, which compare as days do; only a partial date is parsed.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agir_cli.store.driver import Connection


def edtf_of(first: str | None, last: str | None) -> str:
    """The EDTF text of two bounds; empty when the date is not known."""
    if first is None or last is None:
        return ""
    if first == last:
        return first
    from agir_cli.domain.dates import PartialDate, edtf

    return edtf(PartialDate(date.fromisoformat(first), date.fromisoformat(last)))


def latest_day(text: str | None) -> str | None:
    """The last possible day of an EDTF text, as ISO."""
    if text is None or len(text) == 10:
        return text
    from agir_cli.domain.dates import from_edtf

    return from_edtf(text).latest.isoformat()


def french_text(text: str) -> str:
    """An EDTF date, or a moment (``2023-02-14 10:30``), as a French reader expects it."""
    if not text:
        return ""
    if len(text) == 10:
        return f"{text[8:]}/{text[5:7]}/{text[:4]}"
    if len(text) == 16 and text[10] == " ":
        return f"{french_text(text[:10])} à {text[11:]}"
    from agir_cli.domain.dates import french, from_edtf

    return french(from_edtf(text))


def french_due(text: str) -> str:
    """A last day in time; a partial one by its two bounds, since both are days that count."""
    if not text or len(text) == 10:
        return french_text(text)
    from agir_cli.domain.dates import french_day, from_edtf

    first, last = from_edtf(text)
    return f"entre le {french_day(first)} et le {french_day(last)}"


def teach(connection: Connection) -> None:
    """Give the connection the SQL function ``latest_day``, for columns that hold EDTF texts."""
    connection.create_function("latest_day", 1, latest_day, deterministic=True)
