"""A transfer between departments: asked, answered, handed over in one file, taken in there."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.coordinator import ORIENTED, Team

SOMEBODY = ("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--agdref", "0123456789",
            "--date-naissance", "02/03/1994")  # fmt: skip


@pytest.fixture
def theirs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Team:
    """The team of department 49, on its own file."""
    other = Team(tmp_path / "equipe49.db", capsys)
    other.does("init", "--departement", "49")
    return other


def supported(team: Team) -> str:
    """Somebody supported since 17/02/2023, by two référents one after the other."""
    ref = team.contracted(*SOMEBODY)
    team.does("referent", "designate", ref, "--on", "01/03/2023", "--referent", "Anne Martin")
    team.does("referent", "designate", ref, "--on", "01/06/2023", "--referent", "Luc Petit")
    for day in ("17/04/2023", "12/06/2023", "10/08/2023"):
        team.does("interview", "add", ref, "--on", day)
    team.does("situation", "set", ref, "--on", "01/05/2023", "--situation-logement",
              "hebergement_temporaire")  # fmt: skip
    team.does("situation", "set", ref, "--on", "01/08/2023", "--situation-professionnelle", "cdi")
    return ref


def handed(team: Team, ref: str, path: Path, *words: str) -> Path:
    team.does("transfer", "ask", ref, "--vers-departement", "49", "--on", "01/09/2023")
    team.does("transfer", "accept", ref, "--on", "15/09/2023")
    team.does("transfer", "file", ref, "--output", str(path), *words)
    return path


def test_asked_it_waits_and_the_dossier_stays_open(team: Team) -> None:
    ref = supported(team)
    team.does("transfer", "ask", ref, "--vers-departement", "49", "--on", "01/09/2023")
    assert "Accompagnement" in team.does("show", ref).out
    (row,) = csv.DictReader(team.does("transfer", "list", "--format", "csv").out.splitlines())
    assert (row["vers_departement"], row["reponse_transfert"], row["attente_jours"]) == (
        "49", "", "83",
    )  # fmt: skip
    again = team.does("transfer", "ask", ref, "--vers-departement", "49", "--on", "01/09/2023")
    assert "rien n'a changé" in again.out


def test_refused_the_support_goes_on_and_it_may_be_asked_again(team: Team) -> None:
    ref = supported(team)
    team.does("transfer", "ask", ref, "--vers-departement", "49", "--on", "01/09/2023")
    team.does("transfer", "refuse", ref, "--on", "10/09/2023")
    assert "Accompagnement" in team.does("show", ref).out
    team.does("interview", "add", ref, "--on", "10/10/2023")
    team.does("transfer", "ask", ref, "--vers-departement", "53", "--on", "01/11/2023")
    rows = list(csv.DictReader(team.does("transfer", "list", "--format", "csv").out.splitlines()))
    assert [(r["vers_departement"], r["reponse_transfert"]) for r in rows] == [
        ("53", ""), ("49", "refuse"),
    ]  # fmt: skip


def test_accepted_the_dossier_ends_and_nothing_opens_by_itself(team: Team) -> None:
    ref = supported(team)
    team.does("transfer", "ask", ref, "--vers-departement", "49", "--on", "01/09/2023")
    answer = team.does("transfer", "accept", ref, "--on", "15/09/2023")
    assert "Transfert vers un autre département : non définitif" in answer.out
    assert f"agir transfer file {ref}" in answer.err
    assert team.rows("SELECT dossier, motif, date_cloture FROM dossiers") == [
        (ref, "transfert", "2023-09-15")
    ]
    assert team("interview", "add", ref, "--on", "01/10/2023").code == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("accept", "44-0001", "--on", "01/09/2023"), "Aucune demande", id="rien"),
        pytest.param(("ask", "44-0001", "--vers-departement", "44", "--on", "01/09/2023"),
                     "d'un département à un autre", id="au même"),
        pytest.param(("ask", "44-0001", "--vers-departement", "49", "--on", "01/09/2030"),
                     "à venir", id="à venir"),
        pytest.param(("file", "44-0001", "--output", "x.csv"), "n'a pas accepté", id="sans accord"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    supported(team)
    answer = team("transfer", *words)
    assert answer.code == 3
    assert told in answer.err
    assert not (tmp_path / "x.csv").exists()


def test_two_requests_at_a_time_and_an_answer_before_the_request_are_refused(team: Team) -> None:
    ref = supported(team)
    team.does("transfer", "ask", ref, "--vers-departement", "49", "--on", "01/09/2023")
    second = team("transfer", "ask", ref, "--vers-departement", "53", "--on", "02/09/2023")
    assert (second.code, "attend sa réponse" in second.err) == (3, True)
    early = team("transfer", "accept", ref, "--on", "20/08/2023")
    assert (early.code, "ne peut pas précéder la demande" in early.err) == (3, True)


def test_the_other_team_takes_the_file_in_with_dates_referents_and_the_two_years(
    team: Team, theirs: Team, tmp_path: Path
) -> None:
    ref = supported(team)
    path = handed(team, ref, tmp_path / "transfert.csv")
    answer = theirs.does("import", str(path), today="01/02/2024")
    assert "encore le référent de l'autre département" in answer.err
    columns = "date_contrat, fin_au_plus_tard, date_transfert, departement_origine"
    assert theirs.rows(f"SELECT {columns} FROM dossiers") == [
        ("2023-02-17", "2025-02-17", "2023-09-15", "44")
    ]
    kinds = ("diagnosis_held", "referent_designated", "referent_changed", "contract_signed",
             "interview_held", "situation_recorded")  # fmt: skip
    query = ("SELECT kind, effective_from FROM events WHERE kind IN"
             f" {kinds} ORDER BY kind, effective_from")  # fmt: skip
    assert theirs.rows(query) == team.rows(query)
    assert "Luc Petit" in theirs.does("show", "49-0001").out
    timeline = theirs.does("report", "timeline", "49-0001", today="01/02/2024").out
    assert "Anne Martin" in timeline
    assert "Transfert reçu d'un autre département" in timeline
    assert "inchangés" in theirs.does("import", str(path), today="01/02/2024").err
    assert theirs.rows("SELECT count(*) FROM dossiers") == [(1,)]
    theirs.does("check")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_free_texts_go_along_when_asked_alone(
    team: Team, theirs: Team, tmp_path: Path, ending: str
) -> None:
    ref = team.diagnosed(*SOMEBODY)
    team.does("assign", ref, "--on", "02/02/2023", "--partenaires", "CCAS-SECRET")
    team.does("contract", "sign", ref, "--on", "17/02/2023", "--projet", "PROJET-SECRET")
    for day, step in (("01/03/2023", "PERMIS-SECRET"), ("2023-04", "CAP-SECRET")):
        team.does("step", "add", ref, "--etape", step, "--domaine", "emploi", "--on", day)
    bare = handed(team, ref, tmp_path / "sans.csv")
    assert "SECRET" not in bare.read_text("utf-8")
    whole = tmp_path / f"avec.{ending}"
    team.does("transfer", "file", ref, "--with-texts", "--output", str(whole))
    theirs.does("import", str(whole), today="01/02/2024")
    shown = theirs.does("show", "49-0001").out
    assert "PROJET-SECRET" in shown
    assert "CCAS-SECRET" in shown
    query = "SELECT value FROM texts WHERE field = 'etape' ORDER BY value"
    assert theirs.rows(query) == [("CAP-SECRET",), ("PERMIS-SECRET",)]


def test_a_person_counts_here_until_that_day_and_there_from_it_on(
    team: Team, theirs: Team, tmp_path: Path
) -> None:
    path = handed(team, supported(team), tmp_path / "transfert.csv")
    theirs.does("import", str(path), today="01/02/2024")
    for day, counted in (("14/09/2023", "0"), ("15/09/2023", "1")):
        words = ("report", "funnel", "--as-of", day, "--format", "csv")
        rows = list(csv.DictReader(theirs.does(*words, today="01/02/2024").out.splitlines()))
        assert sum(int(r["personnes"]) for r in rows if r["secteur"]) == int(counted), day
        listed = theirs.does("report", "dossiers", "--as-of", day, "--format", "csv",
                             "--columns", "dossier", today="01/02/2024").out.split()  # fmt: skip
        assert listed[1:] == ["49-0001"] * int(counted)


def test_one_file_of_both_departments_has_two_dossiers_and_one_right(
    team: Team, tmp_path: Path
) -> None:
    ref = supported(team)
    team.does("transfer", "ask", ref, "--vers-departement", "85", "--on", "01/09/2023")
    team.does("transfer", "accept", ref, "--on", "15/09/2023")
    path = tmp_path / "transfert.csv"
    team.does("transfer", "file", ref, "--output", str(path))
    team.change("UPDATE settings SET value = '44,85' WHERE name = 'departements'")
    team("import", str(path))
    rows = team.rows("SELECT departement, etape, fin_au_plus_tard FROM dossiers ORDER BY dossier")
    assert rows == [("44", "clos", "2025-02-17"), ("85", "accompagnement", "2025-02-17")]


def test_received_by_hand_the_right_runs_from_the_first_contract(theirs: Team) -> None:
    ref = theirs.enrols("--nom", "DIALLO-INVENTE", *ORIENTED, "--departement", "49")
    theirs.does("transfer", "receive", ref, "--departement-origine", "44", "--on", "15/09/2023",
                "--droit-depuis", "17/02/2023")  # fmt: skip
    assert "17/02/2025" in theirs.does("show", ref).out
    other = theirs("transfer", "receive", ref, "--departement-origine", "85", "--on", "15/09/2023")
    assert (other.code, "agir correct" in other.err) == (3, True)
