"""Workbooks of a few kilobytes that would fill the memory: refused in little room and time."""

from __future__ import annotations

import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.store.faulty import ROOT

ROOM, SECONDS = 400 << 20, 10

_BOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="A" sheetId="1" r:id="rId1"/></sheets>%s</workbook>'
)
_LINKS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"'
    ' Target="sharedStrings.xml"/></Relationships>'
)
_ROOT = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>nom</t></is></c></row>'
)
_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text='
    '"urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="A"><table:table-row><table:table-cell office:value-type="string">'
    "<text:p>nom</text:p></table:table-cell></table:table-row>"
)
_ODS_END = "</table:table></office:spreadsheet></office:body></office:document-content>"
_WIDE = ' table:number-columns-repeated="%d"'
_MERGED = '<mergeCell ref="A2:A50000"/>'
_CELL = '<table:table-cell%s office:value-type="string"><text:p>%s</text:p></table:table-cell>'

Parts = dict[str, Iterator[str]]


def _xlsx(
    rows: Iterator[str], texts: Iterator[str] | None = None, book: str = "", end: str = ""
) -> Parts:
    def sheet() -> Iterator[str]:
        yield _SHEET
        yield from rows
        yield f"</sheetData>{end}</worksheet>"

    def shared() -> Iterator[str]:
        yield '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        yield from texts or ()
        yield "</sst>"

    return {
        "_rels/.rels": iter([_ROOT]),
        "xl/workbook.xml": (part for part in (_BOOK % book,)),
        "xl/_rels/workbook.xml.rels": iter([_LINKS]),
        "xl/worksheets/sheet1.xml": sheet(),
        "xl/sharedStrings.xml": shared(),
    }


def _ods(rows: Iterator[str], manifest: Iterator[str] | None = None) -> Parts:
    def content() -> Iterator[str]:
        yield _ODS
        yield from rows
        yield _ODS_END

    def listed() -> Iterator[str]:
        yield "<manifest>"
        yield from manifest or ()
        yield "</manifest>"

    return {"META-INF/manifest.xml": listed(), "content.xml": content()}


def _again(text: str, times: int) -> Iterator[str]:
    block = text * 1000
    return (block for _ in range(times // 1000))


def _row(n: int) -> str:
    return f'<table:table-row table:number-rows-repeated="{n}">'


BOMBS: dict[str, Callable[[], Parts]] = {
    "lignes sans numéro": lambda: _xlsx(_again("<row><c><v>1</v></c></row>", 7_000_000)),
    "lignes vides": lambda: _xlsx(_again("<row/>", 30_000_000)),
    "cellules sans référence": lambda: _xlsx(
        iter([f"<row>{'<c/>' * 16000}<c><v>1</v></c></row>", *["<row><c><v>1</v></c></row>"] * 900])
    ),
    "petits textes partagés": lambda: _xlsx(iter(()), _again("<si><t>a</t></si>", 11_000_000)),
    "une cellule d'un gigaoctet": lambda: _xlsx(
        iter(()), iter(["<si><t>", *["a" * (1 << 20)] * 1024, "</t></si>"])
    ),
    "un long texte, mille fois": lambda: _xlsx(
        _again('<row><c t="s"><v>0</v></c></row>', 100_000),
        iter([f"<si><t>{'a' * 32_000}</t></si>"]),
    ),
    "des blancs dans le classeur": lambda: _xlsx(iter(()), book=" " * (1 << 28)),
    "une cellule très loin": lambda: _xlsx(
        iter(['<row r="9"><c r="XFD9"><v>1</v></c></row><row r="900000"><c r="A900000"><v>1</v></c>'
              "</row>"])
    ),
    "une cellule assez loin": lambda: _xlsx(
        iter(['<row r="9"><c r="Z9"><v>1</v></c></row><row r="700000"><c r="A700000"><v>1</v></c>'
              "</row>"])
    ),
    "des plages fusionnées": lambda: _xlsx(
        iter(['<row r="2"><c r="A2"><v>1</v></c></row><row r="50000"><c r="A50000"><v>1</v></c>'
              "</row>"]),
        end="<mergeCells>" + _MERGED * 20_000 + "</mergeCells>",
    ),
    "ods : une ligne répétée": lambda: _ods(
        iter([_row(1_000_000) + _CELL % ("", "x") * 10 + "</table:table-row>"])
    ),
    "ods : une cellule répétée": lambda: _ods(
        _again("<table:table-row>" + _CELL % (_WIDE % 16_000, "x") + "</table:table-row>", 1000)
    ),
    "ods : un texte immense": lambda: _ods(
        iter(["<table:table-row><table:table-cell><text:p>", *["a" * (1 << 20)] * 1024,
              "</text:p></table:table-cell></table:table-row>"])
    ),
    "ods : un long texte répété": lambda: _ods(
        iter([_row(1000) + _CELL % (_WIDE % 1000, "a" * 30_000) + "</table:table-row>"])
    ),
    "ods : des blancs dans le manifeste": lambda: _ods(iter(()), _again(" ", 1 << 28)),
}  # fmt: skip

_READ = """
import resource, sys
from agir_cli.exchange.tables import open_table
from agir_cli.failures import RowsFailure
try:
    table = open_table(sys.argv[1], known=lambda heading: heading if heading == "nom" else None)
    print(sum(1 for _ in table.rows()))
except RowsFailure as failure:
    print(failure.sentence)
    print("used", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    sys.exit(5)
"""


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2 * ROOM, 2 * ROOM))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


@pytest.mark.skipif(sys.platform != "linux", reason="limits are Linux's")
@pytest.mark.parametrize("case", BOMBS)
def test_a_bomb_is_refused_in_little_room_and_time(case: str, tmp_path: Path) -> None:
    path = tmp_path / ("bombe.ods" if case.startswith("ods") else "bombe.xlsx")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, texts in BOMBS[case]().items():
            with archive.open(name, "w") as part:
                for text in texts:
                    part.write(text.encode())
    assert path.stat().st_size < 20 << 20
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(path)], cwd=ROOT, capture_output=True, text=True,
        preexec_fn=_limits,
    )  # fmt: skip
    assert done.returncode == 5, (done.returncode, done.stdout[-500:], done.stderr[-2000:])
    sentence, used = done.stdout.splitlines()
    assert "ne peut pas être lu" in sentence or "trop loin pour être lue" in sentence
    assert int(used.split()[1]) * 1024 < ROOM


def test_rows_that_are_blank_up_to_the_last_column_take_no_room(tmp_path: Path) -> None:
    """LibreOffice repeats a blank cell to the end of each row: an export of 1,300 dossiers."""
    path, rows = tmp_path / "liste.ods", 2000
    blank = f"<table:table-cell{_WIDE % 16_383}/></table:table-row>"
    row = "<table:table-row>" + _CELL % ("", "x" * 60) + blank
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        for name, texts in _ods(_again(row, rows)).items():
            archive.writestr(name, "".join(texts))
    done = subprocess.run([sys.executable, "-c", _READ, str(path)], cwd=ROOT, capture_output=True,
                          text=True)  # fmt: skip
    assert (done.returncode, done.stdout) == (0, f"{rows}\n"), done.stdout + done.stderr
