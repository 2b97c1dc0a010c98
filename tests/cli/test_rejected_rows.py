"""What a coordinator reads about the rows that stay out, and what they type next."""

from __future__ import annotations

import csv
import io
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from agir_cli.cli.screen import shell_line
from agir_cli.domain.reasons import REASONS
from tests.cli.coordinator import Answer, Team


def written(path: Path, *rows: Sequence[str], delimiter: str = ";") -> Path:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    path.write_bytes(out.getvalue().encode("cp1252"))
    return path


def read(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("cp1252")), delimiter=";"))


def told(path: Path) -> list[dict[str, str]]:
    """The rows of a rejects file by heading; what stands beyond the last one is left out."""
    header, *rows = read(path)
    return [dict(zip(header, row, strict=False)) for row in rows]


def proposed(answer: Answer) -> list[str]:
    """The words of the command that the closing line gives."""
    line = answer.err.splitlines()[-1]
    assert line.startswith("  agir "), answer.err
    return shlex.split(line)


HEADER = ("Nom", "Prénoms", "Né(e) le", "CIR signé le")


# --- a row that could not be read at all -------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(("A-INVENTEE", "Awa", "1990", "", "de", "trop"), id="trop de cellules"),
        pytest.param(("A-INVENTEE", "Awa"), id="trop peu"),
    ],
)
def test_a_row_that_is_not_read_says_what_to_empty(
    team: Team, tmp_path: Path, row: tuple[str, ...]
) -> None:
    source = written(tmp_path / "s.csv", HEADER, row, ("B-INVENTEE", "Bo", "1991", ""))
    first, second, third = (tmp_path / f"r{n}.csv" for n in range(3))
    team("enroll", "--from", str(source), "--keep-going", "--rejects", str(first))
    (found,) = told(first)
    assert "effacez tout ce qui est à droite de la colonne _a_faire" in found["_a_faire"]
    assert "« ligne à relire »" in found["_a_faire"]

    # Corrected, but what stands beyond the last column is still there.
    header, cells = read(first)
    corrected = ["A-INVENTEE", "Awa", "1990", "", *cells[4:]]
    assert "ligne à relire" in corrected[len(header)]
    written(second, header, corrected)
    answer = team("enroll", "--from", str(second), "--keep-going", "--rejects", str(third))
    assert answer.code == 5
    assert "« ligne à relire » est encore à droite de la colonne _a_faire" in answer.err
    assert "cellules trouvées" not in answer.err
    (again,) = told(third)
    assert "effacez tout ce qui est à droite" in again["_a_faire"]
    assert sum("ligne à relire : " in cell for cell in read(third)[1]) == 1

    written(third, header, corrected[: len(header)])
    assert "créés 1" in team.does("enroll", "--from", str(third)).err


