"""How wide the columns of a drawn table are: no word is cut while the screen has room for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def column_widths(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    room: int,
    whole: Collection[int] = (),
    longest: int | None = None,
) -> list[int] | None:
    """The width of each column, ``room`` in all at most; None where it cannot be.

    The widest columns give way first, each down to its longest word, or to ``longest`` letters
    of it; those at the positions ``whole`` never do.
    """
    columns = [{heading, *(row[n] for row in rows)} for n, heading in enumerate(headings)]
    widths = [max(map(_length, texts)) for texts in columns]
    if sum(widths) <= room:
        return widths
    least = [
        width if place in whole else min(_longest_word(texts), longest or width)
        for place, (width, texts) in enumerate(zip(widths, columns, strict=True))
    ]
    if sum(least) > room:
        return None
    widths = [min(width, max(room, low)) for width, low in zip(widths, least, strict=True)]
    while sum(widths) > room:
        place = max((w, p) for p, w in enumerate(widths) if w > least[p])[1]
        widths[place] -= 1
    return widths


def in_words(text: str, width: int) -> str:
    """The text in lines of whole words, a word of a compound each; cut where one is too long."""
    from textwrap import wrap

    if len(text) <= width:
        return text
    return "\n".join(line for part in text.split("\n") for line in wrap(part, width) or [""])


def _longest_word(texts: Collection[str]) -> int:
    from textwrap import wrap

    words = (word for text in texts for word in wrap(text, 1, break_long_words=False))
    return max(map(_length, words), default=1)


def _length(text: str) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, text.split("\n")))
