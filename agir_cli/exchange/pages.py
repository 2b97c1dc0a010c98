"""One self-contained HTML page: figures, charts, tables; nothing is fetched, nothing runs.

The policy in its head forbids every script and every address; charts are SVG pictures held in
the page, each with its text and a table beside it. Every text is data: it is escaped here.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterator, Sequence
from html import escape
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from agir_cli.exchange.cells import visible
from agir_cli.exchange.charts import COLOURS, Bars, Curves, draw
from agir_cli.failures import UsageFailure
from agir_cli.shipped import data_file

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'"
)


_NARROW: Final = 4
_SHORT: Final = 14


class Tile(NamedTuple):
    """A figure on its own: « 1 028 », what it counts, and a remark."""

    value: str
    label: str
    remark: str = ""


class Table(NamedTuple):
    """A table: the first ``leads`` cells of a row head it; ``whole`` holds the rows of totals."""

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    leads: int = 1
    whole: Collection[int] = ()
    texts: Collection[int] = ()
    """Columns, beside the leading ones, that hold words and not numbers."""
    note: str = ""
    """What is said under it: what a word of its cells means."""


class Chart(NamedTuple):
    """A chart; ``told`` says in words what it shows, for who does not see it."""

    title: str
    told: str
    bars: Bars | Curves


class Moment(NamedTuple):
    """A line of a dossier's life. ``state``: ``done``, ``planned``, ``voided`` or ``deadline``."""

    when: str
    domain: str
    title: str
    detail: str
    state: str


class Part(NamedTuple):
    """A titled part of the page: its introduction, then charts beside each other, then tables."""

    title: str
    intro: Sequence[str] = ()
    tiles: Sequence[Tile] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    moments: Sequence[Moment] = ()
    blank: int = 0
    """Empty lines to write on, once it is printed."""


class Page(NamedTuple):
    """A whole page. ``notices`` warn, at its top; ``foot`` says rules and sources."""

    title: str
    subtitle: Sequence[str]
    parts: Sequence[Part]
    notices: Sequence[str] = ()
    foot: Sequence[str] = ()
    logo: str = ""
    """A picture as a ``data:`` address."""
    author: str = ""


