"""Which interpreters `make versions` tries: those that run, the newest of each minor version."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import versions

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the interpreters here are shell scripts")
HERE = sys.version_info[:3]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of one folder, on a machine without pyenv and uv."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def interpreter(folder: Path, name: str, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", *lines]), "utf-8")
    path.chmod(0o755)
    return path


def test_this_one_is_tried(folder: Path) -> None:
    assert versions.interpreters() == [versions.Interpreter(HERE, Path(sys.executable))]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("echo 3 99 1 False", id="une préversion, ou un autre Python"),
        pytest.param("echo 3 10 14 True", id="trop ancien"),
        pytest.param("echo 'command not found' >&2; exit 127", id="un relais sans rien derrière"),
        pytest.param("echo bonjour", id="autre chose"),
    ],
)
def test_what_cannot_be_tried_is_passed_over(folder: Path, line: str) -> None:
    interpreter(folder, "python3.99", line)
    assert [found.version for found in versions.interpreters()] == [HERE]


def test_the_newest_of_each_minor_version_wherever_it_is(folder: Path) -> None:
    interpreter(folder, "python3.98", "echo 3 98 1 True")
    newer = interpreter(folder / "pyenv/versions/3.98.2/bin", "python3.98", "echo 3 98 2 True")
    interpreter(folder / "pyenv/versions/3.98.2/bin", "python3.98-config", "echo 3 98 9 True")
    listed = interpreter(folder / "ailleurs", "python3.99", "echo 3 99 0 True")
    interpreter(folder, "uv", f"echo cpython-3.99.0 {listed}")
    found = {each.minor: (each.number, each.path) for each in versions.interpreters()}
    assert found["3.98"] == ("3.98.2", newer)
    assert found["3.99"] == ("3.99.0", listed)


def test_what_is_promised_is_what_the_package_names() -> None:
    assert {"3.11", "3.12", "3.13"} <= versions.promised()


def test_what_is_tried_needs_nothing_that_only_developers_have() -> None:
    bare = "import sys; sys.modules.update(dict.fromkeys({absent})); import {tests}".format(
        absent=("openpyxl", "hypothesis", "odf", "docx", "mypy"),
        tests=versions.TESTS.removesuffix(".py").replace("/", "."),
    )
    done = subprocess.run(
        [sys.executable, "-c", bare], cwd=versions.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
