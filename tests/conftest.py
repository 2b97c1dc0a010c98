"""What several rooms' tests share."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

import pytest

from agir_cli.usecases.demo import build

_posts = count()


@pytest.fixture(autouse=True)
def _no_post(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the settings and keys of whoever runs the tests out, and each test's to itself."""
    monkeypatch.delenv("AGIR_CONFIG", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    own = tmp_path_factory.getbasetemp() / f"reglages-{next(_posts)}"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own))
    monkeypatch.setenv("XDG_DATA_HOME", str(own / "donnees"))
    (own / "donnees" / "agir").mkdir(parents=True, mode=0o700)
    (own / "donnees" / "agir" / "historique.dit").touch()  # said once a post, and it was


@pytest.fixture(scope="session")
def built_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration file, built once; only to be read."""
    path = tmp_path_factory.mktemp("demo") / "agir-demo.db"
    build(path)
    return path


@pytest.fixture
def demo_file(built_demo: Path, tmp_path: Path) -> Path:
    """A copy of the demonstration file, to do with as one likes."""
    return Path(shutil.copy(built_demo, tmp_path / "agir-demo.db"))
