"""`agir report overdue` from one night to the next, and one digest a référent."""

from __future__ import annotations

from pathlib import Path

import pytest

from agir_cli.cli.app import main
from agir_cli.cli.commands.report_overdue import _file_names
from agir_cli.domain.events import Kind
from tests.reports.building import accepted, add, event, new_file

CONTRACT = ("--kind", "contractualisation", "--no-waiting")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    connection = new_file(tmp_path / "essai.db")
    anne, zoe = {"referent": "DURAND Anne"}, {"referent": "Évrard, Zoé"}
    for number, commission, who in ((1, "01", anne), (2, "01", zoe), (3, "09", {})):
        add(
            connection, number, *accepted("2023-08-01", "2023-08-01"),
            event(Kind.DIAGNOSIS_HELD, "2023-08-20"),
            event(Kind.REFERENT_DESIGNATED, f"2023-09-{commission}", **who),
        )  # fmt: skip
    connection.close()
    return tmp_path / "essai.db"


def agir(file: Path, day: str, *words: str) -> int:
    return main(["--db", str(file), "--today", day, "report", "overdue", *words])


def test_new_tells_what_changed_and_a_missed_night_is_caught_up(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert agir(file, "2023-09-25", *CONTRACT, "--new", "--mark") == 0
    assert "Contractualisation : 2 en retard" in capfd.readouterr().out
    signed = ("contract", "sign", "44-0002", "--on", "2023-09-27")
    assert main(["--db", str(file), "--quiet", "--today", "2023-09-27", *signed]) == 0
    capfd.readouterr()
    assert agir(file, "2023-10-02", *CONTRACT, "--new", "--mark", "--exit-code") == 8
    lines = capfd.readouterr().out.splitlines()
    titles = [line for line in lines if " : " in line and not line.startswith("44-")]
    assert titles[1:] == [
        "Nouveaux retards depuis le 25/09/2023 : 1",
        "Toujours en retard : 1",
        "Plus en retard : 1",
    ]
    assert lines[-1].split()[:2] == ["44-0002", "INVENTÉ-2"]
    assert lines[-1].endswith("Accompagnement")


def test_new_in_a_machine_format_gives_the_new_lines_alone(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = (*CONTRACT, "--new", "--mark", "--format", "csv", "--columns", "dossier")
    outs = []
    for day in ("2023-09-25", "2023-10-02", "2023-10-03"):
        assert agir(file, day, *asked) == 0
        outs.append(capfd.readouterr().out.split())
    assert outs == [["dossier", "44-0001", "44-0002"], ["dossier", "44-0003"], ["dossier"]]


def test_a_silent_night(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert agir(file, "2023-09-10", *CONTRACT, "--new", "--mark", "--exit-code") == 0
    assert capfd.readouterr() == ("", "")


def test_a_file_does_not_keep_the_night_before(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "nuit.txt"
    asked = (*CONTRACT, "--output", str(target), "--overwrite")
    assert agir(file, "2023-10-03", *asked) == 0
    assert "44-0001" in target.read_text("utf-8")
    assert agir(file, "2023-09-10", *asked) == 0
    told = target.read_text("utf-8").splitlines()
    assert told[0] == "Retards au dimanche 10/09/2023"
    assert told[-1] == "Aucun retard, et personne n'attend sans échéance."


def test_sections_by_referent(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert agir(file, "2023-10-02", *CONTRACT, "--by", "referent") == 0
    titles = [line for line in capfd.readouterr().out.splitlines() if " — " in line]
    assert titles == [
        "DURAND Anne — Contractualisation : 1 en retard",
        "Évrard, Zoé — Contractualisation : 1 en retard",
        "sans référent — Contractualisation : 1 en retard",
    ]


def test_a_digest_for_each_referent(
    file: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "retards-2023-10-02"
    asked = (*CONTRACT, "--output-dir", str(folder))
    assert agir(file, "2023-10-02", *asked) == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "durand-anne.txt", "evrard-zoe.txt", "sans-referent.txt",
    ]  # fmt: skip
    text = (folder / "durand-anne.txt").read_text("utf-8")
    assert text.startswith("Retards au lundi 02/10/2023\n")
    assert "Référent : DURAND Anne\n" in text
    assert ("44-0001" in text, "44-0002" in text) == (True, False)
    assert capfd.readouterr().err == "3 fichiers dans retards-2023-10-02.\n"
    assert agir(file, "2023-10-02", *asked) == 2
    assert "n'est pas vide" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--kind", "Commission"), "Qui l'attend : agir commission agenda"),
        (("--by", "bureau"), "Valeurs admises : referent"),
        (("--by", "referent", "--format", "csv"), "formats pour lire"),
        (("--by", "referent", "--new"), "sans --new"),
    ],
)
def test_what_cannot_be_asked_together(
    file: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert agir(file, "2023-10-02", *words) == 2
    assert told in capfd.readouterr().err


def test_two_referents_of_one_name_have_each_their_file() -> None:
    names = _file_names(["DURAND Anne", "Durand, Anne", "durand anne", "Ömer", "…"])
    assert names == ["durand-anne", "durand-anne-no2", "durand-anne-no3", "omer", "referent"]
