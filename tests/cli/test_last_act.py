"""The last act undone, an import by its number, and what `correct` proposes and puts right."""

from __future__ import annotations

from pathlib import Path

import pytest

from agir_cli.cli.app import main
from tests.cli.coordinator import ORIENTED, TODAY, Team
from tests.cli.keyboard import CTRL_C, Keyboard

WHO = ("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--agdref", "0999999901")


def lists(team: Team) -> list[tuple[object, ...]]:
    """Everything that the lists and the persons say."""
    return [
        *team.rows("SELECT * FROM dossiers ORDER BY id"), *team.rows("SELECT * FROM people"),
        *team.rows("SELECT person, field, former FROM identities"),
        *team.rows("SELECT * FROM appointments"), *team.rows("SELECT * FROM steps"),
    ]  # fmt: skip


# --- the last act ------------------------------------------------------------------------

ACTS = {
    "enroll": ("enroll", "--nom", "KEITA-INVENTE", *ORIENTED),
    "le ménage": ("enroll", "--nom", "KEITA-INVENTE", "--menage", "44-0001", *ORIENTED),
    "diagnose book": ("diagnose", "book", "44-0001", "--on", "24/11/2023 14h"),
    "diagnose hold": ("diagnose", "hold", "44-0001", "--on", "20/11/2023"),
    "step add": ("step", "add", "44-0001", "--etape", "Cours de FLE"),
    "situation": ("situation", "set", "44-0001", "--on", "hier", "--niveau-francais", "a1"),
    "identité": ("enroll", "--dossier", "44-0001", "--nom", "DIALO-INVENTE"),
    "numéro": ("enroll", "--dossier", "44-0001", "--agdref", "0999999902"),
    "close": ("close", "44-0001", "--motif", "transfert", "--on", "hier"),
}


@pytest.mark.parametrize("words", ACTS.values(), ids=ACTS.keys())
def test_each_act_is_shown_in_words_then_undone(team: Team, words: tuple[str, ...]) -> None:
    team.enrols(*WHO, *ORIENTED)
    before = lists(team)
    team.does(*words)
    with_it = lists(team)
    looked = team.does("undo", "--last")
    assert "Dernier acte de coordination" in looked.out
    assert "Essai : rien n'a été enregistré." in looked.err
    assert lists(team) == with_it != before
    assert "Annulé" in team.does("undo", "--last", "--yes").err
    assert lists(team) == before
    assert team("check").code == 0


def test_twice_undoes_the_one_before(team: Team) -> None:
    ref = team.diagnosed(*WHO)
    team.does("step", "add", ref, "--etape", "Permis")
    team.does("undo", "--last", "--yes")
    told = team.does("undo", "--last", "--yes", "--format", "csv").out
    assert "diagnostic AGIR 25/01/2023" in told
    assert team.rows("SELECT etape, date_diagnostic FROM dossiers") == [("diagnostic", None)]
    team.does("undo", "--last", "--yes")
    assert team.rows("SELECT 1 FROM dossiers") == []
    nothing = team("undo", "--last", "--yes")
    assert (nothing.code, "n'a rien enregistré" in nothing.err) == (4, True)
    assert team("check").code == 0


def test_the_act_of_somebody_else_is_not_mine(team: Team) -> None:
    ref = team.enrols(*WHO, *ORIENTED)
    main(["--db", str(team.db), "--today", TODAY, "--author", "autre",
          "step", "add", ref, "--etape", "Permis"])  # fmt: skip
    stays = team("undo", "--last", "--yes")
    assert stays.code == 5
    assert "touché depuis : étape du parcours" in " ".join(stays.out.split())
    assert team.rows("SELECT 1 FROM dossiers") == [(1,)]


def test_a_used_up_right_comes_back_only_for_a_reason(team: Team) -> None:
    ref = team.refused(*WHO)
    for words in ((), ("--reason", "x")):
        assert team("undo", "--last", "--yes", *words).code == 2
    keyboard = Keyboard(team, "undo", "--last").types("erreur", "mauvais dossier ouvert")
    assert "DIALLO-INVENTE Awa" in keyboard.asked()
    keyboard.types(ref)
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT definitif FROM dossiers") == [("non",)]
    assert team.rows("SELECT value FROM texts WHERE value LIKE '%mauvais dossier ouvert'")


