"""An encrypted file: equal answers, nothing in clear, one sentence without its key."""

from __future__ import annotations

import hashlib
import os
import random
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agir_cli.cli.app import main
from agir_cli.failures import to_install
from agir_cli.store import cipher, driver
from agir_cli.store.file import consulting, recode, recording
from agir_cli.usecases.upkeep import check
from tests.cli.coordinator import ORIENTED, ROOT, Team
from tests.cli.keyboard import CTRL_C, Keyboard
from tests.golden.test_golden import DAY, QUESTIONS, Asked, _text

pytest.importorskip("sqlcipher3", reason="the extra « secure » is not installed")
NAMES = ("NOURZAI-INVENTE", "Élouïse", "0999888777", "0612345678")


@pytest.fixture
def forgotten() -> Iterator[None]:
    """A process that knows no key."""
    cipher._known.clear()
    yield
    cipher._known.clear()


@pytest.fixture
def locked(team: Team, forgotten: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    """A team whose file is encrypted, its key in a file of keys, and not in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGIR_CONFIG", str(tmp_path / "reglages.toml"))
    team.does("encrypt", "--key-file", "agir.cle", "--recovery", "fiche.txt")
    cipher._known.clear()
    return team


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _lose_the_key() -> str:
    """Take the file of keys away; the key that it held."""
    text = Path("agir.cle").read_text("ascii").strip()
    Path("agir.cle").unlink()
    cipher._known.clear()
    return text


# --- equal answers -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(built_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The demonstration file, in clear and encrypted, under the same name."""
    path = tmp_path_factory.mktemp("chiffre") / built_demo.name
    shutil.copy(built_demo, path)
    recode(path, cipher.new_key())
    return built_demo, path


WORDS = list(dict.fromkeys(asked.words for asked in QUESTIONS))


@pytest.mark.parametrize("part", range(8))
def test_every_kept_answer_is_the_same_of_an_encrypted_file(
    part: int,
    both: tuple[Path, Path],
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    for words in WORDS[part::8]:
        told = []
        for path in both:
            code = main(["--db", str(path), "--today", DAY, "--no-pager", *shlex.split(words)])
            said = capsysbinary.readouterr()
            told.append((code, said.err, _text(Asked(words, ""), said.out)))
        assert told[0] == told[1], f"agir {words}"


def test_a_file_encrypted_and_put_back_in_clear_is_the_same(demo_file: Path) -> None:
    def everything() -> list[str]:
        with consulting(demo_file) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return [
                repr(connection.execute(f"SELECT * FROM {name}").fetchall())
                for (name,) in sorted(names.fetchall())
            ]

    before = everything()
    for key in (cipher.new_key(), cipher.new_key(), b""):
        recode(demo_file, key)
        assert everything() == before
        assert check(demo_file) == []
        assert bool(driver.key_named(demo_file)) is bool(key)
        assert stat.S_IMODE(demo_file.stat().st_mode) == 0o600


# --- nothing in clear ----------------------------------------------------------------------


def _found(folder: Path, *, but: tuple[str, ...] = ()) -> list[str]:
    """Where a name stands, in any spelling of its bytes."""
    return [
        f"{name} : {path.name}"
        for path in folder.rglob("*")
        if path.is_file() and path.name not in but
        for name in NAMES
        for bytes_ in (name.encode(), name.encode("utf-16-le"), name.encode("latin-1"))
        if bytes_ in path.read_bytes()
    ]


def test_no_name_is_in_the_file_nor_beside_it(locked: Team, tmp_path: Path) -> None:
    person = ("--nom", NAMES[0], "--prenoms", NAMES[1], "--agdref", NAMES[2])
    ref = locked.enrols(*person, "--telephone", NAMES[3], *ORIENTED)
    locked.does("diagnose", "hold", ref, "--on", "25/01/2023", "--diagnostic-signe", "oui")
    locked.does("backup")
    locked.does("check")
    assert locked.does("find", "nourzai").out.count(NAMES[0])
    assert _found(tmp_path) == []
    beside = []
    with recording(locked.db) as connection:
        connection.execute("PRAGMA cache_size = 10")
        connection.execute("PRAGMA cache_spill = 1")
        connection.executemany(
            "INSERT INTO settings VALUES (?, ?)", ((f"essai{n}", NAMES[0] * 50) for n in range(900))
        )
        beside = [path.name for path in tmp_path.iterdir()]
        assert _found(tmp_path) == []
    assert "equipe.db-journal" in beside


def test_what_was_in_clear_is_overwritten(team: Team, tmp_path: Path) -> None:
    team.enrols("--nom", NAMES[0], *ORIENTED)
    with team.db.open("rb") as old:  # the disk's own place of it, which no name leads to any more
        team.does("encrypt", "--key-file", str(tmp_path / "cle"), "--recovery", str(tmp_path / "f"))
        assert not old.read().strip(b"\0")


def test_copies_that_stay_in_clear_are_named(team: Team, tmp_path: Path) -> None:
    team.does("backup")
    words = ("encrypt", "--key-file", str(tmp_path / "cle"), "--recovery", str(tmp_path / "f"))
    answer = team.does(*words)
    (saved,) = (tmp_path / "sauvegardes").glob("*.db")
    assert f"restent en clair, à effacer : {saved}" in answer.err


def test_no_backup_brings_back_a_former_key_or_a_file_in_clear(
    team: Team, forgotten: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGIR_CONFIG", str(tmp_path / "reglages.toml"))
    team.enrols("--nom", NAMES[0], *ORIENTED)
    backups = []
    for words in (("encrypt", "--key-file", str(tmp_path / "agir.cle")), ("rekey",)):
        team.does("backup")
        team.does(*words, "--recovery", str(tmp_path / f"fiche-{words[0]}"))
        backups.append(max((tmp_path / "sauvegardes").glob("*.db"), key=lambda p: p.stat().st_ino))
    name = driver.key_named(team.db)
    for each in backups:
        cipher._known.clear()
        team.enrols("--nom", "BARRY-INVENTE", *ORIENTED)
        assert "Seraient perdus" in team("restore", str(each)).said
        team.does("restore", str(each), "--yes")
        assert driver.key_named(team.db) == name
        assert team("find", "barry").code == 4
        team.does("check")


def test_what_is_spooled_is_spooled_in_memory(
    locked: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not os.access("/dev/shm", os.W_OK):
        pytest.skip("this system has no folder in memory")
    seen = subprocess.run(
        [sys.executable, "-c", "import tempfile; from agir_cli.store import cipher;"
         " cipher.new_key(); print(tempfile.gettempdir())"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    assert seen.stdout == "/dev/shm\n"


# --- where the key is ----------------------------------------------------------------------


def test_the_key_is_kept_for_its_owner_and_never_shown(locked: Team) -> None:
    answer = locked.does("rekey", "--recovery", "autre.html")
    for path in ("agir.cle", "fiche.txt", "autre.html"):
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    secrets = [line.replace(" ", "") for line in Path("agir.cle").read_text().splitlines()]
    assert len(secrets) == 2  # that of the backups from before stays
    assert not any(secret[:8] in answer.said.replace(" ", "") for secret in secrets)
    shown = locked.does("key", "recovery").out
    assert secrets[1] in "".join(shown.split())
    page = Path("autre.html").read_text()
    assert all(group in page for group in Path("agir.cle").read_text().splitlines()[1].split())


@pytest.mark.parametrize(
    ("sign", "typed"), [(" ", "-"), (" ", ""), ("O", "0"), ("I", "1"), ("B", "8")]
)
def test_a_key_is_read_as_people_type_it(sign: str, typed: str) -> None:
    key = cipher.new_key()
    assert cipher.read(cipher.written(key).replace(sign, typed).lower()) == key


def test_a_key_with_one_sign_wrong_is_none() -> None:
    text = cipher.written(cipher.new_key())
    for place in (0, 7, 30, len(text) - 1):
        other = "A" if text[place] != "A" else "B"
        assert cipher.read(text[:place] + other + text[place + 1 :]) is None
    for odd in ("", "ABCD", "clé", "9" * 56, text + "A", text[:-5]):
        assert cipher.read(odd) is None


def test_the_key_is_read_from_a_descriptor(locked: Team) -> None:
    text = _lose_the_key()
    for wrong in ("", "AAAA", cipher.written(os.urandom(32))):
        answer = _with_descriptor(locked, wrong)
        assert answer.returncode == 7
        assert "La clé donnée n'est pas celle de « equipe.db »" in answer.stderr
    assert _with_descriptor(locked, text).returncode == 0
    assert locked("--key-fd", text, "today").code == 2  # a key is nothing to type here
    assert locked("--key-fd", "77", "today").code == 2


def _with_descriptor(team: Team, text: str) -> subprocess.CompletedProcess[str]:
    read, write = os.pipe()
    os.write(write, text.encode())
    os.close(write)
    try:
        return subprocess.run(
            [*team.command(), "--key-fd", str(read), "report", "funnel"],
            pass_fds=[read], cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
    finally:
        os.close(read)


def test_a_key_file_that_others_read_does_not_serve(locked: Team) -> None:
    Path("agir.cle").chmod(0o644)
    answer = locked("today")
    assert answer.code == 7
    assert "chmod 600" in answer.err


def test_a_file_that_is_no_file_of_keys_is_not_overwritten(team: Team, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("liste des courses\n", "utf-8")
    answer = team("encrypt", "--key-file", str(text), "--recovery", str(tmp_path / "fiche.txt"))
    assert (answer.code, text.read_text("utf-8")) == (2, "liste des courses\n")
    assert not driver.key_named(team.db)
    assert not (tmp_path / "fiche.txt").exists()


def test_the_keyring_of_the_system_keeps_the_key(
    team: Team, forgotten: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = pytest.importorskip("keyring")
    kept: dict[tuple[str, str], str] = {}

    class Ring(keyring.backend.KeyringBackend):  # type: ignore[misc,name-defined]
        priority = 5

        def get_password(self, service: str, username: str) -> str | None:
            return kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(Ring())
    try:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "session"))
        (tmp_path / "session").mkdir(mode=0o700)
        answer = team.does("encrypt", "--recovery", str(tmp_path / "fiche.txt"))
        assert "dans le trousseau de ce poste" in answer.err
        ((service, name),) = kept
        assert (service, name) == ("agir", driver.key_named(team.db))
        shutil.rmtree(tmp_path / "session" / "agir")
        moved = team.db.rename(tmp_path / "ailleurs.db")  # it is known by its head, not its path
        for _ in range(2):  # from the keyring, then from the session
            cipher._known.clear()
            assert Team(moved, team._capsys)("today").code == 0
            kept_for_session = tmp_path / "session" / "agir" / name
            assert stat.S_IMODE(kept_for_session.stat().st_mode) == 0o600
        Team(moved, team._capsys).does("key", "forget", "--yes")
        cipher._known.clear()
        assert kept == {}
        assert Team(moved, team._capsys)("today").code == 7
    finally:
        keyring.set_keyring(before)


def test_nowhere_to_keep_a_key_changes_nothing(team: Team, tmp_path: Path) -> None:
    before = _digest(team.db)
    answer = team("encrypt", "--recovery", str(tmp_path / "fiche.txt"))
    assert answer.code == 2
    assert "pas de trousseau" in answer.err
    assert _digest(team.db) == before
    assert not (tmp_path / "fiche.txt").exists()


# --- without the key -----------------------------------------------------------------------

COMMANDS = (
    "today", "check", "report overdue", "show 44-0001", "enroll --nom DIALLO-INVENTE",
    "export --to sortie", "backup", "rebuild", "decrypt --yes", "rekey", "key recovery",
    "key keep", "init --departement 44", "",
)  # fmt: skip


@pytest.mark.parametrize("line", COMMANDS)
def test_without_its_key_a_file_is_one_sentence_and_untouched(locked: Team, line: str) -> None:
    _lose_the_key()
    before = _digest(locked.db)
    answer = locked.types(line)
    assert answer.code == 7, answer.err
    assert answer.err.count("Erreur") == 1
    assert "Traceback" not in answer.said
    if not line.startswith("init"):
        assert "sa clé (n° " in answer.err
        assert "agir key keep" in answer.err
    assert _digest(locked.db) == before


def test_without_the_engine_a_file_is_one_sentence(
    locked: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver._encrypting.cache_clear()
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    answer = locked("today")
    assert answer.code == 7
    assert to_install("secure") in answer.err


def test_an_odd_file_is_not_taken_for_an_encrypted_one(team: Team) -> None:
    team.db.write_bytes(random.Random(7).randbytes(8192))
    answer = team("today")
    assert answer.code == 7
    assert "n'est pas un fichier agir" in answer.err


def test_the_key_of_a_lost_post_is_typed_again_unseen(locked: Team) -> None:
    text = _lose_the_key()
    config = str(Path("neuf.toml").absolute())
    screen = Keyboard(locked, "key", "keep", "--key-file", str(Path("2.cle").absolute()),
                      config=config)  # fmt: skip
    screen.types("AAAA BBBB", text.lower())
    assert screen.ends() == 0, screen.text
    assert "Ce n'est pas elle" in screen.text
    assert text.lower() not in screen.text
    assert Path("2.cle").read_text("ascii").strip() == text
    again = Keyboard(locked, "report", "funnel", config=config)
    assert again.ends() == 0, again.text


def test_three_wrong_keys_end_the_command(locked: Team) -> None:
    _lose_the_key()
    before = _digest(locked.db)
    screen = Keyboard(locked, "today").types("a", "b", "c")
    assert screen.ends() == 7
    assert "La clé donnée n'est pas celle de « equipe.db »" in screen.text
    left = Keyboard(locked, "today").types(CTRL_C)
    assert left.ends() == 130
    assert _digest(locked.db) == before


def test_a_new_file_is_proposed_encrypted_first(tmp_path: Path, team: Team) -> None:
    config = str(tmp_path / "reglages.toml")
    for name, answers in (("oui", ["", str(tmp_path / "k"), "o"]), ("non", ["n"])):
        new = Team(tmp_path / f"{name}.db", team._capsys)
        page = str(tmp_path / f"{name}.html")
        words = ("init", "--departement", "44", "--recovery", page)
        screen = Keyboard(new, *words, config=config).types(*answers)
        assert screen.ends() == 0, screen.text
        assert bool(driver.key_named(new.db)) is (name == "oui")
        assert not Path(page).exists()  # printed, and effaced


# --- interrupted, damaged ------------------------------------------------------------------


# The words of a command in a process that is killed at a step of the change: before it, in the
# midst of it (so many steps of the engine further), or after it.
_KILLED = """
import os, signal, sys
from agir_cli.cli.app import main
from agir_cli.store import file

when, step = sys.argv[1:3]
does = getattr(file, step)

def killed(*given, **named):
    if when == "midst":
        given[0].set_progress_handler(end, 500)
    if when != "before":
        does(*given, **named)
    end()

def end():
    os.kill(os.getpid(), signal.SIGKILL)

setattr(file, step, killed)
main(sys.argv[3:])
"""


@pytest.mark.parametrize("words", [["rekey"], ["decrypt", "--yes"]], ids=["rekey", "decrypt"])
def test_a_change_of_key_that_is_killed_leaves_one_whole_file(
    words: list[str], locked: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "donnees"))
    locked.contracted()
    shown = locked.does("show", "44-0001").out
    for when, step in (
        ("before", "_copy_under"), ("midst", "_copy_under"), ("after", "_copy_under"),
        ("after", "sync"), ("before", "take_name"), ("after", "take_name"), ("after", "keep"),
    ):  # fmt: skip
        command = [sys.executable, "-c", _KILLED, when, step, *locked.command()[3:], *words]
        if words == ["rekey"]:
            command += ["--recovery", str(tmp_path / f"{when}-{step}.txt")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True)
        assert done.returncode == -signal.SIGKILL, (when, step, done.stderr)
        cipher._known.clear()
        assert locked.does("check").out == "", (when, step)
        assert locked.does("show", "44-0001").out == shown
        changed = when == "after" and step in ("take_name", "keep")
        assert bool(driver.key_named(locked.db)) is not (changed and words[0] == "decrypt")
        if not driver.key_named(locked.db):
            locked.does("encrypt", "--key-file", "agir.cle", "--recovery", f"{step}.txt")
    assert not list(tmp_path.glob(".*.tmp*"))


def test_a_backup_of_the_other_kind_is_put_back_and_said(locked: Team, tmp_path: Path) -> None:
    locked.does("backup", "--to", str(tmp_path / "chiffre"))
    locked.does("decrypt", "--yes")
    locked.does("backup", "--to", str(tmp_path / "clair"))
    said = locked.does("restore", str(tmp_path / "chiffre"), "--yes").out
    assert "remise, elle reste chiffrée" in said
    assert driver.key_named(locked.db)
    said = locked.does("restore", str(tmp_path / "clair"), "--yes").out
    assert "elle est chiffrée sous la même clé" in said
    assert driver.key_named(locked.db)
    assert locked.does("check").out == ""
    spoilt = locked.db.read_bytes()
    locked.db.write_bytes(spoilt[:200] + bytes(4000) + spoilt[4200:])
    assert locked("today").code == 7
    locked.does("restore", str(tmp_path / "chiffre"), "--yes")
    assert locked.does("check").out == ""
    _lose_the_key()
    (named,) = (tmp_path / "chiffre").glob("*.db")
    assert f"« {named.name} » est chiffré" in locked("restore", str(named)).err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows n'en a pas")
def test_a_crash_leaves_no_memory_on_the_disk() -> None:
    program = (
        "from resource import *; from agir_cli.store import cipher\n"
        "setrlimit(RLIMIT_CORE, (getrlimit(RLIMIT_CORE)[1],) * 2); cipher.new_key()\n"
        "print(getrlimit(RLIMIT_CORE)[0])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True)
    assert done.stdout.strip() == b"0", done.stderr


def test_every_flipped_bit_is_found(locked: Team) -> None:
    locked.contracted()
    whole = locked.db.read_bytes()
    drawn = random.Random(5)
    for _ in range(40):
        place = drawn.randrange(len(whole))
        locked.db.write_bytes(
            whole[:place] + bytes([whole[place] ^ 1 << drawn.randrange(8)]) + whole[place + 1 :]
        )
        cipher._known.clear()
        answer = locked("check")
        assert answer.code in (6, 7), place
        if place >= cipher.HEAD:
            assert "endommagé" in answer.said, place
    locked.db.write_bytes(whole)
    locked.does("check")


def test_who_writes_while_the_key_changes_loses_nothing(locked: Team) -> None:
    locked.does("check")
    text = cipher.written(driver.key_of_file(locked.db))
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    lines = [["enroll", "--nom", f"INVENTE-{name}", *ORIENTED] for name in "ABCD"]
    lines[1:1] = lines[3:3] = [["rekey"]]
    begun = [
        subprocess.Popen([*locked.command(), *words], env=env, text=True, stdout=-1, stderr=-1)
        for words in lines
    ]
    told = [(each.communicate(), each.returncode) for each in begun]
    for (_, err), code in told:
        assert code in (0, 7), err
        assert code == 0 or "a été remplacé par un autre fichier" in err, err
    opened = sum("ouvert" in out for (out, _), _ in told)
    cipher._known.clear()
    assert locked.does("check").out == ""
    with consulting(locked.db) as connection:
        assert connection.execute("SELECT count(*) FROM dossiers").fetchone() == (opened,)
    assert text not in "".join(err for (_, err), _ in told)


def test_the_journal_of_another_moment_is_not_played_back(locked: Team) -> None:
    locked.contracted()
    journal = locked.db.with_name(f"{locked.db.name}-journal")
    with recording(locked.db) as connection:
        connection.execute("PRAGMA cache_size = 10")
        connection.execute("PRAGMA cache_spill = 1")
        connection.execute("UPDATE people SET telephone = '0600000000'")
        connection.executemany(
            "INSERT INTO settings VALUES (?, ?)", ((f"essai{n}", "x" * 2000) for n in range(900))
        )
        other = journal.read_bytes()
    locked.enrols("--nom", "BARRY-INVENTE", *ORIENTED)
    before = _digest(locked.db)
    journal.write_bytes(other)
    answer = locked("today")
    assert answer.code == 7
    assert "n'est pas de ce fichier à ce moment" in answer.err
    assert _digest(locked.db) == before
    journal.unlink()
    locked.does("check")


def test_a_load_that_is_killed_is_undone_by_the_next_command(locked: Team) -> None:
    locked.contracted()
    events = "SELECT count(*) FROM settings"
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from agir_cli.store import cipher; from agir_cli.store.file import recording\n"
        "cipher.known(cipher.read(sys.stdin.read()))\n"
        f"with recording(Path({str(locked.db)!r})) as c:\n"
        "    c.execute('PRAGMA cache_size = 10'); c.execute('PRAGMA cache_spill = 1')\n"
        "    c.executemany('INSERT INTO settings VALUES (?, ?)',"
        " ((f'e{n}', 'x' * 2000) for n in range(900)))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, text=True,
                          input=Path("agir.cle").read_text())  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert locked.db.with_name(f"{locked.db.name}-journal").stat().st_size
    answer = locked.does("check")
    assert "une commande interrompue" in answer.err
    with consulting(locked.db) as connection:
        assert connection.execute(f"{events} WHERE name LIKE 'e%'").fetchone() == (0,)


# --- a sealed export -----------------------------------------------------------------------


def test_a_sealed_export_opens_for_its_addressee_alone(locked: Team, tmp_path: Path) -> None:
    pyrage = pytest.importorskip("pyrage")
    locked.enrols("--nom", NAMES[0], *ORIENTED)
    own, other = (pyrage.x25519.Identity.generate() for _ in range(2))
    for name, each in (("cle", own), ("autre", other)):
        Path(name).write_text(f"# créée\n{each}\n", "utf-8")
    said = locked.does("export", "--to", "sortie.age", "--sealed", str(own.to_public()))
    assert "Export : " in said.err
    assert stat.S_IMODE(Path("sortie.age").stat().st_mode) == 0o600
    assert _found(tmp_path) == []
    new = Team(tmp_path / "neuf.db", locked._capsys)
    words = ("init", "--from", "sortie.age", "--identity")
    assert "ne s'ouvre pas" in new(*words, "autre").err
    assert not new.db.exists()
    whole = Path("sortie.age").read_bytes()
    Path("sortie.age").write_bytes(whole[:-40] + b"x" + whole[-39:])
    assert new(*words, "cle").code == 5
    Path("sortie.age").write_bytes(whole)
    assert "Il est égal à celui qui avait été exporté" in new.does(*words, "cle").err
    assert new.does("find", "nourzai").code == 0
    assert locked("export", "--to", "x.age", "--sealed", "age1faux").code == 2
    refused = locked("export", "--to", "x.age", "--sealed", "phrase")
    assert (refused.code, "la clé publique de qui le lira" in refused.err) == (2, True)
    assert not Path("x.age").exists()


def test_a_phrase_seals_and_opens_an_export(locked: Team, tmp_path: Path) -> None:
    pytest.importorskip("pyrage")
    phrase, config = "un cheval sur la lune", os.environ["AGIR_CONFIG"]
    words = ("export", "--to", str(tmp_path / "sortie.age"), "--sealed", "phrase")
    screen = Keyboard(locked, *words, config=config).types("court", phrase, "autre chose", phrase)
    assert screen.types(phrase).ends() == 0, screen.text
    assert phrase not in screen.text
    new = Team(tmp_path / "neuf.db", locked._capsys)
    words = ("init", "--clear", "--from", str(tmp_path / "sortie.age"))
    screen = Keyboard(new, *words, config=config).types(phrase)
    assert screen.ends() == 0, screen.text
    assert "égal à celui" in screen.text


def test_nothing_but_an_export_is_taken_of_a_sealed_file(team: Team, tmp_path: Path) -> None:
    import tarfile
    from io import BytesIO

    pyrage = pytest.importorskip("pyrage")
    own, packed = pyrage.x25519.Identity.generate(), BytesIO()
    (tmp_path / "cle").write_text(str(own), "utf-8")
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in ("../sorti.csv", "/tmp/sorti.csv", "a/sorti.csv", "sorti.sh"):
            tar.addfile(tarfile.TarInfo(name), BytesIO())
        link = tarfile.TarInfo("people.csv")
        link.type, link.linkname = tarfile.SYMTYPE, str(team.db)
        tar.addfile(link)
    (tmp_path / "piege.age").write_bytes(pyrage.encrypt(packed.getvalue(), [own.to_public()]))
    new = Team(tmp_path / "neuf.db", team._capsys)
    before = {path.name for path in tmp_path.iterdir()}
    answer = new("init", "--from", str(tmp_path / "piege.age"), "--identity", str(tmp_path / "cle"))
    assert answer.code == 5, answer.err
    assert {path.name for path in tmp_path.iterdir()} == before
