"""Workbooks as they are found: old .xls, LibreOffice's .ods, error cells, locked and false ones.

The four files of ``workbooks/`` (invented persons) were authored with openpyxl and saved by
LibreOffice 7.4: ``soffice --headless --convert-to`` ``xls:"MS Excel 97"`` or ``ods``. The one with
a password (``secret``) was stored through its programming interface. In ``suivi`` the table begins
in B3 under a merged title; ``suivi-1904.xls`` counts its days from 1904 and hides its first sheet.
"""

from __future__ import annotations

import datetime
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agir_cli.domain.reading import is_sheet_error
from agir_cli.exchange.headers import headings, recogniser
from agir_cli.exchange.rows import Row
from agir_cli.exchange.spreadsheets import as_text
from agir_cli.exchange.tables import open_table
from agir_cli.failures import RowsFailure, UsageFailure

KNOWN = recogniser(headings())
FOUND = Path(__file__).parent / "workbooks"
HEADER = (
    "N° étranger", "Nom", "Prénoms", "Né le", "Date CIR", "CP résidence", "Taux", "Signé",
    "Heures", "RDV diagnostic", "Nationalité", "Ancienneté",
)  # fmt: skip


def read(file: Path, sheet: str | None = None) -> tuple[list[Row], list[str]]:
    with open_table(str(file), sheet=sheet, known=KNOWN) as table:
        return list(table.rows()), list(table.notes)


@pytest.mark.parametrize(
    ("name", "signed", "hours"),
    [
        # LibreOffice saves a boolean as such, or as a number, by the cell's format
        pytest.param("suivi.xls", ("1", "non", "oui"), "26:30", id="xls"),
        pytest.param("suivi.ods", ("oui", "0", "1"), "PT26H30M00S", id="ods"),
    ],
)
def test_un_classeur_de_bureau_est_lu_cellule_par_cellule(
    name: str, signed: tuple[str, str, str], hours: str
) -> None:
    with open_table(str(FOUND / name), sheet="suivi", known=KNOWN) as table:
        assert (table.header, table.dialect.kind) == (HEADER, name[-3:])
        assert table.dialect.title_lines == 2
        rows = list(table.rows())
        assert [(row.line, row.cells) for row in rows] == [
            (4, ["9903012345", "ŠAHIN", "Élodie", "1990-02-05", "05/02/2023", "01000", "0.6",
                 signed[0], "12.5", "2023-03-01 14:30", "Afghane", "#DIV/0!"]),
            (6, ["123456789", "ALI", "Ömer\nYusuf", "1990", "2023-01-31", "44150", "0.875",
                 signed[1], "#DIV/0!", "2023-03-01 09:05", "#N/A", ""]),
            (7, ["7503012346", "D'AOÛT", "Anaïs", "1910-03-01", "2023-02", "01000", "1",
                 signed[2], "#REF!", "", "Érythrée", "3"]),
            (8, ["", "ŒUVRARD", "Zoé", "2000-02-29", "", "", "", "", hours, "14:30", "Soudan", ""]),
        ]  # fmt: skip
        assert [row.fault for row in rows] == [None] * 4
        assert table.notes == [
            "ligne 11 : ligne de total, laissée de côté",
            "ligne 10 : rien que des erreurs de formule, laissée de côté",
            "« CP résidence » : zéro de tête rétabli, comme le format de la cellule le montre"
            " (ligne 4)",
        ]


def test_un_classeur_compte_depuis_1904_et_sa_premiere_feuille_est_masquee() -> None:
    with open_table(str(FOUND / "suivi-1904.xls"), known=KNOWN) as table:
        assert table.dialect.sheet == "Mac"
        assert [row.cells for row in table.rows()] == [
            ["SAHIN", "1990-02-05", "2023-03-01 14:30"],
            ["ALI", "1904-01-02", ""],
        ]


@pytest.mark.parametrize("name", ["suivi.xls", "suivi.ods"])
def test_les_feuilles_sont_dites_et_une_feuille_masquee_se_lit_sur_demande(name: str) -> None:
    file = FOUND / name
    assert [row.cells for row in read(file, "Cachée")[0]] == [["INVENTÉE", "Zoé"]]
    listed = "Feuilles : « Notice », « Suivi », « Cachée » (masquée), « Vide »"
    with pytest.raises(UsageFailure) as failure:
        read(file, "Absente")
    assert failure.value.details == (listed,)
    with pytest.raises(RowsFailure, match="« Notice » n'a qu'une ligne") as refusal:
        read(file)
    assert refusal.value.details == (f"Une autre se choisit avec --sheet. {listed}",)
    with pytest.raises(RowsFailure, match="« Vide » est vide"):
        read(file, "Vide")


