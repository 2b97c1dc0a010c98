"""Cells read into a command, or told for what is wrong with them."""

from __future__ import annotations

from datetime import date

import pytest

from agir_cli.domain.commands import Command, Enroll, SignContract
from agir_cli.domain.places import Gazetteer
from agir_cli.domain.reading import RowReader
from agir_cli.domain.values import Reading
from agir_cli.store.reference import load_words

READING = Reading(date(2024, 3, 1), Gazetteer((), ()), {}, {}, load_words())


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


@pytest.mark.parametrize("text", ["Errol", "ERR", "#E12", "N/A-INVENTE", "Eve"])
def test_a_name_that_only_begins_like_one_is_a_name(text: str) -> None:
    told = read(nom=text)
    assert isinstance(told, Enroll)
    assert told.nom == text


def test_what_is_not_said_is_unknown() -> None:
    """A command says only what its cells say; whatever else is asked of it is not known."""
    told = read(nom=" Awa ", prenoms="  ", agdref="")
    assert isinstance(told, Enroll)
    assert {n: v for n, v in told.given.items() if v} == {"nom": "Awa"}
    assert told.given == Enroll(nom="Awa").given
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


@pytest.mark.parametrize("text", ["0123456789", "44150", "0123456789\u200b", "\ufeff44150"])
def test_an_ordinary_number_passes(text: str) -> None:
    assert isinstance(read(nom="Awa", agdref=text), Enroll)


def test_a_number_that_stands_for_the_dossier_is_told_by_its_own_column() -> None:
    reader = RowReader(SignContract, ["agdref", "date_contrat"], READING)
    found = reader.read(["1,2E+09", "17/02/2023"])
    assert isinstance(found, list)
    assert [(fault.code, fault.field) for fault in found] == [("illisible", "agdref")]


@pytest.mark.parametrize("eraser", ["-", " - ", "\u00a0-"])
@pytest.mark.parametrize("cell", ["-", " -", "-  ", "\u00a0-", "\u202f-\u200b"])
def test_an_eraser_is_heard_whatever_surrounds_it(eraser: str, cell: str) -> None:
    reader = RowReader(Enroll, ["nom", "telephone"], READING, (eraser,))
    found = reader.read(["Awa", cell])
    assert isinstance(found, Enroll)
    assert (found.efface, found.telephone) == (("telephone",), None)


def test_a_blank_eraser_erases_nothing() -> None:
    found = RowReader(Enroll, ["nom", "telephone"], READING, " ").read(["Awa", " "])
    assert isinstance(found, Enroll)
    assert found.given == Enroll(nom="Awa").given


@pytest.mark.parametrize("cell", ["\u200b", "\ufeff", "\u00a0\u202f", "\u200e \u200f"])
def test_a_cell_of_what_is_not_seen_is_blank(cell: str) -> None:
    told = read(nom="Awa", agdref=cell, statut=cell)
    assert isinstance(told, Enroll)
    assert told.given == Enroll(nom="Awa").given


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        pytest.param("code_postal_domicile", "44\u00a0000", "44000", id="code postal, insécable"),
        pytest.param("code_postal_domicile", "44\u2009000", "44000", id="code postal, espace fine"),
        pytest.param("prescripteur", "un\u202fmot", "un mot", id="texte"),
        pytest.param("statut", "protection\u00a0subsidiaire", "protection_subsidiaire", id="code"),
        pytest.param("departement", "\u00a044", "44", id="département"),
        pytest.param("telephone", "06\u202f12\u202f34\u202f56\u202f78", "0612345678", id="tél."),
    ],
)
def test_an_odd_space_is_a_space(name: str, text: str, value: str) -> None:
    found = read(nom="Awa", **{name: text})
    assert isinstance(found, Enroll)
    assert getattr(found, name) == value
