"""One cell: its formula mark, what is wrapped around it, its invisible characters, its column.

Everything here takes and gives ``str`` and never raises.
"""

from __future__ import annotations

import re
from typing import Final

# What a spreadsheet takes for the beginning of a formula; spaces before it do not disarm it.
LIVE: Final = frozenset("=+-@|%\t\r'")
MARKED: Final = re.compile(r"'[^\S\t\r]*[=+\-@|%\t\r']")
_AT_A_START: Final = re.compile(r"""'(?<![^\s;,|"]')""")
_WRAPPED: Final = ('="', "=T(", '"""')
_QUOTED: Final = r'\s*(?:=\s*(?:T\s*\(\s*)?)?"((?:[^"]|"")*)"\s*\)?\s*'
_TO_MARK: Final = re.compile(r"[^\S\t\r]*[=+\-@|%\t\r']")
# First characters after which a cell may have to be marked: the cheap test of a hot loop.
WATCHED_FIRST: Final = LIVE | frozenset(
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

# NUL to US, DEL, C1; line and paragraph separators; embeddings, overrides, isolates; surrogates.
# U+200C and U+200D stay: Persian and Dari names are spelled with them.
_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def mark(text: str) -> str:
    """``text`` with one leading ``'`` if a spreadsheet could take it for a formula.

    ``unmark(mark(text)) == text`` for every string; the result never begins, after spaces, with
    a character of ``LIVE`` other than ``'``.
    """
    return "'" + text if _TO_MARK.match(text) else text


def unmark(text: str) -> str:
    """``text`` without the ``'`` that ``mark`` put before it; any other text as it is."""
    return text[1:] if MARKED.match(text) else text


def may_be_wrapped(text: str) -> bool:
    """Whether some cell of a file's text may be wrapped: a quick, sure sign of none."""
    return _AT_A_START.search(text) is not None or any(sign in text for sign in _WRAPPED)


WRAPPING: Final = frozenset("='\" \t\xa0")
"""What a wrapped cell may begin with."""


def unwrapped(text: str) -> str:
    """Strip what programs put around a text so that it is kept: ``="012"``, ``'012``, ``"012"``.

    The ``'`` of ``mark`` among them.
    """
    if text[:1] not in WRAPPING:
        return text
    first = text.lstrip()[:1]
    if first in '="' and (quoted := re.fullmatch(_QUOTED, text)):
        return quoted[1].replace('""', '"')
    if first != "'" or MARKED.match(text):
        return unmark(text)
    inner = text.strip()[1:]
    if inner.find("'") == len(inner) - 1 > 0:  # quoted at both ends
        inner = inner[:-1]
    return inner or text


def visible(text: str) -> str:
    r"""``text`` with control characters, surrogates and direction overrides as ``\x1b``."""
    return text if text.isprintable() else _HIDDEN.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    named = {0x09: r"\t", 0x0A: r"\n", 0x0D: r"\r"}.get(code)
    return named or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def json_visible(text: str) -> str:
    r"""Like ``visible``, but as JSON's own escapes (``\u202e``): the value read back is the same.

    For text that is already JSON on one line, without raw control characters below U+0020.
    """
    return text if text.isprintable() else _HIDDEN.sub(_json_escaped, text)


def _json_escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def column_at(letters: str) -> int:
    """The place (0-based) of the column ``A``, ``Z``, ``AA``, in either case."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_name(at: int) -> str:
    """The letters of the column at a place (0-based)."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
