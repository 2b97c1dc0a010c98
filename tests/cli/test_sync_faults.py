"""What may go wrong when two sites exchange: one sentence, and the file as it was.

Every person is invented.
"""

from __future__ import annotations

import io
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agir_cli.exchange import carriers
from agir_cli.exchange.carriers import Carrier, Folder
from agir_cli.usecases.sync import _Exchange
from agir_cli.usecases.upkeep import check
from tests.cli.coordinator import Answer, Team
from tests.postgres import needs_postgres, running

pytest.importorskip("pyrage", reason="the extra « secure » is not installed")
from tests.usecases.over_a_folder import model


class Two:
    """Two sites of one network; the first has recorded what the second has not taken yet."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        place = model(folder, "AB")
        self.a, self.b = Team(place / "A.db", capsys), Team(place / "B.db", capsys)
        self.shared = place / "echange"
        self.a.enrols("--nom", "KEITA-INVENTE")
        self.a.does("sync", str(self.shared))

    @property
    def segment(self) -> Path:
        """The last that the first site has sent."""
        return max((self.shared / "flux" / "A").glob("*.agir"))


@pytest.fixture
def two(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Two:
    """A network, and a post without settings."""
    monkeypatch.setenv("AGIR_CONFIG", str(tmp_path / "reglages.toml"))
    return Two(tmp_path, capsys)


def refused(team: Team, *words: str, told: str) -> Answer:
    """A command that says this (code 7; 2 for what was typed), and leaves the file as it was."""
    before = team.fingerprint()
    answer = team(*words)
    assert answer.code in (2, 7), answer.said
    assert told in " ".join(answer.err.split())
    assert "Traceback" not in answer.said
    assert "KEITA" not in answer.said
    assert team.fingerprint() == before
    return answer


def test_no_carrier(two: Two, tmp_path: Path) -> None:
    refused(two.b, "sync", told="Où les sites s'échangent-ils ?")
    refused(two.b, "sync", str(tmp_path / "absent"), told="n'est pas là")
    refused(two.b, "sync", str(two.a.db), told="n'est pas là")
    shutil.rmtree(two.shared / "flux" / "A")
    (two.shared / "flux" / "A").write_text("un fichier à la place d'un dossier")
    before = two.b.fingerprint()
    assert "n'est pas un envoi d'un site" in two.b.does("sync", str(two.shared)).err
    assert two.b.fingerprint() == before


def test_no_key_and_a_wrong_one(two: Two) -> None:
    beside = two.b.db.with_name("B.db.site")
    key = beside.read_text("ascii")
    for wrong in (two.a.db.with_name("A.db.site").read_text("ascii"), "n'importe quoi", ""):
        beside.write_text(wrong)
        refused(two.b, "sync", str(two.shared), told="n'est pas sur ce poste")
    beside.unlink()
    refused(two.b, "sync", str(two.shared), told="n'est pas sur ce poste")
    beside.write_text(key)
    beside.chmod(0o600)
    two.b.does("sync", str(two.shared))


def test_a_letter_is_that_of_two_files(two: Two, tmp_path: Path) -> None:
    """A file was copied to another post, and both go on."""
    copy = Team(tmp_path / "copie.db", two.a._capsys)
    for path in two.a.db.parent.glob("A.db*"):
        shutil.copy(path, tmp_path / path.name.replace("A.db", copy.db.name))
    copy.enrols("--nom", "DIALLO-INVENTE")
    copy.enrols("--nom", "CISSE-INVENTE")
    two.a.enrols("--nom", "BARRY-INVENTE")
    two.a.does("sync", str(two.shared))
    two.b.does("sync", str(two.shared))
    refused(copy, "sync", str(two.shared), told="n'est pas celui qui l'avait envoyé")
    before = two.b.fingerprint()
    two.b.does("sync", str(two.shared))
    assert two.b.fingerprint() == before


def test_two_networks_in_one_folder(two: Two, tmp_path: Path) -> None:
    """Another team has begun a network of its own there, under the same letter."""
    other = Team(model(tmp_path / "ailleurs", "AC") / "A.db", two.a._capsys)
    other.enrols("--nom", "DIALLO-INVENTE")
    refused(other, "sync", str(two.shared), told="un autre réseau s'est servi de cette lettre")
    two.b.does("sync", str(two.shared))
    assert two.b.rows("SELECT count(*) FROM dossiers") == [(1,)]


def test_a_clock_that_is_a_day_ahead(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it wrote is taken; who takes it is told."""
    from agir_cli.store import stamp

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(days=1, hours=2)

    with monkeypatch.context() as wrong:
        wrong.setattr(stamp, "datetime", Ahead)
        two.a.enrols("--nom", "DIALLO-INVENTE")
    two.a.does("sync", str(two.shared))
    answer = two.b.does("sync", str(two.shared))
    assert "site A : son dernier enregistrement est à venir, voyez son horloge" in answer.err
    assert two.b.rows("SELECT count(*) FROM dossiers") == [(2,)]
    assert [each.what for each in check(two.b.db)] == ["horloge"]


