"""The rules as values: rule-sets, clocks, motives, and what counts as durable or lasting.

They are written as TOML under `data/` and read by `store.rulebook`; here they are only values
and look-ups. Every number has a name, a date and a source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from agir_cli.domain.dates import Length, PartialDate, french_day
from agir_cli.domain.vocabulary import Housing, HousingDetail, Motive, Work


class Source(NamedTuple):
    """Where a rule comes from: what the screen shows."""

    title: str
    place: str
    checked_on: date

    def __str__(self) -> str:
        return f"{self.title}, {self.place}" if self.place else self.title


class Criterion(NamedTuple):
    """One criterion of a rule-set, with its parameters and the project's reading of the source."""

    code: str
    source: Source
    reading: str
    parameters: Mapping[str, Any]


class Ceiling(NamedTuple):
    """How many persons each department may support at once; a ceiling refuses nobody."""

    by_department: Mapping[str, int]
    source: Source
    reading: str = ""


class RuleSet(NamedTuple):
    """The criteria of some departments for some days, ``start`` and ``end`` included."""

    code: str
    title: str
    departments: Mapping[str, date]
    """Each department with the day the programme opened there."""
    start: date
    end: date | None
    criteria: Mapping[str, Criterion]
    commission: bool = True
    """Whether a commission designates the référent; else the contract follows the diagnostic."""
    commission_source: Source | None = None
    places: Ceiling | None = None

    def covers(self, department: str, day: date) -> bool:
        """Whether this rule-set is in force in ``department`` on ``day``."""
        in_time = self.start <= day and (self.end is None or day <= self.end)
        return in_time and department in self.departments

    @property
    def days(self) -> str:
        """Its days in French: « du 01/01/2023 au 30/06/2024 »."""
        until = f"au {french_day(self.end)}" if self.end else "sans fin"
        return f"du {french_day(self.start)} {until}"


SLIDING, ANCHORED = "glissante", "ancree"
CADENCES = {
    SLIDING: "glissante : depuis le contrat, puis depuis le dernier entretien",
    ANCHORED: "ancrée : un dans chaque période depuis le contrat",
}


class Clock(NamedTuple):
    """A named length with its starting event, in force for starts from ``since`` on."""

    name: str
    length: Length
    start_event: str
    since: date
    source: Source
    note: str = ""
    ends: str = ""
    """What stops it (French), beside the closing of the dossier."""
    cadence: str = ""
    """Of a clock that comes again: `SLIDING` from the last time, or `ANCHORED` to the first."""

    @property
    def told(self) -> str:
        """Its note, and how it comes again where it does."""
        again = f" Cadence {CADENCES[self.cadence]}." if self.cadence else ""
        return self.note + again

    @property
    def anchored(self) -> bool:
        """Whether it comes once in each period from its starting event."""
        return self.cadence == ANCHORED


class MotiveRule(NamedTuple):
    """A motive of closing: whether it uses up the right, and which command may give it."""

    motive: Motive
    final: bool
    command: str
    source: Source


class SituationFlags(NamedTuple):
    """Which situations count as durable work and lasting housing, from a day on."""

    since: date
    durable_work: frozenset[Work]
    lasting_housing: frozenset[Housing]
    lasting_details: frozenset[HousingDetail]
    """Details that make `logement_accompagne` lasting."""
    source: Source


class Target(NamedTuple):
    """What the convention wants of a department in a year; ``source``: where it says so."""

    department: str
    year: int
    measure: str
    value: int
    source: str


TARGETS = ("personnes", "menages", "contrats")
"""What a convention may want: persons, households, contracts."""
TARGET_COLUMNS = ("departement", "annee", "mesure", "objectif", "source")


def target_of(told: Mapping[str, str], departments: Collection[str]) -> Target:
    """The target that a row tells, by `TARGET_COLUMNS`. Raises `RuleFault` with every fault."""
    said = {name: str(told.get(name, "")).strip() for name in TARGET_COLUMNS}
    faults = [f"il manque {name}" for name, text in said.items() if not text]
    department, year, value = said["departement"].upper(), said["annee"], said["objectif"]
    measure = said["mesure"].casefold().replace("é", "e")
    if department and department not in departments:
        faults.append(f"departement « {department[:20]} » n'est pas connu (44, 85…)")
    if year and not (year.isascii() and year.isdigit() and 2023 <= int(year) <= 2199):
        faults.append(f"annee « {year[:20]} » n'est pas une année (2023)")
    if measure and measure not in TARGETS:
        faults.append(f"mesure « {measure[:20]} » n'existe pas ({', '.join(TARGETS)})")
    if value and not (value.isascii() and value.isdigit() and len(value) < 7):
        faults.append(f"objectif « {value[:20]} » n'est pas un nombre entier")
    if faults:
        raise RuleFault(" ; ".join(faults))
    return Target(department, int(year), measure, int(value), said["source"])


