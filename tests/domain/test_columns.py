"""What a whole column proves: names parted, numbers told, days counted, signs for nothing."""

from __future__ import annotations

from datetime import date

import pytest

from agir_cli.domain.columns import (
    ADDRESS,
    FULL_NAME,
    NOT_KEPT,
    NUMBER,
    Survey,
    Understanding,
)
from agir_cli.domain.person_values import parted
from agir_cli.domain.reasons import Finding
from agir_cli.store.reference import load_blank_signs, reading

READING = reading(date(2023, 10, 9))


def understood(
    columns: list[str | None],
    *rows: list[str],
    order: str | None = None,
    erasers: tuple[str, ...] = (),
) -> Understanding:
    """The columns of a file of these rows, each headed by its own field."""
    survey = Survey(columns, [name or "?" for name in columns], load_blank_signs())
    survey.add(rows)
    return survey.understood(READING, enrols=True, order=order, erasers=erasers)


def row(found: Understanding, cells: list[str]) -> dict[str, str]:
    """A row as it is read: the cell of each field."""
    read = found.read(cells)
    assert not isinstance(read, Finding), read.sentence
    return {n: text for n, text in zip(found.columns, read, strict=False) if n and text}


@pytest.mark.parametrize(
    ("text", "name", "first"),
    [
        ("KONATE Mariam", "KONATE", "Mariam"),
        ("Mariam KONATE", "KONATE", "Mariam"),
        ("AL SALEH Omar", "AL SALEH", "Omar"),
        ("Al SALEH Omar", "Al SALEH", "Omar"),
        ("N'DIAYE Fatou Binetou", "N'DIAYE", "Fatou Binetou"),
        ("ÉLOÏSE-GÉRARD Zoé", "ÉLOÏSE-GÉRARD", "Zoé"),
        ("de la CRUZ Maria", "de la CRUZ", "Maria"),
        ("McDONALD Ian", "McDONALD", "Ian"),
        ("KONATE M.", "KONATE", "M."),
        ("Konate, Mariam", "Konate", "Mariam"),
        ("Mme KONATE Mariam", "KONATE", "Mariam"),
        ("M. KONATE Ali", "KONATE", "Ali"),
        ("KONATE - Mariam", "KONATE", "Mariam"),
        ("Mariam / KONATE", "KONATE", "Mariam"),
        ("KONATE\nMariam", "KONATE", "Mariam"),
        ("TESFAY", "TESFAY", ""),
        ("Tesfay", "Tesfay", ""),
        ("\u200eKONATE\u00a0Mariam", "KONATE", "Mariam"),
    ],
)
def test_capitals_part_a_name(text: str, name: str, first: str) -> None:
    assert parted(text) == (name, first)


@pytest.mark.parametrize(
    "text",
    [
        "Konate Mariam",
        "KONATE MARIAM",
        "konate mariam",
        "KONATE Mariam TRAORE",
        "KONATE née BAH Awa",
        "KONATE ép. BAH Awa",
        "KONATE (BAH) Awa",
        "A, B, C",
        "أحمد المخترع",
        "Al Saleh Omar",
    ],
)
def test_what_nothing_parts_stays_whole(text: str) -> None:
    assert parted(text) is None


@pytest.mark.parametrize(
    ("text", "order", "both"),
    [
        ("Konate Mariam", "nom-prenoms", ("Konate", "Mariam")),
        ("Mariam Konate", "prenoms-nom", ("Konate", "Mariam")),
        ("AL SALEH OMAR", "nom-prenoms", ("AL SALEH", "OMAR")),
        ("Omar Al Saleh", "prenoms-nom", ("Al Saleh", "Omar")),
        ("KONATE Mariam", "prenoms-nom", ("KONATE", "Mariam")),
        ("Mohamed Ali Hassan", "prenoms-nom", None),
    ],
)
def test_an_order_answers_for_two_words(
    text: str, order: str, both: tuple[str, str] | None
) -> None:
    assert parted(text, order) == both


