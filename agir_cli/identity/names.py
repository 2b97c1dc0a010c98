"""Names as they sound: the spellings of one name meet, whatever alphabet or country wrote it.

A word has a few *sounds* (what its letters may stand for, by the table of romanisations) and their
*bones*: the consonants alone, since short vowels are written in every way. What is known of names
stands in `data/names`, each line with the languages it comes from.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import NamedTuple
from unicodedata import combining, normalize

from agir_cli.shipped import data_file

MATCH = 0.75
"""From what likeness on two words are taken for one name."""

_PLACEHOLDERS = frozenset(
    "inconnu inconnue unknown neant sans nom nr nc xxx xx x test anonyme aucun ras".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A word of a name: its plain letters, and the sound that it has with each of its bones.

    ``groups``: the names of several languages that are one (Yohannes, Johannes), by their number.
    """

    plain: str
    sounds: dict[str, str]
    keys: tuple[str, ...]
    """Under what the word is found, the likeliest first: its groups, then its bones."""
    groups: frozenset[int]
    weak: bool = False
    abjad: bool = False


def _rows(name: str) -> Iterator[list[str]]:
    with data_file(f"names/{name}.csv").open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        yield from reader


@cache
def _letters() -> dict[int, str]:
    return str.maketrans({row[0]: row[1] for row in _rows("letters")})


class _Spelling(NamedTuple):
    """What letters may stand for: where they are, and the sounds of each group of the pattern."""

    pattern: re.Pattern[str]
    sounds: list[tuple[str, ...]]


@cache
def _spelling(*tables: str) -> _Spelling:
    rows = [row for table in tables for row in _rows(table)]
    sounds = [tuple(s.replace("-", "") for s in row[1].split()) for row in rows]
    return _Spelling(re.compile("|".join(f"({row[0]})" for row in rows)), sounds)


@cache
def _own_letters() -> frozenset[str]:
    """The letters of other scripts of which it is known what they may stand for."""
    return frozenset(c for row in _rows("scripts") for c in row[0] if c > "\x7f")


@cache
def _particles() -> dict[str, str]:
    return {row[0]: row[1] for row in _rows("particles")}


@cache
def _groups() -> dict[str, frozenset[int]]:
    """The groups of names that each spelling belongs to."""
    found: dict[str, set[int]] = {}
    for number, row in enumerate(_rows("groups")):
        for spelling in row[0].split():
            found.setdefault(_plain(spelling), set()).add(number)
    return {spelling: frozenset(numbers) for spelling, numbers in found.items()}


def _plain(text: str) -> str:
    plain = latin(text)
    if plain.isascii() and plain.isalnum():
        return plain
    return "".join([c for c in plain if "a" <= c <= "z" or "0" <= c <= "9"])


