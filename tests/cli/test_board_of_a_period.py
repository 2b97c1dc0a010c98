"""The committee's page and workbook of a period: what moved, who must act, the team's own words."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest

from agir_cli.cli.app import main

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture(scope="module")
def folder(built_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's page of a quarter, and its workbook."""
    folder = tmp_path_factory.mktemp("comite")
    (folder / "logo.png").write_bytes(PNG)
    before = ["--quiet", "--db", str(built_demo), "--today", "2023-10-09", "report", "board"]
    asked = [*before, "--period", "2023-T3"]
    page = ["--logo", str(folder / "logo.png"), "--signature", "Direction <AGIR>",
            "--output", str(folder / "t3.html")]  # fmt: skip
    assert main([*asked, *page]) == 0
    assert main([*asked, "--output", str(folder / "t3.xlsx")]) == 0
    assert main([*before, "--comments", "Bon trimestre.\nÀ suivre.",
                 "--output", str(folder / "jour.html")]) == 0  # fmt: skip
    return folder


def test_the_page_has_the_period_the_months_who_must_act_and_the_durations(folder: Path) -> None:
    page = (folder / "t3.html").read_text("utf-8")
    for told in (
        "Période : T3 2023", "Mois par mois", "Par qui doit agir", "Durée de chaque passage",
        "Entretiens de suivi", "Contrats signés (tirets)", "2023 au 30/09/2023",
    ):  # fmt: skip
        assert told in page
    day = (folder / "jour.html").read_text("utf-8")
    assert "Période :" not in day
    assert "Mois par mois" in day


def test_the_teams_logo_signature_and_comments(folder: Path) -> None:
    page = (folder / "t3.html").read_text("utf-8")
    assert 'class="logo" src="data:image/png;base64,' in page
    assert "Établi par Direction &lt;AGIR&gt;" in page
    assert page.count("<hr>") == 8, "lines to write on"
    day = (folder / "jour.html").read_text("utf-8")
    assert "<p>Bon trimestre.</p>" in day
    assert "<hr>" not in day
    assert "Établi par" not in day


def test_what_is_hidden_is_explained_under_its_own_table(folder: Path) -> None:
    page = (folder / "t3.html").read_text("utf-8")
    tables = re.findall(r"<table.*?</table>\n</div>\n(<p class=\"note\">[^<]*)?", page, re.DOTALL)
    bodies = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert len(tables) == len(bodies)
    for body, note in zip(bodies, tables, strict=True):
        assert ("masqué" in body) == ("effectif de 1 à 4" in note)
    assert "effectif de 1 à 4" not in page.partition("<footer>")[2]


def test_the_workbook_has_a_sheet_a_subject_with_numbers(folder: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO((folder / "t3.xlsx").read_bytes()))
    assert book.sheetnames[:4] == ["Entonnoir", "Mois", "Période", "Délais"]
    for sheet in book.worksheets[:-1]:
        said = [str(row[0].value) for row in sheet.iter_rows(max_row=4)]
        assert any("09/10/2023" in text for text in said), sheet.title
        assert any("nité" in text or "Jugées" in text for text in said), sheet.title
        assert sheet.page_setup.orientation == "landscape"
    months = {row[0]: row[1] for row in book["Mois"].iter_rows(values_only=True)}
    assert months["septembre 2023"] == 217
    period = {row[0]: row[1:4] for row in book["Période"].iter_rows(values_only=True, max_row=9)}
    assert period["Entrées"] == (506, 523, 1206)
    cells = [cell for row in book["Entonnoir"].iter_rows() for cell in row]
    assert any(cell.number_format == "0.0 %" for cell in cells)
    rows = [[cell.value for cell in row] for row in book["Entonnoir"].iter_rows()]
    empty = max(n for n, row in enumerate(rows) if not any(row))
    assert {row[1] for row in rows[empty + 1 :]} <= {None, ""}, "totals stand apart, below"


def test_nobody_is_named(folder: Path, built_demo: Path) -> None:
    import sqlite3

    with sqlite3.connect(built_demo) as connection:
        names = [name for (name,) in connection.execute("SELECT DISTINCT nom FROM people")]
        references = [r for (r,) in connection.execute("SELECT dossier FROM dossiers LIMIT 50")]
    page = (folder / "t3.html").read_text("utf-8")
    book = openpyxl.load_workbook(folder / "t3.xlsx")
    cells = " ".join(
        str(c) for s in book for row in s.iter_rows(values_only=True) for c in row if c
    )
    for word in (*names, *references):
        assert not re.search(rf"\b{re.escape(word)}\b", cells), word
        assert not re.search(rf"\b{re.escape(word)}\b", re.sub('base64,[^"]*', "", page)), word


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--logo", "rien.png"], "ne peut pas être lu"),
        (["--logo", "texte.png"], "n'est pas une image"),
        (["--format", "csv"], "une page html, ou un classeur xlsx"),
        (["--format", "xlsx", "--output", "x.html"], "porte le nom d'un autre format"),
        (["--period", "2024"], "est à venir"),
    ],
    ids=["sans fichier", "pas une image", "csv", "deux formats", "à venir"],
)
def test_what_a_page_cannot_be_made_of(
    built_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], words: list[str], told: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "texte.png").write_text("bonjour")
    output = [] if "--output" in words else ["--output", "page.html"]
    asked = ["--db", str(built_demo), "--today", "2023-10-09", "report", "board", *words, *output]
    if "csv" in words:
        asked = asked[:-2]
    assert main(asked) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "page.html").exists()
