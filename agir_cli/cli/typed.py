"""A command as a person types it: its words quoted for the shell of their machine."""

from __future__ import annotations

import sys

_PLAIN = frozenset("-_./:=+,@%")
# What a shell reads inside double quotes.
_LIVE = frozenset('"$`\\!')


def typed(*words: str) -> str:
    """The words on one line, ready to be pasted.

    Double quotes, as everywhere in the guide, unless a word holds what a shell would obey there.
    """
    return " ".join(map(_windows if sys.platform == "win32" else _quoted, words))


def _quoted(word: str) -> str:
    if word and all(c.isalnum() or c in _PLAIN for c in word):
        return word
    if _LIVE.isdisjoint(word):
        return f'"{word}"'
    from shlex import quote

    return quote(word)


def _windows(word: str) -> str:
    from subprocess import list2cmdline

    return list2cmdline([word])
