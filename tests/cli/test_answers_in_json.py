"""A writing command answers a script in JSON: what it did, what it notes, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.coordinator import ORIENTED, Answer, Team


def told(answer: Answer) -> dict[str, Any]:
    """The one object of an answer; null is what is not known, never an empty text."""
    found: dict[str, Any] = json.loads(answer.out)
    assert found["code_sortie"] == answer.code
    assert "" not in found.values()
    return found


def test_an_act_is_answered(team: Team) -> None:
    said = told(team("enroll", "--nom", "HAILE", "--date-cir", "10/01/2023", "--format", "json"))
    assert (said["statut"], said["dossier"], said["voie"]) == ("cree", "44-0001", "n")
    assert said["erreurs"] == []
    assert "a_completer" in [note["code"] for note in said["avertissements"]]
    assert all(note["phrase"] for note in said["avertissements"])
    again = told(
        team("enroll", "--dossier", "44-1", "--telephone", "0612345678", "--format", "json")
    )
    assert (again["statut"], again["etape"]) == ("modifie", "orientation")


@pytest.mark.parametrize(
    ("line", "code", "reason", "whose"),
    [
        ("contract sign 44-1 --on 18/02/2023", 3, "deja_enregistre", "44-0001"),
        ("contract sign haile --on 32/02/2023", 2, "illisible", "44-0001"),
        ("contract sign 44-0099 --on 18/02/2023", 4, "dossier_inconnu", "44-0099"),
        ("contract refuse 44-0001 --on 18/02/2023", 2, "usage", None),
        ("step add 44-0001", 2, "obligatoire", "44-0001"),
    ],
)
def test_a_refusal_is_answered_with_its_exit_code(
    team: Team, line: str, code: int, reason: str, whose: str | None
) -> None:
    team.enrols("--nom", "HAILE", *ORIENTED)
    team.does("diagnose", "hold", "44-0001", "--on", "12/01/2023")
    team.does("contract", "sign", "44-0001", "--on", "17/02/2023")
    before = team.fingerprint()
    plain = team.types(line)
    answer = team.types(f"{line} --format json")
    assert (answer.code, plain.code) == (code, code)
    said = told(answer)
    assert (said["statut"], said["dossier"]) == ("refuse", whose)
    assert said["erreurs"][0]["code"] == reason
    assert team.fingerprint() == before


@pytest.mark.parametrize(
    ("line", "told_of"),
    [
        ("contract sign 44-0001 --oh 18/02/2023", "« --oh » n'existe pas"),
        ("interview add 44-0001 --on", "une date que l'on puisse lire"),
        ("correct", "REF"),
    ],
)
def test_words_that_cannot_be_read_are_answered_too(team: Team, line: str, told_of: str) -> None:
    for asked in ("--format json", "--format=json", "--form json"):
        said = told(team.types(f"{line} {asked}" if "--on" not in line else f"{line} x {asked}"))
        assert (said["statut"], said["code_sortie"]) == ("refuse", 2)
        assert told_of in said["erreurs"][0]["phrase"]


def test_what_cannot_be_read_is_told_alike_where_there_is_no_file(team: Team) -> None:
    for line in ("contract sign 44-1 --on 32/02/2023", "contract sign 44-1 --on 18/02/2023"):
        plain, answer = (
            team.types(f"--db absent.db {line}{end}") for end in ("", " --format json")
        )
        assert answer.code == plain.code
        assert told(answer)["dossier"] is None


def test_of_several_dossiers_each_that_is_refused_is_named(team: Team) -> None:
    for name in ("HAILE-INVENTEE", "DIALLO-INVENTE", "KEITA-INVENTE"):
        team.enrols("--nom", name, *ORIENTED)
    team.does("diagnose", "hold", "2", "3", "--on", "12/01/2023")
    answer = team(
        "interview", "add", "44-1", "2", "44-0003", "--on", "1/2/2023", "--format", "json"
    )
    said = json.loads(answer.out)
    assert [each["dossier"] for each in said] == ["44-0001", "44-0002", "44-0003"]
    assert {each["statut"] for each in said} == {"refuse"}
    answer = team("contract", "sign", "44-2", "44-99", "--on", "17/02/2023", "--format", "json")
    assert told(answer)["dossier"] == "44-99"
    assert told(answer)["erreurs"][0]["code"] == "dossier_inconnu"


def test_every_writing_command_has_it(team: Team) -> None:
    ref = team.enrols("--nom", "HAILE", *ORIENTED)
    for line in (
        f"diagnose hold {ref} --on 12/01/2023",
        f"assign {ref} --on 16/01/2023 --referent Essai",
        f"contract sign {ref} --on 17/02/2023",
        f"step add {ref} --etape CV",
        f"situation set {ref} --on 20/02/2023 --situation-logement dna",
        f"interview add {ref} --on 20/03/2023",
        f"correct {ref} 4 --on 13/01/2023 --reason lapsus",
        f"close {ref} --motif deces --on 21/03/2023",
    ):
        assert told(team.types(f"{line} --format json"))["dossier"] == ref, line
    assert told(team("rebuild", "--format", "json"))["statut"] == "fait"
    assert team("contract", "sign", ref, "--on", "17/02/2023", "--format", "xml").code == 2


def test_the_counts_of_a_file(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "personnes.csv"
    path.write_text("nom;date_cir\nHAILE;10/01/2023\nKEITA;31/02/2023\n", encoding="utf-8")
    for door in (("enroll", "--from"), ("import",)):
        refused = told(team(*door, str(path), "--format", "json"))
        assert (refused["statut"], refused["lus"], refused["rejetes"]) == ("refuse", 2, 1)
        assert refused["rejets"][0]["lignes"] == [3]
        assert refused["rejets"][0]["colonne"] == "date_cir"
    kept = told(team("enroll", "--from", str(path), "--keep-going", "--format", "json"))
    assert (kept["statut"], kept["crees"], kept["code_sortie"]) == ("enregistre", 1, 5)
    assert kept["lot"] in team.does("batches", "--format", "csv").out


def test_a_listing_is_answered(team: Team, tmp_path: Path) -> None:
    known = ("--date-naissance", "1994", "--date-cir", "10/10/2022", "--statut", "refugie")
    ref = team.enrols("--nom", "HAILE", "--commune-residence", "Nantes", *known)
    team.does("liaison", "add", ref, "--on", "04/10/2023", "--format", "json")
    path = tmp_path / "listing.csv"
    asked = ("liaison", "send", "--output", str(path), "--format", "json")
    assert told(team(*asked))["erreurs"][0]["code"] == "usage"
    said = told(team(*asked, "--yes"))
    assert (said["statut"], said["listing"], said["dossiers"]) == ("transmis", 1, [ref])
    assert path.exists()
    assert told(team(*asked, "--yes"))["statut"] == "rien"
