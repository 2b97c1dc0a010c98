"""Acts that nothing reopens: shown, typed again, and undone only with a trace."""

from __future__ import annotations

import hashlib
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.cli.coordinator import COMPLETE, ROOT, Team

FINAL_MOTIVES = ("arret_beneficiaire", "arret_structure", "objectifs_atteints")
FREE_MOTIVES = ("transfert", "deces", "erreur", "non_eligible", "sans_suite")


def final_words(ref: str) -> list[str]:
    return ["contract", "refuse", ref, "--on", "17/02/2023"]


@pytest.mark.parametrize("motive", FINAL_MOTIVES)
def test_a_final_motive_wants_a_terminal_or_yes(team: Team, motive: str) -> None:
    ref = team.contracted()
    before = team.fingerprint()
    refused = team("close", ref, "--motif", motive, "--on", "01/09/2023")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert team.fingerprint() == before
    closed = team.does("close", ref, "--motif", motive, "--on", "01/09/2023", "--yes")
    assert "définitif" in closed.out


@pytest.mark.parametrize("motive", FREE_MOTIVES)
def test_a_free_motive_asks_nothing(team: Team, motive: str) -> None:
    ref = team.diagnosed() if motive == "sans_suite" else team.contracted()
    closed = team.does("close", ref, "--motif", motive, "--on", "01/09/2023")
    assert "non définitif" in closed.out


def test_a_refusal_of_the_contract_wants_a_terminal_or_yes(team: Team) -> None:
    ref = team.diagnosed()
    before = team.fingerprint()
    refused = team(*final_words(ref))
    assert refused.code == 2
    assert "--yes" in refused.err
    assert team.fingerprint() == before


def test_what_a_rule_refuses_is_refused_even_with_yes(team: Team) -> None:
    ref = team.contracted()
    assert team(*final_words(ref), "--yes").code == 3


class Terminal:
    """A command run on a terminal of its own."""

    def __init__(self, team: Team, words: list[str], answer: str, folder: Path) -> None:
        screen, keyboard = pty.openpty()
        with subprocess.Popen(
            [*team.command(), *words],
            cwd=ROOT, stdin=keyboard, stdout=subprocess.PIPE, stderr=keyboard,
            env={**os.environ, "NO_COLOR": "1"},
        ) as process:  # fmt: skip
            os.close(keyboard)
            self.asked = ""
            while "pour confirmer :" not in self.asked:
                shown = _read(screen)
                if not shown:
                    break
                self.asked += shown
            os.write(screen, f"{answer}\n".encode())
            self.code = process.wait(timeout=60)
            self.after = ""
            while shown := _read(screen):
                self.after += shown
        os.close(screen)


def _read(screen: int) -> str:
    try:
        return os.read(screen, 4096).decode("utf-8", "replace")
    except OSError:  # Linux says so when the other side has left
        return ""


def test_on_a_terminal_the_person_and_the_consequence_are_shown(team: Team, tmp_path: Path) -> None:
    ref = team.diagnosed(
        "--nom", "DIALLO-INVENTE", "--prenoms", "Awa", "--date-naissance", "02/03/1994"
    )
    typed = Terminal(team, final_words("diallo-inv"), ref.lower(), tmp_path)
    for shown in (ref, "DIALLO-INVENTE Awa", "02/03/1994", "définitif"):
        assert shown in typed.asked
    assert typed.code == 0
    assert team.rows("SELECT definitif FROM dossiers") == [("oui",)]


@pytest.mark.parametrize(
    ("known", "shown"),
    [("1994", "né(e) en 1994"), ("03/1994", "né(e) en mars 1994")],
    ids=["année", "mois"],
)
def test_a_birth_known_in_part_is_said_as_it_is_known(
    team: Team, tmp_path: Path, known: str, shown: str
) -> None:
    ref = team.diagnosed("--nom", "DIALLO-INVENTE", "--date-naissance", known)
    assert shown in Terminal(team, final_words(ref), ref, tmp_path).asked


@pytest.mark.parametrize("answer", ["44-0002", "oui", "", "o"])
def test_a_wrong_reference_writes_nothing(team: Team, tmp_path: Path, answer: str) -> None:
    ref = team.diagnosed()
    before = team.fingerprint()
    typed = Terminal(team, final_words(ref), answer, tmp_path)
    assert typed.code == 2
    assert "rien n'a été enregistré" in typed.after
    assert team.fingerprint() == before


def test_nothing_is_asked_about_what_a_rule_refuses_anyway(team: Team, tmp_path: Path) -> None:
    """Typing a reference again to be refused after that would teach to type without reading."""
    ref = team.contracted()
    typed = Terminal(team, final_words(ref), ref, tmp_path)
    assert typed.code == 3
    assert "Retapez" not in typed.asked


