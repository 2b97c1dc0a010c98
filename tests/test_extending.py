"""`docs/extending.md`, done to the letter: its diffs applied to a copy, which is then used."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)
Agir = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="no git to apply a diff with")


def program(tree: Path, db: Path) -> Agir:
    """``agir`` of that tree, on that file."""

    def agir(*words: str, said: str | None = None) -> subprocess.CompletedProcess[str]:
        known = {k: v for k, v in os.environ.items() if not k.startswith("AGIR_")}
        done = subprocess.run(
            [sys.executable, "-m", "agir_cli", "--db", str(db), "--today", "2023-10-09", *words],
            cwd=tree, env={**known, "PYTHONPATH": str(tree), "PYTHONIOENCODING": "utf-8"},
            input=said, capture_output=True, encoding="utf-8",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done

    return agir


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A team's file, made by the program as it is: two dossiers, a contract."""
    db = tmp_path_factory.mktemp("equipe") / "equipe.db"
    agir = program(ROOT, db)
    agir("init", "--department", "44")
    agir("enroll", "--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--date-cir", "09/01/2023")
    agir("enroll", "--nom", "KARIMI-INVENTEE", "--prenoms", "Zahra")
    agir("diagnose", "hold", "44-0001", "--on", "13/01/2023")
    agir("contract", "sign", "44-0001", "--on", "17/02/2023")
    return db


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory, file: Path) -> Agir:
    """The program with every diff of the page, on that file, the new field given three times."""
    tree = tmp_path_factory.mktemp("copie")
    for name in ("agir_cli", "data"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    page = (ROOT / "docs" / "extending.md").read_text("utf-8")
    diffs = BLOCK.findall(page)
    assert len(diffs) > 8
    for diff in diffs:
        done = subprocess.run(
            ["git", "apply", "--unidiff-zero", "--whitespace=nowarn", "-"],
            cwd=tree, input=diff, capture_output=True, encoding="utf-8",
            env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)},
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stderr}\n{diff}"
    agir = program(tree, file)
    agir("enroll", "--dossier", "44-0001", "--situation-familiale", "mariée")
    table = "nom;prenoms;État civil\nKEITA-INVENTE;Ali;célibataire\nKANE-INVENTE;Zoé;veuve\n"
    agir("enroll", "--from", "-", said=table)
    return agir


def rows(agir: Agir, *words: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(agir(*words, "--format", "csv").stdout)))


def test_the_field_is_kept_shown_listed_and_filtered_in_a_file_that_had_it_not(
    extended: Agir,
) -> None:
    assert "Situation familiale :        Marié(e)" in extended("show", "44-0001").stdout
    every = rows(extended, "report", "dossiers")
    assert [row["situation_familiale"] for row in every][:2] == ["marie", ""]
    assert every[0]["date_contrat"] == "2023-02-17"
    only = rows(extended, "report", "dossiers", "--family", "marie", "--columns", "dossier")
    assert only == [{"dossier": "44-0001"}]


def test_the_field_is_imported_and_exported(extended: Agir, file: Path) -> None:
    every = rows(extended, "report", "dossiers", "--columns", "nom,situation_familiale")
    assert every[-2:] == [
        {"nom": "KEITA-INVENTE", "situation_familiale": "celibataire"},
        {"nom": "KANE-INVENTE", "situation_familiale": "veuf"},
    ]
    folder = file.parent / "sortie"
    extended("export", "--to", str(folder))
    with (folder / "dossiers.csv").open(encoding="utf-8-sig", newline="") as exported:
        assert [row["situation_familiale"] for row in csv.DictReader(exported)][-1] == "veuf"


def test_the_report_has_its_list_and_every_format(extended: Agir) -> None:
    counted = rows(extended, "report", "families")
    assert {row["situation_familiale"]: row["dossiers"] for row in counted} == {
        "": "1", "marie": "1", "celibataire": "1", "veuf": "1",
    }  # fmt: skip
    for row in counted:
        code = row["situation_familiale"] or "inconnue"
        assert len(rows(extended, "report", "families", "--list", code)) == int(row["dossiers"])
    for form in ("plain", "markdown", "html"):
        assert "Marié(e)" in extended("report", "families", "--format", form).stdout
    for form in ("json", "jsonl"):
        assert '"marie"' in extended("report", "families", "--format", form).stdout
    assert "Les situations familiales." in extended("report", "--help").stdout


def test_the_command_has_its_two_doors(extended: Agir) -> None:
    extended("interview", "absent", "44-0001", "--on", "12/06/2023")
    extended(
        "interview", "absent", "--from", "-", said="dossier;date_absence\n44-0001;13/06/2023\n"
    )
    shown = extended("show", "44-0001", "--events").stdout
    assert shown.count("Absence à l'entretien") == 2
    assert "12/06/2023" in extended("report", "timeline", "44-0001").stdout


def test_the_file_is_sound_and_newer_than_the_program_as_it_is(extended: Agir, file: Path) -> None:
    assert extended("check").stdout == ""
    assert len(list(file.parent.glob("sauvegardes/equipe-*-migration.db"))) == 1
    with pytest.raises(AssertionError, match="version plus récente d'agir"):
        program(ROOT, file)("report", "dossiers")
