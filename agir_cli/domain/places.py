"""Communes and their codes: how a place is typed, compared, and found in the gazetteer."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import NamedTuple

_FORMS = {"st": "saint", "ste": "sainte"}
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ʼ": " ", "ʻ": " ", "ˈ": " "})
_ARTICLES = frozenset({"le", "la", "les", "l"})
_SUR = re.compile(r"\bs/")
_CODE = re.compile(r"[0-9]{5}|2[ab][0-9]{3}")
_CEDEX = re.compile(r"\bcedex( [0-9]{1,2})?\b")
_CITIES = {"paris": "75", "lyon": "69", "marseille": "13"}
_ARRONDISSEMENT = re.compile(r" [0-9]{1,2} ?(er|e|eme)?( arr(ondissement)?)?$")
_SPLIT_POSTAL = re.compile(r"\b([0-9]{2}) ([0-9]{3})\b")

_METROPOLE = {f"{number:02}" for number in range(1, 96)} - {"20"}
_OVERSEAS = {"971", "972", "973", "974", "975", "976", "977", "978", "984", "986", "987", "988"}
DEPARTMENT_CODES = frozenset(_METROPOLE | _OVERSEAS | {"2A", "2B"})
"""Every code that stands for a department or an overseas territory ("44", "2A", "974")."""


def department_of(code: str) -> str | None:
    """The department of an INSEE or postal code of five characters, or None.

    >>> department_of("44109"), department_of("2A004"), department_of("97400")
    ('44', '2A', '974')

    Corsican postal codes: 200xx and 201xx are in 2A, 202xx and 206xx in 2B.
    """
    code = code.strip().upper()
    if not _CODE.fullmatch(code.lower()):
        return None
    if code[:2] == "20":
        return {"0": "2A", "1": "2A", "2": "2B", "6": "2B"}.get(code[2])
    start = code[:3] if code[:2] in ("97", "98") else code[:2]
    return start if start in DEPARTMENT_CODES else None


def normalise_name(text: str) -> str:
    """The comparison key of a name: words without case, accents or punctuation.

    "St" reads "saint", "Ste" "sainte", "s/" "sur"; hyphens and apostrophes part words.
    Applying it twice changes nothing.
    """
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded).casefold().translate(_LIGATURES)
        folded = unicodedata.normalize("NFKD", folded)
        folded = "".join(c for c in folded if not unicodedata.combining(c))
    folded = _SUR.sub("sur ", folded)
    words = "".join(c if c.isalnum() else " " for c in folded).split()
    return " ".join(_FORMS.get(word, word) for word in words)


def without_article(key: str) -> str:
    """``key`` without an article at its beginning or end ("Herbiers (Les)", "Baule")."""
    words = key.split()
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    if len(words) > 1 and words[-1] in _ARTICLES:
        words = words[:-1]
    return " ".join(words)


def akin(typed: str, official: str) -> bool:
    """Whether one key continues the other by whole words ("fontenay", "fontenay le comte").

    Only good among the few communes of one postal code: it is no proof elsewhere.
    """
    short, long = sorted((without_article(typed), without_article(official)), key=len)
    significant = len(short) > 2 and short not in ("saint", "sainte")
    return significant and f"{long} ".startswith(f"{short} ")


class TypedPlace(NamedTuple):
    """A typed place, before it is looked up."""

    code: str | None
    is_insee: bool
    is_postal: bool
    department: str | None
    name: str


def read_place(text: str) -> TypedPlace | None:
    """The code, department and name key written in ``text``; None if it holds two codes.

    Reads "44150 Ancenis", "85 000 LRY", "Nantes (44109)", "insee:44003",
    "Nantes cedex 3", "Avrillé (49)" and their neighbours.
    """
    key = normalise_name(text)
    cedex = _CEDEX.search(key) is not None
    key = _SPLIT_POSTAL.sub(r"\1\2", _CEDEX.sub(" ", key))
    words = key.split()
    codes = {word for word in words if _CODE.fullmatch(word)}
    if len(codes) > 1:
        return None
    words = [word for word in words if word not in codes]
    is_insee = bool(codes) and "insee" in words
    if codes:
        words = [word for word in words if word not in ("insee", "f", "france")]
    department = _take_department(words)
    code = codes.pop().upper() if codes else None
    is_insee = is_insee or (code or "").startswith(("2A", "2B"))
    return TypedPlace(code, is_insee, cedex and not is_insee, department, " ".join(words))


def _take_department(words: list[str]) -> str | None:
    if len(words) == 2 and words[0] in _CITIES and words[1].isdigit() and int(words[1]) <= 20:
        return None  # « Paris 18 » is no place in Cher
    for position in (-1, 0):
        if words and words[position].upper() in DEPARTMENT_CODES:
            return words.pop(position).upper()
    return None


# --- the gazetteer -----------------------------------------------------------------------


_LONGEST_NAME = 60
_RARE = 3
"""In so many communes at most a word tells which one is meant."""


class Place(NamedTuple):
    """Where somebody lives or is domiciled; ``insee`` is None when the commune is not known."""

    insee: str | None
    postal: str | None
    department: str


Point = tuple[float, float]
"""Latitude and longitude, in degrees."""


class Commune(NamedTuple):
    """A commune of today; ``epci`` is the code of its intercommunality, or ""."""

    insee: str
    name: str
    department: str
    postal_codes: tuple[str, ...]
    epci: str
    population: int
    epci_name: str = ""
    position: str = ""
    """« 47.22 -1.55 »: within some kilometres; the middle of its neighbours for a small one."""

    @property
    def point(self) -> Point | None:
        """Where it is, where that is known."""
        latitude, _, longitude = self.position.partition(" ")
        return (float(latitude), float(longitude)) if longitude else None


def kilometres(one: Point, other: Point) -> float:
    """The distance between two points as the crow flies (a flat map: good for one region)."""
    from math import cos, hypot, radians

    north, east = one[0] - other[0], one[1] - other[1]
    return 111.2 * hypot(north, east * cos(radians((one[0] + other[0]) / 2)))


class AmbiguousPlace(NamedTuple):
    """Several communes answer, or two parts of the text disagree.

    ``department`` is the one they share, None when the department itself is in doubt.
    """

    candidates: tuple[Commune, ...]
    department: str | None


class UnknownPlace(NamedTuple):
    """No commune answers. ``nearest`` are at most three names; ``department`` as by the code."""

    nearest: tuple[str, ...]
    department: str | None = None


Found = Place | AmbiguousPlace | UnknownPlace


class Gazetteer:
    """The communes of the covered departments, under every name people give them.

    ``aliases`` are (former INSEE code, former name or "", INSEE code of today); ``towns`` are the
    larger communes elsewhere (INSEE code, name), of which only the department is taken. Each is
    gone through when the first place is looked for in it.
    """

    def __init__(
        self,
        communes: Iterable[Commune],
        aliases: Iterable[tuple[str, str, str]],
        towns: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._listed = communes
        self._former = aliases
        self._elsewhere_listed = towns
        self._cached = lru_cache(maxsize=1 << 16)(self._find)

    def find(self, text: str, *, department: str | None = None, postal: str | None = None) -> Found:
        """The place that ``text`` names. Never raises.

        ``department`` only decides between homonyms: it is the dossier's, and a
        person may live elsewhere. ``postal`` is the code of a neighbouring column:
        it decides, and contradicts. A readable code outside the covered departments
        gives a place without commune.
        """
        return self._cached(text, department, postal)

    def commune(self, insee: str) -> Commune | None:
        """Today's commune of an INSEE code, former codes included."""
        return self._communes.get(insee) or self._communes.get(self._today.get(insee, ""))

    def every(self) -> Iterable[Commune]:
        """The communes of today, in the order of the table."""
        return self._communes.values()

    @cached_property
    def formerly(self) -> dict[str, str]:
        """The former names and codes of each commune (INSEE code): « Anetz (44004), Ancenis »."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for old, name, insee in self._aliases:
            code = "" if old == insee else f"({old})" if name else old
            found[insee].append(f"{name} {code}".strip())
        return {insee: ", ".join(names) for insee, names in found.items()}

    def name(self, insee: str) -> str:
        """The name of a commune; the code itself when it is not in the list."""
        commune = self.commune(insee)
        return commune.name if commune else insee

    @cached_property
    def departments(self) -> frozenset[str]:
        """The departments whose communes are listed."""
        return frozenset(commune.department for commune in self._communes.values())

    @cached_property
    def _communes(self) -> dict[str, Commune]:
        return {commune.insee: commune for commune in self._listed}

    @cached_property
    def _aliases(self) -> tuple[tuple[str, str, str], ...]:
        return tuple(self._former)

    @cached_property
    def _today(self) -> dict[str, str]:
        return {old: insee for old, _name, insee in self._aliases if old != insee}

    @cached_property
    def _by_postal(self) -> dict[str, tuple[Commune, ...]]:
        found: defaultdict[str, list[Commune]] = defaultdict(list)
        for commune in self._communes.values():
            for code in commune.postal_codes:
                found[code].append(commune)
        return {code: tuple(communes) for code, communes in found.items()}

    @cached_property
    def _by_name(self) -> dict[str, tuple[Commune, ...]]:
        named = [(commune.name, commune.insee) for commune in self._communes.values()]
        named += [(name, insee) for _old, name, insee in self._aliases if name]
        return self._indexed((normalise_name(name), insee) for name, insee in named)

    @cached_property
    def _by_bare_name(self) -> dict[str, tuple[Commune, ...]]:
        keys = ((without_article(key), c.insee) for key, cs in self._by_name.items() for c in cs)
        return self._indexed(keys)

    @cached_property
    def _towns(self) -> dict[str, tuple[str, ...]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for insee, name in self._elsewhere_listed:
            found[without_article(normalise_name(name))].append(insee)
        return {name: tuple(codes) for name, codes in found.items()}

    def _indexed(self, keys: Iterable[tuple[str, str]]) -> dict[str, tuple[Commune, ...]]:
        found: defaultdict[str, dict[str, Commune]] = defaultdict(dict)
        for key, insee in keys:
            if insee in self._communes:
                found[key][insee] = self._communes[insee]
        return {key: tuple(communes.values()) for key, communes in found.items()}

    def _find(self, text: str, department: str | None, postal: str | None) -> Found:
        typed = read_place(text)
        if typed is None:
            return UnknownPlace(())
        hint = "".join((postal or "").split())
        if department_of(hint) is None:
            hint = ""
        typed = self._settled(typed, hint)
        if typed.code is None:
            answer = self._by_name_alone(typed, department)
        elif typed.name:
            answer = self._by_code_and_name(typed, typed.code)
        else:
            answer = self._by_code_alone(typed, typed.code)
        return self._checked(answer, typed.department, hint)

    def _settled(self, typed: TypedPlace, hint: str) -> TypedPlace:
        """Settle what a typed code is by the postal column, or borrow its code."""
        if not hint:
            return typed
        if typed.code is None or (typed.code == hint and not typed.is_insee):
            return typed._replace(code=hint, is_postal=True)
        own = self._communes.get(typed.code)
        if own and hint in own.postal_codes and not typed.is_postal:
            return typed._replace(is_insee=True)
        return typed

    def _readings(self, typed: TypedPlace, code: str) -> tuple[Commune | None, tuple[Commune, ...]]:
        """The commune ``code`` is the INSEE code of, and those it is the postal code of."""
        at = () if typed.is_insee else self._by_postal.get(code, ())
        if typed.is_postal:
            return None, at
        # A former INSEE code is too rare to cast doubt on a postal code in use.
        return (self._communes.get(code) if at else self.commune(code)), at

    def _by_code_alone(self, typed: TypedPlace, code: str) -> Found:
        own, at = self._readings(typed, code)
        if own and at and own not in at:
            return _ambiguous((own, *at))
        if own and not at:
            return _place(own)
        if len(at) == 1:
            return _place(at[0], code)
        departments = {commune.department for commune in at}
        if len(departments) > 1:
            return _ambiguous(at)
        if departments:
            return Place(None, code, departments.pop())
        return self._elsewhere(typed, code)

    def _by_code_and_name(self, typed: TypedPlace, code: str) -> Found:
        own, at = self._readings(typed, code)
        pool = tuple(dict.fromkeys((*at, *((own,) if own else ()))))
        named = self._named(typed.name)
        hits = tuple(commune for commune in pool if commune in named)
        hits = hits or tuple(c for c in pool if akin(typed.name, normalise_name(c.name)))
        if hits:
            return _one_of(_exactly(hits, typed.name), code)
        if pool:
            return _ambiguous(tuple(dict.fromkeys((*named, *pool))))
        if not named:
            return self._elsewhere(typed, code)
        # CEDEX codes are in no list of communes: the name and the department must agree.
        inside = tuple(c for c in named if c.department == department_of(code))
        if inside and not typed.is_insee:
            return _one_of(_exactly(inside, typed.name), code, listed=False)
        return AmbiguousPlace(named, None)

    def _by_name_alone(self, typed: TypedPlace, department: str | None) -> Found:
        named = self._named(typed.name)
        wanted = typed.department or department
        inside = tuple(c for c in named if c.department == wanted)
        if inside:
            return _one_of(_exactly(inside, typed.name))
        if not named and (town := self._town(typed)) is not None:
            return town
        if typed.department and not named:
            return self._elsewhere(typed, None)
        if wanted and named and (typed.department or wanted not in self.departments):
            return AmbiguousPlace(named, None)
        return _one_of(named) if named else UnknownPlace(self._nearest(typed.name))

    def _town(self, typed: TypedPlace) -> Found | None:
        """Answer for a town elsewhere that is named; None where none is known of that name."""
        city = _ARRONDISSEMENT.sub("", typed.name)
        if city in _CITIES:
            return Place(None, None, _CITIES[city])
        codes = self._towns.get(without_article(typed.name), ())
        departments = {department_of(code) or "" for code in codes}
        if typed.department is not None or not departments:
            return None
        if len(departments) == 1:
            return Place(None, None, departments.pop())
        return AmbiguousPlace(
            tuple(Commune(c, typed.name, department_of(c) or "", (), "", 0) for c in codes), None
        )

    def _elsewhere(self, typed: TypedPlace, code: str | None) -> Found:
        """Answer for a place outside the list: only its department and postal code are known."""
        department = department_of(code) if code else typed.department
        if department in self.departments and (code or typed.name):
            return UnknownPlace(self._nearest(typed.name), department)
        if department is None:
            return UnknownPlace(self._nearest(typed.name))
        return Place(None, None if typed.is_insee else code, department)

    def _checked(self, answer: Found, department: str | None, hint: str) -> Found:
        """``answer``, unless the department written or the postal column contradicts it."""
        if not isinstance(answer, Place):
            return answer
        commune = self.commune(answer.insee) if answer.insee else None
        other = {department, department_of(hint)} - {None, answer.department}
        other_postal = hint in self._by_postal and hint != answer.postal
        if commune and hint in commune.postal_codes and other_postal and not other:
            return _place(commune, hint)
        if commune and (other or other_postal):
            candidates = (commune, *self._by_postal.get(hint, ()))
            return AmbiguousPlace(candidates, None if other else answer.department)
        if other:
            return UnknownPlace(())
        return answer if commune or hint in ("", answer.postal) else answer._replace(postal=None)

    def _named(self, key: str) -> tuple[Commune, ...]:
        return self._by_name.get(key) or self._by_bare_name.get(without_article(key), ())

    def _nearest(self, key: str) -> tuple[str, ...]:
        if not 2 < len(key) < _LONGEST_NAME:
            return ()
        from difflib import get_close_matches

        # « Escoublac », « Saint-Jean-de-Corcoué »: a rare word tells the commune of today.
        holding = [self._by_word.get(word, ()) for word in key.split() if len(word) > 3]
        rare = Counter(name for names in holding if len(names) <= _RARE for name in names)
        keys = get_close_matches(key, self._by_name, n=3, cutoff=0.7)
        alike = (c.name for near in keys for c in self._by_name[near])
        return tuple(dict.fromkeys([*(name for name, _ in rare.most_common()), *alike]))[:3]

    @cached_property
    def _by_word(self) -> dict[str, tuple[str, ...]]:
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for key, communes in self._by_name.items():
            for word in key.split():
                found[word] |= dict.fromkeys(commune.name for commune in communes)
        return {word: tuple(names) for word, names in found.items()}


def _place(commune: Commune, code: str | None = None, *, listed: bool = True) -> Place:
    postal = code if code in commune.postal_codes or not listed else None
    if postal is None and len(commune.postal_codes) == 1:
        postal = commune.postal_codes[0]
    return Place(commune.insee, postal, commune.department)


def _one_of(
    communes: tuple[Commune, ...], code: str | None = None, *, listed: bool = True
) -> Found:
    if len(communes) == 1:
        return _place(communes[0], code, listed=listed)
    return _ambiguous(communes)


def _exactly(communes: tuple[Commune, ...], key: str) -> tuple[Commune, ...]:
    """Prefer the communes that bear the name today to those that absorbed a homonym."""
    return tuple(c for c in communes if normalise_name(c.name) == key) or communes


def _ambiguous(communes: tuple[Commune, ...]) -> AmbiguousPlace:
    departments = {commune.department for commune in communes}
    return AmbiguousPlace(communes, departments.pop() if len(departments) == 1 else None)