def test_a_mistaken_refusal_is_voided_with_its_trace(team: Team) -> None:
    """Only voiding a mistaken final event reopens the right, and it is seen [invariant 4]."""
    ref = team.refused("--nom", "DIALLO-INVENTE", "--agdref", "0123456789")
    number = team.rows("SELECT count(*) FROM events")[0][0]
    void = ("correct", ref, str(number), "--void", "--reason")
    before = team.fingerprint()
    assert team(*void, "x", "--yes").code == 3, "a reason is a sentence"
    assert team(*void, "mauvais dossier").code == 2, "nobody can be asked"
    assert team.fingerprint() == before
    answer = team.does(*void, "mauvais dossier", "--yes")
    assert "Commission" in answer.out
    assert "Le droit à AGIR est rouvert" in answer.err
    journal = team.does("show", ref, "--events").out
    assert "Refus du contrat (définitif) [ANNULÉ]" in journal
    assert "mauvais dossier" in journal
    assert "coordination" in journal
    team.does("assign", ref, "--on", "02/02/2023")
    team.does("contract", "sign", ref, "--on", "17/02/2023")
    assert team.does("check").code == 0


def test_a_closing_redated_stays_closed(team: Team) -> None:
    ref = team.contracted()
    team.does("close", ref, "--motif", "arret_beneficiaire", "--on", "01/09/2023", "--yes")
    number = team.events()
    team.does("correct", ref, str(number), "--on", "02/09/2023", "--reason", "faute de frappe")
    shown = team.does("show", ref).out
    assert "02/09/2023" in shown
    assert "définitif" in shown


def test_the_letter_says_what_was_decided_by_whom_and_whom_to_ask(team: Team) -> None:
    ref = team.refused("--nom", "DIALLO-INVENTE", "--prenoms", "Awa")
    page = team.does("explain", ref, "--print").out
    for part in ("Awa DIALLO-INVENTE", "17/02/2023", "définitive", "Vous-même", "@", "erreur"):
        assert part in page
    for jargon in ("AGDREF", "CIRNG", "dossier_clos", "projection", "None"):
        assert jargon not in page
    assert max(map(len, page.splitlines())) <= 78


@pytest.mark.parametrize(
    ("motive", "said"),
    [
        ("transfert", "l'équipe AGIR du département où vous vivez"),
        ("non_eligible", "une nouvelle demande peut"),
        ("erreur", "Vous n'avez rien à faire"),
        ("sans_suite", "votre demande peut être"),
        ("arret_structure", "Dites-le à l'équipe : elle vérifie"),
    ],
)
def test_the_letter_of_a_closed_dossier_invites_to_no_appointment(
    team: Team, motive: str, said: str
) -> None:
    ref = team.diagnosed()
    team.does("close", ref, "--motif", motive, "--on", "01/09/2023", "--yes")
    page = team.does("explain", ref, "--print").out
    assert said in page
    assert "Continuez à venir" not in page


def test_no_letter_to_a_dead_person(team: Team) -> None:
    ref = team.diagnosed()
    team.does("close", ref, "--motif", "deces", "--on", "01/09/2023")
    answer = team("letter", "decision", ref)
    assert answer.code == 3
    assert answer.out == ""
    assert "pas de lettre à remettre" in answer.err.lower()


def test_a_file_of_final_acts_wants_yes_and_writes_nothing_without(
    team: Team, tmp_path: Path
) -> None:
    ref = team.diagnosed()
    path = tmp_path / "refus.csv"
    path.write_text(f"dossier;date_refus\n{ref};01/10/2023\n", "utf-8")
    before = team.does("show", ref, "--events").out
    asked = team("contract", "refuse", "--from", str(path))
    assert asked.code == 2
    assert "--yes" in asked.err
    assert team.does("show", ref, "--events").out == before
    assert team("contract", "refuse", "--from", str(path), "--dry-run").code == 0
    assert team("contract", "refuse", "--from", str(path), "--yes").code == 0
    assert "définitif" in team.does("show", ref).out


def test_a_file_of_ends_that_are_not_final_wants_nothing(team: Team, tmp_path: Path) -> None:
    ref = team.diagnosed()
    path = tmp_path / "fins.csv"
    path.write_text(f"dossier;date_cloture;motif\n{ref};01/10/2023;transfert\n", "utf-8")
    assert team("close", "--from", str(path)).code == 0


# --- objectives reached, and what the file knows of them ---------------------------------

