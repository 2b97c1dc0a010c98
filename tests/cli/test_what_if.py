"""`agir eligibility --from` and `--with`, `agir rules`: answers before anything is recorded."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest

from tests.cli.coordinator import ORIENTED, Answer, Team
from tests.cli.test_every_command import CRITERIA

TODAY = "09/10/2023"
LIST = """Nom;Prénom;N° étranger;Statut;CIR signé le;Ville;Situation pro;Logement;Remarque
DIALLO;Awa;0123456789;réfugiée;05/09/2023;Nantes;sans emploi;DNA;+1 appel
TRAORE;Moussa;;réfugié;05/09/2021;Nantes;sans emploi;DNA;
HAILU;Sara;;protection subsidiaire;05/09/2022;Angers;CDI;DNA;
ABDI;Ali;;réfugié;32/13/2022;Nantes;CDI;autonome;
"""
ADDED = ["eligible", "voie", "regle", "motifs", "source", "a_completer"]


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "liste.csv"
    path.write_text(LIST, "utf-8")
    return path


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "texte.toml"
    path.write_text(CRITERIA, "utf-8")
    return path


def ends(team: Team, code: int, *words: str, today: str = TODAY) -> Answer:
    """A command that ends with this code."""
    answer = team(*words, today=today)
    assert answer.code == code, answer.said
    return answer


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- a list ----------------------------------------------------------------------------------


def test_a_prescribers_list_comes_back_with_an_answer_and_reasons(team: Team, listed: Path) -> None:
    before = team.db.read_bytes()
    answer = ends(team, 5, "eligibility", "--from", str(listed), "--format", "csv", today=TODAY)
    found = rows(answer.out)
    assert list(found[0]) == [*LIST.splitlines()[0].split(";"), *ADDED]
    assert [row["Nom"] for row in found] == ["DIALLO", "TRAORE", "HAILU", "ABDI"]
    assert [row["eligible"] for row in found] == ["inconnu", "non", "non", ""]
    assert [row["voie"] for row in found] == ["n", "hors_voie", "n-1", ""]
    assert "Année du CIR : CIR : 05/09/2021" in found[1]["motifs"]
    assert "titres des quatre diapos" in found[1]["source"]
    assert "hors territoire le 09/10/2023 : 49 ouvert le 01/01/2024" in found[2]["motifs"]
    assert found[3]["motifs"] == "« 32/13/2022 » n'existe pas dans le calendrier."
    assert found[0]["a_completer"] == "domicile, orientation"
    assert found[0]["Remarque"].lstrip("'") == "+1 appel"
    assert "4 lignes lues : 0 oui, 2 non, 1 inconnu, 1 illisible" in answer.err
    assert team.db.read_bytes() == before


def test_the_list_fed_back_is_the_same_list(team: Team, listed: Path, tmp_path: Path) -> None:
    words = ("--format", "csv")
    first = ends(team, 5, "eligibility", "--from", str(listed), *words, today=TODAY).out
    again = tmp_path / "reponses.csv"
    again.write_text(first, "utf-8")
    assert ends(team, 5, "eligibility", "--from", str(again), *words, today=TODAY).out == first


def test_a_workbook_comes_back_as_a_workbook(team: Team, listed: Path, tmp_path: Path) -> None:
    out = tmp_path / "reponses.xlsx"
    ends(team, 5, "eligibility", "--from", str(listed), "--output", str(out), today=TODAY)
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert table[0] == [
        *LIST.splitlines()[0].split(";"), "Éligible", "Voie", "Règle", "Motifs", "Source",
        "À compléter",
    ]  # fmt: skip
    assert table[1][2] == "0123456789"


@pytest.mark.parametrize("shape", ["csv", "plain"])
def test_a_masked_list_says_who_nobody_is(team: Team, listed: Path, shape: str) -> None:
    words = ("--format", shape, "--mask")
    answer = ends(team, 5, "eligibility", "--from", str(listed), *words)
    for told in ("DIALLO", "Awa", "0123456789", "appel"):
        assert told not in answer.out
    assert "hors_voie" in answer.out


def test_nobody_need_be_named_in_a_list(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "sans-nom.csv"
    path.write_text("statut;date_cir\nrefugie;05/09/2023\nautre;05/09/2023\n", "utf-8")
    answer = team.does("eligibility", "--from", str(path), "--format", "csv", today=TODAY)
    assert [row["eligible"] for row in rows(answer.out)] == ["inconnu", "non"]


def test_two_columns_of_one_heading_keep_their_cells(team: Team, tmp_path: Path) -> None:
    path = tmp_path / "double.csv"
    path.write_text("statut;note;note\nrefugie;a;b\n", "utf-8")
    (row,) = rows(team.does("eligibility", "--from", str(path), "--format", "csv").out)
    assert [row[n] for n in ("note", "note (2)")] == ["a", "b"]


def test_a_right_used_up_is_said_in_a_list(team: Team, tmp_path: Path) -> None:
    number = ("--agdref", "0123456789")
    team.does("enroll", "--nom", "X-INVENTE", *number, *ORIENTED, today=TODAY)
    team.does("close", "44-1", "--motif", "arret_structure", "--on", TODAY, "--yes", today=TODAY)
    path = tmp_path / "liste.csv"
    path.write_text("nom;agdref;statut\nX;123456789;refugie\nY;0223456789;refugie\n", "utf-8")
    found = rows(team.does("eligibility", "--from", str(path), "--format", "csv", today=TODAY).out)
    assert [row["eligible"] for row in found] == ["non", "inconnu"]
    assert "44-0001" in found[0]["motifs"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("--from", "{}", "--statut", "refugie"), "--statut", id="un fait de trop"),
        pytest.param(("--map", "A=nom"), "--map ne va qu'avec --from", id="sans liste"),
        pytest.param(("--any-day",), "--any-day ne va qu'avec --with", id="sans règle"),
        pytest.param(("--with", "absent.toml"), "absent.toml", id="règle absente"),
        pytest.param(("--with", "{}"), "liste.csv", id="une liste pour une règle"),
        pytest.param(("--from", "absent.csv"), "absent.csv", id="liste absente"),
    ],
)
def test_what_does_not_go_together_is_said(
    team: Team, listed: Path, words: tuple[str, ...], told: str
) -> None:
    code = 5 if words == ("--with", "{}") else 2
    answer = ends(team, code, "eligibility", *(w.format(listed) for w in words))
    assert told in answer.err


# --- a text that is not added ----------------------------------------------------------------


def enrolled(team: Team, name: str, on: str, *words: str) -> None:
    team.does(
        "enroll", "--nom", name, "--statut", "refugie", "--date-cir", on, "--orientation",
        "acceptee", "--date-orientation", on, *words, today="15/03/2026",
    )  # fmt: skip


@pytest.fixture
def three(team: Team) -> Team:
    enrolled(team, "A-INVENTE", "10/02/2026", "--date-statut", "10/01/2020")
    enrolled(team, "B-INVENTE", "11/02/2026", "--date-statut", "10/01/2026")
    enrolled(team, "C-INVENTE", "10/12/2023", "--date-statut", "10/01/2020")
    return team


def test_what_a_text_would_change_how_many_who_by_which_criterion(three: Team, text: Path) -> None:
    answer = three.does("eligibility", "--with", str(text), today="15/03/2026")
    assert "3 dossiers du fichier, 2 d'un jour et d'un département de cette règle" in answer.out
    assert "change pour 2." in answer.out
    assert "Dont 2 que l'OFII a déjà orientés" in answer.out
    told = three.does(
        "eligibility", "--with", str(text), "--format", "json", today="15/03/2026"
    ).out
    assert [
        (row["dossier"], row["avant"], row["apres"], row["critere"]) for row in json.loads(told)
    ] == [
        ("44-0001", "règle non connue", "non", "Ancienneté de la protection ou du CIR"),
        ("44-0002", "règle non connue", "oui", "Règle applicable"),
    ]  # fmt: skip
    assert "criteres-2026" not in three.does("rules").out


def test_on_any_day_it_is_tried_on_the_others_too(three: Team, text: Path) -> None:
    told = three.does(
        "eligibility", "--with", str(text), "--any-day", "--format", "csv", today="15/03/2026"
    ).out
    changed = rows(told)
    assert [row["dossier"] for row in changed] == ["44-0001", "44-0002", "44-0003"]
    assert changed[2]["avant"], changed[2]["apres"] == ("inconnu", "non")


def test_a_text_may_cover_days_that_another_covers(team: Team, listed: Path, text: Path) -> None:
    text.write_text(CRITERIA.replace("start = 2026-01-01", "start = 2023-01-01"), "utf-8")
    found = rows(
        ends(team, 5, "eligibility", "--from", str(listed), "--with", str(text), "--format", "csv",
            today=TODAY).out
    )  # fmt: skip
    assert list(found[0])[-4:] == ["eligible_avec", "voie_avec", "motifs_avec", "change"]
    assert [row["eligible_avec"] for row in found] == ["inconnu", "inconnu", "inconnu", ""]
    assert [row["change"] for row in found] == ["non", "oui", "oui", ""]


def test_one_situation_is_compared_too(team: Team, text: Path) -> None:
    answer = team.does(
        "eligibility", "--statut", "refugie", "--date-statut", "10/01/2020", "--with", str(text),
        today="15/03/2026",
    )  # fmt: skip
    assert "Aujourd'hui : règle non connue" in answer.out
    assert "Avec cette règle : non" in answer.out


# --- places ----------------------------------------------------------------------------------


def test_a_ceiling_tells_a_waiting_list_and_refuses_nobody(three: Team, text: Path) -> None:
    places = '\n[places]\n44 = {}\nsource = "note"\n'
    words = (
        "eligibility",
        "--statut",
        "refugie",
        "--date-statut",
        "10/01/2026",
        "--format",
        "json",
    )
    for most, reply in ((1, "liste_attente"), (300, "libre")):
        text.write_text(CRITERIA + places.format(most), "utf-8")
        three.does("rules", "add", str(text))
        three.does("diagnose", "hold", "44-2", "--on", "20/02/2026", today="15/03/2026")
        three.does("contract", "sign", "44-2", "--on", "21/02/2026", today="15/03/2026")
        told = {
            row["critere"]: row for row in json.loads(three.does(*words, today="15/03/2026").out)
        }
        assert told["places"]["reponse"] == reply
        assert "dans le 44, 1 prise, 2 en attente d'un contrat" in told["places"]["fait"]
        assert told["eligible"]["reponse"] == "oui"


# --- the rules of a team ---------------------------------------------------------------------


def test_a_rule_set_is_checked_added_explained_and_taken_out(team: Team, text: Path) -> None:
    before = team.db.read_bytes()
    assert "aucune faute" in team.does("rules", "check", str(text)).err
    assert team.db.read_bytes() == before
    answer = team.does("rules", "add", str(text))
    assert "dans le 44, aucune règle n'est connue du 01/07/2024 au 31/12/2025" in answer.err
    assert "à la place de celle de l'équipe" in team.does("rules", "--add", str(text)).err
    told = team.does("rules", "explain", "criteres-2026").out
    assert "Depuis quand : du 01/01/2026 sans fin" in told
    assert "protection de moins de 24 mois au jour de la demande" in told
    assert "Note de service (exemple)" in told
    assert "trop_ancien" in team.does("rules", "explain", "anciennete").out
    assert "Critères 2026 (exemple) (criteres-2026), règle de l'équipe" in team.does("rules").out
    assert "Vouliez-vous dire" in ends(team, 2, "rules", "explain", "critere-2026").err
    team.does("rules", "remove", "criteres-2026")
    assert "criteres-2026" not in team.does("rules").out
    assert team.does("check").out == ""


def test_the_days_with_a_rule_are_told_for_each_department(team: Team, text: Path) -> None:
    told = rows(team.does("rules", "check", str(text), "--format", "csv").out)
    assert [
        (row["debut"], row["fin"], row["etat"]) for row in told if row["departement"] == "44"
    ] == [
        ("2022-01-01", "2022-12-31", "non couvert"), ("2023-01-01", "2024-06-30", "couvert"),
        ("2024-07-01", "2025-12-31", "non couvert"), ("2026-01-01", "2027-12-31", "couvert"),
    ]  # fmt: skip
    clocks = {row["regle"]: row for row in told if row["nature"] == "delai"}
    assert len(clocks) == 11
    assert {(r["debut"], r["fin"]) for r in clocks.values()} == {("2022-01-01", "2027-12-31")}


def test_a_refused_rule_set_says_every_fault_and_the_file_is_as_it_was(
    team: Team, text: Path
) -> None:
    text.write_text(CRITERIA.replace('"protection"', '"age"').replace("24", '"deux"'), "utf-8")
    before = team.db.read_bytes()
    for words in (("rules", "add"), ("rules", "check"), ("eligibility", "--with")):
        answer = ends(team, 5, *words, str(text))
        assert "texte.toml, ligne 10 : criteria.window.anchor : « age »" in answer.err
        assert "texte.toml, ligne 11 : criteria.window.under_months : « deux »" in answer.err
    assert team.db.read_bytes() == before


def test_a_new_file_says_once_how_a_team_adds_its_rules(team: Team, tmp_path: Path) -> None:
    team.db = tmp_path / "neuf.db"
    answer = team.does("init", "--department", "44", today="15/03/2026")
    assert answer.err.count("aucune règle connue depuis le 01/07/2024, l'OFII décide") == 1
    assert "agir rules add FICHIER" in answer.err
