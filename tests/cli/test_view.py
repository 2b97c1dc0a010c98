"""`agir view`: a report and its options under a name, on this post, run by that name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.coordinator import ORIENTED, Team


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("AGIR_CONFIG", str(path))
    return path


def test_a_view_is_kept_shown_run_and_removed(team: Team, settings: Path) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    before = team.fingerprint()
    kept = team.types("view save comite report funnel --departement 44 --format csv")
    assert "agir report funnel --departement 44 --format csv" in kept.out
    assert team.fingerprint() == before, "the team's file does not know it"
    assert "comite" in settings.read_text("utf-8")
    usual = team.types("report funnel --departement 44 --format csv").out
    assert usual.startswith("departement,")
    for typed in ("view comite", "view run comite", "view Comité"):
        assert team.types(typed).out == usual
    assert team.types("view show comite").out.strip().endswith("--format csv")
    assert "comite" in team.types("view list").out
    assert "vues.comite" in team.types("config show").out
    assert "retirée" in team.types("view remove comite").out
    assert team.types("view comite").code == 4


def test_what_is_typed_after_the_name_wins(team: Team, settings: Path) -> None:
    team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    team.types("view save mensuel funnel --format csv --departement 85")
    assert team.types("view mensuel").out.count("\n") == 1, "the header alone"
    found = team.types("view mensuel --departement 44 --as-of 30/06/2023")
    assert found.out == team.types(
        "report funnel --format csv --departement 44 --as-of 30/06/2023").out  # fmt: skip
    assert "44," in found.out


def test_every_report_keeps_its_options(team: Team, settings: Path) -> None:
    for words in (
        "overdue --kind contractualisation --within 2w", "dossiers --columns dossier,nom",
        "quality --by referent", "cross --rows statut --columns sexe --mask",
        "indicators --period 2023-T3", "agenda --within 1m", "timeline 44-0001",
    ):  # fmt: skip
        assert team.types(f"view save essai {words}").code == 0, words
        assert team.types("view show essai").out.strip() == f"agir report {words}"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("view save comite funnel --departemant 44", "--departement"),
        ("view save comite entonoir", "funnel"),
        ("view save comite", "Quel rapport"),
        ("view save list funnel", "ne peut pas nommer"),
        ("view save retirer funnel", "ne peut pas nommer"),
        ("view save a.b funnel", "ne peut pas nommer"),
        ("view save comite funnel --by", "--by"),
    ],
)
def test_a_view_that_could_not_be_run_is_not_kept(
    team: Team, settings: Path, typed: str, told: str
) -> None:
    answer = team.types(typed)
    assert answer.code == 2
    assert told in answer.err
    assert not settings.exists()


def test_a_word_that_is_no_view(team: Team, settings: Path) -> None:
    answer = team.types("view lits")
    assert answer.code == 4
    assert "Vues : aucune" in answer.err
    assert team.types("config set vues.x funnel").code == 2
    assert team.types("view lister").code == 0


def test_a_view_edited_by_hand_is_read_again(team: Team, settings: Path) -> None:
    settings.write_text('[vues]\nmoi = "funnel --departement 44"\n', "utf-8")
    assert team.types("view moi").code == 0
    settings.write_text('[vues]\nmoi = "funnel --chat"\n', "utf-8")
    answer = team.types("view moi")
    assert answer.code == 2
    assert "--chat" in answer.err
