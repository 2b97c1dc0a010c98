"""Whatever prints rows prints them in every form, and its usual screen where none is asked."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from tests.cli.coordinator import Team

LISTS = {
    "find INVENTE": "dossier,nom,prenoms,date_naissance,etape,concorde",
    "show 44-0001": "libelle,valeur",
    "show 44-0001 --events": "numero,date,evenement,saisi_le,auteur",
    "show 44-0001 --menage": "dossier,nom,prenoms,etape",
    "step list 44-0001": "date_etape,date_fin_etape,domaine,etape,heures,dossier",
    "liaison list": "dossier,nom,prenoms,date_fiche,listing,date_envoi,age_jours",
    "assign --loads": "code,referent,dossiers_ouverts,plafond",
    "batches": "lot,commande,fichier,enregistre_le,auteur,lus,crees,modifies,inchanges,mis_de_cote,"
    "rejetes,annule_le,annule_par,numero",
    "rules": "nature,code,intitule,regle,debut,fin,source",
    "explain 44-0001": "critere,reponse,fait,source,a_faire,depart,date_depart,duree,echeance,"
    "retard_jours,date_fin",
    "eligibility --statut refugie --departement 44": "critere,reponse,fait,source,a_faire",
    "check": "dossier,anomalie,detail",
}


@pytest.fixture
def busy(team: Team) -> Team:
    """A team with something in each of its lists."""
    team.contracted("--nom", "DIALLO-INVENTE", "--menage", "M1")
    team.enrols("--nom", "BARRY-INVENTE", "--menage", "M1", "--date-naissance", "1994")
    team.does("assign", "44-0001", "--on", "02/02/2023", "--referent", "A. Martin")
    team.does("step", "add", "44-0001", "--etape", "=Cours de FLE", "--on", "2023-03")
    team.does("liaison", "add", "44-0002", "--on", "04/10/2023", "--souhait", "oui")
    source = team.db.with_name("liste.csv")
    source.write_text("nom\nKONATE-INVENTE\n", "utf-8")
    team.does("enroll", "--from", str(source))
    team.change("UPDATE dossiers SET etape = 'clos' WHERE dossier = '44-0002'")
    return team


@pytest.mark.parametrize(("line", "header"), LISTS.items(), ids=LISTS)
def test_every_list_goes_out_in_every_form(busy: Team, line: str, header: str) -> None:
    words = line.split()
    code = 6 if line == "check" else 0
    raw = busy(*words, "--format", "csv")
    assert raw.code == code, raw.err
    rows = list(csv.DictReader(io.StringIO(raw.out)))
    assert raw.out.splitlines()[0] == header
    assert rows
    found = json.loads(busy(*words, "--format", "json").out)
    assert [list(row) for row in found] == [header.split(",")] * len(rows)
    assert len(busy(*words, "--format", "jsonl").out.splitlines()) == len(rows)
    assert re.match(r"# \w", busy(*words, "--format", "markdown").out)
    last = header.split(",")[-1]
    assert busy(*words, "--format", "csv", "--columns", last).out.splitlines()[0] == last
    output = busy.db.with_name("liste.xlsx")
    assert busy(*words, "--output", str(output)).code == code
    assert output.read_bytes().startswith(b"PK")
    unknown = busy(*words, "--columns", "nmo")
    assert (unknown.code, unknown.out) == (2, "")


@pytest.mark.parametrize("line", LISTS)
def test_the_usual_screen_is_the_one_that_no_option_asks(busy: Team, line: str) -> None:
    assert busy(*line.split(), "--format", "plain").out == busy(*line.split()).out


def test_a_machine_gets_a_header_where_there_is_nothing(team: Team) -> None:
    assert json.loads(team.does("liaison", "list", "--format", "json").out) == []
    assert team.does("liaison", "list").err == "Aucune demande en attente.\n"
    assert team.does("check", "--format", "csv").out.split() == [LISTS["check"]]


def test_words_that_a_spreadsheet_would_obey_are_marked(busy: Team) -> None:
    assert "'=Cours de FLE" in busy.does("step", "list", "44-0001", "--format", "csv").out


def test_a_format_without_loads_is_refused(busy: Team) -> None:
    before = busy.fingerprint()
    answer = busy("assign", "44-0001", "--on", "03/02/2023", "--format", "csv")
    assert (answer.code, busy.fingerprint()) == (2, before)
    assert "--loads" in answer.err