def test_on_a_terminal_undo_alone_asks_first(team: Team) -> None:
    ref = team.enrols(*WHO, *ORIENTED)
    keyboard = Keyboard(team, "undo")
    shown = keyboard.asked()
    assert "Dernier acte de coordination" in shown
    assert "Annuler cet acte ? (o/N)" in shown
    keyboard.types("")
    assert keyboard.ends() == 130
    assert team.rows("SELECT dossier FROM dossiers") == [(ref,)]
    assert Keyboard(team, "undo").types("o").ends() == 0
    assert team.rows("SELECT dossier FROM dossiers") == []


@pytest.mark.parametrize("words", [(), ("3", "--last")], ids=["rien", "les deux"])
def test_one_says_which(team: Team, words: tuple[str, ...]) -> None:
    answer = team("undo", *words)
    assert (answer.code, "Dites lequel" in answer.err) == (2, True)


def test_a_corrected_date_is_corrected_not_undone(team: Team) -> None:
    ref = team.diagnosed(*WHO)
    number = str(team.events())
    team.does("correct", ref, number, "--on", "24/01/2023", "--reason", "frappe")
    answer = team("undo", "--last", "--yes")
    assert (answer.code, "correction de date" in answer.err) == (2, True)
    assert team.rows("SELECT date_diagnostic FROM dossiers") == [("2023-01-24",)]


def test_a_fact_voided_by_hand_is_the_last_act_and_stays_voided(team: Team) -> None:
    """Not the act before, which it has touched."""
    ref = team.diagnosed(*WHO)
    team.does("correct", ref, str(team.events()), "--void", "--reason", "mauvais dossier")
    before = team.fingerprint()
    for words in ((), ("--yes",)):
        answer = team("undo", "--last", *words)
        assert (answer.code, "l'annulation d'un fait" in answer.err) == (2, True), answer.said
        assert "enregistrez-le à nouveau" in answer.err
    assert team.fingerprint() == before
    team.does("step", "add", ref, "--etape", "Permis")
    team.does("undo", "--last", "--yes")
    assert team("undo", "--last", "--yes").code == 2


def test_an_import_is_undone_by_its_short_number_or_as_the_last_act(
    team: Team, tmp_path: Path
) -> None:
    for number, name in enumerate(("A", "B", "C"), 1):
        source = tmp_path / f"{name}.csv"
        source.write_text(f"nom;prenoms\n{name}-INVENTEE;Ada\n", "utf-8")
        team.does("enroll", "--from", str(source))
        assert f"{number};" in team.does("batches", "--excel", "--columns", "numero,lot").out
    assert "B.csv" in team.does("undo", "2").err
    team.does("undo", "2", "--yes")
    assert team.rows("SELECT nom FROM people ORDER BY 1") == [("A-INVENTEE",), ("C-INVENTEE",)]
    assert "C.csv" in team.does("undo", "--last", "--yes").err
    assert team.rows("SELECT nom FROM people") == [("A-INVENTEE",)]
    assert team("undo", "9").code == 4


# --- what correct proposes ---------------------------------------------------------------


def test_correct_tells_the_acts_in_words(team: Team) -> None:
    ref = team.contracted(*WHO)
    before = team.fingerprint()
    answer = team("correct", ref)
    assert answer.code == 2
    assert "25/01/2023 : Diagnostic AGIR" in answer.err
    assert "17/02/2023 : Contrat AGIR signé" in answer.err
    assert "Dossier ouvert" not in answer.err
    assert team.fingerprint() == before


def test_on_a_terminal_correct_asks_which_how_and_why(team: Team) -> None:
    ref = team.contracted(*WHO)
    number = str(team.events())
    keyboard = Keyboard(team, "correct", ref).types("99", number, "2", "16/02/2023", "", "faute")
    assert f"Corriger le fait n° {number} ?" in keyboard.asked()
    keyboard.types("o")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT date_contrat FROM dossiers") == [("2023-02-16",)]
    keyboard = Keyboard(team, "correct", ref).types(CTRL_C)
    assert keyboard.ends() == 130


def test_correct_alone_asks_whom_goes_back_helps_and_repeats_before_it_is_done(team: Team) -> None:
    team.contracted(*WHO)
    number = str(team.events())
    keyboard = Keyboard(team, "correct").types("diallo", number, "?")
    assert "un fait reste visible" in " ".join(keyboard.asked().split())
    keyboard.types("2", "31/02/2023")
    assert "« 31/02/2023 » n'existe pas dans le calendrier" in " ".join(keyboard.asked().split())
    keyboard.types("16/02/2023", "<")
    assert "Corriger sa date" in keyboard.asked()
    keyboard.types("2", "15/02", "faute de frappe")
    told = keyboard.asked()
    for said in (f"{number}  17/02/2023 : Contrat AGIR signé", "Corriger sa date : 15/02/2023",
                 "Pourquoi   : faute de frappe"):  # fmt: skip
        assert said in told
    keyboard.types("o")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT date_contrat FROM dossiers") == [("2023-02-15",)]
    assert max(map(len, keyboard.text.splitlines())) <= 80
    missing = team("correct")
    assert (missing.code, "référence du dossier" in missing.err) == (2, True)


