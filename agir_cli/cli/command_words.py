"""What people type for a command, a report or an option: French names, beginnings, other words.

The names of the program win, then its French ones, then a beginning that only one of them has. A
word that is none is answered by what it means (`data/command_words.csv`), then by its spelling.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import NamedTuple
from unicodedata import normalize

from agir_cli.cli.session import GLOBALS
from agir_cli.failures import UsageFailure
from agir_cli.shipped import data_file

SECOND, OPTION, SENSE = "*", "option", "sense"
"""Places beside the groups: second words of any group, names of options, what words mean."""


class Row(NamedTuple):
    """A line of the table: at ``place``, ``word`` is ``means``; ``told``: what that does."""

    place: str
    word: str
    means: str
    told: str


@cache
def table() -> tuple[Row, ...]:
    """The words that people type, in the order of the file."""
    import csv

    with data_file("command_words.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Row(*row) for row in csv.reader(file))[1:]


def _others(place: str, known: Collection[str]) -> Iterator[Row]:
    """The French names of these names, in a group."""
    places = (place,) if place in ("", "report") else (place, SECOND)
    return (row for row in table() if row.place in places and row.means in known)


def shown_with(place: str, known: Collection[str]) -> dict[str, str]:
    """The French name that a help page shows beside each of these names."""
    french: dict[str, str] = {}
    for row in _others(place, known):
        if _key(row.word) != _key(row.means):
            french.setdefault(row.means, row.word)
    return french


def meant(place: str, typed: str, known: Collection[str]) -> str | None:
    """The name that a word means, in a group; None for none.

    Raises `UsageFailure` for a beginning that several have.
    """
    word = _key(typed)
    own = [(_key(name), name) for name in known]
    french = [(_key(row.word), row.means) for row in _others(place, known)]
    found = (
        {name for key, name in own + french if key == word}
        or {name for key, name in own if word and key.startswith(word)}
        or {name for key, name in french if word and key.startswith(word)}
    )
    if len(found) > 1:
        listed = ", ".join(name for name in known if name in found)
        raise UsageFailure(f"« {typed[:40]} » est le début de plusieurs : {listed}.")
    return next(iter(found), None)


def not_there(
    place: str, typed: str, known: Collection[str], noun: str, advice: str
) -> UsageFailure:
    """The failure for a word that no name answers: what it may mean, then the nearest name."""
    sentence = f"{noun} « {typed[:40]} » n'existe pas."
    word = _key(typed)
    senses = [row for row in table() if row.place == SENSE and _key(row.word) == word]
    if not senses and place == "" and any(c.isdigit() for c in typed):
        senses = [Row(SENSE, typed, f"show {typed[:40]}", "montrer un dossier")]
    if senses:
        lines = (f"Peut-être : agir {row.means}   ({row.told})" for row in senses)
        return UsageFailure(sentence, *lines, advice)
    near = nearest(typed, [*known, *(row.word for row in _others(place, known))])
    if near:
        sentence += f" Vouliez-vous dire « {near} » ?"
    return UsageFailure(sentence, advice)


def nearest(typed: str, known: Iterable[str]) -> str | None:
    """The word that is spelled most like this one, if one nearly is."""
    from difflib import get_close_matches

    keys = {_key(name): name for name in known}
    found = get_close_matches(_key(typed), keys, n=1, cutoff=0.6)
    return keys[found[0]] if found else None


def option_meant(typed: str, shown: Collection[str], hidden: Collection[str]) -> str:
    """The option (without dashes) that a word means; the word itself where it means none.

    ``shown`` win over ``hidden``, which are the global ones. Raises `UsageFailure` for a beginning
    that several have, and for that of a global option with a value: `--to`, of a command that has
    none, would silently be another day.
    """
    word = _option_key(typed)
    former = {row.word: row.means for row in table() if row.place == OPTION}
    for names in (shown, hidden):
        keys = {_option_key(name): name for name in names}
        keys |= {word: name for word, name in former.items() if name in names}
        if word in keys:
            return keys[word]
        begun = dict.fromkeys(name for key, name in keys.items() if key.startswith(word))
        listed = ", ".join(f"--{name}" for name in begun)
        if names is hidden and any(name in begun for name, metavar, _ in GLOBALS if metavar):
            raise UsageFailure(
                f"« --{typed[:40]} » n'est pas une option de cette commande.",
                f"Une option de toutes les commandes s'écrit en entier : {listed}.",
            )
        if len(begun) > 1:
            raise UsageFailure(f"« --{typed[:40]} » est le début de plusieurs : {listed}.")
        if begun:
            return next(iter(begun))
    return typed


def _option_key(name: str) -> str:
    return "".join(c for c in normalize("NFKD", name.lower().replace("_", "-")) if c.isascii())


def _key(word: str) -> str:
    """A word without case, accents and signs; `domain.vocabulary` would cost a page of help."""
    return "".join(c for c in _option_key(word) if c.isalnum())
