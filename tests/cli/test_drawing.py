"""A report's table on a terminal of any width: nothing lost, nothing past the edge."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from agir_cli.cli.drawing import column_widths, table_of
from agir_cli.reports.sheet import Column, Kind, Section

KNOWN = [
    Column("secteur", "Secteur"),
    Column("diagnostiques", "Diagnostiqués", "Diag.", Kind.NUMBER),
    Column("signataires", "Signataires", "Sign.", Kind.NUMBER),
]
ROWS = [["tout le département", "1028", "682"], ["[bold]OUEST & SUD", "258", ""]]


def drawn(width: int) -> list[str]:
    body, _ = table_of(Section("", KNOWN, ROWS), width)
    screen = io.StringIO()
    Console(width=width, file=screen, markup=False).print(body)
    return [line.rstrip() for line in screen.getvalue().splitlines()]


@pytest.mark.parametrize("width", [20, 30, 34, 60])
def test_it_fits_and_loses_nothing(width: int) -> None:
    lines = drawn(width)
    assert max(map(len, lines)) <= width
    text = "".join("".join(line.split()) for line in lines)
    for value in ("1028", "682", "258", "[bold]"):
        assert value in text


@pytest.mark.parametrize(
    ("width", "first"),
    [
        pytest.param(60, "Secteur              Diagnostiqués  Signataires", id="large"),
        pytest.param(34, "Secteur              Diag.  Sign.", id="court"),
        pytest.param(25, "Secteur : tout le", id="en fiches"),
    ],
)
def test_headings_by_width(width: int, first: str) -> None:
    assert drawn(width)[0] == first


LONG = [
    ["44-0001", "INVENTEE Awa Marie-Fernande", "Contractualisation", "NANTES-MÉTROPOLE"],
    ["44-0002", "INVENTEE-ESSAI Lamine", "Accompagnement", "LA ROCHE SUR YON"],
]


@pytest.mark.parametrize("width", [60, 70, 80])
def test_no_word_is_cut_while_there_is_room_for_it(width: int) -> None:
    known = [Column(name, name) for name in ("Dossier", "Nom", "Étape", "Secteur")]
    body, _ = table_of(Section("", known, LONG), width)
    screen = io.StringIO()
    Console(width=width, file=screen, markup=False).print(body)
    lines = screen.getvalue().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= width
    assert "Étape" in lines[0], "side by side"
    for word in ("INVENTEE", "Fernande", "Contractualisation", "Accompagnement", "MÉTROPOLE"):
        assert word in screen.getvalue()


@pytest.mark.parametrize("room", [3, 12, 40, 200])
def test_columns_share_the_room_they_have(room: int) -> None:
    widths = column_widths(["Nom", "Étape"], [["INVENTEE Awa", "Commission"]], room, ())
    if room < len("INVENTEE") + len("Commission"):
        assert widths is None
    else:
        assert widths is not None
        assert sum(widths) <= room
