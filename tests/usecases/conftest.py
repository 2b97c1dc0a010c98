"""An empty file of department 44 for each test of a use case."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.faulty import new_file
from tests.usecases.team import Team


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A team and its file."""
    return Team(new_file(tmp_path / "equipe.db"))
