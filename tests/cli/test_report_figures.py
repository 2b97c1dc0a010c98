"""`agir report situations|outcomes|caseload`: what scripts, persons and outside readers get."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from random import Random

import pytest

from agir_cli.cli.app import main
from agir_cli.domain.events import Kind
from agir_cli.domain.vocabulary import Housing
from agir_cli.reports import caseload, outcomes, situations
from agir_cli.reports.standing import LIST_COLUMNS
from agir_cli.reports.texts import bar, number, percent
from agir_cli.store.driver import writing
from tests.reports.building import accepted, add, event, new_file
from tests.reports.lives import directory, populate

REPORTS = ("situations", "outcomes", "caseload")
HEADERS = {
    "situations": situations.COLUMNS,
    "situations --flows": situations.FLOW_COLUMNS,
    "outcomes": outcomes.COLUMNS,
    "outcomes --by travail": outcomes.COLUMNS,
    "caseload": caseload.COLUMNS,
    "caseload --forecast": caseload.FORECAST_COLUMNS,
    "situations --list dna": LIST_COLUMNS,
    "outcomes --list travail:non": LIST_COLUMNS,
    "outcomes --list logement --households": outcomes.HOUSEHOLD_COLUMNS,
    "caseload --list termes": LIST_COLUMNS,
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("figures") / "essai.db"
    connection = new_file(path)
    directory(connection)
    populate(connection, Random(5), 90)
    connection.close()
    return path


def agir(file: Path, words: str, *more: str) -> int:
    named = ["--db", str(file), "--today", "2023-10-09", "report", *words.split(), *more]
    return main(named)


def rows(file: Path, words: str, capfd: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    assert agir(file, f"{words} --format csv") == 0
    return list(csv.DictReader(io.StringIO(capfd.readouterr().out)))


@pytest.mark.parametrize("words", HEADERS)
def test_columns_are_stable_in_csv_and_json(
    file: Path, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert agir(file, f"{words} --format csv") == 0
    out = capfd.readouterr().out
    assert tuple(out.splitlines()[0].split(",")) == HEADERS[words]
    assert agir(file, f"{words} --format json") == 0
    found = json.loads(capfd.readouterr().out)
    assert len(found) == len(out.splitlines()) - 1
    assert all(tuple(row) == HEADERS[words] for row in found)


def test_a_number_of_the_csv_is_the_length_of_the_list_that_one_types(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for row in rows(file, "situations", capfd)[:6]:
        typed = f"situations --list {row['classe']} --moment {row['moment']} --domain logement"
        assert len(rows(file, typed, capfd)) == int(row["personnes"])
    for row in rows(file, "outcomes --by logement --after 6m", capfd)[:6]:
        entry = f"--entry {row['entree']}" if row["entree"] else ""
        typed = f"outcomes --by logement --after 6m --list {row['resultat']} {entry}"
        assert len(rows(file, typed, capfd)) == int(row["atteint"])
    for row in rows(file, "caseload", capfd):
        typed = f"caseload --list accompagnes --line {row['code'] or 'aucun'}"
        assert len(rows(file, typed, capfd)) == int(row["accompagnes"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("situations", ["Situations au lundi 09/10/2023", "Unité : personne", "Logement autonome"]),
        ("situations --flows", ["Logement : de l'entrée à maintenant"]),
        (
            "outcomes",
            ["Résultats au lundi 09/10/2023", "Unité : personne", "au plus tard le 09/10/2022",
             "pas encore jugées", "80 %", "60 %", "Forum réfugiés", "depuis le 01/01/2023"],
        ),
        ("outcomes --exits --after 6m", ["sorties seulement", "(--after 6m)"]),
        (
            "caseload",
            ["Charge au lundi 09/10/2023", "Unité : dossier ouvert", "tous les 2 mois",
             "2 ans après le contrat", "jusqu'au 31/03/2024", "DURAND Anne", "mars 2024"],
        ),
        ("situations --list personnes", ["Personnes (actuelle) au lundi 09/10/2023",
                                         "Unité : dossier"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["plain", "markdown"])
def test_title_day_unit_and_rules_stand_above(
    file: Path, words: str, told: list[str], form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert agir(file, f"{words} --format {form}") == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert [each for each in told if each not in out] == []
    assert not re.search("[\x1b─│█]", out)


@pytest.mark.parametrize("report", REPORTS)
def test_an_empty_day_says_so_and_ends_well(
    file: Path, report: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert agir(file, f"{report} --as-of 01/01/2001") == 0
    out, err = capfd.readouterr()
    assert "01/01/2001" in out
    assert re.search("Personne|Aucun", err)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("situations --list cada", "cada"),
        ("situations --moment entree", "--list"),
        ("situations --mask 1", "2 ou plus"),
        ("funnel --mask 5 --passages", "--passages"),
        ("situations --stage diagnostique", "diagnostic"),
        ("situations --columns moment,nom", "« nom »"),
        ("outcomes --by emploi", "logement, travail"),
        ("outcomes --after bientot", "pas une durée"),
        ("outcomes --entry dna --list logement", "--by"),
        ("outcomes --households --list signataires", "ménages"),
        ("caseload --by equipe", "Valeurs admises : bureau, referent, organisation"),
        ("caseload --list tout", "« tout »"),
        ("caseload --line aucun", "--list"),
        ("caseload --months 0", "months"),
    ],
)
def test_what_is_not_understood_is_said(
    file: Path, words: str, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert agir(file, words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert told in err


@pytest.mark.parametrize("report", REPORTS)
def test_help_is_french_with_examples(report: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["report", report, "--help"]) == 0
    out = capfd.readouterr().out
    assert "Exemples :" in out
    assert f"agir report {report}\n" in out
    assert "--as-of" in out


def test_a_masked_funnel_prints_no_small_number_nor_what_is_only_possible(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    masked = rows(file, "funnel --mask 9", capfd)
    counts = [row[name] for row in masked for name in ("personnes", "signataires", "clos")]
    assert "" in counts
    assert all(not count or int(count) == 0 or int(count) >= 9 for count in counts)
    assert {row["personnes_possibles"] for row in masked} == {""}
    assert agir(file, "funnel --mask 9 --format plain") == 0
    said = capfd.readouterr().out
    assert "masqué" in said
    assert "Hors compte" not in said
    assert "possible" not in said


def test_masked_counts_are_empty_for_a_script_and_named_for_a_person(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = "outcomes --by logement --after 6m --mask 5"
    found = rows(file, words, capfd)
    counts = [row[name] for row in found for name in ("atteint", "non_atteint", "menages")]
    assert "" in counts
    assert not [count for count in counts if count and 0 < int(count) < 5]
    assert agir(file, words) == 0
    out = capfd.readouterr().out
    assert "masqué" in out
    assert "Les effectifs de 1 à 4" in out


def test_a_french_spreadsheet_gets_decimal_commas(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert agir(file, "situations --excel") == 0
    found = list(csv.DictReader(io.StringIO(capfd.readouterr().out), delimiter=";"))
    shares = [row["Part"] for row in found if row["Part"]]
    assert shares
    assert all(re.fullmatch(r"\d+,\d %", share) for share in shares)


def test_known_on_is_what_the_file_knew(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = rows(file, "situations --known-on 31/10/2023", capfd)  # all is recorded on 1 November
    assert {row["personnes"] for row in found} == {"0"}


def test_hostile_names_are_shown_never_obeyed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    connection = new_file(tmp_path / "essai.db")
    with writing(connection):
        connection.execute(
            "INSERT INTO referents (code, nom, organisation) VALUES ('X', ?, ?)",
            ("\x1b]0;t\x07[bold]", "=1+1"),
        )
    add(
        connection, 1, *accepted("2023-02-01", "2023-02-01"),
        event(Kind.DIAGNOSIS_HELD, "2023-02-03"),
        event(Kind.REFERENT_DESIGNATED, "2023-02-04", referent="X"),
        facts={"situation_logement": Housing.DNA}, nom="\x1b[2J[/]",
    )  # fmt: skip
    connection.close()
    for words in ("caseload", "caseload --by organisation", "caseload --list dossiers",
                  "situations --list dna"):  # fmt: skip
        assert agir(tmp_path / "essai.db", words) == 0
        assert "\x1b" not in capfd.readouterr().out
    assert rows(tmp_path / "essai.db", "caseload", capfd)[0]["organisation"] == "'=1+1"


# --- on a terminal -----------------------------------------------------------------------


def screen(file: Path, words: str, width: int) -> str:
    """What a terminal of that width shows."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 200, width, 0, 0))
    command = [sys.executable, "-m", "agir_cli", "--db", str(file), "--today", "2023-10-09",
               "--no-pager", "report", *words.split()]  # fmt: skip
    kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "FORCE_COLOR")}
    child = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**kept, "NO_COLOR": "1", "TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while block := os.read(ours, 65536):
            shown += block
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(ours)
    assert child.wait() == 0, shown
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).replace("\r", "")


@pytest.mark.parametrize("words", ["situations --flows", "outcomes --by logement", "caseload"])
@pytest.mark.parametrize("width", [40, 80, 160])
def test_a_terminal_of_any_width_reads(file: Path, words: str, width: int) -> None:
    text = screen(file, words, width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    assert "█" in text
    assert "09/10/2023" in text


@pytest.mark.parametrize(
    ("value", "top", "width", "expected"),
    [
        (0, 10, 10, ""), (10, 10, 10, "██████████"), (5, 10, 10, "█████"), (1, 1000, 10, "▏"),
        (20, 10, 4, "████"), (3, 8, 1, "▍"), (1, 0, 5, ""),
    ],
)  # fmt: skip
def test_bars(value: float, top: float, width: int, expected: str) -> None:
    assert bar(value, top, width) == expected


def test_numbers_as_people_read_them() -> None:
    assert (number(1028), number(None), percent(66.3), percent(None)) == (
        "1\u202f028", "masqué", "66,3 %", "",
    )  # fmt: skip
