"""What a workbook does not say of itself: results never stored, merged and hidden rows, cells
under no heading, the day that only Excel has. Files of openpyxl and odfpy; LibreOffice's shapes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from agir_cli.exchange.headers import headings, recogniser
from agir_cli.exchange.rows import Row
from agir_cli.exchange.tables import open_table

KNOWN = recogniser(headings())
HEADER = ["Nom", "Prénoms", "Né le"]


def read(file: Path) -> tuple[list[Row], list[str]]:
    with open_table(str(file), known=KNOWN) as table:
        rows = list(table.rows())
        notes = list(table.notes)
        assert list(table.rows()) == rows, "a second reading gives the same rows"
        assert table.notes == notes
        return rows, notes


def made(file: Path, rows: list[list[Any]], touch: Callable[[Any], None] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if touch:
        touch(sheet)
    book.save(file)
    return file


def patched(file: Path, change: Callable[[str], str], part: str = "xl/worksheets/sheet1") -> Path:
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, change(data.decode()) if name.startswith(part) else data)
    return file


NO_RESULT = "le fichier ne garde pas le résultat"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text, id="valeur_vide"),
        pytest.param(lambda text: text.replace("<v />", "<v></v>"), id="valeur_ouverte_et_fermee"),
        pytest.param(lambda text: text.replace("<v />", "<v/>"), id="valeur_sans_espace"),
        pytest.param(lambda text: text.replace("<v />", ""), id="sans_valeur"),
        pytest.param(lambda text: text.replace("<v />", "\n <v> </v>\n"), id="sur_des_lignes"),
        pytest.param(
            lambda text: re.sub(r"<f>[^<]*</f>", '<f t="shared" si="0"/>', text), id="partagee"
        ),
        pytest.param(
            lambda text: re.sub(r"<(/?)([a-zA-Z])", r"<\1x:\2", text).replace("xmlns=", "xmlns:x="),
            id="espace_de_noms",
        ),
        pytest.param(lambda text: text.replace("<row", " " * (1 << 20) + "<row"), id="blocs"),
    ],
)
def test_une_formule_sans_resultat_est_une_erreur_de_sa_cellule(
    change: Callable[[str], str], tmp_path: Path
) -> None:
    rows = [HEADER, ["=UPPER(E2)", "Awa", 1990], ["BAH", "Ali", 1991]]
    assert read(patched(made(tmp_path / "a.xlsx", rows), change)) == (
        [Row(2, ["#ERREUR!", "Awa", "1990"], None), Row(3, ["BAH", "Ali", "1991"], None)],
        [
            f"une formule dont {NO_RESULT} (A2) : ouvrez-le dans un tableur, enregistrez-le, et "
            "relancez la commande"
        ],
    )


def test_une_formule_dont_le_texte_est_vide_est_une_cellule_vide(tmp_path: Path) -> None:
    rows = [HEADER, ["DIALLO", '=IF(E2="","",E2)', 1990], ["BAH", '=""', 1991]]
    file = made(tmp_path / "a.xlsx", rows)
    patched(file, lambda text: re.sub(r'(<c r="B[23]")', r'\1 t="str"', text))
    assert read(file) == (
        [Row(2, ["DIALLO", "", "1990"], None), Row(3, ["BAH", "", "1991"], None)],
        [],
    )


def test_une_formule_qui_a_son_resultat_est_lue(tmp_path: Path) -> None:
    file = made(tmp_path / "a.xlsx", [HEADER, ["DIALLO", "Awa", "=1900+90"]])
    patched(file, lambda text: re.sub("<v ?/>|<v></v>", "<v>1990</v>", text))
    assert read(file) == ([Row(2, ["DIALLO", "Awa", "1990"], None)], [])


def test_une_ligne_de_formules_sans_resultat_n_est_pas_laissee_de_cote(tmp_path: Path) -> None:
    """A sheet that mirrors another one, made by a program: nobody must be lost."""
    rows = [HEADER, ["DIALLO", "Awa", 1990], ["=E3", "=F3", "=G3"], ["Total", "=COUNTA(A2:A3)"]]
    found, notes = read(made(tmp_path / "a.xlsx", rows))
    assert found == [Row(2, ["DIALLO", "Awa", "1990"], None), Row(3, ["#ERREUR!"] * 3, None)]
    assert [note.partition(" :")[0] for note in notes] == [
        "ligne 4",
        f"4 formules dont {NO_RESULT} (A3, B3, C3, B4)",
    ]


def ods(file: Path, change: Callable[[str], str]) -> Path:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    document = OpenDocumentSpreadsheet()
    sheet = Table(name="Suivi")
    for cells in (HEADER, ["DIALLO", "Awa", "1990"], ["BAH", "Ali", "1991"]):
        row = TableRow()
        for text in cells:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=text))
            row.addElement(cell)
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    document.save(str(file))
    return patched(file, change, "content.xml")


AWA = '<table:table-cell office:value-type="string"><text:p>Awa</text:p></table:table-cell>'


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        pytest.param('table:formula="of:=[.E2]"/>', "#ERREUR!", id="formule_seule"),
        pytest.param('table:formula="of:=1" office:value-type="float"/>', "#ERREUR!", id="nombre"),
        pytest.param(
            'table:formula="of:=&quot;&quot;" office:value-type="string"><text:p/>'
            "</table:table-cell>",
            "",
            id="texte_vide",
        ),
        pytest.param(
            'table:formula="of:=&quot;&quot;"><text:p/></table:table-cell>',
            "",
            id="texte_vide_de_libreoffice",
        ),
        pytest.param(
            'table:formula="of:=[.E2]"></table:table-cell>', "#ERREUR!", id="ouverte_et_fermee"
        ),
        pytest.param(
            'table:formula="of:=7" office:value-type="float" office:value="7"/>', "7", id="valeur"
        ),
    ],
)
def test_un_ods_dont_une_formule_n_a_pas_de_resultat(cell: str, text: str, tmp_path: Path) -> None:
    file = ods(tmp_path / "a.ods", lambda xml: xml.replace(AWA, f"<table:table-cell {cell}"))
    rows, notes = read(file)
    assert rows[0] == Row(2, ["DIALLO", text, "1990"], None)
    assert [NO_RESULT in note for note in notes] == [True] * (text == "#ERREUR!")


def test_une_valeur_poussee_hors_du_tableau_est_nommee(tmp_path: Path) -> None:
    """The untitled column beside the last one: each value of the row may be a column too far."""
    rows = [[], [None, *HEADER], [None, "BAH", "Ali", 1991], [None, "DIALLO", "", "Awa", 1990]]
    found, notes = read(made(tmp_path / "a.xlsx", rows))
    assert found[0] == Row(3, ["BAH", "Ali", "1991"], None)
    assert found[1].fault == (
        "la cellule E4 est remplie, mais la colonne E n'a pas de titre dans l'en-tête : effacez "
        "la cellule, ou donnez un titre à la colonne"
    )
    assert notes == []


def test_une_note_a_cote_du_tableau_ne_refuse_personne(tmp_path: Path) -> None:
    rows = [[], [None, *HEADER], [None, "BAH", "Ali", 1991], [None, "DIALLO", "Awa", 1990]]

    def touch(sheet: Any) -> None:
        sheet["F3"] = "à voir"

    def touch_more(sheet: Any) -> None:
        sheet["F3"], sheet["S4"], sheet["S9"] = "à voir", "à revoir", "MÉMO"

    people = [Row(3, ["BAH", "Ali", "1991"], None), Row(4, ["DIALLO", "Awa", "1990"], None)]
    assert read(made(tmp_path / "a.xlsx", rows, touch)) == (
        people,
        ["cellule F3 : à côté du tableau, sous aucun titre, pas lue"],
    )
    assert read(made(tmp_path / "b.xlsx", rows, touch_more)) == (
        people,
        ["3 cellules à côté du tableau, sous aucun titre, ne sont pas lues (F3, S4, S9)"],
    )


def test_une_formule_sans_resultat_que_personne_ne_lit_n_est_pas_dite(tmp_path: Path) -> None:
    file = made(tmp_path / "a.xlsx", [["Nom", "Ancienneté"], ["BAH", "=TODAY()-1"]])
    with open_table(str(file), known=KNOWN) as table:
        assert [row.fault for row in table.rows()] == [None]
        assert len(table.notes) == 1
        table.read = frozenset({0})
        assert [row.fault for row in table.rows()] == [None]
        assert table.notes == []


FAMILY = [
    ["Nom", "Prénoms", "Mémo"],
    ["DIALLO", "Awa", "x"],
    [None, "Ali", None],
    [None, "Zoé", None],
    ["BAH", "Issa", None],
]


@pytest.mark.parametrize(
    ("merged", "faulty"),
    [
        pytest.param("A2:A4", [3, 4], id="le_nom"),
        pytest.param("A2:A3", [3], id="deux_lignes"),
        pytest.param("C2:C5", [], id="une_colonne_que_personne_ne_lit"),
        pytest.param("A2:B2", [2], id="en_largeur"),
        pytest.param("A1:A4", [2], id="avec_le_titre"),
        pytest.param("C3:C4", [], id="rien_dans_la_cellule"),
        pytest.param("A2:A1048576", [3, 4, 5], id="jusqu_en_bas"),
    ],
)
def test_une_ligne_sous_une_cellule_fusionnee_est_refusee(
    merged: str, faulty: list[int], tmp_path: Path
) -> None:
    file = made(tmp_path / "a.xlsx", FAMILY)
    ranges = f'</sheetData><mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>'
    patched(file, lambda text: text.replace("</sheetData>", ranges))
    rows, _ = read(file)
    assert [row.line for row in rows if row.fault] == faulty
    for row in rows:
        if row.fault:
            assert re.match(
                rf"la cellule {merged} est fusionnée"
                r"(?: sur les lignes 2 à \d+, et seule la ligne 2 a sa valeur : défusionnez-la, et "
                "recopiez la valeur sur chaque ligne|, et une valeur y est cachée : "
                "défusionnez-la, et gardez dans chaque case la bonne valeur)$",
                row.fault,
            )


def test_un_ods_dont_des_lignes_sont_fusionnees_ou_masquees(tmp_path: Path) -> None:
    def change(xml: str) -> str:
        xml = xml.replace(AWA, AWA.replace(" office", ' table:number-rows-spanned="2" office', 1))
        covered = re.sub(
            r"<table:table-cell [^>]*><text:p>Ali</text:p></table:table-cell>",
            "<table:covered-table-cell/>",
            xml,
        )
        at = covered.rindex("<table:table-row")
        return covered[:at] + covered[at:].replace(
            "<table:table-row", '<table:table-row table:visibility="filter"', 1
        )

    rows, notes = read(ods(tmp_path / "a.ods", change))
    assert rows[0] == Row(2, ["DIALLO", "Awa", "1990"], None)
    assert rows[1].fault is not None
    assert rows[1].fault.startswith("la cellule B2:B3 est fusionnée sur les lignes 2 à 3")
    assert notes == ["ligne 3 : masquée ou filtrée dans la feuille, lue comme les autres"]


def test_les_lignes_masquees_sont_lues_et_dites(tmp_path: Path) -> None:
    def touch(sheet: Any) -> None:
        for line in (1, 3, 4, 7):
            sheet.row_dimensions[line].hidden = True
        sheet.column_dimensions["B"].hidden = True

    rows = [["Liste"], HEADER, *([f"NOM {n}", "Awa", 1990] for n in range(3))]
    found, notes = read(made(tmp_path / "a.xlsx", rows, touch))
    assert [row.line for row in found] == [3, 4, 5]
    assert notes == [
        "2 lignes masquées ou filtrées dans la feuille, lues comme les autres (lignes 3, 4)"
    ]


def test_le_29_fevrier_1900_n_est_pas_la_veille(tmp_path: Path) -> None:
    def touch(sheet: Any) -> None:
        for line in range(2, 6):
            sheet.cell(line, 3).number_format = "dd/mm/yyyy"

    rows = [HEADER, *(["BAH", "Ali", serial] for serial in (59, 60, 61, 32_000)), ["X", "Y", 60]]
    found, _ = read(made(tmp_path / "a.xlsx", rows, touch))
    assert [row.cells[2] for row in found] == [
        "1900-02-28", "29/02/1900", "1900-03-01", "1987-08-11", "60",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "day", "text"),
    [
        pytest.param("mmm-yy", "2023-09-01", "2023-09", id="tape_09/2023"),
        pytest.param("mm/yyyy", "2023-09-01", "2023-09", id="mois_en_chiffres"),
        pytest.param("[$-40C]mmmm\\ yyyy;@", "2023-09-01", "2023-09", id="mois_en_lettres"),
        pytest.param("[$-40C]mmm-yy;@", "1990-01-01", "1990-01", id="janvier"),
        pytest.param("yyyy", "1990-01-01", "1990", id="annee"),
        pytest.param('"né en "yyyy', "1990-01-01", "1990", id="annee_et_mots"),
        pytest.param("mm/yyyy", "2023-09-14", "2023-09-14", id="un_jour_tape"),
        pytest.param("yyyy", "1990-03-01", "1990-03-01", id="un_mois_tape"),
        pytest.param("dd/mm/yyyy", "2023-09-01", "2023-09-01", id="jour"),
        pytest.param("[$-40C]d mmm yyyy", "1990-01-01", "1990-01-01", id="jour_en_lettres"),
    ],
)
def test_une_date_sans_jour_n_en_recoit_pas(
    shape: str, day: str, text: str, tmp_path: Path
) -> None:
    def touch(sheet: Any) -> None:
        for cell in ("C2", "D2"):
            sheet[cell].number_format = shape

    rows = [[*HEADER, "Mémo"], ["BAH", "Ali", date.fromisoformat(day), "2023-09-01"]]
    file = made(tmp_path / "a.xlsx", [*rows, ["DIALLO", "Awa", date(2023, 9, 1)]], touch)
    assert read(file) == (
        [
            Row(2, ["BAH", "Ali", text, "2023-09-01"], None),
            Row(3, ["DIALLO", "Awa", "2023-09-01", ""], None),
        ],
        [],
    )


def numbers(file: Path, *formats: str) -> Path:
    """A sheet whose numbers 123456789 and 1000 are shown by each of these formats."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Nom", *(f"N° {n}" for n in range(len(formats)))])
    for line, number in enumerate((123456789, 1000), 2):
        sheet.append(["DIALLO", *[number] * len(formats)])
        for place, code in enumerate(formats, 2):
            sheet.cell(line, place).number_format = code
    book.save(file)
    return file


