"""Acts that nothing reopens: shown, typed again, and undone only with a trace."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.cli.coordinator import ROOT, Team

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
    answer = team.does("correct", ref, str(number), "--void", "--reason", "mauvais dossier")
    assert "Commission" in answer.out
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
    answer = team("explain", ref, "--print")
    assert answer.code == 2
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
