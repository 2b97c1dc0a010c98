"""A place is found, ambiguous or unknown: nothing is chosen in silence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agir_cli.domain.places import (
    AmbiguousPlace,
    Commune,
    Gazetteer,
    Place,
    UnknownPlace,
    department_of,
    normalise_name,
)

NANTES = Commune("44109", "Nantes", "44", ("44000", "44100"), "244400404", 320_000)
ANCENIS = Commune("44003", "Ancenis-Saint-Géréon", "44", ("44150",), "244400552", 11_600)
VAIR = Commune("44163", "Vair-sur-Loire", "44", ("44150",), "244400552", 4_600)
SAINT_AIGNAN = Commune("44150", "Saint-Aignan-Grandlieu", "44", ("44860",), "244400404", 4_000)
MACHECOUL = Commune("44087", "Machecoul-Saint-Même", "44", ("44270",), "200071546", 7_689)
AVRILLE_49 = Commune("49015", "Avrillé", "49", ("49240",), "244900015", 14_000)
AVRILLE_85 = Commune("85010", "Avrillé", "85", ("85440",), "200071900", 1_400)
HAUTS = Commune("49330", "Les Hauts-d'Anjou", "49", ("49330",), "200071868", 8_900)
MIRE = Commune("49205", "Miré", "49", ("49330",), "200071868", 1_000)
FONTENAY = Commune("85092", "Fontenay-le-Comte", "85", ("85200",), "200071934", 13_000)
YEU = Commune("85113", "L'Île-d'Yeu", "85", ("85350",), "", 4_900)
BOIS_72 = Commune("72280", "Saint-Georges-du-Bois", "72", ("72700",), "200072684", 2_000)
BOIS_49 = Commune("49138", "Les Bois d'Anjou", "49", ("49250",), "244900882", 2_600)

GAZETTEER = Gazetteer(
    (
        *(NANTES, ANCENIS, VAIR, SAINT_AIGNAN, MACHECOUL, AVRILLE_49, AVRILLE_85, HAUTS, MIRE),
        *(FONTENAY, YEU, BOIS_72, BOIS_49),
    ),
    (
        ("44003", "Ancenis", "44003"),
        ("44160", "Saint-Géréon", "44003"),
        ("44004", "Anetz", "44163"),
        ("44087", "Machecoul", "44087"),
        ("49280", "Saint-Georges-du-Bois", "49138"),
        ("44900", "", "44109"),
    ),
)

ANCENIS_PLACE = Place("44003", "44150", "44")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("Nantes", Place("44109", None, "44"), id="nom, plusieurs codes postaux"),
        pytest.param("  nANTES ", Place("44109", None, "44"), id="casse et espaces"),
        pytest.param("ANCENIS ST GEREON", ANCENIS_PLACE, id="sans accents, st pour saint"),
        pytest.param("Ancenis", ANCENIS_PLACE, id="ancienne commune"),
        pytest.param("Anetz", Place("44163", "44150", "44"), id="commune déléguée"),
        pytest.param("Machecoul", Place("44087", "44270", "44"), id="déléguée au même code"),
        pytest.param("44150 Ancenis", ANCENIS_PLACE, id="postal et nom"),
        pytest.param("Ancenis, 44150", ANCENIS_PLACE, id="nom et postal"),
        pytest.param("F-44150 ANCENIS", ANCENIS_PLACE, id="préfixe de pays"),
        pytest.param("44 150 Ancenis", ANCENIS_PLACE, id="postal en deux morceaux"),
        pytest.param("44100 Nantes", Place("44109", "44100", "44"), id="le postal donné reste"),
        pytest.param("insee:44003", ANCENIS_PLACE, id="insee explicite"),
        pytest.param("INSEE : 44150", Place("44150", "44860", "44"), id="insee, postal ailleurs"),
        pytest.param("insee:44160", ANCENIS_PLACE, id="ancien code insee nommé"),
        pytest.param("44900", Place("44109", None, "44"), id="ancien code insee sans nom"),
        pytest.param("Nantes (44109)", Place("44109", None, "44"), id="nom et insee"),
        pytest.param("44109", Place("44109", None, "44"), id="insee seul"),
        pytest.param("44860", Place("44150", "44860", "44"), id="postal d'une seule commune"),
        pytest.param("49330", Place(None, "49330", "49"), id="postal de plusieurs, insee compris"),
        pytest.param("Nantes cedex 3", Place("44109", None, "44"), id="cedex sans code"),
        pytest.param("44036 Nantes cedex 1", Place("44109", "44036", "44"), id="code cedex"),
        pytest.param("85 200 FONTENAY", Place("85092", "85200", "85"), id="début du nom et postal"),
        pytest.param("49240 Avrillé", Place("49015", "49240", "49"), id="homonyme par le postal"),
        pytest.param("Avrillé (85)", Place("85010", "85440", "85"), id="homonyme par département"),
        pytest.param("Hauts-d’Anjou (Les)", Place("49330", "49330", "49"), id="article à la fin"),
        pytest.param("Ile d'Yeu", Place("85113", "85350", "85"), id="sans article ni accent"),
        pytest.param("35000 Rennes", Place(None, "35000", "35"), id="hors liste, postal et nom"),
        pytest.param("35000", Place(None, "35000", "35"), id="hors liste, code seul"),
        pytest.param("insee:35238", Place(None, None, "35"), id="hors liste, insee"),
        pytest.param("Rennes (35)", Place(None, None, "35"), id="hors liste, département écrit"),
        pytest.param("20200 Bastia", Place(None, "20200", "2B"), id="corse par le postal"),
        pytest.param("2a004", Place(None, None, "2A"), id="corse par l'insee"),
        pytest.param("97400", Place(None, "97400", "974"), id="outre-mer"),
        pytest.param("44", Place(None, None, "44"), id="département seul"),
    ],
)
def test_found(text: str, place: Place) -> None:
    assert GAZETTEER.find(text) == place


@pytest.mark.parametrize(
    ("text", "candidates", "department"),
    [
        pytest.param("44150", {SAINT_AIGNAN, ANCENIS, VAIR}, "44", id="postal et insee à la fois"),
        pytest.param("Avrillé", {AVRILLE_49, AVRILLE_85}, None, id="homonymes"),
        pytest.param("Saint-Georges-du-Bois", {BOIS_72, BOIS_49}, None, id="homonyme déléguée"),
        pytest.param("35000 Nantes", {NANTES}, None, id="postal d'un autre département"),
        pytest.param("44150 Fontenay-le-Comte", {FONTENAY, ANCENIS, VAIR, SAINT_AIGNAN}, None,
                     id="nom d'ailleurs"),
        pytest.param("Nantes (49)", {NANTES}, None, id="département contredit"),
        pytest.param("44000 Doulon", {NANTES}, "44", id="postal connu, nom inconnu"),
        pytest.param("44860 Nantes", {NANTES, SAINT_AIGNAN}, "44", id="postal d'une voisine"),
        pytest.param("44109 Ancenis", {NANTES, ANCENIS}, "44", id="insee et nom contraires"),
        pytest.param("insee:44999 Nantes", {NANTES}, None, id="insee inconnu, nom connu"),
    ],
)  # fmt: skip
def test_ambiguous(text: str, candidates: set[Commune], department: str | None) -> None:
    answer = GAZETTEER.find(text)
    assert isinstance(answer, AmbiguousPlace)
    assert (answer.text, set(answer.candidates)) == (text, candidates)
    assert answer.department == department


@pytest.mark.parametrize(
    ("text", "nearest", "department"),
    [
        pytest.param("Nantess", ("Nantes",), None, id="faute de frappe"),
        pytest.param("Kaboul", (), None, id="nom inconnu"),
        pytest.param("44999", (), "44", id="code inconnu d'un département couvert"),
        pytest.param("44999 Nantess", ("Nantes",), "44", id="code et nom inconnus"),
        pytest.param("99999", (), None, id="code d'aucun département"),
        pytest.param("4415", (), None, id="code trop court"),
        pytest.param("", (), None, id="vide"),
        pytest.param("insee:", (), None, id="insee sans code"),
        pytest.param("44000 ou 44150", (), None, id="deux codes"),
        pytest.param("Nantes " * 20, (), None, id="texte trop long"),
    ],
)
def test_unknown(text: str, nearest: tuple[str, ...], department: str | None) -> None:
    assert GAZETTEER.find(text) == UnknownPlace(text, nearest, department)


@pytest.mark.parametrize(
    ("text", "department", "postal", "place"),
    [
        pytest.param("Avrillé", "85", None, Place("85010", "85440", "85"), id="département"),
        pytest.param("Avrillé", None, "49240", Place("49015", "49240", "49"), id="postal voisin"),
        pytest.param("Nantes", "49", None, Place("44109", None, "44"), id="vit ailleurs"),
        pytest.param("Saint-Georges-du-Bois", "49", None, Place("49138", "49250", "49"),
                     id="déléguée par département"),
        pytest.param("", None, "44150", Place(None, "44150", "44"), id="postal seul"),
        pytest.param("44150", None, "44 150", Place(None, "44150", "44"), id="le même, un postal"),
        pytest.param("44150", None, "44860", Place("44150", "44860", "44"), id="donc un insee"),
        pytest.param("insee:44109", None, "44100", Place("44109", "44100", "44"),
                     id="postal retenu"),
        pytest.param("Nantes", None, "44036", Place("44109", "44036", "44"), id="postal cedex"),
        pytest.param("Nantes", None, "4400", Place("44109", None, "44"), id="postal illisible"),
        pytest.param("Rennes", None, "35000", Place(None, "35000", "35"), id="hors liste"),
        pytest.param("35000", None, "35200", Place(None, None, "35"), id="deux postaux du 35"),
    ],
)  # fmt: skip
def test_neighbouring_columns_decide(
    text: str, department: str | None, postal: str | None, place: Place
) -> None:
    assert GAZETTEER.find(text, department=department, postal=postal) == place


@pytest.mark.parametrize(
    ("text", "department", "postal", "shared"),
    [
        pytest.param("Nantes", "35", None, None, id="département hors liste"),
        pytest.param("Nantes", None, "35000", None, id="postal hors liste"),
        pytest.param("44150 Ancenis", None, "44000", "44", id="deux postaux"),
        pytest.param("insee:44003", None, "85200", None, id="insee et postal d'ailleurs"),
        pytest.param("Avrillé (49)", None, "85440", None, id="département écrit et postal"),
        pytest.param("Avrillé", "35", None, None, id="homonymes, département hors liste"),
    ],
)
def test_neighbouring_columns_contradict(
    text: str, department: str | None, postal: str | None, shared: str | None
) -> None:
    answer = GAZETTEER.find(text, department=department, postal=postal)
    assert isinstance(answer, AmbiguousPlace)
    assert answer.department == shared


def test_two_departments_without_a_commune_are_unknown() -> None:
    assert GAZETTEER.find("35000", postal="75018") == UnknownPlace("35000", ())


@pytest.mark.parametrize(
    ("code", "department"),
    [
        pytest.param("44109", "44", id="métropole"),
        pytest.param("01000", "01", id="zéro en tête"),
        pytest.param("20000", "2A", id="Ajaccio"),
        pytest.param("20137", "2A", id="Porto-Vecchio"),
        pytest.param("20200", "2B", id="Bastia"),
        pytest.param("20600", "2B", id="Furiani"),
        pytest.param("20900", None, id="corse inexistant"),
        pytest.param("2A004", "2A", id="insee corse"),
        pytest.param("2b033", "2B", id="minuscule"),
        pytest.param("97411", "974", id="La Réunion"),
        pytest.param("98818", "988", id="Nouvelle-Calédonie"),
        pytest.param("98000", None, id="Monaco"),
        pytest.param("99212", None, id="étranger"),
        pytest.param("96000", None, id="96"),
        pytest.param("00100", None, id="00"),
        pytest.param("4400", None, id="quatre chiffres"),
        pytest.param("４４１０９", None, id="chiffres pleine chasse"),
        pytest.param("", None, id="vide"),
    ],
)
def test_department_of(code: str, department: str | None) -> None:
    assert department_of(code) == department


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param("Saint-Géréon", "saint gereon", id="accents et trait d'union"),
        pytest.param("STE PAZANNE", "sainte pazanne", id="ste"),
        pytest.param("Sucé s/Erdre", "suce sur erdre", id="s barre oblique"),
        pytest.param("L’Île-d'Yeu", "l ile d yeu", id="apostrophes"),
        pytest.param("Paimbœuf", "paimboeuf", id="ligature"),
        pytest.param("  Le\u00a0Mans\t", "le mans", id="espaces"),
        pytest.param("!?", "", id="ponctuation seule"),
    ],
)
def test_normalise_name(text: str, key: str) -> None:
    assert normalise_name(text) == key


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_name(text)
    assert normalise_name(once) == once


PIECES = st.sampled_from(
    ["44150", "44 150", "insee:", "Nantes", "avrille", "(49)", "cedex", "2A", "2a004", "s/", " "]
)


@given(
    st.one_of(st.text(), st.lists(PIECES).map(" ".join)),
    st.one_of(st.none(), st.text(max_size=3), st.sampled_from(["44", "49", "35"])),
    st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["44150", "49240", "35000"])),
)
def test_find_answers_any_text(text: str, department: str | None, postal: str | None) -> None:
    """A commune found is in the list, in its own department; a doubt repeats the text."""
    answer = GAZETTEER.find(text, department=department, postal=postal)
    if isinstance(answer, Place):
        commune = GAZETTEER.commune(answer.insee) if answer.insee else None
        assert (commune is None) == (answer.insee is None)
        assert commune is None or commune.department == answer.department
    else:
        assert answer.text == text


def test_the_name_of_a_commune() -> None:
    assert GAZETTEER.name("44163") == "Vair-sur-Loire"
    assert GAZETTEER.name("44004") == "Vair-sur-Loire"
    assert GAZETTEER.name("35238") == "35238"