def test_ctrl_c_says_that_what_was_taken_is_whole_and_sync_is_to_be_done_again(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(_Exchange, "fill", stop)  # once everything was taken
        answer = two.b("sync", str(two.shared))
    assert answer.code == 130
    assert "ce qui a été pris est entier" in answer.err
    assert "refaites agir sync" in answer.err
    assert two.b.rows("SELECT count(*) FROM dossiers") == [(1,)]
    two.b.does("sync", str(two.shared))


def test_a_file_of_no_network_and_one_that_waits_say_so(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = Team(tmp_path / "nouveau.db", two.a._capsys)
    said = new.does("init", "--clear", "--letter", "P", "--caseload", "Alice Martin").err
    assert "agir sites invite P" in said
    assert "agir sites join" in said
    refused(new, "sync", str(two.shared), told="n'est d'aucun réseau de sites")
    code = two.a.does("sites", "invite", "P").out.splitlines()[2]
    monkeypatch.setattr("sys.stdin", io.StringIO(code))
    new.does("sites", "join", str(two.shared), "--recovery", str(tmp_path / "fiche.txt"))
    refused(new, "sync", str(two.shared), told="attend d'être admis")
    two.a.does("sync", str(two.shared))
    new.does("sync", str(two.shared))


def _without_room(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("room", [0, 8192, 40_960])
def test_a_disk_that_is_full_in_the_middle(two: Two, room: int) -> None:
    for number in range(60):
        two.a.enrols("--nom", f"NOM{number:03}-INVENTE")
    two.a.does("sync", str(two.shared))
    size, before = two.b.db.stat().st_size, two.b.rows("SELECT * FROM events ORDER BY id")
    done = subprocess.run(
        [*two.b.command(), "sync", str(two.shared)], capture_output=True, text=True, check=False,
        preexec_fn=lambda: _without_room(size + room),
    )  # fmt: skip
    assert done.returncode == 7, done.stderr
    assert "rien n'a été enregistré" in done.stderr
    assert "Traceback" not in done.stderr
    assert two.b.rows("SELECT * FROM events ORDER BY id") == before
    assert check(two.b.db) == []
    two.b.does("sync", str(two.shared))
    assert two.b.rows("SELECT count(*) FROM dossiers") == [(61,)]


def test_a_folder_that_is_full(two: Two) -> None:
    """Nothing half is left there, and what was recorded stays for the next time."""
    for number in range(40):
        two.b.enrols("--nom", f"NOM{number:03}-INVENTE")
    before = sorted(two.shared.rglob("*"))
    records = two.b.rows("SELECT * FROM events ORDER BY id")
    full = two.shared / "flux"
    size = two.b.db.stat().st_size
    full.chmod(0o500)
    try:
        from tests.store.faulty import obey_permissions

        done = subprocess.run([*two.b.command(), "sync", str(two.shared)], capture_output=True,
                              text=True, check=False, preexec_fn=obey_permissions)  # fmt: skip
    finally:
        full.chmod(0o700)
    assert done.returncode == 7, done.stderr
    assert "Rien n'est perdu" in done.stderr
    assert sorted(two.shared.rglob("*")) == before
    assert two.b.rows("SELECT * FROM events ORDER BY id")[: len(records)] == records
    assert two.b.db.stat().st_size >= size


def test_a_conflicted_copy_is_said_and_not_read(two: Two) -> None:
    two.b.does("sync", str(two.shared))
    before = two.b.fingerprint()
    shutil.copy(two.segment, two.segment.with_stem(f"{two.segment.stem} (conflicted copy)"))
    answer = two.b.does("sync", str(two.shared))
    assert "copie en conflit" in answer.err
    assert two.b.fingerprint() == before


def test_a_segment_that_somebody_altered_cut_or_renamed(two: Two) -> None:
    segment, body = two.segment, two.segment.read_bytes()
    first = int(segment.name.split("-")[0])
    segment.write_bytes(bytes([*body[:-1], body[-1] ^ 1]))
    answer = refused(two.b, "sync", str(two.shared), told=f"Site A, enregistrements {first} à")
    assert "refusés en bloc" in answer.err
    segment.write_bytes(body[: len(body) // 2])  # is still coming
    before = two.b.fingerprint()
    two.b.does("sync", str(two.shared))
    assert two.b.fingerprint() == before
    segment.unlink()
    name = segment.name.replace(f"-{len(body)}.", f"-{len(body) + 1}.")
    segment.with_name(name).write_bytes(body + b"\n")
    refused(two.b, "sync", str(two.shared), told=f"Site A, enregistrements {first} à")


@needs_postgres
def test_a_hub_that_is_newer_or_edited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg2", reason="the extra « hub » is not installed")
    monkeypatch.setenv("AGIR_CONFIG", str(tmp_path / "reglages.toml"))
    two = Two(tmp_path, capsys)
    with running() as server:
        two.a.does("hub", "init", "admin")
        for team, letter in ((two.a, "A"), (two.b, "B")):
            two.a.does("hub", "grant", "admin", letter, "--departement", "44")
            server.role(f"agir_{letter.lower()}")
            team.does("sync", f"postgresql:agir_{letter.lower()}")
        two.b.does("sync", "postgresql:agir_b")
        two.a.enrols("--nom", "DIALLO-INVENTE")
        two.a.does("sync", "postgresql:agir_a")
        off, on = (
            f"ALTER TABLE agir.segments {x} TRIGGER segments_stay" for x in ("DISABLE", "ENABLE")
        )
        body = "body = set_byte(body, 300, get_byte(body, 300) # {0})"
        where = "WHERE site = 'A' AND place = 0 AND first = (SELECT max(first) FROM agir.segments)"
        for change, back, told in (
            ("UPDATE agir.hub SET version = 9", "UPDATE agir.hub SET version = 1",
             "version plus récente"),
            (off, on, "modifiée"),
            ("ALTER TABLE agir.segments RENAME COLUMN day TO jour",
             "ALTER TABLE agir.segments RENAME COLUMN jour TO day", "modifiée"),
            (f"{off}; UPDATE agir.segments SET {body.format(1)} {where}; {on}",
             f"{off}; UPDATE agir.segments SET {body.format(1)} {where}; {on}", "Site A"),
            (f"{off}; UPDATE agir.segments SET first = first + 90, last = last + 90 {where}; {on}",
             f"{off}; UPDATE agir.segments SET first = first - 90, last = last - 90 {where}; {on}",
             "modifiée"),
        ):  # fmt: skip
            server.sql(change, "relais")
            refused(two.b, "sync", "postgresql:agir_b", told=told)
            server.sql(back, "relais")
        two.b.does("sync", "postgresql:agir_b")
        assert two.b.rows("SELECT count(*) FROM dossiers") == [(2,)]


@pytest.mark.parametrize(("loaded", "answered", "sent"), [(0.6, 0, 1), (0, 0, 1), (0, 0.9, 0)])
def test_only_the_answer_is_waited_for_half_a_second(
    two: Two,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    loaded: float,
    answered: float,
    sent: int,
) -> None:
    """A slow post loads what speaks to a server for as long: it would never have exchanged."""
    said = f'echange = "{two.shared}"\nsync = "auto"\n'
    (tmp_path / "reglages.toml").write_text(said, "utf-8")

    def slowly(text: str, _: object) -> Callable[[], Carrier]:
        time.sleep(loaded)
        return lambda: time.sleep(answered) or Folder(Path(text))  # type: ignore[func-returns-value]

    monkeypatch.setattr(carriers, "opener", slowly)
    before = len([*two.shared.glob("flux/A/*.agir")])
    two.a.enrols("--nom", "DIALLO-INVENTE")
    assert len([*two.shared.glob("flux/A/*.agir")]) == before + sent
