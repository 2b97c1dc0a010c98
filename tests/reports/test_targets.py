"""The targets of the convention: added by a file, each fault with its line; reached, foretold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agir_cli.cli.app import main
from agir_cli.domain.events import Kind
from tests.reports.building import accepted, add, event, new_file

GOOD = (
    "Département;Année;Mesure;Objectif;Source\r\n"
    "44;2023;personnes;10;Convention\r\n44;2023;Ménages;8;Convention\r\n"
    "44;2023;contrats;4;Convention\r\n85;2023;personnes;5;Convention\r\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    connection = new_file(tmp_path / "essai.db")
    for number in range(1, 7):
        acts = [event(Kind.CONTRACT_SIGNED, "01/04/2023")] if number < 3 else []
        add(connection, number, *accepted("02/01/2023", "05/02/2023"), *acts,
            department="44" if number < 5 else "85",
            facts={"menage": f"M{number // 2}"})  # fmt: skip
    connection.close()
    return tmp_path / "essai.db"


def agir(db: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["--db", str(db), "--today", "2023-07-02", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def put(file: Path, capsys: pytest.CaptureFixture[str], text: str, name: str = "o.csv",
        encoding: str = "cp1252") -> tuple[int, str, str]:  # fmt: skip
    path = file.parent / name
    path.write_bytes(text.encode(encoding))
    return agir(file, capsys, "rules", "--targets", str(path))


def test_reached_rate_and_forecast(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert put(file, capsys, GOOD)[0] == 0
    code, out, err = agir(file, capsys, "report", "funnel", "--targets", "--format", "json")
    assert (code, err) == (0, "")
    found = [
        (row["departement"], row["mesure"], row["objectif"], row["atteint"], row["taux_objectif"],
         row["prevision"])
        for row in json.loads(out)
    ]  # fmt: skip
    assert found == [  # 183 days of 365
        ("44", "personnes", 10, 4, 40.0, 8),
        ("44", "menages", 8, 3, 37.5, 6),
        ("44", "contrats", 4, 2, 50.0, 4),
        ("85", "personnes", 5, 2, 40.0, 4),
        (None, "personnes", 15, 6, 40.0, 12),
    ]
    assert "Convention" in agir(file, capsys, "rules")[1]
    assert "Objectifs de la convention, 2023" in agir(
        file, capsys, "report", "funnel", "--period", "2023-T2"
    )[1]  # fmt: skip
    past = agir(file, capsys, "report", "funnel", "--targets", "--as-of", "01/02/2024",
                "--period", "2023", "--format", "json")[1]  # fmt: skip
    assert {row["prevision"] for row in json.loads(past)} == {None}, "a year that is over"


def test_each_fault_is_told_with_its_line_and_nothing_is_added(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = put(
        file, capsys,
        "departement;annee;mesure;objectif;source\n4;2023;personnes;10;C\n44;23;contrat;mille;\n"
        "44;2023;contrats;10;a\n44;2023;contrats;11;a\n",
    )  # fmt: skip
    assert code == 5
    for told in (
        "ligne 2 : departement « 4 »", "ligne 3 : il manque source", "« contrat » n'existe pas",
        "« mille » n'est pas un nombre entier", "ligne 5 : un autre objectif que la ligne 4",
    ):  # fmt: skip
        assert told in err
    code, _, err = agir(file, capsys, "report", "funnel", "--targets", "--format", "plain")
    assert code == 0
    assert "Aucun objectif de 2023" in err


def test_said_again_replaced_taken_away(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(file, capsys, GOOD)
    toml = '[[objectif]]\ndepartement = "44"\nannee = 2023\nmesure = "personnes"\n'
    code, _, err = put(
        file, capsys, f'{toml}objectif = 12\nsource = "Avenant"\n', "o.toml", "utf-8"
    )
    assert code == 0
    assert "10 → 12" in err
    _, _, err = put(file, capsys, f'{toml}objectif = 0\nsource = "Avenant"\n', "o.toml", "utf-8")
    assert "12 → retiré" in err
    out = agir(file, capsys, "report", "funnel", "--targets", "--format", "csv")[1]
    assert "44,2023,personnes" not in out


@pytest.mark.parametrize(
    ("text", "name"),
    [("", "o.csv"), ("a;b\n1;2\n", "o.csv"), ("[[objectif]\n", "o.toml"), ("x = 1\n", "o.toml")],
    ids=["vide", "autres colonnes", "TOML illisible", "rien"],
)
def test_what_is_no_list_of_targets_is_refused(
    file: Path, capsys: pytest.CaptureFixture[str], text: str, name: str
) -> None:
    code, _, err = put(file, capsys, text, name)
    assert code == 5
    assert err


def test_a_toml_that_cannot_be_read_is_told_in_french_with_its_line(
    file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = put(file, capsys, "[[objectif]]\nannee = [\n", "o.toml", "utf-8")
    assert (code, "ligne 2 : cela ne se lit pas (TOML)" in err) == (5, True)
    latin = tmp_path / "latin.toml"
    latin.write_bytes('[[objectif]]\nsource = "Été"\n'.encode("cp1252"))
    code, _, err = agir(file, capsys, "rules", "--targets", str(latin))
    assert (code, "n'est pas du texte en UTF-8" in err) == (2, True)
    assert "codec" not in err


def test_targets_are_of_whole_departments(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(file, capsys, GOOD)
    code, _, err = agir(file, capsys, "report", "funnel", "--targets", "--stage", "commission")
    assert code == 2
    assert "département entier" in err
    out = agir(file, capsys, "report", "funnel", "--targets", "--department", "85")[1]
    assert "85" in out
    assert "\n44 " not in out
