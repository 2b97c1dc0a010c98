"""Backups: taken while others work, proved, rotated; put back after being compared."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from agir_cli.domain import commands as c
from agir_cli.failures import FileFailure, NotFoundFailure
from agir_cli.store import backup, seal
from agir_cli.store.backup import Backup, found_in, outdated
from agir_cli.store.waiting import on_notice, on_post
from agir_cli.usecases.backup import backed_up, backups, newest, restored, tried
from agir_cli.usecases.upkeep import check
from tests.store.crowd import count, import_process, many_rows, writes_begun
from tests.store.faulty import behind, digest, sql
from tests.usecases.filing import File


@pytest.fixture
def file(tmp_path: Path) -> File:
    made = File(tmp_path / "equipe.db")
    made.does(c.Enroll, nom="DIALLO-INVENTE", prenoms="Awa")
    return made


@pytest.fixture
def post() -> Iterator[dict[str, str]]:
    """What the post says, to be filled by a test."""
    said: dict[str, str] = {}
    on_post(lambda name: said.get(name, ""))
    yield said
    on_post(None)


@pytest.fixture
def told() -> Iterator[list[str]]:
    sentences: list[str] = []
    on_notice(sentences.append)
    yield sentences
    on_notice(None)


def test_a_backup_is_an_equal_file_for_its_owner_alone(file: File) -> None:
    taken = backed_up(file.visitor)
    assert taken.path.parent == file.path.parent / "sauvegardes"
    assert taken.path.parent.stat().st_mode & 0o777 == 0o700
    for each in taken.path.parent.iterdir():
        assert each.stat().st_mode & 0o777 == 0o600, each.name
    assert (taken.dossiers, taken.seal.number) == (1, count_of(file))
    assert check(taken.path) == []
    assert File(taken.path).picture() == file.picture()


def count_of(file: File) -> int:
    witness = seal.witness_of(file.path)
    assert witness is not None
    return witness.number


def test_a_backup_is_taken_while_somebody_writes(file: File, tmp_path: Path) -> None:
    rows = many_rows(tmp_path / "noms.csv", 3000)
    process = import_process(file.path, rows)
    taken = []
    while writes_begun(file.path, process, 1) and process.poll() is None:
        if len(taken) < 5:
            taken.append(backed_up(file.visitor))
    process.communicate(timeout=120)
    assert process.returncode == 0
    taken.append(backed_up(file.visitor))
    assert {each.dossiers for each in taken} <= {1, 3001}
    for each in taken:
        if each.path.exists():  # the oldest are rotated meanwhile
            assert check(each.path) == []
    assert taken[-1].dossiers == 3001


def test_a_large_import_is_backed_up_before(file: File, tmp_path: Path) -> None:
    few = "nom\n" + "\n".join(f"PEU{n}-INVENTE" for n in range(20))
    assert file.brings(c.Enroll, few).counts[1] == 20
    assert backups(file.visitor) == []
    many = "nom\n" + "\n".join(f"NOM{n}-INVENTE" for n in range(1100))
    file.brings(c.Enroll, many, dry_run=True)
    assert backups(file.visitor) == []
    assert file.brings(c.Enroll, many).counts[1] == 1100
    (taken,) = backups(file.visitor)
    assert (taken.reason, taken.dossiers) == ("import", 21)


def test_the_first_act_of_a_day_is_backed_up_before_and_only_it(
    file: File, tmp_path: Path, post: dict[str, str]
) -> None:
    place = tmp_path / "cle"
    place.mkdir()
    post["sauvegarde.dossier"] = str(place)
    for name in ("BARRY-INVENTE", "KEITA-INVENTE"):
        file.does(c.Enroll, nom=name)
    (taken,) = found_in([place])
    assert (taken.reason, taken.dossiers) == ("jour", 1)


def test_a_stick_that_is_not_there_keeps_no_act_from_being_recorded(
    file: File, tmp_path: Path, post: dict[str, str], told: list[str]
) -> None:
    post["sauvegarde.dossier"] = str(tmp_path / "cle")
    file.does(c.Enroll, nom="BARRY-INVENTE")
    assert not (tmp_path / "cle").exists()
    assert "n'est pas là" in told[0]
    assert [each.reason for each in backups(file.visitor)] == ["jour"]
    assert count(file.path, "dossiers") == 2


def _of_the_engine() -> sqlite3.Error:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), _of_the_engine()])
def test_a_folder_that_refuses_is_said_and_the_act_is_recorded(
    file: File, tmp_path: Path, post: dict[str, str], told: list[str], monkeypatch, error: Exception
) -> None:
    (tmp_path / "cle").mkdir()
    post["sauvegarde.dossier"] = str(tmp_path / "cle")

    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(backup, "copy_to", full)
    file.does(c.Enroll, nom="BARRY-INVENTE")
    assert f"La sauvegarde dans « {tmp_path / 'cle'} »" in told[0]
    assert "le disque est plein" in told[0]
    assert count(file.path, "dossiers") == 2
    assert list((tmp_path / "cle").iterdir()) == []


def _taken_on(day: date, number: int = 0) -> Backup:
    moment = f"{day.isoformat()}T1{number}:00:00.000000Z"
    return Backup(Path(moment), moment, "jour", seal.Seal("f", 1, "s"), 1, 1, "x")


TODAY = date(2026, 11, 28)


def test_which_backups_are_kept() -> None:
    """Three a day for a year: the newest, then days, weeks, months, and none after 35 days."""
    every = [
        _taken_on(TODAY - timedelta(days=age), hour) for age in range(365) for hour in (3, 2, 1)
    ]
    gone = outdated(every, TODAY, 35)
    kept = [each for each in every if each not in gone]
    ages = [(TODAY - each.moment.date()).days for each in kept]
    assert ages[:10] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]
    assert [age for age in ages if 3 < age <= 7] == [4, 5, 6, 7]
    assert len([age for age in ages if 7 < age <= 28]) in (3, 4)
    assert max(ages) <= 35
    year = [each for each in every if each not in outdated(every, TODAY, 400)]
    assert len({(each.moment.year, each.moment.month) for each in year}) == 13


def test_the_newest_is_kept_however_old_it_is() -> None:
    assert outdated([_taken_on(date(2020, 1, 1))], TODAY, 35) == []


def test_backups_of_another_file_are_left_alone(
    file: File, tmp_path: Path, post: dict[str, str]
) -> None:
    post["sauvegarde.garder"] = "1"
    other = File(tmp_path / "autre.db")
    for _ in range(3):
        backed_up(other.visitor)
    place = backed_up(file.visitor).path.parent
    for beside in place.glob("*.sceau"):  # as if all were taken long ago
        words = json.loads(beside.read_text())
        beside.write_text(json.dumps({**words, "pris_le": f"2020-01-01T00:00:0{len(words)}Z"}))
    backed_up(file.visitor)
    assert len(backups(other.visitor)) == 3
    assert len(backups(file.visitor)) == 1


def test_what_would_be_lost_is_said_by_author_and_nothing_changes(file: File) -> None:
    taken = backed_up(file.visitor)
    other = File(file.path, "Dominique Essai")
    other.does(c.Enroll, nom="BARRY-INVENTE")
    other.does(c.Enroll, dossier="44-0001", telephone="0611111111")
    file.does(c.Enroll, nom="KEITA-INVENTE")
    before = digest(file.path)
    found = restored(taken.path, file.path, done=False)
    assert digest(file.path) == before
    assert found.loss is not None
    assert [(each.author, each.acts, each.dossiers) for each in found.loss.authors] == [
        ("Dominique Essai", 2, 2), ("Camille Essai", 1, 1),
    ]  # fmt: skip
    assert found.loss.opened == ["44-0002", "44-0003"]
    assert (found.proved, found.anomalies, found.dossiers) == (True, [], 1)


def test_a_backup_is_put_back_and_what_was_there_is_kept(file: File) -> None:
    before = file.picture()
    taken = backed_up(file.visitor)
    file.does(c.Enroll, nom="BARRY-INVENTE")
    after = file.picture()
    found = restored(taken.path, file.path, done=True)
    assert file.picture() == before
    assert check(file.path) == []
    assert found.kept is not None
    assert File(found.kept).picture() == after
    file.does(c.Enroll, nom="KEITA-INVENTE")
    assert check(file.path) == []


def test_a_damaged_file_is_put_aside(file: File) -> None:
    before, taken = file.picture(), backed_up(file.visitor)
    content = bytearray(file.path.read_bytes())
    content[100:9000] = b"\xff" * 8900
    file.path.write_bytes(content)
    found = restored(taken.path, file.path, done=True)
    assert found.loss is None
    assert found.kept is not None
    assert found.kept.read_bytes() == content
    assert file.picture() == before
    assert check(file.path) == []


def test_a_backup_that_was_changed_is_refused(file: File) -> None:
    taken = backed_up(file.visitor)
    behind(taken.path, "UPDATE people SET nom = 'AUTRE-INVENTEE'")
    before = digest(file.path)
    for done in (False, True):
        with pytest.raises(FileFailure, match="n'est plus telle"):
            restored(taken.path, file.path, done=done)
    assert digest(file.path) == before
    assert [each.what for each in tried(file.path)] == ["sauvegarde"]


def test_a_backup_without_its_seal_is_read_and_not_called_proved(file: File) -> None:
    taken = backed_up(file.visitor)
    taken.path.with_name(f"{taken.path.name}.sceau").unlink()
    assert restored(taken.path, file.path, done=False).proved is False


@pytest.mark.parametrize("how", ["trigger", "pages"])
def test_a_hostile_or_damaged_backup_without_seal_is_not_put_back(file: File, how: str) -> None:
    """[faults, T43]: somebody else's trigger never comes in."""
    taken = backed_up(file.visitor)
    taken.path.with_name(f"{taken.path.name}.sceau").unlink()
    if how == "trigger":
        sql(taken.path, "CREATE TRIGGER tout AFTER INSERT ON events BEGIN DELETE FROM people; END")
    else:
        with taken.path.open("r+b") as content:
            content.seek(40_000)
            content.write(b"\xff" * 9000)
    before = digest(file.path)
    with pytest.raises(FileFailure):
        restored(taken.path, file.path, done=True)
    assert digest(file.path) == before


