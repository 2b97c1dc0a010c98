"""The French of the system's own errors, in one table: at the end of a sentence, or alone."""

from __future__ import annotations

import errno
import json
import re
import sqlite3
import sys
from pathlib import Path

import pytest

from agir_cli import failures

PACKAGE = Path(failures.__file__).parent


@pytest.mark.parametrize(
    ("number", "reading", "writing", "alone"),
    [
        (errno.ENOENT, "il n'existe pas", "le dossier n'existe pas", "Fichier ou dossier introuv"),
        (errno.EACCES, "le droit de le lire", "le droit d'y écrire", "Accès refusé"),
        (errno.ENOSPC, "le disque est plein", "le disque est plein", "la sortie est incomplète."),
        (errno.EROFS, "en lecture seule", "en lecture seule", "Le système a refusé : le support"),
        (errno.ECHILD, "le système l'a refusé", "le système l'a refusé", "Le système a refusé"),
    ],
)
def test_an_error_of_the_system(number: int, reading: str, writing: str, alone: str) -> None:
    error = OSError(number, "secret")
    assert reading in failures.reason_of(error)
    assert writing in failures.reason_of(error, writing=True)
    assert alone in failures.sentence_of(error)


@pytest.mark.parametrize("code", [3, 5, 6, 8, 10, 11, 13, 14, 26])
def test_an_error_of_the_engine_by_its_primary_code(code: int) -> None:
    error = sqlite3.OperationalError("secret")
    error.sqlite_errorcode = code | 7 << 8
    words = failures.sqlite_words(error)
    assert words is not None
    assert words.of_file.format(seconds=30, nothing="")
    assert words.alone.endswith(".")
    assert words.advice.endswith(".")


def test_an_error_that_is_none_of_the_engine() -> None:
    assert failures.sqlite_words(ValueError()) is None
    assert failures.sqlite_words(sqlite3.OperationalError()) is None


def test_there_is_no_second_table() -> None:
    tables = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"errno\.E\w+: |SQLITE_\w+\"[,:] ", path.read_text("utf-8"))
    ]
    assert tables == ["failures.py"]


@pytest.mark.parametrize(
    ("origin", "place"),
    [
        pytest.param({"url": "file:///depot", "dir_info": {"editable": True}},
                     '-e "/depot[secure]"', id="un clone où l'on travaille"),
        pytest.param({"url": "file:///depot", "dir_info": {}},
                     '"agir-cli[secure] @ file:///depot"', id="pipx install ."),
        pytest.param({"url": "https://forge/agir", "vcs_info": {"vcs": "git"}},
                     '"agir-cli[secure] @ git+https://forge/agir"', id="depuis la forge"),
        pytest.param({"url": "file:///cle/agir_cli-1-py3-none-any.whl", "archive_info": {}},
                     '"agir-cli[secure] @ file:///cle/agir_cli-1-py3-none-any.whl"',
                     id="un fichier remis"),
        pytest.param(None, '"agir-cli[secure]"', id="depuis un index"),
    ],
)  # fmt: skip
def test_an_extra_is_installed_from_where_the_program_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: dict[str, object] | None, place: str
) -> None:
    known = tmp_path / "agir_cli-1.dist-info"
    known.mkdir()
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: agir-cli\nVersion: 1\n")
    if origin is not None:
        (known / "direct_url.json").write_text(json.dumps(origin), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert failures.to_install("secure") == f'"{sys.executable}" -m pip install {place}'


def test_every_extra_that_is_missing_is_told_so() -> None:
    """Nobody writes an extra's name by hand: under it alone the registry may not know it."""
    others = [
        path.name
        for path in PACKAGE.rglob("*.py")
        if re.search(r"(agir-cli|\.)\[\w+\]", path.read_text("utf-8"))
    ]
    assert others == []