@pytest.mark.parametrize("command", [("enroll", "--from"), ("import",)], ids=" ".join)
def test_a_name_that_lost_its_accents_in_ascii_is_refused_or_read_as_shown(
    team: Team, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """« ? » in a text that is no name is a question."""
    source = written(
        tmp_path / "s.csv",
        ("Nom", "Prénoms", "Adresse du site?"),
        ("A-INVENTEE", "Fran?oise", ""),
        ("D&#39;INVENTEE", "Bo", "o?u"),
    )
    answer = team(*command, str(source), "--keep-going")
    shown = " ".join(answer.err.split())
    assert "ligne 2 : les accents de la ligne sont abîmés (« Fran?oise »)" in shown
    assert "nom écrit en codes HTML (&iuml;), lu comme il s'affiche. (ligne 3)" in shown
    assert team.rows("SELECT nom FROM people") == [("D'INVENTEE",)]


def test_a_ruined_number_is_the_fault_of_its_cell(team: Team, tmp_path: Path) -> None:
    """The rest of the row was read: nothing has to be emptied beside it."""
    source = written(tmp_path / "s.csv", ("N° étranger", "Nom"), ("1,23E+09", "A-INVENTEE"))
    rejects = tmp_path / "r.csv"
    answer = team("enroll", "--from", str(source), "--keep-going", "--rejects", str(rejects))
    assert "ligne 2, colonne « N° étranger » : « 1,23E+09 » est en notation" in answer.err
    header, row = read(rejects)
    assert len(row) == len(header)
    assert told(rejects)[0]["_valeur"] == "1,23E+09"
    written(rejects, header, ["0123456789", *row[1:]])
    team.does("enroll", "--from", str(rejects))


@pytest.mark.parametrize("command", [("enroll", "--from"), ("import",)], ids=" ".join)
def test_an_error_of_a_workbook_is_told_with_the_other_faults_of_its_row(
    team: Team, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """One error among the columns that nobody reads refuses nothing."""
    from openpyxl import Workbook

    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["Nom", "Nationalité", "CIR signé le", "Ancienneté"])
    sheet.append(["A-INVENTEE", "#N/A", "30/02/2023", "#DIV/0!"])
    sheet.append(["B-INVENTEE", "Soudan", "01/02/2023", "#VALUE!"])
    made.save(tmp_path / "s.xlsx")
    rejects = tmp_path / "r.csv"
    answer = team(
        *command, str(tmp_path / "s.xlsx"), "--keep-going", "--rejects", str(rejects)
    )  # fmt: skip
    assert "créés 1" in answer.err
    assert "colonne « Nationalité » : « #N/A » est une erreur du tableur" in answer.err
    assert "ligne 2, colonne « CIR signé le » : " in answer.err
    header, row = read(rejects)
    assert row[:4] == ["A-INVENTEE", "#N/A", "30/02/2023", "#DIV/0!"]
    written(rejects, header, ["A-INVENTEE", "", "28/02/2023", *row[3:]])
    assert "créés 1" in team.does(*command, str(rejects)).err


# --- what is said of a row ---------------------------------------------------------------

BAD = {
    "date impossible": ("A-INVENTEE", "Awa", "30/02/1990", ""),
    "à venir": ("A-INVENTEE", "Awa", "1990", "01/01/2031"),
    "avant la naissance": ("A-INVENTEE", "Awa", "1990", "1960"),
    "sans nom": ("", "", "1990", ""),
}


@pytest.mark.parametrize("row", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("command", [("enroll", "--from"), ("import",)], ids=" ".join)
def test_a_new_row_is_put_right_not_looked_up(
    team: Team, tmp_path: Path, command: tuple[str, ...], row: tuple[str, ...]
) -> None:
    rejects = tmp_path / "r.csv"
    source = written(tmp_path / "s.csv", HEADER, row)
    answer = team(*command, str(source), "--keep-going", "--rejects", str(rejects))
    assert answer.code == 5
    (found,) = told(rejects)
    for text in (answer.err.rsplit("\n", 2)[0], found["_a_faire"], found["_motif"]):
        assert "REF" not in text
        assert "--nom" not in text
        assert "agir show" not in text
        assert "agir correct" not in text


def test_a_person_typed_by_hand_has_no_reference_to_look_up_either(team: Team) -> None:
    answer = team("enroll", "--nom", "A-INVENTEE", "--date-naissance", "1990", "--date-cir", "1960")
    assert answer.code == 3
    assert "REF" not in answer.err
    assert "Vérifiez les deux dates" in answer.err


@pytest.mark.parametrize("command", [("enroll", "--from"), ("import",)], ids=" ".join)
def test_the_field_is_named_once(team: Team, tmp_path: Path, command: tuple[str, ...]) -> None:
    source = written(tmp_path / "s.csv", HEADER, ("A-INVENTEE", "Awa", "1990", "30/02/2023"))
    rejects = tmp_path / "r.csv"
    err = team(*command, str(source), "--keep-going", "--rejects", str(rejects)).err
    assert "colonne « CIR signé le » : « 30/02/2023 » n'existe pas" in err
    assert err.count("CIR signé le") == 1
    assert told(rejects)[0]["_motif"].startswith("« 30/02/2023 » n'existe pas")


def test_a_wide_row_is_told_what_it_lacks(team: Team, tmp_path: Path) -> None:
    """Neither a dossier that is not open, nor an option, nor the act beside its own column."""
    header = ("Nom", "CIR signé le", "Date du diagnostic", "Contrat signé le", "Motif de sortie")
    rows = [
        ("A-INVENTEE", "01/02/2023", "", "01/03/2023", ""),
        ("B-INVENTEE", "01/02/2023", "30/02/2023", "", ""),
        ("C-INVENTEE", "01/02/2023", "02/02/2023", "", "transfert"),
    ]
    rejects = tmp_path / "r.csv"
    source = written(tmp_path / "s.csv", header, *rows)
    team("import", str(source), "--keep-going", "--rejects", str(rejects))
    lacks, wrong = [(row["_motif"], row["_a_faire"]) for row in told(rejects)]
    assert lacks[0].startswith("Aucun diagnostic n'est enregistré pour le dossier de la ligne")
    assert "dans une colonne « Diagnostic AGIR »" in lacks[1]
    assert '--map "SON TITRE=date_diagnostic"' in lacks[1]
    assert wrong[0] == "« 30/02/2023 » n'existe pas dans le calendrier."


def test_a_criterion_is_answered_in_the_columns_of_the_row(team: Team, tmp_path: Path) -> None:
    """What the remedy says to write is read when the rejects come back."""
    rejects, again = tmp_path / "r.csv", tmp_path / "r2.csv"
    source = written(
        tmp_path / "s.csv", ("Nom", "Statut", "CIR signé le"), ("A-INVENTEE", "autre", "09/01/2023")
    )
    team("enroll", "--from", str(source), "--keep-going", "--rejects", str(rejects))
    (found,) = told(rejects)
    assert "« acceptee » dans une colonne « Orientation »" in found["_a_faire"]
    header, row = read(rejects)
    written(again, [*header, "Orientation"], [*row, "acceptee"])
    assert "créés 1" in team.does("enroll", "--from", str(again)).err


def test_a_namesake_is_answered_in_the_columns_of_the_row(team: Team, tmp_path: Path) -> None:
    team.enrols("--nom", "A-INVENTEE", "--prenoms", "Awa", "--date-naissance", "1990")
    rejects, again = tmp_path / "r.csv", tmp_path / "r2.csv"
    source = written(
        tmp_path / "s.csv",
        ("Nom", "Prénoms", "Né(e) le", "N° AGDREF"),
        ("A-INVENTEE", "Awa", "12/03/1990", "0123456789"),
    )
    answer = team("enroll", "--from", str(source), "--rejects", str(rejects))
    assert "mis de côté 1" in answer.err
    (found,) = told(rejects)
    assert "écrivez 44-0001 dans une colonne « Dossier »" in found["_a_faire"]
    header, row = read(rejects)
    written(again, [*header, "Dossier"], [*row, "44-0001"])
    assert "modifiés 1" in team.does("enroll", "--from", str(again)).err


# --- the command to type next ------------------------------------------------------------


@pytest.fixture
def kept_maps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "donnees"))


