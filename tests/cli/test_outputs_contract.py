"""What is written, where, and what is said when it cannot be: outputs of whole commands."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from agir_cli.cli.app import main
from agir_cli.cli.endings import _logged
from agir_cli.cli.session import default_file
from agir_cli.reports.selection import FILTERS
from tests.cli.coordinator import COMPLETE, ROOT, Team

FULL = Path("/dev/full")
on_a_full_disk = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")


@pytest.fixture
def waiting(team: Team) -> Team:
    """A team with one liaison form to send."""
    who = ("--nom", "DIALLO-INVENTE", "--date-naissance", "1994")
    ref = team.enrols(*who, *COMPLETE, "--date-cir", "10/10/2022")
    team.does("liaison", "add", ref, "--on", "04/10/2023", "--souhait", "oui")
    return team


def listings(team: Team) -> int:
    return len(team.rows("SELECT * FROM listings"))


@pytest.mark.parametrize(
    ("output", "told"),
    [
        pytest.param("absent/listing.csv", "le dossier n'existe pas", id="dossier absent"),
        pytest.param("listing.pdf", "n'écrit pas de fichier .pdf", id="format qui n'existe pas"),
        pytest.param("", "vide", id="nom vide"),
        pytest.param("equipe.db", "fichier agir", id="le fichier de l'équipe"),
        pytest.param(
            "/dev/full", "Disque plein", id="disque plein",
            marks=pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here"),
        ),
    ],
)  # fmt: skip
def test_a_listing_that_cannot_be_written_is_not_recorded(
    waiting: Team, output: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(waiting.db.parent)
    before = waiting.fingerprint()
    answer = waiting("liaison", "send", "--yes", "--output", output)
    assert answer.code in (1, 2)
    assert told in answer.err
    assert (listings(waiting), waiting.fingerprint()) == (0, before)
    beside = {p.name for p in waiting.db.parent.iterdir()}
    assert beside <= {"equipe.db", "equipe.db.sceau", "equipe.db.acces"}


@on_a_full_disk
def test_a_listing_recorded_and_not_shown_says_how_to_print_it_again(waiting: Team) -> None:
    words = [*waiting.command(), "liaison", "send", "--yes"]
    with FULL.open("w") as full:
        ended = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 1
    assert "listing n° 1 est enregistré" in ended.stderr
    assert "agir liaison send --again 1 --output" in ended.stderr
    assert listings(waiting) == 1
    assert "DIALLO-INVENTE" in waiting.does("liaison", "send", "--again", "1").out


@pytest.mark.parametrize("name", ["comite.pdf", "comite.csv"])
def test_a_page_is_not_written_under_another_name(team: Team, name: str) -> None:
    answer = team("report", "board", "--output", str(team.db.with_name(name)))
    assert answer.code == 2
    assert "Terminaisons admises : .html" in answer.err
    assert not team.db.with_name(name).exists()


def test_a_value_that_is_missing_is_told_with_the_command_s_own_help(team: Team) -> None:
    answer = team("report", "overdue", "--output-dir")
    assert answer.code == 2
    assert "Aide : agir report overdue --help" in answer.err


def test_no_form_to_send_leaves_no_file(team: Team) -> None:
    output = team.db.with_name("listing.csv")
    assert "pas de listing" in team.does("liaison", "send", "--yes", "--output", str(output)).err
    assert not output.exists()


def test_a_listing_is_in_the_format_of_its_name(waiting: Team) -> None:
    output = waiting.db.with_name("listing.xlsx")
    waiting.does("liaison", "send", "--yes", "--output", str(output))
    assert output.read_bytes().startswith(b"PK")


@pytest.mark.parametrize("name", ["retards.docx", "retards.pdf", "retards.ods"])
def test_a_report_does_not_take_the_name_of_another_format(team: Team, name: str) -> None:
    output = team.db.with_name(name)
    answer = team("report", "overdue", "--output", str(output))
    assert answer.code == 2
    assert f"n'écrit pas de fichier .{name.partition('.')[2]}." in answer.err
    assert not output.exists()


# --- the screen fails, the work is done --------------------------------------------------


def shell(team: Team, words: str) -> subprocess.CompletedProcess[str]:
    """A command of its own process, its streams as the shell says."""
    command = shlex.join(team.command())
    return subprocess.run(
        ["sh", "-c", f"{command} {words}"], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
@pytest.mark.parametrize(
    ("redirection", "why"),
    [
        pytest.param(">&-", "est fermée", id="sortie fermée"),
        pytest.param(">/dev/full", "disque est plein", id="disque plein", marks=on_a_full_disk),
    ],
)
def test_what_is_recorded_and_not_shown_is_said_to_be_recorded(
    team: Team, redirection: str, why: str
) -> None:
    ended = shell(team, f"enroll --nom DIALLO-INVENTE {redirection}")
    assert (ended.returncode, ended.stdout) == (1, "")
    line = ended.stderr.splitlines()[-1]
    assert line.startswith("Erreur : Enregistré, mais la sortie n'a pas pu être écrite : ")
    assert why in line
    assert len(team.rows("SELECT * FROM dossiers")) == 1


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_no_listing_is_recorded_for_a_closed_output(waiting: Team) -> None:
    ended = shell(waiting, "liaison send --yes >&-")
    assert ended.returncode == 1
    assert "La sortie est fermée : rien n'a été enregistré." in ended.stderr
    assert listings(waiting) == 0


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
@pytest.mark.parametrize(
    "words",
    ["report dossiers >&-", "report dossiers --format xlsx >&-", "enroll --from - <&-"],
)
def test_a_closed_stream_is_one_sentence(team: Team, words: str) -> None:
    team.enrols("--nom", "DIALLO-INVENTE")
    ended = shell(team, words)
    assert ended.returncode == 1
    assert ended.stderr == "Erreur : L'entrée ou la sortie de la commande est fermée.\n"


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_speech_without_a_stderr_never_enters_the_data(team: Team) -> None:
    team.enrols("--nom", "DIALLO-INVENTE")
    ended = shell(team, "report dossiers --format csv --columns nom --referent personne 2>&-")
    assert (ended.returncode, ended.stdout) == (2, "")


def test_the_log_of_failures_is_never_the_team_s_file(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGIR_DEBUG", str(team.db))
    before = team.fingerprint()
    assert not _logged(str(team.db), ("x",))
    assert team.fingerprint() == before


INTERRUPTED_START = """
import os, signal, sys
class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Impatient())
from agir_cli.__main__ import main
sys.exit(main())
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("module", ["agir_cli.cli.app", "click", "agir_cli.cli.groups", "typer"])
def test_ctrl_c_while_the_program_is_loaded_is_silent(module: str) -> None:
    words = [sys.executable, "-c", INTERRUPTED_START, module]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


