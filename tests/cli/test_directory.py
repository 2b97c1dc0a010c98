"""The directory of a team: exported, corrected in a spreadsheet, taken back whole or not at all."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tests.cli.coordinator import ROOT, Answer, Team

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
    team.does("directory", "set", "bureaux", "44-C3", "commune=st brevin les pins")
    moved = next(row for row in said(team, "bureaux") if row["bureau"] == "44-C3")
    assert (moved["commune"], moved["insee"]) == ("Saint-Brevin-les-Pins", "44154")
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


def proposed(team: Team, *words: str) -> list[dict[str, str]]:
    out = team.does("directory", "propose", *words, "--format", "csv").out
    return list(csv.DictReader(out.splitlines()))


@pytest.mark.parametrize(
    ("commune", "first", "why"),
    [
        pytest.param("La Baule", "44-C3", "de son secteur (proposé) ; le plus proche", id="usage"),
        pytest.param("Machecoul", "44-A4", "dans sa commune", id="ancien nom"),
        pytest.param("44004", "44-A5", "", id="ancien code"),
        pytest.param("Haute-Goulaine", "44-A3", "même EPCI", id="EPCI"),
        pytest.param("Luçon", "85-A6", "le plus proche", id="85"),
    ],
)
def test_an_office_is_proposed_with_its_reasons(
    team: Team, commune: str, first: str, why: str
) -> None:
    found = proposed(team, "--commune", commune)
    assert found[0]["bureau"] == first
    assert why in found[0]["raison"]
    assert [int(each["rang"]) for each in found] == [1, 2, 3, 4, 5]


def test_the_nearest_is_shown_beside_that_of_the_sector_and_closed_ones_come_last(
    team: Team,
) -> None:
    found = proposed(team, "--commune", "Haute-Goulaine", "--all")
    assert "le plus proche, à 9 km" in found[1]["raison"]
    assert [each["bureau"] for each in found if "couvre" in each["raison"]] == ["44-M1"]
    last = proposed(team, "--commune", "Les Sables-d'Olonne", "--all")[-1]
    assert last["bureau"] == "85-A5"
    assert last["raison"] == "pas ouvert (En cours) ; dans sa commune ; de son secteur (proposé)"


def test_the_teams_sector_and_the_bassin_de_vie_take_the_place_of_a_proposal(
    team: Team, tmp_path: Path
) -> None:
    told = team.does("directory", "propose", "--commune", "La Baule").out
    assert "EPCI, faute de bassin de vie chargé" in told
    file = tmp_path / "bassins.csv"
    file.write_text(
        "CODGEO;LIBGEO;BV2022;LIBBV2022;DEP\n44055;La Baule-Escoublac;44055;La Baule-Escoublac;44\n"
        "44184;Saint-Nazaire;44055;La Baule-Escoublac;44\n75056;Paris;75056;Paris;75\n"
        "44004;Anetz;44003;;44\n44163;Vair-sur-Loire;44163;;44\n",
        "utf-8",
    )
    said = team.does("directory", "import", "bassins", str(file)).err
    assert "communes d'autres départements, laissées de côté" in said
    assert "3 lignes en plus" in said
    assert team.rows("SELECT bassin FROM communes WHERE insee = '44163'") == [("44163",)]
    ref = team.diagnosed("--nom", "DIALLO-INVENTE")
    team.does("enroll", "--dossier", ref, "--commune-residence", "La Baule")
    agenda = team.does(
        "commission", "agenda", "--format", "csv", "--columns", "bassin_de_residence"
    )
    assert "La Baule-Escoublac" in agenda.out
    assert "Bassin de vie : ceux de l'annuaire" in " ".join(
        team.does("commission", "agenda").out.split()
    )
    team.does("directory", "set", "communes", "44055", "secteur=est & nord")
    told = team.does("directory", "propose", "--commune", "La Baule").out
    assert "Bassin de vie : La Baule-Escoublac\n" in told
    assert "Secteur : EST & NORD\n" in told
    near = {each["bureau"]: each["raison"]
            for each in proposed(team, "--commune", "La Baule", "--all")}  # fmt: skip
    assert "même bassin de vie" in near["44-C3"]
    assert "de son secteur ;" in near["44-A6"]


def test_offices_are_proposed_for_a_person_and_a_commune_that_is_none_lists_candidates(
    team: Team,
) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--commune-residence", "Clisson",
                      "--departement", "44")  # fmt: skip
    assert proposed(team, ref)[0]["bureau"] == "44-A3"
    nobody = team.enrols("--nom", "BARRY-INVENTE", "--departement", "44")
    assert "Commune inconnue" in team.does("directory", "propose", nobody).out
    assert "49015" in refused(team, "directory", "propose", "--commune", "Avrillé", code=4).err
    refused(team, "directory", "propose", "--commune", "Nulleville", code=4)
    refused(team, "directory", "propose", code=2)
    refused(team, "directory", "propose", ref, "--commune", "Nantes", code=2)


def test_one_office_there_is_found_by_its_commune_and_none_lists_the_nearest(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--departement", "44")
    book = ("diagnose", "book", ref, "--on", "20/10/2023 10h", "--bureau")
    assert "peut être 2 bureaux" in refused(team, *book, "Nantes", code=4).err
    assert "proches : 44-C3" in team.does(*book, "La Baule").err
    again = ("diagnose", "book", ref, "--on", "21/10/2023 10h", "--bureau", "Saint-Nazaire")
    assert "(44-C3)" in team.does(*again).err


def test_a_department_is_opened_by_toml_and_csv_alone(team: Team, tmp_path: Path) -> None:
    """The worked example of docs/rules.md, taken in as it stands there."""
    page = (ROOT / "docs" / "rules.md").read_text("utf-8")
    rule, tables = (
        re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0],
        re.findall(r"^`(\w+)`:\n\n```csv\n(.*?)```", page, re.DOTALL | re.MULTILINE),
    )
    assert [name for name, _ in tables] == ["departements", "secteurs", "organisations", "bureaux"]
    (tmp_path / "35.toml").write_text(rule, "utf-8")
    team.does("rules", "add", str(tmp_path / "35.toml"))
    for name, text in tables:
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
        team.does("directory", "import", name, str(tmp_path / f"{name}.csv"))

    def day(*words: str) -> Answer:
        return team.does(*words, today="05/03/2026")

    ref = team.enrols(
        "--nom", "DIALLO-INVENTE", "--departement", "35", "--statut", "refugie", "--date-statut",
        "10/12/2025", "--commune-residence", "Rennes", "--commune-domicile", "Rennes",
        "--date-orientation", "05/03/2026", "--orientation", "acceptee", today="05/03/2026",
    )  # fmt: skip
    assert ref == "35-0001"
    assert "2026-35" in team.does("explain", ref, "--format", "csv").out + str(
        team.rows("SELECT regle FROM dossiers")
    )
    assert (
        "35-C1" in day("diagnose", "book", ref, "--on", "10/03/2026 10h", "--bureau", "rennes").err
    )
    letter = day("letter", "convocation", ref).out
    assert "1 place Exemple, 35000 Rennes" in " ".join(letter.split())
    assert "Appelez-nous au 0299000000" in " ".join(letter.split())
    funnel = day("report", "funnel", "--departement", "ille-et-vilaine", "--format", "csv").out
    assert "35,RENNES,1," in funnel
    offices = day("directory", "propose", ref, "--format", "csv").out.splitlines()[1:]
    assert [line.rpartition(",")[2] for line in offices] == [
        "du département", "pas ouvert (Prévu) ; du département",
    ]  # fmt: skip
    later = day("diagnose", "book", ref, "--on", "11/03/2026 10h", "--bureau", "Saint-Malo").err
    assert "ouverture le 01/06/2026" in later
    early = team.does("directory", "contacts", "--departement", "35", "--on", "31/01/2026").out
    assert "Association exemple" not in early
    assert "Association exemple" in team.does(
        "directory", "contacts", "--departement", "35", "--on", "01/02/2026"
    ).out  # fmt: skip


def test_the_communes_come_with_a_proposed_sector_which_the_team_says_in_its_turn(
    team: Team, tmp_path: Path
) -> None:
    every = said(team, "communes")
    assert len(every) == 1228
    pornic = next(row for row in every if row["insee"] == "44131")
    assert (pornic["commune"], pornic["secteur"], pornic["secteur_propose"]) == (
        "Pornic", "", "OUEST & SUD",
    )  # fmt: skip
    served = {row["departement"] for row in every if row["secteur_propose"]}
    assert served == {"44", "85"}
    file = tmp_path / "communes.csv"
    team.does("directory", "export", "communes", "--excel", "--output", str(file))
    assert "0 ligne en plus" in team.does("directory", "import", "communes", str(file)).err
    text = file.read_text("utf-8-sig").replace(";Pornic;44;;", ";Pornic;44;Nantes-Métropole;")
    file.write_text(text, "utf-8")
    told = team.does("directory", "import", "communes", str(file)).err
    assert "1 ligne en plus" in told
    assert "laissées de côté" not in told
    pornic = next(row for row in said(team, "communes") if row["insee"] == "44131")
    assert (pornic["secteur"], pornic["secteur_propose"]) == ("NANTES-MÉTROPOLE", "")


@pytest.mark.parametrize("shown", [("--format", "json"), ("--output", "-"), ()])
def test_the_directory_is_printed_in_any_form(team: Team, shown: tuple[str, ...]) -> None:
    for table in ("departements", "bureaux", "communes", "bassins", "referents"):
        team.does("directory", "list", table, *shown)
    assert team("directory", "list", "batiments").code == 2
    assert team("directory", "list", "bureaux", "--departement", "Atlantide").code == 2