def test_a_row_that_nothing_parts_is_refused_alone() -> None:
    found = understood([FULL_NAME], ["KONATE Mariam"], ["Konate Mariam"])
    assert row(found, ["KONATE Mariam"]) == {"nom": "KONATE", "prenoms": "Mariam"}
    told = found.read(["Konate Mariam"])
    assert isinstance(told, Finding)
    assert (told.code, told.field) == ("nom_a_partager", "nom")
    assert "--name-order" in found.cautions[0]
    assert found.places["prenoms"] == 0


def test_names_apart_leave_the_column_of_both() -> None:
    found = understood([FULL_NAME, "nom", "prenoms"], ["KONATE Mariam", "KONATE", "Mariam"])
    assert found.unread == (FULL_NAME,)
    assert row(found, ["X y", "KONATE", "Mariam"]) == {"nom": "KONATE", "prenoms": "Mariam"}


@pytest.mark.parametrize("field", ["dossier", NUMBER])
def test_figures_are_the_agdref_number(field: str) -> None:
    found = understood([field, "nom"], ["2210045511", "A"], ["0 320 078 841", "B"], ["", "C"])
    assert found.columns == ("agdref", "nom")
    assert "« 2210045511 »" in found.told[0]
    assert "(2 cellules)" in found.told[0]


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        pytest.param(["dossier", "nom"], ["44-0042", "A"], id="une référence"),
        pytest.param(["dossier", "telephone"], ["2210045511", "0612345606"], id="aucun nom"),
        pytest.param(["dossier", "nom", "agdref"], ["2210045511", "A", "0123456789"], id="déjà là"),
    ],
)
def test_a_reference_stays_one(columns: list[str | None], cells: list[str]) -> None:
    found = understood(columns, cells)
    assert found.columns[0] == ("dossier" if len(columns) < 3 else found.columns[0])
    assert "agdref" not in found.columns[:1]


def test_a_teams_own_numbers_are_left() -> None:
    found = understood(["dossier", "nom"], ["12", "A"], ["13", "B"])
    assert found.columns == (None, "nom")
    assert "laissée de côté" in found.told[0]
    assert understood([NUMBER, "nom"], ["12", "A"]).unread == (NUMBER,)


@pytest.mark.parametrize(
    ("field", "cells", "first"),
    [
        ("date_naissance", ["35131", "32143", ""], "1996-03-07"),
        ("date_cir", ["44971.0"], "2023-02-14"),
        ("date_rdv_diagnostic", ["44971,5833333333"], "2023-02-14 14:00"),
        ("date_cir", ["10000", "60000"], "1927-05-18"),
    ],
)
def test_numbers_alone_are_days(field: str, cells: list[str], first: str) -> None:
    found = understood([field], *([cell] for cell in cells))
    assert row(found, [cells[0]]) == {field: first}
    assert "Excel" in found.told[0]


@pytest.mark.parametrize("cells", [["44971", "14/02/2023"], ["9999"], ["60001"], ["44971", "1990"]])
def test_numbers_beside_something_else_are_not(cells: list[str]) -> None:
    found = understood(["date_cir"], *([cell] for cell in cells))
    assert found.read([cells[0]]) == [cells[0]]
    assert not found.told


@pytest.mark.parametrize(
    ("field", "sign", "kept"),
    [
        ("telephone", "NC", False),
        ("courriel", " - ", False),
        ("date_naissance", "?", False),
        ("statut", "NSP", False),
        ("emploi_durable", "NSP", True),
        ("projet", "-", False),
        ("nom", "NC", False),
        ("nom", "Na", True),
        ("langues", "nr", False),
        ("nationalite", "nc", False),
        ("statut", "PS", True),
        ("sexe", "n/a", False),
        ("referent", "…", False),
        ("agdref", "inconnu", False),
        ("nom", "Inconnu", False),
        ("date_contrat", "en cours", False),
        ("referent", "à désigner", False),
        ("decision_ofii", "non", True),
        ("situation_professionnelle", "sans", True),
        ("situation_logement_entree", "sans", True),
        ("situation_logement_sortie", "NC", False),
    ],
)
def test_a_sign_alone_says_nothing(field: str, sign: str, kept: bool) -> None:
    found = understood([field], [sign], [sign])
    assert row(found, [sign]) == ({field: sign} if kept else {})
    assert bool(found.told) is not kept
    assert kept or "(2 cellules)" in found.told[0]