# --- check -------------------------------------------------------------------------------


def test_a_sound_file_is_checked_in_silence_without_a_terminal(team: Team) -> None:
    team.enrols("--nom", "DIALLO-INVENTE")
    assert team("check") == (0, "", "")


def test_check_says_what_to_do_for_each_kind(team: Team) -> None:
    team.enrols("--nom", "DIALLO-INVENTE")
    team.change("UPDATE dossiers SET etape = 'clos'")
    team.db.chmod(0o644)
    answer = team("check")
    assert answer.code == 6
    assert "droits du fichier : rendez-le à son seul propriétaire : chmod 600" in answer.err
    assert "colonne etape : recalculez les listes depuis le journal : agir rebuild" in answer.err


@pytest.mark.skipif(os.name != "posix", reason="rights of a folder")
@pytest.mark.parametrize(("mode", "told"), [(0o777, True), (0o1777, False), (0o700, False)])
def test_init_tells_a_folder_in_which_others_may_replace_the_file(
    team: Team, tmp_path: Path, mode: int, told: bool
) -> None:
    folder = tmp_path / "commun"
    folder.mkdir()
    folder.chmod(mode)
    answer = team("--db", str(folder / "a.db"), "init", "--department", "44")
    assert answer.code == 0
    assert ("chmod go-w" in answer.err) is told


