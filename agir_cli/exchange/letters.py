"""Letters as pages to print: HTML, DOCX and PDF, one A4 page each.

Every text is data: it is escaped, and what a screen or a printer would obey is made visible. A
letter with an address has it where the window of a French envelope is, and nothing else around.
Within a script written from right to left, numbers and addresses keep their own order.
"""

from __future__ import annotations

import json
import re
import unicodedata
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from agir_cli.exchange.cells import visible
from agir_cli.exchange.templates import Said
from agir_cli.failures import AgirFailure, UsageFailure, to_install
from agir_cli.shipped import data_file

FORMATS: Final = ("html", "docx", "pdf")
SIZES: Final = (11.5, 10.4, 9.4, 8.6, 7.9)
"""The letters of a page in points, in `letter.css` too: the first with which it has room."""
_FONTS: Final = ("fontpkg_noto_sans", "fontpkg_noto_sans_arabic")
_LEFT_TO_RIGHT: Final = "\u200e"
_NUMBERED: Final = re.compile(r"[+(]?[^\W_](?:[\w .,;:/'’()&+°-]*[^\W_])?")
"""A number with what belongs to it (02 40 00 00 00, 44-0001), an address (1 rue X, 44400 Rezé)."""
ARABIC_OR_HEBREW: Final = re.compile("([\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+)")


