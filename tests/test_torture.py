"""The short form of `make torture`: each fault a few times, what it does in this process alone."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.postgres import programs

SCRIPT = Path(__file__).parents[1] / "scripts" / "torture.py"
SHORT = {
    "edits": 40, "flips": 10, "odd": 10, "backups": 2, "restores": 3, "operations": 60,
    "fuzzed": 40, "strings": 39, "power_cuts": 60, "overlaps": 2, "acts": 3,
    "altered": 30, "storms": 1, "servers": 160,
}  # fmt: skip
NEEDED = {"altered": "pyrage", "storms": "pyrage", "servers": "psycopg2"}


@pytest.fixture(scope="module")
def torture() -> ModuleType:
    spec = importlib.util.spec_from_file_location("torture", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["torture"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(sys.platform != "linux", reason="signaux, limites et verrous de Linux")
@pytest.mark.parametrize("name", SHORT)
def test_the_file_survives(
    torture: ModuleType, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGIR_TODAY", "2023-11-23")
    monkeypatch.setenv("AGIR_AUTHOR", "torture")
    if name in NEEDED:
        pytest.importorskip(NEEDED[name], reason="les suppléments secure et hub ne sont pas là")
    if name == "servers" and programs() is None:
        pytest.skip("PostgreSQL (initdb, postgres) n'est pas installé sur cette machine")
    fault, _ = torture.FAULTS[name]
    done, wrong = fault(tmp_path, SHORT[name])
    assert wrong == []
    assert done >= SHORT[name] or name == "power_cuts"  # without strace none is done


def test_every_fault_says_its_mark_and_what_is_expected(torture: ModuleType) -> None:
    for fault, times in torture.FAULTS.values():
        assert (fault.__doc__ or "").startswith("T")
        assert ": " in fault.__doc__.splitlines()[0]
        assert times > 1
