"""Texts with places to fill: the words of letters and messages, a team's own among them.

``[section]`` begins a part that is always said, ``[section.cas]`` one said in that case only.
« = » begins a title, « - » a point, « # » what is not read. ``{cle}`` is what the dossier says, or
a line to fill in by hand; ``{cle?}`` is what it says, or nothing. Nothing else is obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from agir_cli.domain.dates import PartialDate, french_on, french_until
from agir_cli.failures import UsageFailure, reason_of
from agir_cli.shipped import data_file

FRENCH = "fr"
TEAM, WORDS = "equipe", "mots"
"""The two texts that every paper takes from: what is the team's own, how days are said."""

BLANK = "." * 40
"""What is printed in the place of what is not known."""
WITHOUT = "sans_"
"""Begins the case in which a key says nothing."""
_KEY = re.compile(r"\{([^{}]*)\}")
_HEAD = re.compile(r"\[([a-z_0-9-]+)(?:\.([\w-]+))?\]", re.IGNORECASE)


class Line(NamedTuple):
    """A line as it is written, with its number."""

    number: int
    text: str


class Part(NamedTuple):
    """The lines of a section that are said in a case, or (no case) always."""

    section: str
    case: str
    lines: tuple[Line, ...]


class Said(NamedTuple):
    """A section as it is printed."""

    section: str
    title: str
    lines: tuple[str, ...]


class Template(NamedTuple):
    """The parts of a text, in their order."""

    name: str
    parts: tuple[Part, ...]

    def section(self, name: str, case: str = "") -> tuple[str, ...]:
        """The lines of one part, as they are written."""
        found = (p.lines for p in self.parts if (p.section, p.case) == (name, case))
        return tuple(line.text for lines in found for line in lines)

    def said(
        self,
        values: Mapping[str, str],
        cases: Collection[str],
        own: Mapping[str, Collection[str]],
        unknown: set[str],
    ) -> Iterator[Said]:
        """The sections with something to say; keys that had nothing to say join ``unknown``.

        ``cases``: those that hold; ``own``: those of a section that has others, of which one that
        the text does not know is said as « autre ».
        """
        known = {*cases, *(k for k, v in values.items() if v)}
        known |= {f"{WITHOUT}{k}" for k, v in values.items() if not v}
        for name in dict.fromkeys(part.section for part in self.parts):
            parts = [part for part in self.parts if part.section == name]
            wanted: Collection[str] = known
            if name in own:
                told = {part.case for part in parts}
                wanted = {case if case in told else "autre" for case in own[name]}
                if not wanted:
                    continue
            lines = [ln for p in parts if not p.case or p.case in wanted for ln in p.lines]
            titles = [line.text[1:].strip() for line in lines if line.text.startswith("=")]
            texts = [line.text for line in lines if not line.text.startswith("=")]
            written = [one for text in texts for one in filled(text, values, unknown)]
            if written or (titles and len(parts) == 1):
                title = " ".join(one for text in titles for one in filled(text, values, unknown))
                yield Said(name, title, tuple(written))


def filled(text: str, values: Mapping[str, str], unknown: set[str]) -> list[str]:
    """A line with its keys filled, as one line or more: one for each line of what a key says."""

    def value(found: re.Match[str]) -> str:
        key, optional = _key_of(found[1])
        said = values.get(key, "")
        if not said and not optional:
            unknown.add(key)
            return BLANK
        return said

    whole = _KEY.findall(text)
    if len(whole) == 1 and "\n" in (several := values.get(_key_of(whole[0])[0], "")):
        before, after = _KEY.split(text)[0], _KEY.split(text)[-1]
        return [f"{before}{one}{after}" for one in several.split("\n")]
    written = re.sub(r" +(?=[.,](?!\.))", "", " ".join(_KEY.sub(value, text).split()))
    return [written] if written.strip("- ") else []


def _key_of(written: str) -> tuple[str, bool]:
    return written.strip().removesuffix("?"), written.strip().endswith("?")


def read_template(
    name: str, text: str, keys: Collection[str], cases: Collection[str] | None = None
) -> Template:
    """The template that a text is. Raises `UsageFailure`: the line, what is wrong, the nearest key.

    ``cases``: those that may hold, beside a key or `WITHOUT` it; None: any word.
    """
    parts: list[Part] = []
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            head = _HEAD.fullmatch(line)
            if head is None:
                raise _fault(name, number, "une partie s'écrit [nom] ou [nom.cas]")
            if cases is not None and head[2]:
                _check(name, number, "cas", head[2], {*cases, *keys}, WITHOUT)
            parts.append(Part(head[1], head[2] or "", ()))
            continue
        if not parts:
            raise _fault(name, number, "le texte commence par le nom d'une partie, comme [titre]")
        for key in _KEY.findall(line):
            _check(name, number, "clé", _key_of(key)[0], keys)
        if set("{}") & set(_KEY.sub("", line)):
            raise _fault(name, number, "une accolade n'a pas sa pareille ; une clé s'écrit {nom}")
        parts[-1] = parts[-1]._replace(lines=(*parts[-1].lines, Line(number, line)))
    return Template(name, tuple(parts))


def _check(
    name: str, number: int, what: str, word: str, known: Collection[str], prefix: str = "\0"
) -> None:
    if word in known or word.removeprefix(prefix) in known:
        return
    near = get_close_matches(word, sorted(known), n=1, cutoff=0.4)
    nearest = f" ; la plus proche : {{{near[0]}}}" if near else ""
    if near and what == "cas":
        nearest = f" ; le plus proche : {near[0]}"
    shown = f"{{{word}}}" if what == "clé" else f"« {word} »"
    raise _fault(name, number, f"{what} inconnu{'e' * (what == 'clé')} {shown}{nearest}")


