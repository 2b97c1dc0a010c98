"""Write the demonstration's synthetic population: ``data/demo/population/*.csv``.

Deterministic: the same files every time. Totals on 9 October 2023, the three vignettes of
``data/demo/vignettes`` included, are those of the webinar: 1,028 persons and 682 signatories
in Loire-Atlantique, 227 and 162 in Vendée. At entry 39 % are housed by the DNA and 80 % are
neither in work nor training: all of these are written ``sans_emploi``, since at the CIR's
signature the language course has only just been prescribed (``formation_linguistique`` would
count as neither too: it is not a qualifying training). About 1.55 persons a household.

Run it: ``python scripts/make_demo.py``.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from demo_acts import acts_of, bookings, rights_and_visits
from demo_courses import LISTINGS, Course
from demo_people import COMMUNES, Group, family_names, group
from demo_tracks import course

SEED = 20231009
TARGET = Path(__file__).parents[1] / "data" / "demo" / "population"

# Household tracks and routes, in persons: (track, route, in 44, in 85).
COUNTED = (
    ("support", "n", 542, 123), ("support", "n-1", 96, 24), ("support", "derogation", 2, 0),
    ("support_vague", "n", 5, 1), ("interview_late", "n", 14, 4), ("stopped_by_person", "n", 7, 3),
    ("stopped_by_us", "n", 2, 1), ("goals", "n", 6, 3), ("moved", "n", 5, 2), ("died", "n", 1, 0),
    ("contract_due", "n", 96, 16), ("contract_due", "n-1", 12, 2), ("contract_late", "n", 22, 5),
    ("contract_late", "n-1", 4, 1), ("contract_missed", "n", 7, 2), ("no_commission", "n", 10, 3),
    ("no_commission", "n-1", 2, 1), ("diagnosis_due", "n", 150, 24), ("diagnosis_late", "n", 11, 2),
    ("diagnosis_late", "n-1", 2, 1), ("diagnosis_missed", "n", 6, 1), ("cir_unknown", "n", 4, 1),
    ("not_booked", "n-1", 5, 2), ("refused", "n", 6, 1), ("never_came", "n", 5, 1),
    ("moved_before", "n", 2, 1), ("stopped_before", "n", 2, 1),
)  # fmt: skip
UNCOUNTED = (
    ("unanswered", "n", 5, 1), ("form_to_fill", "n-1", 4, 1), ("declined", "n", 12, 3),
    ("rejected", "n-1", 4, 1), ("rejected_closed", "n-1", 2, 1), ("to_send", "n-1", 8, 2),
    ("to_send_late", "n-1", 4, 1), ("at_ofii", "n-1", 9, 3), ("mistake", "n", 2, 1),
)  # fmt: skip
DEPARTMENTS = ("44", "85")
HOUSEHOLDS = {"44": 661, "85": 145}
"""Of the persons counted, the vignettes' own excluded."""
DNA = {"44": 399, "85": 88}
WITHOUT_WORK = {"44": 822, "85": 182}

_WORK = (
    ("emploi_moins_6_mois", 30), ("insertion", 20), ("interim", 14), ("formation", 12),
    ("emploi_6_mois_plus", 10), ("cdi", 7), ("alternance", 4), ("independant", 2), ("etudes", 1),
)  # fmt: skip
_DURABLE = ("cdi", "emploi_6_mois_plus", "formation", "alternance")
_DNA_PLACES = (("cada", 60), ("huda", 25), ("cph", 15))
_HOUSING = (
    ("sans_abri_precaire", "tiers", 30), ("sans_abri_precaire", "hotel", 4),
    ("sans_abri_precaire", "", 8), ("hebergement_temporaire", "", 34),
    ("logement_accompagne", "residence_sociale", 8), ("logement_accompagne", "fjt", 5),
    ("logement_accompagne", "intermediation_locative", 4), ("logement_autonome", "parc_prive", 4),
    ("logement_autonome", "parc_social", 3),
)  # fmt: skip


