"""The directory of a team: its tables, what their columns hold, and how they agree with each other.

A row is a mapping from column to stored text; a column that says nothing is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from agir_cli.domain import values as v
from agir_cli.domain import vocabulary as w
from agir_cli.domain.person_values import EMAIL, PHONE
from agir_cli.domain.places import Commune, Gazetteer, Place, kilometres, normalise_name
from agir_cli.domain.reference_values import DEPARTMENT, LANGUAGES, POSTAL
from agir_cli.domain.values import FieldType, Malformed, Reading

Row = Mapping[str, str]


class OfficeKind(w.Code):
    """How an office receives [W: the slides of the offices]."""

    CENTRE = "centre", "Centre"
    BRANCH = "antenne", "Antenne"
    MOBILE_TEAM = "equipe_mobile", "Équipe mobile"


class Opening(w.Code):
    """Whether an office, or a department, is open: the words of the source, which are no scale."""

    OPEN = "ouvert", "Ouvert"
    OPERATIONAL = "operationnelle", "Opérationnelle"
    PENDING = "en_cours", "En cours"
    PLANNED = "prevu", "Prévu"
    CLOSED = "ferme", "Fermé"


class Role(w.Code):
    """What an organisation does in a department [W: Animation & coordination des acteurs]."""

    OPERATOR = "operateur", "Opérateur"
    COORDINATION = "coordination", "Coordination des acteurs"
    HOUSING = "droit_logement", "Référence droits-logement"
    WORK = "emploi_formation", "Référence formation-emploi"
    CONSORTIUM = "consortium", "Consortium"
    AGREEMENT = "convention", "Convention partenariale"
    ORIENTATION = "orientation", "Orientation"
    STEERING = "pilotage", "Pilotage"
    NATIONAL = "pilotage_national", "Pilotage national"
    INFORMATION = "information", "Information"


def _day(text: str, reading: Reading) -> str:
    found = v.DATE.read(text, reading)
    if not found.exact:
        raise Malformed(f"« {text[:30]} » n'est pas un jour précis", "un jour : 01/09/2023")
    return str(v.DATE.write(found))


def _link(text: str, _: Reading) -> str:
    if not text.strip().startswith(("https://", "http://")) or " " in text.strip():
        raise Malformed(f"« {text[:40]} » n'est pas une adresse de page", "https://…")
    return text.strip()


DAY = FieldType("date", _day, "un jour : 01/09/2023")
LINK = FieldType("link", _link, "https://…")
INSEE = FieldType("insee", v.TEXT.read, "un code INSEE : 44109")


class Table(NamedTuple):
    """A table of the directory: which columns name a row of it, and what each column holds."""

    name: str
    told: str
    """What a row is (French)."""
    key: tuple[str, ...]
    columns: Mapping[str, FieldType]
    optional: tuple[str, ...] = ()
    """The columns of the key that may say nothing."""
    headings: Mapping[str, str] = {}
    """Other headings of its columns, as published files have them."""

    @property
    def title(self) -> str:
        """What it is called at the head of a sentence."""
        return {"departements": "Départements", "referents": "Référents"}.get(
            self.name, self.name.capitalize()
        )

    def shown(self, name: str, text: str) -> str:
        """What a cell says, in words: « Ouvert », « 01/12/2023 »."""
        type_ = self.columns[name]
        return str(type_.show(type_.load(text)))


_SAID = {"source": v.TEXT, "remarque": v.TEXT}
_ROLE, _OPENING = v.code(Role), v.code(Opening)
_INSEE_HEADINGS = {"codgeo": "insee", "codeinsee": "insee", "codecommune": "insee"}

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("departements", "un département, son ouverture et son contact", ("departement",), {
            "departement": DEPARTMENT, "nom": v.TEXT, "etat": _OPENING, "date_debut": v.DATE,
            "courriel": EMAIL, "telephone": PHONE, "fiche": LINK, **_SAID,
        }),
        Table("secteurs", "un secteur, et celui dont il fait partie", ("departement", "secteur"), {
            "departement": DEPARTMENT, "secteur": v.TEXT, "dans": v.TEXT, **_SAID,
        }),
        Table("bureaux", "un bureau AGIR : où, quel secteur, ouvert ou non", ("bureau",), {
            "bureau": v.TEXT, "nom": v.TEXT, "departement": DEPARTMENT, "secteur": v.TEXT,
            "type": v.code(OfficeKind), "organisation": v.TEXT, "lieu": v.TEXT, "adresse": v.TEXT,
            "code_postal": POSTAL, "commune": v.TEXT, "insee": INSEE, "etat": _OPENING,
            "date_ouverture": v.DATE, **_SAID,
        }),
        Table("organisations", "une organisation, son rôle dans un département, depuis quand",
              ("organisation", "role", "departement"), {
            "organisation": v.TEXT, "autres_noms": v.TEXT, "categorie": v.TEXT, "role": _ROLE,
            "departement": DEPARTMENT, "date_debut": v.DATE, "date_fin": v.DATE,
            "courriel": EMAIL, "telephone": PHONE, **_SAID,
        }, ("role", "departement")),
        Table("referents", "un référent : bureau, organisation, domaines, langues, plafond",
              ("code",), {
            "code": v.TEXT, "nom": v.TEXT, "organisation": v.TEXT, "bureau": v.TEXT,
            "domaines": v.codes(w.Priority), "langues": LANGUAGES, "plafond": v.NUMBER,
            "depuis": DAY, "parti_le": DAY,
        }, ("code",)),
        Table("communes", "une commune : secteur, bassin de vie", ("insee",), {
            "insee": INSEE, "secteur": v.TEXT, "bassin": v.TEXT, "bassin_nom": v.TEXT,
        }, headings=_INSEE_HEADINGS),
        Table("bassins", "une commune et son bassin de vie, comme l'INSEE les publie", ("insee",), {
            "insee": INSEE, "bassin": v.TEXT, "bassin_nom": v.TEXT,
        }, headings={**_INSEE_HEADINGS, "bassindevie": "bassin", "nombassindevie": "bassin_nom",
                     "bassindeviename": "bassin_nom", "libbassindevie": "bassin_nom"}),
    )
}  # fmt: skip


def key_of(table: Table, row: Row) -> tuple[str, ...]:
    """What names a row of a table."""
    return tuple(row.get(name, "") for name in table.key)


def told_key(key: Sequence[str]) -> str:
    """A key in one piece: « GROUPE SOS Solidarités, coordination, 44 »."""
    return ", ".join(filter(None, key))


def read_row(table: Table, cells: Mapping[str, str], reading: Reading) -> tuple[Row, list[str]]:
    """The row that these cells say, and every fault of them (French)."""
    row, faults = {}, []
    for name, text in cells.items():
        if not text.strip():
            continue
        type_ = table.columns[name]
        try:
            row[name] = str(type_.write(type_.read(text, reading)))
        except Malformed as fault:
            faults.append(f"{name} : {fault.wrong} ; attendu : {fault.expected}")
    lost = [name for name in table.key if not cells.get(name, "").strip()]
    faults += [f"{name} manque" for name in lost if name not in table.optional]
    return row, faults


# --- how the tables agree ----------------------------------------------------------------


class Directory(NamedTuple):
    """The rows of the tables, by table and key, and the gazetteer: what a row is checked by."""

    rows: Mapping[str, Mapping[tuple[str, ...], Row]]
    gazetteer: Gazetteer

    def of(self, table: str) -> list[Row]:
        """The rows of a table."""
        return list(self.rows.get(table, {}).values())

    def sectors(self, department: str) -> list[str]:
        """The sectors of a department."""
        return [row["secteur"] for row in self.of("secteurs") if row["departement"] == department]


Checked = tuple[dict[str, str], list[str]]


def agreed(table: Table, row: Row, known: Directory) -> Checked:
    """The row as the other tables spell it, and its faults beside them (French)."""
    check = _CHECKS.get(table.name)
    return check(dict(row), known) if check is not None else (dict(row), [])


def _office(row: dict[str, str], known: Directory) -> Checked:
    faults = [*_lacking(row, "nom", "departement"), *_sector(row, "secteur", known)]
    if "departement" in row and (row["departement"],) not in known.rows["departements"]:
        faults.append(
            f"le département {row['departement']} n'est pas à l'annuaire"
            " (agir directory import departements FICHIER)"
        )
    _organisation(row, known)
    return row, [*faults, *_commune(row, known.gazetteer)]


def _lacking(row: Row, *names: str) -> list[str]:
    return [f"{name} manque" for name in names if name not in row]


def _sector(row: dict[str, str], name: str, known: Directory) -> Iterator[str]:
    """Spell a sector as its department does; a fault for one that it has not."""
    department = row.get("departement", "")
    if name not in row or not department:
        return
    every = known.sectors(department)
    found = [each for each in every if normalise_name(each) == normalise_name(row[name])]
    if found:
        row[name] = found[0]
    else:
        listed = ", ".join(every) or "aucun (agir directory import secteurs FICHIER)"
        yield f"« {row[name]} » n'est pas un secteur du {department} : {listed}"


def _organisation(row: dict[str, str], known: Directory) -> Checked:
    """Call an organisation by its name where another of its names was given."""
    wanted = normalise_name(row.get("organisation", ""))
    for each in known.of("organisations") if wanted else ():
        names = (each["organisation"], *each.get("autres_noms", "").split("|"))
        if wanted in map(normalise_name, names):
            row["organisation"] = each["organisation"]
            break
    return row, []


def _commune(row: dict[str, str], gazetteer: Gazetteer) -> list[str]:
    """Give an office the code of its commune; a fault where the departments known have none."""
    department = row.get("departement", "")
    if "commune" not in row or department not in gazetteer.departments:
        return []
    found = gazetteer.find(row["commune"], department=department, postal=row.get("code_postal"))
    commune = gazetteer.commune(found.insee or "") if isinstance(found, Place) else None
    if commune is None:
        where = " ".join(filter(None, (row.get("code_postal"), row["commune"])))
        return [f"« {where} » n'est pas une commune connue, ou en est plusieurs"]
    if row.get("insee", commune.insee) != commune.insee:
        return [f"{row['commune']} est {commune.insee}, pas {row['insee']}"]
    row["insee"], row["commune"] = commune.insee, commune.name
    return []


def _within(row: dict[str, str], known: Directory) -> Checked:
    """A sector of two levels at most, spelled as it is already."""
    faults = [*_sector(row, "secteur", known), *_sector(row, "dans", known)]
    above = known.rows["secteurs"].get((row["departement"], row.get("dans", "")))
    below = [
        each
        for each in known.of("secteurs")
        if (each["departement"], each.get("dans")) == (row["departement"], row["secteur"])
    ]
    if row.get("dans") == row["secteur"]:
        faults.append("un secteur n'est pas dans lui-même")
    elif "dans" in row and not faults and (below or (above and above.get("dans"))):
        faults.append(f"« {row['dans']} » : deux niveaux de secteurs au plus")
    return row, faults


def _member(row: dict[str, str], known: Directory) -> Checked:
    from agir_cli.domain.identity import meant

    _organisation(row, known)
    if "bureau" not in row:
        return row, _lacking(row, "nom")
    offices = [(each["bureau"], each["nom"]) for each in known.of("bureaux")]
    found, _ = meant(row["bureau"], offices)
    if len(found) != 1:
        told = " ; ".join(found) or "aucun de ce nom (agir directory list bureaux)"
        return row, [f"bureau : « {row['bureau']} » : {told}"]
    return {**row, "bureau": found[0]}, _lacking(row, "nom")


def _area(row: dict[str, str], known: Directory) -> Checked:
    commune = known.gazetteer.commune(row["insee"])
    if commune is None:
        return row, [f"« {row['insee']} » n'est le code d'aucune commune connue"]
    placed = {**row, "insee": commune.insee, "departement": commune.department}
    faults = [*_sector(placed, "secteur", known)]
    if "bassin" in placed:
        placed.setdefault("bassin_nom", known.gazetteer.name(placed["bassin"]))
    return {name: text for name, text in placed.items() if name != "departement"}, faults


_CHECKS: Mapping[str, Callable[[dict[str, str], Directory], Checked]] = {
    "departements": lambda row, _: (row, _lacking(row, "nom")), "secteurs": _within,
    "bureaux": _office, "organisations": _organisation, "referents": _member,
    "communes": _area, "bassins": _area,
}  # fmt: skip


# --- where somebody goes -----------------------------------------------------------------

BASSIN, EPCI = "bassin de vie", "EPCI, faute de bassin de vie chargé"


class Area(NamedTuple):
    """The surroundings of a commune: what they are called, and whether they are a bassin de vie.

    Where no bassin de vie is known of the commune, its EPCI serves.
    """

    code: str
    name: str
    kind: str


def area_of(commune: Commune, known: Directory) -> Area | None:
    """The bassin de vie of a commune, else its EPCI; none for an island that has neither."""
    row = known.rows["communes"].get((commune.insee,), {})
    if "bassin" in row:
        return Area(row["bassin"], row.get("bassin_nom", row["bassin"]), BASSIN)
    return Area(commune.epci, commune.epci_name, EPCI) if commune.epci else None


class Sector(NamedTuple):
    """The sector of a commune; ``proposed``: by what, where the team's table does not say it."""

    name: str
    proposed: str = ""

    def __str__(self) -> str:
        return self.name + (f" (proposé : {self.proposed})" if self.proposed else "")


