"""The shipped tables are whole, and agree with one another."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date

import pytest

from agir_cli.domain.commands import Enroll
from agir_cli.domain.directory import TABLES, Directory, agreed, key_of, read_row
from agir_cli.domain.places import AmbiguousPlace, Commune, Place, UnknownPlace, normalise_name
from agir_cli.domain.reading import read_values
from agir_cli.failures import AgirFailure
from agir_cli.store import reference
from agir_cli.store.directory import shipped_rows

SHIPPED = ("departements", "secteurs", "bureaux", "organisations")


def rows(name: str) -> list[list[str]]:
    with reference.data_file(name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def table(name: str) -> list[dict[str, str]]:
    with reference.data_file(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


COMMUNES = tuple(
    Commune(insee, name, department, tuple(postal.split()), epci, int(population), called, where)
    for insee, name, department, postal, epci, called, population, where in rows("communes.csv")
)
POSTAL_CODES = {code for commune in COMMUNES for code in commune.postal_codes}


def test_counts_of_the_territory() -> None:
    by_department = Counter(commune.department for commune in COMMUNES)
    assert by_department == {"44": 207, "49": 176, "53": 240, "72": 352, "85": 253}
    assert sum(by_department.values()) == 1228
    holders = Counter(code for commune in COMMUNES for code in commune.postal_codes)
    assert len(POSTAL_CODES) == 306
    assert sum(1 for count in holders.values() if count == 1) == 83


def test_every_commune_is_found_in_four_ways() -> None:
    gazetteer = reference.load_gazetteer()
    for commune in COMMUNES:
        answers = [
            gazetteer.find(f"insee:{commune.insee}"),
            gazetteer.find(commune.name, department=commune.department),
            gazetteer.find(f"{commune.name} ({commune.insee})"),
            *(gazetteer.find(f"{code} {commune.name.upper()}") for code in commune.postal_codes),
        ]
        for answer in answers:
            assert isinstance(answer, Place)
            assert (answer.insee, answer.department) == (commune.insee, commune.department)


def test_codes_that_are_both_a_postal_and_an_insee_code() -> None:
    """91 codes; for 89 the commune is not one of the postal code's: the commune is asked."""
    gazetteer = reference.load_gazetteer()
    both = POSTAL_CODES & {commune.insee for commune in COMMUNES}
    answers = {code: gazetteer.find(code) for code in sorted(both)}
    ambiguous = {c: each for c, each in answers.items() if isinstance(each, AmbiguousPlace)}
    assert (len(both), len(ambiguous)) == (91, 89)
    assert all(answer.department == code[:2] for code, answer in ambiguous.items())
    assert {answer for answer in answers.values() if isinstance(answer, Place)} == {
        Place(None, "49310", "49"),
        Place(None, "49330", "49"),
    }


def test_homonyms_of_two_departments_are_ambiguous() -> None:
    """The other three homonyms of the table stand in one department each."""
    gazetteer = reference.load_gazetteer()
    for name in ("Avrillé", "Teillé", "Saint-Mars-du-Désert", "Changé", "Allonnes"):
        answer = gazetteer.find(name)
        assert isinstance(answer, AmbiguousPlace)
        assert answer.department is None


def test_every_alias_leads_to_a_commune_of_today() -> None:
    known = {commune.insee for commune in COMMUNES}
    gazetteer = reference.load_gazetteer()
    for table in ("communes_alias.csv", "communes_alias_hand.csv"):
        for old, _name, insee, _kind in rows(table):
            assert insee in known
            answer = gazetteer.find(f"insee:{old}")
            assert isinstance(answer, Place)
            assert answer.insee == insee


def test_every_former_name_resolves_or_lists_its_commune() -> None:
    gazetteer = reference.load_gazetteer()
    for file in ("communes_alias.csv", "communes_alias_hand.csv"):
        for old, name, insee, _kind in rows(file):
            for text in filter(None, (name, name.upper(), f"insee:{old}")):
                found = gazetteer.find(text)
                if isinstance(found, AmbiguousPlace):
                    assert insee in {each.insee for each in found.candidates}, text
                else:
                    assert isinstance(found, Place), text
                    assert found.insee == insee, text


