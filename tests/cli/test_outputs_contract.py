"""What is written, where, and what is said when it cannot be: outputs of whole commands."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.coordinator import COMPLETE, Team

FULL = Path("/dev/full")
on_a_full_disk = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")


@pytest.fixture
def waiting(team: Team) -> Team:
    """A team with one liaison form to send."""
    ref = team.enrols("--nom", "DIALLO-INVENTE", *COMPLETE, "--date-cir", "10/10/2022")
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
    answer = waiting("liaison", "send", "--output", output)
    assert answer.code in (1, 2)
    assert told in answer.err
    assert (listings(waiting), waiting.fingerprint()) == (0, before)
    assert [p.name for p in waiting.db.parent.iterdir()] == ["equipe.db"]


@on_a_full_disk
def test_a_listing_recorded_and_not_shown_says_how_to_print_it_again(waiting: Team) -> None:
    words = [*waiting.command(), "liaison", "send"]
    with FULL.open("w") as full:
        ended = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 1
    assert "listing n° 1 est enregistré" in ended.stderr
    assert "agir liaison send --again 1 --output" in ended.stderr
    assert listings(waiting) == 1
    assert "DIALLO-INVENTE" in waiting.does("liaison", "send", "--again", "1").out


def test_no_form_to_send_leaves_no_file(team: Team) -> None:
    output = team.db.with_name("listing.csv")
    assert "pas de listing" in team.does("liaison", "send", "--output", str(output)).err
    assert not output.exists()


def test_a_listing_is_in_the_format_of_its_name(waiting: Team) -> None:
    output = waiting.db.with_name("listing.xlsx")
    waiting.does("liaison", "send", "--output", str(output))
    assert output.read_bytes().startswith(b"PK")


@pytest.mark.parametrize("name", ["retards.html", "retards.pdf", "retards.ods"])
def test_a_report_does_not_take_the_name_of_another_format(team: Team, name: str) -> None:
    output = team.db.with_name(name)
    answer = team("report", "overdue", "--output", str(output))
    assert answer.code == 2
    assert f"n'écrit pas de fichier .{name.partition('.')[2]}." in answer.err
    assert not output.exists()
