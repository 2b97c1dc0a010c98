"""Where a file stands: on a disk of this machine, or where other machines write too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agir_cli.domain import commands as c
from agir_cli.failures import FileFailure
from agir_cli.store import place
from agir_cli.store.place import shared
from agir_cli.store.waiting import on_notice, on_post
from agir_cli.usecases.upkeep import check, init_file
from tests.store.faulty import digest
from tests.usecases.filing import File

KINDS = (
    "nfs4",
    "cifs",
    "smb3",
    "fuse.sshfs",
    "davfs",
    "fuse.rclone",
    "9p",
    "ext4",
    "tmpfs",
    "btrfs",
)
REMOTE = KINDS[:6]


@pytest.fixture
def file(tmp_path: Path) -> File:
    made = File(tmp_path / "equipe" / "equipe.db")
    made.does(c.Enroll, nom="DIALLO-INVENTE")
    return made


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    sentences: list[str] = []
    monkeypatch.setattr(place, "_looked", set())
    on_notice(sentences.append)
    yield sentences
    on_notice(None)


def mount(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, point: Path, kind: str) -> None:
    """Have the system say that this folder is on a file system of this kind."""
    said = str(point).replace(" ", "\\040")
    (tmp_path / "mountinfo").write_text(
        "22 1 254:0 / / rw,relatime - ext4 /dev/sda1 rw\n"
        f"99 22 0:51 / {said} rw,relatime shared:7 - {kind} serveur:/partage rw\n"
    )
    monkeypatch.setattr(place, "_MOUNTS", tmp_path / "mountinfo")


@pytest.mark.skipif(os.name != "posix", reason="la liste des montages est de Linux")
@pytest.mark.parametrize("kind", KINDS)
def test_a_share_is_read_and_never_written_to(
    file: File, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str], kind: str
) -> None:
    mount(monkeypatch, tmp_path, file.path.parent, kind)
    before = digest(file.path)
    if kind not in REMOTE:
        file.does(c.Enroll, nom="BARRY-INVENTE")
        assert told == []
        return
    with pytest.raises(FileFailure, match=rf"partage réseau \({kind}\).*rien n'a été enregistré"):
        file.does(c.Enroll, nom="BARRY-INVENTE")
    with pytest.raises(FileFailure, match="rien n'a été créé"):
        init_file(file.path.with_name("autre.db"), departments=("44",), site=None)
    assert digest(file.path) == before
    assert "emplacement" in {each.what for each in check(file.path)}
    assert any("partage réseau" in each for each in told)


@pytest.mark.parametrize(
    "folder",
    [
        "OneDrive - Association",
        "Dropbox",
        "Nextcloud",
        "kDrive",
        "CloudStorage/Autre",
        "marque/a/b",
    ],
)
def test_a_synchronised_folder_is_known_by_its_name_or_its_mark(
    tmp_path: Path, folder: str
) -> None:
    place_of = tmp_path / folder
    place_of.mkdir(parents=True)
    if folder.startswith("marque"):
        assert shared(place_of / "equipe.db") == ""
        (tmp_path / "marque" / ".stfolder").mkdir()
    assert "dossier synchronisé" in shared(place_of / "equipe.db")
    with pytest.raises(FileFailure, match="dossier synchronisé"):
        init_file(place_of / "equipe.db", departments=("44",), site=None)
    assert list(place_of.iterdir()) == []


def test_a_team_that_insists_may_write_there(tmp_path: Path, told: list[str]) -> None:
    folder = tmp_path / "Dropbox"
    folder.mkdir()
    on_post({"partage": "oui"}.get)  # type: ignore[arg-type]
    try:
        File(folder / "equipe.db").does(c.Enroll, nom="DIALLO-INVENTE")
    finally:
        on_post(None)
    assert told == []
    assert [each.what for each in check(folder / "equipe.db")] == ["emplacement"]


@pytest.mark.skipif(os.name != "posix", reason="les droits sont de POSIX")
def test_what_others_may_read_or_replace_is_said_by_every_command(
    file: File, told: list[str]
) -> None:
    file.path.chmod(0o644)
    file.path.parent.chmod(0o777)
    file.path.with_name("equipe (conflicted copy).db").touch()
    file.does(c.Enroll, nom="BARRY-INVENTE")
    assert [word in " ".join(told) for word in ("chmod 600", "go-w", "conflicted")] == [True] * 3
    count = len(told)
    file.does(c.Enroll, nom="KEITA-INVENTE")
    assert len(told) == count
