"""The reference tables shipped with the program: territory, nationalities, languages.

They are read-only CSV files of the ``data`` folder (its README names the sources).
Each is read once a process, and only when something asks for it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from agir_cli.domain.places import Commune, Gazetteer, normalise_name
from agir_cli.domain.values import Reading
from agir_cli.domain.vocabulary import Words, words_of
from agir_cli.shipped import data_file as data_file

Key = TypeVar("Key")
Value = TypeVar("Value")


class Public(NamedTuple):
    """What is public of the programme from a day on, and is no criterion."""

    since: str
    told: str
    source: str
    opposable: str
    """`non`: nobody may rely on it, and no criterion does."""


@cache
def load_gazetteer() -> Gazetteer:
    """The communes of the five departments, their former names, and the larger towns elsewhere.

    The tables are read when the first place is looked for.
    """
    return Gazetteer(_communes(), _former_names(), _towns())


def _communes() -> Iterator[Commune]:
    for insee, name, department, codes, epci, called, population, where in _rows("communes.csv"):
        postal = tuple(codes.split())
        yield Commune(insee, name, department, postal, epci, int(population), called, where)


@cache
def load_areas() -> Mapping[str, str]:
    """The name of the EPCI of each commune (INSEE code), which stands for its bassin de vie."""
    return {row[0]: row[5] for row in _rows("communes.csv")}


def _former_names() -> Iterator[tuple[str, str, str]]:
    for table in ("communes_alias.csv", "communes_alias_hand.csv"):
        yield from ((old, name, insee) for old, name, insee, _kind in _rows(table))


def _towns() -> Iterator[tuple[str, str]]:
    yield from ((insee, name) for insee, name in _rows("towns_elsewhere.csv"))


def reading(today: date) -> Reading:
    """What reading any text needs beside it: the day, and the reference tables."""
    return Reading(
        today, load_gazetteer(), _WhenAsked(load_nationalities), _WhenAsked(load_languages),
        _WhenAsked(load_words),
    )  # fmt: skip


class _WhenAsked(Mapping[Key, Value]):
    """A table loaded when something is first looked up in it: most persons say no language."""

    def __init__(self, load: Callable[[], Mapping[Key, Value]]) -> None:
        self._load = load

    def __getitem__(self, word: Key) -> Value:
        return self._load()[word]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())


@cache
def load_words() -> Words:
    """The words of codes that are neither codes nor labels: « Mme », « chômeuse », « < A1 »."""
    return words_of(_rows("words.csv"))


def load_blank_signs() -> Mapping[str, bool]:
    """What teams write in the cell of what they do not know, and whether it may be a name too."""
    return {sign: bool(named) for sign, named in _rows("blank_signs.csv")}


@cache
def load_nationalities() -> Mapping[str, str]:
    """Normalised word -> alpha-3: codes, French names, masculine and feminine adjectives.

    A word of two countries ("congolais") is absent: it must be asked. So are the codes of two
    letters: « NC », « NR », « SO » and « Mr » say that nothing is known, and are countries too.
    """
    return _words(
        (alpha3, (alpha3,), (name, masculine, feminine, *synonyms.split("|")))
        for alpha3, _alpha2, name, masculine, feminine, synonyms in _rows("nationalities.csv")
    )


def nationality_name(alpha3: str) -> str:
    """The French name of a country or ICAO 9303 status; the code itself when unknown."""
    return _names("nationalities.csv", 2).get(alpha3, alpha3)


def nationality_names() -> tuple[str, ...]:
    """The French names of countries, in their order."""
    return tuple(sorted(_names("nationalities.csv", 2).values(), key=normalise_name))


@cache
def load_languages() -> Mapping[str, str]:
    """Normalised word -> ISO 639-3: codes of two and three letters, French names and synonyms."""
    return _words(
        (alpha3, (alpha3, alpha2), (name, *synonyms.split("|")))
        for alpha3, alpha2, name, synonyms in _rows("languages.csv")
    )


def language_name(iso639_3: str) -> str:
    """The French name of a language; the code itself when unknown."""
    return _names("languages.csv", 2).get(iso639_3, iso639_3)


def language_short(iso639_3: str) -> str:
    """The code of two letters of a language; "" where it has none."""
    return _names("languages.csv", 1).get(iso639_3, "")


@cache
def load_public() -> tuple[Public, ...]:
    """What is public where no rule is, oldest first."""
    return tuple(Public(*row) for row in _rows("public.csv"))


def shipped_table(name: str) -> list[dict[str, str]]:
    """The rows of a table by their columns; a cell that is empty is in none."""
    with data_file(name).open(encoding="utf-8", newline="") as file:
        return [{name: text for name, text in row.items() if text} for row in csv.DictReader(file)]


def _rows(name: str) -> list[list[str]]:
    with data_file(name).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return list(rows)


@cache
def _names(table: str, column: int) -> Mapping[str, str]:
    return {row[0]: row[column] for row in _rows(table)}


def _words(
    rows: Iterable[tuple[str, tuple[str, ...], tuple[str, ...]]],
) -> Mapping[str, str]:
    """Word -> code. A code is never shadowed by a word; a word of two codes is left out."""
    codes: dict[str, str] = {}
    words: dict[str, set[str]] = {}
    for code, own_codes, own_words in rows:
        codes.update({normalise_name(own): code for own in own_codes if own})
        for word in filter(None, map(normalise_name, own_words)):
            words.setdefault(word, set()).add(code)
    single = {word: min(owners) for word, owners in words.items() if len(owners) == 1}
    return MappingProxyType(single | codes)