HOUSED = ("--situation-logement", "logement_autonome")
AT_WORK = ("--situation-professionnelle", "cdi")


@pytest.mark.parametrize(
    ("said_before", "said_with_it", "told"),
    [
        pytest.param((), (), "logement pérenne : non (DNA) ; emploi durable : non", id="ni l'un"),
        pytest.param(HOUSED, (), "logement pérenne : oui", id="le logement seul"),
        pytest.param(AT_WORK, HOUSED, None, id="l'emploi avant, le logement avec la clôture"),
        pytest.param(("--emploi-durable", "oui"), HOUSED, None, id="l'emploi dit sans code"),
        pytest.param((), ("--emploi-durable", "oui", "--logement-perenne", "oui"), None,
                     id="les deux dits avec la clôture"),
        pytest.param(("--emploi-durable", "inconnu"), HOUSED, "emploi durable : inconnu",
                     id="l'emploi inconnu"),
        pytest.param(("--emploi-durable", "oui"), (*HOUSED, "--situation-professionnelle",
                     "interim"), "emploi durable : non (Intérim)", id="un code dit depuis"),
    ],
)  # fmt: skip
def test_objectives_reached_are_compared_with_the_file(
    team: Team, said_before: tuple[str, ...], said_with_it: tuple[str, ...], told: str | None
) -> None:
    ref = team.contracted()
    if said_before:
        team.does("situation", "set", ref, "--on", "01/08/2023", *said_before)
    words = ("close", ref, "--motif", "objectifs_atteints", "--on", "01/09/2023", "--yes")
    answer = team.does(*words, *said_with_it)
    assert "définitif" in answer.out, "a warning, never a refusal"
    assert ("« Objectifs atteints », alors que" in answer.err) is (told is not None)
    assert told is None or told in answer.err
    outcomes = team.does("report", "outcomes", "--after", "1m", "--format", "csv").out
    both = next(line for line in outcomes.splitlines() if line.startswith(",,les_deux"))
    assert both.split(",")[4] == ("1" if told is None else "0")
    assert team("check").code == 0


def test_what_the_file_knows_is_asked_about_on_a_terminal(team: Team, tmp_path: Path) -> None:
    ref = team.contracted()
    words = ["close", ref, "--motif", "objectifs_atteints", "--on", "01/09/2023"]
    typed = Terminal(team, words, "non", tmp_path)
    assert "logement pérenne : non (DNA)" in " ".join(typed.asked.split())
    assert typed.code == 2
    assert team.rows("SELECT motif FROM dossiers") == [(None,)]


def test_a_success_is_no_refusal(team: Team) -> None:
    ref = team.contracted("--nom", "DIALLO-INVENTE", "--agdref", "0123456789")
    team.does("close", ref, "--motif", "objectifs_atteints", "--on", "01/09/2023", "--yes")
    answer = team("enroll", "--nom", "DIALLO-INVENTE", "--agdref", "0123456789")
    assert answer.code == 3
    assert "Objectifs atteints, 01/09/2023" in answer.err
    assert "refus" not in answer.err.partition("Que faire")[0].replace("Refusé : rien", "")


# --- a right that comes back -------------------------------------------------------------


def test_a_definitive_end_is_voided_as_it_was_made(team: Team, tmp_path: Path) -> None:
    """Name, birth date and reference typed again; the reason and both authors are kept."""
    ref = team.refused("--nom", "DIALLO-INVENTE", "--date-naissance", "02/03/1994")
    void = ["correct", ref, str(team.events()), "--void", "--reason", "refus d'une autre personne"]
    wrong = Terminal(team, void, "44-9999", tmp_path)
    assert wrong.code == 2
    asked = " ".join(wrong.asked.split())
    for told in (
        "DIALLO-INVENTE, né(e) le 02/03/1994", "Refus du contrat (définitif), 17/02/2023",
        "enregistré par coordination", "sera rouvert", "portera votre nom",
    ):  # fmt: skip
        assert told in asked
    assert team.rows("SELECT definitif FROM dossiers") == [("oui",)]
    assert Terminal(team, void, ref, tmp_path).code == 0
    assert team.rows("SELECT definitif FROM dossiers") == [("non",)]
    life = team.does("report", "timeline", ref).out
    assert "annulé le" in life
    assert "refus d'une autre personne" in life


@pytest.mark.parametrize("reason", ["x", "erreur", "--", "a b", "1234567890 12"])
def test_a_right_does_not_come_back_for_no_reason(team: Team, reason: str) -> None:
    ref = team.refused()
    number = str(team.events())
    answer = team("correct", ref, number, "--void", "--reason", reason, "--yes")
    assert (answer.code, "raison_a_dire" in answer.err) == (3, True)
    assert team.rows("SELECT definitif FROM dossiers") == [("oui",)]


