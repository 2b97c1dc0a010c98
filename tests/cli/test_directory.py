"""The directory of a team: exported, corrected in a spreadsheet, taken back whole or not at all."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.coordinator import Answer, Team

TABLES = ("departements", "secteurs", "bureaux", "organisations")


def refused(team: Team, *words: str, code: int) -> Answer:
    answer = team(*words)
    assert answer.code == code, answer
    return answer


def said(team: Team, table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(team.does("directory", "export", table).out.splitlines()))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("form", [("--excel",), ("--format", "xlsx")], ids=["excel", "classeur"])
def test_what_is_exported_comes_back_and_changes_nothing(
    team: Team, tmp_path: Path, table: str, form: tuple[str, ...]
) -> None:
    name = str(tmp_path / f"table.{'xlsx' if 'xlsx' in form else 'csv'}")
    team.does("directory", "export", table, *form, "--output", name)
    told = team.does("directory", "import", table, name).err
    assert "0 ligne en plus, 0 corrigée" in told
    assert "gardées" not in told


def test_every_office_and_role_of_the_source_is_there(team: Team) -> None:
    offices = said(team, "bureaux")
    assert len(offices) == 22
    assert {row["etat"] for row in offices} == {"ouvert", "operationnelle", "en_cours"}
    assert [row["bureau"] for row in offices if row["remarque"] and not row["adresse"]] == [
        "44-A5", "44-M1", "44-M2", "85-A5", "85-M1", "85-M2",
    ]  # fmt: skip
    below = {row["secteur"]: row["dans"] for row in said(team, "secteurs") if row["dans"]}
    assert below == {"OUEST": "NORD & OUEST", "SUD": "SUD & EST", "EST": "SUD & EST"}
    consortium = {"44": set[str](), "85": set[str]()}
    for row in said(team, "organisations"):
        if row["role"] == "consortium":
            consortium[row["departement"]].add(row["organisation"])
    assert consortium["44"] - consortium["85"] == {"AURORE"}
    assert len(consortium["85"]) == 5


def test_a_spreadsheet_corrects_and_adds_and_an_empty_cell_erases_nothing(
    team: Team, tmp_path: Path
) -> None:
    file = tmp_path / "bureaux.csv"
    file.write_text(
        "Bureau;Nom;Dép.;Secteur;Commune;Adresse;Code postal;État;Ouvert le\n"
        "44-C2;;;;;;44000;;\n"
        "44-A9;Antenne – Pornic;44;ouest & sud;pornic;2 rue du Port;;Opérationnelle;01/11/2023\n",
        "utf-8",
    )
    told = team.does("directory", "import", "bureaux", str(file)).err
    assert "1 ligne en plus, 1 corrigée" in told
    assert "20 inchangées" not in told
    offices = {row["bureau"]: row for row in said(team, "bureaux")}
    assert offices["44-C2"]["code_postal"] == "44000"
    assert offices["44-C2"]["adresse"] == "23 rue Victor Hugo"
    new = offices["44-A9"]
    assert (new["secteur"], new["commune"], new["insee"]) == ("OUEST & SUD", "Pornic", "44131")
    assert (new["etat"], new["date_ouverture"]) == ("operationnelle", "2023-11-01")
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--departement", "44")
    told = team.does("diagnose", "book", ref, "--on", "20/10/2023 10h", "--bureau", "Pornic").err
    assert "44-A9" in told
    assert "pas dit ouvert" in team.does(
        "diagnose", "book", ref, "--on", "21/10/2023 10h", "--bureau", "44-A9"
    ).err  # fmt: skip


REFUSED = [
    pytest.param("departements", "departement;nom\n35;Ille-et-Vilaine\n35;Ille et V.\n",
                 "ligne 3 : 35 est déjà à la ligne 2", id="un département deux fois"),
    pytest.param("bureaux", "bureau;nom;departement\n35-C1;Rennes;35\n",
                 "le département 35 n'est pas à l'annuaire", id="département inconnu"),
    pytest.param("bureaux", "bureau;secteur\n44-C2;NORD\n",
                 "« NORD » n'est pas un secteur du 44", id="secteur d'un autre département"),
    pytest.param("bureaux", "bureau;commune\n44-C2;Nulleville\n",
                 "« Nulleville » n'est pas une commune connue", id="commune inconnue"),
    pytest.param("bureaux", "bureau;etat\n44-C2;ouverte\n", "ouvert (Ouvert)", id="état inconnu"),
    pytest.param("secteurs", "departement;secteur;dans\n85;OUEST;SUD\n",
                 "deux niveaux", id="trois niveaux"),
    pytest.param("communes", "insee;secteur\n99999;OUEST\n", "« 99999 »", id="code inconnu"),
    pytest.param("referents", "nom;bureau\nAnne Inventée;Nantes\n", "44-A1 ; 44-C2",
                 id="bureau qui peut être deux"),
    pytest.param("departements", "code;nom\n35;X\n", "il manque departement", id="sans sa clé"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "text", "told"), REFUSED)
def test_a_file_with_a_fault_is_refused_whole(
    team: Team, tmp_path: Path, table: str, text: str, told: str
) -> None:
    file, before = tmp_path / "annuaire.csv", team.rows("SELECT * FROM offices")
    file.write_text(text, "utf-8")
    answer = refused(team, "directory", "import", table, str(file), code=5)
    assert told in answer.err
    assert team.rows("SELECT * FROM offices") == before
    assert team.rows("SELECT count(*) FROM departments") == [(5,)]


def test_one_correction_is_one_command(team: Team) -> None:
    told = team.does("directory", "set", "bureaux", "Sables", "etat=ouvert",
                     "date_ouverture=01/12/2023").err  # fmt: skip
    assert "85-A5 : etat : En cours → Ouvert ; date_ouverture : 01/12/2023" in told
    team.does("directory", "set", "bureaux", "85-A5", "date_ouverture=")
    opened = {row["bureau"]: row["date_ouverture"] for row in said(team, "bureaux")}
    assert opened["85-A5"] == ""
    several = refused(team, "directory", "set", "bureaux", "La Roche", "etat=ouvert", code=4)
    assert several.err.count("La Roche-sur-Yon") == 4
    refused(team, "directory", "set", "bureaux", "44-C2", "etat", code=2)
    refused(team, "directory", "set", "bureaux", "44-C2", "etage=1", code=2)
    refused(team, "directory", "set", "bureaux", "44-C2", "nom=", code=5)


def test_what_is_used_stays_and_says_what_to_do(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--departement", "44")
    team.does("diagnose", "book", ref, "--on", "20/10/2023 10h", "--bureau", "44-C3")
    told = refused(team, "directory", "remove", "bureaux", "44-C3", code=3).err
    assert "etat=ferme" in told
    team.does("directory", "remove", "bureaux", "85-A5")
    assert "85-A5" not in team.does("directory", "list", "bureaux").out
    team.does("directory", "set", "bureaux", "44-C3", "etat=ferme")
    closed = team.does("diagnose", "book", ref, "--on", "21/10/2023 10h", "--bureau", "44-C3").err
    assert "fermé" in closed


def test_the_operator_is_that_of_the_day(team: Team) -> None:
    def operators(day: str) -> dict[str, str]:
        out = team.does("directory", "export", "refugies-info", "--on", day).out
        assert out.startswith("Departement,Operateur,Mail_generique,Telephone,Fiche_RI")
        return {row["Departement"]: row["Operateur"] for row in csv.DictReader(out.splitlines())}

    assert operators("01/06/2024")["Mayenne (53)"] == "INALTA"
    assert operators("01/06/2025")["Mayenne (53)"] == "Enosia"
    assert operators("01/06/2022")["Loire-Atlantique (44)"] == ""
    assert operators("01/06/2023")["Loire-Atlantique (44)"] == "GROUPE SOS Solidarités"


def test_contacts_are_generic_and_follow_what_a_team_corrects(team: Team) -> None:
    team.does("directory", "set", "departements", "44", "telephone=02 40 00 00 00")
    told = team.does("directory", "contacts", "--departement", "44", "--format", "csv").out
    rows = list(csv.DictReader(told.splitlines()))
    assert {row["role"] for row in rows} == {
        "operateur", "coordination", "droit_logement", "emploi_formation", "consortium",
    }  # fmt: skip
    reached = {row["courriel"] for row in rows if row["role"] in ("operateur", "coordination")}
    assert reached == {"agirensemble44@groupe-sos.org"}
    assert rows[0]["telephone"] == "0240000000"


def test_referents_come_in_by_csv_with_their_office_and_organisation(
    team: Team, tmp_path: Path
) -> None:
    file = tmp_path / "referents.csv"
    file.write_text(
        "nom;organisation;bureau;domaines;langues;plafond;depuis\n"
        "Anne Inventée;CFP;Saint-Nazaire;emploi_formation;dari;25;01/09/2023\n"
        "Luc Inventé;FACE Vendée;;Droit-Logement;;;\n",
        "utf-8",
    )
    team.does("directory", "import", "referents", str(file))
    first, second = said(team, "referents")
    assert first == {
        "code": "R001", "nom": "Anne Inventée", "organisation": "CFP Presqu'île",
        "bureau": "44-C3", "domaines": "emploi_formation", "langues": "prs", "plafond": "25",
        "depuis": "2023-09-01", "parti_le": "",
    }  # fmt: skip
    assert (second["code"], second["organisation"]) == ("R002", "FACE 85")
    again = team.does("directory", "import", "referents", str(file)).err
    assert "0 ligne en plus, 0 corrigée, 2 inchangées" in again
    assert len(said(team, "referents")) == 2


def test_without_a_file_the_directory_is_that_of_the_program(team: Team) -> None:
    team.db.unlink()
    assert "44-C1" in team.does("directory", "list", "bureaux").out
    assert "GROUPE SOS" in team.does("directory", "contacts").out