def test_a_mistaken_identity_is_given_back(team: Team) -> None:
    ref = team.enrols(*WHO, *ORIENTED)
    before = lists(team)
    team.does("enroll", "--dossier", ref, "--nom", "KEITA-INVENTE", "--telephone", "0612345678")
    number = str(team.events())
    team.does("step", "add", ref, "--etape", "Permis")
    void = ("correct", ref, number, "--void", "--reason", "mauvais dossier")
    redated = team("correct", ref, number, "--on", "hier", "--reason", "x")
    assert (redated.code, "identite_se_redit" in redated.err) == (3, True)
    answer = team.does(*void)
    assert "Nom : KEITA-INVENTE → DIALLO-INVENTE" in answer.err
    team.does("correct", ref, str(int(number) + 1), "--void", "--reason", "mauvais dossier")
    assert lists(team) == before
    assert "[ANNULÉ]" in team.does("show", ref, "--events").out
    assert team("find", "keita").code == 4, "it was never their name"
    again = team(*void)
    assert (again.code, "identite_se_redit" in again.err or "annulé" in again.err) == (3, True)
    assert team("check").code == 0


def test_a_name_given_back_may_be_that_of_a_right_used_up_since(team: Team) -> None:
    ref = team.enrols("--nom", "KEITA-INVENTE", "--date-naissance", "1990", *ORIENTED)
    team.does("enroll", "--dossier", ref, "--nom", "ZARKOTI-INVENTE")
    number = str(team.events())
    used_up = team.refused("--nom", "KEITA-INVENTE", "--date-naissance", "1990",
                           "--not-the-same", ref)  # fmt: skip
    void = ("correct", ref, number, "--void", "--reason", "le premier nom était le bon")
    before = team.fingerprint()
    asked = team(*void)
    assert (asked.code, f"--not-the-same {used_up}" in asked.err) == (4, True), asked.err
    assert "son droit est épuisé" in asked.err
    assert team.fingerprint() == before
    team.does(*void, "--not-the-same", used_up)
    assert team.rows("SELECT nom FROM people ORDER BY 1") == [("KEITA-INVENTE",)] * 2
    assert team("check").code == 0


def test_an_identity_changed_since_stays(team: Team) -> None:
    ref = team.enrols(*WHO, *ORIENTED)
    team.does("enroll", "--dossier", ref, "--nom", "KEITA-INVENTE")
    number = str(team.events())
    team.does("enroll", "--dossier", ref, "--nom", "KONE-INVENTE")
    answer = team("correct", ref, number, "--void", "--reason", "mauvais dossier")
    assert (answer.code, "identite_touchee" in answer.err) == (3, True)
    assert team.rows("SELECT nom FROM people") == [("KONE-INVENTE",)]


def test_a_mistaken_referent_and_office_are_put_right_in_their_act(team: Team) -> None:
    ref = team.diagnosed(*WHO)
    team.does("assign", ref, "--on", "02/02/2023", "--referent", "A. Martin-Inventé",
              "--priorites", "droit_logement")  # fmt: skip
    commission = str(team.events())
    team.does("contract", "book", ref, "--on", "14/02/2023 10h", "--bureau", "44-C1")
    booking = str(team.events())
    team.does("contract", "sign", ref, "--on", "17/02/2023")
    why = ("--reason", "erreur de nom")
    told = team.does("correct", ref, commission, "--referent", "B. Durand-Inventé", *why).err
    assert "Référent parcours : A. Martin-Inventé → B. Durand-Inventé" in told
    told = team.does("correct", ref, booking, "--bureau", "44-C2", *why).err
    assert "Bureau : Centre – Rezé → " in told
    assert team.rows("SELECT referent, priorites, date_commission, bureau FROM dossiers") == [
        ("R002", "droit_logement", "2023-02-02", "44-C2")
    ]
    elsewhere = team("correct", ref, booking, "--referent", "B. Durand-Inventé", *why)
    assert elsewhere.code == 3
    assert "champ_ailleurs" in team("correct", ref, "4", "--bureau", "44-C2", *why).err
    assert team("check").code == 0