@dataclass
class Person:
    """One row of ``enroll``, and the course that its acts follow."""

    course: Course
    fields: dict[str, str]
    place: int
    reference: str = ""


@dataclass
class Household:
    """Persons who live together and follow one course."""

    code: str
    group: Group
    persons: list[Person] = field(default_factory=list)


class Maker:
    """Draws the population of one department."""

    def __init__(self, department: str, rng: random.Random, taken: set[str]) -> None:
        self.department, self.rng, self.taken = department, rng, taken
        self.count = 0

    def households(self) -> list[Household]:
        """Every household: those counted, then single persons who are not."""
        column = 2 + DEPARTMENTS.index(self.department)
        counted = [(t[0], t[1]) for t in COUNTED for _ in range(int(t[column]))]
        sizes = self._sizes(len(counted), HOUSEHOLDS[self.department])
        made = self._made(counted, sizes)
        self._house(made, DNA[self.department])
        self._employ(made, len(counted) - WITHOUT_WORK[self.department] + _vignettes(column))
        others = [(t[0], t[1]) for t in UNCOUNTED for _ in range(int(t[column]))]
        rest = self._made(others, [1] * len(others))
        self._house(rest, round(0.39 * len(others)))
        self._employ(rest, round(0.2 * len(others)))
        return [*made, *rest]

    def _sizes(self, persons: int, households: int) -> list[int]:
        sizes = [1] * households
        while sum(sizes) < persons:
            place = self.rng.randrange(households)
            if sizes[place] < 5 and (sizes[place] == 1 or self.rng.random() < 0.5):
                sizes[place] += 1
        return sizes

    def _made(self, tracks: list[tuple[str, str]], sizes: list[int]) -> list[Household]:
        made, place, seen = [], 0, dict.fromkeys((t for t, _ in tracks), 0)
        for size in sizes:
            home = Household(f"F{self.department}-{len(self.taken):04d}", group(self.rng))
            known: dict[tuple[str, str], Course] = {}
            for member, key in enumerate(tracks[place : place + size]):
                if key not in known:
                    seen[key[0]] += 1
                    known[key] = course(*key, self.department, self.rng, seen[key[0]])
                self._join(home, known[key], member)
            made.append(home)
            place += size
        return made

    # --- one person ----------------------------------------------------------------------

    def _join(self, home: Household, way: Course, member: int) -> None:
        self.count += 1
        sex = self.rng.choice("fm") if member else self.rng.choice("fmm")
        first = home.persons[0].fields if member else {}
        if member == 1:
            sex = "m" if first["sexe"] == "f" else "f"
        family, given = self._name(home, sex, first.get("nom", ""), member)
        eldest = int(first.get("date_naissance", "1990")[:4])
        year = self._birth_year(member, eldest)
        kin = ("titulaire", "conjoint")[member] if member < 2 else _younger(eldest)
        fields = {
            "departement": self.department,
            "agdref": self._number(),
            "nom": family, "prenoms": given, "sexe": sex,
            "date_naissance": self._birth(year),
            "nationalite": home.group.nationality,
            "langues": first.get("langues") or self.rng.choice(home.group.languages),
            "niveau_francais": self._pick((("infra_a1", 34), ("a1", 30), ("a2", 20), ("b1", 8),
                                           ("b2", 2), ("", 6))),
            "telephone": f"063998{self.rng.randrange(10000):04d}" if self._often(0.7) else "",
            "menage": home.code if member else "", "lien_menage": kin if member else "",
            "statut": self._pick((("refugie", 62), ("protection_subsidiaire", 36),
                                  ("apatride", 1))),
            **self._dates(way), **self._places(first),
            "date_cir": way.cir, "orientation": way.orientation,
            "date_orientation": way.oriented_on.isoformat() if way.oriented_on else "",
            "malgre": "Dérogation demandée à l'OFII" if way.decision == "derogation" else "",
        }  # fmt: skip
        if member == 1:
            first["menage"], first["lien_menage"] = home.code, "titulaire"
        if kin == "conjoint" and first["agdref"] and self._often(0.35):
            fields["statut"], fields["rejoint"] = "rejoignant", first["agdref"]
        home.persons.append(Person(way, fields, self.count))

    def _often(self, share: float) -> bool:
        return self.rng.random() < share

    def _pick(self, weighted: Iterable[tuple[str, int]]) -> str:
        values, weights = zip(*weighted, strict=True)
        return str(self.rng.choices(values, weights)[0])

    def _name(self, home: Household, sex: str, shared: str, member: int) -> tuple[str, str]:
        of, families = home.group, family_names(home.group, self.rng)
        tries = 0
        while True:
            tries += 1
            family = shared if shared and (member > 1 or self._often(0.5)) else next(families)
            given = self.rng.choice(of.men if sex == "m" else of.women)
            if self.rng.random() < of.single and tries < 20:
                family, given = next(families), ""
            elif tries > 20:
                family = next(families)
            key = f"{family} {given}"
            if key not in self.taken:
                self.taken.add(key)
                return family, given

    def _birth_year(self, member: int, eldest: int) -> int:
        if member < 2:
            return max(1950, min(2003, round(self.rng.gauss(1992, 8)) if member == 0
                       else eldest + self.rng.randint(-6, 8)))  # fmt: skip
        if _younger(eldest) == "fratrie":
            return min(2004, eldest + self.rng.randint(-5, 9))
        return min(2005, eldest + self.rng.randint(19, 24))

    def _birth(self, year: int) -> str:
        day = date(year, 1, 1) + timedelta(days=self.rng.randrange(365))
        kind = self._pick((("day", 76), ("month", 6), ("year", 18)))
        return {"day": day.isoformat(), "month": day.isoformat()[:7], "year": str(year)}[kind]

    def _number(self) -> str:
        if self._often(0.03):
            return ""
        digits = f"99{self.department}{self.count:06d}"
        return digits[:-6] + digits[-5:] if self._often(0.04) else digits

    def _dates(self, way: Course) -> dict[str, str]:
        status = way.entry - timedelta(days=self.rng.randint(25, 150))
        if len(way.cir) == 10:
            status = min(status, date.fromisoformat(way.cir) - timedelta(days=20))
        arrival = status - timedelta(days=self.rng.randint(200, 1500))
        cut = 7 if self._often(0.6) else 10
        known = "" if self._often(0.05) else arrival.isoformat()[: self.rng.choice((4, 7, 7, 10))]
        return {"date_arrivee": known, "date_statut": status.isoformat()[:cut]}

    def _places(self, first: dict[str, str]) -> dict[str, str]:
        if first:
            return {n: first[n] for n in ("commune_residence", "commune_domicile")}
        home = self._pick((c[0], c[1]) for c in COMMUNES[self.department])
        mail = home if self._often(0.85) else ("" if self._often(0.6) else
               COMMUNES[self.department][0][0])  # fmt: skip
        return {"commune_residence": home, "commune_domicile": mail}

    # --- shares that are exact -----------------------------------------------------------

    def _house(self, homes: list[Household], dna: int) -> None:
        left = dna
        for home in self.rng.sample(homes, len(homes)):
            inside = len(home.persons) <= left
            left -= len(home.persons) if inside else 0
            housing, detail = ("dna", self._pick(_DNA_PLACES)) if inside else self._lodged()
            for person in home.persons:
                person.fields |= {"situation_logement": housing, "detail_logement": detail}
        assert left == 0, left

    def _lodged(self) -> tuple[str, str]:
        housing, detail, _ = self.rng.choices(_HOUSING, [h[2] for h in _HOUSING])[0]
        return housing, detail

    def _employ(self, homes: list[Household], busy: int) -> None:
        persons = [person for home in homes for person in home.persons]
        working = {id(person) for person in self.rng.sample(persons, busy)}
        for person in persons:
            work = self._pick(_WORK) if id(person) in working else "sans_emploi"
            lasting = person.fields["situation_logement"] == "logement_autonome"
            lasting |= person.fields["detail_logement"] in ("residence_sociale", "fjt")
            if work in _DURABLE and lasting:
                work = "emploi_moins_6_mois"
            person.fields["situation_professionnelle"] = work


