"""Workbooks that people fill in, or correct, and give back: what is admitted stands in the cells.

A date is kept as it is typed (a spreadsheet would make a day of « 03/2023 »), but where an act has
one precise day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any, Final, NamedTuple

from agir_cli.exchange.cells import mark, visible
from agir_cli.exchange.workbooks import needed_library, on_paper

_LISTS: Final = "Listes"
_ROWS: Final = 1000
"""Rows that are prepared; further ones are read as well."""
_SHOWN: Final = 250
"""Letters of a message that a spreadsheet shows beside a cell."""


class Asked(NamedTuple):
    """A column to fill in. ``choices``: the values proposed; ``only``: no other is admitted.

    ``look``: « text » (kept as typed), « day » or « hour »; « given »: filled in already, to read.
    """

    heading: str
    told: str
    choices: Sequence[str] = ()
    only: bool = False
    look: str = "text"
    required: bool = False


_FORMATS: Final = {
    "text": {"num_format": "@"}, "day": {"num_format": "dd/mm/yyyy"},
    "hour": {"num_format": "dd/mm/yyyy hh:mm"}, "given": {"text_wrap": True, "valign": "top"},
}  # fmt: skip
_HEADS: Final = {"required": "#fde9b0", "text": "#e8eef4", "given": "#ffffff"}


def workbook_to_fill(
    name: str, columns: Sequence[Asked], rows: Sequence[Sequence[Any]] = (), title: str = ""
) -> bytes:
    """A workbook with these headings, and the cells that are known, empty ones as ``None``.

    ``title``: what is printed above each page. Raises `UsageFailure` without the library.
    """
    out = BytesIO()
    book: Any = needed_library().Workbook(out, {"in_memory": True})
    sheet, lists = book.add_worksheet(name[:31]), book.add_worksheet(_LISTS)
    lists.hide()
    looks = {look: book.add_format(shape) for look, shape in _FORMATS.items()}
    heads = {
        look: book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": colour}
        )
        for look, colour in _HEADS.items()
    }
    for place, each in enumerate(columns):
        head = "required" if each.required else "given" if each.look == "given" else "text"
        sheet.write_string(0, place, each.heading, heads[head])
        told = f"{each.told} (obligatoire)" if each.required else each.told
        sheet.write_comment(0, place, told, {"author": "agir", "x_scale": 2, "y_scale": 1.4})
        shown = (*each.choices[:60], *(str(row[place] or "") for row in rows[:60]))
        width = max(12, min(len(each.heading), 24), *(min(len(text), 34) for text in shown))
        sheet.set_column(place, place, width + 2, looks[each.look])
        if each.choices:
            sheet.data_validation(1, place, _ROWS, place, _choice(lists, place, each))
    last = _ROWS
    for last, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(last, place, cell, looks[columns[place].look])
            elif cell:
                _write(sheet, last, place, str(cell), columns[place].look, looks)
    if title:
        sheet.set_header(f"&L&B{on_paper(title)}")
    sheet.freeze_panes(1, 3 if rows else 0)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    book.close()
    return out.getvalue()


def _write(sheet: Any, row: int, place: int, text: str, look: str, looks: Any) -> None:
    if look == "day":
        sheet.write_datetime(row, place, date.fromisoformat(text), looks[look])
    else:
        sheet.write_string(row, place, visible(mark(text)), looks[look])


def _choice(lists: Any, place: int, asked: Asked) -> dict[str, Any]:
    """The validation of a column, whose values stand in a hidden sheet."""
    from xlsxwriter.utility import xl_col_to_name

    for row, choice in enumerate(asked.choices):
        lists.write_string(row, place, choice)
    column = xl_col_to_name(place, True)
    return {
        "validate": "list",
        "source": f"={_LISTS}!{column}$1:{column}${len(asked.choices)}",
        "input_title": asked.heading[:32],
        "input_message": asked.told[:_SHOWN],
        "error_title": "Valeur inconnue",
        "error_message": "Choisissez dans la liste." if asked.only
        else "Cette valeur n'est pas dans la liste ; elle peut être lue tout de même.",
        "error_type": "stop" if asked.only else "information",
    }  # fmt: skip
