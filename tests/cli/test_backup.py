"""`agir backup` and `agir restore` as a coordinator types them, and the page of the guide."""

from __future__ import annotations

import os
import re
from io import StringIO
from pathlib import Path

import pytest

from agir_cli.cli.app import main
from agir_cli.store import seal
from tests.cli.coordinator import ORIENTED, Team

GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"


def test_a_backup_is_said_listed_and_put_back(team: Team) -> None:
    team("enroll", "--nom", "DIALLO-INVENTE")
    said = team("backup")
    assert said.code == 0
    assert "rouverte et vérifiée" in said.out
    team("enroll", "--nom", "BARRY-INVENTE")
    looked = team("restore")
    assert "Seraient perdus : 1 acte depuis." in looked.out
    assert "coordination : 1 acte sur 1 dossier" in looked.out
    assert "44-0002" in looked.out
    assert "Rien n'a été changé" in looked.out
    assert "BARRY" in team("find", "barry").out
    done = team("restore", "--yes")
    assert done.code == 0
    assert team("find", "barry").code == 4
    assert team("check").said == ""
    listed = team("backup", "--list", "--format", "csv").out.splitlines()
    assert [line.split(",")[1:4] for line in listed[1:]] == [
        ["restauration", "2", "2"], ["demande", "1", "1"],
    ]  # fmt: skip


def test_a_backup_goes_into_a_new_file_beside(team: Team, tmp_path: Path) -> None:
    team("enroll", "--nom", "DIALLO-INVENTE")
    team("backup", "--to", str(tmp_path / "cle"))
    team("enroll", "--nom", "BARRY-INVENTE")
    hier = tmp_path / "hier.db"
    assert team("restore", str(tmp_path / "cle"), "--to", str(hier), "--yes").code == 0
    assert main(["--db", str(hier), "find", "barry"]) == 4
    assert "BARRY" in team("find", "barry").out
    again = team("restore", str(tmp_path / "cle"), "--to", str(hier), "--yes")
    assert (again.code, "existe déjà" in again.err) == (2, True)


@pytest.mark.parametrize("wrong", ["rien.db", "vide.db", "texte.db", "vide"])
def test_what_is_no_backup_is_one_sentence(team: Team, tmp_path: Path, wrong: str) -> None:
    (tmp_path / "vide.db").touch()
    (tmp_path / "texte.db").write_text("nom;prenoms\n" * 400)
    (tmp_path / "vide").mkdir()
    said = team("restore", str(tmp_path / wrong), "--yes")
    assert said.code in (4, 7)
    assert "Panne" not in said.err
    assert team("check").code == 0


def test_the_morning_and_check_say_an_old_backup(team: Team) -> None:
    team("enroll", "--nom", "DIALLO-INVENTE")
    witness = seal.witness_of(team.db)
    assert witness is not None
    seal.keep_witness(team.db, witness._replace(saved="2026-01-05T10:00:00.000000Z"))
    assert "dernière sauvegarde le 05/01/2026" in team("today").err
    said = team("check")
    assert said.code == 6
    assert "agir backup" in said.err
    team("backup")
    assert "sauvegarde" not in team("today").err
    assert team("check").said == ""


def test_the_settings_of_backups(team: Team, tmp_path: Path) -> None:
    place = tmp_path / "cle"
    assert team("config", "set", "sauvegarde.dossier", str(place)).code == 0
    assert place.stat().st_mode & 0o777 == 0o700
    assert team("config", "set", "sauvegarde.garder", "un peu").code == 2
    assert str(place) in team("config", "show", "--format", "csv").out
    team("enroll", "--nom", "DIALLO-INVENTE")
    team("enroll", "--nom", "BARRY-INVENTE")
    assert len(list(place.glob("*-jour.db"))) == 1
    team("config", "set", "sauvegarde.dossier")
    assert "ôté" in team("config", "set", "sauvegarde.dossier").out