@pytest.mark.parametrize(
    ("text", "near"),
    [
        pytest.param("Saint-Colombin", "Saint-Colomban", id="faute"),
        pytest.param("Sainte-Radégonde-des-Noyers (ancien bourg)", "Sainte-Radégonde-des-Noyers",
                     id="un mot rare"),
        pytest.param("Corcoué", "Corcoué-sur-Logne", id="nom court"),
    ],
)  # fmt: skip
def test_a_name_that_is_none_lists_the_nearest(text: str, near: str) -> None:
    found = reference.load_gazetteer().find(text)
    assert isinstance(found, UnknownPlace)
    assert near in found.nearest


@pytest.mark.parametrize(
    ("text", "insee"),
    [
        pytest.param("Ardelay", "85109", id="réunie en 1964"),
        pytest.param("La Mothe-Achard", "85152", id="réunie en 2017"),
        pytest.param("Ancenis", "44003", id="Ancenis"),
        pytest.param("Machecoul", "44087", id="Machecoul"),
        pytest.param("St Nazaire", "44184", id="St Nazaire"),
        pytest.param("LA ROCHE SUR YON", "85191", id="majuscules"),
        pytest.param("La Baule", "44055", id="nom d'usage"),
        pytest.param("Olonne-sur-Mer", "85194", id="Olonne"),
        pytest.param("85200 FONTENAY", "85092", id="Fontenay du webinaire"),
        pytest.param("Freigné", "44180", id="passée de 49 à 44"),
    ],
)
def test_names_in_use(text: str, insee: str) -> None:
    answer = reference.load_gazetteer().find(text)
    assert isinstance(answer, Place)
    assert answer.insee == insee


def test_epcis_have_names() -> None:
    names = {row[4]: row[5] for row in rows("communes.csv") if row[4]}
    assert {commune.epci for commune in COMMUNES} - {""} == set(names)
    assert all(names.values())


@pytest.mark.parametrize(
    ("word", "alpha3"),
    [
        pytest.param("AFG", "AFG", id="alpha-3"),
        pytest.param("NC", None, id="non communiqué n'est pas la Nouvelle-Calédonie"),
        pytest.param("NR", None, id="non renseigné n'est pas Nauru"),
        pytest.param("Mr", None, id="monsieur n'est pas la Mauritanie"),
        pytest.param("SO", None, id="sans objet n'est pas la Somalie"),
        pytest.param("Afghanistan", "AFG", id="pays"),
        pytest.param("afghane", "AFG", id="féminin"),
        pytest.param("Syrien", "SYR", id="masculin"),
        pytest.param("Érythréenne", "ERI", id="accents"),
        pytest.param("ERYTHREENNE", "ERI", id="majuscules sans accents"),
        pytest.param("Côte d'Ivoire", "CIV", id="apostrophe"),
        pytest.param("RDC", "COD", id="sigle"),
        pytest.param("Centrafrique", "CAF", id="nom d'usage"),
        pytest.param("apatride", "XXA", id="apatride"),
        pytest.param("kosovare", "XKX", id="Kosovo"),
        pytest.param("congolaise", None, id="deux pays"),
        pytest.param("martien", None, id="inconnu"),
    ],
)
def test_nationality_words(word: str, alpha3: str | None) -> None:
    assert reference.load_nationalities().get(normalise_name(word)) == alpha3


@pytest.mark.parametrize(
    ("word", "code"),
    [
        pytest.param("dari", "prs", id="dari"),
        pytest.param("farsi", "fas", id="farsi"),
        pytest.param("Pachtou", "pus", id="variante"),
        pytest.param("tigrinya", "tir", id="tigrinya"),
        pytest.param("fr", "fra", id="deux lettres"),
        pytest.param("fre", "fra", id="code bibliographique"),
        pytest.param("Kurde kurmandji", "kmr", id="kurmandji"),
        pytest.param("fur", "fur", id="un code n'est pas masqué par un mot"),
        pytest.param("klingon", None, id="inconnu"),
    ],
)
def test_language_words(word: str, code: str | None) -> None:
    assert reference.load_languages().get(normalise_name(word)) == code


