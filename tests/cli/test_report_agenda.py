"""``agir report agenda``: periods, forms, and a calendar without names."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from icalendar import Calendar

from agir_cli.cli.app import main
from agir_cli.domain.events import Kind
from agir_cli.store.driver import writing
from tests.reports.building import accepted, add, booked, event, new_file

TODAY = "2023-10-09"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "essai.db"
    file = new_file(path)
    with writing(file):
        file.execute("INSERT INTO referents (code, nom) VALUES ('RI1', 'DURAND Anne')")
    add(
        file, 1, *accepted("2023-09-01", "2023-09-01"),
        booked(Kind.DIAGNOSIS_BOOKED, "2023-09-02", "2023-10-11 10:30"), nom="NOURZAI",
    )  # fmt: skip
    designated = event(Kind.REFERENT_DESIGNATED, "2023-09-25", referent="RI1")
    add(
        file, 2, *accepted("2023-08-20", "2023-08-20"), event(Kind.DIAGNOSIS_HELD, "2023-09-10"),
        designated, nom="[bold]\x1b[31mROUGE",
    )  # fmt: skip
    file.close()
    return path


def agenda(
    capsys: pytest.CaptureFixture[str], path: Path, *words: str, author: str = "root"
) -> tuple[int, str, str]:
    before = ("--db", str(path), "--today", TODAY, "--author", author)
    code = main([*before, "report", "agenda", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_two_weeks_by_day(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    code, out, err = agenda(capsys, path)
    assert (code, err) == (0, "")
    assert out.splitlines()[:4] == [
        "Agenda du lundi 09/10/2023 au dimanche 22/10/2023, au 09/10/2023 :"
        " 1 rendez-vous, 1 échéance",
        "Unité : rendez-vous, échéance. Contractualisation : 21 jours à compter de la commission,"
        " dernier jour inclus.",
        "",
        "mercredi 11/10/2023",
    ]
    assert "\x1b" not in out
    assert "lundi 16/10/2023" in out


def test_columns_keep_their_names(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    _, out, _ = agenda(capsys, path, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == [
        "date", "heure", "type", "nature", "dossier", "nom", "prenoms", "departement", "referent",
        "bureau", "etat", "a_faire",
    ]  # fmt: skip
    assert [(r["date"], r["heure"], r["type"], r["nature"]) for r in rows] == [
        ("2023-10-11", "10:30", "rdv", "diagnostic"),
        ("2023-10-16", "", "echeance", "contractualisation"),
    ]


def test_me_is_the_author(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    words = ("--referent", "me", "--format", "json")
    _, out, _ = agenda(capsys, path, *words, author="anne durand")
    assert [row["dossier"] for row in json.loads(out)] == ["44-0002"]
    code, out, err = agenda(capsys, path, *words, author="Inconnue")
    assert (code, out) == (2, "")
    assert "DURAND Anne" in err


EMPTY = ("--from-day", "01/03/2020", "--to-day", "31/03/2020")


@pytest.mark.parametrize(
    ("words", "expected"), [((), ""), (("--format", "json"), "[]\n")], ids=["texte", "json"]
)
def test_an_empty_period_says_so(
    capsys: pytest.CaptureFixture[str], path: Path, words: tuple[str, ...], expected: str
) -> None:
    code, out, err = agenda(capsys, path, *EMPTY, *words)
    assert (code, out) == (0, expected)
    assert err == "Rien à l'agenda du dimanche 01/03/2020 au mardi 31/03/2020.\n"


REFUSED = {
    "à l'envers": ("--from-day", "10/10/2023", "--to-day", "09/10/2023"),
    "deux fins": ("--to-day", "10/10/2023", "--within", "2w"),
    "durée illisible": ("--within", "bientôt"),
    "date impossible": ("--from-day", "31/02/2023"),
    "format inconnu": ("--format", "icalendar"),
    "noms sans calendrier": ("--names",),
    "colonnes et calendrier": ("--format", "ics", "--columns", "dossier"),
    "colonne inconnue": ("--format", "csv", "--columns", "daate"),
    "référent inconnu": ("--referent", "Personne"),
}


@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_asked_is_refused(
    capsys: pytest.CaptureFixture[str], path: Path, words: tuple[str, ...]
) -> None:
    code, out, err = agenda(capsys, path, *words)
    assert (code, out) == (2, "")
    assert err.startswith("Erreur : ")


def calendar(path: Path) -> list[str]:
    data = path.read_bytes()
    return [str(part["SUMMARY"]) for part in Calendar.from_ical(data).walk("VEVENT")]


def test_a_calendar_has_no_name_unless_asked(
    capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "agenda.ics"
    assert agenda(capsys, path, "--output", str(target)) == (0, "", "")
    assert calendar(target) == [
        "RDV de diagnostic - 44-0001", "Échéance : contrat - 44-0002",
    ]  # fmt: skip
    for name in (b"NOURZAI", b"ROUGE", b"Essai", b"DURAND"):
        assert name not in target.read_bytes()
    again = tmp_path / "encore.ics"
    agenda(capsys, path, "--output", str(again))
    assert again.read_bytes() == target.read_bytes()
    agenda(capsys, path, "--names", "--output", str(target), "--overwrite")
    assert calendar(target)[0] == "RDV de diagnostic - 44-0001 NOURZAI Essai"
    assert b"\x1b" not in target.read_bytes()


def test_an_existing_file_is_kept(
    capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "agenda.ics"
    target.write_text("à moi")
    code, _, _ = agenda(capsys, path, "--output", str(target))
    assert (code, target.read_text()) == (2, "à moi")


def test_a_calendar_of_nothing_is_a_calendar(
    capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "vide.ics"
    code, _, err = agenda(capsys, path, *EMPTY, "--output", str(target))
    assert code == 0
    assert "Rien à l'agenda" in err
    assert calendar(target) == []


def test_only_a_calendar_imports_the_library(path: Path) -> None:
    program = (
        "import sys; from agir_cli.cli.app import main;"
        f"main(['--db', {str(path)!r}, '--today', '{TODAY}', 'report', 'agenda',"
        "'--format', 'csv']);"
        "print(sorted({'icalendar', 'rich', 'tabulate', 'sqlite_utils'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_the_day_asked_is_the_day_seen(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    words = ("--as-of", "2023-09-01", "--within", "3m", "--format", "json")
    _, out, _ = agenda(capsys, path, *words)
    told = [(row["dossier"], row["type"]) for row in json.loads(out)]
    assert told == [("44-0002", "echeance"), ("44-0001", "echeance")]
    assert date.fromisoformat(json.loads(out)[0]["date"]) == date(2023, 9, 20)
