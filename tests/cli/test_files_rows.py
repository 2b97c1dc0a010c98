"""What a row of a team's file becomes: persons, titles, other headings, other sheets."""

from __future__ import annotations

import csv
import os
import resource
import shlex
import subprocess
import time
from pathlib import Path

import openpyxl
import pytest

from tests.cli.coordinator import ROOT, TODAY, Answer, Team
from tests.cli.test_files import counts

ENROLS, IMPORTS = ("enroll", "--from"), ("import",)


def takes(team: Team, folder: Path, command: tuple[str, ...], text: str, *more: str) -> Answer:
    source = folder / "liste.csv"
    source.write_text(text.replace("|", "\n"), "utf-8")
    return team(*command, str(source), *more)


def people(team: Team) -> list[tuple[object, ...]]:
    return team.rows("SELECT nom, prenoms FROM people ORDER BY nom")


@pytest.mark.parametrize("command", [ENROLS, IMPORTS], ids=" ".join)
def test_titles_are_nobody_and_a_name_alone_is_asked_about(
    team: Team, tmp_path: Path, command: tuple[str, ...]
) -> None:
    rejects = tmp_path / "r.csv"
    answer = takes(
        team, tmp_path, command,
        "Nom;Prénom;CIR signé le;Statut|SECTEUR SUD;;;|DIALLO;Awa;12/01/2023;réfugié"
        "|Archives;;;|MARIAM;;;|KONE;Ibou;17/01/2023;réfugié",
        "--rejects", str(rejects),
    )  # fmt: skip
    assert answer.code == 5
    assert counts(answer) == (3, 2, 0, 0, 1, 0)
    assert people(team) == [("DIALLO", "Awa"), ("KONE", "Ibou")]
    assert "ligne 2 : ligne de titre, laissée de côté" in answer.err
    assert "ligne 5 : Un nom seul sur sa ligne" in " ".join(answer.err.split()).replace(
        " un ", " Un "
    )
    again = team(*command, str(rejects))
    assert (again.code, counts(again)[5]) == (5, 1), "fed back as it is, it stays out"
    header, row = csv.reader(rejects.read_text("utf-8").splitlines(), delimiter=";")
    row[2], row[-1] = "18/01/2023", ""
    with rejects.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, delimiter=";").writerows([header, row])
    assert counts(team.does(*command, str(rejects))) == (1, 1, 0, 0, 0, 0)
    assert ("MARIAM", None) in people(team)


def test_a_list_of_single_names_goes_in(team: Team, tmp_path: Path) -> None:
    answer = takes(team, tmp_path, ENROLS, "Nom;Prénom|MARIAM;|AHMAD;|ZABI;")
    assert counts(answer) == (3, 3, 0, 0, 0, 0)


def test_rows_under_other_headings_are_refused_together(team: Team, tmp_path: Path) -> None:
    table = (
        "Nom;Prénom;CIR signé le;Diagnostic;Contrat|DIALLO;Awa;12/01/2023;25/01/2023;17/02/2023"
        "|;;;;|Nom;Prénom;Né(e) le;CIR;Diagnostic|BARRY;Ali;12/05/1990;12/01/2023;25/01/2023"
        "|SOW;Bo;13/05/1990;12/01/2023;25/01/2023"
    )
    answer = takes(team, tmp_path, IMPORTS, table)
    assert (answer.code, counts(answer)) == (5, (3, 1, 0, 0, 0, 2))
    assert people(team) == []
    said = " ".join(answer.err.split())
    assert "liste.csv, lignes 5 à 6 : sous d'autres titres de colonne, ceux de la ligne 4" in said
    assert said.count("sous d'autres titres") == 1
    takes(team, tmp_path, IMPORTS, table, "--keep-going")
    assert people(team) == [("DIALLO", "Awa")]


def test_two_files_glued_are_read_each_by_its_headings(team: Team, tmp_path: Path) -> None:
    answer = takes(
        team, tmp_path, IMPORTS,
        "Nom;Prénom;CIR|DIALLO;Awa;12/01/2023|\ufeffCIR;NOM;PRENOM;Observations|13/01/2023;BARRY;Ali;vu",
    )  # fmt: skip
    assert (answer.code, people(team)) == (0, [("BARRY", "Ali"), ("DIALLO", "Awa")])
    assert team.rows("SELECT date_cir FROM dossiers ORDER BY 1") == [
        ("2023-01-12",),
        ("2023-01-13",),
    ]
    assert "« Observations » n'y est pas lu" in answer.err


