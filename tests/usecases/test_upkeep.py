"""The file itself: created, proved, rebuilt."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agir_cli.domain.commands import AddStep, HoldDiagnosis, SetSituation
from agir_cli.failures import FileFailure
from agir_cli.usecases.upkeep import check, init_file, rebuild
from tests.usecases.team import Team


def spoil(team: Team, statement: str) -> None:
    """Change the file behind the program's back."""
    connection = sqlite3.connect(team.visitor.path)
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.fixture
def lived(team: Team) -> Team:
    """A file with some life in it."""
    ref = team.enrols(nom="DIALLO", date_cir="09/01/2023", orientation="acceptee")
    team.does(HoldDiagnosis, dossier=ref, date_diagnostic="25/01/2023")
    team.does(AddStep, dossier=ref, etape="FLE", domaine="langue")
    team.does(SetSituation, dossier=ref, date_situation="2023-03", niveau_francais="a1")
    team.enrols(nom="BARRY", departement="85")
    return team


def test_a_sound_file_has_nothing_to_say(lived: Team) -> None:
    assert check(lived.visitor.path) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        pytest.param("UPDATE dossiers SET etape = 'clos'", "colonne etape", id="étape"),
        pytest.param("UPDATE dossiers SET referent = 'x'", "colonne referent", id="référent"),
        pytest.param("DELETE FROM dossiers", "dossier absent de la liste", id="dossiers"),
        pytest.param("DELETE FROM spans", "table spans", id="délais"),
        pytest.param("UPDATE steps SET heures = 3", "table steps", id="étapes du parcours"),
        pytest.param("DELETE FROM situations", "table situations", id="situations"),
        pytest.param(
            "INSERT INTO interviews VALUES ((SELECT id FROM dossiers LIMIT 1), 0, '2023-02-02',"
            " '2023-02-02')", "table interviews", id="entretiens"),
        pytest.param(
            "INSERT INTO appointments (dossier, nature, rang, jour) VALUES"
            " ((SELECT id FROM dossiers LIMIT 1), 'diagnostic', 0, '2023-02-02')",
            "table appointments", id="rendez-vous"),
    ],
)  # fmt: skip
def test_a_list_that_differs_from_the_journal_is_found_and_rebuilt(
    lived: Team, statement: str, told: str
) -> None:
    spoil(lived, statement)
    found = check(lived.visitor.path)
    assert told in {difference.what for difference in found}
    assert {d.dossier for d in found} <= {"44-0001", "85-0001"}
    assert rebuild(lived.visitor) == 2
    assert check(lived.visitor.path) == []


def test_an_identity_that_is_gone_is_found(lived: Team) -> None:
    spoil(lived, "DELETE FROM people")
    assert {d.what for d in check(lived.visitor.path)} == {"dossier sans personne"}


def test_a_dossier_without_a_journal_is_found(lived: Team) -> None:
    spoil(lived, "UPDATE dossiers SET id = 'X' || id WHERE dossier = '85-0001'")
    assert "dossier sans journal" in {d.what for d in check(lived.visitor.path)}


def test_what_lies_beside_the_file_is_told(lived: Team) -> None:
    """A synchroniser's second copy, or a journal that is not this file's [faults, T13]."""
    path = lived.visitor.path
    for name in (
        f"{path.stem} (conflicted copy 2023-11-23).db",
        f"{path.stem} (copie en conflit).db",
        f"{path.stem}.sync-conflict-20231123.db",
        f"{path.name}-wal",
    ):
        extra = path.with_name(name)
        extra.write_bytes(b"")
        found = check(path)
        assert len(found) == 1, name
        assert name in found[0].detail
        extra.unlink()
    assert check(path) == []


def test_a_file_in_wal_mode_is_told(lived: Team) -> None:
    """Older SQLite has a bug that damages files in this mode [faults, T25]."""
    spoil(lived, "PRAGMA journal_mode = WAL")
    found = check(lived.visitor.path)
    expected = sqlite3.sqlite_version_info < (3, 51, 3)
    assert ("mode du fichier" in {d.what for d in found}) is expected


def test_nothing_is_ever_overwritten_by_a_new_file(lived: Team) -> None:
    before = lived.visitor.path.read_bytes()
    with pytest.raises(FileFailure, match="existe déjà"):
        init_file(lived.visitor.path, department="44", site=None)
    assert lived.visitor.path.read_bytes() == before


def test_a_new_file_knows_its_department_letter_and_offices(tmp_path: Path) -> None:
    path = tmp_path / "neuf" / "equipe.db"
    init_file(path, department="44", site="B", letter="B")
    team = Team(path)
    assert team.enrols(nom="DIALLO") == "44B-0001"
    assert team.rows("SELECT DISTINCT site FROM events") == [("B",)]
    assert len(team.rows("SELECT * FROM offices")) > 5