def sector_of(commune: Commune, known: Directory) -> Sector | None:
    """The sector of a commune: the team's own, else that of the offices of its EPCI, or nearest.

    The source has no table of communes and sectors: what is not the team's is a proposal.
    """
    own = known.rows["communes"].get((commune.insee,), {})
    if "secteur" in own:
        return Sector(own["secteur"])
    here = [each for each in known.of("bureaux") if each["departement"] == commune.department]
    offices = [(each, known.gazetteer.commune(each.get("insee", ""))) for each in here]
    placed = [(each, there) for each, there in offices if there and each.get("secteur")]
    of_the_epci = {each["secteur"] for each, there in placed if there.epci == commune.epci != ""}
    if len(of_the_epci) == 1:
        return Sector(of_the_epci.pop(), "les bureaux de son EPCI")
    apart = [(km, each["secteur"]) for each, there in placed
             if (km := distance(commune, there)) is not None]  # fmt: skip
    return Sector(min(apart)[1], "le bureau le plus proche") if apart else None


def distance(one: Commune, other: Commune) -> int | None:
    """So many kilometres between two communes as the crow flies; ``None`` where not known."""
    here, there = one.point, other.point
    return round(kilometres(here, there)) if here and there else None


class OfficeProposal(NamedTuple):
    """An office for somebody, and why."""

    rang: int
    bureau: str
    nom: str
    secteur: str
    distance_km: int | None
    raison: str

    @property
    def short(self) -> str:
        """Why, in a few words: « sa commune », « secteur, 11 km »."""
        if "dans sa commune" in self.raison:
            return "sa commune"
        secteur = "secteur" if "son secteur" in self.raison else ""
        return ", ".join(filter(None, (secteur, f"{self.distance_km} km" * bool(self.distance_km))))