def test_codes_and_french_names_are_read_back() -> None:
    """What the program prints, it reads."""
    for alpha3, _alpha2, name, *_ in rows("nationalities.csv"):
        assert reference.load_nationalities()[normalise_name(alpha3)] == alpha3
        assert reference.load_nationalities()[normalise_name(name)] == alpha3
        assert reference.nationality_name(alpha3) == name
    for code, _alpha2, name, _synonyms in rows("languages.csv"):
        assert reference.load_languages()[code] == code
        assert reference.language_name(code) == name
    assert reference.nationality_name("???") == "???"
    assert reference.language_name("???") == "???"


def test_departments_add_up_with_their_offices() -> None:
    departments = {row["departement"]: row for row in table("departments.csv")}
    assert set(departments) == {"44", "49", "53", "72", "85"}
    counts = {code: (row["personnes"], row["signataires"]) for code, row in departments.items()}
    assert (counts["44"], counts["85"]) == (("1028", "682"), ("227", "162"))
    assert not departments["49"]["personnes"]
    counted = Counter((row["departement"], row["type"]) for row in table("offices.csv"))
    for code, row in departments.items():
        kinds = {"centre": "centres", "antenne": "antennes", "equipe_mobile": "equipes_mobiles"}
        assert all(counted[code, kind] == int(row[said] or 0) for kind, said in kinds.items())


def test_what_is_shipped_is_what_a_file_of_the_directory_may_say() -> None:
    """Read as a team's file is: no fault, and nothing that is written otherwise."""
    known = Directory(
        {name: {key_of(TABLES[name], row): row for row in shipped_rows(name)} for name in SHIPPED},
        reference.load_gazetteer(),
    )
    for name in SHIPPED:
        for row in shipped_rows(name):
            told = {column: row.get(column, "") for column in TABLES[name].columns}
            read, faults = read_row(TABLES[name], told, reference.reading(date(2023, 10, 12)))
            same, more = agreed(TABLES[name], read, known)
            assert [*faults, *more] == []
            assert same == {column: text for column, text in told.items() if text}


def test_offices_stand_where_the_gazetteer_says() -> None:
    gazetteer = reference.load_gazetteer()
    offices = table("offices.csv")
    organisations = {row["organisation"] for row in table("organisations.csv")}
    assert len({office["bureau"] for office in offices}) == len(offices) == 22
    assert len({office["nom"] for office in offices}) == 22
    for office in offices:
        assert office["organisation"] in organisations | {""}
        mobile = office["type"] == "equipe_mobile"
        assert mobile == (office["insee"] == "")
        if office["insee"]:
            found = gazetteer.find(f"{office['code_postal']} {office['commune']}")
            assert isinstance(found, Place)
            assert (found.insee, found.department) == (office["insee"], office["departement"])


def test_organisations_have_one_name_each_and_their_roles() -> None:
    organisations = table("organisations.csv")
    others = {row["organisation"]: row["autres_noms"] for row in organisations}
    assert {(row["organisation"], row["autres_noms"]) for row in organisations} == others.items()
    assert len(others) == 22
    assert others["FACE 85"] == "FACE Vendée|FACE"
    roles = Counter((row["organisation"], row["role"], row["departement"]) for row in organisations)
    assert set(roles.values()) == {1}
    assert ("GROUPE SOS Solidarités", "coordination", "85") in roles
    assert ("GROUPE SOS Solidarités", "droit_logement", "85") not in roles
    assert ("AREAMS", "", "85") in roles


def test_milestones() -> None:
    milestones = rows("milestones.csv")
    assert len(milestones) == 14
    first = ["85", "2023-01-10", "", "Ouverture du centre de La Roche-sur-Yon", "fait"]
    assert milestones[0][:5] == first


def test_a_missing_table_is_said_in_french() -> None:
    with pytest.raises(AgirFailure) as caught:
        reference.data_file("nulle-part.csv")
    assert "nulle-part.csv" in caught.value.sentence


def test_a_table_that_no_value_asks_for_is_not_read() -> None:
    """Words of languages and countries cost more to load than the rest of a command."""
    for load in (reference.load_nationalities, reference.load_languages):
        load.cache_clear()
    known = reference.reading(date(2023, 10, 9))
    assert read_values(Enroll, {"nom": "BAH", "nationalite": "afghane"}, known)
    assert reference.load_nationalities.cache_info().currsize == 1
    assert reference.load_languages.cache_info().currsize == 0
    assert known.languages["dari"] == "prs"
    assert len(known.languages) == len(list(known.languages)) > 100
