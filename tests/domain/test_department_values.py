"""Departments: a code of two or three signs, with what a spreadsheet makes of a number."""

from __future__ import annotations

import pytest

from agir_cli.domain.places import Commune, Gazetteer
from agir_cli.domain.reference_values import DEPARTMENT, PLACE
from agir_cli.domain.values import Malformed
from tests.domain.making import READING

AVRILLES = READING._replace(
    gazetteer=Gazetteer(
        (
            Commune("49015", "Avrillé", "49", ("49240",), "244900015", 14_000),
            Commune("85010", "Avrillé", "85", ("85440",), "200071900", 1_400),
        ),
        (),
    )
)


@pytest.mark.parametrize(
    ("text", "department"),
    [
        pytest.param("44", "44", id="deux chiffres"),
        pytest.param("44.0", "44", id="devenu décimal"),
        pytest.param("44,00", "44", id="devenu décimal, virgule"),
        pytest.param("1.0", "01", id="zéro de tête perdu"),
        pytest.param("974.0", "974", id="outre-mer"),
        pytest.param("2a", "2A", id="Corse"),
    ],
)
def test_a_department_is_read(text: str, department: str) -> None:
    assert DEPARTMENT.read(text, READING) == department
    assert DEPARTMENT.read(department, READING) == department


@pytest.mark.parametrize("hint", ["85", "85.0", " 85,00"])
def test_the_department_beside_a_commune_is_read_alike(hint: str) -> None:
    assert PLACE.read("Avrillé", AVRILLES._replace(department=hint)).insee == "85010"


@pytest.mark.parametrize("hint", ["85440", "85440.0", "85 440"])
def test_the_postal_code_beside_a_commune_is_read_alike(hint: str) -> None:
    assert PLACE.read("Avrillé", AVRILLES._replace(postal=hint)).insee == "85010"


@pytest.mark.parametrize("text", ["44.5", "99.0", "0.0", "2A.0", "44000", ".0"])
def test_another_number_is_no_department(text: str) -> None:
    with pytest.raises(Malformed, match=f"« {text} » n'est pas un département"):
        DEPARTMENT.read(text, READING)
