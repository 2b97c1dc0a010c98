"""Several sites, one caseload: the same streams make the same file, whatever way they came."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from agir_cli.usecases.upkeep import check
from tests.usecases.network import Office, Storm, Year, alike


@pytest.mark.parametrize("chance", range(6))
def test_the_same_streams_make_the_same_file(tmp_path: Path, chance: int) -> None:
    """Three sites act without waiting; what moves between them is lost, doubled, late and cut."""
    draw = Random(chance)
    year = Year([Office(tmp_path, letter) for letter in "ABC"], Storm(draw), draw)
    for _ in range(60):
        year.act()
    year.calm_down()
    assert alike(year.offices) == []
    assert year.lost() == set()
    found = {each.what for office in year.offices for each in check(office.path)}
    assert found <= {"anomalie"}, "what two sites contradict each other in, and nothing else"