def test_an_end_that_is_not_definitive_asks_nothing(team: Team) -> None:
    ref = team.contracted()
    team.does("close", ref, "--motif", "transfert", "--on", "01/09/2023")
    answer = team.does("correct", ref, str(team.events()), "--void", "--reason", "frappe")
    assert "rouvert" not in answer.err


ENDED = """agdref;nom;prenoms;statut;residence;domicile;date_cir;orientation;date_orientation;\
date_diagnostic;date_refus
0999999991;ALPHA-INVENTEE;Anna;refugie;Nantes;Nantes;09/01/2023;acceptee;10/01/2023;20/01/2023;30/01/2023
0999999992;BETA-INVENTE;Bob;refugie;Nantes;Nantes;09/01/2023;acceptee;10/01/2023;20/01/2023;
"""


def test_an_undone_file_of_refusals_counts_the_rights_it_reopens(
    team: Team, tmp_path: Path
) -> None:
    source = tmp_path / "suivi.csv"
    source.write_text(ENDED, "utf-8")
    team.does("import", str(source))
    (lot,) = team.rows("SELECT id FROM batches")[0]
    looked = team.does("undo", str(lot))
    assert "droits rouverts : 1" in looked.err
    assert '--yes --reason "…"' in looked.err
    before = team.fingerprint()
    for words in ((), ("--reason", "x")):
        refused = team("undo", str(lot), "--yes", *words)
        assert (refused.code, "Droits rouverts : 1" in refused.err) == (2, True)
    assert team.fingerprint() == before
    why = "fichier d'une autre équipe"
    undone = team.does("undo", str(lot), "--yes", "--reason", why).err
    assert "droits rouverts : 1" in undone
    assert "imprimez sa fiche de secours" in undone
    assert any(why in str(text) for (text,) in team.rows("SELECT value FROM texts"))

    again = team.does("enroll", "--nom", "ALPHA-INVENTEE", "--agdref", "999999991", *COMPLETE)
    assert "puis annulée avec tout le fichier" in again.err
    for command in ("show 999999991 --events", "report timeline 999999991"):
        assert f"lot {lot} annulé le" in team.does(*command.split()).out
    content = team.db.read_bytes()
    for number in (b"0999999991", b"999999991"):  # nobody finds the number of what stands there
        for made in (hashlib.md5, hashlib.sha1, hashlib.sha256):
            assert made(number).digest()[:8] not in content
            assert made(number).hexdigest()[:16].encode() not in content
    kept = "SELECT count(*) FROM settings WHERE name LIKE 'rouvert:%'"
    assert team.rows(kept) == [(1,)]
    (ref,) = team.rows("SELECT d.dossier FROM dossiers d JOIN people p ON p.id = d.personne")[0]
    demand = ("--yes", "--demande", "la personne", "--motif", "droit à l'effacement")
    team.does("erase", str(ref), *demand)
    assert team.rows(kept) == [(0,)]
    other = team.does("enroll", "--nom", "BETA-INVENTE", "--agdref", "999999992", *COMPLETE)
    assert "annulée avec tout le fichier" not in other.err
    assert team("check").code == 0


def test_a_mistake_began_no_two_years_wherever_it_is_asked(team: Team) -> None:
    ref = team.contracted()
    team.does("close", ref, "--motif", "erreur", "--on", "01/09/2023")
    for words in (("explain", ref), ("explain", ref, "--print"), ("letter", "decision", ref)):
        said = team(*words, today="01/06/2026").said
        assert "épuisé" not in said, words


def test_final_ends_are_counted_once_by_either_door(team: Team, tmp_path: Path) -> None:
    ref = team.diagnosed()
    file = tmp_path / "refus.csv"
    file.write_text(f"dossier;date_refus\n{ref};17/02/2023\n", "utf-8")
    typed = ("contract", "refuse", "--from", str(file), "--yes", "--format", "json")
    for count in (1, 0):
        assert f'"definitifs": {count}' in team.does(*typed).out
    wide = tmp_path / "large.csv"
    team.does("report", "dossiers", "--columns", "dossier,nom,prenoms,motif,date_cloture",
              "--output", str(wide))  # fmt: skip
    text = wide.read_text("utf-8-sig").replace("\r\n", "\n").splitlines()
    wide.write_text(f"{text[0]},telephone\n{text[1]},0611111111\n", "utf-8")
    again = team("import", str(wide), "--format", "json")
    assert (again.code, '"definitifs": 0' in again.out) == (0, True), again.said
