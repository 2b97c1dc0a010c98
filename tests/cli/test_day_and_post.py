"""What need not be typed: the day of an act, its year, and what the post is set to."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from agir_cli.cli.app import main
from tests.cli.coordinator import COMPLETE, ORIENTED, Team


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "reglages"))
    return tmp_path / "reglages"


# --- the day of an act ---------------------------------------------------------------------


def test_an_act_is_of_today_unless_it_says_its_day_and_this_is_told(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    answer = team.does("diagnose", "hold", ref)
    assert "Jour pris : aujourd'hui, 23/11/2023." in answer.err
    assert "Diagnostic AGIR :            23/11/2023" in team.does("show", ref).out
    for line in ("assign 1", "contract sign 1", "interview add 1 --today 24/11/2023"):
        assert "Jour pris : aujourd'hui" in team.types(line).err
    assert team.rows("SELECT effective_from FROM events WHERE kind = 'interview_held'") == [
        ("2023-11-24",)
    ]


def test_an_appointment_is_never_of_today_by_default(team: Team) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    answer = team("diagnose", "book", "1")
    assert (answer.code, "--date-rdv-diagnostic" in answer.err) == (2, True)
    assert "Jour pris" not in answer.err


def test_a_step_without_a_day_stays_without_one(team: Team) -> None:
    team.contracted()
    answer = team.does("step", "add", "1", "--etape", "Cours de FLE", "--domaine", "langue")
    assert "aujourd'hui" not in answer.err
    assert "sans date" in team.does("step", "list", "1").out


# --- the year ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("08/12 14h", "08/12/2023 à 14:00"),
        ("08/11 14h", "08/11/2024 à 14:00"),
        ("17 décembre 14h", "17/12/2023 à 14:00"),
        ("le 8/12 à 14h30", "08/12/2023 à 14:30"),
        ("lundi 14h", "27/11/2023 à 14:00"),
        ("jeudi 14h", "30/11/2023 à 14:00"),
        ("mercredi prochain 9h", "29/11/2023 à 09:00"),
        ("vendredi 8/12 14h", "08/12/2023 à 14:00"),
        ("29/02 14h", "29/02/2024 à 14:00"),
        ("08/12/23 14h", "08/12/2023 à 14:00"),
    ],
)
def test_an_appointment_is_the_next_such_day_and_this_is_told(
    team: Team, typed: str, read: str
) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    answer = team.does("diagnose", "book", "1", "--on", typed)
    assert f"RDV de diagnostic : « {typed} » lu {read}." in answer.err
    assert f"RDV de diagnostic : {read}" in answer.out


def test_demain_is_a_moment(team: Team) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    assert "24/11/2023 à 09:30" in team.does("diagnose", "book", "1", "--on", "demain 9h30").out


@pytest.mark.parametrize(
    ("typed", "read"),
    [("12/10", "12/10/2023"), ("24/11", "24/11/2022"), ("lundi", "20/11/2023"),
     ("1er octobre", "01/10/2023"), ("lundi dernier", "20/11/2023")],
)  # fmt: skip
def test_what_was_done_is_the_last_such_day(team: Team, typed: str, read: str) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *COMPLETE)
    answer = team("diagnose", "hold", "1", "--on", typed)
    assert f"Diagnostic AGIR : « {typed} » lu {read}." in answer.err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("diagnose hold 1 --on 31/02", "« 31/02 » n'existe pas dans le calendrier"),
        ("enroll --nom X-INVENTE --date-naissance 12/10", "« 12/10 » : l'année y manque"),
        ("diagnose hold 1 --on 12/10/98", "de quel siècle ? Écrivez l'année en entier"),
    ],
    ids=["jour impossible", "naissance sans année", "siècle"],
)
def test_what_cannot_be_meant_is_refused(team: Team, line: str, told: str) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    answer = team.types(line)
    assert (answer.code, told in answer.err) == (2, True), answer.err
    assert "quatre chiffres" not in answer.err


def test_nothing_is_guessed_in_a_file(team: Team, tmp_path: Path) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    rows = tmp_path / "diagnostics.csv"
    rows.write_text("dossier,date_diagnostic\n44-0001,12/10\n", "utf-8")
    answer = team("diagnose", "hold", "--from", str(rows))
    assert (answer.code, "l'année y manque" in answer.err) == (5, True), answer.err
    rows.write_text("dossier,diagnostic_signe\n44-0001,oui\n", "utf-8")
    assert team("diagnose", "hold", "--from", str(rows)).code == 5


# --- the settings of the post --------------------------------------------------------------


def test_a_setting_is_kept_for_its_owner_alone_shown_with_its_origin_and_taken_away(
    team: Team, folder: Path
) -> None:
    assert team.does("config", "set", "bureau", "centre – rezé").out == "bureau = 44-C1\n"
    path = folder / "agir" / "config.toml"
    assert path.read_text("utf-8") == 'bureau = "44-C1"\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text(f"# le bureau d'ici\n{path.read_text('utf-8')}", "utf-8")
    team.does("config", "set", "--", "author", "DURAND", "Anne")
    assert path.read_text("utf-8").startswith("# le bureau d'ici\nbureau = ")
    shown = {line.split()[0]: line for line in team.does("config", "show").out.splitlines()}
    assert shown["bureau"].split() == ["bureau", "44-C1", "réglé", "ici"]
    assert shown["auteur"].split() == ["auteur", "coordination", "option"]
    assert shown["departement"].split() == ["departement", "non", "réglé"]
    team.does("config", "set", "bureau")
    assert "bureau =" not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("config set buro 44-C1", "Vouliez-vous dire « bureau » ?"),
        ("config set bureau nulle-part", "n'existe pas"),
        ("config set departement Nantes", "Attendu"),
        ("config set lignes douze", "n'est pas un nombre entier"),
        ("config set pager peut-être", "oui ou non"),
        ("config set colonnes dossier,nom", "colonnes.LISTE"),
        ("config set colonnes.dossiers zz", "La colonne « zz » n'existe pas"),
        ("config set colonnes.dossier nom", "Vouliez-vous dire « dossiers » ?"),
        ("config set colonnes.overdue retard", "Valeurs admises : retard_jours"),
        ("config edit", "demande un terminal"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(
    team: Team, folder: Path, line: str, told: str
) -> None:
    answer = team.types(line)
    assert (answer.code, told in answer.err) == (2, True), answer.err
    assert not folder.exists()


def test_options_and_variables_win_over_the_post(
    team: Team, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    team.does("config", "set", "fichier", str(team.db))
    assert main(["--today", "23/11/2023", "show", "1"]) == 0
    assert capsys.readouterr().out.startswith(ref)
    monkeypatch.setenv("AGIR_DB", "ailleurs.db")
    assert main(["--today", "23/11/2023", "show", "1"]) == 7
    assert "ailleurs.db" in capsys.readouterr().err
    assert main(["--today", "23/11/2023", "show", "1", "--db", str(team.db)]) == 0
    assert main(["config", "show"]) == 0
    assert "ailleurs.db  variable AGIR_DB" in capsys.readouterr().out


def test_the_author_of_the_post_signs(
    team: Team, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGIR_DB", str(team.db))
    team.does("config", "set", "auteur", "DURAND", "Anne")
    assert main(["enroll", "--nom", "DIALLO-INVENTE", *ORIENTED, "--today", "23/11/2023"]) == 0
    assert team.rows("SELECT DISTINCT author FROM events") == [("DURAND Anne",)]


def test_the_office_of_the_post_is_that_of_its_appointments_and_is_told(team: Team) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    team.does("config", "set", "bureau", "44-C1")
    answer = team.does("diagnose", "book", "1", "--on", "8/12 14h")
    assert "Bureau de ce poste : 44-C1." in answer.err
    assert "Rezé" in team.does("show", "1").out
    other = team.does("diagnose", "book", "1", "--on", "9/12 14h", "--bureau", "44-C2")
    assert "de ce poste" not in other.err


def test_the_department_of_the_post_opens_a_dossier_that_nothing_else_places(team: Team) -> None:
    team.does("config", "set", "departement", "85")
    answer = team.does("enroll", "--nom", "SEUL-INVENTE", "--prenoms", "Ali", "--statut", "refugie")
    assert "Département de ce poste : 85." in answer.err
    assert "Dossier 85-0001 ouvert." in answer.out
    assert "de ce poste" not in team.does("enroll", "--nom", "DIALLO-INVENTE", *ORIENTED).err
    assert "de ce poste" not in team.does("enroll", "--dossier", "85-1", "--sexe", "f").err


def test_a_broken_file_stops_every_command_but_those_that_mend_it(
    team: Team, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    (folder / "agir").mkdir(parents=True)
    path = folder / "agir" / "config.toml"
    path.write_text('auteur = "A"\nbureau = 44-C1\n', "utf-8")
    answer = team("diagnose", "book", "1", "--on", "8/12 14h")
    assert (answer.code, "ligne 2, « bureau »" in answer.err) == (2, True), answer.err
    assert answer.err.count("\n") == 2
    for words in (["--help"], ["--version"], ["aide"]):
        assert main(words) == 0
    assert team("config", "set", "bureau", "44-C1").code == 2
    path.write_text('buro = "44-C1"\n', "utf-8")
    told = team.does("diagnose", "book", "1", "--on", "8/12 14h").err
    assert "ligne 1 : « buro » n'est pas un réglage. Vouliez-vous dire « bureau » ?" in told
