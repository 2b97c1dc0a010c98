"""Accents lost before the file came here, by a program that read it in a wrong encoding.

UTF-8 read as cp1252 (« AÃ¯cha ») and saved again is valid UTF-8; Mac Roman (« ZoŽ ») and DOS's
cp850 (« Zo‚ ») read as cp1252 are valid cp1252. Only what no name and no sentence holds counts: a
sign between two letters, a capital of another alphabet after a small letter. « JOÃO », « ŽÁK »,
« N‘DIAYE », « référent•e » and quotes of every kind are true text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

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
# Œ, œ and Ÿ of ISO-8859-15, as cp1252 shows them: « L½titia », « ¼UVRARD », « L'HA¾-LES-ROSES ».
_FRACTION: Final = (
    f"(?<=[{_LETTER}])[¼½](?=[{_LETTER}])|(?<=[{_LETTER}])¾(?![\\d{_LETTER}]*\\d)"
    f"|(?<![\\w½¼])[¼½](?=[uUiI][{_LETTER}])"
)
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
    return _first(text, in_cells=False) is not None or _has_fraction(text)


def _has_fraction(text: str) -> bool:
    some = any(sign in text for sign in "¼½¾")
    return some and re.search(_FRACTION, text) is not None


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


def letters_lost(text: str) -> bool:
    """Whether some letter of a cell was lost before the file came here."""
    return damaged(text) is not None or spelled_out(text)[1] is not None


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


# --- what comes back exactly -------------------------------------------------------------


class PutRight(NamedTuple):
    """A text whose accents came back: its encoding, and what was put right (French)."""

    text: str
    encoding: str
    told: str


_LINE: Final = "(\r\n|\n|\r)"
_FRENCH: Final = frozenset("àâäçéèêëîïôöùûüÿœæñáíóúÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆÑÁÍÓÚ’‘“”«»–—…°€•·\xa0º²³")
# A capital after a small letter, or before one inside a word; a sign between two letters.
_NO_WORD: Final = (
    "[a-zß-öø-ÿœ][À-ÖØ-ÞŒŸ]|(?<=[A-Za-zÀ-ÖØ-öø-ÿŒœŸ])[À-ÖØ-ÞŒŸ](?=[a-zß-öø-ÿœ])"
    "|(?<=[A-Za-zÀ-ÖØ-öø-ÿ])[“”«»—…°€º²³](?=[A-Za-zÀ-ÖØ-öø-ÿ])"
)
# What each encoding is called, and under which other ones its bytes look true.
_SINGLE: Final = {"mac_roman": "Mac Roman", "cp850": "DOS"}


def came_back(text: str, *, fractions: bool) -> PutRight | None:
    """Put right the lines that were read as cp1252 and saved again as UTF-8, if there are any.

    A line gives all of its letters back exactly, or stays as it is. ``fractions``: those of
    ISO-8859-15 too.
    """
    pieces = re.split(_LINE, text)
    whole = [mended(piece, fractions=fractions) for piece in pieces]
    changed = [(old, new) for old, new in zip(pieces, whole, strict=True) if old != new]
    if not changed:
        return None
    what = told(f"{_lines(len(changed))} {read_as(changed[0][0])}", *changed[0])
    return PutRight("".join(whole), "utf-8", what)


def read_as(line: str) -> str:
    """In which encoding a line, or a cell, was written that came back (French)."""
    own = "d'UTF-8" if _first(line, in_cells=False) is not None else "d'ISO-8859-15"
    return f"{own} lu comme du Windows"


def mended(line: str, *, fractions: bool = True) -> str:
    """A line, or a cell, with its accents back exactly; some were lost twice."""
    for _ in range(2):
        if _first(line, in_cells=False) is None:
            break
        try:
            whole = b"".join(map(_byte, line)).decode("utf-8")
        except UnicodeError:
            break
        if re.search("[\x7f-\x9f]", whole):  # nobody's letter
            break
        line = whole
    if not fractions or _first(line, in_cells=False) is not None or not _has_fraction(line):
        return line
    return re.sub(_FRACTION, lambda sign: sign[0].encode("cp1252").decode("iso8859-15"), line)


def _byte(character: str) -> bytes:
    if "\x80" <= character <= "\x9f":  # the five bytes that cp1252 leaves out
        return character.encode("latin-1")
    return character.encode("cp1252")


def told_apart(data: bytes) -> PutRight | None:
    """Read bytes that are no UTF-8 where they can be read in one way only.

    Lines of UTF-8 among lines of cp1252; or Mac Roman or DOS, where cp1252 makes no words of them
    and that one makes French of every accent. ``None``: neither.
    """
    pieces = re.split(_LINE.encode(), data)
    odd = [piece for piece in pieces if not piece.isascii()]
    whole = {piece: text for piece in odd if (text := _decoded(piece, "utf-8")) is not None}
    if not whole:
        return _single(data, odd)
    others = {piece: _plausible(piece, "cp1252") for piece in odd if piece not in whole}
    read = {piece: text for piece, text in others.items() if text is not None}
    if not read:
        return None
    known = whole | read
    texts = [known.get(p) or p.decode("utf-8", "surrogateescape") for p in pieces]
    count = sum(piece in read for piece in odd)
    example = next(iter(read.values()))
    word = next(word for word in re.split(r"[;,\t|]", example) if not word.isascii())
    what = f"{_lines(count)} en Windows parmi de l'UTF-8, chacune lue dans le sien"
    return PutRight("".join(texts), "utf-8", f"{what} (ex. « {word.strip()[:30]} »).")


def _single(data: bytes, odd: Sequence[bytes]) -> PutRight | None:
    text = b"\n".join(odd)
    seen = text.decode("cp1252", "replace")
    by_ends = b"\r" in data and b"\n" not in data and _plausible(text, "cp1252") is None
    if _first(seen, in_cells=True) is None and not by_ends:
        return None
    read = {name: back for name in _SINGLE if (back := _plausible(text, name)) is not None}
    if len(read) != 1:
        return None
    ((encoding, back),) = read.items()
    old, new = next(pair for pair in zip(seen.split("\n"), back.split("\n"), strict=False))
    what = told(f"le fichier est en {_SINGLE[encoding]}, d'après ses accents", old, new)
    return PutRight(data.decode(encoding), encoding, what)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _plausible(data: bytes, encoding: str) -> str | None:
    """Bytes in this encoding, if it makes French of every accent."""
    text = _decoded(data, encoding)
    if text is None or not all(c.isascii() or c in _FRENCH for c in text):
        return None
    odd = re.search(_NO_WORD, text)
    return None if odd or _first(text, in_cells=False) is not None else text


def told(what: str, old: str, new: str) -> str:
    """What was put right (French), with the first cell that shows it."""
    words = zip(re.split(r"[;,\t|]", old), re.split(r"[;,\t|]", new), strict=False)
    before, after = next((a.strip(), b.strip()) for a, b in words if a != b)
    return f"{what} (ex. « {before[:30]} » : « {after[:30]} »)."


def _lines(count: int) -> str:
    return "1 ligne" if count == 1 else f"{count} lignes"


def _word(text: str, at: int) -> str:
    before = re.split(r"\s", text[max(0, at - 15) : at])[-1]
    after = re.split(r"[ \t\r\n]", text[at : at + 15])[0]
    return before + after
