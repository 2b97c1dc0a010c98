"""`agir compare`: another's list beside ours, whatever it has altered, and nothing written."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.coordinator import ORIENTED, Answer, Team

DAY = "09/10/2023"


@pytest.fixture
def demo(built_demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Team:
    path = tmp_path / "demo.db"
    shutil.copy(built_demo, path)
    return Team(path, capsys)


def rows(answer: Answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.out)))


def outcomes(answer: Answer) -> Counter[str]:
    """How many rows of theirs, or dossiers of ours alone, are of each kind."""
    each = {(row["comparaison"], row["ligne"], row["dossier"]) for row in rows(answer)}
    return Counter(kind for kind, _, _ in each)


def exported(team: Team) -> list[dict[str, str]]:
    return rows(team.does("report", "dossiers", "--format", "csv", today=DAY))


def written(path: Path, listed: list[dict[str, str]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, [*listed[0]])
        out.writeheader()
        out.writerows(listed)
    return str(path)


@pytest.mark.parametrize("referenced", [True, False])
def test_an_altered_export_says_what_was_altered_and_no_more(
    demo: Team, tmp_path: Path, referenced: bool
) -> None:
    listed = [row for row in exported(demo) if row["agdref"] and row["nom"]]
    ours = len(listed)
    if not referenced:
        listed = [{k: v for k, v in row.items() if k != "dossier"} for row in listed]
    gone, listed = listed[:7], listed[7:]
    for row in listed[:50]:
        row["nom"] = row["nom"].upper()
    altered = dict(zip(range(60, 65), (
        ("telephone", "0611223344"), ("statut", "autre"), ("date_cir", "2021-03-04"),
        ("prenoms", "Xavierine"), ("commune_residence", "insee:49007"),
    ), strict=True))  # fmt: skip
    for place, (field, value) in altered.items():
        listed[place][field] = value
    nobody = dict.fromkeys(listed[0], "")
    for number, name in enumerate(("ZYGOMATA", "BRINDEZINGUE", "PHALANSTERE")):
        listed.append(nobody | {"nom": name, "prenoms": "Ula", "agdref": f"998887771{number}"})
    before = demo.fingerprint()
    answer = demo.does("compare", written(tmp_path / "leur.csv", listed), "--format", "csv",
                       today=DAY)  # fmt: skip
    assert demo.fingerprint() == before
    unnumbered = len(exported(demo)) - ours
    assert outcomes(answer) == {
        "different": 5, "seulement_chez_nous": 7 + unnumbered, "seulement_chez_eux": 3
    }  # fmt: skip
    apart = {(row["difference"], row["chez_eux"]) for row in rows(answer) if row["difference"]}
    assert apart == set(altered.values())
    numbers = {row["agdref"] for row in rows(answer) if row["comparaison"] == "seulement_chez_nous"}
    assert {row["agdref"] for row in gone} <= numbers


@pytest.mark.parametrize("form", ["excel", "tsv", "cp1252", "xlsx", "ods"])
def test_a_list_says_the_same_in_each_format(team: Team, tmp_path: Path, form: str) -> None:
    for number, name in enumerate(("DIALLO", "HÉLOÏSE", "FATOU")):
        team.enrols("--nom", f"{name}-INVENTÉ", "--agdref", f"990312345{number}",
                    "--prenoms", "Awa", "--date-naissance", "01/02/1990", *ORIENTED)  # fmt: skip
    table = [
        ["N° étranger", "NOM", "Prénom", "Né(e) le", "Statut"],
        ["9903123450", "DIALLO-INVENTE", "AWA", "01/02/1990", "Réfugié"],
        ["9903123451", "Héloïse-Inventé", "Awa", "01/02/1990", "Apatride"],
        ["9988877710", "ZYGOMATA", "Ula", "1991", "Réfugiée"],
    ]
    answer = team.does("compare", _spreadsheet(tmp_path, form, table), "--format", "csv")
    assert outcomes(answer) == {"different": 1, "seulement_chez_eux": 1, "seulement_chez_nous": 1}


def _spreadsheet(folder: Path, form: str, table: list[list[str]]) -> str:
    path = folder / f"ofii.{form if form in ('tsv', 'xlsx', 'ods') else 'csv'}"
    if form == "xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for row in table:
            book.worksheets[0].append(row)
        book.save(path)
    elif form == "ods":
        from odf.opendocument import OpenDocumentSpreadsheet
        from odf.table import Table, TableCell, TableRow
        from odf.text import P

        document, sheet = OpenDocumentSpreadsheet(), Table(name="OFII")
        for row in table:
            line = TableRow()
            for text in row:
                cell = TableCell(valuetype="string")
                cell.addElement(P(text=text))
                line.addElement(cell)
            line.addElement(TableCell(numbercolumnsrepeated=16_000))
            sheet.addElement(line)
        document.spreadsheet.addElement(sheet)
        document.save(path)
    else:
        encoding = {"excel": "utf-8-sig", "tsv": "utf-16"}.get(form, "cp1252")
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter="\t" if form == "tsv" else ";").writerows(table)
    return str(path)


def test_why_do_you_say_1028_and_they_1019(demo: Team, tmp_path: Path) -> None:
    """Two commands: our number, then theirs beside it, with who makes the difference."""
    whole = demo.does("report", "funnel", "--departement", "44", today=DAY).out
    assert "44      tout le département  1028 " in whole
    asked = ("report", "funnel", "--departement", "44", "--list", "personnes", "--format", "csv")
    known = {row["dossier"] for row in rows(demo.does(*asked, today=DAY))}
    theirs = [
        {"N° étranger": row["agdref"], "Nom": row["nom"].upper(), "Prénom": row["prenoms"],
         "Né(e) le": row["date_naissance"]}
        for row in exported(demo) if row["dossier"] in known
    ][-1017:]  # fmt: skip
    for name in ("ZYGOMATA", "BRINDEZINGUE"):
        theirs.append({"N° étranger": "", "Nom": name, "Prénom": "Ula", "Né(e) le": "1991"})
    path = written(tmp_path / "ofii.csv", theirs)
    answer = demo.does("compare", path, "--of", "personnes", "--departement", "44", today=DAY)
    told = "De nos 1028 à leurs 1019 : 11 de moins (seulement chez nous), 2 de plus"
    assert told in answer.said
    lines = answer.out.splitlines()
    assert sum("ZYGOMATA" in line or "BRINDEZINGUE" in line for line in lines) == 2
    assert sum(line[:7] in known for line in lines) == 11, "each of ours that they lack, by name"


def test_our_own_export_says_the_same(demo: Team, tmp_path: Path) -> None:
    answer = demo.does("compare", written(tmp_path / "a.csv", exported(demo)), today=DAY)
    assert "Les deux listes disent la même chose." in answer.err
    assert answer.out == ""


def test_case_accents_telephones_and_dates_known_in_part_are_no_difference(
    team: Team, tmp_path: Path
) -> None:
    team.enrols(
        "--nom", "Héloïse-INVENTÉE", "--prenoms", "Aïcha", "--agdref", "9903123451",
        "--date-naissance", "01/02/1990", "--telephone", "0612345678", *ORIENTED,
    )  # fmt: skip
    path = tmp_path / "ofii.csv"
    path.write_text(
        "N° étranger;Nom;Prénom;Né(e) le;Téléphone;CIR signé le;Statut\n"
        "9903123451;HELOISE INVENTEE;AICHA;01/02/1990;+33 6 12 34 56 78;2023-01;Réfugié\n",
        "utf-8",
    )
    answer = team.does("compare", str(path))
    assert "identiques 1 (dont 1 avec une date ou un nom connus en partie)" in answer.said


@pytest.mark.parametrize(
    ("line", "kind", "told"),
    [
        pytest.param("9903123451;AUTRE-INVENTE;Zoé;03/04/1971", "a_rapprocher",
                     "même numéro, autre nom et autre naissance : 44-0001", id="d'une autre"),
        pytest.param(";DIALLO-INVENTE;Awa;01/02/1990", "identique", "", id="sans numéro"),
        pytest.param("9903123459;DIALLO-INVENTE;Awa;01/02/1990", "different", "",
                     id="un chiffre de travers, tout le reste pareil"),
        pytest.param("9903123459;DIALLO-INVENTE;Awa;", "a_rapprocher",
                     "même nom, autre numéro : 44-0001", id="le nom seul, un autre numéro"),
        pytest.param(";DIALO-INVENTE;Awa;01/02/1990", "a_rapprocher",
                     "peut-être la même personne : 44-0001", id="une autre orthographe"),
        pytest.param(";QUELQU-UN;Nour;01/02/1990", "seulement_chez_eux", "", id="personne"),
        pytest.param(";;;01/02/1990", "illisible", "ni nom, ni numéro, ni référence", id="vide"),
    ],
)  # fmt: skip
def test_whom_a_row_means(team: Team, tmp_path: Path, line: str, kind: str, told: str) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--agdref", "9903123451",
                "--date-naissance", "01/02/1990", *ORIENTED)  # fmt: skip
    path = tmp_path / "ofii.csv"
    path.write_text(f"AGDREF;Nom;Prénom;Né(e) le\n{line}\n", "utf-8")
    answer = team("compare", str(path), "--format", "csv")
    assert answer.code == (5 if kind == "illisible" else 0)
    found = [row for row in rows(answer) if row["ligne"]]
    assert [(row["comparaison"], row["remarque"]) for row in found] == (
        [] if kind == "identique" else [(kind, told)]
    )


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_in_another_order_the_rows_come_to_the_same(
    team: Team, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """Of two rows of a person, the one that agrees is theirs; the other is the double."""
    team.enrols("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--agdref", "9903123451",
                "--date-naissance", "01/02/1990", *ORIENTED)  # fmt: skip
    lines = ("99 031 234 51;DIALLO-INVENTE;Awa;02/02/1990",
             "9903123451;DIALLO-INVENTE;Awa;01/02/1990", ";QUELQU-UN;Nour;01/02/1990")  # fmt: skip
    path = tmp_path / "ofii.csv"
    text = "\n".join(lines[place] for place in order)
    path.write_text(f"N° AGDREF2;Nom;Prénom;Né(e) le\n{text}\n", "utf-8")
    answer = team.does("compare", str(path), "--format", "csv")
    assert outcomes(answer) == {"en_double": 1, "seulement_chez_eux": 1}
    assert "De nos 1 à leurs 3 : 1 de plus (seulement chez eux), 1 de plus (en double" in (
        team.does("compare", str(path)).out
    )


def test_letters_lost_on_the_way_hide_no_row(team: Team, tmp_path: Path) -> None:
    """Excel in cp1252 writes « ? » for the letters that it has not."""
    who = ("--nom", "DAŞKIN-INVENTÉ", "--prenoms", "Oğuz", "--agdref", "9903123451")
    team.enrols(*who, "--date-naissance", "01/02/1990", "--telephone", "0612345678", *ORIENTED)
    path = tmp_path / "ofii.csv"
    row = "Protection subsidiaire;O?uz;DA?KIN-INVENTÉ;9903123451;612345678;1990"
    heads = "Statut;Prénom;Nom;N° AGDREF;Téléphone;Né(e) le"
    path.write_bytes(f"{heads}\n{row}\n".encode("cp1252"))
    answer = team.does("compare", str(path), "--format", "csv")
    assert [(row["comparaison"], row["difference"]) for row in rows(answer)] == [
        ("different", "statut")
    ]


def test_a_row_means_the_dossier_of_its_department(team: Team, tmp_path: Path) -> None:
    """One person, transferred from 44 to 85: two dossiers; neither is missing from their list."""
    who = ("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--agdref", "9903123451",
           "--date-naissance", "01/02/1990")  # fmt: skip
    first = team.enrols(*who, *ORIENTED)
    team.does("close", first, "--motif", "transfert", "--on", "01/10/2023", "--yes")
    second = team.enrols(*who, *ORIENTED, "--departement", "85")
    path = tmp_path / "ofii.csv"
    heads = "Département;AGDREF;Nom;Prénom\n"
    lines = ["85;9903123451;DIALLO-INVENTE;Awa", "44;9903123451;DIALLO-INVENTE;Awa"]
    path.write_text(heads + "\n".join(lines), "utf-8")
    assert rows(team.does("compare", str(path), "--format", "csv")) == []
    path.write_text(heads + lines[1], "utf-8")
    left = rows(team.does("compare", str(path), "--format", "csv"))
    assert [(row["dossier"], row["remarque"]) for row in left] == [
        (second, f"même personne que {first}, dans leur liste")
    ]


def test_rows_add_up_and_a_second_row_of_a_person_is_a_double(team: Team, tmp_path: Path) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--agdref", "9903123451", *ORIENTED)
    path = tmp_path / "ofii.csv"
    path.write_text("AGDREF;Nom;Prénom\n" + "9903123451;DIALLO-INVENTE;Awa\n" * 2, "utf-8")
    answer = team.does("compare", str(path))
    assert "lignes lues 2 : identiques 1, différentes 0, seulement chez eux 0, en double" in (
        answer.out.replace("\n", " ")
    )
    assert "déjà à la ligne 2" in answer.out


def test_a_number_of_the_funnel_is_what_ours_is_counted_by(demo: Team, tmp_path: Path) -> None:
    listed = [row for row in exported(demo) if row["agdref"]]
    path = written(tmp_path / "a.csv", listed)
    answer = demo.does("compare", path, "--of", "signataires", "--format", "csv", today=DAY)
    signed = demo.does("report", "funnel", "--list", "signataires", "--format", "csv", today=DAY)
    counted = {row["dossier"] for row in rows(signed)}
    assert {r["dossier"] for r in rows(answer) if r["comparaison"] == "hors_selection"} == {
        row["dossier"] for row in listed
    } - counted
    assert outcomes(answer)["seulement_chez_nous"] == len(
        counted - {row["dossier"] for row in listed}
    )


def test_their_values_come_in_by_import(team: Team, tmp_path: Path) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--agdref", "9903123451",
                      "--telephone", "0612345678", *ORIENTED)  # fmt: skip
    path, out = tmp_path / "ofii.csv", tmp_path / "reprendre.csv"
    listed = "AGDREF;Nom;Téléphone;Statut\n9903123451;Diallo-Inventé;06 99 99 99 99;apatride\n"
    path.write_text(listed, "utf-8")
    team.does("compare", str(path), "--fields", "telephone", "--changes", str(out))
    assert out.read_text("utf-8") == f"dossier,telephone\n{ref},0699999999\n"
    none = team.does("compare", str(path), "--fields", "sexe", "--changes", str(tmp_path / "r.csv"))
    assert "Aucune valeur à reprendre" in none.err
    assert not (tmp_path / "r.csv").exists()
    team.does("import", str(out))
    assert team.rows("SELECT telephone FROM people") == [("0699999999",)]
    assert team("compare", str(path), "--changes", str(out)).code == 2  # never overwritten unasked
    assert out.read_text("utf-8").startswith("dossier,telephone\n")


def test_what_cannot_be_read_in_a_cell_is_a_difference(team: Team, tmp_path: Path) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--agdref", "9903123451", *ORIENTED)
    path = tmp_path / "ofii.csv"
    path.write_text("AGDREF;Nom;Date CIR\n9903123451;DIALLO-INVENTE;jadis\n", "utf-8")
    answer = team.does("compare", str(path), "--columns", "difference,chez_eux")
    assert "jadis" in answer.out


@pytest.mark.parametrize("words", [("--fields", "bidon"), ("--of", "menages"), ("--of", "bidon")])
def test_a_wrong_word_is_told(team: Team, tmp_path: Path, words: tuple[str, ...]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Nom\nX-INVENTE\n", "utf-8")
    assert team("compare", str(path), *words).code == 2