class Text(NamedTuple):
    """What a letter says in one language."""

    language: str
    title: str
    head: Sequence[str]
    parts: Sequence[Said]
    signature: Sequence[str]

    @property
    def rtl(self) -> bool:
        """Whether it is written from right to left: a quarter of its letters, or more, are.

        Not its first letter: « AGIR » begins a title in any script, and names stand in it.
        """
        told = (self.title, *self.head, *(line for part in self.parts for line in part.lines))
        sides = Counter(map(unicodedata.bidirectional, "".join(told)))
        return 3 * (sides["R"] + sides["AL"]) > sides["L"]

    @property
    def needs_a_font(self) -> bool:
        """Whether it is in a script that not every computer has a font of."""
        ours = ("LATIN", "GREEK", "CYRILLIC")
        letters = {each for part in self.parts for line in part.lines for each in line}
        return any(c.isalpha() and not unicodedata.name(c, "").startswith(ours) for c in letters)

    @property
    def legible(self) -> Text:
        """The same as it is printed: what a printer would obey shown, numbers in their order."""
        shown = _ordered if self.rtl else _held
        parts = [
            p._replace(title=shown(p.title), lines=tuple(map(shown, p.lines))) for p in self.parts
        ]
        return Text(self.language, shown(self.title), [*map(shown, self.head)], parts,
                    [*map(shown, self.signature)])  # fmt: skip

    def height(self, points: float, width: float) -> float:
        """How high it is in letters of so many points, in a column of this width: millimetres.

        Of a wide font, so that it is at least as high as what is printed.
        """
        paragraphs = [*self.head, *(line for part in self.parts for line in part.lines)]
        letters = width / (0.19 * points)
        lines = sum(1.25 + len(line) // letters for line in paragraphs)
        lines += 1.45 * (1 + len(self.title) // (letters / 1.4)) + len(self.signature) + 1.6
        lines += sum(1.95 for part in self.parts if part.title)
        return lines * points * 0.353 * 1.29


class Letter(NamedTuple):
    """One page: who sends it, where it goes (nothing where it is handed over), what it says."""

    sender: Sequence[str]
    address: Sequence[str]
    texts: Sequence[Text]

    @property
    def size(self) -> int:
        """Which of the `SIZES` lets it stand on one page, from 1."""
        width = 174 if len(self.texts) == 1 else 80
        room = 184 if self.address else 250
        for place, points in enumerate(SIZES, 1):
            if max(text.height(points, width) for text in self.texts) <= room:
                return place
        return len(SIZES)

    @property
    def window(self) -> float:
        """The letters of the address in points: its last line, the town, is never cut."""
        width, room = 88, 29  # millimetres, in the style and in the layout too

        def height(points: float) -> float:
            lines = sum(1 + len(line) // (width / (0.19 * points)) for line in self.address)
            return lines * points * 0.353 * 1.25

        return next((points for points in (11, 10, 9, 8, 7) if height(points) <= room), 6)

    @property
    def legible(self) -> Letter:
        """The same as it is printed."""
        return Letter([*map(_legible, self.sender)], [*map(_legible, self.address)],
                      [text.legible for text in self.texts])  # fmt: skip


def write_letters(
    letters: Sequence[Letter], title: str, logo: Path | None, form: str, out: BinaryIO, fonts: Path
) -> None:
    """Write these letters as one file; ``fonts``: the folder of the team's own, for a PDF.

    Raises `UsageFailure` where the extra is missing, `AgirFailure` where a font is.
    """
    picture = logo.read_bytes() if logo else b""
    printed, name = [letter.legible for letter in letters], _legible(title)
    if form == "pdf":
        out.write(_pdf(printed, name, picture, fonts))
    else:
        out.write({"html": _html, "docx": _docx}[form](printed, name, picture))


def _legible(text: str) -> str:
    """The text with what XML cannot hold, or a reader would obey, made visible."""
    return visible(text).encode("utf-8", "replace").decode()


def _held(text: str) -> str:
    return grouped(_legible(text))


def _ordered(text: str) -> str:
    """A legible text from right to left, in which a number or an address keeps its own order.

    Otherwise the groups of « 02 40 00 00 00 » or « 44-0001 » are printed last first, as the
    rules for two directions want it of numbers between such letters (Unicode, annex 9).
    """
    parts = ARABIC_OR_HEBREW.split(_legible(text))
    return "".join(_NUMBERED.sub(_kept, each) for each in parts)


def _kept(found: re.Match[str]) -> str:
    told = found[0]
    if told.isalnum() or not re.search(r"\d", told):
        return told
    return f"{_LEFT_TO_RIGHT}{grouped(told)}{_LEFT_TO_RIGHT}"


def grouped(text: str) -> str:
    """A text whose groups of figures hold together, also among letters from right to left."""
    return re.sub(r"(?<=\d) (?=\d)", "\u00a0", text)


def refuse_missing(form: str) -> None:
    """Raise `UsageFailure` where a format needs a library that is not installed."""
    needed = {"docx": ("docx",), "pdf": ("typst", *_FONTS)}.get(form, ())
    if not all(map(find_spec, needed)):
        raise UsageFailure(
            f"Le format {form} demande un complément qui n'est pas installé.",
            f"Installez-le : {to_install('papers')}",
            "Sans complément : --output lettre.html, et imprimez.",
        )


# --- a page to print ---------------------------------------------------------------------


def _html(letters: Sequence[Letter], title: str, logo: bytes) -> bytes:
    return "\n".join(_page(letters, title, logo)).encode("utf-8", "replace")


def _page(letters: Sequence[Letter], title: str, logo: bytes) -> Iterator[str]:
    from agir_cli.exchange.pages import POLICY

    yield '<!DOCTYPE html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">'
    yield f"<title>{escape(title)}</title>\n<style>"
    yield data_file("letters/letter.css").read_text("utf-8") + "</style>\n</head>\n<body>"
    kind = "png" if logo.startswith(b"\x89PNG") else "jpeg"
    picture = f'<img alt="" src="data:image/{kind};base64,{b64encode(logo).decode()}">'
    for letter in letters:
        posted = " posted" if letter.address else ""
        yield f'<article class="sheet s{letter.size}{posted}">'
        yield f'<div class="sender">{picture if logo else ""}{_lines(letter.sender)}</div>'
        if letter.address:
            points = f"{letter.window}pt"
            yield f'<div class="address" style="font-size:{points}">{_lines(letter.address)}</div>'
        yield '<div class="texts">'
        for text in letter.texts:
            side = ' dir="rtl"' if text.rtl else ""
            yield f'<div lang="{escape(text.language)}"{side}>\n<h1>{escape(text.title)}</h1>'
            yield _lines(text.head)
            for part in text.parts:
                yield f"<h2>{escape(part.title)}</h2>" if part.title else ""
                yield _lines(part.lines)
            yield f'<div class="signature">{_lines(text.signature)}</div>\n</div>'
        yield "</div>\n</article>"
    yield "</body>\n</html>\n"


def _lines(lines: Sequence[str]) -> str:
    """Paragraphs; lines that begin with « - » are points of one list."""
    written, points = [], False
    for line in lines:
        point = line.startswith("- ")
        if point != points:
            written.append("<ul>" if point else "</ul>")
        points = point
        written.append(f"<li>{escape(line[2:])}</li>" if point else f"<p>{escape(line)}</p>")
    return "\n".join([*written, "</ul>"] if points else written)


# --- DOCX --------------------------------------------------------------------------------


def _docx(letters: Sequence[Letter], title: str, logo: bytes) -> bytes:
    from docx import Document
    from docx.enum.section import WD_SECTION
    from docx.shared import Mm

    document: Any = Document()
    document.core_properties.title = title
    document.core_properties.author = "agir"
    for place, letter in enumerate(letters):
        section = document.sections[0] if place == 0 else document.add_section(WD_SECTION.NEW_PAGE)
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(18)
        section.top_margin, section.bottom_margin = Mm(14), Mm(10)
        size = SIZES[letter.size - 1] - 0.4
        _head(document, letter, logo)
        table = document.add_table(rows=1, cols=len(letter.texts))
        for cell, text in zip(table.rows[0].cells, letter.texts, strict=True):
            _column(cell, text, size)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _head(document: Any, letter: Letter, logo: bytes) -> None:
    """The sender, and the address in the window: a row of a fixed height, down to the text."""
    from docx.enum.table import WD_ROW_HEIGHT_RULE
    from docx.shared import Mm

    table = document.add_table(rows=2 if letter.address else 1, cols=2)
    table.autofit = False
    for row in table.rows:
        row.cells[0].width, row.cells[1].width = Mm(86), Mm(88)
    first = table.rows[0].cells[0].paragraphs[0]
    if logo:
        first.add_run().add_picture(BytesIO(logo), height=Mm(14))
    _written(table.rows[0].cells[0], letter.sender, 10, fresh=not logo)
    if letter.address:
        for row, height in zip(table.rows, (36, 47), strict=True):
            row.height, row.height_rule = Mm(height), WD_ROW_HEIGHT_RULE.EXACTLY
        _written(table.rows[1].cells[1], letter.address, letter.window)
    _paragraph(document, "", 2)


def _column(cell: Any, text: Text, size: float) -> None:
    _written(cell, [text.title], size * 1.3, bold=True, rtl=text.rtl, after=4)
    _written(cell, text.head, size, rtl=text.rtl, fresh=False)
    for part in text.parts:
        if part.title:
            _paragraph(cell, part.title, size * 1.05, bold=True, rtl=text.rtl, before=5)
        _written(cell, part.lines, size, rtl=text.rtl, fresh=False)
    _paragraph(cell, "", size)
    _written(cell, text.signature, size, rtl=text.rtl, fresh=False)


def _written(place: Any, lines: Sequence[str], size: float, *, fresh: bool = True,
             **look: Any) -> None:  # fmt: skip
    """Lines as paragraphs; a fresh cell has one that is empty, to begin with."""
    for number, line in enumerate(lines):
        told = f"•\u00a0{line[2:]}" if line.startswith("- ") else line
        known = place.paragraphs[0] if fresh and number == 0 else None
        _paragraph(place, told, size, known=known, **look)


def _paragraph(
    place: Any, text: str, size: float, *, known: Any = None, bold: bool = False,
    rtl: bool = False, before: float = 0, after: float = 1.5,
) -> None:  # fmt: skip
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph = known if known is not None else place.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(before)
    paragraph.paragraph_format.space_after = Pt(after)
    paragraph.paragraph_format.line_spacing = 1.0
    run = paragraph.add_run(text)
    font, points = run.font, round(size * 2) / 2
    font.size, font.name, font.bold, font.cs_bold = Pt(points), "Arial", bold, bold
    look = run._r.get_or_add_rPr()  # python-docx has no name for what follows
    look.rFonts.set(qn("w:cs"), "Arial")
    other = OxmlElement("w:szCs")  # the size of Arabic, Tamil, Bengali… letters
    other.set(qn("w:val"), str(round(points * 2)))
    look.insert_element_before(other, "w:rtl", "w:cs", "w:lang")
    if rtl:
        font.rtl = True
        where = paragraph._p.get_or_add_pPr()
        where.insert_element_before(OxmlElement("w:bidi"), "w:spacing", "w:ind", "w:jc")


# --- PDF ---------------------------------------------------------------------------------


def _pdf(letters: Sequence[Letter], title: str, logo: bytes, fonts: Path) -> bytes:
    from importlib import import_module

    typst: Any = import_module("typst")
    sheets = [
        {**sheet._asdict(), "window": sheet.window,
         "texts": [{**text._asdict(), "rtl": text.rtl} for text in sheet.texts]}
        for sheet in letters
    ]  # fmt: skip
    places = [Path(import_module(each).ROOT) / "files" for each in _FONTS]
    why = ""
    # A PDF/A may hold no letter without a shape: it says which one no font here has.
    for standards in (["a-2b"], []):
        try:
            written: bytes = typst.compile(
                data_file("letters/letter.typ").read_bytes(),
                font_paths=[str(place) for place in (*places, fonts) if place.is_dir()],
                sys_inputs={
                    "sheets": json.dumps(sheets), "title": title, "logo": json.dumps(list(logo)),
                },
                pdf_standards=standards,
            )  # fmt: skip
        except RuntimeError as error:  # typst's own errors: a logo that is no picture
            why = str(error).splitlines()[0][:200]
            if missing := re.search(r'the text `"(.+)"` could not be displayed', why):
                raise _without_font(letters, missing[1], fonts) from None
        else:
            return written
    raise AgirFailure("Le PDF n'a pas pu être écrit.", why)


def _without_font(letters: Sequence[Letter], letter: str, fonts: Path) -> AgirFailure:
    """What to say of a letter that would be printed as an empty box."""
    texts = (text for each in letters for text in each.texts)
    told = next((t.language for t in texts if letter in json.dumps(t, ensure_ascii=False)), "")
    return AgirFailure(
        f"Le PDF n'est pas écrit : aucune police d'ici n'a la lettre « {letter} »"
        + (f" (langue « {told} »)." if told else "."),
        f"À faire : posez une police qui l'a (.ttf ou .otf ; « Noto Sans ») dans {fonts}.",
        "Ou --langue aucune ; ou --output papier.html, à regarder avant d'imprimer.",
    )