def made(file: Path, rows: list[list[Any]], graph: bool = False) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if graph:
        book.create_chartsheet("Graphique", 0)
    book.save(file)
    return file


def test_une_page_d_explications_dit_les_autres_feuilles(tmp_path: Path) -> None:
    file = made(tmp_path / "a.xlsx", [["Lisez-moi"], ["À remplir", "chaque mois"], ["Merci"]])
    assert len(read(file)[0]) == 2, "a sheet alone is read: --map may say what it is"
    book = openpyxl.load_workbook(file)
    book.worksheets[0].title = "Lisez-moi"
    people = book.create_sheet("Suivi")
    people.append(["Nom", "Prénoms"])
    people.append(["SAHIN", "Ali"])
    book.save(file)
    with pytest.raises(RowsFailure, match="« Lisez-moi » n'a aucun titre de colonne") as refusal:
        read(file)
    listed = "Feuilles : « Lisez-moi », « Suivi »"
    assert refusal.value.details == (f"Une autre se choisit avec --sheet. {listed}",)
    assert len(read(file, "Lisez-moi")[0]) == 2
    assert [row.cells for row in read(file, "suivi")[0]] == [["SAHIN", "Ali"]]


def patched(file: Path, change: Callable[[str], str], part: str = "xl/worksheets/sheet1") -> Path:
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, change(data.decode()) if name.startswith(part) else data)
    return file


ERRORS = {
    "#N/A": "#N/A", "#DIV/0!": "#DIV/0!", "#REF!": "#REF!", "#VALUE!": "#VALEUR!",
    "#NAME?": "#NOM?", "#NUM!": "#NOMBRE!", "#NULL!": "#NUL!",
}  # fmt: skip


@pytest.mark.parametrize(("written", "shown"), ERRORS.items())
def test_une_erreur_est_nommee_comme_excel_la_montre(
    written: str, shown: str, tmp_path: Path
) -> None:
    file = made(tmp_path / "a.xlsx", [["Nom", "Né le"], ["ALI", written]])
    assert read(file)[0] == [Row(2, ["ALI", shown], None)]
    assert is_sheet_error(shown)


def test_un_texte_qui_ressemble_a_une_erreur_est_un_texte(tmp_path: Path) -> None:
    file = made(tmp_path / "a.xlsx", [["Nom", "Né le"], ["ALI", "x"], ["#1 ?", "#N/A"]])
    patched(file, lambda text: text.replace('t="e"', 't="str"'))
    assert read(file)[0] == [Row(2, ["ALI", "x"], None), Row(3, ["#1 ?", "#N/A"], None)]


def test_une_erreur_est_dans_sa_cellule_meme_la_ou_personne_ne_lit(tmp_path: Path) -> None:
    rows = [["#N/A", "Nom", "Calcul", None], ["#N/A", "ALI", "#REF!", "#N/A"]]
    file = made(tmp_path / "a.xlsx", rows)
    assert read(file) == ([Row(2, ["", "ALI", "#REF!"], None)], [])


def test_des_formules_tirees_sous_le_tableau_font_une_note(tmp_path: Path) -> None:
    rows = [["Nom", "Né le"], ["ALI", 1990], *[[None, "#N/A"]] * 30]
    assert read(made(tmp_path / "a.xlsx", rows)) == (
        [Row(2, ["ALI", "1990"], None)],
        ["lignes 3 à 32 : 30 lignes n'ont que des erreurs de formule, laissées de côté"],
    )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: re.sub(r' r="[A-Z]*\d+"', "", text), id="sans_references"),
        pytest.param(
            lambda text: re.sub(r"<(/?)([a-zA-Z])", r"<\1x:\2", text).replace("xmlns=", "xmlns:x="),
            id="espace_de_noms",
        ),
        pytest.param(lambda text: text.replace('t="e"', "t = 'e'"), id="apostrophes"),
        pytest.param(lambda text: text.replace("<row", " " * (1 << 20) + "<row"), id="blocs"),
    ],
)
def test_une_erreur_est_trouvee_quel_que_soit_le_programme(
    change: Callable[[str], str], tmp_path: Path
) -> None:
    file = made(tmp_path / "a.xlsx", [["Nom", "Né le"], ["ALI", "#N/A"]], graph=True)
    [row] = read(patched(file, change))[0]
    assert row == Row(2, ["ALI", "#N/A"], None)


