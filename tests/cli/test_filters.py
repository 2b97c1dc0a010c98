"""A filter finds whom entry finds: one comparison for both, and the labels of the screen."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from tests.cli.coordinator import ORIENTED, Team

NAMES = ("Éloïse Garçon", "Anne-Marie L’Hôte", "Karim Ben Saïd")


@pytest.fixture
def followed(team: Team) -> Team:
    """Three dossiers, each with a référent of its own, at three offices."""
    offices = ("44-C1", "44-C3", "44-A2")
    for number, (name, office) in enumerate(zip(NAMES, offices, strict=True), 1):
        ref = team.enrols("--nom", f"INVENTE-{'ABC'[number - 1]}", *ORIENTED)
        team.does("diagnose", "book", ref, "--on", "24/01/2023 10h", "--bureau", office)
        team.does("diagnose", "hold", ref, "--on", "25/01/2023", "--diagnostic-signe", "oui")
        team.does("assign", ref, "--on", "02/02/2023", "--referent", name, "--priorites", "emploi")
    return team


def found(team: Team, *filters: str) -> list[str]:
    answer = team.does("report", "dossiers", "--format", "csv", "--columns", "dossier", *filters)
    return answer.out.split()[1:]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        pytest.param("Éloïse Garçon", 1, id="comme à l'écran"),
        pytest.param("Eloise Garcon", 1, id="sans accents"),
        pytest.param(normalize("NFD", "Éloïse Garçon"), 1, id="tapé sur un Mac"),
        pytest.param("GARÇON Éloïse", 1, id="le nom d'abord"),
        pytest.param("E. Garçon", 1, id="une initiale"),
        pytest.param("garcon", 1, id="une partie"),
        pytest.param("Anne-Marie L'Hôte", 2, id="l'apostrophe droite"),
        pytest.param("anne marie l hote", 2, id="ni trait d'union ni apostrophe"),
        pytest.param("ANNE–MARIE L´HÔTE", 2, id="un demi-cadratin, un accent aigu"),
        pytest.param("  karim   ben saïd ", 3, id="des espaces"),
        pytest.param("r003", 3, id="un code"),
    ],
)
def test_a_referent_is_found_as_entry_finds_them(followed: Team, typed: str, number: int) -> None:
    assert found(followed, "--referent", typed) == [f"44-000{number}"]
    named = followed.does("assign", f"44-000{number}", "--on", "02/02/2023", "--referent", typed)
    assert "rien n'a changé" in named.out, "entry takes it for the same référent"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param(["--office", "Centre - Rezé"], [1], id="un tiret pour l'autre"),
        pytest.param(["--office", "centre reze"], [1], id="sans accent ni tiret"),
        pytest.param(["--office", "rezé"], [1], id="une partie"),
        pytest.param(["--office", "St-Nazaire"], [2], id="une abréviation"),
        pytest.param(["--office", "44-a2"], [3], id="un code en minuscules"),
        pytest.param(["--sector", "nantes-metropole"], [1], id="un secteur sans accent"),
        pytest.param(["--sector", "Ouest et Sud"], None, id="« et » n'est pas « & »"),
        pytest.param(["--sector", "ouest & sud"], [2, 3], id="un secteur en minuscules"),
        pytest.param(["--stage", "Contractualisation"], [1, 2, 3], id="le libellé de l'étape"),
        pytest.param(["--stage", "diagnostic,contractualisation"], [1, 2, 3], id="deux étapes"),
        pytest.param(["--route", "Voie N"], [1, 2, 3], id="« Voie N »"),
        pytest.param(["--route", "Voie N (OFII)"], [1, 2, 3], id="le libellé de la voie"),
        pytest.param(["--route", "N-1"], [], id="un code en capitales"),
        pytest.param(["--route", "voie n-1"], [], id="« voie n-1 »"),
        pytest.param(["--priority", "Emploi-Formation"], [1, 2, 3], id="le libellé de la priorité"),
        pytest.param(["--mode", "En appui à l'existant"], [], id="le libellé de la modalité"),
        pytest.param(["--department", "Loire-Atlantique"], [1, 2, 3], id="un département nommé"),
    ],
)
def test_labels_and_spellings_are_filters(
    followed: Team, filters: list[str], expected: list[int] | None
) -> None:
    if expected is None:
        assert followed("report", "dossiers", *filters).code == 2
        return
    assert found(followed, *filters) == [f"44-000{number}" for number in expected]


@pytest.mark.parametrize(
    "kind", ["Entretien de suivi", "CONTRACTUALISATION", "Liaison OFII,diagnostic"]
)
def test_a_kind_of_deadline_is_named_as_on_the_screen(followed: Team, kind: str) -> None:
    assert followed("report", "overdue", "--kind", kind).code == 0


def test_a_part_of_several_names_is_refused_with_each(followed: Team) -> None:
    answer = followed("report", "dossiers", "--office", "nantes")
    assert answer.code == 2
    assert "44-A1" in answer.err
    assert "44-C2" in answer.err


def test_a_part_of_a_name_is_said(followed: Team) -> None:
    answer = followed.does("report", "dossiers", "--referent", "garcon", "--format", "csv")
    assert "« garcon » est lu comme Éloïse Garçon" in answer.err


def test_where_a_referent_is_second_is_said_and_may_be_left_out(followed: Team) -> None:
    followed.does("assign", "44-0002", "--on", "02/02/2023", "--second-referent", NAMES[0])
    answer = followed.does(
        "report", "dossiers", "--referent", NAMES[0], "--format", "csv", "--columns", "dossier"
    )
    assert answer.out.split()[1:] == ["44-0001", "44-0002"]
    assert "second référent (1 dans le fichier)" in answer.err
    assert found(followed, "--referent", NAMES[0], "--first-referent") == ["44-0001"]
    alone = followed("report", "dossiers", "--first-referent")
    assert (alone.code, "--referent" in alone.err) == (2, True)
    quiet = followed.does("report", "dossiers", "--referent", NAMES[2], "--format", "csv")
    assert "second" not in quiet.err


def test_a_sector_that_holds_others_is_said_to_be_counted_without_them(followed: Team) -> None:
    whole = followed.does("report", "funnel", "--secteur", "SUD & EST")
    assert "compté sans EST ni SUD" in whole.err
    for sector in ("SUD", "NANTES-MÉTROPOLE"):
        assert "compté sans" not in followed.does("report", "funnel", "--secteur", sector).err


# --- what is written by a part of its name -----------------------------------------------


def named(team: Team, referent: str) -> str:
    ref = team.diagnosed("--nom", f"INVENTE-{len(team.rows('SELECT * FROM people'))}X")
    answer = team("assign", ref, "--on", "02/02/2023", "--referent", referent)
    return answer.err if answer.code == 0 else f"{answer.code} {answer.err}"


def test_a_referent_is_written_by_a_part_of_their_name(team: Team) -> None:
    assert "il y est ajouté" in named(team, "Anne Durand")
    for part in ("durand", "A. Durand", "DURAND Anne", "Anne"):
        said = named(team, part)
        assert "ajouté" not in said
        assert ("est lu comme Anne Durand (R001)" in said) is (part != "DURAND Anne")
    assert "proche : Anne Durand" in named(team, "Anne Durant")
    assert "il y est ajouté" in named(team, "Alain Durand")
    several = named(team, "A. Durand")
    assert several.startswith("4 ")
    assert "Anne Durand (5 dossiers), R001 ; Alain Durand (1 dossier), R003" in several
    assert team.rows("SELECT nom FROM referents ORDER BY code") == [
        ("Anne Durand",), ("Anne Durant",), ("Alain Durand",),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "kept", "said"),
    [
        pytest.param("Saint-Nazaire", "44-C3", "est lu comme", id="une partie"),
        pytest.param("clisson", "44-A3", "est lu comme", id="une autre"),
        pytest.param("Centre – Rezé", "44-C1", None, id="le nom entier"),
        pytest.param("Saint-Nazère", "Saint-Nazère", "Bureaux proches : 44-C3", id="une faute"),
        pytest.param("Gymnase", "Gymnase", "Bureaux connus : 44-A1", id="inconnu"),
    ],
)
def test_an_office_is_written_by_a_part_of_its_name(
    team: Team, typed: str, kept: str, said: str | None
) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    answer = team.does("diagnose", "book", ref, "--on", "24/01/2023 10h", "--bureau", typed)
    assert team.rows("SELECT bureau FROM appointments") == [(kept,)]
    assert said is None or said in answer.err


def test_an_office_that_may_be_several_is_asked(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    answer = team("diagnose", "book", ref, "--on", "24/01/2023 10h", "--bureau", "La Roche")
    assert answer.code == 4
    assert "85-C1" in answer.err
    assert team.rows("SELECT * FROM appointments") == []
