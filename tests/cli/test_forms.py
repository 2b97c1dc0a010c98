"""Forms: an act without its required options asks for them on a terminal, one question a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from agir_cli.cli import form, questions
from agir_cli.domain.commands import Command, field_names
from agir_cli.domain.fields import FIELDS
from tests.cli.coordinator import OBEYED, ORIENTED, TODAY, Team
from tests.cli.keyboard import CTRL_C, CTRL_D, Keyboard, plays

# A mother, a father and their daughter, who are nobody.
FAMILY = """
Nom de famille : SARVAR-INVENTEE
Prénoms : Léïla
Né(e) le : 14/03/1990
N° étranger (AGDREF) : 0999999901
Votre choix : 1
CIR signé le : 10/10/2023
Votre choix : 1
Orientée le [10/10/2023] :
Commune où la personne habite : Nantes
Commune de domiciliation [Nantes (44)] :
Votre choix : CADA
Votre choix : 1
Autre chose à noter ? (o/N) :
Enregistrer ? (o/n ; un numéro change la réponse, + ajoute) : o
Inscrire une autre personne du ménage ? (o/N, ou des enfants : 2014 2016) : o
Nom de famille [SARVAR-INVENTEE] :
Prénoms : Ömer
Né(e) le : 1988
N° étranger (AGDREF) : 0999999902
Votre choix : conjoint
CHOICE [Réfugié(e)] :
CIR signé le [10/10/2023] :
Votre choix : cdi
Autre chose à noter ? (o/N) :
Enregistrer ? (o/n ; un numéro change la réponse, + ajoute) : o
Inscrire une autre personne du ménage ? (o/N, ou des enfants : 2014 2016) : o
Nom de famille [SARVAR-INVENTEE] :
Prénoms : Nour
Né(e) le : 06/2015
N° étranger (AGDREF) :
Votre choix : 3
CHOICE [Réfugié(e)] :
Autre chose à noter ? (o/N) : n
Enregistrer ? (o/n ; un numéro change la réponse, + ajoute) : o
Inscrire une autre personne du ménage ? (o/N, ou des enfants : 2014 2016) : n
""".replace("CHOICE", "Votre choix")


def test_a_family_of_three_is_enrolled_in_under_forty_answers(team: Team) -> None:
    keyboard, count = plays(team, FAMILY, "enroll")
    assert keyboard.ends() == 0, keyboard.text
    assert count < 40
    rows = team.rows(
        "SELECT d.dossier, p.prenoms, d.menage, d.lien_menage, d.date_cir, d.commune_residence,"
        " d.detail_logement_entree, d.situation_professionnelle_entree, d.orientation"
        " FROM dossiers d JOIN people p ON p.id = d.personne ORDER BY 1"
    )
    home, cada = "insee:44109", "cada"
    assert rows == [
        ("44-0001", "Léïla", "44-0001", None, "2023-10-10", home, cada, "sans_emploi", "acceptee"),
        ("44-0002", "Ömer", "44-0001", "conjoint", "2023-10-10", home, cada, "cdi", "acceptee"),
        ("44-0003", "Nour", "44-0001", "enfant", None, home, cada, None, None),
    ]
    assert "Repris de la famille :" in keyboard.text
    assert max(map(len, keyboard.text.splitlines())) <= 80
    assert team("check").code == 0


# --- how one answers ---------------------------------------------------------------------


def test_a_bad_answer_is_asked_again_and_nothing_before_it_is_lost(team: Team) -> None:
    keyboard = Keyboard(team, "enroll").types("DIALLO-INVENTE", "Awa", "31/02/1994")
    asked = keyboard.asked()
    assert "31/02/1994" in asked
    assert "Attendu : 25/01/2023, 01/2023 ou 2023" in " ".join(asked.split())
    keyboard.types("1994", "", "autruche")
    assert "Attendu : un numéro de 1 à 5, ou le mot" in keyboard.asked()
    keyboard.types("apat", *[""] * 6, "", "o", "n")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT nom, prenoms, date_naissance FROM people") == [
        ("DIALLO-INVENTE", "Awa", "1994")
    ]
    assert team.rows("SELECT statut FROM dossiers") == [("apatride",)]


def test_one_goes_back_asks_for_help_and_empties(team: Team) -> None:
    keyboard = Keyboard(team, "enroll").types("DIALO-INVENTE", "<")
    assert keyboard.asked().endswith("Nom de famille [DIALO-INVENTE] : ")
    keyboard.types("DIALLO-INVENTE", "Awa", "?")
    assert "Une date (14/03/1994), un mois (03/1994)" in keyboard.asked()
    keyboard.types("1994", "", "1", "10/10/2023", "1", "-")
    keyboard.types("Nantes", "-", *[""] * 3)
    summary = keyboard.types("4").asked()
    assert "Statut" in summary
    keyboard.types("2", "o", "n")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT statut, date_orientation, commune_domicile FROM dossiers") == [
        ("protection_subsidiaire", None, None)
    ]


def test_somebody_has_a_name(team: Team) -> None:
    keyboard = Keyboard(team, "enroll").types("", "")
    assert "Il faut une réponse" in keyboard.asked()
    keyboard.types(CTRL_C)
    assert keyboard.ends() == 130


@pytest.mark.parametrize("leaves", [CTRL_C, CTRL_D, "n"], ids=["Ctrl-C", "Ctrl-D", "n"])
def test_who_leaves_writes_nothing_and_reads_one_sentence(team: Team, leaves: str) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    before = team.fingerprint()
    keyboard = Keyboard(team, "diagnose", "absent").types(ref, "", leaves)
    assert keyboard.ends() == 130
    assert keyboard.text.count("Abandonné : rien n'a été enregistré.") == 1
    assert "Traceback" not in keyboard.text
    assert team.fingerprint() == before


def test_what_is_pasted_does_not_drive_the_terminal(team: Team) -> None:
    ref = team.contracted()
    long = "Permis de conduire échangé, é" * 40
    keyboard = Keyboard(team, "step", "add").types(ref, "a\x16\x1b[31mb")
    assert "caractère de commande invisible" in keyboard.asked()
    keyboard.types(long, "", "droits", "", "o")
    assert keyboard.ends() == 0, keyboard.text
    pasted = "\x1b[200~Cours\nde FLE\x1b[201~"
    assert Keyboard(team, "step", "add").types(ref, pasted, "", "", "", "o").ends() == 0
    kept = [str(text) for (text,) in team.rows("SELECT value FROM texts")]
    assert "Cours de FLE" in kept, "several lines pasted are one answer"
    assert any(long in text for text in kept)
    assert not OBEYED.search(keyboard.text.replace("\n", "").replace("\x07", ""))


def test_where_stdout_is_a_file_questions_go_to_the_terminal(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    keyboard = Keyboard(team, "diagnose", "absent", piped=True).types(ref, "", "o")
    assert keyboard.ends() == 0
    assert "Quel dossier ?" in keyboard.text
    assert "Quel dossier ?" not in keyboard.out
    assert f"Dossier {ref} : enregistré." in keyboard.out


@pytest.mark.parametrize(
    ("words", "missing"),
    [("enroll", "Nom"), ("diagnose hold", "référence du dossier"), ("close 44-1", "Motif")],
)
def test_off_a_terminal_what_is_missing_is_named(team: Team, words: str, missing: str) -> None:
    answer = team(*words.split())
    assert answer.code == 2
    assert missing.lower() in answer.err.lower()


# --- each act ----------------------------------------------------------------------------


def act(team: Team, words: str, *answers: str) -> str:
    keyboard = Keyboard(team, *words.split()).types(*answers)
    assert keyboard.ends() == 0, keyboard.text
    assert max(map(len, keyboard.text.splitlines())) <= 80
    return keyboard.text


def test_a_life_is_told_by_forms_alone(team: Team) -> None:
    """Booked, missed, held, brought to the commission, contracted, followed, closed."""
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", *ORIENTED)
    booked = act(team, "diagnose book", "diallo", "23/11/2023 14h", "7", "1+2", "", "o")
    assert "23/11/2023 à 14:00" in booked
    act(team, "diagnose absent", ref, "", "o")
    act(team, "diagnose hold", ref, "hier", "o", "Droit-Logement", "o")
    assigned = act(team, "assign", ref, "", "", "1", "A. Martin-Inventé", "", "o")
    assert "Priorité retenue                 : Droit-Logement" in assigned
    act(team, "contract book", ref, "23/11/2023 10h30", "rezé", "", "", "o")
    act(team, "contract absent", ref, "", "o")
    act(team, "contract sign", ref, "", "Pâtisserie", "o")
    act(team, "interview add", ref, "", "o")
    act(team, "situation set", ref, "", "logement autonome", "cdi", "b1", "", "o")
    act(team, "step add", ref, "Permis de conduire", "2023-07", "2", "", "o")
    closed = act(team, "close", ref, "transfert", "", "", "o")
    assert "non définitif" in closed
    assert team.rows("SELECT referent, etape, priorites, bureau FROM dossiers") == [
        ("R001", "clos", "droit_logement", "44-C1")
    ]
    assert team("check").code == 0


def test_a_liaison_form_is_filled_in(team: Team) -> None:
    ref = team.enrols("--nom", "KEITA-INVENTE", "--date-cir", "12/05/2022", *ORIENTED[:8])
    act(team, "liaison add", ref, "04/10/2023", "o", "CADA de Rezé", "", "o")
    act(team, "liaison decide", ref, "1", "20/10/2023", "", "", "o")
    assert team.rows("SELECT voie, etape, souhait FROM dossiers") == [("n-1", "diagnostic", "oui")]


def test_a_definitive_act_wants_the_reference_as_ever(team: Team) -> None:
    ref = team.diagnosed("--nom", "DIALLO-INVENTE")
    keyboard = Keyboard(team, "contract", "refuse").types(ref, "", "o")
    assert "Retapez la référence" in keyboard.asked()
    keyboard.types("oui")
    assert keyboard.ends() == 2
    assert team.rows("SELECT definitif FROM dossiers") == [("non",)]
    act(team, "contract refuse", ref, "", "o", ref)
    assert team.rows("SELECT definitif FROM dossiers") == [("oui",)]


def test_a_motive_that_is_definitive_says_so_in_the_list(team: Team) -> None:
    ref = team.contracted()
    asked = Keyboard(team, "close").types(ref)
    shown = asked.asked()
    assert "Arrêt à l'initiative du bénéficiaire (définitif)" in shown
    assert "Refus d'engagement" not in shown
    asked.types(CTRL_D).ends()


# --- whom, and what is told before it is asked -------------------------------------------


def test_several_candidates_are_a_numbered_list(team: Team) -> None:
    for first in ("Awa", "Binta"):
        team.enrols("--nom", "DIALLO-INVENTE", "--prenoms", first, *ORIENTED)
    keyboard = Keyboard(team, "diagnose", "absent").types("personne", "diallo")
    asked = keyboard.asked()
    assert "Aucun dossier ne correspond à « personne »" in keyboard.text
    assert "2 44-0002  DIALLO-INVENTE Binta" in asked
    keyboard.types("2", "", "o")
    assert keyboard.ends() == 0
    assert "Dossier 44-0002 : enregistré" in keyboard.text


def test_what_a_rule_refuses_anyway_is_told_before_the_questions(team: Team) -> None:
    ref = team.contracted()
    team.does("close", ref, "--motif", "transfert", "--on", "01/09/2023")
    keyboard = Keyboard(team, "interview", "add").types(ref)
    asked = keyboard.asked()
    assert "dossier_clos" in asked
    assert asked.rstrip().endswith("Quel dossier ? (référence, nom ou téléphone) :")
    keyboard.types(CTRL_C)
    assert keyboard.ends() == 130


def test_a_known_person_is_met_before_the_other_questions(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--date-naissance", "1994")
    keyboard = Keyboard(team, "enroll").types("diallo-invente", "awa", "1994", "")
    assert "meme_personne" in keyboard.asked()
    keyboard.types("2", *[""] * 7, "n", "o", "n")
    assert keyboard.ends() == 0, keyboard.text
    assert len(team.rows("SELECT 1 FROM dossiers")) == 2

    keyboard = Keyboard(team, "enroll").types("diallo-invente", "awa", "1994", "0999999911", "1")
    keyboard.types("1", *[""] * 6, "n", "o")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT statut FROM dossiers WHERE dossier = ?", ref) == [("refugie",)]
    assert len(team.rows("SELECT 1 FROM dossiers")) == 2


def test_the_answer_of_the_file_stands_between_brackets(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", "--telephone", "0612345678", *ORIENTED)
    keyboard = Keyboard(team, "enroll", "--dossier", ref).types("téléphone")
    assert keyboard.asked().endswith("Téléphone [0612345678] : ")
    keyboard.types("0612345679", "", "o")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT telephone FROM people") == [("0612345679",)]


def test_a_no_of_the_check_may_be_passed_over_with_its_reason(team: Team) -> None:
    keyboard = Keyboard(team, "enroll").types(
        "DIALLO-INVENTE", "Awa", "", "", "autre statut", *[""] * 6, "n"
    )
    assert "statut_non_concerne" in keyboard.asked()
    keyboard.types("Vu avec l'OFII", "o", "n")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT value FROM texts WHERE field = 'malgre'") == [("Vu avec l'OFII",)]


@pytest.mark.parametrize("verb", ["hold", "absent"])
def test_the_day_of_the_appointment_is_proposed_for_what_became_of_it(
    team: Team, verb: str
) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    team.does("diagnose", "book", ref, "--on", "21/11/2023 14h", "--bureau", "44-C1")
    asked = Keyboard(team, "diagnose", verb).types(ref)
    assert asked.asked().endswith("le [21/11/2023] : ")
    asked.types(CTRL_C).ends()
    team.does("diagnose", "book", ref, "--on", "24/11/2023 14h", "--bureau", "44-C1")
    asked = Keyboard(team, "diagnose", verb).types(ref)
    assert asked.asked().endswith(f"le [{TODAY}] : "), "it has not been yet"
    asked.types(CTRL_C).ends()


def test_a_day_to_come_is_refused_at_its_question(team: Team) -> None:
    keyboard = Keyboard(team, "enroll").types("DIALLO-INVENTE", "Awa", "24/11/2023")
    assert "ne peut pas être à venir : 24/11/2023" in keyboard.asked()
    keyboard.types("1994", "", "1", "12/2023")
    assert "ne peut pas être à venir : décembre 2023" in keyboard.asked()
    keyboard.types(CTRL_C).ends()
    ref = team.contracted()
    keyboard = Keyboard(team, "step", "add").types(ref, "Permis", "12/2023")
    assert "Domaine" in keyboard.asked(), "a step may be planned"
    keyboard.types(CTRL_C).ends()


def test_a_word_of_a_team_for_housing_is_told_as_it_was_typed(team: Team) -> None:
    keyboard = Keyboard(team, "situation", "set").types(team.contracted(), "", "HUDA", "", "", "")
    assert "Logement                         : DNA (HUDA)" in keyboard.asked()
    keyboard.types(CTRL_C).ends()


def test_a_diagnostic_held_already_is_completed(team: Team) -> None:
    ref = team.diagnosed("--nom", "DIALLO-INVENTE")
    keyboard = Keyboard(team, "diagnose", "hold").types(ref)
    assert "Diagnostic tenu le 25/01/2023 : c'est déjà au dossier" in keyboard.asked()
    keyboard.types("", "", "1", "o")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT date_diagnostic, priorites_preconisees FROM dossiers") == [
        ("2023-01-25", "droit_logement")
    ]


def test_a_file_that_is_not_there_is_told_before_the_questions(team: Team) -> None:
    team.db.unlink()
    keyboard = Keyboard(team, "enroll")
    assert keyboard.ends() == 7
    assert "Nom de famille" not in keyboard.text


def test_a_right_used_up_is_told_at_the_number(team: Team) -> None:
    team.refused("--nom", "DIALLO-INVENTE", "--agdref", "0999999901")
    keyboard = Keyboard(team, "enroll").types("AUTRE-INVENTE", "Awa", "1990", "0999999901")
    asked = keyboard.asked()
    assert "droit_epuise" in asked
    assert "C'est elle" not in asked
    keyboard.types("1", "0999999902")
    assert "Réfugié(e)" in keyboard.asked()
    keyboard.types(CTRL_C)
    assert keyboard.ends() == 130


def test_the_answer_of_the_post_stands_between_brackets(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    config = team.db.with_name("config.toml")
    config.write_text('bureau = "44-C1"\n', "utf-8")
    keyboard = Keyboard(team, "diagnose", "book", config=str(config))
    keyboard.types(ref, "24/11/2023 14h")
    assert keyboard.asked().endswith("Votre choix [Centre – Rezé (44-C1)] : ")
    keyboard.types("", "", "", "o")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT bureau FROM appointments") == [("44-C1",)]


def test_the_beginning_of_a_word_is_the_one_office_that_has_it(team: Team) -> None:
    ref = team.enrols("--nom", "DIALLO-INVENTE", *ORIENTED)
    keyboard = Keyboard(team, "diagnose", "book")
    keyboard.types(ref, "24/11/2023 14h", "rez")
    assert "→ Centre – Rezé (44-C1)" in keyboard.asked()
    keyboard.types("", "", "o")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT bureau FROM appointments") == [("44-C1",)]


def test_what_was_passed_is_answered_from_the_summary(team: Team) -> None:
    ref = team.diagnosed("--nom", "DIALLO-INVENTE")
    keyboard = Keyboard(team, "assign")
    keyboard.types(ref, "", "1", "", "", "", "+", "référent", "A. Martin-Inventé", "", "o")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT referent, bassin_de_vie FROM dossiers") == [("R001", None)]


@pytest.mark.parametrize("words", ["--go", "1"])
def test_a_line_of_the_morning_opens_its_form(team: Team, words: str) -> None:
    ref = team.diagnosed("--nom", "DIALLO-INVENTE")
    team.does("assign", ref, "--on", "02/02/2023")
    keyboard = Keyboard(team, "today", words)
    if words == "--go":
        keyboard.types("7", "1")
    asked = keyboard.asked()
    assert "DIALLO-INVENTE" in keyboard.text
    assert asked.endswith("Contrat signé le [23/11/2023] : ")
    keyboard.types("", "Pâtisserie", "o")
    assert keyboard.ends() == 0, keyboard.text
    assert team.rows("SELECT date_contrat FROM dossiers") == [("2023-11-23",)]


def test_a_line_of_the_morning_wants_a_terminal(team: Team) -> None:
    assert team("today", "--go").code == 2
    assert team("today", "1").code == 2


# --- forms come from the table of fields -------------------------------------------------

EVERY = {each.verb: each for each in Command.__subclasses__() if each.verb}


@pytest.mark.parametrize("verb", EVERY)
def test_every_field_of_an_act_has_its_question(verb: str) -> None:
    assert verb in questions.forms(), f"« {verb} » has no line in data/forms.csv"
    _, title, first, never = questions.forms()[verb]
    names = set(field_names(EVERY[verb]))
    assert title
    assert {*first.split(), *never.split()} <= names
    assert all(questions.question(name).text for name in names)


def test_the_tables_of_questions_name_fields() -> None:
    groups = {"", "Identité", "Admission", "Logement et travail", "Contact"}
    for name, asked in questions.questions().items():
        assert name in FIELDS
        assert asked.when.partition("=")[0] in ("", *FIELDS)
        assert asked.group in groups


def test_a_field_without_a_line_is_asked_by_its_label(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a new field is, before anybody has given it a better question."""
    known = {name: each for name, each in questions.questions().items() if name != "telephone"}
    monkeypatch.setattr(form, "questions", lambda: known)
    monkeypatch.setattr(questions, "questions", lambda: known)
    asked = questions.question("telephone")
    assert (asked.text, asked.group) == (FIELDS["telephone"].label, "")
    from agir_cli.cli.session import open_session
    from agir_cli.domain.commands import Enroll

    session = open_session(db=str(team.db), today=TODAY, author="x")
    assert "telephone" in form.Form(session, Enroll, {}, "enroll").rest


