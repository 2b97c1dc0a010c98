"""A report's table on a terminal of any width: nothing lost, nothing past the edge."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from agir_cli.cli.report_grid import Heading, _body

HEADINGS = [Heading("Secteur"), Heading("Diagnostiqués", "Diag."), Heading("Signataires", "Sign.")]
ROWS = [["tout le département", "1028", "682"], ["[bold]OUEST & SUD", "258", ""]]


def drawn(width: int) -> list[str]:
    body, _ = _body(HEADINGS, ROWS, (1, 2), width)
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
