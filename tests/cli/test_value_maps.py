"""What a team's values mean: `--map-value`, kept with the headings by `--save-map`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.coordinator import Team

TEAM_SHEET = "Nom;Hébergement;Travail\nAAA-INVENTE;Foyer X;bosse\nBBB-INVENTE;FOYER  x;cdi\n"
HEADINGS = ("--map", "Hébergement=situation_logement", "--map", "Travail=situation_professionnelle")
MEANT = (
    *HEADINGS,
    "--map-value",
    "Hébergement:Foyer X=dna/huda",
    "--map-value",
    "Travail:Bosse=cdi",
)


@pytest.fixture
def sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "poste"))
    path = tmp_path / "equipe.csv"
    path.write_text(TEAM_SHEET, "utf-8")
    return path


def situations(team: Team) -> list[tuple[object, ...]]:
    return team.rows(
        "SELECT situation_logement_entree, detail_logement_entree,"
        " situation_professionnelle_entree FROM dossiers ORDER BY dossier"
    )


@pytest.mark.parametrize("door", [("enroll", "--from"), ("import",)], ids=" ".join)
def test_a_value_means_what_the_team_says(team: Team, sheet: Path, door: tuple[str, ...]) -> None:
    answer = team.does(*door, str(sheet), *MEANT)
    assert situations(team) == [("dna", "huda", "cdi")] * 2
    assert "« Hébergement » : « foyer x » lu « huda » (2 cellules)" in answer.err


@pytest.mark.parametrize(
    ("heading", "value"),
    [("Hébergement", "HUDA : Nantes"), ("Où : logé", "HUDA"), ("Où : logé", "HUDA : Nantes")],
)
def test_a_colon_may_stand_in_a_heading_and_in_a_value(
    team: Team, tmp_path: Path, heading: str, value: str
) -> None:
    path = tmp_path / "deux-points.csv"
    path.write_text(f"Nom;{heading};Travail\nAAA-INVENTE;{value};cdi\n", "utf-8")
    mapped = ("--map", f"{heading}=situation_logement", *HEADINGS[2:])
    team.does("import", str(path), *mapped, "--map-value", f"{heading}:{value}=dna/huda")
    assert situations(team) == [("dna", "huda", "cdi")]


def test_values_are_kept_with_the_headings(team: Team, sheet: Path) -> None:
    team.does("enroll", "--from", str(sheet), *MEANT, "--save-map", "equipe", "--dry-run")
    assert situations(team) == []
    team.does("enroll", "--from", str(sheet), "--use-map", "equipe", "--strict")
    assert situations(team) == [("dna", "huda", "cdi")] * 2


def test_what_still_does_not_enter_comes_back_with_the_same_map(
    team: Team, sheet: Path, tmp_path: Path
) -> None:
    rejects = tmp_path / "rejets.csv"
    answer = team(
        "enroll", "--from", str(sheet), *HEADINGS, "--map-value", "Travail:bosse=cdi",
        "--keep-going", "--rejects", str(rejects),
    )  # fmt: skip
    assert answer.code == 5
    assert "Foyer X" in rejects.read_text("utf-8")
    assert "--map-value Travail:bosse=cdi" in answer.err


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ("Hébergement", "ne se lit pas"), ("Hébergement:=dna", "ne se lit pas"),
        ("Hebergment:X=dna", "La plus proche : Hébergement"),
        ("Hébergement:X=dnaa", "ne peut pas dire « dnaa »"),
        ("Hébergement:X=dna/fjt", "ne peut pas dire « dna/fjt »"),
    ],
)  # fmt: skip
def test_a_map_that_says_nothing_is_refused_before_anything(
    team: Team, sheet: Path, told: str, fault: str
) -> None:
    answer = team("enroll", "--from", str(sheet), *HEADINGS, "--map-value", told)
    assert answer.code == 2
    assert fault in answer.err
    assert situations(team) == []
