"""The wheel, as a colleague receives it: built, installed elsewhere, run outside the source."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import agir_cli

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    return next(folder.glob("agir_cli-*.whl"))


@pytest.fixture(scope="module")
def agir(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed command, in a fresh environment.

    The dependencies are lent by the environment of the tests (nothing is downloaded); the
    package itself can only come from the wheel: the editable install is a ``.pth`` of the
    lender, which is not read from here.
    """
    home = tmp_path_factory.mktemp("elsewhere") / "env"
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    scheme = {"base": str(home), "platbase": str(home)}
    name = "nt" if os.name == "nt" else "posix_prefix"
    scripts = Path(sysconfig.get_path("scripts", name, scheme))
    python = scripts / Path(sys.executable).name
    if not python.exists():
        python = scripts / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    _run([*pip, "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)], home)
    lent = sysconfig.get_path("purelib")
    Path(sysconfig.get_path("purelib", name, scheme), "lent.pth").write_text(lent, "utf-8")
    return scripts / "agir"


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "AGIR", "PIP_"))}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**clean, "PYTHONUTF8": "1", "XDG_DATA_HOME": str(folder)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_wheel_holds_the_data_and_only_the_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"agir_cli", f"agir_cli-{agir_cli.__version__}.dist-info"}
    sources = {p.relative_to(ROOT).as_posix() for p in (ROOT / "agir_cli").rglob("*.py")}
    assert sources <= set(names)
    data = {f"agir_cli/{p.relative_to(ROOT).as_posix()}" for p in _data()}
    assert data
    assert data <= set(names)


def _data() -> list[Path]:
    return [p for p in (ROOT / "data").rglob("*") if p.is_file() and not p.name.startswith(".")]


def test_version_outside_the_source_tree(agir: Path, tmp_path: Path) -> None:
    assert _run([str(agir), "--version"], tmp_path).stdout == f"agir {agir_cli.__version__}\n"


def test_demo_outside_the_source_tree(agir: Path, tmp_path: Path) -> None:
    done = _run([str(agir), "demo"], tmp_path)
    assert (tmp_path / "agir-demo.db").stat().st_size > 0
    assert done.stdout


def test_every_library_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project["optional-dependencies"]
    extras = [
        line
        for name in ("xlsx", "agenda", "board", "papers", "secure", "hub")
        for line in optional[name]
    ]
    declared = {_name(line) for line in [*project["dependencies"], *extras]}
    used = {
        _name(distribution)
        for module in _imported()
        for distribution in metadata.packages_distributions().get(module, [])
    }
    # Typer brings shellingham, and is the only reason to ask which shell is in use.
    assert used - {"agir-cli", "shellingham"} <= declared
    assert used >= {"typer", "click"}


def _name(requirement: str) -> str:
    head = requirement.replace(";", " ").replace(">", " ").replace("[", " ").split()[0]
    return head.lower().replace("_", "-").replace(".", "-")


def _imported() -> set[str]:
    import ast

    found: set[str] = set()
    for path in (ROOT / "agir_cli").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found