def test_a_sign_that_erases_is_left_to_who_reads() -> None:
    found = understood(["telephone"], ["-"], erasers=("-",))
    assert found.read(["-"]) == ["-"]


def test_a_day_and_a_month_may_have_been_exchanged() -> None:
    found = understood(["date_cir"], ["2023-05-03"], ["2023-11-04"], ["25/01/2023"], ["14/02/2023"])
    assert "le mois pour le jour" in found.cautions[0]
    for fine in (["2023-05-13"], ["03/05/2023"]):
        told = understood(["date_cir"], ["2023-05-03"], ["25/01/2023"], fine)
        assert not told.cautions


def test_a_town_is_read_in_its_address() -> None:
    cells = ["12 rue X, 44600 Saint-Nazaire", "3 allée Y - Rezé", "quelque part"]
    found = understood([ADDRESS], *([cell] for cell in cells))
    assert [row(found, [cell]) for cell in cells] == [
        {"adresse": cells[0], "commune_residence": "44600 Saint-Nazaire"},
        {"adresse": cells[1], "commune_residence": "Rezé"},
        {},
    ]
    assert "1 sans commune lisible" in found.told[0]


def test_what_is_never_kept_is_named_once() -> None:
    found = understood([NOT_KEPT, "nom"], ["vu", "A"])
    assert (found.columns, found.unkept) == ((None, "nom"), (NOT_KEPT,))


def test_an_ordinary_file_is_read_as_it_is() -> None:
    cells = ["DIALLO", "Awa", "0123456789", "14/03/1994"]
    found = understood(["nom", "prenoms", "agdref", "date_naissance"], cells)
    assert found.read(cells) is cells
    assert (found.told, found.cautions, found.unread) == ((), (), ())


@pytest.mark.parametrize(
    ("field", "cells", "day"),
    [
        ("orientation", ["15/02/2023", "21/01/23"], "date_orientation"),
        ("statut", ["12/2022", "2021"], "date_statut"),
        ("decision_ofii", ["44971"], "date_decision"),
        ("orientation", ["15/02/2023", "oui"], None),
        ("statut", ["PS"], None),
    ],
)
def test_a_fact_may_be_told_by_its_day(field: str, cells: list[str], day: str | None) -> None:
    found = understood([field], *([cell] for cell in cells))
    assert [name for name in found.columns if name] == [day or field]


def test_a_day_of_its_own_leaves_the_fact_as_it_is() -> None:
    found = understood(["orientation", "date_orientation"], ["15/02/2023", "15/02/2023"])
    assert found.columns == ("orientation", "date_orientation")


@pytest.mark.parametrize(
    ("field", "cells", "dropped"),
    [
        ("date_contrat", ["oui", "X", ""], True),
        ("date_contrat", ["oui", "12/04/2023"], False),
        ("menage", ["isolée", "couple"], True),
        ("menage", ["M12", "isolé"], False),
        ("menage", ["juin-15"], False),
    ],
)
def test_a_column_that_cannot_say_it_is_left_and_said(
    field: str, cells: list[str], dropped: bool
) -> None:
    found = understood([field], *([cell] for cell in cells))
    assert (found.columns == (None,)) is dropped
    assert any("laissée de côté" in each for each in found.told) is dropped


def test_a_birth_beside_its_place_is_read() -> None:
    found = understood(["date_naissance"], ["07/03/1996 à Kayes"], ["1988 (Alep)"], ["23/11/2001"])
    assert [
        row(found, [cell])["date_naissance"] for cell in ("07/03/1996 à Kayes", "1988 (Alep)")
    ] == [
        "07/03/1996",
        "1988",
    ]
    kept = understood(["date_naissance"], ["07/03/1996 à Kayes"], ["inconnue à Kayes"])
    assert kept.read(["07/03/1996 à Kayes"]) == ["07/03/1996 à Kayes"]


def test_who_is_protected_otherwise_is_not_said_by_bpi() -> None:
    found = understood(["statut"], ["BPI"], ["PS"])
    assert row(found, ["BPI"]) == {}
    assert row(found, ["PS"]) == {"statut": "PS"}
