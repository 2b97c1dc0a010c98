"""Cells read into a command, or told for what is wrong with them."""

from __future__ import annotations

from datetime import date

import pytest

from agir_cli.domain.commands import Command, Enroll, SignContract
from agir_cli.domain.reading import RowReader
from agir_cli.domain.territory import Gazetteer
from agir_cli.domain.values import Reading

READING = Reading(date(2024, 3, 1), Gazetteer((), ()), {}, {})


def read(**cells: str) -> Command | list[str]:
    """The command of these cells, or the faults as `field: sentence`."""
    found = RowReader(Enroll, list(cells), READING).read(list(cells.values()))
    return found if isinstance(found, Command) else [f"{f.field}: {f.sentence}" for f in found]


@pytest.mark.parametrize(
    "text",
    ["#N/A", "#n/a", "#VALEUR!", "#VALEUR !", "#REF!", "#DIV/0!", "#NOM?", "Err:502", "########"],
)
@pytest.mark.parametrize("name", ["nom", "agdref", "telephone", "date_cir", "statut"])
def test_a_broken_formula_is_no_value(name: str, text: str) -> None:
    told = read(prenoms="Awa", **{name: text})
    assert isinstance(told, list)
    assert len(told) == 1
    assert told[0].startswith(f"{name}: ")
    assert "erreur du tableur" in told[0]


@pytest.mark.parametrize("text", ["#", "Errol", "ERR", "#12", "N/A-INVENTE", "Eve"])
def test_a_name_that_only_begins_like_one_is_a_name(text: str) -> None:
    told = read(nom=text)
    assert isinstance(told, Enroll)
    assert told.nom == text


def test_what_is_not_said_is_unknown() -> None:
    """A command says only what its cells say; whatever else is asked of it is not known."""
    told = read(nom=" Awa ", prenoms="  ", agdref="")
    assert isinstance(told, Enroll)
    assert vars(told) == {"nom": "Awa"}
    assert told == Enroll(nom="Awa")
    assert told.agdref is None
    assert told.efface == ()


@pytest.mark.parametrize("text", ["1,23457E+09", "1.2e9", " 6E+08\u00a0", "-1E5"])
@pytest.mark.parametrize(
    "name", ["agdref", "telephone", "code_postal_domicile", "code_postal_residence"]
)
def test_an_identifier_in_scientific_notation_has_lost_digits(name: str, text: str) -> None:
    told = read(nom="Awa", date_cir="31/02/2023", **{name: text})
    assert isinstance(told, list)
    assert [fault.split(":")[0] for fault in told] == ["date_cir", name]
    assert "notation scientifique" in told[1]


@pytest.mark.parametrize("text", ["0123456789", "E12", "12E", "2E+", "44150", "1e5a"])
def test_an_ordinary_number_passes(text: str) -> None:
    assert isinstance(read(nom="Awa", agdref=text), Enroll)


def test_a_number_that_stands_for_the_dossier_is_told_by_its_own_column() -> None:
    reader = RowReader(SignContract, ["agdref", "date_contrat"], READING)
    found = reader.read(["1,2E+09", "17/02/2023"])
    assert isinstance(found, list)
    assert [(fault.code, fault.field) for fault in found] == [("illisible", "agdref")]