@pytest.mark.parametrize(
    ("code", "long", "short"),
    [
        pytest.param("0000000000", "0123456789", "0000001000", id="dix_zeros"),
        pytest.param('0#" "##" "##" "##" "##', "0123456789", "0000001000", id="telephone"),
        pytest.param("00 00 00 00 00", "0123456789", "0000001000", id="par_deux"),
        pytest.param("00000", "123456789", "01000", id="code_postal"),
        pytest.param('"0"000000000', "0123456789", "0000001000", id="un_zero_ecrit"),
        pytest.param("\\0#", "0123456789", "01000", id="un_zero_echappe"),
        pytest.param("[<=9999999999]0000000000;[Red]General", "0123456789", "0000001000", id="si"),
        pytest.param('"+33 "#########', "+33123456789", "+331000", id="indicatif"),
        pytest.param('"N° "0000000000', "0123456789", "0000001000", id="un_mot_devant"),
        pytest.param("General", "123456789", "1000", id="standard"),
        pytest.param("#,##0", "123456789", "1000", id="milliers"),
        pytest.param("0.00", "123456789", "1000", id="decimales"),
        pytest.param("@", "123456789", "1000", id="texte"),
        pytest.param("0.00E+00", "123456789", "1000", id="scientifique"),
    ],
)
def test_les_zeros_qu_un_format_montre_sont_rendus(
    code: str, long: str, short: str, tmp_path: Path
) -> None:
    rows, notes = read(numbers(tmp_path / "a.xlsx", code))
    assert [row.cells[1] for row in rows] == [long, short]
    changed = [line for line, text in ((2, long), (3, short)) if text not in ("123456789", "1000")]
    assert [" ".join(re.findall(r"\d", note.partition("(")[2])) for note in notes] == (
        [] if not changed else ["3"] if changed == [3] else ["2 2 3"]
    )


