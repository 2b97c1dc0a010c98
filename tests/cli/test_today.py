"""``agir today``: what fits on the screen, whole elsewhere, silent when nothing."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from agir_cli.cli.app import main
from agir_cli.cli.commands.today import morning
from agir_cli.domain.events import Kind
from agir_cli.reports import today as report
from agir_cli.store.driver import writing
from tests.cli.coordinator import COMPLETE, Team
from tests.reports.building import accepted, add, event, new_file, validated

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "essai.db"
    file = new_file(path)
    with writing(file):
        file.execute("INSERT INTO referents (code, nom) VALUES ('RI1', 'DURAND Anne')")
    held = event(Kind.DIAGNOSIS_HELD, "2023-08-20")
    mine = event(Kind.REFERENT_DESIGNATED, "2023-09-01", referent="RI1")
    for number in range(1, 31):
        drafts = [*accepted("2023-08-01", "2023-08-01"), held, *([mine] if number % 2 else [])]
        add(file, number, *(drafts if number % 3 else [validated("2023-10-05")]))
    file.close()
    return path


def today(
    capsys: pytest.CaptureFixture[str], path: Path, *words: str, author: str = "root"
) -> tuple[int, str, str]:
    before = ("--db", str(path), "--today", "2023-10-09", "--author", author)
    code = main([*before, "today", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_off_a_terminal_ten_lines_of_each_and_the_command_for_the_rest(
    capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    code, out, err = today(capsys, path, "--top", "3")
    assert code == 0
    assert err.startswith("Attention : aucune sauvegarde depuis le ")
    assert out.startswith("Lundi 09/10/2023\nUnité : échéance, rendez-vous, dossier. ")
    assert "En retard : 10\n" in out
    assert "  et 7 autres : agir report overdue --no-waiting\n" in out
    assert "Rendez-vous" not in out
    _, whole, _ = today(capsys, path)
    assert "et 7 autres" not in whole
    assert "  et 20 autres : agir today --list a_completer\n" in whole
    told = (
        r"44-0001 .*  contrat à signer, 17 jours de retard +agir contract sign 44-0001 --on JOUR\n"
    )
    assert re.search(told, whole)


def test_machine_formats_have_every_line(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    _, out, _ = today(capsys, path, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == [
        "rubrique", "dossier", "nom", "prenoms", "departement", "referent", "date", "heure",
        "jours", "certitude", "objet", "commande",
    ]  # fmt: skip
    _, told, _ = today(capsys, path)
    titles = [int(n) for n in re.findall(r"^\S.* : (\d+)$", told, re.MULTILINE)]
    assert len(titles) == 4
    assert sum(titles) == len(rows)


def test_one_list_alone_is_whole(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    _, out, _ = today(capsys, path, "--list", "a_completer")
    assert len(re.findall("agir enroll --dossier", out)) == 30
    assert "En retard" not in out


def test_me_is_the_author_and_stays_in_the_commands(
    capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    _, out, _ = today(capsys, path, "--referent", "me", "--top", "1", author="Anne Durand")
    assert out.startswith("Lundi 09/10/2023, référent : me\n")
    assert "En retard : 10\n" in out
    assert "et 9 autres : agir report overdue --no-waiting --referent me\n" in out
    code, out, err = today(capsys, path, "--referent", "me")
    assert (code, out) == (2, "")
    assert "DURAND Anne" in err


def test_nothing_is_said_aside(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    new_file(tmp_path / "vide.db").close()
    assert today(capsys, tmp_path / "vide.db") == (
        0, "", "Rien à signaler le lundi 09/10/2023.\n",
    )  # fmt: skip


def test_another_day_is_seen_as_it_was(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    _, out, _ = today(capsys, path, "--as-of", "02/08/2023")
    assert "En retard" not in out
    assert "Arrivés depuis 7 jours : 20\n" in out


@pytest.mark.parametrize(
    "words",
    [("--list", "retards"), ("--list", "retard", "--top", "3"), ("--top", "0")],
    ids=["rubrique inconnue", "deux fois", "zéro ligne"],
)
def test_what_cannot_be_asked_is_refused(
    capsys: pytest.CaptureFixture[str], path: Path, words: tuple[str, ...]
) -> None:
    code, out, err = today(capsys, path, *words)
    assert (code, out) == (2, "")
    assert err.startswith("Erreur : ")


SIZES = pytest.mark.parametrize(
    ("columns", "rows"), [(80, 24), (100, 40), (160, 50)], ids=["petit", "haut", "large"]
)
TYPED_AND_PROMPT = 2


@pytest.mark.skipif(sys.platform == "win32", reason="pas de pseudo-terminal sous Windows")
@SIZES
def test_on_a_terminal_it_fits(path: Path, columns: int, rows: int) -> None:
    lines = _screen(path, columns, rows, "--today", "2023-10-09")
    assert len(lines) <= rows - TYPED_AND_PROMPT
    assert max(map(len, lines)) <= columns
    assert lines[0].startswith("Lundi 09/10/2023")
    told = "\n".join(lines)
    for count in ("10  en retard : 10 contrats", "20  en attente, sans délai qui court"):
        assert count in told
    assert len(lines) >= min(rows - TYPED_AND_PROMPT, 24) - 1
    assert re.search(r"\n  1  44-00\d\d .* contrat à signer, 17 jours de retard", told)
    assert told.count("agir contract sign REF") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="pas de pseudo-terminal sous Windows")
@SIZES
def test_the_demonstration_fits_with_the_day_that_it_says(
    built_demo: Path, columns: int, rows: int
) -> None:
    lines = _screen(built_demo, columns, rows)
    assert lines[0].startswith("Fichier de démonstration : le jour pris est le 09/10/2023")
    assert lines[1].startswith("Lundi 09/10/2023")
    assert len(lines) <= rows - TYPED_AND_PROMPT
    assert max(map(len, lines)) <= columns
    assert "contrat à signer" in next(line for line in lines if line.startswith("  1  "))


@pytest.mark.skipif(sys.platform == "win32", reason="pas de pseudo-terminal sous Windows")
@SIZES
def test_an_empty_file_has_nothing_to_say(tmp_path: Path, columns: int, rows: int) -> None:
    new_file(tmp_path / "vide.db").close()
    lines = _screen(tmp_path / "vide.db", columns, rows, "--today", "2023-10-09")
    assert lines == ["Rien à signaler le lundi 09/10/2023."]


@SIZES
def test_the_counts_of_a_million_dossiers_fit(columns: int, rows: int) -> None:
    """Stands in for the file: lists with the counts of a million, as long as a screen asks for."""
    item = report.Item(
        report.LATE, "44B-1000000", "NOM-INVENTE " * 6, "Prénom", "44", "R1", "2023-01-01", None,
        1500, "certain", "contractualisation", "agir contract sign 44B-1000000 --on JOUR",
    )  # fmt: skip
    kinds = dict.fromkeys(("contractualisation", "diagnostic", "entretien", "liaison"), 250000)
    parts = [
        report.Part(
            name,
            [item._replace(rubrique=name)] * rows,
            1_000_000,
            kinds if name in (report.LATE, report.DUE) else {},
        )
        for name in report.SECTIONS
    ]
    from rich.console import Console

    room = rows - TYPED_AND_PROMPT - 1
    screen = Console(width=columns, height=rows, file=io.StringIO())
    with screen.capture() as seen:
        screen.print(morning(parts, date(2023, 10, 9), columns, room))
    lines = seen.get().rstrip("\n").split("\n")
    assert len(lines) <= room
    assert max(map(len, lines)) <= columns
    assert sum("1000000  " in line for line in lines) >= len(report.SECTIONS)


def _screen(path: Path, columns: int, rows: int, *before: str) -> list[str]:
    import fcntl
    import pty
    import struct
    import termios

    control, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
    words = ("--db", str(path), *before, "--no-pager", "today")
    child = subprocess.Popen(
        [sys.executable, "-m", "agir_cli", *words],
        cwd=ROOT, env={**kept, "NO_COLOR": "1", "TERM": "xterm"},
        stdin=terminal, stdout=terminal, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    said = b""
    while True:
        try:
            block = os.read(control, 65536)
        except OSError:  # the other side is closed
            break
        if not block:
            break
        said += block
    assert child.wait() == 0
    os.close(control)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said.decode())
    return plain.replace("\r\n", "\n").rstrip("\n").split("\n")


def test_who_was_typed_in_this_week_has_arrived_whatever_the_day_of_the_orientation(
    team: Team,
) -> None:
    old = (*COMPLETE, "--date-cir", "09/01/2023", "--orientation", "acceptee")
    vague = (*COMPLETE, "--date-cir", "octobre 2023", "--orientation", "acceptee")
    team.does("enroll", "--nom", "ANCIENNE", *old, "--date-orientation", "09/01/2023")
    team.does("enroll", "--nom", "VAGUE", *vague, "--date-orientation", "octobre 2023",
              today="17/11/2023")  # fmt: skip
    team.does("enroll", "--nom", "AVANT", *vague, "--date-orientation", "octobre 2023",
              today="16/11/2023")  # fmt: skip
    team.does("enroll", "--nom", "EXACTE", *old, "--date-orientation", "20/11/2023")
    said = team.does("today").out
    assert "Arrivés depuis 7 jours : 3" in said
    for told in (
        "ANCIENNE inscription aujourd'hui", "VAGUE inscription il y a 6 jours",
        "EXACTE admission il y a 3 jours",
    ):  # fmt: skip
        assert told in " ".join(said.split())
    team.does("diagnose", "hold", "44-0001", "--on", "20/01/2023")  # no news: well on the way
    assert "Arrivés depuis 7 jours : 2" in team.does("today").out