def test_a_sheet_that_is_not_read_is_named_with_its_command(team: Team, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, who in {"A. Martin": ["DIALLO"], "B. Durand": ["BARRY", "SOW"]}.items():
        sheet = book.create_sheet(name)
        sheet.append(["Nom", "Prénom"])
        for each in who:
            sheet.append([each, "Awa"])
    del book["Sheet"]
    source = tmp_path / "référents.xlsx"
    book.save(source)
    answer = team.does("import", str(source))
    assert "Feuille pas lue : « B. Durand » (2 lignes). Tapez :" in answer.err
    command = next(line for line in answer.err.splitlines() if "--sheet" in line)
    assert len(people(team)) == 1
    team.does(*shlex.split(command)[3:])
    assert people(team) == [("BARRY", "Awa"), ("DIALLO", "Awa"), ("SOW", "Awa")]
    assert "Feuille pas lue" not in team("import", str(source), "--sheet", "B. Durand").err


def test_wrapped_cells_are_cleaned_in_every_column(team: Team, tmp_path: Path) -> None:
    answer = takes(
        team, tmp_path, ENROLS,
        'nom;prenoms;courriel;telephone;date_cir;statut'
        '|="DIALLO";="Awa";="a@exemple.fr";="0612345678";="12/01/2023";="réfugié"'
        "|'SOW;'Bo;'bo@exemple.fr;'0612345679;'13/01/2023;'réfugié",
    )  # fmt: skip
    assert answer.code == 0
    assert team.rows("SELECT nom, prenoms, courriel, telephone FROM people ORDER BY nom") == [
        ("DIALLO", "Awa", "a@exemple.fr", "0612345678"),
        ("SOW", "Bo", "bo@exemple.fr", "0612345679"),
    ]


@pytest.mark.parametrize("around", ['"""{}"""', '=T("{}")', '"=T(""{}"")"'])
def test_whatever_keeps_a_cell_a_text_is_taken_off(team: Team, tmp_path: Path, around: str) -> None:
    head = "nom;prenoms;date_naissance;nationalite;agdref"
    cells = ("DIALLO", "Awa", "12/01/1990", "malienne", "2210045511")
    row = ";".join(map(around.format, cells))
    assert takes(team, tmp_path, ENROLS, f"{head}|{row}").code == 0
    assert team.rows("SELECT nom, prenoms, date_naissance, nationalite, agdref FROM people") == [
        ("DIALLO", "Awa", "1990-01-12", "MLI", "2210045511")
    ]


@pytest.mark.parametrize("head", ["Nom;Prénom;CIR", "Nom et prénom"])
def test_what_stands_above_the_heading_is_shown(team: Team, tmp_path: Path, head: str) -> None:
    answer = takes(team, tmp_path, IMPORTS, f"Suivi AGIR|KEITA Sira|{head}|DIALLO Awa;;")
    assert "2 lignes au-dessus de l'en-tête (« Suivi AGIR », « KEITA Sira »)" in answer.err


def test_a_row_with_an_act_says_its_cautions_too(team: Team, tmp_path: Path) -> None:
    answer = takes(
        team, tmp_path, IMPORTS,
        "Nom;Prénom;AGDREF;Date de naissance;CIR;Diagnostic"
        "|DIALLO;Awa;0000000000;16/06/1905;02/01/2023;02/02/2023"
        "|SOW;Bo;;12/01/2023;12/01/2023;02/02/2023",
    )  # fmt: skip
    assert answer.code == 0
    for told in ("16/06/1905 : une année seule", "rien n'en est gardé. (ligne 2)",
                 "le même jour que « CIR signé le »"):  # fmt: skip
        assert told in answer.err


def test_a_question_that_is_answered_is_not_asked_again(team: Team, tmp_path: Path) -> None:
    text = (
        "nom;prenoms;date_naissance;date_cir|DIALLO;Awa;01/02/1990;12/01/2023"
        "|DIALO;Awa;01/02/1990;12/01/2023|BARRY;Ali;;13/01/2023|BARRY;Ali;;14/01/2023"
        "|SOW;Bo;;99/01/2023"
    )
    for _ in range(2):  # what nobody answered is asked in the same words
        answer = takes(team, tmp_path, ENROLS, text, "--keep-going")
        assert (answer.code, counts(answer)[4:]) == (5, (2, 1))
    for name, first, cir, other in (("DIALO", "Awa", "12", "44-1"), ("BARRY", "Ali", "14", "44-2")):
        born = ("--date-naissance", "01/02/1990") if name == "DIALO" else ()
        team.does("enroll", "--nom", name, "--prenoms", first, *born, "--date-cir",
                  f"{cir}/01/2023", "--not-the-same", other)  # fmt: skip
    assert counts(takes(team, tmp_path, ENROLS, text, "--keep-going")) == (5, 0, 0, 4, 0, 1)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("+33612345678", "+33612345678"),
        ("+33 6 12 34 56 78", "+33 6 12 34 56 78"),
        ("+1-2", "'+1-2"),
        ("+A1", "'+A1"),
        ("=1+1", "'=1+1"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_number_abroad_shows_no_apostrophe_in_the_rejects(
    team: Team, tmp_path: Path, cell: str, written: str, kind: str
) -> None:
    rejects = tmp_path / f"r.{kind}"
    text = f"nom;telephone;date_cir|DIALLO;{cell};30/02/2023"
    takes(team, tmp_path, ENROLS, text, "--rejects", str(rejects))
    if kind == "csv":
        row = list(csv.reader(rejects.read_text("utf-8").splitlines(), delimiter=";"))[1]
    else:
        sheet = openpyxl.load_workbook(rejects).active
        assert sheet is not None
        lines = [[str(found.value) for found in line] for line in sheet.iter_rows()]
        row = next(line for line in lines if line[0] == "DIALLO")
    assert row[1] == written


def test_nine_figures_that_may_have_lost_a_zero_are_said(team: Team, tmp_path: Path) -> None:
    answer = takes(team, tmp_path, ENROLS, "nom;agdref|DIALLO;123456789|BARRY;0123456780")
    assert "9 chiffres, un zéro de tête a pu se perdre, vérifiez-le. (ligne 2)" in answer.err


@pytest.mark.parametrize("columns", [1_000, 10_000])
def test_unknown_columns_by_the_thousand_are_one_line(
    team: Team, tmp_path: Path, columns: int
) -> None:
    wide = ["nom", "Prennom", *(f"Champ {n}" for n in range(columns))]
    begun = time.monotonic()
    answer = takes(team, tmp_path, ENROLS, ";".join(wide) + "|DIALLO" + ";x" * (len(wide) - 1))
    assert time.monotonic() - begun < 10
    assert f"{columns + 1} colonnes ignorées (inconnues) : Prennom, Champ 0" in answer.err
    assert "si elle dit Prénoms : --map Prennom=prenoms" in answer.err
    assert answer.err.count("ignorée") == 2


def test_a_stray_quote_in_a_long_file_is_refused_before_it_is_read(
    team: Team, tmp_path: Path
) -> None:
    rows = "".join(f"|N{n}-INVENTE;Awa;12/01/2023" for n in range(60_000))
    begun = time.monotonic()
    answer = takes(team, tmp_path, ENROLS, 'nom;prenoms;date_cir|BARRY;"Ali;12/01/2023' + rows)
    assert time.monotonic() - begun < 5
    assert answer.code == 5
    assert "liste.csv, ligne 2 : une cellule dépasse 131 072 caractères" in answer.err
    assert "--keep-going garde les autres" in answer.err
    assert people(team) == []


@pytest.mark.parametrize(
    ("endless", "told"),
    [
        pytest.param(b"\0", "est vide", id="zeros"),
        pytest.param(b"a", "ligne de plus de 8 Mo", id="une_ligne"),
        pytest.param(b"\x89PNG\x13\x07\x01\x02", "fichier binaire", id="binaire"),
        pytest.param(b"nom;prenoms\n", "plus de 256 Mo", id="des_lignes"),
        pytest.param(b"PK\x03\x04", "plus de 256 Mo", id="une_archive"),
    ],
)
def test_an_endless_input_is_refused(team: Team, endless: bytes, told: str) -> None:
    command = [
        str(ROOT / ".venv" / "bin" / "agir"), "--db", str(team.db), "--today", TODAY,
        "enroll", "--from", "-",
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)),
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stderr is not None
        block = endless * (1 << 18)
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < 20:
                process.stdin.write(block)
        except BrokenPipeError:
            pass
        assert process.wait(20) == 5
        assert told in process.stderr.read().decode()


def test_rejects_to_a_pipe_that_nobody_reads_hold_nobody_up(team: Team, tmp_path: Path) -> None:
    pipe, source = tmp_path / "tuyau", tmp_path / "liste.csv"
    os.mkfifo(pipe)
    source.write_text("nom;date_cir\nDIALLO;30/02/2023\nBARRY;12/01/2023\n", "utf-8")
    command = [
        str(ROOT / ".venv" / "bin" / "agir"), "--db", str(team.db), "--today", TODAY, "enroll",
        "--from", str(source), "--keep-going", "--rejects", str(pipe),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        begun = time.monotonic()
        while not people(team) and time.monotonic() - begun < 20:
            time.sleep(0.1)
        assert people(team) == [("BARRY", None)]
        assert process.poll() is None, "it waits for a reader"
        team.enrols("--nom", "SOW")
        assert "DIALLO;30/02/2023;2;" in pipe.read_text("utf-8")
        assert process.wait(20) == 5