CELLS = st.sampled_from([None, "x", 7, *ERRORS])


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6),
    down=st.integers(0, 3),
    right=st.integers(0, 30),
)
def test_toute_erreur_est_lue_a_sa_place(
    rows: list[tuple[Any, ...]], down: int, right: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each error stands in its cell, and every other cell holds what it held."""
    file = tmp_path_factory.getbasetemp() / "erreurs.xlsx"
    before: list[Any] = [None] * right
    headings = [*before, "Nom", "Prénoms", "Né le", "Nationalité"]
    table = [*([[]] * down), headings, *([*before, "ALI", *row] for row in rows)]
    found, notes = read(made(file, table))
    assert [note for note in notes if "un nom" not in note] == []
    assert [row.line for row in found] == [down + 2 + at for at in range(len(rows))]
    assert [tuple(row.cells[1:]) for row in found] == [
        tuple(ERRORS.get(cell, str(cell or "")) for cell in row) for row in rows
    ]


def odt_cell(text: str, *, comment: str = "", **attributes: str) -> Any:
    from odf.office import Annotation
    from odf.table import TableCell
    from odf.text import P

    cell = TableCell(**{"valuetype": "string", **attributes})
    if comment:
        note = Annotation()
        note.addElement(P(text=comment))
        cell.addElement(note)
    cell.addElement(P(text=text))
    return cell


def test_un_ods_d_avant_qui_ecrit_zero_pour_une_erreur(tmp_path: Path) -> None:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableRow

    zero = {"valuetype": "float", "value": "0", "formula": "of:=1/0"}
    document = OpenDocumentSpreadsheet()
    document.spreadsheet.addElement(Table(name="Avant"))
    sheet = Table(name="Suivi")
    for repeated, cells in (
        (1, [odt_cell("Nom"), odt_cell("Né le"), odt_cell("Heures"), odt_cell("Nationalité")]),
        (2, [odt_cell("ALI"), odt_cell("#DIV/0 !", numbercolumnsrepeated="2", **zero)]),
        (1, [odt_cell("#REF!"), odt_cell("1990", comment="#REF!", **zero), odt_cell("Err:508")]),
        (1, [odt_cell("YILMAZ"), odt_cell(""), odt_cell("Err :508", **zero)]),
    ):
        row = TableRow(numberrowsrepeated=str(repeated))
        for cell in cells:
            row.addElement(cell)
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    file = tmp_path / "a.ods"
    document.save(str(file))
    rows, _ = read(file, "Suivi")
    assert rows == [
        Row(2, ["ALI", "#DIV/0 !", "#DIV/0 !", ""], None),
        Row(3, ["ALI", "#DIV/0 !", "#DIV/0 !", ""], None),
        Row(4, ["#REF!", "0", "Err:508", ""], None),
        Row(5, ["YILMAZ", "", "Err :508", ""], None),
    ]


def test_une_erreur_d_ods_sans_nom_connu_reste_une_erreur(tmp_path: Path) -> None:
    file = tmp_path / "a.ods"
    file.write_bytes((FOUND / "suivi.ods").read_bytes())
    patched(file, lambda text: text.replace("#REF!", "à revoir"), "content.xml")
    assert [row.cells[8] for row in read(file, "Suivi")[0]][2] == "#ERREUR!"
    assert is_sheet_error("#ERREUR!")


def test_une_erreur_que_calamine_ne_connait_pas_est_nommee(tmp_path: Path) -> None:
    file = made(tmp_path / "a.xlsx", [["Nom", "Né le"], ["ALI", "#N/A"]])
    patched(file, lambda text: text.replace("#N/A", "#CALC!"))
    with pytest.raises(RowsFailure, match="contient l'erreur « #CALC! »"):
        read(file)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("XFD1048576", id="dernier_coin"),
        pytest.param("B4000000000", id="ligne_impossible"),
    ],
)
def test_une_cellule_perdue_au_loin_ne_prend_pas_toute_la_memoire(
    place: str, tmp_path: Path
) -> None:
    file = made(tmp_path / "a.xlsx", [["Nom", "Né le"], ["ALI", 1990]])
    lost = f'<row r="{place.lstrip("BXFD")}"><c r="{place}"><v>1</v></c></row></sheetData>'
    patched(file, lambda text: text.replace("</sheetData>", lost))
    with pytest.raises(RowsFailure, match=f"jusqu'à la cellule {place},"):
        read(file)


def test_des_cellules_vides_mises_en_forme_au_loin_ne_genent_pas(tmp_path: Path) -> None:
    file = made(tmp_path / "a.xlsx", [["Nom", "Né le"], ["ALI", 1990]])
    styled = '<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    patched(file, lambda text: text.replace("</sheetData>", styled))
    assert read(file)[0] == [Row(2, ["ALI", "1990"], None)]


def encrypted_ods(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.xml", random.Random(1).randbytes(500))
        archive.writestr("META-INF/manifest.xml", "<m><manifest:encryption-data/></m>")


def encrypted_xlsx(file: Path) -> None:
    # A locked .xlsx is a compound file, as an .xls is: its one stream has this name.
    def name(text: str) -> bytes:
        return text.encode("utf-16-le").ljust(64, b"\0") + bytes([2 * len(text) + 2, 0])

    data = (FOUND / "suivi.xls").read_bytes()
    assert name("Workbook") in data
    file.write_bytes(data.replace(name("Workbook"), name("EncryptedPackage")))


@pytest.mark.parametrize("make", [encrypted_ods, encrypted_xlsx])
def test_un_classeur_protege_dit_quoi_faire(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "a")
    with pytest.raises(RowsFailure, match=r"mot de passe : .* enregistrez-le sans"):
        read(tmp_path / "a")


def test_un_xls_protege_dit_quoi_faire() -> None:
    with pytest.raises(RowsFailure, match=r"mot de passe : .* enregistrez-le sans"):
        read(FOUND / "protege.xls")


def tried(file: Path, data: bytes) -> bool:
    file.write_bytes(data)
    try:
        rows, _ = read(file, "Suivi")
    except (RowsFailure, UsageFailure):
        return False
    return all(row.fault or len(row.cells) == len(HEADER) for row in rows)


def test_un_xls_coupe_est_refuse_sans_trace(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """calamine panics on some of them, and a panic writes on the screen by itself."""
    whole = (FOUND / "suivi.xls").read_bytes()
    for size in range(8, len(whole) - 600, 293):
        assert not tried(tmp_path / "a.xls", whole[:size]), size
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["suivi.xls", "suivi.ods"])
def test_un_classeur_abime_ne_laisse_pas_de_trace(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = (FOUND / name).read_bytes()
    chance = random.Random(7)
    read_all = 0
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        read_all += tried(tmp_path / name, bytes(data))
    assert capfd.readouterr() == ("", "")
    assert read_all < 400


CSV = "Nom;Né le\r\nŒUVRARD;1990\r\n"
TSV = CSV.replace(";", "\t")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(CSV.encode("cp1252"), id="csv_windows"),
        pytest.param(CSV.encode("utf-8-sig"), id="csv_utf8"),
        pytest.param(TSV.encode("utf-16"), id="texte_unicode_d_excel"),
    ],
)
def test_un_csv_nomme_xls_est_lu(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "export.xls").write_bytes(data)
    assert read(tmp_path / "export.xls")[0] == [Row(2, ["ŒUVRARD", "1990"], None)]


@pytest.mark.parametrize(
    "start",
    ["<html><body><table>", "\n <TABLE border=1>", "<!DOCTYPE html>", '<?xml version="1.0"?>'],
)
def test_une_page_nommee_xls_dit_quoi_faire(start: str, tmp_path: Path) -> None:
    (tmp_path / "export.xls").write_text(f"{start}<tr><td>Nom</td></tr>", encoding="utf-8")
    with pytest.raises(RowsFailure, match=r"enregistrez-le en CSV UTF-8 ou en \.xlsx"):
        read(tmp_path / "export.xls")


def test_un_classeur_binaire_dit_quoi_faire(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsb", "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
    with pytest.raises(RowsFailure, match=r"binaire \(\.xlsb\) : enregistrez-le en \.xlsx"):
        read(tmp_path / "a.xlsb")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(9903012345.0, "9903012345", id="numero_agdref"),
        pytest.param(datetime.datetime.fromisoformat("2023-03-01T14:29:59.990"), "2023-03-01 14:30",
                     id="un_cheveu_avant_la_minute"),
        pytest.param(datetime.datetime.fromisoformat("2023-03-01T23:59:59.999"), "2023-03-02",
                     id="un_cheveu_avant_minuit"),
        pytest.param(datetime.datetime.fromisoformat("2023-03-01T14:29:59"), "2023-03-01 14:29",
                     id="de_vraies_secondes"),
        pytest.param(datetime.time(9, 4, 59, 999_999), "09:05", id="heure_seule"),
        pytest.param(datetime.timedelta(hours=26, minutes=30), "26:30", id="duree"),
    ],
)  # fmt: skip
def test_une_valeur_de_tableur_devient_un_texte(value: object, text: str) -> None:
    assert as_text(value) == text
