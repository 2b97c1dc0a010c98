"""A team with an empty file of department 44, for each test of the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.coordinator import Team, make_template


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty file, made once."""
    return make_template(tmp_path_factory.mktemp("vide"))


@pytest.fixture
def team(
    empty_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Team:
    """A team and its own copy of the empty file."""
    for name in ("AGIR_DB", "AGIR_TODAY", "AGIR_AUTHOR", "AGIR_SITE", "AGIR_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    db = tmp_path / "equipe.db"
    shutil.copyfile(empty_file, db)
    db.chmod(0o600)
    return Team(db, capsys)