def test_a_write_under_a_clock_gone_back_warns(team: Team) -> None:
    team.enrols("--nom", "DIALLO-INVENTE")
    assert "horloge" not in team.does("enroll", "--nom", "BARRY-INVENTE").err
    team.change(
        "DROP TRIGGER events_never_change",
        "UPDATE events SET id = '7' || id, recorded_at = '2999-01-01T00:00:00.000000Z'"
        " WHERE id = (SELECT max(id) FROM events)",
        "CREATE TRIGGER events_never_change BEFORE UPDATE ON events\nBEGIN\n"
        "    SELECT RAISE(ABORT, 'the journal is append-only');\nEND",
    )
    answer = team.does("enroll", "--nom", "KONATE-INVENTE")
    assert "Attention : le fichier contient un enregistrement du 01/01/2999" in answer.err
    assert "01/01/2999" not in team.does("find", "KONATE").err


# --- what a script leaves empty ----------------------------------------------------------


OF_ENGLISH = {"department", "sector", "office", "priority", "mode"}
"""Filters that are typed in French, and still by these names."""


@pytest.mark.parametrize(
    "words",
    [
        *(
            ("report", "dossiers", f"--{name}", "")
            for name, asked in FILTERS.items()
            if asked.metavar is not None and name not in OF_ENGLISH
        ),
        ("report", "dossiers", "--departement", "  "),
        ("today", "--referent", ""),
        ("report", "overdue", "--output", ""),
        ("report", "overdue", "--output-dir", ""),
        ("report", "overdue", "--within", ""),
        ("report", "dossiers", "--known-on", ""),
        ("liaison", "send", "--month", ""),
        ("enroll", "--from", ""),
        ("init", "--from", ""),
        ("export", "--to", ""),
    ],
    ids=" ".join,
)
def test_an_empty_value_is_refused(team: Team, words: tuple[str, ...]) -> None:
    team.enrols("--nom", "DIALLO-INVENTE")
    before = team.fingerprint()
    answer = team(*words)
    assert (answer.code, answer.out) == (2, "")
    assert f"{words[-2]} est vide" in answer.err
    assert team.fingerprint() == before


@pytest.mark.parametrize("option", ["--db", "--today"])
def test_an_empty_global_option_never_means_the_default(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([option, "", "today"]) == 2
    assert f"{option} est vide" in capsys.readouterr().err


@pytest.mark.parametrize("report", ["dossiers", "overdue", "funnel", "liaison"])
def test_a_department_with_nobody_is_empty_and_said(team: Team, report: str) -> None:
    team.enrols("--nom", "DIALLO-INVENTE")
    answer = team.does("report", report, "--department", "49")
    assert "aucun dossier dans le département 49" in answer.err
    csv = team.does("report", report, "--department", "49", "--format", "csv").out
    assert len(csv.splitlines()) == 1
    unknown = team("report", report, "--department", "999")
    assert (unknown.code, "Valeurs admises" in unknown.err) == (2, True)


# --- saved headings ----------------------------------------------------------------------


@pytest.mark.parametrize("text", ["garbage{", "", '{"a":1}', "[1]", "[" * 200_000], ids=range(5))
def test_a_damaged_mapping_is_named(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "donnees"))
    rows = tmp_path / "f.csv"
    rows.write_text("Qui\nDIALLO-INVENTE\n", "utf-8")
    team.does("enroll", "--from", str(rows), "--map", "Qui=nom", "--save-map", "m1", "--dry-run")
    kept = default_file().parent / "titres" / "m1.json"
    kept.write_text(text, "utf-8")
    answer = team("enroll", "--from", str(rows), "--use-map", "m1")
    assert answer.code == 2
    assert str(kept) in answer.err
    assert "--save-map m1" in answer.err


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--format", "csv", "--output", "x.xlsx"), id="csv nommé xlsx"),
        pytest.param(("--format", "plain", "--output", "x.csv"), id="texte nommé csv"),
        pytest.param(("--excel", "--output", "x.json"), id="excel nommé json"),
    ],
)
def test_no_list_takes_the_name_of_another_format(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert team("report", "dossiers", *words).code == 2
    assert not list(tmp_path.glob("x.*"))


def test_a_place_that_is_not_there_is_a_word_mistyped(team: Team, tmp_path: Path) -> None:
    for words in (("export", "--to"), ("report", "dossiers", "--output")):
        answer = team(*words, str(tmp_path / "nulle-part" / "sortie.csv"))
        assert (answer.code, "le dossier n'existe pas" in answer.err) == (2, True)
