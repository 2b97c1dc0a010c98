"""Characters that look alike, or are not seen: what a text is made of before it is read.

A text of plain ASCII comes back at once: these run for every cell of long files.
"""

from __future__ import annotations

from unicodedata import category, decimal, normalize

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
"""Every dash that stands where a hyphen is meant; a no-break hyphen and a minus among them."""

_TO_HYPHENS = str.maketrans(dict.fromkeys(DASHES, "-"))
_ORDINAL = "\u00ba"  # « nº » is « n° »; compatibility would make it « no »


def bare(text: str) -> str:
    """Strip what surrounds a text unseen: spaces of any width, byte order and other marks.

    Inside it, every space of an odd width is a plain one.
    """
    if text.isascii() or text.isprintable():
        return text.strip()
    spaced = "".join([" " if c.isspace() and c not in "\t\r\n" else c for c in text])
    start, end = 0, len(spaced)
    while start < end and _unseen(spaced[start]):
        start += 1
    while start < end and _unseen(spaced[end - 1]):
        end -= 1
    return spaced[start:end]


def _unseen(character: str) -> bool:
    return character.isspace() or category(character) == "Cf"


def hyphened(text: str) -> str:
    """Turn every dash into a hyphen."""
    return text if text.isascii() else text.translate(_TO_HYPHENS)


def plain_signs(text: str) -> str:
    """Write a number in plain signs: ASCII digits for those of any script, spaces, hyphens.

    What is not seen is dropped. A digit that stands for something else (², ①) is left as it is.
    """
    return text if text.isascii() else "".join([_plain_sign(c) for c in text]).strip()


def _plain_sign(character: str) -> str:
    digit = decimal(character, None)
    if digit is not None:
        return str(digit)
    if character.isspace():
        return " "
    if category(character) == "Cf":
        return ""
    if character in DASHES:
        return "-"
    if character == _ORDINAL:
        return "\u00b0"
    return character if character.isnumeric() else normalize("NFKC", character)
