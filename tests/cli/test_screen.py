"""What a person sees: names shown and never obeyed, tables complete, dates in French."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agir_cli.cli import screen
from agir_cli.cli.render import Form, show_rows
from agir_cli.cli.session import Session, open_session
from agir_cli.exchange.cells import visible
from agir_cli.reports.sheet import Column, Kind, Sheet, one_list

ROOT = Path(__file__).parents[2]
HOSTILE = (
    "[bold]Ahmad[/bold]",
    "[/x]",
    "[link=file:///x]Nour[/link]",
    "\x1b[2J\x1b]0;titre\x07Zed",
    "\x9b31mC1",
    "abc\u202egnp.exe",
    "nul\0",
    "ligne\nsuivante\ttab",
    "أحمد",
    "Ł" * 200,
    "0123456789",
    "1e5",
    "-",
)

PLAIN = {
    "ordinaire": ("Şahin Łukasz أحمد", "Şahin Łukasz أحمد"),
    "espace insécable": ("50\u00a0% de l\u2019aide", "50\u00a0% de l\u2019aide"),
    "liant persan": ("می\u200cخواهم", "می\u200cخواهم"),
    "échappement": ("\x1b[31m", "\\x1b[31m"),
    "C1": ("\x9b2J", "\\x9b2J"),
    "sens": ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
    "nul": ("\0", "\\x00"),
    "ligne": ("a\nb\r\tc", "a\\x0ab\\x0d\\x09c"),
    "séparateur": ("a\u2028b", "a\\u2028b"),
    "octet perdu": ("\udce9", "\\udce9"),
    "étiquette": ("\U000e0041", "\\U000e0041"),
}


@pytest.fixture
def session() -> Session:
    return open_session(db="x.db", today="2023-10-09", author="essai")


@pytest.mark.parametrize(("text", "shown"), PLAIN.values(), ids=PLAIN)
def test_control_characters_are_shown(text: str, shown: str) -> None:
    assert screen.plain(text) == shown


@given(st.text())
def test_no_control_character_is_ever_sent(text: str) -> None:
    shown = screen.plain(text)
    assert all(c.isprintable() or c in "\u00a0\u202f\u200c\u200d" for c in shown)
    assert screen.plain(shown) == shown
    shown.encode("utf-8")


def test_a_day_with_its_weekday() -> None:
    assert screen.weekday_date(date(2023, 10, 9)) == "lundi 09/10/2023"


NAMED = (Column("nom", "nom"), Column("rang", "rang", kind=Kind.NUMBER))


def names() -> Sheet:
    return one_list("Dossiers", NAMED, list(zip(HOSTILE, range(len(HOSTILE)), strict=True)))


def test_plain_table_keeps_every_character(
    session: Session, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    show_rows(session, names(), Form("plain"), titled=True)
    title, above, heading, *lines = capfd.readouterr().out.splitlines()
    assert (title, above) == ("Dossiers", "")
    assert heading.split() == ["nom", "rang"]
    assert len(lines) == len(HOSTILE)
    for name, line in zip(HOSTILE, lines, strict=True):
        assert line.startswith(visible(name))


def test_no_row_nothing_printed(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    show_rows(session, one_list("Dossiers", NAMED, []), Form("plain"), titled=True)
    assert capsys.readouterr() == ("", "")


def test_speech_goes_to_stderr_and_quiet_silences_it(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    screen.say(session, "Fait.")
    screen.warn(session, "à vérifier.")
    screen.say(open_session(db="x.db", quiet=True), "Fait.")
    assert capsys.readouterr() == ("", "Fait.\nAttention : à vérifier.\n")


DRAWS = (
    "import sys\n"
    "from agir_cli.cli import screen\n"
    "from agir_cli.cli.session import open_session\n"
    "from agir_cli.cli.render import Form, show_rows\n"
    "from tests.cli.test_screen import names\n"
    "show_rows(open_session(db='x', no_pager=True), names(), Form('table'), titled=True)\n"
    "from rich.text import Text\n"
    "screen.show(open_session(db='x'), Text('rouge', style='red'))\n"
)


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_a_drawn_table_that_obeys_no_name(no_color: str, coloured: bool) -> None:
    import pty

    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "60", "NO_COLOR": no_color}
    with subprocess.Popen(
        [sys.executable, "-c", DRAWS], cwd=ROOT, stdout=theirs, stdin=theirs, env=env
    ) as child:
        os.close(theirs)
        seen = io.BytesIO()
        try:
            while chunk := os.read(ours, 65536):
                seen.write(chunk)
        except OSError:  # Linux says so when the other end closes
            pass
    os.close(ours)
    text = seen.getvalue().decode("utf-8")
    assert child.returncode == 0
    for part in ("[bold]Ahmad[/bold]", "[/x]", "[link=file:///x]Nour[/link]", "\\x1b[2J", "أحمد"):
        assert part in text
    assert text.count("Ł") == 200
    for raw in ("\x1b[2J", "\x1b]", "\x07", "\x9b", "\u202e", "\0"):
        assert raw not in text
    assert "rang : 0" in text  # a word of 200 letters leaves no room for columns
    assert ("\x1b[31m" in text) is coloured


@pytest.mark.parametrize("columns", ["0", "3", "19"])
@pytest.mark.parametrize("lines", ["0", "4"])
def test_a_screen_of_no_size_is_still_read(
    columns: str, lines: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rich takes COLUMNS=0 at its word, and draws nothing at all."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LINES", lines)
    drawn = screen.console()
    assert drawn.width >= screen.NARROWEST
    assert drawn.height >= 5


def test_a_screen_of_some_size_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "33")
    monkeypatch.setenv("LINES", "7")
    assert (screen.console().width, screen.console().height) == (33, 7)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(
    ["mot", "« mot »", "« deux mots »", ": suite", "; suite", "50 %", "n° 5", "pourquoi ?"]
), min_size=1, max_size=20), st.integers(20, 60))  # fmt: skip
def test_no_line_begins_with_a_sign_nor_ends_with_an_opening_mark(
    words: list[str], width: int
) -> None:
    text = " ".join(["Début", *words])
    lines = screen.wrapped(text, width)
    assert " ".join(lines) == text
    for line in lines:
        assert line[0] not in "»:;%?"
        assert not line.endswith(("«", "n°"))
        assert len(line) <= width


@given(st.text("ab \t\n«:é", max_size=24), st.integers(8, 30))
def test_a_line_that_has_room_is_as_one_that_is_folded(text: str, width: int) -> None:
    text = f"{text}b"
    assert screen.wrapped(text, width) == screen.wrapped(f"{text}\t", width)
