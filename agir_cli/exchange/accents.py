"""Accents lost before the file came here, by a program that read it in a wrong encoding.

UTF-8 read as cp1252 (« AÃ¯cha ») and saved again is valid UTF-8; Mac Roman (« ZoŽ ») and DOS's
cp850 (« Zo‚ ») read as cp1252 are valid cp1252. Only what no name and no sentence holds counts: a
sign between two letters, a capital of another alphabet after a small letter. « JOÃO », « ŽÁK »,
« N‘DIAYE », « référent•e » and quotes of every kind are true text.
"""

from __future__ import annotations

import re
from typing import Final

# The characters that can begin a fault: a quick search, then a look at each place.
_ODD: Final = re.compile("[ÂÃÄÅØÙÚÛÐÑáâï‚ƒ„†‡ˆ‰‹•˜™ŠŽŸŒ‘“”€¡¢¤¥¶Õ√├\ufffd]")
_LETTER: Final = "A-Za-zÀ-ÖØ-öø-žƒ"
_SMALL: Final = "a-zß-öø-ÿ"
_CAPITAL: Final = "A-ZÀ-ÖØ-Þ"
# The bytes 80 to BF of a UTF-8 letter, as cp1252 shows them: those that may close a true word, and
# the others.
_CLOSING: Final = "\xa0»‘’“”•–—…†‡›"
_INNER: Final = "\x80-\x9f¡-ª«-º¼-¿€‚ƒ„ˆ‰Š‹Œ˜™šœžŸŽ"
_AGREEMENT: Final = (
    "(?:e|s|x|es|[ltnsvf]es?|lles?|tt?es?|[eè]?res?|t?rices?|euses?|eures?|i?ennes?|esses?)"
)
_AFTER: Final = f"(?:{_AGREEMENT}|mon|son|ton|les?|la|un|une)(?![{_LETTER}])"

_UTF8: Final = (
    f"[ÂÃÄÅ](?:[{_INNER}]|[{_CLOSING}](?=[{_LETTER}])|(?<![{_CAPITAL}].)[{_CLOSING}])",
    f"(?<![{_LETTER}])Ã(?= +[{_SMALL}{_CAPITAL}])",
    f"(?:[ØÙÚÛÐÑ][{_INNER}{_CLOSING}]){{2}}",
    f"â(?:€[{_INNER}{_CLOSING}]|‚¬)",
    f"á[º»](?:[{_INNER}]|[{_CLOSING}](?=[{_LETTER}]))",
    "ï»¿",
)
_MAC_OR_DOS: Final = (
    f"(?<=[{_LETTER}])[‚ƒ„ˆ˜]",
    f"[‚ˆ](?=[{_SMALL}])|ƒ(?=[{_LETTER}])|(?<!\\S)ˆ(?!\\S)",
    f"(?<=[{_LETTER}])‰|(?<![\\d\\s])‰(?=[{_SMALL}])|(?<!\\S)‰(?=[{_SMALL}])",
    f"(?<=[{_LETTER}])[†‡™‹¡¢¤¥¶](?=[{_LETTER}])|(?<!\\w)‡(?=[{_SMALL}])",
    "(?<=[A-Za-z]{2})€(?=[A-Z])",
    # a capital after a small letter, or alone between a capital and small ones; DŽ is one letter
    f"(?<=[{_SMALL}])[ŠŽŒŸ]|(?<=[A-CE-Z])[ŠŽ](?=[{_SMALL}])|(?<=[A-Za-z])Ÿ(?=[{_SMALL}])",
    # Aïcha, Loïc, Ismaël: between two words (il•elle, papa•maman) it is inclusive writing
    f"(?:(?<=(?<![{_LETTER}])[A-Z][ao])|(?<=(?<![{_LETTER}])[A-Z][a-z]a)|(?<=(?<![{_LETTER}])A))•(?=[a-z])(?!{_AFTER})",
    f"(?<=[aA])•[lmdn](?![{_LETTER}•])|(?<=[Ff]ran)•(?=ois)",
    # Noël, Raphaël, Zoé: before a small letter, an apostrophe of Uzbek or Arabic is true text
    # (Abo‘l-Fazl)
    "(?<=a)‘l(?:le|la)?(?![a-z])|(?<=[NJn]o)‘l(?:le|la)?(?![a-z])|(?<=[ZzlN]o)‘(?![A-Za-z])",
    f"(?<=[A-Za-z])”(?=[{_SMALL}])",
    f"(?:(?<=[a-z]{{2}})|(?<=[A-Zbfghkpr]))“(?=[{_SMALL}])",
    f"(?<=[cdjlmnstu])Õ(?=[{_LETTER}])",
    f"(?<!\\S)™(?=[{_SMALL}])|(?<!\\S)(?<!\\d[ \xa0\u202f])€(?!uro)(?=(?:[aou]|e[lt])[a-z]{{2}})",
)
# The bytes 80 to BF as Mac Roman and DOS show them: after √, « â » may begin « âgé ».
_MAC_BYTES: Final = "†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæøÄÅÇÑÖÜáäãåëìíïñóòôöõúùûü"
_OTHERS: Final = (f"√(?:[{_MAC_BYTES}]|â(?!g))", "├(?=[^\x00-\x7f\xa0─])", "\ufffd")
# The quotation marks that go with one that may be a lost accent too.
_PAIRED: Final = {"“": "”„", "”": "“„", "„": "“”", "‚": "‘"}
_DAMAGED: Final = "|".join((*_UTF8, *_MAC_OR_DOS, *_OTHERS))