SAID = {
    "titres": ("--map", "Qui ? $x=nom", "--map", "Intégration=date_cir", "--map", "Couleur="),
    "titres gardés": (
        "--map", "Qui ? $x=nom", "--map", "Intégration=date_cir", "--save-map", "equipe",
    ),
    "signe": ("--map", "Qui ? $x=nom", "--map", "Intégration=date_cir", "--blank", "néant !"),
}  # fmt: skip


@pytest.mark.parametrize("said", SAID.values(), ids=SAID.keys())
@pytest.mark.parametrize("command", [("enroll", "--from"), ("import",)], ids=" ".join)
@pytest.mark.usefixtures("kept_maps")
def test_the_rejects_are_taken_by_the_command_that_is_told(
    team: Team, tmp_path: Path, command: tuple[str, ...], said: tuple[str, ...]
) -> None:
    rejects = tmp_path / "à corriger.csv"
    rows = [("A-INVENTEE", "09/01/2023", "x"), ("B-INVENTEE", "30/02/2023", "")]
    source = written(tmp_path / "s.csv", ("Qui ? $x", "Intégration", "Couleur"), *rows)
    answer = team(*command, str(source), "--keep-going", "--rejects", str(rejects), *said)
    assert "1 ligne à corriger dans" in answer.err
    header, row = read(rejects)
    written(rejects, header, [row[0], "28/02/2023", *row[2:]])
    words = proposed(answer)
    assert words[:3] == ["agir", "--db", str(team.db)]
    done = team(*words[1:])
    assert (done.code, "créés 1" in done.err) == (0, True), done.err
    assert ("Colonne ignorée" in done.err) == ("Couleur=" not in said)