_PICTURES: Final = (
    (b"\x89PNG\r\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"RIFF", "webp"),
    (b"<svg", "svg+xml"), (b"<?xml", "svg+xml"),
)  # fmt: skip
_LARGEST_PICTURE: Final = 1 << 20


def picture(path: str) -> str:
    """A picture as an address that a page can hold. Raises ``UsageFailure`` for what is none."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST_PICTURE + 1)
    except OSError:
        raise UsageFailure(f"--logo : « {path} » ne peut pas être lu.") from None
    kind = next((k for start, k in _PICTURES if content.lstrip().startswith(start)), None)
    if kind is None:
        raise UsageFailure(f"--logo : « {path} » n'est pas une image (png, jpeg, gif, webp, svg).")
    if len(content) > _LARGEST_PICTURE:
        raise UsageFailure(f"--logo : « {path} » dépasse 1 Mo.", "Prenez une image plus petite.")
    return f"data:image/{kind};base64,{b64encode(content).decode()}"


def write_page(page: Page, out: BinaryIO) -> None:
    """Writes the page as UTF-8 HTML. Raises ``UsageFailure`` where the chart extra is missing."""
    out.write("\n".join(_lines(page)).encode("utf-8", "replace"))


def _lines(page: Page) -> Iterator[str]:
    title = _text(page.title)
    yield '<!DOCTYPE html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">'
    yield f"<title>{title}</title>\n<style>{_style()}</style>\n</head>\n<body>"
    yield "<header>"
    if page.logo:
        yield f'<img class="logo" src="{escape(page.logo)}" alt="Logo">'
    yield f"<h1>{title}</h1>"
    yield from _paragraphs(page.subtitle)
    yield from _paragraphs([f"Établi par {page.author}"] if page.author else [])
    yield "</header>\n<main>"
    yield from _paragraphs(page.notices, "notice")
    for place, part in enumerate(page.parts, 1):
        yield from _part(part, place)
    yield "</main>\n<footer>"
    yield from _paragraphs(page.foot)
    yield "</footer>\n</body>\n</html>\n"


def _style() -> str:
    """The style sheet, with the colours of the charts for their keys."""
    keys = (f".key{place} {{ --key: {colour}; }}\n" for place, colour in enumerate(COLOURS))
    return "\n" + data_file("page.css").read_text("utf-8") + "".join(keys)


def _text(text: str) -> str:
    return escape(visible(text))


def _paragraphs(texts: Sequence[str], kind: str = "") -> Iterator[str]:
    name = f' class="{kind}"' if kind else ""
    yield from (f"<p{name}>{_text(text)}</p>" for text in texts)


def _part(part: Part, place: int) -> Iterator[str]:
    numbers = count(1)
    if part.title:
        yield f'<section aria-labelledby="part{place}">'
        yield f'<h2 id="part{place}">{_text(part.title)}</h2>'
    else:
        yield "<section>"
    yield from _paragraphs(part.intro)
    if part.tiles:
        yield '<ul class="tiles">'
        yield from map(_tile, part.tiles)
        yield "</ul>"
    # A chart that is alone has a narrow first table beside it.
    beside = part.tables[:1] if len(part.charts) == 1 else ()
    beside = [table for table in beside if len(table.headings) <= _NARROW]
    if part.charts:
        yield '<div class="pair">'
        for chart in part.charts:
            yield from _chart(chart)
        for table in beside:
            yield from _table(table, f"table{place}-{next(numbers)}")
        yield "</div>"
    for table in part.tables[len(beside) :]:
        yield from _table(table, f"table{place}-{next(numbers)}")
    if part.moments:
        yield '<ol class="life">'
        yield from map(_moment, part.moments)
        yield "</ol>"
    if part.blank:
        yield f'<div class="blank">{"<hr>" * part.blank}</div>'
    yield "</section>"


_STATES: Final = {"planned": " (à venir)", "voided": " (annulé)"}


def _moment(moment: Moment) -> str:
    detail = f" — {_text(moment.detail)}" if moment.detail else ""
    return (
        f'<li class="{escape(moment.state)}"><span class="when">{_text(moment.when)}</span>'
        f'<span class="domain">{_text(moment.domain)}</span>'
        f'<span><span class="title">{_text(moment.title)}</span>'
        f"{_STATES.get(moment.state, '')}{detail}</span></li>"
    )


def _tile(tile: Tile) -> str:
    remark = f"<small>{_text(tile.remark)}</small>" if tile.remark else ""
    return f"<li><strong>{_text(tile.value)}</strong><span>{_text(tile.label)}</span>{remark}</li>"


def _chart(chart: Chart) -> Iterator[str]:
    picture = b64encode(draw(chart.bars).encode()).decode()
    kind = ' class="wide"' if isinstance(chart.bars, Curves) else ""
    yield f"<figure{kind}>\n<figcaption>{_text(chart.title)}</figcaption>"
    if len(chart.bars.series) > 1:
        keys = (
            f'<li class="key{place}">{_text(each.name)}</li>'
            for place, each in enumerate(chart.bars.series)
        )
        yield f'<ul class="legend">{"".join(keys)}</ul>'
    yield f'<img src="data:image/svg+xml;base64,{picture}" alt="{_text(chart.told)}">\n</figure>'


def _table(table: Table, name: str) -> Iterator[str]:
    # A table wider than a telephone scrolls in its own frame, which the keyboard can reach.
    yield f'<div class="scroll" role="region" aria-labelledby="{name}" tabindex="0">'
    kept = ' class="kept"' if len(table.rows) <= _SHORT else ""
    yield f'<table{kept}>\n<caption id="{name}"><span>{_text(table.caption)}</span></caption>'
    yield "<thead>\n<tr>"
    for place, heading in enumerate(table.headings):
        yield f'<th scope="col"{_numeric(table, place)}>{_text(heading)}</th>'
    yield "</tr>\n</thead>\n<tbody>"
    for place, row in enumerate(table.rows):
        yield '<tr class="whole">' if place in table.whole else "<tr>"
        yield "".join(_cell(table, column, value) for column, value in enumerate(row)) + "</tr>"
    yield "</tbody>\n</table>\n</div>"
    yield from _paragraphs([table.note] if table.note else [], "note")


def _numeric(table: Table, column: int) -> str:
    return "" if column < table.leads or column in table.texts else ' class="number"'


def _cell(table: Table, column: int, value: str) -> str:
    if column < table.leads and value:
        return f'<th scope="row">{_text(value)}</th>'
    return f"<td{_numeric(table, column)}>{_text(value)}</td>"
