"""`agir declare`: what the ministry was told, what has changed since, what it sent back."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest

from agir_cli.usecases import ledger
from tests.cli.coordinator import ORIENTED, Answer, Team

DAY = "09/10/2023"
WHO = ("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--agdref", "9903123451")


def rows(answer: Answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.out)))


def standing(team: Team, *words: str, today: str = "23/11/2023") -> list[tuple[str, str]]:
    """The state of each dossier and the columns that have changed."""
    answer = team.does("declare", "list", "--etat", "tout", *words, "--format", "csv", today=today)
    return [(row["declaration"], row["modifie_depuis"]) for row in rows(answer)]


@pytest.fixture
def ref(team: Team) -> str:
    return team.enrols(*WHO, *ORIENTED)


def test_the_list_is_as_long_as_the_funnel_and_a_receipt_empties_it(
    built_demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo = Team(Path(shutil.copy(built_demo, tmp_path / "demo.db")), capsys)
    persons = rows(demo.does("report", "funnel", "--list", "personnes", "--format", "csv",
                             today=DAY))  # fmt: skip
    listed = rows(demo.does("declare", "list", "--format", "csv", today=DAY))
    assert [row["dossier"] for row in listed] == [row["dossier"] for row in persons]
    receipt = tmp_path / "recu.csv"
    told = "".join(f"{row['dossier']};{DAY};F-{n}\n" for n, row in enumerate(listed))
    receipt.write_text("dossier;date_declaration;numero_declaration\n" + told, "utf-8")
    demo.does("declare", "mark", "--from", str(receipt), today=DAY)
    assert set(standing(demo, today=DAY)) == {("a_jour", "")}
    assert rows(demo.does("declare", "list", "--format", "csv", today=DAY)) == []
    assert "à jour 1255" in demo.does("declare", "list", today=DAY).said
    demo.does("situation", "set", listed[0]["dossier"], "--on", DAY,
              "--situation-professionnelle", "cdi", today=DAY)  # fmt: skip
    (row,) = rows(demo.does("declare", "list", "--format", "csv", today=DAY))
    told = (row["dossier"], row["declaration"], row["modifie_depuis"])
    assert told == (listed[0]["dossier"], "modifie", "situation_professionnelle_actuelle")
    demo.does("undo", "--last", "--yes", today=DAY)
    assert set(standing(demo, today=DAY)) == {("a_jour", "")}


def test_what_changed_is_named_and_gone_once_it_is_put_back(team: Team, ref: str) -> None:
    assert standing(team) == [("jamais", "")]
    team.does("declare", "mark", ref, "--on", "02/11/2023", "--numero", "77-1")
    team.does("enroll", "--dossier", ref, "--telephone", "0612345678", "--nom", "DIALO-INVENTE")
    assert standing(team) == [("modifie", "nom+telephone")]
    team.does("enroll", "--dossier", ref, "--nom", "DIALLO-INVENTE")
    assert standing(team) == [("modifie", "telephone")]
    team.does("diagnose", "hold", ref, "--on", "10/11/2023")
    assert standing(team) == [("modifie", "telephone+date_diagnostic")]
    team.does("declare", "mark", ref, "--on", "20/11/2023")
    assert standing(team) == [("a_jour", "")]
    assert "77-1" in team.does("show", ref, "--events").out


def test_what_is_declared_again_as_it_was_says_that_it_has_changed(team: Team, ref: str) -> None:
    again = ("declare", "mark", ref, "--on", "02/11/2023", "--numero", "77-1")
    team.does(*again)
    assert "changé depuis" not in team.does(*again).err
    team.does("enroll", "--dossier", ref, "--telephone", "0612345678")
    answer = team.does(*again)
    assert "déjà enregistré" in answer.out
    assert "le dossier a changé depuis. (Identité ou coordonnées modifiées)" in answer.err
    number = answer.err.split(f"agir correct {ref} ")[1].split()[0]
    team.does("correct", ref, number, "--void", "--reason", "fiche corrigée le jour même")
    team.does(*again)
    assert standing(team) == [("a_jour", "")]
    assert "changé depuis" not in team.does(*again).err


def test_a_form_says_which_fields_count(team: Team, ref: str, tmp_path: Path) -> None:
    form = tmp_path / "export.csv"
    form.write_text("N° étranger;Nom;Prénom;N° unique;Statut\n1;X;Y;2;Z\n", "utf-8")
    team.does("declare", "mark", ref, "--on", "02/11/2023")
    team.does("enroll", "--dossier", ref, "--telephone", "0612345678", "--statut", "apatride")
    assert standing(team, "--like", str(form)) == [("modifie", "statut")]
    answer = team.does("declare", "export", "--like", str(form), "--format", "csv")
    assert answer.out.splitlines() == [
        "N° étranger,Nom,Prénom,N° unique,Statut", "9903123451,DIALLO-INVENTE,Awa,,apatride"
    ]  # fmt: skip
    assert "Colonne ignorée (inconnue) : N° unique" in answer.err
    for_people = team.does("declare", "export", "--like", str(form), "--format", "markdown")
    assert "Apatride" in for_people.out


def test_a_form_that_asks_for_housing_sees_that_it_changed(
    team: Team, ref: str, tmp_path: Path
) -> None:
    form = tmp_path / "export.csv"
    form.write_text("N° étranger;Nom;Logement\n1;X;Y\n", "utf-8")
    team.does("declare", "mark", ref, "--on", "02/11/2023")
    team.does("situation", "set", ref, "--on", "10/11/2023",
              "--situation-logement", "logement_autonome")  # fmt: skip
    told = [("modifie", "situation_logement_actuelle")]
    assert standing(team, "--like", str(form)) == told
    answer = team.does("declare", "export", "--like", str(form), "--format", "csv")
    assert answer.out.splitlines()[1:] == ["9903123451,DIALLO-INVENTE,logement_autonome"]


def test_what_came_back_is_to_be_declared_anew(team: Team, ref: str) -> None:
    team.does("declare", "mark", ref, "--on", "02/11/2023", "--numero", "77-1")
    team.does("declare", "reject", ref, "--on", "05/11/2023", "--motif", "numéro inconnu")
    again = team.does("declare", "reject", ref, "--on", "05/11/2023")
    assert "déjà enregistré" in again.said
    (row,) = rows(team.does("declare", "list", "--format", "csv"))
    assert (row["declaration"], row["motif_declaration"]) == ("rejete", "numéro inconnu")
    assert "numéro inconnu" in team.does("report", "timeline", ref).out
    team.does("declare", "mark", ref, "--on", "05/11/2023", "--numero", "77-2")
    assert standing(team) == [("a_jour", "")]


def test_what_came_back_and_is_sent_again_under_its_number_is_declared(
    team: Team, ref: str
) -> None:
    """The form of the ministry keeps its number; an older receipt read again changes nothing."""
    team.does("declare", "mark", ref, "--on", "02/11/2023", "--numero", "77-1")
    team.does("declare", "reject", ref, "--on", "05/11/2023")
    for day, state in (("02", "rejete"), ("05", "a_jour"), ("05", "a_jour")):
        team.does("declare", "mark", ref, "--on", f"{day}/11/2023", "--numero", "77-1")
        assert standing(team) == [(state, "")]


def test_the_columns_of_a_form_are_learned_from_its_headings_and_kept(
    team: Team, ref: str, tmp_path: Path
) -> None:
    form, own = tmp_path / "export.csv", ("--format", "csv")
    form.write_text("N° DS;Numéro AGDREF2;Autre chose;Nom de naissance;Titre de séjour\n", "utf-8")
    words = ("declare", "export", "--like", str(form), "--map", "Autre chose=statut")
    learned = team.does(*words, "--save-map", "ministere", *own)
    assert learned.out.splitlines()[1:] == [",9903123451,refugie,DIALLO-INVENTE,"]
    form.unlink()
    assert team.does("declare", "export", "--use-map", "ministere", *own).out == learned.out
    team.does("declare", "mark", ref, "--on", "02/11/2023")
    team.does("enroll", "--dossier", ref, "--telephone", "0612345678")
    assert standing(team, "--use-map", "ministere") == [("a_jour", "")]
    assert team("declare", "list", "--use-map", "prefecture").code == 2


def test_a_receipt_has_the_headings_of_the_form_and_its_hours(
    team: Team, ref: str, tmp_path: Path
) -> None:
    receipt = tmp_path / "recu.csv"
    row = "14725811;03/11/2023 14:22;9903123451;DIALLO-INVENTE"
    heads = "N° DS;Déposé le;N° AGDREF2;Nom"
    receipt.write_bytes(f"{heads}\n{row}\n".encode("cp1252"))
    for _ in range(2):
        team.does("declare", "mark", "--from", str(receipt))
    (row_,) = rows(team.does("declare", "list", "--etat", "a_jour", "--format", "csv"))
    assert (row_["date_declaration"], row_["numero_declaration"]) == ("2023-11-03", "14725811")


def test_our_own_list_is_declared_on_a_day_and_taken_back(team: Team, tmp_path: Path) -> None:
    refs = [team.enrols("--nom", f"{name}-INVENTE", *ORIENTED) for name in ("UN", "DEUX", "TROIS")]
    team.does("declare", "mark", refs[1], "--on", "02/11/2023")
    for name in ("liste.csv", "liste.xlsx"):
        path = str(tmp_path / name)
        team.does("declare", "list", "--etat", "tout", "--output", path)
        assert team("declare", "mark", "--from", path).code == 5, "no day, in the row or for it"
        wrong = team("declare", "mark", "--from", path, "--on", "45/13")
        assert (wrong.code, "--on" in wrong.err) == (2, True)
        team.does("declare", "mark", "--from", path, "--on", "06/11/2023")
        days = {row["dossier"]: row["date_declaration"] for row in rows(
            team.does("declare", "list", "--etat", "tout", "--format", "csv"))}  # fmt: skip
        assert days == dict(zip(refs, ("2023-11-06", "2023-11-02", "2023-11-06"), strict=True))
        assert "inchangés 3" in team.does("declare", "mark", "--from", path, "--on", "06/11").err
        batch = team.does("batches", "--format", "csv", "--columns", "lot").out.split()[1]
        team.does("undo", batch, "--yes")
        assert [state for state, _ in standing(team)] == ["jamais", "a_jour", "jamais"]


def test_what_was_known_on_an_earlier_day(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, *words in (
        ("01", "enroll", *WHO, *ORIENTED),
        ("02", "declare", "mark", "44-0001", "--on", "02/11/2023"),
        ("05", "enroll", "--dossier", "44-0001", "--statut", "apatride"),
    ):  # fmt: skip
        monkeypatch.setattr(ledger, "now", lambda day=day: f"2023-11-{day}T10:00:00.000000Z")
        team.does(*words)
    assert standing(team, "--known-on", "01/11/2023") == [("jamais", "")]
    assert standing(team, "--known-on", "03/11/2023") == [("a_jour", "")]
    assert standing(team) == [("modifie", "statut")]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(("reject", "44-0001", "--on", "05/11/2023"), 3, "Aucune déclaration",
                     id="rien à rejeter"),
        pytest.param(("mark", "44-0001", "--on", "05/12/2023"), 3, "à venir", id="à venir"),
        pytest.param(("export",), 2, "--like", id="sans disposition"),
        pytest.param(("list", "--etat", "bidon"), 2, "jamais", id="état inconnu"),
    ],
)  # fmt: skip
def test_a_wrong_word_or_day_is_told(
    team: Team, ref: str, words: tuple[str, ...], code: int, told: str
) -> None:
    answer = team("declare", *words)
    assert (answer.code, told in answer.err) == (code, True), answer.err


def test_a_rejection_is_not_before_its_declaration(team: Team, ref: str) -> None:
    team.does("declare", "mark", ref, "--on", "05/11/2023")
    answer = team("declare", "reject", ref, "--on", "04/11/2023")
    assert (answer.code, "05/11/2023" in answer.err) == (3, True)