def test_the_sheet_of_a_workbook_is_not_said_again(team: Team, tmp_path: Path) -> None:
    from openpyxl import Workbook

    made = Workbook()
    sheet = made.create_sheet("Suivi")
    sheet.append(["Nom", "CIR signé le"])
    sheet.append(["A-INVENTEE", "30/02/2023"])
    made.save(tmp_path / "s.xlsx")
    rejects = tmp_path / "r.csv"
    answer = team(
        "enroll", "--from", str(tmp_path / "s.xlsx"), "--sheet", "Suivi", "--keep-going",
        "--rejects", str(rejects),
    )  # fmt: skip
    rejects.write_bytes(rejects.read_bytes().replace(b"30/02", b"28/02", 1))
    assert team(*proposed(answer)[1:]).code == 0


def test_final_acts_are_confirmed_again(team: Team, tmp_path: Path) -> None:
    team.diagnosed("--nom", "A-INVENTEE")
    rejects = tmp_path / "r.csv"
    source = written(tmp_path / "s.csv", ("Dossier", "Refus le"), ("44-0001", "30/02/2023"))
    words = ("contract", "refuse", "--from", str(source), "--yes", "--keep-going")
    answer = team(*words, "--rejects", str(rejects))
    assert proposed(answer)[3:] == ["contract", "refuse", "--from", str(rejects), "--yes"]
    rejects.write_bytes(rejects.read_bytes().replace(b"30/02", b"28/02", 1))
    assert team(*proposed(answer)[1:]).code == 0


@pytest.mark.parametrize("option", [(), ("--keep-going", "--dry-run")], ids=["entier", "essai"])
def test_rejects_alone_are_not_proposed_when_the_good_rows_are_not_in(
    team: Team, tmp_path: Path, option: tuple[str, ...]
) -> None:
    rows = [("A-INVENTEE", "09/01/2023"), ("B-INVENTEE", "30/02/2023")]
    source = written(tmp_path / "s.csv", ("Nom", "CIR signé le"), *rows)
    answer = team("enroll", "--from", str(source), "--rejects", str(tmp_path / "r.csv"), *option)
    assert "les bonnes lignes n'y sont pas" in answer.err
    assert "tapez" not in answer.err


WORDS = {
    "nu": ("agir", "agir"),
    "accents et barre": ("d/é-1_2.csv", "d/é-1_2.csv"),
    "espace": ("N° dossier=agdref", '"N° dossier=agdref"'),
    "apostrophe": ("date d'entrée=", '"date d\'entrée="'),
    "dollar": ("a $b", "'a $b'"),
    "guillemets": ('le "nom"', "'le \"nom\"'"),
    "vide": ("", '""'),
    "étoile": ("*", '"*"'),
}


@pytest.mark.parametrize(("word", "line"), WORDS.values(), ids=WORDS.keys())
def test_a_word_is_quoted_for_the_shell(word: str, line: str) -> None:
    assert shell_line(word) == line
    assert shlex.split(shell_line("agir", word)) == ["agir", word]


def test_a_word_is_quoted_for_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert shell_line("agir", "a $b", "nom=") == 'agir "a $b" nom='


# --- two columns that say the same thing -------------------------------------------------


@pytest.mark.parametrize("command", [("enroll", "--from"), ("import",)], ids=" ".join)
def test_two_columns_that_say_the_same_are_parted_by_what_is_told(
    team: Team, tmp_path: Path, command: tuple[str, ...]
) -> None:
    header = ("Nom", "Nom de famille", "Né le", "Né(e) le", "Naissance")
    source = written(tmp_path / "s.csv", header, ("A-INVENTEE", "B", "1990", "1991", "1992"))
    answer = team(*command, str(source))
    assert answer.code == 5
    lines = re.findall(r"ajoutez : (.*)", answer.err)
    assert lines[0] == '--map "Nom de famille="'
    options = [word for line in lines for word in shlex.split(line)]
    assert "créés 1" in team.does(*command, str(source), *options).err
    assert team.rows("SELECT nom, date_naissance FROM people") == [("A-INVENTEE", "1990")]


