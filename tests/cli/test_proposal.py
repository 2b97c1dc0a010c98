"""Who checked, proposed, translated and handed what, on either route; and what a form lacks."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cli.coordinator import ORIENTED, Team

DIRECT = (
    *ORIENTED,
    "--auditeur",
    "Auditeur inventé",
    "--traduction",
    "non",
    "--flyer-remis",
    "oui",
)


def listed(team: Team, ref: str, *names: str) -> tuple[str, ...]:
    columns = ",".join(("dossier", *names))
    out = team.does("report", "dossiers", "--columns", columns, "--format", "csv").out
    row = next(row for row in csv.DictReader(out.splitlines()) if row["dossier"] == ref)
    return tuple(row[name] for name in names)


def test_who_proposed_whether_it_was_translated_and_the_flyer_are_kept(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *DIRECT)
    names = ("auditeur", "traduction", "flyer_remis")
    assert listed(team, ref, *names) == ("Auditeur inventé", "non", "oui")
    shown = team.does("show", ref).out
    assert "Auditeur inventé" in shown
    assert "Proposition traduite :       non" in shown
    team.does("enroll", "--dossier", ref, "--traduction", "oui")
    assert listed(team, ref, *names) == ("Auditeur inventé", "oui", "oui")
    # An auditor is a person: the name is in the erasable texts, never in the journal.
    assert "inventé" not in str(team.rows("SELECT payload FROM events"))
    assert team.does("check", "--format", "csv").out.count("\n") == 1


def test_the_convocation_the_map_and_the_day_of_the_confirmation(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    book = ("diagnose", "book", ref, "--on", "24/11/2023 10h")
    names = ("confirmation", "date_confirmation", "convocation_remise", "plan_acces_remis")
    team.does(*book, "--confirmation", "sms")
    assert listed(team, ref, *names) == ("sms", "", "", "")
    later = ("--date-confirmation", "22/11/2023", "--convocation-remise", "oui",
             "--plan-acces-remis", "oui")  # fmt: skip
    team.does(*book, *later)
    assert listed(team, ref, *names) == ("sms", "2023-11-22", "oui", "oui")
    assert "rien n'a changé" in team.does(*book, *later).out
    refused = team(*book, "--date-confirmation", "25/11/2023")
    assert refused.code == 3
    assert "à venir" in refused.err
    assert team.does("check", "--format", "csv").out.count("\n") == 1


def test_a_form_says_what_it_lacks_before_it_may_be_listed(team: Team) -> None:
    ref = team.enrols("--nom", "BARRY-INVENTE", "--date-cir", "10/10/2022", "--departement", "44")
    told = team.does("liaison", "add", ref, "--on", "20/11/2023", "--souhait", "oui").err
    assert "il manque né(e) le, statut, résidence, prescripteur, flyer remis" in told
    assert "ne partira pas à l'OFII sans : né(e) le, statut, résidence" in told
    assert (
        "il manque : né(e) le, statut, résidence" in team.does("liaison", "send", "--dry-run").err
    )
    team.does("enroll", "--dossier", ref, "--date-naissance", "1994", "--statut", "refugie",
              "--commune-residence", "Nantes")  # fmt: skip
    told = team.does("liaison", "add", ref, "--on", "20/11/2023", "--prescripteur", "CADA").err
    assert "il manque flyer remis." in told
    told = team.does("liaison", "add", ref, "--on", "20/11/2023", "--flyer-remis", "oui").err
    assert "incomplète" not in told
    assert ref in team.does("liaison", "send", "--dry-run").out


def test_a_wide_row_gives_the_flyer_to_the_form_or_to_the_proposal(
    team: Team, tmp_path: Path
) -> None:
    file = tmp_path / "suivi.csv"
    file.write_text(
        "Nom;Prénoms;Statut;CIR signé le;Orientation;Date d'orientation;Commune de résidence;"
        "Domicile;Flyer remis;Auditeur;Fiche de liaison du;Souhait du bénéficiaire\n"
        "A-INVENTE;Awa;Réfugié;10/01/2023;acceptée;10/01/2023;Nantes;Nantes;oui;Essai;;\n"
        "B-INVENTE;Ali;Réfugié;10/10/2022;;;Nantes;Nantes;non;;20/11/2023;oui\n",
        "utf-8",
    )
    answer = team("import", str(file), "--keep-going")
    assert answer.code == 0, answer.err
    assert listed(team, "44-0001", "flyer_remis", "auditeur", "date_fiche") == ("oui", "Essai", "")
    assert listed(team, "44-0002", "flyer_remis", "date_fiche") == ("non", "2023-11-20")
    again = team("import", str(file), "--keep-going")
    assert "inchangés 2" in again.err
