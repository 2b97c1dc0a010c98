"""``agir report board``: a page that stands alone, names nobody, and that everybody can read."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from agir_cli.cli.app import main
from agir_cli.domain.events import Kind
from tests.browser import axe, console, measured, needs_axe, needs_browser, screenshot
from tests.reports.building import accepted, add, event, new_file, validated

TODAY = "2023-10-09"
HOSTILE = '<script>alert(1)</script>"&[bold]'


def board(path: Path, target: Path, *words: str, day: str = TODAY) -> str:
    before = ("--quiet", "--db", str(path), "--today", day)
    assert main([*before, "report", "board", "--output", str(target), *words]) == 0
    return target.read_text("utf-8")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "essai.db"
    file = new_file(path)
    held = event(Kind.DIAGNOSIS_HELD, "2023-08-20")
    designated = event(Kind.REFERENT_DESIGNATED, "2023-09-01")
    for number in range(1, 31):
        late = [*accepted("2023-08-01", "2023-08-01"), held, designated]
        add(file, number, *(late if number % 3 else [validated("2023-10-05")]), nom=HOSTILE)
    for number in range(31, 34):
        add(file, number, *accepted("2023-08-01", "2023-08-01"), department="85")
    file.close()
    return path


@pytest.fixture(scope="module")
def pages(built_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The demonstration's page of the webinar's day, and one on which outcomes are judged."""
    folder = tmp_path_factory.mktemp("pages")
    made = {"2023-10-09": folder / "premiere.html", "2024-06-09": folder / "seconde.html"}
    for day, target in made.items():
        board(built_demo, target, day=day)
    return made