class _Ranked(NamedTuple):
    """An office beside a home: what speaks for it."""

    row: Row
    km: int | None
    same: bool
    covers: bool
    near: bool
    closed: bool

    @property
    def mobile(self) -> bool:
        """Whether it comes to the person."""
        return self.row.get("type") == "equipe_mobile"


def proposed(
    home: Commune | None, department: str, known: Directory, day: str
) -> list[OfficeProposal]:
    """The offices of a department for somebody who lives in a commune, the best first.

    That of the commune, the nearest of its sector, the nearest of all, the mobile team of the
    sector, then the others by their distance; those that are not open on an ISO day come last.
    """
    sector = sector_of(home, known) if home else None
    within = _with_above(sector.name if sector else "", department, known)
    area = area_of(home, known) if home else None
    ranked = []
    for row in known.of("bureaux"):
        there = known.gazetteer.commune(row.get("insee", ""))
        if row["departement"] == department:
            near = area is not None and there is not None and area_of(there, known) == area
            km = distance(home, there) if home and there else None
            covers = row.get("secteur") in within
            same, closed = there is not None and there == home, not _open(row, day)
            ranked.append(_Ranked(row, km, same, covers, near, closed))
    ranked.sort(key=lambda each: (each.closed, _far(each.km)))
    first = next((each for each in ranked if each.covers and each.km is not None), None)
    nearest = next((each for each in ranked if each.km is not None), None)
    ranked.sort(
        key=lambda each: (
            each.closed, not each.same, each is not first, each is not nearest,
            not (each.covers and each.mobile), _far(each.km),
        )
    )  # fmt: skip
    return [
        OfficeProposal(
            place, each.row["bureau"], each.row["nom"], each.row.get("secteur", ""), each.km,
            " ; ".join(_reasons(each, sector, area, nearest=each is nearest)),
        )
        for place, each in enumerate(ranked, 1)
    ]  # fmt: skip


