"""Try the program on every Python from 3.11 on that this machine has.

    python scripts/versions.py

One interpreter for each minor version, with an environment of its own (.venv-3.12 …) that holds
what a user installs, the extras and pytest, at the pins of constraints.txt. There each command
prints its help and does one act. Exit 1 when an installation or a test fails on one of them; a
version that the package names and this machine lacks is said, and is no failure.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
TESTS = "tests/cli/test_every_command.py"
INSTALLED = ("--editable", ".[xlsx,agenda,board]", "pytest", "--constraint", "constraints.txt")
DESCRIBED = (ROOT / "pyproject.toml", ROOT / "constraints.txt")

_NAME = re.compile(r"python3(\.\d+)?")
_ASKED = (
    "import ensurepip, sys, sysconfig, venv; v = sys.version_info; print(*v[:3],"
    " v.releaselevel == 'final' and sys.implementation.name == 'cpython'"
    " and not sysconfig.get_config_var('Py_GIL_DISABLED'))"
)


class Interpreter(NamedTuple):
    """A Python that answered: its version, and where it is."""

    version: tuple[int, int, int]
    path: Path

    @property
    def minor(self) -> str:
        return "{}.{}".format(*self.version)

    @property
    def number(self) -> str:
        return "{}.{}.{}".format(*self.version)


def main() -> int:
    """Try them all, the oldest first; print one line for each."""
    found = interpreters()
    for minor in sorted(promised() - {each.minor for each in found}, key=_order):
        print(f"Python {minor}: not on this machine, not tried.")
    failed = [each.number for each in found if not tried(each)]
    if failed:
        print(f"Failed on Python {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def promised() -> set[str]:
    """The versions that the package names among its classifiers."""
    project = tomllib.loads(DESCRIBED[0].read_text("utf-8"))["project"]
    words = (line.rpartition(" :: ")[2] for line in project["classifiers"])
    return {word for word in words if re.fullmatch(r"3\.\d+", word)}


def interpreters() -> list[Interpreter]:
    """The newest interpreter of each minor version, in order; those that do not run are nobody."""
    newest: dict[tuple[int, int], Interpreter] = {}
    for path in dict.fromkeys(_places()):
        answered = _ask(path)
        if answered is None or answered.version[:2] < OLDEST:
            continue
        known = newest.get(answered.version[:2])
        if known is None or known.version < answered.version:
            newest[answered.version[:2]] = answered
    return sorted(newest.values())


def _places() -> Iterator[Path]:
    """Where a Python may be: this one, PATH, pyenv's versions, uv's. A shim may run nothing."""
    yield Path(sys.executable)
    folders = [Path(place) for place in os.get_exec_path()]
    pyenv = Path(_said("pyenv", "root") or os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    for folder in [*folders, *sorted(pyenv.glob("versions/*/bin"))]:
        if folder.is_dir():
            yield from sorted(p for p in folder.iterdir() if _NAME.fullmatch(p.name))
    for line in _said("uv", "python", "list", "--only-installed").splitlines():
        yield from map(Path, line.split()[1:2])


def _said(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _ask(path: Path) -> Interpreter | None:
    """The version of a released CPython that can make environments; None for all else."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", _ASKED], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.split()
    if done.returncode != 0 or words[3:] != ["True"]:
        return None
    major, minor, patch = map(int, words[:3])
    return Interpreter((major, minor, patch), path)


def tried(interpreter: Interpreter) -> bool:
    """Whether everything installs and every command answers on this interpreter."""
    home = ROOT / f".venv-{interpreter.minor}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *INSTALLED]
    told, ready = _token(interpreter), home / ".agir-ready"
    if not (ready.exists() and ready.read_text("utf-8") == told):
        made = _done(interpreter, [interpreter.path, "-m", "venv", "--clear", home])
        if made is None or _done(interpreter, install) is None:
            return False
        ready.write_text(told, "utf-8")
    said = _done(interpreter, [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS])
    if said is None:
        return False
    print(f"Python {interpreter.number}: {said.splitlines()[-1].strip('= ')}", flush=True)
    return True


def _token(interpreter: Interpreter) -> str:
    """What an environment was made from: another text of it, and the environment is made again."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in DESCRIBED)).hexdigest()
    return f"{interpreter.number} {interpreter.path} {digest}\n"


def _done(interpreter: Interpreter, command: list[str | Path]) -> str | None:
    """What the command printed; None, and all of it shown, when it failed."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "AGIR_"))}
    done = subprocess.run(
        command, cwd=ROOT, env=own, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode == 0:
        return done.stdout
    print(f"Python {interpreter.number}: {' '.join(map(str, command))}\n{done.stdout}", flush=True)
    return None


def _order(minor: str) -> int:
    return int(minor.partition(".")[2])


if __name__ == "__main__":
    sys.exit(main())