class Clocks(NamedTuple):
    """Every clock, by name, oldest first."""

    by_name: Mapping[str, tuple[Clock, ...]]

    def at(self, name: str, start: PartialDate | None) -> Clock:
        """The clock in force at its starting event (the first one when that is not known)."""
        versions = self.by_name[name]
        if start is None:
            return versions[-1]
        in_force = [clock for clock in versions if clock.since <= start.earliest]
        return in_force[-1] if in_force else versions[0]


class Rulebook(NamedTuple):
    """All dated rules that one command works with."""

    rule_sets: tuple[RuleSet, ...]
    clocks: Clocks
    motives: Mapping[Motive, MotiveRule]
    situations: tuple[SituationFlags, ...]
    departments: tuple[str, ...] = ()
    """Those the file was made for; none: those that a rule-set covers."""

    @property
    def served(self) -> tuple[str, ...]:
        """The departments whose dossiers the file holds, in order."""
        covered = {code for rules in self.rule_sets for code in rules.departments}
        return self.departments or tuple(sorted(covered))

    def rule_set(self, department: str, received: PartialDate | None) -> RuleSet | None:
        """The rule-set of a department for the day a request was received.

        ``None`` when no rule-set covers it, or when the day is too vague to tell which one
        does: then the rule is not known, OFII decides, and nobody is refused.
        """
        if received is None:
            return None
        for rules in self.rule_sets:
            if rules.covers(department, received.earliest):
                vague = not (received.exact or rules.covers(department, received.latest))
                return None if vague else rules
        return None

    def drafted(self, draft: RuleSet, *, any_day: bool = False) -> Rulebook:
        """The same rules with a draft before them; ``any_day``: as if it had no first or last."""
        if any_day:
            draft = draft._replace(start=date.min, end=None)
        return self._replace(rule_sets=(draft, *self.rule_sets))

    def uncovered(self, department: str, day: date) -> Stretch:
        """The days around ``day`` that no rule-set of a department covers.

        They begin on `date.min` where none ends before, and end on `date.max` where none follows.
        """
        own = [rules for rules in self.rule_sets if department in rules.departments]
        ended = [rules.end for rules in own if rules.end and rules.end < day]
        begun = [rules.start for rules in own if rules.start > day]
        first = max(ended) + _DAY if ended else date.min
        return Stretch(first, min(begun) - _DAY if begun else date.max, ())

    def nearest(self, department: str, received: PartialDate | None) -> RuleSet:
        """The rule-set of the nearest days, of the department if it has one: to inform."""
        day = received.earliest if received else date.max
        own = [rules for rules in self.rule_sets if department in rules.departments]
        return min(
            own or self.rule_sets,
            key=lambda rules: abs(day - min(max(day, rules.start), rules.end or date.max)),
        )

    def final(self, motive: Motive) -> bool:
        """Whether a dossier closed for ``motive`` has used the right up."""
        return self.motives[motive].final

    def flags(self, day: date) -> SituationFlags:
        """What counts as durable or lasting on ``day``."""
        in_force = [flags for flags in self.situations if flags.since <= day]
        return in_force[-1] if in_force else self.situations[0]


class RuleFault(ValueError):
    """A rule file that may not be used, and why (French); ``key``: where in the file."""

    def __init__(self, told: str, *key: str) -> None:
        super().__init__(told)
        self.key = key


_DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """Days on end, ``start`` and ``end`` included, with the rule-sets that cover each of them."""

    start: date
    end: date
    codes: tuple[str, ...]


