"""Two records, one person? What agrees, what differs, and how surely."""

from __future__ import annotations

from typing import Any

import pytest

from agir_cli.identity.evidence import (
    Birth,
    Grade,
    Likeness,
    Population,
    Traits,
    compare,
    traits_words,
)
from agir_cli.identity.pairs import pairs

FILE = Population(2000, lambda kind, value: 3)


def who(
    nom: str, prenoms: str, birth: tuple[int, ...] = (), number: str = "", **more: Any
) -> Traits:
    births = (Birth(*birth),) if birth else ()
    numbers = (number,) if number else ()
    return Traits((traits_words(nom, prenoms),), births, numbers, **more)


FARID = who(
    "Mohammadi", "Farid", (1994, 3, 7), "4412345670", sex="m", nationality="AFG", commune="44109",
    phone="612345678",
)  # fmt: skip


def compared(other: Traits, population: Population = FILE) -> Likeness | None:
    return compare(FARID, other, population)


@pytest.mark.parametrize(
    ("other", "grade"),
    [
        pytest.param(FARID, Grade.CERTAIN, id="le même"),
        pytest.param(who("Mohamadi", "Fareed", (1994, 3, 7), "4412345670"),
                     Grade.CERTAIN, id="graphie"),
        pytest.param(who("Farid", "Mohammadi", (1994, 7, 3), "4412345670"),
                     Grade.CERTAIN, id="inversés"),
        pytest.param(who("Mohammadi", "Farid", (1994, 3, 7)), Grade.PROBABLE, id="sans numéro"),
        pytest.param(who("Mohammadi", "", (1994, 3, 7), sex="m", commune="44109"), Grade.PROBABLE,
                     id="un seul nom"),
        pytest.param(who("Mohammadi", "Farid Ahmad", (1994, 3, 7)),
                     Grade.PROBABLE, id="nom du père"),
        pytest.param(who("Mohammadi", "Farid", (1995, 3, 7)), Grade.PROBABLE, id="un an d'écart"),
        pytest.param(who("Mohammadi", "Farid", (1986, 3, 7)),
                     Grade.PROBABLE, id="calendrier éthiopien"),
        pytest.param(who("محمدی", "فرید", (1994, 3, 7)), Grade.PROBABLE, id="autre alphabet"),
        pytest.param(who("Mohammadi", "Farid", (1994, 3, 7), "4412345607"), Grade.PROBABLE,
                     id="deux chiffres échangés"),
    ],
)  # fmt: skip
def test_one_person_is_met(other: Traits, grade: Grade) -> None:
    found = compared(other)
    assert found is not None
    assert found.grade is grade


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(who("Mohammadi", "Karim", (1994, 3, 7), sex="m", commune="44109",
                         phone="612345678"), id="jumeau"),
        pytest.param(who("Mohammadi", "Zahra", (1996, 5, 2), sex="f", commune="44109",
                         phone="612345678"), id="épouse"),
        pytest.param(who("Farid", "Omid", (2014, 9, 9), sex="m", commune="44109",
                         phone="612345678"), id="fils nommé d'après son père"),
        pytest.param(who("Rahimi", "Farid", (1994, 3, 7)), id="même prénom"),
    ],
)  # fmt: skip
def test_a_family_is_not_one_person(other: Traits) -> None:
    found = compared(other)
    assert found is None or found.grade is Grade.POSSIBLE


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(who("Mohammadi", "Karim", (1994, 3, 7), "4412345670"), id="jumeau"),
        pytest.param(who("Mohammadi", "Farid", (1961, 8, 2), "4412345670"), id="autre naissance"),
        pytest.param(
            who("Mohammadi", "Farid", (1994, 3, 7), "4412345670", sex="f"), id="autre sexe"
        ),
        pytest.param(who("Tesfay", "Luwam", (2001, 4, 4), "4412345670"), id="tout diffère"),
    ],
)
def test_a_number_typed_for_a_relative_is_not_certain(other: Traits) -> None:
    found = compared(other)
    assert found is None or found.grade is not Grade.CERTAIN


def test_a_common_name_is_weaker_than_a_rare_one() -> None:
    common = Population(20000, lambda kind, value: 900)
    rare = Population(20000, lambda kind, value: 2)
    one, other = who("Ahmadi", "Mohammad", (1995, 1, 1)), who("Ahmadi", "Mohammad", (1995, 1, 1))
    strong, weak = compare(one, other, rare), compare(one, other, common)
    assert strong is not None
    assert weak is None or weak.score < strong.score


def test_what_agrees_differs_and_is_unknown_is_told() -> None:
    found = compared(who("Mohamadi", "Farid", (1994, 7, 3), commune="85191"))
    assert found is not None
    assert set(found.agree) == {"nom:autre orthographe", "date_naissance:jour et mois inversés"}
    assert set(found.differ) == {"commune"}
    assert {"agdref", "telephone"} <= set(found.unknown)


def test_a_shelters_telephone_brings_nobody_together() -> None:
    lodged = [
        who(nom, prenoms, (1980 + n, 1, 1), phone="240000000")
        for n, (nom, prenoms) in enumerate(
            [("Tesfay", "Luwam"), ("Diallo", "Awa"), ("Rahimi", "Karim"), ("Petrenko", "Olha")]
        )
    ]
    assert list(pairs(lodged)) == []


def test_pairs_of_a_list_and_of_what_touches_it() -> None:
    other = who("Mohamadi", "Fareed", (1994, 3, 7))
    found = list(pairs([FARID, who("Tesfay", "Luwam"), other]))
    assert [(p.first, p.second) for p in found] == [(0, 2)]
    assert list(pairs([FARID, other, who("Tesfay", "Luwam")], least=2)) == []


def test_one_name_left_is_met_with_its_birth_exchanged() -> None:
    alone = who("", "Farid", (1994, 7, 3), sex="m", nationality="AFG", commune="44109")
    assert [(p.first, p.second) for p in pairs([FARID, alone])] == [(0, 1)]


def test_numbered_names_are_as_many_persons() -> None:
    """A list whose names were hidden (« NOM1 », « NOM12 ») has no doubles by them."""
    numbered = [who(f"NOM{n}", f"PRENOM{n}") for n in (1, 11, 12, 2, 21)]
    assert list(pairs(numbered)) == []


def test_a_year_alone_that_is_another_one_only_proposes() -> None:
    found = compared(who("Mohammadi", "Farid", (1987, 0, 0), "9912345672", sex="m"))
    assert found is None or found.grade is Grade.POSSIBLE