_MARKS = r"\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff\u0f71-\u0fbc\u1000-\u109f"
_RAW = re.compile(rf"[^\W_](?:/|[^\W_]|[{_MARKS}'’‘ʼ`´་])*")
_NO_GROUP: frozenset[int] = frozenset()
_OTHER_SCRIPT = re.compile(r"[\u0590-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
_UNHEARD = re.compile(r"[\u0640\u064b-\u065f\u0670]")
_SIGNS = str.maketrans("", "", "'’‘ʼʻ`´ʿʾ\"")
_ARTICLE = re.compile(r"^(?:al|el)(?=[bcdfghjkmnpqrstvwxz][a-z]{3})|^[ae]l(?=l[aeiou])")
_ARTICLE_BEFORE_VOWEL = re.compile(r"^[ae]l(?=[aeiou][a-z]{4})")
_OF_GOD = re.compile(r"^[ck]?abd[aeiou]{0,2}l+[ao]h?(?=i?$)")
_SERVANT = re.compile(r"^[ck]?abd([aeiou]{1,2})(?:l|(r|s|n)(?=\2))(?=[a-z]{3})")
_VOWELS = str.maketrans("", "", "aeiu")
_TWICE = re.compile(r"([A-Za-z])\1+")


def _bones(sound: str) -> str:
    bare = sound.translate(_VOWELS)
    return (_TWICE.sub(r"\1", bare) if _TWICE.search(bare) else bare) or sound[:2]


def latin(text: str) -> str:
    """A text in plain small letters, whatever its alphabet, accents and signs."""
    folded = text.casefold()
    if folded.isascii() and folded.isalpha():
        return folded
    if not folded.isascii():
        folded = normalize("NFC", folded).translate(_letters())
    if not folded.isascii():
        folded = "".join([c for c in normalize("NFKD", folded) if not combining(c)])
    if not folded.isascii():
        from anyascii import anyascii

        folded = anyascii(folded).casefold()
    return folded.translate(_SIGNS)


@lru_cache(maxsize=1 << 13)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a name in its own letters, without particles, those written apart joined."""
    particles = _particles()
    found: list[str] = []
    joining = ""
    plainly = text.isascii() and text.isalpha()  # one word, as nearly always
    for raw in (text,) if plainly else _RAW.findall(text):
        for part in _initials(raw, particles) if "/" in raw else (raw,):
            plain = latin(part)
            place = particles.get(plain, "")
            if plain in _PLACEHOLDERS or place == "drop":
                continue
            if place == "next":
                joining += part
            elif place == "before" and found:
                found[-1] += part
            else:
                found.append(joining + part)
                joining = ""
    if joining:
        found.append(joining)
    return () if all(map(str.isdigit, found)) else tuple(found)


def _initials(raw: str, particles: dict[str, str]) -> list[str]:
    """« G/Medhin » is Gebremedhin, « W/Mariam » Woldemariam; any other slash parts two words."""
    first, slash, rest = raw.partition("/")
    if not slash or not rest:
        return [first]
    whole = particles.get(f"{first.upper()}/")
    return [whole + rest] if whole else [first, *_initials(rest, particles)]


@cache
def word(text: str) -> Word:
    """A word of a name, as it may sound."""
    plain = _plain(text)
    weak = _particles().get(plain) == "weak"
    groups = _groups().get(plain, _NO_GROUP)
    abjad = not text.isascii() and _OTHER_SCRIPT.search(text) is not None
    sounds = _sounds(plain) if text.isascii() else _sounds_of_other(text, plain)
    keys = (*[f"#{number}" for number in sorted(groups)], *sounds) if groups else tuple(sounds)
    return Word(plain, sounds, keys, groups, weak, abjad)


_NOTHING_TO_HEAR = re.compile(r"(?:[aeiou]?(?:[bfklmnpr]|d(?![sz])|[stz](?![stz])))*[aeiou]?")
"""A word of which no letter may stand for another sound: most of the names there are."""
_HEARD = str.maketrans("zo", "su")


def _sounds(plain: str) -> dict[str, str]:
    if _NOTHING_TO_HEAR.fullmatch(plain) and not plain.startswith(("al", "el", "abd", "kabd")):
        sound = plain.translate(_HEARD)
        return {_bones(sound): sound}
    plain = _SERVANT.sub("abda", _OF_GOD.sub("abdala", plain))
    spelling = _spelling("romanisation")
    bare = _ARTICLE_BEFORE_VOWEL.sub("", plain)
    every = dict.fromkeys((_ARTICLE.sub("", plain), plain, bare))
    return _by_bones(sound for each in every for sound in _spoken(each, spelling))


def _sounds_of_other(text: str, plain: str) -> dict[str, str]:
    """The sounds of a word in another script, by its own letters where they are known."""
    own = _own_letters()
    composed = _UNHEARD.sub("", normalize("NFKC", text).casefold())
    letters = [c if c in own else _plain(c) for c in composed]
    if not own.intersection(letters):
        return _sounds(plain)
    return _by_bones(_spoken("".join(letters), _spelling("scripts", "romanisation"), 16))


def _spoken(text: str, spelling: _Spelling, most: int = 8) -> list[str]:
    """The sounds of a word, the likeliest first: the first that each of its letters may have."""
    spoken, end = [(0, "")], 0
    for match in spelling.pattern.finditer(text):
        before, end = text[end : match.start()], match.end()
        sounds = enumerate(spelling.sounds[match.lastindex - 1] if match.lastindex else ("",))
        further = [(odd + n, said + before + sound) for n, sound in sounds for odd, said in spoken]
        spoken = sorted(further, key=_oddness)[:most]
    return [said + text[end:] for _, said in spoken]


_oddness = itemgetter(0)


def _by_bones(sounds: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for sound in sounds:
        found.setdefault(_bones(sound), sound)
    return found


# --- how alike two words are -------------------------------------------------------------

_NEAR = {
    frozenset(pair)
    for pair in [
        "gh",
        "kg",
        "pb",
        "td",
        "fv",
        "vu",
        "ds",
        "ts",
        "sS",
        "SJ",
        "ki",
        "hk",
        "mn",
        "kS",
        "sJ",
        "fp",
        "lr",
    ]
}


_FEMININE = ("a", "ah", "e", "eh")


def likeness(a: Word, b: Word) -> float:
    """How surely two words are one name, from 0 to 1: `MATCH` and above is taken for one."""
    if a.plain == b.plain or _numbered_apart(a, b):
        return float(a.plain == b.plain)
    from rapidfuzz.distance import OSA, JaroWinkler

    if not a.groups.isdisjoint(b.groups):
        return 0.95
    best = 0.0
    shared = a.sounds.keys() & b.sounds.keys()
    for bones in shared:
        one, other = a.sounds[bones], b.sounds[bones]
        heard = JaroWinkler.similarity(one, other)
        floor = (0.4, 0.4, 0.62, 0.8)[min(len(bones), 3)]
        value = floor + (0.98 - floor) * heard**2
        if (one[0] in "aeiu") != (other[0] in "aeiu") and not (a.abjad or b.abjad):
            value -= 0.2  # Ahmad, Hamid
        best = max(best, value)
    short, long = sorted((a.plain, b.plain), key=len)
    if long.startswith(short) and long[len(short) :] in _FEMININE and short[-1] not in "aeiouyhv":
        return min(best, 0.78)
    if best >= 0.9:
        return best
    apart = OSA.distance(short, long, score_cutoff=2)
    if apart == 1 and len(long) >= 5:
        exchanged = len(short) == len(long) and sorted(short) == sorted(long)
        best = max(best, 0.86 if exchanged else 0.68 + 0.02 * min(len(long), 8))
    elif apart == 2 and len(long) >= 9:
        best = max(best, 0.72)
    if not shared:
        # An abjad's letters say less: vowels are missing, consonants double.
        nearly = _bones_nearly if a.abjad or b.abjad else _bones_alike
        best = max(best, max(nearly(x, y) for x in a.sounds for y in b.sounds))
    return best


def _numbered_apart(a: Word, b: Word) -> bool:
    """Whether both are names that were numbered, to hide whose they are: « NOM1 », « NOM12 »."""
    if a.plain.isalpha() or b.plain.isalpha():
        return False
    one, other = ("".join(filter(str.isdigit, each.plain)) for each in (a, b))
    return bool(one and other) and one != other


def _bones_nearly(x: str, y: str) -> float:
    from rapidfuzz.distance import OSA

    return 0.95 * OSA.normalized_similarity(x, y) if min(len(x), len(y)) > 1 else 0.0


def _bones_alike(x: str, y: str) -> float:
    """How alike two words are whose consonants differ in one place."""
    if len(x) == len(y) >= 3:
        apart = [pair for pair in zip(x, y, strict=True) if pair[0] != pair[1]]
        if len(apart) == 1:
            near = frozenset(apart[0]) in _NEAR
            return (0.76 if near else 0.43) + 0.02 * min(len(x) - 3, 3)
    return 0.0