def test_un_ods_rend_les_zeros_qu_il_montre(tmp_path: Path) -> None:
    cell = (
        '<table:table-cell office:value-type="float" office:value="{}"><text:p>{}</text:p>'
        "</table:table-cell>"
    )
    shown = [("123456789", "0123456789"), ("612345678", "06 12 34 56 78"), ("0.5", "0,5")]
    for value, text in shown:
        change = cell.format(value, text)
        file = ods(tmp_path / "a.ods", lambda xml, change=change: xml.replace(AWA, change))  # type: ignore[misc]
        rows, notes = read(file)
        digits = text.replace(" ", "")
        assert rows[0].cells[1] == (digits if digits.isdigit() else value)
        assert len(notes) == digits.isdigit()


@pytest.mark.parametrize(
    ("within", "text"),
    [
        ("Awa<text:tab/>Mariam", "Awa Mariam"),
        ("Awa<text:line-break/>Mariam", "Awa Mariam"),
        ("Awa<text:tab></text:tab>Mariam", "Awa Mariam"),
        ('Awa<text:tab text:tab-ref="1"/>Mariam', "Awa Mariam"),
        ("Awa<text:span>,<text:line-break/>Mariam</text:span>", "Awa, Mariam"),
        ("Awa<text:s/>Mariam", "Awa Mariam"),
    ],
)
def test_une_tabulation_dans_une_case_d_ods_est_une_espace(
    within: str, text: str, tmp_path: Path
) -> None:
    file = ods(tmp_path / "a.ods", lambda xml: xml.replace(">Awa<", f">{within}<"))
    rows, _ = read(file)
    assert rows[0].cells[1] == text