def _far(km: int | None) -> int:
    return 999 if km is None else km


def _reasons(
    each: _Ranked, sector: Sector | None, area: Area | None, *, nearest: bool
) -> Iterator[str]:
    if each.closed:
        yield f"pas ouvert ({Opening(each.row['etat']).label if 'etat' in each.row else '?'})"
    if each.same:
        yield "dans sa commune"
    if each.covers:
        supposed = " (proposé)" if sector and sector.proposed else ""
        yield f"{'couvre' if each.mobile else 'de'} son secteur{supposed}"
    if each.near and area and not each.same:
        yield f"même {area.kind.partition(',')[0]}"
    if each.km:
        yield f"{'le plus proche, ' if nearest else ''}à {each.km} km environ"
    elif not each.same and not each.covers:
        yield "du département"


def _with_above(sector: str, department: str, known: Directory) -> frozenset[str]:
    """A sector and the one that it is part of: both serve whoever lives there."""
    above = known.rows["secteurs"].get((department, sector), {}).get("dans", "")
    return frozenset({sector, above} - {""})


def _open(row: Row, day: str) -> bool:
    """Whether an office is open on an ISO day, for what the directory says."""
    if row.get("date_ouverture"):
        return row.get("etat") != "ferme" and row["date_ouverture"] <= day
    return row.get("etat", "ouvert") in ("ouvert", "operationnelle")