def coverage(
    rule_sets: Sequence[RuleSet], department: str, first: date, last: date
) -> Iterator[Stretch]:
    """The days of a department from ``first`` to ``last``: covered, by none, or by several."""
    own = [rules for rules in rule_sets if department in rules.departments]
    changes = {first, last + _DAY}
    changes |= {rules.start for rules in own}
    changes |= {rules.end + _DAY for rules in own if rules.end and rules.end < date.max}
    days = sorted(day for day in changes if first <= day <= last + _DAY)
    for start, following in pairwise(days):
        codes = tuple(rules.code for rules in own if rules.covers(department, start))
        yield Stretch(start, following - _DAY, codes)


def overlaps_with(one: RuleSet, others: Iterable[RuleSet]) -> Iterator[RuleFault]:
    """The faults of a rule-set that covers a day of a department with another."""
    for other in others:
        shared = sorted(one.departments.keys() & other.departments.keys())
        start = max(one.start, other.start)
        end = min(one.end or date.max, other.end or date.max)
        if shared and start <= end:
            until = f"au {french_day(end)}" if end < date.max else "sans fin"
            yield RuleFault(
                f"les règles « {other.code} » et « {one.code} » couvrent les mêmes jours pour le"
                f" département {', '.join(shared)} : du {french_day(start)} {until}",
                "start" if one.start >= other.start else "end",
            )


def check_rule_sets(rule_sets: Iterable[RuleSet]) -> None:
    """Refuse two rule-sets for one day of one department. Raises `RuleFault`."""
    every = [*rule_sets]
    for place, one in enumerate(every):
        for fault in overlaps_with(one, every[:place]):
            raise fault


# --- the sources of what the program itself says -----------------------------------------


WEBINAR = "Webinaire « Publics réfugiés : le nouveau programme AGIR » du 12/10/2023"

SOURCES = {
    "droit": f"{WEBINAR}, diapo « AGIR : un droit dédié aux BPI »",
    "process": f"{WEBINAR}, diapos « Process d'admission »",
    "regle": "Règle en vigueur au jour de la demande (agir rules)",
    "ouvertures": f"{WEBINAR}, diapo « AGIR – Perspectives »",
    "admission": f"{WEBINAR}, diapo « Process d'admission BPI CIR année N (1/2) », étape 1",
    "coherence": "Règle de l'outil : les étapes se suivent dans l'ordre du parcours"
    f" ({WEBINAR}, diapos « Process d'admission »), et rien ne précède la naissance",
    "delais": f"{WEBINAR}, diapos « Process d'admission » ; ce que la source ne dit pas d'un délai"
    " est un choix du projet (agir rules)",
    "saisie": "Règle de lecture de l'outil : ce qu'une case ou une option peut contenir"
    " (guide, « Les fichiers »)",
    "a_venir": "Règle de l'outil : un fait s'enregistre une fois qu'il a eu lieu",
    "journal": "Règle de l'outil : ce qui est enregistré se corrige avec une trace",
    "cloture": "Règle de l'outil : un dossier clos ne reçoit plus rien",
    "motifs": "Règle de l'outil : un refus du contrat n'est pas une clôture (motifs : agir rules)",
    "transmission": "Règle de l'outil : une demande n'est transmise qu'une fois à l'OFII",
    "listing": "Règle de l'outil : une ligne du listing est un seul dossier",
    "departement": "Règle de l'outil : un dossier est d'un département, et n'en change que par un"
    " transfert",
    "agdref": "Règle de l'outil : un numéro AGDREF désigne une seule personne",
    "numero": "Règle de l'outil : un n° étranger a 10 chiffres, ou 9 ; une autre forme est gardée"
    " et signalée",
    "ouvert": "Règle de l'outil : une personne n'a qu'un dossier ouvert à la fois",
    "homonymes": "Règle de l'outil : même nom et même naissance possible arrêtent et demandent ;"
    " un nom ne bloque jamais à lui seul",
    "enfants": "CESEDA, art. L. 413-2 : le CIR se signe à partir de 16 ans",
    "menages": "Règle de l'outil : un code de ménage vaut dans la liste où il est écrit",
    "repertoire": "Règle de l'outil : ce que le répertoire ne connaît pas est gardé et signalé",
    "reseau": "Choix du projet agir : par quels états passe une action du réseau, ou une tâche",
    "inconnu": "Règle de l'outil : l'inconnu ne refuse jamais, il se complète",
    "ofii": "L'OFII décide : décision enregistrée au dossier",
    "projet": "Choix du projet agir, là où les sources ne disent rien",
}
