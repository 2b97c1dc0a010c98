"""Every field that is taken is shown, is a column, and comes back by a file [cases, W5 and W20]."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import get_args

import pytest

from agir_cli.cli.app import main
from agir_cli.domain import commands as c
from agir_cli.domain.dossier import OF_A_SITUATION
from agir_cli.domain.wide import ENTRY, NOW
from agir_cli.reports.listing import EVERY
from tests.cli.coordinator import Team

# What locates a dossier rather than says something of it, and a column of another name.
LOCATE = {"dossier", "ligne"}
NAMED = {
    "etape": "derniere_etape", "droit": "etat_droit_sejour", "etat_droit": "etat_droit_sejour",
    "date_droit": "date_droit_sejour", "date_fin_droit": "date_fin_droit_sejour",
}  # fmt: skip
OF_NO_DOSSIER = {each.verb for each in get_args(c.Acting)}
OF_A_DOSSIER = {each for each in c.Command.__subclasses__() if each.verb not in OF_NO_DOSSIER}
COMMANDS = sorted(OF_A_DOSSIER, key=lambda each: each.verb)

DAY = "23/11/2023"
LIFE = (
    "enroll --nom DIALLO-INVENTE --prenoms Awa --nom-usage BARRY --agdref 0123456789 --sexe f"
    " --date-naissance 02/03/1994 --nationalite AFG --langues prs,pus --niveau-francais a1"
    " --telephone 0612345678 --courriel awa@exemple.fr --menage M12 --lien-menage conjoint"
    ' --adresse "12 rue X" --contact-souhaite courrier+sms --naissances-enfants "2014, ?"'
    " --statut refugie --date-statut 03/10/2022 --date-arrivee 2021 --date-cir 09/11/2022"
    " --commune-domicile Nantes --commune-residence Nantes --code-postal-domicile 44100"
    " --code-postal-residence 44300 --situation-logement logement_accompagne --detail-logement fjt"
    " --situation-professionnelle etudes --emploi-durable non --logement-perenne oui"
    " --prescripteur CADA --prescripteur-courriel cada@exemple.fr --departement 44"
    " --auditeur Essayeur --traduction non",
    "liaison add 44-0001 --on 04/02/2023 --souhait oui --flyer-remis oui --soutien-agir non"
    " --date-envoi 10/02/2023",
    "liaison decide 44-0001 --decision-ofii derogation --on 20/02/2023 --motif-ofii Urgence"
    " --reference-cirng X123",
    'diagnose book 44-0001 --on "01/03/2023 10h" --bureau 44-C1 --confirmation sms'
    " --convocation-remise non",
    "diagnose absent 44-0001 --on 01/03/2023",
    'diagnose book 44-0001 --on "10/03/2023 10h" --bureau 44-C1 --confirmation mail+sms'
    " --convocation-remise oui --date-confirmation 05/03/2023 --plan-acces-remis oui",
    "diagnose hold 44-0001 --on 10/03/2023 --diagnostic-signe oui"
    " --priorites-preconisees droit_logement",
    "assign 44-0001 --on 15/03/2023 --priorites emploi_formation --modalite appui"
    " --bassin-de-vie Nantes --partenaires CCAS --referent Essai --second-referent Autre",
    'contract book 44-0001 --on "20/03/2023 9h" --bureau 44-C1 --confirmation mail+sms',
    "contract sign 44-0001 --on 20/03/2023 --projet CAP",
    "situation set 44-0001 --on 01/06/2023 --situation-logement dna --detail-logement cada"
    " --situation-professionnelle cdi --niveau-francais b1",
    "interview add 44-0001 --on 20/05/2023",
    "referent designate 44-0001 --on 01/06/2023 --referent Suivant --second-referent Autre",
    "interview excuse 44-0001 --on 10/07/2023 --motif-excuse transport",
    "transfer receive 44-0001 --departement-origine 85 --on 05/03/2023 --droit-depuis 20/02/2023",
    "transfer ask 44-0001 --vers-departement 49 --on 01/11/2023",
    "right set 44-0001 --droit sejour --etat ouvert --on 12/01/2023 --jusqu-au 2033",
    "right set 44-0001 --droit logement_social --etat a_faire --on 01/04/2023",
    "right set 44-0001 --droit logement_social --etat demande --on 02/06/2023",
    "visit hold 44-0001 --on 05/06/2023 --type domicile",
    'visit book 44-0001 --on "12/06/2023 9h" --type demarche',
    'step add 44-0001 --etape "Permis de conduire" --domaine formation --date-etape 01/06/2023'
    " --date-fin-etape 30/06/2023 --heures 20",
    "declare mark 44-0001 --on 01/09/2023 --numero 77-1",
    "declare reject 44-0001 --on 05/09/2023 --motif illisible",
)


@pytest.fixture
def lived(team: Team) -> Team:
    """A file with one dossier in which everything that the commands take was said."""
    for line in LIFE:
        answer = team.types(line)
        assert answer.code == 0, (line, answer.err)
    return team


def row_of(team: Team, *words: str) -> dict[str, str]:
    asked = ("report", "dossiers", "--format", "csv", *words)
    rows = list(csv.DictReader(io.StringIO(team.does(*asked).out)))
    return rows[0]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.verb or "personne")
def test_every_field_of_a_command_is_a_column(command: type[c.Command]) -> None:
    for name in c.field_names(command):
        if name in LOCATE:
            continue
        found = {NAMED.get(name, name), f"{name}{ENTRY}", f"{name}{NOW}"} & set(EVERY)
        assert found, name


def test_every_field_that_was_said_is_in_its_column_and_on_the_screen(lived: Team) -> None:
    row = row_of(lived, "--columns", ",".join(EVERY))
    screen = " ".join(lived.does("show", "44-0001").out.split())
    of_other_ends = {
        "date_refus",
        "date_cloture",
        "motif",
        "malgre",
        "rejoint",
        "listing",
        "motif_excuse",
    }
    of_the_direct_route = {"date_orientation", "orientation"}
    for command in COMMANDS:
        for name in c.field_names(command):
            if name in LOCATE | of_other_ends | of_the_direct_route:
                continue
            columns = [NAMED.get(name, name), f"{name}{ENTRY}", f"{name}{NOW}"]
            assert any(row.get(column) for column in columns), name
    said = (
        "0123456789", "BARRY", "02/03/1994", "Femme", "Afghanistan", "0612345678",
        "awa@exemple.fr", "M12", "Conjoint", "Réfugié", "03/10/2022", "2021", "09/11/2022",
        "44100", "44300", "CADA", "cada@exemple.fr", "04/02/2023", "10/02/2023", "Dérogation",
        "Urgence", "X123", "mail + sms", "10/03/2023", "01/03/2023", "15/03/2023", "Suivant",
        "Autre", "CCAS", "Nantes", "20/03/2023", "CAP", "01/06/2023", "CDI", "B1", "20/05/2023",
        "Permis de conduire", "30/06/2023", "20", "Études", "A1", "12 rue X", "Par SMS",
        "Essayeur", "05/03/2023", "Plan d'accès remis", "Proposition traduite", "12/01/2023",
        "2033", "Demandé (02/06/2023)", "05/06/2023", "12/06/2023 à 09:00",
    )  # fmt: skip
    assert [text for text in said if text.casefold() not in screen.casefold()] == []
    for label in ("Flyer remis", "Soutien AGIR", "Convocation remise", "Souhait", "Emploi durable"):
        assert label in screen


def test_what_is_exported_comes_back_whole(lived: Team, tmp_path: Path) -> None:
    asked = ("date_demande_transfert", "vers_departement")  # of this file and another team
    fields = [name for name in EVERY if name not in ("etape", "malgre", *asked)]
    before = row_of(lived, "--columns", ",".join(fields))
    path = tmp_path / "dossiers.csv"
    path.write_text(
        lived.does("report", "dossiers", "--format", "csv", "--columns", ",".join(fields)).out,
        encoding="utf-8",
    )
    assert "inchangés 1" in lived.does("import", str(path)).err
    other = Team(tmp_path / "autre.db", lived._capsys)
    other.does("init", "--department", "44")
    brought = other.does("import", str(path))
    assert "créés 1" in brought.err
    assert "inconnue" not in brought.err
    after = row_of(other, "--columns", ",".join(fields))
    differs = {name for name in fields if before[name] != after[name]}
    assert differs <= {"motif_excuse", "referent", "second_referent"}
    assert (after["referent_nom"], after["second_referent_nom"]) == ("Suivant", "Autre")
    assert OF_A_SITUATION


def test_a_missed_appointment_comes_back_with_its_office(team: Team, tmp_path: Path) -> None:
    for line in LIFE[:5]:
        assert team.types(line).code == 0
    path = tmp_path / "dossiers.csv"
    path.write_text(team.does("report", "dossiers", "--format", "csv").out, encoding="utf-8")
    other = Team(tmp_path / "autre.db", team._capsys)
    other.does("init", "--department", "44")
    assert "faute de la date" not in other.does("import", str(path)).err
    found = row_of(other)
    assert (found["bureau"], found["date_absence"]) == ("44-C1", "2023-03-01")
    assert (found["absences_diagnostic"], found["confirmation"]) == ("1", "sms")


def test_a_situation_without_its_day_is_told_and_keeps_no_row_out(
    team: Team, tmp_path: Path
) -> None:
    path = tmp_path / "suivi.csv"
    path.write_text(
        "nom;situation_logement_entree;situation_logement_actuelle\nUN;dna;dna\n"
        "DEUX;dna;logement_autonome\n"
    )
    answer = team.does("import", str(path))
    assert "créés 2" in answer.err
    assert "faute de la date de l'acte : logement. (ligne 3)" in answer.err


def test_references_of_another_file_never_mean_a_dossier_of_this_one(
    team: Team, tmp_path: Path
) -> None:
    """They count from where the other file was: joined persons and households follow theirs."""
    team.enrols("--nom", "PREMIER")
    path = tmp_path / "autre.csv"
    path.write_text(
        "dossier;nom;rejoint;menage\n44-0002;BPI;;44-0002\n44-0007;CONJOINT;44-0002;44-0002\n"
        "44-0003;SEUL;;\n"
    )
    answer = team.does("import", str(path))
    assert "La référence vient d'un autre fichier" in answer.err
    rows = team.rows("SELECT dossier, rejoint, menage FROM dossiers ORDER BY dossier")
    assert rows[1:] == [
        ("44-0002", None, "M44-0002"), ("44-0003", "44-0002", "M44-0002"), ("44-0004", None, None),
    ]  # fmt: skip
    again = team("import", str(path))
    assert again.code == 5
    assert "rejetés 1" in again.err  # 44-0003 is CONJOINT here, and SEUL is known


def test_the_demonstration_comes_back_with_the_same_funnel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo, new, path = (str(tmp_path / name) for name in ("demo.db", "neuf.db", "tout.csv"))

    def agir(db: str, *words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["--db", db, "--today", "2023-10-09", *words])
        return code, *capsys.readouterr()

    assert agir(demo, "demo")[0] == 0
    assert agir(demo, "report", "dossiers", "--format", "csv", "--output", path)[0] == 0
    assert agir(new, "init", "--department", "44")[0] == 0
    code, _, said = agir(new, "import", path)
    assert (code, "créés 1319" in said) == (0, True), said[-300:]
    assert "Colonnes d'agir laissées de côté : 14" in said
    assert "inconnue" not in said
    funnel = ("report", "funnel", "--format", "csv")
    of_vendee = [
        [line for line in agir(db, *funnel)[1].splitlines() if line.startswith("85,")]
        for db in (new, demo)
    ]
    assert of_vendee[0] == of_vendee[1] != []
    assert "inchangés 1319" in agir(demo, "import", path)[2]
    enrolled = str(tmp_path / "inscrits.db")
    agir(enrolled, "init", "--department", "44")
    code, _, said = agir(enrolled, "enroll", "--from", path)
    assert (code, "créés 1319" in said) == (0, True)
    assert said.count("laissées de côté") == 1
    assert "inconnue" not in said