def _fault(name: str, number: int, what: str) -> UsageFailure:
    return UsageFailure(f"Modèle « {name} », ligne {number} : {what}.")


# --- the team's templates, else those of the program --------------------------------------


class Templates:
    """The templates of a team: those in its own folder win."""

    def __init__(self, folder: Path, keys: Collection[str], cases: Collection[str]) -> None:
        """``keys``, ``cases``: those that a paper's text may hold."""
        self.folder, self._keys, self._cases = folder, keys, cases
        self._read: dict[str, Template | None] = {}

    def get(self, name: str, language: str = FRENCH) -> Template | None:
        """A template in a language; None where nobody has written it. Raises `UsageFailure`."""
        file = f"{name}.{language}.txt"
        if file not in self._read:
            place = self.place(file)
            if place is None:
                self._read[file] = None
            else:
                try:
                    text = place.read_text("utf-8-sig")
                except (OSError, UnicodeError) as error:
                    raise _unreadable(place, error) from None
                keys = _DAY_KEYS if name == WORDS else self._keys
                cases = None if name == TEAM else self._cases
                self._read[file] = read_template(place.name, text, keys, cases)
        return self._read[file]

    def need(self, name: str, language: str = FRENCH) -> Template:
        """The same, which there is at least in French."""
        found = self.get(name, language) or self.get(name)
        assert found is not None  # shipped
        return found

    def place(self, file: str) -> Path | None:
        """Where a template stands."""
        own = self.folder / file
        if own.is_file():
            return own
        shipped = data_file("letters") / file
        return shipped if shipped.is_file() else None

    @property
    def logo(self) -> Path | None:
        """The team's picture, if there is one."""
        places = (self.folder / f"logo.{end}" for end in ("png", "jpg", "jpeg"))
        return next((place for place in places if place.is_file()), None)

    def of_the_team(
        self, section: str, office: str = "", language: str = FRENCH, *, alone: bool = False
    ) -> str:
        """What the team says of an office, else (unless ``alone``) of all: one text."""
        for case in (office,) if alone else dict.fromkeys((office, "")):
            for code in dict.fromkeys((language, FRENCH)):
                written = self.get(TEAM, code)
                lines = written.section(section, case) if written else ()
                if lines and (case or not alone):
                    return " ".join(lines)
        return ""


def _unreadable(place: Path, error: OSError | UnicodeError) -> UsageFailure:
    why = reason_of(error) if isinstance(error, OSError) else "il n'est pas en UTF-8"
    return UsageFailure(f"Le modèle « {place.name} » ne se lit pas : {why}.", f"Fichier : {place}")


# --- how a day is said -------------------------------------------------------------------

_DAY_KEYS = (
    "semaine", "numero", "mois", "annee", "heures", "minutes", "jour", "heure", "debut", "fin",
)  # fmt: skip


class Days:
    """How one language says days and hours: ``mots.fr.txt``; without such a text, in figures."""

    def __init__(self, language: str, template: Template | None) -> None:
        self.language, self._template = language, template

    def day(self, day: date) -> str:
        """« mardi 12 décembre 2023 »."""
        names, months = self._names("jours"), self._names("mois")
        if len(names) != 7 or len(months) != 12:
            return f"{day:%d/%m/%Y}"
        number = "1er" if self.language == FRENCH and day.day == 1 else str(day.day)
        return self._said("jour", semaine=names[day.weekday()], numero=number,
                          mois=months[day.month - 1], annee=str(day.year))  # fmt: skip

    def short(self, day: date) -> str:
        """« mardi 12/12 »."""
        names = self._names("jours")
        return f"{names[day.weekday()]} {day:%d/%m}" if len(names) == 7 else f"{day:%d/%m}"

    def hour(self, hour: str) -> str:
        """« 14 h 00 »."""
        hours, _, minutes = hour.partition(":")
        return self._said("heure", heures=hours, minutes=minutes) or hour

    def moment(self, day: str, hour: str) -> str:
        """« mardi 12 décembre 2023 à 14 h 00 »."""
        return (self._said("moment", jour=day, heure=hour) or f"{day} {hour}") if hour else day

    def on(self, day: PartialDate | None) -> str:
        """« le 12/12/2023 », « en février 2023 »; nothing for none."""
        if day is None:
            return ""
        if self.language == FRENCH:
            return french_on(day)
        return self._between("le" if day.exact else "entre", day)

    def until(self, day: PartialDate | None) -> str:
        """« jusqu'au 11/12/2025 inclus »."""
        if day is None:
            return ""
        return french_until(day) if self.language == FRENCH else self._between("jusqua", day)

    def _between(self, how: str, day: PartialDate) -> str:
        first, last = f"{day.earliest:%d/%m/%Y}", f"{day.latest:%d/%m/%Y}"
        return self._said(how, debut=first, fin=last) or f"{first} – {last}"

    def _names(self, section: str) -> list[str]:
        lines = self._template.section(section) if self._template else ()
        return [name.strip() for name in ",".join(lines).replace("،", ",").split(",")]

    def _said(self, section: str, **values: str) -> str:
        lines = self._template.section(section) if self._template else ()
        return " ".join(" ".join(filled(line, values, set())) for line in lines)