def test_un_ods_dont_une_case_fusionnee_en_cache_une_autre(tmp_path: Path) -> None:
    spread = '<table:table-cell table:number-columns-spanned="2" office:value-type="string">'

    def change(xml: str) -> str:
        before, _, after = xml.partition("<text:p>DIALLO</text:p>")
        before = before[: before.rindex("<table:table-cell")] + spread
        hidden = AWA.replace("table:table-cell", "table:covered-table-cell")
        return f"{before}<text:p>DIALLO Awa</text:p>{after}".replace(AWA, hidden)

    rows, _ = read(ods(tmp_path / "a.ods", change))
    assert [row.line for row in rows if row.fault] == [2]
    assert (rows[0].fault or "").startswith("la cellule A2:B2 est fusionnée, et une valeur y est")


@pytest.mark.parametrize("folder", ["xl", "xl/worksheets", "xl/_rels", "_rels"])
def test_une_archive_aux_separateurs_de_windows_est_lue(folder: str, tmp_path: Path) -> None:
    file = numbers(tmp_path / "a.xlsx", "0000000000")
    expected = read(file)
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            turned = name.startswith(f"{folder}/")
            archive.writestr(name.replace("/", "\\") if turned else name, data)
    assert read(file) == expected


def test_les_autres_feuilles_qui_ont_des_titres_sont_nommees(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "2023"
    for row in (HEADER, ["DIALLO", "Awa", 1990]):
        sheet.append(row)
    for name, rows in {
        "2022": [["Archives"], [], ["PRENOM", "NOM"], ["Ali", "BARRY"], [], ["Bo", "SOW"]],
        "Listes": [["Oui", "Logement"], ["Non", "Emploi"]],
        "Vide": [HEADER],
        "Cachée": [HEADER, ["KONE", "Ib", 1990]],
    }.items():
        other = book.create_sheet(name)
        for cells in rows:
            other.append(cells)
        other.sheet_state = "hidden" if name == "Cachée" else "visible"
    file = tmp_path / "a.xlsx"
    book.save(file)
    with open_table(str(file), known=KNOWN) as table:
        assert table.others == (("2022", 2),)
    with open_table(str(file), sheet="2023", known=KNOWN) as table:
        assert table.others == ()
