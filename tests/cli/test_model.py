"""Workbooks to fill in (`agir model`), and rejects that come back as a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from agir_cli.domain import commands as c
from agir_cli.exchange.rejects import Fault, Groups
from tests.cli.coordinator import Team

VERBS = sorted({each.verb for each in c.Command.__subclasses__()} - {""})


def sheet_of(path: Path) -> tuple[Any, Any]:
    book = openpyxl.load_workbook(path)
    return book, book.worksheets[0]


def proposed(book: Any, sheet: Any) -> dict[str, list[str]]:
    """By heading, the values that a column proposes."""
    found = {}
    for each in sheet.data_validations.dataValidation:
        name, _, cells = each.formula1.partition("!")
        place = next(iter(each.sqref.ranges)).min_col
        column = book[name][cells.replace("$", "")]
        found[sheet.cell(1, place).value] = [cell.value for (cell,) in column]
    return found


def look_of(sheet: Any, place: int) -> str:
    """How a column shows what is typed in it; those that are alike stand together."""
    alike = (d for d in sheet.column_dimensions.values() if d.min <= place <= d.max)
    return str(next(alike).number_format)


@pytest.mark.parametrize("verb", [*VERBS, "import"])
def test_every_command_has_a_model_whose_headings_are_its_own(
    team: Team, tmp_path: Path, verb: str
) -> None:
    path = tmp_path / "modele.xlsx"
    team.does("model", *verb.split(), "--output", str(path))
    book, sheet = sheet_of(path)
    headings = [cell.value for cell in sheet[1]]
    assert len(headings) == len(set(headings)) > 1
    assert all(cell.comment is not None for cell in sheet[1])
    assert book.worksheets[1].sheet_state == "hidden"
    assert not any("_" in heading for heading in headings)
    words = ("import",) if verb == "import" else (*verb.split(), "--from")
    for place, heading in enumerate(headings, 1):
        sheet.cell(2, place, proposed(book, sheet).get(heading, ["x"])[0])
    book.save(path)
    answer = team(*words, str(path), "--dry-run")
    assert "ignorée" not in answer.err
    assert "Feuille pas lue" not in answer.err
    assert "n'est pas admis" not in answer.err


def test_what_is_filled_in_enters_as_it_is(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "modele.xlsx"
    answer = team.does("model", "enroll", "--output", str(path))
    assert f"agir enroll --from {path}" in answer.err
    book, sheet = sheet_of(path)
    values = proposed(book, sheet)
    said = {
        "Nom": "DIALLO-INVENTE", "Prénoms": "Awa", "Né(e) le": "03/1994", "N° AGDREF": "0123456789",
        "Téléphone": "0612345678", "Statut": "Réfugié(e)", "CIR signé le": "10/01/2023",
        "Résidence": "Nantes", "Domicile": "Nantes", "Logement": "DNA", "Nationalité": "Guinée",
        "Adresse postale": "12 rue X, 44000 Nantes", "Contact souhaité": "Par SMS",
    }  # fmt: skip
    for cell in sheet[1]:
        text = said.pop(cell.value, None)
        if text is not None:
            assert text in values.get(cell.value, [text])
            sheet.cell(2, cell.column, text)
            assert look_of(sheet, cell.column) == "@"
    assert said == {}
    book.save(path)
    team.does("enroll", "--from", str(path))
    row = team.rows("SELECT p.agdref, p.date_naissance, p.telephone, p.nationalite, p.adresse,"
                    " d.statut, d.situation_logement_entree, d.contact_souhaite"
                    " FROM people p JOIN dossiers d ON d.personne = p.id")  # fmt: skip
    assert row == [("0123456789", "1994-03", "0612345678", "GIN", "12 rue X, 44000 Nantes",
                    "refugie", "dna", "sms")]  # fmt: skip


def test_a_model_has_the_lists_of_the_team(team: Team, tmp_path: Path) -> None:
    ref = team.diagnosed()
    team.does("assign", ref, "--on", "02/02/2023", "--referent", "DURAND Anne")
    path = tmp_path / "modele.xlsx"
    team.does("model", "assign", "--output", str(path))
    assert "DURAND Anne (1 dossier)" in proposed(*sheet_of(path))["Référent parcours"]
    team.does("model", "diagnose", "book", "--output", str(path), "--overwrite")
    book, sheet = sheet_of(path)
    assert "Centre – Rezé" in proposed(book, sheet)["Bureau"]
    assert look_of(sheet, 4) == "dd/mm/yyyy hh:mm"
    assert team("model", "assign", "--output", str(path)).code == 2


@pytest.mark.parametrize("words", [("enrol",), ("diagnose",), (), ("enroll", "--output", "x.csv")])
def test_a_model_that_there_is_not(team: Team, words: tuple[str, ...]) -> None:
    assert team("model", *words).code == 2


# --- rejects -------------------------------------------------------------------------------

FAULTY = (
    "Nom;Prénoms;Né(e) le;Statut\nAAA-INVENTE;Awa;32/01/1990;réfugié\n"
    "BBB-INVENTE;Ali;31/02/1991;réfugié\nCCC-INVENTE;Ana;1992;machin\nDDD-INVENTE;Eva;1993;réfugié\n"
)


def test_rejects_as_a_workbook_colour_what_is_wrong_and_come_back(
    team: Team, tmp_path: Path
) -> None:
    source, rejects = tmp_path / "equipe.csv", tmp_path / "rejets.xlsx"
    source.write_text(FAULTY, "utf-8")
    answer = team("enroll", "--from", str(source), "--keep-going", "--rejects", str(rejects))
    assert answer.code == 5
    told = "Valeur qui n'existe pas dans le calendrier : 2 lignes, colonne « Né(e) le »"
    book, sheet = sheet_of(rejects)
    assert [sheet["A1"].value, sheet["A2"].value] == [
        told, "Valeur qui n'est pas admise : 1 ligne, colonne « Statut »"
    ]  # fmt: skip
    assert [cell.value for cell in sheet[3]][:5] == [
        "Nom",
        "Prénoms",
        "Né(e) le",
        "Statut",
        "_ligne",
    ]
    coloured = {cell.coordinate for row in sheet for cell in row if cell.fill.fill_type == "solid"}
    assert coloured == {"C4", "C5", "D6"}
    assert "n'existe pas" in sheet["C4"].comment.text
    sheet["C4"], sheet["C5"], sheet["D6"] = "31/01/1990", "28/02/1991", "réfugiée"
    book.save(rejects)
    again = team.does("enroll", "--from", str(rejects))
    assert "3 lignes lues : créés 3" in again.err


def test_like_faults_are_told_together_before_the_lines(team: Team, tmp_path: Path) -> None:
    source = tmp_path / "equipe.csv"
    rows = "".join(f"N{n}-INVENTE;32/01/19{n}\n" for n in range(60, 70))
    source.write_text(f"Nom;Né(e) le\n{rows}", "utf-8")
    answer = team("enroll", "--from", str(source))
    first = next(line for line in answer.err.splitlines() if "calendrier" in line)
    assert first.strip() == (
        "Valeur qui n'existe pas dans le calendrier : 10 lignes, colonne « Né(e) le »"
    )


def test_a_value_with_brackets_leaves_none_behind() -> None:
    groups = Groups()
    for word in ("H\ufffdbergement", "R\ufffdfugi\ufffd(e)"):
        groups.add(Fault("illisible", "", "", f"les accents sont abîmés (« {word} ») : à rouvrir"))
    assert groups.told() == ["Les accents sont abîmés : à rouvrir : 2 lignes"]


def test_what_differs_by_the_value_alone_is_one_kind() -> None:
    groups = Groups()
    for value in ("A", "B"):
        groups.add(Fault("c", "Nom", value, f"« {value} » n'est pas admis."))
        groups.add(Fault("d", "", value, f"Déjà enregistré (enregistré : {value})."))
    assert groups.told() == [
        "Valeur qui n'est pas admise : 2 lignes, colonne « Nom »", "Déjà enregistré : 2 lignes"
    ]  # fmt: skip
