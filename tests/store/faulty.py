"""Files that agir must not touch, and processes that must not fail: made for the tests."""

from __future__ import annotations

import ctypes
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from agir_cli.store import migrations
from agir_cli.usecases.upkeep import init_file

ROOT = Path(__file__).parents[2]
_DROP_FROM_BOUNDING_SET, _OVERRIDE, _READ_SEARCH = 24, 1, 2  # linux/prctl.h, capability.h


def new_file(path: Path) -> Path:
    """An empty agir file of department 44."""
    init_file(path, departments=("44",), site=None)
    return path


def digest(path: Path) -> str:
    """The bytes of a file, as one digest; of a folder, its names."""
    if path.is_dir():
        return "|".join(sorted(p.name for p in path.iterdir()))
    content = path.read_bytes()
    return hashlib.sha256(content).hexdigest()


def sql(path: Path, *statements: str) -> Path:
    """Do this to a file behind the program's back."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def behind(path: Path, *statements: str) -> None:
    """Change a file as only another program would, its guards taken off and put back."""
    with closing(sqlite3.connect(path)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        kept = guards.fetchall()
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for name, _ in kept:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, made in kept:
            connection.execute(made)
        connection.commit()


def _empty(path: Path) -> None:
    path.touch()


def _text(path: Path) -> None:
    path.write_text("nom;prenoms\nDIALLO-INVENTE;Awa\n" * 300, "utf-8")


def _noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


def _foreign(path: Path) -> None:
    sql(path, "CREATE TABLE events (id)", "PRAGMA application_id = 1")


def _nameless(path: Path) -> None:
    sql(path, "CREATE TABLE events (id)")


def _newer(path: Path) -> None:
    sql(new_file(path), f"PRAGMA user_version = {migrations.version() + 1}")


def _cut(path: Path) -> None:
    content = new_file(path).read_bytes()
    path.write_bytes(content[: len(content) // 3])


def _scribbled(path: Path) -> None:
    content = bytearray(new_file(path).read_bytes())
    content[100:4096] = b"\xff" * (4096 - 100)
    path.write_bytes(content)


def _linked(path: Path) -> None:
    os.link(new_file(path), path.with_name("autre-nom.db"))


def _folder(path: Path) -> None:
    path.mkdir()


ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "vide": (_empty, "n'est pas un fichier agir"),
    "texte": (_text, "n'est pas un fichier agir"),
    "octets": (_noise, "n'est pas un fichier agir"),
    "autre application": (_foreign, "n'est pas un fichier agir"),
    "base sans nom": (_nameless, "n'est pas un fichier agir"),
    "version plus récente": (_newer, "version plus récente"),
    "coupé": (_cut, "endommagé"),
    "griffonné": (_scribbled, "endommagé"),
    "lien dur": (_linked, "plusieurs noms"),
    "dossier": (_folder, "est un dossier"),
}


def agir_process(db: Path, *words: str) -> list[str]:
    """The words of a command in a process of its own."""
    return [sys.executable, "-m", "agir_cli", "--db", str(db), "--today", "2023-11-23", *words]


def run_agir(db: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, from start to end; permissions hold, even for root."""
    return subprocess.run(
        agir_process(db, *words), cwd=ROOT, env={**os.environ, **settings},
        preexec_fn=obey_permissions, capture_output=True, text=True, encoding="utf-8",
        timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def obey_permissions() -> None:
    """Give up, in a child, what lets root pass over permissions (Linux: its capabilities)."""
    if os.geteuid() == 0:
        system = ctypes.CDLL(None)
        for capability in (_OVERRIDE, _READ_SEARCH):
            system.prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)
