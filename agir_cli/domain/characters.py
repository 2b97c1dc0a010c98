"""Characters that look alike, or are not seen: what a text is made of before it is read.

A text of plain ASCII comes back at once: these run for every cell of long files.
"""

from __future__ import annotations

import re
from unicodedata import category, decimal, normalize

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
"""Every dash that stands where a hyphen is meant; a no-break hyphen and a minus among them."""

JOINERS = "\u200c\u200d"
"""Persian spells with them; elsewhere than inside a word they are not seen and mean nothing."""

_TO_HYPHENS = str.maketrans(dict.fromkeys(DASHES, "-"))
_ORDINAL = "\u00ba"  # « nº » is « n° »; compatibility would make it « no »


def bare(text: str) -> str:
    """Strip what surrounds a text unseen, and what is not seen inside it: byte order marks, others.

    Inside it, every space of an odd width is a plain one; the joiners of Persian words stay.
    """
    if text.isascii() or text.isprintable():
        return text.strip()
    spaced = "".join([" " if c.isspace() and c not in "\t\r\n" else c for c in text])
    return "".join([c for c in spaced if c in JOINERS or category(c) != "Cf"]).strip(_ENDS)


_ENDS = f" \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85{JOINERS}"


def seen(text: str) -> str:
    """Drop every character that is not seen, joiners too: a date, a number, a code has none."""
    if text.isascii() or text.isprintable():
        return text
    return "".join([c for c in text if category(c) != "Cf"])


def holds_a_control(text: str) -> bool:
    """Whether a control character stands in a text: an escape of a terminal, a bell, a backspace.

    Tabs and line breaks are spaces here.
    """
    return not text.isprintable() and any(category(c) == "Cc" and not c.isspace() for c in text)


def as_sign(text: str) -> str:
    """A cell, or a sign that empties a field, as the two are compared: whatever the case."""
    return bare(text).casefold()


_INCLUSIVE = (
    r"(?i)(?:\( ?(?:e|n?ne|i?enne|te|se|le|lle|ve|que|x|s|es|nes) ?\)"
    r"|(?<=\w)[·•∙⋅‧./-](?:e|n?ne|i?enne|te|se|le|lle|ve|que|es|nes)(?:[·•∙⋅‧.-]s)?)(?![^\W\d_])"
)


def without_endings(text: str) -> str:
    """Take off the endings of inclusive writing: « Afghan(e) », « Syrien·ne », « réfugié/e »."""
    return re.sub(_INCLUSIVE, "", text)


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