def test_the_post_is_lost(team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of the guide, typed on a new post from nothing but the stick and the sheet."""
    page = GUIDE.read_text("utf-8").split("### Le poste est perdu\n")[1].split("\n#")[0]
    assert len([line for line in page.splitlines() if line.strip()]) <= 10
    commands = re.findall(r"^    agir (.*?)(?:  +#.*)?$", page, re.MULTILINE)
    assert len(commands) == 5
    stick, sheet = tmp_path / "cle", team.does("memory", "key").out
    team("config", "set", "sauvegarde.dossier", str(stick))
    team("enroll", "--nom", "DIALLO-INVENTE")
    team("backup")
    for lost in team.db.parent.glob("equipe.db*"):
        lost.unlink()
    new = tmp_path / "nouveau"
    monkeypatch.setenv("XDG_DATA_HOME", str(new))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(new / "reglages"))
    for command in commands:
        monkeypatch.setattr("sys.stdin", StringIO(sheet))
        words = [str(stick) if word.startswith("/media") else word for word in command.split()]
        assert main(words) == 0, words
    assert main(["find", "diallo"]) == 0
    assert main(["enroll", "--nom", "BARRY-INVENTE"]) == 0
    assert (new / "agir" / "agir.db.cle").exists()
    assert (new / "agir" / "agir.db").exists()


@pytest.mark.parametrize("wrong", ["abimee.db", "texte.db"])
def test_what_is_wrong_names_the_backup_and_not_its_copy(
    team: Team, tmp_path: Path, wrong: str
) -> None:
    team("enroll", "--nom", "DIALLO-INVENTE")
    pages = bytearray(team.db.read_bytes())
    pages[8192:12288] = b"\xff" * 4096
    (tmp_path / "abimee.db").write_bytes(pages)
    (tmp_path / "texte.db").write_text("nom;prenoms\n" * 400)
    for yes in ((), ("--yes",)):
        said = team("restore", str(tmp_path / wrong), *yes)
        assert said.code == 7
        assert (f"« {wrong} »" in said.err, ".tmp" in said.said) == (True, False)
        assert "Prenez la précédente (agir backup --list), ou un autre exemplaire." in said.err
    assert team("check").code == 0


def test_a_damaged_file_is_named_by_what_would_back_it_up(team: Team, tmp_path: Path) -> None:
    team("enroll", "--nom", "DIALLO-INVENTE")
    pages = bytearray(team.db.read_bytes())
    pages[8192:12288] = b"\xff" * 4096
    team.db.write_bytes(pages)
    said = team("backup", "--to", str(tmp_path / "cle"))
    assert (said.code, ".tmp" in said.err) == (7, False)
    assert f"« {team.db.name} » est endommagé" in said.err


@pytest.mark.parametrize(
    ("place", "code", "told"),
    [
        ("lien.db", 2, "« {to} » existe déjà"),
        ("Nextcloud/x.db", 7, "« x.db » est dans un dossier synchronisé (Nextcloud)"),
        ("fichier/x.db", 7, "une partie de son chemin est un fichier, pas un dossier"),
        ("x.db-wal", 7, "« x.db-wal » est le nom du journal d'un autre fichier"),
    ],
)
def test_a_place_where_no_file_may_be_is_named(
    team: Team, tmp_path: Path, place: str, code: int, told: str
) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    team.does("backup")
    (tmp_path / "Nextcloud").mkdir()
    (tmp_path / "fichier").write_text("", "utf-8")
    (tmp_path / "lien.db").symlink_to(tmp_path / "nulle-part.db")
    to = tmp_path / place
    answer = team("restore", "--to", str(to), "--yes")
    assert (answer.code, told.format(to=to) in " ".join(answer.err.split())) == (code, True), answer
    assert not to.exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root écrit partout")
def test_a_folder_that_may_not_be_written_to_is_named(team: Team, tmp_path: Path) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    team.does("backup")
    (tmp_path / "ferme").mkdir(mode=0o500)
    answer = team("restore", "--to", str(tmp_path / "ferme" / "x.db"), "--yes")
    assert answer.code == 7
    assert "x.db » ne peut pas être créé : vous n'avez pas le droit d'y écrire" in answer.err
