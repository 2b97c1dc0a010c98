"""What people read has words: workbooks and files for a French spreadsheet, which come back."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest

from agir_cli.cli.render import Form, show_book
from agir_cli.reports import listing
from agir_cli.reports.field_words import meaning_of
from agir_cli.reports.sheet import Column, Data, Kind, Section, Sheet
from tests.cli.coordinator import Team
from tests.cli.test_round_trip import lived as lived  # a dossier of which everything was said

PARTIAL = "entre le 1er et le 28 février 2023"


def workbook(team: Team, path: Path, *words: str) -> openpyxl.Workbook:
    team.does("report", *words, "--output", str(path), "--overwrite")
    return openpyxl.load_workbook(path)


def under(book: openpyxl.Workbook) -> dict[str, object]:
    """The first row of the first page, by what stands above it."""
    titles, row, *_ = book.worksheets[0].iter_rows(values_only=True)
    assert len(set(titles)) == len(titles)
    return dict(zip(titles, row, strict=True))


def test_a_workbook_says_words_and_days(lived: Team, tmp_path: Path) -> None:
    lived.does("enroll", "--dossier", "44-0001", "--date-arrivee", "[2021-02-01..2021-02-28]")
    row = under(workbook(lived, tmp_path / "d.xlsx", "dossiers"))
    assert row["Statut"] == "Réfugié(e)"
    assert row["Nationalité"] == "Afghanistan"
    assert row["Résidence"] == "Nantes (44)"
    assert row["Logement actuellement"] == "DNA"
    assert row["Bureau"] == "Centre – Rezé"
    assert str(row["CIR signé le"]) == "2022-11-09 00:00:00"
    assert row["N° AGDREF"] == "0123456789"


def test_what_is_known_in_part_is_said(team: Team, tmp_path: Path) -> None:
    team.does(
        "enroll", "--nom", "HAILE", "--prenoms", "Selam", "--date-arrivee",
        "[2023-02-01..2023-02-28]", "--date-naissance", "1994", "--statut", "refugie",
        "--commune-residence", "Nantes",
    )  # fmt: skip
    team.does("enroll", "--dossier", "44-0001", "--date-cir", "[2023-02-01..2023-02-27]")
    row = under(workbook(team, tmp_path / "d.xlsx", "dossiers"))
    assert row["Né(e) le"] == "1994"
    assert row["CIR signé le"] == PARTIAL.replace("28", "27")
    assert row["Arrivée en France"] == "février 2023"


def test_a_rate_is_a_percentage_and_totals_stand_apart(lived: Team, tmp_path: Path) -> None:
    sheet = workbook(lived, tmp_path / "f.xlsx", "funnel").worksheets[0]
    cells = {cell.value: cell for cell in sheet[1]}
    of_rate = sheet.cell(2, cells["Taux"].column)
    assert (of_rate.value, of_rate.number_format) == (1, "0.0 %")
    last = [cell.value for cell in sheet[sheet.max_row]]
    assert "tout le département" in last
    assert [cell.value for cell in sheet[sheet.max_row - 1]] == [None] * len(last)
    assert sheet.auto_filter.ref.endswith(str(sheet.max_row - 2))


def test_the_page_is_set_up_for_paper(lived: Team, tmp_path: Path) -> None:
    sheet = workbook(lived, tmp_path / "d.xlsx", "dossiers", "--as-of", "09/10/2023").worksheets[0]
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$1:$1"
    assert "lundi 09/10/2023" in sheet.oddHeader.left.text
    assert "Unité : dossier" in sheet.oddFooter.left.text


def test_a_page_explains_every_column(lived: Team, tmp_path: Path) -> None:
    book = workbook(lived, tmp_path / "d.xlsx", "dossiers")
    titles = [cell.value for cell in book.worksheets[0][1]]
    told = {row[0]: row for row in book["Explications"].iter_rows(values_only=True)}
    assert set(titles) <= set(told)
    assert all(told[title][1] for title in titles)
    assert "refugie = Réfugié(e)" in told["Statut"][3]
    assert told["Statut"][2] == "statut"


def test_codes_where_they_are_asked(lived: Team, tmp_path: Path) -> None:
    book = workbook(lived, tmp_path / "d.xlsx", "dossiers", "--labels", "no")
    assert book.sheetnames == ["AGIR"]
    row = under(book)
    assert (row["statut"], row["commune_residence"]) == ("refugie", "insee:44109")
    asked = ("report", "dossiers", "--columns", "dossier,statut,date_arrivee", "--labels")
    assert "refugie" in lived.does(*asked, "no", "--excel").out
    assert (
        "| dossier | statut | date_arrivee |"
        in lived.does(*asked, "no", "--format", "markdown").out
    )
    assert lived(*asked, "peut-être").code == 2


def test_words_in_csv_and_json_where_they_are_asked(lived: Team) -> None:
    asked = ("report", "dossiers", "--columns", "dossier,statut,definitif,absences_contrat")
    (row,) = csv.DictReader(io.StringIO(lived.does(*asked, "--format", "csv").out))
    assert (row["statut"], row["definitif"]) == ("refugie", "non")
    words = lived.does(*asked, "--format", "csv", "--labels", "yes").out
    assert words.splitlines()[1] == "44-0001,Réfugié(e),non,0"
    (told,) = json.loads(lived.does(*asked, "--format", "json", "--labels", "oui").out)
    assert told["Statut"] == "Réfugié(e)"


def test_a_machine_gets_booleans_and_one_null(lived: Team) -> None:
    (row,) = json.loads(lived.does("report", "dossiers", "--format", "json").out)
    assert (row["definitif"], row["souhait"], row["soutien_agir"]) == (False, True, False)
    assert row["diagnostic_signe"] is True
    assert "" not in row.values()
    assert row["rejoint"] is None
    funnel = json.loads(lived.does("report", "funnel", "--format", "json").out)
    assert [each["secteur"] for each in funnel if not each["secteur"]] == [None]


def test_the_day_of_a_report_in_a_column(lived: Team) -> None:
    asked = ("report", "dossiers", "--format", "csv", "--columns", "dossier", "--as-of")
    assert (
        lived.does(*asked, "06/03/2023", "--stamp").out
        == "dossier,date_du_rapport\r\n44-0001,2023-03-06\r\n"
    )
    found = json.loads(lived.does("report", "funnel", "--stamp", "--format", "json").out)
    assert {row["date_du_rapport"] for row in found} == {"2023-11-23"}


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("door", [("import",), ("enroll", "--from")], ids=["import", "enroll"])
def test_what_is_written_for_people_comes_back_unchanged(
    lived: Team, tmp_path: Path, form: str, door: tuple[str, ...]
) -> None:
    path = tmp_path / f"tout.{form}"
    fields = [name for name in listing.EVERY if name not in ("derniere_etape", "malgre")]
    excel = ["--excel"] if form == "csv" else []
    lived.does("report", "dossiers", "--columns", ",".join(fields), "--output", str(path), *excel)
    before = lived.does("report", "dossiers", "--format", "csv", "--columns", ",".join(fields)).out
    answer = lived.does(*door, str(path))
    assert "inchangés 1" in answer.err
    assert "inconnue" not in answer.err
    assert "autre feuille" not in answer.err.casefold()
    after = lived.does("report", "dossiers", "--format", "csv", "--columns", ",".join(fields)).out
    assert before == after


def test_two_of_one_name_come_back_by_their_codes(lived: Team, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    lived.change("UPDATE referents SET nom = 'Essai'")
    lived.does("report", "dossiers", "--excel", "--output", str(path))
    row = next(csv.DictReader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))
    assert row["Référent parcours"].startswith("R")
    assert row["Nom du référent"] == "Essai"


def test_every_column_of_the_list_has_a_meaning_and_a_heading_of_its_own() -> None:
    columns = listing.listed_columns(listing.EVERY)
    assert len({column.heading for column in columns}) == len(columns)
    assert all(map(meaning_of, columns))


def test_several_sheets_make_one_workbook(tmp_path: Path) -> None:
    places = (Column("secteur", "Secteur"), Column("taux", "Taux", kind=Kind.RATE))
    rows = [("", 66.3), ("SUD", 50.0), ("=1+1", None)]
    sheet = Sheet(
        title="Les signataires & les autres", notes=["Unité : personne. {count} lignes."],
        sections=[Section("Par secteur", places, rows, total=lambda row: not row[0]),
                  Section("", [Column("")], [("En deux mots.",)])],
        data=Data(places, rows),
    )  # fmt: skip
    path = tmp_path / "comite.xlsx"
    show_book(
        Form("xlsx", str(path)), [("Contrats : 2023/T4", sheet), ("Contrats : 2023/T4", sheet)]
    )
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Contrats   2023 T4", "Contrats   2023 T4 2", "Explications"]
    found = [row[:2] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert found == [
        ("Les signataires & les autres", None), ("Unité : personne. 4 lignes.", None), (None, None),
        ("Par secteur", None), ("Secteur", "Taux"), ("SUD", 0.5), ("'=1+1", None), (None, None),
        (None, 0.663), (None, None), ("En deux mots.", None),
    ]  # fmt: skip
