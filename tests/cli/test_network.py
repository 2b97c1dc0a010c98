"""The coordination of actors and the tasks, as somebody types them and reads them again."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.coordinator import Team
from tests.cli.test_referents import assigned

MEETING = (
    "partner", "add", "--type", "reunion", "--objet", "Accès au logement", "--partenaires",
    "USH ; SOLIHA", "--on", "14/09/2023", "--participants", "12",
)  # fmt: skip


def listed(team: Team, *words: str) -> list[dict[str, str]]:
    told = team.does(*words, "--format", "csv").out
    return list(csv.DictReader(io.StringIO(told)))


def states(team: Team, *words: str) -> dict[str, str]:
    return {row["action"]: row["avancement"] for row in listed(team, "report", "network", *words)}


# --- the network ---------------------------------------------------------------------------


def test_what_the_source_tells_is_there_from_the_start(team: Team) -> None:
    rows = {row["objet"]: row for row in listed(team, "report", "network")}
    assert rows["Convention OFII"]["avancement"] == "signee"
    assert rows["Convention SPE"]["avancement"] == "en_cours"
    assert rows["Convention USH"]["departements"] == "44"
    assert "ne développe pas" in rows["Convention USH"]["remarque"]
    assert "Diagnostics pré-opérationnels" not in rows  # of 49, 53 and 72
    assert team.rows("SELECT count(*) FROM events") == [(0,)]


def test_an_agreement_is_signed_and_undoing_gives_back_what_it_was(team: Team) -> None:
    team.does("partner", "set", "S7", "--avancement", "signee", "--on", "02/10/2023")
    assert states(team)["S7"] == "signee"
    assert states(team, "--as-of", "01/10/2023")["S7"] == "en_cours"
    team.does("undo", "--last", "--yes")
    assert states(team)["S7"] == "en_cours"


def test_the_same_again_is_no_event(team: Team) -> None:
    assert "A1 : enregistré" in team.does(*MEETING).out
    assert "rien n'a changé" in team.does(*MEETING).out
    assert team.rows("SELECT count(*) FROM events WHERE kind = 'action_recorded'") == [(1,)]


def test_what_was_taken_for_granted_is_said(team: Team) -> None:
    assert "Avancement pris : Fait" in team.does(*MEETING).err
    later = ("partner", "add", "--type", "reunion", "--objet", "Bilan", "--on", "14/12/2099")
    assert "Avancement pris : Prévu" in team.does(*later).err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(("set", "S7", "--avancement", "fait"), 3, "avancement_impossible",
                     id="une convention faite"),
        pytest.param(("set", "S7", "--avancement", "signee", "--on", "01/01/2099"), 3,
                     "date_future", id="signée demain"),
        pytest.param(("set", "A99", "--avancement", "fait"), 4, "action_inconnue", id="inconnue"),
        pytest.param(("set", "S7"), 2, "rien_a_enregistrer", id="rien à dire"),
        pytest.param(("add", "--type", "brunch", "--objet", "X"), 2, "illisible", id="un type"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    team: Team, words: tuple[str, ...], code: int, told: str
) -> None:
    answer = team("partner", *words)
    assert answer.code == code
    assert told in answer.err
    assert team.rows("SELECT count(*) FROM events") == [(0,)]


SHEET = """Type;Objet;Partenaires;Date;Avancement;Départements;Participants
réunion;Comité technique;DDETS 44;12/09/2023;fait;44;8
Convention;Convention SPE;SPE;02/10/2023;Signée;44 et 85;
frein;Délais de domiciliation;CAF 44;;remonté;44;
"""


def test_a_french_sheet_goes_in_comes_out_and_goes_in_again(team: Team, tmp_path: Path) -> None:
    sheet, out = tmp_path / "actions.csv", tmp_path / "sortie.csv"
    sheet.write_text(SHEET, "utf-8")
    assert "créés 2, modifiés 1" in team.does("partner", "add", "--from", str(sheet)).err
    assert "inchangés 3" in team.does("partner", "add", "--from", str(sheet)).err
    team.does("report", "network", "--format", "csv", "--output", str(out))
    again = team.does("partner", "add", "--from", str(out)).err
    assert "créés 0, modifiés 0" in again
    assert states(team)["A2"] == "remonte"
    team.does("undo", "1", "--yes")
    assert states(team)["S7"] == "en_cours"
    assert "A1" not in states(team)


def test_an_older_sheet_moves_nothing_backwards(team: Team, tmp_path: Path) -> None:
    team.does("partner", "set", "S7", "--avancement", "signee", "--on", "02/10/2023")
    sheet = tmp_path / "avant.csv"
    sheet.write_text("action;type;objet;avancement\nS7;convention;Convention SPE;en cours\n")
    answer = team("partner", "add", "--from", str(sheet))
    assert answer.code == 5
    assert "déjà « Signée »" in answer.err
    assert states(team)["S7"] == "signee"


def test_the_number_of_another_file_changes_nothing_here(team: Team, tmp_path: Path) -> None:
    team.does(*MEETING)
    sheet = tmp_path / "ailleurs.csv"
    sheet.write_text("action;type;objet\nA1;outil;Dépliant\nA7;outil;Guide\n", "utf-8")
    answer = team("partner", "add", "--from", str(sheet), "--keep-going")
    assert answer.code == 5
    assert "A1 est déjà autre chose" in answer.err
    assert {row["objet"] for row in listed(team, "report", "network", "--type", "outil")} == {
        "Guide"
    }
    assert states(team)["A1"] == "fait"


def test_a_period_and_a_department(team: Team) -> None:
    team.does(*MEETING)
    assert set(states(team, "--period", "2023-T3", "--type", "reunion")) == {"A1"}
    assert not listed(team, "report", "network", "--period", "2023-T2", "--type", "reunion")
    assert "S8" not in states(team, "--departement", "85")


def test_a_partner_is_shown_with_all_that_is_with_them(team: Team) -> None:
    team.does(*MEETING)
    (row,) = [r for r in listed(team, "partner", "list") if r["partenaire"] == "USH"]
    assert (row["convention"], row["derniere_rencontre"]) == ("en_cours", "2023-09-14")
    told = team.does("partner", "show", "ush").out
    assert "Convention USH" in told
    assert "Accès au logement" in told
    assert "est inconnu" in team("partner", "show", "personne").err


def test_the_committee_reads_it_without_tasks_or_names(team: Team, tmp_path: Path) -> None:
    team.does(*MEETING, "--responsable", "Zoé Directrice")
    team.does("task", "add", "--objet", "Relire en secret", "--partenaires", "SPE")
    page = tmp_path / "comite.html"
    team.does("report", "board", "--output", str(page))
    told = page.read_text("utf-8")
    assert "Coordination des acteurs" in told
    assert "Accès au logement" in told
    assert "Zoé" not in told
    assert "secret" not in told


def test_a_plan_is_due_on_its_day_until_it_is_given_up(team: Team) -> None:
    plan = ("partner", "add", "--type", "reunion", "--objet", "Bilan", "--on", "27/11/2023")
    team.does(*plan)
    (row,) = late(team, "--within", "2s")
    assert row["a_faire"].endswith("agir partner set A1 --avancement fait")
    team.does("partner", "set", "A1", "--avancement", "abandonne")
    assert late(team, "--within", "2s") == []
    assert "A1" not in states(team)


def test_signed_without_its_day_is_said(team: Team) -> None:
    told = team.does("partner", "set", "S7", "--avancement", "signee").err
    assert "agir partner set S7 --on JOUR" in told
    assert "S7" not in states(team, "--period", "2023")
    assert states(team)["S7"] == "signee"


def test_a_page_of_one_sector_says_nothing_of_the_network(team: Team, tmp_path: Path) -> None:
    team.does(*MEETING)
    page = tmp_path / "secteur.html"
    team.does("report", "board", "--secteur", "EST & NORD", "--output", str(page))
    assert "Coordination des acteurs" not in page.read_text("utf-8")


# --- tasks ---------------------------------------------------------------------------------


def late(team: Team, *words: str) -> list[dict[str, str]]:
    return listed(team, "report", "overdue", "--kind", "tache", *words)


def test_a_task_is_late_moved_and_done(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--departement", "44")
    team.does("task", "add", ref, "--objet", "Relancer la CAF", "--on", "15/11/2023")
    (row,) = late(team)
    assert (row["dossier"], row["depart"], row["retard_jours"]) == (ref, "Relancer la CAF", "8")
    assert row["a_faire"] == "équipe AGIR : agir task done A1"
    assert "Relancer la CAF" in team.does("today").out
    agenda = ("report", "agenda", "--from-day", "01/11/2023", "--to-day", "30/11/2023")
    assert "Relancer la CAF" in team.does(*agenda).out
    team.does("task", "move", "1", "--on", "27/11/2023")
    assert late(team) == []
    assert [row["retard_jours"] for row in late(team, "--within", "2s")] == ["-4"]
    assert "tache" in team.does(*agenda, "--format", "csv").out
    team.does("task", "done", "A1")
    assert "Relancer" not in team.does(*agenda).out
    assert listed(team, "task", "list") == []
    assert len(listed(team, "task", "list", "--all")) == 1


def test_a_task_that_is_done_is_moved_and_said_to_stay_done(team: Team) -> None:
    team.does("task", "add", "--objet", "Relire la convention", "--on", "20/11/2023")
    assert "est « " not in team.does("task", "move", "A1", "--on", "21/11/2023").err
    team.does("task", "done", "A1")
    answer = team.does("task", "move", "A1", "--on", "24/11/2023")
    assert "La tâche A1 est « Fait » : elle le reste." in answer.err
    assert listed(team, "task", "list") == []
    team.does(*answer.err.split("agir ")[1].split())
    assert [row["date_echeance"] for row in listed(team, "task", "list")] == ["2023-11-24"]


def test_a_calendar_says_what_a_task_is_only_with_names(team: Team) -> None:
    team.does("task", "add", "--objet", "Relire la convention", "--on", "30/11/2023")
    calendar = ("report", "agenda", "--format", "ics")
    assert "tâche - A1" in team.does(*calendar).out
    assert "Relire" not in team.does(*calendar).out
    assert "Relire la convention" in team.does(*calendar, "--names").out


@pytest.mark.parametrize(
    "words",
    [
        ("report", "overdue", "--mask"), ("report", "overdue", "--mail"), ("today", "--mask"),
        ("report", "agenda", "--from-day", "01/11/2023", "--within", "30j", "--mask"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_without_names_the_words_of_a_task_are_not_told(team: Team, words: tuple[str, ...]) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--departement", "44")
    team.does("task", "add", ref, "--objet", "Appeler sa sœur Zoé", "--on", "15/11/2023")
    told = team.does(*words).out
    assert "A1" in told
    assert "Zoé" not in told


def test_from_one_night_to_the_next_a_task_is_new_then_done(team: Team) -> None:
    team.does("task", "add", "--objet", "Relire", "--on", "15/11/2023")
    night = ("report", "overdue", "--kind", "tache", "--new", "--mark")
    assert "Relire" in team.does(*night).out
    assert "Toujours en retard : 1" in team.does(*night).out
    team.does("task", "done", "A1")
    assert "Plus en retard : 1" in team.does(*night).out


def test_a_plan_is_no_act_of_a_day_to_come(team: Team) -> None:
    plan = ("partner", "add", "--type", "reunion", "--objet", "Bilan", "--on", "27/11/2099")
    team.does(*plan)
    assert "date à venir" not in team("check").out


def test_a_hand_over_moves_the_open_tasks_and_undo_gives_them_back(team: Team) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin")
    team.does("referent", "add", "Luc Petit")
    for what in ("Relancer la CAF", "Déjà fait"):
        team.does("task", "add", ref, "--objet", what, "--responsable", "martin")
    team.does("task", "done", "A2")
    shown = team.does("referent", "handover", "martin", "petit", "--on", "01/10/2023", "--yes")
    assert "A1" in shown.out
    assert "A2" not in shown.out
    assert "1 dossier et 1 tâche à transmettre" in shown.err
    tasks = {row["action"]: row["responsable"] for row in listed(team, "task", "list", "--all")}
    assert tasks == {"A1": "Luc Petit", "A2": "Anne Martin"}
    team.does("undo", "1", "--yes")
    tasks = {row["action"]: row["responsable"] for row in listed(team, "task", "list")}
    assert tasks == {"A1": "Anne Martin"}


def test_what_is_done_may_be_to_do_again_but_a_file_says_it_once(
    team: Team, tmp_path: Path
) -> None:
    sheet = tmp_path / "taches.csv"
    sheet.write_text("objet\nRelancer la CAF\n", "utf-8")
    team.does("task", "add", "--from", str(sheet))
    team.does("task", "done", "A1")
    assert "inchangés 1" in team.does("task", "add", "--from", str(sheet)).err
    team.does("task", "add", "--objet", "Relancer la CAF")
    assert "rien n'a changé" in team.does("task", "add", "--objet", "Relancer la CAF").out
    assert [row["action"] for row in listed(team, "task", "list")] == ["A2"]


def test_moi_is_whoever_types(team: Team) -> None:
    team.does("task", "add", "--objet", "Relire", "--responsable", "moi")
    assert len(listed(team, "task", "list", "--responsable", "me")) == 1
    assert "moi" not in team.does("task", "list").out


def test_several_are_done_at_once_or_none(team: Team) -> None:
    for what in ("Un", "Deux", "Trois"):
        team.does("task", "add", "--objet", what)
    answer = team("task", "done", "A1", "A9")
    assert "A9" in answer.err
    assert len(listed(team, "task", "list")) == 3
    team.does("task", "done", "A1", "a2")
    assert [row["objet"] for row in listed(team, "task", "list")] == ["Trois"]


def test_a_day_without_a_year_is_the_next_one(team: Team) -> None:
    team.does("task", "add", "--objet", "Relire", "--on", "3/2")
    assert listed(team, "task", "list")[0]["date_echeance"] == "2024-02-03"


def test_the_words_of_a_task_are_not_the_dossiers(team: Team) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin", "--partenaires", "Mission locale")
    team.does("task", "add", ref, "--objet", "Relancer", "--partenaires", "CAF")
    (row,) = listed(team, "report", "dossiers", "--columns", "dossier,partenaires")
    assert row["partenaires"] == "Mission locale"
    told = team.does("show", ref).out
    assert "A1  Relancer" in told
    assert "Mission locale" in told


def test_a_closing_lists_the_open_tasks_once(team: Team) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin")
    team.does("task", "add", ref, "--objet", "Relancer la CAF", "--on", "30/10/2023")
    told = team.does("close", ref, "--motif", "transfert", "--on", "01/10/2023").err
    assert told.count("Reste à faire : Relancer la CAF") == 1


def test_whoever_has_left_is_given_no_task(team: Team) -> None:
    assigned(team, "DIALLO-INVENTE", "Anne Martin")
    team.does("referent", "leave", "martin", "--on", "01/10/2023")
    answer = team("task", "add", "--objet", "Relire", "--responsable", "martin")
    assert answer.code == 3
    assert "n'est plus référent" in answer.err


def test_the_task_of_another_is_not_in_ones_list(team: Team) -> None:
    ref = assigned(team, "DIALLO-INVENTE", "Anne Martin")
    team.does("referent", "add", "Luc Petit")
    team.does("task", "add", ref, "--objet", "Appeler", "--on", "01/10/2023")
    team.does(
        "task", "add", ref, "--objet", "Écrire", "--on", "01/10/2023", "--responsable", "petit"
    )
    assert [row["depart"] for row in late(team, "--referent", "martin")] == ["Appeler"]
    assert [row["depart"] for row in late(team, "--referent", "petit")] == ["Écrire"]


def test_names_and_words_of_a_task_stay_out_of_the_journal(team: Team) -> None:
    team.does("task", "add", "--objet", "Mot secret", "--responsable", "Zoé Directrice")
    ((payload,),) = team.rows("SELECT payload FROM events WHERE kind = 'action_recorded'")
    assert "secret" not in payload
    assert "Zoé" not in payload
    team.does("check")
