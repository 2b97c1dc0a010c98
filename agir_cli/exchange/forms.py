"""Workbooks that people fill in, or correct, and give back: what is admitted stands in the cells.

A date is kept as it is typed (a spreadsheet would make a day of « 03/2023 »), but where an act has
one precise day.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final, NamedTuple

from agir_cli.exchange.workbooks import needed_library

_LISTS: Final = "Listes"
_ROWS: Final = 1000
"""Rows that are prepared; further ones are read as well."""
_SHOWN: Final = 250
"""Letters of a message that a spreadsheet shows beside a cell."""


class Asked(NamedTuple):
    """A column to fill in. ``choices``: the values proposed; ``only``: no other is admitted.

    ``look``: « text » (kept as typed), « day » or « hour ».
    """

    heading: str
    told: str
    choices: Sequence[str] = ()
    only: bool = False
    look: str = "text"
    required: bool = False


_FORMATS: Final = {"text": "@", "day": "dd/mm/yyyy", "hour": "dd/mm/yyyy hh:mm"}


def empty_workbook(name: str, columns: Sequence[Asked]) -> bytes:
    """A workbook with these headings and nobody in it. Raises `UsageFailure` without the extra."""
    out = BytesIO()
    book: Any = needed_library().Workbook(out, {"in_memory": True})
    sheet, lists = book.add_worksheet(name[:31]), book.add_worksheet(_LISTS)
    lists.hide()
    looks = {look: book.add_format({"num_format": shape}) for look, shape in _FORMATS.items()}
    heads = {
        required: book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top",
             "bg_color": "#fde9b0" if required else "#e8eef4"}
        )
        for required in (True, False)
    }  # fmt: skip
    for place, each in enumerate(columns):
        sheet.write_string(0, place, each.heading, heads[each.required])
        told = f"{each.told} (obligatoire)" if each.required else each.told
        sheet.write_comment(0, place, told, {"author": "agir", "x_scale": 2, "y_scale": 1.4})
        width = max(14, min(len(each.heading), 24), *(min(len(c), 34) for c in each.choices[:60]))
        sheet.set_column(place, place, width + 2, looks[each.look])
        if each.choices:
            sheet.data_validation(1, place, _ROWS, place, _choice(lists, place, each))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, _ROWS, len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    book.close()
    return out.getvalue()


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