def test_two_columns_of_one_title_are_told_to_be_renamed(team: Team, tmp_path: Path) -> None:
    source = written(tmp_path / "s.csv", ("Nom", "Nom"), ("A-INVENTEE", "B"))
    answer = team("enroll", "--from", str(source))
    assert answer.code == 5
    assert "changez-en un dans le fichier" in answer.err
    assert "--map" not in answer.err


@pytest.mark.parametrize("command", ["enroll", "import"])
def test_the_help_says_how_a_column_is_left_out(team: Team, command: str) -> None:
    assert "« Titre= »" in " ".join(team.does(command, "--help").out.split())


# --- numbers and names that are not what they say ---------------------------------------


@pytest.mark.parametrize("command", [("enroll", "--from"), ("import",)], ids=" ".join)
def test_a_lost_zero_is_put_back_and_said(
    team: Team, tmp_path: Path, command: tuple[str, ...]
) -> None:
    header = ("Nom", "Né(e) le", "CIR signé le", "Téléphone", "Code postal résidence",
              "Orientation")  # fmt: skip
    rows = (
        ("A-INVENTEE", "1990", "01/02/2023", "612345678", "1000", "acceptee"),
        ("B-INVENTEE", "1991", "01/02/2023", "612345679.0", "44\u00a0000", ""),
        ("C-INVENTEE", "1992", "01/02/2023", "+33 (0)6 12 34 56 80", "44000.0", ""),
    )
    source = written(tmp_path / "s.csv", header, *rows)
    answer = team.does(*command, str(source))
    assert "Téléphone : zéro de tête rétabli. (2 lignes : 2, 3)" in answer.err
    assert "Code postal de la résidence : zéro de tête rétabli. (ligne 2)" in answer.err
    assert team.rows("SELECT telephone FROM people ORDER BY nom") == [
        ("0612345678",), ("0612345679",), ("0612345680",),
    ]  # fmt: skip


def test_a_lost_zero_is_not_put_back_in_silence_by_an_option(team: Team) -> None:
    answer = team("enroll", "--nom", "A-INVENTEE", "--telephone", "612345678")
    assert answer.code == 2
    assert "il y manque le zéro de tête" in answer.err


def test_a_digit_in_a_name_is_told_with_its_line(team: Team, tmp_path: Path) -> None:
    source = written(tmp_path / "s.csv", ("Nom", "Prénoms"), ("D1ALLO-INVENTE", "Awa"))
    answer = team.does("enroll", "--from", str(source))
    assert "Nom : un chiffre y est écrit, vérifiez-le. (ligne 2)" in answer.err


def test_what_is_no_number_and_no_name_stays_out(team: Team, tmp_path: Path) -> None:
    header = ("Nom", "Prénoms", "N° étranger", "Téléphone", "Nationalité", "Niveau de français")
    source = written(
        tmp_path / "s.csv",
        header,
        ("12 rue X", "Awa", "0123456776 / 0123456775", "06 12 34 56 7O", "NRX", "A2+"),
        ("B-INVENTEE", "Bo", "n° 0123456785", "06 12 34 56 78", "AFG", "<A1"),
    )
    rejects = tmp_path / "r.csv"
    answer = team("enroll", "--from", str(source), "--keep-going", "--rejects", str(rejects))
    assert "créés 1" in answer.err
    (found,) = told(rejects)
    assert found["_colonne"].split(" | ") == list(header[:1] + header[2:])
    assert team.rows("SELECT agdref, nationalite FROM people") == [("0123456785", "AFG")]


def test_an_act_is_not_led_to_somebody_else_by_a_decimal(team: Team, tmp_path: Path) -> None:
    """« 123456788.0 » is 123456788, never 1234567880."""
    team.diagnosed("--nom", "A-INVENTEE", "--agdref", "1234567880")
    meant = team.diagnosed("--nom", "B-INVENTEE", "--agdref", "123456788")
    source = written(
        tmp_path / "s.csv", ("N° étranger", "Contrat signé le"), ("123456788.0", "23/11/2023")
    )
    team.does("contract", "sign", "--from", str(source))
    assert team.rows("SELECT dossier FROM dossiers WHERE date_contrat IS NOT NULL") == [(meant,)]