def test_an_identity_typed_as_an_option_is_warned_of_once(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "neuf"))
    assert "historique" not in team.does("enroll", "--nom", "A-INVENTE", *ORIENTED).err  # a script
    told = []
    for name in ("B-INVENTE", "C-INVENTE"):
        screen = Keyboard(team, "enroll", "--nom", name, *ORIENTED)
        assert screen.ends() == 0, screen.text
        told.append(" ".join(screen.text.split()).count("reste dans l'historique du terminal"))
    assert told == [1, 0]
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "autre"))
    screen = Keyboard(team, "step", "add", "44-0001", "--etape", "FLE", "--date-etape", "10/2023")
    screen.ends()
    assert "historique" not in screen.text


def test_whoever_has_a_right_used_up_is_not_completed(team: Team) -> None:
    born = ("--prenoms", "Mohammad", "--date-naissance", "03/05/1990")
    ref = team.refused("--nom", "DIALLO-INVENTE", *born)
    before = team.rows("SELECT count(*) FROM events")
    keyboard = Keyboard(team, "enroll").types("DIALLO-INVENTE", "Mohamed", "03/05/1990", "")
    assert f"C'est elle : ne rien enregistrer (à lire : agir show {ref})" in keyboard.asked()
    keyboard.types("1")
    assert keyboard.ends() != 0
    assert "Abandonné : rien n'a été enregistré." in keyboard.text
    assert team.rows("SELECT count(*) FROM events") == before