def _younger(eldest: int) -> str:
    """A third adult of the household: a grown-up child where the first is old enough."""
    return "enfant" if eldest < 1984 else "fratrie"


def _vignettes(column: int) -> int:
    """Vignettes of a department: the source does not say their work at entry."""
    return {2: 2, 3: 1}[column]


# --- who may be one person twice ---------------------------------------------------------

_SPELLINGS = (
    ("ou", "u"), ("dj", "j"), ("kh", "k"), ("aa", "a"), ("ee", "i"), ("sh", "ch"), ("eh", "e"),
    ("y", "i"), ("q", "k"), ("w", "v"), ("ï", "y"), ("é", "e"),
)  # fmt: skip
_PAIRS = 18
"""Pairs of one name in two spellings: what `agir duplicates` has to ask about."""


def _alike(persons: list[Person], rng: random.Random) -> None:
    """Give some persons the name of another, spelled otherwise, the year by another calendar."""
    alone = [p for p in persons if not p.fields["menage"] and " " not in p.fields["nom"]]
    rng.shuffle(alone)
    found = 0
    while alone and found < _PAIRS:
        one = alone.pop()
        kin = ("sexe", "nationalite", "departement")
        other = next((p for p in alone if all(p.fields[k] == one.fields[k] for k in kin)), None)
        names = [_spelled(one.fields[name]) for name in ("nom", "prenoms")]
        if other is None or not one.fields["prenoms"] or names[0] == one.fields["nom"]:
            continue
        alone.remove(other)
        other.fields["nom"], other.fields["prenoms"] = names
        other.fields["date_naissance"] = str(int(one.fields["date_naissance"][:4]) - 7)
        found += 1