class _Page(HTMLParser):
    """Tags with their attributes, and the cells of the tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag in ("td", "th", "strong")
        if self._inside:
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.cells[-1] += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_webinar_s_figures_are_on_it(pages: dict[str, Path]) -> None:
    cells = _Page(pages["2023-10-09"].read_text("utf-8")).cells
    for row in (["44", "Tout le département", "1 028"], ["85", "Tout le département", "227"]):
        place = next(n for n, pair in enumerate(pairwise(cells)) if list(pair) == row[:2])
        assert cells[place + 2].replace("\u202f", " ") == row[2]
    assert {"682", "162", "66,3\xa0%", "71,4\xa0%"} <= set(cells)


@pytest.mark.parametrize("day", ["2023-10-09", "2024-06-09"])
def test_it_stands_alone_and_is_made_to_be_read(pages: dict[str, Path], day: str) -> None:
    html = pages[day].read_text("utf-8")
    page = _Page(html)
    assert "default-src 'none'" in html
    assert "<script" not in html
    outside = [a for _, a in page.tags if {"src", "href", "action", "srcset"} & set(a)]
    assert [a for a in outside if not (a.get("src") or "").startswith("data:image/svg+xml")] == []
    assert re.findall(r"https?:|url\(|@import", re.sub(r"base64,[\w+/=]+", "", html)) == []
    assert [len(page.named(tag)) for tag in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    assert page.named("html")[0]["lang"] == "fr"
    assert [a for a in page.named("img") if not a.get("alt")] == []
    assert [a for a in page.named("th") if a.get("scope") not in ("row", "col")] == []
    assert len(page.named("caption")) == len(page.named("table"))


def test_the_pictures_hold_no_script_and_no_day(pages: dict[str, Path]) -> None:
    from base64 import b64decode

    html = pages["2024-06-09"].read_text("utf-8")
    pictures = [b64decode(each).decode() for each in re.findall(r"base64,([\w+/=]+)", html)]
    assert len(pictures) >= 5
    assert [each for each in pictures if "<script" in each or "<!--" in each] == []


@pytest.mark.parametrize("day", ["2023-10-09", "2024-06-09"])
def test_no_name_no_reference_no_small_number(
    built_demo: Path, pages: dict[str, Path], day: str
) -> None:
    from agir_cli.store.file import open_file

    html = pages[day].read_text("utf-8")
    file = open_file(built_demo, write=False)
    names = {n for row in file.execute("SELECT nom, prenoms FROM people") for n in row if n}
    file.close()
    shown = set(re.findall(r"[\w'’-]+", re.sub(r"base64,[\w+/=]+", "", html)))
    assert {n for n in names if len(n) > 3} & shown == set()
    assert re.findall(r"\b(?:44|85)-\d{4}\b", html) == []
    persons = html.partition("Coordination des acteurs")[0]  # what follows counts no person
    assert {cell for cell in _Page(persons).cells if cell in {"1", "2", "3", "4"}} == set()


def test_the_same_day_gives_the_same_page(path: Path, tmp_path: Path) -> None:
    assert board(path, tmp_path / "a.html") == board(path, tmp_path / "b.html")


def test_small_numbers_are_hidden_unless_asked(path: Path, tmp_path: Path) -> None:
    masked = _Page(board(path, tmp_path / "a.html")).cells
    whole = _Page(board(path, tmp_path / "b.html", "--mask", "0")).cells
    assert "masqué" in masked
    assert "masqué" not in whole
    place = whole.index("85")
    assert whole[place + 2] == "3"
    assert masked[masked.index("85") + 2] == "masqué"


def test_names_are_there_on_demand_only_and_are_text(path: Path, tmp_path: Path) -> None:
    plain = board(path, tmp_path / "a.html")
    assert "alert(1)" not in plain
    assert "Document interne" not in plain
    listed = board(path, tmp_path / "b.html", "--lines")
    assert "44-0001" in listed
    assert "alert(1)" not in listed
    named = board(path, tmp_path / "c.html", "--names")
    assert "Document interne" in named
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;[bold]" in named
    assert "<script" not in named


def test_nobody_makes_a_page_that_says_so(path: Path, tmp_path: Path) -> None:
    html = board(path, tmp_path / "a.html", day="2020-01-01")
    assert "Aucune personne à cette date." in html


def test_filters_are_said(path: Path, tmp_path: Path) -> None:
    html = board(path, tmp_path / "a.html", "--department", "85", "--mask", "0")
    assert "Périmètre : département 85." in html
    assert ">44<" not in html


@pytest.mark.parametrize(
    "words",
    [("--format", "csv"), ("--columns", "dossier"), ("--excel",), ("--mask", "-1")],
    ids=["autre format", "colonnes", "tableur", "masque négatif"],
)
def test_what_a_page_cannot_do_is_refused(
    capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    target = tmp_path / "page.html"
    code = main(["--db", str(path), "report", "board", "--output", str(target), *words])
    assert code == 2
    assert capsys.readouterr().err.startswith("Erreur : ")
    assert not target.exists()


# --- in a browser ------------------------------------------------------------------------


@needs_browser
@pytest.mark.parametrize("day", ["2023-10-09", "2024-06-09"])
def test_it_opens_without_a_word_on_the_console(
    pages: dict[str, Path], tmp_path: Path, day: str
) -> None:
    assert console(pages[day], tmp_path) == []


@needs_browser
def test_the_console_is_listened_to(tmp_path: Path) -> None:
    page = tmp_path / "faute.html"
    page.write_text("<html><body><script>console.error('faute');</script></body></html>", "utf-8")
    assert any("faute" in line for line in console(page, tmp_path))


@needs_browser
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_it_reads_at_any_width(pages: dict[str, Path], tmp_path: Path, width: int) -> None:
    found = measured(pages["2024-06-09"].read_text("utf-8"), tmp_path, width)
    assert found["out"] == []
    assert found["width"] <= width
    assert found["smallest"] >= 12


@needs_browser
def test_its_picture_is_not_blank(pages: dict[str, Path], tmp_path: Path) -> None:
    blank = tmp_path / "vide.html"
    blank.write_text("<html><body></body></html>", "utf-8")
    shot = screenshot(pages["2024-06-09"], tmp_path, "page.png", 1280, 2000)
    assert len(shot) > 10 * len(screenshot(blank, tmp_path, "vide.png", 1280, 2000))


@needs_browser
@needs_axe
@pytest.mark.parametrize("day", ["2023-10-09", "2024-06-09"])
def test_axe_finds_nothing(pages: dict[str, Path], tmp_path: Path, day: str) -> None:
    assert axe(pages[day].read_text("utf-8"), tmp_path) == []


@needs_browser
@needs_axe
def test_axe_sees_a_planted_fault(tmp_path: Path) -> None:
    html = "<html><body><main><h1>Essai</h1><img src='data:,'></main></body></html>"
    assert "image-alt" in {found["id"] for found in axe(html, tmp_path)}