# A letter lost or spelled out on the way through a program that knows ASCII only.
_ENTITY: Final = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});"
# Text until the first name: start-up does not pay for it.
_ASCII: Final = (
    rf"{_ENTITY}|(?<=[{_LETTER}])\?+(?=[{_LETTER}])|(?<!\S)\?+(?=[{_SMALL}]{{2}})"
    r"|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|[=%]C[2-5][=%][89AB][0-9A-F]"
    rf"|(?<=[{_LETTER}])=[C-F][0-9A-F]"
)


def may_be_damaged(text: str) -> bool:
    """Whether some row of a file's text may have lost its accents; quotes are not told apart."""
    return _first(text, in_cells=False) is not None


def damaged(text: str) -> str | None:
    """The first word of ``text`` whose accents were lost, 30 characters of it at most.

    ``text``: cells, one a line.
    """
    at = _first(text, in_cells=True)
    return None if at is None else _word(text, at)


def spelled_out(name: str) -> tuple[str, str | None]:
    """Read a name whose accents went through ASCII: the name, and the word that is damaged, if any.

    HTML codes say exactly which letter they are (« A&iuml;cha »); « No?l », « Fran\\u00e7ois » and
    « Fran=C3=A7ois » are to be typed again.
    """
    if not re.search(_ASCII, name):
        return name, None
    if re.search(_ENTITY, name):
        read = re.sub(_ENTITY, _letter, name).replace("\xa0", " ")
        if read.isprintable() and "\ufffd" not in read and not re.search(_ASCII, read):
            return read, None
    return name, next((word for word in name.split() if re.search(_ASCII, word)), name)[:30]


def _letter(code: re.Match[str]) -> str:
    from html import unescape
    from html.entities import html5

    known = code.group()[1] == "#" or code.group()[1:] in html5
    return unescape(code.group()) if known else code.group()


def _first(text: str, *, in_cells: bool) -> int | None:
    """Where the first fault stands; outside of cells, quotes are not told from lost accents."""
    if text.isascii():
        return None
    damage = re.compile(_DAMAGED)
    for odd in _ODD.finditer(text):
        at = odd.start()
        if damage.match(text, at) and not (in_cells and _is_quote(text, at)):
            return at
    return None


def _is_quote(text: str, at: int) -> bool:
    """Whether it is one of two quotation marks of a cell: « “Yapma”ya », « ‚orange‘ »."""
    others = _PAIRED.get(text[at], "")
    if not others:
        return False
    cell = text[text.rfind("\n", 0, at) + 1 :].partition("\n")[0]
    return any(other in cell for other in others)


def _word(text: str, at: int) -> str:
    before = re.split(r"\s", text[max(0, at - 15) : at])[-1]
    after = re.split(r"[ \t\r\n]", text[at : at + 15])[0]
    return before + after
