"""A timeline as one self-contained HTML page: no script, no network; it prints on A4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

from agir_cli.exchange.cells import visible


class Item(NamedTuple):
    """One line of the page, its texts as they are shown.

    ``state``: ``done``, ``planned``, ``voided`` or ``deadline``; ``year`` is empty where the day
    is not known.
    """

    year: str
    when: str
    domain: str
    title: str
    detail: str
    state: str


_STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: #fff; color: #1c1c1c;
  font: 1rem/1.45 system-ui, "Liberation Sans", sans-serif; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 1.2rem 0 .3rem; }
p { margin: .1rem 0; }
ol { list-style: none; margin: 0; padding: 0; border-left: .2rem solid #6a6a6a; }
li { display: grid; grid-template-columns: 11rem 6.5rem 1fr; gap: 0 .8rem; padding: .2rem .8rem;
  break-inside: avoid; }
li.deadline { color: #4a4a4a; font-size: .93rem; }
li.voided .title { text-decoration: line-through; }
li.planned .title, li.planned .when { font-style: italic; }
.title { font-weight: 600; }
li.deadline .title { font-weight: 400; }
.domain { font-size: .85rem; border: 1px solid #6a6a6a; border-radius: .3rem; padding: 0 .4rem;
  align-self: start; justify-self: start; }
.today { border-top: .15rem dashed #1c1c1c; margin: .6rem 0; padding-top: .2rem; }
@media (max-width: 40rem) { li { grid-template-columns: 1fr; padding-bottom: .5rem; } }
@media print { body { font-size: 10pt; } }
"""


def life_page(heading: str, about: Sequence[str], today: str, items: Sequence[Item]) -> str:
    """The page: a heading, lines about the dossier, then the items year by year.

    ``today`` is printed at the foot: the day the page was made for.
    """
    years = "\n".join(_year(year, each) for year, each in groupby(items, key=_year_of))
    told = "\n".join(f"<p>{_text(line)}</p>" for line in about)
    return (
        '<!DOCTYPE html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(heading)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<header>\n<h1>{_text(heading)}</h1>\n{told}\n</header>\n{years}\n"
        f'<p class="today">{_text(today)}</p>\n</main>\n</body>\n</html>\n'
    )


def _year_of(item: Item) -> str:
    return item.year


def _year(year: str, items: Iterable[Item]) -> str:
    lines = "\n".join(map(_item, items))
    return f"<section>\n<h2>{_text(year or 'Sans date')}</h2>\n<ol>\n{lines}\n</ol>\n</section>"


_STATES = {"planned": " (à venir)", "voided": " (annulé)"}


def _item(item: Item) -> str:
    detail = f" — {_text(item.detail)}" if item.detail else ""
    note = _STATES.get(item.state, "")
    return (
        f'<li class="{escape(item.state)}"><span class="when">{_text(item.when)}</span>'
        f'<span class="domain">{_text(item.domain)}</span>'
        f'<span><span class="title">{_text(item.title)}</span>{note}{detail}</span></li>'
    )


def _text(text: str) -> str:
    return escape(visible(text))