# --- counts, and the width of the screen -------------------------------------------------


def test_one_is_singular(team: Team, tmp_path: Path) -> None:
    source = written(tmp_path / "s.csv", ("Nom",), ("A-INVENTEE",))
    team.does("enroll", "--from", str(source))
    (lot,) = team.rows("SELECT id FROM batches")[0]
    assert "\n1 dossier = annulés 1 " in team.does("undo", str(lot)).err
    assert "1 dossier recalculé." in team.does("rebuild").err


def test_what_undo_says_fits_a_screen(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = written(tmp_path / f"{'s' * 30}.csv", ("Nom",), *([f"N{n}-X"] for n in range(1200)))
    team.does("enroll", "--from", str(source))
    (lot,) = team.rows("SELECT id FROM batches")[0]
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("agir_cli.cli.screen.is_terminal", lambda stream=None: stream is not None)
    lines = team.does("undo", str(lot)).err.splitlines()
    assert lines[-3] == "1200 dossiers = annulés 1200 + gardés 0 + impossibles 0"
    assert all(len(line) <= 80 or str(tmp_path) in line for line in lines), lines


def test_every_cell_sentence_can_follow_a_column() -> None:
    """« colonne « X » : … » is followed by a whole sentence, whatever the fault."""
    from agir_cli.domain.reasons import finding

    for code in REASONS:
        sentence = finding(code, faute="« x » ne va pas", label="Champ", etape="Une étape")
        assert sentence.cell_sentence.endswith("."), code
        assert "Champ" not in sentence.cell_sentence, code


# --- what is said beside a file ----------------------------------------------------------


@pytest.mark.parametrize(
    "words", [("--not-the-same", "44-0001"), ("--nom", "X-INVENTE")], ids="-".join
)
def test_what_a_file_would_not_hear_is_refused(
    team: Team, tmp_path: Path, words: tuple[str, ...]
) -> None:
    source = written(tmp_path / "s.csv", HEADER, ("A-INVENTEE", "Awa", "1990", ""))
    answer = team("enroll", "--from", str(source), *words)
    assert answer.code == 2
    assert f"n'ont pas de sens : {words[0]}" in answer.err


def test_a_totals_row_left_aside_is_said(team: Team, tmp_path: Path) -> None:
    rows = ("A-INVENTEE", "Awa", "1990", ""), ("Total", "1", "", "")
    answer = team("enroll", "--from", str(written(tmp_path / "s.csv", HEADER, *rows)))
    assert "ligne 3 : ligne de total, laissée de côté" in answer.err
    assert "1 ligne lue : créés 1" in answer.err


@pytest.mark.parametrize("title", ["Logement", "Hébergement à l'entrée", "Logement à la sortie"])
def test_a_wide_fault_names_its_column(team: Team, tmp_path: Path, title: str) -> None:
    header = ("Nom", "CIR signé le", title, "Clos le", "Motif de clôture")
    row = ("A-INVENTEE", "01/02/2023", "sur la lune", "01/09/2023", "transfert")
    source, rejects = written(tmp_path / "s.csv", header, row), tmp_path / "r.csv"
    answer = team("import", str(source), "--rejects", str(rejects))
    assert f"ligne 2, colonne « {title} » : " in answer.err
    assert (told(rejects)[0]["_colonne"], told(rejects)[0]["_valeur"]) == (title, "sur la lune")


def test_the_rejects_of_an_import_may_replace_those_of_the_last(team: Team, tmp_path: Path) -> None:
    source, rejects = tmp_path / "liste.csv", tmp_path / "rejets.csv"
    source.write_text("nom;date_cir\nUN;32/01/2023\n")
    rejects.write_text("hier")
    words = ("import", str(source), "--keep-going", "--rejects", str(rejects))
    refused = team(*words)
    assert (refused.code, "ou ajoutez --overwrite" in refused.err) == (2, True)
    assert rejects.read_text() == "hier"
    assert team(*words, "--overwrite").code == 5
    assert "32/01/2023" in rejects.read_text()