def test_another_teams_file_is_never_replaced(file: File, tmp_path: Path) -> None:
    taken = backed_up(File(tmp_path / "autre" / "autre.db").visitor)
    before = digest(file.path)
    with pytest.raises(FileFailure, match="autre équipe"):
        restored(taken.path, file.path, done=True)
    assert digest(file.path) == before


def test_the_newest_is_found_and_several_teams_are_asked_about(file: File, tmp_path: Path) -> None:
    with pytest.raises(NotFoundFailure, match="Aucune sauvegarde"):
        newest(file.visitor)
    first, last = backed_up(file.visitor), backed_up(file.visitor)
    assert newest(file.visitor) == last.path != first.path
    other = backed_up(File(tmp_path / "autre.db").visitor)
    with pytest.raises(NotFoundFailure, match="plusieurs fichiers"):
        newest(file.visitor, other.path.parent)
    assert newest(file.visitor) == last.path


def test_the_age_of_the_last_backup_is_told(file: File, post: dict[str, str]) -> None:
    assert check(file.path) == []
    long_ago = "2026-01-05T10:00:00.000000Z"
    witness = seal.witness_of(file.path)
    assert witness is not None
    seal.keep_witness(file.path, witness._replace(saved=long_ago))
    (found,) = check(file.path)
    assert found.what == "sauvegarde"
    assert "dernière sauvegarde le 05/01/2026" in found.detail
    post["sauvegarde.jours"] = "100000"
    assert check(file.path) == []
    post.clear()
    backed_up(file.visitor)
    assert check(file.path) == []


def test_a_file_never_backed_up_counts_from_its_first_act(file: File) -> None:
    with sqlite3.connect(file.path) as connection:
        connection.execute("DROP TRIGGER events_never_change")
        connection.execute("UPDATE events SET recorded_at = '2026-01-05T10:00:00.000000Z'")
    assert "aucune sauvegarde" in str([each.detail for each in check(file.path)])
