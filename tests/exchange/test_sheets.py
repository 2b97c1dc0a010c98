"""Workbooks made by other programs than ours (openpyxl, odfpy), read cell by cell."""

from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agir_cli.exchange.accents import mended
from agir_cli.exchange.headers import headings, recogniser
from agir_cli.exchange.tables import open_table
from agir_cli.exchange.writing import write_rows
from agir_cli.failures import RowsFailure, UsageFailure

KNOWN = recogniser(headings())


def workbook(file: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Suivi"
    for row in (
        ["Suivi AGIR 2023"],
        [],
        ["Nom", "Né le", "RDV diagnostic", "N° étranger", "heures", "signé", None],
        ["SAHIN", datetime.date(1990, 2, 5), datetime.datetime.fromisoformat("2023-03-01T14:30")],
        [],
        ["ALI", "1990", None, 123456789, 1.5, True],
        ["'=1", "05/02/1990", None, "0123456789", 12, False],
        ["X", None, None, None, None, None, "en trop"],
        ["Total", 3],
    ):
        sheet.append(row)
    book.create_sheet("Autre").append(["Nom"])
    book.create_sheet("Vide")
    book.save(file)
    return file


def test_un_classeur_est_lu_cellule_par_cellule(tmp_path: Path) -> None:
    file = workbook(tmp_path / "suivi.xlsx")
    with open_table(str(file), known=KNOWN) as table:
        rows = list(table.rows())
        assert table.header == ("Nom", "Né le", "RDV diagnostic", "N° étranger", "heures", "signé")
        assert [(row.line, row.cells) for row in rows if not row.fault] == [
            (4, ["SAHIN", "1990-02-05", "2023-03-01 14:30", "", "", ""]),
            (6, ["ALI", "1990", "", "123456789", "1.5", "oui"]),
            (7, ["=1", "05/02/1990", "", "0123456789", "12", "non"]),
        ]
        assert [(row.line, row.fault) for row in rows if row.fault] == [(8, rows[-1].fault)]
        assert table.notes == ["ligne 9 : ligne de total, laissée de côté"]
        assert table.described == (
            "fichier lu : classeur .xlsx, feuille « Suivi », 2 lignes au-dessus de l'en-tête "
            "(« Suivi AGIR 2023 »), 6 colonnes"
        )


def test_un_classeur_est_reconnu_a_son_contenu(tmp_path: Path) -> None:
    file = workbook(tmp_path / "suivi.csv")
    with open_table(str(file), known=KNOWN) as table:
        assert table.dialect.kind == "xlsx"


def test_la_feuille_demandee_ou_la_liste_des_feuilles(tmp_path: Path) -> None:
    file = str(workbook(tmp_path / "suivi.xlsx"))
    with pytest.raises(RowsFailure, match="aucune ligne : « Nom »"):
        open_table(file, sheet="autre")
    with pytest.raises(UsageFailure) as failure:
        open_table(file, sheet="Absente")
    assert failure.value.details == ("Feuilles : « Suivi », « Autre », « Vide »",)
    with pytest.raises(RowsFailure, match="est vide"):
        open_table(file, sheet="Vide")


def test_un_classeur_coupe_est_refuse(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "suivi.xlsx").read_bytes()
    file = tmp_path / "coupe.xlsx"
    for size in (10, 100, len(whole) // 2, len(whole) - 5):
        file.write_bytes(whole[:size])
        with pytest.raises(RowsFailure):
            open_table(str(file))


@settings(max_examples=150, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=5),
    cut=st.integers(0, 200),
)
def test_un_classeur_abime_ne_leve_que_nos_echecs(
    changes: list[tuple[int, int]], cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "abime.xlsx"
    data = bytearray(workbook(file).read_bytes())
    for place, byte in changes:
        data[place % len(data)] = byte
    file.write_bytes(data[: len(data) - cut])
    try:
        with open_table(str(file), known=KNOWN) as table:
            rows = list(table.rows())
    except (RowsFailure, UsageFailure):
        return
    assert all(row.fault or len(row.cells) == len(table.header) for row in rows)


def test_sans_le_complement_une_phrase_dit_quoi_installer(tmp_path: Path) -> None:
    file = workbook(tmp_path / "suivi.xlsx")
    program = (
        "import io, sys\n"
        "sys.modules['python_calamine'] = sys.modules['xlsxwriter'] = None\n"
        "from agir_cli.exchange.tables import open_table\n"
        "from agir_cli.exchange.writing import write_rows\n"
        "from agir_cli.failures import UsageFailure\n"
        "for act in (lambda: open_table(sys.argv[1]),\n"
        "            lambda: write_rows([], ['a'], format='xlsx', out=io.BytesIO())):\n"
        "    try:\n"
        "        act()\n"
        "    except UsageFailure as failure:\n"
        "        print('pipx install' in failure.details[0])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(file)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert ended.stdout.split() == ["True", "True"]


def test_un_ods_est_lu_comme_un_xlsx(tmp_path: Path) -> None:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    def cell(text: str, **attributes: str) -> TableCell:
        made = TableCell(**{"valuetype": "string", **attributes})
        made.addElement(P(text=text))
        return made

    document = OpenDocumentSpreadsheet()
    sheet = Table(name="Feuille1")
    for cells in (
        [cell("Nom"), cell("Né le"), cell("N° étranger"), cell("heures")],
        [
            cell("ÉLOÏSE"),
            cell("05/02/1990", valuetype="date", datevalue="1990-02-05"),
            cell("0123456789"),
            cell("12", valuetype="float", value="12"),
        ],
    ):
        row = TableRow()
        for one in cells:
            row.addElement(one)
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    file = tmp_path / "a.ods"
    document.save(str(file))
    with open_table(str(file), known=KNOWN) as table:
        assert table.dialect.kind == "ods"
        assert [row.cells for row in table.rows()] == [["ÉLOÏSE", "1990-02-05", "0123456789", "12"]]


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=8
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_tout_texte_survit_au_classeur(
    rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "texte.xlsx"
    with file.open("wb") as out:
        write_rows(
            [("44-0001", *row) for row in rows], ["dossier", "a", "b"], format="xlsx", out=out
        )
    with open_table(str(file)) as table:
        found = [tuple(map(mended, row.cells[1:])) for row in table.rows()]
    # Accents damaged on the way are put right as they are read.
    assert found == [tuple(map(mended, row)) for row in rows]


def test_le_classeur_ecrit_a_de_vraies_dates_un_filtre_et_un_en_tete_fige(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    long = "un nom vraiment très long pour une colonne"
    with file.open("wb") as out:
        write_rows(
            [(long, "2023-01-25", "2023-01-25 14:30"), ("=1+1", "2023-02", "")],
            ["Nom", "date_cir", "rdv"],
            format="xlsx",
            out=out,
            text_columns=["Nom"],
            dates=["date_cir", "rdv"],
        )
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    assert sheet["A1"].value == "Nom"
    assert sheet["B2"].value == datetime.datetime.fromisoformat("2023-01-25")
    assert sheet["B2"].is_date
    assert sheet["C2"].value == datetime.datetime.fromisoformat("2023-01-25T14:30")
    assert (sheet["A3"].value, sheet["A3"].data_type, sheet["B3"].value) == (
        "'=1+1",
        "s",
        "2023-02",
    )
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C3"
    assert sheet.column_dimensions["A"].width > len(long)


def test_ce_qu_un_classeur_ne_peut_contenir_est_dit(tmp_path: Path) -> None:
    with (
        (tmp_path / "a.xlsx").open("wb") as out,
        pytest.raises(UsageFailure, match="32 767"),
    ):
        write_rows([("x" * 32_768,)], ["a"], format="xlsx", out=out)
