"""`agir check`: with every command, to the bottom of the file, and what it makes good."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

import pytest

from tests.cli.coordinator import ORIENTED, Team
from tests.store.faulty import behind, digest, sql


@pytest.fixture
def lived(team: Team) -> Team:
    """A file with a contract, a telephone and the words of a project."""
    team.does("enroll", "--nom", "DIALLO-INVENTE", "--telephone", "0611111111", *ORIENTED)
    team.does("diagnose", "hold", "44-0001", "--on", "20/01/2023")
    team.does("contract", "sign", "44-0001", "--on", "01/03/2023", "--projet", "cuisine")
    return team


def test_all_is_well_and_nothing_is_said(lived: Team) -> None:
    lived.does("backup")
    lived.does("close", "44-0001", "--motif", "arret_beneficiaire", "--on", "02/03/2023", "--yes")
    lived.does("backup")
    for words in (
        ("check",),
        ("check", "--deep"),
        ("check", "--repair"),
        ("check", "--deep", "--repair"),
    ):
        said = lived(*words)
        assert (said.code, said.out) == (0, ""), said.out


INDEX = "spans_running"
REPAIRED: dict[str, Callable[[Team], object]] = {
    "une colonne": lambda t: behind(t.db, "UPDATE dossiers SET etape = 'clos'"),
    "une liste vidée": lambda t: behind(t.db, "DELETE FROM spans"),
    "une vue": lambda t: sql(t.db, "DROP VIEW vue_dossiers"),
    "un index": lambda t: sql(t.db, f"DROP INDEX {INDEX}"),
    "une protection": lambda t: sql(t.db, "DROP TRIGGER events_never_change"),
    "les droits": lambda t: t.db.chmod(0o644),
}  # fmt: skip


@pytest.mark.parametrize("case", REPAIRED)
def test_what_can_be_made_anew_is_after_a_copy(lived: Team, case: str) -> None:
    REPAIRED[case](lived)
    assert lived("check").code == 6
    said = lived("check", "--repair")
    assert (said.code, "Le fichier d'avant est gardé" in said.err) == (0, True), said.said
    assert lived("check").said == ""
    assert len(list(lived.db.parent.glob("sauvegardes/*-reparation.db"))) == 1
    lived.does("step", "add", "44-0001", "--etape", "FLE", "--on", "01/04/2023")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people SET telephone = '0699999999'",
        "UPDATE events SET author = 'autre' WHERE seq = 2",
        "DELETE FROM texts",
        "CREATE TABLE ajoutee (a)",
    ],
)
def test_what_nothing_can_make_anew_is_left_as_it_is(lived: Team, statement: str) -> None:
    behind(lived.db, statement)
    before = digest(lived.db)
    said = lived("check", "--repair")
    assert (said.code, "Rien ici ne peut être refait" in said.err) == (6, True)
    assert digest(lived.db) == before


def test_lists_are_not_made_anew_from_a_journal_with_holes(lived: Team) -> None:
    behind(lived.db, "DELETE FROM texts", "DELETE FROM events WHERE seq = 3")
    before = digest(lived.db)
    assert lived("check", "--repair").code == 6
    assert digest(lived.db) == before


def test_deep_knows_the_rules_and_tries_the_last_backup(lived: Team) -> None:
    assert lived("check").code == 0
    assert lived("check", "--deep", today="01/03/2025").said.count("durée") == 0
    said = lived("check", "--deep", "--format", "csv", today="02/03/2025")
    assert said.code == 6
    assert "durée dépassée" in said.out
    assert "01/03/2025" in said.out
    lived.does("backup")
    (taken,) = lived.db.parent.glob("sauvegardes/*.db")
    with taken.open("r+b") as file:
        file.seek(5000)
        file.write(b"agir" * 20)
    assert "n'est plus telle" in lived("check", "--deep").said


@pytest.mark.skipif(os.name != "posix", reason="les droits sont de POSIX")
def test_every_file_made_is_for_its_owner_alone(
    lived: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a umask that would give everything to everybody."""
    for name in ("DATA", "CONFIG"):  # folders that nobody has made yet
        monkeypatch.setenv(f"XDG_{name}_HOME", str(lived.db.parent / name / "agirs"))
    before = os.umask(0)
    try:
        lived.does("backup")
        lived.does("export", "--to", str(lived.db.parent / "sortie"))
        lived.does("report", "dossiers", "--output", str(lived.db.parent / "liste.csv"))
        lived.does("report", "dossiers", "--output", str(lived.db.parent / "liste.xlsx"))
        lived.does("report", "timeline", "44-0001", "--output", str(lived.db.parent / "f.html"))
        lived.does("config", "set", "bureau", "44-C1")
        lived.does("memory", "key")
        lived.does("restore", "--yes")
    finally:
        os.umask(before)
    made = [each for each in lived.db.parent.rglob("*") if each.name != "reglages"]
    assert len(made) > 20
    for each in made:
        assert stat.S_IMODE(each.stat().st_mode) & 0o077 == 0, each
