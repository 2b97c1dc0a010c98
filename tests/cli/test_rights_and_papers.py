"""Rights and papers: a state from a day on, a last day told in time, and what is counted."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from agir_cli.domain.causes import RIGHTS
from agir_cli.domain.vocabulary import Right, in_sentence
from tests.cli.coordinator import ORIENTED, Answer, Team

HOUSING = ("--droit", "logement_social", "--etat", "demande", "--on")


def rows(answer: Answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.out)))


@pytest.fixture
def ref(team: Team) -> str:
    return team.enrols("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", *ORIENTED)


def states(team: Team, ref: str) -> dict[str, tuple[str, str, str]]:
    listed = rows(team.does("right", "list", ref, "--format", "csv"))
    return {r["droit"]: (r["etat_droit"], r["date_droit"], r["date_fin_droit"]) for r in listed}


def test_the_words_of_the_rights_are_their_labels() -> None:
    assert {each.value: in_sentence(each.label) for each in Right} == RIGHTS


def test_the_list_of_a_dossier_tells_what_nobody_has_told(team: Team, ref: str) -> None:
    team.does("right", "set", ref, "--droit", "RSA", "--etat", "en cours", "--on", "01/10/2023")
    known = states(team, ref)
    assert len(known) == len(Right)
    assert known["prestations"] == ("demande", "2023-10-01", "")
    assert known["sejour"] == ("inconnu", "", "")
    assert len(rows(team.does("right", "list", "--format", "csv"))) == 1


def test_the_last_state_by_day_is_the_present_one_whatever_the_order_of_typing(
    team: Team, ref: str
) -> None:
    said = ("right", "set", ref, "--droit", "sejour", "--etat")
    team.does(*said, "ouvert", "--on", "10/03/2023", "--jusqu-au", "09/03/2033")
    for _ in range(2):
        told = team.does(*said, "demande", "--on", "10/01/2023").err
        assert "reste celui qui vaut : Titre de séjour, ouvert (le 10/03/2023)" in told
    assert states(team, ref)["sejour"] == ("ouvert", "2023-03-10", "2033-03-09")
    every = rows(team.does("right", "list", ref, "--historique", "--droit", "sejour",
                           "--format", "csv"))  # fmt: skip
    assert [each["etat_droit"] for each in every] == ["demande", "ouvert"]
    assert "rien n'a changé" in team.does(*said, "demande", "--on", "10/01/2023").out


def test_without_a_day_it_is_today_and_that_is_said(team: Team, ref: str) -> None:
    answer = team.does("right", "set", ref, "--droit", "dalo", "--etat", "sans objet")
    assert "Jour pris : aujourd'hui" in answer.err
    assert states(team, ref)["dalo"] == ("sans_objet", "2023-11-23", "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("--etat", "refuse", "--jusqu-au", "01/01/2025"), "droit_sans_fin",
                     id="refusé ne finit pas"),
        pytest.param(("--etat", "ouvert", "--jusqu-au", "01/01/2022"), "avant_etape",
                     id="fini avant d'avoir commencé"),
        pytest.param(("--etat", "ouvert", "--on", "01/01/2030"), "date_future", id="à venir"),
        pytest.param(("--etat", "presque"), "illisible", id="un autre mot"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(team: Team, ref: str, words: tuple[str, ...], code: str) -> None:
    answer = team("right", "set", ref, "--droit", "sejour", *words)
    assert answer.code in (2, 3)
    assert code in answer.err
    assert rows(team.does("right", "list", "--format", "csv")) == []


# --- clocks ------------------------------------------------------------------------------


def morning(team: Team, ref: str, day: str) -> list[dict[str, str]]:
    listed = rows(team.does("today", "--format", "csv", today=day))
    return [row for row in listed if row["dossier"] == ref and row["objet"] == "droit"]


@pytest.mark.parametrize(
    ("day", "section"),
    [
        pytest.param("11/05/2024", None, id="un mois et un jour avant : rien"),
        pytest.param("12/05/2024", "droits", id="un mois avant : à renouveler"),
        pytest.param("12/06/2024", "droits", id="le dernier jour"),
        pytest.param("13/06/2024", "retard", id="le lendemain : en retard"),
    ],
)
def test_a_housing_request_lives_one_year_and_is_told_a_month_before(
    team: Team, ref: str, day: str, section: str | None
) -> None:
    team.does("right", "set", ref, *HOUSING, "12/06/2023")
    assert [row["rubrique"] for row in morning(team, ref, day)] == [section] * bool(section)
    (line,) = rows(team.does("right", "list", "--format", "csv"))
    assert (line["date_fin_droit"], line["echeance"]) == ("", "2024-06-12")


def test_a_renewal_gives_another_year_and_an_end_gives_none(team: Team, ref: str) -> None:
    team.does("right", "set", ref, *HOUSING, "12/06/2023")
    team.does("right", "set", ref, *HOUSING, "01/06/2024", today="02/06/2024")
    late = ("report", "overdue", "--kind", "droit", "--format", "csv")
    assert rows(team.does(*late, today="13/06/2024")) == []
    (line,) = rows(team.does(*late, today="02/06/2025"))
    assert (line["echeance"], line["depart"]) == ("2025-06-01", "demande de logement social")
    team.does("right", "set", ref, "--droit", "logement_social", "--etat", "ouvert", "--on",
              "01/05/2025", today="02/06/2025")  # fmt: skip
    assert rows(team.does(*late, today="02/06/2025")) == []


def test_a_request_without_its_day_waits_and_is_seen(team: Team, ref: str, tmp_path: Path) -> None:
    path = tmp_path / "droits.csv"
    path.write_text(f"dossier;droit;etat_droit\n{ref};DLS;demandé\n", "utf-8")
    assert "modifiés 1" in team.does("right", "set", "--from", str(path)).err
    assert "inchangés 1" in team.does("right", "set", "--from", str(path)).err
    waits = team.does("report", "overdue", "--waiting", "--format", "csv").out
    assert "jour inconnu : l'année ne peut pas courir" in waits


def test_a_paper_is_told_by_the_day_written_on_it(team: Team, ref: str) -> None:
    team.does("right", "set", ref, "--droit", "sejour", "--etat", "ouvert", "--on", "10/01/2023",
              "--jusqu-au", "20/01/2024")  # fmt: skip
    (line,) = morning(team, ref, "23/11/2023")
    assert line["commande"].startswith(f"agir right set {ref} --droit sejour")
    assert "Titre de séjour : il reste 58 jours" in team.does("explain", ref).out
    assert "Fin : titre de séjour" in team.does("report", "timeline", ref).out
    assert "Ouvert (10/01/2023), jusqu'au 20/01/2024" in team.does("show", ref).out
    agenda = ("report", "agenda", "--within", "3m", "--format")
    days = [row["date"] for row in rows(team.does(*agenda, "csv")) if row["nature"] == "droit"]
    assert days == ["2024-01-20"]
    earlier = team.does(*agenda, "csv", today="01/11/2023")
    days = [row["date"] for row in rows(earlier) if row["nature"] == "droit"]
    assert days == ["2023-11-20", "2024-01-20"]
    told = team.does("report", "agenda", "--from-day", "20/11/2023", today="01/11/2023").out
    assert "titre de séjour à renouveler au plus tard le 20/01/2024" in told
    calendar = team.does(*agenda, "ics").out
    assert "Échéance : droit ou papier - 44-0001" in calendar
    assert "titre de séjour" not in calendar.replace("--droit sejour", "")
    assert "titre de séjour" in team.does(*agenda, "ics", "--names").out


def test_a_notice_is_a_clock_that_a_team_changes(team: Team, ref: str, tmp_path: Path) -> None:
    clock = tmp_path / "preavis.toml"
    clock.write_text(
        'code = "preavis"\ntitle = "Préavis"\nchecked_on = 2023-11-01\n'
        '[sources.note]\ntitle = "Note"\n[[clock]]\n'
        'name = "preavis_droit"\ndays = 10\nstart = "echeance"\nsince = 2024-01-01\n'
        'source = "note"\n', "utf-8",
    )  # fmt: skip
    team.does("right", "set", ref, "--droit", "sejour", "--etat", "ouvert", "--on", "10/01/2023",
              "--jusqu-au", "20/01/2024")  # fmt: skip
    assert morning(team, ref, "23/11/2023")
    team.does("rules", "add", str(clock))
    assert not morning(team, ref, "23/11/2023")
    assert morning(team, ref, "10/01/2024")


# --- files -------------------------------------------------------------------------------


def test_the_list_comes_back_as_it_is_and_an_empty_file_is_nothing(
    team: Team, ref: str, tmp_path: Path
) -> None:
    team.does("right", "set", ref, "--droit", "permis", "--etat", "a_faire", "--on", "01/03/2023")
    path, empty = tmp_path / "droits.csv", tmp_path / "vide.csv"
    path.write_text(team.does("right", "list", "--format", "csv").out, "utf-8")
    assert "inchangés 1" in team.does("right", "set", "--from", str(path)).err
    empty.write_text("dossier;droit;etat_droit;date_droit\n", "utf-8")
    assert team("right", "set", "--from", str(empty)).code == 5
    assert len(states(team, ref)) == len(Right)


def test_a_wide_row_has_a_column_a_right_and_is_undone_with_its_file(
    team: Team, tmp_path: Path
) -> None:
    path = tmp_path / "suivi.csv"
    path.write_text(
        "nom;prenoms;RSA;CPAM;Demande de logement social;Date de la demande de logement social;"
        "Droit : titre de séjour;Expiration du titre de séjour\n"
        "UN-INVENTE;Awa;oui;en cours;demandée;12/06/2023;oui;01/2024\n"
        "DEUX-INVENTE;Ali;;;;;non concerné;\n", "utf-8",
    )  # fmt: skip
    assert "créés 2" in team.does("import", str(path)).err
    known = states(team, "44-0001").items()
    assert {name: told for name, told in known if told[0] != "inconnu"} == {
        "prestations": ("ouvert", "", ""), "couverture_maladie": ("demande", "", ""),
        "logement_social": ("demande", "2023-06-12", ""), "sejour": ("ouvert", "", "2024-01"),
    }  # fmt: skip
    assert "inchangés 2" in team.does("import", str(path), today="30/11/2023").err
    path.write_text(path.read_text("utf-8").replace("Awa;oui", "Awa;refusé"), "utf-8")
    assert "modifiés 1" in team.does("import", str(path)).err
    assert states(team, "44-0001")["prestations"][0] == "refuse"
    team.does("undo", "--last", "--yes")
    assert states(team, "44-0001")["prestations"][0] == "ouvert"


def test_an_act_typed_by_mistake_is_voided(team: Team, ref: str) -> None:
    team.does("right", "set", ref, "--droit", "sejour", "--etat", "ouvert", "--on", "10/01/2023")
    team.does("right", "set", ref, "--droit", "sejour", "--etat", "refuse", "--on", "01/03/2023")
    last = team.does("show", ref, "--events", "--format", "csv").out.strip().splitlines()[-1]
    team.does("correct", ref, last.split(",")[0], "--void", "--reason", "autre dossier")
    assert states(team, ref)["sejour"] == ("ouvert", "2023-01-10", "")


FIGURES = ("rights", "appointments --by rappel", "appointments --by objet")


def test_a_right_is_crossed_with_another_list(team: Team, ref: str) -> None:
    team.does("right", "set", ref, "--droit", "CMU", "--etat", "ouvert", "--on", "01/10/2023")
    words = ("report", "cross", "--rows", "couverture_maladie", "--columns", "statut")
    (cell,) = rows(team.does(*words, "--list", "ouvert:", "--format", "csv"))
    assert cell["dossier"] == ref


def test_figures_are_as_before_once_a_person_is_erased(team: Team, ref: str) -> None:
    for line in (
        f"right set {ref} --droit sejour --etat ouvert --on 10/01/2023 --jusqu-au 20/01/2024",
        f'visit book {ref} --on "24/11/2023 9h" --type demarche',
        f"letter rappel {ref} --en-main",
        f"visit hold {ref} --on 20/11/2023 --type domicile",
    ):
        assert team.types(line).code == 0, line
    team.types(f"visit hold {ref} --on 24/11/2023", today="25/11/2023")
    before = [team.types(f"report {each} --format csv").out for each in FIGURES]
    team.does("close", ref, "--motif", "sans_suite", "--on", "25/11/2023", today="25/11/2023")
    team.does("erase", ref, "--demande", "la personne", "--motif", "effacement", "--yes",
              today="25/11/2023")  # fmt: skip
    assert [team.types(f"report {each} --format csv").out for each in FIGURES] == before
    held = str(team.rows("SELECT payload FROM events WHERE kind = 'paper_made'"))
    assert "remis" not in held


def test_what_is_held_is_told_to_the_person(team: Team, ref: str) -> None:
    team.does("right", "set", ref, "--droit", "sejour", "--etat", "ouvert", "--on", "10/01/2023")
    assert "Titre de séjour : ouvert" in team.does("subject", ref).out
    assert '"rights"' in team.does("subject", ref, "--format", "json").out


# --- figures -----------------------------------------------------------------------------


def test_each_right_is_counted_at_entry_and_now(team: Team, ref: str) -> None:
    team.does("diagnose", "hold", ref, "--on", "25/01/2023")
    said = ("right", "set", ref, "--droit", "sejour", "--etat")
    team.does(*said, "demande", "--on", "20/01/2023")
    team.does(*said, "ouvert", "--on", "01/03/2023")
    counts = {
        (row["moment"], row["etat_droit"]): row["personnes"]
        for row in rows(team.does("report", "rights", "--format", "csv"))
        if row["droit"] == "sejour" and row["personnes"] != "0"
    }
    assert counts == {("entree", "demande"): "1", ("actuelle", "ouvert"): "1"}
    behind = ("report", "rights", "--list", "sejour:demande", "--format", "csv")
    assert len(rows(team.does(*behind, "--moment", "entree"))) == 1
    assert rows(team.does(*behind)) == []
    past = team.does("report", "rights", "--as-of", "28/02/2023", "--list", "sejour:demande",
                     "--format", "csv")  # fmt: skip
    assert len(rows(past)) == 1
    assert team("report", "rights", "--list", "sejour").code == 2


def test_the_answer_to_a_person_names_and_has_no_code(team: Team) -> None:
    ref = team.diagnosed("--nom", "DIALLO-INVENTE")
    team.does("assign", ref, "--on", "02/02/2023", "--referent", "A. Martin-Inventé")
    told = team.does("subject", ref).out
    assert "A. Martin-Inventé" in told.partition("Ce qui s'est passé")[0]
    assert "R001" not in told


def test_a_person_is_told_the_duration_that_is_theirs(team: Team) -> None:
    kept = "Identité, coordonnées, notes et parcours d'une personne"
    proposed = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    supported = team.contracted("--nom", "KEITA-INVENTEE", "--date-naissance", "1980")
    told = " ".join(team.does("subject", proposed).out.split())
    assert f"{kept} qui n'a jamais signé de contrat 12 mois" in told
    assert "24 mois, depuis : dernier contact" not in told
    told = " ".join(team.does("subject", supported).out.split())
    assert f"{kept} accompagnée 24 mois" in told
    assert "jamais signé" not in told


def test_the_register_says_whether_this_file_is_encrypted(team: Team, tmp_path: Path) -> None:
    assert "fichier en clair (agir encrypt)" in " ".join(team.does("register").out.split())
    pytest.importorskip("sqlcipher3")
    team.does("encrypt", "--key-file", str(tmp_path / "agir.cle"), "--recovery",
              str(tmp_path / "fiche.txt"))  # fmt: skip
    assert "sauvegardes chiffrés (SQLCipher)" in " ".join(team.does("register").out.split())
