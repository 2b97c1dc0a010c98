"""A folder carries segments: write-once, whole or not there, whatever a synchroniser adds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agir_cli.exchange.carriers import Folder, opener
from agir_cli.exchange.segments import Segment
from agir_cli.failures import FileFailure, UsageFailure


def segment(first: int, last: int, site: str = "B", body: bytes = b"0123456789") -> Segment:
    return Segment(site, first, last, "2023-10-09", body)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def files(folder: Folder) -> list[Path]:
    return sorted(path for path in folder.path.rglob("*") if path.is_file())


def test_what_is_put_is_read_again_in_order_and_twice_is_once(folder: Folder) -> None:
    for each in (segment(3, 5), segment(1, 2), segment(1, 2)):
        folder.put(each)
    assert folder.held() == {"B": 5}
    assert [*folder.after("B", 0)] == [segment(1, 2), segment(3, 5)]
    assert [*folder.after("B", 2)] == [segment(3, 5)]
    assert len(files(folder)) == 2


def test_a_hole_is_told_by_what_is_held_without_one(folder: Folder) -> None:
    for each in (segment(1, 2), segment(6, 9)):
        folder.put(each)
    assert folder.held() == {"B": 2}
    assert [*folder.after("B", 2)] == []
    folder.put(segment(3, 9))
    assert folder.held() == {"B": 9}


def test_a_file_that_is_still_coming_is_not_there(folder: Folder) -> None:
    folder.put(segment(1, 2))
    (path,) = files(folder)
    path.write_bytes(b"0123")
    assert folder.held() == {"B": 0}
    folder.put(segment(1, 2))
    assert folder.held() == {"B": 2}


@pytest.mark.parametrize(
    "name",
    [
        "00000001-00000002-2023-10-09-10 (conflicted copy 2023-10-09).agir",
        "00000001-00000002-2023-10-09-10.sync-conflict-20231009-101010.agir",
        "copie de B.agir",
    ],
)
def test_a_conflicted_copy_is_told_and_not_read(folder: Folder, name: str) -> None:
    folder.put(segment(1, 2))
    (path,) = files(folder)
    path.with_name(name).write_bytes(b"something else")
    assert folder.held() == {"B": 2}
    assert [each.name for each in folder.strange] == [name]


def test_no_name_ends_with_a_tilde_which_nextcloud_leaves_out(folder: Folder) -> None:
    folder.put(segment(1, 2, "B~"))
    assert folder.held() == {"B~": 2}
    assert not any("~" in part for path in files(folder) for part in path.parts)


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileFailure, match="n'est pas là"):
        opener(str(tmp_path / "absent"))()


def test_a_folder_that_leaves_meanwhile_is_not_made_again_here(folder: Folder) -> None:
    shutil.rmtree(folder.path)
    for write in (lambda: folder.put(segment(1, 3)), lambda: folder.leave("boite", "a", b"1")):
        with pytest.raises(FileFailure, match="n'est pas là"):
            write()
    assert not folder.path.exists()


def test_letters_are_left_and_read(folder: Folder) -> None:
    folder.leave("boite", "demande", b"bonjour")
    assert [*folder.letters("boite")] == [("demande", b"bonjour")]
    assert [*folder.letters("autre")] == []


def test_a_server_without_a_service_is_asked_for_it() -> None:
    with pytest.raises(UsageFailure, match="Quel service"):
        opener("postgresql:")