def _spelled(name: str) -> str:
    """A name as another office may have written it."""
    for one, other in _SPELLINGS:
        if one in name:
            return name.replace(one, other, 1)
    return name


# --- writing -----------------------------------------------------------------------------

Tables = dict[str, list[dict[str, str]]]


def main() -> None:
    """Write every file."""
    rng, others, third, fourth = (random.Random(SEED + n) for n in range(4))
    taken = set[str]()
    everybody: list[Person] = []
    tables: Tables = {}
    for department in DEPARTMENTS:
        homes = Maker(department, rng, taken).households()
        persons = [person for home in homes for person in home.persons]
        persons.sort(key=lambda p: (bool(p.fields.get("rejoint")), p.course.entry, p.place))
        for number, person in enumerate(persons, 3 if department == "44" else 2):
            person.reference = f"{department}-{number:04d}"
            name = "enroll_rejoignants" if person.fields.get("rejoint") else "enroll"
            tables.setdefault(name, []).append(person.fields)
            acts_of(person, rng, tables)
            rights_and_visits(person, others, tables)
            bookings(person, third, tables)
        everybody += persons
    _alike(everybody, fourth)
    tables["liaison_send"] = [
        {"mois": sent.isoformat()[:7], "date_envoi": sent.isoformat()} for sent in LISTINGS
    ]
    TARGET.mkdir(parents=True, exist_ok=True)
    for old in TARGET.glob("*.csv"):
        if old.stem != "referents":  # by hand
            old.unlink()
    for name, rows in tables.items():
        _write(name, rows)


def _write(name: str, rows: list[dict[str, str]]) -> None:
    names = dict.fromkeys(name for row in rows for name in row)
    columns = [name for name in names if any(row.get(name) for row in rows)]
    with (TARGET / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, "", "ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
